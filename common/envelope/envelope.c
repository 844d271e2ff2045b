/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/envelope.h"

const char *
brski_odd_text(unsigned bit)
{
	switch (bit) {
	case BRSKI_ODD_ID_DATA:
		return "content type is id-data, not id-ct-animaJSONVoucher";
	case BRSKI_ODD_NO_CERT:
		return "signer's certificate is not inside";
	case BRSKI_ODD_SIG_ALG:
		return "signature algorithm is id-ecPublicKey, not ecdsa-with-SHA256";
	case BRSKI_ODD_CRLS:
		return "CRLs inside";
	case BRSKI_ODD_UNSIGNED:
		return "unsigned attributes inside";
	case BRSKI_ODD_VERSION:
		return "version number is not the one for this content";
	case BRSKI_ODD_SIGNED_ATTR:
		return "signed attributes beyond content type, digest and time";
	case BRSKI_ODD_BARE_ALG:
		return "algorithm is not in the protected header";
	default:
		return NULL;
	}
}

void
brski_signed_clear(struct brski_signed *s)
{
	struct brski_certs certs = s->certs;

	brski_certs_clear(&certs);
	*s = (struct brski_signed){ .certs = certs, .signing_time = BRSKI_TIME_UNKNOWN };
}
