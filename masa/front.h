/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MASA's side of the network: what its handlers share, and its routes. Nothing here needs a
 * socket: tests and benchmarks fill a struct masa, take a route of masa_routes[] and call its
 * handler.
 */
#ifndef MASA_FRONT_H
#define MASA_FRONT_H

#include "masa/keeper.h"
#include "masa/rvr.h"
#include "net/exchange.h"

/* Members are the owner's (main.c, a test); handlers borrow them. */
struct masa {
	struct brski_store *store;
	struct masa_keeper keeper;
	struct masa_rules rules;
	struct brski_certs manufacturer_anchors; /* IDevIDs */
	struct brski_certs registrar_anchors;    /* who may ask without a nonce; may be empty */
	struct brski_crls crls;
	struct masa_chains *chains; /* NULL: none are remembered */
	enum brski_serial_from serial_from;
	bool ignore_expiry, strict;
	struct brski_clock clock;
	const struct brski_log *log;
};

extern const struct brski_route masa_routes[];
extern const size_t masa_routes_n;

/* Handlers, one per operation. */
void masa_requestvoucher(void *app, struct brski_exchange *x);  /* issue.c: RFC 8995 5.5, 5.6 */
void masa_requestauditlog(void *app, struct brski_exchange *x); /* auditlog.c: RFC 8995 5.8 */

/* What masa_rvr_judge() and its parts want to know about the request of an exchange. */
struct masa_rvr_in masa_rvr_in(const struct masa *m, const struct brski_exchange *x, int64_t at);
/*
 * The one way to say no: the log line, one audit row when it was a decision (err names a clause),
 * the fixed text to the peer. serial may be absent.
 */
void masa_refuse(struct masa *m, struct brski_exchange *x, struct brski_slice event,
    struct brski_slice serial, const struct brski_err *err);

#endif
