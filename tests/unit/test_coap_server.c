/* SPDX-License-Identifier: Apache-2.0 */
/* The CoAP server without DTLS: datagrams in and out. And our client against it, with loss. */
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tu.h"
#include "base/text.h"
#include "coap/coap_client.h"
#include "net/coap_session.h"
#include "net/dtls_session.h"
#include "net/peer_ref.h"

#define CODE(c, dd) ((uint8_t)BRSKI_COAP(c, dd))
#define NONE        ((struct brski_slice){ 0 })
#define BIG         2000
#define BASE        "/.well-known/t/"

struct world {
	struct brski_loop *loop;
	struct brski_coap_server *server;
	struct brski_coap_server_conf conf;
	struct brski_log log;
	struct brski_peer_ref *peer;
	struct brski_coap_session *c;
	struct tu_id factory, device;
	struct brski_err err;
	char line[1024];
	unsigned lines;
	/* what the operations saw */
	unsigned handled, freed, turned_away;
	struct brski_exchange *held;
	size_t body_n;
	char query[64];
	struct brski_caching caching; /* of GET big */
	/* what the server sent: how many, and the last one */
	unsigned out_n;
	size_t out_bytes;
	uint8_t out[BRSKI_COAP_DATAGRAM_MAX];
	struct brski_coap_message m;
	/* the message under construction */
	uint16_t mid;
	uint8_t in[BRSKI_COAP_DATAGRAM_MAX];
	struct brski_coap_writer w;
	/* datagrams on their way to a client */
	uint8_t mail[8][BRSKI_COAP_DATAGRAM_MAX];
	size_t mail_n[8];
	unsigned mails;
};

static uint8_t content[70001];

/* --- operations */

static void
echo(void *app, struct brski_exchange *x)
{
	struct world *w = app;

	w->handled++;
	w->body_n = x->body.n;
	snprintf(w->query, sizeof(w->query), "%.*s", (int)x->query.n, (const char *)x->query.p);
	x->reply.max = 70000;
	assert_int_equal(brski_buf_append(&x->reply, x->body, NULL), BRSKI_OK);
	x->reply_media = "application/cbor";
	brski_reply_ok(x);
}

static void
big(void *app, struct brski_exchange *x)
{
	struct world *w = app;

	w->handled++;
	assert_int_equal(brski_buf_append(&x->reply, brski_slice(content, BIG), NULL), BRSKI_OK);
	x->reply_media = "application/multipart-core";
	x->caching = w->caching;
	if (!brski_reply_unchanged(x))
		brski_reply_ok(x);
}

static void
nothing(void *app, struct brski_exchange *x)
{
	struct world *w = app;

	w->handled++;
	w->body_n = x->body.n;
	brski_reply_ok(x);
}

static void
hold_free(void *op)
{
	struct world *w = op;

	w->freed++;
	w->held = NULL;
}

static void
hold(void *app, struct brski_exchange *x)
{
	struct world *w = app;

	w->handled++;
	w->held = x;
	x->op = w;
	x->op_free = hold_free;
}

static void
pending(void *app, struct brski_exchange *x)
{
	struct world *w = app;

	w->handled++;
	brski_reply_pending(x, w->handled == 1 ? 7 : 600);
}

static void
refuse(void *app, struct brski_exchange *x)
{
	struct world *w = app;
	struct brski_err err = { 0 };

	w->handled++;
	x->close = true;
	(void)!brski_fail(&err, BRSKI_E_PROXIMITY, "RFC 8995 5.2", "another registrar's key");
	brski_reply_fail(x, "requestvoucher", BRSKI_LIT("J1"), &err);
}

static const char *const cbor_json[] = { "application/json", "application/cbor", NULL };
static const char *const cbor[] = { "application/cbor", NULL };
static const char *const certs[] = { "application/pkcs7-mime", "application/multipart-core",
	"application/pkix-cert", "application/voucher-cms+json", NULL };

static const struct brski_coap_name names[] = {
	{ BASE "echo", 500, "t.echo" },
	{ BASE "small", 0, "t.small" },
	{ BASE "big", 501, "t.big" },
	{ BASE "hold", 502, "t.hold" },
	{ "/u/pending", 0, "u.pending" },
	{ "/u/refuse", 0, "u.refuse" },
};

#define POST   BRSKI_POST
#define GET    BRSKI_GET
#define ANYONE BRSKI_WHO_ANYONE
static const struct brski_route routes[] = {
	{ GET, "/none", NULL, NULL, 0, ANYONE, nothing, "test", BRSKI_BINARY, NULL },
	{ POST, "/long/echo", cbor_json, cbor, 70000, ANYONE, echo, "test 1", BRSKI_BINARY,
	    &names[0] },
	{ POST, "/long/small", cbor, NULL, 100, ANYONE, nothing, "test 2", BRSKI_BINARY,
	    &names[1] },
	{ GET, "/long/big", NULL, certs, 0, ANYONE, big, "test 3", BRSKI_BASE64, &names[2] },
	{ POST, "/long/hold", NULL, NULL, 2000, ANYONE, hold, "test 4", BRSKI_BINARY, &names[3] },
	{ POST, "/long/pending", NULL, NULL, 0, ANYONE, pending, "test 5", BRSKI_BINARY,
	    &names[4] },
	{ POST, "/long/refuse", NULL, NULL, 0, ANYONE, refuse, "test 6", BRSKI_BINARY, &names[5] },
};

/* --- the world */

static void
on_line(void *arg, enum brski_level level, const char *line)
{
	struct world *w = arg;

	(void)level;
	snprintf(w->line, sizeof(w->line), "%s", line);
	w->lines++;
}

static void
on_unauthenticated(void *app, const struct brski_exchange *x, const struct brski_err *err)
{
	struct world *w = app;

	assert_non_null(x->route);
	assert_int_equal(err->rc, BRSKI_E_UNAUTHENTICATED);
	w->turned_away++;
}

static void
on_send(void *arg, struct brski_slice datagram)
{
	struct world *w = arg;

	assert_in_range(datagram.n, 4, BRSKI_COAP_DATAGRAM_MAX);
	memcpy(w->out, datagram.p, datagram.n);
	assert_ok(brski_coap_decode(brski_slice(w->out, datagram.n), &w->m, &w->err), &w->err);
	assert_int_equal(brski_coap_critical(&w->m), 0);
	w->out_n++;
	w->out_bytes = datagram.n;
	if (w->mails < 8) {
		memcpy(w->mail[w->mails], datagram.p, datagram.n);
		w->mail_n[w->mails++] = datagram.n;
	}
}

static struct brski_peer_ref *
new_peer(const struct brski_certs *chain)
{
	struct brski_peer_ref *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->refs = 1;
	p->peer.transport = "coaps";
	snprintf(p->peer.address, sizeof(p->peer.address), "[::1]:4711");
	if (chain != NULL)
		assert_int_equal(brski_certs_copy(&p->peer.chain, chain, NULL), BRSKI_OK);
	return p;
}

static void
serve(struct world *w)
{
	assert_ok(brski_coap_server_new(w->loop, &w->conf, &w->server, &w->err), &w->err);
	assert_int_equal(brski_coap_server_port(w->server), 0);
	w->c = brski_coap_session_new(w->server, w->peer, on_send, w);
	assert_non_null(w->c);
}

static int
set_up(void **state)
{
	static struct world w;
	size_t i;

	for (i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7 + i / 256);
	memset(&w, 0, sizeof(w));
	w.log = (struct brski_log){ .level = BRSKI_LOG_DEBUG, .sink = on_line, .arg = &w };
	w.mid = 1;
	tu_ca(&w.factory, "factory");
	tu_idevid(&w.device, &w.factory, "J1", NULL);
	w.peer = new_peer(&w.device.chain);
	assert_ok(brski_loop_new(&w.loop, &w.err), &w.err);
	w.conf = (struct brski_coap_server_conf){ .routes = routes,
		.routes_n = sizeof(routes) / sizeof(routes[0]),
		.app = &w,
		.log = &w.log,
		.limits = { .ack_ms = 5, .again_ms = 10, .block_ms = 20 },
		.turned_away = on_unauthenticated };
	*state = &w;
	return 0;
}

static int
set_up_served(void **state)
{
	set_up(state);
	serve(*state);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	brski_coap_session_free(w->c);
	brski_coap_server_free(w->server);
	brski_peer_unref(w->peer);
	brski_loop_free(w->loop);
	tu_id_clear(&w->device);
	tu_id_clear(&w->factory);
	return 0;
}

/* Run the loop until the server has sent n in all. */
static void
run_until(struct world *w, unsigned n)
{
	int turns;

	for (turns = 0; w->out_n < n && turns < 1000; turns++)
		event_base_loop(brski_loop_base(w->loop), EVLOOP_ONCE);
	assert_int_equal(w->out_n, n);
}

/* Run the loop until all its timers are over. */
static void
run_out(struct world *w)
{
	event_base_loop(brski_loop_base(w->loop), 0);
}

/* --- requests */

static void
begin(struct world *w, enum brski_coap_type type, uint8_t code)
{
	w->w = brski_coap_begin(w->in, sizeof(w->in), type, code, w->mid++, BRSKI_LIT("tok"));
}

static void
put_block(struct world *w, unsigned number, uint32_t num, bool more, unsigned szx)
{
	brski_coap_put_block(&w->w, number,
	    (struct brski_coap_block){ .num = num, .more = more, .szx = szx });
}

/* Send what was written; exactly one answer comes, with that code. */
static void
expect(struct world *w, uint8_t code)
{
	unsigned before = w->out_n;

	assert_false(w->w.full);
	brski_coap_session_input(w->c, brski_slice(w->in, w->w.n));
	if (w->out_n != before + 1 || w->m.code != code)
		fail_msg("%u answers, code %u.%02u, not %u.%02u: %s", w->out_n - before,
		    w->m.code >> 5, w->m.code & 31, code >> 5, code & 31, w->line);
}

static void
silence(struct world *w)
{
	unsigned before = w->out_n;

	assert_false(w->w.full);
	brski_coap_session_input(w->c, brski_slice(w->in, w->w.n));
	assert_int_equal(w->out_n, before);
}

/* As expect(), and the log says why. */
static void
expect_refusal(struct world *w, uint8_t code, const char *spec)
{
	char want[96];
	unsigned before = w->lines;

	expect(w, code);
	snprintf(want, sizeof(want), "spec=\"%s\"", spec);
	if (w->lines != before + 1 || strstr(w->line, want) == NULL)
		fail_msg("%u lines, not %s: %s", w->lines - before, want, w->line);
}

static void
get(struct world *w, const char *path)
{
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_path(&w->w, path);
}

static void
post(struct world *w, const char *path, int format)
{
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_POST);
	brski_coap_put_path(&w->w, path);
	if (format >= 0)
		brski_coap_put_uint(&w->w, BRSKI_COAP_CONTENT_FORMAT, (uint32_t)format);
}

static uint32_t
option(const struct world *w, unsigned number)
{
	struct brski_slice v;
	uint32_t n = 0;

	if (!brski_coap_option_find(&w->m, number, &v) || !brski_coap_uint(v, &n))
		fail_msg("option %u is missing", number);
	return n;
}

static bool
has(const struct world *w, unsigned number)
{
	struct brski_slice v;

	return brski_coap_option_find(&w->m, number, &v);
}

static void
expect_block(const struct world *w, unsigned number, uint32_t num, bool more, unsigned szx)
{
	struct brski_coap_block b;
	struct brski_slice v;

	assert_true(brski_coap_option_find(&w->m, number, &v));
	assert_true(brski_coap_block_read(v, &b));
	assert_int_equal(b.num, num);
	assert_int_equal(b.more, more);
	assert_int_equal(b.szx, szx);
}

/* --- messages */

/* What a session over DTLS is there for: a POST that succeeds, or will. */
static void
test_useful(void **state)
{
	static const struct {
		const char *path;
		int format; /* -1: none; -2: GET */
		uint8_t code;
		bool useful;
	} t[] = {
		{ BASE "big", -2, CODE(2, 5), false },
		{ "/.well-known/core", -2, CODE(2, 5), false },
		{ BASE "echo", 836, CODE(4, 15), false },
		{ "/u/pending", -1, CODE(5, 3), true },
		{ BASE "echo", 60, CODE(2, 4), true },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct brski_dtls_session dtls = { 0 };

		w->c->dtls = &dtls;
		if (t[i].format == -2)
			get(w, t[i].path);
		else
			post(w, t[i].path, t[i].format);
		expect(w, t[i].code);
		assert_int_equal(dtls.useful, t[i].useful);
		w->c->dtls = NULL;
	}
}

static void
test_post(void **state)
{
	struct world *w = *state;

	post(w, BASE "echo", 60);
	brski_coap_put_payload(&w->w, BRSKI_LIT("hello"));
	expect(w, CODE(2, 4));
	assert_int_equal(w->m.type, BRSKI_COAP_ACK);
	assert_int_equal(w->m.mid, w->mid - 1);
	assert_slice_eq(w->m.token, BRSKI_LIT("tok"));
	assert_slice_eq(w->m.payload, BRSKI_LIT("hello"));
	assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 60);
	assert_false(has(w, BRSKI_COAP_ETAG));
	assert_false(has(w, BRSKI_COAP_SIZE2));
	/* success without a payload */
	post(w, BASE "small", 60);
	expect(w, CODE(2, 4));
	assert_int_equal(w->m.options.n, 0);
	/* host and port say nothing to us; a query goes to the operation */
	begin(w, BRSKI_COAP_NON, BRSKI_COAP_POST);
	brski_coap_put(&w->w, BRSKI_COAP_URI_HOST, BRSKI_LIT("r.example"));
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PORT, 5684);
	brski_coap_put_path(&w->w, BASE "echo");
	brski_coap_put_uint(&w->w, BRSKI_COAP_CONTENT_FORMAT, 50);
	brski_coap_put(&w->w, BRSKI_COAP_URI_QUERY, BRSKI_LIT("a=%41"));
	brski_coap_put(&w->w, BRSKI_COAP_URI_QUERY, BRSKI_LIT("b"));
	expect(w, CODE(2, 4));
	assert_int_equal(w->m.type, BRSKI_COAP_NON);
	assert_string_equal(w->query, "a=%41&b");
	assert_int_equal(w->handled, 3);
	assert_int_equal(w->lines, 0);
}

/* RFC 7252 4.2, 4.3, 4.5 */
static void
test_messages(void **state)
{
	struct world *w = *state;
	uint8_t first[BRSKI_COAP_DATAGRAM_MAX], request[64];
	size_t n, request_n;

	/* a request that comes again gets the same answer */
	post(w, BASE "echo", 60);
	expect(w, CODE(2, 4));
	request_n = w->w.n;
	memcpy(request, w->in, request_n);
	n = (size_t)(w->m.options.p + w->m.options.n - w->out);
	memcpy(first, w->out, n);
	expect(w, CODE(2, 4));
	assert_memory_equal(first, w->out, n);
	assert_int_equal(w->handled, 1);
	/* until four others have been */
	post(w, BASE "small", 60);
	expect(w, CODE(2, 4));
	get(w, "/x");
	expect(w, CODE(4, 4));
	get(w, "/x");
	expect(w, CODE(4, 4));
	brski_coap_session_input(w->c, brski_slice(request, request_n));
	assert_int_equal(w->handled, 2);
	get(w, "/x");
	expect(w, CODE(4, 4));
	brski_coap_session_input(w->c, brski_slice(request, request_n));
	assert_int_equal(w->handled, 3);
	assert_memory_equal(first, w->out, n);
	/* ping */
	brski_coap_session_input(w->c, BRSKI_LIT("\x40\x00\x12\x34"));
	assert_int_equal(w->m.type, BRSKI_COAP_RST);
	assert_int_equal(w->m.mid, 0x1234);
	/* an answer to nothing */
	begin(w, BRSKI_COAP_CON, CODE(2, 5));
	expect(w, 0);
	assert_int_equal(w->m.type, BRSKI_COAP_RST);
	begin(w, BRSKI_COAP_NON, CODE(2, 5));
	silence(w);
	begin(w, BRSKI_COAP_ACK, CODE(2, 5));
	silence(w);
	w->w = brski_coap_begin(w->in, sizeof(w->in), BRSKI_COAP_RST, 0, 1, NONE);
	silence(w);
	/* garbage: a RST to what is confirmable, else nothing */
	w->w = brski_coap_begin(w->in, sizeof(w->in), BRSKI_COAP_CON, 1, 0x77, NONE);
	w->in[w->w.n++] = 0xff;
	expect(w, 0);
	assert_int_equal(w->m.type, BRSKI_COAP_RST);
	assert_int_equal(w->m.mid, 0x77);
	w->in[0] = 0x50;
	silence(w);
	w->w.n = 0;
	silence(w);
	/* more than a datagram has room for */
	brski_coap_session_input(w->c, brski_slice(content, BRSKI_COAP_DATAGRAM_MAX + 1));
	silence(w);
	assert_int_equal(w->handled, 3);
}

static void
test_options(void **state)
{
	struct world *w = *state;

	/* RFC 7252 5.4.1; what it was, in RFC 9290's words */
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_uint(&w->w, 9, 1);
	brski_coap_put_path(&w->w, BASE "big");
	expect_refusal(w, CODE(4, 2), "RFC 7252 5.4.1");
	assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 257);
	assert_slice_eq(w->m.payload, BRSKI_LIT("\xa1\x27\x09"));
	get(w, BASE "big");
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 62);
	brski_coap_put_uint(&w->w, 65, 1);
	expect_refusal(w, CODE(4, 2), "RFC 7252 5.4.1");
	assert_slice_eq(w->m.payload, BRSKI_LIT("\xa1\x27\x18\x41"));
	get(w, BASE "big");
	brski_coap_put_uint(&w->w, 2049, 1);
	expect_refusal(w, CODE(4, 2), "RFC 7252 5.4.1");
	assert_slice_eq(w->m.payload, BRSKI_LIT("\xa1\x27\x19\x08\x01"));
	/* a Block1 of four bytes, RFC 7252 5.4.3 */
	post(w, BASE "echo", 60);
	brski_coap_put(&w->w, BRSKI_COAP_BLOCK1, BRSKI_LIT("\0\0\0\x08"));
	expect_refusal(w, CODE(4, 2), "RFC 7252 5.4.1");
	/* elective ones are passed over */
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_uint(&w->w, 6, 0);
	brski_coap_put_path(&w->w, BASE "big");
	expect(w, CODE(2, 5));
	/* RFC 7252 5.10.2 */
	get(w, BASE "big");
	brski_coap_put(&w->w, BRSKI_COAP_PROXY_URI, BRSKI_LIT("coap://x/"));
	expect_refusal(w, CODE(5, 5), "RFC 7252 5.10.2");
	get(w, BASE "big");
	brski_coap_put(&w->w, BRSKI_COAP_PROXY_SCHEME, BRSKI_LIT("coap"));
	expect_refusal(w, CODE(5, 5), "RFC 7252 5.10.2");
	assert_slice_eq(w->m.payload, BRSKI_LIT("no proxy"));
}

static void
test_paths(void **state)
{
	struct world *w = *state;
	char text[256];

	get(w, "/");
	expect_refusal(w, CODE(4, 4), "RFC 9110 15.5.5");
	get(w, "/long/big");
	expect_refusal(w, CODE(4, 4), "RFC 9110 15.5.5");
	get(w, "/none");
	expect_refusal(w, CODE(4, 4), "RFC 9110 15.5.5");
	get(w, BASE "big/");
	expect_refusal(w, CODE(4, 4), "RFC 9110 15.5.5");
	/* no decoding, and a slash in a segment separates nothing, RFC 7252 6.5 */
	get(w, "/%2ewell-known/t/big");
	expect_refusal(w, CODE(4, 4), "RFC 9110 15.5.5");
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_URI_PATH, BRSKI_LIT(".well-known/t/big"));
	expect_refusal(w, CODE(4, 4), "RFC 9110 15.5.5");
	/* RFC 7252 5.8: methods */
	post(w, BASE "big", -1);
	expect_refusal(w, CODE(4, 5), "RFC 9110 15.5.6");
	begin(w, BRSKI_COAP_CON, 3);
	brski_coap_put_path(&w->w, BASE "echo");
	expect_refusal(w, CODE(4, 5), "RFC 9110 15.5.6");
	begin(w, BRSKI_COAP_CON, 31);
	brski_coap_put_path(&w->w, BASE "big");
	expect_refusal(w, CODE(4, 5), "RFC 9110 15.5.6");
	/* longer than anything of ours */
	memset(text, 'x', sizeof(text));
	post(w, BASE "echo", 60);
	brski_coap_put(&w->w, BRSKI_COAP_URI_QUERY, brski_slice(text, 255));
	expect(w, CODE(2, 4));
	post(w, BASE "echo", 60);
	brski_coap_put(&w->w, BRSKI_COAP_URI_QUERY, brski_slice(text, 250));
	brski_coap_put(&w->w, BRSKI_COAP_URI_QUERY, brski_slice(text, 5));
	expect_refusal(w, CODE(4, 4), "local limit");
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_URI_PATH, brski_slice(text, 255));
	brski_coap_put(&w->w, BRSKI_COAP_URI_PATH, brski_slice(text, 255));
	expect_refusal(w, CODE(4, 4), "local limit");
}

/* Uri-Path-Abbrev */
static void
test_abbrev(void **state)
{
	static const char spec[] = "draft-ietf-core-uri-path-abbrev";
	struct world *w = *state;

	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PATH_ABBREV, 501);
	expect(w, CODE(2, 5));
	assert_int_equal(w->handled, 1);
	/* 0 is /.well-known/core, also where routes have none */
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PATH_ABBREV, 0);
	expect(w, CODE(2, 5));
	assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 40);
	/* never 4.04 */
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PATH_ABBREV, 1);
	expect_refusal(w, CODE(4, 2), spec);
	assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 257);
	assert_slice_eq(w->m.payload, BRSKI_LIT("\xa1\x27\x0d"));
	/* not with a path, not twice */
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_URI_PATH, BRSKI_LIT(""));
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PATH_ABBREV, 501);
	expect_refusal(w, CODE(4, 2), spec);
	assert_slice_eq(w->m.payload, BRSKI_LIT("\xa1\x27\x0d"));
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PATH_ABBREV, 501);
	brski_coap_put_uint(&w->w, BRSKI_COAP_URI_PATH_ABBREV, 501);
	expect_refusal(w, CODE(4, 2), "RFC 7252 5.4.1");
	assert_slice_eq(w->m.payload, BRSKI_LIT("\xa1\x27\x0d"));
}

static void
test_media(void **state)
{
	struct world *w = *state;

	/* RFC 7252 5.10.3, cBRSKI 6.6 */
	post(w, BASE "echo", 836);
	expect_refusal(w, CODE(4, 15), "test 1");
	post(w, BASE "echo", 9999);
	expect_refusal(w, CODE(4, 15), "test 1");
	assert_non_null(strstr(w->line, "content-format/9999"));
	post(w, BASE "echo", -1);
	expect_refusal(w, CODE(4, 15), "test 1");
	assert_slice_eq(w->m.payload, BRSKI_LIT("media type not supported"));
	assert_false(has(w, BRSKI_COAP_CONTENT_FORMAT));
	/* RFC 7252 5.10.4 */
	post(w, BASE "echo", 60);
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 50);
	expect_refusal(w, CODE(4, 6), "test 1");
	post(w, BASE "echo", 60);
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 9999);
	expect_refusal(w, CODE(4, 6), "test 1");
	post(w, BASE "echo", 60);
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 60);
	expect(w, CODE(2, 4));
	get(w, BASE "big");
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 281);
	expect(w, CODE(2, 5));
}

/* RFC 9148 3: everything but discovery needs a certificate */
static void
test_unauthenticated(void **state)
{
	struct world *w = *state;
	size_t i;

	brski_coap_session_free(w->c);
	brski_peer_unref(w->peer);
	w->peer = new_peer(NULL);
	w->c = brski_coap_session_new(w->server, w->peer, on_send, w);
	assert_non_null(w->c);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (routes[i + 1].method == GET)
			get(w, names[i].path);
		else
			post(w, names[i].path, 60);
		expect_refusal(w, CODE(4, 1), routes[i + 1].spec);
	}
	assert_int_equal(w->turned_away, 6);
	assert_int_equal(w->handled, 0);
	get(w, "/.well-known/core");
	expect(w, CODE(2, 5));
}

/* --- Block1 */

static void
upload(struct world *w, const char *path, uint32_t num, bool more, unsigned szx, size_t n)
{
	post(w, path, 60);
	put_block(w, BRSKI_COAP_BLOCK1, num, more, szx);
	brski_coap_put_payload(&w->w, brski_slice(content + ((size_t)num << (szx + 4)), n));
}

static void
test_upload(void **state)
{
	struct world *w = *state;

	upload(w, BASE "echo", 0, true, 6, 1024);
	expect(w, CODE(2, 31));
	expect_block(w, BRSKI_COAP_BLOCK1, 0, true, 6);
	assert_int_equal(w->m.type, BRSKI_COAP_ACK);
	/* an overlap; who hears that starts again */
	upload(w, BASE "echo", 1, true, 5, 512);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	upload(w, BASE "echo", 0, true, 6, 1024);
	expect(w, CODE(2, 31));
	/* smaller ones from here on; one of them twice, in messages of their own */
	upload(w, BASE "echo", 2, true, 5, 512);
	expect(w, CODE(2, 31));
	upload(w, BASE "echo", 2, true, 5, 512);
	expect(w, CODE(2, 31));
	upload(w, BASE "echo", 3, false, 5, 100);
	expect(w, CODE(2, 4));
	expect_block(w, BRSKI_COAP_BLOCK1, 3, false, 5);
	assert_int_equal(w->body_n, 1636);
	/* and the answer in blocks, RFC 7959 3.3 */
	expect_block(w, BRSKI_COAP_BLOCK2, 0, true, 5);
	assert_int_equal(option(w, BRSKI_COAP_SIZE2), 1636);
	assert_true(has(w, BRSKI_COAP_ETAG));
	assert_slice_eq(w->m.payload, brski_slice(content, 512));
	post(w, BASE "echo", 60);
	put_block(w, BRSKI_COAP_BLOCK2, 1, false, 5);
	expect(w, CODE(2, 4));
	/* no body, no media type */
	post(w, BASE "echo", -1);
	put_block(w, BRSKI_COAP_BLOCK2, 3, false, 5);
	expect(w, CODE(2, 4));
	expect_block(w, BRSKI_COAP_BLOCK2, 3, false, 5);
	assert_slice_eq(w->m.payload, brski_slice(content + 1536, 100));
	assert_int_equal(w->handled, 1);
	/* who sends small blocks gets such, RFC 7959 2.4 */
	upload(w, BASE "echo", 0, true, 1, 32);
	expect(w, CODE(2, 31));
	upload(w, BASE "echo", 1, false, 1, 32);
	expect(w, CODE(2, 4));
	expect_block(w, BRSKI_COAP_BLOCK2, 0, true, 1);
	/* one block that is all */
	upload(w, BASE "echo", 0, false, 6, 7);
	expect(w, CODE(2, 4));
	assert_int_equal(w->body_n, 7);
	/* exactly as large as may be, in the smallest blocks */
	upload(w, BASE "small", 0, true, 0, 16);
	expect(w, CODE(2, 31));
	for (unsigned i = 1; i < 6; i++) {
		upload(w, BASE "small", i, true, 0, 16);
		expect(w, CODE(2, 31));
	}
	upload(w, BASE "small", 6, false, 0, 4);
	expect(w, CODE(2, 4));
	assert_int_equal(w->body_n, 100);
}

/* RFC 7959 2.9.2: what is not the next block */
static void
test_upload_order(void **state)
{
	struct world *w = *state;
	static const struct {
		uint32_t num;
		unsigned szx;
	} bad[] = {
		{ 2, 5 }, /* a gap */
		{ 5, 4 }, /* a gap, smaller */
		{ 3, 4 }, /* an overlap */
		{ 1, 6 }, /* larger than the first */
		{ 9, 0 },
		{ 0xfffff, 5 },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		upload(w, BASE "echo", 0, true, 5, 512);
		expect(w, CODE(2, 31));
		post(w, BASE "echo", 60);
		put_block(w, BRSKI_COAP_BLOCK1, bad[i].num, true, bad[i].szx);
		brski_coap_put_payload(&w->w, brski_slice(content, (size_t)16 << bad[i].szx));
		expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
		/* the body is gone */
		upload(w, BASE "echo", 1, true, 5, 512);
		expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	}
	/* the block before again, but it says something else */
	upload(w, BASE "echo", 0, true, 5, 512);
	expect(w, CODE(2, 31));
	upload(w, BASE "echo", 1, true, 5, 512);
	expect(w, CODE(2, 31));
	upload(w, BASE "echo", 1, true, 5, 512);
	w->in[w->w.n - 1] ^= 1;
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	/* another resource, another Accept */
	upload(w, BASE "echo", 0, true, 5, 512);
	expect(w, CODE(2, 31));
	upload(w, BASE "hold", 1, true, 5, 512);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	upload(w, BASE "echo", 0, true, 5, 512);
	expect(w, CODE(2, 31));
	post(w, BASE "echo", 60);
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 60);
	put_block(w, BRSKI_COAP_BLOCK1, 1, true, 5);
	brski_coap_put_payload(&w->w, brski_slice(content + 512, 512));
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	assert_int_equal(w->handled, 0);
}

/* The datagrams that ended servers of other people, and their kin. */
static void
test_upload_killers(void **state)
{
	struct world *w = *state;

	/* a first block, 16 bytes, more to come, no Size1 */
	upload(w, BASE "echo", 0, true, 0, 16);
	expect(w, CODE(2, 31));
	/* more to come, but nothing here; both ways to write it */
	upload(w, BASE "echo", 0, true, 0, 0);
	expect_refusal(w, CODE(4, 0), "RFC 7959 2.2");
	post(w, BASE "echo", 60);
	brski_coap_put(&w->w, BRSKI_COAP_BLOCK1, BRSKI_LIT(""));
	expect(w, CODE(2, 4));
	/* too little, too much; SZX 7 in both */
	upload(w, BASE "echo", 0, true, 1, 31);
	expect_refusal(w, CODE(4, 0), "RFC 7959 2.2");
	upload(w, BASE "echo", 0, false, 0, 17);
	expect_refusal(w, CODE(4, 0), "RFC 7959 2.2");
	upload(w, BASE "echo", 0, false, 7, 1);
	expect_refusal(w, CODE(4, 0), "RFC 7959 2.2");
	assert_false(has(w, BRSKI_COAP_BLOCK1));
	get(w, BASE "big");
	put_block(w, BRSKI_COAP_BLOCK2, 0, false, 7);
	expect_refusal(w, CODE(4, 0), "RFC 7959 2.2");
	assert_int_equal(w->handled, 1);
}

/* RFC 7959 2.9.3 */
static void
test_upload_too_large(void **state)
{
	struct world *w = *state;
	uint32_t i;

	/* announced */
	upload(w, BASE "echo", 0, true, 5, 512);
	brski_coap_session_input(w->c, NONE);
	post(w, BASE "echo", 60);
	put_block(w, BRSKI_COAP_BLOCK1, 0, true, 5);
	brski_coap_put_uint(&w->w, BRSKI_COAP_SIZE1, 70001);
	brski_coap_put_payload(&w->w, brski_slice(content, 512));
	expect_refusal(w, CODE(4, 13), "test 1");
	expect_block(w, BRSKI_COAP_BLOCK1, 0, true, 4);
	assert_int_equal(option(w, BRSKI_COAP_SIZE1), 70000);
	/* and simply sent: 68 blocks of 1 KiB are 69632 bytes */
	for (i = 0; i < 68; i++) {
		upload(w, BASE "echo", i, true, 6, 1024);
		expect(w, CODE(2, 31));
	}
	upload(w, BASE "echo", 68, false, 6, 369);
	expect_refusal(w, CODE(4, 13), "test 1");
	assert_int_equal(w->handled, 0);
	/* exactly as much as may be */
	for (i = 0; i < 68; i++) {
		upload(w, BASE "echo", i, true, 6, 1024);
		expect(w, CODE(2, 31));
	}
	upload(w, BASE "echo", 68, false, 6, 368);
	expect(w, CODE(2, 4));
	assert_int_equal(w->body_n, 70000);
	/* without blocks */
	post(w, BASE "small", 60);
	brski_coap_put_payload(&w->w, brski_slice(content, 101));
	expect_refusal(w, CODE(4, 13), "test 2");
	assert_int_equal(option(w, BRSKI_COAP_SIZE1), 100);
	/* where no body is expected */
	get(w, BASE "big");
	brski_coap_put_payload(&w->w, BRSKI_LIT("x"));
	expect_refusal(w, CODE(4, 13), "test 3");
}

/* Never finished: it goes after a while. And no more than so many bytes for all. */
static void
test_upload_bounds(void **state)
{
	struct world *w = *state;
	struct brski_coap_session *first, *second;

	w->conf.limits.bodies = 3800;
	serve(w);
	upload(w, BASE "echo", 0, true, 6, 1024);
	expect(w, CODE(2, 31));
	upload(w, BASE "echo", 1, true, 6, 1024);
	expect_refusal(w, CODE(4, 29), "local limit");
	assert_int_equal(option(w, BRSKI_COAP_MAX_AGE), 10);
	upload(w, BASE "echo", 0, true, 6, 1024);
	expect(w, CODE(2, 31));
	run_out(w);
	upload(w, BASE "echo", 1, false, 6, 100);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	upload(w, BASE "echo", 0, true, 6, 1024);
	expect(w, CODE(2, 31));
	/* another client: what is not in blocks does not suffer from that, nor its answer */
	first = w->c;
	w->c = second = brski_coap_session_new(w->server, w->peer, on_send, w);
	assert_non_null(second);
	upload(w, BASE "echo", 0, false, 6, 1024);
	expect(w, CODE(2, 4));
	run_out(w);
	post(w, BASE "echo", 60);
	put_block(w, BRSKI_COAP_BLOCK2, 1, false, 5);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.4");
	/* answers have an end, too */
	get(w, BASE "big");
	expect(w, CODE(2, 5));
	w->c = first;
	get(w, BASE "big");
	expect(w, CODE(4, 29));
	assert_non_null(strstr(w->line, "spec=\"local limit\""));
	brski_coap_session_free(second);
	get(w, BASE "big");
	expect(w, CODE(2, 5));
}

static struct brski_coap_session *
new_session(struct world *w)
{
	struct brski_coap_session *c = brski_coap_session_new(w->server, w->peer, on_send, w);

	assert_non_null(c);
	return c;
}

/* Who never finishes keeps nobody out: what waits longest goes, complete ones do not */
static void
test_upload_gives_way(void **state)
{
	struct world *w = *state;
	struct brski_coap_session *c[3];
	size_t i;

	w->conf.limits = (struct brski_coap_limits){ .bodies = 7000, .ack_ms = 5 };
	serve(w);
	c[0] = w->c;
	for (i = 0; i < 3; i++) {
		w->c = i == 0 ? c[0] : (c[i] = new_session(w));
		upload(w, BASE "echo", 0, true, 5, 512);
		expect(w, CODE(2, 31));
	}
	/* the first one had a block last */
	for (i = 0; i < 3; i++) {
		w->c = c[(i + 1) % 3];
		upload(w, BASE "echo", 1, true, 5, 512);
		expect(w, CODE(2, 31));
	}
	/* no more for all than 3500: the second one's goes */
	w->c = c[0];
	upload(w, BASE "echo", 2, true, 5, 512);
	expect(w, CODE(2, 31));
	w->c = c[1];
	upload(w, BASE "echo", 2, false, 5, 10);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.9.2");
	w->c = c[2];
	upload(w, BASE "echo", 2, false, 5, 10);
	expect(w, CODE(2, 4));
	assert_int_equal(w->body_n, 1034);
	/* and what it keeps of its answer */
	brski_coap_session_free(c[2]);
	w->c = c[0];
	upload(w, BASE "echo", 3, false, 5, 10);
	expect(w, CODE(2, 4));
	assert_int_equal(w->body_n, 1546);
	brski_coap_session_free(c[0]);
	w->c = c[0] = new_session(w);
	/* an operation has this one: not it, but the newcomer has to wait */
	for (i = 0; i < 3; i++) {
		upload(w, BASE "hold", (uint32_t)i, i < 2, 5, 512);
		if (i < 2)
			expect(w, CODE(2, 31));
		else
			silence(w);
	}
	assert_int_equal(w->held->body.n, 1536);
	w->c = c[1];
	for (i = 0; i < 2; i++) {
		upload(w, BASE "echo", (uint32_t)i, true, 5, 512);
		expect(w, CODE(2, 31));
	}
	upload(w, BASE "echo", 2, true, 5, 512);
	expect_refusal(w, CODE(4, 29), "local limit");
	assert_int_equal(w->held->body.n, 1536);
	brski_coap_session_free(c[1]);
	w->c = c[0];
}

/* --- Block2 */

static void
download(struct world *w, uint32_t num, unsigned szx)
{
	get(w, BASE "big");
	put_block(w, BRSKI_COAP_BLOCK2, num, false, szx);
}

static void
test_download(void **state)
{
	struct world *w = *state;
	struct brski_slice etag;
	uint8_t first[8];

	/* 512 where the client wants nothing else; RFC 7959 2.4, 4 */
	get(w, BASE "big");
	expect(w, CODE(2, 5));
	expect_block(w, BRSKI_COAP_BLOCK2, 0, true, 5);
	assert_int_equal(option(w, BRSKI_COAP_SIZE2), BIG);
	assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 62);
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &etag));
	assert_int_equal(etag.n, 8);
	memcpy(first, etag.p, 8);
	assert_slice_eq(w->m.payload, brski_slice(content, 512));
	/* smaller on the way, any order, and again */
	download(w, 4, 4);
	expect(w, CODE(2, 5));
	expect_block(w, BRSKI_COAP_BLOCK2, 4, true, 4);
	assert_slice_eq(w->m.payload, brski_slice(content + 1024, 256));
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &etag));
	assert_slice_eq(etag, brski_slice(first, 8));
	assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 62);
	assert_false(has(w, BRSKI_COAP_SIZE2));
	download(w, 1, 5);
	expect(w, CODE(2, 5));
	assert_slice_eq(w->m.payload, brski_slice(content + 512, 512));
	download(w, 3, 5);
	expect(w, CODE(2, 5));
	expect_block(w, BRSKI_COAP_BLOCK2, 3, false, 5);
	assert_slice_eq(w->m.payload, brski_slice(content + 1536, BIG - 1536));
	/* the last one again, in the same message: from the answers; else it is gone */
	expect(w, CODE(2, 5));
	download(w, 3, 5);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.4");
	/* early negotiation, RFC 7959 2.4 */
	download(w, 0, 6);
	expect(w, CODE(2, 5));
	assert_int_equal(w->m.payload.n, 1024);
	download(w, 0, 0);
	expect(w, CODE(2, 5));
	assert_int_equal(w->m.payload.n, 16);
	expect_block(w, BRSKI_COAP_BLOCK2, 0, true, 0);
	/* beyond its end */
	download(w, 125, 0);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.4");
	download(w, 0, 5);
	expect(w, CODE(2, 5));
	/* another representation than the one that is kept */
	get(w, BASE "big");
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 62);
	put_block(w, BRSKI_COAP_BLOCK2, 1, false, 5);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.4");
	/* it goes after a while */
	download(w, 1, 5);
	expect(w, CODE(2, 5));
	run_out(w);
	download(w, 2, 5);
	expect_refusal(w, CODE(4, 8), "RFC 7959 2.4");
}

/* RFC 7252 5.9.1.3, 5.10.6.2 */
/* An operation refuses with a text of 50 letters of two bytes each. */
static void
expect_words(struct world *w)
{
	struct brski_err err = { 0 };
	unsigned i;

	post(w, BASE "hold", -1);
	silence(w);
	w->held->rc = brski_fail(&err, BRSKI_E_PROXIMITY, "test", "words");
	for (i = 0; i < 50; i++)
		assert_int_equal(brski_buf_append(&w->held->reply, BRSKI_LIT("\xc3\xa4"), NULL),
		    BRSKI_OK);
	w->held->finish(w->held);
	assert_int_equal(w->m.code, CODE(4, 1));
	assert_int_equal(w->m.payload.n % 2, 0);
}

/* Who wants small records gets answers that fit them: none is lost. RFC 6066 4, RFC 7959 2.3 */
static void
test_small_records(void **state)
{
	struct world *w = *state;
	size_t room;

	w->c->room = 512;
	get(w, BASE "big");
	put_block(w, BRSKI_COAP_BLOCK2, 0, false, 6);
	expect(w, CODE(2, 5));
	expect_block(w, BRSKI_COAP_BLOCK2, 0, true, 4);
	/* at 1024 */
	download(w, 1, 6);
	expect(w, CODE(2, 5));
	expect_block(w, BRSKI_COAP_BLOCK2, 4, true, 4);
	assert_slice_eq(w->m.payload, brski_slice(content + 1024, 256));
	assert_in_range(w->out_bytes, 256, 512);
	download(w, 7, 4);
	expect(w, CODE(2, 5));
	expect_block(w, BRSKI_COAP_BLOCK2, 7, false, 4);
	assert_slice_eq(w->m.payload, brski_slice(content + 1792, BIG - 1792));
	/* a refusal says as much as fits, in whole letters */
	for (room = 12; room < 30; room++) {
		w->c->room = room;
		expect_words(w);
		assert_in_range(w->out_bytes, room - 2, room);
	}
	w->c->room = 108;
	expect_words(w);
	assert_int_equal(w->m.payload.n, 100);
	/* not even a block of 16 bytes */
	w->c->room = 20;
	get(w, BASE "big");
	expect(w, CODE(5, 0));
	assert_int_equal(w->m.payload.n, 0);
}

static void
test_etag(void **state)
{
	struct world *w = *state;
	struct brski_slice v;
	uint8_t etag[8];

	get(w, BASE "big");
	expect(w, CODE(2, 5));
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &v));
	memcpy(etag, v.p, 8);
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, BRSKI_LIT("another1"));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, brski_slice(etag, 8));
	brski_coap_put_path(&w->w, BASE "big");
	expect(w, CODE(2, 3));
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &v));
	assert_slice_eq(v, brski_slice(etag, 8));
	assert_int_equal(w->m.payload.n, 0);
	assert_false(has(w, BRSKI_COAP_BLOCK2));
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, brski_slice(etag, 7));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, BRSKI_LIT("another1"));
	brski_coap_put_path(&w->w, BASE "big");
	expect(w, CODE(2, 5));
}

/* RFC 7252 5.10.6, 5.10.5: an operation has its own tag, of any length, and says until when. */
static void
test_caching(void **state)
{
	static const uint8_t etag[] = { 0, 0xff, 0x7f };
	struct brski_clock clock = brski_clock_system();
	struct world *w = *state;
	struct brski_slice v;

	w->caching = (struct brski_caching){ .etag = { 0, 0xff, 0x7f }, .etag_n = 3 };
	get(w, BASE "big");
	expect(w, CODE(2, 5));
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &v));
	assert_slice_eq(v, brski_slice(etag, sizeof(etag)));
	assert_false(has(w, BRSKI_COAP_MAX_AGE));
	/* its other blocks have it too */
	download(w, 1, 5);
	expect(w, CODE(2, 5));
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &v));
	assert_slice_eq(v, brski_slice(etag, sizeof(etag)));
	w->caching.expires = brski_clock_now(&clock) + 1000;
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, brski_slice(etag, 2));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, brski_slice(etag, sizeof(etag)));
	brski_coap_put_path(&w->w, BASE "big");
	expect(w, CODE(2, 3));
	assert_true(brski_coap_option_find(&w->m, BRSKI_COAP_ETAG, &v));
	assert_slice_eq(v, brski_slice(etag, sizeof(etag)));
	assert_int_equal(w->m.payload.n, 0);
	assert_false(has(w, BRSKI_COAP_CONTENT_FORMAT));
	assert_in_range(option(w, BRSKI_COAP_MAX_AGE), 900, 1000);
	/* a shorter one is another; so is what is beyond the fourth */
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, brski_slice(etag, 2));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, BRSKI_LIT("a"));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, BRSKI_LIT("b"));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, BRSKI_LIT("c"));
	brski_coap_put(&w->w, BRSKI_COAP_ETAG, brski_slice(etag, sizeof(etag)));
	brski_coap_put_path(&w->w, BASE "big");
	expect(w, CODE(2, 5));
	assert_in_range(option(w, BRSKI_COAP_MAX_AGE), 900, 1000);
	/* what has run out, and what outlives the option */
	w->caching.expires = 1;
	get(w, BASE "big");
	expect(w, CODE(2, 5));
	assert_int_equal(option(w, BRSKI_COAP_MAX_AGE), 0);
	w->caching.expires = BRSKI_TIME_FOREVER;
	get(w, BASE "big");
	expect(w, CODE(2, 5));
	assert_true(option(w, BRSKI_COAP_MAX_AGE) == UINT32_MAX);
}

/* --- operations that wait, and codes */

static void
test_separate(void **state)
{
	struct world *w = *state;
	unsigned i;

	/* an answer in time goes with the acknowledgement */
	post(w, BASE "hold", -1);
	silence(w);
	brski_reply_ok(w->held);
	assert_int_equal(w->m.code, CODE(2, 4));
	assert_int_equal(w->m.type, BRSKI_COAP_ACK);
	assert_int_equal(w->freed, 1);
	/* else the acknowledgement goes alone, RFC 7252 5.2.2 */
	post(w, BASE "hold", -1);
	brski_coap_put_payload(&w->w, BRSKI_LIT("body"));
	silence(w);
	silence(w);
	run_until(w, 2);
	assert_int_equal(w->m.type, BRSKI_COAP_ACK);
	assert_int_equal(w->m.code, 0);
	assert_int_equal(w->m.mid, w->mid - 1);
	expect(w, 0);
	assert_int_equal(w->handled, 2);
	assert_slice_eq(w->held->body, BRSKI_LIT("body"));
	brski_reply_ok(w->held);
	assert_int_equal(w->m.type, BRSKI_COAP_CON);
	assert_int_equal(w->m.code, CODE(2, 4));
	assert_slice_eq(w->m.token, BRSKI_LIT("tok"));
	assert_int_equal(w->out_n, 4);
	/* until it is acknowledged: by a stranger's acknowledgement it is not */
	run_until(w, 5);
	w->w = brski_coap_begin(w->in, sizeof(w->in), BRSKI_COAP_ACK, 0, (uint16_t)(w->m.mid + 1),
	    NONE);
	silence(w);
	run_until(w, 6);
	w->w = brski_coap_begin(w->in, sizeof(w->in), BRSKI_COAP_ACK, 0, w->m.mid, NONE);
	silence(w);
	run_out(w);
	assert_int_equal(w->out_n, 6);
	/* or four times have been in vain, RFC 7252 4.8 */
	post(w, BASE "hold", -1);
	silence(w);
	run_until(w, 7);
	brski_reply_ok(w->held);
	run_out(w);
	assert_int_equal(w->out_n, 12);
	/* or the client resets it, or asks for something else */
	for (i = 0; i < 2; i++) {
		post(w, BASE "hold", -1);
		silence(w);
		run_until(w, w->out_n + 1);
		brski_reply_ok(w->held);
		if (i == 0) {
			w->w = brski_coap_begin(w->in, sizeof(w->in), BRSKI_COAP_RST, 0, w->m.mid,
			    NONE);
			silence(w);
		} else {
			get(w, "/x");
			expect(w, CODE(4, 4));
		}
		run_out(w);
		assert_int_equal(w->out_n, 14 + i * 3);
	}
	/* a NON is answered by a NON, whenever */
	begin(w, BRSKI_COAP_NON, BRSKI_COAP_POST);
	brski_coap_put_path(&w->w, BASE "hold");
	silence(w);
	run_out(w);
	brski_reply_ok(w->held);
	assert_int_equal(w->m.type, BRSKI_COAP_NON);
	run_out(w);
	assert_int_equal(w->out_n, 18);
}

static void
test_cancelled(void **state)
{
	struct world *w = *state;

	/* NSTART is 1: the client gave it up, RFC 7252 4.7 */
	post(w, BASE "hold", -1);
	silence(w);
	post(w, BASE "hold", -1);
	silence(w);
	assert_int_equal(w->handled, 2);
	assert_int_equal(w->freed, 1);
	/* the session goes */
	brski_coap_session_free(w->c);
	w->c = NULL;
	assert_int_equal(w->freed, 2);
	run_out(w);
	assert_int_equal(w->out_n, 0);
}

static void
test_codes(void **state)
{
	struct world *w = *state;

	/* cBRSKI 6.6: 5.03 with Max-Age, at most 60 */
	post(w, "/u/pending", -1);
	expect(w, CODE(5, 3));
	assert_int_equal(option(w, BRSKI_COAP_MAX_AGE), 7);
	post(w, "/u/pending", -1);
	expect(w, CODE(5, 3));
	assert_int_equal(option(w, BRSKI_COAP_MAX_AGE), 60);
	/* the session ends with the answer */
	post(w, "/u/refuse", -1);
	expect_refusal(w, CODE(4, 1), "RFC 8995 5.2");
	assert_slice_eq(w->m.payload, BRSKI_LIT("proximity not proven"));
	get(w, BASE "big");
	silence(w);
}

/* One datagram, one line in the log and one row on the disk: not for ever on one handshake. */
static void
test_many_refusals(void **state)
{
	struct world *w = *state;
	unsigned i;

	for (i = 0; i < 32; i++) {
		begin(w, BRSKI_COAP_CON, BRSKI_COAP_POST);
		brski_coap_put_path(&w->w, BASE "nowhere");
		expect(w, CODE(4, 4));
	}
	begin(w, BRSKI_COAP_CON, BRSKI_COAP_GET);
	brski_coap_put_path(&w->w, BASE "big");
	silence(w);
}

/* A separate answer that ends the session is delivered first. */
static void
test_close_after_separate(void **state)
{
	struct world *w = *state;

	post(w, BASE "hold", -1);
	silence(w);
	run_until(w, 1);
	w->held->close = true;
	brski_reply_ok(w->held);
	run_until(w, 3);
	get(w, BASE "big");
	silence(w);
	w->w = brski_coap_begin(w->in, sizeof(w->in), BRSKI_COAP_ACK, 0, w->m.mid, NONE);
	silence(w);
	run_out(w);
	brski_coap_session_input(w->c, BRSKI_LIT("\x40\x00\x12\x34"));
	assert_int_equal(w->out_n, 3);
}

/* --- /.well-known/core */

static void
expect_core(struct world *w, const char *query, const char *want)
{
	struct brski_buf got = { 0 };
	uint32_t num = 0;

	do {
		get(w, "/.well-known/core");
		if (query != NULL)
			brski_coap_put(&w->w, BRSKI_COAP_URI_QUERY, brski_slice_str(query));
		if (num > 0)
			put_block(w, BRSKI_COAP_BLOCK2, num, false, 5);
		expect(w, CODE(2, 5));
		assert_int_equal(option(w, BRSKI_COAP_CONTENT_FORMAT), 40);
		assert_int_equal(brski_buf_append(&got, w->m.payload, NULL), BRSKI_OK);
		num++;
	} while (has(w, BRSKI_COAP_BLOCK2) && w->m.payload.n == 512);
	assert_slice_eq(brski_buf_slice(&got), brski_slice_str(want));
	brski_buf_clear(&got);
}

/* RFC 6690, RFC 9148 4.1, cBRSKI 6.5 */
static void
test_core(void **state)
{
	struct world *w = *state;

	expect_core(w, NULL,
	    "</.well-known/t>;rt=\"t\",</.well-known/t/echo>;rt=\"t.echo\";ct=60,"
	    "</.well-known/t/small>;rt=\"t.small\";ct=60,"
	    "</.well-known/t/big>;rt=\"t.big\";ct=\"62 281 287\","
	    "</.well-known/t/hold>;rt=\"t.hold\","
	    "</u>;rt=\"u\",</u/pending>;rt=\"u.pending\",</u/refuse>;rt=\"u.refuse\"");
	expect_core(w, "rt=t", "</.well-known/t>;rt=\"t\"");
	expect_core(w, "rt=u*",
	    "</u>;rt=\"u\",</u/pending>;rt=\"u.pending\",</u/refuse>;rt=\"u.refuse\"");
	expect_core(w, "rt=t.bi", "");
	expect_core(w, "href=/u/refuse", "</u/refuse>;rt=\"u.refuse\"");
	expect_core(w, "href=/.well-known/t/b*",
	    "</.well-known/t/big>;rt=\"t.big\";ct=\"62 281 287\"");
	expect_core(w, "ct=287", "</.well-known/t/big>;rt=\"t.big\";ct=\"62 281 287\"");
	expect_core(w, "rt=t*&ct=60",
	    "</.well-known/t/echo>;rt=\"t.echo\";ct=60,</.well-known/t/small>;rt=\"t.small\";"
	    "ct=60");
	expect_core(w, "if=x", "");
	expect_core(w, "rt", "");
	get(w, "/.well-known/core");
	brski_coap_put_uint(&w->w, BRSKI_COAP_ACCEPT, 60);
	expect_refusal(w, CODE(4, 6), "RFC 6690 4");
	post(w, "/.well-known/core", -1);
	expect_refusal(w, CODE(4, 5), "RFC 9110 15.5.6");
}

/* --- our client and our server, through a link that loses, repeats and reorders */

struct link {
	uint32_t seed;
	unsigned lose; /* of 100 */
};

static bool
happens(struct link *l, unsigned of_100)
{
	l->seed = l->seed * 1664525u + 1013904223u;
	return (l->seed >> 8) % 100 < of_100;
}

static void
to_server(struct world *w, struct link *l, struct brski_slice d)
{
	if (d.n == 0 || happens(l, l->lose))
		return;
	brski_coap_session_input(w->c, d);
	if (happens(l, l->lose))
		brski_coap_session_input(w->c, d);
}

/* One datagram of those that wait, by chance not the first. */
static struct brski_slice
to_client(struct world *w, struct link *l, uint8_t in[BRSKI_COAP_DATAGRAM_MAX])
{
	unsigned i;
	size_t n;

	while (w->mails > 0) {
		i = w->mails > 1 && happens(l, l->lose) ? 1 : 0;
		n = w->mail_n[i];
		memcpy(in, w->mail[i], n);
		w->mails--;
		for (; i < w->mails; i++) {
			memcpy(w->mail[i], w->mail[i + 1], w->mail_n[i + 1]);
			w->mail_n[i] = w->mail_n[i + 1];
		}
		if (!happens(l, l->lose))
			return brski_slice(in, n);
	}
	return NONE;
}

static enum brski_rc
exchange(struct world *w, struct link *l, struct brski_coap_client *c,
    const struct brski_coap_request *r, struct brski_coap_answer *a)
{
	uint8_t in[BRSKI_COAP_DATAGRAM_MAX];
	struct brski_slice out, d = NONE;
	uint64_t now = 0;
	uint32_t wait;
	enum brski_rc rc;

	assert_ok(brski_coap_client_start(c, r, a, now, &w->err), &w->err);
	while ((rc = brski_coap_client_step(c, d, now, &out, &wait, &w->err)) == BRSKI_E_PENDING) {
		to_server(w, l, out);
		/* the operation takes longer than its acknowledgement */
		if (w->held != NULL && happens(l, 50)) {
			run_until(w, w->out_n + !happens(l, 50));
			assert_int_equal(brski_buf_append(&w->held->reply, BRSKI_LIT("late"), NULL),
			    BRSKI_OK);
			brski_reply_ok(w->held);
		}
		d = to_client(w, l, in);
		if (d.n == 0)
			now += wait;
	}
	to_server(w, l, out);
	w->mails = 0;
	return rc;
}

static void
test_lossy(void **state)
{
	struct world *w = *state;
	struct brski_buf body = { .max = 70000 };
	struct brski_coap_answer a = { .body = &body };
	struct brski_coap_request r = { .code = BRSKI_COAP_POST,
		.path = BASE "echo",
		.content_format = 60,
		.accept = 60,
		.body = brski_slice(content, 3000) };
	struct brski_coap_client c;
	unsigned failed = 0, i;
	enum brski_rc rc;

	for (i = 0; i < 60; i++) {
		struct link l = { .seed = i, .lose = i % 4 * 10 };

		brski_coap_client_init(&c, NULL, i * UINT64_C(0x9e3779b97f4a7c15));
		c.szx = i % 3 + 4;
		if (i % 5 == 4)
			r = (struct brski_coap_request){ .code = BRSKI_COAP_GET,
				.path = BASE "big",
				.content_format = -1,
				.accept = -1 };
		else
			r = (struct brski_coap_request){ .code = BRSKI_COAP_POST,
				.path = i % 5 == 3 ? BASE "hold" : BASE "echo",
				.content_format = 60,
				.accept = 60,
				.body = brski_slice(content, i % 5 == 3 ? 1500 : i * 97 % 4000) };
		rc = exchange(w, &l, &c, &r, &a);
		w->err = (struct brski_err){ 0 };
		/* five messages lost one after the other happen */
		if (rc == BRSKI_E_TIMEOUT && l.lose > 10) {
			failed++;
			continue;
		}
		assert_int_equal(rc, BRSKI_OK);
		assert_int_equal(a.code >> 5, 2);
		if (i % 5 == 4)
			assert_slice_eq(brski_buf_slice(&body), brski_slice(content, BIG));
		else if (i % 5 == 3)
			assert_slice_eq(brski_buf_slice(&body), BRSKI_LIT("late"));
		else
			assert_slice_eq(brski_buf_slice(&body), r.body);
	}
	assert_in_range(failed, 0, 5);
	brski_buf_clear(&body);
}

/* --- over DTLS */

struct caller {
	struct world *w;
	struct brski_dtls_session *session; /* NULL: gone */
	bool up, gone;
};

static void *
on_up(void *arg, struct brski_dtls_session *d)
{
	struct caller *k = arg;

	k->session = d;
	k->up = true;
	return k;
}

static void
on_input(void *user, struct brski_slice datagram)
{
	struct caller *k = user;

	on_send(k->w, datagram);
}

static void
on_gone(void *user)
{
	struct caller *k = user;

	k->session = NULL;
	k->gone = true;
}

static const struct brski_dtls_events caller_events = { on_up, on_input, on_gone };

static struct brski_tls *
new_tls(const struct tu_id *id, bool server)
{
	const struct brski_tls_conf conf = { .server = server,
		.ask_client = server,
		.datagram = true,
		.classical = !server,
		.key = &id->key,
		.chain = &id->chain };
	struct brski_err err = { 0 };
	struct brski_tls *tls;

	assert_ok(brski_tls_new(&conf, &tls, &err), &err);
	return tls;
}

static void
turn_until(struct world *w, const bool *flag)
{
	int turns;

	for (turns = 0; !*flag && turns < 5000; turns++)
		event_base_loop(brski_loop_base(w->loop), EVLOOP_ONCE);
	assert_true(*flag);
}

static void
call(struct world *w, struct caller *k)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)brski_coap_server_port(w->server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct brski_tls *tls = new_tls(&w->device, false);
	const struct brski_dtls_client_conf conf = { .to = (const struct sockaddr *)&to,
		.to_n = sizeof(to),
		.tls = tls,
		.events = &caller_events,
		.arg = k };

	*k = (struct caller){ .w = w };
	assert_ok(brski_dtls_connect(w->loop, &conf, &k->session, &w->err), &w->err);
	brski_tls_unref(tls);
	turn_until(w, &k->up);
}

/* Send what was written; one answer more comes. */
static void
ask(struct world *w, struct caller *k)
{
	assert_ok(brski_dtls_send(k->session, brski_slice(w->in, w->w.n), &w->err), &w->err);
	run_until(w, w->out_n + 1);
}

static void
test_over_dtls(void **state)
{
	struct world *w = *state;
	struct tu_id registrar = { 0 };
	struct brski_tls *tls;
	struct caller k;

	tu_registrar(&registrar, &w->factory);
	tls = new_tls(&registrar, true);
	w->conf.tls = tls;
	w->conf.listen = "nowhere";
	assert_int_equal(brski_coap_server_new(w->loop, &w->conf, &w->server, &w->err),
	    BRSKI_E_CONFIG);
	assert_null(w->server);
	w->err = (struct brski_err){ 0 };
	w->conf.listen = "127.0.0.1:0";
	assert_ok(brski_coap_server_new(w->loop, &w->conf, &w->server, &w->err), &w->err);
	call(w, &k);
	get(w, BASE "big");
	ask(w, &k);
	assert_int_equal(w->m.code, CODE(2, 5));
	/* the session ends with the answer to this */
	post(w, "/u/refuse", -1);
	ask(w, &k);
	assert_int_equal(w->m.code, CODE(4, 1));
	turn_until(w, &k.gone);
	/* the client leaves in the midst of an operation */
	brski_coap_server_set_tls(w->server, tls);
	call(w, &k);
	post(w, BASE "hold", -1);
	ask(w, &k);
	assert_non_null(w->held);
	brski_dtls_close(k.session);
	while (w->held != NULL)
		event_base_loop(brski_loop_base(w->loop), EVLOOP_ONCE);
	assert_int_equal(w->freed, 1);
	/* the server does */
	call(w, &k);
	post(w, BASE "hold", -1);
	ask(w, &k);
	brski_coap_server_free(w->server);
	w->server = NULL;
	assert_int_equal(w->freed, 2);
	turn_until(w, &k.gone);
	brski_tls_unref(tls);
	tu_id_clear(&registrar);
}

int
main(void)
{
#define SERVED(test) cmocka_unit_test_setup_teardown(test, set_up_served, tear_down)
	const struct CMUnitTest tests[] = {
		SERVED(test_useful),
		SERVED(test_post),
		SERVED(test_messages),
		SERVED(test_options),
		SERVED(test_paths),
		SERVED(test_abbrev),
		SERVED(test_media),
		SERVED(test_unauthenticated),
		SERVED(test_upload),
		SERVED(test_upload_order),
		SERVED(test_upload_killers),
		SERVED(test_upload_too_large),
		cmocka_unit_test_setup_teardown(test_upload_bounds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_upload_gives_way, set_up, tear_down),
		SERVED(test_download),
		SERVED(test_small_records),
		SERVED(test_etag),
		SERVED(test_caching),
		SERVED(test_separate),
		SERVED(test_cancelled),
		SERVED(test_codes),
		SERVED(test_close_after_separate),
		SERVED(test_many_refusals),
		SERVED(test_core),
		SERVED(test_lossy),
		cmocka_unit_test_setup_teardown(test_over_dtls, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
