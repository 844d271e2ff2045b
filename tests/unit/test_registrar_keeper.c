/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper signs for the validation authority: RFC 5280 5, RFC 6960 4.2.2.2. */
#include "crypto/path.h"
#include "registrar/keeper.h"
#include "tu.h"

#define LIFETIME (2 * TU_DAY)

/* Two generations of one CA: 0 signs, 1 has signed. */
static struct tu_id ca[2], registrar;
static struct brski_keys more;
static struct registrar_keeper *k;
static struct brski_err err;

static void
older(struct tu_id *id)
{
	struct brski_cert_facts f = tu_facts("Domain CA");

	f.not_before = TU_FROM - TU_DAY;
	f.not_after = TU_NOW + 30 * TU_DAY;
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN;
	tu_issue(id, NULL, &f);
}

static int
setup(void **state)
{
	struct registrar_keeper_parts parts = { &registrar.key, &registrar.chain, &ca[0].key,
		&ca[0].chain, &more };

	(void)state;
	tu_ca(&ca[0], "Domain CA");
	older(&ca[1]);
	tu_registrar(&registrar, &ca[0]);
	tu_add(&ca[0].chain, &ca[1]);
	more = (struct brski_keys){ .v = { ca[1].key }, .n = 1 };
	ca[1].key = (struct brski_key){ 0 };
	assert_ok(registrar_keeper_new(&parts, &k, &err), &err);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	registrar_keeper_free(k);
	tu_id_clear(&ca[0]);
	tu_id_clear(&ca[1]);
	tu_id_clear(&registrar);
	return 0;
}

static const struct brski_cert *
cert_of(size_t authority)
{
	size_t n;
	const struct registrar_authority *a = registrar_keeper_authorities(k, &n);

	assert_int_equal(n, 2);
	assert_int_equal(a[1].role, REGISTRAR_CA_FORMER);
	assert_true(a[authority].has_key);
	return a[authority].cert;
}

static bool
one_entry(void *arg, struct brski_crl_entry *out)
{
	unsigned *left = arg;

	*out =
	    (struct brski_crl_entry){ BRSKI_LIT("\x07"), TU_NOW - 5, BRSKI_REASON_KEY_COMPROMISE };
	return (*left)-- > 0;
}

/* Each generation by its own key. */
static void
lists(void **state)
{
	struct brski_buf der = { .max = BRSKI_CRL_MAX };
	struct brski_crl *crl;
	struct brski_crl_entry e;
	unsigned left;
	struct brski_crl_facts f = { .number = 3,
		.this_update = TU_NOW,
		.next_update = TU_NOW + TU_DAY,
		.next = one_entry,
		.arg = &left };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		left = 1;
		brski_buf_reset(&der);
		assert_ok(registrar_keeper_sign_crl(k, i, &f, &der, &err), &err);
		assert_ok(brski_crl_decode(brski_buf_slice(&der), &crl, &err), &err);
		assert_null(crl->unusable);
		assert_true(brski_crl_find(crl, BRSKI_LIT("\x07"), &e));
		assert_int_equal(e.reason, BRSKI_REASON_KEY_COMPROMISE);
		assert_ok(brski_verify(cert_of(i)->spki, crl->sig_alg, crl->tbs, crl->sig, &err),
		    &err);
		brski_crl_free(crl);
	}
	f.this_update = cert_of(1)->not_after + 1;
	assert_broken(registrar_keeper_sign_crl(k, 1, &f, &der, &err), BRSKI_E_EXPIRED, &err);
	assert_broken(registrar_keeper_sign_crl(k, 2, &f, &der, &err), BRSKI_E_CONFIG, &err);
	brski_buf_clear(&der);
}

/* The signer of an answer at that time: its certificate's own number. */
static struct brski_slice
answer(size_t authority, int64_t now)
{
	static uint8_t serial[20];
	struct brski_buf id = { 0 }, out = { 0 };
	struct brski_ocsp_single single = { .status = BRSKI_OCSP_GOOD,
		.this_update = now,
		.next_update = now + 3600 };
	struct brski_ocsp_facts f = { .singles = &single, .n = 1, .produced = now };
	struct brski_certs anchors = { 0 };
	struct brski_path path = { .anchors = &anchors, .at = now };
	size_t n;

	assert_ok(brski_ocsp_id_encode(BRSKI_SHA1, cert_of(authority), tu_cert(&registrar)->serial,
	              &id, &err),
	    &err);
	single.id = brski_buf_slice(&id);
	assert_ok(registrar_keeper_sign_ocsp(k, authority, now, LIFETIME, &f, &out, &err), &err);
	assert_ok(brski_certs_add(&anchors, cert_of(authority)->der, &err), &err);
	path.leaf = f.signer;
	assert_ok(brski_path_validate(&path, NULL, &err), &err);
	assert_int_equal(f.signer->eku, BRSKI_EKU_OCSP_SIGNING);
	assert_int_equal(f.signer->key_usage, BRSKI_KU_DIGITAL_SIGNATURE);
	assert_true(f.signer->ocsp_nocheck);
	assert_true(f.signer->not_after <= now + LIFETIME);
	assert_true(f.signer->not_after >= single.next_update);
	assert_false(f.signer_is_issuer);
	n = f.signer->serial.n;
	memcpy(serial, f.signer->serial.p, n);
	brski_certs_clear(&anchors);
	brski_buf_clear(&id);
	brski_buf_clear(&out);
	return brski_slice(serial, n);
}

/* Is it the same signer at both times? */
static bool
same(size_t authority, int64_t a, int64_t b)
{
	uint8_t room[20];
	struct brski_buf first = brski_buf_fixed(room, sizeof(room));

	assert_ok(brski_buf_append(&first, answer(authority, a), &err), &err);
	return brski_slice_eq(brski_buf_slice(&first), answer(authority, b));
}

/* RFC 6960 4.2.2.2: delegated by the very CA; used until half of its time is over. */
static void
delegates(void **state)
{
	struct brski_ocsp_facts f = { 0 };
	struct brski_buf out = { 0 };
	const int64_t end = cert_of(1)->not_after;

	(void)state;
	assert_true(same(0, TU_NOW, TU_NOW + LIFETIME / 2));
	assert_false(same(0, TU_NOW + LIFETIME / 2, TU_NOW + LIFETIME / 2 + 1));
	assert_true(same(1, TU_NOW, TU_NOW + 1));
	/* a clock that was set back */
	assert_false(same(0, TU_NOW, TU_NOW - 3600));
	/* near the CA's own end no newer one would last longer */
	assert_true(same(1, end - LIFETIME / 4, end - 3600));
	assert_broken(registrar_keeper_sign_ocsp(k, 1, end + 1, LIFETIME, &f, &out, &err),
	    BRSKI_E_EXPIRED, &err);
	assert_broken(registrar_keeper_sign_ocsp(k, 2, TU_NOW, LIFETIME, &f, &out, &err),
	    BRSKI_E_CONFIG, &err);
	brski_buf_clear(&out);
}

/* The client's view. */
static void
judged(void **state)
{
	struct brski_buf id = { 0 }, out = { 0 };
	struct brski_ocsp_single single = { .status = BRSKI_OCSP_GOOD,
		.this_update = TU_NOW,
		.next_update = TU_NOW + 3600 };
	struct brski_ocsp_facts f = { .singles = &single, .n = 1, .produced = TU_NOW };
	struct brski_ocsp_question q = { .subject = tu_cert(&registrar),
		.issuer = tu_cert(&ca[0]),
		.at = TU_NOW };

	(void)state;
	assert_ok(brski_ocsp_id_encode(BRSKI_SHA256, q.issuer, q.subject->serial, &id, &err), &err);
	single.id = brski_buf_slice(&id);
	assert_ok(registrar_keeper_sign_ocsp(k, 0, TU_NOW, LIFETIME, &f, &out, &err), &err);
	assert_ok(brski_ocsp_response_judge(brski_buf_slice(&out), &q, NULL, &err), &err);
	/* the other generation has no say about it */
	brski_buf_reset(&out);
	assert_ok(registrar_keeper_sign_ocsp(k, 1, TU_NOW, LIFETIME, &f, &out, &err), &err);
	assert_int_not_equal(brski_ocsp_response_judge(brski_buf_slice(&out), &q, NULL, NULL),
	    BRSKI_OK);
	brski_buf_clear(&id);
	brski_buf_clear(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists),
		TEST(delegates),
		TEST(judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
