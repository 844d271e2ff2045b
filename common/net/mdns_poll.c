/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mdns_poll.h"

#include <avahi-common/timeval.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/mdns_filter.h"

struct AvahiWatch {
	struct event ev;
	struct event_base *base;
	int fd;
	AvahiWatchEvent happened;
	AvahiWatchCallback fn;
	void *arg;
};

struct AvahiTimeout {
	struct event ev;
	AvahiTimeoutCallback fn;
	void *arg;
};

/*
 * Avahi reads one datagram whenever it is told that there is one: it is not told of those that are
 * no good, and they are read into nothing here.
 */
static bool
is_fit(int fd)
{
	uint8_t datagram[MDNS_DATAGRAM_MAX + 1];
	struct sockaddr_storage own;
	socklen_t own_n = sizeof(own);
	ssize_t n;

	if (getsockname(fd, (struct sockaddr *)&own, &own_n) != 0 ||
	    (own.ss_family != AF_INET && own.ss_family != AF_INET6))
		return true; /* news about interfaces */
	if ((n = recv(fd, datagram, sizeof(datagram), MSG_PEEK | MSG_DONTWAIT)) < 0)
		return true; /* an error is Avahi's to see */
	if (mdns_is_wholesome(brski_slice(datagram, (size_t)n)))
		return true;
	(void)recv(fd, datagram, 0, MSG_DONTWAIT);
	return false;
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	AvahiWatch *w = arg;

	if ((what & EV_READ) != 0 && !is_fit(fd))
		what = (short)(what & ~EV_READ);
	if ((what & (EV_READ | EV_WRITE)) == 0)
		return;
	w->happened = (AvahiWatchEvent)(((what & EV_READ) != 0 ? AVAHI_WATCH_IN : 0) |
	    ((what & EV_WRITE) != 0 ? AVAHI_WATCH_OUT : 0));
	w->fn(w, fd, w->happened, w->arg);
}

static void
watch_update(AvahiWatch *w, AvahiWatchEvent wanted)
{
	short what = (short)(((wanted & AVAHI_WATCH_IN) != 0 ? EV_READ : 0) |
	    ((wanted & AVAHI_WATCH_OUT) != 0 ? EV_WRITE : 0));

	event_del(&w->ev);
	event_assign(&w->ev, w->base, w->fd, (short)(what | EV_PERSIST), on_io, w);
	if (what != 0)
		event_add(&w->ev, NULL);
}

static AvahiWatch *
watch_new(const AvahiPoll *api, int fd, AvahiWatchEvent wanted, AvahiWatchCallback fn, void *arg)
{
	AvahiWatch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->base = api->userdata;
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	event_assign(&w->ev, w->base, fd, EV_PERSIST, on_io, w);
	watch_update(w, wanted);
	return w;
}

static AvahiWatchEvent
watch_get_events(AvahiWatch *w)
{
	return w->happened;
}

static void
watch_free(AvahiWatch *w)
{
	event_del(&w->ev);
	free(w);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	AvahiTimeout *t = arg;

	(void)fd;
	(void)what;
	t->fn(t, t->arg);
}

/* Avahi counts in the time of the day. */
static void
timeout_update(AvahiTimeout *t, const struct timeval *at)
{
	AvahiUsec left = at != NULL ? -avahi_age(at) : 0;
	struct timeval tv;

	evtimer_del(&t->ev);
	if (at == NULL)
		return;
	if (left < 0)
		left = 0;
	tv = (struct timeval){ .tv_sec = left / 1000000, .tv_usec = left % 1000000 };
	evtimer_add(&t->ev, &tv);
}

static AvahiTimeout *
timeout_new(const AvahiPoll *api, const struct timeval *at, AvahiTimeoutCallback fn, void *arg)
{
	AvahiTimeout *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	evtimer_assign(&t->ev, api->userdata, on_timeout, t);
	timeout_update(t, at);
	return t;
}

static void
timeout_free(AvahiTimeout *t)
{
	evtimer_del(&t->ev);
	free(t);
}

void
mdns_poll_init(AvahiPoll *p, struct brski_loop *loop)
{
	*p = (AvahiPoll){ .userdata = brski_loop_base(loop),
		.watch_new = watch_new,
		.watch_update = watch_update,
		.watch_get_events = watch_get_events,
		.watch_free = watch_free,
		.timeout_new = timeout_new,
		.timeout_update = timeout_update,
		.timeout_free = timeout_free };
}
