/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer's COSE object. Whatever it is: what open takes, look has found good, and what a registrar
 * passes on of it says the same.
 */
#include <stdlib.h>
#include "envelope/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_forwarded(struct brski_slice wire, const struct brski_signed *opened)
{
	struct brski_signed again = { 0 };
	struct brski_buf out = { 0 };

	if (brski_cose_forward(wire, &out, NULL) != BRSKI_OK || out.n > wire.n ||
	    brski_cose_open(brski_buf_slice(&out), &opened->certs, false, &again, NULL) !=
	        BRSKI_OK ||
	    !brski_slice_eq(again.payload, opened->payload) ||
	    !brski_slice_eq(again.signer->spki, opened->signer->spki))
		abort();
	brski_signed_clear(&again);
	brski_buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice wire = brski_slice(data, size);
	struct brski_err verdict, err = { 0 };
	struct brski_signed seen = { 0 }, opened = { 0 };
	struct brski_buf out = { 0 };
	enum brski_rc look, open;

	look = brski_cose_look(wire, NULL, &seen, &verdict, &err);
	open = brski_cose_open(wire, NULL, false, &opened, NULL);
	if (open == BRSKI_OK && (look != BRSKI_OK || verdict.rc != BRSKI_OK))
		abort();
	if (look == BRSKI_OK && brski_cose_forward(wire, &out, NULL) != BRSKI_OK)
		abort();
	if (open == BRSKI_OK)
		check_forwarded(wire, &opened);
	brski_signed_clear(&seen);
	brski_signed_clear(&opened);
	brski_buf_clear(&out);
	return 0;
}
