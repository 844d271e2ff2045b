/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UDP half of a join proxy, draft-ietf-anima-constrained-join-proxy: what pledges send to a
 * port on their link goes to a registrar, and its answers go back to the very pledge, from the
 * address and on the interface that it used. What is inside (DTLS) is nobody's business here.
 *
 *	JP_STATEFUL   for each pledge's address and port a socket of its own towards the registrar
 *	JP_STATELESS  one socket, JPY messages (coap/jpy.h): the registrar keeps who the pledge is,
 *	              in a header that only we can read or make (pledge/jp_header.h)
 *
 * Only link-local sources are heard: a pledge is a neighbour, and the registrar relies on that. Who
 * sends too much is heard less, others are not; who forges many addresses keeps none out whom the
 * registrar talks to (pledge/jp_pace.h). What fills all places keeps nobody out for longer than it
 * takes to tell that it is no onboarding. Whatever is dropped is counted and not answered.
 */
#ifndef PLEDGE_JP_H
#define PLEDGE_JP_H

#include <netinet/in.h>
#include <stdbool.h>
#include "net/loop.h"

#define JP_DATAGRAM_MAX    2048 /* either way, without the wrapping */
#define JP_FLOWS_PLEDGE    2    /* JP_STATEFUL: at a time, of one pledge's address */
#define JP_FLOWS_LINK      256  /* and of all those on one interface */
#define JP_PORTS           4    /* JP_STATELESS: in use, of one pledge's address */
#define JP_PACE_PER_SECOND 64   /* datagrams of one pledge's address, in the long run */
#define JP_PACE_BURST      256  /* and at once: more than one onboarding has */
#define JP_LINK_PER_SECOND 512  /* of all pledges together */
#define JP_LINK_BURST      2048 /* half of it is for those whom the registrar talks to */

enum jp_mode {
	JP_STATEFUL,
	JP_STATELESS
};

struct jp_conf {            /* 0: the default in brackets */
	const char *listen; /* IPv6, "[::]:0"; borrowed for the call */
	const char *device; /* only what comes by it, and IPv6 only [any]; borrowed for the call */
	unsigned link;      /* index of the pledges' interface [any] */
	unsigned idle_ms;   /* JP_STATEFUL [30000] after the last datagram either way */
	/* JP_STATEFUL [5000] of silence: then a new flow of that pledge ends it */
	unsigned spared_ms;
	/*
	 * JP_STATEFUL: where there is no room, a flow of somebody else ends after this time [250]
	 * if the registrar does not talk to it, or its pledge has others,
	 */
	unsigned proof_ms;
	unsigned whole_ms;     /* [120000] and after this in any case: a whole onboarding fits in */
	unsigned heard_ms;     /* JP_STATELESS [120000] for answers to a pledge that is silent */
	unsigned pledge_flows; /* [JP_FLOWS_PLEDGE] */
	unsigned link_flows;   /* [JP_FLOWS_LINK] */
	unsigned pledge_ports; /* JP_STATELESS [JP_PORTS], at most JP_PACE_PORTS */
	/* may a pledge have it? [fe80::/64, and not our own]; tests on a loopback say more */
	bool (*is_local)(const struct in6_addr *a);
};

struct jp_counts {
	unsigned long up, down; /* relayed, to the registrar and back */
	/* dropped: */
	unsigned long strangers; /* not from a link-local address, or on another interface */
	unsigned long crowd;     /* a flow, or a port, too many */
	unsigned long fast;      /* above the pace of one pledge */
	unsigned long full;      /* above that of all of them */
	unsigned long unfit;     /* empty, too large, or from the registrar's side no JPY */
	unsigned long forged;    /* a header that is not ours: foreign key, or wrong tag */
	unsigned long late; /* a header of a key or to a pledge that is not current: a replay */
	unsigned long lost; /* no registrar, or the network did not take it */
};

struct jp;
/* Nothing is relayed before jp_set_registrar(). E_CONFIG: listen; E_IO: not to be had. */
enum brski_rc jp_new(struct brski_loop *loop, enum jp_mode mode, const struct jp_conf *conf,
    struct jp **out, struct brski_err *err);
/*
 * Where to: the registrar's coaps port, or for JP_STATELESS its JPY port. Flows to another one end;
 * the same address again changes nothing. n 0: nowhere for now. E_UNAVAILABLE: no way there.
 */
enum brski_rc jp_set_registrar(struct jp *j, const struct sockaddr *to, socklen_t n,
    struct brski_err *err);
/* Addresses of this machine came or went. */
void jp_links_changed(struct jp *j);
unsigned jp_port(const struct jp *j); /* that pledges send to */
const struct jp_counts *jp_counts(const struct jp *j);
unsigned jp_flows(const struct jp *j); /* JP_STATEFUL */
void jp_free(struct jp *j);            /* NULL is fine */

#endif
