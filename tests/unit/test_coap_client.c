/* SPDX-License-Identifier: Apache-2.0 */
/* The CoAP client against a peer that the test plays, with a clock of its own. */
#include <string.h>
#include "tu.h"
#include "coap/coap_client.h"

#define CODE(c, dd) ((uint8_t)BRSKI_COAP(c, dd))

struct play {
	struct brski_coap_client c;
	struct brski_coap_request request;
	struct brski_coap_answer answer;
	struct brski_buf body;
	uint64_t now;
	struct brski_slice out; /* what the client sent last */
	uint32_t wait_ms;
	struct brski_coap_message sent;
	uint8_t in[2048]; /* the message under construction */
	struct brski_coap_writer w;
	struct brski_err err;
};

static uint8_t content[4000];

static int
set_up(void **state)
{
	static struct play p;
	size_t i;

	for (i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7 + i / 256);
	memset(&p, 0, sizeof(p));
	p.now = 1000;
	p.body.max = 4000;
	p.answer.body = &p.body;
	p.request = (struct brski_coap_request){ .code = BRSKI_COAP_POST,
		.path = "/.well-known/brski/rv",
		.content_format = 836,
		.accept = 836 };
	brski_coap_client_init(&p.c, NULL, UINT64_C(0x123456789abcffff));
	*state = &p;
	return 0;
}

static int
tear_down(void **state)
{
	struct play *p = *state;

	brski_buf_clear(&p->body);
	return 0;
}

/* One turn; what was sent is decoded. */
static enum brski_rc
step(struct play *p, struct brski_slice in)
{
	enum brski_rc rc;

	p->err = (struct brski_err){ 0 };
	rc = brski_coap_client_step(&p->c, in, p->now, &p->out, &p->wait_ms, &p->err);
	memset(&p->sent, 0, sizeof(p->sent));
	assert_true(p->out.n <= BRSKI_COAP_DATAGRAM_MAX);
	if (p->out.n > 0)
		assert_ok(brski_coap_decode(p->out, &p->sent, &p->err), &p->err);
	return rc;
}

static enum brski_rc
idle(struct play *p)
{
	return step(p, (struct brski_slice){ 0 });
}

/* Begin a request; the first message is out. */
static void
start(struct play *p, size_t body_n)
{
	p->request.body = brski_slice(body_n > 0 ? content : NULL, body_n);
	assert_ok(brski_coap_client_start(&p->c, &p->request, &p->answer, p->now, &p->err),
	    &p->err);
	assert_int_equal(idle(p), BRSKI_E_PENDING);
	assert_int_equal(p->sent.type, BRSKI_COAP_CON);
	assert_int_equal(p->sent.code, p->request.code);
}

static uint8_t token[2];

/* Write a message of the server for the client's current token. */
static void
begin(struct play *p, enum brski_coap_type type, uint8_t code, uint16_t mid)
{
	token[0] = (uint8_t)(p->c.token >> 8);
	token[1] = (uint8_t)p->c.token;
	p->w = brski_coap_begin(p->in, sizeof(p->in), type, code, mid,
	    code != 0 ? brski_slice(token, 2) : (struct brski_slice){ 0 });
}

static void
block(struct play *p, unsigned number, uint32_t num, bool more, unsigned szx)
{
	brski_coap_put_block(&p->w, number,
	    (struct brski_coap_block){ .num = num, .more = more, .szx = szx });
}

static enum brski_rc
end(struct play *p)
{
	assert_false(p->w.full);
	return step(p, brski_slice(p->in, p->w.n));
}

/* An acknowledgement with a code and no more. */
static enum brski_rc
answer(struct play *p, uint8_t code)
{
	begin(p, BRSKI_COAP_ACK, code, p->c.mid);
	return end(p);
}

static uint32_t
option(const struct play *p, unsigned number)
{
	struct brski_slice v;
	uint32_t n;

	assert_true(brski_coap_option_find(&p->sent, number, &v));
	assert_true(brski_coap_uint(v, &n));
	return n;
}

static bool
has(const struct play *p, unsigned number)
{
	struct brski_slice v;

	return brski_coap_option_find(&p->sent, number, &v);
}

static struct brski_coap_block
sent_block(const struct play *p, unsigned number)
{
	struct brski_coap_block b = { 0 };
	struct brski_slice v;

	assert_true(brski_coap_option_find(&p->sent, number, &v));
	assert_true(brski_coap_block_read(v, &b));
	return b;
}

/* --- */

static void
test_small(void **state)
{
	struct play *p = *state;

	assert_in_range(sizeof(p->c), 1, 1400);
	start(p, 200);
	assert_int_equal(option(p, BRSKI_COAP_CONTENT_FORMAT), 836);
	assert_int_equal(option(p, BRSKI_COAP_ACCEPT), 836);
	assert_int_equal(option(p, BRSKI_COAP_BLOCK2), 5);
	assert_false(has(p, BRSKI_COAP_BLOCK1));
	assert_slice_eq(p->sent.payload, brski_slice(content, 200));
	assert_in_range(p->wait_ms, 2000, 3000);
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), p->c.mid);
	brski_coap_put_uint(&p->w, BRSKI_COAP_CONTENT_FORMAT, 836);
	brski_coap_put_payload(&p->w, BRSKI_LIT("voucher"));
	assert_int_equal(end(p), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(2, 4));
	assert_int_equal(p->answer.content_format, 836);
	assert_false(p->answer.has_max_age);
	assert_int_equal(p->answer.max_age_s, 60);
	assert_slice_eq(brski_buf_slice(&p->body), BRSKI_LIT("voucher"));
	assert_int_equal(p->out.n, 0);
	assert_broken(idle(p), BRSKI_E_INTERNAL, &p->err);
	/* 5.03 goes to the caller, cBRSKI 6.6 */
	start(p, 200);
	begin(p, BRSKI_COAP_ACK, CODE(5, 3), p->c.mid);
	brski_coap_put_uint(&p->w, BRSKI_COAP_MAX_AGE, 7);
	brski_coap_put_payload(&p->w, BRSKI_LIT("later"));
	assert_int_equal(end(p), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(5, 3));
	assert_true(p->answer.has_max_age);
	assert_int_equal(p->answer.max_age_s, 7);
	assert_int_equal(p->answer.content_format, -1);
	assert_slice_eq(brski_buf_slice(&p->body), BRSKI_LIT("later"));
	/* a GET without anything */
	p->request = (struct brski_coap_request){ .code = BRSKI_COAP_GET,
		.path = "/x",
		.content_format = -1,
		.accept = -1 };
	start(p, 0);
	assert_false(has(p, BRSKI_COAP_CONTENT_FORMAT));
	assert_false(has(p, BRSKI_COAP_ACCEPT));
	assert_int_equal(answer(p, CODE(4, 4)), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(4, 4));
}

static void
test_path_too_long(void **state)
{
	struct play *p = *state;

	p->request.path = "/0123456789012345678901234567890123456789012345678901234567890123";
	assert_broken(brski_coap_client_start(&p->c, &p->request, &p->answer, p->now, &p->err),
	    BRSKI_E_TOO_LARGE, &p->err);
	/* the longest, with the largest blocks */
	p->request.path = "/012345678901234567890123456789012345678901234567890123456789012";
	p->c.szx = 6;
	start(p, 4000);
	assert_int_equal(p->sent.payload.n, 1024);
}

/* RFC 7252 4.2: five messages, each time-out twice the one before */
static void
test_retransmit(void **state)
{
	struct play *p = *state;
	uint16_t mid;
	uint64_t t0;
	uint32_t first, waited = 0;
	int i;

	start(p, 10);
	mid = p->sent.mid;
	first = p->wait_ms;
	t0 = p->now;
	for (i = 1; i < 5; i++) {
		waited = p->wait_ms;
		assert_int_equal(waited, first << (i - 1));
		p->now += waited - 1;
		assert_int_equal(idle(p), BRSKI_E_PENDING);
		assert_int_equal(p->out.n, 0);
		assert_int_equal(p->wait_ms, 1);
		p->now += 1;
		assert_int_equal(idle(p), BRSKI_E_PENDING);
		assert_int_equal(p->sent.mid, mid);
	}
	p->now += p->wait_ms;
	assert_broken(idle(p), BRSKI_E_TIMEOUT, &p->err);
	assert_int_equal(p->out.n, 0);
	/* MAX_TRANSMIT_WAIT, RFC 7252 4.8.2 */
	assert_in_range(p->now - t0, 62000, 93000);
}

/* So many messages until the client gives up; how long that takes. */
static uint64_t
silence(struct play *p, unsigned messages, enum brski_rc rc)
{
	uint64_t t0 = p->now;

	for (; messages > 1; messages--) {
		p->now += p->wait_ms;
		assert_int_equal(idle(p), BRSKI_E_PENDING);
		assert_true(p->out.n > 0);
	}
	p->now += p->wait_ms;
	assert_broken(idle(p), rc, &p->err);
	return p->now - t0;
}

/*
 * A server that started again knows nothing of the session: three messages are enough to see that,
 * RFC 7252 4.8.1. Any sign of life counts.
 */
static void
test_kept_session(void **state)
{
	struct play *p = *state;

	start(p, 10);
	assert_int_equal(answer(p, CODE(2, 4)), BRSKI_OK);
	start(p, 10);
	assert_in_range(silence(p, 3, BRSKI_E_UNAVAILABLE), 14000, 21000);
	/* it answers a block, then no more */
	start(p, 1000);
	begin(p, BRSKI_COAP_ACK, CODE(2, 31), p->c.mid);
	block(p, BRSKI_COAP_BLOCK1, 0, true, 5);
	assert_int_equal(end(p), BRSKI_E_PENDING);
	silence(p, 5, BRSKI_E_TIMEOUT);
	/* it acknowledges, and works for longer than three messages would take */
	start(p, 10);
	assert_int_equal(answer(p, 0), BRSKI_E_PENDING);
	assert_int_equal(p->wait_ms, 30000);
	p->now += 29000;
	assert_int_equal(idle(p), BRSKI_E_PENDING);
	begin(p, BRSKI_COAP_CON, CODE(2, 4), 77);
	assert_int_equal(end(p), BRSKI_OK);
	/* what is not for us is no sign of it */
	start(p, 10);
	begin(p, BRSKI_COAP_ACK, 0, (uint16_t)(p->c.mid + 1));
	assert_int_equal(end(p), BRSKI_E_PENDING);
	silence(p, 3, BRSKI_E_UNAVAILABLE);
}

static void
test_separate(void **state)
{
	struct play *p = *state;
	uint16_t first;

	start(p, 10);
	assert_int_equal(answer(p, 0), BRSKI_E_PENDING);
	assert_int_equal(p->wait_ms, 30000);
	assert_int_equal(p->out.n, 0);
	/* a piggybacked answer has no place any more */
	assert_int_equal(answer(p, CODE(2, 4)), BRSKI_E_PENDING);
	begin(p, BRSKI_COAP_CON, CODE(2, 4), 77);
	assert_int_equal(end(p), BRSKI_OK);
	assert_slice_eq(p->out, BRSKI_LIT("\x60\x00\x00\x4d"));
	/* that answer once more, RFC 7252 4.2: acknowledged, and nothing else */
	start(p, 10);
	p->c.token--;
	begin(p, BRSKI_COAP_CON, CODE(2, 4), 77);
	p->c.token++;
	assert_int_equal(end(p), BRSKI_E_PENDING);
	assert_slice_eq(p->out, BRSKI_LIT("\x60\x00\x00\x4d"));
	/* the answer is there before the acknowledgement, RFC 7252 5.2.2 */
	begin(p, BRSKI_COAP_CON, CODE(2, 4), 78);
	assert_int_equal(end(p), BRSKI_OK);
	assert_slice_eq(p->out, BRSKI_LIT("\x60\x00\x00\x4e"));
	/* and in a NON */
	start(p, 10);
	begin(p, BRSKI_COAP_NON, CODE(2, 4), 79);
	assert_int_equal(end(p), BRSKI_OK);
	assert_int_equal(p->out.n, 0);
	/* it never comes */
	start(p, 10);
	first = p->c.mid;
	assert_int_equal(answer(p, 0), BRSKI_E_PENDING);
	p->now += p->wait_ms;
	assert_broken(idle(p), BRSKI_E_TIMEOUT, &p->err);
	assert_int_equal(p->c.mid, first);
}

/* A separate answer to a block: the acknowledgement goes first, then the next block. */
static void
test_separate_block(void **state)
{
	struct play *p = *state;

	start(p, 1000);
	begin(p, BRSKI_COAP_CON, CODE(2, 31), 77);
	block(p, BRSKI_COAP_BLOCK1, 0, true, 5);
	assert_int_equal(end(p), BRSKI_E_PENDING);
	assert_int_equal(p->sent.type, BRSKI_COAP_ACK);
	assert_int_equal(p->wait_ms, 0);
	assert_int_equal(idle(p), BRSKI_E_PENDING);
	assert_int_equal(sent_block(p, BRSKI_COAP_BLOCK1).num, 1);
	assert_in_range(p->wait_ms, 2000, 3000);
}

static void
test_strangers(void **state)
{
	struct play *p = *state;

	start(p, 10);
	/* another token, another message ID, garbage */
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), p->c.mid);
	p->in[4]++;
	assert_int_equal(end(p), BRSKI_E_PENDING);
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), (uint16_t)(p->c.mid + 1));
	assert_int_equal(end(p), BRSKI_E_PENDING);
	begin(p, BRSKI_COAP_ACK, 0, (uint16_t)(p->c.mid + 1));
	assert_int_equal(end(p), BRSKI_E_PENDING);
	begin(p, BRSKI_COAP_RST, 0, (uint16_t)(p->c.mid + 1));
	assert_int_equal(end(p), BRSKI_E_PENDING);
	assert_int_equal(step(p, BRSKI_LIT("\x60\x44")), BRSKI_E_PENDING);
	assert_int_equal(p->out.n, 0);
	assert_int_equal(p->c.phase, BRSKI_COAP_SENT);
	/* RFC 7252 5.3.2, 4.2: what is confirmable is reset: another token, a request, a ping */
	begin(p, BRSKI_COAP_CON, CODE(2, 4), 5);
	p->in[5]++;
	assert_int_equal(end(p), BRSKI_E_PENDING);
	assert_slice_eq(p->out, BRSKI_LIT("\x70\x00\x00\x05"));
	begin(p, BRSKI_COAP_CON, BRSKI_COAP_GET, 6);
	assert_int_equal(end(p), BRSKI_E_PENDING);
	assert_slice_eq(p->out, BRSKI_LIT("\x70\x00\x00\x06"));
	begin(p, BRSKI_COAP_CON, 0, p->c.mid);
	assert_int_equal(end(p), BRSKI_E_PENDING);
	assert_int_equal(p->sent.type, BRSKI_COAP_RST);
	/* and the server may reset us */
	begin(p, BRSKI_COAP_RST, 0, p->c.mid);
	assert_broken(end(p), BRSKI_E_UNAVAILABLE, &p->err);
}

static void
test_critical(void **state)
{
	struct play *p = *state;

	start(p, 10);
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), p->c.mid);
	brski_coap_put_uint(&p->w, 9, 1);
	assert_refused_by(end(p), BRSKI_E_UPSTREAM, "RFC 7252 5.4.1", &p->err);
	assert_int_equal(p->out.n, 0);
	start(p, 10);
	begin(p, BRSKI_COAP_CON, CODE(2, 4), 8);
	brski_coap_put_uint(&p->w, 9, 1);
	assert_refused_by(end(p), BRSKI_E_UPSTREAM, "RFC 7252 5.4.1", &p->err);
	assert_slice_eq(p->out, BRSKI_LIT("\x70\x00\x00\x08"));
	/* an elective one is nothing */
	start(p, 10);
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), p->c.mid);
	brski_coap_put_uint(&p->w, 6, 1);
	assert_int_equal(end(p), BRSKI_OK);
}

/* --- Block1 */

static enum brski_rc
go_on(struct play *p, uint32_t num, unsigned szx)
{
	begin(p, BRSKI_COAP_ACK, CODE(2, 31), p->c.mid);
	block(p, BRSKI_COAP_BLOCK1, num, true, szx);
	return end(p);
}

static void
expect_block1(const struct play *p, uint32_t num, bool more, unsigned szx, size_t at, size_t n)
{
	struct brski_coap_block b = sent_block(p, BRSKI_COAP_BLOCK1);

	assert_int_equal(b.num, num);
	assert_int_equal(b.more, more);
	assert_int_equal(b.szx, szx);
	assert_slice_eq(p->sent.payload, brski_slice(content + at, n));
}

static void
test_upload(void **state)
{
	struct play *p = *state;
	uint16_t mid;

	/* exactly one block is none */
	start(p, 512);
	assert_false(has(p, BRSKI_COAP_BLOCK1));
	assert_int_equal(answer(p, CODE(2, 4)), BRSKI_OK);
	start(p, 1100);
	mid = p->sent.mid;
	expect_block1(p, 0, true, 5, 0, 512);
	assert_int_equal(option(p, BRSKI_COAP_SIZE1), 1100);
	assert_false(has(p, BRSKI_COAP_BLOCK2));
	assert_int_equal(go_on(p, 0, 5), BRSKI_E_PENDING);
	expect_block1(p, 1, true, 5, 512, 512);
	assert_false(has(p, BRSKI_COAP_SIZE1));
	assert_int_equal(p->sent.mid, (uint16_t)(mid + 1));
	/* smaller from here on, RFC 7959 2.3: 256 bytes */
	assert_int_equal(go_on(p, 1, 4), BRSKI_E_PENDING);
	expect_block1(p, 4, false, 4, 1024, 76);
	assert_int_equal(option(p, BRSKI_COAP_BLOCK2), 4);
	assert_int_equal(option(p, BRSKI_COAP_CONTENT_FORMAT), 836);
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), p->c.mid);
	block(p, BRSKI_COAP_BLOCK1, 4, false, 4);
	brski_coap_put_payload(&p->w, BRSKI_LIT("done"));
	assert_int_equal(end(p), BRSKI_OK);
	assert_slice_eq(brski_buf_slice(&p->body), BRSKI_LIT("done"));
}

static void
test_upload_refused(void **state)
{
	struct play *p = *state;

	start(p, 1100);
	assert_refused_by(go_on(p, 1, 5), BRSKI_E_UPSTREAM, "RFC 7959 2.3", &p->err);
	start(p, 1100);
	assert_refused_by(go_on(p, 0, 6), BRSKI_E_UPSTREAM, "RFC 7959 2.3", &p->err);
	start(p, 1100);
	assert_refused_by(answer(p, CODE(2, 31)), BRSKI_E_UPSTREAM, "RFC 7959 2.3", &p->err);
	/* nothing is left to go on with */
	start(p, 512);
	assert_refused_by(go_on(p, 0, 5), BRSKI_E_UPSTREAM, "RFC 7959 2.3", &p->err);
	/* success before all was sent */
	start(p, 1100);
	assert_refused_by(answer(p, CODE(2, 4)), BRSKI_E_UPSTREAM, "RFC 7959 2.3", &p->err);
	/* an error may come at any time */
	start(p, 1100);
	assert_int_equal(answer(p, CODE(4, 15)), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(4, 15));
}

static enum brski_rc
too_large(struct play *p, unsigned szx, uint32_t size1)
{
	begin(p, BRSKI_COAP_ACK, CODE(4, 13), p->c.mid);
	block(p, BRSKI_COAP_BLOCK1, 0, true, szx);
	if (size1 > 0)
		brski_coap_put_uint(&p->w, BRSKI_COAP_SIZE1, size1);
	return end(p);
}

/* RFC 7959 2.9.3 */
static void
test_upload_smaller(void **state)
{
	struct play *p = *state;

	start(p, 1100);
	assert_int_equal(too_large(p, 2, 0), BRSKI_E_PENDING);
	expect_block1(p, 0, true, 2, 0, 64);
	assert_int_equal(go_on(p, 0, 2), BRSKI_E_PENDING);
	expect_block1(p, 1, true, 2, 64, 64);
	/* no smaller than before */
	assert_int_equal(too_large(p, 2, 0), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(4, 13));
	/* a body without blocks, which is to come in blocks; there is room for it */
	start(p, 500);
	assert_int_equal(too_large(p, 4, 500), BRSKI_E_PENDING);
	expect_block1(p, 0, true, 4, 0, 256);
	/* smaller blocks make the body no smaller */
	start(p, 1100);
	assert_int_equal(too_large(p, 4, 1099), BRSKI_OK);
	start(p, 1100);
	assert_int_equal(answer(p, CODE(4, 13)), BRSKI_OK);
}

/* RFC 7959 2.9.2 */
static void
test_upload_lost(void **state)
{
	struct play *p = *state;

	start(p, 1100);
	assert_int_equal(go_on(p, 0, 5), BRSKI_E_PENDING);
	assert_int_equal(answer(p, CODE(4, 8)), BRSKI_E_PENDING);
	expect_block1(p, 0, true, 5, 0, 512);
	assert_int_equal(go_on(p, 0, 5), BRSKI_E_PENDING);
	/* once is enough */
	assert_int_equal(answer(p, CODE(4, 8)), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(4, 8));
	/* nothing was sent in blocks */
	start(p, 100);
	assert_int_equal(answer(p, CODE(4, 8)), BRSKI_OK);
}

/* --- Block2 */

/* A block of content. etag may be NULL. */
static enum brski_rc
slice(struct play *p, uint32_t num, bool more, unsigned szx, size_t n, const char *etag)
{
	begin(p, BRSKI_COAP_ACK, CODE(2, 4), p->c.mid);
	if (etag != NULL)
		brski_coap_put(&p->w, BRSKI_COAP_ETAG, brski_slice_str(etag));
	brski_coap_put_uint(&p->w, BRSKI_COAP_CONTENT_FORMAT, num == 0 ? 836 : 837);
	block(p, BRSKI_COAP_BLOCK2, num, more, szx);
	brski_coap_put_payload(&p->w, brski_slice(content + ((size_t)num << (szx + 4)) % 3000, n));
	return end(p);
}

static void
test_download(void **state)
{
	struct play *p = *state;

	/* both ways, RFC 7959 3.3 */
	start(p, 600);
	assert_int_equal(go_on(p, 0, 5), BRSKI_E_PENDING);
	assert_int_equal(slice(p, 0, true, 5, 512, "one"), BRSKI_E_PENDING);
	assert_int_equal(sent_block(p, BRSKI_COAP_BLOCK2).num, 1);
	assert_false(has(p, BRSKI_COAP_BLOCK1));
	assert_false(has(p, BRSKI_COAP_CONTENT_FORMAT));
	assert_int_equal(option(p, BRSKI_COAP_ACCEPT), 836);
	assert_int_equal(p->sent.payload.n, 0);
	assert_int_equal(p->sent.code, BRSKI_COAP_POST);
	/* smaller blocks: the place counts */
	assert_int_equal(slice(p, 2, true, 4, 256, "one"), BRSKI_E_PENDING);
	assert_int_equal(sent_block(p, BRSKI_COAP_BLOCK2).num, 3);
	assert_int_equal(sent_block(p, BRSKI_COAP_BLOCK2).szx, 4);
	assert_int_equal(slice(p, 3, false, 4, 1, "one"), BRSKI_OK);
	assert_slice_eq(brski_buf_slice(&p->body), brski_slice(content, 769));
	assert_int_equal(p->answer.content_format, 836);
	/* one block is all */
	start(p, 0);
	assert_int_equal(slice(p, 0, false, 5, 100, NULL), BRSKI_OK);
	/* the server lost it: that is the answer */
	start(p, 0);
	assert_int_equal(slice(p, 0, true, 5, 512, NULL), BRSKI_E_PENDING);
	begin(p, BRSKI_COAP_ACK, CODE(4, 8), p->c.mid);
	brski_coap_put_payload(&p->w, BRSKI_LIT("gone"));
	assert_int_equal(end(p), BRSKI_OK);
	assert_int_equal(p->answer.code, CODE(4, 8));
	assert_slice_eq(brski_buf_slice(&p->body), BRSKI_LIT("gone"));
}

static void
test_download_refused(void **state)
{
	static const struct {
		uint32_t num;
		bool more;
		unsigned szx;
		size_t n;
		const char *etag;
	} rows[] = {
		{ 0, true, 5, 512, "one" },  /* again */
		{ 2, true, 5, 512, "one" },  /* a gap */
		{ 1, true, 5, 511, "one" },  /* too short for one that is followed */
		{ 1, false, 5, 513, "one" }, /* too long for the last */
		{ 0, true, 6, 1024, "one" }, /* larger than agreed */
		{ 1, true, 5, 512, "two" },  /* another representation */
		{ 1, true, 5, 512, NULL },
	};
	struct play *p = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(p, 0);
		assert_int_equal(slice(p, 0, true, 5, 512, "one"), BRSKI_E_PENDING);
		assert_refused_by(slice(p, rows[i].num, rows[i].more, rows[i].szx, rows[i].n,
		                      rows[i].etag),
		    BRSKI_E_UPSTREAM, "RFC 7959 2.4", &p->err);
	}
	/* the first is the first */
	start(p, 0);
	assert_refused_by(slice(p, 1, true, 5, 512, NULL), BRSKI_E_UPSTREAM, "RFC 7959 2.4",
	    &p->err);
	/* success without a block where one was asked for */
	start(p, 0);
	assert_int_equal(slice(p, 0, true, 5, 512, NULL), BRSKI_E_PENDING);
	assert_refused_by(answer(p, CODE(2, 4)), BRSKI_E_UPSTREAM, "RFC 7959 2.4", &p->err);
	/* RFC 7959 2.2: SZX 7 */
	start(p, 0);
	assert_refused_by(slice(p, 0, false, 7, 1, NULL), BRSKI_E_UPSTREAM, "RFC 7959 2.2",
	    &p->err);
}

static void
test_download_too_large(void **state)
{
	struct play *p = *state;
	uint32_t num;

	p->body.max = 1000;
	start(p, 0);
	assert_int_equal(slice(p, 0, true, 5, 512, NULL), BRSKI_E_PENDING);
	assert_refused(slice(p, 1, true, 5, 512, NULL), BRSKI_E_TOO_LARGE, &p->err);
	/* announced: no further block is asked for, RFC 7959 4 */
	for (num = 0; num < 2; num++) {
		start(p, 0);
		begin(p, BRSKI_COAP_ACK, CODE(2, 5), p->c.mid);
		block(p, BRSKI_COAP_BLOCK2, 0, true, 5);
		brski_coap_put_uint(&p->w, BRSKI_COAP_SIZE2, 1000 + num);
		brski_coap_put_payload(&p->w, brski_slice(content, 512));
		if (num == 0)
			assert_int_equal(end(p), BRSKI_E_PENDING);
		else
			assert_refused_by(end(p), BRSKI_E_TOO_LARGE, "RFC 7959 4", &p->err);
	}
	brski_coap_client_stop(&p->c);
	assert_broken(idle(p), BRSKI_E_INTERNAL, &p->err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_small, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_path_too_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_retransmit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept_session, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_separate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_separate_block, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strangers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_critical, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_upload, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_upload_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_upload_smaller, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_upload_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_download, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_download_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_download_too_large, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
