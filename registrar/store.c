/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store.h"

extern const char *const registrar_migrations[];
extern const size_t registrar_migrations_n;

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

enum brski_rc
registrar_store_open(const char *path, struct brski_store **out, struct brski_err *err)
{
	struct brski_migrations m = { registrar_migrations, registrar_migrations_n };

	return brski_store_open(path, "brski-registrar", &m, out, err);
}

/* A stored text into an array; what was stored fits. */
static void
copy_text(struct brski_slice from, char *to, size_t cap)
{
	size_t n = from.n < cap ? from.n : cap - 1;

	if (n > 0)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

/* The next free id of a table: one writer, inside its transaction. */
static enum brski_rc
next_id(struct brski_store *s, const char *sql, int64_t *id, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err, sql, "")) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK)
		*id = brski_query_int(&q, 0);
	brski_query_end(&q);
	return rc;
}

#define DEVICE_COLUMNS                                                                       \
	"id, manufacturer, serial, state, decision, listed, request, first_seen, last_seen," \
	" address, transport, tls_version, comment, reason"

static void
read_device(struct brski_query *q, struct registrar_device *d)
{
	struct registrar_contact *c = &d->contact;

	d->id = brski_query_int(q, 0);
	copy_text(brski_query_text(q, 1), d->manufacturer, sizeof(d->manufacturer));
	copy_text(brski_query_text(q, 2), d->serial, sizeof(d->serial));
	d->state = (enum registrar_state)brski_query_int(q, 3);
	d->decision = (enum registrar_decision)brski_query_int(q, 4);
	d->listed = brski_query_int(q, 5) != 0;
	d->request = brski_query_int(q, 6);
	d->first_seen = brski_query_int(q, 7);
	d->last_seen = brski_query_int(q, 8);
	copy_text(brski_query_text(q, 9), c->address, sizeof(c->address));
	copy_text(brski_query_text(q, 10), c->transport, sizeof(c->transport));
	copy_text(brski_query_text(q, 11), c->tls_version, sizeof(c->tls_version));
	copy_text(brski_query_text(q, 12), d->comment, sizeof(d->comment));
	copy_text(brski_query_text(q, 13), d->reason, sizeof(d->reason));
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
	copy_text(brski_slice_str(manufacturer), out->manufacturer, sizeof(out->manufacturer));
	copy_text(serial, out->serial, sizeof(out->serial));
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

/* A row that should be there is not: what put it there did not reach the disk. */
static enum brski_rc
expect_one(enum brski_rc rc, int64_t changed, struct brski_err *err)
{
	if (rc == BRSKI_OK && changed != 1)
		return brski_broken(err, BRSKI_E_IO, "a row was lost");
	return rc;
}

static enum brski_rc
insert_device(struct brski_store *s, struct registrar_device *d, struct brski_err *err)
{
	const struct registrar_contact *c = &d->contact;
	int64_t id = 0;
	enum brski_rc rc;

	if ((rc = next_id(s, "SELECT COALESCE(MAX(id), 0) + 1 FROM devices", &id, err)) !=
	        BRSKI_OK ||
	    (rc = brski_store_exec(s, NULL, err,
	         "INSERT INTO devices (" DEVICE_COLUMNS ")"
	         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	         "issiiiiiisssss", id, d->manufacturer, d->serial, (int64_t)d->state,
	         (int64_t)d->decision, (int64_t)d->listed, d->request, d->first_seen, d->last_seen,
	         c->address, c->transport, c->tls_version, d->comment, d->reason)) != BRSKI_OK)
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
	    " tls_version = $10, comment = $11, reason = $12 WHERE id = $1",
	    "iiiiiiisssss", d->id, (int64_t)d->state, (int64_t)d->decision, (int64_t)d->listed,
	    d->request, d->first_seen, d->last_seen, c->address, c->transport, c->tls_version,
	    d->comment, d->reason);
	return expect_one(rc, changed, err);
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
	         " AND ($5 IS NULL OR serial = $5) ORDER BY id LIMIT $6",
	         "iiissi", f->after, (int64_t)f->state, (int64_t)REGISTRAR_STATES, f->manufacturer,
	         f->serial, f->limit)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		read_device(&q, &d);
		each(arg, &d);
	}
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_device_count(struct brski_store *s, int64_t *counts, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;
	int64_t state;

	memset(counts, 0, REGISTRAR_STATES * sizeof(*counts));
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT state, COUNT(*) FROM devices GROUP BY state", "")) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		state = brski_query_int(&q, 0);
		if (state >= 0 && state < REGISTRAR_STATES)
			counts[state] = brski_query_int(&q, 1);
	}
	brski_query_end(&q);
	return rc;
}

#define REQUEST_COLUMNS \
	"id, device, pvr_hash, media, url, created, rvr, voucher, status, verdict, detail"

void
registrar_request_clear(struct registrar_request *q)
{
	brski_buf_clear(&q->rvr);
	brski_buf_clear(&q->voucher);
	*q = (struct registrar_request){ 0 };
}

static enum brski_rc
read_request(struct brski_query *q, struct registrar_request *r, struct brski_err *err)
{
	struct brski_slice hash = brski_query_blob(q, 2), voucher = brski_query_blob(q, 7);
	enum brski_rc rc;

	r->id = brski_query_int(q, 0);
	r->device = brski_query_int(q, 1);
	if (hash.n == sizeof(r->pvr_hash))
		memcpy(r->pvr_hash, hash.p, hash.n);
	r->format = brski_format_find(brski_query_text(q, 3));
	copy_text(brski_query_text(q, 4), r->url, sizeof(r->url));
	r->created = brski_query_int(q, 5);
	r->status = (enum brski_tri)brski_query_int(q, 8);
	r->verdict = (enum registrar_verdict)brski_query_int(q, 9);
	copy_text(brski_query_text(q, 10), r->detail, sizeof(r->detail));
	if ((rc = brski_buf_set(&r->rvr, brski_query_blob(q, 6), err)) == BRSKI_OK &&
	    voucher.p != NULL)
		rc = brski_buf_set(&r->voucher, voucher, err);
	return rc;
}

static enum brski_rc
one_request(struct brski_query *q, struct registrar_request *out, struct brski_err *err)
{
	struct registrar_request r = { 0 };
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_next(q, &row, err)) == BRSKI_OK && row)
		rc = read_request(q, &r, err);
	brski_query_end(q);
	if (rc != BRSKI_OK)
		registrar_request_clear(&r);
	*out = r;
	return rc;
}

enum brski_rc
registrar_request_find(struct brski_store *s, int64_t device,
    const uint8_t pvr_hash[REGISTRAR_HASH_SIZE], struct registrar_request *out,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_request){ 0 };
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " REQUEST_COLUMNS " FROM requests WHERE device = $1 AND pvr_hash = $2",
	         "ib", device, brski_slice(pvr_hash, REGISTRAR_HASH_SIZE))) != BRSKI_OK)
		return rc;
	return one_request(&q, out, err);
}

enum brski_rc
registrar_request_get(struct brski_store *s, int64_t id, struct registrar_request *out,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_request){ 0 };
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT " REQUEST_COLUMNS " FROM requests WHERE id = $1", "i", id)) != BRSKI_OK)
		return rc;
	return one_request(&q, out, err);
}

static struct brski_slice
voucher_or_null(const struct registrar_request *r)
{
	return r->voucher.n > 0 ? brski_buf_slice(&r->voucher) : (struct brski_slice){ 0 };
}

static enum brski_rc
insert_request(struct brski_store *s, struct registrar_request *r, struct brski_err *err)
{
	int64_t id = 0;
	enum brski_rc rc;

	if ((rc = next_id(s, "SELECT COALESCE(MAX(id), 0) + 1 FROM requests", &id, err)) !=
	        BRSKI_OK ||
	    (rc = brski_store_exec(s, NULL, err,
	         "INSERT INTO requests (" REQUEST_COLUMNS ")"
	         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	         "iibssibbiis", id, r->device, brski_slice(r->pvr_hash, sizeof(r->pvr_hash)),
	         r->format->media_type, r->url, r->created, brski_buf_slice(&r->rvr),
	         voucher_or_null(r), (int64_t)r->status, (int64_t)r->verdict, r->detail)) !=
	        BRSKI_OK)
		return rc;
	r->id = id;
	return BRSKI_OK;
}

enum brski_rc
registrar_request_put(struct brski_store *s, struct registrar_request *r, struct brski_err *err)
{
	int64_t changed = 0;
	enum brski_rc rc;

	if (r->id == 0)
		return insert_request(s, r, err);
	rc = brski_store_exec(s, &changed, err,
	    "UPDATE requests SET voucher = $2, status = $3, verdict = $4, detail = $5"
	    " WHERE id = $1",
	    "ibiis", r->id, voucher_or_null(r), (int64_t)r->status, (int64_t)r->verdict, r->detail);
	return expect_one(rc, changed, err);
}

enum brski_rc
registrar_certificate_find(struct brski_store *s, int64_t device,
    const uint8_t csr_hash[REGISTRAR_HASH_SIZE], struct brski_buf *der, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT der FROM certificates WHERE device = $1 AND csr_hash = $2", "ib", device,
	         brski_slice(csr_hash, REGISTRAR_HASH_SIZE))) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row)
		rc = brski_buf_append(der, brski_query_blob(&q, 0), err);
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_certificate_owner(struct brski_store *s, const struct brski_cert *c, int64_t *device,
    struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*device = 0;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT device, der FROM certificates WHERE serial = $1", "b", c->serial)) !=
	    BRSKI_OK)
		return rc;
	/* the serial number finds it, every byte has to be ours */
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row &&
	    brski_slice_eq(brski_query_blob(&q, 1), c->der))
		*device = brski_query_int(&q, 0);
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_certificate_put(struct brski_store *s, const struct registrar_certificate *c,
    struct brski_err *err)
{
	int64_t id = 0;
	enum brski_rc rc;

	if ((rc = next_id(s, "SELECT COALESCE(MAX(id), 0) + 1 FROM certificates", &id, err)) !=
	    BRSKI_OK)
		return rc;
	return brski_store_exec(s, NULL, err,
	    "INSERT INTO certificates (id, device, csr_hash, serial, der, issued, not_after)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	    "iibbbii", id, c->device, c->csr_hash, c->serial, c->der, c->issued, c->not_after);
}

enum brski_rc
registrar_certificate_list(struct brski_store *s, int64_t device,
    void (*each)(void *arg, const struct registrar_certificate *c), void *arg,
    struct brski_err *err)
{
	struct registrar_certificate c;
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT csr_hash, serial, der, issued, not_after FROM certificates"
	         " WHERE device = $1 ORDER BY id",
	         "i", device)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		c = (struct registrar_certificate){ device, brski_query_blob(&q, 0),
			brski_query_blob(&q, 1), brski_query_blob(&q, 2), brski_query_int(&q, 3),
			brski_query_int(&q, 4) };
		each(arg, &c);
	}
	brski_query_end(&q);
	return rc;
}
