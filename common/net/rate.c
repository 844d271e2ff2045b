/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rate.h"

#include <time.h>

static uint64_t
later(uint64_t paid, uint64_t now_ms)
{
	uint64_t now = now_ms * BRSKI_RATE_UNITS;

	return paid > now ? paid : now;
}

bool
brski_rate_may(uint64_t paid, const struct brski_rate *r, uint64_t now_ms)
{
	return later(paid, now_ms) - now_ms * BRSKI_RATE_UNITS <= (r->burst - 1) * r->cost;
}

bool
brski_rate_pay(uint64_t *paid, const struct brski_rate *r, uint64_t now_ms)
{
	if (!brski_rate_may(*paid, r, now_ms))
		return false;
	*paid = later(*paid, now_ms) + r->cost;
	return true;
}

uint32_t
brski_rate_hash(uint32_t seed, const void *p, size_t n)
{
	const uint8_t *at = p;
	uint32_t h = seed;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ at[i]) * 16777619u;
	return h ^ h >> 16;
}

uint64_t
brski_rate_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
