/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the arithmetic alone costs on this machine, as name=value lines in microseconds of CPU: the
 * floor that an onboarding stands on. wolfCrypt is called directly for the four primitives; the
 * handshake is one mutual TLS 1.3 accept with the product's own contexts, client and server in one
 * process over memory, only the server's turns counted.
 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/text.h"
#include "crypto/issue.h"
#include "net/tls.h"

#define ROUNDS     2000
#define HANDSHAKES 300
#define WIRE_BYTES 65536

static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "primitives: %s failed\n", what);
		exit(1);
	}
}

static void
report(const char *name, double from, int rounds)
{
	(void)printf("%s=%.1f\n", name, (cpu_us() - from) / rounds);
}

static void
arithmetic(void)
{
	WC_RNG rng;
	ecc_key a, b, k;
	byte digest[32], sig[128], secret[32];
	word32 sig_n = 0, n;
	int ok = 0;
	double from;

	brski_random(digest, sizeof(digest));
	must(wc_InitRng(&rng) == 0 && wc_ecc_init(&a) == 0 && wc_ecc_init(&b) == 0, "init");
	must(wc_ecc_make_key(&rng, 32, &a) == 0 && wc_ecc_make_key(&rng, 32, &b) == 0, "keygen");
	(void)wc_ecc_set_rng(&a, &rng);
	from = cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		sig_n = sizeof(sig);
		must(wc_ecc_sign_hash(digest, sizeof(digest), sig, &sig_n, &rng, &a) == 0, "sign");
	}
	report("sign_us", from, ROUNDS);
	from = cpu_us();
	for (int i = 0; i < ROUNDS; i++)
		must(wc_ecc_verify_hash(sig, sig_n, digest, sizeof(digest), &ok, &a) == 0 && ok,
		    "verify");
	report("verify_us", from, ROUNDS);
	from = cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		n = sizeof(secret);
		must(wc_ecc_shared_secret(&a, &b, secret, &n) == 0, "ecdh");
	}
	report("ecdh_us", from, ROUNDS);
	from = cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		must(wc_ecc_init(&k) == 0 && wc_ecc_make_key(&rng, 32, &k) == 0, "keygen");
		wc_ecc_free(&k);
	}
	report("keygen_us", from, ROUNDS);
	wc_ecc_free(&a);
	wc_ecc_free(&b);
	wc_FreeRng(&rng);
}

struct identity {
	struct brski_key key;
	struct brski_certs chain;
};

static void
make(struct identity *id, const char *cn, const struct identity *issuer)
{
	struct brski_attr attr = { BRSKI_OID_CN, brski_slice_str(cn) };
	struct brski_buf name = { 0 }, der = { 0 };
	struct brski_cert_facts f = { .not_before = 1577836800,
		.not_after = BRSKI_TIME_FOREVER,
		.basic_constraints = true,
		.ca = issuer == NULL,
		.path_len = -1,
		.ski = true,
		.aki = issuer != NULL };

	must(brski_key_generate(BRSKI_KEY_P256, &id->key, NULL) == BRSKI_OK &&
	        brski_name_encode(&attr, 1, &name, NULL) == BRSKI_OK,
	    "key and name");
	brski_cert_serial_random(&f);
	f.subject = brski_buf_slice(&name);
	f.spki = brski_key_spki(&id->key);
	must(brski_cert_issue(&f, issuer != NULL ? &issuer->chain.v[0] : NULL,
	         issuer != NULL ? &issuer->key : &id->key, &der, NULL) == BRSKI_OK &&
	        brski_certs_add(&id->chain, brski_buf_slice(&der), NULL) == BRSKI_OK,
	    "certificate");
	if (issuer != NULL)
		must(brski_certs_add(&id->chain, issuer->chain.v[0].der, NULL) == BRSKI_OK,
		    "chain");
	brski_buf_clear(&name);
	brski_buf_clear(&der);
}

/* One direction of the wire. */
struct pipe {
	char bytes[WIRE_BYTES];
	int from, to;
};
struct end {
	struct pipe *in, *out;
};

static int
take(WOLFSSL *ssl, char *p, int n, void *arg)
{
	struct pipe *in = ((struct end *)arg)->in;

	(void)ssl;
	if (in->from == in->to)
		return WOLFSSL_CBIO_ERR_WANT_READ;
	if (n > in->to - in->from)
		n = in->to - in->from;
	memcpy(p, in->bytes + in->from, (size_t)n);
	in->from += n;
	return n;
}

static int
give(WOLFSSL *ssl, char *p, int n, void *arg)
{
	struct pipe *out = ((struct end *)arg)->out;

	(void)ssl;
	if (n > WIRE_BYTES - out->to)
		return WOLFSSL_CBIO_ERR_GENERAL;
	memcpy(out->bytes + out->to, p, (size_t)n);
	out->to += n;
	return n;
}

static WOLFSSL *
open_end(struct brski_tls *tls, struct end *e)
{
	static struct brski_tls_verdict verdict; /* who a client is is not judged here */
	WOLFSSL *ssl = brski_tls_session(tls, &verdict);

	must(ssl != NULL, "session");
	wolfSSL_SSLSetIORecv(ssl, take);
	wolfSSL_SSLSetIOSend(ssl, give);
	wolfSSL_SetIOReadCtx(ssl, e);
	wolfSSL_SetIOWriteCtx(ssl, e);
	return ssl;
}

/* CPU of the accepting side of one handshake. */
static double
handshake(struct brski_tls *server, struct brski_tls *client)
{
	static struct pipe up, down;
	struct end s = { &up, &down }, c = { &down, &up };
	double from, spent = 0;
	int accepted = 0, connected = 0;
	WOLFSSL *a, *b;

	up.from = up.to = down.from = down.to = 0;
	b = open_end(client, &c);
	from = cpu_us();
	a = open_end(server, &s);
	spent += cpu_us() - from;
	for (int turn = 0; turn < 20 && !(accepted && connected); turn++) {
		connected = connected || wolfSSL_connect(b) == WOLFSSL_SUCCESS;
		from = cpu_us();
		accepted = accepted || wolfSSL_accept(a) == WOLFSSL_SUCCESS;
		spent += cpu_us() - from;
	}
	must(accepted && connected, "handshake");
	from = cpu_us();
	brski_tls_session_free(a);
	spent += cpu_us() - from;
	brski_tls_session_free(b);
	return spent;
}

int
main(void)
{
	static struct identity ca, registrar, pledge;
	static const struct brski_tls_conf accepts = { .server = true,
		.key = &registrar.key,
		.chain = &registrar.chain,
		.ask_client = true };
	static const struct brski_tls_conf connects = { .key = &pledge.key,
		.chain = &pledge.chain };
	struct brski_tls *server, *client;
	double sum = 0;

	arithmetic();
	make(&ca, "CA", NULL);
	make(&registrar, "registrar", &ca);
	make(&pledge, "pledge", &ca);
	must(brski_tls_new(&accepts, &server, NULL) == BRSKI_OK, "server context");
	must(brski_tls_new(&connects, &client, NULL) == BRSKI_OK, "client context");
	(void)handshake(server, client);
	for (int i = 0; i < HANDSHAKES; i++)
		sum += handshake(server, client);
	(void)printf("handshake_us=%.1f\n", sum / HANDSHAKES);
	brski_tls_unref(server);
	brski_tls_unref(client);
	return 0;
}
