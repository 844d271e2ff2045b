/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCSP responses: the input is the issuer's certificate, the one that is asked about, and the
 * answer, one after the other. What is accepted is not accepted any more at another time or about
 * another certificate.
 */
#include <stdlib.h>
#include "asn1/der.h"
#include "crypto/ocsp.h"

#define AT INT64_C(1780315200) /* 2026-06-01T12:00:00Z, when the corpus was made */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask_otherwise(struct brski_slice in, const struct brski_ocsp_question *good)
{
	struct brski_ocsp_question q = *good;
	struct brski_cert other = *good->subject;

	q.at = INT64_MIN + 1;
	if (brski_ocsp_response_judge(in, &q, NULL, NULL) != BRSKI_E_EXPIRED &&
	    brski_ocsp_response_judge(in, &q, NULL, NULL) != BRSKI_E_CERTIFICATE)
		abort();
	q = *good;
	other.serial = BRSKI_LIT("\x7f\x6f\x74\x68\x65\x72");
	q.subject = &other;
	if (brski_ocsp_response_judge(in, &q, NULL, NULL) == BRSKI_OK &&
	    !brski_slice_eq(good->subject->serial, other.serial))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice in = brski_slice(data, size), ca, der;
	struct brski_cert issuer, subject;
	struct brski_ocsp_question q = { &subject, &issuer, BRSKI_LIT("0123456789abcdef"), AT,
		86400 };
	int64_t next;

	if (!brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &ca) ||
	    !brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, &der) ||
	    brski_cert_decode(ca, &issuer, NULL) != BRSKI_OK ||
	    brski_cert_decode(der, &subject, NULL) != BRSKI_OK)
		return 0;
	if (brski_ocsp_response_judge(in, &q, &next, NULL) != BRSKI_OK)
		return 0;
	if (in.n > BRSKI_OCSP_RESPONSE_MAX || (next != BRSKI_TIME_UNKNOWN && next < AT))
		abort();
	ask_otherwise(in, &q);
	return 0;
}
