/* SPDX-License-Identifier: Apache-2.0 */
/* What a registrar says about itself to those who ask by plain CoAP. */
#include "net/udp_group.h"
#include "registrar/discovery.h"
#include "tu.h"

#define ANY                            \
	{                              \
		{ "[::]:5684", 5684 }, \
		{                      \
			"[::]:0", 7634 \
		}                      \
	}

static const struct {
	const char *what;
	struct registrar_places places;
	const char *own, *links;
} rows[] = {
	{ "everything, to a join proxy", ANY, "2001:db8::52",
	    "<jpy://[2001:db8::52]:7634>;rt=brski.rjp,<coaps://[2001:db8::52]:5684>;rt=brski" },
	{ "IPv4 on the same socket", ANY, "192.0.2.1",
	    "<jpy://192.0.2.1:7634>;rt=brski.rjp,<coaps://192.0.2.1:5684>;rt=brski" },
	{ "to a pledge on the link too", { { "[::]:5684", 5684 }, { NULL, 0 } }, "fe80::1",
	    "<coaps://[fe80::1]:5684>;rt=brski,<>;brski-jp=5684,"
	    "<coaps://[fe80::1]:5684>;rt=brski.jp" },
	{ "one address only", { { "[2001:db8::7]:5684", 5684 }, { NULL, 0 } }, "2001:db8::52",
	    "<coaps://[2001:db8::7]:5684>;rt=brski" },
	{ "which is of another kind", { { "[2001:db8::7]:5684", 5684 }, { NULL, 0 } }, "192.0.2.1",
	    "" },
	{ "IPv4 only", { { NULL, 0 }, { "0.0.0.0:7634", 7634 } }, "192.0.2.1",
	    "<jpy://192.0.2.1:7634>;rt=brski.rjp" },
	{ "IPv4 only, asked by IPv6", { { "0.0.0.0:5684", 5684 }, { NULL, 0 } }, "fe80::1", "" },
	{ "HTTPS alone", { { NULL, 0 }, { NULL, 0 } }, "fe80::1", "" },
};

static void
test_links(void **state)
{
	struct brski_buf out = { 0 };
	struct sockaddr_storage own;
	struct brski_err err = { 0 };
	socklen_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(udp_address_parse(rows[i].own, 0, &own, &n));
		assert_ok(registrar_links(&rows[i].places, (struct sockaddr *)&own, &out, &err),
		    &err);
		assert_slice_eq(brski_buf_slice(&out), brski_slice_str(rows[i].links));
		brski_buf_reset(&out);
	}
	brski_buf_clear(&out);
}

/* Who is not to be found, or only from this machine, opens no port. */
static void
test_who_answers(void **state)
{
	static char any[] = "[::]:5684", own[] = "[::1]:5684", four[] = "127.0.0.1:5685";
	static const struct {
		struct registrar_conf conf;
		bool answers;
	} cases[] = {
		{ { .announce = true, .listen_coaps = any }, true },
		{ { .announce = true, .listen_coaps = own, .listen_jpy = any }, true },
		{ { .announce = false, .listen_coaps = any }, false },
		{ { .announce = true, .listen_coaps = own, .listen_jpy = four }, false },
		{ { .announce = true }, false },
	};
	struct registrar_discovery *d;
	struct brski_loop *loop = NULL;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	assert_ok(brski_loop_new(&loop, &err), &err);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_ok(registrar_discovery_new(loop, &cases[i].conf, 5684, 5685, NULL, &d, &err),
		    &err);
		assert_int_equal(d != NULL, cases[i].answers);
		registrar_discovery_free(d);
	}
	brski_loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_who_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
