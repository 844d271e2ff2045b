/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a neighbour's mDNS datagram must be before Avahi's core, which runs inside our process, sees
 * it: RFC 1035 4.1, RFC 6762 18.
 */
#ifndef BRSKI_MDNS_FILTER_H
#define BRSKI_MDNS_FILTER_H

#include "base/slice.h"

#define MDNS_DATAGRAM_MAX 9000 /* RFC 6762 17 */

/*
 * A whole DNS message that has no CNAME record. Nothing that we look for is an alias, and Avahi
 * 0.8 follows one that leads to itself until its stack is gone.
 */
bool mdns_is_wholesome(struct brski_slice datagram);

#endif
