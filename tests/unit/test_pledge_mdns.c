/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates that are heard of by mDNS: order, doubles, limits; and one round on loopback. */
#include <stdio.h>
#include <string.h>

#include "pledge/source_mdns.h"
#include "tu.h"

static struct pledge_source_mdns s;
static unsigned news;

static void
on_news(void *arg)
{
	(void)arg;
	news++;
}

/* In the order of preference. */
enum {
	PROXY_TCP,
	PROXY_UDP,
	REGISTRAR_TCP,
	KINDS
};
static const struct pledge_mdns_kind like[KINDS] = {
	[PROXY_TCP] = { &s, "_brski-proxy._tcp", "https://", 0 },
	[PROXY_UDP] = { &s, "_brski-proxy._udp", "coaps://", 1 },
	[REGISTRAR_TCP] = { &s, "_brski-registrar._tcp", "https://", 4 },
};
static struct pledge_mdns_kind kinds[KINDS];

static int
fresh(void **state)
{
	(void)state;
	s = (struct pledge_source_mdns){ .news = on_news };
	memcpy(kinds, like, sizeof(kinds));
	news = 0;
	return 0;
}

static int
done(void **state)
{
	(void)state;
	pledge_source_mdns_stop(&s);
	return 0;
}

static void
hear(int kind, const char *address, bool there)
{
	struct brski_mdns_found f = { .instance = "x", .interface = 2 };

	snprintf(f.address, sizeof(f.address), "%s", address);
	pledge_source_mdns_found(&kinds[kind], &f, there);
}

static void
assert_candidate(size_t i, const char *name)
{
	struct pledge_source source = pledge_source_mdns(&s);
	char got[PLEDGE_CANDIDATE_MAX];

	if (name == NULL) {
		assert_false(source.get(source.arg, i, got));
		return;
	}
	assert_true(source.get(source.arg, i, got));
	assert_string_equal(got, name);
}

static void
order(void **state)
{
	(void)state;
	hear(REGISTRAR_TCP, "[fe80::1%eth0]:8443", true);
	hear(PROXY_UDP, "192.0.2.1:5684", true);
	hear(PROXY_TCP, "192.0.2.1:443", true);
	hear(PROXY_UDP, "[fe80::2%eth0]:5684", true);
	hear(PROXY_TCP, "[fe80::2%eth0]:443", true);
	hear(PROXY_TCP, "[fe80::3%eth0]:443", true);
	assert_int_equal(news, 6);
	assert_candidate(0, "https://[fe80::2%eth0]:443");
	assert_candidate(1, "https://[fe80::3%eth0]:443");
	assert_candidate(2, "coaps://[fe80::2%eth0]:5684");
	assert_candidate(3, "https://192.0.2.1:443");
	assert_candidate(4, "coaps://192.0.2.1:5684");
	assert_candidate(5, "https://[fe80::1%eth0]:8443");
	assert_candidate(6, NULL);
}

/* A registrar that poses as proxy is one candidate, until both announcements are gone. */
static void
twice(void **state)
{
	(void)state;
	hear(PROXY_TCP, "[fe80::9%eth0]:443", true);
	hear(REGISTRAR_TCP, "[fe80::1%eth0]:8443", true);
	hear(PROXY_TCP, "[fe80::1%eth0]:8443", true);
	assert_int_equal(news, 2);
	assert_candidate(1, "https://[fe80::1%eth0]:8443");
	assert_candidate(2, NULL);
	hear(PROXY_TCP, "[fe80::1%eth0]:8443", false);
	assert_candidate(1, "https://[fe80::1%eth0]:8443");
	hear(REGISTRAR_TCP, "[fe80::1%eth0]:8443", false);
	assert_candidate(1, NULL);
	hear(REGISTRAR_TCP, "[fe80::1%eth0]:8443", false);
	hear(PROXY_TCP, "[fe80::9%eth0]:443", false);
	assert_candidate(0, NULL);
}

static void
too_many(void **state)
{
	char address[BRSKI_MDNS_ADDRESS_MAX];
	unsigned i;

	(void)state;
	for (i = 0; i < PLEDGE_MDNS_MAX + 8; i++) {
		snprintf(address, sizeof(address), "[fe80::%x%%eth0]:443", i + 1);
		hear(PROXY_TCP, address, true);
	}
	assert_candidate(PLEDGE_MDNS_MAX - 1, "https://[fe80::2000%eth0]:443");
	assert_candidate(PLEDGE_MDNS_MAX, NULL);
	assert_int_equal(news, PLEDGE_MDNS_MAX);
}

/* --- on loopback */

struct waiter {
	struct brski_loop *loop;
	bool late;
};

static void
on_there(void *arg)
{
	struct waiter *w = arg;

	brski_loop_stop(w->loop);
}

static void
on_late(void *arg)
{
	struct waiter *w = arg;

	w->late = true;
	brski_loop_stop(w->loop);
}

static void
heard(void **state)
{
	static const char *const names[] = { "lo" };
	const struct brski_mdns_conf mdns = { .interfaces = names, .interfaces_n = 1, .own = true };
	const struct brski_mdns_service service = { .type = "_brski-proxy._udp",
		.name = "somebody",
		.port = 5684 };
	struct waiter w = { 0 };
	struct pledge_source_mdns_conf conf = { .interfaces = names,
		.interfaces_n = 1,
		.coaps = true,
		.news = on_there,
		.arg = &w };
	struct brski_timer *t;
	struct brski_mdns *m;

	(void)state;
	assert_int_equal(brski_loop_new(&w.loop, NULL), BRSKI_OK);
	assert_int_equal(brski_mdns_new(w.loop, &mdns, &m, NULL), BRSKI_OK);
	assert_int_equal(brski_mdns_announce(m, &service, NULL), BRSKI_OK);
	assert_int_equal(pledge_source_mdns_start(&s, w.loop, &conf, NULL), BRSKI_OK);
	t = brski_timer_start(w.loop, 20000, on_late, &w);
	brski_loop_run(w.loop);
	assert_false(w.late);
	brski_timer_cancel(t);
	assert_candidate(0, "coaps://127.0.0.1:5684");
	pledge_source_mdns_stop(&s);
	pledge_source_mdns_stop(&s);
	brski_mdns_free(m);
	brski_loop_free(w.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order, fresh, done),
		cmocka_unit_test_setup_teardown(twice, fresh, done),
		cmocka_unit_test_setup_teardown(too_many, fresh, done),
		cmocka_unit_test_setup_teardown(heard, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
