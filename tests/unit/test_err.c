/* SPDX-License-Identifier: Apache-2.0 */
#include "tu.h"

/* style.md 3.3: the first cause wins. */
static void
test_first_cause_wins(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_int_equal(brski_fail(&err, BRSKI_E_NONCE, "RFC 8995 5.6.1", "nonce %d", 1),
	    BRSKI_E_NONCE);
	assert_int_equal(brski_fail(&err, BRSKI_E_PIN, "RFC 8995 5.6.2", "second"), BRSKI_E_PIN);
	assert_int_equal(brski_broken(&err, BRSKI_E_NOMEM, "third"), BRSKI_E_NOMEM);
	assert_int_equal(err.rc, BRSKI_E_NONCE);
	assert_string_equal(err.spec, "RFC 8995 5.6.1");
	assert_string_equal(err.detail, "nonce 1");
	assert_int_equal(brski_fail(NULL, BRSKI_E_PIN, "RFC 8995 5.6.2", "no err"), BRSKI_E_PIN);
}

static void
test_broken_has_no_clause(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_int_equal(brski_broken(&err, BRSKI_E_IO, "disk %s", "full"), BRSKI_E_IO);
	assert_null(err.spec);
	assert_string_equal(err.detail, "disk full");
}

static void
test_detail_is_printable(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	char big[400];

	(void)state;
	(void)brski_broken(&err, BRSKI_E_IO, "a\nb\033[31m\x7f caf\xc3\xa9");
	assert_string_equal(err.detail, "ab[31m caf??");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err = (struct brski_err){ .rc = BRSKI_OK };
	err = (struct brski_err){ .rc = BRSKI_OK };
	(void)brski_broken(&err, BRSKI_E_IO, "%s", big);
	assert_int_equal(strlen(err.detail), sizeof(err.detail) - 1);
}

static void
test_table(void **state)
{
	(void)state;
	assert_string_equal(brski_rc_name(BRSKI_OK), "OK");
	assert_string_equal(brski_rc_name(BRSKI_E_NONCE), "E_NONCE");
	assert_int_equal(brski_rc_http(BRSKI_E_UNKNOWN), 404);
	assert_int_equal(brski_rc_coap(BRSKI_E_NOT_ACCEPTABLE), BRSKI_COAP(4, 6));
	assert_string_equal(brski_rc_text(BRSKI_E_PENDING), "try again later");
	for (unsigned i = 0; i < BRSKI_RC_COUNT; i++) {
		assert_in_range(brski_rc_http((enum brski_rc)i), 200, 504);
		assert_true(brski_rc_text((enum brski_rc)i)[0] != '\0');
	}
	assert_int_equal(brski_rc_http(BRSKI_RC_COUNT), 500);
}

static void
test_from_http(void **state)
{
	static const struct {
		int status;
		enum brski_rc rc;
	} v[] = { { 200, BRSKI_OK }, { 202, BRSKI_E_PENDING }, { 204, BRSKI_OK },
		{ 302, BRSKI_E_UPSTREAM }, { 401, BRSKI_E_UNAUTHENTICATED },
		{ 403, BRSKI_E_FORBIDDEN }, { 404, BRSKI_E_UNKNOWN }, { 418, BRSKI_E_UPSTREAM },
		{ 415, BRSKI_E_MEDIA_TYPE }, { 500, BRSKI_E_INTERNAL },
		{ 503, BRSKI_E_UNAVAILABLE }, { 599, BRSKI_E_UPSTREAM }, { 0, BRSKI_E_UPSTREAM } };

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_int_equal(brski_rc_from_http(v[i].status), v[i].rc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_cause_wins),
		cmocka_unit_test(test_broken_has_no_clause),
		cmocka_unit_test(test_detail_is_printable),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_from_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
