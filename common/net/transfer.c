/* SPDX-License-Identifier: Apache-2.0 */
#include "net/transfer.h"

#include "base/text.h"

#define DER_SEQUENCE 0x30

static size_t
binary_max(size_t n)
{
	return n;
}

/* Lines of 32 characters with CR LF, and a little; nothing where no body is expected. */
static size_t
base64_max(size_t n)
{
	return n > 0 ? brski_base64_encoded_len(n) / 16 * 17 + 64 : 0;
}

static enum brski_rc
as_it_is(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	return brski_buf_append(out, in, err);
}

static enum brski_rc
base64_decode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	if (in.n > 0 && in.p[0] == DER_SEQUENCE)
		return as_it_is(in, out, err);
	return brski_base64_decode(in, BRSKI_BASE64_LINES, out, err);
}

static enum brski_rc
base64_encode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_base64_encode(in, out, err)) == BRSKI_OK)
		rc = brski_buf_append_byte(out, '\n', err);
	return rc;
}

/* By enum brski_transfer. No functions: bytes stay what they are. */
static const struct {
	size_t (*max)(size_t n);
	enum brski_rc (
	    *decode)(struct brski_slice in, struct brski_buf *out, struct brski_err *err);
	enum brski_rc (
	    *encode)(struct brski_slice in, struct brski_buf *out, struct brski_err *err);
} transfers[] = {
	[BRSKI_BINARY] = { binary_max, NULL, NULL },
	[BRSKI_BASE64] = { base64_max, base64_decode, base64_encode },
};

size_t
brski_transfer_max(const struct brski_route *r)
{
	return transfers[r->transfer].max(r->max_body);
}

/* Put what fn makes of b's contents into b; on failure b is as before. */
static enum brski_rc
replace(enum brski_rc (*fn)(struct brski_slice in, struct brski_buf *out, struct brski_err *err),
    struct brski_buf *b, struct brski_err *err)
{
	struct brski_buf made = { .heap = b->heap };
	enum brski_rc rc;

	if (fn == NULL || b->n == 0)
		return BRSKI_OK;
	if ((rc = fn(brski_buf_slice(b), &made, err)) != BRSKI_OK) {
		brski_buf_clear(&made);
		return rc;
	}
	brski_buf_clear(b);
	*b = made;
	return BRSKI_OK;
}

enum brski_rc
brski_transfer_decode(const struct brski_route *r, struct brski_buf *body, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = replace(transfers[r->transfer].decode, body, err)) != BRSKI_OK)
		return rc;
	if (body->n > r->max_body)
		return brski_fail(err, BRSKI_E_TOO_LARGE, r->spec, "%zu bytes, at most %zu",
		    body->n, r->max_body);
	return BRSKI_OK;
}

enum brski_rc
brski_transfer_encode(const struct brski_route *r, struct brski_buf *reply, struct brski_err *err)
{
	return replace(transfers[r->transfer].encode, reply, err);
}
