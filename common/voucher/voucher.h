/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The voucher and voucher-request model: each YANG leaf of RFC 8366 5.3, RFC 8995 3.4 and rfc8366bis 8.4/9.2, present or absent.
 * One model, two encodings (voucher_json.c; CBOR later), driven by one table of leaves (voucher.c). Syntax only: whether leaves may
 * stand together is for the checks of registrar, MASA and pledge.
 */
#ifndef BRSKI_VOUCHER_H
#define BRSKI_VOUCHER_H

#include "base/buf.h"
#include "base/clock.h"

#define BRSKI_VOUCHER_MAX    ((size_t)48 * 1024) /* encoded payload */
#define BRSKI_NONCE_MIN	     8
#define BRSKI_NONCE_MAX	     32
#define BRSKI_NONCE_TEXT_MAX 64

enum brski_voucher_kind { BRSKI_VOUCHER, BRSKI_VOUCHER_REQUEST };

enum brski_assertion { /* values are the YANG enum's */
	BRSKI_ASSERTION_NONE = -1,
	BRSKI_ASSERTION_VERIFIED = 0,
	BRSKI_ASSERTION_LOGGED = 1,
	BRSKI_ASSERTION_PROXIMITY = 2,
	BRSKI_ASSERTION_AGENT_PROXIMITY = 3,
};
const char *brski_assertion_name(enum brski_assertion a); /* "proximity"; NONE: NULL */
enum brski_assertion brski_assertion_from(struct brski_slice name);

enum brski_tri { BRSKI_ABSENT, BRSKI_FALSE, BRSKI_TRUE };

/* A date leaf: absent when text is; the text is what was received or will be sent. */
struct brski_date {
	struct brski_slice text;
	int64_t at;
};

struct brski_voucher {
	enum brski_voucher_kind kind;
	enum brski_assertion assertion;
	struct brski_date created_on, expires_on, last_renewal_date;
	enum brski_tri domain_cert_revocation_checks;
	struct brski_slice serial_number; /* UTF-8 */
	struct brski_slice idevid_issuer;
	struct brski_slice nonce;      /* the decoded bytes */
	struct brski_slice nonce_text; /* as it stood in JSON; echoed; absent in CBOR */
	struct brski_slice pinned_domain_cert, pinned_domain_pubk, pinned_domain_pubk_sha256;
	struct brski_slice prior_signed_voucher_request;
	struct brski_slice proximity_registrar_cert, proximity_registrar_pubk, proximity_registrar_pubk_sha256;
	struct brski_slice additional_configuration_url, est_domain;
	struct brski_slice manufacturer_proprietary;
	struct brski_slice agent_provided_proximity_registrar_cert, agent_sign_cert, agent_signed_data;
	struct brski_slice extensions; /* undecoded JSON text or CBOR of the leaf-list */
	unsigned unknown;	       /* members that we do not know and ignored, RFC 8995 5.6.1 */
	struct brski_buf store;	       /* owns decoded bytes; slices may also point to borrowed memory when built by hand */
};

/* A model with nothing in it. */
struct brski_voucher brski_voucher_init(enum brski_voucher_kind kind);
void brski_voucher_clear(struct brski_voucher *v);

/* One row per leaf: the encodings and brskictl voucher show run over it. */
enum brski_leaf_type { BRSKI_LEAF_ENUM, BRSKI_LEAF_BOOL, BRSKI_LEAF_STRING, BRSKI_LEAF_DATE, BRSKI_LEAF_BINARY,
	BRSKI_LEAF_NONCE, BRSKI_LEAF_ANY };
struct brski_leaf {
	const char *name; /* YANG and JSON name */
	enum brski_leaf_type type;
	size_t offset;		      /* in struct brski_voucher */
	unsigned sid[2];	      /* of BRSKI_VOUCHER, BRSKI_VOUCHER_REQUEST; 0: not in that kind */
};
extern const struct brski_leaf brski_leaves[];
extern const size_t brski_leaves_n;
bool brski_leaf_present(const struct brski_voucher *v, const struct brski_leaf *leaf);

/*
 * in is borrowed for the call; on success *out owns what it points to. E_MALFORMED: not UTF-8 JSON, not exactly one of the two
 * top-level names, duplicate members, a leaf of the wrong type, nonce outside 8..32 bytes (standards: YANG length), trailing bytes,
 * > BRSKI_VOUCHER_MAX, nesting. Any leaf of either kind may stand in either kind on input (counted in unknown when it does not
 * belong there).
 */
enum brski_rc brski_voucher_decode_json(struct brski_slice in, struct brski_voucher *out, struct brski_err *err);
/* RFC 7951: padded base64, Z dates, compact. nonce_text, when present, is written as it stands. Appended to out. */
enum brski_rc brski_voucher_encode_json(const struct brski_voucher *v, struct brski_buf *out, struct brski_err *err);

/* Same nonce? On decoded bytes when both decode, else on the text. Absent equals absent only. */
bool brski_nonce_eq(const struct brski_voucher *a, const struct brski_voucher *b);

#endif
