/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rate.h"
#include "tu.h"

/* So many at once, then one per interval; unused time is worth no more than the burst. */
static void
test_bucket(void **state)
{
	static const struct brski_rate slow = { BRSKI_RATE_EVERY(100), 3 };
	uint64_t paid = 0, now = 5000, before;
	unsigned i, round;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 3; i++)
			assert_true(brski_rate_pay(&paid, &slow, now));
		before = paid;
		assert_false(brski_rate_may(paid, &slow, now));
		assert_false(brski_rate_pay(&paid, &slow, now));
		assert_int_equal(paid, before);
		assert_false(brski_rate_may(paid, &slow, now + 99));
		assert_true(brski_rate_pay(&paid, &slow, now + 100));
		assert_false(brski_rate_may(paid, &slow, now + 199));
		now += 100000;
	}
}

static void
test_many_a_second(void **state)
{
	static const struct brski_rate fast = { BRSKI_RATE_PER_SECOND(256), 1 };
	uint64_t paid = 0, now;
	unsigned n = 0;

	(void)state;
	for (now = 1000; now < 2000; now++)
		n += brski_rate_pay(&paid, &fast, now);
	assert_in_range(n, 250, 256);
}

/* FNV-1a with its own start, as its authors have it: "foobar" is bf9cf968; then folded. */
static void
test_hash(void **state)
{
	(void)state;
	assert_int_equal(brski_rate_hash(2166136261u, "foobar", 6), 0xbf9cf968u ^ 0xbf9cu);
	assert_int_not_equal(brski_rate_hash(1, "foobar", 6), brski_rate_hash(2, "foobar", 6));
	assert_true(brski_rate_now_ms() > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_many_a_second),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
