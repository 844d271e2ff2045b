/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "tu.h"

static void
test_grows_to_max_and_no_further(void **state)
{
	struct brski_buf b = { .max = 1000 };
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(brski_buf_append_byte(&b, (uint8_t)i, NULL), BRSKI_OK);
	assert_refused_by(brski_buf_append_byte(&b, 1, &err), BRSKI_E_TOO_LARGE, "local limit",
	    &err);
	assert_int_equal(b.n, 1000);
	assert_int_equal(b.p[999], 999 % 256);
	brski_buf_clear(&b);
}

static void
test_default_max(void **state)
{
	struct brski_buf b = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	uint8_t *p;

	(void)state;
	assert_int_equal(brski_buf_reserve(&b, BRSKI_BUF_MAX, &p, NULL), BRSKI_OK);
	assert_refused_by(brski_buf_reserve(&b, BRSKI_BUF_MAX + 1, &p, &err), BRSKI_E_TOO_LARGE,
	    "local limit", &err);
	brski_buf_clear(&b);
	brski_buf_clear(&b);
}

/* A length near SIZE_MAX must not wrap around. */
static void
test_huge_reserve(void **state)
{
	struct brski_buf b = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	uint8_t *p;

	(void)state;
	assert_int_equal(brski_buf_append_str(&b, "abc", NULL), BRSKI_OK);
	assert_refused_by(brski_buf_reserve(&b, SIZE_MAX, &p, &err), BRSKI_E_TOO_LARGE,
	    "local limit", &err);
	brski_buf_clear(&b);
}

static void
test_fixed(void **state)
{
	uint8_t storage[4];
	struct brski_buf b = brski_buf_fixed(storage, sizeof(storage));
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_int_equal(brski_buf_append_str(&b, "abc", NULL), BRSKI_OK);
	assert_string_equal(brski_buf_cstr(&b), "abc");
	assert_int_equal(brski_buf_append_str(&b, "d", NULL), BRSKI_OK);
	assert_null(brski_buf_cstr(&b));
	assert_refused_by(brski_buf_append_str(&b, "e", &err), BRSKI_E_TOO_LARGE, "local limit",
	    &err);
	assert_memory_equal(storage, "abcd", 4);
	assert_int_equal(brski_buf_set(&b, BRSKI_LIT("wxyz"), NULL), BRSKI_OK);
	assert_memory_equal(storage, "wxyz", 4);
	brski_buf_wipe(&b);
	assert_int_equal(storage[0], 0);
	assert_ptr_equal(b.p, storage);
}

static void
test_fixed_of_nothing(void **state)
{
	uint8_t storage[1];
	struct brski_buf b = brski_buf_fixed(storage, 0);
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_refused_by(brski_buf_append_str(&b, "e", &err), BRSKI_E_TOO_LARGE, "local limit",
	    &err);
}

static void
test_printf(void **state)
{
	char storage[6];
	struct brski_buf b = { .max = 5 }, f = brski_buf_fixed(storage, sizeof(storage));
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_int_equal(brski_buf_printf(&b, NULL, "%s-%d", "ab", 12), BRSKI_OK);
	assert_string_equal(brski_buf_cstr(&b), "ab-12");
	assert_refused_by(brski_buf_printf(&b, &err, "%d", 3), BRSKI_E_TOO_LARGE, "local limit",
	    &err);
	assert_string_equal(brski_buf_cstr(&b), "ab-12");
	assert_int_equal(brski_buf_printf(&f, NULL, "%s", "12345"), BRSKI_OK);
	assert_int_equal(brski_buf_printf(&f, NULL, "6"), BRSKI_E_TOO_LARGE); /* no room for NUL */
	assert_string_equal(brski_buf_cstr(&f), "12345");
	brski_buf_clear(&b);
}

static void
test_set_keeps_contents_on_failure(void **state)
{
	struct brski_buf b = { .max = 3 };

	(void)state;
	assert_int_equal(brski_buf_set(&b, BRSKI_LIT("abc"), NULL), BRSKI_OK);
	assert_int_equal(brski_buf_set(&b, BRSKI_LIT("long"), NULL), BRSKI_E_TOO_LARGE);
	assert_true(brski_slice_eq(brski_buf_slice(&b), BRSKI_LIT("abc")));
	brski_buf_clear(&b);
}

static void
test_empty_is_present(void **state)
{
	struct brski_buf b = { .max = 3 };

	(void)state;
	assert_true(brski_slice_present(brski_buf_slice(&b)));
	assert_int_equal(brski_buf_append(&b, (struct brski_slice){ NULL, 0 }, NULL), BRSKI_OK);
	assert_string_equal(brski_buf_cstr(&b), "");
	assert_int_equal(brski_buf_append_str(&b, "x", NULL), BRSKI_OK);
	brski_buf_reset(&b);
	assert_int_equal(brski_buf_slice(&b).n, 0);
	brski_buf_wipe(&b);
	assert_null(b.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_to_max_and_no_further),
		cmocka_unit_test(test_default_max),
		cmocka_unit_test(test_huge_reserve),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_fixed_of_nothing),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_set_keeps_contents_on_failure),
		cmocka_unit_test(test_empty_is_present),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
