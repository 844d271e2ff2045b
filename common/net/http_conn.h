/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server's inside: what http_server.c, http_conn.c and http_request.c share. */
#ifndef BRSKI_HTTP_CONN_H
#define BRSKI_HTTP_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <microhttpd.h>
#include <sys/queue.h>
#include "net/addr_count.h"
#include "net/crowd.h"
#include "net/http_server.h"
#include "net/peer_ref.h"
#include "net/pump.h"

struct http_conn;
TAILQ_HEAD(http_conns, http_conn);

struct brski_http_server {
	struct brski_loop *loop;
	struct brski_http_server_conf conf;
	struct brski_tls *tls;
	struct evconnlistener *listener;
	char *unix_path;
	unsigned port;
	struct event accept_again;
	struct MHD_Daemon *mhd;
	struct event mhd_ready, mhd_due;
	struct http_conns conns;
	struct brski_crowd crowd;
	struct brski_addr_count addresses;
	int64_t told_at; /* when the last line about a limit was logged */
	/* by file number of the local socket: handed to MHD, which has not said hello yet */
	struct http_conn **handed;
	size_t handed_n;
	bool stopping;
};

enum http_state {
	HTTP_HANDSHAKE,
	HTTP_IDLE,    /* between requests */
	HTTP_READING, /* a request has begun */
	HTTP_WORKING, /* it is complete, the operation has it */
	HTTP_REPLYING /* the answer is on its way */
};

struct http_request;
struct http_conn {
	TAILQ_ENTRY(http_conn) link;
	struct brski_http_server *server;
	unsigned refs;           /* the pump's and MHD's */
	struct brski_pump *pump; /* NULL: the connection is gone */
	enum http_state state;
	struct event timer;
	struct brski_peer_ref *peer;
	struct brski_addr_entry *address;
	struct http_request *request; /* the one in hand */
};

/* http_conn.c */
void http_conn_accept(struct brski_http_server *s, int fd, const struct sockaddr *sa);
void http_conn_enter(struct http_conn *c, enum http_state state);
/* The answer to a request that cannot be answered through MHD (it is still coming); then close. */
void http_conn_abort(struct http_conn *c, enum brski_rc rc);
void http_conn_unref(struct http_conn *c);
void http_conn_free(struct http_conn *c);

/* http_request.c: MHD's callbacks; cls is the server */
void *http_request_new(void *cls, const char *uri, struct MHD_Connection *mc);
enum MHD_Result http_request_on(void *cls, struct MHD_Connection *mc, const char *url,
    const char *method, const char *version, const char *data, size_t *n, void **ctx);
void http_request_over(void *cls, struct MHD_Connection *mc, void **ctx,
    enum MHD_RequestTerminationCode why);
/* The server goes down: an exchange that is still open is dropped. */
void http_request_drop(struct http_request *r);

/* http_server.c */
void http_server_run(struct brski_http_server *s);
void http_server_log(const struct brski_http_server *s, const struct brski_peer *peer,
    const struct brski_err *err);
/* Hand a local socket to MHD. */
enum brski_rc http_server_hand(struct brski_http_server *s, struct http_conn *c, int local,
    struct brski_err *err);

#endif
