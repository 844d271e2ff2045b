/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

enum brski_rc
registrar_authority_use(struct brski_store *s, const uint8_t authority[REGISTRAR_AUTHORITY_ID],
    int64_t now, int64_t *n, int64_t *until, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*n = *until = 0;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT COUNT(*), COALESCE(MAX(not_after), 0) FROM certificates"
	         " WHERE authority = $1 AND revoked = 0 AND not_after >= $2"
	         " AND device IS NOT NULL",
	         "bi", brski_slice(authority, REGISTRAR_AUTHORITY_ID), now)) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		*n = brski_query_int(&q, 0);
		*until = brski_query_int(&q, 1);
	}
	brski_query_end(&q);
	return rc;
}
