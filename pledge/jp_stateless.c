/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay that keeps nothing about pledges: JPY messages over one socket, with a header that says
 * who the pledge is.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "net/listen.h"
#include "pledge/jp_header.h"
#include "pledge/jp_mode.h"

#define ROUNDS  64 /* messages of the registrar before others have their turn */
#define OWN     64 /* addresses of this host that pledges used; more: the system chooses one */
#define WRAPPED (JP_DATAGRAM_MAX + BRSKI_JPY_OVERHEAD)

struct stateless {
	int fd; /* -1: no registrar */
	struct event readable;
	struct jp_header header;
	struct in6_addr own[OWN];
	unsigned own_n;
};

static int64_t
now_s(void)
{
	return (int64_t)(jp_now_ms() / 1000);
}

/* --- to the registrar */

/* Which of our addresses; nobody can make them more than there are. */
static uint8_t
own_index(struct stateless *s, const struct in6_addr *a)
{
	unsigned i;

	for (i = 0; i < s->own_n && memcmp(&s->own[i], a, sizeof(*a)) != 0; i++)
		;
	if (i == s->own_n && s->own_n < OWN)
		s->own[s->own_n++] = *a;
	return (uint8_t)i;
}

static void
from_pledge(struct jp *j, const struct dtls_path *path, struct brski_slice in)
{
	struct stateless *s = j->state;
	const struct dtls_key *k = &path->key;
	const struct jp_pledge who = { k->peer, k->scope, k->port, own_index(s, &k->local) };
	uint8_t header[JP_HEADER_SIZE], b[WRAPPED];
	const struct brski_jpy m = { brski_slice(header, sizeof(header)), in };
	struct brski_buf out = brski_buf_fixed(b, sizeof(b));

	if (!jp_pace_port(&j->pace, &k->peer, k->scope, k->port, j->conf.pledge_ports,
	        jp_now_ms())) {
		j->counts.crowd++;
		return;
	}
	if (!jp_header_seal(&s->header, now_s(), &who, header)) {
		j->counts.strangers++;
		return;
	}
	if (brski_jpy_encode(&m, &out, NULL) == BRSKI_OK &&
	    send(s->fd, out.p, out.n, MSG_NOSIGNAL) >= 0)
		j->counts.up++;
	else
		j->counts.lost++;
}

/* --- from there */

static void
answer(struct jp *j, const struct jp_pledge *who, struct brski_slice content)
{
	const struct stateless *s = j->state;
	struct dtls_path path = { .key = { .peer = who->address, .scope = who->link } };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
		.sin6_addr = who->address,
		.sin6_port = who->port,
		.sin6_scope_id = who->link };

	if (who->own < s->own_n)
		path.key.local = s->own[who->own];
	memcpy(&path.peer, &to, sizeof(to));
	path.peer_n = sizeof(to);
	jp_answer(j, &path, content);
}

static void
on_message(struct jp *j, struct brski_slice in)
{
	const struct stateless *s = j->state;
	struct jp_pledge who = { 0 };
	enum jp_header_is is;
	struct brski_jpy m;

	if (brski_jpy_decode(in, &m, NULL) != BRSKI_OK || m.content.n > JP_DATAGRAM_MAX) {
		j->counts.unfit++;
		return;
	}
	is = jp_header_open(&s->header, now_s(), m.header, &who);
	if (is == JP_HEADER_OURS &&
	    !jp_pace_heard(&j->pace, &who.address, who.link, jp_now_ms(), j->conf.heard_ms))
		is = JP_HEADER_LATE;
	if (is == JP_HEADER_OURS)
		answer(j, &who, m.content);
	else if (is == JP_HEADER_LATE)
		j->counts.late++;
	else
		j->counts.forged++;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	uint8_t b[WRAPPED + 1];
	ssize_t n;
	int i;

	(void)what;
	for (i = 0; i < ROUNDS && (n = recv(fd, b, sizeof(b), 0)) >= 0; i++)
		on_message(arg, brski_slice(b, (size_t)n));
}

/* --- its life */

static void
disconnect(struct stateless *s)
{
	if (s->fd < 0)
		return;
	event_del(&s->readable);
	close(s->fd);
	s->fd = -1;
}

static void
use(struct jp *j, int fd)
{
	struct stateless *s = j->state;

	s->fd = fd;
	event_assign(&s->readable, brski_loop_base(j->loop), fd, EV_READ | EV_PERSIST, on_readable,
	    j);
	event_add(&s->readable, NULL);
}

/* Nobody but the registrar is heard there: the socket is connected. */
static enum brski_rc
moved(struct jp *j, struct brski_err *err)
{
	enum brski_rc rc;
	int fd;

	disconnect(j->state);
	if (j->registrar_n == 0)
		return BRSKI_OK;
	rc = dtls_socket_connect((const struct sockaddr *)&j->registrar, j->registrar_n, &fd, err);
	if (rc == BRSKI_OK)
		use(j, fd);
	return rc;
}

/* The address alone: each socket has a port of its own. */
static bool
same_own(int a, int b)
{
	struct sockaddr_storage x = { 0 }, y = { 0 };
	socklen_t n = sizeof(x), m = sizeof(y);

	if (getsockname(a, (struct sockaddr *)&x, &n) != 0 ||
	    getsockname(b, (struct sockaddr *)&y, &m) != 0)
		return false;
	*brski_listen_port(&x) = *brski_listen_port(&y) = 0;
	return n == m && memcmp(&x, &y, n) == 0;
}

/*
 * A socket keeps the address that it had when it was connected, also when that is gone. Where it is
 * the same still, the port stays, by which the registrar knows its sessions.
 */
static void
links_changed(struct jp *j)
{
	struct stateless *s = j->state;
	struct brski_err err = { 0 };
	int fd;

	if (s->fd < 0 ||
	    dtls_socket_connect((const struct sockaddr *)&j->registrar, j->registrar_n, &fd,
	        &err) != BRSKI_OK)
		return;
	if (same_own(s->fd, fd)) {
		close(fd);
		return;
	}
	disconnect(s);
	use(j, fd);
}

static enum brski_rc
start(struct jp *j, struct brski_err *err)
{
	struct stateless *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "join proxy");
	s->fd = -1;
	jp_header_init(&s->header, now_s());
	j->state = s;
	return BRSKI_OK;
}

static void
stop(struct jp *j)
{
	struct stateless *s = j->state;

	if (s == NULL)
		return;
	disconnect(s);
	jp_header_wipe(&s->header);
	free(s);
	j->state = NULL;
}

const struct jp_kind jp_stateless = { start, from_pledge, moved, stop, links_changed };
