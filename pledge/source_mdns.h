/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates that are heard of by mDNS, RFC 8995 4.1 and appendix B, cBRSKI 11.3: join proxies on
 * this device's links, then registrars on them, link-local addresses before others.
 */
#ifndef PLEDGE_SOURCE_MDNS_H
#define PLEDGE_SOURCE_MDNS_H

#include "net/mdns.h"
#include "pledge/pledge.h"

/* Candidates kept: all that mdns.h tells of, eight addresses of each instance of four types. */
#define PLEDGE_MDNS_MAX 8192

struct pledge_mdns_seen {
	char name[PLEDGE_CANDIDATE_MAX];
	unsigned rank;  /* the least comes first */
	unsigned count; /* announcements that lead there */
};

struct pledge_source_mdns;
struct pledge_mdns_kind {
	struct pledge_source_mdns *source;
	const char *type; /* "_brski-proxy._tcp" */
	const char *scheme;
	unsigned rank;
};

struct pledge_source_mdns_conf {
	const char *const *interfaces; /* none: all; borrowed for the call */
	size_t interfaces_n;
	bool https, coaps; /* which of them to look for */
	/* somebody new is there; may be NULL */
	void (*news)(void *arg);
	void *arg;
	const struct brski_log *log;
};

struct pledge_source_mdns {
	struct brski_mdns *mdns;
	struct pledge_mdns_kind kinds[6];
	size_t kinds_n;
	struct pledge_mdns_seen *seen;
	size_t seen_n, room;
	void (*news)(void *arg);
	void *arg;
};

/* *s must stay where it is until it is stopped. On failure it need not be. */
enum brski_rc pledge_source_mdns_start(struct pledge_source_mdns *s, struct brski_loop *loop,
    const struct pledge_source_mdns_conf *conf, struct brski_err *err);
void pledge_source_mdns_stop(struct pledge_source_mdns *s); /* legal on a zeroed one */
struct pledge_source pledge_source_mdns(struct pledge_source_mdns *s);

/* What an announcement of that kind means; public for tests. */
void pledge_source_mdns_found(void *kind, const struct brski_mdns_found *f, bool there);

#endif
