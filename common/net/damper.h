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
	uint64_t free_at[BRSKI_DAMPER_BURST];
	unsigned next;
};

/* Milliseconds until it may happen again; 0: now. */
static inline uint32_t
brski_damper_wait(const struct brski_damper *d, uint64_t now_ms)
{
	uint64_t at = d->free_at[d->next];

	return at > now_ms ? (uint32_t)(at - now_ms) : 0;
}

/* It has happened. */
static inline void
brski_damper_count(struct brski_damper *d, uint64_t now_ms)
{
	d->free_at[d->next] = now_ms + BRSKI_DAMPER_BURST * BRSKI_DAMPER_MS;
	d->next = (d->next + 1) % BRSKI_DAMPER_BURST;
}

#endif
