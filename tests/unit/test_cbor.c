/* SPDX-License-Identifier: Apache-2.0 */
/* Strict CBOR: RFC 8949. */
#include "tu.h"

#include "base/text.h"
#include "cbor/cbor.h"

#define SPEC "RFC 8949"

static enum brski_rc
document(const char *text, struct brski_err *err)
{
	struct brski_cbor r;

	return brski_cbor_document(tu_hex(text), BRSKI_CBOR_MAX, SPEC, &r, err);
}

/* RFC 8949 Appendix A, the rows that are allowed here. */
static void
heads(void **state)
{
	static const struct {
		const char *hex;
		enum brski_cbor_type type;
		uint64_t number;
	} rows[] = {
		{ "00", BRSKI_CBOR_UINT, 0 },
		{ "17", BRSKI_CBOR_UINT, 23 },
		{ "1818", BRSKI_CBOR_UINT, 24 },
		{ "1903e8", BRSKI_CBOR_UINT, 1000 },
		{ "1a000f4240", BRSKI_CBOR_UINT, 1000000 },
		{ "1bffffffffffffffff", BRSKI_CBOR_UINT, UINT64_MAX },
		{ "1800", BRSKI_CBOR_UINT, 0 }, /* longer than need be */
		{ "20", BRSKI_CBOR_NEGINT, 0 },
		{ "3863", BRSKI_CBOR_NEGINT, 99 },
		{ "3903e7", BRSKI_CBOR_NEGINT, 999 },
		{ "3a000f423f", BRSKI_CBOR_NEGINT, 999999 },
		{ "3bffffffffffffffff", BRSKI_CBOR_NEGINT, UINT64_MAX },
		{ "40", BRSKI_CBOR_BYTES, 0 },
		{ "4401020304", BRSKI_CBOR_BYTES, 0 },
		{ "60", BRSKI_CBOR_TEXT, 0 },
		{ "64f0908591", BRSKI_CBOR_TEXT, 0 },
		{ "80", BRSKI_CBOR_ARRAY, 0 },
		{ "83010203", BRSKI_CBOR_ARRAY, 3 },
		{ "9b0000000000000001f6", BRSKI_CBOR_ARRAY, 1 },
		{ "a0", BRSKI_CBOR_MAP, 0 },
		{ "a201020304", BRSKI_CBOR_MAP, 2 },
		{ "c11a514b67b0", BRSKI_CBOR_TAG, 1 },
		{ "d200", BRSKI_CBOR_TAG, 18 },
		{ "d700", BRSKI_CBOR_TAG, 23 },
		{ "d82f00", BRSKI_CBOR_TAG, 47 },
		{ "f4", BRSKI_CBOR_BOOL, 0 },
		{ "f5", BRSKI_CBOR_BOOL, 1 },
		{ "f6", BRSKI_CBOR_NULL, 0 },
		{ "f7", BRSKI_CBOR_OTHER, 0 },
		{ "f93c00", BRSKI_CBOR_OTHER, 0 },
		{ "fa47c35000", BRSKI_CBOR_OTHER, 0 },
		{ "fb3ff199999999999a", BRSKI_CBOR_OTHER, 0 },
	};
	struct brski_cbor_item item;
	struct brski_cbor r;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = brski_cbor_reader(tu_hex(rows[i].hex), SPEC);
		assert_ok(brski_cbor_next(&r, &item, &err), &err);
		assert_int_equal(item.type, rows[i].type);
		assert_true(item.number == rows[i].number);
		assert_ok(document(rows[i].hex, &err), &err);
	}
	r = brski_cbor_reader(tu_hex("4401020304"), SPEC);
	assert_ok(brski_cbor_expect(&r, BRSKI_CBOR_BYTES, &item, &err), &err);
	assert_slice_eq(item.string, BRSKI_LIT("\x01\x02\x03\x04"));
	assert_true(brski_cbor_at_end(&r));
}

/* RFC 8949 3, Appendix F: not well-formed; and what we do not take. */
static void
refused(void **state)
{
	static const char *const bad[] = {
		"", "18", "19ff", "1a", "1b00000000000000",                   /* cut short */
		"1c", "1d", "1e", "3c", "5c", "7e", "9d", "bc", "dd", "fc",   /* reserved */
		"f8", "f800", "f8ff", "e0", "f3",                             /* simple values */
		"f9", "fa000000", "fb00000000000000", "1f", "3f", "df", "ff", /* no such thing */
		"5fff", "7fff", "9fff", "bfff", "9f0102ff", "5f4100ff",       /* indefinite */
		"41", "5801",
		"6161"
		"61", /* strings cut short */
		"5affffffff00", "5bffffffffffffffff00", "7bffffffffffffff00", "5b8000000000000000",
		"81", "8201", "a1", "a101", "a20102",
		"9a10000000", /* 2^28 elements in five bytes */
		"ba10000000", "9bffffffffffffffff", "bb7fffffffffffffff", "bbffffffffffffffff",
		"9b0000000100000001f6", "5b000000010000000100", "c1", "d82f", "d9", "61ff",
		"62c080", "63eda080", "64f4908080", "61c3", /* not UTF-8 */
	};
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (document(bad[i], NULL) == BRSKI_OK)
			print_message("taken: %s\n", bad[i]);
		assert_refused_by(document(bad[i], &err), BRSKI_E_MALFORMED, SPEC, &err);
	}
}

static void
limits(void **state)
{
	struct brski_cbor r;
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	size_t pairs;
	int i;

	(void)state;
	assert_ok(document("8181818100", &err), &err);
	assert_refused(document("818181818100", &err), BRSKI_E_MALFORMED, &err);
	assert_refused(document("8181818180", &err), BRSKI_E_MALFORMED, &err);
	assert_refused(document("c1c1c1c1c100", &err), BRSKI_E_MALFORMED, &err);
	assert_refused(document("a100a100a100a10081f6", &err), BRSKI_E_MALFORMED, &err);
	assert_ok(document("82808280818100", &err), &err);
	assert_refused(document("0000", &err), BRSKI_E_MALFORMED, &err);
	assert_refused(brski_cbor_document(tu_hex("420000"), 2, SPEC, &r, &err), BRSKI_E_TOO_LARGE,
	    &err);
	assert_ok(brski_cbor_document(tu_hex("420000"), 3, SPEC, &r, &err), &err);

	for (i = BRSKI_CBOR_PAIRS; i <= BRSKI_CBOR_PAIRS + 1; i++) {
		int k;

		brski_buf_reset(&out);
		assert_ok(brski_cbor_put_map(&out, (size_t)i, &err), &err);
		for (k = 0; k < 2 * i; k++)
			assert_ok(brski_cbor_put_int(&out, k % 2 ? k : -k, &err), &err);
		r = brski_cbor_reader(brski_buf_slice(&out), SPEC);
		if (i == BRSKI_CBOR_PAIRS)
			assert_ok(brski_cbor_map(&r, &pairs, &err), &err);
		else
			assert_refused(brski_cbor_map(&r, &pairs, &err), BRSKI_E_MALFORMED, &err);
	}
	brski_buf_clear(&out);
}

/* RFC 8949 5.6 */
static void
keys(void **state)
{
	static const char *const twice[] = {
		"a200000000",
		"a20000180000", /* 0 and 0 in two octets */
		"a2616100616101",
		"a2410000"
		"410001",
		"a2d82f190994"
		"00d82f19099400",
		"a3010002000100",
	};
	static const char *const once[] = {
		"a0",
		"a200002000", /* 0 and -1 */
		"a26100"
		"00410000",
		"a2d82f0000d8300000",
		"a281000081010"
		"0",
	};
	struct brski_cbor_item item;
	struct brski_cbor r;
	struct brski_err err = { 0 };
	size_t i, pairs;

	(void)state;
	for (i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		r = brski_cbor_reader(tu_hex(twice[i]), SPEC);
		assert_refused_by(brski_cbor_map(&r, &pairs, &err), BRSKI_E_MALFORMED, SPEC, &err);
	}
	for (i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		r = brski_cbor_reader(tu_hex(once[i]), SPEC);
		assert_ok(brski_cbor_map(&r, &pairs, &err), &err);
	}
	r = brski_cbor_reader(tu_hex("8100"), SPEC);
	assert_refused(brski_cbor_map(&r, &pairs, &err), BRSKI_E_MALFORMED, &err);
	r = brski_cbor_reader(tu_hex("8100"), SPEC);
	assert_refused(brski_cbor_expect(&r, BRSKI_CBOR_MAP, &item, &err), BRSKI_E_MALFORMED, &err);
	/* pairs are only looked at, not passed */
	r = brski_cbor_reader(tu_hex("a2010203f5"), SPEC);
	assert_ok(brski_cbor_map(&r, &pairs, &err), &err);
	assert_int_equal(pairs, 2);
	assert_ok(brski_cbor_expect(&r, BRSKI_CBOR_UINT, &item, &err), &err);
	assert_true(item.number == 1);
	r = brski_cbor_reader(tu_hex("a201"), SPEC);
	assert_refused(brski_cbor_map(&r, &pairs, &err), BRSKI_E_MALFORMED, &err);
}

static void
skipping(void **state)
{
	struct brski_slice whole;
	struct brski_cbor r = brski_cbor_reader(tu_hex("82a1014102f600"), SPEC);
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_cbor_skip(&r, &whole, &err), &err);
	assert_slice_eq(whole, tu_hex("82a1014102f6"));
	assert_refused(brski_cbor_finish(&r, &err), BRSKI_E_MALFORMED, &err);
	assert_ok(brski_cbor_skip(&r, NULL, &err), &err);
	assert_ok(brski_cbor_finish(&r, &err), &err);
}

static void
writers(void **state)
{
	uint8_t room[64];
	struct brski_buf out = brski_buf_fixed(room, sizeof(room)), tiny;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_cbor_put_tag(&out, 18, &err), &err);
	assert_ok(brski_cbor_put_array(&out, 10, &err), &err);
	assert_ok(brski_cbor_put_uint(&out, 2451, &err), &err);
	assert_ok(brski_cbor_put_int(&out, 23, &err), &err);
	assert_ok(brski_cbor_put_int(&out, -7, &err), &err);
	assert_ok(brski_cbor_put_int(&out, INT64_MIN, &err), &err);
	assert_ok(brski_cbor_put_bytes(&out, BRSKI_LIT("\x01\x02"), &err), &err);
	assert_ok(brski_cbor_put_text(&out, "hi", &err), &err);
	assert_ok(brski_cbor_put_text_slice(&out, BRSKI_LIT(""), &err), &err);
	assert_ok(brski_cbor_put_bool(&out, false, &err), &err);
	assert_ok(brski_cbor_put_null(&out, &err), &err);
	assert_ok(brski_cbor_put_map(&out, 0, &err), &err);
	assert_slice_eq(brski_buf_slice(&out),
	    tu_hex("d28a19099317263b7fffffffffffffff42010262686960f4f6a0"));
	/* all of it or nothing */
	tiny = brski_buf_fixed(room, 3);
	assert_int_equal(brski_cbor_put_text(&tiny, "abc", NULL), BRSKI_E_TOO_LARGE);
	assert_int_equal(tiny.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(keys),
		cmocka_unit_test(skipping),
		cmocka_unit_test(writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
