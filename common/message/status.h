/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telemetry: voucher_status (RFC 8995 5.7) and enrollstatus (5.9.4) have one shape and two
 * encodings, JSON and CBOR (cBRSKI 6.6).
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
/* The same in CBOR with the same names as keys; reason-context may have integer keys inside. */
enum brski_rc brski_status_decode_cbor(struct brski_slice in, struct brski_status *out,
    struct brski_err *err);
enum brski_rc brski_status_encode_cbor(const struct brski_status *s, struct brski_buf *out,
    struct brski_err *err);

/* For the encodings: valid UTF-8 becomes reason, cleaned. False: too long. */
bool brski_status_set_reason(struct brski_status *s, struct brski_slice in);

/* Media type -> encoding: "application/json", "application/cbor". */
struct brski_status_form {
	const char *media_type;
	enum brski_rc (
	    *decode)(struct brski_slice in, struct brski_status *out, struct brski_err *err);
	enum brski_rc (
	    *encode)(const struct brski_status *s, struct brski_buf *out, struct brski_err *err);
};
extern const struct brski_status_form brski_status_forms[];
extern const size_t brski_status_forms_n;
/* By type/subtype, case-insensitive, parameters ignored; NULL: none of them. */
const struct brski_status_form *brski_status_form_find(struct brski_slice media_type);

#endif
