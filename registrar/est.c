/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EST for devices that have their voucher: RFC 7030 as RFC 8951 and 9908 correct it, RFC 8995 5.9.
 */
#include <stdio.h>
#include "base/text.h"
#include "message/certs_media.h"
#include "message/csrattrs.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"

#define STAGE "simpleenroll"

/* In the first form of the route that the client takes and that holds so many. */
static enum brski_rc
set_certs(struct brski_exchange *x, const struct brski_certs *certs, struct brski_err *err)
{
	const struct brski_certs_form *form = NULL;
	const char *const *type;

	for (type = x->route->media_out; *type != NULL && form == NULL; type++) {
		if (brski_accept_allows(x->accept, *type))
			form = brski_certs_form_find(brski_slice_str(*type));
		if (form != NULL && form->single && certs->n > 1)
			form = NULL;
	}
	if (form == NULL)
		return brski_fail(err, BRSKI_E_NOT_ACCEPTABLE, "cBRSKI 6.6",
		    "%zu certificates do not fit what is accepted", certs->n);
	x->reply_media = form->media_type;
	return form->encode(certs, &x->reply, err);
}

static void
reply(struct brski_exchange *x, const char *stage, enum brski_rc rc, const struct brski_err *err)
{
	if (rc == BRSKI_OK)
		brski_reply_ok(x);
	else
		brski_reply_fail(x, stage, (struct brski_slice){ 0 }, err);
}

/* RFC 7030 4.1.3: who signs LDevIDs and its issuers up to the root. */
void
registrar_cacerts(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct brski_err err = { 0 };

	reply(x, "cacerts", set_certs(x, registrar_keeper_ca(r->site->keeper), &err), &err);
}

static enum brski_key_type
wanted_key(const struct registrar_conf *c)
{
	static const enum brski_key_type types[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_NONE };

	return types[c->csr_key];
}

/* RFC 7030 4.5.2 in the form of RFC 9908 3.2; an empty SEQUENCE when nothing is asked. */
void
registrar_csrattrs(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct brski_csrattrs attrs = { .key_type = wanted_key(&r->site->conf),
		.challenge_password = r->site->conf.channel_binding };
	struct brski_err err = { 0 };

	x->reply_media = "application/csrattrs";
	reply(x, "csrattrs", brski_csrattrs_encode(&attrs, &x->reply, &err), &err);
}

struct visit {
	struct registrar_client client;
	struct registrar_device device;
	struct registrar_request request; /* the one whose voucher counts */
	struct brski_csr csr;
	uint8_t hash[REGISTRAR_HASH_SIZE]; /* of the CSR */
	struct registrar_certificate certificate;
	struct brski_buf der; /* what its slices show */
};

static void
visit_clear(struct visit *v)
{
	registrar_request_clear(&v->request);
	brski_buf_clear(&v->der);
}

/* RFC 8995 5.8.3, 5.9: a voucher first, and a history that we accept. */
static enum brski_rc
authorise(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	struct registrar_enrol_facts f = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_client_identify(r, x->peer, &v->client, err)) != BRSKI_OK ||
	    (rc = registrar_device_find(r->store, v->client.maker->conf->name, v->client.serial,
	         &v->device, err)) != BRSKI_OK ||
	    (rc = registrar_request_get(r->store, v->device.request, &v->request, err)) != BRSKI_OK)
		return rc;
	f.decision = v->device.decision;
	f.vouchered = v->request.id != 0;
	f.status_failed = v->request.status == BRSKI_FALSE;
	f.audit_required = v->client.maker->conf->audit_log == 0;
	f.audit = v->request.verdict;
	return registrar_policy_enrol(&f, err);
}

/* RFC 2986: proof of possession. */
static enum brski_rc
read_csr(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    struct brski_err *err)
{
	struct registrar_csr_facts f = { .csr = &v->csr,
		.subject = v->client.idevid->subject,
		.allow_san = r->site->conf.ldevid_san,
		.require_binding = r->site->conf.channel_binding };
	enum brski_rc rc;

	if ((rc = brski_csr_decode(x->body, &v->csr, err)) != BRSKI_OK)
		return rc;
	brski_sha256(x->body, v->hash);
	if (r->site->conf.csr_key_required)
		f.key_type = wanted_key(&r->site->conf);
	if (x->peer->has_binding)
		f.binding = brski_slice(x->peer->binding, sizeof(x->peer->binding));
	return registrar_policy_csr(&f, err);
}

static enum brski_rc
make_certificate(struct registrar *r, const struct visit *v, struct registrar_ldevid *out,
    struct brski_err *err)
{
	const struct registrar_conf *c = &r->site->conf;
	struct registrar_ldevid_facts f = { .subject = v->client.idevid->subject,
		.spki = v->csr.spki,
		.san = v->csr.san,
		.now = brski_clock_now(&r->clock),
		.lifetime_s = c->ldevid_lifetime_s,
		.eku = (c->ldevid_client_auth ? BRSKI_EKU_CLIENT_AUTH : 0) |
		    (c->ldevid_server_auth ? BRSKI_EKU_SERVER_AUTH : 0) };

	return registrar_keeper_issue_certificate(r->site->keeper, &f, out, err);
}

/* Certificate, device and audit row in one transaction, before a byte of it leaves. */
static enum brski_rc
save(struct registrar *r, const struct brski_exchange *x, struct visit *v,
    const struct registrar_ldevid *made, struct brski_err *err)
{
	struct registrar_about about = registrar_about_device(&v->device);
	struct registrar_certificate c = { .device = v->device.id,
		.csr_hash = brski_slice(v->hash, sizeof(v->hash)),
		.serial = brski_slice(made->serial, made->serial_n),
		.der = brski_buf_slice(&made->der),
		.authority = brski_slice(made->authority, sizeof(made->authority)),
		.issued = brski_clock_now(&r->clock),
		.not_before = made->not_before,
		.not_after = made->not_after };
	char detail[96];
	struct brski_buf text = brski_buf_fixed(detail, sizeof(detail));
	enum brski_rc rc;

	if ((rc = brski_buf_append_str(&text, "certificate ", err)) != BRSKI_OK ||
	    (rc = brski_hex_encode(c.serial, &text, err)) != BRSKI_OK ||
	    (rc = brski_buf_append_byte(&text, '\0', err)) != BRSKI_OK ||
	    (rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	v->device.state = REGISTRAR_ENROLLED;
	registrar_seen(r, x->peer, &v->device);
	if ((rc = registrar_certificate_put(r->store, &c, err)) != BRSKI_OK ||
	    (rc = registrar_life_update(r, &v->device, detail, err)) != BRSKI_OK ||
	    (rc = registrar_device_put(r->store, &v->device, err)) != BRSKI_OK ||
	    (rc = registrar_record(r, "pledge", STAGE, &about, NULL, detail, err)) != BRSKI_OK ||
	    (rc = registrar_commit(r, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

/* The same request again gets the same certificate. */
static enum brski_rc
issue(struct registrar *r, const struct brski_exchange *x, struct visit *v, struct brski_err *err)
{
	struct registrar_ldevid made = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_certificate_find(r->store, v->device.id, 0, v->hash, &v->certificate,
	         &v->der, err)) != BRSKI_OK ||
	    v->certificate.id != 0)
		return rc;
	if ((rc = make_certificate(r, v, &made, err)) == BRSKI_OK &&
	    (rc = save(r, x, v, &made, err)) == BRSKI_OK &&
	    (rc = brski_buf_set(&v->der, brski_buf_slice(&made.der), err)) == BRSKI_OK) {
		v->certificate.der = brski_buf_slice(&v->der);
		brski_log(r->log,
		    &(struct brski_entry){ .level = BRSKI_LOG_INFO,
		        .stage = STAGE,
		        .peer = brski_slice_str(x->peer->address),
		        .serial = brski_slice_str(v->device.serial),
		        .msg = "certificate issued" });
	}
	brski_buf_clear(&made.der);
	return rc;
}

/* RFC 7030 4.2.3: only the issued certificate. */
static enum brski_rc
set_issued(struct brski_exchange *x, const struct visit *v, struct brski_err *err)
{
	struct brski_certs one = { 0 };
	enum brski_rc rc;

	if ((rc = brski_certs_add(&one, v->certificate.der, err)) == BRSKI_OK)
		rc = set_certs(x, &one, err);
	brski_certs_clear(&one);
	return rc;
}

void
registrar_simpleenroll(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct visit v = { 0 };
	struct brski_err err = { 0 };
	struct registrar_about about;
	enum brski_rc rc;

	if ((rc = authorise(r, x, &v, &err)) == BRSKI_E_PENDING) {
		registrar_auditlog_wait(r, &v.device, &v.request, x, registrar_simpleenroll);
		goto out;
	}
	if (rc == BRSKI_OK && (rc = read_csr(r, x, &v, &err)) == BRSKI_OK &&
	    (rc = issue(r, x, &v, &err)) == BRSKI_OK)
		rc = set_issued(x, &v, &err);
	about = registrar_about_client(&v.client);
	if (rc == BRSKI_OK)
		registrar_reply_ok(r, x, STAGE);
	else
		registrar_refuse(r, x, STAGE, &about, &err);
out:
	visit_clear(&v);
}
