/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTPS client. A session keeps one TLS identity and trust and reuses its connections. Connections
 * are our own (resolver, TCP, WOLFSSL); libcurl speaks HTTP over their plaintext end and never sees
 * a key, a certificate or a network socket. Redirects are not followed: their status is the answer.
 *
 * With anchors the chain is verified by TLS and the name in the URL by tls_name.h before a byte of
 * a request leaves, and SNI is sent. Without (provisional) neither happens, and no SNI is sent.
 */
#ifndef BRSKI_HTTP_CLIENT_H
#define BRSKI_HTTP_CLIENT_H

#include "net/exchange.h"
#include "net/loop.h"
#include "net/tls.h"

struct brski_http_client;  /* the resolver and the loop */
struct brski_http_session; /* calls that share TLS settings and connections */

enum brski_rc brski_http_client_new(struct brski_loop *loop, const struct brski_log *log,
    struct brski_http_client **out, struct brski_err *err);
void brski_http_client_free(struct brski_http_client *c); /* its sessions are gone before */

struct brski_http_session_conf {
	struct brski_tls *tls; /* a reference is taken; client context. NULL: plain, http:// URLs */
	const char *unix_path; /* connect to this socket, whatever host the URL names; copied */
	/* provisional: all calls on the first connection; E_UNAVAILABLE once it is gone */
	bool one_connection;
	unsigned connect_ms; /* [5000] name, TCP and TLS */
	unsigned total_ms;   /* [30000] per call */
	unsigned
	    low_speed_ms; /* [5000] without a byte of progress, waiting for the answer included */
	unsigned connections; /* [16] at once; more calls wait for one to be free */
};
enum brski_rc brski_http_session_new(struct brski_http_client *c,
    const struct brski_http_session_conf *conf, struct brski_http_session **out,
    struct brski_err *err);
void brski_http_session_free(struct brski_http_session *s); /* its open calls end without done() */

struct brski_http_answer {
	/*
	 * OK: an HTTP answer came, whatever its status. E_UNAVAILABLE: no connection; E_TIMEOUT;
	 * E_CERTIFICATE: TLS verification; E_TOO_LARGE: body or headers beyond the limit;
	 * E_UPSTREAM: what came is not HTTP
	 */
	enum brski_rc rc;
	int status;                     /* HTTP; 0 without an answer */
	struct brski_slice media, body; /* borrowed for the callback */
	unsigned retry_after_s;         /* 0: none; seconds form and date form both read */
	const char *location;           /* NULL: none; borrowed for the callback */
	/* who answered; borrowed for the callback; NULL when never connected */
	const struct brski_peer *peer;
	struct brski_err err;
};

struct brski_http_call {
	enum brski_method method;
	const char *url;            /* copied */
	const char *media, *accept; /* copied; NULL: none */
	struct brski_slice body;    /* copied, unless compose is there */
	/*
	 * Called once the connection stands and before a byte of the request leaves: the caller
	 * sees the peer and writes the body. Not OK: the call ends with that rc and nothing was
	 * sent. NULL: body is used. Without one_connection it may be called once more, for
	 * another connection, when a kept one turns out to be dead.
	 */
	enum brski_rc (*compose)(void *arg, const struct brski_peer *peer, struct brski_buf *body,
	    struct brski_err *err);
	size_t max_answer; /* bytes of body; 0: 64 KiB */
	void (*done)(void *arg, const struct brski_http_answer *a);
	void *arg;
};
/*
 * Start; done() is called exactly once, from the loop, unless the session is freed. done() may
 * start calls and free the session. E_MALFORMED: url.
 */
enum brski_rc brski_http_call(struct brski_http_session *s, const struct brski_http_call *call,
    struct brski_err *err);

#endif
