/* SPDX-License-Identifier: Apache-2.0 */
/* Which registrars a join proxy knows, and how it relays to them: join proxy 4.3 and 5.3. */
#include <arpa/inet.h>
#include <ifaddrs.h>
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
		"<coaps://255.255.255.255>;rt=brski", "</b>;rt=brski",
		"<coaps://[::127.0.0.1]>;rt=brski", "<coaps://[::ffff:192.0.2.1]>;rt=brski",
		"<coaps://[::]>;rt=brski", "<coaps://0.0.0.1>;rt=brski",
		"<coaps://240.0.0.1>;rt=brski", "<coaps://224.0.0.1>;rt=brski" };
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
announced(struct world *w, const char *instance, enum jp_transport t, const char *address,
    bool there)
{
	struct brski_mdns_found f = { .interface = 1 };

	snprintf(f.instance, sizeof(f.instance), "%s", instance);
	snprintf(f.address, sizeof(f.address), "%s", address);
	jp_find_announced(w->find, t, &f, there);
}

static size_t
places(const struct world *w)
{
	struct jp_place p[JP_PLACES];

	return jp_find_places(w->find, p, JP_PLACES);
}

static void
test_announced(void **state)
{
	struct jp_place p[JP_PLACES];
	struct world w;

	(void)state;
	set_up(&w);
	announced(&w, "Registrar", JP_COAPS, "[2001:db8::52]:5684", true);
	announced(&w, "Registrar", JP_COAPS, "[2001:db8::52]:5684", true);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 1);
	assert_string_equal(p[0].instance, "Registrar");
	announced(&w, "Registrar", JP_HTTPS, "127.0.0.1:443", true);
	announced(&w, "Registrar", JP_HTTPS, "nowhere", true);
	assert_int_equal(jp_find_dropped(w.find), 2);
	announced(&w, "Registrar", JP_HTTPS, "[2001:db8::52]:5684", false);
	assert_int_equal(places(&w), 1);
	announced(&w, "Registrar", JP_COAPS, "[2001:db8::52]:5684", false);
	assert_int_equal(places(&w), 0);
	tear_down(&w);
}

/* Whoever takes back what another announces, or CoAP tells of, takes it from nobody. */
static void
test_taken_back(void **state)
{
	struct brski_mdns_found other = { .instance = "Honest",
		.address = "[2001:db8::1]:443",
		.interface = 2 };
	struct world w;

	(void)state;
	set_up(&w);
	announced(&w, "Honest", JP_HTTPS, "[2001:db8::1]:443", true);
	announced(&w, "Evil", JP_HTTPS, "[2001:db8::1]:443", true);
	jp_find_announced(w.find, JP_HTTPS, &other, true);
	assert_int_equal(places(&w), 3);
	announced(&w, "Evil", JP_HTTPS, "[2001:db8::1]:443", false);
	jp_find_announced(w.find, JP_HTTPS, &other, false);
	jp_find_announced(w.find, JP_HTTPS, &other, false);
	assert_int_equal(places(&w), 1);
	hear(&w, "2001:db8::1", "<coaps://[2001:db8::1]>;rt=brski");
	announced(&w, "Evil", JP_COAPS, "[2001:db8::1]:5684", true);
	announced(&w, "Evil", JP_COAPS, "[2001:db8::1]:5684", false);
	assert_int_equal(places(&w), 2);
	tear_down(&w);
}

/* The address of an interface that is gone means nothing, but it can be taken back. */
static void
test_interface_gone(void **state)
{
	struct sockaddr_storage ss;
	struct jp_place p = { .transport = JP_HTTPS };
	struct world w;
	socklen_t n;

	(void)state;
	set_up(&w);
	announced(&w, "R", JP_HTTPS, "[fe80::1%lo]:443", true);
	assert_int_equal(places(&w), 1);
	announced(&w, "R", JP_HTTPS, "[fe80::1%usb7]:443", false);
	assert_int_equal(places(&w), 1);
	assert_int_equal(jp_find_dropped(w.find), 0);
	assert_true(udp_address_parse("fe80::1%lo", 443, &ss, &n));
	p.at = ss;
	assert_true(jp_place_is_elsewhere(&p));
	((struct sockaddr_in6 *)&p.at)->sin6_scope_id = 0x7fffffff;
	assert_false(jp_place_is_elsewhere(&p));
	tear_down(&w);
}

/* Nobody is let in to services of this machine, at whichever of its addresses. */
static void
test_own_addresses(void **state)
{
	struct ifaddrs *list, *at;
	struct jp_place p = { .transport = JP_HTTPS };
	size_t n = 0;

	(void)state;
	assert_int_equal(getifaddrs(&list), 0);
	for (at = list; at != NULL; at = at->ifa_next) {
		if (at->ifa_addr == NULL ||
		    (at->ifa_addr->sa_family != AF_INET && at->ifa_addr->sa_family != AF_INET6))
			continue;
		memset(&p.at, 0, sizeof(p.at));
		memcpy(&p.at, at->ifa_addr, udp_address_size(at->ifa_addr));
		*brski_listen_port(&p.at) = htons(22);
		assert_false(jp_place_is_elsewhere(&p));
		n++;
	}
	freeifaddrs(list);
	assert_true(n > 0);
	assert_true(parse("https://192.0.2.77", &p));
	assert_true(jp_place_is_elsewhere(&p));
}

/* By CoAP: each has the same chance, and is heard of again. */
static void
test_too_many(void **state)
{
	struct jp_place p[2 * JP_PLACES];
	char link[64];
	struct world w;
	unsigned i, n = 0, rounds;
	size_t k, kept = 0;

	(void)state;
	set_up(&w);
	for (rounds = 0; rounds < 1000 && kept == 0; rounds++) {
		for (i = 0; i < JP_PLACES_HEARD + 16; i++, n++) {
			snprintf(link, sizeof(link), "<coaps://[2001:db8::52]:%u>;rt=brski",
			    1000 + i);
			hear(&w, "2001:db8::52", link);
		}
		hear(&w, "2001:db8::1", "<coaps://[2001:db8::1]:7>;rt=brski");
		assert_int_equal(jp_find_places(w.find, p, 2 * JP_PLACES), JP_PLACES_HEARD);
		for (k = 0; k < JP_PLACES_HEARD; k++)
			kept += *brski_listen_port(&p[k].at) == htons(7);
	}
	assert_int_equal(kept, 1);
	assert_true(jp_find_dropped(w.find) >= 17);
	tear_down(&w);
}

/* What was announced while there was no room is there when there is some again. */
static void
test_flood_is_over(void **state)
{
	struct jp_place p[JP_PLACES];
	char name[32], address[80];
	struct world w;
	unsigned i, is;

	(void)state;
	set_up(&w);
	for (is = 0; is < 2; is++) {
		for (i = 0; i < 256; i++) {
			snprintf(name, sizeof(name), "Evil %u", i);
			snprintf(address, sizeof(address), "[2001:db8::%x]:666", i + 2);
			announced(&w, name, JP_HTTPS, address, is == 0);
		}
		if (is == 0)
			announced(&w, "Honest", JP_HTTPS, "[2001:db8::1]:443", true);
	}
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), 1);
	assert_string_equal(p[0].instance, "Honest");
	tear_down(&w);
}

/* While it lasts, everybody has his turn, however many addresses some have. */
static void
test_turns(void **state)
{
	struct jp_place p[JP_PLACES];
	char name[32], address[80];
	struct world w;
	unsigned i, k, before;

	(void)state;
	set_up(&w);
	jp_find_turn(w.find);
	for (i = 0; i < 40; i++)
		for (k = 0; k < 8; k++) {
			snprintf(name, sizeof(name), "Evil %u", i);
			snprintf(address, sizeof(address), "[2001:db8::%x:%x]:666", i + 2, k);
			announced(&w, name, JP_HTTPS, address, true);
		}
	announced(&w, "Honest", JP_HTTPS, "[2001:db8::1]:443", true);
	announced(&w, "Honest", JP_HTTPS, "[2001:db8::2]:443", true);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), JP_PLACES);
	for (i = 0; i < JP_PLACES; i++) {
		snprintf(name, sizeof(name), "Evil %u", i / JP_TARGETS);
		assert_string_equal(p[i].instance, name);
	}
	before = w.changes;
	for (i = 0; i < 40 / JP_PLACES_TURN; i++)
		jp_find_turn(w.find);
	assert_int_equal(w.changes, before + i);
	assert_int_equal(jp_find_places(w.find, p, JP_PLACES), JP_PLACES);
	assert_string_equal(p[0].instance, "Honest");
	assert_string_equal(p[1].instance, "Honest");
	assert_string_equal(p[2].instance, "Evil 0");
	assert_int_equal(ntohs(*brski_listen_port(&p[1].at)), 443);
	tear_down(&w);
}

static void
on_late(void *arg)
{
	brski_loop_stop(arg);
}

/* Until the rounds of questions that follow a change are over. */
static void
pass(struct world *w, uint32_t ms)
{
	assert_non_null(brski_timer_start(w->loop, ms, on_late, w->loop));
	brski_loop_run(w->loop);
}

/* Other interfaces: what was announced on the former ones stays only if it is announced again. */
static void
test_links_changed(void **state)
{
	static const char *const none[] = { NULL };
	const struct jp_find_conf conf = { .interfaces = none, .ask_ms = 20, .changed = NULL };
	static const char *const other[] = { "nowhere0" };
	struct brski_err err = { 0 };
	struct world w;

	(void)state;
	set_up(&w);
	jp_find_free(w.find);
	assert_ok(jp_find_new(w.loop, &conf, &w.find, &err), &err);
	announced(&w, "Stays", JP_HTTPS, "[2001:db8::1]:443", true);
	announced(&w, "Goes", JP_HTTPS, "[2001:db8::2]:443", true);
	/* the same ones: nothing is forgotten */
	jp_find_links_changed(w.find, none, 0);
	pass(&w, 200);
	assert_int_equal(places(&w), 2);
	jp_find_links_changed(w.find, other, 1);
	announced(&w, "Stays", JP_HTTPS, "[2001:db8::1]:443", true);
	pass(&w, 200);
	assert_int_equal(places(&w), 1);
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
	/* the others wait */
	assert_int_equal(jp_choose(&ways, p, JP_PLACES, out), JP_PLACES);
}

struct row {
	const char *url, *instance;
	unsigned link;
};

/* Rows up to one without a URL. */
static size_t
choose(const struct row *rows, struct jp_choice out[JP_LANES])
{
	const struct jp_ways ways = { .stateful = true, .stateless = true, .circuit = true };
	struct jp_place p[JP_PLACES];
	size_t n;

	for (n = 0; rows[n].url != NULL; n++) {
		assert_true(parse(rows[n].url, &p[n]));
		snprintf(p[n].instance, sizeof(p[n].instance), "%s", rows[n].instance);
		p[n].link = rows[n].link;
	}
	return jp_choose(&ways, p, n, out);
}

static void
assert_target(const struct jp_choice *c, size_t i, const char *url)
{
	struct jp_place want, is = { .transport = c->transport };

	assert_true(parse(url, &want));
	assert_true(i < c->targets.n);
	is.at = c->targets.at[i];
	assert_true(jp_place_same(&is, &want));
}

/* Found by mDNS and CoAP, at more than one address, on two links, by two names: it is one. */
static void
test_one_lane_each(void **state)
{
	static const struct row rows[] = {
		{ "coaps://192.0.2.1", "R", 1 },
		{ "coaps://[2001:db8::1]", "R", 1 },
		{ "coaps://[2001:db8::2]", "R", 1 },
		{ "coaps://[2001:db8::2]", "", 0 },
		{ "coaps://[2001:db8::9]", "other", 1 },
		{ "jpy://[2001:db8::1]:5684", "", 0 },
		{ "coaps://[2001:db8::9]", "other", 2 },
		{ "coaps://192.0.2.9", "other #2", 2 },
		{ "coaps://[2001:db8::9]", "other #2", 2 },
		{ NULL, NULL, 0 },
	};
	struct jp_choice out[JP_LANES];

	(void)state;
	assert_int_equal(choose(rows, out), 3);
	assert_string_equal(out[0].instance, "R");
	assert_int_equal(out[0].targets.n, 3);
	/* where CoAP found it; then IPv6 */
	assert_target(&out[0], 0, "coaps://[2001:db8::2]");
	assert_target(&out[0], 1, "coaps://[2001:db8::1]");
	assert_target(&out[0], 2, "coaps://192.0.2.1");
	assert_string_equal(out[1].instance, "other");
	assert_int_equal(out[1].targets.n, 2);
	assert_int_equal(out[2].transport, JP_JPY);
}

/* Whoever announces another's address with his own, first, takes nothing from him. */
static void
test_capture(void **state)
{
	static const struct row by_mdns[] = { { "coaps://[2001:db8::666]", "Evil", 1 },
		{ "coaps://[2001:db8::1]", "Evil", 1 }, { "coaps://[2001:db8::1]", "Honest", 1 },
		{ NULL, NULL, 0 } };
	static const struct row by_coap[] = { { "coaps://[2001:db8::666]", "Evil", 1 },
		{ "coaps://[2001:db8::1]", "Evil", 1 }, { "coaps://[2001:db8::666]", "", 0 },
		{ "coaps://[2001:db8::1]", "", 0 }, { NULL, NULL, 0 } };
	static const struct row by_name[] = { { "coaps://[2001:db8::666]", "Honest", 2 },
		{ "coaps://[2001:db8::1]", "Honest", 2 }, { "coaps://[2001:db8::1]", "Honest", 1 },
		{ NULL, NULL, 0 } };
	static const struct row *const all[] = { by_mdns, by_coap, by_name };
	struct jp_choice out[JP_LANES];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(choose(all[i], out), 2);
		assert_target(&out[0], 0, "coaps://[2001:db8::666]");
		assert_target(&out[1], 0, "coaps://[2001:db8::1]");
	}
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

/* The port that leads to an address goes on leading there, whoever else announces it. */
static void
test_lane_is_kept(void **state)
{
	const struct jp_hub_conf conf = { .sides = lo, .sides_n = 1, .mute = true };
	struct jp_place p[2 * JP_LANES];
	struct brski_loop *loop = NULL;
	struct jp_hub *h = NULL;
	struct brski_err err = { 0 };
	unsigned honest;
	char url[64];
	size_t i;

	(void)state;
	assert_ok(brski_loop_new(&loop, &err), &err);
	assert_ok(jp_hub_new(loop, &conf, &h, &err), &err);
	assert_true(parse("https://[2001:db8::1]", &p[1]));
	snprintf(p[1].instance, sizeof(p[1].instance), "Honest");
	jp_hub_set_places(h, &p[1], 1);
	honest = jp_hub_port(h, 0, JP_HTTPS);
	assert_true(honest != 0);
	/* now somebody who comes first in the list has that address, too */
	assert_true(parse("https://[2001:db8::666]", &p[0]));
	snprintf(p[0].instance, sizeof(p[0].instance), "Evil");
	p[2] = p[1];
	snprintf(p[1].instance, sizeof(p[1].instance), "Evil");
	jp_hub_set_places(h, p, 3);
	assert_int_equal(jp_hub_port(h, 0, JP_HTTPS), honest);
	assert_true(jp_hub_port(h, 1, JP_HTTPS) != 0);
	assert_int_equal(jp_hub_port(h, 2, JP_HTTPS), 0);
	assert_false(jp_hub_is_crowded(h));
	for (i = 0; i < 2 * JP_LANES; i++) {
		snprintf(url, sizeof(url), "https://[2001:db8::%zu]", i + 1);
		assert_true(parse(url, &p[i]));
	}
	jp_hub_set_places(h, p, JP_LANES + 1);
	assert_true(jp_hub_is_crowded(h));
	assert_int_equal(jp_hub_port(h, 0, JP_HTTPS), honest);
	jp_hub_set_places(h, p, JP_LANES);
	assert_false(jp_hub_is_crowded(h));
	jp_hub_free(h);
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
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_interface_gone),
		cmocka_unit_test(test_own_addresses),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_flood_is_over),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_links_changed),
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_one_registrar_is_one_choice),
		cmocka_unit_test(test_one_lane_each),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_ports_stay),
		cmocka_unit_test(test_lane_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
