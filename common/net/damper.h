/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds back what others can make happen: some times at once, then only every few seconds. The
 * last of them is never lost, it is late.
 */
#ifndef BRSKI_DAMPER_H
#define BRSKI_DAMPER_H

#include <stdint.h>

#define BRSKI_DAMPER_BURST 4
#define BRSKI_DAMPER_MS    5000 /* between two, over time */

struct brski_damper {
	uint64_t paid_ms; /* each time costs BRSKI_DAMPER_MS */
};

/* Milliseconds until it may happen again; 0: now. */
static inline uint32_t
brski_damper_wait(const struct brski_damper *d, uint64_t now_ms)
{
	uint64_t credit = now_ms + (BRSKI_DAMPER_BURST - 1) * BRSKI_DAMPER_MS;

	return d->paid_ms > credit ? (uint32_t)(d->paid_ms - credit) : 0;
}

/* It has happened. */
static inline void
brski_damper_count(struct brski_damper *d, uint64_t now_ms)
{
	d->paid_ms = (d->paid_ms > now_ms ? d->paid_ms : now_ms) + BRSKI_DAMPER_MS;
}

#endif
