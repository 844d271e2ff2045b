/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wolfSSL has room for eight devices in a process, and a registrar has a TLS context per
 * manufacturer. So all EC keys share one device: what wolfSSL carries as the key's id is the
 * address of our handle. Ed25519 keys cannot have an id in wolfSSL: each of their contexts takes a
 * device of its own.
 */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include "net/tls_key.h"

#define EC_DEVICE  0x5153
#define P256_BYTES 32
#define P384_BYTES 48

static int
put_signature(enum brski_rc rc, struct brski_buf *sig, word32 *n)
{
	if (rc != BRSKI_OK)
		return WC_HW_E;
	*n = (word32)sig->n;
	return 0;
}

static int
ec_sign(wc_CryptoInfo *info)
{
	struct brski_buf sig = brski_buf_fixed(info->pk.eccsign.out, *info->pk.eccsign.outlen);
	const ecc_key *k = info->pk.eccsign.key;
	const struct brski_key *key;

	if (k->idLen != sizeof(key))
		return CRYPTOCB_UNAVAILABLE;
	memcpy(&key, k->id, sizeof(key));
	return put_signature(brski_key_sign_digest(key,
	                         brski_slice(info->pk.eccsign.in, info->pk.eccsign.inlen), &sig,
	                         NULL),
	    &sig, info->pk.eccsign.outlen);
}

static int
on_ec_device(int device, struct wc_CryptoInfo *info, void *arg)
{
	(void)device;
	(void)arg;
	if (info->algo_type == WC_ALGO_TYPE_PK && info->pk.type == WC_PK_TYPE_ECDSA_SIGN)
		return ec_sign(info);
	return CRYPTOCB_UNAVAILABLE;
}

static int
on_ed25519_device(int device, struct wc_CryptoInfo *info, void *arg)
{
	struct brski_buf sig;

	(void)device;
	if (info->algo_type != WC_ALGO_TYPE_PK || info->pk.type != WC_PK_TYPE_ED25519_SIGN)
		return CRYPTOCB_UNAVAILABLE;
	sig = brski_buf_fixed(info->pk.ed25519sign.out, *info->pk.ed25519sign.outLen);
	return put_signature(brski_key_sign(arg,
	                         brski_slice(info->pk.ed25519sign.in, info->pk.ed25519sign.inLen),
	                         &sig, NULL),
	    &sig, info->pk.ed25519sign.outLen);
}

static enum brski_rc
use_ec(WOLFSSL_CTX *ctx, const struct brski_key *key, struct brski_err *err)
{
	unsigned char id[sizeof(key)];
	long size = key->type == BRSKI_KEY_P384 ? P384_BYTES : P256_BYTES;

	memcpy(id, &key, sizeof(id));
	if (wc_CryptoCb_RegisterDevice(EC_DEVICE, on_ec_device, NULL) != 0 ||
	    wolfSSL_CTX_use_PrivateKey_Id_ex(ctx, id, sizeof(id), EC_DEVICE, size) !=
	        WOLFSSL_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS key");
	return BRSKI_OK;
}

/* A number that no other context has: its address, less what alignment leaves zero. */
static int
ed25519_device(const struct WOLFSSL_CTX *ctx)
{
	return (int)(((uintptr_t)ctx >> 4) & 0x3fffffff) | 0x40000000;
}

static enum brski_rc
use_ed25519(WOLFSSL_CTX *ctx, const struct brski_key *key, int *device, struct brski_err *err)
{
	int id = ed25519_device(ctx);

	if (wc_CryptoCb_RegisterDevice(id, on_ed25519_device, (void *)(uintptr_t)key) != 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "too many contexts with Ed25519 keys");
	*device = id;
	if (wolfSSL_CTX_SetDevId(ctx, id) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_buffer(ctx, key->spki, (long)key->spki_n,
	        WOLFSSL_FILETYPE_ASN1) != WOLFSSL_SUCCESS)
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS key");
	return BRSKI_OK;
}

enum brski_rc
brski_tls_key_use(struct WOLFSSL_CTX *ctx, const struct brski_key *key, int *device,
    struct brski_err *err)
{
	*device = INVALID_DEVID;
	switch (key->type) {
	case BRSKI_KEY_P256:
	case BRSKI_KEY_P384:
		return use_ec(ctx, key, err);
	case BRSKI_KEY_ED25519:
		return use_ed25519(ctx, key, device, err);
	default:
		return brski_broken(err, BRSKI_E_INTERNAL, "TLS cannot sign with such a key");
	}
}

void
brski_tls_key_remove(int device)
{
	if (device != INVALID_DEVID)
		wc_CryptoCb_UnRegisterDevice(device);
}
