/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/csr.h"
#include "crypto/spki.h"
#include "crypto/x509.h"

#define ATTRIBUTES_MAX         16
#define CHALLENGE_MAX          255 /* RFC 2985 A, pkcs-9-ub-challengePassword */

#define OID_CHALLENGE_PASSWORD BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07")
#define OID_EXTENSION_REQUEST  BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e")

/* RFC 2985 5.4.1: one DirectoryString; base64 in RFC 7030 3.5, so the two types that matter. */
static bool
read_challenge(struct brski_slice value, struct brski_csr *c)
{
	return (brski_der_take(&value, BRSKI_DER_PRINTABLE, &c->challenge_password) ||
	           brski_der_take(&value, BRSKI_DER_UTF8, &c->challenge_password)) &&
	    value.n == 0 && c->challenge_password.n <= CHALLENGE_MAX;
}

/* RFC 2985 5.4.2: one Extensions. */
static bool
read_extensions(struct brski_slice value, struct brski_csr *c)
{
	struct brski_ext exts[BRSKI_EXT_MAX];
	size_t n, i;

	if (!brski_exts_read(value, exts, &n))
		return false;
	c->extensions = value;
	for (i = 0; i < n; i++)
		if (brski_slice_eq(exts[i].oid, BRSKI_EXT_SUBJECT_ALT_NAME))
			c->san = exts[i].value;
	return true;
}

/* RFC 2986 4.1: attributes, none of a type twice. */
static bool
read_attributes(struct brski_slice in, struct brski_csr *c)
{
	struct brski_slice seen[ATTRIBUTES_MAX], attr, values;
	size_t n, i;

	for (n = 0; in.n > 0; n++) {
		if (n == ATTRIBUTES_MAX || !brski_der_take(&in, BRSKI_DER_SEQUENCE, &attr) ||
		    !brski_der_take(&attr, BRSKI_DER_OID, &seen[n]) ||
		    !brski_der_take(&attr, BRSKI_DER_SET, &values))
			return false;
		for (i = 0; i < n; i++)
			if (brski_slice_eq(seen[i], seen[n]))
				return false;
		if (brski_slice_eq(seen[n], OID_CHALLENGE_PASSWORD) && !read_challenge(values, c))
			return false;
		if (brski_slice_eq(seen[n], OID_EXTENSION_REQUEST) && !read_extensions(values, c))
			return false;
	}
	return true;
}

/* CertificationRequestInfo, RFC 2986 4.1 */
static bool
read_info(struct brski_slice in, struct brski_csr *c)
{
	struct brski_slice version, none, attributes;

	return brski_der_take(&in, BRSKI_DER_INTEGER, &version) &&
	    brski_slice_eq(version, BRSKI_LIT("\x00")) &&
	    brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &c->subject) &&
	    brski_name_read(c->subject, &none) &&
	    brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &c->spki) &&
	    brski_slice_present(brski_spki_bits(c->spki)) &&
	    brski_der_take(&in, BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED, &attributes) &&
	    in.n == 0 && read_attributes(attributes, c);
}

enum brski_rc
brski_csr_decode(struct brski_slice der, struct brski_csr *out, struct brski_err *err)
{
	struct brski_csr c = { .der = der };
	struct brski_slice tbs, info, alg, sig;
	enum brski_rc rc;

	*out = (struct brski_csr){ 0 };
	if (der.n > BRSKI_CSR_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 2986 4.2",
		    "request of %zu bytes, we take %zu", der.n, BRSKI_CSR_MAX);
	if (!brski_der_signed(der, &tbs, &alg, &sig))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 2986 4.2",
		    "request: not three elements in strict DER and nothing after them");
	info = tbs;
	(void)brski_der_take(&info, BRSKI_DER_SEQUENCE, &info);
	if (!read_info(info, &c))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 2986 4.1",
		    "request: version, subject, key or an attribute is broken or repeated");
	c.key_type = brski_spki_type(c.spki);
	if (c.key_type == BRSKI_KEY_NONE)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "IEEE 802.1AR 9",
		    "request for a key that is unknown or weak");
	/* Proof of possession, RFC 2986 3: the signature is by the key inside. */
	if ((rc = brski_verify(c.spki, brski_alg_read(alg), tbs, sig, err)) == BRSKI_OK)
		*out = c;
	return rc;
}

static enum brski_rc
put_challenge(struct brski_slice challenge, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n, values;
	enum brski_rc rc;

	if (!brski_slice_present(challenge))
		return BRSKI_OK;
	if ((rc = brski_der_wrap(BRSKI_DER_OID, OID_CHALLENGE_PASSWORD, out, err)) != BRSKI_OK)
		return rc;
	values = out->n;
	if ((rc = brski_string_encode(challenge, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_SET, values, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

static enum brski_rc
put_info(const struct brski_key *key, struct brski_slice subject, struct brski_slice challenge,
    struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n, attributes;
	enum brski_rc rc;

	if ((rc = brski_buf_append(out, BRSKI_LIT("\x02\x01\x00"), err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, subject, err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, brski_key_spki(key), err)) != BRSKI_OK)
		return rc;
	attributes = out->n;
	if ((rc = put_challenge(challenge, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED, attributes, out,
	         err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

enum brski_rc
brski_csr_encode(const struct brski_key *key, struct brski_slice subject,
    struct brski_slice challenge, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = put_info(key, subject, challenge, out, err)) == BRSKI_OK)
		rc = brski_signed_enclose(key, mark, out, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}
