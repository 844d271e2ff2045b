/* SPDX-License-Identifier: Apache-2.0 */
/* An OCSP request in the path of a GET: base64, escaped or not. RFC 6960 A.1, RFC 3986 2.1 */
#include "base/text.h"
#include "registrar/va_inner.h"

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One octet of the path; *at moves behind it. -1: a broken escape. */
static int
next_octet(struct brski_slice path, size_t *at)
{
	int hi, lo;

	if (path.p[*at] != '%')
		return path.p[(*at)++];
	if (path.n - *at < 3 || (hi = hex_value(path.p[*at + 1])) < 0 ||
	    (lo = hex_value(path.p[*at + 2])) < 0)
		return -1;
	*at += 3;
	return hi << 4 | lo;
}

static enum brski_rc
unescape(struct brski_slice path, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i = 0;
	int c;

	while (i < path.n && rc == BRSKI_OK) {
		if ((c = next_octet(path, &i)) < 0)
			return brski_fail(err, BRSKI_E_MALFORMED, "RFC 3986 2.1",
			    "OCSP request in the path: a broken escape");
		rc = brski_buf_append_byte(out, (uint8_t)c, err);
	}
	return rc;
}

/* Some leave the padding out, others use the alphabet for URLs: there is one way to read each. */
enum brski_rc
registrar_ocsp_path_decode(struct brski_slice rest, struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf text = { .max = brski_base64_encoded_len(BRSKI_OCSP_REQUEST_MAX) };
	enum brski_rc rc;

	if ((rc = unescape(rest, &text, err)) == BRSKI_OK)
		rc = brski_base64_decode(brski_buf_slice(&text), BRSKI_BASE64_ANY, out, err);
	brski_buf_clear(&text);
	return rc;
}
