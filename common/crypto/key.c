/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "crypto/key.h"

enum brski_rc
brski_key_init(struct brski_key *k, const struct brski_key_ops *ops, void *arg,
    struct brski_slice spki, struct brski_err *err)
{
	enum brski_key_type type = brski_spki_type(spki);

	if (type != BRSKI_KEY_P256 && type != BRSKI_KEY_P384 && type != BRSKI_KEY_ED25519)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5480 2.1",
		    "not a key that we sign with (P-256, P-384, Ed25519)");
	*k = (struct brski_key){ .ops = ops, .arg = arg, .type = type, .spki_n = spki.n };
	memcpy(k->spki, spki.p, spki.n);
	return BRSKI_OK;
}

void
brski_key_clear(struct brski_key *k)
{
	if (k->ops != NULL && k->ops->free != NULL)
		k->ops->free(k->arg);
	*k = (struct brski_key){ 0 };
}

struct brski_slice
brski_key_spki(const struct brski_key *k)
{
	return brski_slice(k->spki, k->spki_n);
}

enum brski_alg
brski_key_alg(const struct brski_key *k)
{
	switch (k->type) {
	case BRSKI_KEY_P256:
		return BRSKI_ALG_ECDSA_SHA256;
	case BRSKI_KEY_P384:
		return BRSKI_ALG_ECDSA_SHA384;
	case BRSKI_KEY_ED25519:
		return BRSKI_ALG_ED25519;
	default:
		return BRSKI_ALG_NONE;
	}
}

static enum brski_rc
sign(const struct brski_key *k, struct brski_slice in, struct brski_buf *sig, struct brski_err *err)
{
	size_t before = sig->n;
	enum brski_rc rc;

	assert(k->ops != NULL);
	if ((rc = k->ops->sign(k->arg, in, sig, err)) != BRSKI_OK)
		sig->n = before;
	return rc;
}

enum brski_rc
brski_key_sign(const struct brski_key *k, struct brski_slice tbs, struct brski_buf *sig,
    struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];

	if (k->type != BRSKI_KEY_ED25519)
		tbs = brski_digest(brski_alg_hash(brski_key_alg(k)), tbs, digest);
	return sign(k, tbs, sig, err);
}

enum brski_rc
brski_key_sign_digest(const struct brski_key *k, struct brski_slice digest, struct brski_buf *sig,
    struct brski_err *err)
{
	assert(k->type != BRSKI_KEY_ED25519);
	return sign(k, digest, sig, err);
}
