/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/cms_der.h"
#include "envelope/envelope.h"

#define SI       "signerInfos.?1."

#define TEXT(s)  brski_slice_str(s)
#define ABSENT   brski_slice(NULL, 0)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* id-ct-animaJSONVoucher in DER, the value of the signed attribute contentType */
#define JSON_VOUCHER BRSKI_LIT("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x28")

static enum brski_rc
add_attr(asn1_node n, const char *oid, struct brski_slice value, struct brski_err *err)
{
	const struct brski_cms_field fields[] = {
		{ SI "signedAttrs", TEXT("NEW") },
		{ SI "signedAttrs.?LAST.type", TEXT(oid) },
		{ SI "signedAttrs.?LAST.values", TEXT("NEW") },
		{ SI "signedAttrs.?LAST.values.?LAST", value },
	};

	return brski_cms_write(n, fields, COUNT(fields), err);
}

static enum brski_rc
add_time(asn1_node n, int64_t at, struct brski_err *err)
{
	char text[BRSKI_TIME_ASN1];
	uint8_t raw[2 + BRSKI_TIME_ASN1];
	struct brski_buf value = brski_buf_fixed(raw, sizeof(raw));
	enum brski_rc rc;
	uint8_t tag;

	if (at == BRSKI_TIME_UNKNOWN)
		return BRSKI_OK;
	/* RFC 5652 11.3: UTCTime through 2049 */
	tag = brski_time_format_asn1(at, text) ? BRSKI_DER_GENERAL_TIME : BRSKI_DER_UTC_TIME;
	rc = brski_der_wrap(tag, TEXT(text), &value, err);
	return rc != BRSKI_OK
	    ? rc
	    : add_attr(n, BRSKI_CMS_OID_SIGNING_TIME, brski_buf_slice(&value), err);
}

/* The order of these is that of a DER SET OF: it goes by their first octets, here the lengths. */
static enum brski_rc
add_attrs(asn1_node n, enum brski_hash hash, struct brski_slice payload, int64_t at,
    struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX], raw[2 + BRSKI_HASH_MAX];
	struct brski_buf value = brski_buf_fixed(raw, sizeof(raw));
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, brski_digest(hash, payload, digest),
	         &value, err)) == BRSKI_OK &&
	    (rc = add_attr(n, BRSKI_CMS_OID_CONTENT_TYPE, JSON_VOUCHER, err)) == BRSKI_OK &&
	    (rc = add_time(n, at, err)) == BRSKI_OK)
		rc = add_attr(n, BRSKI_CMS_OID_MESSAGE_DIGEST, brski_buf_slice(&value), err);
	return rc;
}

static enum brski_rc
add_signature(asn1_node n, const struct brski_key *key, struct brski_err *err)
{
	struct brski_buf tbs = { 0 }, sig = { .max = BRSKI_SIG_MAX };
	enum brski_rc rc;

	if ((rc = brski_asn1_encode(n, SI "signedAttrs", &tbs, err)) != BRSKI_OK)
		goto out;
	/* RFC 5652 5.4: signed is the SET OF, not the [0] that stands on the wire */
	tbs.p[0] = BRSKI_DER_SET;
	if ((rc = brski_key_sign(key, brski_buf_slice(&tbs), &sig, err)) == BRSKI_OK)
		rc = brski_asn1_write(n, SI "signature", brski_buf_slice(&sig), err);
out:
	brski_buf_clear(&tbs);
	brski_buf_clear(&sig);
	return rc;
}

static enum brski_rc
fill(asn1_node n, const struct brski_cert *signer, const char *hash_oid, const char *alg_oid,
    struct brski_slice payload, struct brski_err *err)
{
	const struct brski_cms_field fields[] = {
		{ "version", BRSKI_LIT("\3") },
		{ "digestAlgorithms", TEXT("NEW") },
		{ "digestAlgorithms.?LAST.algorithm", TEXT(hash_oid) },
		{ "digestAlgorithms.?LAST.parameters", ABSENT },
		{ "encapContentInfo.eContentType", TEXT(BRSKI_CMS_OID_JSON_VOUCHER) },
		{ "encapContentInfo.eContent", payload },
		{ "crls", ABSENT },
		{ "signerInfos", TEXT("NEW") },
		{ SI "version", BRSKI_LIT("\1") },
		{ SI "sid", TEXT("issuerAndSerialNumber") },
		{ SI "sid.issuerAndSerialNumber.issuer", signer->issuer },
		{ SI "sid.issuerAndSerialNumber.serialNumber", signer->serial },
		{ SI "digestAlgorithm.algorithm", TEXT(hash_oid) },
		{ SI "digestAlgorithm.parameters", ABSENT },
		{ SI "signatureAlgorithm.algorithm", TEXT(alg_oid) },
		{ SI "signatureAlgorithm.parameters", ABSENT },
		{ SI "unsignedAttrs", ABSENT },
	};

	return brski_cms_write(n, fields, COUNT(fields), err);
}

enum brski_rc
brski_cms_seal(struct brski_slice payload, const struct brski_key *key,
    const struct brski_certs *certs, int64_t signing_time, struct brski_buf *out,
    struct brski_err *err)
{
	enum brski_hash hash = BRSKI_HASH_NONE;
	const char *alg_oid = brski_cms_alg_oid(brski_key_alg(key), &hash);
	asn1_node n = NULL;
	enum brski_rc rc;

	if (alg_oid == NULL || certs->n == 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "no key to sign with or no certificate");
	if ((rc = brski_asn1_new("SignedData", &n, err)) == BRSKI_OK &&
	    (rc = fill(n, &certs->v[0], brski_cms_hash_oid(hash), alg_oid, payload, err)) ==
	        BRSKI_OK &&
	    (rc = brski_cms_write_certs(n, certs, err)) == BRSKI_OK &&
	    (rc = add_attrs(n, hash, payload, signing_time, err)) == BRSKI_OK &&
	    (rc = add_signature(n, key, err)) == BRSKI_OK)
		rc = brski_cms_wrap(n, out, err);
	brski_asn1_free(&n);
	return rc;
}
