/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/clock.h"

#define DAY       INT64_C(86400)
#define YEAR_ZERO INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */

struct civil {
	int year, month, day, hour, minute, second;
};

static int64_t
fixed_now(void *arg)
{
	return *(int64_t *)arg;
}

struct brski_clock
brski_clock_fixed(int64_t *at)
{
	return (struct brski_clock){ fixed_now, at };
}

int64_t
brski_clock_now(const struct brski_clock *c)
{
	return c->now(c->arg);
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/*
 * Days from 1970-01-01 to the first of January. One cycle of 400 years is added and taken off so
 * that year 0 rounds right.
 */
static int64_t
year_start(int year)
{
	int64_t y = year + 400 - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 - 146097 - 719162;
}

/*
 * max_second is 60 where the notation knows leap seconds; such a second is the next minute's first.
 */
static bool
civil_to_time(const struct civil *c, int max_second, int64_t *out)
{
	int64_t days;

	if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > month_days(c->year, c->month) ||
	    c->hour > 23 || c->minute > 59 || c->second > max_second)
		return false;
	days = year_start(c->year) + c->day - 1;
	for (int m = 1; m < c->month; m++)
		days += month_days(c->year, m);
	*out = days * DAY + c->hour * 3600 + c->minute * 60 + c->second;
	return true;
}

/* Years outside 0..9999 are cut off: four digits are all that the notations have. */
static struct civil
time_to_civil(int64_t t)
{
	struct civil c = { .month = 1 };
	int64_t days;

	if (t < YEAR_ZERO)
		t = YEAR_ZERO;
	if (t > BRSKI_TIME_FOREVER)
		t = BRSKI_TIME_FOREVER;
	t -= YEAR_ZERO;
	days = t / DAY;
	t %= DAY;
	for (c.year = (int)(days / 366); year_start(c.year + 1) - year_start(0) <= days;)
		c.year++;
	days -= year_start(c.year) - year_start(0);
	for (; days >= month_days(c.year, c.month); c.month++)
		days -= month_days(c.year, c.month);
	c.day = (int)days + 1;
	c.hour = (int)(t / 3600);
	c.minute = (int)(t / 60 % 60);
	c.second = (int)(t % 60);
	return c;
}

/* The number that n digits at a position write. */
static bool
digits(struct brski_slice in, size_t at, size_t n, int *out)
{
	*out = 0;
	for (size_t i = at; i < at + n; i++) {
		if (in.p[i] < '0' || in.p[i] > '9')
			return false;
		*out = *out * 10 + (in.p[i] - '0');
	}
	return true;
}

/* "Z", "+hh:mm" or "-hh:mm", after an optional fraction that starts at position at. */
static bool
offset_seconds(struct brski_slice in, size_t at, int64_t *out)
{
	int hour, minute;
	size_t dot = at;

	if (in.p[at] == '.') {
		for (at++; at < in.n && in.p[at] >= '0' && in.p[at] <= '9';)
			at++;
		if (at == dot + 1 || at == in.n)
			return false;
	}
	*out = 0;
	if (in.p[at] == 'Z')
		return in.n == at + 1;
	if (in.n != at + 6 || (in.p[at] != '+' && in.p[at] != '-') || in.p[at + 3] != ':' ||
	    !digits(in, at + 1, 2, &hour) || !digits(in, at + 4, 2, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*out = (hour * 3600 + minute * 60) * (in.p[at] == '-' ? -1 : 1);
	return true;
}

static bool
parse_rfc3339(struct brski_slice in, int64_t *out)
{
	struct civil c;
	int64_t offset, t;

	/* YYYY-MM-DDTHH:MM:SSZ is the shortest */
	if (in.n < 20 || in.p[4] != '-' || in.p[7] != '-' || in.p[10] != 'T' || in.p[13] != ':' ||
	    in.p[16] != ':' || !digits(in, 0, 4, &c.year) || !digits(in, 5, 2, &c.month) ||
	    !digits(in, 8, 2, &c.day) || !digits(in, 11, 2, &c.hour) ||
	    !digits(in, 14, 2, &c.minute) || !digits(in, 17, 2, &c.second) ||
	    !offset_seconds(in, 19, &offset) || !civil_to_time(&c, 60, &t))
		return false;
	*out = t - offset;
	return true;
}

enum brski_rc
brski_time_parse_rfc3339(struct brski_slice in, int64_t *out, struct brski_err *err)
{
	if (!parse_rfc3339(in, out))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 3339 5.6",
		    "not a date and time with offset, such as 2026-01-31T12:00:00Z");
	return BRSKI_OK;
}

void
brski_time_format_rfc3339(int64_t t, char out[BRSKI_TIME_TEXT])
{
	struct civil c = time_to_civil(t);

	(void)snprintf(out, BRSKI_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100,
	    (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100);
}

static bool
parse_asn1(struct brski_slice in, int64_t *out)
{
	struct civil c;
	size_t at = 4;

	if ((in.n != 13 && in.n != 15) || in.p[in.n - 1] != 'Z')
		return false;
	if (in.n == 13)
		at = 2;
	if (!digits(in, 0, at, &c.year) || !digits(in, at, 2, &c.month) ||
	    !digits(in, at + 2, 2, &c.day) || !digits(in, at + 4, 2, &c.hour) ||
	    !digits(in, at + 6, 2, &c.minute) || !digits(in, at + 8, 2, &c.second))
		return false;
	/* RFC 5280 4.1.2.5.1: two digits, 50 and above are 19YY */
	if (in.n == 13)
		c.year += c.year >= 50 ? 1900 : 2000;
	return civil_to_time(&c, 59, out);
}

enum brski_rc
brski_time_parse_asn1(struct brski_slice in, int64_t *out, struct brski_err *err)
{
	if (!parse_asn1(in, out))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 4.1.2.5",
		    "not a UTCTime or GeneralizedTime in DER");
	return BRSKI_OK;
}

bool
brski_time_format_asn1(int64_t t, char out[BRSKI_TIME_ASN1])
{
	struct civil c = time_to_civil(t);
	bool generalized = c.year < 1950 || c.year > 2049;
	char century[3] = "";

	if (generalized)
		(void)snprintf(century, sizeof(century), "%02u", (unsigned)c.year / 100 % 100);
	(void)snprintf(out, BRSKI_TIME_ASN1, "%s%02u%02u%02u%02u%02u%02uZ", century,
	    (unsigned)c.year % 100, (unsigned)c.month % 100, (unsigned)c.day % 100,
	    (unsigned)c.hour % 100, (unsigned)c.minute % 100, (unsigned)c.second % 100);
	return generalized;
}
