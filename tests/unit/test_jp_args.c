/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of brski-join-proxy. */
#include "pledge/jp_args.h"
#include "tu.h"

#define ARGS_MAX 24

static enum brski_rc
parse(const char *const *words, struct jp_args *out, struct brski_err *err)
{
	char *argv[ARGS_MAX] = { (char *)(uintptr_t) "brski-join-proxy" };
	int argc = 1;

	while (words[argc - 1] != NULL) {
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
		argc++;
	}
	return jp_args_parse(argc, argv, out, err);
}

static void
test_everything(void **state)
{
	static const char *const words[] = { "--interface", "eth1", "--interface", "eth2",
		"--upstream", "eth0", "--registrar", "https://192.0.2.1:8443", "--registrar",
		"jpy://[2001:db8::52]:7634", "--circuit", "--stateful", "--stateless",
		"--https-port", "8443", "--coaps-port", "5684", "--log-level", "debug",
		"--log-format", "json", NULL };
	struct brski_err err = { 0 };
	struct jp_args a;

	(void)state;
	assert_ok(parse(words, &a, &err), &err);
	assert_int_equal(a.command, JP_CMD_RUN);
	assert_int_equal(a.interfaces_n, 2);
	assert_string_equal(a.interfaces[1], "eth2");
	assert_int_equal(a.upstreams_n, 1);
	assert_int_equal(a.registrars_n, 2);
	assert_int_equal(a.registrars[1].transport, JP_JPY);
	assert_true(a.circuit && a.stateful && a.stateless);
	assert_int_equal(a.https_port, 8443);
	assert_int_equal(a.coaps_port, 5684);
	assert_int_equal(a.log_level, BRSKI_LOG_DEBUG);
	assert_int_equal(a.log_format, BRSKI_LOG_JSON);
}

static void
test_commands(void **state)
{
	static const char *const help[] = { "--help", NULL }, *const version[] = { "-V", NULL };
	struct brski_err err = { 0 };
	struct jp_args a;

	(void)state;
	assert_ok(parse(help, &a, &err), &err);
	assert_int_equal(a.command, JP_CMD_HELP);
	assert_ok(parse(version, &a, &err), &err);
	assert_int_equal(a.command, JP_CMD_VERSION);
}

static void
test_refusals(void **state)
{
	static const char *const rows[][8] = {
		{ NULL },
		{ "--circuit", NULL },
		{ "--interface", NULL },
		{ "--interface", "eth1", "more", NULL },
		{ "--interface", "", NULL },
		{ "--interface", "a-name-that-is-too-long", NULL },
		{ "--interface", "eth1", "--unknown", NULL },
		{ "--interface", "eth1", "--registrar", "https://registrar.example", NULL },
		{ "--interface", "eth1", "--https-port", "0", NULL },
		{ "--interface", "eth1", "--https-port", "65536", NULL },
		{ "--interface", "eth1", "--coaps-port", "x", NULL },
		{ "--interface", "eth1", "--log-level", "loud", NULL },
		{ "--interface", "eth1", "--log-format", "xml", NULL },
		{ "--upstream", "eth0", "--interface", "eth2", "--interface", "eth0", NULL },
	};
	struct brski_err err = { 0 };
	struct jp_args a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(parse(rows[i], &a, &err), BRSKI_E_CONFIG, &err);
}

static void
test_too_many(void **state)
{
	const char *words[2 * (JP_SIDES + 1) + 1] = { NULL };
	struct brski_err err = { 0 };
	struct jp_args a;
	size_t i;

	(void)state;
	for (i = 0; i <= JP_SIDES; i++) {
		words[2 * i] = "--interface";
		words[2 * i + 1] = "eth1";
	}
	assert_refused(parse(words, &a, &err), BRSKI_E_CONFIG, &err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
