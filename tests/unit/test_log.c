/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>
#include "base/log.h"
#include "tu.h"

struct seen {
	char line[4096];
	int lines;
};

static void
collect(void *arg, enum brski_level level, const char *line)
{
	struct seen *s = arg;

	(void)level;
	(void)snprintf(s->line, sizeof(s->line), "%s", line);
	s->lines++;
}

static struct brski_log
log_to(struct seen *s, enum brski_log_format format)
{
	*s = (struct seen){ .lines = 0 };
	return (struct brski_log){ BRSKI_LOG_INFO, format, collect, s };
}

/* What a peer can send to look like our own keys, another line, or a terminal's commands. */
#define EVIL "a\" rc=OK\nlevel=info \\ \033[2J\xff"

static struct brski_entry
refusal(const struct brski_err *err)
{
	return (struct brski_entry){ .level = BRSKI_LOG_WARN,
		.stage = "requestvoucher",
		.peer = BRSKI_LIT("[::1]:4711"),
		.serial = BRSKI_LIT(EVIL),
		.err = err };
}

static const struct brski_err cause = { BRSKI_E_NONCE, "RFC 8995 5.6.1", "nonce differs" };

static void
test_logfmt(void **state)
{
	struct seen s;
	struct brski_log log = log_to(&s, BRSKI_LOG_LOGFMT);
	struct brski_entry e = refusal(&cause);

	(void)state;
	brski_log(&log, &e);
	assert_string_equal(s.line,
	    "level=warn stage=requestvoucher peer=\"[::1]:4711\""
	    " serial=\"a\\\" rc=OK\\x0alevel=info \\\\ \\x1b[2J\\xff\""
	    " rc=E_NONCE spec=\"RFC 8995 5.6.1\" detail=\"nonce differs\"");
	e = (struct brski_entry){ .level = BRSKI_LOG_INFO, .stage = "start", .msg = "up" };
	brski_log(&log, &e);
	assert_string_equal(s.line, "level=info stage=start msg=\"up\"");
	assert_int_equal(s.lines, 2);
}

static void
test_json(void **state)
{
	struct seen s;
	struct brski_log log = log_to(&s, BRSKI_LOG_JSON);
	struct brski_entry e = refusal(&cause);

	(void)state;
	brski_log(&log, &e);
	assert_string_equal(s.line,
	    "{\"level\":\"warn\",\"stage\":\"requestvoucher\",\"peer\":\"[::1]:4711\","
	    "\"serial\":\"a\\\" rc=OK\\u000alevel=info \\\\ \\u001b[2J\\u00ff\","
	    "\"rc\":\"E_NONCE\",\"spec\":\"RFC 8995 5.6.1\",\"detail\":\"nonce differs\"}");
}

/* However long each value: the line is bounded, still well-formed, and later keys are there. */
static void
test_bounded(void **state)
{
	static uint8_t big[5000];
	struct seen s;
	struct brski_log log = log_to(&s, BRSKI_LOG_JSON);
	struct brski_entry e = refusal(&cause);

	(void)state;
	memset(big, 0x01, sizeof(big));
	e.peer = e.serial = brski_slice(big, sizeof(big));
	brski_log(&log, &e);
	assert_true(strlen(s.line) < BRSKI_LOG_LINE);
	assert_non_null(strstr(s.line, "\\u0001\",\"serial\":\""));
	assert_non_null(strstr(s.line, "\"detail\":\"nonce differs\"}"));
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	e.msg = (const char *)big;
	e.peer = e.serial = brski_slice(big, sizeof(big));
	e.stage = "a";
	brski_log(&log, &e);
	assert_true(strlen(s.line) < BRSKI_LOG_LINE);
	assert_string_equal(s.line + strlen(s.line) - 3, "x\"}");
}

static void
test_levels_and_shorthands(void **state)
{
	struct seen s;
	struct brski_log log = log_to(&s, BRSKI_LOG_LOGFMT), none = log;
	struct brski_err broken = { .rc = BRSKI_OK };

	(void)state;
	log.level = BRSKI_LOG_WARN;
	brski_log_info(&log, "start", "dropped %d", 1);
	assert_int_equal(s.lines, 0);
	brski_log_warn(&log, "start", "seen %d", 2);
	assert_string_equal(s.line, "level=warn stage=start msg=\"seen 2\"");
	log.level = BRSKI_LOG_DEBUG;
	brski_log_info(&log, "start", "seen %s", "too");
	assert_string_equal(s.line, "level=info stage=start msg=\"seen too\"");
	(void)brski_broken(&broken, BRSKI_E_IO, "disk");
	brski_log_err(&log, "store", &broken);
	assert_string_equal(s.line, "level=error stage=store rc=E_IO detail=\"disk\"");
	none.sink = NULL;
	brski_log_warn(&none, "start", "nobody");
	brski_log_warn(NULL, "start", "nobody");
	brski_log_err(NULL, "start", &broken);
	assert_int_equal(s.lines, 3);
}

/* The time stands in front, in both forms. */
static void
test_stderr(void **state)
{
	struct brski_log log = brski_log_stderr(BRSKI_LOG_INFO, BRSKI_LOG_JSON);
	char text[512] = "";
	int fds[2], saved;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	brski_log_info(&log, "start", "one");
	log.format = BRSKI_LOG_LOGFMT;
	brski_log_info(&log, "start", "two");
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	assert_memory_equal(text, "{\"time\":\"2", 10);
	assert_non_null(
	    strstr(text, "Z\",\"level\":\"info\",\"stage\":\"start\",\"msg\":\"one\"}\ntime=2"));
	assert_non_null(strstr(text, "Z level=info stage=start msg=\"two\"\n"));
	close(saved);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logfmt),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_levels_and_shorthands),
		cmocka_unit_test(test_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
