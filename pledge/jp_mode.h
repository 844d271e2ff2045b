/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of pledge/jp.h: what both kinds of relay share. */
#ifndef PLEDGE_JP_MODE_H
#define PLEDGE_JP_MODE_H

#include <event2/event_struct.h>
#include "net/dtls_socket.h"
#include "pledge/jp.h"
#include "pledge/jp_pace.h"

/* How a kind of relay is done; each has its own state behind jp.state. */
struct jp_kind {
	enum brski_rc (*start)(struct jp *j, struct brski_err *err);
	/* one from a pledge, fit to be relayed */
	void (*from_pledge)(struct jp *j, const struct dtls_path *path, struct brski_slice in);
	/* jp.registrar has changed */
	enum brski_rc (*moved)(struct jp *j, struct brski_err *err);
	void (*stop)(struct jp *j); /* also when start() failed */
	/* addresses of this machine came or went; NULL: new flows take what there is */
	void (*links_changed)(struct jp *j);
};
extern const struct jp_kind jp_stateful, jp_stateless;

struct jp {
	const struct jp_kind *kind;
	void *state;
	struct brski_loop *loop;
	struct jp_conf conf;
	int fd; /* the pledges' side */
	unsigned port, flows;
	struct event readable;
	struct sockaddr_storage registrar;
	socklen_t registrar_n; /* 0: none */
	struct jp_counts counts;
	struct jp_pace pace;
	struct dtls_input in[DTLS_BATCH];
};

/* Of a clock that is never set. */
uint64_t jp_now_ms(void);
/* May a datagram from there, to that address of ours, be a pledge's? */
bool jp_is_neighbour(const struct in6_addr *peer, const struct in6_addr *own);
/* To a pledge, counted. */
void jp_answer(struct jp *j, const struct dtls_path *path, struct brski_slice datagram);

#endif
