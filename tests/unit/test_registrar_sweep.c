/* SPDX-License-Identifier: Apache-2.0 */
/* What time does by itself: overlaps end, lives advance, revocation lists are made anew. */
#include <stdio.h>
#include "registrar/revoke.h"
#include "tu_registrar.h"

#define WEEK (7 * TU_DAY)

static struct tu_site s;

static int
setup(void **state)
{
	(void)state;
	tu_site_open(&s, "crl-lifetime = 7d\nrenewal-overlap = 7d", "admission = any");
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

static enum registrar_life
life(const char *serial)
{
	struct registrar_device d;

	tu_device(&s, "acme", serial, &d);
	return d.life;
}

/* The last list of the CA that signs now; der is not kept. */
static struct registrar_crl
last_list(void)
{
	struct registrar_crl c;
	size_t n;

	assert_int_equal(registrar_crl_get(s.store,
	                     registrar_keeper_authorities(s.r->site->keeper, &n)->id, &c, NULL),
	    BRSKI_OK);
	brski_buf_clear(&c.der);
	return c;
}

static void
supersede(const char *serial, int64_t except, int64_t at)
{
	struct registrar_device d;

	tu_device(&s, "acme", serial, &d);
	assert_int_equal(registrar_certificate_supersede(s.store, d.id, except, at, NULL),
	    BRSKI_OK);
	registrar_sweep_by(s.r, at);
}

static void
lives(void **state)
{
	static const enum registrar_life way[] = { REGISTRAR_LIFE_ACTIVE,
		REGISTRAR_LIFE_RENEWAL_DUE, REGISTRAR_LIFE_EXPIRING, REGISTRAR_LIFE_EXPIRED };
	static const unsigned seconds[] = { 599, 1, 209, 1, 90, 1 };
	static const size_t at[] = { 0, 1, 1, 2, 2, 3 };
	size_t i;

	(void)state;
	tu_certify(&s, "L-1", s.now, s.now + 900);
	assert_int_equal(life("L-1"), REGISTRAR_LIFE_ACTIVE);
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		tu_site_wait(&s, seconds[i]);
		assert_int_equal(life("L-1"), way[at[i]]);
	}
	/* a new certificate, and all is well again */
	tu_certify(&s, "L-1", s.now, s.now + 900);
	assert_int_equal(life("L-1"), REGISTRAR_LIFE_ACTIVE);
}

static void
add_moment(void *arg, const struct registrar_moment *m)
{
	char *text = arg;

	snprintf(text + strlen(text), 256 - strlen(text), "%s;", registrar_life_name(m->life));
}

static void
timeline(void **state)
{
	char text[256] = "";
	struct registrar_device d;

	(void)state;
	tu_device(&s, "acme", "L-1", &d);
	assert_int_equal(registrar_timeline_list(s.store, d.id, add_moment, text, NULL), BRSKI_OK);
	assert_string_equal(text, "ACTIVE;RENEWAL_DUE;EXPIRING;EXPIRED;ACTIVE;");
}

/* The old one is good until its overlap is over, to the second, and on the list then. */
static void
overlap(void **state)
{
	int64_t old = tu_certify(&s, "O-1", s.now, s.now + 4 * WEEK);
	int64_t id = tu_certify(&s, "O-1", s.now, s.now + 4 * WEEK), number = last_list().number;
	int64_t at = s.now + 1000;
	struct brski_crl_entry e;
	char event[64], rc[64], spec[64];

	(void)state;
	supersede("O-1", id, at);
	assert_int_equal(tu_stored(&s, old).revoke_at, at);
	/* sooner is sooner, later is not */
	supersede("O-1", id, at + 5);
	assert_int_equal(tu_stored(&s, old).revoke_at, at);
	tu_site_wait(&s, 999);
	assert_int_equal(tu_stored(&s, old).revoked, 0);
	assert_int_equal(last_list().number, number);
	tu_site_wait(&s, 1);
	assert_int_equal(tu_stored(&s, old).revoked, at);
	assert_int_equal(tu_stored(&s, old).reason, BRSKI_REASON_SUPERSEDED);
	assert_true(tu_on_crl(&s, old, &e));
	assert_int_equal(e.revoked, at);
	assert_int_equal(e.reason, BRSKI_REASON_SUPERSEDED);
	assert_int_equal(last_list().number, number + 1);
	tu_audit_last(&s, event, rc, spec, sizeof(event));
	assert_string_equal(event, "revoke");
	assert_int_equal(tu_stored(&s, id).revoked, 0);
	assert_int_equal(life("O-1"), REGISTRAR_LIFE_ACTIVE);
}

/* What was due while nobody was there is done at the start. */
static void
overlap_over_a_restart(void **state)
{
	int64_t old = tu_certify(&s, "O-2", s.now, s.now + 4 * WEEK);
	struct brski_crl_entry e;

	(void)state;
	supersede("O-2", 0, s.now + 100);
	s.now += 200;
	tu_site_restart(&s);
	assert_int_equal(tu_stored(&s, old).revoked, 0);
	tu_site_wait(&s, 0);
	assert_int_equal(tu_stored(&s, old).revoked, s.now);
	assert_true(tu_on_crl(&s, old, &e));
}

/* What ends before that needs no revocation. */
static void
overlap_beyond_the_end(void **state)
{
	int64_t old = tu_certify(&s, "O-3", s.now, s.now + 50);

	(void)state;
	supersede("O-3", 0, s.now + 51);
	assert_int_equal(tu_stored(&s, old).revoke_at, 0);
	supersede("O-3", 0, s.now + 50);
	assert_int_equal(tu_stored(&s, old).revoke_at, s.now + 50);
	tu_site_wait(&s, 50);
	assert_int_equal(tu_stored(&s, old).revoked, s.now);
}

static void
lists_by_time(void **state)
{
	struct registrar_crl before = last_list(), after;

	(void)state;
	assert_true(before.number > 0);
	assert_int_equal(before.next_update, before.this_update + WEEK);
	tu_site_wait(&s, (unsigned)(before.this_update + WEEK / 2 - s.now) - 1);
	assert_int_equal(last_list().number, before.number);
	tu_site_wait(&s, 2);
	after = last_list();
	assert_int_equal(after.number, before.number + 1);
	assert_true(after.this_update >= before.this_update + WEEK / 2);
	/* for ever */
	tu_site_wait(&s, 2 * WEEK);
	assert_true(last_list().next_update > s.now);
	assert_in_range(last_list().number, before.number + 4, before.number + 6);
}

/* More than one turn's worth: the loop gets its turns in between. */
static void
many(void **state)
{
	enum {
		DEVICES = 1100
	};
	struct registrar_device d = { 0 };
	struct brski_err err = { 0 };
	int64_t counts[REGISTRAR_LIVES];
	int i;

	(void)state;
	assert_ok(brski_store_begin(s.store, &err), &err);
	for (i = 0; i < DEVICES; i++) {
		d = (struct registrar_device){ .manufacturer = "globex",
			.state = REGISTRAR_PENDING,
			.life_until = 1 };
		snprintf(d.serial, sizeof(d.serial), "M-%d", i);
		assert_ok(registrar_device_put(s.store, &d, &err), &err);
	}
	assert_ok(brski_store_commit(s.store, &err), &err);
	registrar_sweep(s.r);
	assert_ok(registrar_life_count(s.store, counts, &err), &err);
	assert_int_equal(counts[REGISTRAR_LIFE_AWAITING_APPROVAL], 500);
	tu_site_wait(&s, 0);
	assert_ok(registrar_life_count(s.store, counts, &err), &err);
	assert_int_equal(counts[REGISTRAR_LIFE_AWAITING_APPROVAL], DEVICES);
}

/* The disk refuses: it is said, and tried again a minute later. */
static void
trouble(void **state)
{
	struct brski_err err = { 0 };
	unsigned lines;

	(void)state;
	tu_certify(&s, "T-1", s.now, s.now + 900);
	assert_ok(brski_store_exec(s.store, NULL, &err,
	              "CREATE TRIGGER full BEFORE INSERT ON timeline BEGIN"
	              " SELECT RAISE(ABORT, 'full'); END",
	              ""),
	    &err);
	lines = s.log_lines;
	tu_site_wait(&s, 601);
	assert_int_equal(life("T-1"), REGISTRAR_LIFE_ACTIVE);
	assert_int_equal(s.log_lines, lines + 1);
	assert_ok(brski_store_exec(s.store, NULL, &err, "DROP TRIGGER full", ""), &err);
	tu_site_wait(&s, 60);
	assert_int_equal(life("T-1"), REGISTRAR_LIFE_RENEWAL_DUE);
}

/* A reload brings another lifetime of lists; after a stop nothing happens by itself. */
static void
reload_and_stop(void **state)
{
	int64_t number;

	(void)state;
	tu_site_reload(&s, "crl-lifetime = 1h", "admission = any");
	tu_site_wait(&s, (unsigned)WEEK);
	number = last_list().number;
	tu_site_wait(&s, 1801);
	assert_int_equal(last_list().number, number + 1);
	assert_int_equal(last_list().next_update - last_list().this_update, 3600);
	registrar_stop(s.r);
	registrar_sweep_by(s.r, s.now);
	tu_site_wait(&s, 7200);
	assert_int_equal(last_list().number, number + 1);
	tu_site_restart(&s);
	tu_site_wait(&s, 0);
	assert_int_equal(last_list().number, number + 2);
}

/* Where operations share commits, what time does is on disk at once all the same. */
static void
together(void **state)
{
	struct registrar_certificate c;
	struct brski_crl_entry e;
	struct brski_err err = { 0 };
	struct brski_store *other;
	int64_t old;

	(void)state;
	s.together = true;
	tu_site_restart(&s);
	tu_site_wait(&s, 0);
	assert_ok(registrar_store_open(s.db, &other, &err), &err);
	old = tu_certify(&s, "S-1", s.now, s.now + 4 * WEEK);
	supersede("S-1", 0, s.now + 10);
	tu_site_wait(&s, 10);
	assert_ok(registrar_certificate_get(other, old, &c, NULL, &err), &err);
	assert_int_equal(c.revoked, s.now);
	assert_true(tu_on_crl(&s, old, &e));
	brski_store_close(other);
	s.together = false;
	tu_site_restart(&s);
}

/* Our own certificate is recorded once; the one that takes its place supersedes it. */
static void
own_certificate(void **state)
{
	struct registrar_certificate old, c;
	struct tu_id next = { 0 };
	struct brski_err err = { 0 };
	unsigned lines;

	(void)state;
	assert_ok(registrar_certificate_match(s.store, tu_cert(&s.registrar), &old, NULL, &err),
	    &err);
	assert_int_not_equal(old.id, 0);
	assert_int_equal(old.revoke_at, 0);
	tu_registrar(&next, &s.domain);
	tu_site_write(&s, "registrar", &next);
	tu_site_reload(&s, "", "admission = any");
	assert_ok(registrar_certificate_match(s.store, tu_cert(&next), &c, NULL, &err), &err);
	assert_int_not_equal(c.id, 0);
	assert_int_equal(c.device, 0);
	assert_int_equal(c.revoke_at, 0);
	assert_int_equal(tu_stored(&s, old.id).revoke_at, s.now + WEEK);
	lines = s.log_lines;
	tu_site_restart(&s);
	assert_int_equal(s.log_lines, lines);
	tu_id_clear(&next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives),
		cmocka_unit_test(timeline),
		cmocka_unit_test(overlap),
		cmocka_unit_test(overlap_over_a_restart),
		cmocka_unit_test(overlap_beyond_the_end),
		cmocka_unit_test(lists_by_time),
		cmocka_unit_test(many),
		cmocka_unit_test(trouble),
		cmocka_unit_test(reload_and_stop),
		cmocka_unit_test(together),
		cmocka_unit_test(own_certificate),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
