/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom to trust once the voucher is accepted: pure decisions over certificates. RFC 7030 4.1.3,
 * 4.2.3, 3.6.1.
 */
#ifndef PLEDGE_TRUST_H
#define PLEDGE_TRUST_H

#include "crypto/cert.h"

/*
 * Explicit trust anchors from a cacerts answer: have (the pin, or what grew from it) plus every CA
 * certificate of bag. Each must stand below something trusted, as below, or, while no root is
 * trusted, above it: a sub-CA that is pinned vouches for the root that signed it. *out is the
 * caller's (brski_certs_clear), on failure empty; it comes empty, and its heap is where it lives.
 * E_CERTIFICATE: one of them has nothing to do with the pin.
 */
enum brski_rc pledge_trust_extend(const struct brski_certs *have, const struct brski_certs *bag,
    int64_t at, struct brski_certs *out, struct brski_err *err);

/*
 * Explicit trust anchors of now, from the cacerts answer of a server that was judged by those that
 * we have: every CA certificate of bag, and nothing else, so that a CA goes that the domain has
 * left. Each is one that we have, or below one, or a root whose name and key one certifies:
 * NewWithOld of RFC 4210 4.4.1, somewhere in bag. A registrar's own word is not enough, or a stolen
 * registrar key would own us for ever. They must cover the server itself, or we could not come
 * back. *out as above. E_CERTIFICATE: they do not, or one is new and not introduced.
 */
enum brski_rc pledge_trust_renewed(const struct brski_certs *have, const struct brski_certs *bag,
    const struct brski_certs *server, int64_t at, struct brski_certs *out, struct brski_err *err);

/*
 * The certificate for our key among bag: it chains to trust, its subject is not empty and, where it
 * has a serialNumber, is ours. *out points into bag. E_CERTIFICATE, or as brski_path_validate().
 */
enum brski_rc pledge_trust_issued(const struct brski_certs *bag, struct brski_slice spki,
    struct brski_slice serial, const struct brski_certs *trust, int64_t at,
    const struct brski_cert **out, struct brski_err *err);

/*
 * Does trust hold the root CA itself that issued the certificate for our key among bag? Then
 * nothing more is needed to verify the certificates of the domain: cBRSKI 6.7.1.
 */
bool pledge_trust_suffices(const struct brski_certs *bag, struct brski_slice spki,
    const struct brski_certs *trust, int64_t at);

/*
 * Is the server one of the domain's registrars? Errors of pledge_pin_check() for the last anchor.
 * trust->n >= 1.
 */
enum brski_rc pledge_trust_server(const struct brski_certs *trust, const struct brski_certs *chain,
    int64_t at, struct brski_err *err);

#endif
