/* SPDX-License-Identifier: Apache-2.0 */
#include "net/link_watch.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include "net/damper.h"

#define SETTLE_MS 500

struct brski_link_watch {
	int fd;
	struct event io, settled;
	uint64_t print; /* of what there was */
	struct brski_damper damper;
	void (*changed)(void *arg);
	void *arg;
};

/* FNV-1a */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n-- > 0)
		h = (h ^ *at++) * UINT64_C(0x100000001b3);
	return h;
}

/* An address that the link has not yet agreed to is not one yet: RFC 4862 5.4. */
static uint64_t
mix_states(uint64_t h)
{
	FILE *f = fopen("/proc/net/if_inet6", "re");
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		h = mix(h, line, strlen(line));
	if (f != NULL)
		fclose(f);
	return h;
}

/* The kernel also tells of lifetimes and counters: what counts is who is up, and where. */
static uint64_t
look(void)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct ifaddrs *list, *i;
	unsigned flags;

	if (getifaddrs(&list) != 0)
		return h;
	for (i = list; i != NULL; i = i->ifa_next) {
		flags = i->ifa_flags & (IFF_UP | IFF_RUNNING);
		h = mix(h, i->ifa_name, strlen(i->ifa_name) + 1);
		h = mix(h, &flags, sizeof(flags));
		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET)
			h = mix(h, i->ifa_addr, sizeof(struct sockaddr_in));
		else if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET6)
			h = mix(h, i->ifa_addr, sizeof(struct sockaddr_in6));
	}
	freeifaddrs(list);
	return mix_states(h);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct brski_link_watch *w = arg;
	uint64_t now = look();

	(void)fd;
	(void)what;
	if (now == w->print)
		return;
	w->print = now;
	brski_damper_count(&w->damper, now_ms());
	w->changed(w->arg);
}

/* What it is does not matter: whoever asks looks at all of it; overrun means the same. */
static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	struct brski_link_watch *w = arg;
	uint32_t ms = brski_damper_wait(&w->damper, now_ms());
	struct timeval tv;
	char news[8192];

	(void)what;
	while (recv(fd, news, sizeof(news), MSG_DONTWAIT) > 0)
		;
	if (ms < SETTLE_MS)
		ms = SETTLE_MS;
	tv = (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	if (!evtimer_pending(&w->settled, NULL))
		evtimer_add(&w->settled, &tv);
}

static int
open_socket(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum brski_rc
brski_link_watch_new(struct brski_loop *loop, void (*changed)(void *arg), void *arg,
    struct brski_link_watch **out, struct brski_err *err)
{
	struct event_base *base = brski_loop_base(loop);
	struct brski_link_watch *w = calloc(1, sizeof(*w));

	*out = NULL;
	if (w == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "interfaces");
	w->changed = changed;
	w->arg = arg;
	w->print = look();
	if ((w->fd = open_socket()) < 0) {
		free(w);
		return brski_broken(err, BRSKI_E_IO, "netlink: %s", strerror(errno));
	}
	evtimer_assign(&w->settled, base, on_settled, w);
	event_assign(&w->io, base, w->fd, EV_READ | EV_PERSIST, on_news, w);
	event_add(&w->io, NULL);
	*out = w;
	return BRSKI_OK;
}

void
brski_link_watch_free(struct brski_link_watch *w)
{
	if (w == NULL)
		return;
	event_del(&w->io);
	evtimer_del(&w->settled);
	close(w->fd);
	free(w);
}
