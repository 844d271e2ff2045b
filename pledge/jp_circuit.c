/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/jp_circuit.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/addr_count.h"
#include "net/rate.h"
#include "net/udp_group.h"

#define ACCEPT_MAX 16  /* connections in one turn of the loop */
#define AGAIN_MS   500 /* without descriptors or memory */

/* One of the two connections of a circuit. */
struct half {
	struct circuit *circuit;
	struct half *other;
	struct bufferevent *bev;
	bool eof; /* nothing more comes from there */
};

/*
 * Bytes from the registrar are what shows that a circuit is of use: the pledge's own may be
 * anything.
 */
struct circuit {
	struct circuit *next, **at; /* *at points here */
	struct jp_circuit *proxy;
	struct brski_addr_entry *entry;
	struct half pledge, registrar;
	struct jp_targets targets;
	size_t tried;
	struct brski_timer *idle, *total;
	uint64_t began_ms, spoke_ms; /* the registrar, last; 0: never */
	bool up, moved;
};

struct jp_circuit {
	struct brski_loop *loop;
	struct jp_circuit_conf conf;
	struct jp_targets targets;
	int fd;
	unsigned port;
	struct event *ev;
	struct brski_timer *again; /* until when nobody is accepted */
	struct circuit *circuits;
	size_t n;
	struct brski_addr_count addresses;
	uint64_t dropped;
};

/* --- the end of a circuit */

static void
drop(struct circuit *c)
{
	brski_timer_cancel(c->idle);
	brski_timer_cancel(c->total);
	if (c->pledge.bev != NULL)
		bufferevent_free(c->pledge.bev);
	if (c->registrar.bev != NULL)
		bufferevent_free(c->registrar.bev);
	brski_addr_release(&c->proxy->addresses, c->entry);
	*c->at = c->next;
	if (c->next != NULL)
		c->next->at = c->at;
	c->proxy->n--;
	free(c);
}

static void
on_total(void *arg)
{
	struct circuit *c = arg;

	c->total = NULL;
	drop(c);
}

static size_t
left_to_send(const struct half *h)
{
	return evbuffer_get_length(bufferevent_get_output(h->bev));
}

/* What one side has ended, the other is told once it has got everything. True: dropped. */
static bool
pass_end(struct half *from)
{
	struct half *to = from->other;

	if (!from->eof || left_to_send(to) > 0)
		return false;
	(void)shutdown(bufferevent_getfd(to->bev), SHUT_WR);
	if (!to->eof || left_to_send(from) > 0)
		return false;
	drop(from->circuit);
	return true;
}

/* --- bytes */

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct half *h = arg;

	h->circuit->moved = true;
	if (h == &h->circuit->registrar)
		h->circuit->spoke_ms = brski_rate_now_ms();
	(void)evbuffer_add_buffer(bufferevent_get_output(h->other->bev),
	    bufferevent_get_input(bev));
	if (left_to_send(h->other) >= JP_CIRCUIT_BUFFER)
		bufferevent_disable(bev, EV_READ);
}

/* There is room again towards this side. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct half *h = arg;

	(void)bev;
	if (!h->circuit->up || pass_end(h->other) || h->other->eof)
		return;
	bufferevent_enable(h->other->bev, EV_READ);
}

/* --- connecting */

static void on_idle(void *arg);
static void on_event(struct bufferevent *bev, short what, void *arg);

static bool
watch(struct circuit *c, uint32_t ms)
{
	brski_timer_cancel(c->idle);
	c->idle = brski_timer_start(c->proxy->loop, ms, on_idle, c);
	return c->idle != NULL;
}

static bool
make_half(struct half *h, struct circuit *c, struct half *other, int fd)
{
	h->circuit = c;
	h->other = other;
	h->bev = bufferevent_socket_new(brski_loop_base(c->proxy->loop), fd, BEV_OPT_CLOSE_ON_FREE);
	if (h->bev == NULL)
		return false;
	bufferevent_setcb(h->bev, on_read, on_written, on_event, h);
	bufferevent_setwatermark(h->bev, EV_WRITE, JP_CIRCUIT_BUFFER / 2, 0);
	bufferevent_disable(h->bev, EV_READ);
	return true;
}

/* How long for the next one: all of them together have no more than two. */
static uint32_t
patience(const struct circuit *c)
{
	uint64_t spent = brski_rate_now_ms() - c->began_ms;
	uint32_t one = c->proxy->conf.connect_ms;

	if (spent >= 2 * (uint64_t)one)
		return 0;
	return 2 * one - spent < one ? (uint32_t)(2 * one - spent) : one;
}

/* The registrar's next address. False: there is none. */
static bool
connect_next(struct circuit *c)
{
	const struct sockaddr *to;

	while (c->tried < c->targets.n) {
		to = (const struct sockaddr *)&c->targets.at[c->tried++];
		if (c->registrar.bev != NULL)
			bufferevent_free(c->registrar.bev);
		c->registrar.bev = NULL;
		if (!make_half(&c->registrar, c, &c->pledge, -1) || !watch(c, patience(c)))
			return false;
		if (bufferevent_socket_connect(c->registrar.bev, to, (int)udp_address_size(to)) ==
		    0)
			return true;
	}
	return false;
}

static void
give_up(struct circuit *c)
{
	c->proxy->dropped++;
	drop(c);
}

static void
on_idle(void *arg)
{
	struct circuit *c = arg;

	c->idle = NULL;
	if (!c->up) {
		if (!connect_next(c))
			give_up(c);
	} else if (!c->moved || !watch(c, c->proxy->conf.idle_ms))
		drop(c);
	else
		c->moved = false;
}

/* A handshake goes back and forth: nothing is held back to fill a segment. */
static void
hurry(struct bufferevent *bev)
{
	int yes = 1;

	(void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void
begin(struct circuit *c)
{
	c->up = true;
	hurry(c->pledge.bev);
	hurry(c->registrar.bev);
	bufferevent_enable(c->pledge.bev, EV_READ);
	bufferevent_enable(c->registrar.bev, EV_READ);
	if (!watch(c, c->proxy->conf.idle_ms))
		drop(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct half *h = arg;
	struct circuit *c = h->circuit;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		begin(c);
	} else if (!c->up) {
		if (h == &c->pledge || !connect_next(c))
			give_up(c);
	} else if (what & BEV_EVENT_EOF) {
		h->eof = true;
		(void)pass_end(h);
	} else
		drop(c);
}

/* --- accepting */

/* Has it been without a word of the registrar for so long that it makes room? */
static bool
yields(const struct circuit *c, uint64_t now)
{
	const struct jp_circuit_conf *conf = &c->proxy->conf;

	if (c->spoke_ms == 0)
		return now - c->began_ms >= conf->mute_ms;
	return now - c->spoke_ms >= conf->silent_ms;
}

/* One that the registrar never talked to; then whose address holds more; then the older one. */
static bool
yields_before(const struct circuit *a, const struct circuit *b)
{
	unsigned held_a = brski_addr_held(a->entry), held_b = brski_addr_held(b->entry);

	if ((a->spoke_ms == 0) != (b->spoke_ms == 0))
		return a->spoke_ms == 0;
	if (held_a != held_b)
		return held_a > held_b;
	return a->spoke_ms != 0 ? a->spoke_ms < b->spoke_ms : a->began_ms < b->began_ms;
}

/* As if there were places enough for everybody: who is of no use makes room. */
static bool
make_room(struct jp_circuit *p)
{
	uint64_t now = brski_rate_now_ms();
	struct circuit *c, *found = NULL;

	for (c = p->circuits; c != NULL; c = c->next)
		if (yields(c, now) && (found == NULL || yields_before(c, found)))
			found = c;
	if (found != NULL)
		give_up(found);
	return found != NULL;
}

static void
link_in(struct circuit *c)
{
	struct jp_circuit *p = c->proxy;

	c->next = p->circuits;
	c->at = &p->circuits;
	if (c->next != NULL)
		c->next->at = &c->next;
	p->circuits = c;
	p->n++;
}

/* NULL: not served. */
static struct circuit *
new_circuit(struct jp_circuit *p, const struct sockaddr *from)
{
	struct circuit *c;

	if (!p->conf.admit(from) || p->targets.n == 0 || (c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->proxy = p;
	c->targets = p->targets;
	c->began_ms = brski_rate_now_ms();
	c->entry = brski_addr_take(&p->addresses, from, p->conf.per_address);
	if (c->entry == NULL || (p->n >= p->conf.connections && !make_room(p))) {
		brski_addr_release(&p->addresses, c->entry);
		free(c);
		return NULL;
	}
	return c;
}

/* False: not served, and fd is still the caller's. */
static bool
take(struct jp_circuit *p, int fd, const struct sockaddr *from)
{
	struct circuit *c = new_circuit(p, from);

	if (c == NULL)
		return false;
	if (!make_half(&c->pledge, c, &c->registrar, fd)) {
		brski_addr_release(&p->addresses, c->entry);
		free(c);
		return false;
	}
	link_in(c);
	c->total = brski_timer_start(p->loop, p->conf.total_ms, on_total, c);
	if (c->total == NULL || !connect_next(c))
		give_up(c);
	return true;
}

static void
on_again(void *arg)
{
	struct jp_circuit *p = arg;

	p->again = NULL;
	(void)event_add(p->ev, NULL);
}

/* There is nothing left to accept with: who waits is looked at later, not all the time. */
static void
pause_accepting(struct jp_circuit *p)
{
	if (p->again != NULL ||
	    (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM))
		return;
	p->again = brski_timer_start(p->loop, AGAIN_MS, on_again, p);
	if (p->again != NULL)
		(void)event_del(p->ev);
	(void)make_room(p);
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct jp_circuit *p = arg;
	struct sockaddr_storage from;
	socklen_t n;
	int fd, i;

	(void)what;
	for (i = 0; i < ACCEPT_MAX; i++) {
		memset(&from, 0, sizeof(from));
		n = sizeof(from);
		fd = accept4(listener, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			pause_accepting(p);
			return;
		}
		if (!take(p, fd, (const struct sockaddr *)&from)) {
			p->dropped++;
			close(fd);
		}
	}
}

/* --- life */

static bool
prepare(int fd, const char *interface)
{
	int yes = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) == 0 &&
	    (interface == NULL ||
	        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
	            (socklen_t)strlen(interface)) == 0);
}

static enum brski_rc
listen_on(struct jp_circuit *p, struct brski_err *err)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(p->conf.port) };
	socklen_t n = sizeof(at);

	p->fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd >= 0 && prepare(p->fd, p->conf.interface) &&
	    bind(p->fd, (struct sockaddr *)&at, n) == 0 && listen(p->fd, 64) == 0 &&
	    getsockname(p->fd, (struct sockaddr *)&at, &n) == 0) {
		p->port = ntohs(at.sin6_port);
		p->ev =
		    event_new(brski_loop_base(p->loop), p->fd, EV_READ | EV_PERSIST, on_accept, p);
	}
	if (p->ev == NULL || event_add(p->ev, NULL) != 0)
		return brski_broken(err, BRSKI_E_IO, "TCP port %u on %s: %s", p->conf.port,
		    p->conf.interface != NULL ? p->conf.interface : "all interfaces",
		    strerror(errno));
	return BRSKI_OK;
}

static unsigned
or_default(unsigned v, unsigned def)
{
	return v != 0 ? v : def;
}

enum brski_rc
jp_circuit_new(struct brski_loop *loop, const struct jp_circuit_conf *conf, struct jp_circuit **out,
    struct brski_err *err)
{
	struct jp_circuit *p = calloc(1, sizeof(*p));
	enum brski_rc rc;

	*out = NULL;
	if (p == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a proxy");
	p->loop = loop;
	p->fd = -1;
	p->conf = *conf;
	if (conf->admit == NULL)
		p->conf.admit = udp_address_is_link_local;
	p->conf.connections = or_default(conf->connections, 64);
	p->conf.per_address = or_default(conf->per_address, 4);
	p->conf.connect_ms = or_default(conf->connect_ms, 5000);
	p->conf.mute_ms = or_default(conf->mute_ms, 500);
	p->conf.silent_ms = or_default(conf->silent_ms, 5000);
	p->conf.idle_ms = or_default(conf->idle_ms, 90000);
	p->conf.total_ms = or_default(conf->total_ms, 900000);
	if ((rc = listen_on(p, err)) != BRSKI_OK) {
		jp_circuit_free(p);
		return rc;
	}
	p->conf.interface = NULL; /* the caller's */
	*out = p;
	return BRSKI_OK;
}

void
jp_circuit_set_targets(struct jp_circuit *p, const struct jp_targets *targets)
{
	p->targets = *targets;
}

unsigned
jp_circuit_port(const struct jp_circuit *p)
{
	return p->port;
}

uint64_t
jp_circuit_dropped(const struct jp_circuit *p)
{
	return p->dropped;
}

size_t
jp_circuit_open(const struct jp_circuit *p)
{
	return p->n;
}

void
jp_circuit_free(struct jp_circuit *p)
{
	if (p == NULL)
		return;
	while (p->circuits != NULL)
		drop(p->circuits);
	brski_timer_cancel(p->again);
	if (p->ev != NULL)
		event_free(p->ev);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}
