/* SPDX-License-Identifier: Apache-2.0 */
/* The MASA's audit log of one device, RFC 8995 5.8.1. */
#ifndef BRSKI_AUDITLOG_H
#define BRSKI_AUDITLOG_H

#include "base/buf.h"
#include "base/clock.h"
#include "voucher/voucher.h"

#define BRSKI_AUDITLOG_MAX       ((size_t)256 * 1024)
#define BRSKI_AUDITLOG_EVENTS    1024
#define BRSKI_AUDITLOG_TRUNC_MAX 1024 /* counters may stop here */

struct brski_auditlog_event {
	int64_t date;
	uint8_t domain_id[64];
	size_t domain_id_n;
	bool nonceless;
	char nonce[BRSKI_NONCE_TEXT_MAX + 1]; /* the text of the request */
	enum brski_assertion assertion;
	unsigned truncated;
};

struct brski_auditlog {
	unsigned version;
	struct brski_auditlog_event *events; /* oldest first */
	size_t n;
	unsigned nonced_duplicates, nonceless_duplicates, arbitrary;
};

/*
 * Numbers are read as numbers or strings. E_MALFORMED: anything outside the CDDL, no events, >
 * BRSKI_AUDITLOG_EVENTS.
 */
enum brski_rc brski_auditlog_decode_json(struct brski_slice in, struct brski_auditlog *out,
    struct brski_err *err);
/* Numbers are written as numbers; "truncation" is left out when all zero. */
enum brski_rc brski_auditlog_encode_json(const struct brski_auditlog *log, struct brski_buf *out,
    struct brski_err *err);
void brski_auditlog_clear(struct brski_auditlog *log);

#endif
