/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

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
	registrar_row_text(brski_query_text(q, 4), r->url, sizeof(r->url));
	r->created = brski_query_int(q, 5);
	r->status = (enum brski_tri)brski_query_int(q, 8);
	r->verdict = (enum registrar_verdict)brski_query_int(q, 9);
	registrar_row_text(brski_query_text(q, 10), r->detail, sizeof(r->detail));
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

	if ((rc = registrar_row_int(s, "SELECT COALESCE(MAX(id), 0) + 1 FROM requests", &id,
	         err)) != BRSKI_OK ||
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
	return registrar_row_expect(rc, changed, err);
}
