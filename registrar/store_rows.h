/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of the registrar's store (store.h) share. */
#ifndef REGISTRAR_STORE_ROWS_H
#define REGISTRAR_STORE_ROWS_H

#include "registrar/store.h"

/* A stored text into an array; what was stored fits. */
void registrar_row_text(struct brski_slice from, char *to, size_t cap);
/*
 * One number, by its SELECT; among them the next free id of a table: one writer, inside its
 * transaction.
 */
enum brski_rc registrar_row_int(struct brski_store *s, const char *sql, int64_t *id,
    struct brski_err *err);
/* A row that should be there is not: what put it there did not reach the disk. E_IO. */
enum brski_rc registrar_row_expect(enum brski_rc rc, int64_t changed, struct brski_err *err);
/* A digest out of its column; left alone when the column holds another number of octets. */
void registrar_row_octets(struct brski_slice from, uint8_t *to, size_t n);

#define REGISTRAR_CERT_COLUMNS                                        \
	"c.id, c.device, c.predecessor, c.csr_hash, c.serial, c.der," \
	" c.authority, c.fingerprint, c.ski, c.issued, c.not_before," \
	" c.not_after, c.revoke_at, c.revoked, c.reason"
#define REGISTRAR_CERT_COLUMNS_N 15
/* Of a row that starts with those columns; slices live as long as it does. */
void registrar_row_certificate(struct brski_query *q, struct registrar_certificate *c);

#endif
