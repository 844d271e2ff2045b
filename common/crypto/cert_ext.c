/* SPDX-License-Identifier: Apache-2.0 */
/* The extensions that we process, RFC 5280 4.2. */
#include "base/text.h"
#include "crypto/cert_ext.h"

#define OPTIONAL(in, tag, out) ((void)brski_der_take((in), (tag), (out)))
#define CONTEXT(n)             (BRSKI_DER_CONTEXT | (n))
#define CONTEXT_CONS(n)        (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))

/* The content of the one element that value is. */
static bool
whole(struct brski_slice value, uint8_t tag, struct brski_slice *content)
{
	return brski_der_take(&value, tag, content) && value.n == 0;
}

static bool
take_ext(struct brski_slice *in, struct brski_ext *out)
{
	struct brski_slice seq, flag;

	out->critical = false;
	if (!brski_der_take(in, BRSKI_DER_SEQUENCE, &seq) ||
	    !brski_der_take(&seq, BRSKI_DER_OID, &out->oid))
		return false;
	/* A written FALSE is not DER, but some devices have it burnt in, and it says nothing. */
	if (brski_der_take(&seq, BRSKI_DER_BOOLEAN, &flag))
		out->critical = flag.p[0] != 0;
	return whole(seq, BRSKI_DER_OCTET_STRING, &out->value);
}

bool
brski_exts_read(struct brski_slice der, struct brski_ext out[BRSKI_EXT_MAX], size_t *n)
{
	struct brski_slice in;
	size_t i;

	if (!whole(der, BRSKI_DER_SEQUENCE, &in))
		return false;
	for (*n = 0; in.n > 0; (*n)++) {
		if (*n == BRSKI_EXT_MAX || !take_ext(&in, &out[*n]))
			return false;
		for (i = 0; i < *n; i++)
			if (brski_slice_eq(out[i].oid, out[*n].oid))
				return false;
	}
	return *n > 0;
}

/* RFC 5280 4.2.1.9 */
static bool
read_basic(struct brski_slice v, struct brski_cert *c)
{
	struct brski_slice seq, flag, len;
	size_t i;

	if (!whole(v, BRSKI_DER_SEQUENCE, &seq))
		return false;
	c->has_basic_constraints = true;
	if (brski_der_take(&seq, BRSKI_DER_BOOLEAN, &flag))
		c->ca = flag.p[0] != 0;
	if (brski_der_take(&seq, BRSKI_DER_INTEGER, &len)) {
		if (len.p[0] >= 0x80)
			return false;
		c->path_len = 0;
		for (i = 0; i < len.n; i++) /* longer than any path: as good as none */
			c->path_len = c->path_len > 0xffff ? 0xffffff : c->path_len << 8 | len.p[i];
	}
	return seq.n == 0;
}

/* RFC 5280 4.2.1.3: the first bit is the highest of the first octet. */
static bool
read_key_usage(struct brski_slice v, struct brski_cert *c)
{
	struct brski_slice bits;
	unsigned i;

	if (!whole(v, BRSKI_DER_BIT_STRING, &bits) || bits.n > 3)
		return false;
	c->has_key_usage = true;
	for (i = 0; i < (bits.n - 1) * 8; i++)
		if ((bits.p[1 + i / 8] & (0x80 >> i % 8)) != 0)
			c->key_usage |= 1u << i;
	return true;
}

const struct brski_eku brski_ekus[] = {
	{ BRSKI_EKU_SERVER_AUTH, BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x03\x01") },
	{ BRSKI_EKU_CLIENT_AUTH, BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x03\x02") },
	{ BRSKI_EKU_CMC_RA, BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x03\x1c") },
	{ BRSKI_EKU_OCSP_SIGNING, BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x03\x09") },
	{ BRSKI_EKU_ANY, BRSKI_LIT("\x55\x1d\x25\x00") },
	{ 0, { NULL, 0 } },
};

/* RFC 5280 4.2.1.12 */
static bool
read_purposes(struct brski_slice v, struct brski_cert *c)
{
	struct brski_slice seq, oid;
	const struct brski_eku *e;

	if (!whole(v, BRSKI_DER_SEQUENCE, &seq) || seq.n == 0)
		return false;
	c->has_eku = true;
	while (brski_der_take(&seq, BRSKI_DER_OID, &oid)) {
		for (e = brski_ekus; e->bit != 0 && !brski_slice_eq(oid, e->oid);)
			e++;
		c->eku |= e->bit != 0 ? e->bit : BRSKI_EKU_OTHER;
	}
	return seq.n == 0;
}

/* RFC 5280 4.2.1.2 */
static bool
read_ski(struct brski_slice v, struct brski_cert *c)
{
	return whole(v, BRSKI_DER_OCTET_STRING, &c->ski);
}

/* RFC 5280 4.2.1.1 */
bool
brski_aki_read(struct brski_slice der, struct brski_slice *keyid)
{
	struct brski_slice seq, other;

	*keyid = (struct brski_slice){ NULL, 0 };
	if (!whole(der, BRSKI_DER_SEQUENCE, &seq))
		return false;
	OPTIONAL(&seq, CONTEXT(0), keyid);
	OPTIONAL(&seq, CONTEXT_CONS(1), &other);
	OPTIONAL(&seq, CONTEXT(2), &other);
	return seq.n == 0;
}

static bool
read_aki(struct brski_slice v, struct brski_cert *c)
{
	c->aki_extn = v;
	return brski_aki_read(v, &c->aki);
}

/* RFC 4108 5: otherName { id-on-hardwareModuleName, [0] SEQUENCE { hwType, hwSerialNum } } */
static bool
read_other_name(struct brski_slice v, struct brski_cert *c)
{
	static const struct brski_slice hw_module = BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x08\x04");
	struct brski_slice type, value, seq, hw_type;

	if (!brski_der_take(&v, BRSKI_DER_OID, &type))
		return false;
	if (!brski_slice_eq(type, hw_module))
		return true;
	return whole(v, CONTEXT_CONS(0), &value) && whole(value, BRSKI_DER_SEQUENCE, &seq) &&
	    brski_der_take(&seq, BRSKI_DER_OID, &hw_type) &&
	    whole(seq, BRSKI_DER_OCTET_STRING, &c->hw_serial);
}

/* RFC 5280 4.2.1.6: every choice is good, we look into one. */
static bool
read_san(struct brski_slice v, struct brski_cert *c)
{
	struct brski_slice names, name;
	uint8_t tag;

	c->san = v;
	if (!whole(v, BRSKI_DER_SEQUENCE, &names) || names.n == 0)
		return false;
	while (names.n > 0) {
		if (brski_der_next(&names, &tag, &name, NULL) != BRSKI_OK)
			return false;
		switch (tag) {
		case CONTEXT_CONS(0): /* otherName */
			if (!read_other_name(name, c))
				return false;
			break;
		case CONTEXT(1):      /* rfc822Name */
		case CONTEXT(2):      /* dNSName */
		case CONTEXT_CONS(3): /* x400Address */
		case CONTEXT_CONS(4): /* directoryName */
		case CONTEXT_CONS(5): /* ediPartyName */
		case CONTEXT(6):      /* uniformResourceIdentifier */
		case CONTEXT(7):      /* iPAddress */
		case CONTEXT(8):      /* registeredID */
			break;
		default:
			return false;
		}
	}
	return true;
}

/* The first http URI among GeneralNames. */
static void
find_http(struct brski_slice names, struct brski_slice *url)
{
	struct brski_slice name;
	uint8_t tag;

	while (!brski_slice_present(*url) && brski_der_next(&names, &tag, &name, NULL) == BRSKI_OK)
		if (tag == CONTEXT(6) && name.n > 7 &&
		    brski_text_eq_nocase(brski_slice(name.p, 7), "http://"))
			*url = name;
}

/* RFC 5280 4.2.1.13 */
static bool
read_crl_points(struct brski_slice v, struct brski_cert *c)
{
	struct brski_slice points, point, choice, names, other;

	if (!whole(v, BRSKI_DER_SEQUENCE, &points) || points.n == 0)
		return false;
	c->crl_points = points;
	while (points.n > 0) {
		if (!brski_der_take(&points, BRSKI_DER_SEQUENCE, &point))
			return false;
		if (brski_der_take(&point, CONTEXT_CONS(0), &choice) &&
		    brski_der_take(&choice, CONTEXT_CONS(0), &names))
			find_http(names, &c->crl_url);
		OPTIONAL(&point, CONTEXT(1), &other);
		OPTIONAL(&point, CONTEXT_CONS(2), &other);
		if (point.n != 0)
			return false;
	}
	return true;
}

/* RFC 5280 4.2.2.1: who answers by OCSP; other access methods are not ours. */
static bool
read_authority_info(struct brski_slice v, struct brski_cert *c)
{
	static const struct brski_slice ocsp = BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01");
	struct brski_slice seq, desc, method;

	if (!whole(v, BRSKI_DER_SEQUENCE, &seq) || seq.n == 0)
		return false;
	while (brski_der_take(&seq, BRSKI_DER_SEQUENCE, &desc)) {
		if (!brski_der_take(&desc, BRSKI_DER_OID, &method))
			return false;
		if (brski_slice_eq(method, ocsp))
			find_http(desc, &c->ocsp_url);
	}
	return seq.n == 0;
}

/* RFC 6960 4.2.2.2.1: NULL */
static bool
read_nocheck(struct brski_slice v, struct brski_cert *c)
{
	struct brski_slice nothing;

	c->ocsp_nocheck = true;
	return whole(v, BRSKI_DER_NULL, &nothing);
}

/* RFC 8995 2.3.2: IA5String. UTF8String is in the field; of both we take ASCII. */
static bool
read_masa_url(struct brski_slice v, struct brski_cert *c)
{
	size_t i;

	if (!whole(v, BRSKI_DER_IA5, &c->masa_url) && !whole(v, BRSKI_DER_UTF8, &c->masa_url))
		return false;
	for (i = 0; i < c->masa_url.n; i++)
		if (c->masa_url.p[i] >= 0x80)
			return false;
	return true;
}

/*
 * skips: read for its URLs and names, but with its reasons and indirect issuers we do nothing; then
 * RFC 5280 4.2 wants a critical one refused.
 */
static const struct {
	struct brski_slice oid;
	bool (*read)(struct brski_slice value, struct brski_cert *c);
	const char *spec;
	bool skips;
} known[] = {
	{ BRSKI_EXT_BASIC, read_basic, "RFC 5280 4.2.1.9", false },
	{ BRSKI_EXT_KEY_USAGE, read_key_usage, "RFC 5280 4.2.1.3", false },
	{ BRSKI_EXT_KEY_PURPOSES, read_purposes, "RFC 5280 4.2.1.12", false },
	{ BRSKI_EXT_SUBJECT_KEY_ID, read_ski, "RFC 5280 4.2.1.2", false },
	{ BRSKI_EXT_AUTHORITY_KEY_ID, read_aki, "RFC 5280 4.2.1.1", false },
	{ BRSKI_EXT_SUBJECT_ALT_NAME, read_san, "RFC 5280 4.2.1.6", false },
	{ BRSKI_EXT_MASA_URL, read_masa_url, "RFC 8995 2.3.2", false },
	{ BRSKI_EXT_CRL_POINTS, read_crl_points, "RFC 5280 4.2.1.13", true },
	{ BRSKI_EXT_AUTHORITY_INFO, read_authority_info, "RFC 5280 4.2.2.1", true },
	{ BRSKI_EXT_OCSP_NOCHECK, read_nocheck, "RFC 6960 4.2.2.2.1", false },
};

const char *
brski_cert_ext_read(const struct brski_ext *e, struct brski_cert *c)
{
	bool processed = false;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!brski_slice_eq(e->oid, known[i].oid))
			continue;
		if (!brski_der_is_strict(e->value) || !known[i].read(e->value, c))
			return known[i].spec;
		processed = !known[i].skips;
	}
	if (e->critical && !processed && !brski_slice_present(c->unknown_critical))
		c->unknown_critical = e->oid;
	return NULL;
}
