/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ask.h"

#include <stdio.h>
#include <stdlib.h>

#define BACKOFF_MAX_S 60
#define WORDS_MAX     512 /* of a MASA's refusal */

static void send_ask(void *arg);

struct registrar_about
registrar_about_ask(const struct registrar_ask *a)
{
	return (
	    struct registrar_about){ brski_slice_str(a->manufacturer), brski_slice_str(a->serial) };
}

struct registrar_ask *
registrar_ask_find(struct registrar *r, const struct registrar_ask_kind *kind,
    const struct registrar_device *d, const uint8_t pvr_hash[REGISTRAR_HASH_SIZE])
{
	struct registrar_ask *a;

	for (a = r->asks; a != NULL; a = a->next) {
		if (a->kind == kind &&
		    memcmp(a->request.pvr_hash, pvr_hash, REGISTRAR_HASH_SIZE) == 0 &&
		    strcmp(a->serial, d->serial) == 0 &&
		    strcmp(a->manufacturer, d->manufacturer) == 0)
			return a;
	}
	return NULL;
}

static void
unlink_ask(struct registrar_ask *a)
{
	*a->prev = a->next;
	if (a->next != NULL)
		a->next->prev = a->prev;
	a->r->asks_n--;
}

static void
free_ask(struct registrar_ask *a)
{
	if (a->timer != NULL)
		a->r->timers.cancel(a->r->timers.arg, a->timer);
	registrar_request_clear(&a->request);
	brski_buf_clear(&a->words);
	brski_certs_clear(&a->certs);
	free(a);
}

/* Asks of the device that still wait for a MASA. */
static size_t
asks_of(const struct registrar *r, const struct registrar_ask_kind *kind,
    const struct registrar_device *d)
{
	const struct registrar_ask *a;
	size_t n = 0;

	for (a = r->asks; a != NULL; a = a->next)
		n += a->kind == kind && !a->over && strcmp(a->serial, d->serial) == 0 &&
		    strcmp(a->manufacturer, d->manufacturer) == 0;
	return n;
}

enum brski_rc
registrar_ask_new(struct registrar *r, const struct registrar_ask_kind *kind,
    const struct registrar_device *d, struct registrar_request *request, struct registrar_ask **out,
    struct brski_err *err)
{
	struct registrar_ask *a;

	if (r->asks_n >= REGISTRAR_ASKS_MAX)
		return brski_broken(err, BRSKI_E_BUSY, "%zu requests to MASAs are open", r->asks_n);
	/* one device with ever new nonces must not take everybody's place */
	if (asks_of(r, kind, d) >= REGISTRAR_ASKS_DEVICE)
		return brski_fail(err, BRSKI_E_BUSY, "RFC 8995 5.2",
		    "%d requests of this device wait for its MASA", REGISTRAR_ASKS_DEVICE);
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "ask");
	a->r = r;
	a->kind = kind;
	snprintf(a->manufacturer, sizeof(a->manufacturer), "%s", d->manufacturer);
	snprintf(a->serial, sizeof(a->serial), "%s", d->serial);
	a->contact = d->contact;
	a->request = *request;
	*request = (struct registrar_request){ 0 };
	a->words.max = WORDS_MAX;
	a->started = brski_clock_now(&r->clock);
	a->next = r->asks;
	a->prev = &r->asks;
	if (a->next != NULL)
		a->next->prev = &a->next;
	r->asks = a;
	r->asks_n++;
	*out = a;
	return BRSKI_OK;
}

unsigned
registrar_ask_retry_after(const struct registrar_ask *a)
{
	int64_t s = a->next_try - brski_clock_now(&a->r->clock) + 1;
	int64_t most = a->r->site->conf.retry_after_s;

	return (unsigned)(s < 1 ? 1 : s > most ? most : s);
}

static void
unlink_waiter(struct registrar_waiter *w)
{
	struct registrar_waiter **at = &w->ask->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->ask->waiters_n--;
}

/* The waiting is over, x is to be answered; not its timer's business. */
static struct brski_exchange *
release_waiter(struct registrar_waiter *w)
{
	struct brski_exchange *x = w->x;

	unlink_waiter(w);
	x->op = NULL;
	free(w);
	return x;
}

/* x is no more: its session has ended, or its client has given up. */
static void
on_left(void *op)
{
	struct registrar_waiter *w = op;
	struct registrar *r = w->ask->r;

	r->timers.cancel(r->timers.arg, w->timer);
	(void)release_waiter(w);
}

/* It takes too long: the pledge comes back for the answer. RFC 8995 5.6. */
static void
waited_enough(void *arg)
{
	struct registrar_waiter *w = arg;
	struct registrar_ask *a = w->ask;
	struct brski_exchange *x = release_waiter(w);

	if (!a->late) {
		a->late = true;
		a->kind->late(a);
	}
	brski_reply_pending(x, registrar_ask_retry_after(a));
}

void
registrar_ask_wait(struct registrar_ask *a, struct brski_exchange *x, registrar_told_fn told,
    void (*again)(void *app, struct brski_exchange *x))
{
	struct registrar *r = a->r;
	struct registrar_waiter *w = NULL;

	if (a->over) { /* it failed for good while nobody listened */
		told(a, x, &a->failed);
		unlink_ask(a);
		free_ask(a);
		return;
	}
	if (a->waiters_n < REGISTRAR_WAITERS_MAX && (w = calloc(1, sizeof(*w))) != NULL)
		w->timer = r->timers.start(r->timers.arg, (uint32_t)r->site->conf.hold_s * 1000,
		    waited_enough, w);
	if (w == NULL || w->timer == NULL) {
		free(w);
		brski_reply_pending(x, registrar_ask_retry_after(a));
		return;
	}
	w->ask = a;
	w->x = x;
	w->told = told;
	w->again = again;
	w->next = a->waiters;
	a->waiters = w;
	a->waiters_n++;
	x->op = w;
	x->op_free = on_left;
}

static void
tell(struct registrar_ask *a, const struct registrar_outcome *o)
{
	struct registrar_waiter w;
	struct brski_exchange *x;

	while (a->waiters != NULL) {
		w = *a->waiters;
		a->r->timers.cancel(a->r->timers.arg, w.timer);
		x = release_waiter(a->waiters);
		if (w.again != NULL && o->err.rc == BRSKI_OK)
			w.again(a->r, x);
		else
			w.told(a, x, o);
	}
}

static void
forget(void *arg)
{
	struct registrar_ask *a = arg;

	a->timer = NULL;
	unlink_ask(a);
	free_ask(a);
}

/* Over, badly. Whoever waits hears it; if nobody does, the next one who asks. */
static void
fail(struct registrar_ask *a, const struct brski_err *why, struct brski_slice words)
{
	struct registrar *r = a->r;
	bool heard = a->waiters != NULL;

	a->over = true;
	a->failed.err = *why;
	if (words.n > WORDS_MAX)
		words.n = WORDS_MAX;
	if (words.n > 0 && brski_buf_set(&a->words, words, NULL) == BRSKI_OK)
		a->failed.text = brski_buf_slice(&a->words);
	a->kind->refused(a, &a->failed);
	tell(a, &a->failed);
	if (!heard)
		a->timer = r->timers.start(r->timers.arg, REGISTRAR_LINGER_S * 1000, forget, a);
	if (a->timer == NULL)
		forget(a);
}

static void
succeed(struct registrar_ask *a)
{
	struct registrar_outcome o = { 0 };

	unlink_ask(a); /* whoever is told may ask again */
	tell(a, &o);
	if (a->kind->then != NULL)
		a->kind->then(a);
	free_ask(a);
}

/* 1, 2, 4 ... 60 s, or what the MASA said; false when patience ends. */
static bool
again_later(struct registrar_ask *a, unsigned retry_after_s)
{
	struct registrar *r = a->r;
	unsigned wait_s = a->attempts < 7 ? 1u << (a->attempts - 1) : BACKOFF_MAX_S;
	int64_t now = brski_clock_now(&r->clock);

	if (retry_after_s > wait_s)
		wait_s = retry_after_s;
	if (wait_s > BACKOFF_MAX_S)
		wait_s = BACKOFF_MAX_S;
	a->next_try = now + wait_s;
	if (a->next_try > a->started + r->site->conf.patience_s)
		return false;
	a->timer = r->timers.start(r->timers.arg, wait_s * 1000, send_ask, a);
	return a->timer != NULL;
}

/* Is this an answer that another try may change? */
static bool
passing(const struct registrar_masa_answer *answer)
{
	switch (answer->rc) {
	case BRSKI_E_PENDING:
	case BRSKI_E_BUSY:
	case BRSKI_E_SLOW:
	case BRSKI_E_INTERNAL:
	case BRSKI_E_UPSTREAM:
	case BRSKI_E_UNAVAILABLE:
	case BRSKI_E_TIMEOUT:
		return true;
	default:
		return !answer->answered;
	}
}

/* What a pledge may be told when its MASA did not give an answer: 502, 503, 504. */
static enum brski_rc
gateway_rc(const struct registrar_masa_answer *answer)
{
	switch (answer->rc) {
	case BRSKI_E_PENDING:
	case BRSKI_E_BUSY:
	case BRSKI_E_UNAVAILABLE:
		return BRSKI_E_UNAVAILABLE;
	case BRSKI_E_SLOW:
	case BRSKI_E_TIMEOUT:
		return BRSKI_E_TIMEOUT;
	default:
		return BRSKI_E_UPSTREAM;
	}
}

/* A refusal by the MASA is passed on as it is; a 401 is between it and us. RFC 8995 5.4, 5.6. */
static enum brski_rc
refusal_rc(const struct registrar_masa_answer *answer)
{
	int status = brski_rc_http(answer->rc);

	return status >= 400 && status < 500 && status != 401 ? answer->rc : BRSKI_E_UPSTREAM;
}

static const char *
whom(const struct registrar_ask *a)
{
	return a->kind->whom != NULL ? a->kind->whom : "MASA";
}

static void
no_answer(struct registrar_ask *a, const struct registrar_masa_answer *answer)
{
	struct brski_err err = { 0 };

	if (again_later(a, answer->retry_after_s)) {
		if (a->kind->whom == NULL || a->attempts == 1)
			brski_log_warn(a->r->log, a->kind->stage, "%s %s: %s, asked again in %u s",
			    whom(a), a->request.url, brski_rc_name(answer->rc),
			    (unsigned)(a->next_try - brski_clock_now(&a->r->clock)));
		return;
	}
	(void)brski_fail(&err, gateway_rc(answer), "RFC 8995 5.4", "the %s gave no answer: %s",
	    whom(a), answer->detail != NULL ? answer->detail : brski_rc_name(answer->rc));
	fail(a, &err, (struct brski_slice){ 0 });
}

void
registrar_ask_answered(struct registrar_ask *a, const struct registrar_masa_answer *answer)
{
	struct brski_err err = { 0 };

	if (answer->rc == BRSKI_OK) {
		if (a->kind->take(a, answer, &err) == BRSKI_OK)
			succeed(a);
		else
			fail(a, &err, (struct brski_slice){ 0 });
	} else if (passing(answer)) {
		no_answer(a, answer);
	} else {
		(void)brski_fail(&err, refusal_rc(answer), "RFC 8995 5.6", "the MASA refused: %s",
		    brski_rc_name(answer->rc));
		fail(a, &err, answer->body);
	}
}

static void
answered(void *arg, const struct registrar_masa_answer *answer)
{
	registrar_ask_answered(arg, answer);
}

static enum brski_rc
ask_masa(struct registrar_ask *a, struct brski_err *err)
{
	struct registrar *r = a->r;
	struct registrar_masa_call call = { .manufacturer = a->manufacturer,
		.url = a->request.url,
		.path = a->kind->path,
		.media = a->request.format->media_type,
		.accept = a->kind->accept != NULL ? a->kind->accept : a->request.format->media_type,
		.body = brski_buf_slice(&a->request.rvr),
		.done = answered,
		.arg = a };

	return r->masa.request(r->masa.arg, &call, err);
}

static void
send_ask(void *arg)
{
	struct registrar_ask *a = arg;
	struct registrar_masa_answer none = { .rc = BRSKI_E_UNAVAILABLE };
	struct brski_err err = { 0 };

	a->timer = NULL;
	a->attempts++;
	if ((a->kind->send != NULL ? a->kind->send : ask_masa)(a, &err) != BRSKI_OK) {
		none.detail = err.detail;
		no_answer(a, &none);
	}
}

void
registrar_ask_go(struct registrar_ask *a)
{
	send_ask(a);
}

void
registrar_ask_drop(struct registrar_ask *a)
{
	while (a->waiters != NULL) {
		a->r->timers.cancel(a->r->timers.arg, a->waiters->timer);
		brski_reply_pending(release_waiter(a->waiters), registrar_ask_retry_after(a));
	}
	unlink_ask(a);
	free_ask(a);
}
