/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking certificates back, and giving devices up. Every call is one transaction with its audit and
 * timeline rows, and the revocation lists that follow from it (va.h) are in it: durable before
 * visible. The caller flushes (batch.h) before it answers.
 */
#ifndef REGISTRAR_REVOKE_H
#define REGISTRAR_REVOKE_H

#include "registrar/registrar.h"

/*
 * One certificate; for keyCompromise also those that were obtained with it. If it was in force and
 * none newer is, the device is revoked with it, and so are the ones that it superseded.
 * E_CONFLICT: it is revoked already.  E_FORBIDDEN: a reason that cannot be given (superseded is the
 * registrar's own, removeFromCRL is for delta CRLs).
 */
enum brski_rc registrar_revoke_certificate(struct registrar *r, const char *actor,
    const struct registrar_certificate *c, enum brski_reason reason, struct brski_err *err);
/*
 * All certificates of a device, and its standing: refused on every transport from now on, also with
 * its IDevID. E_CONFLICT: it is so already.
 */
enum brski_rc registrar_revoke_device(struct registrar *r, const char *actor,
    struct registrar_device *d, enum brski_reason reason, struct brski_err *err);
/* cessationOfOperation, and it is not expected back. */
enum brski_rc registrar_decommission(struct registrar *r, const char *actor,
    struct registrar_device *d, const char *reason, struct brski_err *err);
/*
 * It may come back: certificates on hold are in force again, for others it has to bootstrap.
 * E_CONFLICT: it was neither revoked nor decommissioned.
 */
enum brski_rc registrar_reinstate(struct registrar *r, const char *actor,
    struct registrar_device *d, const char *reason, struct brski_err *err);

/*
 * The lists that registrar_crl_mark_stale() has marked are made anew, inside the caller's
 * transaction. One that cannot be signed stays marked: that is logged, and the sweep tries again.
 */
enum brski_rc registrar_revoke_publish(struct registrar *r, struct brski_err *err);

/*
 * What time does by itself: overlaps end (revoked as superseded), lives advance, lists are made
 * anew. Does what is due now, in steps of bounded size, and starts the timer for what comes next.
 * Not inside an operation. Trouble is logged and tried again.
 */
void registrar_sweep(struct registrar *r);
/* Something will be due at that time; costs next to nothing, right inside an operation. */
void registrar_sweep_by(struct registrar *r, int64_t at);
void registrar_sweep_stop(struct registrar *r); /* for good */

/*
 * Find out the device's life from the facts, keep it in *d (the caller puts it) and add a moment to
 * its timeline when it has changed. Inside the caller's transaction.
 */
enum brski_rc registrar_life_update(struct registrar *r, struct registrar_device *d,
    const char *detail, struct brski_err *err);

#endif
