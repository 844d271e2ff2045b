/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: one row per decision, hash-chained: hash(n) = SHA-256(hash(n-1) || canonical row
 * n). Append-only by trigger.
 */
#ifndef BRSKI_AUDIT_H
#define BRSKI_AUDIT_H

#include "store/store.h"

struct brski_audit_row {
	int64_t id; /* 1, 2, 3...; append finds it itself */
	int64_t time;
	struct brski_slice actor;        /* "pledge", "uid:1000", "masa", address */
	struct brski_slice event;        /* "requestvoucher", "approve", "enrol" */
	struct brski_slice manufacturer; /* absent when unknown */
	struct brski_slice serial;       /* device */
	struct brski_slice rc;           /* "OK", "E_NONCE" */
	struct brski_slice spec;         /* clause */
	struct brski_slice detail;
};

#define BRSKI_AUDIT_ROW_MAX 4096 /* bytes of all fields, some overhead included */

/* SQL of the table and its triggers; brski_store_open() runs it before migration 1. */
extern const char brski_audit_schema[];

/* Inside the caller's transaction, or its own when none is open. */
enum brski_rc brski_audit_append(struct brski_store *s, const struct brski_audit_row *row,
    struct brski_err *err);
/* Walk the chain; E_CONFLICT names the first row that does not fit. *rows: how many were right. */
enum brski_rc brski_audit_verify(struct brski_store *s, int64_t *rows, struct brski_err *err);
/* Rows with id > after, at most limit, oldest first. each() may stop by returning false. */
enum brski_rc brski_audit_list(struct brski_store *s, int64_t after, int limit,
    bool (*each)(void *arg, const struct brski_audit_row *row, struct brski_slice hash), void *arg,
    struct brski_err *err);

#endif
