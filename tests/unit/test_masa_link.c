/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's link to its MASAs: real TLS on loopback. RFC 8995 5.4. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
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
	    serve, "RFC 8995 5.5", BRSKI_BINARY, NULL },
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

/* --- a MASA by hand, for what our own never says */

/* What comes until it has this text, or the end. */
static bool
read_until(WOLFSSL *ssl, const char *text, char *out, size_t cap)
{
	size_t have = 0;
	int n;

	for (out[0] = '\0'; strstr(out, text) == NULL; out[have] = '\0') {
		if ((n = wolfSSL_read(ssl, out + have, (int)(cap - have - 1))) <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

/* One connection: 201 to a POST, with this Location; 201 again or 200 to a GET of /log?1. */
static void
serve_by_hand(WOLFSSL *ssl, const char *location, bool again)
{
	char in[4096], out[512];
	int n = snprintf(out, sizeof(out),
	    "HTTP/1.1 201 Created\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", location);

	if (wolfSSL_accept(ssl) != WOLFSSL_SUCCESS ||
	    !read_until(ssl, "\r\n\r\nrequest", in, sizeof(in)) || wolfSSL_write(ssl, out, n) != n)
		_exit(2);
	if (!read_until(ssl, "\r\n\r\n", in, sizeof(in)))
		_exit(0);
	if (strncmp(in, "GET /log?1 HTTP/1.1\r\n", 21) != 0 ||
	    strstr(in, "\r\nAccept: application/json\r\n") == NULL)
		_exit(3);
	if (!again)
		n = snprintf(out, sizeof(out),
		    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		    "Content-Length: 3\r\n\r\nlog");
	if (wolfSSL_write(ssl, out, n) != n)
		_exit(4);
	/* nothing more is asked */
	_exit(read_until(ssl, "\r\n", in, sizeof(in)) ? 5 : 1);
}

static pid_t
masa_by_hand(struct scene *c, const char *location, bool again, unsigned *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct brski_slice cert = tu_cert(&c->tls_id)->der;
	struct brski_buf pem = { .max = 4096 };
	socklen_t n = sizeof(sa);
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	pid_t pid;
	int l;

	assert_true((l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0);
	assert_int_equal(bind(l, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(l, 1), 0);
	assert_int_equal(getsockname(l, (struct sockaddr *)&sa, &n), 0);
	*port = ntohs(sa.sin_port);
	assert_int_equal(brski_key_encode_pem(&c->tls_id.key, &pem, NULL), BRSKI_OK);
	assert_true((pid = fork()) >= 0);
	if (pid != 0) {
		close(l);
		brski_buf_wipe(&pem);
		return pid;
	}
	if ((ctx = wolfSSL_CTX_new(wolfTLS_server_method())) == NULL ||
	    wolfSSL_CTX_use_certificate_buffer(ctx, cert.p, (long)cert.n, WOLFSSL_FILETYPE_ASN1) !=
	        WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_buffer(ctx, pem.p, (long)pem.n, WOLFSSL_FILETYPE_PEM) !=
	        WOLFSSL_SUCCESS ||
	    (ssl = wolfSSL_new(ctx)) == NULL ||
	    wolfSSL_set_fd(ssl, accept(l, NULL, NULL)) != WOLFSSL_SUCCESS)
		_exit(9);
	serve_by_hand(ssl, location, again);
	_exit(9);
}

/* RFC 8995 5.8: the log may be elsewhere on that host; one hop, by GET */
static void
location(void **state)
{
	static const struct {
		const char *to;
		bool again;
		enum brski_rc rc;
		int status; /* of the MASA: 0, it was not asked; 1, it was */
	} t[] = {
		{ "/log?1", false, BRSKI_OK, 1 },
		{ "/log?1", true, BRSKI_E_UPSTREAM, 1 },
		{ "https://example.com/log?1", false, BRSKI_E_UPSTREAM, 0 },
		{ "//127.0.0.1/log?1", false, BRSKI_E_UPSTREAM, 0 },
	};
	struct brski_err err = { 0 };
	struct scene c;
	unsigned port;
	size_t i;
	pid_t pid;
	int status;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		open_scene(&c);
		pid = masa_by_hand(&c, t[i].to, t[i].again, &port);
		assert_ok(start(&c, "acme", "127.0.0.1", port, &err), &err);
		brski_loop_run(c.loop);
		assert_int_equal(c.done, 1);
		assert_true(c.answer.answered);
		assert_int_equal(c.answer.rc, t[i].rc);
		if (t[i].rc == BRSKI_OK)
			assert_slice_eq(brski_buf_slice(&c.body), BRSKI_LIT("log"));
		close_scene(&c);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), t[i].status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(impostors),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(location),
		cmocka_unit_test(reload_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
