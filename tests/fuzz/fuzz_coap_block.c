/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams into a CoAP server without DTLS. The input is a sequence of them, each behind its
 * length in two bytes; length 0 lets the operation that waits reply. What the server sends has to
 * be well formed and small, and nothing is kept when the session is over.
 */
#include <stdio.h>
#include <stdlib.h>
#include "net/coap_session.h"
#include "net/peer_ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODIES 20000

static struct brski_exchange *held;

static void
echo(void *app, struct brski_exchange *x)
{
	(void)app;
	if (brski_buf_append(&x->reply, x->body, NULL) != BRSKI_OK)
		abort();
	x->reply_media = "application/cbor";
	brski_reply_ok(x);
}

static void
released(void *op)
{
	(void)op;
	held = NULL;
}

static void
hold(void *app, struct brski_exchange *x)
{
	x->op = app;
	x->op_free = released;
	held = x;
}

static void
big(void *app, struct brski_exchange *x)
{
	static const uint8_t zeros[3000];

	(void)app;
	(void)brski_buf_append(&x->reply, brski_slice(zeros, sizeof(zeros)), NULL);
	x->reply_media = "application/multipart-core";
	brski_reply_ok(x);
}

static const char *const cbor[] = { "application/cbor", NULL };
static const struct brski_coap_name names[] = {
	{ "/e", 402, "t.e" },
	{ "/h", 403, "t.h" },
	{ "/b", 301, "t.b" },
};
static const struct brski_route routes[] = {
	{ BRSKI_POST, "/echo", cbor, NULL, 10000, BRSKI_WHO_ANYONE, echo, "fuzz", BRSKI_BINARY,
	    &names[0] },
	{ BRSKI_POST, "/hold", NULL, NULL, 2000, BRSKI_WHO_ANYONE, hold, "fuzz", BRSKI_BINARY,
	    &names[1] },
	{ BRSKI_GET, "/big", NULL, NULL, 0, BRSKI_WHO_ANYONE, big, "fuzz", BRSKI_BINARY,
	    &names[2] },
};

static void
on_send(void *arg, struct brski_slice datagram)
{
	struct brski_coap_message m;

	(void)arg;
	if (datagram.n > BRSKI_COAP_DATAGRAM_MAX ||
	    brski_coap_decode(datagram, &m, NULL) != BRSKI_OK || brski_coap_critical(&m) != 0)
		abort();
}

static struct brski_coap_server *
new_server(void)
{
	const struct brski_coap_server_conf conf = {
		.routes = routes,
		.routes_n = sizeof(routes) / sizeof(routes[0]),
		.app = &held,
		.limits = { .bodies = BODIES },
	};
	static struct brski_loop *loop; /* one for all inputs, as its server */
	struct brski_coap_server *s;

	if (brski_loop_new(&loop, NULL) != BRSKI_OK ||
	    brski_coap_server_new(loop, &conf, &s, NULL) != BRSKI_OK)
		abort();
	return s;
}

/* Who is there has some certificate; what is in it does not matter here. */
static struct brski_peer_ref *
new_peer(void)
{
	static struct brski_peer_ref peer = { .refs = 1, .peer.chain.n = 1 };

	return &peer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct brski_coap_server *server;
	struct brski_coap_session *c;
	size_t n;

	if (server == NULL)
		server = new_server();
	if ((c = brski_coap_session_new(server, new_peer(), on_send, NULL)) == NULL)
		abort();
	while (size >= 2) {
		n = (size_t)data[0] << 8 | data[1];
		data += 2;
		size -= 2;
		n = n < size ? n : size;
		if (n > 0)
			brski_coap_session_input(c, brski_slice(data, n));
		else if (held != NULL)
			brski_reply_ok(held);
		data += n;
		size -= n;
		/* what buffers have room for, up to twice what is in them; and one datagram */
		if (server->bodies > 2 * (size_t)BODIES + 2 * BRSKI_COAP_DATAGRAM_MAX)
			abort();
	}
	brski_coap_session_free(c);
	if (held != NULL || server->bodies != 0)
		abort();
	return 0;
}
