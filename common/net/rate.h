/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token buckets in a word each, and tables of them that do not grow with the number of those who
 * come: two who share a slot share its bucket, and nobody can choose with whom, because the hash
 * starts from a secret.
 */
#ifndef BRSKI_RATE_H
#define BRSKI_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRSKI_RATE_UNITS 4096 /* parts of a millisecond: what one costs is a whole number */

struct brski_rate {
	uint64_t cost;  /* of one, in units of time: BRSKI_RATE_PER_SECOND(), BRSKI_RATE_EVERY() */
	uint32_t burst; /* so many may come at once */
};
#define BRSKI_RATE_PER_SECOND(n) (1000u * BRSKI_RATE_UNITS / (n))
#define BRSKI_RATE_EVERY(ms)     ((uint64_t)(ms)*BRSKI_RATE_UNITS)

/* A bucket is the time until which it has been paid for; 0: never used. */
bool brski_rate_may(uint64_t paid, const struct brski_rate *r, uint64_t now_ms);
/* False: one too many, and nothing is paid. */
bool brski_rate_pay(uint64_t *paid, const struct brski_rate *r, uint64_t now_ms);

/* FNV-1a; seed says from where. */
uint32_t brski_rate_hash(uint32_t seed, const void *p, size_t n);
/* Of a clock that is never set. */
uint64_t brski_rate_now_ms(void);

#endif
