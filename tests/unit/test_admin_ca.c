/* SPDX-License-Identifier: Apache-2.0 */
/* The admin API about the domain CA, doc/admin-api.md: what there is, and its roll-over. */
#include <jansson.h>
#include <stdio.h>
#include "registrar/batch.h"
#include "tu_registrar.h"

#define CA   "/v1/ca"
#define STEP "/v1/ca/rollover/"

static struct tu_site s;
static unsigned loads;
static bool broken;

/* As the daemon does it. */
static enum brski_rc
load_anew(void *arg, struct brski_err *err)
{
	loads++;
	if (broken)
		return brski_broken(err, BRSKI_E_IO, "no disk");
	tu_site_reload(arg, "", "");
	return BRSKI_OK;
}

static int
setup(void **state)
{
	(void)state;
	tu_site_open(&s, "", "");
	s.r->load_anew = (struct registrar_load_anew){ load_anew, &s };
	loads = 0;
	broken = false;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_site_close(&s);
	return 0;
}

static json_t *
ask(enum brski_method method, const char *path)
{
	struct tu_exchange e;
	json_t *j;

	tu_admin(&s, &e, method, path, NULL, NULL);
	assert_int_equal(e.rc, BRSKI_OK);
	j = json_loadb((const char *)e.reply.p, e.reply.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	assert_int_equal(json_integer_value(json_object_get(j, "version")), 1);
	tu_exchange_clear(&e);
	return j;
}

/* The answer names these roles and this progress; NULL: null. */
static void
expect(json_t *j, const char *first, const char *second, const char *rollover)
{
	const char *const roles[] = { first, second };
	const json_t *list = json_object_get(j, "authorities"), *a;
	size_t i, n = second != NULL ? 2 : 1;

	assert_int_equal(json_array_size(list), n);
	for (i = 0; i < n; i++) {
		a = json_array_get(list, i);
		assert_string_equal(json_string_value(json_object_get(a, "role")), roles[i]);
		assert_string_equal(json_string_value(json_object_get(a, "subject")),
		    "O=Quayside test, CN=Domain CA");
		assert_int_equal(strlen(json_string_value(json_object_get(a, "id"))), 40);
		assert_true(json_is_true(json_object_get(a, "has_key")));
	}
	if (rollover == NULL)
		assert_true(json_is_null(json_object_get(j, "rollover")));
	else
		assert_string_equal(json_string_value(json_object_get(j, "rollover")), rollover);
	json_decref(j);
}

/* Refused, and the audit trail has so many rows more. */
static void
refused(const char *path, enum brski_rc rc, const char *text, int rows)
{
	struct tu_exchange e;
	int before = tu_audit_rows(&s);
	unsigned were = loads;

	tu_admin(&s, &e, BRSKI_POST, path, NULL, NULL);
	assert_int_equal(e.rc, rc);
	assert_non_null(strstr(brski_buf_cstr(&e.reply), text));
	assert_int_equal(tu_audit_rows(&s), before + rows);
	assert_int_equal(loads, were);
	tu_exchange_clear(&e);
}

static void
show(void **state)
{
	json_t *j = ask(BRSKI_GET, CA), *a;

	(void)state;
	a = json_array_get(json_object_get(j, "authorities"), 0);
	assert_string_equal(json_string_value(json_object_get(a, "not_before")),
	    "2020-01-01T00:00:00Z");
	assert_string_equal(json_string_value(json_object_get(a, "not_after")),
	    "2049-12-30T23:59:59Z");
	assert_int_equal(json_integer_value(json_object_get(a, "in_force")), 0);
	assert_true(json_is_null(json_object_get(a, "last_not_after")));
	expect(j, "current", NULL, NULL);
}

/* A certificate for a device, as simpleenroll makes it. */
static void
issue(int64_t device)
{
	const struct brski_certs *chain = registrar_keeper_chain(s.r->site->keeper);
	struct registrar_ldevid_facts f = { .subject = chain->v[0].subject,
		.spki = chain->v[0].spki,
		.now = s.now,
		.lifetime_s = 90 * TU_DAY };
	struct registrar_ldevid made;
	struct registrar_certificate c = { .device = device, .csr_hash = BRSKI_LIT("hash") };
	struct brski_err err = { 0 };

	assert_ok(registrar_keeper_issue_certificate(s.r->site->keeper, &f, &made, &err), &err);
	c.serial = brski_slice(made.serial, made.serial_n);
	c.authority = brski_slice(made.authority, sizeof(made.authority));
	c.der = brski_buf_slice(&made.der);
	c.issued = s.now;
	c.not_before = made.not_before;
	c.not_after = made.not_after;
	assert_ok(registrar_begin(s.r, &err), &err);
	assert_ok(registrar_certificate_put(s.store, &c, &err), &err);
	assert_ok(registrar_commit(s.r, &err), &err);
	brski_buf_clear(&made.der);
}

static void
rollover(void **state)
{
	char event[64], rc[64], spec[64];
	struct tu_exchange e;
	struct registrar_device d;
	json_t *j, *a;

	(void)state;
	tu_admin(&s, &e, BRSKI_POST, "/v1/devices/import", NULL, "manufacturer,serial\nacme,A-1\n");
	tu_exchange_clear(&e);
	tu_device(&s, "acme", "A-1", &d);
	refused(STEP "activate", BRSKI_E_CONFLICT, "no next CA", 1);
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "rollover");
	assert_string_equal(rc, "E_CONFLICT");
	assert_string_equal(spec, "RFC 4210 4.4");
	refused(STEP "undo", BRSKI_E_NOT_FOUND, "no such step", 0);

	expect(ask(BRSKI_POST, STEP "prepare"), "current", "next", "prepared");
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "rollover");
	assert_string_equal(rc, "OK");
	assert_int_equal(loads, 1);
	expect(ask(BRSKI_POST, STEP "cancel"), "current", NULL, NULL);
	expect(ask(BRSKI_POST, STEP "prepare"), "current", "next", "prepared");
	issue(d.id);
	expect(ask(BRSKI_POST, STEP "activate"), "current", "former", "activated");
	issue(d.id);
	assert_int_equal(loads, 4);
	j = ask(BRSKI_GET, CA);
	a = json_array_get(json_object_get(j, "authorities"), 1);
	assert_int_equal(json_integer_value(json_object_get(a, "in_force")), 1);
	assert_string_equal(json_string_value(json_object_get(a, "last_not_after")),
	    "2026-08-30T12:00:00Z");
	expect(j, "current", "former", "activated");
	refused(STEP "finish", BRSKI_E_CONFLICT, "in force: 1, the last one until 2026-08-30", 1);
	tu_site_wait(&s, 90 * TU_DAY);
	refused(STEP "finish", BRSKI_E_CONFLICT, "in force: 1", 1);
	tu_site_wait(&s, 1);
	expect(ask(BRSKI_POST, STEP "finish"), "current", NULL, NULL);
	/* what is revoked can be asked about until it expires */
	issue(d.id);
	expect(ask(BRSKI_POST, STEP "prepare"), "current", "next", "prepared");
	expect(ask(BRSKI_POST, STEP "activate"), "current", "former", "activated");
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "UPDATE certificates SET revoked = $1, reason = 1 WHERE device IS NOT"
	                     " NULL",
	                     "i", s.now),
	    BRSKI_OK);
	j = ask(BRSKI_GET, CA);
	a = json_array_get(json_object_get(j, "authorities"), 1);
	assert_int_equal(json_integer_value(json_object_get(a, "in_force")), 0);
	assert_int_equal(json_integer_value(json_object_get(a, "revoked")), 1);
	assert_string_equal(json_string_value(json_object_get(a, "last_revoked_not_after")),
	    "2026-11-28T12:00:01Z");
	json_decref(j);
	refused(STEP "finish", BRSKI_E_CONFLICT, "any more: 1, the last one until 2026-11-28", 1);
	assert_non_null(strstr(s.last_line, "RFC 5280 3.3"));
	tu_admin(&s, &e, BRSKI_POST, STEP "finish", "force=yes", NULL);
	assert_int_equal(e.rc, BRSKI_OK);
	tu_exchange_clear(&e);
	expect(ask(BRSKI_GET, CA), "current", NULL, NULL);
}

/* What the operator is told when the step is done, but cannot be loaded. */
static void
not_loaded(void **state)
{
	struct tu_exchange e;

	(void)state;
	broken = true;
	tu_admin(&s, &e, BRSKI_POST, STEP "prepare", NULL, NULL);
	assert_int_equal(e.rc, BRSKI_E_IO);
	assert_non_null(strstr(brski_buf_cstr(&e.reply), "no disk"));
	tu_exchange_clear(&e);
	expect(ask(BRSKI_GET, CA), "current", NULL, NULL);
	broken = false;
	/* by what the files say */
	refused(STEP "prepare", BRSKI_E_CONFLICT, "under way", 1);
	expect(ask(BRSKI_POST, STEP "cancel"), "current", NULL, NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(show),
		TEST(rollover),
		TEST(not_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
