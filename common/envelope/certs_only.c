/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/cms_der.h"
#include "envelope/envelope.h"

static enum brski_rc
read_certs_only(const struct brski_cms *c, struct brski_certs *certs, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_cms_read_certs(c, certs, err)) != BRSKI_OK)
		return rc;
	if (certs->n == 0 || c->signers != 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7030 4.1.3",
		    "not certs-only: a signer, or no certificate");
	return BRSKI_OK;
}

enum brski_rc
brski_certs_only_decode(struct brski_slice in, struct brski_certs *out, struct brski_err *err)
{
	struct brski_cms c;
	enum brski_rc rc;

	if ((rc = brski_cms_read(in, &c, err)) != BRSKI_OK)
		return rc;
	if ((rc = read_certs_only(&c, out, err)) != BRSKI_OK)
		brski_certs_clear(out);
	return rc;
}
