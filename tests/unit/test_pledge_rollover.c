/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The domain's CA changes and its pledges follow: RFC 7030 4.1.3, cBRSKI 6.7.2 and 6.7.4. Devices
 * that were there and devices that were away meanwhile; whom they do not follow.
 */
#include "tu_pledge.h"

#include <stdlib.h>

#include "pledge/trust.h"

#define LIFE (90 * TU_DAY)

static struct brski_err err;

/* The domain's next CA, its registrar, and what links it to the one before. */
struct next {
	struct tu_pledge *t;
	struct tu_id ca, registrar;
	struct tu_id new_with_old; /* its key, signed by the one before */
	struct tu_id old_with_new; /* the other way round: nobody's word but its own */
	struct brski_certs chain;  /* the registrar's, with new_with_old */
};

static int
setup(void **state, enum tu_speech speech)
{
	struct next *n = calloc(1, sizeof(*n));
	struct brski_cert_facts f;

	assert_non_null(n);
	n->t = tu_pledge_new(speech);
	tu_ca(&n->ca, "domain");
	tu_registrar(&n->registrar, &n->ca);
	f = tu_facts("domain");
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.spki = brski_key_spki(&n->ca.key);
	tu_issue(&n->new_with_old, &n->t->domain, &f);
	f.spki = brski_key_spki(&n->t->domain.key);
	tu_issue(&n->old_with_new, &n->ca, &f);
	tu_add(&n->chain, &n->registrar);
	tu_add(&n->chain, &n->new_with_old);
	tu_pledge_renews(n->t, LIFE);
	*state = n;
	return 0;
}

static int
over_https(void **state)
{
	return setup(state, TU_HTTPS);
}

static int
over_coaps(void **state)
{
	return setup(state, TU_COAPS);
}

static int
teardown(void **state)
{
	struct next *n = *state;

	tu_pledge_free(n->t);
	tu_id_clear(&n->ca);
	tu_id_clear(&n->registrar);
	tu_id_clear(&n->new_with_old);
	tu_id_clear(&n->old_with_new);
	brski_certs_clear(&n->chain);
	free(n);
	return 0;
}

/* What cacerts says from now on; NULL ends the list. */
static void
serve(struct tu_pledge *t, const struct tu_id *a, const struct tu_id *b, const struct tu_id *c)
{
	brski_certs_clear(&t->cacerts);
	tu_add(&t->cacerts, a);
	if (b != NULL)
		tu_add(&t->cacerts, b);
	if (c != NULL)
		tu_add(&t->cacerts, c);
}

/* The new CA signs, its registrar answers. */
static void
activate(struct next *n)
{
	n->t->issuer = &n->ca;
	n->t->server = &n->registrar;
	assert_ok(brski_certs_copy(&n->t->chain, &n->chain, &err), &err);
}

static void
renew(struct tu_pledge *t)
{
	uint32_t before = pledge_renewals(&t->p);

	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_RENEW);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_int_equal(pledge_renewals(&t->p), before + 1);
	tu_pledge_assert_pair(t);
	assert_true(t->enrollstatus.status);
}

static void
assert_trusts(const struct tu_pledge *t, const struct tu_id *who, bool does)
{
	struct brski_certs trust = tu_pledge_certs(t, PLEDGE_ITEM_TRUST);

	assert_int_equal(brski_certs_find(&trust, tu_cert(who)->der) != NULL, does);
	assert_int_equal(brski_certs_find(&t->p.trust, tu_cert(who)->der) != NULL, does);
	brski_certs_clear(&trust);
}

/* Prepared: both are known; activated: the new one signs; finished: the old one goes. */
static void
test_follows(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;
	struct brski_certs ldevid;

	serve(t, &t->domain, &n->ca, &n->new_with_old);
	renew(t);
	assert_trusts(t, &t->domain, true);
	assert_trusts(t, &n->ca, true);
	activate(n);
	tu_pledge_restart(t);
	renew(t);
	ldevid = tu_pledge_certs(t, PLEDGE_ITEM_LDEVID);
	assert_slice_eq(ldevid.v[0].aki, tu_cert(&n->ca)->ski);
	brski_certs_clear(&ldevid);
	serve(t, &n->ca, NULL, NULL);
	renew(t);
	assert_trusts(t, &n->ca, true);
	assert_trusts(t, &t->domain, false);
	/* a chain without the link will do from now on */
	brski_certs_clear(&t->chain);
	renew(t);
	assert_int_equal(t->ops[TU_RV].n, 1);
}

/* Off during all of it: the registrar's chain leads to what it knows. */
static void
test_was_away(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;

	activate(n);
	serve(t, &n->ca, &n->new_with_old, NULL);
	tu_pledge_restart(t);
	renew(t);
	assert_trusts(t, &n->ca, true);
	assert_trusts(t, &t->domain, false);
	assert_int_equal(t->ops[TU_RV].n, 1);
	assert_int_equal(t->ops[TU_REENROLL].n, 1);
}

/* A new CA without anything that leads to it is anybody. */
static void
test_not_linked(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;

	activate(n);
	brski_certs_clear(&t->chain);
	serve(t, &n->ca, NULL, NULL);
	pledge_renew_now(&t->p);
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_PIN, &err);
	assert_int_equal(t->ops[TU_REENROLL].n, 0);
	assert_trusts(t, &t->domain, true);
}

/* What does not cover the registrar that sends it, or what it issued, is not taken over. */
static void
test_refused_anchors(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;

	/* of no use at all, while what we know is enough */
	serve(t, &t->stranger, NULL, NULL);
	renew(t);
	assert_trusts(t, &t->domain, true);
	assert_trusts(t, &t->stranger, false);
	/* none at all */
	t->ops[TU_CACERTS].status = 404;
	renew(t);
	assert_trusts(t, &t->domain, true);
	t->ops[TU_CACERTS].status = 0;
	/* they do not cover what was issued */
	t->issuer = &n->ca;
	pledge_renew_now(&t->p);
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_SIGNATURE, &err);
	assert_false(t->enrollstatus.status);
	assert_trusts(t, &t->domain, true);
	assert_trusts(t, &n->ca, false);
	tu_pledge_assert_pair(t);
	/* they do, but not the registrar */
	serve(t, &n->ca, &n->new_with_old, NULL);
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_SIGNATURE, &err);
	assert_trusts(t, &n->ca, false);
	/* they cover the registrar only */
	serve(t, &t->domain, NULL, NULL);
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_SIGNATURE, &err);
	/* both, but nobody introduces the new one */
	serve(t, &n->ca, &t->domain, NULL);
	assert_refused(tu_pledge_until_failure(t, &err), BRSKI_E_SIGNATURE, &err);
	assert_trusts(t, &n->ca, false);
	/* both */
	serve(t, &n->ca, &t->domain, &n->new_with_old);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_trusts(t, &n->ca, true);
	assert_trusts(t, &t->domain, true);
}

/* Those of now would do for the registrar, but not for what it issues: those of before stay. */
static void
test_half_way(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;

	activate(n);
	t->issuer = &t->domain;
	serve(t, &n->ca, &n->new_with_old, NULL);
	renew(t);
	assert_trusts(t, &t->domain, true);
	assert_trusts(t, &n->ca, false);
}

/*
 * A registrar whose key was stolen names a CA of the thief's: what it issues by the domain's CA is
 * kept, and nobody else is trusted.
 */
static void
test_thief(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;

	serve(t, &t->domain, &n->ca, NULL);
	renew(t);
	assert_trusts(t, &t->domain, true);
	assert_trusts(t, &n->ca, false);
	/* nor by what the thief signed about the domain's CA */
	serve(t, &t->domain, &n->ca, &n->old_with_new);
	renew(t);
	assert_trusts(t, &n->ca, false);
	assert_trusts(t, &n->old_with_new, false);
}

/* Anchors that cannot be had are no reason to refuse what they might vouch for. */
static void
test_anchors_later(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;
	unsigned told = t->ops[TU_ES].n, keys = t->keys;

	activate(n);
	serve(t, &n->ca, &n->new_with_old, NULL);
	t->ops[TU_CACERTS].lost = 3;
	pledge_renew_now(&t->p);
	while (t->ops[TU_CACERTS].lost > 0)
		assert_int_equal(tu_pledge_until_failure(t, &err), BRSKI_E_TIMEOUT);
	assert_int_equal(t->ops[TU_ES].n, told);
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_true(t->ops[TU_REENROLL].repeated);
	assert_int_equal(t->keys, keys + 1);
	assert_trusts(t, &n->ca, true);
}

/* What changed nothing is not written: storage wears out. */
static void
test_same_anchors(void **state)
{
	struct next *n = *state;
	struct tu_pledge *t = n->t;

	pledge_renew_now(&t->p);
	tu_pledge_until(t, PLEDGE_SWITCH);
	assert_false(tu_pledge_has(t, PLEDGE_ITEM_NEXT_TRUST));
	tu_pledge_until(t, PLEDGE_ENROLLED);
	assert_trusts(t, &t->domain, true);
}

/* The decision by itself. */
static void
test_trust_renewed(void **state)
{
	struct next *n = *state;
	const struct brski_certs *have = &n->ca.chain;
	struct brski_certs bag = { 0 }, trust = { 0 };

	err = (struct brski_err){ 0 };
	/* end entities and repetitions are no anchors */
	tu_add(&bag, &n->registrar);
	tu_add(&bag, &n->ca);
	tu_add(&bag, &n->ca);
	assert_ok(pledge_trust_renewed(have, &bag, &n->chain, TU_NOW, &trust, &err), &err);
	assert_int_equal(trust.n, 1);
	assert_slice_eq(trust.v[0].der, tu_cert(&n->ca)->der);
	brski_certs_clear(&trust);
	assert_refused_by(pledge_trust_renewed(have, &bag, &n->t->registrar.chain, TU_NOW, &trust,
	                      &err),
	    BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3", &err);
	assert_int_equal(trust.n, 0);
	brski_certs_clear(&bag);
	tu_add(&bag, &n->registrar);
	assert_refused_by(pledge_trust_renewed(have, &bag, &n->chain, TU_NOW, &trust, &err),
	    BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3", &err);
	brski_certs_clear(&bag);
}

/* What a device that knows the former CA takes over from such a bag. */
static void
try_introduced(const struct next *n, const struct tu_id *const bag[], size_t bag_n, bool ok)
{
	struct brski_certs certs = { 0 }, trust = { 0 };
	enum brski_rc rc;
	size_t i;

	for (i = 0; i < bag_n; i++)
		tu_add(&certs, bag[i]);
	err = (struct brski_err){ 0 };
	rc = pledge_trust_renewed(&n->t->domain.chain, &certs, &n->chain, TU_NOW, &trust, &err);
	if (ok) {
		assert_ok(rc, &err);
		assert_int_equal(trust.n, bag_n);
	} else {
		assert_refused_by(rc, BRSKI_E_CERTIFICATE, "RFC 4210 4.4.1", &err);
		assert_int_equal(trust.n, 0);
	}
	brski_certs_clear(&certs);
	brski_certs_clear(&trust);
}

#define TRY(n, ok, ...)                                                 \
	try_introduced(n, (const struct tu_id *const[]){ __VA_ARGS__ }, \
	    sizeof((const struct tu_id *const[]){ __VA_ARGS__ }) / sizeof(void *), ok)

/* Who says that a CA is the next one: the former one, about that name and key, and nobody else. */
static void
test_introduced(void **state)
{
	struct next *n = *state;
	const struct tu_id *old = &n->t->domain, *next = &n->ca;
	struct brski_cert_facts f = tu_facts("another");
	struct tu_id alias = { 0 }, entity = { 0 }, sub = { 0 };

	TRY(n, true, next, &n->new_with_old);
	TRY(n, true, &n->new_with_old, next, old);
	TRY(n, true, old, next, &n->old_with_new, &n->new_with_old);
	TRY(n, false, old, next);
	TRY(n, false, next, &n->old_with_new, old);
	/* what would let an old one live on, by a thief's word */
	TRY(n, false, old, &n->old_with_new);
	/* its key, under another name */
	f.basic_constraints = f.ca = true;
	f.spki = brski_key_spki(&next->key);
	tu_issue(&alias, old, &f);
	TRY(n, false, next, &alias, old);
	tu_id_clear(&alias);
	/* its name and key, as an end entity: how a registrar's own key would make itself a CA */
	f = tu_facts("domain");
	f.spki = brski_key_spki(&next->key);
	tu_issue(&entity, old, &f);
	TRY(n, false, next, &entity, old);
	tu_id_clear(&entity);
	/* what is below one of them needs no more */
	tu_subca(&sub, next, "issuing");
	TRY(n, true, &sub, next, &n->new_with_old);
	TRY(n, false, &sub, next);
	tu_id_clear(&sub);
}

#define ONE(f, over)                                  \
	{                                             \
#f " " #over, f, over, teardown, NULL \
	}
#define BOTH(f) ONE(f, over_https), ONE(f, over_coaps)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_follows),
		BOTH(test_was_away),
		BOTH(test_not_linked),
		BOTH(test_refused_anchors),
		BOTH(test_half_way),
		BOTH(test_thief),
		BOTH(test_anchors_later),
		BOTH(test_same_anchors),
		ONE(test_trust_renewed, over_https),
		ONE(test_introduced, over_https),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
