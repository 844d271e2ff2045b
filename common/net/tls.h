/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS by wolfSSL: contexts, keys behind handles (a crypto callback device per key), one function
 * that reads the peer. Servers and provisional clients accept every chain after proof of
 * possession; the operation judges. TLS 1.2 and 1.3, no tickets, no session cache, no
 * renegotiation, no anonymous or NULL suites.
 */
#ifndef BRSKI_TLS_H
#define BRSKI_TLS_H

#include "crypto/cert.h"
#include "crypto/key.h"
#include "net/exchange.h"

struct WOLFSSL;
struct WOLFSSL_CTX;

struct brski_tls_conf {
	bool server;
	/* borrowed as long as the context lives; NULL: no certificate is presented */
	const struct brski_key *key;
	const struct brski_certs *chain; /* copied; end entity first */
	/* clients: TLS verifies against these, and the host name. NULL: provisional */
	const struct brski_certs *anchors;
	/* servers: request a client certificate (never required by TLS) */
	bool ask_client;
	bool tls12_only; /* tests */
};

struct brski_tls;
enum brski_rc brski_tls_new(const struct brski_tls_conf *conf, struct brski_tls **out,
    struct brski_err *err);
/* Reference counted: connections keep their context over a reload. */
struct brski_tls *brski_tls_ref(struct brski_tls *t);
void brski_tls_unref(struct brski_tls *t);
struct WOLFSSL_CTX *brski_tls_ctx(struct brski_tls *t);
const struct brski_certs *brski_tls_chain(const struct brski_tls *t);
/* Put the settings of t into a context that somebody else made (libcurl). */
enum brski_rc brski_tls_apply(const struct brski_tls *t, struct WOLFSSL_CTX *ctx,
    struct brski_err *err);

/*
 * Read version, channel binding and the peer's chain of an established connection into *out (chain
 * and binding only; the rest is left alone). E_CERTIFICATE: a certificate is missing in the chain
 * that the library kept (too large: MAX_X509_SIZE) or cannot be decoded.
 */
enum brski_rc brski_tls_peer(struct WOLFSSL *ssl, struct brski_peer *out, struct brski_err *err);

#endif
