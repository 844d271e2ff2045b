/* SPDX-License-Identifier: Apache-2.0 */
/* A network of its own, whose loopback interface comes up. */
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/damper.h"
#include "net/link_watch.h"
#include "tu.h"

#define WAIT_MS 10000

struct world {
	struct brski_loop *loop;
	unsigned changes;
	bool late;
};

static void
on_change(void *arg)
{
	struct world *w = arg;

	w->changes++;
	brski_loop_stop(w->loop);
}

static void
on_late(void *arg)
{
	struct world *w = arg;

	w->late = true;
	brski_loop_stop(w->loop);
}

static void
set_up(bool up)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &r), 0);
	r.ifr_flags = (short)(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &r), 0);
	close(fd);
}

static void
await_change(struct world *w, unsigned n)
{
	struct brski_timer *t = brski_timer_start(w->loop, WAIT_MS, on_late, w);

	brski_loop_run(w->loop);
	assert_false(w->late);
	assert_int_equal(w->changes, n);
	brski_timer_cancel(t);
}

static void
up_and_down(void **state)
{
	struct brski_link_watch *watch;
	struct world w = { 0 };

	(void)state;
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		skip();
	assert_int_equal(brski_loop_new(&w.loop, NULL), BRSKI_OK);
	assert_int_equal(brski_link_watch_new(w.loop, on_change, &w, &watch, NULL), BRSKI_OK);
	set_up(true);
	await_change(&w, 1);
	set_up(false);
	await_change(&w, 2);
	brski_link_watch_free(watch);
	brski_link_watch_free(NULL);
	brski_loop_free(w.loop);
}

/* Addresses that come and go all the time are no reason to be busy all the time. */
static void
holds_back(void **state)
{
	struct brski_damper d = { 0 };
	uint64_t now;
	unsigned n = 0;

	(void)state;
	for (now = 1; now <= 60000; now++)
		if (brski_damper_wait(&d, now) == 0) {
			brski_damper_count(&d, now);
			n++;
			assert_true(n <= BRSKI_DAMPER_BURST + now / BRSKI_DAMPER_MS);
		}
	assert_int_equal(n, BRSKI_DAMPER_BURST + 11);
	/* after a rest, as in the beginning */
	now += 60000;
	for (n = 0; n < BRSKI_DAMPER_BURST; n++) {
		assert_int_equal(brski_damper_wait(&d, now), 0);
		brski_damper_count(&d, now);
	}
	assert_int_equal(brski_damper_wait(&d, now), BRSKI_DAMPER_MS);
}

static void
flaps(void **state)
{
	struct brski_link_watch *watch;
	struct world w = { 0 };
	unsigned i;

	(void)state;
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		skip();
	assert_int_equal(brski_loop_new(&w.loop, NULL), BRSKI_OK);
	assert_int_equal(brski_link_watch_new(w.loop, on_change, &w, &watch, NULL), BRSKI_OK);
	for (i = 1; i <= BRSKI_DAMPER_BURST; i++) {
		set_up(i % 2 != 0);
		await_change(&w, i);
	}
	/* the next one is not told within two seconds more */
	set_up(true);
	brski_timer_start(w.loop, 2000, on_late, &w);
	brski_loop_run(w.loop);
	assert_true(w.late);
	assert_int_equal(w.changes, BRSKI_DAMPER_BURST);
	brski_link_watch_free(watch);
	brski_loop_free(w.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_and_down),
		cmocka_unit_test(holds_back),
		cmocka_unit_test(flaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
