/* SPDX-License-Identifier: Apache-2.0 */
/* What is browsed: instances, where they are, which addresses those hosts have. RFC 6763 4. */
#include <event2/event.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/mdns_back.h"

#define RETRY_S   5
#define TURNS_MAX 64 /* of those 5 s, between two lots */

/* Once in a while is enough: whoever floods us may not flood the log. */
static void
drop(struct brski_mdns *m, const char *what)
{
	if ((m->dropped++ & 0xff) == 0)
		brski_log_warn(m->log, "mdns", "%s dropped, %u so far", what, m->dropped);
}

/* --- addresses of an instance */

static void
tell(struct mdns_browser *b, const struct brski_mdns_found *f, bool there)
{
	/* nobody listens any more while all is taken down */
	if (b->found != NULL)
		b->found(b->arg, f, there);
}

static size_t
find(const struct mdns_instance *s, const struct brski_mdns_found *f)
{
	size_t i;

	for (i = 0; i < s->found_n && strcmp(s->found[i].address, f->address) != 0; i++)
		;
	return i;
}

static void retry_later(struct brski_mdns *m);

/* It is not told again by itself when there is room. */
static void
note_more(struct mdns_instance *s)
{
	s->more = true;
	drop(s->browser->m, "an address too many");
	retry_later(s->browser->m);
}

void
mdns_on_address(void *arg, struct brski_slice rdata, bool there)
{
	struct mdns_instance *s = arg;
	struct brski_mdns *m = s->browser->m;
	char name[IF_NAMESIZE] = "";
	struct mdns_record r = { .instance = brski_slice_str(s->name),
		.address = rdata,
		.port = s->port,
		.interface = name,
		.index = (unsigned)s->interface };
	struct brski_mdns_found f;
	size_t i;

	if (if_indextoname(r.index, name) != NULL)
		r.loopback = m->interfaces_n > 0 && strcmp(name, "lo") == 0;
	if (name[0] == '\0' || !mdns_judge(&r, &f)) {
		drop(m, "a record that leads nowhere");
		return;
	}
	i = find(s, &f);
	if (there && i == s->found_n && i < MDNS_PER_INSTANCE) {
		s->found[s->found_n++] = f;
		tell(s->browser, &f, true);
	} else if (there && i == s->found_n)
		note_more(s);
	else if (!there && i < s->found_n) {
		s->found[i] = s->found[--s->found_n];
		tell(s->browser, &f, false);
	}
}

static void
forget_host(struct mdns_instance *s)
{
	if (s->addresses != NULL)
		s->browser->m->back->addresses_free(s->browser->m->b, s->addresses);
	s->addresses = NULL;
	s->more = false;
	s->host[0] = '\0';
	while (s->found_n > 0)
		tell(s->browser, &s->found[--s->found_n], false);
}

/* --- where an instance is */

static void
retry_later(struct brski_mdns *m)
{
	const struct timeval tv = { .tv_sec = RETRY_S };

	if (!evtimer_pending(&m->retry, NULL))
		evtimer_add(&m->retry, &tv);
}

/* No answer, or one that is lost: asked again as long as the instance is there. */
void
mdns_on_host(void *arg, const char *host, uint16_t port)
{
	struct mdns_instance *s = arg;
	struct brski_mdns *m = s->browser->m;
	uint16_t type = s->via == AVAHI_PROTO_INET ? AVAHI_DNS_TYPE_A : AVAHI_DNS_TYPE_AAAA;

	if (host != NULL && strcmp(host, s->host) == 0 && port == s->port)
		return;
	forget_host(s);
	if (host != NULL && strlen(host) < sizeof(s->host)) {
		snprintf(s->host, sizeof(s->host), "%s", host);
		s->port = port;
		s->addresses = m->back->addresses(m->b, s->interface, s->via, s->host, type, s);
	}
	if (s->addresses == NULL)
		retry_later(m);
}

static void
resolve(struct mdns_instance *s)
{
	struct brski_mdns *m = s->browser->m;

	s->resolver = m->back->resolve(m->b, s->interface, s->via, s->name, s->browser->type, s);
	if (s->resolver == NULL)
		retry_later(m);
}

static void
forget(struct mdns_instance *s)
{
	struct mdns_browser *b = s->browser;

	if (s->resolver != NULL)
		b->m->back->resolve_free(b->m->b, s->resolver);
	s->resolver = NULL;
	forget_host(s);
	TAILQ_REMOVE(&b->instances, s, entry);
	b->instances_n--;
	free(s);
}

/* --- instances */

static struct mdns_instance *
find_instance(struct mdns_browser *b, int interface, AvahiProtocol via, const char *name)
{
	struct mdns_instance *s;

	TAILQ_FOREACH(s, &b->instances, entry)
	if (s->interface == interface && s->via == via && strcmp(s->name, name) == 0)
		return s;
	return NULL;
}

/* The i-th of all, or of those that did not say where they are. */
static struct mdns_instance *
pick(struct mdns_browser *b, bool hollow, size_t i)
{
	struct mdns_instance *s;

	TAILQ_FOREACH(s, &b->instances, entry)
	if ((!hollow || s->found_n == 0) && i-- == 0)
		return s;
	return NULL;
}

static size_t
hollow_n(const struct mdns_browser *b)
{
	const struct mdns_instance *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &b->instances, entry)
	n += s->found_n == 0;
	return n;
}

/*
 * Room for one more. Whoever invents instances need not take the trouble to be somewhere, so each
 * of those that are nowhere yet has the same chance to be kept, whichever came first. Where nearly
 * all took that trouble, each of all has: no more than a quarter lose their places by that.
 */
static bool
make_room(struct mdns_browser *b)
{
	size_t n, all;
	uint64_t lot;

	if (b->instances_n < BRSKI_MDNS_FOUND_MAX)
		return true;
	drop(b->m, "an instance too many");
	retry_later(b->m);
	b->passed++;
	n = hollow_n(b);
	all = n >= BRSKI_MDNS_FOUND_MAX / 4 ? n : b->instances_n;
	brski_random(&lot, sizeof(lot));
	lot %= all + b->passed;
	if (lot >= all)
		return false;
	forget(pick(b, all == n, (size_t)lot));
	return true;
}

static void
remember(struct mdns_browser *b, int interface, AvahiProtocol via, const char *name)
{
	struct mdns_instance *s;

	if (strlen(name) >= sizeof(s->name)) {
		drop(b->m, "a name that is too long");
		return;
	}
	if (!make_room(b) || (s = calloc(1, sizeof(*s))) == NULL)
		return;
	s->browser = b;
	s->interface = interface;
	s->via = via;
	snprintf(s->name, sizeof(s->name), "%s", name);
	TAILQ_INSERT_TAIL(&b->instances, s, entry);
	b->instances_n++;
	resolve(s);
}

void
mdns_on_service(void *arg, int interface, AvahiProtocol via, const char *name, bool there)
{
	struct mdns_browser *b = arg;
	struct mdns_instance *s = find_instance(b, interface, via, name);
	char ifname[IF_NAMESIZE];

	if (!there && s != NULL)
		forget(s);
	else if (there && s == NULL && if_indextoname((unsigned)interface, ifname) != NULL &&
	    mdns_interface_wanted(b->m, ifname))
		remember(b, interface, via, name);
}

/*
 * Those that found no room are heard of once more, RFC 8995 4.1: when there is some, or after 5 s,
 * 5 s, 10 s, 20 s ...
 */
static void
listen_again(struct mdns_browser *b)
{
	bool full = b->instances_n == BRSKI_MDNS_FOUND_MAX;

	b->turns = b->passed > 0 ? b->turns + 1 : 0;
	if (b->passed == 0)
		return;
	if (full && (b->turns & (b->turns - 1)) != 0 && b->turns % TURNS_MAX != 0) {
		retry_later(b->m);
		return;
	}
	if (b->object != NULL)
		b->m->back->browse_free(b->m->b, b->object);
	b->object = NULL;
	b->passed = 0;
}

/* The same for an instance's addresses. Those that it has are told by the back end, not by us. */
static void
look_again(struct mdns_instance *s)
{
	struct brski_mdns *m = s->browser->m;
	uint16_t type = s->via == AVAHI_PROTO_INET ? AVAHI_DNS_TYPE_A : AVAHI_DNS_TYPE_AAAA;

	if (s->found_n == MDNS_PER_INSTANCE) {
		retry_later(m);
		return;
	}
	s->more = false;
	m->back->addresses_free(m->b, s->addresses);
	s->addresses = m->back->addresses(m->b, s->interface, s->via, s->host, type, s);
}

/* --- all of it */

void
mdns_browsers_place(struct brski_mdns *m)
{
	struct mdns_browser *b;

	TAILQ_FOREACH(b, &m->browsers, entry)
	if (b->object == NULL && (b->object = m->back->browse(m->b, b->type, b)) == NULL)
		brski_log_warn(m->log, "mdns", "%s cannot be browsed", b->type);
}

void
mdns_browsers_withdraw(struct brski_mdns *m)
{
	struct mdns_instance *s;
	struct mdns_browser *b;

	TAILQ_FOREACH(b, &m->browsers, entry)
	{
		if (b->object != NULL)
			m->back->browse_free(m->b, b->object);
		b->object = NULL;
		b->passed = 0;
		while ((s = TAILQ_FIRST(&b->instances)) != NULL)
			forget(s);
	}
}

void
mdns_browsers_retry(struct brski_mdns *m)
{
	struct mdns_instance *s;
	struct mdns_browser *b;

	TAILQ_FOREACH(b, &m->browsers, entry)
	{
		TAILQ_FOREACH(s, &b->instances, entry)
		if (s->addresses == NULL) {
			if (s->resolver != NULL)
				m->back->resolve_free(m->b, s->resolver);
			resolve(s);
		} else if (s->more)
			look_again(s);
		listen_again(b);
	}
	mdns_browsers_place(m);
}
