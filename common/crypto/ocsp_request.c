/* SPDX-License-Identifier: Apache-2.0 */
/* OCSPRequest, RFC 6960 4.1 */
#include "crypto/ocsp_der.h"

static const char broken[] = "RFC 6960 4.1.1";

/* [1] EXPLICIT GeneralName: whoever asks, we answer. */
static bool
take_requestor(struct brski_slice *in)
{
	struct brski_slice outer, name;
	uint8_t tag;

	return !brski_der_take(in, BRSKI_OCSP_CONTEXT_CONS(1), &outer) ||
	    (brski_der_next(&outer, &tag, &name, NULL) == BRSKI_OK && outer.n == 0);
}

/* NULL, or the clause that is broken. */
static const char *
read_list(struct brski_slice in, struct brski_ocsp_request *r)
{
	struct brski_slice one;
	const char *spec;

	for (r->n = 0; in.n > 0; r->n++) {
		if (r->n == BRSKI_OCSP_CERTS_MAX ||
		    !brski_der_take(&in, BRSKI_DER_SEQUENCE, &one) ||
		    !brski_ocsp_id_take(&one, &r->ids[r->n]))
			return broken;
		spec = brski_ocsp_exts_take(&one, BRSKI_OCSP_CONTEXT_CONS(0), NULL);
		if (spec != NULL || one.n != 0)
			return spec != NULL ? spec : broken;
	}
	return r->n > 0 ? NULL : broken;
}

static const char *
read_tbs(struct brski_slice in, struct brski_ocsp_request *r)
{
	struct brski_slice list;
	const char *spec;

	if (!brski_ocsp_version_take(&in) || !take_requestor(&in) ||
	    !brski_der_take(&in, BRSKI_DER_SEQUENCE, &list))
		return broken;
	if ((spec = read_list(list, r)) != NULL ||
	    (spec = brski_ocsp_exts_take(&in, BRSKI_OCSP_CONTEXT_CONS(2), &r->nonce)) != NULL)
		return spec;
	return in.n == 0 ? NULL : broken;
}

static const char *
read_request(struct brski_slice in, struct brski_ocsp_request *r)
{
	struct brski_slice seq, tbs, outer, signature;

	if (!brski_der_is_strict(in) || !brski_der_take(&in, BRSKI_DER_SEQUENCE, &seq) ||
	    !brski_der_take(&seq, BRSKI_DER_SEQUENCE, &tbs))
		return broken;
	r->is_signed = brski_der_take(&seq, BRSKI_OCSP_CONTEXT_CONS(0), &outer);
	if (seq.n != 0 ||
	    (r->is_signed &&
	        (!brski_der_take(&outer, BRSKI_DER_SEQUENCE, &signature) || outer.n != 0)))
		return broken;
	return read_tbs(tbs, r);
}

enum brski_rc
brski_ocsp_request_decode(struct brski_slice in, struct brski_ocsp_request *out,
    struct brski_err *err)
{
	struct brski_ocsp_request r = { 0 };
	const char *spec;

	*out = r;
	if (in.n > BRSKI_OCSP_REQUEST_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 5019 5",
		    "OCSP request of %zu bytes, we take %zu", in.n, BRSKI_OCSP_REQUEST_MAX);
	if ((spec = read_request(in, &r)) != NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, spec,
		    "OCSP request: syntax, nonce, a critical extension, or not 1 to %d CertIDs",
		    BRSKI_OCSP_CERTS_MAX);
	*out = r;
	return BRSKI_OK;
}

static enum brski_rc
put_tbs(const struct brski_slice *ids, size_t n, struct brski_slice nonce, struct brski_buf *out,
    struct brski_err *err)
{
	size_t mark = out->n, i;
	enum brski_rc rc;

	for (i = 0; i < n; i++)
		if ((rc = brski_der_wrap(BRSKI_DER_SEQUENCE, ids[i], out, err)) != BRSKI_OK)
			return rc;
	if ((rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) != BRSKI_OK ||
	    (rc = brski_ocsp_nonce_put(nonce, BRSKI_OCSP_CONTEXT_CONS(2), out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

enum brski_rc
brski_ocsp_request_encode(const struct brski_slice *ids, size_t n, struct brski_slice nonce,
    struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = put_tbs(ids, n, nonce, out, err)) == BRSKI_OK)
		rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}
