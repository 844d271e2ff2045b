/* SPDX-License-Identifier: Apache-2.0 */
/* What a client makes of OCSP answers: RFC 6960 3.2, 4.2; RFC 5019; RFC 9654. */
#include <stdio.h>
#include <time.h>
#include "tu_der.h"
#include "tu_openssl.h"
#include "crypto/ocsp.h"
#include "crypto/spki.h"
#include "crypto/x509.h"

#define OID_BASIC BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x01")
#define OID_NONCE BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x02")
#define NONCE     BRSKI_LIT("0123456789abcdef0123456789abcdef")

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
	return tu_openssl_open();
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

static struct brski_ocsp_question
question(void)
{
	return (struct brski_ocsp_question){ .subject = tu_cert(&device),
		.issuer = tu_cert(&ca),
		.nonce = NONCE,
		.at = TU_NOW,
		.max_age_s = TU_DAY };
}

static struct brski_slice
cert_id(enum brski_hash hash, const struct brski_cert *issuer, struct brski_slice serial)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice id;

	assert_ok(brski_ocsp_id_encode(hash, issuer, serial, &der, &err), &err);
	id = tu_copy(brski_buf_slice(&der));
	brski_buf_clear(&der);
	return id;
}

static struct brski_slice
device_id(void)
{
	return cert_id(BRSKI_SHA1, tu_cert(&ca), tu_cert(&device)->serial);
}

/* An answer about the device: good, since an hour ago and for another one. */
static struct brski_ocsp_single
good(void)
{
	return (struct brski_ocsp_single){ .id = device_id(),
		.status = BRSKI_OCSP_GOOD,
		.this_update = TU_NOW - 3600,
		.next_update = TU_NOW + 3600 };
}

static struct brski_slice
answer_of(const struct brski_ocsp_single *singles, size_t n, const struct tu_id *by,
    struct brski_slice nonce)
{
	struct brski_ocsp_facts f = { .singles = singles,
		.n = n,
		.produced = TU_NOW,
		.nonce = nonce,
		.signer = tu_cert(by),
		.signer_is_issuer = by == &ca };
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice answer;

	assert_ok(brski_ocsp_response_encode(&f, &by->key, &der, &err), &err);
	answer = tu_copy(brski_buf_slice(&der));
	brski_buf_clear(&der);
	return answer;
}

static void
accepted(struct brski_slice answer, const struct brski_ocsp_question *q)
{
	struct brski_err err = { 0 };

	assert_ok(brski_ocsp_response_judge(answer, q, NULL, &err), &err);
}

static void
refused(struct brski_slice answer, const struct brski_ocsp_question *q, enum brski_rc rc,
    const char *spec)
{
	struct brski_err err = { 0 };
	int64_t next;

	assert_refused_by(brski_ocsp_response_judge(answer, q, &next, &err), rc, spec, &err);
	assert_true(rc == BRSKI_E_REVOKED || rc == BRSKI_E_UNKNOWN || next == BRSKI_TIME_UNKNOWN);
	assert_int_equal(brski_ocsp_response_judge(answer, q, NULL, NULL), rc);
}

/* RFC 6960 4.2.2.2: the issuer itself, or whom it delegated; SHA-1 and SHA-256 */
static void
test_good(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_ocsp_single s = good(), other = good(), two[2];
	struct brski_err err = { 0 };
	int64_t next = 0;

	(void)state;
	accepted(answer_of(&s, 1, &ca, NONCE), &q);
	accepted(answer_of(&s, 1, &signer, NONCE), &q);
	assert_ok(brski_ocsp_response_judge(answer_of(&s, 1, &signer, NONCE), &q, &next, &err),
	    &err);
	assert_int_equal(next, TU_NOW + 3600);
	s.next_update = BRSKI_TIME_UNKNOWN;
	assert_ok(brski_ocsp_response_judge(answer_of(&s, 1, &signer, NONCE), &q, &next, &err),
	    &err);
	assert_int_equal(next, BRSKI_TIME_UNKNOWN);
	s.id = cert_id(BRSKI_SHA256, tu_cert(&ca), tu_cert(&device)->serial);
	other.id = cert_id(BRSKI_SHA1, tu_cert(&ca), BRSKI_LIT("\x05"));
	other.status = BRSKI_OCSP_REVOKED;
	two[0] = other;
	two[1] = s;
	accepted(answer_of(two, 2, &signer, NONCE), &q);
}

/* RFC 6960 2.2 */
static void
test_status(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_ocsp_single s = good(), two[2];
	struct brski_err err = { 0 };
	struct brski_slice answer;
	int64_t next = 0;

	(void)state;
	s.status = BRSKI_OCSP_REVOKED;
	s.revoked = TU_NOW - TU_DAY;
	s.reason = BRSKI_REASON_KEY_COMPROMISE;
	answer = answer_of(&s, 1, &signer, NONCE);
	assert_int_equal(brski_ocsp_response_judge(answer, &q, &next, &err), BRSKI_E_REVOKED);
	assert_string_equal(err.detail, "revoked since 2026-05-31T12:00:00Z: keyCompromise");
	assert_string_equal(err.spec, "RFC 6960 2.2");
	assert_int_equal(next, s.next_update);
	s.reason = BRSKI_REASON_UNSPECIFIED;
	refused(answer_of(&s, 1, &ca, NONCE), &q, BRSKI_E_REVOKED, "RFC 6960 2.2");
	/* said twice: what is worse counts, whichever comes first */
	two[0] = s;
	two[1] = good();
	refused(answer_of(two, 2, &ca, NONCE), &q, BRSKI_E_REVOKED, "RFC 6960 2.2");
	two[0] = good();
	two[1] = s;
	refused(answer_of(two, 2, &ca, NONCE), &q, BRSKI_E_REVOKED, "RFC 6960 2.2");
	s.status = BRSKI_OCSP_UNKNOWN;
	refused(answer_of(&s, 1, &signer, NONCE), &q, BRSKI_E_UNKNOWN, "RFC 6960 2.2");
}

/* RFC 6960 3.2 (1): it is about the certificate that was asked about. */
static void
test_about(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_ocsp_single s = good();
	struct tu_id other = { 0 };

	(void)state;
	tu_ca(&other, "Test CA");
	refused(answer_of(&s, 0, &signer, NONCE), &q, BRSKI_E_UNKNOWN, "RFC 6960 3.2");
	s.id = cert_id(BRSKI_SHA1, tu_cert(&ca), BRSKI_LIT("\x05"));
	refused(answer_of(&s, 1, &signer, NONCE), &q, BRSKI_E_UNKNOWN, "RFC 6960 3.2");
	s.id = cert_id(BRSKI_SHA1, tu_cert(&other), tu_cert(&device)->serial);
	refused(answer_of(&s, 1, &signer, NONCE), &q, BRSKI_E_UNKNOWN, "RFC 6960 3.2");
	tu_id_clear(&other);
}

/* RFC 6960 4.2.1: what a responder says that has no answer */
static void
test_errors(void **state)
{
	struct brski_ocsp_question q = question();
	uint8_t der[] = { 0x30, 3, 0x0a, 1, 0 };
	int status;

	(void)state;
	for (status = 1; status <= 255; status++) {
		der[4] = (uint8_t)status;
		refused(brski_slice(der, sizeof(der)), &q, BRSKI_E_UPSTREAM, "RFC 6960 4.2.1");
	}
}

/* RFC 6960 3.2 (5), (6): by its own dates; without nextUpdate by its age. */
static void
test_time(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_ocsp_single s = good();
	struct brski_slice answer = answer_of(&s, 1, &ca, NONCE);

	(void)state;
	q.at = s.next_update;
	accepted(answer, &q);
	q.at = s.next_update + 1;
	refused(answer, &q, BRSKI_E_EXPIRED, "RFC 6960 3.2");
	q.at = s.this_update - 300; /* clocks differ */
	accepted(answer, &q);
	q.at = s.this_update - 301;
	refused(answer, &q, BRSKI_E_EXPIRED, "RFC 6960 3.2");
	q.at = BRSKI_TIME_UNKNOWN;
	accepted(answer, &q);
	s.next_update = BRSKI_TIME_UNKNOWN;
	answer = answer_of(&s, 1, &ca, NONCE);
	q.at = s.this_update + q.max_age_s;
	accepted(answer, &q);
	q.at++;
	refused(answer, &q, BRSKI_E_EXPIRED, "RFC 6960 3.2");
}

/* RFC 9654 2.1: ours, or none; one that we did not ask for says nothing. */
static void
test_nonce(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_ocsp_single s = good();

	(void)state;
	accepted(answer_of(&s, 1, &signer, TU_NONE), &q);
	refused(answer_of(&s, 1, &signer, BRSKI_LIT("another's")), &q, BRSKI_E_NONCE,
	    "RFC 9654 2.1");
	q.nonce = TU_NONE;
	accepted(answer_of(&s, 1, &signer, BRSKI_LIT("another's")), &q);
}

/* A delegated signer that differs from a good one in what change does to it. */
static struct brski_slice
answer_by(const struct tu_id *issuer, void (*change)(struct brski_cert_facts *f))
{
	struct brski_cert_facts f = tu_facts("OCSP signer");
	struct brski_ocsp_single s = good();
	struct tu_id id = { 0 };
	struct brski_slice answer;

	f.eku = BRSKI_EKU_OCSP_SIGNING;
	if (change != NULL)
		change(&f);
	tu_issue(&id, issuer, &f);
	answer = answer_of(&s, 1, &id, NONCE);
	tu_id_clear(&id);
	return answer;
}

static void
no_purpose(struct brski_cert_facts *f)
{
	f->eku = 0;
}

static void
any_purpose(struct brski_cert_facts *f)
{
	f->eku = BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH | BRSKI_EKU_CMC_RA;
}

static void
no_signatures(struct brski_cert_facts *f)
{
	f->key_usage = BRSKI_KU_CRL_SIGN;
}

static void
any_usage(struct brski_cert_facts *f)
{
	f->key_usage = 0;
}

static void
expired(struct brski_cert_facts *f)
{
	f->not_after = TU_NOW - 1;
}

static void
not_yet(struct brski_cert_facts *f)
{
	f->not_before = TU_NOW + 1;
}

/* RFC 6960 4.2.2.2: who may answer */
static void
test_delegation(void **state)
{
	struct brski_ocsp_question q = question();
	struct tu_id twin = { 0 }, other = { 0 }, sub = { 0 };

	(void)state;
	tu_ca(&twin, "Test CA");
	tu_ca(&other, "Other CA");
	tu_subca(&sub, &ca, "Sub CA");
	accepted(answer_by(&ca, NULL), &q);
	accepted(answer_by(&ca, any_usage), &q);
	refused(answer_by(&ca, no_purpose), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	refused(answer_by(&ca, any_purpose), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	refused(answer_by(&ca, no_signatures), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	refused(answer_by(&twin, NULL), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	refused(answer_by(&other, NULL), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	refused(answer_by(&sub, NULL), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	refused(answer_by(&ca, expired), &q, BRSKI_E_CERTIFICATE, "RFC 5280 4.1.2.5");
	refused(answer_by(&ca, not_yet), &q, BRSKI_E_CERTIFICATE, "RFC 5280 4.1.2.5");
	q.at = BRSKI_TIME_UNKNOWN;
	accepted(answer_by(&ca, expired), &q);
	tu_id_clear(&twin);
	tu_id_clear(&other);
	tu_id_clear(&sub);
}

/* Parts of a response, each the DER of a field; what is absent becomes something good. */
struct parts {
	struct brski_slice status, type, responder, version, produced, singles, exts;
	struct brski_slice certs; /* with its [0]; absent: none */
	struct brski_slice alg, sig;
	struct brski_slice after_data, after_body, after_bytes,
	    after; /* what does not belong there */
};

static struct brski_slice
or_else(struct brski_slice part, struct brski_slice otherwise)
{
	return brski_slice_present(part) ? part : otherwise;
}

static struct brski_slice
general(void)
{
	return BRSKI_LIT("\x18\x0f"
	                 "20260601120000Z");
}

static struct brski_slice
single_of(struct brski_slice status)
{
	return TU_SEQ(device_id(), status, general());
}

static struct brski_slice
put(const struct parts *p, const struct tu_id *by)
{
	struct brski_slice data, basic, exts = TU_NONE;
	struct brski_buf sig = { 0 };
	struct brski_err err = { 0 };

	if (brski_slice_present(p->exts))
		exts = TU_TLV(TU_CONTEXT(1), p->exts);
	data =
	    TU_SEQ(p->version, or_else(p->responder, TU_TLV(TU_CONTEXT(1), tu_cert(by)->subject)),
	        or_else(p->produced, general()),
	        or_else(p->singles, TU_SEQ(single_of(BRSKI_LIT("\x80\x00")))), exts, p->after_data);
	assert_ok(brski_buf_append_byte(&sig, 0, &err), &err);
	assert_ok(brski_key_sign(&by->key, data, &sig, &err), &err);
	basic = TU_SEQ(data, or_else(p->alg, brski_alg_der(brski_key_alg(&by->key))),
	    or_else(p->sig, tu_tlv(BRSKI_DER_BIT_STRING, brski_buf_slice(&sig))), p->certs);
	brski_buf_clear(&sig);
	basic = TU_SEQ(tu_tlv(BRSKI_DER_OID, or_else(p->type, OID_BASIC)),
	    tu_tlv(BRSKI_DER_OCTET_STRING, basic), p->after_body);
	return TU_SEQ(or_else(p->status, BRSKI_LIT("\x0a\x01\x00")),
	    TU_TLV(TU_CONTEXT(0), basic, p->after_bytes), p->after);
}

static struct brski_slice
certs_of(struct brski_slice certs)
{
	return TU_TLV(TU_CONTEXT(0), TU_SEQ(certs));
}

/* What others write and we do not: byName, version, extensions, further certificates. */
static void
test_forms(void **state)
{
	struct brski_slice other = tu_ext(BRSKI_LIT("\x2a\x03"), false, BRSKI_LIT("\x05\x00"));
	struct brski_ocsp_question q = question();
	struct brski_slice nonce = tu_ext(OID_NONCE, true, tu_tlv(BRSKI_DER_OCTET_STRING, NONCE));
	struct parts p = { 0 };
	uint8_t digest[BRSKI_HASH_MAX];

	(void)state;
	accepted(put(&p, &ca), &q);
	p.version = BRSKI_LIT("\xa0\x03\x02\x01\x00");
	p.exts = TU_SEQ(other, nonce);
	p.singles = TU_SEQ(TU_SEQ(device_id(), BRSKI_LIT("\x80\x00"), general(),
	    TU_TLV(TU_CONTEXT(0), general()), TU_TLV(TU_CONTEXT(1), TU_SEQ(other))));
	p.certs = certs_of(tu_cert(&ca)->der);
	accepted(put(&p, &ca), &q);
	p.certs = certs_of(TU_CAT(TU_SEQ(TU_NONE), tu_cert(&device)->der, tu_cert(&signer)->der));
	accepted(put(&p, &signer), &q);
	p.responder = TU_TLV(TU_CONTEXT(2),
	    tu_tlv(BRSKI_DER_OCTET_STRING,
	        brski_digest(BRSKI_SHA1, tu_cert(&signer)->key, digest)));
	accepted(put(&p, &signer), &q);
}

/* A responder that was certified anew shows both certificates, one of which has run out. */
static void
test_candidates(void **state)
{
	struct brski_cert_facts f = tu_facts("OCSP signer");
	struct brski_ocsp_question q = question();
	struct tu_id old = { 0 };
	struct brski_slice many = TU_NONE;
	struct parts p = { 0 };
	int i;

	(void)state;
	f.eku = BRSKI_EKU_OCSP_SIGNING;
	f.not_after = TU_NOW - 1;
	f.spki = brski_key_spki(&signer.key);
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &old.key, NULL), &(struct brski_err){ 0 });
	tu_issue(&old, &ca, &f);
	p.certs = certs_of(TU_CAT(tu_cert(&old)->der, tu_cert(&signer)->der));
	accepted(put(&p, &signer), &q);
	p.certs = certs_of(tu_cert(&old)->der);
	refused(put(&p, &signer), &q, BRSKI_E_CERTIFICATE, "RFC 5280 4.1.2.5");
	/* eight are looked at, no more */
	for (i = 0; i < 7; i++)
		many = TU_CAT(many, tu_cert(&old)->der);
	p.certs = certs_of(TU_CAT(many, tu_cert(&signer)->der));
	accepted(put(&p, &signer), &q);
	p.certs = certs_of(TU_CAT(many, tu_cert(&old)->der, tu_cert(&signer)->der));
	refused(put(&p, &signer), &q, BRSKI_E_CERTIFICATE, "RFC 5280 4.1.2.5");
	tu_id_clear(&old);
}

/* RFC 6960 4.2.2.3: the signature is by whom responderID names. */
static void
test_signature(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_slice stranger = TU_TLV(TU_CONTEXT(1), tu_name("stranger", NULL));
	struct brski_slice critical, exts;
	struct brski_ocsp_single s = good();
	struct parts p = { .responder = stranger, .certs = certs_of(tu_cert(&signer)->der) };
	struct brski_slice answer = answer_of(&s, 1, &ca, NONCE);

	(void)state;
	((uint8_t *)(uintptr_t)answer.p)[answer.n - 1] ^= 1;
	refused(answer, &q, BRSKI_E_SIGNATURE, "RFC 5280 6.1.3");
	refused(put(&p, &signer), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.3");
	p = (struct parts){ 0 };
	refused(put(&p, &signer), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.3");
	p.certs = certs_of(tu_cert(&signer)->der);
	p.responder = TU_TLV(TU_CONTEXT(1), tu_cert(&signer)->subject);
	refused(put(&p, &ca), &q, BRSKI_E_SIGNATURE, "RFC 5280 6.1.3");
	p.sig = BRSKI_LIT("\x03\x02\x01\x02"); /* not whole octets */
	refused(put(&p, &signer), &q, BRSKI_E_SIGNATURE, "RFC 5280 6.1.3");
	p.sig = TU_NONE;
	p.alg = BRSKI_LIT("\x30\x04\x06\x02\x2a\x03");
	refused(put(&p, &signer), &q, BRSKI_E_SIGNATURE, "RFC 5280 4.1.1.2");
	/* the issuer's name is not the issuer's key */
	p = (struct parts){ .responder = TU_TLV(TU_CONTEXT(1), tu_cert(&ca)->subject) };
	refused(put(&p, &signer), &q, BRSKI_E_SIGNATURE, "RFC 5280 6.1.3");

	/* a delegated signer with a critical extension that nobody knows */
	exts = tu_ext(BRSKI_EXT_KEY_PURPOSES, false,
	    TU_SEQ(TU_OID("\x2b\x06\x01\x05\x05\x07\x03\x09")));
	p.responder = TU_TLV(TU_CONTEXT(1), tu_name("parts", NULL));
	p.certs = certs_of(
	    tu_parts_der(&(struct tu_parts){ .issuer = tu_name("another", NULL), .exts = exts },
	        &ca.key));
	refused(put(&p, &ca), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
	critical = tu_ext(BRSKI_LIT("\x2a\x03"), true, BRSKI_LIT("\x05\x00"));
	p.responder = TU_TLV(TU_CONTEXT(1), tu_name("parts", NULL));
	p.certs = certs_of(
	    tu_parts_der(&(struct tu_parts){ .issuer = tu_cert(&ca)->subject, .exts = exts },
	        &ca.key));
	accepted(put(&p, &ca), &q);
	p.certs = certs_of(tu_parts_der(&(struct tu_parts){ .issuer = tu_cert(&ca)->subject,
	                                    .exts = TU_CAT(exts, critical) },
	    &ca.key));
	refused(put(&p, &ca), &q, BRSKI_E_CERTIFICATE, "RFC 6960 4.2.2.2");
}

/* RFC 6960 4.2.1: strict DER, in each field. */
static void
test_malformed(void **state)
{
	struct brski_ocsp_question q = question();
	struct brski_ocsp_single s = good();
	struct brski_slice answer = answer_of(&s, 1, &signer, NONCE), id = device_id();
	struct brski_slice null = BRSKI_LIT("\x05\x00"), ok = BRSKI_LIT("\x80\x00"), t = general();
	struct brski_slice utc = tu_time(TU_NOW), strange;
	struct brski_slice fraction = BRSKI_LIT("\x18\x11"
	                                        "20260601120000.0Z");
	static uint8_t big[BRSKI_OCSP_RESPONSE_MAX];
	size_t i;

	(void)state;
	strange = TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), true, null));
	const struct parts bad[] = {
		{ .status = BRSKI_LIT("\x02\x01\x00") },
		{ .status = BRSKI_LIT("\x0a\x02\x01\x00") },
		{ .status = TU_CAT(BRSKI_LIT("\x0a\x01\x00"), null) },
		{ .type = BRSKI_LIT("\x2a\x03") },
		{ .after = null },
		{ .after_bytes = null },
		{ .after_body = null },
		{ .after_data = null },
		{ .version = BRSKI_LIT("\xa0\x03\x02\x01\x01") },
		{ .responder = TU_TLV(TU_CONTEXT(1), null) },
		{ .responder = TU_TLV(TU_CONTEXT(2), null) },
		{ .responder = TU_TLV(TU_CONTEXT(2), BRSKI_LIT("\x04\x01\x61"), null) },
		{ .responder = TU_TLV(TU_CONTEXT(3), null) },
		{ .produced = utc },
		{ .produced = null },
		{ .produced = BRSKI_LIT("\x18\x0d"
		                        "260601120000Z") },
		{ .singles = null },
		{ .singles = TU_SEQ(null) },
		{ .singles = TU_SEQ(TU_SEQ(TU_NONE)) },
		{ .singles = TU_SEQ(TU_SEQ(id)) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok)) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, utc)) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, fraction)) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok,
		      BRSKI_LIT("\x18\x0f"
		                "20261301120000Z"))) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, t, null)) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, t, TU_TLV(TU_CONTEXT(0), null))) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, t, TU_TLV(TU_CONTEXT(0), t, null))) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, t, TU_TLV(TU_CONTEXT(1), TU_SEQ(TU_NONE)))) },
		{ .singles = TU_SEQ(TU_SEQ(id, ok, t, TU_TLV(TU_CONTEXT(1), strange))) },
		{ .singles = TU_SEQ(single_of(BRSKI_LIT("\x80\x01\x00"))) },
		{ .singles = TU_SEQ(single_of(BRSKI_LIT("\x82\x01\x00"))) },
		{ .singles = TU_SEQ(single_of(BRSKI_LIT("\x83\x00"))) },
		{ .singles = TU_SEQ(single_of(TU_TLV(TU_CONTEXT(1), TU_NONE))) },
		{ .singles = TU_SEQ(single_of(TU_TLV(TU_CONTEXT(1), t, null))) },
		{ .singles = TU_SEQ(
		      single_of(TU_TLV(TU_CONTEXT(1), t, BRSKI_LIT("\xa0\x03\x0a\x01\x07")))) },
		{ .singles = TU_SEQ(
		      single_of(TU_TLV(TU_CONTEXT(1), t, BRSKI_LIT("\xa0\x03\x02\x01\x01")))) },
		{ .singles = TU_SEQ(single_of(
		      TU_TLV(TU_CONTEXT(1), t, BRSKI_LIT("\xa0\x05\x0a\x01\x01\x05\x00")))) },
		{ .exts = strange },
		{ .exts = TU_SEQ(tu_ext(OID_NONCE, false, BRSKI_LIT("\x04\x00"))) },
		{ .exts = TU_CAT(TU_SEQ(tu_ext(BRSKI_LIT("\x2a\x03"), false, null)), null) },
		{ .alg = null },
		{ .sig = null },
		{ .certs = null },
		{ .certs = TU_TLV(TU_CONTEXT(0), null) },
		{ .certs = TU_TLV(TU_CONTEXT(0), BRSKI_LIT("\x30\x00"), null) },
		{ .certs = TU_CAT(certs_of(TU_NONE), null) },
		{ .certs = certs_of(BRSKI_LIT("\x02\x02\x00\x01")) }, /* not DER, deep inside */
		{ .certs =
		        certs_of(tu_tlv(BRSKI_DER_OCTET_STRING, brski_slice(big, sizeof(big)))) },
	};

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(put(&bad[i], &ca), &q, BRSKI_E_MALFORMED, "RFC 6960 4.2.1");
	accepted(answer, &q);
	for (i = 0; i < answer.n; i++)
		refused(brski_slice(answer.p, i), &q, BRSKI_E_MALFORMED, "RFC 6960 4.2.1");
	refused(TU_CAT(answer, BRSKI_LIT("\x00")), &q, BRSKI_E_MALFORMED, "RFC 6960 4.2.1");
	refused(TU_SEQ(BRSKI_LIT("\x0a\x01\x00")), &q, BRSKI_E_MALFORMED, "RFC 6960 4.2.1");
	refused(TU_SEQ(BRSKI_LIT("\x0a\x01\x00"), TU_TLV(TU_CONTEXT(0), null)), &q,
	    BRSKI_E_MALFORMED, "RFC 6960 4.2.1");
}

/* openssl as the responder: its database of certificates, named by its key or by its name */
static void
test_openssl_responder(void **state)
{
	static const char *const forms[] = { "", "-resp_key_id", "-resp_no_certs", "-rmd sha384" };
	static const enum brski_rc want[] = { BRSKI_OK, BRSKI_OK, BRSKI_E_CERTIFICATE, BRSKI_OK };
	struct brski_ocsp_question q = question();
	struct brski_slice id = device_id();
	struct brski_buf request = { 0 }, answer = { 0 };
	struct brski_err err = { 0 };
	char text[256], hex[64] = "";
	size_t i;

	(void)state;
	tu_openssl_needed();
	for (i = 0; i < tu_cert(&device)->serial.n; i++)
		snprintf(hex + 2 * i, 3, "%02X", tu_cert(&device)->serial.p[i]);
	assert_ok(brski_ocsp_request_encode(&id, 1, NONCE, &request, &err), &err);
	tu_openssl_put("req.der", brski_buf_slice(&request));
	tu_openssl_put_pem("ca.pem", "CERTIFICATE", tu_cert(&ca)->der);
	tu_openssl_put_pem("signer.pem", "CERTIFICATE", tu_cert(&signer)->der);
	tu_openssl_put_key("signer.key", &signer.key);
	snprintf(text, sizeof(text), "V\t491231235959Z\t\t%s\tunknown\t/CN=x\n", hex);
	tu_openssl_put("index.txt", brski_slice_str(text));
	q.at = time(NULL);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text),
		    "ocsp -index index.txt -CA ca.pem -rsigner signer.pem "
		    "-rkey signer.key -reqin req.der -respout resp.der -ndays 1 %s",
		    forms[i]);
		tu_openssl_says(text, "");
		brski_buf_reset(&answer);
		tu_openssl_get("resp.der", &answer);
		assert_int_equal(brski_ocsp_response_judge(brski_buf_slice(&answer), &q, NULL,
		                     NULL),
		    want[i]);
	}
	snprintf(text, sizeof(text),
	    "R\t491231235959Z\t260101000000Z,keyCompromise\t%s\tunknown"
	    "\t/CN=x\n",
	    hex);
	tu_openssl_put("index.txt", brski_slice_str(text));
	tu_openssl_says("ocsp -index index.txt -CA ca.pem -rsigner signer.pem -rkey signer.key "
	                "-reqin req.der -respout resp.der -nmin 5",
	    "");
	brski_buf_reset(&answer);
	tu_openssl_get("resp.der", &answer);
	assert_int_equal(brski_ocsp_response_judge(brski_buf_slice(&answer), &q, NULL, &err),
	    BRSKI_E_REVOKED);
	assert_string_equal(err.detail, "revoked since 2026-01-01T00:00:00Z: keyCompromise");
	brski_buf_clear(&request);
	brski_buf_clear(&answer);
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_status),
		TEST(test_about),
		TEST(test_errors),
		TEST(test_time),
		TEST(test_nonce),
		TEST(test_delegation),
		TEST(test_forms),
		TEST(test_candidates),
		TEST(test_signature),
		TEST(test_malformed),
		TEST(test_openssl_responder),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
