/* SPDX-License-Identifier: Apache-2.0 */
/* Where a MASA is asked, from what an IDevID or the configuration says. RFC 8995 2.3.2, 5.4. */
#ifndef REGISTRAR_MASA_URL_H
#define REGISTRAR_MASA_URL_H

#include "base/err.h"
#include "base/slice.h"

#define REGISTRAR_MASA_URL_IN  255 /* octets of the extension that we read */
#define REGISTRAR_MASA_URL_MAX 320 /* the base with scheme and well-known path, and its NUL */

/*
 * host, host:port, [v6], [v6]:port: an authority, to which "https://" and "/.well-known/brski" are
 * added. https://host[:port][/path]:
 * taken as it is, one trailing '/' removed, so that "/requestvoucher" can follow. Anything else is
 * E_MALFORMED.
 */
enum brski_rc registrar_masa_url(struct brski_slice text, char out[REGISTRAR_MASA_URL_MAX],
    struct brski_err *err);

#define REGISTRAR_LOCATION_MAX 1024

/*
 * Where a 201's Location leads from a base that registrar_masa_url() made: RFC 8995 5.8 lets an
 * audit log lie elsewhere; ours: on the same host and port. False: we do not go there.
 */
bool registrar_masa_location(const char *base, const char *location,
    char out[REGISTRAR_LOCATION_MAX]);

#endif
