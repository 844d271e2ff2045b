/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys behind a handle. Whoever signs holds a struct brski_key and never sees where the private
 * half is: a file, a keeper process, a token, a device maker's secure element. A back end is a
 * brski_key_ops; key_file.c is one.
 */
#ifndef BRSKI_KEY_H
#define BRSKI_KEY_H

#include "base/buf.h"

enum brski_key_type {
	BRSKI_KEY_NONE,
	BRSKI_KEY_P256,
	BRSKI_KEY_P384,
	BRSKI_KEY_P521, /* verify only */
	BRSKI_KEY_RSA,  /* verify only; 2048 to 4096 bits */
	BRSKI_KEY_ED25519,
};

enum brski_hash {
	BRSKI_HASH_NONE,
	BRSKI_SHA1,
	BRSKI_SHA256,
	BRSKI_SHA384,
	BRSKI_SHA512
};
#define BRSKI_HASH_MAX 64

/* Signature algorithms, as AlgorithmIdentifiers and COSE name them. */
enum brski_alg {
	BRSKI_ALG_NONE,
	BRSKI_ALG_ECDSA_SHA256,
	BRSKI_ALG_ECDSA_SHA384,
	BRSKI_ALG_ECDSA_SHA512,
	BRSKI_ALG_RSA_SHA256, /* PKCS#1 v1.5 */
	BRSKI_ALG_RSA_SHA384,
	BRSKI_ALG_RSA_SHA512,
	BRSKI_ALG_ED25519,
};

#define BRSKI_SPKI_MAX     600 /* RSA-4096 is 550 */
#define BRSKI_SIG_MAX      512 /* RSA-4096 */

#define BRSKI_KEY_FILE_MAX ((size_t)16384) /* bytes of a private key, with PEM around it */

struct brski_key;

struct brski_key_ops {
	/*
	 * Sign: for ECDSA in is a digest, for Ed25519 the message. Appends a DER ECDSA-Sig-Value
	 * (or 64 bytes of Ed25519).
	 */
	enum brski_rc (
	    *sign)(void *arg, struct brski_slice in, struct brski_buf *sig, struct brski_err *err);
	/* Release arg and wipe what is secret. May be NULL. */
	void (*free)(void *arg);
};

/*
 * A private key's handle. Opaque only by convention: fill it with brski_key_init() or a back end's
 * loader.
 */
struct brski_key {
	const struct brski_key_ops *ops; /* NULL: no key */
	void *arg;
	enum brski_key_type type;
	uint8_t spki[BRSKI_SPKI_MAX]; /* SubjectPublicKeyInfo, DER */
	size_t spki_n;
};

/*
 * Put a back end behind a handle. spki is copied; its type is read from it. E_MALFORMED: not a key
 * we know.
 */
enum brski_rc brski_key_init(struct brski_key *k, const struct brski_key_ops *ops, void *arg,
    struct brski_slice spki, struct brski_err *err);
void brski_key_clear(struct brski_key *k);
struct brski_slice brski_key_spki(const struct brski_key *k);

/* The algorithm a key signs with: P-256 ECDSA_SHA256, P-384 ECDSA_SHA384, Ed25519. */
enum brski_alg brski_key_alg(const struct brski_key *k);
/*
 * Hash as the algorithm says, sign; appends the DER form of the signature. E_INTERNAL when the back
 * end fails.
 */
enum brski_rc brski_key_sign(const struct brski_key *k, struct brski_slice tbs,
    struct brski_buf *sig, struct brski_err *err);
/* Sign a digest made by somebody else (TLS). EC keys only. */
enum brski_rc brski_key_sign_digest(const struct brski_key *k, struct brski_slice digest,
    struct brski_buf *sig, struct brski_err *err);

/*
 * key_file.c, load.c: a key in memory, P-256, P-384 or Ed25519, PKCS#8 or SEC1, PEM or DER,
 * unencrypted.
 */
enum brski_rc brski_key_decode(struct brski_slice in, struct brski_key *k, struct brski_err *err);
enum brski_rc brski_key_load(const char *path, struct brski_key *k, struct brski_err *err);
/*
 * Every private key of a PEM text, or the one of a DER: a CA's generations. E_TOO_LARGE beyond
 * BRSKI_KEYS_MAX. On failure *out is empty.
 */
#define BRSKI_KEYS_MAX 8
struct brski_keys {
	struct brski_key v[BRSKI_KEYS_MAX];
	size_t n;
};
enum brski_rc brski_keys_decode(struct brski_slice in, struct brski_keys *out,
    struct brski_err *err);
enum brski_rc brski_keys_load(const char *path, struct brski_keys *out, struct brski_err *err);
void brski_keys_clear(struct brski_keys *keys);
enum brski_rc brski_key_generate(enum brski_key_type type, struct brski_key *k,
    struct brski_err *err);
/*
 * PKCS#8 PEM of a key_file.c key; out should be wiped by the caller. E_FORBIDDEN for any other back
 * end.
 */
enum brski_rc brski_key_encode_pem(const struct brski_key *k, struct brski_buf *out,
    struct brski_err *err);

/* Public side. */
enum brski_key_type brski_spki_type(struct brski_slice spki); /* NONE: unknown or weak or broken */
/*
 * Is the signature right? E_SIGNATURE: no, or the algorithm does not fit the key or this build's
 * wolfCrypt, or the key is unknown, weak or broken. RSA < 2048 bits and SHA-1 are refused. sig as
 * in a certificate.
 */
enum brski_rc brski_verify(struct brski_slice spki, enum brski_alg alg, struct brski_slice tbs,
    struct brski_slice sig, struct brski_err *err);

size_t brski_hash_size(enum brski_hash h); /* 0: NONE, or wolfCrypt was built without it */
/* out holds BRSKI_HASH_MAX bytes; returns the digest as a slice of out. h: one with a size */
struct brski_slice brski_digest(enum brski_hash h, struct brski_slice in,
    uint8_t out[BRSKI_HASH_MAX]);
#define BRSKI_SHA256_SIZE 32
void brski_sha256(struct brski_slice in, uint8_t out[BRSKI_SHA256_SIZE]);
enum brski_hash brski_alg_hash(enum brski_alg alg);

#endif
