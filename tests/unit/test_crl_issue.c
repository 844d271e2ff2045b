/* SPDX-License-Identifier: Apache-2.0 */
/* Making CRLs, RFC 5280 5; what we make is read by us, by our paths and by openssl. */
#include <time.h>
#include "tu_der.h"
#include "tu_openssl.h"
#include "crypto/crl_issue.h"
#include "crypto/path.h"
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

/* Entries one by one from an array. */
struct list {
	const struct brski_crl_entry *v;
	size_t n, at;
};

static bool
next(void *arg, struct brski_crl_entry *out)
{
	struct list *list = arg;

	if (list->at == list->n)
		return false;
	*out = list->v[list->at++];
	return true;
}

static struct brski_crl_facts
facts(struct list *list)
{
	return (struct brski_crl_facts){ .number = 7,
		.this_update = TU_NOW,
		.next_update = TU_NOW + TU_DAY,
		.next = next,
		.arg = list };
}

static struct brski_crl *
issue(const struct brski_crl_facts *f)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_crl *crl;

	assert_ok(brski_crl_issue(f, tu_cert(&ca), &ca.key, &der, &err), &err);
	assert_ok(brski_crl_decode(brski_buf_slice(&der), &crl, &err), &err);
	brski_buf_clear(&der);
	return crl;
}

static bool
has(const struct brski_crl *crl, struct brski_slice bytes)
{
	return memmem(crl->der.p, crl->der.n, bytes.p, bytes.n) != NULL;
}

/* RFC 5280 5.1.2, 5.2: v2, both dates, AKI, number; no revokedCertificates when there are none. */
static void
test_nobody(void **state)
{
	struct list none = { NULL, 0, 0 };
	struct brski_crl_facts f = facts(&none);
	struct brski_err err = { 0 };
	struct brski_crl *crl = issue(&f);

	(void)state;
	assert_slice_eq(crl->issuer, tu_cert(&ca)->subject);
	assert_int_equal(crl->this_update, TU_NOW);
	assert_int_equal(crl->next_update, TU_NOW + TU_DAY);
	assert_false(brski_slice_present(crl->entries));
	assert_false(brski_slice_present(crl->point));
	assert_null(crl->unusable);
	assert_true(has(crl,
	    tu_ext(BRSKI_EXT_AUTHORITY_KEY_ID, false, TU_SEQ(tu_tlv(0x80, tu_cert(&ca)->ski)))));
	assert_true(has(crl, tu_ext(BRSKI_EXT_CRL_NUMBER, false, TU_INT("\x07"))));
	assert_true(has(crl, TU_CAT(TU_INT("\x01"), BRSKI_LIT("\x30\x0a"))));
	assert_ok(brski_verify(tu_cert(&ca)->spki, crl->sig_alg, crl->tbs, crl->sig, &err), &err);
	brski_crl_free(crl);
}

/* RFC 5280 5.1.2.6, 5.3.1: each comes back with date and reason; "unspecified" is not written. */
static void
test_entries(void **state)
{
	static const struct brski_crl_entry v[] = {
		{ BRSKI_LIT("\x05"), TU_NOW - 1, BRSKI_REASON_UNSPECIFIED },
		{ BRSKI_LIT("\x00\x80"), TU_NOW - TU_DAY, BRSKI_REASON_KEY_COMPROMISE },
		{ BRSKI_LIT("\x01\x02\x03"), INT64_C(2556144000), BRSKI_REASON_AA_COMPROMISE },
		{ BRSKI_LIT("\x07"), 0, BRSKI_REASON_SUPERSEDED },
	};
	struct list list = { v, 4, 0 };
	struct brski_crl_facts f = facts(&list);
	struct brski_crl_entry e;
	struct brski_crl *crl = issue(&f);
	size_t i;

	(void)state;
	assert_null(crl->unusable);
	for (i = 0; i < 4; i++) {
		assert_true(brski_crl_find(crl, v[i].serial, &e));
		assert_slice_eq(e.serial, v[i].serial);
		assert_int_equal(e.revoked, v[i].revoked);
		assert_int_equal(e.reason, v[i].reason);
	}
	assert_false(brski_crl_find(crl, BRSKI_LIT("\x06"), &e));
	assert_true(has(crl, TU_SEQ(TU_INT("\x05"), tu_time(TU_NOW - 1))));
	assert_false(has(crl, BRSKI_LIT("\x0a\x01\x00")));
	brski_crl_free(crl);
}

/* RFC 5280 5.2.3: a positive INTEGER in as few octets as it takes. */
static void
test_numbers(void **state)
{
	static const struct {
		int64_t number;
		struct brski_slice octets;
	} v[] = {
		{ 1, BRSKI_LIT("\x01") },
		{ 0x7f, BRSKI_LIT("\x7f") },
		{ 0x80, BRSKI_LIT("\x00\x80") },
		{ 0x7fff, BRSKI_LIT("\x7f\xff") },
		{ 0x8000, BRSKI_LIT("\x00\x80\x00") },
		{ INT64_MAX, BRSKI_LIT("\x7f\xff\xff\xff\xff\xff\xff\xff") },
	};
	struct list none = { NULL, 0, 0 };
	struct brski_crl_facts f = facts(&none);
	struct brski_crl *crl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		f.number = v[i].number;
		crl = issue(&f);
		assert_true(has(crl,
		    tu_ext(BRSKI_EXT_CRL_NUMBER, false, tu_tlv(BRSKI_DER_INTEGER, v[i].octets))));
		brski_crl_free(crl);
	}
}

/* RFC 5280 5.1.2.4: UTCTime through 2049, GeneralizedTime from 2050. */
static void
test_dates(void **state)
{
	struct list none = { NULL, 0, 0 };
	struct brski_crl_facts f = facts(&none);
	struct brski_crl *crl;

	(void)state;
	f.this_update = INT64_C(2524607999);
	f.next_update = INT64_C(2524608000);
	crl = issue(&f);
	assert_true(has(crl,
	    BRSKI_LIT("\x17\x0d"
	              "491231235959Z\x18\x0f"
	              "20500101000000Z")));
	assert_int_equal(crl->next_update, f.next_update);
	brski_crl_free(crl);
}

/* An issuer without an SKI: the AKI is the SHA-1 of its key, RFC 5280 4.2.1.2 (1). */
static void
test_aki_without_ski(void **state)
{
	struct list none = { NULL, 0, 0 };
	struct brski_crl_facts f = facts(&none);
	struct brski_cert bare = *tu_cert(&ca);
	uint8_t digest[BRSKI_HASH_MAX];
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice keyid = brski_digest(BRSKI_SHA1, bare.key, digest);

	(void)state;
	bare.ski = TU_NONE;
	bare.has_key_usage = false; /* then nothing forbids it */
	bare.key_usage = 0;
	assert_ok(brski_crl_issue(&f, &bare, &ca.key, &der, &err), &err);
	assert_non_null(memmem(der.p, der.n, keyid.p, keyid.n));
	brski_buf_clear(&der);
}

/* RFC 5280 4.2.1.3 */
static void
test_who_may_not(void **state)
{
	struct list none = { NULL, 0, 0 };
	struct brski_crl_facts f = facts(&none);
	struct brski_cert c = *tu_cert(&ca);
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	c.key_usage &= ~BRSKI_KU_CRL_SIGN;
	assert_refused_by(brski_crl_issue(&f, &c, &ca.key, &der, &err), BRSKI_E_CERTIFICATE,
	    "RFC 5280 4.2.1.3", &err);
	assert_int_equal(der.n, 0);
}

static void
test_our_mistakes(void **state)
{
	struct list none = { NULL, 0, 0 };
	struct brski_crl_facts f = facts(&none);
	struct brski_key other = { 0 };
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &other, &err), &err);
	assert_broken(brski_crl_issue(&f, tu_cert(&ca), &other, &der, &err), BRSKI_E_INTERNAL,
	    &err);
	brski_key_clear(&other);
	f.number = 0;
	assert_broken(brski_crl_issue(&f, tu_cert(&ca), &ca.key, &der, &err), BRSKI_E_INTERNAL,
	    &err);
	f.number = 1;
	f.next_update = f.this_update;
	assert_broken(brski_crl_issue(&f, tu_cert(&ca), &ca.key, &der, &err), BRSKI_E_INTERNAL,
	    &err);
	assert_int_equal(der.n, 0);
}

static bool
for_ever(void *arg, struct brski_crl_entry *out)
{
	*out = *(const struct brski_crl_entry *)arg;
	return true;
}

/* A list that nobody would read is not made, and what was there before stays. */
static void
test_too_large(void **state)
{
	static uint8_t serial[BRSKI_CRL_MAX] = { 1 };
	struct brski_crl_entry e = { brski_slice(serial, 4096), TU_NOW, 0 };
	struct list list = { &e, 1, 0 };
	struct brski_crl_facts f = facts(&list);
	struct brski_buf der = { .max = 2 * BRSKI_CRL_MAX };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_buf_append_str(&der, "before", &err), &err);
	f.next = for_ever;
	f.arg = &e;
	assert_broken(brski_crl_issue(&f, tu_cert(&ca), &ca.key, &der, &err), BRSKI_E_TOO_LARGE,
	    &err);
	/* the entry fits, what is around it does not */
	f = facts(&list);
	e.serial.n = BRSKI_CRL_MAX - 100;
	assert_broken(brski_crl_issue(&f, tu_cert(&ca), &ca.key, &der, &err), BRSKI_E_TOO_LARGE,
	    &err);
	assert_slice_eq(brski_buf_slice(&der), BRSKI_LIT("before"));
	brski_buf_clear(&der);
}

/* Our own path validation takes it. */
static void
test_path(void **state)
{
	struct brski_crl_entry e = { .revoked = TU_NOW - 1, .reason = BRSKI_REASON_SUPERSEDED };
	struct list list = { &e, 1, 0 };
	struct brski_crl_facts f = facts(&list);
	struct tu_id good = { 0 }, bad = { 0 };
	struct brski_certs anchors = { 0 };
	struct brski_crl *crl;
	struct brski_crls crls = { &crl, 1, 1 };
	struct brski_path path = { .anchors = &anchors,
		.crls = &crls,
		.require_crl = true,
		.at = TU_NOW + 1 };
	struct brski_err err = { 0 };

	(void)state;
	tu_ldevid(&good, &ca, "S-1");
	tu_ldevid(&bad, &ca, "S-2");
	tu_add(&anchors, &ca);
	e.serial = tu_cert(&bad)->serial;
	crl = issue(&f);
	path.leaf = tu_cert(&good);
	assert_ok(brski_path_validate(&path, NULL, &err), &err);
	path.leaf = tu_cert(&bad);
	assert_refused_by(brski_path_validate(&path, NULL, &err), BRSKI_E_REVOKED, "RFC 5280 6.3.3",
	    &err);
	brski_crl_free(crl);
	brski_certs_clear(&anchors);
	tu_id_clear(&good);
	tu_id_clear(&bad);
}

/* So does openssl, in each kind of key: openssl crl -verify, openssl verify -crl_check. */
static void
test_openssl(void **state)
{
	static const enum brski_key_type kinds[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_ED25519 };
	size_t i;

	(void)state;
	tu_openssl_needed();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct brski_crl_entry e[2] = {
			{ .revoked = time(NULL) - 60, .reason = BRSKI_REASON_KEY_COMPROMISE },
			{ BRSKI_LIT("\x12\x34"), time(NULL) - 60, BRSKI_REASON_UNSPECIFIED },
		};
		struct list list = { e, 2, 0 };
		struct brski_crl_facts f = facts(&list);
		struct tu_id root = { 0 }, good = { 0 }, bad = { 0 };
		struct brski_buf der = { 0 }, text = { 0 };
		struct brski_err err = { 0 };

		assert_ok(brski_key_generate(kinds[i], &root.key, &err), &err);
		tu_ca(&root, "Root");
		tu_ldevid(&good, &root, "S-1");
		tu_ldevid(&bad, &root, "S-2");
		e[0].serial = tu_cert(&bad)->serial;
		f.this_update = time(NULL) - 30;
		f.next_update = time(NULL) + 3600;
		assert_ok(brski_crl_issue(&f, tu_cert(&root), &root.key, &der, &err), &err);
		tu_openssl_put("ca.crl.der", brski_buf_slice(&der));
		tu_openssl_put_pem("ca.crl", "X509 CRL", brski_buf_slice(&der));
		tu_openssl_put_pem("ca.pem", "CERTIFICATE", tu_cert(&root)->der);
		tu_openssl_put_pem("good.pem", "CERTIFICATE", tu_cert(&good)->der);
		tu_openssl_put_pem("bad.pem", "CERTIFICATE", tu_cert(&bad)->der);
		tu_openssl_says("crl -in ca.crl.der -inform DER -CAfile ca.pem -noout -crlnumber",
		    "crlNumber=0x07");
		tu_openssl_says("crl -in ca.crl.der -inform DER -CAfile ca.pem -noout -verify",
		    "verify OK");
		assert_int_equal(tu_openssl(&text, "crl -in ca.crl -noout -text"), 0);
		assert_non_null(strstr(brski_buf_cstr(&text), "Version 2"));
		assert_non_null(strstr(brski_buf_cstr(&text), "Serial Number: 1234\n"));
		assert_non_null(strstr(brski_buf_cstr(&text), "Key Compromise"));
		assert_non_null(strstr(brski_buf_cstr(&text), "Authority Key Identifier"));
		assert_null(strstr(brski_buf_cstr(&text), "Unspecified"));
		tu_openssl_says("verify -x509_strict -crl_check -CAfile ca.pem -CRLfile ca.crl "
		                "good.pem",
		    "good.pem: OK");
		brski_buf_reset(&text);
		assert_int_not_equal(tu_openssl(&text,
		                         "verify -crl_check -CAfile ca.pem "
		                         "-CRLfile ca.crl bad.pem"),
		    0);
		assert_non_null(strstr(brski_buf_cstr(&text), "certificate revoked"));
		brski_buf_clear(&der);
		brski_buf_clear(&text);
		tu_id_clear(&root);
		tu_id_clear(&good);
		tu_id_clear(&bad);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody),
		TEST(test_entries),
		TEST(test_numbers),
		TEST(test_dates),
		TEST(test_aki_without_ski),
		TEST(test_who_may_not),
		TEST(test_our_mistakes),
		TEST(test_too_large),
		TEST(test_path),
		TEST(test_openssl),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
