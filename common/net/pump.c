/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/buf.h"
#include "net/intake.h"
#include "net/pump.h"

#define CHUNK     BRSKI_INTAKE_ROOM /* bytes at a time */
#define FLUSH_MS  10000             /* the peer takes its time to read the end */
#define LINGER_MS 1000              /* late input is read for so long */
/* as much as may be on its way already: a client that looks up only then still finds the answer */
#define LINGER_BYTES ((size_t)4 * 1024 * 1024)

enum state {
	HANDSHAKE,
	PUMPING,
	FLUSHING, /* the local side has ended: what it said is still to be sent */
	LINGERING /* all is said; late input is thrown away */
};

enum io {
	IO_DONE,
	IO_WANT_READ,
	IO_WANT_WRITE,
	IO_END,
	IO_BROKEN
};

struct brski_pump {
	struct brski_pump_conf conf;
	enum state state;
	WOLFSSL *ssl;
	struct brski_tls_verdict verdict;
	int net, app;
	struct brski_intake in;
	struct event net_read, net_write, app_read, app_write, timer;
	struct brski_buf to_net, to_app; /* what the other side did not take yet */
	bool net_ended, expecting;
	size_t discarded;
};

static void
pump_gone(struct brski_pump *p, const struct brski_err *err)
{
	p->conf.gone(p->conf.arg, err);
}

static void
pump_broken(struct brski_pump *p, const char *what)
{
	struct brski_err err = { 0 };

	(void)brski_broken(&err, BRSKI_E_UNAVAILABLE, "%s", what);
	pump_gone(p, &err);
}

/* --- the network side */

static enum io
ssl_result(struct brski_pump *p, int ret)
{
	switch (wolfSSL_get_error(p->ssl, ret)) {
	case WOLFSSL_ERROR_WANT_READ:
		return IO_WANT_READ;
	case WOLFSSL_ERROR_WANT_WRITE:
		return IO_WANT_WRITE;
	case WOLFSSL_ERROR_ZERO_RETURN:
		return IO_END;
	default:
		return IO_BROKEN;
	}
}

static enum io
fd_result(ssize_t ret, enum io again)
{
	if (ret == 0)
		return IO_END;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? again : IO_BROKEN;
}

static enum io
net_recv(struct brski_pump *p, uint8_t *b, size_t cap, size_t *n)
{
	ssize_t r;

	r = p->ssl != NULL ? wolfSSL_read(p->ssl, b, (int)cap) : recv(p->net, b, cap, 0);
	*n = r > 0 ? (size_t)r : 0;
	if (r > 0)
		return IO_DONE;
	return p->ssl != NULL ? ssl_result(p, (int)r) : fd_result(r, IO_WANT_READ);
}

static enum io
net_send(struct brski_pump *p, const uint8_t *b, size_t len, size_t *n)
{
	ssize_t r;

	r = p->ssl != NULL ? wolfSSL_write(p->ssl, b, (int)(len < CHUNK ? len : CHUNK))
	                   : send(p->net, b, len, MSG_NOSIGNAL);
	*n = r > 0 ? (size_t)r : 0;
	if (r > 0)
		return IO_DONE;
	return p->ssl != NULL ? ssl_result(p, (int)r) : fd_result(r, IO_WANT_WRITE);
}

static void
set_timer(struct brski_pump *p, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(&p->timer, &tv);
}

static void
close_app(struct brski_pump *p)
{
	if (p->app < 0)
		return;
	event_del(&p->app_read);
	event_del(&p->app_write);
	close(p->app);
	p->app = -1;
	brski_buf_reset(&p->to_app);
}

/* All is sent: say goodbye, once; the peer may be in the middle of a sentence. */
static void
say_goodbye(struct brski_pump *p)
{
	p->state = LINGERING;
	if (p->ssl != NULL)
		(void)wolfSSL_shutdown(p->ssl);
	if (p->net_ended || shutdown(p->net, SHUT_WR) != 0) {
		pump_gone(p, NULL);
		return;
	}
	event_del(&p->net_write);
	event_add(&p->net_read, NULL);
	set_timer(p, LINGER_MS);
}

/* Bytes at the front are done with. */
static void
consume(struct brski_buf *b, size_t n)
{
	if (n > 0)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

/* Send what waits. False: not all of it went, an event goes on; or the pump is gone. */
static bool
flush_to_net(struct brski_pump *p)
{
	size_t n, done = 0;
	enum io io = IO_DONE;

	while (done < p->to_net.n && io == IO_DONE) {
		io = net_send(p, p->to_net.p + done, p->to_net.n - done, &n);
		done += n;
	}
	consume(&p->to_net, done);
	if (io == IO_DONE)
		return true;
	event_del(&p->app_read);
	if (io == IO_WANT_WRITE || io == IO_WANT_READ)
		event_add(&p->net_write, NULL);
	else
		pump_broken(p, "connection lost while sending");
	return false;
}

/* --- local side to network */

static void
push(struct brski_pump *p)
{
	uint8_t b[CHUNK];
	ssize_t n;

	for (;;) {
		if ((n = recv(p->app, b, sizeof(b), 0)) <= 0)
			break;
		if (brski_buf_set(&p->to_net, brski_slice(b, (size_t)n), NULL) != BRSKI_OK) {
			pump_broken(p, "out of memory");
			return;
		}
		if (!flush_to_net(p))
			return;
		if (n < CHUNK) /* an event tells of more, and of the end */
			return;
	}
	if (n < 0 && fd_result(n, IO_WANT_READ) == IO_WANT_READ)
		return;
	close_app(p);
	say_goodbye(p);
}

/* --- network to local side */

/* Pass on what waits. True: all of it is taken. */
static bool
flush_to_app(struct brski_pump *p)
{
	ssize_t n = 0;

	while (p->to_app.n > 0 && (n = send(p->app, p->to_app.p, p->to_app.n, MSG_NOSIGNAL)) > 0)
		consume(&p->to_app, (size_t)n);
	if (p->to_app.n == 0)
		return true;
	/* a local side that listens no more has still something to say: push() finds its end */
	if (fd_result(n, IO_WANT_WRITE) != IO_WANT_WRITE)
		brski_buf_reset(&p->to_app);
	else
		event_add(&p->app_write, NULL);
	return p->to_app.n == 0;
}

static void
net_end(struct brski_pump *p)
{
	p->net_ended = true;
	event_del(&p->net_read);
	shutdown(p->app, SHUT_WR);
	if (p->conf.ended != NULL)
		p->conf.ended(p->conf.arg);
}

/* IO_DONE: the local side has to take what it got before more can come. */
static enum io
pull_some(struct brski_pump *p)
{
	uint8_t b[CHUNK];
	enum io io;
	size_t n;

	while ((io = net_recv(p, b, sizeof(b), &n)) == IO_DONE) {
		if (p->expecting) {
			p->expecting = false;
			p->conf.came(p->conf.arg);
		}
		if (brski_buf_set(&p->to_app, brski_slice(b, n), NULL) != BRSKI_OK)
			return IO_BROKEN;
		if (!flush_to_app(p))
			break;
	}
	return io;
}

static void
pull(struct brski_pump *p)
{
	uint8_t room[BRSKI_INTAKE_ROOM];
	enum io io;

	brski_intake_begin(&p->in, room);
	io = pull_some(p);
	if (!brski_intake_end(&p->in))
		io = IO_BROKEN;
	if (io == IO_DONE)
		event_del(&p->net_read);
	else if (io == IO_WANT_WRITE)
		event_add(&p->net_write, NULL);
	else if (io == IO_END)
		net_end(p);
	else if (io == IO_BROKEN)
		pump_broken(p, "connection lost");
}

/* --- events */

static void
handshake(struct brski_pump *p)
{
	uint8_t room[BRSKI_INTAKE_ROOM];
	struct brski_err err = { 0 };
	int r;

	brski_intake_begin(&p->in, room);
	r = brski_tls_is_server(p->conf.tls) ? wolfSSL_accept(p->ssl) : wolfSSL_connect(p->ssl);
	if (!brski_intake_end(&p->in)) {
		pump_broken(p, "out of memory");
		return;
	}
	if (r == WOLFSSL_SUCCESS) {
		event_del(&p->net_read);
		p->conf.up(p->conf.arg);
		return;
	}
	switch (ssl_result(p, r)) {
	case IO_WANT_READ:
		break;
	case IO_WANT_WRITE:
		event_add(&p->net_write, NULL);
		break;
	default:
		(void)brski_tls_failure(&p->verdict, &err);
		pump_gone(p, &err);
	}
}

static void
discard(struct brski_pump *p)
{
	uint8_t b[CHUNK];
	ssize_t n;

	while ((n = recv(p->net, b, sizeof(b), 0)) > 0)
		if ((p->discarded += (size_t)n) > LINGER_BYTES)
			break;
	if (n > 0 || fd_result(n, IO_WANT_READ) != IO_WANT_READ)
		pump_gone(p, NULL);
}

static void
on_net_read(evutil_socket_t fd, short what, void *arg)
{
	struct brski_pump *p = arg;

	(void)fd;
	(void)what;
	switch (p->state) {
	case HANDSHAKE:
		handshake(p);
		break;
	case PUMPING:
		pull(p);
		break;
	case FLUSHING:
		break;
	case LINGERING:
		discard(p);
		break;
	}
}

static void
on_net_write(evutil_socket_t fd, short what, void *arg)
{
	struct brski_pump *p = arg;

	(void)fd;
	(void)what;
	if (p->state == HANDSHAKE)
		handshake(p);
	else if (!flush_to_net(p))
		return;
	else if (p->state == FLUSHING)
		say_goodbye(p);
	else if (p->state == PUMPING) {
		event_add(&p->app_read, NULL);
		/* also for a read that had to wait for a write */
		if (!p->net_ended && p->to_app.n == 0)
			pull(p);
	}
}

static void
on_app_read(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	push(arg);
}

static void
on_app_write(evutil_socket_t fd, short what, void *arg)
{
	struct brski_pump *p = arg;

	(void)fd;
	(void)what;
	if (!flush_to_app(p))
		return;
	event_add(&p->net_read, NULL);
	/* the TLS library may hold what no event tells of */
	pull(p);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct brski_pump *p = arg;

	(void)fd;
	(void)what;
	if (p->state == HANDSHAKE)
		p->conf.up(p->conf.arg);
	else
		pump_gone(p, NULL);
}

/* --- the owner's calls */

static enum brski_rc
start_tls(struct brski_pump *p, struct brski_err *err)
{
	const char *sni = p->conf.sni;

	brski_tls_ref(p->conf.tls);
	if ((p->ssl = brski_tls_session(p->conf.tls, &p->verdict)) == NULL ||
	    wolfSSL_set_fd(p->ssl, p->net) != WOLFSSL_SUCCESS ||
	    (sni != NULL &&
	        wolfSSL_UseSNI(p->ssl, WOLFSSL_SNI_HOST_NAME, sni, (word16)strlen(sni)) !=
	            WOLFSSL_SUCCESS))
		return brski_broken(err, BRSKI_E_NOMEM, "TLS connection");
	p->in.fd = p->net;
	brski_intake_use(&p->in, p->ssl);
	wolfSSL_SetIOWriteFlags(p->ssl, MSG_NOSIGNAL);
	wolfSSL_set_using_nonblock(p->ssl, 1);
	return BRSKI_OK;
}

enum brski_rc
brski_pump_new(const struct brski_pump_conf *conf, int fd, struct brski_pump **out,
    struct brski_err *err)
{
	struct event_base *base = brski_loop_base(conf->loop);
	struct brski_pump *p;
	enum brski_rc rc;

	*out = NULL;
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		close(fd);
		return brski_broken(err, BRSKI_E_NOMEM, "connection");
	}
	p->conf = *conf;
	p->net = fd;
	p->app = -1;
	event_assign(&p->net_read, base, fd, EV_READ | EV_PERSIST, on_net_read, p);
	event_assign(&p->net_write, base, fd, EV_WRITE, on_net_write, p);
	evtimer_assign(&p->timer, base, on_timer, p);
	if (conf->tls != NULL && (rc = start_tls(p, err)) != BRSKI_OK) {
		brski_pump_free(p);
		return rc;
	}
	if (conf->tls == NULL)
		set_timer(p, 0);
	else {
		event_add(&p->net_read, NULL);
		if (!brski_tls_is_server(conf->tls))
			event_add(&p->net_write, NULL);
	}
	*out = p;
	return BRSKI_OK;
}

void
brski_pump_free(struct brski_pump *p)
{
	if (p == NULL)
		return;
	close_app(p);
	event_del(&p->net_read);
	event_del(&p->net_write);
	event_del(&p->timer);
	if (p->conf.tls != NULL) {
		if (p->state == PUMPING)
			(void)wolfSSL_shutdown(p->ssl);
		brski_tls_session_free(p->ssl);
		brski_tls_unref(p->conf.tls);
	}
	close(p->net);
	brski_intake_clear(&p->in);
	brski_buf_wipe(&p->to_net);
	brski_buf_wipe(&p->to_app);
	free(p);
}

enum brski_rc
brski_pump_open(struct brski_pump *p, int *local, struct brski_err *err)
{
	struct event_base *base = brski_loop_base(p->conf.loop);
	int pair[2];

	*local = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
		return brski_broken(err, BRSKI_E_NOMEM, "local socket");
	if (p->ssl != NULL)
		brski_tls_settled(p->ssl);
	p->app = pair[0];
	event_assign(&p->app_read, base, p->app, EV_READ | EV_PERSIST, on_app_read, p);
	event_assign(&p->app_write, base, p->app, EV_WRITE, on_app_write, p);
	p->state = PUMPING;
	event_add(&p->app_read, NULL);
	event_add(&p->net_read, NULL);
	/* a client's first bytes may have come with the end of the handshake */
	if (p->ssl != NULL && (wolfSSL_pending(p->ssl) > 0 || p->in.ready.n > 0))
		event_active(&p->net_read, EV_READ, 0);
	*local = pair[1];
	return BRSKI_OK;
}

struct WOLFSSL *
brski_pump_ssl(struct brski_pump *p)
{
	return p->ssl;
}

void
brski_pump_expect(struct brski_pump *p)
{
	p->expecting = true;
}

void
brski_pump_finish(struct brski_pump *p, struct brski_slice text)
{
	if (p->state != PUMPING)
		return;
	close_app(p);
	p->state = FLUSHING;
	event_del(&p->net_read);
	set_timer(p, FLUSH_MS);
	(void)brski_buf_append(&p->to_net, text, NULL);
	/* from the loop: the caller may be in the middle of something */
	event_add(&p->net_write, NULL);
}
