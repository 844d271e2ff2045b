/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/cms_der.h"

#include "envelope/envelope.h"

#define TAG_0 (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 0)

/* BRSKI_CMS_OID_SIGNED_DATA as content octets */
#define SIGNED_DATA BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")

/* clang-format off */
static const struct {
	enum brski_hash hash;
	const char *oid;
} hashes[] = {
	{ BRSKI_SHA256, "2.16.840.1.101.3.4.2.1" },
	{ BRSKI_SHA384, "2.16.840.1.101.3.4.2.2" },
	{ BRSKI_SHA512, "2.16.840.1.101.3.4.2.3" },
};

#define EC_PUBLIC_KEY "1.2.840.10045.2.1"
#define RSA	      "1.2.840.113549.1.1.1"

/* The first row of an algorithm is what we write. */
static const struct {
	enum brski_alg alg;
	enum brski_hash hash;
	const char *oid;
} algorithms[] = {
	{ BRSKI_ALG_ECDSA_SHA256, BRSKI_SHA256, "1.2.840.10045.4.3.2" },
	{ BRSKI_ALG_ECDSA_SHA384, BRSKI_SHA384, "1.2.840.10045.4.3.3" },
	{ BRSKI_ALG_ECDSA_SHA512, BRSKI_SHA512, "1.2.840.10045.4.3.4" },
	{ BRSKI_ALG_ED25519, BRSKI_SHA512, "1.3.101.112" },
	{ BRSKI_ALG_RSA_SHA256, BRSKI_SHA256, "1.2.840.113549.1.1.11" },
	{ BRSKI_ALG_RSA_SHA384, BRSKI_SHA384, "1.2.840.113549.1.1.12" },
	{ BRSKI_ALG_RSA_SHA512, BRSKI_SHA512, "1.2.840.113549.1.1.13" },
	{ BRSKI_ALG_RSA_SHA256, BRSKI_SHA256, RSA },
	{ BRSKI_ALG_RSA_SHA384, BRSKI_SHA384, RSA },
	{ BRSKI_ALG_RSA_SHA512, BRSKI_SHA512, RSA },
	{ BRSKI_ALG_ECDSA_SHA256, BRSKI_SHA256, EC_PUBLIC_KEY },
	{ BRSKI_ALG_ECDSA_SHA384, BRSKI_SHA384, EC_PUBLIC_KEY },
	{ BRSKI_ALG_ECDSA_SHA512, BRSKI_SHA512, EC_PUBLIC_KEY },
};
/* clang-format on */
#define HASHES_N     (sizeof(hashes) / sizeof(hashes[0]))
#define ALGORITHMS_N (sizeof(algorithms) / sizeof(algorithms[0]))

const char *
brski_cms_hash_oid(enum brski_hash hash)
{
	size_t i;

	for (i = 0; i < HASHES_N; i++)
		if (hashes[i].hash == hash)
			return hashes[i].oid;
	return NULL;
}

enum brski_hash
brski_cms_hash_from(const char *oid)
{
	size_t i;

	for (i = 0; i < HASHES_N; i++)
		if (strcmp(hashes[i].oid, oid) == 0)
			return hashes[i].hash;
	return BRSKI_HASH_NONE;
}

enum brski_alg
brski_cms_alg_from(const char *oid, enum brski_hash hash, bool *bare_key)
{
	size_t i;

	*bare_key = strcmp(oid, EC_PUBLIC_KEY) == 0;
	for (i = 0; i < ALGORITHMS_N; i++)
		if (algorithms[i].hash == hash && strcmp(algorithms[i].oid, oid) == 0)
			return algorithms[i].alg;
	return BRSKI_ALG_NONE;
}

const char *
brski_cms_alg_oid(enum brski_alg alg, enum brski_hash *hash)
{
	size_t i;

	for (i = 0; i < ALGORITHMS_N; i++)
		if (algorithms[i].alg == alg) {
			*hash = algorithms[i].hash;
			return algorithms[i].oid;
		}
	*hash = BRSKI_HASH_NONE;
	return NULL;
}

enum brski_rc
brski_cms_unwrap(struct brski_slice wire, struct brski_slice *signed_data, struct brski_err *err)
{
	struct brski_slice info, type;

	if (wire.n > BRSKI_ENVELOPE_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit", "%zu bytes, limit %zu",
		    wire.n, BRSKI_ENVELOPE_MAX);
	if (!brski_der_take(&wire, BRSKI_DER_SEQUENCE, &info) || wire.n != 0 ||
	    !brski_der_take(&info, BRSKI_DER_OID, &type) || !brski_slice_eq(type, SIGNED_DATA) ||
	    !brski_der_take(&info, TAG_0, signed_data) || info.n != 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5652 3",
		    "not a CMS SignedData and nothing after it");
	return BRSKI_OK;
}

enum brski_rc
brski_cms_wrap(asn1_node n, struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf der = { 0 }, info = { 0 };
	enum brski_rc rc;

	if ((rc = brski_asn1_encode(n, "", &der, err)) == BRSKI_OK &&
	    (rc = brski_der_wrap(BRSKI_DER_OID, SIGNED_DATA, &info, err)) == BRSKI_OK &&
	    (rc = brski_der_wrap(TAG_0, brski_buf_slice(&der), &info, err)) == BRSKI_OK)
		rc = brski_der_wrap(BRSKI_DER_SEQUENCE, brski_buf_slice(&info), out, err);
	brski_buf_clear(&der);
	brski_buf_clear(&info);
	return rc;
}

enum brski_rc
brski_cms_read_certs(asn1_node n, struct brski_slice der, struct brski_certs *list,
    struct brski_err *err)
{
	struct brski_slice rest = brski_asn1_content(n, der, "certificates"), content, one;
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

enum brski_rc
brski_cms_write(asn1_node n, const struct brski_cms_field *f, size_t count, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < count && rc == BRSKI_OK; i++)
		rc = f[i].value.p != NULL ? brski_asn1_write(n, f[i].path, f[i].value, err)
		                          : brski_asn1_omit(n, f[i].path, err);
	return rc;
}

enum brski_rc
brski_cms_write_certs(asn1_node n, const struct brski_certs *certs, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < certs->n && rc == BRSKI_OK; i++) {
		const struct brski_cms_field fields[] = {
			{ "certificates", BRSKI_LIT("NEW") },
			{ "certificates.?LAST", certs->v[i].der },
		};

		rc = brski_cms_write(n, fields, 2, err);
	}
	return rc;
}
