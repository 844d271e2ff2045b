/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registrar tells those who ask by plain CoAP where it is: join proxies, and pledges on its
 * own links, to whom it is a join proxy itself. cBRSKI 10, join proxy 5.
 */
#ifndef REGISTRAR_DISCOVERY_H
#define REGISTRAR_DISCOVERY_H

#include <sys/socket.h>
#include "base/buf.h"

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

#endif
