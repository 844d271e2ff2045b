/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast each pledge may send, and when it was last heard, in memory that does not grow with
 * their number: two addresses that share a slot share the pace.
 */
#ifndef PLEDGE_JP_PACE_H
#define PLEDGE_JP_PACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define JP_PACE_SLOTS 1024

struct jp_pace {
	uint32_t seed; /* nobody can choose whose slot to fill */
	struct {
		uint64_t paid; /* until when: 64ths of a millisecond */
		uint64_t heard_ms;
	} slots[JP_PACE_SLOTS];
};

void jp_pace_init(struct jp_pace *p);
/* One datagram from there; false: too fast. Ports are of no matter. */
bool jp_pace_take(struct jp_pace *p, const struct in6_addr *a, uint32_t link, uint64_t now_ms);
/* Was anything heard from there in the last within_ms? */
bool jp_pace_heard(const struct jp_pace *p, const struct in6_addr *a, uint32_t link,
    uint64_t now_ms, uint64_t within_ms);

#endif
