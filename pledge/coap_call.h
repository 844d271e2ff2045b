/* SPDX-License-Identifier: Apache-2.0 */
/* For ports that block: one request of the engine over CoAP, from compose() to the answer. */
#ifndef PLEDGE_COAP_CALL_H
#define PLEDGE_COAP_CALL_H

#include "pledge/coap.h"

/* A session that stands. */
struct pledge_coap_io {
	void *arg;
	uint64_t (*ticks_ms)(void *arg);
	/* False: the session is over. */
	bool (*send)(void *arg, struct brski_slice datagram);
	/*
	 * The datagram that comes within that time, valid until the next call; absent: none. False:
	 * the session is over.
	 */
	bool (*hear)(void *arg, uint32_t wait_ms, struct brski_slice *datagram);
};

/*
 * c: initialised once per session. Memory comes from a->body's heap. E_UNAVAILABLE: the session is
 * over; else as r->compose() and brski_coap_client_step().
 */
enum brski_rc pledge_coap_call(struct brski_coap_client *c, const struct pledge_coap_io *io,
    const struct pledge_peer *peer, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err);

#endif
