/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "pledge/jp.h"
#include "pledge/jp_pace.h"

/* Time in parts of a millisecond: what a datagram costs is a whole number. */
#define UNITS      4096
#define COST       (1000 * UNITS / JP_PACE_PER_SECOND)
#define LINK_COST  (1000 * UNITS / JP_LINK_PER_SECOND)

#define EXCESS_MIN (-(1 << 30)) /* less is as good as that */

void
jp_pace_init(struct jp_pace *p)
{
	memset(p, 0, sizeof(*p));
	brski_random(&p->seed, sizeof(p->seed));
}

/* FNV-1a from a start that nobody knows. */
static uint32_t
hash(const struct jp_pace *p, const struct in6_addr *a, uint32_t link)
{
	uint32_t h = p->seed ^ link * 2654435761u;
	size_t i;

	for (i = 0; i < sizeof(a->s6_addr); i++)
		h = (h ^ a->s6_addr[i]) * 16777619u;
	return h ^ h >> 16;
}

static bool
is_over(const struct jp_pace_slot *s, uint64_t now_ms)
{
	return now_ms - s->who_ms > JP_PACE_KEPT_S * 1000;
}

/* One that goes on to the registrar. Whose slot it is changes only when nothing is lost by that. */
static void
note(struct jp_pace_slot *s, uint32_t who, size_t n, uint64_t now_ms)
{
	if (s->who != who && s->talks && !is_over(s, now_ms))
		return;
	if (s->who != who || is_over(s, now_ms)) {
		s->who = who;
		s->excess = 0;
		s->talks = false;
	}
	s->who_ms = now_ms;
	if (!s->talks && s->excess > EXCESS_MIN)
		s->excess -= (int32_t)n;
}

/* A bucket: so much has been paid, so many datagrams may come at once. */
static bool
pay(uint64_t *paid, uint64_t now, uint64_t cost, uint64_t burst)
{
	if (*paid < now)
		*paid = now;
	if (*paid - now > (burst - 1) * cost)
		return false;
	*paid += cost;
	return true;
}

enum jp_pace_is
jp_pace_take(struct jp_pace *p, const struct in6_addr *a, uint32_t link, size_t n, uint64_t now_ms)
{
	uint32_t who = hash(p, a, link);
	struct jp_pace_slot *s = &p->slots[who % JP_PACE_SLOTS];
	uint64_t now = now_ms * UNITS;
	bool talks = s->who == who && s->talks && !is_over(s, now_ms);

	s->heard_ms = now_ms;
	if (!pay(&s->paid, now, COST, JP_PACE_BURST))
		return JP_PACE_FAST;
	if (!pay(&p->paid, now, LINK_COST, talks ? JP_LINK_BURST : JP_LINK_BURST / 2))
		return JP_PACE_FULL;
	note(s, who, n, now_ms);
	return JP_PACE_GOOD;
}

void
jp_pace_answered(struct jp_pace *p, const struct in6_addr *a, uint32_t link, size_t n)
{
	uint32_t who = hash(p, a, link);
	struct jp_pace_slot *s = &p->slots[who % JP_PACE_SLOTS];

	if (s->who != who || s->talks)
		return;
	s->excess += (int32_t)n;
	s->talks = s->excess > 0;
}

bool
jp_pace_heard(const struct jp_pace *p, const struct in6_addr *a, uint32_t link, uint64_t now_ms,
    uint64_t within_ms)
{
	uint64_t heard = p->slots[hash(p, a, link) % JP_PACE_SLOTS].heard_ms;

	return heard != 0 && now_ms - heard <= within_ms;
}
