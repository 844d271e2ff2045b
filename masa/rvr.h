/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging a registrar voucher-request (RVR) and the pledge's request inside it (PVR). Pure: bytes
 * and facts in, verdict out; the MASA and `brskictl voucher verify --as masa` run the same code.
 * Whether the device is known, and to whom it belongs, is for policy.h.
 */
#ifndef MASA_RVR_H
#define MASA_RVR_H

#include "masa/chains.h"
#include "message/format.h"

struct masa_rvr_in {
	const struct brski_format *format;
	struct brski_slice wire;           /* borrowed as long as the result is used */
	const struct brski_certs *anchors; /* IDevID roots */
	const struct brski_crls *crls;     /* used where they cover a certificate; NULL: none */
	enum brski_serial_from serial_from;
	int64_t at;         /* BRSKI_TIME_UNKNOWN: dates are not judged */
	bool ignore_expiry; /* tolerate the notAfter of the IDevID */
	/* refuse an RVR without idevid-issuer or pledge (cBRSKI 9.2), and odd envelopes */
	bool strict;
	/* who signs our vouchers: an old one comes back without its certificates; NULL: nobody */
	const struct brski_cert *own;
	struct masa_chains
	    *chains; /* looked at and added to; NULL: every chain is validated anew */
};

/* What stands in prior-signed-voucher-request; an old voucher: rfc8366bis 10.1, renewal. */
enum masa_prior {
	MASA_PRIOR_NONE,
	MASA_PRIOR_PVR,
	MASA_PRIOR_VOUCHER,
};

struct masa_rvr {
	struct brski_artifact rvr;
	struct brski_path_found chain;  /* the registrar: signer first, top of its own bag last */
	struct brski_path_found former; /* roots of which its top is the successor, former.h */
	/*
	 * The bag in two, views of its certificates: those to which names lead up from the signer,
	 * signer first; and the rest, the pledge's among them, and our own signer. Only the first
	 * can be pinned or be a temporary anchor.
	 */
	struct brski_certs domain, rest;
	struct brski_cert *tops; /* of domain, where paths can end: temporary anchors */
	size_t tops_n;
	enum masa_prior prior;
	struct brski_artifact pvr; /* the PVR, or the old voucher; empty with MASA_PRIOR_NONE */
	bool proximity;            /* the pledge stood before this registrar, RFC 8995 5.5.5 */
};

/*
 * RFC 8995 5.5.2 to 5.5.4: open the RVR, check its signature, the registrar's chain up to the top
 * of its own bag (whatever CA stands there is a temporary anchor) and that the signer is an RA.
 * *out holds what could be opened also on failure, for the log: masa_rvr_clear() either way.
 *
 * E_MALFORMED    not a signed voucher-request, no serial-number
 * E_SIGNATURE, E_CERTIFICATE, E_EXPIRED, E_REVOKED   the signature or the chain
 * E_FORBIDDEN    the signer has no id-kp-cmcRA; strict: no idevid-issuer
 */
enum brski_rc masa_rvr_open(const struct masa_rvr_in *in, struct masa_rvr *out,
    struct brski_err *err);

/*
 * RFC 8995 5.5.5, 5.5.6: judge what stands in prior-signed-voucher-request of an open RVR. Nothing
 * there: OK, but no proximity. An old voucher is only opened and compared; whether it is one of
 * ours is for the ledger.
 *
 * E_MALFORMED    not a signed object
 * E_SIGNATURE, E_CERTIFICATE, E_EXPIRED, E_REVOKED   the PVR's signature or the IDevID's chain;
 *                strict: a COSE RVR does not hold the IDevID
 * E_SERIAL, E_NONCE, E_FORBIDDEN   another device or issuer, another nonce, another registrar
 */
enum brski_rc masa_rvr_prior(const struct masa_rvr_in *in, struct masa_rvr *rvr,
    struct brski_err *err);

/* Both. *out is the caller's on success, empty on failure. */
enum brski_rc masa_rvr_judge(const struct masa_rvr_in *in, struct masa_rvr *out,
    struct brski_err *err);
void masa_rvr_clear(struct masa_rvr *r);

#endif
