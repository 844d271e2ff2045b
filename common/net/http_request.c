/* SPDX-License-Identifier: Apache-2.0 */
/* A request of the HTTP server: from libmicrohttpd's callbacks to an exchange and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "net/http_caching.h"
#include "net/http_conn.h"
#include "net/transfer.h"

enum phase {
	HEADERS,   /* not judged yet */
	BODY,      /* accepted, body arriving */
	OPERATION, /* the handler has it */
	ANSWERED,  /* reply given, not queued yet */
	QUEUED
};

struct http_request {
	struct http_conn *conn;
	struct MHD_Connection *mc;
	struct brski_peer_ref *peer;
	enum phase phase;
	bool suspended;
	struct brski_exchange x;
	struct brski_buf body;
	size_t path_n, query_n;
	bool has_query;
	uint8_t etags[BRSKI_ETAGS][BRSKI_ETAG_MAX]; /* what x.known shows */
	char uri[];                                 /* path, then query; no NUL */
};

static struct http_conn *
conn_of(struct MHD_Connection *mc)
{
	const union MHD_ConnectionInfo *i;

	i = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i != NULL ? i->socket_context : NULL;
}

void *
http_request_new(void *cls, const char *uri, struct MHD_Connection *mc)
{
	struct http_conn *c = conn_of(mc);
	const char *q = strchr(uri, '?');
	size_t path_n = q != NULL ? (size_t)(q - uri) : strlen(uri);
	size_t query_n = q != NULL ? strlen(q + 1) : 0;
	struct http_request *r;

	(void)cls;
	if (c == NULL || (r = calloc(1, sizeof(*r) + path_n + query_n)) == NULL)
		return NULL;
	r->mc = mc;
	r->conn = c;
	r->peer = brski_peer_ref(c->peer);
	r->path_n = path_n;
	r->query_n = query_n;
	r->has_query = q != NULL;
	memcpy(r->uri, uri, path_n);
	if (q != NULL)
		memcpy(r->uri + path_n, q + 1, query_n);
	c->request = r;
	/* a pipelined request: its first bytes came with the one before */
	if (c->state == HTTP_IDLE)
		http_conn_enter(c, HTTP_READING);
	return r;
}

static void
release_op(struct brski_exchange *x)
{
	void *op = x->op;

	x->op = NULL;
	if (x->op_free != NULL && op != NULL)
		x->op_free(op);
}

void
http_request_over(void *cls, struct MHD_Connection *mc, void **ctx,
    enum MHD_RequestTerminationCode why)
{
	struct http_request *r = *ctx;

	(void)cls;
	(void)mc;
	(void)why;
	*ctx = NULL;
	if (r == NULL)
		return;
	r->conn->request = NULL;
	http_conn_enter(r->conn, HTTP_IDLE);
	release_op(&r->x);
	brski_buf_clear(&r->x.reply);
	brski_shared_unref(r->x.shared);
	brski_buf_clear(&r->body);
	brski_peer_unref(r->peer);
	free(r);
}

void
http_request_drop(struct http_request *r)
{
	release_op(&r->x);
	r->phase = QUEUED;
	if (r->suspended)
		MHD_resume_connection(r->mc);
	r->suspended = false;
}

/* --- the answer */

/* A resumed connection is looked at when libmicrohttpd runs next: it wakes no epoll by itself. */
static void
resume(struct http_request *r)
{
	if (r->suspended) {
		MHD_resume_connection(r->mc);
		event_active(&r->conn->server->mhd_due, EV_TIMEOUT, 0);
	}
	r->suspended = false;
}

/* The operation has replied: at once, while its handler still runs, or later. */
static void
on_finish(struct brski_exchange *x)
{
	struct http_request *r = x->transport;
	struct brski_err err = { 0 };

	/* a refusal is a text */
	if (x->rc == BRSKI_OK && brski_transfer_encode(x->route, &x->reply, &err) != BRSKI_OK) {
		x->rc = err.rc;
		brski_buf_reset(&x->reply);
	}
	r->phase = ANSWERED;
	brski_buf_clear(&r->body);
	resume(r);
}

static bool
add_header(struct MHD_Response *res, const char *name, const char *value)
{
	return MHD_add_response_header(res, name, value) == MHD_YES;
}

/* RFC 9111 5.2: a refusal is nothing to keep, whatever the operation had in mind. */
static bool
add_caching(struct MHD_Response *res, const struct brski_exchange *x)
{
	static const struct brski_caching none;
	struct brski_clock clock = brski_clock_system();
	struct http_caching say;

	http_caching_say(x->rc == BRSKI_OK ? &x->caching : &none, brski_clock_now(&clock), &say);
	return add_header(res, MHD_HTTP_HEADER_CACHE_CONTROL, say.control) &&
	    (say.etag[0] == '\0' || add_header(res, MHD_HTTP_HEADER_ETAG, say.etag)) &&
	    (say.modified[0] == '\0' ||
	        add_header(res, MHD_HTTP_HEADER_LAST_MODIFIED, say.modified)) &&
	    (say.expires[0] == '\0' || add_header(res, MHD_HTTP_HEADER_EXPIRES, say.expires));
}

static bool
add_headers(struct MHD_Response *res, const struct brski_exchange *x)
{
	static const char *const methods[] = { NULL, "GET", "POST", "GET, POST" };
	char seconds[16];
	bool ok = add_caching(res, x);

	snprintf(seconds, sizeof(seconds), "%u", x->retry_after_s);
	if (brski_reply_bytes(x).n > 0 && x->reply_media != NULL)
		ok = ok && add_header(res, MHD_HTTP_HEADER_CONTENT_TYPE, x->reply_media);
	if (x->retry_after_s > 0)
		ok = ok && add_header(res, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	if (x->rc == BRSKI_E_METHOD)
		ok = ok && add_header(res, MHD_HTTP_HEADER_ALLOW, methods[x->allow & 3]);
	if (x->close)
		ok = ok && add_header(res, MHD_HTTP_HEADER_CONNECTION, "close");
	return ok;
}

static enum MHD_Result
queue(struct http_request *r)
{
	static char nothing[1];
	struct brski_slice bytes = brski_reply_bytes(&r->x);
	enum MHD_Result result = MHD_NO;
	unsigned status = r->x.unchanged ? MHD_HTTP_NOT_MODIFIED : (unsigned)brski_rc_http(r->x.rc);
	struct MHD_Response *res;

	/* the bytes stay ours until http_request_over() */
	res = MHD_create_response_from_buffer(bytes.n,
	    bytes.n > 0 ? (void *)(uintptr_t)bytes.p : nothing, MHD_RESPMEM_PERSISTENT);
	if (res == NULL)
		return MHD_NO;
	if (add_headers(res, &r->x))
		result = MHD_queue_response(r->mc, status, res);
	MHD_destroy_response(res);
	r->phase = QUEUED;
	http_conn_enter(r->conn, HTTP_REPLYING);
	return result;
}

/* --- the request */

static struct brski_slice
header(struct MHD_Connection *mc, const char *name)
{
	return brski_slice_str(MHD_lookup_connection_value(mc, MHD_HEADER_KIND, name));
}

/* HEAD is a GET whose body libmicrohttpd keeps. */
static bool
read_method(const char *method, enum brski_method *out)
{
	*out = strcmp(method, MHD_HTTP_METHOD_POST) == 0 ? BRSKI_POST : BRSKI_GET;
	return *out == BRSKI_POST || strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
	    strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static enum brski_rc
check_length(const struct http_request *r, struct brski_err *err)
{
	const char *length =
	    MHD_lookup_connection_value(r->mc, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	/* libmicrohttpd has refused what is not a number */
	unsigned long long n = length != NULL ? strtoull(length, NULL, 10) : 0;

	if (n > brski_transfer_max(r->x.route))
		return brski_fail(err, BRSKI_E_TOO_LARGE, r->x.route->spec,
		    "Content-Length %llu, at most %zu", n, brski_transfer_max(r->x.route));
	return BRSKI_OK;
}

/* The application may want to know whom its operations never saw. */
static void
turn_away(struct http_request *r, const struct brski_err *err)
{
	const struct brski_http_server_conf *conf = &r->conn->server->conf;

	if (conf->turned_away != NULL)
		conf->turned_away(conf->app, &r->x, err);
	brski_reply_fail(&r->x, "http", (struct brski_slice){ 0 }, err);
}

/* All headers are in: refuse before a byte of the body is read. */
static enum MHD_Result
begin(struct http_request *r, const char *method_name)
{
	const struct brski_http_server_conf *conf = &r->conn->server->conf;
	struct brski_exchange *x = &r->x;
	struct brski_err err = { 0 };
	enum brski_method method;
	bool known = read_method(method_name, &method);

	x->peer = &r->peer->peer;
	x->log = conf->log;
	x->transport = r;
	x->finish = on_finish;
	x->media = header(r->mc, MHD_HTTP_HEADER_CONTENT_TYPE);
	x->accept = header(r->mc, MHD_HTTP_HEADER_ACCEPT);
	x->known_n =
	    http_etags_read(header(r->mc, MHD_HTTP_HEADER_IF_NONE_MATCH), r->etags, x->known);
	if (r->has_query)
		x->query = brski_slice(r->uri + r->path_n, r->query_n);
	r->phase = BODY;
	if (brski_route_find(conf->routes, conf->routes_n, method, known,
	        brski_slice(r->uri, r->path_n), x, &err) == BRSKI_OK &&
	    check_length(r, &err) == BRSKI_OK) {
		/* 0 would mean the default */
		r->body.max = x->route->max_body > 0 ? brski_transfer_max(x->route) : 1;
		return MHD_YES;
	}
	x->close = true;
	if (err.rc == BRSKI_E_UNAUTHENTICATED)
		turn_away(r, &err);
	else
		brski_reply_fail(x, "http", (struct brski_slice){ 0 }, &err);
	return queue(r);
}

static enum brski_rc
take(struct http_request *r, struct brski_slice part, struct brski_err *err)
{
	/* only a chunked body gets here: its length was not told */
	if (part.n > brski_transfer_max(r->x.route) - r->body.n)
		return brski_fail(err, BRSKI_E_TOO_LARGE, r->x.route->spec,
		    "body of more than %zu bytes", brski_transfer_max(r->x.route));
	return brski_buf_append(&r->body, part, err);
}

static enum MHD_Result
body(struct http_request *r, const char *data, size_t *n)
{
	struct brski_err err = { 0 };

	if (take(r, brski_slice(data, *n), &err) != BRSKI_OK) {
		http_server_log(r->conn->server, &r->peer->peer, &err);
		http_conn_abort(r->conn, err.rc);
		return MHD_NO;
	}
	*n = 0;
	return MHD_YES;
}

static enum MHD_Result
operate(struct http_request *r)
{
	struct brski_exchange *x = &r->x;
	struct brski_err err = { 0 };

	http_conn_enter(r->conn, HTTP_WORKING);
	r->phase = OPERATION;
	if (brski_transfer_decode(x->route, &r->body, &err) == BRSKI_OK) {
		x->body = r->body.n > 0 ? brski_buf_slice(&r->body) : brski_slice("", 0);
		x->route->handler(r->conn->server->conf.app, x);
	} else
		turn_away(r, &err);
	if (r->phase == ANSWERED)
		return queue(r);
	MHD_suspend_connection(r->mc);
	r->suspended = true;
	return MHD_YES;
}

enum MHD_Result
http_request_on(void *cls, struct MHD_Connection *mc, const char *url, const char *method,
    const char *version, const char *data, size_t *n, void **ctx)
{
	struct http_request *r = *ctx;

	(void)cls;
	(void)mc;
	(void)url;
	(void)version;
	if (r == NULL)
		return MHD_NO;
	switch (r->phase) {
	case HEADERS:
		return begin(r, method);
	case BODY:
		return *n > 0 ? body(r, data, n) : operate(r);
	case ANSWERED:
		return queue(r);
	case OPERATION:
	case QUEUED:
		break;
	}
	*n = 0;
	return MHD_YES;
}
