/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include "base/text.h"
#include "embed/port.h"
#include "pledge/coap_call.h"

#define DATAGRAM 1024  /* cBRSKI 6.2.2 */
#define DER_MAX  256   /* a P-256 key, public or private */
#define SHAKE_MS 60000 /* a handshake, whatever keeps coming */

/* A key pair: in RAM here, in a secure element in a product. */
struct own {
	ecc_key ec;
	struct brski_key handle;
};

struct brski_heap *embed_heap; /* see user_settings.h */
static WC_RNG rng;
/* keys of LDevIDs: the one in use, the next one */
static struct own idevid_own, ldevid_own[2];
static unsigned in_use;
static struct brski_certs idevid, anchors, server;
static struct brski_coap_client coap;
static uint8_t datagram[BRSKI_COAP_DATAGRAM_MAX];
static WOLFSSL_CTX *ctx;
static WOLFSSL *ssl;

static void
random_bytes(void *arg, void *p, size_t n)
{
	(void)arg;
	if (wc_RNG_GenerateBlock(&rng, p, (word32)n) != 0)
		__builtin_trap();
}

/* Keys. */

static enum brski_rc
sign(void *arg, struct brski_slice in, struct brski_buf *sig, struct brski_err *err)
{
	uint8_t out[ECC_MAX_SIG_SIZE];
	word32 n = sizeof(out);
	struct own *own = arg;

	if (wc_ecc_sign_hash(in.p, (word32)in.n, out, &n, &rng, &own->ec) != 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "cannot sign");
	return brski_buf_append(sig, brski_slice(out, n), err);
}

static enum brski_rc
publish(struct own *own, struct brski_err *err)
{
	static const struct brski_key_ops ops = { .sign = sign };
	uint8_t spki[DER_MAX];
	int n = wc_EccPublicKeyToDer(&own->ec, spki, sizeof(spki), 1);

	if (n <= 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "no public key");
	return brski_key_init(&own->handle, &ops, own, brski_slice(spki, (size_t)n), err);
}

static struct own *
own_of(enum pledge_item which)
{
	return &ldevid_own[which == PLEDGE_ITEM_KEY ? in_use : 1 - in_use];
}

static void
drop(struct own *own)
{
	if (own->handle.ops != NULL)
		wc_ecc_free(&own->ec);
	own->handle.ops = NULL;
}

static enum brski_rc
ldevid_key(void *arg, enum pledge_item which, enum brski_key_type fresh,
    const struct brski_key **out, struct brski_err *err)
{
	struct own *own = own_of(which);

	(void)arg;
	*out = &own->handle;
	if (fresh == BRSKI_KEY_NONE)
		return own->handle.ops != NULL ? BRSKI_OK : BRSKI_E_NOT_FOUND;
	drop(own);
	if (fresh != BRSKI_KEY_P256 || wc_ecc_init(&own->ec) != 0 ||
	    wc_ecc_make_key(&rng, 32, &own->ec) != 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "no key made");
	return publish(own, err);
}

static enum brski_rc
adopt_key(void *arg, struct brski_err *err)
{
	(void)arg;
	(void)err;
	if (own_of(PLEDGE_ITEM_NEXT_KEY)->handle.ops == NULL)
		return BRSKI_E_NOT_FOUND;
	drop(own_of(PLEDGE_ITEM_KEY));
	in_use = 1 - in_use;
	return BRSKI_OK;
}

/* Keys are ours, all else is the board's. */
static enum brski_rc
save(void *arg, enum pledge_item item, struct brski_slice bytes, struct brski_err *err)
{
	if (item != PLEDGE_ITEM_KEY && item != PLEDGE_ITEM_NEXT_KEY)
		return board_save(arg, item, bytes, err);
	drop(own_of(item));
	return BRSKI_OK;
}

/* CoAP over DTLS. */

static int
dtls_recv(WOLFSSL *s, char *p, int n, void *arg)
{
	int got = board_recv(p, (size_t)n);

	(void)s;
	(void)arg;
	return got > 0 ? got : WOLFSSL_CBIO_ERR_WANT_READ;
}

static int
dtls_send(WOLFSSL *s, char *p, int n, void *arg)
{
	(void)s;
	(void)arg;
	board_send(p, (size_t)n);
	return n;
}

/* Whoever it is: libpledge judges the chain before a byte of a request leaves. RFC 8995 5.1. */
static int
see_chain(int ok, WOLFSSL_X509_STORE_CTX *store)
{
	int i;

	brski_certs_clear(&server);
	for (i = 0, ok = 1; i < store->totalCerts && ok; i++)
		ok = brski_certs_add(&server,
		         brski_slice(store->certs[i].buffer, store->certs[i].length),
		         NULL) == BRSKI_OK;
	return ok;
}

/* Who we are, as wolfSSL wants it: the certificates in a row, the private key. */
static bool
present(struct own *own, const struct brski_certs *certs)
{
	struct brski_buf der = { .heap = embed_heap };
	uint8_t key[DER_MAX];
	int n = wc_EccKeyToDer(&own->ec, key, sizeof(key));
	bool ok = n > 0;
	size_t i;

	for (i = 0; i < certs->n && ok; i++)
		ok = brski_buf_append(&der, certs->v[i].der, NULL) == BRSKI_OK;
	ok = ok &&
	    wolfSSL_CTX_use_certificate_chain_buffer_format(ctx, der.p, (long)der.n,
	        WOLFSSL_FILETYPE_ASN1) == WOLFSSL_SUCCESS &&
	    wolfSSL_CTX_use_PrivateKey_buffer(ctx, key, n, WOLFSSL_FILETYPE_ASN1) ==
	        WOLFSSL_SUCCESS;
	brski_wipe(key, sizeof(key));
	brski_buf_clear(&der);
	return ok;
}

static bool
present_ldevid(void)
{
	struct brski_certs certs = { .heap = embed_heap };
	struct brski_buf pem = { .heap = embed_heap };
	bool ok = board_load(NULL, PLEDGE_ITEM_LDEVID, &pem, NULL) == BRSKI_OK &&
	    brski_certs_add_any(&certs, brski_buf_slice(&pem), NULL) == BRSKI_OK &&
	    present(own_of(PLEDGE_ITEM_KEY), &certs);

	brski_buf_clear(&pem);
	brski_certs_clear(&certs);
	return ok;
}

static void
hang_up(void *arg)
{
	(void)arg;
	(void)wolfSSL_shutdown(ssl); /* NULL is fine for all three */
	wolfSSL_free(ssl);
	wolfSSL_CTX_free(ctx);
	ssl = NULL;
	ctx = NULL;
	brski_certs_clear(&server);
}

static enum brski_rc
shake_hands(void *arg, const char *candidate, enum pledge_as as, struct brski_err *err)
{
	uint64_t seed, begun = board_ticks(NULL);

	(void)candidate;
	hang_up(arg);
	if ((ctx = wolfSSL_CTX_new(EMBED_METHOD())) == NULL ||
	    !(as == PLEDGE_AS_IDEVID ? present(&idevid_own, &idevid) : present_ldevid()))
		return brski_broken(err, BRSKI_E_NOMEM, "no DTLS context");
	wolfSSL_CTX_SetIORecv(ctx, dtls_recv);
	wolfSSL_CTX_SetIOSend(ctx, dtls_send);
	wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, see_chain);
	if ((ssl = wolfSSL_new(ctx)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no DTLS session");
	(void)wolfSSL_dtls_set_mtu(ssl, DATAGRAM);
	wolfSSL_dtls_set_using_nonblock(ssl, 1);
	while (wolfSSL_connect(ssl) != WOLFSSL_SUCCESS)
		if (wolfSSL_get_error(ssl, 0) != WOLFSSL_ERROR_WANT_READ ||
		    board_ticks(NULL) - begun > SHAKE_MS ||
		    (!board_wait((uint32_t)wolfSSL_dtls_get_current_timeout(ssl) * 1000) &&
		        wolfSSL_dtls_got_timeout(ssl) != WOLFSSL_SUCCESS))
			return brski_broken(err, BRSKI_E_UNAVAILABLE, "no DTLS: wolfSSL %d",
			    wolfSSL_get_error(ssl, 0));
	random_bytes(NULL, &seed, sizeof(seed));
	brski_coap_client_init(&coap, NULL, seed);
	return BRSKI_OK;
}

static bool
say(void *arg, struct brski_slice out)
{
	(void)arg;
	return wolfSSL_write(ssl, out.p, (int)out.n) > 0;
}

static bool
hear(void *arg, uint32_t wait_ms, struct brski_slice *in)
{
	int n, tries;

	(void)arg;
	*in = (struct brski_slice){ NULL, 0 };
	for (tries = 0; tries < 2; tries++) {
		if ((n = wolfSSL_read(ssl, datagram, sizeof(datagram))) > 0)
			*in = brski_slice(datagram, (size_t)n);
		else if (wolfSSL_get_error(ssl, n) != WOLFSSL_ERROR_WANT_READ)
			return false;
		if (n > 0 || !board_wait(wait_ms))
			break;
	}
	/* the last flight of DTLS 1.3 is acknowledged or sent again */
	return brski_slice_present(*in) || !EMBED_UNACKNOWLEDGED(ssl) ||
	    wolfSSL_dtls_got_timeout(ssl) == WOLFSSL_SUCCESS;
}

static enum brski_rc
ask(void *arg, const struct pledge_request *r, struct pledge_answer *a, struct brski_err *err)
{
	static const struct pledge_coap_io io = { NULL, board_ticks, say, hear };
	struct pledge_peer peer = { .chain = &server };

	(void)arg;
	return pledge_coap_call(&coap, &io, &peer, r, a, err);
}

enum brski_rc
embed_start(struct brski_heap *heap, struct brski_slice idevid_pem, struct brski_slice key,
    struct brski_slice masa, struct pledge_port *port, struct pledge_conf *conf,
    struct brski_err *err)
{
	word32 at = 0;
	enum brski_rc rc;

	embed_heap = idevid.heap = anchors.heap = server.heap = heap;
	*port = (struct pledge_port){ NULL, board_now, board_ticks, random_bytes, NULL, 0,
		shake_hands, ask, hang_up, board_load, save, ldevid_key, adopt_key, NULL };
	*conf = (struct pledge_conf){ .idevid = &idevid,
		.idevid_key = &idevid_own.handle,
		.anchors = &anchors,
		.heap = heap };
	if (wolfSSL_Init() != WOLFSSL_SUCCESS || wc_InitRng(&rng) != 0 ||
	    wc_ecc_init(&idevid_own.ec) != 0 ||
	    wc_EccPrivateKeyDecode(key.p, &at, &idevid_own.ec, (word32)key.n) != 0 ||
	    wc_ecc_make_pub(&idevid_own.ec, NULL) != 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "wolfSSL or the key is not good");
	if ((rc = brski_certs_add_any(&idevid, idevid_pem, err)) != BRSKI_OK ||
	    (rc = brski_certs_add_any(&anchors, masa, err)) != BRSKI_OK)
		return rc;
	return publish(&idevid_own, err);
}
