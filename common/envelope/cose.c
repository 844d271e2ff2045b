/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1, opened: RFC 9052 4.2 and 4.4, RFC 9053 2, RFC 9360 2, cBRSKI 9.2. */
#include "asn1/der.h"
#include "envelope/cose_head.h"
#include "envelope/envelope.h"

#define HALF_MAX  66 /* P-521 */
#define TBS_HEADS 32 /* what a Sig_structure has beside protected headers and payload, at most */

/* RFC 9053 2, RFC 9864 2: what a number means, and the one curve that it means if it does. */
static const struct {
	enum brski_cbor_type sign;
	uint64_t number;
	enum brski_alg alg;
	enum brski_key_type only;
} algs[] = {
	{ BRSKI_CBOR_NEGINT, 6, BRSKI_ALG_ECDSA_SHA256, BRSKI_KEY_NONE },  /* -7 ES256 */
	{ BRSKI_CBOR_NEGINT, 8, BRSKI_ALG_ECDSA_SHA256, BRSKI_KEY_P256 },  /* -9 ESP256 */
	{ BRSKI_CBOR_NEGINT, 34, BRSKI_ALG_ECDSA_SHA384, BRSKI_KEY_NONE }, /* -35 ES384 */
	{ BRSKI_CBOR_NEGINT, 35, BRSKI_ALG_ECDSA_SHA512, BRSKI_KEY_NONE }, /* -36 ES512 */
	{ BRSKI_CBOR_NEGINT, 7, BRSKI_ALG_ED25519, BRSKI_KEY_ED25519 },    /* -8 EdDSA */
	{ BRSKI_CBOR_NEGINT, 18, BRSKI_ALG_ED25519, BRSKI_KEY_ED25519 },   /* -19 Ed25519 */
};

#define SEEN_ALG     (1u << 0)
#define SEEN_X5BAG   (1u << 1)
#define SEEN_X5CHAIN (1u << 2)

/* What the headers say, as far as it matters here. */
struct headers {
	struct brski_cbor_item alg;
	struct brski_slice crit;
	unsigned seen; /* SEEN_*: labels in the protected map that we understand */
	bool has_alg, crit_unprotected, nothing_protected;
};

size_t
brski_cose_half(enum brski_key_type type)
{
	switch (type) {
	case BRSKI_KEY_P256:
		return 32;
	case BRSKI_KEY_P384:
		return 48;
	case BRSKI_KEY_P521:
		return HALF_MAX;
	default:
		return 0;
	}
}

/* Four items, taken one by one. */
static bool
split_array(struct brski_cbor *r, struct brski_cose *c)
{
	struct brski_cbor_item array, protected, map, payload, signature;
	struct brski_slice *const items[] = { &c->protected_item, &c->unprotected, &c->payload_item,
		&c->signature_item };
	struct brski_cbor_item *const heads[] = { &protected, &map, &payload, &signature };
	struct brski_cbor ahead;
	size_t i;

	if (brski_cbor_expect(r, BRSKI_CBOR_ARRAY, &array, NULL) != BRSKI_OK || array.number != 4)
		return false;
	for (i = 0; i < 4; i++) {
		ahead = *r;
		if (brski_cbor_next(&ahead, heads[i], NULL) != BRSKI_OK ||
		    brski_cbor_skip(r, items[i], NULL) != BRSKI_OK)
			return false;
	}
	c->protected = protected.string;
	c->signature = signature.string;
	c->payload = payload.type == BRSKI_CBOR_BYTES ? payload.string : brski_slice(NULL, 0);
	return protected.type == BRSKI_CBOR_BYTES && map.type == BRSKI_CBOR_MAP &&
	    (payload.type == BRSKI_CBOR_BYTES || payload.type == BRSKI_CBOR_NULL) &&
	    signature.type == BRSKI_CBOR_BYTES;
}

enum brski_rc
brski_cose_split(struct brski_slice wire, struct brski_cose *out, struct brski_err *err)
{
	struct brski_cbor r = brski_cbor_reader(wire, "RFC 9052 2");
	struct brski_cbor_item tag;
	enum brski_rc rc;

	*out = (struct brski_cose){ .payload = { NULL, 0 } };
	if ((rc = brski_cbor_next(&r, &tag, err)) != BRSKI_OK)
		return rc;
	if (tag.type != BRSKI_CBOR_TAG || tag.number != BRSKI_COSE_TAG)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9052 2", "not tagged as COSE_Sign1");
	if ((rc = brski_cbor_document(brski_slice(r.p, (size_t)(r.end - r.p)), BRSKI_ENVELOPE_MAX,
	         "RFC 9052 4.2", &r, err)) != BRSKI_OK)
		return rc;
	if (!split_array(&r, out))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9052 4.2",
		    "COSE_Sign1 is not [bstr, map, bstr or nil, bstr]");
	return BRSKI_OK;
}

/* RFC 9360 2: COSE_X509 is one certificate, or an array of two; of one we take as well. */
static enum brski_rc
read_certs(struct brski_slice value, struct brski_certs *certs, struct brski_err *err)
{
	struct brski_cbor r = brski_cbor_reader(value, "RFC 9360 2");
	struct brski_cbor_item item = { .number = 1 };
	uint64_t n = 1;
	enum brski_rc rc;

	if ((value.p[0] >> 5) == 4) {
		if ((rc = brski_cbor_next(&r, &item, err)) != BRSKI_OK)
			return rc;
		n = item.number;
	}
	if (n == 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9360 2",
		    "x5bag or x5chain without a certificate");
	for (; n > 0; n--)
		if ((rc = brski_cbor_expect(&r, BRSKI_CBOR_BYTES, &item, err)) != BRSKI_OK ||
		    (rc = brski_certs_add(certs, item.string, err)) != BRSKI_OK)
			return rc;
	return BRSKI_OK;
}

/* The number of a label; 0, which none has: a name, or a negative number. */
static uint64_t
label_number(struct brski_slice label)
{
	struct brski_cbor r = brski_cbor_reader(label, "RFC 9052 3");
	struct brski_cbor_item item;

	return brski_cbor_expect(&r, BRSKI_CBOR_UINT, &item, NULL) == BRSKI_OK ? item.number : 0;
}

bool
brski_cose_holds_certs(struct brski_slice label)
{
	uint64_t n = label_number(label);

	return n == BRSKI_COSE_X5BAG || n == BRSKI_COSE_X5CHAIN;
}

static unsigned
seen_bit(uint64_t label)
{
	return label == BRSKI_COSE_ALG    ? SEEN_ALG
	    : label == BRSKI_COSE_X5BAG   ? SEEN_X5BAG
	    : label == BRSKI_COSE_X5CHAIN ? SEEN_X5CHAIN
	                                  : 0;
}

static enum brski_rc
read_header(struct brski_slice label, struct brski_slice value, bool protected, struct headers *h,
    struct brski_certs *certs, struct brski_err *err)
{
	struct brski_cbor r = brski_cbor_reader(value, "RFC 9052 3");
	uint64_t n = label_number(label);

	if (protected)
		h->seen |= seen_bit(n);
	switch (n) {
	case BRSKI_COSE_ALG:
		/* RFC 9052 3: what is protected comes first, and counts */
		if (h->has_alg)
			return BRSKI_OK;
		h->has_alg = true;
		return brski_cbor_next(&r, &h->alg, err);
	case BRSKI_COSE_CRIT:
		h->crit_unprotected = h->crit_unprotected || !protected;
		h->crit = value;
		return BRSKI_OK;
	case BRSKI_COSE_X5BAG:
	case BRSKI_COSE_X5CHAIN:
		return read_certs(value, certs, err);
	default:
		return BRSKI_OK;
	}
}

static enum brski_rc
read_headers(struct brski_cbor *r, bool protected, struct headers *h, struct brski_certs *certs,
    struct brski_err *err)
{
	struct brski_slice label, value;
	enum brski_rc rc;
	size_t pairs;

	if ((rc = brski_cbor_map(r, &pairs, err)) != BRSKI_OK)
		return rc;
	if (protected)
		h->nothing_protected = pairs == 0;
	while (pairs-- > 0)
		if ((rc = brski_cbor_skip(r, &label, err)) != BRSKI_OK ||
		    (rc = brski_cbor_skip(r, &value, err)) != BRSKI_OK ||
		    (rc = read_header(label, value, protected, h, certs, err)) != BRSKI_OK)
			return rc;
	return BRSKI_OK;
}

/* Taken apart, certificates read. */
static enum brski_rc
decode(struct brski_slice wire, struct brski_cose *c, struct headers *h, struct brski_certs *certs,
    struct brski_err *err)
{
	struct brski_cbor r;
	enum brski_rc rc;

	if ((rc = brski_cose_split(wire, c, err)) != BRSKI_OK)
		return rc;
	*h = (struct headers){ .nothing_protected = true };
	if (c->protected.n > 0 &&
	    ((rc = brski_cbor_document(c->protected, BRSKI_ENVELOPE_MAX, "RFC 9052 3", &r, err)) !=
	            BRSKI_OK ||
	        (rc = read_headers(&r, true, h, certs, err)) != BRSKI_OK))
		return rc;
	r = brski_cbor_reader(c->unprotected, "RFC 9052 3");
	return read_headers(&r, false, h, certs, err);
}

/*
 * RFC 9052 3.1: a critical header that we do not understand, that is not there, or not protected;
 * an empty list.
 */
static bool
crit_is_met(const struct headers *h)
{
	struct brski_cbor r = brski_cbor_reader(h->crit, "RFC 9052 3.1");
	struct brski_cbor_item item;

	if (!brski_slice_present(h->crit))
		return true;
	if (h->crit_unprotected ||
	    brski_cbor_expect(&r, BRSKI_CBOR_ARRAY, &item, NULL) != BRSKI_OK || item.number == 0)
		return false;
	while (!brski_cbor_at_end(&r))
		if (brski_cbor_expect(&r, BRSKI_CBOR_UINT, &item, NULL) != BRSKI_OK ||
		    (h->seen & seen_bit(item.number)) == 0)
			return false;
	return true;
}

static enum brski_alg
alg_of(const struct headers *h, enum brski_key_type *only)
{
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]) && h->has_alg; i++)
		if (algs[i].sign == h->alg.type && algs[i].number == h->alg.number) {
			*only = algs[i].only;
			return algs[i].alg;
		}
	return BRSKI_ALG_NONE;
}

/* An unsigned number of fixed size as an INTEGER: X.690 8.3, no octet more than needed. */
static enum brski_rc
put_integer(struct brski_slice number, struct brski_buf *out, struct brski_err *err)
{
	uint8_t octets[HALF_MAX + 1] = { 0 };
	size_t skip = 0;

	memcpy(octets + 1, number.p, number.n);
	while (skip < number.n && octets[skip] == 0 && octets[skip + 1] < 0x80)
		skip++;
	return brski_der_wrap(BRSKI_DER_INTEGER, brski_slice(octets + skip, number.n + 1 - skip),
	    out, err);
}

/* The signature as brski_verify() takes it; *half says for which curve it is long enough. */
static enum brski_rc
convert_signature(struct brski_slice raw, enum brski_alg alg, size_t *half, struct brski_buf *out,
    struct brski_err *err)
{
	enum brski_rc rc;
	bool fits;

	*half = alg == BRSKI_ALG_ED25519 ? 0 : raw.n / 2;
	fits = alg == BRSKI_ALG_ED25519 ? raw.n == 64
	                                : raw.n == 2 * brski_cose_half(BRSKI_KEY_P256) ||
	        raw.n == 2 * brski_cose_half(BRSKI_KEY_P384) ||
	        raw.n == 2 * brski_cose_half(BRSKI_KEY_P521);
	if (!fits)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 9053 2",
		    "%zu bytes are no signature of this algorithm (DER is not for COSE)", raw.n);
	if (alg == BRSKI_ALG_ED25519)
		return brski_buf_append(out, raw, err);
	if ((rc = put_integer(brski_slice(raw.p, *half), out, err)) == BRSKI_OK &&
	    (rc = put_integer(brski_slice(raw.p + *half, *half), out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SEQUENCE, 0, out, err);
	return rc;
}

enum brski_rc
brski_cose_tbs(struct brski_slice protected, struct brski_slice external,
    struct brski_slice payload, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_cbor_put_array(out, 4, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_text(out, "Signature1", err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_bytes(out, protected, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_bytes(out, external, err)) == BRSKI_OK)
		rc = brski_cbor_put_bytes(out, payload, err);
	return rc;
}

/* One signature, and who could have made it. */
struct signature {
	enum brski_alg alg;
	enum brski_key_type only;
	size_t half;
	struct brski_slice tbs, sig;
};

/* Nothing names the signer reliably (kid is free text): whose key fits, made it. */
static const struct brski_cert *
find_signer(const struct signature *s, const struct brski_certs *list, unsigned *tries)
{
	const struct brski_cert *c;
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++) {
		c = &list->v[i];
		if (brski_cose_half(c->key_type) != s->half ||
		    (s->only != BRSKI_KEY_NONE && s->only != c->key_type))
			continue;
		if (brski_verify(c->spki, s->alg, s->tbs, s->sig, NULL) == BRSKI_OK)
			return c;
		++*tries;
	}
	return NULL;
}

static enum brski_rc
check_signature(struct signature *s, const struct brski_certs *context, struct brski_signed *out,
    struct brski_err *err)
{
	unsigned tries = 0;

	/* cBRSKI 9.2: whom the caller knows comes before what the object claims */
	out->signer = find_signer(s, context, &tries);
	if (out->signer == NULL)
		out->signer = find_signer(s, &out->certs, &tries);
	if (out->signer == NULL ? tries == 0
	                        : brski_certs_find(&out->certs, out->signer->der) == NULL)
		out->odd |= BRSKI_ODD_NO_CERT;
	if (out->signer == NULL)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 9052 4.4",
		    tries == 0 ? "the signer's certificate is not at hand"
		               : "wrong signature, or a signer that is not at hand");
	return BRSKI_OK;
}

static enum brski_rc
judge(const struct brski_cose *c, const struct headers *h, const struct brski_certs *context,
    bool strict, struct brski_signed *out, struct brski_err *err)
{
	uint8_t der[2 * HALF_MAX + 16];
	struct brski_buf sig = brski_buf_fixed(der, sizeof(der));
	struct brski_buf tbs = { .max = c->protected.n + c->payload.n + TBS_HEADS,
		.heap = out->certs.heap };
	struct signature s = { .only = BRSKI_KEY_NONE };
	enum brski_rc rc;

	if (!brski_slice_present(c->payload))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9052 4.2", "no payload inside");
	if (!crit_is_met(h))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 9052 3.1",
		    "a critical header that is not understood, not there or not protected");
	if ((s.alg = alg_of(h, &s.only)) == BRSKI_ALG_NONE)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 9053 2", "algorithm %s",
		    h->has_alg ? "unknown" : "missing");
	if ((h->seen & SEEN_ALG) == 0)
		out->odd |= BRSKI_ODD_BARE_ALG;
	if ((rc = convert_signature(c->signature, s.alg, &s.half, &sig, err)) == BRSKI_OK &&
	    (rc = brski_cose_tbs(h->nothing_protected ? BRSKI_LIT("") : c->protected, BRSKI_LIT(""),
	         c->payload, &tbs, err)) == BRSKI_OK) {
		s.sig = brski_buf_slice(&sig);
		s.tbs = brski_buf_slice(&tbs);
		rc = check_signature(&s, context, out, err);
	}
	brski_buf_clear(&tbs);
	if (rc != BRSKI_OK)
		return rc;
	if (strict && (out->odd & BRSKI_ODD_STRICT) != 0)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 9052 3.1", "strict: %s",
		    brski_odd_text(out->odd & BRSKI_ODD_STRICT));
	return BRSKI_OK;
}

static struct brski_signed
empty_like(const struct brski_signed *out)
{
	return (struct brski_signed){ .certs = { .heap = out->certs.heap },
		.signing_time = BRSKI_TIME_UNKNOWN };
}

enum brski_rc
brski_cose_look(struct brski_slice wire, const struct brski_certs *context,
    struct brski_signed *out, struct brski_err *verdict, struct brski_err *err)
{
	struct brski_signed o = empty_like(out);
	struct brski_cose c;
	struct headers h;
	enum brski_rc rc;

	*verdict = (struct brski_err){ 0 };
	if ((rc = decode(wire, &c, &h, &o.certs, err)) == BRSKI_OK) {
		o.payload = c.payload;
		(void)judge(&c, &h, context, false, &o, verdict);
	} else
		brski_signed_clear(&o);
	*out = o;
	return rc;
}

enum brski_rc
brski_cose_open(struct brski_slice wire, const struct brski_certs *context, bool strict,
    struct brski_signed *out, struct brski_err *err)
{
	struct brski_signed o = empty_like(out);
	struct brski_cose c;
	struct headers h;
	enum brski_rc rc;

	if ((rc = decode(wire, &c, &h, &o.certs, err)) == BRSKI_OK) {
		o.payload = c.payload;
		rc = judge(&c, &h, context, strict, &o, err);
	}
	if (rc != BRSKI_OK)
		brski_signed_clear(&o);
	*out = o;
	return rc;
}
