/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manufacturers' CRLs by URL, RFC 5280 4.2.1.13: fetched at once, again when half of their life is
 * over, and after a failure with back-off. What was there stays until something better has come:
 * over plain HTTP anybody can answer, so a list counts only with an anchor's signature.
 */
#include <stdlib.h>
#include <string.h>
#include "registrar/idevid_status.h"

#define STAGE       "idevid"
#define BACKOFF_MIN 5
#define BACKOFF_MAX 3600
#define LIFE_MIN    60 /* between two fetches that went well */
#define LIFE_MAX    86400

struct registrar_feed {
	struct registrar_feed *next, **prev;
	struct registrar *r;
	const struct registrar_manufacturer *maker; /* of the site that is in use */
	char *url;
	struct brski_crl *crl; /* on the maker's list; NULL: none has come yet */
	void *timer;
	bool open, gone; /* a call is under way; nobody wants it any more */
	unsigned failures;
};

static void fetch(void *arg);

static void
free_feed(struct registrar_feed *f)
{
	if (f->timer != NULL)
		f->r->timers.cancel(f->r->timers.arg, f->timer);
	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	free(f->url);
	free(f);
}

static void
fetch_in(struct registrar_feed *f, int64_t seconds)
{
	struct registrar *r = f->r;

	f->timer = r->timers.start(r->timers.arg, (uint32_t)(seconds * 1000), fetch, f);
	if (f->timer == NULL)
		brski_log_warn(r->log, STAGE, "%s is not fetched again: no timer", f->url);
}

/* When half of what is left is over. */
static int64_t
until_next(const struct registrar_feed *f)
{
	int64_t now = brski_clock_now(&f->r->clock);
	int64_t half = f->crl->this_update + (f->crl->next_update - f->crl->this_update) / 2 - now;

	if (half <= 0)
		half = (f->crl->next_update - now) / 2;
	return half < LIFE_MIN ? LIFE_MIN : half > LIFE_MAX ? LIFE_MAX : half;
}

/* The first of a row of failures is said. */
static void
failed(struct registrar_feed *f, const char *why)
{
	unsigned twice = f->failures < 10 ? f->failures : 10;
	int64_t wait = (int64_t)BACKOFF_MIN << twice;

	if (f->failures++ == 0)
		brski_log_warn(f->r->log, STAGE, "no CRL from %s: %s%s", f->url, why,
		    f->crl != NULL ? "; the last one stays" : "");
	fetch_in(f, wait > BACKOFF_MAX ? BACKOFF_MAX : wait);
}

/* RFC 5280 6.3.3 (f) and (g), at once: later it would be too late to keep the last one. */
static bool
is_signed(const struct registrar_feed *f, const struct brski_crl *crl)
{
	const struct brski_certs *anchors = &f->maker->anchors;
	const struct brski_cert *c;
	size_t i;

	for (i = 0; i < anchors->n; i++) {
		c = &anchors->v[i];
		if (brski_name_eq(c->subject, crl->issuer) &&
		    (!c->has_key_usage || (c->key_usage & BRSKI_KU_CRL_SIGN) != 0) &&
		    brski_verify(c->spki, crl->sig_alg, crl->tbs, crl->sig, NULL) == BRSKI_OK)
			return true;
	}
	return false;
}

static enum brski_rc
judge(const struct registrar_feed *f, const struct brski_crl *crl, struct brski_err *err)
{
	if (!is_signed(f, crl))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5280 6.3.3",
		    "the CRL is not signed by any of the anchors");
	if (f->crl != NULL && crl->this_update < f->crl->this_update)
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 5280 5.1.2.4",
		    "the CRL is older than the one before");
	return BRSKI_OK;
}

/* In the place of the one before, which is gone then. *crl is taken over. */
static enum brski_rc
put(struct registrar_feed *f, struct brski_crl **crl, struct brski_err *err)
{
	struct brski_crls *list = registrar_site_crls(f->r->site, f->maker);
	enum brski_rc rc;
	size_t i;

	for (i = 0; f->crl != NULL && i < list->n; i++) {
		if (list->v[i] != f->crl)
			continue;
		brski_crl_free(f->crl);
		f->crl = list->v[i] = *crl;
		*crl = NULL;
		return BRSKI_OK;
	}
	if ((rc = brski_crls_add(list, (*crl)->der, err)) == BRSKI_OK)
		f->crl = list->v[list->n - 1];
	return rc;
}

static enum brski_rc
take(struct registrar_feed *f, struct brski_slice body, struct brski_err *err)
{
	struct brski_crl *crl = NULL;
	enum brski_rc rc;

	if ((rc = brski_crl_decode(body, &crl, err)) != BRSKI_OK)
		return rc;
	if ((rc = judge(f, crl, err)) == BRSKI_OK)
		rc = put(f, &crl, err);
	brski_crl_free(crl);
	return rc;
}

static void
fetched(void *arg, const struct registrar_masa_answer *a)
{
	struct registrar_feed *f = arg;
	struct registrar *r = f->r;
	bool news = f->crl == NULL || f->failures > 0;
	struct brski_err err = { 0 };

	f->open = false;
	if (f->gone) {
		free_feed(f);
		return;
	}
	if (a->rc != BRSKI_OK) {
		failed(f, a->detail != NULL ? a->detail : brski_rc_name(a->rc));
		return;
	}
	if (take(f, a->body, &err) != BRSKI_OK) {
		failed(f, err.detail);
		return;
	}
	memset(r->known, 0, sizeof(r->known)); /* whoever was in order then may not be now */
	if (news)
		brski_log_info(r->log, STAGE, "the CRL from %s is there", f->url);
	f->failures = 0;
	registrar_idevid_old(r, f->maker->conf->name, f->crl);
	fetch_in(f, until_next(f));
}

static void
fetch(void *arg)
{
	struct registrar_feed *f = arg;
	struct registrar *r = f->r;
	struct registrar_web_call call = { .url = f->url,
		.max_answer = BRSKI_CRL_MAX,
		.done = fetched,
		.arg = f };
	struct brski_err err = { 0 };

	f->timer = NULL;
	f->open = true;
	if (r->web.request(r->web.arg, &call, &err) != BRSKI_OK) {
		f->open = false;
		failed(f, err.detail);
	}
}

/* What the site before had from there is better than nothing, until it has been fetched anew. */
static void
inherit(struct registrar_feed *f, const struct registrar_feed *old)
{
	struct brski_crls *list = registrar_site_crls(f->r->site, f->maker);

	for (; old != NULL; old = old->next) {
		if (!old->gone && old->crl != NULL && strcmp(old->url, f->url) == 0 &&
		    strcmp(old->maker->conf->name, f->maker->conf->name) == 0 &&
		    brski_crls_add(list, old->crl->der, NULL) == BRSKI_OK) {
			f->crl = list->v[list->n - 1];
			return;
		}
	}
}

static void
start_feed(struct registrar *r, const struct registrar_manufacturer *m, const char *url,
    const struct registrar_feed *old)
{
	struct registrar_feed *f = calloc(1, sizeof(*f));

	if (f == NULL || (f->url = strdup(url)) == NULL) {
		free(f);
		brski_log_warn(r->log, STAGE, "%s is not fetched: no memory", url);
		return;
	}
	f->r = r;
	f->maker = m;
	inherit(f, old);
	f->next = r->feeds;
	f->prev = &r->feeds;
	if (f->next != NULL)
		f->next->prev = &f->next;
	r->feeds = f;
	fetch_in(f, 0);
}

/* From the first of the old ones on; a call that is under way frees its feed later. */
static void
retire(struct registrar_feed *f)
{
	struct registrar_feed *next;

	for (; f != NULL; f = next) {
		next = f->next;
		f->gone = true;
		if (!f->open)
			free_feed(f);
	}
}

void
registrar_crl_fetch_start(struct registrar *r)
{
	struct registrar_feed *old = r->feeds;
	const struct registrar_manufacturer *m;
	size_t i, k;

	for (i = 0; i < r->site->makers_n; i++) {
		m = &r->site->makers[i];
		for (k = 0; k < m->conf->crl_urls.n; k++)
			start_feed(r, m, m->conf->crl_urls.v[k], old);
	}
	retire(old);
}

void
registrar_crl_fetch_stop(struct registrar *r)
{
	while (r->feeds != NULL)
		free_feed(r->feeds);
}
