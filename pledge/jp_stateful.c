/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A relay that knows its pledges: each address and port of one has a socket of its own towards the
 * registrar, which dies a while after the last datagram either way.
 */
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>
#include "net/addr_count.h"
#include "pledge/jp_mode.h"

#define ROUNDS 16 /* datagrams of one flow before others have their turn */

struct flow {
	TAILQ_ENTRY(flow) link;
	struct jp *jp;
	struct dtls_path path;
	struct brski_addr_entry *address; /* of the pledge, and how many flows it has */
	int fd;
	long excess; /* octets that the registrar sent it and it did not send */
	bool talks;  /* as in pledge/jp_pace.h */
	uint64_t began_ms;
	uint64_t last_ms;   /* that anything came, either way */
	struct event event; /* readable, or silent for too long */
};

struct flows {
	TAILQ_HEAD(, flow) list;
	struct brski_addr_count addresses;
};

static struct flows *
flows_of(const struct jp *j)
{
	return j->state;
}

static void
end_flow(struct flow *f)
{
	struct flows *flows = flows_of(f->jp);

	TAILQ_REMOVE(&flows->list, f, link);
	brski_addr_release(&flows->addresses, f->address);
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
	else if (i > 0)
		keep(f);
}

static struct flow *
find(const struct jp *j, const struct dtls_key *key)
{
	struct flow *f;

	TAILQ_FOREACH(f, &flows_of(j)->list, link)
	if (memcmp(&f->path.key, key, sizeof(*key)) == 0)
		return f;
	return NULL;
}

/* --- who ends for whom */

static bool
is_of(const struct flow *f, const struct dtls_key *key)
{
	return f->path.key.scope == key->scope &&
	    memcmp(&f->path.key.peer, &key->peer, sizeof(key->peer)) == 0;
}

/* Who begins anew, because an answer was lost or for the next step, has one that is silent. */
static struct flow *
find_own(const struct jp *j, const struct dtls_key *key)
{
	struct flow *f, *found = NULL;

	TAILQ_FOREACH(f, &flows_of(j)->list, link)
	if (is_of(f, key) && (found == NULL || f->last_ms < found->last_ms))
		found = f;
	if (found != NULL && jp_now_ms() - found->last_ms < j->conf.spared_ms)
		return NULL;
	return found;
}

/*
 * How soon a flow ends for another pledge; 0: it does not. First one that the registrar does not
 * talk to: addresses are easily forged. Then one of those who have several. Then one that is older
 * than any onboarding.
 */
static unsigned
yields(const struct flow *f, uint64_t now)
{
	const struct jp_conf *c = &f->jp->conf;

	if (!f->talks && now - f->began_ms >= c->proof_ms)
		return 3;
	if (brski_addr_held(f->address) > 1 && now - f->last_ms >= c->proof_ms)
		return 2;
	return now - f->began_ms >= c->whole_ms ? 1 : 0;
}

/* Of two that yield alike, the older one; of those who have several, the silent one. */
static bool
yields_before(const struct flow *a, const struct flow *b, uint64_t now)
{
	unsigned is_a = yields(a, now), is_b = yields(b, now);

	if (is_a != is_b)
		return is_a > is_b;
	return is_a == 2 ? a->last_ms < b->last_ms : a->began_ms < b->began_ms;
}

static struct flow *
find_any(const struct jp *j)
{
	struct flow *f, *found = NULL;
	uint64_t now = jp_now_ms();

	TAILQ_FOREACH(f, &flows_of(j)->list, link)
	if (yields(f, now) > 0 && (found == NULL || yields_before(f, found, now)))
		found = f;
	return found;
}

/* constrained-join-proxy: nobody has all of them. */
static bool
is_room(struct jp *j, const struct dtls_key *key)
{
	unsigned pledge = 0, all = 0;
	struct flow *f;

	TAILQ_FOREACH(f, &flows_of(j)->list, link)
	{
		pledge += is_of(f, key);
		all += f->path.key.scope == key->scope;
	}
	if (pledge < j->conf.pledge_flows && all < j->conf.link_flows)
		return true;
	f = pledge >= j->conf.pledge_flows ? find_own(j, key) : find_any(j);
	if (f != NULL)
		end_flow(f);
	return f != NULL;
}

/* --- from the pledge */

static struct flow *
open_flow(struct jp *j, const struct dtls_path *path)
{
	struct flow *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->address = brski_addr_take(&flows_of(j)->addresses, (const struct sockaddr *)&path->peer,
	    UINT_MAX);
	if (f->address == NULL ||
	    dtls_socket_connect((const struct sockaddr *)&j->registrar, j->registrar_n, &f->fd,
	        NULL) != BRSKI_OK) {
		brski_addr_release(&flows_of(j)->addresses, f->address);
		free(f);
		return NULL;
	}
	f->jp = j;
	f->path = *path;
	f->began_ms = jp_now_ms();
	event_assign(&f->event, brski_loop_base(j->loop), f->fd, EV_READ | EV_PERSIST, on_flow, f);
	TAILQ_INSERT_TAIL(&flows_of(j)->list, f, link);
	j->flows++;
	return f;
}

static void
from_pledge(struct jp *j, const struct dtls_path *path, struct brski_slice in)
{
	struct flow *f = find(j, &path->key);

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
	TAILQ_INIT(&flows->list);
	j->state = flows;
	return BRSKI_OK;
}

static enum brski_rc
moved(struct jp *j, struct brski_err *err)
{
	struct flow *f;

	(void)err;
	while ((f = TAILQ_FIRST(&flows_of(j)->list)) != NULL)
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

const struct jp_kind jp_stateful = { start, from_pledge, moved, stop, NULL };
