/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telemetry: voucher_status (RFC 8995 5.7) and enrollstatus (5.9.4) have one shape. JSON here; CBOR
 * is one more pair later.
 */
#ifndef BRSKI_STATUS_H
#define BRSKI_STATUS_H

#include "base/buf.h"

#define BRSKI_STATUS_MAX        ((size_t)4096)
#define BRSKI_STATUS_REASON_MAX 256

struct brski_status {
	unsigned version; /* 1; a higher one is kept and reported, RFC 8995 5.7 */
	bool status;
	char reason[BRSKI_STATUS_REASON_MAX]; /* cleaned of control characters; "" when absent */
	unsigned unknown;                     /* members ignored */
};

/*
 * E_MALFORMED: not one JSON object, no version or status, wrong types, duplicates, a reason too
 * long. reason-context: any object.
 */
enum brski_rc brski_status_decode_json(struct brski_slice in, struct brski_status *out,
    struct brski_err *err);
enum brski_rc brski_status_encode_json(const struct brski_status *s, struct brski_buf *out,
    struct brski_err *err);

#endif
