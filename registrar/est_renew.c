/* SPDX-License-Identifier: Apache-2.0 */
/* A device gets its next certificate by the one that it has: RFC 7030 4.2.2, cBRSKI 6.7.4. */
#include "crypto/path.h"
#include "registrar/batch.h"
#include "registrar/est.h"

#define STAGE "simplereenroll"

struct visit {
	struct registrar_renew_facts facts;
	struct registrar_about about;
	struct registrar_client client; /* when it is an IDevID */
	struct registrar_issue issue;
};

/* Not the domain CA's: is it a device that should enrol first, or nobody's? */
static void
look_for_maker(struct registrar *r, const struct brski_peer *peer, struct visit *v)
{
	v->facts.is_idevid = registrar_client_identify(r, peer, &v->client, NULL) == BRSKI_OK;
	if (v->facts.is_idevid)
		v->about = registrar_about_client(&v->client);
}

/* What the store knows about this very certificate, and about whose it is. */
static enum brski_rc
recall(struct registrar *r, struct visit *v, struct brski_err *err)
{
	struct registrar_renew_facts *f = &v->facts;
	struct registrar_certificate c = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_certificate_match(r->store, v->issue.model, &c, NULL, err)) !=
	        BRSKI_OK ||
	    c.device == 0)
		return rc;
	if ((rc = registrar_device_get(r->store, c.device, &v->issue.device, err)) != BRSKI_OK)
		return rc;
	v->about = registrar_about_device(&v->issue.device);
	v->issue.predecessor = c.id;
	f->recorded = true;
	f->is_revoked = c.revoked != 0;
	f->reason = c.reason;
	/* its overlap is over, though nobody came to say so yet */
	if (!f->is_revoked && c.revoke_at != 0 && c.revoke_at <= brski_clock_now(&r->clock)) {
		f->is_revoked = true;
		f->reason = BRSKI_REASON_SUPERSEDED;
	}
	f->decision = v->issue.device.decision;
	f->standing = v->issue.device.standing;
	return BRSKI_OK;
}

/* RFC 7030 3.3.2: the certificate, its dates and its way to a CA of ours, whichever generation. */
static enum brski_rc
identify(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	struct brski_path path = { .leaf = v->issue.model,
		.untrusted = &x->peer->chain,
		.anchors = registrar_keeper_anchors(r->site->keeper),
		.at = brski_clock_now(&r->clock) };
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if ((rc = recall(r, v, err)) != BRSKI_OK)
		return rc;
	if ((rc = brski_path_validate(&path, NULL, &why)) == BRSKI_E_UNKNOWN) {
		look_for_maker(r, x->peer, v);
		return BRSKI_OK;
	}
	v->facts.is_ldevid = rc == BRSKI_OK;
	*err = why;
	return rc;
}

/* The very request that was answered before gets its answer again, even after the overlap. */
static enum brski_rc
authorise(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = identify(r, x, v, err)) != BRSKI_OK)
		return rc;
	if (v->facts.recorded &&
	    (rc = registrar_issue_find(r, x->body, &v->issue, err)) != BRSKI_OK)
		return rc;
	v->facts.repeated = v->issue.certificate.id != 0;
	return registrar_policy_renew(&v->facts, err);
}

void
registrar_simplereenroll(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct visit v = {
		.issue = { .stage = STAGE, .model = &x->peer->chain.v[0], .renewal = true }
	};
	struct brski_err err = { 0 };
	enum brski_rc rc;

	if ((rc = authorise(r, x, &v, &err)) == BRSKI_OK)
		rc = registrar_issue_certificate(r, x, &v.issue, &err);
	if (rc == BRSKI_OK)
		registrar_reply_ok(r, x, STAGE);
	else
		registrar_refuse(r, x, STAGE, &v.about, &err);
	registrar_issue_clear(&v.issue);
}
