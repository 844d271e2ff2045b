/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/masa_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define SCHEME     "https://"
#define WELL_KNOWN "/.well-known/brski"

static const char digits[] = "0123456789";
static const char host_chars[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
static const char v6_chars[] = "0123456789abcdefABCDEF:.";
/* RFC 3986 3.3 pchar and '/': no '?', no '#', nothing below or beyond printable ASCII */
static const char path_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "-._~%!$&'()*+,;=:@/";

/* How long is the run of these characters? */
static size_t
span(const char *s, const char *chars)
{
	return strspn(s, chars);
}

/*
 * The length of host[:port] or [v6][:port] at s; 0: there is none. No userinfo: '@' is in no set.
 */
static size_t
authority(const char *s)
{
	size_t n, host, port;

	if (s[0] == '[') {
		host = span(s + 1, v6_chars);
		if (host < 2 || s[1 + host] != ']')
			return 0;
		n = host + 2;
	} else if ((n = span(s, host_chars)) == 0)
		return 0;
	if (s[n] != ':')
		return n;
	port = span(s + n + 1, digits);
	return port >= 1 && port <= 5 && strtol(s + n + 1, NULL, 10) <= 65535 ? n + 1 + port : 0;
}

enum brski_rc
registrar_masa_url(struct brski_slice text, char out[REGISTRAR_MASA_URL_MAX], struct brski_err *err)
{
	char s[REGISTRAR_MASA_URL_IN + 1];
	const char *rest = s;
	size_t n, path;
	bool full;

	if (text.n > REGISTRAR_MASA_URL_IN)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 2.3.2",
		    "MASA URL of %zu octets", text.n);
	/* an embedded NUL ends the text early: the length check below refuses it */
	if (text.n > 0)
		memcpy(s, text.p, text.n);
	s[text.n] = '\0';
	/* RFC 8995 2.3.2: without a slash it is an authority; HTTPS whatever else is said */
	full = strncasecmp(s, SCHEME, strlen(SCHEME)) == 0;
	if (full)
		rest += strlen(SCHEME);
	n = authority(rest);
	path = full && rest[n] == '/' ? span(rest + n, path_chars) : 0;
	if (n == 0 || (size_t)(rest - s) + n + path != text.n)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 2.3.2",
		    "MASA URL is neither host[:port] nor https://host[:port]/path");
	if (path > 0 && rest[n + path - 1] == '/')
		path--;
	snprintf(out, REGISTRAR_MASA_URL_MAX, SCHEME "%.*s%s", (int)(n + path), rest,
	    full ? "" : WELL_KNOWN);
	return BRSKI_OK;
}

bool
registrar_masa_location(const char *base, const char *location, char out[REGISTRAR_LOCATION_MAX])
{
	size_t n = strlen(SCHEME) + strcspn(base + strlen(SCHEME), "/");

	if (location[0] == '/' && location[1] != '/')
		return snprintf(out, REGISTRAR_LOCATION_MAX, "%.*s%s", (int)n, base, location) <
		    REGISTRAR_LOCATION_MAX;
	if (strncasecmp(location, base, n) != 0 || location[n] != '/')
		return false;
	return snprintf(out, REGISTRAR_LOCATION_MAX, "%s", location) < REGISTRAR_LOCATION_MAX;
}
