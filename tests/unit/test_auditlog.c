/* SPDX-License-Identifier: Apache-2.0 */
/* The MASA's audit log: RFC 8995 5.8.1. */
#include "tu.h"

#include <stdio.h>
#include <stdlib.h>
#include "message/auditlog.h"

#define EVENT                                                                       \
	"{\"date\":\"2026-06-01T12:00:00Z\",\"domainID\":\"MTIz\",\"nonce\":\"n\"," \
	"\"assertion\":\"logged\"}"
#define LOG(event) "{\"version\":1,\"events\":[" event "]}"

static enum brski_rc
decode(const char *text, struct brski_auditlog *log, struct brski_err *err)
{
	*err = (struct brski_err){ 0 };
	return brski_auditlog_decode_json(brski_slice_str(text), log, err);
}

/* The RFC's own example prints numbers as strings, against its CDDL. */
static void
example_of_rfc8995(void **state)
{
	static const uint8_t id[] = { 0x05, 0xdb, 0x89, 0x85, 0xd1, 0xcf };
	struct brski_buf text = { 0 };
	struct brski_auditlog log;
	struct brski_err err = { 0 };

	(void)state;
	tu_read("rfc8995-appendix-c/example-auditlog.json", &text);
	assert_ok(brski_auditlog_decode_json(brski_buf_slice(&text), &log, &err), &err);
	assert_int_equal(log.version, 1);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.events[0].date, INT64_C(1557955555));
	assert_int_equal(log.events[0].domain_id_n, 20);
	assert_memory_equal(log.events[0].domain_id, id, sizeof(id));
	assert_string_equal(log.events[0].nonce, "VOUFT-WwrEv0NuAQEHoV7Q");
	assert_int_equal(log.events[0].assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_int_equal(log.events[0].truncated, 0);
	assert_string_equal(log.events[1].nonce, "f4G6Vi1t8nKo/FieCVgpBg==");
	assert_int_equal(log.nonced_duplicates, 0);
	assert_int_equal(log.nonceless_duplicates, 1);
	assert_int_equal(log.arbitrary, 2);
	brski_auditlog_clear(&log);
	brski_buf_clear(&text);
}

static void
round_trip(void **state)
{
	struct brski_auditlog_event events[2] = {
		{ .date = TU_NOW,
		    .domain_id = "123",
		    .domain_id_n = 3,
		    .nonceless = true,
		    .assertion = BRSKI_ASSERTION_VERIFIED,
		    .truncated = 7 },
		{ .date = TU_NOW + 1,
		    .domain_id_n = 64,
		    .nonce = "n\"",
		    .assertion = BRSKI_ASSERTION_AGENT_PROXIMITY },
	};
	struct brski_auditlog log = { .version = 1, .events = events, .n = 1 }, again;
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_auditlog_encode_json(&log, &out, &err), &err);
	/* numbers as numbers, null for nonceless, "truncation" left out when all zero */
	assert_string_equal(brski_buf_cstr(&out),
	    LOG("{\"date\":\"2026-06-01T12:00:00Z\",\"domainID\":\"MTIz\",\"nonce\":null,"
	        "\"assertion\":\"verified\",\"truncated\":7}"));
	brski_buf_reset(&out);
	log.n = 2;
	log.nonced_duplicates = 3;
	log.arbitrary = 1024;
	assert_ok(brski_auditlog_encode_json(&log, &out, &err), &err);
	assert_non_null(strstr(brski_buf_cstr(&out),
	    "\"truncation\":{\"nonced duplicates\":3,\"arbitrary\":1024}"));
	assert_ok(brski_auditlog_decode_json(brski_buf_slice(&out), &again, &err), &err);
	assert_int_equal(again.n, 2);
	assert_memory_equal(again.events, events, sizeof(events));
	assert_int_equal(again.nonced_duplicates, 3);
	assert_int_equal(again.nonceless_duplicates, 0);
	assert_int_equal(again.arbitrary, 1024);
	brski_auditlog_clear(&again);
	brski_buf_reset(&out);
	events[1].nonce[0] = (char)0xff;
	assert_broken(brski_auditlog_encode_json(&log, &out, &err), BRSKI_E_INTERNAL, &err);
	brski_buf_clear(&out);
}

/* RFC 8995 5.8.1: version > 1 means more members. */
static void
unknown_members(void **state)
{
	struct brski_auditlog log;
	struct brski_err err;

	(void)state;
	assert_ok(decode("{\"version\":\"3\",\"new\":{},\"events\":[" EVENT "," EVENT "],"
	                 "\"truncation\":{\"more\":1}}",
	              &log, &err),
	    &err);
	assert_int_equal(log.version, 3);
	assert_int_equal(log.n, 2);
	brski_auditlog_clear(&log);
}

static void
bad(void **state)
{
#define E(date, id, nonce, assertion)                                                             \
	LOG("{\"date\":" date ",\"domainID\":" id ",\"nonce\":" nonce ",\"assertion\":" assertion \
	    "}")
#define DATE "\"2026-06-01T12:00:00Z\""
	static const char *const rows[] = {
		"",
		"[]",
		"{\"version\":1}",
		"{\"version\":1,\"events\":[]}",
		"{\"version\":1,\"events\":{}}",
		"{\"version\":1,\"events\":[1]}",
		"{\"events\":[" EVENT "]}",
		"{\"version\":0,\"events\":[" EVENT "]}",
		"{\"version\":\"one\",\"events\":[" EVENT "]}",
		"{\"version\":\"\",\"events\":[" EVENT "]}",
		"{\"version\":\"11111111111\",\"events\":[" EVENT "]}",
		"{\"version\":9999999999,\"events\":[" EVENT "]}",
		"{\"version\":1,\"events\":[" EVENT "],\"truncation\":[]}",
		"{\"version\":1,\"events\":[" EVENT "],\"truncation\":{\"arbitrary\":-1}}",
		"{\"version\":1,\"events\":[" EVENT
		"],\"truncation\":{\"nonced duplicates\":null}}",
		"{\"version\":1,\"events\":[" EVENT
		"],\"truncation\":{\"nonceless duplicates\":true}}",
		E("1", "\"MTIz\"", "\"n\"", "\"logged\""),
		E("\"2026-06-01\"", "\"MTIz\"", "\"n\"", "\"logged\""),
		E(DATE, "\"\"", "\"n\"", "\"logged\""),
		E(DATE, "\"MTI\"", "\"n\"", "\"logged\""),
		E(DATE, "5", "\"n\"", "\"logged\""),
		E(DATE, "\"MTIz\"", "5", "\"logged\""),
		E(DATE, "\"MTIz\"", "\"a\\nb\"", "\"logged\""),
		E(DATE, "\"MTIz\"",
		    "\"01234567890123456789012345678901234567890123456789012345678901234\"",
		    "\"logged\""),
		E(DATE, "\"MTIz\"", "\"n\"", "\"maybe\""),
		E(DATE, "\"MTIz\"", "\"n\"", "\"logged\",\"truncated\":[]"),
		LOG("{\"date\":" DATE ",\"domainID\":\"MTIz\",\"assertion\":\"logged\"}"),
		/* 65 octets */
		E(DATE,
		    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAA=\"",
		    "\"n\"", "\"logged\""),
	};
	struct brski_auditlog log;
	struct brski_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_refused_by(decode(rows[i], &log, &err), BRSKI_E_MALFORMED, "RFC 8995 5.8.1",
		    &err);
		assert_null(log.events);
	}
}

static void
limits(void **state)
{
	struct brski_buf text = { 0 };
	struct brski_auditlog log;
	struct brski_err err = { 0 };
	int i;

	(void)state;
	assert_ok(brski_buf_append_str(&text, "{\"version\":1,\"events\":[", &err), &err);
	for (i = 0; i < BRSKI_AUDITLOG_EVENTS; i++)
		assert_ok(brski_buf_append_str(&text, i == 0 ? EVENT : "," EVENT, &err), &err);
	i = (int)text.n;
	assert_ok(brski_buf_append_str(&text, "]}", &err), &err);
	assert_ok(brski_auditlog_decode_json(brski_buf_slice(&text), &log, &err), &err);
	assert_int_equal(log.n, BRSKI_AUDITLOG_EVENTS);
	brski_auditlog_clear(&log);
	text.n = (size_t)i;
	assert_ok(brski_buf_append_str(&text, "," EVENT "]}", &err), &err);
	assert_refused(brski_auditlog_decode_json(brski_buf_slice(&text), &log, &err),
	    BRSKI_E_MALFORMED, &err);
	while (text.n <= BRSKI_AUDITLOG_MAX)
		assert_ok(brski_buf_append_str(&text, "                ", &err), &err);
	assert_refused(brski_auditlog_decode_json(brski_buf_slice(&text), &log, &err),
	    BRSKI_E_TOO_LARGE, &err);
	brski_buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_of_rfc8995),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(unknown_members),
		cmocka_unit_test(bad),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
