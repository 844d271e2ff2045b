/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operation's view of the world: a request without transport in, a reply without transport out.
 * Operations are written once against this header; http_server.c and coap_server.c bind a table of
 * routes to paths. A handler answers at once or keeps the exchange and answers later (while the
 * MASA is asked).
 */
#ifndef BRSKI_EXCHANGE_H
#define BRSKI_EXCHANGE_H

#include <sys/types.h>
#include "base/buf.h"
#include "base/log.h"
#include "crypto/cert.h"

/* The other end of a connection. An exchange's peer outlives the connection. */
struct brski_peer {
	/*
	 * as received, end entity first; n == 0: no certificate. Proof of possession is done, trust
	 * is NOT judged.
	 */
	struct brski_certs chain;
	struct brski_certs own; /* chain that this end presented, end entity first */
	char address[64];       /* "[fe80::1%eth0]:4711", for the log */
	char tls_version[16];   /* "TLSv1.3"; "" on a local socket */
	const char *transport;  /* "https", "coaps", "unix"; static */
	uint8_t binding[32];    /* tls-exporter EXPORTER-Channel-Binding, RFC 9266 */
	bool has_binding;       /* of 1.3 only: there it is good for that, RFC 9266 3 */
	bool has_uid;           /* local socket: who connected */
	uid_t uid;
};

enum brski_method {
	BRSKI_GET,
	BRSKI_POST
};

enum brski_who {
	BRSKI_WHO_ANYONE,
	BRSKI_WHO_CERTIFICATE, /* a client certificate, of whomever: else E_UNAUTHENTICATED */
};

/* What a route is called on CoAP: cBRSKI 6.5, RFC 9148 4.1. */
struct brski_coap_name {
	const char *path; /* "/.well-known/brski/rv" */
	unsigned abbrev;  /* Uri-Path-Abbrev; 0: none */
	const char *rt;   /* "brski.rv", for /.well-known/core */
};

/* How a route's bodies travel over HTTP. The handler sees and gives binary; CoAP is binary. */
enum brski_transfer {
	BRSKI_BINARY,
	BRSKI_BASE64, /* both directions, RFC 8951 3 */
};

#define BRSKI_ETAG_MAX 8 /* RFC 7252 5.10.6 */
#define BRSKI_ETAGS    4 /* that one request may name */

struct brski_exchange;
struct brski_route {
	enum brski_method method;
	/* exact, or a prefix when it ends in '/' followed by '*': "/v1/devices/" "*" */
	const char *path;
	/* NULL-terminated list of accepted request types; NULL: no body expected */
	const char *const *media_in;
	/*
	 * NULL-terminated list of types the reply may have; Accept must allow one; NULL: any. The
	 * very list of media_in: the reply is of the request's type, and Accept must allow that.
	 */
	const char *const *media_out;
	size_t max_body;
	enum brski_who who;
	void (*handler)(void *app, struct brski_exchange *x);
	const char *spec; /* "RFC 8995 5.2" */
	enum brski_transfer transfer;
	const struct brski_coap_name *coap; /* NULL: not served over CoAP */
};

/* Bytes that the replies of many exchanges show at once, counted. */
struct brski_shared {
	unsigned refs;
	struct brski_buf bytes;
};
/* With one reference. Takes over what is in bytes; NULL without memory, bytes is as before. */
struct brski_shared *brski_shared_new(struct brski_buf *bytes);
struct brski_shared *brski_shared_ref(struct brski_shared *s);
void brski_shared_unref(struct brski_shared *s); /* NULL is fine */

struct brski_exchange {
	/* the request; borrowed from the transport until the reply */
	const struct brski_route *route;
	const struct brski_peer *peer;
	/* what followed a prefix route's path, percent-decoding not done */
	struct brski_slice rest;
	struct brski_slice query;  /* after '?', undecoded; absent when none */
	struct brski_slice media;  /* Content-Type's value; absent when none */
	struct brski_slice accept; /* Accept's value; absent when none */
	/* If-None-Match, or CoAP's ETag options, each octets without quotes; at most this many */
	struct brski_slice known[BRSKI_ETAGS];
	size_t known_n;
	struct brski_slice body;
	const struct brski_log *log;
	unsigned allow; /* after E_METHOD: the methods of the path, 1u << enum brski_method */

	/* the reply */
	enum brski_rc rc;
	struct brski_buf reply;
	/*
	 * The exchange's own reference; shown in place of reply. Over HTTP only, where the route's
	 * transfer is binary.
	 */
	struct brski_shared *shared;
	const char *reply_media; /* static */
	unsigned retry_after_s;  /* 0: none, but 429 and 503 always say something */
	/* What a client may do with the reply. Zeroed: nothing is said, HTTP gets no-store. */
	struct brski_caching {
		uint8_t etag
		    [BRSKI_ETAG_MAX]; /* opaque; CoAP 5.10.6 has 1..8 octets, HTTP hex in quotes */
		size_t etag_n;
		int64_t modified, expires; /* Last-Modified, Expires and max-age; 0: not said */
	} caching;
	bool unchanged; /* the peer has x->reply already: the transport leaves it out */
	bool close;     /* the connection ends with this reply */

	/*
	 * The operation's own state, released when the reply is given, or when the transport shuts
	 * down before that: op_free then has to stop the operation.
	 */
	void *op;
	void (*op_free)(void *op);

	/* the transport's */
	void (*finish)(struct brski_exchange *x);
	void *transport;
};

/* What is shown: of shared, else of reply. */
struct brski_slice brski_reply_bytes(const struct brski_exchange *x);

/* Every handler ends in exactly one of these; x is gone afterwards. */
/* 200 / 2.04 with what is in x->reply, x->reply_media */
void brski_reply_ok(struct brski_exchange *x);
/*
 * The reply to a GET is complete and has its x->caching.etag. If the peer says that it has it
 * (x->known), answer 304 / 2.03 Valid without it and return true; x is gone then.
 */
bool brski_reply_unchanged(struct brski_exchange *x);
/*
 * The fixed text of err->rc to the peer; the log line (stage, peer, serial, clause) is written
 * here. serial may be absent.
 */
void brski_reply_fail(struct brski_exchange *x, const char *stage, struct brski_slice serial,
    const struct brski_err *err);
void brski_reply_pending(struct brski_exchange *x, unsigned retry_after_s); /* 202 / 5.03 Max-Age */
/*
 * As brski_reply_fail, with a text that explains (RFC 8995 5.6: the MASA's words). text is cleaned
 * here.
 */
void brski_reply_fail_text(struct brski_exchange *x, const char *stage, struct brski_slice serial,
    const struct brski_err *err, struct brski_slice text);

/*
 * Find the route for method and path; checks in this order: path (E_NOT_FOUND), method (E_METHOD),
 * client certificate (E_UNAUTHENTICATED), media type (E_MEDIA_TYPE), Accept (E_NOT_ACCEPTABLE).
 * Called by transports once headers are in, so that max_body is known before the body is read. Sets
 * x->route, x->rest.
 */
enum brski_rc brski_route_find(const struct brski_route *routes, size_t n, enum brski_method method,
    bool method_known, struct brski_slice path, struct brski_exchange *x, struct brski_err *err);
/*
 * Does a media type (or Accept list) name this type? Parameters ignored, case-insensitive; an
 * absent Accept allows all.
 */
bool brski_media_is(struct brski_slice header, const char *type);
bool brski_accept_allows(struct brski_slice accept, const char *type);

enum brski_rc brski_peer_copy(struct brski_peer *to, const struct brski_peer *from,
    struct brski_err *err);
void brski_peer_clear(struct brski_peer *p);

#endif
