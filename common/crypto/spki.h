/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SubjectPublicKeyInfo and AlgorithmIdentifier as octets, for the files of this folder and for
 * envelopes. Of the keys that we take, all but RSA have one encoding only: fixed octets, then the
 * key. RFC 5480, RFC 8017, RFC 8410.
 */
#ifndef BRSKI_SPKI_H
#define BRSKI_SPKI_H

#include "crypto/key.h"

struct brski_spki {
	enum brski_key_type type;
	struct brski_slice key;  /* EC: uncompressed point; Ed25519: 32 octets; RSA: RSAPublicKey */
	struct brski_slice n, e; /* RSA, unsigned */
};

/* False: not a key we know, weak (RSA below 2048 or above 4096 bits), or broken. */
bool brski_spki_read(struct brski_slice spki, struct brski_spki *out);
/* Append the SPKI of an EC point or Ed25519 key. */
enum brski_rc brski_spki_write(enum brski_key_type type, struct brski_slice key,
    struct brski_buf *out, struct brski_err *err);
/* The content of the BIT STRING of any SPKI, known or not; absent when it is broken. */
struct brski_slice brski_spki_bits(struct brski_slice spki);

/* AlgorithmIdentifier DER, and back; NONE and absent for what we do not verify. */
enum brski_alg brski_alg_read(struct brski_slice der);
struct brski_slice brski_alg_der(enum brski_alg alg);

#endif
