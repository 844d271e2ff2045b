/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registrar tells those who ask by plain CoAP where it is: join proxies, and pledges on its
 * own links, to whom it is a join proxy itself. cBRSKI 10, join proxy 5.
 */
#ifndef REGISTRAR_DISCOVERY_H
#define REGISTRAR_DISCOVERY_H

#include <sys/socket.h>
#include "net/coap_multicast.h"
#include "registrar/site.h"

/* Where something is served. */
struct registrar_place {
	const char *listen; /* as configured; NULL: not at all */
	unsigned port;      /* the one it got */
};
struct registrar_places {
	struct registrar_place coaps, jpy;
};

/*
 * Append the links for an asker that reached us at own: nothing that cannot be reached at that
 * address, and what is for pledges only where own is link-local, RFC 8995 4.1.
 */
enum brski_rc registrar_links(const struct registrar_places *p, const struct sockaddr *own,
    struct brski_buf *out, struct brski_err *err);

/* Answer them, on the interfaces of the configuration. */
struct registrar_discovery;
/*
 * ports as bound, 0: not served. *out NULL: announcing is off, or nobody but this machine could
 * come.
 */
enum brski_rc registrar_discovery_new(struct brski_loop *loop, const struct registrar_conf *c,
    unsigned coaps_port, unsigned jpy_port, const struct brski_log *log,
    struct registrar_discovery **out, struct brski_err *err);
uint64_t registrar_discovery_dropped(const struct registrar_discovery *d); /* questions */
void registrar_discovery_free(struct registrar_discovery *d);              /* NULL is fine */

#endif
