/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP server and client in one process and one loop, with a PKI of their own. */
#ifndef TU_HTTP_H
#define TU_HTTP_H

#include "tu.h"
#include "net/http_client.h"
#include "net/http_server.h"

struct tu_http {
	struct brski_loop *loop;
	struct brski_http_client *client;
	struct brski_http_server *server;
	struct brski_log log;
	char line[1024]; /* the last one logged */
	unsigned lines;
	struct tu_id domain, registrar; /* the server's */
	struct tu_id factory, device;   /* the client's */
	struct brski_tls *tls;          /* the server's */
	struct brski_http_limits limits;
	/* what the operations saw */
	unsigned handled, freed, turned_away;
	struct brski_exchange *held[256]; /* POST /hold */
	unsigned held_n;
	struct brski_caching caching; /* of GET /kept */
};

/* The PKI, loop, client and the server's TLS; no server yet. */
void tu_http_init(struct tu_http *h);
void tu_http_serve(struct tu_http *h, const char *listen, struct brski_tls *tls);
void tu_http_clear(struct tu_http *h);
/* "https://127.0.0.1:PORT/path"; static storage, good for the next 8 calls */
const char *tu_http_url(const struct tu_http *h, const char *scheme, const char *path);

/* Run the loop until *flag; the test fails after five seconds. */
void tu_http_until(struct tu_http *h, const bool *flag);
void tu_http_run_ms(struct tu_http *h, unsigned ms);

/* A client's TLS; key, chain and anchors may be NULL. */
struct brski_tls *tu_http_tls(const struct tu_id *id, const struct brski_certs *anchors,
    bool tls12_only);
struct brski_http_session *tu_http_session(struct tu_http *h, struct brski_tls *tls,
    bool one_connection);

/* A call and what came of it. Start zeroed. */
struct tu_http_call {
	bool done;
	enum brski_rc rc;
	int status;
	struct brski_err err;
	char media[128], body[2048], location[128];
	size_t body_n;
	unsigned retry_after_s;
	size_t chain_n; /* of the peer */
	uint8_t binding[32];
	bool has_binding, has_peer;
	/* for compose */
	unsigned composed;
	const char *text;
	enum brski_rc compose_rc;
};
void tu_http_call_start(struct brski_http_session *s, struct tu_http_call *c,
    const struct brski_http_call *call);
/* Start and wait. */
void tu_http_call(struct tu_http *h, struct brski_http_session *s, struct tu_http_call *c,
    const struct brski_http_call *call);
/* compose() for a tu_http_call: writes text, or fails with compose_rc */
enum brski_rc tu_http_compose(void *arg, const struct brski_peer *peer, struct brski_buf *body,
    struct brski_err *err);

/* A plain TCP connection to the server: send text, read until it closes or ms pass. */
int tu_raw_connect(const struct tu_http *h);
void tu_raw_send(int fd, const char *text);
/* Appends to out; true when the other end has closed. */
bool tu_raw_read(struct tu_http *h, int fd, char *out, size_t cap, unsigned ms);

#endif
