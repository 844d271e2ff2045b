/* SPDX-License-Identifier: Apache-2.0 */
/* JPY messages between a stateless join proxy and a registrar. */
#include <string.h>
#include "tu.h"
#include "coap/jpy.h"

/* the draft's own example: a header of 16 octets and a ClientHello of DTLS 1.2 */
static void
test_vector(void **state)
{
	static const uint8_t record[] = { 22, 0xfe, 0xfd, 0, 0 };
	struct brski_buf in = { 0 }, out = { 0 };
	struct brski_err err = { 0 };
	struct brski_jpy m;

	(void)state;
	tu_read("join-proxy-jpy/jpy-to-registrar-clienthello.cbor", &in);
	assert_int_equal(in.n, 448);
	assert_ok(brski_jpy_decode(brski_buf_slice(&in), &m, &err), &err);
	assert_int_equal(m.header.n, 16);
	assert_int_equal(m.content.n, 427);
	assert_memory_equal(m.content.p, record, sizeof(record));
	assert_ok(brski_jpy_encode(&m, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), brski_buf_slice(&in));
	brski_buf_clear(&in);
	brski_buf_clear(&out);
}

static void
test_taken(void **state)
{
	static const struct {
		struct brski_slice in;
		size_t header, content;
	} t[] = {
		{ BRSKI_LIT("\x82\x40\x41x"), 0, 1 },
		{ BRSKI_LIT("\x82\x41h\x41x"), 1, 1 },
		/* what a later version adds */
		{ BRSKI_LIT("\x83\x41h\x42xy\x01"), 1, 2 },
		{ BRSKI_LIT("\x84\x41h\x42xy\xf6\xa1\x01\x80"), 1, 2 },
		/* heads that are longer than they need be */
		{ BRSKI_LIT("\x98\x02\x58\x01h\x59\x00\x02xy"), 1, 2 },
	};
	struct brski_err err = { 0 };
	struct brski_jpy m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_ok(brski_jpy_decode(t[i].in, &m, &err), &err);
		assert_int_equal(m.header.n, t[i].header);
		assert_int_equal(m.content.n, t[i].content);
	}
}

static void
test_refused(void **state)
{
	static const struct brski_slice bad[] = {
		BRSKI_LIT(""),
		BRSKI_LIT("\x80"),
		BRSKI_LIT("\x81\x41h"),
		BRSKI_LIT("\x82\x41h"),
		BRSKI_LIT("\x82\x41h\x42x"),
		BRSKI_LIT("\x82\x41h\x41xy"),
		BRSKI_LIT("\x82\x61h\x41x"),
		BRSKI_LIT("\x82\x41h\x61x"),
		BRSKI_LIT("\x82\x01\x41x"),
		BRSKI_LIT("\x83\x41h\x41x"),
		BRSKI_LIT("\x9f\x41h\x41x\xff"),
		BRSKI_LIT("\xa1\x41h\x41x"),
		BRSKI_LIT("\x41h\x41x"),
		BRSKI_LIT("\x82\x41h\x5b\xff\xff\xff\xff\xff\xff\xff\xffx"),
		BRSKI_LIT("\x16\xfe\xfd\x00\x00"),
	};
	/* [33 octets, 'x'] */
	uint8_t large[3 + 33 + 2] = { 0x82, 0x58, 33, [3 + 33] = 0x41, 'x' };
	struct brski_err err = { 0 };
	struct brski_jpy m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(brski_jpy_decode(bad[i], &m, &err), BRSKI_E_MALFORMED, &err);
	}
	assert_refused(brski_jpy_decode(BRSKI_LIT("\x82\x41h\x40"), &m, &err), BRSKI_E_MALFORMED,
	    &err);
	assert_refused(brski_jpy_decode(brski_slice(large, sizeof(large)), &m, &err),
	    BRSKI_E_TOO_LARGE, &err);
	large[2]--;
	large[sizeof(large) - 3] = 0x41;
	assert_ok(brski_jpy_decode(brski_slice(large, sizeof(large) - 1), &m, &err), &err);
}

/* A header of the greatest length and a large content cost what the contract says, not more. */
static void
test_overhead(void **state)
{
	static const uint8_t content[1024], header[BRSKI_JPY_HEADER_MAX];
	const struct brski_jpy m = { brski_slice(header, sizeof(header)),
		brski_slice(content, sizeof(content)) };
	uint8_t storage[sizeof(content) + BRSKI_JPY_OVERHEAD], small[sizeof(storage) - 1];
	struct brski_buf out = brski_buf_fixed(storage, sizeof(storage));
	struct brski_buf less = brski_buf_fixed(small, sizeof(small));
	struct brski_err err = { 0 };
	struct brski_jpy again;

	(void)state;
	assert_ok(brski_jpy_encode(&m, &out, &err), &err);
	assert_int_equal(out.n, sizeof(storage));
	assert_ok(brski_jpy_decode(brski_buf_slice(&out), &again, &err), &err);
	assert_slice_eq(again.header, m.header);
	assert_slice_eq(again.content, m.content);
	assert_int_not_equal(brski_jpy_encode(&m, &less, &err), BRSKI_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_overhead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
