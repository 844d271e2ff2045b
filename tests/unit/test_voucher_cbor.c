/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers in CBOR: RFC 9254, rfc8366bis 8.5 and 9.3. */
#include "tu.h"

#include <stdio.h>
#include "base/text.h"
#include "cbor/cbor.h"
#include "voucher/voucher.h"

#define D         "cbrski-draft31-cose/"
#define V(inside) "a1190993" inside
#define R(inside) "a11909c5" inside

static void
assert_bad(const char *text, const char *clause)
{
	struct brski_voucher v;
	struct brski_err err = { 0 };

	if (brski_voucher_decode_cbor(tu_hex(text), &v, NULL) == BRSKI_OK)
		print_message("taken: %s\n", text);
	assert_refused_by(brski_voucher_decode_cbor(tu_hex(text), &v, &err), BRSKI_E_MALFORMED,
	    clause, &err);
	assert_null(v.serial_number.p);
	assert_null(v.nonce.p);
}

static struct brski_voucher
good(const char *text)
{
	struct brski_voucher v;
	struct brski_err err = { 0 };

	assert_ok(brski_voucher_decode_cbor(tu_hex(text), &v, &err), &err);
	assert_null(v.store.p);
	return v;
}

/* Give one leaf a value of its type, in borrowed memory. */
static void
set_leaf(struct brski_voucher *v, const struct brski_leaf *leaf)
{
	void *member = (char *)v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		*(enum brski_assertion *)member = BRSKI_ASSERTION_AGENT_PROXIMITY;
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
		*(struct brski_slice *)member = BRSKI_LIT("\x82\x19\x0a\x28\x61x");
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
	assert_int_equal(brski_leaf_present(a, leaf), brski_leaf_present(b, leaf));
	assert_slice_eq(brski_leaf_slice(a, leaf), brski_leaf_slice(b, leaf));
	assert_int_equal(a->assertion, b->assertion);
	assert_int_equal(a->domain_cert_revocation_checks, b->domain_cert_revocation_checks);
	if (leaf->type == BRSKI_LEAF_DATE && brski_leaf_present(a, leaf))
		assert_int_equal(b->created_on.text.p != NULL ? b->created_on.at : TU_NOW, TU_NOW);
}

static void
assert_round_trip(const struct brski_voucher *v)
{
	struct brski_buf bytes = { 0 };
	struct brski_voucher again;
	struct brski_err err = { 0 };
	size_t i;

	assert_ok(brski_voucher_encode_cbor(v, &bytes, &err), &err);
	assert_ok(brski_voucher_decode_cbor(brski_buf_slice(&bytes), &again, &err), &err);
	assert_int_equal(again.kind, v->kind);
	assert_int_equal(again.odd, 0);
	assert_int_equal(again.unknown, 0);
	for (i = 0; i < brski_leaves_n; i++)
		if (brski_leaves[i].sid[v->kind] != 0)
			assert_leaf_eq(v, &again, &brski_leaves[i]);
	brski_buf_clear(&bytes);
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
			set_leaf(&one, &brski_leaves[i]);
			set_leaf(&all, &brski_leaves[i]);
			assert_round_trip(&one);
		}
		assert_round_trip(&all);
	}
}

/* A leaf by difference, by whole SID, by name, in both kinds: rfc8366bis 8.5, 9.3. */
static void
key_spellings(void **state)
{
	struct brski_buf bytes = { 0 };
	const struct brski_leaf *leaf;
	struct brski_voucher v;
	struct brski_err err = { 0 };
	unsigned parent;
	size_t i;
	int k, form;

	(void)state;
	for (i = 0; i < brski_leaves_n * 6; i++) {
		leaf = &brski_leaves[i / 6];
		k = (int)(i % 2);
		form = (int)(i / 2 % 3);
		parent = k == BRSKI_VOUCHER ? 2451 : 2501;
		if (leaf->type != BRSKI_LEAF_BINARY || leaf->sid[k] == 0)
			continue;
		brski_buf_reset(&bytes);
		assert_ok(brski_cbor_put_map(&bytes, 1, &err), &err);
		if (form == 2)
			assert_ok(brski_cbor_put_text(&bytes,
			              brski_voucher_kind_name((enum brski_voucher_kind)k), &err),
			    &err);
		else
			assert_ok(brski_cbor_put_uint(&bytes, parent, &err), &err);
		assert_ok(brski_cbor_put_map(&bytes, 1, &err), &err);
		if (form == 0)
			assert_ok(brski_cbor_put_uint(&bytes, leaf->sid[k] - parent, &err), &err);
		else if (form == 1) {
			assert_ok(brski_cbor_put_tag(&bytes, 47, &err), &err);
			assert_ok(brski_cbor_put_uint(&bytes, leaf->sid[k], &err), &err);
		} else
			assert_ok(brski_cbor_put_text(&bytes, leaf->name, &err), &err);
		assert_ok(brski_cbor_put_bytes(&bytes, BRSKI_LIT("x"), &err), &err);
		assert_ok(brski_voucher_decode_cbor(brski_buf_slice(&bytes), &v, &err), &err);
		assert_int_equal(v.kind, k);
		assert_int_equal(v.unknown, 0);
		assert_int_equal(v.odd, 0);
		assert_slice_eq(brski_leaf_slice(&v, leaf), BRSKI_LIT("x"));
	}
	brski_buf_clear(&bytes);
	/* 47(2451) at the top; a mix of keys inside */
	v = good("a1d82f190993a30b6141"
	         "d82f19099a48"
	         "3132333435363738"
	         "69617373657274696f6e"
	         "02");
	assert_slice_eq(v.serial_number, BRSKI_LIT("A"));
	assert_slice_eq(v.nonce, BRSKI_LIT("12345678"));
	assert_int_equal(v.assertion, BRSKI_ASSERTION_PROXIMITY);
}

/* RFC 9254 4.2: one top-level node, one of two. */
static void
top_level(void **state)
{
	static const char *const bad[] = {
		"a0",
		"a119099200",
		"a1190992a0",
		"a1190994a0",     /* the module, a leaf */
		"a11a000f46dca0", /* 1001100 */
		"a119eac4a0",     /* 60100 */
		"a1390992a0",     /* a negative one */
		"a147313233343536"
		"37a0",
		"a167766f7563686572a0", /* "voucher" */
		"a2190993a01909c5a0",
		"a2190993a00000",
		"a1d830190993a0", /* another tag */
		"a1f6a0",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_bad(bad[i], "RFC 9254 4.2");
	assert_bad("80", "RFC 8949");
	assert_bad("190993", "RFC 8949");
	assert_bad("", "RFC 8949");
	assert_bad(V("a0") "00", "RFC 8949");
	assert_bad(V("80"), "RFC 8949");
	assert_bad(V("f6"), "RFC 8949");
	assert_bad("bf190993a0ff", "RFC 8949");
	assert_bad("a1190993bfff", "RFC 8949");
	assert_bad(V("a1006161") "ff", "RFC 8949");
	assert_bad(V("a10b7f6161ff"), "RFC 8949");
	assert_bad(V("9a10000000"), "RFC 8949");
	assert_bad(V("a1181e818181"
	             "00"),
	    "RFC 8949");
	assert_int_equal(good(V("a0")).kind, BRSKI_VOUCHER);
	assert_int_equal(good(R("a0")).kind, BRSKI_VOUCHER_REQUEST);
	assert_int_equal(good("a11a00000993a0").kind, BRSKI_VOUCHER);
}

static void
size(void **state)
{
	struct brski_buf bytes = { 0 };
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER), again;
	struct brski_err err = { 0 };
	uint8_t *big;

	(void)state;
	big = test_calloc(1, BRSKI_CBOR_MAX);
	/* heads: a1 19 0993 a1 08 59 xxxx */
	v.pinned_domain_cert = brski_slice(big, BRSKI_CBOR_MAX - 9);
	assert_ok(brski_voucher_encode_cbor(&v, &bytes, &err), &err);
	assert_int_equal(bytes.n, BRSKI_CBOR_MAX);
	assert_ok(brski_voucher_decode_cbor(brski_buf_slice(&bytes), &again, &err), &err);
	brski_buf_reset(&bytes);
	v.pinned_domain_cert.n++;
	assert_ok(brski_voucher_encode_cbor(&v, &bytes, &err), &err);
	assert_refused(brski_voucher_decode_cbor(brski_buf_slice(&bytes), &again, &err),
	    BRSKI_E_TOO_LARGE, &err);
	test_free(big);
	brski_buf_clear(&bytes);
}

/* RFC 9254 6: the type of each leaf. */
static void
wrong_types(void **state)
{
	static const char *const bad[] = {
		"0104", /* assertion 4 */
		"0120",
		"016970726f78696d697479", /* text */
		"01d82c02",               /* tag 44 */
		"01d82c6970726f78696d697479",
		"01f6",
		"021a60759c5c",                                   /* created-on as a number */
		"02c11a60759c5c",                                 /* tag 1 */
		"02c074323032362d30362d30315431323a30303a30305a", /* tag 0 */
		"026a323032362d30362d3031",                       /* a date alone, in a voucher */
		"0250323032362d30362d30315431323a3030",           /* bytes */
		"036474727565",
		"0301",
		"03f6",
		"0455323032362d30362d30315431323a30303a30305a00",
		"0561"
		"61",
		"0747"
		"31323334353637", /* 7 bytes */
		"075821"
		"000000000000000000000000000000000000000000000000000000000000000000",
		"0768"
		"3132333435363738", /* text */
		"08"
		"6161",
		"0801",
		"0b4141", /* serial-number as bytes */
		"0b05",
		"0b620a41", /* control character */
		"0f00",
		"0f81f5",
		"0f8180",
		"0fa0",
		"0e"
		"6161",
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), V("a1%s"), bad[i]);
		assert_bad(text, "RFC 9254 6");
	}
	/* what SOURCE.md of minerva-cose describes, in requests */
	assert_bad(R("a10d4141"), "RFC 9254 6");
	assert_bad(R("a102c074323032362d30362d30315431323a30303a30305a"), "RFC 9254 6");
	assert_bad(R("a1046a323032362d30362d3031"), "RFC 9254 6");
	assert_int_equal(good(R("a1026a323032362d30362d3031")).odd, BRSKI_VOUCHER_ODD_DATE);
	assert_int_equal(good(V("a107483132333435363738")).nonce.n, 8);
	assert_int_equal(good(V("a103f5")).domain_cert_revocation_checks, BRSKI_TRUE);
	assert_int_equal(good(V("a10274323032362d30362d30315431323a30303a30305a")).created_on.at,
	    TU_NOW);
	assert_slice_eq(good(V("a10f82190a286161")).extensions,
	    BRSKI_LIT("\x82\x19\x0a\x28\x61\x61"));
}

/* RFC 9254 4.2.1 */
static void
keys(void **state)
{
	struct brski_voucher v;

	(void)state;
	/* whole SIDs without tag 47 */
	assert_bad(V("a119099402"), "RFC 9254 4.2.1");
	assert_bad(V("a119099e6141"), "RFC 9254 4.2.1");
	assert_bad(R("a11909d26141"), "RFC 9254 4.2.1");
	assert_bad(V("a1190992f6"), "RFC 9254 4.2.1");
	assert_bad(V("a11909f5f6"), "RFC 9254 4.2.1");
	assert_int_equal(good(V("a1190991f6")).unknown, 1);
	assert_int_equal(good(V("a11909f6f6")).unknown, 1);
	/* the same key twice, the same leaf twice */
	assert_bad(V("a20b61410b6141"), "RFC 8949");
	assert_bad(V("a20b6141180b6141"), "RFC 8949");
	assert_bad(V("a2181e00181e00"), "RFC 8949");
	assert_bad(V("a20b61416d73657269616c2d6e756d6265726141"), "RFC 9254 4.2");
	assert_bad(V("a2d82f19099e61410b6141"), "RFC 9254 4.2");
	assert_bad(V("a2010269617373657274696f6e02"), "RFC 9254 4.2");
	assert_bad("a2190993a0190993a0", "RFC 9254 4.2");
	/* nothing of ours */
	v = good(V("a8"
	           "00f6"
	           "181ef6"
	           "38ff00"
	           "d82f1903e800"
	           "d82f6161"
	           "00"
	           "6178a0"
	           "41780"
	           "0"
	           "80f9"
	           "3c00"));
	assert_int_equal(v.unknown, 8);
	assert_int_equal(v.odd, 0);
	/* a sum beyond 64 bits is no leaf: 2451 + 2^64 - 40 */
	assert_int_equal(good(R("a11bffffffffffffffd86141")).unknown, 1);
	assert_int_equal(good(R("a13bffffffffffffffff6141")).unknown, 1);
	assert_int_equal(good(R("a13909c46141")).unknown, 1);
	/* the other kind's: a leaf that does not belong, and a SID that does not */
	v = good(V("a1183b4130"));
	assert_int_equal(v.odd, BRSKI_VOUCHER_ODD_MISPLACED);
	assert_slice_eq(v.prior_signed_voucher_request, BRSKI_LIT("0"));
	v = good(V("a1781870726f78696d6974792d7265676973747261722d636572744130"));
	assert_int_equal(v.odd, BRSKI_VOUCHER_ODD_MISPLACED);
	assert_slice_eq(v.proximity_registrar_cert, BRSKI_LIT("0"));
	v = good(R("a138266141")); /* 2501 - 39 = 2462 */
	assert_int_equal(v.odd, BRSKI_VOUCHER_ODD_MISPLACED);
	assert_slice_eq(v.serial_number, BRSKI_LIT("A"));
}

/* RFC 8949 4.2.1: ascending keys, shortest heads. */
static void
encoding_is_fixed(void **state)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER_REQUEST);
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	v.assertion = BRSKI_ASSERTION_PROXIMITY;
	v.serial_number = BRSKI_LIT("J1");
	v.nonce = BRSKI_LIT("12345678");
	v.nonce_text = BRSKI_LIT("MTIzNDU2Nzg=");
	v.pinned_domain_pubk = BRSKI_LIT("");
	v.created_on.text = BRSKI_LIT("2026-06-01T12:00:00Z");
	v.manufacturer_proprietary = BRSKI_LIT("\x01");
	assert_ok(brski_voucher_encode_cbor(&v, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out),
	    tu_hex(R("a60102"
	             "0274323032362d30362d30315431323a30303a30305a"
	             "07483132333435363738"
	             "0d624a31"
	             "1140"
	             "164101")));
	brski_buf_reset(&out);
	v.extensions = BRSKI_LIT("[\"json\"]");
	assert_broken(brski_voucher_encode_cbor(&v, &out, &err), BRSKI_E_INTERNAL, &err);
	assert_int_equal(out.n, 0);
	brski_buf_clear(&out);
}

/* The draft's own payloads come out as they went in. */
static void
drafts_payloads(void **state)
{
	static const char *const files[] = { D "pvr.payload.cbor", D "rvr.payload.cbor",
		D "voucher.payload.cbor" };
	struct brski_buf in = { 0 }, out = { 0 };
	struct brski_voucher v;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		brski_buf_reset(&in);
		brski_buf_reset(&out);
		tu_read(files[i], &in);
		assert_ok(brski_voucher_decode_cbor(brski_buf_slice(&in), &v, &err), &err);
		assert_int_equal(v.unknown, 0);
		assert_int_equal(v.odd, 0);
		assert_ok(brski_voucher_encode_cbor(&v, &out, &err), &err);
		assert_slice_eq(brski_buf_slice(&out), brski_buf_slice(&in));
	}
	assert_int_equal(v.domain_cert_revocation_checks, BRSKI_FALSE);
	brski_buf_clear(&in);
	brski_buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_of_each_leaf),
		cmocka_unit_test(key_spellings),
		cmocka_unit_test(top_level),
		cmocka_unit_test(size),
		cmocka_unit_test(wrong_types),
		cmocka_unit_test(keys),
		cmocka_unit_test(encoding_is_fixed),
		cmocka_unit_test(drafts_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
