/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS through common/net. */
#include <stdio.h>
#include <stdlib.h>

#include "net/http_client.h"
#include "pledge/port_link.h"

#define CONNECT_MS   5000
#define LOW_SPEED_MS 25000

struct https {
	struct brski_loop *loop;
	struct brski_tls *tls;
	struct brski_http_client *client;
	struct brski_http_session *session;
	char candidate[PLEDGE_CANDIDATE_MAX];
};

/* One call under way: the loop runs until it is answered. */
struct call {
	struct https *h;
	const struct pledge_request *r;
	struct pledge_answer *a;
	bool done;
	enum brski_rc rc;
	struct brski_err err;
};

static void
https_close(void *link)
{
	struct https *h = link;

	brski_http_session_free(h->session);
	if (h->client != NULL)
		brski_http_client_free(h->client);
	brski_tls_unref(h->tls);
	free(h);
}

/* No anchors: the engine judges the chain, not TLS. RFC 8995 5.1. */
static enum brski_rc
start(struct https *h, const struct pledge_link_conf *conf, struct brski_err *err)
{
	struct brski_tls_conf tls = { .key = conf->key,
		.chain = conf->chain,
		.classical = conf->classical };
	struct brski_http_session_conf session = { .one_connection = true,
		.connect_ms = CONNECT_MS,
		.total_ms = PLEDGE_CALL_MS,
		.low_speed_ms = LOW_SPEED_MS };
	enum brski_rc rc;

	if ((rc = brski_http_client_new(conf->loop, conf->log, &h->client, err)) != BRSKI_OK ||
	    (rc = brski_tls_new(&tls, &h->tls, err)) != BRSKI_OK)
		return rc;
	session.tls = h->tls;
	return brski_http_session_new(h->client, &session, &h->session, err);
}

static enum brski_rc
https_open(const struct pledge_link_conf *conf, void **out, struct brski_err *err)
{
	struct https *h = calloc(1, sizeof(*h));
	enum brski_rc rc;

	if (h == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a connection");
	h->loop = conf->loop;
	snprintf(h->candidate, sizeof(h->candidate), "%s", conf->candidate);
	if ((rc = start(h, conf, err)) != BRSKI_OK) {
		https_close(h);
		return rc;
	}
	*out = h;
	return BRSKI_OK;
}

static enum brski_rc
call_compose(void *arg, const struct brski_peer *peer, struct brski_buf *body,
    struct brski_err *err)
{
	struct call *c = arg;
	struct pledge_peer p = { .chain = &peer->chain };

	if (peer->has_binding)
		p.binding = brski_slice(peer->binding, sizeof(peer->binding));
	return c->r->compose(c->r->arg, &p, body, err);
}

static void
call_done(void *arg, const struct brski_http_answer *a)
{
	struct call *c = arg;
	size_t n = a->media.n < PLEDGE_MEDIA_MAX ? a->media.n : 0;

	c->done = true;
	c->err = a->err;
	c->a->status = a->status;
	c->a->retry_after_s = a->retry_after_s;
	if (n > 0)
		memcpy(c->a->media, a->media.p, n);
	c->a->media[n] = '\0';
	if ((c->rc = a->rc) == BRSKI_OK)
		c->rc = brski_buf_append(c->a->body, a->body, &c->err);
	brski_loop_stop(c->h->loop);
}

static enum brski_rc
https_request(void *link, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct https *h = link;
	char url[2 * PLEDGE_CANDIDATE_MAX];
	struct call c = { .h = h, .r = r, .a = a };
	struct brski_http_call call = { .method = r->post ? BRSKI_POST : BRSKI_GET,
		.url = url,
		.media = r->media,
		.accept = r->accept,
		.compose = call_compose,
		.max_answer = a->body->max,
		.done = call_done,
		.arg = &c };
	enum brski_rc rc;

	snprintf(url, sizeof(url), "%s%s", h->candidate, r->path);
	if ((rc = brski_http_call(h->session, &call, err)) != BRSKI_OK)
		return rc;
	if (!c.done)
		brski_loop_run(h->loop);
	if (!c.done) {
		/* the call must not outlive c */
		brski_http_session_free(h->session);
		h->session = NULL;
		return brski_broken(err, BRSKI_E_PENDING, "interrupted by a signal");
	}
	if (err != NULL && err->rc == BRSKI_OK)
		*err = c.err;
	return c.rc;
}

const struct pledge_link pledge_link_https = { &pledge_https, https_open, https_request,
	https_close };
