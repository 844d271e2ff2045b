/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay that knows its pledges: each address and port of one has a socket of its own towards the
 * registrar, which dies a while after the last datagram either way.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>
#include "pledge/jp_mode.h"

#define ROUNDS 16 /* datagrams of one flow before others have their turn */

struct flow {
	TAILQ_ENTRY(flow) link;
	struct jp *jp;
	struct dtls_path path;
	int fd;
	long excess;        /* octets that the registrar sent it and it did not send */
	bool talks;         /* as in pledge/jp_pace.h */
	uint64_t last_ms;   /* that anything came, either way */
	struct event event; /* readable, or silent for too long */
};
TAILQ_HEAD(flows, flow);

static void
end_flow(struct flow *f)
{
	TAILQ_REMOVE((struct flows *)f->jp->state, f, link);
	f->jp->flows--;
	event_del(&f->event);
	close(f->fd);
	free(f);
}

static void
keep(struct flow *f)
{
	const unsigned ms = f->jp->conf.idle_ms;
	const struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	f->last_ms = jp_now_ms();
	event_add(&f->event, &tv);
}

static void
answer(struct flow *f, struct brski_slice datagram)
{
	f->excess += (long)datagram.n;
	f->talks = f->talks || f->excess > 0;
	jp_answer(f->jp, &f->path, datagram);
}

/* ICMP says that nobody is there: who comes again gets a fresh flow. */
static void
refused(struct flow *f)
{
	f->jp->counts.lost++;
	end_flow(f);
}

static void
on_flow(evutil_socket_t fd, short what, void *arg)
{
	struct flow *f = arg;
	uint8_t b[JP_DATAGRAM_MAX + 1];
	ssize_t n;
	int i;

	if ((what & EV_READ) == 0) {
		end_flow(f);
		return;
	}
	for (i = 0; i < ROUNDS && (n = recv(fd, b, sizeof(b), 0)) >= 0; i++) {
		if (n == 0 || n > JP_DATAGRAM_MAX)
			f->jp->counts.unfit++;
		else
			answer(f, brski_slice(b, (size_t)n));
	}
	if (i < ROUNDS && errno == ECONNREFUSED)
		refused(f);
	else
		keep(f);
}

static struct flow *
find(const struct flows *flows, const struct dtls_key *key)
{
	struct flow *f;

	TAILQ_FOREACH(f, flows, link)
	if (memcmp(&f->path.key, key, sizeof(*key)) == 0)
		return f;
	return NULL;
}

static bool
is_of(const struct flow *f, const struct dtls_key *key)
{
	return f->path.key.scope == key->scope &&
	    memcmp(&f->path.key.peer, &key->peer, sizeof(key->peer)) == 0;
}

/* Flows that count against a limit, and which of them would end first for a new one. */
struct count {
	unsigned n;
	struct flow *oldest; /* NULL: none of them */
};

static void
count(struct count *c, struct flow *f, bool may_end)
{
	c->n++;
	if (may_end && (c->oldest == NULL || f->last_ms < c->oldest->last_ms))
		c->oldest = f;
}

static bool
make_room(const struct jp *j, const struct count *c)
{
	if (c->oldest == NULL || jp_now_ms() - c->oldest->last_ms < j->conf.spared_ms)
		return false;
	end_flow(c->oldest);
	return true;
}

/*
 * constrained-join-proxy: nobody has all of them. Who begins anew, because an answer was lost or
 * for the next step, does not wait until its former flow dies. Of others only those end that the
 * registrar does not talk to: addresses are easily forged.
 */
static bool
is_room(struct jp *j, const struct dtls_key *key)
{
	struct count pledge = { 0 }, link = { 0 };
	struct flow *f;

	TAILQ_FOREACH(f, (struct flows *)j->state, link)
	{
		if (is_of(f, key))
			count(&pledge, f, true);
		if (f->path.key.scope == key->scope)
			count(&link, f, !f->talks);
	}
	if (pledge.n >= j->conf.pledge_flows)
		return make_room(j, &pledge);
	return link.n < j->conf.link_flows || make_room(j, &link);
}

static struct flow *
open_flow(struct jp *j, const struct dtls_path *path)
{
	struct flow *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	if (dtls_socket_connect((const struct sockaddr *)&j->registrar, j->registrar_n, &f->fd,
	        NULL) != BRSKI_OK) {
		free(f);
		return NULL;
	}
	f->jp = j;
	f->path = *path;
	event_assign(&f->event, brski_loop_base(j->loop), f->fd, EV_READ | EV_PERSIST, on_flow, f);
	TAILQ_INSERT_TAIL((struct flows *)j->state, f, link);
	j->flows++;
	return f;
}

static void
from_pledge(struct jp *j, const struct dtls_path *path, struct brski_slice in)
{
	struct flow *f = find(j->state, &path->key);

	if (f == NULL && !is_room(j, &path->key)) {
		j->counts.crowd++;
		return;
	}
	if (f == NULL && (f = open_flow(j, path)) == NULL) {
		j->counts.lost++;
		return;
	}
	keep(f);
	if (send(f->fd, in.p, in.n, MSG_NOSIGNAL) >= 0) {
		j->counts.up++;
		f->excess -= (long)in.n;
	} else if (errno == ECONNREFUSED)
		refused(f);
	else
		j->counts.lost++;
}

static enum brski_rc
start(struct jp *j, struct brski_err *err)
{
	struct flows *flows;

	if ((flows = calloc(1, sizeof(*flows))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "join proxy");
	TAILQ_INIT(flows);
	j->state = flows;
	return BRSKI_OK;
}

static enum brski_rc
moved(struct jp *j, struct brski_err *err)
{
	struct flow *f;

	(void)err;
	while ((f = TAILQ_FIRST((struct flows *)j->state)) != NULL)
		end_flow(f);
	return BRSKI_OK;
}

static void
stop(struct jp *j)
{
	if (j->state == NULL)
		return;
	(void)moved(j, NULL);
	free(j->state);
	j->state = NULL;
}

const struct jp_kind jp_stateful = { start, from_pledge, moved, stop };
