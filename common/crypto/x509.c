/* SPDX-License-Identifier: Apache-2.0 */
/* What writers of certificates, requests and CRLs share. */
#include "crypto/spki.h"
#include "crypto/x509.h"

/* X.680 41.4 */
bool
brski_string_is_printable(struct brski_slice s)
{
	static const char others[] = " '()+,-./:=?";
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    memchr(others, s.p[i], sizeof(others) - 1) == NULL)
			return false;
	return true;
}

enum brski_rc
brski_string_encode(struct brski_slice text, struct brski_buf *out, struct brski_err *err)
{
	return brski_der_wrap(brski_string_is_printable(text) ? BRSKI_DER_PRINTABLE
	                                                      : BRSKI_DER_UTF8,
	    text, out, err);
}

enum brski_rc
brski_signature_put(const struct brski_key *key, size_t mark, struct brski_buf *out,
    struct brski_err *err)
{
	uint8_t storage[1 + BRSKI_SIG_MAX] = { 0 };
	struct brski_buf sig = brski_buf_fixed(storage, sizeof(storage));
	enum brski_rc rc;

	/* The BIT STRING's unused-bits octet comes before the signature. */
	if ((rc = brski_buf_append_byte(&sig, 0, err)) != BRSKI_OK ||
	    (rc = brski_key_sign(key, brski_slice(out->p + mark, out->n - mark), &sig, err)) !=
	        BRSKI_OK ||
	    (rc = brski_buf_append(out, brski_alg_der(brski_key_alg(key)), err)) != BRSKI_OK)
		return rc;
	return brski_der_wrap(BRSKI_DER_BIT_STRING, brski_buf_slice(&sig), out, err);
}

enum brski_rc
brski_signed_enclose(const struct brski_key *key, size_t mark, struct brski_buf *out,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_signature_put(key, mark, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}
