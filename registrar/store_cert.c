/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

#define SELECT_ONE "SELECT " REGISTRAR_CERT_COLUMNS " FROM certificates c WHERE "

/* Move what the slices show into der; without one they are absent. */
static enum brski_rc
keep_slices(struct registrar_certificate *c, struct brski_buf *der, struct brski_err *err)
{
	struct brski_slice *const all[] = { &c->der, &c->serial, &c->csr_hash, &c->authority,
		&c->fingerprint, &c->ski };
	size_t i, at = der != NULL ? der->n : 0;
	enum brski_rc rc;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (der == NULL)
			*all[i] = (struct brski_slice){ 0 };
		else if ((rc = brski_buf_append(der, *all[i], err)) != BRSKI_OK)
			return rc;
	}
	for (i = 0; der != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i]->p != NULL)
			all[i]->p = der->p + at;
		at += all[i]->n;
	}
	return BRSKI_OK;
}

/* The one row of a started query, if there is one. */
static enum brski_rc
one(struct brski_query *q, struct registrar_certificate *out, struct brski_buf *der,
    struct brski_err *err)
{
	struct registrar_certificate c = { 0 };
	bool row = false;
	enum brski_rc rc;

	*out = c;
	if ((rc = brski_query_next(q, &row, err)) == BRSKI_OK && row) {
		registrar_row_certificate(q, &c);
		if ((rc = keep_slices(&c, der, err)) == BRSKI_OK)
			*out = c;
	}
	brski_query_end(q);
	return rc;
}

enum brski_rc
registrar_certificate_get(struct brski_store *s, int64_t id, struct registrar_certificate *out,
    struct brski_buf *der, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	rc = brski_query_start(s, &q, err, SELECT_ONE "c.id = $1", "i", id);
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

enum brski_rc
registrar_certificate_find(struct brski_store *s, int64_t device, int64_t predecessor,
    const uint8_t csr_hash[REGISTRAR_HASH_SIZE], struct registrar_certificate *out,
    struct brski_buf *der, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	rc = brski_query_start(s, &q, err,
	    SELECT_ONE "c.device = $1 AND c.csr_hash = $3 AND c.predecessor = $2"
	               " ORDER BY c.id DESC LIMIT 1",
	    "iib", device, predecessor, brski_slice(csr_hash, REGISTRAR_HASH_SIZE));
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

enum brski_rc
registrar_certificate_match(struct brski_store *s, const struct brski_cert *c,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err)
{
	uint8_t fingerprint[BRSKI_SHA256_SIZE];
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	brski_sha256(c->der, fingerprint);
	rc = brski_query_start(s, &q, err, SELECT_ONE "c.fingerprint = $1", "b",
	    brski_slice(fingerprint, sizeof(fingerprint)));
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

enum brski_rc
registrar_certificate_by_serial(struct brski_store *s, struct brski_slice authority,
    struct brski_slice serial, struct registrar_certificate *out, struct brski_buf *der,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	rc = brski_query_start(s, &q, err, SELECT_ONE "c.serial = $2 AND c.authority = $1", "bb",
	    authority, serial);
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

/* A column that may not be NULL. */
static struct brski_slice
present(struct brski_slice s)
{
	return s.p != NULL ? s : BRSKI_LIT("");
}

enum brski_rc
registrar_certificate_put(struct brski_store *s, struct registrar_certificate *c,
    struct brski_err *err)
{
	uint8_t fingerprint[BRSKI_SHA256_SIZE];
	struct brski_cert cert;
	int64_t id = 0;
	enum brski_rc rc;

	brski_sha256(c->der, fingerprint);
	if ((rc = brski_cert_decode(c->der, &cert, err)) != BRSKI_OK ||
	    (rc = registrar_row_int(s, "SELECT COALESCE(MAX(id), 0) + 1 FROM certificates", &id,
	         err)) != BRSKI_OK ||
	    (rc = brski_store_exec(s, NULL, err,
	         "INSERT INTO certificates (id, device, predecessor, csr_hash, serial, der,"
	         " authority, fingerprint, ski, issued, not_before, not_after, revoke_at, revoked,"
	         " reason) VALUES ($1, NULLIF($2, 0), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
	         " $13, $14, $15)",
	         "iiibbbbbbiiiiii", id, c->device, c->predecessor, present(c->csr_hash), c->serial,
	         c->der, present(c->authority), brski_slice(fingerprint, sizeof(fingerprint)),
	         cert.ski, c->issued, c->not_before, c->not_after, c->revoke_at, c->revoked,
	         (int64_t)c->reason)) != BRSKI_OK)
		return rc;
	c->id = id;
	return BRSKI_OK;
}

/* What ends by itself before that time needs no revocation. */
enum brski_rc
registrar_certificate_supersede(struct brski_store *s, int64_t device, int64_t except,
    int64_t revoke_at, struct brski_err *err)
{
	return brski_store_exec(s, NULL, err,
	    "UPDATE certificates SET revoke_at = $3 WHERE (device = $1 OR ($1 = 0 AND device IS "
	    "NULL))"
	    " AND id <> $2 AND revoked = 0 AND (revoke_at = 0 OR revoke_at > $3) AND not_after >= "
	    "$3",
	    "iii", device, except, revoke_at);
}

enum brski_rc
registrar_certificate_set_revoked(struct brski_store *s, int64_t id, int64_t at,
    enum brski_reason reason, struct brski_err *err)
{
	int64_t changed = 0;
	enum brski_rc rc;

	rc = brski_store_exec(s, &changed, err,
	    "UPDATE certificates SET revoked = $2, reason = $3 WHERE id = $1", "iii", id, at,
	    (int64_t)reason);
	return registrar_row_expect(rc, changed, err);
}

enum brski_rc
registrar_certificate_in_force(struct brski_store *s, int64_t device, int64_t now,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	rc = brski_query_start(s, &q, err,
	    SELECT_ONE "c.device = $1 AND c.revoked = 0 AND c.not_after >= $2"
	               " ORDER BY c.id DESC LIMIT 1",
	    "ii", device, now);
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

enum brski_rc
registrar_certificate_count(struct brski_store *s, int64_t device, int64_t since, int64_t now,
    int64_t *n, int64_t *first_end, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*n = *first_end = 0;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT COUNT(*), COALESCE(MIN(not_after), 0) FROM certificates"
	         " INDEXED BY certificates_device WHERE device = $1 AND not_after >= $2"
	         " AND NOT (revoked > 0 AND revoked <= $3)",
	         "iii", device, now, since)) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		*n = brski_query_int(&q, 0);
		*first_end = brski_query_int(&q, 1);
	}
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_certificate_on_hold(struct brski_store *s, int64_t device,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	rc = brski_query_start(s, &q, err,
	    SELECT_ONE "c.device = $1 AND c.revoked > 0 AND c.reason = $2 LIMIT 1", "ii", device,
	    (int64_t)BRSKI_REASON_HOLD);
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

enum brski_rc
registrar_certificate_due(struct brski_store *s, int64_t now, struct registrar_certificate *out,
    struct brski_buf *der, struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*out = (struct registrar_certificate){ 0 };
	rc = brski_query_start(s, &q, err,
	    SELECT_ONE "c.revoke_at > 0 AND c.revoked = 0 AND c.revoke_at <= $1"
	               " ORDER BY c.revoke_at LIMIT 1",
	    "i", now);
	return rc == BRSKI_OK ? one(&q, out, der, err) : rc;
}

enum brski_rc
registrar_certificate_next_due(struct brski_store *s, int64_t *at, struct brski_err *err)
{
	return registrar_row_int(s,
	    "SELECT COALESCE(MIN(revoke_at), 0) FROM certificates"
	    " WHERE revoke_at > 0 AND revoked = 0",
	    at, err);
}
