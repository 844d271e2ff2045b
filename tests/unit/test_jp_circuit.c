/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit proxy between two ends of our own: RFC 8995 4, join proxy limits. */
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "net/rate.h"
#include "net/udp_group.h"
#include "pledge/jp_circuit.h"
#include "tu.h"

#define GIVE_UP_S 10
#define MUCH      (4 * 1024 * 1024)

struct world {
	struct brski_loop *loop;
	struct jp_circuit *proxy;
	int registrar; /* listens */
	struct jp_targets targets;
};

static bool
admit_all(const struct sockaddr *from)
{
	(void)from;
	return true;
}

static struct sockaddr_in6
loopback(unsigned port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons((uint16_t)port) };
}

static int
new_socket(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

/* Bound, and listening or not: then who connects is refused. */
static int
new_target(struct jp_targets *t, bool listens)
{
	struct sockaddr_in6 at = loopback(0);
	socklen_t n = sizeof(at);
	int fd = new_socket();

	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	if (listens)
		assert_int_equal(listen(fd, 16), 0);
	memcpy(&t->at[t->n++], &at, sizeof(at));
	return fd;
}

static void
start(struct world *w, struct jp_circuit_conf conf)
{
	struct brski_err err = { 0 };

	*w = (struct world){ .registrar = -1 };
	assert_ok(brski_loop_new(&w->loop, &err), &err);
	assert_ok(jp_circuit_new(w->loop, &conf, &w->proxy, &err), &err);
	w->registrar = new_target(&w->targets, true);
	jp_circuit_set_targets(w->proxy, &w->targets);
}

static void
finish(struct world *w)
{
	jp_circuit_free(w->proxy);
	brski_loop_free(w->loop);
	close(w->registrar);
}

/* One turn of the loop; fails when the test takes too long. */
static void
turn(struct world *w, time_t end)
{
	assert_true(time(NULL) < end);
	event_base_loop(brski_loop_base(w->loop), EVLOOP_NONBLOCK);
	(void)poll(NULL, 0, 1);
}

static int
connect_pledge(struct world *w)
{
	struct sockaddr_in6 to = loopback(jp_circuit_port(w->proxy));
	int fd = new_socket();

	assert_true(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS);
	return fd;
}

static int
accept_one(struct world *w)
{
	time_t end = time(NULL) + GIVE_UP_S;
	int fd;

	while ((fd = accept4(w->registrar, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0)
		turn(w, end);
	return fd;
}

/* What read() says once it has something to say: 0, the end; -1, reset. */
static ssize_t
read_one(struct world *w, int fd, void *out, size_t cap)
{
	time_t end = time(NULL) + GIVE_UP_S;
	ssize_t n;

	while ((n = read(fd, out, cap)) < 0 && (errno == EAGAIN || errno == ENOTCONN))
		turn(w, end);
	return n;
}

static void
expect_end(struct world *w, int fd)
{
	char c;

	assert_true(read_one(w, fd, &c, 1) <= 0);
}

static void
expect_text(struct world *w, int fd, const char *text)
{
	char in[32] = "";

	assert_int_equal(read_one(w, fd, in, sizeof(in) - 1), strlen(text));
	assert_string_equal(in, text);
}

static void
wait_dropped(struct world *w, uint64_t n)
{
	time_t end = time(NULL) + GIVE_UP_S;

	while (jp_circuit_dropped(w->proxy) < n)
		turn(w, end);
	assert_int_equal(jp_circuit_dropped(w->proxy), n);
}

static void
wait_open(struct world *w, size_t n)
{
	time_t end = time(NULL) + GIVE_UP_S;

	while (jp_circuit_open(w->proxy) != n)
		turn(w, end);
}

/* --- relaying */

static void
test_both_ways_and_half_close(void **state)
{
	struct world w;
	int a, b;

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all });
	a = connect_pledge(&w);
	b = accept_one(&w);
	assert_int_equal(write(b, "registrar first", 15), 15);
	expect_text(&w, a, "registrar first");
	assert_int_equal(write(a, "hello", 5), 5);
	expect_text(&w, b, "hello");
	/* the pledge has said all; the registrar has not */
	assert_int_equal(shutdown(a, SHUT_WR), 0);
	expect_end(&w, b);
	assert_int_equal(write(b, "goodbye", 7), 7);
	expect_text(&w, a, "goodbye");
	assert_int_equal(jp_circuit_open(w.proxy), 1);
	close(b);
	expect_end(&w, a);
	wait_open(&w, 0);
	assert_int_equal(jp_circuit_dropped(w.proxy), 0);
	close(a);
	finish(&w);
}

static size_t
write_until_full(struct world *w, int fd, size_t max)
{
	static const uint8_t zero[4096];
	unsigned stuck = 0;
	size_t all = 0;
	ssize_t n;

	while (all < max && stuck < 200) {
		if ((n = write(fd, zero, sizeof(zero))) > 0) {
			all += (size_t)n;
			stuck = 0;
		} else {
			stuck++;
			turn(w, time(NULL) + 1);
		}
	}
	return all;
}

/* A registrar that does not read stops the pledge; then every byte arrives. */
static void
test_buffers_are_bounded(void **state)
{
	const int small = 4096;
	struct world w;
	uint8_t in[65536];
	size_t sent, got = 0;
	int a, b;

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all });
	assert_int_equal(setsockopt(w.registrar, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	a = connect_pledge(&w);
	b = accept_one(&w);
	sent = write_until_full(&w, a, 16 * MUCH);
	assert_true(sent < 16 * MUCH);
	assert_int_equal(shutdown(a, SHUT_WR), 0);
	for (;;) {
		ssize_t n = read_one(&w, b, in, sizeof(in));

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	assert_int_equal(got, sent);
	close(a);
	close(b);
	wait_open(&w, 0);
	finish(&w);
}

static void
test_next_address(void **state)
{
	struct jp_targets t = { .n = 0 };
	struct world w;
	int a, b, dead;

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all });
	dead = new_target(&t, false);
	t.at[t.n++] = w.targets.at[0];
	jp_circuit_set_targets(w.proxy, &t);
	a = connect_pledge(&w);
	b = accept_one(&w);
	assert_int_equal(write(a, "x", 1), 1);
	expect_text(&w, b, "x");
	/* none of them: closed */
	t.n = 1;
	jp_circuit_set_targets(w.proxy, &t);
	close(a);
	a = connect_pledge(&w);
	expect_end(&w, a);
	wait_dropped(&w, 1);
	close(a);
	close(b);
	close(dead);
	finish(&w);
}

/* --- who is not served */

static void
test_only_link_local_sources(void **state)
{
	struct world w;
	int a;

	(void)state;
	start(&w, (struct jp_circuit_conf){ 0 });
	a = connect_pledge(&w);
	expect_end(&w, a);
	wait_dropped(&w, 1);
	close(a);
	finish(&w);
}

static void
test_nobody_to_connect_to(void **state)
{
	const struct jp_targets none = { .n = 0 };
	struct world w;
	int a;

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all });
	jp_circuit_set_targets(w.proxy, &none);
	a = connect_pledge(&w);
	expect_end(&w, a);
	wait_dropped(&w, 1);
	close(a);
	finish(&w);
}

/* An address's third connection, then the proxy's. */
static void
test_limits(void **state)
{
	static const struct jp_circuit_conf rows[] = {
		{ .admit = admit_all, .per_address = 2 },
		{ .admit = admit_all, .connections = 2 },
	};
	struct world w;
	int a[4];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(&w, rows[i]);
		for (k = 0; k < 3; k++)
			a[k] = connect_pledge(&w);
		wait_dropped(&w, 1);
		assert_int_equal(jp_circuit_open(w.proxy), 2);
		/* whose place comes free */
		for (k = 0; k < 3; k++)
			close(a[k]);
		close(accept_one(&w));
		close(accept_one(&w));
		wait_open(&w, 0);
		a[3] = connect_pledge(&w);
		close(accept_one(&w));
		expect_end(&w, a[3]);
		close(a[3]);
		finish(&w);
	}
}

static void
run_ms(struct world *w, unsigned ms)
{
	uint64_t end = brski_rate_now_ms() + ms;

	while (brski_rate_now_ms() < end)
		turn(w, time(NULL) + GIVE_UP_S);
}

/* A pledge and the registrar's end of its circuit. */
static void
join_one(struct world *w, int *pledge, int *registrar)
{
	*pledge = connect_pledge(w);
	*registrar = accept_one(w);
}

static void
say(struct world *w, int from, int to, const char *text)
{
	assert_int_equal(write(from, text, strlen(text)), strlen(text));
	expect_text(w, to, text);
}

/* Where all places are taken, one makes room of which the registrar has not said a word. */
static void
test_mute_makes_room(void **state)
{
	struct world w;
	int a[4], b[4], i;

	(void)state;
	start(&w,
	    (struct jp_circuit_conf){ .admit = admit_all,
	        .connections = 3,
	        .mute_ms = 100,
	        .silent_ms = 100 });
	for (i = 0; i < 3; i++)
		join_one(&w, &a[i], &b[i]);
	say(&w, b[0], a[0], "hello");
	a[3] = connect_pledge(&w);
	expect_end(&w, a[3]);
	close(a[3]);
	assert_int_equal(jp_circuit_dropped(w.proxy), 1);
	run_ms(&w, 110);
	/* what a pledge says is no sign of anything */
	say(&w, a[1], b[1], "noise");
	join_one(&w, &a[3], &b[3]);
	expect_end(&w, a[1]);
	expect_end(&w, b[1]);
	say(&w, b[0], a[0], "still");
	say(&w, b[2], a[2], "still");
	say(&w, b[3], a[3], "in");
	assert_int_equal(jp_circuit_dropped(w.proxy), 2);
	for (i = 0; i < 4; i++) {
		close(a[i]);
		close(b[i]);
	}
	finish(&w);
}

/* Where it has talked to all of them, the one that it has not talked to for longest. */
static void
test_silent_makes_room(void **state)
{
	struct world w;
	int a[3], b[3], i;

	(void)state;
	start(&w,
	    (struct jp_circuit_conf){ .admit = admit_all,
	        .connections = 2,
	        .mute_ms = 100,
	        .silent_ms = 300 });
	for (i = 0; i < 2; i++) {
		join_one(&w, &a[i], &b[i]);
		say(&w, b[i], a[i], "hello");
	}
	run_ms(&w, 110);
	a[2] = connect_pledge(&w);
	expect_end(&w, a[2]);
	close(a[2]);
	run_ms(&w, 210);
	say(&w, b[0], a[0], "hello");
	join_one(&w, &a[2], &b[2]);
	expect_end(&w, a[1]);
	say(&w, b[0], a[0], "still");
	for (i = 0; i < 3; i++) {
		close(a[i]);
		close(b[i]);
	}
	finish(&w);
}

/* Addresses of the registrar where nobody answers: two times the patience for one, not four. */
static void
test_patience(void **state)
{
	struct sockaddr_in6 full;
	struct world w;
	uint64_t began;
	int a, i, dead, fill[8];

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all, .connect_ms = 400 });
	w.targets.n = 0;
	dead = new_target(&w.targets, false);
	assert_int_equal(listen(dead, 0), 0);
	memcpy(&full, &w.targets.at[0], sizeof(full));
	for (i = 0; i < 8; i++) {
		fill[i] = new_socket();
		(void)connect(fill[i], (struct sockaddr *)&full, sizeof(full));
	}
	for (; w.targets.n < JP_TARGETS; w.targets.n++)
		w.targets.at[w.targets.n] = w.targets.at[0];
	jp_circuit_set_targets(w.proxy, &w.targets);
	began = brski_rate_now_ms();
	a = connect_pledge(&w);
	expect_end(&w, a);
	assert_in_range(brski_rate_now_ms() - began, 700, 1300);
	for (i = 0; i < 8; i++)
		close(fill[i]);
	close(dead);
	close(a);
	finish(&w);
}

static void
on_end(void *arg)
{
	*(bool *)arg = true;
}

/* Without descriptors nobody is accepted, and nothing spins; later somebody is. */
static void
test_no_descriptors(void **state)
{
	struct rlimit was, none;
	struct world w;
	unsigned turns = 0;
	bool end = false;
	int a, b;

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all });
	a = connect_pledge(&w);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_non_null(brski_timer_start(w.loop, 200, on_end, &end));
	while (!end) {
		turns++;
		event_base_loop(brski_loop_base(w.loop), EVLOOP_ONCE);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_true(turns < 10);
	assert_int_equal(jp_circuit_open(w.proxy), 0);
	b = accept_one(&w);
	say(&w, b, a, "late");
	close(a);
	close(b);
	finish(&w);
}

static void
test_idle_and_total(void **state)
{
	static const struct jp_circuit_conf rows[] = {
		{ .admit = admit_all, .idle_ms = 30 },
		{ .admit = admit_all, .total_ms = 30 },
	};
	struct world w;
	size_t i;
	int a, b;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(&w, rows[i]);
		a = connect_pledge(&w);
		b = accept_one(&w);
		expect_end(&w, a);
		expect_end(&w, b);
		wait_open(&w, 0);
		close(a);
		close(b);
		finish(&w);
	}
}

static void
test_freed_while_open(void **state)
{
	struct world w;
	int a, b;

	(void)state;
	start(&w, (struct jp_circuit_conf){ .admit = admit_all });
	a = connect_pledge(&w);
	b = accept_one(&w);
	jp_circuit_free(w.proxy);
	w.proxy = NULL;
	expect_end(&w, a);
	close(a);
	close(b);
	finish(&w);
}

static void
test_no_such_interface(void **state)
{
	const struct jp_circuit_conf conf = { .interface = "no such link" };
	struct brski_loop *loop = NULL;
	struct jp_circuit *p = NULL;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_loop_new(&loop, &err), &err);
	assert_broken(jp_circuit_new(loop, &conf, &p, &err), BRSKI_E_IO, &err);
	assert_null(p);
	brski_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways_and_half_close),
		cmocka_unit_test(test_buffers_are_bounded),
		cmocka_unit_test(test_next_address),
		cmocka_unit_test(test_only_link_local_sources),
		cmocka_unit_test(test_nobody_to_connect_to),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_mute_makes_room),
		cmocka_unit_test(test_silent_makes_room),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_idle_and_total),
		cmocka_unit_test(test_freed_while_open),
		cmocka_unit_test(test_no_such_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
