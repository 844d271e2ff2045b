/* SPDX-License-Identifier: Apache-2.0 */
/* What of the neighbours' mDNS Avahi's core gets to see. */
#include "net/mdns_filter.h"
#include "tu.h"

#define HEAD(qd, an, ns, ar) "\0\0\x84\0\0" qd "\0" an "\0" ns "\0" ar
#define NAME                 "\x0b_brski-prox\x04_tcp\x05local"
#define PTR                  "\0\x0c\0\x01\0\0\0\x78\0\x02\xc0\x0c"
#define ALIAS                "\0\x05\0\x01\0\0\0\x78\0\x02\xc0\x0c"

#define WHOLESOME(text)      assert_true(mdns_is_wholesome(BRSKI_LIT(text)))
#define BAD(text)            assert_false(mdns_is_wholesome(BRSKI_LIT(text)))

static void
test_good(void **state)
{
	(void)state;
	WHOLESOME(HEAD("\0", "\0", "\0", "\0"));
	WHOLESOME(HEAD("\x01", "\0", "\0", "\0") NAME "\0\0\x05\0\x01"); /* only asked for */
	WHOLESOME(HEAD("\0", "\x01", "\0", "\0") NAME "\0" PTR);
	WHOLESOME(HEAD("\x01", "\x01", "\x01", "\x01") NAME "\0\0\x0c\0\x01\xc0\x0c" PTR
	                                                    "\xc0\x0c" PTR "\xc0\x0c" PTR);
	/* what follows the records is nobody's business */
	WHOLESOME(HEAD("\0", "\0", "\0", "\0") "\xff");
}

/* In whichever section. */
static void
test_alias(void **state)
{
	(void)state;
	BAD(HEAD("\0", "\x01", "\0", "\0") NAME "\0" ALIAS);
	BAD(HEAD("\0", "\0", "\x01", "\0") NAME "\0" ALIAS);
	BAD(HEAD("\0", "\0", "\0", "\x01") NAME "\0" ALIAS);
	BAD(HEAD("\x01", "\x02", "\0", "\0") NAME "\0\0\x0c\0\x01\xc0\x0c" PTR "\xc0\x0c" ALIAS);
}

static void
test_broken(void **state)
{
	static const uint8_t large[MDNS_DATAGRAM_MAX + 1];
	static const char good[] =
	    HEAD("\x01", "\x01", "\0", "\0") NAME "\0\0\x0c\0\x01\xc0\x0c" PTR;
	size_t n;

	(void)state;
	/* cut short anywhere */
	for (n = 0; n < sizeof(good) - 1; n++)
		assert_false(mdns_is_wholesome(brski_slice(good, n)));
	assert_true(mdns_is_wholesome(brski_slice(good, sizeof(good) - 1)));
	/* label types that are reserved, RFC 1035 4.1.4 */
	BAD(HEAD("\x01", "\0", "\0", "\0") "\x40\0\0\x0c\0\x01");
	BAD(HEAD("\x01", "\0", "\0", "\0") "\x80\0\0\x0c\0\x01");
	/* more records than are there */
	BAD(HEAD("\0", "\x02", "\0", "\0") NAME "\0" PTR);
	assert_true(mdns_is_wholesome(brski_slice(large, MDNS_DATAGRAM_MAX)));
	assert_false(mdns_is_wholesome(brski_slice(large, sizeof(large))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
