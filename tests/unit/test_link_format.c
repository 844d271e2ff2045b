/* SPDX-License-Identifier: Apache-2.0 */
/* CoRE Link Format. */
#include <string.h>
#include "tu.h"
#include "coap/link_format.h"

static enum brski_rc
next(const char *text, struct brski_err *err)
{
	struct brski_slice at = brski_slice_str(text);
	struct brski_link l;

	return brski_link_next(&at, &l, err);
}

/* RFC 6690 5, and what a join proxy says */
static void
test_read(void **state)
{
	struct brski_slice at =
	    BRSKI_LIT("</sensors>;ct=40;title=\"a \\\"b\\\", c;d\",<>;brski-jp=8485;obs,"
	              "<coaps://[fe80::1]:5684>;rt=\"brski.jp brski.x\"");
	struct brski_slice walk, name, value;
	struct brski_err err = { 0 };
	struct brski_link l;

	(void)state;
	assert_ok(brski_link_next(&at, &l, &err), &err);
	assert_slice_eq(l.target, BRSKI_LIT("/sensors"));
	assert_true(brski_link_attribute(&l, "ct", &value));
	assert_slice_eq(value, BRSKI_LIT("40"));
	assert_true(brski_link_attribute(&l, "title", &value));
	assert_slice_eq(value, BRSKI_LIT("a \\\"b\\\", c;d"));
	assert_false(brski_link_attribute(&l, "titl", &value));
	assert_false(brski_slice_present(value));
	assert_ok(brski_link_next(&at, &l, &err), &err);
	assert_int_equal(l.target.n, 0);
	walk = l.attributes;
	assert_true(brski_link_attribute_next(&walk, &name, &value));
	assert_slice_eq(name, BRSKI_LIT("brski-jp"));
	assert_slice_eq(value, BRSKI_LIT("8485"));
	assert_true(brski_link_attribute_next(&walk, &name, &value));
	assert_slice_eq(name, BRSKI_LIT("obs"));
	assert_false(brski_slice_present(value));
	assert_false(brski_link_attribute_next(&walk, &name, &value));
	assert_ok(brski_link_next(&at, &l, &err), &err);
	assert_slice_eq(l.target, BRSKI_LIT("coaps://[fe80::1]:5684"));
	assert_true(brski_link_attribute(&l, "rt", &value));
	assert_true(brski_link_matches(value, BRSKI_LIT("brski.jp")));
	assert_int_equal(brski_link_next(&at, &l, &err), BRSKI_E_NOT_FOUND);
	assert_int_equal(err.rc, BRSKI_OK);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"x",
		"/a>",
		" </a>",
		"<",
		"</a",
		"</a b>",
		"</a ;rt=x",
		"</a\"",
		"</\"a>",
		"<</a>",
		"</a>x",
		"</a> ;rt=x",
		"</a>,",
		"</a>;",
		"</a>;=x",
		"</a>;rt=",
		"</a>;rt=\"",
		"</a>;rt=\"x",
		"</a>;rt=\"x\\",
		"</a>;rt=\"x\\\"",
		"</a>;rt=\"x\ny\"",
		"</a>;rt=\"x\\\ny\"",
		"</a>;rt=\"x\x7f\"",
		"</a>;rt=\"x\"y",
		"</a>;rt=x\"y",
		"</a>;r t=x",
		"</a>;rt = x",
		"</a></b>",
	};
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(next(bad[i], &err), BRSKI_E_MALFORMED, "RFC 6690 2", &err);
	assert_ok(next("</a>;rt=\"\"", &err), &err);
	assert_ok(next("</a>;rt=\"caf\xc3\xa9\"", &err), &err);
}

static void
test_limits(void **state)
{
	static char text[BRSKI_LINK_DOCUMENT_MAX + 2];
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	memset(text, 0, sizeof(text));
	text[0] = '<';
	memset(text + 1, 'x', BRSKI_LINK_TARGET_MAX + 1);
	text[BRSKI_LINK_TARGET_MAX + 1] = '>';
	assert_ok(next(text, &err), &err);
	text[BRSKI_LINK_TARGET_MAX + 1] = 'x';
	text[BRSKI_LINK_TARGET_MAX + 2] = '>';
	assert_refused_by(next(text, &err), BRSKI_E_TOO_LARGE, "local limit", &err);
	memset(text, 0, sizeof(text));
	memcpy(text, "<>", 2);
	for (i = 0; i < BRSKI_LINK_ATTRIBUTES_MAX; i++)
		memcpy(text + 2 + 2 * i, ";a", 2);
	assert_ok(next(text, &err), &err);
	memcpy(text + 2 + 2 * i, ";a", 2);
	assert_refused_by(next(text, &err), BRSKI_E_TOO_LARGE, "local limit", &err);
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "<>,", 3);
	text[BRSKI_LINK_DOCUMENT_MAX] = '\0';
	assert_ok(next(text, &err), &err);
	text[BRSKI_LINK_DOCUMENT_MAX] = 'x';
	assert_refused_by(next(text, &err), BRSKI_E_TOO_LARGE, "local limit", &err);
}

/* RFC 6690 4.1 */
static void
test_matches(void **state)
{
	static const struct {
		const char *value, *pattern;
		bool matches;
	} rows[] = {
		{ "brski", "brski", true },
		{ "brski.rv", "brski", false },
		{ "brski", "brski.rv", false },
		{ "brski.rv", "brski*", true },
		{ "brski", "brski*", true },
		{ "brsk", "brski*", false },
		{ "a brski", "brski", true },
		{ "a  brski ", "brski", true },
		{ "a brski.es b", "brski*", true },
		{ "a b", "a b", false },
		{ "a", "*", true },
		{ "", "*", false },
		{ "a  b", "", false },
		{ "", "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (brski_link_matches(brski_slice_str(rows[i].value),
		        brski_slice_str(rows[i].pattern)) != rows[i].matches)
			fail_msg("'%s' in '%s'", rows[i].pattern, rows[i].value);
}

static void
test_write(void **state)
{
	uint8_t storage[64];
	struct brski_buf out = brski_buf_fixed(storage, sizeof(storage));
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_link_put(&out, BRSKI_LIT("/a"), &err), &err);
	assert_ok(brski_link_put_attribute(&out, "rt", BRSKI_LIT("x y"), true, &err), &err);
	assert_ok(brski_link_put(&out, BRSKI_LIT(""), &err), &err);
	assert_ok(brski_link_put_attribute(&out, "ct", BRSKI_LIT("40"), false, &err), &err);
	assert_slice_eq(brski_buf_slice(&out), BRSKI_LIT("</a>;rt=\"x y\",<>;ct=40"));
	out = brski_buf_fixed(storage, 4);
	assert_ok(brski_link_put(&out, BRSKI_LIT("/a"), &err), &err);
	assert_int_equal(brski_link_put(&out, BRSKI_LIT("/a"), &err), BRSKI_E_TOO_LARGE);
	err = (struct brski_err){ 0 };
	assert_int_equal(brski_link_put_attribute(&out, "rt", BRSKI_LIT("x"), true, &err),
	    BRSKI_E_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
