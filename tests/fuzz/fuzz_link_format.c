/* SPDX-License-Identifier: Apache-2.0 */
/* What /.well-known/core says. What we take, we can write, and it says the same. */
#include <stdlib.h>
#include "coap/link_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
copy(const struct brski_link *l, struct brski_buf *out)
{
	struct brski_slice at = l->attributes, name, value, found;
	char text[BRSKI_LINK_DOCUMENT_MAX + 1];

	if (brski_link_put(out, l->target, NULL) != BRSKI_OK)
		abort();
	while (brski_link_attribute_next(&at, &name, &value)) {
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		if (!brski_link_attribute(l, text, &found) ||
		    brski_link_put_attribute(out, text, value, true, NULL) != BRSKI_OK)
			abort();
		(void)brski_link_matches(value, name);
		if (value.n > 0 && value.p[0] != ' ' && !brski_link_matches(value, BRSKI_LIT("*")))
			abort();
	}
	if (at.n > 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice at = brski_slice(data, size), again;
	struct brski_buf out = { 0 };
	struct brski_link l, m;
	enum brski_rc rc;

	while ((rc = brski_link_next(&at, &l, NULL)) == BRSKI_OK) {
		brski_buf_reset(&out);
		copy(&l, &out);
		again = brski_buf_slice(&out);
		rc = brski_link_next(&again, &m, NULL);
		/* quotes make it longer */
		if (rc == BRSKI_E_TOO_LARGE)
			break;
		if (rc != BRSKI_OK || !brski_slice_eq(l.target, m.target) || again.n != 0)
			abort();
	}
	brski_buf_clear(&out);
	return 0;
}
