/* SPDX-License-Identifier: Apache-2.0 */
/* multipart-core, and certificates in it. What we take, we can write again. */
#include <stdlib.h>
#include "message/certs_media.h"
#include "message/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_parts(struct brski_slice in)
{
	struct brski_multipart m;
	struct brski_slice body;
	unsigned cf;
	size_t sum = 0;

	if (brski_multipart_open(in, &m, NULL) != BRSKI_OK)
		return;
	while (m.left > 0 && brski_multipart_next(&m, &cf, &body, NULL) == BRSKI_OK)
		sum += body.n;
	if (sum > in.n)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct brski_certs_form *f =
	    brski_certs_form_find(BRSKI_LIT("application/multipart-core"));
	struct brski_certs certs = { 0 }, again = { 0 };
	struct brski_buf out = { 0 };

	read_parts(brski_slice(data, size));
	if (f->decode(brski_slice(data, size), &certs, NULL) == BRSKI_OK &&
	    (f->encode(&certs, &out, NULL) != BRSKI_OK ||
	        f->decode(brski_buf_slice(&out), &again, NULL) != BRSKI_OK || again.n != certs.n))
		abort();
	brski_certs_clear(&certs);
	brski_certs_clear(&again);
	brski_buf_clear(&out);
	return 0;
}
