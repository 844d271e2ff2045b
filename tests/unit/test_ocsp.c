/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP requests both ways and responses that we make: RFC 6960 4, RFC 9654; also by openssl. */
#include <stdio.h>
#include <time.h>
#include "tu_der.h"
#include "tu_openssl.h"
#include "crypto/ocsp.h"
#include "crypto/x509.h"

#define OID_NONCE BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x02")

static struct tu_id ca, device, signer;

static int
setup(void **state)
{
	struct brski_cert_facts f = tu_facts("OCSP signer");

	(void)state;
	tu_ca(&ca, "Test CA");
	tu_ldevid(&device, &ca, "S-1");
	f.eku = BRSKI_EKU_OCSP_SIGNING;
	f.ocsp_nocheck = true;
	tu_issue(&signer, &ca, &f);
	if (tu_openssl_open() != 0)
		return -1;
	tu_openssl_put_pem("ca.pem", "CERTIFICATE", tu_cert(&ca)->der);
	tu_openssl_put_pem("device.pem", "CERTIFICATE", tu_cert(&device)->der);
	tu_openssl_put_pem("signer.pem", "CERTIFICATE", tu_cert(&signer)->der);
	tu_openssl_put_key("signer.key", &signer.key);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_id_clear(&ca);
	tu_id_clear(&device);
	tu_id_clear(&signer);
	return tu_openssl_close();
}

static struct brski_slice
cert_id(enum brski_hash hash, struct brski_slice serial)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice id;

	assert_ok(brski_ocsp_id_encode(hash, tu_cert(&ca), serial, &der, &err), &err);
	id = tu_copy(brski_buf_slice(&der));
	brski_buf_clear(&der);
	return id;
}

static struct brski_slice
encode(const struct brski_slice *ids, size_t n, struct brski_slice nonce)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice request;

	assert_ok(brski_ocsp_request_encode(ids, n, nonce, &der, &err), &err);
	request = tu_copy(brski_buf_slice(&der));
	brski_buf_clear(&der);
	return request;
}

/* RFC 6960 4.1.1: hashes of the issuer's name and key, whose certificate it is. */
static void
test_cert_ids(void **state)
{
	static const enum brski_hash hashes[] = { BRSKI_SHA1, BRSKI_SHA256 };
	struct brski_slice ids[2], name, key;
	struct brski_ocsp_request r;
	uint8_t digest[2][BRSKI_HASH_MAX];
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct tu_id other = { 0 };
	struct brski_cert twin;
	size_t i;

	(void)state;
	tu_ca(&other, "Test CA"); /* of the same name */
	twin = *tu_cert(&ca);
	twin.subject = tu_name("another name", NULL);
	for (i = 0; i < 2; i++)
		ids[i] = cert_id(hashes[i], BRSKI_LIT("\x00\x80"));
	assert_ok(brski_ocsp_request_decode(encode(ids, 2, TU_NONE), &r, &err), &err);
	assert_int_equal(r.n, 2);
	for (i = 0; i < 2; i++) {
		name = brski_digest(hashes[i], tu_cert(&ca)->subject, digest[0]);
		key = brski_digest(hashes[i], tu_cert(&ca)->key, digest[1]);
		assert_int_equal(r.ids[i].hash, hashes[i]);
		assert_slice_eq(r.ids[i].name, name);
		assert_slice_eq(r.ids[i].key, key);
		assert_slice_eq(r.ids[i].serial, BRSKI_LIT("\x00\x80"));
		assert_slice_eq(r.ids[i].der, ids[i]);
		assert_true(brski_ocsp_id_is_of(&r.ids[i], tu_cert(&ca)));
		assert_false(brski_ocsp_id_is_of(&r.ids[i], tu_cert(&other)));
		assert_false(brski_ocsp_id_is_of(&r.ids[i], &twin));
	}
	assert_broken(brski_ocsp_id_encode(BRSKI_SHA384, tu_cert(&ca), BRSKI_LIT("\x01"), &out,
	                  &err),
	    BRSKI_E_INTERNAL, &err);
	assert_int_equal(out.n, 0);
	tu_id_clear(&other);
}

/* Parts of a request, each the DER of a field; what is absent becomes something good. */
struct parts {
	struct brski_slice id, one_exts, list, version, requestor, exts, signature;
};

static struct brski_slice
put(const struct parts *p)
{
	struct brski_slice id, one, list, exts = TU_NONE;

	id = brski_slice_present(p->id) ? p->id : cert_id(BRSKI_SHA1, BRSKI_LIT("\x05"));
	one = TU_SEQ(id, p->one_exts);
	list = brski_slice_present(p->list) ? p->list : TU_SEQ(one);
	if (brski_slice_present(p->exts))
		exts = TU_TLV(TU_CONTEXT(2), p->exts);
	return TU_SEQ(TU_SEQ(p->version, p->requestor, list, exts), p->signature);
}

static struct brski_slice
nonce_ext(size_t n)
{
	static const uint8_t octets[129] = { 0 };

	return tu_ext(OID_NONCE, false, tu_tlv(BRSKI_DER_OCTET_STRING, brski_slice(octets, n)));
}

/* Everything that a request may have, RFC 6960 4.1.1. */
static void
test_request(void **state)
{
	struct brski_slice ids[BRSKI_OCSP_CERTS_MAX], nonce = BRSKI_LIT("0123456789abcdef");
	struct brski_slice other = tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("\x05\x00"));
	struct parts p = { 0 };
	struct brski_ocsp_request r;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < BRSKI_OCSP_CERTS_MAX; i++)
		ids[i] = cert_id(BRSKI_SHA256, brski_slice(&(uint8_t){ (uint8_t)(i + 1) }, 1));
	assert_ok(brski_ocsp_request_decode(encode(ids, BRSKI_OCSP_CERTS_MAX, nonce), &r, &err),
	    &err);
	assert_int_equal(r.n, BRSKI_OCSP_CERTS_MAX);
	assert_int_equal(r.ids[15].serial.p[0], 16);
	assert_slice_eq(r.nonce, nonce);
	assert_false(r.is_signed);
	assert_ok(brski_ocsp_request_decode(encode(ids, 1, TU_NONE), &r, &err), &err);
	assert_false(brski_slice_present(r.nonce));

	p.version = BRSKI_LIT("\xa0\x03\x02\x01\x00");
	p.requestor = TU_TLV(TU_CONTEXT(1), TU_TLV(TU_CONTEXT(4), tu_name("asks", NULL)));
	p.one_exts = TU_TLV(TU_CONTEXT(0), TU_SEQ(other));
	p.exts = TU_SEQ(other, nonce_ext(1));
	p.signature = TU_TLV(TU_CONTEXT(0), TU_SEQ(BRSKI_LIT("\x30\x00\x03\x01\x00")));
	assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
	assert_true(r.is_signed);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.nonce.n, 1);
}

/* A hash that we do not know is no reason to refuse the rest. Parameters may be left out. */
static void
test_hashes(void **state)
{
	static const struct {
		struct brski_slice alg;
		enum brski_hash hash;
	} v[] = {
		{ BRSKI_LIT("\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00"), BRSKI_SHA1 },
		{ BRSKI_LIT("\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a"), BRSKI_SHA1 },
		{ BRSKI_LIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"), BRSKI_SHA256 },
		{ BRSKI_LIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"),
		    BRSKI_HASH_NONE },
		{ BRSKI_LIT("\x30\x04\x06\x02\x2a\x03"), BRSKI_HASH_NONE },
	};
	uint8_t digest[2][BRSKI_HASH_MAX];
	struct brski_ocsp_request r;
	struct brski_err err = { 0 };
	struct parts p = { 0 };
	enum brski_hash used;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		used = v[i].hash != BRSKI_HASH_NONE ? v[i].hash : BRSKI_SHA1;
		p.id = TU_SEQ(v[i].alg,
		    tu_tlv(BRSKI_DER_OCTET_STRING,
		        brski_digest(used, tu_cert(&ca)->subject, digest[0])),
		    tu_tlv(BRSKI_DER_OCTET_STRING,
		        brski_digest(used, tu_cert(&ca)->key, digest[1])),
		    TU_INT("\x05"));
		assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
		assert_int_equal(r.ids[0].hash, v[i].hash);
		assert_int_equal(brski_ocsp_id_is_of(&r.ids[0], tu_cert(&ca)),
		    v[i].hash != BRSKI_HASH_NONE);
	}
}

static void
assert_malformed(struct brski_slice der, const char *spec)
{
	struct brski_err err = { 0 };
	struct brski_ocsp_request r;

	assert_refused_by(brski_ocsp_request_decode(der, &r, &err), BRSKI_E_MALFORMED, spec, &err);
	assert_int_equal(r.n, 0);
}

/* RFC 6960 4.1.1: strict DER, one to sixteen CertIDs, nothing after it. */
static void
test_malformed(void **state)
{
	struct brski_slice id = cert_id(BRSKI_SHA1, BRSKI_LIT("\x05")), one = TU_SEQ(id), many[17];
	struct brski_slice good = put(&(struct parts){ 0 }), null = BRSKI_LIT("\x05\x00");
	struct brski_slice alg = BRSKI_LIT("\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a");
	struct brski_slice hash = BRSKI_LIT("\x04\x01\x61"), nothing = BRSKI_LIT("\x30\x00");
	struct brski_err err = { 0 };
	struct brski_ocsp_request r;
	size_t i;

	(void)state;
	for (i = 0; i < 17; i++)
		many[i] = one;
	const struct parts bad[] = {
		{ .list = null },
		{ .list = TU_SEQ(TU_NONE) },
		{ .list = TU_SEQ(null) },
		{ .list = TU_SEQ(tu_cat(many, 17)) },
		{ .list = TU_SEQ(nothing) },
		{ .list = TU_SEQ(TU_SEQ(id, null)) },
		{ .list = TU_SEQ(one, null) },
		{ .id = TU_SEQ(alg, hash, hash) },
		{ .id = TU_SEQ(alg, hash, hash, TU_INT("\x05"), null) },
		{ .id = TU_SEQ(alg, hash, TU_INT("\x05")) },
		{ .id = TU_SEQ(hash, hash, TU_INT("\x05")) },
		{ .id = TU_SEQ(alg, hash, hash, TU_INT("\x00\x05")) },
		{ .version = BRSKI_LIT("\xa0\x03\x02\x01\x01") },
		{ .version = BRSKI_LIT("\xa0\x00") },
		{ .requestor = BRSKI_LIT("\xa1\x00") },
		{ .requestor = TU_TLV(TU_CONTEXT(1), null, null) },
		{ .exts = null },
		{ .exts = TU_SEQ(TU_NONE) },
		{ .exts = TU_SEQ(nonce_ext(16), nonce_ext(16)) },
		{ .exts = TU_CAT(TU_SEQ(nonce_ext(16)), null) },
		{ .one_exts = TU_TLV(TU_CONTEXT(0), TU_SEQ(TU_NONE)) },
		{ .signature = null },
		{ .signature = TU_TLV(TU_CONTEXT(0), null) },
		{ .signature = TU_TLV(TU_CONTEXT(0), nothing, nothing) },
		{ .signature = TU_CAT(TU_TLV(TU_CONTEXT(0), nothing), null) },
	};

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_malformed(put(&bad[i]), "RFC 6960 4.1.1");
	assert_ok(brski_ocsp_request_decode(good, &r, &err), &err);
	for (i = 0; i < good.n; i++)
		assert_malformed(brski_slice(good.p, i), "RFC 6960 4.1.1");
	assert_malformed(TU_CAT(good, BRSKI_LIT("\x00")), "RFC 6960 4.1.1");
	assert_malformed(null, "RFC 6960 4.1.1");
	assert_malformed(TU_SEQ(TU_NONE), "RFC 6960 4.1.1");
	assert_malformed(TU_SEQ(TU_SEQ(TU_SEQ(one), null)), "RFC 6960 4.1.1");
}

/* RFC 9654 2.1: 1 to 128 octets in an OCTET STRING, and the sample of it. */
static void
test_nonce(void **state)
{
	static const size_t good[] = { 1, 15, 16, 32, 33, 128 };
	struct brski_buf sample = { 0 };
	struct brski_ocsp_request r;
	struct brski_err err = { 0 };
	struct parts p = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		p.exts = TU_SEQ(nonce_ext(good[i]));
		assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
		assert_int_equal(r.nonce.n, good[i]);
	}
	tu_read("rfc9654-nonce/nonce-extension.der", &sample);
	p.exts = TU_SEQ(brski_buf_slice(&sample));
	assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
	assert_int_equal(r.nonce.n, 32);
	assert_slice_eq(encode(&r.ids[0].der, 1, r.nonce), put(&p));
	brski_buf_clear(&sample);

	p.exts = TU_SEQ(nonce_ext(0));
	assert_malformed(put(&p), "RFC 9654 2.1");
	p.exts = TU_SEQ(nonce_ext(129));
	assert_malformed(put(&p), "RFC 9654 2.1");
	p.exts = TU_SEQ(tu_ext(OID_NONCE, false, BRSKI_LIT("0123456789abcdef"))); /* not wrapped */
	assert_malformed(put(&p), "RFC 9654 2.1");
	p.exts = TU_SEQ(tu_ext(OID_NONCE, false, BRSKI_LIT("\x04\x01\x61\x05\x00")));
	assert_malformed(put(&p), "RFC 9654 2.1");
	/* critical, and we know it; per certificate there is none */
	p.exts = TU_SEQ(tu_ext(OID_NONCE, true, BRSKI_LIT("\x04\x01\x61")));
	assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
	p.one_exts = TU_TLV(TU_CONTEXT(0), TU_SEQ(nonce_ext(0)));
	assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
}

/* RFC 6960 4.1.2: what has to be understood, and is not. */
static void
test_critical(void **state)
{
	struct brski_slice strange = TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), true, BRSKI_LIT("")));

	(void)state;
	assert_malformed(put(&(struct parts){ .exts = strange }), "RFC 6960 4.1.2");
	assert_malformed(put(&(struct parts){ .one_exts = TU_TLV(TU_CONTEXT(0), strange) }),
	    "RFC 6960 4.1.2");
}

static void
test_too_large(void **state)
{
	static uint8_t big[BRSKI_OCSP_REQUEST_MAX];
	struct brski_ocsp_request r;
	struct brski_err err = { 0 };
	struct parts p = { 0 };

	(void)state;
	p.exts = TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), false, brski_slice(big, sizeof(big))));
	assert_refused_by(brski_ocsp_request_decode(put(&p), &r, &err), BRSKI_E_TOO_LARGE,
	    "RFC 5019 5", &err);
	p.exts = TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), false, brski_slice(big, sizeof(big) - 200)));
	assert_ok(brski_ocsp_request_decode(put(&p), &r, &err), &err);
}

static void
test_our_mistakes(void **state)
{
	struct brski_slice id = cert_id(BRSKI_SHA1, BRSKI_LIT("\x05"));
	static const uint8_t nonce[129] = { 1 };
	struct brski_ocsp_facts f = { .signer = tu_cert(&signer) };
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_broken(brski_ocsp_request_encode(&id, 1, brski_slice(nonce, 129), &out, &err),
	    BRSKI_E_INTERNAL, &err);
	assert_broken(brski_ocsp_request_encode(&id, 1, BRSKI_LIT(""), &out, &err),
	    BRSKI_E_INTERNAL, &err);
	assert_broken(brski_ocsp_response_encode(&f, &ca.key, &out, &err), BRSKI_E_INTERNAL, &err);
	f.nonce = brski_slice(nonce, 129);
	assert_broken(brski_ocsp_response_encode(&f, &signer.key, &out, &err), BRSKI_E_INTERNAL,
	    &err);
	assert_int_equal(out.n, 0);
	brski_buf_clear(&out);
}

/* RFC 6960 4.2.1: the other answers are five octets. */
static void
test_errors(void **state)
{
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_ocsp_error_encode(BRSKI_OCSP_MALFORMED, &out, &err), &err);
	assert_ok(brski_ocsp_error_encode(BRSKI_OCSP_UNAUTHORIZED, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out),
	    BRSKI_LIT("\x30\x03\x0a\x01\x01\x30\x03\x0a\x01\x06"));
	brski_buf_clear(&out);
}

/* ResponseData, octet by octet: responderID, times, status, nonce. RFC 6960 4.2.1, 4.2.2 */
static void
test_response(void **state)
{
	struct brski_slice id = cert_id(BRSKI_SHA1, BRSKI_LIT("\x05"));
	struct brski_slice t = BRSKI_LIT("\x18\x0f"
	                                 "20260601120000Z");
	const struct brski_ocsp_single singles[] = {
		{ id, BRSKI_OCSP_GOOD, 0, 0, TU_NOW, TU_NOW },
		{ id, BRSKI_OCSP_REVOKED, TU_NOW, BRSKI_REASON_KEY_COMPROMISE, TU_NOW,
		    BRSKI_TIME_UNKNOWN },
		{ id, BRSKI_OCSP_REVOKED, 0, BRSKI_REASON_UNSPECIFIED, INT64_C(-631152000),
		    INT64_C(2524608000) },
		{ id, BRSKI_OCSP_UNKNOWN, 0, 0, TU_NOW, TU_NOW },
	};
	struct brski_ocsp_facts f = { .singles = singles,
		.n = 4,
		.produced = TU_NOW,
		.nonce = BRSKI_LIT("nonce"),
		.signer = tu_cert(&ca),
		.signer_is_issuer = true };
	uint8_t digest[BRSKI_HASH_MAX];
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice want;

	(void)state;
	want = TU_SEQ(TU_TLV(TU_CONTEXT(2),
	                  tu_tlv(BRSKI_DER_OCTET_STRING,
	                      brski_digest(BRSKI_SHA1, tu_cert(&ca)->key, digest))),
	    t,
	    TU_SEQ(TU_SEQ(id, BRSKI_LIT("\x80\x00"), t, TU_TLV(TU_CONTEXT(0), t)),
	        TU_SEQ(id, TU_TLV(TU_CONTEXT(1), t, BRSKI_LIT("\xa0\x03\x0a\x01\x01")), t),
	        TU_SEQ(id,
	            TU_TLV(TU_CONTEXT(1),
	                BRSKI_LIT("\x18\x0f"
	                          "19700101000000Z")),
	            BRSKI_LIT("\x18\x0f"
	                      "19500101000000Z"),
	            TU_TLV(TU_CONTEXT(0),
	                BRSKI_LIT("\x18\x0f"
	                          "20500101000000Z"))),
	        TU_SEQ(id, BRSKI_LIT("\x82\x00"), t, TU_TLV(TU_CONTEXT(0), t))),
	    TU_TLV(TU_CONTEXT(1), TU_SEQ(tu_ext(OID_NONCE, false, BRSKI_LIT("\x04\x05nonce")))));
	assert_ok(brski_buf_append_str(&out, "x", &err), &err);
	assert_ok(brski_ocsp_response_encode(&f, &ca.key, &out, &err), &err);
	assert_non_null(memmem(out.p, out.n, want.p, want.n));
	assert_true(brski_der_is_strict(brski_slice(out.p + 1, out.n - 1)));
	/* the issuer's certificate is the client's anyway */
	assert_null(memmem(out.p, out.n, tu_cert(&ca)->der.p, tu_cert(&ca)->der.n));
	brski_buf_clear(&out);
}

/* openssl ocsp prints our requests, and we read its: plain, SHA-256, without nonce, signed. */
static void
test_openssl_requests(void **state)
{
	static const struct {
		const char *args;
		size_t n;
		enum brski_hash hash;
		bool nonce, is_signed;
	} v[] = {
		{ "-cert device.pem", 1, BRSKI_SHA1, true, false },
		{ "-cert device.pem -no_nonce", 1, BRSKI_SHA1, false, false },
		{ "-sha256 -cert device.pem -serial 0x1234 -cert signer.pem", 3, BRSKI_SHA256, true,
		    false },
		{ "-sha512 -cert device.pem", 1, BRSKI_HASH_NONE, true, false },
		{ "-cert device.pem -signer signer.pem -signkey signer.key", 1, BRSKI_SHA1, true,
		    true },
	};
	struct brski_slice ids[2];
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_ocsp_request r;
	char args[256];
	size_t i;

	(void)state;
	tu_openssl_needed();
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(args, sizeof(args), "ocsp -issuer ca.pem %s -reqout req.der", v[i].args);
		/* options before -cert are for those that follow */
		if (strncmp(v[i].args, "-sha", 4) == 0)
			snprintf(args, sizeof(args), "ocsp %.7s -issuer ca.pem %s -reqout req.der",
			    v[i].args, v[i].args + 7);
		tu_openssl_says(args, "");
		brski_buf_reset(&der);
		tu_openssl_get("req.der", &der);
		assert_ok(brski_ocsp_request_decode(brski_buf_slice(&der), &r, &err), &err);
		assert_int_equal(r.n, v[i].n);
		assert_int_equal(r.ids[0].hash, v[i].hash);
		assert_slice_eq(r.ids[0].serial, tu_cert(&device)->serial);
		assert_int_equal(brski_ocsp_id_is_of(&r.ids[0], tu_cert(&ca)),
		    v[i].hash != BRSKI_HASH_NONE);
		assert_int_equal(brski_slice_present(r.nonce), v[i].nonce);
		assert_int_equal(r.is_signed, v[i].is_signed);
	}
	ids[0] = cert_id(BRSKI_SHA1, tu_cert(&device)->serial);
	ids[1] = cert_id(BRSKI_SHA256, BRSKI_LIT("\x12\x34"));
	tu_openssl_put("ours.der", encode(ids, 2, BRSKI_LIT("0123456789abcdef0123456789abcdef")));
	tu_openssl_says("ocsp -reqin ours.der -req_text", "Serial Number: 1234\n");
	tu_openssl_says("ocsp -reqin ours.der -req_text", "Hash Algorithm: sha256");
	tu_openssl_says("ocsp -reqin ours.der -req_text", "OCSP Nonce");
	brski_buf_clear(&der);
}

/* Answer the request in req.der about the device into resp.der. */
static void
answer(enum brski_ocsp_cert_status status, const struct tu_id *by, bool next)
{
	int64_t now = time(NULL);
	struct brski_ocsp_single single = { .status = status,
		.revoked = now - 3600,
		.reason = BRSKI_REASON_SUPERSEDED,
		.this_update = now - 60 };
	struct brski_ocsp_facts f = { .singles = &single,
		.n = 1,
		.produced = now,
		.signer = tu_cert(by),
		.signer_is_issuer = by == &ca };
	struct brski_buf in = { 0 }, out = { 0 };
	struct brski_ocsp_request r;
	struct brski_err err = { 0 };

	tu_openssl_get("req.der", &in);
	assert_ok(brski_ocsp_request_decode(brski_buf_slice(&in), &r, &err), &err);
	single.id = r.ids[0].der;
	single.next_update = next ? now + 3600 : BRSKI_TIME_UNKNOWN;
	f.nonce = r.nonce;
	assert_ok(brski_ocsp_response_encode(&f, &by->key, &out, &err), &err);
	tu_openssl_put("resp.der", brski_buf_slice(&out));
	brski_buf_clear(&in);
	brski_buf_clear(&out);
}

/* openssl ocsp verifies our answers: by a delegated signer and by the CA, each status. */
static void
test_openssl_responses(void **state)
{
	/* with -cert it would make a nonce of its own */
	static const char ask[] = "ocsp -CAfile ca.pem -issuer ca.pem -cert device.pem -no_nonce "
	                          "-respin resp.der";
	static const char verify[] = "ocsp -CAfile ca.pem -issuer ca.pem -reqin req.der "
	                             "-respin resp.der";
	static const struct {
		enum brski_ocsp_cert_status status;
		const char *text;
	} v[] = {
		{ BRSKI_OCSP_GOOD, "device.pem: good" },
		{ BRSKI_OCSP_REVOKED, "device.pem: revoked" },
		{ BRSKI_OCSP_REVOKED, "Reason: superseded" },
		{ BRSKI_OCSP_UNKNOWN, "device.pem: unknown" },
	};
	struct tu_id *const by[] = { &signer, &ca };
	size_t i, k;

	(void)state;
	tu_openssl_needed();
	tu_openssl_says("ocsp -issuer ca.pem -cert device.pem -reqout req.der", "");
	for (k = 0; k < 2; k++)
		for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
			answer(v[i].status, by[k], i % 2 == 0);
			tu_openssl_says(verify, "Response verify OK");
			tu_openssl_says(ask, v[i].text);
		}
	tu_openssl_says("ocsp -respin resp.der -resp_text -noverify", "Response Type: Basic OCSP");
	/* and it notices when the nonce is another's */
	tu_openssl_says("ocsp -issuer ca.pem -cert device.pem -reqout req.der", "");
	tu_openssl_says("ocsp -CAfile ca.pem -issuer ca.pem -reqin req.der -respin resp.der || "
	                "true",
	    "Nonce Verify error");
	tu_openssl_put("resp.der", BRSKI_LIT("\x30\x03\x0a\x01\x06"));
	tu_openssl_says("ocsp -respin resp.der -resp_text -noverify || true", "unauthorized");
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cert_ids),
		TEST(test_request),
		TEST(test_hashes),
		TEST(test_malformed),
		TEST(test_nonce),
		TEST(test_critical),
		TEST(test_too_large),
		TEST(test_our_mistakes),
		TEST(test_errors),
		TEST(test_response),
		TEST(test_openssl_requests),
		TEST(test_openssl_responses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
