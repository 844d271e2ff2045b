/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP(S) server: libevent listener -> wolfSSL -> socketpair -> libmicrohttpd -> routes. Also plain
 * HTTP on a Unix socket.
 */
#ifndef BRSKI_HTTP_SERVER_H
#define BRSKI_HTTP_SERVER_H

#include "base/log.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/tls.h"

struct brski_http_limits { /* 0: the default in brackets */
	/* in total [1024]; beyond: closed at accept, one log line a second at most */
	unsigned connections;
	unsigned connections_per_address; /* [128] */
	unsigned handshake_ms;            /* [10000] until TLS is up */
	/* [15000] from the first byte of a request to its last: a slow client is dropped, 408 */
	unsigned request_ms;
	unsigned idle_ms;      /* [60000] between requests */
	unsigned header_bytes; /* [8192] */
};

struct brski_http_server_conf {
	/*
	 * "127.0.0.1:8443", "[::]:8443", or "unix:/path" (mode 0660, SO_PEERCRED uid in the peer)
	 */
	const char *listen;    /* borrowed for the call */
	struct brski_tls *tls; /* NULL: plain; only with unix: or for published files */
	const struct brski_route *routes;
	size_t routes_n;
	void *app; /* handed to handlers */
	struct brski_http_limits limits;
	const struct brski_log *log; /* borrowed */
	/*
	 * Who came without the certificate that a route demands, or with a body that its transfer
	 * does not allow; called before the refusal leaves, for the audit trail. NULL: nobody wants
	 * to know.
	 */
	void (*turned_away)(void *app, const struct brski_exchange *x, const struct brski_err *err);
};

struct brski_http_server;
enum brski_rc brski_http_server_new(struct brski_loop *loop,
    const struct brski_http_server_conf *conf, struct brski_http_server **out,
    struct brski_err *err);
/* New connections use the new context; old ones keep theirs. */
void brski_http_server_set_tls(struct brski_http_server *s, struct brski_tls *tls);
/* drops connections; an exchange that is open ends in its op_free() */
void brski_http_server_free(struct brski_http_server *s);
/* the port bound (tests listen on 0) */
unsigned brski_http_server_port(const struct brski_http_server *s);

#endif
