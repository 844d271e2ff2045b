/* SPDX-License-Identifier: Apache-2.0 */
/* Who answers questions about what there is here: RFC 7252 8, RFC 6690 4. */
#include "net/coap_multicast.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "coap/coap.h"
#include "net/rate.h"
#include "net/udp_group.h"

#define DEFAULT_PORT    5683
#define DEFAULT_LEISURE 5000 /* ms, RFC 7252 8.2 */
#define REFRESH_MS      10000
#define LINK_FORMAT     40
#define DOCUMENT_MAX    1024 /* of an answer */
#define LINKS_MAX       4096 /* before the filter */
#define QUERIES_MAX     4
#define WAITING_MAX     64   /* answers that wait their leisure */
#define SLOTS           4096 /* of addresses; two that share one share its pace */
#define LINKS           64   /* the same of links */
#define READ_MAX        16   /* datagrams in one turn of the loop */

/*
 * Answers to one address, so that a forged one gets no flood from here; and all those on a link. It
 * takes more than a hundred addresses to use that up for the others.
 */
static const struct brski_rate to_one = { BRSKI_RATE_PER_SECOND(2), 16 };
static const struct brski_rate to_link = { BRSKI_RATE_PER_SECOND(256), 256 };

static const char *const groups_six[] = { "ff02::fd", "ff03::fd", "ff05::fd" };
static const char *const groups_four[] = { "224.0.1.187" };

struct door {
	int family, fd;
	struct event *ev;
	const char *const *groups;
	size_t groups_n;
};

/* An answer that is ready. */
struct waiting {
	struct waiting *next;
	struct brski_coap_responder *responder;
	struct brski_timer *timer;
	int fd;
	struct udp_ends ends;
	size_t n;
	uint8_t data[BRSKI_COAP_DATAGRAM_MAX];
};

struct brski_coap_responder {
	struct brski_loop *loop;
	struct brski_coap_responder_conf conf;
	struct udp_links links;
	struct door doors[2];
	struct brski_timer *refresh;
	struct waiting *waiting, **last; /* the one that waits longest first */
	size_t waiting_n;
	uint32_t seed;
	uint64_t paid[SLOTS], link_paid[LINKS];
	uint16_t mid;
	uint64_t dropped;
};

/* What was asked, and what it gets. */
struct question {
	enum brski_coap_type type;
	uint8_t code; /* of the answer: 2.05, or why there is none; 0: a reset or silence */
	uint16_t mid;
	struct brski_slice token;
	struct brski_slice filters[QUERIES_MAX];
	size_t filters_n;
};

/* --- the question */

static bool
is_list(struct brski_slice accept)
{
	uint32_t n;

	return brski_coap_uint(accept, &n) && n == LINK_FORMAT;
}

/* Is the path /.well-known/core? Takes the filters along. The code of the answer. */
static uint8_t
read_options(const struct brski_coap_message *m, struct question *q)
{
	static const char *const path[] = { ".well-known", "core" };
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned number = 0;
	size_t n = 0;

	while (brski_coap_option_next(&at, &number, &o)) {
		if (o.number == BRSKI_COAP_URI_PATH &&
		    (n == 2 || !brski_slice_eq(o.value, brski_slice_str(path[n++]))))
			return BRSKI_COAP(4, 4);
		if (o.number == BRSKI_COAP_URI_QUERY && q->filters_n == QUERIES_MAX)
			return BRSKI_COAP(4, 0);
		if (o.number == BRSKI_COAP_URI_QUERY)
			q->filters[q->filters_n++] = o.value;
		if (o.number == BRSKI_COAP_ACCEPT && !is_list(o.value))
			return BRSKI_COAP(4, 6);
		/* one datagram has it all; we are no proxy */
		if (o.number == BRSKI_COAP_BLOCK1)
			return BRSKI_COAP(4, 2);
		if (o.number == BRSKI_COAP_PROXY_URI || o.number == BRSKI_COAP_PROXY_SCHEME)
			return BRSKI_COAP(5, 5);
	}
	return n == 2 ? BRSKI_COAP(2, 5) : BRSKI_COAP(4, 4);
}

static uint8_t
judge(const struct brski_coap_message *m, struct question *q)
{
	/* a ping, or an answer to nothing: RFC 7252 4.3, 5.3.2 */
	if (m->code == BRSKI_COAP_EMPTY || m->code >> 5 != 0)
		return 0;
	if (brski_coap_critical(m) != 0)
		return BRSKI_COAP(4, 2);
	return m->code == BRSKI_COAP_GET ? read_options(m, q) : BRSKI_COAP(4, 5);
}

/* False: no CoAP. */
static bool
read_question(const struct udp_input *in, struct question *q)
{
	struct brski_coap_message m;

	*q = (struct question){ 0 };
	if (in->n == 0 || brski_coap_decode(brski_slice(in->data, in->n), &m, NULL) != BRSKI_OK)
		return false;
	q->type = m.type;
	q->mid = m.mid;
	q->token = m.token;
	q->code = judge(&m, q);
	return true;
}

/* --- the filter, RFC 6690 4.1 */

static bool
passes_one(const struct brski_link *l, struct brski_slice filter)
{
	const uint8_t *eq = filter.n > 0 ? memchr(filter.p, '=', filter.n) : NULL;
	struct brski_slice at = l->attributes, name, value, found, pattern;

	if (eq == NULL)
		return false;
	name = brski_slice(filter.p, (size_t)(eq - filter.p));
	pattern = brski_slice(eq + 1, filter.n - name.n - 1);
	if (brski_slice_eq(name, BRSKI_LIT("href")))
		return brski_link_matches(l->target, pattern);
	while (brski_link_attribute_next(&at, &found, &value))
		if (brski_slice_eq(found, name) && brski_link_matches(value, pattern))
			return true;
	return false;
}

static bool
passes(const struct brski_link *l, const struct question *q)
{
	size_t i;

	for (i = 0; i < q->filters_n; i++)
		if (!passes_one(l, q->filters[i]))
			return false;
	return true;
}

static enum brski_rc
filter(struct brski_slice all, const struct question *q, struct brski_buf *out)
{
	struct brski_link l;
	enum brski_rc rc;

	while ((rc = brski_link_next(&all, &l, NULL)) == BRSKI_OK)
		if (passes(&l, q) &&
		    ((rc = brski_link_put(out, l.target, NULL)) != BRSKI_OK ||
		        (rc = brski_buf_append(out, l.attributes, NULL)) != BRSKI_OK))
			return rc;
	return rc == BRSKI_E_NOT_FOUND ? BRSKI_OK : rc;
}

/* --- the answer */

static void
forget(struct waiting *w)
{
	struct brski_coap_responder *r = w->responder;
	struct waiting **at;

	for (at = &r->waiting; *at != w; at = &(*at)->next)
		;
	*at = w->next;
	if (r->last == &w->next)
		r->last = at;
	r->waiting_n--;
	free(w);
}

static void
on_leisure(void *arg)
{
	struct waiting *w = arg;

	udp_group_send(w->fd, &w->ends, brski_slice(w->data, w->n));
	forget(w);
}

/* Nobody goes without an answer because others wait for theirs: the first of them leaves now. */
static void
make_room(struct brski_coap_responder *r)
{
	if (r->waiting_n < WAITING_MAX)
		return;
	brski_timer_cancel(r->waiting->timer);
	on_leisure(r->waiting);
}

/* Some random time later, so that not all who were asked answer at once, RFC 7252 8.2. */
static bool
answer_later(struct brski_coap_responder *r, int fd, const struct udp_ends *ends,
    struct brski_slice answer)
{
	struct waiting *w = calloc(1, sizeof(*w));
	uint32_t chance;

	if (w == NULL)
		return false;
	brski_random(&chance, sizeof(chance));
	w->responder = r;
	w->fd = fd;
	w->ends = *ends;
	w->n = answer.n;
	memcpy(w->data, answer.p, answer.n);
	w->timer = brski_timer_start(r->loop, chance % (r->conf.leisure_ms + 1), on_leisure, w);
	if (w->timer == NULL) {
		free(w);
		return false;
	}
	make_room(r);
	*r->last = w;
	r->last = &w->next;
	r->waiting_n++;
	return true;
}

/* Ports are of no matter. */
static uint64_t *
slot(struct brski_coap_responder *r, const struct udp_ends *ends)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)&ends->peer;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&ends->peer;
	uint32_t h = r->seed ^ ends->link * 2654435761u;

	if (ends->peer.ss_family == AF_INET6)
		h = brski_rate_hash(h, &six->sin6_addr, sizeof(six->sin6_addr));
	else
		h = brski_rate_hash(h, &four->sin_addr, sizeof(four->sin_addr));
	return &r->paid[h % SLOTS];
}

/* Only what is sent is paid for. False: dropped. */
static bool
answer(struct brski_coap_responder *r, int fd, const struct udp_input *in,
    struct brski_slice datagram)
{
	uint64_t now = brski_rate_now_ms(), *link = &r->link_paid[in->ends.link % LINKS];
	uint64_t *one = slot(r, &in->ends);

	if (datagram.n == 0 || !brski_rate_may(*one, &to_one, now) ||
	    !brski_rate_may(*link, &to_link, now))
		return false;
	if (!in->group)
		udp_group_send(fd, &in->ends, datagram);
	else if (!answer_later(r, fd, &in->ends, datagram))
		return false;
	(void)brski_rate_pay(one, &to_one, now);
	(void)brski_rate_pay(link, &to_link, now);
	return true;
}

static struct brski_slice
write_answer(struct brski_coap_responder *r, const struct question *q, struct brski_slice document,
    uint8_t out[BRSKI_COAP_DATAGRAM_MAX])
{
	bool con = q->type == BRSKI_COAP_CON;
	struct brski_coap_writer w = brski_coap_begin(out, BRSKI_COAP_DATAGRAM_MAX,
	    con ? BRSKI_COAP_ACK : BRSKI_COAP_NON, q->code, con ? q->mid : r->mid++, q->token);

	if (q->code == BRSKI_COAP(2, 5))
		brski_coap_put_uint(&w, BRSKI_COAP_CONTENT_FORMAT, LINK_FORMAT);
	if (document.n > 0)
		brski_coap_put_payload(&w, document);
	return brski_slice(out, w.full ? 0 : w.n);
}

/* False: there is no list. */
static bool
make_list(struct brski_coap_responder *r, const struct udp_input *in, const struct question *q,
    struct brski_buf *out)
{
	struct brski_buf all = { .max = LINKS_MAX };
	struct brski_err err = { 0 };
	bool ok = false;

	if (r->conf.links(r->conf.arg, (const struct sockaddr *)&in->ends.own, &all, &err) ==
	    BRSKI_OK)
		ok = filter(brski_buf_slice(&all), q, out) == BRSKI_OK;
	else
		brski_log_err(r->conf.log, "discovery", &err);
	brski_buf_clear(&all);
	return ok;
}

/*
 * What asks for a confirmation is told that this is nothing for us, RFC 7252 4.2, unless it was
 * sent to a group, 8.1: a code and its token, or a reset. Neither is longer than what came.
 */
static void
refuse(struct brski_coap_responder *r, int fd, const struct udp_input *in, const struct question *q)
{
	uint8_t data[BRSKI_COAP_DATAGRAM_MAX];

	if (in->group || in->n == 0)
		return;
	if (q->type == BRSKI_COAP_CON && q->code != 0)
		(void)answer(r, fd, in, write_answer(r, q, (struct brski_slice){ 0 }, data));
	else
		(void)answer(r, fd, in, brski_coap_reject(brski_slice(in->data, in->n), data));
}

/* False: dropped, or refused. A group is not told that there is nothing, RFC 6690 4.1. */
static bool
serve(struct brski_coap_responder *r, int fd, const struct udp_input *in)
{
	uint8_t storage[DOCUMENT_MAX], data[BRSKI_COAP_DATAGRAM_MAX];
	struct brski_buf list = brski_buf_fixed(storage, sizeof(storage));
	struct question q;

	if (!udp_links_has(&r->links, in->ends.link))
		return false;
	if (!read_question(in, &q) || q.code != BRSKI_COAP(2, 5)) {
		refuse(r, fd, in, &q);
		return false;
	}
	if ((in->group && q.type == BRSKI_COAP_CON) || !make_list(r, in, &q, &list))
		return false;
	if (in->group && list.n == 0)
		return true;
	return answer(r, fd, in, write_answer(r, &q, brski_buf_slice(&list), data));
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct brski_coap_responder *r = arg;
	struct udp_input in;
	int i;

	(void)what;
	for (i = 0; i < READ_MAX && udp_group_receive(fd, &in); i++)
		if (!serve(r, fd, &in))
			r->dropped++;
}

/* --- life */

static void
join(struct brski_coap_responder *r, const struct door *d)
{
	struct sockaddr_storage group;
	socklen_t n;
	size_t g, l;

	for (g = 0; g < d->groups_n; g++)
		for (l = 0; l < r->links.n; l++)
			if (udp_address_parse(d->groups[g], 0, &group, &n))
				udp_group_join(d->fd, (const struct sockaddr *)&group,
				    r->links.index[l]);
}

/* Interfaces come and go. */
static void
on_refresh(void *arg)
{
	struct brski_coap_responder *r = arg;
	size_t i;

	udp_links_refresh(&r->links);
	for (i = 0; i < 2; i++)
		if (r->doors[i].fd >= 0)
			join(r, &r->doors[i]);
	r->refresh = brski_timer_start(r->loop, REFRESH_MS, on_refresh, r);
}

static bool
open_door(struct brski_coap_responder *r, struct door *d)
{
	if ((d->fd = udp_group_socket(d->family, r->conf.port)) < 0)
		return false;
	d->ev = event_new(brski_loop_base(r->loop), d->fd, EV_READ | EV_PERSIST, on_readable, r);
	return d->ev != NULL && event_add(d->ev, NULL) == 0;
}

enum brski_rc
brski_coap_responder_new(struct brski_loop *loop, const struct brski_coap_responder_conf *conf,
    struct brski_coap_responder **out, struct brski_err *err)
{
	struct brski_coap_responder *r = calloc(1, sizeof(*r));
	bool six, four;
	enum brski_rc rc;

	*out = NULL;
	if (r == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for discovery");
	r->loop = loop;
	r->conf = *conf;
	r->conf.interfaces = NULL; /* resolved here */
	r->conf.port = conf->port != 0 ? conf->port : DEFAULT_PORT;
	r->conf.leisure_ms = conf->leisure_ms != 0 ? conf->leisure_ms : DEFAULT_LEISURE;
	r->doors[0] = (struct door){ AF_INET6, -1, NULL, groups_six, 3 };
	r->doors[1] = (struct door){ AF_INET, -1, NULL, groups_four, 1 };
	r->last = &r->waiting;
	brski_random(&r->mid, sizeof(r->mid));
	brski_random(&r->seed, sizeof(r->seed));
	rc = udp_links_init(&r->links, conf->interfaces, conf->interfaces_n, err);
	if (rc == BRSKI_OK) {
		/* a host may lack one of the two */
		six = open_door(r, &r->doors[0]);
		four = open_door(r, &r->doors[1]);
		if (!six && !four)
			rc = brski_broken(err, BRSKI_E_IO, "UDP port %u is not to be had",
			    r->conf.port);
	}
	if (rc != BRSKI_OK) {
		brski_coap_responder_free(r);
		return rc;
	}
	on_refresh(r);
	*out = r;
	return BRSKI_OK;
}

void
brski_coap_responder_free(struct brski_coap_responder *r)
{
	size_t i;

	if (r == NULL)
		return;
	while (r->waiting != NULL) {
		brski_timer_cancel(r->waiting->timer);
		forget(r->waiting);
	}
	for (i = 0; i < 2; i++) {
		if (r->doors[i].ev != NULL)
			event_free(r->doors[i].ev);
		if (r->doors[i].fd >= 0)
			close(r->doors[i].fd);
	}
	brski_timer_cancel(r->refresh);
	free(r);
}

uint64_t
brski_coap_responder_dropped(const struct brski_coap_responder *r)
{
	return r->dropped;
}
