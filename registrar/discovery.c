/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/discovery.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "coap/link_format.h"
#include "net/listen.h"
#include "net/udp_group.h"

#define URL_MAX 96 /* "coaps://[ADDRESS]:65535" */

static bool
is_any(const struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)ss)->sin6_addr);
	return ((const struct sockaddr_in *)ss)->sin_addr.s_addr == htonl(INADDR_ANY);
}

/*
 * The address to give out: own where all are listened on, else the one that is. False: an asker
 * that reached own cannot be sent there.
 */
static bool
place_address(const struct registrar_place *p, const struct sockaddr *own,
    struct sockaddr_storage *out)
{
	struct sockaddr_storage at;
	socklen_t n;

	if (p->listen == NULL || !brski_listen_parse(p->listen, &at, &n))
		return false;
	if (!is_any(&at)) {
		*out = at;
		return at.ss_family == own->sa_family;
	}
	memset(out, 0, sizeof(*out));
	memcpy(out, own, udp_address_size(own));
	/* a socket for all IPv6 addresses takes IPv4 too */
	return at.ss_family == AF_INET6 || own->sa_family == AF_INET;
}

/* The zone of an address is the asker's own matter: RFC 6874 1. */
static void
write_url(const char *scheme, const struct sockaddr_storage *at, unsigned port, char out[URL_MAX])
{
	bool six = at->ss_family == AF_INET6;
	char address[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(at->ss_family,
	    six ? (const void *)&((const struct sockaddr_in6 *)at)->sin6_addr
	        : (const void *)&((const struct sockaddr_in *)at)->sin_addr,
	    address, sizeof(address));
	snprintf(out, URL_MAX, six ? "%s[%s]:%u" : "%s%s:%u", scheme, address, port);
}

static enum brski_rc
put_place(const struct registrar_place *p, const char *scheme, const char *rt,
    const struct sockaddr *own, struct brski_buf *out, struct brski_err *err)
{
	struct sockaddr_storage at;
	char url[URL_MAX];
	enum brski_rc rc;

	if (!place_address(p, own, &at))
		return BRSKI_OK;
	write_url(scheme, &at, p->port, url);
	if ((rc = brski_link_put(out, brski_slice_str(url), err)) != BRSKI_OK)
		return rc;
	return brski_link_put_attribute(out, "rt", brski_slice_str(rt), false, err);
}

/* To pledges of this link: the new way and the one before it. */
static enum brski_rc
put_proxy(const struct registrar_place *p, const struct sockaddr *own, struct brski_buf *out,
    struct brski_err *err)
{
	struct sockaddr_storage at;
	char port[8];
	enum brski_rc rc;

	if (!udp_address_is_link_local(own) || !place_address(p, own, &at))
		return BRSKI_OK;
	snprintf(port, sizeof(port), "%u", p->port);
	if ((rc = brski_link_put(out, BRSKI_LIT(""), err)) != BRSKI_OK ||
	    (rc = brski_link_put_attribute(out, "brski-jp", brski_slice_str(port), false, err)) !=
	        BRSKI_OK)
		return rc;
	return put_place(p, "coaps://", "brski.jp", own, out, err);
}

enum brski_rc
registrar_links(const struct registrar_places *p, const struct sockaddr *own, struct brski_buf *out,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = put_place(&p->jpy, "jpy://", "brski.rjp", own, out, err)) != BRSKI_OK ||
	    (rc = put_place(&p->coaps, "coaps://", "brski", own, out, err)) != BRSKI_OK)
		return rc;
	return put_proxy(&p->coaps, own, out, err);
}

/* --- answering */

struct registrar_discovery {
	struct registrar_places places;
	char *listen[2]; /* a reload frees the configuration's */
	struct brski_coap_responder *responder;
};

static enum brski_rc
give_links(void *arg, const struct sockaddr *own, struct brski_buf *out, struct brski_err *err)
{
	const struct registrar_discovery *d = arg;

	return registrar_links(&d->places, own, out, err);
}

static bool
is_loopback(const struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)ss)->sin6_addr);
	return ntohl(((const struct sockaddr_in *)ss)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* False: without memory. What only this machine can reach is no place. */
static bool
take_place(const char *listen, unsigned port, char **copy, struct registrar_place *out)
{
	struct sockaddr_storage ss;
	socklen_t n;

	if (listen == NULL || port == 0 || !brski_listen_parse(listen, &ss, &n) || is_loopback(&ss))
		return true;
	*copy = strdup(listen);
	*out = (struct registrar_place){ *copy, port };
	return *copy != NULL;
}

enum brski_rc
registrar_discovery_new(struct brski_loop *loop, const struct registrar_conf *c,
    unsigned coaps_port, unsigned jpy_port, const struct brski_log *log,
    struct registrar_discovery **out, struct brski_err *err)
{
	struct brski_coap_responder_conf conf = { .interfaces =
		                                      (const char *const *)c->interfaces.v,
		.interfaces_n = c->interfaces.n,
		.links = give_links,
		.log = log };
	struct registrar_discovery *d = calloc(1, sizeof(*d));
	enum brski_rc rc = BRSKI_OK;

	*out = NULL;
	if (d == NULL ||
	    !take_place(c->listen_coaps, coaps_port, &d->listen[0], &d->places.coaps) ||
	    !take_place(c->listen_jpy, jpy_port, &d->listen[1], &d->places.jpy)) {
		registrar_discovery_free(d);
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for discovery");
	}
	conf.arg = d;
	if (c->interfaces.n == 0)
		conf.interfaces = NULL;
	if (c->announce && (d->listen[0] != NULL || d->listen[1] != NULL))
		rc = brski_coap_responder_new(loop, &conf, &d->responder, err);
	if (d->responder == NULL) {
		registrar_discovery_free(d);
		return rc;
	}
	*out = d;
	return BRSKI_OK;
}

uint64_t
registrar_discovery_dropped(const struct registrar_discovery *d)
{
	return brski_coap_responder_dropped(d->responder);
}

void
registrar_discovery_free(struct registrar_discovery *d)
{
	if (d == NULL)
		return;
	brski_coap_responder_free(d->responder);
	free(d->listen[0]);
	free(d->listen[1]);
	free(d);
}
