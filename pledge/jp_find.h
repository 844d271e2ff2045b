/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which registrars a join proxy may relay to: those that announce themselves by mDNS or answer by
 * CoAP on the operator's side. That only says where to go: whom to trust is the pledge's to judge.
 */
#ifndef PLEDGE_JP_FIND_H
#define PLEDGE_JP_FIND_H

#include "base/log.h"
#include "net/coap_multicast.h"
#include "net/mdns.h"
#include "pledge/jp_place.h"

#define JP_PLACES       64 /* looked at at a time */
#define JP_PLACES_HEARD 64 /* kept of what was said by CoAP */
#define JP_PLACES_TURN  4  /* whose turn ends when others wait */

struct jp_find_conf {
	/* of the operator's side; borrowed for the call; none: nobody is looked for */
	const char *const *interfaces;
	size_t interfaces_n;
	uint32_t ask_ms; /* [30000] between two rounds of questions; the first come faster */
	uint16_t port;   /* [5683] */
	void (*changed)(void *arg);
	void *arg;
	const struct brski_log *log;
};

struct jp_find;
/* Goes on with CoAP alone where mDNS is not to be had. */
enum brski_rc jp_find_new(struct brski_loop *loop, const struct jp_find_conf *conf,
    struct jp_find **out, struct brski_err *err);
void jp_find_free(struct jp_find *f); /* NULL is fine */
/*
 * Interfaces or addresses came or went, and these are the ones of the operator's side now: those
 * that are new are looked at as well, and all are asked at once.
 */
void jp_find_links_changed(struct jp_find *f, const char *const *interfaces, size_t n);
/*
 * At most cap of the places that are known and can be relayed to now, JP_TARGETS of each
 * announcement. Everything that mdns.h tells of is kept, and by CoAP it is asked again and again:
 * what is not among them waits for its turn.
 */
size_t jp_find_places(const struct jp_find *f, struct jp_place *out, size_t cap);
/* Are any known at all, also such that cannot be relayed to now? */
bool jp_find_knows(const struct jp_find *f);
/*
 * The first ones give way to those behind them. Whoever invents registrars has as many turns as he
 * has inventions, but a real one has its turn too.
 */
void jp_find_turn(struct jp_find *f);
/* Links, announcements that were no good, or too many. */
uint64_t jp_find_dropped(const struct jp_find *f);

/* Datagrams and records that were no answers. */
uint64_t jp_find_unheard(const struct jp_find *f);

/* What came in; public for tests. */
void jp_find_answer(void *find, const struct sockaddr *from, struct brski_slice links);
void jp_find_announced(struct jp_find *f, enum jp_transport t, const struct brski_mdns_found *found,
    bool there);

#endif
