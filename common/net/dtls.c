/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: one socket; sessions in a hash table by who they are with. A ClientHello from
 * somebody with a session goes through the door like any other, and only a good cookie replaces
 * the session: RFC 6347 4.2.8.
 */
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "net/crowd.h"
#include "net/dtls_hello.h"
#include "net/rate.h"

#define BUCKETS 1024
#define ROUNDS  16 /* batches before others have their turn */
#define PLEDGES 1024
#define AT_ONCE 8 /* handshakes of one pledge behind a join proxy */

TAILQ_HEAD(bucket, brski_dtls_session);

struct brski_dtls_server {
	struct dtls_owner owner; /* first: sessions know us as this */
	struct brski_dtls_limits limits;
	struct brski_tls *tls;
	struct dtls_hello *hello;
	struct event readable;
	unsigned port;
	struct brski_crowd crowd; /* sessions, handshakes included */
	uint32_t seed;
	uint64_t told_ms; /* when the last line about a limit was logged */
	bool jpy;
	struct brski_dtls_counts counts;
	uint64_t handshakes[PLEDGES]; /* of pledges: net/rate.h */
	struct brski_addr_count addresses;
	struct bucket buckets[BUCKETS];
	struct dtls_input in[DTLS_BATCH];
};

static const struct brski_dtls_limits defaults = {
	.sessions = 1024,
	.sessions_per_address = 128,
	.handshake_ms = 60000,
	.idle_ms = 60000,
	.bad_records = 128,
	.handshake_bytes = DTLS_HANDSHAKE_BYTES,
	.spared_ms = 5000,
	.useful_ms = 30000,
	.pledge_ms = 1000,
};

/* --- the table */

static uint32_t
hash(const struct brski_dtls_server *s, const struct dtls_key *key)
{
	return brski_rate_hash(s->seed, key, sizeof(*key));
}

static struct bucket *
bucket_of(struct brski_dtls_server *s, const struct dtls_key *key)
{
	return &s->buckets[hash(s, key) % BUCKETS];
}

static struct brski_dtls_session *
find(struct brski_dtls_server *s, const struct dtls_key *key)
{
	struct brski_dtls_session *e;

	TAILQ_FOREACH(e, bucket_of(s, key), link)
	if (memcmp(&e->path.key, key, sizeof(*key)) == 0)
		return e;
	return NULL;
}

static void
left(struct dtls_owner *o, struct brski_dtls_session *e)
{
	struct brski_dtls_server *s = (struct brski_dtls_server *)o;

	TAILQ_REMOVE(bucket_of(s, &e->path.key), e, link);
	brski_addr_release(&s->addresses, e->address);
	brski_crowd_left(&s->crowd);
}

/* --- who comes */

/* One line a second at most: a flood must not become one of lines. */
static void
log_limit(struct brski_dtls_server *s, const struct brski_err *err)
{
	uint64_t now = dtls_now_ms();

	if (s->told_ms != 0 && now - s->told_ms < 1000)
		return;
	s->told_ms = now;
	brski_log_err(s->owner.log, "coaps", err);
}

/* Up for long enough, and has got nothing yet that the server is there for. */
static bool
is_useless(const struct brski_dtls_server *s, const struct brski_dtls_session *e, uint64_t now)
{
	return e->state == DTLS_UP && !e->useful && now - e->up_ms >= s->limits.useful_ms;
}

/*
 * Does a make room sooner than b? A handshake that takes long before a session that waits; then
 * whose address holds more; then who is of no use; then who has waited longer.
 */
static bool
yields_before(const struct brski_dtls_server *s, const struct brski_dtls_session *a,
    const struct brski_dtls_session *b, uint64_t now)
{
	unsigned held_a = brski_addr_held(a->address), held_b = brski_addr_held(b->address);

	if (a->state != b->state)
		return a->state == DTLS_HANDSHAKE;
	if (a->state == DTLS_UP && held_a != held_b)
		return held_a > held_b;
	if (is_useless(s, a, now) != is_useless(s, b, now))
		return is_useless(s, a, now);
	return a->since_ms < b->since_ms;
}

/*
 * Who ends so that somebody else gets in; NULL: nobody. Who holds few sessions never pays for who
 * holds many: where those are all in use, none ends.
 */
static struct brski_dtls_session *
find_idle(struct brski_dtls_server *s, const struct brski_addr_entry *only)
{
	uint64_t now = dtls_now_ms();
	struct brski_dtls_session *e, *found = NULL;
	unsigned most = 0;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		TAILQ_FOREACH(e, &s->buckets[i], link)
		{
			if (only != NULL && e->address != only)
				continue;
			if (brski_addr_held(e->address) > most)
				most = brski_addr_held(e->address);
			if ((now - e->since_ms >= s->limits.spared_ms || is_useless(s, e, now)) &&
			    (found == NULL || yields_before(s, e, found, now)))
				found = e;
		}
	if (found != NULL && found->state == DTLS_UP && brski_addr_held(found->address) < most)
		return NULL;
	return found;
}

static void
make_room(struct brski_dtls_server *s, const struct brski_addr_entry *only)
{
	struct brski_dtls_session *e;
	struct brski_err why = { 0 };

	if ((e = find_idle(s, only)) == NULL)
		return;
	(void)brski_broken(&why, BRSKI_E_BUSY, "%u sessions: the one with %s, %s, makes room",
	    s->crowd.n, e->peer->peer.address,
	    e->state == DTLS_HANDSHAKE            ? "shaking hands"
	        : is_useless(s, e, dtls_now_ms()) ? "of no use so far"
	                                          : "idle");
	log_limit(s, &why);
	brski_dtls_close(e);
}

/*
 * A pledge may begin anew as often as it likes, but not all the time: a handshake is work. Nobody
 * is kept on record for that; two who share a slot share the rate.
 */
static enum brski_rc
check_rate(struct brski_dtls_server *s, const struct dtls_path *path, struct brski_err *err)
{
	struct dtls_key key = path->key;
	const struct brski_rate rate = { BRSKI_RATE_EVERY(s->limits.pledge_ms), AT_ONCE };

	if (!path->jpy)
		return BRSKI_OK;
	/* whatever port the proxy sends it from */
	key.port = 0;
	if (!brski_rate_pay(&s->handshakes[hash(s, &key) % PLEDGES], &rate, dtls_now_ms()))
		return brski_fail(err, BRSKI_E_BUSY, "RFC 9147 11",
		    "handshakes of one pledge behind a join proxy, too fast");
	return BRSKI_OK;
}

static enum brski_rc
check_limits(struct brski_dtls_server *s, struct brski_dtls_session *e,
    const struct dtls_path *path, struct brski_err *err)
{
	const struct brski_dtls_limits *l = &s->limits;

	e->address = brski_addr_take(&s->addresses, (const struct sockaddr *)&path->peer, UINT_MAX);
	if (e->address == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "DTLS session");
	/* behind a proxy are many: those who take long make room for the others there */
	if (path->jpy && brski_addr_held(e->address) > l->sessions_per_address)
		make_room(s, e->address);
	if (brski_addr_held(e->address) > l->sessions_per_address)
		return brski_fail(err, BRSKI_E_BUSY, "RFC 9147 11",
		    "more than %u sessions with one address", l->sessions_per_address);
	if (s->crowd.n >= l->sessions)
		make_room(s, NULL);
	if (s->crowd.n >= l->sessions)
		return brski_fail(err, BRSKI_E_BUSY, "RFC 9147 11", "more than %u sessions",
		    l->sessions);
	return BRSKI_OK;
}

static void
admit(struct brski_dtls_server *s, struct brski_dtls_session *e, const struct dtls_path *path,
    struct brski_slice random)
{
	struct brski_err err = { 0 };

	if (check_rate(s, path, &err) != BRSKI_OK || check_limits(s, e, path, &err) != BRSKI_OK ||
	    dtls_session_start(e, path, (const struct sockaddr *)&path->peer, &err) != BRSKI_OK) {
		s->counts.refused++;
		log_limit(s, &err);
		brski_addr_release(&s->addresses, e->address);
		dtls_session_free(e);
		return;
	}
	if (random.n == sizeof(e->random))
		memcpy(e->random, random.p, random.n);
	TAILQ_INSERT_TAIL(bucket_of(s, &path->key), e, link);
	brski_crowd_joined(&s->crowd);
	dtls_session_input(e, (struct brski_slice){ 0 });
}

/* Does it belong to the session, and not to somebody who begins anew at the same address? */
static bool
is_of(const struct brski_dtls_session *e, struct brski_slice datagram)
{
	struct brski_slice random;

	if (!dtls_hello_is(datagram))
		return true;
	random = dtls_hello_random(datagram);
	return random.n == 0 || memcmp(random.p, e->random, random.n) == 0;
}

static void
on_datagram(struct brski_dtls_server *s, const struct dtls_path *path, struct brski_slice datagram)
{
	struct brski_dtls_session *e = find(s, &path->key), *fresh;
	struct dtls_answer answer;

	if (e != NULL && is_of(e, datagram)) {
		dtls_session_input(e, datagram);
		return;
	}
	if (!dtls_hello_is(datagram)) {
		s->counts.stray++;
		return;
	}
	if ((fresh = dtls_hello_offer(s->hello, &path->key, datagram, &answer)) == NULL) {
		if (answer.n > 0)
			(void)dtls_socket_send(s->owner.fd, path,
			    brski_slice(answer.data, answer.n));
		return;
	}
	if (e != NULL)
		dtls_session_drop(e, NULL);
	admit(s, fresh, path, dtls_hello_random(datagram));
}

/* What is not for us gets no answer. */
static void
on_message(struct brski_dtls_server *s, struct dtls_input *in)
{
	struct brski_slice datagram = brski_slice(in->data, in->n);
	struct brski_err err = { 0 };

	if (s->jpy && dtls_socket_unwrap(&in->path, &datagram, &err) != BRSKI_OK) {
		s->counts.foreign++;
		log_limit(s, &err);
		return;
	}
	on_datagram(s, &in->path, datagram);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct brski_dtls_server *s = arg;
	int i, n = DTLS_BATCH, round;

	(void)what;
	for (round = 0; round < ROUNDS && n == DTLS_BATCH; round++) {
		n = dtls_socket_receive(fd, s->in);
		for (i = 0; i < n; i++)
			on_message(s, &s->in[i]);
	}
}

/* --- the owner's calls */

static void
set_limits(struct brski_dtls_limits *l, const struct brski_dtls_limits *wanted)
{
	const unsigned *w = (const unsigned *)wanted, *d = (const unsigned *)&defaults;
	unsigned *out = (unsigned *)l;
	size_t i;

	for (i = 0; i < sizeof(*l) / sizeof(*out); i++)
		out[i] = w[i] != 0 ? w[i] : d[i];
}

enum brski_rc
brski_dtls_server_new(struct brski_loop *loop, const struct brski_dtls_server_conf *conf,
    struct brski_dtls_server **out, struct brski_err *err)
{
	struct brski_dtls_server *s;
	enum brski_rc rc;
	size_t i;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "DTLS server");
	set_limits(&s->limits, &conf->limits);
	s->owner = (struct dtls_owner){ .loop = loop,
		.fd = -1,
		.events = conf->events,
		.arg = conf->arg,
		.log = conf->log,
		.handshake_ms = s->limits.handshake_ms,
		.idle_ms = s->limits.idle_ms,
		.bad_records = s->limits.bad_records,
		.handshake_bytes = s->limits.handshake_bytes,
		.overhead = conf->jpy ? BRSKI_JPY_OVERHEAD : 0,
		.left = left };
	s->jpy = conf->jpy;
	s->tls = brski_tls_ref(conf->tls);
	brski_random(&s->seed, sizeof(s->seed));
	for (i = 0; i < BUCKETS; i++)
		TAILQ_INIT(&s->buckets[i]);
	rc = dtls_socket_listen(conf->listen, NULL, &s->owner.fd, &s->port, err);
	if (rc == BRSKI_OK && (s->hello = dtls_hello_new(&s->owner, s->tls)) == NULL)
		rc = brski_broken(err, BRSKI_E_NOMEM, "DTLS server");
	event_assign(&s->readable, brski_loop_base(loop), s->owner.fd, EV_READ | EV_PERSIST,
	    on_readable, s);
	if (rc != BRSKI_OK) {
		brski_dtls_server_free(s);
		return rc;
	}
	event_add(&s->readable, NULL);
	*out = s;
	return BRSKI_OK;
}

void
brski_dtls_server_set_tls(struct brski_dtls_server *s, struct brski_tls *tls)
{
	/* without memory the old one goes on */
	if (!dtls_hello_set_tls(s->hello, tls))
		return;
	brski_tls_ref(tls);
	brski_tls_unref(s->tls);
	s->tls = tls;
}

void
brski_dtls_server_free(struct brski_dtls_server *s)
{
	struct brski_dtls_session *e;
	size_t i;

	if (s == NULL)
		return;
	event_del(&s->readable);
	for (i = 0; i < BUCKETS; i++)
		while ((e = TAILQ_FIRST(&s->buckets[i])) != NULL)
			brski_dtls_close(e);
	dtls_hello_free(s->hello);
	brski_tls_unref(s->tls);
	if (s->owner.fd >= 0)
		close(s->owner.fd);
	free(s);
}

unsigned
brski_dtls_server_port(const struct brski_dtls_server *s)
{
	return s->port;
}

unsigned
brski_dtls_server_sessions(const struct brski_dtls_server *s)
{
	return s->crowd.n;
}

const struct brski_dtls_counts *
brski_dtls_server_counts(const struct brski_dtls_server *s)
{
	return &s->counts;
}
