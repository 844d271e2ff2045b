/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registrar's judgement of a pledge voucher-request: RFC 8995 5.2, 5.3, 5.5; one function for the
 * daemon and for brskictl.
 * Nothing is stored or sent here, no clock is read.
 */
#ifndef REGISTRAR_PVR_H
#define REGISTRAR_PVR_H

#include "crypto/path.h"
#include "message/format.h"

struct registrar_pvr_in {
	const struct brski_format *format;
	/* borrowed as long as the result is used */
	struct brski_slice wire;
	/* of the TLS client, end entity first; NULL or n == 0: the PVR's signer stands in */
	const struct brski_certs *client_chain;
	/* the caller has validated client_chain against anchors, at this time */
	bool chain_judged;
	/* our end entity of this connection; absent: proximity is not judged */
	struct brski_slice own_cert;
	const struct brski_certs *anchors;  /* the manufacturer's */
	enum brski_serial_from serial_from; /* where this manufacturer puts the number */
	bool ignore_expiry;                 /* tolerate an IDevID beyond its notAfter */
	int64_t at;                         /* BRSKI_TIME_UNKNOWN: dates are not judged */
	bool strict;                        /* refuse what BRSKI_ODD_* tolerates */
};

struct registrar_pvr {
	struct brski_artifact a;
	/* the pledge's IDevID: first of client_chain, or the signer */
	const struct brski_cert *client;
	/* from that certificate, never from the PVR; borrowed from it */
	struct brski_slice serial;
};

/*
 * On success *out is the caller's: registrar_pvr_clear(); on failure it is empty. in's members must
 * outlive it.
 *
 * E_UNKNOWN    the client's chain reaches no anchor; E_EXPIRED, E_CERTIFICATE: it is bad otherwise
 * E_CERTIFICATE  also: the IDevID is a CA
 * E_MALFORMED, E_SIGNATURE, E_TOO_LARGE  as brski_artifact_open()
 * E_SIGNATURE  also: signed by another key than the TLS client's
 * E_NONCE      there is none
 * E_PROXIMITY  assertion, or proximity-registrar-* is not our certificate
 * E_SERIAL     none in the certificate, or not the PVR's
 */
enum brski_rc registrar_pvr_judge(const struct registrar_pvr_in *in, struct registrar_pvr *out,
    struct brski_err *err);
void registrar_pvr_clear(struct registrar_pvr *p);

#endif
