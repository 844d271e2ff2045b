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

static bool
same_at(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct jp_place x = { .at = *a }, y = { .at = *b };

	return jp_place_same(&x, &y);
}

/* --- each announcement, and each address that CoAP told of, is a choice */

static struct jp_choice *
choice_of(struct jp_choice *c, size_t n, const struct jp_place *p)
{
	size_t i;

	for (i = 0; i < n && p->instance[0] != '\0'; i++)
		if (c[i].transport == p->transport && c[i].link == p->link &&
		    strcmp(c[i].instance, p->instance) == 0)
			return &c[i];
	return NULL;
}

static bool
has_target(const struct jp_targets *t, const struct sockaddr_storage *at)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (same_at(&t->at[i], at))
			return true;
	return false;
}

/* IPv6 first: the order is the same whoever tells, and whatever comes first. */
static void
add_target(struct jp_targets *t, const struct sockaddr_storage *at)
{
	size_t i;

	if (t->n == JP_TARGETS || has_target(t, at))
		return;
	for (i = t->n++; i > 0 && at->ss_family == AF_INET6 && t->at[i - 1].ss_family == AF_INET;
	     i--)
		t->at[i] = t->at[i - 1];
	t->at[i] = *at;
}

static size_t
gather(const struct jp_ways *ways, const struct jp_place *places, size_t n, struct jp_choice *out)
{
	bool any_jpy = has(places, n, JP_JPY);
	size_t i, made = 0;
	struct jp_choice *c;

	for (i = 0; i < n; i++) {
		const struct jp_place *p = &places[i];

		if (!is_wanted(ways, any_jpy, p->transport))
			continue;
		if ((c = choice_of(out, made, p)) == NULL) {
			c = &out[made++];
			*c = (struct jp_choice){ .transport = p->transport, .link = p->link };
			memcpy(c->instance, p->instance, sizeof(c->instance));
		}
		add_target(&c->targets, &p->at);
	}
	return made;
}

/* --- one registrar that is heard of in more than one way has one lane */

static size_t
remove_choice(struct jp_choice *c, size_t n, size_t at)
{
	memmove(&c[at], &c[at + 1], (n - at - 1) * sizeof(*c));
	return n - 1;
}

static bool
make_first(struct jp_targets *t, const struct sockaddr_storage *at)
{
	struct sockaddr_storage was = t->at[0];
	size_t i;

	for (i = 0; i < t->n && !same_at(&t->at[i], at); i++)
		;
	if (i == t->n)
		return false;
	t->at[0] = t->at[i];
	t->at[i] = was;
	return true;
}

/*
 * An address that CoAP told of leads an announcement that has it, but not two addresses the same:
 * whoever announces somebody else's address with his own gives that one a way more, and takes none.
 */
static bool
is_led(struct jp_choice *a, const struct jp_choice *b)
{
	const struct sockaddr_storage *at = &b->targets.at[0];

	if (a->instance[0] == '\0' || a->transport != b->transport)
		return false;
	if (a->led)
		return same_at(&a->targets.at[0], at);
	return a->led = make_first(&a->targets, at);
}

static size_t
lead(struct jp_choice *c, size_t n)
{
	size_t i = 0, k;

	while (i < n) {
		for (k = 0; c[i].instance[0] == '\0' && k < n && !is_led(&c[k], &c[i]); k++)
			;
		if (c[i].instance[0] == '\0' && k < n)
			n = remove_choice(c, n, i);
		else
			i++;
	}
	return n;
}

static void
append(struct jp_targets *to, const struct jp_targets *from)
{
	size_t i;

	for (i = 0; i < from->n && to->n < JP_TARGETS; i++)
		if (!has_target(to, &from->at[i]))
			to->at[to->n++] = from->at[i];
}

/* Two that lead to the same address first lead to the same registrar. */
static size_t
unite(struct jp_choice *c, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = n - 1; k > i; k--) {
			if (c[i].transport != c[k].transport ||
			    !same_at(&c[i].targets.at[0], &c[k].targets.at[0]))
				continue;
			append(&c[i].targets, &c[k].targets);
			n = remove_choice(c, n, k);
		}
	return n;
}

size_t
jp_choose(const struct jp_ways *ways, const struct jp_place *places, size_t n,
    struct jp_choice out[JP_LANES])
{
	struct jp_choice all[JP_PLACES];

	n = gather(ways, places, n < JP_PLACES ? n : JP_PLACES, all);
	n = unite(all, lead(all, n));
	memcpy(out, all, (n < JP_LANES ? n : JP_LANES) * sizeof(*out));
	return n;
}
