/* SPDX-License-Identifier: Apache-2.0 */
/* TLS: whose chain arrives, whose key signs, whom a client believes. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tu_http.h"
#include "base/clock.h"
#include "crypto/ocsp.h"
#include "net/tls_name.h"

static const char *last_line = ""; /* logged */
static const struct brski_http_call get_peer = { .method = BRSKI_GET };

/* GET path by a client with that identity; anchors NULL: provisional. */
static void
get(struct tu_http *h, const struct tu_id *id, const struct brski_certs *anchors, bool tls12,
    const char *url, struct tu_http_call *c)
{
	struct brski_http_session *s = tu_http_session(h, tu_http_tls(id, anchors, tls12), false);
	struct brski_http_call call = get_peer;

	memset(c, 0, sizeof(*c));
	last_line = h->line;
	call.url = url;
	tu_http_call(h, s, c, &call);
	brski_http_session_free(s);
}

static void
has(const struct tu_http_call *c, const char *text)
{
	if (c->rc != BRSKI_OK || strstr(c->body, text) == NULL)
		fail_msg("no '%s' in rc=%s '%s' %s; %s", text, brski_rc_name(c->rc), c->body,
		    c->err.detail, last_line);
}

static int
set_up(void **state)
{
	static struct tu_http h;

	tu_http_init(&h);
	tu_http_serve(&h, "127.0.0.1:0", h.tls);
	*state = &h;
	return 0;
}

static int
tear_down(void **state)
{
	tu_http_clear(*state);
	return 0;
}

/* RFC 8995 5.1: mutual authentication, 1.3 and 1.2 */
static void
test_mutual(void **state)
{
	struct tu_http *h = *state;
	struct tu_http_call c;

	get(h, &h->device, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=2 own=2 tls=TLSv1.3 by=https");
	has(&c, "serialNumber=J1");
	assert_int_equal(c.chain_n, 2);
	get(h, &h->device, NULL, true, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=2 own=2 tls=TLSv1.2 by=https");
	get(h, NULL, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=0 own=2");
	get(h, NULL, NULL, true, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=0 own=2");
	assert_int_equal(h->lines, 0);
}

/*
 * RFC 9266 3: both ends have the same bytes, another connection has others. In 1.2 it is unknown
 * whether the master secret is the extended one: none
 */
static void
test_binding(void **state)
{
	struct tu_http *h = *state;
	struct tu_http_call c, d;
	char want[32];

	get(h, &h->device, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	assert_true(c.has_binding);
	snprintf(want, sizeof(want), "binding=%02x%02x", c.binding[0], c.binding[1]);
	has(&c, want);
	get(h, &h->device, NULL, false, tu_http_url(h, "https", "/peer"), &d);
	assert_memory_not_equal(c.binding, d.binding, sizeof(c.binding));
	get(h, &h->device, NULL, true, tu_http_url(h, "https", "/peer"), &c);
	assert_false(c.has_binding);
}

/* The operation judges, RFC 8995 5.3: so every chain has to reach it */
static void
test_any_chain(void **state)
{
	struct tu_http *h = *state;
	struct tu_id self = { 0 }, expired = { 0 }, sub = { 0 }, deep = { 0 };
	struct brski_cert_facts f = tu_facts("expired");
	struct tu_http_call c;
	int tls12;

	tu_ca(&self, "self");
	f.not_after = TU_FROM + TU_DAY;
	tu_issue(&expired, &h->factory, &f);
	tu_subca(&sub, &h->factory, "sub");
	tu_idevid(&deep, &sub, "J2", NULL);
	for (tls12 = 0; tls12 < 2; tls12++) {
		get(h, &self, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
		has(&c, "chain=1");
		has(&c, "CN=self");
		get(h, &expired, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
		has(&c, "chain=2");
		has(&c, "CN=expired");
		get(h, &deep, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
		has(&c, "chain=3");
	}
	tu_id_clear(&deep);
	tu_id_clear(&sub);
	tu_id_clear(&expired);
	tu_id_clear(&self);
}

/* What the operation gets is the chain as sent, whatever is odd about its parts. */
static void
test_odd_chain(void **state)
{
	struct tu_http *h = *state;
	struct tu_id stranger = { 0 }, odd = { 0 }, ra = { 0 };
	struct brski_certs shown = { 0 };
	struct brski_cert_facts f = tu_facts("ra only");
	struct brski_err err = { 0 };
	struct tu_http_call c;

	/* an issuer that did not sign this one */
	tu_ca(&stranger, "factory");
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &odd.key, &err), &err);
	tu_idevid(&odd, &stranger, "J3", NULL);
	tu_add(&shown, &odd);
	tu_add(&shown, &h->factory);
	brski_certs_clear(&odd.chain);
	odd.chain = shown;
	get(h, &odd, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=2");
	/* an EKU without clientAuth */
	f.eku = BRSKI_EKU_CMC_RA;
	tu_issue(&ra, &h->factory, &f);
	get(h, &ra, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=2");
	tu_id_clear(&ra);
	tu_id_clear(&odd);
	tu_id_clear(&stranger);
}

/* RFC 8446 4.4.2: a certificate that the library would drop from the chain without a word */
static void
test_big_certificate(void **state)
{
	static char name[3900];
	const char *const dns[] = { name, NULL };
	struct tu_http *h = *state;
	struct brski_cert_facts f = tu_facts("big");
	struct tu_id big = { 0 };
	struct tu_http_call c;

	memset(name, 'a', sizeof(name) - 1);
	f.dns = dns;
	tu_issue(&big, &h->factory, &f);
	assert_true(tu_cert(&big)->der.n > 4096);
	get(h, &big, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	assert_int_not_equal(c.rc, BRSKI_OK);
	assert_int_equal(h->handled, 0);
	assert_non_null(strstr(h->line, "rc=E_CERTIFICATE"));
	assert_non_null(strstr(h->line, "RFC 8446 4.4.2.4"));
	tu_id_clear(&big);
}

/* A client of wolfSSL's own making, in a process of its own, that shows that certificate. */
static pid_t
foreign_client(struct tu_http *h, struct brski_slice cert, const struct brski_key *key)
{
	struct brski_buf pem = { .max = 4096 };
	struct brski_err err = { 0 };
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	pid_t pid;
	int fd;
	char c;

	assert_ok(brski_key_encode_pem(key, &pem, &err), &err);
	fd = tu_raw_connect(h);
	assert_true((pid = fork()) >= 0);
	if (pid != 0) {
		close(fd);
		brski_buf_wipe(&pem);
		return pid;
	}
	if ((ctx = wolfSSL_CTX_new(wolfTLS_client_method())) == NULL ||
	    wolfSSL_CTX_use_certificate_buffer(ctx, cert.p, (long)cert.n, WOLFSSL_FILETYPE_ASN1) !=
	        WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_buffer(ctx, pem.p, (long)pem.n, WOLFSSL_FILETYPE_PEM) !=
	        WOLFSSL_SUCCESS)
		_exit(1);
	wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL);
	if ((ssl = wolfSSL_new(ctx)) == NULL || wolfSSL_set_fd(ssl, fd) != WOLFSSL_SUCCESS ||
	    wolfSSL_connect(ssl) != WOLFSSL_SUCCESS)
		_exit(2);
	_exit(wolfSSL_read(ssl, &c, 1) > 0 ? 3 : 0);
}

/* RFC 5280 4.1: the operation never sees a chain of which a part cannot be read */
static void
test_broken_certificate(void **state)
{
	struct tu_http *h = *state;
	struct tu_id odd = { 0 };
	struct brski_slice der;
	uint8_t patched[4096], *at;
	int i, status;
	pid_t pid;

	tu_idevid(&odd, &h->factory, "J6", "masa.example.com");
	der = tu_cert(&odd)->der;
	memcpy(patched, der.p, der.n);
	/* not IA5 any more, RFC 8995 2.3.2; TLS does not mind */
	assert_non_null(at = memmem(patched, der.n, "masa.example.com", 16));
	at[0] = 0xff;
	pid = foreign_client(h, brski_slice(patched, der.n), &odd.key);
	for (i = 0; i < 200 && waitpid(pid, &status, WNOHANG) == 0; i++)
		tu_http_run_ms(h, 5);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_non_null(strstr(h->line, "rc=E_CERTIFICATE"));
	assert_non_null(strstr(h->line, "RFC 5280 4.1"));
	tu_id_clear(&odd);
}

static void
test_long_chain(void **state)
{
	struct tu_http *h = *state;
	struct tu_id ca[6] = { 0 }, leaf = { 0 };
	struct tu_http_call c;
	int i;

	tu_ca(&ca[0], "0");
	for (i = 1; i < 6; i++)
		tu_subca(&ca[i], &ca[i - 1], "sub");
	tu_idevid(&leaf, &ca[3], "J4", NULL);
	get(h, &leaf, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=5");
	tu_id_clear(&leaf);
	tu_idevid(&leaf, &ca[4], "J4", NULL);
	h->handled = 0;
	get(h, &leaf, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	assert_int_not_equal(c.rc, BRSKI_OK);
	assert_int_equal(h->handled, 0);
	assert_non_null(strstr(h->line, "TLS handshake"));
	tu_id_clear(&leaf);
	for (i = 0; i < 6; i++)
		tu_id_clear(&ca[i]);
}

/* RFC 8446 4.4.3: without the private key there is no connection */
static void
test_possession(void **state)
{
	struct tu_http *h = *state;
	struct tu_id thief = { 0 };
	struct brski_err err = { 0 };
	struct tu_http_call c;
	int tls12;

	assert_ok(brski_key_generate(BRSKI_KEY_P256, &thief.key, &err), &err);
	assert_ok(brski_certs_copy(&thief.chain, &h->device.chain, &err), &err);
	for (tls12 = 0; tls12 < 2; tls12++) {
		get(h, &thief, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
		assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
		assert_int_equal(h->handled, 0);
	}
	tu_id_clear(&thief);
}

/* RFC 8995 5.1, RFC 8446 4.4.3: provisional, but whoever shows a certificate has its key */
static void
test_server_possession(void **state)
{
	struct tu_http *h = *state;
	struct brski_tls_conf conf = { .server = true };
	struct tu_id thief = { 0 };
	struct brski_err err = { 0 };
	struct brski_tls *t;
	struct tu_http_call c;
	int tls12;

	assert_ok(brski_key_generate(BRSKI_KEY_P256, &thief.key, &err), &err);
	assert_ok(brski_certs_copy(&thief.chain, brski_tls_chain(h->tls), &err), &err);
	conf.key = &thief.key;
	conf.chain = &thief.chain;
	assert_ok(brski_tls_new(&conf, &t, &err), &err);
	brski_http_server_set_tls(h->server, t);
	brski_tls_unref(t);
	for (tls12 = 0; tls12 < 2; tls12++) {
		get(h, &h->device, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
		assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
		assert_int_equal(h->handled, 0);
	}
	tu_id_clear(&thief);
}

/* --- what is not spoken */

/* A client of wolfSSL's own making that wants its session back; the child ends with 0 if not. */
static pid_t
resuming_client(struct tu_http *h, bool tls12)
{
	static const char ask[] = "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n";
	WOLFSSL_SESSION *session = NULL;
	int i, fd[2] = { tu_raw_connect(h), tu_raw_connect(h) };
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	char c[512];
	pid_t pid;

	assert_true((pid = fork()) >= 0);
	if (pid != 0) {
		close(fd[0]);
		close(fd[1]);
		return pid;
	}
	if ((ctx = wolfSSL_CTX_new(
	         tls12 ? wolfTLSv1_2_client_method() : wolfTLSv1_3_client_method())) == NULL)
		_exit(1);
	wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL);
	for (i = 0; i < 2; i++) {
		if ((ssl = wolfSSL_new(ctx)) == NULL ||
		    wolfSSL_set_fd(ssl, fd[i]) != WOLFSSL_SUCCESS)
			_exit(2);
		if (session != NULL)
			(void)wolfSSL_set_session(ssl, session);
		/* tickets of 1.3 come before the answer */
		if (wolfSSL_connect(ssl) != WOLFSSL_SUCCESS ||
		    wolfSSL_write(ssl, ask, sizeof(ask) - 1) <= 0 ||
		    wolfSSL_read(ssl, c, sizeof(c)) <= 0)
			_exit(3);
		if (wolfSSL_session_reused(ssl))
			_exit(4);
		session = wolfSSL_get1_session(ssl);
	}
	_exit(session == NULL ? 5 : 0);
}

/* RFC 8995 5.1: each connection proves anew who is there */
static void
test_no_resumption(void **state)
{
	struct tu_http *h = *state;
	int i, status, tls12;
	pid_t pid;

	for (tls12 = 0; tls12 < 2; tls12++) {
		status = -1;
		pid = resuming_client(h, tls12);
		for (i = 0; i < 400 && waitpid(pid, &status, WNOHANG) == 0; i++)
			tu_http_run_ms(h, 5);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/* The type of the first record that answers a ClientHello of this version with one suite. */
static int
answer_to(struct tu_http *h, uint8_t minor, uint16_t suite)
{
	/* clang-format off */
	uint8_t hello[78] = {
		22, 3, 1, 0, 73, 1, 0, 0, 69, 3, minor,         /* record, handshake, version */
		[43] = 0, 0, 2, suite >> 8, suite & 0xff, 1, 0, /* no session, suite, compression */
		0, 26, 0, 10, 0, 4, 0, 2, 0, 23,                /* extensions: P-256 */
		0, 11, 0, 2, 1, 0,                              /* points */
		0, 13, 0, 8, 0, 6, 4, 3, 8, 4, 2, 3,            /* ECDSA, PSS, ECDSA of SHA-1 */
	};
	/* clang-format on */
	char out[4096] = "";
	int fd = tu_raw_connect(h);

	assert_int_equal(send(fd, hello, sizeof(hello), MSG_NOSIGNAL), sizeof(hello));
	(void)tu_raw_read(h, fd, out, sizeof(out), 50);
	close(fd);
	return out[0];
}

/* RFC 8995 5.1, RFC 9325 3.1.1, 4.1: no old version; no suite that hides or proves too little */
static void
test_old_and_weak(void **state)
{
	static const uint16_t weak[] = {
		0x003b, /* RSA, NULL, SHA-256 */
		0xc006, /* ECDHE-ECDSA, NULL */
		0xc010, /* ECDHE-RSA, NULL */
		0xc018, /* ECDH anonymous, AES-128-CBC */
		0x00a6, /* DH anonymous, AES-128-GCM */
		0x009c, /* RSA, AES-128-GCM: no forward secrecy */
		0xc009, /* ECDHE-ECDSA, AES-128-CBC, SHA-1 */
		0xc023, /* ECDHE-ECDSA, AES-128-CBC, SHA-256 */
	};
	struct tu_http *h = *state;
	size_t i;

	assert_int_equal(answer_to(h, 3, 0xc02b), 22); /* ServerHello */
	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
		assert_int_equal(answer_to(h, 3, weak[i]), 21); /* alert */
	assert_int_equal(answer_to(h, 2, 0xc009), 21);
	assert_int_equal(answer_to(h, 1, 0xc009), 21);
	assert_int_equal(answer_to(h, 2, 0xc02b), 21);
	assert_int_equal(h->handled, 0);
}

/* --- keys */

struct counting {
	struct brski_key key;
	unsigned calls;
	bool broken;
};

static enum brski_rc
count_sign(void *arg, struct brski_slice in, struct brski_buf *sig, struct brski_err *err)
{
	struct counting *c = arg;

	c->calls++;
	if (c->broken)
		return brski_broken(err, BRSKI_E_INTERNAL, "token pulled");
	if (c->key.type == BRSKI_KEY_ED25519)
		return brski_key_sign(&c->key, in, sig, err);
	return brski_key_sign_digest(&c->key, in, sig, err);
}

static const struct brski_key_ops counting_ops = { .sign = count_sign };

static void
test_key_handle(void **state)
{
	static const enum brski_key_type types[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_ED25519 };
	struct tu_http *h = *state;
	struct brski_err err = { 0 };
	struct tu_http_call c;
	size_t i;
	int tls12;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct counting count = { .calls = 0 };
		struct tu_id id = { 0 }, shown;

		assert_ok(brski_key_generate(types[i], &id.key, &err), &err);
		tu_idevid(&id, &h->factory, "J5", NULL);
		count.key = id.key;
		shown = id;
		assert_ok(brski_key_init(&shown.key, &counting_ops, &count, brski_key_spki(&id.key),
		              &err),
		    &err);
		for (tls12 = 0; tls12 < 2; tls12++) {
			get(h, &shown, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
			has(&c, "serialNumber=J5");
			assert_int_equal(count.calls, tls12 + 1);
		}
		/* a key that does not sign is a handshake that fails */
		count.broken = true;
		get(h, &shown, NULL, false, tu_http_url(h, "https", "/peer"), &c);
		assert_int_equal(c.rc, BRSKI_E_UNAVAILABLE);
		tu_id_clear(&id);
	}
}

/* A server with each kind of key; many contexts at once (wolfSSL has room for eight devices). */
static void
test_server_keys(void **state)
{
	static const enum brski_key_type types[] = { BRSKI_KEY_P384, BRSKI_KEY_ED25519 };
	struct tu_http *h = *state;
	struct brski_tls *many[20], *t;
	struct brski_err err = { 0 };
	struct tu_http_call c;
	size_t i;
	int tls12;

	for (i = 0; i < 20; i++)
		many[i] = tu_http_tls(&h->device, NULL, false);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct tu_id id = { 0 };
		struct brski_tls_conf conf = { .server = true,
			.ask_client = true,
			.key = &id.key,
			.chain = &id.chain };

		assert_ok(brski_key_generate(types[i], &id.key, &err), &err);
		tu_registrar(&id, &h->domain);
		assert_ok(brski_tls_new(&conf, &t, &err), &err);
		brski_http_server_set_tls(h->server, t);
		brski_tls_unref(t);
		for (tls12 = 0; tls12 < 2; tls12++) {
			get(h, &h->device, NULL, tls12, tu_http_url(h, "https", "/peer"), &c);
			has(&c, "chain=2");
		}
		brski_http_server_set_tls(h->server, h->tls);
		tu_id_clear(&id);
	}
	for (i = 0; i < 20; i++)
		brski_tls_unref(many[i]);
}

/* --- a client that knows whom it expects */

static void
serve_with(struct tu_http *h, const struct tu_id *id)
{
	struct brski_tls_conf conf = { .server = true, .key = &id->key, .chain = &id->chain };
	struct brski_err err = { 0 };
	struct brski_tls *t;

	assert_ok(brski_tls_new(&conf, &t, &err), &err);
	brski_http_server_set_tls(h->server, t);
	brski_tls_unref(t);
}

static void
test_verify(void **state)
{
	struct tu_http *h = *state;
	struct brski_certs right = { 0 }, wrong = { 0 };
	struct tu_http_call c;
	char named[64];

	tu_add(&right, &h->domain);
	tu_add(&wrong, &h->factory);
	snprintf(named, sizeof(named), "https://localhost:%u/peer",
	    brski_http_server_port(h->server));
	get(h, &h->device, &right, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=2");
	get(h, &h->device, &right, true, named, &c);
	has(&c, "chain=2");
	get(h, &h->device, &wrong, false, tu_http_url(h, "https", "/peer"), &c);
	assert_int_equal(c.rc, BRSKI_E_CERTIFICATE);
	assert_string_equal(c.err.spec, "RFC 8446 4.4.2.4");
	get(h, &h->device, &wrong, true, tu_http_url(h, "https", "/peer"), &c);
	assert_int_equal(c.rc, BRSKI_E_CERTIFICATE);
	brski_certs_clear(&right);
	brski_certs_clear(&wrong);
}

/* RFC 8995 5.4, RFC 9525 6: a MASA is known by the name in its URL */
static void
test_verify_name(void **state)
{
	static const char *const dns[] = { "masa.example.com", NULL };
	struct tu_http *h = *state;
	struct brski_cert_facts f = tu_facts("localhost");
	struct brski_certs anchors = { 0 };
	struct tu_id other = { 0 };
	struct tu_http_call c;

	f.dns = dns;
	tu_issue(&other, &h->domain, &f);
	serve_with(h, &other);
	tu_add(&anchors, &h->domain);
	h->handled = 0;
	get(h, &h->device, &anchors, false, tu_http_url(h, "https", "/peer"), &c);
	assert_int_equal(c.rc, BRSKI_E_CERTIFICATE);
	assert_string_equal(c.err.spec, "RFC 9525 6");
	assert_int_equal(h->handled, 0);
	/* provisional: nobody asks for the name */
	get(h, &h->device, NULL, false, tu_http_url(h, "https", "/peer"), &c);
	has(&c, "chain=0");
	brski_certs_clear(&anchors);
	tu_id_clear(&other);
}

static void
test_verify_dates(void **state)
{
	static const char *const dns[] = { "127.0.0.1", NULL };
	struct tu_http *h = *state;
	struct brski_cert_facts f = tu_facts("late");
	struct brski_certs anchors = { 0 };
	struct tu_id late = { 0 };
	struct tu_http_call c;

	f.dns = dns;
	f.not_after = TU_FROM + TU_DAY;
	tu_issue(&late, &h->domain, &f);
	serve_with(h, &late);
	tu_add(&anchors, &h->domain);
	get(h, &h->device, &anchors, false, tu_http_url(h, "https", "/peer"), &c);
	assert_int_equal(c.rc, BRSKI_E_CERTIFICATE);
	brski_certs_clear(&anchors);
	tu_id_clear(&late);
}

/* What a peer shows must not become trust, RFC 5280 6.1 */
static void
test_no_trust_from_chains(void **state)
{
	struct tu_http *h = *state;
	struct brski_certs anchors = { 0 };
	struct tu_id evil = { 0 }, server = { 0 }, bare = { 0 };
	struct brski_tls *t;
	struct brski_http_session *s;
	struct brski_http_call call = get_peer;
	struct tu_http_call c = { 0 }, d = { 0 };

	tu_ca(&evil, "evil");
	tu_registrar(&server, &evil);
	tu_add(&anchors, &h->domain);
	t = tu_http_tls(&h->device, &anchors, false);
	s = tu_http_session(h, t, false);
	call.url = tu_http_url(h, "https", "/peer");
	serve_with(h, &server);
	tu_http_call(h, s, &c, &call);
	assert_int_equal(c.rc, BRSKI_E_CERTIFICATE);
	/* the same context again, and the chain without its root */
	bare.key = server.key;
	tu_add(&bare.chain, &server);
	serve_with(h, &bare);
	tu_http_call(h, s, &d, &call);
	assert_int_equal(d.rc, BRSKI_E_CERTIFICATE);
	brski_http_session_free(s);
	brski_certs_clear(&anchors);
	brski_certs_clear(&bare.chain);
	tu_id_clear(&server);
	tu_id_clear(&evil);
}

static void
test_name_check(void **state)
{
	static const char *const dns[] = { "masa.example.com", "*.wild.example.com", "*.com",
		"192.0.2.7", "2001:db8::7", NULL };
	static const struct {
		const char *host;
		bool good;
	} rows[] = {
		{ "masa.example.com", true },
		{ "MASA.Example.COM", true },
		{ "masa.example.com.evil.org", false },
		{ "example.com", false },
		{ "a.wild.example.com", true },
		{ "a.b.wild.example.com", false },
		{ "wild.example.com", false },
		{ ".wild.example.com", false },
		{ "example.com", false },
		{ "192.0.2.7", true },
		{ "192.0.2.8", false },
		{ "2001:db8::7", true },
		{ "2001:db8:0:0::7", true },
		{ "2001:db8::8", false },
		{ "fallback", false },
		{ "", false },
	};
	struct brski_cert_facts f = tu_facts("fallback");
	struct brski_err err = { 0 };
	struct tu_id id = { 0 }, none = { 0 };
	size_t i;

	(void)state;
	f.dns = dns;
	tu_issue(&id, NULL, &f);
	/* RFC 9525 6.3 */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].good)
			assert_ok(brski_tls_name_check(tu_cert(&id), rows[i].host, &err), &err);
		else
			assert_refused_by(brski_tls_name_check(tu_cert(&id), rows[i].host, &err),
			    BRSKI_E_CERTIFICATE, "RFC 9525 6", &err);
	}
	/* the subject's CN names nobody */
	f = tu_facts("fallback");
	tu_issue(&none, NULL, &f);
	assert_refused(brski_tls_name_check(tu_cert(&none), "fallback", &err), BRSKI_E_CERTIFICATE,
	    &err);
	tu_id_clear(&none);
	tu_id_clear(&id);
}

#ifdef HAVE_CERTIFICATE_STATUS_REQUEST
/* What a server gives, how often it was asked, and what the client got. */
struct stapling {
	struct brski_slice give;
	const struct brski_cert *own; /* whose answer was wanted */
	unsigned asked;
	bool got;
};

static struct brski_slice
give(void *arg, const struct brski_cert *own)
{
	struct stapling *st = arg;

	st->asked++;
	st->own = own;
	return st->give;
}

/* The client has it; what its library thinks of it counts. */
static int
take(WOLFSSL *ssl, int error, byte *answer, word32 n, word32 index, void *arg)
{
	struct stapling *st = arg;

	(void)ssl;
	(void)index;
	st->got = brski_slice_eq(brski_slice(answer, n), st->give);
	return error;
}

/* The registrar's certificate is good, says its issuer. */
static void
make_answer(struct tu_http *h, struct brski_buf *out)
{
	struct brski_clock clock = brski_clock_system();
	int64_t now = brski_clock_now(&clock);
	struct brski_buf id = { 0 };
	struct brski_ocsp_single single = { .status = BRSKI_OCSP_GOOD,
		.this_update = now,
		.next_update = now + 3600 };
	struct brski_ocsp_facts f = { .singles = &single,
		.n = 1,
		.produced = now,
		.signer = tu_cert(&h->domain),
		.signer_is_issuer = true };
	struct brski_err err = { 0 };

	assert_ok(brski_ocsp_id_encode(BRSKI_SHA1, tu_cert(&h->domain),
	              tu_cert(&h->registrar)->serial, &id, &err),
	    &err);
	single.id = brski_buf_slice(&id);
	assert_ok(brski_ocsp_response_encode(&f, &h->domain.key, out, &err), &err);
	brski_buf_clear(&id);
}

/* Both ends in turn, until both are done. */
static void
shake_hands(WOLFSSL *client, WOLFSSL *server)
{
	int fds[2], turn, done[2] = { 0, 0 };

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	wolfSSL_set_fd(client, fds[0]);
	wolfSSL_set_fd(server, fds[1]);
	for (turn = 0; turn < 20 && !(done[0] && done[1]); turn++) {
		done[0] = done[0] || wolfSSL_connect(client) == WOLFSSL_SUCCESS;
		done[1] = done[1] || wolfSSL_accept(server) == WOLFSSL_SUCCESS;
	}
	assert_true(done[0] && done[1]);
	close(fds[0]);
	close(fds[1]);
}

static void
staple_once(struct tu_http *h, struct stapling *st, bool tls12, bool ask)
{
	struct brski_tls_conf conf = { .server = true,
		.key = &h->registrar.key,
		.chain = &h->registrar.chain,
		.staple = { give, st } };
	WOLFSSL_CTX *ctx =
	    wolfSSL_CTX_new(tls12 ? wolfTLSv1_2_client_method() : wolfTLSv1_3_client_method());
	struct brski_tls_verdict verdict = { 0 };
	struct brski_tls *tls = NULL;
	struct brski_err err = { 0 };
	WOLFSSL *client, *server;

	st->asked = 0;
	st->got = false;
	assert_ok(brski_tls_new(&conf, &tls, &err), &err);
	assert_non_null(server = brski_tls_session(tls, &verdict));
	assert_int_equal(wolfSSL_CTX_load_verify_buffer(ctx, tu_cert(&h->domain)->der.p,
	                     (long)tu_cert(&h->domain)->der.n, WOLFSSL_FILETYPE_ASN1),
	    WOLFSSL_SUCCESS);
	wolfSSL_CTX_set_ocsp_status_verify_cb(ctx, take, st);
	assert_int_equal(wolfSSL_CTX_EnableOCSPStapling(ctx), WOLFSSL_SUCCESS);
	assert_non_null(client = wolfSSL_new(ctx));
	if (ask)
		assert_int_equal(wolfSSL_UseOCSPStapling(client, WOLFSSL_CSR_OCSP, 0),
		    WOLFSSL_SUCCESS);
	shake_hands(client, server);
	if (st->own != NULL) /* the context's copy */
		assert_slice_eq(st->own->der, tu_cert(&h->registrar)->der);
	st->own = NULL;
	wolfSSL_free(client);
	wolfSSL_CTX_free(ctx);
	brski_tls_session_free(server);
	brski_tls_unref(tls);
}

/* RFC 6066 8, RFC 8446 4.4.2.1: who asks gets it; without one the handshake goes on. */
static void
test_staple(void **state)
{
	struct brski_buf answer = { 0 };
	struct stapling st = { .asked = 0 };
	int tls12;

	assert_true(brski_tls_can_staple());
	make_answer(*state, &answer);
	for (tls12 = 0; tls12 < 2; tls12++) {
		st.give = brski_buf_slice(&answer);
		staple_once(*state, &st, tls12, true);
		assert_int_equal(st.asked, 1);
		assert_true(st.got);
		staple_once(*state, &st, tls12, false);
		assert_int_equal(st.asked, 0);
		assert_false(st.got);
		st.give = (struct brski_slice){ NULL, 0 };
		staple_once(*state, &st, tls12, true);
		assert_int_equal(st.asked, 1);
		assert_false(st.got);
	}
	brski_buf_clear(&answer);
}
#else
static void
test_staple(void **state)
{
	(void)state;
	assert_false(brski_tls_can_staple());
}
#endif

int
main(void)
{
#define NET(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		NET(test_mutual),
		NET(test_binding),
		NET(test_any_chain),
		NET(test_odd_chain),
		NET(test_big_certificate),
		NET(test_broken_certificate),
		NET(test_long_chain),
		NET(test_possession),
		NET(test_server_possession),
		NET(test_no_resumption),
		NET(test_old_and_weak),
		NET(test_key_handle),
		NET(test_server_keys),
		NET(test_verify),
		NET(test_verify_name),
		NET(test_verify_dates),
		NET(test_no_trust_from_chains),
		NET(test_staple),
		cmocka_unit_test(test_name_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
