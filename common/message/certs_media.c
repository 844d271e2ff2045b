/* SPDX-License-Identifier: Apache-2.0 */
#include "message/certs_media.h"

#include "base/text.h"
#include "cbor/cbor.h"
#include "envelope/envelope.h"

#define MULTIPART "RFC 8710 2"
#define PKIX_CERT 287 /* CoAP Content-Format of one certificate, RFC 9148 9.1 */

/* [287, h'certificate', 287, h'certificate', ...] */
static enum brski_rc
multipart_encode(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc = brski_cbor_put_array(out, certs->n * 2, err);
	size_t i;

	for (i = 0; i < certs->n && rc == BRSKI_OK; i++)
		if ((rc = brski_cbor_put_uint(out, PKIX_CERT, err)) == BRSKI_OK)
			rc = brski_cbor_put_bytes(out, certs->v[i].der, err);
	return rc;
}

static enum brski_rc
take_part(struct brski_cbor *r, struct brski_certs *certs, struct brski_err *err)
{
	struct brski_cbor_item format, body;
	enum brski_rc rc;

	if ((rc = brski_cbor_expect(r, BRSKI_CBOR_UINT, &format, err)) != BRSKI_OK ||
	    (rc = brski_cbor_expect(r, BRSKI_CBOR_BYTES, &body, err)) != BRSKI_OK)
		return rc;
	if (format.number != PKIX_CERT)
		return brski_fail(err, BRSKI_E_MALFORMED, MULTIPART,
		    "a part of content format %llu is no certificate",
		    (unsigned long long)format.number);
	return brski_certs_add(certs, body.string, err);
}

static enum brski_rc
take_parts(struct brski_cbor *r, struct brski_certs *certs, struct brski_err *err)
{
	struct brski_cbor_item parts;
	enum brski_rc rc;

	if ((rc = brski_cbor_expect(r, BRSKI_CBOR_ARRAY, &parts, err)) != BRSKI_OK)
		return rc;
	if (parts.number == 0 || parts.number % 2 != 0)
		return brski_fail(err, BRSKI_E_MALFORMED, MULTIPART,
		    "no pairs of content format and body");
	for (; parts.number > 0; parts.number -= 2)
		if ((rc = take_part(r, certs, err)) != BRSKI_OK)
			return rc;
	return brski_cbor_finish(r, err);
}

static enum brski_rc
multipart_decode(struct brski_slice in, struct brski_certs *out, struct brski_err *err)
{
	struct brski_cbor r = brski_cbor_reader(in, MULTIPART);
	enum brski_rc rc = take_parts(&r, out, err);

	if (rc != BRSKI_OK)
		brski_certs_clear(out);
	return rc;
}

static enum brski_rc
single_encode(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err)
{
	return brski_buf_append(out, certs->v[0].der, err);
}

static enum brski_rc
single_decode(struct brski_slice in, struct brski_certs *out, struct brski_err *err)
{
	return brski_certs_add(out, in, err);
}

const struct brski_certs_form brski_certs_forms[] = {
	{ "application/pkcs7-mime; smime-type=certs-only", false, brski_certs_only_encode,
	    brski_certs_only_decode },
	{ "application/multipart-core", false, multipart_encode, multipart_decode },
	{ "application/pkix-cert", true, single_encode, single_decode },
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
