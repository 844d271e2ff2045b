/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1: RFC 9052, RFC 9053, RFC 9360, cBRSKI 9.2. */
#include "tu.h"

#include <stdlib.h>
#include "asn1/der.h"
#include "base/text.h"
#include "cbor/cbor.h"
#include "envelope/cose_head.h"
#include "envelope/envelope.h"

#define D       "cbrski-draft31-cose/"
#define PAYLOAD BRSKI_LIT("payload")
#define NOTHING BRSKI_LIT("")

struct world {
	struct tu_id ca, masa, other, ed, p384;
};

static struct world w;

static void
signer(struct tu_id *id, enum brski_key_type type, const char *cn)
{
	struct brski_cert_facts f = tu_facts(cn);
	struct brski_err err = { 0 };

	assert_ok(brski_key_generate(type, &id->key, &err), &err);
	tu_issue(id, NULL, &f);
}

static int
setup(void **state)
{
	(void)state;
	tu_ca(&w.ca, "manufacturer");
	tu_masa(&w.masa, &w.ca);
	tu_ca(&w.other, "other");
	signer(&w.ed, BRSKI_KEY_ED25519, "ed");
	signer(&w.p384, BRSKI_KEY_P384, "p384");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_id_clear(&w.ca);
	tu_id_clear(&w.masa);
	tu_id_clear(&w.other);
	tu_id_clear(&w.ed);
	tu_id_clear(&w.p384);
	return 0;
}

/* Bytes of this test, good until the next test. */
static struct brski_slice
keep(struct brski_slice in)
{
	static uint8_t room[256 * 1024];
	static size_t used;
	uint8_t *to;

	if (used + in.n + 1 > sizeof(room))
		used = 0;
	to = room + used;
	assert_true(in.n < sizeof(room));
	memcpy(to, in.p, in.n);
	used += in.n + 1;
	return brski_slice(to, in.n);
}

static struct brski_slice
hex(const char *text)
{
	struct brski_buf out = { 0 };
	struct brski_slice kept;
	struct brski_err err = { 0 };

	assert_ok(brski_hex_decode(brski_slice_str(text), &out, &err), &err);
	kept = keep(brski_buf_slice(&out));
	brski_buf_clear(&out);
	return kept;
}

static struct brski_slice
cat(struct brski_slice a, struct brski_slice b)
{
	struct brski_buf out = { 0 };
	struct brski_slice kept;
	struct brski_err err = { 0 };

	assert_ok(brski_buf_append(&out, a, &err), &err);
	assert_ok(brski_buf_append(&out, b, &err), &err);
	kept = keep(brski_buf_slice(&out));
	brski_buf_clear(&out);
	return kept;
}

static struct brski_slice
bstr(struct brski_slice in)
{
	struct brski_buf out = { 0 };
	struct brski_slice kept;
	struct brski_err err = { 0 };

	assert_ok(brski_cbor_put_bytes(&out, in, &err), &err);
	kept = keep(brski_buf_slice(&out));
	brski_buf_clear(&out);
	return kept;
}

/* An object by hand; what is absent is left to build(). */
struct recipe {
	const struct tu_id *by;
	struct brski_slice head;        /* tag and array head */
	struct brski_slice protected;   /* what is in the string */
	struct brski_slice tbs;         /* the protected bytes that are signed */
	struct brski_slice unprotected; /* the map */
	struct brski_slice payload;     /* the item */
	struct brski_slice signature;   /* the item */
	struct brski_slice tail;
	bool der; /* the signature as DER */
};

static struct recipe
recipe(void)
{
	return (struct recipe){ .by = &w.masa,
		.head = BRSKI_LIT("\xd2\x84"),
		.protected = BRSKI_LIT("\xa1\x01\x26"),
		.unprotected = BRSKI_LIT("\xa0"),
		.tail = NOTHING };
}

/* r and s out of DER, by hand. */
static struct brski_slice
raw_signature(struct brski_slice der, size_t half)
{
	struct brski_slice seq, n[2];
	uint8_t raw[132] = { 0 };
	int i;

	assert_true(brski_der_take(&der, BRSKI_DER_SEQUENCE, &seq));
	for (i = 0; i < 2; i++) {
		assert_true(brski_der_take(&seq, BRSKI_DER_INTEGER, &n[i]));
		if (n[i].n > half)
			n[i] = brski_slice(n[i].p + 1, n[i].n - 1);
		memcpy(raw + (size_t)(i + 1) * half - n[i].n, n[i].p, n[i].n);
	}
	return keep(brski_slice(raw, 2 * half));
}

static struct brski_slice
make_signature(const struct recipe *r)
{
	struct brski_buf tbs = { 0 }, sig = { 0 };
	struct brski_slice out;
	struct brski_err err = { 0 };
	size_t half = brski_cose_half(r->by->key.type);

	assert_ok(brski_cose_tbs(r->tbs.p != NULL ? r->tbs : r->protected, NOTHING, PAYLOAD, &tbs,
	              &err),
	    &err);
	assert_ok(brski_key_sign(&r->by->key, brski_buf_slice(&tbs), &sig, &err), &err);
	out = keep(brski_buf_slice(&sig));
	if (half > 0 && !r->der)
		out = raw_signature(out, half);
	brski_buf_clear(&tbs);
	brski_buf_clear(&sig);
	return bstr(out);
}

static struct brski_slice
build(const struct recipe *r)
{
	struct brski_slice out = cat(r->head, bstr(r->protected));

	out = cat(out, r->unprotected);
	out = cat(out, r->payload.p != NULL ? r->payload : bstr(PAYLOAD));
	out = cat(out, r->signature.p != NULL ? r->signature : make_signature(r));
	return cat(out, r->tail);
}

static enum brski_rc
open_with(struct brski_slice wire, const struct brski_certs *context, bool strict, unsigned *odd,
    struct brski_err *err)
{
	struct brski_signed s = { 0 }, seen = { 0 };
	struct brski_err verdict = { 0 };
	enum brski_rc rc, look;

	*err = (struct brski_err){ 0 };
	rc = brski_cose_open(wire, context, strict, &s, err);
	look = brski_cose_look(wire, context, &seen, &verdict, NULL);
	*odd = s.odd;
	if (rc == BRSKI_OK) {
		assert_non_null(s.signer);
		assert_int_equal(s.signing_time, BRSKI_TIME_UNKNOWN);
		assert_int_equal(look, BRSKI_OK);
		assert_int_equal(verdict.rc, BRSKI_OK);
		assert_slice_eq(seen.payload, s.payload);
	} else {
		assert_null(s.signer);
		assert_null(s.certs.v);
		assert_true(strict || look != BRSKI_OK || verdict.rc == rc);
	}
	brski_signed_clear(&s);
	brski_signed_clear(&seen);
	return rc;
}

static enum brski_rc
try(const struct recipe *r, struct brski_err *err)
{
	unsigned odd;

	return open_with(build(r), &r->by->chain, false, &odd, err);
}

static void
by_hand(void **state)
{
	struct recipe r = recipe();
	struct brski_signed s = { 0 };
	struct brski_slice wire = build(&r);
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_cose_open(wire, &w.masa.chain, true, &s, &err), &err);
	assert_slice_eq(s.payload, PAYLOAD);
	assert_ptr_equal(s.signer, tu_cert(&w.masa));
	assert_int_equal(s.odd, BRSKI_ODD_NO_CERT);
	assert_int_equal(s.certs.n, 0);
	brski_signed_clear(&s);
}

/* RFC 9052 2 and 4.2 */
static void
not_cose_sign1(void **state)
{
	struct recipe r = recipe();
	struct brski_slice wire = build(&r);
	struct brski_buf big = { .max = 2 * BRSKI_ENVELOPE_MAX };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	unsigned odd;
	size_t i;

	(void)state;
	for (i = 0; i < wire.n; i++)
		assert_refused(open_with(brski_slice(wire.p, i), &w.masa.chain, false, &odd, &err),
		    BRSKI_E_MALFORMED, &err);
	r.tail = BRSKI_LIT("\x00");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	r = recipe();
	r.head = BRSKI_LIT("\x84"); /* no tag */
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 2", &err);
	r.head = BRSKI_LIT("\xd9\x03\xe6\x84"); /* 998 */
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 2", &err);
	r.head = BRSKI_LIT("\xd8\x62\x84"); /* COSE_Sign */
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 2", &err);
	r.head = BRSKI_LIT("\xd2\x85\xf6");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	r.head = BRSKI_LIT("\xd2\x9f"); /* indefinite */
	r.tail = BRSKI_LIT("\xff");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	r = recipe();
	r.unprotected = BRSKI_LIT("\x80");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	r = recipe();
	r.signature = BRSKI_LIT("\xf6");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	assert_refused_by(open_with(hex("d284a1012"
	                                "6a0404"
	                                "0"),
	                      NULL, false, &odd, &err),
	    BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	/* 2^28 elements in five bytes */
	assert_refused(open_with(hex("d29a10000000"), NULL, false, &odd, &err), BRSKI_E_MALFORMED,
	    &err);
	/* headers that are no map, have more behind them, are nested deeper than we look */
	r = recipe();
	r.protected = BRSKI_LIT("\x80");
	assert_refused(try(&r, &err), BRSKI_E_MALFORMED, &err);
	r.protected = BRSKI_LIT("\xa1\x01\x26\x00");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 3", &err);
	r.protected = BRSKI_LIT("\xa2\x01\x26\x01\x26");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 3", &err);
	r = recipe();
	r.unprotected = BRSKI_LIT("\xa2\x04\x40\x18\x04\x40");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 3", &err);
	r.unprotected = BRSKI_LIT("\xa1\x0b\x81\x81\x81\x00");
	assert_refused(try(&r, &err), BRSKI_E_MALFORMED, &err);
	r.unprotected = BRSKI_LIT("\xa1\x0b\x81\x81\x00");
	assert_ok(try(&r, &err), &err);
	while (big.n <= BRSKI_ENVELOPE_MAX + 1)
		assert_ok(brski_buf_append_byte(&big, 0xd2, &err), &err);
	assert_refused(brski_cose_open(brski_buf_slice(&big), NULL, false, &s, &err),
	    BRSKI_E_TOO_LARGE, &err);
	brski_buf_clear(&big);
}

/* cBRSKI 9.2: the payload is a byte string, here and now. */
static void
payload(void **state)
{
	struct recipe r = recipe();
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 }, verdict;

	(void)state;
	r.payload = BRSKI_LIT("\xf6");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	assert_ok(brski_cose_look(build(&r), NULL, &s, &verdict, &err), &err);
	assert_null(s.payload.p);
	assert_int_equal(verdict.rc, BRSKI_E_MALFORMED);
	brski_signed_clear(&s);
	/* another type is not even the structure */
	r.payload = BRSKI_LIT("\xa1\x19\x09\x93\xa0");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	r.payload = BRSKI_LIT("\x67payload");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9052 4.2", &err);
	assert_refused_by(brski_cose_look(build(&r), NULL, &s, &verdict, &err), BRSKI_E_MALFORMED,
	    "RFC 9052 4.2", &err);
}

/* RFC 9053 2, RFC 9864 */
static void
algorithms(void **state)
{
	static const struct {
		struct tu_id *by;
		const char *protected;
		enum brski_rc rc;
	} rows[] = {
		{ &w.masa, "a10126", BRSKI_OK },   /* ES256 */
		{ &w.masa, "a10128", BRSKI_OK },   /* ESP256 */
		{ &w.masa, "a1013806", BRSKI_OK }, /* -7 in two octets */
		{ &w.p384, "a1013822", BRSKI_OK }, /* ES384 */
		{ &w.ed, "a10127", BRSKI_OK },     /* EdDSA */
		{ &w.ed, "a10132", BRSKI_OK },     /* Ed25519 */
		{ &w.masa, "a1010a", BRSKI_E_SIGNATURE },
		{ &w.masa, "a10106", BRSKI_E_SIGNATURE },
		{ &w.masa, "a101382e", BRSKI_E_SIGNATURE },         /* -47 ES256K */
		{ &w.masa, "a1013903e6", BRSKI_E_SIGNATURE },       /* -999 */
		{ &w.masa, "a101654553323536", BRSKI_E_SIGNATURE }, /* "ES256x" */
		{ &w.masa, "a1014126", BRSKI_E_SIGNATURE },
		{ &w.masa, "a101f6", BRSKI_E_SIGNATURE },
		{ &w.masa, "a10127", BRSKI_E_SIGNATURE }, /* EdDSA with P-256 */
		{ &w.ed, "a10126", BRSKI_E_SIGNATURE },   /* ES256 with Ed25519 */
		{ &w.p384, "a10126", BRSKI_E_SIGNATURE }, /* signed with SHA-384 */
		{ &w.p384, "a10128", BRSKI_E_SIGNATURE }, /* ESP256 is of P-256 */
		{ &w.masa, "a1013822", BRSKI_E_SIGNATURE },
		{ &w.masa, "a0", BRSKI_E_SIGNATURE }, /* none */
		{ &w.masa, "", BRSKI_E_SIGNATURE },
		{ &w.masa, "a10426", BRSKI_E_SIGNATURE },
	};
	struct recipe r;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = recipe();
		r.by = rows[i].by;
		r.protected = hex(rows[i].protected);
		if (i == 10)
			r.protected = hex("a10165"
			                  "4553323536");
		if (rows[i].rc == BRSKI_OK)
			assert_ok(try(&r, &err), &err);
		else
			assert_refused(try(&r, &err), rows[i].rc, &err);
	}
}

/* RFC 9052 4.4: what stands on the wire as an empty map is signed as nothing. */
static void
algorithm_unprotected(void **state)
{
	struct recipe r = recipe();
	struct brski_err err = { 0 };
	unsigned odd;

	(void)state;
	r.protected = hex("a0");
	r.tbs = NOTHING;
	r.unprotected = hex("a10126");
	assert_ok(open_with(build(&r), &w.masa.chain, false, &odd, &err), &err);
	assert_int_equal(odd, BRSKI_ODD_BARE_ALG | BRSKI_ODD_NO_CERT);
	assert_refused_by(open_with(build(&r), &w.masa.chain, true, &odd, &err), BRSKI_E_SIGNATURE,
	    "RFC 9052 3.1", &err);
	assert_non_null(brski_odd_text(BRSKI_ODD_BARE_ALG));
	/* as the samples of 2019 have it: a0 is signed, and no algorithm anywhere */
	r.tbs = hex("a0");
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	r.unprotected = hex("a0");
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9053 2", &err);
	/* nothing at all is as good as an empty map; a longer empty map too */
	r = recipe();
	r.protected = NOTHING;
	r.unprotected = hex("a10126");
	assert_ok(try(&r, &err), &err);
	r.protected = hex("b800");
	r.tbs = NOTHING;
	assert_ok(try(&r, &err), &err);
	/* the protected one counts */
	r = recipe();
	r.unprotected = hex("a1013903e6");
	assert_ok(try(&r, &err), &err);
	r.protected = hex("a1013903e6");
	r.unprotected = hex("a10126");
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9053 2", &err);
}

/* RFC 9053 2.1: r and s side by side, each of the curve's size. */
static void
signature_form(void **state)
{
	struct recipe r = recipe();
	struct brski_slice item;
	struct brski_err err = { 0 };
	uint8_t raw[134];
	size_t i;

	(void)state;
	r.der = true;
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9053 2", &err);
	r = recipe();
	item = make_signature(&r);
	assert_int_equal(item.n, 66);
	memcpy(raw, item.p + 2, 64);
	for (i = 0; i <= 65; i++) {
		r.signature = bstr(brski_slice(raw, i));
		if (i == 64)
			assert_ok(try(&r, &err), &err);
		else
			assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9053 2", &err);
	}
	memset(raw, 0, sizeof(raw));
	for (i = 64; i <= 132; i += i < 96 ? 32 : 36) {
		r.signature = bstr(brski_slice(raw, i));
		assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	}
	memset(raw, 0xff, sizeof(raw));
	r.signature = bstr(brski_slice(raw, 64));
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	r.by = &w.ed;
	r.protected = hex("a10127");
	r.signature = bstr(brski_slice(raw, 63));
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9053 2", &err);
	r.signature = bstr(brski_slice(raw, 64));
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	/* small numbers lose their zeros and get them back */
	for (i = 0; i < 600; i++) {
		r = recipe();
		assert_ok(try(&r, &err), &err);
		r.signature = make_signature(&r);
		if (r.signature.p[2] == 0 || r.signature.p[34] == 0) {
			assert_ok(try(&r, &err), &err);
			break;
		}
	}
}

/* RFC 9052 3.1 */
static void
critical(void **state)
{
	static const char *const bad[] = {
		"a2012602811863",                 /* 99 */
		"a201260281186f", "a20126028104", /* kid, which we do not look at */
		"a30126028104044161", "a201260281181f", "a201260281f6", "a20126028160",
		"a201260280", /* empty */
		"a2012602f6", "a201260201", "a20126028120",
		"a2012602811820",                   /* x5bag, which is not there */
		"a201260282011863", "a20126028102", /* crit itself */
	};
	struct recipe r = recipe();
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r.protected = hex(bad[i]);
		assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9052 3.1", &err);
	}
	r.protected = hex("a20126028101");
	assert_ok(try(&r, &err), &err);
	r.protected = cat(hex("a30126028118201820"), bstr(tu_cert(&w.other)->der));
	assert_ok(try(&r, &err), &err);
	r = recipe();
	r.unprotected = hex("a1028101");
	assert_refused_by(try(&r, &err), BRSKI_E_SIGNATURE, "RFC 9052 3.1", &err);
}

/* Unknown headers, names as labels: not ours to judge. */
static void
other_headers(void **state)
{
	struct recipe r = recipe();
	struct brski_err err = { 0 };

	(void)state;
	r.protected = hex("a4012661780038630004"
	                  "6b6b69642069732074657874");
	r.unprotected = hex("a319ea6bf90000f600"
	                    "6178a0");
	assert_ok(try(&r, &err), &err);
}

/* RFC 9360 2 */
static void
certificates(void **state)
{
	static const struct {
		const char *head; /* label, and array head */
		bool protected;
		size_t n;
	} rows[] = {
		{ "a11820", false, 1 },
		{ "a1182081", false, 1 }, /* one in an array: RFC 9360 says otherwise */
		{ "a1182082", false, 2 },
		{ "a11821", false, 1 },
		{ "a1182182", false, 2 },
		{ "a201261820", true, 1 },
		{ "a20126182082", true, 2 },
		{ "a20126182181", true, 1 },
	};
	struct brski_slice masa = bstr(tu_cert(&w.masa)->der), ca = bstr(tu_cert(&w.ca)->der), map;
	struct recipe r;
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = recipe();
		map = cat(hex(rows[i].head), masa);
		if (rows[i].n == 2)
			map = cat(map, ca);
		if (rows[i].protected)
			r.protected = map;
		else
			r.unprotected = map;
		assert_ok(brski_cose_open(build(&r), NULL, true, &s, &err), &err);
		assert_int_equal(s.certs.n, rows[i].n);
		assert_int_equal(s.odd, 0);
		assert_slice_eq(s.signer->der, tu_cert(&w.masa)->der);
		brski_signed_clear(&s);
	}
	/* a signer that is known and inside */
	assert_ok(brski_cose_open(build(&r), &w.masa.chain, true, &s, &err), &err);
	assert_ptr_equal(s.signer, tu_cert(&w.masa));
	assert_int_equal(s.odd, 0);
	brski_signed_clear(&s);
	/* in both maps */
	r.unprotected = cat(hex("a11820"), ca);
	assert_ok(brski_cose_open(build(&r), NULL, true, &s, &err), &err);
	assert_int_equal(s.certs.n, 2);
	brski_signed_clear(&s);
}

static void
broken_certificates(void **state)
{
	static const char *const bad[] = { "a1182080", "a1182180", "a11820f6", "a11820a0",
		"a118206161", "a118208100", "a1182040", "a118204130", "a1182101" };
	struct brski_slice ca = bstr(tu_cert(&w.ca)->der);
	struct recipe r = recipe();
	struct brski_buf many = { 0 };
	struct brski_err err = { 0 };
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r.unprotected = hex(bad[i]);
		assert_refused(try(&r, &err), BRSKI_E_MALFORMED, &err);
	}
	r.unprotected = hex("a1182080");
	assert_refused_by(try(&r, &err), BRSKI_E_MALFORMED, "RFC 9360 2", &err);
	r.unprotected = cat(hex("a1182082"), cat(ca, hex("40")));
	assert_refused(try(&r, &err), BRSKI_E_MALFORMED, &err);
	for (n = BRSKI_BAG_MAX; n <= BRSKI_BAG_MAX + 1; n++) {
		brski_buf_reset(&many);
		assert_ok(brski_buf_append(&many, hex("a11820"), &err), &err);
		assert_ok(brski_cbor_put_array(&many, n, &err), &err);
		for (i = 0; i < n; i++)
			assert_ok(brski_buf_append(&many, ca, &err), &err);
		r.unprotected = brski_buf_slice(&many);
		if (n == BRSKI_BAG_MAX)
			assert_ok(try(&r, &err), &err);
		else
			assert_refused(try(&r, &err), BRSKI_E_TOO_LARGE, &err);
	}
	brski_buf_clear(&many);
}

/* cBRSKI 9.2: known certificates first, then those inside. */
static void
signer_lookup(void **state)
{
	struct recipe r = recipe();
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 }, verdict;
	unsigned odd;

	(void)state;
	assert_refused_by(open_with(build(&r), NULL, false, &odd, &err), BRSKI_E_SIGNATURE,
	    "RFC 9052 4.4", &err);
	assert_ok(brski_cose_look(build(&r), NULL, &s, &verdict, &err), &err);
	assert_int_equal(s.odd, BRSKI_ODD_NO_CERT);
	assert_null(s.signer);
	assert_slice_eq(s.payload, PAYLOAD);
	brski_signed_clear(&s);
	/* other people's keys, of the same and of another kind */
	assert_refused(open_with(build(&r), &w.other.chain, false, &odd, &err), BRSKI_E_SIGNATURE,
	    &err);
	assert_ok(brski_cose_look(build(&r), &w.other.chain, &s, &verdict, &err), &err);
	assert_int_equal(s.odd, 0);
	brski_signed_clear(&s);
	assert_refused(open_with(build(&r), &w.ed.chain, false, &odd, &err), BRSKI_E_SIGNATURE,
	    &err);
	r.unprotected = cat(hex("a11820"), bstr(tu_cert(&w.other)->der));
	assert_refused(open_with(build(&r), NULL, false, &odd, &err), BRSKI_E_SIGNATURE, &err);
	assert_ok(open_with(build(&r), &w.masa.chain, false, &odd, &err), &err);
	assert_int_equal(odd, BRSKI_ODD_NO_CERT);
	r.unprotected = cat(hex("a11820"), bstr(tu_cert(&w.masa)->der));
	assert_ok(open_with(build(&r), &w.other.chain, false, &odd, &err), &err);
	assert_int_equal(odd, 0);
}

/* What is opened lives in the heap it is told. */
static void
heap(void **state)
{
	static max_align_t room[1024];
	struct brski_heap *h = brski_heap_init(room, sizeof(room));
	struct brski_signed s = { .certs = { .heap = h } };
	struct recipe r = recipe();
	struct brski_err err = { 0 };

	(void)state;
	assert_non_null(h);
	r.unprotected = cat(hex("a11820"), bstr(tu_cert(&w.masa)->der));
	assert_ok(brski_cose_open(build(&r), NULL, false, &s, &err), &err);
	assert_ptr_equal(s.certs.heap, h);
	assert_true((const uint8_t *)s.certs.v >= (const uint8_t *)room &&
	    (const uint8_t *)s.certs.v < (const uint8_t *)room + sizeof(room));
	brski_signed_clear(&s);
	assert_ptr_equal(s.certs.heap, h);
	r.signature = bstr(NOTHING);
	assert_refused(brski_cose_open(build(&r), NULL, false, &s, &err), BRSKI_E_SIGNATURE, &err);
	assert_ptr_equal(s.certs.heap, h);
}

static void
seal(void **state)
{
	static const struct {
		struct tu_id *by;
		const char *protected;
	} rows[] = {
		{ &w.masa, "d28443a10126" },
		{ &w.ed, "d28443a10127" },
		{ &w.p384, "d28444a1013822" },
	};
	struct brski_certs twice = { 0 };
	struct brski_buf out = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	uint8_t room[512];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_ok(brski_buf_set(&out, BRSKI_LIT("before"), &err), &err);
		assert_ok(brski_cose_seal(PAYLOAD, &rows[i].by->key, &rows[i].by->chain, TU_NOW,
		              &out, &err),
		    &err);
		assert_memory_equal(out.p, "before", 6);
		assert_memory_equal(out.p + 6, hex(rows[i].protected).p, hex(rows[i].protected).n);
		assert_ok(brski_cose_open(brski_slice(out.p + 6, out.n - 6), NULL, true, &s, &err),
		    &err);
		assert_int_equal(s.odd, 0);
		assert_int_equal(s.certs.n, rows[i].by->chain.n);
		assert_slice_eq(s.signer->der, tu_cert(rows[i].by)->der);
		brski_signed_clear(&s);
	}
	/* RFC 9360 2: one stands alone; the same one twice goes in once */
	tu_add(&twice, &w.masa);
	tu_add(&twice, &w.masa);
	brski_buf_reset(&out);
	assert_ok(brski_cose_seal(PAYLOAD, &w.masa.key, &twice, TU_NOW, &out, &err), &err);
	assert_memory_equal(out.p + 6, "\xa1\x18\x20\x59", 4);
	brski_certs_clear(&twice);
	/* none: without memory of its own, in just what the object needs */
	brski_buf_clear(&out);
	out = brski_buf_fixed(room, 2 + 4 + 1 + 8 + 66);
	assert_ok(brski_cose_seal(PAYLOAD, &w.masa.key, NULL, TU_NOW, &out, &err), &err);
	assert_int_equal(out.n, out.cap);
	assert_ok(open_with(brski_buf_slice(&out), &w.masa.chain, true, &(unsigned){ 0 }, &err),
	    &err);
	out = brski_buf_fixed(room, out.cap - 1);
	assert_int_equal(brski_cose_seal(PAYLOAD, &w.masa.key, &twice, TU_NOW, &out, NULL),
	    BRSKI_E_TOO_LARGE);
	assert_int_equal(out.n, 0);
	assert_broken(brski_cose_seal(PAYLOAD, &(struct brski_key){ .type = BRSKI_KEY_RSA }, NULL,
	                  TU_NOW, &out, &err),
	    BRSKI_E_INTERNAL, &err);
}

/* cBRSKI 9.2: certificates come out of the unprotected map, nothing else changes. */
static void
forward(void **state)
{
	struct brski_slice masa = bstr(tu_cert(&w.masa)->der), ca = bstr(tu_cert(&w.ca)->der);
	struct recipe r = recipe(), bare;
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice wire;

	(void)state;
	r.protected = cat(hex("a201261820"), masa);
	r.signature = make_signature(&r);
	bare = r;
	r.unprotected = cat(cat(hex("a4182082"), cat(masa, ca)),
	    cat(hex("046161182"
	            "1"),
	        ca));
	r.unprotected = cat(r.unprotected, hex("6178a1f6f5"));
	bare.unprotected = hex("a2046161"
	                       "6178a1f6f5");
	assert_ok(brski_buf_set(&out, BRSKI_LIT("x"), &err), &err);
	assert_ok(brski_cose_forward(build(&r), &out, &err), &err);
	assert_slice_eq(brski_slice(out.p + 1, out.n - 1), build(&bare));
	/* strings keep their heads, short or not */
	wire = cat(hex("d2845803a10126a1182040"
	               "5800"
	               "590000"),
	    NOTHING);
	brski_buf_reset(&out);
	assert_ok(brski_cose_forward(wire, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out),
	    hex("d2845803a10126a0"
	        "5800"
	        "590000"));
	/* nothing to take out */
	brski_buf_reset(&out);
	r = recipe();
	wire = build(&r);
	assert_ok(brski_cose_forward(wire, &out, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), wire);
	brski_buf_reset(&out);
	assert_refused(brski_cose_forward(BRSKI_LIT("\xa0"), &out, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(brski_cose_forward(hex("d28440a2182040182040"
	                                      "4040"),
	                   &out, &err),
	    BRSKI_E_MALFORMED, &err);
	assert_int_equal(out.n, 0);
	brski_buf_clear(&out);
}

static void
every_bit_flipped(void **state)
{
	struct brski_buf wire = { 0 };
	struct brski_certs anchors = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t i, taken = 0;

	(void)state;
	tu_read(D "voucher.cose", &wire);
	tu_add_file(&anchors, D "masa_ca.crt.pem");
	for (i = 0; i < 8 * wire.n; i++) {
		wire.p[i / 8] ^= (uint8_t)(1u << i % 8);
		if (brski_cose_open(brski_buf_slice(&wire), &anchors, false, &s, NULL) == BRSKI_OK)
			taken++;
		brski_signed_clear(&s);
		wire.p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(taken, 0);
	assert_ok(brski_cose_open(brski_buf_slice(&wire), &anchors, true, &s, &err), &err);
	brski_signed_clear(&s);
	brski_buf_clear(&wire);
	brski_certs_clear(&anchors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),
		cmocka_unit_test(not_cose_sign1),
		cmocka_unit_test(payload),
		cmocka_unit_test(algorithms),
		cmocka_unit_test(algorithm_unprotected),
		cmocka_unit_test(signature_form),
		cmocka_unit_test(critical),
		cmocka_unit_test(other_headers),
		cmocka_unit_test(certificates),
		cmocka_unit_test(broken_certificates),
		cmocka_unit_test(signer_lookup),
		cmocka_unit_test(heap),
		cmocka_unit_test(seal),
		cmocka_unit_test(forward),
		cmocka_unit_test(every_bit_flipped),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
