/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of the operator's that is run whenever another certificate is in place, so that who
 * uses it loads it anew. It is given the state folder; no shell is in between.
 */
#ifndef PLEDGE_HOOK_H
#define PLEDGE_HOOK_H

#include <sys/types.h>
#include <time.h>

#include "base/log.h"

#define PLEDGE_HOOK_S 300

struct pledge_hook {
	const char *program; /* NULL: none; borrowed */
	const char *folder;
	const struct brski_log *log;
	unsigned limit_s; /* one that runs for longer is ended; 0: PLEDGE_HOOK_S */
	pid_t pid;        /* of the one that runs; 0: none does */
	time_t since;     /* seconds that never go back */
	bool again;       /* wanted while one was running */
};

/* Start it, or, while one runs, when that has ended. What fails is logged. */
void pledge_hook_run(struct pledge_hook *h);
/* Hear whether it has ended, or see to it that it does; true while it runs. */
bool pledge_hook_poll(struct pledge_hook *h);

#endif
