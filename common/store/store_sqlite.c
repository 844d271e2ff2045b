/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "store/audit.h"
#include "store/store.h"

#define BUSY_TIMEOUT_MS 10000 /* MASA and factory tool write at once, each for milliseconds */
#define OPEN_WAIT_MS    5
#define CACHE_SIZE      96 /* prepared statements; a program has fewer texts than this */
#define PROGRAM_MAX     64
#define PARAMS_MAX      24

/* A statement, and where its parameter $(i + 1) stands: to SQLite that is a name, no position. */
struct cached {
	const char *sql;
	sqlite3_stmt *stmt;
	bool lent;
	uint8_t at[PARAMS_MAX];
};

struct brski_store {
	sqlite3 *db;
	struct cached cache[CACHE_SIZE];
	size_t victim; /* looked at first when the cache is full */
};

/* REPLACE must meet the triggers that keep the audit trail append-only: recursive_triggers. */
static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;"
                              "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;";

static const char sql_begin[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";

static enum brski_rc
fail_sqlite(struct brski_store *s, const char *what, struct brski_err *err)
{
	enum brski_rc rc;

	switch (sqlite3_errcode(s->db)) {
	case SQLITE_CONSTRAINT:
		rc = BRSKI_E_CONFLICT;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		rc = BRSKI_E_UNAVAILABLE;
		break;
	case SQLITE_NOMEM:
		rc = BRSKI_E_NOMEM;
		break;
	default:
		rc = BRSKI_E_IO;
	}
	return brski_broken(err, rc, "%s: %s", what, sqlite3_errmsg(s->db));
}

/* By address, which is quick; then by text, in case another one stands there now. */
static struct cached *
cache_find(struct brski_store *s, const char *sql)
{
	for (size_t i = 0; i < CACHE_SIZE; i++)
		if (s->cache[i].sql == sql && !s->cache[i].lent &&
		    strcmp(sqlite3_sql(s->cache[i].stmt), sql) == 0)
			return &s->cache[i];
	return NULL;
}

/* A place for one more statement, emptied if need be; NULL when all are lent. */
static struct cached *
cache_place(struct brski_store *s)
{
	struct cached *c;

	for (size_t i = 0; i < CACHE_SIZE; i++) {
		c = &s->cache[s->victim++ % CACHE_SIZE];
		if (c->lent)
			continue;
		(void)sqlite3_finalize(c->stmt);
		*c = (struct cached){ .sql = NULL };
		return c;
	}
	return NULL;
}

static int
find_parameter(sqlite3_stmt *stmt, int number)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "$%d", number);
	return sqlite3_bind_parameter_index(stmt, name);
}

/* A statement ready to be bound: from the cache, or prepared now. */
static enum brski_rc
borrow(struct brski_store *s, const char *sql, sqlite3_stmt **out, struct brski_err *err)
{
	struct cached *c = cache_find(s, sql);

	if (c != NULL) {
		c->lent = true;
		*out = c->stmt;
		return BRSKI_OK;
	}
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
		return fail_sqlite(s, "prepare", err);
	if ((c = cache_place(s)) != NULL) {
		*c = (struct cached){ .sql = sql, .stmt = *out, .lent = true };
		for (int i = 0; i < PARAMS_MAX; i++)
			c->at[i] = (uint8_t)find_parameter(*out, i + 1);
	}
	return BRSKI_OK;
}

/* Where a running statement is kept; NULL: nowhere, all places were lent. */
static struct cached *
cache_of(struct brski_store *s, const sqlite3_stmt *stmt)
{
	for (size_t i = 0; i < CACHE_SIZE; i++)
		if (s->cache[i].stmt == stmt)
			return &s->cache[i];
	return NULL;
}

static void
give_back(struct brski_store *s, sqlite3_stmt *stmt)
{
	struct cached *c = cache_of(s, stmt);

	if (c == NULL) {
		(void)sqlite3_finalize(stmt);
		return;
	}
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	c->lent = false;
}

/* What SQLite does with a parameter's bytes: copy them, or take them as they lie until the end. */
typedef void (*keeping)(void *);

static int
bind_slice(sqlite3_stmt *stmt, int at, char type, struct brski_slice v, keeping how)
{
	if (!brski_slice_present(v))
		return sqlite3_bind_null(stmt, at);
	if (type == 'b')
		return sqlite3_bind_blob64(stmt, at, v.p, v.n, how);
	return sqlite3_bind_text64(stmt, at, (const char *)v.p, v.n, how, SQLITE_UTF8);
}

static int
bind_one(sqlite3_stmt *stmt, int at, char type, va_list *ap, keeping how)
{
	if (type == 'i')
		return sqlite3_bind_int64(stmt, at, va_arg(*ap, int64_t));
	if (type == 's')
		return bind_slice(stmt, at, 't', brski_slice_str(va_arg(*ap, const char *)), how);
	return bind_slice(stmt, at, type, va_arg(*ap, struct brski_slice), how);
}

static enum brski_rc
start(struct brski_store *s, const char *sql, const char *types, va_list *ap, keeping how,
    sqlite3_stmt **out, struct brski_err *err)
{
	const struct cached *c;
	enum brski_rc rc;

	*out = NULL;
	if ((rc = borrow(s, sql, out, err)) != BRSKI_OK)
		return rc;
	c = cache_of(s, *out);
	for (int i = 0; types[i] != '\0'; i++) {
		int at = c != NULL && i < PARAMS_MAX ? c->at[i] : find_parameter(*out, i + 1);

		if (bind_one(*out, at, types[i], ap, how) == SQLITE_OK)
			continue;
		rc = fail_sqlite(s, "bind", err);
		give_back(s, *out);
		*out = NULL;
		return rc;
	}
	return BRSKI_OK;
}

static enum brski_rc
step(struct brski_store *s, sqlite3_stmt *stmt, bool *row, struct brski_err *err)
{
	int r = sqlite3_step(stmt);

	*row = r == SQLITE_ROW;
	return r == SQLITE_ROW || r == SQLITE_DONE ? BRSKI_OK : fail_sqlite(s, "statement", err);
}

enum brski_rc
brski_store_exec(struct brski_store *s, int64_t *changed, struct brski_err *err, const char *sql,
    const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	enum brski_rc rc;
	bool row;

	va_start(ap, types);
	rc = start(s, sql, types, &ap, SQLITE_STATIC, &stmt, err);
	va_end(ap);
	if (rc != BRSKI_OK)
		return rc;
	if ((rc = step(s, stmt, &row, err)) == BRSKI_OK && changed != NULL)
		*changed = sqlite3_changes(s->db);
	give_back(s, stmt);
	return rc;
}

enum brski_rc
brski_query_start(struct brski_store *s, struct brski_query *q, struct brski_err *err,
    const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	enum brski_rc rc;

	va_start(ap, types);
	rc = start(s, sql, types, &ap, SQLITE_TRANSIENT, &stmt, err);
	va_end(ap);
	*q = (struct brski_query){ s, stmt };
	return rc;
}

enum brski_rc
brski_query_next(struct brski_query *q, bool *row, struct brski_err *err)
{
	return step(q->store, q->stmt, row, err);
}

int64_t
brski_query_int(struct brski_query *q, int col)
{
	return sqlite3_column_int64(q->stmt, col);
}

/* An empty blob is a NULL pointer to SQLite, but not absent to us. */
static struct brski_slice
column(sqlite3_stmt *stmt, int col, const void *p)
{
	if (sqlite3_column_type(stmt, col) == SQLITE_NULL)
		return (struct brski_slice){ NULL, 0 };
	return brski_slice(p != NULL ? p : "", (size_t)sqlite3_column_bytes(stmt, col));
}

struct brski_slice
brski_query_text(struct brski_query *q, int col)
{
	return column(q->stmt, col, sqlite3_column_text(q->stmt, col));
}

struct brski_slice
brski_query_blob(struct brski_query *q, int col)
{
	return column(q->stmt, col, sqlite3_column_blob(q->stmt, col));
}

void
brski_query_end(struct brski_query *q)
{
	if (q->stmt != NULL)
		give_back(q->store, q->stmt);
	q->stmt = NULL;
}

enum brski_rc
brski_store_begin(struct brski_store *s, struct brski_err *err)
{
	return brski_store_exec(s, NULL, err, sql_begin, "");
}

enum brski_rc
brski_store_commit(struct brski_store *s, struct brski_err *err)
{
	return brski_store_exec(s, NULL, err, sql_commit, "");
}

void
brski_store_rollback(struct brski_store *s)
{
	if (brski_store_in_transaction(s))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

bool
brski_store_in_transaction(const struct brski_store *s)
{
	return sqlite3_get_autocommit(s->db) == 0;
}

static enum brski_rc
run_script(struct brski_store *s, const char *sql, struct brski_err *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail_sqlite(s, "schema", err);
	return BRSKI_OK;
}

/* One number or text of one row; a missing row leaves the output as it is. */
static enum brski_rc
read_one(struct brski_store *s, const char *sql, int64_t *number, char text[PROGRAM_MAX],
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;
	bool row;

	if ((rc = brski_query_start(s, &q, err, sql, "")) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		struct brski_slice t = brski_query_text(&q, 1);

		*number = brski_query_int(&q, 0);
		if (text != NULL)
			(void)snprintf(text, PROGRAM_MAX, "%.*s", (int)t.n, (const char *)t.p);
	}
	brski_query_end(&q);
	return rc;
}

/*
 * Whose file is it, and how new? An empty one becomes ours at version 0; one with tables but
 * without our mark is some other program's, whose name we do not know.
 */
static enum brski_rc
read_meta(struct brski_store *s, const char *program, int64_t *version, char owner[PROGRAM_MAX],
    struct brski_err *err)
{
	int64_t tables = 0, marks = 0;
	enum brski_rc rc;

	if ((rc = read_one(s, "SELECT count(*), '' FROM sqlite_master", &tables, NULL, err)) !=
	        BRSKI_OK ||
	    (rc = read_one(s, "SELECT count(*), '' FROM sqlite_master WHERE name = 'quayside_meta'",
	         &marks, NULL, err)) != BRSKI_OK)
		return rc;
	if (marks == 1)
		return read_one(s, "SELECT version, program FROM quayside_meta", version, owner,
		    err);
	if (tables > 0)
		return BRSKI_OK;
	(void)snprintf(owner, PROGRAM_MAX, "%s", program);
	if ((rc = run_script(s,
	         "CREATE TABLE quayside_meta (program TEXT NOT NULL, version INTEGER NOT NULL)",
	         err)) != BRSKI_OK)
		return rc;
	return brski_store_exec(s, NULL, err, "INSERT INTO quayside_meta VALUES ($1, 0)", "s",
	    program);
}

/* One step inside a transaction; *done when there is none left. */
static enum brski_rc
migrate_one(struct brski_store *s, const char *program, const struct brski_migrations *m,
    bool *done, struct brski_err *err)
{
	char owner[PROGRAM_MAX] = "";
	int64_t version = 0;
	enum brski_rc rc;

	if ((rc = read_meta(s, program, &version, owner, err)) != BRSKI_OK)
		return rc;
	if (strcmp(owner, program) != 0)
		return brski_fail(err, BRSKI_E_CONFLICT, "store schema",
		    "database belongs to '%s', not to '%s'", owner, program);
	if (version > (int64_t)m->n)
		return brski_fail(err, BRSKI_E_CONFLICT, "store schema",
		    "database has schema %lld, newer than %zu of this program", (long long)version,
		    m->n);
	*done = version == (int64_t)m->n;
	if (*done)
		return BRSKI_OK;
	if (version == 0 && (rc = run_script(s, brski_audit_schema, err)) != BRSKI_OK)
		return rc;
	if ((rc = run_script(s, m->sql[version], err)) != BRSKI_OK)
		return rc;
	return brski_store_exec(s, NULL, err, "UPDATE quayside_meta SET version = $1", "i",
	    version + 1);
}

static enum brski_rc
migrate(struct brski_store *s, const char *program, const struct brski_migrations *m,
    struct brski_err *err)
{
	bool done = false;
	enum brski_rc rc;

	while (!done) {
		if ((rc = brski_store_begin(s, err)) != BRSKI_OK)
			return rc;
		if ((rc = migrate_one(s, program, m, &done, err)) != BRSKI_OK ||
		    (rc = brski_store_commit(s, err)) != BRSKI_OK) {
			brski_store_rollback(s);
			return rc;
		}
	}
	return BRSKI_OK;
}

/*
 * SQLite would create the file readable for all. An existing file is not opened here: closing it
 * would drop the POSIX locks that another connection of this process holds.
 */
static enum brski_rc
create_private(const char *path, struct brski_err *err)
{
	int fd;

	if (strcmp(path, ":memory:") == 0)
		return BRSKI_OK;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 && errno != EEXIST)
		return brski_broken(err, BRSKI_E_IO, "%s: %m", path);
	if (fd != -1)
		(void)close(fd);
	return BRSKI_OK;
}

/*
 * The change to WAL, and the clean-up by the last one to close, take an exclusive lock without
 * asking the busy timeout: two programs that open a new file at once would see an error.
 */
static int
set_up(sqlite3 *db)
{
	int r = SQLITE_BUSY;

	for (int waited = 0; r == SQLITE_BUSY && waited < BUSY_TIMEOUT_MS; waited += OPEN_WAIT_MS) {
		if (waited > 0)
			(void)sqlite3_sleep(OPEN_WAIT_MS);
		r = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
	}
	return r;
}

static enum brski_rc
open_db(struct brski_store *s, const char *path, struct brski_err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX; /* one thread, one handle */

	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
		return fail_sqlite(s, path, err);
	(void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	if (set_up(s->db) != SQLITE_OK)
		return fail_sqlite(s, path, err);
	return BRSKI_OK;
}

enum brski_rc
brski_store_open(const char *path, const char *program, const struct brski_migrations *m,
    struct brski_store **out, struct brski_err *err)
{
	struct brski_store *s;
	enum brski_rc rc;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a store");
	if ((rc = create_private(path, err)) != BRSKI_OK ||
	    (rc = open_db(s, path, err)) != BRSKI_OK ||
	    (rc = migrate(s, program, m, err)) != BRSKI_OK)
		goto out;
	*out = s;
	s = NULL;
out:
	brski_store_close(s);
	return rc;
}

void
brski_store_close(struct brski_store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CACHE_SIZE; i++)
		(void)sqlite3_finalize(s->cache[i].stmt);
	(void)sqlite3_close(s->db);
	free(s);
}
