/* SPDX-License-Identifier: Apache-2.0 */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include "asn1/der.h"
#include "crypto/spki.h"

/* wolfCrypt may be built without the larger ones. */
static bool
has_hash(enum brski_alg alg)
{
	return brski_hash_size(brski_alg_hash(alg)) > 0;
}

static bool
alg_fits(enum brski_alg alg, enum brski_key_type type)
{
	switch (alg) {
	case BRSKI_ALG_ECDSA_SHA256:
	case BRSKI_ALG_ECDSA_SHA384:
	case BRSKI_ALG_ECDSA_SHA512:
		return has_hash(alg) &&
		    (type == BRSKI_KEY_P256 || type == BRSKI_KEY_P384 || type == BRSKI_KEY_P521);
	case BRSKI_ALG_RSA_SHA256:
	case BRSKI_ALG_RSA_SHA384:
	case BRSKI_ALG_RSA_SHA512:
		return has_hash(alg) && type == BRSKI_KEY_RSA;
	case BRSKI_ALG_ED25519:
		return type == BRSKI_KEY_ED25519;
	case BRSKI_ALG_NONE:
		break;
	}
	return false;
}

/* RFC 3279 2.2.3: SEQUENCE { r INTEGER, s INTEGER }, both positive; one signature, one encoding. */
static bool
ecdsa_sig_is_strict(struct brski_slice sig)
{
	struct brski_slice seq, r, s;

	return brski_der_is_strict(sig) && brski_der_take(&sig, BRSKI_DER_SEQUENCE, &seq) &&
	    brski_der_take(&seq, BRSKI_DER_INTEGER, &r) &&
	    brski_der_take(&seq, BRSKI_DER_INTEGER, &s) && seq.n == 0 && r.p[0] < 0x80 &&
	    s.p[0] < 0x80;
}

static int
curve_of(enum brski_key_type type)
{
	return type == BRSKI_KEY_P256 ? ECC_SECP256R1
	    : type == BRSKI_KEY_P384  ? ECC_SECP384R1
	                              : ECC_SECP521R1;
}

static bool
verify_ecdsa(const struct brski_spki *spki, struct brski_slice digest, struct brski_slice sig)
{
	ecc_key key;
	int ok = 0, rc;

	if (!ecdsa_sig_is_strict(sig) || wc_ecc_init(&key) != 0)
		return false;
	/* 1: the point comes from outside, see that it is on the curve. SEC 1 3.2.2.1. */
	rc =
	    wc_ecc_import_x963_ex2(spki->key.p, (word32)spki->key.n, &key, curve_of(spki->type), 1);
	if (rc == 0)
		rc =
		    wc_ecc_verify_hash(sig.p, (word32)sig.n, digest.p, (word32)digest.n, &ok, &key);
	wc_ecc_free(&key);
	return rc == 0 && ok == 1;
}

#ifdef HAVE_ED25519
static bool
verify_ed25519(const struct brski_spki *spki, struct brski_slice message, struct brski_slice sig)
{
	ed25519_key key;
	int ok = 0, rc;

	if (wc_ed25519_init(&key) != 0)
		return false;
	rc = wc_ed25519_import_public(spki->key.p, (word32)spki->key.n, &key);
	if (rc == 0)
		rc = wc_ed25519_verify_msg(sig.p, (word32)sig.n, message.p, (word32)message.n, &ok,
		    &key);
	wc_ed25519_free(&key);
	return rc == 0 && ok == 1;
}
#else
#define verify_ed25519(spki, message, sig) ((void)(spki), (void)(message), (void)(sig), false)
#endif

#ifndef NO_RSA
/* RFC 8017 9.2: compare with the one right DigestInfo, do not parse what the signer made. */
static bool
is_digest_info(struct brski_slice em, enum brski_alg alg, struct brski_slice digest)
{
	static const struct brski_slice sha256 = BRSKI_LIT(
	    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20");
	static const struct brski_slice sha384 = BRSKI_LIT(
	    "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30");
	static const struct brski_slice sha512 = BRSKI_LIT(
	    "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40");
	struct brski_slice head = alg == BRSKI_ALG_RSA_SHA256 ? sha256
	    : alg == BRSKI_ALG_RSA_SHA384                     ? sha384
	                                                      : sha512;

	return em.n == head.n + digest.n && memcmp(em.p, head.p, head.n) == 0 &&
	    memcmp(em.p + head.n, digest.p, digest.n) == 0;
}

static bool
verify_rsa(const struct brski_spki *spki, enum brski_alg alg, struct brski_slice digest,
    struct brski_slice sig)
{
	uint8_t em[BRSKI_SIG_MAX];
	RsaKey key;
	int n;

	if (sig.n != spki->n.n || wc_InitRsaKey(&key, NULL) != 0)
		return false;
	n = wc_RsaPublicKeyDecodeRaw(spki->n.p, (word32)spki->n.n, spki->e.p, (word32)spki->e.n,
	    &key);
	if (n == 0)
		n = wc_RsaSSL_Verify(sig.p, (word32)sig.n, em, sizeof(em), &key);
	wc_FreeRsaKey(&key);
	return n > 0 && is_digest_info(brski_slice(em, (size_t)n), alg, digest);
}
#else
#define verify_rsa(spki, alg, digest, sig) ((void)(spki), (void)(alg), (void)(sig), false)
#endif

static bool
is_right(const struct brski_spki *key, enum brski_alg alg, struct brski_slice tbs,
    struct brski_slice sig)
{
	uint8_t digest[BRSKI_HASH_MAX];

	if (alg == BRSKI_ALG_ED25519)
		return verify_ed25519(key, tbs, sig);
	tbs = brski_digest(brski_alg_hash(alg), tbs, digest);
	return key->type == BRSKI_KEY_RSA ? verify_rsa(key, alg, tbs, sig)
	                                  : verify_ecdsa(key, tbs, sig);
}

enum brski_rc
brski_verify(struct brski_slice spki, enum brski_alg alg, struct brski_slice tbs,
    struct brski_slice sig, struct brski_err *err)
{
	struct brski_spki key;

	if (!brski_spki_read(spki, &key) || !alg_fits(alg, key.type))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5280 4.1.1.2",
		    "algorithm %d does not fit the key, or the key is unknown or weak", (int)alg);
	if (!is_right(&key, alg, tbs, sig))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 5280 6.1.3", "signature is wrong");
	return BRSKI_OK;
}
