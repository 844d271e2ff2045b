/* SPDX-License-Identifier: Apache-2.0 */
/* What Avahi wants of a main loop, on ours. */
#ifndef BRSKI_MDNS_POLL_H
#define BRSKI_MDNS_POLL_H

#include <avahi-common/watch.h>
#include "net/loop.h"

/* p is filled; it and the loop must outlive whatever Avahi makes with it. */
void mdns_poll_init(AvahiPoll *p, struct brski_loop *loop);

#endif
