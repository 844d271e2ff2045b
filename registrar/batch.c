/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/batch.h"

#include <stdlib.h>

#define UNSEEN_MS 50 /* a pledge that has its voucher is back sooner */

struct registrar_held {
	struct registrar_held *next, **prev;
	struct registrar_batch *batch;
	struct brski_exchange *x;
	const char *stage;
};

enum brski_rc
registrar_begin(struct registrar *r, struct brski_err *err)
{
	enum brski_rc rc;

	if (!r->batch.open && (rc = brski_store_begin(r->store, err)) != BRSKI_OK)
		return rc;
	r->batch.open = true;
	return r->batch.together ? brski_store_exec(r->store, NULL, err, "SAVEPOINT operation", "")
	                         : BRSKI_OK;
}

static void
flush_later(void *arg)
{
	struct registrar *r = arg;
	struct brski_err err = { 0 };

	r->batch.timer = NULL;
	if (registrar_flush(r, &err) != BRSKI_OK)
		brski_log_err(r->log, "store", &err);
}

/* Within so many milliseconds what is ready by then goes to the disk together. */
static bool
flush_within(struct registrar *r, uint32_t ms)
{
	struct registrar_batch *b = &r->batch;

	if (b->timer != NULL && b->patient && ms == 0) {
		r->timers.cancel(r->timers.arg, b->timer);
		b->timer = NULL;
	}
	if (b->timer == NULL) {
		b->timer = r->timers.start(r->timers.arg, ms, flush_later, r);
		b->patient = ms > 0;
	}
	return b->timer != NULL;
}

static enum brski_rc
commit_within(struct registrar *r, uint32_t ms, struct brski_err *err)
{
	enum brski_rc rc;

	if (!r->batch.together) {
		if ((rc = brski_store_commit(r->store, err)) == BRSKI_OK)
			r->batch.open = false;
		return rc;
	}
	if ((rc = brski_store_exec(r->store, NULL, err, "RELEASE operation", "")) != BRSKI_OK)
		return rc;
	return flush_within(r, ms) ? BRSKI_OK : registrar_flush(r, err);
}

enum brski_rc
registrar_commit(struct registrar *r, struct brski_err *err)
{
	/* all that is ready in this turn of the loop comes along */
	return commit_within(r, 0, err);
}

enum brski_rc
registrar_commit_unseen(struct registrar *r, struct brski_err *err)
{
	return commit_within(r, UNSEEN_MS, err);
}

void
registrar_rollback(struct registrar *r)
{
	bool others = r->batch.timer != NULL;

	if (r->batch.together && others) {
		(void)brski_store_exec(r->store, NULL, NULL, "ROLLBACK TO operation", "");
		(void)brski_store_exec(r->store, NULL, NULL, "RELEASE operation", "");
		return;
	}
	brski_store_rollback(r->store);
	r->batch.open = false;
}

/* Also of a list that the batch has let go of. */
static void
unhold(void *op)
{
	struct registrar_held *h = op;

	*h->prev = h->next;
	if (h->next != NULL)
		h->next->prev = h->prev;
	else if (h->batch->last == &h->next)
		h->batch->last = h->prev;
	h->x->op = NULL;
	free(h);
}

static bool
hold(struct registrar_batch *b, struct brski_exchange *x, const char *stage)
{
	struct registrar_held *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return false;
	h->batch = b;
	h->x = x;
	h->stage = stage;
	h->prev = b->last;
	*b->last = h;
	b->last = &h->next;
	/* x may be gone before the batch is on disk */
	x->op = h;
	x->op_free = unhold;
	return true;
}

/* Tell everybody what became of the batch. */
static void
release_held(struct registrar *r, enum brski_rc rc, const struct brski_err *err)
{
	struct registrar_held *list = r->batch.first, h;

	r->batch.first = NULL;
	r->batch.last = &r->batch.first;
	if (list != NULL)
		list->prev = &list;
	while (list != NULL) {
		h = *list;
		unhold(list);
		if (rc == BRSKI_OK)
			brski_reply_ok(h.x);
		else
			brski_reply_fail(h.x, h.stage, (struct brski_slice){ 0 }, err);
	}
}

enum brski_rc
registrar_flush(struct registrar *r, struct brski_err *err)
{
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if (r->batch.timer != NULL)
		r->timers.cancel(r->timers.arg, r->batch.timer);
	r->batch.timer = NULL;
	if (!r->batch.open)
		return BRSKI_OK;
	if ((rc = brski_store_commit(r->store, &why)) != BRSKI_OK)
		brski_store_rollback(r->store);
	r->batch.open = false;
	release_held(r, rc, &why);
	if (rc != BRSKI_OK && err != NULL)
		*err = why;
	return rc;
}

void
registrar_reply_ok(struct registrar *r, struct brski_exchange *x, const char *stage)
{
	struct brski_err err = { 0 };

	if (r->batch.timer == NULL) { /* nothing is on its way to the disk */
		brski_reply_ok(x);
		return;
	}
	if (flush_within(r, 0) && hold(&r->batch, x, stage))
		return;
	if (registrar_flush(r, &err) == BRSKI_OK)
		brski_reply_ok(x);
	else
		brski_reply_fail(x, stage, (struct brski_slice){ 0 }, &err);
}
