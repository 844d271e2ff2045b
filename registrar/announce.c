/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/announce.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/listen.h"

#define NAME_MAX_BYTES 512
#define ORGANIZATION   "O="

static const struct {
	const char *type;
	bool coaps;
} services[] = {
	{ "_brski-registrar._tcp", false },
	{ "_brski-proxy._tcp", false },
	{ "_brski-registrar._udp", true },
	{ "_brski-proxy._udp", true },
};

/* The organization in the domain CA's name; "": none. */
static void
domain_name(const struct registrar_site *site, char *out, size_t cap)
{
	const struct brski_certs *ca = registrar_keeper_ca(site->keeper);
	char text[NAME_MAX_BYTES], *at, *end;

	out[0] = '\0';
	if (ca->n == 0)
		return;
	brski_name_text(ca->v[0].subject, text, sizeof(text));
	at = strncmp(text, ORGANIZATION, 2) == 0 ? text : strstr(text, ", " ORGANIZATION);
	if (at == NULL)
		return;
	at = strchr(at, '=') + 1;
	if ((end = strstr(at, ", ")) != NULL)
		*end = '\0';
	snprintf(out, cap, "%s", at);
}

/* A label is UTF-8 and ends where a character does. RFC 6763 4.1.1 */
static void
cut(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && ((unsigned char)text[n - 1] & 0x80) != 0)
		text[n - 1] = '\0';
}

void
registrar_announce_name(const struct registrar_site *site, const char *host,
    char out[BRSKI_MDNS_INSTANCE_MAX])
{
	char domain[BRSKI_MDNS_INSTANCE_MAX];
	int n;

	domain_name(site, domain, sizeof(domain));
	n = snprintf(out, BRSKI_MDNS_INSTANCE_MAX, "%s on %s",
	    domain[0] != '\0' ? domain : "BRSKI registrar", host);
	if (n >= BRSKI_MDNS_INSTANCE_MAX)
		cut(out);
}

static bool
loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;

	if (ss->ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	return ss->ss_family == AF_INET && ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Where others reach it; false: nobody but this machine does. */
static bool
reachable(const char *listen, unsigned port, struct sockaddr_storage *ss)
{
	socklen_t n;

	return port != 0 && listen != NULL && brski_listen_parse(listen, ss, &n) && !loopback(ss);
}

static enum brski_rc
announce(struct brski_mdns *m, const struct registrar_announce_conf *conf, bool coaps,
    struct brski_err *err)
{
	const struct registrar_conf *c = &conf->site->conf;
	unsigned port = coaps ? conf->coaps_port : conf->https_port;
	char name[BRSKI_MDNS_INSTANCE_MAX], host[256] = "";
	struct sockaddr_storage at;
	struct brski_mdns_service s = { .name = name,
		.port = (uint16_t)port,
		.at = (struct sockaddr *)&at };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	if (!reachable(coaps ? c->listen_coaps : c->listen, port, &at))
		return BRSKI_OK;
	(void)gethostname(host, sizeof(host) - 1);
	registrar_announce_name(conf->site, host, name);
	for (i = 0; i < sizeof(services) / sizeof(services[0]) && rc == BRSKI_OK; i++) {
		s.type = services[i].type;
		if (services[i].coaps == coaps)
			rc = brski_mdns_announce(m, &s, err);
	}
	return rc;
}

enum brski_rc
registrar_announce(struct brski_loop *loop, const struct registrar_announce_conf *conf,
    struct brski_mdns **out, struct brski_err *err)
{
	const struct registrar_conf *c = &conf->site->conf;
	const struct brski_mdns_conf mdns = { .interfaces = c->interfaces.n > 0
		    ? (const char *const *)c->interfaces.v
		    : NULL,
		.interfaces_n = c->interfaces.n,
		.log = conf->log };
	struct sockaddr_storage ss;
	enum brski_rc rc;

	*out = NULL;
	if (!c->announce ||
	    (!reachable(c->listen, conf->https_port, &ss) &&
	        !reachable(c->listen_coaps, conf->coaps_port, &ss)))
		return BRSKI_OK;
	if ((rc = brski_mdns_new(loop, &mdns, out, err)) != BRSKI_OK ||
	    (rc = announce(*out, conf, false, err)) != BRSKI_OK ||
	    (rc = announce(*out, conf, true, err)) != BRSKI_OK) {
		brski_mdns_free(*out);
		*out = NULL;
		return rc;
	}
	return BRSKI_OK;
}

bool
registrar_announce_differs(const struct registrar_site *a, const struct registrar_site *b)
{
	const struct brski_conf_list *x = &a->conf.interfaces, *y = &b->conf.interfaces;
	char name[2][BRSKI_MDNS_INSTANCE_MAX];
	bool same = a->conf.announce == b->conf.announce && x->n == y->n;
	size_t i;

	for (i = 0; same && i < x->n; i++)
		same = strcmp(x->v[i], y->v[i]) == 0;
	registrar_announce_name(a, "", name[0]);
	registrar_announce_name(b, "", name[1]);
	return !same || strcmp(name[0], name[1]) != 0;
}
