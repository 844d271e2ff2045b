/* SPDX-License-Identifier: Apache-2.0 */
/* What time does by itself. */
#include <stdio.h>
#include "base/text.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"
#include "registrar/va.h"

#define ROWS    500 /* of each kind in one turn of the loop: others want to be served too */
#define AWAKE_S 600 /* the wall clock may be set while a timer runs */
#define AGAIN_S 60  /* after trouble */

enum brski_rc
registrar_life_update(struct registrar *r, struct registrar_device *d, const char *detail,
    struct brski_err *err)
{
	const struct registrar_manufacturer *maker = registrar_site_maker(r->site, d->manufacturer);
	struct registrar_moment m = { .time = brski_clock_now(&r->clock) };
	struct registrar_life_facts f;
	bool fresh = d->id == 0;
	enum brski_rc rc;

	if ((fresh && (rc = registrar_device_put(r->store, d, err)) != BRSKI_OK) ||
	    (rc = registrar_device_facts(r->store, d, maker != NULL && maker->conf->audit_log == 0,
	         &f, err)) != BRSKI_OK)
		return rc;
	f.now = m.time;
	m.life = registrar_life_of(&f, &d->life_until);
	if (d->life_until != 0)
		registrar_sweep_by(r, d->life_until);
	if (m.life == d->life && !fresh)
		return BRSKI_OK;
	d->life = m.life;
	snprintf(m.detail, sizeof(m.detail), "%s", detail != NULL ? detail : "");
	return registrar_timeline_add(r->store, d->id, &m, err);
}

/* An overlap is over. */
static enum brski_rc
supersede(struct registrar *r, const struct registrar_certificate *c, int64_t now,
    struct brski_err *err)
{
	struct registrar_about about = { { NULL, 0 }, { NULL, 0 } };
	struct registrar_device d;
	char detail[REGISTRAR_NUMBER_TEXT + 32], number[REGISTRAR_NUMBER_TEXT];
	enum brski_rc rc;

	snprintf(detail, sizeof(detail), "superseded, certificate %s",
	    registrar_number_text(c->serial, number));
	if ((rc = registrar_certificate_set_revoked(r->store, c->id, now, BRSKI_REASON_SUPERSEDED,
	         err)) != BRSKI_OK)
		return rc;
	if (c->device != 0) {
		if ((rc = registrar_device_get(r->store, c->device, &d, err)) != BRSKI_OK)
			return rc;
		about = registrar_about_device(&d);
	}
	return registrar_record(r, "registrar", "revoke", &about, NULL, detail, err);
}

/* The overlaps that are over; *n: how many. Their lists are marked, to be made anew. */
static enum brski_rc
end_overlaps(struct registrar *r, int64_t now, unsigned *n, struct brski_err *err)
{
	struct registrar_certificate c;
	struct brski_buf der = { 0 };
	enum brski_rc rc = BRSKI_OK;

	for (*n = 0; *n < ROWS; ++*n) {
		brski_buf_reset(&der);
		if ((rc = registrar_certificate_due(r->store, now, &c, &der, err)) != BRSKI_OK ||
		    c.id == 0 || (rc = supersede(r, &c, now, err)) != BRSKI_OK ||
		    (rc = registrar_crl_mark_stale(r->store, c.authority, err)) != BRSKI_OK)
			break;
	}
	brski_buf_clear(&der);
	return rc;
}

static enum brski_rc
advance_lives(struct registrar *r, int64_t now, unsigned *n, struct brski_err *err)
{
	struct registrar_device d;
	enum brski_rc rc = BRSKI_OK;

	for (*n = 0; *n < ROWS; ++*n)
		if ((rc = registrar_device_due(r->store, now, &d, err)) != BRSKI_OK || d.id == 0 ||
		    (rc = registrar_life_update(r, &d, "by time", err)) != BRSKI_OK ||
		    (rc = registrar_device_put(r->store, &d, err)) != BRSKI_OK)
			break;
	return rc;
}

/* Lists that live on after half of their time: what cannot be signed stays as it is. */
static enum brski_rc
renew_lists(struct registrar *r, int64_t now, struct brski_err *err)
{
	int64_t due = registrar_crl_due(r);
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_revoke_publish(r, err)) != BRSKI_OK || due == 0 || due > now)
		return rc;
	rc = registrar_crl_publish(r, NULL, &why);
	if (registrar_crl_can_wait(rc))
		return BRSKI_OK;
	if (rc != BRSKI_OK)
		*err = why;
	return rc;
}

/* What is due now, on disk when this returns; *more: and that was not all. */
static enum brski_rc
turn(struct registrar *r, int64_t now, bool *more, struct brski_err *err)
{
	unsigned overlaps = 0, lives = 0;
	enum brski_rc rc;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = end_overlaps(r, now, &overlaps, err)) != BRSKI_OK ||
	    (rc = advance_lives(r, now, &lives, err)) != BRSKI_OK ||
	    (rc = renew_lists(r, now, err)) != BRSKI_OK ||
	    (rc = registrar_commit(r, err)) != BRSKI_OK) {
		registrar_rollback(r);
		return rc;
	}
	*more = overlaps == ROWS || lives == ROWS;
	return registrar_flush(r, err);
}

static enum brski_rc
any_stale(struct registrar *r, bool *stale, struct brski_err *err)
{
	const struct registrar_authority *a;
	size_t i, n;
	enum brski_rc rc = BRSKI_OK;

	*stale = false;
	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n && rc == BRSKI_OK && !*stale; i++)
		rc = registrar_crl_is_stale(r->store, a[i].id, stale, err);
	return rc;
}

/* When there is something to do; 0: never. */
static enum brski_rc
find_due(struct registrar *r, int64_t now, int64_t *at, struct brski_err *err)
{
	int64_t all[4] = { 0, 0, registrar_crl_due(r), 0 };
	bool stale = false;
	size_t i;
	enum brski_rc rc;

	if ((rc = registrar_certificate_next_due(r->store, &all[0], err)) != BRSKI_OK ||
	    (rc = registrar_device_next_due(r->store, &all[1], err)) != BRSKI_OK ||
	    (rc = any_stale(r, &stale, err)) != BRSKI_OK)
		return rc;
	all[3] = stale ? now : 0;
	*at = 0;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != 0 && (*at == 0 || all[i] < *at))
			*at = all[i];
	return BRSKI_OK;
}

static void
fire(void *arg)
{
	struct registrar *r = arg;

	r->sweep.timer = NULL;
	registrar_sweep(r);
}

void
registrar_sweep_by(struct registrar *r, int64_t at)
{
	int64_t wait = at - brski_clock_now(&r->clock);
	struct registrar_sweeping *s = &r->sweep;

	if (s->stopped || (s->timer != NULL && s->at <= at))
		return;
	if (s->timer != NULL)
		r->timers.cancel(r->timers.arg, s->timer);
	wait = wait < 0 ? 0 : wait > AWAKE_S ? AWAKE_S : wait;
	s->at = at;
	s->timer = r->timers.start(r->timers.arg, (uint32_t)wait * 1000, fire, r);
}

void
registrar_sweep(struct registrar *r)
{
	int64_t now = brski_clock_now(&r->clock), at = 0;
	struct brski_err err = { 0 };
	bool more = false;
	enum brski_rc rc;

	if ((rc = find_due(r, now, &at, &err)) == BRSKI_OK && at != 0 && at <= now &&
	    (rc = turn(r, now, &more, &err)) == BRSKI_OK)
		rc = find_due(r, now, &at, &err);
	if (rc != BRSKI_OK)
		brski_log_err(r->log, "sweep", &err);
	/* what is due still could not be done */
	if (rc != BRSKI_OK || (at != 0 && at <= now && !more))
		at = now + AGAIN_S;
	if (at != 0)
		registrar_sweep_by(r, at);
}

void
registrar_sweep_stop(struct registrar *r)
{
	if (r->sweep.timer != NULL)
		r->timers.cancel(r->timers.arg, r->sweep.timer);
	r->sweep.timer = NULL;
	r->sweep.stopped = true;
}
