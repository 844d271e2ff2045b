/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EST by the pledge: RFC 8995 5.9, RFC 7030 4. What the registrar hands out is believed only as far
 * as the pin reaches.
 */
#include "tu_pledge.h"

#include "base/text.h"
#include "message/csrattrs.h"
#include "pledge/trust.h"

static struct brski_err err;

static int
setup(void **state)
{
	*state = tu_pledge_new(TU_HTTPS);
	return 0;
}

static int
teardown(void **state)
{
	tu_pledge_free(*state);
	return 0;
}

/* 5.9.4: a failed enrolment is told over the connection of the attempt; then everything goes. */
static void
assert_told_and_clean(struct tu_pledge *t)
{
	assert_int_equal(t->ops[TU_ES].n, 1);
	assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_IDEVID);
	assert_int_equal(t->ops[TU_ES].connection, t->ops[TU_CACERTS].connection);
	assert_false(t->enrollstatus.status);
	assert_string_not_equal(t->enrollstatus.reason, "");
	assert_int_equal(pledge_state(&t->p), PLEDGE_DISCOVER);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_LDEVID));
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_TRUST));
	assert_null(t->key.ops);
}

static struct brski_certs
trusted(const struct tu_pledge *t)
{
	struct brski_certs list = { 0 };

	assert_ok(brski_certs_add_any(&list, brski_buf_slice(&t->items[PLEDGE_ITEM_TRUST]), &err),
	    &err);
	return list;
}

static void
decode_csr(const struct tu_pledge *t, struct brski_buf *der, struct brski_csr *csr)
{
	brski_buf_reset(der);
	assert_ok(brski_base64_decode(brski_buf_slice(&t->ops[TU_ENROLL].last), BRSKI_BASE64_LINES,
	              der, &err),
	    &err);
	assert_ok(brski_csr_decode(brski_buf_slice(der), csr, &err), &err);
}

static void
test_order(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_buf der = { 0 };
	struct brski_csr csr;

	tu_pledge_until(t, PLEDGE_CONFIRM);
	assert_int_equal(t->ops[TU_CACERTS].n, 1);
	assert_int_equal(t->ops[TU_ATTRS].n, 1); /* RFC 8995 5.9.2: a pledge asks */
	assert_int_equal(t->ops[TU_ENROLL].n, 1);
	assert_int_equal(t->ops[TU_ES].n, 0);
	decode_csr(t, &der, &csr);
	assert_slice_eq(csr.subject, tu_cert(&t->idevid)->subject);
	assert_slice_eq(csr.spki, brski_key_spki(&t->key));
	assert_int_equal(csr.key_type, BRSKI_KEY_P256);
	assert_false(brski_slice_present(csr.challenge_password));
	brski_buf_clear(&der);
}

/*
 * What was answered is not asked again while the certificate is waited for; the CSR stays the same.
 */
static void
test_certificate_later(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_ENROLL].pending = 3;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_CACERTS].n, 1);
	assert_int_equal(t->ops[TU_ATTRS].n, 1);
	assert_int_equal(t->ops[TU_VS].n, 1);
	assert_int_equal(t->ops[TU_ENROLL].n, 4);
	assert_true(t->ops[TU_ENROLL].repeated);
}

/* RFC 7030 4.1.3: what has nothing to do with the pin is not trusted. */
static void
test_cacerts_of_a_stranger(void **state)
{
	struct tu_pledge *t = *state;

	tu_add(&t->cacerts, &t->stranger);
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3",
	    &err);
	assert_int_equal(t->ops[TU_ENROLL].n, 0);
	assert_told_and_clean(t);
}

static void
test_cacerts_broken(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_CACERTS].body = BRSKI_LIT("this is not base64!");
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_MALFORMED, &err);
	assert_told_and_clean(t);
}

/* A server that is used to CoAP answers DER. */
static void
test_cacerts_binary(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_buf der = { 0 };

	assert_ok(brski_certs_only_encode(&t->cacerts, &der, &err), &err);
	t->ops[TU_CACERTS].body = brski_buf_slice(&der);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	brski_buf_clear(&der);
}

/* A domain without cacerts lives by its pin. */
static void
test_cacerts_not_served(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs list;

	t->ops[TU_CACERTS].status = 404;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	list = trusted(t);
	assert_int_equal(list.n, 1);
	assert_slice_eq(list.v[0].der, tu_cert(&t->domain)->der);
	brski_certs_clear(&list);
}

/* RFC 7030 4.5.2: nothing is asked for, whatever the body says */
static void
test_no_csrattrs(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_ATTRS].status = 204;
	t->ops[TU_ATTRS].media = "";
	t->ops[TU_ATTRS].body = BRSKI_LIT("MAMCAQ==");
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_ATTRS].n, 1);
	assert_int_equal(t->key.type, BRSKI_KEY_P256);
}

static void
test_cacerts_type(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_CACERTS].media = "application/json";
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_MEDIA_TYPE, "RFC 7030 4.1.3",
	    &err);
	assert_told_and_clean(t);
}

/*
 * A sub-CA is pinned: the root above it and its other children become anchors, end entities do not.
 */
struct deep {
	struct tu_id sub, other_sub, registrar;
};

static void
pin_sub(struct tu_pledge *t, struct brski_voucher *v)
{
	const struct tu_id *sub = t->issuer;

	v->pinned_domain_cert = tu_cert(sub)->der;
}

static void
test_sub_ca_pinned(void **state)
{
	struct tu_pledge *t = *state;
	struct deep d = { 0 };
	struct brski_certs list;

	tu_subca(&d.sub, &t->domain, "issuing");
	tu_subca(&d.other_sub, &t->domain, "other");
	tu_registrar(&d.registrar, &d.sub);
	t->server = &d.registrar;
	t->issuer = &d.sub;
	t->twist = pin_sub;
	brski_certs_clear(&t->cacerts);
	tu_add(&t->cacerts, &d.other_sub);
	tu_add(&t->cacerts, &d.registrar);
	tu_add(&t->cacerts, &d.sub);
	tu_add(&t->cacerts, &t->domain);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	list = trusted(t);
	assert_int_equal(list.n, 3);
	assert_non_null(brski_certs_find(&list, tu_cert(&t->domain)->der));
	assert_non_null(brski_certs_find(&list, tu_cert(&d.other_sub)->der));
	assert_non_null(brski_certs_find(&list, tu_cert(&d.sub)->der));
	brski_certs_clear(&list);
	tu_id_clear(&d.sub);
	tu_id_clear(&d.other_sub);
	tu_id_clear(&d.registrar);
}

static void
pin_registrar(struct tu_pledge *t, struct brski_voucher *v)
{
	v->pinned_domain_cert = tu_cert(&t->registrar)->der;
}

static void
pin_key(struct tu_pledge *t, struct brski_voucher *v)
{
	v->pinned_domain_cert = (struct brski_slice){ 0 };
	v->pinned_domain_pubk = tu_cert(&t->registrar)->spki;
}

/*
 * The registrar itself is pinned, by certificate or by key: the CA that issued it is trusted,
 * another is not.
 */
static void
test_registrar_pinned(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs list;

	t->twist = pin_registrar;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	list = trusted(t);
	assert_int_equal(list.n, 2);
	brski_certs_clear(&list);
	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
	tu_pledge_restart(t);
	t->twist = pin_key;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	list = trusted(t);
	assert_non_null(brski_certs_find(&list, tu_cert(&t->registrar)->der));
	brski_certs_clear(&list);
}

static void
test_registrar_pinned_stranger(void **state)
{
	struct tu_pledge *t = *state;

	t->twist = pin_registrar;
	brski_certs_clear(&t->cacerts);
	tu_add(&t->cacerts, &t->stranger);
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3",
	    &err);
	assert_told_and_clean(t);
}

/* Anybody can sign the domain's root: that is no tie to whoever did. RFC 4210 4.4.1 */
static void
test_cacerts_of_a_thief(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_cert_facts f = tu_facts("domain");
	struct tu_id cross = { 0 };

	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.spki = brski_key_spki(&t->domain.key);
	tu_issue(&cross, &t->stranger, &f);
	tu_add(&t->cacerts, &cross);
	tu_add(&t->cacerts, &t->stranger);
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3",
	    &err);
	assert_told_and_clean(t);
	tu_id_clear(&cross);
}

/* RFC 7030 4.2.3: the certificate is for the key that asked. */
static void
test_other_key(void **state)
{
	struct tu_pledge *t = *state;

	t->for_key = &t->stranger;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 7030 4.2.3",
	    &err);
	assert_told_and_clean(t);
}

static void
test_other_issuer(void **state)
{
	struct tu_pledge *t = *state;

	t->issuer = &t->stranger;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_UNKNOWN, &err);
	assert_told_and_clean(t);
}

static void
test_other_subject(void **state)
{
	struct tu_pledge *t = *state;

	t->for_serial = "QS-0816";
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 8995 5.9.3",
	    &err);
	assert_told_and_clean(t);
	/* another name for the same device is the domain's choice */
	t->for_serial = TU_SERIAL;
	tu_pledge_until(t, PLEDGE_ENROLLED);
}

static void
test_no_certificate(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_ENROLL].body = BRSKI_LIT("");
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_MALFORMED, &err);
	assert_told_and_clean(t);
}

static void
test_enrolment_denied(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_ENROLL].status = 403;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_FORBIDDEN, "RFC 7030 4.2.3",
	    &err);
	assert_told_and_clean(t);
}

/* RFC 7030 4.2.3: a registrar that is busy is asked again, the same. */
static void
test_enrolment_busy(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_ENROLL].status = 503;
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_UNAVAILABLE, &err);
	assert_int_equal(pledge_state(&t->p), PLEDGE_ENROLL);
	t->ops[TU_ENROLL].status = 0;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_true(t->ops[TU_ENROLL].repeated);
}

static struct brski_buf
attrs_body(const struct brski_csrattrs *attrs)
{
	struct brski_buf der = { 0 }, text = { 0 };

	assert_ok(brski_csrattrs_encode(attrs, &der, &err), &err);
	assert_ok(brski_base64_encode(brski_buf_slice(&der), &text, &err), &err);
	brski_buf_clear(&der);
	return text;
}

/*
 * RFC 7030 3.5: asked for, the request names the connection; over another connection it is made
 * anew.
 */
static void
test_pop_linking(void **state)
{
	struct tu_pledge *t = *state;
	const struct brski_csrattrs attrs = { .challenge_password = true };
	struct brski_buf body = attrs_body(&attrs), der = { 0 }, want = { 0 };
	struct brski_csr csr;

	t->ops[TU_ATTRS].body = brski_buf_slice(&body);
	t->ops[TU_ENROLL].pending = 2;
	tu_pledge_until(t, PLEDGE_ENROLL);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_int_equal(tu_pledge_run(t, 1, &err), BRSKI_E_PENDING);
	assert_true(t->ops[TU_ENROLL].repeated);
	decode_csr(t, &der, &csr);
	assert_ok(brski_base64_encode(brski_slice(t->binding, 32), &want, &err), &err);
	assert_slice_eq(csr.challenge_password, brski_buf_slice(&want));

	t->binding[31] = 7;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_false(t->ops[TU_ENROLL].repeated);
	brski_buf_reset(&want);
	decode_csr(t, &der, &csr);
	assert_ok(brski_base64_encode(brski_slice(t->binding, 32), &want, &err), &err);
	assert_slice_eq(csr.challenge_password, brski_buf_slice(&want));
	assert_int_equal(t->keys, 1);
	brski_buf_clear(&want);
	brski_buf_clear(&der);
	brski_buf_clear(&body);
}

/* RFC 9908 3.2: the key that is asked for, where we can make it. */
static void
test_key_type(void **state)
{
	static const struct brski_csrattrs asked[] = { { .key_type = BRSKI_KEY_P384 },
		{ .key_type = BRSKI_KEY_RSA, .rsa_bits = 2048 } };
	static const enum brski_key_type made[] = { BRSKI_KEY_P384, BRSKI_KEY_P256 };
	struct tu_pledge *t = *state;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct brski_buf body = attrs_body(&asked[i]);

		t->ops[TU_ATTRS].body = brski_buf_slice(&body);
		tu_pledge_until(t, PLEDGE_ENROLLED);
		assert_int_equal(t->key.type, made[i]);
		assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
		tu_pledge_restart(t);
		brski_buf_clear(&body);
	}
}

static void
test_csrattrs_broken(void **state)
{
	struct tu_pledge *t = *state;

	t->ops[TU_ATTRS].body = BRSKI_LIT("MAMCAQ==");
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_MALFORMED, &err);
	assert_int_equal(t->ops[TU_ENROLL].n, 0);
	assert_told_and_clean(t);
}

/*
 * The certificate came, the power went before it was told: the LDevID is used, not asked for again.
 */
static void
test_restart_before_confirm(void **state)
{
	struct tu_pledge *t = *state;

	tu_pledge_until(t, PLEDGE_CONFIRM);
	tu_pledge_restart(t);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_ENROLL].n, 1);
	assert_int_equal(t->ops[TU_ES].as, PLEDGE_AS_LDEVID);
	assert_true(t->enrollstatus.status);
}

/*
 * RFC 7030 3.6.1: with the domain's anchors known, any of its registrars may take the confirmation.
 */
static void
test_confirm_to_another_registrar(void **state)
{
	struct tu_pledge *t = *state;
	struct tu_id other = { 0 }, server = { 0 };

	tu_registrar(&other, &t->domain);
	tu_server(&server, &t->domain, "just a web server");
	tu_pledge_until(t, PLEDGE_CONFIRM);
	tu_pledge_restart(t);
	t->server = &other;
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(t->ops[TU_ES].n, 1);

	assert_ok(pledge_reset(&t->port, PLEDGE_RESET_CONFIG, &err), &err);
	tu_pledge_restart(t);
	t->server = &t->registrar;
	tu_pledge_until(t, PLEDGE_CONFIRM);
	t->server = &server;
	assert_refused_by(tu_pledge_until_failure(t, &err), BRSKI_E_CERTIFICATE, "RFC 7030 3.6.1",
	    &err);
	assert_int_equal(t->ops[TU_ES].n, 1);
	tu_id_clear(&other);
	tu_id_clear(&server);
}

/* A name of nothing is no name. tu_issue() cannot make one, so the view is bent. */
static void
test_empty_subject(void **state)
{
	struct tu_pledge *t = *state;
	struct brski_certs bag = { 0 }, trust = { 0 };
	const struct brski_cert *out;

	tu_add(&bag, &t->registrar);
	tu_add(&trust, &t->domain);
	assert_ok(pledge_trust_issued(&bag, bag.v[0].spki, BRSKI_LIT(TU_SERIAL), &trust, TU_NOW,
	              &out, &err),
	    &err);
	assert_ptr_equal(out, &bag.v[0]);
	bag.v[0].subject = BRSKI_LIT("0\0");
	assert_refused_by(pledge_trust_issued(&bag, bag.v[0].spki, BRSKI_LIT(TU_SERIAL), &trust,
	                      TU_NOW, &out, &err),
	    BRSKI_E_CERTIFICATE, "RFC 8995 5.9.3", &err);
	assert_null(out);
	brski_certs_clear(&bag);
	brski_certs_clear(&trust);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_certificate_later),
		TEST(test_cacerts_of_a_stranger),
		TEST(test_cacerts_broken),
		TEST(test_cacerts_binary),
		TEST(test_cacerts_not_served),
		TEST(test_no_csrattrs),
		TEST(test_cacerts_type),
		TEST(test_cacerts_of_a_thief),
		TEST(test_sub_ca_pinned),
		TEST(test_registrar_pinned),
		TEST(test_registrar_pinned_stranger),
		TEST(test_other_key),
		TEST(test_other_issuer),
		TEST(test_other_subject),
		TEST(test_no_certificate),
		TEST(test_enrolment_denied),
		TEST(test_enrolment_busy),
		TEST(test_pop_linking),
		TEST(test_key_type),
		TEST(test_csrattrs_broken),
		TEST(test_restart_before_confirm),
		TEST(test_confirm_to_another_registrar),
		TEST(test_empty_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
