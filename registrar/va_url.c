/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates say about where lists and answers are. */
#include <stdio.h>
#include "base/text.h"
#include "registrar/va.h"

bool
registrar_va_crl_url(const struct registrar_conf *c,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID], char out[REGISTRAR_VA_URL_MAX])
{
	char id[2 * REGISTRAR_AUTHORITY_ID + 1];
	struct brski_buf hex = brski_buf_fixed(id, sizeof(id));
	int n;

	if (c->va_url == NULL ||
	    brski_hex_encode(brski_slice(authority, REGISTRAR_AUTHORITY_ID), &hex, NULL) !=
	        BRSKI_OK)
		return false;
	n = snprintf(out, REGISTRAR_VA_URL_MAX, "%s" REGISTRAR_VA_CRL "%.*s.crl", c->va_url,
	    (int)hex.n, id);
	return n > 0 && n < REGISTRAR_VA_URL_MAX;
}

bool
registrar_va_ocsp_url(const struct registrar_conf *c, char out[REGISTRAR_VA_URL_MAX])
{
	int n;

	if (c->va_url == NULL)
		return false;
	n = snprintf(out, REGISTRAR_VA_URL_MAX, "%s" REGISTRAR_VA_OCSP, c->va_url);
	return n > 0 && n < REGISTRAR_VA_URL_MAX;
}
