/* SPDX-License-Identifier: Apache-2.0 */
#include "message/multipart.h"

#define SPEC "RFC 8710 2"

enum brski_rc
brski_multipart_open(struct brski_slice in, struct brski_multipart *out, struct brski_err *err)
{
	struct brski_cbor_item array;
	enum brski_rc rc;

	*out = (struct brski_multipart){ .left = 0 };
	if ((rc = brski_cbor_document(in, BRSKI_MULTIPART_MAX, SPEC, &out->r, err)) != BRSKI_OK ||
	    (rc = brski_cbor_expect(&out->r, BRSKI_CBOR_ARRAY, &array, err)) != BRSKI_OK)
		return rc;
	if (array.number % 2 != 0 || array.number > 2 * BRSKI_MULTIPART_PARTS)
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC,
		    "multipart: %u elements are not pairs, or more than %d parts",
		    (unsigned)array.number, BRSKI_MULTIPART_PARTS);
	out->left = (size_t)array.number / 2;
	return BRSKI_OK;
}

enum brski_rc
brski_multipart_next(struct brski_multipart *m, unsigned *content_format, struct brski_slice *body,
    struct brski_err *err)
{
	struct brski_cbor_item cf, part;
	enum brski_rc rc;

	if ((rc = brski_cbor_next(&m->r, &cf, err)) != BRSKI_OK ||
	    (rc = brski_cbor_next(&m->r, &part, err)) != BRSKI_OK)
		return rc;
	if (cf.type != BRSKI_CBOR_UINT || cf.number > UINT16_MAX ||
	    (part.type != BRSKI_CBOR_BYTES && part.type != BRSKI_CBOR_NULL))
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC,
		    "multipart: not a content format and a byte string");
	*content_format = (unsigned)cf.number;
	*body = part.type == BRSKI_CBOR_BYTES ? part.string : brski_slice(NULL, 0);
	m->left--;
	return BRSKI_OK;
}
