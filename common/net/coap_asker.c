/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks groups what there is: RFC 7252 8, RFC 6690 4. Nothing that comes back is trusted. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "coap/coap.h"
#include "net/coap_multicast.h"
#include "net/udp_group.h"

#define DEFAULT_PORT 5683
#define LINK_FORMAT  40
#define REQUEST_MAX  128
#define READ_MAX     16 /* datagrams in one turn of the loop */

struct brski_coap_asker {
	struct brski_coap_asker_conf conf;
	struct udp_links links;
	struct sockaddr_storage to;
	socklen_t to_n;
	int fd;
	struct event *ev;
	/* the last octet is the number of the question, the rest is what nobody can guess */
	uint8_t token[BRSKI_COAP_TOKEN_MAX];
	uint16_t mid;
	uint64_t dropped;
};

/* --- answers */

/* Is all of it link format? */
static bool
is_links(struct brski_slice document)
{
	struct brski_link l;
	enum brski_rc rc;

	while ((rc = brski_link_next(&document, &l, NULL)) == BRSKI_OK)
		;
	return rc == BRSKI_E_NOT_FOUND;
}

/* To a question of ours, RFC 7252 8.2: the token says so, the address may be anybody's. */
static bool
is_answer(const struct brski_coap_asker *a, const struct brski_coap_message *m)
{
	struct brski_slice format;
	uint32_t number;

	return m->code == BRSKI_COAP(2, 5) && m->token.n == sizeof(a->token) &&
	    brski_secret_eq(brski_slice(m->token.p, sizeof(a->token) - 1),
	        brski_slice(a->token, sizeof(a->token) - 1)) &&
	    brski_coap_critical(m) == 0 &&
	    brski_coap_option_find(m, BRSKI_COAP_CONTENT_FORMAT, &format) &&
	    brski_coap_uint(format, &number) && number == LINK_FORMAT && is_links(m->payload);
}

static bool
take(struct brski_coap_asker *a, const struct udp_input *in)
{
	struct brski_coap_message m;
	uint8_t ack[4];

	if (in->n == 0 || in->group ||
	    brski_coap_decode(brski_slice(in->data, in->n), &m, NULL) != BRSKI_OK ||
	    !is_answer(a, &m))
		return false;
	if (m.type == BRSKI_COAP_CON)
		udp_group_send(a->fd, &in->ends, brski_coap_empty(ack, BRSKI_COAP_ACK, m.mid));
	if (m.payload.n > 0)
		a->conf.answer(a->conf.arg, (const struct sockaddr *)&in->ends.peer, m.payload);
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct brski_coap_asker *a = arg;
	struct udp_input in;
	int i;

	(void)what;
	for (i = 0; i < READ_MAX && udp_group_receive(fd, &in); i++)
		if (!take(a, &in))
			a->dropped++;
}

/* --- questions */

static size_t
write_request(struct brski_coap_asker *a, const char *query, uint8_t out[REQUEST_MAX])
{
	struct brski_coap_writer w;

	a->token[sizeof(a->token) - 1]++;
	w = brski_coap_begin(out, REQUEST_MAX, BRSKI_COAP_NON, BRSKI_COAP_GET, a->mid++,
	    brski_slice(a->token, sizeof(a->token)));
	brski_coap_put_path(&w, "/.well-known/core");
	brski_coap_put(&w, BRSKI_COAP_URI_QUERY, brski_slice_str(query));
	return w.full ? 0 : w.n;
}

/* A group of the link is meant on this one. */
static bool
send_through(struct brski_coap_asker *a, unsigned link, const uint8_t *datagram, size_t n)
{
	struct sockaddr_storage to = a->to;

	if (to.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&to)->sin6_scope_id = link;
	return udp_group_through(a->fd, to.ss_family, link) &&
	    sendto(a->fd, datagram, n, 0, (const struct sockaddr *)&to, a->to_n) >= 0;
}

enum brski_rc
brski_coap_asker_ask(struct brski_coap_asker *a, const char *query, struct brski_err *err)
{
	uint8_t request[REQUEST_MAX];
	size_t n = write_request(a, query, request), i;
	bool sent = false;

	if (n == 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "a query that is too long");
	if (!udp_address_is_group((const struct sockaddr *)&a->to))
		sent = sendto(a->fd, request, n, 0, (const struct sockaddr *)&a->to, a->to_n) >= 0;
	else {
		udp_links_refresh(&a->links);
		for (i = 0; i < a->links.n; i++)
			sent |= send_through(a, a->links.index[i], request, n);
	}
	if (!sent)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "no interface takes %s",
		    a->conf.group);
	return BRSKI_OK;
}

/* --- life */

static enum brski_rc
open_socket(struct brski_coap_asker *a, struct brski_loop *loop, struct brski_err *err)
{
	uint16_t port = a->conf.port != 0 ? a->conf.port : DEFAULT_PORT;

	if (!udp_address_parse(a->conf.group, port, &a->to, &a->to_n))
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 7252 8", "that is no address to ask");
	if ((a->fd = udp_group_socket(a->to.ss_family, 0)) >= 0)
		a->ev =
		    event_new(brski_loop_base(loop), a->fd, EV_READ | EV_PERSIST, on_readable, a);
	if (a->ev == NULL || event_add(a->ev, NULL) != 0)
		return brski_broken(err, BRSKI_E_IO, "no UDP socket to ask from");
	return BRSKI_OK;
}

enum brski_rc
brski_coap_asker_new(struct brski_loop *loop, const struct brski_coap_asker_conf *conf,
    struct brski_coap_asker **out, struct brski_err *err)
{
	struct brski_coap_asker *a = calloc(1, sizeof(*a));
	enum brski_rc rc;

	*out = NULL;
	if (a == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for discovery");
	a->conf = *conf;
	a->fd = -1;
	brski_random(a->token, sizeof(a->token));
	brski_random(&a->mid, sizeof(a->mid));
	if ((rc = udp_links_init(&a->links, conf->interfaces, conf->interfaces_n, err)) !=
	        BRSKI_OK ||
	    (rc = open_socket(a, loop, err)) != BRSKI_OK) {
		brski_coap_asker_free(a);
		return rc;
	}
	a->conf.interfaces = NULL;
	*out = a;
	return BRSKI_OK;
}

uint64_t
brski_coap_asker_dropped(const struct brski_coap_asker *a)
{
	return a->dropped;
}

void
brski_coap_asker_free(struct brski_coap_asker *a)
{
	if (a == NULL)
		return;
	if (a->ev != NULL)
		event_free(a->ev);
	if (a->fd >= 0)
		close(a->fd);
	free(a);
}
