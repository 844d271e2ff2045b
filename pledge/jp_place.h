/* SPDX-License-Identifier: Apache-2.0 */
/* Somewhere that a registrar serves, as it is said to a join proxy: judged, pure. */
#ifndef PLEDGE_JP_PLACE_H
#define PLEDGE_JP_PLACE_H

#include <sys/socket.h>
#include "coap/link_format.h"
#include "net/mdns.h"

enum jp_transport {
	JP_HTTPS,
	JP_COAPS,
	JP_JPY,
	JP_TRANSPORTS
};
/* Somewhere that a registrar serves. */
struct jp_place {
	enum jp_transport transport;
	struct sockaddr_storage at;
	/* who it is: an mDNS instance, else "" */
	char instance[BRSKI_MDNS_INSTANCE_MAX];
	/* where that was announced, an interface: names are of one link alone; else 0 */
	unsigned link;
};

/*
 * "https://ADDRESS[:PORT][/...]", coaps, jpy: numeric, IPv6 in brackets, with a zone where it is
 * link-local. The default port is 443, 5684, none. False: none of them.
 */
bool jp_place_parse(struct brski_slice url, struct jp_place *out);
bool jp_place_same(const struct jp_place *a, const struct jp_place *b);
/* Is it a host's? Not a group's, not one of those that never leave a machine. */
bool jp_place_fit(const struct jp_place *p);
/*
 * May it be relayed to, as this machine's addresses are now? Not to services of this machine, not
 * through an interface that is gone.
 */
bool jp_place_is_elsewhere(const struct jp_place *p);

enum jp_link {
	JP_LINK_OTHER, /* of no registrar */
	JP_LINK_BAD,
	JP_LINK_PLACE
};
/* What a link says that came from there, join proxy 5.3: the address is one of that link. */
enum jp_link jp_place_of_link(const struct brski_link *l, const struct sockaddr *from,
    struct jp_place *out);

#endif
