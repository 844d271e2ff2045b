/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is an IDevID in order? Asked of its manufacturer's OCSP responder, RFC 6960, without making
 * anybody else wait; a verdict is kept for as long as the responder says that it is good.
 */
#include <stdio.h>
#include "base/text.h"
#include "crypto/ocsp.h"
#include "crypto/path.h"
#include "registrar/ask.h"
#include "registrar/idevid_status.h"

#define STAGE   "requestvoucher"
#define NONCE   32  /* RFC 9654 2.1 */
#define MAX_AGE 300 /* of an answer that does not say when the next one comes */

static struct registrar_ocsp_verdict *
slot(struct registrar *r, const uint8_t hash[BRSKI_SHA256_SIZE])
{
	return &r->ocsp[hash[0] % REGISTRAR_KNOWN_N];
}

/* E_NOT_FOUND: none that is still good. */
static enum brski_rc
verdict(struct registrar *r, const uint8_t hash[BRSKI_SHA256_SIZE], struct brski_err *err)
{
	const struct registrar_ocsp_verdict *v = slot(r, hash);

	if (v->until <= brski_clock_now(&r->clock) || memcmp(v->hash, hash, sizeof(v->hash)) != 0)
		return BRSKI_E_NOT_FOUND;
	if (v->revoked)
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 6960 2.2",
		    "revoked, says the manufacturer's OCSP responder");
	return BRSKI_OK;
}

/* For a minute at least: whoever waits comes back for it. */
static void
remember(struct registrar *r, const uint8_t hash[BRSKI_SHA256_SIZE], bool revoked, int64_t until)
{
	int64_t least = brski_clock_now(&r->clock) + REGISTRAR_KNOWN_S;
	struct registrar_ocsp_verdict *v = slot(r, hash);

	memcpy(v->hash, hash, sizeof(v->hash));
	v->revoked = revoked;
	v->until = until != BRSKI_TIME_UNKNOWN && until > least ? until : least;
}

/* Good and revoked are answers; whatever else comes, another try may bring one. */
static void
take_answer(void *arg, const struct registrar_masa_answer *in)
{
	struct registrar_ask *a = arg;
	struct brski_ocsp_question q = { .subject = &a->certs.v[0],
		.issuer = &a->certs.v[1],
		.nonce = brski_slice(a->nonce, a->nonce_n),
		.at = brski_clock_now(&a->r->clock),
		.max_age_s = MAX_AGE };
	struct registrar_masa_answer out = { .rc = BRSKI_E_UNAVAILABLE, .detail = in->detail };
	struct brski_err why = { 0 };
	int64_t until;
	enum brski_rc rc;

	if (in->rc == BRSKI_OK) {
		rc = brski_ocsp_response_judge(in->body, &q, &until, &why);
		out.detail = why.detail;
		if (rc == BRSKI_OK || rc == BRSKI_E_REVOKED) {
			remember(a->r, a->request.pvr_hash, rc == BRSKI_E_REVOKED, until);
			out.rc = BRSKI_OK;
		}
	}
	registrar_ask_answered(a, &out);
}

static enum brski_rc
send(struct registrar_ask *a, struct brski_err *err)
{
	struct registrar_web_call call = { .url = a->request.url,
		.media = "application/ocsp-request",
		.accept = "application/ocsp-response",
		.body = brski_buf_slice(&a->request.rvr),
		.max_answer = BRSKI_OCSP_RESPONSE_MAX,
		.done = take_answer,
		.arg = a };

	return a->r->web.request(a->r->web.arg, &call, err);
}

static enum brski_rc
take(struct registrar_ask *a, const struct registrar_masa_answer *answer, struct brski_err *err)
{
	(void)answer;
	return verdict(a->r, a->request.pvr_hash, err);
}

static void
record_refused(struct registrar_ask *a, const struct registrar_outcome *o)
{
	struct registrar_about about = registrar_about_ask(a);

	registrar_record_alone(a->r, "ocsp", STAGE, &about, &o->err);
}

static void
record_late(struct registrar_ask *a)
{
	struct registrar_about about = registrar_about_ask(a);
	struct brski_err why = { .rc = BRSKI_E_PENDING, .spec = "RFC 8995 5.6" };

	snprintf(why.detail, sizeof(why.detail), "the OCSP responder has not answered yet");
	registrar_record_alone(a->r, "ocsp", STAGE, &about, &why);
}

static const struct registrar_ask_kind ocsp_kind = {
	.whom = "OCSP responder",
	.stage = STAGE,
	.send = send,
	.take = take,
	.refused = record_refused,
	.late = record_late,
};

static void
told(struct registrar_ask *a, struct brski_exchange *x, const struct registrar_outcome *o)
{
	brski_reply_fail(x, STAGE, brski_slice_str(a->serial), &o->err);
}

/* The device's certificate, and who issued it. One that is pinned itself has nobody to ask. */
static enum brski_rc
find_issuer(const struct registrar *r, const struct brski_peer *peer,
    const struct registrar_client *c, struct brski_path_found *found, struct brski_err *err)
{
	struct brski_path path = { .leaf = c->idevid,
		.untrusted = &peer->chain,
		.anchors = &c->maker->anchors,
		.at = brski_clock_now(&r->clock),
		.ignore_leaf_expiry = c->maker->conf->idevid_expiry != 0 };

	return brski_path_validate(&path, found, err);
}

/* SHA-1 names the issuer, as each responder understands it, RFC 5019 2.1.1. */
static enum brski_rc
write_question(struct registrar_ask *a, struct brski_err *err)
{
	const struct brski_cert *c = a->certs.v;
	struct brski_buf id = { 0 };
	struct brski_slice ids;
	enum brski_rc rc;

	a->nonce_n = NONCE;
	brski_random(a->nonce, a->nonce_n);
	if ((rc = brski_ocsp_id_encode(BRSKI_SHA1, &c[1], c[0].serial, &id, err)) == BRSKI_OK) {
		ids = brski_buf_slice(&id);
		rc = brski_ocsp_request_encode(&ids, 1, brski_slice(a->nonce, a->nonce_n),
		    &a->request.rvr, err);
	}
	brski_buf_clear(&id);
	return rc;
}

static enum brski_rc
new_ask(struct registrar *r, const struct registrar_client *c, const struct registrar_device *d,
    const uint8_t hash[BRSKI_SHA256_SIZE], const struct brski_path_found *found,
    struct registrar_ask **out, struct brski_err *err)
{
	struct registrar_request q = { 0 };
	struct registrar_ask *a;
	enum brski_rc rc;

	memcpy(q.pvr_hash, hash, sizeof(q.pvr_hash));
	snprintf(q.url, sizeof(q.url), "%s", c->maker->conf->ocsp_url);
	if ((rc = registrar_ask_new(r, &ocsp_kind, d, &q, &a, err)) != BRSKI_OK)
		return rc;
	if ((rc = brski_certs_add(&a->certs, found->v[0]->der, err)) != BRSKI_OK ||
	    (rc = brski_certs_add(&a->certs, found->v[1]->der, err)) != BRSKI_OK ||
	    (rc = write_question(a, err)) != BRSKI_OK) {
		registrar_ask_drop(a);
		return rc;
	}
	*out = a;
	return BRSKI_OK;
}

enum brski_rc
registrar_idevid_in_order(struct registrar *r, struct brski_exchange *x,
    const struct registrar_client *c, const struct registrar_device *d,
    void (*again)(void *app, struct brski_exchange *x), bool *waits, struct brski_err *err)
{
	struct brski_path_found found = { .n = 0 };
	uint8_t hash[BRSKI_SHA256_SIZE];
	struct registrar_ask *a;
	enum brski_rc rc;

	*waits = false;
	if (c->maker->conf->ocsp_url == NULL)
		return BRSKI_OK;
	brski_sha256(c->idevid->der, hash);
	if ((rc = verdict(r, hash, err)) != BRSKI_E_NOT_FOUND)
		return rc;
	if ((a = registrar_ask_find(r, &ocsp_kind, d, hash)) != NULL) {
		registrar_ask_wait(a, x, told, again);
	} else {
		if ((rc = find_issuer(r, x->peer, c, &found, err)) != BRSKI_OK || found.n < 2)
			return rc;
		if ((rc = new_ask(r, c, d, hash, &found, &a, err)) != BRSKI_OK)
			return rc;
		registrar_ask_wait(a, x, told, again);
		registrar_ask_go(a);
	}
	*waits = true;
	return BRSKI_OK;
}
