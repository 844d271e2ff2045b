/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "store/audit.h"
#include "tu.h"

static const struct brski_migrations nothing = { (const char *const[]){ "" }, 1 };

static int
setup(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_store *s;

	assert_ok(brski_store_open(":memory:", "test", &nothing, &s, &err), &err);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	brski_store_close(*state);
	return 0;
}

static const struct brski_audit_row sample = {
	.time = TU_NOW,
	.actor = BRSKI_LIT("pledge"),
	.event = BRSKI_LIT("requestvoucher"),
	.manufacturer = BRSKI_LIT("acme"),
	.serial = BRSKI_LIT("JADA\"123\n"),
	.rc = BRSKI_LIT("E_NONCE"),
	.spec = BRSKI_LIT("RFC 8995 5.6.1"),
};

static void
append(struct brski_store *s, int n)
{
	struct brski_err err = { .rc = BRSKI_OK };

	for (int i = 0; i < n; i++)
		assert_ok(brski_audit_append(s, &sample, &err), &err);
}

static void
sql(struct brski_store *s, const char *text)
{
	struct brski_err err = { .rc = BRSKI_OK };

	assert_ok(brski_store_exec(s, NULL, &err, text, ""), &err);
}

struct list {
	int n, stop;
	int64_t id[10];
	char hash[65];
};

static bool
collect(void *arg, const struct brski_audit_row *row, struct brski_slice hash)
{
	struct list *l = arg;
	struct brski_buf hex = brski_buf_fixed(l->hash, sizeof(l->hash));

	l->id[l->n++] = row->id;
	assert_true(row->time == TU_NOW);
	assert_slice_eq(row->actor, sample.actor);
	assert_slice_eq(row->event, sample.event);
	assert_slice_eq(row->manufacturer, sample.manufacturer);
	assert_slice_eq(row->serial, sample.serial);
	assert_slice_eq(row->rc, sample.rc);
	assert_slice_eq(row->spec, sample.spec);
	assert_false(brski_slice_present(row->detail));
	assert_int_equal(brski_hex_encode(hash, &hex, NULL), BRSKI_OK);
	assert_non_null(brski_buf_cstr(&hex));
	return l->n != l->stop;
}

static void
test_append_list_verify(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct list l = { .n = 0 };
	int64_t rows = -1;

	assert_ok(brski_audit_verify(*state, &rows, &err), &err);
	assert_int_equal(rows, 0);
	append(*state, 5);
	assert_ok(brski_audit_verify(*state, &rows, &err), &err);
	assert_int_equal(rows, 5);
	assert_ok(brski_audit_list(*state, 2, 2, collect, &l, &err), &err);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.id[0], 3);
	assert_int_equal(l.id[1], 4);
	l = (struct list){ .stop = 1 };
	assert_ok(brski_audit_list(*state, 0, 5, collect, &l, &err), &err);
	assert_int_equal(l.n, 1);
}

/*
 * The canonical row, worked out by hand from the comment in audit.c: who changes it breaks every
 * trail out there.
 */
static void
test_canonical(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct list l = { .stop = 1 };

	append(*state, 1);
	assert_ok(brski_audit_list(*state, 0, 1, collect, &l, &err), &err);
	assert_string_equal(l.hash,
	    "30a7b507721f637738f4cf2e3dcdf851af9bee26d65f137125ddba391fc90a7f");
}

static void
test_own_or_callers_transaction(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_audit_row bad = sample;
	int64_t rows;

	append(*state, 1);
	assert_false(brski_store_in_transaction(*state));
	assert_ok(brski_store_begin(*state, &err), &err);
	append(*state, 2);
	assert_true(brski_store_in_transaction(*state));
	brski_store_rollback(*state);
	bad.actor = (struct brski_slice){ NULL, 0 };
	assert_broken(brski_audit_append(*state, &bad, &err), BRSKI_E_CONFLICT, &err);
	assert_false(brski_store_in_transaction(*state));
	append(*state, 1);
	assert_ok(brski_audit_verify(*state, &rows, &err), &err);
	assert_int_equal(rows, 2);
}

static void
test_row_too_large(void **state)
{
	static const uint8_t big[BRSKI_AUDIT_ROW_MAX];
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_audit_row row = sample;

	row.detail = brski_slice(big, sizeof(big));
	assert_refused(brski_audit_append(*state, &row, &err), BRSKI_E_TOO_LARGE, &err);
	assert_false(brski_store_in_transaction(*state));
}

/* Append-only: not even the program itself can do otherwise. */
static void
test_append_only(void **state)
{
	static const char *const tries[] = {
		"UPDATE audit SET rc = 'OK' WHERE id = 2",
		"DELETE FROM audit WHERE id = 3",
		("REPLACE INTO audit SELECT id, time, actor, event, manufacturer, serial, 'OK', "
		 "spec,"
		 " detail, hash FROM audit WHERE id = 2"),
		("INSERT INTO audit SELECT 9, time, actor, event, manufacturer, serial, rc, spec,"
		 " detail, hash FROM audit WHERE id = 2"),
	};
	struct brski_err err = { .rc = BRSKI_OK };
	int64_t rows;

	append(*state, 3);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		assert_broken(brski_store_exec(*state, NULL, &err, tries[i], ""), BRSKI_E_CONFLICT,
		    &err);
	assert_ok(brski_audit_verify(*state, &rows, &err), &err);
	assert_int_equal(rows, 3);
}

/* Somebody with the file and the patience to drop the triggers is found out. */
static void
test_tampering_is_found(void **state)
{
	static const struct {
		const char *sql;
		int64_t right;
	} v[] = {
		{ "UPDATE audit SET rc = 'OK' WHERE id = 2", 1 },
		{ "UPDATE audit SET time = time + 1 WHERE id = 4", 3 },
		{ "UPDATE audit SET detail = '' WHERE id = 3", 2 },
		{ "UPDATE audit SET actor = 'pledger', event = 'equestvoucher' WHERE id = 1", 0 },
		{ "DELETE FROM audit WHERE id = 2", 1 },
		{ "UPDATE audit SET id = 9 WHERE id = 4", 3 },
		{ "UPDATE audit SET hash = x'00' WHERE id = 1", 0 },
		{ "UPDATE audit SET detail = zeroblob(9999) WHERE id = 2", 1 },
	};
	struct brski_err err = { .rc = BRSKI_OK };
	int64_t rows;

	append(*state, 4);
	sql(*state, "DROP TRIGGER audit_update");
	sql(*state, "DROP TRIGGER audit_delete");
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_ok(brski_store_begin(*state, &err), &err);
		sql(*state, v[i].sql);
		assert_refused_by(brski_audit_verify(*state, &rows, &err), BRSKI_E_CONFLICT,
		    "audit trail", &err);
		assert_int_equal(rows, v[i].right);
		brski_store_rollback(*state);
	}
	assert_ok(brski_audit_verify(*state, &rows, &err), &err);
	assert_int_equal(rows, 4);
}

#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_append_list_verify),
		WITH_STORE(test_canonical),
		WITH_STORE(test_own_or_callers_transaction),
		WITH_STORE(test_row_too_large),
		WITH_STORE(test_append_only),
		WITH_STORE(test_tampering_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
