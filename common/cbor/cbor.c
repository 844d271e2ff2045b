/* SPDX-License-Identifier: Apache-2.0 */
#include "cbor/cbor.h"

#include <cbor.h>
#include "base/text.h"

#define HEAD_MAX 9 /* octets of an item's head, RFC 8949 3 */

/* What libcbor calls back with, put into the item that is its context. */
static void
got_uint8(void *to, uint8_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_UINT, v, { 0 } };
}

static void
got_uint16(void *to, uint16_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_UINT, v, { 0 } };
}

static void
got_uint32(void *to, uint32_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_UINT, v, { 0 } };
}

static void
got_uint64(void *to, uint64_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_UINT, v, { 0 } };
}

static void
got_negint8(void *to, uint8_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_NEGINT, v, { 0 } };
}

static void
got_negint16(void *to, uint16_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_NEGINT, v, { 0 } };
}

static void
got_negint32(void *to, uint32_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_NEGINT, v, { 0 } };
}

static void
got_negint64(void *to, uint64_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_NEGINT, v, { 0 } };
}

static void
got_bytes(void *to, cbor_data p, size_t n)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_BYTES, 0, { p, n } };
}

static void
got_text(void *to, cbor_data p, size_t n)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_TEXT, 0, { p, n } };
}

static void
got_array(void *to, size_t n)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_ARRAY, n, { 0 } };
}

static void
got_map(void *to, size_t n)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_MAP, n, { 0 } };
}

static void
got_tag(void *to, uint64_t v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_TAG, v, { 0 } };
}

static void
got_bool(void *to, bool v)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_BOOL, v, { 0 } };
}

static void
got_null(void *to)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_NULL, 0, { 0 } };
}

static void
got_float(void *to, float v)
{
	(void)v;
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_OTHER, 0, { 0 } };
}

static void
got_double(void *to, double v)
{
	(void)v;
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_OTHER, 0, { 0 } };
}

/* undefined; the beginning and end of what has no length never comes here */
static void
got_other(void *to)
{
	*(struct brski_cbor_item *)to = (struct brski_cbor_item){ BRSKI_CBOR_OTHER, 0, { 0 } };
}

static const struct cbor_callbacks callbacks = {
	.uint8 = got_uint8,
	.uint16 = got_uint16,
	.uint32 = got_uint32,
	.uint64 = got_uint64,
	.negint8 = got_negint8,
	.negint16 = got_negint16,
	.negint32 = got_negint32,
	.negint64 = got_negint64,
	.byte_string = got_bytes,
	.byte_string_start = got_other,
	.string = got_text,
	.string_start = got_other,
	.array_start = got_array,
	.indef_array_start = got_other,
	.map_start = got_map,
	.indef_map_start = got_other,
	.tag = got_tag,
	.float2 = got_float,
	.float4 = got_float,
	.float8 = got_double,
	.undefined = got_other,
	.null = got_null,
	.boolean = got_bool,
	.indef_break = got_other,
};

struct brski_cbor
brski_cbor_reader(struct brski_slice in, const char *spec)
{
	/* nothing may be added to NULL, C11 6.5.6 */
	return (struct brski_cbor){ in.p, in.n > 0 ? in.p + in.n : in.p, spec };
}

bool
brski_cbor_at_end(const struct brski_cbor *r)
{
	return r->p == r->end;
}

static size_t
left(const struct brski_cbor *r)
{
	return (size_t)(r->end - r->p);
}

/* Indefinite lengths and their end, RFC 8949 3.2: additional information 31 of any major type. */
static bool
is_indefinite(const struct brski_cbor *r)
{
	return !brski_cbor_at_end(r) && (*r->p & 0x1f) == 31;
}

/*
 * Is this more than can be there? A string is by libcbor, unless its length is one of 64 bits and
 * our size_t is not.
 */
static bool
claims_too_much(const struct brski_cbor *head, const struct brski_cbor_item *item, size_t rest)
{
	static const uint8_t zeros[4];
	uint8_t major = *head->p >> 5;

	if (major >= 2 && major <= 5 && (*head->p & 0x1f) == 27 &&
	    memcmp(head->p + 1, zeros, 4) != 0)
		return true;
	return (item->type == BRSKI_CBOR_ARRAY && item->number > rest) ||
	    (item->type == BRSKI_CBOR_MAP && item->number > rest / 2) ||
	    (item->type == BRSKI_CBOR_TAG && rest == 0);
}

/* libcbor 0.8 takes tags 6 to 20 in one octet, COSE_Sign1's among them, for errors. */
static struct cbor_decoder_result
decode(const struct brski_cbor *r, struct brski_cbor_item *out)
{
	if (brski_cbor_at_end(r) || *r->p < 0xc0 || *r->p > 0xd7)
		return cbor_stream_decode(r->p, left(r), &callbacks, out);
	got_tag(out, *r->p & 0x1f);
	return (struct cbor_decoder_result){ .read = 1, .status = CBOR_DECODER_FINISHED };
}

/* NULL, or what is wrong with the next head. */
static const char *
read_head(struct brski_cbor *r, struct brski_cbor_item *out)
{
	struct cbor_decoder_result got;

	if (is_indefinite(r))
		return "an indefinite length, or its end";
	got = decode(r, out);
	if (got.status != CBOR_DECODER_FINISHED || claims_too_much(r, out, left(r) - got.read))
		return "cut short, or no CBOR";
	if (out->type == BRSKI_CBOR_TEXT && !brski_text_is_utf8(out->string))
		return "text that is not UTF-8";
	r->p += got.read;
	return NULL;
}

enum brski_rc
brski_cbor_next(struct brski_cbor *r, struct brski_cbor_item *out, struct brski_err *err)
{
	const char *why = read_head(r, out);

	if (why != NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, r->spec, "CBOR: %s", why);
	return BRSKI_OK;
}

enum brski_rc
brski_cbor_expect(struct brski_cbor *r, enum brski_cbor_type type, struct brski_cbor_item *out,
    struct brski_err *err)
{
	static const char *const names[] = {
		[BRSKI_CBOR_UINT] = "an unsigned integer",
		[BRSKI_CBOR_NEGINT] = "a negative integer",
		[BRSKI_CBOR_BYTES] = "a byte string",
		[BRSKI_CBOR_TEXT] = "a text string",
		[BRSKI_CBOR_ARRAY] = "an array",
		[BRSKI_CBOR_MAP] = "a map",
		[BRSKI_CBOR_TAG] = "a tag",
		[BRSKI_CBOR_BOOL] = "true or false",
		[BRSKI_CBOR_NULL] = "null",
		[BRSKI_CBOR_OTHER] = "a float or simple value",
	};
	enum brski_rc rc;

	if ((rc = brski_cbor_next(r, out, err)) != BRSKI_OK)
		return rc;
	if (out->type != type)
		return brski_fail(err, BRSKI_E_MALFORMED, r->spec, "CBOR: %s instead of %s",
		    names[out->type], names[type]);
	return BRSKI_OK;
}

/* How many items stand inside this one; *opens says whether it is a level of nesting. */
static uint64_t
items_inside(const struct brski_cbor_item *item, bool *opens)
{
	*opens = true;
	switch (item->type) {
	case BRSKI_CBOR_ARRAY:
		return item->number;
	case BRSKI_CBOR_MAP:
		return 2 * item->number;
	case BRSKI_CBOR_TAG:
		return 1;
	default:
		*opens = false;
		return 0;
	}
}

enum brski_rc
brski_cbor_skip(struct brski_cbor *r, struct brski_slice *out, struct brski_err *err)
{
	uint64_t open[BRSKI_CBOR_DEPTH]; /* items still to come, level by level */
	struct brski_cbor_item item;
	const uint8_t *start = r->p;
	size_t depth = 0;
	uint64_t n;
	bool opens;
	enum brski_rc rc;

	do {
		if ((rc = brski_cbor_next(r, &item, err)) != BRSKI_OK)
			return rc;
		n = items_inside(&item, &opens);
		if (opens && depth == BRSKI_CBOR_DEPTH)
			return brski_fail(err, BRSKI_E_MALFORMED, r->spec,
			    "CBOR: nested deeper than %d", BRSKI_CBOR_DEPTH);
		if (n > 0)
			open[depth++] = n;
		else
			while (depth > 0 && --open[depth - 1] == 0)
				depth--;
	} while (depth > 0);
	if (out != NULL)
		*out = brski_slice(start, (size_t)(r->p - start));
	return BRSKI_OK;
}

enum brski_rc
brski_cbor_finish(const struct brski_cbor *r, struct brski_err *err)
{
	if (!brski_cbor_at_end(r))
		return brski_fail(err, BRSKI_E_MALFORMED, r->spec, "CBOR: %zu bytes left over",
		    left(r));
	return BRSKI_OK;
}

enum brski_rc
brski_cbor_document(struct brski_slice in, size_t max, const char *spec, struct brski_cbor *r,
    struct brski_err *err)
{
	struct brski_cbor all = brski_cbor_reader(in, spec);
	enum brski_rc rc;

	*r = all;
	if (in.n > max)
		return brski_fail(err, BRSKI_E_TOO_LARGE, spec, "CBOR: %zu bytes, more than %zu",
		    in.n, max);
	if ((rc = brski_cbor_skip(&all, NULL, err)) != BRSKI_OK)
		return rc;
	return brski_cbor_finish(&all, err);
}

/* The same key, however long its head is. */
static bool
same_key(struct brski_slice a, struct brski_slice b)
{
	struct brski_cbor ra = brski_cbor_reader(a, ""), rb = brski_cbor_reader(b, "");
	struct brski_cbor_item x, y;
	size_t rest;

	if (brski_cbor_next(&ra, &x, NULL) != BRSKI_OK ||
	    brski_cbor_next(&rb, &y, NULL) != BRSKI_OK)
		return false;
	rest = left(&ra);
	return x.type == y.type && x.number == y.number && brski_slice_eq(x.string, y.string) &&
	    brski_slice_eq(brski_slice(ra.p, rest), brski_slice(rb.p, left(&rb)));
}

static bool
is_among(struct brski_slice key, const struct brski_slice *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (same_key(keys[i], key))
			return true;
	return false;
}

enum brski_rc
brski_cbor_map(struct brski_cbor *r, size_t *pairs, struct brski_err *err)
{
	struct brski_slice keys[BRSKI_CBOR_PAIRS];
	struct brski_cbor_item map;
	struct brski_cbor ahead;
	enum brski_rc rc;
	size_t i;

	if ((rc = brski_cbor_expect(r, BRSKI_CBOR_MAP, &map, err)) != BRSKI_OK)
		return rc;
	if (map.number > BRSKI_CBOR_PAIRS)
		return brski_fail(err, BRSKI_E_MALFORMED, r->spec, "CBOR: a map of more than %d",
		    BRSKI_CBOR_PAIRS);
	*pairs = (size_t)map.number;
	ahead = *r;
	for (i = 0; i < *pairs; i++) {
		if ((rc = brski_cbor_skip(&ahead, &keys[i], err)) != BRSKI_OK ||
		    (rc = brski_cbor_skip(&ahead, NULL, err)) != BRSKI_OK)
			return rc;
		if (is_among(keys[i], keys, i))
			return brski_fail(err, BRSKI_E_MALFORMED, r->spec,
			    "CBOR: a key is in a map twice");
	}
	return BRSKI_OK;
}

/* A head in its shortest form, then what belongs to it. */
static enum brski_rc
put(const uint8_t *head, size_t n, struct brski_slice body, struct brski_buf *out,
    struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_buf_append(out, brski_slice(head, n), err)) == BRSKI_OK)
		rc = brski_buf_append(out, body, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}

enum brski_rc
brski_cbor_put_uint(struct brski_buf *out, uint64_t v, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_uint(v, head, sizeof(head)), BRSKI_LIT(""), out, err);
}

enum brski_rc
brski_cbor_put_int(struct brski_buf *out, int64_t v, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	if (v >= 0)
		return brski_cbor_put_uint(out, (uint64_t)v, err);
	return put(head, cbor_encode_negint((uint64_t)(-1 - v), head, sizeof(head)), BRSKI_LIT(""),
	    out, err);
}

enum brski_rc
brski_cbor_put_bytes(struct brski_buf *out, struct brski_slice v, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_bytestring_start(v.n, head, sizeof(head)), v, out, err);
}

enum brski_rc
brski_cbor_put_text_slice(struct brski_buf *out, struct brski_slice v, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_string_start(v.n, head, sizeof(head)), v, out, err);
}

enum brski_rc
brski_cbor_put_text(struct brski_buf *out, const char *v, struct brski_err *err)
{
	return brski_cbor_put_text_slice(out, brski_slice_str(v), err);
}

enum brski_rc
brski_cbor_put_bool(struct brski_buf *out, bool v, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_bool(v, head, sizeof(head)), BRSKI_LIT(""), out, err);
}

enum brski_rc
brski_cbor_put_null(struct brski_buf *out, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_null(head, sizeof(head)), BRSKI_LIT(""), out, err);
}

enum brski_rc
brski_cbor_put_array(struct brski_buf *out, size_t n, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_array_start(n, head, sizeof(head)), BRSKI_LIT(""), out, err);
}

enum brski_rc
brski_cbor_put_map(struct brski_buf *out, size_t n, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_map_start(n, head, sizeof(head)), BRSKI_LIT(""), out, err);
}

enum brski_rc
brski_cbor_put_tag(struct brski_buf *out, uint64_t tag, struct brski_err *err)
{
	uint8_t head[HEAD_MAX];

	return put(head, cbor_encode_tag(tag, head, sizeof(head)), BRSKI_LIT(""), out, err);
}
