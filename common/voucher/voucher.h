/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The voucher and voucher-request model: each YANG leaf of RFC 8366 5.3, RFC 8995 3.4 and
 * rfc8366bis 8.4/9.2, present or absent. One model, two encodings (voucher_json.c, voucher_cbor.c),
 * driven by one table of leaves (voucher.c). Syntax only: whether leaves may stand together is for
 * the checks of registrar, MASA and pledge.
 */
#ifndef BRSKI_VOUCHER_H
#define BRSKI_VOUCHER_H

#include "base/buf.h"
#include "base/clock.h"

#define BRSKI_VOUCHER_MAX    ((size_t)48 * 1024) /* encoded payload */
#define BRSKI_NONCE_MIN      8
#define BRSKI_NONCE_MAX      32
#define BRSKI_NONCE_TEXT_MAX 64

enum brski_voucher_kind {
	BRSKI_VOUCHER,
	BRSKI_VOUCHER_REQUEST
};

enum brski_assertion { /* values are the YANG enum's */
	BRSKI_ASSERTION_NONE = -1,
	BRSKI_ASSERTION_VERIFIED = 0,
	BRSKI_ASSERTION_LOGGED = 1,
	BRSKI_ASSERTION_PROXIMITY = 2,
	BRSKI_ASSERTION_AGENT_PROXIMITY = 3,
};
const char *brski_assertion_name(enum brski_assertion a); /* "proximity"; NONE: NULL */
enum brski_assertion brski_assertion_from(struct brski_slice name);

/* What a decoder tolerated; for the log, brskictl voucher show, and strict mode. */
#define BRSKI_VOUCHER_ODD_NONCE (1u << 0) /* nonce is not padded standard base64, RFC 7951 6.6 */
#define BRSKI_VOUCHER_ODD_DATE  (1u << 1) /* created-on of a request is a date without a time */
#define BRSKI_VOUCHER_ODD_MISPLACED \
	(1u << 2) /* a leaf of the other kind; its value is kept, nobody uses it */
/* For one bit; NULL for a bit without meaning. */
const char *brski_voucher_odd_text(unsigned bit);

enum brski_tri {
	BRSKI_ABSENT,
	BRSKI_FALSE,
	BRSKI_TRUE
};

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
	struct brski_slice proximity_registrar_cert, proximity_registrar_pubk,
	    proximity_registrar_pubk_sha256;
	struct brski_slice additional_configuration_url, est_domain;
	struct brski_slice manufacturer_proprietary;
	struct brski_slice agent_provided_proximity_registrar_cert, agent_sign_cert,
	    agent_signed_data;
	struct brski_slice extensions; /* undecoded JSON text or CBOR of the leaf-list */
	unsigned unknown;              /* members that we do not know and ignored, RFC 8995 5.6.1 */
	unsigned odd;                  /* BRSKI_VOUCHER_ODD_* */
	/* owns decoded bytes; slices may also point to borrowed memory when built by hand */
	struct brski_buf store;
};

/* A model with nothing in it. */
struct brski_voucher brski_voucher_init(enum brski_voucher_kind kind);
void brski_voucher_clear(struct brski_voucher *v);

/* One row per leaf: the encodings and brskictl voucher show run over it. */
enum brski_leaf_type {
	BRSKI_LEAF_ENUM,   /* enum brski_assertion */
	BRSKI_LEAF_BOOL,   /* enum brski_tri */
	BRSKI_LEAF_STRING, /* struct brski_slice, this and the next three */
	BRSKI_LEAF_BINARY,
	BRSKI_LEAF_BINARY_URL, /* base64url in JSON */
	BRSKI_LEAF_LIST,       /* undecoded */
	BRSKI_LEAF_DATE,       /* struct brski_date */
	BRSKI_LEAF_NONCE,      /* nonce and nonce_text */
};
struct brski_leaf {
	const char *name; /* YANG and JSON name */
	enum brski_leaf_type type;
	size_t offset;   /* in struct brski_voucher */
	unsigned sid[2]; /* of BRSKI_VOUCHER, BRSKI_VOUCHER_REQUEST; 0: not in that kind */
};
extern const struct brski_leaf brski_leaves[];
extern const size_t brski_leaves_n;
bool brski_leaf_present(const struct brski_voucher *v, const struct brski_leaf *leaf);
const struct brski_leaf *brski_leaf_find(struct brski_slice name); /* NULL: no such leaf */
/*
 * The value of a leaf: STRING to LIST as it is, DATE its text, NONCE its bytes; absent for ENUM and
 * BOOL.
 */
struct brski_slice brski_leaf_slice(const struct brski_voucher *v, const struct brski_leaf *leaf);
/* "ietf-voucher:voucher", "ietf-voucher-request:voucher" */
const char *brski_voucher_kind_name(enum brski_voucher_kind kind);

/*
 * in is borrowed for the call; on success *out is the caller's: brski_voucher_clear(); on failure
 * it is empty.
 *
 * E_TOO_LARGE  > BRSKI_VOUCHER_MAX
 * E_MALFORMED  not UTF-8 JSON, nested deeper than BRSKI_JSON_DEPTH, trailing bytes, duplicate
 *              members, not exactly one of the two top-level names, a leaf of the wrong type, a
 *              nonce that is not 8..32 bytes in one of the spellings below
 *
 * Unknown members are counted and ignored (RFC 8995 5.6.1). A leaf of the other kind is decoded, so
 * that a request can be refused for what stands in it, and marked odd. nonce: padded or unpadded
 * base64 or base64url (RFC 8995 Appendix C), else hex, else decimal digits, which then are the
 * bytes themselves.
 */
enum brski_rc brski_voucher_decode_json(struct brski_slice in, struct brski_voucher *out,
    struct brski_err *err);
/*
 * RFC 7951: padded base64, dates as their text or else UTC with Z, compact, in the order of the
 * table; nonce_text, when present, as it stands. Leaves that do not belong into v->kind are left
 * out. Appended to out.
 */
enum brski_rc brski_voucher_encode_json(const struct brski_voucher *v, struct brski_buf *out,
    struct brski_err *err);

/*
 * RFC 9254. in is borrowed as long as *out is used: every slice points into it, nothing is
 * allocated. Keys are SIDs as differences, also negative ones, whole SIDs in tag 47, or names, in
 * any mix.
 *
 * E_TOO_LARGE  > BRSKI_CBOR_MAX
 * E_MALFORMED  not strict CBOR (cbor/cbor.h), not exactly one top-level key, a leaf twice in
 *              whatever spelling, a whole SID without its tag, a leaf of the wrong type (a date
 *              with a tag, an enumeration that is not its number), a nonce that is not 8..32 bytes
 *
 * Unknown keys are counted and ignored; a leaf of the other kind, or by the other kind's SID, is
 * decoded and marked odd.
 */
enum brski_rc brski_voucher_decode_cbor(struct brski_slice in, struct brski_voucher *out,
    struct brski_err *err);
/*
 * SIDs as differences, ascending; otherwise as brski_voucher_encode_json(), without nonce_text.
 * Appended to out. E_INTERNAL: extensions are not CBOR.
 */
enum brski_rc brski_voucher_encode_cbor(const struct brski_voucher *v, struct brski_buf *out,
    struct brski_err *err);

/*
 * For the encodings: read a date-and-time, which date borrows; with bare also a date alone, which
 * marks v odd. False: neither.
 */
bool brski_voucher_date(struct brski_slice text, bool bare, struct brski_voucher *v,
    struct brski_date *date);

/* Same nonce? On decoded bytes when both decode, else on the text. Absent equals absent only. */
bool brski_nonce_eq(const struct brski_voucher *a, const struct brski_voucher *b);

#endif
