/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS: who comes in and how, what a lossy network does, what is refused. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tu_dtls.h"

static const struct brski_tls_conf only12 = { .tls12_only = true };
static const struct brski_tls_conf classical = { .classical = true };
static const struct brski_tls_conf *const versions[] = { &classical, &only12 };

static int
set_up(void **state)
{
	static struct tu_dtls d;

	tu_dtls_init(&d);
	tu_dtls_serve(&d, "127.0.0.1:0");
	*state = &d;
	return 0;
}

static int
tear_down(void **state)
{
	tu_dtls_clear(*state);
	return 0;
}

/* Begin a test with other limits. */
static void
limit(struct tu_dtls *d, struct brski_dtls_limits l)
{
	d->limits = l;
	tu_dtls_serve(d, "127.0.0.1:0");
}

/* A client that gets in. */
static void
let_in(struct tu_dtls *d, struct tu_dtls_client *c, const struct tu_id *id,
    const struct brski_tls_conf *conf)
{
	tu_dtls_connect(d, c, tu_dtls_tls(id, conf));
	if (!c->up)
		fail_msg("%s; %s", c->err.detail, d->line);
}

/* A client that does not. */
static void
keep_out(struct tu_dtls *d, const struct tu_id *id, const struct brski_tls_conf *conf)
{
	struct tu_dtls_client c = { 0 };

	tu_dtls_connect(d, &c, tu_dtls_tls(id, conf));
	assert_false(c.up);
	assert_int_equal(c.err.rc, BRSKI_E_UNAVAILABLE);
	assert_int_equal(d->ups, 0);
	tu_dtls_end(d, &c);
}

static void
logged(const struct tu_dtls *d, const char *text)
{
	if (strstr(d->line, text) == NULL)
		fail_msg("no '%s' in '%s'", text, d->line);
}

/* --- who comes in */

/* cBRSKI 6.1: 1.3, hybrid and classical, and 1.2; datagrams that fit a small MTU */
static void
test_versions(void **state)
{
	static const struct {
		const struct brski_tls_conf *conf;
		const char *version;
		size_t room;
	} t[] = {
		{ NULL, "DTLSv1.3", BRSKI_DTLS_RECORD_MAX },
		{ &classical, "DTLSv1.3", BRSKI_DTLS_RECORD_MAX },
		{ &only12, "DTLSv1.2", 1024 }, /* it asks for max_fragment_length, RFC 6066 4 */
	};
	struct tu_dtls *d = *state;
	const struct brski_peer *at_server, *at_client;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct tu_dtls_client c = { .first = "hello" };

		let_in(d, &c, &d->device, t[i].conf);
		/* what came with the last flight, or right behind it */
		tu_dtls_until_n(d, &c.inputs, 1);
		tu_dtls_echo(d, &c, "again");
		assert_int_equal(c.room, t[i].room);
		assert_int_equal(brski_dtls_room(d->seen[i].session), t[i].room);
		at_client = &c.peer->peer;
		at_server = &d->seen[i].peer->peer;
		assert_string_equal(at_client->tls_version, t[i].version);
		assert_string_equal(at_server->tls_version, t[i].version);
		assert_string_equal(at_server->transport, "coaps");
		assert_memory_equal(at_server->address, "127.0.0.1:", 10);
		assert_int_equal(at_server->chain.n, 2);
		assert_int_equal(at_server->own.n, 2);
		assert_slice_eq(at_server->chain.v[0].der, tu_cert(&d->device)->der);
		assert_slice_eq(at_client->chain.v[0].der, tu_cert(&d->registrar)->der);
		assert_int_equal(at_server->has_binding, t[i].conf != &only12);
		assert_int_equal(at_client->has_binding, t[i].conf != &only12);
		assert_memory_equal(at_server->binding, at_client->binding, 32);
		tu_dtls_end(d, &c);
		tu_dtls_until_n(d, &d->gones, (unsigned)i + 1);
	}
	assert_true(d->net.most[0] <= BRSKI_DTLS_MTU);
	assert_true(d->net.most[1] <= BRSKI_DTLS_MTU);
	assert_int_equal(brski_dtls_server_sessions(d->server), 0);
	assert_int_equal(d->lines, 0);
}

static void
test_one_version(void **state)
{
	const struct brski_tls_conf s13 = { .server = true,
		.ask_client = true,
		.dtls13_only = true };
	const struct brski_tls_conf s12 = { .server = true,
		.ask_client = true,
		.tls12_only = true };
	const struct brski_tls_conf *const server[] = { &s13, &s12 };
	struct tu_dtls *d = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct tu_dtls_client c = { 0 };

		brski_tls_unref(d->tls);
		d->tls = tu_dtls_tls(&d->registrar, server[i]);
		tu_dtls_serve(d, "127.0.0.1:0");
		d->ups = 0;
		keep_out(d, &d->device, versions[1 - i]);
		let_in(d, &c, &d->device, versions[i]);
		tu_dtls_end(d, &c);
	}
}

/* The operation judges: a chain of any kind, or none */
static void
test_any_chain(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_id self = { 0 }, ed = { 0 };
	const struct tu_id *const id[] = { NULL, &self, &ed };
	const size_t chain[] = { 0, 1, 2 };
	struct brski_err err = { 0 };
	size_t i, v;

	tu_ca(&self, "self");
	assert_ok(brski_key_generate(BRSKI_KEY_ED25519, &ed.key, &err), &err);
	tu_idevid(&ed, &d->factory, "J5", NULL);
	for (i = 0; i < 3; i++)
		for (v = 0; v < 2; v++) {
			struct tu_dtls_client c = { 0 };

			let_in(d, &c, id[i], versions[v]);
			tu_dtls_echo(d, &c, "hello");
			assert_int_equal(d->seen[i * 2 + v].peer->peer.chain.n, chain[i]);
			tu_dtls_end(d, &c);
		}
	tu_id_clear(&ed);
	tu_id_clear(&self);
}

/* A registrar with an Ed25519 key */
static void
test_server_key(void **state)
{
	const struct brski_tls_conf conf = { .server = true, .ask_client = true };
	struct tu_dtls *d = *state;
	struct tu_id ed = { 0 };
	struct brski_err err = { 0 };
	size_t v;

	assert_ok(brski_key_generate(BRSKI_KEY_ED25519, &ed.key, &err), &err);
	tu_registrar(&ed, &d->domain);
	brski_tls_unref(d->tls);
	d->tls = tu_dtls_tls(&ed, &conf);
	tu_dtls_serve(d, "127.0.0.1:0");
	for (v = 0; v < 2; v++) {
		struct tu_dtls_client c = { 0 };

		let_in(d, &c, &d->device, versions[v]);
		assert_slice_eq(c.peer->peer.chain.v[0].der, tu_cert(&ed)->der);
		tu_dtls_end(d, &c);
	}
	tu_dtls_serve(d, "127.0.0.1:0");
	brski_tls_unref(d->tls);
	d->tls = NULL;
	brski_dtls_server_free(d->server);
	d->server = NULL;
	tu_id_clear(&ed);
}

/* RFC 9147 5: without the private key there is no session, at either end */
static void
test_possession(void **state)
{
	const struct brski_tls_conf conf = { .server = true, .ask_client = true };
	struct tu_dtls *d = *state;
	struct tu_id thief = { 0 };
	struct brski_err err = { 0 };
	struct brski_tls *t;
	size_t v;

	assert_ok(brski_key_generate(BRSKI_KEY_P256, &thief.key, &err), &err);
	assert_ok(brski_certs_copy(&thief.chain, &d->device.chain, &err), &err);
	for (v = 0; v < 2; v++) {
		struct tu_dtls_client c = { 0 };

		/* in 1.3 the client is done before the server has looked */
		tu_dtls_connect(d, &c, tu_dtls_tls(&thief, versions[v]));
		tu_dtls_until(d, &c.gone);
		assert_int_equal(d->ups, 0);
		logged(d, "TLS handshake");
		tu_dtls_end(d, &c);
	}
	brski_certs_clear(&thief.chain);
	assert_ok(brski_certs_copy(&thief.chain, &d->registrar.chain, &err), &err);
	t = tu_dtls_tls(&thief, &conf);
	brski_dtls_server_set_tls(d->server, t);
	brski_tls_unref(t);
	for (v = 0; v < 2; v++)
		keep_out(d, &d->device, versions[v]);
	brski_dtls_server_set_tls(d->server, d->tls);
	tu_dtls_serve(d, "127.0.0.1:0");
	tu_id_clear(&thief);
}

/* RFC 8446 4.4.2: a certificate that the library would drop from the chain without a word */
static void
test_big_certificate(void **state)
{
	static char name[3900];
	const char *const dns[] = { name, NULL };
	struct tu_dtls *d = *state;
	struct brski_cert_facts f = tu_facts("big");
	struct tu_dtls_client c = { 0 };
	struct tu_id big = { 0 };

	memset(name, 'a', sizeof(name) - 1);
	f.dns = dns;
	tu_issue(&big, &d->factory, &f);
	tu_dtls_connect(d, &c, tu_dtls_tls(&big, &classical));
	tu_dtls_until(d, &c.gone);
	assert_int_equal(d->ups, 0);
	logged(d, "rc=E_CERTIFICATE");
	logged(d, "RFC 8446 4.4.2.4");
	tu_dtls_end(d, &c);
	tu_id_clear(&big);
}

/* --- foreign clients */

struct foreign {
	bool v12;
	const char *suite; /* NULL: any */
	int group;         /* 0: any */
	unsigned char mfl; /* 0: none */
	const char *sni;
	size_t record; /* of the one record it sends */
	bool resume;   /* come again with the session */
	bool stay;     /* wait for the server to say good-bye */
};

static int
foreign_session(const struct foreign *f, WOLFSSL_CTX *ctx, unsigned port, WOLFSSL_SESSION **kept)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	char b[2048] = { 0 }, back[2048];
	WOLFSSL *ssl;
	int fd, group = f->group;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) < 0 || (ssl = wolfSSL_new(ctx)) == NULL ||
	    wolfSSL_dtls_set_peer(ssl, &to, sizeof(to)) != WOLFSSL_SUCCESS ||
	    wolfSSL_set_fd(ssl, fd) != WOLFSSL_SUCCESS)
		return 1;
	if (group != 0 && wolfSSL_set_groups(ssl, &group, 1) != WOLFSSL_SUCCESS)
		return 2;
	if (f->mfl != 0 && wolfSSL_UseMaxFragment(ssl, f->mfl) != WOLFSSL_SUCCESS)
		return 3;
	if (f->sni != NULL &&
	    wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, f->sni, (word16)strlen(f->sni)) !=
	        WOLFSSL_SUCCESS)
		return 4;
	if (*kept != NULL)
		(void)wolfSSL_set_session(ssl, *kept);
	if (wolfSSL_connect(ssl) != WOLFSSL_SUCCESS)
		return 5;
	if (f->suite != NULL && strcmp(wolfSSL_get_cipher_name(ssl), f->suite) != 0)
		return 6;
	if (wolfSSL_session_reused(ssl))
		return 7;
	/* one that is too large gets no echo, the next one does */
	if (f->record > BRSKI_DTLS_RECORD_MAX &&
	    wolfSSL_write(ssl, b, (int)f->record) != (int)f->record)
		return 8;
	if (wolfSSL_write(ssl, "hello", 5) != 5 || wolfSSL_read(ssl, back, sizeof(back)) != 5)
		return 9;
	if (f->stay)
		(void)wolfSSL_read(ssl, back, sizeof(back));
	*kept = wolfSSL_get1_session(ssl);
	(void)wolfSSL_shutdown(ssl);
	return 0;
}

/* In the child: everything; what it ends with. */
static int
foreign_run(const struct foreign *f, struct brski_slice cert, struct brski_slice key, unsigned port)
{
	WOLFSSL_SESSION *kept = NULL;
	WOLFSSL_CTX *ctx;
	int i, r;

	ctx = wolfSSL_CTX_new(f->v12 ? wolfDTLSv1_2_client_method() : wolfDTLSv1_3_client_method());
	if (ctx == NULL ||
	    wolfSSL_CTX_use_certificate_buffer(ctx, cert.p, (long)cert.n, WOLFSSL_FILETYPE_ASN1) !=
	        WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_buffer(ctx, key.p, (long)key.n, WOLFSSL_FILETYPE_PEM) !=
	        WOLFSSL_SUCCESS ||
	    (f->suite != NULL && wolfSSL_CTX_set_cipher_list(ctx, f->suite) != WOLFSSL_SUCCESS))
		return 20;
	wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL);
	for (i = 0, r = 0; r == 0 && i <= f->resume; i++)
		r = foreign_session(f, ctx, port, &kept);
	return r;
}

/* A client of wolfSSL's own making, in a process of its own. */
static pid_t
foreign_start(struct tu_dtls *d, const struct foreign *f)
{
	struct brski_buf pem = { .max = 4096 };
	struct brski_err err = { 0 };
	pid_t pid;

	assert_ok(brski_key_encode_pem(&d->device.key, &pem, &err), &err);
	assert_true((pid = fork()) >= 0);
	if (pid == 0)
		_exit(foreign_run(f, tu_cert(&d->device)->der, brski_slice(pem.p, pem.n),
		    d->net.port));
	brski_buf_wipe(&pem);
	return pid;
}

static int
foreign_end(struct tu_dtls *d, pid_t pid)
{
	int i, status = -1;

	for (i = 0; i < 2000 && waitpid(pid, &status, WNOHANG) == 0; i++)
		tu_dtls_run_ms(d, 5);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
foreign(struct tu_dtls *d, const struct foreign *f)
{
	return foreign_end(d, foreign_start(d, f));
}

/* cBRSKI 6.1, RFC 9148 3: each suite there is, alone */
static void
test_suites(void **state)
{
	static const struct foreign f[] = {
		{ .suite = "TLS13-AES128-GCM-SHA256" },
		{ .suite = "TLS13-AES256-GCM-SHA384", .group = WOLFSSL_ECC_SECP256R1 },
		{ .suite = "TLS13-CHACHA20-POLY1305-SHA256" },
		{ .suite = "TLS13-AES128-CCM-SHA256" },
		{ .suite = "TLS13-AES128-CCM-8-SHA256" },
		{ .v12 = true, .suite = "ECDHE-ECDSA-AES128-CCM-8" },
		{ .v12 = true, .suite = "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ .v12 = true, .suite = "ECDHE-ECDSA-AES256-GCM-SHA384" },
		{ .v12 = true, .suite = "ECDHE-ECDSA-CHACHA20-POLY1305" },
	};
	struct tu_dtls *d = *state;
	size_t i;

	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++)
		if (foreign(d, &f[i]) != 0 || d->ups != i + 1)
			fail_msg("%s: %d; %s", f[i].suite, foreign(d, &f[i]), d->line);
}

/* Groups, and what a client may say that changes nothing: SNI (cBRSKI 6.3), an old session */
static void
test_clients(void **state)
{
	static const struct foreign f[] = {
		{ .group = WOLFSSL_ECC_SECP256R1 },
		{ .group = WOLFSSL_ECC_X25519 },
		{ .group = WOLFSSL_X25519MLKEM768 },
		{ .v12 = true, .group = WOLFSSL_ECC_SECP256R1 },
		{ .v12 = true, .group = WOLFSSL_ECC_X25519 },
		{ .sni = "registrar.example" },
		{ .v12 = true, .sni = "registrar.example" },
		{ .resume = true },
		{ .v12 = true, .resume = true },
	};
	struct tu_dtls *d = *state;
	size_t i;

	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++)
		assert_int_equal(foreign(d, &f[i]), 0);
}

/* RFC 6066 4: no record is larger than the client asked for */
static void
test_max_fragment(void **state)
{
	static const struct foreign f[] = {
		{ .v12 = true, .mfl = WOLFSSL_MFL_2_9 },
		{ .v12 = true, .mfl = WOLFSSL_MFL_2_10 },
	};
	struct tu_dtls *d = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(foreign(d, &f[i]), 0);
		assert_int_equal(d->last_room, i == 0 ? 512 : 1024);
	}
}

/* More than a record of ours holds is not for the application; the session goes on. */
static void
test_large_record(void **state)
{
	static const struct foreign f[] = { { .record = BRSKI_DTLS_RECORD_MAX + 1 },
		{ .v12 = true, .record = BRSKI_DTLS_RECORD_MAX + 100 } };
	static const uint8_t large[BRSKI_DTLS_RECORD_MAX + 1];
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(foreign(d, &f[i]), 0);
		assert_int_equal(d->inputs, i + 1);
	}
	let_in(d, &c, &d->device, NULL);
	assert_broken(brski_dtls_send(c.session, brski_slice(large, sizeof(large)), &err),
	    BRSKI_E_TOO_LARGE, &err);
	assert_ok(brski_dtls_send(c.session, brski_slice(large, sizeof(large) - 1), &err), &err);
	tu_dtls_until_n(d, &c.inputs, 1);
	assert_int_equal(c.got_n, BRSKI_DTLS_RECORD_MAX);
	tu_dtls_end(d, &c);
}

/* --- the network */

struct loss {
	bool to_server;
	unsigned nth;
};

static bool
lose_one(void *arg, bool to_server, unsigned nth, struct brski_slice datagram)
{
	struct loss *l = arg;

	(void)datagram;
	return l->to_server == to_server && l->nth == nth;
}

#define LOSSES 16 /* more than a handshake has */

/* RFC 6347 4.2.4, RFC 9147 5.8: whichever datagram is lost, the handshake ends well */
static void
test_loss(void **state)
{
	static const struct brski_tls_conf *const conf[] = { NULL, &classical, &only12 };
	static struct tu_net net[LOSSES];
	static struct loss loss[LOSSES];
	struct tu_dtls *d = *state;
	size_t i, v;

	for (v = 0; v < 3; v++) {
		struct tu_dtls_client c[LOSSES] = { 0 };

		for (i = 0; i < LOSSES; i++) {
			tu_net_open(d, &net[i]);
			loss[i] = (struct loss){ i % 2 != 0, (unsigned)i / 2 };
			net[i].lose = lose_one;
			net[i].arg = &loss[i];
			tu_dtls_start(d, &c[i], tu_dtls_tls(&d->device, conf[v]), net[i].port);
		}
		for (i = 0; i < LOSSES; i++) {
			tu_dtls_until(d, &c[i].up);
			net[i].lose = NULL;
		}
		/* the server may still wait for a last flight that was lost */
		tu_dtls_until_n(d, &d->ups, (unsigned)(v + 1) * LOSSES);
		for (i = 0; i < LOSSES; i++) {
			tu_dtls_echo(d, &c[i], "hello");
			tu_dtls_end(d, &c[i]);
			assert_true(net[i].most[0] <= BRSKI_DTLS_MTU);
			assert_true(net[i].most[1] <= BRSKI_DTLS_MTU);
			tu_net_close(&net[i]);
		}
	}
	assert_int_equal(d->lines, 0);
}

static void
test_duplicates(void **state)
{
	struct tu_dtls *d = *state;
	size_t v;

	d->net.twice = true;
	for (v = 0; v < 2; v++) {
		struct tu_dtls_client c = { 0 };

		let_in(d, &c, &d->device, versions[v]);
		tu_dtls_until_n(d, &d->ups, (unsigned)v + 1);
		tu_dtls_echo(d, &c, "hello");
		tu_dtls_echo(d, &c, "again");
		tu_dtls_run_ms(d, 20);
		assert_int_equal(d->inputs, (v + 1) * 2);
		assert_int_equal(c.inputs, 1);
		tu_dtls_end(d, &c);
	}
}

static void
test_many(void **state)
{
	static struct tu_dtls_client c[20];
	struct tu_dtls *d = *state;
	size_t i;

	memset(c, 0, sizeof(c));
	for (i = 0; i < 20; i++)
		tu_dtls_start(d, &c[i], tu_dtls_tls(&d->device, versions[i % 2]),
		    brski_dtls_server_port(d->server));
	for (i = 0; i < 20; i++)
		tu_dtls_until(d, &c[i].up);
	assert_int_equal(brski_dtls_server_sessions(d->server), 20);
	for (i = 0; i < 20; i++)
		tu_dtls_echo(d, &c[i], "hello");
	for (i = 0; i < 20; i++)
		tu_dtls_end(d, &c[i]);
	tu_dtls_until_n(d, &d->gones, 20);
}

/* The answer comes from the address that was asked; a socket for all takes both families */
static void
test_addresses(void **state)
{
	struct tu_dtls *d = *state;
	struct sockaddr_in six_four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	static const char *const at[] = { "0.0.0.0:0", "[::]:0" };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct tu_dtls_client c = { 0 };

		tu_dtls_serve(d, at[i]);
		six_four.sin_port = htons((uint16_t)brski_dtls_server_port(d->server));
		/* a connected socket hears 127.0.0.7 only */
		six_four.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 6);
		assert_int_equal(connect(d->net.back, (struct sockaddr *)&six_four,
		                     sizeof(six_four)),
		    0);
		let_in(d, &c, &d->device, &classical);
		tu_dtls_echo(d, &c, "hello");
		assert_non_null(strstr(d->seen[i].peer->peer.address, "127.0.0.1"));
		tu_dtls_end(d, &c);
	}
	six.sin6_port = six_four.sin_port;
	{
		struct tu_dtls_client c = { 0 };

		tu_dtls_start_at(d, &c, tu_dtls_tls(&d->device, &classical),
		    (struct sockaddr *)&six, sizeof(six));
		tu_dtls_until(d, &c.up);
		tu_dtls_echo(d, &c, "hello");
		assert_memory_equal(d->seen[2].peer->peer.address, "[::1]:", 6);
		tu_dtls_end(d, &c);
	}
}

/* --- cookies */

static bool
lose_second(void *arg, bool to_server, unsigned nth, struct brski_slice datagram)
{
	unsigned *from = arg;

	(void)datagram;
	return to_server && nth > *from;
}

/* RFC 6347 4.2.8: who begins anew replaces a session when it has shown a cookie, not before */
static void
test_replaced(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client old, fresh;
	unsigned from, turn;
	size_t v;

	for (v = 0, turn = 0; v < 2; v++, turn += 2) {
		memset(&old, 0, sizeof(old));
		memset(&fresh, 0, sizeof(fresh));
		let_in(d, &old, &d->device, versions[v]);
		tu_dtls_echo(d, &old, "hello");
		/* the first ClientHello passes, nothing after it does */
		from = d->net.n[1];
		d->net.arg = &from;
		d->net.lose = lose_second;
		tu_dtls_start(d, &fresh, tu_dtls_tls(&d->device, versions[v]), d->net.port);
		tu_dtls_until_n(d, &d->net.n[1], from + 2);
		tu_dtls_run_ms(d, 20);
		assert_int_equal(d->gones, turn);
		assert_non_null(d->seen[turn].session);
		d->net.lose = NULL;
		tu_dtls_until(d, &fresh.up);
		assert_int_equal(d->gones, turn + 1);
		assert_null(d->seen[turn].session);
		assert_int_equal(brski_dtls_server_sessions(d->server), 1);
		tu_dtls_echo(d, &fresh, "hello");
		tu_dtls_end(d, &fresh);
		tu_dtls_until_n(d, &d->gones, turn + 2);
		tu_dtls_end(d, &old);
	}
}

/* A cookie given before a reload is good after it, for a while. */
static bool
reload(void *arg, bool to_server, unsigned nth, struct brski_slice datagram)
{
	const struct brski_tls_conf conf = { .server = true, .ask_client = true };
	struct tu_dtls *d = arg;
	struct brski_tls *t;

	(void)datagram;
	if (to_server || nth != 0)
		return false;
	t = tu_dtls_tls(&d->registrar, &conf);
	brski_dtls_server_set_tls(d->server, t);
	brski_tls_unref(t);
	return false;
}

static void
test_reload(void **state)
{
	struct tu_dtls *d = *state;
	size_t v;

	d->net.lose = reload;
	d->net.arg = d;
	for (v = 0; v < 2; v++) {
		struct tu_dtls_client c = { 0 };

		d->net.n[0] = 0;
		let_in(d, &c, &d->device, versions[v]);
		/* no second round: the cookie was good */
		tu_dtls_echo(d, &c, "hello");
		tu_dtls_end(d, &c);
	}
}

/* The first datagrams that a client would send; nobody answers. */
static size_t
first_hello(struct tu_dtls *d, const struct brski_tls_conf *conf, uint8_t *out)
{
	struct tu_dtls_client c = { 0 };
	unsigned before = d->net.n[1];

	d->net.last_n = 0;
	tu_dtls_start(d, &c, tu_dtls_tls(&d->device, conf), d->net.port);
	tu_dtls_until_n(d, &d->net.n[1], before + 1);
	tu_dtls_end(d, &c);
	memcpy(out, d->net.last, d->net.last_n);
	return d->net.last_n;
}

static bool
lose_all(void *arg, bool to_server, unsigned nth, struct brski_slice datagram)
{
	(void)arg;
	(void)to_server;
	(void)nth;
	(void)datagram;
	return true;
}

/* What the server says to a datagram, from a socket of our own; 0: nothing. */
static size_t
answer_to(struct tu_dtls *d, const uint8_t *p, size_t n)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint8_t b[2048];
	size_t all = 0;
	ssize_t r;
	int fd;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)brski_dtls_server_port(d->server));
	assert_true((fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) >= 0);
	assert_int_equal(sendto(fd, p, n, 0, (struct sockaddr *)&to, sizeof(to)), n);
	tu_dtls_run_ms(d, 2);
	while ((r = recv(fd, b, sizeof(b), 0)) > 0)
		all += (size_t)r;
	close(fd);
	return all;
}

/* Nothing that is no ClientHello gets an answer, and none is larger than what it answers */
static void
test_strangers(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };
	uint8_t hello[2048], b[2048];
	size_t i, n, v;

	d->net.lose = lose_all;
	memset(b, 0x55, sizeof(b));
	assert_int_equal(answer_to(d, b, 0), 0);
	assert_int_equal(answer_to(d, b, sizeof(b)), 0);
	for (v = 0; v < 2; v++) {
		n = first_hello(d, versions[v], hello);
		assert_true(answer_to(d, hello, n) > 0);
		/* cut short, and each byte changed */
		for (i = 0; i < n; i++)
			assert_true(answer_to(d, hello, i) <= i);
		for (i = 0; i < n; i++) {
			memcpy(b, hello, n);
			b[i] ^= 0xff;
			assert_true(answer_to(d, b, n) <= n);
		}
		/* junk behind it */
		memcpy(b, hello, n);
		memset(b + n, 0x16, sizeof(b) - n);
		assert_true(answer_to(d, b, 1500) <= 1500);
	}
	assert_int_equal(brski_dtls_server_sessions(d->server), 0);
	d->net.lose = NULL;
	let_in(d, &c, &d->device, NULL);
	tu_dtls_end(d, &c);
	assert_int_equal(d->lines, 0);
}

/* A ClientHello so small that a HelloRetryRequest would be larger: silence, RFC 9147 5.1 */
static void
test_no_amplification(void **state)
{
	/* clang-format off */
	static const uint8_t small[] = {
		22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 85,          /* record */
		1, 0, 0, 73, 0, 0, 0, 0, 0, 0, 0, 73,                   /* handshake */
		0xfe, 0xfd, [59] = 0, 0, 0, 2, 0x13, 1, 1, 0,           /* suite */
		0, 29, 0, 43, 0, 3, 2, 0xfe, 0xfc,                      /* versions */
		0, 10, 0, 4, 0, 2, 0, 23,                               /* groups */
		0, 13, 0, 4, 0, 2, 4, 3,                                /* signatures */
		0, 51, 0, 2, 0, 0, 0xff,                                /* no key share */
	};
	/* clang-format on */
	struct tu_dtls *d = *state;
	uint8_t padded[512] = { 0 };
	size_t n = sizeof(small) - 1, more = 200;

	assert_int_equal(n, 13 + 12 + 73);
	assert_int_equal(answer_to(d, small, n), 0);
	/* the same with padding, RFC 7685 */
	memcpy(padded, small, n);
	padded[n + 1] = 21;
	padded[n + 3] = (uint8_t)more;
	padded[11] = (uint8_t)((85 + 4 + more) >> 8);
	padded[12] = (uint8_t)(85 + 4 + more);
	padded[15] = padded[23] = (uint8_t)((73 + 4 + more) >> 8);
	padded[16] = padded[24] = (uint8_t)(73 + 4 + more);
	padded[67] = (uint8_t)((29 + 4 + more) >> 8);
	padded[68] = (uint8_t)(29 + 4 + more);
	assert_true(answer_to(d, padded, n + 4 + more) > n);
}

/* --- limits */

static void
test_limits(void **state)
{
	static const struct {
		struct brski_dtls_limits l;
		const char *text;
	} t[] = {
		{ { .sessions = 2 }, "more than 2 sessions\"" },
		{ { .sessions_per_address = 2 }, "more than 2 sessions with one address" },
	};
	struct tu_dtls *d = *state;
	size_t i, j;

	for (i = 0; i < 2; i++) {
		struct tu_dtls_client c[3] = { 0 };

		limit(d, t[i].l);
		d->ups = 0;
		for (j = 0; j < 3; j++) {
			tu_dtls_start(d, &c[j], tu_dtls_tls(&d->device, &classical),
			    brski_dtls_server_port(d->server));
			if (j < 2)
				tu_dtls_until(d, &c[j].up);
		}
		tu_dtls_run_ms(d, 1200);
		assert_int_equal(d->ups, 2);
		assert_false(c[2].up);
		logged(d, "rc=E_BUSY");
		logged(d, "RFC 9147 11");
		logged(d, t[i].text);
		/* room again; the client that waits asks again */
		tu_dtls_end(d, &c[0]);
		tu_dtls_until(d, &c[2].up);
		tu_dtls_end(d, &c[1]);
		tu_dtls_end(d, &c[2]);
	}
}

static bool
lose_last(void *arg, bool to_server, unsigned nth, struct brski_slice datagram)
{
	(void)arg;
	(void)datagram;
	return to_server && nth >= 2;
}

/* Full: who takes long to shake hands gives way, then the idle one of who holds the most */
static void
test_room_for_others(void **state)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct tu_dtls *d = *state;
	struct tu_dtls_client lone = { 0 }, slow = { 0 }, c[4] = { 0 };
	size_t i;

	d->limits = (struct brski_dtls_limits){ .sessions = 4, .spared_ms = 300 };
	tu_dtls_serve(d, "[::]:0");
	six.sin6_port = htons((uint16_t)brski_dtls_server_port(d->server));
	tu_dtls_start_at(d, &lone, tu_dtls_tls(&d->device, &classical), (struct sockaddr *)&six,
	    sizeof(six));
	tu_dtls_until(d, &lone.up);
	for (i = 0; i < 2; i++) {
		tu_dtls_start(d, &c[i], tu_dtls_tls(&d->device, &classical), ntohs(six.sin6_port));
		tu_dtls_until_n(d, &d->ups, (unsigned)i + 2);
	}
	d->net.lose = lose_last;
	tu_dtls_start(d, &slow, tu_dtls_tls(&d->device, &classical), d->net.port);
	while (brski_dtls_server_sessions(d->server) < 4)
		tu_dtls_run_ms(d, 5);
	/* nobody has been idle for long enough */
	tu_dtls_start(d, &c[2], tu_dtls_tls(&d->device, &classical), ntohs(six.sin6_port));
	tu_dtls_until_n(d, &d->lines, 1);
	logged(d, "more than 4 sessions\"");
	assert_int_equal(d->ups, 3);
	/* it asks again; the handshake goes, though it began last */
	tu_dtls_run_ms(d, 310);
	tu_dtls_until_n(d, &d->ups, 4);
	assert_int_equal(d->gones, 0);
	/* then the one of the three at 127.0.0.1 that is silent: not the lone one, idle longest */
	tu_dtls_run_ms(d, 310);
	tu_dtls_echo(d, &c[0], "hello");
	tu_dtls_echo(d, &c[2], "hello");
	tu_dtls_start(d, &c[3], tu_dtls_tls(&d->device, &classical), ntohs(six.sin6_port));
	tu_dtls_until_n(d, &d->ups, 5);
	tu_dtls_until(d, &c[1].gone);
	assert_int_equal(d->gones, 1);
	assert_true(!lone.gone && !c[0].gone && !c[2].gone);
	for (i = 0; i < 4; i++)
		tu_dtls_end(d, &c[i]);
	tu_dtls_end(d, &slow);
	tu_dtls_end(d, &lone);
}

/* An address that uses all it has does not end what another one has */
static void
test_room_of_others(void **state)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct tu_dtls *d = *state;
	struct tu_dtls_client lone = { 0 }, c[3] = { 0 };
	size_t i;

	d->limits = (struct brski_dtls_limits){ .sessions = 3, .spared_ms = 400 };
	tu_dtls_serve(d, "[::]:0");
	six.sin6_port = htons((uint16_t)brski_dtls_server_port(d->server));
	tu_dtls_start_at(d, &lone, tu_dtls_tls(&d->device, &classical), (struct sockaddr *)&six,
	    sizeof(six));
	tu_dtls_until(d, &lone.up);
	tu_dtls_run_ms(d, 410);
	for (i = 0; i < 3; i++) {
		tu_dtls_start(d, &c[i], tu_dtls_tls(&d->device, &classical), ntohs(six.sin6_port));
		if (i < 2)
			tu_dtls_until_n(d, &d->ups, (unsigned)i + 2);
	}
	tu_dtls_until_n(d, &d->lines, 1);
	logged(d, "more than 3 sessions\"");
	assert_int_equal(d->gones, 0);
	for (i = 0; i < 3; i++)
		tu_dtls_end(d, &c[i]);
	tu_dtls_end(d, &lone);
}

/* Whoever fails all the time does not fill the log: 32 lines at once, then one a second. */
static void
test_lines(void **state)
{
	struct tu_dtls *d = *state;
	unsigned i, began = (unsigned)time(NULL), spent;

	d->refuse = true;
	for (i = 0; i < 45; i++) {
		struct tu_dtls_client c = { 0 };

		tu_dtls_start(d, &c, tu_dtls_tls(&d->device, &classical), d->net.port);
		tu_dtls_until(d, &c.gone);
		tu_dtls_end(d, &c);
	}
	spent = (unsigned)time(NULL) - began;
	assert_in_range(d->lines, 32, 33 + spent);
}

static void
test_handshake_limit(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };

	limit(d, (struct brski_dtls_limits){ .handshake_ms = 100 });
	d->net.lose = lose_last;
	tu_dtls_start(d, &c, tu_dtls_tls(&d->device, &classical), d->net.port);
	tu_dtls_until_n(d, &d->lines, 1);
	logged(d, "rc=E_SLOW");
	logged(d, "RFC 9147 11");
	logged(d, "handshake not complete after 100 ms");
	assert_int_equal(brski_dtls_server_sessions(d->server), 0);
	tu_dtls_end(d, &c);
	assert_int_equal(d->gones, 0);
}

/* What it takes in full is taken; more is not kept. RFC 9147 11 */
static void
test_handshake_bytes(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };
	uint8_t piece[1024] = { 22, 0xfe, 0xfd };
	unsigned i, sent;

	limit(d, (struct brski_dtls_limits){ .handshake_bytes = 20000 });
	d->net.lose = lose_last;
	tu_dtls_start(d, &c, tu_dtls_tls(&d->device, &only12), d->net.port);
	tu_dtls_until_n(d, &d->net.n[1], 3);
	assert_int_equal(brski_dtls_server_sessions(d->server), 1);
	/* the first kilobyte of 19 certificates of 8 KiB each, and of one more */
	piece[11] = (uint8_t)((sizeof(piece) - 13) >> 8);
	piece[12] = (uint8_t)(sizeof(piece) - 13);
	piece[13] = 11;
	piece[15] = 0x20;
	piece[23] = (uint8_t)((sizeof(piece) - 25) >> 8);
	piece[24] = (uint8_t)(sizeof(piece) - 25);
	for (i = 0, sent = 0; i < 20; i++, sent += sizeof(piece)) {
		piece[10] = (uint8_t)(10 + i);
		piece[18] = (uint8_t)(20 + i);
		assert_int_equal(send(d->net.back, piece, sizeof(piece), 0), sizeof(piece));
		tu_dtls_run_ms(d, 5);
		assert_int_equal(brski_dtls_server_sessions(d->server), sent + 1024 <= 20000);
	}
	logged(d, "rc=E_TOO_LARGE");
	logged(d, "a handshake of more than 20000 bytes");
	assert_int_equal(d->lines, 1);
	tu_dtls_end(d, &c);
	assert_int_equal(d->gones, 0);
}

static void
test_idle_limit(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };
	int i;

	/* far enough from each other for a machine that has other things to do */
	limit(d, (struct brski_dtls_limits){ .idle_ms = 1000 });
	let_in(d, &c, &d->device, &classical);
	for (i = 0; i < 5; i++) {
		tu_dtls_echo(d, &c, "hello");
		tu_dtls_run_ms(d, 250);
	}
	assert_int_equal(d->gones, 0);
	/* it says good-bye */
	tu_dtls_until(d, &c.gone);
	assert_int_equal(d->gones, 1);
	assert_int_equal(c.err.rc, BRSKI_OK);
	assert_int_equal(d->lines, 0);
	tu_dtls_end(d, &c);
}

static void
test_nobody(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };
	unsigned port = brski_dtls_server_port(d->server);

	/* all is lost */
	d->net.lose = lose_all;
	c = (struct tu_dtls_client){ .connect_ms = 100 };
	tu_dtls_start(d, &c, tu_dtls_tls(&d->device, NULL), d->net.port);
	tu_dtls_until(d, &c.gone);
	assert_broken(c.err.rc, BRSKI_E_UNAVAILABLE, &c.err);
	tu_dtls_end(d, &c);
	/* there is time for a handshake, and nobody begins one */
	c = (struct tu_dtls_client){ .silent_ms = 100 };
	tu_dtls_start(d, &c, tu_dtls_tls(&d->device, NULL), d->net.port);
	tu_dtls_until(d, &c.gone);
	assert_broken(c.err.rc, BRSKI_E_UNAVAILABLE, &c.err);
	tu_dtls_end(d, &c);
	/* the network says that nobody listens */
	brski_dtls_server_free(d->server);
	d->server = NULL;
	c = (struct tu_dtls_client){ 0 };
	tu_dtls_start(d, &c, tu_dtls_tls(&d->device, NULL), port);
	tu_dtls_until(d, &c.gone);
	assert_broken(c.err.rc, BRSKI_E_UNAVAILABLE, &c.err);
	tu_dtls_end(d, &c);
}

/* Send n records that say they belong to the session, and do not. */
static void
forge(struct tu_dtls *d, bool v12, unsigned n)
{
	uint8_t b[64] = { 0x2f, 0x55, 0x55, 0, 59 };
	unsigned i;

	if (v12)
		memcpy(b, (const uint8_t[13]){ 23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 1, 0, 0, 51 }, 13);
	for (i = 0; i < n; i++) {
		b[v12 ? 10 : 1] = (uint8_t)(100 + i);
		assert_int_equal(send(d->net.back, b, sizeof(b), 0), sizeof(b));
		if (i % 16 == 0)
			tu_dtls_run_ms(d, 2);
	}
	tu_dtls_run_ms(d, 20);
}

/* A client that is there, while somebody forges records in its name; is its session alive? */
static bool
survives(struct tu_dtls *d, bool v12, const char *suite, unsigned n)
{
	const struct foreign f = { .v12 = v12, .suite = suite, .stay = true };
	unsigned gones = d->gones;
	bool alive;
	pid_t pid;

	pid = foreign_start(d, &f);
	tu_dtls_until_n(d, &d->inputs, 1);
	forge(d, v12, n);
	alive = d->gones == gones;
	if (alive)
		brski_dtls_close(d->seen[(d->ups - 1) % 64].session);
	assert_int_equal(foreign_end(d, pid), 0);
	tu_dtls_until_n(d, &d->gones, gones + 1);
	d->inputs = 0;
	return alive;
}

/* RFC 9147 4.5.3: a short tag is not there to be guessed at for long; a long one is */
static void
test_guesses(void **state)
{
	struct tu_dtls *d = *state;

	limit(d, (struct brski_dtls_limits){ .bad_records = 20 });
	assert_true(survives(d, true, "ECDHE-ECDSA-AES128-CCM-8", 15));
	assert_int_equal(d->lines, 0);
	assert_false(survives(d, true, "ECDHE-ECDSA-AES128-CCM-8", 40));
	logged(d, "RFC 9147 4.5.3");
	assert_true(survives(d, true, "ECDHE-ECDSA-AES128-GCM-SHA256", 40));
	assert_false(survives(d, false, "TLS13-AES128-CCM-8-SHA256", 40));
	assert_true(survives(d, false, "TLS13-AES128-CCM-SHA256", 40));
}

/* --- the application's wishes */

static void
test_closing(void **state)
{
	struct tu_dtls *d = *state;
	size_t v;

	for (v = 0; v < 2; v++) {
		struct tu_dtls_client c = { 0 };

		/* from within input() */
		d->close_on_input = true;
		let_in(d, &c, &d->device, versions[v]);
		c.inputs = 0;
		assert_int_equal(brski_dtls_send(c.session, BRSKI_LIT("hello"), NULL), BRSKI_OK);
		tu_dtls_until(d, &c.gone);
		assert_int_equal(c.err.rc, BRSKI_OK);
		assert_int_equal(d->gones, v + 1);
		d->close_on_input = false;
		tu_dtls_end(d, &c);
	}
	assert_int_equal(d->lines, 0);
}

static void
test_unwanted(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };

	d->refuse = true;
	tu_dtls_connect(d, &c, tu_dtls_tls(&d->device, NULL));
	tu_dtls_until(d, &c.gone);
	assert_int_equal(d->gones, 0);
	assert_int_equal(brski_dtls_server_sessions(d->server), 0);
	logged(d, "rc=E_NOMEM");
	tu_dtls_end(d, &c);
}

static void
test_listen(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", "localhost:1", "127.0.0.1:x",
		"127.0.0.1:65536", "unix:/x", "[::1:5684" };
	struct tu_dtls *d = *state;
	struct brski_dtls_server_conf conf = { .tls = d->tls };
	struct brski_dtls_server *s;
	struct brski_err err = { 0 };
	char taken[32];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		conf.listen = bad[i];
		assert_refused(brski_dtls_server_new(d->loop, &conf, &s, &err), BRSKI_E_CONFIG,
		    &err);
		assert_null(s);
	}
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", brski_dtls_server_port(d->server));
	conf.listen = taken;
	assert_broken(brski_dtls_server_new(d->loop, &conf, &s, &err), BRSKI_E_IO, &err);
}

#define DTLS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DTLS_TEST(test_versions),
		DTLS_TEST(test_one_version),
		DTLS_TEST(test_any_chain),
		DTLS_TEST(test_server_key),
		DTLS_TEST(test_possession),
		DTLS_TEST(test_big_certificate),
		DTLS_TEST(test_suites),
		DTLS_TEST(test_clients),
		DTLS_TEST(test_max_fragment),
		DTLS_TEST(test_large_record),
		DTLS_TEST(test_loss),
		DTLS_TEST(test_duplicates),
		DTLS_TEST(test_many),
		DTLS_TEST(test_addresses),
		DTLS_TEST(test_replaced),
		DTLS_TEST(test_reload),
		DTLS_TEST(test_strangers),
		DTLS_TEST(test_no_amplification),
		DTLS_TEST(test_limits),
		DTLS_TEST(test_room_for_others),
		DTLS_TEST(test_room_of_others),
		DTLS_TEST(test_lines),
		DTLS_TEST(test_handshake_limit),
		DTLS_TEST(test_handshake_bytes),
		DTLS_TEST(test_idle_limit),
		DTLS_TEST(test_nobody),
		DTLS_TEST(test_guesses),
		DTLS_TEST(test_closing),
		DTLS_TEST(test_unwanted),
		DTLS_TEST(test_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
