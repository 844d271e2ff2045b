/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

enum brski_rc
registrar_authority_use(struct brski_store *s, const uint8_t authority[REGISTRAR_AUTHORITY_ID],
    int64_t now, struct registrar_use *out, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*out = (struct registrar_use){ 0 };
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT revoked > 0, COUNT(*), MAX(not_after) FROM certificates"
	         " WHERE authority = $1 AND not_after >= $2 AND device IS NOT NULL GROUP BY 1",
	         "bi", brski_slice(authority, REGISTRAR_AUTHORITY_ID), now)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		if (brski_query_int(&q, 0) == 0) {
			out->in_force = brski_query_int(&q, 1);
			out->until = brski_query_int(&q, 2);
		} else {
			out->revoked = brski_query_int(&q, 1);
			out->revoked_until = brski_query_int(&q, 2);
		}
	}
	brski_query_end(&q);
	return rc;
}
