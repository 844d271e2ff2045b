/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS behind a stateless join proxy: one address and port, many pledges, known by a header. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tu_dtls.h"
#include "coap/jpy.h"

#define PLEDGES 20

/* A proxy whose header is the number of the pledge, and what else a test adds. */
struct proxy {
	struct {
		int fd;
		struct event *ready;
		struct sockaddr_in client;
		unsigned port, from, to;
	} pledge[PLEDGES];
	int back;
	struct event *back_ready;
	size_t header_n;       /* of the headers that are sent */
	bool longer;           /* a third element */
	size_t most;           /* octets of what came from the server */
	unsigned strange;      /* messages that the server should not have sent */
	unsigned long in, out; /* octets, from the server and to it */
	bool (*lose)(unsigned i, struct brski_slice datagram); /* NULL: nothing */
};

static struct proxy proxy;

static void
make_header(unsigned i, uint8_t header[BRSKI_JPY_HEADER_MAX])
{
	memset(header, 0xa5, BRSKI_JPY_HEADER_MAX);
	header[0] = (uint8_t)i;
}

/* By hand: heads of the greatest length, which we do not write. */
static void
forward(unsigned i, struct brski_slice in)
{
	uint8_t header[BRSKI_JPY_HEADER_MAX], b[4096];
	struct brski_buf out = brski_buf_fixed(b, sizeof(b));
	const uint8_t heads[] = { proxy.longer ? 0x83 : 0x82, 0x58, (uint8_t)proxy.header_n, 0x59,
		(uint8_t)(in.n >> 8), (uint8_t)in.n };

	make_header(i, header);
	assert_int_equal(brski_buf_append(&out, brski_slice(heads, 3), NULL), BRSKI_OK);
	assert_int_equal(brski_buf_append(&out, brski_slice(header, proxy.header_n), NULL),
	    BRSKI_OK);
	assert_int_equal(brski_buf_append(&out, brski_slice(heads + 3, 3), NULL), BRSKI_OK);
	assert_int_equal(brski_buf_append(&out, in, NULL), BRSKI_OK);
	if (proxy.longer)
		assert_int_equal(brski_buf_append_byte(&out, 0xf6, NULL), BRSKI_OK);
	proxy.out += out.n;
	(void)!send(proxy.back, b, out.n, 0);
}

static void
on_pledge(evutil_socket_t fd, short what, void *arg)
{
	unsigned i = (unsigned)(uintptr_t)arg;
	socklen_t n = sizeof(proxy.pledge[i].client);
	uint8_t b[2048];
	ssize_t r;

	(void)what;
	r = recvfrom(fd, b, sizeof(b), 0, (struct sockaddr *)&proxy.pledge[i].client, &n);
	if (r < 0)
		return;
	proxy.pledge[i].from++;
	if (proxy.lose == NULL || !proxy.lose(i, brski_slice(b, (size_t)r)))
		forward(i, brski_slice(b, (size_t)r));
}

static void
backward(struct brski_slice in)
{
	uint8_t header[BRSKI_JPY_HEADER_MAX];
	struct brski_jpy m;
	unsigned i;

	if (brski_jpy_decode(in, &m, NULL) != BRSKI_OK || m.header.n != proxy.header_n ||
	    (i = m.header.p[0]) >= PLEDGES) {
		proxy.strange++;
		return;
	}
	make_header(i, header);
	if (!brski_slice_eq(m.header, brski_slice(header, proxy.header_n)))
		proxy.strange++;
	proxy.pledge[i].to++;
	(void)!sendto(proxy.pledge[i].fd, m.content.p, m.content.n, 0,
	    (struct sockaddr *)&proxy.pledge[i].client, sizeof(proxy.pledge[i].client));
}

static void
on_back(evutil_socket_t fd, short what, void *arg)
{
	uint8_t b[4096];
	ssize_t r;

	(void)what;
	(void)arg;
	if ((r = recv(fd, b, sizeof(b), 0)) < 0)
		return;
	proxy.in += (unsigned long)r;
	if ((size_t)r > proxy.most)
		proxy.most = (size_t)r;
	backward(brski_slice(b, (size_t)r));
}

static int
udp(struct sockaddr_in *bound)
{
	socklen_t n = sizeof(*bound);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	*bound = (struct sockaddr_in){ .sin_family = AF_INET };
	bound->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)bound, sizeof(*bound)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)bound, &n), 0);
	return fd;
}

static void
connect_back(const struct tu_dtls *d)
{
	struct sockaddr_in a;

	proxy.back = udp(&a);
	a.sin_port = htons((uint16_t)brski_dtls_server_port(d->server));
	assert_int_equal(connect(proxy.back, (struct sockaddr *)&a, sizeof(a)), 0);
	proxy.back_ready =
	    event_new(brski_loop_base(d->loop), proxy.back, EV_READ | EV_PERSIST, on_back, NULL);
	event_add(proxy.back_ready, NULL);
}

static void
open_proxy(struct tu_dtls *d)
{
	struct sockaddr_in a;
	unsigned i;

	memset(&proxy, 0, sizeof(proxy));
	proxy.header_n = BRSKI_JPY_HEADER_MAX;
	for (i = 0; i < PLEDGES; i++) {
		proxy.pledge[i].fd = udp(&a);
		proxy.pledge[i].port = ntohs(a.sin_port);
		proxy.pledge[i].ready = event_new(brski_loop_base(d->loop), proxy.pledge[i].fd,
		    EV_READ | EV_PERSIST, on_pledge, (void *)(uintptr_t)i);
		event_add(proxy.pledge[i].ready, NULL);
	}
	connect_back(d);
}

static void
close_back(void)
{
	event_free(proxy.back_ready);
	close(proxy.back);
}

static void
close_proxy(void)
{
	unsigned i;

	for (i = 0; i < PLEDGES; i++) {
		event_free(proxy.pledge[i].ready);
		close(proxy.pledge[i].fd);
	}
	close_back();
}

static void
serve(struct tu_dtls *d, struct brski_dtls_limits l)
{
	d->jpy = true;
	d->limits = l;
	tu_dtls_serve(d, "127.0.0.1:0");
}

static int
set_up(void **state)
{
	static struct tu_dtls d;

	tu_dtls_init(&d);
	serve(&d, (struct brski_dtls_limits){ 0 });
	open_proxy(&d);
	*state = &d;
	return 0;
}

static int
tear_down(void **state)
{
	close_proxy();
	tu_dtls_clear(*state);
	return 0;
}

/* The same with other limits. */
static void
limit(struct tu_dtls *d, struct brski_dtls_limits l)
{
	close_back();
	serve(d, l);
	connect_back(d);
}

static void
start(struct tu_dtls *d, struct tu_dtls_client *c, unsigned i, const struct brski_tls_conf *conf)
{
	tu_dtls_start(d, c, tu_dtls_tls(&d->device, conf), proxy.pledge[i].port);
}

static void
let_in(struct tu_dtls *d, struct tu_dtls_client *c, unsigned i, const struct brski_tls_conf *conf)
{
	start(d, c, i, conf);
	tu_dtls_until(d, &c->up);
}

/* --- */

/* constrained-join-proxy: the overhead fits; a header of any length goes back as it came */
static void
test_versions(void **state)
{
	static const struct brski_tls_conf classical = { .classical = true },
	                                   only12 = { .tls12_only = true };
	static const struct {
		const struct brski_tls_conf *conf;
		size_t header;
		bool longer;
	} t[] = { { NULL, 32, false }, { &classical, 16, true }, { &only12, 1, false } };
	static char text[2048];
	struct tu_dtls *d = *state;
	size_t i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct tu_dtls_client c = { 0 };

		proxy.header_n = t[i].header;
		proxy.longer = t[i].longer;
		let_in(d, &c, 0, t[i].conf);
		tu_dtls_echo(d, &c, "short");
		assert_true(proxy.most <= BRSKI_DTLS_MTU);
		/* the largest that the server may say: with IPv6 and UDP it fits an MTU of 1280 */
		assert_true(d->last_room >= 1024);
		text[d->last_room] = '\0';
		tu_dtls_echo(d, &c, text);
		text[d->last_room] = 'x';
		assert_true(proxy.most <= 1280 - 48);
		proxy.most = 0;
		tu_dtls_end(d, &c);
		tu_dtls_until_n(d, &d->gones, (unsigned)i + 1);
	}
	assert_int_equal(proxy.strange, 0);
	assert_int_equal(d->lines, 0);
}

/* One proxy, one port, many at once; each hears what it said itself. */
static void
test_many(void **state)
{
	static struct tu_dtls_client c[PLEDGES];
	struct tu_dtls *d = *state;
	char text[32];
	unsigned i;

	memset(c, 0, sizeof(c));
	for (i = 0; i < PLEDGES; i++)
		start(d, &c[i], i, NULL);
	for (i = 0; i < PLEDGES; i++)
		tu_dtls_until(d, &c[i].up);
	assert_int_equal(brski_dtls_server_sessions(d->server), PLEDGES);
	for (i = 0; i < PLEDGES; i++) {
		snprintf(text, sizeof(text), "pledge %u", i);
		tu_dtls_echo(d, &c[i], text);
	}
	for (i = 0; i < PLEDGES; i++) {
		assert_int_equal(c[i].inputs, 1);
		tu_dtls_end(d, &c[i]);
	}
	assert_int_equal(proxy.strange, 0);
}

/* What is not JPY, and DTLS as it is: no answer, no session; who is in does not notice. */
static void
test_strangers(void **state)
{
	static const struct brski_slice bad[] = {
		BRSKI_LIT("\x16\xfe\xfd\x00\x00"),
		BRSKI_LIT("\x81\x41h"),
		BRSKI_LIT("\x82\x41h\x40"),
		BRSKI_LIT("\x82\x41h\x42x"),
		BRSKI_LIT("\x00"),
	};
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 }, direct = { .connect_ms = 300 };
	unsigned long before;
	size_t i;

	let_in(d, &c, 3, NULL);
	assert_int_equal(brski_dtls_server_counts(d->server)->foreign, 0);
	before = proxy.in;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(send(proxy.back, bad[i].p, bad[i].n, 0), bad[i].n);
	tu_dtls_run_ms(d, 50);
	assert_int_equal(proxy.in, before);
	assert_int_equal(brski_dtls_server_counts(d->server)->foreign, 5);
	/* a record of a session that there is not */
	before = brski_dtls_server_counts(d->server)->stray;
	forward(4, BRSKI_LIT("\x17\xfe\xfd\x00\x01"));
	tu_dtls_run_ms(d, 20);
	assert_int_equal(brski_dtls_server_counts(d->server)->stray, before + 1);
	assert_true(d->lines >= 1 && d->lines < 5); /* one in a second */
	assert_non_null(strstr(d->line, "constrained-join-proxy"));
	tu_dtls_start(d, &direct, tu_dtls_tls(&d->device, NULL), brski_dtls_server_port(d->server));
	tu_dtls_until(d, &direct.gone);
	assert_int_equal(brski_dtls_server_sessions(d->server), 1);
	tu_dtls_echo(d, &c, "still there");
	tu_dtls_end(d, &direct);
	tu_dtls_end(d, &c);
}

static struct brski_buf taken;

/* Keeps the second flight of pledge 0: a ClientHello with a good cookie. */
static bool
take_second(unsigned i, struct brski_slice datagram)
{
	if (i != 0 || proxy.pledge[0].from < 2)
		return false;
	if (taken.n == 0)
		assert_int_equal(brski_buf_set(&taken, datagram, NULL), BRSKI_OK);
	return true;
}

/* A cookie is good for the header that it was given to, and nobody gets more than was sent. */
static void
test_cookie(void **state)
{
	static const struct brski_tls_conf only12 = { .tls12_only = true };
	struct tu_dtls *d = *state;
	struct tu_dtls_client c = { 0 };
	int i;

	proxy.lose = take_second;
	start(d, &c, 0, &only12);
	for (i = 0; i < 400 && taken.n == 0; i++)
		tu_dtls_run_ms(d, 5);
	assert_true(taken.n > 0);
	assert_true(proxy.in <= proxy.out);
	assert_int_equal(brski_dtls_server_sessions(d->server), 0);
	forward(1, brski_buf_slice(&taken));
	tu_dtls_run_ms(d, 50);
	assert_int_equal(brski_dtls_server_sessions(d->server), 0);
	assert_true(proxy.in <= proxy.out);
	forward(0, brski_buf_slice(&taken));
	tu_dtls_run_ms(d, 50);
	assert_int_equal(brski_dtls_server_sessions(d->server), 1);
	brski_buf_clear(&taken);
	tu_dtls_end(d, &c);
}

/* RFC 9147 11: who always begins anew waits; from another port of the proxy too; others do not */
static void
test_rate(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client c[9] = { 0 }, late = { .connect_ms = 500 }, other = { 0 };
	unsigned i;

	limit(d, (struct brski_dtls_limits){ .pledge_ms = 60000 });
	for (i = 0; i < 8; i++) {
		let_in(d, &c[i], 0, NULL);
		tu_dtls_end(d, &c[i]);
	}
	tu_dtls_until_n(d, &d->gones, 8);
	close_back();
	connect_back(d);
	start(d, &late, 0, NULL);
	tu_dtls_until(d, &late.gone);
	assert_false(late.up);
	assert_non_null(strstr(d->line, "too fast"));
	assert_true(brski_dtls_server_counts(d->server)->refused > 0);
	let_in(d, &other, 1, NULL);
	tu_dtls_end(d, &other);
	tu_dtls_end(d, &late);
}

/* The proxy's limit: handshakes that take long make room for others behind it, sessions do not. */
static bool
lose_third(unsigned i, struct brski_slice datagram)
{
	(void)datagram;
	return i < 3 && proxy.pledge[i].from > 2;
}

static void
test_room(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client slow[3] = { 0 }, c = { 0 };
	unsigned i;
	int turn;

	limit(d, (struct brski_dtls_limits){ .sessions_per_address = 3, .spared_ms = 100 });
	proxy.lose = lose_third;
	for (i = 0; i < 3; i++)
		start(d, &slow[i], i, NULL);
	for (turn = 0; turn < 400 && brski_dtls_server_sessions(d->server) < 3; turn++)
		tu_dtls_run_ms(d, 5);
	assert_int_equal(brski_dtls_server_sessions(d->server), 3);
	tu_dtls_run_ms(d, 120);
	let_in(d, &c, 4, NULL);
	assert_int_equal(brski_dtls_server_sessions(d->server), 3);
	assert_non_null(strstr(d->line, "makes room"));
	tu_dtls_echo(d, &c, "in");
	for (i = 0; i < 3; i++)
		tu_dtls_end(d, &slow[i]);
	tu_dtls_end(d, &c);
}

/* Sessions that are busy and get nothing make room, those that got something do not. */
static void
test_useless(void **state)
{
	struct tu_dtls *d = *state;
	struct tu_dtls_client busy[3] = { 0 }, c[2] = { 0 };
	unsigned i;

	limit(d,
	    (struct brski_dtls_limits){ .sessions_per_address = 3,
	        .spared_ms = 5000,
	        .useful_ms = 300 });
	for (i = 0; i < 3; i++)
		let_in(d, &busy[i], i, NULL);
	brski_dtls_useful(d->seen[0].session);
	start(d, &c[0], 4, NULL);
	while (!c[0].up) {
		for (i = 0; i < 3; i++)
			/* no answer is waited for: this may be the one that makes room */
			if (!busy[i].gone)
				(void)brski_dtls_send(busy[i].session, BRSKI_LIT("busy"), NULL);
		tu_dtls_run_ms(d, 20);
	}
	assert_non_null(strstr(d->line, "of no use so far, makes room"));
	/* whichever of the two was heard of first */
	while (!busy[1].gone && !busy[2].gone)
		tu_dtls_run_ms(d, 5);
	tu_dtls_run_ms(d, 50);
	assert_true(!busy[0].gone && busy[1].gone != busy[2].gone);
	brski_dtls_useful(d->seen[3].session);
	let_in(d, &c[1], 5, NULL);
	tu_dtls_until(d, busy[1].gone ? &busy[2].gone : &busy[1].gone);
	assert_true(!busy[0].gone && !c[0].gone);
	for (i = 0; i < 3; i++)
		tu_dtls_end(d, &busy[i]);
	tu_dtls_end(d, &c[0]);
	tu_dtls_end(d, &c[1]);
}

#define JPY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JPY_TEST(test_versions),
		JPY_TEST(test_many),
		JPY_TEST(test_strangers),
		JPY_TEST(test_cookie),
		JPY_TEST(test_rate),
		JPY_TEST(test_room),
		JPY_TEST(test_useless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
