/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8995 Figure 2, box by box. */
#include "pledge/engine.h"

#include <stdio.h>

#include "base/text.h"
#include "pledge/state.h"

#define ITEM_MAX ((size_t)256 * 1024)
#define LONG_S   60 /* of waiting, then it is said */

typedef enum brski_rc does_fn(struct pledge *p, struct brski_err *err);
typedef enum brski_rc tells_fn(struct pledge *p, const struct brski_err *why,
    struct brski_err *err);

/*
 * Where the way was long, trouble that passes is waited out; what lives is never given up for it.
 */
enum patience {
	GIVES_UP,
	STAYS,
	LIVES
};

struct row {
	const char *name;
	does_fn *does;
	tells_fn *tells; /* a failure is told to the registrar; success is told by the next box */
	enum pledge_state then, fails;
	enum patience stays; /* trouble that passes is waited out */
	const char *done;
};

/* clang-format off */
static const struct row machine[PLEDGE_STATES] = {
	/*			  name		  does			tells
	 *			  then			on failure		stays	done */
	[PLEDGE_DISCOVER]     = { "discover",	  pledge_discover,	NULL,
				  PLEDGE_IDENTIFY,	PLEDGE_DISCOVER,	GIVES_UP,
				  "trying this registrar" },
	[PLEDGE_IDENTIFY]     = { "identify",	  pledge_identify,	NULL,
				  PLEDGE_REQUEST_JOIN,	PLEDGE_DISCOVER,	GIVES_UP,
				  "presenting the IDevID" },
	[PLEDGE_REQUEST_JOIN] = { "request-join", pledge_request_join,	NULL,
				  PLEDGE_IMPRINT,	PLEDGE_DISCOVER,	GIVES_UP,
				  "a voucher came" },
	[PLEDGE_IMPRINT]      = { "imprint",	  pledge_imprint,	pledge_tell_voucher,
				  PLEDGE_ENROLL,	PLEDGE_DISCOVER,	STAYS,
				  "the voucher is good, the registrar is of the pinned domain" },
	[PLEDGE_ENROLL]	      = { "enroll",	  pledge_enroll,	pledge_tell_enrol,
				  PLEDGE_CONFIRM,	PLEDGE_DISCOVER,	STAYS,
				  "the domain issued an LDevID" },
	[PLEDGE_CONFIRM]      = { "confirm",	  pledge_confirm,	NULL,
				  PLEDGE_ENROLLED,	PLEDGE_ENROLLED,	STAYS,
				  "told the registrar over a connection with the LDevID" },
	/* with conf.renew; what ends it is its own end */
	[PLEDGE_ENROLLED]     = { "enrolled",	  pledge_rest,		NULL,
				  PLEDGE_RENEW,		PLEDGE_DISCOVER,	LIVES,
				  "the certificate is due" },
	[PLEDGE_RENEW]	      = { "renew",	  pledge_renew,		NULL,
				  PLEDGE_SWITCH,	PLEDGE_DISCOVER,	LIVES,
				  "the domain issued the next LDevID" },
	[PLEDGE_SWITCH]	      = { "switch",	  pledge_switch,	NULL,
				  PLEDGE_CONFIRM,	PLEDGE_DISCOVER,	LIVES,
				  "the next LDevID is in use" },
};
/* clang-format on */

const char *
pledge_state_name(enum pledge_state s)
{
	return machine[s].name;
}

enum pledge_state
pledge_state(const struct pledge *p)
{
	return p->state;
}

static void
log_step(const struct pledge *p, const struct row *row, enum brski_level level, const char *msg,
    const struct brski_err *why)
{
	struct brski_entry e = { .level = level,
		.stage = row->name,
		.peer = brski_slice_str(p->candidate),
		.serial = p->serial,
		.err = why,
		.msg = msg };

	brski_log(p->port->log, &e);
}

/* Whom it was about: behind a join proxy the candidate's name does not say that. */
static void
log_failure(const struct pledge *p, const struct row *row, const struct brski_err *why)
{
	char subject[96], text[192];
	uint8_t hash[BRSKI_SHA256_SIZE];

	if (p->server.n == 0) {
		log_step(p, row, BRSKI_LOG_WARN, NULL, why);
		return;
	}
	brski_sha256(p->server.v[0].der, hash);
	snprintf(text, sizeof(text), "the registrar's certificate: %s, SHA-256 %02x%02x%02x%02x...",
	    brski_name_text(p->server.v[0].subject, subject, sizeof(subject)), hash[0], hash[1],
	    hash[2], hash[3]);
	log_step(p, row, BRSKI_LOG_WARN, text, why);
}

void
pledge_speak(struct pledge *p)
{
	const struct pledge_binding *binding = p->conf.binding;

	if (binding == NULL)
		binding = pledge_binding_find(p->candidate);
	p->binding = binding != NULL ? binding : &pledge_https;
	p->format = p->conf.format;
	if (p->format == NULL)
		p->format = brski_format_find(brski_slice_str(p->binding->format));
	/* a build without the binding's own has another */
	if (p->format == NULL)
		p->format = &brski_formats[0];
}

enum brski_rc
pledge_save_state(struct pledge *p, enum pledge_state s, struct brski_err *err)
{
	uint8_t storage[PLEDGE_STATE_MAX];
	struct brski_buf out = brski_buf_fixed(storage, sizeof(storage));
	struct pledge_saved saved = { .state = s,
		.pending_s = s == PLEDGE_ENROLLED ? (uint32_t)(p->used_ms / 1000) : p->pending_s,
		.renewals = p->renewals };
	enum brski_rc rc;

	memcpy(saved.candidate, p->candidate, sizeof(saved.candidate));
	if ((rc = pledge_saved_encode(&saved, &out, err)) != BRSKI_OK ||
	    (rc = p->port->save(p->port->arg, PLEDGE_ITEM_STATE, brski_buf_slice(&out), err)) !=
	        BRSKI_OK)
		return rc;
	p->saved = s;
	return BRSKI_OK;
}

enum brski_rc
pledge_erase(struct pledge *p, enum pledge_item item, struct brski_err *err)
{
	return p->port->save(p->port->arg, item, (struct brski_slice){ 0 }, err);
}

enum brski_rc
pledge_save_certs(struct pledge *p, enum pledge_item item, const struct brski_certs *certs,
    struct brski_err *err)
{
	struct brski_buf pem = pledge_buf(p);
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	pem.max = ITEM_MAX;

	for (i = 0; i < certs->n && rc == BRSKI_OK; i++)
		rc = brski_pem_encode("CERTIFICATE", certs->v[i].der, &pem, err);
	if (rc == BRSKI_OK)
		rc = p->port->save(p->port->arg, item, brski_buf_slice(&pem), err);
	brski_buf_clear(&pem);
	return rc;
}

/* Nothing half-done stays: the next attempt starts with a new nonce, a new key, no trust. */
static void
forget(struct pledge *p)
{
	static const enum pledge_item items[] = { PLEDGE_ITEM_PVR, PLEDGE_ITEM_VOUCHER,
		PLEDGE_ITEM_TRUST, PLEDGE_ITEM_CSR, PLEDGE_ITEM_LDEVID, PLEDGE_ITEM_KEY,
		PLEDGE_ITEM_NEXT_KEY, PLEDGE_ITEM_NEXT_LDEVID, PLEDGE_ITEM_NEXT_TRUST };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		(void)pledge_erase(p, items[i], &err);
	brski_artifact_clear(&p->request);
	brski_certs_clear(&p->server);
	brski_certs_clear(&p->trust);
	brski_certs_clear(&p->ldevid);
	brski_buf_clear(&p->pvr);
	brski_buf_clear(&p->voucher);
	brski_buf_clear(&p->csr);
	p->renewals = 0;
	p->has_request = p->told = p->has_cacerts = p->has_csrattrs = false;
	p->challenge = p->has_bound = false;
}

/*
 * REQUEST_JOIN is saved with its request; IDENTIFY, IMPRINT and RENEW begin again with what came
 * before them.
 */
static bool
is_saved(enum pledge_state s)
{
	return s != PLEDGE_IDENTIFY && s != PLEDGE_REQUEST_JOIN && s != PLEDGE_IMPRINT &&
	    s != PLEDGE_RENEW;
}

static enum brski_rc
enter(struct pledge *p, enum pledge_state s, struct brski_err *err)
{
	enum brski_rc rc;

	if (s != PLEDGE_REQUEST_JOIN)
		p->pending_s = 0;
	if (s == PLEDGE_ENROLLED && p->state == PLEDGE_CONFIRM)
		pledge_reborn(p);
	if (is_saved(s) && s != p->saved && (rc = pledge_save_state(p, s, err)) != BRSKI_OK)
		return rc;
	p->state = s;
	p->tries = 0;
	return BRSKI_OK;
}

/* The attempt is over: say so, let go of everything, try the next candidate. */
static void
give_up(struct pledge *p, const struct row *row, const struct brski_err *why)
{
	struct brski_err err = { 0 };

	if (row->tells != NULL)
		(void)row->tells(p, why, &err);
	pledge_hang_up(p);
	if (row->fails == PLEDGE_DISCOVER)
		pledge_candidate_failed(p);
	/* a state that cannot be saved is the port's trouble; the attempt is over all the same */
	if (enter(p, row->fails, &err) != BRSKI_OK)
		p->state = row->fails;
	if (row->fails == PLEDGE_DISCOVER)
		forget(p);
}

bool
pledge_passes(enum brski_rc rc)
{
	return rc == BRSKI_E_UNAVAILABLE || rc == BRSKI_E_TIMEOUT || rc == BRSKI_E_BUSY ||
	    rc == BRSKI_E_INTERNAL || rc == BRSKI_E_IO || rc == BRSKI_E_NOMEM;
}

/* A box that has set wait_ms goes on by itself. */
static bool
waits_out(const struct pledge *p, const struct row *row, enum brski_rc rc)
{
	return p->wait_ms == 0 && pledge_passes(rc) &&
	    (row->stays == LIVES || (row->stays == STAYS && p->tries < p->conf.tries));
}

static enum brski_rc
go_on(struct pledge *p, const struct row *row, struct brski_err *err)
{
	bool switched = p->state == PLEDGE_SWITCH;
	enum brski_rc rc;

	p->renewals += switched;
	if ((rc = enter(p, row->then, err)) != BRSKI_OK) {
		p->renewals -= switched;
		return rc;
	}
	if (switched)
		pledge_switched(p);
	if (p->state == PLEDGE_CONFIRM || p->state == PLEDGE_ENROLLED)
		pledge_hang_up(p);
	if (p->state == PLEDGE_ENROLL) {
		pledge_candidate_good(p);
		pledge_parked_clear(p);
	}
	log_step(p, row, BRSKI_LOG_INFO, row->done, NULL);
	return BRSKI_OK;
}

/*
 * "Not yet" may mean never: others are asked meanwhile. That it was said is news the first time,
 * and after a minute.
 */
static void
wait_or_park(struct pledge *p, const struct row *row, uint32_t pending_s,
    const struct brski_err *why)
{
	bool parks = p->state == PLEDGE_REQUEST_JOIN && p->has_request && pledge_others(p);
	bool first = parks && pending_s == 0;

	if (first || (pending_s < LONG_S && p->pending_s >= LONG_S))
		log_failure(p, row, why);
	else
		log_step(p, row, BRSKI_LOG_DEBUG, "waiting", NULL);
	if (!parks)
		return;
	pledge_hang_up(p);
	pledge_park(p, p->wait_ms);
	p->state = PLEDGE_DISCOVER;
	p->wait_ms = 0;
}

enum brski_rc
pledge_step(struct pledge *p, uint32_t *wait_ms, struct brski_err *err)
{
	const struct row *row = &machine[p->state];
	struct brski_err why = { 0 };
	uint32_t pending_s = p->pending_s;
	enum brski_rc rc;

	p->wait_ms = 0;
	*wait_ms = UINT32_MAX;
	if (p->state == PLEDGE_ENROLLED && !p->conf.renew)
		return BRSKI_OK;
	if ((rc = row->does(p, &why)) == BRSKI_OK)
		rc = go_on(p, row, &why);
	if (rc == BRSKI_E_PENDING)
		wait_or_park(p, row, pending_s, &why);
	else if (rc != BRSKI_OK) {
		log_failure(p, row, &why);
		if (waits_out(p, row, rc))
			p->wait_ms =
			    pledge_backoff(p, p->tries++, p->conf.retry_after_max_s * 1000);
		else if (p->wait_ms == 0)
			give_up(p, row, &why);
	}
	*wait_ms = p->wait_ms;
	pledge_blame(err, &why);
	return rc;
}

static struct pledge_conf
with_defaults(const struct pledge_conf *conf)
{
	struct pledge_conf c = *conf;

	if (c.spacing_ms == 0)
		c.spacing_ms = 3000;
	if (c.backoff_min_ms == 0)
		c.backoff_min_ms = 3000;
	if (c.backoff_max_ms == 0)
		c.backoff_max_ms = 3600 * 1000;
	if (c.retry_after_max_s == 0)
		c.retry_after_max_s = 60;
	if (c.retry_after_s == 0)
		c.retry_after_s = 10;
	if (c.pending_max_s == 0)
		c.pending_max_s = 4 * 86400;
	if (c.tries == 0)
		c.tries = 10;
	return c;
}

enum brski_rc
pledge_load(struct pledge *p, enum pledge_item item, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	out->max = ITEM_MAX;
	rc = p->port->load(p->port->arg, item, out, err);
	if (rc == BRSKI_E_NOT_FOUND)
		return brski_broken(err, rc, "the item is not there");
	return rc;
}

/* Like load(), where nothing is fine too. */
enum brski_rc
pledge_load_if(struct pledge *p, enum pledge_item item, struct brski_buf *out,
    struct brski_err *err)
{
	struct brski_err why = { 0 };
	enum brski_rc rc = pledge_load(p, item, out, &why);

	if (rc == BRSKI_E_NOT_FOUND)
		return BRSKI_OK;
	pledge_blame(err, &why);
	return rc;
}

enum brski_rc
pledge_load_certs(struct pledge *p, enum pledge_item item, struct brski_certs *certs,
    struct brski_err *err)
{
	struct brski_buf pem = pledge_buf(p);
	enum brski_rc rc;

	if ((rc = pledge_load_if(p, item, &pem, err)) == BRSKI_OK && pem.n > 0)
		rc = brski_certs_add_any(certs, brski_buf_slice(&pem), err);
	brski_buf_clear(&pem);
	return rc;
}

/* What the saved state stands on. */
static enum brski_rc
resume(struct pledge *p, struct brski_err *err)
{
	bool asked = p->state == PLEDGE_REQUEST_JOIN || p->state == PLEDGE_ENROLL;
	bool trusts = p->state == PLEDGE_ENROLL || p->state == PLEDGE_CONFIRM;
	enum brski_rc rc;

	if (asked &&
	    ((rc = pledge_load(p, PLEDGE_ITEM_PVR, &p->pvr, err)) != BRSKI_OK ||
	        (rc = pledge_request_open(p, err)) != BRSKI_OK))
		return rc;
	if (trusts && (rc = pledge_load_certs(p, PLEDGE_ITEM_TRUST, &p->trust, err)) != BRSKI_OK)
		return rc;
	if (trusts && p->trust.n == 0)
		return brski_broken(err, BRSKI_E_NOT_FOUND, "the pinned certificate is not there");
	if (p->state != PLEDGE_ENROLL)
		return BRSKI_OK;
	return pledge_load_if(p, PLEDGE_ITEM_CSR, &p->csr, err);
}

static enum brski_rc
load_state(struct pledge *p, struct brski_err *err)
{
	struct pledge_saved saved = { 0 };
	struct brski_buf bytes = pledge_buf(p);
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if ((rc = pledge_load_if(p, PLEDGE_ITEM_STATE, &bytes, err)) == BRSKI_OK && bytes.n > 0)
		rc = pledge_saved_decode(brski_buf_slice(&bytes), &saved, err);
	brski_buf_clear(&bytes);
	if (rc != BRSKI_OK)
		return rc;
	p->state = p->saved = saved.state;
	p->pending_s = saved.pending_s < p->conf.pending_max_s ? saved.pending_s : 0;
	p->used_ms = saved.state == PLEDGE_ENROLLED ? saved.pending_s * UINT64_C(1000) : 0;
	p->mark = p->port->ticks_ms(p->port->arg);
	p->since = BRSKI_TIME_UNKNOWN;
	p->renewals = saved.renewals;
	memcpy(p->candidate, saved.candidate, sizeof(p->candidate));
	pledge_speak(p);
	if (pledge_passes(rc = resume(p, &why))) {
		pledge_blame(err, &why);
		return rc;
	}
	if (rc != BRSKI_OK) {
		log_step(p, &machine[p->state], BRSKI_LOG_WARN,
		    "cannot go on where this was left, starting anew", &why);
		p->state = PLEDGE_DISCOVER;
		forget(p);
	}
	return BRSKI_OK;
}

enum brski_rc
pledge_init(struct pledge *p, const struct pledge_port *port, const struct pledge_conf *conf,
    struct brski_err *err)
{
	enum brski_rc rc;

	memset(p, 0, sizeof(*p));
	p->port = port;
	p->conf = with_defaults(conf);
	p->key_type = BRSKI_KEY_P256;
	p->anchors = p->server = p->trust = p->ldevid = pledge_certs(p);
	p->pvr = p->voucher = p->csr = pledge_buf(p);
	p->request = pledge_artifact(p);
	if ((rc = brski_cert_device_serial(&conf->idevid->v[0], conf->serial_from, &p->serial,
	         err)) != BRSKI_OK ||
	    (rc = brski_certs_copy(&p->anchors, conf->anchors, err)) != BRSKI_OK ||
	    (rc = pledge_load_certs(p, PLEDGE_ITEM_ANCHORS, &p->anchors, err)) != BRSKI_OK ||
	    (rc = load_state(p, err)) != BRSKI_OK)
		pledge_clear(p);
	else
		port->random(port->arg, &p->salt, sizeof(p->salt));
	return rc;
}

void
pledge_clear(struct pledge *p)
{
	if (p->port != NULL)
		pledge_hang_up(p);
	brski_artifact_clear(&p->request);
	pledge_parked_clear(p);
	brski_certs_clear(&p->anchors);
	brski_certs_clear(&p->server);
	brski_certs_clear(&p->trust);
	brski_certs_clear(&p->ldevid);
	brski_buf_clear(&p->pvr);
	brski_buf_clear(&p->voucher);
	brski_buf_clear(&p->csr);
	memset(p, 0, sizeof(*p));
}

enum brski_rc
pledge_reset(const struct pledge_port *port, enum pledge_reset_level level, struct brski_err *err)
{
	enum brski_rc rc;
	int item;

	/* the state goes first: without it the rest is not looked at */
	for (item = PLEDGE_ITEM_STATE; item < PLEDGE_ITEMS; item++) {
		if (item == PLEDGE_ITEM_ANCHORS && level != PLEDGE_RESET_FACTORY)
			continue;
		if ((rc = port->save(port->arg, (enum pledge_item)item, (struct brski_slice){ 0 },
		         err)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}
