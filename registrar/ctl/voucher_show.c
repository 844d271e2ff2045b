/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/input.h"
#include "registrar/ctl/view.h"

int
ctl_voucher_show(struct ctl_args *a)
{
	struct brski_buf wire = { 0 };
	struct brski_err payload = { 0 }, err = { 0 };
	json_t *o = NULL;
	int rc;

	if (ctl_read(a->operands.v[0], &wire, &err) == BRSKI_OK)
		o = ctl_view_object(brski_buf_slice(&wire), NULL, &payload, &err);
	if (o == NULL)
		rc = ctl_fail(&err);
	else if ((rc = ctl_view_print(o, a->json)) == CTL_OK && payload.rc != BRSKI_OK)
		rc = ctl_fail(&payload);
	brski_buf_clear(&wire);
	return rc;
}
