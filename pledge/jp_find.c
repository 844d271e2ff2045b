/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/jp_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/listen.h"
#include "net/udp_group.h"
#include "pledge/jp_circuit.h"

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

/* More than mdns.h tells of: eight addresses of each instance. */
#define PLACES_MAX 8192

struct entry {
	struct jp_place place;
	char address[BRSKI_MDNS_ADDRESS_MAX]; /* as announced; "": heard of by CoAP */
	bool stays;                           /* until it is taken back */
	unsigned rounds;                      /* since it was heard of */
};

/* What a browser's callback gets. */
struct browse {
	struct jp_find *find;
	enum jp_transport transport;
};

struct jp_find {
	struct brski_loop *loop;
	struct jp_find_conf conf;
	char names[UDP_LINKS_MAX][IF_NAMESIZE]; /* of the operator's interfaces */
	const char *interfaces[UDP_LINKS_MAX];
	size_t interfaces_n;
	struct brski_mdns *mdns;
	struct browse browses[TYPES_N];
	struct brski_coap_asker *askers[GROUPS_N];
	struct brski_timer *timer;
	uint32_t pace_ms;
	unsigned rounds;
	struct entry *entries; /* in the order of turns */
	size_t n, room;
	size_t heard_n; /* of them by CoAP */
	size_t passed;  /* those that found no room in this round */
	uint64_t dropped, unheard;
};

/* --- the list */

/* An address may be announced by anybody: one who takes it back takes nobody else's. */
static struct entry *
look_up(struct jp_find *f, const struct entry *e)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		struct entry *at = &f->entries[i];

		if (at->place.transport == e->place.transport && at->place.link == e->place.link &&
		    strcmp(at->place.instance, e->place.instance) == 0 &&
		    strcmp(at->address, e->address) == 0 &&
		    (e->address[0] != '\0' || jp_place_same(&at->place, &e->place)))
			return at;
	}
	return NULL;
}

static void
tell(const struct jp_find *f)
{
	if (f->conf.changed != NULL)
		f->conf.changed(f->conf.arg);
}

static bool
make_room(struct jp_find *f)
{
	size_t room = f->room > 0 ? 2 * f->room : 16;
	struct entry *entries;

	if (f->n < f->room)
		return true;
	if (room > PLACES_MAX || (entries = realloc(f->entries, room * sizeof(*entries))) == NULL)
		return false;
	f->entries = entries;
	f->room = room;
	return true;
}

static void
take_out(struct jp_find *f, const struct entry *e)
{
	size_t at = (size_t)(e - f->entries);

	f->heard_n -= e->address[0] == '\0';
	f->n--;
	memmove(&f->entries[at], &f->entries[at + 1], (f->n - at) * sizeof(f->entries[0]));
}

static void
put_in(struct jp_find *f, const struct entry *e)
{
	struct entry *at = look_up(f, e);

	if (at != NULL) {
		at->rounds = 0;
		at->stays = e->stays;
	} else if (!make_room(f))
		f->dropped++;
	else {
		f->entries[f->n++] = *e;
		f->heard_n += e->address[0] == '\0';
		tell(f);
	}
}

static struct entry *
heard(struct jp_find *f, size_t i)
{
	struct entry *e = f->entries;

	for (; e->address[0] != '\0' || i-- > 0; e++)
		;
	return e;
}

/* By CoAP. Where too many are, whichever came first, each has the same chance to be kept. */
static void
heard_of(struct jp_find *f, const struct jp_place *p)
{
	struct entry e = { .place = *p };
	uint64_t lot;

	if (f->heard_n == JP_PLACES_HEARD && look_up(f, &e) == NULL) {
		f->dropped++;
		brski_random(&lot, sizeof(lot));
		lot %= f->heard_n + ++f->passed;
		if (lot >= f->heard_n)
			return;
		take_out(f, heard(f, (size_t)lot));
	}
	put_in(f, &e);
}

static void
forget_old(struct jp_find *f)
{
	size_t i = 0, before = f->n;

	while (i < f->n) {
		struct entry *e = &f->entries[i];

		if (!e->stays && ++e->rounds > ROUNDS_KEPT)
			take_out(f, e);
		else
			i++;
	}
	if (f->n != before)
		tell(f);
}

/* --- whose turn it is */

/* One announcement. By CoAP, nobody says what belongs together. */
static bool
is_one(const struct jp_place *a, const struct jp_place *b)
{
	return a->transport == b->transport && a->instance[0] != '\0' && a->link == b->link &&
	    strcmp(a->instance, b->instance) == 0;
}

static bool
has_its_share(const struct jp_place *out, size_t n, const struct jp_place *p)
{
	size_t i, is = 0;

	for (i = 0; i < n; i++)
		is += is_one(&out[i], p);
	return is >= JP_TARGETS;
}

size_t
jp_find_places(const struct jp_find *f, struct jp_place *out, size_t cap)
{
	size_t i, n = 0;

	for (i = 0; i < f->n && n < cap; i++) {
		const struct jp_place *p = &f->entries[i].place;

		if (!has_its_share(out, n, p) && jp_place_is_elsewhere(p))
			out[n++] = *p;
	}
	return n;
}

bool
jp_find_knows(const struct jp_find *f)
{
	return f->n > 0;
}

/* All of the first one's announcement to the end; order, a spare list. */
static void
turn(struct jp_find *f, struct entry *order)
{
	const struct jp_place *first = &f->entries[0].place;
	size_t i, n = 0;

	for (i = 1; i < f->n; i++)
		if (!is_one(&f->entries[i].place, first))
			order[n++] = f->entries[i];
	order[n++] = f->entries[0];
	for (i = 1; i < f->n; i++)
		if (is_one(&f->entries[i].place, first))
			order[n++] = f->entries[i];
	memcpy(f->entries, order, n * sizeof(*order));
}

void
jp_find_turn(struct jp_find *f)
{
	struct entry *order = f->n > 0 ? malloc(f->n * sizeof(*order)) : NULL;
	size_t i;

	if (order == NULL)
		return;
	for (i = 0; i < JP_PLACES_TURN; i++)
		turn(f, order);
	free(order);
	tell(f);
}

uint64_t
jp_find_dropped(const struct jp_find *f)
{
	return f->dropped;
}

uint64_t
jp_find_unheard(const struct jp_find *f)
{
	uint64_t n = f->unheard + (f->mdns != NULL ? brski_mdns_dropped(f->mdns) : 0);
	size_t i;

	for (i = 0; i < GROUPS_N; i++)
		n += f->askers[i] != NULL ? brski_coap_asker_dropped(f->askers[i]) : 0;
	return n;
}

/* --- what comes in */

static void
take_link(struct jp_find *f, const struct brski_link *l, const struct sockaddr *from)
{
	struct jp_place p;
	enum jp_link is = jp_place_of_link(l, from, &p);

	if (is == JP_LINK_PLACE)
		heard_of(f, &p);
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
	struct entry e = { .place = { .transport = t, .link = found->interface }, .stays = true };
	struct entry *at;
	socklen_t n;

	snprintf(e.place.instance, sizeof(e.place.instance), "%s", found->instance);
	snprintf(e.address, sizeof(e.address), "%s", found->address);
	/* also when its interface is gone, so that the address means nothing any more */
	if (!there) {
		if ((at = look_up(f, &e)) == NULL)
			return;
		take_out(f, at);
		tell(f);
	} else if (!brski_listen_parse(found->address, &e.place.at, &n) || !jp_place_fit(&e.place))
		f->dropped++;
	else
		put_in(f, &e);
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
	f->passed = 0;
	/* the first rounds are IPv6's: one registrar need not be found twice */
	n = f->rounds++ < 2 || has_six(f) ? GROUPS_N - 1 : GROUPS_N;
	for (i = 0; i < n && f->askers[i] != NULL; i++) {
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
	struct brski_coap_asker_conf conf = { .interfaces = f->interfaces,
		.interfaces_n = f->interfaces_n,
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
	const struct brski_mdns_conf conf = { .interfaces = f->interfaces,
		.interfaces_n = f->interfaces_n,
		.log = f->conf.log };
	enum brski_rc rc = brski_mdns_new(f->loop, &conf, &f->mdns, err);
	size_t i;

	for (i = 0; i < TYPES_N && rc == BRSKI_OK; i++) {
		f->browses[i] = (struct browse){ f, types[i].transport };
		rc = brski_mdns_browse(f->mdns, types[i].type, on_found, &f->browses[i], err);
	}
	return rc;
}

/* Where nobody is to be looked for, nobody is: no interface never means all of them. */
static enum brski_rc
start(struct jp_find *f, struct brski_err *err)
{
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if (f->interfaces_n == 0)
		return BRSKI_OK;
	if ((rc = start_coap(f, err)) == BRSKI_OK && start_mdns(f, &why) != BRSKI_OK)
		brski_log_err(f->conf.log, "mdns", &why);
	return rc;
}

static void
stop(struct jp_find *f)
{
	size_t i;

	f->unheard = jp_find_unheard(f);
	brski_mdns_free(f->mdns);
	f->mdns = NULL;
	for (i = 0; i < GROUPS_N; i++) {
		brski_coap_asker_free(f->askers[i]);
		f->askers[i] = NULL;
	}
}

/* False: they are the same as before. */
static bool
set_interfaces(struct jp_find *f, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < f->interfaces_n && strcmp(names[i], f->names[i]) == 0; i++)
		;
	if (i == n && n == f->interfaces_n)
		return false;
	for (i = 0; i < n && i < UDP_LINKS_MAX; i++) {
		snprintf(f->names[i], sizeof(f->names[i]), "%s", names[i]);
		f->interfaces[i] = f->names[i];
	}
	f->interfaces_n = i;
	return true;
}

void
jp_find_links_changed(struct jp_find *f, const char *const *interfaces, size_t n)
{
	struct brski_err err = { 0 };
	size_t i;

	if (set_interfaces(f, interfaces, n)) {
		stop(f);
		/* who is there still says so now; nobody takes it back for the others */
		for (i = 0; i < f->n; i++)
			f->entries[i].stays = false;
		if (start(f, &err) != BRSKI_OK)
			brski_log_err(f->conf.log, "discover", &err);
	}
	brski_timer_cancel(f->timer);
	f->pace_ms = FIRST_ASK_MS < f->conf.ask_ms ? FIRST_ASK_MS : f->conf.ask_ms;
	on_time(f);
	tell(f);
}

enum brski_rc
jp_find_new(struct brski_loop *loop, const struct jp_find_conf *conf, struct jp_find **out,
    struct brski_err *err)
{
	struct jp_find *f = calloc(1, sizeof(*f));
	enum brski_rc rc;

	*out = NULL;
	if (f == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a search");
	f->loop = loop;
	f->conf = *conf;
	f->conf.interfaces = NULL;
	f->conf.ask_ms = conf->ask_ms != 0 ? conf->ask_ms : ASK_MS;
	f->pace_ms = FIRST_ASK_MS < f->conf.ask_ms ? FIRST_ASK_MS : f->conf.ask_ms;
	(void)set_interfaces(f, conf->interfaces, conf->interfaces_n);
	if ((rc = start(f, err)) != BRSKI_OK) {
		jp_find_free(f);
		return rc;
	}
	on_time(f);
	*out = f;
	return BRSKI_OK;
}

void
jp_find_free(struct jp_find *f)
{
	if (f == NULL)
		return;
	stop(f);
	brski_timer_cancel(f->timer);
	free(f->entries);
	free(f);
}
