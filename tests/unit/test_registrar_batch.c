/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that share a commit: durable before visible, and each by itself all or nothing. */
#include <stdio.h>
#include "tu_registrar.h"
#include "tu_rvr.h"

#define VOUCHER "/.well-known/brski/requestvoucher"
#define VSTATUS "/.well-known/brski/voucher_status"
#define MEDIA   "application/voucher-cms+json"

struct scene {
	struct tu_site s;
	struct brski_store *other; /* what the disk says */
	struct tu_id a, b;
	struct brski_buf pvr_a, pvr_b, voucher;
	struct tu_exchange ea, eb;
};

static void
open_scene(struct scene *c)
{
	struct brski_err err = { 0 };

	memset(c, 0, sizeof(*c));
	tu_site_open(&c->s, "", "admission = any");
	c->s.together = true;
	tu_site_restart(&c->s);
	assert_ok(registrar_store_open(c->s.db, &c->other, &err), &err);
	tu_idevid(&c->a, &c->s.acme, "A-1", TU_MASA_URL);
	tu_idevid(&c->b, &c->s.globex, "B-1", TU_MASA_URL);
	tu_make_pvr(&c->s, &c->a, "A-1", TU_NONCE, &c->pvr_a);
	tu_make_pvr(&c->s, &c->b, "B-1", TU_NONCE2, &c->pvr_b);
}

static void
close_scene(struct scene *c)
{
	brski_store_close(c->other);
	tu_site_close(&c->s);
	tu_id_clear(&c->a);
	tu_id_clear(&c->b);
	brski_buf_clear(&c->pvr_a);
	brski_buf_clear(&c->pvr_b);
	brski_buf_clear(&c->voucher);
}

static void
grant(struct scene *c, size_t n)
{
	tu_make_voucher(&c->s, tu_call(&c->s, n), &c->voucher);
	tu_answer(tu_call(&c->s, n), BRSKI_OK, MEDIA, brski_buf_slice(&c->voucher));
}

/* Both ask, both MASAs answer in one turn of the loop. */
static void
ask_both(struct scene *c)
{
	tu_send(&c->s, &c->ea, &c->a, VOUCHER, MEDIA, brski_buf_slice(&c->pvr_a));
	tu_send(&c->s, &c->eb, &c->b, VOUCHER, MEDIA, brski_buf_slice(&c->pvr_b));
	grant(c, 0);
	grant(c, 1);
}

static bool
on_disk(struct scene *c, const char *maker, const char *serial)
{
	struct registrar_device d;
	struct brski_err err = { 0 };

	assert_ok(registrar_device_find(c->other, maker, brski_slice_str(serial), &d, &err), &err);
	return d.id != 0;
}

static void
one_commit(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	ask_both(&c);
	assert_int_equal(c.ea.done, 0); /* not on disk yet, so nobody sees it */
	assert_int_equal(c.eb.done, 0);
	assert_false(on_disk(&c, "acme", "A-1"));
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.ea.rc, BRSKI_OK);
	assert_int_equal(c.eb.rc, BRSKI_OK);
	assert_true(on_disk(&c, "acme", "A-1"));
	assert_true(on_disk(&c, "globex", "B-1"));
	assert_int_equal(tu_audit_rows(&c.s), 2);
	tu_exchange_clear(&c.ea);
	tu_exchange_clear(&c.eb);
	/* nothing is waited for where nothing was written */
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	assert_int_equal(c.ea.rc, BRSKI_OK);
	tu_exchange_clear(&c.ea);
	close_scene(&c);
}

/* One of them cannot be stored: it is refused, the other is not touched. */
static void
one_fails(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	assert_int_equal(brski_store_exec(c.s.store, NULL, NULL,
	                     "CREATE TRIGGER no_globex BEFORE INSERT ON requests WHEN NEW.device ="
	                     " (SELECT id FROM devices WHERE manufacturer = 'globex')"
	                     " BEGIN SELECT RAISE(ABORT, 'no'); END",
	                     ""),
	    BRSKI_OK);
	ask_both(&c);
	assert_true(brski_rc_http(c.eb.rc) >= 400);
	/* the row that says so is on disk before the refusal leaves, and what was ready with it */
	assert_int_equal(c.ea.done, 1);
	assert_int_equal(c.ea.rc, BRSKI_OK);
	assert_true(on_disk(&c, "acme", "A-1"));
	assert_false(on_disk(&c, "globex", "B-1"));
	tu_exchange_clear(&c.ea);
	tu_exchange_clear(&c.eb);
	close_scene(&c);
}

/* The same, first in its batch. */
static void
first_fails(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	assert_int_equal(brski_store_exec(c.s.store, NULL, NULL,
	                     "CREATE TRIGGER no_requests BEFORE INSERT ON requests"
	                     " BEGIN SELECT RAISE(ABORT, 'no'); END",
	                     ""),
	    BRSKI_OK);
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	grant(&c, 0);
	assert_true(brski_rc_http(c.ea.rc) >= 400);
	tu_exchange_clear(&c.ea);
	tu_site_wait(&c.s, 0);
	assert_false(on_disk(&c, "acme", "A-1"));
	assert_int_equal(tu_audit_rows(&c.s), 1); /* that it failed */
	close_scene(&c);
}

/* The batch does not reach the disk: nobody gets what is not there, and the next time it works. */
static void
commit_fails(void **state)
{
	struct brski_buf log = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c);
	ask_both(&c);
	brski_store_rollback(c.s.store); /* behind its back */
	tu_site_wait(&c.s, 0);
	assert_int_equal(brski_rc_http(c.ea.rc), 500);
	assert_int_equal(brski_rc_http(c.eb.rc), 500);
	assert_false(on_disk(&c, "acme", "A-1"));
	tu_exchange_clear(&c.ea);
	tu_exchange_clear(&c.eb);
	/* an audit log comes for a request that is not there */
	tu_make_auditlog(&c.s.domain, "", &log);
	tu_answer(tu_call(&c.s, 2), BRSKI_OK, "application/json", brski_buf_slice(&log));
	tu_site_wait(&c.s, 0);
	brski_buf_clear(&log);
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	grant(&c, c.s.calls_n - 1);
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.ea.rc, BRSKI_OK);
	assert_true(on_disk(&c, "acme", "A-1"));
	tu_exchange_clear(&c.ea);
	close_scene(&c);
}

/* That the MASA was asked did not reach the disk: what is built on it is not given out. */
static void
row_is_lost(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	c.s.r->site->conf.hold_s = 0;
	tu_send(&c.s, &c.eb, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	tu_site_wait(&c.s, 0); /* eb has waited enough, and it is recorded */
	assert_int_equal(c.eb.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.eb);
	assert_int_equal(brski_store_exec(c.s.store, NULL, NULL, "DELETE FROM requests", ""),
	    BRSKI_OK);
	grant(&c, 0);
	assert_int_equal(brski_rc_http(c.ea.rc), 500);
	tu_exchange_clear(&c.ea);
	tu_site_wait(&c.s, 0);
	c.s.r->site->conf.hold_s = 4;
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	grant(&c, 1);
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.ea.rc, BRSKI_OK);
	tu_exchange_clear(&c.ea);
	close_scene(&c);
}

/* A CoAP session ends at any time, and its exchange with it: nobody answers what is not there. */
static void
clients_leave(void **state)
{
	struct scene c;
	struct tu_exchange again;

	(void)state;
	open_scene(&c);
	/* while the MASA is asked, the first of two that wait */
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	tu_send(&c.s, &again, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	tu_send(&c.s, &c.eb, &c.b, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_b));
	tu_drop(&c.ea);
	grant(&c, 0);
	grant(&c, 1);
	/* while the batch waits for the disk: the first, and then the last of it */
	tu_drop(&again);
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	tu_send(&c.s, &again, &c.b, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_b));
	tu_drop(&again);
	tu_send(&c.s, &again, &c.b, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_b));
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.ea.rc, BRSKI_OK);
	assert_int_equal(c.eb.rc, BRSKI_OK);
	assert_int_equal(again.rc, BRSKI_OK);
	assert_true(on_disk(&c, "acme", "A-1"));
	tu_exchange_clear(&c.ea);
	tu_exchange_clear(&c.eb);
	tu_exchange_clear(&again);
	close_scene(&c);
}

/* The end of the program and an operator's word do not wait for the turn to end. */
static void
at_once(void **state)
{
	struct tu_exchange a;
	struct scene c;

	(void)state;
	open_scene(&c);
	ask_both(&c);
	tu_admin(&c.s, &a, BRSKI_POST, "/v1/devices/acme/A-1/deny", NULL, NULL);
	assert_int_equal(a.rc, BRSKI_OK);
	tu_exchange_clear(&a);
	assert_true(on_disk(&c, "acme", "A-1"));
	assert_int_equal(c.ea.rc, BRSKI_OK);
	tu_exchange_clear(&c.ea);
	tu_exchange_clear(&c.eb);
	tu_send(&c.s, &c.eb, &c.b, VSTATUS, "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	assert_int_equal(c.eb.done, 0);
	tu_site_restart(&c.s);
	assert_int_equal(c.eb.rc, BRSKI_OK);
	tu_exchange_clear(&c.eb);
	close_scene(&c);
}

static enum registrar_verdict
verdict_on_disk(struct scene *c)
{
	struct registrar_request q;
	struct brski_err err = { 0 };
	enum registrar_verdict v;

	assert_ok(registrar_request_get(c->other, 1, &q, &err), &err);
	v = q.verdict;
	registrar_request_clear(&q);
	return v;
}

static void
get_vouchers(struct scene *c)
{
	struct brski_buf log = { 0 };

	ask_both(c);
	tu_site_wait(&c->s, 0);
	assert_int_equal(c->ea.rc, BRSKI_OK);
	tu_exchange_clear(&c->ea);
	tu_exchange_clear(&c->eb);
	tu_make_auditlog(&c->s.domain, "", &log);
	tu_answer(tu_call(&c->s, 2), BRSKI_OK, "application/json", brski_buf_slice(&log));
	tu_site_wait(&c->s, 0);
	brski_buf_clear(&log);
}

/* A good verdict about an audit log is told to nobody: it goes to the disk with what comes next. */
static void
verdict_rides(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	get_vouchers(&c);
	assert_int_equal(verdict_on_disk(&c), REGISTRAR_NOT_JUDGED);
	tu_send(&c.s, &c.eb, &c.b, VSTATUS, "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	assert_int_equal(c.eb.done, 0);
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.eb.rc, BRSKI_OK);
	assert_int_equal(verdict_on_disk(&c), REGISTRAR_ACCEPTED);
	tu_exchange_clear(&c.eb);
	close_scene(&c);
}

/* Whoever is answered meanwhile, even without a change, is answered from the disk. */
static void
verdict_is_hurried(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	get_vouchers(&c);
	tu_send(&c.s, &c.ea, &c.a, VOUCHER, MEDIA, brski_buf_slice(&c.pvr_a));
	assert_int_equal(c.ea.done, 0);
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.ea.rc, BRSKI_OK);
	assert_int_equal(verdict_on_disk(&c), REGISTRAR_ACCEPTED);
	tu_exchange_clear(&c.ea);
	close_scene(&c);
}

/* When nothing comes it does not wait for long. */
static void
verdict_goes_alone(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	get_vouchers(&c);
	tu_site_wait(&c.s, 1);
	assert_int_equal(verdict_on_disk(&c), REGISTRAR_ACCEPTED);
	close_scene(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_commit),
		cmocka_unit_test(one_fails),
		cmocka_unit_test(first_fails),
		cmocka_unit_test(commit_fails),
		cmocka_unit_test(row_is_lost),
		cmocka_unit_test(at_once),
		cmocka_unit_test(clients_leave),
		cmocka_unit_test(verdict_rides),
		cmocka_unit_test(verdict_is_hurried),
		cmocka_unit_test(verdict_goes_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
