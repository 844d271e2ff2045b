/* SPDX-License-Identifier: Apache-2.0 */
/* Many certificates at once: a device may have more than one by one would be done in time. */
#include <stdio.h>
#include "registrar/store_rows.h"

/* RFC 5280 5.3.1: superseded (4), our own word, and certificateHold (6) are not final. */
#define FALLEN                                                                \
	"$3 > 0 AND (revoked = 0 OR reason IN (4, 6)) AND id IN ("            \
	"WITH RECURSIVE fallen (id) AS ("                                     \
	"SELECT o.id FROM certificates o WHERE o.device = $1 AND (o.id = $2"  \
	" OR o.ski = (SELECT ski FROM certificates WHERE id = $2))"           \
	" UNION SELECT c.id FROM certificates c JOIN fallen f"                \
	" ON c.predecessor = f.id AND c.predecessor > 0 WHERE c.device = $1)" \
	" SELECT id FROM fallen)"
#define IN_FORCE "device = $1 AND $2 = 0 AND revoked = 0 AND not_after >= $3"
#define ON_HOLD  "device = $1 AND $2 = 0 AND $3 > 0 AND revoked > 0 AND reason = 6"

#define LOT(where)                                                                           \
	{                                                                                    \
		"SELECT serial FROM certificates WHERE " where " ORDER BY id DESC LIMIT $4", \
		    "UPDATE certificates SET revoked ="                                      \
		    " CASE WHEN revoked > 0 AND $4 > 0 THEN revoked ELSE $4 END,"            \
		    " reason = $5 WHERE " where                                              \
	}

static const struct {
	const char *select, *update;
} lots[] = {
	[REGISTRAR_LOT_IN_FORCE] = LOT(IN_FORCE),
	[REGISTRAR_LOT_ON_HOLD] = LOT(ON_HOLD),
	[REGISTRAR_LOT_FALLEN] = LOT(FALLEN),
};

enum brski_rc
registrar_certificate_lot(struct brski_store *s, const struct registrar_change *c, int64_t limit,
    void (*each)(void *arg, struct brski_slice serial), void *arg, struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	if ((rc = brski_query_start(s, &q, err, lots[c->lot].select, "iiii", c->device, c->root,
	         c->now, limit)) != BRSKI_OK)
		return rc;
	while ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row)
		each(arg, brski_query_blob(&q, 0));
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_certificate_change(struct brski_store *s, const struct registrar_change *c, int64_t *n,
    struct brski_err *err)
{
	*n = 0;
	return brski_store_exec(s, n, err, lots[c->lot].update, "iiiii", c->device, c->root, c->now,
	    c->at, (int64_t)c->reason);
}

/* keyCompromise (1), cACompromise (2), aACompromise (10). */
enum brski_rc
registrar_key_compromised(struct brski_store *s, struct brski_slice ski, bool *yes,
    struct brski_err *err)
{
	struct brski_query q;
	enum brski_rc rc;

	*yes = false;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT 1 FROM certificates WHERE ski = $1 AND revoked > 0"
	         " AND reason IN (1, 2, 10) LIMIT 1",
	         "b", ski)) != BRSKI_OK)
		return rc;
	rc = brski_query_next(&q, yes, err);
	brski_query_end(&q);
	return rc;
}

enum brski_rc
registrar_certificate_before(struct brski_store *s, int64_t device, int64_t n, int64_t *id,
    struct brski_err *err)
{
	struct brski_query q;
	bool row = false;
	enum brski_rc rc;

	*id = 0;
	if ((rc = brski_query_start(s, &q, err,
	         "SELECT id FROM certificates INDEXED BY certificates_device WHERE device = $1"
	         " ORDER BY id DESC LIMIT 1 OFFSET $2",
	         "ii", device, n)) != BRSKI_OK)
		return rc;
	if ((rc = brski_query_next(&q, &row, err)) == BRSKI_OK && row)
		*id = brski_query_int(&q, 0);
	brski_query_end(&q);
	return rc;
}

const char *
registrar_number_text(struct brski_slice serial, char text[REGISTRAR_NUMBER_TEXT])
{
	size_t i, from = serial.n > 1 && serial.p[0] == 0 ? 1 : 0;
	size_t most = (REGISTRAR_NUMBER_TEXT - 1) / 2;

	text[0] = '\0';
	for (i = from; i < serial.n && i - from < most; i++)
		snprintf(text + 2 * (i - from), 3, "%02X", serial.p[i]);
	return text;
}
