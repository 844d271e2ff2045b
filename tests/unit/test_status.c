/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry: RFC 8995 5.7 and 5.9.4. */
#include "tu.h"

#include <stdio.h>
#include "base/text.h"
#include "cbor/cbor.h"
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

#define VERSION_KEY "6776657273696f6e"
#define STATUS      "66737461747573"
#define REASON      "66726561736f6e"
#define CONTEXT     "6e726561736f6e2d636f6e74657874"

/* cBRSKI 6.6: the same names as keys */
static void
cbor_good(void **state)
{
	struct brski_buf in = { 0 };
	struct brski_status s;
	struct brski_err err = { 0 };

	(void)state;
	tu_read("cbrski-draft31-cose/enrollstatus-success.cbor", &in);
	assert_ok(brski_status_decode_cbor(brski_buf_slice(&in), &s, &err), &err);
	assert_int_equal(s.version, 1);
	assert_true(s.status);
	assert_string_equal(s.reason, "");
	brski_buf_reset(&in);
	tu_read("cbrski-draft31-cose/voucher_status-failure.cbor", &in);
	assert_ok(brski_status_decode_cbor(brski_buf_slice(&in), &s, &err), &err);
	assert_false(s.status);
	assert_true(s.reason[0] != '\0');
	assert_int_equal(s.unknown, 0);
	brski_buf_clear(&in);
	assert_ok(brski_status_decode_cbor(tu_hex(
	                                       "a5" STATUS "f4" VERSION_KEY "02" REASON "640a1b6141"
	                                       "617880"
	                                       "0100"),
	              &s, &err),
	    &err);
	assert_int_equal(s.version, 2);
	assert_string_equal(s.reason, "??aA");
	assert_int_equal(s.unknown, 2);
}

static void
cbor_bad(void **state)
{
	static const char *const rows[] = {
		"",
		"f5",
		"82"
		"01f5",
		"a1" VERSION_KEY "01",
		"a1" STATUS "f5",
		"a2" VERSION_KEY "00" STATUS "f5",
		"a2" VERSION_KEY "20" STATUS "f5",
		"a2" VERSION_KEY "1b0000000100000001" STATUS "f5",
		"a2" VERSION_KEY "6131" STATUS "f5",
		"a2" VERSION_KEY "01" STATUS "01",
		"a2" VERSION_KEY "01" STATUS "f6",
		"a3" VERSION_KEY "01" STATUS "f5" REASON "4161",
		"a3" VERSION_KEY "01" STATUS "f5" REASON "f6",
		"a3" VERSION_KEY "01" STATUS "f5" REASON "61ff",
		"a3" VERSION_KEY "01" STATUS "f5" CONTEXT "80",
		"a3" VERSION_KEY "01" STATUS "f5" STATUS "f5",
		"a3" VERSION_KEY "01" STATUS "f5"
		"0000"
		"00",
		"a3" VERSION_KEY "01" STATUS "f5"
		"008181818100",
		"a2" VERSION_KEY "01" STATUS "f5"
		"00",
		"a2"
		"4776657273696f6e"
		"01" STATUS "f5",
		"a20001"
		"01f5",
		"bf" VERSION_KEY "01" STATUS "f5ff",
	};
	struct brski_status s;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (brski_status_decode_cbor(tu_hex(rows[i]), &s, NULL) == BRSKI_OK)
			print_message("taken: %s\n", rows[i]);
		assert_refused_by(brski_status_decode_cbor(tu_hex(rows[i]), &s, &err),
		    BRSKI_E_MALFORMED, "RFC 8995 5.7", &err);
		assert_int_equal(s.version, 0);
	}
}

static void
cbor_encode(void **state)
{
	struct brski_status s = { .version = 1, .status = true }, again;
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	char letters[BRSKI_STATUS_REASON_MAX];

	(void)state;
	assert_ok(brski_status_encode_cbor(&s, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), tu_hex("a2" VERSION_KEY "01" STATUS "f5"));
	brski_buf_reset(&out);
	memset(letters, 'r', sizeof(letters) - 1);
	letters[sizeof(letters) - 1] = '\0';
	memcpy(s.reason, letters, sizeof(letters));
	s.status = false;
	assert_ok(brski_status_encode_cbor(&s, &out, &err), &err);
	assert_ok(brski_status_decode_cbor(brski_buf_slice(&out), &again, &err), &err);
	assert_string_equal(again.reason, letters);
	assert_false(again.status);
	/* a letter more, and bytes more than a status may have */
	brski_buf_reset(&out);
	assert_ok(brski_buf_append(&out, tu_hex("a3" VERSION_KEY "01" STATUS "f4" REASON), &err),
	    &err);
	assert_ok(brski_cbor_put_text(&out, letters, &err), &err);
	assert_ok(brski_status_decode_cbor(brski_buf_slice(&out), &again, &err), &err);
	out.n -= 257;
	assert_ok(brski_cbor_put_text_slice(&out, brski_slice(memset(again.reason, 'r', 256), 256),
	              &err),
	    &err);
	assert_refused(brski_status_decode_cbor(brski_buf_slice(&out), &again, &err),
	    BRSKI_E_MALFORMED, &err);
	while (out.n <= BRSKI_STATUS_MAX)
		assert_ok(brski_buf_append_byte(&out, 0, &err), &err);
	assert_refused(brski_status_decode_cbor(brski_buf_slice(&out), &again, &err),
	    BRSKI_E_TOO_LARGE, &err);
	brski_buf_clear(&out);
}

static void
forms(void **state)
{
	(void)state;
	assert_ptr_equal(brski_status_form_find(BRSKI_LIT("application/json; charset=utf-8"))
	                     ->decode,
	    brski_status_decode_json);
	assert_ptr_equal(brski_status_form_find(BRSKI_LIT("Application/CBOR"))->encode,
	    brski_status_encode_cbor);
	assert_null(brski_status_form_find(BRSKI_LIT("application/cbor-seq")));
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
		cmocka_unit_test(cbor_good),
		cmocka_unit_test(cbor_bad),
		cmocka_unit_test(cbor_encode),
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
