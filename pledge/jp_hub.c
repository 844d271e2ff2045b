/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/jp_hub.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/udp_group.h"

/* A port for one registrar on one interface: one of the two. */
struct door {
	struct jp_circuit *circuit;
	struct jp *relay;
};

struct lane {
	struct jp_choice choice; /* the last one that this lane was for */
	bool used, live;         /* live: the registrar is there now */
	struct door doors[JP_SIDES_MAX];
};

/* One of the pledges' interfaces. */
struct side {
	unsigned index; /* 0: not there */
	struct sockaddr_in6 own;
	bool has_own;
	struct brski_mdns *mdns;
	struct brski_mdns_service said[JP_LANES]; /* what mdns announces: type and port, 0 */
	struct in6_addr said_own;
};

struct jp_hub {
	struct brski_loop *loop;
	struct jp_hub_conf conf;
	struct side sides[JP_SIDES_MAX];
	struct lane lanes[JP_LANES];
	struct brski_coap_responder *responder;
	struct jp_hub_counts gone; /* of what is closed */
	bool crowded;
};

/* --- doors */

static void
count_door(const struct door *d, struct jp_hub_counts *out)
{
	const unsigned long *n;
	unsigned long *to = (unsigned long *)&out->relays;
	size_t i;

	if (d->circuit != NULL)
		out->circuits += jp_circuit_dropped(d->circuit);
	if (d->relay == NULL)
		return;
	n = (const unsigned long *)jp_counts(d->relay);
	for (i = 0; i < sizeof(out->relays) / sizeof(*to); i++)
		to[i] += n[i];
}

static void
close_door(struct jp_hub *h, struct door *d)
{
	count_door(d, &h->gone);
	jp_circuit_free(d->circuit);
	jp_free(d->relay);
	*d = (struct door){ 0 };
}

static unsigned
door_port(const struct door *d)
{
	if (d->circuit != NULL)
		return jp_circuit_port(d->circuit);
	return d->relay != NULL ? jp_port(d->relay) : 0;
}

/* The port that the operator asked for goes to the first lane of its kind. */
static uint16_t
wanted_port(const struct jp_hub *h, const struct lane *l, size_t side)
{
	bool tcp = l->choice.transport == JP_HTTPS;
	const struct lane *at;

	for (at = h->lanes; at < l; at++)
		if (at->used && (at->choice.transport == JP_HTTPS) == tcp)
			return 0;
	if (side > 0)
		return 0;
	return tcp ? h->conf.https_port : h->conf.coaps_port;
}

static enum brski_rc
open_circuit(struct jp_hub *h, struct door *d, size_t side, uint16_t port, struct brski_err *err)
{
	const struct jp_circuit_conf conf = { .interface = h->conf.sides[side],
		.port = port,
		.admit = h->conf.admit,
		.log = h->conf.log };

	return jp_circuit_new(h->loop, &conf, &d->circuit, err);
}

static enum brski_rc
open_relay(struct jp_hub *h, struct door *d, enum jp_transport t, size_t side, uint16_t port,
    struct brski_err *err)
{
	char listen[16];
	const struct jp_conf conf = { .listen = listen,
		.device = h->conf.sides[side],
		.link = h->sides[side].index,
		.is_local = h->conf.is_local };

	snprintf(listen, sizeof(listen), "[::]:%u", port);
	return jp_new(h->loop, t == JP_JPY ? JP_STATELESS : JP_STATEFUL, &conf, &d->relay, err);
}

static void
point(struct jp_hub *h, struct lane *l, struct door *d)
{
	const struct sockaddr_storage *to = &l->choice.targets.at[0];
	const struct jp_targets none = { .n = 0 };
	struct brski_err err = { 0 };
	socklen_t n = l->live ? udp_address_size((const struct sockaddr *)to) : 0;

	if (d->circuit != NULL)
		jp_circuit_set_targets(d->circuit, l->live ? &l->choice.targets : &none);
	else if (d->relay != NULL &&
	    jp_set_registrar(d->relay, (const struct sockaddr *)to, n, &err) != BRSKI_OK)
		brski_log_err(h->conf.log, "relay", &err);
}

static void
open_door(struct jp_hub *h, struct lane *l, size_t side)
{
	struct door *d = &l->doors[side];
	uint16_t port = wanted_port(h, l, side);
	struct brski_err err = { 0 };
	enum brski_rc rc;

	if (l->choice.transport == JP_HTTPS)
		rc = open_circuit(h, d, side, port, &err);
	else
		rc = open_relay(h, d, l->choice.transport, side, port, &err);
	if (rc != BRSKI_OK)
		brski_log_err(h->conf.log, "relay", &err);
	else
		brski_log_info(h->conf.log, "relay", "%s port %u on %s",
		    l->choice.transport == JP_HTTPS     ? "HTTPS"
		        : l->choice.transport == JP_JPY ? "stateless"
		                                        : "stateful",
		    door_port(d), h->conf.sides[side]);
}

/* Every lane has a door on every side that is there, and leads where it should. */
static void
open_doors(struct jp_hub *h)
{
	size_t i, s;

	for (i = 0; i < JP_LANES; i++)
		for (s = 0; s < h->conf.sides_n && h->lanes[i].used; s++) {
			struct door *d = &h->lanes[i].doors[s];

			if (h->sides[s].index != 0 && h->lanes[i].live && door_port(d) == 0)
				open_door(h, &h->lanes[i], s);
			point(h, &h->lanes[i], d);
		}
}

/* --- saying so */

static bool
is_offered(const struct lane *l, size_t side)
{
	return l->used && l->live && door_port(&l->doors[side]) != 0;
}

static struct brski_mdns_service
service_of(const struct lane *l, size_t side)
{
	return (struct brski_mdns_service){
		.type = l->choice.transport == JP_HTTPS ? "_brski-proxy._tcp" : "_brski-proxy._udp",
		.port = is_offered(l, side) ? (uint16_t)door_port(&l->doors[side]) : 0,
	};
}

static void
announce_lane(struct jp_hub *h, size_t lane, size_t side, struct brski_mdns_service service)
{
	struct side *s = &h->sides[side];
	char host[256] = "", name[BRSKI_MDNS_INSTANCE_MAX];
	struct brski_err err = { 0 };

	s->said[lane] = service;
	if (service.port == 0)
		return;
	(void)gethostname(host, sizeof(host) - 1);
	snprintf(name, sizeof(name), "BRSKI proxy %zu on %.40s", lane + 1, host);
	service.name = name;
	service.at = (const struct sockaddr *)&s->own;
	if (brski_mdns_announce(s->mdns, &service, &err) != BRSKI_OK)
		brski_log_err(h->conf.log, "mdns", &err);
}

static bool
has_mdns(struct jp_hub *h, size_t side)
{
	const struct brski_mdns_conf conf = { .interfaces = &h->conf.sides[side],
		.interfaces_n = 1,
		.log = h->conf.log };
	struct brski_err err = { 0 };

	if (h->sides[side].mdns == NULL &&
	    brski_mdns_new(h->loop, &conf, &h->sides[side].mdns, &err) != BRSKI_OK)
		brski_log_err(h->conf.log, "mdns", &err);
	return h->sides[side].mdns != NULL;
}

/* What has not changed is not touched: whoever has one lane come and go spoils no other. */
static void
announce(struct jp_hub *h, size_t side)
{
	struct side *s = &h->sides[side];
	struct brski_mdns_service now, *said;
	bool moved = memcmp(&s->said_own, &s->own.sin6_addr, sizeof(s->said_own)) != 0;
	size_t i;

	if (!has_mdns(h, side))
		return;
	s->said_own = s->own.sin6_addr;
	for (i = 0; i < JP_LANES; i++) {
		now = service_of(&h->lanes[i], side);
		said = &s->said[i];
		now.port = s->has_own ? now.port : 0;
		if (!moved && now.port == said->port &&
		    (now.port == 0 || strcmp(now.type, said->type) == 0))
			continue;
		if (said->port != 0)
			brski_mdns_withdraw(s->mdns, said->type, said->port);
		announce_lane(h, i, side, now);
	}
}

static enum brski_rc
put_port(unsigned port, const char *address, struct brski_buf *out, struct brski_err *err)
{
	char text[8], url[INET6_ADDRSTRLEN + 24];
	enum brski_rc rc;

	snprintf(text, sizeof(text), "%u", port);
	snprintf(url, sizeof(url), "coaps://[%s]:%u", address, port);
	if ((rc = brski_link_put(out, BRSKI_LIT(""), err)) != BRSKI_OK ||
	    (rc = brski_link_put_attribute(out, "brski-jp", brski_slice_str(text), false, err)) !=
	        BRSKI_OK ||
	    (rc = brski_link_put(out, brski_slice_str(url), err)) != BRSKI_OK)
		return rc;
	return brski_link_put_attribute(out, "rt", BRSKI_LIT("brski.jp"), false, err);
}

/* In the new form, join proxy 5.2, and the one before it. */
enum brski_rc
jp_hub_links(const struct jp_hub *h, const struct sockaddr *own, struct brski_buf *out,
    struct brski_err *err)
{
	const struct sockaddr_in6 *at = (const struct sockaddr_in6 *)own;
	char address[INET6_ADDRSTRLEN];
	enum brski_rc rc = BRSKI_OK;
	size_t i, s;

	if (!udp_address_is_link_local(own) ||
	    inet_ntop(AF_INET6, &at->sin6_addr, address, sizeof(address)) == NULL)
		return BRSKI_OK;
	for (s = 0; s < h->conf.sides_n; s++)
		for (i = 0; i < JP_LANES && rc == BRSKI_OK; i++) {
			const struct lane *l = &h->lanes[i];

			if (h->sides[s].index == at->sin6_scope_id && l->doors[s].relay != NULL &&
			    is_offered(l, s))
				rc = put_port(door_port(&l->doors[s]), address, out, err);
		}
	return rc;
}

static enum brski_rc
give_links(void *arg, const struct sockaddr *own, struct brski_buf *out, struct brski_err *err)
{
	return jp_hub_links(arg, own, out, err);
}

/* --- sides */

/* The link-local address of an interface, which pledges are told. */
static void
read_own(struct side *s)
{
	struct ifaddrs *list = NULL, *at;
	const struct sockaddr_in6 *a;

	s->has_own = false;
	if (s->index == 0 || getifaddrs(&list) != 0)
		return;
	for (at = list; at != NULL && !s->has_own; at = at->ifa_next) {
		a = (const struct sockaddr_in6 *)at->ifa_addr;
		if (a == NULL || a->sin6_family != AF_INET6 ||
		    !IN6_IS_ADDR_LINKLOCAL(&a->sin6_addr) || a->sin6_scope_id != s->index)
			continue;
		s->own = *a;
		s->own.sin6_port = 0;
		s->has_own = true;
	}
	freeifaddrs(list);
}

static void
refresh_side(struct jp_hub *h, size_t side)
{
	struct side *s = &h->sides[side];
	unsigned index = if_nametoindex(h->conf.sides[side]);
	size_t i;

	/* another interface of that name: the doors on the former are dead */
	for (i = 0; index != s->index && i < JP_LANES; i++)
		close_door(h, &h->lanes[i].doors[side]);
	s->index = index;
	read_own(s);
}

static void
settle(struct jp_hub *h)
{
	size_t s;

	open_doors(h);
	for (s = 0; s < h->conf.sides_n && !h->conf.mute; s++)
		announce(h, s);
}

static void
tell_relays(struct jp_hub *h, size_t side)
{
	size_t i;

	for (i = 0; i < JP_LANES; i++)
		if (h->lanes[i].doors[side].relay != NULL)
			jp_links_changed(h->lanes[i].doors[side].relay);
}

void
jp_hub_links_changed(struct jp_hub *h)
{
	size_t s;

	for (s = 0; s < h->conf.sides_n; s++) {
		refresh_side(h, s);
		tell_relays(h, s);
	}
	settle(h);
}

/* --- lanes */

static bool
same_first(const struct jp_targets *a, const struct jp_targets *b)
{
	const struct jp_place x = { .at = a->at[0] }, y = { .at = b->at[0] };

	return a->n > 0 && b->n > 0 && jp_place_same(&x, &y);
}

/* The lane of before, by name or by address; NULL: there is none. */
static struct lane *
old_lane(struct jp_hub *h, const struct jp_choice *c, bool by_name)
{
	struct lane *l;

	for (l = h->lanes; l < h->lanes + JP_LANES; l++) {
		if (l->live || !l->used || l->choice.transport != c->transport)
			continue;
		if (by_name ? c->instance[0] != '\0' && c->link == l->choice.link &&
		            strcmp(c->instance, l->choice.instance) == 0
		            : same_first(&c->targets, &l->choice.targets))
			return l;
	}
	return NULL;
}

/* One that nobody had, or whose registrar is gone. */
static struct lane *
new_lane(struct jp_hub *h)
{
	struct lane *l, *found = NULL;
	size_t s;

	for (l = h->lanes; l < h->lanes + JP_LANES; l++)
		if (!l->live && (found == NULL || (found->used && !l->used)))
			found = l;
	for (s = 0; found != NULL && s < JP_SIDES_MAX; s++)
		close_door(h, &found->doors[s]);
	return found;
}

static void
give_lane(struct lane *l, struct jp_choice *c)
{
	l->choice = *c;
	l->used = l->live = true;
	c->targets.n = 0; /* it has its lane */
}

void
jp_hub_set_places(struct jp_hub *h, const struct jp_place *places, size_t n)
{
	struct jp_choice choices[JP_LANES];
	size_t chosen = jp_choose(&h->conf.ways, places, n, choices), i;
	int how;
	struct lane *l;

	h->crowded = chosen > JP_LANES;
	chosen = h->crowded ? JP_LANES : chosen;
	for (i = 0; i < JP_LANES; i++)
		h->lanes[i].live = false;
	for (how = 0; how < 2; how++)
		for (i = 0; i < chosen; i++)
			if (choices[i].targets.n > 0 &&
			    (l = old_lane(h, &choices[i], how == 0)) != NULL)
				give_lane(l, &choices[i]);
	for (i = 0; i < chosen; i++)
		if (choices[i].targets.n > 0 && (l = new_lane(h)) != NULL)
			give_lane(l, &choices[i]);
	settle(h);
}

bool
jp_hub_is_crowded(const struct jp_hub *h)
{
	return h->crowded;
}

unsigned
jp_hub_port(const struct jp_hub *h, size_t i, enum jp_transport t)
{
	const struct lane *l = &h->lanes[i];

	return l->choice.transport == t && is_offered(l, 0) ? door_port(&l->doors[0]) : 0;
}

struct jp_hub_counts
jp_hub_count(const struct jp_hub *h)
{
	struct jp_hub_counts out = h->gone;
	size_t i, s;

	if (h->responder != NULL)
		out.questions += brski_coap_responder_dropped(h->responder);
	for (s = 0; s < JP_SIDES_MAX; s++) {
		if (h->sides[s].mdns != NULL)
			out.questions += brski_mdns_dropped(h->sides[s].mdns);
		for (i = 0; i < JP_LANES; i++)
			count_door(&h->lanes[i].doors[s], &out);
	}
	return out;
}

/* --- life */

enum brski_rc
jp_hub_new(struct brski_loop *loop, const struct jp_hub_conf *conf, struct jp_hub **out,
    struct brski_err *err)
{
	struct brski_coap_responder_conf answer = { .interfaces = conf->sides,
		.interfaces_n = conf->sides_n,
		.port = conf->coap_port,
		.links = give_links,
		.log = conf->log };
	struct jp_hub *h = calloc(1, sizeof(*h));
	enum brski_rc rc = BRSKI_OK;

	*out = NULL;
	if (h == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a join proxy");
	h->loop = loop;
	h->conf = *conf;
	answer.arg = h;
	if (!conf->mute)
		rc = brski_coap_responder_new(loop, &answer, &h->responder, err);
	if (rc != BRSKI_OK) {
		jp_hub_free(h);
		return rc;
	}
	jp_hub_links_changed(h);
	*out = h;
	return BRSKI_OK;
}

void
jp_hub_free(struct jp_hub *h)
{
	size_t i, s;

	if (h == NULL)
		return;
	brski_coap_responder_free(h->responder);
	for (s = 0; s < JP_SIDES_MAX; s++) {
		brski_mdns_free(h->sides[s].mdns);
		for (i = 0; i < JP_LANES; i++)
			close_door(h, &h->lanes[i].doors[s]);
	}
	free(h);
}
