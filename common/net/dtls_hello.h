/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door of a DTLS server: who comes first gets a cookie and leaves no trace, RFC 6347 4.2.1,
 * RFC 9147 5.1. One session waits inside; whoever brings a good cookie gets it.
 */
#ifndef BRSKI_DTLS_HELLO_H
#define BRSKI_DTLS_HELLO_H

#include "net/dtls_session.h"

struct dtls_hello;

/* NULL without memory. */
struct dtls_hello *dtls_hello_new(struct dtls_owner *o, struct brski_tls *tls);
void dtls_hello_free(struct dtls_hello *h); /* NULL is fine */
/* Cookies of the last context stay good for a while. False without memory: as it was. */
bool dtls_hello_set_tls(struct dtls_hello *h, struct brski_tls *tls);

/* Does it begin like a ClientHello, in the clear? */
bool dtls_hello_is(struct brski_slice datagram);
/* Its random; absent in a fragment that is not the first. */
struct brski_slice dtls_hello_random(struct brski_slice datagram);

/*
 * A ClientHello from nobody we know. The session when its cookie is good, the caller's now; it has
 * read the datagram, and goes on when started and given none. Else NULL, and *answer is what may be
 * sent: never more than came, RFC 6347 4.2.1, RFC 9147 11.
 */
struct brski_dtls_session *dtls_hello_offer(struct dtls_hello *h, const struct dtls_key *key,
    struct brski_slice datagram, struct dtls_answer *answer);

#endif
