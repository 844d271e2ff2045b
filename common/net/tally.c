/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tally.h"

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS 60000
#define TEXT_MAX 1024 /* what does not fit any more is cut */

struct brski_tally {
	struct brski_tally_conf conf;
	struct event *timer, *asked;
	struct brski_count said[BRSKI_TALLY_MAX];
};

static void
say(struct brski_tally *t, const struct brski_count *now, size_t n)
{
	char text[TEXT_MAX] = "";
	size_t i, at = 0;

	for (i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %" PRIu64,
		    i > 0 ? ", " : "", now[i].name, now[i].n);
	memcpy(t->said, now, n * sizeof(*now));
	brski_log_info(t->conf.log, "counters", "%s", text);
}

static void
say_all(struct brski_tally *t)
{
	struct brski_count now[BRSKI_TALLY_MAX];

	say(t, now, t->conf.read(t->conf.arg, now));
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct brski_tally *t = arg;
	struct brski_count now[BRSKI_TALLY_MAX];
	size_t i, n = t->conf.read(t->conf.arg, now);

	(void)fd;
	(void)what;
	for (i = 0; i < n && now[i].n == t->said[i].n; i++)
		;
	if (i < n)
		say(t, now, n);
}

static void
on_asked(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	say_all(arg);
}

enum brski_rc
brski_tally_new(struct brski_loop *loop, const struct brski_tally_conf *conf,
    struct brski_tally **out, struct brski_err *err)
{
	uint32_t ms = conf->every_ms != 0 ? conf->every_ms : EVERY_MS;
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct brski_tally *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (t == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "counters");
	t->conf = *conf;
	t->timer = event_new(brski_loop_base(loop), -1, EV_PERSIST, on_time, t);
	t->asked = evsignal_new(brski_loop_base(loop), SIGUSR1, on_asked, t);
	*out = t;
	if (t->timer != NULL && t->asked != NULL && event_add(t->timer, &tv) == 0 &&
	    event_add(t->asked, NULL) == 0)
		return BRSKI_OK;
	brski_tally_free(t);
	*out = NULL;
	return brski_broken(err, BRSKI_E_INTERNAL, "counters");
}

void
brski_tally_free(struct brski_tally *t)
{
	if (t == NULL)
		return;
	say_all(t);
	if (t->timer != NULL)
		event_free(t->timer);
	if (t->asked != NULL)
		event_free(t->asked);
	free(t);
}
