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

/* The choice that a place belongs to; NULL: a new one. */
static struct jp_choice *
choice_of(struct jp_choice *list, size_t n, const struct jp_place *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].transport == p->transport && p->instance[0] != '\0' &&
		    strcmp(list[i].instance, p->instance) == 0)
			return &list[i];
	return NULL;
}

size_t
jp_choose(const struct jp_ways *ways, const struct jp_place *places, size_t n,
    struct jp_choice out[JP_LANES])
{
	bool any_jpy = has(places, n, JP_JPY);
	struct jp_choice *c;
	size_t i, chosen = 0;

	for (i = 0; i < n; i++) {
		const struct jp_place *p = &places[i];

		if (!is_wanted(ways, any_jpy, p->transport))
			continue;
		if ((c = choice_of(out, chosen, p)) == NULL && chosen < JP_LANES) {
			c = &out[chosen++];
			*c = (struct jp_choice){ .transport = p->transport };
			memcpy(c->instance, p->instance, sizeof(c->instance));
		}
		if (c != NULL && c->targets.n < JP_TARGETS)
			c->targets.at[c->targets.n++] = p->at;
	}
	return chosen;
}
