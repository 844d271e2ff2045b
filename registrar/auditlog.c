/* SPDX-License-Identifier: Apache-2.0 */
/* The device's history, fetched from its MASA and judged before EST is served: RFC 8995 5.8. */
#include <stdio.h>
#include "registrar/ask.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"

#define STAGE "auditlog"

/* Facts for the policy; the manufacturer's rules may have changed since the voucher. */
static enum brski_rc
judge(struct registrar_ask *a, const struct brski_auditlog *log, struct brski_err *err)
{
	const struct registrar_site *site = a->r->site;
	const struct registrar_manufacturer *m = registrar_site_maker(site, a->manufacturer);
	struct registrar_audit_facts f = { .log = log,
		.own = site->own,
		.own_n = site->own_n,
		.former = site->former,
		.former_n = site->former_n };

	if (m != NULL) {
		f.accept_unknown_owner = m->conf->unknown_owner != 0;
		f.accept_nonceless = m->conf->nonceless != 0;
		f.least = (enum registrar_strength)m->conf->assertion;
	}
	return registrar_policy_auditlog(&f, err);
}

/* The request as it stands now: the device may have reported its voucher status meanwhile. */
static enum brski_rc
put_verdict(struct registrar_ask *a, const struct brski_err *why, struct brski_err *err)
{
	struct brski_store *s = a->r->store;
	struct registrar_request q;
	enum brski_rc rc;

	if ((rc = registrar_request_get(s, a->request.id, &q, err)) != BRSKI_OK)
		return rc;
	q.verdict = why != NULL ? REGISTRAR_REFUSED : REGISTRAR_ACCEPTED;
	snprintf(q.detail, sizeof(q.detail), "%s", why != NULL ? why->detail : "");
	/* its batch may not have reached the disk, and its number may have gone to another */
	if (q.id == 0 || memcmp(q.pvr_hash, a->request.pvr_hash, sizeof(q.pvr_hash)) != 0)
		rc = brski_broken(err, BRSKI_E_IO, "the request was lost");
	else
		rc = registrar_request_put(s, &q, err);
	registrar_request_clear(&q);
	return rc;
}

/* For its history, unless the operator says otherwise. */
static enum brski_rc
refuse_device(struct registrar_ask *a, struct brski_err *err)
{
	struct registrar_device d;
	enum brski_rc rc;

	if ((rc = registrar_device_get(a->r->store, a->request.device, &d, err)) != BRSKI_OK ||
	    (rc = registrar_life_update(a->r, &d, "audit log refused", err)) != BRSKI_OK)
		return rc;
	return registrar_device_put(a->r->store, &d, err);
}

/* The verdict and its audit row, together. why NULL: accepted. */
static enum brski_rc
save(struct registrar_ask *a, const struct brski_err *why, struct brski_err *err)
{
	struct registrar_about about = registrar_about_ask(a);
	enum brski_rc rc;

	if ((rc = registrar_begin(a->r, err)) != BRSKI_OK)
		return rc;
	if ((rc = put_verdict(a, why, err)) != BRSKI_OK ||
	    (why != NULL && (rc = refuse_device(a, err)) != BRSKI_OK) ||
	    (rc = registrar_record(a->r, "masa", STAGE, &about, why,
	         why != NULL ? NULL : "audit log accepted", err)) != BRSKI_OK ||
	    (rc = why != NULL ? registrar_commit(a->r, err) : registrar_commit_unseen(a->r, err)) !=
	        BRSKI_OK)
		registrar_rollback(a->r);
	return rc;
}

/* RFC 8995 5.8.3: a human should hear of it. */
static void
log_verdict(const struct registrar_ask *a, const struct brski_err *why)
{
	brski_log(a->r->log,
	    &(struct brski_entry){ .level = why != NULL ? BRSKI_LOG_WARN : BRSKI_LOG_INFO,
	        .stage = STAGE,
	        .serial = brski_slice_str(a->serial),
	        .err = why,
	        .msg = why != NULL ? "audit log refused" : "audit log accepted" });
}

static enum brski_rc
take_auditlog(struct registrar_ask *a, const struct registrar_masa_answer *answer,
    struct brski_err *err)
{
	struct brski_auditlog log = { 0 };
	struct brski_err why = { 0 };
	enum brski_rc rc;
	bool accepted;

	if (!brski_media_is(answer->media, "application/json") ||
	    brski_auditlog_decode_json(answer->body, &log, &why) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 8995 5.8.1",
		    "the MASA's audit log cannot be read: %s",
		    why.rc != BRSKI_OK ? why.detail : "media type");
	accepted = judge(a, &log, &why) == BRSKI_OK;
	brski_auditlog_clear(&log);
	/* a verdict against the device is a success of asking */
	if ((rc = save(a, accepted ? NULL : &why, err)) == BRSKI_OK)
		log_verdict(a, accepted ? NULL : &why);
	return rc;
}

/*
 * 5.8: 403, 404 mean that the MASA knows no such owner; anything else says nothing about the
 * device.
 */
static void
record_refused(struct registrar_ask *a, const struct registrar_outcome *o)
{
	struct registrar_about about = registrar_about_ask(a);
	int status = brski_rc_http(o->err.rc);
	struct brski_err err = { 0 };

	if (status != 403 && status != 404)
		registrar_record_alone(a->r, "masa", STAGE, &about, &o->err);
	else if (save(a, &o->err, &err) != BRSKI_OK)
		brski_log_err(a->r->log, "audit", &err);
	log_verdict(a, &o->err);
}

/* The voucher is out; that the audit log takes long is no decision. */
static void
ignore_late(struct registrar_ask *a)
{
	brski_log_info(a->r->log, STAGE, "the MASA takes long for an audit log (attempt %u)",
	    a->attempts);
}

static const struct registrar_ask_kind auditlog_kind = {
	.path = "/requestauditlog",
	.stage = STAGE,
	.accept = "application/json",
	.take = take_auditlog,
	.refused = record_refused,
	.late = ignore_late,
};

/* A new ask with its own copy of the request, not sent yet. */
static enum brski_rc
prepare(struct registrar *r, const struct registrar_device *d, const struct registrar_request *q,
    struct registrar_ask **out, struct brski_err *err)
{
	struct registrar_request copy = *q;
	enum brski_rc rc;

	copy.voucher = (struct brski_buf){ 0 };
	copy.rvr = (struct brski_buf){ 0 };
	if ((rc = brski_buf_set(&copy.rvr, brski_buf_slice(&q->rvr), err)) == BRSKI_OK)
		rc = registrar_ask_new(r, &auditlog_kind, d, &copy, out, err);
	registrar_request_clear(&copy);
	return rc;
}

void
registrar_auditlog_fetch(struct registrar *r, const struct registrar_device *d,
    const struct registrar_request *q)
{
	struct brski_err err = { 0 };
	struct registrar_ask *a;

	if (registrar_ask_find(r, &auditlog_kind, d, q->pvr_hash) != NULL)
		return;
	if (prepare(r, d, q, &a, &err) == BRSKI_OK)
		registrar_ask_go(a);
	else
		brski_log_err(r->log, STAGE, &err); /* EST will ask again */
}

/* Badly over. What the verdict says is said by the operation itself, once more. */
static void
told(struct registrar_ask *a, struct brski_exchange *x, const struct registrar_outcome *o)
{
	struct registrar_about about = registrar_about_ask(a);

	registrar_refuse(a->r, x, "simpleenroll", &about, &o->err);
}

void
registrar_auditlog_wait(struct registrar *r, const struct registrar_device *d,
    const struct registrar_request *q, struct brski_exchange *x,
    void (*again)(void *app, struct brski_exchange *x))
{
	struct registrar_ask *a = registrar_ask_find(r, &auditlog_kind, d, q->pvr_hash);
	struct registrar_about about = registrar_about_device(d);
	struct brski_err err = { 0 };

	if (a != NULL) {
		registrar_ask_wait(a, x, told, again);
		return;
	}
	if (prepare(r, d, q, &a, &err) != BRSKI_OK) {
		registrar_refuse(r, x, "simpleenroll", &about, &err);
		return;
	}
	registrar_ask_wait(a, x, told, again);
	registrar_ask_go(a);
}
