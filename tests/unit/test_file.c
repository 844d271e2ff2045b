/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "tu.h"

struct box {
	char dir[64], path[128];
};

static int
setup(void **state)
{
	struct box *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	(void)snprintf(b->dir, sizeof(b->dir), "%s", "/tmp/test_file.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	(void)snprintf(b->path, sizeof(b->path), "%s/file", b->dir);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct box *b = *state;

	(void)unlink(b->path);
	assert_int_equal(rmdir(b->dir), 0); /* nothing else was left there */
	free(b);
	return 0;
}

static void
test_write_read(void **state)
{
	const struct box *b = *state;
	struct brski_buf out = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	struct stat st;

	assert_ok(brski_file_write(b->path, BRSKI_LIT("one"), 0600, &err), &err);
	assert_int_equal(stat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_ok(brski_file_write(b->path, BRSKI_LIT("two!"), 0600, &err), &err);
	assert_ok(brski_buf_append_str(&out, "before ", &err), &err);
	assert_ok(brski_file_read(b->path, &out, &err), &err);
	assert_string_equal(brski_buf_cstr(&out), "before two!");
	brski_buf_clear(&out);
}

static void
test_relative_path(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	char here[256];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(b->dir), 0);
	assert_ok(brski_file_write("file", BRSKI_LIT("x"), 0600, &err), &err);
	assert_int_equal(chdir(here), 0);
	assert_int_equal(access(b->path, R_OK), 0);
}

static void
test_too_large(void **state)
{
	const struct box *b = *state;
	struct brski_buf out = { .max = 9999 };
	struct brski_err err = { .rc = BRSKI_OK };
	static const uint8_t big[10000];

	assert_ok(brski_file_write(b->path, brski_slice(big, sizeof(big)), 0600, &err), &err);
	assert_refused(brski_file_read(b->path, &out, &err), BRSKI_E_TOO_LARGE, &err);
	assert_int_equal(out.n, 0);
	brski_buf_clear(&out);
	out.max = 10000;
	assert_ok(brski_file_read(b->path, &out, &err), &err);
	assert_int_equal(out.n, 10000);
	brski_buf_clear(&out);
}

static void
test_cannot_read(void **state)
{
	const struct box *b = *state;
	struct brski_buf out = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };

	assert_broken(brski_file_read(b->path, &out, &err), BRSKI_E_NOT_FOUND, &err);
	assert_broken(brski_file_read(b->dir, &out, &err), BRSKI_E_IO, &err);
	brski_buf_clear(&out);
}

static void
test_cannot_write(void **state)
{
	const struct box *b = *state;
	struct brski_err err = { .rc = BRSKI_OK };
	char path[5000];

	(void)snprintf(path, sizeof(path), "%s/no/file", b->dir);
	assert_broken(brski_file_write(path, BRSKI_LIT("x"), 0600, &err), BRSKI_E_IO, &err);
	assert_broken(brski_file_write(b->dir, BRSKI_LIT("x"), 0600, &err), BRSKI_E_IO, &err);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_broken(brski_file_write(path, BRSKI_LIT("x"), 0600, &err), BRSKI_E_IO, &err);
}

static void
test_stdin(void **state)
{
	struct brski_buf out = { .max = 0 };
	struct brski_err err = { .rc = BRSKI_OK };
	int fds[2], saved = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "in", 2), 2);
	close(fds[1]);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	assert_ok(brski_file_read("-", &out, &err), &err);
	assert_string_equal(brski_buf_cstr(&out), "in");
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	close(fds[0]);
	brski_buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_write_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relative_path, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_write, setup, teardown),
		cmocka_unit_test(test_stdin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
