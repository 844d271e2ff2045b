/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one certificate to the next. What is needed lies in NEXT items, and STATE says that it is
 * complete: each step can be done again after a power cut, until key, certificate and anchors are
 * where they are used.
 */
#include "pledge/engine.h"

/* The key is the first to go over; done before, it is there already. */
static enum brski_rc
switch_key(struct pledge *p, const struct brski_cert *next, struct brski_err *err)
{
	const struct pledge_port *port = p->port;
	const struct brski_key *key;
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if ((rc = port->adopt_key(port->arg, &why)) != BRSKI_OK && rc != BRSKI_E_NOT_FOUND) {
		pledge_blame(err, &why);
		return rc;
	}
	if ((rc = port->ldevid_key(port->arg, PLEDGE_ITEM_KEY, BRSKI_KEY_NONE, &key, err)) !=
	    BRSKI_OK)
		return rc;
	if (!brski_slice_eq(next->spki, brski_key_spki(key)))
		return brski_broken(err, BRSKI_E_CONFLICT,
		    "the next LDevID and the key in store do not belong together");
	return BRSKI_OK;
}

/* *trust becomes what is trusted from now on. */
static enum brski_rc
switch_trust(struct pledge *p, struct brski_certs *trust, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = pledge_load_certs(p, PLEDGE_ITEM_NEXT_TRUST, trust, err)) != BRSKI_OK)
		return rc;
	if (trust->n > 0)
		return pledge_save_certs(p, PLEDGE_ITEM_TRUST, trust, err);
	return pledge_load_certs(p, PLEDGE_ITEM_TRUST, trust, err);
}

enum brski_rc
pledge_switch(struct pledge *p, struct brski_err *err)
{
	struct brski_certs next = pledge_certs(p), trust = pledge_certs(p);
	enum brski_rc rc;

	if ((rc = pledge_load_certs(p, PLEDGE_ITEM_NEXT_LDEVID, &next, err)) != BRSKI_OK)
		goto out;
	if (next.n == 0) {
		rc = brski_broken(err, BRSKI_E_NOT_FOUND, "the next LDevID is not there");
		goto out;
	}
	if ((rc = switch_key(p, &next.v[0], err)) != BRSKI_OK ||
	    (rc = pledge_save_certs(p, PLEDGE_ITEM_LDEVID, &next, err)) != BRSKI_OK ||
	    (rc = switch_trust(p, &trust, err)) != BRSKI_OK)
		goto out;
	brski_certs_clear(&p->trust);
	p->trust = trust;
	trust = pledge_certs(p);
out:
	brski_certs_clear(&trust);
	brski_certs_clear(&next);
	return rc;
}

void
pledge_switched(struct pledge *p)
{
	struct brski_err err = { 0 };

	(void)pledge_erase(p, PLEDGE_ITEM_NEXT_LDEVID, &err);
	(void)pledge_erase(p, PLEDGE_ITEM_NEXT_TRUST, &err);
}
