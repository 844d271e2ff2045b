/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/jp_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/listen.h"
#include "net/udp_group.h"

#define ASK_MS       30000
#define FIRST_ASK_MS 2000 /* then 4 s, 8 s, ... up to the usual pace */
#define ROUNDS_KEPT  3    /* a place that is not heard of for so many rounds is gone */

/* The mesh, then the site; both reach the link too. IPv4 where IPv6 finds nobody. */
static const char *const groups[] = { "ff03::fd", "ff05::fd", "224.0.1.187" };
#define GROUPS_N (sizeof(groups) / sizeof(groups[0]))

static const struct {
	const char *type;
	enum jp_transport transport;
} types[] = {
	{ "_brski-registrar._tcp", JP_HTTPS },
	{ "_brski-registrar._udp", JP_COAPS },
};
#define TYPES_N (sizeof(types) / sizeof(types[0]))

struct entry {
	struct jp_place place;
	bool announced;  /* by mDNS: it says when it goes */
	unsigned rounds; /* since it was heard of */
};

/* What a browser's callback gets. */
struct browse {
	struct jp_find *find;
	enum jp_transport transport;
};

struct jp_find {
	struct brski_loop *loop;
	struct jp_find_conf conf;
	struct brski_mdns *mdns;
	struct browse browses[TYPES_N];
	struct brski_coap_asker *askers[GROUPS_N];
	struct brski_timer *timer;
	uint32_t pace_ms;
	unsigned rounds;
	struct entry entries[JP_PLACES];
	size_t n;
	uint64_t dropped;
};

/* --- the list */

/* One that has no name yet may be anybody's at that address, and who has none asks for no name. */
static struct entry *
look_up(struct jp_find *f, const struct jp_place *p)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct jp_place *at = &f->entries[i].place;

		if (jp_place_same(at, p) &&
		    (at->instance[0] == '\0' || p->instance[0] == '\0' ||
		        strcmp(at->instance, p->instance) == 0))
			return &f->entries[i];
	}
	return NULL;
}

static void
tell(const struct jp_find *f)
{
	if (f->conf.changed != NULL)
		f->conf.changed(f->conf.arg);
}

static void
heard_of(struct jp_find *f, const struct jp_place *p, bool announced)
{
	struct entry *e = look_up(f, p);

	if (e != NULL) {
		e->rounds = 0;
		e->announced |= announced;
		if (e->place.instance[0] == '\0' && p->instance[0] != '\0') {
			e->place = *p;
			tell(f);
		}
	} else if (f->n == JP_PLACES || !jp_place_fit(p))
		f->dropped++;
	else {
		f->entries[f->n++] = (struct entry){ .place = *p, .announced = announced };
		tell(f);
	}
}

static void
take_out(struct jp_find *f, const struct entry *e)
{
	size_t at = (size_t)(e - f->entries);

	f->n--;
	memmove(&f->entries[at], &f->entries[at + 1], (f->n - at) * sizeof(f->entries[0]));
}

static void
forget_old(struct jp_find *f)
{
	size_t i = 0, before = f->n;

	while (i < f->n) {
		struct entry *e = &f->entries[i];

		if (!e->announced && ++e->rounds > ROUNDS_KEPT)
			take_out(f, e);
		else
			i++;
	}
	if (f->n != before)
		tell(f);
}

size_t
jp_find_places(const struct jp_find *f, struct jp_place *out, size_t cap)
{
	size_t i;

	for (i = 0; i < f->n && i < cap; i++)
		out[i] = f->entries[i].place;
	return i;
}

uint64_t
jp_find_dropped(const struct jp_find *f)
{
	return f->dropped;
}

uint64_t
jp_find_unheard(const struct jp_find *f)
{
	uint64_t n = f->mdns != NULL ? brski_mdns_dropped(f->mdns) : 0;
	size_t i;

	for (i = 0; i < GROUPS_N; i++)
		n += brski_coap_asker_dropped(f->askers[i]);
	return n;
}

/* --- what comes in */

static void
take_link(struct jp_find *f, const struct brski_link *l, const struct sockaddr *from)
{
	struct jp_place p;
	enum jp_link is = jp_place_of_link(l, from, &p);

	if (is == JP_LINK_PLACE)
		heard_of(f, &p, false);
	else
		f->dropped += is == JP_LINK_BAD;
}

void
jp_find_answer(void *find, const struct sockaddr *from, struct brski_slice links)
{
	struct brski_link l;

	while (brski_link_next(&links, &l, NULL) == BRSKI_OK)
		take_link(find, &l, from);
}

void
jp_find_announced(struct jp_find *f, enum jp_transport t, const struct brski_mdns_found *found,
    bool there)
{
	struct jp_place p = { .transport = t };
	struct entry *e;
	socklen_t n;

	if (!brski_listen_parse(found->address, &p.at, &n)) {
		f->dropped++;
		return;
	}
	snprintf(p.instance, sizeof(p.instance), "%s", found->instance);
	if (there)
		heard_of(f, &p, true);
	else if ((e = look_up(f, &p)) != NULL) {
		take_out(f, e);
		tell(f);
	}
}

static void
on_found(void *arg, const struct brski_mdns_found *found, bool there)
{
	const struct browse *b = arg;

	jp_find_announced(b->find, b->transport, found, there);
}

/* --- asking */

static bool
has_six(const struct jp_find *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->entries[i].place.transport != JP_HTTPS &&
		    f->entries[i].place.at.ss_family == AF_INET6)
			return true;
	return false;
}

static void
on_time(void *arg)
{
	struct jp_find *f = arg;
	size_t i, n;

	forget_old(f);
	/* the first rounds are IPv6's: one registrar need not be found twice */
	n = f->rounds++ < 2 || has_six(f) ? GROUPS_N - 1 : GROUPS_N;
	for (i = 0; i < n; i++) {
		/* a link that is down is asked next time */
		(void)brski_coap_asker_ask(f->askers[i], "rt=brski.rjp", NULL);
		(void)brski_coap_asker_ask(f->askers[i], "rt=brski", NULL);
	}
	f->timer = brski_timer_start(f->loop, f->pace_ms, on_time, f);
	f->pace_ms = f->pace_ms * 2 < f->conf.ask_ms ? f->pace_ms * 2 : f->conf.ask_ms;
}

static enum brski_rc
start_coap(struct jp_find *f, struct brski_err *err)
{
	struct brski_coap_asker_conf conf = { .interfaces = f->conf.interfaces,
		.interfaces_n = f->conf.interfaces_n,
		.port = f->conf.port,
		.answer = jp_find_answer,
		.arg = f,
		.log = f->conf.log };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < GROUPS_N && rc == BRSKI_OK; i++) {
		conf.group = groups[i];
		rc = brski_coap_asker_new(f->loop, &conf, &f->askers[i], err);
	}
	return rc;
}

static enum brski_rc
start_mdns(struct jp_find *f, struct brski_err *err)
{
	const struct brski_mdns_conf conf = { .interfaces = f->conf.interfaces,
		.interfaces_n = f->conf.interfaces_n,
		.log = f->conf.log };
	enum brski_rc rc = brski_mdns_new(f->loop, &conf, &f->mdns, err);
	size_t i;

	for (i = 0; i < TYPES_N && rc == BRSKI_OK; i++) {
		f->browses[i] = (struct browse){ f, types[i].transport };
		rc = brski_mdns_browse(f->mdns, types[i].type, on_found, &f->browses[i], err);
	}
	return rc;
}

enum brski_rc
jp_find_new(struct brski_loop *loop, const struct jp_find_conf *conf, struct jp_find **out,
    struct brski_err *err)
{
	struct jp_find *f = calloc(1, sizeof(*f));
	struct brski_err why = { 0 };
	enum brski_rc rc;

	*out = NULL;
	if (f == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a search");
	f->loop = loop;
	f->conf = *conf;
	f->conf.ask_ms = conf->ask_ms != 0 ? conf->ask_ms : ASK_MS;
	f->pace_ms = FIRST_ASK_MS < f->conf.ask_ms ? FIRST_ASK_MS : f->conf.ask_ms;
	if ((rc = start_coap(f, err)) != BRSKI_OK) {
		jp_find_free(f);
		return rc;
	}
	if (start_mdns(f, &why) != BRSKI_OK)
		brski_log_err(conf->log, "mdns", &why);
	f->conf.interfaces = NULL;
	on_time(f);
	*out = f;
	return BRSKI_OK;
}

void
jp_find_free(struct jp_find *f)
{
	size_t i;

	if (f == NULL)
		return;
	brski_mdns_free(f->mdns);
	for (i = 0; i < GROUPS_N; i++)
		brski_coap_asker_free(f->askers[i]);
	brski_timer_cancel(f->timer);
	free(f);
}
