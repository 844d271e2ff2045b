/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator wants to see of what is dropped in silence: one line with all counters by name,
 * once in a while when any has changed, on SIGUSR1, and at the end.
 */
#ifndef BRSKI_TALLY_H
#define BRSKI_TALLY_H

#include <stddef.h>
#include "base/log.h"
#include "net/loop.h"

#define BRSKI_TALLY_MAX 24

struct brski_count {
	const char *name; /* a constant, one word */
	uint64_t n;
};

struct brski_tally_conf {
	/* Fills in counters, always the same ones in the same order; how many. */
	size_t (*read)(void *arg, struct brski_count out[BRSKI_TALLY_MAX]);
	void *arg;
	uint32_t every_ms; /* [60000] */
	const struct brski_log *log;
};

struct brski_tally;
enum brski_rc brski_tally_new(struct brski_loop *loop, const struct brski_tally_conf *conf,
    struct brski_tally **out, struct brski_err *err);
void brski_tally_free(struct brski_tally *t); /* the last line; NULL is fine */

#endif
