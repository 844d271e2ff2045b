/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers in CBOR, RFC 9254, with the SIDs of rfc8366bis 8.5 and 9.3. */
#include "cbor/cbor.h"
#include "voucher/voucher.h"

#include "base/text.h"

#define SPEC_KEYS "RFC 9254 4.2"

/* RFC 9254 4.2.1: this key is a whole SID, not a difference to its parent's. */
#define TAG_SID 47
/* The containers themselves, and the range that RFC 9595 6.4.3 gave to both modules. */
static const uint64_t containers[] = { 2451, 2501 };
#define SID_FIRST 2450
#define SID_LAST  2549

static bool
decode_enum(const struct brski_cbor_item *item, enum brski_assertion *out)
{
	if (item->type != BRSKI_CBOR_UINT || item->number > BRSKI_ASSERTION_AGENT_PROXIMITY)
		return false;
	*out = (enum brski_assertion)item->number;
	return true;
}

static bool
decode_bool(const struct brski_cbor_item *item, enum brski_tri *out)
{
	*out = item->number != 0 ? BRSKI_TRUE : BRSKI_FALSE;
	return item->type == BRSKI_CBOR_BOOL;
}

static bool
decode_string(const struct brski_cbor_item *item, struct brski_slice *out)
{
	*out = item->string;
	return item->type == BRSKI_CBOR_TEXT && brski_text_is_clean(item->string);
}

static bool
decode_binary(const struct brski_cbor_item *item, struct brski_slice *out)
{
	*out = item->string;
	return item->type == BRSKI_CBOR_BYTES;
}

static bool
decode_nonce(const struct brski_cbor_item *item, struct brski_slice *out)
{
	return decode_binary(item, out) && out->n >= BRSKI_NONCE_MIN && out->n <= BRSKI_NONCE_MAX;
}

/* RFC 9254 6: a date-and-time is its text; tags 0 and 1 are another thing. */
static bool
decode_date(const struct brski_cbor_item *item, struct brski_voucher *v, struct brski_date *date)
{
	bool bare = v->kind == BRSKI_VOUCHER_REQUEST && date == &v->created_on;

	return item->type == BRSKI_CBOR_TEXT && brski_voucher_date(item->string, bare, v, date);
}

/* A leaf-list of SIDs and names, kept as CBOR. */
static bool
decode_list(struct brski_slice value, struct brski_slice *out)
{
	struct brski_cbor r = brski_cbor_reader(value, SPEC_KEYS);
	struct brski_cbor_item item;

	if (brski_cbor_expect(&r, BRSKI_CBOR_ARRAY, &item, NULL) != BRSKI_OK)
		return false;
	while (!brski_cbor_at_end(&r))
		if (brski_cbor_next(&r, &item, NULL) != BRSKI_OK ||
		    (item.type != BRSKI_CBOR_UINT && item.type != BRSKI_CBOR_TEXT))
			return false;
	*out = value;
	return true;
}

static bool
decode_leaf(struct brski_slice value, const struct brski_leaf *leaf, struct brski_voucher *v)
{
	struct brski_cbor r = brski_cbor_reader(value, SPEC_KEYS);
	void *member = (char *)v + leaf->offset;
	struct brski_cbor_item item;

	if (brski_cbor_next(&r, &item, NULL) != BRSKI_OK)
		return false;
	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		return decode_enum(&item, member);
	case BRSKI_LEAF_BOOL:
		return decode_bool(&item, member);
	case BRSKI_LEAF_STRING:
		return decode_string(&item, member);
	case BRSKI_LEAF_BINARY:
	case BRSKI_LEAF_BINARY_URL:
		return decode_binary(&item, member);
	case BRSKI_LEAF_LIST:
		return decode_list(value, member);
	case BRSKI_LEAF_DATE:
		return decode_date(&item, v, member);
	case BRSKI_LEAF_NONCE:
		return decode_nonce(&item, member);
	}
	return false;
}

/* By the SID in this kind or in the other; NULL: no leaf of ours. */
static const struct brski_leaf *
find_sid(uint64_t sid, enum brski_voucher_kind kind, bool *misplaced)
{
	size_t i;

	for (i = 0; i < brski_leaves_n; i++) {
		*misplaced = brski_leaves[i].sid[kind] != sid;
		if (sid != 0 && (!*misplaced || brski_leaves[i].sid[!kind] == sid))
			return &brski_leaves[i];
	}
	return NULL;
}

static const struct brski_leaf *
find_name(struct brski_slice name, enum brski_voucher_kind kind, bool *misplaced)
{
	const struct brski_leaf *leaf = brski_leaf_find(name);

	*misplaced = leaf != NULL && leaf->sid[kind] == 0;
	return leaf;
}

/*
 * What a key names, RFC 9254 4.2: a difference of SIDs, a whole SID with its tag, a name. NULL: no
 * leaf of ours. *bare: a whole SID that lacks its tag.
 */
static const struct brski_leaf *
find_key(struct brski_slice key, enum brski_voucher_kind kind, bool *misplaced, bool *bare)
{
	struct brski_cbor r = brski_cbor_reader(key, SPEC_KEYS);
	uint64_t parent = containers[kind];
	struct brski_cbor_item item;

	*bare = *misplaced = false;
	if (brski_cbor_next(&r, &item, NULL) != BRSKI_OK)
		return NULL;
	switch (item.type) {
	case BRSKI_CBOR_TEXT:
		return find_name(item.string, kind, misplaced);
	case BRSKI_CBOR_UINT:
		*bare = item.number >= SID_FIRST && item.number <= SID_LAST;
		return item.number < SID_FIRST ? find_sid(parent + item.number, kind, misplaced)
		                               : NULL;
	case BRSKI_CBOR_NEGINT:
		return item.number < parent ? find_sid(parent - 1 - item.number, kind, misplaced)
		                            : NULL;
	case BRSKI_CBOR_TAG:
		if (item.number != TAG_SID || brski_cbor_next(&r, &item, NULL) != BRSKI_OK ||
		    item.type != BRSKI_CBOR_UINT)
			return NULL;
		return find_sid(item.number, kind, misplaced);
	default:
		return NULL;
	}
}

static enum brski_rc
decode_pair(struct brski_slice key, struct brski_slice value, struct brski_voucher *v,
    struct brski_err *err)
{
	const struct brski_leaf *leaf;
	bool misplaced, bare;

	leaf = find_key(key, v->kind, &misplaced, &bare);
	if (bare)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9254 4.2.1",
		    "a key is a whole SID without tag 47");
	if (leaf == NULL) {
		v->unknown++;
		return BRSKI_OK;
	}
	/* once by its number and once by its name is twice */
	if (brski_leaf_present(v, leaf))
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC_KEYS, "leaf %s is there twice",
		    leaf->name);
	if (!decode_leaf(value, leaf, v))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9254 6",
		    "leaf %s has a wrong type or value", leaf->name);
	if (misplaced)
		v->odd |= BRSKI_VOUCHER_ODD_MISPLACED;
	return BRSKI_OK;
}

static enum brski_rc
decode_container(struct brski_cbor *r, struct brski_voucher *v, struct brski_err *err)
{
	struct brski_slice key, value;
	enum brski_rc rc;
	size_t pairs;

	if ((rc = brski_cbor_map(r, &pairs, err)) != BRSKI_OK)
		return rc;
	while (pairs-- > 0)
		if ((rc = brski_cbor_skip(r, &key, err)) != BRSKI_OK ||
		    (rc = brski_cbor_skip(r, &value, err)) != BRSKI_OK ||
		    (rc = decode_pair(key, value, v, err)) != BRSKI_OK)
			return rc;
	return BRSKI_OK;
}

static bool
kind_of(const struct brski_cbor_item *key, enum brski_voucher_kind *kind)
{
	int i;

	for (i = BRSKI_VOUCHER; i <= BRSKI_VOUCHER_REQUEST; i++) {
		*kind = (enum brski_voucher_kind)i;
		if (key->type == BRSKI_CBOR_UINT && key->number == containers[i])
			return true;
		if (key->type == BRSKI_CBOR_TEXT &&
		    brski_slice_eq(key->string, brski_slice_str(brski_voucher_kind_name(*kind))))
			return true;
	}
	return false;
}

/* The one pair at the top, its key in any of the forms of find_key(). */
static enum brski_rc
decode_top(struct brski_cbor *r, enum brski_voucher_kind *kind, struct brski_err *err)
{
	struct brski_cbor_item map, key;
	enum brski_rc rc;

	if ((rc = brski_cbor_expect(r, BRSKI_CBOR_MAP, &map, err)) != BRSKI_OK ||
	    (map.number > 0 && (rc = brski_cbor_next(r, &key, err)) != BRSKI_OK))
		return rc;
	if (map.number == 1 && key.type == BRSKI_CBOR_TAG && key.number == TAG_SID &&
	    (rc = brski_cbor_next(r, &key, err)) != BRSKI_OK)
		return rc;
	if (map.number != 1 || !kind_of(&key, kind))
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC_KEYS,
		    "not one 2451 or 2501, voucher or voucher-request");
	return BRSKI_OK;
}

enum brski_rc
brski_voucher_decode_cbor(struct brski_slice in, struct brski_voucher *out, struct brski_err *err)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	enum brski_voucher_kind kind = BRSKI_VOUCHER;
	struct brski_cbor r;
	enum brski_rc rc;

	*out = v;
	if ((rc = brski_cbor_document(in, BRSKI_CBOR_MAX, "RFC 8949", &r, err)) != BRSKI_OK ||
	    (rc = decode_top(&r, &kind, err)) != BRSKI_OK)
		return rc;
	v = brski_voucher_init(kind);
	if ((rc = decode_container(&r, &v, err)) == BRSKI_OK)
		*out = v;
	return rc;
}

static enum brski_rc
put_leaf(const struct brski_voucher *v, const struct brski_leaf *leaf, struct brski_buf *out,
    struct brski_err *err)
{
	struct brski_slice bytes = brski_leaf_slice(v, leaf), ignored;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		return brski_cbor_put_uint(out, (uint64_t)v->assertion, err);
	case BRSKI_LEAF_BOOL:
		return brski_cbor_put_bool(out, v->domain_cert_revocation_checks == BRSKI_TRUE,
		    err);
	case BRSKI_LEAF_STRING:
	case BRSKI_LEAF_DATE:
		if (!brski_text_is_utf8(bytes))
			break;
		return brski_cbor_put_text_slice(out, bytes, err);
	case BRSKI_LEAF_LIST:
		if (!decode_list(bytes, &ignored))
			break; /* it came with JSON */
		return brski_buf_append(out, bytes, err);
	case BRSKI_LEAF_BINARY:
	case BRSKI_LEAF_BINARY_URL:
	case BRSKI_LEAF_NONCE:
		return brski_cbor_put_bytes(out, bytes, err);
	}
	return brski_broken(err, BRSKI_E_INTERNAL, "leaf %s is not text, or not CBOR", leaf->name);
}

/* The present leaf with the least SID above last; NULL: no more. */
static const struct brski_leaf *
next_leaf(const struct brski_voucher *v, unsigned last)
{
	const struct brski_leaf *leaf, *least = NULL;
	size_t i;

	for (i = 0; i < brski_leaves_n; i++) {
		leaf = &brski_leaves[i];
		if (leaf->sid[v->kind] > last && brski_leaf_present(v, leaf) &&
		    (least == NULL || leaf->sid[v->kind] < least->sid[v->kind]))
			least = leaf;
	}
	return least;
}

/* Ascending differences of one or two octets: the order of RFC 8949 4.2.1. */
static enum brski_rc
put_leaves(const struct brski_voucher *v, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_leaf *leaf;
	unsigned last, n = 0;
	enum brski_rc rc;

	for (last = 0; (leaf = next_leaf(v, last)) != NULL; n++)
		last = leaf->sid[v->kind];
	if ((rc = brski_cbor_put_map(out, n, err)) != BRSKI_OK)
		return rc;
	for (last = 0; (leaf = next_leaf(v, last)) != NULL; last = leaf->sid[v->kind])
		if ((rc = brski_cbor_put_uint(out, leaf->sid[v->kind] - containers[v->kind],
		         err)) != BRSKI_OK ||
		    (rc = put_leaf(v, leaf, out, err)) != BRSKI_OK)
			return rc;
	return BRSKI_OK;
}

enum brski_rc
brski_voucher_encode_cbor(const struct brski_voucher *v, struct brski_buf *out,
    struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_cbor_put_map(out, 1, err)) != BRSKI_OK ||
	    (rc = brski_cbor_put_uint(out, containers[v->kind], err)) != BRSKI_OK ||
	    (rc = put_leaves(v, out, err)) != BRSKI_OK)
		out->n = mark;
	return rc;
}
