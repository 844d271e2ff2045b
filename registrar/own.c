/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own certificate is one of those that the domain CA issued: it is in the list, and whoever
 * asks by OCSP whether it is good gets an answer. The one before it is superseded, as a device's.
 */
#include "registrar/batch.h"
#include "registrar/registrar.h"

/* Whose key signed it; NULL: it is of another PKI. */
static const struct registrar_authority *
find_authority(const struct registrar *r, const struct brski_cert *c)
{
	const struct registrar_authority *a;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n; i++)
		if (brski_name_eq(c->issuer, a[i].cert->subject) &&
		    (c->aki.n == 0 || brski_slice_eq(c->aki, a[i].cert->ski)))
			return &a[i];
	return NULL;
}

static enum brski_rc
save(struct registrar *r, const struct brski_cert *c, const struct registrar_authority *a,
    struct brski_err *err)
{
	const int64_t now = brski_clock_now(&r->clock);
	struct registrar_certificate row = { .serial = c->serial,
		.der = c->der,
		.authority = brski_slice(a->id, sizeof(a->id)),
		.issued = now,
		.not_before = c->not_before,
		.not_after = c->not_after };
	enum brski_rc rc;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = registrar_certificate_put(r->store, &row, err)) != BRSKI_OK ||
	    (rc = registrar_certificate_supersede(r->store, 0, row.id,
	         now + r->site->conf.renewal_overlap_s, err)) != BRSKI_OK ||
	    (rc = registrar_commit(r, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

void
registrar_remember_own(struct registrar *r)
{
	const struct brski_cert *own = &registrar_keeper_chain(r->site->keeper)->v[0];
	const struct registrar_authority *a = find_authority(r, own);
	struct registrar_certificate c = { 0 };
	struct brski_err err = { 0 };

	if (a != NULL &&
	    (registrar_certificate_match(r->store, own, &c, NULL, &err) != BRSKI_OK ||
	        (c.id == 0 && save(r, own, a, &err) != BRSKI_OK)))
		brski_log_err(r->log, "store", &err);
}
