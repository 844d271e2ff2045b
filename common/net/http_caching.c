/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_caching.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/text.h"

/* What is between the next two quotes; *at moves behind them. False: there are no more. */
static bool
next_quoted(struct brski_slice *at, struct brski_slice *out)
{
	const uint8_t *from, *to;

	if (at->n == 0 || (from = memchr(at->p, '"', at->n)) == NULL)
		return false;
	from++;
	if ((to = memchr(from, '"', (size_t)(at->p + at->n - from))) == NULL)
		return false;
	*out = brski_slice(from, (size_t)(to - from));
	*at = brski_slice(to + 1, (size_t)(at->p + at->n - to - 1));
	return true;
}

size_t
http_etags_read(struct brski_slice header, uint8_t octets[BRSKI_ETAGS][BRSKI_ETAG_MAX],
    struct brski_slice known[BRSKI_ETAGS])
{
	struct brski_slice text;
	struct brski_buf to;
	size_t n = 0;

	while (n < BRSKI_ETAGS && next_quoted(&header, &text)) {
		to = brski_buf_fixed(octets[n], BRSKI_ETAG_MAX);
		if (brski_hex_decode(text, &to, NULL) != BRSKI_OK || to.n == 0)
			continue;
		known[n] = brski_slice(octets[n], to.n);
		n++;
	}
	return n;
}

/* Whatever the locale. Empty when there is no such day. */
static void
say_date(int64_t t, char *out, size_t cap)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t when = (time_t)t;
	struct tm tm;

	out[0] = '\0';
	if (t != 0 && gmtime_r(&when, &tm) != NULL && tm.tm_year < 8100)
		snprintf(out, cap, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
		    tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
}

static void
say_etag(const struct brski_caching *c, char *out)
{
	size_t i;
	char *at = out;

	*at = '\0';
	if (c->etag_n == 0)
		return;
	*at++ = '"';
	for (i = 0; i < c->etag_n; i++)
		at += snprintf(at, 3, "%02x", c->etag[i]);
	*at++ = '"';
	*at = '\0';
}

void
http_caching_say(const struct brski_caching *c, int64_t now, struct http_caching *out)
{
	say_etag(c, out->etag);
	say_date(c->modified, out->modified, sizeof(out->modified));
	say_date(c->expires, out->expires, sizeof(out->expires));
	if (c->expires != 0) {
		snprintf(out->text, sizeof(out->text),
		    "max-age=%" PRId64 ", public, no-transform, must-revalidate",
		    c->expires > now ? c->expires - now : INT64_C(0));
		out->control = out->text;
	} else if (c->etag_n > 0 || c->modified != 0)
		out->control = "no-cache"; /* it is kept, and asked for before it is used */
	else
		out->control = "no-store";
}
