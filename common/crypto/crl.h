/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate revocation lists, reading side. RFC 5280 5 and 6.3. We use complete CRLs of the
 * certificate's own issuer: a delta CRL, an indirect one, or one for some reasons only decodes, but
 * tells nothing about anybody.
 */
#ifndef BRSKI_CRL_H
#define BRSKI_CRL_H

#include "crypto/cert.h"

#define BRSKI_CRL_MAX ((size_t)16 * 1024 * 1024) /* some 300 000 entries */

/* CRLReason, RFC 5280 5.3.1: the number is the code, 7 is not used. */
#define BRSKI_REASON_TABLE(X)                           \
	X(0, UNSPECIFIED, "unspecified")                \
	X(1, KEY_COMPROMISE, "keyCompromise")           \
	X(2, CA_COMPROMISE, "cACompromise")             \
	X(3, AFFILIATION_CHANGED, "affiliationChanged") \
	X(4, SUPERSEDED, "superseded")                  \
	X(5, CESSATION, "cessationOfOperation")         \
	X(6, HOLD, "certificateHold")                   \
	X(8, REMOVE, "removeFromCRL")                   \
	X(9, PRIVILEGE_WITHDRAWN, "privilegeWithdrawn") \
	X(10, AA_COMPROMISE, "aACompromise")
enum brski_reason {
#define X(code, name, text) BRSKI_REASON_##name = (code),
	BRSKI_REASON_TABLE(X)
#undef X
};
/* "keyCompromise"; NULL: no such code */
const char *brski_reason_name(int code);
/* Exactly as RFC 5280 spells it. */
bool brski_reason_from(struct brski_slice name, enum brski_reason *out);

/* All slices point into der, which it owns. */
struct brski_crl {
	struct brski_slice der;
	struct brski_slice tbs;
	struct brski_slice issuer; /* Name, DER */
	int64_t this_update;
	int64_t next_update;        /* BRSKI_TIME_UNKNOWN: none */
	struct brski_slice entries; /* revokedCertificates, content */
	struct brski_slice point;   /* issuingDistributionPoint, content; absent: for everybody */
	enum brski_alg sig_alg;
	struct brski_slice sig;
	/* Why RFC 5280 5.2 and 5.3 forbid to use it, static; NULL: nothing does. */
	const char *unusable;
};

/*
 * DER. E_MALFORMED. Critical extensions that we do not know are remembered, not refused: the
 * CRL is unusable, and the path says so where it needs it.
 */
enum brski_rc brski_crl_decode(struct brski_slice in, struct brski_crl **out,
    struct brski_err *err);
void brski_crl_free(struct brski_crl *crl);

/* Is it about certificates like this one, by its issuing distribution point? RFC 5280 6.3.3 (b). */
bool brski_crl_covers(const struct brski_crl *crl, const struct brski_cert *c);
/* Is the serial number (INTEGER content octets) on it? */
bool brski_crl_lists(const struct brski_crl *crl, struct brski_slice serial);

/* What an entry says about one serial number. False: it is not on the CRL. */
struct brski_crl_entry {
	struct brski_slice serial; /* INTEGER content octets */
	int64_t revoked;
	enum brski_reason reason;
};
bool brski_crl_find(const struct brski_crl *crl, struct brski_slice serial,
    struct brski_crl_entry *out);

/* A list that owns its CRLs. Zero-initialised is empty. */
struct brski_crls {
	struct brski_crl **v;
	size_t n, cap;
};
/* Decode and append: one CRL in DER or base64, or every one in a PEM text. */
enum brski_rc brski_crls_add(struct brski_crls *list, struct brski_slice in, struct brski_err *err);
enum brski_rc brski_crls_load(struct brski_crls *list, const char *path, struct brski_err *err);
void brski_crls_clear(struct brski_crls *list);

#endif
