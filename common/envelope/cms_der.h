/* SPDX-License-Identifier: Apache-2.0 */
/* What cms.c, cms_seal.c and certs_only.c share; nobody else includes this. */
#ifndef BRSKI_CMS_DER_H
#define BRSKI_CMS_DER_H

#include "asn1/asn1.h"
#include "asn1/der.h"
#include "crypto/cert.h"
#include "crypto/key.h"

#define BRSKI_CMS_OID_DATA           "1.2.840.113549.1.7.1"
#define BRSKI_CMS_OID_JSON_VOUCHER   "1.2.840.113549.1.9.16.1.40" /* RFC 8366 8.3 */
#define BRSKI_CMS_OID_CONTENT_TYPE   "1.2.840.113549.1.9.3"
#define BRSKI_CMS_OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define BRSKI_CMS_OID_SIGNING_TIME   "1.2.840.113549.1.9.5"

/* id-signedData as content octets */
#define BRSKI_CMS_SIGNED_DATA BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
#define BRSKI_CMS_TAG_0       (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 0)

/* RFC 5754 2; NONE: unknown */
enum brski_hash brski_cms_hash_from(const char *oid);
/*
 * A signature algorithm in the company of a digest algorithm. RFC 5754 3, RFC 8419; rsaEncryption
 * and (odd, *bare_key) id-ecPublicKey leave the hash to the digest algorithm. NONE: unknown, or the
 * two disagree.
 */
enum brski_alg brski_cms_alg_from(const char *oid, enum brski_hash hash, bool *bare_key);
/* The SignedData inside a ContentInfo, not more than BRSKI_ENVELOPE_MAX. RFC 5652 3. */
enum brski_rc brski_cms_unwrap(struct brski_slice wire, struct brski_slice *signed_data,
    struct brski_err *err);
/* The certificates of a decoded SignedData, added to list. */
enum brski_rc brski_cms_read_certs(asn1_node n, struct brski_slice der, struct brski_certs *list,
    struct brski_err *err);
#endif
