/* SPDX-License-Identifier: Apache-2.0 */
/* The pledges' side of a UDP join proxy: who is heard, and how fast. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "net/rate.h"
#include "pledge/jp_mode.h"

#define ROUNDS 8 /* batches before others have their turn */

static const struct jp_kind *const kinds[] = {
	[JP_STATEFUL] = &jp_stateful,
	[JP_STATELESS] = &jp_stateless,
};

uint64_t
jp_now_ms(void)
{
	return brski_rate_now_ms();
}

void
jp_answer(struct jp *j, const struct dtls_path *path, struct brski_slice datagram)
{
	const struct dtls_key *k = &path->key;

	if (!dtls_socket_send(j->fd, path, datagram)) {
		j->counts.lost++;
		return;
	}
	j->counts.down++;
	jp_pace_answered(&j->pace, &k->peer, k->scope, datagram.n);
}

/* RFC 4291 2.5.6: what follows fe80::/10 is zero. */
static bool
is_link_local(const struct in6_addr *a)
{
	static const uint8_t prefix[8] = { 0xfe, 0x80 };

	return memcmp(a->s6_addr, prefix, sizeof(prefix)) == 0;
}

/* A neighbour, and not ourselves: two ports of ours would talk to each other for ever. */
bool
jp_is_neighbour(const struct in6_addr *peer, const struct in6_addr *own)
{
	return is_link_local(peer) && memcmp(peer, own, sizeof(*peer)) != 0;
}

static bool
is_stranger(const struct jp *j, const struct dtls_key *k)
{
	if (j->conf.link != 0 && k->scope != j->conf.link)
		return true;
	return j->conf.is_local != NULL ? !j->conf.is_local(&k->peer)
	                                : !jp_is_neighbour(&k->peer, &k->local);
}

static bool
is_slow(struct jp *j, const struct dtls_key *k, size_t n)
{
	enum jp_pace_is is = jp_pace_take(&j->pace, &k->peer, k->scope, n, jp_now_ms());

	j->counts.fast += is == JP_PACE_FAST;
	j->counts.full += is == JP_PACE_FULL;
	return is == JP_PACE_GOOD;
}

static void
on_datagram(struct jp *j, const struct dtls_input *in)
{
	const struct dtls_key *k = &in->path.key;

	if (in->n == 0 || in->n > JP_DATAGRAM_MAX)
		j->counts.unfit++;
	else if (is_stranger(j, k))
		j->counts.strangers++;
	else if (j->registrar_n == 0)
		j->counts.lost++;
	else if (is_slow(j, k, in->n))
		j->kind->from_pledge(j, &in->path, brski_slice(in->data, in->n));
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct jp *j = arg;
	int i, n = DTLS_BATCH, round;

	(void)what;
	for (round = 0; round < ROUNDS && n == DTLS_BATCH; round++) {
		n = dtls_socket_receive(fd, j->in);
		for (i = 0; i < n; i++)
			on_datagram(j, &j->in[i]);
	}
}

/* --- the owner's calls */

static void
fill_conf(struct jp_conf *c)
{
	c->listen = c->device = NULL; /* borrowed for the call */
	c->idle_ms = c->idle_ms != 0 ? c->idle_ms : 30000;
	c->spared_ms = c->spared_ms != 0 ? c->spared_ms : 5000;
	c->proof_ms = c->proof_ms != 0 ? c->proof_ms : 250;
	c->whole_ms = c->whole_ms != 0 ? c->whole_ms : 120000;
	c->heard_ms = c->heard_ms != 0 ? c->heard_ms : 120000;
	c->pledge_flows = c->pledge_flows != 0 ? c->pledge_flows : JP_FLOWS_PLEDGE;
	c->link_flows = c->link_flows != 0 ? c->link_flows : JP_FLOWS_LINK;
	c->pledge_ports = c->pledge_ports != 0 ? c->pledge_ports : JP_PORTS;
}

static enum brski_rc
start(struct jp *j, const char *listen, const char *device, struct brski_err *err)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t n = sizeof(ss);
	enum brski_rc rc;

	if ((rc = dtls_socket_listen(listen, device, &j->fd, &j->port, err)) != BRSKI_OK)
		return rc;
	if (getsockname(j->fd, (struct sockaddr *)&ss, &n) != 0)
		return brski_broken(err, BRSKI_E_IO, "getsockname");
	if (ss.ss_family != AF_INET6)
		return brski_fail(err, BRSKI_E_CONFIG, "listen", "'%s' is not IPv6", listen);
	event_assign(&j->readable, brski_loop_base(j->loop), j->fd, EV_READ | EV_PERSIST,
	    on_readable, j);
	event_add(&j->readable, NULL);
	return j->kind->start(j, err);
}

enum brski_rc
jp_new(struct brski_loop *loop, enum jp_mode mode, const struct jp_conf *conf, struct jp **out,
    struct brski_err *err)
{
	struct jp *j;
	enum brski_rc rc;

	*out = NULL;
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "join proxy");
	j->kind = kinds[mode];
	j->loop = loop;
	j->fd = -1;
	j->conf = *conf;
	fill_conf(&j->conf);
	jp_pace_init(&j->pace);
	if ((rc = start(j, conf->listen, conf->device, err)) != BRSKI_OK) {
		jp_free(j);
		return rc;
	}
	*out = j;
	return BRSKI_OK;
}

enum brski_rc
jp_set_registrar(struct jp *j, const struct sockaddr *to, socklen_t n, struct brski_err *err)
{
	enum brski_rc rc;

	if (n > sizeof(j->registrar))
		return brski_broken(err, BRSKI_E_INTERNAL, "an address of %u octets", (unsigned)n);
	if (n == j->registrar_n && (n == 0 || memcmp(to, &j->registrar, n) == 0))
		return BRSKI_OK;
	if (n > 0)
		memcpy(&j->registrar, to, n);
	j->registrar_n = n;
	if ((rc = j->kind->moved(j, err)) != BRSKI_OK)
		j->registrar_n = 0;
	return rc;
}

void
jp_links_changed(struct jp *j)
{
	if (j->kind->links_changed != NULL)
		j->kind->links_changed(j);
}

unsigned
jp_port(const struct jp *j)
{
	return j->port;
}

const struct jp_counts *
jp_counts(const struct jp *j)
{
	return &j->counts;
}

unsigned
jp_flows(const struct jp *j)
{
	return j->flows;
}

void
jp_free(struct jp *j)
{
	if (j == NULL)
		return;
	j->kind->stop(j);
	if (event_initialized(&j->readable))
		event_del(&j->readable);
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}
