/* SPDX-License-Identifier: Apache-2.0 */
/* Which registrars a join proxy relays to, and how: join proxy 4.3. */
#include <string.h>

#include "pledge/jp_hub.h"

static bool
has(const struct jp_place *places, size_t n, enum jp_transport t)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (places[i].transport == t)
			return true;
	return false;
}

static bool
is_wanted(const struct jp_ways *w, bool any_jpy, enum jp_transport t)
{
	bool nothing_said = !w->circuit && !w->stateful && !w->stateless;

	switch (t) {
	case JP_HTTPS:
		return w->circuit || nothing_said;
	case JP_JPY:
		return w->stateless || nothing_said;
	default:
		return w->stateful || (nothing_said && !any_jpy);
	}
}

/* The same registrar, the same way: by its name or where it is. */
static bool
is_one(const struct jp_place *a, const struct jp_place *b)
{
	return jp_place_same(a, b) ||
	    (a->transport == b->transport && a->instance[0] != '\0' &&
	        strcmp(a->instance, b->instance) == 0);
}

/* For each place the first one of its registrar, also where others between them show that. */
static void
unite(const struct jp_place *places, size_t n, size_t first[JP_PLACES])
{
	size_t i, k, m;

	for (i = 0; i < n; i++) {
		first[i] = i;
		for (k = 0; k < i; k++) {
			size_t low = first[k] < first[i] ? first[k] : first[i],
			       high = first[k] < first[i] ? first[i] : first[k];

			for (m = 0; is_one(&places[i], &places[k]) && m <= i; m++)
				if (first[m] == high)
					first[m] = low;
		}
	}
}

static void
add_place(struct jp_choice *c, const struct jp_place *p)
{
	struct jp_place at = { .transport = p->transport };
	size_t i;

	if (c->instance[0] == '\0')
		memcpy(c->instance, p->instance, sizeof(c->instance));
	for (i = 0; i < c->targets.n; i++) {
		at.at = c->targets.at[i];
		if (jp_place_same(&at, p))
			return;
	}
	if (c->targets.n < JP_TARGETS)
		c->targets.at[c->targets.n++] = p->at;
}

size_t
jp_choose(const struct jp_ways *ways, const struct jp_place *places, size_t n,
    struct jp_choice out[JP_LANES])
{
	bool any_jpy = has(places, n, JP_JPY);
	size_t first[JP_PLACES], lane[JP_PLACES], i, chosen = 0;

	n = n < JP_PLACES ? n : JP_PLACES;
	unite(places, n, first);
	for (i = 0; i < n; i++) {
		lane[i] = JP_LANES;
		if (!is_wanted(ways, any_jpy, places[i].transport))
			continue;
		if (first[i] == i && chosen < JP_LANES) {
			out[chosen] = (struct jp_choice){ .transport = places[i].transport };
			lane[i] = chosen++;
		}
		if (lane[first[i]] < JP_LANES)
			add_place(&out[lane[first[i]]], &places[i]);
	}
	return chosen;
}
