/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private key behind a handle, as a WOLFSSL_CTX wants it: a crypto callback device that calls
 * brski_key_sign_digest() or brski_key_sign().
 */
#ifndef BRSKI_TLS_KEY_H
#define BRSKI_TLS_KEY_H

#include "crypto/key.h"

struct WOLFSSL_CTX;

/*
 * key is borrowed as long as ctx lives. *device is to be given to brski_tls_key_remove() after ctx.
 * The chain is in ctx already.
 */
enum brski_rc brski_tls_key_use(struct WOLFSSL_CTX *ctx, const struct brski_key *key, int *device,
    struct brski_err *err);
void brski_tls_key_remove(int device);

#endif
