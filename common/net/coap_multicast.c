/* SPDX-License-Identifier: Apache-2.0 */
/* Who answers questions about what there is here: RFC 7252 8, RFC 6690 4. */
#include "net/coap_multicast.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "coap/coap.h"
#include "net/addr_count.h"
#include "net/udp_group.h"

#define DEFAULT_PORT    5683
#define DEFAULT_LEISURE 5000 /* ms, RFC 7252 8.2 */
#define REFRESH_MS      10000
#define LINK_FORMAT     40
#define DOCUMENT_MAX    1024 /* of an answer */
#define LINKS_MAX       4096 /* before the filter */
#define QUERIES_MAX     4
#define WAITING_MAX     64 /* answers that wait their leisure */
#define PER_PEER_MAX    4
/* answers: so many at once, then so many per second; a forged address gets no flood from here */
#define BURST      64
#define PER_SECOND 32
#define READ_MAX   16 /* datagrams in one turn of the loop */

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
	struct brski_addr_entry *entry;
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
	struct brski_timer *refresh, *refill;
	struct waiting *waiting;
	size_t waiting_n;
	struct brski_addr_count peers;
	unsigned tokens;
	uint16_t mid;
	uint64_t dropped;
};

/* A question that is one for us. */
struct question {
	enum brski_coap_type type;
	uint16_t mid;
	struct brski_slice token;
	struct brski_slice filters[QUERIES_MAX];
	size_t filters_n;
};

/* --- the question */

/* Is the path /.well-known/core? Takes the filters along. */
static bool
read_options(const struct brski_coap_message *m, struct question *q)
{
	static const char *const path[] = { ".well-known", "core" };
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned number = 0;
	uint32_t accept;
	size_t n = 0;

	while (brski_coap_option_next(&at, &number, &o)) {
		if (o.number == BRSKI_COAP_URI_PATH &&
		    (n == 2 || !brski_slice_eq(o.value, brski_slice_str(path[n++]))))
			return false;
		if (o.number == BRSKI_COAP_URI_QUERY && q->filters_n == QUERIES_MAX)
			return false;
		if (o.number == BRSKI_COAP_URI_QUERY)
			q->filters[q->filters_n++] = o.value;
		if (o.number == BRSKI_COAP_ACCEPT &&
		    (!brski_coap_uint(o.value, &accept) || accept != LINK_FORMAT))
			return false;
		/* one datagram has it all; we are no proxy */
		if (o.number == BRSKI_COAP_BLOCK1 || o.number == BRSKI_COAP_PROXY_URI ||
		    o.number == BRSKI_COAP_PROXY_SCHEME)
			return false;
	}
	return n == 2;
}

/* False: nothing that is answered here, RFC 7252 8.1 and 8.2. */
static bool
read_question(const struct udp_input *in, struct question *q)
{
	struct brski_coap_message m;

	*q = (struct question){ 0 };
	if (in->n == 0 || brski_coap_decode(brski_slice(in->data, in->n), &m, NULL) != BRSKI_OK ||
	    m.code != BRSKI_COAP_GET || (m.type == BRSKI_COAP_CON && in->group) ||
	    brski_coap_critical(&m) != 0)
		return false;
	q->type = m.type;
	q->mid = m.mid;
	q->token = m.token;
	return read_options(&m, q);
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

static size_t
write_answer(struct brski_coap_responder *r, const struct question *q, struct brski_slice document,
    uint8_t out[BRSKI_COAP_DATAGRAM_MAX])
{
	bool con = q->type == BRSKI_COAP_CON;
	struct brski_coap_writer w =
	    brski_coap_begin(out, BRSKI_COAP_DATAGRAM_MAX, con ? BRSKI_COAP_ACK : BRSKI_COAP_NON,
	        BRSKI_COAP(2, 5), con ? q->mid : r->mid++, q->token);

	brski_coap_put_uint(&w, BRSKI_COAP_CONTENT_FORMAT, LINK_FORMAT);
	if (document.n > 0)
		brski_coap_put_payload(&w, document);
	return w.full ? 0 : w.n;
}

static void
forget(struct waiting *w)
{
	struct brski_coap_responder *r = w->responder;
	struct waiting **at;

	for (at = &r->waiting; *at != w; at = &(*at)->next)
		;
	*at = w->next;
	r->waiting_n--;
	brski_addr_release(&r->peers, w->entry);
	free(w);
}

static void
on_leisure(void *arg)
{
	struct waiting *w = arg;

	udp_group_send(w->fd, &w->ends, brski_slice(w->data, w->n));
	forget(w);
}

/* Some random time later, so that not all who were asked answer at once, RFC 7252 8.2. */
static bool
answer_later(struct brski_coap_responder *r, int fd, const struct udp_ends *ends,
    struct brski_slice answer)
{
	struct waiting *w = r->waiting_n < WAITING_MAX ? calloc(1, sizeof(*w)) : NULL;
	uint32_t chance;

	if (w == NULL)
		return false;
	brski_random(&chance, sizeof(chance));
	w->responder = r;
	w->fd = fd;
	w->ends = *ends;
	w->n = answer.n;
	memcpy(w->data, answer.p, answer.n);
	w->entry = brski_addr_take(&r->peers, (const struct sockaddr *)&ends->peer, PER_PEER_MAX);
	if (w->entry != NULL)
		w->timer =
		    brski_timer_start(r->loop, chance % (r->conf.leisure_ms + 1), on_leisure, w);
	if (w->timer == NULL) {
		brski_addr_release(&r->peers, w->entry);
		free(w);
		return false;
	}
	w->next = r->waiting;
	r->waiting = w;
	r->waiting_n++;
	return true;
}

static bool
answer(struct brski_coap_responder *r, int fd, const struct udp_input *in, const struct question *q,
    struct brski_slice document)
{
	uint8_t data[BRSKI_COAP_DATAGRAM_MAX];
	size_t n;

	if (r->tokens == 0 || (n = write_answer(r, q, document, data)) == 0)
		return false;
	r->tokens--;
	if (in->group)
		return answer_later(r, fd, &in->ends, brski_slice(data, n));
	udp_group_send(fd, &in->ends, brski_slice(data, n));
	return true;
}

/* False: dropped. A group is not told that there is nothing, RFC 6690 4.1. */
static bool
serve(struct brski_coap_responder *r, int fd, const struct udp_input *in)
{
	struct brski_buf all = { .max = LINKS_MAX };
	uint8_t storage[DOCUMENT_MAX];
	struct brski_buf some = brski_buf_fixed(storage, sizeof(storage));
	struct brski_err err = { 0 };
	struct question q;
	bool ok = false;

	if (!udp_links_has(&r->links, in->ends.link) || !read_question(in, &q))
		return false;
	if (r->conf.links(r->conf.arg, (const struct sockaddr *)&in->ends.own, &all, &err) !=
	    BRSKI_OK)
		brski_log_err(r->conf.log, "discovery", &err);
	else if (filter(brski_buf_slice(&all), &q, &some) == BRSKI_OK)
		ok = (in->group && some.n == 0) || answer(r, fd, in, &q, brski_buf_slice(&some));
	brski_buf_clear(&all);
	return ok;
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
on_refill(void *arg)
{
	struct brski_coap_responder *r = arg;

	r->tokens = r->tokens + PER_SECOND < BURST ? r->tokens + PER_SECOND : BURST;
	r->refill = brski_timer_start(r->loop, 1000, on_refill, r);
}

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
	r->tokens = BURST;
	brski_random(&r->mid, sizeof(r->mid));
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
	on_refill(r);
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
	brski_timer_cancel(r->refill);
	free(r);
}

uint64_t
brski_coap_responder_dropped(const struct brski_coap_responder *r)
{
	return r->dropped;
}
