/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <assert.h>
#include "crypto/key.h"

static const struct {
	size_t size;
	enum wc_HashType type;
} hashes[] = {
	[BRSKI_HASH_NONE] = { 0, WC_HASH_TYPE_NONE },
	[BRSKI_SHA1] = { 20, WC_HASH_TYPE_SHA },
	[BRSKI_SHA256] = { 32, WC_HASH_TYPE_SHA256 },
	[BRSKI_SHA384] = { 48, WC_HASH_TYPE_SHA384 },
	[BRSKI_SHA512] = { 64, WC_HASH_TYPE_SHA512 },
};

static const enum brski_hash alg_hashes[] = {
	[BRSKI_ALG_NONE] = BRSKI_HASH_NONE,
	[BRSKI_ALG_ECDSA_SHA256] = BRSKI_SHA256,
	[BRSKI_ALG_ECDSA_SHA384] = BRSKI_SHA384,
	[BRSKI_ALG_ECDSA_SHA512] = BRSKI_SHA512,
	[BRSKI_ALG_RSA_SHA256] = BRSKI_SHA256,
	[BRSKI_ALG_RSA_SHA384] = BRSKI_SHA384,
	[BRSKI_ALG_RSA_SHA512] = BRSKI_SHA512,
	[BRSKI_ALG_ED25519] = BRSKI_HASH_NONE,
};

size_t
brski_hash_size(enum brski_hash h)
{
	return wc_HashGetDigestSize(hashes[h].type) > 0 ? hashes[h].size : 0;
}

enum brski_hash
brski_alg_hash(enum brski_alg alg)
{
	return alg_hashes[alg];
}

struct brski_slice
brski_digest(enum brski_hash h, struct brski_slice in, uint8_t out[BRSKI_HASH_MAX])
{
	int rc;

	/* In software on a hash that was built in: this fails only when we ask for nonsense. */
	rc = wc_Hash(hashes[h].type, in.p, (word32)in.n, out, (word32)hashes[h].size);
	assert(rc == 0);
	(void)rc;
	return brski_slice(out, hashes[h].size);
}

void
brski_sha256(struct brski_slice in, uint8_t out[BRSKI_SHA256_SIZE])
{
	uint8_t digest[BRSKI_HASH_MAX];

	memcpy(out, brski_digest(BRSKI_SHA256, in, digest).p, BRSKI_SHA256_SIZE);
}
