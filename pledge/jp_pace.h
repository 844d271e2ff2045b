/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast each pledge may send, and all of them together, and when each was last heard, in memory
 * that does not grow with their number: two addresses that share a slot share the pace.
 *
 * Addresses are easily forged, a conversation is not: a registrar sends more to a pledge than that
 * has sent only when it has proved with a cookie that it gets answers, RFC 9147 5.1 and 11. Where
 * all of them together are too fast, room is left for those that have.
 */
#ifndef PLEDGE_JP_PACE_H
#define PLEDGE_JP_PACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JP_PACE_SLOTS  1024
#define JP_PACE_KEPT_S 60 /* of silence: then a conversation is over */
#define JP_PACE_PORTS  20 /* of one address, and */
#define JP_PACE_PORT_S 10 /* of silence: then a port is not in use */

struct jp_pace {
	uint32_t seed; /* nobody can choose whose slot to fill */
	uint64_t paid; /* by all of them */
	struct jp_pace_slot {
		uint64_t paid; /* net/rate.h */
		uint64_t heard_ms;
		/* of those who share the slot: whose conversation it is, and since when silent */
		uint32_t who;
		uint64_t who_ms;
		int32_t excess; /* octets to that one that it has not sent */
		bool talks;
		struct {
			uint16_t port, heard_s; /* 0: none; seconds, or what 16 bits hold of them */
		} ports[JP_PACE_PORTS];
	} slots[JP_PACE_SLOTS];
};

enum jp_pace_is {
	JP_PACE_GOOD,
	JP_PACE_FAST, /* that one is too fast */
	JP_PACE_FULL  /* all of them together are */
};

void jp_pace_init(struct jp_pace *p);
/* One datagram of so many octets from there. Ports are of no matter. */
enum jp_pace_is jp_pace_take(struct jp_pace *p, const struct in6_addr *a, uint32_t link, size_t n,
    uint64_t now_ms);
/*
 * After jp_pace_take(): may it use this port besides those that it uses? Each is a session that it
 * may keep from others at the registrar, who does not know whose it is. Ports of those who share
 * a slot with a conversation are not counted.
 */
bool jp_pace_port(struct jp_pace *p, const struct in6_addr *a, uint32_t link, uint16_t port,
    unsigned max, uint64_t now_ms);
/* So many octets went there. */
void jp_pace_answered(struct jp_pace *p, const struct in6_addr *a, uint32_t link, size_t n);
/* Was anything heard from there in the last within_ms? */
bool jp_pace_heard(const struct jp_pace *p, const struct in6_addr *a, uint32_t link,
    uint64_t now_ms, uint64_t within_ms);

#endif
