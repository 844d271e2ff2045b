/* SPDX-License-Identifier: Apache-2.0 */
/* CRLs, in DER or armoured. What decodes can be asked about any certificate. */
#include <stdlib.h>
#include "crypto/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_cert c = { .serial = BRSKI_LIT("\x01"),
		.crl_points = brski_slice(data, size) };
	struct brski_crls list = { 0 };
	size_t i;

	if (brski_crls_add(&list, brski_slice(data, size), NULL) == BRSKI_OK && list.n == 0)
		abort();
	for (i = 0; i < list.n; i++) {
		if (list.v[i]->issuer.p < list.v[i]->der.p || list.v[i]->tbs.p < list.v[i]->der.p)
			abort();
		(void)brski_crl_lists(list.v[i], c.serial);
		(void)brski_crl_covers(list.v[i], &c);
	}
	brski_crls_clear(&list);
	return 0;
}
