/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's link to its MASAs: real TLS on loopback. RFC 8995 5.4. */
#include <stdio.h>
#include "net/http_server.h"
#include "registrar/masa_link.h"
#include "tu_registrar.h"

#define MEDIA "application/voucher-cms+json"

struct scene {
	struct tu_site s;
	struct tu_id tls_id;
	struct brski_loop *loop;
	struct brski_tls *tls;
	struct brski_http_server *server;
	struct registrar_masa_link *link;
	struct registrar_masa masa;

	/* what the MASA says */
	enum brski_rc reply;
	bool reload; /* while it is asked */
	struct brski_buf client, asked;

	/* what came back */
	unsigned done;
	struct registrar_masa_answer answer;
	char media[64];
	struct brski_buf body;
};

static void
serve(void *app, struct brski_exchange *x)
{
	struct scene *c = app;
	struct brski_err err = { .rc = c->reply, .spec = "RFC 8995 5.5" };

	assert_int_equal(brski_buf_set(&c->asked, x->body, NULL), BRSKI_OK);
	if (x->peer->chain.n > 0)
		assert_int_equal(brski_buf_set(&c->client, x->peer->chain.v[0].der, NULL),
		    BRSKI_OK);
	if (c->reload)
		registrar_masa_link_set_site(c->link, c->s.r->site);
	x->reply_media = MEDIA;
	assert_int_equal(brski_buf_append_str(&x->reply, "voucher", NULL), BRSKI_OK);
	if (c->reply == BRSKI_OK)
		brski_reply_ok(x);
	else if (c->reply == BRSKI_E_PENDING)
		brski_reply_pending(x, 17);
	else
		brski_reply_fail_text(x, "masa", (struct brski_slice){ 0 }, &err,
		    BRSKI_LIT("sold to another"));
}

static const struct brski_route routes[] = {
	{ BRSKI_POST, "/.well-known/brski/requestvoucher", NULL, NULL, 65536, BRSKI_WHO_ANYONE,
	    serve, "RFC 8995 5.5" },
};

static void
open_scene(struct scene *c)
{
	struct brski_tls_conf tls = { .server = true,
		.key = &c->tls_id.key,
		.chain = &c->tls_id.chain,
		.ask_client = true };
	struct brski_http_server_conf conf = { .listen = "0.0.0.0:0",
		.routes = routes,
		.routes_n = 1,
		.app = c };
	struct brski_err err = { 0 };

	memset(c, 0, sizeof(*c));
	tu_site_open(&c->s, "", "");
	tu_server(&c->tls_id, &c->s.acme, "MASA");
	assert_ok(brski_loop_new(&c->loop, &err), &err);
	assert_ok(brski_tls_new(&tls, &c->tls, &err), &err);
	conf.tls = c->tls;
	assert_ok(brski_http_server_new(c->loop, &conf, &c->server, &err), &err);
	assert_ok(registrar_masa_link_new(c->loop, NULL, &c->link, &err), &err);
	registrar_masa_link_set_site(c->link, c->s.r->site);
	c->masa = registrar_masa_link_ops(c->link);
}

static void
close_scene(struct scene *c)
{
	registrar_masa_link_free(c->link);
	brski_http_server_free(c->server);
	brski_tls_unref(c->tls);
	brski_loop_free(c->loop);
	tu_id_clear(&c->tls_id);
	tu_site_close(&c->s);
	brski_buf_clear(&c->client);
	brski_buf_clear(&c->asked);
	brski_buf_clear(&c->body);
}

static void
done(void *arg, const struct registrar_masa_answer *a)
{
	struct scene *c = arg;

	c->done++;
	c->answer = *a;
	snprintf(c->media, sizeof(c->media), "%.*s", (int)a->media.n, (const char *)a->media.p);
	assert_int_equal(brski_buf_set(&c->body, a->body, NULL), BRSKI_OK);
	brski_loop_stop(c->loop);
}

static enum brski_rc
start(struct scene *c, const char *maker, const char *host, unsigned port, struct brski_err *err)
{
	char url[128];
	struct registrar_masa_call call = { .manufacturer = maker,
		.url = url,
		.path = "/requestvoucher",
		.media = MEDIA,
		.accept = MEDIA,
		.body = BRSKI_LIT("request"),
		.done = done,
		.arg = c };

	snprintf(url, sizeof(url), "https://%s:%u/.well-known/brski", host, port);
	c->done = 0;
	return c->masa.request(c->masa.arg, &call, err);
}

static void
ask(struct scene *c, const char *maker, const char *host)
{
	struct brski_err err = { 0 };

	assert_ok(start(c, maker, host, brski_http_server_port(c->server), &err), &err);
	brski_loop_run(c->loop);
	assert_int_equal(c->done, 1);
}

static void
answers(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	ask(&c, "acme", "127.0.0.1");
	assert_true(c.answer.answered);
	assert_int_equal(c.answer.rc, BRSKI_OK);
	assert_string_equal(c.media, MEDIA);
	assert_slice_eq(brski_buf_slice(&c.body), BRSKI_LIT("voucher"));
	assert_slice_eq(brski_buf_slice(&c.asked), BRSKI_LIT("request"));
	assert_slice_eq(brski_buf_slice(&c.client), tu_cert(&c.s.registrar)->der);
	c.reply = BRSKI_E_PENDING;
	ask(&c, "acme", "localhost");
	assert_int_equal(c.answer.rc, BRSKI_E_PENDING);
	assert_int_equal(c.answer.retry_after_s, 17);
	c.reply = BRSKI_E_UNKNOWN;
	ask(&c, "acme", "127.0.0.1");
	assert_true(c.answer.answered);
	assert_int_equal(brski_rc_http(c.answer.rc), 404);
	assert_slice_eq(brski_buf_slice(&c.body), BRSKI_LIT("sold to another\n"));
	c.reply = BRSKI_E_INTERNAL;
	ask(&c, "acme", "127.0.0.1");
	assert_int_equal(brski_rc_http(c.answer.rc), 500);
	close_scene(&c);
}

/* Not who it should be: another maker's MASA, another name. Not a byte of the request leaves. */
static void
impostors(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c);
	ask(&c, "globex", "127.0.0.1");
	assert_false(c.answer.answered);
	assert_int_equal(c.answer.rc, BRSKI_E_CERTIFICATE);
	ask(&c, "acme", "127.0.0.2");
	assert_false(c.answer.answered);
	assert_int_equal(c.answer.rc, BRSKI_E_CERTIFICATE);
	assert_int_equal(c.asked.n, 0);
	close_scene(&c);
}

static void
nobody_there(void **state)
{
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c);
	assert_broken(start(&c, "umbrella", "127.0.0.1", 1, &err), BRSKI_E_UNAVAILABLE, &err);
	assert_ok(start(&c, "acme", "127.0.0.1", 1, &err), &err);
	brski_loop_run(c.loop);
	assert_false(c.answer.answered);
	assert_int_equal(c.answer.rc, BRSKI_E_UNAVAILABLE);
	close_scene(&c);
}

/* A reload lets calls under way come to their end, and what is asked next uses the new site. */
static void
reload_meanwhile(void **state)
{
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c);
	c.reload = true;
	ask(&c, "acme", "127.0.0.1");
	assert_int_equal(c.answer.rc, BRSKI_OK);
	ask(&c, "acme", "127.0.0.1");
	assert_int_equal(c.answer.rc, BRSKI_OK);
	/* and the end of the program lets go of them */
	assert_ok(start(&c, "acme", "127.0.0.1", brski_http_server_port(c.server), &err), &err);
	close_scene(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(impostors),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(reload_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
