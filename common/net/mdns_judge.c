/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mdns_judge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool
host_v4(struct in_addr a, bool loopback)
{
	uint32_t v = ntohl(a.s_addr);

	if (v >> 24 == IN_LOOPBACKNET)
		return loopback;
	return v >> 24 != 0 && !IN_MULTICAST(v) && !IN_BADCLASS(v);
}

static bool
host_v6(const struct in6_addr *a, bool loopback)
{
	if (IN6_IS_ADDR_LOOPBACK(a))
		return loopback;
	return !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_MULTICAST(a) &&
	    !IN6_IS_ADDR_V4MAPPED(a) && !IN6_IS_ADDR_V4COMPAT(a);
}

static bool
print_v4(const struct mdns_record *r, char *out, size_t cap)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr a;

	memcpy(&a, r->address.p, sizeof(a));
	if (!host_v4(a, r->loopback) || inet_ntop(AF_INET, &a, text, sizeof(text)) == NULL)
		return false;
	return snprintf(out, cap, "%s:%u", text, (unsigned)r->port) < (int)cap;
}

/* A link-local address means nothing without its link, RFC 4007 6. */
static bool
print_v6(const struct mdns_record *r, char *out, size_t cap)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;
	bool local;

	memcpy(&a, r->address.p, sizeof(a));
	if (!host_v6(&a, r->loopback) || inet_ntop(AF_INET6, &a, text, sizeof(text)) == NULL)
		return false;
	local = IN6_IS_ADDR_LINKLOCAL(&a);
	return snprintf(out, cap, "[%s%s%s]:%u", text, local ? "%" : "", local ? r->interface : "",
	           (unsigned)r->port) < (int)cap;
}

bool
mdns_judge(const struct mdns_record *r, struct brski_mdns_found *out)
{
	struct brski_mdns_found f = { .interface = r->index };
	bool good = false;

	if (r->port == 0)
		return false;
	if (r->address.n == sizeof(struct in_addr))
		good = print_v4(r, f.address, sizeof(f.address));
	else if (r->address.n == sizeof(struct in6_addr))
		good = print_v6(r, f.address, sizeof(f.address));
	if (!good)
		return false;
	brski_text_safe(r->instance, f.instance, sizeof(f.instance));
	*out = f;
	return true;
}
