/* SPDX-License-Identifier: Apache-2.0 */
/* Where a device stands in its life: facts in, state out. */
#include "registrar/life.h"
#include "tu.h"

#define FROM TU_NOW
#define TO   (TU_NOW + 900)

static enum registrar_life
life(const struct registrar_life_facts *f, int64_t until)
{
	int64_t at = -1;
	enum registrar_life l = registrar_life_of(f, &at);

	assert_int_equal(at, until);
	return l;
}

static void
without_a_certificate(void **state)
{
	struct registrar_life_facts f = { .now = TU_NOW };

	(void)state;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_LISTED);
	f.seen = true;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_SEEN);
	f.vouchered = true;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_VOUCHED);
	f.pending = true;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_AWAITING_APPROVAL);
	f.refused = true;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_REFUSED);
	f.standing = REGISTRAR_REVOKED_DEVICE;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_REVOKED);
	f.standing = REGISTRAR_DECOMMISSIONED_DEVICE;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_DECOMMISSIONED);
}

/* Each of its spans begins where the one before says that it ends. */
static void
certificate(void **state)
{
	static const struct {
		int64_t now;
		enum registrar_life life;
		int64_t until;
	} cases[] = {
		{ FROM - 1, REGISTRAR_LIFE_ACTIVE, FROM + 600 }, /* the clock was set back */
		{ FROM, REGISTRAR_LIFE_ACTIVE, FROM + 600 },
		{ FROM + 599, REGISTRAR_LIFE_ACTIVE, FROM + 600 },
		{ FROM + 600, REGISTRAR_LIFE_RENEWAL_DUE, FROM + 810 },
		{ FROM + 809, REGISTRAR_LIFE_RENEWAL_DUE, FROM + 810 },
		{ FROM + 810, REGISTRAR_LIFE_EXPIRING, TO + 1 },
		{ TO, REGISTRAR_LIFE_EXPIRING, TO + 1 }, /* RFC 5280 4.1.2.5: inclusive */
		{ TO + 1, REGISTRAR_LIFE_EXPIRED, 0 },
	};
	struct registrar_life_facts f = { .seen = true,
		.vouchered = true,
		.not_before = FROM,
		.not_after = TO };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.now = cases[i].now;
		assert_int_equal(life(&f, cases[i].until), cases[i].life);
	}
	f.now = FROM;
	f.pending = true;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_AWAITING_APPROVAL);
	f.refused = true;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_REFUSED);
	f.standing = REGISTRAR_REVOKED_DEVICE;
	assert_int_equal(life(&f, 0), REGISTRAR_LIFE_REVOKED);
}

static void
renewal(void **state)
{
	(void)state;
	assert_int_equal(registrar_renewal_due(FROM, TO), FROM + 600);
	assert_int_equal(registrar_renewal_due(100, 101), 100);
	assert_int_equal(registrar_renewal_due(100, 105), 103);
	/* without an end: far away, and no overflow */
	assert_true(registrar_renewal_due(FROM, BRSKI_TIME_FOREVER) > INT64_C(100000000000));
	assert_true(registrar_renewal_due(FROM, BRSKI_TIME_FOREVER) < BRSKI_TIME_FOREVER);
	assert_true(registrar_renewal_due(0, INT64_MAX) > INT64_MAX / 2);
}

static void
names(void **state)
{
	enum registrar_life l;
	int i;

	(void)state;
	for (i = 0; i < REGISTRAR_LIVES; i++) {
		assert_true(registrar_life_from(brski_slice_str(
		                                    registrar_life_name((enum registrar_life)i)),
		    &l));
		assert_int_equal(l, i);
	}
	assert_string_equal(registrar_life_name(REGISTRAR_LIFE_RENEWAL_DUE), "RENEWAL_DUE");
	assert_true(registrar_life_from(BRSKI_LIT("awaiting_approval"), &l));
	assert_int_equal(l, REGISTRAR_LIFE_AWAITING_APPROVAL);
	assert_false(registrar_life_from(BRSKI_LIT("DEAD"), &l));
	assert_false(registrar_life_from(BRSKI_LIT(""), &l));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_certificate),
		cmocka_unit_test(certificate),
		cmocka_unit_test(renewal),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
