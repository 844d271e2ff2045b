/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a stateless join proxy: where the pledge is, encrypted and authenticated with a key
 * that never leaves this process (AES-CCM, tag of 64 bits; RFC 8974 5.2).
 *
 *	id(1)  nonce(7)  [prefix(1) link(3) port(2) interface-id(8) own(1) 0(1)](16)  tag(8)
 *
 * The header of a pledge has to stay the same as long as it onboards, or the registrar would see
 * another one: the nonce is made from what is encrypted. So a header can be repeated while its key
 * is good; jp_pace_heard() says whether anybody waits for an answer.
 */
#ifndef PLEDGE_JP_HEADER_H
#define PLEDGE_JP_HEADER_H

#include <netinet/in.h>
#include <stdbool.h>
#include "base/slice.h"

#define JP_HEADER_SIZE 32
#define JP_KEY_S       86400 /* so long a key makes headers */
#define JP_KEY_GRACE_S 600   /* and so long longer it reads them */

/* fe80::/64, and what a loopback has: ::/64 with IPv4 in it. */
struct jp_pledge {
	struct in6_addr address;
	uint32_t link; /* index of the interface, below 2^24 */
	uint16_t port; /* network order */
	uint8_t own;   /* which of our addresses it used */
};

struct jp_key {
	bool good;
	uint8_t id;
	int64_t made_s; /* in use since; of the former one: out of use since */
	uint8_t seal[16], nonce[32];
};
struct jp_header {
	struct jp_key now, before;
};

enum jp_header_is {
	JP_HEADER_OURS,
	JP_HEADER_FORGED,
	JP_HEADER_LATE /* of a key that is gone, maybe */
};

void jp_header_init(struct jp_header *h, int64_t now_s);
void jp_header_wipe(struct jp_header *h);
/* Changes the key when it is time. False: an address or interface that has no place in it. */
bool jp_header_seal(struct jp_header *h, int64_t now_s, const struct jp_pledge *p,
    uint8_t out[JP_HEADER_SIZE]);
enum jp_header_is jp_header_open(const struct jp_header *h, int64_t now_s, struct brski_slice in,
    struct jp_pledge *out);

#endif
