/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers and writers of OCSP share, RFC 6960 4; private to this folder. */
#ifndef BRSKI_OCSP_DER_H
#define BRSKI_OCSP_DER_H

#include "crypto/ocsp.h"
#include "crypto/x509.h"

#define BRSKI_OCSP_CONTEXT(n)      (BRSKI_DER_CONTEXT | (n))
#define BRSKI_OCSP_CONTEXT_CONS(n) (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))

/* id-pkix-ocsp-basic and id-pkix-ocsp-nonce */
#define BRSKI_OCSP_OID_BASIC BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x01")
#define BRSKI_OCSP_OID_NONCE BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x02")

/* The version at the start of *in, if it is there: v1. */
bool brski_ocsp_version_take(struct brski_slice *in);
/* One CertID at the start of *in. */
bool brski_ocsp_id_take(struct brski_slice *in, struct brski_ocsp_id *out);

/*
 * Skip the Extensions that the element with that tag may hold at the start of *in; nonce NULL: a
 * place where there is none. Returns NULL, or the clause: "RFC 6960 4.1.1" Extensions broken or
 * repeated, "RFC 9654 2.1" a nonce of no octets or too many, "RFC 6960 4.1.2" critical and unknown.
 */
const char *brski_ocsp_exts_take(struct brski_slice *in, uint8_t tag, struct brski_slice *nonce);
/* Append Extensions with the nonce under that tag; nothing when it is absent. */
enum brski_rc brski_ocsp_nonce_put(struct brski_slice nonce, uint8_t tag, struct brski_buf *out,
    struct brski_err *err);

#endif
