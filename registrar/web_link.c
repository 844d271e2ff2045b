/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/web_link.h"

#include <stdlib.h>
#include <string.h>
#include "net/http_client.h"

#define CONNECT_MS 5000
#define TOTAL_MS   20000

struct registrar_web_link {
	struct brski_http_client *client;
	struct brski_http_session *http;
	struct flight *flights;
};

/* A call under way. */
struct flight {
	struct flight *next, **prev;
	void (*done)(void *arg, const struct registrar_masa_answer *a);
	void *arg;
};

bool
registrar_web_url(const char *url)
{
	static const char scheme[] = "http://";
	const char *host = url + sizeof(scheme) - 1, *p;

	for (p = url; *p > ' ' && *p <= '~'; p++)
		;
	return *p == '\0' && p - url < REGISTRAR_WEB_URL_MAX &&
	    strncmp(url, scheme, sizeof(scheme) - 1) == 0 && strcspn(host, ":/?#") > 0;
}

static void
free_flight(struct flight *f)
{
	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	free(f);
}

enum brski_rc
registrar_web_link_new(struct brski_loop *loop, const struct brski_log *log,
    struct registrar_web_link **out, struct brski_err *err)
{
	struct brski_http_session_conf conf = { .connect_ms = CONNECT_MS,
		.total_ms = TOTAL_MS,
		.low_speed_ms = TOTAL_MS };
	struct registrar_web_link *l;
	enum brski_rc rc;

	*out = NULL;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "link to manufacturers");
	if ((rc = brski_http_client_new(loop, log, &l->client, err)) != BRSKI_OK ||
	    (rc = brski_http_session_new(l->client, &conf, &l->http, err)) != BRSKI_OK) {
		registrar_web_link_free(l);
		return rc;
	}
	*out = l;
	return BRSKI_OK;
}

void
registrar_web_link_free(struct registrar_web_link *l)
{
	if (l == NULL)
		return;
	while (l->flights != NULL)
		free_flight(l->flights);
	if (l->http != NULL)
		brski_http_session_free(l->http);
	if (l->client != NULL)
		brski_http_client_free(l->client);
	free(l);
}

static void
flight_done(void *arg, const struct brski_http_answer *a)
{
	struct flight *f = arg;
	struct registrar_masa_answer answer = { .rc = a->rc,
		.answered = a->rc == BRSKI_OK,
		.media = a->media,
		.body = a->body,
		.detail = a->err.detail };

	if (a->rc == BRSKI_OK && a->status != 200) {
		answer.rc = BRSKI_E_UPSTREAM;
		answer.detail = "its HTTP status is not 200";
	}
	f->done(f->arg, &answer);
	free_flight(f);
}

static enum brski_rc
request(void *arg, const struct registrar_web_call *c, struct brski_err *err)
{
	struct registrar_web_link *l = arg;
	struct brski_http_call call = { .method = c->media != NULL ? BRSKI_POST : BRSKI_GET,
		.url = c->url,
		.media = c->media,
		.accept = c->accept,
		.body = c->body,
		.max_answer = c->max_answer,
		.done = flight_done };
	struct flight *f;
	enum brski_rc rc;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "call to a manufacturer");
	f->done = c->done;
	f->arg = c->arg;
	f->next = l->flights;
	f->prev = &l->flights;
	if (f->next != NULL)
		f->next->prev = &f->next;
	l->flights = f;
	call.arg = f;
	if ((rc = brski_http_call(l->http, &call, err)) != BRSKI_OK)
		free_flight(f);
	return rc;
}

struct registrar_web
registrar_web_link_ops(struct registrar_web_link *l)
{
	return (struct registrar_web){ request, l };
}
