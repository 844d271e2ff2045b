/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon of the machine does it: avahi-client, where that library is there. */
#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/error.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "net/mdns_back.h"

/*
 * Loaded, not linked: it and avahi-core both export avahi_entry_group_free(), and whichever is
 * linked first would get the other's objects. So a machine without D-Bus needs neither.
 */
#define LIBRARY "libavahi-client.so.3"
#define FUNCTIONS(X)                      \
	X(client_new)                     \
	X(client_free)                    \
	X(entry_group_new)                \
	X(entry_group_free)               \
	X(entry_group_commit)             \
	X(entry_group_reset)              \
	X(entry_group_add_service_strlst) \
	X(entry_group_add_address)        \
	X(service_browser_new)            \
	X(service_browser_free)           \
	X(service_resolver_new)           \
	X(service_resolver_free)          \
	X(record_browser_new)             \
	X(record_browser_free)

struct back {
	AvahiClient *client;
#define X(name) __typeof__(&avahi_##name) name;
	FUNCTIONS(X)
#undef X
};

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define X(name) { "avahi_" #name, offsetof(struct back, name) },
	FUNCTIONS(X)
#undef X
};

static bool
load(struct back *b)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE), *f;
	size_t i;

	if (library == NULL)
		return false;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if ((f = dlsym(library, functions[i].name)) == NULL)
			break;
		memcpy((char *)b + functions[i].offset, &f, sizeof(f));
	}
	dlclose(library); /* it stays */
	return i == sizeof(functions) / sizeof(functions[0]);
}

static void
on_client(AvahiClient *c, AvahiClientState state, void *arg)
{
	(void)c;
	mdns_on_state(arg,
	    state == AVAHI_CLIENT_FAILURE         ? MDNS_LOST
	        : state == AVAHI_CLIENT_S_RUNNING ? MDNS_RUNNING
	                                          : MDNS_STARTING);
}

/* Without AVAHI_CLIENT_NO_FAIL: no daemon is a failure, and somebody else does it then. */
static enum brski_rc
client_open(const struct mdns_back_conf *conf, void **out, struct brski_err *err)
{
	struct back *b = calloc(1, sizeof(*b));
	int error = AVAHI_ERR_NO_MEMORY;

	if (b != NULL && !load(b))
		error = AVAHI_ERR_NO_DAEMON;
	else if (b != NULL)
		b->client = b->client_new(conf->poll, AVAHI_CLIENT_IGNORE_USER_CONFIG, on_client,
		    conf->m, &error);
	if (b == NULL || b->client == NULL) {
		free(b);
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "mDNS daemon: %s",
		    avahi_strerror(error));
	}
	*out = b;
	return BRSKI_OK;
}

static void
client_close(void *back)
{
	struct back *b = back;

	b->client_free(b->client);
	free(b);
}

/* --- groups */

static void
on_group(AvahiEntryGroup *g, AvahiEntryGroupState state, void *arg)
{
	(void)g;
	mdns_on_group(arg, state);
}

static void *
client_group(void *back, void *arg)
{
	struct back *b = back;

	return b->entry_group_new(b->client, on_group, arg);
}

static int
client_add_service(void *back, void *g, int interface, const char *name, const char *type,
    const char *host, uint16_t port, AvahiStringList *txt)
{
	struct back *b = back;

	return b->entry_group_add_service_strlst(g, interface, AVAHI_PROTO_UNSPEC, 0, name, type,
	    MDNS_DOMAIN, host, port, txt);
}

static int
client_add_address(void *back, void *g, const char *host, struct mdns_host_address *a)
{
	struct back *b = back;

	return b->entry_group_add_address(g, a->interface, a->address.proto,
	    AVAHI_PUBLISH_NO_REVERSE, host, &a->address);
}

static int
client_commit(void *back, void *g)
{
	struct back *b = back;

	return b->entry_group_commit(g);
}

static void
client_reset(void *back, void *g)
{
	struct back *b = back;

	(void)b->entry_group_reset(g);
}

static void
client_group_free(void *back, void *g)
{
	struct back *b = back;

	(void)b->entry_group_free(g);
}

/* --- browsing */

static void
on_browser(AvahiServiceBrowser *o, AvahiIfIndex interface, AvahiProtocol via,
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
client_browse(void *back, const char *type, void *arg)
{
	struct back *b = back;

	return b->service_browser_new(b->client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, type,
	    MDNS_DOMAIN, AVAHI_LOOKUP_USE_MULTICAST, on_browser, arg);
}

static void
client_browse_free(void *back, void *o)
{
	struct back *b = back;

	(void)b->service_browser_free(o);
}

static void
on_resolver(AvahiServiceResolver *o, AvahiIfIndex interface, AvahiProtocol via,
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
client_resolve(void *back, int interface, AvahiProtocol via, const char *name, const char *type,
    void *arg)
{
	struct back *b = back;

	return b->service_resolver_new(b->client, interface, via, name, type, MDNS_DOMAIN,
	    AVAHI_PROTO_UNSPEC,
	    AVAHI_LOOKUP_USE_MULTICAST | AVAHI_LOOKUP_NO_TXT | AVAHI_LOOKUP_NO_ADDRESS, on_resolver,
	    arg);
}

static void
client_resolve_free(void *back, void *o)
{
	struct back *b = back;

	(void)b->service_resolver_free(o);
}

static void
on_record(AvahiRecordBrowser *o, AvahiIfIndex interface, AvahiProtocol via, AvahiBrowserEvent event,
    const char *name, uint16_t class, uint16_t type, const void *rdata, size_t n,
    AvahiLookupResultFlags flags, void *arg)
{
	(void)o;
	(void)interface;
	(void)via;
	(void)name;
	(void)class;
	(void)type;
	(void)flags;
	if (event == AVAHI_BROWSER_NEW || event == AVAHI_BROWSER_REMOVE)
		mdns_on_address(arg, brski_slice(rdata, n), event == AVAHI_BROWSER_NEW);
}

static void *
client_addresses(void *back, int interface, AvahiProtocol via, const char *host, uint16_t type,
    void *arg)
{
	struct back *b = back;

	return b->record_browser_new(b->client, interface, via, host, AVAHI_DNS_CLASS_IN, type,
	    AVAHI_LOOKUP_USE_MULTICAST, on_record, arg);
}

static void
client_addresses_free(void *back, void *o)
{
	struct back *b = back;

	(void)b->record_browser_free(o);
}

const struct mdns_back mdns_back_client = {
	.name = "avahi-daemon",
	.open = client_open,
	.close = client_close,
	.group = client_group,
	.add_service = client_add_service,
	.add_address = client_add_address,
	.commit = client_commit,
	.reset = client_reset,
	.group_free = client_group_free,
	.browse = client_browse,
	.browse_free = client_browse_free,
	.resolve = client_resolve,
	.resolve_free = client_resolve_free,
	.addresses = client_addresses,
	.addresses_free = client_addresses_free,
};
