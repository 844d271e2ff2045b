/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

static const char *const state_names[] = {
#define X(name, text) text,
	REGISTRAR_STATE_TABLE(X)
#undef X
};

const char *
registrar_state_name(enum registrar_state s)
{
	return state_names[s];
}

bool
registrar_state_from(struct brski_slice name, enum registrar_state *out)
{
	int i;

	for (i = 0; i < REGISTRAR_STATES; i++) {
		if (brski_slice_eq(name, brski_slice_str(state_names[i]))) {
			*out = (enum registrar_state)i;
			return true;
		}
	}
	return false;
}

#define DEVICE_COLUMNS                                                                       \
	"id, manufacturer, serial, state, decision, listed, request, first_seen, last_seen," \
	" address, transport, tls_version, comment, reason, standing, life, life_until,"     \
	" reinstated"

static void
read_device(struct brski_query *q, struct registrar_device *d)
{
	struct registrar_contact *c = &d->contact;

	d->id = brski_query_int(q, 0);
	registrar_row_text(brski_query_text(q, 1), d->manufacturer, sizeof(d->manufacturer));
	registrar_row_text(brski_query_text(q, 2), d->serial, sizeof(d->serial));
	d->state = (enum registrar_state)brski_query_int(q, 3);
	d->decision = (enum registrar_decision)brski_query_int(q, 4);
	d->listed = brski_query_int(q, 5) != 0;
	d->request = brski_query_int(q, 6);
	d->first_seen = brski_query_int(q, 7);
	d->last_seen = brski_query_int(q, 8);
	registrar_row_text(brski_query_text(q, 9), c->address, sizeof(c->address));
	registrar_row_text(brski_query_text(q, 10), c->transport, sizeof(c->transport));
	registrar_row_text(brski_query_text(q, 11), c->tls_version, sizeof(c->tls_version));
	registrar_row_text(brski_query_text(q, 12), d->comment, sizeof(d->comment));
	registrar_row_text(brski_query_text(q, 13), d->reason, sizeof(d->reason));
	d->standing = (enum registrar_standing)brski_query_int(q, 14);
	d->life = (enum registrar_life)brski_query_int(q, 15);
	d->life_until = brski_query_int(q, 16);
	d->reinstated = brski_query_int(q, 17);
}

/* The one device of a started query, if there is one. */
static enum brski_rc
one_device(struct brski_query *q, struct registrar_device *out, struct brski_err *err)
{
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_next(q, &row, err)) == BRSKI_OK && row)
		read_device(q, out);
	brski_query_end(q);
	return rc;
}

enum brski_rc
registrar_device_find(struct brski_store *s, const char *manufacturer, struct brski_slice serial,
    struct registrar_device *out, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_device){ .state = REGISTRAR_LISTED };
	registrar_row_text(brski_slice_str(manufacturer), out->manufacturer,
	    sizeof(out->manufacturer));
	registrar_row_text(serial, out->serial, sizeof(out->serial));
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS " FROM devices WHERE manufacturer = $1 AND serial = $2",
	         "st", manufacturer, serial)) != BRSKI_OK)
		return rc;
	return one_device(&q, out, err);
}

enum brski_rc
registrar_device_get(struct brski_store *s, int64_t id, struct registrar_device *out,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_device){ 0 };
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS " FROM devices WHERE id = $1", "i", id)) != BRSKI_OK ||
	    (rc = one_device(&q, out, err)) != BRSKI_OK)
		return rc;
	return out->id != 0 ? BRSKI_OK
	                    : brski_broken(err, BRSKI_E_NOT_FOUND, "no device with this number");
}

static enum brski_rc
insert_device(struct brski_store *s, struct registrar_device *d, struct brski_err *err)
{
	const struct registrar_contact *c = &d->contact;
	int64_t id = 0;
	enum brski_rc rc;

	if ((rc = registrar_row_int(s, "SELECT COALESCE(MAX(id), 0) + 1 FROM devices", &id, err)) !=
	        BRSKI_OK ||
	    (rc = brski_store_exec(s, NULL, err,
	         "INSERT INTO devices (" DEVICE_COLUMNS ")"
	         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
	         " $15, $16, $17, $18)",
	         "issiiiiiisssssiiii", id, d->manufacturer, d->serial, (int64_t)d->state,
	         (int64_t)d->decision, (int64_t)d->listed, d->request, d->first_seen, d->last_seen,
	         c->address, c->transport, c->tls_version, d->comment, d->reason,
	         (int64_t)d->standing, (int64_t)d->life, d->life_until, d->reinstated)) != BRSKI_OK)
		return rc;
	d->id = id;
	return BRSKI_OK;
}

enum brski_rc
registrar_device_put(struct brski_store *s, struct registrar_device *d, struct brski_err *err)
{
	const struct registrar_contact *c = &d->contact;
	int64_t changed = 0;
	enum brski_rc rc;

	if (d->id == 0)
		return insert_device(s, d, err);
	rc = brski_store_exec(s, &changed, err,
	    "UPDATE devices SET state = $2, decision = $3, listed = $4, request = $5,"
	    " first_seen = $6, last_seen = $7, address = $8, transport = $9,"
	    " tls_version = $10, comment = $11, reason = $12, standing = $13, life = $14,"
	    " life_until = $15, reinstated = $16 WHERE id = $1",
	    "iiiiiiisssssiiii", d->id, (int64_t)d->state, (int64_t)d->decision, (int64_t)d->listed,
	    d->request, d->first_seen, d->last_seen, c->address, c->transport, c->tls_version,
	    d->comment, d->reason, (int64_t)d->standing, (int64_t)d->life, d->life_until,
	    d->reinstated);
	return registrar_row_expect(rc, changed, err);
}

enum brski_rc
registrar_device_list(struct brski_store *s, const struct registrar_filter *f,
    void (*each)(void *arg, const struct registrar_device *d), void *arg, struct brski_err *err)
{
	struct registrar_device d;
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS " FROM devices WHERE id > $1"
	         " AND ($2 = $3 OR state = $2) AND ($4 IS NULL OR manufacturer = $4)"
	         " AND ($5 IS NULL OR serial = $5) AND ($6 = $7 OR life = $6)"
	         " ORDER BY id LIMIT $8",
	         "iiissiii", f->after, (int64_t)f->state, (int64_t)REGISTRAR_STATES,
	         f->manufacturer, f->serial, (int64_t)f->life, (int64_t)REGISTRAR_LIVES,
	         f->limit)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		read_device(&q, &d);
		each(arg, &d);
	}
	brski_query_end(&q);
	return rc;
}

/* Rows per value of a column, by a SELECT that groups by it. */
static enum brski_rc
count_groups(struct brski_store *s, const char *sql, int64_t *counts, int64_t n,
    struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;
	int64_t group;

	memset(counts, 0, (size_t)n * sizeof(*counts));
	if ((rc = brski_query_start(s, &q, err, sql, "")) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		group = brski_query_int(&q, 0);
		if (group >= 0 && group < n)
			counts[group] = brski_query_int(&q, 1);
	}
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_device_count(struct brski_store *s, int64_t *counts, struct brski_err *err)
{
	return count_groups(s, "SELECT state, COUNT(*) FROM devices GROUP BY state", counts,
	    REGISTRAR_STATES, err);
}

enum brski_rc
registrar_life_count(struct brski_store *s, int64_t *counts, struct brski_err *err)
{
	return count_groups(s, "SELECT life, COUNT(*) FROM devices GROUP BY life", counts,
	    REGISTRAR_LIVES, err);
}

enum brski_rc
registrar_device_due(struct brski_store *s, int64_t now, struct registrar_device *out,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_device){ 0 };
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " DEVICE_COLUMNS " FROM devices WHERE life_until > 0 AND life_until <= $1"
	         " ORDER BY life_until LIMIT 1",
	         "i", now)) != BRSKI_OK)
		return rc;
	return one_device(&q, out, err);
}

enum brski_rc
registrar_device_next_due(struct brski_store *s, int64_t *at, struct brski_err *err)
{
	return registrar_row_int(s,
	    "SELECT COALESCE(MIN(life_until), 0) FROM devices WHERE life_until > 0", at, err);
}

enum brski_rc
registrar_device_facts(struct brski_store *s, const struct registrar_device *d, bool audit_required,
    struct registrar_life_facts *out, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*out = (struct registrar_life_facts){ .seen = d->first_seen != 0,
		.pending = d->state == REGISTRAR_PENDING && d->decision == REGISTRAR_UNDECIDED,
		.refused = d->decision == REGISTRAR_DENIED,
		.vouchered = d->request != 0,
		.standing = d->standing };
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT c.not_before, c.not_after, COALESCE("
	         " (SELECT verdict FROM requests WHERE id = $2), 0) FROM devices d"
	         " LEFT JOIN certificates c ON c.id = (SELECT MAX(id) FROM certificates"
	         " WHERE device = $1 AND revoked = 0) WHERE d.id = $1",
	         "ii", d->id, d->request)) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		out->not_before = brski_query_int(&q, 0);
		out->not_after = brski_query_int(&q, 1);
		if (audit_required && brski_query_int(&q, 2) == REGISTRAR_REFUSED)
			out->refused = true;
	}
	brski_query_end(&q);
	return rc;
}
