/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs. What decodes can be asked about any certificate. */
#include <stdlib.h>
#include "crypto/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_cert c = { .serial = BRSKI_LIT("\x01"),
		.crl_points = brski_slice(data, size) };
	struct brski_crl *crl;

	if (brski_crl_decode(brski_slice(data, size), &crl, NULL) != BRSKI_OK) {
		if (crl != NULL)
			abort();
		return 0;
	}
	if (crl->issuer.p < crl->der.p || crl->tbs.p < crl->der.p)
		abort();
	(void)brski_crl_lists(crl, c.serial);
	(void)brski_crl_covers(crl, &c);
	brski_crl_free(crl);
	return 0;
}
