/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTPS client: libcurl multi in the loop. A session keeps one TLS identity and trust and reuses
 * its connections; a provisional session (tls without anchors) never opens a second connection
 * behind the caller's back.
 */
#ifndef BRSKI_HTTP_CLIENT_H
#define BRSKI_HTTP_CLIENT_H

#include "net/exchange.h"
#include "net/loop.h"
#include "net/tls.h"

struct brski_http_client;  /* the multi handle in a loop */
struct brski_http_session; /* calls that share TLS settings and connections */

enum brski_rc brski_http_client_new(struct brski_loop *loop, const struct brski_log *log,
    struct brski_http_client **out, struct brski_err *err);
void brski_http_client_free(struct brski_http_client *c);

struct brski_http_session_conf {
	struct brski_tls *tls; /* a reference is taken; client context */
	const char *unix_path; /* plain HTTP over this socket instead; NULL: TLS */
	/* provisional: all calls on the first connection; E_UNAVAILABLE once it is gone */
	bool one_connection;
	unsigned connect_ms;   /* [5000] TCP and TLS */
	unsigned total_ms;     /* [30000] per call */
	unsigned low_speed_ms; /* [5000] without a byte of progress */
	bool cork_redirects;   /* redirects are never followed; their status is the answer */
};
enum brski_rc brski_http_session_new(struct brski_http_client *c,
    const struct brski_http_session_conf *conf, struct brski_http_session **out,
    struct brski_err *err);
void brski_http_session_free(struct brski_http_session *s); /* its open calls end without done() */

struct brski_http_answer {
	/*
	 * OK: an HTTP answer came, whatever its status. E_UNAVAILABLE: no connection; E_TIMEOUT;
	 * E_CERTIFICATE: TLS verification; E_TOO_LARGE: body or headers beyond the limit
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
	 * sent. NULL: body is used.
	 */
	enum brski_rc (*compose)(void *arg, const struct brski_peer *peer, struct brski_buf *body,
	    struct brski_err *err);
	size_t max_answer; /* bytes of body; 0: 64 KiB */
	void (*done)(void *arg, const struct brski_http_answer *a);
	void *arg;
};
/* Start; done() is called exactly once, from the loop, unless the session is freed. */
enum brski_rc brski_http_call(struct brski_http_session *s, const struct brski_http_call *call,
    struct brski_err *err);

#endif
