/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "masa/abridge.h"
#include "masa/ledger.h"

/* RFC 8995 5.8.1: a counter may stop at 1024. */
static int64_t
capped(int64_t n)
{
	return n < BRSKI_AUDITLOG_TRUNC_MAX ? n : BRSKI_AUDITLOG_TRUNC_MAX;
}

/* A query that gives one row of n integers; false in *row: none. */
static enum brski_rc
read_ints(struct brski_query *q, int64_t *v, int n, bool *row, struct brski_err *err)
{
	enum brski_rc rc;
	int i;

	if ((rc = brski_query_next(q, row, err)) == BRSKI_OK && *row)
		for (i = 0; i < n; i++)
			v[i] = brski_query_int(q, i);
	brski_query_end(q);
	return rc;
}

static enum brski_rc
count_entries(struct brski_store *s, int64_t device, int64_t *n, struct brski_err *err)
{
	struct brski_query q;
	bool row;
	enum brski_rc rc;

	*n = 0;
	if ((rc = brski_query_start(s, &q, err, "SELECT COUNT(*) FROM entries WHERE device = $1",
	         "i", device)) != BRSKI_OK)
		return rc;
	return read_ints(&q, n, 1, &row, err);
}

/* Entries of one domain and kind: the newest, how many are before it, how many went earlier. */
enum {
	NEWEST,
	BEFORE,
	GONE,
	NONCELESS,
	GROUP_COLUMNS
};

static enum brski_rc
find_group(struct brski_store *s, int64_t device, int64_t group[GROUP_COLUMNS], bool *found,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT MAX(id), COUNT(*) - 1, SUM(truncated), nonce_text IS NULL"
	         " FROM entries WHERE device = $1"
	         " GROUP BY domain_id, domain_key, nonce_text IS NULL"
	         " HAVING COUNT(*) > 1 ORDER BY MIN(id) LIMIT 1",
	         "i", device)) != BRSKI_OK)
		return rc;
	return read_ints(&q, group, GROUP_COLUMNS, found, err);
}

static enum brski_rc
drop_before(struct brski_store *s, const int64_t group[GROUP_COLUMNS], struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_store_exec(s, NULL, err, "UPDATE entries SET truncated = $2 WHERE id = $1",
	         "ii", group[NEWEST], capped(group[GONE] + group[BEFORE]))) != BRSKI_OK)
		return rc;
	return brski_store_exec(s, NULL, err,
	    "DELETE FROM entries WHERE id IN (SELECT old.id FROM entries AS old"
	    " JOIN entries AS new ON new.id = $1 AND old.id < new.id AND old.device = new.device"
	    " AND old.domain_id = new.domain_id AND old.domain_key = new.domain_key"
	    " AND (old.nonce_text IS NULL) = (new.nonce_text IS NULL))",
	    "i", group[NEWEST]);
}

static enum brski_rc
drop_oldest(struct brski_store *s, int64_t device, int64_t n, struct brski_err *err)
{
	return brski_store_exec(s, NULL, err,
	    "DELETE FROM entries WHERE id IN"
	    " (SELECT id FROM entries WHERE device = $1 ORDER BY id LIMIT $2)",
	    "ii", device, n);
}

/* The counters of RFC 8995 5.8.1, in columns of the device. */
struct counters {
	int64_t nonced, nonceless, arbitrary;
};

static enum brski_rc
read_counters(struct brski_store *s, int64_t device, struct counters *c, struct brski_err *err)
{
	struct brski_query q;
	int64_t v[3] = { 0 };
	bool row;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT nonced_duplicates, nonceless_duplicates, arbitrary FROM devices"
	         " WHERE id = $1",
	         "i", device)) != BRSKI_OK)
		return rc;
	rc = read_ints(&q, v, 3, &row, err);
	*c = (struct counters){ v[0], v[1], v[2] };
	return rc;
}

static enum brski_rc
write_counters(struct brski_store *s, int64_t device, const struct counters *c,
    struct brski_err *err)
{
	return brski_store_exec(s, NULL, err,
	    "UPDATE devices SET nonced_duplicates = $2, nonceless_duplicates = $3, arbitrary = $4"
	    " WHERE id = $1",
	    "iiii", device, capped(c->nonced), capped(c->nonceless), capped(c->arbitrary));
}

enum brski_rc
masa_abridge(struct brski_store *s, int64_t device, int64_t keep, struct brski_err *err)
{
	struct counters c;
	int64_t n, group[GROUP_COLUMNS];
	bool found = true;
	enum brski_rc rc;

	if ((rc = count_entries(s, device, &n, err)) != BRSKI_OK || n <= keep)
		return rc;
	if ((rc = read_counters(s, device, &c, err)) != BRSKI_OK)
		return rc;
	for (; n > keep; n -= group[BEFORE]) {
		if ((rc = find_group(s, device, group, &found, err)) != BRSKI_OK)
			return rc;
		if (!found)
			break;
		if ((rc = drop_before(s, group, err)) != BRSKI_OK)
			return rc;
		*(group[NONCELESS] ? &c.nonceless : &c.nonced) += group[BEFORE];
	}
	if (n > keep) {
		if ((rc = drop_oldest(s, device, n - keep, err)) != BRSKI_OK)
			return rc;
		c.arbitrary += n - keep;
	}
	return write_counters(s, device, &c, err);
}

static void
read_event(struct brski_query *q, struct brski_auditlog_event *e)
{
	struct brski_slice id = brski_query_blob(q, 1), nonce = brski_query_text(q, 2);
	struct brski_buf to;

	e->date = brski_query_int(q, 0);
	to = brski_buf_fixed(e->domain_id, sizeof(e->domain_id));
	if (brski_buf_append(&to, id, NULL) == BRSKI_OK)
		e->domain_id_n = to.n;
	e->nonceless = !brski_slice_present(nonce);
	to = brski_buf_fixed(e->nonce, sizeof(e->nonce) - 1);
	if (brski_buf_append(&to, nonce, NULL) == BRSKI_OK)
		e->nonce[to.n] = '\0';
	e->assertion = (enum brski_assertion)brski_query_int(q, 3);
	e->truncated = (unsigned)brski_query_int(q, 4);
}

static enum brski_rc
read_events(struct brski_store *s, int64_t device, struct brski_auditlog *out,
    struct brski_err *err)
{
	struct brski_query q;
	size_t cap = out->n;
	bool row;
	enum brski_rc rc;

	out->n = 0;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT date, domain_id, nonce_text, assertion, truncated FROM entries"
	         " WHERE device = $1 ORDER BY id",
	         "i", device)) != BRSKI_OK)
		return rc;
	while (out->n < cap && (rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row)
		read_event(&q, &out->events[out->n++]);
	brski_query_end(&q);
	return rc;
}

enum brski_rc
masa_ledger_log(struct brski_store *s, const struct masa_device *d, struct brski_auditlog *out,
    struct brski_err *err)
{
	struct counters c;
	int64_t n;
	enum brski_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = count_entries(s, d->id, &n, err)) != BRSKI_OK ||
	    (rc = read_counters(s, d->id, &c, err)) != BRSKI_OK)
		return rc;
	out->version = 1;
	out->nonced_duplicates = (unsigned)c.nonced;
	out->nonceless_duplicates = (unsigned)c.nonceless;
	out->arbitrary = (unsigned)c.arbitrary;
	if (n == 0)
		return BRSKI_OK;
	if ((out->events = calloc((size_t)n, sizeof(*out->events))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "out of memory");
	out->n = (size_t)n;
	if ((rc = read_events(s, d->id, out, err)) != BRSKI_OK)
		brski_auditlog_clear(out);
	return rc;
}
