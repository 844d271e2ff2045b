/* SPDX-License-Identifier: Apache-2.0 */
/* From a CSR to a certificate that is on disk, RFC 7030 4.2, RFC 8995 5.9. */
#include <stdio.h>
#include "base/text.h"
#include "crypto/x509.h"
#include "registrar/batch.h"
#include "registrar/est.h"
#include "registrar/revoke.h"
#include "registrar/va.h"

#define COME_BACK_S 3600 /* whoever has too many certificates, at the latest */

void
registrar_issue_clear(struct registrar_issue *i)
{
	brski_buf_clear(&i->der);
}

enum brski_rc
registrar_issue_find(struct registrar *r, struct brski_slice csr, struct registrar_issue *i,
    struct brski_err *err)
{
	struct registrar_certificate *c = &i->certificate;
	enum brski_rc rc;

	brski_sha256(csr, i->hash);
	if ((rc = registrar_certificate_find(r->store, i->device.id, i->predecessor, i->hash, c,
	         &i->der, err)) != BRSKI_OK)
		return rc;
	if (c->revoked != 0 || c->revoke_at != 0 || c->not_after < brski_clock_now(&r->clock))
		*c = (struct registrar_certificate){ 0 };
	return BRSKI_OK;
}

/* RFC 2986: proof of possession; and what the site wants of requests. */
static enum brski_rc
judge_csr(struct registrar *r, const struct brski_exchange *x, struct registrar_issue *i,
    struct brski_err *err)
{
	const struct registrar_conf *c = &r->site->conf;
	uint8_t id[BRSKI_HASH_MAX];
	struct registrar_csr_facts f = { .csr = &i->csr,
		.subject = i->model->subject,
		.allow_san = c->ldevid_san,
		.renewal = i->renewal,
		.san = i->model->san,
		.require_binding = c->channel_binding };
	enum brski_rc rc;

	if ((rc = brski_csr_decode(x->body, &i->csr, err)) != BRSKI_OK ||
	    (rc = registrar_key_compromised(r->store, brski_key_id(i->csr.spki, id), &f.compromised,
	         err)) != BRSKI_OK)
		return rc;
	if (c->csr_key_required)
		f.key_type = registrar_wanted_key(c);
	if (x->peer->has_binding)
		f.binding = brski_slice(x->peer->binding, sizeof(x->peer->binding));
	return registrar_policy_csr(&f, err);
}

/*
 * Every certificate is a row and, once superseded, an entry of the list until its time is over: a
 * device that asks without end would fill both.
 */
static enum brski_rc
judge_number(struct registrar *r, struct brski_exchange *x, const struct registrar_issue *i,
    struct brski_err *err)
{
	const int64_t now = brski_clock_now(&r->clock);
	int64_t n, end;
	enum brski_rc rc;

	if ((rc = registrar_certificate_count(r->store, i->device.id, i->device.reinstated, now, &n,
	         &end, err)) != BRSKI_OK)
		return rc;
	if (n >= r->site->conf.certificates_per_device) {
		x->retry_after_s =
		    end - now < COME_BACK_S ? (unsigned)(end - now) + 1 : COME_BACK_S;
		return brski_fail(err, BRSKI_E_BUSY, "RFC 6585 4",
		    "the device has %lld certificates whose time is not over,"
		    " certificates-per-device",
		    (long long)n);
	}
	return BRSKI_OK;
}

static enum brski_rc
make_certificate(struct registrar *r, const struct registrar_issue *i, struct registrar_ldevid *out,
    struct brski_err *err)
{
	const struct registrar_conf *c = &r->site->conf;
	char crl[REGISTRAR_VA_URL_MAX], ocsp[REGISTRAR_VA_URL_MAX];
	struct registrar_ldevid_facts f = { .subject = i->model->subject,
		.spki = i->csr.spki,
		.san = i->csr.san,
		.now = brski_clock_now(&r->clock),
		.lifetime_s = c->ldevid_lifetime_s,
		.eku = (c->ldevid_client_auth ? BRSKI_EKU_CLIENT_AUTH : 0) |
		    (c->ldevid_server_auth ? BRSKI_EKU_SERVER_AUTH : 0) };
	const struct registrar_authority *a;
	size_t n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	if (registrar_va_crl_url(c, a->id, crl))
		f.crl_url = brski_slice_str(crl);
	if (registrar_va_ocsp_url(c, ocsp))
		f.ocsp_url = brski_slice_str(ocsp);
	return registrar_keeper_issue_certificate(r->site->keeper, &f, out, err);
}

/* The row; and those that it supersedes, with a time until then (never at once, RFC 7030 4.2.2). */
static enum brski_rc
put_certificate(struct registrar *r, struct registrar_issue *i, const struct registrar_ldevid *made,
    struct brski_err *err)
{
	struct registrar_certificate c = { .device = i->device.id,
		.predecessor = i->predecessor,
		.csr_hash = brski_slice(i->hash, sizeof(i->hash)),
		.serial = brski_slice(made->serial, made->serial_n),
		.der = brski_buf_slice(&made->der),
		.authority = brski_slice(made->authority, sizeof(made->authority)),
		.issued = brski_clock_now(&r->clock),
		.not_before = made->not_before,
		.not_after = made->not_after };
	int64_t until = c.issued + r->site->conf.renewal_overlap_s;
	enum brski_rc rc;

	if ((rc = registrar_certificate_put(r->store, &c, err)) == BRSKI_OK &&
	    (rc = registrar_certificate_supersede(r->store, c.device, c.id, until, err)) ==
	        BRSKI_OK)
		registrar_sweep_by(r, until);
	return rc;
}

/* Certificate, device and audit row in one transaction, before a byte of it leaves. */
static enum brski_rc
save(struct registrar *r, const struct brski_exchange *x, struct registrar_issue *i,
    const struct registrar_ldevid *made, struct brski_err *err)
{
	struct registrar_about about = registrar_about_device(&i->device);
	char detail[REGISTRAR_NUMBER_TEXT + 32], number[REGISTRAR_NUMBER_TEXT];
	enum brski_rc rc;

	snprintf(detail, sizeof(detail), "certificate %s",
	    registrar_number_text(brski_slice(made->serial, made->serial_n), number));
	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	/* whose certificate is renewed is as operational as it was */
	if (!i->renewal)
		i->device.state = REGISTRAR_ENROLLED;
	registrar_seen(r, x->peer, &i->device);
	if ((rc = put_certificate(r, i, made, err)) != BRSKI_OK ||
	    (rc = registrar_life_update(r, &i->device, detail, err)) != BRSKI_OK ||
	    (rc = registrar_device_put(r->store, &i->device, err)) != BRSKI_OK ||
	    (rc = registrar_record(r, "pledge", i->stage, &about, NULL, detail, err)) != BRSKI_OK ||
	    (rc = registrar_commit(r, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

static enum brski_rc
make(struct registrar *r, const struct brski_exchange *x, struct registrar_issue *i,
    struct brski_err *err)
{
	struct registrar_ldevid made = { 0 };
	enum brski_rc rc;

	if ((rc = make_certificate(r, i, &made, err)) == BRSKI_OK &&
	    (rc = save(r, x, i, &made, err)) == BRSKI_OK &&
	    (rc = brski_buf_set(&i->der, brski_buf_slice(&made.der), err)) == BRSKI_OK) {
		i->certificate.der = brski_buf_slice(&i->der);
		brski_log(r->log,
		    &(struct brski_entry){ .level = BRSKI_LOG_INFO,
		        .stage = i->stage,
		        .peer = brski_slice_str(x->peer->address),
		        .serial = brski_slice_str(i->device.serial),
		        .msg = i->renewal ? "certificate renewed" : "certificate issued" });
	}
	brski_buf_clear(&made.der);
	return rc;
}

/* RFC 7030 4.2.3: only the issued certificate. */
static enum brski_rc
set_issued(struct brski_exchange *x, const struct registrar_issue *i, struct brski_err *err)
{
	struct brski_certs one = { 0 };
	enum brski_rc rc;

	if ((rc = brski_certs_add(&one, i->certificate.der, err)) == BRSKI_OK)
		rc = registrar_set_certs(x, &one, err);
	brski_certs_clear(&one);
	return rc;
}

enum brski_rc
registrar_issue_certificate(struct registrar *r, struct brski_exchange *x,
    struct registrar_issue *i, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = judge_csr(r, x, i, err)) != BRSKI_OK ||
	    (i->certificate.id == 0 &&
	        ((rc = judge_number(r, x, i, err)) != BRSKI_OK ||
	            (rc = make(r, x, i, err)) != BRSKI_OK)))
		return rc;
	return set_issued(x, i, err);
}
