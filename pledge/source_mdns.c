/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/source_mdns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Proxies before registrars, those that are on the link for sure before others. */
#define RANK_REGISTRAR 4
#define RANK_ROUTED    2
#define RANK_COAPS     1

static const struct {
	const char *type;
	bool coaps;
	unsigned rank;
} kinds[] = {
	{ "_brski-proxy._tcp", false, 0 },
	{ "_brski-proxy._udp", true, RANK_COAPS },
	{ "_brski-registrar._tcp", false, RANK_REGISTRAR },
	{ "_brski-registrar._udp", true, RANK_REGISTRAR | RANK_COAPS },
};

static size_t
find(const struct pledge_source_mdns *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->seen_n && strcmp(s->seen[i].name, name) != 0; i++)
		;
	return i;
}

static void
take_out(struct pledge_source_mdns *s, size_t at)
{
	s->seen_n--;
	memmove(&s->seen[at], &s->seen[at + 1], (s->seen_n - at) * sizeof(s->seen[0]));
}

static bool
make_room(struct pledge_source_mdns *s)
{
	size_t room = s->room > 0 ? 2 * s->room : 16;
	struct pledge_mdns_seen *seen;

	if (s->seen_n < s->room)
		return true;
	if (room > PLEDGE_MDNS_MAX || (seen = realloc(s->seen, room * sizeof(*seen))) == NULL)
		return false;
	s->seen = seen;
	s->room = room;
	return true;
}

static void
put_in(struct pledge_source_mdns *s, const struct pledge_mdns_seen *seen)
{
	size_t at = s->seen_n;

	while (at > 0 && s->seen[at - 1].rank > seen->rank)
		at--;
	memmove(&s->seen[at + 1], &s->seen[at], (s->seen_n - at) * sizeof(s->seen[0]));
	s->seen[at] = *seen;
	s->seen_n++;
}

/* The same place may be announced as proxy and as registrar: the better one counts. */
static void
add(struct pledge_source_mdns *s, struct pledge_mdns_seen *seen)
{
	size_t at = find(s, seen->name);

	if (at < s->seen_n) {
		seen->count += s->seen[at].count;
		if (s->seen[at].rank < seen->rank)
			seen->rank = s->seen[at].rank;
		take_out(s, at);
	} else if (!make_room(s))
		return;
	put_in(s, seen);
	if (seen->count == 1 && s->news != NULL)
		s->news(s->arg);
}

void
pledge_source_mdns_found(void *arg, const struct brski_mdns_found *f, bool there)
{
	const struct pledge_mdns_kind *kind = arg;
	struct pledge_source_mdns *s = kind->source;
	struct pledge_mdns_seen seen = { .rank = kind->rank, .count = 1 };
	size_t at;

	if (strncmp(f->address, "[fe80:", 6) != 0)
		seen.rank |= RANK_ROUTED;
	if (snprintf(seen.name, sizeof(seen.name), "%s%s", kind->scheme, f->address) >=
	    (int)sizeof(seen.name))
		return;
	if (there)
		add(s, &seen);
	else if ((at = find(s, seen.name)) < s->seen_n && --s->seen[at].count == 0)
		take_out(s, at);
}

static bool
get(void *arg, size_t i, char name[PLEDGE_CANDIDATE_MAX])
{
	const struct pledge_source_mdns *s = arg;

	if (i >= s->seen_n)
		return false;
	memcpy(name, s->seen[i].name, PLEDGE_CANDIDATE_MAX);
	return true;
}

struct pledge_source
pledge_source_mdns(struct pledge_source_mdns *s)
{
	return (struct pledge_source){ .get = get, .arg = s };
}

enum brski_rc
pledge_source_mdns_start(struct pledge_source_mdns *s, struct brski_loop *loop,
    const struct pledge_source_mdns_conf *conf, struct brski_err *err)
{
	const struct brski_mdns_conf mdns = { .interfaces =
		                                  conf->interfaces_n > 0 ? conf->interfaces : NULL,
		.interfaces_n = conf->interfaces_n,
		.log = conf->log };
	struct pledge_mdns_kind *k;
	enum brski_rc rc;
	size_t i;

	*s = (struct pledge_source_mdns){ .news = conf->news, .arg = conf->arg };
	rc = brski_mdns_new(loop, &mdns, &s->mdns, err);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && rc == BRSKI_OK; i++) {
		if (!(kinds[i].coaps ? conf->coaps : conf->https))
			continue;
		k = &s->kinds[s->kinds_n++];
		*k = (struct pledge_mdns_kind){ .source = s,
			.type = kinds[i].type,
			.scheme = kinds[i].coaps ? pledge_coaps.scheme : pledge_https.scheme,
			.rank = kinds[i].rank };
		rc = brski_mdns_browse(s->mdns, k->type, pledge_source_mdns_found, k, err);
	}
	if (rc != BRSKI_OK)
		pledge_source_mdns_stop(s);
	return rc;
}

void
pledge_source_mdns_stop(struct pledge_source_mdns *s)
{
	brski_mdns_free(s->mdns);
	free(s->seen);
	*s = (struct pledge_source_mdns){ 0 };
}
