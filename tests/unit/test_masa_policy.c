/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets a voucher, and what it says: RFC 8995 5.5.1, 5.5.4, 5.6; cBRSKI 8.2. */
#include "tu.h"

#include "masa/policy.h"

static struct tu_id domain, sub, registrar, other_domain, other_registrar;
static struct brski_path_found whole, alone, other;
static uint8_t owner[BRSKI_SHA256_SIZE];

static struct masa_rules rules;
static struct masa_facts facts;
static struct masa_decision got;
static struct brski_err err;

static void
path(const struct tu_id *id, size_t n, struct brski_path_found *out)
{
	for (out->n = 0; out->n < n; out->n++)
		out->v[out->n] = &id->chain.v[out->n];
}

static int
make_world(void **state)
{
	(void)state;
	tu_ca(&domain, "domain");
	tu_subca(&sub, &domain, "domain sub");
	tu_registrar(&registrar, &sub);
	tu_ca(&other_domain, "other");
	tu_registrar(&other_registrar, &other_domain);
	path(&registrar, 3, &whole);
	path(&registrar, 1, &alone);
	path(&other_registrar, 2, &other);
	brski_sha256(tu_cert(&sub)->spki, owner);
	return 0;
}

static int
end_world(void **state)
{
	(void)state;
	tu_id_clear(&domain);
	tu_id_clear(&sub);
	tu_id_clear(&registrar);
	tu_id_clear(&other_domain);
	tu_id_clear(&other_registrar);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	rules = (struct masa_rules){
		.voucher_life_s = 1200,
		.request_life_s = 5 * TU_DAY,
		.nonceless_pin = MASA_PIN_HIGHEST,
		.log_events = 64,
	};
	facts = (struct masa_facts){
		.policy = MASA_POLICY_FIRST,
		.chain = &whole,
		.nonced = true,
		.proximity = true,
		.created_on = TU_NOW - 60,
		.at = TU_NOW,
	};
	return 0;
}

static enum brski_rc
decide(void)
{
	return masa_policy_decide(&facts, &rules, &got, &err);
}

static void
owned_by_sub(void)
{
	facts.owner = brski_slice(owner, sizeof(owner));
}

static void
first_come(void **state)
{
	(void)state;
	assert_ok(decide(), &err);
	assert_int_equal(got.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_ptr_equal(got.pin, whole.v[1]);
	assert_true(got.expires_on == BRSKI_TIME_UNKNOWN);
	assert_true(got.claims);
}

/* RFC 8995 5.5.5: who only knows the serial number gets a voucher in the log, not the device. */
static void
a_stranger_claims_nothing(void **state)
{
	(void)state;
	facts.proximity = false;
	assert_ok(decide(), &err);
	assert_int_equal(got.assertion, BRSKI_ASSERTION_LOGGED);
	assert_false(got.claims);
	facts.authenticated = true;
	assert_ok(decide(), &err);
	assert_true(got.claims);
}

/* RFC 8995 5.5.1: the same domain again; whatever part of its chain is the owner on record. */
static void
owner_again(void **state)
{
	uint8_t root[BRSKI_SHA256_SIZE];

	(void)state;
	owned_by_sub();
	assert_ok(decide(), &err);
	assert_false(got.claims);
	brski_sha256(tu_cert(&domain)->spki, root);
	facts.owner = brski_slice(root, sizeof(root));
	assert_ok(decide(), &err);
}

static void
blocked(void **state)
{
	(void)state;
	owned_by_sub();
	facts.blocked = true;
	assert_refused_by(decide(), BRSKI_E_BLOCKED, "RFC 8995 5.6", &err);
}

static void
another_owner(void **state)
{
	(void)state;
	owned_by_sub();
	facts.chain = &other;
	assert_refused_by(decide(), BRSKI_E_OWNED, "RFC 8995 5.6", &err);
	facts.policy = MASA_POLICY_OWNER;
	assert_refused_by(decide(), BRSKI_E_OWNED, "RFC 8995 5.6", &err);
	/*
	 * a registrar that does not show the CA on record does not prove that it is of the domain
	 */
	facts.chain = &alone;
	assert_refused_by(decide(), BRSKI_E_OWNED, "RFC 8995 5.6", &err);
}

/* RFC 4210 4.4: a domain stays itself when its CA gets another key. */
static void
successor(void **state)
{
	struct brski_path_found former = { { tu_cert(&sub) }, 1 };

	(void)state;
	owned_by_sub();
	facts.chain = &other;
	facts.former = &former;
	assert_ok(decide(), &err);
	assert_ptr_equal(got.pin, other.v[1]);
	assert_true(got.claims); /* by this key it is known from now on */
	facts.proximity = false;
	assert_ok(decide(), &err);
	assert_false(got.claims);
	former.v[0] = tu_cert(&domain);
	assert_refused_by(decide(), BRSKI_E_OWNED, "RFC 8995 5.6", &err);
}

static void
nobody_recorded(void **state)
{
	(void)state;
	facts.policy = MASA_POLICY_OWNER;
	assert_refused_by(decide(), BRSKI_E_OWNED, "RFC 8995 5.6", &err);
}

/* A domainID is not proof: SubjectKeyIdentifiers can be copied, keys cannot. */
static void
copied_key_identifier(void **state)
{
	struct brski_cert forged = *whole.v[1];
	struct brski_path_found chain = { { &forged }, 1 };

	(void)state;
	forged.spki = tu_cert(&other_domain)->spki;
	owned_by_sub();
	facts.chain = &chain;
	assert_refused_by(decide(), BRSKI_E_OWNED, "RFC 8995 5.6", &err);
}

/* RFC 8995 5.5.4: nonceless for registrars that we know. */
static void
nonceless(void **state)
{
	(void)state;
	facts.nonced = facts.proximity = false;
	assert_refused_by(decide(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4", &err);
	facts.authenticated = true;
	assert_ok(decide(), &err);
	assert_int_equal(got.assertion, BRSKI_ASSERTION_LOGGED);
	assert_true(got.expires_on == TU_NOW + 1200);
	assert_ptr_equal(got.pin, whole.v[2]);
	rules.require_proximity = true;
	assert_ok(decide(), &err);
}

/* cBRSKI 8.2 */
static void
pins(void **state)
{
	(void)state;
	assert_ok(decide(), &err);
	assert_ptr_equal(got.pin, whole.v[1]);
	facts.chain = &alone;
	assert_ok(decide(), &err);
	assert_ptr_equal(got.pin, alone.v[0]);
	facts.nonced = false;
	facts.authenticated = true;
	assert_ok(decide(), &err);
	assert_ptr_equal(got.pin, alone.v[0]);
	facts.chain = &whole;
	rules.nonceless_pin = MASA_PIN_LOWEST;
	assert_ok(decide(), &err);
	assert_ptr_equal(got.pin, whole.v[1]);
}

/* RFC 8995 5.6: no longer than the certificates that it leans on. */
static void
lifetime(void **state)
{
	struct brski_cert ee = *whole.v[0], ca = *whole.v[1];
	struct brski_path_found chain = { { &ee, &ca, whole.v[2] }, 3 };

	(void)state;
	facts.nonced = facts.proximity = false;
	facts.authenticated = true;
	facts.chain = &chain;
	rules.voucher_life_s = 3650 * TU_DAY;
	ca.not_after = TU_NOW + 2 * TU_DAY;
	assert_ok(decide(), &err);
	assert_true(got.expires_on == ca.not_after);
	ee.not_after = TU_NOW + TU_DAY;
	assert_ok(decide(), &err);
	assert_true(got.expires_on == ee.not_after);
	rules.voucher_life_s = 60;
	assert_ok(decide(), &err);
	assert_true(got.expires_on == TU_NOW + 60);
}

/* RFC 8995 5.6 (c): nor than what is known of their revocation. */
static void
lifetime_of_crls(void **state)
{
	struct brski_crl ended = { .issuer = whole.v[0]->issuer, .next_update = TU_NOW - 1 };
	struct brski_crl endless = { .issuer = whole.v[0]->issuer,
		.next_update = BRSKI_TIME_UNKNOWN };
	struct brski_crl foreign = { .issuer = BRSKI_LIT("0"), .next_update = TU_NOW + 10 };
	struct brski_crl upper = { .issuer = whole.v[1]->issuer, .next_update = TU_NOW + 40 };
	struct brski_crl lower = { .issuer = whole.v[0]->issuer, .next_update = TU_NOW + 30 };
	struct brski_crl *v[] = { &ended, &endless, &foreign, &upper, &lower };
	struct brski_crls crls = { v, 3, 3 };

	(void)state;
	facts.nonced = facts.proximity = false;
	facts.authenticated = true;
	facts.chain = &whole;
	facts.crls = &crls;
	rules.voucher_life_s = 60;
	assert_ok(decide(), &err);
	assert_true(got.expires_on == TU_NOW + 60);
	crls.n = 4;
	assert_ok(decide(), &err);
	assert_true(got.expires_on == TU_NOW + 40);
	crls.n = 5;
	assert_ok(decide(), &err);
	assert_true(got.expires_on == TU_NOW + 30);
}

/* RFC 8995 5.5.5: what is said about the owner is what was proved. */
static void
assertions(void **state)
{
	(void)state;
	facts.proximity = false;
	assert_ok(decide(), &err);
	assert_int_equal(got.assertion, BRSKI_ASSERTION_LOGGED);
	owned_by_sub();
	facts.policy = MASA_POLICY_OWNER;
	assert_ok(decide(), &err);
	assert_int_equal(got.assertion, BRSKI_ASSERTION_VERIFIED);
	rules.require_proximity = true;
	assert_refused_by(decide(), BRSKI_E_ASSERTION, "RFC 8995 5.5.5", &err);
	facts.proximity = true;
	assert_ok(decide(), &err);
	assert_int_equal(got.assertion, BRSKI_ASSERTION_PROXIMITY);
}

static void
stale(void **state)
{
	(void)state;
	facts.created_on = TU_NOW - 5 * TU_DAY;
	assert_ok(decide(), &err);
	facts.created_on--;
	assert_refused_by(decide(), BRSKI_E_FORBIDDEN, "RFC 8995 5.6", &err);
	facts.created_on = BRSKI_TIME_UNKNOWN;
	assert_ok(decide(), &err);
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_come),
		TEST(a_stranger_claims_nothing),
		TEST(owner_again),
		TEST(blocked),
		TEST(another_owner),
		TEST(successor),
		TEST(nobody_recorded),
		TEST(copied_key_identifier),
		TEST(nonceless),
		TEST(pins),
		TEST(lifetime),
		TEST(lifetime_of_crls),
		TEST(assertions),
		TEST(stale),
	};

	return cmocka_run_group_tests(tests, make_world, end_world);
}
