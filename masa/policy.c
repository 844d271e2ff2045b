/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "masa/policy.h"

const char *const masa_policy_names[] = { "first", "owner", NULL };

bool
masa_chain_has_key(const struct brski_path_found *chain, struct brski_slice spki_sha256)
{
	uint8_t digest[BRSKI_SHA256_SIZE];
	size_t i;

	for (i = 0; i < chain->n; i++) {
		brski_sha256(chain->v[i]->spki, digest);
		if (brski_slice_eq(brski_slice(digest, sizeof(digest)), spki_sha256))
			return true;
	}
	return false;
}

/*
 * RFC 8995 5.6: another voucher that cannot be overridden. The owner's next request is not in its
 * own way: renewal is automatic for the same domain (RFC 8995 5.5.1).
 */
static bool
may_own(const struct masa_facts *f)
{
	if (!brski_slice_present(f->owner))
		return f->policy == MASA_POLICY_FIRST;
	return masa_chain_has_key(f->chain, f->owner) ||
	    (f->former != NULL && masa_chain_has_key(f->former, f->owner));
}

static bool
is_stale(const struct masa_facts *f, const struct masa_rules *r)
{
	return f->created_on != BRSKI_TIME_UNKNOWN && f->created_on < f->at - r->request_life_s;
}

static enum brski_rc
check(const struct masa_facts *f, const struct masa_rules *r, struct brski_err *err)
{
	if (f->blocked)
		return brski_fail(err, BRSKI_E_BLOCKED, "RFC 8995 5.6", "device is blocked");
	if (!f->nonced && !f->authenticated)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4",
		    "no nonce, and the registrar is not known");
	if (f->nonced && !f->proximity && r->require_proximity)
		return brski_fail(err, BRSKI_E_ASSERTION, "RFC 8995 5.5.5",
		    "proximity is not proven");
	if (!may_own(f))
		return brski_fail(err, BRSKI_E_OWNED, "RFC 8995 5.6", "%s",
		    brski_slice_present(f->owner) ? "device belongs to another domain"
		                                  : "device waits for its recorded owner");
	if (is_stale(f, r))
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.6", "request is stale");
	return BRSKI_OK;
}

/*
 * cBRSKI 8.2: the lowest CA that was sent; without a nonce the highest; the end entity if it is
 * alone.
 */
static size_t
pick_pin(const struct masa_facts *f, const struct masa_rules *r)
{
	if (f->chain->n == 1)
		return 0;
	return f->nonced || r->nonceless_pin == MASA_PIN_LOWEST ? 1 : f->chain->n - 1;
}

/* RFC 8995 5.6 (c): the next CRL may name the certificate. One that has run out says nothing. */
static int64_t
crl_end(const struct masa_facts *f, const struct brski_cert *c, int64_t t)
{
	const struct brski_crl *crl;
	size_t i;

	for (i = 0; f->crls != NULL && i < f->crls->n; i++) {
		crl = f->crls->v[i];
		if (crl->next_update >= f->at && crl->next_update < t &&
		    brski_name_eq(crl->issuer, c->issuer))
			t = crl->next_update;
	}
	return t;
}

/* RFC 8995 5.6: no later than the configured life and what the voucher leans on. */
static int64_t
expiry(const struct masa_facts *f, const struct masa_rules *r, size_t pin)
{
	int64_t t = f->at + r->voucher_life_s;
	size_t i;

	for (i = 0; i <= pin; i++) {
		if (f->chain->v[i]->not_after < t)
			t = f->chain->v[i]->not_after;
		t = crl_end(f, f->chain->v[i], t);
	}
	return t;
}

static enum brski_assertion
assertion(const struct masa_facts *f)
{
	if (f->proximity)
		return BRSKI_ASSERTION_PROXIMITY;
	return f->policy == MASA_POLICY_OWNER ? BRSKI_ASSERTION_VERIFIED : BRSKI_ASSERTION_LOGGED;
}

enum brski_rc
masa_policy_decide(const struct masa_facts *f, const struct masa_rules *r,
    struct masa_decision *out, struct brski_err *err)
{
	enum brski_rc rc;
	size_t pin;

	memset(out, 0, sizeof(*out));
	if ((rc = check(f, r, err)) != BRSKI_OK)
		return rc;
	pin = pick_pin(f, r);
	out->assertion = assertion(f);
	out->pin = f->chain->v[pin];
	out->expires_on = f->nonced ? BRSKI_TIME_UNKNOWN : expiry(f, r, pin);
	/* knowing a serial number makes nobody an owner */
	out->claims = !masa_chain_has_key(f->chain, f->owner) && (f->proximity || f->authenticated);
	return BRSKI_OK;
}
