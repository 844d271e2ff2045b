/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a join proxy offers to pledges: for each registrar a port on each of their interfaces, and
 * word of it by mDNS and CoAP. Nothing is offered that leads nowhere; join proxy 4.
 */
#ifndef PLEDGE_JP_HUB_H
#define PLEDGE_JP_HUB_H

#include "pledge/jp.h"
#include "pledge/jp_circuit.h"
#include "pledge/jp_find.h"

#define JP_LANES 8 /* registrars, once per way of relaying */

/* Which ways are wanted; none: what the places allow, join proxy 4.3. */
struct jp_ways {
	bool circuit, stateful, stateless;
};

/* A registrar and how it is relayed to: UDP to the first of its addresses. */
struct jp_choice {
	enum jp_transport transport;
	char instance[BRSKI_MDNS_INSTANCE_MAX];
	unsigned link; /* jp_place.h */
	bool led;      /* CoAP told of the first address */
	struct jp_targets targets;
};
/*
 * HTTPS by circuits. UDP stateless if any registrar can do that, else stateful, unless ways says
 * otherwise. One announcement's places are a choice. So is each address that CoAP told of, unless
 * an announcement leads there first. Two that lead to the same address first are one. Nobody is
 * asked whether what he announces is his: so who announces another's address takes nothing from
 * him. How many there are, which may be more than JP_LANES: the others are not in out. At most
 * JP_PLACES are looked at.
 */
size_t jp_choose(const struct jp_ways *ways, const struct jp_place *places, size_t n,
    struct jp_choice out[JP_LANES]);

struct jp_hub_conf {
	const char *const *sides; /* the pledges' interfaces; borrowed */
	size_t sides_n;           /* at most JP_SIDES_MAX */
	struct jp_ways ways;
	uint16_t https_port, coaps_port; /* of the first registrar on the first interface [any] */
	uint16_t coap_port;              /* where pledges ask by CoAP [5683] */
	bool mute;                       /* say nothing by mDNS and CoAP */
	/* [link-local ones]; for tests on a loopback */
	bool (*admit)(const struct sockaddr *from);
	bool (*is_local)(const struct in6_addr *a);
	const struct brski_log *log;
};
#define JP_SIDES_MAX 8

struct jp_hub;
enum brski_rc jp_hub_new(struct brski_loop *loop, const struct jp_hub_conf *conf,
    struct jp_hub **out, struct brski_err *err);
/*
 * These are the registrars now. A port stays with its registrar as long as there is room, also
 * while it is gone: a pledge may have it in mind.
 */
void jp_hub_set_places(struct jp_hub *h, const struct jp_place *places, size_t n);
/* There are more registrars than lanes. */
bool jp_hub_is_crowded(const struct jp_hub *h);
void jp_hub_links_changed(struct jp_hub *h); /* interfaces or addresses came or went */
/* The links for a pledge that reached us at own. */
enum brski_rc jp_hub_links(const struct jp_hub *h, const struct sockaddr *own,
    struct brski_buf *out, struct brski_err *err);
/* The i-th lane's port on the first interface; 0: none. For tests. */
unsigned jp_hub_port(const struct jp_hub *h, size_t i, enum jp_transport t);
/* Of all ports that there are and were. */
struct jp_hub_counts {
	struct jp_counts relays;
	uint64_t circuits;  /* connections that were not served */
	uint64_t questions; /* by mDNS and CoAP that were no good */
};
struct jp_hub_counts jp_hub_count(const struct jp_hub *h);
void jp_hub_free(struct jp_hub *h); /* NULL is fine */

#endif
