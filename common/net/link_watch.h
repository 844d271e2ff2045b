/* SPDX-License-Identifier: Apache-2.0 */
/* Hears from the kernel when interfaces or addresses of this machine come and go. */
#ifndef BRSKI_LINK_WATCH_H
#define BRSKI_LINK_WATCH_H

#include "net/loop.h"

struct brski_link_watch;
/*
 * changed(arg) from the loop, once for all that changes within half a second. A router on the link
 * can have addresses come and go: over time it is every five seconds at most, see damper.h.
 */
enum brski_rc brski_link_watch_new(struct brski_loop *loop, void (*changed)(void *arg), void *arg,
    struct brski_link_watch **out, struct brski_err *err);
void brski_link_watch_free(struct brski_link_watch *w); /* NULL is fine */

#endif
