/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/cms_der.h"

#include "envelope/envelope.h"

#define TAG_1 (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 1)

#define OID(s)                                      \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}
#define NIST_HASH     "\x60\x86\x48\x01\x65\x03\x04\x02"
#define ECDSA_WITH    "\x2a\x86\x48\xce\x3d\x04\x03"
#define PKCS_1        "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define RSA           PKCS_1 "\x01"
#define EC_PUBLIC_KEY "\x2a\x86\x48\xce\x3d\x02\x01"

/* clang-format off */
static const struct {
	enum brski_hash hash;
	struct brski_slice oid;
} hashes[] = {
	{ BRSKI_SHA256, OID(NIST_HASH "\x01") },
	{ BRSKI_SHA384, OID(NIST_HASH "\x02") },
	{ BRSKI_SHA512, OID(NIST_HASH "\x03") },
};

static const struct {
	enum brski_alg alg;
	enum brski_hash hash;
	struct brski_slice oid;
} algorithms[] = {
	{ BRSKI_ALG_ECDSA_SHA256, BRSKI_SHA256, OID(ECDSA_WITH "\x02") },
	{ BRSKI_ALG_ECDSA_SHA384, BRSKI_SHA384, OID(ECDSA_WITH "\x03") },
	{ BRSKI_ALG_ECDSA_SHA512, BRSKI_SHA512, OID(ECDSA_WITH "\x04") },
	{ BRSKI_ALG_ED25519, BRSKI_SHA512, OID("\x2b\x65\x70") },
	{ BRSKI_ALG_RSA_SHA256, BRSKI_SHA256, OID(PKCS_1 "\x0b") },
	{ BRSKI_ALG_RSA_SHA384, BRSKI_SHA384, OID(PKCS_1 "\x0c") },
	{ BRSKI_ALG_RSA_SHA512, BRSKI_SHA512, OID(PKCS_1 "\x0d") },
	{ BRSKI_ALG_RSA_SHA256, BRSKI_SHA256, OID(RSA) },
	{ BRSKI_ALG_RSA_SHA384, BRSKI_SHA384, OID(RSA) },
	{ BRSKI_ALG_RSA_SHA512, BRSKI_SHA512, OID(RSA) },
	{ BRSKI_ALG_ECDSA_SHA256, BRSKI_SHA256, OID(EC_PUBLIC_KEY) },
	{ BRSKI_ALG_ECDSA_SHA384, BRSKI_SHA384, OID(EC_PUBLIC_KEY) },
	{ BRSKI_ALG_ECDSA_SHA512, BRSKI_SHA512, OID(EC_PUBLIC_KEY) },
};
/* clang-format on */
#define HASHES_N     (sizeof(hashes) / sizeof(hashes[0]))
#define ALGORITHMS_N (sizeof(algorithms) / sizeof(algorithms[0]))

enum brski_hash
brski_cms_hash_from(struct brski_slice oid)
{
	size_t i;

	for (i = 0; i < HASHES_N; i++)
		if (brski_slice_eq(hashes[i].oid, oid))
			return hashes[i].hash;
	return BRSKI_HASH_NONE;
}

enum brski_alg
brski_cms_alg_from(struct brski_slice oid, enum brski_hash hash, bool *bare_key)
{
	size_t i;

	*bare_key = brski_slice_eq(oid, BRSKI_LIT(EC_PUBLIC_KEY));
	for (i = 0; i < ALGORITHMS_N; i++)
		if (algorithms[i].hash == hash && brski_slice_eq(algorithms[i].oid, oid))
			return algorithms[i].alg;
	return BRSKI_ALG_NONE;
}

/* --- reading; whether all of it is strict DER has been asked before */

static bool
read_alg(struct brski_slice *in, struct brski_cms_alg *out)
{
	struct brski_slice alg;
	uint8_t tag;

	if (!brski_der_take(in, BRSKI_DER_SEQUENCE, &alg) ||
	    !brski_der_take(&alg, BRSKI_DER_OID, &out->oid))
		return false;
	if (alg.n == 0)
		return true;
	out->parameters = alg;
	return brski_der_next(&alg, &tag, &(struct brski_slice){ 0 }, NULL) == BRSKI_OK &&
	    alg.n == 0;
}

/* SET OF Attribute with the tag of its place, RFC 5652 5.3. */
static bool
read_attrs(struct brski_slice *in, uint8_t tag, struct brski_slice *tlv)
{
	struct brski_slice set, attr, oid, values;

	if (!brski_der_take_tlv(in, tag, tlv))
		return true; /* OPTIONAL */
	set = *tlv;
	(void)brski_der_take(&set, tag, &set);
	while (set.n > 0)
		if (!brski_der_take(&set, BRSKI_DER_SEQUENCE, &attr) ||
		    !brski_der_take(&attr, BRSKI_DER_OID, &oid) ||
		    !brski_der_take(&attr, BRSKI_DER_SET, &values) || attr.n != 0)
			return false;
	return true;
}

/* IssuerAndSerialNumber or [0] SubjectKeyIdentifier */
static bool
read_sid(struct brski_slice *in, struct brski_cms_signer *out)
{
	struct brski_slice sid;

	if (brski_der_take(in, BRSKI_DER_CONTEXT | 0, &out->ski))
		return true;
	return brski_der_take(in, BRSKI_DER_SEQUENCE, &sid) &&
	    brski_der_take_tlv(&sid, BRSKI_DER_SEQUENCE, &out->issuer) &&
	    brski_der_take(&sid, BRSKI_DER_INTEGER, &out->serial) && sid.n == 0;
}

static bool
read_signer(struct brski_slice in, struct brski_cms_signer *out)
{
	struct brski_slice unsigned_attrs = { 0 };
	bool ok;

	*out = (struct brski_cms_signer){ 0 };
	ok = brski_der_take(&in, BRSKI_DER_INTEGER, &out->version) && read_sid(&in, out) &&
	    read_alg(&in, &out->digest) && read_attrs(&in, BRSKI_CMS_TAG_0, &out->attrs) &&
	    read_alg(&in, &out->algorithm) &&
	    brski_der_take(&in, BRSKI_DER_OCTET_STRING, &out->signature) &&
	    read_attrs(&in, TAG_1, &unsigned_attrs) && in.n == 0;
	out->has_unsigned = brski_slice_present(unsigned_attrs);
	return ok;
}

static bool
read_signers(struct brski_slice in, struct brski_cms *out)
{
	struct brski_slice one;

	for (; in.n > 0; out->signers++)
		if (!brski_der_take(&in, BRSKI_DER_SEQUENCE, &one) ||
		    !read_signer(one, &out->signer))
			return false;
	return true;
}

/* EncapsulatedContentInfo, RFC 5652 5.2 */
static bool
read_content(struct brski_slice in, struct brski_cms *out)
{
	struct brski_slice content;

	if (!brski_der_take(&in, BRSKI_DER_OID, &out->content_type))
		return false;
	if (!brski_der_take(&in, BRSKI_CMS_TAG_0, &content))
		return in.n == 0;
	return in.n == 0 && brski_der_take(&content, BRSKI_DER_OCTET_STRING, &out->content) &&
	    content.n == 0;
}

static bool
read_digests(struct brski_slice in)
{
	struct brski_cms_alg alg;

	while (in.n > 0)
		if (!read_alg(&in, &alg))
			return false;
	return true;
}

static bool
read_signed_data(struct brski_slice in, struct brski_cms *out)
{
	struct brski_slice digests, content, crls, signers;

	if (!brski_der_take(&in, BRSKI_DER_SEQUENCE, &in) ||
	    !brski_der_take(&in, BRSKI_DER_INTEGER, &out->version) ||
	    !brski_der_take(&in, BRSKI_DER_SET, &digests) || !read_digests(digests) ||
	    !brski_der_take(&in, BRSKI_DER_SEQUENCE, &content) || !read_content(content, out))
		return false;
	(void)brski_der_take(&in, BRSKI_CMS_TAG_0, &out->certificates);
	out->has_crls = brski_der_take(&in, TAG_1, &crls);
	return brski_der_take(&in, BRSKI_DER_SET, &signers) && in.n == 0 &&
	    read_signers(signers, out);
}

/* ContentInfo */
static enum brski_rc
unwrap(struct brski_slice wire, struct brski_slice *signed_data, struct brski_err *err)
{
	struct brski_slice info, type;

	if (wire.n > BRSKI_ENVELOPE_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit", "%zu bytes, limit %zu",
		    wire.n, BRSKI_ENVELOPE_MAX);
	if (!brski_der_take(&wire, BRSKI_DER_SEQUENCE, &info) || wire.n != 0 ||
	    !brski_der_take(&info, BRSKI_DER_OID, &type) ||
	    !brski_slice_eq(type, BRSKI_CMS_SIGNED_DATA) ||
	    !brski_der_take(&info, BRSKI_CMS_TAG_0, signed_data) || info.n != 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5652 3",
		    "not a CMS SignedData and nothing after it");
	return BRSKI_OK;
}

enum brski_rc
brski_cms_read(struct brski_slice wire, struct brski_cms *out, struct brski_err *err)
{
	struct brski_cms c = { 0 };
	struct brski_slice der;
	enum brski_rc rc;

	*out = c;
	if ((rc = unwrap(wire, &der, err)) != BRSKI_OK)
		return rc;
	if (!brski_der_is_strict(der) || !read_signed_data(der, &c))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5652 5.1",
		    "not a SignedData in strict DER and nothing after it");
	*out = c;
	return BRSKI_OK;
}

enum brski_rc
brski_cms_read_certs(const struct brski_cms *c, struct brski_certs *list, struct brski_err *err)
{
	struct brski_slice rest = c->certificates, content, one;
	enum brski_rc rc = BRSKI_OK;
	uint8_t tag;

	while (rest.n > 0 && rc == BRSKI_OK) {
		one.p = rest.p;
		if ((rc = brski_der_next(&rest, &tag, &content, err)) != BRSKI_OK)
			break;
		one.n = (size_t)(rest.p - one.p);
		rc = brski_certs_add(list, one, err);
	}
	return rc;
}
