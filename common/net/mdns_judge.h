/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer's DNS-SD records say, judged: pure. */
#ifndef BRSKI_MDNS_JUDGE_H
#define BRSKI_MDNS_JUDGE_H

#include "base/slice.h"
#include "net/mdns.h"

struct mdns_record {
	struct brski_slice instance; /* label of the PTR record */
	struct brski_slice address;  /* rdata of an A or AAAA record */
	uint16_t port;               /* of the SRV record */
	const char *interface;       /* name of where it came from */
	unsigned index;
	bool loopback; /* addresses of this machine are fine */
};

/*
 * False: nobody can be reached there. Neither an address that is no host's, nor port 0 (RFC 6335
 * 6), nor data of another length counts.
 */
bool mdns_judge(const struct mdns_record *r, struct brski_mdns_found *out);

#endif
