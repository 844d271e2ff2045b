/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom to ask next, and when. RFC 8995 4.1: every candidate has its own back-off, starts are
 * spaced.
 */
#include "pledge/engine.h"

static bool
fixed_get(void *arg, size_t i, char name[PLEDGE_CANDIDATE_MAX])
{
	const struct pledge_fixed *list = arg;
	size_t n;

	if (i >= list->n)
		return false;
	n = strlen(list->names[i]);
	if (n >= PLEDGE_CANDIDATE_MAX)
		n = PLEDGE_CANDIDATE_MAX - 1;
	memcpy(name, list->names[i], n);
	name[n] = '\0';
	return true;
}

struct pledge_source
pledge_source_fixed(const struct pledge_fixed *list)
{
	return (struct pledge_source){ .get = fixed_get, .arg = (void *)(uintptr_t)list };
}

static struct pledge_seen *
find(struct pledge_seen *seen, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(seen[i].name, name) == 0)
			return &seen[i];
	return NULL;
}

/* The list as the sources have it now; who was on it before keeps his back-off. */
static void
refresh(struct pledge *p)
{
	struct pledge_seen now[PLEDGE_CANDIDATES] = { 0 }, *old;
	char name[PLEDGE_CANDIDATE_MAX] = "";
	size_t n = 0, s, i;

	for (s = 0; s < p->port->sources_n; s++) {
		const struct pledge_source *src = &p->port->sources[s];

		for (i = 0; n < PLEDGE_CANDIDATES && src->get(src->arg, i, name); i++) {
			if (find(now, n, name) != NULL)
				continue;
			memcpy(now[n].name, name, sizeof(name));
			if ((old = find(p->seen, p->seen_n, name)) != NULL)
				now[n] = *old;
			n++;
		}
	}
	memcpy(p->seen, now, n * sizeof(now[0]));
	p->seen_n = n;
}

uint32_t
pledge_backoff(struct pledge *p, unsigned n, uint32_t max_ms)
{
	uint64_t ms = p->conf.backoff_min_ms;
	uint16_t chance = 0;

	while (n-- > 0 && ms < max_ms)
		ms *= 2;
	if (ms > max_ms)
		ms = max_ms;
	p->port->random(p->port->arg, &chance, sizeof(chance));
	return (uint32_t)(ms - ms / 4 * chance / UINT16_MAX);
}

void
pledge_candidate_failed(struct pledge *p)
{
	struct pledge_seen *c = find(p->seen, p->seen_n, p->candidate);

	if (c == NULL)
		return;
	c->not_before = p->port->ticks_ms(p->port->arg) +
	    pledge_backoff(p, c->failures, p->conf.backoff_max_ms);
	if (c->failures < 32)
		c->failures++;
}

void
pledge_candidate_good(struct pledge *p)
{
	struct pledge_seen *c = find(p->seen, p->seen_n, p->candidate);

	if (c != NULL)
		c->failures = 0;
}

void
pledge_link_changed(struct pledge *p)
{
	size_t i;

	p->tried = false;
	for (i = 0; i < p->seen_n; i++) {
		p->seen[i].failures = 0;
		p->seen[i].not_before = 0;
	}
}

enum brski_rc
pledge_discover(struct pledge *p, struct brski_err *err)
{
	uint64_t now = p->port->ticks_ms(p->port->arg), due;
	struct pledge_seen *best = NULL;
	size_t i;

	refresh(p);
	for (i = 0; i < p->seen_n; i++)
		if (best == NULL || p->seen[i].not_before < best->not_before)
			best = &p->seen[i];
	if (best == NULL) {
		p->wait_ms = p->conf.backoff_min_ms;
		return brski_broken(err, BRSKI_E_PENDING, "no registrar or proxy in sight");
	}
	due = best->not_before;
	if (p->tried && due < p->last_try + p->conf.spacing_ms)
		due = p->last_try + p->conf.spacing_ms;
	if (due > now) {
		p->wait_ms = (uint32_t)(due - now);
		return BRSKI_E_PENDING;
	}
	memcpy(p->candidate, best->name, sizeof(p->candidate));
	pledge_speak(p);
	p->last_try = now;
	p->tried = true;
	return BRSKI_OK;
}
