/* SPDX-License-Identifier: Apache-2.0 */
/* CoAP messages, options and registries. */
#include <string.h>
#include "tu.h"
#include "coap/coap.h"

/* A datagram as a literal with NULs in it. */
#define BYTES(s) BRSKI_LIT(s)

static enum brski_rc
decode(struct brski_slice in, struct brski_err *err)
{
	struct brski_coap_message m;

	return brski_coap_decode(in, &m, err);
}

/* RFC 7252 Figure 17: GET temperature, and its answer */
static void
test_decode(void **state)
{
	struct brski_coap_message m;
	struct brski_err err = { 0 };
	struct brski_slice v;

	(void)state;
	assert_ok(brski_coap_decode(BYTES("\x41\x01\x7d\x35\x20\xbbtemperature"), &m, &err), &err);
	assert_int_equal(m.type, BRSKI_COAP_CON);
	assert_int_equal(m.code, BRSKI_COAP_GET);
	assert_int_equal(m.mid, 0x7d35);
	assert_slice_eq(m.token, BYTES("\x20"));
	assert_true(brski_coap_option_find(&m, BRSKI_COAP_URI_PATH, &v));
	assert_slice_eq(v, BRSKI_LIT("temperature"));
	assert_false(brski_coap_option_find(&m, BRSKI_COAP_ACCEPT, &v));
	assert_false(brski_slice_present(v));
	assert_false(brski_slice_present(m.payload));
	assert_ok(brski_coap_decode(BYTES("\x61\x45\x7d\x35\x20\xff"
	                                  "22.3 C"),
	              &m, &err),
	    &err);
	assert_int_equal(m.type, BRSKI_COAP_ACK);
	assert_int_equal(m.code, BRSKI_COAP(2, 5));
	assert_slice_eq(m.payload, BRSKI_LIT("22.3 C"));
	assert_ok(brski_coap_decode(BYTES("\x70\x00\x12\x34"), &m, &err), &err);
	assert_int_equal(m.type, BRSKI_COAP_RST);
}

/* Extended deltas and lengths, RFC 7252 3.1 */
static void
test_extended(void **state)
{
	uint8_t in[4 + 5 + 300] = { 0x40, 1, 0, 1, 0xee, 0x01, 0x00, 0x00, 0x1f };
	struct brski_coap_message m;
	struct brski_coap_option_view o;
	struct brski_err err = { 0 };
	struct brski_slice at;
	unsigned n = 0;

	(void)state;
	assert_ok(brski_coap_decode(brski_slice(in, sizeof(in)), &m, &err), &err);
	at = m.options;
	assert_true(brski_coap_option_next(&at, &n, &o));
	assert_int_equal(o.number, 269 + 256);
	assert_int_equal(o.value.n, 269 + 31);
	assert_false(brski_coap_option_next(&at, &n, &o));
	assert_ok(brski_coap_decode(BYTES("\x40\x01\x00\x01\xd1\x02\x7f"), &m, &err), &err);
	at = m.options;
	n = 0;
	assert_true(brski_coap_option_next(&at, &n, &o));
	assert_int_equal(o.number, 15);
	/* exactly the largest number there is */
	assert_ok(decode(BYTES("\x40\x01\x00\x01\xe0\xfe\xf2"), &err), &err);
}

static void
test_refused_header(void **state)
{
	struct brski_err err = { 0 };

	(void)state;
	assert_refused_by(decode(BYTES(""), &err), BRSKI_E_MALFORMED, "RFC 7252 3", &err);
	assert_refused_by(decode(BYTES("\x40\x01\x00"), &err), BRSKI_E_MALFORMED, "RFC 7252 3",
	    &err);
	/* version 0, 2; tokens of 9 and 15 bytes; a token that is not there */
	assert_refused_by(decode(BYTES("\x00\x01\x00\x01"), &err), BRSKI_E_MALFORMED, "RFC 7252 3",
	    &err);
	assert_refused_by(decode(BYTES("\x80\x01\x00\x01"), &err), BRSKI_E_MALFORMED, "RFC 7252 3",
	    &err);
	assert_refused_by(decode(BYTES("\x49\x01\x00\x01"
	                               "abcdefghi"),
	                      &err),
	    BRSKI_E_MALFORMED, "RFC 7252 3", &err);
	assert_refused_by(decode(BYTES("\x4f\x01\x00\x01"
	                               "abcdefghijklmno"),
	                      &err),
	    BRSKI_E_MALFORMED, "RFC 7252 3", &err);
	assert_refused_by(decode(BYTES("\x44\x01\x00\x01"
	                               "abc"),
	                      &err),
	    BRSKI_E_MALFORMED, "RFC 7252 3", &err);
	/* an empty message is four bytes, RFC 7252 4.1 */
	assert_ok(decode(BYTES("\x40\x00\x00\x01"), &err), &err);
	assert_refused_by(decode(BYTES("\x41\x00\x00\x01x"), &err), BRSKI_E_MALFORMED,
	    "RFC 7252 4.1", &err);
	assert_refused_by(decode(BYTES("\x40\x00\x00\x01\xffx"), &err), BRSKI_E_MALFORMED,
	    "RFC 7252 4.1", &err);
	/* a marker without a payload, RFC 7252 3 */
	assert_refused_by(decode(BYTES("\x40\x01\x00\x01\xff"), &err), BRSKI_E_MALFORMED,
	    "RFC 7252 3", &err);
	assert_refused_by(decode(BYTES("\x40\x01\x00\x01\x10\xff"), &err), BRSKI_E_MALFORMED,
	    "RFC 7252 3", &err);
}

/* Which codes may come in which type, RFC 7252 4.2 */
static void
test_classes(void **state)
{
	static const struct {
		const char *header;
		bool fine;
	} rows[] = {
		{ "\x40\x01\x00\x01", true },  /* CON GET */
		{ "\x40\x45\x00\x01", true },  /* CON 2.05 */
		{ "\x40\x21\x00\x01", false }, /* CON 1.01 */
		{ "\x40\x61\x00\x01", false }, /* CON 3.01 */
		{ "\x40\xc1\x00\x01", false }, /* CON 6.01 */
		{ "\x40\xe1\x00\x01", false }, /* CON 7.01 */
		{ "\x50\x02\x00\x01", true },  /* NON POST */
		{ "\x60\x84\x00\x01", true },  /* ACK 4.04 */
		{ "\x60\xa3\x00\x01", true },  /* ACK 5.03 */
		{ "\x60\x01\x00\x01", false }, /* ACK GET */
		{ "\x70\x45\x00\x01", false }, /* RST 2.05 */
		{ "\x70\x01\x00\x01", false }, /* RST GET */
	};
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].fine)
			assert_ok(decode(brski_slice(rows[i].header, 4), &err), &err);
		else
			assert_refused_by(decode(brski_slice(rows[i].header, 4), &err),
			    BRSKI_E_MALFORMED, "RFC 7252 4.2", &err);
	}
	/* a NON is not empty */
	assert_refused_by(decode(BYTES("\x50\x00\x00\x01"), &err), BRSKI_E_MALFORMED,
	    "RFC 7252 4.2", &err);
}

static void
test_refused_options(void **state)
{
	static const struct brski_slice bad[] = {
		BYTES("\x40\x01\x00\x01\xf0"),             /* delta 15, not the marker */
		BYTES("\x40\x01\x00\x01\x0f"),             /* length 15 */
		BYTES("\x40\x01\x00\x01\xf1x"),            /* delta 15 */
		BYTES("\x40\x01\x00\x01\xd0"),             /* delta 13 with nothing behind it */
		BYTES("\x40\x01\x00\x01\xe0\x01"),         /* delta 14 with one byte */
		BYTES("\x40\x01\x00\x01\x0d"),             /* length 13 with nothing */
		BYTES("\x40\x01\x00\x01\x1e\x00"),         /* length 14 with one byte */
		BYTES("\x40\x01\x00\x01\x12x"),            /* two bytes, one is there */
		BYTES("\x40\x01\x00\x01\x1e\xff\xffx"),    /* 65804 bytes */
		BYTES("\x40\x01\x00\x01\xe0\xfe\xf3"),     /* number 65536 */
		BYTES("\x40\x01\x00\x01\xe0\xff\xff"),     /* number 65804 */
		BYTES("\x40\x01\x00\x01\xe0\xfe\xf2\x10"), /* 65535, then one more */
	};
	uint8_t many[4 + BRSKI_COAP_OPTIONS_MAX + 1] = { 0x40, 1, 0, 1 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(decode(bad[i], &err), BRSKI_E_MALFORMED, "RFC 7252 3.1", &err);
	assert_ok(decode(brski_slice(many, sizeof(many) - 1), &err), &err);
	assert_refused_by(decode(brski_slice(many, sizeof(many)), &err), BRSKI_E_TOO_LARGE,
	    "local limit", &err);
}

static void
test_reject(void **state)
{
	uint8_t out[4];

	(void)state;
	/* RFC 7252 4.2: a RST to what was confirmable */
	assert_slice_eq(brski_coap_reject(BYTES("\x40\x01\x12\x34\xff"), out),
	    BYTES("\x70\x00\x12\x34"));
	/* RFC 7252 3: not to another version; nor to a NON, ACK, RST, or less than a header */
	assert_int_equal(brski_coap_reject(BYTES("\x80\x01\x12\x34\xff"), out).n, 0);
	assert_int_equal(brski_coap_reject(BYTES("\x50\x01\x12\x34\xff"), out).n, 0);
	assert_int_equal(brski_coap_reject(BYTES("\x60\x01\x12\x34\xff"), out).n, 0);
	assert_int_equal(brski_coap_reject(BYTES("\x70\x01\x12\x34\xff"), out).n, 0);
	assert_int_equal(brski_coap_reject(BYTES("\x40\x01\x12"), out).n, 0);
}

static unsigned
critical(struct brski_slice options)
{
	struct brski_coap_message m = { .options = options };

	return brski_coap_critical(&m);
}

static void
test_critical(void **state)
{
	struct brski_coap_message m = { 0 };
	struct brski_slice v;

	(void)state;
	assert_int_equal(critical(BYTES("")), 0);
	assert_int_equal(critical(BYTES("\xb1x\x01y\x01z")), 0);       /* Uri-Path repeats */
	assert_int_equal(critical(BYTES("\x60\x51\x01")), 0);          /* Observe is elective */
	assert_int_equal(critical(BYTES("\x10")), 1);                  /* If-Match */
	assert_int_equal(critical(BYTES("\x90")), 9);                  /* OSCORE */
	assert_int_equal(critical(BYTES("\xd1\x04\x3c\x01\x3c")), 17); /* two Accept */
	assert_int_equal(critical(BYTES("\xd3\x04\x00\x00\x3c")), 17); /* of three bytes */
	assert_int_equal(critical(BYTES("\xd4\x0a\x00\x00\x00\x00")), 23);
	assert_int_equal(critical(BYTES("\x30")), 3); /* Uri-Host of no bytes */
	assert_int_equal(critical(BYTES("\xd1\x00\x01\x01\x01")), 13);
	/* RFC 7252 5.4.3: an elective option of a wrong length is none */
	m.options = BYTES("\xc3\x00\x00\x3c");
	assert_int_equal(brski_coap_critical(&m), 0);
	assert_false(brski_coap_option_find(&m, BRSKI_COAP_CONTENT_FORMAT, &v));
	m.options = BYTES("\xc2\x01\x1f");
	assert_true(brski_coap_option_find(&m, BRSKI_COAP_CONTENT_FORMAT, &v));
}

static void
test_numbers(void **state)
{
	struct brski_coap_block b;
	uint32_t v;

	(void)state;
	assert_true(brski_coap_uint(BYTES(""), &v));
	assert_int_equal(v, 0);
	assert_true(brski_coap_uint(BYTES("\x00\x00\x01\x1f"), &v));
	assert_int_equal(v, 287);
	assert_true(brski_coap_uint(BYTES("\xff\xff\xff\xff"), &v));
	assert_true(v == UINT32_MAX);
	assert_false(brski_coap_uint(BYTES("\x00\x00\x00\x00\x01"), &v));
	/* RFC 7959 2.2 */
	assert_true(brski_coap_block_read(BYTES("\x1e"), &b));
	assert_int_equal(b.num, 1);
	assert_true(b.more);
	assert_int_equal(b.szx, 6);
	assert_true(brski_coap_block_read(BYTES("\xff\xff\xf0"), &b));
	assert_int_equal(b.num, 0xfffff);
	assert_true(brski_coap_block_read(BYTES(""), &b));
	assert_false(brski_coap_block_read(BYTES("\x07"), &b));
	assert_false(brski_coap_block_read(BYTES("\x00\x00\x00\x01"), &b));
}

static void
test_write(void **state)
{
	static const char ten[] = "0123456789";
	uint8_t out[64], big[400];
	const uint8_t zeros[280] = { 0 };
	struct brski_coap_writer w;
	struct brski_coap_message m;
	struct brski_err err = { 0 };
	struct brski_slice v;

	(void)state;
	w = brski_coap_begin(out, sizeof(out), BRSKI_COAP_CON, BRSKI_COAP_POST, 0x1234,
	    BRSKI_LIT("t"));
	brski_coap_put_path(&w, "/.well-known/brski/rv");
	brski_coap_put_uint(&w, BRSKI_COAP_CONTENT_FORMAT, 836);
	brski_coap_put_block(&w, BRSKI_COAP_BLOCK1,
	    (struct brski_coap_block){ .num = 2, .more = true, .szx = 5 });
	brski_coap_put_payload(&w, BRSKI_LIT("xyz"));
	assert_false(w.full);
	assert_slice_eq(brski_slice(out, w.n),
	    BYTES("\x41\x02\x12\x34t\xbb.well-known\x05"
	          "brski\x02rv\x12\x03\x44\xd1\x02\x2d\xffxyz"));
	/* RFC 7252 6.4: no option for "/" */
	w = brski_coap_begin(out, sizeof(out), BRSKI_COAP_CON, 1, 1, (struct brski_slice){ 0 });
	brski_coap_put_path(&w, "/");
	assert_int_equal(w.n, 4);
	brski_coap_put_path(&w, "/a//b/");
	brski_coap_put_payload(&w, (struct brski_slice){ 0 });
	assert_slice_eq(brski_slice(out + 4, w.n - 4),
	    BYTES("\xb1"
	          "a\x00\x01"
	          "b\x00"));
	/* large numbers and lengths come back */
	w = brski_coap_begin(big, sizeof(big), BRSKI_COAP_NON, 1, 1, (struct brski_slice){ 0 });
	brski_coap_put(&w, 300, BRSKI_LIT("0123456789abcdef"));
	brski_coap_put(&w, 2000, brski_slice(zeros, 280));
	assert_false(w.full);
	assert_ok(brski_coap_decode(brski_slice(big, w.n), &m, &err), &err);
	assert_true(brski_coap_option_find(&m, 300, &v));
	assert_slice_eq(v, BRSKI_LIT("0123456789abcdef"));
	assert_true(brski_coap_option_find(&m, 2000, &v));
	assert_int_equal(v.n, 280);
	/* what does not fit, or is out of order, makes it void */
	w = brski_coap_begin(out, 9, BRSKI_COAP_CON, 1, 1, (struct brski_slice){ 0 });
	brski_coap_put(&w, 1, brski_slice(ten, 4));
	assert_false(w.full);
	brski_coap_put(&w, 1, brski_slice(ten, 0));
	assert_true(w.full);
	assert_int_equal(w.n, 9);
	w = brski_coap_begin(out, 64, BRSKI_COAP_CON, 1, 1, (struct brski_slice){ 0 });
	brski_coap_put_uint(&w, 12, 1);
	brski_coap_put_uint(&w, 11, 1);
	assert_true(w.full);
}

static void
test_registries(void **state)
{
	(void)state;
	assert_int_equal(brski_coap_content_format("application/voucher+cose"), 836);
	assert_int_equal(brski_coap_content_format("application/pkix-cert"), 287);
	assert_int_equal(brski_coap_content_format("application/pkcs10"), 286);
	assert_int_equal(brski_coap_content_format("application/csrattrs"), 285);
	assert_int_equal(brski_coap_content_format("application/pkcs7-mime; smime-type=certs-only"),
	    281);
	assert_int_equal(brski_coap_content_format("application/pkcs7-mime"), 281);
	assert_int_equal(brski_coap_content_format("application/multipart-core"), 62);
	assert_int_equal(brski_coap_content_format("Application/CBOR"), 60);
	assert_int_equal(brski_coap_content_format("application/json"), 50);
	assert_int_equal(brski_coap_content_format("application/link-format"), 40);
	assert_int_equal(brski_coap_content_format("text/plain; charset=utf-8"), 0);
	assert_int_equal(brski_coap_content_format("application/concise-problem-details+cbor"),
	    257);
	assert_int_equal(brski_coap_content_format("application/voucher-cms+json"), -1);
	assert_int_equal(brski_coap_content_format("application/jso"), -1);
	assert_string_equal(brski_coap_media_type(287), "application/pkix-cert");
	assert_null(brski_coap_media_type(9999));
	/* cBRSKI 6.6 */
	assert_int_equal(brski_coap_status(BRSKI_COAP(2, 4), false), 200);
	assert_int_equal(brski_coap_status(BRSKI_COAP(2, 5), true), 200);
	assert_int_equal(brski_coap_status(BRSKI_COAP(5, 3), true), 202);
	assert_int_equal(brski_coap_status(BRSKI_COAP(5, 3), false), 503);
	assert_int_equal(brski_coap_status(BRSKI_COAP(4, 15), false), 415);
	assert_int_equal(brski_rc_from_http(brski_coap_status(BRSKI_COAP(5, 3), true)),
	    BRSKI_E_PENDING);
	assert_int_equal(brski_rc_from_http(brski_coap_status(BRSKI_COAP(4, 2), true)),
	    BRSKI_E_UPSTREAM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_extended),
		cmocka_unit_test(test_refused_header),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_refused_options),
		cmocka_unit_test(test_reject),
		cmocka_unit_test(test_critical),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_registries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
