/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

extern const char *const registrar_migrations[];
extern const size_t registrar_migrations_n;

void
registrar_row_text(struct brski_slice from, char *to, size_t cap)
{
	size_t n = from.n < cap ? from.n : cap - 1;

	if (n > 0)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

void
registrar_row_octets(struct brski_slice from, uint8_t *to, size_t n)
{
	if (from.n == n)
		memcpy(to, from.p, n);
}

enum brski_rc
registrar_row_int(struct brski_store *s, const char *sql, int64_t *id, struct brski_err *err)
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

enum brski_rc
registrar_row_expect(enum brski_rc rc, int64_t changed, struct brski_err *err)
{
	if (rc == BRSKI_OK && changed != 1)
		return brski_broken(err, BRSKI_E_IO, "a row was lost");
	return rc;
}

/* What schema 002 did not keep is in the certificate itself. */
static enum brski_rc
complete_one(struct brski_store *s, int64_t id, struct brski_slice der, struct brski_err *err)
{
	uint8_t fingerprint[BRSKI_SHA256_SIZE];
	struct brski_slice authority = BRSKI_LIT("");
	struct brski_cert c = { 0 };

	/* one that cannot be read stays as it is, but is not looked at again */
	if (brski_cert_decode(der, &c, NULL) != BRSKI_OK)
		c = (struct brski_cert){ 0 };
	/* our CAs name their keys by the SHA-1 of the key bits, RFC 5280 4.2.1.2 (1) */
	if (c.aki.n == REGISTRAR_AUTHORITY_ID)
		authority = c.aki;
	brski_sha256(der, fingerprint);
	return brski_store_exec(s, NULL, err,
	    "UPDATE certificates SET fingerprint = $2, ski = $3, authority = $4, not_before = $5"
	    " WHERE id = $1",
	    "ibbbi", id, brski_slice(fingerprint, sizeof(fingerprint)), c.ski, authority,
	    c.not_before);
}

/* The next row from before; *done when there is none left. */
static enum brski_rc
complete_next(struct brski_store *s, bool *done, struct brski_err *err)
{
	struct brski_query q;
	struct brski_buf der = { 0 };
	bool row = false;
	int64_t id = 0;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT id, der FROM certificates WHERE fingerprint = $1 LIMIT 1", "b",
	         BRSKI_LIT(""))) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		id = brski_query_int(&q, 0);
		rc = brski_buf_set(&der, brski_query_blob(&q, 1), err);
	}
	brski_query_end(&q);
	if (rc == BRSKI_OK && row)
		rc = complete_one(s, id, brski_buf_slice(&der), err);
	brski_buf_clear(&der);
	*done = !row;
	return rc;
}

/* All or none: a start that is cut short does it again. */
static enum brski_rc
complete(struct brski_store *s, struct brski_err *err)
{
	bool done = false;
	enum brski_rc rc;

	if ((rc = brski_store_begin(s, err)) != BRSKI_OK)
		return rc;
	while (rc == BRSKI_OK && !done)
		rc = complete_next(s, &done, err);
	if (rc != BRSKI_OK || (rc = brski_store_commit(s, err)) != BRSKI_OK)
		brski_store_rollback(s);
	return rc;
}

enum brski_rc
registrar_store_open(const char *path, struct brski_store **out, struct brski_err *err)
{
	struct brski_migrations m = { registrar_migrations, registrar_migrations_n };
	struct brski_store *s;
	enum brski_rc rc;

	*out = NULL;
	if ((rc = brski_store_open(path, "brski-registrar", &m, &s, err)) != BRSKI_OK)
		return rc;
	if ((rc = complete(s, err)) != BRSKI_OK)
		brski_store_close(s);
	else
		*out = s;
	return rc;
}
