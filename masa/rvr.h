/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging a registrar voucher-request (RVR) and the pledge's request inside it (PVR). Pure: bytes and facts in, verdict out; the
 * MASA and `brskictl voucher verify --as masa` run the same code. Whether the device is known, and to whom it belongs, is policy.h's.
 */
#ifndef MASA_RVR_H
#define MASA_RVR_H

#include "crypto/path.h"
#include "message/format.h"

struct masa_rvr_in {
	const struct brski_format *format;
	struct brski_slice wire;           /* borrowed as long as the result is used */
	const struct brski_certs *anchors; /* IDevID roots */
	const struct brski_crls *crls;     /* used where they cover a certificate; NULL: none */
	enum brski_serial_from serial_from;
	int64_t at;         /* BRSKI_TIME_UNKNOWN: dates are not judged */
	bool ignore_expiry; /* tolerate the notAfter of the IDevID */
	bool
	    strict; /* refuse what standards only tolerate: an RVR without idevid-issuer, CMS oddities */
};

/* What stood in prior-signed-voucher-request: rfc8366bis 10.1 puts the old voucher there to renew it. */
enum masa_prior {
	MASA_PRIOR_NONE,
	MASA_PRIOR_PVR,
	MASA_PRIOR_VOUCHER
};

struct masa_rvr {
	struct brski_artifact rvr;
	struct brski_path_found
	    chain; /* the registrar: signer first, top of its own bag last; points into rvr and top */
	struct brski_certs top; /* the temporary anchor */
	enum masa_prior prior;
	struct brski_artifact
	    pvr; /* MASA_PRIOR_PVR: the request; MASA_PRIOR_VOUCHER: the old voucher; else empty */
	bool
	    proximity; /* the PVR's registrar key is one of this registrar's domain: RFC 8995 5.5.5 */
};

/*
 * RFC 8995 5.5.3 and 5.5.4: open the RVR, check its signature, the registrar's chain up to the top of its own bag (whatever domain CA
 * stands there becomes a temporary anchor) and that the signer is an RA. On failure *out is empty.
 *
 * E_MALFORMED    not a signed voucher-request, no serial-number
 * E_SIGNATURE, E_CERTIFICATE, E_EXPIRED, E_REVOKED   the signature or the chain
 * E_FORBIDDEN    no id-kp-cmcRA
 */
enum brski_rc masa_rvr_open(
    const struct masa_rvr_in *in, struct masa_rvr *out, struct brski_err *err);

/*
 * RFC 8995 5.5.5: judge what stands in prior-signed-voucher-request of an open RVR. Nothing there: OK, no proximity. An old voucher
 * is only opened and compared; that it is one of ours is for the ledger.
 *
 * E_MALFORMED    not a signed object
 * E_UNKNOWN      never: a signer that no IDevID root vouches for is E_CERTIFICATE
 * E_SIGNATURE, E_CERTIFICATE, E_EXPIRED, E_REVOKED   the PVR's signature, the IDevID
 * E_SERIAL, E_NONCE, E_FORBIDDEN   another device (or issuer), another nonce, another registrar
 */
enum brski_rc masa_rvr_prior(
    const struct masa_rvr_in *in, struct masa_rvr *rvr, struct brski_err *err);

/* Both; out is the caller's on success, empty on failure. */
enum brski_rc masa_rvr_judge(
    const struct masa_rvr_in *in, struct masa_rvr *out, struct brski_err *err);
void masa_rvr_clear(struct masa_rvr *r);

/* Does the leaf idevid-issuer, in any of its readings, name this IDevID's issuer? */
bool masa_idevid_issuer_is(struct brski_slice leaf, const struct brski_cert *idevid);

#endif
