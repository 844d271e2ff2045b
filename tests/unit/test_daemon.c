/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>
#include "conf/daemon.h"
#include "tu.h"

/* As many as are allowed; a limit is never lowered. */
static void
test_descriptors(void **state)
{
	struct rlimit was, l;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	l = was;
	l.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	brski_daemon_descriptors();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &l), 0);
	assert_true(l.rlim_cur == l.rlim_max || l.rlim_cur == 65536);
	assert_true(l.rlim_max == was.rlim_max);
	l.rlim_cur = l.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	brski_daemon_descriptors();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &l), 0);
	assert_true(l.rlim_cur == l.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
