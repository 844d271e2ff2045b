/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of the HTTP server: accepted, limited, timed, and its peer known. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "net/http_conn.h"

/* --- its life */

void
http_conn_free(struct http_conn *c)
{
	struct brski_http_server *s = c->server;

	TAILQ_REMOVE(&s->conns, c, link);
	event_del(&c->timer);
	brski_pump_free(c->pump);
	brski_addr_release(&s->addresses, c->address);
	brski_peer_unref(c->peer);
	free(c);
	brski_crowd_left(&s->crowd);
}

void
http_conn_unref(struct http_conn *c)
{
	if (--c->refs == 0)
		http_conn_free(c);
}

/* The network has lost it. MHD, if it has it, finds the end of its socket. */
static void
hang_up(struct http_conn *c)
{
	event_del(&c->timer);
	brski_pump_free(c->pump);
	c->pump = NULL;
	http_conn_unref(c);
}

void
http_conn_enter(struct http_conn *c, enum http_state state)
{
	const struct brski_http_limits *l = &c->server->conf.limits;
	const unsigned ms[] = {
		[HTTP_HANDSHAKE] = l->handshake_ms,
		[HTTP_IDLE] = l->idle_ms,
		[HTTP_READING] = l->request_ms,
		[HTTP_WORKING] = 0,
		[HTTP_REPLYING] = l->idle_ms,
	};
	struct timeval tv = { .tv_sec = ms[state] / 1000, .tv_usec = ms[state] % 1000 * 1000 };

	if (c->pump == NULL)
		return;
	c->state = state;
	if (state == HTTP_IDLE)
		brski_pump_expect(c->pump);
	if (ms[state] == 0)
		evtimer_del(&c->timer);
	else
		evtimer_add(&c->timer, &tv);
}

void
http_conn_abort(struct http_conn *c, enum brski_rc rc)
{
	const char *text = brski_rc_text(rc);
	char answer[512];
	int n;

	if (c->pump == NULL)
		return;
	n = snprintf(answer, sizeof(answer),
	    "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
	    brski_rc_http(rc), text, strlen(text) + 1, text);
	evtimer_del(&c->timer);
	brski_pump_finish(c->pump, brski_slice(answer, (size_t)n));
}

/* A request has a limited time to arrive, RFC 9110 15.5.9; silence between two is no offence. */
static enum brski_rc
check_time(const struct http_conn *c, struct brski_err *err)
{
	if (c->state == HTTP_READING)
		return brski_fail(err, BRSKI_E_SLOW, "RFC 9110 15.5.9",
		    "request not complete after %u ms", c->server->conf.limits.request_ms);
	return BRSKI_OK;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *c = arg;
	struct brski_err err = { 0 };

	(void)fd;
	(void)what;
	if (check_time(c, &err) != BRSKI_OK) {
		http_server_log(c->server, &c->peer->peer, &err);
		http_conn_abort(c, err.rc);
	} else if (c->state == HTTP_IDLE)
		brski_pump_finish(c->pump, (struct brski_slice){ 0 });
	else
		hang_up(c);
}

static void
on_gone(void *arg, const struct brski_err *err)
{
	struct http_conn *c = arg;

	/* later than the handshake, leaving is a client's right */
	if (err != NULL && c->state == HTTP_HANDSHAKE)
		http_server_log(c->server, &c->peer->peer, err);
	hang_up(c);
}

static void
on_came(void *arg)
{
	http_conn_enter(arg, HTTP_READING);
}

static void
on_up(void *arg)
{
	struct http_conn *c = arg;
	struct brski_err err = { 0 };
	enum brski_rc rc = BRSKI_OK;
	int local;

	if (c->peer->tls != NULL)
		rc = brski_tls_peer(brski_pump_ssl(c->pump), &c->peer->peer, &err);
	if (rc == BRSKI_OK && (rc = brski_pump_open(c->pump, &local, &err)) == BRSKI_OK) {
		http_conn_enter(c, HTTP_IDLE);
		rc = http_server_hand(c->server, c, local, &err);
	}
	if (rc != BRSKI_OK) {
		http_server_log(c->server, &c->peer->peer, &err);
		hang_up(c);
	}
}

static enum brski_rc
check_limits(struct http_conn *c, const struct sockaddr *sa, struct brski_err *err)
{
	struct brski_http_server *s = c->server;
	const struct brski_http_limits *l = &s->conf.limits;

	if (s->crowd.n > l->connections)
		return brski_fail(err, BRSKI_E_BUSY, "RFC 9110 15.6.4", "more than %u connections",
		    l->connections);
	if (sa->sa_family != AF_UNIX &&
	    (c->address = brski_addr_take(&s->addresses, sa, l->connections_per_address)) == NULL)
		return brski_fail(err, BRSKI_E_BUSY, "RFC 6585 4",
		    "more than %u connections from one address", l->connections_per_address);
	return BRSKI_OK;
}

/* One line a second at most: a flood must not become one of lines. */
static void
log_limit(struct brski_http_server *s, const struct brski_peer *peer, const struct brski_err *err)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (ts.tv_sec == s->told_at)
		return;
	s->told_at = ts.tv_sec;
	http_server_log(s, peer, err);
}

void
http_conn_accept(struct brski_http_server *s, int fd, const struct sockaddr *sa)
{
	struct brski_pump_conf conf = { .loop = s->loop,
		.tls = s->tls,
		.up = on_up,
		.came = on_came,
		.gone = on_gone };
	struct brski_err err = { 0 };
	struct http_conn *c;
	int one = 1;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->refs = 1;
	TAILQ_INSERT_TAIL(&s->conns, c, link);
	brski_crowd_joined(&s->crowd);
	evtimer_assign(&c->timer, brski_loop_base(s->loop), on_timer, c);
	/* answers are small and come in one piece; fails on a local socket */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conf.arg = c;
	if ((c->peer = brski_peer_ref_new(s->tls, fd, sa)) == NULL) {
		close(fd);
		http_conn_unref(c);
	} else if (check_limits(c, sa, &err) != BRSKI_OK) {
		log_limit(s, &c->peer->peer, &err);
		close(fd);
		http_conn_unref(c);
	} else if (brski_pump_new(&conf, fd, &c->pump, &err) != BRSKI_OK) {
		http_server_log(s, &c->peer->peer, &err);
		http_conn_unref(c);
	} else
		http_conn_enter(c, HTTP_HANDSHAKE);
}
