/* SPDX-License-Identifier: Apache-2.0 */
/* requestvoucher: RFC 8995 5.5.1 to 5.5.6, 5.6. */
#include "masa/front.h"

#define EVENT BRSKI_LIT("requestvoucher")

struct work {
	struct masa *masa;
	struct brski_exchange *x;
	struct masa_rvr_in in;
	struct masa_rvr rvr;
	struct masa_device device;
	struct masa_voucher_facts facts;
	bool again;
};

/*
 * RFC 8995 5.5.4: a request without a nonce is for a registrar that we know, by the certificate of
 * its connection or by the one that signed. An RA either way: the devices of a domain that we know
 * have certificates below the same anchor.
 */
static bool
is_known_registrar(const struct work *w)
{
	const struct brski_certs *tls = &w->x->peer->chain;
	struct brski_path path = {
		.leaf = w->rvr.rvr.env.signer,
		.untrusted = &w->rvr.rvr.env.certs,
		.anchors = &w->masa->registrar_anchors,
		.crls = &w->masa->crls,
		.at = w->in.at,
	};

	if (brski_path_validate(&path, NULL, NULL) == BRSKI_OK)
		return true;
	if (tls->n == 0 || !(tls->v[0].eku & BRSKI_EKU_CMC_RA))
		return false;
	path.leaf = &tls->v[0];
	path.untrusted = tls;
	return brski_path_validate(&path, NULL, NULL) == BRSKI_OK;
}

/* The PVR's signer must be the very device: another maker's may have the same serial number. */
static enum brski_rc
check_issuer(const struct work *w, struct brski_buf *issuer, struct brski_err *err)
{
	enum brski_rc rc;

	if (w->rvr.prior != MASA_PRIOR_PVR)
		return BRSKI_OK;
	if ((rc = brski_cert_idevid_issuer(w->rvr.pvr.env.signer, issuer, err)) != BRSKI_OK)
		return rc;
	if (!brski_slice_eq(brski_buf_slice(issuer), masa_device_issuer(&w->device)))
		return brski_fail(err, BRSKI_E_SERIAL, "RFC 8995 5.5.5",
		    "the pledge that signed is another maker's");
	return BRSKI_OK;
}

static void
gather(struct work *w)
{
	const struct brski_voucher *v = &w->rvr.rvr.v;

	w->facts = (struct masa_voucher_facts){
		.format = w->in.format,
		.serial = v->serial_number,
		.idevid_issuer = masa_device_issuer(&w->device),
		.chain = &w->rvr.chain,
		.former = &w->rvr.former,
		.crls = w->in.crls,
		.request = w->x->body,
		.nonce = v->nonce,
		.nonce_text = v->nonce_text,
		.created_on =
		    brski_slice_present(v->created_on.text) ? v->created_on.at : BRSKI_TIME_UNKNOWN,
		.proximity = w->rvr.proximity,
		.authenticated = !brski_slice_present(v->nonce) && is_known_registrar(w),
		.actor = brski_slice_str(w->x->peer->address),
		.at = w->in.at,
	};
	if (w->rvr.prior == MASA_PRIOR_VOUCHER)
		w->facts.old_voucher = v->prior_signed_voucher_request;
}

static enum brski_rc
request_voucher(struct work *w, struct brski_err *err)
{
	struct masa *m = w->masa;
	const struct brski_voucher *v = &w->rvr.rvr.v;
	uint8_t room[MASA_ISSUER_MAX];
	struct brski_buf issuer = brski_buf_fixed(room, sizeof(room));
	enum brski_rc rc;

	/* 5.5.2 to 5.5.4 */
	if ((rc = masa_rvr_open(&w->in, &w->rvr, err)) != BRSKI_OK)
		return rc;
	/* 5.6: 404 */
	if ((rc = masa_ledger_find(m->store, v->serial_number, v->idevid_issuer, &w->device,
	         err)) != BRSKI_OK)
		return rc;
	/* 5.5.5, 5.5.6 */
	if ((rc = masa_rvr_prior(&w->in, &w->rvr, err)) != BRSKI_OK ||
	    (rc = check_issuer(w, &issuer, err)) != BRSKI_OK)
		return rc;
	/* 5.5.1, 5.6 */
	gather(w);
	return masa_keeper_issue_voucher(&m->keeper, m->store, &m->rules, &w->facts, &w->x->reply,
	    &w->again, err);
}

static void
log_given(const struct work *w)
{
	struct brski_entry line = { .level = BRSKI_LOG_INFO,
		.stage = "requestvoucher",
		.peer = brski_slice_str(w->x->peer->address),
		.serial = w->rvr.rvr.v.serial_number };

	if (!w->again) {
		line.msg = "RVR";
		brski_artifact_log_odd(&w->rvr.rvr, w->x->log, &line);
	}
	if (!w->again && w->rvr.prior != MASA_PRIOR_NONE) {
		line.msg = "prior request";
		brski_artifact_log_odd(&w->rvr.pvr, w->x->log, &line);
	}
	line.msg = w->again ? "same request, same voucher" : "voucher given";
	brski_log(w->x->log, &line);
}

void
masa_requestvoucher(void *app, struct brski_exchange *x)
{
	struct masa *m = app;
	struct work w = { .masa = m, .x = x };
	struct brski_err err = { 0 };

	w.in = masa_rvr_in(m, x, brski_clock_now(&m->clock));
	if (request_voucher(&w, &err) != BRSKI_OK) {
		masa_refuse(m, x, EVENT, w.rvr.rvr.v.serial_number, &err);
	} else {
		log_given(&w);
		x->reply_media = w.in.format->media_type;
		brski_reply_ok(x);
	}
	masa_rvr_clear(&w.rvr);
}
