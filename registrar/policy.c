/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/policy.h"

#include "base/text.h"

enum brski_rc
registrar_policy_standing(enum registrar_standing standing, struct brski_err *err)
{
	if (standing != REGISTRAR_IN_ORDER)
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 8995 5.3",
		    "the device is %s: brskictl device reinstate",
		    standing == REGISTRAR_REVOKED_DEVICE ? "revoked" : "decommissioned");
	return BRSKI_OK;
}

enum brski_rc
registrar_policy_admit(enum registrar_admission rule, bool listed, enum registrar_decision decision,
    struct brski_err *err)
{
	if (decision == REGISTRAR_DENIED)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 8995 5.3", "refused by the operator");
	if (rule == REGISTRAR_ADMIT_ANY || decision == REGISTRAR_APPROVED)
		return BRSKI_OK;
	if (rule == REGISTRAR_ADMIT_APPROVED)
		return BRSKI_E_PENDING;
	if (!listed)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.3",
		    "not listed: brskictl device import or approve");
	return BRSKI_OK;
}

static bool
among(struct brski_slice id, const struct brski_slice *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (brski_slice_eq(id, list[i]))
			return true;
	}
	return false;
}

static enum registrar_strength
strength(enum brski_assertion a)
{
	switch (a) {
	case BRSKI_ASSERTION_VERIFIED:
		return REGISTRAR_VERIFIED;
	case BRSKI_ASSERTION_PROXIMITY:
	case BRSKI_ASSERTION_AGENT_PROXIMITY:
		return REGISTRAR_PROXIMITY;
	default:
		return REGISTRAR_LOGGED;
	}
}

static enum brski_rc
check_foreign_event(const struct registrar_audit_facts *f, const struct brski_auditlog_event *e,
    struct brski_err *err)
{
	bool known = among(brski_slice(e->domain_id, e->domain_id_n), f->former, f->former_n);

	if (!known && !f->accept_unknown_owner)
		return brski_fail(err, BRSKI_E_OWNED, "RFC 8995 5.8.3",
		    "the audit log names an owner that we do not know");
	/* such a voucher has no end: its holder can take the device again */
	if (e->nonceless && !f->accept_nonceless)
		return brski_fail(err, BRSKI_E_NONCE, "RFC 8995 5.8.1",
		    "another domain holds a nonceless voucher");
	return BRSKI_OK;
}

enum brski_rc
registrar_policy_auditlog(const struct registrar_audit_facts *f, struct brski_err *err)
{
	const struct brski_auditlog *log = f->log;
	const struct brski_auditlog_event *e, *ours = NULL;
	enum brski_rc rc;
	size_t i;

	for (i = 0; i < log->n; i++) {
		e = &log->events[i];
		if (!among(brski_slice(e->domain_id, e->domain_id_n), f->own, f->own_n)) {
			if ((rc = check_foreign_event(f, e, err)) != BRSKI_OK)
				return rc;
		} else if (ours == NULL || e->date >= ours->date)
			ours = e;
	}
	/* what was dropped arbitrarily may have been anybody's */
	if (log->arbitrary > 0 && !f->accept_unknown_owner)
		return brski_fail(err, BRSKI_E_OWNED, "RFC 8995 5.8.1",
		    "%u entries were dropped from the audit log", log->arbitrary);
	if (ours == NULL)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.8.3",
		    "our own voucher is not in the audit log");
	if (strength(ours->assertion) < f->least)
		return brski_fail(err, BRSKI_E_ASSERTION, "RFC 8995 5.8.3",
		    "our voucher's assertion is only %s", brski_assertion_name(ours->assertion));
	return BRSKI_OK;
}

enum brski_rc
registrar_policy_enrol(const struct registrar_enrol_facts *f, struct brski_err *err)
{
	enum brski_rc rc;

	if (f->decision == REGISTRAR_DENIED)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 8995 5.3", "refused by the operator");
	if ((rc = registrar_policy_standing(f->standing, err)) != BRSKI_OK)
		return rc;
	if (!f->vouchered)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.9", "no voucher was given");
	if (f->status_failed)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.7",
		    "the device did not take its voucher");
	if (f->audit_required && f->audit == REGISTRAR_REFUSED)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.8.3",
		    "its audit log was not accepted");
	if (f->audit_required && f->audit == REGISTRAR_NOT_JUDGED)
		return BRSKI_E_PENDING;
	return BRSKI_OK;
}

/* A superseded one may ask for the answer that was lost on its way, and for nothing else. */
static bool
is_refused(const struct registrar_renew_facts *f)
{
	return f->is_revoked && !(f->repeated && f->reason == BRSKI_REASON_SUPERSEDED);
}

enum brski_rc
registrar_policy_renew(const struct registrar_renew_facts *f, struct brski_err *err)
{
	enum brski_rc rc;

	if (f->is_idevid)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2",
		    "an IDevID is not renewed here: simpleenroll");
	if (!f->is_ldevid || !f->recorded)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 7030 3.3.2",
		    "not a certificate that was issued here to a device");
	if (f->decision == REGISTRAR_DENIED)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 8995 5.3", "refused by the operator");
	if ((rc = registrar_policy_standing(f->standing, err)) != BRSKI_OK)
		return rc;
	if (is_refused(f))
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 5280 6.3.3", "certificate revoked: %s",
		    brski_reason_name((int)f->reason));
	return BRSKI_OK;
}

/* RFC 7030 3.5 with RFC 9266: the CSR was made on this very connection. */
static enum brski_rc
check_binding(const struct registrar_csr_facts *f, struct brski_err *err)
{
	uint8_t storage[256];
	struct brski_buf said = brski_buf_fixed(storage, sizeof(storage));
	bool equal;

	if (f->csr->challenge_password.p == NULL && !f->require_binding)
		return BRSKI_OK;
	equal = f->binding.p != NULL &&
	    brski_base64_decode(f->csr->challenge_password, BRSKI_BASE64_STRICT, &said, NULL) ==
	        BRSKI_OK &&
	    brski_secret_eq(brski_buf_slice(&said), f->binding);
	if (!equal)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 7030 3.5", "challengePassword %s",
		    f->csr->challenge_password.p != NULL ? "is not this connection's" : "missing");
	return BRSKI_OK;
}

/* RFC 7030 4.2.2: what is renewed keeps its names; else it is the site's to say. */
static bool
may_have_san(const struct registrar_csr_facts *f)
{
	if (f->renewal)
		return brski_slice_eq(f->csr->san, f->san);
	return f->csr->san.p == NULL || f->allow_san;
}

enum brski_rc
registrar_policy_csr(const struct registrar_csr_facts *f, struct brski_err *err)
{
	const char *spec = f->renewal ? "RFC 7030 4.2.2" : "RFC 8995 5.9.2";

	if (!brski_name_eq(f->csr->subject, f->subject))
		return brski_fail(err, BRSKI_E_FORBIDDEN, spec, "the subject is not the %s's",
		    f->renewal ? "certificate" : "IDevID");
	if (!may_have_san(f))
		return brski_fail(err, BRSKI_E_FORBIDDEN, spec, "%s",
		    f->renewal ? "the subjectAltName is not the certificate's"
		               : "a subjectAltName is asked for");
	if (f->compromised)
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 5280 5.3.1",
		    "the key was revoked as compromised: a new one is needed");
	if (f->key_type != BRSKI_KEY_NONE && f->csr->key_type != f->key_type)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 8995 5.9.2",
		    "the key type is not the one that the CSR attributes ask for");
	return check_binding(f, err);
}
