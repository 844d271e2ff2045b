/* SPDX-License-Identifier: Apache-2.0 */
/* A device that has its voucher gets its first certificate: RFC 7030 4.2.1, RFC 8995 5.9. */
#include "registrar/batch.h"
#include "registrar/est.h"

#define STAGE "simpleenroll"

struct visit {
	struct registrar_client client;
	struct registrar_request request; /* the one whose voucher counts */
	struct registrar_issue issue;
};

static void
visit_clear(struct visit *v)
{
	registrar_request_clear(&v->request);
	registrar_issue_clear(&v->issue);
}

/* RFC 8995 5.8.3, 5.9: a voucher first, and a history that we accept. */
static enum brski_rc
authorise(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	struct registrar_device *d = &v->issue.device;
	struct registrar_enrol_facts f = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_client_identify(r, x->peer, &v->client, err)) != BRSKI_OK ||
	    (rc = registrar_device_find(r->store, v->client.maker->conf->name, v->client.serial, d,
	         err)) != BRSKI_OK ||
	    (rc = registrar_request_get(r->store, d->request, &v->request, err)) != BRSKI_OK)
		return rc;
	v->issue.model = v->client.idevid;
	f.decision = d->decision;
	f.standing = d->standing;
	f.vouchered = v->request.id != 0;
	f.status_failed = v->request.status == BRSKI_FALSE;
	f.audit_required = v->client.maker->conf->audit_log == 0;
	f.audit = v->request.verdict;
	return registrar_policy_enrol(&f, err);
}

void
registrar_simpleenroll(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct visit v = { .issue = { .stage = STAGE } };
	struct brski_err err = { 0 };
	struct registrar_about about;
	enum brski_rc rc;

	if ((rc = authorise(r, x, &v, &err)) == BRSKI_E_PENDING) {
		registrar_auditlog_wait(r, &v.issue.device, &v.request, x, registrar_simpleenroll);
		goto out;
	}
	if (rc == BRSKI_OK && (rc = registrar_issue_find(r, x->body, &v.issue, &err)) == BRSKI_OK)
		rc = registrar_issue_certificate(r, x, &v.issue, &err);
	about = registrar_about_client(&v.client);
	if (rc == BRSKI_OK)
		registrar_reply_ok(r, x, STAGE);
	else
		registrar_refuse(r, x, STAGE, &about, &err);
out:
	visit_clear(&v);
}
