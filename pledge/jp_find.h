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

#define JP_PLACES 32

enum jp_transport {
	JP_HTTPS,
	JP_COAPS,
	JP_JPY,
	JP_TRANSPORTS
};
/* Somewhere that a registrar serves. */
struct jp_place {
	enum jp_transport transport;
	struct sockaddr_storage at;
	/* who it is: an mDNS instance, else "" */
	char instance[BRSKI_MDNS_INSTANCE_MAX];
};

/*
 * "https://ADDRESS[:PORT][/...]", coaps, jpy: numeric, IPv6 in brackets, with a zone where it is
 * link-local. The default port is 443, 5684, none. False: none of them.
 */
bool jp_place_parse(struct brski_slice url, struct jp_place *out);
bool jp_place_same(const struct jp_place *a, const struct jp_place *b);

struct jp_find_conf {
	const char *const *interfaces; /* of the operator's side; borrowed for the call */
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
/* The places known now, at most cap. */
size_t jp_find_places(const struct jp_find *f, struct jp_place *out, size_t cap);
/* Links, announcements that were no good, or too many. */
uint64_t jp_find_dropped(const struct jp_find *f);

/* Datagrams and records that were no answers. */
uint64_t jp_find_unheard(const struct jp_find *f);

/* What came in; public for tests. */
void jp_find_answer(void *find, const struct sockaddr *from, struct brski_slice links);
void jp_find_announced(struct jp_find *f, enum jp_transport t, const struct brski_mdns_found *found,
    bool there);

#endif
