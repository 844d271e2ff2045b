/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS server, clients and a network that loses what a test says, in one process and one loop. */
#ifndef TU_DTLS_H
#define TU_DTLS_H

#include <event2/event.h>
#include <netinet/in.h>
#include "tu.h"
#include "net/dtls.h"

struct tu_dtls;

/* A relay in front of the server: one client at a time. */
struct tu_net {
	int front, back; /* sockets: the client's side, the server's */
	struct event *front_ready, *back_ready;
	struct sockaddr_in client;
	unsigned port, n[2]; /* datagrams seen: [0] to the client, [1] to the server */
	size_t most[2], bytes[2];
	/* is the nth one (from 0) of this direction lost? NULL: none */
	bool (*lose)(void *arg, bool to_server, unsigned nth, struct brski_slice datagram);
	void *arg;
	bool twice;         /* each comes twice */
	uint8_t last[2048]; /* of those to the server */
	size_t last_n;
};

/* A session at the server, as the application sees it. */
struct tu_dtls_seen {
	struct brski_dtls_session *session; /* NULL: gone */
	struct brski_peer_ref *peer;
};

struct tu_dtls {
	struct brski_loop *loop;
	struct brski_log log;
	char line[1024]; /* the last one logged */
	unsigned lines;
	struct tu_id domain, registrar; /* the server's */
	struct tu_id factory, device;   /* the client's */
	struct brski_tls *tls;          /* the server's */
	struct brski_dtls_server *server;
	struct brski_dtls_limits limits;
	struct tu_net net;
	/* what the application saw: everything that comes in goes back */
	struct tu_dtls_seen seen[64];
	unsigned ups, gones, inputs;
	size_t last_room;    /* of the last session that came up */
	bool jpy;            /* the server speaks to join proxies */
	bool refuse;         /* up() says NULL */
	bool close_on_input; /* input() closes */
};

/* A client and what came of it. Start zeroed. */
struct tu_dtls_client {
	struct brski_dtls_session *session; /* NULL: gone */
	const char *first;                  /* sent from up(); NULL: nothing */
	unsigned connect_ms;
	unsigned silent_ms;
	bool up, gone;
	unsigned inputs;
	uint8_t got[BRSKI_DTLS_RECORD_MAX];
	size_t got_n, room;
	struct brski_err err;
	struct brski_peer_ref *peer;
};

/* The PKI, the loop, the server's TLS. */
void tu_dtls_init(struct tu_dtls *d);
void tu_dtls_serve(struct tu_dtls *d, const char *listen);
void tu_dtls_clear(struct tu_dtls *d);

/* A context; id may be NULL. conf: what differs from a provisional client, NULL: nothing. */
struct brski_tls *tu_dtls_tls(const struct tu_id *id, const struct brski_tls_conf *conf);
/* To that port of 127.0.0.1; tls is taken over. */
void tu_dtls_start(struct tu_dtls *d, struct tu_dtls_client *c, struct brski_tls *tls,
    unsigned port);
void tu_dtls_start_at(struct tu_dtls *d, struct tu_dtls_client *c, struct brski_tls *tls,
    const struct sockaddr *to, socklen_t to_n);
/* Start through the relay, wait until it is up or gone. */
void tu_dtls_connect(struct tu_dtls *d, struct tu_dtls_client *c, struct brski_tls *tls);
/* Send and wait for the echo. */
void tu_dtls_echo(struct tu_dtls *d, struct tu_dtls_client *c, const char *text);
void tu_dtls_end(struct tu_dtls *d, struct tu_dtls_client *c);

/* One more relay in front of the server; the first is d->net. */
void tu_net_open(struct tu_dtls *d, struct tu_net *n);
void tu_net_close(struct tu_net *n); /* zeroed is fine */

/* Run the loop until *flag, or *n is at least want; the test fails after 20 seconds. */
void tu_dtls_until(struct tu_dtls *d, const bool *flag);
void tu_dtls_until_n(struct tu_dtls *d, const unsigned *n, unsigned want);
void tu_dtls_run_ms(struct tu_dtls *d, unsigned ms);

#endif
