/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a pledge lives on: when its certificate is due, how it asks for the next one, and what it
 * does when nobody answers. RFC 7030 4.2.2, cBRSKI 6.7.4; a year passes in no time.
 */
#include "tu_pledge.h"

#include "base/text.h"
#include "message/csrattrs.h"

#define LIFE  (90 * TU_DAY)
#define YEARS (5 * 365 * TU_DAY)

static struct brski_err err;

static int
over_https(void **state)
{
	*state = tu_pledge_new(TU_HTTPS);
	return 0;
}

static int
over_coaps(void **state)
{
	*state = tu_pledge_new(TU_COAPS);
	return 0;
}

static int
teardown(void **state)
{
	tu_pledge_free(*state);
	return 0;
}

static void
assert_nothing_half_done(const struct tu_pledge *t)
{
	assert_null(t->next_key.ops);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_NEXT_LDEVID));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_NEXT_TRUST));
}

static struct brski_csr
asked_for(const struct tu_pledge *t)
{
	struct brski_csr csr;

	assert_ok(brski_csr_decode(brski_buf_slice(&t->items[PLEDGE_ITEM_CSR]), &csr, &err), &err);
	return csr;
}

/* Between 2/3 less a tenth and 2/3 of its life, over a connection with it, for another key. */
static void
test_renews(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs before, after;
	uint64_t then;

	t->for_serial = TU_SERIAL; /* the domain has another name for it than the factory */
	tu_pledge_renews(t, LIFE);
	before = tu_pledge_certs(t, PLEDGE_ITEM_LDEVID);
	assert_false(brski_slice_eq(before.v[0].subject, tu_cert(&t->idevid)->subject));
	then = t->ticks;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	while (t->ops[TU_REENROLL].n == 0)
		(void)tu_pledge_live(t, 1, &err);
	assert_in_range((t->ticks - then) / 1000, LIFE * 2 / 3 - LIFE / 10, LIFE * 2 / 3 + 1);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	after = tu_pledge_certs(t, PLEDGE_ITEM_LDEVID);
	assert_int_equal(t->ops[TU_REENROLL].n, 1);
	assert_int_equal(t->ops[TU_REENROLL].as, PLEDGE_AS_LDEVID);
	assert_slice_eq(asked_for(t).subject, before.v[0].subject);
	assert_false(brski_slice_eq(after.v[0].spki, before.v[0].spki));
	tu_pledge_assert_pair(t);
	assert_nothing_half_done(t);
	/* it works: told over another connection, made with it */
	assert_int_equal(t->ops[TU_ES].n, 2);
	assert_true(t->enrollstatus.status);
	assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_LDEVID);
	assert_true(t->ops[TU_ES].connection > t->ops[TU_REENROLL].connection);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(t->ops[TU_RV].n, 1);
	brski_certs_clear(&before);
	brski_certs_clear(&after);
}

/* For ever: each certificate in its time, whether or not the power goes meanwhile. */
static void
test_goes_on(void **state)
{
	struct tu_pledge *t = *state;
	unsigned i;

	tu_pledge_renews(t, LIFE);
	for (i = 0; i < 20; i++) {
		assert_int_equal(tu_pledge_live(t, LIFE / 4, &err), 0);
		tu_pledge_assert_pair(t);
		if (i % 3 == 0)
			tu_pledge_restart(t);
	}
	assert_in_range(pledge_renewals(&t->p), 7, 9);
	assert_int_equal(t->ops[TU_RV].n, 1);
}

/* An hour at most, so that a clock that is set is seen. */
static void
test_short_rests(void **state)
{
	struct tu_pledge *t = *state;
	uint32_t wait_ms;

	tu_pledge_renews(t, LIFE);
	assert_int_equal(pledge_step(&t->p, &wait_ms, &err), BRSKI_E_PENDING);
	assert_int_equal(wait_ms, 3600000);
	pledge_renew_now(&t->p);
	assert_ok(pledge_step(&t->p, &wait_ms, &err), &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_RENEW);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(pledge_step(&t->p, &wait_ms, &err), BRSKI_E_PENDING);
}

/* A clock that was years behind when the certificate came: it is due long since. */
static void
test_clock_set_forward(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	t->now += LIFE * 3 / 4;
	(void)tu_pledge_live(t, 1, &err);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(t->ops[TU_RV].n, 1);
	/* past its end: from the beginning, as what it was when it left the factory */
	t->now += YEARS;
	assert_int_equal(tu_pledge_live(t, 60, &err), 1);
	assert_broken(err.rc, BRSKI_E_EXPIRED, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 2);
	assert_int_equal(t->ops[TU_ENROLL].as, PLEDGE_AS_IDEVID);
	assert_int_equal(pledge_renewals(&t->p), 0);
	tu_pledge_assert_pair(t);
	assert_nothing_half_done(t);
}

/* A clock that stands before the certificate was made knows nothing: the ticks count on. */
static void
test_clock_set_back(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	t->signer = NULL; /* nobody is asked for a voucher again */
	assert_int_equal(tu_pledge_live(t, LIFE / 2, &err), 0);
	t->now -= YEARS;
	assert_int_equal(tu_pledge_live(t, LIFE / 30, &err), 0);
	assert_int_equal(t->ops[TU_REENROLL].n, 0);
	t->now += YEARS; /* and right again */
	assert_int_equal(tu_pledge_live(t, LIFE / 7, &err), 0);
	assert_int_equal(pledge_renewals(&t->p), 1);
}

static void
test_without_clock(void **state)
{
	struct tu_pledge *t = *state;
	unsigned saves, i;

	t->now = BRSKI_TIME_UNKNOWN;
	tu_pledge_renews(t, LIFE);
	saves = t->saves;
	/* started every day it knows how old it is, but for an eighth of the life */
	for (i = 0; i < 50; i++) {
		assert_int_equal(tu_pledge_live(t, TU_DAY, &err), 0);
		if (i == 30)
			tu_pledge_restart(t);
	}
	assert_in_range(t->saves - saves, 3, 8);
	assert_int_equal(pledge_renewals(&t->p), 0);
	assert_int_equal(tu_pledge_live(t, 25 * TU_DAY, &err), 0);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(t->ops[TU_RV].n, 1);
}

/* By chance up to a tenth of the life earlier; the same certificate always at the same time. */
static void
test_chance(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs trust = { 0 };
	struct pledge_life life, again;
	int64_t least = LIFE, most = 0, at;
	unsigned i;

	tu_add(&trust, &t->domain);
	for (i = 0; i < 40; i++) {
		struct tu_id id = { 0 };
		struct brski_cert_facts f = tu_facts("ldevid");

		f.not_before = TU_NOW;
		f.not_after = TU_NOW + LIFE;
		tu_issue(&id, &t->domain, &f);
		pledge_life_of(tu_cert(&id), &trust, BRSKI_TIME_UNKNOWN, &life);
		pledge_life_of(tu_cert(&id), &trust, BRSKI_TIME_UNKNOWN, &again);
		assert_int_equal(life.due, again.due);
		assert_int_equal(life.from, TU_NOW);
		assert_int_equal(life.to, TU_NOW + LIFE);
		at = life.due - TU_NOW;
		least = at < least ? at : least;
		most = at > most ? at : most;
		tu_id_clear(&id);
	}
	assert_in_range(least, LIFE * 2 / 3 - LIFE / 10, LIFE * 2 / 3 - LIFE / 20);
	assert_in_range(most, LIFE * 2 / 3 - LIFE / 20, LIFE * 2 / 3);
	brski_certs_clear(&trust);
}

/*
 * cBRSKI 6.7.2: half of what the CA has left is the latest. And what was made to be valid for a
 * while already is not due because of that.
 */
static void
test_due_by_others(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id ca = { 0 }, id = { 0 };
	struct brski_certs trust = { 0 };
	struct brski_cert_facts f = tu_facts("short-lived CA");
	struct pledge_life life;

	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.not_before = TU_NOW - LIFE;
	f.not_after = TU_NOW + LIFE;
	tu_issue(&ca, NULL, &f);
	tu_add(&trust, &ca);
	f = tu_facts("ldevid");
	f.not_before = TU_NOW;
	f.not_after = BRSKI_TIME_FOREVER;
	tu_issue(&id, &ca, &f);
	pledge_life_of(tu_cert(&id), &trust, BRSKI_TIME_UNKNOWN, &life);
	assert_in_range(life.due - TU_NOW, LIFE / 2 - LIFE / 10, LIFE / 2);
	/* nobody above it that is known: its own life counts */
	pledge_life_of(tu_cert(&id), &t->cacerts, BRSKI_TIME_UNKNOWN, &life);
	assert_true(life.due - TU_NOW > YEARS);
	tu_id_clear(&id);

	f = tu_facts("ldevid");
	f.not_before = TU_NOW - LIFE;
	f.not_after = TU_NOW + 100;
	tu_issue(&id, &t->domain, &f);
	pledge_life_of(tu_cert(&id), &t->cacerts, BRSKI_TIME_UNKNOWN, &life);
	assert_true(life.due < TU_NOW);
	pledge_life_of(tu_cert(&id), &t->cacerts, TU_NOW, &life);
	assert_in_range(life.due - TU_NOW, 56, 66);
	tu_id_clear(&id);
	tu_id_clear(&ca);
	brski_certs_clear(&trust);
}

/* Nobody is there until the last moment: asked again and again, an hour apart at most. */
static void
test_unreachable(void **state)
{
	struct tu_pledge *t = *state;
	unsigned failures;

	tu_pledge_renews(t, LIFE);
	t->refuse = 100000;
	failures = tu_pledge_live(t, LIFE - 3600, &err);
	assert_in_range(failures, 90 * 24 / 3, 90 * 24 / 2 * 2);
	assert_int_equal(pledge_state(&t->p), PLEDGE_RENEW);
	tu_pledge_assert_pair(t);
	t->refuse = 0;
	assert_int_equal(tu_pledge_live(t, 900, &err), 0);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(t->ops[TU_RV].n, 1);
	tu_pledge_assert_pair(t);
}

/* A life of seconds has room for several tries too. */
static void
test_short_life(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, 20);
	tu_pledge_until(t, PLEDGE_RENEW);
	t->refuse = 5;
	assert_int_equal(tu_pledge_live(t, 5, &err), 5);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_int_equal(tu_pledge_live(t, 100, &err), 0);
	assert_in_range(pledge_renewals(&t->p), 7, 11);
}

/* Nobody came back before the end. */
static void
test_expires(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	t->refuse = 100000;
	(void)tu_pledge_live(t, LIFE + 3600, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_LDEVID));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_TRUST));
	assert_null(t->key.ops);
	assert_nothing_half_done(t);
	t->refuse = 0;
	(void)tu_pledge_live(t, 7200, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 2);
	tu_pledge_assert_pair(t);
}

/* Revoked: it stays what it is, asks rarely, and the log says why. */
static void
test_forbidden(void **state)
{
	struct tu_pledge *t = *state;
	unsigned failures;

	tu_pledge_renews(t, LIFE);
	t->ops[TU_REENROLL].status = 403;
	t->ops[TU_REENROLL].body = BRSKI_LIT("revoked\r\n");
	failures = tu_pledge_live(t, LIFE * 9 / 10, &err);
	assert_in_range(failures, 100, 1500);
	assert_non_null(strstr(err.detail, "answered 403: revoked"));
	assert_null(strchr(err.detail, '?'));
	assert_refused_by(err.rc, BRSKI_E_FORBIDDEN, t->p.binding->calls[PLEDGE_CALL_REENROL].spec,
	    &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_RENEW);
	assert_int_equal(t->ops[TU_ES].n, 1); /* nothing is told to who said so himself */
	assert_true(t->ops[TU_REENROLL].repeated);
	tu_pledge_assert_pair(t);
	t->ops[TU_REENROLL].status = 0;
	t->ops[TU_REENROLL].body = (struct brski_slice){ 0 };
	(void)tu_pledge_live(t, 7200, &err);
	assert_int_equal(pledge_renewals(&t->p), 1);
}

static void
other_key(struct tu_pledge *t)
{
	t->for_key = &t->stranger;
}

static void
other_device(struct tu_pledge *t)
{
	t->for_serial = "QS-4711";
}

static void
other_name(struct tu_pledge *t)
{
	t->for_name = "ldevid";
}

static void
nobody(struct tu_pledge *t)
{
	t->no_subject = true;
}

static void
other_issuer(struct tu_pledge *t)
{
	t->issuer = &t->stranger;
}

static void
put_right(struct tu_pledge *t)
{
	t->for_key = NULL;
	t->for_serial = t->for_name = NULL;
	t->no_subject = false;
	t->issuer = &t->domain;
}

/*
 * cBRSKI 6.7.4: what is not for our key, in our name, by the domain is refused, and the registrar
 * hears of it; certificate, key and anchors stay, and another key is asked for next time.
 */
static void
test_bad_answers(void **state)
{
	static const struct {
		void (*spoil)(struct tu_pledge *t);
		enum brski_rc rc;
	} cases[] = { { other_key, BRSKI_E_CERTIFICATE }, { other_device, BRSKI_E_CERTIFICATE },
		{ other_name, BRSKI_E_CERTIFICATE }, { nobody, BRSKI_E_CERTIFICATE },
		{ other_issuer, BRSKI_E_UNKNOWN } };
	struct tu_pledge *t = *state;
	struct brski_certs before;
	struct brski_buf trust = { 0 };
	size_t i;

	tu_pledge_renews(t, LIFE);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned keys = t->keys, told = t->ops[TU_ES].n;

		before = tu_pledge_certs(t, PLEDGE_ITEM_LDEVID);
		assert_ok(brski_buf_set(&trust, brski_buf_slice(&t->items[PLEDGE_ITEM_TRUST]),
		              &err),
		    &err);
		cases[i].spoil(t);
		pledge_renew_now(&t->p);
		assert_refused(tu_pledge_until_failure(t, &err), cases[i].rc, &err);
		assert_int_equal(t->ops[TU_ES].n, told + 1);
		assert_false(t->enrollstatus.status);
		assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_LDEVID);
		assert_int_equal(t->ops[TU_ES].connection, t->ops[TU_REENROLL].connection);
		assert_nothing_half_done(t);
		tu_pledge_assert_pair(t);
		assert_slice_eq(before.v[0].spki, brski_key_spki(&t->key));
		assert_slice_eq(brski_buf_slice(&t->items[PLEDGE_ITEM_TRUST]),
		    brski_buf_slice(&trust));
		put_right(t);
		tu_pledge_until(t, PLEDGE_ENROLLED);
		assert_int_equal(t->keys, keys + 2);
		assert_int_equal(pledge_renewals(&t->p), i + 1);
		brski_certs_clear(&before);
	}
	brski_buf_clear(&trust);
}

/* A server of another domain, or one that is no registrar, gets nothing to see. */
static void
test_other_servers(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id rogue = { 0 }, printer = { 0 };

	tu_pledge_renews(t, LIFE);
	tu_registrar(&rogue, &t->stranger);
	tu_server(&printer, &t->domain, "printer");
	pledge_renew_now(&t->p);
	t->server = &rogue;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_PIN, &err);
	t->server = &printer;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, &err);
	assert_int_equal(t->ops[TU_REENROLL].n, 0);
	assert_int_equal(t->ops[TU_ES].n, 1);
	assert_false(t->open);
	t->server = &t->registrar;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(pledge_renewals(&t->p), 1);
	tu_id_clear(&rogue);
	tu_id_clear(&printer);
}

/* Who commissioned it is asked first, then everybody that is known, then the first again. */
static void
test_others(void **state)
{
	struct tu_pledge *t = *state;
	const char *home = t->names[0],
	           *other =
	               t->speech == TU_COAPS ? "coaps://[2001:db8::2]" : "https://[2001:db8::2]";
	uint64_t then;

	tu_pledge_renews(t, LIFE);
	t->names[0] = other;
	t->names[1] = home;
	t->list.n = 2;
	pledge_renew_now(&t->p);
	t->refuse = 3;
	then = t->ticks;
	while (t->refuse > 0)
		assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	/* at once the other; after a pause home; at once the other, which answers */
	assert_int_equal(t->ticks - then, 3000 + 3000 + 3000);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_string_equal(t->candidate, other);
	/* and is asked first from now on */
	tu_pledge_restart(t);
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_RENEW);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_string_equal(t->candidate, other);
	assert_int_equal(pledge_renewals(&t->p), 2);
}

/* 202: the same again; an answer that was lost: the same again, after a power cut too. */
static void
test_same_request(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	pledge_renew_now(&t->p);
	t->ops[TU_REENROLL].pending = 3;
	tu_pledge_until(t, PLEDGE_RENEW);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	tu_pledge_restart(t);
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_RENEW);
	t->ops[TU_REENROLL].lost = 1;
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_TIMEOUT);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_REENROLL].n, 5);
	assert_true(t->ops[TU_REENROLL].repeated);
	assert_int_equal(t->keys, 2);
	assert_int_equal(pledge_renewals(&t->p), 1);
}

/* 202 lets it come back before the certificate is over, however late it shall. */
static void
test_pending_at_the_end(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, 60);
	t->ops[TU_REENROLL].pending = 3;
	t->ops[TU_REENROLL].retry_after_s = 60;
	(void)tu_pledge_live(t, 59, &err);
	assert_int_equal(pledge_renewals(&t->p), 1);
	assert_int_equal(t->ops[TU_RV].n, 1);
}

/* The power goes in the n-th write of a renewal, for every n: what is in use belongs together. */
static void
test_power_cuts(void **state)
{
	struct tu_pledge *t = *state;
	unsigned n, i;

	tu_pledge_renews(t, LIFE);
	for (n = 1;; n++) {
		uint32_t renewals = pledge_renewals(&t->p);

		pledge_renew_now(&t->p);
		t->cut_in = n;
		for (i = 0; i < 20 && !t->cut; i++)
			(void)tu_pledge_live(t, 1, &err);
		if (!t->cut)
			break;
		tu_pledge_restart(t);
		assert_int_not_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
		if (pledge_renewals(&t->p) == renewals)
			pledge_renew_now(&t->p);
		assert_int_equal(tu_pledge_live(t, 20, &err), 0);
		assert_int_equal(pledge_renewals(&t->p), renewals + 1);
		tu_pledge_assert_pair(t);
		tu_pledge_restart(t);
		assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
		assert_int_equal(pledge_renewals(&t->p), renewals + 1);
	}
	t->cut_in = 0;
	assert_in_range(n, 10, 30);
	assert_int_equal(t->ops[TU_RV].n, 1);
}

/* What was begun is ended by one that does not renew, too. */
static void
test_switch_without_renewal(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_SWITCH);
	t->conf.renew = false;
	tu_pledge_restart(t);
	assert_int_equal(pledge_state(&t->p), PLEDGE_SWITCH);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	tu_pledge_assert_pair(t);
	assert_nothing_half_done(t);
	assert_int_equal(t->ops[TU_ES].n, 2);
}

/* Items that somebody took away, or that do not belong together: from the beginning. */
static void
test_items_gone(void **state)
{
	static const enum pledge_item gone[] = { PLEDGE_ITEM_LDEVID, PLEDGE_ITEM_TRUST };
	struct tu_pledge *t = *state;
	size_t i;

	tu_pledge_renews(t, LIFE);
	for (i = 0; i < 2; i++) {
		t->has[gone[i]] = false;
		tu_pledge_restart(t);
		assert_broken(tu_pledge_until_failure(t, &err), BRSKI_E_NOT_FOUND, &err);
		assert_int_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
		tu_pledge_until(t, PLEDGE_ENROLLED);
	}
	for (i = 0; i < 2; i++) {
		pledge_renew_now(&t->p);
		tu_pledge_until(t, PLEDGE_SWITCH);
		if (i == 0)
			t->has[PLEDGE_ITEM_NEXT_LDEVID] = false;
		else
			brski_key_clear(&t->next_key);
		assert_broken(tu_pledge_until_failure(t, &err),
		    i == 0 ? BRSKI_E_NOT_FOUND : BRSKI_E_CONFLICT, &err);
		assert_int_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
		tu_pledge_until(t, PLEDGE_ENROLLED);
	}
	assert_int_equal(t->ops[TU_RV].n, 5);
}

/* Storage that fails for a while ends nothing. */
static void
test_storage_fails(void **state)
{
	struct tu_pledge *t = *state;
	unsigned n;

	tu_pledge_renews(t, LIFE);
	for (n = 1; n < 8; n++) {
		pledge_renew_now(&t->p);
		tu_pledge_until(t, PLEDGE_RENEW);
		t->fail_saves = n * 3;
		(void)tu_pledge_live(t, TU_DAY / 2, &err);
		assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
		assert_int_equal(pledge_renewals(&t->p), n);
		tu_pledge_assert_pair(t);
	}
	/* when what it has got is put in use, too */
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_RENEW);
	t->fails[PLEDGE_ITEM_STATE] = 15;
	assert_int_equal(tu_pledge_live(t, TU_DAY / 2, &err), 15);
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_SWITCH);
	t->fails[PLEDGE_ITEM_STATE] = t->fails[PLEDGE_ITEM_LDEVID] = 15;
	assert_int_equal(tu_pledge_live(t, TU_DAY / 2, &err), 30);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(pledge_renewals(&t->p), n + 1);
	tu_pledge_assert_pair(t);
	assert_int_equal(t->ops[TU_RV].n, 1);
}

/* Four days of 202 are one failure: then it begins again, with all its time. */
static void
test_pending_for_long(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	pledge_renew_now(&t->p);
	t->ops[TU_REENROLL].pending = 100000;
	t->ops[TU_REENROLL].retry_after_s = 60;
	assert_int_equal(tu_pledge_live(t, 9 * TU_DAY, &err), 2);
	assert_refused_by(err.rc, BRSKI_E_SLOW, "RFC 8995 5.6", &err);
	t->ops[TU_REENROLL].pending = 0;
	assert_int_equal(tu_pledge_live(t, 3600, &err), 0);
	assert_int_equal(pledge_renewals(&t->p), 1);
}

/* RFC 7030 3.5, 4.5: what the domain wants of a request is asked for each time. */
static void
test_csrattrs(void **state)
{
	const struct brski_csrattrs attrs = { .challenge_password = true,
		.key_type = BRSKI_KEY_P384 };
	struct tu_pledge *t = *state;
	struct brski_buf der = { 0 }, text = { 0 }, want = { 0 };

	tu_pledge_renews(t, LIFE);
	assert_int_equal(t->ops[TU_ATTRS].n, 1);
	assert_ok(brski_csrattrs_encode(&attrs, &der, &err), &err);
	assert_ok(brski_base64_encode(brski_buf_slice(&der), &text, &err), &err);
	t->ops[TU_ATTRS].body = brski_buf_slice(&text);
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_SWITCH);
	assert_int_equal(t->ops[TU_ATTRS].n, 2);
	assert_ok(brski_base64_encode(brski_slice(t->binding, 32), &want, &err), &err);
	assert_slice_eq(asked_for(t).challenge_password, brski_buf_slice(&want));
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->key.type, BRSKI_KEY_P384);
	/* and no longer */
	t->ops[TU_ATTRS].body = (struct brski_slice){ 0 };
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_SWITCH);
	assert_false(brski_slice_present(asked_for(t).challenge_password));
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->key.type, BRSKI_KEY_P256);
	brski_buf_clear(&der);
	brski_buf_clear(&text);
	brski_buf_clear(&want);
}

/* A registrar that is gone when success is to be told: the certificate is in use all the same. */
static void
test_not_confirmed(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_renews(t, LIFE);
	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_CONFIRM);
	t->refuse = 11;
	while (t->refuse > 0)
		assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_ES].n, 1);
	tu_pledge_assert_pair(t);
	(void)tu_pledge_live(t, LIFE, &err);
	assert_int_equal(pledge_renewals(&t->p), 2);
}

#define ONE(f, over)                                  \
	{                                             \
#f " " #over, f, over, teardown, NULL \
	}
#define BOTH(f) ONE(f, over_https), ONE(f, over_coaps)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_renews),
		BOTH(test_goes_on),
		ONE(test_short_rests, over_https),
		ONE(test_clock_set_forward, over_https),
		ONE(test_clock_set_back, over_https),
		BOTH(test_without_clock),
		ONE(test_chance, over_https),
		ONE(test_due_by_others, over_https),
		BOTH(test_unreachable),
		BOTH(test_short_life),
		ONE(test_expires, over_https),
		BOTH(test_forbidden),
		BOTH(test_bad_answers),
		BOTH(test_other_servers),
		BOTH(test_others),
		BOTH(test_same_request),
		ONE(test_pending_at_the_end, over_https),
		BOTH(test_power_cuts),
		ONE(test_switch_without_renewal, over_https),
		ONE(test_items_gone, over_https),
		BOTH(test_storage_fails),
		ONE(test_pending_for_long, over_https),
		ONE(test_csrattrs, over_https),
		BOTH(test_not_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
