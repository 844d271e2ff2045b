/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state item of pledge/PROTOCOL. As it is, and with the digest made to fit, which chance would
 * not find. What we take, we can write, and it is the same bytes.
 */
#include <stdlib.h>
#include "pledge/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try(struct brski_slice in)
{
	struct brski_buf out = { .max = PLEDGE_STATE_MAX };
	struct pledge_saved s;

	if (pledge_saved_decode(in, &s, NULL) == BRSKI_OK &&
	    (pledge_saved_encode(&s, &out, NULL) != BRSKI_OK ||
	        !brski_slice_eq(brski_buf_slice(&out), in)))
		abort();
	brski_buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t copy[PLEDGE_STATE_MAX + BRSKI_SHA256_SIZE];

	try(brski_slice(data, size));
	if (size > sizeof(copy) - BRSKI_SHA256_SIZE)
		return 0;
	memcpy(copy, data, size);
	brski_sha256(brski_slice(data, size), copy + size);
	try(brski_slice(copy, size + BRSKI_SHA256_SIZE));
	return 0;
}
