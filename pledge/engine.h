/* SPDX-License-Identifier: Apache-2.0 */
/* Inside libpledge: what the boxes of the figure share. */
#ifndef PLEDGE_ENGINE_H
#define PLEDGE_ENGINE_H

#include "pledge/pledge.h"

/* Pass a cause on, unless there is one already. */
static inline void
pledge_blame(struct brski_err *err, const struct brski_err *why)
{
	if (err != NULL && err->rc == BRSKI_OK)
		*err = *why;
}

/* Everything that an engine keeps lives in its heap. */
static inline struct brski_buf
pledge_buf(const struct pledge *p)
{
	return (struct brski_buf){ .heap = p->conf.heap };
}

static inline struct brski_certs
pledge_certs(const struct pledge *p)
{
	return (struct brski_certs){ .heap = p->conf.heap };
}

static inline struct brski_artifact
pledge_artifact(const struct pledge *p)
{
	struct brski_artifact a = { 0 };

	a.env.certs.heap = a.v.store.heap = p->conf.heap;
	return a;
}

/* One request to the registrar. */
struct pledge_op {
	enum pledge_call call; /* p->binding's */
	/* where the call leaves it to the voucher format: of the body, of the answer */
	const char *media, *accept;
	size_t max;      /* bytes of the answer's body */
	bool may_lack;   /* 204 and 404 mean that there is none: an empty answer */
	bool any_status; /* the answer is not judged (telemetry) */
	/*
	 * Writes the body; may run again when a kept connection turns out to be gone. NULL: no
	 * body.
	 */
	enum brski_rc (*write)(struct pledge *p, const void *arg, const struct pledge_peer *peer,
	    struct brski_buf *body, struct brski_err *err);
	const void *arg;
};

/*
 * link.c: ask over the connection to p->candidate, making one when there is none. The server's
 * chain is judged before a byte leaves: RFC 8995 5.1, 5. body is replaced. E_PENDING: 202,
 * p->wait_ms says how long. E_SLOW: 202 for too long.
 */
enum brski_rc pledge_ask(struct pledge *p, const struct pledge_op *op, struct brski_buf *body,
    struct brski_err *err);
void pledge_hang_up(struct pledge *p);
int64_t pledge_now(const struct pledge *p);

/* discover.c */
enum brski_rc pledge_discover(struct pledge *p, struct brski_err *err);
void pledge_candidate_failed(struct pledge *p);
void pledge_candidate_good(struct pledge *p);
/* Is anybody else in sight than p->candidate? */
bool pledge_others(struct pledge *p);
/* p->candidate is asked again, not before so many ms are over. */
void pledge_candidate_waits(struct pledge *p, uint32_t ms);
/* parking.c: the request stays with p->candidate; others are asked until its time comes. */
void pledge_park(struct pledge *p, uint32_t ms);
/* Is p->candidate deciding about a request of ours? Then that is p->pvr again. */
bool pledge_unpark(struct pledge *p);
void pledge_parked_clear(struct pledge *p);
uint64_t pledge_candidate_id(const struct pledge *p);
/*
 * min doubled n times, at most max, up to a quarter less by chance so that devices do not march in
 * step.
 */
uint32_t pledge_backoff(struct pledge *p, unsigned n, uint32_t max_ms);

/* engine.c: p->binding and p->format are those of p->candidate. */
void pledge_speak(struct pledge *p);

/* request.c: 5.2 and 5.6 */
enum brski_rc pledge_identify(struct pledge *p, struct brski_err *err);
enum brski_rc pledge_request_join(struct pledge *p, struct brski_err *err);
enum brski_rc pledge_imprint(struct pledge *p, struct brski_err *err);
/*
 * p->pvr, opened into p->request; its format is p->format. E_MALFORMED, E_SIGNATURE: it is not ours
 * any more.
 */
enum brski_rc pledge_request_open(struct pledge *p, struct brski_err *err);
/* Is this the server that p->request is for, by whichever leaf says so? */
bool pledge_request_names(const struct pledge *p, const struct brski_cert *server);

/* enroll.c: 5.9 */
enum brski_rc pledge_enroll(struct pledge *p, struct brski_err *err);
/* What is asked for before a certificate is, once per attempt. */
enum brski_rc pledge_fetch_csrattrs(struct pledge *p, struct brski_err *err);
/* The key of the certificate that is asked for: the one made before the power went, or a new one.
 */
enum brski_rc pledge_own_key(struct pledge *p, const struct brski_key **key, struct brski_err *err);
/*
 * Ask for a certificate (ENROL, REENROL) with the CSR that was made before, or a new one; or for
 * the domain's (CACERTS). bag stays empty where the domain has none to give.
 */
enum brski_rc pledge_ask_certs(struct pledge *p, enum pledge_call call, struct brski_certs *bag,
    struct brski_err *err);

/* renew.c: what comes after ENROLLED, RFC 7030 4.2.2, cBRSKI 6.7.2 and 6.7.4 */
void pledge_reborn(struct pledge *p); /* another certificate is in use from now on */
enum brski_rc pledge_rest(struct pledge *p, struct brski_err *err);
enum brski_rc pledge_renew(struct pledge *p, struct brski_err *err);
/* switch.c */
enum brski_rc pledge_switch(struct pledge *p, struct brski_err *err);
void pledge_switched(struct pledge *p); /* and STATE says so: what was only for it goes */

/* status.c: 5.7 and 5.9.4. why NULL: it went well. */
enum brski_rc pledge_tell_voucher(struct pledge *p, const struct brski_err *why,
    struct brski_err *err);
enum brski_rc pledge_tell_enrol(struct pledge *p, const struct brski_err *why,
    struct brski_err *err);
enum brski_rc pledge_confirm(struct pledge *p, struct brski_err *err);

/* engine.c */
/* The other end or our own storage may be back in a moment. */
bool pledge_passes(enum brski_rc rc);
/* An item, E_NOT_FOUND when there is none; or nothing then. */
enum brski_rc pledge_load(struct pledge *p, enum pledge_item item, struct brski_buf *out,
    struct brski_err *err);
enum brski_rc pledge_load_if(struct pledge *p, enum pledge_item item, struct brski_buf *out,
    struct brski_err *err);
/* Certificates of an item, added to certs. */
enum brski_rc pledge_load_certs(struct pledge *p, enum pledge_item item, struct brski_certs *certs,
    struct brski_err *err);
enum brski_rc pledge_erase(struct pledge *p, enum pledge_item item, struct brski_err *err);
enum brski_rc pledge_save_state(struct pledge *p, enum pledge_state s, struct brski_err *err);
/* Certificates as PEM into an item. */
enum brski_rc pledge_save_certs(struct pledge *p, enum pledge_item item,
    const struct brski_certs *certs, struct brski_err *err);

#endif
