/* SPDX-License-Identifier: Apache-2.0 */
/* What only an operating system has: a clock, good random bytes, a stderr. */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

static int64_t
system_now(void *arg)
{
	(void)arg;
	return (int64_t)time(NULL);
}

struct brski_clock
brski_clock_system(void)
{
	return (struct brski_clock){ system_now, NULL };
}

void
brski_random(void *p, size_t n)
{
	uint8_t *to = p;
	ssize_t got;

	while (n > 0) {
		got = getrandom(to, n, 0);
		if (got < 0 && errno != EINTR)
			__builtin_trap(); /* predictable bytes instead would be worse */
		if (got > 0) {
			to += got;
			n -= (size_t)got;
		}
	}
}

/* The time goes in front; a JSON line gets it as its first member. */
static void
stderr_sink(void *arg, enum brski_level level, const char *line)
{
	struct brski_clock clock = brski_clock_system();
	char now[BRSKI_TIME_TEXT];

	(void)arg;
	(void)level;
	brski_time_format_rfc3339(brski_clock_now(&clock), now);
	if (line[0] == '{')
		(void)fprintf(stderr, "{\"time\":\"%s\",%s\n", now, line + 1);
	else
		(void)fprintf(stderr, "time=%s %s\n", now, line);
}

struct brski_log
brski_log_stderr(enum brski_level level, enum brski_log_format format)
{
	return (struct brski_log){ level, format, stderr_sink, NULL };
}
