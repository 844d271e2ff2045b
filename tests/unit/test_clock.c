/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include "tu.h"

#define YEAR_2050 INT64_C(2524608000)

static void
test_fixed_clock(void **state)
{
	int64_t at = 7;
	struct brski_clock c = brski_clock_fixed(&at), now = brski_clock_system();

	(void)state;
	assert_int_equal(brski_clock_now(&c), 7);
	at = 8;
	assert_int_equal(brski_clock_now(&c), 8);
	assert_true(brski_clock_now(&now) > TU_FROM);
}

static const struct {
	const char *text;
	int64_t at;
} good[] = {
	{ "1970-01-01T00:00:00Z", 0 }, { "2026-06-01T12:00:00Z", TU_NOW },
	{ "2026-06-01T14:00:00+02:00", TU_NOW }, { "2026-06-01T00:30:00.123456-11:30", TU_NOW },
	{ "2000-02-29T00:00:00Z", 951782400 }, { "1900-03-01T00:00:00Z", -2203891200 },
	{ "0000-01-01T00:00:00Z", -62167219200 }, { "9999-12-31T23:59:59Z", BRSKI_TIME_FOREVER },
	{ "2016-12-31T23:59:60Z", 1483228800 }, /* a leap second */
};

static void
test_rfc3339(void **state)
{
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(brski_time_parse_rfc3339(brski_slice_str(good[i].text), &t, NULL),
		    BRSKI_OK);
		assert_true(t == good[i].at);
	}
}

/* RFC 3339 5.6, RFC 6991 date-and-time: no offset, no time, wrong ranges, things around it. */
static void
test_rfc3339_refused(void **state)
{
	static const char *const bad[] = { "", "Z", "2026-06-01", "2026-06-01T12:00:00",
		"2026-06-01T12:00:00Zx", "2026-06-01 12:00:00Z", "2026-06-01T12:00:00z",
		"2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z",
		"2026-06-31T12:00:00Z", "2026-06-00T12:00:00Z", "2026-06-01T24:00:00Z",
		"2026-06-01T12:60:00Z", "2026-06-01T12:00:61Z", "2026-06-01T12:00:00.Z",
		"2026-06-01T12:00:00.5", "2026-06-01T12:00:00+2:00", "2026-06-01T12:00:00+24:00",
		"2026-06-01T12:00:00+02:60", "2026-06-01T12:00:00+0200", "2026-06-01T12:00:0xZ",
		"-026-06-01T12:00:00Z", "2026-06-01T12:00:00+02:00Z", "20260601T120000Z      " };
	struct brski_err err = { .rc = BRSKI_OK };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused_by(brski_time_parse_rfc3339(brski_slice_str(bad[i]), &t, &err),
		    BRSKI_E_MALFORMED, "RFC 3339 5.6", &err);
	}
}

static void
test_format(void **state)
{
	char text[BRSKI_TIME_TEXT];

	(void)state;
	brski_time_format_rfc3339(TU_NOW, text);
	assert_string_equal(text, "2026-06-01T12:00:00Z");
	brski_time_format_rfc3339(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	brski_time_format_rfc3339(BRSKI_TIME_UNKNOWN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	brski_time_format_rfc3339(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

/* Our calendar against the C library's, over some centuries in odd steps. */
static void
test_calendar(void **state)
{
	char text[BRSKI_TIME_TEXT], want[64];
	struct tm tm;
	int64_t back;
	time_t t;

	(void)state;
	for (int64_t at = INT64_C(-12219292800); at < INT64_C(16725225600); at += 9999991) {
		t = (time_t)at;
		assert_non_null(gmtime_r(&t, &tm));
		(void)strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		brski_time_format_rfc3339(at, text);
		assert_string_equal(text, want);
		assert_int_equal(brski_time_parse_rfc3339(brski_slice_str(text), &back, NULL),
		    BRSKI_OK);
		assert_true(back == at);
	}
}

/* RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
static void
test_asn1(void **state)
{
	char text[BRSKI_TIME_ASN1];
	int64_t t;

	(void)state;
	assert_false(brski_time_format_asn1(TU_NOW, text));
	assert_string_equal(text, "260601120000Z");
	assert_false(brski_time_format_asn1(YEAR_2050 - 1, text));
	assert_string_equal(text, "491231235959Z");
	assert_true(brski_time_format_asn1(YEAR_2050, text));
	assert_string_equal(text, "20500101000000Z");
	assert_true(brski_time_format_asn1(BRSKI_TIME_FOREVER, text));
	assert_string_equal(text, "99991231235959Z");
	assert_int_equal(brski_time_parse_asn1(brski_slice_str(text), &t, NULL), BRSKI_OK);
	assert_true(t == BRSKI_TIME_FOREVER);
	assert_int_equal(brski_time_parse_asn1(BRSKI_LIT("500101000000Z"), &t, NULL), BRSKI_OK);
	assert_true(t == -631152000);
	assert_int_equal(brski_time_parse_asn1(BRSKI_LIT("491231235959Z"), &t, NULL), BRSKI_OK);
	assert_true(t == YEAR_2050 - 1);
}

static void
test_asn1_refused(void **state)
{
	static const char *const bad[] = { "", "2606011200Z", "260601120000", "260601120000+0000",
		"20260601120000", "20260601120000.5Z", "261301120000Z", "260601120060Z",
		"2606011200x0Z", "260230120000Z", "20260601120000+" };
	struct brski_err err = { .rc = BRSKI_OK };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused_by(brski_time_parse_asn1(brski_slice_str(bad[i]), &t, &err),
		    BRSKI_E_MALFORMED, "RFC 5280 4.1.2.5", &err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_clock),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_rfc3339_refused),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_asn1),
		cmocka_unit_test(test_asn1_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
