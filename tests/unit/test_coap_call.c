/* SPDX-License-Identifier: Apache-2.0 */
/* A whole CoAP call over a link that blocks: RFC 7252 4, as examples/embed makes it. */
#include <stdalign.h>
#include "pledge/coap_call.h"
#include "tu.h"

static alignas(max_align_t) uint8_t arena[8192];

/* The other end: answers the requests it hears with 2.05 and what is in body. */
struct far {
	uint8_t datagram[BRSKI_COAP_DATAGRAM_MAX];
	size_t n;
	unsigned sent, deaf; /* of the first it hears none */
	bool gone_sending, gone_hearing;
	uint64_t now;
};

static uint64_t
ticks(void *arg)
{
	return ((struct far *)arg)->now;
}

static bool
say(void *arg, struct brski_slice out)
{
	struct far *f = arg;
	struct brski_coap_message m;
	struct brski_coap_writer w;
	struct brski_err err = { 0 };

	if (f->gone_sending)
		return false;
	assert_ok(brski_coap_decode(out, &m, &err), &err);
	if (f->sent++ < f->deaf)
		return true;
	w = brski_coap_begin(f->datagram, sizeof(f->datagram), BRSKI_COAP_ACK, BRSKI_COAP(2, 5),
	    m.mid, m.token);
	brski_coap_put_payload(&w, BRSKI_LIT("answer"));
	f->n = w.n;
	return true;
}

static bool
hear(void *arg, uint32_t wait_ms, struct brski_slice *in)
{
	struct far *f = arg;

	*in = f->n > 0 ? brski_slice(f->datagram, f->n) : (struct brski_slice){ NULL, 0 };
	if (f->n == 0)
		f->now += wait_ms;
	f->n = 0;
	return !f->gone_hearing;
}

static enum brski_rc
compose(void *arg, const struct pledge_peer *peer, struct brski_buf *body, struct brski_err *err)
{
	(void)peer;
	if (arg != NULL)
		return brski_broken(err, BRSKI_E_INTERNAL, "no request");
	return brski_buf_append_str(body, "question", err);
}

/* In a heap that is empty again afterwards. */
static enum brski_rc
call(struct far *f, void *refuses, struct brski_err *err)
{
	const struct pledge_coap_io io = { f, ticks, say, hear };
	struct brski_heap *heap = brski_heap_init(arena, sizeof(arena));
	struct brski_buf body = { .max = 1000, .heap = heap };
	struct pledge_answer a = { .body = &body };
	struct pledge_request r = { .post = true,
		.path = "/x",
		.compose = compose,
		.arg = refuses };
	struct pledge_peer peer = { 0 };
	struct brski_coap_client c;
	size_t before = brski_heap_used(heap);
	enum brski_rc rc;

	brski_coap_client_init(&c, NULL, 7);
	if ((rc = pledge_coap_call(&c, &io, &peer, &r, &a, err)) == BRSKI_OK) {
		assert_int_equal(a.status, 200);
		assert_slice_eq(brski_buf_slice(&body), BRSKI_LIT("answer"));
	}
	brski_buf_clear(&body);
	assert_int_equal(brski_heap_used(heap), before);
	return rc;
}

static void
test_answered(void **state)
{
	struct far f = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(call(&f, NULL, &err), &err);
	assert_int_equal(f.sent, 1);
}

static void
test_sent_again(void **state)
{
	struct far f = { .deaf = 2 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(call(&f, NULL, &err), &err);
	assert_int_equal(f.sent, 3);
	assert_true(f.now >= 2000);
}

static void
test_ends(void **state)
{
	struct far silent = { .deaf = 100 }, deaf = { .gone_hearing = true },
	           mute = { .gone_sending = true }, fine = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_int_equal(call(&silent, NULL, NULL), BRSKI_E_TIMEOUT);
	assert_broken(call(&deaf, NULL, &err), BRSKI_E_UNAVAILABLE, &err);
	assert_broken(call(&mute, NULL, &err), BRSKI_E_UNAVAILABLE, &err);
	assert_broken(call(&fine, &fine, &err), BRSKI_E_INTERNAL, &err);
	assert_int_equal(fine.sent, 0); /* nothing leaves that was not composed */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
