/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tu_dtls.h"

#define PATIENCE_MS 20000

/* --- the application */

static void *
on_up(void *arg, struct brski_dtls_session *s)
{
	struct tu_dtls *d = arg;
	struct tu_dtls_seen *seen = &d->seen[d->ups % 64];

	if (d->refuse)
		return NULL;
	d->ups++;
	d->last_room = brski_dtls_room(s);
	brski_peer_unref(seen->peer);
	seen->session = s;
	seen->peer = brski_peer_ref(brski_dtls_peer(s));
	/* which server it belongs to is known to the test: there is one */
	return seen;
}

static struct tu_dtls *world;

static void
on_input(void *user, struct brski_slice datagram)
{
	struct tu_dtls_seen *seen = user;

	world->inputs++;
	if (world->close_on_input)
		brski_dtls_close(seen->session);
	else
		(void)brski_dtls_send(seen->session, datagram, NULL);
}

static void
on_gone(void *user)
{
	struct tu_dtls_seen *seen = user;

	seen->session = NULL;
	world->gones++;
}

static const struct brski_dtls_events server_events = { on_up, on_input, on_gone };

/* --- clients */

static void *
client_up(void *arg, struct brski_dtls_session *s)
{
	struct tu_dtls_client *c = arg;

	c->up = true;
	c->room = brski_dtls_room(s);
	c->peer = brski_peer_ref(brski_dtls_peer(s));
	if (c->first != NULL)
		assert_int_equal(brski_dtls_send(s, brski_slice_str(c->first), NULL), BRSKI_OK);
	return c;
}

static void
client_input(void *user, struct brski_slice datagram)
{
	struct tu_dtls_client *c = user;

	c->inputs++;
	c->got_n = datagram.n;
	memcpy(c->got, datagram.p, datagram.n);
}

static void
client_gone(void *user)
{
	struct tu_dtls_client *c = user;

	c->err = *brski_dtls_session_error(c->session);
	c->session = NULL;
	c->gone = true;
}

static const struct brski_dtls_events client_events = { client_up, client_input, client_gone };

struct brski_tls *
tu_dtls_tls(const struct tu_id *id, const struct brski_tls_conf *conf)
{
	struct brski_tls_conf c = { 0 };
	struct brski_err err = { 0 };
	struct brski_tls *t;

	if (conf != NULL)
		c = *conf;
	c.datagram = true;
	c.key = id != NULL ? &id->key : NULL;
	c.chain = id != NULL ? &id->chain : NULL;
	assert_ok(brski_tls_new(&c, &t, &err), &err);
	return t;
}

void
tu_dtls_start_at(struct tu_dtls *d, struct tu_dtls_client *c, struct brski_tls *tls,
    const struct sockaddr *to, socklen_t to_n)
{
	struct brski_dtls_client_conf conf = { .to = to,
		.to_n = to_n,
		.tls = tls,
		.connect_ms = c->connect_ms,
		.silent_ms = c->silent_ms,
		.events = &client_events,
		.arg = c };
	struct brski_err err = { 0 };

	assert_ok(brski_dtls_connect(d->loop, &conf, &c->session, &err), &err);
	brski_tls_unref(tls);
}

void
tu_dtls_start(struct tu_dtls *d, struct tu_dtls_client *c, struct brski_tls *tls, unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	tu_dtls_start_at(d, c, tls, (struct sockaddr *)&to, sizeof(to));
}

static bool
tried(const struct tu_dtls_client *c)
{
	return c->up || c->gone;
}

void
tu_dtls_connect(struct tu_dtls *d, struct tu_dtls_client *c, struct brski_tls *tls)
{
	int i;

	tu_dtls_start(d, c, tls, d->net.port);
	for (i = 0; i < PATIENCE_MS / 5 && !tried(c); i++)
		tu_dtls_run_ms(d, 5);
	assert_true(tried(c));
}

void
tu_dtls_echo(struct tu_dtls *d, struct tu_dtls_client *c, const char *text)
{
	struct brski_err err = { 0 };

	c->inputs = 0;
	assert_non_null(c->session);
	assert_ok(brski_dtls_send(c->session, brski_slice_str(text), &err), &err);
	tu_dtls_until_n(d, &c->inputs, 1);
	assert_slice_eq(brski_slice(c->got, c->got_n), brski_slice_str(text));
}

void
tu_dtls_end(struct tu_dtls *d, struct tu_dtls_client *c)
{
	(void)d;
	if (c->session != NULL)
		brski_dtls_close(c->session);
	brski_peer_unref(c->peer);
	memset(c, 0, sizeof(*c));
}

/* --- the network */

static void
pass(struct tu_net *n, bool to_server, struct brski_slice datagram)
{
	unsigned nth = n->n[to_server]++;

	if (datagram.n > n->most[to_server])
		n->most[to_server] = datagram.n;
	n->bytes[to_server] += datagram.n;
	if (to_server) {
		memcpy(n->last, datagram.p, datagram.n);
		n->last_n = datagram.n;
	}
	if (n->lose != NULL && n->lose(n->arg, to_server, nth, datagram))
		return;
	if (to_server)
		(void)!send(n->back, datagram.p, datagram.n, 0);
	else
		(void)!sendto(n->front, datagram.p, datagram.n, 0, (struct sockaddr *)&n->client,
		    sizeof(n->client));
}

static void
on_front(evutil_socket_t fd, short what, void *arg)
{
	struct tu_net *n = arg;
	socklen_t len = sizeof(n->client);
	uint8_t b[2048];
	ssize_t r;

	(void)what;
	r = recvfrom(fd, b, sizeof(b), 0, (struct sockaddr *)&n->client, &len);
	if (r < 0)
		return;
	pass(n, true, brski_slice(b, (size_t)r));
	if (n->twice)
		pass(n, true, brski_slice(b, (size_t)r));
}

static void
on_back(evutil_socket_t fd, short what, void *arg)
{
	struct tu_net *n = arg;
	uint8_t b[2048];
	ssize_t r;

	(void)what;
	if ((r = recv(fd, b, sizeof(b), 0)) < 0)
		return;
	pass(n, false, brski_slice(b, (size_t)r));
	if (n->twice)
		pass(n, false, brski_slice(b, (size_t)r));
}

void
tu_net_open(struct tu_dtls *d, struct tu_net *n)
{
	struct event_base *base = brski_loop_base(d->loop);
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true((n->front = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) >= 0);
	assert_true((n->back = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) >= 0);
	assert_int_equal(bind(n->front, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(n->front, (struct sockaddr *)&a, &len), 0);
	n->port = ntohs(a.sin_port);
	a.sin_port = htons((uint16_t)brski_dtls_server_port(d->server));
	assert_int_equal(connect(n->back, (struct sockaddr *)&a, sizeof(a)), 0);
	n->front_ready = event_new(base, n->front, EV_READ | EV_PERSIST, on_front, n);
	n->back_ready = event_new(base, n->back, EV_READ | EV_PERSIST, on_back, n);
	event_add(n->front_ready, NULL);
	event_add(n->back_ready, NULL);
}

void
tu_net_close(struct tu_net *n)
{
	if (n->front_ready == NULL)
		return;
	event_free(n->front_ready);
	event_free(n->back_ready);
	close(n->front);
	close(n->back);
	memset(n, 0, sizeof(*n));
}

/* --- the world */

static void
on_line(void *arg, enum brski_level level, const char *line)
{
	struct tu_dtls *d = arg;

	(void)level;
	snprintf(d->line, sizeof(d->line), "%s", line);
	d->lines++;
}

void
tu_dtls_init(struct tu_dtls *d)
{
	const struct brski_tls_conf conf = { .server = true, .ask_client = true };
	struct brski_err err = { 0 };

	memset(d, 0, sizeof(*d));
	world = d;
	d->log = (struct brski_log){ .level = BRSKI_LOG_INFO, .sink = on_line, .arg = d };
	assert_ok(brski_loop_new(&d->loop, &err), &err);
	tu_ca(&d->domain, "domain");
	tu_registrar(&d->registrar, &d->domain);
	tu_ca(&d->factory, "factory");
	tu_idevid(&d->device, &d->factory, "J1", TU_MASA_URL);
	d->tls = tu_dtls_tls(&d->registrar, &conf);
}

void
tu_dtls_serve(struct tu_dtls *d, const char *listen)
{
	struct brski_dtls_server_conf conf = { .listen = listen,
		.tls = d->tls,
		.jpy = d->jpy,
		.limits = d->limits,
		.events = &server_events,
		.arg = d,
		.log = &d->log };
	struct brski_err err = { 0 };

	brski_dtls_server_free(d->server);
	tu_net_close(&d->net);
	assert_ok(brski_dtls_server_new(d->loop, &conf, &d->server, &err), &err);
	tu_net_open(d, &d->net);
}

void
tu_dtls_clear(struct tu_dtls *d)
{
	size_t i;

	brski_dtls_server_free(d->server);
	tu_net_close(&d->net);
	for (i = 0; i < 64; i++)
		brski_peer_unref(d->seen[i].peer);
	brski_tls_unref(d->tls);
	tu_id_clear(&d->device);
	tu_id_clear(&d->factory);
	tu_id_clear(&d->registrar);
	tu_id_clear(&d->domain);
	/* clients that closed free themselves in the loop */
	brski_loop_free(d->loop);
}

void
tu_dtls_run_ms(struct tu_dtls *d, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct event_base *base = brski_loop_base(d->loop);

	event_base_loopexit(base, &tv);
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
tu_dtls_until(struct tu_dtls *d, const bool *flag)
{
	int i;

	for (i = 0; i < PATIENCE_MS / 5 && !*flag; i++)
		tu_dtls_run_ms(d, 5);
	assert_true(*flag);
}

void
tu_dtls_until_n(struct tu_dtls *d, const unsigned *n, unsigned want)
{
	int i;

	for (i = 0; i < PATIENCE_MS / 5 && *n < want; i++)
		tu_dtls_run_ms(d, 5);
	assert_true(*n >= want);
}
