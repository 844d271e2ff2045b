/* SPDX-License-Identifier: Apache-2.0 */
/* CoAP over DTLS: the client of common/coap over a session of common/net. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "net/dtls.h"
#include "pledge/coap.h"
#include "pledge/port_link.h"

#define CONNECT_MS   20000
#define SILENT_MS    5000   /* RFC 8995 4.1: no progress */
#define DEFAULT_PORT "5684" /* RFC 7252 12.8 */

struct coaps {
	struct brski_loop *loop;
	const struct brski_log *log;
	struct brski_tls *tls;
	struct brski_dtls_session *session; /* NULL: not yet, or no more */
	bool up, lost;
	bool waiting;         /* the loop runs for us, not for a pause between requests */
	struct brski_err why; /* lost: why, if that is known */
	struct brski_coap_client client;
	char host[PLEDGE_CANDIDATE_MAX], port[8];
	struct call *call; /* under way */
};

/* One request under way: the loop runs until it is answered. */
struct call {
	struct brski_coap_answer answer;
	struct brski_timer *timer;
	bool done;
	enum brski_rc rc;
	struct brski_err err;
};

static uint64_t
ticks(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void turn(struct coaps *c, struct brski_slice in);

static void
on_timer(void *arg)
{
	struct coaps *c = arg;

	c->call->timer = NULL;
	turn(c, (struct brski_slice){ 0 });
}

static void
wait(struct coaps *c)
{
	c->waiting = true;
	brski_loop_run(c->loop);
	c->waiting = false;
}

static void
wake(struct coaps *c)
{
	if (c->waiting)
		brski_loop_stop(c->loop);
}

static void
finish(struct coaps *c, enum brski_rc rc)
{
	c->call->rc = rc;
	c->call->done = true;
	wake(c);
}

/* One turn of the client: what came in, what goes out, when to look again. */
static void
turn(struct coaps *c, struct brski_slice in)
{
	struct call *call = c->call;
	struct brski_slice out = { 0 };
	uint32_t wait_ms = 0;
	enum brski_rc rc;

	brski_timer_cancel(call->timer);
	call->timer = NULL;
	rc = brski_coap_client_step(&c->client, in, ticks(), &out, &wait_ms, &call->err);
	/* a datagram that does not leave is one that was lost on the way */
	if (out.n > 0)
		(void)brski_dtls_send(c->session, out, NULL);
	/* sending may have been the session's end */
	if (call->done)
		return;
	if (rc != BRSKI_E_PENDING) {
		finish(c, rc);
		return;
	}
	call->err = (struct brski_err){ 0 };
	call->timer = brski_timer_start(c->loop, wait_ms > 0 ? wait_ms : 1, on_timer, c);
	if (call->timer == NULL)
		finish(c, brski_broken(&call->err, BRSKI_E_NOMEM, "no memory for a timer"));
}

static void *
on_up(void *arg, struct brski_dtls_session *s)
{
	struct coaps *c = arg;

	(void)s;
	c->up = true;
	wake(c);
	return c;
}

static void
on_input(void *user, struct brski_slice datagram)
{
	struct coaps *c = user;

	if (c->call != NULL && !c->call->done)
		turn(c, datagram);
}

static void
on_gone(void *user)
{
	struct coaps *c = user;
	const struct brski_err *why =
	    c->session != NULL ? brski_dtls_session_error(c->session) : NULL;

	if (why != NULL)
		c->why = *why;
	c->session = NULL;
	c->lost = true;
	if (c->call != NULL && !c->call->done)
		finish(c, BRSKI_E_UNAVAILABLE);
	wake(c);
}

static const struct brski_dtls_events events = { on_up, on_input, on_gone };

static void
coaps_close(void *link)
{
	struct coaps *c = link;

	if (c->session != NULL)
		brski_dtls_close(c->session);
	brski_tls_unref(c->tls);
	free(c);
}

/* "[2001:db8::1]:5684", "host", "[fe80::1%25eth0]": RFC 6874 has the % of a zone as %25. */
static enum brski_rc
split(const char *authority, struct coaps *c, struct brski_err *err)
{
	const char *end, *port;
	char *zone;
	size_t n;

	if (authority[0] == '[') {
		end = strchr(++authority, ']');
		port = end != NULL ? end + 1 : NULL;
	} else
		port = end = authority + strcspn(authority, ":");
	n = port != NULL ? (size_t)(end - authority) : 0;
	if (n == 0 || (*port != '\0' && (*port != ':' || strlen(port + 1) >= sizeof(c->port))))
		return brski_fail(err, BRSKI_E_CONFIG, "brski-pledge(1)",
		    "the registrar's address is not HOST:PORT");
	memcpy(c->host, authority, n);
	snprintf(c->port, sizeof(c->port), "%s", *port == ':' ? port + 1 : DEFAULT_PORT);
	if ((zone = strstr(c->host, "%25")) != NULL)
		memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
	return BRSKI_OK;
}

/* No anchors: the engine judges the chain, not TLS. RFC 8995 5.1. */
static enum brski_rc
start(struct coaps *c, const struct pledge_link_conf *conf, struct brski_err *err)
{
	struct brski_tls_conf tls = { .datagram = true,
		.key = conf->key,
		.chain = conf->chain,
		.tls12_only = conf->dtls12,
		.classical = conf->classical || !conf->hybrid };
	uint64_t random;
	enum brski_rc rc;

	if ((rc = split(conf->candidate + strlen(pledge_coaps.scheme), c, err)) != BRSKI_OK)
		return rc;
	brski_random(&random, sizeof(random));
	brski_coap_client_init(&c->client, NULL, random);
	return brski_tls_new(&tls, &c->tls, err);
}

static enum brski_rc
coaps_open(const struct pledge_link_conf *conf, void **out, struct brski_err *err)
{
	struct coaps *c = calloc(1, sizeof(*c));
	enum brski_rc rc;

	if (c == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a connection");
	c->loop = conf->loop;
	c->log = conf->log;
	if ((rc = start(c, conf, err)) != BRSKI_OK) {
		coaps_close(c);
		return rc;
	}
	*out = c;
	return BRSKI_OK;
}

static enum brski_rc
lost(const struct coaps *c, struct brski_err *err)
{
	if (c->why.rc != BRSKI_OK && err != NULL && err->rc == BRSKI_OK) {
		*err = c->why;
		return c->why.rc;
	}
	return brski_broken(err, BRSKI_E_UNAVAILABLE, "the session with the registrar is gone");
}

/* One address: until the session stands, is lost, or a signal came. */
static enum brski_rc
dial(struct coaps *c, const struct addrinfo *ai, struct brski_err *err)
{
	const struct brski_dtls_client_conf conf = { .to = ai->ai_addr,
		.to_n = ai->ai_addrlen,
		.tls = c->tls,
		.connect_ms = CONNECT_MS,
		.silent_ms = SILENT_MS,
		.events = &events,
		.arg = c,
		.log = c->log };
	enum brski_rc rc;

	c->lost = false;
	if ((rc = brski_dtls_connect(c->loop, &conf, &c->session, err)) != BRSKI_OK)
		return rc;
	wait(c);
	if (c->lost)
		return lost(c, err);
	return c->up ? BRSKI_OK : brski_broken(err, BRSKI_E_PENDING, "interrupted by a signal");
}

/* The addresses in turn, until one answers. */
static enum brski_rc
dial_all(struct coaps *c, const struct addrinfo *ai, struct brski_err *err)
{
	struct brski_err why;
	enum brski_rc rc;

	do {
		why = (struct brski_err){ 0 };
		rc = dial(c, ai, &why);
		ai = ai->ai_next;
	} while (ai != NULL && (rc == BRSKI_E_UNAVAILABLE || rc == BRSKI_E_TIMEOUT));
	if (rc != BRSKI_OK && err != NULL && err->rc == BRSKI_OK)
		*err = why;
	return rc;
}

/*
 * The session, made when there never was one. A name is resolved while nothing else waits for us.
 */
static enum brski_rc
connected(struct coaps *c, struct brski_err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list;
	enum brski_rc rc;
	int n;

	if (c->lost)
		return lost(c, err);
	if (c->up)
		return BRSKI_OK;
	if ((n = getaddrinfo(c->host, c->port, &hints, &list)) != 0)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "%s: %s", c->host, gai_strerror(n));
	rc = dial_all(c, list, err);
	freeaddrinfo(list);
	return rc;
}

/* Send it and run the loop until the answer is complete. */
static enum brski_rc
exchange(struct coaps *c, const struct brski_coap_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct call call = { .answer = { .body = a->body } };
	enum brski_rc rc;

	if ((rc = brski_coap_client_start(&c->client, r, &call.answer, ticks(), err)) != BRSKI_OK)
		return rc;
	c->call = &call;
	turn(c, (struct brski_slice){ 0 });
	if (!call.done)
		wait(c);
	c->call = NULL;
	brski_timer_cancel(call.timer);
	brski_coap_client_stop(&c->client);
	if (!call.done)
		return brski_broken(err, BRSKI_E_PENDING, "interrupted by a signal");
	if (c->lost && call.rc != BRSKI_OK)
		return lost(c, err);
	if (err != NULL && err->rc == BRSKI_OK)
		*err = call.err;
	if (call.rc == BRSKI_OK)
		pledge_coap_answer(&call.answer, a);
	return call.rc;
}

static enum brski_rc
coaps_request(void *link, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct coaps *c = link;
	struct brski_buf body = { 0 };
	struct brski_coap_request request;
	const struct brski_peer *peer;
	struct pledge_peer p = { 0 };
	enum brski_rc rc;

	if ((rc = connected(c, err)) != BRSKI_OK)
		return rc;
	peer = &brski_dtls_peer(c->session)->peer;
	p.chain = &peer->chain;
	if (peer->has_binding)
		p.binding = brski_slice(peer->binding, sizeof(peer->binding));
	if ((rc = r->compose(r->arg, &p, &body, err)) == BRSKI_OK) {
		request = pledge_coap_request(r, brski_buf_slice(&body));
		rc = exchange(c, &request, a, err);
	}
	brski_buf_clear(&body);
	return rc;
}

const struct pledge_link pledge_link_coaps = { &pledge_coaps, coaps_open, coaps_request,
	coaps_close };
