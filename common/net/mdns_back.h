/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of mdns.h: two back ends, the machine's daemon (mdns_client.c) and a responder of our
 * own (mdns_core.c), that do no more than hand things on. What is announced, browsed and kept is
 * mdns.c's, mdns_names.c's and mdns_browse.c's.
 */
#ifndef BRSKI_MDNS_BACK_H
#define BRSKI_MDNS_BACK_H

#include <avahi-common/address.h>
#include <avahi-common/defs.h>
#include <avahi-common/strlst.h>
#include <event2/event_struct.h>
#include <sys/queue.h>
#include "net/mdns.h"
#include "net/mdns_judge.h"
#include "net/mdns_poll.h"

#define MDNS_DOMAIN        "local" /* RFC 6762 3 */
#define MDNS_HOST_MAX      256     /* a name with its dots and NUL, RFC 1035 3.1 */
#define MDNS_ADDRESSES_MAX 64      /* of this machine that are announced */
#define MDNS_PER_INSTANCE  8       /* addresses of a found instance */

struct mdns_host_address {
	int interface;
	AvahiAddress address;
};

/* A link to whoever answers, and what its events are called with. */
struct mdns_back_conf {
	struct brski_mdns *m;
	const AvahiPoll *poll;
	char *const *interfaces; /* none: all */
	size_t interfaces_n;
};

/*
 * Objects are made and freed here; each event comes from the loop or from within a call, and says
 * to whom (arg). What makes an object returns NULL when it cannot; close() comes after all objects
 * are freed.
 */
struct mdns_back {
	const char *name;
	enum brski_rc (*open)(const struct mdns_back_conf *conf, void **out, struct brski_err *err);
	void (*close)(void *b);

	/* records that stand or fall together; mdns_on_group(arg, ...) */
	void *(*group)(void *b, void *arg);
	int (*add_service)(void *b, void *g, int interface, const char *name, const char *type,
	    const char *host, uint16_t port, AvahiStringList *txt);
	int (*add_address)(void *b, void *g, const char *host, struct mdns_host_address *a);
	int (*commit)(void *b, void *g);
	void (*reset)(void *b, void *g);
	void (*group_free)(void *b, void *g);

	/* mdns_on_service(arg, ...) */
	void *(*browse)(void *b, const char *type, void *arg);
	void (*browse_free)(void *b, void *o);
	/* SRV, mdns_on_host(arg, ...) */
	void *(*resolve)(void *b, int interface, AvahiProtocol via, const char *name,
	    const char *type, void *arg);
	void (*resolve_free)(void *b, void *o);
	/* A or AAAA, mdns_on_address(arg, ...) */
	void *(*addresses)(void *b, int interface, AvahiProtocol via, const char *host,
	    uint16_t type, void *arg);
	void (*addresses_free)(void *b, void *o);
};
extern const struct mdns_back mdns_back_client, mdns_back_core;

/* What back ends call. */
enum mdns_state {
	MDNS_STARTING,
	MDNS_RUNNING,
	MDNS_LOST /* nothing comes any more: to be closed */
};
void mdns_on_state(struct brski_mdns *m, enum mdns_state state);
void mdns_on_group(void *arg, AvahiEntryGroupState state);
void mdns_on_service(void *arg, int interface, AvahiProtocol via, const char *name, bool there);
/* host NULL: no answer */
void mdns_on_host(void *arg, const char *host, uint16_t port);
void mdns_on_address(void *arg, struct brski_slice rdata, bool there);

/* --- between the files of mdns.h */

struct mdns_name {
	TAILQ_ENTRY(mdns_name) entry;
	struct brski_mdns *m;
	char name[BRSKI_MDNS_INSTANCE_MAX], type[BRSKI_MDNS_INSTANCE_MAX];
	uint16_t port;
	AvahiStringList *txt;
	AvahiAddress only; /* proto UNSPEC: any; without an address: any of its family */
	bool exact;        /* that one address */
	char host[MDNS_HOST_MAX];
	void *group;
	bool taken; /* somebody else has the name */
};
TAILQ_HEAD(mdns_names, mdns_name);

struct mdns_instance {
	TAILQ_ENTRY(mdns_instance) entry;
	struct mdns_browser *browser;
	int interface;
	AvahiProtocol via;
	char name[BRSKI_MDNS_INSTANCE_MAX]; /* as it came */
	char host[MDNS_HOST_MAX];           /* "": not known yet */
	uint16_t port;
	void *resolver, *addresses;
	struct brski_mdns_found found[MDNS_PER_INSTANCE];
	size_t found_n;
	bool more; /* addresses, that found no room */
};
TAILQ_HEAD(mdns_instances, mdns_instance);

struct mdns_browser {
	TAILQ_ENTRY(mdns_browser) entry;
	struct brski_mdns *m;
	char type[BRSKI_MDNS_INSTANCE_MAX];
	void (*found)(void *arg, const struct brski_mdns_found *f, bool there);
	void *arg;
	void *object;
	struct mdns_instances instances;
	size_t instances_n;
	size_t passed;  /* instances that found no room since it began to listen */
	unsigned turns; /* since there was room for all */
};
TAILQ_HEAD(mdns_browsers, mdns_browser);

struct brski_link_watch;
struct brski_mdns {
	struct brski_loop *loop;
	const struct brski_log *log;
	char **interfaces;
	size_t interfaces_n;
	bool none; /* no interface is to be used */
	AvahiPoll poll;
	const struct mdns_back *back;
	void *b;       /* NULL: nobody works for us now */
	bool own_only; /* no daemon, or not any more */
	enum mdns_state state;
	bool placed; /* names and browsers are with the back end */
	struct event turn, retry;
	struct brski_link_watch *watch;
	char host[MDNS_HOST_MAX]; /* ours, without the domain */
	unsigned hosts_n;
	struct mdns_host_address own[MDNS_ADDRESSES_MAX];
	size_t own_n;
	struct mdns_names names;
	struct mdns_browsers browsers;
	unsigned dropped;
};

/* mdns_names.c */
void mdns_names_refresh(struct brski_mdns *m); /* which addresses this machine has */
/* The same, and what is announced for those that changed is announced anew, RFC 6762 8.4. */
void mdns_names_update(struct brski_mdns *m);
void mdns_names_place(struct brski_mdns *m);
void mdns_names_rename(struct brski_mdns *m); /* those that are taken */
void mdns_names_withdraw(struct brski_mdns *m);
void mdns_name_withdraw(struct mdns_name *n);
void mdns_name_free(struct mdns_name *n);

/* mdns_browse.c */
void mdns_browsers_place(struct brski_mdns *m);
void mdns_browsers_withdraw(struct brski_mdns *m); /* all that was found goes */
void mdns_browsers_retry(struct brski_mdns *m);    /* instances without an answer */
/* May this interface be used? */
bool mdns_interface_wanted(const struct brski_mdns *m, const char *name);

#endif
