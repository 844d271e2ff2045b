/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain CoAP discovery, RFC 7252 8 and RFC 6690: GET /.well-known/core to a group (ff02::fd,
 * ff05::fd) or an address, over UDP 5683. The answer says where to go, never whom to trust.
 */
#ifndef BRSKI_COAP_MULTICAST_H
#define BRSKI_COAP_MULTICAST_H

#include <sys/socket.h>
#include "base/log.h"
#include "coap/link_format.h"
#include "net/loop.h"

struct brski_coap_responder;
struct brski_coap_responder_conf {
	const char *const *interfaces; /* NULL: all that can multicast */
	size_t interfaces_n;
	uint16_t port;       /* [5683] */
	uint32_t leisure_ms; /* [5000] answers to groups wait a random time up to this */
	/*
	 * Append the links for an asker that reached us at that own address (with scope); filtering
	 * by the query is done here.
	 */
	enum brski_rc (*links)(void *arg, const struct sockaddr *own, struct brski_buf *out,
	    struct brski_err *err);
	void *arg;
	const struct brski_log *log;
};
/*
 * Silent on every error that was sent to a group or asks for no confirmation (RFC 7252 8.1, 8.2);
 * who asks for one by an address gets an error or a reset (RFC 7252 4.2). Answers have a pace for
 * each address, and one for each link. What is dropped or refused is counted.
 */
enum brski_rc brski_coap_responder_new(struct brski_loop *loop,
    const struct brski_coap_responder_conf *conf, struct brski_coap_responder **out,
    struct brski_err *err);
void brski_coap_responder_free(struct brski_coap_responder *r); /* NULL is fine */
uint64_t brski_coap_responder_dropped(const struct brski_coap_responder *r);

struct brski_coap_asker;
struct brski_coap_asker_conf {
	const char *const *interfaces; /* NULL: all that can multicast */
	size_t interfaces_n;
	const char *group; /* "ff02::fd", "ff05::fd"; or an address; a constant */
	uint16_t port;     /* [5683] */
	/* An answer that is link format, to be walked with link_format.h; from has its scope. */
	void (*answer)(void *arg, const struct sockaddr *from, struct brski_slice links);
	void *arg;
	const struct brski_log *log;
};
enum brski_rc brski_coap_asker_new(struct brski_loop *loop,
    const struct brski_coap_asker_conf *conf, struct brski_coap_asker **out, struct brski_err *err);
/* NON GET /.well-known/core?QUERY on each interface; answers come as long as the asker lives. */
enum brski_rc brski_coap_asker_ask(struct brski_coap_asker *a, const char *query,
    struct brski_err *err);
uint64_t brski_coap_asker_dropped(const struct brski_coap_asker *a); /* what was no answer */
void brski_coap_asker_free(struct brski_coap_asker *a); /* NULL is fine; not from answer() */

#endif
