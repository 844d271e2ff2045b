/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER, one element at a time: no tree, no memory. A peer's bytes are first held against
 * brski_der_is_strict(), which brski_der_signed() does as well, then read with brski_der_take().
 */
#ifndef BRSKI_DER_H
#define BRSKI_DER_H

#include "base/buf.h"

/* Identifier octets of X.690 8.1.2 in use; context tags are BRSKI_DER_CONTEXT | number. */
#define BRSKI_DER_BOOLEAN      0x01
#define BRSKI_DER_INTEGER      0x02
#define BRSKI_DER_BIT_STRING   0x03
#define BRSKI_DER_OCTET_STRING 0x04
#define BRSKI_DER_NULL         0x05
#define BRSKI_DER_OID          0x06
#define BRSKI_DER_ENUMERATED   0x0a
#define BRSKI_DER_UTF8         0x0c
#define BRSKI_DER_PRINTABLE    0x13
#define BRSKI_DER_IA5          0x16
#define BRSKI_DER_UTC_TIME     0x17
#define BRSKI_DER_GENERAL_TIME 0x18
#define BRSKI_DER_SEQUENCE     0x30
#define BRSKI_DER_SET          0x31
#define BRSKI_DER_CONTEXT      0x80
#define BRSKI_DER_CONSTRUCTED  0x20 /* with CONTEXT: EXPLICIT, or IMPLICIT SEQUENCE or SET */

/*
 * One element that fills in, strict DER in itself and in all that is nested in it (not in OCTET
 * STRINGs): lengths, integers, booleans, bit strings, OIDs, no constructed strings, bounded depth.
 */
bool brski_der_is_strict(struct brski_slice in);

/*
 * One TLV at the start of *in: tag octet and content; *in moves behind it. Definite lengths,
 * minimal, single-octet tags.
 */
enum brski_rc brski_der_next(struct brski_slice *in, uint8_t *tag, struct brski_slice *content,
    struct brski_err *err);
/*
 * The same for readers: true when an element with that tag comes next, else *in and *content stay
 * as they are (an OPTIONAL element left out, or an error that the reader's caller names).
 */
bool brski_der_take(struct brski_slice *in, uint8_t tag, struct brski_slice *content);
/* As brski_der_take(), and *tlv is the whole element: what is compared, hashed or kept. */
bool brski_der_take_tlv(struct brski_slice *in, uint8_t tag, struct brski_slice *tlv);
/*
 * The octets of a BIT STRING's content; absent when they are not whole octets. Keys and signatures
 * are.
 */
struct brski_slice brski_der_octets(struct brski_slice bits);
/*
 * SEQUENCE { tbs SEQUENCE, algorithm SEQUENCE, signature BIT STRING } and nothing after it: what
 * certificates, requests and CRLs are (RFC 5280 4.1). tbs and alg with their headers; sig as
 * brski_der_octets() gives it. False: it is not that, or not strict DER throughout.
 */
bool brski_der_signed(struct brski_slice der, struct brski_slice *tbs, struct brski_slice *alg,
    struct brski_slice *sig);
/* Append tag, length and content. */
enum brski_rc brski_der_wrap(uint8_t tag, struct brski_slice content, struct brski_buf *out,
    struct brski_err *err);
/* Does a stand before b in a SET OF? X.690 11.6. Equal ones: false. */
bool brski_der_before(struct brski_slice a, struct brski_slice b);
/* Make all that was appended since out->n was mark the content of one element. */
enum brski_rc brski_der_enclose(uint8_t tag, size_t mark, struct brski_buf *out,
    struct brski_err *err);

#endif
