/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoAP server: binds the routes that have a CoAP name to DTLS sessions, RFC 7252, RFC 7959,
 * RFC 9148 4, cBRSKI 6. Block1 is put together and Block2 cut by a bounded layer of
 * our own; a repeated message gets the same answer again; an operation that waits is acknowledged
 * and answered separately.
 */
#ifndef BRSKI_COAP_SERVER_H
#define BRSKI_COAP_SERVER_H

#include "coap/coap.h"
#include "net/dtls.h"
#include "net/exchange.h"

struct brski_coap_limits { /* 0: the default in brackets */
	/* [4 MiB] of unfinished requests and kept answers, all sessions; requests get half of it */
	size_t bodies;
	unsigned block_ms; /* [60000] between two blocks of one body */
	unsigned ack_ms;   /* [500] before an operation that waits is acknowledged */
	unsigned again_ms; /* [2000] ACK_TIMEOUT of separate answers, RFC 7252 4.8 */
};

struct brski_coap_server_conf {
	const char *listen;               /* UDP; borrowed for the call; NULL: none, tests only */
	struct brski_tls *tls;            /* datagram server context */
	bool jpy;                         /* for stateless join proxies, net/dtls.h */
	const struct brski_route *routes; /* borrowed; those without a CoAP name are not served */
	size_t routes_n;
	void *app; /* handed to handlers */
	struct brski_dtls_limits dtls;
	struct brski_coap_limits limits;
	const struct brski_log *log;
	/* as in http_server.h */
	void (*turned_away)(void *app, const struct brski_exchange *x, const struct brski_err *err);
};

struct brski_coap_server;
enum brski_rc brski_coap_server_new(struct brski_loop *loop,
    const struct brski_coap_server_conf *conf, struct brski_coap_server **out,
    struct brski_err *err);
void brski_coap_server_set_tls(struct brski_coap_server *s, struct brski_tls *tls);
void brski_coap_server_free(struct brski_coap_server *s); /* open exchanges end in op_free() */
unsigned brski_coap_server_port(const struct brski_coap_server *s);
/* What was dropped without an answer; of NULL: nothing. */
struct brski_coap_counts {
	struct brski_dtls_counts dtls;
	unsigned long messages; /* within sessions */
};
struct brski_coap_counts brski_coap_server_counts(const struct brski_coap_server *s);

/*
 * One client. Its requests are served one at a time: a new one (NSTART 1, RFC 7252 4.7) means that
 * the one before was given up, which cancels it; a body has to come in order.
 *
 * These three are the same server without DTLS under it, for tests and fuzzing: datagrams in,
 * datagrams out. A reference to peer is taken. Sessions made here are freed before the server is.
 */
struct brski_coap_session;
struct brski_coap_session *brski_coap_session_new(struct brski_coap_server *s,
    struct brski_peer_ref *peer, void (*send)(void *arg, struct brski_slice datagram), void *arg);
void brski_coap_session_input(struct brski_coap_session *c, struct brski_slice datagram);
void brski_coap_session_free(struct brski_coap_session *c);

#endif
