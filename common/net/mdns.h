/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mDNS and DNS-SD, RFC 6762 and RFC 6763: what registrars and join proxies announce and what
 * pledges and proxies browse. The daemon of the machine does it where one runs (avahi-client);
 * otherwise a responder of our own in this process (avahi-core). One AvahiPoll on our loop.
 */
#ifndef BRSKI_MDNS_H
#define BRSKI_MDNS_H

#include <sys/socket.h>
#include "base/log.h"
#include "net/loop.h"

#define BRSKI_MDNS_ADDRESS_MAX  80 /* "[fe80::1%eth0]:443" with its NUL */
#define BRSKI_MDNS_INSTANCE_MAX 64 /* RFC 6763 4.1.1, with its NUL */
/*
 * Instances kept per browser. Where more are heard of, those that did not say yet where they are
 * make room for others, as the lot falls; that is drawn again and again, after pauses that double,
 * so that a real one gets its place among inventions. Who said where he is keeps his place, unless
 * nearly all did. A daemon takes 1,024 questions from a client, two for each.
 */
#define BRSKI_MDNS_FOUND_MAX 256

struct brski_mdns;

struct brski_mdns_conf {
	/*
	 * Borrowed for the call. NULL: all that can multicast. Others without any: none, so that
	 * nothing is said or heard at all.
	 */
	const char *const *interfaces;
	size_t interfaces_n;
	bool own; /* never ask a daemon */
	const struct brski_log *log;
};
/*
 * Nothing is sent before the first announce or browse, and nothing of this machine is answered for
 * before the first announce. No network yet is no failure. Never freed from within found().
 */
enum brski_rc brski_mdns_new(struct brski_loop *loop, const struct brski_mdns_conf *conf,
    struct brski_mdns **out, struct brski_err *err);
void brski_mdns_free(struct brski_mdns *m); /* withdraws what was announced; NULL is fine */
/* Records and instances that peers sent and that were no good or too many. */
unsigned brski_mdns_dropped(const struct brski_mdns *m);

struct brski_mdns_service {
	const char *type; /* "_brski-registrar._tcp" */
	const char *name; /* instance; made unique on the link */
	uint16_t port;
	const char *const *txt; /* "key" or "key=value" */
	size_t txt_n;
	/*
	 * Where it listens: only addresses that lead there are announced. NULL, :: or no address
	 * of IPv4 or IPv6: all of this machine; 0.0.0.0: those of IPv4.
	 */
	const struct sockaddr *at;
};
/* Everything is copied. A name conflict is resolved by another name (RFC 6762 9). */
enum brski_rc brski_mdns_announce(struct brski_mdns *m, const struct brski_mdns_service *s,
    struct brski_err *err);

/* What is announced of that type with that port goes; the rest is not touched. */
void brski_mdns_withdraw(struct brski_mdns *m, const char *type, uint16_t port);

struct brski_mdns_found {
	char instance[BRSKI_MDNS_INSTANCE_MAX];
	/* one call per address; link-local ones with their interface */
	char address[BRSKI_MDNS_ADDRESS_MAX];
	unsigned interface; /* index */
};
/*
 * found(arg, f, true) for each address of each instance, found(arg, f, false) when it goes. What
 * peers say (instance, TXT) is cleaned; broken records are dropped and counted.
 */
enum brski_rc brski_mdns_browse(struct brski_mdns *m, const char *type,
    void (*found)(void *arg, const struct brski_mdns_found *f, bool there), void *arg,
    struct brski_err *err);

#endif
