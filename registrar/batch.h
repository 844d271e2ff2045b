/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations that end together share one commit: a commit waits for the disk, and sixty-four
 * pledges at once would wait sixty-four times. Each operation is a savepoint, all or nothing; its
 * reply is held until the batch is on disk: durable before visible. Without timers for it
 * (registrar_parts.together false) every operation commits by itself.
 */
#ifndef REGISTRAR_BATCH_H
#define REGISTRAR_BATCH_H

#include "registrar/registrar.h"

/* The bounds of an operation's changes. After a failed commit, as after any failure: rollback. */
enum brski_rc registrar_begin(struct registrar *r, struct brski_err *err);
enum brski_rc registrar_commit(struct registrar *r, struct brski_err *err);
/*
 * For what no peer is told of: it may wait a moment for an operation whose commit it can share.
 * Whoever is answered for what it made possible is answered after it is on disk.
 */
enum brski_rc registrar_commit_unseen(struct registrar *r, struct brski_err *err);
void registrar_rollback(struct registrar *r);

/* 200 for x once everything that was committed until now is on disk. x is gone afterwards. */
void registrar_reply_ok(struct registrar *r, struct brski_exchange *x, const char *stage);
/*
 * End the batch now. Whoever was held is answered, with a failure when it did not reach the disk.
 */
enum brski_rc registrar_flush(struct registrar *r, struct brski_err *err);

#endif
