/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER put together by hand, so that each part of it can be wrong; and from that, certificates and
 * CRLs. Slices live in an arena until tu_der_clear(), which is a cmocka teardown.
 */
#ifndef TU_DER_H
#define TU_DER_H

#include "tu.h"
#include "asn1/der.h"
#include "crypto/crl.h"

int tu_der_clear(void **state);

/* Concatenate; wrap. An absent part adds nothing. */
struct brski_slice tu_cat(const struct brski_slice *parts, size_t n);
struct brski_slice tu_tlv(uint8_t tag, struct brski_slice content);
#define TU_PARTS(...)                                  \
	((const struct brski_slice[]){ __VA_ARGS__ }), \
	    sizeof((const struct brski_slice[]){ __VA_ARGS__ }) / sizeof(struct brski_slice)
#define TU_CAT(...)      tu_cat(TU_PARTS(__VA_ARGS__))
#define TU_TLV(tag, ...) tu_tlv((tag), TU_CAT(__VA_ARGS__))
#define TU_SEQ(...)      TU_TLV(BRSKI_DER_SEQUENCE, __VA_ARGS__)
#define TU_SET(...)      TU_TLV(BRSKI_DER_SET, __VA_ARGS__)
#define TU_OID(lit)      tu_tlv(BRSKI_DER_OID, BRSKI_LIT(lit))
#define TU_INT(lit)      tu_tlv(BRSKI_DER_INTEGER, BRSKI_LIT(lit))
#define TU_CONTEXT(n)    (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))
#define TU_NONE          ((struct brski_slice){ NULL, 0 })
#define TU_TRUE          BRSKI_LIT("\x01\x01\xff")

/* One Extension: oid and value as literals or slices. */
struct brski_slice tu_ext(struct brski_slice oid, bool critical, struct brski_slice value);
struct brski_slice tu_time(int64_t t);
struct brski_slice tu_copy(struct brski_slice in);

/*
 * A certificate by its parts, each the DER of a field. What is left absent becomes something good;
 * none of it is judged. Signed by key unless sig says otherwise.
 */
struct tu_parts {
	struct brski_slice version; /* with its [0] */
	struct brski_slice serial, inner_alg, issuer, validity, subject, spki, uids;
	struct brski_slice
	    exts; /* Extension elements, concatenated; absent: no extensions at all */
	struct brski_slice outer_alg;
	struct brski_slice sig; /* the BIT STRING */
};
struct brski_slice tu_parts_der(const struct tu_parts *p, const struct brski_key *key);
/* cA with keyCertSign and cRLSign, and one that is not. */
struct brski_slice tu_ca_exts(void);

/* A CRL by its parts. Entries and extensions are concatenated elements; absent: left out. */
struct tu_crl {
	struct brski_slice issuer;        /* Name */
	int64_t this_update, next_update; /* 0: TU_NOW - 1 day, TU_NOW + 1 day; -1: no nextUpdate */
	struct brski_slice entries, exts;
	struct brski_slice version; /* absent: v2 */
};
struct brski_slice tu_crl_der(const struct tu_crl *c, const struct brski_key *key);
/* One entry; exts as in a CRL. */
struct brski_slice tu_crl_entry(struct brski_slice serial, struct brski_slice exts);

#endif
