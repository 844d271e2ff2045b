/* SPDX-License-Identifier: Apache-2.0 */
/* A pledge asks for its voucher: RFC 8995 5.2 to 5.6. */
#include <stdio.h>
#include "base/text.h"
#include "crypto/path.h"
#include "registrar/ask.h"
#include "registrar/batch.h"
#include "registrar/idevid_status.h"
#include "registrar/masa_url.h"
#include "registrar/pvr.h"
#include "registrar/revoke.h"

#define STAGE "requestvoucher"

/* What is known about one request while it is handled. */
struct visit {
	struct registrar_client client;
	struct registrar_pvr pvr;
	struct registrar_device device;
	struct registrar_request request; /* id 0: the first time that we see this PVR */
	uint8_t hash[REGISTRAR_HASH_SIZE];
};

static void
visit_clear(struct visit *v)
{
	registrar_pvr_clear(&v->pvr);
	registrar_request_clear(&v->request);
}

/* 5.2, 5.3, 5.5: who is it, and is the request what it should be? */
static enum brski_rc
judge_pvr(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	struct registrar_pvr_in in = { .format = brski_format_find(x->media),
		.wire = x->body,
		.client_chain = &x->peer->chain,
		.chain_judged = true,
		.own_cert = BRSKI_LIT(""), /* never absent: that would skip proximity */
		.at = brski_clock_now(&r->clock),
		.strict = r->site->conf.strict };
	enum brski_rc rc;

	if ((rc = registrar_client_identify(r, x->peer, &v->client, err)) != BRSKI_OK)
		return rc;
	if (x->peer->own.n > 0)
		in.own_cert = x->peer->own.v[0].der;
	in.anchors = &v->client.maker->anchors;
	in.serial_from = (enum brski_serial_from)v->client.maker->conf->serial_from;
	return registrar_pvr_judge(&in, &v->pvr, err);
}

/* 5.3: may it join? E_PENDING without a cause in err: the operator has to decide. */
static enum brski_rc
admit(struct registrar *r, const struct brski_exchange *x, struct visit *v, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = registrar_device_find(r->store, v->client.maker->conf->name, v->client.serial,
	         &v->device, err)) != BRSKI_OK)
		return rc;
	registrar_seen(r, x->peer, &v->device);
	if ((rc = registrar_policy_standing(v->device.standing, err)) != BRSKI_OK)
		return rc;
	return registrar_policy_admit((enum registrar_admission)v->client.maker->conf->admission,
	    v->device.listed, v->device.decision, err);
}

/* 5.4: the MASA of the configuration, else the one that the IDevID names. */
static enum brski_rc
find_masa(const struct registrar_client *c, char url[REGISTRAR_MASA_URL_MAX], struct brski_err *err)
{
	struct brski_slice text = c->idevid->masa_url;

	if (c->maker->conf->masa_url != NULL)
		text = brski_slice_str(c->maker->conf->masa_url);
	if (text.p == NULL)
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 2.8",
		    "no MASA URL in the IDevID or in the configuration");
	return registrar_masa_url(text, url, err);
}

/* Once for each request: what a stricter registrar would not have taken. */
static void
log_odd(const struct registrar *r, const struct brski_exchange *x, const struct visit *v)
{
	brski_artifact_log_odd(&v->pvr.a, r->log,
	    &(struct brski_entry){ .level = BRSKI_LOG_INFO,
	        .stage = STAGE,
	        .peer = brski_slice_str(x->peer->address),
	        .serial = v->client.serial,
	        .msg = "PVR" });
}

/* 5.5: our own voucher-request around the pledge's. */
static enum brski_rc
make_request(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	struct registrar_rvr_facts facts = { .format = v->pvr.a.format,
		.pvr = &v->pvr.a.v,
		.pvr_wire = x->body,
		.pledge = &x->peer->chain,
		.serial = v->client.serial,
		.now = brski_clock_now(&r->clock),
		.tight = r->site->conf.pin == REGISTRAR_PIN_TIGHT };
	struct registrar_request *q = &v->request;
	enum brski_rc rc;

	log_odd(r, x, v);
	q->format = facts.format;
	q->created = facts.now;
	memcpy(q->pvr_hash, v->hash, sizeof(q->pvr_hash));
	if ((rc = find_masa(&v->client, q->url, err)) != BRSKI_OK)
		return rc;
	return registrar_keeper_sign_request(r->site->keeper, &facts, &q->rvr, err);
}

static void
reply_voucher(struct registrar *r, struct brski_exchange *x, const struct registrar_request *q)
{
	struct brski_err err = { 0 };

	if (brski_buf_set(&x->reply, brski_buf_slice(&q->voucher), &err) != BRSKI_OK) {
		brski_reply_fail(x, STAGE, (struct brski_slice){ 0 }, &err);
		return;
	}
	x->reply_media = q->format->media_type;
	registrar_reply_ok(r, x, STAGE);
}

/*
 * cBRSKI 9.2.4: where the operator has said who signs this maker's vouchers, by a path or, for a
 * MASA without a PKI, by the very key.
 */
static bool
is_signer_known(const struct registrar_ask *a, const struct brski_artifact *voucher)
{
	const struct registrar_manufacturer *m = registrar_site_maker(a->r->site, a->manufacturer);
	struct brski_path path = { .leaf = voucher->env.signer,
		.untrusted = &voucher->env.certs,
		.at = brski_clock_now(&a->r->clock) };
	size_t i;

	if (m == NULL || m->voucher_anchors.n == 0)
		return true;
	path.anchors = &m->voucher_anchors;
	for (i = 0; i < path.anchors->n; i++)
		if (brski_slice_eq(path.leaf->spki, path.anchors->v[i].spki))
			return true;
	return brski_path_validate(&path, NULL, NULL) == BRSKI_OK;
}

/*
 * 5.6: does the MASA's answer fit the question? The pledge will judge it; this spares it rubbish.
 */
static enum brski_rc
check_voucher(const struct registrar_ask *a, const struct registrar_masa_answer *answer,
    struct brski_err *err)
{
	struct brski_artifact voucher = { 0 };
	struct brski_err why = { 0 };
	bool fits = false;

	if (brski_format_find(answer->media) == a->request.format &&
	    brski_artifact_open(a->request.format, answer->body, NULL, false, BRSKI_VOUCHER,
	        &voucher, &why) == BRSKI_OK) {
		fits = brski_slice_eq(voucher.v.nonce, brski_slice(a->nonce, a->nonce_n)) &&
		    brski_slice_eq(voucher.v.serial_number, brski_slice_str(a->serial)) &&
		    is_signer_known(a, &voucher);
		brski_artifact_clear(&voucher);
	}
	if (!fits)
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 8995 5.6",
		    "the MASA's voucher is not for this request: %s",
		    why.rc != BRSKI_OK ? why.detail : "media type, nonce, serial-number or signer");
	return BRSKI_OK;
}

/* The device as it stands now: the operator may have acted meanwhile. */
static enum brski_rc
find_device(struct registrar_ask *a, struct registrar_device *d, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = registrar_device_find(a->r->store, a->manufacturer, brski_slice_str(a->serial), d,
	         err)) != BRSKI_OK)
		return rc;
	d->contact = a->contact;
	d->last_seen = brski_clock_now(&a->r->clock);
	if (d->first_seen == 0)
		d->first_seen = a->started;
	return BRSKI_OK;
}

/* Device, request and audit row in one transaction; on failure nothing has happened. */
static enum brski_rc
save(struct registrar_ask *a, enum registrar_state state, const struct brski_err *why,
    const char *detail, struct brski_err *err)
{
	struct registrar_about about = registrar_about_ask(a);
	struct registrar *r = a->r;
	struct registrar_device d;
	int64_t id = a->request.id;
	enum brski_rc rc;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = find_device(a, &d, err)) != BRSKI_OK)
		goto out;
	d.state = state;
	d.reason[0] = '\0';
	if (d.id == 0 && (rc = registrar_device_put(r->store, &d, err)) != BRSKI_OK)
		goto out;
	a->request.device = d.id;
	if ((rc = registrar_request_put(r->store, &a->request, err)) != BRSKI_OK)
		goto out;
	if (a->request.voucher.n > 0)
		d.request = a->request.id;
	if ((rc = registrar_life_update(r, &d, detail, err)) != BRSKI_OK ||
	    (rc = registrar_device_put(r->store, &d, err)) != BRSKI_OK ||
	    (rc = registrar_record(r, "pledge", STAGE, &about, why, detail, err)) != BRSKI_OK)
		goto out;
	rc = registrar_commit(r, err);
out:
	if (rc != BRSKI_OK) {
		registrar_rollback(r);
		a->request.id = id;
	}
	return rc;
}

/* The operator may have refused the device, or given it up, while its MASA was asked. */
static enum brski_rc
check_still_admitted(const struct registrar_ask *a, struct brski_err *err)
{
	struct registrar_device d;
	enum brski_rc rc;

	if ((rc = registrar_device_find(a->r->store, a->manufacturer, brski_slice_str(a->serial),
	         &d, err)) != BRSKI_OK ||
	    (rc = registrar_policy_standing(d.standing, err)) != BRSKI_OK)
		return rc;
	return registrar_policy_admit(REGISTRAR_ADMIT_ANY, d.listed, d.decision, err);
}

/* 5.6: unchanged, to the last byte; what a format wants taken out is not the pledge's. */
static enum brski_rc
keep_voucher(struct registrar_request *q, struct brski_slice wire, struct brski_err *err)
{
	brski_buf_reset(&q->voucher);
	return q->format->forward != NULL ? q->format->forward(wire, &q->voucher, err)
	                                  : brski_buf_append(&q->voucher, wire, err);
}

static enum brski_rc
take_voucher(struct registrar_ask *a, const struct registrar_masa_answer *answer,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = check_voucher(a, answer, err)) != BRSKI_OK ||
	    (rc = check_still_admitted(a, err)) != BRSKI_OK ||
	    (rc = keep_voucher(&a->request, answer->body, err)) != BRSKI_OK)
		return rc;
	/* durable before visible */
	if ((rc = save(a, REGISTRAR_VOUCHERED, NULL, "voucher passed on", err)) != BRSKI_OK)
		return rc;
	brski_log(a->r->log,
	    &(struct brski_entry){ .level = BRSKI_LOG_INFO,
	        .stage = STAGE,
	        .peer = brski_slice_str(a->contact.address),
	        .serial = brski_slice_str(a->serial),
	        .msg = "voucher passed on" });
	return BRSKI_OK;
}

static void
record_refused(struct registrar_ask *a, const struct registrar_outcome *o)
{
	struct registrar_about about = registrar_about_ask(a);

	registrar_record_alone(a->r, "masa", STAGE, &about, &o->err);
}

static void
record_late(struct registrar_ask *a)
{
	struct brski_err err = { 0 }, why = { .rc = BRSKI_E_PENDING, .spec = "RFC 8995 5.6" };

	if (save(a, REGISTRAR_REQUESTED, &why, "the MASA has not answered yet", &err) != BRSKI_OK)
		brski_log_err(a->r->log, STAGE, &err);
}

/* 5.8: the audit log is asked for while the pledge looks at its voucher. */
static void
fetch_auditlog(struct registrar_ask *a)
{
	struct registrar_device d;
	struct brski_err err = { 0 };

	if (registrar_device_get(a->r->store, a->request.device, &d, &err) == BRSKI_OK)
		registrar_auditlog_fetch(a->r, &d, &a->request);
}

static const struct registrar_ask_kind voucher_kind = {
	.path = "/requestvoucher",
	.stage = STAGE,
	.take = take_voucher,
	.refused = record_refused,
	.late = record_late,
	.then = fetch_auditlog,
};

static void
told(struct registrar_ask *a, struct brski_exchange *x, const struct registrar_outcome *o)
{
	if (o->err.rc == BRSKI_OK)
		reply_voucher(a->r, x, &a->request);
	else if (o->text.n > 0)
		brski_reply_fail_text(x, STAGE, brski_slice_str(a->serial), &o->err, o->text);
	else
		brski_reply_fail(x, STAGE, brski_slice_str(a->serial), &o->err);
}

/* Waits for the operator: recorded once, asked again by the pledge. */
static enum brski_rc
record_pending(struct registrar *r, struct visit *v, struct brski_err *err)
{
	struct registrar_about about = registrar_about_device(&v->device);
	struct brski_err why = { .rc = BRSKI_E_PENDING, .spec = "RFC 8995 5.3" };
	enum brski_rc rc;

	if (v->device.id != 0 && v->device.state == REGISTRAR_PENDING)
		return BRSKI_OK;
	v->device.state = REGISTRAR_PENDING;
	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = registrar_life_update(r, &v->device, NULL, err)) != BRSKI_OK ||
	    (rc = registrar_device_put(r->store, &v->device, err)) != BRSKI_OK ||
	    (rc = registrar_record(r, "pledge", STAGE, &about, &why,
	         "waits for the operator's approval", err)) != BRSKI_OK ||
	    (rc = registrar_commit(r, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

/* A new question to the MASA, or the old one again after a restart. x is answered later. */
static enum brski_rc
ask(struct registrar *r, struct brski_exchange *x, struct visit *v, struct brski_err *err)
{
	struct brski_slice nonce = v->pvr.a.v.nonce;
	struct registrar_ask *a;
	enum brski_rc rc;

	if (v->request.id == 0 && (rc = make_request(r, x, v, err)) != BRSKI_OK)
		return rc;
	if ((rc = registrar_ask_new(r, &voucher_kind, &v->device, &v->request, &a, err)) !=
	    BRSKI_OK)
		return rc;
	a->nonce_n = nonce.n;
	memcpy(a->nonce, nonce.p, nonce.n);
	registrar_ask_wait(a, x, told, NULL);
	registrar_ask_go(a);
	return BRSKI_OK;
}

/* The same request again gets the same answer; what is under way is joined. */
static enum brski_rc
answer_known(struct registrar *r, struct brski_exchange *x, struct visit *v, bool *done,
    struct brski_err *err)
{
	struct registrar_ask *a;
	enum brski_rc rc;

	brski_sha256(x->body, v->hash);
	*done = true;
	if ((a = registrar_ask_find(r, &voucher_kind, &v->device, v->hash)) != NULL) {
		registrar_ask_wait(a, x, told, NULL);
		return BRSKI_OK;
	}
	if (v->device.id != 0 &&
	    (rc = registrar_request_find(r->store, v->device.id, v->hash, &v->request, err)) !=
	        BRSKI_OK)
		return rc;
	if (v->request.voucher.n > 0) {
		reply_voucher(r, x, &v->request);
		return BRSKI_OK;
	}
	*done = false;
	return BRSKI_OK;
}

void
registrar_requestvoucher(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct visit v = { 0 };
	struct brski_err err = { 0 };
	struct registrar_about about;
	bool done = false, waits = false;
	enum brski_rc rc;

	if ((rc = judge_pvr(r, x, &v, &err)) != BRSKI_OK)
		goto out;
	if ((rc = admit(r, x, &v, &err)) == BRSKI_E_PENDING) {
		if ((rc = record_pending(r, &v, &err)) == BRSKI_OK)
			brski_reply_pending(x, (unsigned)r->site->conf.retry_after_s);
		goto out;
	}
	if (rc == BRSKI_OK)
		rc = registrar_idevid_in_order(r, x, &v.client, &v.device, registrar_requestvoucher,
		    &waits, &err);
	if (rc == BRSKI_OK && !waits && (rc = answer_known(r, x, &v, &done, &err)) == BRSKI_OK &&
	    !done)
		rc = ask(r, x, &v, &err);
out:
	about = registrar_about_client(&v.client);
	if (rc != BRSKI_OK)
		registrar_refuse(r, x, STAGE, &about, &err);
	visit_clear(&v);
}
