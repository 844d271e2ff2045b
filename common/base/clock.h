/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time is seconds since 1970-01-01T00:00:00Z in an int64_t: year 9999 fits, leap seconds do not
 * exist. Whoever judges dates gets a clock handed in, so that tests and brskictl --at set it. A
 * clock may be unknown: BRSKI_TIME_UNKNOWN (a pledge without a clock).
 */
#ifndef BRSKI_CLOCK_H
#define BRSKI_CLOCK_H

#include <stdint.h>
#include "base/err.h"
#include "base/slice.h"

#define BRSKI_TIME_UNKNOWN INT64_MIN
/* 9999-12-31T23:59:59Z, "no well-defined expiration", RFC 5280 4.1.2.5 */
#define BRSKI_TIME_FOREVER INT64_C(253402300799)

struct brski_clock {
	int64_t (*now)(void *arg);
	void *arg;
};

struct brski_clock brski_clock_system(void);
struct brski_clock brski_clock_fixed(int64_t *at); /* reads *at at every call; borrowed */
int64_t brski_clock_now(const struct brski_clock *c);

/*
 * RFC 3339 date-and-time, as YANG has it: offset or Z required, fractions ignored. E_MALFORMED
 * otherwise.
 */
enum brski_rc brski_time_parse_rfc3339(struct brski_slice in, int64_t *out, struct brski_err *err);
/* UTC with Z; out holds BRSKI_TIME_TEXT bytes. */
#define BRSKI_TIME_TEXT 21
void brski_time_format_rfc3339(int64_t t, char out[BRSKI_TIME_TEXT]);

/* DER UTCTime "YYMMDDHHMMSSZ" and GeneralizedTime "YYYYMMDDHHMMSSZ", RFC 5280 4.1.2.5. */
enum brski_rc brski_time_parse_asn1(struct brski_slice in, int64_t *out, struct brski_err *err);
#define BRSKI_TIME_ASN1 16
/* Writes UTCTime through 2049, GeneralizedTime from 2050; says which. */
bool brski_time_format_asn1(int64_t t, char out[BRSKI_TIME_ASN1]); /* true: GeneralizedTime */

#endif
