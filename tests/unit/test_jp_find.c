/* SPDX-License-Identifier: Apache-2.0 */
/* Which registrars a join proxy knows, and how it relays to them: join proxy 4.3 and 5.3. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "net/listen.h"
#include "net/udp_group.h"
#include "pledge/jp_hub.h"
#include "tu.h"

static bool
parse(const char *url, struct jp_place *out)
{
	return jp_place_parse(brski_slice_str(url), out);
}

static void
test_places(void **state)
{
	static const struct {
		const char *url;
		enum jp_transport transport;
		unsigned port;
	} good[] = {
		{ "https://[2001:db8::1]", JP_HTTPS, 443 },
		{ "https://192.0.2.1:8443/", JP_HTTPS, 8443 },
		{ "coaps://[2001:db8::1]/b", JP_COAPS, 5684 },
		{ "coaps://[2001:db8::1]:61616/b?c", JP_COAPS, 61616 },
		{ "jpy://[2001:db8::52]:7634", JP_JPY, 7634 },
	};
	static const char *const bad[] = { "", "https://", "http://192.0.2.1",
		"jpy://[2001:db8::52]", "jpy://[2001:db8::52]:0", "coaps://registrar.example",
		"coaps://[2001:db8::1", "coaps://192.0.2.1:65536" };
	struct jp_place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse(good[i].url, &p));
		assert_int_equal(p.transport, good[i].transport);
		assert_int_equal(ntohs(*brski_listen_port(&p.at)), good[i].port);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(parse(bad[i], &p));
}

/* --- what is heard */

struct world {
	struct brski_loop *loop;
	struct jp_find *find;
	unsigned changes;
};

static void
on_changed(void *arg)
{
	struct world *w = arg;

	w->changes++;
}

static void
set_up(struct world *w)
{
	static const char *const none[] = { NULL };
	const struct jp_find_conf conf = { .interfaces = none, .changed = on_changed, .arg = w };
	struct brski_err err = { 0 };

	*w = (struct world){ 0 };
	assert_ok(brski_loop_new(&w->loop, &err), &err);
	assert_ok(jp_find_new(w->loop, &conf, &w->find, &err), &err);
}

static void
tear_down(struct world *w)
{
	jp_find_free(w->find);
	brski_loop_free(w->loop);
}

static void
hear(struct world *w, const char *from, const char *links)
{
	struct sockaddr_storage ss;
	socklen_t n;

	assert_true(udp_address_parse(from, 5683, &ss, &n));
	jp_find_answer(w->find, (struct sockaddr *)&ss, brski_slice_str(links));
}

static void
test_links(void **state)
{
	static const char *const bad[] = { "<jpy://[2001:db8::52]>;rt=brski.rjp",
		"<coaps://[2001:db8::52]:7634>;rt=brski.rjp",
		"<jpy://[2001:db8::52]:7634>;rt=brski", "<https://[2001:db8::52]>;rt=brski",
		"<coaps://[ff02::1]>;rt=brski", "<coaps://[::1]>;rt=brski",
		"<coaps://127.0.0.1>;rt=brski", "<coaps://[fe80::9]>;rt=brski",
		"<coaps://255.255.255.255>;rt=brski", "</b>;rt=brski" };
	struct jp_place p[JP_PLACES], want;
	struct world w;
	size_t i;

	(void)state;
	set_up(&w);
	hear(&w, "2001:db8::52",
	    "<jpy://[2001:db8::52]:7634>;rt=brski.rjp,<coaps://[2001:db8::52]/b>;rt=\"x brski\","
	    "</other>;rt=core.rd,<>;ct=40");
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 2);
	assert_true(parse("jpy://[2001:db8::52]:7634", &want));
	assert_true(jp_place_same(&p[0], &want));
	assert_true(parse("coaps://[2001:db8::52]:5684", &want));
	assert_true(jp_place_same(&p[1], &want));
	assert_int_equal(jp_find_dropped(w.find), 0);
	/* known already */
	hear(&w, "2001:db8::52", "<jpy://[2001:db8::52]:7634>;rt=brski.rjp");
	assert_int_equal(w.changes, 2);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		hear(&w, "2001:db8::52", bad[i]);
		assert_int_equal(jp_find_dropped(w.find), i + 1);
	}
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 2);
	tear_down(&w);
}

/* A link-local address is one of the link where it was heard. */
static void
test_scope(void **state)
{
	struct jp_place p[JP_PLACES];
	struct world w;

	(void)state;
	set_up(&w);
	hear(&w, "fe80::9%lo", "<coaps://[fe80::9]>;rt=brski");
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 1);
	assert_int_equal(((struct sockaddr_in6 *)&p[0].at)->sin6_scope_id, if_nametoindex("lo"));
	tear_down(&w);
}

static void
test_announced(void **state)
{
	struct brski_mdns_found f = { .instance = "Registrar", .address = "[2001:db8::52]:5684" };
	struct jp_place p[JP_PLACES];
	struct world w;

	(void)state;
	set_up(&w);
	hear(&w, "2001:db8::52", "<coaps://[2001:db8::52]>;rt=brski");
	jp_find_announced(w.find, JP_COAPS, &f, true);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 1);
	assert_string_equal(p[0].instance, "Registrar");
	memcpy(f.address, "127.0.0.1:443", 14);
	jp_find_announced(w.find, JP_HTTPS, &f, true);
	memcpy(f.address, "nowhere", 8);
	jp_find_announced(w.find, JP_HTTPS, &f, true);
	assert_int_equal(jp_find_dropped(w.find), 2);
	memcpy(f.address, "[2001:db8::52]:5684", 20);
	jp_find_announced(w.find, JP_COAPS, &f, false);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 0);
	tear_down(&w);
}

static void
test_too_many(void **state)
{
	struct jp_place p[2 * JP_PLACES];
	char link[64];
	struct world w;
	unsigned i;

	(void)state;
	set_up(&w);
	for (i = 0; i < JP_PLACES + 3; i++) {
		snprintf(link, sizeof(link), "<coaps://[2001:db8::52]:%u>;rt=brski", 1000 + i);
		hear(&w, "2001:db8::52", link);
	}
	assert_int_equal(jp_find_places(w.find, p, 2 * JP_PLACES), JP_PLACES);
	assert_int_equal(jp_find_dropped(w.find), 3);
	tear_down(&w);
}

/* --- how they are relayed to */

#define H "https://[2001:db8::1]"
#define C "coaps://[2001:db8::1]"
#define J "jpy://[2001:db8::1]:7634"

static void
test_choose(void **state)
{
	static const struct {
		struct jp_ways ways;
		const char *places[4], *chosen; /* letters, in order */
	} rows[] = {
		{ { 0 }, { H, C, NULL }, "HC" },
		{ { 0 }, { H, C, J, NULL }, "HJ" },
		{ { .circuit = true }, { H, C, J, NULL }, "H" },
		{ { .stateful = true }, { H, C, J, NULL }, "C" },
		{ { .stateless = true }, { H, C, NULL }, "" },
		{ { .stateful = true, .stateless = true }, { H, C, J, NULL }, "CJ" },
		{ { 0 }, { NULL }, "" },
	};
	struct jp_choice out[JP_LANES];
	struct jp_place p[4];
	size_t i, k, n, chosen;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (n = 0; rows[i].places[n] != NULL; n++)
			assert_true(parse(rows[i].places[n], &p[n]));
		chosen = jp_choose(&rows[i].ways, p, n, out);
		assert_int_equal(chosen, strlen(rows[i].chosen));
		for (k = 0; k < chosen; k++)
			assert_int_equal("HCJ"[out[k].transport], rows[i].chosen[k]);
	}
}

static void
test_one_registrar_is_one_choice(void **state)
{
	const struct jp_ways ways = { 0 };
	struct jp_choice out[JP_LANES];
	struct jp_place p[JP_PLACES];
	char url[64];
	size_t i;

	(void)state;
	for (i = 0; i < JP_PLACES; i++) {
		snprintf(url, sizeof(url), "https://[2001:db8::%zu]:8443", i + 1);
		assert_true(parse(url, &p[i]));
		snprintf(p[i].instance, sizeof(p[i].instance), "%s", i % 2 == 0 ? "even" : "odd");
	}
	assert_int_equal(jp_choose(&ways, p, JP_PLACES, out), 2);
	assert_int_equal(out[0].targets.n, JP_TARGETS);
	assert_string_equal(out[1].instance, "odd");
	for (i = 0; i < JP_PLACES; i++)
		p[i].instance[0] = '\0';
	assert_int_equal(jp_choose(&ways, p, JP_PLACES, out), JP_LANES);
}

/* Found by mDNS and CoAP, at more than one address, by more than one name: it is one. */
static void
test_one_lane_each(void **state)
{
	static const struct {
		const char *url, *instance;
	} rows[] = {
		{ "coaps://192.0.2.1", "" },
		{ "coaps://[2001:db8::1]", "R #2" },
		{ "coaps://[2001:db8::9]", "other" },
		{ "coaps://[2001:db8::1]:61616", "" },
		{ "jpy://[2001:db8::1]:5684", "" },
		{ "coaps://[2001:db8::1]", "R" },
		{ "coaps://192.0.2.1", "R" },
		{ "coaps://[2001:db8::2]", "R #2" },
	};
	const struct jp_ways ways = { .stateful = true, .stateless = true };
	struct jp_choice out[JP_LANES];
	struct jp_place p[JP_PLACES];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(parse(rows[i].url, &p[i]));
		snprintf(p[i].instance, sizeof(p[i].instance), "%s", rows[i].instance);
	}
	assert_int_equal(jp_choose(&ways, p, i, out), 4);
	assert_int_equal(out[0].targets.n, 3);
	assert_string_equal(out[0].instance, "R #2");
	assert_string_equal(out[1].instance, "other");
	assert_int_equal(out[1].targets.n, 1);
	assert_int_equal(out[2].targets.n, 1);
	assert_int_equal(out[3].transport, JP_JPY);
}

/* The same by what comes in: first by CoAP, then by two names. */
static void
test_names(void **state)
{
	struct brski_mdns_found f = { .instance = "R", .address = "[2001:db8::52]:5684" };
	const struct jp_ways ways = { .stateful = true };
	struct jp_choice out[JP_LANES];
	struct jp_place p[JP_PLACES];
	struct world w;

	(void)state;
	set_up(&w);
	hear(&w, "2001:db8::52", "<coaps://[2001:db8::52]>;rt=brski");
	jp_find_announced(w.find, JP_COAPS, &f, true);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 1);
	snprintf(f.instance, sizeof(f.instance), "R #2");
	jp_find_announced(w.find, JP_COAPS, &f, true);
	hear(&w, "2001:db8::52", "<coaps://[2001:db8::52]>;rt=brski");
	snprintf(f.address, sizeof(f.address), "192.0.2.52:5684");
	jp_find_announced(w.find, JP_COAPS, &f, true);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 3);
	assert_int_equal(jp_choose(&ways, p, 3, out), 1);
	assert_int_equal(out[0].targets.n, 2);
	/* one name goes: the other one is still there */
	snprintf(f.address, sizeof(f.address), "[2001:db8::52]:5684");
	jp_find_announced(w.find, JP_COAPS, &f, false);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 2);
	assert_string_equal(p[0].instance, "R");
	tear_down(&w);
}

/* --- the ports that pledges are offered */

static const char *const lo[] = { "lo" };

static void
set_place(struct jp_hub *h, const char *url, const char *instance)
{
	struct jp_place p;

	assert_true(parse(url, &p));
	snprintf(p.instance, sizeof(p.instance), "%s", instance);
	jp_hub_set_places(h, &p, 1);
}

static void
test_ports_stay(void **state)
{
	const struct jp_hub_conf conf = { .sides = lo, .sides_n = 1, .mute = true };
	struct sockaddr_in6 own = { .sin6_family = AF_INET6,
		.sin6_scope_id = if_nametoindex("lo") };
	struct brski_buf out = { 0 };
	struct brski_loop *loop = NULL;
	struct jp_hub *h = NULL;
	struct brski_err err = { 0 };
	unsigned port;
	char want[128];

	(void)state;
	assert_ok(brski_loop_new(&loop, &err), &err);
	assert_ok(jp_hub_new(loop, &conf, &h, &err), &err);
	assert_int_equal(inet_pton(AF_INET6, "fe80::1", &own.sin6_addr), 1);
	/* nobody to relay to: nothing is offered */
	assert_ok(jp_hub_links(h, (struct sockaddr *)&own, &out, &err), &err);
	assert_int_equal(out.n, 0);
	set_place(h, "coaps://[::1]:5684", "R");
	assert_true((port = jp_hub_port(h, 0, JP_COAPS)) != 0);
	assert_ok(jp_hub_links(h, (struct sockaddr *)&own, &out, &err), &err);
	snprintf(want, sizeof(want), "<>;brski-jp=%u,<coaps://[fe80::1]:%u>;rt=brski.jp", port,
	    port);
	assert_slice_eq(brski_buf_slice(&out), brski_slice_str(want));
	/* to those who did not ask on the link, nothing */
	brski_buf_reset(&out);
	own.sin6_addr = in6addr_loopback;
	assert_ok(jp_hub_links(h, (struct sockaddr *)&own, &out, &err), &err);
	assert_int_equal(out.n, 0);
	/* it goes, and comes back elsewhere: the same port */
	jp_hub_set_places(h, NULL, 0);
	assert_int_equal(jp_hub_port(h, 0, JP_COAPS), 0);
	set_place(h, "coaps://[::1]:5694", "R");
	assert_int_equal(jp_hub_port(h, 0, JP_COAPS), port);
	/* another registrar, another port */
	set_place(h, "https://[::1]:8443", "R");
	assert_int_equal(jp_hub_port(h, 0, JP_COAPS), 0);
	assert_true(jp_hub_port(h, 1, JP_HTTPS) != 0);
	jp_hub_free(h);
	jp_hub_free(NULL);
	brski_buf_clear(&out);
	brski_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_one_registrar_is_one_choice),
		cmocka_unit_test(test_one_lane_each),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_ports_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
