/* SPDX-License-Identifier: Apache-2.0 */
#include "voucher/voucher.h"

#include "base/text.h"
#include "voucher/json.h"
#include "voucher/json_plain.h"

/* A member's value: text is absent when it is no string. */
struct value {
	struct brski_slice text;
	enum brski_tri flag;
	const json_t *tree; /* NULL when it was read in place: then it is no list */
};

/* Copy into the voucher's store, whose room is reserved: earlier slices stay where they are. */
static bool
keep(struct brski_voucher *v, struct brski_slice in, struct brski_slice *out)
{
	size_t at = v->store.n;

	if (brski_buf_append(&v->store, in, NULL) != BRSKI_OK)
		return false;
	*out = brski_slice(v->store.p + at, in.n);
	return true;
}

static bool
keep_base64(struct brski_voucher *v, struct brski_slice text, enum brski_base64_form form,
    struct brski_slice *out)
{
	size_t at = v->store.n;

	if (text.p == NULL || brski_base64_decode(text, form, &v->store, NULL) != BRSKI_OK)
		return false;
	*out = brski_slice(v->store.p + at, v->store.n - at);
	return true;
}

static bool
all_digits(struct brski_slice text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

/* The bytes of a nonce in one of its spellings, appended to out. Standards digest 11 no. 2. */
static bool
nonce_bytes(struct brski_slice text, struct brski_buf *out)
{
	if (brski_base64_decode(text, BRSKI_BASE64_ANY, out, NULL) == BRSKI_OK ||
	    brski_hex_decode(text, out, NULL) == BRSKI_OK)
		return true;
	return all_digits(text) && brski_buf_append(out, text, NULL) == BRSKI_OK;
}

static bool
decode_nonce(struct brski_slice text, struct brski_voucher *v)
{
	uint8_t raw[2 * BRSKI_NONCE_TEXT_MAX];
	struct brski_buf bytes = brski_buf_fixed(raw, sizeof(raw)), again = { 0 };

	if (text.p == NULL || text.n > BRSKI_NONCE_TEXT_MAX || !nonce_bytes(text, &bytes) ||
	    bytes.n < BRSKI_NONCE_MIN || bytes.n > BRSKI_NONCE_MAX)
		return false;
	if (brski_base64_decode(text, BRSKI_BASE64_STRICT, &again, NULL) != BRSKI_OK)
		v->odd |= BRSKI_VOUCHER_ODD_NONCE;
	brski_buf_clear(&again);
	return keep(v, text, &v->nonce_text) && keep(v, brski_buf_slice(&bytes), &v->nonce);
}

static bool
decode_date(struct brski_slice text, struct brski_voucher *v, struct brski_date *date)
{
	bool bare = v->kind == BRSKI_VOUCHER_REQUEST && date == &v->created_on;

	return text.p != NULL && brski_voucher_date(text, bare, v, date) &&
	    keep(v, text, &date->text);
}

static bool
decode_enum(struct brski_slice text, enum brski_assertion *out)
{
	return (*out = brski_assertion_from(text)) != BRSKI_ASSERTION_NONE;
}

static bool
decode_bool(enum brski_tri flag, enum brski_tri *out)
{
	*out = flag;
	return flag != BRSKI_ABSENT;
}

static bool
decode_string(struct brski_slice text, struct brski_voucher *v, struct brski_slice *out)
{
	return text.p != NULL && brski_text_is_clean(text) && keep(v, text, out);
}

/* A leaf-list of names and numbers: kept as JSON text, which is never longer than what came. */
static bool
decode_list(const json_t *value, struct brski_voucher *v, struct brski_slice *out)
{
	size_t i, at = v->store.n;
	const json_t *item;

	json_array_foreach(value, i,
	    item) if (!json_is_string(item) && !json_is_integer(item)) return false;
	if (!json_is_array(value) || brski_json_write(value, &v->store, NULL) != BRSKI_OK)
		return false;
	*out = brski_slice(v->store.p + at, v->store.n - at);
	return true;
}

static bool
decode_leaf(const struct value *value, const struct brski_leaf *leaf, struct brski_voucher *v)
{
	void *member = (char *)v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		return decode_enum(value->text, member);
	case BRSKI_LEAF_BOOL:
		return decode_bool(value->flag, member);
	case BRSKI_LEAF_STRING:
		return decode_string(value->text, v, member);
	case BRSKI_LEAF_BINARY:
		return keep_base64(v, value->text, BRSKI_BASE64_STRICT, member);
	case BRSKI_LEAF_BINARY_URL:
		return keep_base64(v, value->text, BRSKI_BASE64_ANY, member);
	case BRSKI_LEAF_LIST:
		return decode_list(value->tree, v, member);
	case BRSKI_LEAF_DATE:
		return decode_date(value->text, v, member);
	case BRSKI_LEAF_NONCE:
		return decode_nonce(value->text, v);
	}
	return false;
}

static enum brski_rc
decode_member(struct brski_slice name, const struct value *value, struct brski_voucher *v,
    struct brski_err *err)
{
	const struct brski_leaf *leaf;

	if ((leaf = brski_leaf_find(name)) == NULL) {
		v->unknown++;
		return BRSKI_OK;
	}
	if (leaf->sid[v->kind] == 0)
		v->odd |= BRSKI_VOUCHER_ODD_MISPLACED;
	if (!decode_leaf(value, leaf, v))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7951 6",
		    "leaf %s has a wrong type or value", leaf->name);
	return BRSKI_OK;
}

static struct value
tree_value(const json_t *tree)
{
	return (struct value){ brski_json_text(tree),
		!json_is_boolean(tree) ? BRSKI_ABSENT
		                       : (json_is_true(tree) ? BRSKI_TRUE : BRSKI_FALSE),
		tree };
}

static enum brski_rc
decode_members(const json_t *container, struct brski_voucher *v, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	struct value value;
	const char *name;
	const json_t *tree;

	/* jansson's iterator takes a writable object, nothing is written */
	json_object_foreach((json_t *)(uintptr_t)container, name, tree)
	{
		value = tree_value(tree);
		if ((rc = decode_member(brski_slice_str(name), &value, v, err)) != BRSKI_OK)
			break;
	}
	return rc;
}

static enum brski_rc
decode_plain(const struct brski_json_plain *p, struct brski_voucher *v, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	struct value value = { 0 };
	size_t i;

	for (i = 0; i < p->n && rc == BRSKI_OK; i++) {
		value.text = p->v[i].text;
		value.flag = p->v[i].flag ? BRSKI_TRUE : BRSKI_FALSE;
		if (value.text.p != NULL)
			value.flag = BRSKI_ABSENT;
		rc = decode_member(p->v[i].name, &value, v, err);
	}
	return rc;
}

/* An empty voucher with room for what so much text can say. */
static enum brski_rc
make_room(enum brski_voucher_kind kind, size_t text, struct brski_voucher *v, struct brski_err *err)
{
	uint8_t *unused;

	*v = brski_voucher_init(kind);
	/* no value is longer than its text, the nonce is kept twice */
	v->store.max = text + 2 * BRSKI_NONCE_TEXT_MAX;
	return brski_buf_reserve(&v->store, v->store.max, &unused, err);
}

/* The one top-level member: its kind and container. RFC 7951 4. */
static bool
find_container(const json_t *top, enum brski_voucher_kind *kind, const json_t **container)
{
	int i;

	for (i = BRSKI_VOUCHER; i <= BRSKI_VOUCHER_REQUEST; i++) {
		*kind = (enum brski_voucher_kind)i;
		*container = json_object_get(top, brski_voucher_kind_name(*kind));
		if (*container != NULL)
			return json_object_size(top) == 1 && json_is_object(*container);
	}
	return false;
}

static enum brski_rc
decode_top(const json_t *top, size_t room, struct brski_voucher *v, struct brski_err *err)
{
	enum brski_voucher_kind kind = BRSKI_VOUCHER;
	const json_t *container = NULL;
	enum brski_rc rc;

	if (!find_container(top, &kind, &container))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7951 4",
		    "not one ietf-voucher:voucher or ietf-voucher-request:voucher");
	if ((rc = make_room(kind, room, v, err)) != BRSKI_OK)
		return rc;
	return decode_members(container, v, err);
}

static enum brski_rc
decode_tree(struct brski_slice in, struct brski_voucher *v, struct brski_err *err)
{
	json_t *top;
	enum brski_rc rc;

	if ((rc = brski_json_object(in, BRSKI_VOUCHER_MAX, "RFC 8259 2", &top, err)) != BRSKI_OK)
		return rc;
	rc = decode_top(top, in.n, v, err);
	json_decref(top);
	return rc;
}

/* One of the two kinds, and small and plain enough to be read in place. */
static bool
is_plain_voucher(struct brski_slice in, struct brski_json_plain *p, enum brski_voucher_kind *kind)
{
	if (in.n > BRSKI_VOUCHER_MAX || !brski_json_plain_read(in, p))
		return false;
	*kind = brski_slice_eq(p->name, brski_slice_str(brski_voucher_kind_name(BRSKI_VOUCHER)))
	    ? BRSKI_VOUCHER
	    : BRSKI_VOUCHER_REQUEST;
	return brski_slice_eq(p->name, brski_slice_str(brski_voucher_kind_name(*kind)));
}

enum brski_rc
brski_voucher_decode_json(struct brski_slice in, struct brski_voucher *out, struct brski_err *err)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	enum brski_voucher_kind kind;
	struct brski_json_plain plain;
	enum brski_rc rc;

	*out = v;
	if (!is_plain_voucher(in, &plain, &kind))
		rc = decode_tree(in, &v, err);
	else if ((rc = make_room(kind, in.n, &v, err)) == BRSKI_OK)
		rc = decode_plain(&plain, &v, err);
	if (rc != BRSKI_OK)
		brski_voucher_clear(&v);
	*out = v;
	return rc;
}

/* --- writing: straight into the output, in the order of the table */

/* Nothing to escape, and no bytes of which UTF-8 would have to be asked. */
static bool
is_plain(struct brski_slice text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e || text.p[i] == '"' || text.p[i] == '\\')
			return false;
	return true;
}

static bool
put_value(json_t *value, struct brski_buf *out)
{
	bool ok = brski_json_write(value, out, NULL) == BRSKI_OK;

	json_decref(value);
	return ok;
}

static bool
put_quoted(struct brski_slice text, struct brski_buf *out)
{
	return brski_buf_append_byte(out, '"', NULL) == BRSKI_OK &&
	    brski_buf_append(out, text, NULL) == BRSKI_OK &&
	    brski_buf_append_byte(out, '"', NULL) == BRSKI_OK;
}

static bool
put_text(struct brski_slice text, struct brski_buf *out)
{
	return is_plain(text) ? put_quoted(text, out)
	                      : put_value(json_stringn((const char *)text.p, text.n), out);
}

static bool
put_base64(struct brski_slice bytes, bool url, struct brski_buf *out)
{
	return brski_buf_append_byte(out, '"', NULL) == BRSKI_OK &&
	    (url ? brski_base64url_encode(bytes, out, NULL)
	         : brski_base64_encode(bytes, out, NULL)) == BRSKI_OK &&
	    brski_buf_append_byte(out, '"', NULL) == BRSKI_OK;
}

static bool
put_leaf(const struct brski_voucher *v, const struct brski_leaf *leaf, struct brski_buf *out)
{
	struct brski_slice bytes = brski_leaf_slice(v, leaf);
	const void *member = (const char *)v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		return put_quoted(brski_slice_str(
		                      brski_assertion_name(*(const enum brski_assertion *)member)),
		    out);
	case BRSKI_LEAF_BOOL:
		return put_value(json_boolean(*(const enum brski_tri *)member == BRSKI_TRUE), out);
	case BRSKI_LEAF_STRING:
	case BRSKI_LEAF_DATE:
		return put_text(bytes, out);
	case BRSKI_LEAF_BINARY:
		return put_base64(bytes, false, out);
	case BRSKI_LEAF_BINARY_URL:
		return put_base64(bytes, true, out);
	case BRSKI_LEAF_LIST:
		return put_value(json_loadb((const char *)bytes.p, bytes.n, 0, NULL), out);
	case BRSKI_LEAF_NONCE:
		return v->nonce_text.p != NULL ? put_text(v->nonce_text, out)
		                               : put_base64(v->nonce, false, out);
	}
	return false;
}

static bool
put_name(const char *name, struct brski_buf *out)
{
	return put_quoted(brski_slice_str(name), out) &&
	    brski_buf_append_byte(out, ':', NULL) == BRSKI_OK;
}

static bool
put_leaves(const struct brski_voucher *v, struct brski_buf *out)
{
	const struct brski_leaf *leaf;
	bool first = true, ok = true;

	for (leaf = brski_leaves; leaf < brski_leaves + brski_leaves_n && ok; leaf++) {
		if (leaf->sid[v->kind] == 0 || !brski_leaf_present(v, leaf))
			continue;
		ok = (first || brski_buf_append_byte(out, ',', NULL) == BRSKI_OK) &&
		    put_name(leaf->name, out) && put_leaf(v, leaf, out);
		first = false;
	}
	return ok;
}

enum brski_rc
brski_voucher_encode_json(const struct brski_voucher *v, struct brski_buf *out,
    struct brski_err *err)
{
	size_t before = out->n;

	if (brski_buf_append_byte(out, '{', NULL) == BRSKI_OK &&
	    put_name(brski_voucher_kind_name(v->kind), out) &&
	    brski_buf_append_byte(out, '{', NULL) == BRSKI_OK && put_leaves(v, out) &&
	    brski_buf_append_str(out, "}}", NULL) == BRSKI_OK)
		return BRSKI_OK;
	out->n = before;
	return brski_broken(err, BRSKI_E_INTERNAL, "a leaf is not text, or no memory");
}
