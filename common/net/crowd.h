/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections or sessions there are. When the last of a crowd has gone, what it needed
 * goes back to the system: memory stays flat.
 */
#ifndef BRSKI_CROWD_H
#define BRSKI_CROWD_H

#include <malloc.h>

#define BRSKI_CROWD 16 /* at once, after which memory is worth giving back */

struct brski_crowd {
	unsigned n, most; /* now, and since the last time there was nobody */
};

static inline void
brski_crowd_joined(struct brski_crowd *c)
{
	if (++c->n > c->most)
		c->most = c->n;
}

static inline void
brski_crowd_left(struct brski_crowd *c)
{
	if (--c->n > 0 || c->most < BRSKI_CROWD)
		return;
	c->most = 0;
	(void)malloc_trim(0);
}

#endif
