/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/cms_der.h"

#include "envelope/envelope.h"

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

enum brski_rc
brski_cms_unwrap(struct brski_slice wire, struct brski_slice *signed_data, struct brski_err *err)
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
