/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making certificates: facts in, signed DER out. Used by keepers and by the factory, nowhere else.
 * RFC 5280 4.
 */
#ifndef BRSKI_ISSUE_H
#define BRSKI_ISSUE_H

#include "crypto/cert.h"

/* One attribute of a Name; an RDN each, in order. */
struct brski_attr {
	const char *oid;          /* BRSKI_OID_CN ... */
	struct brski_slice value; /* UTF-8; PrintableString when it fits, else UTF8String */
};
#define BRSKI_OID_CN     "2.5.4.3"
#define BRSKI_OID_SERIAL "2.5.4.5"
#define BRSKI_OID_C      "2.5.4.6"
#define BRSKI_OID_O      "2.5.4.10"
#define BRSKI_OID_OU     "2.5.4.11"

/*
 * Append the DER of a Name. E_MALFORMED: a value that is not clean UTF-8 or too long for its
 * attribute.
 */
enum brski_rc brski_name_encode(const struct brski_attr *attrs, size_t n, struct brski_buf *out,
    struct brski_err *err);

/* What the certificate will say. Absent slices leave their extension out. */
struct brski_cert_facts {
	uint8_t serial[20]; /* positive, <= 20 octets: brski_cert_serial_random() */
	size_t serial_n;
	struct brski_slice subject; /* Name DER */
	struct brski_slice spki;
	int64_t not_before, not_after; /* BRSKI_TIME_FOREVER becomes 99991231235959Z */
	bool basic_constraints;        /* put the extension in, critical */
	bool ca;
	int path_len;           /* -1: none */
	unsigned key_usage;     /* 0: no extension */
	unsigned eku;           /* 0: no extension; never ANY or OTHER */
	bool ski;               /* SHA-1 of the key bits, RFC 5280 4.2.1.2 (1) */
	bool aki;               /* keyIdentifier form from the issuer's SKI */
	struct brski_slice san; /* GeneralNames DER, used as it is */
	struct brski_slice masa_url;
	/* OID text; with hw_serial: hardwareModuleName in the SAN, added to dns names */
	const char *hw_type;
	struct brski_slice hw_serial;
	/* SAN dNSName and iPAddress texts ("127.0.0.1"), NULL-terminated; may be NULL */
	const char *const *dns;
	struct brski_slice crl_url, ocsp_url;
	bool ocsp_nocheck; /* id-pkix-ocsp-nocheck, RFC 6960 4.2.2.2.1 */
};

/* 16 random octets, top bit clear, first octet not 0 */
void brski_cert_serial_random(struct brski_cert_facts *f);

/* Append the certificate. issuer NULL: self-signed. key is the issuer's. */
enum brski_rc brski_cert_issue(const struct brski_cert_facts *f, const struct brski_cert *issuer,
    const struct brski_key *key, struct brski_buf *out, struct brski_err *err);

#endif
