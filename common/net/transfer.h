/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies as HTTP carries them: a route says whether they travel in base64 (EST, RFC 8951 3).
 * Handlers see and give binary.
 */
#ifndef BRSKI_TRANSFER_H
#define BRSKI_TRANSFER_H

#include "net/exchange.h"

/* Bytes that a request's body may take on the wire; max_body counts them decoded. */
size_t brski_transfer_max(const struct brski_route *r);
/*
 * The body that arrived becomes what the handler sees. base64 may have white space anywhere; DER is
 * taken as it is (first octet 0x30). E_MALFORMED: neither. E_TOO_LARGE: more than max_body.
 */
enum brski_rc brski_transfer_decode(const struct brski_route *r, struct brski_buf *body,
    struct brski_err *err);
/* The reply becomes what leaves: one line that ends in LF, which every client reads. */
enum brski_rc brski_transfer_encode(const struct brski_route *r, struct brski_buf *reply,
    struct brski_err *err);

#endif
