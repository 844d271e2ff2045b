/* SPDX-License-Identifier: Apache-2.0 */
/* Strict DER, X.690 8 to 11. */
#include "tu_der.h"
#include "asn1/der.h"

static bool
strict(struct brski_slice der)
{
	return brski_der_is_strict(der);
}

/* Each is good BER, or broken, and not DER. */
static void
test_not_der(void **state)
{
	static const struct brski_slice bad[] = {
		BRSKI_LIT(""),
		BRSKI_LIT("\x30"),
		BRSKI_LIT("\x30\x01"),         /* cut off */
		BRSKI_LIT("\x30\x00\x00"),     /* something after it */
		BRSKI_LIT("\x30\x80\x00\x00"), /* X.690 10.1: indefinite length */
		BRSKI_LIT("\x30\x81\x00"),     /* length in more octets than needed */
		BRSKI_LIT("\x04\x81\x01\x61"),
		BRSKI_LIT("\x04\x82\x00\x80"),
		BRSKI_LIT("\x04\x85\x00\x00\x00\x00\x01\x61"),
		BRSKI_LIT("\x04\x84\xff\xff\xff\xff"),
		BRSKI_LIT("\x1f\x1f\x00"),         /* a tag number above 30 */
		BRSKI_LIT("\x24\x03\x04\x01\x61"), /* X.690 10.2: constructed string */
		BRSKI_LIT("\x23\x03\x03\x01\x00"),
		BRSKI_LIT("\x10\x00"), /* primitive SEQUENCE, SET */
		BRSKI_LIT("\x11\x00"),
		BRSKI_LIT("\x00\x00"),     /* end of contents */
		BRSKI_LIT("\x01\x01\x01"), /* X.690 11.1: TRUE is FF */
		BRSKI_LIT("\x01\x00"),
		BRSKI_LIT("\x01\x02\xff\xff"),
		BRSKI_LIT("\x02\x00"), /* X.690 8.3: INTEGER */
		BRSKI_LIT("\x02\x02\x00\x7f"),
		BRSKI_LIT("\x02\x02\xff\x80"),
		BRSKI_LIT("\x0a\x02\x00\x01"), /* ENUMERATED */
		BRSKI_LIT("\x03\x00"),         /* X.690 11.2: BIT STRING */
		BRSKI_LIT("\x03\x01\x01"),
		BRSKI_LIT("\x03\x02\x08\x00"),
		BRSKI_LIT("\x03\x02\x01\x01"),
		BRSKI_LIT("\x05\x01\x00"), /* NULL */
		BRSKI_LIT("\x06\x00"),     /* X.690 8.19: OBJECT IDENTIFIER */
		BRSKI_LIT("\x06\x01\x80"),
		BRSKI_LIT("\x06\x02\x2a\x86"),
		BRSKI_LIT("\x06\x03\x2a\x80\x01"),
		BRSKI_LIT("\x30\x03\x02\x02\x00"), /* all that also deeper down */
		BRSKI_LIT("\xa0\x04\x02\x02\x00\x01"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strict(bad[i]))
			fail_msg("row %zu is taken for DER", i);
}

static void
test_der(void **state)
{
	static const struct brski_slice good[] = {
		BRSKI_LIT("\x30\x00"),
		BRSKI_LIT("\x01\x01\x00"),
		BRSKI_LIT("\x02\x01\xff"), /* -1 */
		BRSKI_LIT("\x02\x02\x00\x80"),
		BRSKI_LIT("\x02\x02\xff\x7f"),
		BRSKI_LIT("\x03\x01\x00"),
		BRSKI_LIT("\x03\x02\x01\x02"),
		BRSKI_LIT("\x06\x03\x2a\x86\x00"),
		BRSKI_LIT("\x84\x00"), /* an IMPLICIT string */
		BRSKI_LIT("\xa0\x02\x05\x00"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!strict(good[i]))
			fail_msg("row %zu is not taken for DER", i);
}

/* Recursion has an end. */
static void
test_depth(void **state)
{
	struct brski_slice der = BRSKI_LIT("\x05\x00");
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		der = TU_SEQ(der);
	assert_true(strict(der));
	for (; i < 40; i++)
		der = TU_SEQ(der);
	assert_false(strict(der));
	for (; i < 1000; i++)
		der = TU_SEQ(der);
	assert_false(strict(der));
}

/* X.690 10.1: all lengths come back as they went. */
static void
test_lengths(void **state)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };
	static uint8_t bytes[70000];
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice in, content;
	uint8_t tag;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (k = 0; k < 2; k++) {
			brski_buf_reset(&out);
			assert_ok(brski_buf_append_byte(&out, 0x55, &err), &err);
			if (k == 0) {
				assert_ok(brski_der_wrap(4, brski_slice(bytes, lengths[i]), &out,
				              &err),
				    &err);
			} else {
				assert_ok(brski_buf_append(&out, brski_slice(bytes, lengths[i]),
				              &err),
				    &err);
				assert_ok(brski_der_enclose(4, 1, &out, &err), &err);
			}
			in = brski_slice(out.p + 1, out.n - 1);
			assert_true(strict(in));
			assert_ok(brski_der_next(&in, &tag, &content, &err), &err);
			assert_int_equal(tag, 4);
			assert_int_equal(content.n, lengths[i]);
			assert_int_equal(in.n, 0);
			assert_refused_by(brski_der_next(&in, &tag, &content, &err),
			    BRSKI_E_MALFORMED, "X.690 10.1", &err);
		}
	brski_buf_clear(&out);
}

static void
test_take(void **state)
{
	struct brski_slice in = BRSKI_LIT("\x02\x01\x07\x05\x00"), content;

	(void)state;
	content = BRSKI_LIT("kept");
	assert_false(brski_der_take(&in, BRSKI_DER_OCTET_STRING, &content));
	assert_int_equal(in.n, 5);
	assert_slice_eq(content, BRSKI_LIT("kept"));
	assert_true(brski_der_take(&in, BRSKI_DER_INTEGER, &content));
	assert_slice_eq(content, BRSKI_LIT("\x07"));
	assert_true(brski_der_take(&in, BRSKI_DER_NULL, &content));
	assert_false(brski_der_take(&in, BRSKI_DER_NULL, &content));
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_der),
		TEST(test_der),
		TEST(test_depth),
		TEST(test_lengths),
		TEST(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
