/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of bytes: base64, hex, PEM, dates. What is accepted reads the same when rewritten. */
#include <stdlib.h>
#include "base/clock.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* STRICT has one spelling per value; the other forms are read back from that spelling. */
static void
base64(struct brski_slice in, enum brski_base64_form form)
{
	struct brski_buf bytes = { .max = 0 }, text = { .max = 0 };

	if (brski_base64_decode(in, form, &bytes, NULL) == BRSKI_OK) {
		if (brski_base64_encode(brski_buf_slice(&bytes), &text, NULL) != BRSKI_OK)
			abort();
		if (form == BRSKI_BASE64_STRICT && !brski_slice_eq(brski_buf_slice(&text), in))
			abort();
	}
	brski_buf_clear(&bytes);
	brski_buf_clear(&text);
}

static void
hex(struct brski_slice in)
{
	struct brski_buf bytes = { .max = 0 };

	if (brski_hex_decode(in, &bytes, NULL) == BRSKI_OK && bytes.n * 2 != in.n)
		abort();
	brski_buf_clear(&bytes);
}

static void
pem(struct brski_slice text)
{
	struct brski_buf bytes = { .max = 0 };
	struct brski_slice label;

	while (brski_pem_next(&text, &label, &bytes, NULL) == BRSKI_OK)
		brski_buf_reset(&bytes);
	brski_buf_clear(&bytes);
}

static void
times(struct brski_slice in)
{
	char text[BRSKI_TIME_TEXT], der[BRSKI_TIME_ASN1];
	int64_t t, again;

	if (brski_time_parse_rfc3339(in, &t, NULL) == BRSKI_OK) {
		brski_time_format_rfc3339(t, text);
		if (brski_time_parse_rfc3339(brski_slice_str(text), &again, NULL) != BRSKI_OK)
			abort();
	}
	if (brski_time_parse_asn1(in, &t, NULL) == BRSKI_OK) {
		(void)brski_time_format_asn1(t, der);
		if (brski_time_parse_asn1(brski_slice_str(der), &again, NULL) != BRSKI_OK ||
		    again != t)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice in = brski_slice(data, size);
	char safe[32];

	base64(in, BRSKI_BASE64_STRICT);
	base64(in, BRSKI_BASE64_LINES);
	base64(in, BRSKI_BASE64_ANY);
	hex(in);
	pem(in);
	times(in);
	(void)brski_text_is_clean(in);
	if (!brski_text_is_clean(brski_slice_str(brski_text_safe(in, safe, sizeof(safe)))))
		abort();
	return 0;
}
