/* SPDX-License-Identifier: Apache-2.0 */
/* Where a MASA is: RFC 8995 2.3.2. */
#include "tu.h"
#include "registrar/masa_url.h"

static void
accepts(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "masa.example.com", "https://masa.example.com/.well-known/brski" },
		{ "masa.example.com:9443", "https://masa.example.com:9443/.well-known/brski" },
		{ "127.0.0.1:21001", "https://127.0.0.1:21001/.well-known/brski" },
		{ "[2001:db8::1]", "https://[2001:db8::1]/.well-known/brski" },
		{ "[2001:db8::1]:9443", "https://[2001:db8::1]:9443/.well-known/brski" },
		{ "https://masa.example.com", "https://masa.example.com" },
		{ "https://masa.example.com/", "https://masa.example.com" },
		{ "https://masa.example.com:8443/a/b", "https://masa.example.com:8443/a/b" },
		{ "HTTPS://masa.example.com/a/", "https://masa.example.com/a" },
		{ "https://[::1]:65535/x", "https://[::1]:65535/x" },
	};
	char out[REGISTRAR_MASA_URL_MAX];
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_ok(registrar_masa_url(brski_slice_str(t[i].in), out, &err), &err);
		assert_string_equal(out, t[i].out);
	}
}

static void
refuses(void **state)
{
	static const char *const t[] = { "", ":443", "host:", "host:123456", "host:65536",
		"host:12a", "user@host", "http://host/", "ftp://host", "//host", "host/path",
		"[::1", "[]", "[::1]x", "[fe80::1%eth0]", "https://", "https:///path",
		"https://host?q", "https://host/a?b", "https://host/a#b", "https://user@host/",
		"https://host/a b", "https://host/\x01", "https://host/\xc3\xbc", "host\n",
		"-\x7f" };
	char out[REGISTRAR_MASA_URL_MAX], longest[REGISTRAR_MASA_URL_IN + 2];
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_refused_by(registrar_masa_url(brski_slice_str(t[i]), out, &err),
		    BRSKI_E_MALFORMED, "RFC 8995 2.3.2", &err);
	assert_refused(registrar_masa_url(BRSKI_LIT("host\0.example"), out, &err),
	    BRSKI_E_MALFORMED, &err);
	memset(longest, 'a', sizeof(longest));
	assert_ok(registrar_masa_url(brski_slice(longest, REGISTRAR_MASA_URL_IN), out, &err), &err);
	assert_refused(registrar_masa_url(brski_slice(longest, REGISTRAR_MASA_URL_IN + 1), out,
	                   &err),
	    BRSKI_E_MALFORMED, &err);
}

/* RFC 8995 5.8: 201 and a Location. */
static void
location(void **state)
{
	static const struct {
		const char *location, *out; /* NULL: we do not go there */
	} t[] = {
		{ "/log/42", "https://masa.example.com:9443/log/42" },
		{ "https://masa.example.com:9443/log/42", "https://masa.example.com:9443/log/42" },
		{ "HTTPS://MASA.example.com:9443/l", "HTTPS://MASA.example.com:9443/l" },
		{ "//evil.example.com/log", NULL },
		{ "log/42", NULL },
		{ "", NULL },
		{ "https://masa.example.com/log", NULL },
		{ "https://masa.example.com:94430/log", NULL },
		{ "https://masa.example.com:9443@evil.example.com/", NULL },
		{ "http://masa.example.com:9443/log", NULL },
		{ "file:///etc/passwd", NULL },
	};
	char out[REGISTRAR_LOCATION_MAX], longest[REGISTRAR_LOCATION_MAX];
	const char *base = "https://masa.example.com:9443/.well-known/brski";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(registrar_masa_location(base, t[i].location, out),
		    t[i].out != NULL);
		if (t[i].out != NULL)
			assert_string_equal(out, t[i].out);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_false(registrar_masa_location(base, longest, out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(refuses),
		cmocka_unit_test(location),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
