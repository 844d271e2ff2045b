/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/cms_der.h"
#include "envelope/envelope.h"

/* SignerInfo version and SignedData version, RFC 5652 5.3 and 5.1 */
#define VERSION_1 1
#define VERSION_3 3

/* Certificates may share name and serial number: so many are tried with the signature. */
#define SIGNER_TRIES 4

/* The one signer, and what its algorithms and signed attributes mean. */
struct signer_info {
	const struct brski_cms *cms;
	const struct brski_cms_signer *in;
	struct brski_slice attr_type;   /* value of contentType, OID octets */
	struct brski_slice attr_digest; /* value of messageDigest */
	struct brski_slice attr_time;   /* value of signingTime; absent: none */
	enum brski_hash hash;
	enum brski_alg alg;
};

/* One of the attributes that RFC 5652 11 defines: once, with one value of the right type. */
static enum brski_rc
take_attr(struct brski_slice values, const uint8_t want[2], struct brski_slice *out,
    struct brski_err *err)
{
	bool again = out->p != NULL;
	uint8_t tag = 0;

	/* without a value the tag stays 0 */
	(void)brski_der_next(&values, &tag, out, NULL);
	if (again || values.n != 0 || (tag != want[0] && tag != want[1]))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5652 11",
		    "a signed attribute is there twice, or not with one value of its type");
	return BRSKI_OK;
}

static enum brski_rc
read_attr(struct brski_slice attr, struct signer_info *s, unsigned *odd, struct brski_err *err)
{
	static const uint8_t oid_tag[2] = { BRSKI_DER_OID, BRSKI_DER_OID };
	static const uint8_t octets_tag[2] = { BRSKI_DER_OCTET_STRING, BRSKI_DER_OCTET_STRING };
	static const uint8_t time_tag[2] = { BRSKI_DER_UTC_TIME, BRSKI_DER_GENERAL_TIME };
	struct brski_slice oid = { 0 }, values = { 0 };

	(void)brski_der_take(&attr, BRSKI_DER_OID, &oid);
	(void)brski_der_take(&attr, BRSKI_DER_SET, &values);
	if (brski_slice_eq(oid, BRSKI_CMS_OID_CONTENT_TYPE))
		return take_attr(values, oid_tag, &s->attr_type, err);
	if (brski_slice_eq(oid, BRSKI_CMS_OID_MESSAGE_DIGEST))
		return take_attr(values, octets_tag, &s->attr_digest, err);
	if (brski_slice_eq(oid, BRSKI_CMS_OID_SIGNING_TIME))
		return take_attr(values, time_tag, &s->attr_time, err);
	*odd |= BRSKI_ODD_SIGNED_ATTR;
	return BRSKI_OK;
}

/*
 * RFC 5652 5.3: without signed attributes the content type would not be signed; rfc8366bis 7.1
 * wants them.
 */
static enum brski_rc
read_attrs(struct signer_info *s, struct brski_signed *out, struct brski_err *err)
{
	struct brski_slice attrs = s->in->attrs, attr;
	enum brski_rc rc = BRSKI_OK;

	(void)brski_der_take(&attrs, BRSKI_CMS_TAG_0, &attrs);
	while (rc == BRSKI_OK && brski_der_take(&attrs, BRSKI_DER_SEQUENCE, &attr))
		rc = read_attr(attr, s, &out->odd, err);
	if (rc != BRSKI_OK)
		return rc;
	if (s->attr_type.p == NULL || s->attr_digest.p == NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5652 5.3",
		    "no signed attributes contentType and messageDigest");
	return s->attr_time.p == NULL
	    ? BRSKI_OK
	    : brski_time_parse_asn1(s->attr_time, &out->signing_time, err);
}

/* RFC 5754 2, RFC 5480 2.1.1: parameters absent; NULL is what others write. */
static bool
is_plain(const struct brski_cms_alg *a)
{
	return a->parameters.p == NULL || brski_slice_eq(a->parameters, BRSKI_LIT("\x05\x00"));
}

static void
read_algorithms(struct signer_info *s, unsigned *odd)
{
	const struct brski_cms_signer *in = s->in;
	bool bare_key;

	if (!is_plain(&in->digest) || !is_plain(&in->algorithm))
		return;
	s->hash = brski_cms_hash_from(in->digest.oid);
	s->alg = brski_cms_alg_from(in->algorithm.oid, s->hash, &bare_key);
	if (bare_key)
		*odd |= BRSKI_ODD_SIG_ALG;
}

/* RFC 5652 5.1 and 5.3: 3 for any content but id-data and for a signer named by key identifier. */
static bool
versions_fit(const struct signer_info *s, bool id_data)
{
	uint8_t si = s->in->ski.p != NULL ? VERSION_3 : VERSION_1;
	uint8_t sd = id_data ? si : VERSION_3;

	return brski_slice_eq(s->cms->version, brski_slice(&sd, 1)) &&
	    brski_slice_eq(s->in->version, brski_slice(&si, 1));
}

static enum brski_rc
read_content(const struct brski_cms *c, struct brski_signed *out, struct brski_err *err)
{
	if (brski_slice_eq(c->content_type, BRSKI_CMS_OID_DATA))
		out->odd |= BRSKI_ODD_ID_DATA;
	else if (!brski_slice_eq(c->content_type, BRSKI_CMS_OID_JSON_VOUCHER))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8366 5.4",
		    "content type is not that of a voucher");
	out->payload = c->content;
	if (out->payload.p == NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8366 5.4", "no content inside");
	return BRSKI_OK;
}

/*
 * RFC 5652 5.3 in one object, RFC 8366 5.4: what must be there to ask about the signature at all.
 */
static enum brski_rc
read_signed(const struct brski_cms *c, struct signer_info *s, struct brski_signed *out,
    struct brski_err *err)
{
	enum brski_rc rc;

	/* first, so that brski_cms_look() has the content whatever else is wrong */
	if ((rc = read_content(c, out, err)) != BRSKI_OK)
		return rc;
	if (c->signers != 1)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8366 5.4",
		    "%zu signers instead of one", c->signers);
	s->cms = c;
	s->in = &c->signer;
	if ((rc = read_attrs(s, out, err)) != BRSKI_OK)
		return rc;
	read_algorithms(s, &out->odd);
	if (!versions_fit(s, (out->odd & BRSKI_ODD_ID_DATA) != 0))
		out->odd |= BRSKI_ODD_VERSION;
	if (c->has_crls)
		out->odd |= BRSKI_ODD_CRLS;
	if (c->signer.has_unsigned)
		out->odd |= BRSKI_ODD_UNSIGNED;
	return BRSKI_OK;
}

static bool
sid_names(const struct brski_cms_signer *s, const struct brski_cert *c)
{
	if (s->ski.p != NULL)
		return c->ski.p != NULL && brski_slice_eq(c->ski, s->ski);
	return brski_slice_eq(c->serial, s->serial) && brski_name_eq(c->issuer, s->issuer);
}

/*
 * The certificate that sid names and whose key made the signature; *tries counts those that only
 * sid names.
 */
static const struct brski_cert *
find_signer(const struct signer_info *s, struct brski_slice tbs, const struct brski_certs *list,
    int *tries)
{
	size_t i;

	for (i = 0; list != NULL && i < list->n && *tries < SIGNER_TRIES; i++) {
		if (!sid_names(s->in, &list->v[i]))
			continue;
		if (brski_verify(list->v[i].spki, s->alg, tbs, s->in->signature, NULL) == BRSKI_OK)
			return &list->v[i];
		++*tries;
	}
	return NULL;
}

static enum brski_rc
check_signature(const struct signer_info *s, const struct brski_certs *context,
    struct brski_signed *out, struct brski_err *err)
{
	struct brski_buf tbs = { .max = BRSKI_ENVELOPE_MAX };
	enum brski_rc rc;
	int tries = 0;

	if ((rc = brski_buf_append(&tbs, s->in->attrs, err)) != BRSKI_OK)
		return rc;
	/* RFC 5652 5.4: signed is the SET OF, not the [0] that stands on the wire */
	tbs.p[0] = BRSKI_DER_SET;
	out->signer = find_signer(s, brski_buf_slice(&tbs), &out->certs, &tries);
	if (out->signer == NULL) {
		out->signer = find_signer(s, brski_buf_slice(&tbs), context, &tries);
		out->odd |= tries == 0 || out->signer != NULL ? BRSKI_ODD_NO_CERT : 0;
	}
	brski_buf_clear(&tbs);
	if (out->signer == NULL)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5652 5.6",
		    tries == 0 ? "the signer's certificate is not at hand"
		               : "wrong signature, or a kind of key that we do not verify");
	return BRSKI_OK;
}

static enum brski_rc
judge(const struct signer_info *s, const struct brski_certs *context, bool strict,
    struct brski_signed *out, struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];
	unsigned odd;
	enum brski_rc rc;

	/* wolfCrypt may be built without that hash, and cannot be asked for it then */
	if (s->alg == BRSKI_ALG_NONE || brski_hash_size(s->hash) == 0)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 8366 5.4",
		    "digest or signature algorithm unknown, or they do not go together");
	/*
	 * RFC 5652 11.1: otherwise a signature made for something else would pass for a voucher's
	 */
	if (!brski_slice_eq(s->attr_type, s->cms->content_type))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5652 11.1",
		    "content type is not the signed one");
	if (!brski_slice_eq(s->attr_digest, brski_digest(s->hash, out->payload, digest)))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5652 5.6",
		    "content does not have the signed digest");
	if ((rc = check_signature(s, context, out, err)) != BRSKI_OK)
		return rc;
	odd = out->odd & BRSKI_ODD_STRICT;
	if (strict && odd != 0)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 8366 5.4", "strict: %s",
		    brski_odd_text(odd & (0 - odd)));
	return BRSKI_OK;
}

/* A SignedData with readable certificates. */
static enum brski_rc
decode(struct brski_slice wire, struct brski_cms *c, struct brski_certs *certs,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_cms_read(wire, c, err)) != BRSKI_OK)
		return rc;
	return brski_cms_read_certs(c, certs, err);
}

enum brski_rc
brski_cms_look(struct brski_slice wire, const struct brski_certs *context, struct brski_signed *out,
    struct brski_err *verdict, struct brski_err *err)
{
	struct brski_signed o = { .certs = { .heap = out->certs.heap },
		.signing_time = BRSKI_TIME_UNKNOWN };
	struct signer_info s = { 0 };
	struct brski_cms c;
	enum brski_rc rc;

	*verdict = (struct brski_err){ 0 };
	if ((rc = decode(wire, &c, &o.certs, err)) != BRSKI_OK)
		brski_signed_clear(&o);
	else if (read_signed(&c, &s, &o, verdict) == BRSKI_OK)
		(void)judge(&s, context, false, &o, verdict);
	*out = o;
	return rc;
}

enum brski_rc
brski_cms_open(struct brski_slice wire, const struct brski_certs *context, bool strict,
    struct brski_signed *out, struct brski_err *err)
{
	struct brski_signed o = { .certs = { .heap = out->certs.heap },
		.signing_time = BRSKI_TIME_UNKNOWN };
	struct signer_info s = { 0 };
	struct brski_cms c;
	enum brski_rc rc;

	if ((rc = decode(wire, &c, &o.certs, err)) != BRSKI_OK ||
	    (rc = read_signed(&c, &s, &o, err)) != BRSKI_OK ||
	    (rc = judge(&s, context, strict, &o, err)) != BRSKI_OK)
		brski_signed_clear(&o);
	*out = o;
	return rc;
}
