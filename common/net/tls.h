/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS by wolfSSL: contexts, keys behind handles (a crypto callback device), one function that
 * reads the peer. Servers and provisional clients accept every chain after proof of
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

/* Where a server gets the OCSP answer that it staples, RFC 6066 8, RFC 8446 4.4.2.1. */
struct brski_tls_staple {
	/* About own, DER, borrowed until the next call; absent: there is none. */
	struct brski_slice (*answer)(void *arg, const struct brski_cert *own);
	void *arg; /* outlives the context and its connections */
};

struct brski_tls_conf {
	bool server;
	/* borrowed as long as the context lives; NULL: no certificate is presented */
	const struct brski_key *key;
	const struct brski_certs *chain; /* copied; end entity first */
	/* clients: TLS verifies against these, and the host name. NULL: provisional */
	const struct brski_certs *anchors;
	/* servers: request a client certificate (never required by TLS) */
	bool ask_client;
	/* servers: asked in each handshake whose client wants to know; answer NULL: never */
	struct brski_tls_staple staple;
	bool tls12_only; /* tests */
	bool datagram;   /* DTLS: net/dtls.h */
	/* DTLS servers: 1.3 only; else 1.2 too. A client that can 1.3 offers nothing older. */
	bool dtls13_only;
	bool classical; /* clients: no hybrid key share: two datagrams less, constrained links */
};

struct brski_tls;
enum brski_rc brski_tls_new(const struct brski_tls_conf *conf, struct brski_tls **out,
    struct brski_err *err);
/* Reference counted: connections keep their context over a reload. */
struct brski_tls *brski_tls_ref(struct brski_tls *t);
void brski_tls_unref(struct brski_tls *t);
const struct brski_certs *brski_tls_chain(const struct brski_tls *t);
/* Is stapling built into the TLS library? */
bool brski_tls_can_staple(void);

/* What the handshake says about the peer's certificates. Its owner zeroes it. */
struct brski_tls_verdict {
	struct WOLFSSL *ssl;
	int error; /* wolfSSL's, for the first one that was refused; 0: none */
};

/* A new connection. verdict is borrowed as long as it lives. NULL without memory. */
struct WOLFSSL *brski_tls_session(struct brski_tls *t, struct brski_tls_verdict *verdict);
void brski_tls_session_free(struct WOLFSSL *ssl); /* NULL is fine */
/* Why the handshake failed. E_CERTIFICATE: a certificate was refused. */
enum brski_rc brski_tls_failure(const struct brski_tls_verdict *v, struct brski_err *err);
/* brski_tls_peer() has been called: free what only the handshake and that needed. */
void brski_tls_settled(struct WOLFSSL *ssl);
bool brski_tls_is_server(const struct brski_tls *t);
/* A client that knows whom it expects; else provisional, or a server. */
bool brski_tls_verifies(const struct brski_tls *t);

/*
 * Read version, channel binding and the peer's chain of an established connection into *out (the
 * rest is left alone). Once, before brski_tls_settled(). E_CERTIFICATE: one that cannot be decoded.
 * Too large a certificate (MAX_X509_SIZE) or too long a chain already ended the handshake.
 */
enum brski_rc brski_tls_peer(struct WOLFSSL *ssl, struct brski_peer *out, struct brski_err *err);

#endif
