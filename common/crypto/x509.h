/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of the parts that certificates, requests and CRLs share; private to this folder and to
 * envelopes. They take DER that brski_der_is_strict() has seen, and say false where it is not what
 * RFC 5280 has there: the caller knows which clause to name.
 */
#ifndef BRSKI_X509_H
#define BRSKI_X509_H

#include "asn1/der.h"
#include "crypto/cert.h"

/* Extensions in one certificate, request or CRL. RFC 5280 defines 17. */
#define BRSKI_EXT_MAX 32

struct brski_ext {
	struct brski_slice oid; /* content octets */
	bool critical;
	struct brski_slice value; /* the DER inside extnValue */
};

/* The Extensions SEQUENCE into out; no extension twice, RFC 5280 4.2. */
bool brski_exts_read(struct brski_slice der, struct brski_ext out[BRSKI_EXT_MAX], size_t *n);

/* One Time, UTCTime or GeneralizedTime, at the start of *in. */
bool brski_time_take(struct brski_slice *in, int64_t *out);

/* keyIdentifier of an AuthorityKeyIdentifier; absent when it has none. */
bool brski_aki_read(struct brski_slice der, struct brski_slice *keyid);

/* Is der a Name? serial gets the one serialNumber among its attributes; absent: none or several. */
bool brski_name_read(struct brski_slice der, struct brski_slice *serial);

/* Some GeneralName is in both GeneralNames (content octets); directoryNames by RFC 5280 7.1. */
bool brski_general_names_meet(struct brski_slice a, struct brski_slice b);

bool brski_string_is_printable(struct brski_slice text);
/* Append a PrintableString, or a UTF8String when the text has other characters. */
enum brski_rc brski_string_encode(struct brski_slice text, struct brski_buf *out,
    struct brski_err *err);
/* What was appended since mark is to be signed: append algorithm and signature. */
enum brski_rc brski_signature_put(const struct brski_key *key, size_t mark, struct brski_buf *out,
    struct brski_err *err);
/* The same, and all three become one SEQUENCE, as certificates, requests and CRLs are. */
enum brski_rc brski_signed_enclose(const struct brski_key *key, size_t mark, struct brski_buf *out,
    struct brski_err *err);

/*
 * x509_put.c: append a Time, UTCTime through 2049 (RFC 5280 4.1.2.5); a GeneralizedTime always; an
 * AuthorityKeyIdentifier of ski or, where that is absent, of the key; an Extension.
 */
enum brski_rc brski_time_put(int64_t t, struct brski_buf *out, struct brski_err *err);
enum brski_rc brski_general_time_put(int64_t t, struct brski_buf *out, struct brski_err *err);
enum brski_rc brski_aki_put(struct brski_slice ski, struct brski_slice spki, struct brski_buf *out,
    struct brski_err *err);
enum brski_rc brski_ext_put(struct brski_slice oid, bool critical, struct brski_slice value,
    struct brski_buf *out, struct brski_err *err);
/* SHA-1 of the key bits, RFC 5280 4.2.1.2 (1). */
struct brski_slice brski_key_id(struct brski_slice spki, uint8_t out[BRSKI_HASH_MAX]);

#define BRSKI_EXT_SUBJECT_KEY_ID   BRSKI_LIT("\x55\x1d\x0e")
#define BRSKI_EXT_KEY_USAGE        BRSKI_LIT("\x55\x1d\x0f")
#define BRSKI_EXT_SUBJECT_ALT_NAME BRSKI_LIT("\x55\x1d\x11")
#define BRSKI_EXT_BASIC            BRSKI_LIT("\x55\x1d\x13")
#define BRSKI_EXT_CRL_NUMBER       BRSKI_LIT("\x55\x1d\x14")
#define BRSKI_EXT_CRL_REASON       BRSKI_LIT("\x55\x1d\x15")
#define BRSKI_EXT_ISSUING_POINT    BRSKI_LIT("\x55\x1d\x1c")
#define BRSKI_EXT_CRL_POINTS       BRSKI_LIT("\x55\x1d\x1f")
#define BRSKI_EXT_AUTHORITY_KEY_ID BRSKI_LIT("\x55\x1d\x23")
#define BRSKI_EXT_KEY_PURPOSES     BRSKI_LIT("\x55\x1d\x25")
#define BRSKI_EXT_AUTHORITY_INFO   BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x01\x01")
#define BRSKI_EXT_OCSP_NOCHECK     BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x05")
#define BRSKI_EXT_MASA_URL         BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x01\x20") /* RFC 8995 8.4 */

#endif
