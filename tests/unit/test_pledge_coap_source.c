/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates that answer by plain CoAP: what a link means, cBRSKI 10.1 and the drafts before. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "pledge/source_coap.h"
#include "tu.h"

static char got[PLEDGE_CANDIDATE_MAX];

/* The first link of an answer from there. */
static bool
judge(const char *from, const char *document)
{
	struct brski_slice at = brski_slice_str(document);
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_scope_id = 2 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct brski_link l;
	bool is_six = strchr(from, ':') != NULL;

	assert_int_equal(inet_pton(is_six ? AF_INET6 : AF_INET, from,
	                     is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr),
	    1);
	assert_int_equal(brski_link_next(&at, &l, NULL), BRSKI_OK);
	return pledge_source_coap_judge(&l,
	    is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four, "eth0", got);
}

static void
taken(void **state)
{
	static const struct {
		const char *link, *name;
	} rows[] = {
		{ "<>;brski-jp=8485", "coaps://[fe80::1%eth0]:8485" },
		{ "<>;brski-jp=\"63245\"", "coaps://[fe80::1%eth0]:63245" },
		{ "<>;x;rt=other;brski-jp=1", "coaps://[fe80::1%eth0]:1" },
		{ "<coaps://[fe80::1]:7634>;rt=brski.jp", "coaps://[fe80::1%eth0]:7634" },
		{ "<coaps://[fe80::1]:7634/b>;rt=\"a brski.jp\"", "coaps://[fe80::1%eth0]:7634" },
		{ "<coaps://[fe80::1]>;rt=brski.jp", "coaps://[fe80::1%eth0]:5684" },
		{ "<coaps://[fe80::1]/>;rt=brski.jp", "coaps://[fe80::1%eth0]:5684" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(judge("fe80::1", rows[i].link));
		assert_string_equal(got, rows[i].name);
	}
}

/* Proximity stands on link-local addresses: RFC 8995 4.1. */
static void
dropped(void **state)
{
	static const char *const rows[] = { "<>;brski-jp", "<>;brski-jp=\"\"", "<>;brski-jp=0",
		"<>;brski-jp=65536", "<>;brski-jp=123456", "<>;brski-jp=12a", "<>;rt=brski",
		"<>;rt=brski.jp", "<coaps://[fe80::2]:1>;rt=brski.jp",
		"<coap://[fe80::1]:1>;rt=brski.jp", "<coaps://[2001:db8::1]:1>;rt=brski.jp",
		"<coaps://192.0.2.1:1>;rt=brski.jp", "<coaps://name:1>;rt=brski.jp",
		"<coaps://[fe80::1]:0>;rt=brski.jp", "<coaps:///b>;rt=brski.jp",
		"<coaps://>;rt=brski.jp", "<coaps://[fe80::1]:1>;rt=brski.jpx",
		"<coaps://[fe80:0000000000000000000000000000000000000000000000000000000001]:1>;rt="
		"brski.jp" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(judge("fe80::1", rows[i]));
	assert_false(judge("2001:db8::1", "<>;brski-jp=8485"));
	assert_false(judge("192.0.2.1", "<>;brski-jp=8485"));
}

/* --- who is kept */

static struct pledge_source_coap s;
static unsigned news;

static void
on_news(void *arg)
{
	(void)arg;
	news++;
}

static int
fresh(void **state)
{
	(void)state;
	s = (struct pledge_source_coap){ .news = on_news };
	news = 0;
	return 0;
}

static void
hear(unsigned number)
{
	char name[PLEDGE_CANDIDATE_MAX] = "";

	snprintf(name, sizeof(name), "coaps://[fe80::%x%%eth0]:5684", number);
	pledge_source_coap_heard(&s, name);
}

static bool
knows(unsigned number)
{
	struct pledge_source source = pledge_source_coap(&s);
	char want[PLEDGE_CANDIDATE_MAX], name[PLEDGE_CANDIDATE_MAX];
	size_t i;

	snprintf(want, sizeof(want), "coaps://[fe80::%x%%eth0]:5684", number);
	for (i = 0; source.get(source.arg, i, name); i++)
		if (strcmp(name, want) == 0)
			return true;
	return false;
}

/* Two rounds without an answer, and a candidate is gone. */
static void
gone(void **state)
{
	unsigned i;

	(void)state;
	hear(1);
	hear(2);
	for (i = 0; i < 10; i++) {
		pledge_source_coap_round(&s);
		hear(1);
		assert_true(knows(1));
		assert_int_equal(knows(2), i < 2);
	}
	assert_int_equal(news, 2);
	/* lost once, and there again */
	pledge_source_coap_round(&s);
	pledge_source_coap_round(&s);
	hear(1);
	assert_int_equal(news, 2);
	pledge_source_coap_round(&s);
	pledge_source_coap_round(&s);
	pledge_source_coap_round(&s);
	assert_false(knows(1));
	hear(1);
	assert_int_equal(news, 3);
}

/* Who is silent makes room; where everybody answers each has a chance in every round. */
static void
many(void **state)
{
	unsigned i, round;

	(void)state;
	for (i = 0; i < PLEDGE_COAP_MAX; i++)
		hear(i);
	pledge_source_coap_round(&s);
	for (i = 1; i <= PLEDGE_COAP_MAX / 2; i++)
		hear(i);
	for (i = 0; i < PLEDGE_COAP_MAX / 2; i++)
		hear(1000 + i);
	assert_int_equal(s.seen_n, PLEDGE_COAP_MAX);
	for (i = 1; i <= PLEDGE_COAP_MAX / 2; i++)
		assert_true(knows(i));
	assert_false(knows(0));
	/* he answers first, and four times as many as are kept come behind him */
	for (round = 0; round < 2000; round++) {
		pledge_source_coap_round(&s);
		hear(7777);
		for (i = 0; i < 4 * PLEDGE_COAP_MAX; i++)
			hear(10000 + i);
		if (knows(7777))
			break;
	}
	assert_in_range(round, 0, 1999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(dropped),
		cmocka_unit_test_setup(gone, fresh),
		cmocka_unit_test_setup(many, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
