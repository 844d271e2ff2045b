/* SPDX-License-Identifier: Apache-2.0 */
/* Who does it, and when: the daemon, and our own responder when there is none (any more). */
#include "net/mdns.h"

#include <avahi-common/domain.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/link_watch.h"
#include "net/mdns_back.h"

#define AGAIN_S 5 /* after our own responder failed */

static void
close_back(struct brski_mdns *m)
{
	if (m->b == NULL)
		return;
	mdns_browsers_withdraw(m);
	mdns_names_withdraw(m);
	m->back->close(m->b);
	m->b = NULL;
	m->placed = false;
	m->state = MDNS_STARTING;
}

static enum brski_rc
try_back(struct brski_mdns *m, const struct mdns_back *back, struct brski_err *err)
{
	const struct mdns_back_conf conf = { .m = m,
		.poll = &m->poll,
		.interfaces = m->interfaces,
		.interfaces_n = m->interfaces_n };
	enum brski_rc rc;

	m->back = back;
	m->state = MDNS_STARTING;
	if ((rc = back->open(&conf, &m->b, err)) != BRSKI_OK)
		m->b = NULL;
	else
		brski_log_info(m->log, "mdns", "by %s", back->name);
	return rc;
}

/* No network yet is no reason to give up. */
static void
open_back(struct brski_mdns *m)
{
	const struct timeval tv = { .tv_sec = AGAIN_S };
	struct brski_err err = { 0 };

	if (!m->own_only && try_back(m, &mdns_back_client, &err) == BRSKI_OK)
		return;
	err = (struct brski_err){ 0 };
	if (try_back(m, &mdns_back_core, &err) == BRSKI_OK)
		return;
	brski_log_err(m->log, "mdns", &err);
	evtimer_add(&m->retry, &tv);
}

/* Whatever back ends say is acted upon from here, so that nothing is freed under their feet. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct brski_mdns *m = arg;

	(void)fd;
	(void)what;
	if (m->b != NULL && m->state == MDNS_LOST) {
		brski_log_warn(m->log, "mdns", "%s is gone", m->back->name);
		m->own_only = true;
		close_back(m);
	}
	if (m->b == NULL && !m->none && !evtimer_pending(&m->retry, NULL))
		open_back(m);
	if (m->b == NULL || m->state != MDNS_RUNNING)
		return;
	mdns_names_rename(m);
	if (m->placed)
		return;
	m->placed = true;
	mdns_names_place(m);
	mdns_browsers_place(m);
}

void
mdns_on_state(struct brski_mdns *m, enum mdns_state state)
{
	m->state = state;
	event_active(&m->turn, EV_TIMEOUT, 0);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct brski_mdns *m = arg;

	(void)fd;
	(void)what;
	if (m->b != NULL)
		mdns_browsers_retry(m);
	else
		event_active(&m->turn, EV_TIMEOUT, 0);
}

static void
on_links(void *arg)
{
	struct brski_mdns *m = arg;

	if (m->b != NULL && m->placed)
		mdns_names_update(m);
	else
		mdns_names_refresh(m);
}

/* --- life */

static bool
copy_interfaces(struct brski_mdns *m, const struct brski_mdns_conf *conf)
{
	size_t i;

	m->interfaces = calloc(conf->interfaces_n + 1, sizeof(m->interfaces[0]));
	for (i = 0; m->interfaces != NULL && i < conf->interfaces_n; i++) {
		if ((m->interfaces[i] = strdup(conf->interfaces[i])) == NULL)
			return false;
		m->interfaces_n++;
	}
	return m->interfaces != NULL;
}

/* Unlike the machine's, a name made by chance collides with nobody's and tells nothing. */
static void
name_host(struct brski_mdns *m)
{
	unsigned char chance[6];

	brski_random(chance, sizeof(chance));
	snprintf(m->host, sizeof(m->host), "brski-%02x%02x%02x%02x%02x%02x", chance[0], chance[1],
	    chance[2], chance[3], chance[4], chance[5]);
}

enum brski_rc
brski_mdns_new(struct brski_loop *loop, const struct brski_mdns_conf *conf, struct brski_mdns **out,
    struct brski_err *err)
{
	struct event_base *base = brski_loop_base(loop);
	struct brski_mdns *m = calloc(1, sizeof(*m));
	enum brski_rc rc;

	*out = NULL;
	if (m == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "mDNS");
	m->loop = loop;
	m->log = conf->log;
	m->own_only = conf->own;
	m->none = conf->interfaces != NULL && conf->interfaces_n == 0;
	TAILQ_INIT(&m->names);
	TAILQ_INIT(&m->browsers);
	mdns_poll_init(&m->poll, loop);
	name_host(m);
	evtimer_assign(&m->turn, base, on_turn, m);
	evtimer_assign(&m->retry, base, on_retry, m);
	rc = copy_interfaces(m, conf) ? brski_link_watch_new(loop, on_links, m, &m->watch, err)
	                              : brski_broken(err, BRSKI_E_NOMEM, "mDNS");
	if (rc != BRSKI_OK) {
		brski_mdns_free(m);
		return rc;
	}
	mdns_names_refresh(m);
	*out = m;
	return BRSKI_OK;
}

void
brski_mdns_free(struct brski_mdns *m)
{
	struct mdns_browser *b;
	struct mdns_name *n;
	size_t i;

	if (m == NULL)
		return;
	TAILQ_FOREACH(b, &m->browsers, entry)
	b->found = NULL;
	close_back(m);
	while ((n = TAILQ_FIRST(&m->names)) != NULL) {
		TAILQ_REMOVE(&m->names, n, entry);
		mdns_name_free(n);
	}
	while ((b = TAILQ_FIRST(&m->browsers)) != NULL) {
		TAILQ_REMOVE(&m->browsers, b, entry);
		free(b);
	}
	brski_link_watch_free(m->watch);
	event_del(&m->turn);
	event_del(&m->retry);
	for (i = 0; i < m->interfaces_n; i++)
		free(m->interfaces[i]);
	free(m->interfaces);
	free(m);
}

unsigned
brski_mdns_dropped(const struct brski_mdns *m)
{
	return m->dropped;
}

/* --- what is wanted of it */

/* The rest is done from the loop: whoever asks may have been called by the back end. */
static void
start(struct brski_mdns *m)
{
	m->placed = false;
	event_active(&m->turn, EV_TIMEOUT, 0);
}

static void
copy_at(const struct sockaddr *at, struct mdns_name *n)
{
	const struct sockaddr_in *v4 = (const void *)at;
	const struct sockaddr_in6 *v6 = (const void *)at;

	n->only.proto = AVAHI_PROTO_UNSPEC;
	if (at != NULL && at->sa_family == AF_INET) {
		n->only.proto = AVAHI_PROTO_INET;
		n->only.data.ipv4.address = v4->sin_addr.s_addr;
		n->exact = v4->sin_addr.s_addr != htonl(INADDR_ANY);
	} else if (at != NULL && at->sa_family == AF_INET6 &&
	    !IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)) {
		n->only.proto = AVAHI_PROTO_INET6;
		memcpy(n->only.data.ipv6.address, &v6->sin6_addr, sizeof(v6->sin6_addr));
		n->exact = true;
	}
}

static bool
copy_service(const struct brski_mdns_service *s, struct mdns_name *n)
{
	AvahiStringList *more;
	size_t i;

	for (i = 0; i < s->txt_n; i++) {
		if ((more = avahi_string_list_add(n->txt, s->txt[i])) == NULL)
			return false;
		n->txt = more;
	}
	n->txt = avahi_string_list_reverse(n->txt);
	n->port = s->port;
	copy_at(s->at, n);
	snprintf(n->name, sizeof(n->name), "%s", s->name);
	snprintf(n->type, sizeof(n->type), "%s", s->type);
	return true;
}

enum brski_rc
brski_mdns_announce(struct brski_mdns *m, const struct brski_mdns_service *s, struct brski_err *err)
{
	struct mdns_name *n;

	if (!avahi_is_valid_service_type_generic(s->type) || !avahi_is_valid_service_name(s->name))
		return brski_broken(err, BRSKI_E_CONFIG,
		    "no name of a service, or one beyond 63 octets");
	if ((n = calloc(1, sizeof(*n))) == NULL || !copy_service(s, n)) {
		if (n != NULL)
			mdns_name_free(n);
		return brski_broken(err, BRSKI_E_NOMEM, "mDNS");
	}
	n->m = m;
	snprintf(n->host, sizeof(n->host), "%.32s-%u." MDNS_DOMAIN, m->host, ++m->hosts_n);
	TAILQ_INSERT_TAIL(&m->names, n, entry);
	start(m);
	return BRSKI_OK;
}

void
brski_mdns_withdraw(struct brski_mdns *m, const char *type, uint16_t port)
{
	struct mdns_name *n, *next;

	for (n = TAILQ_FIRST(&m->names); n != NULL; n = next) {
		next = TAILQ_NEXT(n, entry);
		if (n->port != port || strcmp(n->type, type) != 0)
			continue;
		mdns_name_withdraw(n);
		TAILQ_REMOVE(&m->names, n, entry);
		mdns_name_free(n);
	}
}

enum brski_rc
brski_mdns_browse(struct brski_mdns *m, const char *type,
    void (*found)(void *arg, const struct brski_mdns_found *f, bool there), void *arg,
    struct brski_err *err)
{
	struct mdns_browser *b;

	if (!avahi_is_valid_service_type_generic(type))
		return brski_broken(err, BRSKI_E_CONFIG, "no type of a service");
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "mDNS");
	b->m = m;
	b->found = found;
	b->arg = arg;
	snprintf(b->type, sizeof(b->type), "%s", type);
	TAILQ_INIT(&b->instances);
	TAILQ_INSERT_TAIL(&m->browsers, b, entry);
	start(m);
	return BRSKI_OK;
}
