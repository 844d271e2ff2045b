/* SPDX-License-Identifier: Apache-2.0 */
#include "message/certs_media.h"

#include "base/text.h"
#include "envelope/envelope.h"
#include "message/multipart.h"
#include "message/with.h"

#define CF_PKIX_CERT 287 /* RFC 9148 7 */

#if BRSKI_WITH_COSE
static enum brski_rc
encode_multipart(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err)
{
	size_t i, mark = out->n;
	enum brski_rc rc = brski_cbor_put_array(out, 2 * certs->n, err);

	for (i = 0; i < certs->n && rc == BRSKI_OK; i++)
		if ((rc = brski_cbor_put_uint(out, CF_PKIX_CERT, err)) == BRSKI_OK)
			rc = brski_cbor_put_bytes(out, certs->v[i].der, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}

/* One part; those that hold something else than a certificate say nothing about trust. */
static enum brski_rc
decode_part(struct brski_multipart *m, struct brski_certs *out, struct brski_err *err)
{
	struct brski_slice body;
	unsigned cf;
	enum brski_rc rc;

	if ((rc = brski_multipart_next(m, &cf, &body, err)) != BRSKI_OK || cf != CF_PKIX_CERT ||
	    body.p == NULL)
		return rc;
	return brski_certs_add(out, body, err);
}

static enum brski_rc
decode_multipart(struct brski_slice in, struct brski_certs *out, struct brski_err *err)
{
	struct brski_multipart m;
	enum brski_rc rc;

	rc = brski_multipart_open(in, &m, err);
	while (rc == BRSKI_OK && m.left > 0)
		rc = decode_part(&m, out, err);
	if (rc != BRSKI_OK)
		brski_certs_clear(out);
	else if (out->n == 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "cBRSKI 6.6",
		    "multipart: no certificate");
	return rc;
}
#endif

static enum brski_rc
encode_single(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err)
{
	if (certs->n != 1)
		return brski_broken(err, BRSKI_E_INTERNAL, "%zu certificates where one fits",
		    certs->n);
	return brski_buf_append(out, certs->v[0].der, err);
}

static enum brski_rc
decode_single(struct brski_slice in, struct brski_certs *out, struct brski_err *err)
{
	return brski_certs_add(out, in, err);
}

const struct brski_certs_form brski_certs_forms[] = {
#if BRSKI_WITH_CMS
	{ "application/pkcs7-mime; smime-type=certs-only", false, brski_certs_only_encode,
	    brski_certs_only_decode },
#endif
#if BRSKI_WITH_COSE
	{ "application/multipart-core", false, encode_multipart, decode_multipart },
#endif
	{ "application/pkix-cert", true, encode_single, decode_single },
};
const size_t brski_certs_forms_n = sizeof(brski_certs_forms) / sizeof(brski_certs_forms[0]);

const struct brski_certs_form *
brski_certs_form_find(struct brski_slice media_type)
{
	size_t i;

	for (i = 0; i < brski_certs_forms_n; i++)
		if (brski_text_media_eq(media_type, brski_certs_forms[i].media_type))
			return &brski_certs_forms[i];
	return NULL;
}
