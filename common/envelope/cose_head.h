/* SPDX-License-Identifier: Apache-2.0 */
/* What cose.c, cose_seal.c and who shows headers to people share. RFC 9052, RFC 9053, RFC 9360. */
#ifndef BRSKI_COSE_HEAD_H
#define BRSKI_COSE_HEAD_H

#include "cbor/cbor.h"
#include "crypto/key.h"

/* Header labels, RFC 9052 3.1 and RFC 9360 2. */
#define BRSKI_COSE_ALG     1
#define BRSKI_COSE_CRIT    2
#define BRSKI_COSE_X5BAG   32
#define BRSKI_COSE_X5CHAIN 33

#define BRSKI_COSE_TAG     18 /* COSE_Sign1, RFC 9052 2 */

/* A COSE_Sign1 taken apart. Items are whole, with their heads; all are slices of the wire bytes. */
struct brski_cose {
	struct brski_slice protected_item, unprotected, payload_item, signature_item;
	struct brski_slice protected; /* what is in the string: nothing, or a map */
	struct brski_slice payload;   /* absent: not a byte string */
	struct brski_slice signature;
};
/* E_TOO_LARGE > BRSKI_ENVELOPE_MAX; E_MALFORMED: anything but one tagged COSE_Sign1. */
enum brski_rc brski_cose_split(struct brski_slice wire, struct brski_cose *out,
    struct brski_err *err);

/* Is this header label one of x5bag and x5chain? */
bool brski_cose_holds_certs(struct brski_slice label);

/*
 * What is signed, Sig_structure of RFC 9052 4.4. protected is to be empty when there are no
 * protected headers. Appended to out.
 */
enum brski_rc brski_cose_tbs(struct brski_slice protected, struct brski_slice external,
    struct brski_slice payload, struct brski_buf *out, struct brski_err *err);

/* Octets of r and of s with a key of that type, RFC 9053 2.1; 0: no ECDSA key. */
size_t brski_cose_half(enum brski_key_type type);

#endif
