/* SPDX-License-Identifier: Apache-2.0 */
/* Routes, media types and replies, without a transport. */
#include <stdio.h>
#include <string.h>
#include "tu.h"
#include "base/log.h"
#include "net/exchange.h"

struct outcome {
	unsigned finished, freed;
	char line[1024];
	unsigned lines;
};

static void
nothing(void *app, struct brski_exchange *x)
{
	(void)app;
	(void)x;
}

static const char *const voucher[] = { "application/voucher-cms+json", "application/voucher+cose",
	NULL };
static const char *const json[] = { "application/json", NULL };
static const char *const certs[] = { "application/pkcs7-mime; smime-type=certs-only", NULL };

static const struct brski_route routes[] = {
	{ BRSKI_POST, "/.well-known/brski/requestvoucher", voucher, voucher, 1000,
	    BRSKI_WHO_CERTIFICATE, nothing, "RFC 8995 5.2", BRSKI_BINARY, NULL },
	{ BRSKI_GET, "/.well-known/est/cacerts", NULL, certs, 0, BRSKI_WHO_ANYONE, nothing,
	    "RFC 7030 4.1", BRSKI_BINARY, NULL },
	{ BRSKI_GET, "/v1/devices/*", NULL, json, 0, BRSKI_WHO_ANYONE, nothing, "admin",
	    BRSKI_BINARY, NULL },
	{ BRSKI_POST, "/v1/devices/*", json, json, 1000, BRSKI_WHO_ANYONE, nothing, "admin",
	    BRSKI_BINARY, NULL },
};

static enum brski_rc
find(enum brski_method method, bool known, const char *path, struct brski_exchange *x,
    struct brski_err *err)
{
	return brski_route_find(routes, sizeof(routes) / sizeof(routes[0]), method, known,
	    brski_slice_str(path), x, err);
}

static void
test_route(void **state)
{
	struct brski_peer peer = { .chain = { .n = 1 } }, nobody = { 0 };
	struct brski_exchange x = { .peer = &peer };
	struct brski_err err = { 0 };

	(void)state;
	x.media = BRSKI_LIT("application/voucher-cms+json");
	assert_ok(find(BRSKI_POST, true, routes[0].path, &x, &err), &err);
	assert_ptr_equal(x.route, &routes[0]);

	x.peer = &nobody;
	x.media = (struct brski_slice){ 0 };
	/* RFC 8995 5.2: who has no certificate hears that first */
	assert_refused_by(find(BRSKI_POST, true, routes[0].path, &x, &err), BRSKI_E_UNAUTHENTICATED,
	    "RFC 8995 5.2", &err);
	x.peer = &peer;
	/* RFC 8995 5.3, RFC 9110 15.5.16 */
	assert_refused_by(find(BRSKI_POST, true, routes[0].path, &x, &err), BRSKI_E_MEDIA_TYPE,
	    "RFC 8995 5.2", &err);
	x.media = BRSKI_LIT("application/voucher-cms+json");
	x.accept = BRSKI_LIT("text/plain");
	/* RFC 8995 5.3, RFC 9110 15.5.7 */
	assert_refused_by(find(BRSKI_POST, true, routes[0].path, &x, &err), BRSKI_E_NOT_ACCEPTABLE,
	    "RFC 8995 5.2", &err);
}

/* cBRSKI 7.1: one format from the question to the answer; whoever accepts another gets none. */
static void
test_same_format(void **state)
{
	struct brski_peer peer = { .chain = { .n = 1 } };
	struct brski_exchange x = { .peer = &peer };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		x.media = brski_slice_str(voucher[i]);
		x.accept = (struct brski_slice){ 0 };
		assert_ok(find(BRSKI_POST, true, routes[0].path, &x, &err), &err);
		x.accept = BRSKI_LIT("application/*");
		assert_ok(find(BRSKI_POST, true, routes[0].path, &x, &err), &err);
		x.accept = x.media;
		assert_ok(find(BRSKI_POST, true, routes[0].path, &x, &err), &err);
		x.accept = brski_slice_str(voucher[1 - i]);
		assert_refused_by(find(BRSKI_POST, true, routes[0].path, &x, &err),
		    BRSKI_E_NOT_ACCEPTABLE, "RFC 8995 5.2", &err);
	}
}

static void
test_route_method(void **state)
{
	struct brski_exchange x = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	/* RFC 9110 15.5.6 */
	assert_refused_by(find(BRSKI_GET, true, routes[0].path, &x, &err), BRSKI_E_METHOD,
	    "RFC 9110 15.5.6", &err);
	assert_int_equal(x.allow, 1u << BRSKI_POST);
	assert_refused(find(BRSKI_GET, false, "/v1/devices/1", &x, &err), BRSKI_E_METHOD, &err);
	assert_int_equal(x.allow, 1u << BRSKI_POST | 1u << BRSKI_GET);
	/* RFC 9110 15.5.5 */
	assert_refused_by(find(BRSKI_GET, true, "/.well-known/est/cacerts/", &x, &err),
	    BRSKI_E_NOT_FOUND, "RFC 9110 15.5.5", &err);
	assert_refused(find(BRSKI_GET, true, "/v1/devices", &x, &err), BRSKI_E_NOT_FOUND, &err);
	assert_refused(find(BRSKI_GET, true, "/V1/devices/1", &x, &err), BRSKI_E_NOT_FOUND, &err);
}

static void
test_route_prefix(void **state)
{
	struct brski_peer peer = { 0 };
	struct brski_exchange x = { .peer = &peer };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(find(BRSKI_GET, true, "/v1/devices/acme/17", &x, &err), &err);
	assert_ptr_equal(x.route, &routes[2]);
	assert_slice_eq(x.rest, BRSKI_LIT("acme/17"));
	assert_ok(find(BRSKI_GET, true, "/v1/devices/", &x, &err), &err);
	assert_int_equal(x.rest.n, 0);
	assert_true(brski_slice_present(x.rest));
	assert_ok(find(BRSKI_GET, true, "/.well-known/est/cacerts", &x, &err), &err);
	assert_false(brski_slice_present(x.rest));
}

static void
test_media(void **state)
{
	(void)state;
	assert_true(brski_media_is(BRSKI_LIT("application/json"), "application/json"));
	assert_true(brski_media_is(BRSKI_LIT("Application/JSON ;charset=utf-8"), json[0]));
	assert_true(brski_media_is(BRSKI_LIT("application/pkcs7-mime"), certs[0]));
	assert_true(brski_media_is(BRSKI_LIT(" application/json"), json[0]));
	assert_false(brski_media_is(BRSKI_LIT("application/jso"), json[0]));
	assert_false(brski_media_is(BRSKI_LIT("application/json+x"), json[0]));
	assert_false(brski_media_is(BRSKI_LIT(""), json[0]));
	assert_false(brski_media_is((struct brski_slice){ 0 }, json[0]));
}

static void
test_accept(void **state)
{
	static const struct {
		const char *accept;
		bool json;
	} rows[] = {
		{ "", true },
		{ " \t", true },
		{ "*/*", true },
		{ "application/*", true },
		{ "text/*", false },
		{ "text/html, application/json", true },
		{ "text/html,application/json;q=0.5", true },
		{ "application/json;q=0", false },
		{ "application/json; q=0.000", false },
		{ "application/json;q=0.001", true },
		{ "application/json;v=\"a,b;c\\\"\";q=0, */*", false },
		{ "*/*;q=0, application/json", true },
		{ "application/*;q=0, */*", false },
		{ "text/html", false },
		{ ",,", false },
		{ "application/json;x", true },
		{ "/*", false },
		{ "\"", false },
	};
	size_t i;

	(void)state;
	/* RFC 9110 12.5.1 */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (brski_accept_allows(brski_slice_str(rows[i].accept), json[0]) != rows[i].json)
			fail_msg("Accept: %s", rows[i].accept);
	assert_true(brski_accept_allows((struct brski_slice){ 0 }, json[0]));
	assert_true(brski_accept_allows(BRSKI_LIT("application/pkcs7-mime"), certs[0]));
}

static void
on_line(void *arg, enum brski_level level, const char *line)
{
	struct outcome *o = arg;

	(void)level;
	snprintf(o->line, sizeof(o->line), "%s", line);
	o->lines++;
}

static void
on_finish(struct brski_exchange *x)
{
	struct outcome *o = x->transport;

	o->finished++;
	assert_null(x->op);
}

static void
on_free(void *op)
{
	struct outcome *o = op;

	o->freed++;
	assert_int_equal(o->finished, 0);
}

static struct brski_exchange
start(struct outcome *o, struct brski_log *log, struct brski_peer *peer)
{
	memset(o, 0, sizeof(*o));
	*log = (struct brski_log){ .level = BRSKI_LOG_DEBUG, .sink = on_line, .arg = o };
	snprintf(peer->address, sizeof(peer->address), "[::1]:4711");
	return (struct brski_exchange){ .peer = peer,
		.log = log,
		.op = o,
		.op_free = on_free,
		.finish = on_finish,
		.transport = o };
}

static void
test_reply(void **state)
{
	struct brski_peer peer = { 0 };
	struct brski_log log;
	struct outcome o;
	struct brski_exchange x = start(&o, &log, &peer);

	(void)state;
	brski_reply_ok(&x);
	assert_int_equal(x.rc, BRSKI_OK);
	assert_int_equal(o.finished, 1);
	assert_int_equal(o.freed, 1);

	x = start(&o, &log, &peer);
	brski_reply_pending(&x, 7);
	assert_int_equal(x.rc, BRSKI_E_PENDING);
	assert_int_equal(x.retry_after_s, 7);
	assert_int_equal(o.finished, 1);
	assert_int_equal(o.lines, 0);
}

/* RFC 9110 13.1.2, RFC 7252 5.9.1.3: only a GET, and only what it has to the last octet. */
static void
test_reply_unchanged(void **state)
{
	struct brski_peer peer = { 0 };
	struct brski_log log;
	struct outcome o;
	struct brski_exchange x = start(&o, &log, &peer);
	struct brski_caching etag = { .etag = { 1, 2, 3 }, .etag_n = 3 };

	(void)state;
	x.route = &routes[1];
	x.caching = etag;
	assert_false(brski_reply_unchanged(&x));
	x.known[0] = BRSKI_LIT("\1\2\3\4");
	x.known[1] = BRSKI_LIT("\1\2");
	x.known[2] = BRSKI_LIT("");
	x.known_n = 3;
	assert_false(brski_reply_unchanged(&x));
	x.caching.etag_n = 0; /* it has none, and neither has the peer */
	assert_false(brski_reply_unchanged(&x));
	x.caching = etag;
	x.known[3] = BRSKI_LIT("\1\2\3");
	x.known_n = 4;
	x.route = &routes[0];
	assert_false(brski_reply_unchanged(&x));
	assert_false(x.unchanged);
	assert_int_equal(o.finished, 0);
	x.route = &routes[1];
	assert_true(brski_reply_unchanged(&x));
	assert_true(x.unchanged);
	assert_int_equal(x.rc, BRSKI_OK);
	assert_int_equal(o.finished, 1);
	assert_int_equal(o.freed, 1);
}

static void
test_reply_fail(void **state)
{
	struct brski_peer peer = { 0 };
	struct brski_log log;
	struct outcome o;
	struct brski_exchange x = start(&o, &log, &peer);
	struct brski_err err = { 0 };

	(void)state;
	(void)!brski_fail(&err, BRSKI_E_NONCE, "RFC 8995 5.6.1", "nonce differs");
	brski_reply_fail(&x, "requestvoucher", BRSKI_LIT("J1"), &err);
	assert_int_equal(x.rc, BRSKI_E_NONCE);
	assert_string_equal(x.reply_media, "text/plain; charset=utf-8");
	/* RFC 8995 5.7: the fixed text, nothing that helps an attacker */
	assert_slice_eq(brski_buf_slice(&x.reply), BRSKI_LIT("voucher is not fresh\n"));
	assert_int_equal(o.lines, 1);
	assert_non_null(strstr(o.line, "stage=requestvoucher"));
	assert_non_null(strstr(o.line, "peer=\"[::1]:4711\""));
	assert_non_null(strstr(o.line, "serial=\"J1\""));
	assert_non_null(strstr(o.line, "rc=E_NONCE"));
	assert_non_null(strstr(o.line, "spec=\"RFC 8995 5.6.1\""));
	assert_int_equal(x.retry_after_s, 0);
	brski_buf_clear(&x.reply);

	/* RFC 9110 15.6.4: 503 says when to come again */
	x = start(&o, &log, &peer);
	err = (struct brski_err){ .rc = BRSKI_E_UNAVAILABLE };
	brski_reply_fail(&x, "requestvoucher", (struct brski_slice){ 0 }, &err);
	assert_int_not_equal(x.retry_after_s, 0);
	brski_buf_clear(&x.reply);

	/* a caller without a cause is our own mistake */
	x = start(&o, &log, &peer);
	err = (struct brski_err){ 0 };
	brski_reply_fail(&x, "requestvoucher", (struct brski_slice){ 0 }, &err);
	assert_int_equal(x.rc, BRSKI_E_INTERNAL);
	brski_buf_clear(&x.reply);
}

static void
test_reply_fail_text(void **state)
{
	struct brski_peer peer = { 0 };
	struct brski_log log;
	struct outcome o;
	struct brski_exchange x = start(&o, &log, &peer);
	struct brski_err err = { 0 };

	(void)state;
	(void)!brski_fail(&err, BRSKI_E_OWNED, "RFC 8995 5.6", "owner differs");
	/* RFC 8995 5.6: the MASA's words, without what could hurt a terminal */
	brski_reply_fail_text(&x, "requestvoucher", BRSKI_LIT("J1"), &err,
	    BRSKI_LIT("sold to \x1b[31msomebody\r\nelse"));
	assert_slice_eq(brski_buf_slice(&x.reply), BRSKI_LIT("sold to ?[31msomebody??else\n"));
	brski_buf_clear(&x.reply);
}

static void
test_peer_copy(void **state)
{
	struct tu_id ca = { 0 }, dev = { 0 };
	struct brski_peer from = { .has_uid = true, .uid = 7 }, to = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	tu_ca(&ca, "factory");
	tu_idevid(&dev, &ca, "J1", NULL);
	assert_ok(brski_certs_copy(&from.chain, &dev.chain, &err), &err);
	tu_add(&from.own, &ca);
	assert_ok(brski_peer_copy(&to, &from, &err), &err);
	brski_peer_clear(&from);
	assert_int_equal(to.chain.n, 2);
	assert_slice_eq(to.chain.v[0].der, tu_cert(&dev)->der);
	assert_slice_eq(to.own.v[0].der, tu_cert(&ca)->der);
	assert_int_equal(to.uid, 7);
	brski_peer_clear(&to);
	tu_id_clear(&dev);
	tu_id_clear(&ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route),
		cmocka_unit_test(test_same_format),
		cmocka_unit_test(test_route_method),
		cmocka_unit_test(test_route_prefix),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_reply_unchanged),
		cmocka_unit_test(test_reply_fail),
		cmocka_unit_test(test_reply_fail_text),
		cmocka_unit_test(test_peer_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
