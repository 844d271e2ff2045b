/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests. What is read can be written, and is then the same request. */
#include <stdlib.h>
#include "crypto/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_inside(struct brski_slice part, const uint8_t *data, size_t size)
{
	return part.p == NULL || (part.p >= data && part.p + part.n <= data + size);
}

static void
write_again(const struct brski_ocsp_request *r)
{
	struct brski_slice ids[BRSKI_OCSP_CERTS_MAX];
	struct brski_ocsp_request again;
	struct brski_buf der = { 0 };
	size_t i;

	for (i = 0; i < r->n; i++)
		ids[i] = r->ids[i].der;
	if (brski_ocsp_request_encode(ids, r->n, r->nonce, &der, NULL) != BRSKI_OK ||
	    brski_ocsp_request_decode(brski_buf_slice(&der), &again, NULL) != BRSKI_OK ||
	    again.n != r->n || again.is_signed || !brski_slice_eq(again.nonce, r->nonce))
		abort();
	for (i = 0; i < r->n; i++)
		if (!brski_slice_eq(again.ids[i].der, r->ids[i].der) ||
		    again.ids[i].hash != r->ids[i].hash)
			abort();
	brski_buf_clear(&der);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct brski_cert issuer = { .subject = BRSKI_LIT("\x30\x00"),
		.key = BRSKI_LIT("key") };
	struct brski_ocsp_request r;
	size_t i;

	if (brski_ocsp_request_decode(brski_slice(data, size), &r, NULL) != BRSKI_OK)
		return 0;
	if (r.n == 0 || r.n > BRSKI_OCSP_CERTS_MAX || r.nonce.n > BRSKI_OCSP_NONCE_MAX ||
	    !is_inside(r.nonce, data, size))
		abort();
	for (i = 0; i < r.n; i++) {
		if (!is_inside(r.ids[i].der, data, size) || r.ids[i].serial.n == 0)
			abort();
		(void)brski_ocsp_id_is_of(&r.ids[i], &issuer);
	}
	write_again(&r);
	return 0;
}
