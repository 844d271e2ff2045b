/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listen.h"

#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

in_port_t *
brski_listen_port(struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET6)
		return &((struct sockaddr_in6 *)ss)->sin6_port;
	return &((struct sockaddr_in *)ss)->sin_port;
}

/* libevent's reader knows no port 0. */
bool
brski_listen_parse(const char *at, struct sockaddr_storage *ss, socklen_t *n)
{
	const char *colon = strrchr(at, ':');
	size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
	unsigned long port = digits > 0 ? strtoul(colon + 1, NULL, 10) : 0;
	char host[80];
	int size = sizeof(*ss);

	if (digits == 0 || digits > 5 || colon[1 + digits] != '\0' || port > 65535)
		return false;
	snprintf(host, sizeof(host), "%.*s:1", (int)(colon - at), at);
	if (evutil_parse_sockaddr_port(host, (struct sockaddr *)ss, &size) != 0)
		return false;
	*brski_listen_port(ss) = htons((uint16_t)port);
	*n = (socklen_t)size;
	return true;
}
