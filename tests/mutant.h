/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only for tests/mutate, which builds a copy of the tree in which each refusal asks this first. The
 * one whose number is in BRSKI_MUTANT is left out. Numbers that were asked for are appended to the
 * file BRSKI_MUTANT_TRACE, once per process.
 */
#ifndef TESTS_MUTANT_H
#define TESTS_MUTANT_H

#include <stdbool.h>

bool brski_mutant(int id);

#ifdef BRSKI_MUTANT_DEFINE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MUTANTS_MAX 8192

static void
mutant_trace(int id)
{
	static bool seen[MUTANTS_MAX];
	const char *path = getenv("BRSKI_MUTANT_TRACE");
	char line[16];
	int fd, n;

	if (path == NULL || id >= MUTANTS_MAX || seen[id])
		return;
	seen[id] = true;
	n = snprintf(line, sizeof(line), "%d\n", id);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) == -1)
		return;
	if (write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
}

bool
brski_mutant(int id)
{
	static int chosen = -2;
	const char *text;

	if (chosen == -2)
		chosen = (text = getenv("BRSKI_MUTANT")) != NULL ? (int)strtol(text, NULL, 10) : -1;
	mutant_trace(id);
	return id == chosen;
}
#endif

#endif
