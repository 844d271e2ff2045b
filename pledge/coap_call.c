/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/coap_call.h"

static enum brski_rc
lost(struct brski_err *err)
{
	return brski_broken(err, BRSKI_E_UNAVAILABLE, "the session is over");
}

/* Turn by turn until the answer is there. */
static enum brski_rc
converse(struct brski_coap_client *c, const struct pledge_coap_io *io, struct brski_err *err)
{
	struct brski_slice in = { NULL, 0 }, out;
	struct brski_err why;
	uint32_t wait_ms;
	enum brski_rc rc;

	for (;;) {
		why = (struct brski_err){ 0 };
		rc = brski_coap_client_step(c, in, io->ticks_ms(io->arg), &out, &wait_ms, &why);
		if (out.n > 0 && !io->send(io->arg, out))
			return lost(err);
		if (rc != BRSKI_E_PENDING)
			break;
		if (!io->hear(io->arg, wait_ms, &in))
			return lost(err);
	}
	if (err != NULL && err->rc == BRSKI_OK)
		*err = why;
	return rc;
}

enum brski_rc
pledge_coap_call(struct brski_coap_client *c, const struct pledge_coap_io *io,
    const struct pledge_peer *peer, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct brski_buf body = { .heap = a->body->heap };
	struct brski_coap_answer answer = { .body = a->body };
	struct brski_coap_request q;
	enum brski_rc rc;

	if ((rc = r->compose(r->arg, peer, &body, err)) != BRSKI_OK)
		goto out;
	q = pledge_coap_request(r, brski_buf_slice(&body));
	if ((rc = brski_coap_client_start(c, &q, &answer, io->ticks_ms(io->arg), err)) !=
	        BRSKI_OK ||
	    (rc = converse(c, io, err)) != BRSKI_OK)
		goto out;
	pledge_coap_answer(&answer, a);
out:
	brski_coap_client_stop(c);
	brski_buf_clear(&body);
	return rc;
}
