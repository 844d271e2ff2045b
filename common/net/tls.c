/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/error-ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include "net/tls.h"
#include "net/tls_key.h"

#if !defined(MAX_X509_SIZE) || !defined(HAVE_KEYING_MATERIAL)
#error wolfSSL was built without what build-aux/deps.sh asks for
#endif

/* RFC 9266 3 */
#define BINDING_LABEL "EXPORTER-Channel-Binding"

/* AEAD with forward secrecy only; RSA certificates are for foreign MASAs. */
static const char suites[] =
    "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";

/* cBRSKI 6.1, RFC 9148 3; the short tags last */
static const char datagram_suites[] =
    "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:"
    "TLS13-AES128-CCM-SHA256:TLS13-AES128-CCM-8-SHA256:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-CCM-8";

struct brski_tls {
	unsigned refs;
	bool server, verifies;
	int device;
	struct brski_certs chain;
	struct brski_tls_staple staple;
	WOLFSSL_CTX *ctx;
};

#if defined(HAVE_CERTIFICATE_STATUS_REQUEST) && !defined(NO_WOLFSSL_SERVER)
/* The client has asked. The session frees the copy. */
static int
give_staple(WOLFSSL *ssl, void *arg)
{
	const struct brski_tls *t = arg;
	struct brski_slice answer = t->staple.answer(t->staple.arg, &t->chain.v[0]);
	unsigned char *copy;

	if (answer.n == 0 || (copy = XMALLOC(answer.n, NULL, DYNAMIC_TYPE_OCSP)) == NULL)
		return WOLFSSL_OCSP_STATUS_CB_NOACK;
	memcpy(copy, answer.p, answer.n);
	if (wolfSSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)answer.n) == WOLFSSL_SUCCESS)
		return WOLFSSL_OCSP_STATUS_CB_OK;
	XFREE(copy, NULL, DYNAMIC_TYPE_OCSP);
	return WOLFSSL_OCSP_STATUS_CB_NOACK;
}

static enum brski_rc
use_staple(struct brski_tls *t, const struct brski_tls_conf *conf, struct brski_err *err)
{
	if (!conf->server || conf->staple.answer == NULL || t->chain.n == 0)
		return BRSKI_OK;
	t->staple = conf->staple;
	if (wolfSSL_CTX_EnableOCSPStapling(t->ctx) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_set_tlsext_status_cb(t->ctx, give_staple) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_set_tlsext_status_arg(t->ctx, t) != WOLFSSL_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS stapling");
	return BRSKI_OK;
}

bool
brski_tls_can_staple(void)
{
	return true;
}
#else
static enum brski_rc
use_staple(struct brski_tls *t, const struct brski_tls_conf *conf, struct brski_err *err)
{
	(void)t;
	(void)conf;
	(void)err;
	return BRSKI_OK;
}

bool
brski_tls_can_staple(void)
{
	return false;
}
#endif

/*
 * wolfSSL keeps a peer's chain in slots of MAX_X509_SIZE bytes, MAX_CHAIN_DEPTH of them, and drops
 * what does not fit without a word. A chain with holes must not be judged.
 */
static int
chain_fits(const WOLFSSL_X509_STORE_CTX *store)
{
	int i;

	for (i = 0; i < store->totalCerts; i++)
		if (store->certs[i].length >= MAX_X509_SIZE)
			return BUFFER_E;
	return store->error == MAX_CHAIN_ERROR ? store->error : 0;
}

static int
judge(WOLFSSL_X509_STORE_CTX *store, int error)
{
	struct brski_tls_verdict *v = store->userCtx;

	if (error == 0)
		return 1;
	if (v->error == 0)
		v->error = error;
	return 0;
}

/*
 * Servers and provisional clients: any chain that we can keep. The operation judges it.
 *
 * wolfSSL comes here for each certificate, the end entity last. Told to go on, it would verify the
 * next signature, which we do ourselves, and put each CA into the context for good: a leak that
 * anybody on the network could feed, and trust that nobody gave. So for the rest of the chain it
 * verifies nothing, and from the end entity on it is itself again, before the peer proves that it
 * has the key. brski_tls_peer() makes sure of that.
 */
static int
accept_any(int ok, WOLFSSL_X509_STORE_CTX *store)
{
	struct brski_tls_verdict *v = store->userCtx;
	int accepted = judge(store, chain_fits(store));

	(void)ok;
	wolfSSL_set_verify(v->ssl,
	    accepted && store->error_depth > 0 ? WOLFSSL_VERIFY_NONE : WOLFSSL_VERIFY_PEER,
	    accept_any);
	return accepted;
}

static int
accept_verified(int ok, WOLFSSL_X509_STORE_CTX *store)
{
	int error = chain_fits(store);

	if (error == 0 && !ok)
		error = store->error != 0 ? store->error : VERIFY_CERT_ERROR;
	return judge(store, error);
}

static enum brski_rc
use_chain(WOLFSSL_CTX *ctx, const struct brski_certs *chain, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CHAIN_MAX * BRSKI_CERT_MAX };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < chain->n && rc == BRSKI_OK; i++)
		rc = brski_buf_append(&der, chain->v[i].der, err);
	if (rc == BRSKI_OK &&
	    wolfSSL_CTX_use_certificate_chain_buffer_format(ctx, der.p, (long)der.n,
	        WOLFSSL_FILETYPE_ASN1) != WOLFSSL_SUCCESS)
		rc = brski_broken(err, BRSKI_E_INTERNAL,
		    "TLS does not take this chain of %zu certificates", chain->n);
	brski_buf_clear(&der);
	return rc;
}

/* An anchor is taken as it is, whatever its dates say. RFC 5280 6.1.1 (d) */
static enum brski_rc
use_anchors(WOLFSSL_CTX *ctx, const struct brski_certs *anchors, struct brski_err *err)
{
	size_t i;

	for (i = 0; i < anchors->n; i++)
		if (wolfSSL_CTX_load_verify_buffer_ex(ctx, anchors->v[i].der.p,
		        (long)anchors->v[i].der.n, WOLFSSL_FILETYPE_ASN1, 0,
		        WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY) != WOLFSSL_SUCCESS)
			return brski_broken(err, BRSKI_E_INTERNAL, "TLS trust anchor %zu", i);
	return BRSKI_OK;
}

static void
set_verify(WOLFSSL_CTX *ctx, const struct brski_tls_conf *conf)
{
	if (conf->server && !conf->ask_client)
		wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL);
	else
		wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER,
		    conf->anchors != NULL ? accept_verified : accept_any);
}

static WOLFSSL_METHOD *
datagram_method(const struct brski_tls_conf *conf)
{
	if (conf->tls12_only)
		return conf->server ? wolfDTLSv1_2_server_method() : wolfDTLSv1_2_client_method();
	if (!conf->server)
		return wolfDTLSv1_3_client_method();
	return conf->dtls13_only ? wolfDTLSv1_3_server_method() : wolfDTLS_server_method();
}

static WOLFSSL_METHOD *
method(const struct brski_tls_conf *conf)
{
	if (conf->datagram)
		return datagram_method(conf);
	if (conf->tls12_only)
		return conf->server ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method();
	return conf->server ? wolfTLS_server_method() : wolfTLS_client_method();
}

/* Versions, suites, groups, sizes. */
static enum brski_rc
set_parameters(WOLFSSL_CTX *ctx, const struct brski_tls_conf *conf, struct brski_err *err)
{
	int classical[] = { WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_X25519 };
	int oldest = conf->datagram ? WOLFSSL_DTLSV1_2 : WOLFSSL_TLSV1_2;

	if (wolfSSL_CTX_SetMinVersion(ctx, conf->dtls13_only ? WOLFSSL_DTLSV1_3 : oldest) !=
	        WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_set_cipher_list(ctx, conf->datagram ? datagram_suites : suites) !=
	        WOLFSSL_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS versions and suites");
	if (conf->classical && wolfSSL_CTX_set_groups(ctx, classical, 2) != WOLFSSL_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS groups");
	/* cBRSKI 6.1; 1.3 has record_size_limit for this, which wolfSSL lacks */
	if (conf->datagram && !conf->server && conf->tls12_only &&
	    wolfSSL_CTX_UseMaxFragment(ctx, WOLFSSL_MFL_2_10) != WOLFSSL_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS max_fragment_length");
	return BRSKI_OK;
}

static enum brski_rc
set_up(struct brski_tls *t, const struct brski_tls_conf *conf, struct brski_err *err)
{
	WOLFSSL_CTX *ctx = t->ctx;
	enum brski_rc rc;

	if ((rc = set_parameters(ctx, conf, err)) != BRSKI_OK)
		return rc;
	wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
	/* false where there are no tickets to begin with */
	(void)wolfSSL_CTX_no_ticket_TLSv13(ctx);
	/* a flight leaves in one piece: five packets less per handshake */
	(void)wolfSSL_CTX_set_group_messages(ctx);
	set_verify(ctx, conf);
	if (conf->anchors != NULL && (rc = use_anchors(ctx, conf->anchors, err)) != BRSKI_OK)
		return rc;
	if (conf->key == NULL)
		return BRSKI_OK;
	if ((rc = use_chain(ctx, &t->chain, err)) != BRSKI_OK ||
	    (rc = use_staple(t, conf, err)) != BRSKI_OK)
		return rc;
	return brski_tls_key_use(ctx, conf->key, &t->device, err);
}

enum brski_rc
brski_tls_new(const struct brski_tls_conf *conf, struct brski_tls **out, struct brski_err *err)
{
	struct brski_tls *t;
	enum brski_rc rc;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "TLS context");
	t->refs = 1;
	t->device = INVALID_DEVID;
	t->server = conf->server;
	t->verifies = !conf->server && conf->anchors != NULL;
	if (wolfSSL_Init() != WOLFSSL_SUCCESS) {
		free(t);
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS library");
	}
	if ((t->ctx = wolfSSL_CTX_new(method(conf))) == NULL)
		rc = brski_broken(err, BRSKI_E_NOMEM, "TLS context");
	else if (conf->chain == NULL || conf->key == NULL ||
	    (rc = brski_certs_copy(&t->chain, conf->chain, err)) == BRSKI_OK)
		rc = set_up(t, conf, err);
	if (rc != BRSKI_OK) {
		brski_tls_unref(t);
		return rc;
	}
	*out = t;
	return BRSKI_OK;
}

struct brski_tls *
brski_tls_ref(struct brski_tls *t)
{
	t->refs++;
	return t;
}

void
brski_tls_unref(struct brski_tls *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	if (t->ctx != NULL)
		wolfSSL_CTX_free(t->ctx);
	brski_tls_key_remove(t->device);
	brski_certs_clear(&t->chain);
	free(t);
	wolfSSL_Cleanup();
}

const struct brski_certs *
brski_tls_chain(const struct brski_tls *t)
{
	return &t->chain;
}

bool
brski_tls_is_server(const struct brski_tls *t)
{
	return t->server;
}

bool
brski_tls_verifies(const struct brski_tls *t)
{
	return t->verifies;
}

struct WOLFSSL *
brski_tls_session(struct brski_tls *t, struct brski_tls_verdict *verdict)
{
	WOLFSSL *ssl;

	if ((ssl = wolfSSL_new(t->ctx)) == NULL)
		return NULL;
	verdict->ssl = ssl;
	wolfSSL_SetCertCbCtx(ssl, verdict);
	/* the exporter needs them after the handshake */
	wolfSSL_KeepArrays(ssl);
	return ssl;
}

void
brski_tls_session_free(struct WOLFSSL *ssl)
{
	if (ssl != NULL)
		wolfSSL_free(ssl);
}

void
brski_tls_settled(struct WOLFSSL *ssl)
{
	wolfSSL_FreeArrays(ssl);
}

enum brski_rc
brski_tls_failure(const struct brski_tls_verdict *v, struct brski_err *err)
{
	int error = v->error != 0 ? v->error : wolfSSL_get_error(v->ssl, -1);
	char why[WOLFSSL_MAX_ERROR_SZ];

	wolfSSL_ERR_error_string_n((unsigned long)error, why, sizeof(why));
	if (v->error != 0)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 8446 4.4.2.4",
		    "the peer's certificate: %s", why);
	return brski_broken(err, BRSKI_E_UNAVAILABLE, "TLS handshake: %s", why);
}

static enum brski_rc
read_chain(WOLFSSL *ssl, struct brski_certs *out, struct brski_err *err)
{
	WOLFSSL_X509_CHAIN *chain = wolfSSL_get_peer_chain(ssl);
	struct brski_err why = { 0 };
	int i, n = chain != NULL ? wolfSSL_get_chain_count(chain) : 0;

	if (n > 0 && wolfSSL_get_verify_mode(ssl) != WOLFSSL_VERIFY_PEER)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS did not ask for proof of the key");
	for (i = 0; i < n; i++) {
		struct brski_slice der = brski_slice(wolfSSL_get_chain_cert(chain, i),
		    (size_t)wolfSSL_get_chain_length(chain, i));

		if (brski_certs_add(out, der, &why) != BRSKI_OK)
			return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.1",
			    "certificate %d of the peer's chain: %s", i, why.detail);
	}
	return BRSKI_OK;
}

enum brski_rc
brski_tls_peer(struct WOLFSSL *ssl, struct brski_peer *out, struct brski_err *err)
{
	struct brski_certs chain = { .max = BRSKI_CHAIN_MAX };
	enum brski_rc rc;

	if ((rc = read_chain(ssl, &chain, err)) != BRSKI_OK) {
		brski_certs_clear(&chain);
		return rc;
	}
	brski_certs_clear(&out->chain);
	out->chain = chain;
	snprintf(out->tls_version, sizeof(out->tls_version), "%s", wolfSSL_get_version(ssl));
	/*
	 * RFC 9266 3: not without the extended master secret, which 1.3 has always. wolfSSL does
	 * not say whether a session of 1.2 has it, so those have no binding.
	 */
	out->has_binding = strstr(out->tls_version, "v1.3") != NULL &&
	    wolfSSL_export_keying_material(ssl, out->binding, sizeof(out->binding), BINDING_LABEL,
	        sizeof(BINDING_LABEL) - 1, NULL, 0, 0) == WOLFSSL_SUCCESS;
	return BRSKI_OK;
}
