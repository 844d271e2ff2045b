/* SPDX-License-Identifier: Apache-2.0 */
#include "cbor/cbor.h"
#include "coap/jpy.h"

static const char spec[] = "constrained-join-proxy";

/*
 * Later versions may add elements: those have to be CBOR, and mean nothing here. An array that is
 * too short ends the document, which the reader refuses.
 */
enum brski_rc
brski_jpy_decode(struct brski_slice datagram, struct brski_jpy *out, struct brski_err *err)
{
	struct brski_cbor_item array, header, content;
	struct brski_cbor r;
	enum brski_rc rc;

	if ((rc = brski_cbor_document(datagram, BRSKI_CBOR_MAX, spec, &r, err)) != BRSKI_OK ||
	    (rc = brski_cbor_expect(&r, BRSKI_CBOR_ARRAY, &array, err)) != BRSKI_OK ||
	    (rc = brski_cbor_expect(&r, BRSKI_CBOR_BYTES, &header, err)) != BRSKI_OK ||
	    (rc = brski_cbor_expect(&r, BRSKI_CBOR_BYTES, &content, err)) != BRSKI_OK)
		return rc;
	if (header.string.n > BRSKI_JPY_HEADER_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, spec, "a header of more than %d octets",
		    BRSKI_JPY_HEADER_MAX);
	if (content.string.n == 0)
		return brski_fail(err, BRSKI_E_MALFORMED, spec, "a message without content");
	*out = (struct brski_jpy){ header.string, content.string };
	return BRSKI_OK;
}

enum brski_rc
brski_jpy_encode(const struct brski_jpy *m, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_cbor_put_array(out, 2, err)) != BRSKI_OK ||
	    (rc = brski_cbor_put_bytes(out, m->header, err)) != BRSKI_OK)
		return rc;
	return brski_cbor_put_bytes(out, m->content, err);
}
