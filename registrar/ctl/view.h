/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results for people and for programs: each is made once, as a JSON value whose members brskictl(1)
 * documents, and printed as JSON or as indented text. All functions return new values, NULL without
 * memory.
 */
#ifndef REGISTRAR_CTL_VIEW_H
#define REGISTRAR_CTL_VIEW_H

#include "message/format.h"
#include "registrar/ctl/ctl.h"

json_t *ctl_view_cert(const struct brski_cert *c);
/* A refusal: code, clause, reason. */
json_t *ctl_view_err(const struct brski_err *err);
/*
 * A signed object, as far as it can be read, and the request inside a request. context:
 * certificates that may hold its signer; may be NULL. *payload, zero before, says why what is
 * inside is no voucher. NULL, and err filled, for what is no signed object at all.
 */
json_t *ctl_view_object(struct brski_slice wire, const struct brski_certs *context,
    struct brski_err *payload, struct brski_err *err);

/*
 * view_cbor.c: an item in the manner of diagnostic notation, RFC 8949 8: keys as text, byte strings
 * as h'hex', tags as number(value). What is not well-formed is null.
 */
json_t *ctl_view_cbor(struct brski_slice item);
/* The headers of a COSE_Sign1, certificates counted; NULL: it is none. */
json_t *ctl_view_cose_headers(struct brski_slice wire);

/* Print and let go: JSON, or text. Returns CTL_OK, or CTL_USAGE when it cannot be written. */
int ctl_view_print(json_t *value, bool json);

/*
 * A judge has refused: one line, and with json what result (which is let go) holds besides code,
 * clause and reason. Returns CTL_REFUSED; CTL_USAGE when it was our own trouble.
 */
int ctl_refused(const struct brski_err *err, json_t *result, bool json);

#endif
