/* SPDX-License-Identifier: Apache-2.0 */
/* The CoAP server's inside: what coap_{server,session,request,block,core}.c share. */
#ifndef BRSKI_COAP_SESSION_H
#define BRSKI_COAP_SESSION_H

#include <sys/queue.h>
#include "net/coap_server.h"

/*
 * Answers kept for requests that come again. Four are enough where a session ends after 60 s
 * without a record: nothing older than EXCHANGE_LIFETIME (247 s, RFC 7252 4.8.2) can be among the
 * last four, so that a message ID may come back after that time.
 */
#define COAP_ANSWERS    4
#define COAP_KEY        8   /* bytes of digest that tell one request from another */
#define COAP_ETAG       8   /* bytes of digest that tell one representation from another */
#define COAP_URI_MAX    256 /* of a path, and of a query */
#define COAP_SZX        5   /* blocks of 512 bytes, where the client wants nothing else */
#define COAP_MAX_AGE_S  60  /* cBRSKI 6.6: at most */
#define COAP_RETRANSMIT 4   /* RFC 7252 4.8 */
#define COAP_REFUSALS   32  /* of one session: each may cost a line and a row on the disk */

struct brski_coap_server {
	struct brski_loop *loop;
	struct brski_coap_server_conf conf;
	/* conf.routes as CoAP names them, /.well-known/core last, and where each came from */
	struct brski_route *rows;
	const struct brski_route **sources;
	size_t rows_n;
	struct brski_dtls_server *dtls;
	size_t bodies; /* bytes that all sessions keep */
	/* who has a body in c->in that is not complete; last: who had a block of it last */
	TAILQ_HEAD(, brski_coap_session) unfinished;
	unsigned dropped; /* datagrams without an answer */
};

struct coap_answer {
	bool used;
	uint16_t mid; /* of the request */
	struct brski_buf bytes;
};

/* A body that comes or goes in blocks. */
struct coap_body {
	bool there;
	uint8_t key[COAP_KEY];
	struct brski_buf bytes;
	unsigned szx; /* in: of the first block */
	size_t last;  /* in: where the last block begins */
	uint8_t code; /* out */
	int format;   /* out: Content-Format or -1 */
	uint8_t etag[BRSKI_ETAG_MAX];
	size_t etag_n;
};

/* The request in hand. */
struct coap_request {
	bool open;     /* not answered yet */
	bool running;  /* its handler is */
	bool answered; /* by its handler, while that ran */
	bool acked;    /* an empty acknowledgement has left */
	enum brski_coap_type type;
	uint8_t code;
	uint16_t mid;
	uint8_t token[BRSKI_COAP_TOKEN_MAX];
	size_t token_n;
	bool has_block1, has_block2;
	struct brski_coap_block block1, block2;
	uint8_t key[COAP_KEY];
	uint8_t etags[BRSKI_ETAGS][BRSKI_ETAG_MAX]; /* what x.known shows */
	unsigned bad_option;                        /* what a 4.02 is about */
	char path[COAP_URI_MAX], query[COAP_URI_MAX];
	size_t path_n, query_n;
	char media[32], accept[32]; /* of numbers without a name */
	struct brski_exchange x;
};

struct brski_coap_session {
	struct brski_coap_server *server;
	struct brski_dtls_session *dtls; /* NULL: a test's */
	struct brski_peer_ref *peer;
	void (*send)(void *arg, struct brski_slice datagram);
	void *arg;
	size_t room;      /* of a datagram to the client, at most BRSKI_COAP_DATAGRAM_MAX */
	bool closed;      /* hears nothing any more */
	bool end_after;   /* closes when the separate answer has arrived */
	unsigned refused; /* requests */
	uint16_t mid;     /* of our own messages */
	struct coap_answer answers[COAP_ANSWERS];
	unsigned next; /* place of the next answer */
	struct coap_request request;
	struct brski_timer *ack_due;
	/* a separate answer until it is acknowledged */
	struct brski_buf separate;
	uint16_t separate_mid;
	unsigned tries, again_ms;
	struct brski_timer *again;
	struct coap_body in, out;
	size_t counted; /* in server->bodies */
	bool waits;     /* in server->unfinished */
	TAILQ_ENTRY(brski_coap_session) link;
	struct brski_timer *block_due;
};

/* What goes into a response; zeroed, then filled. */
struct coap_reply {
	uint8_t code;
	struct brski_slice etag; /* absent: none */
	bool has_format, has_max_age, has_block1, has_block2, has_size1, has_size2;
	uint32_t format, max_age, size1, size2;
	struct brski_coap_block block1, block2;
	struct brski_slice payload;
};

/* coap_session.c: messages */
/* What an answer has around its payload, at most: header, token and options. */
#define COAP_AROUND 64
/* Blocks of that size, or of the largest size below it that fits. */
unsigned coap_session_szx(const struct brski_coap_session *c, unsigned szx);
/* Answer the request in hand. The session lives on. A text for people is cut where it must be. */
void coap_session_answer(struct brski_coap_session *c, const struct coap_reply *r);
void coap_session_ack(struct brski_coap_session *c);   /* without an answer yet */
void coap_session_close(struct brski_coap_session *c); /* c may be gone afterwards */

/* coap_request.c: from a message to an exchange and back. c may be gone afterwards. */
void coap_request_on(struct brski_coap_session *c, const struct brski_coap_message *m);
void coap_request_drop(struct brski_coap_session *c);

/* coap_block.c: bodies */
void coap_block_key(const struct brski_coap_message *m, uint8_t key[COAP_KEY]);
/* Take the message's part of a body. E_PENDING: more is to come; OK: it is complete in c->in. */
enum brski_rc coap_block_take(struct brski_coap_session *c, const struct brski_coap_message *m,
    struct brski_err *err);
/* Keep what the request in hand is answered with (moved out of its exchange), for later blocks. */
enum brski_rc coap_block_keep(struct brski_coap_session *c, const struct coap_reply *r,
    struct brski_err *err);
/* Answer with a block of what is kept. */
enum brski_rc coap_block_serve(struct brski_coap_session *c, struct brski_err *err);
/* Block num of body into *r; true: more follow. */
bool coap_block_slice(struct coap_reply *r, struct brski_slice body, size_t at, unsigned szx);
void coap_block_drop_in(struct brski_coap_session *c);
void coap_block_drop_out(struct brski_coap_session *c);

/* coap_core.c: /.well-known/core */
extern const struct brski_route coap_core_route;

#endif
