/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS SignedData: RFC 5652 5, RFC 8366 5.4. Objects are put together here by hand, so that each
 * part can be wrong.
 */
#include "tu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "asn1/der.h"
#include "base/file.h"
#include "base/text.h"
#include "envelope/envelope.h"

#define CONTEXT_0          (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 0)
#define CONTEXT_1          (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 1)

#define OID_DATA           BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define OID_SIGNED_DATA    BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
#define OID_JSON_VOUCHER   BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x28")
#define OID_CONTENT_TYPE   BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03")
#define OID_MESSAGE_DIGEST BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04")
#define OID_SIGNING_TIME   BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")
#define OID_SMIME_CAP      BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f")
#define OID_SHA1           BRSKI_LIT("\x2b\x0e\x03\x02\x1a")
#define OID_SHA256         BRSKI_LIT("\x60\x86\x48\x01\x65\x03\x04\x02\x01")
#define OID_SHA384         BRSKI_LIT("\x60\x86\x48\x01\x65\x03\x04\x02\x02")
#define OID_ECDSA_SHA256   BRSKI_LIT("\x2a\x86\x48\xce\x3d\x04\x03\x02")
#define OID_ECDSA_SHA384   BRSKI_LIT("\x2a\x86\x48\xce\x3d\x04\x03\x03")
#define OID_EC_PUBLIC_KEY  BRSKI_LIT("\x2a\x86\x48\xce\x3d\x02\x01")
#define NONE               brski_slice(NULL, 0)

#define PAYLOAD            BRSKI_LIT("{\"ietf-voucher:voucher\":{\"serial-number\":\"J1\"}}")

/* Everything that pieces are made of; cleared after each test. */
static struct brski_buf pool[512];
static size_t pool_n;

static struct brski_slice
tlv(uint8_t tag, struct brski_slice content)
{
	struct brski_err err = { 0 };
	struct brski_buf *b = &pool[pool_n++];

	assert_true(pool_n < sizeof(pool) / sizeof(pool[0]));
	assert_ok(brski_der_wrap(tag, content, b, &err), &err);
	return brski_buf_slice(b);
}

static struct brski_slice
cat(const struct brski_slice *parts, size_t n)
{
	struct brski_err err = { 0 };
	struct brski_buf *b = &pool[pool_n++];
	size_t i;

	assert_true(pool_n < sizeof(pool) / sizeof(pool[0]));
	assert_ok(brski_buf_append(b, BRSKI_LIT(""), &err), &err);
	for (i = 0; i < n; i++)
		assert_ok(brski_buf_append(b, parts[i], &err), &err);
	return brski_buf_slice(b);
}

#define CAT(...)                                         \
	cat((const struct brski_slice[]){ __VA_ARGS__ }, \
	    sizeof((const struct brski_slice[]){ __VA_ARGS__ }) / sizeof(struct brski_slice))
#define SEQ(...) tlv(BRSKI_DER_SEQUENCE, CAT(__VA_ARGS__))
#define SET(...) tlv(BRSKI_DER_SET, CAT(__VA_ARGS__))
#define OID(o)   tlv(BRSKI_DER_OID, (o))
#define INT(s)   tlv(BRSKI_DER_INTEGER, BRSKI_LIT(s))

/* How an object is made; recipe() is one that brski_cms_open() takes without a word. */
struct recipe {
	struct brski_slice payload, content, content_type;
	struct brski_slice attr_type, attr_digest; /* attributes, DER; absent: left out */
	struct brski_slice more_attrs;
	bool no_attrs;
	struct brski_slice digest_alg, sig_alg; /* AlgorithmIdentifier content */
	struct brski_slice sid;
	const char *version, *si_version;
	struct brski_slice certs, crls, unsigned_attrs;
	int signers;
	const struct brski_key *key;
};

struct world {
	struct tu_id ca, masa, other;
};

static struct brski_slice
attribute(struct brski_slice type, struct brski_slice values)
{
	return SEQ(OID(type), tlv(BRSKI_DER_SET, values));
}

static struct brski_slice
digest_of(struct brski_slice in)
{
	static uint8_t digest[BRSKI_SHA256_SIZE];

	brski_sha256(in, digest);
	return tlv(BRSKI_DER_OCTET_STRING, brski_slice(digest, sizeof(digest)));
}

static struct recipe
recipe(const struct world *w)
{
	const struct brski_cert *c = tu_cert(&w->masa);

	return (struct recipe){
		.payload = PAYLOAD,
		.content = tlv(CONTEXT_0, tlv(BRSKI_DER_OCTET_STRING, PAYLOAD)),
		.content_type = OID_JSON_VOUCHER,
		.attr_type = attribute(OID_CONTENT_TYPE, OID(OID_JSON_VOUCHER)),
		.attr_digest = attribute(OID_MESSAGE_DIGEST, digest_of(PAYLOAD)),
		.digest_alg = OID(OID_SHA256),
		.sig_alg = OID(OID_ECDSA_SHA256),
		.sid = SEQ(c->issuer, tlv(BRSKI_DER_INTEGER, c->serial)),
		.version = "\3",
		.si_version = "\1",
		.certs = tlv(CONTEXT_0, c->der),
		.signers = 1,
		.key = &w->masa.key,
	};
}

static struct brski_slice
signer_info(const struct recipe *r)
{
	struct brski_slice attrs = CAT(r->attr_type, r->attr_digest, r->more_attrs);
	struct brski_buf sig = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice out;

	assert_ok(brski_key_sign(r->key, r->no_attrs ? r->payload : tlv(BRSKI_DER_SET, attrs), &sig,
	              &err),
	    &err);
	out = SEQ(tlv(BRSKI_DER_INTEGER, brski_slice_str(r->si_version)), r->sid,
	    tlv(BRSKI_DER_SEQUENCE, r->digest_alg), r->no_attrs ? NONE : tlv(CONTEXT_0, attrs),
	    tlv(BRSKI_DER_SEQUENCE, r->sig_alg), tlv(BRSKI_DER_OCTET_STRING, brski_buf_slice(&sig)),
	    r->unsigned_attrs);
	brski_buf_clear(&sig);
	return out;
}

static struct brski_slice
make(const struct recipe *r)
{
	struct brski_slice one = signer_info(r);

	return SEQ(OID(OID_SIGNED_DATA),
	    tlv(CONTEXT_0,
	        SEQ(tlv(BRSKI_DER_INTEGER, brski_slice_str(r->version)),
	            SET(tlv(BRSKI_DER_SEQUENCE, r->digest_alg)),
	            SEQ(OID(r->content_type), r->content), r->certs, r->crls,
	            SET(r->signers > 0 ? one : NONE, r->signers > 1 ? one : NONE))));
}

static enum brski_rc
open_it(const struct recipe *r, const struct brski_certs *context, bool strict,
    struct brski_signed *out, struct brski_err *err)
{
	*err = (struct brski_err){ 0 };
	return brski_cms_open(make(r), context, strict, out, err);
}

static void
assert_bad(const struct recipe *r, enum brski_rc want, const char *clause)
{
	struct brski_signed s = { 0 };
	struct brski_err err;

	if (clause != NULL)
		assert_refused_by(open_it(r, NULL, false, &s, &err), want, clause, &err);
	else
		assert_refused(open_it(r, NULL, false, &s, &err), want, &err);
	assert_null(s.certs.v);
	assert_null(s.signer);
}

/* Taken as it is, with this oddity; strict mode refuses exactly the oddities that break a MUST. */
static void
assert_odd(const struct recipe *r, const struct brski_certs *context, unsigned odd)
{
	struct brski_signed s = { 0 };
	struct brski_err err;

	assert_ok(open_it(r, context, false, &s, &err), &err);
	assert_slice_eq(s.payload, r->payload);
	assert_int_equal(s.odd, odd);
	brski_signed_clear(&s);
	if ((odd & BRSKI_ODD_STRICT) == 0) {
		assert_ok(open_it(r, context, true, &s, &err), &err);
		brski_signed_clear(&s);
		return;
	}
	assert_refused_by(open_it(r, context, true, &s, &err), BRSKI_E_SIGNATURE, "RFC 8366 5.4",
	    &err);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	tu_ca(&w->ca, "manufacturer");
	tu_masa(&w->masa, &w->ca);
	tu_masa(&w->other, &w->ca);
	*state = w;
	return 0;
}

static int
forget_pieces(void **state)
{
	(void)state;
	while (pool_n > 0)
		brski_buf_clear(&pool[--pool_n]);
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tu_id_clear(&w->ca);
	tu_id_clear(&w->masa);
	tu_id_clear(&w->other);
	free(w);
	return 0;
}

static void
by_hand(void **state)
{
	struct world *w = *state;
	struct recipe r = recipe(w);
	struct brski_signed s = { 0 };
	struct brski_err err;

	assert_odd(&r, NULL, 0);
	assert_ok(open_it(&r, NULL, true, &s, &err), &err);
	assert_slice_eq(s.signer->der, tu_cert(&w->masa)->der);
	assert_int_equal(s.certs.n, 1);
	assert_int_equal(s.signing_time, BRSKI_TIME_UNKNOWN);
	brski_signed_clear(&s);
	/* RFC 5754 2: parameters NULL are what others write */
	r.digest_alg = CAT(OID(OID_SHA256), tlv(BRSKI_DER_NULL, NONE));
	r.sig_alg = CAT(OID(OID_ECDSA_SHA256), tlv(BRSKI_DER_NULL, NONE));
	assert_odd(&r, NULL, 0);
	r.digest_alg = CAT(OID(OID_SHA256), INT("\1"));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 8366 5.4");
	r.digest_alg = OID(OID_SHA256);
	r.sig_alg = CAT(OID(OID_ECDSA_SHA256), INT("\1"));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 8366 5.4");
}

/* RFC 5652 3: one ContentInfo of SignedData, whole, and nothing behind it. */
static void
not_signed_data(void **state)
{
	struct recipe r = recipe(*state);
	struct brski_slice good = make(&r), inner;
	struct brski_slice rows[] = {
		NONE,
		BRSKI_LIT(""),
		BRSKI_LIT("0"),
		CAT(good, BRSKI_LIT("\0")),
		CAT(good, good),
		brski_slice(good.p, good.n - 1),
		tlv(BRSKI_DER_SET, good),
		SEQ(OID(OID_DATA), tlv(CONTEXT_0, tlv(BRSKI_DER_OCTET_STRING, PAYLOAD))),
		SEQ(OID(OID_SIGNED_DATA), tlv(CONTEXT_1, SEQ(NONE))),
		SEQ(OID(OID_SIGNED_DATA), tlv(CONTEXT_0, SEQ(NONE)), INT("\1")),
		SEQ(OID(OID_SIGNED_DATA)),
		SEQ(INT("\1")),
	};
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused_by(brski_cms_open(rows[i], NULL, false, &s, &err), BRSKI_E_MALFORMED,
		    "RFC 5652 3", &err);
	/* bytes left over inside, and a SignedData that is none */
	inner = SEQ(INT("\1"));
	assert_refused_by(brski_cms_open(SEQ(OID(OID_SIGNED_DATA),
	                                     tlv(CONTEXT_0, CAT(inner, inner))),
	                      NULL, false, &s, &err),
	    BRSKI_E_MALFORMED, "RFC 5652 5.1", &err);
	assert_refused_by(brski_cms_open(SEQ(OID(OID_SIGNED_DATA), tlv(CONTEXT_0, inner)), NULL,
	                      false, &s, &err),
	    BRSKI_E_MALFORMED, "RFC 5652 5.1", &err);
}

static void
every_truncation(void **state)
{
	struct recipe r = recipe(*state);
	struct brski_slice good = make(&r);
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t n;

	for (n = 0; n < good.n; n++)
		assert_refused(brski_cms_open(brski_slice(good.p, n), NULL, false, &s, &err),
		    BRSKI_E_MALFORMED, &err);
}

static void
too_large(void **state)
{
	static uint8_t big[BRSKI_ENVELOPE_MAX + 1];
	struct recipe r = recipe(*state);
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };

	assert_refused(brski_cms_open(brski_slice(big, sizeof(big)), NULL, false, &s, &err),
	    BRSKI_E_TOO_LARGE, &err);
	assert_refused(brski_cms_open(brski_slice(big, sizeof(big) - 1), NULL, false, &s, &err),
	    BRSKI_E_MALFORMED, &err);
	/* a certificate that is none */
	r.certs = tlv(CONTEXT_0, SEQ(INT("\1")));
	assert_refused(open_it(&r, NULL, false, &s, &err), BRSKI_E_MALFORMED, &err);
}

/* RFC 8366 5.4: content of the voucher type, attached. */
static void
content(void **state)
{
	struct recipe r = recipe(*state);

	r.content = NONE;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 8366 5.4");
	/* id-signedData, with attributes that agree */
	r = recipe(*state);
	r.content_type = OID_SIGNED_DATA;
	r.attr_type = attribute(OID_CONTENT_TYPE, OID(OID_SIGNED_DATA));
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 8366 5.4");
	/* what all public samples have */
	r.content_type = OID_DATA;
	r.attr_type = attribute(OID_CONTENT_TYPE, OID(OID_DATA));
	r.version = "\1";
	assert_odd(&r, NULL, BRSKI_ODD_ID_DATA);
}

/* RFC 5652 11.1: the content type on the wire is the signed one, in both directions. */
static void
changed_content_type(void **state)
{
	struct recipe r = recipe(*state);

	r.content_type = OID_DATA;
	r.version = "\1";
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 11.1");
	r = recipe(*state);
	r.attr_type = attribute(OID_CONTENT_TYPE, OID(OID_DATA));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 11.1");
}

static void
number_of_signers(void **state)
{
	struct recipe r = recipe(*state);

	r.signers = 0;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 8366 5.4");
	r.signers = 2;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 8366 5.4");
}

/* RFC 5652 5.3 and 11: signed attributes are there, each once, with one value. */
static void
signed_attributes(void **state)
{
	struct world *w = *state;
	struct recipe r = recipe(w);
	struct brski_slice time = tlv(BRSKI_DER_UTC_TIME, BRSKI_LIT("260601120000Z"));
	struct brski_slice type = r.attr_type, digest = r.attr_digest;

	r.no_attrs = true;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 5.3");
	r.no_attrs = false;
	r.attr_type = NONE;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 5.3");
	r.attr_type = type;
	r.attr_digest = NONE;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 5.3");
	r.attr_digest = digest;
	r.more_attrs = type;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
	r.more_attrs = digest;
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
	r.more_attrs = CAT(attribute(OID_SIGNING_TIME, time), attribute(OID_SIGNING_TIME, time));
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
	r.more_attrs = NONE;
	r.attr_digest = attribute(OID_MESSAGE_DIGEST, CAT(digest_of(PAYLOAD), digest_of(PAYLOAD)));
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
	r.attr_digest = attribute(OID_MESSAGE_DIGEST, NONE);
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
	r.attr_digest = attribute(OID_MESSAGE_DIGEST, OID(OID_SHA256));
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
	r.attr_digest = digest;
	r.attr_type = attribute(OID_CONTENT_TYPE, CAT(OID(OID_JSON_VOUCHER), OID(OID_DATA)));
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
}

static void
signing_time(void **state)
{
	struct recipe r = recipe(*state);
	struct brski_signed s = { 0 };
	struct brski_err err;

	r.more_attrs =
	    attribute(OID_SIGNING_TIME, tlv(BRSKI_DER_UTC_TIME, BRSKI_LIT("260601120000Z")));
	assert_odd(&r, NULL, 0);
	assert_ok(open_it(&r, NULL, false, &s, &err), &err);
	assert_int_equal(s.signing_time, TU_NOW);
	brski_signed_clear(&s);
	r.more_attrs =
	    attribute(OID_SIGNING_TIME, tlv(BRSKI_DER_GENERAL_TIME, BRSKI_LIT("20260601120000Z")));
	assert_ok(open_it(&r, NULL, false, &s, &err), &err);
	assert_int_equal(s.signing_time, TU_NOW);
	brski_signed_clear(&s);
	r.more_attrs =
	    attribute(OID_SIGNING_TIME, tlv(BRSKI_DER_UTC_TIME, BRSKI_LIT("2606011200Z")));
	assert_bad(&r, BRSKI_E_MALFORMED, NULL);
	r.more_attrs = attribute(OID_SIGNING_TIME, INT("\1"));
	assert_bad(&r, BRSKI_E_MALFORMED, "RFC 5652 11");
}

/* RFC 5652 5.4 and 5.6 */
static void
digest_and_signature(void **state)
{
	struct world *w = *state;
	struct recipe r = recipe(w);

	r.attr_digest = attribute(OID_MESSAGE_DIGEST, digest_of(BRSKI_LIT("something else")));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	r = recipe(w);
	r.attr_digest =
	    attribute(OID_MESSAGE_DIGEST, tlv(BRSKI_DER_OCTET_STRING, BRSKI_LIT("short")));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	r = recipe(w);
	r.key = &w->other.key;
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
}

static void
algorithms(void **state)
{
	struct recipe r = recipe(*state);

	r.digest_alg = OID(OID_SHA1);
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 8366 5.4");
	/* the digest of the signature algorithm is another one */
	r.digest_alg = OID(OID_SHA384);
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 8366 5.4");
	r = recipe(*state);
	r.sig_alg = OID(OID_ECDSA_SHA384);
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 8366 5.4");
	r.sig_alg = OID(OID_SHA256);
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 8366 5.4");
	r.sig_alg = OID(OID_EC_PUBLIC_KEY);
	assert_odd(&r, NULL, BRSKI_ODD_SIG_ALG);
}

/* RFC 5652 5.3: the signer is named by issuer and serial number, or by key identifier. */
static void
signer_lookup(void **state)
{
	struct world *w = *state;
	const struct brski_cert *c = tu_cert(&w->masa);
	struct recipe r = recipe(w);
	struct brski_certs context = { 0 };

	r.sid = tlv(BRSKI_DER_CONTEXT | 0, c->ski);
	r.si_version = "\3";
	assert_odd(&r, NULL, 0);
	r.sid = tlv(BRSKI_DER_CONTEXT | 0, BRSKI_LIT("another"));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	r = recipe(w);
	r.sid = SEQ(c->issuer, INT("\1"));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	r.sid = SEQ(c->subject, tlv(BRSKI_DER_INTEGER, c->serial));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	/* the certificate comes from elsewhere */
	r = recipe(w);
	r.certs = NONE;
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	tu_add(&context, &w->other);
	tu_add(&context, &w->masa);
	assert_odd(&r, &context, BRSKI_ODD_NO_CERT);
	r.certs = tlv(CONTEXT_0, tu_cert(&w->other)->der);
	assert_odd(&r, &context, BRSKI_ODD_NO_CERT);
	brski_certs_clear(&context);
}

/* Two CAs may share their name, and so two certificates name and serial number: the key decides. */
static void
twin_signers(void **state)
{
	struct world *w = *state;
	struct tu_id twin = { 0 }, ca = { 0 };
	struct brski_cert_facts f = tu_facts("voucher signer");
	struct recipe r = recipe(w);
	struct brski_signed s = { 0 };
	struct brski_err err;
	const struct brski_cert *c = tu_cert(&w->masa);

	tu_ca(&ca, "manufacturer");
	memcpy(f.serial, c->serial.p, c->serial.n);
	f.serial_n = c->serial.n;
	tu_issue(&twin, &ca, &f);
	r.certs = tlv(CONTEXT_0, CAT(tu_cert(&twin)->der, c->der));
	assert_odd(&r, NULL, 0);
	r.certs = tlv(CONTEXT_0, tu_cert(&twin)->der);
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	/* as many as one likes, but not tried for ever */
	r.certs = tlv(CONTEXT_0,
	    CAT(tu_cert(&twin)->der, tu_cert(&twin)->der, tu_cert(&twin)->der, tu_cert(&twin)->der,
	        c->der));
	assert_bad(&r, BRSKI_E_SIGNATURE, "RFC 5652 5.6");
	r = recipe(w);
	r.certs = tlv(CONTEXT_0, CAT(tu_cert(&twin)->der, tu_cert(&ca)->der, c->der));
	assert_ok(open_it(&r, NULL, false, &s, &err), &err);
	assert_slice_eq(s.signer->der, c->der);
	assert_int_equal(s.certs.n, 3);
	brski_signed_clear(&s);
	tu_id_clear(&twin);
	tu_id_clear(&ca);
}

static void
legal_but_odd(void **state)
{
	struct recipe r = recipe(*state);

	r.version = "\1";
	assert_odd(&r, NULL, BRSKI_ODD_VERSION);
	r.version = "\3";
	r.si_version = "\3";
	assert_odd(&r, NULL, BRSKI_ODD_VERSION);
	r = recipe(*state);
	r.crls = tlv(CONTEXT_1, SEQ(INT("\1")));
	assert_odd(&r, NULL, BRSKI_ODD_CRLS);
	r = recipe(*state);
	r.unsigned_attrs = tlv(CONTEXT_1, attribute(OID_SMIME_CAP, INT("\1")));
	assert_odd(&r, NULL, BRSKI_ODD_UNSIGNED);
	r = recipe(*state);
	r.more_attrs = attribute(OID_SMIME_CAP, SEQ(NONE));
	assert_odd(&r, NULL, BRSKI_ODD_SIGNED_ATTR);
}

static void
odd_texts(void **state)
{
	unsigned bit;

	(void)state;
	for (bit = 1; bit <= BRSKI_ODD_BARE_ALG; bit <<= 1)
		assert_non_null(brski_odd_text(bit));
	assert_null(brski_odd_text(bit));
}

/* For people: what can be decoded is given back, with the verdict. */
static void
look(void **state)
{
	struct world *w = *state;
	struct recipe r = recipe(w);
	struct brski_signed s = { 0 };
	struct brski_err verdict, err = { 0 };

	assert_ok(brski_cms_look(make(&r), NULL, &s, &verdict, &err), &err);
	assert_int_equal(verdict.rc, BRSKI_OK);
	assert_non_null(s.signer);
	brski_signed_clear(&s);
	r.key = &w->other.key;
	assert_ok(brski_cms_look(make(&r), NULL, &s, &verdict, &err), &err);
	assert_int_equal(verdict.rc, BRSKI_E_SIGNATURE);
	assert_null(s.signer);
	assert_slice_eq(s.payload, PAYLOAD);
	brski_signed_clear(&s);
	/* a rule broken is a verdict, too */
	r.signers = 2;
	assert_ok(brski_cms_look(make(&r), NULL, &s, &verdict, &err), &err);
	assert_int_equal(verdict.rc, BRSKI_E_MALFORMED);
	assert_slice_eq(s.payload, PAYLOAD);
	assert_int_equal(s.certs.n, 1);
	brski_signed_clear(&s);
	/* no SignedData, no look */
	assert_refused(brski_cms_look(PAYLOAD, NULL, &s, &verdict, &err), BRSKI_E_MALFORMED, &err);
	assert_null(s.certs.v);
}

static void
seal(void **state)
{
	struct world *w = *state;
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	struct tu_id p384 = { 0 }, ed = { 0 };
	struct brski_cert_facts f = tu_facts("signer");
	struct brski_certs nobody = { 0 };

	assert_ok(brski_cms_seal(PAYLOAD, &w->masa.key, &w->masa.chain, TU_NOW, &wire, &err), &err);
	assert_ok(brski_cms_open(brski_buf_slice(&wire), NULL, true, &s, &err), &err);
	assert_slice_eq(s.payload, PAYLOAD);
	assert_slice_eq(s.signer->der, tu_cert(&w->masa)->der);
	assert_int_equal(s.certs.n, 2);
	assert_int_equal(s.signing_time, TU_NOW);
	assert_int_equal(s.odd, 0);
	brski_signed_clear(&s);
	brski_buf_reset(&wire);
	/* no clock: no signing time */
	assert_ok(brski_cms_seal(PAYLOAD, &w->masa.key, &w->masa.chain, BRSKI_TIME_UNKNOWN, &wire,
	              &err),
	    &err);
	assert_ok(brski_cms_open(brski_buf_slice(&wire), NULL, true, &s, &err), &err);
	assert_int_equal(s.signing_time, BRSKI_TIME_UNKNOWN);
	brski_signed_clear(&s);
	brski_buf_reset(&wire);
	/* RFC 5754 3, RFC 8419; GeneralizedTime from 2050 */
	assert_ok(brski_key_generate(BRSKI_KEY_P384, &p384.key, &err), &err);
	tu_issue(&p384, NULL, &f);
	assert_ok(brski_cms_seal(PAYLOAD, &p384.key, &p384.chain, TU_TO + TU_DAY, &wire, &err),
	    &err);
	assert_ok(brski_cms_open(brski_buf_slice(&wire), NULL, true, &s, &err), &err);
	assert_int_equal(s.signing_time, TU_TO + TU_DAY);
	brski_signed_clear(&s);
	brski_buf_reset(&wire);
	f = tu_facts("signer");
	assert_ok(brski_key_generate(BRSKI_KEY_ED25519, &ed.key, &err), &err);
	tu_issue(&ed, NULL, &f);
	assert_ok(brski_cms_seal(PAYLOAD, &ed.key, &ed.chain, TU_NOW, &wire, &err), &err);
	assert_ok(brski_cms_open(brski_buf_slice(&wire), NULL, true, &s, &err), &err);
	brski_signed_clear(&s);
	brski_buf_clear(&wire);
	assert_broken(brski_cms_seal(PAYLOAD, &ed.key, &nobody, TU_NOW, &wire, &err),
	    BRSKI_E_INTERNAL, &err);
	tu_id_clear(&p384);
	tu_id_clear(&ed);
}

/* Is the signature over every bit? What is not signed must not change what we read. */
static void
every_bit_flipped(void **state)
{
	struct world *w = *state;
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t bit, accepted = 0;

	assert_ok(brski_cms_seal(PAYLOAD, &w->masa.key, &w->masa.chain, TU_NOW, &wire, &err), &err);
	for (bit = 0; bit < wire.n * 8; bit++) {
		wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (brski_cms_open(brski_buf_slice(&wire), NULL, false, &s, NULL) == BRSKI_OK) {
			assert_slice_eq(s.payload, PAYLOAD);
			assert_slice_eq(s.signer->spki, tu_cert(&w->masa)->spki);
			assert_int_equal(s.signing_time, TU_NOW);
			accepted++;
		}
		brski_signed_clear(&s);
		wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* certificates and digestAlgorithms are not signed, the rest is */
	assert_true(accepted < 2 * 8 * BRSKI_CERT_MAX / 4);
	brski_buf_clear(&wire);
}

/* RFC 7030 4.1.3, RFC 8951: certs-only. */
static void
certs_only(void **state)
{
	struct world *w = *state;
	struct brski_buf wire = { 0 };
	struct brski_certs certs = { 0 };
	struct brski_err err = { 0 };
	struct recipe r = recipe(w);
	size_t i;

	assert_ok(brski_certs_only_encode(&w->masa.chain, &wire, &err), &err);
	assert_ok(brski_certs_only_decode(brski_buf_slice(&wire), &certs, &err), &err);
	assert_int_equal(certs.n, 2);
	for (i = 0; i < 2; i++)
		assert_non_null(brski_certs_find(&certs, w->masa.chain.v[i].der));
	brski_certs_clear(&certs);
	wire.n--;
	assert_refused_by(brski_certs_only_decode(brski_buf_slice(&wire), &certs, &err),
	    BRSKI_E_MALFORMED, "RFC 5652 3", &err);
	brski_buf_reset(&wire);
	/* no certificate; a signer */
	assert_ok(brski_certs_only_encode(&(struct brski_certs){ 0 }, &wire, &err), &err);
	assert_refused_by(brski_certs_only_decode(brski_buf_slice(&wire), &certs, &err),
	    BRSKI_E_MALFORMED, "RFC 7030 4.1.3", &err);
	assert_refused_by(brski_certs_only_decode(make(&r), &certs, &err), BRSKI_E_MALFORMED,
	    "RFC 7030 4.1.3", &err);
	assert_null(certs.v);
	r.signers = 0;
	assert_ok(brski_certs_only_decode(make(&r), &certs, &err), &err);
	assert_int_equal(certs.n, 1);
	brski_certs_clear(&certs);
	r.certs = tlv(CONTEXT_0, CAT(tu_cert(&w->masa)->der, SEQ(INT("\1"))));
	assert_refused(brski_certs_only_decode(make(&r), &certs, &err), BRSKI_E_MALFORMED, &err);
	assert_null(certs.v);
	assert_refused_by(brski_certs_only_decode(SEQ(OID(OID_SIGNED_DATA),
	                                              tlv(CONTEXT_0, SEQ(INT("\1")))),
	                      &certs, &err),
	    BRSKI_E_MALFORMED, "RFC 5652 5.1", &err);
	brski_buf_clear(&wire);
}

/* The differential half: another implementation reads what we write and writes what we read. */

static char dir[] = "/tmp/test_cms.XXXXXX";

static void
run(const char *command)
{
	char line[1024];

	(void)snprintf(line, sizeof(line),
	    "cd %s && openssl %s >log 2>&1 || { cat log >&2; exit 1; }", dir, command);
	if (system(line) != 0)
		fail_msg("openssl %s", command);
}

static void
put(const char *name, struct brski_slice in)
{
	char path[64];
	struct brski_err err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_ok(brski_file_write(path, in, 0600, &err), &err);
}

static void
get(const char *name, struct brski_buf *out)
{
	char path[64];
	struct brski_err err = { 0 };

	brski_buf_reset(out);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_ok(brski_file_read(path, out, &err), &err);
}

static int
make_dir(void **state)
{
	struct world *w = *state;
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };

	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(dir));
	put("payload", PAYLOAD);
	tu_pem(&w->ca, false, &pem);
	put("ca.pem", brski_buf_slice(&pem));
	brski_buf_reset(&pem);
	tu_pem(&w->masa, false, &pem);
	put("masa.pem", brski_buf_slice(&pem));
	brski_buf_reset(&pem);
	assert_ok(brski_key_encode_pem(&w->masa.key, &pem, &err), &err);
	put("masa.key", brski_buf_slice(&pem));
	brski_buf_wipe(&pem);
	return 0;
}

static int
drop_dir(void **state)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "rm -rf %s", dir);
	return system(line) == 0 ? forget_pieces(state) : -1;
}

static void
openssl_takes_ours(void **state)
{
	struct world *w = *state;
	struct brski_buf wire = { 0 }, back = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_cms_seal(PAYLOAD, &w->masa.key, &w->masa.chain, TU_NOW, &wire, &err), &err);
	put("ours", brski_buf_slice(&wire));
	run("cms -verify -binary -inform DER -in ours -CAfile ca.pem -purpose any -out back");
	get("back", &back);
	assert_slice_eq(brski_buf_slice(&back), PAYLOAD);
	brski_buf_reset(&wire);
	assert_ok(brski_certs_only_encode(&w->masa.chain, &wire, &err), &err);
	put("certs", brski_buf_slice(&wire));
	run("pkcs7 -inform DER -in certs -print_certs -out back");
	get("back", &back);
	assert_non_null(strstr(strstr(brski_buf_cstr(&back), "BEGIN CERT") + 1, "BEGIN CERT"));
	brski_buf_clear(&wire);
	brski_buf_clear(&back);
}

static void
take(const char *sign_options, unsigned odd)
{
	char command[512];
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };

	(void)snprintf(command, sizeof(command),
	    "cms -sign -binary -nodetach -outform DER -in payload -out theirs %s", sign_options);
	run(command);
	get("theirs", &wire);
	assert_ok(brski_cms_open(brski_buf_slice(&wire), NULL, (odd & BRSKI_ODD_STRICT) == 0, &s,
	              &err),
	    &err);
	assert_slice_eq(s.payload, PAYLOAD);
	assert_int_equal(s.odd, odd);
	brski_signed_clear(&s);
	brski_buf_clear(&wire);
}

#define VOUCHER " -econtent_type 1.2.840.113549.1.9.16.1.40"
#define MASA    " -signer masa.pem -inkey masa.key"

static void
we_take_openssls(void **state)
{
	(void)state;
	run("req -x509 -newkey rsa:2048 -nodes -subj /CN=rsa -days 9 -keyout rsa.key -out rsa.pem");
	run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -subj /CN=p384 -days 9 "
	    "-keyout p384.key -out p384.pem");
	take(MASA VOUCHER, BRSKI_ODD_SIGNED_ATTR);
	take(MASA VOUCHER " -nosmimecap", 0);
	take(MASA VOUCHER " -nosmimecap -keyid", 0);
	take(MASA VOUCHER " -nosmimecap -certfile ca.pem", 0);
	take(MASA " -nosmimecap", BRSKI_ODD_ID_DATA);
	take(" -signer rsa.pem -inkey rsa.key -nosmimecap" VOUCHER, 0);
	take(" -signer rsa.pem -inkey rsa.key -nosmimecap -md sha512" VOUCHER, 0);
	take(" -signer p384.pem -inkey p384.key -nosmimecap -md sha384" VOUCHER, 0);
	take(" -signer p384.pem -inkey p384.key -nosmimecap -md sha256" VOUCHER, 0);
}

/* What openssl makes and we must not take. */
static void
we_refuse_openssls(void **state)
{
	static const char *const rows[] = {
		" -outform DER -noattr" MASA,
		" -outform DER" MASA " -signer other.pem -inkey other.key" VOUCHER,
		" -outform DER -md sha1" MASA VOUCHER,
		" -outform DER -stream" MASA VOUCHER,
		" -outform PEM" MASA VOUCHER,
	};
	char command[512];
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t i;
	enum brski_rc rc;

	(void)state;
	run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -days 9 "
	    "-keyout other.key -out other.pem");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(command, sizeof(command),
		    "cms -sign -binary -nodetach -in payload -out theirs %s", rows[i]);
		run(command);
		get("theirs", &wire);
		rc = brski_cms_open(brski_buf_slice(&wire), NULL, false, &s, &err);
		assert_refused(rc, i == 2 ? BRSKI_E_SIGNATURE : BRSKI_E_MALFORMED, &err);
	}
	brski_buf_clear(&wire);
}

#define TEST(f)     cmocka_unit_test_teardown(f, forget_pieces)
#define TEST_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, drop_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_hand),
		TEST(not_signed_data),
		TEST(every_truncation),
		TEST(too_large),
		TEST(content),
		TEST(changed_content_type),
		TEST(number_of_signers),
		TEST(signed_attributes),
		TEST(signing_time),
		TEST(digest_and_signature),
		TEST(algorithms),
		TEST(signer_lookup),
		TEST(twin_signers),
		TEST(legal_but_odd),
		TEST(odd_texts),
		TEST(look),
		TEST(seal),
		TEST(every_bit_flipped),
		TEST(certs_only),
		TEST_DIR(openssl_takes_ours),
		TEST_DIR(we_take_openssls),
		TEST_DIR(we_refuse_openssls),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
