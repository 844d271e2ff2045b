/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is announced: each service under its name, at a host name of its own with this machine's
 * addresses, the link-local ones among them. Pledges reach proxies by those alone, RFC
 * 8995 4.1, and responders leave them out where there are others.
 */
#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <event2/event.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/mdns_back.h"

bool
mdns_interface_wanted(const struct brski_mdns *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->interfaces_n; i++)
		if (strcmp(m->interfaces[i], name) == 0)
			return true;
	return m->interfaces_n == 0;
}

/* --- addresses of this machine */

static bool
can_announce(const struct brski_mdns *m, const struct ifaddrs *i)
{
	const unsigned multicast = IFF_UP | IFF_MULTICAST;

	if (i->ifa_addr == NULL || (i->ifa_flags & IFF_UP) == 0 ||
	    !mdns_interface_wanted(m, i->ifa_name))
		return false;
	return m->interfaces_n > 0 || (i->ifa_flags & (multicast | IFF_LOOPBACK)) == multicast;
}

static bool
read_address(const struct ifaddrs *i, struct mdns_host_address *out)
{
	const struct sockaddr_in *v4 = (const void *)i->ifa_addr;
	const struct sockaddr_in6 *v6 = (const void *)i->ifa_addr;

	memset(out, 0, sizeof(*out));
	out->interface = (int)if_nametoindex(i->ifa_name);
	if (i->ifa_addr->sa_family == AF_INET) {
		out->address.proto = AVAHI_PROTO_INET;
		out->address.data.ipv4.address = v4->sin_addr.s_addr;
	} else if (i->ifa_addr->sa_family == AF_INET6) {
		out->address.proto = AVAHI_PROTO_INET6;
		memcpy(out->address.data.ipv6.address, &v6->sin6_addr, sizeof(v6->sin6_addr));
	} else
		return false;
	return out->interface > 0;
}

static int
by_interface(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mdns_host_address));
}

void
mdns_names_refresh(struct brski_mdns *m)
{
	struct ifaddrs *list, *i;

	if (getifaddrs(&list) != 0)
		return;
	m->own_n = 0;
	for (i = list; i != NULL && m->own_n < MDNS_ADDRESSES_MAX; i = i->ifa_next)
		if (can_announce(m, i) && read_address(i, &m->own[m->own_n]))
			m->own_n++;
	freeifaddrs(list);
	qsort(m->own, m->own_n, sizeof(m->own[0]), by_interface);
}

/* --- groups */

static void
complain(const struct brski_mdns *m, const char *what, int error)
{
	brski_log_warn(m->log, "mdns", "%s is not announced: %s", what, avahi_strerror(error));
}

static bool
leads_to(const struct mdns_name *n, const AvahiAddress *a)
{
	if (n->only.proto == AVAHI_PROTO_UNSPEC)
		return true;
	return n->only.proto == a->proto && (!n->exact || avahi_address_cmp(&n->only, a) == 0);
}

/* Service and host name stand once on each interface, addresses as often as there are. */
static int
fill_group(struct mdns_name *n)
{
	struct brski_mdns *m = n->m;
	int error = 0, before = 0;
	size_t i;

	for (i = 0; i < m->own_n && error == 0; i++) {
		if (!leads_to(n, &m->own[i].address))
			continue;
		if (m->own[i].interface != before)
			error = m->back->add_service(m->b, n->group, m->own[i].interface, n->name,
			    n->type, n->host, n->port, n->txt);
		before = m->own[i].interface;
		if (error == 0)
			error = m->back->add_address(m->b, n->group, n->host, &m->own[i]);
	}
	if (error == 0 && before != 0)
		error = m->back->commit(m->b, n->group);
	return error;
}

/* A name that this very machine has already comes as an error, another's as an event. */
static void
place_service(struct mdns_name *n)
{
	struct brski_mdns *m = n->m;
	int error;

	if (m->own_n == 0)
		return;
	if (n->group == NULL)
		n->group = m->back->group(m->b, n);
	if (n->group == NULL) {
		complain(m, n->type, AVAHI_ERR_NO_MEMORY);
		return;
	}
	error = fill_group(n);
	if (error == AVAHI_ERR_COLLISION)
		mdns_on_group(n, AVAHI_ENTRY_GROUP_COLLISION);
	else if (error != 0)
		complain(m, n->type, error);
}

void
mdns_names_place(struct brski_mdns *m)
{
	struct mdns_name *n;

	TAILQ_FOREACH(n, &m->names, entry)
	if (n->group == NULL)
		place_service(n);
}

/* Runs from the loop, never inside the call that said so. */
static void
rename_one(struct mdns_name *n)
{
	char *other = avahi_alternative_service_name(n->name);

	n->taken = false;
	if (other == NULL)
		return;
	brski_log_info(n->m->log, "mdns", "%s: the name is taken, announcing another", n->type);
	snprintf(n->name, sizeof(n->name), "%s", other);
	avahi_free(other);
	n->m->back->reset(n->m->b, n->group);
	place_service(n);
}

void
mdns_names_rename(struct brski_mdns *m)
{
	struct mdns_name *n;

	TAILQ_FOREACH(n, &m->names, entry)
	if (n->taken)
		rename_one(n);
}

void
mdns_on_group(void *arg, AvahiEntryGroupState state)
{
	struct mdns_name *n = arg;

	if (n == NULL)
		return;
	if (state == AVAHI_ENTRY_GROUP_COLLISION) {
		n->taken = true;
		event_active(&n->m->turn, EV_TIMEOUT, 0);
	} else if (state == AVAHI_ENTRY_GROUP_FAILURE)
		complain(n->m, n->type, AVAHI_ERR_FAILURE);
}

/* The addresses of that list that the name has, one after the other. */
static const struct mdns_host_address *
next_of(const struct mdns_name *n, const struct mdns_host_address *at, size_t count, size_t *i)
{
	while (*i < count && !leads_to(n, &at[*i].address))
		++*i;
	return *i < count ? &at[(*i)++] : NULL;
}

static bool
is_as_before(const struct mdns_name *n, const struct mdns_host_address *before, size_t before_n)
{
	const struct mdns_host_address *a, *b;
	size_t i = 0, k = 0;

	do {
		a = next_of(n, before, before_n, &i);
		b = next_of(n, n->m->own, n->m->own_n, &k);
	} while (a != NULL && b != NULL && memcmp(a, b, sizeof(*a)) == 0);
	return a == NULL && b == NULL;
}

void
mdns_names_update(struct brski_mdns *m)
{
	struct mdns_host_address before[MDNS_ADDRESSES_MAX];
	size_t before_n = m->own_n;
	struct mdns_name *n;

	memcpy(before, m->own, sizeof(before));
	mdns_names_refresh(m);
	TAILQ_FOREACH(n, &m->names, entry)
	if (!is_as_before(n, before, before_n))
		mdns_name_withdraw(n);
	mdns_names_place(m);
}

void
mdns_name_withdraw(struct mdns_name *n)
{
	if (n->group != NULL)
		n->m->back->group_free(n->m->b, n->group);
	n->group = NULL;
	n->taken = false;
}

void
mdns_names_withdraw(struct brski_mdns *m)
{
	struct mdns_name *n;

	TAILQ_FOREACH(n, &m->names, entry)
	mdns_name_withdraw(n);
}

void
mdns_name_free(struct mdns_name *n)
{
	avahi_string_list_free(n->txt);
	free(n);
}
