/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and calls: who waits, who goes, how it ends. */
#include <stdlib.h>
#include <string.h>
#include "net/http_link.h"

#define ANSWER_DEFAULT ((size_t)64 * 1024)
#define BODY_MAX       ((size_t)1024 * 1024)

static void
quiet(int warning, const char *text)
{
	(void)warning;
	(void)text;
}

enum brski_rc
brski_http_client_new(struct brski_loop *loop, const struct brski_log *log,
    struct brski_http_client **out, struct brski_err *err)
{
	struct brski_http_client *c;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP client");
	if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) {
		free(c);
		return brski_broken(err, BRSKI_E_INTERNAL, "HTTP library");
	}
	/* the resolver would write to stderr; a call that fails says why */
	evdns_set_log_fn(quiet);
	c->loop = loop;
	c->log = log;
	*out = c;
	return BRSKI_OK;
}

void
brski_http_client_free(struct brski_http_client *c)
{
	if (c == NULL)
		return;
	if (c->dns != NULL)
		evdns_base_free(c->dns, 1);
	curl_global_cleanup();
	free(c);
}

/* --- calls */

static void
call_free(struct http_call *call)
{
	event_del(&call->total);
	event_del(&call->stall);
	curl_slist_free_all(call->headers);
	curl_free(call->url);
	free(call->location);
	brski_buf_wipe(&call->body);
	brski_buf_clear(&call->answer);
	free(call);
}

/* Take the call off its link or out of the queue. */
static void
call_detach(struct http_call *call, bool keep_link)
{
	struct http_link *l = call->link;

	http_curl_stop(call);
	if (l == NULL) {
		TAILQ_REMOVE(&call->session->waiting, call, entry);
		return;
	}
	call->link = NULL;
	l->call = NULL;
	http_link_release(l, keep_link);
}

void
http_call_end(struct http_call *call, enum brski_rc rc, long status, unsigned retry_after_s)
{
	struct brski_peer_ref *peer = NULL;
	struct brski_http_answer a = { .rc = rc, .err = call->err };

	if (call->link != NULL && call->link->peer != NULL) {
		peer = brski_peer_ref(call->link->peer);
		a.peer = &peer->peer;
	}
	if (rc == BRSKI_OK) {
		a.status = (int)status;
		a.retry_after_s = retry_after_s;
		a.location = call->location;
		a.body = call->answer.n > 0 ? brski_buf_slice(&call->answer) : brski_slice("", 0);
		if (call->has_media)
			a.media = brski_slice_str(call->media);
	}
	/* a link on which nothing was sent can still serve */
	call_detach(call, rc == BRSKI_OK || call->sent == 0);
	http_session_dispatch_soon(call->session);
	/* the session may go away in there */
	call->conf.done(call->conf.arg, &a);
	brski_peer_unref(peer);
	call_free(call);
}

void
http_call_requeue(struct http_call *call)
{
	struct brski_http_session *s = call->session;

	call->again = true;
	call->rc = BRSKI_OK;
	call->err = (struct brski_err){ 0 };
	call->header_bytes = 0;
	call_detach(call, false);
	TAILQ_INSERT_HEAD(&s->waiting, call, entry);
	http_session_dispatch_soon(s);
}

static void
on_total(evutil_socket_t fd, short what, void *arg)
{
	struct http_call *call = arg;

	(void)fd;
	(void)what;
	(void)brski_broken(&call->err, BRSKI_E_TIMEOUT, "no answer after %u ms",
	    call->session->conf.total_ms);
	call->sent = 1; /* whatever its link is in the middle of */
	http_call_end(call, BRSKI_E_TIMEOUT, 0, 0);
}

static void
on_stall(evutil_socket_t fd, short what, void *arg)
{
	struct http_call *call = arg;

	(void)fd;
	(void)what;
	(void)brski_broken(&call->err, BRSKI_E_TIMEOUT, "no progress for %u ms",
	    call->session->conf.low_speed_ms);
	call->sent = 1;
	http_call_end(call, BRSKI_E_TIMEOUT, 0, 0);
}

static bool
add_header(struct http_call *call, const char *name, const char *value)
{
	struct brski_buf line = { .max = 1024 };
	struct curl_slist *more = NULL;

	/* curl: "Name:" takes its own header out */
	if (brski_buf_printf(&line, NULL, "%s:%s%s", name, value != NULL ? " " : "",
	        value != NULL ? value : "") == BRSKI_OK &&
	    (more = curl_slist_append(call->headers, brski_buf_cstr(&line))) != NULL)
		call->headers = more;
	brski_buf_clear(&line);
	return more != NULL;
}

/* RFC 9110 7.2: the authority, without a port that the scheme implies */
static bool
add_host(struct http_call *call, bool tls)
{
	const struct http_origin *o = &call->origin;
	bool v6 = strchr(o->host, ':') != NULL;
	bool implied = strcmp(o->port, tls ? "443" : "80") == 0;
	struct brski_buf value = { .max = 512 };
	bool ok;

	/* a zone is of no concern to the other end, RFC 6874 4 */
	ok = brski_buf_printf(&value, NULL, "%s%.*s%s%s%s", v6 ? "[" : "",
	         (int)strcspn(o->host, "%"), o->host, v6 ? "]" : "", implied ? "" : ":",
	         implied ? "" : o->port) == BRSKI_OK &&
	    add_header(call, "Host", brski_buf_cstr(&value));
	brski_buf_clear(&value);
	return ok;
}

static enum brski_rc
fill_call(struct http_call *call, struct brski_err *err)
{
	const struct brski_http_call *conf = &call->conf;
	bool tls = call->session->conf.tls != NULL;
	enum brski_rc rc;

	if ((rc = http_url_read(conf->url, tls, call, err)) != BRSKI_OK)
		return rc;
	call->body.max = BODY_MAX;
	call->answer.max = conf->max_answer != 0 ? conf->max_answer : ANSWER_DEFAULT;
	if (!add_host(call, tls) || !add_header(call, "Accept", conf->accept) ||
	    !add_header(call, "Expect", NULL) ||
	    (conf->method == BRSKI_POST && !add_header(call, "Content-Type", conf->media)))
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP request");
	if (conf->compose == NULL && conf->body.n > 0)
		rc = brski_buf_append(&call->body, conf->body, err);
	/* what the caller lent is copied now */
	call->conf.url = call->conf.media = call->conf.accept = NULL;
	call->conf.body = (struct brski_slice){ 0 };
	return rc;
}

static void
set_timer(struct event *ev, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(ev, &tv);
}

enum brski_rc
brski_http_call(struct brski_http_session *s, const struct brski_http_call *conf,
    struct brski_err *err)
{
	struct event_base *base = brski_loop_base(s->client->loop);
	struct http_call *call;
	enum brski_rc rc;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP call");
	call->session = s;
	call->conf = *conf;
	evtimer_assign(&call->total, base, on_total, call);
	evtimer_assign(&call->stall, base, on_stall, call);
	if ((rc = fill_call(call, err)) != BRSKI_OK) {
		call_free(call);
		return rc;
	}
	TAILQ_INSERT_TAIL(&s->waiting, call, entry);
	set_timer(&call->total, s->conf.total_ms);
	http_session_dispatch_soon(s);
	return BRSKI_OK;
}

/* --- sessions */

static bool
same_origin(const struct http_origin *a, const struct http_origin *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

static struct http_link *
find_idle(struct brski_http_session *s, const struct http_origin *o)
{
	struct http_link *l;

	TAILQ_FOREACH(l, &s->links, entry)
	if (l->state == LINK_IDLE && (o == NULL || same_origin(&l->origin, o)))
		return l;
	return NULL;
}

/* A new link for a call. False: it has to wait for one to be free. */
static bool
connect_for(struct brski_http_session *s, struct http_call *call)
{
	struct http_link *l;

	if (s->conf.one_connection && s->connected_once) {
		if (s->links_n > 0)
			return false;
		(void)brski_broken(&call->err, BRSKI_E_UNAVAILABLE, "the connection is gone");
		http_call_end(call, BRSKI_E_UNAVAILABLE, 0, 0);
		return true;
	}
	if (s->links_n >= s->conf.connections) {
		/* one that leads elsewhere makes room */
		if ((l = find_idle(s, NULL)) == NULL)
			return false;
		http_link_free(l);
	}
	s->connected_once = true;
	if (http_link_new(s, call, &l, &call->err) != BRSKI_OK) {
		http_call_end(call, call->err.rc, 0, 0);
		return true;
	}
	TAILQ_REMOVE(&s->waiting, call, entry);
	call->link = l;
	return true;
}

static void
start_on(struct http_link *l, struct http_call *call)
{
	TAILQ_REMOVE(&l->session->waiting, call, entry);
	call->link = l;
	l->call = call;
	if (http_curl_start(l, &call->err) != BRSKI_OK)
		http_call_end(call, call->err.rc, 0, 0);
}

/* One call at a time: done() may free the session, and its event with it. */
static void
on_dispatch(evutil_socket_t fd, short what, void *arg)
{
	struct brski_http_session *s = arg;
	struct http_call *call;
	struct http_link *l;

	(void)fd;
	(void)what;
	if ((call = TAILQ_FIRST(&s->waiting)) == NULL)
		return;
	http_session_dispatch_soon(s);
	if ((l = find_idle(s, &call->origin)) != NULL)
		start_on(l, call);
	else if (!connect_for(s, call))
		evtimer_del(&s->dispatch);
}

void
http_session_dispatch_soon(struct brski_http_session *s)
{
	set_timer(&s->dispatch, 0);
}

static void
fill_conf(struct brski_http_session_conf *c)
{
	if (c->connect_ms == 0)
		c->connect_ms = 5000;
	if (c->total_ms == 0)
		c->total_ms = 30000;
	if (c->low_speed_ms == 0)
		c->low_speed_ms = 5000;
	if (c->connections == 0)
		c->connections = 16;
	if (c->one_connection)
		c->connections = 1;
}

enum brski_rc
brski_http_session_new(struct brski_http_client *c, const struct brski_http_session_conf *conf,
    struct brski_http_session **out, struct brski_err *err)
{
	struct brski_http_session *s;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP session");
	TAILQ_INIT(&s->links);
	TAILQ_INIT(&s->waiting);
	s->client = c;
	s->conf = *conf;
	s->conf.unix_path = NULL;
	fill_conf(&s->conf);
	evtimer_assign(&s->dispatch, brski_loop_base(c->loop), on_dispatch, s);
	if (conf->tls != NULL)
		brski_tls_ref(conf->tls);
	if (conf->unix_path != NULL && (s->conf.unix_path = strdup(conf->unix_path)) == NULL) {
		brski_http_session_free(s);
		return brski_broken(err, BRSKI_E_NOMEM, "HTTP session");
	}
	*out = s;
	return BRSKI_OK;
}

void
brski_http_session_free(struct brski_http_session *s)
{
	struct http_link *l;
	struct http_call *call;

	if (s == NULL)
		return;
	while ((l = TAILQ_FIRST(&s->links)) != NULL) {
		if ((call = l->call) != NULL) {
			http_curl_stop(call);
			call_free(call);
		}
		http_link_free(l);
	}
	while ((call = TAILQ_FIRST(&s->waiting)) != NULL) {
		TAILQ_REMOVE(&s->waiting, call, entry);
		call_free(call);
	}
	event_del(&s->dispatch);
	brski_tls_unref(s->conf.tls);
	free((char *)(uintptr_t)s->conf.unix_path);
	free(s);
}
