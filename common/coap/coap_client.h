/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CoAP client without I/O, clock or allocation: one confirmable request at a time (NSTART 1) over
 * one secured link, blockwise both ways, RFC 7252 and RFC 7959. The host moves datagrams:
 *
 *	brski_coap_client_start(&c, &request, &answer, now, &err);
 *	in = absent;
 *	while ((rc = brski_coap_client_step(&c, in, now, &out, &wait, &err)) == BRSKI_E_PENDING) {
 *		if (out.n > 0) send out;
 *		in = what came within wait milliseconds, else absent;
 *	}
 *	if (out.n > 0) send out;
 *
 * used by libpledge's agent, by examples/embed and by tests alike.
 */
#ifndef BRSKI_COAP_CLIENT_H
#define BRSKI_COAP_CLIENT_H

#include "coap/coap.h"

struct brski_coap_request {
	enum brski_coap_code code; /* BRSKI_COAP_GET, BRSKI_COAP_POST */
	const char *path;          /* "/.well-known/brski/rv"; at most 64 bytes */
	int content_format;        /* of body; -1: none */
	int accept;                /* -1: none */
	struct brski_slice body;   /* borrowed until the answer is complete */
};

struct brski_coap_answer {
	uint8_t code;       /* BRSKI_COAP(2, 5) ... */
	int content_format; /* -1: none */
	unsigned max_age_s; /* where has_max_age, else 60 by RFC 7252 5.10.5 */
	bool has_max_age;
	struct brski_buf *body; /* the caller's; its max is the limit: E_TOO_LARGE beyond */
};

struct brski_coap_timing {       /* 0: the default in brackets, RFC 7252 4.8 */
	uint32_t ack_timeout_ms; /* [2000] */
	unsigned max_retransmit; /* [4] */
	uint32_t answer_ms;      /* [30000] from the acknowledgement to a separate answer */
};

struct brski_coap_client {
	struct brski_coap_timing timing;
	unsigned szx;   /* blocks of 2^(szx+4) bytes at most [5: 512] */
	uint16_t mid;   /* of the next message */
	uint64_t token; /* of the next request */
	uint32_t seed;  /* jitter of time-outs, RFC 7252 4.2 */
	/* the request under way; nobody else's */
	const struct brski_coap_request *request;
	struct brski_coap_answer *answer;
	enum brski_coap_phase {
		BRSKI_COAP_IDLE,
		BRSKI_COAP_SEND, /* a message is to be sent */
		BRSKI_COAP_SENT, /* sent, not acknowledged */
		BRSKI_COAP_WAIT, /* acknowledged, the answer comes separately */
	} phase;
	uint32_t sent_bytes; /* of body, acknowledged */
	uint32_t block2;     /* number of the block asked for */
	unsigned szx_now, tries;
	bool restarted;    /* the upload, after a 4.08 */
	bool hears;        /* the session has carried an answer */
	bool kept;         /* it did so before this request, and nothing came since */
	bool heard;        /* last_mid is set */
	uint16_t last_mid; /* of the last confirmable answer that was acknowledged */
	uint64_t due;      /* to send again, or to give up */
	uint64_t timeout;  /* until the next retransmission */
	uint8_t etag[8];
	size_t etag_n;
	uint8_t message[BRSKI_COAP_DATAGRAM_MAX];
	size_t message_n;
	uint8_t reply[4]; /* an ACK or RST to send */
	size_t reply_n;
};

/* random: mid, token and jitter start there; never the same twice in one session. */
void brski_coap_client_init(struct brski_coap_client *c, const struct brski_coap_timing *timing,
    uint64_t random);

/*
 * r and a are borrowed until the request is over; a->body is emptied. E_TOO_LARGE: the path does
 * not fit.
 */
enum brski_rc brski_coap_client_start(struct brski_coap_client *c,
    const struct brski_coap_request *r, struct brski_coap_answer *a, uint64_t now_ms,
    struct brski_err *err);

/*
 * One turn. in: a datagram, or absent. *out: what is to be sent now, valid until the next call;
 * *wait_ms: when to call again at the latest.
 * OK           the answer is complete (*a), whatever its code
 * E_PENDING    not yet
 * E_TIMEOUT    nobody acknowledged, or no answer came
 * E_UNAVAILABLE  the server sent a reset; or says nothing at all to two retransmissions over a
 *              session that carried answers before: it may have lost it (RFC 7252 4.8.1 leaves
 *              MAX_RETRANSMIT to us), and the host asks the same over a new one
 * E_UPSTREAM   the answer breaks the rules: blocks out of order, another ETag, a critical option
 * E_TOO_LARGE  the answer is larger than a->body->max
 * Datagrams that are not for this request are dropped in silence, or reset where RFC 7252 5.3.2
 * wants that. A body that the server lost half-way (4.08) is sent once more from its start.
 */
enum brski_rc brski_coap_client_step(struct brski_coap_client *c, struct brski_slice in,
    uint64_t now_ms, struct brski_slice *out, uint32_t *wait_ms, struct brski_err *err);
/* Forget the request under way. */
void brski_coap_client_stop(struct brski_coap_client *c);

#endif
