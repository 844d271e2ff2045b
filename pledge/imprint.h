/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this voucher ours, and does it pin the registrar that we are talking to? Facts in, decision
 * out: no I/O, no clock, nothing kept. The pledge asks before it trusts, brskictl asks for people.
 * RFC 8995 5.6.1 and 5.6.2, RFC 8366 5.3, rfc8366bis 8.
 */
#ifndef PLEDGE_IMPRINT_H
#define PLEDGE_IMPRINT_H

#include "message/format.h"

/* How far a MASA's clock may be ahead of ours before created-on is refused. */
#define PLEDGE_CLOCK_SLACK_S 86400

/* Bits of accept_assertions. */
#define PLEDGE_ACCEPT(a) (1u << (a))
#define PLEDGE_ACCEPT_DEFAULT                                                              \
	(PLEDGE_ACCEPT(BRSKI_ASSERTION_VERIFIED) | PLEDGE_ACCEPT(BRSKI_ASSERTION_LOGGED) | \
	    PLEDGE_ACCEPT(BRSKI_ASSERTION_PROXIMITY))

struct pledge_voucher_in {
	const struct brski_format *format;
	struct brski_slice wire; /* the voucher as it came; borrowed as long as *out is used */
	/* the manufacturer's: the signer must chain to one of them */
	const struct brski_certs *anchors;
	struct brski_slice serial; /* our own serial-number */
	/*
	 * our own certificate: its AKI is what idevid-issuer must name; NULL, for tools that do not
	 * have it: the leaf is not judged
	 */
	const struct brski_cert *idevid;
	/* the PVR that this answers: its nonce, and the kind of pin it asked for */
	const struct brski_voucher *request;
	int64_t at;                 /* BRSKI_TIME_UNKNOWN: no trusted clock, dates are not judged */
	unsigned accept_assertions; /* PLEDGE_ACCEPT() bits; 0: PLEDGE_ACCEPT_DEFAULT */
	/* take a voucher without nonce; if it has no expires-on either, it lives for ever */
	bool accept_nonceless;
	bool strict; /* refuse BRSKI_ODD_* */
};

/*
 * Open the voucher and judge it: standards order a-h of RFC 8995 5.6.1. On success *out is the
 * caller's (brski_artifact_clear) and out->v holds exactly one pin, the one that decides
 * (rfc8366bis 8: several pins stand for one domain); on failure *out is empty. It comes empty, and
 * its heaps are where it lives.
 *
 * Errors of brski_artifact_open(), of brski_path_validate() for the signer, and
 * E_MALFORMED   nonce together with expires-on, last-renewal-date without expires-on (RFC 8366 5.3)
 * E_SERIAL      serial-number is missing or another device's; E_CERTIFICATE: idevid-issuer names
 *               another issuer
 * E_NONCE       the nonce is not the request's, or there is none and that is not accepted
 * E_EXPIRED     expires-on has passed or created-on lies ahead by more than PLEDGE_CLOCK_SLACK_S
 * E_ASSERTION   assertion missing or not accepted
 * E_PIN         no pin
 */
enum brski_rc pledge_voucher_judge(const struct pledge_voucher_in *in, struct brski_artifact *out,
    struct brski_err *err);

/*
 * Does the pin cover the server? v is a judged voucher, server_chain what the server presented, end
 * entity first (n >= 1; RFC 8995 5.6.2). Either the end entity's key is the pinned key, or a PKIX
 * path leads from it to the pinned certificate and it is a registrar by id-kp-cmcRA (RFC 7030
 * 3.6.1; not demanded of a pinned end entity). Names are not judged: none is known.
 *
 * E_PIN          the chain does not lead to the pin
 * E_EXPIRED      by a trusted clock: expires-on lies after the end of the pinned certificate
 * E_CERTIFICATE  it does, but the end entity is no registrar, or the pin cannot be read
 */
enum brski_rc pledge_pin_check(const struct brski_voucher *v,
    const struct brski_certs *server_chain, int64_t at, struct brski_err *err);

#endif
