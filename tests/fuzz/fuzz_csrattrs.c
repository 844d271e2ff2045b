/* SPDX-License-Identifier: Apache-2.0 */
/* CSR attributes of an EST server. What we understood, we can write, and it says the same. */
#include <stdlib.h>
#include "message/csrattrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_csrattrs a, again;
	struct brski_buf out = { 0 };

	if (brski_csrattrs_decode(brski_slice(data, size), &a, NULL) == BRSKI_OK &&
	    (brski_csrattrs_encode(&a, &out, NULL) != BRSKI_OK ||
	        brski_csrattrs_decode(brski_buf_slice(&out), &again, NULL) != BRSKI_OK ||
	        again.challenge_password != a.challenge_password || again.key_type != a.key_type ||
	        !brski_slice_eq(again.extensions, a.extensions)))
		abort();
	brski_buf_clear(&out);
	return 0;
}
