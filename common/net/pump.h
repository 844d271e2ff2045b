/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes between a connected socket, with TLS on it or without, and a local socket on which somebody
 * else (libmicrohttpd, libcurl) speaks plaintext. Server and client side alike.
 *
 * Nothing is read from the network while the local side does not take it, and the other way round.
 * Either side's end of stream is passed on; when the local side has closed, what it wrote is
 * flushed, TLS is shut down, and late input is discarded for a moment, because closing a socket
 * with unread input would destroy the answer on its way (RFC 9112 9.6).
 */
#ifndef BRSKI_PUMP_H
#define BRSKI_PUMP_H

#include "net/loop.h"
#include "net/tls.h"

struct brski_pump;

struct brski_pump_conf {
	struct brski_loop *loop;
	struct brski_tls *tls; /* a reference is taken; NULL: bytes pass as they are */
	const char *sni;       /* NULL: none; borrowed for brski_pump_new() */
	/* The handshake is over; also called, from the loop, without TLS. May free the pump. */
	void (*up)(void *arg);
	/* Bytes came from the network; once per brski_pump_expect(). May not free the pump. */
	void (*came)(void *arg);
	/*
	 * The other end says no more; what the local side still says goes out. May free the pump;
	 * may be NULL.
	 */
	void (*ended)(void *arg);
	/*
	 * It is over; err is NULL when both sides ended well. The pump must be freed, here or
	 * later. E_CERTIFICATE: the handshake refused a certificate.
	 */
	void (*gone)(void *arg, const struct brski_err *err);
	void *arg;
};

/* fd is connected, not blocking, and the pump's from now on, also on failure. */
enum brski_rc brski_pump_new(const struct brski_pump_conf *conf, int fd, struct brski_pump **out,
    struct brski_err *err);
void brski_pump_free(struct brski_pump *p); /* at once; no callback */

/* Once, after up(): begin to pump. *local is the other end of the local socket, the caller's. */
enum brski_rc brski_pump_open(struct brski_pump *p, int *local, struct brski_err *err);
/* NULL without TLS */
struct WOLFSSL *brski_pump_ssl(struct brski_pump *p);
/* Tell with came() when the next bytes arrive. */
void brski_pump_expect(struct brski_pump *p);
/* Send text (may be absent) instead of whatever the local side would still say, then close. */
void brski_pump_finish(struct brski_pump *p, struct brski_slice text);

#endif
