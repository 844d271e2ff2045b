/* SPDX-License-Identifier: Apache-2.0 */
/* A line when a counter has changed, when somebody asks, and at the end. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "net/tally.h"
#include "tu.h"

struct world {
	struct brski_loop *loop;
	uint64_t good, bad;
	unsigned lines, reads;
	bool awaits; /* the loop ends with the next line */
	char line[BRSKI_LOG_LINE];
};

static void
sink(void *arg, enum brski_level level, const char *line)
{
	struct world *w = arg;

	(void)level;
	w->lines++;
	if (w->awaits)
		brski_loop_stop(w->loop);
	snprintf(w->line, sizeof(w->line), "%s", line);
}

static size_t
read_counters(void *arg, struct brski_count out[BRSKI_TALLY_MAX])
{
	struct world *w = arg;

	w->reads++;
	out[0] = (struct brski_count){ "good", w->good };
	out[1] = (struct brski_count){ "bad", w->bad };
	/* looked at often enough to see that nothing is said */
	if (!w->awaits && w->reads % 4 == 0)
		brski_loop_stop(w->loop);
	return 2;
}

static void
test_tally(void **state)
{
	struct world w = { 0 };
	const struct brski_log log = { .level = BRSKI_LOG_INFO, .sink = sink, .arg = &w };
	const struct brski_tally_conf conf = { .read = read_counters,
		.arg = &w,
		.every_ms = 2,
		.log = &log };
	struct brski_tally *t = NULL;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_loop_new(&w.loop, &err), &err);
	assert_ok(brski_tally_new(w.loop, &conf, &t, &err), &err);
	brski_loop_run(w.loop);
	assert_int_equal(w.lines, 0);
	w.bad = UINT64_C(5000000000);
	brski_loop_run(w.loop);
	assert_int_equal(w.lines, 1);
	assert_non_null(strstr(w.line, "stage=counters msg=\"good 0, bad 5000000000\""));
	w.awaits = true;
	assert_int_equal(raise(SIGUSR1), 0);
	brski_loop_run(w.loop);
	assert_int_equal(w.lines, 2);
	w.good = 1;
	brski_tally_free(t);
	brski_tally_free(NULL);
	assert_int_equal(w.lines, 3);
	assert_non_null(strstr(w.line, "good 1,"));
	brski_loop_free(w.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_tally) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
