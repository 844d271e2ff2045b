/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#10: RFC 2986, RFC 2985 5.4. */
#include <stdio.h>
#include "tu_der.h"
#include "tu_openssl.h"
#include "crypto/csr.h"
#include "crypto/spki.h"
#include "crypto/x509.h"

#define OID_CHALLENGE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07"
#define OID_REQUEST   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"

static struct brski_key key;

static int
make_key(void **state)
{
	(void)state;
	if (brski_key_generate(BRSKI_KEY_P256, &key, NULL) != BRSKI_OK)
		return -1;
	return tu_openssl_open();
}

static int
drop_key(void **state)
{
	(void)state;
	brski_key_clear(&key);
	return tu_openssl_close();
}

/* A request by its parts, signed by key; attributes are concatenated elements. */
static struct brski_slice
request(struct brski_slice version, struct brski_slice subject, struct brski_slice spki,
    struct brski_slice attributes)
{
	struct brski_buf sig = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice info, der;

	info = TU_SEQ(version, subject, spki, TU_TLV(TU_CONTEXT(0), attributes));
	assert_ok(brski_buf_append_byte(&sig, 0, &err), &err);
	assert_ok(brski_key_sign(&key, info, &sig, &err), &err);
	der = TU_SEQ(info, brski_alg_der(brski_key_alg(&key)),
	    tu_tlv(BRSKI_DER_BIT_STRING, brski_buf_slice(&sig)));
	brski_buf_clear(&sig);
	return der;
}

static struct brski_slice
with_attributes(struct brski_slice attributes)
{
	return request(TU_INT("\x00"), tu_name("x", NULL), brski_key_spki(&key), attributes);
}

/* tests/data, as the SOURCE.md files say. */
static void
test_published(void **state)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice serial;
	struct brski_csr c;

	(void)state;
	tu_read("rfc9148-appendix-a/sen-286.csr.der", &der);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &c, &err), &err);
	assert_int_equal(c.key_type, BRSKI_KEY_P256);
	assert_true(c.challenge_password.n > 0);
	assert_true(brski_slice_present(c.extensions));
	assert_true(brski_slice_present(c.san));
	brski_buf_reset(&der);
	tu_read("rfc9148-appendix-a/skg-286.csr.der", &der);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &c, &err), &err);
	assert_false(brski_slice_present(c.challenge_password));
	brski_buf_reset(&der);
	tu_read("csrattrs-rfc8951-rfc9908/bulb1.csr.der", &der);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &c, &err), &err);
	assert_true(brski_name_read(c.subject, &serial));
	assert_slice_eq(serial, BRSKI_LIT("00-D0-E5-F2-00-01"));
	assert_false(brski_slice_present(c.extensions));
	brski_buf_clear(&der);
}

static void
test_round_trip(void **state)
{
	static const enum brski_key_type kinds[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_ED25519 };
	struct brski_slice subject = tu_copy(tu_name("device", "S-1"));
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_key k = { 0 };
	struct brski_csr c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_ok(brski_key_generate(kinds[i], &k, &err), &err);
		assert_ok(brski_csr_encode(&k, subject, i == 0 ? TU_NONE : BRSKI_LIT("a+/=b"), &der,
		              &err),
		    &err);
		assert_ok(brski_csr_decode(brski_buf_slice(&der), &c, &err), &err);
		assert_int_equal(c.key_type, kinds[i]);
		assert_slice_eq(c.spki, brski_key_spki(&k));
		assert_slice_eq(c.subject, subject);
		assert_slice_eq(c.challenge_password, i == 0 ? TU_NONE : BRSKI_LIT("a+/=b"));
		brski_key_clear(&k);
		brski_buf_reset(&der);
	}
	brski_buf_clear(&der);
}

/* RFC 2986 4.2 */
static void
test_cut_off(void **state)
{
	struct brski_slice der = with_attributes(TU_NONE);
	struct brski_err err = { 0 };
	static uint8_t big[BRSKI_CSR_MAX];
	struct brski_csr c;
	size_t i;

	(void)state;
	assert_ok(brski_csr_decode(der, &c, &err), &err);
	for (i = 0; i < der.n; i++)
		assert_refused_by(brski_csr_decode(brski_slice(der.p, i), &c, &err),
		    BRSKI_E_MALFORMED, "RFC 2986 4.2", &err);
	assert_refused_by(brski_csr_decode(TU_CAT(der, BRSKI_LIT("\x00")), &c, &err),
	    BRSKI_E_MALFORMED, "RFC 2986 4.2", &err);
	assert_null(c.der.p);
	assert_refused(brski_csr_decode(TU_SEQ(TU_NONE), &c, &err), BRSKI_E_MALFORMED, &err);
	der = with_attributes(TU_SEQ(TU_OID("\x2a\x03"),
	    TU_SET(tu_tlv(BRSKI_DER_OCTET_STRING, brski_slice(big, sizeof(big))))));
	assert_refused_by(brski_csr_decode(der, &c, &err), BRSKI_E_TOO_LARGE, "RFC 2986 4.2", &err);
	der = with_attributes(TU_SEQ(TU_OID("\x2a\x03"),
	    TU_SET(tu_tlv(BRSKI_DER_OCTET_STRING, brski_slice(big, sizeof(big) - 256)))));
	assert_ok(brski_csr_decode(der, &c, &err), &err);
}

/* RFC 2986 4.1 and RFC 2985 5.4 */
static void
test_fields(void **state)
{
	struct brski_slice zero = TU_INT("\x00"), name = tu_copy(tu_name("x", NULL));
	struct brski_slice spki = brski_key_spki(&key), other, many[17];
	struct brski_slice pw = tu_tlv(BRSKI_DER_PRINTABLE, BRSKI_LIT("pw")), exts;
	uint8_t longer[256], oid[2] = { 0x2a };
	struct brski_err err = { 0 };
	struct brski_csr c;
	size_t i;

	(void)state;
	memset(longer, 'x', sizeof(longer));
	other = TU_SEQ(TU_OID("\x2a\x03"), TU_SET(BRSKI_LIT("\x05\x00")));
	exts = TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("")));
	for (i = 0; i < 17; i++) {
		oid[1] = (uint8_t)(i + 1);
		many[i] = TU_SEQ(tu_tlv(BRSKI_DER_OID, brski_slice(oid, 2)),
		    TU_SET(BRSKI_LIT("\x05\x00")));
	}
	const struct brski_slice bad[] = {
		request(TU_INT("\x01"), name, spki, TU_NONE),
		request(zero, BRSKI_LIT("\x05\x00"), spki, TU_NONE),
		request(zero, TU_SEQ(TU_SET(TU_SEQ(TU_OID("\x2a\x03")))), spki, TU_NONE),
		request(zero, name, BRSKI_LIT("\x30\x00"), TU_NONE),
		with_attributes(TU_CAT(other, other)),
		with_attributes(tu_cat(many, 17)),
		with_attributes(TU_SEQ(TU_OID(OID_CHALLENGE), TU_SET(pw, pw))),
		with_attributes(TU_SEQ(TU_OID(OID_CHALLENGE), TU_SET(BRSKI_LIT("\x02\x01\x05")))),
		with_attributes(TU_SEQ(TU_OID(OID_CHALLENGE),
		    TU_SET(tu_tlv(BRSKI_DER_UTF8, brski_slice(longer, sizeof(longer)))))),
		with_attributes(TU_SEQ(TU_OID(OID_REQUEST), TU_SET(exts, exts))),
		with_attributes(TU_SEQ(TU_OID(OID_REQUEST), TU_SET(BRSKI_LIT("\x30\x00")))),
		with_attributes(TU_SEQ(TU_OID(OID_REQUEST),
		    TU_SET(tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT(""))))),
	};
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(brski_csr_decode(bad[i], &c, &err), BRSKI_E_MALFORMED,
		    "RFC 2986 4.1", &err);
	assert_ok(brski_csr_decode(with_attributes(tu_cat(many, 16)), &c, &err), &err);
	assert_ok(brski_csr_decode(with_attributes(TU_SEQ(TU_OID(OID_CHALLENGE), TU_SET(pw))), &c,
	              &err),
	    &err);
	assert_slice_eq(c.challenge_password, BRSKI_LIT("pw"));
}

static void
test_extension_request(void **state)
{
	struct brski_slice san = BRSKI_LIT("\x30\x03\x82\x01\x61"), exts, der;
	struct brski_err err = { 0 };
	struct brski_csr c;

	(void)state;
	exts = TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("")),
	    tu_ext(BRSKI_EXT_SUBJECT_ALT_NAME, false, san));
	der = with_attributes(TU_SEQ(TU_OID(OID_REQUEST), TU_SET(exts)));
	assert_ok(brski_csr_decode(der, &c, &err), &err);
	assert_slice_eq(c.extensions, exts);
	assert_slice_eq(c.san, san);
}

/* RFC 2986 3: who asks has the key. */
static void
test_possession(void **state)
{
	struct brski_err err = { 0 };
	struct brski_key other = { 0 };
	struct brski_slice der;
	struct brski_csr c;

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &other, &err), &err);
	der = request(TU_INT("\x00"), tu_name("x", NULL), brski_key_spki(&other), TU_NONE);
	assert_refused_by(brski_csr_decode(der, &c, &err), BRSKI_E_SIGNATURE, "RFC 5280 6.1.3",
	    &err);
	assert_null(c.der.p);
	brski_key_clear(&other);
}

/* IEEE 802.1AR 9: RSA of 1024 bits, and keys nobody knows */
static void
test_weak_key(void **state)
{
	static uint8_t n[129] = { 0, 0x80, [128] = 1 };
	struct brski_slice weak, strange;
	struct brski_err err = { 0 };
	struct brski_csr c;

	(void)state;
	weak = TU_SEQ(TU_SEQ(TU_OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), BRSKI_LIT("\x05\x00")),
	    TU_TLV(BRSKI_DER_BIT_STRING, BRSKI_LIT("\x00"),
	        TU_SEQ(tu_tlv(BRSKI_DER_INTEGER, brski_slice(n, sizeof(n))),
	            TU_INT("\x01\x00\x01"))));
	strange = TU_SEQ(TU_SEQ(TU_OID("\x2a\x03")), BRSKI_LIT("\x03\x02\x00\x01"));
	assert_refused_by(brski_csr_decode(request(TU_INT("\x00"), tu_name("x", NULL), weak,
	                                       TU_NONE),
	                      &c, &err),
	    BRSKI_E_CERTIFICATE, "IEEE 802.1AR 9", &err);
	assert_refused_by(brski_csr_decode(request(TU_INT("\x00"), tu_name("x", NULL), strange,
	                                       TU_NONE),
	                      &c, &err),
	    BRSKI_E_CERTIFICATE, "IEEE 802.1AR 9", &err);
}

static enum brski_rc
decode_openssl(const char *options, struct brski_csr *c, struct brski_buf *der,
    struct brski_err *err)
{
	char args[256];

	snprintf(args, sizeof(args),
	    "req -new -nodes -keyout k.pem -subj /CN=x -outform DER "
	    "-out csr.der %s",
	    options);
	tu_openssl_says(args, "");
	brski_buf_reset(der);
	tu_openssl_get("csr.der", der);
	return brski_csr_decode(brski_buf_slice(der), c, err);
}

/* IEEE 802.1AR 9, RFC 5480 2.1.1: what openssl is glad to make, and what of it we certify. */
static void
test_openssl_keys(void **state)
{
	static const char *const bad[] = {
		"-newkey rsa:1024",
		"-newkey rsa:2040",
		"-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048",
		"-newkey ec -pkeyopt ec_paramgen_curve:prime192v1",
		"-newkey ec -pkeyopt ec_paramgen_curve:secp224r1",
		"-newkey ec -pkeyopt ec_paramgen_curve:secp256k1",
		"-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1",
		"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
		"-newkey ed448",
	};
	static const struct {
		const char *options;
		enum brski_key_type type;
	} good[] = {
		{ "-newkey rsa:2048", BRSKI_KEY_RSA },
		{ "-newkey rsa:2048 -sha512", BRSKI_KEY_RSA },
		{ "-newkey ec -pkeyopt ec_paramgen_curve:P-256", BRSKI_KEY_P256 },
		{ "-newkey ec -pkeyopt ec_paramgen_curve:P-384", BRSKI_KEY_P384 },
		{ "-newkey ec -pkeyopt ec_paramgen_curve:P-521 -sha512", BRSKI_KEY_P521 },
		{ "-newkey ed25519", BRSKI_KEY_ED25519 },
	};
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_csr c;
	size_t i;

	(void)state;
	tu_openssl_needed();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused_by(decode_openssl(bad[i], &c, &der, &err), BRSKI_E_CERTIFICATE,
		    "IEEE 802.1AR 9", &err);
		assert_null(c.der.p);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(decode_openssl(good[i].options, &c, &der, &err), &err);
		assert_int_equal(c.key_type, good[i].type);
	}
	/* a good key, and a hash that nobody should sign with any more */
	assert_refused_by(decode_openssl("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1", &c,
	                      &der, &err),
	    BRSKI_E_SIGNATURE, "RFC 5280 4.1.1.2", &err);
	brski_buf_clear(&der);
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_published),
		TEST(test_round_trip),
		TEST(test_cut_off),
		TEST(test_fields),
		TEST(test_extension_request),
		TEST(test_possession),
		TEST(test_weak_key),
		TEST(test_openssl_keys),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
