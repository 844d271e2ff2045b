/* SPDX-License-Identifier: Apache-2.0 */
/* What cms.c, cms_seal.c and certs_only.c share; nobody else includes this. */
#ifndef BRSKI_CMS_DER_H
#define BRSKI_CMS_DER_H

#include "asn1/der.h"
#include "crypto/cert.h"
#include "crypto/key.h"

/* OIDs as content octets */
#define BRSKI_CMS_OID_DATA           BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define BRSKI_CMS_OID_CONTENT_TYPE   BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03")
#define BRSKI_CMS_OID_MESSAGE_DIGEST BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04")
#define BRSKI_CMS_OID_SIGNING_TIME   BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")
/* id-ct-animaJSONVoucher, RFC 8366 8.3 */
#define BRSKI_CMS_OID_JSON_VOUCHER BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x28")

#define BRSKI_CMS_SIGNED_DATA      BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
#define BRSKI_CMS_TAG_0            (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 0)

/* AlgorithmIdentifier; parameters absent: none there. */
struct brski_cms_alg {
	struct brski_slice oid, parameters;
};

/* One SignerInfo, RFC 5652 5.3: contents, unless it says otherwise. What is not there is absent. */
struct brski_cms_signer {
	struct brski_slice version;
	struct brski_slice issuer; /* the Name with its header */
	struct brski_slice serial, ski;
	struct brski_cms_alg digest, algorithm;
	struct brski_slice attrs; /* signedAttrs with their header A0 */
	struct brski_slice signature;
	bool has_unsigned;
};

/* SignedData in place, RFC 5652 5.1: slices of the input. */
struct brski_cms {
	struct brski_slice version;
	struct brski_slice content_type, content;
	struct brski_slice certificates; /* one after the other */
	bool has_crls;
	size_t signers;
	struct brski_cms_signer signer; /* the last of them */
};

/* RFC 5754 2; NONE: unknown */
enum brski_hash brski_cms_hash_from(struct brski_slice oid);
/*
 * A signature algorithm in the company of a digest algorithm. RFC 5754 3, RFC 8419; rsaEncryption
 * and (odd, *bare_key) id-ecPublicKey leave the hash to the digest algorithm. NONE: unknown, or the
 * two disagree.
 */
enum brski_alg brski_cms_alg_from(struct brski_slice oid, enum brski_hash hash, bool *bare_key);
/* The SignedData inside a ContentInfo, not more than BRSKI_ENVELOPE_MAX. RFC 5652 3 and 5. */
enum brski_rc brski_cms_read(struct brski_slice wire, struct brski_cms *out, struct brski_err *err);
/* Its certificates, added to list. */
enum brski_rc brski_cms_read_certs(const struct brski_cms *c, struct brski_certs *list,
    struct brski_err *err);

#endif
