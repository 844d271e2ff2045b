/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as facts: RFC 5280 4, RFC 8995 2.3. */
#include "tu_der.h"
#include "base/text.h"
#include "crypto/x509.h"

static struct tu_id ca; /* signs what is put together by hand */

static int
make_ca(void **state)
{
	(void)state;
	tu_ca(&ca, "Test CA");
	return 0;
}

static int
drop_ca(void **state)
{
	(void)state;
	tu_id_clear(&ca);
	return 0;
}

/* The one certificate of a file. */
static const struct brski_cert *
load(struct brski_certs *list, const char *path)
{
	tu_add_file(list, path);
	return &list->v[list->n - 1];
}

static enum brski_rc
decode_parts(const struct tu_parts *p, struct brski_cert *c, struct brski_err *err)
{
	return brski_cert_decode(tu_parts_der(p, &ca.key), c, err);
}

/* A certificate with just these extensions. */
static enum brski_rc
decode_exts(struct brski_slice exts, struct brski_cert *c, struct brski_err *err)
{
	return decode_parts(&(struct tu_parts){ .exts = exts }, c, err);
}

/* RFC 5280 4.1: what the printed sample of RFC 8995 C.1.5 says. */
static void
test_rfc8995_pledge(void **state)
{
	struct brski_certs l = { 0 };
	const struct brski_cert *c = load(&l, "rfc8995-appendix-c/pledge.crt.pem");
	struct brski_slice serial;
	struct brski_err err = { 0 };

	(void)state;
	assert_int_equal(c->version, 3);
	assert_slice_eq(c->serial, BRSKI_LIT("\x1f\x18\xfe\xe7"));
	assert_slice_eq(c->masa_url, BRSKI_LIT("highway-test.example.com:9443"));
	assert_slice_eq(c->serial_number, BRSKI_LIT("00-D0-E5-F2-00-02"));
	assert_int_equal(c->key_type, BRSKI_KEY_P256);
	assert_int_equal(c->sig_alg, BRSKI_ALG_ECDSA_SHA256);
	assert_int_equal(c->ski.n, 20);
	assert_false(brski_slice_present(c->aki));
	assert_false(c->has_key_usage);
	assert_true(c->has_basic_constraints);
	assert_false(c->ca);
	assert_int_equal(c->not_after, INT64_C(32503593600)); /* 2999-12-31 */
	assert_false(brski_slice_present(c->unknown_critical));
	assert_ok(brski_cert_device_serial(c, BRSKI_SERIAL_FROM_SUBJECT, &serial, &err), &err);
	assert_slice_eq(serial, BRSKI_LIT("00-D0-E5-F2-00-02"));
	assert_refused_by(brski_cert_device_serial(c, BRSKI_SERIAL_FROM_HW_MODULE_NAME, &serial,
	                      &err),
	    BRSKI_E_SERIAL, "RFC 8995 2.3.1", &err);
	brski_certs_clear(&l);
}

static void
test_rfc8995_registrar(void **state)
{
	struct brski_certs l = { 0 };
	const struct brski_cert *c = load(&l, "rfc8995-appendix-c/registrar.crt.pem");
	uint8_t id[64], digest[BRSKI_SHA256_SIZE];

	(void)state;
	assert_true(c->has_eku);
	assert_int_equal(c->eku, BRSKI_EKU_CMC_RA);
	assert_int_equal(c->key_usage, BRSKI_KU_DIGITAL_SIGNATURE);
	assert_false(brski_slice_present(c->ski));
	assert_false(brski_slice_present(c->unknown_critical));
	/* RFC 8995 5.8.2: without an SKI the domainID is SHA-256 of the SPKI */
	brski_sha256(c->spki, digest);
	assert_slice_eq(brski_cert_domain_id(c, id), brski_slice(digest, sizeof(digest)));
	brski_certs_clear(&l);
}

/* tests/data/devid-certificates, as its SOURCE.md says. */
static void
test_devids(void **state)
{
	struct brski_certs l = { 0 };
	struct brski_slice serial;
	struct brski_err err = { 0 };
	const struct brski_cert *c;

	(void)state;
	c = load(&l, "devid-certificates/ot-local_pledge_cert.pem");
	assert_ok(brski_cert_device_serial(c, BRSKI_SERIAL_FROM_HW_MODULE_NAME, &serial, &err),
	    &err);
	assert_slice_eq(serial, BRSKI_LIT("OT-9527"));
	assert_slice_eq(c->masa_url, BRSKI_LIT("localhost:5685"));
	c = load(&l, "devid-certificates/cisco-sudi-idevid1.crt.pem");
	assert_slice_eq(c->serial_number, BRSKI_LIT("PID:CHIMAY-U-AC SN:FDO27361XTF"));
	assert_false(brski_slice_present(c->masa_url));
	assert_int_equal(c->key_type, BRSKI_KEY_RSA);
	c = load(&l, "devid-certificates/huawei-iak.crt.pem");
	assert_refused(brski_cert_device_serial(c, BRSKI_SERIAL_FROM_SUBJECT, &serial, &err),
	    BRSKI_E_SERIAL, &err);
	c = load(&l, "devid-certificates/siemens-e75_100a.crt.pem");
	assert_int_equal(c->not_after, BRSKI_TIME_FOREVER);
	assert_slice_eq(c->masa_url, BRSKI_LIT("masa-test.siemens-bt.net:9443"));
	assert_int_equal(c->eku, BRSKI_EKU_CLIENT_AUTH);
	c = load(&l, "devid-certificates/minerva-cn-only-no-serialnumber.crt.pem");
	assert_true(brski_slice_present(c->san));
	assert_refused(brski_cert_device_serial(c, BRSKI_SERIAL_FROM_SUBJECT, &serial, &err),
	    BRSKI_E_SERIAL, &err);
	assert_refused(brski_cert_device_serial(c, BRSKI_SERIAL_FROM_HW_MODULE_NAME, &serial, &err),
	    BRSKI_E_SERIAL, &err);
	c = load(&l, "devid-certificates/minerva-ldevid-acp.crt.der");
	assert_true(brski_slice_present(c->san));
	c = load(&l, "devid-certificates/ot-local_registrar_cert.pem");
	assert_false(c->has_eku);
	brski_certs_clear(&l);
}

/* A view is not more than its certificate: every prefix and every tail is refused. */
static void
test_cut_off(void **state)
{
	struct brski_certs l = { 0 };
	const struct brski_cert *c = load(&l, "devid-certificates/ot-local_pledge_cert.pem");
	struct brski_err err = { 0 };
	struct brski_cert out;
	size_t i;

	(void)state;
	for (i = 0; i < c->der.n; i++)
		assert_refused_by(brski_cert_decode(brski_slice(c->der.p, i), &out, &err),
		    BRSKI_E_MALFORMED, "RFC 5280 4.1", &err);
	assert_refused_by(brski_cert_decode(TU_CAT(c->der, BRSKI_LIT("\x00")), &out, &err),
	    BRSKI_E_MALFORMED, "RFC 5280 4.1", &err);
	assert_null(out.der.p);
	/* SEQUENCEs without members, which libtasn1 lets through */
	assert_refused(brski_cert_decode(TU_SEQ(TU_NONE), &out, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(brski_cert_decode(TU_SEQ(TU_SEQ(TU_NONE), TU_SEQ(TU_OID("\x2a\x03")),
	                                     BRSKI_LIT("\x03\x01\x00")),
	                   &out, &err),
	    BRSKI_E_MALFORMED, &err);
	brski_certs_clear(&l);
}

/* RFC 5280 4.1: fields. */
static void
test_fields(void **state)
{
	struct brski_slice t = tu_time(TU_FROM), name = tu_copy(tu_name("x", NULL));
	struct brski_slice exts = tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("\x05\x00"));
	const struct tu_parts bad[] = {
		{ .version = BRSKI_LIT("\xa0\x03\x02\x01\x03") },
		{ .version = BRSKI_LIT("\xa0\x03\x02\x01\xff") },
		{ .version = BRSKI_LIT("\xa0\x04\x02\x02\x01\x00") },
		{ .version = BRSKI_LIT(""), .exts = exts }, /* 4.1.2.9: extensions are v3's */
		{ .version = BRSKI_LIT("\xa0\x03\x02\x01\x01"), .exts = exts },
		{ .inner_alg = TU_SEQ(TU_OID("\x2a\x03")) }, /* 4.1.1.2: not the outer one */
		{ .issuer = BRSKI_LIT("\x05\x00") },
		{ .issuer = TU_SEQ(BRSKI_LIT("\x31\x00")) },
		{ .issuer = TU_SEQ(TU_SET(TU_SEQ(TU_OID("\x55\x04\x03")))) },
		{ .subject = BRSKI_LIT("\x30\x02\x05\x00") },
		{ .subject = TU_SEQ(TU_SET(BRSKI_LIT("\x05\x00"))) },
		{ .validity = TU_SEQ(t) },
		{ .validity = TU_SEQ(t, t, t) },
		{ .validity = TU_SEQ(t, tu_tlv(BRSKI_DER_UTC_TIME, BRSKI_LIT("2001010000Z"))) },
		{ .validity = TU_SEQ(t, tu_tlv(BRSKI_DER_UTC_TIME, BRSKI_LIT("20200101000000Z"))) },
		{ .validity =
		        TU_SEQ(tu_tlv(BRSKI_DER_GENERAL_TIME, BRSKI_LIT("200101000000Z")), t) },
		{ .validity = TU_SEQ(tu_tlv(BRSKI_DER_UTC_TIME, BRSKI_LIT("209901000000Z")), t) },
		{ .validity = TU_SET(t, t) },
		{ .uids = BRSKI_LIT("\x81\x02\x08\x00") }, /* 4.1.2.8: BIT STRINGs, in order */
		{ .uids = BRSKI_LIT("\x82\x01\x01") },
		{ .uids = BRSKI_LIT("\x82\x01\x00\x81\x01\x00") },
		{ .inner_alg = TU_SET(), .outer_alg = TU_SET() },
		{ .spki = TU_SEQ(TU_SEQ(TU_OID("\x2a\x03"))) },
		{ .spki = TU_SEQ(TU_SEQ(TU_OID("\x2a\x03")), BRSKI_LIT("\x03\x02\x01\x02")) },
		{ .serial = BRSKI_LIT("\x04\x01\x01") },
		{ .sig = BRSKI_LIT("\x04\x01\x01") },
	};
	const struct tu_parts good[] = {
		{ .version = BRSKI_LIT("") }, /* v1 by default */
		{ .version = BRSKI_LIT("\xa0\x03\x02\x01\x01"),
		    .uids = BRSKI_LIT("\x81\x02\x00\x01") },
		{ .exts = exts },
		{ .subject = BRSKI_LIT("\x30\x00") },
		{ .serial = TU_INT("\xff") }, /* 4.1.2.2: users should handle negative ones */
		{ .issuer = name },
		{ .sig = BRSKI_LIT("\x03\x02\x01\x02") }, /* no signature, but a certificate */
		{ .inner_alg = TU_SEQ(TU_OID("\x2a\x03")),
		    .outer_alg = TU_SEQ(TU_OID("\x2a\x03")) },
		{ .spki = TU_SEQ(TU_SEQ(TU_OID("\x2a\x03")), BRSKI_LIT("\x03\x02\x00\x02")) },
	};
	struct brski_err err = { 0 };
	struct brski_cert c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(decode_parts(&bad[i], &c, &err), BRSKI_E_MALFORMED,
		    "RFC 5280 4.1", &err);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(decode_parts(&good[i], &c, &err), &err);
		if (i == 0)
			assert_int_equal(c.version, 1);
		if (i == 6)
			assert_false(brski_slice_present(c.sig));
		if (i == 7)
			assert_int_equal(c.sig_alg, BRSKI_ALG_NONE);
		if (i == 8)
			assert_int_equal(c.key_type, BRSKI_KEY_NONE);
	}
}

static void
test_too_large(void **state)
{
	static uint8_t big[BRSKI_CERT_MAX];
	struct brski_slice ext;
	struct brski_err err = { 0 };
	struct brski_cert c;

	(void)state;
	ext = tu_ext(BRSKI_LIT("\x2a\x03"), false, brski_slice(big, sizeof(big) - 600));
	assert_ok(decode_exts(ext, &c, &err), &err);
	ext = tu_ext(BRSKI_LIT("\x2a\x03"), false, brski_slice(big, sizeof(big)));
	assert_refused_by(decode_exts(ext, &c, &err), BRSKI_E_MALFORMED, "RFC 5280 4.1", &err);
	assert_null(c.der.p);
}

/* RFC 5280 4.2: the list of extensions itself. */
static void
test_extension_list(void **state)
{
	struct brski_slice one = tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("\x05\x00"));
	struct brski_slice many[BRSKI_EXT_MAX + 1];
	const struct brski_slice bad[] = {
		BRSKI_LIT(""),
		TU_CAT(one, one),
		BRSKI_LIT("\x05\x00"),
		TU_SEQ(BRSKI_LIT("\x05\x00")),
		TU_SEQ(TU_OID("\x2a\x03")),
		TU_SEQ(TU_OID("\x2a\x03"), BRSKI_LIT("\x04\x00\x05\x00")),
	};
	struct brski_err err = { 0 };
	struct brski_cert c;
	uint8_t oid[2] = { 0x2a };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(decode_exts(bad[i], &c, &err), BRSKI_E_MALFORMED, "RFC 5280 4.2",
		    &err);
	for (i = 0; i <= BRSKI_EXT_MAX; i++) {
		oid[1] = (uint8_t)(i + 1);
		many[i] = tu_ext(brski_slice(oid, 2), false, BRSKI_LIT(""));
	}
	assert_ok(decode_exts(tu_cat(many, BRSKI_EXT_MAX), &c, &err), &err);
	assert_refused_by(decode_exts(tu_cat(many, BRSKI_EXT_MAX + 1), &c, &err), BRSKI_E_MALFORMED,
	    "RFC 5280 4.2", &err);
	/* Not DER, but out there: critical FALSE written out. */
	assert_ok(decode_exts(TU_SEQ(TU_OID("\x2a\x03"), BRSKI_LIT("\x01\x01\x00\x04\x00")), &c,
	              &err),
	    &err);
	assert_false(brski_slice_present(c.unknown_critical));
}

/* Values that break the clause of their extension. */
static void
test_broken_extensions(void **state)
{
	const struct {
		struct brski_slice oid;
		const char *spec;
		struct brski_slice value;
	} rows[] = {
		{ BRSKI_EXT_BASIC, "RFC 5280 4.2.1.9", BRSKI_LIT("\x05\x00") },
		{ BRSKI_EXT_BASIC, "RFC 5280 4.2.1.9", BRSKI_LIT("\x30\x00\x00") },
		{ BRSKI_EXT_BASIC, "RFC 5280 4.2.1.9", BRSKI_LIT("\x30\x03\x01\x01\x01") },
		{ BRSKI_EXT_BASIC, "RFC 5280 4.2.1.9",
		    BRSKI_LIT("\x30\x06\x01\x01\xff\x02\x01\xff") },
		{ BRSKI_EXT_BASIC, "RFC 5280 4.2.1.9", BRSKI_LIT("\x30\x05\x01\x01\xff\x05\x00") },
		{ BRSKI_EXT_KEY_USAGE, "RFC 5280 4.2.1.3", BRSKI_LIT("\x04\x01\x80") },
		{ BRSKI_EXT_KEY_USAGE, "RFC 5280 4.2.1.3", BRSKI_LIT("\x03\x04\x00\x80\x80\x80") },
		{ BRSKI_EXT_KEY_PURPOSES, "RFC 5280 4.2.1.12", BRSKI_LIT("\x30\x00") },
		{ BRSKI_EXT_KEY_PURPOSES, "RFC 5280 4.2.1.12", BRSKI_LIT("\x30\x02\x05\x00") },
		{ BRSKI_EXT_SUBJECT_KEY_ID, "RFC 5280 4.2.1.2", BRSKI_LIT("\x30\x00") },
		{ BRSKI_EXT_SUBJECT_KEY_ID, "RFC 5280 4.2.1.2", BRSKI_LIT("\x04\x01\x61\x05\x00") },
		{ BRSKI_EXT_AUTHORITY_KEY_ID, "RFC 5280 4.2.1.1", BRSKI_LIT("\x04\x00") },
		{ BRSKI_EXT_AUTHORITY_KEY_ID, "RFC 5280 4.2.1.1", BRSKI_LIT("\x30\x02\x83\x00") },
		{ BRSKI_EXT_SUBJECT_ALT_NAME, "RFC 5280 4.2.1.6", BRSKI_LIT("\x30\x00") },
		{ BRSKI_EXT_SUBJECT_ALT_NAME, "RFC 5280 4.2.1.6", BRSKI_LIT("\x30\x02\x89\x00") },
		{ BRSKI_EXT_SUBJECT_ALT_NAME, "RFC 5280 4.2.1.6", BRSKI_LIT("\x30\x02\x0c\x00") },
		{ BRSKI_EXT_SUBJECT_ALT_NAME, "RFC 5280 4.2.1.6", BRSKI_LIT("\x30\x02\xa0\x00") },
		{ BRSKI_EXT_CRL_POINTS, "RFC 5280 4.2.1.13", BRSKI_LIT("\x30\x00") },
		{ BRSKI_EXT_CRL_POINTS, "RFC 5280 4.2.1.13", BRSKI_LIT("\x30\x02\x05\x00") },
		{ BRSKI_EXT_CRL_POINTS, "RFC 5280 4.2.1.13",
		    BRSKI_LIT("\x30\x04\x30\x02\x05\x00") },
		{ BRSKI_EXT_AUTHORITY_INFO, "RFC 5280 4.2.2.1", BRSKI_LIT("\x30\x00") },
		{ BRSKI_EXT_AUTHORITY_INFO, "RFC 5280 4.2.2.1", BRSKI_LIT("\x05\x00") },
		{ BRSKI_EXT_AUTHORITY_INFO, "RFC 5280 4.2.2.1", BRSKI_LIT("\x30\x02\x05\x00") },
		{ BRSKI_EXT_AUTHORITY_INFO, "RFC 5280 4.2.2.1", BRSKI_LIT("\x30\x02\x30\x00") },
		{ BRSKI_EXT_OCSP_NOCHECK, "RFC 6960 4.2.2.2.1", BRSKI_LIT("\x30\x00") },
		{ BRSKI_EXT_OCSP_NOCHECK, "RFC 6960 4.2.2.2.1", BRSKI_LIT("\x05\x00\x05\x00") },
		{ BRSKI_EXT_MASA_URL, "RFC 8995 2.3.2", BRSKI_LIT("\x13\x01\x61") },
		{ BRSKI_EXT_MASA_URL, "RFC 8995 2.3.2", BRSKI_LIT("\x16\x01\xe4") },
		{ BRSKI_EXT_MASA_URL, "RFC 8995 2.3.2", BRSKI_LIT("\x16\x01\x61\x61") },
	};
	struct brski_err err = { 0 };
	struct brski_cert c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused_by(decode_exts(tu_ext(rows[i].oid, false, rows[i].value), &c, &err),
		    BRSKI_E_MALFORMED, rows[i].spec, &err);
}

static struct brski_slice
other_name(struct brski_slice type, struct brski_slice value)
{
	return TU_TLV(TU_CONTEXT(0), tu_tlv(BRSKI_DER_OID, type), value);
}

/* RFC 5280 4.2.1.6 has nine choices; a certificate may use any. RFC 4108 5 is one of them. */
static void
test_general_names(void **state)
{
	const struct brski_slice hw = BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x08\x04");
	struct brski_slice name = tu_name("directory", NULL), module, san;
	struct brski_err err = { 0 };
	struct brski_cert c;

	(void)state;
	module = TU_SEQ(TU_OID("\x2a\x03"), tu_tlv(BRSKI_DER_OCTET_STRING, BRSKI_LIT("S-1")));
	san = TU_SEQ(other_name(BRSKI_LIT("\x2a\x03"),
	                 TU_TLV(TU_CONTEXT(0), BRSKI_LIT("\x05\x00"))),
	    BRSKI_LIT("\x81\x01\x61\x82\x01\x62\xa3\x02\x30\x00"), TU_TLV(TU_CONTEXT(4), name),
	    BRSKI_LIT("\xa5\x04\xa1\x02\x05\x00\x86\x01\x63\x87\x04\x7f\x00\x00\x01\x88\x01\x2a"),
	    other_name(hw, TU_TLV(TU_CONTEXT(0), module)));
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_ALT_NAME, true, san), &c, &err), &err);
	assert_slice_eq(c.hw_serial, BRSKI_LIT("S-1"));
	assert_slice_eq(c.san, san);
	assert_false(brski_slice_present(c.unknown_critical));

	assert_ok(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_ALT_NAME, true,
	                          TU_SEQ(TU_TLV(TU_CONTEXT(4), name))),
	              &c, &err),
	    &err);
	/* hardwareModuleName without its [0], without its serial number, with something after it */
	assert_refused(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_ALT_NAME, false,
	                               TU_SEQ(other_name(hw, module))),
	                   &c, &err),
	    BRSKI_E_MALFORMED, &err);
	assert_refused(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_ALT_NAME, false,
	                               TU_SEQ(other_name(hw,
	                                   TU_TLV(TU_CONTEXT(0), TU_SEQ(TU_OID("\x2a\x03")))))),
	                   &c, &err),
	    BRSKI_E_MALFORMED, &err);
	assert_refused(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_ALT_NAME, false,
	                               TU_SEQ(
	                                   other_name(hw, TU_TLV(TU_CONTEXT(0), module, module)))),
	                   &c, &err),
	    BRSKI_E_MALFORMED, &err);
}

static void
test_basic_and_usage(void **state)
{
	struct brski_err err = { 0 };
	struct brski_cert c;

	(void)state;
	assert_ok(decode_exts(TU_CAT(tu_ext(BRSKI_EXT_BASIC, true,
	                                 BRSKI_LIT("\x30\x06\x01\x01\xff\x02\x01\x05")),
	                          tu_ext(BRSKI_EXT_KEY_USAGE, true,
	                              BRSKI_LIT("\x03\x03\x07\x06\x80")),
	                          tu_ext(BRSKI_EXT_KEY_PURPOSES, false,
	                              TU_SEQ(TU_OID("\x55\x1d\x25\x00"), TU_OID("\x2a\x03")))),
	              &c, &err),
	    &err);
	assert_true(c.ca);
	assert_int_equal(c.path_len, 5);
	assert_int_equal(c.key_usage, BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN | 1u << 8);
	assert_int_equal(c.eku, BRSKI_EKU_ANY | BRSKI_EKU_OTHER);

	assert_ok(decode_exts(tu_ext(BRSKI_EXT_BASIC, true,
	                          TU_SEQ(TU_TRUE, TU_INT("\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))),
	              &c, &err),
	    &err);
	assert_true(c.path_len > 0xffff);
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_BASIC, true, BRSKI_LIT("\x30\x00")), &c, &err),
	    &err);
	assert_true(c.has_basic_constraints);
	assert_false(c.ca);
	assert_int_equal(c.path_len, -1);
}

/* RFC 5280 4.2: critical and not processed. Policies, name constraints and CRL points are such. */
static void
test_unknown_critical(void **state)
{
	const struct brski_slice points = BRSKI_LIT("\x30\x09\x30\x07\xa0\x05\xa0\x03\x86\x01\x61");
	static const struct brski_slice oids[] = {
		BRSKI_LIT("\x2a\x03"), BRSKI_LIT("\x55\x1d\x20"), /* certificatePolicies */
		BRSKI_LIT("\x55\x1d\x24"),                        /* policyConstraints */
		BRSKI_LIT("\x55\x1d\x1e"),                        /* nameConstraints */
	};
	struct brski_err err = { 0 };
	struct brski_cert c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		assert_ok(decode_exts(tu_ext(oids[i], true, BRSKI_LIT("\x30\x00")), &c, &err),
		    &err);
		assert_slice_eq(c.unknown_critical, oids[i]);
		assert_ok(decode_exts(tu_ext(oids[i], false, BRSKI_LIT("\x30\x00")), &c, &err),
		    &err);
		assert_false(brski_slice_present(c.unknown_critical));
	}
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_CRL_POINTS, true, points), &c, &err), &err);
	assert_slice_eq(c.unknown_critical, BRSKI_EXT_CRL_POINTS);
}

/* RFC 5280 4.2.1.13: the first http URI, wherever it stands. */
static void
test_crl_url(void **state)
{
	struct brski_slice point;
	struct brski_err err = { 0 };
	struct brski_cert c;

	(void)state;
	point = TU_SEQ(TU_TLV(TU_CONTEXT(0),
	    TU_TLV(TU_CONTEXT(0), tu_tlv(0x86, BRSKI_LIT("ldap://x")),
	        tu_tlv(0x86, BRSKI_LIT("HTTP://crl.example/a")),
	        tu_tlv(0x86, BRSKI_LIT("http://crl.example/b")))));
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_CRL_POINTS, false,
	                          TU_SEQ(TU_SEQ(
	                                     TU_TLV(TU_CONTEXT(2), tu_tlv(0x82, BRSKI_LIT("x")))),
	                              point)),
	              &c, &err),
	    &err);
	assert_slice_eq(c.crl_url, BRSKI_LIT("HTTP://crl.example/a"));
	assert_false(brski_slice_present(c.unknown_critical));
}

static struct brski_slice
access_by(const char *method, struct brski_slice location)
{
	return TU_SEQ(tu_tlv(BRSKI_DER_OID, brski_slice(method, 8)), location);
}

/* RFC 5280 4.2.2.1 and RFC 6960 4.2.2.2.1: the first responder that HTTP reaches. */
static void
test_ocsp_url(void **state)
{
	static const char ocsp[] = "\x2b\x06\x01\x05\x05\x07\x30\x01";
	static const char issuers[] = "\x2b\x06\x01\x05\x05\x07\x30\x02";
	struct brski_slice info, nocheck;
	struct brski_err err = { 0 };
	struct brski_cert c;

	(void)state;
	info = TU_SEQ(access_by(issuers, tu_tlv(0x86, BRSKI_LIT("http://ca.example/ca"))),
	    access_by(ocsp, tu_tlv(0x82, BRSKI_LIT("ocsp.example"))),
	    access_by(ocsp, tu_tlv(0x86, BRSKI_LIT("https://ocsp.example"))),
	    access_by(ocsp, tu_tlv(0x86, BRSKI_LIT("http://ocsp.example/1"))),
	    access_by(ocsp, tu_tlv(0x86, BRSKI_LIT("http://ocsp.example/2"))));
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_AUTHORITY_INFO, false, info), &c, &err), &err);
	assert_slice_eq(c.ocsp_url, BRSKI_LIT("http://ocsp.example/1"));
	assert_false(c.ocsp_nocheck);
	nocheck = tu_ext(BRSKI_EXT_OCSP_NOCHECK, true, BRSKI_LIT("\x05\x00"));
	assert_ok(decode_exts(nocheck, &c, &err), &err);
	assert_true(c.ocsp_nocheck);
	assert_false(brski_slice_present(c.unknown_critical));
	/* RFC 5280 4.2.2.1 forbids it, and we do not do all that it could mean */
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_AUTHORITY_INFO, true, info), &c, &err), &err);
	assert_true(brski_slice_present(c.unknown_critical));
}

/* One attribute of a Name in some string type. */
static struct brski_slice
cn(uint8_t tag, struct brski_slice text)
{
	return TU_SEQ(TU_SET(TU_SEQ(TU_OID("\x55\x04\x03"), tu_tlv(tag, text))));
}

/* RFC 5280 7.1 */
static void
test_name_eq(void **state)
{
	const struct brski_slice a = cn(BRSKI_DER_UTF8, BRSKI_LIT("Acme Root CA"));
	const struct brski_slice same[] = {
		a,
		cn(BRSKI_DER_PRINTABLE, BRSKI_LIT("Acme Root CA")),
		cn(BRSKI_DER_UTF8, BRSKI_LIT("  ACME  root\tCa ")),
		cn(0x1e, BRSKI_LIT("\0A\0c\0m\0e\0 \0R\0o\0o\0t\0 \0C\0A")),
		cn(0x14, BRSKI_LIT("acme root ca")),
	};
	const struct brski_slice other[] = {
		cn(BRSKI_DER_UTF8, BRSKI_LIT("AcmeRoot CA")),
		cn(BRSKI_DER_UTF8, BRSKI_LIT("Acme Root CA2")),
		cn(BRSKI_DER_UTF8, BRSKI_LIT("Acme Root C")),
		cn(BRSKI_DER_UTF8, BRSKI_LIT("")),
		cn(0x1e, BRSKI_LIT("\0A\0c\0m\0e\0 \0R\0o\0o\0t\0 \0C\0A\0")),
		cn(BRSKI_DER_OCTET_STRING, BRSKI_LIT("Acme Root CA")),
		TU_SEQ(TU_SET(TU_SEQ(TU_OID("\x55\x04\x0a"),
		    tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT("Acme Root CA"))))),
		BRSKI_LIT("\x30\x00"),
		BRSKI_LIT("\x05\x00"),
		BRSKI_LIT("\x30\x02\x31\x00"),
		BRSKI_LIT("\x30\x04\x31\x02\x05\x00"),
		TU_NONE,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!brski_name_eq(a, same[i]) || !brski_name_eq(same[i], a))
			fail_msg("row %zu differs", i);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (brski_name_eq(a, other[i]) || brski_name_eq(other[i], a))
			fail_msg("row %zu is equal", i);
	/* the same after the other, and more after the same */
	assert_false(brski_name_eq(tu_name("a", "1"), tu_name("a", NULL)));
	assert_false(brski_name_eq(tu_name("a", NULL), tu_name("a", "1")));
	assert_true(brski_name_eq(cn(BRSKI_DER_UTF8, BRSKI_LIT("\xc3\x84\xce\xa9\xd0\x96\xd0\x81")),
	    cn(BRSKI_DER_UTF8, BRSKI_LIT("\xc3\xa4\xcf\x89\xd0\xb6\xd1\x91"))));
	assert_true(brski_name_eq(cn(0x1c, BRSKI_LIT("\0\0\0\x41\0\0\0\xe4")),
	    cn(BRSKI_DER_UTF8, BRSKI_LIT("a\xc3\x84"))));
	/* broken UTF-8 equals nothing but itself */
	assert_false(
	    brski_name_eq(cn(BRSKI_DER_UTF8, BRSKI_LIT("a\xc3")), cn(0x14, BRSKI_LIT("a\xc3"))));
	assert_false(
	    brski_name_eq(cn(BRSKI_DER_UTF8, BRSKI_LIT("\xc0\x80")), cn(0x1e, BRSKI_LIT("\0\0"))));
	assert_false(brski_name_eq(cn(BRSKI_DER_UTF8, BRSKI_LIT("\xc3\x28")),
	    cn(BRSKI_DER_UTF8, BRSKI_LIT("\xc3\x28 "))));
}

/* RFC 5280 7.1: the attributes of one RDN are a set. */
static void
test_name_sets(void **state)
{
	struct brski_slice a =
	    TU_SEQ(TU_OID("\x55\x04\x03"), TU_TLV(BRSKI_DER_UTF8, BRSKI_LIT("a")));
	struct brski_slice b =
	    TU_SEQ(TU_OID("\x55\x04\x0a"), TU_TLV(BRSKI_DER_UTF8, BRSKI_LIT("b")));

	(void)state;
	assert_true(brski_name_eq(TU_SEQ(TU_SET(a, b)), TU_SEQ(TU_SET(b, a))));
	assert_false(brski_name_eq(TU_SEQ(TU_SET(a, b)), TU_SEQ(TU_SET(a))));
	assert_false(brski_name_eq(TU_SEQ(TU_SET(a)), TU_SEQ(TU_SET(a, b))));
	assert_false(brski_name_eq(TU_SEQ(TU_SET(a), TU_SET(b)), TU_SEQ(TU_SET(b), TU_SET(a))));
	assert_false(brski_name_eq(TU_SEQ(TU_SET(a), TU_SET(b)), TU_SEQ(TU_SET(a, b))));
}

static void
test_name_text(void **state)
{
	struct brski_slice name;
	char text[80];

	(void)state;
	assert_string_equal(brski_name_text(tu_name("dev", "J\"1"), text, sizeof(text)),
	    "O=Quayside test, CN=dev, serialNumber=J\"1");
	assert_string_equal(brski_name_text(tu_name("device", NULL), text, 9), "O=Quaysi");
	name = TU_SEQ(TU_SET(TU_SEQ(TU_OID("\x2a\x86\x48\x81\x00"),
	                  tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT("a\n\xc3\xa4\x7f")))),
	    TU_SET(TU_SEQ(TU_OID("\x88\x37"), BRSKI_LIT("\x05\x00"))));
	assert_string_equal(brski_name_text(name, text, sizeof(text)), "1.2.840.128=a???, 2.999=?");
	assert_string_equal(brski_name_text(TU_NONE, text, sizeof(text)), "");
	assert_string_equal(brski_name_text(cn(BRSKI_DER_UTF8, BRSKI_LIT("a\xc3")), text,
	                        sizeof(text)),
	    "CN=a?");
}

/* RFC 8995 2.3.1: one serialNumber, clean text of at most 64 octets. */
static void
test_device_serial(void **state)
{
	struct brski_slice oid = TU_OID("\x55\x04\x05"), good, serial;
	uint8_t text[BRSKI_SERIAL_MAX + 1];
	struct brski_err err = { 0 };
	struct tu_parts p = { 0 };
	struct brski_cert c;
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text));
	good = TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT("S\xc3\xa4"))));
	p.subject = TU_SEQ(good);
	assert_ok(decode_parts(&p, &c, &err), &err);
	assert_ok(brski_cert_device_serial(&c, BRSKI_SERIAL_FROM_SUBJECT, &serial, &err), &err);
	assert_slice_eq(serial, BRSKI_LIT("S\xc3\xa4"));

	const struct brski_slice bad[] = {
		TU_SEQ(good, good),
		TU_SEQ(TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT(""))))),
		TU_SEQ(TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT("S\n"))))),
		TU_SEQ(TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT("S\0T"))))),
		TU_SEQ(TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, BRSKI_LIT("S\xc3"))))),
		TU_SEQ(TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_OCTET_STRING, BRSKI_LIT("S"))))),
		TU_SEQ(
		    TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, brski_slice(text, sizeof(text)))))),
		tu_name("S", NULL),
	};
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p.subject = bad[i];
		assert_ok(decode_parts(&p, &c, &err), &err);
		assert_refused_by(brski_cert_device_serial(&c, BRSKI_SERIAL_FROM_SUBJECT, &serial,
		                      &err),
		    BRSKI_E_SERIAL, "RFC 8995 2.3.1", &err);
	}
	p.subject = TU_SEQ(
	    TU_SET(TU_SEQ(oid, tu_tlv(BRSKI_DER_UTF8, brski_slice(text, BRSKI_SERIAL_MAX)))));
	assert_ok(decode_parts(&p, &c, &err), &err);
	assert_ok(brski_cert_device_serial(&c, BRSKI_SERIAL_FROM_SUBJECT, &serial, &err), &err);
}

/* RFC 8995 5.8.2 */
static void
test_domain_id(void **state)
{
	uint8_t id[64], digest[BRSKI_SHA256_SIZE], longer[65] = { 1 };
	struct brski_err err = { 0 };
	struct brski_cert c;

	(void)state;
	assert_slice_eq(brski_cert_domain_id(tu_cert(&ca), id), tu_cert(&ca)->ski);
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_KEY_ID, false,
	                          tu_tlv(BRSKI_DER_OCTET_STRING,
	                              brski_slice(longer, sizeof(longer)))),
	              &c, &err),
	    &err);
	brski_sha256(brski_slice(longer, sizeof(longer)), digest);
	assert_slice_eq(brski_cert_domain_id(&c, id), brski_slice(digest, sizeof(digest)));

	/* an empty one names nobody: an audit log with it could not be read */
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_SUBJECT_KEY_ID, false,
	                          tu_tlv(BRSKI_DER_OCTET_STRING, BRSKI_LIT(""))),
	              &c, &err),
	    &err);
	brski_sha256(c.spki, digest);
	assert_slice_eq(brski_cert_domain_id(&c, id), brski_slice(digest, sizeof(digest)));
}

/* rfc8366bis 6.1 and standards 1.3: one way to write it, many to read it. */
static void
test_idevid_issuer(void **state)
{
	struct tu_id device = { 0 };
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice keyid = tu_cert(&ca)->ski, aki, name;
	struct brski_cert c;
	uint8_t digest[BRSKI_HASH_MAX];

	(void)state;
	tu_idevid(&device, &ca, "S-1", NULL);
	assert_ok(brski_cert_idevid_issuer(tu_cert(&device), &out, &err), &err);
	aki = TU_SEQ(tu_tlv(0x80, keyid));
	assert_slice_eq(brski_buf_slice(&out), tu_tlv(BRSKI_DER_OCTET_STRING, aki));
	assert_slice_eq(brski_idevid_issuer_keyid(brski_buf_slice(&out)), keyid);
	assert_slice_eq(brski_idevid_issuer_keyid(aki), keyid);
	assert_slice_eq(brski_idevid_issuer_keyid(keyid), keyid);
	assert_slice_eq(brski_idevid_issuer_keyid(tu_tlv(BRSKI_DER_OCTET_STRING, keyid)), keyid);
	name = tu_name("a Name, longer than any key identifier", NULL);
	assert_false(brski_slice_present(brski_idevid_issuer_keyid(name)));
	assert_false(brski_slice_present(brski_idevid_issuer_keyid(BRSKI_LIT("short"))));
	assert_false(brski_slice_present(brski_idevid_issuer_keyid(TU_NONE)));

	/* without an AKI: SHA-1 of the certificate's own key */
	brski_buf_reset(&out);
	assert_ok(decode_parts(&(struct tu_parts){ 0 }, &c, &err), &err);
	assert_ok(brski_cert_idevid_issuer(&c, &out, &err), &err);
	assert_int_equal(out.n, 26);
	assert_slice_eq(brski_idevid_issuer_keyid(brski_buf_slice(&out)),
	    brski_digest(BRSKI_SHA1, c.key, digest));

	/* an AKI without a keyid */
	assert_ok(decode_exts(tu_ext(BRSKI_EXT_AUTHORITY_KEY_ID, false,
	                          BRSKI_LIT("\x30\x0a\xa1\x05\x81\x03\x61\x40\x62\x82\x01\x05")),
	              &c, &err),
	    &err);
	assert_false(brski_slice_present(c.aki));
	assert_int_equal(c.aki_extn.n, 12);
	brski_buf_clear(&out);
	tu_id_clear(&device);
}

/* Lists take PEM, DER and base64, and own what they hold. */
static void
test_lists(void **state)
{
	struct brski_certs l = { 0 }, copy = { 0 };
	struct brski_buf text = { 0 };
	struct brski_err err = { 0 };
	const struct brski_cert *c = tu_cert(&ca);
	size_t i;

	(void)state;
	assert_ok(brski_certs_add_any(&l, c->der, &err), &err);
	assert_ok(brski_base64_encode(c->der, &text, &err), &err);
	assert_ok(brski_buf_append_str(&text, "\n", &err), &err);
	assert_ok(brski_certs_add_any(&l, brski_buf_slice(&text), &err), &err);
	brski_buf_reset(&text);
	assert_ok(brski_buf_append_str(&text, "a comment\n", &err), &err);
	assert_ok(brski_pem_encode("EC PARAMETERS", BRSKI_LIT("\x05\x00"), &text, &err), &err);
	tu_pem(&ca, true, &text);
	tu_pem(&ca, true, &text);
	assert_ok(brski_certs_add_any(&l, brski_buf_slice(&text), &err), &err);
	assert_int_equal(l.n, 4);
	for (i = 0; i < l.n; i++) {
		assert_slice_eq(l.v[i].der, c->der);
		assert_slice_eq(l.v[i].ski, c->ski);
		assert_true(
		    l.v[i].ski.p > l.v[i].der.p && l.v[i].ski.p < l.v[i].der.p + l.v[i].der.n);
	}
	assert_ok(brski_certs_copy(&copy, &l, &err), &err);
	brski_certs_clear(&l);
	brski_certs_clear(&l);
	assert_int_equal(copy.n, 4);
	assert_slice_eq(copy.v[3].subject, c->subject);
	assert_ptr_equal(brski_certs_find(&copy, c->der), &copy.v[0]);
	assert_null(brski_certs_find(&copy, c->tbs));
	brski_certs_clear(&copy);
	brski_buf_clear(&text);
}

/* RFC 7468 5, RFC 5652 5.1: nothing in it, something broken in it, too many in it. */
static void
test_lists_refuse(void **state)
{
	struct brski_certs l = { 0 };
	struct brski_buf text = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	tu_read("rfc8995-appendix-c/pledge.key.pem", &text);
	assert_refused_by(brski_certs_add_any(&l, brski_buf_slice(&text), &err), BRSKI_E_MALFORMED,
	    "RFC 7468 5", &err);
	brski_buf_reset(&text);
	tu_pem(&ca, false, &text);
	assert_ok(brski_pem_encode("CERTIFICATE", BRSKI_LIT("\x30\x00"), &text, &err), &err);
	assert_refused(brski_certs_add_any(&l, brski_buf_slice(&text), &err), BRSKI_E_MALFORMED,
	    &err);
	assert_refused(brski_certs_add_any(&l, BRSKI_LIT("!"), &err), BRSKI_E_MALFORMED, &err);
	assert_refused(brski_certs_add_any(&l, BRSKI_LIT(""), &err), BRSKI_E_MALFORMED, &err);
	brski_certs_clear(&l);
	for (i = 0; i < BRSKI_BAG_MAX; i++)
		tu_add(&l, &ca);
	assert_refused_by(brski_certs_add(&l, tu_cert(&ca)->der, &err), BRSKI_E_TOO_LARGE,
	    "RFC 5652 5.1", &err);
	brski_certs_clear(&l);
	l.max = 1;
	tu_add(&l, &ca);
	assert_refused(brski_certs_add(&l, tu_cert(&ca)->der, &err), BRSKI_E_TOO_LARGE, &err);
	brski_certs_clear(&l);
	assert_int_equal(l.max, 1);
	assert_int_equal(brski_certs_load(&l, TEST_DATA "/no-such-file", NULL), BRSKI_E_NOT_FOUND);
	brski_buf_clear(&text);
}

static void
test_self_issued(void **state)
{
	struct tu_id device = { 0 };

	(void)state;
	tu_idevid(&device, &ca, "S-1", NULL);
	assert_true(brski_cert_self_issued(tu_cert(&ca)));
	assert_false(brski_cert_self_issued(tu_cert(&device)));
	tu_id_clear(&device);
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rfc8995_pledge),
		TEST(test_rfc8995_registrar),
		TEST(test_devids),
		TEST(test_cut_off),
		TEST(test_fields),
		TEST(test_too_large),
		TEST(test_extension_list),
		TEST(test_broken_extensions),
		TEST(test_general_names),
		TEST(test_basic_and_usage),
		TEST(test_unknown_critical),
		TEST(test_crl_url),
		TEST(test_ocsp_url),
		TEST(test_name_eq),
		TEST(test_name_sets),
		TEST(test_name_text),
		TEST(test_device_serial),
		TEST(test_domain_id),
		TEST(test_idevid_issuer),
		TEST(test_lists),
		TEST(test_lists_refuse),
		TEST(test_self_issued),
	};

	return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
