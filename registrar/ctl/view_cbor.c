/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR and COSE headers for people. */
#include "registrar/ctl/view.h"

#include <stdio.h>
#include "base/text.h"
#include "envelope/cose_head.h"
#include "voucher/json.h"

#define KEY_MAX 80

/* RFC 9052 3.1, RFC 9360 2, RFC 9597: what labels are called. */
static const struct {
	uint64_t label;
	const char *name;
} labels[] = {
	{ BRSKI_COSE_ALG, "alg" },
	{ BRSKI_COSE_CRIT, "crit" },
	{ 3, "content type" },
	{ 4, "kid" },
	{ 15, "CWT claims" },
	{ BRSKI_COSE_X5BAG, "x5bag" },
	{ BRSKI_COSE_X5CHAIN, "x5chain" },
	{ 34, "x5t" },
	{ 35, "x5u" },
};

static json_t *view_next(struct brski_cbor *r);

static json_t *
bytes(struct brski_slice in)
{
	struct brski_buf out = { 0 };
	json_t *v = NULL;

	if (brski_buf_append_str(&out, "h'", NULL) == BRSKI_OK &&
	    brski_hex_encode(in, &out, NULL) == BRSKI_OK &&
	    brski_buf_append_byte(&out, '\'', NULL) == BRSKI_OK)
		v = json_stringn((const char *)out.p, out.n);
	brski_buf_clear(&out);
	return v;
}

/* Numbers beyond 63 bits as text. */
static json_t *
number(const struct brski_cbor_item *item)
{
	bool negative = item->type == BRSKI_CBOR_NEGINT;

	if (item->number > INT64_MAX)
		return json_sprintf("%s%llu", negative ? "-1 - " : "",
		    (unsigned long long)item->number);
	return json_integer(negative ? -1 - (json_int_t)item->number : (json_int_t)item->number);
}

static json_t *
view_array(struct brski_cbor *r, uint64_t n)
{
	json_t *v = json_array();

	for (; n > 0; n--)
		(void)json_array_append_new(v, view_next(r));
	return v;
}

/* A key as the name of a member: text as it is, everything else as JSON writes it. */
static char *
key_text(struct brski_cbor *r, char *out)
{
	json_t *key = view_next(r);
	char *dump = key != NULL ? json_dumps(key, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	struct brski_slice text = brski_json_text(key);

	(void)brski_text_safe(text.p != NULL ? text : brski_slice_str(dump != NULL ? dump : ""),
	    out, KEY_MAX);
	free(dump);
	json_decref(key);
	return out;
}

static json_t *
view_map(struct brski_cbor *r, uint64_t n)
{
	json_t *v = json_object();
	char key[KEY_MAX];

	for (; n > 0; n--) {
		(void)key_text(r, key);
		(void)json_object_set_new(v, key, view_next(r));
	}
	return v;
}

static json_t *
view_tag(struct brski_cbor *r, uint64_t tag)
{
	json_t *inner = view_next(r), *v = json_object();
	char key[KEY_MAX];

	(void)snprintf(key, sizeof(key), "tag %llu", (unsigned long long)tag);
	(void)json_object_set_new(v, key, inner);
	return v;
}

/* The depth is bounded by whoever walked the item before. */
static json_t *
view_next(struct brski_cbor *r)
{
	struct brski_cbor_item item;

	if (brski_cbor_next(r, &item, NULL) != BRSKI_OK)
		return json_null();
	switch (item.type) {
	case BRSKI_CBOR_UINT:
	case BRSKI_CBOR_NEGINT:
		return number(&item);
	case BRSKI_CBOR_BYTES:
		return bytes(item.string);
	case BRSKI_CBOR_TEXT:
		return json_stringn((const char *)item.string.p, item.string.n);
	case BRSKI_CBOR_ARRAY:
		return view_array(r, item.number);
	case BRSKI_CBOR_MAP:
		return view_map(r, item.number);
	case BRSKI_CBOR_TAG:
		return view_tag(r, item.number);
	case BRSKI_CBOR_BOOL:
		return json_boolean(item.number != 0);
	case BRSKI_CBOR_NULL:
	case BRSKI_CBOR_OTHER:
		break;
	}
	return json_null();
}

json_t *
ctl_view_cbor(struct brski_slice item)
{
	struct brski_cbor r;

	if (brski_cbor_document(item, item.n, "RFC 8949", &r, NULL) != BRSKI_OK)
		return json_null();
	return view_next(&r);
}

/* "x5bag" for 32; an unknown one as its number or text. */
static char *
label_name(struct brski_slice label, char *out)
{
	struct brski_cbor r = brski_cbor_reader(label, "RFC 9052 3"), again = r;
	struct brski_cbor_item item = { .type = BRSKI_CBOR_NULL };
	size_t i;

	(void)brski_cbor_next(&r, &item, NULL);
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (item.type == BRSKI_CBOR_UINT && item.number == labels[i].label) {
			(void)snprintf(out, KEY_MAX, "%s", labels[i].name);
			return out;
		}
	return key_text(&again, out);
}

/* Certificates are shown elsewhere. */
static json_t *
header_value(struct brski_slice label, struct brski_slice value)
{
	struct brski_cbor r = brski_cbor_reader(value, "RFC 9360 2");
	struct brski_cbor_item item = { .type = BRSKI_CBOR_NULL };

	if (!brski_cose_holds_certs(label))
		return ctl_view_cbor(value);
	(void)brski_cbor_next(&r, &item, NULL);
	return json_sprintf("%llu certificates",
	    item.type == BRSKI_CBOR_ARRAY ? (unsigned long long)item.number : 1ULL);
}

static json_t *
view_headers(struct brski_slice map)
{
	struct brski_slice label, value;
	json_t *v = json_object();
	char name[KEY_MAX];
	struct brski_cbor r;
	size_t pairs = 0;

	if (brski_cbor_document(map, map.n, "RFC 9052 3", &r, NULL) != BRSKI_OK ||
	    brski_cbor_map(&r, &pairs, NULL) != BRSKI_OK)
		return v;
	while (pairs-- > 0 && brski_cbor_skip(&r, &label, NULL) == BRSKI_OK &&
	    brski_cbor_skip(&r, &value, NULL) == BRSKI_OK)
		(void)json_object_set_new(v, label_name(label, name), header_value(label, value));
	return v;
}

json_t *
ctl_view_cose_headers(struct brski_slice wire)
{
	struct brski_cose c;

	if (brski_cose_split(wire, &c, NULL) != BRSKI_OK)
		return NULL;
	return json_pack("{s:o, s:o}", "protected", view_headers(c.protected), "unprotected",
	    view_headers(c.unprotected));
}
