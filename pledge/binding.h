/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each transport calls the requests of an onboarding, and in which form their bodies travel:
 * const data that the engine reads, so that it never asks which transport it is on. RFC 8995 5,
 * RFC 7030 4, cBRSKI 6, RFC 9148 4.
 */
#ifndef PLEDGE_BINDING_H
#define PLEDGE_BINDING_H

#include <stdbool.h>
#include <stddef.h>

enum pledge_call {
	PLEDGE_CALL_VOUCHER,
	PLEDGE_CALL_VOUCHER_STATUS,
	PLEDGE_CALL_CACERTS,
	PLEDGE_CALL_CSRATTRS,
	PLEDGE_CALL_ENROL,
	PLEDGE_CALL_ENROL_STATUS,
	PLEDGE_CALL_REENROL,
	PLEDGE_CALLS
};

/* One request. */
struct pledge_call_row {
	bool post;
	const char *path;  /* "/.well-known/brski/requestvoucher"; NULL: never asked */
	const char *media; /* of the body; NULL: none, or the voucher format's */
	/* what the answer must be; NULL: the voucher format's, or whatever it is (telemetry) */
	const char *accept;
	const char *spec; /* the clause that the answer is judged by */
};

struct pledge_binding {
	const char *name;   /* "https" */
	const char *scheme; /* candidates that are reached by it start so: "https://" */
	const char *format; /* media type of the vouchers that are asked for if nobody says */
	bool base64;        /* EST bodies in both directions, RFC 8951 3; else binary */
	/*
	 * The domain's certificates are fetched before anything is asked of its CA; else only if
	 * the issued certificate does not end at the pin: cBRSKI 6.7.1.
	 */
	bool cacerts_first;
	struct pledge_call_row calls[PLEDGE_CALLS];
};

extern const struct pledge_binding pledge_https; /* RFC 8995, RFC 7030 */
extern const struct pledge_binding pledge_coaps; /* cBRSKI, RFC 9148 */

/* The one whose scheme the candidate's name starts with; NULL: none. */
const struct pledge_binding *pledge_binding_find(const char *candidate);

#endif
