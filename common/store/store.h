/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durable state: SQL that SQLite and PostgreSQL both read ($1 parameters, no dialect), numbered
 * migrations, one writer. A commit returns when the data is on disk (WAL, synchronous=FULL):
 * durable before visible.
 */
#ifndef BRSKI_STORE_H
#define BRSKI_STORE_H

#include "base/buf.h"
#include "base/clock.h"

struct brski_store;

/*
 * Migration i takes the schema from version i to i + 1, in one transaction. The texts are the
 * program's schema folder compiled in. Before the first one brski_store_open() runs
 * brski_audit_schema (audit.h), in the same transaction: no program repeats it.
 */
struct brski_migrations {
	const char *const *sql;
	size_t n;
};

/*
 * E_CONFLICT: the file has a newer schema than this program knows, or belongs to another program.
 * E_IO. Created with mode 0600. path ":memory:" keeps everything in memory (tests). In all calls:
 * E_UNAVAILABLE: another process has been writing for 10 s.
 */
enum brski_rc brski_store_open(const char *path, const char *program,
    const struct brski_migrations *m, struct brski_store **out, struct brski_err *err);
void brski_store_close(struct brski_store *s);

/* BEGIN IMMEDIATE; nesting is a mistake of ours. Rollback is also right after a failed commit. */
enum brski_rc brski_store_begin(struct brski_store *s, struct brski_err *err);
enum brski_rc brski_store_commit(struct brski_store *s, struct brski_err *err);
void brski_store_rollback(struct brski_store *s);
bool brski_store_in_transaction(const struct brski_store *s);

/*
 * Run one statement. types, one letter per parameter: i int64_t, t struct brski_slice text, b
 * struct brski_slice blob (absent: NULL), s const char * (NULL: NULL). E_CONFLICT: a UNIQUE or
 * CHECK constraint, or a trigger. changed may be NULL: rows touched.
 */
enum brski_rc brski_store_exec(struct brski_store *s, int64_t *changed, struct brski_err *err,
    const char *sql, const char *types, ...);

/*
 * A running SELECT. Statements are cached by their text's address: hand over literals. Several may
 * run at once, also of the same text. Parameters are copied.
 */
struct brski_query {
	struct brski_store *store;
	void *stmt;
};
enum brski_rc brski_query_start(struct brski_store *s, struct brski_query *q, struct brski_err *err,
    const char *sql, const char *types, ...);
enum brski_rc brski_query_next(struct brski_query *q, bool *row, struct brski_err *err);
int64_t brski_query_int(struct brski_query *q, int col);
/* absent when NULL; valid until next/end */
struct brski_slice brski_query_text(struct brski_query *q, int col);
struct brski_slice brski_query_blob(struct brski_query *q, int col);
void brski_query_end(struct brski_query *q);

#endif
