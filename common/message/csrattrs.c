/* SPDX-License-Identifier: Apache-2.0 */
#include "message/csrattrs.h"

#include "asn1/der.h"

#define SPEC "RFC 9908 3.2"

/* OID content octets */
#define CHALLENGE_PASSWORD BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07")
#define EXTENSION_REQUEST  BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e")
#define EC_PUBLIC_KEY      BRSKI_LIT("\x2a\x86\x48\xce\x3d\x02\x01")
#define RSA_ENCRYPTION     BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define ED25519            BRSKI_LIT("\x2b\x65\x70")
#define P256               BRSKI_LIT("\x2a\x86\x48\xce\x3d\x03\x01\x07")
#define P384               BRSKI_LIT("\x2b\x81\x04\x00\x22")

/* {id-ecPublicKey, {curve}}. Curves that we cannot make leave the type unsaid. */
static bool
read_curve(struct brski_slice values, struct brski_csrattrs *a)
{
	struct brski_slice curve;

	if (!brski_der_take(&values, BRSKI_DER_OID, &curve))
		return false;
	if (brski_slice_eq(curve, P256))
		a->key_type = BRSKI_KEY_P256;
	else if (brski_slice_eq(curve, P384))
		a->key_type = BRSKI_KEY_P384;
	else
		a->unknown++;
	return true;
}

/* {rsaEncryption, {INTEGER bits}}; 16384 and more is nonsense. */
static bool
read_rsa(struct brski_slice values, struct brski_csrattrs *a)
{
	struct brski_slice bits;

	if (!brski_der_take(&values, BRSKI_DER_INTEGER, &bits) || bits.n != 2 || bits.p[0] >= 0x40)
		return false;
	a->key_type = BRSKI_KEY_RSA;
	a->rsa_bits = (unsigned)(bits.p[0] << 8 | bits.p[1]);
	return true;
}

/*
 * One Extensions is due. Before RFC 9908 servers left its SEQUENCE out, and RFC 7030's own example
 * had a bare OID: such wishes are noticed and ignored.
 */
static bool
read_extensions(struct brski_slice values, struct brski_csrattrs *a)
{
	struct brski_slice whole = values, list, first;

	if (a->extensions.p != NULL || a->old_extension_form)
		return false;
	if (!brski_der_take(&values, BRSKI_DER_SEQUENCE, &list) || values.n != 0 ||
	    !brski_der_take(&list, BRSKI_DER_SEQUENCE, &first)) {
		a->old_extension_form = true;
		return true;
	}
	a->extensions = whole;
	return true;
}

static bool
read_attribute(struct brski_slice attr, struct brski_csrattrs *a)
{
	struct brski_slice type, values;

	if (!brski_der_take(&attr, BRSKI_DER_OID, &type) ||
	    !brski_der_take(&attr, BRSKI_DER_SET, &values) || attr.n != 0)
		return false;
	if (brski_slice_eq(type, EC_PUBLIC_KEY))
		return read_curve(values, a);
	if (brski_slice_eq(type, RSA_ENCRYPTION))
		return read_rsa(values, a);
	if (brski_slice_eq(type, EXTENSION_REQUEST))
		return read_extensions(values, a);
	a->unknown++;
	return true;
}

static bool
read_entry(struct brski_slice *in, struct brski_csrattrs *a)
{
	struct brski_slice content;
	uint8_t tag;

	if (brski_der_next(in, &tag, &content, NULL) != BRSKI_OK)
		return false;
	if (tag == BRSKI_DER_SEQUENCE)
		return read_attribute(content, a);
	if (brski_slice_eq(content, CHALLENGE_PASSWORD))
		a->challenge_password = true;
	else if (brski_slice_eq(content, ED25519))
		a->key_type = BRSKI_KEY_ED25519;
	else
		a->unknown++;
	return tag == BRSKI_DER_OID;
}

enum brski_rc
brski_csrattrs_decode(struct brski_slice in, struct brski_csrattrs *out, struct brski_err *err)
{
	struct brski_csrattrs a = { 0 };
	struct brski_slice list = { NULL, 0 };
	bool ok = true;

	*out = a;
	if (in.n > BRSKI_CSRATTRS_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit", "%zu bytes, limit %zu",
		    in.n, BRSKI_CSRATTRS_MAX);
	if (in.n > 0)
		ok = brski_der_is_strict(in) && brski_der_take(&in, BRSKI_DER_SEQUENCE, &list);
	while (ok && list.n > 0)
		ok = read_entry(&list, &a);
	if (!ok)
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC, "not CsrAttrs in DER");
	*out = a;
	return BRSKI_OK;
}

/* Attribute { type, SET { value } } */
static enum brski_rc
put_attribute(struct brski_slice type, struct brski_slice value_tlv, struct brski_buf *out,
    struct brski_err *err)
{
	struct brski_buf attr = { .heap = out->heap };
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_OID, type, &attr, err)) == BRSKI_OK &&
	    (rc = brski_der_wrap(BRSKI_DER_SET, value_tlv, &attr, err)) == BRSKI_OK)
		rc = brski_der_wrap(BRSKI_DER_SEQUENCE, brski_buf_slice(&attr), out, err);
	brski_buf_clear(&attr);
	return rc;
}

static enum brski_rc
put_key_type(const struct brski_csrattrs *a, struct brski_buf *out, struct brski_err *err)
{
	uint8_t raw[16], bits[2] = { (uint8_t)(a->rsa_bits >> 8), (uint8_t)a->rsa_bits };
	struct brski_buf value = brski_buf_fixed(raw, sizeof(raw));
	struct brski_slice type = EC_PUBLIC_KEY;
	enum brski_rc rc;

	switch (a->key_type) {
	case BRSKI_KEY_P256:
		rc = brski_der_wrap(BRSKI_DER_OID, P256, &value, err);
		break;
	case BRSKI_KEY_P384:
		rc = brski_der_wrap(BRSKI_DER_OID, P384, &value, err);
		break;
	case BRSKI_KEY_RSA:
		type = RSA_ENCRYPTION;
		rc = brski_der_wrap(BRSKI_DER_INTEGER, brski_slice(bits, 2), &value, err);
		break;
	case BRSKI_KEY_ED25519: /* the algorithm alone says it, RFC 8410 3 */
		return brski_der_wrap(BRSKI_DER_OID, ED25519, out, err);
	default:
		return BRSKI_OK;
	}
	return rc != BRSKI_OK ? rc : put_attribute(type, brski_buf_slice(&value), out, err);
}

enum brski_rc
brski_csrattrs_encode(const struct brski_csrattrs *a, struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf list = { .heap = out->heap };
	enum brski_rc rc = BRSKI_OK;

	if (a->challenge_password)
		rc = brski_der_wrap(BRSKI_DER_OID, CHALLENGE_PASSWORD, &list, err);
	if (rc == BRSKI_OK)
		rc = put_key_type(a, &list, err);
	if (rc == BRSKI_OK && a->extensions.p != NULL)
		rc = put_attribute(EXTENSION_REQUEST, a->extensions, &list, err);
	if (rc == BRSKI_OK)
		rc = brski_der_wrap(BRSKI_DER_SEQUENCE, brski_buf_slice(&list), out, err);
	brski_buf_clear(&list);
	return rc;
}
