/* SPDX-License-Identifier: Apache-2.0 */
/* A client: a connected socket of its own and one session on it. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>
#include "net/dtls_session.h"

#define CONNECT_MS 20000
#define IDLE_MS    60000
#define BAD        128

struct client {
	struct dtls_owner owner; /* first: the session knows us as this */
	struct event readable;
	struct event silence;               /* nobody was heard for so long */
	struct brski_dtls_session *session; /* NULL: it is over */
	bool begun, reading;
	struct dtls_input in[DTLS_BATCH];
};

static void
client_free(struct client *c)
{
	event_del(&c->readable);
	event_del(&c->silence);
	if (c->owner.fd >= 0)
		close(c->owner.fd);
	free(c);
}

static void
left(struct dtls_owner *o, struct brski_dtls_session *s)
{
	struct client *c = (struct client *)o;

	(void)s;
	c->session = NULL;
	if (!c->reading)
		client_free(c);
}

/* An ICMP message may come from anybody: only who has not begun to speak believes it. */
static void
nobody_there(struct client *c)
{
	struct brski_err err = { 0 };

	if (c->session->state != DTLS_HANDSHAKE)
		return;
	(void)brski_broken(&err, BRSKI_E_UNAVAILABLE, "nobody listens there");
	dtls_session_drop(c->session, &err);
}

static void
on_silence(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	struct brski_err err = { 0 };

	(void)fd;
	(void)what;
	(void)brski_broken(&err, BRSKI_E_UNAVAILABLE, "nobody has answered");
	dtls_session_drop(c->session, &err);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	int i, n;

	(void)what;
	c->reading = true;
	n = dtls_socket_receive(fd, c->in);
	if (n < 0 && errno == ECONNREFUSED)
		nobody_there(c);
	if (n > 0)
		event_del(&c->silence);
	for (i = 0; i < n && c->session != NULL; i++)
		dtls_session_input(c->session, brski_slice(c->in[i].data, c->in[i].n));
	if (!c->begun && c->session != NULL) {
		c->begun = true;
		dtls_session_input(c->session, (struct brski_slice){ 0 });
	}
	c->reading = false;
	if (c->session == NULL)
		client_free(c);
}

static unsigned
or_default(unsigned wanted, unsigned otherwise)
{
	return wanted != 0 ? wanted : otherwise;
}

static enum brski_rc
start(struct client *c, const struct brski_dtls_client_conf *conf, struct brski_err *err)
{
	const struct dtls_path connected = { .peer_n = 0 };
	unsigned silent_ms = or_default(conf->silent_ms, c->owner.handshake_ms);
	struct brski_dtls_session *s;

	if ((s = dtls_session_new(&c->owner, conf->tls)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "DTLS session");
	if (dtls_session_start(s, &connected, conf->to, err) != BRSKI_OK) {
		dtls_session_free(s);
		return err != NULL ? err->rc : BRSKI_E_NOMEM;
	}
	s->user = conf->arg;
	c->session = s;
	event_add(&c->silence,
	    &(struct timeval){ .tv_sec = silent_ms / 1000, .tv_usec = silent_ms % 1000 * 1000 });
	event_add(&c->readable, NULL);
	/* from the loop: the caller does not have the session yet */
	event_active(&c->readable, EV_READ, 0);
	return BRSKI_OK;
}

enum brski_rc
brski_dtls_connect(struct brski_loop *loop, const struct brski_dtls_client_conf *conf,
    struct brski_dtls_session **out, struct brski_err *err)
{
	struct client *c;
	enum brski_rc rc;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "DTLS client");
	c->owner = (struct dtls_owner){ .loop = loop,
		.fd = -1,
		.events = conf->events,
		.arg = conf->arg,
		.log = conf->log,
		.handshake_ms = or_default(conf->connect_ms, CONNECT_MS),
		.idle_ms = or_default(conf->idle_ms, IDLE_MS),
		.bad_records = BAD,
		.handshake_bytes = DTLS_HANDSHAKE_BYTES,
		.left = left };
	rc = dtls_socket_connect(conf->to, conf->to_n, &c->owner.fd, err);
	event_assign(&c->readable, brski_loop_base(loop), c->owner.fd, EV_READ | EV_PERSIST,
	    on_readable, c);
	evtimer_assign(&c->silence, brski_loop_base(loop), on_silence, c);
	if (rc == BRSKI_OK)
		rc = start(c, conf, err);
	if (rc != BRSKI_OK) {
		client_free(c);
		return rc;
	}
	*out = c->session;
	return BRSKI_OK;
}
