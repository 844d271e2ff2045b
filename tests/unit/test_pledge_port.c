/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's link over CoAP and DTLS against a server on loopback that says what it is told. */
#include "tu.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "net/dtls.h"
#include "pledge/coap.h"
#include "pledge/port_posix.h"

static struct brski_err err;

struct fixture {
	char dir[32], url[PLEDGE_CANDIDATE_MAX];
	struct tu_id mfr, idevid, domain, registrar, ldevid;
	struct pledge_identity id;
	struct pledge_posix pp;
	struct brski_tls *tls;
	struct brski_dtls_server *server;
	/* what the server does */
	uint8_t code;
	int content_format, max_age;
	const char *payload;
	bool hangs_up;
	/* what it saw */
	unsigned sessions, requests;
	struct brski_dtls_session *session;
	char tls_version[16];
	struct brski_buf client, body; /* DER of the end entity; the last payload */
	char path[64];
	int media, accept;
	/* what the engine's side does and saw */
	enum brski_rc verdict;
	struct brski_slice says;
	unsigned composed;
	struct brski_buf shown; /* the server's end entity */
	size_t binding_n;
	struct brski_buf answer;
	struct pledge_answer a;
};

static struct fixture fx;

static void *
up(void *arg, struct brski_dtls_session *s)
{
	struct fixture *f = arg;
	const struct brski_peer *peer = &brski_dtls_peer(s)->peer;

	f->sessions++;
	f->session = s;
	assert_ok(brski_buf_set(&f->client, peer->chain.v[0].der, &err), &err);
	snprintf(f->tls_version, sizeof(f->tls_version), "%s", peer->tls_version);
	return f;
}

static void
note_options(struct fixture *f, const struct brski_coap_message *m)
{
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned number = 0;
	uint32_t v = 0;

	f->path[0] = '\0';
	f->media = f->accept = -1;
	while (brski_coap_option_next(&at, &number, &o)) {
		size_t n = strlen(f->path);

		if (o.number == BRSKI_COAP_URI_PATH)
			snprintf(f->path + n, sizeof(f->path) - n, "/%.*s", (int)o.value.n,
			    (const char *)o.value.p);
		if (o.number == BRSKI_COAP_CONTENT_FORMAT && brski_coap_uint(o.value, &v))
			f->media = (int)v;
		if (o.number == BRSKI_COAP_ACCEPT && brski_coap_uint(o.value, &v))
			f->accept = (int)v;
	}
}

static void
input(void *user, struct brski_slice datagram)
{
	struct fixture *f = user;
	struct brski_coap_message m;
	struct brski_coap_writer w;
	uint8_t out[BRSKI_COAP_DATAGRAM_MAX];

	assert_ok(brski_coap_decode(datagram, &m, &err), &err);
	f->requests++;
	note_options(f, &m);
	assert_ok(brski_buf_set(&f->body, m.payload, &err), &err);
	if (f->hangs_up) {
		brski_dtls_close(f->session);
		return;
	}
	w = brski_coap_begin(out, sizeof(out), BRSKI_COAP_ACK, f->code, m.mid, m.token);
	if (f->content_format >= 0)
		brski_coap_put_uint(&w, BRSKI_COAP_CONTENT_FORMAT, (uint32_t)f->content_format);
	if (f->max_age >= 0)
		brski_coap_put_uint(&w, BRSKI_COAP_MAX_AGE, (uint32_t)f->max_age);
	if (f->payload != NULL)
		brski_coap_put_payload(&w, brski_slice_str(f->payload));
	assert_ok(brski_dtls_send(f->session, brski_slice(out, w.n), &err), &err);
}

static void
gone(void *user)
{
	((struct fixture *)user)->session = NULL;
}

static const struct brski_dtls_events events = { up, input, gone };

static void
serve(struct fixture *f)
{
	struct brski_tls_conf tls = { .server = true,
		.datagram = true,
		.key = &f->registrar.key,
		.chain = &f->registrar.chain,
		.ask_client = true };
	struct brski_dtls_server_conf conf = { .listen = "127.0.0.1:0", .events = &events };

	assert_ok(brski_tls_new(&tls, &f->tls, &err), &err);
	conf.tls = f->tls;
	conf.arg = f;
	assert_ok(brski_dtls_server_new(f->pp.loop, &conf, &f->server, &err), &err);
	snprintf(f->url, sizeof(f->url), "coaps://127.0.0.1:%u", brski_dtls_server_port(f->server));
}

static void
write_file(struct fixture *f, const char *name, struct brski_buf *bytes)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_ok(brski_file_write(path, brski_buf_slice(bytes), 0600, &err), &err);
	brski_buf_clear(bytes);
}

static int
setup(void **state)
{
	struct fixture *f = &fx;

	*state = f;
	*f = (struct fixture){ .dir = "/tmp/quayside-XXXXXX",
		.code = BRSKI_COAP(2, 4),
		.content_format = 836,
		.max_age = -1,
		.payload = "voucher",
		.says = BRSKI_LIT("request") };
	assert_non_null(mkdtemp(f->dir));
	tu_ca(&f->mfr, "manufacturer");
	tu_idevid(&f->idevid, &f->mfr, "QS-1", NULL);
	tu_ca(&f->domain, "domain");
	tu_registrar(&f->registrar, &f->domain);
	f->id = (struct pledge_identity){ .idevid = f->idevid.chain, .key = f->idevid.key };
	assert_ok(pledge_posix_open(&f->pp, f->dir, 0, &err), &err);
	assert_ok(pledge_posix_start(&f->pp, &f->id, NULL, &err), &err);
	serve(f);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[64];

	f->pp.port.close(&f->pp);
	brski_dtls_server_free(f->server);
	brski_tls_unref(f->tls);
	pledge_posix_close(&f->pp);
	tu_id_clear(&f->mfr);
	tu_id_clear(&f->idevid);
	tu_id_clear(&f->domain);
	tu_id_clear(&f->registrar);
	tu_id_clear(&f->ldevid);
	brski_buf_clear(&f->client);
	brski_buf_clear(&f->body);
	brski_buf_clear(&f->shown);
	brski_buf_clear(&f->answer);
	snprintf(cmd, sizeof(cmd), "rm -r %s", f->dir);
	return system(cmd);
}

static enum brski_rc
compose(void *arg, const struct pledge_peer *peer, struct brski_buf *body, struct brski_err *why)
{
	struct fixture *f = arg;

	f->composed++;
	f->binding_n = peer->binding.n;
	assert_ok(brski_buf_set(&f->shown, peer->chain->v[0].der, &err), &err);
	if (f->verdict != BRSKI_OK)
		return brski_broken(why, f->verdict, "as told");
	return brski_buf_append(body, f->says, why);
}

static enum brski_rc
ask(struct fixture *f)
{
	const struct pledge_request r = { .post = true,
		.path = "/.well-known/brski/rv",
		.media = "application/voucher+cose",
		.accept = "application/voucher+cose",
		.compose = compose,
		.arg = f };

	brski_buf_reset(&f->answer);
	f->answer.max = 4096;
	f->a = (struct pledge_answer){ .body = &f->answer };
	return f->pp.port.request(&f->pp, &r, &f->a, &err);
}

static void
test_request(void **state)
{
	struct fixture *f = *state;

	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_int_equal(f->sessions, 0); /* not before there is something to say */
	assert_ok(ask(f), &err);
	assert_int_equal(f->a.status, 200);
	assert_string_equal(f->a.media, "application/voucher+cose");
	assert_slice_eq(brski_buf_slice(&f->answer), BRSKI_LIT("voucher"));
	assert_slice_eq(brski_buf_slice(&f->shown), tu_cert(&f->registrar)->der);
	assert_slice_eq(brski_buf_slice(&f->client), tu_cert(&f->idevid)->der);
	assert_int_equal(f->binding_n, 32);
	assert_string_equal(f->tls_version, "DTLSv1.3");
	assert_string_equal(f->path, "/.well-known/brski/rv");
	assert_int_equal(f->media, 836);
	assert_int_equal(f->accept, 836);
	assert_slice_eq(brski_buf_slice(&f->body), BRSKI_LIT("request"));
	assert_ok(ask(f), &err);
	assert_int_equal(f->sessions, 1);
	assert_int_equal(f->composed, 2);
	assert_int_equal(f->requests, 2);
}

static void
test_dtls12(void **state)
{
	struct fixture *f = *state;

	f->pp.dtls12 = true;
	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_ok(ask(f), &err);
	assert_string_equal(f->tls_version, "DTLSv1.2");
	assert_int_equal(f->a.status, 200);
}

/* RFC 9148 4.7 and what refusals are called. */
static void
test_codes(void **state)
{
	struct fixture *f = *state;

	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	f->code = BRSKI_COAP(5, 3);
	f->max_age = 7;
	f->content_format = -1;
	f->payload = NULL;
	assert_ok(ask(f), &err);
	assert_int_equal(f->a.status, 202);
	assert_int_equal(f->a.retry_after_s, 7);
	assert_string_equal(f->a.media, "");
	f->code = BRSKI_COAP(4, 3);
	f->max_age = -1;
	f->payload = "not today";
	assert_ok(ask(f), &err);
	assert_int_equal(f->a.status, 403);
	assert_int_equal(f->a.retry_after_s, 0);
	assert_slice_eq(brski_buf_slice(&f->answer), BRSKI_LIT("not today"));
	/* a number without a name */
	f->code = BRSKI_COAP(2, 5);
	f->content_format = 65000;
	assert_ok(ask(f), &err);
	assert_string_equal(f->a.media, "");
}

/* RFC 8995 5.1: who is there is judged before a byte leaves. */
static void
test_judged_first(void **state)
{
	struct fixture *f = *state;

	f->verdict = BRSKI_E_PROXIMITY;
	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_broken(ask(f), BRSKI_E_PROXIMITY, &err);
	assert_int_equal(f->composed, 1);
	assert_int_equal(f->requests, 0);
}

/* One session: when it is lost it is lost, until connect() is called again. */
static void
test_lost(void **state)
{
	struct fixture *f = *state;

	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	f->hangs_up = true;
	assert_int_equal(ask(f), BRSKI_E_UNAVAILABLE);
	f->hangs_up = false;
	assert_int_equal(ask(f), BRSKI_E_UNAVAILABLE);
	assert_int_equal(f->sessions, 1);
	err = (struct brski_err){ 0 };
	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_ok(ask(f), &err);
	assert_int_equal(f->sessions, 2);
}

static void
test_answer_too_large(void **state)
{
	struct fixture *f = *state;
	char much[600];

	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	f->payload = much;
	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_ok(ask(f), &err);
	assert_int_equal(f->answer.n, sizeof(much) - 1);
	brski_buf_clear(&f->answer);
	f->answer = (struct brski_buf){ .max = 64 };
	f->a.body = &f->answer;
	assert_int_equal(f->pp.port.request(&f->pp,
	                     &(struct pledge_request){ .path = "/x", .compose = compose, .arg = f },
	                     &f->a, &err),
	    BRSKI_E_TOO_LARGE);
	err = (struct brski_err){ 0 };
}

/* Nobody listens there, or the name does not exist. */
static void
test_nobody(void **state)
{
	struct fixture *f = *state;

	brski_dtls_server_free(f->server);
	f->server = NULL;
	brski_tls_unref(f->tls);
	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_broken(ask(f), BRSKI_E_UNAVAILABLE, &err);
	assert_int_equal(f->composed, 0);
	assert_ok(f->pp.port.connect(&f->pp, "coaps://nobody.invalid", PLEDGE_AS_IDEVID, &err),
	    &err);
	assert_broken(ask(f), BRSKI_E_UNAVAILABLE, &err);
	serve(f);
}

/* A name with several addresses: the server is at one of them. */
static void
test_name(void **state)
{
	struct fixture *f = *state;
	char url[PLEDGE_CANDIDATE_MAX];

	snprintf(url, sizeof(url), "coaps://localhost:%u", brski_dtls_server_port(f->server));
	assert_ok(f->pp.port.connect(&f->pp, url, PLEDGE_AS_IDEVID, &err), &err);
	assert_ok(ask(f), &err);
	assert_int_equal(f->sessions, 1);
}

/* A pause between requests is not cut short by the end of the session: no signal came. */
static void
test_lost_while_waiting(void **state)
{
	struct fixture *f = *state;

	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_IDEVID, &err), &err);
	assert_ok(ask(f), &err);
	brski_dtls_close(f->session);
	pledge_posix_wait(&f->pp, 50);
	assert_false(f->pp.interrupted);
	assert_int_equal(ask(f), BRSKI_E_UNAVAILABLE);
	err = (struct brski_err){ 0 };
}

/* RFC 8995 5.9.4: as the domain's device. */
static void
test_as_ldevid(void **state)
{
	struct fixture *f = *state;
	struct brski_buf pem = { 0 };

	assert_int_not_equal(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_LDEVID, &err), BRSKI_OK);
	err = (struct brski_err){ 0 };
	tu_ldevid(&f->ldevid, &f->domain, "QS-1");
	assert_ok(brski_key_encode_pem(&f->ldevid.key, &pem, &err), &err);
	write_file(f, "ldevid.key", &pem);
	tu_pem(&f->ldevid, false, &pem);
	write_file(f, "ldevid.pem", &pem);
	assert_ok(f->pp.port.connect(&f->pp, f->url, PLEDGE_AS_LDEVID, &err), &err);
	assert_ok(ask(f), &err);
	assert_slice_eq(brski_buf_slice(&f->client), tu_cert(&f->ldevid)->der);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request),
		TEST(test_dtls12),
		TEST(test_codes),
		TEST(test_judged_first),
		TEST(test_lost),
		TEST(test_answer_too_large),
		TEST(test_nobody),
		TEST(test_name),
		TEST(test_lost_while_waiting),
		TEST(test_as_ldevid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
