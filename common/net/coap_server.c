/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "net/coap_session.h"

static const struct brski_coap_limits defaults = {
	.bodies = (size_t)4 * 1024 * 1024,
	.block_ms = 60000,
	.ack_ms = 500,
	.again_ms = 2000,
};

/* --- sessions over DTLS */

static void
send_over_dtls(void *arg, struct brski_slice datagram)
{
	/* what cannot be sent is lost, as it may be on its way */
	(void)brski_dtls_send(arg, datagram, NULL);
}

static void *
on_up(void *arg, struct brski_dtls_session *d)
{
	struct brski_coap_session *c;
	size_t room = brski_dtls_room(d);

	if ((c = brski_coap_session_new(arg, brski_dtls_peer(d), send_over_dtls, d)) == NULL)
		return NULL;
	c->dtls = d;
	if (room < c->room)
		c->room = room;
	return c;
}

static void
on_input(void *user, struct brski_slice datagram)
{
	brski_coap_session_input(user, datagram);
}

static void
on_gone(void *user)
{
	brski_coap_session_free(user);
}

static const struct brski_dtls_events events = { on_up, on_input, on_gone };

static enum brski_rc
start_dtls(struct brski_coap_server *s, struct brski_err *err)
{
	const struct brski_dtls_server_conf conf = {
		.listen = s->conf.listen,
		.tls = s->conf.tls,
		.jpy = s->conf.jpy,
		.limits = s->conf.dtls,
		.events = &events,
		.arg = s,
		.log = s->conf.log,
	};

	return brski_dtls_server_new(s->loop, &conf, &s->dtls, err);
}

/* --- the table */

static void
add_row(struct brski_coap_server *s, const struct brski_route *r, enum brski_who who)
{
	struct brski_route *row = &s->rows[s->rows_n];

	*row = *r;
	row->path = r->coap->path;
	row->who = who;
	s->sources[s->rows_n++] = r;
}

/* The routes that have a CoAP name, by that name. */
static enum brski_rc
take_routes(struct brski_coap_server *s, struct brski_err *err)
{
	size_t i, n = s->conf.routes_n + 1;

	s->rows = calloc(n, sizeof(*s->rows));
	s->sources = calloc(n, sizeof(*s->sources));
	if (s->rows == NULL || s->sources == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "CoAP routes");
	for (i = 0; i < s->conf.routes_n; i++)
		if (s->conf.routes[i].coap != NULL)
			/* RFC 9148 3: who has no certificate gets none of EST either */
			add_row(s, &s->conf.routes[i], BRSKI_WHO_CERTIFICATE);
	add_row(s, &coap_core_route, BRSKI_WHO_ANYONE);
	return BRSKI_OK;
}

/* --- the server */

static void
fill_limits(struct brski_coap_limits *l)
{
	const struct brski_coap_limits given = *l;

	*l = defaults;
	if (given.bodies != 0)
		l->bodies = given.bodies;
	if (given.block_ms != 0)
		l->block_ms = given.block_ms;
	if (given.ack_ms != 0)
		l->ack_ms = given.ack_ms;
	if (given.again_ms != 0)
		l->again_ms = given.again_ms;
}

enum brski_rc
brski_coap_server_new(struct brski_loop *loop, const struct brski_coap_server_conf *conf,
    struct brski_coap_server **out, struct brski_err *err)
{
	struct brski_coap_server *s;
	enum brski_rc rc;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "CoAP server");
	s->loop = loop;
	s->conf = *conf;
	TAILQ_INIT(&s->unfinished);
	fill_limits(&s->conf.limits);
	rc = take_routes(s, err);
	if (rc == BRSKI_OK && conf->listen != NULL)
		rc = start_dtls(s, err);
	if (rc != BRSKI_OK) {
		brski_coap_server_free(s);
		return rc;
	}
	s->conf.listen = NULL; /* borrowed for this call only */
	s->conf.tls = NULL;
	*out = s;
	return BRSKI_OK;
}

void
brski_coap_server_set_tls(struct brski_coap_server *s, struct brski_tls *tls)
{
	if (s->dtls != NULL)
		brski_dtls_server_set_tls(s->dtls, tls);
}

void
brski_coap_server_free(struct brski_coap_server *s)
{
	if (s == NULL)
		return;
	brski_dtls_server_free(s->dtls);
	free(s->rows);
	free(s->sources);
	free(s);
}

unsigned
brski_coap_server_port(const struct brski_coap_server *s)
{
	return s->dtls != NULL ? brski_dtls_server_port(s->dtls) : 0;
}

struct brski_coap_counts
brski_coap_server_counts(const struct brski_coap_server *s)
{
	struct brski_coap_counts c = { 0 };

	if (s == NULL)
		return c;
	c.messages = s->dropped;
	if (s->dtls != NULL)
		c.dtls = *brski_dtls_server_counts(s->dtls);
	return c;
}
