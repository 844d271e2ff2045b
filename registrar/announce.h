/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How pledges and join proxies find the registrar by mDNS, RFC 8995 4.3 and cBRSKI 11.3. On its own
 * links it poses as a proxy too: who reaches it needs none between.
 */
#ifndef REGISTRAR_ANNOUNCE_H
#define REGISTRAR_ANNOUNCE_H

#include "net/mdns.h"
#include "registrar/site.h"

struct registrar_announce_conf {
	const struct registrar_site *site;
	unsigned https_port, coaps_port; /* as bound; 0: not served */
	const struct brski_log *log;
};
/*
 * *out NULL: not wanted, or nobody but this machine could come. brski_mdns_free() withdraws it.
 */
enum brski_rc registrar_announce(struct brski_loop *loop,
    const struct registrar_announce_conf *conf, struct brski_mdns **out, struct brski_err *err);
/* Must it be done anew for b? */
bool registrar_announce_differs(const struct registrar_site *a, const struct registrar_site *b);
/* "ORGANIZATION on HOST", or less of it; public for tests. */
void registrar_announce_name(const struct registrar_site *site, const char *host,
    char out[BRSKI_MDNS_INSTANCE_MAX]);

#endif
