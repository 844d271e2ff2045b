/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

static enum brski_rc
select_list(struct brski_store *s, const char *sql, const uint8_t authority[REGISTRAR_AUTHORITY_ID],
    struct registrar_crl *out, struct brski_err *err)
{
	struct registrar_crl c = { .der = { .max = BRSKI_CRL_MAX } };
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	memcpy(c.authority, authority, sizeof(c.authority));
	*out = c;
	if ((rc = brski_query_start(s, &q, err, sql, "b",
	         brski_slice(authority, REGISTRAR_AUTHORITY_ID))) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row &&
	    (rc = brski_buf_set(&c.der, brski_query_blob(&q, 3), err)) == BRSKI_OK) {
		c.number = brski_query_int(&q, 0);
		c.this_update = brski_query_int(&q, 1);
		c.next_update = brski_query_int(&q, 2);
		*out = c;
	}
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_crl_get(struct brski_store *s, const uint8_t authority[REGISTRAR_AUTHORITY_ID],
    struct registrar_crl *out, struct brski_err *err)
{
	return select_list(s,
	    "SELECT number, this_update, next_update, der FROM crls WHERE authority = $1",
	    authority, out, err);
}

enum brski_rc
registrar_crl_head(struct brski_store *s, const uint8_t authority[REGISTRAR_AUTHORITY_ID],
    struct registrar_crl *out, struct brski_err *err)
{
	enum brski_rc rc;

	rc = select_list(s,
	    "SELECT number, this_update, next_update, x'' FROM crls WHERE authority = $1",
	    authority, out, err);
	brski_buf_clear(&out->der);
	return rc;
}

enum brski_rc
registrar_crl_put(struct brski_store *s, const struct registrar_crl *c, struct brski_err *err)
{
	int64_t changed = 0;
	enum brski_rc rc;

	if ((rc = brski_store_exec(s, &changed, err,
	         "INSERT INTO crls (authority, number, this_update, next_update, der, stale)"
	         " VALUES ($1, $2, $3, $4, $5, 0)"
	         " ON CONFLICT (authority) DO UPDATE SET number = $2, this_update = $3,"
	         " next_update = $4, der = $5, stale = 0"
	         " WHERE crls.number < $2 AND crls.this_update <= $3",
	         "biiib", brski_slice(c->authority, sizeof(c->authority)), c->number,
	         c->this_update, c->next_update, brski_buf_slice(&c->der))) != BRSKI_OK)
		return rc;
	if (changed != 1)
		return brski_fail(err, BRSKI_E_CONFLICT, "RFC 5280 5.2.3",
		    "revocation list %lld is not newer than the last one", (long long)c->number);
	return BRSKI_OK;
}

enum brski_rc
registrar_crl_mark_stale(struct brski_store *s, struct brski_slice authority, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_store_exec(s, NULL, err,
	         "INSERT INTO crls (authority, number, this_update, next_update, der, stale)"
	         " VALUES ($1, 0, 0, 0, x'', 1) ON CONFLICT (authority) DO NOTHING",
	         "b", authority)) != BRSKI_OK)
		return rc;
	return brski_store_exec(s, NULL, err, "UPDATE crls SET stale = 1", "");
}

enum brski_rc
registrar_crl_is_stale(struct brski_store *s, const uint8_t authority[REGISTRAR_AUTHORITY_ID],
    bool *stale, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*stale = false;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT stale FROM crls WHERE authority = $1 AND stale <> 0", "b",
	         brski_slice(authority, REGISTRAR_AUTHORITY_ID))) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK)
		*stale = row;
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_crl_last_number(struct brski_store *s, int64_t *number, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*number = 0;
	if ((rc = brski_query_start(s, &q, err, "SELECT max(number) FROM crls", "")) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row)
		*number = brski_query_int(&q, 0);
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_crl_entries(struct brski_store *s, int64_t since, struct brski_query *out,
    struct brski_err *err)
{
	return brski_query_start(s, out, err,
	    "SELECT serial, revoked, reason FROM certificates"
	    " WHERE not_after >= $1 AND revoked > 0",
	    "i", since);
}

bool
registrar_crl_entry(struct brski_query *q, struct brski_crl_entry *out, struct brski_err *err)
{
	bool row = false;

	if (brski_query_next(q, &row, err) != BRSKI_OK || !row)
		return false;
	*out = (struct brski_crl_entry){ brski_query_blob(q, 0), brski_query_int(q, 1),
		(enum brski_reason)brski_query_int(q, 2) };
	return true;
}
