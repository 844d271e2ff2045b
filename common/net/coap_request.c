/* SPDX-License-Identifier: Apache-2.0 */
/* A request of the CoAP server: from options to an exchange, and back to a response. */
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "crypto/key.h"
#include "net/coap_session.h"

/* --- options */

static enum brski_rc
check_options(struct coap_request *q, const struct brski_coap_message *m, struct brski_err *err)
{
	struct brski_slice v;

	if ((q->bad_option = brski_coap_critical(m)) != 0)
		return brski_fail(err, BRSKI_E_OPTION, "RFC 7252 5.4.1", "option %u of %zu bytes",
		    q->bad_option, m->options.n);
	if (brski_coap_option_find(m, BRSKI_COAP_PROXY_URI, &v) ||
	    brski_coap_option_find(m, BRSKI_COAP_PROXY_SCHEME, &v))
		return brski_fail(err, BRSKI_E_PROXY, "RFC 7252 5.10.2", "a request for a proxy");
	return BRSKI_OK;
}

/* Append lead and part; false: too long. */
static bool
join(char buf[COAP_URI_MAX], size_t *n, char lead, struct brski_slice part)
{
	size_t i;

	if (part.n + 1 > COAP_URI_MAX - *n)
		return false;
	buf[(*n)++] = lead;
	for (i = 0; i < part.n; i++)
		/* within a segment a slash separates nothing: no route has what takes its place */
		buf[(*n)++] = lead == '/' && part.p[i] == '/' ? '\0' : (char)part.p[i];
	return true;
}

/* Percent signs are bytes like others: options are not encoded, RFC 7252 6.5. */
static enum brski_rc
read_uri(struct coap_request *q, const struct brski_coap_message *m, struct brski_err *err)
{
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned number = 0;
	bool fits = true;

	while (fits && brski_coap_option_next(&at, &number, &o)) {
		if (o.number == BRSKI_COAP_URI_PATH)
			fits = join(q->path, &q->path_n, '/', o.value);
		if (o.number == BRSKI_COAP_URI_QUERY)
			fits = join(q->query, &q->query_n, '&', o.value);
	}
	if (!fits)
		return brski_fail(err, BRSKI_E_NOT_FOUND, "local limit",
		    "a path or query of more than %d bytes", COAP_URI_MAX);
	if (q->query_n > 0)
		q->x.query = brski_slice(q->query + 1, q->query_n - 1);
	return BRSKI_OK;
}

/* What a Uri-Path-Abbrev stands for; NULL: nothing. */
static const char *
abbreviated(const struct brski_coap_server *s, uint32_t v)
{
	size_t i;

	/* from the end: 0 is /.well-known/core there, and "none" elsewhere */
	for (i = s->rows_n; i-- > 0;)
		if (s->rows[i].coap->abbrev == v)
			return s->rows[i].path;
	return NULL;
}

static enum brski_rc
expand(const struct brski_coap_server *s, struct coap_request *q,
    const struct brski_coap_message *m, struct brski_err *err)
{
	const char *path = NULL;
	struct brski_slice value;
	uint32_t v;

	if (!brski_coap_option_find(m, BRSKI_COAP_URI_PATH_ABBREV, &value))
		return BRSKI_OK;
	if (brski_coap_uint(value, &v))
		path = abbreviated(s, v);
	if (path == NULL || q->path_n > 0) {
		q->bad_option = BRSKI_COAP_URI_PATH_ABBREV;
		return brski_fail(err, BRSKI_E_OPTION, "draft-ietf-core-uri-path-abbrev",
		    "abbreviation %u, %zu bytes of path", (unsigned)v, q->path_n);
	}
	q->path_n = (size_t)snprintf(q->path, sizeof(q->path), "%s", path);
	return BRSKI_OK;
}

/* The media type of a number; numbers without one get a name that no route has. */
static struct brski_slice
media_of(const struct brski_coap_message *m, unsigned option, char *name, size_t cap)
{
	struct brski_slice value;
	const char *known;
	uint32_t v;

	if (!brski_coap_option_find(m, option, &value) || !brski_coap_uint(value, &v))
		return (struct brski_slice){ 0 };
	if ((known = brski_coap_media_type(v)) != NULL)
		return brski_slice_str(known);
	snprintf(name, cap, "content-format/%u", (unsigned)v);
	return brski_slice_str(name);
}

static enum brski_rc
read_blocks(struct coap_request *q, const struct brski_coap_message *m, struct brski_err *err)
{
	struct brski_slice v1, v2;

	q->has_block1 = brski_coap_option_find(m, BRSKI_COAP_BLOCK1, &v1);
	q->has_block2 = brski_coap_option_find(m, BRSKI_COAP_BLOCK2, &v2);
	if ((q->has_block1 && !brski_coap_block_read(v1, &q->block1)) ||
	    (q->has_block2 && !brski_coap_block_read(v2, &q->block2))) {
		q->has_block1 = q->has_block2 = false;
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7959 2.2", "blocks of size 7");
	}
	coap_block_key(m, q->key);
	return BRSKI_OK;
}

/* What the client has already, RFC 7252 5.10.6.2: copied, the datagram goes before the answer. */
static void
read_etags(struct coap_request *q, const struct brski_coap_message *m)
{
	struct brski_exchange *x = &q->x;
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned number = 0;

	while (x->known_n < BRSKI_ETAGS && brski_coap_option_next(&at, &number, &o)) {
		if (o.number != BRSKI_COAP_ETAG || o.value.n == 0 || o.value.n > BRSKI_ETAG_MAX)
			continue;
		memcpy(q->etags[x->known_n], o.value.p, o.value.n);
		x->known[x->known_n] = brski_slice(q->etags[x->known_n], o.value.n);
		x->known_n++;
	}
}

static enum brski_rc
find_route(struct brski_coap_session *c, struct brski_err *err)
{
	const struct brski_coap_server *s = c->server;
	struct coap_request *q = &c->request;
	bool known = q->code == BRSKI_COAP_GET || q->code == BRSKI_COAP_POST;
	enum brski_rc rc;

	rc = brski_route_find(s->rows, s->rows_n,
	    q->code == BRSKI_COAP_POST ? BRSKI_POST : BRSKI_GET, known,
	    brski_slice(q->path, q->path_n), &q->x, err);
	/* operations know the route by the table that it comes from */
	if (q->x.route != NULL)
		q->x.route = s->sources[q->x.route - s->rows];
	return rc;
}

/* What the options say. */
static enum brski_rc
read_request(struct brski_coap_session *c, const struct brski_coap_message *m,
    struct brski_err *err)
{
	struct coap_request *q = &c->request;
	enum brski_rc rc;

	if ((rc = check_options(q, m, err)) != BRSKI_OK || (rc = read_uri(q, m, err)) != BRSKI_OK ||
	    (rc = expand(c->server, q, m, err)) != BRSKI_OK ||
	    (rc = read_blocks(q, m, err)) != BRSKI_OK)
		return rc;
	q->x.media = media_of(m, BRSKI_COAP_CONTENT_FORMAT, q->media, sizeof(q->media));
	q->x.accept = media_of(m, BRSKI_COAP_ACCEPT, q->accept, sizeof(q->accept));
	read_etags(q, m);
	return BRSKI_OK;
}

/* --- the response */

/* Block1 as it came; where the body is too large, with the hint of RFC 7959 2.9.3. */
static void
reply_block1(const struct coap_request *q, struct coap_reply *r)
{
	bool too_large = q->x.rc == BRSKI_E_TOO_LARGE;

	r->has_block1 = q->has_block1;
	r->block1 = q->block1;
	if (too_large && r->block1.szx > 0)
		r->block1.szx--;
	if (too_large && q->x.route != NULL) {
		r->has_size1 = true;
		r->size1 = (uint32_t)q->x.route->max_body;
	}
}

/* RFC 9290 2: { -8 (unprocessed-coap-option): number }; out holds five bytes */
static struct brski_slice
problem(unsigned option, uint8_t out[5])
{
	size_t n = 0;

	out[n++] = 0xa1;
	out[n++] = 0x27;
	if (option > 0xff) {
		out[n++] = 0x19;
		out[n++] = (uint8_t)(option >> 8);
	} else if (option > 23) {
		out[n++] = 0x18;
	}
	out[n++] = (uint8_t)option;
	return brski_slice(out, n);
}

/* A refusal: a text for people (RFC 7252 5.5.2), or which option it was. */
static void
answer_refusal(struct brski_coap_session *c, struct coap_reply *r)
{
	const struct brski_exchange *x = &c->request.x;
	uint8_t cbor[5];

	r->code = (uint8_t)brski_rc_coap(x->rc);
	r->payload = brski_buf_slice(&x->reply);
	if (r->payload.n > 0 && r->payload.p[r->payload.n - 1] == '\n')
		r->payload.n--;
	if (x->rc == BRSKI_E_OPTION) {
		r->has_format = true;
		r->format =
		    (uint32_t)brski_coap_content_format("application/concise-problem-details+cbor");
		r->payload = problem(c->request.bad_option, cbor);
	}
	r->has_max_age = x->rc == BRSKI_E_PENDING || x->retry_after_s > 0;
	r->max_age = x->retry_after_s < COAP_MAX_AGE_S ? x->retry_after_s : COAP_MAX_AGE_S;
	coap_session_answer(c, r);
}

/* RFC 7252 5.9.1.3; the operation may not have looked. */
static bool
client_has_it(const struct coap_request *q, struct brski_slice etag)
{
	size_t i;

	for (i = 0; i < q->x.known_n && brski_slice_present(etag); i++)
		if (brski_slice_eq(q->x.known[i], etag))
			return q->code == BRSKI_COAP_GET;
	return q->x.unchanged;
}

/* What the client wants; who sends small blocks wants them back, too. */
static unsigned
answer_szx(const struct brski_coap_session *c)
{
	const struct coap_request *q = &c->request;
	unsigned szx = COAP_SZX;

	if (q->has_block2)
		szx = q->block2.szx;
	else if (q->has_block1 && q->block1.szx < COAP_SZX)
		szx = q->block1.szx;
	return coap_session_szx(c, szx);
}

static void
fill_success(const struct brski_coap_session *c, struct coap_reply *r,
    uint8_t digest[BRSKI_SHA256_SIZE])
{
	const struct coap_request *q = &c->request;
	const struct brski_exchange *x = &q->x;
	bool get = q->code == BRSKI_COAP_GET;
	int format = x->reply_media != NULL ? brski_coap_content_format(x->reply_media) : -1;
	unsigned szx = answer_szx(c);

	r->code = get ? BRSKI_COAP(2, 5) : BRSKI_COAP(2, 4);
	r->payload = brski_buf_slice(&x->reply);
	r->has_format = format >= 0 && (get || x->reply.n > 0);
	r->format = (uint32_t)format;
	r->has_size2 = get;
	r->size2 = (uint32_t)x->reply.n;
	if (x->caching.etag_n > 0)
		r->etag = brski_slice(x->caching.etag, x->caching.etag_n);
	else if (get || x->reply.n > (size_t)16 << szx) {
		brski_sha256(r->payload, digest);
		r->etag = brski_slice(digest, COAP_ETAG);
	}
	if (x->reply.n > (size_t)16 << szx) {
		r->has_size2 = true;
		coap_block_slice(r, r->payload, 0, szx);
	}
}

/* RFC 7252 5.10.5: how long it is good; without, that is a minute. */
static void
say_max_age(const struct coap_request *q, struct coap_reply *r)
{
	struct brski_clock clock = brski_clock_system();
	int64_t left = q->x.caching.expires - brski_clock_now(&clock);

	r->has_max_age = q->x.caching.expires != 0;
	r->max_age = left < 0 ? 0 : left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

/* False: it cannot be kept until its last block has left, and that was the answer. */
static bool
answer_success(struct brski_coap_session *c, struct coap_reply *r)
{
	uint8_t digest[BRSKI_SHA256_SIZE];
	struct coap_request *q = &c->request;
	struct brski_err err = { 0 };

	fill_success(c, r, digest);
	say_max_age(q, r);
	if (client_has_it(q, r->etag))
		*r = (struct coap_reply){ .code = BRSKI_COAP(2, 3),
			.etag = r->etag,
			.has_max_age = r->has_max_age,
			.max_age = r->max_age };
	if (r->has_block2 && coap_block_keep(c, r, &err) != BRSKI_OK) {
		brski_reply_fail(&q->x, "coap", (struct brski_slice){ 0 }, &err);
		return false;
	}
	coap_session_answer(c, r);
	return true;
}

/* Whoever does nothing else than ask in vain shakes hands again for it, as over HTTP. */
static bool
wears_out(struct brski_coap_session *c)
{
	enum brski_rc rc = c->request.x.rc;

	return rc != BRSKI_OK && rc != BRSKI_E_PENDING && ++c->refused >= COAP_REFUSALS;
}

/* Anybody may GET; a POST that succeeds, or will, is by a device that somebody vouches for. */
static bool
is_useful(const struct coap_request *q)
{
	return q->code == BRSKI_COAP_POST && (q->x.rc == BRSKI_OK || q->x.rc == BRSKI_E_PENDING);
}

/* The exchange has its reply: send it, and forget the exchange. c may be gone afterwards. */
static void
answer(struct brski_coap_session *c)
{
	struct coap_request *q = &c->request;
	struct coap_reply r = { 0 };
	bool ends = wears_out(c) || q->x.close;

	if (c->dtls != NULL && is_useful(q))
		brski_dtls_useful(c->dtls);
	coap_block_drop_in(c);
	reply_block1(q, &r);
	if (q->x.rc != BRSKI_OK)
		answer_refusal(c, &r);
	else if (!answer_success(c, &r))
		return;
	brski_buf_clear(&q->x.reply);
	q->open = false;
	if (ends)
		coap_session_close(c);
}

/* The operation has replied: at once, while its handler still runs, or later. */
static void
on_finish(struct brski_exchange *x)
{
	struct brski_coap_session *c = x->transport;

	c->request.answered = true;
	if (!c->request.running)
		answer(c);
}

/* --- the request */

static void
on_ack_due(void *arg)
{
	struct brski_coap_session *c = arg;

	c->ack_due = NULL;
	coap_session_ack(c);
}

static void
operate(struct brski_coap_session *c)
{
	const struct brski_coap_server *s = c->server;
	struct coap_request *q = &c->request;
	struct brski_exchange *x = &q->x;

	x->body = brski_buf_slice(&c->in.bytes);
	q->running = true;
	x->route->handler(s->conf.app, x);
	q->running = false;
	if (q->answered)
		answer(c);
	else if (q->type == BRSKI_COAP_CON)
		/* without memory the client asks again until the answer is there */
		c->ack_due = brski_timer_start(s->loop, s->conf.limits.ack_ms, on_ack_due, c);
}

/* A block that is not the last: "2.31 Continue", RFC 7959 2.9.1. */
static void
answer_continue(struct brski_coap_session *c)
{
	struct coap_reply r = { .code = BRSKI_COAP(2, 31) };

	reply_block1(&c->request, &r);
	c->request.open = false;
	coap_session_answer(c, &r);
}

static void
refuse(struct brski_coap_session *c, const struct brski_err *err)
{
	const struct brski_coap_server_conf *conf = &c->server->conf;
	struct brski_exchange *x = &c->request.x;

	if (err->rc == BRSKI_E_UNAUTHENTICATED && conf->turned_away != NULL)
		conf->turned_away(conf->app, x, err);
	brski_reply_fail(x, "coap", (struct brski_slice){ 0 }, err);
}

static void
begin(struct brski_coap_session *c, const struct brski_coap_message *m)
{
	struct coap_request *q = &c->request;

	/* NSTART is 1: the client has given up the one before */
	if (q->open) {
		coap_request_drop(c);
		coap_block_drop_in(c);
	}
	*q = (struct coap_request){
		.open = true,
		.type = m->type,
		.code = m->code,
		.mid = m->mid,
		.token_n = m->token.n,
	};
	memcpy(q->token, m->token.p, m->token.n);
	q->x.peer = &c->peer->peer;
	q->x.log = c->server->conf.log;
	q->x.transport = c;
	q->x.finish = on_finish;
}

/* More of an answer: whose request passed every check, and need not say it all again. */
static bool
asks_for_more(const struct coap_request *q)
{
	return q->block2.num > 0 && !q->has_block1;
}

void
coap_request_on(struct brski_coap_session *c, const struct brski_coap_message *m)
{
	struct coap_request *q = &c->request;
	struct brski_err err = { 0 };
	enum brski_rc rc;

	begin(c, m);
	rc = read_request(c, m, &err);
	if (rc == BRSKI_OK && asks_for_more(q))
		rc = coap_block_serve(c, &err);
	else if (rc == BRSKI_OK && (rc = find_route(c, &err)) == BRSKI_OK &&
	    (rc = coap_block_take(c, m, &err)) == BRSKI_OK)
		operate(c);
	if (rc == BRSKI_E_PENDING)
		answer_continue(c);
	else if (rc != BRSKI_OK)
		refuse(c, &err);
}

void
coap_request_drop(struct brski_coap_session *c)
{
	struct brski_exchange *x = &c->request.x;
	void *op = x->op;

	brski_timer_cancel(c->ack_due);
	c->ack_due = NULL;
	c->request.open = false;
	x->op = NULL;
	if (x->op_free != NULL && op != NULL)
		x->op_free(op);
	brski_buf_clear(&x->reply);
}
