/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/store_rows.h"

enum brski_rc
registrar_timeline_add(struct brski_store *s, int64_t device, const struct registrar_moment *m,
    struct brski_err *err)
{
	return brski_store_exec(s, NULL, err,
	    "INSERT INTO timeline (device, time, life, detail) VALUES ($1, $2, $3, $4)", "iiis",
	    device, m->time, (int64_t)m->life, m->detail);
}

enum brski_rc
registrar_timeline_list(struct brski_store *s, int64_t device,
    void (*each)(void *arg, const struct registrar_moment *m), void *arg, struct brski_err *err)
{
	struct registrar_moment m;
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err,
	         "SELECT time, life, detail FROM (SELECT id, time, life, detail FROM timeline"
	         " WHERE device = $1 ORDER BY id DESC LIMIT $2) ORDER BY id",
	         "ii", device, (int64_t)REGISTRAR_MOMENTS_MAX)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row) {
		m.time = brski_query_int(&q, 0);
		m.life = (enum registrar_life)brski_query_int(&q, 1);
		registrar_row_text(brski_query_text(&q, 2), m.detail, sizeof(m.detail));
		each(arg, &m);
	}
	brski_query_end(&q);
	return rc;
}
