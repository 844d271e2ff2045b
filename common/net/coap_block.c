/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies in blocks, RFC 7959: put together in order only, cut from what is kept. All bounded. */
#include "crypto/key.h"
#include "net/coap_session.h"

static size_t
block_size(unsigned szx)
{
	return (size_t)16 << szx;
}

/* --- what is kept */

static void
count(struct brski_coap_session *c)
{
	size_t now = c->in.bytes.cap + c->out.bytes.cap;

	c->server->bodies += now - c->counted;
	c->counted = now;
}

static void
drop(struct brski_coap_session *c, struct coap_body *b)
{
	brski_buf_clear(&b->bytes);
	b->there = false;
	count(c);
}

/* Its body is whole, or gone. */
static void
leave_queue(struct brski_coap_session *c)
{
	if (c->waits)
		TAILQ_REMOVE(&c->server->unfinished, c, link);
	c->waits = false;
}

/* It had a block, and waits for more. */
static void
to_end_of_queue(struct brski_coap_session *c)
{
	leave_queue(c);
	TAILQ_INSERT_TAIL(&c->server->unfinished, c, link);
	c->waits = true;
}

void
coap_block_drop_in(struct brski_coap_session *c)
{
	leave_queue(c);
	drop(c, &c->in);
}

void
coap_block_drop_out(struct brski_coap_session *c)
{
	drop(c, &c->out);
}

static void
on_block_due(void *arg)
{
	struct brski_coap_session *c = arg;

	c->block_due = NULL;
	/* an operation that waits has the body */
	if (!c->request.open)
		coap_block_drop_in(c);
	coap_block_drop_out(c);
}

/* A block came or went: the next one has time from now. */
static enum brski_rc
restart_timer(struct brski_coap_session *c, struct brski_err *err)
{
	brski_timer_cancel(c->block_due);
	c->block_due =
	    brski_timer_start(c->server->loop, c->server->conf.limits.block_ms, on_block_due, c);
	if (c->block_due == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "timer of a body");
	return BRSKI_OK;
}

static enum brski_rc
check_room(const struct brski_coap_session *c, size_t n, size_t max, struct brski_err *err)
{
	if (c->server->bodies + n > max)
		return brski_fail(err, BRSKI_E_BUSY, "local limit",
		    "%zu bytes of bodies are kept, %zu more", c->server->bodies, n);
	return BRSKI_OK;
}

/*
 * Bodies of others that are not whole give way, who waits longest first: else a few who never
 * finish would keep everybody out. None does where all of them would not suffice.
 */
static void
make_room(struct brski_coap_session *c, size_t n, size_t max)
{
	struct brski_coap_server *s = c->server;
	struct brski_coap_session *e, *next;
	size_t gain = 0;

	if (s->bodies + n <= max)
		return;
	TAILQ_FOREACH(e, &s->unfinished, link)
	if (e != c)
		gain += e->in.bytes.cap;
	if (s->bodies - gain + n > max)
		return;
	for (e = TAILQ_FIRST(&s->unfinished); e != NULL && s->bodies + n > max; e = next) {
		next = TAILQ_NEXT(e, link);
		if (e != c)
			coap_block_drop_in(e);
	}
}

/* Options by which blocks of one request differ: RFC 7959 2, and those about one representation. */
static bool
is_of_block(unsigned number)
{
	/* NoCacheKey, RFC 7252 5.4.6 */
	return (number & 0x1e) == 0x1c || number == BRSKI_COAP_BLOCK1 ||
	    number == BRSKI_COAP_BLOCK2 || number == BRSKI_COAP_ETAG ||
	    number == BRSKI_COAP_CONTENT_FORMAT;
}

void
coap_block_key(const struct brski_coap_message *m, uint8_t key[COAP_KEY])
{
	uint8_t text[BRSKI_COAP_DATAGRAM_MAX + BRSKI_COAP_OPTIONS_MAX];
	uint8_t digest[BRSKI_SHA256_SIZE];
	struct brski_buf all = brski_buf_fixed(text, sizeof(text));
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned number = 0;

	/* it all came in one datagram, where an option has one byte less at least */
	(void)brski_buf_append_byte(&all, m->code, NULL);
	while (brski_coap_option_next(&at, &number, &o)) {
		if (is_of_block(o.number))
			continue;
		(void)brski_buf_append_byte(&all, (uint8_t)o.number, NULL);
		(void)brski_buf_append_byte(&all, (uint8_t)o.value.n, NULL);
		(void)brski_buf_append(&all, o.value, NULL);
	}
	brski_sha256(brski_buf_slice(&all), digest);
	memcpy(key, digest, COAP_KEY);
}

/* --- Block1 */

/* The last block again, in another message: RFC 7959 2.9.2 wants no harm from that. */
static bool
is_again(const struct coap_body *in, size_t at, struct brski_slice part)
{
	return in->there && at == in->last && at + part.n == in->bytes.n &&
	    memcmp(in->bytes.p + at, part.p, part.n) == 0;
}

static bool
continues(const struct brski_coap_session *c, size_t at)
{
	const struct coap_body *in = &c->in;
	const struct coap_request *q = &c->request;

	return in->there && at == in->bytes.n && q->block1.szx <= in->szx &&
	    memcmp(in->key, q->key, COAP_KEY) == 0;
}

static enum brski_rc
check_size(struct brski_coap_session *c, const struct brski_coap_message *m, size_t at,
    struct brski_err *err)
{
	const struct coap_request *q = &c->request;
	const struct brski_route *r = q->x.route;
	size_t all = at + m->payload.n, max = c->server->conf.limits.bodies / 2;
	struct brski_slice v;
	uint32_t told;

	if (brski_coap_option_find(m, BRSKI_COAP_SIZE1, &v) && brski_coap_uint(v, &told) &&
	    told > all)
		all = told;
	if (all > r->max_body)
		return brski_fail(err, BRSKI_E_TOO_LARGE, r->spec,
		    "a body of %zu bytes, at most %zu", all, r->max_body);
	/* what comes in one piece is gone soon, and never refused because others do not finish */
	if (!q->block1.more && q->block1.num == 0)
		return BRSKI_OK;
	make_room(c, m->payload.n, max);
	return check_room(c, m->payload.n, max, err);
}

static enum brski_rc
append(struct brski_coap_session *c, size_t at, struct brski_slice part, struct brski_err *err)
{
	struct coap_body *in = &c->in;
	enum brski_rc rc;

	if (at == 0) {
		coap_block_drop_in(c);
		in->there = true;
		in->szx = c->request.block1.szx;
		/* 0 would mean the default */
		in->bytes.max = c->request.x.route->max_body > 0 ? c->request.x.route->max_body : 1;
		memcpy(in->key, c->request.key, COAP_KEY);
	}
	rc = brski_buf_append(&in->bytes, part, err);
	in->last = at;
	count(c);
	return rc;
}

enum brski_rc
coap_block_take(struct brski_coap_session *c, const struct brski_coap_message *m,
    struct brski_err *err)
{
	const struct coap_request *q = &c->request;
	const struct brski_coap_block *b = &q->block1;
	size_t size = block_size(b->szx), at = b->num * size;
	enum brski_rc rc;

	if (q->has_block1 && (b->more ? m->payload.n != size : m->payload.n > size))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7959 2.2",
		    "%zu bytes in a block of %zu", m->payload.n, size);
	if (b->more && b->num > 0 && is_again(&c->in, at, m->payload))
		return BRSKI_E_PENDING;
	if (b->num > 0 && !continues(c, at))
		return brski_fail(err, BRSKI_E_INCOMPLETE, "RFC 7959 2.9.2",
		    "block at %zu where %zu bytes are there", at,
		    c->in.there ? c->in.bytes.n : (size_t)0);
	if ((rc = check_size(c, m, at, err)) != BRSKI_OK ||
	    (rc = append(c, at, m->payload, err)) != BRSKI_OK)
		return rc;
	leave_queue(c);
	if (!b->more)
		return BRSKI_OK;
	to_end_of_queue(c);
	rc = restart_timer(c, err);
	return rc == BRSKI_OK ? BRSKI_E_PENDING : rc;
}

/* --- Block2 */

bool
coap_block_slice(struct coap_reply *r, struct brski_slice body, size_t at, unsigned szx)
{
	size_t size = block_size(szx), left = body.n - at;
	bool more = left > size;

	r->has_block2 = true;
	r->block2 =
	    (struct brski_coap_block){ .num = (uint32_t)(at / size), .more = more, .szx = szx };
	r->payload = brski_slice(body.p + at, more ? size : left);
	return more;
}

enum brski_rc
coap_block_keep(struct brski_coap_session *c, const struct coap_reply *r, struct brski_err *err)
{
	struct coap_body *out = &c->out;
	struct brski_exchange *x = &c->request.x;
	enum brski_rc rc;

	coap_block_drop_out(c);
	if ((rc = check_room(c, x->reply.n, c->server->conf.limits.bodies, err)) != BRSKI_OK ||
	    (rc = restart_timer(c, err)) != BRSKI_OK)
		return rc;
	out->there = true;
	out->bytes = x->reply;
	x->reply = (struct brski_buf){ 0 };
	out->code = r->code;
	out->format = r->has_format ? (int)r->format : -1;
	memcpy(out->etag, r->etag.p, r->etag.n);
	out->etag_n = r->etag.n;
	memcpy(out->key, c->request.key, COAP_KEY);
	count(c);
	return BRSKI_OK;
}

enum brski_rc
coap_block_serve(struct brski_coap_session *c, struct brski_err *err)
{
	const struct brski_coap_block *b = &c->request.block2;
	const struct coap_body *out = &c->out;
	size_t at = b->num * block_size(b->szx);
	struct coap_reply r = { 0 };
	bool more;

	if (!out->there || at >= out->bytes.n || memcmp(out->key, c->request.key, COAP_KEY) != 0)
		return brski_fail(err, BRSKI_E_INCOMPLETE, "RFC 7959 2.4",
		    "block at %zu of an answer of %zu bytes", at,
		    out->there ? out->bytes.n : (size_t)0);
	r.code = out->code;
	r.etag = brski_slice(out->etag, out->etag_n);
	r.has_format = out->format >= 0;
	r.format = (uint32_t)out->format;
	/* RFC 7959 2.3: the same place, in smaller blocks */
	more = coap_block_slice(&r, brski_buf_slice(&out->bytes), at, coap_session_szx(c, b->szx));
	c->request.open = false;
	coap_session_answer(c, &r);
	/* what is lost from here on comes again from the last answers */
	if (!more || restart_timer(c, NULL) != BRSKI_OK)
		coap_block_drop_out(c);
	return BRSKI_OK;
}
