/* SPDX-License-Identifier: Apache-2.0 */
/* Making OCSPResponses, RFC 6960 4.2 */
#include "crypto/ocsp_der.h"

/* [1] IMPLICIT RevokedInfo. RFC 5280 5.3.1: "unspecified" is said by silence. */
static enum brski_rc
put_revoked(const struct brski_ocsp_single *s, struct brski_buf *out, struct brski_err *err)
{
	uint8_t reason[] = { BRSKI_OCSP_CONTEXT_CONS(0), 3, BRSKI_DER_ENUMERATED, 1,
		(uint8_t)s->reason };
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_general_time_put(s->revoked, out, err)) != BRSKI_OK ||
	    (s->reason != BRSKI_REASON_UNSPECIFIED &&
	        (rc = brski_buf_append(out, brski_slice(reason, sizeof(reason)), err)) != BRSKI_OK))
		return rc;
	return brski_der_enclose(BRSKI_OCSP_CONTEXT_CONS(1), mark, out, err);
}

static enum brski_rc
put_status(const struct brski_ocsp_single *s, struct brski_buf *out, struct brski_err *err)
{
	switch (s->status) {
	case BRSKI_OCSP_GOOD:
		return brski_buf_append(out, BRSKI_LIT("\x80\x00"), err);
	case BRSKI_OCSP_REVOKED:
		return put_revoked(s, out, err);
	case BRSKI_OCSP_UNKNOWN:
		break;
	}
	return brski_buf_append(out, BRSKI_LIT("\x82\x00"), err);
}

/* SingleResponse */
static enum brski_rc
put_single(const struct brski_ocsp_single *s, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n, next;
	enum brski_rc rc;

	if ((rc = brski_buf_append(out, s->id, err)) != BRSKI_OK ||
	    (rc = put_status(s, out, err)) != BRSKI_OK ||
	    (rc = brski_general_time_put(s->this_update, out, err)) != BRSKI_OK)
		return rc;
	next = out->n;
	if (s->next_update != BRSKI_TIME_UNKNOWN &&
	    ((rc = brski_general_time_put(s->next_update, out, err)) != BRSKI_OK ||
	        (rc = brski_der_enclose(BRSKI_OCSP_CONTEXT_CONS(0), next, out, err)) != BRSKI_OK))
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

static enum brski_rc
put_singles(const struct brski_ocsp_facts *f, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n, i;
	enum brski_rc rc;

	for (i = 0; i < f->n; i++)
		if ((rc = put_single(&f->singles[i], out, err)) != BRSKI_OK)
			return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* ResponseData; responderID is [2] EXPLICIT KeyHash. */
static enum brski_rc
put_data(const struct brski_ocsp_facts *f, struct brski_buf *out, struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_OCTET_STRING,
	         brski_digest(BRSKI_SHA1, f->signer->key, digest), out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_OCSP_CONTEXT_CONS(2), mark, out, err)) != BRSKI_OK ||
	    (rc = brski_general_time_put(f->produced, out, err)) != BRSKI_OK ||
	    (rc = put_singles(f, out, err)) != BRSKI_OK ||
	    (rc = brski_ocsp_nonce_put(f->nonce, BRSKI_OCSP_CONTEXT_CONS(1), out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* BasicOCSPResponse */
static enum brski_rc
put_basic(const struct brski_ocsp_facts *f, const struct brski_key *key, struct brski_buf *out,
    struct brski_err *err)
{
	size_t mark = out->n, certs;
	enum brski_rc rc;

	if ((rc = put_data(f, out, err)) != BRSKI_OK ||
	    (rc = brski_signature_put(key, mark, out, err)) != BRSKI_OK)
		return rc;
	certs = out->n;
	if (!f->signer_is_issuer &&
	    ((rc = brski_der_wrap(BRSKI_DER_SEQUENCE, f->signer->der, out, err)) != BRSKI_OK ||
	        (rc = brski_der_enclose(BRSKI_OCSP_CONTEXT_CONS(0), certs, out, err)) != BRSKI_OK))
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

static enum brski_rc
put_response(const struct brski_ocsp_facts *f, const struct brski_key *key, struct brski_buf *out,
    struct brski_err *err)
{
	size_t mark = out->n, bytes, basic;
	enum brski_rc rc;

	if ((rc = brski_buf_append(out, BRSKI_LIT("\x0a\x01\x00"), err)) != BRSKI_OK)
		return rc;
	bytes = out->n;
	if ((rc = brski_der_wrap(BRSKI_DER_OID, BRSKI_OCSP_OID_BASIC, out, err)) != BRSKI_OK)
		return rc;
	basic = out->n;
	if ((rc = put_basic(f, key, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_OCTET_STRING, basic, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, bytes, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_OCSP_CONTEXT_CONS(0), bytes, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

enum brski_rc
brski_ocsp_response_encode(const struct brski_ocsp_facts *f, const struct brski_key *key,
    struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if (!brski_slice_eq(f->signer->spki, brski_key_spki(key)))
		return brski_broken(err, BRSKI_E_INTERNAL, "the key is not the signer's");
	if ((rc = put_response(f, key, out, err)) != BRSKI_OK)
		out->n = mark;
	return rc;
}

enum brski_rc
brski_ocsp_error_encode(enum brski_ocsp_status status, struct brski_buf *out, struct brski_err *err)
{
	uint8_t der[] = { BRSKI_DER_SEQUENCE, 3, BRSKI_DER_ENUMERATED, 1, (uint8_t)status };

	return brski_buf_append(out, brski_slice(der, sizeof(der)), err);
}
