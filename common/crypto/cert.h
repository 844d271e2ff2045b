/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates as facts. Decoding is strict about syntax and knows no policy: who may do what
 * is path.h's and the operations' business. A struct brski_cert is a view: every slice in it points
 * into the DER that was decoded, nothing is allocated, nothing needs freeing. This header is all
 * that libpledge sees of certificates.
 */
#ifndef BRSKI_CERT_H
#define BRSKI_CERT_H

#include "base/clock.h"
#include "base/err.h"
#include "base/slice.h"
#include "crypto/key.h"

#define BRSKI_CERT_MAX   ((size_t)8192) /* bytes of one certificate */
#define BRSKI_CHAIN_MAX  8              /* certificates in a path or a peer's chain */
#define BRSKI_BAG_MAX    32             /* certificates in a CMS or file */
#define BRSKI_SERIAL_MAX 64 /* octets of a device serial number: X520SerialNumber, RFC 5280 A.1 */

/* keyUsage, RFC 5280 4.2.1.3: bit i of the BIT STRING is 1u << i */
#define BRSKI_KU_DIGITAL_SIGNATURE (1u << 0)
#define BRSKI_KU_KEY_CERT_SIGN     (1u << 5)
#define BRSKI_KU_CRL_SIGN          (1u << 6)

/* extendedKeyUsage, RFC 5280 4.2.1.12; RFC 7030 3.6.1 */
#define BRSKI_EKU_SERVER_AUTH  (1u << 0)
#define BRSKI_EKU_CLIENT_AUTH  (1u << 1)
#define BRSKI_EKU_CMC_RA       (1u << 2) /* 1.3.6.1.5.5.7.3.28 */
#define BRSKI_EKU_OCSP_SIGNING (1u << 3)
#define BRSKI_EKU_ANY          (1u << 4)
#define BRSKI_EKU_OTHER        (1u << 5)

struct brski_cert {
	struct brski_slice der;     /* the whole certificate */
	struct brski_slice tbs;     /* TBSCertificate, what is signed */
	int version;                /* 1, 2 or 3 */
	struct brski_slice serial;  /* INTEGER content octets */
	struct brski_slice issuer;  /* Name, DER */
	struct brski_slice subject; /* Name, DER */
	int64_t not_before, not_after;
	struct brski_slice spki; /* SubjectPublicKeyInfo, DER */
	struct brski_slice key;  /* content of its BIT STRING, without the unused-bits octet */
	enum brski_key_type key_type;
	enum brski_alg sig_alg; /* NONE: one we do not verify */
	struct brski_slice sig; /* absent: not whole octets, so no signature is right */

	bool has_basic_constraints, ca;
	int path_len; /* -1: none */
	bool has_key_usage;
	unsigned key_usage;
	bool has_eku;
	unsigned eku;
	struct brski_slice ski; /* keyIdentifier octets */
	struct brski_slice aki; /* keyIdentifier octets of AKI */
	/* AKI extnValue content: the DER inside the OCTET STRING */
	struct brski_slice aki_extn;
	struct brski_slice san;      /* GeneralNames, DER */
	struct brski_slice masa_url; /* id-pe-masa-url text, RFC 8995 2.3.2 */
	/* id-at-serialNumber text of the subject, RFC 8995 2.3.1 */
	struct brski_slice serial_number;
	struct brski_slice hw_serial; /* hardwareModuleName hwSerialNum octets, RFC 4108 5 */
	struct brski_slice crl_url;   /* first http URI of cRLDistributionPoints */
	struct brski_slice ocsp_url;  /* first http URI of id-ad-ocsp in authorityInfoAccess */
	bool ocsp_nocheck;            /* id-pkix-ocsp-nocheck is there */
	struct brski_slice
	    crl_points; /* DistributionPoints: the content of cRLDistributionPoints */
	/* OID content octets of the first critical extension that we do not process */
	struct brski_slice unknown_critical;
};

/*
 * Decode exactly one certificate, nothing after it. der is borrowed as long as *out is used.
 * E_MALFORMED: not strict DER, not a certificate, a duplicate or broken extension, >
 * BRSKI_CERT_MAX.
 */
enum brski_rc brski_cert_decode(struct brski_slice der, struct brski_cert *out,
    struct brski_err *err);

/*
 * A list of certificates that owns its DER. Zero-initialised is empty; max 0 means BRSKI_BAG_MAX.
 */
struct brski_certs {
	struct brski_cert *v;
	size_t n, cap, max;
	struct brski_heap *heap; /* where the list and its DER live; NULL: malloc() */
};

/*
 * Copy and decode. E_TOO_LARGE beyond max. Views into the list's v[] move when it grows; their
 * slices do not.
 */
enum brski_rc brski_certs_add(struct brski_certs *list, struct brski_slice der,
    struct brski_err *err);
/*
 * PEM with any number of certificates, one DER, or base64 of DER. E_MALFORMED when there is none.
 */
enum brski_rc brski_certs_add_any(struct brski_certs *list, struct brski_slice text,
    struct brski_err *err);
enum brski_rc brski_certs_load(struct brski_certs *list, const char *path, struct brski_err *err);
/* Into to's heap, whichever from lives in. */
enum brski_rc brski_certs_copy(struct brski_certs *to, const struct brski_certs *from,
    struct brski_err *err);
const struct brski_cert *brski_certs_find(const struct brski_certs *list, struct brski_slice der);
void brski_certs_clear(struct brski_certs *list); /* empty, max and heap as before */

/*
 * RFC 5280 7.1: case-insensitive, white space folded, string types of no matter. A Name that
 * cannot be read equals only its own octets.
 */
bool brski_name_eq(struct brski_slice a, struct brski_slice b);
/* "C=DE, O=Acme, CN=x" for people; control characters replaced; always terminated. Returns dst. */
char *brski_name_text(struct brski_slice name, char *dst, size_t cap);
bool brski_cert_self_issued(const struct brski_cert *c);

/*
 * domainID, RFC 8995 5.8.2: the SKI keyIdentifier, else SHA-256 of the SPKI (RFC 7469 2.4). out
 * holds 64 bytes at least (an SKI longer than that is hashed); returns a slice of out.
 */
struct brski_slice brski_cert_domain_id(const struct brski_cert *c, uint8_t out[64]);
/*
 * idevid-issuer, rfc8366bis 6.1: the AKI extnValue with its OCTET STRING header; without an AKI,
 * the same shape from SHA-1 of the certificate's own key. Appended to out.
 */
enum brski_rc brski_cert_idevid_issuer(const struct brski_cert *c, struct brski_buf *out,
    struct brski_err *err);
/*
 * The keyid inside any reading of idevid-issuer (with or without header, bare keyid); absent when
 * there is none.
 */
struct brski_slice brski_idevid_issuer_keyid(struct brski_slice leaf);

/* Where the device's serial number stands, RFC 8995 2.3.1. */
enum brski_serial_from {
	BRSKI_SERIAL_FROM_SUBJECT,
	BRSKI_SERIAL_FROM_HW_MODULE_NAME
};
/* E_SERIAL: it is not there, empty, longer than BRSKI_SERIAL_MAX, or not clean text. */
enum brski_rc brski_cert_device_serial(const struct brski_cert *c, enum brski_serial_from from,
    struct brski_slice *out, struct brski_err *err);

#endif
