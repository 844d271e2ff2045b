/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "tu_http.h"

#define PATIENCE_MS 5000

/* --- operations */

static void
echo(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;

	h->handled++;
	assert_int_equal(brski_buf_append(&x->reply, x->body, NULL), BRSKI_OK);
	x->reply_media = "text/plain";
	brski_reply_ok(x);
}

/* Tell what the transport says about the peer. */
static void
peer(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;
	const struct brski_peer *p = x->peer;
	char leaf[256] = "none";

	h->handled++;
	if (p->chain.n > 0)
		brski_name_text(p->chain.v[0].subject, leaf, sizeof(leaf));
	assert_int_equal(
	    brski_buf_printf(&x->reply, NULL,
	        "chain=%zu own=%zu tls=%s by=%s uid=%ld binding=%02x%02x leaf=%s query=%.*s",
	        p->chain.n, p->own.n, p->tls_version, p->transport, p->has_uid ? (long)p->uid : -1L,
	        p->binding[0], p->binding[1], leaf, (int)x->query.n, (const char *)x->query.p),
	    BRSKI_OK);
	x->reply_media = "text/plain";
	brski_reply_ok(x);
}

static void
hold_free(void *op)
{
	struct tu_http *h = op;

	h->freed++;
}

static void
hold(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;

	h->handled++;
	x->op = h;
	x->op_free = hold_free;
	h->held[h->held_n++] = x;
}

static void
refuse(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;
	struct brski_err err = { 0 };

	h->handled++;
	x->close = true; /* RFC 8995 5.2: 401, and the connection ends */
	(void)!brski_fail(&err, BRSKI_E_PROXIMITY, "RFC 8995 5.2", "another registrar's key");
	brski_reply_fail(x, "requestvoucher", BRSKI_LIT("J1"), &err);
}

static void
pending(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;

	h->handled++;
	brski_reply_pending(x, 33);
}

static void
big(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;
	uint8_t *p;

	h->handled++;
	assert_int_equal(brski_buf_reserve(&x->reply, 1000000, &p, NULL), BRSKI_OK);
	memset(p, 'x', 1000000);
	brski_buf_commit(&x->reply, 1000000);
	x->reply_media = "text/plain";
	brski_reply_ok(x);
}

static void
kept(void *app, struct brski_exchange *x)
{
	struct tu_http *h = app;

	h->handled++;
	assert_int_equal(brski_buf_append_str(&x->reply, "kept", NULL), BRSKI_OK);
	x->reply_media = "text/plain";
	x->caching = h->caching;
	if (!brski_reply_unchanged(x))
		brski_reply_ok(x);
}

static const char *const text[] = { "text/plain", NULL };

static const struct brski_route routes[] = {
	{ BRSKI_POST, "/echo", text, text, 1000, BRSKI_WHO_ANYONE, echo, "test", BRSKI_BINARY,
	    NULL },
	{ BRSKI_POST, "/large", text, text, 1000000, BRSKI_WHO_ANYONE, echo, "test", BRSKI_BINARY,
	    NULL },
	{ BRSKI_GET, "/peer", NULL, NULL, 0, BRSKI_WHO_ANYONE, peer, "test", BRSKI_BINARY, NULL },
	{ BRSKI_GET, "/secret", NULL, NULL, 0, BRSKI_WHO_CERTIFICATE, peer, "test", BRSKI_BINARY,
	    NULL },
	{ BRSKI_POST, "/hold", text, NULL, 1000, BRSKI_WHO_ANYONE, hold, "test", BRSKI_BINARY,
	    NULL },
	{ BRSKI_GET, "/refuse", NULL, NULL, 0, BRSKI_WHO_ANYONE, refuse, "test", BRSKI_BINARY,
	    NULL },
	{ BRSKI_GET, "/pending", NULL, NULL, 0, BRSKI_WHO_ANYONE, pending, "test", BRSKI_BINARY,
	    NULL },
	{ BRSKI_GET, "/kept", NULL, NULL, 0, BRSKI_WHO_ANYONE, kept, "test", BRSKI_BASE64, NULL },
	{ BRSKI_GET, "/big", NULL, NULL, 0, BRSKI_WHO_ANYONE, big, "test", BRSKI_BINARY, NULL },
	{ BRSKI_POST, "/est", text, text, 300, BRSKI_WHO_ANYONE, echo, "test", BRSKI_BASE64, NULL },
	{ BRSKI_GET, "/est/refuse", NULL, NULL, 0, BRSKI_WHO_ANYONE, refuse, "test", BRSKI_BASE64,
	    NULL },
};

/* --- the world */

static void
on_line(void *arg, enum brski_level level, const char *line)
{
	struct tu_http *h = arg;

	(void)level;
	snprintf(h->line, sizeof(h->line), "%s", line);
	h->lines++;
}

void
tu_http_init(struct tu_http *h)
{
	struct brski_err err = { 0 };
	struct brski_tls_conf conf = { .server = true, .ask_client = true };

	memset(h, 0, sizeof(*h));
	h->log = (struct brski_log){ .level = BRSKI_LOG_DEBUG, .sink = on_line, .arg = h };
	tu_ca(&h->domain, "domain");
	tu_registrar(&h->registrar, &h->domain);
	tu_ca(&h->factory, "factory");
	tu_idevid(&h->device, &h->factory, "J1", NULL);
	assert_ok(brski_loop_new(&h->loop, &err), &err);
	assert_ok(brski_http_client_new(h->loop, &h->log, &h->client, &err), &err);
	conf.key = &h->registrar.key;
	conf.chain = &h->registrar.chain;
	assert_ok(brski_tls_new(&conf, &h->tls, &err), &err);
}

static void
turned_away(void *app, const struct brski_exchange *x, const struct brski_err *err)
{
	struct tu_http *h = app;

	assert_true(err->rc == BRSKI_E_UNAUTHENTICATED || x->route->transfer == BRSKI_BASE64);
	assert_non_null(x->route);
	h->turned_away++;
}

void
tu_http_serve(struct tu_http *h, const char *listen, struct brski_tls *tls)
{
	struct brski_err err = { 0 };
	struct brski_http_server_conf conf = {
		.listen = listen,
		.tls = tls,
		.routes = routes,
		.routes_n = sizeof(routes) / sizeof(routes[0]),
		.app = h,
		.limits = h->limits,
		.log = &h->log,
		.turned_away = turned_away,
	};

	assert_ok(brski_http_server_new(h->loop, &conf, &h->server, &err), &err);
}

void
tu_http_clear(struct tu_http *h)
{
	brski_http_server_free(h->server);
	brski_http_client_free(h->client);
	brski_tls_unref(h->tls);
	brski_loop_free(h->loop);
	tu_id_clear(&h->registrar);
	tu_id_clear(&h->domain);
	tu_id_clear(&h->device);
	tu_id_clear(&h->factory);
}

const char *
tu_http_url(const struct tu_http *h, const char *scheme, const char *path)
{
	static char store[8][256];
	static unsigned next;
	char *out = store[next++ % 8];

	snprintf(out, sizeof(store[0]), "%s://127.0.0.1:%u%s", scheme,
	    brski_http_server_port(h->server), path);
	return out;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static void
on_tick(void *arg)
{
	*(bool *)arg = true;
}

void
tu_http_run_ms(struct tu_http *h, unsigned ms)
{
	bool over = false;

	assert_non_null(brski_timer_start(h->loop, ms, on_tick, &over));
	while (!over)
		event_base_loop(brski_loop_base(h->loop), EVLOOP_ONCE);
}

void
tu_http_until(struct tu_http *h, const bool *flag)
{
	struct brski_timer *t;
	bool over = false;

	assert_non_null(t = brski_timer_start(h->loop, PATIENCE_MS, on_tick, &over));
	while (!*flag && !over)
		event_base_loop(brski_loop_base(h->loop), EVLOOP_ONCE);
	if (over)
		fail_msg("nothing happened; last line: %s", h->line);
	brski_timer_cancel(t);
}

struct brski_tls *
tu_http_tls(const struct tu_id *id, const struct brski_certs *anchors, bool tls12_only)
{
	struct brski_tls_conf conf = { .anchors = anchors, .tls12_only = tls12_only };
	struct brski_err err = { 0 };
	struct brski_tls *t;

	if (id != NULL) {
		conf.key = &id->key;
		conf.chain = &id->chain;
	}
	assert_ok(brski_tls_new(&conf, &t, &err), &err);
	return t;
}

struct brski_http_session *
tu_http_session(struct tu_http *h, struct brski_tls *tls, bool one_connection)
{
	struct brski_http_session_conf conf = { .tls = tls, .one_connection = one_connection };
	struct brski_err err = { 0 };
	struct brski_http_session *s;

	assert_ok(brski_http_session_new(h->client, &conf, &s, &err), &err);
	/* it has its own reference */
	brski_tls_unref(tls);
	return s;
}

/* --- calls */

static void
copy(char *to, size_t cap, struct brski_slice from)
{
	size_t n = from.n < cap ? from.n : cap - 1;

	if (n > 0)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

static void
on_done(void *arg, const struct brski_http_answer *a)
{
	struct tu_http_call *c = arg;

	assert_false(c->done);
	c->done = true;
	c->rc = a->rc;
	c->status = a->status;
	c->err = a->err;
	copy(c->media, sizeof(c->media), a->media);
	copy(c->body, sizeof(c->body), a->body);
	copy(c->location, sizeof(c->location), brski_slice_str(a->location));
	c->body_n = a->body.n;
	c->retry_after_s = a->retry_after_s;
	if (a->peer != NULL) {
		c->has_peer = true;
		c->chain_n = a->peer->chain.n;
		c->has_binding = a->peer->has_binding;
		memcpy(c->binding, a->peer->binding, sizeof(c->binding));
	}
}

enum brski_rc
tu_http_compose(void *arg, const struct brski_peer *p, struct brski_buf *body,
    struct brski_err *err)
{
	struct tu_http_call *c = arg;

	c->composed++;
	if (c->compose_rc != BRSKI_OK)
		return brski_broken(err, c->compose_rc, "composed with chain of %zu", p->chain.n);
	return brski_buf_printf(body, err, "%s chain=%zu", c->text, p->chain.n);
}

void
tu_http_call_start(struct brski_http_session *s, struct tu_http_call *c,
    const struct brski_http_call *call)
{
	struct brski_http_call full = *call;
	struct brski_err err = { 0 };

	full.done = on_done;
	full.arg = c;
	assert_ok(brski_http_call(s, &full, &err), &err);
}

void
tu_http_call(struct tu_http *h, struct brski_http_session *s, struct tu_http_call *c,
    const struct brski_http_call *call)
{
	tu_http_call_start(s, c, call);
	assert_false(c->done);
	tu_http_until(h, &c->done);
}

/* --- without a client */

int
tu_raw_connect(const struct tu_http *h)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)brski_http_server_port(h->server)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

void
tu_raw_send(int fd, const char *s)
{
	assert_int_equal(send(fd, s, strlen(s), MSG_NOSIGNAL), (ssize_t)strlen(s));
}

bool
tu_raw_read(struct tu_http *h, int fd, char *out, size_t cap, unsigned ms)
{
	int64_t end = now_ms() + ms;
	size_t have = strlen(out);
	ssize_t n = -1;

	while (now_ms() < end) {
		tu_http_run_ms(h, 2);
		n = recv(fd, out + have, cap - 1 - have, MSG_DONTWAIT);
		if (n == 0)
			return true;
		if (n > 0)
			have += (size_t)n;
		out[have] = '\0';
	}
	return false;
}
