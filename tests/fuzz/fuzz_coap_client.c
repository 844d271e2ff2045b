/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that says what it likes to our CoAP client. The input: a byte that chooses the request,
 * then datagrams, each behind its length in two bytes. The first byte of each chooses whether it
 * gets the message ID and token that the client waits for; nothing else would be looked at.
 */
#include <stdlib.h>
#include "base/buf.h"
#include "coap/coap_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 3000
#define ROOM     2048

enum {
	FITTING_MID = 1,
	FITTING_TOKEN = 2,
	WAIT = 4
};

struct play {
	struct brski_coap_client c;
	uint64_t now;
	uint32_t wait_ms;
};

static enum brski_rc
step(struct play *p, struct brski_slice in)
{
	struct brski_coap_message m;
	struct brski_slice out;
	enum brski_rc rc;

	rc = brski_coap_client_step(&p->c, in, p->now, &out, &p->wait_ms, NULL);
	if (out.n > BRSKI_COAP_DATAGRAM_MAX ||
	    (out.n > 0 && brski_coap_decode(out, &m, NULL) != BRSKI_OK))
		abort();
	return rc;
}

/* What the client would listen to. */
static void
fit(const struct play *p, unsigned how, uint8_t *datagram, size_t n)
{
	if (how & FITTING_MID && n >= 4) {
		datagram[2] = (uint8_t)(p->c.mid >> 8);
		datagram[3] = (uint8_t)p->c.mid;
	}
	if (how & FITTING_TOKEN && n >= 6) {
		datagram[0] = (uint8_t)((datagram[0] & 0xf0) | 2);
		datagram[4] = (uint8_t)(p->c.token >> 8);
		datagram[5] = (uint8_t)p->c.token;
	}
}

static void
play(struct play *p, const uint8_t *data, size_t size)
{
	enum brski_rc rc = step(p, (struct brski_slice){ 0 });
	uint8_t datagram[ROOM];
	size_t n;

	while (rc == BRSKI_E_PENDING && size >= 3) {
		n = (size_t)data[0] << 8 | data[1];
		n = n < size - 3 ? n : size - 3;
		n = n < ROOM ? n : ROOM;
		memcpy(datagram, data + 3, n);
		fit(p, data[2], datagram, n);
		p->now += data[2] & WAIT ? p->wait_ms : 1;
		rc = step(p, brski_slice(datagram, n));
		/* after an acknowledgement, what it wants to send next */
		if (rc == BRSKI_E_PENDING && p->wait_ms == 0)
			rc = step(p, (struct brski_slice){ 0 });
		data += 3 + n;
		size -= 3 + n;
	}
	if (rc == BRSKI_E_INTERNAL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t body[BODY_MAX];
	struct brski_buf answer_body = { .max = BODY_MAX };
	struct brski_coap_answer a = { .body = &answer_body };
	struct brski_coap_request r = { .path = "/.well-known/brski/rv", .accept = -1 };
	struct play p = { .now = 1 };

	if (size == 0)
		return 0;
	r.code = data[0] & 1 ? BRSKI_COAP_POST : BRSKI_COAP_GET;
	r.content_format = data[0] & 1 ? 836 : -1;
	r.body = data[0] & 1 ? brski_slice(body, (size_t)(data[0] >> 4) * 200) : r.body;
	brski_coap_client_init(&p.c, NULL, UINT64_C(0x1234567890abcdef));
	p.c.szx = data[0] >> 1 & 7;
	if (brski_coap_client_start(&p.c, &r, &a, p.now, NULL) == BRSKI_OK)
		play(&p, data + 1, size - 1);
	if (answer_body.n > BODY_MAX)
		abort();
	brski_buf_clear(&answer_body);
	return 0;
}
