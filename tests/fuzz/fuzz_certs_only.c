/* SPDX-License-Identifier: Apache-2.0 */
/* A certs-only answer. What we take, we can write again. */
#include <stdlib.h>
#include "envelope/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_certs certs = { 0 }, again = { 0 };
	struct brski_buf out = { 0 };

	if (brski_certs_only_decode(brski_slice(data, size), &certs, NULL) == BRSKI_OK &&
	    (brski_certs_only_encode(&certs, &out, NULL) != BRSKI_OK ||
	        brski_certs_only_decode(brski_buf_slice(&out), &again, NULL) != BRSKI_OK ||
	        again.n != certs.n))
		abort();
	brski_certs_clear(&certs);
	brski_certs_clear(&again);
	brski_buf_clear(&out);
	return 0;
}
