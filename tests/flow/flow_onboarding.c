/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole onboardings, all three roles in one process, against a fake clock: what goes wrong between
 * the roles, and comes right.
 */
#include "world.h"

#define CERTIFICATES "SELECT COUNT(*) FROM certificates WHERE device IS NOT NULL"
#define VOUCHERS     "SELECT COUNT(*) FROM entries"

static void
assert_enrolled_once(struct world *w, struct world_device *d)
{
	struct brski_certs ldevid = { 0 };
	struct brski_path path = { .anchors = &w->domain.chain, .at = w->now };
	struct brski_err err = { 0 };

	assert_true(d->has[PLEDGE_ITEM_LDEVID]);
	assert_ok(brski_certs_add_any(&ldevid, brski_buf_slice(&d->items[PLEDGE_ITEM_LDEVID]),
	              &err),
	    &err);
	path.leaf = &ldevid.v[0];
	assert_ok(brski_path_validate(&path, NULL, &err), &err);
	assert_slice_eq(ldevid.v[0].spki, brski_key_spki(&d->ldevid_key));
	assert_slice_eq(ldevid.v[0].subject, tu_cert(&d->id)->subject);
	assert_int_equal(world_count(w->registrar_store, CERTIFICATES), 1);
	brski_certs_clear(&ldevid);
}

static void
commissions_a_device(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	assert_true(world_run(d, 60));
	assert_enrolled_once(&w, d);
	assert_int_equal(w.other_pvr, 0);
	world_clear(&w);
}

/*
 * RFC 8995 5.6: a MASA that cannot be reached is the registrar's wait, not the pledge's failure:
 * 202, and the same bytes again.
 */
static void
waits_for_a_masa_that_is_down(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "patience = \"1h\"", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	w.masa_down = true;
	assert_false(world_run(d, 120));
	assert_int_equal(w.last_status, 202);
	assert_true(w.same_pvr > 1);
	w.masa_down = false;
	assert_true(world_run(d, 300));
	assert_int_equal(w.other_pvr, 0);
	assert_enrolled_once(&w, d);
	world_clear(&w);
}

static void
waits_for_a_slow_masa(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	w.masa_slow_ms = 15000;
	assert_true(world_run(d, 300));
	assert_int_equal(w.other_pvr, 0);
	assert_int_equal(world_count(w.masa.store, VOUCHERS), 1);
	assert_enrolled_once(&w, d);
	world_clear(&w);
}

/*
 * The power fails in the pledge's n-th save, for every n: it comes back and ends with one
 * certificate.
 */
static void
pledge_survives_a_power_cut_at_every_save(void **state)
{
	struct world w;
	struct world_device *d;
	unsigned n = 0, saves;

	do {
		world_init(&w, *state, "", "admission = any");
		d = world_device(&w, "JADA123456789", true);
		d->die_at_save = ++n;
		assert_true(world_run(d, 4000));
		assert_true(d->has[PLEDGE_ITEM_LDEVID]);
		saves = d->die_at_save;
		world_clear(&w);
		assert_true(n < 100);
	} while (saves == 0);
	assert_true(n > 3); /* it did save a few times */
}

/* The registrar goes away and comes back between any two requests. */
static void
registrar_restarts_between_requests(void **state)
{
	struct world w;
	struct world_device *d;
	struct brski_err err;
	uint32_t wait_ms;
	unsigned seen = 0;

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	world_power_on(d);
	for (int i = 0; i < 200 && pledge_state(&d->p) != PLEDGE_ENROLLED; i++) {
		memset(&err, 0, sizeof(err));
		(void)!pledge_step(&d->p, &wait_ms, &err);
		if (w.requests != seen) {
			world_registrar_restart(&w);
			world_masa_restart(&w);
			seen = w.requests;
		}
		if (pledge_state(&d->p) != PLEDGE_ENROLLED)
			world_wait(&w, wait_ms);
	}
	assert_int_equal(pledge_state(&d->p), PLEDGE_ENROLLED);
	assert_enrolled_once(&w, d);
	world_clear(&w);
}

/* RFC 8995 5.3: the operator decides; until then 202, and a refusal afterwards is a refusal. */
static void
waits_for_the_operator(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "", "admission = approve");
	d = world_device(&w, "JADA123456789", true);
	assert_false(world_run(d, 60));
	assert_int_equal(w.last_status, 202);
	assert_int_equal(w.asked_masa, 0);
	world_clear(&w);
}

static void
refuses_a_device_that_is_not_listed(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "", "admission = listed");
	d = world_device(&w, "JADA123456789", true);
	assert_false(world_run(d, 60));
	assert_true(w.last_status == 403 || w.last_status == 404);
	assert_int_equal(w.asked_masa, 0);
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 0);
	world_clear(&w);
}

/* RFC 8995 5.6: what the MASA refuses, the pledge hears. */
static void
passes_on_that_the_masa_does_not_know_the_device(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", false);
	assert_false(world_run(d, 60));
	assert_int_equal(w.last_status, 404);
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 0);
	world_clear(&w);
}

/*
 * A device that belongs to another domain ends nowhere and keeps backing off; nothing is issued for
 * it.
 */
static void
a_device_of_another_owner_ends_nowhere(void **state)
{
	struct world w;
	struct world_device *d;
	struct tu_id other = { 0 };
	struct masa_device m;
	struct brski_err err = { 0 };
	uint8_t owner[BRSKI_SHA256_SIZE];

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	tu_ca(&other, "Other plant");
	brski_sha256(tu_cert(&other)->spki, owner);
	assert_ok(masa_ledger_find(w.masa.store, brski_slice_str(d->serial),
	              (struct brski_slice){ 0 }, &m, &err),
	    &err);
	assert_ok(masa_ledger_set_owner(w.masa.store, &m, brski_slice(owner, sizeof(owner)), &err),
	    &err);
	assert_false(world_run(d, 7200));
	assert_int_equal(w.last_status, 403);
	assert_true(w.requests < 60); /* back-off */
	assert_int_equal(world_count(w.registrar_store, CERTIFICATES), 0);
	tu_id_clear(&other);
	world_clear(&w);
}

/* RFC 8995 5.2: somebody stands between pledge and registrar. */
static void
an_attacker_in_between_is_seen(void **state)
{
	struct world w;
	struct world_device *d;
	struct tu_id rogue_ca = { 0 }, rogue = { 0 };

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	tu_ca(&rogue_ca, "Rogue");
	tu_registrar(&rogue, &rogue_ca);
	w.server = &rogue;
	assert_false(world_run(d, 60));
	assert_int_equal(w.last_status, 401);
	assert_non_null(strstr(w.last_refusal, "E_PROXIMITY"));
	assert_int_equal(w.asked_masa, 0);
	tu_id_clear(&rogue_ca);
	tu_id_clear(&rogue);
	world_clear(&w);
}

static void
flip_a_bit(struct world *w, struct brski_buf *voucher)
{
	(void)w;
	voucher->p[voucher->n - 5] ^= 1;
}

/* A voucher that was damaged on its way is not passed on, and not kept. */
static void
a_spoiled_voucher_is_not_passed_on(void **state)
{
	struct world w;
	struct world_device *d;

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	w.spoil_voucher = flip_a_bit;
	assert_false(world_run(d, 30));
	assert_int_equal(w.last_status, 502);
	w.spoil_voucher = NULL;
	assert_true(world_run(d, 4000));
	assert_enrolled_once(&w, d);
	world_clear(&w);
}

/* RFC 8995 5.1: a device is known by manufacturer and serial number; many at once do not mix. */
static void
devices_do_not_mix(void **state)
{
	struct world w;
	struct world_device *d[3];
	struct brski_err err;
	uint32_t wait_ms;
	unsigned enrolled = 0;

	world_init(&w, *state, "", "admission = any");
	w.masa_slow_ms = 700;
	d[0] = world_device(&w, "A-1", true);
	d[1] = world_device(&w, "A-2", true);
	d[2] = world_device(&w, "A-3", true);
	for (int i = 0; i < 3; i++)
		world_power_on(d[i]);
	for (int i = 0; i < 600 && enrolled < 3; i++) {
		enrolled = 0;
		for (int j = 0; j < 3; j++) {
			memset(&err, 0, sizeof(err));
			(void)!pledge_step(&d[j]->p, &wait_ms, &err);
			enrolled += pledge_state(&d[j]->p) == PLEDGE_ENROLLED;
		}
		world_wait(&w, 500);
	}
	assert_int_equal(enrolled, 3);
	for (int j = 0; j < 3; j++) {
		struct brski_certs ldevid = { 0 };

		assert_ok(brski_certs_add_any(&ldevid,
		              brski_buf_slice(&d[j]->items[PLEDGE_ITEM_LDEVID]), &err),
		    &err);
		assert_slice_eq(ldevid.v[0].serial_number, brski_slice_str(d[j]->serial));
		brski_certs_clear(&ldevid);
	}
	assert_int_equal(world_count(w.registrar_store,
	                     "SELECT COUNT(DISTINCT serial) FROM certificates WHERE device IS NOT "
	                     "NULL"),
	    3);
	world_clear(&w);
}

/* The audit trails of both sides hold together afterwards. */
static void
audit_trails_verify(void **state)
{
	struct world w;
	struct world_device *d;
	struct brski_err err = { 0 };
	int64_t rows;

	world_init(&w, *state, "", "admission = any");
	d = world_device(&w, "JADA123456789", true);
	assert_true(world_run(d, 60));
	assert_ok(brski_audit_verify(w.registrar_store, &rows, &err), &err);
	assert_true(rows >= 4); /* voucher, status, certificate, status */
	assert_ok(brski_audit_verify(w.masa.store, &rows, &err), &err);
	assert_true(rows >= 1);
	world_clear(&w);
}

/* The same everywhere: whatever the two talk over. */
/* clang-format off */
#define OVER(f, over) { #f " over " #over, f, NULL, NULL, (void *)(uintptr_t)&world_##over }
/* clang-format on */
#define EACH(name) OVER(name, https), OVER(name, coaps), OVER(name, https_cose)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(commissions_a_device),
		EACH(waits_for_a_masa_that_is_down),
		EACH(waits_for_a_slow_masa),
		EACH(pledge_survives_a_power_cut_at_every_save),
		EACH(registrar_restarts_between_requests),
		EACH(waits_for_the_operator),
		EACH(refuses_a_device_that_is_not_listed),
		EACH(passes_on_that_the_masa_does_not_know_the_device),
		EACH(a_device_of_another_owner_ends_nowhere),
		EACH(an_attacker_in_between_is_seen),
		EACH(a_spoiled_voucher_is_not_passed_on),
		EACH(devices_do_not_mix),
		EACH(audit_trails_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
