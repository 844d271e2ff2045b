/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, signatures and digests. */
#include "tu_der.h"
#include "base/text.h"
#include "crypto/spki.h"

#define MESSAGE BRSKI_LIT("what is signed")

static const enum brski_key_type kinds[] = { BRSKI_KEY_P256, BRSKI_KEY_P384, BRSKI_KEY_ED25519 };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* FIPS 180-4, "abc" */
static void
test_digests(void **state)
{
	static const struct {
		enum brski_hash hash;
		const char *hex;
	} rows[] = {
		{ BRSKI_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ BRSKI_SHA256,
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ BRSKI_SHA384,
		    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		    "8086072ba1e7cc2358baeca134c825a7" },
		{ BRSKI_SHA512,
		    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	};
	uint8_t out[BRSKI_HASH_MAX];
	struct brski_err err = { 0 };
	struct brski_buf hex = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		brski_buf_reset(&hex);
		assert_ok(brski_hex_encode(brski_digest(rows[i].hash, BRSKI_LIT("abc"), out), &hex,
		              &err),
		    &err);
		assert_string_equal(brski_buf_cstr(&hex), rows[i].hex);
		assert_int_equal(brski_hash_size(rows[i].hash), strlen(rows[i].hex) / 2);
	}
	brski_sha256(BRSKI_LIT("abc"), out);
	brski_buf_reset(&hex);
	assert_ok(brski_hex_encode(brski_slice(out, BRSKI_SHA256_SIZE), &hex, &err), &err);
	assert_string_equal(brski_buf_cstr(&hex), rows[1].hex);
	brski_buf_clear(&hex);
}

/* What each kind signs, verifies, and with nothing else. */
static void
test_sign_verify(void **state)
{
	struct brski_key key[KINDS] = { 0 };
	struct brski_err err = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < KINDS; i++)
		assert_ok(brski_key_generate(kinds[i], &key[i], &err), &err);
	for (i = 0; i < KINDS; i++) {
		struct brski_slice spki = brski_key_spki(&key[i]), sig;
		enum brski_alg alg = brski_key_alg(&key[i]);
		struct brski_buf out = { 0 };

		assert_int_equal(brski_spki_type(spki), kinds[i]);
		assert_int_equal(key[i].type, kinds[i]);
		assert_ok(brski_key_sign(&key[i], MESSAGE, &out, &err), &err);
		sig = brski_buf_slice(&out);
		assert_ok(brski_verify(spki, alg, MESSAGE, sig, &err), &err);
		assert_refused_by(brski_verify(spki, alg, BRSKI_LIT("what is sighed"), sig, &err),
		    BRSKI_E_SIGNATURE, "RFC 5280 6.1.3", &err);
		for (k = 0; k < KINDS; k++)
			if (k != i)
				assert_refused(brski_verify(brski_key_spki(&key[k]), alg, MESSAGE,
				                   sig, &err),
				    BRSKI_E_SIGNATURE, &err);
		for (k = 0; k < sig.n; k++) {
			out.p[k] ^= 1;
			assert_refused(brski_verify(spki, alg, MESSAGE, sig, &err),
			    BRSKI_E_SIGNATURE, &err);
			out.p[k] ^= 1;
		}
		for (k = 0; k < sig.n; k++)
			assert_refused(brski_verify(spki, alg, MESSAGE, brski_slice(sig.p, k),
			                   &err),
			    BRSKI_E_SIGNATURE, &err);
		brski_buf_clear(&out);
	}
	for (i = 0; i < KINDS; i++)
		brski_key_clear(&key[i]);
}

/* RFC 5280 4.1.1.2: the algorithm has to be one for that key, and one that we take. */
static void
test_alg_fits(void **state)
{
	struct brski_buf sig = { 0 };
	struct brski_err err = { 0 };
	struct brski_key key = { 0 };
	enum brski_alg alg;

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &key, &err), &err);
	assert_ok(brski_key_sign(&key, MESSAGE, &sig, &err), &err);
	for (alg = BRSKI_ALG_NONE; alg <= BRSKI_ALG_ED25519; alg++)
		if (alg < BRSKI_ALG_ECDSA_SHA256 || alg > BRSKI_ALG_ECDSA_SHA512)
			assert_refused_by(brski_verify(brski_key_spki(&key), alg, MESSAGE,
			                      brski_buf_slice(&sig), &err),
			    BRSKI_E_SIGNATURE, "RFC 5280 4.1.1.2", &err);
	assert_refused_by(brski_verify(TU_NONE, BRSKI_ALG_ECDSA_SHA256, MESSAGE,
	                      brski_buf_slice(&sig), &err),
	    BRSKI_E_SIGNATURE, "RFC 5280 4.1.1.2", &err);
	brski_buf_clear(&sig);
	brski_key_clear(&key);
}

/* RFC 3279 2.2.3: r and s have one encoding, so a signature has one. */
static void
test_ecdsa_is_strict(void **state)
{
	struct brski_buf sig = { 0 };
	struct brski_err err = { 0 };
	struct brski_key key = { 0 };
	struct brski_slice in, seq, r, s, bad[5];
	size_t i;

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &key, &err), &err);
	assert_ok(brski_key_sign(&key, MESSAGE, &sig, &err), &err);
	in = brski_buf_slice(&sig);
	assert_true(brski_der_take(&in, BRSKI_DER_SEQUENCE, &seq));
	assert_true(brski_der_take(&seq, BRSKI_DER_INTEGER, &r));
	assert_true(brski_der_take(&seq, BRSKI_DER_INTEGER, &s));
	r = tu_tlv(BRSKI_DER_INTEGER, r);

	assert_ok(brski_verify(brski_key_spki(&key), BRSKI_ALG_ECDSA_SHA256, MESSAGE,
	              TU_SEQ(r, tu_tlv(BRSKI_DER_INTEGER, s)), &err),
	    &err);
	bad[0] = TU_SEQ(r, TU_TLV(BRSKI_DER_INTEGER, BRSKI_LIT("\x00"), s)); /* padded */
	bad[1] = TU_CAT(brski_buf_slice(&sig), BRSKI_LIT("\x00"));           /* a tail */
	bad[2] = TU_SEQ(r, tu_tlv(BRSKI_DER_INTEGER, s), BRSKI_LIT("\x05\x00"));
	bad[3] = TU_SEQ(r, TU_INT("\xff")); /* negative */
	bad[4] = TU_SEQ(r, TU_INT("\x00"));
	for (i = 0; i < 5; i++)
		assert_refused_by(brski_verify(brski_key_spki(&key), BRSKI_ALG_ECDSA_SHA256,
		                      MESSAGE, bad[i], &err),
		    BRSKI_E_SIGNATURE, "RFC 5280 6.1.3", &err);
	brski_buf_clear(&sig);
	brski_key_clear(&key);
}

/* SEC 1 3.2.2.1: a point that is not on the curve is no key. */
static void
test_point_off_curve(void **state)
{
	struct brski_buf sig = { 0 };
	struct brski_err err = { 0 };
	struct brski_key key = { 0 };

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &key, &err), &err);
	assert_ok(brski_key_sign(&key, MESSAGE, &sig, &err), &err);
	key.spki[key.spki_n - 1] ^= 1;
	assert_refused(brski_verify(brski_key_spki(&key), BRSKI_ALG_ECDSA_SHA256, MESSAGE,
	                   brski_buf_slice(&sig), &err),
	    BRSKI_E_SIGNATURE, &err);
	brski_buf_clear(&sig);
	brski_key_clear(&key);
}

/* RFC 8017: RSA certificates of the field verify; a bit changed anywhere, they do not. */
static void
test_rsa(void **state)
{
	static const char *const files[] = { "nist-pkits/certs/TrustAnchorRootCertificate.crt",
		"devid-certificates/minerva-00-D0-E5-F2-00-02-wrong-vendor.crt.pem" };
	struct brski_certs certs = { 0 };
	struct brski_err err = { 0 };
	uint8_t sig[BRSKI_SIG_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		tu_add_file(&certs, files[i]);
		const struct brski_cert *c = &certs.v[i];

		assert_int_equal(c->key_type, BRSKI_KEY_RSA);
		assert_int_equal(c->sig_alg, BRSKI_ALG_RSA_SHA256);
		assert_ok(brski_verify(c->spki, c->sig_alg, c->tbs, c->sig, &err), &err);
		memcpy(sig, c->sig.p, c->sig.n);
		sig[c->sig.n / 2] ^= 1;
		assert_refused(brski_verify(c->spki, c->sig_alg, c->tbs, brski_slice(sig, c->sig.n),
		                   &err),
		    BRSKI_E_SIGNATURE, &err);
		assert_refused(brski_verify(c->spki, BRSKI_ALG_RSA_SHA384, c->tbs, c->sig, &err),
		    BRSKI_E_SIGNATURE, &err);
		assert_refused(brski_verify(c->spki, c->sig_alg, c->tbs,
		                   brski_slice(c->sig.p, c->sig.n - 1), &err),
		    BRSKI_E_SIGNATURE, &err);
	}
	brski_certs_clear(&certs);
}

static struct brski_slice
rsa_spki(size_t bytes, uint8_t top, struct brski_slice e)
{
	static uint8_t n[1024];

	memset(n, 0xa5, sizeof(n));
	n[0] = 0;
	n[1] = top;
	return TU_SEQ(TU_SEQ(TU_OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), BRSKI_LIT("\x05\x00")),
	    TU_TLV(BRSKI_DER_BIT_STRING, BRSKI_LIT("\x00"),
	        TU_SEQ(tu_tlv(BRSKI_DER_INTEGER,
	                   top >= 0x80 ? brski_slice(n, bytes + 1) : brski_slice(n + 1, bytes)),
	            e)));
}

/* IEEE 802.1AR 9: which public keys we take at all. */
static void
test_spki(void **state)
{
	struct brski_slice e = TU_INT("\x01\x00\x01");
	struct brski_key key = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_int_equal(brski_spki_type(rsa_spki(256, 0x80, e)), BRSKI_KEY_RSA);
	assert_int_equal(brski_spki_type(rsa_spki(512, 0xff, e)), BRSKI_KEY_RSA);
	assert_int_equal(brski_spki_type(rsa_spki(257, 0x01, e)), BRSKI_KEY_RSA);
	assert_int_equal(brski_spki_type(rsa_spki(256, 0x7f, e)), BRSKI_KEY_NONE); /* 2047 bits */
	assert_int_equal(brski_spki_type(rsa_spki(128, 0x80, e)), BRSKI_KEY_NONE);
	assert_int_equal(brski_spki_type(rsa_spki(513, 0x80, e)), BRSKI_KEY_NONE);
	assert_int_equal(brski_spki_type(rsa_spki(256, 0x80, TU_INT("\x01"))), BRSKI_KEY_NONE);
	assert_int_equal(brski_spki_type(rsa_spki(256, 0x80, TU_INT("\x04"))), BRSKI_KEY_NONE);
	assert_int_equal(brski_spki_type(rsa_spki(256, 0x80, TU_INT("\xff"))), BRSKI_KEY_NONE);
	assert_int_equal(brski_spki_type(rsa_spki(256, 0x80, TU_CAT(e, e))), BRSKI_KEY_NONE);
	assert_int_equal(brski_spki_type(TU_NONE), BRSKI_KEY_NONE);

	assert_ok(brski_key_generate(BRSKI_KEY_P256, &key, &err), &err);
	assert_int_equal(brski_spki_type(brski_slice(key.spki, key.spki_n - 1)), BRSKI_KEY_NONE);
	key.spki[26] = 3; /* RFC 5480 2.2: the compressed form */
	assert_int_equal(brski_spki_type(brski_key_spki(&key)), BRSKI_KEY_NONE);
	brski_key_clear(&key);
}

/* A handle is for keys that sign. */
static void
test_handle(void **state)
{
	static const struct brski_key_ops ops = { 0 };
	struct brski_key key = { 0 };
	struct brski_err err = { 0 };
	struct brski_buf pem = { 0 };
	struct brski_key made = { 0 };

	(void)state;
	assert_refused_by(brski_key_init(&key, &ops, NULL,
	                      rsa_spki(256, 0x80, TU_INT("\x01\x00\x01")), &err),
	    BRSKI_E_MALFORMED, "RFC 5480 2.1", &err);
	assert_refused(brski_key_init(&key, &ops, NULL, TU_NONE, &err), BRSKI_E_MALFORMED, &err);
	assert_ok(brski_key_generate(BRSKI_KEY_P384, &made, &err), &err);
	assert_ok(brski_key_init(&key, &ops, NULL, brski_key_spki(&made), &err), &err);
	assert_int_equal(key.type, BRSKI_KEY_P384);
	assert_broken(brski_key_encode_pem(&key, &pem, &err), BRSKI_E_FORBIDDEN, &err);
	brski_key_clear(&key);
	brski_key_clear(&key);
	brski_key_clear(&made);
	assert_broken(brski_key_generate(BRSKI_KEY_RSA, &made, &err), BRSKI_E_INTERNAL, &err);
}

static enum brski_rc
broken_sign(void *arg, struct brski_slice in, struct brski_buf *sig, struct brski_err *err)
{
	(void)arg;
	(void)in;
	(void)brski_buf_append(sig, BRSKI_LIT("half"), NULL);
	return brski_broken(err, BRSKI_E_INTERNAL, "token gone");
}

/* A back end that fails leaves nothing behind. */
static void
test_back_end_fails(void **state)
{
	static const struct brski_key_ops ops = { .sign = broken_sign };
	struct brski_key key = { 0 }, made = { 0 };
	struct brski_err err = { 0 };
	struct brski_buf sig = { 0 };

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &made, &err), &err);
	assert_ok(brski_key_init(&key, &ops, NULL, brski_key_spki(&made), &err), &err);
	assert_broken(brski_key_sign(&key, MESSAGE, &sig, &err), BRSKI_E_INTERNAL, &err);
	assert_int_equal(sig.n, 0);
	brski_buf_clear(&sig);
	brski_key_clear(&made);
}

/* A key written and read again is the same key. */
static void
test_file(void **state)
{
	struct brski_key key = { 0 }, again = { 0 };
	struct brski_err err = { 0 };
	struct brski_buf pem = { 0 }, der = { 0 }, sig = { 0 };
	struct brski_slice text, label;
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		assert_ok(brski_key_generate(kinds[i], &key, &err), &err);
		assert_ok(brski_key_encode_pem(&key, &pem, &err), &err);
		assert_ok(brski_key_decode(brski_buf_slice(&pem), &again, &err), &err);
		assert_slice_eq(brski_key_spki(&again), brski_key_spki(&key));
		assert_ok(brski_key_sign(&again, MESSAGE, &sig, &err), &err);
		assert_ok(brski_verify(brski_key_spki(&key), brski_key_alg(&key), MESSAGE,
		              brski_buf_slice(&sig), &err),
		    &err);
		brski_key_clear(&again);

		text = brski_buf_slice(&pem);
		assert_ok(brski_pem_next(&text, &label, &der, &err), &err);
		assert_ok(brski_key_decode(brski_buf_slice(&der), &again, &err), &err);
		brski_key_clear(&again);
		brski_key_clear(&key);
		brski_buf_clear(&pem);
		brski_buf_clear(&der);
		brski_buf_clear(&sig);
	}
}

/* The published keys belong to their certificates: SEC 1, EC PARAMETERS before it, PKCS#8. */
static void
test_published(void **state)
{
	static const char *const pairs[][2] = {
		{ "rfc8995-appendix-c/pledge.key.pem", "rfc8995-appendix-c/pledge.crt.pem" },
		{ "rfc8995-appendix-c/manufacturer_ca.key.pem",
		    "rfc8995-appendix-c/manufacturer_ca.crt.pem" },
		{ "devid-certificates/ot-local_pledge_private.pem",
		    "devid-certificates/ot-local_pledge_cert.pem" },
	};
	struct brski_certs certs = { 0 };
	struct brski_key key = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct brski_buf pem = { 0 };

		tu_read(pairs[i][0], &pem);
		tu_add_file(&certs, pairs[i][1]);
		assert_ok(brski_key_decode(brski_buf_slice(&pem), &key, &err), &err);
		assert_slice_eq(brski_key_spki(&key), certs.v[i].spki);
		brski_key_clear(&key);
		brski_buf_clear(&pem);
	}
	assert_ok(brski_key_load(TEST_DATA "/rfc8995-appendix-c/masa.key.pem", &key, &err), &err);
	brski_key_clear(&key);
	assert_int_equal(brski_key_load(TEST_DATA "/no-such-key", &key, NULL), BRSKI_E_NOT_FOUND);
	brski_certs_clear(&certs);
}

/* RFC 5958 2, RFC 7468 10: what is no key of ours */
static void
test_file_refuses(void **state)
{
	struct brski_key key = { 0 };
	struct brski_err err = { 0 };
	struct brski_buf cert = { 0 };

	(void)state;
	tu_read("rfc8995-appendix-c/pledge.crt.pem", &cert);
	assert_refused_by(brski_key_decode(brski_buf_slice(&cert), &key, &err), BRSKI_E_MALFORMED,
	    "RFC 7468 10", &err);
	assert_refused_by(brski_key_decode(BRSKI_LIT("key"), &key, &err), BRSKI_E_MALFORMED,
	    "RFC 7468 10", &err);
	assert_refused_by(brski_key_decode(BRSKI_LIT("\x30\x03\x02\x01\x00"), &key, &err),
	    BRSKI_E_MALFORMED, "RFC 5958 2", &err);
	assert_refused_by(brski_key_decode(TU_NONE, &key, &err), BRSKI_E_MALFORMED, "RFC 5958 2",
	    &err);
	assert_null(key.ops);
	brski_buf_clear(&cert);
}

/* The keys of a CA's generations are in one file. */
static void
test_several(void **state)
{
	struct brski_key key = { 0 };
	struct brski_keys keys = { 0 };
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	assert_refused_by(brski_keys_decode(BRSKI_LIT("key"), &keys, &err), BRSKI_E_MALFORMED,
	    "RFC 7468 10", &err);
	for (i = 0; i <= BRSKI_KEYS_MAX; i++) {
		assert_ok(brski_key_generate(kinds[i % KINDS], &key, &err), &err);
		assert_ok(brski_key_encode_pem(&key, &pem, &err), &err);
		if (i == BRSKI_KEYS_MAX)
			break;
		assert_ok(brski_keys_decode(brski_buf_slice(&pem), &keys, &err), &err);
		assert_int_equal(keys.n, i + 1);
		assert_slice_eq(brski_key_spki(&keys.v[i]), brski_key_spki(&key));
		brski_keys_clear(&keys);
		brski_key_clear(&key);
	}
	assert_refused_by(brski_keys_decode(brski_buf_slice(&pem), &keys, &err), BRSKI_E_TOO_LARGE,
	    "RFC 7468 10", &err);
	assert_int_equal(keys.n, 0);
	brski_key_clear(&key);
	brski_buf_wipe(&pem);
	assert_ok(brski_keys_load(TEST_DATA "/rfc8995-appendix-c/masa.key.pem", &keys, &err), &err);
	assert_int_equal(keys.n, 1);
	brski_keys_clear(&keys);
	assert_int_equal(brski_keys_load(TEST_DATA "/no-such-key", &keys, NULL), BRSKI_E_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_digests),
		TEST(test_sign_verify),
		TEST(test_alg_fits),
		TEST(test_ecdsa_is_strict),
		TEST(test_point_off_curve),
		TEST(test_rsa),
		TEST(test_spki),
		TEST(test_handle),
		TEST(test_back_end_fails),
		TEST(test_file),
		TEST(test_published),
		TEST(test_file_refuses),
		TEST(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
