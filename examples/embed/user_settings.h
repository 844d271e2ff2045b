/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest wolfSSL that onboards a pledge: a DTLS client with one curve, one hash, one cipher.
 * Compiled into libwolfssl.a by build.sh, which says EMBED_DTLS12 or EMBED_DTLS13. What is not
 * named here is off.
 */
#ifndef EMBED_USER_SETTINGS_H
#define EMBED_USER_SETTINGS_H

/* No malloc(): port.c has the arena. */
#include "base/heap.h"
extern struct brski_heap *embed_heap;
#define XMALLOC_OVERRIDE
#define XMALLOC(n, heap, type)     brski_heap_alloc(embed_heap, (n))
#define XREALLOC(p, n, heap, type) brski_heap_realloc(embed_heap, (p), (n))
#define XFREE(p, heap, type)       brski_heap_free(embed_heap, (p))
#define WOLFSSL_SP_NO_MALLOC
#define NO_WOLFSSL_MEMORY

/* No operating system: board.c has the datagrams, the ticks and the random numbers. */
#define SINGLE_THREADED
#define WOLFSSL_USER_IO
#define NO_FILESYSTEM
#define NO_WRITEV
#define USER_TICKS
#define NO_ASN_TIME /* dates are libpledge's business: a new device has no clock */
extern int embed_seed(unsigned char *out, unsigned int n);
#define CUSTOM_RAND_GENERATE_SEED embed_seed

/* cBRSKI 6.2: ECDHE and ECDSA on P-256, AES-128-CCM-8, SHA-256 */
#define HAVE_ECC
#define ECC_USER_CURVES /* P-256 alone */
#define ECC_TIMING_RESISTANT
#define WOLFSSL_SP_MATH
#define WOLFSSL_HAVE_SP_ECC
#define WOLFSSL_SP_SMALL
#define HAVE_AESCCM
#define NO_AES_CBC
#define NO_AES_192
#define NO_AES_256
#define WOLFSSL_AES_SMALL_TABLES
#define WOLFSSL_AES_DIRECT /* DTLS 1.3 hides its record numbers with it */
#define USE_SLOW_SHA256
#define HAVE_HASHDRBG
#define NO_RSA
#define NO_DH
#define NO_DSA
#define NO_DES3
#define NO_RC4
#define NO_MD4
#define NO_MD5
#define NO_SHA
#define NO_PWDBASED
#define NO_PSK
#define NO_OLD_TLS

/* A client whose peer is judged by libpledge, which wants to see the whole chain. */
#define WOLFSSL_DTLS
#define WOLFSSL_DTLS_MTU
#define NO_WOLFSSL_SERVER
#define HAVE_TLS_EXTENSIONS
#define HAVE_SUPPORTED_CURVES
#define WOLFSSL_ALWAYS_VERIFY_CB
#define WOLFSSL_VERIFY_CB_ALL_CERTS
#define NO_SESSION_CACHE
#define NO_ERROR_STRINGS
#define NO_CLIENT_CACHE
#define MAX_CHAIN_DEPTH 4
#ifdef EMBED_DTLS13
#define WOLFSSL_TLS13
#define WOLFSSL_DTLS13
#define WOLFSSL_SEND_HRR_COOKIE /* and give one back */
#define HAVE_HKDF
#define WOLFSSL_NO_TLS12
#define EMBED_METHOD              wolfDTLSv1_3_client_method
#define EMBED_UNACKNOWLEDGED(ssl) wolfSSL_dtls13_has_pending_msg(ssl)
#else
#define HAVE_EXTENDED_MASTER
#define EMBED_METHOD              wolfDTLSv1_2_client_method
#define EMBED_UNACKNOWLEDGED(ssl) 0
#endif

#endif
