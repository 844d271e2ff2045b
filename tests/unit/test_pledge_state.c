/* SPDX-License-Identifier: Apache-2.0 */
/* The state item of pledge/PROTOCOL 1: broken, foreign and newer ones are refused. */
#include "tu.h"

#include "pledge/state.h"

#define URL "https://[fe80::1]:8443"

static struct brski_err err;

static struct brski_buf
encoded(const struct pledge_saved *s)
{
	struct brski_buf out = { .max = PLEDGE_STATE_MAX };

	assert_ok(pledge_saved_encode(s, &out, &err), &err);
	return out;
}

/* Change one octet and make the digest fit again. */
static struct brski_buf
forged(size_t at, uint8_t octet)
{
	const struct pledge_saved s = { PLEDGE_REQUEST_JOIN, 7, URL, 0 };
	struct brski_buf b = encoded(&s);

	b.p[at] = octet;
	brski_sha256(brski_slice(b.p, b.n - 32), b.p + b.n - 32);
	return b;
}

/* A count of none, where there is none to be written. */
static struct brski_buf
never_renewed(void)
{
	const struct pledge_saved s = { PLEDGE_ENROLLED, 7, URL, 1 };
	struct brski_buf b = encoded(&s);

	b.p[b.n - 33] = 0;
	brski_sha256(brski_slice(b.p, b.n - 32), b.p + b.n - 32);
	return b;
}

static void
refused(struct brski_buf b, enum brski_rc want)
{
	struct pledge_saved s;

	assert_refused_by(pledge_saved_decode(brski_buf_slice(&b), &s, &err), want,
	    "pledge/PROTOCOL 1", &err);
	brski_buf_clear(&b);
}

static void
test_round(void **state)
{
	static const enum pledge_state states[] = { PLEDGE_DISCOVER, PLEDGE_REQUEST_JOIN,
		PLEDGE_ENROLL, PLEDGE_CONFIRM, PLEDGE_ENROLLED, PLEDGE_SWITCH };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const struct pledge_saved s = { states[i], 0x01020304, URL,
			(uint32_t)i * 0x01020304 };
		struct brski_buf b = encoded(&s);
		struct pledge_saved back;

		assert_ok(pledge_saved_decode(brski_buf_slice(&b), &back, &err), &err);
		assert_int_equal(back.state, s.state);
		assert_int_equal(back.pending_s, s.pending_s);
		assert_string_equal(back.candidate, s.candidate);
		assert_int_equal(back.renewals, s.renewals);
		/* who was never renewed writes what older programs read */
		assert_int_equal(b.n, 13 + sizeof(URL) - 1 + 32 + (i > 0 ? 4 : 0));
		brski_buf_clear(&b);
	}
}

static void
test_foreign(void **state)
{
	struct pledge_saved s;

	(void)state;
	assert_refused_by(pledge_saved_decode(BRSKI_LIT("{\"state\":1}"), &s, &err),
	    BRSKI_E_MALFORMED, "pledge/PROTOCOL 1", &err);
	assert_refused_by(pledge_saved_decode(BRSKI_LIT("QSPL"), &s, &err), BRSKI_E_MALFORMED,
	    "pledge/PROTOCOL 1", &err);
	refused(forged(0, 'q'), BRSKI_E_MALFORMED);
}

static void
test_newer(void **state)
{
	(void)state;
	refused(forged(5, PLEDGE_STATE_VERSION + 1), BRSKI_E_CONFLICT);
	refused(forged(4, 1), BRSKI_E_CONFLICT);
	refused(forged(5, 0), BRSKI_E_CONFLICT);
}

static void
test_torn(void **state)
{
	const struct pledge_saved s = { PLEDGE_ENROLL, 7, URL, 3 };
	struct brski_buf b = encoded(&s);
	struct pledge_saved back;
	size_t n, bit;

	(void)state;
	for (n = 0; n < b.n; n++)
		assert_refused(pledge_saved_decode(brski_slice(b.p, n), &back, &err),
		    BRSKI_E_MALFORMED, &err);
	for (bit = 6 * 8; bit < b.n * 8; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_refused(pledge_saved_decode(brski_buf_slice(&b), &back, &err),
		    BRSKI_E_MALFORMED, &err);
		b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	brski_buf_clear(&b);
}

static void
test_impossible(void **state)
{
	(void)state;
	refused(forged(6, PLEDGE_STATES), BRSKI_E_MALFORMED);
	refused(forged(6, PLEDGE_IDENTIFY), BRSKI_E_MALFORMED);
	refused(forged(6, PLEDGE_IMPRINT), BRSKI_E_MALFORMED);
	refused(forged(6, PLEDGE_RENEW), BRSKI_E_MALFORMED);
	refused(forged(7, 1), BRSKI_E_MALFORMED);
	refused(forged(12, 200), BRSKI_E_MALFORMED);
	refused(forged(12, 3), BRSKI_E_MALFORMED);
	refused(forged(12, sizeof(URL) - 1 - 3), BRSKI_E_MALFORMED);
	refused(never_renewed(), BRSKI_E_MALFORMED);
	refused(forged(15, '\n'), BRSKI_E_MALFORMED);
	refused(forged(15, '\0'), BRSKI_E_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
