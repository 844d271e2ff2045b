/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client's inside: http_client.c (sessions, calls), http_link.c, http_curl.c. */
#ifndef BRSKI_HTTP_LINK_H
#define BRSKI_HTTP_LINK_H

#include <curl/curl.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/queue.h>
#include "net/http_client.h"
#include "net/peer_ref.h"
#include "net/pump.h"

#define HTTP_HOST_MAX    256   /* of a URL, with its NUL; RFC 1035 3.1 */
#define HTTP_HEADERS_MAX 16384 /* bytes of an answer's header section */

struct brski_http_client {
	struct brski_loop *loop;
	const struct brski_log *log;
	struct evdns_base *dns; /* made for the first name that is not an address */
};

/* Where a URL leads. */
struct http_origin {
	char host[HTTP_HOST_MAX]; /* without brackets, with a zone: "fe80::1%eth0" */
	char port[8];
};

struct http_link;
struct http_call;
TAILQ_HEAD(http_links, http_link);
TAILQ_HEAD(http_calls, http_call);

struct brski_http_session {
	struct brski_http_client *client;
	struct brski_http_session_conf conf;
	struct http_links links;
	unsigned links_n;
	struct http_calls waiting;
	bool connected_once;
	struct event dispatch;
};

struct http_call {
	TAILQ_ENTRY(http_call) entry;
	struct brski_http_session *session;
	struct http_link *link; /* NULL: waiting */
	struct brski_http_call conf;
	struct http_origin origin;
	char *url; /* as curl gets it: http, and no user */
	struct curl_slist *headers;
	struct brski_buf body, answer;
	struct event total, stall;
	CURL *easy;
	size_t header_bytes;
	curl_off_t sent, received;
	bool again;       /* was on a kept connection that proved dead */
	enum brski_rc rc; /* why our callbacks gave up */
	struct brski_err err;
	char media[128];
	char *location;
	bool has_media;
};

enum http_link_state {
	LINK_RESOLVE,
	LINK_CONNECT,
	LINK_HANDSHAKE,
	LINK_IDLE,
	LINK_BUSY
};

struct http_resolve;
struct http_link {
	TAILQ_ENTRY(http_link) entry;
	struct brski_http_session *session;
	enum http_link_state state;
	struct http_origin origin;
	struct http_resolve *resolve;
	struct evutil_addrinfo *addresses, *next;
	struct sockaddr_storage to;
	int fd; /* while connecting */
	struct event connected, timer;
	struct brski_pump *pump; /* NULL when the network end is gone */
	struct brski_peer_ref *peer;
	unsigned served; /* calls that were answered on it */
	struct http_call *call;
	/* curl's */
	CURLM *multi;
	int local; /* our end for curl; -1 once curl has it */
	bool curl_closed;
	struct event curl_io, curl_timer;
};

/* http_client.c */
void http_call_end(struct http_call *call, enum brski_rc rc, long status, unsigned retry_after_s);
void http_call_requeue(struct http_call *call);
void http_session_dispatch_soon(struct brski_http_session *s);

/* http_link.c */
enum brski_rc http_link_new(struct brski_http_session *s, struct http_call *call,
    struct http_link **out, struct brski_err *err);
void http_link_free(struct http_link *l); /* its call is not touched */
/* The call is over: keep the link for the next one, or not. */
void http_link_release(struct http_link *l, bool keep);

/* http_curl.c */
enum brski_rc http_curl_open(struct http_link *l, struct brski_err *err);
void http_curl_close(struct http_link *l);
enum brski_rc http_curl_start(struct http_link *l, struct brski_err *err);
void http_curl_stop(struct http_call *call);
/* Read a URL: origin, and the text for curl. E_MALFORMED. */
enum brski_rc http_url_read(const char *url, bool tls, struct http_call *call,
    struct brski_err *err);

#endif
