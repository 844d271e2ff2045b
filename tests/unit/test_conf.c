/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "conf/conf.h"
#include "tu.h"

struct maker {
	char *title;
	char *url;
	struct brski_conf_list anchors;
	int64_t hold;
};
struct conf {
	char *listen, *socket, *key;
	struct brski_conf_list extra, names;
	int64_t connections, hold;
	bool strict;
	int admission;
	struct brski_conf_sections makers;
};

static const char *const admissions[] = { "any", "listed", "approve", NULL };

static const struct brski_conf_option maker_options[] = {
	{ "url", BRSKI_CONF_STRING, offsetof(struct maker, url), "", 0, 0, NULL, NULL,
	    "Its MASA." },
	{ "anchors", BRSKI_CONF_PATHS, offsetof(struct maker, anchors), NULL, 0, 0, NULL, NULL,
	    "Its roots." },
	{ "hold", BRSKI_CONF_DURATION, offsetof(struct maker, hold), "1h", 0, 0, NULL, NULL,
	    "How long." },
	{ 0 },
};
static const struct brski_conf_schema maker_schema = { maker_options, sizeof(struct maker) };

static const struct brski_conf_option options[] = {
	{ "listen", BRSKI_CONF_STRING, offsetof(struct conf, listen), "[::]:8443", 0, 0, NULL, NULL,
	    "Where." },
	{ "socket", BRSKI_CONF_PATH, offsetof(struct conf, socket), "", 0, 0, NULL, NULL,
	    "Socket." },
	{ "key", BRSKI_CONF_PATH, offsetof(struct conf, key), NULL, 0, 0, NULL, NULL, "Key." },
	{ "extra", BRSKI_CONF_PATHS, offsetof(struct conf, extra), "", 0, 0, NULL, NULL, "More." },
	{ "names", BRSKI_CONF_WORDS, offsetof(struct conf, names), "", 0, 0, NULL, NULL, "Names." },
	{ "connections", BRSKI_CONF_INT, offsetof(struct conf, connections), "64", 1, 1024, NULL,
	    NULL, "How many." },
	{ "hold", BRSKI_CONF_DURATION, offsetof(struct conf, hold), "4", 0, 600, NULL, NULL,
	    "How long." },
	{ "strict", BRSKI_CONF_BOOL, offsetof(struct conf, strict), "no", 0, 0, NULL, NULL,
	    "Be strict." },
	{ "admission", BRSKI_CONF_ENUM, offsetof(struct conf, admission), "listed", 0, 0,
	    admissions, NULL, "Who." },
	{ "maker", BRSKI_CONF_SECTION, offsetof(struct conf, makers), NULL, 0, 0, NULL,
	    &maker_schema, "A maker." },
	{ 0 },
};
static const struct brski_conf_schema schema = { options, sizeof(struct conf) };

static enum brski_rc
parse(const char *text, struct conf *c, struct brski_err *err)
{
	return brski_conf_parse("/etc/q/a.conf", text, &schema, c, err);
}

static void
test_defaults(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct conf c;

	(void)state;
	assert_ok(parse("key = k.pem", &c, &err), &err);
	assert_string_equal(c.listen, "[::]:8443");
	assert_null(c.socket);
	assert_string_equal(c.key, "/etc/q/k.pem");
	assert_int_equal(c.extra.n, 0);
	assert_int_equal(c.names.n, 0);
	assert_int_equal(c.connections, 64);
	assert_int_equal(c.hold, 4);
	assert_false(c.strict);
	assert_int_equal(c.admission, 1);
	assert_int_equal(c.makers.n, 0);
	brski_conf_clear(&schema, &c);
	brski_conf_clear(&schema, &c);
	assert_null(c.listen);
}

static void
test_everything(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct conf c;
	const struct maker *m;

	(void)state;
	assert_ok(parse("# comment\n"
	                "listen = \"127.0.0.1:1\"\nsocket = run/sock\nkey = /abs/key\n"
	                "extra = { a.pem, \"b c.pem\" }\nnames = { eth0, b }\nconnections = "
	                "1024\nhold = 10m\n"
	                "strict = yes\nadmission = approve\n"
	                "maker \"Acme Ltd\" {\n\tanchors = one.pem // the first\n"
	                "\turl = https://masa.example/x # all of it\n}\n"
	                "maker other { anchors = { /x, y } hold = 2d }\n",
	              &c, &err),
	    &err);
	assert_string_equal(c.listen, "127.0.0.1:1");
	assert_string_equal(c.socket, "/etc/q/run/sock");
	assert_string_equal(c.key, "/abs/key");
	assert_int_equal(c.extra.n, 2);
	assert_string_equal(c.extra.v[1], "/etc/q/b c.pem");
	assert_int_equal(c.names.n, 2);
	assert_string_equal(c.names.v[1], "b");
	assert_int_equal(c.connections, 1024);
	assert_int_equal(c.hold, 600);
	assert_true(c.strict);
	assert_int_equal(c.admission, 2);
	assert_int_equal(c.makers.n, 2);
	m = c.makers.v;
	assert_string_equal(m[0].title, "Acme Ltd");
	assert_string_equal(m[0].url, "https://masa.example/x");
	assert_int_equal(m[0].anchors.n, 1);
	assert_int_equal(m[0].hold, 3600);
	assert_string_equal(m[1].title, "other");
	assert_null(m[1].url);
	assert_string_equal(m[1].anchors.v[0], "/x");
	assert_string_equal(m[1].anchors.v[1], "/etc/q/y");
	assert_int_equal(m[1].hold, 2 * 86400);
	brski_conf_clear(&schema, &c);
}

static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} v[] = { { "0", 0 }, { "90", 90 }, { "90s", 90 }, { "15m", 900 }, { "12h", 43200 },
		{ "30d", 2592000 }, { "1y", 31536000 }, { "100y", INT64_C(3153600000) } };
	struct brski_err err = { .rc = BRSKI_OK };
	struct conf c;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		(void)snprintf(text, sizeof(text), "key = k maker x { anchors = a hold = %s }",
		    v[i].text);
		assert_ok(parse(text, &c, &err), &err);
		assert_int_equal(((struct maker *)c.makers.v)->hold, v[i].seconds);
		brski_conf_clear(&schema, &c);
	}
}

/* Each with the line, and what would be right. The struct is left empty. */
static void
test_refused(void **state)
{
	static const struct {
		const char *text, *detail;
	} bad[] = {
		{ "key = k\n\nspeed = 1\n", "/etc/q/a.conf:3: no such option 'speed'" },
		{ "key = k\nmaker x {\n anchors = a\n speed = 1\n}\n",
		    "/etc/q/a.conf:4: no such option 'speed'" },
		{ "# a\n\n# b 'c\nkey = k # d\nspeed = 1\n",
		    "/etc/q/a.conf:5: no such option 'speed'" },
		{ "/* a\n * b\n */ key = k\n// c\nspeed = 1\n",
		    "/etc/q/a.conf:5: no such option 'speed'" },
		{ "key = \"# \\\" /* a\"\nspeed = 1\n/* b */",
		    "/etc/q/a.conf:2: no such option 'speed'" },
		{ "key = k\nconnections = 1025",
		    "/etc/q/a.conf:2: option 'connections': '1025' is not a number from 1 to "
		    "1024" },
		{ "key = k\nconnections = 0",
		    "/etc/q/a.conf:2: option 'connections': '0' is not a number from 1 to 1024" },
		{ "key = k\nconnections = -5",
		    "/etc/q/a.conf:2: option 'connections': '-5' is not a number from 1 to 1024" },
		{ "key = k\nconnections = 5x",
		    "/etc/q/a.conf:2: option 'connections': '5x' is not a number from 1 to 1024" },
		{ "key = k\nconnections = 99999999999999999999",
		    "/etc/q/a.conf:2: option 'connections': '99999999999999999999' is not"
		    " a number from 1 to 1024" },
		{ "key = k\nhold = 11m",
		    "/etc/q/a.conf:2: option 'hold': '11m' is not a duration such as 90, 15m, 12h,"
		    " 30d or 1y, from 0s to 10m" },
		{ "key = k\nhold = 5w",
		    "/etc/q/a.conf:2: option 'hold': '5w' is not a duration such as 90, 15m, 12h,"
		    " 30d or 1y, from 0s to 10m" },
		{ "key = k\nmaker x {\nhold = 999999999999y }",
		    "/etc/q/a.conf:3: option 'hold': '999999999999y' is not a duration such as 90,"
		    " 15m, 12h, 30d or 1y" },
		{ "key = k\nmaker x {\nhold = -1 }",
		    "/etc/q/a.conf:3: option 'hold': '-1' is not a duration such as 90,"
		    " 15m, 12h, 30d or 1y" },
		{ "key = k\nstrict = maybe",
		    "/etc/q/a.conf:2: option 'strict': 'maybe' is not yes or no" },
		{ "key = k\nadmission = all",
		    "/etc/q/a.conf:2: option 'admission': 'all' is not one of any, listed, "
		    "approve" },
		{ "key = ''\n",
		    "/etc/q/a.conf:1: option 'key': '' is not a text that is not empty" },
		{ "key = k\nextra = { a, '' }\n",
		    "/etc/q/a.conf:2: option 'extra': '' is not a text that is not empty" },
		{ "key = k\nkey = l\n", "/etc/q/a.conf:2: option 'key' is given twice" },
		{ "listen = a\n", "/etc/q/a.conf:2: option 'key' is missing" },
		{ "", "/etc/q/a.conf:1: option 'key' is missing" },
		{ "key = k\nmaker x {\nurl = u\n}\n",
		    "/etc/q/a.conf:4: option 'anchors' is missing in x" },
		{ "key = k\nmaker x { anchors = {} }\n",
		    "/etc/q/a.conf:2: option 'anchors' is missing in x" },
		{ "key = k\nmaker x { anchors = a }\nmaker x { anchors = b }\n",
		    "/etc/q/a.conf:3: found duplicate title 'x'" },
		{ "key = k\nmaker { anchors = a }\n",
		    "/etc/q/a.conf:2: missing title for section 'maker'" },
		{ "key = k\nmaker x { anchors = a\n", "/etc/q/a.conf:3: section 'x' has no end" },
		{ "key = k\n}\n", "/etc/q/a.conf:2: unexpected closing brace" },
		{ "key\n", "/etc/q/a.conf:2: missing equal sign after option 'key'" },
		{ "key = k\nlisten = \"a\n", "/etc/q/a.conf:3: premature end of file" },
		{ "key = k\nmaker x { anchors = a }\n'maker|anchors' = b\n",
		    "/etc/q/a.conf:3: option 'anchors' belongs into its section" },
		{ "key = k\nlisten += l\n", NULL },
		{ "key = k\n\"\\n\" = l\n", NULL },
		{ "key = k\n/* no end", NULL },
		{ "end-of-file = yes\nkey = k", "/etc/q/a.conf:3: no such option 'end-of-file'" },
		{ "key k\n", NULL },
		{ "key = = k\n", NULL },
	};
	struct brski_err err = { .rc = BRSKI_OK };
	struct conf c, empty;

	(void)state;
	memset(&empty, 0, sizeof(empty));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum brski_rc rc = parse(bad[i].text, &c, &err);

		assert_memory_equal(&c, &empty, sizeof(c));
		if (bad[i].detail != NULL)
			assert_string_equal(err.detail, bad[i].detail);
		assert_refused_by(rc, BRSKI_E_CONFIG, "configuration", &err);
		assert_int_equal(parse(bad[i].text, &c, NULL), BRSKI_E_CONFIG);
	}
}

/* A failure leaves the reader good for the next file. */
static void
test_after_failure(void **state)
{
	struct brski_err err = { .rc = BRSKI_OK };
	struct conf c;

	(void)state;
	assert_refused_by(parse("key = \"k", &c, &err), BRSKI_E_CONFIG, "configuration", &err);
	assert_refused_by(parse("/* key", &c, &err), BRSKI_E_CONFIG, "configuration", &err);
	assert_ok(parse("key = k", &c, &err), &err);
	brski_conf_clear(&schema, &c);
}

static void
test_load(void **state)
{
	char dir[] = "/tmp/test_conf.XXXXXX", path[64], want[64];
	struct brski_err err = { .rc = BRSKI_OK };
	static uint8_t big[256 * 1024 + 1];
	struct conf c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/a.conf", dir);
	assert_broken(brski_conf_load(path, &schema, &c, &err), BRSKI_E_NOT_FOUND, &err);
	assert_ok(brski_file_write(path, BRSKI_LIT("key = k\n"), 0600, &err), &err);
	assert_ok(brski_conf_load(path, &schema, &c, &err), &err);
	(void)snprintf(want, sizeof(want), "%s/k", dir);
	assert_string_equal(c.key, want);
	brski_conf_clear(&schema, &c);
	assert_ok(brski_file_write(path, BRSKI_LIT("key = k\n\0speed = 1"), 0600, &err), &err);
	assert_refused_by(brski_conf_load(path, &schema, &c, &err), BRSKI_E_CONFIG, "configuration",
	    &err);
	memset(big, '\n', sizeof(big));
	assert_ok(brski_file_write(path, brski_slice(big, sizeof(big)), 0600, &err), &err);
	assert_refused(brski_conf_load(path, &schema, &c, &err), BRSKI_E_TOO_LARGE, &err);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
test_describe(void **state)
{
	struct brski_buf out = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_ok(brski_conf_describe(&schema, &out, &err), &err);
	assert_non_null(strstr(brski_buf_cstr(&out),
	    ".It Ic admission No = Ar word\nWho.\nAllowed is one of any, listed, approve.\n"
	    "The default is\n.Ql listed .\n"
	    ".It Ic maker Ar title No { ... }\nA maker.\n"));
	assert_non_null(strstr(brski_buf_cstr(&out),
	    ".It Ic anchors No = Ar path ...\nIts roots.\nRequired.\n"));
	assert_non_null(strstr(brski_buf_cstr(&out), "Allowed is a number from 1 to 1024.\n"));
	brski_buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_after_failure),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
