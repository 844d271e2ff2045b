/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How devices live on: renewals with pledge, registrar and its store in one process against a fake
 * clock; what goes wrong between them, and comes right. RFC 7030 4.2.2, cBRSKI 6.7.4.
 */
#include "registrar/revoke.h"
#include "world.h"

#define LIFE         (10 * TU_DAY)
#define CONF         "ldevid-lifetime = 10d"
#define CERTIFICATES "SELECT COUNT(*) FROM certificates WHERE device IS NOT NULL"

static struct brski_err err;

static void
assert_pair(struct world_device *d)
{
	struct brski_certs ldevid = { 0 };

	assert_true(d->has[PLEDGE_ITEM_LDEVID]);
	assert_ok(brski_certs_add_any(&ldevid, brski_buf_slice(&d->items[PLEDGE_ITEM_LDEVID]),
	              &err),
	    &err);
	assert_slice_eq(ldevid.v[0].spki, brski_key_spki(&d->ldevid_key));
	assert_slice_eq(ldevid.v[0].subject, tu_cert(&d->id)->subject);
	brski_certs_clear(&ldevid);
}

/* A device that renews, enrolled. */
static struct world_device *
enrolled(struct world *w, const struct world_over *over)
{
	struct world_device *d;

	world_init(w, over, CONF, "admission = any");
	d = world_device(w, "JADA123456789", true);
	d->conf.renew = true;
	assert_true(world_run(d, 60));
	return d;
}

/* In its time, again and again; each time the registrar has one more, and hears of it. */
static void
renews_in_time(void **state)
{
	struct world w;
	struct world_device *d = enrolled(&w, *state);
	uint32_t n;

	for (n = 1; n <= 5; n++) {
		world_live(d, LIFE * 2 / 3 + 60);
		assert_int_equal(pledge_renewals(&d->p), n);
		assert_int_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
		assert_int_equal(world_count(w.registrar_store, CERTIFICATES), n + 1);
		assert_pair(d);
	}
	assert_int_equal(w.asked_masa, 2); /* voucher and audit log of the first day */
	world_clear(&w);
}

/* The power fails in the n-th save of a renewal, for every n: one certificate more, no other. */
static void
power_cut_at_every_save(void **state)
{
	struct world w;
	struct world_device *d = enrolled(&w, *state);
	uint32_t renewals = 0;
	unsigned n;

	for (n = 1; n < 100; n++) {
		d->saves = 0;
		d->die_at_save = n;
		while (pledge_renewals(&d->p) == renewals) {
			pledge_renew_now(&d->p);
			world_live(d, 10);
		}
		assert_int_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
		assert_int_equal(pledge_renewals(&d->p), ++renewals);
		assert_int_equal(world_count(w.registrar_store, CERTIFICATES), renewals + 1);
		assert_pair(d);
		if (d->die_at_save != 0)
			break;
	}
	assert_in_range(n, 8, 30);
	assert_int_equal(w.asked_masa, 2);
	world_clear(&w);
}

/* The registrar goes and comes back after each request. */
static void
registrar_restarts(void **state)
{
	struct world w;
	struct world_device *d = enrolled(&w, *state);
	unsigned seen = w.requests;
	uint32_t wait_ms;

	while (pledge_renewals(&d->p) < 2 || pledge_state(&d->p) != PLEDGE_ENROLLED) {
		(void)!pledge_step(&d->p, &wait_ms, &err);
		err = (struct brski_err){ 0 };
		if (w.requests != seen)
			world_registrar_restart(&w);
		seen = w.requests;
		world_wait(&w, wait_ms);
	}
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 3);
	assert_pair(d);
	world_clear(&w);
}

/* Gone until an hour before the end. */
static void
registrar_comes_back_late(void **state)
{
	struct world w;
	struct world_device *d = enrolled(&w, *state);

	w.cut_off = true;
	world_live(d, LIFE - 3600);
	assert_int_equal(pledge_state(&d->p), PLEDGE_RENEW);
	w.cut_off = false;
	world_live(d, 1800);
	assert_int_equal(pledge_renewals(&d->p), 1);
	assert_pair(d);
	world_clear(&w);
}

/* Off for longer than its certificate lived: commissioned anew. */
static void
slept_for_too_long(void **state)
{
	struct world w;
	struct world_device *d = enrolled(&w, *state);

	world_power_off(d);
	world_wait(&w, (LIFE + 3600) * 1000);
	world_power_on(d);
	assert_int_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
	world_live(d, 3600);
	assert_int_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
	assert_int_equal(pledge_renewals(&d->p), 0);
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 2);
	assert_pair(d);
	world_clear(&w);
}

static void
device_of(struct world *w, struct world_device *d, struct registrar_device *out)
{
	assert_ok(registrar_device_find(w->registrar_store, "acme", brski_slice_str(d->serial), out,
	              &err),
	    &err);
}

/* Revoked: nothing more is given to it, and it comes to no harm by itself. */
static void
revoked_stays_out(void **state)
{
	struct world w;
	struct world_device *d = enrolled(&w, *state);
	struct registrar_device device;

	device_of(&w, d, &device);
	assert_ok(registrar_revoke_device(w.registrar, "test", &device, BRSKI_REASON_KEY_COMPROMISE,
	              &err),
	    &err);
	world_live(d, LIFE * 9 / 10);
	assert_int_equal(pledge_state(&d->p), PLEDGE_RENEW);
	assert_int_equal(w.last_status, 403);
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 1);
	assert_pair(d);
	/* when its certificate is over it asks as a new device, in vain */
	world_live(d, LIFE);
	assert_int_not_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 1);
	/* until the operator takes it back */
	device_of(&w, d, &device);
	assert_ok(registrar_reinstate(w.registrar, "test", &device, "found", &err), &err);
	world_live(d, TU_DAY);
	assert_int_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
	assert_pair(d);
	world_clear(&w);
}

/* clang-format off */
#define OVER(f, over) { #f " over " #over, f, NULL, NULL, (void *)(uintptr_t)&world_##over }
/* clang-format on */
#define EACH(name) OVER(name, https), OVER(name, coaps), OVER(name, https_cose)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(renews_in_time),
		EACH(power_cut_at_every_save),
		EACH(registrar_restarts),
		EACH(registrar_comes_back_late),
		EACH(slept_for_too_long),
		EACH(revoked_stays_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
