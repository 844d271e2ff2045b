/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A responder of our own, for machines without a daemon: avahi-core. It shares port 5353 with
 * others.
 */
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-core/core.h>
#include <avahi-core/log.h>
#include <avahi-core/lookup.h>
#include <avahi-core/publish.h>
#include <avahi-core/rr.h>
#include <stdlib.h>

#include "net/mdns_back.h"

static void
on_server(AvahiServer *s, AvahiServerState state, void *arg)
{
	(void)s;
	mdns_on_state(arg,
	    state == AVAHI_SERVER_FAILURE       ? MDNS_LOST
	        : state == AVAHI_SERVER_RUNNING ? MDNS_RUNNING
	                                        : MDNS_STARTING);
}

/* It would write to standard error, peers' text among it; what matters comes as an event. */
static void
quiet(AvahiLogLevel level, const char *text)
{
	(void)level;
	(void)text;
}

/* Nothing of this machine but what mdns_names.c announces, under names of its own. */
static void
configure(AvahiServerConfig *c, const struct mdns_back_conf *conf)
{
	size_t i;

	avahi_server_config_init(c);
	c->publish_hinfo = 0;
	c->publish_addresses = 0;
	c->publish_workstation = 0;
	c->publish_domain = 0;
	c->enable_wide_area = 0;
	for (i = 0; i < conf->interfaces_n; i++)
		c->allow_interfaces =
		    avahi_string_list_add(c->allow_interfaces, conf->interfaces[i]);
}

static enum brski_rc
core_open(const struct mdns_back_conf *conf, void **out, struct brski_err *err)
{
	AvahiServerConfig c;
	int error = 0;

	avahi_set_log_function(quiet);
	configure(&c, conf);
	*out = avahi_server_new(conf->poll, &c, on_server, conf->m, &error);
	avahi_server_config_free(&c);
	if (*out == NULL)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "mDNS: %s", avahi_strerror(error));
	return BRSKI_OK;
}

static void
core_close(void *b)
{
	avahi_server_free(b);
}

/* --- groups */

static void
on_group(AvahiServer *s, AvahiSEntryGroup *g, AvahiEntryGroupState state, void *arg)
{
	(void)s;
	(void)g;
	mdns_on_group(arg, state);
}

static void *
core_group(void *b, void *arg)
{
	return avahi_s_entry_group_new(b, on_group, arg);
}

static int
core_add_service(void *b, void *g, int interface, const char *name, const char *type,
    const char *host, uint16_t port, AvahiStringList *txt)
{
	return avahi_server_add_service_strlst(b, g, interface, AVAHI_PROTO_UNSPEC,
	    AVAHI_PUBLISH_NO_COOKIE, name, type, MDNS_DOMAIN, host, port, txt);
}

static int
core_add_address(void *b, void *g, const char *host, struct mdns_host_address *a)
{
	return avahi_server_add_address(b, g, a->interface, a->address.proto,
	    AVAHI_PUBLISH_NO_REVERSE, host, &a->address);
}

static int
core_commit(void *b, void *g)
{
	(void)b;
	return avahi_s_entry_group_commit(g);
}

static void
core_reset(void *b, void *g)
{
	(void)b;
	avahi_s_entry_group_reset(g);
}

static void
core_group_free(void *b, void *g)
{
	(void)b;
	avahi_s_entry_group_free(g);
}

/* --- browsing */

static void
on_browser(AvahiSServiceBrowser *o, AvahiIfIndex interface, AvahiProtocol via,
    AvahiBrowserEvent event, const char *name, const char *type, const char *domain,
    AvahiLookupResultFlags flags, void *arg)
{
	(void)o;
	(void)type;
	(void)domain;
	(void)flags;
	if (event == AVAHI_BROWSER_NEW || event == AVAHI_BROWSER_REMOVE)
		mdns_on_service(arg, interface, via, name, event == AVAHI_BROWSER_NEW);
}

static void *
core_browse(void *b, const char *type, void *arg)
{
	return avahi_s_service_browser_new(b, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, type,
	    MDNS_DOMAIN, AVAHI_LOOKUP_USE_MULTICAST, on_browser, arg);
}

static void
core_browse_free(void *b, void *o)
{
	(void)b;
	avahi_s_service_browser_free(o);
}

static void
on_resolver(AvahiSServiceResolver *o, AvahiIfIndex interface, AvahiProtocol via,
    AvahiResolverEvent event, const char *name, const char *type, const char *domain,
    const char *host, const AvahiAddress *a, uint16_t port, AvahiStringList *txt,
    AvahiLookupResultFlags flags, void *arg)
{
	(void)o;
	(void)interface;
	(void)via;
	(void)name;
	(void)type;
	(void)domain;
	(void)a;
	(void)txt;
	(void)flags;
	mdns_on_host(arg, event == AVAHI_RESOLVER_FOUND ? host : NULL, port);
}

static void *
core_resolve(void *b, int interface, AvahiProtocol via, const char *name, const char *type,
    void *arg)
{
	return avahi_s_service_resolver_new(b, interface, via, name, type, MDNS_DOMAIN,
	    AVAHI_PROTO_UNSPEC,
	    AVAHI_LOOKUP_USE_MULTICAST | AVAHI_LOOKUP_NO_TXT | AVAHI_LOOKUP_NO_ADDRESS, on_resolver,
	    arg);
}

static void
core_resolve_free(void *b, void *o)
{
	(void)b;
	avahi_s_service_resolver_free(o);
}

static struct brski_slice
address_of(const AvahiRecord *r)
{
	if (r->key->type == AVAHI_DNS_TYPE_A)
		return brski_slice(&r->data.a.address, sizeof(r->data.a.address));
	return brski_slice(&r->data.aaaa.address, sizeof(r->data.aaaa.address));
}

static void
on_record(AvahiSRecordBrowser *o, AvahiIfIndex interface, AvahiProtocol via,
    AvahiBrowserEvent event, AvahiRecord *record, AvahiLookupResultFlags flags, void *arg)
{
	(void)o;
	(void)interface;
	(void)via;
	(void)flags;
	if (event == AVAHI_BROWSER_NEW || event == AVAHI_BROWSER_REMOVE)
		mdns_on_address(arg, address_of(record), event == AVAHI_BROWSER_NEW);
}

static void *
core_addresses(void *b, int interface, AvahiProtocol via, const char *host, uint16_t type,
    void *arg)
{
	AvahiKey *key = avahi_key_new(host, AVAHI_DNS_CLASS_IN, type);
	AvahiSRecordBrowser *o;

	if (key == NULL)
		return NULL;
	o = avahi_s_record_browser_new(b, interface, via, key, AVAHI_LOOKUP_USE_MULTICAST,
	    on_record, arg);
	avahi_key_unref(key);
	return o;
}

static void
core_addresses_free(void *b, void *o)
{
	(void)b;
	avahi_s_record_browser_free(o);
}

const struct mdns_back mdns_back_core = {
	.name = "own responder",
	.open = core_open,
	.close = core_close,
	.group = core_group,
	.add_service = core_add_service,
	.add_address = core_add_address,
	.commit = core_commit,
	.reset = core_reset,
	.group_free = core_group_free,
	.browse = core_browse,
	.browse_free = core_browse_free,
	.resolve = core_resolve,
	.resolve_free = core_resolve_free,
	.addresses = core_addresses,
	.addresses_free = core_addresses_free,
};
