/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS 1.3 and 1.2 on one UDP socket of our own: wolfSSL behind a cookie exchange that keeps no
 * state, sessions keyed by who sends. The same contexts, keys behind handles and peer reading as
 * TLS (net/tls.h, struct brski_tls_conf.datagram).
 *
 * A server may speak to stateless join proxies instead: all its datagrams are JPY messages
 * (coap/jpy.h), and the header tells the pledges behind one proxy from each other. An answer has
 * the header of what it answers.
 *
 * A record carries one datagram of the application. Handshake messages leave in datagrams of at
 * most BRSKI_DTLS_MTU bytes, cBRSKI 6.
 */
#ifndef BRSKI_DTLS_H
#define BRSKI_DTLS_H

#include <sys/socket.h>
#include "net/loop.h"
#include "net/peer_ref.h"
#include "net/tls.h"

#define BRSKI_DTLS_MTU        1024
#define BRSKI_DTLS_RECORD_MAX 1152 /* of application data in one record, in and out */

struct brski_dtls_server;
struct brski_dtls_session;

/* What the application does with sessions. user is what up() returned. */
struct brski_dtls_events {
	/*
	 * The handshake is over; proof of possession done, nothing judged. May send, may not close;
	 * NULL: the session is closed at once (no memory).
	 */
	void *(*up)(void *arg, struct brski_dtls_session *s);
	void (*input)(void *user, struct brski_slice datagram); /* may close the session */
	void (*gone)(void *user); /* s is gone: closed by either side, idle, or replaced */
};

struct brski_dtls_limits {             /* 0: the default in brackets */
	unsigned sessions;             /* [1024] in total, handshakes included */
	unsigned sessions_per_address; /* [128] */
	unsigned handshake_ms;         /* [60000] from cookie to finished */
	unsigned idle_ms;              /* [60000] without an application record */
	unsigned bad_records;          /* [128] with CCM_8 suites: RFC 9147 4.5.3 */
	unsigned handshake_bytes;      /* [98304] that one may take: wolfSSL keeps them */
	unsigned spared_ms;            /* [5000] no session makes room for others before that */
	unsigned useful_ms;            /* [30000] once up, until brski_dtls_useful() */
	/* [1000] between handshakes of one pledge behind a join proxy; eight may come at once */
	unsigned pledge_ms;
};

struct brski_dtls_server_conf {
	const char *listen;    /* "127.0.0.1:5684", "[::]:5684"; borrowed for the call */
	struct brski_tls *tls; /* datagram server context; a reference is taken */
	bool jpy;              /* stateless join proxies, and nobody else */
	struct brski_dtls_limits limits;
	const struct brski_dtls_events *events;
	void *arg;
	const struct brski_log *log;
};
enum brski_rc brski_dtls_server_new(struct brski_loop *loop,
    const struct brski_dtls_server_conf *conf, struct brski_dtls_server **out,
    struct brski_err *err);
void brski_dtls_server_set_tls(struct brski_dtls_server *s, struct brski_tls *tls);
void brski_dtls_server_free(struct brski_dtls_server *s); /* sessions end in gone() */
unsigned brski_dtls_server_port(const struct brski_dtls_server *s);
unsigned brski_dtls_server_sessions(const struct brski_dtls_server *s);
/* What was dropped without an answer. */
struct brski_dtls_counts {
	unsigned long foreign; /* messages that were not JPY */
	unsigned long stray;   /* of nobody's session, and no ClientHello */
	unsigned long refused; /* good cookies, above a limit */
};
const struct brski_dtls_counts *brski_dtls_server_counts(const struct brski_dtls_server *s);

/*
 * Client: one session to one address. provisional contexts accept every chain, as TLS. up(),
 * input(), gone() as above, with arg as user; gone() also when the handshake fails: *err of
 * brski_dtls_session_error() says why.
 */
struct brski_dtls_client_conf {
	const struct sockaddr *to;
	socklen_t to_n;
	struct brski_tls *tls; /* datagram client context; a reference is taken */
	unsigned connect_ms;   /* [20000] handshake */
	unsigned silent_ms;    /* [connect_ms] until its first datagram: is anybody there? */
	unsigned idle_ms;      /* [60000] without an application record */
	const struct brski_dtls_events *events;
	void *arg;
	const struct brski_log *log;
};
enum brski_rc brski_dtls_connect(struct brski_loop *loop, const struct brski_dtls_client_conf *conf,
    struct brski_dtls_session **out, struct brski_err *err);

/*
 * How large a datagram may be: BRSKI_DTLS_RECORD_MAX, or less when the peer asked for
 * max_fragment_length (RFC 6066 4). 0 before up().
 */
size_t brski_dtls_room(const struct brski_dtls_session *s);
/* E_TOO_LARGE: more than that. A datagram that the network loses is lost. */
enum brski_rc brski_dtls_send(struct brski_dtls_session *s, struct brski_slice datagram,
    struct brski_err *err);
/*
 * This session is what the server is there for. One that is not is among the first to make room for
 * others, however busy it is.
 */
void brski_dtls_useful(struct brski_dtls_session *s);
/* Says good-bye; gone() is called, unless from within it. s is gone. */
void brski_dtls_close(struct brski_dtls_session *s);
/* Who is there; may be kept by brski_peer_ref(). transport is "coaps". */
struct brski_peer_ref *brski_dtls_peer(const struct brski_dtls_session *s);
const struct brski_err *brski_dtls_session_error(const struct brski_dtls_session *s);

#endif
