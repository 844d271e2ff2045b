/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of the HTTP client: name, TCP, TLS, whom it reached; then a call after the other. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include "net/http_link.h"
#include "net/tls_name.h"

#define IDLE_MS 30000 /* shorter than servers wait, so that they seldom close first */

/* A question to the resolver outlives the link that asked. */
struct http_resolve {
	struct http_link *link; /* NULL: nobody waits */
	struct evdns_getaddrinfo_request *request;
};

static void connect_next(struct http_link *l, const char *why);

/* Before the first byte of a call: the link goes, the call hears why. */
static void
link_failed(struct http_link *l, const struct brski_err *err)
{
	struct http_call *call = l->call;

	if (call == NULL) {
		http_link_free(l);
		return;
	}
	call->err = *err;
	call->sent = 1; /* not to be kept */
	http_call_end(call, err->rc, 0, 0);
}

static void
link_broken(struct http_link *l, enum brski_rc rc, const char *why)
{
	struct brski_err err = { 0 };

	(void)brski_broken(&err, rc, "%s", why);
	link_failed(l, &err);
}

/* --- TLS is up */

static enum brski_rc
check_peer(struct http_link *l, struct brski_err *err)
{
	struct brski_tls *tls = l->session->conf.tls;
	struct brski_peer *peer = &l->peer->peer;
	enum brski_rc rc;

	if (tls == NULL)
		return BRSKI_OK;
	if ((rc = brski_tls_peer(brski_pump_ssl(l->pump), peer, err)) != BRSKI_OK)
		return rc;
	if (!brski_tls_verifies(tls))
		return BRSKI_OK;
	return brski_tls_name_check(&peer->chain.v[0], l->origin.host, err);
}

static void
on_up(void *arg)
{
	struct http_link *l = arg;
	struct brski_err err = { 0 };

	evtimer_del(&l->timer);
	if (check_peer(l, &err) != BRSKI_OK ||
	    brski_pump_open(l->pump, &l->local, &err) != BRSKI_OK ||
	    http_curl_open(l, &err) != BRSKI_OK) {
		link_failed(l, &err);
		return;
	}
	l->state = LINK_IDLE;
	if (http_curl_start(l, &err) != BRSKI_OK) {
		l->call->err = err;
		http_call_end(l->call, err.rc, 0, 0);
	}
}

static void
on_ended(void *arg)
{
	struct http_link *l = arg;

	if (l->state == LINK_IDLE)
		http_link_free(l);
}

static void
on_gone(void *arg, const struct brski_err *err)
{
	struct http_link *l = arg;

	switch (l->state) {
	case LINK_IDLE:
		http_link_free(l);
		break;
	case LINK_BUSY:
		/* curl reads the end of its socket and judges what it has */
		brski_pump_free(l->pump);
		l->pump = NULL;
		break;
	default:
		link_failed(l, err);
	}
}

static void
start_pump(struct http_link *l)
{
	struct brski_tls *tls = l->session->conf.tls;
	bool named =
	    tls != NULL && brski_tls_verifies(tls) && !brski_host_is_address(l->origin.host);
	struct brski_pump_conf conf = {
		.loop = l->session->client->loop,
		.tls = tls,
		.sni = named ? l->origin.host : NULL,
		.up = on_up,
		.ended = on_ended,
		.gone = on_gone,
		.arg = l,
	};
	struct brski_err err = { 0 };
	int fd = l->fd;

	l->state = LINK_HANDSHAKE;
	l->peer = brski_peer_ref_new(tls, fd, (struct sockaddr *)&l->to);
	if (l->peer == NULL) {
		link_broken(l, BRSKI_E_NOMEM, "connection");
		return;
	}
	l->fd = -1;
	if (brski_pump_new(&conf, fd, &l->pump, &err) != BRSKI_OK)
		link_failed(l, &err);
}

/* --- the connection */

static void
close_fd(struct http_link *l)
{
	if (l->fd < 0)
		return;
	event_del(&l->connected);
	close(l->fd);
	l->fd = -1;
}

static void
on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct http_link *l = arg;
	int error = 0;
	socklen_t n = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	if (error != 0)
		connect_next(l, strerror(error));
	else
		start_pump(l);
}

static bool
connect_to(struct http_link *l, const struct sockaddr *sa, socklen_t n)
{
	struct event_base *base = brski_loop_base(l->session->client->loop);
	int one = 1;

	memcpy(&l->to, sa, n);
	l->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return false;
	/* fails on a local socket */
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	event_assign(&l->connected, base, l->fd, EV_WRITE, on_connected, l);
	if (connect(l->fd, sa, n) != 0 && errno != EINPROGRESS)
		return false;
	return event_add(&l->connected, NULL) == 0;
}

/* The next address that the name has. */
static void
connect_next(struct http_link *l, const char *why)
{
	struct evutil_addrinfo *a;

	l->state = LINK_CONNECT;
	for (;;) {
		close_fd(l);
		if ((a = l->next) == NULL)
			break;
		l->next = a->ai_next;
		if (a->ai_addrlen <= sizeof(l->to) &&
		    connect_to(l, a->ai_addr, (socklen_t)a->ai_addrlen))
			return;
		why = strerror(errno);
	}
	link_broken(l, BRSKI_E_UNAVAILABLE, why);
}

static enum brski_rc
connect_unix(struct http_link *l, struct brski_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *path = l->session->conf.unix_path;

	if (strlen(path) >= sizeof(sa.sun_path))
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "socket path too long");
	memcpy(sa.sun_path, path, strlen(path));
	l->state = LINK_CONNECT;
	if (!connect_to(l, (struct sockaddr *)&sa, sizeof(sa)))
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "%s: %s", path, strerror(errno));
	return BRSKI_OK;
}

/* --- the name */

static void
on_resolved(int error, struct evutil_addrinfo *found, void *arg)
{
	struct http_resolve *r = arg;
	struct http_link *l = r->link;

	free(r);
	if (l == NULL) {
		if (found != NULL)
			evutil_freeaddrinfo(found);
		return;
	}
	l->resolve = NULL;
	l->addresses = l->next = found;
	connect_next(l, error != 0 ? evutil_gai_strerror(error) : "no address");
}

static enum brski_rc
ask(struct http_link *l, struct brski_err *err)
{
	const struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct brski_http_client *c = l->session->client;
	struct evdns_getaddrinfo_request *request;
	struct http_resolve *r;

	if (c->dns == NULL)
		c->dns = evdns_base_new(brski_loop_base(c->loop),
		    EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (c->dns == NULL || (r = calloc(1, sizeof(*r))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "resolver");
	r->link = l;
	l->resolve = r;
	/* answers at once when the name stands in the hosts file: r and l may be gone then */
	if ((request = evdns_getaddrinfo(c->dns, l->origin.host, l->origin.port, &hints,
	         on_resolved, r)) != NULL)
		r->request = request;
	return BRSKI_OK;
}

/* An address needs no resolver; this also reads zones. */
static bool
read_address(struct http_link *l)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found;

	if (getaddrinfo(l->origin.host, l->origin.port, &hints, &found) != 0)
		return false;
	memcpy(&l->to, found->ai_addr, found->ai_addrlen);
	if (!connect_to(l, found->ai_addr, found->ai_addrlen))
		close_fd(l);
	freeaddrinfo(found);
	return true;
}

/* From the loop, so that nothing fails before the call is on its way. */
static void
begin(struct http_link *l)
{
	struct brski_err err = { 0 };
	enum brski_rc rc = BRSKI_OK;

	if (l->session->conf.unix_path != NULL)
		rc = connect_unix(l, &err);
	else if (!read_address(l)) {
		rc = ask(l, &err);
	} else if (l->fd < 0)
		rc = brski_broken(&err, BRSKI_E_UNAVAILABLE, "%s", strerror(errno));
	if (rc != BRSKI_OK)
		link_failed(l, &err);
}

/* --- the link */

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct http_link *l = arg;

	(void)fd;
	(void)what;
	if (l->state == LINK_IDLE)
		http_link_free(l);
	else
		link_broken(l, BRSKI_E_UNAVAILABLE, "no connection in time");
}

static void
set_timer(struct http_link *l, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(&l->timer, &tv);
}

static void
on_begin(evutil_socket_t fd, short what, void *arg)
{
	struct http_link *l = arg;

	(void)fd;
	(void)what;
	evtimer_assign(&l->timer, brski_loop_base(l->session->client->loop), on_timer, l);
	set_timer(l, l->session->conf.connect_ms);
	begin(l);
}

enum brski_rc
http_link_new(struct brski_http_session *s, struct http_call *call, struct http_link **out,
    struct brski_err *err)
{
	struct event_base *base = brski_loop_base(s->client->loop);
	struct http_link *l;

	*out = NULL;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "connection");
	l->session = s;
	l->call = call;
	l->origin = call->origin;
	l->fd = l->local = -1;
	evtimer_assign(&l->timer, base, on_begin, l);
	event_assign(&l->curl_io, base, -1, 0, on_timer, l);
	evtimer_assign(&l->curl_timer, base, on_timer, l);
	TAILQ_INSERT_TAIL(&s->links, l, entry);
	s->links_n++;
	set_timer(l, 0);
	*out = l;
	return BRSKI_OK;
}

void
http_link_free(struct http_link *l)
{
	if (l->resolve != NULL) {
		l->resolve->link = NULL;
		if (l->resolve->request != NULL)
			evdns_getaddrinfo_cancel(l->resolve->request);
	}
	if (l->addresses != NULL)
		evutil_freeaddrinfo(l->addresses);
	http_curl_close(l);
	close_fd(l);
	event_del(&l->timer);
	brski_pump_free(l->pump);
	brski_peer_unref(l->peer);
	TAILQ_REMOVE(&l->session->links, l, entry);
	l->session->links_n--;
	free(l);
}

void
http_link_release(struct http_link *l, bool keep)
{
	if (!keep || l->multi == NULL || l->pump == NULL || l->curl_closed) {
		http_link_free(l);
		return;
	}
	l->state = LINK_IDLE;
	l->served++;
	/* one that must not be replaced waits as long as the other end does */
	if (!l->session->conf.one_connection)
		set_timer(l, IDLE_MS);
}
