/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry: RFC 8995 5.7 and 5.9.4. */
#include "tu.h"

#include <stdio.h>
#include "message/status.h"

static enum brski_rc
decode(const char *text, struct brski_status *s, struct brski_err *err)
{
	*err = (struct brski_err){ 0 };
	return brski_status_decode_json(brski_slice_str(text), s, err);
}

static void
good(void **state)
{
	struct brski_status s;
	struct brski_err err;

	(void)state;
	assert_ok(decode("{\"version\":1,\"status\":true}", &s, &err), &err);
	assert_int_equal(s.version, 1);
	assert_true(s.status);
	assert_string_equal(s.reason, "");
	assert_int_equal(s.unknown, 0);
	/* RFC 8995 5.7: a higher version and unknown members are reported, not refused */
	assert_ok(decode("{\"version\":2,\"status\":false,\"reason\":\"no\","
	                 "\"reason-context\":{\"a\":{\"b\":1}},\"Status\":1,\"x\":[]}",
	              &s, &err),
	    &err);
	assert_int_equal(s.version, 2);
	assert_false(s.status);
	assert_string_equal(s.reason, "no");
	assert_int_equal(s.unknown, 2);
}

/* RFC 8995 5.7: the reason ends in logs, control characters do not. */
static void
reason_is_cleaned(void **state)
{
	char text[512], reason[BRSKI_STATUS_REASON_MAX];
	struct brski_status s;
	struct brski_err err;

	(void)state;
	assert_ok(decode("{\"version\":1,\"status\":false,\"reason\":\"a\\n\\u001b[1mb\\u007f"
	                 "\\u0085\xc3\xa9\"}",
	              &s, &err),
	    &err);
	assert_string_equal(s.reason, "a??[1mb???\xc3\xa9");
	memset(reason, 'r', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	(void)snprintf(text, sizeof(text), "{\"version\":1,\"status\":false,\"reason\":\"%s\"}",
	    reason);
	assert_ok(decode(text, &s, &err), &err);
	assert_string_equal(s.reason, reason);
	(void)snprintf(text, sizeof(text), "{\"version\":1,\"status\":false,\"reason\":\"r%s\"}",
	    reason);
	assert_refused_by(decode(text, &s, &err), BRSKI_E_MALFORMED, "RFC 8995 5.7", &err);
}

static void
bad(void **state)
{
	static const char *const rows[] = {
		"",
		"true",
		"[1,true]",
		"{\"version\":1}",
		"{\"status\":true}",
		"{\"version\":0,\"status\":true}",
		"{\"version\":-1,\"status\":true}",
		"{\"version\":99999999999,\"status\":true}",
		"{\"version\":\"1\",\"status\":true}",
		"{\"version\":1.0,\"status\":true}",
		"{\"version\":1,\"status\":1}",
		"{\"version\":1,\"status\":\"true\"}",
		"{\"version\":1,\"status\":null}",
		"{\"version\":1,\"status\":true,\"status\":true}",
		"{\"version\":1,\"status\":true,\"reason\":1}",
		"{\"version\":1,\"status\":true,\"reason\":null}",
		"{\"version\":1,\"status\":true,\"reason-context\":\"x\"}",
		"{\"version\":1,\"status\":true} {}",
		"{\"Version\":1,\"Status\":true}",
	};
	struct brski_status s;
	struct brski_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_refused_by(decode(rows[i], &s, &err), BRSKI_E_MALFORMED, "RFC 8995 5.7",
		    &err);
		assert_int_equal(s.version, 0);
	}
}

static void
too_large(void **state)
{
	static char text[BRSKI_STATUS_MAX + 64];
	struct brski_status s;
	struct brski_err err;

	(void)state;
	memset(text, ' ', BRSKI_STATUS_MAX);
	(void)snprintf(text + BRSKI_STATUS_MAX, 64, "{\"version\":1,\"status\":true}");
	assert_refused(decode(text, &s, &err), BRSKI_E_TOO_LARGE, &err);
	assert_ok(decode(text + 64, &s, &err), &err);
}

static void
encode(void **state)
{
	struct brski_status s = { .version = 1, .status = true }, again;
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_status_encode_json(&s, &out, &err), &err);
	assert_string_equal(brski_buf_cstr(&out), "{\"version\":1,\"status\":true}");
	brski_buf_reset(&out);
	s.status = false;
	(void)snprintf(s.reason, sizeof(s.reason), "say \"why\"");
	assert_ok(brski_status_encode_json(&s, &out, &err), &err);
	assert_ok(brski_status_decode_json(brski_buf_slice(&out), &again, &err), &err);
	assert_string_equal(again.reason, s.reason);
	assert_false(again.status);
	brski_buf_reset(&out);
	s.reason[0] = (char)0xff;
	assert_broken(brski_status_encode_json(&s, &out, &err), BRSKI_E_INTERNAL, &err);
	brski_buf_clear(&out);
}

static void
example(const char *path, bool status)
{
	struct brski_buf text = { 0 };
	struct brski_status s;
	struct brski_err err = { 0 };

	tu_read(path, &text);
	assert_ok(brski_status_decode_json(brski_buf_slice(&text), &s, &err), &err);
	assert_int_equal(s.status, status);
	assert_string_equal(s.reason, "Informative human readable message");
	assert_int_equal(s.unknown, 0);
	brski_buf_clear(&text);
}

static void
examples_of_rfc8995(void **state)
{
	(void)state;
	example("rfc8995-appendix-c/example-telemetry.json", false);
	example("rfc8995-appendix-c/example-enrollstatus.json", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(reason_is_cleaned),
		cmocka_unit_test(bad),
		cmocka_unit_test(too_large),
		cmocka_unit_test(encode),
		cmocka_unit_test(examples_of_rfc8995),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
