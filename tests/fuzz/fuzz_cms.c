/* SPDX-License-Identifier: Apache-2.0 */
/* A peer's CMS object. Whatever it is: what open takes, look has found good. */
#include <stdlib.h>
#include "envelope/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct brski_slice wire = brski_slice(data, size);
	struct brski_err verdict, err = { 0 };
	struct brski_signed seen = { 0 }, opened = { 0 };
	enum brski_rc look, open;

	look = brski_cms_look(wire, NULL, &seen, &verdict, &err);
	open = brski_cms_open(wire, NULL, false, &opened, NULL);
	if (open == BRSKI_OK &&
	    (look != BRSKI_OK || verdict.rc != BRSKI_OK || opened.signer == NULL))
		abort();
	brski_signed_clear(&seen);
	brski_signed_clear(&opened);
	return 0;
}
