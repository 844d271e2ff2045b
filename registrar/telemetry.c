/* SPDX-License-Identifier: Apache-2.0 */
/* What a device reports about its voucher and its certificate: RFC 8995 5.7 and 5.9.4. */
#include <stdio.h>
#include "message/status.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"

/* How the two reports differ. */
struct report {
	const char *stage, *spec;
	enum registrar_state good;
	bool about_voucher;
};
static const struct report voucher_report = { "voucher_status", "RFC 8995 5.7", REGISTRAR_IMPRINTED,
	true };
static const struct report enrol_report = { "enrollstatus", "RFC 8995 5.9.4", REGISTRAR_OPERATIONAL,
	false };

struct visit {
	const struct report *report;
	struct registrar_device device;
	struct brski_status status;
	bool ldevid; /* the connection's certificate is one that we issued */
};

/* It is recorded, so its signature is ours: its dates, and whether it was taken back. */
static enum brski_rc
judge_ldevid(const struct registrar_certificate *c, int64_t now, const char *spec,
    struct brski_err *err)
{
	/* its overlap is over, though nobody came to say so yet */
	bool superseded = c->revoked == 0 && c->revoke_at != 0 && c->revoke_at <= now;

	if (now < c->not_before || now > c->not_after)
		return brski_fail(err, BRSKI_E_EXPIRED, spec, "client certificate out of its time");
	if (c->revoked != 0 || superseded)
		return brski_fail(err, BRSKI_E_REVOKED, spec, "client certificate revoked: %s",
		    brski_reason_name(superseded ? BRSKI_REASON_SUPERSEDED : (int)c->reason));
	return BRSKI_OK;
}

/* Which device speaks? By the LDevID that we gave it, else by its IDevID. */
static enum brski_rc
find_device(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct registrar_about *about, struct brski_err *err)
{
	struct registrar_client client = { 0 };
	struct registrar_certificate c = { 0 };
	enum brski_rc rc;

	if (!v->report->about_voucher &&
	    (rc = registrar_certificate_match(r->store, &x->peer->chain.v[0], &c, NULL, err)) !=
	        BRSKI_OK)
		return rc;
	if (c.device != 0) {
		v->ldevid = true;
		if ((rc = registrar_device_get(r->store, c.device, &v->device, err)) != BRSKI_OK)
			return rc;
		*about = registrar_about_device(&v->device);
		return judge_ldevid(&c, brski_clock_now(&r->clock), v->report->spec, err);
	}
	rc = registrar_client_identify(r, x->peer, &client, err);
	*about = registrar_about_client(&client);
	if (rc == BRSKI_OK)
		rc = registrar_device_find(r->store, client.maker->conf->name, client.serial,
		    &v->device, err);
	return rc;
}

/* As much as there is room for, in whole characters: half of one could not be shown as JSON. */
static void
copy_reason(const char *from, char *to, size_t cap)
{
	size_t n = strnlen(from, cap - 1);

	while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, from, n);
	to[n] = '\0';
}

/* 5.7: it is for the operator to know; a device that took the voucher only moves forward. */
static void
apply(struct visit *v, struct registrar_request *q)
{
	struct registrar_device *d = &v->device;
	bool good = v->status.status;

	if (v->report->about_voucher)
		q->status = good ? BRSKI_TRUE : BRSKI_FALSE;
	if (!good)
		d->state = REGISTRAR_FAILED;
	else if (d->state < v->report->good || d->state == REGISTRAR_FAILED)
		d->state = v->report->good;
	copy_reason(good ? "" : v->status.reason, d->reason, sizeof(d->reason));
}

static enum brski_rc
save(struct registrar *r, struct visit *v, const char *detail, struct brski_err *err)
{
	struct registrar_about about = registrar_about_device(&v->device);
	struct registrar_request q = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = registrar_request_get(r->store, v->device.request, &q, err)) != BRSKI_OK)
		goto out;
	apply(v, &q);
	if ((v->report->about_voucher &&
	        (rc = registrar_request_put(r->store, &q, err)) != BRSKI_OK) ||
	    (rc = registrar_life_update(r, &v->device, detail, err)) != BRSKI_OK ||
	    (rc = registrar_device_put(r->store, &v->device, err)) != BRSKI_OK ||
	    (rc = registrar_record(r, "pledge", v->report->stage, &about, NULL, detail, err)) !=
	        BRSKI_OK)
		goto out;
	rc = registrar_commit(r, err);
out:
	if (rc != BRSKI_OK)
		registrar_rollback(r);
	registrar_request_clear(&q);
	return rc;
}

/*
 * 5.7, 5.9.4: the log tells whether the connection's certificate was the device's, and what nobody
 * here understood.
 */
static void
describe(const struct visit *v, char *to, size_t cap)
{
	char ignored[48] = "";

	if (v->status.unknown > 0)
		snprintf(ignored, sizeof(ignored), ", unknown members ignored: %u",
		    v->status.unknown);
	snprintf(to, cap, "status %s, version %u, client certificate %s%s%s%s",
	    v->status.status ? "true" : "false", v->status.version, v->ldevid ? "LDevID" : "IDevID",
	    ignored, v->status.reason[0] != '\0' ? ", reason: " : "", v->status.reason);
}

static enum brski_rc
take(struct registrar *r, const struct brski_exchange *x, struct visit *v, struct brski_err *err)
{
	char detail[192 + BRSKI_STATUS_REASON_MAX];
	enum brski_rc rc;

	/* whoever was given up has no say, RFC 8995 5.9 */
	if ((rc = registrar_policy_standing(v->device.standing, err)) != BRSKI_OK)
		return rc;
	rc = brski_status_form_find(x->media)->decode(x->body, &v->status, err);
	if (rc != BRSKI_OK)
		return rc;
	/* a report about what we never gave */
	if (v->device.request == 0)
		return brski_fail(err, BRSKI_E_UNKNOWN, v->report->spec,
		    "no voucher was given to this device");
	describe(v, detail, sizeof(detail));
	registrar_seen(r, x->peer, &v->device);
	if ((rc = save(r, v, detail, err)) != BRSKI_OK)
		return rc;
	brski_log(r->log,
	    &(struct brski_entry){ .level = v->status.status && v->status.version == 1
	            ? BRSKI_LOG_INFO
	            : BRSKI_LOG_WARN,
	        .stage = v->report->stage,
	        .peer = brski_slice_str(x->peer->address),
	        .serial = brski_slice_str(v->device.serial),
	        .msg = detail });
	return BRSKI_OK;
}

static void
handle(struct registrar *r, struct brski_exchange *x, const struct report *report)
{
	struct visit v = { .report = report };
	struct registrar_about about = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc;

	if ((rc = find_device(r, x, &v, &about, &err)) == BRSKI_OK)
		rc = take(r, x, &v, &err);
	if (rc != BRSKI_OK)
		registrar_refuse(r, x, report->stage, &about, &err);
	else
		registrar_reply_ok(r, x, report->stage);
}

void
registrar_voucher_status(void *app, struct brski_exchange *x)
{
	handle(app, x, &voucher_report);
}

void
registrar_enrollstatus(void *app, struct brski_exchange *x)
{
	handle(app, x, &enrol_report);
}
