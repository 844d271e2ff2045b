/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same figure with CoAP's names and forms: cBRSKI 6, RFC 9148 4. What is the same
 * as over HTTPS is tested there.
 */
#include "tu_pledge.h"

#include "base/text.h"
#include "pledge/trust.h"

static struct brski_err err;

static int
setup(void **state)
{
	*state = tu_pledge_new(TU_COAPS);
	return 0;
}

static int
teardown(void **state)
{
	tu_pledge_free(*state);
	return 0;
}

static struct brski_certs
trusted(const struct tu_pledge *t)
{
	struct brski_certs list = { 0 };

	assert_ok(brski_certs_add_any(&list, brski_buf_slice(&t->items[PLEDGE_ITEM_TRUST]), &err),
	    &err);
	return list;
}

/* 6.7.1: the pinned root signed the LDevID itself, so nobody asks for /crts or /att. */
static void
test_shortest_way(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs list;
	struct brski_csr csr;

	assert_ok(tu_pledge_run(t, 20, &err), &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_int_equal(t->ops[TU_VS].n, 1);
	assert_int_equal(t->ops[TU_ENROLL].n, 1);
	assert_int_equal(t->ops[TU_CACERTS].n, 0);
	assert_int_equal(t->ops[TU_ATTRS].n, 0);
	assert_int_equal(t->ops[TU_ENROLL].connection, 1);
	/* RFC 8995 5.9.4 holds here as well */
	assert_int_equal(t->ops[TU_ES].connection, 2);
	assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_LDEVID);
	assert_true(t->voucher_status.status);
	assert_true(t->enrollstatus.status);
	/* RFC 9148 4.4: never base64 */
	assert_ok(brski_csr_decode(brski_buf_slice(&t->ops[TU_ENROLL].last), &csr, &err), &err);
	assert_slice_eq(csr.subject, tu_cert(&t->idevid)->subject);
	list = trusted(t);
	assert_int_equal(list.n, 1);
	assert_slice_eq(list.v[0].der, tu_cert(&t->domain)->der);
	brski_certs_clear(&list);
}

/* A domain with a CA in between: the pin is one of its two. */
struct deep {
	struct tu_id sub, registrar;
};

static void
deepen(struct tu_pledge *t, struct deep *d)
{
	tu_subca(&d->sub, &t->domain, "issuing");
	tu_registrar(&d->registrar, &d->sub);
	t->server = &d->registrar;
	t->issuer = &d->sub;
	brski_certs_clear(&t->cacerts);
	tu_add(&t->cacerts, &d->sub);
	tu_add(&t->cacerts, &t->domain);
}

static void
deep_clear(struct deep *d)
{
	tu_id_clear(&d->sub);
	tu_id_clear(&d->registrar);
}

static void
pin_issuer(struct tu_pledge *t, struct brski_voucher *v)
{
	v->pinned_domain_cert = tu_cert(t->issuer)->der;
}

static void
pin_registrar(struct tu_pledge *t, struct brski_voucher *v)
{
	v->pinned_domain_cert = tu_cert(t->server)->der;
}

/* 6.7.1: a pinned CA that is no root, or did not sign, is not all of it: /crts says the rest. */
static void
test_crts_when_needed(void **state)
{
	void (*const pins[])(struct tu_pledge *, struct brski_voucher *) = { NULL, pin_issuer,
		pin_registrar };
	static const size_t trusts[] = { 2, 2, 3 };
	struct tu_pledge *t = *state;
	struct deep d = { 0 };
	size_t i;

	deepen(t, &d);
	for (i = 0; i < 3; i++) {
		struct brski_certs list;

		t->twist = pins[i];
		tu_pledge_until(t, PLEDGE_ENROLLED);
		assert_int_equal(t->ops[TU_CACERTS].n, i + 1);
		assert_int_equal(t->ops[TU_CACERTS].connection, t->ops[TU_ENROLL].connection);
		list = trusted(t);
		assert_int_equal(list.n, trusts[i]);
		assert_non_null(brski_certs_find(&list, tu_cert(&t->domain)->der));
		brski_certs_clear(&list);
		assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
		tu_pledge_restart(t);
	}
	deep_clear(&d);
}

/* A pinned CA that is no root: what it signed is not yet the whole domain. */
static void
test_suffices(void **state)
{
	struct tu_pledge *t = *state;
	struct deep d = { 0 };
	struct brski_certs bag = { 0 }, root = { 0 }, sub = { 0 };
	struct brski_slice spki;

	deepen(t, &d);
	tu_add(&bag, &d.registrar);
	tu_add(&bag, &d.sub);
	tu_add(&root, &t->domain);
	tu_add(&sub, &d.sub);
	spki = tu_cert(&d.registrar)->spki;
	assert_false(pledge_trust_suffices(&bag, spki, &root, TU_NOW));
	assert_false(pledge_trust_suffices(&bag, spki, &sub, TU_NOW));
	assert_true(pledge_trust_suffices(&bag, tu_cert(&d.sub)->spki, &root, TU_NOW));
	assert_false(pledge_trust_suffices(&bag, tu_cert(&t->idevid)->spki, &root, TU_NOW));
	brski_certs_clear(&bag);
	brski_certs_clear(&root);
	brski_certs_clear(&sub);
	deep_clear(&d);
}

/* 6.7.1: no way from the pin to the LDevID: the end, and the registrar hears of it. */
static void
assert_told_and_clean(struct tu_pledge *t)
{
	assert_int_equal(t->ops[TU_ES].n, 1);
	assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_IDEVID);
	assert_int_equal(t->ops[TU_ES].connection, t->ops[TU_ENROLL].connection);
	assert_false(t->enrollstatus.status);
	assert_string_not_equal(t->enrollstatus.reason, "");
	assert_int_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_LDEVID));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_TRUST));
	assert_null(t->key.ops);
}

static void
test_no_way_to_the_pin(void **state)
{
	struct tu_pledge *t = *state;

	t->issuer = &t->stranger;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_UNKNOWN, &err);
	assert_int_equal(t->ops[TU_CACERTS].n, 1);
	assert_told_and_clean(t);
}

static void
test_crts_of_a_stranger(void **state)
{
	struct tu_pledge *t = *state;

	t->issuer = &t->stranger;
	brski_certs_clear(&t->cacerts);
	tu_add(&t->cacerts, &t->stranger);
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3",
	    &err);
	assert_told_and_clean(t);
}

/* The forms that were asked for, no others: a registrar must offer both. */
static void
test_forms(void **state)
{
	/* an odd number of items, none, CBOR instead of a certificate */
	const struct brski_slice broken[] = { BRSKI_LIT("\x81\x01"), BRSKI_LIT("\x80"),
		BRSKI_LIT("\x82\x18\x3c\x40") };
	struct tu_pledge *t = *state;
	struct deep d = { 0 };
	size_t i;

	t->ops[TU_ENROLL].media = "application/pkcs7-mime; smime-type=certs-only";
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_MEDIA_TYPE, "RFC 9148 4.3",
	    &err);
	t->ops[TU_ENROLL].media = NULL;
	t->ops[TU_ES].n = 0;
	deepen(t, &d);
	t->ops[TU_CACERTS].media = "application/pkix-cert";
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_MEDIA_TYPE, "cBRSKI 6.7", &err);
	assert_told_and_clean(t);
	t->ops[TU_CACERTS].media = NULL;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		t->ops[TU_CACERTS].body = broken[i];
		t->ops[TU_ES].n = 0;
		assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_MALFORMED, &err);
		assert_told_and_clean(t);
	}
	deep_clear(&d);
}

/* A domain that does not serve /crts lives by its pin, as far as that reaches. */
static void
test_crts_not_served(void **state)
{
	struct tu_pledge *t = *state;
	struct deep d = { 0 };

	deepen(t, &d);
	t->ops[TU_CACERTS].status = 404;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_UNKNOWN, &err);
	assert_told_and_clean(t);
	t->twist = pin_issuer;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	deep_clear(&d);
}

/* RFC 9148 4.7: Max-Age says when, and the identical request comes again. */
static void
test_come_back(void **state)
{
	struct tu_pledge *t = *state;
	struct deep d = { 0 };

	deepen(t, &d);
	t->ops[TU_RV].pending = t->ops[TU_ENROLL].pending = t->ops[TU_CACERTS].pending = 2;
	t->ops[TU_RV].retry_after_s = t->ops[TU_ENROLL].retry_after_s = 5;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 3);
	assert_true(t->ops[TU_RV].repeated);
	assert_int_equal(t->ops[TU_RV].connection, 1);
	assert_int_equal(t->ops[TU_CACERTS].n, 3);
	assert_true(t->ops[TU_ENROLL].repeated);
	assert_int_equal(t->keys, 1);
	deep_clear(&d);
}

static void
test_lost_answers(void **state)
{
	struct tu_pledge *t = *state;
	struct deep d = { 0 };

	deepen(t, &d);
	t->ops[TU_VS].lost = t->ops[TU_CACERTS].lost = t->ops[TU_ENROLL].lost = t->ops[TU_ES].lost =
	    2;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_true(t->ops[TU_ENROLL].repeated);
	assert_int_equal(t->keys, 1);
	deep_clear(&d);
}

static void
test_restart_at_every_step(void **state)
{
	struct tu_pledge *t = *state;
	struct deep d = { 0 };
	unsigned step;

	deepen(t, &d);
	for (step = 0; step < 60 && pledge_state(&t->p) != PLEDGE_ENROLLED; step++) {
		(void)tu_pledge_run(t, 1, &err);
		if (pledge_state(&t->p) == PLEDGE_ENROLL || pledge_state(&t->p) == PLEDGE_CONFIRM)
			tu_pledge_restart(t);
	}
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_true(t->ops[TU_ENROLL].repeated);
	assert_int_equal(t->keys, 1);
	deep_clear(&d);
}

/*
 * RFC 8995 5, whichever leaf names the server: nothing is sent to another one, before the voucher
 * and after a restart.
 */
static void
test_server_changed(void **state)
{
	static const enum pledge_proximity leaves[] = { PLEDGE_PROXIMITY_AUTO,
		PLEDGE_PROXIMITY_CERT, PLEDGE_PROXIMITY_PUBK, PLEDGE_PROXIMITY_PUBK_SHA256 };
	struct tu_pledge *t = *state;
	struct tu_id other = { 0 };
	unsigned i, asked;

	tu_registrar(&other, &t->domain);
	for (i = 0; i < 4; i++) {
		t->conf.proximity = leaves[i];
		t->ops[TU_RV].pending = 2;
		tu_pledge_restart(t);
		tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
		assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
		tu_pledge_restart(t);
		assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
		tu_pledge_restart(t);
		asked = t->ops[TU_RV].n;
		t->server = &other;
		assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_PROXIMITY, "RFC 8995 5",
		    &err);
		assert_int_equal(t->ops[TU_RV].n, asked);
		t->server = &t->registrar;
		tu_pledge_until(t, PLEDGE_ENROLLED);
		assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
		tu_pledge_restart(t);
	}
	tu_id_clear(&other);
}

/* cBRSKI 9.2: what the DTLS session says already is not in the request. */
static void
test_request(void **state)
{
	static const uint8_t told[] = { 0xa2, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 0x01, 0x66,
		's', 't', 'a', 't', 'u', 's', 0xf5 };
	struct tu_pledge *t = *state;
	struct brski_artifact a = { 0 };
	struct brski_slice pvr;

	tu_pledge_until(t, PLEDGE_ENROLLED);
	pvr = brski_buf_slice(&t->ops[TU_RV].last);
	assert_true(pvr.n <= 201); /* the draft's own example */
	assert_ok(brski_artifact_open(t->p.format, pvr, &t->idevid.chain, true,
	              BRSKI_VOUCHER_REQUEST, &a, &err),
	    &err);
	assert_int_equal(a.env.certs.n, 0);
	assert_slice_eq(a.env.signer->der, tu_cert(&t->idevid)->der);
	assert_int_equal(a.v.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_slice_eq(a.v.serial_number, BRSKI_LIT(TU_SERIAL));
	assert_int_equal(a.v.created_on.at, TU_NOW);
	assert_int_equal(a.v.nonce.n, 16);
	assert_int_equal(a.v.proximity_registrar_pubk_sha256.n, BRSKI_SHA256_SIZE);
	brski_artifact_clear(&a);
	assert_slice_eq(brski_buf_slice(&t->ops[TU_VS].last), brski_slice(told, sizeof(told)));
	assert_slice_eq(brski_buf_slice(&t->ops[TU_ES].last), brski_slice(told, sizeof(told)));
}

/* cBRSKI 9.2: EdDSA is what new designs should use. */
static void
test_ed25519(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_artifact a = { 0 };

	pledge_clear(&t->p);
	tu_id_clear(&t->idevid);
	assert_ok(brski_key_generate(BRSKI_KEY_ED25519, &t->idevid.key, &err), &err);
	tu_idevid(&t->idevid, &t->mfr, TU_SERIAL, TU_MASA_URL);
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_ok(brski_artifact_open(t->p.format, brski_buf_slice(&t->ops[TU_RV].last),
	              &t->idevid.chain, true, BRSKI_VOUCHER_REQUEST, &a, &err),
	    &err);
	assert_int_equal(a.env.signer->key_type, BRSKI_KEY_ED25519);
	brski_artifact_clear(&a);
}

/* cBRSKI 9.2: the voucher comes without certificates; who signed must be an anchor then. */
static void
test_signer_unknown(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id other = { 0 };

	tu_masa(&other, &t->mfr);
	t->signer = &other;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_SIGNATURE, &err);
	assert_false(t->voucher_status.status);
	assert_int_equal(t->ops[TU_ENROLL].n, 0);
	tu_id_clear(&other);
}

/* What was asked in one format is asked again in it, whatever is configured now. */
static void
test_other_format_after_restart(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_RV].pending = 2;
	tu_pledge_until(t, PLEDGE_REQUEST_JOIN);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	t->conf.format = &brski_formats[0];
	assert_string_not_equal(t->conf.format->media_type, "application/voucher+cose");
	tu_pledge_restart(t);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 3);
	assert_true(t->ops[TU_RV].repeated);
}

/* The engine lives in the memory it is given, and gives all of it back. */
static void
test_heap(void **state)
{
	static _Alignas(max_align_t) uint8_t memory[24 * 1024];
	struct tu_pledge *t = *state;
	struct deep d = { 0 };
	size_t before;

	deepen(t, &d);
	t->conf.heap = brski_heap_init(memory, sizeof(memory));
	assert_non_null(t->conf.heap);
	before = brski_heap_used(t->conf.heap);
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_CACERTS].n, 1);
	assert_true(brski_heap_used(t->conf.heap) > before);
	pledge_clear(&t->p);
	assert_int_equal(brski_heap_used(t->conf.heap), before);
	deep_clear(&d);
}

/* Memory that is too small is the pledge's own trouble, at whatever step: it waits and tries. */
static void
test_heap_too_small(void **state)
{
	static _Alignas(max_align_t) uint8_t memory[24 * 1024];
	struct tu_pledge *t = *state;
	size_t n;
	enum brski_rc rc = BRSKI_E_NOMEM;

	for (n = 256; n < sizeof(memory); n += 256) {
		pledge_clear(&t->p);
		assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
		t->conf.heap = brski_heap_init(memory, n);
		rc = pledge_init(&t->p, &t->port, &t->conf, &err);
		if (rc == BRSKI_OK)
			rc = tu_pledge_run(t, 20, &err);
		if (rc == BRSKI_OK && pledge_state(&t->p) == PLEDGE_ENROLLED)
			break;
		assert_true(rc == BRSKI_OK || rc == BRSKI_E_NOMEM || rc == BRSKI_E_PENDING);
		err = (struct brski_err){ 0 };
	}
	assert_int_equal(rc, BRSKI_OK);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLLED);
	assert_true(n > 1024);
}

/* The candidate's name says how it is spoken to, unless the host does. */
static void
test_binding(void **state)
{
	struct tu_pledge *t = *state;

	assert_ptr_equal(pledge_binding_find("coaps://[::1]:5684"), &pledge_coaps);
	assert_ptr_equal(pledge_binding_find("https://[::1]"), &pledge_https);
	assert_null(pledge_binding_find("registrar"));
	t->names[0] = "registrar";
	t->conf.binding = &pledge_coaps;
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
	t->conf.binding = NULL;
	t->speech = TU_HTTPS;
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_CACERTS].n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_shortest_way),
		TEST(test_crts_when_needed),
		TEST(test_suffices),
		TEST(test_no_way_to_the_pin),
		TEST(test_crts_of_a_stranger),
		TEST(test_forms),
		TEST(test_crts_not_served),
		TEST(test_come_back),
		TEST(test_lost_answers),
		TEST(test_restart_at_every_step),
		TEST(test_server_changed),
		TEST(test_request),
		TEST(test_ed25519),
		TEST(test_signer_unknown),
		TEST(test_other_format_after_restart),
		TEST(test_heap),
		TEST(test_heap_too_small),
		TEST(test_binding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
