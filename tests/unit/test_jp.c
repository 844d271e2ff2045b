/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP join proxies: the header, the pace, and both kinds of relay between DTLS clients and a server
 * on the loopback.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tu_dtls.h"
#include "coap/jpy.h"
#include "pledge/jp_header.h"
#include "pledge/jp_mode.h"

#define CLIENTS 20

/* --- the header */

static const struct jp_pledge pledge = {
	.address = { .s6_addr = { 0xfe, 0x80, [8] = 2, 0, 0, 0xff, 0xfe, 0, 0, 1 } },
	.link = 0x010203,
	.port = 0x3412,
	.own = 7,
};

static void
assert_opens(const struct jp_header *h, int64_t now, const uint8_t *header)
{
	struct jp_pledge out = { 0 };

	assert_int_equal(jp_header_open(h, now, brski_slice(header, JP_HEADER_SIZE), &out),
	    JP_HEADER_OURS);
	assert_memory_equal(&out.address, &pledge.address, 16);
	assert_int_equal(out.link, pledge.link);
	assert_int_equal(out.port, pledge.port);
	assert_int_equal(out.own, pledge.own);
}

static void
test_header(void **state)
{
	uint8_t a[JP_HEADER_SIZE], b[JP_HEADER_SIZE], c[JP_HEADER_SIZE];
	struct jp_header h, foreign;
	struct jp_pledge other = pledge, out;
	size_t i;

	(void)state;
	jp_header_init(&h, 1000);
	jp_header_init(&foreign, 1000);
	foreign.now.id = h.now.id;
	assert_true(jp_header_seal(&h, 1000, &pledge, a));
	assert_opens(&h, 1000, a);
	/* the same pledge: the same; another port: nothing alike but the key's number */
	assert_true(jp_header_seal(&h, 2000, &pledge, b));
	assert_memory_equal(a, b, sizeof(a));
	other.port++;
	assert_true(jp_header_seal(&h, 2000, &other, c));
	assert_memory_not_equal(a + 1, c + 1, 7);
	assert_memory_not_equal(a + 8, c + 8, 16);
	/* any octet changed, any other length, somebody else's key */
	for (i = 0; i < sizeof(a); i++) {
		a[i] ^= 0x40;
		assert_int_equal(jp_header_open(&h, 2000, brski_slice(a, sizeof(a)), &out),
		    JP_HEADER_FORGED);
		a[i] ^= 0x40;
		assert_int_equal(jp_header_open(&h, 2000, brski_slice(a, i), &out),
		    JP_HEADER_FORGED);
	}
	assert_int_equal(jp_header_open(&foreign, 2000, brski_slice(a, sizeof(a)), &out),
	    JP_HEADER_FORGED);
	jp_header_wipe(&h);
	jp_header_wipe(&foreign);
}

/* A new key each day; the former one for a while. */
static void
test_header_keys(void **state)
{
	const int64_t day = 1000 + JP_KEY_S;
	uint8_t a[JP_HEADER_SIZE], b[JP_HEADER_SIZE];
	struct jp_pledge out;
	struct jp_header h;

	(void)state;
	jp_header_init(&h, 1000);
	assert_true(jp_header_seal(&h, day - 1, &pledge, a));
	assert_int_equal(a[0], h.now.id);
	assert_true(jp_header_seal(&h, day, &pledge, b));
	assert_int_equal(b[0], (uint8_t)(a[0] + 1));
	assert_opens(&h, day, b);
	assert_opens(&h, day + JP_KEY_GRACE_S, a);
	assert_int_equal(jp_header_open(&h, day + JP_KEY_GRACE_S + 1, brski_slice(a, 32), &out),
	    JP_HEADER_LATE);
	/* two days later nobody knows it any more */
	assert_true(jp_header_seal(&h, day + JP_KEY_S, &pledge, b));
	assert_int_equal(jp_header_open(&h, day + JP_KEY_S, brski_slice(a, 32), &out),
	    JP_HEADER_FORGED);
	jp_header_wipe(&h);
}

static void
test_header_places(void **state)
{
	uint8_t a[JP_HEADER_SIZE];
	struct jp_pledge p = pledge, out;
	struct jp_header h;

	(void)state;
	jp_header_init(&h, 0);
	p.link = 0x1000000;
	assert_false(jp_header_seal(&h, 0, &p, a));
	p.link = 0xffffff;
	assert_true(jp_header_seal(&h, 0, &p, a));
	p.address.s6_addr[7] = 1;
	assert_false(jp_header_seal(&h, 0, &p, a));
	assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &p.address), 1);
	assert_true(jp_header_seal(&h, 0, &p, a));
	assert_int_equal(jp_header_open(&h, 0, brski_slice(a, sizeof(a)), &out), JP_HEADER_OURS);
	assert_memory_equal(&out.address, &p.address, 16);
}

/* Two addresses may share a slot; these do not. */
static void
part(struct jp_pace *p, const struct in6_addr *a, const struct in6_addr *b, uint32_t link)
{
	do {
		p->seed++;
		memset(p->slots, 0, sizeof(p->slots));
		(void)jp_pace_take(p, a, link, 0, 1);
	} while (jp_pace_heard(p, b, link, 1, 10));
	memset(p->slots, 0, sizeof(p->slots));
}

static void
test_pace(void **state)
{
	static struct jp_pace p;
	struct in6_addr other = pledge.address;
	uint64_t now = 50000;
	unsigned i;

	(void)state;
	jp_pace_init(&p);
	other.s6_addr[15]++;
	part(&p, &pledge.address, &other, 3);
	assert_false(jp_pace_heard(&p, &pledge.address, 3, now, 1000));
	for (i = 0; i < JP_PACE_BURST; i++)
		assert_int_equal(jp_pace_take(&p, &pledge.address, 3, 9, now), JP_PACE_GOOD);
	assert_int_equal(jp_pace_take(&p, &pledge.address, 3, 9, now), JP_PACE_FAST);
	assert_true(jp_pace_heard(&p, &pledge.address, 3, now + 1000, 1000));
	assert_false(jp_pace_heard(&p, &pledge.address, 3, now + 1001, 1000));
	assert_int_equal(jp_pace_take(&p, &other, 3, 9, now), JP_PACE_GOOD);
	for (i = 0; i < JP_PACE_PER_SECOND; i++)
		assert_int_equal(jp_pace_take(&p, &pledge.address, 3, 9, now + 1000), JP_PACE_GOOD);
	assert_int_equal(jp_pace_take(&p, &pledge.address, 3, 9, now + 1000), JP_PACE_FAST);
}

/* Ports of one address that are in use at a time. */
static void
test_pace_ports(void **state)
{
	static struct jp_pace p;
	const struct in6_addr *a = &pledge.address;
	struct in6_addr other = pledge.address;
	uint64_t now = 5000000;
	uint16_t port;

	(void)state;
	jp_pace_init(&p);
	other.s6_addr[15]++;
	part(&p, a, &other, 3);
	assert_int_equal(jp_pace_take(&p, a, 3, 9, now), JP_PACE_GOOD);
	assert_int_equal(jp_pace_take(&p, &other, 3, 9, now), JP_PACE_GOOD);
	for (port = 1; port <= 4; port++)
		assert_true(jp_pace_port(&p, a, 3, port, 4, now));
	assert_false(jp_pace_port(&p, a, 3, 5, 4, now));
	assert_true(jp_pace_port(&p, &other, 3, 5, 4, now));
	/* who has a place keeps it as long as it is heard */
	now += JP_PACE_PORT_S * 1000;
	assert_true(jp_pace_port(&p, a, 3, 2, 4, now));
	assert_false(jp_pace_port(&p, a, 3, 5, 4, now));
	now += 1000;
	for (port = 5; port <= 7; port++)
		assert_true(jp_pace_port(&p, a, 3, port, 4, now));
	assert_false(jp_pace_port(&p, a, 3, 1, 4, now));
	assert_true(jp_pace_port(&p, a, 3, 2, 4, now));
	/* somebody new in that slot begins with none, and no more than there is room for */
	now += JP_PACE_KEPT_S * 1000 + 1;
	assert_int_equal(jp_pace_take(&p, a, 3, 9, now), JP_PACE_GOOD);
	for (port = 1; port <= JP_PACE_PORTS; port++)
		assert_true(jp_pace_port(&p, a, 3, port, 1000, now));
	assert_false(jp_pace_port(&p, a, 3, port, 1000, now));
	/* whoever shares a slot with a conversation is not counted */
	p.slots[0].who = 1;
	for (port = 1; port <= 2 * JP_PACE_PORTS; port++)
		assert_true(jp_pace_port(&p, &(struct in6_addr){ 0 }, 3, port, 4, now));
}

/* RFC 4291 2.5.6, and nobody who says that he is we */
static void
test_neighbours(void **state)
{
	static const struct {
		const char *peer, *own;
		bool is;
	} t[] = {
		{ "fe80::1", "fe80::2", true },
		{ "fe80::1", "fe80::1", false },
		{ "fe80:0:0:1::1", "fe80::2", false },
		{ "2001:db8::1", "fe80::2", false },
		{ "::1", "::1", false },
	};
	struct in6_addr peer, own;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(inet_pton(AF_INET6, t[i].peer, &peer), 1);
		assert_int_equal(inet_pton(AF_INET6, t[i].own, &own), 1);
		assert_int_equal(jp_is_neighbour(&peer, &own), t[i].is);
	}
}

/* As many addresses as it takes, each new; how many datagrams got through. */
static unsigned
forge(struct jp_pace *p, unsigned n, uint64_t now)
{
	static uint32_t number;
	struct in6_addr a = pledge.address;
	unsigned i, through = 0;

	for (i = 0; i < n; i++) {
		number++;
		memcpy(&a.s6_addr[8], &number, sizeof(number));
		if (jp_pace_take(p, &a, 3, 300, now) != JP_PACE_GOOD)
			continue;
		through++;
		/* the registrar says no more than that to somebody new, RFC 9147 5.1 */
		jp_pace_answered(p, &a, 3, 300);
	}
	return through;
}

/* Who forges many addresses is heard less; whom the registrar talks to is heard. */
static void
test_pace_of_all(void **state)
{
	static struct jp_pace p;
	const struct in6_addr *a = &pledge.address;
	uint64_t now = 5000000;
	unsigned i;

	(void)state;
	jp_pace_init(&p);
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_GOOD);
	jp_pace_answered(&p, a, 3, 100);
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_GOOD);
	assert_int_equal(forge(&p, 4 * JP_LINK_BURST, now), JP_LINK_BURST / 2 - 2);
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_FULL);
	/* what its cookie was good for */
	now += 1000 / JP_LINK_PER_SECOND + 1;
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_GOOD);
	jp_pace_answered(&p, a, 3, 901);
	for (i = 0; i < 200; i++)
		assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_GOOD);
	/* what it takes from the others' half, they wait for */
	assert_int_equal(forge(&p, 100, now), 0);
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_GOOD);
	/* some of all those share its slot, which stays its own */
	for (i = 0; i < 40; i++)
		(void)forge(&p, JP_LINK_PER_SECOND, now += 1000);
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_GOOD);
	/* and no longer than that */
	now += JP_PACE_KEPT_S * 1000 + 1;
	assert_int_equal(forge(&p, 4 * JP_LINK_BURST, now), JP_LINK_BURST / 2);
	assert_int_equal(jp_pace_take(&p, a, 3, 300, now), JP_PACE_FULL);
}

/* --- relays */

struct world {
	struct tu_dtls d;
	struct jp *jp;
	int registrar; /* a socket in the registrar's place, where a test wants one; else -1 */
	struct sockaddr_storage last; /* who sent to it */
	socklen_t last_n;
};

static bool
anybody(const struct in6_addr *a)
{
	(void)a;
	return true;
}

static struct sockaddr_in
v4(const char *address, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	assert_int_equal(inet_pton(AF_INET, address, &a.sin_addr), 1);
	return a;
}

/* A socket at an address of the loopback. */
static int
udp(const char *address, struct sockaddr_in *bound)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in a = v4(address, 0);
	socklen_t n = sizeof(a);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	if (bound != NULL)
		*bound = a;
	return fd;
}

static void
lead_to(struct world *w, unsigned port)
{
	struct sockaddr_in a = v4("127.0.0.1", port);
	struct brski_err err = { 0 };

	assert_ok(jp_set_registrar(w->jp, (struct sockaddr *)&a, sizeof(a), &err), &err);
}

/* A proxy in front of the DTLS server. */
static void
open_proxy(struct world *w, enum jp_mode mode, struct jp_conf conf)
{
	struct brski_err err = { 0 };

	w->d.jpy = mode == JP_STATELESS;
	tu_dtls_serve(&w->d, "127.0.0.1:0");
	conf.listen = "[::]:0";
	conf.is_local = conf.is_local != NULL ? conf.is_local : anybody;
	assert_ok(jp_new(w->d.loop, mode, &conf, &w->jp, &err), &err);
	lead_to(w, brski_dtls_server_port(w->d.server));
}

/* The same, in front of a socket of the test. */
static void
open_bare(struct world *w, enum jp_mode mode, struct jp_conf conf)
{
	struct sockaddr_in a;

	open_proxy(w, mode, conf);
	w->registrar = udp("127.0.0.1", &a);
	lead_to(w, ntohs(a.sin_port));
}

static int
set_up(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	tu_dtls_init(&w.d);
	w.registrar = -1;
	*state = &w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	jp_free(w->jp);
	if (w->registrar >= 0)
		close(w->registrar);
	tu_dtls_clear(&w->d);
	return 0;
}

static void
tell(struct world *w, int fd, const char *text)
{
	struct sockaddr_in a = v4("127.0.0.1", jp_port(w->jp));

	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&a, sizeof(a)),
	    strlen(text));
}

/* The next datagram at a socket; 0: none within so many milliseconds. */
static size_t
hear(struct world *w, int fd, uint8_t *b, size_t cap, unsigned ms)
{
	ssize_t n = -1;
	unsigned i;

	for (i = 0; i <= ms / 5 && n < 0; i++) {
		tu_dtls_run_ms(&w->d, 5);
		w->last_n = sizeof(w->last);
		n = recvfrom(fd, b, cap, 0, (struct sockaddr *)&w->last, &w->last_n);
	}
	return n > 0 ? (size_t)n : 0;
}

static void
say_back(struct world *w, const void *p, size_t n)
{
	assert_int_equal(sendto(w->registrar, p, n, 0, (struct sockaddr *)&w->last, w->last_n), n);
}

static const enum jp_mode modes[] = { JP_STATEFUL, JP_STATELESS };

/* Many at once, each its own session; each hears what it said itself. */
static void
many(struct world *w, enum jp_mode mode)
{
	static struct tu_dtls_client c[CLIENTS];
	char text[32];
	unsigned i;

	memset(c, 0, sizeof(c));
	w->d.ups = w->d.gones = 0;
	open_proxy(w, mode, (struct jp_conf){ .pledge_flows = 64, .pledge_ports = JP_PACE_PORTS });
	for (i = 0; i < CLIENTS; i++)
		tu_dtls_start(&w->d, &c[i], tu_dtls_tls(&w->d.device, NULL), jp_port(w->jp));
	for (i = 0; i < CLIENTS; i++)
		tu_dtls_until(&w->d, &c[i].up);
	assert_int_equal(brski_dtls_server_sessions(w->d.server), CLIENTS);
	assert_int_equal(jp_flows(w->jp), mode == JP_STATEFUL ? CLIENTS : 0);
	for (i = 0; i < CLIENTS; i++) {
		snprintf(text, sizeof(text), "pledge %u", i);
		tu_dtls_echo(&w->d, &c[i], text);
	}
	for (i = 0; i < CLIENTS; i++) {
		assert_int_equal(c[i].inputs, 1);
		tu_dtls_end(&w->d, &c[i]);
	}
	tu_dtls_until_n(&w->d, &w->d.gones, CLIENTS);
	assert_true(jp_counts(w->jp)->up > 0 && jp_counts(w->jp)->down > 0);
	assert_int_equal(jp_counts(w->jp)->forged + jp_counts(w->jp)->late, 0);
	jp_free(w->jp);
	w->jp = NULL;
}

static void
test_many(void **state)
{
	many(*state, modes[0]);
	many(*state, modes[1]);
}

/* Who sends without end is heard less; somebody else gets in at once. */
static void
flood(struct world *w, enum jp_mode mode)
{
	struct in6_addr client, flooder;
	struct tu_dtls_client c = { 0 };
	int fd = udp("127.0.0.2", NULL);
	unsigned i;

	w->d.ups = w->d.gones = 0;
	open_proxy(w, mode, (struct jp_conf){ 0 });
	assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &client), 1);
	assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.2", &flooder), 1);
	part(&w->jp->pace, &client, &flooder, 0);
	for (i = 0; i < 5 * JP_PACE_BURST; i++) {
		tell(w, fd, "\x16\xfe\xfd");
		/* the socket's queue does not hold all */
		if (i % 64 == 0)
			tu_dtls_run_ms(&w->d, 2);
	}
	tu_dtls_start(&w->d, &c, tu_dtls_tls(&w->d.device, NULL), jp_port(w->jp));
	for (i = 0; i < 400 && !c.up; i++) {
		tell(w, fd, "\x16\xfe\xfd");
		tu_dtls_run_ms(&w->d, 2);
	}
	assert_true(c.up);
	tu_dtls_echo(&w->d, &c, "in");
	assert_true(jp_counts(w->jp)->fast > JP_PACE_BURST);
	tu_dtls_end(&w->d, &c);
	tu_dtls_until_n(&w->d, &w->d.gones, 1);
	jp_free(w->jp);
	w->jp = NULL;
	close(fd);
}

static void
test_flood(void **state)
{
	flood(*state, modes[0]);
	flood(*state, modes[1]);
}

/* By default only neighbours; and datagrams of a reasonable size. */
static void
test_strangers(void **state)
{
	static char large[JP_DATAGRAM_MAX + 2];
	struct world *w = *state;
	struct brski_err err = { 0 };
	struct jp_conf conf = { .listen = "[::]:0" };
	int fd = udp("127.0.0.1", NULL);
	uint8_t b[16];

	assert_ok(jp_new(w->d.loop, JP_STATELESS, &conf, &w->jp, &err), &err);
	tell(w, fd, "hello");
	tu_dtls_run_ms(&w->d, 20);
	assert_int_equal(jp_counts(w->jp)->strangers, 1);
	jp_free(w->jp);
	/* an interface that it did not come in by */
	conf.is_local = anybody;
	conf.link = 77;
	assert_ok(jp_new(w->d.loop, JP_STATEFUL, &conf, &w->jp, &err), &err);
	tell(w, fd, "hello");
	tu_dtls_run_ms(&w->d, 20);
	assert_int_equal(jp_counts(w->jp)->strangers, 1);
	jp_free(w->jp);
	open_bare(w, JP_STATEFUL, (struct jp_conf){ 0 });
	memset(large, 'x', sizeof(large) - 1);
	tell(w, fd, large);
	tell(w, fd, "");
	tell(w, fd, "fits");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 4);
	assert_int_equal(jp_counts(w->jp)->unfit, 2);
	close(fd);
}

/* Two flows of a pledge, ten of a link: what is there goes on, more is not served. */
static void
test_crowd(void **state)
{
	struct world *w = *state;
	uint8_t b[16];
	char address[32];
	int fd[12];
	unsigned i;

	open_bare(w, JP_STATEFUL,
	    (struct jp_conf){ .link_flows = 10, .idle_ms = 1500, .proof_ms = 5000 });
	for (i = 0; i < 12; i++) {
		snprintf(address, sizeof(address), "127.0.0.%u", i < 3 ? 9 : 9 + i);
		fd[i] = udp(address, NULL);
		tell(w, fd[i], "1");
		tu_dtls_run_ms(&w->d, 5);
	}
	assert_int_equal(jp_flows(w->jp), 10);
	assert_int_equal(jp_counts(w->jp)->crowd, 2);
	assert_int_equal(jp_counts(w->jp)->up, 10);
	while (hear(w, w->registrar, b, sizeof(b), 10) > 0)
		say_back(w, "ok", 2);
	for (i = 0; i < 12; i++)
		assert_int_equal(hear(w, fd[i], b, sizeof(b), 10), i == 2 || i == 11 ? 0 : 2);
	/* silence ends them */
	for (i = 0; i < 400 && jp_flows(w->jp) > 0; i++)
		tu_dtls_run_ms(&w->d, 5);
	assert_int_equal(jp_flows(w->jp), 0);
	tell(w, fd[11], "2");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 1);
	/* to another registrar there is none of them */
	lead_to(w, 9);
	assert_int_equal(jp_flows(w->jp), 0);
	for (i = 0; i < 12; i++)
		close(fd[i]);
}

/* A pledge's third flow ends its silent one, and never another's. */
static void
test_again(void **state)
{
	struct world *w = *state;
	int fd[3] = { udp("127.0.0.3", NULL), udp("127.0.0.3", NULL), udp("127.0.0.3", NULL) };
	int other = udp("127.0.0.4", NULL);
	struct sockaddr_storage first;
	uint8_t b[16];
	unsigned i;

	open_bare(w, JP_STATEFUL, (struct jp_conf){ .spared_ms = 400 });
	tell(w, other, "other");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 5);
	first = w->last;
	for (i = 0; i < 2; i++) {
		tell(w, fd[i], "1");
		assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 1);
		tu_dtls_run_ms(&w->d, 450);
	}
	tell(w, fd[2], "3");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 1);
	assert_int_equal(jp_flows(w->jp), 3);
	assert_int_equal(jp_counts(w->jp)->crowd, 0);
	tell(w, fd[1], "still");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 5);
	tell(w, fd[0], "late");
	tu_dtls_run_ms(&w->d, 20);
	assert_int_equal(jp_counts(w->jp)->crowd, 1);
	w->last = first;
	say_back(w, "ok", 2);
	assert_int_equal(hear(w, other, b, sizeof(b), 1000), 2);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	close(other);
}

/* A socket at 127.0.2.i, whose flow the registrar talks to or not, and where that is. */
static int
open_one(struct world *w, unsigned i, bool talks)
{
	char address[32];
	uint8_t b[64] = { 0 };
	int fd;

	snprintf(address, sizeof(address), "127.0.2.%u", i);
	fd = udp(address, NULL);
	tell(w, fd, "hello");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 5);
	/* as much as came is no proof of anything */
	say_back(w, b, talks ? 6 : 5);
	assert_int_equal(hear(w, fd, b, sizeof(b), 1000), talks ? 6 : 5);
	return fd;
}

/* Is it heard, by a flow that is there or a fresh one? */
static bool
is_heard(struct world *w, int fd)
{
	unsigned long up = jp_counts(w->jp)->up;
	uint8_t b[64];

	tell(w, fd, "again");
	tu_dtls_run_ms(&w->d, 10);
	while (hear(w, w->registrar, b, sizeof(b), 0) > 0)
		;
	return jp_counts(w->jp)->up > up;
}

/* Many addresses with a flow each keep nobody out for long, however busy; nor whom it talks to. */
static void
test_forged(void **state)
{
	struct world *w = *state;
	int first, fd[10], last = udp("127.0.0.3", NULL);
	struct sockaddr_storage there;
	uint8_t b[64];
	unsigned i, turn;

	open_bare(w, JP_STATEFUL,
	    (struct jp_conf){ .link_flows = 10, .proof_ms = 400, .whole_ms = 500 });
	first = open_one(w, 100, true);
	tell(w, first, "more");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 4);
	there = w->last;
	for (i = 1; i < 10; i++)
		fd[i] = open_one(w, i, false);
	assert_false(is_heard(w, last));
	assert_int_equal(jp_counts(w->jp)->crowd, 1);
	for (turn = 0; turn < 5; turn++) {
		tu_dtls_run_ms(&w->d, 100);
		for (i = 1; i < 10; i++)
			assert_true(is_heard(w, fd[i]));
	}
	assert_true(is_heard(w, last));
	assert_int_equal(jp_flows(w->jp), 10);
	w->last = there;
	say_back(w, "still", 5);
	assert_int_equal(hear(w, first, b, sizeof(b), 1000), 5);
	for (i = 1; i < 10; i++)
		close(fd[i]);
	close(first);
	close(last);
}

/* Where the registrar talks to all of them, who has several ends one, the silent one. */
static void
test_several(void **state)
{
	struct world *w = *state;
	int alone, a, b, late = udp("127.0.0.3", NULL);

	open_bare(w, JP_STATEFUL, (struct jp_conf){ .link_flows = 3, .proof_ms = 50 });
	alone = open_one(w, 1, true);
	a = open_one(w, 2, true);
	b = open_one(w, 2, true);
	assert_true(is_heard(w, a));
	assert_false(is_heard(w, late));
	tu_dtls_run_ms(&w->d, 60);
	assert_true(is_heard(w, late));
	assert_int_equal(jp_flows(w->jp), 3);
	/* the others have theirs still */
	assert_true(is_heard(w, alone));
	assert_true(is_heard(w, a));
	assert_int_equal(jp_flows(w->jp), 3);
	assert_int_equal(jp_counts(w->jp)->crowd, 1);
	close(alone);
	close(a);
	close(b);
	close(late);
}

/* Nobody keeps a place for longer than an onboarding takes. */
static void
test_whole(void **state)
{
	struct world *w = *state;
	int fd[3], late = udp("127.0.0.3", NULL);
	unsigned i;

	open_bare(w, JP_STATEFUL,
	    (struct jp_conf){ .link_flows = 3, .proof_ms = 5000, .whole_ms = 500 });
	for (i = 0; i < 3; i++)
		fd[i] = open_one(w, i, true);
	assert_false(is_heard(w, late));
	for (i = 0; i < 10; i++) {
		tu_dtls_run_ms(&w->d, 50);
		assert_true(is_heard(w, fd[0]) && is_heard(w, fd[1]) && is_heard(w, fd[2]));
	}
	assert_true(is_heard(w, late));
	/* the oldest one it was */
	assert_true(is_heard(w, fd[2]));
	assert_int_equal(jp_counts(w->jp)->crowd, 1);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	close(late);
}

/* Each port is a session at the registrar: four of one address at a time. */
static void
test_ports(void **state)
{
	struct world *w = *state;
	int fd[5], other = udp("127.0.0.3", NULL);
	uint8_t b[256];
	unsigned i;

	open_bare(w, JP_STATELESS, (struct jp_conf){ 0 });
	for (i = 0; i < 5; i++) {
		fd[i] = udp("127.0.0.2", NULL);
		tell(w, fd[i], "hello");
		assert_int_equal(hear(w, w->registrar, b, sizeof(b), i < 4 ? 1000 : 50) > 0, i < 4);
	}
	assert_int_equal(jp_counts(w->jp)->crowd, 1);
	tell(w, fd[0], "again");
	assert_true(hear(w, w->registrar, b, sizeof(b), 1000) > 0);
	tell(w, other, "hello");
	assert_true(hear(w, w->registrar, b, sizeof(b), 1000) > 0);
	for (i = 0; i < 5; i++)
		close(fd[i]);
	close(other);
}

/* Bound to an interface: nothing of others, and no IPv4. */
static void
test_device(void **state)
{
	struct world *w = *state;
	struct jp_conf conf = { .listen = "[::]:0", .device = "lo", .is_local = anybody };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int four = udp("127.0.0.2", NULL), six = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct brski_err err = { 0 };
	struct jp *none;

	assert_ok(jp_new(w->d.loop, JP_STATEFUL, &conf, &w->jp, &err), &err);
	tell(w, four, "hello");
	tu_dtls_run_ms(&w->d, 20);
	assert_int_equal(jp_counts(w->jp)->lost, 0);
	to.sin6_port = htons((uint16_t)jp_port(w->jp));
	assert_int_equal(sendto(six, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
	tu_dtls_run_ms(&w->d, 20);
	assert_int_equal(jp_counts(w->jp)->lost, 1);
	conf.device = "no such link";
	assert_broken(jp_new(w->d.loop, JP_STATEFUL, &conf, &none, &err), BRSKI_E_IO, &err);
	close(four);
	close(six);
}

/* Nobody at the registrar's port: the flow ends, and what comes next has a fresh one. */
static void
test_refused(void **state)
{
	struct world *w = *state;
	int fd = udp("127.0.0.2", NULL);
	struct sockaddr_storage first;
	struct sockaddr_in gone;
	uint8_t b[16];
	unsigned i;

	open_bare(w, JP_STATEFUL, (struct jp_conf){ 0 });
	tell(w, fd, "1");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 1);
	first = w->last;
	assert_int_equal(getsockname(w->registrar, (struct sockaddr *)&gone,
	                     &(socklen_t){ sizeof(gone) }),
	    0);
	close(w->registrar);
	tell(w, fd, "2");
	for (i = 0; i < 200 && jp_flows(w->jp) > 0; i++)
		tu_dtls_run_ms(&w->d, 5);
	assert_int_equal(jp_flows(w->jp), 0);
	assert_int_equal(jp_counts(w->jp)->lost, 1);
	w->registrar = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(w->registrar, (struct sockaddr *)&gone, sizeof(gone)), 0);
	tell(w, fd, "3");
	assert_int_equal(hear(w, w->registrar, b, sizeof(b), 1000), 1);
	assert_memory_not_equal(&first, &w->last, sizeof(gone));
	close(fd);
}

/* Flows have sockets of their own, and answers come from where the question went. */
static void
test_stateful_ports(void **state)
{
	struct world *w = *state;
	struct sockaddr_storage first;
	int a = udp("127.0.0.1", NULL), b = udp("127.0.0.1", NULL);
	struct sockaddr_in to, from;
	uint8_t in[16];

	open_bare(w, JP_STATEFUL, (struct jp_conf){ 0 });
	to = v4("127.0.0.5", jp_port(w->jp));
	assert_int_equal(sendto(a, "a", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	assert_int_equal(hear(w, w->registrar, in, sizeof(in), 1000), 1);
	first = w->last;
	tell(w, b, "b");
	assert_int_equal(hear(w, w->registrar, in, sizeof(in), 1000), 1);
	assert_memory_not_equal(&first, &w->last, sizeof(from));
	w->last = first;
	say_back(w, "answer", 6);
	assert_int_equal(hear(w, a, in, sizeof(in), 1000), 6);
	memcpy(&from, &w->last, sizeof(from));
	assert_int_equal(from.sin_addr.s_addr, to.sin_addr.s_addr);
	assert_int_equal(from.sin_port, to.sin_port);
	assert_int_equal(hear(w, b, in, sizeof(in), 20), 0);
	close(a);
	close(b);
}

/* constrained-join-proxy: a header that is not ours, or nobody waits for, gets nowhere */
static void
test_stateless_answers(void **state)
{
	struct world *w = *state;
	const struct jp_counts *n;
	int a = udp("127.0.0.1", NULL);
	struct sockaddr_in to, from;
	uint8_t in[256], out[256];
	struct brski_buf b = brski_buf_fixed(out, sizeof(out));
	struct brski_jpy m;
	size_t len;

	open_bare(w, JP_STATELESS, (struct jp_conf){ .heard_ms = 1000 });
	n = jp_counts(w->jp);
	to = v4("127.0.0.5", jp_port(w->jp));
	assert_int_equal(sendto(a, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
	len = hear(w, w->registrar, in, sizeof(in), 1000);
	assert_int_equal(brski_jpy_decode(brski_slice(in, len), &m, NULL), BRSKI_OK);
	assert_slice_eq(m.content, BRSKI_LIT("hello"));
	assert_int_equal(m.header.n, JP_HEADER_SIZE);
	m.content = BRSKI_LIT("answer");
	assert_int_equal(brski_jpy_encode(&m, &b, NULL), BRSKI_OK);
	say_back(w, b.p, b.n);
	assert_int_equal(hear(w, a, in, sizeof(in), 1000), 6);
	memcpy(&from, &w->last, sizeof(from));
	assert_int_equal(from.sin_addr.s_addr, to.sin_addr.s_addr);
	assert_int_equal(from.sin_port, to.sin_port);
	/* wrong tag; no JPY */
	assert_int_equal(hear(w, w->registrar, in, sizeof(in), 0), 0);
	tell(w, a, "again");
	len = hear(w, w->registrar, in, sizeof(in), 1000);
	out[3 + JP_HEADER_SIZE - 1] ^= 1;
	say_back(w, b.p, b.n);
	say_back(w, "xx", 2);
	assert_int_equal(hear(w, a, in, sizeof(in), 50), 0);
	assert_int_equal(n->forged, 1);
	assert_int_equal(n->unfit, 1);
	/* an old one again, when nobody waits any more */
	out[3 + JP_HEADER_SIZE - 1] ^= 1;
	w->last_n = 0;
	tell(w, a, "again");
	len = hear(w, w->registrar, in, sizeof(in), 1000);
	assert_true(len > 0);
	tu_dtls_run_ms(&w->d, 1050);
	say_back(w, b.p, b.n);
	assert_int_equal(hear(w, a, in, sizeof(in), 50), 0);
	assert_int_equal(n->late, 1);
	assert_int_equal(n->down, 1);
	close(a);
}

/* The proxy's socket hears the registrar only; without one nothing is relayed. */
static void
test_registrar(void **state)
{
	struct world *w = *state;
	int a = udp("127.0.0.1", NULL), stranger = udp("127.0.0.1", NULL);
	struct jp_conf conf = { .listen = "127.0.0.1:0" };
	struct brski_err err = { 0 };
	struct jp *none;
	uint8_t in[256];
	size_t len;

	assert_refused(jp_new(w->d.loop, JP_STATEFUL, &conf, &none, &err), BRSKI_E_CONFIG, &err);
	assert_null(none);
	open_bare(w, JP_STATELESS, (struct jp_conf){ 0 });
	tell(w, a, "hello");
	len = hear(w, w->registrar, in, sizeof(in), 1000);
	assert_true(len > 0);
	assert_int_equal(sendto(stranger, in, len, 0, (struct sockaddr *)&w->last, w->last_n), len);
	assert_int_equal(hear(w, a, in, sizeof(in), 50), 0);
	assert_int_equal(jp_counts(w->jp)->forged + jp_counts(w->jp)->down, 0);
	assert_ok(jp_set_registrar(w->jp, NULL, 0, &err), &err);
	assert_ok(jp_set_registrar(w->jp, NULL, 0, &err), &err);
	tell(w, a, "hello");
	tu_dtls_run_ms(&w->d, 20);
	assert_int_equal(jp_counts(w->jp)->lost, 1);
	close(a);
	close(stranger);
}

#define RELAY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_keys),
		cmocka_unit_test(test_header_places),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_pace_of_all),
		cmocka_unit_test(test_pace_ports),
		cmocka_unit_test(test_neighbours),
		RELAY_TEST(test_many),
		RELAY_TEST(test_flood),
		RELAY_TEST(test_strangers),
		RELAY_TEST(test_crowd),
		RELAY_TEST(test_again),
		RELAY_TEST(test_forged),
		RELAY_TEST(test_several),
		RELAY_TEST(test_whole),
		RELAY_TEST(test_ports),
		RELAY_TEST(test_device),
		RELAY_TEST(test_refused),
		RELAY_TEST(test_stateful_ports),
		RELAY_TEST(test_stateless_answers),
		RELAY_TEST(test_registrar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
