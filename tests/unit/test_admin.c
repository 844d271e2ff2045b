/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's admin API, doc/admin-api.md. */
#include <jansson.h>
#include <stdio.h>
#include "tu_registrar.h"

#define DEVICES "/v1/devices"
#define IMPORT  "/v1/devices/import"
#define HEAD    "manufacturer,serial,comment\n"

static struct tu_site s;

static int
setup(void **state)
{
	(void)state;
	tu_site_open(&s, "", "admission = listed");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_site_close(&s);
	return 0;
}

/* The answer as JSON; its version is checked. */
static json_t *
get(const char *path, const char *query)
{
	struct tu_exchange e;
	json_t *j;

	tu_admin(&s, &e, BRSKI_GET, path, query, NULL);
	assert_int_equal(e.rc, BRSKI_OK);
	assert_string_equal(e.media, "application/json");
	j = json_loadb((const char *)e.reply.p, e.reply.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	assert_int_equal(json_integer_value(json_object_get(j, "version")), 1);
	tu_exchange_clear(&e);
	return j;
}

static void
refused(enum brski_method method, const char *path, const char *query, const char *body,
    enum brski_rc rc, const char *text)
{
	struct tu_exchange e;
	int rows = tu_audit_rows(&s);

	tu_admin(&s, &e, method, path, query, body);
	assert_int_equal(e.rc, rc);
	assert_non_null(strstr(brski_buf_cstr(&e.reply), text));
	assert_int_equal(tu_audit_rows(&s), rows);
	tu_exchange_clear(&e);
}

static void
post(const char *path, const char *body)
{
	struct tu_exchange e;

	tu_admin(&s, &e, BRSKI_POST, path, NULL, body);
	assert_int_equal(e.rc, BRSKI_OK);
	tu_exchange_clear(&e);
}

static const char *
text_at(const json_t *device, const char *name)
{
	return json_string_value(json_object_get(device, name));
}

static void
import_and_list(void **state)
{
	char event[64], rc[64], spec[64];
	json_t *j, *devices, *d;

	(void)state;
	post(IMPORT, HEAD "acme,A-1,hall 3\nacme,A 2,\nglobex,A-1,x\n");
	assert_int_equal(tu_audit_rows(&s), 3);
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "import");
	j = get(DEVICES, NULL);
	devices = json_object_get(j, "devices");
	assert_int_equal(json_array_size(devices), 3);
	assert_true(json_is_null(json_object_get(j, "next")));
	d = json_array_get(devices, 0);
	assert_string_equal(text_at(d, "manufacturer"), "acme");
	assert_string_equal(text_at(d, "serial"), "A-1");
	assert_string_equal(text_at(d, "state"), "listed");
	assert_string_equal(text_at(d, "decision"), "undecided");
	assert_string_equal(text_at(d, "comment"), "hall 3");
	assert_true(json_is_true(json_object_get(d, "listed")));
	assert_true(json_is_null(json_object_get(d, "first_seen")));
	json_decref(j);

	j = get(DEVICES, "limit=2");
	assert_int_equal(json_integer_value(json_object_get(j, "next")), 2);
	json_decref(j);
	j = get(DEVICES, "limit=2&after=2");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 1);
	json_decref(j);
	j = get(DEVICES, "state=enrolled&x=y");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 0);
	json_decref(j);
	j = get(DEVICES, "serial=A%202");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 1);
	json_decref(j);
	j = get(DEVICES, "serial=A-1&manufacturer=globex");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 1);
	json_decref(j);
	/* once more: nothing doubles */
	post(IMPORT, HEAD "acme,A-1,hall 4\n");
	j = get(DEVICES "/acme/A-1", NULL);
	assert_string_equal(text_at(json_object_get(j, "device"), "comment"), "hall 4");
	json_decref(j);
}

static void
import_is_all_or_nothing(void **state)
{
	json_t *j;

	(void)state;
	refused(BRSKI_POST, IMPORT, NULL, HEAD "acme,B-1,\nacme,,\n", BRSKI_E_MALFORMED, "line 3");
	refused(BRSKI_POST, IMPORT, NULL, HEAD "acme,B-1,\numbrella,B-2,\n", BRSKI_E_UNKNOWN,
	    "line 3");
	j = get(DEVICES, "serial=B-1");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 0);
	json_decref(j);
}

static void
decide(void **state)
{
	char event[64], rc[64], spec[64];
	struct registrar_device d;
	json_t *j;

	(void)state;
	post(DEVICES "/acme/A%202/approve", NULL);
	tu_device(&s, "acme", "A 2", &d);
	assert_int_equal(d.decision, REGISTRAR_APPROVED);
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "approve");
	post(DEVICES "/acme/A%202/deny", NULL);
	tu_device(&s, "acme", "A 2", &d);
	assert_int_equal(d.decision, REGISTRAR_DENIED);
	j = get(DEVICES "/acme/A%202", NULL);
	assert_string_equal(text_at(json_object_get(j, "device"), "decision"), "denied");
	assert_true(json_is_null(json_object_get(json_object_get(j, "device"), "request")));
	assert_int_equal(json_array_size(
	                     json_object_get(json_object_get(j, "device"), "certificates")),
	    0);
	json_decref(j);
}

static void
bad_requests(void **state)
{
	static const char *const paths[] = { "/v1/devices/", "/v1/devices/acme", "/v1/devices//A-1",
		"/v1/devices/acme/%4", "/v1/devices/acme/%00", "/v1/devices/acme/%zz",
		"/v1/devices/acme/A-1/approve/now",
		"/v1/devices/acme/"
		"12345678901234567890123456789012345678901234567890123456789012345" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		refused(BRSKI_GET, paths[i], NULL, NULL, BRSKI_E_NOT_FOUND, "no such path");
	refused(BRSKI_GET, "/v1/devices/acme/A-7", NULL, NULL, BRSKI_E_UNKNOWN, "no such device");
	refused(BRSKI_GET, "/v1/devices/umbrella/A-1", NULL, NULL, BRSKI_E_UNKNOWN,
	    "no such device");
	refused(BRSKI_POST, "/v1/devices/acme/A-1/sell", NULL, NULL, BRSKI_E_NOT_FOUND,
	    "cannot be done");
	refused(BRSKI_POST, "/v1/devices/acme/A-1", NULL, NULL, BRSKI_E_NOT_FOUND,
	    "cannot be done");
	refused(BRSKI_GET, DEVICES, "state=lost", NULL, BRSKI_E_MALFORMED, "no such state");
	refused(BRSKI_GET, DEVICES, "limit=1001", NULL, BRSKI_E_MALFORMED, "limit");
	refused(BRSKI_GET, DEVICES, "limit=ten", NULL, BRSKI_E_MALFORMED, "limit");
	refused(BRSKI_GET, DEVICES, "limit=-1", NULL, BRSKI_E_MALFORMED, "limit");
	refused(BRSKI_GET, DEVICES, "after=99999999999999999999", NULL, BRSKI_E_MALFORMED, "after");
	refused(BRSKI_POST, "/v1/devices/acme/A-1/deny", "reason=%0a", NULL, BRSKI_E_MALFORMED,
	    "reason");
	refused(BRSKI_GET, DEVICES, "serial=%", NULL, BRSKI_E_MALFORMED, "serial");
	refused(BRSKI_GET, "/v1/audit", "limit=x", NULL, BRSKI_E_MALFORMED, "limit");
}

static void
audit(void **state)
{
	json_t *j, *e;

	(void)state;
	j = get("/v1/audit", "limit=1");
	e = json_array_get(json_object_get(j, "events"), 0);
	assert_string_equal(text_at(e, "actor"), "uid:1000");
	assert_string_equal(text_at(e, "event"), "import");
	assert_string_equal(text_at(e, "manufacturer"), "acme");
	assert_string_equal(text_at(e, "serial"), "A-1");
	assert_string_equal(text_at(e, "rc"), "OK");
	assert_string_equal(text_at(e, "time"), "2026-06-01T12:00:00Z");
	assert_int_equal(strlen(text_at(e, "hash")), 64);
	assert_int_equal(json_integer_value(json_object_get(j, "next")), 1);
	json_decref(j);
	j = get("/v1/audit/verify", NULL);
	assert_true(json_is_true(json_object_get(j, "intact")));
	assert_int_equal(json_integer_value(json_object_get(j, "rows")), tu_audit_rows(&s));
	json_decref(j);
}

static void
status(void **state)
{
	json_t *j = get("/v1/status", NULL);

	(void)state;
	assert_string_equal(text_at(j, "program"), "brski-registrar");
	assert_int_equal(json_integer_value(
	                     json_object_get(json_object_get(j, "devices"), "listed")),
	    3);
	assert_int_equal(json_array_size(json_object_get(j, "manufacturers")), 2);
	json_decref(j);
}

/* Somebody edits the database: it is noticed. */
static void
tampered_audit(void **state)
{
	json_t *j;

	(void)state;
	assert_int_equal(brski_store_exec(s.store, NULL, NULL, "DROP TRIGGER audit_update", ""),
	    BRSKI_OK);
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "UPDATE audit SET detail = 'x' WHERE id = 2", ""),
	    BRSKI_OK);
	j = get("/v1/audit/verify", NULL);
	assert_true(json_is_false(json_object_get(j, "intact")));
	assert_int_equal(json_integer_value(json_object_get(j, "rows")), 1);
	json_decref(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(import_and_list),
		cmocka_unit_test(import_is_all_or_nothing),
		cmocka_unit_test(decide),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(audit),
		cmocka_unit_test(status),
		cmocka_unit_test(tampered_audit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
