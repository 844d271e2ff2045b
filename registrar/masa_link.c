/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/masa_link.h"

#include <stdio.h>
#include <stdlib.h>
#include "message/auditlog.h"
#include "net/http_client.h"
#include "registrar/masa_url.h"
#include "registrar/store.h"

#define CONNECT_MS 5000
#define TOTAL_MS   20000

/* One manufacturer's MASA. Retired by a reload; gone when its last call is over. */
struct session {
	struct session *next, **prev;
	char manufacturer[REGISTRAR_NAME_MAX + 1];
	struct brski_tls *tls;
	struct brski_http_session *http;
	unsigned open;
	bool retired;
};

struct registrar_masa_link {
	struct brski_http_client *client;
	const struct registrar_site *site;
	struct session *sessions;
	struct flight *flights;
};

/* A call under way. */
struct flight {
	struct flight *next, **prev;
	struct session *session;
	char base[REGISTRAR_MASA_URL_MAX];
	bool followed; /* a 201's Location: one hop, no more */
	void (*done)(void *arg, const struct registrar_masa_answer *a);
	void *arg;
};

static void
free_session(struct session *s)
{
	*s->prev = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	brski_http_session_free(s->http);
	brski_tls_unref(s->tls);
	free(s);
}

static void
free_flight(struct flight *f)
{
	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	if (--f->session->open == 0 && f->session->retired)
		free_session(f->session);
	free(f);
}

enum brski_rc
registrar_masa_link_new(struct brski_loop *loop, const struct brski_log *log,
    struct registrar_masa_link **out, struct brski_err *err)
{
	struct registrar_masa_link *l;
	enum brski_rc rc;

	*out = NULL;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "MASA link");
	if ((rc = brski_http_client_new(loop, log, &l->client, err)) != BRSKI_OK) {
		free(l);
		return rc;
	}
	*out = l;
	return BRSKI_OK;
}

void
registrar_masa_link_set_site(struct registrar_masa_link *l, const struct registrar_site *site)
{
	struct session *s, *next;

	for (s = l->sessions; s != NULL; s = next) {
		next = s->next;
		s->retired = true;
		if (s->open == 0)
			free_session(s);
	}
	l->site = site;
}

void
registrar_masa_link_free(struct registrar_masa_link *l)
{
	if (l == NULL)
		return;
	while (l->flights != NULL)
		free_flight(l->flights);
	registrar_masa_link_set_site(l, NULL);
	brski_http_client_free(l->client);
	free(l);
}

static enum brski_rc
open_session(struct registrar_masa_link *l, const struct registrar_manufacturer *m,
    struct session **out, struct brski_err *err)
{
	struct brski_tls_conf tls = { .key = registrar_keeper_tls_key(l->site->keeper),
		.chain = registrar_keeper_chain(l->site->keeper),
		.anchors = &m->masa_anchors };
	struct brski_http_session_conf conf = { .connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.low_speed_ms = TOTAL_MS };
	struct session *s;
	enum brski_rc rc;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "MASA session");
	snprintf(s->manufacturer, sizeof(s->manufacturer), "%s", m->conf->name);
	if ((rc = brski_tls_new(&tls, &s->tls, err)) == BRSKI_OK) {
		conf.tls = s->tls;
		rc = brski_http_session_new(l->client, &conf, &s->http, err);
	}
	if (rc != BRSKI_OK) {
		brski_tls_unref(s->tls);
		free(s);
		return rc;
	}
	s->next = l->sessions;
	s->prev = &l->sessions;
	if (s->next != NULL)
		s->next->prev = &s->next;
	l->sessions = s;
	*out = s;
	return BRSKI_OK;
}

static enum brski_rc
find_session(struct registrar_masa_link *l, const char *manufacturer, struct session **out,
    struct brski_err *err)
{
	const struct registrar_manufacturer *m;

	for (*out = l->sessions; *out != NULL; *out = (*out)->next) {
		if (!(*out)->retired && strcmp((*out)->manufacturer, manufacturer) == 0)
			return BRSKI_OK;
	}
	if ((m = registrar_site_maker(l->site, manufacturer)) == NULL)
		return brski_broken(err, BRSKI_E_UNAVAILABLE,
		    "manufacturer \"%s\" is not configured any more", manufacturer);
	return open_session(l, m, out, err);
}

/* 200 is an answer, 202 is "later", everything else is a refusal of some class. */
static enum brski_rc
answer_rc(int status)
{
	if (status == 200)
		return BRSKI_OK;
	if (status == 202)
		return BRSKI_E_PENDING;
	return status >= 400 ? brski_rc_from_http(status) : BRSKI_E_UPSTREAM;
}

static void flight_done(void *arg, const struct brski_http_answer *a);

static bool
follow(struct flight *f, const struct brski_http_answer *a)
{
	char url[REGISTRAR_LOCATION_MAX];
	struct brski_http_call call = { .method = BRSKI_GET,
		.url = url,
		.accept = "application/json",
		.max_answer = BRSKI_AUDITLOG_MAX,
		.done = flight_done,
		.arg = f };

	if (a->status != 201 || f->followed || a->location == NULL ||
	    !registrar_masa_location(f->base, a->location, url))
		return false;
	f->followed = true;
	return brski_http_call(f->session->http, &call, NULL) == BRSKI_OK;
}

static void
flight_done(void *arg, const struct brski_http_answer *a)
{
	struct flight *f = arg;
	struct registrar_masa_answer answer = { .rc = a->rc,
		.answered = a->rc == BRSKI_OK,
		.media = a->media,
		.body = a->body,
		.retry_after_s = a->retry_after_s,
		.detail = a->err.detail };

	if (a->rc == BRSKI_OK && follow(f, a))
		return;
	if (a->rc == BRSKI_OK)
		answer.rc = answer_rc(a->status);
	f->done(f->arg, &answer);
	free_flight(f);
}

static enum brski_rc
request(void *arg, const struct registrar_masa_call *c, struct brski_err *err)
{
	struct registrar_masa_link *l = arg;
	char url[REGISTRAR_MASA_URL_MAX + 32];
	struct brski_http_call call = { .method = BRSKI_POST,
		.url = url,
		.media = c->media,
		.accept = c->accept,
		.body = c->body,
		.max_answer = BRSKI_AUDITLOG_MAX,
		.done = flight_done };
	struct session *s = NULL;
	struct flight *f;
	enum brski_rc rc;

	if ((rc = find_session(l, c->manufacturer, &s, err)) != BRSKI_OK)
		return rc;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "call to the MASA");
	f->session = s;
	s->open++;
	f->done = c->done;
	f->arg = c->arg;
	f->next = l->flights;
	f->prev = &l->flights;
	if (f->next != NULL)
		f->next->prev = &f->next;
	l->flights = f;
	snprintf(f->base, sizeof(f->base), "%s", c->url);
	snprintf(url, sizeof(url), "%s%s", c->url, c->path);
	call.arg = f;
	if ((rc = brski_http_call(s->http, &call, err)) != BRSKI_OK)
		free_flight(f);
	return rc;
}

struct registrar_masa
registrar_masa_link_ops(struct registrar_masa_link *l)
{
	return (struct registrar_masa){ request, l };
}
