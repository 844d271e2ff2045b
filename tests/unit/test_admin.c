/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's admin API, doc/admin-api.md. */
#include <jansson.h>
#include <stdio.h>
#include "tu_registrar.h"

#define DEVICES "/v1/devices"
#define IMPORT  "/v1/devices/import"
#define CERTS   "/v1/certificates"
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

static void
post_query(const char *path, const char *query)
{
	struct tu_exchange e;

	tu_admin(&s, &e, BRSKI_POST, path, query, NULL);
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

/* The rows of a list of certificates, by their ids: "4,5,". */
static void
assert_certs(const char *query, const char *ids)
{
	json_t *j = get(CERTS, query), *c;
	char text[64] = "";
	size_t i;

	json_array_foreach(json_object_get(j, "certificates"), i, c)
	{
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d,",
		    (int)json_integer_value(json_object_get(c, "id")));
		assert_null(json_object_get(c, "pem"));
	}
	assert_string_equal(text, ids);
	json_decref(j);
}

/* Upper case without the octet that only says that it is positive, as openssl prints it. */
static void
write_hex(struct brski_slice bytes, char *out, size_t cap)
{
	size_t i, at = 0;

	for (i = bytes.p[0] == 0 ? 1 : 0; i < bytes.n; i++)
		at += (size_t)snprintf(out + at, cap - at, "%02X", bytes.p[i]);
}

/* Of acme: C-1 has a superseded one (2) and a good one (3), C-2 an expired one (4); ours is 1. */
static void
make_certificates(void)
{
	struct registrar_device d;

	assert_int_equal(tu_certify(&s, "C-1", s.now - 60, s.now + 1000), 2);
	assert_int_equal(tu_certify(&s, "C-1", s.now - 60, s.now + 2000), 3);
	assert_int_equal(tu_certify(&s, "C-2", s.now - 60, s.now - 1), 4);
	tu_device(&s, "acme", "C-1", &d);
	assert_int_equal(registrar_certificate_supersede(s.store, d.id, 3, s.now + 500, NULL),
	    BRSKI_OK);
}

static void
certificates(void **state)
{
	char hex[80], query[200], path[120];
	struct registrar_certificate c;
	json_t *j, *row;

	(void)state;
	make_certificates();
	assert_certs(NULL, "1,2,3,4,");
	assert_certs("limit=2&after=1", "2,3,");
	assert_certs("manufacturer=acme", "2,3,4,");
	assert_certs("manufacturer=acme&device_serial=C-1", "2,3,");
	assert_certs("device_serial=C%2d2", "4,");
	assert_certs("manufacturer=globex", "");
	assert_certs("status=valid", "1,3,");
	assert_certs("status=superseded", "2,");
	assert_certs("status=expired", "4,");
	assert_certs("status=revoked", "");
	/* s.now is 2026-06-01T12:00:00Z */
	assert_certs("expires_before=2026-06-01T12%3A16%3A40Z", "4,");
	assert_certs("expires_before=2026-06-01T12:16:41Z", "2,4,");
	assert_certs("expires_after=2026-06-01T12:16:41Z&manufacturer=acme", "3,");

	c = tu_stored(&s, 3);
	write_hex(c.fingerprint, hex, sizeof(hex));
	snprintf(query, sizeof(query), "fingerprint=%s", hex);
	if (c.fingerprint.p[0] != 0)
		assert_certs(query, "3,");
	write_hex(c.ski, hex, sizeof(hex));
	snprintf(query, sizeof(query), "ski=%s", hex);
	if (c.ski.p[0] != 0)
		assert_certs(query, "3,");
	write_hex(c.serial, hex, sizeof(hex));
	snprintf(query, sizeof(query), "serial=%s", hex);
	assert_certs(query, "3,");
	snprintf(query, sizeof(query), "serial=0000%s", hex);
	assert_certs(query, "3,");
	assert_certs("serial=00", "");

	j = get(CERTS, "limit=3");
	assert_int_equal(json_integer_value(json_object_get(j, "next")), 3);
	row = json_array_get(json_object_get(j, "certificates"), 0);
	assert_true(json_is_null(json_object_get(row, "manufacturer")));
	assert_true(json_is_null(json_object_get(row, "device_serial")));
	assert_non_null(strstr(text_at(row, "subject"), "CN=registrar"));
	row = json_array_get(json_object_get(j, "certificates"), 1);
	assert_string_equal(text_at(row, "status"), "superseded");
	assert_string_equal(text_at(row, "revoke_at"), "2026-06-01T12:08:20Z");
	json_decref(j);

	snprintf(path, sizeof(path), CERTS "/%s", hex);
	j = get(path, NULL);
	row = json_object_get(j, "certificate");
	assert_string_equal(text_at(row, "serial"), hex);
	assert_string_equal(text_at(row, "manufacturer"), "acme");
	assert_string_equal(text_at(row, "device_serial"), "C-1");
	assert_string_equal(text_at(row, "status"), "valid");
	assert_string_equal(text_at(row, "issued"), "2026-06-01T12:00:00Z");
	assert_string_equal(text_at(row, "not_before"), "2026-06-01T11:59:00Z");
	assert_string_equal(text_at(row, "not_after"), "2026-06-01T12:33:20Z");
	assert_true(json_is_null(json_object_get(row, "revoke_at")));
	assert_true(json_is_null(json_object_get(row, "revoked")));
	assert_true(json_is_null(json_object_get(row, "reason")));
	assert_int_equal(strlen(text_at(row, "authority")), 40);
	assert_int_equal(strlen(text_at(row, "fingerprint")), 64);
	assert_int_equal(strlen(text_at(row, "ski")), 40);
	assert_string_equal(text_at(row, "subject"), "O=Quayside test, CN=device");
	assert_non_null(strstr(text_at(row, "pem"), "-----BEGIN CERTIFICATE-----"));
	json_decref(j);
}

static void
revoke_certificate(void **state)
{
	char hex[80], path[120], query[200], event[64], rc[64], spec[64];
	struct tu_exchange e;
	json_t *j, *row;

	(void)state;
	write_hex(tu_stored(&s, 2).serial, hex, sizeof(hex));
	snprintf(path, sizeof(path), CERTS "/%s/revoke", hex);
	refused(BRSKI_POST, path, "reason=broken", NULL, BRSKI_E_MALFORMED, "no reason");
	refused(BRSKI_POST, path, "reason=keycompromise", NULL, BRSKI_E_MALFORMED, "no reason");
	refused(BRSKI_POST, path, "reason=superseded", NULL, BRSKI_E_FORBIDDEN, "cannot be given");
	refused(BRSKI_POST, path, "reason=%0a", NULL, BRSKI_E_MALFORMED, "reason");
	tu_admin(&s, &e, BRSKI_POST, path, "reason=keyCompromise", NULL);
	assert_int_equal(e.rc, BRSKI_OK);
	j = json_loadb((const char *)e.reply.p, e.reply.n, 0, NULL);
	tu_exchange_clear(&e);
	row = json_object_get(j, "certificate");
	assert_string_equal(text_at(row, "serial"), hex);
	assert_string_equal(text_at(row, "status"), "revoked");
	assert_string_equal(text_at(row, "reason"), "keyCompromise");
	assert_string_equal(text_at(row, "revoked"), "2026-06-01T12:00:00Z");
	json_decref(j);
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "revoke");
	assert_certs("status=revoked", "2,");
	refused(BRSKI_POST, path, NULL, NULL, BRSKI_E_CONFLICT, "revoked already");
	/* once more by filter, next to another one */
	snprintf(query, sizeof(query), "serial=%s&status=valid", hex);
	assert_certs(query, "");
}

/* What there is to know about a device's life, and who decides about it. */
static void
life(void **state)
{
	json_t *j, *d, *timeline;

	(void)state;
	j = get(DEVICES "/acme/C-1", NULL);
	d = json_object_get(j, "device");
	assert_string_equal(text_at(d, "life"), "ACTIVE");
	assert_string_equal(text_at(d, "standing"), "in order");
	assert_int_equal(json_array_size(json_object_get(d, "certificates")), 2);
	assert_non_null(text_at(json_array_get(json_object_get(d, "certificates"), 1), "pem"));
	json_decref(j);

	refused(BRSKI_POST, DEVICES "/acme/C-1/revoke", "reason=lost", NULL, BRSKI_E_MALFORMED,
	    "no reason");
	refused(BRSKI_POST, DEVICES "/acme/C-1/reinstate", NULL, NULL, BRSKI_E_CONFLICT, "neither");
	post_query(DEVICES "/acme/C-1/revoke", "reason=certificateHold");
	refused(BRSKI_POST, DEVICES "/acme/C-1/revoke", "reason=certificateHold", NULL,
	    BRSKI_E_CONFLICT, "already");
	assert_certs("status=revoked", "2,3,");
	post_query(DEVICES "/acme/C-1/reinstate", "reason=found%20again");
	assert_certs("status=revoked", "2,");
	post_query(DEVICES "/acme/C-1/decommission", "reason=sold");
	assert_certs("status=revoked", "2,3,");
	refused(BRSKI_POST, DEVICES "/acme/C-1/decommission", NULL, NULL, BRSKI_E_CONFLICT,
	    "already");

	j = get(DEVICES "/acme/C-1", NULL);
	d = json_object_get(j, "device");
	assert_string_equal(text_at(d, "life"), "DECOMMISSIONED");
	assert_string_equal(text_at(d, "standing"), "decommissioned");
	timeline = json_object_get(d, "timeline");
	assert_int_equal(json_array_size(timeline), 4);
	d = json_array_get(timeline, 0);
	assert_string_equal(text_at(d, "life"), "ACTIVE");
	assert_string_equal(text_at(d, "detail"), "certificate issued");
	assert_string_equal(text_at(d, "time"), "2026-06-01T12:00:00Z");
	assert_string_equal(text_at(json_array_get(timeline, 1), "life"), "REVOKED");
	assert_string_equal(text_at(json_array_get(timeline, 2), "life"), "ACTIVE");
	assert_non_null(strstr(text_at(json_array_get(timeline, 3), "detail"), "sold"));
	json_decref(j);

	j = get(DEVICES, "life=decommissioned");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 1);
	json_decref(j);
	j = get(DEVICES, "life=REFUSED");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 1);
	assert_string_equal(text_at(json_array_get(json_object_get(j, "devices"), 0), "serial"),
	    "A 2");
	json_decref(j);
	j = get("/v1/status", NULL);
	d = json_object_get(j, "lives");
	assert_int_equal(json_integer_value(json_object_get(d, "DECOMMISSIONED")), 1);
	assert_int_equal(json_integer_value(json_object_get(d, "EXPIRED")), 1);
	assert_int_equal(json_integer_value(json_object_get(d, "LISTED")), 2);
	json_decref(j);
}

static void
bad_certificate_requests(void **state)
{
	(void)state;
	refused(BRSKI_GET, CERTS, "status=lost", NULL, BRSKI_E_MALFORMED, "no such status");
	refused(BRSKI_GET, CERTS, "serial=xy", NULL, BRSKI_E_MALFORMED, "serial");
	refused(BRSKI_GET, CERTS, "serial=123", NULL, BRSKI_E_MALFORMED, "serial");
	refused(BRSKI_GET, CERTS, "serial=", NULL, BRSKI_E_MALFORMED, "serial");
	refused(BRSKI_GET, CERTS, "ski=0g", NULL, BRSKI_E_MALFORMED, "ski");
	refused(BRSKI_GET, CERTS,
	    "fingerprint=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", NULL,
	    BRSKI_E_MALFORMED, "fingerprint");
	refused(BRSKI_GET, CERTS, "expires_before=tomorrow", NULL, BRSKI_E_MALFORMED,
	    "expires_before");
	refused(BRSKI_GET, CERTS, "expires_after=%", NULL, BRSKI_E_MALFORMED, "expires_after");
	refused(BRSKI_GET, CERTS, "limit=1001", NULL, BRSKI_E_MALFORMED, "limit");
	refused(BRSKI_GET, CERTS, "device_serial=%0a", NULL, BRSKI_E_MALFORMED, "device_serial");
	refused(BRSKI_GET, CERTS, "manufacturer=%0a", NULL, BRSKI_E_MALFORMED, "manufacturer");
	refused(BRSKI_GET, CERTS "/77", NULL, NULL, BRSKI_E_NOT_FOUND, "no such certificate");
	refused(BRSKI_GET, CERTS "/7g", NULL, NULL, BRSKI_E_MALFORMED, "serial");
	refused(BRSKI_GET, CERTS "/77/revoke", NULL, NULL, BRSKI_E_NOT_FOUND, "no such path");
	refused(BRSKI_POST, CERTS "/77", NULL, NULL, BRSKI_E_NOT_FOUND, "no such path");
	refused(BRSKI_POST, CERTS "/77/sell", NULL, NULL, BRSKI_E_NOT_FOUND, "no such path");
	refused(BRSKI_POST, CERTS "/77/revoke/now", NULL, NULL, BRSKI_E_NOT_FOUND, "no such path");
	refused(BRSKI_POST, CERTS "/77/revoke", NULL, NULL, BRSKI_E_NOT_FOUND,
	    "no such certificate");
	refused(BRSKI_GET, DEVICES, "life=LOST", NULL, BRSKI_E_MALFORMED, "no such life");
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
		cmocka_unit_test(certificates),
		cmocka_unit_test(revoke_certificate),
		cmocka_unit_test(life),
		cmocka_unit_test(bad_certificate_requests),
		cmocka_unit_test(tampered_audit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
