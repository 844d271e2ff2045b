/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict DER by one schema (pkix.asn) compiled by libtasn1. Decoded trees keep no reference
 * to the input; slices given back point into the input.
 */
#ifndef BRSKI_ASN1_H
#define BRSKI_ASN1_H

#include <libtasn1.h>
#include "asn1/der.h"
#include "base/buf.h"

/* A fresh tree of "PKIX.<type>". E_NOMEM. Delete with brski_asn1_free(). */
enum brski_rc brski_asn1_new(const char *type, asn1_node *out, struct brski_err *err);
void brski_asn1_free(asn1_node *n);

/*
 * Decode strictly: DER only, the whole input used, nothing after it. E_MALFORMED; spec is the
 * clause to name. One thing libtasn1 does not see: a SEQUENCE without any member passes for each
 * SEQUENCE type, so its reader meets absent slices where the type has mandatory members.
 */
enum brski_rc brski_asn1_decode(const char *type, struct brski_slice der, const char *spec,
    asn1_node *out, struct brski_err *err);
/* Append the DER of the tree's element at path ("" for all). E_INTERNAL. */
enum brski_rc brski_asn1_encode(asn1_node n, const char *path, struct brski_buf *out,
    struct brski_err *err);

/*
 * The TLV at path inside the DER this tree was decoded from; absent when the element is. An
 * EXPLICIT tag around it is taken off, an IMPLICIT one stays.
 */
struct brski_slice brski_asn1_tlv(asn1_node n, struct brski_slice der, const char *path);
/*
 * The content octets at path: the TLV without its header; for a BIT STRING also without the
 * unused-bits octet, which must be 0 (else it counts as absent).
 */
struct brski_slice brski_asn1_content(asn1_node n, struct brski_slice der, const char *path);
bool brski_asn1_present(asn1_node n, const char *path);
/* OID text into dst; false when absent or too long. */
bool brski_asn1_oid(asn1_node n, const char *path, char *dst, size_t cap);
/* elements of a SEQUENCE OF or SET OF; 0 when absent */
int brski_asn1_count(asn1_node n, const char *path);

enum brski_rc brski_asn1_write(asn1_node n, const char *path, struct brski_slice value,
    struct brski_err *err);
enum brski_rc brski_asn1_write_str(asn1_node n, const char *path, const char *value,
    struct brski_err *err);
/* Leave an optional element out. */
enum brski_rc brski_asn1_omit(asn1_node n, const char *path, struct brski_err *err);

#endif
