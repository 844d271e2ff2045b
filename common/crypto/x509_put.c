/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that what we issue has in common: certificates, CRLs, OCSP. */
#include "crypto/spki.h"
#include "crypto/x509.h"

enum brski_rc
brski_time_put(int64_t t, struct brski_buf *out, struct brski_err *err)
{
	char text[BRSKI_TIME_ASN1];
	bool generalized = brski_time_format_asn1(t, text);

	return brski_der_wrap(generalized ? BRSKI_DER_GENERAL_TIME : BRSKI_DER_UTC_TIME,
	    brski_slice_str(text), out, err);
}

enum brski_rc
brski_general_time_put(int64_t t, struct brski_buf *out, struct brski_err *err)
{
	char text[2 + BRSKI_TIME_ASN1] = "20", *short_form = text + 2;

	if (brski_time_format_asn1(t, short_form))
		return brski_der_wrap(BRSKI_DER_GENERAL_TIME, brski_slice_str(short_form), out,
		    err);
	/* RFC 5280 4.1.2.5.1 */
	if (short_form[0] >= '5')
		memcpy(text, "19", 2);
	return brski_der_wrap(BRSKI_DER_GENERAL_TIME, brski_slice_str(text), out, err);
}

/* RFC 5280 4.2.1.2 (1) */
struct brski_slice
brski_key_id(struct brski_slice spki, uint8_t out[BRSKI_HASH_MAX])
{
	return brski_digest(BRSKI_SHA1, brski_spki_bits(spki), out);
}

enum brski_rc
brski_aki_put(struct brski_slice ski, struct brski_slice spki, struct brski_buf *out,
    struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];
	size_t mark = out->n;
	enum brski_rc rc;

	if (!brski_slice_present(ski))
		ski = brski_key_id(spki, digest);
	if ((rc = brski_der_wrap(BRSKI_DER_CONTEXT, ski, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

enum brski_rc
brski_ext_put(struct brski_slice oid, bool critical, struct brski_slice value,
    struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_OID, oid, out, err)) != BRSKI_OK ||
	    (critical &&
	        (rc = brski_der_wrap(BRSKI_DER_BOOLEAN, BRSKI_LIT("\xff"), out, err)) !=
	            BRSKI_OK) ||
	    (rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, value, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}
