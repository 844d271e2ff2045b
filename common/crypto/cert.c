/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "crypto/cert_ext.h"
#include "crypto/spki.h"

#define CONTEXT_CONS(n) (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))

bool
brski_time_take(struct brski_slice *in, int64_t *out)
{
	struct brski_slice text;

	/* The parser tells the two by their lengths; hold that against the tag. */
	if (!(brski_der_take(in, BRSKI_DER_UTC_TIME, &text) && text.n == 13) &&
	    !(brski_der_take(in, BRSKI_DER_GENERAL_TIME, &text) && text.n == 15))
		return false;
	return brski_time_parse_asn1(text, out, NULL) == BRSKI_OK;
}

static bool
read_validity(struct brski_slice content, struct brski_cert *c)
{
	return brski_time_take(&content, &c->not_before) &&
	    brski_time_take(&content, &c->not_after) && content.n == 0;
}

/* [0] EXPLICIT. RFC 5280 4.1.2.1: v1 by default. */
static bool
read_version(struct brski_slice *in, struct brski_cert *c)
{
	struct brski_slice outer, v;

	c->version = 1;
	if (!brski_der_take(in, CONTEXT_CONS(0), &outer))
		return true;
	if (!brski_der_take(&outer, BRSKI_DER_INTEGER, &v) || outer.n != 0 || v.n != 1)
		return false;
	c->version = v.p[0] + 1;
	return c->version <= 3;
}

/* RFC 5280 4.1.2.8: a BIT STRING under a tag of its own, so that nobody has looked at it yet. */
static bool
skip_unique_id(struct brski_slice *in, uint8_t tag)
{
	struct brski_slice bits;

	return !brski_der_take(in, tag, &bits) ||
	    (bits.n > 0 && bits.p[0] <= 7 && (bits.n > 1 || bits.p[0] == 0));
}

/* What follows the key; exts absent: none. RFC 5280 4.1.2.9: extensions are v3's. */
static bool
read_tail(struct brski_slice in, const struct brski_cert *c, struct brski_slice *exts)
{
	*exts = (struct brski_slice){ NULL, 0 };
	if (!skip_unique_id(&in, BRSKI_DER_CONTEXT | 1) ||
	    !skip_unique_id(&in, BRSKI_DER_CONTEXT | 2))
		return false;
	return (!brski_der_take(&in, CONTEXT_CONS(3), exts) || c->version == 3) && in.n == 0;
}

/* TBSCertificate but for the extensions. NULL, or the name of the field that is broken. */
static const char *
read_tbs(struct brski_slice in, struct brski_slice outer_alg, struct brski_cert *c,
    struct brski_slice *exts)
{
	struct brski_slice none, alg, validity;

	if (!read_version(&in, c))
		return "version";
	if (!brski_der_take(&in, BRSKI_DER_INTEGER, &c->serial))
		return "serialNumber";
	/* RFC 5280 4.1.1.2: said twice, once under the signature. */
	if (!brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &alg) || !brski_slice_eq(alg, outer_alg))
		return "signature algorithm";
	if (!brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &c->issuer) ||
	    !brski_name_read(c->issuer, &none))
		return "issuer";
	if (!brski_der_take(&in, BRSKI_DER_SEQUENCE, &validity) || !read_validity(validity, c))
		return "validity";
	if (!brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &c->subject) ||
	    !brski_name_read(c->subject, &c->serial_number))
		return "subject";
	if (!brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &c->spki))
		return "subjectPublicKeyInfo";
	c->key = brski_spki_bits(c->spki);
	if (!brski_slice_present(c->key))
		return "subjectPublicKeyInfo";
	return read_tail(in, c, exts) ? NULL : "what follows the key";
}

/* NULL, or what is broken. */
static const char *
read_fields(struct brski_cert *c, struct brski_slice *exts)
{
	struct brski_slice alg, tbs, in;
	const char *what;

	if (!brski_der_signed(c->der, &c->tbs, &alg, &c->sig))
		return "not three elements in strict DER and nothing after them";
	tbs = c->tbs;
	(void)brski_der_take(&tbs, BRSKI_DER_SEQUENCE, &in);
	if ((what = read_tbs(in, alg, c, exts)) != NULL)
		return what;
	c->key_type = brski_spki_type(c->spki);
	c->sig_alg = brski_alg_read(alg);
	return NULL;
}

static enum brski_rc
read_extensions(struct brski_slice der, struct brski_cert *c, struct brski_err *err)
{
	struct brski_ext exts[BRSKI_EXT_MAX];
	const char *spec;
	size_t n, i;

	if (!brski_slice_present(der))
		return BRSKI_OK;
	if (!brski_exts_read(der, exts, &n))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.2",
		    "extensions broken, repeated, or more than %d", BRSKI_EXT_MAX);
	for (i = 0; i < n; i++)
		if ((spec = brski_cert_ext_read(&exts[i], c)) != NULL)
			return brski_fail(err, BRSKI_E_MALFORMED, spec,
			    "extension %zu of the certificate is broken", i + 1);
	return BRSKI_OK;
}

enum brski_rc
brski_cert_decode(struct brski_slice der, struct brski_cert *out, struct brski_err *err)
{
	struct brski_cert c = { .der = der, .path_len = -1 };
	struct brski_slice exts;
	const char *what;
	enum brski_rc rc;

	*out = (struct brski_cert){ .path_len = -1 };
	if (der.n > BRSKI_CERT_MAX)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.1",
		    "certificate of %zu bytes, we take %zu", der.n, BRSKI_CERT_MAX);
	if ((what = read_fields(&c, &exts)) != NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.1", "certificate: %s", what);
	if ((rc = read_extensions(exts, &c, err)) == BRSKI_OK)
		*out = c;
	return rc;
}

bool
brski_cert_self_issued(const struct brski_cert *c)
{
	return brski_name_eq(c->issuer, c->subject);
}

struct brski_slice
brski_cert_domain_id(const struct brski_cert *c, uint8_t out[64])
{
	/* an empty one tells nobody from anybody */
	if (c->ski.n > 0 && c->ski.n <= 64) {
		memcpy(out, c->ski.p, c->ski.n);
		return brski_slice(out, c->ski.n);
	}
	return brski_digest(BRSKI_SHA256, c->ski.n > 0 ? c->ski : c->spki, out);
}

enum brski_rc
brski_cert_idevid_issuer(const struct brski_cert *c, struct brski_buf *out, struct brski_err *err)
{
	uint8_t shape[4 + 20] = { BRSKI_DER_SEQUENCE, 22, BRSKI_DER_CONTEXT, 20 };
	uint8_t digest[BRSKI_HASH_MAX];

	if (brski_slice_present(c->aki_extn))
		return brski_der_wrap(BRSKI_DER_OCTET_STRING, c->aki_extn, out, err);
	/* RFC 5280 4.2.1.2 (1) */
	memcpy(shape + 4, brski_digest(BRSKI_SHA1, c->key, digest).p, 20);
	return brski_der_wrap(BRSKI_DER_OCTET_STRING, brski_slice(shape, sizeof(shape)), out, err);
}

struct brski_slice
brski_idevid_issuer_keyid(struct brski_slice leaf)
{
	struct brski_slice rest = leaf, content, keyid;

	if (brski_der_take(&rest, BRSKI_DER_OCTET_STRING, &content) && rest.n == 0)
		leaf = content;
	if (brski_der_is_strict(leaf) && brski_aki_read(leaf, &keyid))
		return keyid;
	/* A bare keyid, between the 64 bits of RFC 5280 4.2.1.2 (2) and a SHA-256. */
	if (leaf.n >= 8 && leaf.n <= 32)
		return leaf;
	return (struct brski_slice){ NULL, 0 };
}

enum brski_rc
brski_cert_device_serial(const struct brski_cert *c, enum brski_serial_from from,
    struct brski_slice *out, struct brski_err *err)
{
	struct brski_slice s = from == BRSKI_SERIAL_FROM_SUBJECT ? c->serial_number : c->hw_serial;

	*out = (struct brski_slice){ NULL, 0 };
	if (s.n == 0 || s.n > BRSKI_SERIAL_MAX || !brski_text_is_clean(s))
		return brski_fail(err, BRSKI_E_SERIAL, "RFC 8995 2.3.1",
		    "no serial number of 1 to %d clean characters in the %s", BRSKI_SERIAL_MAX,
		    from == BRSKI_SERIAL_FROM_SUBJECT ? "subject" : "hardwareModuleName");
	*out = s;
	return BRSKI_OK;
}
