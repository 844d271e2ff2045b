/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed what. An envelope is opened by finding its one signer and checking the one signature
 * with the signer's own certificate; whether that certificate is trusted is the caller's next
 * question (crypto/path.h). CMS SignedData lives in cms.c, COSE_Sign1 in cose.c; both are rows of
 * the table of voucher formats (message/format.h).
 */
#ifndef BRSKI_ENVELOPE_H
#define BRSKI_ENVELOPE_H

#include "base/clock.h"
#include "crypto/cert.h"
#include "crypto/key.h"

#define BRSKI_ENVELOPE_MAX ((size_t)64 * 1024)

/* What is odd but tolerated; for brskictl voucher show, the log, and strict mode. */
#define BRSKI_ODD_ID_DATA  (1u << 0) /* eContentType id-data instead of id-ct-animaJSONVoucher */
#define BRSKI_ODD_NO_CERT  (1u << 1) /* signer's certificate not inside, taken from context */
#define BRSKI_ODD_SIG_ALG  (1u << 2) /* signatureAlgorithm id-ecPublicKey */
#define BRSKI_ODD_CRLS     (1u << 3) /* CRLs inside */
#define BRSKI_ODD_UNSIGNED (1u << 4) /* unsigned attributes inside (ignored) */
#define BRSKI_ODD_VERSION  (1u << 5) /* SignedData version not what RFC 5652 5.1 asks for */
/* signed attributes beyond contentType, messageDigest, signingTime */
#define BRSKI_ODD_SIGNED_ATTR (1u << 6)
#define BRSKI_ODD_BARE_ALG    (1u << 7) /* COSE: alg is not among the protected headers */

/*
 * An opened envelope. payload and the other slices point into the wire bytes, which must outlive
 * it.
 */
struct brski_signed {
	struct brski_slice payload;
	struct brski_certs certs;        /* the bag; owned */
	const struct brski_cert *signer; /* in certs, or in the context handed in */
	int64_t signing_time;            /* BRSKI_TIME_UNKNOWN: none */
	unsigned odd;                    /* BRSKI_ODD_* */
};
/* Keeps certs.heap, so that the same *s can be opened again. */
void brski_signed_clear(struct brski_signed *s);

/*
 * What strict refuses: each breaks a MUST of RFC 5652, RFC 8366 5.4 or RFC 9052 3.1. The rest is
 * legal, if unusual.
 */
#define BRSKI_ODD_STRICT \
	(BRSKI_ODD_ID_DATA | BRSKI_ODD_SIG_ALG | BRSKI_ODD_VERSION | BRSKI_ODD_BARE_ALG)
/* "content type id-data" and the like, for one bit; NULL for a bit without meaning. */
const char *brski_odd_text(unsigned bit);

/*
 * Open a CMS signed object: RFC 5652 5, RFC 8366 5.4.
 *
 * wire     borrowed as long as *out is used
 * context  certificates in which a signer is looked up that the object does not carry; may be NULL,
 *          else it must outlive *out
 * strict   refuse BRSKI_ODD_STRICT
 * out      zero before, or only certs.heap is set, where then lives what is allocated; on success
 *          the caller's: brski_signed_clear(); on failure empty. So for all of these functions.
 *
 * E_TOO_LARGE  > BRSKI_ENVELOPE_MAX, or more than BRSKI_BAG_MAX certificates
 * E_MALFORMED  not strict DER, not SignedData, another content type than voucher or id-data, not
 *              exactly one SignerInfo, no content, signed attributes absent or repeated, bytes left
 *              over, a broken certificate inside
 * E_SIGNATURE  content type or digest differ from the signed attributes, unknown algorithm, wrong
 *              signature, signer unknown, or (strict) an oddity
 */
enum brski_rc brski_cms_open(struct brski_slice wire, const struct brski_certs *context,
    bool strict, struct brski_signed *out, struct brski_err *err);

/*
 * For people, not for policy: a SignedData whose certificates can be read is given back as far as
 * it goes (payload absent: none or of another type; signer NULL: none that fits), and *verdict is
 * why brski_cms_open() would refuse it, rc BRSKI_OK if it would not. Fails only where it is none:
 * E_TOO_LARGE, E_MALFORMED.
 */
enum brski_rc brski_cms_look(struct brski_slice wire, const struct brski_certs *context,
    struct brski_signed *out, struct brski_err *verdict, struct brski_err *err);

/*
 * Sign payload: eContentType id-ct-animaJSONVoucher, version 3, signed attributes contentType,
 * messageDigest, signingTime (left out when the time is unknown), issuerAndSerialNumber of
 * certs[0], whose key is key. All of certs go in, in DER SET order. Appended to out.
 */
enum brski_rc brski_cms_seal(struct brski_slice payload, const struct brski_key *key,
    const struct brski_certs *certs, int64_t signing_time, struct brski_buf *out,
    struct brski_err *err);

/*
 * The same for COSE_Sign1 with its tag 18: RFC 9052 4.2, RFC 9360, cBRSKI 9.2. Taken
 * are ES256, ES384, ES512 and EdDSA with Ed25519, also as RFC 9864 numbers them (ESP256, Ed25519).
 * Nothing in a voucher's headers names the signer: it is the first certificate of context, then of
 * the object (x5bag and x5chain, protected or not), whose key made the signature. What certificates
 * and the bytes to be signed need is allocated, nothing else.
 *
 * E_TOO_LARGE  > BRSKI_ENVELOPE_MAX, or more than BRSKI_BAG_MAX certificates
 * E_MALFORMED  not strict CBOR (cbor/cbor.h), not tagged, not [bstr, map, bstr, bstr], a header
 *              twice in one map, a broken certificate inside
 * E_SIGNATURE  algorithm missing or unknown, crit with what we do not know, not r and s of the
 *              curve's size, wrong signature, signer unknown, or (strict) an oddity
 */
enum brski_rc brski_cose_open(struct brski_slice wire, const struct brski_certs *context,
    bool strict, struct brski_signed *out, struct brski_err *err);
/* As brski_cms_look(). */
enum brski_rc brski_cose_look(struct brski_slice wire, const struct brski_certs *context,
    struct brski_signed *out, struct brski_err *verdict, struct brski_err *err);
/*
 * Sign payload: alg in the protected header, all of certs (NULL: none) in the unprotected x5bag,
 * nothing else; signing_time is not written. Appended to out, without any other memory.
 */
enum brski_rc brski_cose_seal(struct brski_slice payload, const struct brski_key *key,
    const struct brski_certs *certs, int64_t signing_time, struct brski_buf *out,
    struct brski_err *err);
/*
 * The object without x5bag and x5chain in its unprotected header, everything else byte by byte:
 * what a registrar passes on, cBRSKI 9.2. Not verified. Appended to out. E_MALFORMED,
 * E_TOO_LARGE: no COSE_Sign1.
 */
enum brski_rc brski_cose_forward(struct brski_slice wire, struct brski_buf *out,
    struct brski_err *err);

/* certs-only SignedData, RFC 5652 5.1, RFC 8951: EST answers. Appended to out. */
enum brski_rc brski_certs_only_encode(const struct brski_certs *certs, struct brski_buf *out,
    struct brski_err *err);
/*
 * *out is empty, its heap and max are the caller's; on success so is what is in it:
 * brski_certs_clear(). E_TOO_LARGE > BRSKI_ENVELOPE_MAX or more
 * certificates than max; E_MALFORMED: not strict DER, not SignedData, with signers, no or
 * broken certificates.
 */
enum brski_rc brski_certs_only_decode(struct brski_slice in, struct brski_certs *out,
    struct brski_err *err);

#endif
