/* SPDX-License-Identifier: Apache-2.0 */
/* Strict DER (X.690 8 to 11), with the schema and without it. */
#include "tu_der.h"
#include "asn1/asn1.h"

#define SPEC "RFC 5652 3"

static bool
strict(struct brski_slice der)
{
	return brski_der_is_strict(der);
}

/* Each is good BER, or broken, and not DER. */
static void
test_not_der(void **state)
{
	static const struct brski_slice bad[] = {
		BRSKI_LIT(""),
		BRSKI_LIT("\x30"),
		BRSKI_LIT("\x30\x01"),         /* cut off */
		BRSKI_LIT("\x30\x00\x00"),     /* something after it */
		BRSKI_LIT("\x30\x80\x00\x00"), /* X.690 10.1: indefinite length */
		BRSKI_LIT("\x30\x81\x00"),     /* length in more octets than needed */
		BRSKI_LIT("\x04\x81\x01\x61"),
		BRSKI_LIT("\x04\x82\x00\x80"),
		BRSKI_LIT("\x04\x85\x00\x00\x00\x00\x01\x61"),
		BRSKI_LIT("\x04\x84\xff\xff\xff\xff"),
		BRSKI_LIT("\x1f\x1f\x00"),         /* a tag number above 30 */
		BRSKI_LIT("\x24\x03\x04\x01\x61"), /* X.690 10.2: constructed string */
		BRSKI_LIT("\x23\x03\x03\x01\x00"),
		BRSKI_LIT("\x10\x00"), /* primitive SEQUENCE, SET */
		BRSKI_LIT("\x11\x00"),
		BRSKI_LIT("\x00\x00"),     /* end of contents */
		BRSKI_LIT("\x01\x01\x01"), /* X.690 11.1: TRUE is FF */
		BRSKI_LIT("\x01\x00"),
		BRSKI_LIT("\x01\x02\xff\xff"),
		BRSKI_LIT("\x02\x00"), /* X.690 8.3: INTEGER */
		BRSKI_LIT("\x02\x02\x00\x7f"),
		BRSKI_LIT("\x02\x02\xff\x80"),
		BRSKI_LIT("\x0a\x02\x00\x01"), /* ENUMERATED */
		BRSKI_LIT("\x03\x00"),         /* X.690 11.2: BIT STRING */
		BRSKI_LIT("\x03\x01\x01"),
		BRSKI_LIT("\x03\x02\x08\x00"),
		BRSKI_LIT("\x03\x02\x01\x01"),
		BRSKI_LIT("\x05\x01\x00"), /* NULL */
		BRSKI_LIT("\x06\x00"),     /* X.690 8.19: OBJECT IDENTIFIER */
		BRSKI_LIT("\x06\x01\x80"),
		BRSKI_LIT("\x06\x02\x2a\x86"),
		BRSKI_LIT("\x06\x03\x2a\x80\x01"),
		BRSKI_LIT("\x30\x03\x02\x02\x00"), /* all that also deeper down */
		BRSKI_LIT("\xa0\x04\x02\x02\x00\x01"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strict(bad[i]))
			fail_msg("row %zu is taken for DER", i);
}

static void
test_der(void **state)
{
	static const struct brski_slice good[] = {
		BRSKI_LIT("\x30\x00"),
		BRSKI_LIT("\x01\x01\x00"),
		BRSKI_LIT("\x02\x01\xff"), /* -1 */
		BRSKI_LIT("\x02\x02\x00\x80"),
		BRSKI_LIT("\x02\x02\xff\x7f"),
		BRSKI_LIT("\x03\x01\x00"),
		BRSKI_LIT("\x03\x02\x01\x02"),
		BRSKI_LIT("\x06\x03\x2a\x86\x00"),
		BRSKI_LIT("\x84\x00"), /* an IMPLICIT string */
		BRSKI_LIT("\xa0\x02\x05\x00"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!strict(good[i]))
			fail_msg("row %zu is not taken for DER", i);
}

/* Recursion has an end. */
static void
test_depth(void **state)
{
	struct brski_slice der = BRSKI_LIT("\x05\x00");
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		der = TU_SEQ(der);
	assert_true(strict(der));
	for (; i < 40; i++)
		der = TU_SEQ(der);
	assert_false(strict(der));
	for (; i < 1000; i++)
		der = TU_SEQ(der);
	assert_false(strict(der));
}

/* X.690 10.1: all lengths come back as they went. */
static void
test_lengths(void **state)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };
	static uint8_t bytes[70000];
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice in, content;
	uint8_t tag;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (k = 0; k < 2; k++) {
			brski_buf_reset(&out);
			assert_ok(brski_buf_append_byte(&out, 0x55, &err), &err);
			if (k == 0) {
				assert_ok(brski_der_wrap(4, brski_slice(bytes, lengths[i]), &out,
				              &err),
				    &err);
			} else {
				assert_ok(brski_buf_append(&out, brski_slice(bytes, lengths[i]),
				              &err),
				    &err);
				assert_ok(brski_der_enclose(4, 1, &out, &err), &err);
			}
			in = brski_slice(out.p + 1, out.n - 1);
			assert_true(strict(in));
			assert_ok(brski_der_next(&in, &tag, &content, &err), &err);
			assert_int_equal(tag, 4);
			assert_int_equal(content.n, lengths[i]);
			assert_int_equal(in.n, 0);
			assert_refused_by(brski_der_next(&in, &tag, &content, &err),
			    BRSKI_E_MALFORMED, "X.690 10.1", &err);
		}
	brski_buf_clear(&out);
}

static void
test_take(void **state)
{
	struct brski_slice in = BRSKI_LIT("\x02\x01\x07\x05\x00"), content;

	(void)state;
	content = BRSKI_LIT("kept");
	assert_false(brski_der_take(&in, BRSKI_DER_OCTET_STRING, &content));
	assert_int_equal(in.n, 5);
	assert_slice_eq(content, BRSKI_LIT("kept"));
	assert_true(brski_der_take(&in, BRSKI_DER_INTEGER, &content));
	assert_slice_eq(content, BRSKI_LIT("\x07"));
	assert_true(brski_der_take(&in, BRSKI_DER_NULL, &content));
	assert_false(brski_der_take(&in, BRSKI_DER_NULL, &content));
}

/* RFC 5652 3: the schema is held, the whole input used, and DER holds inside ANY too. */
static void
test_decode_refuses(void **state)
{
	struct brski_slice oid = TU_OID("\x2a\x03"), good;
	struct brski_err err = { 0 };
	asn1_node n;

	(void)state;
	good = TU_SEQ(oid, TU_TLV(TU_CONTEXT(0), BRSKI_LIT("\x02\x01\x05")));
	assert_ok(brski_asn1_decode("ContentInfo", good, SPEC, &n, &err), &err);
	brski_asn1_free(&n);
	assert_null(n);

	/* not DER inside the ANY; after the object; a type that is another */
	assert_refused_by(brski_asn1_decode("ContentInfo",
	                      TU_SEQ(oid, TU_TLV(TU_CONTEXT(0), BRSKI_LIT("\x02\x02\x00\x05"))),
	                      SPEC, &n, &err),
	    BRSKI_E_MALFORMED, SPEC, &err);
	assert_null(n);
	assert_refused_by(brski_asn1_decode("ContentInfo", TU_CAT(good, BRSKI_LIT("\x05\x00")),
	                      SPEC, &n, &err),
	    BRSKI_E_MALFORMED, SPEC, &err);
	assert_refused_by(brski_asn1_decode("ContentInfo", TU_SEQ(oid, oid), SPEC, &n, &err),
	    BRSKI_E_MALFORMED, SPEC, &err);
	assert_null(n);
	/* as asn1.h warns: no member at all */
	assert_ok(brski_asn1_decode("ContentInfo", TU_SEQ(TU_NONE), SPEC, &n, &err), &err);
	assert_false(brski_slice_present(brski_asn1_tlv(n, TU_SEQ(TU_NONE), "contentType")));
	brski_asn1_free(&n);
	assert_refused_by(brski_asn1_decode("ContentInfo", TU_NONE, SPEC, &n, &err),
	    BRSKI_E_MALFORMED, SPEC, &err);
}

/* What stands where: EXPLICIT tags come off, IMPLICIT ones stay, what is left out is absent. */
static void
test_where(void **state)
{
	struct brski_slice any = BRSKI_LIT("\xa1\x02\x05\x00"), der;
	struct brski_err err = { 0 };
	char oid[16];
	asn1_node n;

	(void)state;
	der = TU_SEQ(TU_INT("\x03"), TU_TLV(BRSKI_DER_SET, TU_NONE),
	    TU_SEQ(TU_OID("\x2a\x03"),
	        TU_TLV(TU_CONTEXT(0), tu_tlv(BRSKI_DER_OCTET_STRING, BRSKI_LIT("hello")))),
	    TU_TLV(TU_CONTEXT(0), any, any), TU_SET(TU_NONE));
	assert_ok(brski_asn1_decode("SignedData", der, SPEC, &n, &err), &err);
	assert_slice_eq(brski_asn1_content(n, der, "version"), BRSKI_LIT("\x03"));
	assert_slice_eq(brski_asn1_tlv(n, der, "version"), BRSKI_LIT("\x02\x01\x03"));
	assert_slice_eq(brski_asn1_content(n, der, "encapContentInfo.eContent"),
	    BRSKI_LIT("hello"));
	assert_slice_eq(brski_asn1_tlv(n, der, "encapContentInfo.eContent"),
	    BRSKI_LIT("\x04\x05hello"));
	assert_slice_eq(brski_asn1_tlv(n, der, "certificates.?2"), any);
	assert_int_equal(brski_asn1_tlv(n, der, "certificates").p[0], 0xa0);
	assert_slice_eq(brski_asn1_tlv(n, der, ""), der);
	assert_int_equal(brski_asn1_count(n, "certificates"), 2);
	assert_int_equal(brski_asn1_count(n, "crls"), 0);
	assert_true(brski_asn1_present(n, "certificates"));
	assert_false(brski_asn1_present(n, "crls"));
	assert_false(brski_slice_present(brski_asn1_tlv(n, der, "crls")));
	assert_false(brski_slice_present(brski_asn1_content(n, der, "crls")));
	assert_false(brski_slice_present(brski_asn1_tlv(n, der, "nonsense")));
	assert_true(brski_asn1_oid(n, "encapContentInfo.eContentType", oid, sizeof(oid)));
	assert_string_equal(oid, "1.2.3");
	assert_false(brski_asn1_oid(n, "encapContentInfo.eContentType", oid, 3));
	brski_asn1_free(&n);
}

/* A BIT STRING is whole octets or it is nothing. */
static void
test_bit_string(void **state)
{
	struct brski_slice alg = TU_SEQ(TU_OID("\x2a\x03")), der;
	struct brski_err err = { 0 };
	asn1_node n;

	(void)state;
	der = TU_SEQ(TU_SEQ(alg), alg, BRSKI_LIT("\x03\x03\x00\x61\x62"));
	assert_ok(brski_asn1_decode("CertificateList", der, SPEC, &n, &err), &err);
	assert_slice_eq(brski_asn1_content(n, der, "signature"), BRSKI_LIT("ab"));
	brski_asn1_free(&n);
	der = TU_SEQ(TU_SEQ(alg), alg, BRSKI_LIT("\x03\x03\x01\x61\x62"));
	assert_ok(brski_asn1_decode("CertificateList", der, SPEC, &n, &err), &err);
	assert_false(brski_slice_present(brski_asn1_content(n, der, "signature")));
	brski_asn1_free(&n);
}

/* The schema writes what it reads. */
static void
test_write(void **state)
{
	struct brski_err err = { 0 };
	struct brski_buf out = { 0 };
	asn1_node n;

	(void)state;
	assert_ok(brski_asn1_new("CertificateList", &n, &err), &err);
	assert_ok(brski_asn1_write(n, "tbsCertList", BRSKI_LIT("\x30\x00"), &err), &err);
	assert_ok(brski_asn1_write(n, "signatureAlgorithm", BRSKI_LIT("\x30\x00"), &err), &err);
	assert_ok(brski_asn1_write(n, "signature", BRSKI_LIT("ab"), &err), &err);
	assert_ok(brski_asn1_encode(n, "", &out, &err), &err);
	brski_asn1_free(&n);
	assert_slice_eq(brski_buf_slice(&out),
	    BRSKI_LIT("\x30\x09\x30\x00\x30\x00\x03\x03\x00\x61\x62"));

	brski_buf_reset(&out);
	assert_ok(brski_asn1_new("EncapsulatedContentInfo", &n, &err), &err);
	assert_ok(brski_asn1_write_str(n, "eContentType", "1.2.3", &err), &err);
	assert_ok(brski_asn1_omit(n, "eContent", &err), &err);
	assert_ok(brski_asn1_encode(n, "", &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), BRSKI_LIT("\x30\x04\x06\x02\x2a\x03"));
	assert_broken(brski_asn1_write_str(n, "nonsense", "1.2.3", &err), BRSKI_E_INTERNAL, &err);
	brski_asn1_free(&n);
	brski_asn1_free(&n);
	brski_buf_clear(&out);
}

/* RFC 5280 A: the types that are read by hand are in the schema too, and it agrees. */
static void
test_extension_types(void **state)
{
	static const struct {
		const char *type;
		struct brski_slice der;
	} rows[] = {
		{ "GeneralNames",
		    BRSKI_LIT(
		        "\x30\x26\xa0\x08\x06\x02\x2a\x03\xa0\x02\x05\x00\x81\x01\x61\x82\x01"
		        "\x62\xa3\x02\x30\x00\xa4\x02\x30\x00\xa5\x04\xa1\x02\x05\x00\x86\x01\x63"
		        "\x87\x00\x88\x01\x2a") },
		{ "BasicConstraints", BRSKI_LIT("\x30\x06\x01\x01\xff\x02\x01\x02") },
		{ "ExtKeyUsageSyntax", BRSKI_LIT("\x30\x04\x06\x02\x2a\x03") },
		{ "AuthorityKeyIdentifier",
		    BRSKI_LIT("\x30\x0b\x80\x01\x61\xa1\x03\x82\x01\x62\x82\x01\x05") },
		{ "CRLDistributionPoints",
		    BRSKI_LIT("\x30\x12\x30\x10\xa0\x05\xa0\x03\x86\x01\x61\x81\x02\x07\x80\xa2\x03"
		              "\x82\x01\x62") },
		{ "AuthorityInfoAccessSyntax",
		    BRSKI_LIT("\x30\x09\x30\x07\x06\x02\x2a\x03\x86\x01\x61") },
		{ "HardwareModuleName", BRSKI_LIT("\x30\x07\x06\x02\x2a\x03\x04\x01\x31") },
		{ "IssuingDistributionPoint",
		    BRSKI_LIT("\x30\x0a\xa0\x05\xa0\x03\x86\x01\x61\x82\x01\xff") },
		{ "Name", BRSKI_LIT("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x78") },
		{ "Extensions", BRSKI_LIT("\x30\x0b\x30\x09\x06\x02\x2a\x03\x01\x01\xff\x04\x00") },
		{ "CsrAttrs", BRSKI_LIT("\x30\x0a\x06\x02\x2a\x03\x30\x04\x06\x02\x2a\x03") },
	};
	struct brski_err err = { 0 };
	asn1_node n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ok(brski_asn1_decode(rows[i].type, rows[i].der, SPEC, &n, &err), &err);
		brski_asn1_free(&n);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_der),
		TEST(test_der),
		TEST(test_depth),
		TEST(test_lengths),
		TEST(test_take),
		TEST(test_decode_refuses),
		TEST(test_where),
		TEST(test_bit_string),
		TEST(test_write),
		TEST(test_extension_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
