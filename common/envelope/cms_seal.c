/* SPDX-License-Identifier: Apache-2.0 */
/* Writing SignedData, RFC 5652 5.1: element by element, each closed when its content stands. */
#include "envelope/cms_der.h"
#include "envelope/envelope.h"

#define VERSION_1 BRSKI_LIT("\x01")
#define VERSION_3 BRSKI_LIT("\x03")

/* AlgorithmIdentifiers without parameters, RFC 5754 2 and 3.2, RFC 8419 3. */
#define SHA_256      "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define SHA_384      "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
#define SHA_512      "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"
#define ECDSA_SHA256 "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define ECDSA_SHA384 "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"
#define ED25519      "\x30\x05\x06\x03\x2b\x65\x70"

#define ALG(s)                                      \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}

/* What a key signs with, and the digest that goes with it. */
struct suite {
	enum brski_alg alg;
	enum brski_hash hash;
	struct brski_slice digest_id, signature_id;
};
static const struct suite suites[] = {
	{ BRSKI_ALG_ECDSA_SHA256, BRSKI_SHA256, ALG(SHA_256), ALG(ECDSA_SHA256) },
	{ BRSKI_ALG_ECDSA_SHA384, BRSKI_SHA384, ALG(SHA_384), ALG(ECDSA_SHA384) },
	{ BRSKI_ALG_ED25519, BRSKI_SHA512, ALG(SHA_512), ALG(ED25519) },
};

static const struct suite *
suite_of(const struct brski_key *key)
{
	size_t i;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (suites[i].alg == brski_key_alg(key))
			return &suites[i];
	return NULL;
}

/* Attribute with one value, RFC 5652 5.3. */
static enum brski_rc
put_attr(struct brski_slice oid, uint8_t tag, struct brski_slice value, struct brski_buf *out,
    struct brski_err *err)
{
	size_t attr = out->n, set;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_OID, oid, out, err)) != BRSKI_OK)
		return rc;
	set = out->n;
	if ((rc = brski_der_wrap(tag, value, out, err)) == BRSKI_OK &&
	    (rc = brski_der_enclose(BRSKI_DER_SET, set, out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SEQUENCE, attr, out, err);
	return rc;
}

static enum brski_rc
put_time(int64_t at, struct brski_buf *out, struct brski_err *err)
{
	char text[BRSKI_TIME_ASN1];
	uint8_t tag;

	if (at == BRSKI_TIME_UNKNOWN)
		return BRSKI_OK;
	/* RFC 5652 11.3: UTCTime through 2049 */
	tag = brski_time_format_asn1(at, text) ? BRSKI_DER_GENERAL_TIME : BRSKI_DER_UTC_TIME;
	return put_attr(BRSKI_CMS_OID_SIGNING_TIME, tag, brski_slice_str(text), out, err);
}

/*
 * The signed attributes as what is signed, a SET OF. Their order is that of a DER SET OF: it goes
 * by their first octets, here the lengths.
 */
static enum brski_rc
put_attrs(enum brski_hash hash, struct brski_slice payload, int64_t at, struct brski_buf *out,
    struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];
	enum brski_rc rc;

	if ((rc = put_attr(BRSKI_CMS_OID_CONTENT_TYPE, BRSKI_DER_OID, BRSKI_CMS_OID_JSON_VOUCHER,
	         out, err)) == BRSKI_OK &&
	    (rc = put_time(at, out, err)) == BRSKI_OK &&
	    (rc = put_attr(BRSKI_CMS_OID_MESSAGE_DIGEST, BRSKI_DER_OCTET_STRING,
	         brski_digest(hash, payload, digest), out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SET, 0, out, err);
	return rc;
}

/* sid and its version, RFC 5652 5.3. */
static enum brski_rc
put_sid(const struct brski_cert *signer, struct brski_buf *out, struct brski_err *err)
{
	size_t sid;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_INTEGER, VERSION_1, out, err)) != BRSKI_OK)
		return rc;
	sid = out->n;
	if ((rc = brski_buf_append(out, signer->issuer, err)) == BRSKI_OK &&
	    (rc = brski_der_wrap(BRSKI_DER_INTEGER, signer->serial, out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SEQUENCE, sid, out, err);
	return rc;
}

/* Append signedAttrs, here as [0], what algorithm, and the signature over them as a SET OF. */
static enum brski_rc
put_signature(const struct suite *s, const struct brski_key *key, struct brski_slice attrs,
    struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf sig = { .max = BRSKI_SIG_MAX };
	size_t at = out->n;
	enum brski_rc rc;

	if ((rc = brski_key_sign(key, attrs, &sig, err)) == BRSKI_OK &&
	    (rc = brski_buf_append(out, attrs, err)) == BRSKI_OK &&
	    (rc = brski_buf_append(out, s->signature_id, err)) == BRSKI_OK)
		rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, brski_buf_slice(&sig), out, err);
	/* RFC 5652 5.4: signed is the SET OF, not the [0] that stands on the wire */
	if (rc == BRSKI_OK)
		out->p[at] = BRSKI_CMS_TAG_0;
	brski_buf_clear(&sig);
	return rc;
}

static enum brski_rc
put_signer(const struct suite *s, const struct brski_key *key, const struct brski_cert *signer,
    struct brski_slice attrs, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = put_sid(signer, out, err)) == BRSKI_OK &&
	    (rc = brski_buf_append(out, s->digest_id, err)) == BRSKI_OK &&
	    (rc = put_signature(s, key, attrs, out, err)) == BRSKI_OK &&
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SET, mark, out, err);
	return rc;
}

/* The next of a SET OF, X.690 11.6: the least that is greater than last; NULL: no more. */
static const struct brski_cert *
next_in_order(const struct brski_certs *certs, const struct brski_cert *last)
{
	const struct brski_cert *least = NULL;
	size_t i;

	for (i = 0; i < certs->n; i++)
		if ((last == NULL || brski_der_before(last->der, certs->v[i].der)) &&
		    (least == NULL || brski_der_before(certs->v[i].der, least->der)))
			least = &certs->v[i];
	return least;
}

/* version, digestAlgorithms, encapContentInfo */
static enum brski_rc
put_head(struct brski_slice version, struct brski_slice digest_id, struct brski_slice type,
    struct brski_slice payload, struct brski_buf *out, struct brski_err *err)
{
	size_t info, content;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_INTEGER, version, out, err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(BRSKI_DER_SET, digest_id, out, err)) != BRSKI_OK)
		return rc;
	info = out->n;
	if ((rc = brski_der_wrap(BRSKI_DER_OID, type, out, err)) != BRSKI_OK)
		return rc;
	content = out->n;
	if (payload.p != NULL &&
	    ((rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, payload, out, err)) != BRSKI_OK ||
	        (rc = brski_der_enclose(BRSKI_CMS_TAG_0, content, out, err)) != BRSKI_OK))
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, info, out, err);
}

/* certificates [0], in the order of a SET OF; the same one twice goes in once. */
static enum brski_rc
put_certs(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_cert *c = NULL;
	size_t set = out->n;
	enum brski_rc rc = BRSKI_OK;

	while (rc == BRSKI_OK && (c = next_in_order(certs, c)) != NULL)
		rc = brski_buf_append(out, c->der, err);
	return rc != BRSKI_OK ? rc : brski_der_enclose(BRSKI_CMS_TAG_0, set, out, err);
}

/* A ContentInfo begins, RFC 5652 3; *inner: where the content of the SignedData goes. */
static enum brski_rc
open_info(size_t *inner, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc = brski_der_wrap(BRSKI_DER_OID, BRSKI_CMS_SIGNED_DATA, out, err);

	*inner = out->n;
	return rc;
}

static enum brski_rc
close_info(size_t mark, size_t inner, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_der_enclose(BRSKI_DER_SEQUENCE, inner, out, err)) == BRSKI_OK &&
	    (rc = brski_der_enclose(BRSKI_CMS_TAG_0, inner, out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
	return rc;
}

enum brski_rc
brski_cms_seal(struct brski_slice payload, const struct brski_key *key,
    const struct brski_certs *certs, int64_t signing_time, struct brski_buf *out,
    struct brski_err *err)
{
	const struct suite *s = suite_of(key);
	struct brski_buf attrs = { 0 };
	size_t mark = out->n, inner;
	enum brski_rc rc;

	if (s == NULL || certs->n == 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "no key to sign with or no certificate");
	if ((rc = put_attrs(s->hash, payload, signing_time, &attrs, err)) == BRSKI_OK &&
	    (rc = open_info(&inner, out, err)) == BRSKI_OK &&
	    (rc = put_head(VERSION_3, s->digest_id, BRSKI_CMS_OID_JSON_VOUCHER, payload, out,
	         err)) == BRSKI_OK &&
	    (rc = put_certs(certs, out, err)) == BRSKI_OK &&
	    (rc = put_signer(s, key, &certs->v[0], brski_buf_slice(&attrs), out, err)) == BRSKI_OK)
		rc = close_info(mark, inner, out, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	brski_buf_clear(&attrs);
	return rc;
}

enum brski_rc
brski_certs_only_encode(const struct brski_certs *certs, struct brski_buf *out,
    struct brski_err *err)
{
	struct brski_slice none = { NULL, 0 };
	size_t mark = out->n, inner;
	enum brski_rc rc;

	if ((rc = open_info(&inner, out, err)) == BRSKI_OK &&
	    (rc = put_head(VERSION_1, none, BRSKI_CMS_OID_DATA, none, out, err)) == BRSKI_OK &&
	    (rc = put_certs(certs, out, err)) == BRSKI_OK &&
	    (rc = brski_der_wrap(BRSKI_DER_SET, none, out, err)) == BRSKI_OK)
		rc = close_info(mark, inner, out, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}
