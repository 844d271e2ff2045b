/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemons' main() share: arguments, exit codes, the order of loading, starting and
 * stopping, and what is logged about it.
 */
#ifndef BRSKI_DAEMON_H
#define BRSKI_DAEMON_H

#include "base/log.h"
#include "conf/conf.h"

enum brski_exit {
	BRSKI_EXIT_OK,
	BRSKI_EXIT_FAILED,
	BRSKI_EXIT_USAGE
};

struct brski_daemon {
	const char *name, *version; /* "brski-masa" */
	const char *conf_path;      /* the default; then what -f said */
	const struct brski_conf_schema *schema;
	/* a command that is no daemon: NAME COMMAND ... */
	const char *command, *operands;            /* "init", "DIR ..." */
	int (*run_command)(int argc, char **argv); /* argv[0] is the command */

	/* Read the configuration and all that it names. */
	enum brski_rc (*load)(void *app, struct brski_err *err);
	/* Open what serves; serves gets a word about where. */
	enum brski_rc (*start)(void *app, struct brski_err *err);
	void (*run)(void *app);  /* until a signal ends it */
	void (*stop)(void *app); /* whatever load() and start() came to */
	void *app;

	/* for app to read and fill */
	bool verbose;
	struct brski_log log;
	char serves[160];
};
/* Everything; returns what main() returns: enum brski_exit, or the command's. */
int brski_daemon_main(struct brski_daemon *d, int argc, char **argv);
/* As many descriptors as this process may have, within reason: each connection takes one or two. */
void brski_daemon_descriptors(void);
/* From options log-level and log-format; -v says debug whatever they say. */
void brski_daemon_set_log(struct brski_daemon *d, int level, int format);

#endif
