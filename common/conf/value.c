/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "conf/value.h"

static const struct unit {
	char letter;
	int64_t seconds;
} units[] = {
	{ 'y', 365 * 86400 },
	{ 'd', 86400 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

/* An optional minus and up to 12 digits: enough for every range, and times a year it still fits. */
static const char *
number(const char *text, int64_t *out)
{
	bool minus = *text == '-';
	const char *digits = text + minus, *s = digits;

	for (*out = 0; *s >= '0' && *s <= '9' && s - digits < 12; s++)
		*out = *out * 10 + (*s - '0');
	if (minus)
		*out = -*out;
	return s > digits ? s : NULL;
}

static bool
whole_number(const char *text, int64_t *out)
{
	const char *end = number(text, out);

	return end != NULL && *end == '\0';
}

static bool
duration(const char *text, int64_t *out)
{
	const char *end = number(text, out);

	if (end == NULL || *out < 0)
		return false;
	if (*end == '\0')
		return true;
	for (size_t i = 0; i < UNITS; i++) {
		if (units[i].letter != end[0] || end[1] != '\0')
			continue;
		if (*out > INT64_MAX / units[i].seconds)
			return false;
		*out *= units[i].seconds;
		return true;
	}
	return false;
}

static bool
word(const char *const *names, const char *text, int64_t *out)
{
	for (int i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*out = i;
		return true;
	}
	return false;
}

static const char *const bools[] = { "no", "yes", "false", "true", "off", "on", NULL };

static bool
has_range(const struct brski_conf_option *o)
{
	return o->min < o->max;
}

bool
brski_conf_value(const struct brski_conf_option *o, const char *text, int64_t *out)
{
	bool ok;

	*out = 0;
	switch (o->type) {
	case BRSKI_CONF_INT:
		ok = whole_number(text, out);
		break;
	case BRSKI_CONF_DURATION:
		ok = duration(text, out);
		break;
	case BRSKI_CONF_BOOL:
		ok = word(bools, text, out);
		*out %= 2;
		return ok;
	case BRSKI_CONF_ENUM:
		return word(o->names, text, out);
	case BRSKI_CONF_PATHS:
	case BRSKI_CONF_WORDS:
		return *text != '\0';
	default:
		return *text != '\0' || (o->def != NULL && *o->def == '\0');
	}
	return ok && (!has_range(o) || (*out >= o->min && *out <= o->max));
}

/* In the largest unit that divides it: "10m". */
static const char *
duration_text(int64_t seconds, char dst[32])
{
	size_t i = 0;

	while (i < UNITS - 1 && (seconds == 0 || seconds % units[i].seconds != 0))
		i++;
	(void)snprintf(dst, 32, "%lld%c", (long long)(seconds / units[i].seconds), units[i].letter);
	return dst;
}

static void
names_text(const char *const *names, char *dst, size_t cap)
{
	size_t at = (size_t)snprintf(dst, cap, "one of");

	for (size_t i = 0; names[i] != NULL && at < cap; i++)
		at += (size_t)snprintf(dst + at, cap - at, "%s %s", i > 0 ? "," : "", names[i]);
}

const char *
brski_conf_allowed(const struct brski_conf_option *o, char dst[BRSKI_CONF_ALLOWED])
{
	char low[32], high[32];

	switch (o->type) {
	case BRSKI_CONF_INT:
		(void)snprintf(dst, BRSKI_CONF_ALLOWED,
		    has_range(o) ? "a number from %lld to %lld" : "a number", (long long)o->min,
		    (long long)o->max);
		break;
	case BRSKI_CONF_DURATION:
		(void)snprintf(dst, BRSKI_CONF_ALLOWED,
		    "a duration such as 90, 15m, 12h, 30d or 1y%s%s%s%s",
		    has_range(o) ? ", from " : "", has_range(o) ? duration_text(o->min, low) : "",
		    has_range(o) ? " to " : "", has_range(o) ? duration_text(o->max, high) : "");
		break;
	case BRSKI_CONF_BOOL:
		(void)snprintf(dst, BRSKI_CONF_ALLOWED, "yes or no");
		break;
	case BRSKI_CONF_ENUM:
		names_text(o->names, dst, BRSKI_CONF_ALLOWED);
		break;
	default:
		(void)snprintf(dst, BRSKI_CONF_ALLOWED, "a text that is not empty");
	}
	return dst;
}
