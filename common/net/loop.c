/* SPDX-License-Identifier: Apache-2.0 */
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include "net/loop.h"

struct brski_loop {
	struct event_base *base;
	struct event *term, *intr, *hup;
	void (*on_hup)(void *arg);
	void *arg;
};

struct brski_timer {
	struct event *ev;
	void (*fn)(void *arg);
	void *arg;
};

/* What changes back and forth within one turn never reaches the kernel; no descriptor is dup'ed. */
static struct event_base *
new_base(void)
{
	struct event_config *c = event_config_new();
	struct event_base *base = NULL;

	if (c != NULL &&
	    event_config_set_flag(c,
	        EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(c);
	if (c != NULL)
		event_config_free(c);
	return base;
}

enum brski_rc
brski_loop_new(struct brski_loop **out, struct brski_err *err)
{
	struct brski_loop *l;

	*out = NULL;
	if ((l = calloc(1, sizeof(*l))) == NULL || (l->base = new_base()) == NULL) {
		free(l);
		return brski_broken(err, BRSKI_E_NOMEM, "event loop");
	}
	*out = l;
	return BRSKI_OK;
}

static void
event_drop(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

void
brski_loop_free(struct brski_loop *l)
{
	if (l == NULL)
		return;
	event_drop(l->term);
	event_drop(l->intr);
	event_drop(l->hup);
	event_base_free(l->base);
	free(l);
}

struct event_base *
brski_loop_base(struct brski_loop *l)
{
	return l->base;
}

void
brski_loop_run(struct brski_loop *l)
{
	event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
brski_loop_stop(struct brski_loop *l)
{
	event_base_loopbreak(l->base);
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	brski_loop_stop(arg);
}

static void
on_hup(evutil_socket_t sig, short what, void *arg)
{
	struct brski_loop *l = arg;

	(void)sig;
	(void)what;
	if (l->on_hup != NULL)
		l->on_hup(l->arg);
}

enum brski_rc
brski_loop_signals(struct brski_loop *l, void (*hup)(void *arg), void *arg, struct brski_err *err)
{
	l->on_hup = hup;
	l->arg = arg;
	if (l->term == NULL) {
		l->term = evsignal_new(l->base, SIGTERM, on_stop, l);
		l->intr = evsignal_new(l->base, SIGINT, on_stop, l);
		l->hup = evsignal_new(l->base, SIGHUP, on_hup, l);
	}
	if (l->term == NULL || l->intr == NULL || l->hup == NULL || event_add(l->term, NULL) != 0 ||
	    event_add(l->intr, NULL) != 0 || event_add(l->hup, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return brski_broken(err, BRSKI_E_INTERNAL, "signal handlers");
	return BRSKI_OK;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct brski_timer *t = arg;
	void (*fn)(void *) = t->fn;
	void *fn_arg = t->arg;

	(void)fd;
	(void)what;
	brski_timer_cancel(t);
	fn(fn_arg);
}

struct brski_timer *
brski_timer_start(struct brski_loop *l, uint32_t ms, void (*fn)(void *arg), void *arg)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct brski_timer *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	if ((t->ev = evtimer_new(l->base, on_timer, t)) == NULL || evtimer_add(t->ev, &tv) != 0) {
		brski_timer_cancel(t);
		return NULL;
	}
	return t;
}

void
brski_timer_cancel(struct brski_timer *t)
{
	if (t == NULL)
		return;
	event_drop(t->ev);
	free(t);
}
