/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/registrar.h"

#include <stdio.h>
#include <stdlib.h>
#include "registrar/ask.h"
#include "registrar/batch.h"
#include "registrar/idevid_status.h"
#include "registrar/revoke.h"
#include "registrar/va.h"

enum brski_rc
registrar_new(const struct registrar_parts *parts, struct registrar **out, struct brski_err *err)
{
	struct registrar *r;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		registrar_site_free(parts->site);
		return brski_broken(err, BRSKI_E_NOMEM, "registrar");
	}
	r->site = parts->site;
	r->store = parts->store;
	r->masa = parts->masa;
	r->web = parts->web;
	r->timers = parts->timers;
	r->clock = parts->clock;
	r->log = parts->log;
	r->load_anew = parts->load_anew;
	r->batch.together = parts->together;
	r->batch.last = &r->batch.first;
	r->started = brski_clock_now(&r->clock);
	registrar_remember_own(r);
	registrar_sweep_by(r, r->started);
	registrar_crl_files_later(r);
	registrar_idevid_lists(r);
	*out = r;
	return BRSKI_OK;
}

void
registrar_reload(struct registrar *r, struct registrar_site *site)
{
	registrar_keeper_retire(r->site->keeper);
	r->site->next = r->retired;
	r->retired = r->site;
	r->site = site;
	memset(r->known, 0, sizeof(r->known)); /* anchors may have gone */
	memset(r->ocsp, 0, sizeof(r->ocsp));   /* another responder may be asked */
	registrar_remember_own(r);
	registrar_sweep_by(r, brski_clock_now(&r->clock));
	registrar_crl_files_later(r);
	registrar_idevid_lists(r);
}

void
registrar_stop(struct registrar *r)
{
	struct brski_err err = { 0 };

	registrar_sweep_stop(r);
	registrar_crl_fetch_stop(r);
	while (r->asks != NULL)
		registrar_ask_drop(r->asks);
	if (registrar_flush(r, &err) != BRSKI_OK)
		brski_log_err(r->log, "store", &err);
	registrar_crl_files_now(r);
}

void
registrar_free(struct registrar *r)
{
	struct registrar_site *s;

	if (r == NULL)
		return;
	registrar_stop(r);
	registrar_va_free(r);
	while ((s = r->retired) != NULL) {
		r->retired = s->next;
		registrar_site_free(s);
	}
	registrar_site_free(r->site);
	free(r);
}

struct registrar_about
registrar_about_client(const struct registrar_client *c)
{
	return (struct registrar_about){
		brski_slice_str(c->maker != NULL ? c->maker->conf->name : NULL), c->serial
	};
}

struct registrar_about
registrar_about_device(const struct registrar_device *d)
{
	return (
	    struct registrar_about){ brski_slice_str(d->manufacturer), brski_slice_str(d->serial) };
}

void
registrar_seen(const struct registrar *r, const struct brski_peer *peer, struct registrar_device *d)
{
	struct registrar_contact *c = &d->contact;

	snprintf(c->address, sizeof(c->address), "%s", peer->address);
	snprintf(c->transport, sizeof(c->transport), "%s", peer->transport);
	snprintf(c->tls_version, sizeof(c->tls_version), "%s", peer->tls_version);
	d->last_seen = brski_clock_now(&r->clock);
	if (d->first_seen == 0)
		d->first_seen = d->last_seen;
}

enum brski_rc
registrar_record(struct registrar *r, const char *actor, const char *event,
    const struct registrar_about *about, const struct brski_err *why, const char *detail,
    struct brski_err *err)
{
	enum brski_rc was = why != NULL ? why->rc : BRSKI_OK;
	struct brski_audit_row row = { .time = brski_clock_now(&r->clock),
		.actor = brski_slice_str(actor),
		.event = brski_slice_str(event),
		.manufacturer = about->manufacturer,
		.serial = about->serial,
		.rc = brski_slice_str(brski_rc_name(was)),
		.spec = brski_slice_str(why != NULL ? why->spec : NULL),
		.detail = brski_slice_str(detail != NULL || why == NULL ? detail : why->detail) };

	return brski_audit_append(r->store, &row, err);
}

void
registrar_record_alone(struct registrar *r, const char *actor, const char *event,
    const struct registrar_about *about, const struct brski_err *why)
{
	struct brski_err err = { 0 };

	if (registrar_begin(r, &err) == BRSKI_OK) {
		/* on disk before the peer hears of it: who asks the trail next finds it there */
		if (registrar_record(r, actor, event, about, why, NULL, &err) == BRSKI_OK &&
		    registrar_commit(r, &err) == BRSKI_OK && registrar_flush(r, &err) == BRSKI_OK)
			return;
		registrar_rollback(r);
	}
	brski_log_err(r->log, "audit", &err);
}

void
registrar_turned_away(void *app, const struct brski_exchange *x, const struct brski_err *why)
{
	struct registrar_about about = { { NULL, 0 }, { NULL, 0 } };
	struct registrar_client client;

	if (x->peer->chain.n > 0 &&
	    registrar_client_identify(app, x->peer, &client, NULL) == BRSKI_OK)
		about = registrar_about_client(&client);
	registrar_record_alone(app, "pledge", strrchr(x->route->path, '/') + 1, &about, why);
}

/* A refusal stands even if the disk is full. */
void
registrar_refuse(struct registrar *r, struct brski_exchange *x, const char *event,
    const struct registrar_about *about, const struct brski_err *why)
{
	registrar_record_alone(r, "pledge", event, about, why);
	/* RFC 8995 5.2: somebody is in between, nothing more is said on this connection */
	x->close = why->rc == BRSKI_E_PROXIMITY;
	brski_reply_fail(x, event, about->serial, why);
}
