/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "registrar/ctl/admin_client.h"

/* "90 s", "12 d": the largest unit of which there are at least two. */
static const char *
distance(int64_t seconds, char dst[CTL_WORDS_MAX])
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 31536000, "y" }, { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	const size_t last = sizeof(units) / sizeof(units[0]) - 1;
	size_t i = 0;

	while (i < last && seconds < 2 * units[i].seconds)
		i++;
	snprintf(dst, CTL_WORDS_MAX, "%" PRId64 " %s", seconds / units[i].seconds, units[i].name);
	return dst;
}

/* Seconds from now on; false: it is no time. */
static bool
from_now(const char *rfc3339, int64_t *out)
{
	struct brski_clock system = brski_clock_system();

	if (brski_time_parse_rfc3339(brski_slice_str(rfc3339), out, NULL) != BRSKI_OK)
		return false;
	*out -= brski_clock_now(&system);
	return true;
}

const char *
ctl_words_when(const char *rfc3339, char dst[CTL_WORDS_MAX])
{
	char far[CTL_WORDS_MAX];
	int64_t seconds;

	dst[0] = '\0';
	if (!from_now(rfc3339, &seconds))
		return dst;
	if (seconds > 0)
		snprintf(dst, CTL_WORDS_MAX, "in %s", distance(seconds, far));
	else if (seconds < 0)
		snprintf(dst, CTL_WORDS_MAX, "%s ago", distance(-seconds, far));
	else
		snprintf(dst, CTL_WORDS_MAX, "now");
	return dst;
}

const char *
ctl_words_time(const char *rfc3339, char dst[CTL_WORDS_MAX])
{
	char when[CTL_WORDS_MAX];

	if (*ctl_words_when(rfc3339, when) == '\0')
		snprintf(dst, CTL_WORDS_MAX, "-");
	else
		snprintf(dst, CTL_WORDS_MAX, "%s (%s)", rfc3339, when);
	return dst;
}

void
ctl_words_row(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%-15s ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

const char *
ctl_words_holder(const json_t *c, char dst[CTL_HOLDER_MAX])
{
	if (json_is_null(json_object_get(c, "manufacturer")))
		snprintf(dst, CTL_HOLDER_MAX, "this registrar");
	else
		snprintf(dst, CTL_HOLDER_MAX, "%s %s", ctl_member(c, "manufacturer"),
		    ctl_member(c, "device_serial"));
	return dst;
}

const char *
ctl_words_remark(const json_t *c, char dst[CTL_REMARK_MAX])
{
	const char *status = ctl_member(c, "status");
	char when[CTL_WORDS_MAX];

	if (strcmp(status, "revoked") == 0)
		snprintf(dst, CTL_REMARK_MAX, "%s, %s", ctl_member(c, "reason"),
		    ctl_words_when(ctl_member(c, "revoked"), when));
	else if (strcmp(status, "superseded") == 0)
		snprintf(dst, CTL_REMARK_MAX, "ends %s",
		    ctl_words_when(ctl_member(c, "revoke_at"), when));
	else if (strcmp(status, "expired") == 0)
		snprintf(dst, CTL_REMARK_MAX, "expired %s",
		    ctl_words_when(ctl_member(c, "not_after"), when));
	else
		snprintf(dst, CTL_REMARK_MAX, "expires %s",
		    ctl_words_when(ctl_member(c, "not_after"), when));
	return dst;
}
