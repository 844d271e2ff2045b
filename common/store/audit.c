/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"
#include "store/audit.h"

#define ABSENT 0xffffffffu /* a length that no field has */

const char brski_audit_schema[] =
    "CREATE TABLE audit (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL,"
    " event TEXT NOT NULL, manufacturer TEXT, serial TEXT, rc TEXT NOT NULL, spec TEXT,"
    " detail TEXT, hash BLOB NOT NULL);"
    "CREATE TRIGGER audit_append BEFORE INSERT ON audit"
    " WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit)"
    " BEGIN SELECT RAISE(ABORT, 'audit rows are numbered without a gap'); END;"
    "CREATE TRIGGER audit_update BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;"
    "CREATE TRIGGER audit_delete BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;";

static enum brski_rc
put_number(struct brski_buf *b, uint64_t v, size_t bytes, struct brski_err *err)
{
	uint8_t *p;
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(b, bytes, &p, err)) != BRSKI_OK)
		return rc;
	for (size_t i = bytes; i > 0; v >>= 8)
		p[--i] = (uint8_t)v;
	brski_buf_commit(b, bytes);
	return BRSKI_OK;
}

static enum brski_rc
put_field(struct brski_buf *b, struct brski_slice v, struct brski_err *err)
{
	enum brski_rc rc;

	if (!brski_slice_present(v))
		return put_number(b, ABSENT, 4, err);
	if ((rc = put_number(b, v.n, 4, err)) != BRSKI_OK)
		return rc;
	return brski_buf_append(b, v, err);
}

/*
 * hash(n): SHA-256 over hash(n-1) (32 zero octets before the first row), id and time as 8 octets,
 * then each field as 4 octets of length and its octets; an absent field is the length 0xffffffff
 * alone. Numbers are big-endian.
 */
static enum brski_rc
chain(const struct brski_audit_row *row, int64_t id, uint8_t hash[BRSKI_SHA256_SIZE],
    struct brski_err *err)
{
	const struct brski_slice fields[] = { row->actor, row->event, row->manufacturer,
		row->serial, row->rc, row->spec, row->detail };
	uint8_t storage[BRSKI_AUDIT_ROW_MAX];
	struct brski_buf b = brski_buf_fixed(storage, sizeof(storage));
	enum brski_rc rc;

	if ((rc = brski_buf_append(&b, brski_slice(hash, BRSKI_SHA256_SIZE), err)) != BRSKI_OK ||
	    (rc = put_number(&b, (uint64_t)id, 8, err)) != BRSKI_OK ||
	    (rc = put_number(&b, (uint64_t)row->time, 8, err)) != BRSKI_OK)
		return rc;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((rc = put_field(&b, fields[i], err)) != BRSKI_OK)
			return rc;
	brski_sha256(brski_buf_slice(&b), hash);
	return BRSKI_OK;
}

/* The number and hash of the last row; 0 and zeros before the first. */
static enum brski_rc
last_row(struct brski_store *s, int64_t *id, uint8_t hash[BRSKI_SHA256_SIZE], struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;
	bool found;

	*id = 0;
	memset(hash, 0, BRSKI_SHA256_SIZE);
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", "")) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &found, err)) == BRSKI_OK && found) {
		struct brski_slice h = brski_query_blob(&q, 1);

		*id = brski_query_int(&q, 0);
		memcpy(hash, h.p, h.n < BRSKI_SHA256_SIZE ? h.n : BRSKI_SHA256_SIZE);
	}
	brski_query_end(&q);
	return rc;
}

static enum brski_rc
append(struct brski_store *s, const struct brski_audit_row *row, struct brski_err *err)
{
	uint8_t hash[BRSKI_SHA256_SIZE];
	enum brski_rc rc;
	int64_t id;

	if ((rc = last_row(s, &id, hash, err)) != BRSKI_OK ||
	    (rc = chain(row, ++id, hash, err)) != BRSKI_OK)
		return rc;
	return brski_store_exec(s, NULL, err,
	    "INSERT INTO audit (id, time, actor, event, manufacturer, serial, rc, spec, detail,"
	    " hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	    "iitttttttb", id, row->time, row->actor, row->event, row->manufacturer, row->serial,
	    row->rc, row->spec, row->detail, brski_slice(hash, sizeof(hash)));
}

enum brski_rc
brski_audit_append(struct brski_store *s, const struct brski_audit_row *row, struct brski_err *err)
{
	enum brski_rc rc;

	if (brski_store_in_transaction(s))
		return append(s, row, err);
	if ((rc = brski_store_begin(s, err)) != BRSKI_OK)
		return rc;
	if ((rc = append(s, row, err)) != BRSKI_OK || (rc = brski_store_commit(s, err)) != BRSKI_OK)
		brski_store_rollback(s);
	return rc;
}

static void
read_row(struct brski_query *q, struct brski_audit_row *row, struct brski_slice *hash)
{
	*row = (struct brski_audit_row){
		.id = brski_query_int(q, 0),
		.time = brski_query_int(q, 1),
		.actor = brski_query_text(q, 2),
		.event = brski_query_text(q, 3),
		.manufacturer = brski_query_text(q, 4),
		.serial = brski_query_text(q, 5),
		.rc = brski_query_text(q, 6),
		.spec = brski_query_text(q, 7),
		.detail = brski_query_text(q, 8),
	};
	*hash = brski_query_blob(q, 9);
}

enum brski_rc
brski_audit_list(struct brski_store *s, int64_t after, int limit,
    bool (*each)(void *arg, const struct brski_audit_row *row, struct brski_slice hash), void *arg,
    struct brski_err *err)
{
	struct brski_audit_row row;
	struct brski_slice hash;
	struct brski_query q;
	bool more;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT id, time, actor, event, manufacturer, serial, rc, spec, detail, hash"
	         " FROM audit WHERE id > $1 ORDER BY id LIMIT $2",
	         "ii", after, (int64_t)limit)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &more, err)) == BRSKI_OK && more) {
		read_row(&q, &row, &hash);
		if (!each(arg, &row, hash))
			break;
	}
	brski_query_end(&q);
	return rc;
}

struct walk {
	uint8_t hash[BRSKI_SHA256_SIZE];
	int64_t rows;
	int64_t bad; /* id of the row that does not fit; 0: none */
};

static bool
walk_row(void *arg, const struct brski_audit_row *row, struct brski_slice hash)
{
	struct walk *w = arg;

	if (chain(row, row->id, w->hash, NULL) != BRSKI_OK ||
	    !brski_slice_eq(hash, brski_slice(w->hash, sizeof(w->hash)))) {
		w->bad = row->id;
		return false;
	}
	w->rows++;
	return true;
}

enum brski_rc
brski_audit_verify(struct brski_store *s, int64_t *rows, struct brski_err *err)
{
	struct walk w = { .rows = 0 };
	enum brski_rc rc;

	rc = brski_audit_list(s, 0, -1, walk_row, &w, err);
	*rows = w.rows;
	if (rc != BRSKI_OK)
		return rc;
	if (w.bad != 0)
		return brski_fail(err, BRSKI_E_CONFLICT, "audit trail",
		    "row %lld does not follow from the %lld rows before it", (long long)w.bad,
		    (long long)w.rows);
	return BRSKI_OK;
}
