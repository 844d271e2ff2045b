/* SPDX-License-Identifier: Apache-2.0 */
/* How many connections an address has. */
#ifndef BRSKI_ADDR_COUNT_H
#define BRSKI_ADDR_COUNT_H

#include <sys/socket.h>
#include <stdbool.h>

struct brski_addr_entry;
struct brski_addr_count {
	struct brski_addr_entry *buckets[256];
};

/* One more; NULL when that would exceed max, or without memory. Ports are of no matter. */
struct brski_addr_entry *brski_addr_take(struct brski_addr_count *t, const struct sockaddr *sa,
    unsigned max);
unsigned brski_addr_held(const struct brski_addr_entry *e);
void brski_addr_release(struct brski_addr_count *t, struct brski_addr_entry *e); /* NULL is fine */

#endif
