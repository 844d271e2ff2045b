/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict CBOR, RFC 8949: a reader that walks borrowed bytes item by item (libcbor's streaming
 * decoder underneath), and writers into a brski_buf in preferred serialisation. Nothing is
 * allocated, whatever lengths the bytes claim: a length beyond what is left is refused at once.
 *
 * Refused: indefinite lengths, reserved heads and simple values, text that is not UTF-8, nesting
 * beyond BRSKI_CBOR_DEPTH, keys that are in a map twice, bytes left over where nothing may follow.
 * Taken: heads that are longer than they need be; RFC 8949 4.2 is for senders.
 */
#ifndef BRSKI_CBOR_H
#define BRSKI_CBOR_H

#include "base/buf.h"

#define BRSKI_CBOR_MAX   ((size_t)16 * 1024) /* bytes of a document */
#define BRSKI_CBOR_DEPTH 4                   /* arrays, maps and tags around an item */
#define BRSKI_CBOR_PAIRS 64                  /* in a map that is read */

enum brski_cbor_type {
	BRSKI_CBOR_UINT,
	BRSKI_CBOR_NEGINT, /* the value is -1 - number */
	BRSKI_CBOR_BYTES,
	BRSKI_CBOR_TEXT, /* valid UTF-8 */
	BRSKI_CBOR_ARRAY,
	BRSKI_CBOR_MAP,
	BRSKI_CBOR_TAG,
	BRSKI_CBOR_BOOL,
	BRSKI_CBOR_NULL,
	BRSKI_CBOR_OTHER /* floats, undefined, simple values: can be skipped, mean nothing here */
};

/* One item's head. */
struct brski_cbor_item {
	enum brski_cbor_type type;
	uint64_t number;           /* UINT, NEGINT, TAG; BOOL: 0, 1; ARRAY: elements; MAP: pairs */
	struct brski_slice string; /* BYTES, TEXT; borrowed */
};

/* Where a reader stands. Copy it to look ahead; a failed call leaves it somewhere. */
struct brski_cbor {
	const uint8_t *p, *end;
	const char *spec; /* whose clause a refusal names */
};

struct brski_cbor brski_cbor_reader(struct brski_slice in, const char *spec);
/*
 * A reader of one item that fills in and has been walked to its end: what follows can only be the
 * wrong item, not a broken one. E_TOO_LARGE: more than max bytes; E_MALFORMED.
 */
enum brski_rc brski_cbor_document(struct brski_slice in, size_t max, const char *spec,
    struct brski_cbor *r, struct brski_err *err);
bool brski_cbor_at_end(const struct brski_cbor *r);
/* The next head. E_MALFORMED: nothing there, not well-formed, not allowed here. */
enum brski_rc brski_cbor_next(struct brski_cbor *r, struct brski_cbor_item *out,
    struct brski_err *err);
/* As brski_cbor_next(), and it has to be of that type. */
enum brski_rc brski_cbor_expect(struct brski_cbor *r, enum brski_cbor_type type,
    struct brski_cbor_item *out, struct brski_err *err);
/*
 * A map comes next: *pairs, at most BRSKI_CBOR_PAIRS, each key once (RFC 8949 5.6). E_MALFORMED.
 */
enum brski_rc brski_cbor_map(struct brski_cbor *r, size_t *pairs, struct brski_err *err);
/* One whole item, containers with what is in them; *out its bytes. out may be NULL. */
enum brski_rc brski_cbor_skip(struct brski_cbor *r, struct brski_slice *out, struct brski_err *err);
/* E_MALFORMED: something is left. */
enum brski_rc brski_cbor_finish(const struct brski_cbor *r, struct brski_err *err);

/* Appended to out, heads in their shortest form. */
enum brski_rc brski_cbor_put_null(struct brski_buf *out, struct brski_err *err);
enum brski_rc brski_cbor_put_uint(struct brski_buf *out, uint64_t v, struct brski_err *err);
enum brski_rc brski_cbor_put_int(struct brski_buf *out, int64_t v, struct brski_err *err);
enum brski_rc brski_cbor_put_bytes(struct brski_buf *out, struct brski_slice v,
    struct brski_err *err);
enum brski_rc brski_cbor_put_text(struct brski_buf *out, const char *v, struct brski_err *err);
enum brski_rc brski_cbor_put_text_slice(struct brski_buf *out, struct brski_slice v,
    struct brski_err *err);
enum brski_rc brski_cbor_put_bool(struct brski_buf *out, bool v, struct brski_err *err);
enum brski_rc brski_cbor_put_array(struct brski_buf *out, size_t n, struct brski_err *err);
enum brski_rc brski_cbor_put_map(struct brski_buf *out, size_t n, struct brski_err *err);
enum brski_rc brski_cbor_put_tag(struct brski_buf *out, uint64_t tag, struct brski_err *err);

#endif
