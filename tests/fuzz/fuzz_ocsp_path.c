/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests in the path of a GET. What is read reads the same in its one proper spelling. */
#include <stdlib.h>
#include "base/text.h"
#include "registrar/va_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode(struct brski_slice path, struct brski_buf *out)
{
	if (registrar_ocsp_path_decode(path, out, NULL) != BRSKI_OK)
		abort();
}

/* url-encoding of base64, RFC 6960 A.1: every octet escaped. */
static void
escape(struct brski_slice text, struct brski_buf *out)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (brski_buf_printf(out, NULL, "%%%02X", text.p[i]) != BRSKI_OK)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_buf der = { .max = BRSKI_OCSP_REQUEST_MAX }, text = { 0 }, path = { 0 };
	struct brski_buf again = { .max = BRSKI_OCSP_REQUEST_MAX };

	if (registrar_ocsp_path_decode(brski_slice(data, size), &der, NULL) == BRSKI_OK) {
		if (brski_base64_encode(brski_buf_slice(&der), &text, NULL) != BRSKI_OK)
			abort();
		decode(brski_buf_slice(&text), &again);
		if (!brski_slice_eq(brski_buf_slice(&again), brski_buf_slice(&der)))
			abort();
		escape(brski_buf_slice(&text), &path);
		brski_buf_reset(&again);
		decode(brski_buf_slice(&path), &again);
		if (!brski_slice_eq(brski_buf_slice(&again), brski_buf_slice(&der)))
			abort();
	}
	brski_buf_clear(&der);
	brski_buf_clear(&text);
	brski_buf_clear(&path);
	brski_buf_clear(&again);
	return 0;
}
