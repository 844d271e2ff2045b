/* SPDX-License-Identifier: Apache-2.0 */
/* CSR attributes: RFC 7030 4.5.2, RFC 8951, RFC 9908. */
#include "tu.h"

#include "message/csrattrs.h"

static enum brski_rc
decode(struct brski_slice in, struct brski_csrattrs *a, struct brski_err *err)
{
	*err = (struct brski_err){ 0 };
	return brski_csrattrs_decode(in, a, err);
}

/* RFC 7030 4.5.2: nothing, or an empty SEQUENCE: nothing asked. */
static void
nothing_asked(void **state)
{
	struct brski_csrattrs a;
	struct brski_err err;

	(void)state;
	assert_ok(decode(brski_slice(NULL, 0), &a, &err), &err);
	assert_ok(decode(BRSKI_LIT("\x30\x00"), &a, &err), &err);
	assert_false(a.challenge_password);
	assert_int_equal(a.key_type, BRSKI_KEY_NONE);
	assert_null(a.extensions.p);
	assert_int_equal(a.unknown, 0);
}

#define EXTREQ "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"
#define RSA    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define EC     "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"

static void
bad(void **state)
{
	static const struct brski_slice rows[] = {
#define ROW(s) { (const uint8_t *)(s), sizeof(s) - 1 }
		ROW("\x30"),
		ROW("\x31\x00"),
		ROW("\x30\x00\x00"),
		ROW("\x30\x01\x06"),
		ROW("\x30\x80\x00\x00"),
		ROW("\x30\x02\x05\x00"),                             /* neither OID nor Attribute */
		ROW("\x30\x02\x30\x00"),                             /* Attribute without type */
		ROW("\x30\x05\x30\x03\x06\x01\x2a"),                 /* without values */
		ROW("\x30\x07\x30\x05\x06\x01\x2a\x30\x00"),         /* values not a SET */
		ROW("\x30\x09\x30\x07\x06\x01\x2a\x31\x00\x05\x00"), /* more than type, values */
		ROW("\x30\x0d\x30\x0b" EC "\x31\x00"),               /* no curve */
		ROW("\x30\x0f\x30\x0d" EC "\x31\x02\x05\x00"),
		ROW("\x30\x0f\x30\x0d" RSA "\x31\x00"), /* no size */
		ROW("\x30\x12\x30\x10" RSA "\x31\x03\x02\x01\x08"),
		ROW("\x30\x13\x30\x11" RSA "\x31\x04\x02\x02\x40\x00"),
		/* RFC 9908 3.2: extensionRequest once */
		ROW("\x30\x22\x30\x0f" EXTREQ "\x31\x02\x30\x00\x30\x0f" EXTREQ "\x31\x02\x30\x00"),
	};
	struct brski_csrattrs a;
	struct brski_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_refused_by(decode(rows[i], &a, &err), BRSKI_E_MALFORMED, "RFC 9908 3.2",
		    &err);
	}
}

static void
too_large(void **state)
{
	static uint8_t der[BRSKI_CSRATTRS_MAX + 1] = { 0x30, 0x82, 0x0f, 0xfd, 0x06, 0x02, 0x2a,
		0x03 };
	struct brski_csrattrs a;
	struct brski_err err;
	size_t at;

	(void)state;
	for (at = 8; at + 3 <= sizeof(der); at += 3)
		memcpy(der + at, "\x06\x01\x2a", 3);
	assert_int_equal(at, sizeof(der));
	assert_refused(decode(brski_slice(der, sizeof(der)), &a, &err), BRSKI_E_TOO_LARGE, &err);
	der[3] -= 3;
	assert_ok(decode(brski_slice(der, sizeof(der) - 3), &a, &err), &err);
	assert_int_equal(a.unknown, 1 + (BRSKI_CSRATTRS_MAX - 10) / 3);
}

static void
round_trip(void **state)
{
	static const struct {
		enum brski_key_type type;
		unsigned bits;
	} rows[] = {
		{ BRSKI_KEY_NONE, 0 },
		{ BRSKI_KEY_P256, 0 },
		{ BRSKI_KEY_P384, 0 },
		{ BRSKI_KEY_ED25519, 0 },
		{ BRSKI_KEY_RSA, 3072 },
	};
	struct brski_csrattrs a = { 0 }, again;
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a.key_type = rows[i].type;
		a.rsa_bits = rows[i].bits;
		a.challenge_password = i % 2 == 0;
		a.extensions = i == 0
		    ? brski_slice(NULL, 0)
		    : BRSKI_LIT("\x30\x0b\x30\x09\x06\x03\x55\x1d\x11\x04\x02\x30\x00");
		brski_buf_reset(&out);
		assert_ok(brski_csrattrs_encode(&a, &out, &err), &err);
		assert_ok(decode(brski_buf_slice(&out), &again, &err), &err);
		assert_int_equal(again.key_type, a.key_type);
		assert_int_equal(again.rsa_bits, a.rsa_bits);
		assert_int_equal(again.challenge_password, a.challenge_password);
		assert_int_equal(again.unknown, 0);
		assert_slice_eq(again.extensions, a.extensions);
	}
	brski_buf_clear(&out);
}

/* A curve that we cannot make leaves the choice to us: brainpoolP256r1. */
static void
unknown_curve(void **state)
{
	struct brski_csrattrs a;
	struct brski_err err;

	(void)state;
	assert_ok(decode(BRSKI_LIT("\x30\x18\x30\x16" EC "\x31\x0b\x06\x09\x2b\x24\x03\x03\x02\x08"
	                           "\x01\x01\x07"),
	              &a, &err),
	    &err);
	assert_int_equal(a.key_type, BRSKI_KEY_NONE);
	assert_int_equal(a.unknown, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked),
		cmocka_unit_test(bad),
		cmocka_unit_test(too_large),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(unknown_curve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
