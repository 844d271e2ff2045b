/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session: wolfSSL reads the datagram in hand and writes to the socket; two timers, one for
 * what has to be sent again, one for how long a handshake or silence may take.
 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include "net/dtls_session.h"
#include "net/rate.h"

/* room for BRSKI_DTLS_RECORD_MAX bytes and what any suite adds to them */
#define RECORD_MTU (BRSKI_DTLS_RECORD_MAX + 64)

/* A datagram and what it is wrapped into have that much room together. */
static void
set_mtu(struct brski_dtls_session *s, size_t mtu)
{
	(void)wolfSSL_dtls_set_mtu(s->ssl, (word16)(mtu - s->owner->overhead));
}

/* --- wolfSSL's input and output */

/*
 * The MTU is wolfSSL's limit for both directions. It was raised to the datagram's size for reading;
 * what is written from here on, in answer to it, keeps to ours.
 */
static int
on_recv(WOLFSSL *ssl, char *b, int cap, void *arg)
{
	struct brski_dtls_session *s = arg;
	size_t n = s->in.n;

	(void)ssl;
	set_mtu(s, BRSKI_DTLS_MTU);
	s->in.n = 0;
	if (n == 0 || n > (size_t)cap)
		return WOLFSSL_CBIO_ERR_WANT_READ;
	memcpy(b, s->in.p, n);
	return (int)n;
}

static int
on_send(WOLFSSL *ssl, char *b, int n, void *arg)
{
	struct brski_dtls_session *s = arg;
	struct dtls_answer *a = s->answer;

	(void)ssl;
	s->wrote = true;
	if (a == NULL) {
		if (!dtls_socket_send(s->owner->fd, &s->path, brski_slice(b, (size_t)n)))
			return WOLFSSL_CBIO_ERR_CONN_RST;
		return n;
	}
	if (a->n == 0 && (size_t)n <= sizeof(a->data))
		memcpy(a->data, b, (size_t)n);
	a->n += (size_t)n;
	return n;
}

/* --- its life */

static void on_resend(evutil_socket_t fd, short what, void *arg);
static void on_deadline(evutil_socket_t fd, short what, void *arg);

static void
prepare(struct brski_dtls_session *s)
{
	WOLFSSL *ssl = s->ssl;

	wolfSSL_SSLSetIORecv(ssl, on_recv);
	wolfSSL_SSLSetIOSend(ssl, on_send);
	wolfSSL_SetIOReadCtx(ssl, s);
	wolfSSL_SetIOWriteCtx(ssl, s);
	wolfSSL_dtls_set_using_nonblock(ssl, 1);
	set_mtu(s, BRSKI_DTLS_MTU);
	/* a hybrid key share does not fit into one datagram */
	if (brski_tls_is_server(s->tls))
		(void)wolfSSL_dtls13_allow_ch_frag(ssl, 1);
}

struct brski_dtls_session *
dtls_session_new(struct dtls_owner *o, struct brski_tls *tls)
{
	struct event_base *base = brski_loop_base(o->loop);
	struct brski_dtls_session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->owner = o;
	s->tls = brski_tls_ref(tls);
	evtimer_assign(&s->resend, base, on_resend, s);
	evtimer_assign(&s->deadline, base, on_deadline, s);
	if ((s->ssl = brski_tls_session(tls, &s->verdict)) == NULL) {
		dtls_session_free(s);
		return NULL;
	}
	prepare(s);
	return s;
}

void
dtls_session_free(struct brski_dtls_session *s)
{
	if (s == NULL)
		return;
	event_del(&s->resend);
	event_del(&s->deadline);
	brski_tls_session_free(s->ssl);
	brski_peer_unref(s->peer);
	brski_tls_unref(s->tls);
	free(s);
}

uint64_t
dtls_now_ms(void)
{
	return brski_rate_now_ms();
}

static void
set_timer(struct event *timer, unsigned ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(timer, &tv);
}

enum brski_rc
dtls_session_start(struct brski_dtls_session *s, const struct dtls_path *path,
    const struct sockaddr *peer, struct brski_err *err)
{
	s->path = *path;
	if ((s->peer = brski_peer_ref_new(s->tls, -1, peer)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "DTLS session");
	s->peer->peer.transport = "coaps";
	s->state = DTLS_HANDSHAKE;
	s->answer = NULL;
	s->since_ms = dtls_now_ms();
	set_timer(&s->deadline, s->owner->handshake_ms);
	return BRSKI_OK;
}

/* Each line costs a stranger no more than a few datagrams. */
static void
log_refusal(const struct brski_dtls_session *s)
{
	static const struct brski_rate pace = { BRSKI_RATE_EVERY(1000), 32 };
	const char *address = s->peer->peer.address;
	struct brski_entry e = { .level = BRSKI_LOG_WARN, .stage = "coaps", .err = &s->err };

	if (!brski_rate_pay(&s->owner->logged, &pace, dtls_now_ms()))
		return;
	e.peer = brski_slice(address, strlen(address));
	brski_log(s->owner->log, &e);
}

static void
leave(struct brski_dtls_session *s)
{
	if (--s->busy == 0 && s->state == DTLS_OVER)
		dtls_session_free(s);
}

void
dtls_session_drop(struct brski_dtls_session *s, const struct brski_err *why)
{
	/* the server's user comes with up(), the client's was there before */
	bool tell = s->user != NULL;

	if (s->state == DTLS_OVER)
		return;
	s->busy++;
	s->state = DTLS_OVER;
	event_del(&s->resend);
	event_del(&s->deadline);
	if (why != NULL) {
		s->err = *why;
		log_refusal(s);
	}
	if (tell)
		s->owner->events->gone(s->user);
	s->owner->left(s->owner, s);
	leave(s);
}

/* --- the handshake */

static void
fail(struct brski_dtls_session *s, const struct brski_err *why)
{
	/* closes what is up, else there is nothing to say good-bye with */
	(void)wolfSSL_shutdown(s->ssl);
	dtls_session_drop(s, why);
}

static void
came_up(struct brski_dtls_session *s)
{
	struct brski_err err = { 0 };
	void *user;

	if (brski_tls_peer(s->ssl, &s->peer->peer, &err) != BRSKI_OK) {
		fail(s, &err);
		return;
	}
	brski_tls_settled(s->ssl);
	s->state = DTLS_UP;
	s->since_ms = s->up_ms = dtls_now_ms();
	set_timer(&s->deadline, s->owner->idle_ms);
	user = s->owner->events->up(s->owner->arg, s);
	if (user != NULL) {
		s->user = user;
		return;
	}
	(void)brski_broken(&err, BRSKI_E_NOMEM, "DTLS session");
	fail(s, &err);
}

static void
handshake(struct brski_dtls_session *s)
{
	struct brski_err err = { 0 };
	int r;

	r = brski_tls_is_server(s->tls) ? wolfSSL_accept(s->ssl) : wolfSSL_connect(s->ssl);
	if (r == WOLFSSL_SUCCESS) {
		came_up(s);
		return;
	}
	r = wolfSSL_get_error(s->ssl, r);
	if (r == WOLFSSL_ERROR_WANT_READ || r == WOLFSSL_ERROR_WANT_WRITE)
		return;
	(void)brski_tls_failure(&s->verdict, &err);
	fail(s, &err);
}

/* --- records */

/* A tag of eight bytes can be guessed: RFC 9147 4.5.3, B.1. */
static enum brski_rc
check_guesses(struct brski_dtls_session *s, struct brski_err *err)
{
	const char *suite = wolfSSL_get_cipher_name(s->ssl);

	if (suite == NULL || strstr(suite, "CCM-8") == NULL)
		return BRSKI_OK;
	if (++s->bad > s->owner->bad_records)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 9147 4.5.3",
		    "more than %u datagrams without a good record", s->owner->bad_records);
	return BRSKI_OK;
}

/* The rest of a record that is larger than any of ours: not for the application. */
static void
skip_rest(struct brski_dtls_session *s)
{
	uint8_t b[512];

	while (wolfSSL_pending(s->ssl) > 0 && wolfSSL_read(s->ssl, b, sizeof(b)) > 0)
		;
}

/* What wolfSSL holds for the application. False: s is over, or will be. */
static bool
read_records(struct brski_dtls_session *s)
{
	uint8_t b[BRSKI_DTLS_RECORD_MAX + 1];
	struct brski_err err = { 0 };
	bool none = true;
	int n;

	while ((n = wolfSSL_read(s->ssl, b, sizeof(b))) > 0) {
		none = false;
		s->since_ms = dtls_now_ms();
		set_timer(&s->deadline, s->owner->idle_ms);
		if ((size_t)n > BRSKI_DTLS_RECORD_MAX) {
			skip_rest(s);
			continue;
		}
		s->owner->events->input(s->user, brski_slice(b, (size_t)n));
		if (s->state != DTLS_UP)
			return false;
	}
	n = wolfSSL_get_error(s->ssl, n);
	if (n != WOLFSSL_ERROR_WANT_READ && n != WOLFSSL_ERROR_WANT_WRITE) {
		fail(s, NULL);
		return false;
	}
	if (none && check_guesses(s, &err) != BRSKI_OK) {
		fail(s, &err);
		return false;
	}
	return true;
}

/* --- timers */

/*
 * wolfSSL asks for a short time when it owes an acknowledgement; after the handshake DTLS 1.3 still
 * waits for one, RFC 9147 5.8.
 */
static void
plan_resend(struct brski_dtls_session *s)
{
	bool soon = wolfSSL_dtls13_use_quick_timeout(s->ssl) != 0;
	unsigned ms = (unsigned)wolfSSL_dtls_get_current_timeout(s->ssl) * 1000;

	if (s->state == DTLS_UP && !soon && wolfSSL_dtls13_has_pending_msg(s->ssl) == 0)
		event_del(&s->resend);
	else if (soon || s->wrote || !evtimer_pending(&s->resend, NULL))
		set_timer(&s->resend, soon ? ms / 4 : ms);
	s->wrote = false;
}

static void
on_resend(evutil_socket_t fd, short what, void *arg)
{
	struct brski_dtls_session *s = arg;
	struct brski_err err = { 0 };

	(void)fd;
	(void)what;
	if (wolfSSL_dtls_got_timeout(s->ssl) == WOLFSSL_SUCCESS) {
		plan_resend(s);
		return;
	}
	(void)brski_broken(&err, BRSKI_E_UNAVAILABLE, "the DTLS peer does not answer");
	fail(s, &err);
}

/* Nobody may take for ever to shake hands, RFC 9147 11; silence afterwards is no offence. */
static enum brski_rc
check_time(const struct brski_dtls_session *s, struct brski_err *err)
{
	unsigned ms = s->owner->handshake_ms;

	if (s->state != DTLS_HANDSHAKE)
		return BRSKI_OK;
	if (brski_tls_is_server(s->tls))
		return brski_fail(err, BRSKI_E_SLOW, "RFC 9147 11",
		    "handshake not complete after %u ms", ms);
	return brski_broken(err, BRSKI_E_UNAVAILABLE, "no DTLS after %u ms", ms);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct brski_dtls_session *s = arg;
	struct brski_err err = { 0 };

	(void)fd;
	(void)what;
	fail(s, check_time(s, &err) != BRSKI_OK ? &err : NULL);
}

/* --- the owner's calls */

void
dtls_session_hand(struct brski_dtls_session *s, struct brski_slice datagram)
{
	size_t mtu = datagram.n > BRSKI_DTLS_MTU ? datagram.n : BRSKI_DTLS_MTU;

	s->in = datagram;
	(void)wolfSSL_dtls_set_mtu(s->ssl, (word16)mtu);
}

/* Nobody keeps memory with pieces of what never becomes whole: RFC 9147 11. */
static enum brski_rc
check_pieces(struct brski_dtls_session *s, size_t n, struct brski_err *err)
{
	s->taken += n;
	if (s->taken > s->owner->handshake_bytes)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 9147 11",
		    "a handshake of more than %u bytes", s->owner->handshake_bytes);
	return BRSKI_OK;
}

void
dtls_session_input(struct brski_dtls_session *s, struct brski_slice datagram)
{
	struct brski_err err = { 0 };

	s->busy++;
	dtls_session_hand(s, datagram);
	if (s->state == DTLS_HANDSHAKE) {
		if (check_pieces(s, datagram.n, &err) == BRSKI_OK)
			handshake(s);
		else
			fail(s, &err);
	}
	/* the last flight may bring the first request with it */
	if (s->state == DTLS_UP)
		(void)read_records(s);
	s->in.n = 0;
	if (s->state != DTLS_OVER)
		plan_resend(s);
	leave(s);
}

static size_t
room(struct brski_dtls_session *s)
{
	int n;

	if (s->state != DTLS_UP)
		return 0;
	set_mtu(s, RECORD_MTU);
	n = wolfSSL_GetMaxOutputSize(s->ssl);
	set_mtu(s, BRSKI_DTLS_MTU);
	if (n <= 0)
		return 0;
	return (size_t)n < BRSKI_DTLS_RECORD_MAX ? (size_t)n : BRSKI_DTLS_RECORD_MAX;
}

size_t
brski_dtls_room(const struct brski_dtls_session *s)
{
	return room((struct brski_dtls_session *)(uintptr_t)s);
}

enum brski_rc
brski_dtls_send(struct brski_dtls_session *s, struct brski_slice datagram, struct brski_err *err)
{
	int r;

	if (datagram.n > room(s))
		return brski_broken(err, BRSKI_E_TOO_LARGE, "%zu bytes for a record of %zu",
		    datagram.n, room(s));
	set_mtu(s, RECORD_MTU);
	r = wolfSSL_write(s->ssl, datagram.p, (int)datagram.n);
	set_mtu(s, BRSKI_DTLS_MTU);
	if (r != (int)datagram.n)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "DTLS record not sent");
	return BRSKI_OK;
}

void
brski_dtls_useful(struct brski_dtls_session *s)
{
	s->useful = true;
}

void
brski_dtls_close(struct brski_dtls_session *s)
{
	fail(s, NULL);
}

struct brski_peer_ref *
brski_dtls_peer(const struct brski_dtls_session *s)
{
	return s->peer;
}

const struct brski_err *
brski_dtls_session_error(const struct brski_dtls_session *s)
{
	return &s->err;
}
