/* SPDX-License-Identifier: Apache-2.0 */
/* How the Linux agent reaches registrars: one file per transport behind this. */
#ifndef PLEDGE_PORT_LINK_H
#define PLEDGE_PORT_LINK_H

#include "net/loop.h"
#include "pledge/pledge.h"

/* A registrar may ask its MASA while we wait; it says "not yet" in good time if it cannot. */
#define PLEDGE_CALL_MS 30000

struct pledge_link_conf {
	struct brski_loop *loop;
	const struct brski_log *log;
	const char *candidate; /* "coaps://[2001:db8::1]:5684"; copied */
	/* who we are; borrowed as long as the connection lives */
	const struct brski_key *key;
	const struct brski_certs *chain;
	bool classical; /* no hybrid key share */
	bool hybrid;    /* one even where datagrams are few */
	bool dtls12;    /* nothing newer */
};

/* Calls run the loop until they are done; a signal stops it, and then they return E_PENDING. */
struct pledge_link {
	const struct pledge_binding *binding;
	/* One connection, really made by the first request. */
	enum brski_rc (
	    *open)(const struct pledge_link_conf *conf, void **out, struct brski_err *err);
	/* As struct pledge_port's. */
	enum brski_rc (*request)(void *link, const struct pledge_request *r,
	    struct pledge_answer *a, struct brski_err *err);
	void (*close)(void *link);
};

extern const struct pledge_link pledge_link_https, pledge_link_coaps;

#endif
