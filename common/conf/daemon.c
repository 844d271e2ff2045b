/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/daemon.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define DESCRIPTORS 65536

void
brski_daemon_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= DESCRIPTORS)
		return;
	l.rlim_cur = l.rlim_max < DESCRIPTORS ? l.rlim_max : DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

void
brski_daemon_set_log(struct brski_daemon *d, int level, int format)
{
	d->log.format = (enum brski_log_format)format;
	d->log.level = d->verbose ? BRSKI_LOG_DEBUG : (enum brski_level)level;
}

static void
run(struct brski_daemon *d)
{
	brski_log_info(&d->log, "start", "%s %s serves %s", d->name, d->version, d->serves);
	d->run(d->app);
	brski_log_info(&d->log, "stop", "%s ends", d->name);
}

static int
serve(struct brski_daemon *d, bool check)
{
	struct brski_err err = { 0 };
	enum brski_rc rc;

	brski_daemon_descriptors();
	d->log = brski_log_stderr(BRSKI_LOG_INFO, BRSKI_LOG_LOGFMT);
	if ((rc = d->load(d->app, &err)) == BRSKI_OK && check)
		fprintf(stderr, "%s: configuration OK\n", d->conf_path);
	else if (rc == BRSKI_OK && (rc = d->start(d->app, &err)) == BRSKI_OK)
		run(d);
	if (rc != BRSKI_OK)
		brski_log_err(&d->log, "start", &err);
	d->stop(d->app);
	return rc == BRSKI_OK ? BRSKI_EXIT_OK : BRSKI_EXIT_FAILED;
}

static int
describe(const struct brski_daemon *d)
{
	struct brski_buf text = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc;

	if ((rc = brski_conf_describe(d->schema, &text, &err)) == BRSKI_OK)
		fwrite(text.p, 1, text.n, stdout);
	else
		fprintf(stderr, "%s: %s\n", d->name, err.detail);
	brski_buf_clear(&text);
	return rc == BRSKI_OK && fflush(stdout) == 0 ? BRSKI_EXIT_OK : BRSKI_EXIT_FAILED;
}

static int
usage(const struct brski_daemon *d, FILE *to)
{
	fprintf(to,
	    "usage: %s [-dnvV] [-f FILE]\n"
	    "       %s --describe-conf | --help | --version\n"
	    "       %s %s %s\n",
	    d->name, d->name, d->name, d->command, d->operands);
	return to == stdout ? BRSKI_EXIT_OK : BRSKI_EXIT_USAGE;
}

static int
version(const struct brski_daemon *d)
{
	printf("%s %s\n", d->name, d->version);
	return BRSKI_EXIT_OK;
}

int
brski_daemon_main(struct brski_daemon *d, int argc, char **argv)
{
	static const struct option options[] = {
		{ "describe-conf", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	bool check = false;
	int c;

	if (argc > 1 && strcmp(argv[1], d->command) == 0)
		return d->run_command(argc - 1, argv + 1);
	while ((c = getopt_long(argc, argv, "df:hnvV", options, NULL)) != -1)
		switch (c) {
		case 'c':
			return describe(d);
		case 'd':
			break; /* in the foreground: always */
		case 'f':
			d->conf_path = optarg;
			break;
		case 'h':
			return usage(d, stdout);
		case 'n':
			check = true;
			break;
		case 'v':
			d->verbose = true;
			break;
		case 'V':
			return version(d);
		default:
			return usage(d, stderr);
		}
	if (optind != argc)
		return usage(d, stderr);
	return serve(d, check);
}
