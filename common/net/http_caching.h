/* SPDX-License-Identifier: Apache-2.0 */
/* What HTTP says about keeping replies: RFC 9110 8.8 and 13.1.2, RFC 9111, RFC 5019 6. */
#ifndef BRSKI_HTTP_CACHING_H
#define BRSKI_HTTP_CACHING_H

#include "net/exchange.h"

/*
 * If-None-Match, as octets. Ours are hex digits in quotes; what is something else is nobody's that
 * was sent from here, and left out. Returns how many were found; known points into octets.
 */
size_t http_etags_read(struct brski_slice header, uint8_t octets[BRSKI_ETAGS][BRSKI_ETAG_MAX],
    struct brski_slice known[BRSKI_ETAGS]);

struct http_caching {
	const char *control; /* Cache-Control: static, or text */
	char text[80];
	char etag[2 * BRSKI_ETAG_MAX + 3]; /* "" : none */
	char modified[32], expires[32];    /* IMF-fixdate, RFC 9110 5.6.7; "": none */
};
/* Everything that a reply of this operation has to say, at that time. */
void http_caching_say(const struct brski_caching *c, int64_t now, struct http_caching *out);

#endif
