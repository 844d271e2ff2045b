/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates are taken back, devices given up and readmitted. */
#include <stdio.h>
#include <string.h>
#include "registrar/revoke.h"
#include "tu_registrar.h"

#define YEAR (365 * TU_DAY)
#define WHO  "uid:1000"

static struct tu_site s;

static int
setup(void **state)
{
	(void)state;
	tu_site_open(&s, "", "admission = any");
	tu_site_wait(&s, 1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_site_close(&s);
	return 0;
}

static int64_t
certify(const char *serial)
{
	return tu_certify(&s, serial, s.now - 60, s.now + YEAR);
}

static void
assert_last_audit(const char *event)
{
	char e[64], rc[64], spec[64];

	tu_audit_last(&s, e, rc, spec, sizeof(e));
	assert_string_equal(e, event);
	assert_string_equal(rc, "OK");
}

static void
assert_device(const char *serial, enum registrar_standing standing, enum registrar_life life)
{
	struct registrar_device d;

	tu_device(&s, "acme", serial, &d);
	assert_int_equal(d.standing, standing);
	assert_int_equal(d.life, life);
}

static void
assert_revoked(int64_t id, enum brski_reason reason)
{
	struct registrar_certificate c = tu_stored(&s, id);
	struct brski_crl_entry e;

	assert_int_equal(c.revoked, s.now);
	assert_int_equal(c.reason, reason);
	assert_true(tu_on_crl(&s, id, &e));
	assert_int_equal(e.revoked, s.now);
	assert_int_equal(e.reason, reason);
}

static void
assert_good(int64_t id)
{
	struct brski_crl_entry e;

	assert_int_equal(tu_stored(&s, id).revoked, 0);
	assert_false(tu_on_crl(&s, id, &e));
}

static enum brski_rc
revoke(int64_t id, enum brski_reason reason, struct brski_err *err)
{
	struct registrar_certificate c = tu_stored(&s, id);

	return registrar_revoke_certificate(s.r, WHO, &c, reason, err);
}

static void
last_moment(void *arg, const struct registrar_moment *m)
{
	*(struct registrar_moment *)arg = *m;
}

static struct registrar_moment
timeline_end(const char *serial)
{
	struct registrar_moment m = { 0 };
	struct registrar_device d;

	tu_device(&s, "acme", serial, &d);
	assert_int_equal(registrar_timeline_list(s.store, d.id, last_moment, &m, NULL), BRSKI_OK);
	return m;
}

static void
one_certificate(void **state)
{
	int64_t old = certify("A-1"), id = certify("A-1"), of_another = certify("A-2");
	struct brski_err err = { 0 };
	int rows = tu_audit_rows(&s);

	(void)state;
	assert_ok(revoke(old, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_revoked(old, BRSKI_REASON_KEY_COMPROMISE);
	assert_good(id);
	assert_device("A-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	assert_last_audit("revoke");
	assert_int_equal(tu_audit_rows(&s), rows + 1);

	/* the last one: the device with it */
	assert_ok(revoke(id, BRSKI_REASON_UNSPECIFIED, &err), &err);
	assert_revoked(id, BRSKI_REASON_UNSPECIFIED);
	assert_good(of_another);
	assert_device("A-1", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);
	assert_device("A-2", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	assert_int_equal(timeline_end("A-1").life, REGISTRAR_LIFE_REVOKED);
	assert_non_null(strstr(timeline_end("A-1").detail, "unspecified, certificate "));
}

/* What it is replaced by is the last one: the overlap of the one before does not help. */
static void
superseded_certificates(void **state)
{
	int64_t old = certify("S-1"), id = certify("S-1");
	struct registrar_device d;
	struct brski_err err = { 0 };

	(void)state;
	tu_device(&s, "acme", "S-1", &d);
	assert_ok(registrar_certificate_supersede(s.store, d.id, id, s.now + 1000, &err), &err);
	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_device("S-1", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);
	assert_revoked(id, BRSKI_REASON_KEY_COMPROMISE);
	assert_revoked(old, BRSKI_REASON_KEY_COMPROMISE);

	/* one that ends within the overlap is not marked, and is no way back either */
	old = tu_certify(&s, "S-3", s.now - 60, s.now + 10);
	id = certify("S-3");
	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_device("S-3", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);
	assert_revoked(old, BRSKI_REASON_KEY_COMPROMISE);

	/* the other way round it is good riddance */
	old = certify("S-2");
	id = certify("S-2");
	tu_device(&s, "acme", "S-2", &d);
	assert_ok(registrar_certificate_supersede(s.store, d.id, id, s.now + 1000, &err), &err);
	assert_ok(revoke(old, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_device("S-2", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	assert_good(id);
}

/* One that has ended says nothing about the device. */
static void
expired_certificate(void **state)
{
	int64_t id = tu_certify(&s, "X-1", s.now - 100, s.now - 1);
	struct brski_err err = { 0 };

	(void)state;
	assert_device("X-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_EXPIRED);
	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_device("X-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_LISTED);
	assert_int_equal(tu_stored(&s, id).revoked, s.now);
}

static void
own_certificate(void **state)
{
	struct registrar_certificate c;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_certificate_match(s.store, tu_cert(&s.registrar), &c, NULL, &err),
	    &err);
	assert_int_not_equal(c.id, 0);
	assert_int_equal(c.device, 0);
	assert_ok(revoke(c.id, BRSKI_REASON_PRIVILEGE_WITHDRAWN, &err), &err);
	assert_revoked(c.id, BRSKI_REASON_PRIVILEGE_WITHDRAWN);
}

static void
refusals(void **state)
{
	struct registrar_device d;
	struct brski_err err = { 0 };
	int64_t id = certify("R-1");
	int rows = tu_audit_rows(&s);

	(void)state;
	assert_refused(revoke(id, BRSKI_REASON_SUPERSEDED, &err), BRSKI_E_FORBIDDEN, &err);
	assert_refused(revoke(id, BRSKI_REASON_REMOVE, &err), BRSKI_E_FORBIDDEN, &err);
	tu_device(&s, "acme", "R-1", &d);
	assert_refused(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_REMOVE, &err),
	    BRSKI_E_FORBIDDEN, &err);
	assert_refused(registrar_reinstate(s.r, WHO, &d, NULL, &err), BRSKI_E_CONFLICT, &err);
	assert_good(id);
	assert_device("R-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	assert_int_equal(tu_audit_rows(&s), rows);

	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	rows = tu_audit_rows(&s);
	assert_refused(revoke(id, BRSKI_REASON_CESSATION, &err), BRSKI_E_CONFLICT, &err);
	tu_device(&s, "acme", "R-1", &d);
	assert_refused(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_CESSATION, &err),
	    BRSKI_E_CONFLICT, &err);
	assert_ok(registrar_decommission(s.r, WHO, &d, NULL, &err), &err);
	assert_int_equal(tu_audit_rows(&s), rows + 1);
	assert_refused(registrar_decommission(s.r, WHO, &d, NULL, &err), BRSKI_E_CONFLICT, &err);
	assert_refused(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_CESSATION, &err),
	    BRSKI_E_CONFLICT, &err);
	assert_int_equal(tu_stored(&s, id).reason, BRSKI_REASON_KEY_COMPROMISE);
}

static void
device(void **state)
{
	int64_t old = certify("D-1"), id = certify("D-1");
	struct registrar_device d;
	struct brski_err err = { 0 };

	(void)state;
	tu_device(&s, "acme", "D-1", &d);
	d.request = 7;
	assert_ok(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_AFFILIATION_CHANGED, &err),
	    &err);
	assert_last_audit("revoke");
	assert_revoked(old, BRSKI_REASON_AFFILIATION_CHANGED);
	assert_revoked(id, BRSKI_REASON_AFFILIATION_CHANGED);
	assert_device("D-1", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);

	/* back: but its certificates are not, and its voucher is no way in */
	assert_ok(registrar_reinstate(s.r, WHO, &d, "found again", &err), &err);
	assert_last_audit("reinstate");
	assert_string_equal(timeline_end("D-1").detail, "found again");
	tu_device(&s, "acme", "D-1", &d);
	assert_int_equal(d.request, 0);
	assert_int_equal(d.standing, REGISTRAR_IN_ORDER);
	assert_int_equal(d.life, REGISTRAR_LIFE_LISTED);
	assert_int_equal(tu_stored(&s, id).reason, BRSKI_REASON_AFFILIATION_CHANGED);
}

static void
hold(void **state)
{
	int64_t gone = certify("H-1"), id = certify("H-1");
	struct registrar_device d;
	struct brski_crl_entry e;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(revoke(gone, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	tu_device(&s, "acme", "H-1", &d);
	d.request = 7;
	assert_ok(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_HOLD, &err), &err);
	assert_revoked(id, BRSKI_REASON_HOLD);
	s.now++;
	assert_ok(registrar_reinstate(s.r, WHO, &d, NULL, &err), &err);
	assert_good(id);
	assert_int_equal(tu_stored(&s, id).reason, BRSKI_REASON_UNSPECIFIED);
	assert_true(tu_on_crl(&s, gone, &e));
	tu_device(&s, "acme", "H-1", &d);
	assert_int_equal(d.request, 7);
	assert_int_equal(d.life, REGISTRAR_LIFE_ACTIVE);

	/* one of two: the device stays in order, and the hold can be lifted all the same */
	gone = certify("H-1");
	assert_ok(revoke(id, BRSKI_REASON_HOLD, &err), &err);
	assert_device("H-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	tu_device(&s, "acme", "H-1", &d);
	assert_ok(registrar_reinstate(s.r, WHO, &d, NULL, &err), &err);
	assert_good(id);

	/* given up while on hold: for good */
	assert_ok(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_HOLD, &err), &err);
	assert_ok(registrar_decommission(s.r, WHO, &d, "sold", &err), &err);
	assert_last_audit("decommission");
	assert_revoked(id, BRSKI_REASON_CESSATION);
	assert_revoked(gone, BRSKI_REASON_CESSATION);
	assert_device("H-1", REGISTRAR_DECOMMISSIONED_DEVICE, REGISTRAR_LIFE_DECOMMISSIONED);
}

static void
ask_with(int64_t id, int64_t predecessor)
{
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "UPDATE certificates SET predecessor = $2 WHERE id = $1", "ii", id,
	                     predecessor),
	    BRSKI_OK);
}

/* RFC 5280 5.3.1: others have the key, and so they may have what it obtained. */
static void
falls_with_it(void **state)
{
	int64_t first, second, third, other;
	struct registrar_certificate c;
	char text[REGISTRAR_NUMBER_TEXT];
	struct brski_err err = { 0 };
	bool yes = false;

	(void)state;
	first = certify("F-1");
	second = certify("F-1");
	third = certify("F-1");
	other = certify("F-1");
	ask_with(second, first);
	ask_with(third, second);
	assert_ok(registrar_certificate_set_revoked(s.store, first, s.now - 7,
	              BRSKI_REASON_SUPERSEDED, &err),
	    &err);
	assert_ok(registrar_certificate_set_revoked(s.store, second, s.now - 5,
	              BRSKI_REASON_SUPERSEDED, &err),
	    &err);
	/* superseded was our own word, and only a compromise makes it worse */
	assert_refused(revoke(first, BRSKI_REASON_CESSATION, &err), BRSKI_E_CONFLICT, &err);
	c = tu_stored(&s, third);
	assert_ok(registrar_key_compromised(s.store, c.ski, &yes, &err), &err);
	assert_false(yes);
	assert_ok(revoke(first, BRSKI_REASON_CA_COMPROMISE, &err), &err);
	assert_int_equal(tu_stored(&s, first).reason, BRSKI_REASON_CA_COMPROMISE);
	assert_int_equal(tu_stored(&s, first).revoked, s.now - 7);
	assert_int_equal(tu_stored(&s, second).reason, BRSKI_REASON_CA_COMPROMISE);
	assert_int_equal(tu_stored(&s, second).revoked, s.now - 5);
	assert_revoked(third, BRSKI_REASON_CA_COMPROMISE);
	assert_good(other);
	assert_device("F-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	c = tu_stored(&s, third);
	assert_ok(registrar_key_compromised(s.store, c.ski, &yes, &err), &err);
	assert_true(yes);

	/* an expired one, and all that is left came of it: the device with them */
	first = tu_certify(&s, "F-2", s.now - 100, s.now - 1);
	second = certify("F-2");
	ask_with(second, first);
	assert_ok(revoke(first, BRSKI_REASON_AA_COMPROMISE, &err), &err);
	assert_revoked(second, BRSKI_REASON_AA_COMPROMISE);
	assert_device("F-2", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);
	c = tu_stored(&s, second);
	assert_non_null(strstr(timeline_end("F-2").detail, registrar_number_text(c.serial, text)));

	/* another reason says nothing about the key */
	first = certify("F-3");
	second = certify("F-3");
	ask_with(second, first);
	assert_ok(revoke(first, BRSKI_REASON_CESSATION, &err), &err);
	assert_good(second);
}

/* RFC 5280 5.3.1: what is on hold is released, or revoked for good. */
static void
hold_is_not_final(void **state)
{
	int64_t id = certify("P-1"), other = certify("P-1");
	struct registrar_device d;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(revoke(id, BRSKI_REASON_HOLD, &err), &err);
	assert_refused(revoke(id, BRSKI_REASON_HOLD, &err), BRSKI_E_CONFLICT, &err);
	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_revoked(id, BRSKI_REASON_KEY_COMPROMISE);
	assert_refused(revoke(id, BRSKI_REASON_CESSATION, &err), BRSKI_E_CONFLICT, &err);
	assert_good(other);

	tu_device(&s, "acme", "P-1", &d);
	assert_ok(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_HOLD, &err), &err);
	assert_refused(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_HOLD, &err),
	    BRSKI_E_CONFLICT, &err);
	assert_ok(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_revoked(other, BRSKI_REASON_KEY_COMPROMISE);
	assert_device("P-1", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);
	assert_refused(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_CESSATION, &err),
	    BRSKI_E_CONFLICT, &err);
}

static void
remember(void *arg, struct brski_slice serial)
{
	(void)serial;
	++*(unsigned *)arg;
}

/* However many a device has, they are taken back at once, and the newest are shown. */
static void
many(void **state)
{
	struct registrar_change c = { .lot = REGISTRAR_LOT_IN_FORCE, .now = s.now };
	struct registrar_device d;
	struct tu_exchange e;
	struct brski_err err = { 0 };
	int64_t before = 0, last = 0;
	unsigned i, n = 0;

	(void)state;
	for (i = 0; i < 60; i++)
		last = certify("M-1");
	tu_device(&s, "acme", "M-1", &d);
	c.device = d.id;
	assert_ok(registrar_certificate_lot(s.store, &c, 9, remember, &n, &err), &err);
	assert_int_equal(n, 9);
	assert_ok(registrar_certificate_before(s.store, d.id, 60, &before, &err), &err);
	assert_int_equal(before, 0);
	assert_ok(registrar_certificate_before(s.store, d.id, 1, &before, &err), &err);
	assert_int_equal(before, last - 1);
	tu_admin(&s, &e, BRSKI_GET, "/v1/devices/acme/M-1", NULL, NULL);
	assert_int_equal(e.rc, BRSKI_OK);
	for (n = 0, i = 0; i + 5 < e.reply.n; i++)
		n += memcmp(e.reply.p + i, "\"pem\"", 5) == 0;
	assert_int_equal(n, 50);
	tu_exchange_clear(&e);
	assert_ok(registrar_revoke_device(s.r, WHO, &d, BRSKI_REASON_CESSATION, &err), &err);
	assert_revoked(last, BRSKI_REASON_CESSATION);
	assert_revoked(last - 59, BRSKI_REASON_CESSATION);
}

/* RFC 5280 5.1.2.4: no list of before the last one; the revocation stands, and is made up for. */
static void
clock_set_back(void **state)
{
	int64_t id = certify("C-1");
	struct brski_crl_entry e;
	struct brski_err err = { 0 };
	unsigned lines = s.log_lines;
	char event[64], rc[64], spec[64];

	(void)state;
	s.now -= 3600;
	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
	assert_int_equal(tu_stored(&s, id).revoked, s.now);
	assert_device("C-1", REGISTRAR_REVOKED_DEVICE, REGISTRAR_LIFE_REVOKED);
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "crl");
	assert_string_equal(rc, "E_CONFLICT");
	assert_string_equal(spec, "RFC 5280 5.1.2.4");
	assert_false(tu_on_crl(&s, id, &e));
	assert_true(s.log_lines > lines);
	/* it is remembered */
	tu_site_restart(&s);
	tu_site_wait(&s, 600);
	assert_false(tu_on_crl(&s, id, &e));
	tu_site_wait(&s, 3100);
	assert_true(tu_on_crl(&s, id, &e));
}

/* The disk is full in the middle: nothing has happened. */
static void
all_or_nothing(void **state)
{
	static const char *const texts[] = {
		"CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END",
		"CREATE TRIGGER full BEFORE UPDATE ON crls BEGIN SELECT RAISE(ABORT, 'full'); END",
		"CREATE TRIGGER full BEFORE INSERT ON timeline BEGIN SELECT RAISE(ABORT, 'full');"
		" END",
		"CREATE TRIGGER full BEFORE UPDATE ON devices BEGIN SELECT RAISE(ABORT, 'full');"
		" END",
	};
	int64_t id = certify("N-1");
	struct registrar_device d;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_ok(brski_store_exec(s.store, NULL, &err, texts[i], ""), &err);
		assert_int_not_equal(revoke(id, BRSKI_REASON_KEY_COMPROMISE, NULL), BRSKI_OK);
		tu_device(&s, "acme", "N-1", &d);
		assert_int_not_equal(registrar_decommission(s.r, WHO, &d, NULL, NULL), BRSKI_OK);
		assert_false(brski_store_in_transaction(s.store));
		assert_ok(brski_store_exec(s.store, NULL, &err, "DROP TRIGGER full", ""), &err);
		assert_good(id);
		assert_device("N-1", REGISTRAR_IN_ORDER, REGISTRAR_LIFE_ACTIVE);
	}
	assert_ok(revoke(id, BRSKI_REASON_KEY_COMPROMISE, &err), &err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_certificate),
		cmocka_unit_test(superseded_certificates),
		cmocka_unit_test(expired_certificate),
		cmocka_unit_test(own_certificate),
		cmocka_unit_test(refusals),
		cmocka_unit_test(device),
		cmocka_unit_test(hold),
		cmocka_unit_test(falls_with_it),
		cmocka_unit_test(hold_is_not_final),
		cmocka_unit_test(many),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(clock_set_back),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
