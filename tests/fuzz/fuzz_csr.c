/* SPDX-License-Identifier: Apache-2.0 */
/* Certification requests. Few have a right signature, so each input is tried as a Name as well. */
#include <stdlib.h>
#include "crypto/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct brski_slice der, struct brski_slice s)
{
	if (s.p != NULL && (s.p < der.p || s.n > (size_t)(der.p + der.n - s.p)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice der = brski_slice(data, size);
	struct brski_err err = { 0 };
	struct brski_csr c;
	char text[64];

	if (brski_csr_decode(der, &c, &err) == BRSKI_OK) {
		check_inside(der, c.subject);
		check_inside(der, c.spki);
		check_inside(der, c.challenge_password);
		check_inside(der, c.extensions);
		check_inside(der, c.san);
	} else if (err.spec == NULL || c.der.p != NULL) {
		abort();
	}
	(void)brski_name_text(der, text, sizeof(text));
	return 0;
}
