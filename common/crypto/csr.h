/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#10 certification requests, RFC 2986. All that libpledge and the EST server see of them. */
#ifndef BRSKI_CSR_H
#define BRSKI_CSR_H

#include "crypto/cert.h"

#define BRSKI_CSR_MAX ((size_t)8192)

/* A view, as struct brski_cert. */
struct brski_csr {
	struct brski_slice der;
	struct brski_slice subject; /* Name, DER */
	struct brski_slice spki;
	enum brski_key_type key_type;
	struct brski_slice challenge_password; /* RFC 2985 5.4.1; text */
	struct brski_slice extensions;         /* the Extensions of extensionRequest, DER */
	struct brski_slice san;                /* subjectAltName's GeneralNames among them */
};

/*
 * Decode one CSR, nothing after it, and check its proof of possession.
 * E_MALFORMED: not strict DER or a repeated attribute. E_SIGNATURE: the signature is not by the key
 * inside, or is by SHA-1. E_CERTIFICATE: a key type that we do not certify or RSA below 2048 bits.
 * E_TOO_LARGE.
 */
enum brski_rc brski_csr_decode(struct brski_slice der, struct brski_csr *out,
    struct brski_err *err);

/* Append a CSR signed by key. challenge: text or absent (POP linking, RFC 7030 3.5). */
enum brski_rc brski_csr_encode(const struct brski_key *key, struct brski_slice subject,
    struct brski_slice challenge, struct brski_buf *out, struct brski_err *err);

#endif
