/* SPDX-License-Identifier: Apache-2.0 */
/* A MASA's audit log. What we take, we can write, and it says the same. */
#include <stdlib.h>
#include "message/auditlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct brski_auditlog *a, const struct brski_auditlog *b)
{
	size_t i;

	if (a->n != b->n || a->nonced_duplicates != b->nonced_duplicates)
		abort();
	for (i = 0; i < a->n; i++) {
		const struct brski_auditlog_event *x = &a->events[i], *y = &b->events[i];

		/* an offset can push a date out of the four digits that a year has */
		if ((x->date != y->date && x->date >= 0 && x->date <= BRSKI_TIME_FOREVER) ||
		    x->domain_id_n != y->domain_id_n ||
		    memcmp(x->domain_id, y->domain_id, x->domain_id_n) != 0 ||
		    x->nonceless != y->nonceless || strcmp(x->nonce, y->nonce) != 0 ||
		    x->assertion != y->assertion || x->truncated != y->truncated)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_auditlog log, again = { 0 };
	struct brski_buf out = { 0 };

	if (brski_auditlog_decode_json(brski_slice(data, size), &log, NULL) == BRSKI_OK) {
		if (brski_auditlog_encode_json(&log, &out, NULL) != BRSKI_OK ||
		    brski_auditlog_decode_json(brski_buf_slice(&out), &again, NULL) != BRSKI_OK)
			abort();
		check_same(&log, &again);
	}
	brski_auditlog_clear(&log);
	brski_auditlog_clear(&again);
	brski_buf_clear(&out);
	return 0;
}
