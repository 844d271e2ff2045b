/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's peer, shared by the connection and its exchanges, which may outlive it. */
#ifndef BRSKI_PEER_REF_H
#define BRSKI_PEER_REF_H

#include <sys/socket.h>
#include "net/exchange.h"
#include "net/tls.h"

struct brski_peer_ref {
	unsigned refs;
	struct brski_tls *tls; /* owns what peer.own shows */
	struct brski_peer peer;
};

/*
 * Who is at the other end of fd, as far as the socket tells; tls may be NULL, else a reference is
 * taken. NULL without memory.
 */
struct brski_peer_ref *brski_peer_ref_new(struct brski_tls *tls, int fd, const struct sockaddr *sa);
struct brski_peer_ref *brski_peer_ref(struct brski_peer_ref *p);
void brski_peer_unref(struct brski_peer_ref *p); /* NULL is fine */

#endif
