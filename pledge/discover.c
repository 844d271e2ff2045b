/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom to ask next, and when. RFC 8995 4.1: every candidate has its own back-off, starts are
 * spaced. Sources may offer any number, and most of them may be an attacker's inventions:
 *
 * - As long as there is room to remember who failed, who did not fail yet comes first, in the
 *   sources' order, then those whose back-off is over.
 * - Beyond that, who failed gets forgotten, and looks like somebody new. So those that we know
 *   nothing of have their turns in the order of digests, which announcements that come and go do
 *   not change and nobody can foresee: one round reaches everybody. The rounds have a back-off.
 *   Every now and then somebody whose back-off is over is asked between them.
 */
#include "crypto/key.h"
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

/* --- who failed */

#define FRESH_IN_A_ROW 3 /* then one who is known and due */

static uint64_t
digest(const struct pledge *p, const char *name)
{
	uint8_t text[sizeof(p->salt) + PLEDGE_CANDIDATE_MAX], hash[BRSKI_SHA256_SIZE];
	size_t n = strnlen(name, PLEDGE_CANDIDATE_MAX);
	uint64_t id;

	memcpy(text, &p->salt, sizeof(p->salt));
	memcpy(text + sizeof(p->salt), name, n);
	brski_sha256(brski_slice(text, sizeof(p->salt) + n), hash);
	memcpy(&id, hash, sizeof(id));
	return id;
}

static struct pledge_seen *
find(struct pledge *p, uint64_t id)
{
	size_t i;

	for (i = 0; i < p->seen_n; i++)
		if (p->seen[i].id == id)
			return &p->seen[i];
	return NULL;
}

/* Who may be asked again first. */
static struct pledge_seen *
soonest(struct pledge *p)
{
	struct pledge_seen *best = NULL;
	size_t i;

	for (i = 0; i < p->seen_n; i++)
		if (best == NULL || p->seen[i].not_before < best->not_before)
			best = &p->seen[i];
	return best;
}

/* Where there is no room, his is taken whose back-off says least. */
static struct pledge_seen *
remember(struct pledge *p, uint64_t id)
{
	struct pledge_seen *c = find(p, id);

	if (c != NULL)
		return c;
	c = p->seen_n < PLEDGE_CANDIDATES ? &p->seen[p->seen_n++] : soonest(p);
	*c = (struct pledge_seen){ .id = id };
	return c;
}

/* Who is not offered any more begins anew when he comes back. */
static void
forget_absent(struct pledge *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->seen_n; i++)
		if (p->seen[i].offered)
			p->seen[n++] = p->seen[i];
	p->seen_n = n;
}

/* --- how it went */

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
	struct pledge_seen *c = remember(p, digest(p, p->candidate));

	c->not_before = p->port->ticks_ms(p->port->arg) +
	    pledge_backoff(p, c->failures, p->conf.backoff_max_ms);
	if (c->failures < 32)
		c->failures++;
}

void
pledge_candidate_good(struct pledge *p)
{
	struct pledge_seen *c = find(p, digest(p, p->candidate));

	if (c != NULL)
		c->failures = 0;
}

/* It has not failed, and it is not its turn. */
void
pledge_candidate_waits(struct pledge *p, uint32_t ms)
{
	remember(p, digest(p, p->candidate))->not_before = p->port->ticks_ms(p->port->arg) + ms;
}

uint64_t
pledge_candidate_id(const struct pledge *p)
{
	return digest(p, p->candidate);
}

bool
pledge_others(struct pledge *p)
{
	uint64_t own = digest(p, p->candidate);
	char name[PLEDGE_CANDIDATE_MAX] = "";
	size_t s, i;

	for (s = 0; s < p->port->sources_n; s++)
		for (i = 0; p->port->sources[s].get(p->port->sources[s].arg, i, name); i++)
			if (digest(p, name) != own)
				return true;
	return false;
}

#define LINKS_MS 60000 /* between two changes of links that count */

void
pledge_link_changed(struct pledge *p)
{
	p->links_changed = true;
}

/*
 * Whoever failed may be there now. Neighbours can have our addresses come and go, RFC 4862 5.5: so
 * not all the time, and never faster than attempts are spaced.
 */
static void
look_anew(struct pledge *p, uint64_t now)
{
	if (!p->links_changed || now < p->links_at)
		return;
	p->links_changed = false;
	p->links_at = now + LINKS_MS;
	p->seen_n = 0;
	p->cursor = p->round_at = 0;
	p->rounds = p->fresh_n = 0;
}

/* --- who is next */

struct place {
	const struct pledge_source *source; /* NULL: nobody */
	size_t i;
	uint64_t id;
};

/* What the sources offer now. */
struct view {
	struct place first;        /* not known to have failed: the first of them, */
	struct place lowest, next; /* by digest: of all, after the cursor */
	struct place known;        /* the one whose back-off ends first, */
	uint64_t known_at;         /* then */
};

static void
look_at(struct pledge *p, const struct place *at, struct view *v)
{
	struct pledge_seen *c = find(p, at->id);

	if (c != NULL) {
		c->offered = true;
		if (v->known.source == NULL || c->not_before < v->known_at) {
			v->known = *at;
			v->known_at = c->not_before;
		}
		return;
	}
	if (v->first.source == NULL)
		v->first = *at;
	if (v->lowest.source == NULL || at->id < v->lowest.id)
		v->lowest = *at;
	if (at->id > p->cursor && (v->next.source == NULL || at->id < v->next.id))
		v->next = *at;
}

static void
look(struct pledge *p, struct view *v)
{
	char name[PLEDGE_CANDIDATE_MAX] = "";
	size_t s, i;

	for (i = 0; i < p->seen_n; i++)
		p->seen[i].offered = false;
	for (s = 0; s < p->port->sources_n; s++) {
		const struct pledge_source *src = &p->port->sources[s];

		for (i = 0; src->get(src->arg, i, name); i++)
			look_at(p, &(struct place){ src, i, digest(p, name) }, v);
	}
	forget_absent(p);
}

/* Everybody had his turn: after a pause from the beginning. */
static void
next_round(struct pledge *p, struct view *v, uint64_t now)
{
	p->round_at = now + pledge_backoff(p, p->rounds, p->conf.backoff_max_ms);
	if (p->rounds < 32)
		p->rounds++;
	p->cursor = 0;
	v->next = v->lowest;
}

/* Somebody without failures, and when he may be asked. */
static struct place
choose_fresh(struct pledge *p, struct view *v, uint64_t now, uint64_t *at)
{
	*at = 0;
	if (p->seen_n < PLEDGE_CANDIDATES || v->first.source == NULL)
		return v->first;
	if (v->next.source == NULL)
		next_round(p, v, now);
	*at = p->round_at;
	return v->next;
}

static struct place
choose(struct pledge *p, struct view *v, uint64_t now, uint64_t *at)
{
	bool full = p->seen_n == PLEDGE_CANDIDATES;
	struct place fresh = choose_fresh(p, v, now, at);
	bool both = fresh.source != NULL && v->known.source != NULL;
	bool turn = full && p->fresh_n >= FRESH_IN_A_ROW && v->known_at <= now;

	if (fresh.source == NULL || (both && (turn || (*at > now && v->known_at < *at)))) {
		*at = v->known_at;
		return v->known;
	}
	return fresh;
}

/* He is asked now. */
static void
take(struct pledge *p, const struct place *c, uint64_t now)
{
	bool fresh = find(p, c->id) == NULL;

	(void)c->source->get(c->source->arg, c->i, p->candidate);
	p->fresh_n = fresh ? p->fresh_n + 1 : 0;
	if (fresh && p->seen_n == PLEDGE_CANDIDATES)
		p->cursor = c->id;
	p->last_try = now;
	p->tried = true;
	pledge_speak(p);
}

enum brski_rc
pledge_discover(struct pledge *p, struct brski_err *err)
{
	uint64_t now = p->port->ticks_ms(p->port->arg), due;
	struct view v = { 0 };
	struct place best;

	look_anew(p, now);
	look(p, &v);
	best = choose(p, &v, now, &due);
	if (best.source == NULL) {
		p->wait_ms = p->conf.backoff_min_ms;
		return brski_broken(err, BRSKI_E_PENDING, "no registrar or proxy in sight");
	}
	if (p->tried && due < p->last_try + p->conf.spacing_ms)
		due = p->last_try + p->conf.spacing_ms;
	if (p->links_changed && p->links_at < due)
		due = p->links_at;
	if (due > now) {
		p->wait_ms = (uint32_t)(due - now);
		return BRSKI_E_PENDING;
	}
	take(p, &best, now);
	return BRSKI_OK;
}
