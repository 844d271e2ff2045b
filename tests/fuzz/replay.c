/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() of a fuzz target where there is no libFuzzer: give it every file of its corpus, and every
 * file once more without its last byte and without its first. What it must not do is crash, so this
 * is of most use under the sanitizers.
 *
 * usage: fuzz_NAME [FILE|DIR...]; default: tests/fuzz/NAME.in below $top_srcdir
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX      ((size_t)4 * 1024 * 1024)
#define NAME_MAX_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly n bytes, so that a read beyond them is noticed. */
static void
run_one(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static bool
replay_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL || data == NULL) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(99);
	}
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	run_one(data, n);
	if (n > 0) {
		run_one(data, n - 1);
		run_one(data + 1, n - 1);
	}
	free(data);
	return true;
}

static size_t
replay(const char *path)
{
	char name[NAME_MAX_BYTES];
	struct dirent *entry;
	struct stat st;
	size_t count = 0;
	DIR *dir;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return replay_file(path);
	if ((dir = opendir(path)) == NULL) {
		fprintf(stderr, "%s: no such corpus\n", path);
		exit(99);
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		count += replay(name);
	}
	closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	const char *self = strrchr(argv[0], '/');
	char corpus[NAME_MAX_BYTES];
	size_t count = 0;

	self = self != NULL ? self + 1 : argv[0];
	if (strncmp(self, "fuzz_", 5) == 0)
		self += 5;
	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	if (argc == 1) {
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/%s.in", top != NULL ? top : ".",
		    self);
		count = replay(corpus);
	}
	printf("%s: %zu inputs\n", self, count);
	return count > 0 ? 0 : 99; /* an empty corpus proves nothing */
}
