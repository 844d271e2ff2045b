/* SPDX-License-Identifier: Apache-2.0 */
/* Making certificates, RFC 5280 4; what we make is read by us and by openssl. */
#include "tu_der.h"
#include "tu_openssl.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/csr.h"
#include "crypto/x509.h"

static struct tu_id ca;

static int
setup(void **state)
{
	(void)state;
	tu_ca(&ca, "Test CA");
	return tu_openssl_open();
}

static int
teardown(void **state)
{
	(void)state;
	tu_id_clear(&ca);
	return tu_openssl_close();
}

static void
decode(struct brski_slice der, struct brski_cert *c)
{
	struct brski_err err = { 0 };

	assert_ok(brski_cert_decode(der, c, &err), &err);
}

/* Every fact comes back. */
static void
test_facts(void **state)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1", NULL };
	struct brski_cert_facts f = tu_facts("all of it");
	struct tu_id id = { 0 };
	const struct brski_cert *c;
	struct brski_slice san;

	(void)state;
	f.subject = tu_name("all of it", "S-1");
	f.not_before = INT64_C(-631152000); /* 1950: the first UTCTime */
	f.not_after = BRSKI_TIME_FOREVER;
	f.basic_constraints = f.ca = true;
	f.path_len = 3;
	f.key_usage = BRSKI_KU_DIGITAL_SIGNATURE | BRSKI_KU_KEY_CERT_SIGN | 1u << 8;
	f.eku = BRSKI_EKU_CMC_RA | BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH |
	    BRSKI_EKU_OCSP_SIGNING;
	f.masa_url = BRSKI_LIT(TU_MASA_URL);
	f.hw_type = "1.3.6.1.4.1.32473.1";
	f.hw_serial = BRSKI_LIT("S-1");
	f.dns = hosts;
	f.crl_url = BRSKI_LIT("http://ca.example/crl");
	f.ocsp_url = BRSKI_LIT("http://ca.example/ocsp");
	f.ocsp_nocheck = true;
	tu_issue(&id, &ca, &f);
	c = tu_cert(&id);
	assert_int_equal(c->version, 3);
	assert_slice_eq(c->serial, brski_slice(f.serial, f.serial_n));
	assert_slice_eq(c->issuer, tu_cert(&ca)->subject);
	assert_slice_eq(c->serial_number, BRSKI_LIT("S-1"));
	assert_int_equal(c->not_before, f.not_before);
	assert_int_equal(c->not_after, BRSKI_TIME_FOREVER);
	assert_slice_eq(c->spki, brski_key_spki(&id.key));
	assert_true(c->ca);
	assert_int_equal(c->path_len, 3);
	assert_int_equal(c->key_usage, f.key_usage);
	assert_int_equal(c->eku, f.eku);
	assert_slice_eq(c->aki, tu_cert(&ca)->ski);
	assert_int_equal(c->ski.n, 20);
	assert_slice_eq(c->masa_url, f.masa_url);
	assert_slice_eq(c->hw_serial, f.hw_serial);
	assert_slice_eq(c->crl_url, f.crl_url);
	assert_slice_eq(c->ocsp_url, f.ocsp_url);
	assert_true(c->ocsp_nocheck);
	assert_false(brski_slice_present(c->unknown_critical));
	san = c->san;
	assert_non_null(memmem(san.p, san.n, "\x82\x09localhost\x87\x04\x7f\0\0\1\x87\x10", 19));
	tu_id_clear(&id);
}

/* What is not said is not there. */
static void
test_bare(void **state)
{
	struct brski_cert_facts f = { .path_len = -1, .not_after = TU_TO };
	struct tu_id id = { 0 };
	const struct brski_cert *c;

	(void)state;
	f.subject = tu_name("bare", NULL);
	tu_issue(&id, &ca, &f);
	c = tu_cert(&id);
	assert_false(c->has_basic_constraints || c->has_key_usage || c->has_eku);
	assert_false(brski_slice_present(c->ski) || brski_slice_present(c->aki) ||
	    brski_slice_present(c->san) || brski_slice_present(c->masa_url) ||
	    brski_slice_present(c->crl_url) || brski_slice_present(c->ocsp_url));
	assert_false(c->ocsp_nocheck);
	assert_int_equal(c->not_before, 0);
	tu_id_clear(&id);
}

/* An issuer without an SKI: the AKI is the SHA-1 of its key, RFC 5280 4.2.1.2 (1). */
static void
test_aki_without_ski(void **state)
{
	struct brski_cert_facts f = tu_facts("CA without SKI"), g = tu_facts("below");
	struct tu_id above = { 0 }, below = { 0 };
	uint8_t digest[BRSKI_HASH_MAX];

	(void)state;
	f.basic_constraints = f.ca = true;
	f.ski = false;
	tu_issue(&above, NULL, &f);
	tu_issue(&below, &above, &g);
	assert_slice_eq(tu_cert(&below)->aki,
	    brski_digest(BRSKI_SHA1, tu_cert(&above)->key, digest));
	assert_slice_eq(tu_cert(&above)->aki, tu_cert(&below)->aki);
	tu_id_clear(&above);
	tu_id_clear(&below);
}

/* A SAN from a CSR is taken as it is; a DNS list then says nothing. */
static void
test_san_as_it_is(void **state)
{
	struct brski_cert_facts f = tu_facts("san");
	struct tu_id id = { 0 };

	(void)state;
	f.san = BRSKI_LIT("\x30\x03\x82\x01\x61");
	tu_issue(&id, &ca, &f);
	assert_slice_eq(tu_cert(&id)->san, f.san);
	tu_id_clear(&id);
}

/* The key has to be the issuer's, an OID one; what failed leaves nothing. */
static void
test_our_mistakes(void **state)
{
	static const char *const no_oids[] = { "not an oid", "", "1", "1.", ".1", "1..2", "1.40",
		"3.1", "1.2.", "1.2.-3", "1.2. 3", "1.2.4294967296", "1.2.3x" };
	size_t i;
	struct brski_cert_facts f = tu_facts("x");
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_key other = { 0 };

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &other, &err), &err);
	f.spki = brski_key_spki(&other);
	brski_cert_serial_random(&f);
	assert_broken(brski_cert_issue(&f, tu_cert(&ca), &other, &out, &err), BRSKI_E_INTERNAL,
	    &err);
	f.path_len = 128;
	assert_broken(brski_cert_issue(&f, tu_cert(&ca), &ca.key, &out, &err), BRSKI_E_INTERNAL,
	    &err);
	f.path_len = -1;
	f.serial[0] = 0x80;
	assert_broken(brski_cert_issue(&f, tu_cert(&ca), &ca.key, &out, &err), BRSKI_E_INTERNAL,
	    &err);
	f.serial[0] = 1;
	f.hw_serial = BRSKI_LIT("S-1");
	for (i = 0; i < sizeof(no_oids) / sizeof(no_oids[0]); i++) {
		f.hw_type = no_oids[i];
		assert_broken(brski_cert_issue(&f, tu_cert(&ca), &ca.key, &out, &err),
		    BRSKI_E_INTERNAL, &err);
		assert_int_equal(out.n, 0);
	}
	assert_int_equal(out.n, 0);
	brski_key_clear(&other);
	brski_buf_clear(&out);
}

/* RFC 5280 4.1.2.2: positive, at most 20 octets, not twice the same. */
static void
test_serial(void **state)
{
	struct brski_cert_facts f = { 0 }, g = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		brski_cert_serial_random(&f);
		assert_true(f.serial_n <= 20 && f.serial[0] > 0 && f.serial[0] < 0x80);
		assert_memory_not_equal(f.serial, g.serial, f.serial_n);
		g = f;
	}
}

static void
test_name(void **state)
{
	static const struct brski_attr attrs[] = {
		{ BRSKI_OID_C, BRSKI_LIT("DE") },
		{ BRSKI_OID_O, BRSKI_LIT("B\xc3\xa4r") },
		{ BRSKI_OID_CN, BRSKI_LIT("a_b") }, /* not in PrintableString */
		{ BRSKI_OID_SERIAL, BRSKI_LIT("AZaz09 '()+,-./:=?") },
	};
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice serial;

	(void)state;
	assert_ok(brski_name_encode(attrs, 4, &out, &err), &err);
	assert_true(brski_der_is_strict(brski_buf_slice(&out)));
	assert_true(brski_name_read(brski_buf_slice(&out), &serial));
	assert_slice_eq(serial, attrs[3].value);
	assert_non_null(memmem(out.p, out.n,
	    "\x13\x02"
	    "DE",
	    4));
	assert_non_null(memmem(out.p, out.n,
	    "\x0c\x04"
	    "B\xc3\xa4r",
	    6));
	assert_non_null(memmem(out.p, out.n,
	    "\x0c\x03"
	    "a_b",
	    5));
	brski_buf_clear(&out);
}

/* RFC 5280 4.1.2.4 and A.1: lengths and text. */
static void
test_name_refuses(void **state)
{
	uint8_t longer[65];
	const struct brski_attr bad[] = {
		{ BRSKI_OID_CN, BRSKI_LIT("") },
		{ BRSKI_OID_CN, brski_slice(longer, sizeof(longer)) },
		{ BRSKI_OID_CN, BRSKI_LIT("a\nb") },
		{ BRSKI_OID_CN, BRSKI_LIT("a\xff") },
		{ BRSKI_OID_CN, BRSKI_LIT("a\0b") },
		{ BRSKI_OID_C, BRSKI_LIT("DEU") },
		{ BRSKI_OID_C, BRSKI_LIT("\xc3\xa4\xc3\xa4") },
	};
	struct brski_attr fits = { BRSKI_OID_CN, brski_slice(longer, sizeof(longer) - 1) };
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	memset(longer, 'x', sizeof(longer));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused_by(brski_name_encode(&bad[i], 1, &out, &err), BRSKI_E_MALFORMED,
		    "RFC 5280 4.1.2.4", &err);
		assert_int_equal(out.n, 0);
	}
	assert_ok(brski_name_encode(&fits, 1, &out, &err), &err);
	brski_buf_clear(&out);
}

/* openssl verify accepts what we issue, in each kind of key, and prints what we meant. */
static void
test_openssl_verify(void **state)
{
	static const enum brski_key_type kinds[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_ED25519 };
	struct brski_buf text = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	tu_openssl_needed();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct tu_id root = { 0 }, sub = { 0 }, device = { 0 };

		assert_ok(brski_key_generate(kinds[i], &root.key, &err), &err);
		assert_ok(brski_key_generate(kinds[i], &sub.key, &err), &err);
		tu_ca(&root, "Root");
		tu_subca(&sub, &root, "Sub");
		tu_idevid(&device, &sub, "S-1", TU_MASA_URL);
		tu_openssl_put_pem("root.pem", "CERTIFICATE", tu_cert(&root)->der);
		tu_openssl_put_pem("sub.pem", "CERTIFICATE", tu_cert(&sub)->der);
		tu_openssl_put_pem("device.pem", "CERTIFICATE", tu_cert(&device)->der);
		tu_openssl_says("verify -x509_strict -CAfile root.pem -untrusted sub.pem "
		                "device.pem",
		    "device.pem: OK");
		tu_id_clear(&root);
		tu_id_clear(&sub);
		tu_id_clear(&device);
	}
	assert_int_equal(tu_openssl(&text, "x509 -in device.pem -noout -text"), 0);
	assert_non_null(strstr(brski_buf_cstr(&text), "Dec 31 23:59:59 9999 GMT"));
	assert_non_null(strstr(brski_buf_cstr(&text), "serialNumber = S-1"));
	assert_non_null(strstr(brski_buf_cstr(&text), TU_MASA_URL));
	assert_non_null(strstr(brski_buf_cstr(&text), "othername"));
	brski_buf_clear(&text);
}

/* An OCSP signer, and where to ask about it: RFC 5280 4.2.1.13, 4.2.2.1, RFC 6960 4.2.2.2.1. */
static void
test_openssl_revocation(void **state)
{
	struct brski_cert_facts f = tu_facts("OCSP");
	struct brski_buf text = { 0 };
	struct tu_id id = { 0 };

	(void)state;
	tu_openssl_needed();
	f.eku = BRSKI_EKU_OCSP_SIGNING;
	f.crl_url = BRSKI_LIT("http://ca.example/crl");
	f.ocsp_url = BRSKI_LIT("http://ca.example/ocsp");
	f.ocsp_nocheck = true;
	tu_issue(&id, &ca, &f);
	tu_openssl_put_pem("ocsp.pem", "CERTIFICATE", tu_cert(&id)->der);
	assert_int_equal(tu_openssl(&text, "x509 -in ocsp.pem -noout -text"), 0);
	assert_non_null(strstr(brski_buf_cstr(&text), "URI:http://ca.example/crl"));
	assert_non_null(strstr(brski_buf_cstr(&text), "OCSP - URI:http://ca.example/ocsp"));
	assert_non_null(strstr(brski_buf_cstr(&text), "OCSP No Check: "));
	assert_non_null(strstr(brski_buf_cstr(&text), "OCSP Signing"));
	assert_null(strstr(brski_buf_cstr(&text), "No Check: critical"));
	tu_openssl_says("x509 -in ocsp.pem -noout -ocsp_uri", "http://ca.example/ocsp\n");
	brski_buf_clear(&text);
	tu_id_clear(&id);
}

/* openssl req accepts our requests, and we accept its. */
static void
test_openssl_req(void **state)
{
	struct brski_slice subject = tu_copy(tu_name("device", "S-1")), label, rest;
	struct brski_buf der = { 0 }, text = { 0 };
	struct brski_err err = { 0 };
	struct brski_csr c;

	(void)state;
	tu_openssl_needed();
	assert_ok(brski_csr_encode(&ca.key, subject, BRSKI_LIT("c2VjcmV0"), &der, &err), &err);
	tu_openssl_put_pem("ours.csr", "CERTIFICATE REQUEST", brski_buf_slice(&der));
	tu_openssl_says("req -in ours.csr -verify -noout -text", "c2VjcmV0");

	brski_buf_reset(&der);
	tu_openssl_says("req -new -newkey rsa:2048 -nodes -keyout t.key -subj /CN=theirs "
	                "-addext subjectAltName=DNS:theirs.example -out theirs.csr",
	    "");
	tu_openssl_get("theirs.csr", &text);
	rest = brski_buf_slice(&text);
	assert_ok(brski_pem_next(&rest, &label, &der, &err), &err);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &c, &err), &err);
	assert_int_equal(c.key_type, BRSKI_KEY_RSA);
	assert_true(brski_slice_present(c.san));
	brski_buf_clear(&text);
	brski_buf_clear(&der);
}

/* openssl reads our keys, and we read its. */
static void
test_openssl_keys(void **state)
{
	static const char *const made[] = {
		"ecparam -name prime256v1 -genkey -out key.pem",
		"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem",
		"genpkey -algorithm ed25519 -out key.pem",
		"genpkey -algorithm ed25519 -outform DER -out key.pem",
	};
	static const enum brski_key_type kinds[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_ED25519, BRSKI_KEY_ED25519 };
	struct brski_key key = { 0 };
	struct brski_err err = { 0 };
	const char *path;
	size_t i;

	(void)state;
	tu_openssl_needed();
	path = tu_openssl_path("key.pem");
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		struct brski_buf pem = { 0 };

		tu_openssl_says(made[i], "");
		assert_ok(brski_key_load(path, &key, &err), &err);
		assert_int_equal(key.type, kinds[i]);
		assert_ok(brski_key_encode_pem(&key, &pem, &err), &err);
		assert_ok(brski_file_write(path, brski_buf_slice(&pem), 0600, &err), &err);
		tu_openssl_says("pkey -in key.pem -check -noout", "");
		brski_key_clear(&key);
		brski_buf_clear(&pem);
	}
	/* an encrypted one, and a curve that is not ours */
	tu_openssl_says("genpkey -algorithm ed25519 -aes128 -pass pass:x -out key.pem", "");
	assert_refused(brski_key_load(path, &key, &err), BRSKI_E_MALFORMED, &err);
	tu_openssl_says("ecparam -name secp256k1 -genkey -out key.pem", "");
	assert_refused_by(brski_key_load(path, &key, &err), BRSKI_E_MALFORMED, "RFC 5958 2", &err);
}

/* What the self-signed root says about itself. */
static void
test_root(void **state)
{
	struct brski_cert c;

	(void)state;
	decode(tu_cert(&ca)->der, &c);
	assert_true(c.ca);
	assert_true(brski_cert_self_issued(&c));
	assert_slice_eq(c.aki, c.ski);
	assert_int_equal(c.path_len, -1);
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_facts),
		TEST(test_bare),
		TEST(test_aki_without_ski),
		TEST(test_san_as_it_is),
		TEST(test_our_mistakes),
		TEST(test_serial),
		TEST(test_name),
		TEST(test_name_refuses),
		TEST(test_openssl_verify),
		TEST(test_openssl_revocation),
		TEST(test_openssl_req),
		TEST(test_openssl_keys),
		TEST(test_root),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
