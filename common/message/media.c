/* SPDX-License-Identifier: Apache-2.0 */
#include "message/media.h"

#include <stddef.h>

const char *const brski_voucher_media[] = { "application/voucher-cms+json",
	"application/voucher+cose", NULL };
const char *const brski_status_media[] = { "application/json", "application/cbor", NULL };
const char *const brski_certs_media[] = { "application/pkcs7-mime; smime-type=certs-only",
	"application/multipart-core", "application/pkix-cert", NULL };
