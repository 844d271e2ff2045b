/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "pledge/jp.h"
#include "pledge/jp_pace.h"

/* Time in 64ths of a millisecond: what a datagram costs is a whole number. */
#define UNITS 64
#define COST  (1000 * UNITS / JP_PACE_PER_SECOND)

void
jp_pace_init(struct jp_pace *p)
{
	memset(p, 0, sizeof(*p));
	brski_random(&p->seed, sizeof(p->seed));
}

/* FNV-1a from a start that nobody knows. */
static size_t
slot(const struct jp_pace *p, const struct in6_addr *a, uint32_t link)
{
	uint32_t h = p->seed ^ link * 2654435761u;
	size_t i;

	for (i = 0; i < sizeof(a->s6_addr); i++)
		h = (h ^ a->s6_addr[i]) * 16777619u;
	return (h ^ h >> 16) % JP_PACE_SLOTS;
}

bool
jp_pace_take(struct jp_pace *p, const struct in6_addr *a, uint32_t link, uint64_t now_ms)
{
	size_t i = slot(p, a, link);
	uint64_t now = now_ms * UNITS, *paid = &p->slots[i].paid;

	p->slots[i].heard_ms = now_ms;
	if (*paid < now)
		*paid = now;
	if (*paid - now > (uint64_t)(JP_PACE_BURST - 1) * COST)
		return false;
	*paid += COST;
	return true;
}

bool
jp_pace_heard(const struct jp_pace *p, const struct in6_addr *a, uint32_t link, uint64_t now_ms,
    uint64_t within_ms)
{
	uint64_t heard = p->slots[slot(p, a, link)].heard_ms;

	return heard != 0 && now_ms - heard <= within_ms;
}
