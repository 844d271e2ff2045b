/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry in CBOR. What we take, we can write, and it says the same. */
#include <stdlib.h>
#include "message/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_status s, again;
	struct brski_buf out = { 0 };

	if (brski_status_decode_cbor(brski_slice(data, size), &s, NULL) == BRSKI_OK &&
	    (brski_status_encode_cbor(&s, &out, NULL) != BRSKI_OK ||
	        brski_status_decode_cbor(brski_buf_slice(&out), &again, NULL) != BRSKI_OK ||
	        again.version != s.version || again.status != s.status ||
	        strcmp(again.reason, s.reason) != 0))
		abort();
	brski_buf_clear(&out);
	return 0;
}
