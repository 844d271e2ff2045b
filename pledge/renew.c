/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a certificate: how long it rests, and how the next one is asked for while it lives.
 * RFC 7030 4.2.2, cBRSKI 6.7.2 and 6.7.4.
 */
#include "crypto/csr.h"
#include "crypto/path.h"
#include "pledge/engine.h"
#include "pledge/trust.h"

#define REST_MAX_MS  3600000 /* then the clock is looked at again: it may have been set */
#define RETRY_MIN_MS 500     /* between two tries, however short the life */
#define RETRIES      8       /* and at most this part of what is left of it */
#define NOTES        8       /* so often a life is noted how much of it is over, without a clock */

/* Until when the CAs above it live. */
static int64_t
end_above(const struct brski_cert *ldevid, const struct brski_certs *trust)
{
	struct brski_path path = { .leaf = ldevid, .anchors = trust, .at = BRSKI_TIME_UNKNOWN };
	struct brski_path_found found = { .n = 0 };
	int64_t end = BRSKI_TIME_FOREVER;
	size_t i;

	if (brski_path_validate(&path, &found, NULL) != BRSKI_OK)
		return end;
	for (i = 1; i < found.n; i++)
		if (found.v[i]->not_after < end)
			end = found.v[i]->not_after;
	return end;
}

void
pledge_life_of(const struct brski_cert *ldevid, const struct brski_certs *trust, int64_t since,
    struct pledge_life *out)
{
	uint8_t hash[BRSKI_SHA256_SIZE];
	int64_t span, half;

	out->to = ldevid->not_after;
	out->from = since > ldevid->not_before && since < out->to ? since : ldevid->not_before;
	span = (out->to - out->from) * 2 / 3;
	half = (end_above(ldevid, trust) - out->from) / 2;
	if (half > 0 && half < span)
		span = half;
	/* 3/20 of two thirds is a tenth of the whole */
	brski_sha256(ldevid->der, hash);
	out->due = out->from + span - span * 3 * (hash[0] << 8 | hash[1]) / (20 * 65536);
}

void
pledge_reborn(struct pledge *p)
{
	brski_certs_clear(&p->ldevid);
	p->used_ms = 0;
	p->mark = p->port->ticks_ms(p->port->arg);
	p->since = pledge_now(p);
}

void
pledge_renew_now(struct pledge *p)
{
	p->wanted = p->state == PLEDGE_ENROLLED && p->conf.renew;
}

uint32_t
pledge_renewals(const struct pledge *p)
{
	return p->renewals;
}

static enum brski_rc
load_life(struct pledge *p, struct brski_err *err)
{
	enum brski_rc rc;

	if (p->ldevid.n > 0)
		return BRSKI_OK;
	if ((p->trust.n == 0 &&
	        (rc = pledge_load_certs(p, PLEDGE_ITEM_TRUST, &p->trust, err)) != BRSKI_OK) ||
	    (rc = pledge_load_certs(p, PLEDGE_ITEM_LDEVID, &p->ldevid, err)) != BRSKI_OK)
		return rc;
	if (p->trust.n == 0 || p->ldevid.n == 0)
		return brski_broken(err, BRSKI_E_NOT_FOUND,
		    "the LDevID or the domain's certificates are not there");
	pledge_life_of(&p->ldevid.v[0], &p->trust, p->since, &p->life);
	return BRSKI_OK;
}

/*
 * How much of the life is over: by the clock; by the ticks where there is none that can be trusted,
 * as one that stands before the certificate was made.
 */
static bool
look_at_clock(struct pledge *p)
{
	uint64_t ticks = p->port->ticks_ms(p->port->arg);
	int64_t now = pledge_now(p);
	bool known = now != BRSKI_TIME_UNKNOWN && now >= p->life.from;

	if (known)
		p->used_ms = (uint64_t)(now - p->life.from) * 1000;
	else
		p->used_ms += ticks - p->mark;
	p->mark = ticks;
	return known;
}

/* Milliseconds until then. */
static uint64_t
left_ms(const struct pledge *p, int64_t at)
{
	uint64_t span = (uint64_t)(at - p->life.from) * 1000;

	return span > p->used_ms ? span - p->used_ms : 0;
}

static enum brski_rc
check_alive(const struct pledge *p, struct brski_err *err)
{
	if (left_ms(p, p->life.to) == 0)
		return brski_broken(err, BRSKI_E_EXPIRED,
		    "the LDevID has expired: this device is commissioned anew");
	return BRSKI_OK;
}

/* Without a clock a restart forgets an eighth of the life at most. */
static enum brski_rc
note_used(struct pledge *p, uint64_t before, struct brski_err *err)
{
	uint64_t part = (uint64_t)(p->life.to - p->life.from) * 1000 / NOTES + 1;

	if (p->used_ms / part == before / part)
		return BRSKI_OK;
	return pledge_save_state(p, PLEDGE_ENROLLED, err);
}

/* The request that left before the power went, if it is still for the next key and in our name. */
static enum brski_rc
recall_request(struct pledge *p, struct brski_err *err)
{
	const struct pledge_port *port = p->port;
	const struct brski_key *key;
	struct brski_err why = { 0 };
	struct brski_csr csr;
	enum brski_rc rc;

	brski_buf_reset(&p->csr);
	if ((rc = port->ldevid_key(port->arg, PLEDGE_ITEM_NEXT_KEY, BRSKI_KEY_NONE, &key, &why)) ==
	    BRSKI_E_NOT_FOUND)
		return BRSKI_OK;
	if (rc != BRSKI_OK) {
		pledge_blame(err, &why);
		return rc;
	}
	if ((rc = pledge_load_if(p, PLEDGE_ITEM_CSR, &p->csr, err)) != BRSKI_OK)
		return rc;
	if (brski_csr_decode(brski_buf_slice(&p->csr), &csr, NULL) != BRSKI_OK ||
	    !brski_slice_eq(csr.spki, brski_key_spki(key)) ||
	    !brski_slice_eq(csr.subject, p->ldevid.v[0].subject))
		brski_buf_reset(&p->csr);
	return BRSKI_OK;
}

/* Whoever is asked next is asked for everything. */
static void
ask_afresh(struct pledge *p)
{
	p->has_csrattrs = p->challenge = p->has_bound = false;
	p->key_type = BRSKI_KEY_P256;
	p->pending_s = 0;
}

/* OK: it is due. */
enum brski_rc
pledge_rest(struct pledge *p, struct brski_err *err)
{
	uint64_t before = p->used_ms, left;
	enum brski_rc rc;
	bool known;

	if ((rc = load_life(p, err)) != BRSKI_OK)
		return rc;
	known = look_at_clock(p);
	if ((rc = check_alive(p, err)) != BRSKI_OK)
		return rc;
	if (!known && (rc = note_used(p, before, err)) != BRSKI_OK)
		return rc;
	left = left_ms(p, p->life.due);
	if (left > 0 && !p->wanted) {
		p->wait_ms = left < REST_MAX_MS ? (uint32_t)left : REST_MAX_MS;
		return BRSKI_E_PENDING;
	}
	if ((rc = recall_request(p, err)) != BRSKI_OK)
		return rc;
	p->wanted = false;
	memcpy(p->home, p->candidate, sizeof(p->home));
	p->turn = 0;
	ask_afresh(p);
	return BRSKI_OK;
}

/* The n-th candidate that is not home, from 1 on. */
static bool
other_candidate(const struct pledge *p, size_t n, char out[PLEDGE_CANDIDATE_MAX])
{
	char name[PLEDGE_CANDIDATE_MAX] = "";
	size_t s, i;

	for (s = 0; s < p->port->sources_n && n <= PLEDGE_CANDIDATES; s++)
		for (i = 0; p->port->sources[s].get(p->port->sources[s].arg, i, name); i++)
			if (strcmp(name, p->home) != 0 && --n == 0) {
				memcpy(out, name, sizeof(name));
				return true;
			}
	return false;
}

/* Several tries fit into what is left, however short it is; an hour is the longest pause. */
static uint32_t
longest_pause(const struct pledge *p)
{
	uint64_t ms = left_ms(p, p->life.to) / RETRIES;

	if (ms > p->conf.backoff_max_ms)
		ms = p->conf.backoff_max_ms;
	return ms > RETRY_MIN_MS ? (uint32_t)ms : RETRY_MIN_MS;
}

static uint32_t
lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* After a failure: the others, one after the other, then from the beginning after a pause. */
static void
next_turn(struct pledge *p)
{
	uint32_t most = longest_pause(p);

	pledge_hang_up(p);
	ask_afresh(p);
	if (other_candidate(p, ++p->turn, p->candidate)) {
		p->wait_ms = lesser(p->conf.spacing_ms, most);
		return;
	}
	p->turn = 0;
	memcpy(p->candidate, p->home, sizeof(p->candidate));
	p->wait_ms = pledge_backoff(p, p->tries++, most);
}

/*
 * Whoever proved to be a registrar of the domain hands out its anchors of now, RFC 7030 4.1.3, as
 * far as those that we have introduce them.
 */
static enum brski_rc
fetch_anchors(struct pledge *p, struct brski_certs *fresh, struct brski_err *err)
{
	struct brski_certs bag = pledge_certs(p);
	enum brski_rc rc;

	rc = pledge_ask_certs(p, PLEDGE_CALL_CACERTS, &bag, err);
	if (rc == BRSKI_OK && bag.n > 0)
		rc = pledge_trust_renewed(&p->trust, &bag, &p->server, pledge_now(p), fresh, err);
	brski_certs_clear(&bag);
	return rc;
}

static bool
same_certs(const struct brski_certs *a, const struct brski_certs *b)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (brski_certs_find(b, a->v[i].der) == NULL)
			return false;
	return a->n == b->n;
}

static enum brski_rc
save_next(struct pledge *p, const struct brski_cert *cert, const struct brski_certs *fresh,
    struct brski_err *err)
{
	struct brski_certs one = { .v = (struct brski_cert *)(uintptr_t)cert, .n = 1 };
	enum brski_rc rc;

	if ((rc = pledge_save_certs(p, PLEDGE_ITEM_NEXT_LDEVID, &one, err)) != BRSKI_OK)
		return rc;
	if (fresh->n == 0 || same_certs(fresh, &p->trust))
		return pledge_erase(p, PLEDGE_ITEM_NEXT_TRUST, err);
	return pledge_save_certs(p, PLEDGE_ITEM_NEXT_TRUST, fresh, err);
}

/*
 * By the anchors of now where they cover what was issued as well as the registrar that handed them
 * out; else by those that we know, which then stay: cBRSKI 6.7.4.
 */
static enum brski_rc
judge_issued(struct pledge *p, const struct brski_certs *bag, const struct brski_key *key,
    struct brski_certs *fresh, const struct brski_cert **cert, struct brski_err *err)
{
	struct brski_slice spki = brski_key_spki(key);
	int64_t now = pledge_now(p);
	struct brski_err why = { 0 };
	enum brski_rc asked, rc;

	asked = fetch_anchors(p, fresh, &why);
	if (fresh->n > 0 &&
	    (asked = pledge_trust_issued(bag, spki, p->serial, fresh, now, cert, &why)) == BRSKI_OK)
		return BRSKI_OK;
	brski_certs_clear(fresh);
	if (asked != BRSKI_OK)
		brski_log_err(p->port->log, "renew", &why);
	rc = pledge_trust_issued(bag, spki, p->serial, &p->trust, now, cert, err);
	/* who could not be asked may still vouch for it */
	if (rc != BRSKI_OK && (asked == BRSKI_E_PENDING || pledge_passes(asked)))
		return asked;
	return rc;
}

/* A renewal changes the key and the dates, not who we are. */
static enum brski_rc
check_name(const struct pledge *p, const struct brski_cert *cert, struct brski_err *err)
{
	if (!brski_name_eq(cert->subject, p->ldevid.v[0].subject))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 7030 4.2.2",
		    "the renewed certificate has another subject than the one before");
	return BRSKI_OK;
}

static enum brski_rc
keep_certificate(struct pledge *p, const struct brski_certs *bag, struct brski_err *err)
{
	struct brski_certs fresh = pledge_certs(p);
	const struct brski_cert *cert;
	const struct brski_key *key;
	enum brski_rc rc;

	if ((rc = pledge_own_key(p, &key, err)) == BRSKI_OK &&
	    (rc = judge_issued(p, bag, key, &fresh, &cert, err)) == BRSKI_OK &&
	    (rc = check_name(p, cert, err)) == BRSKI_OK)
		rc = save_next(p, cert, &fresh, err);
	brski_certs_clear(&fresh);
	return rc;
}

/* What came is no good: say so, and ask for another one, for another key, next time. */
static void
refuse(struct pledge *p, const struct brski_err *why)
{
	struct brski_err err = { 0 };

	(void)pledge_tell_enrol(p, why, &err);
	brski_buf_reset(&p->csr);
	(void)pledge_erase(p, PLEDGE_ITEM_CSR, &err);
	(void)pledge_erase(p, PLEDGE_ITEM_NEXT_KEY, &err);
}

static enum brski_rc
ask(struct pledge *p, struct brski_err *err)
{
	struct brski_certs bag = pledge_certs(p);
	enum brski_rc rc;

	p->as = PLEDGE_AS_LDEVID;
	if (!p->connected)
		brski_certs_clear(&p->server);
	pledge_speak(p);
	if ((rc = pledge_fetch_csrattrs(p, err)) == BRSKI_OK &&
	    (rc = pledge_ask_certs(p, PLEDGE_CALL_REENROL, &bag, err)) == BRSKI_OK &&
	    (rc = keep_certificate(p, &bag, err)) != BRSKI_OK && rc != BRSKI_E_PENDING &&
	    !pledge_passes(rc))
		refuse(p, err);
	brski_certs_clear(&bag);
	return rc;
}

enum brski_rc
pledge_renew(struct pledge *p, struct brski_err *err)
{
	enum brski_rc rc;

	(void)look_at_clock(p);
	if ((rc = check_alive(p, err)) != BRSKI_OK || (rc = ask(p, err)) == BRSKI_OK)
		return rc;
	if (rc == BRSKI_E_PENDING)
		p->wait_ms = lesser(p->wait_ms, longest_pause(p));
	else
		next_turn(p);
	return rc;
}
