/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private key files. One that is read can be written, and is then the same key; of several the
 * first is the one that is read alone.
 */
#include <stdlib.h>
#include "crypto/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const struct brski_key *key)
{
	struct brski_key again = { 0 };
	struct brski_buf pem = { 0 };

	if (brski_key_encode_pem(key, &pem, NULL) != BRSKI_OK ||
	    brski_key_decode(brski_buf_slice(&pem), &again, NULL) != BRSKI_OK ||
	    !brski_slice_eq(brski_key_spki(key), brski_key_spki(&again)))
		abort();
	brski_key_clear(&again);
	brski_buf_clear(&pem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_key key = { 0 };
	struct brski_keys keys = { 0 };
	bool one = brski_key_decode(brski_slice(data, size), &key, NULL) == BRSKI_OK;
	bool some = brski_keys_decode(brski_slice(data, size), &keys, NULL) == BRSKI_OK;
	size_t i;

	if (one)
		check_again(&key);
	if (some && (!one || !brski_slice_eq(brski_key_spki(&key), brski_key_spki(&keys.v[0]))))
		abort();
	for (i = 0; i < keys.n; i++)
		check_again(&keys.v[i]);
	(void)brski_spki_type(brski_slice(data, size));
	brski_key_clear(&key);
	brski_keys_clear(&keys);
	return 0;
}
