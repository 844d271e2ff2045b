/* SPDX-License-Identifier: Apache-2.0 */
/* mDNS: what a peer's records are worth, and two responders that find each other on loopback. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "net/mdns.h"
#include "net/mdns_back.h"
#include "tu.h"

#define WAIT_MS 20000

/* --- records */

static bool
judge(const char *address, uint16_t port, bool loopback, struct brski_mdns_found *f)
{
	uint8_t bytes[16];
	bool v6 = strchr(address, ':') != NULL;
	struct mdns_record r = { .instance = brski_slice_str("plant \x1b[2J\xc3\xa9"),
		.address = brski_slice(bytes, v6 ? 16 : 4),
		.port = port,
		.interface = "eth0",
		.index = 3,
		.loopback = loopback };

	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes), 1);
	return mdns_judge(&r, f);
}

static void
good_addresses(void **state)
{
	static const char *const rows[][2] = { { "192.0.2.7", "192.0.2.7:443" },
		{ "169.254.1.2", "169.254.1.2:443" }, { "2001:db8::7", "[2001:db8::7]:443" },
		{ "fd00::7", "[fd00::7]:443" }, { "fe80::7", "[fe80::7%eth0]:443" } };
	struct brski_mdns_found f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(judge(rows[i][0], 443, false, &f));
		assert_string_equal(f.address, rows[i][1]);
		assert_int_equal(f.interface, 3);
		/* what a terminal would act upon is gone */
		assert_string_equal(f.instance, "plant ?[2J??");
	}
}

static void
bad_addresses(void **state)
{
	static const char *const rows[] = { "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.251",
		"255.255.255.255", "::", "::1", "ff02::fb", "::ffff:192.0.2.7", "::192.0.2.7" };
	struct brski_mdns_found f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(judge(rows[i], 443, false, &f));
	assert_false(judge("192.0.2.7", 0, false, &f));
	assert_true(judge("127.0.0.1", 443, true, &f));
	assert_true(judge("::1", 443, true, &f));
}

static void
bad_lengths(void **state)
{
	static const uint8_t bytes[32] = { 0x20, 1, 0xd, 0xb8, 1 };
	struct mdns_record r = { .port = 1, .interface = "eth0", .index = 1 };
	struct brski_mdns_found f;
	size_t n;

	(void)state;
	for (n = 0; n <= sizeof(bytes); n++) {
		r.address = brski_slice(bytes, n);
		assert_int_equal(mdns_judge(&r, &f), n == 4 || n == 16);
	}
}

static void
long_interface(void **state)
{
	struct mdns_record r = { .port = 65535, .interface = "abcdefghijklmno", .index = 1 };
	struct brski_mdns_found f;
	uint8_t bytes[16];

	(void)state;
	inet_pton(AF_INET6, "fe80::1111:2222:3333:4444", bytes);
	r.address = brski_slice(bytes, sizeof(bytes));
	assert_true(mdns_judge(&r, &f));
	assert_string_equal(f.address, "[fe80::1111:2222:3333:4444%abcdefghijklmno]:65535");
}

/* --- two responders */

struct seen {
	struct brski_loop *loop;
	unsigned there, gone, want_there, want_gone;
	char names[8][BRSKI_MDNS_INSTANCE_MAX];
	char address[BRSKI_MDNS_ADDRESS_MAX];
	bool late;
};

static void
on_found(void *arg, const struct brski_mdns_found *f, bool there)
{
	struct seen *s = arg;

	if (there && s->there < 8)
		snprintf(s->names[s->there], sizeof(s->names[0]), "%s", f->instance);
	snprintf(s->address, sizeof(s->address), "%s", f->address);
	there ? s->there++ : s->gone++;
	if (s->there >= s->want_there && s->gone >= s->want_gone)
		brski_loop_stop(s->loop);
}

static void
on_late(void *arg)
{
	struct seen *s = arg;

	s->late = true;
	brski_loop_stop(s->loop);
}

/* Until so many came and went. */
static void
await(struct seen *s, unsigned there, unsigned gone)
{
	struct brski_timer *t = brski_timer_start(s->loop, WAIT_MS, on_late, s);

	s->want_there = there;
	s->want_gone = gone;
	if (s->there < there || s->gone < gone)
		brski_loop_run(s->loop);
	assert_false(s->late);
	brski_timer_cancel(t);
}

static struct brski_mdns *
responder(struct brski_loop *loop)
{
	static const char *const names[] = { "lo" };
	const struct brski_mdns_conf conf = { .interfaces = names, .interfaces_n = 1, .own = true };
	struct brski_mdns *m;

	assert_int_equal(brski_mdns_new(loop, &conf, &m, NULL), BRSKI_OK);
	return m;
}

static void
announce(struct brski_mdns *m, const char *name, uint16_t port)
{
	static const char *const txt[] = { "a=b", "flag" };
	const struct brski_mdns_service s = { .type = "_brski-registrar._tcp",
		.name = name,
		.port = port,
		.txt = txt,
		.txt_n = 2 };
	struct brski_err err = { 0 };

	assert_int_equal(brski_mdns_announce(m, &s, &err), BRSKI_OK);
}

static void
found_and_gone(void **state)
{
	struct brski_mdns *a, *b;
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(brski_loop_new(&s.loop, NULL), BRSKI_OK);
	a = responder(s.loop);
	b = responder(s.loop);
	assert_int_equal(brski_mdns_browse(b, "_brski-registrar._tcp", on_found, &s, NULL),
	    BRSKI_OK);
	announce(a, "domain on a", 8443);
	await(&s, 1, 0);
	assert_string_equal(s.names[0], "domain on a");
	assert_string_equal(s.address, "127.0.0.1:8443");
	brski_mdns_free(a);
	await(&s, 1, 1);
	assert_int_equal(brski_mdns_dropped(b), 0);
	brski_mdns_free(b);
	brski_loop_free(s.loop);
}

/* The one who comes later takes another name. RFC 6762 9. */
static void
renamed(void **state)
{
	struct brski_mdns *a, *b, *c;
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(brski_loop_new(&s.loop, NULL), BRSKI_OK);
	a = responder(s.loop);
	b = responder(s.loop);
	c = responder(s.loop);
	assert_int_equal(brski_mdns_browse(c, "_brski-registrar._tcp", on_found, &s, NULL),
	    BRSKI_OK);
	announce(a, "twin", 1);
	await(&s, 1, 0);
	announce(b, "twin", 2);
	await(&s, 2, 0);
	assert_string_equal(s.names[0], "twin");
	assert_string_equal(s.names[1], "twin #2");
	brski_mdns_free(a);
	brski_mdns_free(b);
	brski_mdns_free(c);
	brski_loop_free(s.loop);
}

/* One responder with one name twice: no event, but an error at once. */
static void
renamed_at_home(void **state)
{
	struct brski_mdns *a, *b;
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(brski_loop_new(&s.loop, NULL), BRSKI_OK);
	a = responder(s.loop);
	b = responder(s.loop);
	assert_int_equal(brski_mdns_browse(b, "_brski-registrar._tcp", on_found, &s, NULL),
	    BRSKI_OK);
	announce(a, "twin", 1);
	announce(a, "twin", 2);
	await(&s, 2, 0);
	assert_int_not_equal(strcmp(s.names[0], s.names[1]), 0);
	brski_mdns_free(a);
	brski_mdns_free(b);
	brski_loop_free(s.loop);
}

/* --- a back end that knows names and nothing else */

static int object;

static void *
fake_browse(void *b, const char *type, void *arg)
{
	(void)type;
	(void)arg;
	++*(unsigned *)b;
	return &object;
}

static void *
fake_resolve(void *b, int interface, AvahiProtocol via, const char *name, const char *type,
    void *arg)
{
	(void)b;
	(void)interface;
	(void)via;
	(void)name;
	(void)type;
	(void)arg;
	return &object;
}

static void
fake_free(void *b, void *o)
{
	(void)b;
	assert_ptr_equal(o, &object);
}

static void
fake_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static bool
is_kept(const struct mdns_browser *b, const char *name)
{
	const struct mdns_instance *s;

	TAILQ_FOREACH(s, &b->instances, entry)
	if (strcmp(s->name, name) == 0)
		return true;
	return false;
}

/* All that there is, as a cache hands it out: the real one is the last. */
static void
replay(struct mdns_browser *b, unsigned fakes)
{
	char name[32];
	unsigned i;

	for (i = 0; i < fakes; i++) {
		snprintf(name, sizeof(name), "fake %u", i);
		mdns_on_service(b, (int)if_nametoindex("lo"), AVAHI_PROTO_INET, name, true);
	}
	mdns_on_service(b, (int)if_nametoindex("lo"), AVAHI_PROTO_INET, "real", true);
}

/* Each time a quarter of all find room: after 80 rounds nobody is left out. */
static void
places_by_lot(void **state)
{
	static const struct mdns_back back = { .browse = fake_browse,
		.browse_free = fake_free,
		.resolve = fake_resolve,
		.resolve_free = fake_free };
	char name[] = "lo", *lo[] = { name };
	unsigned browsed = 0, before, turns;
	struct brski_mdns m = { .back = &back, .b = &browsed, .interfaces = lo, .interfaces_n = 1 };
	struct mdns_browser b = { .m = &m, .object = &object };
	struct brski_loop *loop;

	(void)state;
	assert_int_equal(brski_loop_new(&loop, NULL), BRSKI_OK);
	evtimer_assign(&m.retry, brski_loop_base(loop), fake_tick, NULL);
	TAILQ_INIT(&m.browsers);
	TAILQ_INIT(&b.instances);
	TAILQ_INSERT_TAIL(&m.browsers, &b, entry);
	for (turns = 0; turns < 80 * 64 && !is_kept(&b, "real"); turns++) {
		before = browsed;
		mdns_browsers_retry(&m);
		if (turns == 0 || browsed > before)
			replay(&b, 4 * BRSKI_MDNS_FOUND_MAX);
		assert_int_equal(b.instances_n, BRSKI_MDNS_FOUND_MAX);
		assert_true(evtimer_pending(&m.retry, NULL));
	}
	assert_true(is_kept(&b, "real"));
	/* there is room for all again: nothing is asked */
	mdns_browsers_withdraw(&m);
	b.object = &object;
	before = browsed;
	mdns_browsers_retry(&m);
	assert_int_equal(browsed, before);
	assert_int_equal(b.turns, 0);
	event_del(&m.retry);
	brski_loop_free(loop);
}

/* More than are kept, each of them somewhere: the others are counted, and nothing else happens. */
static void
too_many(void **state)
{
	static const struct mdns_back back = { .resolve = fake_resolve, .resolve_free = fake_free };
	static const uint8_t self[] = { 127, 0, 0, 1 };
	char lo[] = "lo", *names[] = { lo }, name[32];
	struct brski_mdns m = { .back = &back, .interfaces = names, .interfaces_n = 1 };
	struct seen seen = { .want_there = UINT_MAX };
	struct mdns_browser b = { .m = &m, .found = on_found, .arg = &seen };
	struct brski_loop *loop;
	unsigned i;

	(void)state;
	assert_int_equal(brski_loop_new(&loop, NULL), BRSKI_OK);
	evtimer_assign(&m.retry, brski_loop_base(loop), fake_tick, NULL);
	TAILQ_INIT(&m.browsers);
	TAILQ_INIT(&b.instances);
	TAILQ_INSERT_TAIL(&m.browsers, &b, entry);
	for (i = 0; i < BRSKI_MDNS_FOUND_MAX + 8; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		mdns_on_service(&b, (int)if_nametoindex("lo"), AVAHI_PROTO_INET, name, true);
		TAILQ_LAST(&b.instances, mdns_instances)->port = 1;
		mdns_on_address(TAILQ_LAST(&b.instances, mdns_instances),
		    brski_slice(self, sizeof(self)), true);
	}
	assert_int_equal(seen.there - seen.gone, BRSKI_MDNS_FOUND_MAX);
	assert_int_equal(b.instances_n, BRSKI_MDNS_FOUND_MAX);
	assert_int_equal(brski_mdns_dropped(&m), 8);
	mdns_browsers_withdraw(&m);
	event_del(&m.retry);
	brski_loop_free(loop);
}

/* A neighbour does not send us to ourselves, whatever interfaces are chosen. */
static void
loopback_is_not_next_door(void **state)
{
	static const uint8_t self[] = { 127, 0, 0, 1 };
	struct if_nameindex *all = if_nameindex();
	struct brski_mdns m = { .interfaces_n = 1 };
	struct mdns_browser b = { .m = &m };
	size_t i;

	(void)state;
	assert_non_null(all);
	for (i = 0; all[i].if_index != 0; i++) {
		struct mdns_instance s = { .browser = &b,
			.interface = (int)all[i].if_index,
			.port = 443 };

		mdns_on_address(&s, brski_slice(self, sizeof(self)), true);
		assert_int_equal(s.found_n, strcmp(all[i].if_name, "lo") == 0);
	}
	if_freenameindex(all);
}

/* The same where all inventions are somewhere: no use of being first. */
static void
places_for_the_late(void **state)
{
	static const struct mdns_back back = { .browse = fake_browse,
		.browse_free = fake_free,
		.resolve = fake_resolve,
		.resolve_free = fake_free };
	char name[] = "lo", *lo[] = { name };
	unsigned browsed = 0, before, turns;
	struct brski_mdns m = { .back = &back, .b = &browsed, .interfaces = lo, .interfaces_n = 1 };
	struct mdns_browser b = { .m = &m, .object = &object };
	struct mdns_instance *s;
	struct brski_loop *loop;

	(void)state;
	assert_int_equal(brski_loop_new(&loop, NULL), BRSKI_OK);
	evtimer_assign(&m.retry, brski_loop_base(loop), fake_tick, NULL);
	TAILQ_INIT(&m.browsers);
	TAILQ_INIT(&b.instances);
	TAILQ_INSERT_TAIL(&m.browsers, &b, entry);
	replay(&b, BRSKI_MDNS_FOUND_MAX - 1);
	mdns_on_service(&b, (int)if_nametoindex("lo"), AVAHI_PROTO_INET, "real", false);
	mdns_on_service(&b, (int)if_nametoindex("lo"), AVAHI_PROTO_INET, "fake more", true);
	for (turns = 0; turns < 80 * 64 && !is_kept(&b, "real"); turns++) {
		TAILQ_FOREACH(s, &b.instances, entry)
		s->found_n = 1;
		before = browsed;
		mdns_browsers_retry(&m);
		if (turns == 0 || browsed > before)
			replay(&b, 2 * BRSKI_MDNS_FOUND_MAX);
		assert_int_equal(b.instances_n, BRSKI_MDNS_FOUND_MAX);
	}
	assert_true(is_kept(&b, "real"));
	/* some go: those that found no room are listened to at once */
	assert_true(b.passed > 0);
	b.turns = 2;
	s = TAILQ_FIRST(&b.instances);
	mdns_on_service(&b, s->interface, s->via, s->name, false);
	before = browsed;
	mdns_browsers_retry(&m);
	assert_int_equal(browsed, before + 1);
	mdns_browsers_withdraw(&m);
	event_del(&m.retry);
	brski_loop_free(loop);
}

static void *
fake_addresses(void *b, int interface, AvahiProtocol via, const char *host, uint16_t type,
    void *arg)
{
	(void)host;
	(void)type;
	(void)arg;
	return fake_resolve(b, interface, via, NULL, NULL, NULL);
}

static void
hear_addresses(struct mdns_instance *s, uint8_t from, uint8_t to, bool there)
{
	uint8_t a[4] = { 192, 0, 2, 0 };

	for (a[3] = from; a[3] < to; a[3]++)
		mdns_on_address(s, brski_slice(a, sizeof(a)), there);
}

/* An address that found no room is asked for again when there is some. */
static void
address_for_later(void **state)
{
	static const struct mdns_back back = { .browse = fake_browse,
		.browse_free = fake_free,
		.resolve = fake_resolve,
		.resolve_free = fake_free,
		.addresses = fake_addresses,
		.addresses_free = fake_free };
	unsigned browsed = 0;
	struct brski_mdns m = { .back = &back, .b = &browsed };
	struct mdns_browser b = { .m = &m, .object = &object };
	struct mdns_instance *s;
	struct brski_loop *loop;

	(void)state;
	assert_int_equal(brski_loop_new(&loop, NULL), BRSKI_OK);
	evtimer_assign(&m.retry, brski_loop_base(loop), fake_tick, NULL);
	TAILQ_INIT(&m.browsers);
	TAILQ_INIT(&b.instances);
	TAILQ_INSERT_TAIL(&m.browsers, &b, entry);
	replay(&b, 0);
	s = TAILQ_FIRST(&b.instances);
	mdns_on_host(s, "host.local", 443);
	hear_addresses(s, 1, MDNS_PER_INSTANCE + 2, true);
	assert_int_equal(s->found_n, MDNS_PER_INSTANCE);
	assert_true(s->more && evtimer_pending(&m.retry, NULL));
	event_del(&m.retry);
	mdns_browsers_retry(&m);
	assert_true(s->more && evtimer_pending(&m.retry, NULL));
	hear_addresses(s, 1, 2, false);
	event_del(&m.retry);
	mdns_browsers_retry(&m);
	assert_false(s->more || evtimer_pending(&m.retry, NULL));
	hear_addresses(s, 2, MDNS_PER_INSTANCE + 2, true);
	assert_int_equal(s->found_n, MDNS_PER_INSTANCE);
	assert_false(s->more);
	mdns_browsers_withdraw(&m);
	event_del(&m.retry);
	brski_loop_free(loop);
}

static void *
fake_group(void *b, void *arg)
{
	(void)arg;
	++*(unsigned *)b;
	return &object;
}

static int
fake_service(void *b, void *g, int interface, const char *name, const char *type, const char *host,
    uint16_t port, AvahiStringList *txt)
{
	(void)b;
	(void)g;
	(void)interface;
	(void)name;
	(void)type;
	(void)host;
	(void)port;
	(void)txt;
	return 0;
}

static int
fake_address(void *b, void *g, const char *host, struct mdns_host_address *a)
{
	(void)b;
	(void)g;
	(void)host;
	(void)a;
	return 0;
}

static int
fake_commit(void *b, void *g)
{
	(void)b;
	(void)g;
	return 0;
}

/* An address comes or goes: what is announced for others is not touched. */
static void
not_touched(void **state)
{
	static const struct mdns_back back = { .group = fake_group,
		.add_service = fake_service,
		.add_address = fake_address,
		.commit = fake_commit,
		.group_free = fake_free };
	char name[] = "lo", *lo[] = { name };
	unsigned grouped = 0;
	struct brski_mdns m = { .back = &back, .b = &grouped, .interfaces = lo, .interfaces_n = 1 };
	struct mdns_name all = { .m = &m, .group = &object }, one = all;

	(void)state;
	all.only.proto = AVAHI_PROTO_UNSPEC;
	one.only.proto = AVAHI_PROTO_INET;
	one.only.data.ipv4.address = htonl(INADDR_LOOPBACK);
	one.exact = true;
	TAILQ_INIT(&m.names);
	TAILQ_INSERT_TAIL(&m.names, &all, entry);
	TAILQ_INSERT_TAIL(&m.names, &one, entry);
	mdns_names_refresh(&m);
	assert_in_range(m.own_n, 1, MDNS_ADDRESSES_MAX - 1);
	mdns_names_update(&m);
	assert_int_equal(grouped, 0);
	/* one that is gone now */
	m.own[m.own_n] = m.own[0];
	m.own[m.own_n].address.data.ipv4.address ^= 1;
	m.own_n++;
	mdns_names_update(&m);
	assert_int_equal(grouped, 1);
	/* all are new now */
	m.own_n = 0;
	mdns_names_update(&m);
	assert_int_equal(grouped, 3);
}

/* One of two goes, the other stays. */
static void
withdrawn(void **state)
{
	struct brski_mdns *a, *b;
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(brski_loop_new(&s.loop, NULL), BRSKI_OK);
	a = responder(s.loop);
	b = responder(s.loop);
	assert_int_equal(brski_mdns_browse(b, "_brski-registrar._tcp", on_found, &s, NULL),
	    BRSKI_OK);
	announce(a, "one", 1);
	await(&s, 1, 0);
	announce(a, "two", 2);
	await(&s, 2, 0);
	brski_mdns_withdraw(a, "_brski-registrar._udp", 1);
	brski_mdns_withdraw(a, "_brski-registrar._tcp", 3);
	brski_mdns_withdraw(a, "_brski-registrar._tcp", 1);
	await(&s, 2, 1);
	assert_string_equal(s.address, "127.0.0.1:1");
	brski_mdns_free(a);
	await(&s, 2, 2);
	assert_string_equal(s.address, "127.0.0.1:2");
	brski_mdns_free(b);
	brski_loop_free(s.loop);
}

/* A list of interfaces without any is not all of them. */
static void
no_interface(void **state)
{
	static const char *const none[] = { NULL };
	const struct brski_mdns_conf conf = { .interfaces = none, .own = true };
	struct brski_mdns *a, *b;
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(brski_loop_new(&s.loop, NULL), BRSKI_OK);
	a = responder(s.loop);
	assert_int_equal(brski_mdns_new(s.loop, &conf, &b, NULL), BRSKI_OK);
	announce(a, "somebody", 1);
	assert_int_equal(brski_mdns_browse(b, "_brski-registrar._tcp", on_found, &s, NULL),
	    BRSKI_OK);
	brski_timer_start(s.loop, 1500, on_late, &s);
	brski_loop_run(s.loop);
	assert_int_equal(s.there, 0);
	assert_null(b->b);
	brski_mdns_free(a);
	brski_mdns_free(b);
	brski_loop_free(s.loop);
}

static void
bad_names(void **state)
{
	const struct brski_mdns_service bad[] = { { .type = "brski", .name = "a", .port = 1 },
		{ .type = "_brski._tcp", .name = "", .port = 1 },
		{ .type = "_brski._tcp",
		    .name = "0123456789012345678901234567890123456789012345678901234567890123",
		    .port = 1 } };
	struct seen s = { 0 };
	struct brski_mdns *m;
	size_t i;

	(void)state;
	assert_int_equal(brski_loop_new(&s.loop, NULL), BRSKI_OK);
	m = responder(s.loop);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(brski_mdns_announce(m, &bad[i], NULL), BRSKI_E_CONFIG);
	assert_int_equal(brski_mdns_browse(m, "x", on_found, &s, NULL), BRSKI_E_CONFIG);
	brski_mdns_free(m);
	brski_mdns_free(NULL);
	brski_loop_free(s.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses),
		cmocka_unit_test(bad_addresses),
		cmocka_unit_test(bad_lengths),
		cmocka_unit_test(long_interface),
		cmocka_unit_test(places_for_the_late),
		cmocka_unit_test(address_for_later),
		cmocka_unit_test(not_touched),
		cmocka_unit_test(withdrawn),
		cmocka_unit_test(no_interface),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(found_and_gone),
		cmocka_unit_test(renamed),
		cmocka_unit_test(renamed_at_home),
		cmocka_unit_test(too_many),
		cmocka_unit_test(places_by_lot),
		cmocka_unit_test(loopback_is_not_next_door),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
