/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates that answer by plain CoAP: GET coap://[ff02::fd]/.well-known/core, for brski-jp as
 * cBRSKI 10.1 has it and for rt=brski.jp as it was before. Asked again and again, after pauses that
 * double to an hour, RFC 8995 4.1.
 */
#ifndef PLEDGE_SOURCE_COAP_H
#define PLEDGE_SOURCE_COAP_H

#include "net/coap_multicast.h"
#include "pledge/pledge.h"

/* Candidates kept: who did not answer lately makes room for others, else whom the lot falls on. */
#define PLEDGE_COAP_MAX    64
#define PLEDGE_COAP_ROUNDS 2 /* without an answer, then a candidate goes */

struct pledge_source_coap_conf {
	const char *const *interfaces; /* none: all; must outlive the source */
	size_t interfaces_n;
	void (*news)(void *arg); /* somebody new is there; may be NULL */
	void *arg;
	const struct brski_log *log;
};

struct pledge_coap_seen {
	char name[PLEDGE_CANDIDATE_MAX];
	unsigned missed; /* rounds begun since its last answer */
};

struct pledge_source_coap {
	struct brski_loop *loop;
	struct brski_coap_asker *asker;
	struct brski_timer *timer;
	uint32_t pause_ms;
	bool before; /* the older question is next */
	struct pledge_coap_seen seen[PLEDGE_COAP_MAX];
	size_t seen_n;
	void (*news)(void *arg);
	void *arg;
};

/* *s must stay where it is until it is stopped. On failure it need not be. */
enum brski_rc pledge_source_coap_start(struct pledge_source_coap *s, struct brski_loop *loop,
    const struct pledge_source_coap_conf *conf, struct brski_err *err);
void pledge_source_coap_stop(struct pledge_source_coap *s); /* legal on a zeroed one */
struct pledge_source pledge_source_coap(struct pledge_source_coap *s);
/* The links are others now: ask at once, with short pauses. */
void pledge_source_coap_again(struct pledge_source_coap *s);

/*
 * What one link of an answer means that came from a link-local address on the interface of that
 * name: pure. False: nobody to ask, or somebody else than who answered.
 */
bool pledge_source_coap_judge(const struct brski_link *l, const struct sockaddr *from,
    const char *interface, char out[PLEDGE_CANDIDATE_MAX]);

/* Somebody answered; a round begins. Public for tests. */
void pledge_source_coap_heard(struct pledge_source_coap *s, const char name[PLEDGE_CANDIDATE_MAX]);
void pledge_source_coap_round(struct pledge_source_coap *s);

#endif
