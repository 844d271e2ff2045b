/* SPDX-License-Identifier: Apache-2.0 */
/* Private key files. One that is read can be written, and is then the same key. */
#include <stdlib.h>
#include "crypto/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_key key = { 0 }, again = { 0 };
	struct brski_buf pem = { 0 };

	if (brski_key_decode(brski_slice(data, size), &key, NULL) == BRSKI_OK) {
		if (brski_key_encode_pem(&key, &pem, NULL) != BRSKI_OK ||
		    brski_key_decode(brski_buf_slice(&pem), &again, NULL) != BRSKI_OK ||
		    !brski_slice_eq(brski_key_spki(&key), brski_key_spki(&again)))
			abort();
	}
	(void)brski_spki_type(brski_slice(data, size));
	brski_key_clear(&key);
	brski_key_clear(&again);
	brski_buf_clear(&pem);
	return 0;
}
