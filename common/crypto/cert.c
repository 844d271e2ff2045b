/* SPDX-License-Identifier: Apache-2.0 */
#include "asn1/asn1.h"
#include "base/text.h"
#include "crypto/cert_ext.h"
#include "crypto/spki.h"

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

/* RFC 5280 4.1.2.1: v1 by default; extensions are v3's. */
static bool
read_version(struct brski_slice content, bool extensions, struct brski_cert *c)
{
	c->version = 1;
	if (brski_slice_present(content))
		c->version = content.n == 1 ? content.p[0] + 1 : 0;
	return c->version >= 1 && c->version <= 3 && (!extensions || c->version == 3);
}

/* The fields outside the extensions. NULL, or the name of the one that is broken. */
static const char *
read_fields(asn1_node n, struct brski_cert *c)
{
	struct brski_slice none, inner, outer, exts;

	c->tbs = brski_asn1_tlv(n, c->der, "tbsCertificate");
	c->serial = brski_asn1_content(n, c->der, "tbsCertificate.serialNumber");
	c->issuer = brski_asn1_tlv(n, c->der, "tbsCertificate.issuer");
	c->subject = brski_asn1_tlv(n, c->der, "tbsCertificate.subject");
	c->spki = brski_asn1_tlv(n, c->der, "tbsCertificate.subjectPublicKeyInfo");
	c->sig = brski_asn1_content(n, c->der, "signature");
	inner = brski_asn1_tlv(n, c->der, "tbsCertificate.signature");
	outer = brski_asn1_tlv(n, c->der, "signatureAlgorithm");
	exts = brski_asn1_tlv(n, c->der, "tbsCertificate.extensions");

	if (!read_version(brski_asn1_content(n, c->der, "tbsCertificate.version"),
	        brski_slice_present(exts), c))
		return "version";
	if (!brski_name_read(c->issuer, &none))
		return "issuer";
	if (!brski_name_read(c->subject, &c->serial_number))
		return "subject";
	if (!read_validity(brski_asn1_content(n, c->der, "tbsCertificate.validity"), c))
		return "validity";
	c->key = brski_spki_bits(c->spki);
	if (!brski_slice_present(c->key))
		return "subjectPublicKeyInfo";
	c->key_type = brski_spki_type(c->spki);
	/* RFC 5280 4.1.1.2: said twice, once under the signature. */
	if (!brski_slice_eq(inner, outer))
		return "signature algorithm";
	c->sig_alg = brski_alg_read(outer);
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
	asn1_node n = NULL;
	const char *what;
	enum brski_rc rc;

	*out = (struct brski_cert){ .path_len = -1 };
	if (der.n > BRSKI_CERT_MAX)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.1",
		    "certificate of %zu bytes, we take %zu", der.n, BRSKI_CERT_MAX);
	if ((rc = brski_asn1_decode("Certificate", der, "RFC 5280 4.1", &n, err)) != BRSKI_OK)
		return rc;
	what = read_fields(n, &c);
	if (what == NULL)
		rc = read_extensions(brski_asn1_tlv(n, der, "tbsCertificate.extensions"), &c, err);
	brski_asn1_free(&n);
	if (what != NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.1", "certificate: %s", what);
	if (rc == BRSKI_OK)
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
