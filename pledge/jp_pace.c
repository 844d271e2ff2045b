/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "base/text.h"
#include "net/rate.h"
#include "pledge/jp.h"
#include "pledge/jp_pace.h"

static const struct brski_rate of_one = { BRSKI_RATE_PER_SECOND(JP_PACE_PER_SECOND),
	JP_PACE_BURST };
static const struct brski_rate of_all = { BRSKI_RATE_PER_SECOND(JP_LINK_PER_SECOND),
	JP_LINK_BURST };
static const struct brski_rate of_strangers = { BRSKI_RATE_PER_SECOND(JP_LINK_PER_SECOND),
	JP_LINK_BURST / 2 };

#define EXCESS_MIN (-(1 << 30)) /* less is as good as that */

void
jp_pace_init(struct jp_pace *p)
{
	memset(p, 0, sizeof(*p));
	brski_random(&p->seed, sizeof(p->seed));
}

static uint32_t
hash(const struct jp_pace *p, const struct in6_addr *a, uint32_t link)
{
	return brski_rate_hash(p->seed ^ link * 2654435761u, a, sizeof(*a));
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
		memset(s->ports, 0, sizeof(s->ports));
	}
	s->who_ms = now_ms;
	if (!s->talks && s->excess > EXCESS_MIN)
		s->excess -= (int32_t)n;
}

enum jp_pace_is
jp_pace_take(struct jp_pace *p, const struct in6_addr *a, uint32_t link, size_t n, uint64_t now_ms)
{
	uint32_t who = hash(p, a, link);
	struct jp_pace_slot *s = &p->slots[who % JP_PACE_SLOTS];
	bool talks = s->who == who && s->talks && !is_over(s, now_ms);

	s->heard_ms = now_ms;
	if (!brski_rate_pay(&s->paid, &of_one, now_ms))
		return JP_PACE_FAST;
	if (!brski_rate_pay(&p->paid, talks ? &of_all : &of_strangers, now_ms))
		return JP_PACE_FULL;
	note(s, who, n, now_ms);
	return JP_PACE_GOOD;
}

bool
jp_pace_port(struct jp_pace *p, const struct in6_addr *a, uint32_t link, uint16_t port,
    unsigned max, uint64_t now_ms)
{
	uint32_t who = hash(p, a, link);
	struct jp_pace_slot *s = &p->slots[who % JP_PACE_SLOTS];
	uint16_t now_s = (uint16_t)(now_ms / 1000);
	unsigned i, at = JP_PACE_PORTS, used = 0;

	if (s->who != who)
		return true;
	for (i = 0; i < JP_PACE_PORTS && s->ports[i].port != port; i++) {
		if (s->ports[i].port != 0 &&
		    (uint16_t)(now_s - s->ports[i].heard_s) <= JP_PACE_PORT_S)
			used++;
		else
			at = i;
	}
	if (i == JP_PACE_PORTS && (used >= max || (i = at) == JP_PACE_PORTS))
		return false;
	s->ports[i].port = port;
	s->ports[i].heard_s = now_s;
	return true;
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
