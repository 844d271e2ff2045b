/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of net/dtls.h: one session, of a server or of a client. */
#ifndef BRSKI_DTLS_SESSION_H
#define BRSKI_DTLS_SESSION_H

#include <event2/event_struct.h>
#include <sys/queue.h>
#include "net/addr_count.h"
#include "net/dtls.h"
#include "net/dtls_socket.h"

#define DTLS_RANDOM 32

/*
 * The longest chain there is (five certificates of 4 KiB) sent four times, and some. All of it may
 * stay with wolfSSL: datagrams are put together from pieces in any order.
 */
#define DTLS_HANDSHAKE_BYTES 98304

enum dtls_state {
	DTLS_WAITING, /* for a ClientHello with a good cookie; not in the table */
	DTLS_HANDSHAKE,
	DTLS_UP,
	DTLS_OVER /* gone() was called, or there never was up() */
};

/* Datagrams that leave before the cookie is proven: kept, not sent. */
struct dtls_answer {
	size_t n; /* of all of them; the first one is in data */
	uint8_t data[BRSKI_DTLS_MTU];
};

/* What its owner, a server or a client, is told and asked. */
struct dtls_owner {
	struct brski_loop *loop;
	int fd;
	const struct brski_dtls_events *events;
	void *arg;
	const struct brski_log *log;
	uint64_t logged; /* of lines about sessions that failed: a flood is none of lines */
	unsigned handshake_ms, idle_ms, bad_records, handshake_bytes;
	unsigned overhead; /* of what datagrams are wrapped into: they are smaller by that */
	/* The session is over; called once, before its memory goes. */
	void (*left)(struct dtls_owner *o, struct brski_dtls_session *s);
};

struct brski_dtls_session {
	TAILQ_ENTRY(brski_dtls_session) link; /* of its owner */
	struct dtls_owner *owner;
	enum dtls_state state;
	unsigned busy; /* calls under way: memory stays */
	bool wrote;    /* since the timer was set */
	struct brski_tls *tls;
	struct WOLFSSL *ssl;
	struct brski_tls_verdict verdict;
	struct dtls_path path;
	struct brski_slice in;      /* the datagram in hand */
	struct dtls_answer *answer; /* DTLS_WAITING: where datagrams go */
	struct event resend, deadline;
	struct brski_peer_ref *peer;
	struct brski_addr_entry *address; /* the server's */
	uint8_t random[DTLS_RANDOM];      /* of its ClientHello */
	void *user;
	unsigned bad;
	bool useful;       /* brski_dtls_useful() */
	size_t taken;      /* bytes, before it was up */
	uint64_t up_ms;    /* when its handshake was over */
	uint64_t since_ms; /* its handshake began; once up: its last application record */
	struct brski_err err;
};

/* DTLS_WAITING; a reference to tls is taken. NULL without memory. */
struct brski_dtls_session *dtls_session_new(struct dtls_owner *o, struct brski_tls *tls);
/* Of one that is waiting, or over. NULL is fine. */
void dtls_session_free(struct brski_dtls_session *s);

/* Into DTLS_HANDSHAKE with who is at the other end. */
enum brski_rc dtls_session_start(struct brski_dtls_session *s, const struct dtls_path *path,
    const struct sockaddr *peer, struct brski_err *err);
/* Of a clock that is never set. */
uint64_t dtls_now_ms(void);
/* The next one that wolfSSL reads. */
void dtls_session_hand(struct brski_dtls_session *s, struct brski_slice datagram);
/* A datagram came; or none: go on. s may be gone afterwards. */
void dtls_session_input(struct brski_dtls_session *s, struct brski_slice datagram);
/* The end without a good-bye to the peer; why may be NULL. */
void dtls_session_drop(struct brski_dtls_session *s, const struct brski_err *why);

#endif
