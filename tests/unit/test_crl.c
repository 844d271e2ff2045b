/* SPDX-License-Identifier: Apache-2.0 */
/* Reading CRLs: RFC 5280 5. What a path makes of them is in test_path.c. */
#include "tu_der.h"
#include "base/text.h"
#include "crypto/x509.h"

static struct tu_id ca;
static struct brski_slice ca_name;

static int
make_ca(void **state)
{
	(void)state;
	tu_ca(&ca, "Test CA");
	ca_name = tu_cert(&ca)->subject;
	return 0;
}

static int
drop_ca(void **state)
{
	(void)state;
	tu_id_clear(&ca);
	return 0;
}

static struct brski_crl *
decode(const struct tu_crl *parts)
{
	struct brski_err err = { 0 };
	struct brski_crl *crl;

	assert_ok(brski_crl_decode(tu_crl_der(parts, &ca.key), &crl, &err), &err);
	return crl;
}

static void
assert_malformed(struct brski_slice der, const char *spec)
{
	struct brski_err err = { 0 };
	struct brski_crl *crl;

	assert_refused_by(brski_crl_decode(der, &crl, &err), BRSKI_E_MALFORMED, spec, &err);
	assert_null(crl);
}

static void
test_entries(void **state)
{
	struct tu_crl parts = { .issuer = ca_name, .next_update = -1 };
	struct brski_crl *crl;

	(void)state;
	parts.entries = TU_CAT(tu_crl_entry(BRSKI_LIT("\x05"), TU_NONE),
	    tu_crl_entry(BRSKI_LIT("\xff"),
	        tu_ext(BRSKI_LIT("\x55\x1d\x15"), false, BRSKI_LIT("\x0a\x01\x01"))),
	    tu_crl_entry(BRSKI_LIT("\x00\x80"), TU_NONE));
	crl = decode(&parts);
	assert_true(brski_crl_lists(crl, BRSKI_LIT("\x05")));
	assert_true(brski_crl_lists(crl, BRSKI_LIT("\xff")));
	assert_true(brski_crl_lists(crl, BRSKI_LIT("\x00\x80")));
	assert_false(brski_crl_lists(crl, BRSKI_LIT("\x80")));
	assert_false(brski_crl_lists(crl, BRSKI_LIT("\x06")));
	assert_null(crl->unusable);
	assert_slice_eq(crl->issuer, ca_name);
	assert_int_equal(crl->this_update, TU_NOW - TU_DAY);
	assert_int_equal(crl->next_update, BRSKI_TIME_UNKNOWN);
	brski_crl_free(crl);
	brski_crl_free(NULL);
}

/* RFC 5280 5.3.1: what an entry says; one that cannot be read revokes all the same. */
static void
test_find(void **state)
{
	static const struct {
		struct brski_slice value;
		enum brski_reason reason;
	} v[] = {
		{ BRSKI_LIT("\x0a\x01\x01"), BRSKI_REASON_KEY_COMPROMISE },
		{ BRSKI_LIT("\x0a\x01\x08"), BRSKI_REASON_REMOVE },
		{ BRSKI_LIT("\x0a\x01\x07"), BRSKI_REASON_UNSPECIFIED },
		{ BRSKI_LIT("\x0a\x01\xff"), BRSKI_REASON_UNSPECIFIED },
		{ BRSKI_LIT("\x0a\x02\x00\x80"), BRSKI_REASON_UNSPECIFIED },
		{ BRSKI_LIT("\x02\x01\x01"), BRSKI_REASON_UNSPECIFIED },
	};
	struct tu_crl parts = { .issuer = ca_name };
	struct brski_crl_entry e;
	struct brski_crl *crl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		parts.entries = TU_CAT(tu_crl_entry(BRSKI_LIT("\x05"), TU_NONE),
		    tu_crl_entry(BRSKI_LIT("\x06"),
		        TU_CAT(tu_ext(BRSKI_LIT("\x55\x1d\x18"), false, BRSKI_LIT("\x0a\x01\x02")),
		            tu_ext(BRSKI_EXT_CRL_REASON, false, v[i].value))));
		crl = decode(&parts);
		assert_true(brski_crl_find(crl, BRSKI_LIT("\x06"), &e));
		assert_int_equal(e.reason, v[i].reason);
		assert_int_equal(e.revoked, TU_NOW - TU_DAY);
		assert_slice_eq(e.serial, BRSKI_LIT("\x06"));
		assert_true(brski_crl_find(crl, BRSKI_LIT("\x05"), &e));
		assert_int_equal(e.reason, BRSKI_REASON_UNSPECIFIED);
		assert_false(brski_crl_find(crl, BRSKI_LIT("\x07"), &e));
		brski_crl_free(crl);
	}
}

/* RFC 5280 5.3.1: the names are as it spells them, and 7 is none. */
static void
test_reasons(void **state)
{
	enum brski_reason reason;
	const char *name;
	int code;

	(void)state;
	for (code = 0; code <= 10; code++) {
		name = brski_reason_name(code);
		assert_int_equal(name == NULL, code == 7);
		if (name == NULL)
			continue;
		assert_true(brski_reason_from(brski_slice_str(name), &reason));
		assert_int_equal(reason, code);
	}
	assert_string_equal(brski_reason_name(1), "keyCompromise");
	assert_string_equal(brski_reason_name(5), "cessationOfOperation");
	assert_null(brski_reason_name(11));
	assert_null(brski_reason_name(-1));
	assert_false(brski_reason_from(BRSKI_LIT("keycompromise"), &reason));
	assert_false(brski_reason_from(BRSKI_LIT(""), &reason));
}

/* RFC 5280 5.1: v1, empty, GeneralizedTime, PEM. */
static void
test_forms(void **state)
{
	struct tu_crl parts = { .issuer = ca_name, .version = BRSKI_LIT("") };
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };
	struct brski_crl *crl;
	struct brski_crls list = { 0 };

	(void)state;
	parts.next_update = INT64_C(2556144000); /* 2051 */
	crl = decode(&parts);
	assert_int_equal(crl->next_update, parts.next_update);
	assert_false(brski_crl_lists(crl, BRSKI_LIT("\x05")));
	assert_ok(brski_pem_encode("CERTIFICATE", BRSKI_LIT("x"), &pem, &err), &err);
	assert_ok(brski_pem_encode("X509 CRL", crl->der, &pem, &err), &err);
	assert_ok(brski_crls_add(&list, brski_buf_slice(&pem), &err), &err);
	assert_slice_eq(list.v[0]->der, crl->der);
	assert_ok(brski_crls_load(&list, TEST_DATA "/nist-pkits/crls/GoodCACRL.crl", &err), &err);
	assert_int_equal(list.n, 2);
	assert_ok(brski_pem_encode("X509 CRL", list.v[1]->der, &pem, &err), &err);
	assert_ok(brski_crls_add(&list, brski_buf_slice(&pem), &err), &err);
	assert_int_equal(list.n, 4); /* every one that is in it */
	brski_buf_reset(&pem);
	assert_ok(brski_base64_encode(crl->der, &pem, &err), &err);
	assert_ok(brski_crls_add(&list, brski_buf_slice(&pem), &err), &err);
	assert_slice_eq(list.v[4]->der, crl->der);
	brski_buf_reset(&pem);
	assert_ok(brski_pem_encode("CERTIFICATE", crl->der, &pem, &err), &err);
	assert_refused_by(brski_crls_add(&list, brski_buf_slice(&pem), &err), BRSKI_E_MALFORMED,
	    "RFC 7468 6", &err);
	assert_int_equal(list.n, 5);
	assert_int_equal(brski_crls_load(&list, TEST_DATA "/no-such-file", NULL),
	    BRSKI_E_NOT_FOUND);
	brski_crls_clear(&list);
	brski_crl_free(crl);
	brski_buf_clear(&pem);
}

/* PKITS 4.4.4: a signature that is not whole octets is wrong, and that is for the path to say. */
static void
test_odd_signature(void **state)
{
	struct tu_crl parts = { .issuer = ca_name };
	struct brski_slice der = tu_crl_der(&parts, &ca.key), seq, rest, tbs, alg;
	struct brski_err err = { 0 };
	struct brski_crl *crl;

	(void)state;
	assert_true(brski_der_take(&der, BRSKI_DER_SEQUENCE, &seq));
	rest = seq;
	assert_true(brski_der_take(&rest, BRSKI_DER_SEQUENCE, &tbs));
	assert_true(brski_der_take(&rest, BRSKI_DER_SEQUENCE, &alg));
	der = TU_SEQ(brski_slice(seq.p, seq.n - rest.n), BRSKI_LIT("\x03\x02\x01\x02"));
	assert_ok(brski_crl_decode(der, &crl, &err), &err);
	assert_false(brski_slice_present(crl->sig));
	brski_crl_free(crl);
}

static void
test_malformed(void **state)
{
	struct tu_crl parts = { .issuer = ca_name };
	struct brski_slice good = tu_crl_der(&parts, &ca.key), tbs, rest, alg, sig;
	struct brski_slice time = tu_time(TU_NOW);
	size_t i;

	(void)state;
	for (i = 1; i < good.n; i++)
		assert_malformed(brski_slice(good.p, i), "RFC 5280 5.1");
	assert_malformed(TU_CAT(good, BRSKI_LIT("\x00")), "RFC 5280 5.1");
	assert_malformed(TU_SEQ(TU_NONE), "RFC 5280 5.1");
	assert_malformed(BRSKI_LIT("nothing"), "RFC 5280 5.1");
	assert_malformed(BRSKI_LIT(""), "RFC 5280 5.1");

	parts.version = TU_INT("\x02");
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts.version = BRSKI_LIT(""); /* extensions are v2's */
	parts.exts = tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("\x05\x00"));
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts = (struct tu_crl){ .issuer = BRSKI_LIT("\x05\x00") };
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts = (struct tu_crl){ .issuer = TU_SEQ(TU_SET(BRSKI_LIT("\x05\x00"))) };
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts = (struct tu_crl){ .issuer = ca_name, .entries = BRSKI_LIT("\x05\x00") };
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts.entries = TU_SEQ(TU_INT("\x05"));
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts.entries = TU_SEQ(TU_INT("\x05"), time, BRSKI_LIT("\x30\x00"));
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts = (struct tu_crl){ .issuer = ca_name };
	parts.exts = tu_ext(BRSKI_EXT_CRL_NUMBER, false, BRSKI_LIT("\x02\x02\x00\x01"));
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts.exts = tu_ext(BRSKI_EXT_ISSUING_POINT, true, BRSKI_LIT("\x05\x00"));
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");
	parts.exts = TU_CAT(tu_ext(BRSKI_EXT_CRL_NUMBER, false, BRSKI_LIT("\x02\x01\x01")),
	    tu_ext(BRSKI_EXT_CRL_NUMBER, false, BRSKI_LIT("\x02\x01\x02")));
	assert_malformed(tu_crl_der(&parts, &ca.key), "RFC 5280 5.1.2");

	/* another algorithm outside; no thisUpdate; a list that is no SEQUENCE */
	rest = good;
	assert_true(brski_der_take(&rest, BRSKI_DER_SEQUENCE, &tbs));
	rest = tbs;
	assert_true(brski_der_take(&rest, BRSKI_DER_SEQUENCE, &tbs));
	assert_true(brski_der_take(&rest, BRSKI_DER_SEQUENCE, &alg));
	assert_true(brski_der_take(&rest, BRSKI_DER_BIT_STRING, &sig));
	alg = tu_tlv(BRSKI_DER_SEQUENCE, alg);
	sig = tu_tlv(BRSKI_DER_BIT_STRING, sig);
	assert_malformed(TU_SEQ(tu_tlv(BRSKI_DER_SEQUENCE, tbs), TU_SEQ(TU_OID("\x2a\x03")), sig),
	    "RFC 5280 5.1.2");
	assert_malformed(TU_SEQ(TU_SEQ(TU_INT("\x01"), alg, ca_name), alg, sig), "RFC 5280 5.1.2");
	assert_malformed(TU_SEQ(TU_SET(TU_INT("\x01"), alg, ca_name, time), alg, sig),
	    "RFC 5280 5.1");
	assert_malformed(TU_SEQ(TU_SEQ(TU_INT("\x01"), alg, ca_name, time, time, time), alg, sig),
	    "RFC 5280 5.1.2");
	assert_malformed(TU_SEQ(TU_SEQ(TU_INT("\x01"), alg), alg, sig), "RFC 5280 5.1.2");
	assert_malformed(TU_SEQ(TU_SEQ(TU_INT("\x01")), alg, sig), "RFC 5280 5.1.2");
}

/* RFC 5280 5.2 and 5.3: decoded, but good for nothing. */
static void
test_unusable(void **state)
{
	struct tu_crl parts = { .issuer = ca_name };
	struct brski_crl *crl;

	(void)state;
	parts.exts = tu_ext(BRSKI_LIT("\x2a\x03"), true, BRSKI_LIT("\x05\x00"));
	crl = decode(&parts);
	assert_string_equal(crl->unusable, "unknown critical extension");
	brski_crl_free(crl);
	parts.exts = tu_ext(BRSKI_LIT("\x55\x1d\x1b"), true, TU_INT("\x05"));
	crl = decode(&parts);
	assert_string_equal(crl->unusable, "delta CRL");
	brski_crl_free(crl);
	parts.exts = TU_CAT(tu_ext(BRSKI_EXT_CRL_NUMBER, true, TU_INT("\x05")),
	    tu_ext(BRSKI_EXT_AUTHORITY_KEY_ID, true, BRSKI_LIT("\x30\x00")),
	    tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("\x05\x00")));
	crl = decode(&parts);
	assert_null(crl->unusable);
	brski_crl_free(crl);
	parts.exts = TU_NONE;
	parts.entries = tu_crl_entry(BRSKI_LIT("\x05"),
	    tu_ext(BRSKI_LIT("\x55\x1d\x1d"), true, BRSKI_LIT("\x30\x00"))); /* certificateIssuer */
	crl = decode(&parts);
	assert_string_equal(crl->unusable, "unknown critical extension in an entry");
	brski_crl_free(crl);
}

static bool
covers(struct brski_slice point, const struct brski_cert *c)
{
	struct tu_crl parts = { .issuer = ca_name };
	struct brski_crl *crl;
	bool yes;

	parts.exts = tu_ext(BRSKI_EXT_ISSUING_POINT, true, TU_SEQ(point));
	crl = decode(&parts);
	yes = brski_crl_covers(crl, c);
	brski_crl_free(crl);
	return yes;
}

/* RFC 5280 5.2.5 and 6.3.3 (b): which certificates the issuing distribution point means. */
static void
test_points(void **state)
{
	struct brski_slice dir = TU_TLV(TU_CONTEXT(4), tu_name("crl point", NULL));
	struct brski_slice uri = tu_tlv(0x86, BRSKI_LIT("http://crl.example/a"));
	struct brski_slice here, both, there, relative, exts;
	struct tu_crl parts = { .issuer = ca_name };
	struct brski_cert user = { 0 }, authority = { .ca = true }, points;
	struct brski_err err = { 0 };
	struct brski_crl *crl;

	(void)state;
	here = TU_TLV(TU_CONTEXT(0), TU_TLV(TU_CONTEXT(0), uri));
	both = TU_TLV(TU_CONTEXT(0), TU_TLV(TU_CONTEXT(0), dir, uri));
	there = TU_TLV(TU_CONTEXT(0),
	    TU_TLV(TU_CONTEXT(0), tu_tlv(0x86, BRSKI_LIT("http://crl.example/b"))));
	relative = TU_TLV(TU_CONTEXT(0), TU_TLV(TU_CONTEXT(1), BRSKI_LIT("\x30\x00")));
	exts = tu_ext(BRSKI_EXT_CRL_POINTS, false,
	    TU_SEQ(TU_SEQ(there, BRSKI_LIT("\x81\x02\x07\x80")), TU_SEQ(both)));
	assert_ok(brski_cert_decode(tu_parts_der(&(struct tu_parts){ .exts = exts }, &ca.key),
	              &points, &err),
	    &err);

	crl = decode(&parts); /* without the extension: everybody */
	assert_true(brski_crl_covers(crl, &user));
	brski_crl_free(crl);
	assert_true(covers(TU_NONE, &user));
	assert_true(covers(BRSKI_LIT("\x81\x01\xff"), &user));
	assert_false(covers(BRSKI_LIT("\x81\x01\xff"), &authority));
	assert_true(covers(BRSKI_LIT("\x82\x01\xff"), &authority));
	assert_false(covers(BRSKI_LIT("\x82\x01\xff"), &user));
	assert_false(covers(BRSKI_LIT("\x83\x02\x07\x80"), &user));
	assert_false(covers(BRSKI_LIT("\x84\x01\xff"), &user));
	assert_false(covers(BRSKI_LIT("\x85\x01\xff"), &user));
	assert_false(covers(BRSKI_LIT("\x86\x01\xff"), &user));
	assert_true(covers(here, &points));
	assert_true(covers(both, &points));
	assert_false(covers(here, &user));
	assert_false(covers(there, &points)); /* its point is for some reasons only */
	assert_false(covers(relative, &points));
	assert_true(
	    covers(TU_TLV(TU_CONTEXT(0),
	               TU_TLV(TU_CONTEXT(0), TU_TLV(TU_CONTEXT(4), tu_name("CRL  Point", NULL)))),
	        &points));
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entries),
		TEST(test_find),
		TEST(test_reasons),
		TEST(test_forms),
		TEST(test_odd_signature),
		TEST(test_malformed),
		TEST(test_unusable),
		TEST(test_points),
	};

	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
