/* SPDX-License-Identifier: Apache-2.0 */
/* The voucher model and its JSON encoding: RFC 8366 5.3, RFC 8995 3.4, RFC 7951. */
#include "tu.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "voucher/json.h"
#include "voucher/voucher.h"

#define V(members) "{\"ietf-voucher:voucher\":{" members "}}"
#define R(members) "{\"ietf-voucher-request:voucher\":{" members "}}"

static enum brski_rc
decode(const char *text, struct brski_voucher *v, struct brski_err *err)
{
	*err = (struct brski_err){ 0 };
	return brski_voucher_decode_json(brski_slice_str(text), v, err);
}

static void
assert_bad(const char *text, const char *clause)
{
	struct brski_voucher v;
	struct brski_err err = { 0 };

	assert_refused_by(decode(text, &v, &err), BRSKI_E_MALFORMED, clause, &err);
	assert_null(v.store.p);
}

static void
assert_good(const char *text, struct brski_voucher *v)
{
	struct brski_err err = { 0 };

	assert_ok(decode(text, v, &err), &err);
}

/* Give one leaf a value of its type, in borrowed memory. */
static void
set_leaf(struct brski_voucher *v, const struct brski_leaf *leaf)
{
	void *member = (char *)v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		*(enum brski_assertion *)member = BRSKI_ASSERTION_PROXIMITY;
		break;
	case BRSKI_LEAF_BOOL:
		*(enum brski_tri *)member = BRSKI_FALSE;
		break;
	case BRSKI_LEAF_STRING:
		*(struct brski_slice *)member = BRSKI_LIT("J\"\\/D\xc3\xa9");
		break;
	case BRSKI_LEAF_BINARY:
	case BRSKI_LEAF_BINARY_URL:
		*(struct brski_slice *)member = BRSKI_LIT("\x00\xff\xfe\x3e\x3f");
		break;
	case BRSKI_LEAF_LIST:
		*(struct brski_slice *)member = BRSKI_LIT("[2600,\"a-module\"]");
		break;
	case BRSKI_LEAF_DATE:
		((struct brski_date *)member)->text = BRSKI_LIT("2026-06-01T12:00:00Z");
		((struct brski_date *)member)->at = TU_NOW;
		break;
	case BRSKI_LEAF_NONCE:
		v->nonce = BRSKI_LIT("0123456789abcdef");
		break;
	}
}

static void
assert_leaf_eq(const struct brski_voucher *a, const struct brski_voucher *b,
    const struct brski_leaf *leaf)
{
	const char *ma = (const char *)a + leaf->offset, *mb = (const char *)b + leaf->offset;

	assert_int_equal(brski_leaf_present(a, leaf), brski_leaf_present(b, leaf));
	assert_slice_eq(brski_leaf_slice(a, leaf), brski_leaf_slice(b, leaf));
	if (leaf->type == BRSKI_LEAF_ENUM || leaf->type == BRSKI_LEAF_BOOL)
		assert_memory_equal(ma, mb, sizeof(int));
	if (leaf->type == BRSKI_LEAF_DATE)
		assert_int_equal(((const struct brski_date *)(const void *)ma)->at,
		    ((const struct brski_date *)(const void *)mb)->at);
}

static void
assert_round_trip(const struct brski_voucher *v)
{
	struct brski_buf text = { 0 };
	struct brski_voucher again;
	struct brski_err err = { 0 };
	size_t i;

	assert_ok(brski_voucher_encode_json(v, &text, &err), &err);
	assert_ok(brski_voucher_decode_json(brski_buf_slice(&text), &again, &err), &err);
	assert_int_equal(again.kind, v->kind);
	assert_int_equal(again.odd, 0);
	assert_int_equal(again.unknown, 0);
	for (i = 0; i < brski_leaves_n; i++)
		if (brski_leaves[i].sid[v->kind] != 0)
			assert_leaf_eq(v, &again, &brski_leaves[i]);
	brski_voucher_clear(&again);
	brski_buf_clear(&text);
}

static void
round_trip_of_each_leaf(void **state)
{
	struct brski_voucher one, all;
	size_t i;
	int k;

	(void)state;
	for (k = BRSKI_VOUCHER; k <= BRSKI_VOUCHER_REQUEST; k++) {
		all = brski_voucher_init((enum brski_voucher_kind)k);
		assert_round_trip(&all);
		for (i = 0; i < brski_leaves_n; i++) {
			one = brski_voucher_init((enum brski_voucher_kind)k);
			assert_false(brski_leaf_present(&one, &brski_leaves[i]));
			set_leaf(&one, &brski_leaves[i]);
			set_leaf(&all, &brski_leaves[i]);
			assert_true(brski_leaf_present(&one, &brski_leaves[i]));
			assert_round_trip(&one);
		}
		assert_round_trip(&all);
	}
}

/* RFC 7951 6.6: padded standard base64; compact; in the order of the table. */
static void
encoding_is_fixed(void **state)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	v.assertion = BRSKI_ASSERTION_LOGGED;
	v.created_on.text = BRSKI_LIT("2026-06-01T12:00:00Z");
	v.serial_number = BRSKI_LIT("J1");
	v.nonce = BRSKI_LIT("\xfb\xff\xfe\x00\x00\x00\x00\x00");
	v.pinned_domain_cert = BRSKI_LIT("0");
	v.proximity_registrar_cert = BRSKI_LIT("not in a voucher");
	assert_ok(brski_voucher_encode_json(&v, &out, &err), &err);
	assert_string_equal(brski_buf_cstr(&out),
	    V("\"assertion\":\"logged\",\"created-on\":\"2026-06-01T12:00:00Z\","
	      "\"nonce\":\"+//"
	      "+AAAAAAA=\",\"pinned-domain-cert\":\"MA==\",\"serial-number\":\"J1\""));
	brski_buf_reset(&out);
	/* RFC 8995 5.5: the registrar copies the nonce as it came */
	v.nonce_text = BRSKI_LIT("-__-AAAAAAA");
	v.manufacturer_proprietary = BRSKI_LIT("\xfb\xff");
	assert_ok(brski_voucher_encode_json(&v, &out, &err), &err);
	assert_non_null(strstr(brski_buf_cstr(&out), "\"nonce\":\"-__-AAAAAAA\""));
	assert_non_null(strstr(brski_buf_cstr(&out), "\"manufacturer-proprietary\":\"-_8\""));
	brski_buf_reset(&out);
	v.serial_number = BRSKI_LIT("\xff");
	assert_broken(brski_voucher_encode_json(&v, &out, &err), BRSKI_E_INTERNAL, &err);
	assert_int_equal(out.n, 0);
	brski_buf_clear(&out);
}

/* RFC 7951 4: exactly one member, one of the two names; abandoned drafts had others. */
static void
top_level_names(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"ietf-voucher:voucher\":[]}",
		"{\"ietf-voucher:voucher\":{},\"x\":1}",
		"{\"ietf-voucher:voucher\":{},\"ietf-voucher-request:voucher\":{}}",
		"{\"ietf-voucher-request-async:voucher\":{}}",
		"{\"ietf-async-voucher-request:voucher\":{}}",
		"{\"ietf-voucher-request-prm:voucher\":{}}",
		"{\"voucher\":{}}",
	};
	struct brski_voucher v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_bad(bad[i], "RFC 7951 4");
	assert_good(V(""), &v);
	assert_int_equal(v.kind, BRSKI_VOUCHER);
	brski_voucher_clear(&v);
	assert_good(R(""), &v);
	assert_int_equal(v.kind, BRSKI_VOUCHER_REQUEST);
	brski_voucher_clear(&v);
}

/* RFC 8259: one object, UTF-8, members once, nothing behind it. */
static void
broken_json(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"null",
		"[]",
		"\"ietf-voucher:voucher\"",
		"{\"ietf-voucher:voucher\":{}",
		V("") "x",
		V("") V(""),
		V("\"serial-number\":\"a\",\"serial-number\":\"a\""),
		"{\"ietf-voucher:voucher\":{},\"ietf-voucher:voucher\":{}}",
		V("\"serial-number\":\"\xff\""),
		V("\"serial-number\":\"a\\u0000\""),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_bad(bad[i], "RFC 8259 2");
}

/*
 * RFC 8259 9: a decoder may limit size and depth. The limit counts brackets, not text in strings.
 */
static void
size_and_depth(void **state)
{
	struct brski_buf text = { .max = 2 * BRSKI_VOUCHER_MAX };
	struct brski_voucher v;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	assert_good(V("\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[\""),
	    &v);
	brski_voucher_clear(&v);
	assert_good(V("\"a\":[[[[[[[[[[[[[[]]]]]]]]]]]]]]"), &v);
	brski_voucher_clear(&v);
	assert_bad(V("\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]"), "RFC 8259 2");
	for (i = 0; i < BRSKI_VOUCHER_MAX; i++)
		assert_ok(brski_buf_append_byte(&text, ' ', &err), &err);
	assert_ok(brski_buf_append_str(&text, V(""), &err), &err);
	assert_refused(brski_voucher_decode_json(brski_buf_slice(&text), &v, &err),
	    BRSKI_E_TOO_LARGE, &err);
	text.n = 0;
	assert_ok(brski_buf_append_str(&text, V(""), &err), &err);
	while (text.n < BRSKI_VOUCHER_MAX)
		assert_ok(brski_buf_append_byte(&text, ' ', &err), &err);
	assert_ok(brski_voucher_decode_json(brski_buf_slice(&text), &v, &err), &err);
	brski_voucher_clear(&v);
	brski_buf_clear(&text);
}

/* RFC 7951 6: the type of each leaf. */
static void
wrong_types(void **state)
{
	static const char *const bad[] = {
		"\"assertion\":2",
		"\"assertion\":\"Proximity\"",
		"\"assertion\":\"none\"",
		"\"assertion\":null",
		"\"created-on\":1",
		"\"created-on\":\"yesterday\"",
		"\"created-on\":\"2026-06-01T12:00:00\"",
		"\"created-on\":\"2026-06-01\"", /* in a voucher */
		"\"expires-on\":\"2026-06-01\"",
		"\"last-renewal-date\":\"2026-13-01T12:00:00Z\"",
		"\"domain-cert-revocation-checks\":\"true\"",
		"\"domain-cert-revocation-checks\":0",
		"\"serial-number\":5",
		"\"serial-number\":[\"5\"]",
		"\"serial-number\":\"a\\nb\"",
		"\"serial-number\":\"a\\u0085b\"",
		"\"pinned-domain-cert\":7",
		"\"pinned-domain-cert\":{}",
		"\"pinned-domain-cert\":\"MA\"",   /* no padding */
		"\"pinned-domain-cert\":\"-_8=\"", /* base64url */
		"\"pinned-domain-cert\":\"MA==\\n\"",
		"\"prior-signed-voucher-request\":{\"a\":1}",
		"\"extensions\":\"x\"",
		"\"extensions\":[1.5]",
		"\"extensions\":[[]]",
		"\"nonce\":1234567890123456",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), V("%s"), bad[i]);
		assert_bad(text, "RFC 7951 6");
	}
	assert_bad(R("\"expires-on\":\"2026-06-01\""), "RFC 7951 6");
	assert_bad(R("\"created-on\":\"2026-06-31\""), "RFC 7951 6");
}

/* Standards digest 11 no. 2: four spellings, 8 to 32 bytes, the text is kept for echoing. */
static void
nonce_spellings(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* 0: refused */
		bool odd;
	} rows[] = {
		{ "f4G6Vi1t8nKo/FieCVgpBg==", 16, false },
		{ "-_XE9zK9q8Ll1qylMtLKeg", 16, true },            /* RFC 8995 C.2 */
		{ "1455611711059475", 12, false },                 /* is base64 too */
		{ "62a2e7693d82fcda2624de58fb6722e5", 24, false }, /* is base64 too */
		{ "62a2e7693d82fcdaff", 9, true }, /* hex: base64 would leave bits over */
		{ "14556117110594752", 17, true }, /* decimal digits, odd in number */
		{ "AAAAAAAAAAA=", 8, false },
		{ "AAAAAAAAAA==", 0, false }, /* 7 bytes */
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 32, false },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0, false }, /* 33 bytes */
		{ "62a2e7693d82fcda2624de58fb6722e562a2e7693d82fcda2624de58fb6722e562", 0, false },
		{ "not a nonce at all", 0, false },
		{ "", 0, false },
	};
	struct brski_voucher v;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), R("\"nonce\":\"%s\""), rows[i].text);
		if (rows[i].n == 0) {
			assert_bad(text, "RFC 7951 6");
			continue;
		}
		assert_good(text, &v);
		assert_int_equal(v.nonce.n, rows[i].n);
		assert_slice_eq(v.nonce_text, brski_slice_str(rows[i].text));
		assert_int_equal(v.odd, rows[i].odd ? BRSKI_VOUCHER_ODD_NONCE : 0);
		brski_voucher_clear(&v);
	}
}

static void
nonce_comparison(void **state)
{
	struct brski_voucher a = brski_voucher_init(BRSKI_VOUCHER), b = a, url, std;

	(void)state;
	assert_true(brski_nonce_eq(&a, &b));
	a.nonce = BRSKI_LIT("12345678");
	assert_false(brski_nonce_eq(&a, &b));
	assert_false(brski_nonce_eq(&b, &a));
	b.nonce = BRSKI_LIT("12345679");
	assert_false(brski_nonce_eq(&a, &b));
	b.nonce = BRSKI_LIT("12345678");
	assert_true(brski_nonce_eq(&a, &b));
	/* two spellings of the same bytes */
	assert_good(R("\"nonce\":\"-_XE9zK9q8Ll1qylMtLKeg\""), &url);
	assert_good(V("\"nonce\":\"+/XE9zK9q8Ll1qylMtLKeg==\""), &std);
	assert_true(brski_nonce_eq(&url, &std));
	brski_voucher_clear(&url);
	brski_voucher_clear(&std);
	/* only texts: both sides built by hand */
	a = b = brski_voucher_init(BRSKI_VOUCHER);
	a.nonce_text = BRSKI_LIT("x");
	assert_false(brski_nonce_eq(&a, &b));
	b.nonce_text = BRSKI_LIT("x");
	assert_true(brski_nonce_eq(&a, &b));
	b.nonce_text = BRSKI_LIT("y");
	assert_false(brski_nonce_eq(&a, &b));
}

/* RFC 8995 5.6.1: unknown members are ignored; leaves of the other kind are kept and marked. */
static void
oddities(void **state)
{
	struct brski_voucher v;

	(void)state;
	assert_good(V("\"x\":{\"nonce\":[]},\"y\":null,\"serial-number\":\"S\""), &v);
	assert_int_equal(v.unknown, 2);
	assert_int_equal(v.odd, 0);
	assert_slice_eq(v.serial_number, BRSKI_LIT("S"));
	brski_voucher_clear(&v);
	assert_good(V("\"proximity-registrar-cert\":\"MA==\""), &v);
	assert_int_equal(v.odd, BRSKI_VOUCHER_ODD_MISPLACED);
	assert_slice_eq(v.proximity_registrar_cert, BRSKI_LIT("0"));
	brski_voucher_clear(&v);
	/* a pledge of 2017 */
	assert_good(R("\"created-on\":\"2017-09-01\""), &v);
	assert_int_equal(v.odd, BRSKI_VOUCHER_ODD_DATE);
	assert_int_equal(v.created_on.at, INT64_C(1504224000));
	brski_voucher_clear(&v);
	/* RFC 3339 5.6: offset and fraction */
	assert_good(R("\"created-on\":\"2021-04-13T17:43:23.747-04:00\""), &v);
	assert_int_equal(v.created_on.at, INT64_C(1618350203));
	assert_int_equal(v.odd, 0);
	brski_voucher_clear(&v);
	/* empty is present */
	assert_good(V("\"pinned-domain-cert\":\"\",\"serial-number\":\"\",\"extensions\":[]"), &v);
	assert_true(brski_slice_present(v.pinned_domain_cert));
	assert_true(brski_slice_present(v.serial_number));
	assert_slice_eq(v.extensions, BRSKI_LIT("[]"));
	brski_voucher_clear(&v);
}

static void
names(void **state)
{
	(void)state;
	assert_int_equal(brski_assertion_from(BRSKI_LIT("agent-proximity")),
	    BRSKI_ASSERTION_AGENT_PROXIMITY);
	assert_int_equal(brski_assertion_from(BRSKI_LIT("verified")), BRSKI_ASSERTION_VERIFIED);
	assert_int_equal(brski_assertion_from(brski_slice(NULL, 0)), BRSKI_ASSERTION_NONE);
	assert_string_equal(brski_assertion_name(BRSKI_ASSERTION_LOGGED), "logged");
	assert_null(brski_assertion_name(BRSKI_ASSERTION_NONE));
	assert_null(brski_leaf_find(BRSKI_LIT("nonc")));
	assert_string_equal(brski_leaf_find(BRSKI_LIT("nonce"))->name, "nonce");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_of_each_leaf),
		cmocka_unit_test(encoding_is_fixed),
		cmocka_unit_test(top_level_names),
		cmocka_unit_test(broken_json),
		cmocka_unit_test(size_and_depth),
		cmocka_unit_test(wrong_types),
		cmocka_unit_test(nonce_spellings),
		cmocka_unit_test(nonce_comparison),
		cmocka_unit_test(oddities),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
