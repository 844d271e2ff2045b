/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCSP: requests and responses, both ways. RFC 6960, RFC 5019, nonces as RFC 9654 has them. Syntax
 * and signatures only: what is good or revoked is for the operation to say.
 */
#ifndef BRSKI_OCSP_H
#define BRSKI_OCSP_H

#include "crypto/cert.h"
#include "crypto/crl.h"

#define BRSKI_OCSP_REQUEST_MAX  ((size_t)8192) /* bytes of a request that we read */
#define BRSKI_OCSP_RESPONSE_MAX ((size_t)32 * 1024)
#define BRSKI_OCSP_CERTS_MAX    16  /* CertIDs in one request */
#define BRSKI_OCSP_NONCE_MAX    128 /* octets, RFC 9654 2.1; 1 at least */
#define BRSKI_OCSP_ECHO_MIN     16  /* what a responder has to echo; we echo all that are legal */

/* RFC 6960 4.2.1 */
enum brski_ocsp_status {
	BRSKI_OCSP_SUCCESSFUL = 0,
	BRSKI_OCSP_MALFORMED = 1,
	BRSKI_OCSP_INTERNAL_ERROR = 2,
	BRSKI_OCSP_TRY_LATER = 3,
	BRSKI_OCSP_SIG_REQUIRED = 5,
	BRSKI_OCSP_UNAUTHORIZED = 6
};

/* Slices point into what was decoded. */
struct brski_ocsp_id {
	struct brski_slice der;  /* the CertID, echoed as it came */
	enum brski_hash hash;    /* SHA1, SHA256; NONE: one that we do not know */
	struct brski_slice name; /* hash of the issuer's Name DER */
	struct brski_slice key;  /* hash of its key's BIT STRING content */
	struct brski_slice serial;
};
/* Is the CertID about a certificate of this issuer? */
bool brski_ocsp_id_is_of(const struct brski_ocsp_id *id, const struct brski_cert *issuer);
/* Append a CertID. hash: SHA1 or SHA256. */
enum brski_rc brski_ocsp_id_encode(enum brski_hash hash, const struct brski_cert *issuer,
    struct brski_slice serial, struct brski_buf *out, struct brski_err *err);

struct brski_ocsp_request {
	struct brski_ocsp_id ids[BRSKI_OCSP_CERTS_MAX];
	size_t n;
	struct brski_slice nonce; /* its octets; absent: none */
	bool is_signed;           /* optionalSignature is there; nobody verifies it */
};
/*
 * E_MALFORMED: not a request in strict DER, no CertID or too many, a nonce of 0 or more than 128
 * octets, an unknown critical extension. E_TOO_LARGE.
 */
enum brski_rc brski_ocsp_request_decode(struct brski_slice in, struct brski_ocsp_request *out,
    struct brski_err *err);
/* Append a request, unsigned; nonce absent: none. */
enum brski_rc brski_ocsp_request_encode(const struct brski_slice *ids, size_t n,
    struct brski_slice nonce, struct brski_buf *out, struct brski_err *err);

enum brski_ocsp_cert_status {
	BRSKI_OCSP_GOOD,
	BRSKI_OCSP_REVOKED,
	BRSKI_OCSP_UNKNOWN
};
struct brski_ocsp_single {
	struct brski_slice id; /* CertID, DER */
	enum brski_ocsp_cert_status status;
	int64_t revoked;                  /* status REVOKED: when */
	enum brski_reason reason;         /* and why; UNSPECIFIED is left out of the wire */
	int64_t this_update, next_update; /* next_update BRSKI_TIME_UNKNOWN: none */
};
struct brski_ocsp_facts {
	const struct brski_ocsp_single *singles;
	size_t n;
	int64_t produced;
	struct brski_slice nonce; /* absent: none */
	const struct brski_cert
	    *signer; /* responderID byKey; put into certs unless it is the issuer */
	bool signer_is_issuer;
};
/* Append a successful response. key is the signer's. */
enum brski_rc brski_ocsp_response_encode(const struct brski_ocsp_facts *f,
    const struct brski_key *key, struct brski_buf *out, struct brski_err *err);
/* Append one of the others, which have no bytes. */
enum brski_rc brski_ocsp_error_encode(enum brski_ocsp_status status, struct brski_buf *out,
    struct brski_err *err);

/* What a client wants to know. */
struct brski_ocsp_question {
	const struct brski_cert *subject, *issuer;
	struct brski_slice nonce; /* as sent; absent: none was */
	int64_t at;               /* now */
	int64_t max_age_s;        /* how old an answer without nextUpdate may be */
};
/*
 * Judge a response, RFC 6960 3.2: successful, about this certificate, signed by the issuer or by a
 * signer that the issuer delegated (id-kp-OCSPSigning, in its time), fresh, our nonce where it has
 * one. E_MALFORMED; E_UPSTREAM: the responder's error; E_SIGNATURE; E_CERTIFICATE: not a delegated
 * signer; E_EXPIRED: stale; E_NONCE: another's nonce; E_UNKNOWN: status unknown or not about it;
 * E_REVOKED. *next_update may be NULL.
 */
enum brski_rc brski_ocsp_response_judge(struct brski_slice in, const struct brski_ocsp_question *q,
    int64_t *next_update, struct brski_err *err);

#endif
