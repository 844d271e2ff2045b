/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "coap/coap_client.h"

#define ACK_TIMEOUT_MS  2000 /* RFC 7252 4.8 */
#define MAX_RETRANSMIT  4
#define KEPT_RETRANSMIT 2 /* fewer, as RFC 7252 4.8.1 permits: a new session is the better try */
#define ANSWER_MS       30000
#define SZX             5  /* blocks of 512 bytes */
#define PATH_MAX_BYTES  64 /* with the largest block still one datagram */
#define CODE_CONTINUE   BRSKI_COAP(2, 31)
#define CODE_LOST       BRSKI_COAP(4, 8)
#define CODE_TOO_LARGE  BRSKI_COAP(4, 13)

void
brski_coap_client_init(struct brski_coap_client *c, const struct brski_coap_timing *timing,
    uint64_t random)
{
	*c = (struct brski_coap_client){
		.szx = SZX,
		.mid = (uint16_t)random,
		.token = random >> 16,
		.seed = (uint32_t)(random >> 32),
	};
	if (timing != NULL)
		c->timing = *timing;
	if (c->timing.ack_timeout_ms == 0)
		c->timing.ack_timeout_ms = ACK_TIMEOUT_MS;
	if (c->timing.max_retransmit == 0)
		c->timing.max_retransmit = MAX_RETRANSMIT;
	if (c->timing.answer_ms == 0)
		c->timing.answer_ms = ANSWER_MS;
}

/* --- messages out */

static size_t
block_size(unsigned szx)
{
	return (size_t)1 << (szx + 4);
}

/* Is the body, or what is left of it, more than the block that is on its way? */
static bool
more_to_send(const struct brski_coap_client *c)
{
	return c->request->body.n - c->sent_bytes > block_size(c->szx_now);
}

/* Two bytes are plenty: one request at a time, and DTLS keeps strangers out, RFC 7252 5.3.1. */
static struct brski_slice
token(const struct brski_coap_client *c, uint8_t out[2])
{
	out[0] = (uint8_t)(c->token >> 8);
	out[1] = (uint8_t)c->token;
	return brski_slice(out, 2);
}

/* A block of the body, or all of it. */
static void
put_body(const struct brski_coap_client *c, struct brski_coap_writer *w)
{
	struct brski_slice all = c->request->body;
	size_t size = block_size(c->szx_now), left = all.n - c->sent_bytes;
	struct brski_coap_block b = { .num = (uint32_t)(c->sent_bytes / size),
		.more = left > size,
		.szx = c->szx_now };

	if (all.n > size)
		brski_coap_put_block(w, BRSKI_COAP_BLOCK1, b);
	if (b.more && b.num == 0)
		brski_coap_put_uint(w, BRSKI_COAP_SIZE1, (uint32_t)all.n);
	if (all.n > 0)
		brski_coap_put_payload(w, brski_slice(all.p + c->sent_bytes, b.more ? size : left));
}

/* The next message: a block of the request, or for a block of the answer. */
static bool
compose(struct brski_coap_client *c)
{
	const struct brski_coap_request *r = c->request;
	struct brski_coap_block b2 = { .num = c->block2, .szx = c->szx_now };
	struct brski_coap_writer w;
	uint8_t t[2];

	c->mid++;
	c->token++;
	w = brski_coap_begin(c->message, sizeof(c->message), BRSKI_COAP_CON, (uint8_t)r->code,
	    c->mid, token(c, t));
	brski_coap_put_path(&w, r->path);
	if (r->content_format >= 0 && c->block2 == 0)
		brski_coap_put_uint(&w, BRSKI_COAP_CONTENT_FORMAT, (uint32_t)r->content_format);
	if (r->accept >= 0)
		brski_coap_put_uint(&w, BRSKI_COAP_ACCEPT, (uint32_t)r->accept);
	/* with the last block of the body: how large those of the answer may be, RFC 7959 2.4 */
	if (c->block2 > 0 || !more_to_send(c))
		brski_coap_put_block(&w, BRSKI_COAP_BLOCK2, b2);
	if (c->block2 == 0)
		put_body(c, &w);
	c->message_n = w.n;
	return !w.full;
}

static uint64_t
jitter(struct brski_coap_client *c)
{
	/* ACK_RANDOM_FACTOR 1.5, RFC 7252 4.2; the quality of the numbers does not matter */
	c->seed = c->seed * 1664525u + 1013904223u;
	return c->timing.ack_timeout_ms + (c->seed >> 16) % (c->timing.ack_timeout_ms / 2 + 1);
}

static void
send_next(struct brski_coap_client *c)
{
	/* start() has seen the longest of them fit */
	(void)compose(c);
	c->phase = BRSKI_COAP_SEND;
	c->tries = 0;
	c->timeout = jitter(c);
}

enum brski_rc
brski_coap_client_start(struct brski_coap_client *c, const struct brski_coap_request *r,
    struct brski_coap_answer *a, uint64_t now_ms, struct brski_err *err)
{
	brski_coap_client_stop(c);
	if (strlen(r->path) > PATH_MAX_BYTES || c->szx > 6)
		return brski_broken(err, BRSKI_E_TOO_LARGE, "path or blocks of a CoAP request");
	c->request = r;
	c->answer = a;
	c->sent_bytes = 0;
	c->block2 = 0;
	c->szx_now = c->szx;
	c->restarted = false;
	c->kept = c->hears;
	c->due = now_ms;
	brski_buf_reset(a->body);
	send_next(c);
	return BRSKI_OK;
}

void
brski_coap_client_stop(struct brski_coap_client *c)
{
	c->phase = BRSKI_COAP_IDLE;
	c->request = NULL;
	c->answer = NULL;
}

/* --- answers in */

static bool
read_block(const struct brski_coap_message *m, unsigned number, struct brski_coap_block *out)
{
	struct brski_slice v;

	return brski_coap_option_find(m, number, &v) && brski_coap_block_read(v, out);
}

static bool
read_uint(const struct brski_coap_message *m, unsigned number, uint32_t *out)
{
	struct brski_slice v;

	return brski_coap_option_find(m, number, &v) && brski_coap_uint(v, out);
}

/*
 * 2.31 to a block that was not the last: the next one, in smaller blocks if the server says so,
 * RFC 7959 2.3.
 */
static enum brski_rc
go_on(struct brski_coap_client *c, const struct brski_coap_message *m, struct brski_err *err)
{
	size_t size = block_size(c->szx_now);
	struct brski_coap_block b;

	if (!more_to_send(c) || !read_block(m, BRSKI_COAP_BLOCK1, &b) ||
	    b.num != c->sent_bytes / size || b.szx > c->szx_now)
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 7959 2.3",
		    "2.31 that does not fit the block at %u", (unsigned)c->sent_bytes);
	c->sent_bytes += (uint32_t)size;
	c->szx_now = b.szx;
	send_next(c);
	return BRSKI_E_PENDING;
}

/* 4.13 whose Block1 option asks for smaller blocks, RFC 7959 2.9.3? */
static bool
wants_smaller(const struct brski_coap_client *c, const struct brski_coap_message *m, unsigned *szx)
{
	struct brski_coap_block b;
	uint32_t most;

	/* where the body is too large, smaller blocks are no help */
	if (read_uint(m, BRSKI_COAP_SIZE1, &most) && most < c->request->body.n)
		return false;
	if (m->code != CODE_TOO_LARGE || !read_block(m, BRSKI_COAP_BLOCK1, &b) ||
	    b.szx >= c->szx_now)
		return false;
	*szx = b.szx;
	return true;
}

/* The server has lost what it had of the body, RFC 7959 2.9.2: once is bad luck. */
static bool
lost(const struct brski_coap_client *c, const struct brski_coap_message *m)
{
	return m->code == CODE_LOST && c->block2 == 0 && !c->restarted &&
	    c->request->body.n > block_size(c->szx_now);
}

static void
send_again_from_start(struct brski_coap_client *c, unsigned szx)
{
	c->sent_bytes = 0;
	c->szx_now = szx;
	send_next(c);
}

/* What the first message of an answer says about all of it. */
static void
read_meta(struct brski_coap_client *c, const struct brski_coap_message *m)
{
	struct brski_coap_answer *a = c->answer;
	struct brski_slice etag;
	uint32_t v;

	a->code = m->code;
	a->content_format = read_uint(m, BRSKI_COAP_CONTENT_FORMAT, &v) ? (int)v : -1;
	a->has_max_age = read_uint(m, BRSKI_COAP_MAX_AGE, &v);
	a->max_age_s = a->has_max_age ? v : 60;
	brski_coap_option_find(m, BRSKI_COAP_ETAG, &etag);
	c->etag_n = etag.n;
	if (etag.n > 0)
		memcpy(c->etag, etag.p, etag.n);
}

static size_t
body_max(const struct brski_buf *b)
{
	return b->max != 0 || b->fixed ? b->max : BRSKI_BUF_MAX;
}

/* Is this block the one that was asked for, RFC 7959 2.4? */
static enum brski_rc
check_block(const struct brski_coap_client *c, const struct brski_coap_message *m,
    const struct brski_coap_block *b, struct brski_err *err)
{
	size_t size = block_size(b->szx), have = c->answer->body->n;
	struct brski_slice etag;
	uint32_t all;

	if (b->szx > c->szx_now || b->num * (uint64_t)size != have ||
	    (b->more ? m->payload.n != size : m->payload.n > size))
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 7959 2.4",
		    "block %u of %zu bytes with %zu after %zu", (unsigned)b->num, size,
		    m->payload.n, have);
	brski_coap_option_find(m, BRSKI_COAP_ETAG, &etag);
	if (!brski_slice_eq(etag, brski_slice(c->etag, c->etag_n)))
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 7959 2.4",
		    "the answer has changed after %zu bytes", have);
	if (read_uint(m, BRSKI_COAP_SIZE2, &all) && all > body_max(c->answer->body))
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 7959 4",
		    "an answer of %u bytes is announced, at most %zu", (unsigned)all,
		    body_max(c->answer->body));
	return BRSKI_OK;
}

/* A message that ends the request, or is one block of what ends it. */
static enum brski_rc
take_final(struct brski_coap_client *c, const struct brski_coap_message *m, struct brski_err *err)
{
	struct brski_buf *body = c->answer->body;
	struct brski_coap_block b = { .szx = c->szx_now };
	struct brski_slice v;
	bool sliced = brski_coap_option_find(m, BRSKI_COAP_BLOCK2, &v);
	bool good = m->code >> 5 == 2;
	enum brski_rc rc;

	if (sliced && !brski_coap_block_read(v, &b))
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 7959 2.2", "Block2 of size 7");
	/* an error in the midst of the blocks is the answer */
	if (c->block2 == 0 || !good) {
		brski_buf_reset(body);
		read_meta(c, m);
	}
	if (good && (sliced || c->block2 > 0) && (rc = check_block(c, m, &b, err)) != BRSKI_OK)
		return rc;
	if ((rc = brski_buf_append(body, m->payload, err)) != BRSKI_OK)
		return rc;
	if (!good || !b.more)
		return BRSKI_OK;
	c->block2 = b.num + 1;
	c->szx_now = b.szx;
	send_next(c);
	return BRSKI_E_PENDING;
}

static enum brski_rc
take_answer(struct brski_coap_client *c, const struct brski_coap_message *m, struct brski_err *err)
{
	unsigned szx;

	if (m->code == CODE_CONTINUE && c->block2 == 0)
		return go_on(c, m, err);
	if (wants_smaller(c, m, &szx)) {
		send_again_from_start(c, szx);
		return BRSKI_E_PENDING;
	}
	if (lost(c, m)) {
		c->restarted = true;
		send_again_from_start(c, c->szx_now);
		return BRSKI_E_PENDING;
	}
	if (m->code >> 5 == 2 && c->block2 == 0 && more_to_send(c))
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 7959 2.3",
		    "success after %u of %zu bytes", (unsigned)c->sent_bytes, c->request->body.n);
	return take_final(c, m, err);
}

/* --- the message layer */

static void
reply(struct brski_coap_client *c, enum brski_coap_type type, uint16_t mid)
{
	c->reply_n = brski_coap_empty(c->reply, type, mid).n;
}

/* Is it the answer that is waited for? An acknowledgement has to be that of the message. */
static bool
is_ours(const struct brski_coap_client *c, const struct brski_coap_message *m)
{
	uint8_t t[2];

	return brski_slice_eq(m->token, token(c, t)) &&
	    (m->type != BRSKI_COAP_ACK || (m->mid == c->mid && c->phase == BRSKI_COAP_SENT));
}

/* ACK and RST without more. */
static enum brski_rc
take_empty(struct brski_coap_client *c, const struct brski_coap_message *m, uint64_t now,
    struct brski_err *err)
{
	if (m->mid != c->mid || m->type == BRSKI_COAP_CON)
		return BRSKI_E_PENDING;
	c->kept = false;
	if (m->type == BRSKI_COAP_RST)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "the server does not want to talk");
	if (c->phase == BRSKI_COAP_SENT) {
		c->phase = BRSKI_COAP_WAIT;
		c->due = now + c->timing.answer_ms;
	}
	return BRSKI_E_PENDING;
}

static enum brski_rc
take(struct brski_coap_client *c, struct brski_slice in, uint64_t now, struct brski_err *err)
{
	struct brski_coap_message m;
	bool wanted;

	if (brski_coap_decode(in, &m, NULL) != BRSKI_OK)
		return BRSKI_E_PENDING;
	wanted = m.code >> 5 != 0 && is_ours(c, &m);
	if (m.type == BRSKI_COAP_CON) {
		/* an answer that comes again: its acknowledgement was lost, RFC 7252 4.2 */
		bool again = c->heard && m.mid == c->last_mid && m.code >> 5 != 0;

		reply(c, wanted || again ? BRSKI_COAP_ACK : BRSKI_COAP_RST, m.mid);
		if (wanted) {
			c->heard = true;
			c->last_mid = m.mid;
		}
	}
	if (m.code == BRSKI_COAP_EMPTY)
		return take_empty(c, &m, now, err);
	if (!wanted)
		return BRSKI_E_PENDING;
	c->hears = true;
	c->kept = false;
	if (brski_coap_critical(&m) != 0) {
		if (m.type == BRSKI_COAP_CON)
			reply(c, BRSKI_COAP_RST, m.mid);
		return brski_fail(err, BRSKI_E_UPSTREAM, "RFC 7252 5.4.1",
		    "critical option %u in an answer", brski_coap_critical(&m));
	}
	return take_answer(c, &m, err);
}

/* What the clock asks for. */
static enum brski_rc
tick(struct brski_coap_client *c, uint64_t now, struct brski_slice *out, struct brski_err *err)
{
	if (c->phase != BRSKI_COAP_SEND && now < c->due)
		return BRSKI_E_PENDING;
	if (c->kept && c->tries > KEPT_RETRANSMIT)
		return brski_broken(err, BRSKI_E_UNAVAILABLE,
		    "the server is silent after %u messages: the session may be gone", c->tries);
	if (c->phase == BRSKI_COAP_WAIT || c->tries > c->timing.max_retransmit)
		return brski_broken(err, BRSKI_E_TIMEOUT, "no %s within %u messages",
		    c->phase == BRSKI_COAP_WAIT ? "answer" : "acknowledgement", c->tries);
	*out = brski_slice(c->message, c->message_n);
	c->phase = BRSKI_COAP_SENT;
	c->tries++;
	c->due = now + c->timeout;
	c->timeout *= 2;
	return BRSKI_E_PENDING;
}

enum brski_rc
brski_coap_client_step(struct brski_coap_client *c, struct brski_slice in, uint64_t now_ms,
    struct brski_slice *out, uint32_t *wait_ms, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_E_PENDING;

	*out = (struct brski_slice){ 0 };
	*wait_ms = 0;
	c->reply_n = 0;
	if (c->phase == BRSKI_COAP_IDLE)
		return brski_broken(err, BRSKI_E_INTERNAL, "no CoAP request under way");
	if (in.n > 0)
		rc = take(c, in, now_ms, err);
	if (rc == BRSKI_E_PENDING && c->reply_n == 0)
		rc = tick(c, now_ms, out, err);
	if (c->reply_n > 0)
		*out = brski_slice(c->reply, c->reply_n);
	if (rc != BRSKI_E_PENDING)
		brski_coap_client_stop(c);
	else if (c->phase != BRSKI_COAP_SEND && c->due > now_ms)
		*wait_ms = (uint32_t)(c->due - now_ms);
	return rc;
}
