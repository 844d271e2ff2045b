/* SPDX-License-Identifier: Apache-2.0 */
/* An OCSP request in the path of a GET: base64, escaped or not. RFC 6960 A.1, RFC 3986 2.1 */
#include "base/text.h"
#include "registrar/va_inner.h"

/* Some leave the padding out, others use the alphabet for URLs: there is one way to read each. */
enum brski_rc
registrar_ocsp_path_decode(struct brski_slice rest, struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf text = { .max = brski_base64_encoded_len(BRSKI_OCSP_REQUEST_MAX) };
	enum brski_rc rc;

	if ((rc = brski_percent_decode(rest, &text, err)) == BRSKI_OK)
		rc = brski_base64_decode(brski_buf_slice(&text), BRSKI_BASE64_ANY, out, err);
	brski_buf_clear(&text);
	return rc;
}
