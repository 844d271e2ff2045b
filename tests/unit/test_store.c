/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "store/audit.h"
#include "store/store.h"
#include "tu.h"

static const char *const steps[] = {
	("CREATE TABLE device (id INTEGER PRIMARY KEY, serial TEXT NOT NULL UNIQUE, cert BLOB);"
	 "CREATE TABLE event (device INTEGER REFERENCES device (id), n INTEGER CHECK (n > 0));"),
	"ALTER TABLE device ADD COLUMN note TEXT;",
	"CREATE TABLE broken (a);CREATE TABLE broken (a);",
};
static const struct brski_migrations one = { steps, 1 }, two = { steps, 2 }, three = { steps, 3 };

struct box {
	char dir[64], path[128];
	struct brski_store *s;
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));
	struct brski_err err = { .rc = BRSKI_OK };

	assert_non_null(b);
	(void)snprintf(b->dir, sizeof(b->dir), "%s", "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->path, sizeof(b->path), "%s/db", b->dir);
	assert_ok(brski_store_open(b->path, "test", &two, &b->s, &err), &err);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	brski_store_close(b->s);
	(void)unlink(b->path);
	assert_int_equal(rmdir(b->dir), 0); /* WAL and shared memory went with the last close */
	free(b);
	return 0;
}

static enum brski_rc
add(struct brski_store *s, const char *serial, struct brski_err *err)
{
	return brski_store_exec(s, NULL, err, "INSERT INTO device (serial) VALUES ($1)", "s",
	    serial);
}

static int64_t
count(struct brski_store *s)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_query q;
	int64_t n;
	bool row;

	assert_ok(brski_query_start(s, &q, &err, "SELECT count(*) FROM device", ""), &err);
	assert_ok(brski_query_next(&q, &row, &err), &err);
	assert_true(row);
	n = brski_query_int(&q, 0);
	brski_query_end(&q);
	return n;
}

static void
test_mode(void **state)
{
	const struct box *b = *state;
	struct stat st;

	assert_int_equal(stat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_types(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_query q;
	struct brski_slice none = { NULL, 0 };
	int64_t changed;
	bool row;

	/* $2 before $1: numbers, not positions, decide */
	assert_ok(brski_store_exec(b->s, &changed, &err,
	              "INSERT INTO device (cert, serial, id) VALUES ($2, $1, $3)", "tbi",
	              BRSKI_LIT("a\0b"), BRSKI_LIT("\0\1\2"), INT64_C(1) << 40),
	    &err);
	assert_int_equal(changed, 1);
	assert_ok(brski_store_exec(b->s, NULL, &err,
	              "INSERT INTO device (serial, cert, note) VALUES ($1, $2, $3)", "sbs", "two",
	              BRSKI_LIT(""), NULL),
	    &err);
	assert_ok(brski_store_exec(b->s, NULL, &err,
	              "INSERT INTO device (serial, cert, note) VALUES ($1, $2, $3)", "tbt",
	              BRSKI_LIT("three"), none, BRSKI_LIT("")),
	    &err);
	assert_ok(brski_query_start(b->s, &q, &err,
	              "SELECT id, serial, cert, note FROM device ORDER BY serial", ""),
	    &err);
	assert_ok(brski_query_next(&q, &row, &err), &err);
	assert_true(row);
	assert_true(brski_query_int(&q, 0) == INT64_C(1) << 40);
	assert_slice_eq(brski_query_text(&q, 1), BRSKI_LIT("a\0b"));
	assert_slice_eq(brski_query_blob(&q, 2), BRSKI_LIT("\0\1\2"));
	assert_ok(brski_query_next(&q, &row, &err), &err);
	assert_false(brski_slice_present(brski_query_blob(&q, 2)));
	assert_true(brski_slice_present(brski_query_text(&q, 3)));
	assert_ok(brski_query_next(&q, &row, &err), &err);
	assert_true(brski_slice_present(brski_query_blob(&q, 2)));
	assert_int_equal(brski_query_blob(&q, 2).n, 0);
	assert_false(brski_slice_present(brski_query_text(&q, 3)));
	assert_ok(brski_query_next(&q, &row, &err), &err);
	assert_false(row);
	brski_query_end(&q);
	brski_query_end(&q);
}

static void
test_constraints(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };

	assert_ok(add(b->s, "a", &err), &err);
	assert_broken(add(b->s, "a", &err), BRSKI_E_CONFLICT, &err);
	assert_broken(add(b->s, NULL, &err), BRSKI_E_CONFLICT, &err);
	assert_broken(brski_store_exec(b->s, NULL, &err, "INSERT INTO event VALUES ($1, $2)", "ii",
	                  INT64_C(1), INT64_C(0)),
	    BRSKI_E_CONFLICT, &err);
	assert_broken(brski_store_exec(b->s, NULL, &err, "INSERT INTO event VALUES ($1, $2)", "ii",
	                  INT64_C(99), INT64_C(1)),
	    BRSKI_E_CONFLICT, &err);
	assert_int_equal(count(b->s), 1);
}

static void
test_our_mistakes(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_query q;

	assert_broken(brski_store_exec(b->s, NULL, &err, "SELEC 1", ""), BRSKI_E_IO, &err);
	assert_broken(brski_query_start(b->s, &q, &err, "SELECT 1", "s", "x"), BRSKI_E_IO, &err);
	brski_query_end(&q);
	assert_ok(brski_store_begin(b->s, &err), &err);
	assert_broken(brski_store_begin(b->s, &err), BRSKI_E_IO, &err);
	brski_store_rollback(b->s);
	assert_broken(brski_store_commit(b->s, &err), BRSKI_E_IO, &err);
	brski_store_rollback(b->s);
}

static void
test_rollback(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };

	assert_false(brski_store_in_transaction(b->s));
	assert_ok(brski_store_begin(b->s, &err), &err);
	assert_true(brski_store_in_transaction(b->s));
	assert_ok(add(b->s, "a", &err), &err);
	brski_store_rollback(b->s);
	assert_int_equal(count(b->s), 0);
	assert_ok(brski_store_begin(b->s, &err), &err);
	assert_ok(add(b->s, "a", &err), &err);
	assert_ok(brski_store_commit(b->s, &err), &err);
	assert_int_equal(count(b->s), 1);
}

/* The same text running twice at once, more texts than the cache holds, and a text that changes. */
static void
test_cache(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	static const char sql[] = "SELECT serial FROM device WHERE serial >= $1 ORDER BY serial";
	struct brski_query q[100];
	char text[100][64], changing[64];
	bool row;

	assert_ok(add(b->s, "a", &err), &err);
	assert_ok(add(b->s, "b", &err), &err);
	assert_ok(brski_query_start(b->s, &q[0], &err, sql, "s", "a"), &err);
	assert_ok(brski_query_start(b->s, &q[1], &err, sql, "s", "b"), &err);
	assert_ok(brski_query_next(&q[1], &row, &err), &err);
	assert_ok(brski_query_next(&q[0], &row, &err), &err);
	assert_slice_eq(brski_query_text(&q[0], 0), BRSKI_LIT("a"));
	assert_slice_eq(brski_query_text(&q[1], 0), BRSKI_LIT("b"));
	brski_query_end(&q[0]);
	brski_query_end(&q[1]);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++) {
			(void)snprintf(text[i], sizeof(text[i]), "SELECT %d", i);
			assert_ok(brski_query_start(b->s, &q[i], &err, text[i], ""), &err);
			assert_ok(brski_query_next(&q[i], &row, &err), &err);
		}
		for (int i = 0; i < 100; i++) {
			assert_int_equal(brski_query_int(&q[i], 0), i);
			brski_query_end(&q[i]);
		}
	}
	for (int i = 0; i < 3; i++) {
		(void)snprintf(changing, sizeof(changing), "SELECT %d + 7", i);
		assert_ok(brski_query_start(b->s, &q[0], &err, changing, ""), &err);
		assert_ok(brski_query_next(&q[0], &row, &err), &err);
		assert_int_equal(brski_query_int(&q[0], 0), i + 7);
		brski_query_end(&q[0]);
	}
}

static void
reopen(struct box *b, const char *program, const struct brski_migrations *m, enum brski_rc want,
    const char *detail)
{
	struct brski_err err = { .rc = BRSKI_OK };
	enum brski_rc rc;

	brski_store_close(b->s);
	rc = brski_store_open(b->path, program, m, &b->s, &err);
	if (detail != NULL)
		assert_string_equal(err.detail, detail);
	if (want == BRSKI_OK)
		assert_ok(rc, &err);
	else
		assert_refused_by(rc, want, "store schema", &err);
	assert_true((b->s != NULL) == (want == BRSKI_OK));
}

static void
test_reopen_and_refuse(void **state)
{
	struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };

	assert_ok(add(b->s, "a", &err), &err);
	reopen(b, "test", &two, BRSKI_OK, NULL);
	assert_int_equal(count(b->s), 1);
	reopen(b, "test", &one, BRSKI_E_CONFLICT,
	    "database has schema 2, newer than 1 of this program");
	reopen(b, "other", &two, BRSKI_E_CONFLICT, "database belongs to 'test', not to 'other'");
	reopen(b, "test", &two, BRSKI_OK, NULL);
	assert_int_equal(count(b->s), 1);
}

/* A migration that fails half-way leaves the version before it, and the data. */
static void
test_broken_migration(void **state)
{
	struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	int64_t rows;

	assert_ok(add(b->s, "a", &err), &err);
	brski_store_close(b->s);
	assert_broken(brski_store_open(b->path, "test", &three, &b->s, &err), BRSKI_E_IO, &err);
	assert_null(b->s);
	reopen(b, "test", &two, BRSKI_OK, NULL);
	assert_int_equal(count(b->s), 1);
	assert_ok(brski_audit_verify(b->s, &rows, &err), &err);
	assert_broken(brski_store_exec(b->s, NULL, &err, "SELECT * FROM broken", ""), BRSKI_E_IO,
	    &err);
}

/* Some other program's SQLite file has tables, but not our mark. */
static void
test_foreign_database(void **state)
{
	struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };

	assert_ok(brski_store_exec(b->s, NULL, &err, "DROP TABLE quayside_meta", ""), &err);
	reopen(b, "test", &two, BRSKI_E_CONFLICT, "database belongs to '', not to 'test'");
}

static void
test_not_a_database(void **state)
{
	struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	char path[200];

	brski_store_close(b->s);
	assert_ok(brski_file_write(b->path,
	              BRSKI_LIT("a text file, longer than the header of a database: "
	                        "0123456789 0123456789 0123456789 0123456789 0123456789"),
	              0600, &err),
	    &err);
	assert_broken(brski_store_open(b->path, "test", &two, &b->s, &err), BRSKI_E_IO, &err);
	(void)snprintf(path, sizeof(path), "%s/no/db", b->dir);
	assert_broken(brski_store_open(path, "test", &two, &b->s, &err), BRSKI_E_IO, &err);
}

#define WRITERS 2
#define WRITES  20

static void
writer(const char *path, int me)
{
	struct brski_store *s;
	char serial[32];

	if (brski_store_open(path, "test", &two, &s, NULL) != BRSKI_OK)
		_exit(1);
	for (int i = 0; i < WRITES; i++) {
		struct brski_audit_row row = { .time = i,
			.actor = BRSKI_LIT("pledge"),
			.event = BRSKI_LIT("enrol"),
			.rc = BRSKI_LIT("OK") };

		(void)snprintf(serial, sizeof(serial), "%d-%d", me, i);
		if (brski_store_begin(s, NULL) != BRSKI_OK || add(s, serial, NULL) != BRSKI_OK ||
		    brski_audit_append(s, &row, NULL) != BRSKI_OK ||
		    brski_store_commit(s, NULL) != BRSKI_OK)
			_exit(2);
	}
	brski_store_close(s);
	_exit(0);
}

/* design.md 2: the factory tool and the MASA write at once. Also: both make the file at once. */
static void
test_two_writers(void **state)
{
	struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	pid_t pid[WRITERS];
	int64_t rows;
	int status;

	brski_store_close(b->s);
	b->s = NULL;
	assert_int_equal(unlink(b->path), 0);
	for (int i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0)
			writer(b->path, i);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_ok(brski_store_open(b->path, "test", &two, &b->s, &err), &err);
	assert_int_equal(count(b->s), WRITERS * WRITES);
	assert_ok(brski_audit_verify(b->s, &rows, &err), &err);
	assert_int_equal(rows, WRITERS * WRITES);
}

/* One connection reads while the other writes: WAL. */
static void
test_reader_beside_writer(void **state)
{
	struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_store *other;

	assert_ok(brski_store_open(b->path, "test", &two, &other, &err), &err);
	assert_ok(brski_store_begin(b->s, &err), &err);
	assert_ok(add(b->s, "a", &err), &err);
	assert_int_equal(count(other), 0);
	assert_ok(brski_store_commit(b->s, &err), &err);
	assert_int_equal(count(other), 1);
	brski_store_close(other);
}

static void
test_memory(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_store *s;

	(void)state;
	assert_ok(brski_store_open(":memory:", "test", &one, &s, &err), &err);
	assert_ok(add(s, "a", &err), &err);
	assert_int_equal(count(s), 1);
	brski_store_close(s);
	brski_store_close(NULL);
}

#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(test_mode),
		WITH_STORE(test_types),
		WITH_STORE(test_constraints),
		WITH_STORE(test_our_mistakes),
		WITH_STORE(test_rollback),
		WITH_STORE(test_cache),
		WITH_STORE(test_reopen_and_refuse),
		WITH_STORE(test_broken_migration),
		WITH_STORE(test_foreign_database),
		WITH_STORE(test_not_a_database),
		WITH_STORE(test_two_writers),
		WITH_STORE(test_reader_beside_writer),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
