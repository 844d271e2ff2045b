/* SPDX-License-Identifier: Apache-2.0 */
/* JPY messages. What we take, we can write, and it says the same in no more octets. */
#include <stdlib.h>
#include "coap/jpy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice in = brski_slice(data, size);
	struct brski_jpy m, again;
	struct brski_buf out;
	uint8_t *storage;

	if (brski_jpy_decode(in, &m, NULL) != BRSKI_OK)
		return 0;
	if (m.header.n > BRSKI_JPY_HEADER_MAX || m.content.n == 0)
		abort();
	if ((storage = malloc(m.content.n + BRSKI_JPY_OVERHEAD)) == NULL)
		return 0;
	out = brski_buf_fixed(storage, m.content.n + BRSKI_JPY_OVERHEAD);
	if (brski_jpy_encode(&m, &out, NULL) != BRSKI_OK || out.n > size ||
	    brski_jpy_decode(brski_buf_slice(&out), &again, NULL) != BRSKI_OK ||
	    !brski_slice_eq(m.header, again.header) || !brski_slice_eq(m.content, again.content))
		abort();
	free(storage);
	return 0;
}
