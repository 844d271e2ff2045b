/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the registrar: who is there, is it still the same, what did it answer. */
#include "base/text.h"
#include "crypto/path.h"
#include "pledge/engine.h"
#include "pledge/trust.h"

/* What a registrar's words may add to our log. */
#define WORDS_MAX 80

struct question {
	struct pledge *p;
	const struct pledge_op *op;
};

int64_t
pledge_now(const struct pledge *p)
{
	return p->port->now(p->port->arg);
}

void
pledge_hang_up(struct pledge *p)
{
	if (p->connected)
		p->port->close(p->port->arg);
	p->connected = p->used = false;
}

/*
 * Before the voucher nobody is trusted, but the chain must at least hang together: its signatures
 * are checked up to its last certificate, whoever that is. RFC 8995 5.1.
 */
static enum brski_rc
check_provisional(const struct brski_certs *chain, struct brski_err *err)
{
	struct brski_certs last = { .v = &chain->v[chain->n - 1], .n = 1 };
	struct brski_path path = { .leaf = &chain->v[0],
		.untrusted = chain,
		.anchors = &last,
		.at = BRSKI_TIME_UNKNOWN };
	struct brski_err why = { 0 };

	if (brski_path_validate(&path, NULL, &why) == BRSKI_E_SIGNATURE)
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 8995 5.1",
		    "the server's chain does not hang together: %s", why.detail);
	return BRSKI_OK;
}

static enum brski_rc
check_server(const struct pledge *p, const struct brski_certs *chain, struct brski_err *err)
{
	if (chain->n == 0)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 8995 5.1",
		    "the server presented no certificate");
	if (p->as == PLEDGE_AS_LDEVID)
		return pledge_trust_server(&p->trust, chain, pledge_now(p), err);
	if (!p->has_request)
		return check_provisional(chain, err);
	/*
	 * RFC 8995 5: over a new connection, both ends check that the other uses the certificate of
	 * the first
	 */
	if (!pledge_request_names(p, &chain->v[0]))
		return brski_fail(err, BRSKI_E_PROXIMITY, "RFC 8995 5",
		    "the server's certificate is not the one we sent our request to");
	return BRSKI_OK;
}

/* The connection stands, nothing has been sent. */
static enum brski_rc
compose(void *arg, const struct pledge_peer *peer, struct brski_buf *body, struct brski_err *err)
{
	const struct question *q = arg;
	struct pledge *p = q->p;
	enum brski_rc rc;

	if ((rc = check_server(p, peer->chain, err)) != BRSKI_OK)
		return rc;
	brski_certs_clear(&p->server);
	if ((rc = brski_certs_copy(&p->server, peer->chain, err)) != BRSKI_OK)
		return rc;
	return q->op->write != NULL ? q->op->write(p, q->op->arg, peer, body, err) : BRSKI_OK;
}

static enum brski_rc
ask_once(struct pledge *p, const struct pledge_op *op, struct pledge_answer *a,
    struct brski_err *err)
{
	const struct pledge_port *port = p->port;
	const struct pledge_call_row *call = &p->binding->calls[op->call];
	struct question q = { p, op };
	struct pledge_request r = { .post = call->post,
		.path = call->path,
		.media = call->media != NULL ? call->media : op->media,
		.accept = call->accept != NULL ? call->accept : op->accept,
		.compose = compose,
		.arg = &q };
	enum brski_rc rc;

	if (!p->connected) {
		if ((rc = port->connect(port->arg, p->candidate, p->as, err)) != BRSKI_OK)
			return rc;
		p->connected = true;
	}
	brski_buf_reset(a->body);
	if ((rc = port->request(port->arg, &r, a, err)) == BRSKI_OK)
		p->used = true;
	else
		pledge_hang_up(p);
	return rc;
}

/*
 * 202: come back with the same bytes. RFC 8995 5.6: at most a minute between, at most four days in
 * all.
 */
static enum brski_rc
come_back(struct pledge *p, const struct pledge_answer *a, struct brski_err *err)
{
	uint32_t s = a->retry_after_s != 0 ? a->retry_after_s : p->conf.retry_after_s;
	uint32_t before = p->pending_s;
	enum brski_rc rc;

	if (s > p->conf.retry_after_max_s)
		s = p->conf.retry_after_max_s;
	if (s > p->conf.pending_max_s - before)
		return brski_fail(err, BRSKI_E_SLOW, "RFC 8995 5.6",
		    "the registrar has kept us waiting for %u seconds", (unsigned)before);
	p->wait_ms = s * 1000;
	p->pending_s += s;
	/* storage wears out: a restart may forget a quarter of an hour of waiting, not more */
	if (p->pending_s / 900 != before / 900 &&
	    (rc = pledge_save_state(p, p->saved, err)) != BRSKI_OK)
		return rc;
	return brski_broken(err, BRSKI_E_PENDING, "the registrar has not decided yet");
}

/* No other success than 200 means anything here: RFC 8995 5.6, RFC 7030 4. */
static enum brski_rc
refusal_rc(int status)
{
	return status >= 400 ? brski_rc_from_http(status) : BRSKI_E_UPSTREAM;
}

/* What it said, without the end of its last line. */
static struct brski_slice
words_of(const struct pledge_answer *a)
{
	struct brski_slice s = brski_buf_slice(a->body);

	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static enum brski_rc
judge(struct pledge *p, const struct pledge_op *op, const struct pledge_answer *a,
    struct brski_err *err)
{
	const struct pledge_call_row *call = &p->binding->calls[op->call];
	const char *accept = call->accept != NULL ? call->accept : op->accept;
	char words[WORDS_MAX];

	if (op->any_status)
		return BRSKI_OK;
	if (a->status == 202)
		return come_back(p, a, err);
	if (op->may_lack && (a->status == 204 || a->status == 404)) {
		brski_buf_reset(a->body);
		return BRSKI_OK;
	}
	if (a->status != 200)
		return brski_fail(err, refusal_rc(a->status), call->spec,
		    "the registrar answered %d: %s", a->status,
		    brski_text_safe(words_of(a), words, sizeof(words)));
	if (!brski_text_media_eq(brski_slice_str(a->media), accept))
		return brski_fail(err, BRSKI_E_MEDIA_TYPE, call->spec, "the answer is of type '%s'",
		    brski_text_safe(brski_slice_str(a->media), words, sizeof(words)));
	return BRSKI_OK;
}

enum brski_rc
pledge_ask(struct pledge *p, const struct pledge_op *op, struct brski_buf *body,
    struct brski_err *err)
{
	struct pledge_answer a = { .body = body };
	struct brski_err why = { 0 };
	bool kept = p->connected && p->used;
	enum brski_rc rc;

	body->max = op->max;
	rc = ask_once(p, op, &a, &why);
	/* an idle connection may end at any time: once more over a new one, to the same server */
	if (rc == BRSKI_E_UNAVAILABLE && kept) {
		why = (struct brski_err){ 0 };
		a = (struct pledge_answer){ .body = body };
		rc = ask_once(p, op, &a, &why);
	}
	if (rc == BRSKI_OK)
		rc = judge(p, op, &a, &why);
	pledge_blame(err, &why);
	return rc;
}
