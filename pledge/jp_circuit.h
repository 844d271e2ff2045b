/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The circuit proxy of RFC 8995 4: bytes from a pledge's TCP connection to a registrar's and back,
 * without a look into them. One listener for one registrar on one interface.
 */
#ifndef PLEDGE_JP_CIRCUIT_H
#define PLEDGE_JP_CIRCUIT_H

#include <netinet/in.h>
#include <sys/socket.h>
#include "base/log.h"
#include "net/loop.h"

#define JP_CIRCUIT_BUFFER (64 * 1024) /* bytes on their way in each direction */
#define JP_TARGETS        4           /* addresses of one registrar */

struct jp_targets {
	struct sockaddr_storage at[JP_TARGETS];
	size_t n;
};

/* Zero means the default in brackets. */
struct jp_circuit_conf {
	const char *interface; /* of the pledges; NULL: any */
	uint16_t port;         /* [any] */
	/* whom to serve [link-local sources alone, RFC 8995 4.1] */
	bool (*admit)(const struct sockaddr *from);
	unsigned connections; /* [64] */
	unsigned per_address; /* [4] */
	uint32_t connect_ms;  /* [5000] for each of the registrar's addresses, twice that for all */
	/* where all connections are taken, one ends for another pledge's when the registrar */
	uint32_t mute_ms;   /* [500] has not said anything in that time, or */
	uint32_t silent_ms; /* [5000] nothing more for so long */
	uint32_t idle_ms;   /* [90000] at most twice that without a byte either way */
	uint32_t total_ms;  /* [900000] */
	const struct brski_log *log;
};

struct jp_circuit;
enum brski_rc jp_circuit_new(struct brski_loop *loop, const struct jp_circuit_conf *conf,
    struct jp_circuit **out, struct brski_err *err);
/* Where the next connections go; copied. None: they are closed. Those that stand go on. */
void jp_circuit_set_targets(struct jp_circuit *p, const struct jp_targets *targets);
unsigned jp_circuit_port(const struct jp_circuit *p);
/* Connections that were not served: source, limits, nobody to connect to; or that made room. */
uint64_t jp_circuit_dropped(const struct jp_circuit *p);
size_t jp_circuit_open(const struct jp_circuit *p); /* connections that stand */
void jp_circuit_free(struct jp_circuit *p);         /* closes all; NULL is fine */

#endif
