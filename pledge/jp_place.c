/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/jp_place.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/listen.h"
#include "net/udp_group.h"

#define URL_MAX 128

static const struct {
	const char *scheme, *port;
} transports[JP_TRANSPORTS] = {
	[JP_HTTPS] = { "https://", "443" },
	[JP_COAPS] = { "coaps://", "5684" },
	[JP_JPY] = { "jpy://", NULL },
};

/* "HOST:PORT" or "HOST" with the transport's port. */
static bool
parse_authority(const char *text, const char *port, struct sockaddr_storage *out)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *colon = strchr(end != NULL ? end : text, ':');
	char at[URL_MAX + 8];
	socklen_t n;

	if (colon == NULL && port == NULL)
		return false;
	snprintf(at, sizeof(at), "%s%s%s", text, colon == NULL ? ":" : "",
	    colon == NULL ? port : "");
	memset(out, 0, sizeof(*out));
	return brski_listen_parse(at, out, &n) && *brski_listen_port(out) != 0;
}

bool
jp_place_parse(struct brski_slice url, struct jp_place *out)
{
	char text[URL_MAX];
	size_t i, n;

	if (url.n == 0 || url.n >= sizeof(text) || memchr(url.p, '\0', url.n) != NULL)
		return false;
	memcpy(text, url.p, url.n);
	text[url.n] = '\0';
	for (i = 0; i < JP_TRANSPORTS; i++)
		if (strncmp(text, transports[i].scheme, strlen(transports[i].scheme)) == 0)
			break;
	if (i == JP_TRANSPORTS)
		return false;
	memset(out, 0, sizeof(*out));
	out->transport = (enum jp_transport)i;
	n = strlen(transports[i].scheme);
	/* the path is of no matter */
	text[n + strcspn(text + n, "/?#")] = '\0';
	return parse_authority(text + n, transports[i].port, &out->at);
}

static bool
same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET6)
		return a6->sin6_port == b6->sin6_port && a6->sin6_scope_id == b6->sin6_scope_id &&
		    memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
	return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

bool
jp_place_same(const struct jp_place *a, const struct jp_place *b)
{
	return a->transport == b->transport && same_address(&a->at, &b->at);
}

/* A link of a link-local address is of the link that it was heard on; others have no scope. */
static bool
scope(struct jp_place *p, const struct sockaddr *from)
{
	struct sockaddr_in6 *at = (struct sockaddr_in6 *)&p->at;

	if (!udp_address_is_link_local((const struct sockaddr *)at))
		return true;
	if (!udp_address_is_link_local(from))
		return false;
	at->sin6_scope_id = ((const struct sockaddr_in6 *)from)->sin6_scope_id;
	return true;
}

bool
jp_place_fit(const struct jp_place *p)
{
	const struct sockaddr_storage *at = &p->at;
	const struct sockaddr_in6 *six = (const void *)at;
	const struct sockaddr_in *four = (const void *)at;
	uint32_t v4;

	if (udp_address_is_group((const struct sockaddr *)at))
		return false;
	if (at->ss_family == AF_INET6)
		return !IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) &&
		    !IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) &&
		    !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
		    !IN6_IS_ADDR_V4COMPAT(&six->sin6_addr);
	v4 = ntohl(four->sin_addr.s_addr);
	return v4 >> 24 != IN_LOOPBACKNET && v4 >> 24 != 0 && !IN_BADCLASS(v4);
}

static bool
same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	struct sockaddr_storage x = *a, y = *b;

	*brski_listen_port(&x) = *brski_listen_port(&y) = 0;
	return same_address(&x, &y);
}

/* Whatever goes to an address of our own comes from that very address. */
bool
jp_place_is_elsewhere(const struct jp_place *p)
{
	const struct sockaddr_in6 *six = (const void *)&p->at;
	struct sockaddr_storage own = { 0 };
	socklen_t n = sizeof(own);
	char name[IF_NAMESIZE];
	bool is_own;
	int fd;

	if (udp_address_is_link_local((const struct sockaddr *)&p->at) &&
	    if_indextoname(six->sin6_scope_id, name) == NULL)
		return false;
	if ((fd = socket(p->at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return false;
	/* no route to it: it is not here */
	is_own = connect(fd, (const struct sockaddr *)&p->at,
	             udp_address_size((const struct sockaddr *)&p->at)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&own, &n) == 0 && same_host(&own, &p->at);
	close(fd);
	return !is_own;
}

enum jp_link
jp_place_of_link(const struct brski_link *l, const struct sockaddr *from, struct jp_place *out)
{
	struct brski_slice rt;
	bool rjp;

	if (!brski_link_attribute(l, "rt", &rt))
		return JP_LINK_OTHER;
	/* the resource type says what it is, and must fit the scheme */
	rjp = brski_link_matches(rt, BRSKI_LIT("brski.rjp"));
	if (!rjp && !brski_link_matches(rt, BRSKI_LIT("brski")))
		return JP_LINK_OTHER;
	if (!jp_place_parse(l->target, out) || out->transport != (rjp ? JP_JPY : JP_COAPS) ||
	    !scope(out, from) || !jp_place_fit(out))
		return JP_LINK_BAD;
	return JP_LINK_PLACE;
}
