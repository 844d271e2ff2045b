/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8995 Figure 2 with a clock that we set and a registrar that does as it is told. */
#include <stdio.h>

#include "tu_pledge.h"

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

/* Nothing of an attempt that failed is left, and nobody is believed. */
static void
assert_clean(struct tu_pledge *t)
{
	assert_int_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
	assert_false(t->open);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_PVR));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_VOUCHER));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_TRUST));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_CSR));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_LDEVID));
	assert_null(t->key.ops);
}

static void
test_onboarding(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs ldevid = { 0 }, trust = { 0 };

	assert_ok(tu_pledge_run(t, 20, &err), &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_int_equal(t->ops[TU_VS].n, 1);
	assert_true(t->voucher_status.status);
	assert_int_equal(t->ops[TU_ENROLL].as, PLEDGE_AS_IDEVID);
	assert_int_equal(t->ops[TU_ENROLL].connection, 1); /* 3.2: one connection for all of it */
	/* 5.9.4: success is told over a new connection, with the LDevID */
	assert_true(t->enrollstatus.status);
	assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_LDEVID);
	assert_int_equal(t->ops[TU_ES].connection, 2);

	assert_ok(brski_certs_add_any(&ldevid, brski_buf_slice(&t->items[PLEDGE_ITEM_LDEVID]),
	              &err),
	    &err);
	assert_int_equal(ldevid.n, 1);
	assert_slice_eq(ldevid.v[0].spki, brski_key_spki(&t->key));
	assert_false(brski_slice_eq(ldevid.v[0].spki, tu_cert(&t->idevid)->spki));
	assert_slice_eq(ldevid.v[0].subject, tu_cert(&t->idevid)->subject);
	assert_ok(brski_certs_add_any(&trust, brski_buf_slice(&t->items[PLEDGE_ITEM_TRUST]), &err),
	    &err);
	assert_non_null(brski_certs_find(&trust, tu_cert(&t->domain)->der));
	brski_certs_clear(&ldevid);
	brski_certs_clear(&trust);
}

/* 7.4.3: a configured pledge never starts by itself. */
static void
test_enrolled_stays(void **state)
{
	struct tu_pledge *t = *state;
	uint32_t wait_ms = 0;

	tu_pledge_until(t, PLEDGE_ENROLLED);
	tu_pledge_restart(t);
	assert_ok(pledge_step(&t->p, &wait_ms, &err), &err);
	assert_int_equal(wait_ms, UINT32_MAX);
	assert_int_equal(t->connections, 2);
}

/* 5.2: what the request says. */
static void
test_request(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_artifact a = { 0 };

	t->ops[TU_RV].pending = 1;
	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_ok(brski_artifact_open(&brski_formats[0], brski_buf_slice(&t->ops[TU_RV].last), NULL,
	              true, BRSKI_VOUCHER_REQUEST, &a, &err),
	    &err);
	assert_int_equal(a.v.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_slice_eq(a.v.serial_number, BRSKI_LIT(TU_SERIAL));
	assert_int_equal(a.v.created_on.at, TU_NOW);
	assert_int_equal(a.v.nonce.n, 16);
	assert_slice_eq(a.v.proximity_registrar_cert, tu_cert(&t->registrar)->der);
	assert_slice_eq(a.env.signer->der, tu_cert(&t->idevid)->der);
	assert_int_equal(a.env.certs.n, t->idevid.chain.n);
	brski_artifact_clear(&a);
}

static void
test_without_clock(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_artifact a = { 0 };

	t->now = BRSKI_TIME_UNKNOWN;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_ok(brski_artifact_open(&brski_formats[0], brski_buf_slice(&t->ops[TU_RV].last), NULL,
	              true, BRSKI_VOUCHER_REQUEST, &a, &err),
	    &err);
	assert_false(brski_slice_present(a.v.created_on.text));
	brski_artifact_clear(&a);
}

/* 5.6: after 202 the same bytes, when the registrar says, within a minute. */
static void
test_come_back(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then;

	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	t->ops[TU_RV].pending = 3;
	then = t->ticks;
	t->ops[TU_RV].retry_after_s = 7;
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_int_equal(t->ticks - then, 7000);
	t->ops[TU_RV].retry_after_s = 3600;
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_int_equal(t->ticks - then, 67000);
	t->ops[TU_RV].retry_after_s = 0;
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_int_equal(t->ticks - then, 77000);
	assert_ok(tu_pledge_run(t, 20, &err), &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 4);
	assert_true(t->ops[TU_RV].repeated);
	assert_int_equal(t->ops[TU_RV].connection, 1);
}

static void
offer(struct tu_pledge *t, size_t n)
{
	static const char *const https[] = { "https://a", "https://b", "https://c", "https://d",
		"https://e", "https://f", "https://g", "https://h" };
	static const char *const coaps[] = { "coaps://a", "coaps://b", "coaps://c", "coaps://d",
		"coaps://e", "coaps://f", "coaps://g", "coaps://h" };

	memcpy(t->names, t->speech == TU_HTTPS ? https : coaps, n * sizeof(t->names[0]));
	t->list.n = n;
}

/* Who says "not yet" may say so for ever: the other one is asked meanwhile. 4.1 */
static void
test_others_meanwhile(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then = t->ticks;

	offer(t, 2);
	t->undecided = t->names[0];
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_string_equal(t->p.candidate, t->names[1]);
	assert_in_range(t->ticks - then, 3000, 4000);
	assert_int_equal(t->ops[TU_RV].n, 2);
}

/* It gets the same bytes whenever it is its turn, as long as its time is not over: 5.6 */
static void
test_parked(void **state)
{
	struct tu_pledge *t = *state;
	size_t i;

	offer(t, 3);
	t->ops[TU_RV].pending = 9;
	t->ops[TU_RV].retry_after_s = 20;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 10);
	for (i = 0; i < 3; i++) {
		assert_true(t->asked[i].n > 0);
		assert_false(t->asked_anew[i]);
	}
	/* three rounds, each when the first one wants to be asked again */
	assert_in_range(t->ticks, 60000, 70000);
	/* what is kept is the request that the voucher answers */
	assert_slice_eq(brski_buf_slice(&t->items[PLEDGE_ITEM_PVR]),
	    brski_buf_slice(&t->ops[TU_RV].last));
	for (i = 0; i < PLEDGE_PARKED; i++)
		assert_int_equal(t->p.parked[i].pvr.n, 0);
}

/* The power goes: the last one that was asked is asked the same, the voucher is its own. */
static void
test_parked_restart(void **state)
{
	struct tu_pledge *t = *state;

	offer(t, 2);
	t->ops[TU_RV].pending = 4;
	while (t->ops[TU_RV].n < 4)
		(void)tu_pledge_run(t, 1, &err);
	tu_pledge_restart(t);
	assert_int_equal(pledge_state(&t->p), PLEDGE_REQUEST_JOIN);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_string_equal(t->p.candidate, t->names[1]);
	assert_false(t->asked_anew[1]);
	assert_slice_eq(brski_buf_slice(&t->items[PLEDGE_ITEM_PVR]), brski_buf_slice(&t->asked[1]));
}

/* The time that each one may take is counted for each. */
static void
test_parked_for_days(void **state)
{
	struct tu_pledge *t = *state;

	offer(t, 2);
	t->conf.pending_max_s = 600;
	tu_pledge_restart(t);
	t->ops[TU_RV].pending = 1000;
	t->ops[TU_RV].retry_after_s = 60;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_SLOW, "RFC 8995 5.6", &err);
	assert_in_range(t->ops[TU_RV].n, 20, 22);
	assert_false(t->asked_anew[0]);
	assert_false(t->asked_anew[1]);
}

/* More of them than can be kept in mind: whoever has waited longest keeps its place. */
static void
test_parked_too_many(void **state)
{
	struct tu_pledge *t = *state;

	offer(t, 8);
	t->ops[TU_RV].pending = 20;
	t->ops[TU_RV].retry_after_s = 1;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_false(t->asked_anew[0] && t->asked_anew[1] && t->asked_anew[2]);
}

/* 5.6: four days, then discovery again with another nonce. Restarts do not begin the count anew. */
static void
test_four_days(void **state)
{
	struct tu_pledge *t = *state;
	unsigned n;

	t->ops[TU_RV].pending = 2000000;
	t->ops[TU_RV].retry_after_s = 60;
	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	for (n = 0; n < 2 * 24 * 60; n++)
		assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	tu_pledge_restart(t);
	assert_int_equal(pledge_state(&t->p), PLEDGE_REQUEST_JOIN);
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_SLOW, "RFC 8995 5.6", &err);
	assert_in_range(t->ops[TU_RV].n, 4 * 24 * 60, 4 * 24 * 60 + 16);
	assert_true(t->ops[TU_RV].repeated);
	assert_clean(t);
	t->ops[TU_RV].pending = 0;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_false(t->ops[TU_RV].repeated);
}

/* 4.1: each failure doubles the pause of that candidate, up to an hour. */
static void
test_backoff(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t pause = 3000, then;
	unsigned n;

	t->refuse = 1000;
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	for (n = 0; n < 40; n++) {
		then = t->ticks;
		assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
		assert_int_equal(t->ticks - then, pause);
		pause = pause * 2 > 3600000 ? 3600000 : pause * 2;
	}
	/* a link that comes up anew ends it */
	then = t->ticks;
	pledge_link_changed(&t->p);
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	assert_int_equal(t->ticks - then, 3000);
	/* one that comes and goes does so once a minute */
	pledge_link_changed(&t->p);
	for (n = 0; t->ticks - then < 60000; n++) {
		pledge_link_changed(&t->p);
		assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	}
	assert_int_equal(n, 5);
	assert_int_equal(t->ticks - then, 60000);
	pledge_link_changed(&t->p);
	t->refuse = 0;
	then = t->ticks;
	assert_ok(tu_pledge_run(t, 20, &err), &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ticks - then, 3000);
}

/* The generator takes up to a quarter off: devices do not march in step. */
static void
all_ones(void *arg, void *p, size_t n)
{
	(void)arg;
	memset(p, 0xff, n);
}

static void
test_backoff_by_chance(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then;

	t->port.random = all_ones;
	t->refuse = 4;
	for (; t->refuse > 1;)
		(void)tu_pledge_until_failure(t, &err);
	then = t->ticks;
	(void)tu_pledge_until_failure(t, &err);
	assert_int_equal(t->ticks - then, 9000); /* of 12000 */
}

/* 4.1: while one rests, the others are asked, three seconds apart. */
static void
test_candidates(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then;

	t->names[1] = t->speech == TU_COAPS ? "coaps://[2001:db8::2]" : "https://[2001:db8::2]";
	t->names[2] = t->names[0];
	t->list.n = 3;
	t->refuse = 1;
	(void)tu_pledge_until_failure(t, &err);
	then = t->ticks;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_string_equal(t->candidate, t->names[1]);
	assert_int_equal(t->ticks - then, 3000);
}

/* --- a link full of inventions */

#define FAKES 500

struct flood {
	struct tu_pledge *t;
	unsigned fakes, first; /* how many, and the number of the first */
	bool honest;           /* somebody real is behind them */
	bool moves; /* with each attempt one goes and another one comes before the rest */
};

static bool
flood_get(void *arg, size_t i, char name[PLEDGE_CANDIDATE_MAX])
{
	struct flood *f = arg;
	unsigned number = f->first + (unsigned)i;

	if (f->moves)
		number = f->first + f->t->dials + FAKES - (unsigned)i;
	if (i < f->fakes)
		snprintf(name, PLEDGE_CANDIDATE_MAX, "https://[fe80::%x%%eth0]:443", number);
	else if (i == f->fakes && f->honest)
		snprintf(name, PLEDGE_CANDIDATE_MAX, "%s", f->t->names[0]);
	else
		return false;
	return true;
}

static void
begin_flood(struct flood *f, struct tu_pledge *t)
{
	*f = (struct flood){ .t = t, .fakes = FAKES, .honest = true };
	t->source = (struct pledge_source){ flood_get, f };
	t->only = t->names[0];
}

/*
 * The longest that an attempt can wait for its turn: those who are remembered, then everybody, and
 * after each three one whose back-off is over, 3 s each.
 */
#define FLOOD_BOUND_MS ((PLEDGE_CANDIDATES + (FAKES + 1) * 4 / 3 + 1) * UINT64_C(3000))

static void
test_flood(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then = t->ticks;
	struct flood f;

	begin_flood(&f, t);
	(void)tu_pledge_run(t, 10000, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_in_range(t->ticks - then, FAKES / 4, FLOOD_BOUND_MS);
}

/* The list is another one each time, and he is always at its end. */
static void
test_flood_moves(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then = t->ticks;
	struct flood f;

	begin_flood(&f, t);
	f.moves = true;
	(void)tu_pledge_run(t, 10000, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_in_range(t->ticks - then, FAKES / 4, 2 * FLOOD_BOUND_MS);
}

/* Who cannot help us at first is asked again, however many others there are. */
static void
test_flood_second_try(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then;
	struct flood f;

	begin_flood(&f, t);
	t->ops[TU_RV].status = 404;
	while (t->ops[TU_RV].n == 0)
		(void)tu_pledge_run(t, 1, &err);
	t->ops[TU_RV].status = 0;
	then = t->ticks;
	(void)tu_pledge_run(t, 10000, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_in_range(t->ticks - then, 0, FLOOD_BOUND_MS);
}

/* 4.1: in the end each of those whom nobody can remember is asked once an hour. */
static void
test_flood_backs_off(void **state)
{
	struct tu_pledge *t = *state;
	const uint64_t hour = 3600000;
	uint64_t then = t->ticks;
	unsigned dials;
	struct flood f;

	begin_flood(&f, t);
	f.honest = false;
	f.fakes = 2 * PLEDGE_CANDIDATES;
	while (t->ticks - then < 12 * hour)
		(void)tu_pledge_run(t, 1, &err);
	dials = t->dials;
	while (t->ticks - then < 24 * hour)
		(void)tu_pledge_run(t, 1, &err);
	assert_in_range(t->dials - dials, 12 * f.fakes * 2 / 3, 12 * f.fakes * 2);
	/* the flood is over: nothing of it stays */
	f.fakes = 0;
	f.honest = true;
	then = t->ticks;
	(void)tu_pledge_run(t, 100, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_in_range(t->ticks - then, 0, 3000);
}

/* As many as are remembered: each of them has its own back-off, in the order of the list. */
static void
test_many_candidates(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then = t->ticks;
	struct flood f;

	begin_flood(&f, t);
	f.honest = false;
	f.fakes = PLEDGE_CANDIDATES;
	while (t->ticks - then < 48 * 3600 * UINT64_C(1000))
		(void)tu_pledge_run(t, 1, &err);
	/* doubled to an hour: eleven times in the first two hours, then 46 times */
	assert_in_range(t->dials, PLEDGE_CANDIDATES * 55, PLEDGE_CANDIDATES * 59);
}

static void
test_nobody_in_sight(void **state)
{
	struct tu_pledge *t = *state;
	uint64_t then = t->ticks;

	t->list.n = 0;
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_int_equal(t->ticks - then, 3000);
	t->list.n = 1;
	tu_pledge_until(t, PLEDGE_ENROLLED);
}

/* Whatever the moment of a power cut, it goes on with the same request and the same CSR. */
static void
test_restart_at_every_step(void **state)
{
	struct tu_pledge *t = *state;
	unsigned step;

	t->ops[TU_RV].pending = 2;
	t->ops[TU_ENROLL].pending = 2;
	/*
	 * DISCOVER and IDENTIFY go by without a restart: an attempt that has not asked begins anew
	 */
	for (step = 0; step < 60 && pledge_state(&t->p) != PLEDGE_ENROLLED; step++) {
		(void)tu_pledge_run(t, 1, &err);
		if (pledge_state(&t->p) != PLEDGE_DISCOVER &&
		    pledge_state(&t->p) != PLEDGE_IDENTIFY && t->ops[TU_RV].n > 0)
			tu_pledge_restart(t);
		/*
		 * the voucher that was not yet judged is asked for again: IMPRINT needs its chain
		 */
		if (pledge_state(&t->p) == PLEDGE_REQUEST_JOIN && t->ops[TU_RV].pending == 0)
			(void)tu_pledge_run(t, 2, &err);
	}
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_true(t->ops[TU_RV].repeated);
	assert_true(t->ops[TU_ENROLL].repeated);
	assert_int_equal(t->ops[TU_ENROLL].n, 3);
	assert_int_equal(t->keys, 1);
	assert_int_equal(t->ops[TU_ES].n, 1);
}

/* Stopped by a signal while the registrar thinks: the next start asks the same. */
static void
test_interrupted(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	t->interrupt = 1;
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	tu_pledge_restart(t);
	assert_int_equal(pledge_state(&t->p), PLEDGE_REQUEST_JOIN);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 2);
	assert_true(t->ops[TU_RV].repeated);
}

/* An answer lost on the way is asked for again with the same bytes: the same certificate comes. */
static void
test_lost_answers(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_VS].lost = t->ops[TU_CACERTS].lost = t->ops[TU_ENROLL].lost = t->ops[TU_ES].lost =
	    2;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_int_equal(t->ops[TU_ENROLL].n, 3);
	assert_true(t->ops[TU_ENROLL].repeated);
	assert_int_equal(t->ops[TU_ES].n, 3);
	assert_int_equal(t->keys, 1);
}

/* A registrar that never comes back after the voucher: begin anew some time. */
static void
test_lost_for_good(void **state)
{
	struct tu_pledge *t = *state;
	unsigned n;

	tu_pledge_until(t, PLEDGE_ENROLL);
	pledge_clear(&t->p);
	assert_ok(pledge_init(&t->p, &t->port, &t->conf, &err), &err);
	t->refuse = 1000;
	for (n = 0; n < 10; n++) {
		assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
		assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLL);
	}
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	assert_clean(t);
}

/* An idle connection that ended meanwhile is replaced once, quietly. 5: to the same server. */
static void
test_kept_connection_gone(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_RV].pending = 1;
	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	t->drop = 1;
	assert_ok(tu_pledge_run(t, 20, &err), &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_true(t->ops[TU_RV].repeated);
	assert_int_equal(t->ops[TU_RV].connection, 2);
}

/* ... but the first request of a connection is not sent twice. */
static void
test_first_request_fails(void **state)
{
	struct tu_pledge *t = *state;

	t->drop = 1;
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE);
	assert_int_equal(t->connections, 1);
	assert_clean(t);
}

/* 5: over a new connection the server must be the one of the first. Nothing is sent to another. */
static void
test_server_changed(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id other = { 0 };

	tu_registrar(&other, &t->domain);
	t->ops[TU_RV].pending = 1;
	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	t->server = &other;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_PROXIMITY, "RFC 8995 5", &err);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_clean(t);
	/* the next attempt is for the new one */
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_false(t->ops[TU_RV].repeated);
	tu_id_clear(&other);
}

/*
 * ... and after a restart too, with a voucher accepted: EST is for the registrar that was pinned.
 */
static void
test_server_changed_before_est(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id other = { 0 };

	tu_registrar(&other, &t->stranger);
	tu_pledge_until(t, PLEDGE_ENROLL);
	tu_pledge_restart(t);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLL);
	t->server = &other;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_PROXIMITY, "RFC 8995 5", &err);
	assert_int_equal(t->ops[TU_ENROLL].n, 0);
	assert_int_equal(t->ops[TU_ES].n, 0);
	assert_clean(t);
	tu_id_clear(&other);
}

/* 5.1 */
static void
test_no_server_certificate(void **state)
{
	struct tu_pledge *t = *state;

	t->no_chain = true;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 8995 5.1",
	    &err);
	assert_int_equal(t->ops[TU_RV].n, 0);
}

/* 5.1: not trusted yet, but the signatures within the chain must hold. */
static void
test_chain_broken(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id namesake = { 0 };

	tu_ca(&namesake, "domain");
	tu_add(&t->chain, &t->registrar);
	tu_add(&t->chain, &namesake);
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_SIGNATURE, "RFC 8995 5.1",
	    &err);
	assert_int_equal(t->ops[TU_RV].n, 0);
	tu_id_clear(&namesake);
}

static void
another_nonce(struct tu_pledge *t, struct brski_voucher *v)
{
	(void)t;
	v->nonce = BRSKI_LIT("0123456789abcdef");
}

/* 5.7: a refused voucher is told over the same connection, in fixed words; then everything goes. */
static void
test_voucher_refused(void **state)
{
	struct tu_pledge *t = *state;

	t->twist = another_nonce;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_NONCE, "RFC 8995 5.6.1", &err);
	assert_int_equal(t->ops[TU_VS].n, 1);
	assert_int_equal(t->ops[TU_VS].connection, t->ops[TU_RV].connection);
	assert_false(t->voucher_status.status);
	assert_string_equal(t->voucher_status.reason, "voucher is not fresh");
	assert_int_equal(t->ops[TU_CACERTS].n, 0);
	assert_clean(t);
	t->twist = NULL;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_true(t->voucher_status.status);
}

static void
another_pin(struct tu_pledge *t, struct brski_voucher *v)
{
	v->pinned_domain_cert = tu_cert(&t->stranger)->der;
}

/* 5.6.2: the server that relayed the voucher is not the one that it pins. */
static void
test_pin_refused(void **state)
{
	struct tu_pledge *t = *state;

	t->twist = another_pin;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_PIN, "RFC 8995 5.6.2", &err);
	assert_false(t->voucher_status.status);
	assert_int_equal(t->ops[TU_CACERTS].n, 0);
	assert_clean(t);
}

static void
test_answer_too_large(void **state)
{
	struct tu_pledge *t = *state;
	static uint8_t much[200 * 1024];

	t->ops[TU_RV].body = brski_slice(much, sizeof(much));
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_TOO_LARGE);
	assert_clean(t);
}

/* Which answers to a request are judged by. */
static const char *
clause(const struct tu_pledge *t)
{
	return t->speech == TU_COAPS ? "cBRSKI 6.6" : "RFC 8995 5.6";
}

static void
test_answer_type(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_RV].media = "text/html";
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_MEDIA_TYPE, clause(t), &err);
	assert_clean(t);
}

/* Refusals of the registrar; a redirect is one too: we follow none. */
static void
test_answer_status(void **state)
{
	static const struct {
		int status;
		enum brski_rc rc;
	} cases[] = { { 403, BRSKI_E_FORBIDDEN }, { 404, BRSKI_E_UNKNOWN },
		{ 302, BRSKI_E_UPSTREAM }, { 503, BRSKI_E_UNAVAILABLE }, { 201, BRSKI_E_UPSTREAM },
		{ 204, BRSKI_E_UPSTREAM } };
	struct tu_pledge *t = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t->ops[TU_RV].status = cases[i].status;
		t->ops[TU_RV].body = BRSKI_LIT("not\x1b[1m today");
		assert_refused_by(tu_pledge_until_failure(t, &err), cases[i].rc, clause(t), &err);
		assert_clean(t);
	}
}

static void
test_words_of_the_registrar(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_RV].status = 403;
	t->ops[TU_RV].body = BRSKI_LIT("not\x1b[1m today");
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_FORBIDDEN);
	assert_non_null(strstr(err.detail, "403: not?[1m today"));
}

/* 5.7: the registrar's answer to telemetry is nothing to us. */
static void
test_telemetry_not_served(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_VS].status = t->ops[TU_ES].status = 404;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_VS].n, 1);
	assert_int_equal(t->ops[TU_ES].n, 1);
}

/* Saved before visible: while nothing can be saved, nothing is promised. */
static void
test_storage_fails(void **state)
{
	struct tu_pledge *t = *state;

	t->fail_saves = 1;
	assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_IO);
	assert_int_equal(t->ops[TU_RV].n, 0);
	tu_pledge_until(t, PLEDGE_IMPRINT);
	t->fail_saves = 3;
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_IO);
	assert_int_equal(t->ops[TU_VS].n, 0);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_true(t->voucher_status.status);
}

/* 5.9.4: who cannot be told is not told for ever; the LDevID is good all the same. */
static void
test_confirm_in_vain(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id other = { 0 };

	tu_registrar(&other, &t->stranger);
	tu_pledge_until(t, PLEDGE_CONFIRM);
	tu_pledge_restart(t);
	assert_int_equal(pledge_state(&t->p), PLEDGE_CONFIRM);
	t->server = &other;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_PIN, "RFC 8995 5.6.2", &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_ES].n, 0);
	assert_true(tu_pledge_has(t, PLEDGE_ITEM_LDEVID));
	tu_id_clear(&other);
}

/*
 * 7.4.3: voucher anchors that an owner added count besides the manufacturer's, and survive a reset.
 */
static void
test_added_anchors(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_buf pem = { 0 };
	struct tu_id reseller = { 0 };

	tu_masa(&reseller, &t->stranger);
	t->signer = &reseller;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_UNKNOWN, &err);
	tu_pem(&t->stranger, false, &pem);
	assert_ok(t->port.save(t, PLEDGE_ITEM_ANCHORS, brski_buf_slice(&pem), &err), &err);
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
	assert_true(tu_pledge_has(t, PLEDGE_ITEM_ANCHORS));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_LDEVID));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_STATE));
	assert_null(t->key.ops);
	tu_pledge_restart(t);
	assert_clean(t);
	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_FACTORY, &err), &err);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_ANCHORS));
	brski_buf_clear(&pem);
	tu_id_clear(&reseller);
}

/* 11.3: after a reset the nonce is another one. */
static void
test_reset_changes_the_nonce(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 2);
	assert_false(t->ops[TU_RV].repeated);
	assert_int_equal(t->keys, 2);
}

/* A state that we cannot read is not guessed at; reset repairs it. */
static void
test_broken_state(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_until(t, PLEDGE_ENROLL);
	pledge_clear(&t->p);
	t->items[PLEDGE_ITEM_STATE].p[8] ^= 1;
	assert_refused_by(pledge_init(&t->p, &t->port, &t->conf, &err), BRSKI_E_MALFORMED,
	    "pledge/PROTOCOL 1", &err);
	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
}

/* The items that a state stands on are gone: begin anew. */
static void
test_items_gone(void **state)
{
	static const enum pledge_item items[] = { PLEDGE_ITEM_PVR, PLEDGE_ITEM_TRUST };
	struct tu_pledge *t = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		tu_pledge_until(t, PLEDGE_ENROLL);
		pledge_clear(&t->p);
		t->has[items[i]] = false;
		assert_ok(pledge_init(&t->p, &t->port, &t->conf, &err), &err);
		assert_clean(t);
	}
	tu_pledge_until(t, PLEDGE_ENROLL);
	pledge_clear(&t->p);
	t->items[PLEDGE_ITEM_PVR].p[20] ^= 0xff;
	assert_ok(pledge_init(&t->p, &t->port, &t->conf, &err), &err);
	assert_clean(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
}

#define HTTPS(name) cmocka_unit_test_setup_teardown(name, over_https, teardown)
/* clang-format off */
#define BOTH(name) HTTPS(name), { #name " over CoAP", name, over_coaps, teardown, NULL }
/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_onboarding),
		BOTH(test_enrolled_stays),
		HTTPS(test_request),
		HTTPS(test_without_clock),
		BOTH(test_come_back),
		BOTH(test_others_meanwhile),
		BOTH(test_parked),
		BOTH(test_parked_restart),
		BOTH(test_parked_for_days),
		HTTPS(test_parked_too_many),
		BOTH(test_four_days),
		BOTH(test_backoff),
		BOTH(test_backoff_by_chance),
		BOTH(test_candidates),
		HTTPS(test_flood),
		HTTPS(test_flood_moves),
		HTTPS(test_flood_second_try),
		HTTPS(test_flood_backs_off),
		HTTPS(test_many_candidates),
		BOTH(test_nobody_in_sight),
		BOTH(test_restart_at_every_step),
		BOTH(test_interrupted),
		BOTH(test_lost_answers),
		BOTH(test_lost_for_good),
		BOTH(test_kept_connection_gone),
		BOTH(test_first_request_fails),
		BOTH(test_server_changed),
		BOTH(test_server_changed_before_est),
		BOTH(test_no_server_certificate),
		BOTH(test_chain_broken),
		BOTH(test_voucher_refused),
		BOTH(test_pin_refused),
		BOTH(test_answer_too_large),
		BOTH(test_answer_type),
		BOTH(test_answer_status),
		BOTH(test_words_of_the_registrar),
		BOTH(test_telemetry_not_served),
		BOTH(test_storage_fails),
		BOTH(test_confirm_in_vain),
		HTTPS(test_added_anchors),
		BOTH(test_reset_changes_the_nonce),
		BOTH(test_broken_state),
		BOTH(test_items_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
