/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "tu.h"

/* RFC 4648 10 */
static const struct {
	const char *plain, *text, *url;
} vectors[] = {
	{ "", "", "" },
	{ "f", "Zg==", "Zg" },
	{ "fo", "Zm8=", "Zm8" },
	{ "foo", "Zm9v", "Zm9v" },
	{ "foob", "Zm9vYg==", "Zm9vYg" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xfb\xff", "+/8=", "-_8" },
};

static void
test_base64(void **state)
{
	struct brski_buf b = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct brski_slice plain = brski_slice_str(vectors[i].plain),
		                   text = brski_slice_str(vectors[i].text),
		                   url = brski_slice_str(vectors[i].url);

		assert_int_equal(brski_base64_encoded_len(plain.n), text.n);
		brski_buf_reset(&b);
		assert_ok(brski_base64_encode(plain, &b, &err), &err);
		assert_slice_eq(brski_buf_slice(&b), text);
		brski_buf_reset(&b);
		assert_ok(brski_base64url_encode(plain, &b, &err), &err);
		assert_slice_eq(brski_buf_slice(&b), url);
		brski_buf_reset(&b);
		assert_ok(brski_base64_decode(text, BRSKI_BASE64_STRICT, &b, &err), &err);
		assert_ok(brski_base64_decode(text, BRSKI_BASE64_ANY, &b, &err), &err);
		assert_ok(brski_base64_decode(url, BRSKI_BASE64_ANY, &b, &err), &err);
		assert_int_equal(b.n, plain.n * 3);
		assert_slice_eq(brski_slice(brski_buf_slice(&b).p + b.n - plain.n, plain.n), plain);
	}
	brski_buf_clear(&b);
}

/* RFC 8951 3: white space may stand anywhere in an EST body. */
static void
test_base64_lines(void **state)
{
	uint8_t storage[6];
	struct brski_buf b = brski_buf_fixed(storage, sizeof(storage));
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_ok(brski_base64_decode(BRSKI_LIT(" Z\tm9v\r\nYmFy\n"), BRSKI_BASE64_LINES, &b, &err),
	    &err);
	assert_slice_eq(brski_buf_slice(&b), BRSKI_LIT("foobar"));
	assert_refused(brski_base64_decode(BRSKI_LIT("Zg=="), BRSKI_BASE64_LINES, &b, &err),
	    BRSKI_E_TOO_LARGE, &err);
	assert_slice_eq(brski_buf_slice(&b), BRSKI_LIT("foobar"));
}

/* RFC 4648 3: one character over, missing or misplaced padding, unused bits, foreign characters. */
static void
test_base64_refused(void **state)
{
	static const struct {
		enum brski_base64_form form;
		const char *text;
	} bad[] = {
		{ BRSKI_BASE64_STRICT, "Z" },
		{ BRSKI_BASE64_STRICT, "Zg" },
		{ BRSKI_BASE64_STRICT, "Zg=" },
		{ BRSKI_BASE64_STRICT, "Zg===" },
		{ BRSKI_BASE64_STRICT, "Zm9v====" },
		{ BRSKI_BASE64_STRICT, "=" },
		{ BRSKI_BASE64_STRICT, "Zg==Zg==" },
		{ BRSKI_BASE64_STRICT, "Zh==" },
		{ BRSKI_BASE64_STRICT, "Zm9=" },
		{ BRSKI_BASE64_STRICT, "Zm9v\n" },
		{ BRSKI_BASE64_STRICT, "-_8=" },
		{ BRSKI_BASE64_STRICT, "Zm9\x80" },
		{ BRSKI_BASE64_STRICT, "Zm\x01v" },
		{ BRSKI_BASE64_ANY, "Zg=" },
		{ BRSKI_BASE64_ANY, "Zm9vY" },
		{ BRSKI_BASE64_ANY, "Zh" },
		{ BRSKI_BASE64_ANY, "Zm 9v" },
		{ BRSKI_BASE64_LINES, "Zg" },
		{ BRSKI_BASE64_LINES, "Zm9v," },
	};
	struct brski_buf b = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused_by(brski_base64_decode(brski_slice_str(bad[i].text), bad[i].form, &b,
		                      &err),
		    BRSKI_E_MALFORMED, "RFC 4648 3", &err);
		assert_int_equal(b.n, 0);
	}
	brski_buf_clear(&b);
}

static void
test_hex(void **state)
{
	struct brski_buf b = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_ok(brski_hex_encode(BRSKI_LIT("\x00\x9f\xff"), &b, &err), &err);
	assert_slice_eq(brski_buf_slice(&b), BRSKI_LIT("009fff"));
	brski_buf_reset(&b);
	assert_ok(brski_hex_decode(BRSKI_LIT("009fFF"), &b, &err), &err);
	assert_slice_eq(brski_buf_slice(&b), BRSKI_LIT("\x00\x9f\xff"));
	assert_refused_by(brski_hex_decode(BRSKI_LIT("0"), &b, &err), BRSKI_E_MALFORMED,
	    "RFC 4648 8", &err);
	assert_refused_by(brski_hex_decode(BRSKI_LIT("0g"), &b, &err), BRSKI_E_MALFORMED,
	    "RFC 4648 8", &err);
	assert_refused_by(brski_hex_decode(BRSKI_LIT("/0"), &b, &err), BRSKI_E_MALFORMED,
	    "RFC 4648 8", &err);
	assert_int_equal(b.n, 3);
	brski_buf_clear(&b);
}

static void
test_percent(void **state)
{
	static const char *const bad[] = { "%", "a%4", "%4", "%4g", "%g4", "%%41" };
	struct brski_buf b = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	size_t i;

	(void)state;
	assert_ok(brski_percent_decode(BRSKI_LIT("a%2Fb%2f+%00%25"), &b, &err), &err);
	assert_slice_eq(brski_buf_slice(&b), BRSKI_LIT("a/b/+\0%"));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(brski_percent_decode(brski_slice_str(bad[i]), &b, &err),
		    BRSKI_E_MALFORMED, "RFC 3986 2.1", &err);
	brski_buf_clear(&b);
}

static void
test_pem(void **state)
{
	uint8_t der[100];
	struct brski_buf pem = { .max = 0 }, out = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_slice text, label;

	(void)state;
	for (size_t i = 0; i < sizeof(der); i++)
		der[i] = (uint8_t)i;
	assert_ok(brski_buf_append_str(&pem, "subject=whoever\n", &err), &err);
	assert_ok(brski_pem_encode("CERTIFICATE", brski_slice(der, 100), &pem, &err), &err);
	assert_ok(brski_pem_encode("X509 CRL", BRSKI_LIT("x"), &pem, &err), &err);
	text = brski_buf_slice(&pem);
	assert_ok(brski_pem_next(&text, &label, &out, &err), &err);
	assert_slice_eq(label, BRSKI_LIT("CERTIFICATE"));
	assert_slice_eq(brski_buf_slice(&out), brski_slice(der, 100));
	brski_buf_reset(&out);
	assert_ok(brski_pem_next(&text, &label, &out, &err), &err);
	assert_slice_eq(label, BRSKI_LIT("X509 CRL"));
	assert_slice_eq(brski_buf_slice(&out), BRSKI_LIT("x"));
	assert_int_equal(brski_pem_next(&text, &label, &out, &err), BRSKI_E_NOT_FOUND);
	assert_int_equal(err.rc, BRSKI_OK);
	brski_buf_clear(&pem);
	brski_buf_clear(&out);
}

/* RFC 7468 2: lines of 64 characters. */
static void
test_pem_lines(void **state)
{
	struct brski_buf pem = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };

	(void)state;
	assert_ok(brski_pem_encode("X",
	              brski_slice("0123456789012345678901234567890123456789012345678", 49), &pem,
	              &err),
	    &err);
	assert_string_equal(brski_buf_cstr(&pem),
	    "-----BEGIN X-----\n"
	    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3\n"
	    "OA==\n"
	    "-----END X-----\n");
	brski_buf_clear(&pem);
	pem.max = 30;
	assert_refused(brski_pem_encode("X", BRSKI_LIT("x"), &pem, &err), BRSKI_E_TOO_LARGE, &err);
	assert_int_equal(pem.n, 0);
	brski_buf_clear(&pem);
}

static void
test_pem_refused(void **state)
{
	static const char *const bad[] = { "-----BEGIN X", "-----BEGIN X-----\nAA==\n",
		"-----BEGIN X-----\nAA==\n-----END X",
		"-----BEGIN X-----\nAA==\n-----END Y-----\n" };
	static const char encrypted[] = "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n"
	                                "-----END X-----\n";
	struct brski_buf out = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	struct brski_slice text, label;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		text = brski_slice_str(bad[i]);
		assert_refused_by(brski_pem_next(&text, &label, &out, &err), BRSKI_E_MALFORMED,
		    "RFC 7468 2", &err);
	}
	text = brski_slice_str(encrypted);
	assert_refused_by(brski_pem_next(&text, &label, &out, &err), BRSKI_E_MALFORMED,
	    "RFC 4648 3", &err);
	brski_buf_clear(&out);
}

static void
test_secret_eq(void **state)
{
	(void)state;
	assert_true(brski_secret_eq(BRSKI_LIT("secret"), BRSKI_LIT("secret")));
	assert_false(brski_secret_eq(BRSKI_LIT("secret"), BRSKI_LIT("secreT")));
	assert_false(brski_secret_eq(BRSKI_LIT("secret"), BRSKI_LIT("secre")));
	assert_true(brski_secret_eq(BRSKI_LIT(""), (struct brski_slice){ NULL, 0 }));
}

static void
test_safe(void **state)
{
	char dst[8];

	(void)state;
	assert_string_equal(brski_text_safe(BRSKI_LIT("a\nb\xc3\xa9\0c"), dst, sizeof(dst)),
	    "a?b???c");
	assert_string_equal(brski_text_safe(BRSKI_LIT("0123456789"), dst, sizeof(dst)), "0123456");
	assert_string_equal(brski_text_safe((struct brski_slice){ NULL, 0 }, dst, sizeof(dst)), "");
}

/* RFC 3629 3 and 4: overlong forms, surrogates, beyond U+10FFFF, cut short, stray bytes. */
static void
test_clean(void **state)
{
	static const char *const good[] = { "", "plain ~", "\xc2\xa0", "caf\xc3\xa9",
		"\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\n", "\x7f", "\xc2\x80", "\xc2\x9f", "\x80", "\xc0\x80",
		"\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\xaf", "\xe2\x82", "\xed\xa0\x80",
		"\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "ok\x1b" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(brski_text_is_clean(brski_slice_str(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(brski_text_is_clean(brski_slice_str(bad[i])));
	assert_false(brski_text_is_clean(BRSKI_LIT("a\0b")));
}

/* RFC 3629: control characters are UTF-8 as well. */
static void
test_utf8(void **state)
{
	static const char *const good[] = { "", "\n\x7f", "\xc2\x80", "caf\xc3\xa9",
		"\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc3", "ok\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(brski_text_is_utf8(brski_slice_str(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(brski_text_is_utf8(brski_slice_str(bad[i])));
	assert_true(brski_text_is_utf8(BRSKI_LIT("a\0b")));
}

/* RFC 9110 8.3.1 */
static void
test_media(void **state)
{
	(void)state;
	assert_true(brski_text_media_eq(BRSKI_LIT("Text/JSON"), "text/json"));
	assert_true(brski_text_media_eq(BRSKI_LIT("\t text/json ; charset=x"), "text/json;a=b"));
	assert_false(brski_text_media_eq(BRSKI_LIT("text/jso"), "text/json"));
	assert_false(brski_text_media_eq(BRSKI_LIT("text/json2"), "text/json"));
	assert_false(brski_text_media_eq(BRSKI_LIT("text/json, a/b"), "text/json"));
	assert_false(brski_text_media_eq(brski_slice(NULL, 0), "text/json"));
}

static void
test_nocase(void **state)
{
	(void)state;
	assert_true(brski_text_eq_nocase(BRSKI_LIT("Text/JSON"), "text/json"));
	assert_false(brski_text_eq_nocase(BRSKI_LIT("text/jso"), "text/json"));
	assert_false(brski_text_eq_nocase(BRSKI_LIT("text[json"), "text{json"));
}

static void
test_random(void **state)
{
	uint8_t a[300] = { 0 }, b[300] = { 0 };

	(void)state;
	brski_random(a, sizeof(a));
	brski_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	brski_wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_lines),
		cmocka_unit_test(test_base64_refused),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_pem_lines),
		cmocka_unit_test(test_pem_refused),
		cmocka_unit_test(test_secret_eq),
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_media),
		cmocka_unit_test(test_nocase),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
