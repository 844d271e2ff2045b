/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of one client: what comes again, acknowledgements, separate answers. RFC 7252 4, 5.2. */
#include <stdlib.h>
#include "base/text.h"
#include "net/coap_session.h"

static void
send_datagram(struct brski_coap_session *c, struct brski_slice datagram)
{
	if (datagram.n > 0)
		c->send(c->arg, datagram);
	else
		c->server->dropped++;
}

static void
send_empty(struct brski_coap_session *c, enum brski_coap_type type, uint16_t mid)
{
	uint8_t out[4];

	send_datagram(c, brski_coap_empty(out, type, mid));
}

/* --- what comes again */

static struct coap_answer *
find_answer(struct brski_coap_session *c, uint16_t mid)
{
	size_t i;

	for (i = 0; i < COAP_ANSWERS; i++)
		if (c->answers[i].used && c->answers[i].mid == mid)
			return &c->answers[i];
	return NULL;
}

static void
remember(struct brski_coap_session *c, uint16_t mid)
{
	struct coap_answer *a = &c->answers[c->next++ % COAP_ANSWERS];

	brski_buf_reset(&a->bytes);
	a->bytes.max = BRSKI_COAP_DATAGRAM_MAX;
	a->used = true;
	a->mid = mid;
}

/* Send, and keep it for when the request comes again. Without memory it is not kept. */
static void
send_kept(struct brski_coap_session *c, struct brski_slice datagram)
{
	struct coap_answer *a = find_answer(c, c->request.mid);

	send_datagram(c, datagram);
	if (a != NULL)
		(void)brski_buf_set(&a->bytes, datagram, NULL);
}

/* --- separate answers, RFC 7252 5.2.2 */

/* Nobody waits for its acknowledgement any more. The session may end with that. */
static void
separate_over(struct brski_coap_session *c)
{
	brski_timer_cancel(c->again);
	c->again = NULL;
	brski_buf_clear(&c->separate);
	if (!c->end_after)
		return;
	c->end_after = false;
	coap_session_close(c);
}

static void on_again(void *arg);

static void
await_ack(struct brski_coap_session *c)
{
	c->again = brski_timer_start(c->server->loop, c->again_ms, on_again, c);
	c->again_ms *= 2;
}

static void
on_again(void *arg)
{
	struct brski_coap_session *c = arg;

	c->again = NULL;
	if (c->tries++ == COAP_RETRANSMIT) {
		separate_over(c);
		return;
	}
	send_datagram(c, brski_buf_slice(&c->separate));
	await_ack(c);
}

static void
send_separate(struct brski_coap_session *c, struct brski_slice datagram)
{
	uint16_t jitter;

	send_datagram(c, datagram);
	if (c->request.type != BRSKI_COAP_CON)
		return;
	brski_random(&jitter, sizeof(jitter));
	c->tries = 0;
	c->separate_mid = c->mid;
	/* ACK_RANDOM_FACTOR 1.5 */
	c->again_ms = c->server->conf.limits.again_ms;
	c->again_ms += jitter % (c->again_ms / 2 + 1);
	if (brski_buf_set(&c->separate, datagram, NULL) == BRSKI_OK)
		await_ack(c);
}

/* --- responses */

static void
put_flagged(struct brski_coap_writer *w, bool there, unsigned number, uint32_t value)
{
	if (there)
		brski_coap_put_uint(w, number, value);
}

/* A text for people (RFC 7252 5.5.2) says less where there is less room, in whole characters. */
static struct brski_slice
fit_payload(const struct coap_reply *r, size_t room)
{
	struct brski_slice p = r->payload;

	if (r->code >> 5 < 4 || r->has_format || p.n < room)
		return p;
	/* one byte is the marker's */
	for (p.n = room > 0 ? room - 1 : 0; p.n > 0 && (p.p[p.n] & 0xc0) == 0x80; p.n--)
		;
	return p;
}

static void
put_reply(struct brski_coap_writer *w, const struct coap_reply *r)
{
	if (brski_slice_present(r->etag))
		brski_coap_put(w, BRSKI_COAP_ETAG, r->etag);
	put_flagged(w, r->has_format, BRSKI_COAP_CONTENT_FORMAT, r->format);
	put_flagged(w, r->has_max_age, BRSKI_COAP_MAX_AGE, r->max_age);
	if (r->has_block2)
		brski_coap_put_block(w, BRSKI_COAP_BLOCK2, r->block2);
	if (r->has_block1)
		brski_coap_put_block(w, BRSKI_COAP_BLOCK1, r->block1);
	put_flagged(w, r->has_size2, BRSKI_COAP_SIZE2, r->size2);
	put_flagged(w, r->has_size1, BRSKI_COAP_SIZE1, r->size1);
	brski_coap_put_payload(w, fit_payload(r, w->cap - w->n));
}

/* A block fits into a record of the size that the client asked for, RFC 6066 4. */
unsigned
coap_session_szx(const struct brski_coap_session *c, unsigned szx)
{
	while (szx > 0 && ((size_t)16 << szx) + COAP_AROUND > c->room)
		szx--;
	return szx;
}

void
coap_session_answer(struct brski_coap_session *c, const struct coap_reply *r)
{
	const struct coap_request *q = &c->request;
	bool piggyback = q->type == BRSKI_COAP_CON && !q->acked;
	uint8_t out[BRSKI_COAP_DATAGRAM_MAX];
	enum brski_coap_type type = piggyback ? BRSKI_COAP_ACK : q->type;
	uint16_t mid = piggyback ? q->mid : ++c->mid;
	struct brski_slice token = brski_slice(q->token, q->token_n);
	struct brski_coap_writer w;

	brski_timer_cancel(c->ack_due);
	c->ack_due = NULL;
	w = brski_coap_begin(out, c->room, type, r->code, mid, token);
	put_reply(&w, r);
	if (w.full)
		/* a record of a few bytes: that there is an answer is all that fits */
		w = brski_coap_begin(out, c->room, type, BRSKI_COAP(5, 0), mid, token);
	if (piggyback || q->type == BRSKI_COAP_NON)
		send_kept(c, brski_slice(out, w.n));
	else
		send_separate(c, brski_slice(out, w.n));
}

void
coap_session_ack(struct brski_coap_session *c)
{
	uint8_t out[4];

	c->request.acked = true;
	send_kept(c, brski_coap_empty(out, BRSKI_COAP_ACK, c->request.mid));
}

/* --- in */

static void
on_request(struct brski_coap_session *c, const struct brski_coap_message *m)
{
	const struct coap_answer *a = find_answer(c, m->mid);

	if (a != NULL) {
		/* none yet: it comes, or an acknowledgement */
		send_datagram(c, brski_buf_slice(&a->bytes));
		return;
	}
	/* who asks for the next thing has the answer before, or does not want it any more */
	separate_over(c);
	remember(c, m->mid);
	coap_request_on(c, m);
}

static void
on_acknowledged(struct brski_coap_session *c, uint16_t mid)
{
	if (c->separate.n > 0 && mid == c->separate_mid)
		separate_over(c);
}

void
brski_coap_session_input(struct brski_coap_session *c, struct brski_slice datagram)
{
	struct brski_coap_message m;
	uint8_t out[4];

	if (c->closed)
		return;
	if (datagram.n > BRSKI_COAP_DATAGRAM_MAX)
		c->server->dropped++;
	else if (brski_coap_decode(datagram, &m, NULL) != BRSKI_OK)
		send_datagram(c, brski_coap_reject(datagram, out));
	else if (m.type == BRSKI_COAP_ACK || m.type == BRSKI_COAP_RST)
		on_acknowledged(c, m.mid);
	else if (c->end_after)
		c->server->dropped++;
	else if (m.code != BRSKI_COAP_EMPTY && m.code >> 5 == 0)
		on_request(c, &m);
	else if (m.type == BRSKI_COAP_CON)
		/* a ping, RFC 7252 4.3, or an answer to nothing, 5.3.2 */
		send_empty(c, BRSKI_COAP_RST, m.mid);
	else
		c->server->dropped++;
}

/* --- life and death */

struct brski_coap_session *
brski_coap_session_new(struct brski_coap_server *s, struct brski_peer_ref *peer,
    void (*send)(void *arg, struct brski_slice datagram), void *arg)
{
	struct brski_coap_session *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->server = s;
	c->peer = brski_peer_ref(peer);
	c->send = send;
	c->arg = arg;
	c->room = BRSKI_COAP_DATAGRAM_MAX;
	brski_random(&c->mid, sizeof(c->mid));
	return c;
}

void
coap_session_close(struct brski_coap_session *c)
{
	if (c->separate.n > 0) {
		c->end_after = true;
		return;
	}
	c->closed = true;
	if (c->dtls != NULL)
		brski_dtls_close(c->dtls); /* frees c */
}

void
brski_coap_session_free(struct brski_coap_session *c)
{
	size_t i;

	if (c == NULL)
		return;
	c->closed = true;
	coap_request_drop(c);
	coap_block_drop_in(c);
	coap_block_drop_out(c);
	brski_timer_cancel(c->block_due);
	brski_timer_cancel(c->again);
	brski_buf_clear(&c->separate);
	for (i = 0; i < COAP_ANSWERS; i++)
		brski_buf_clear(&c->answers[i].bytes);
	brski_peer_unref(c->peer);
	free(c);
}
