/* SPDX-License-Identifier: Apache-2.0 */
/* Voucher-requests for tests, as a pledge and a registrar make them. */
#ifndef TU_RVR_H
#define TU_RVR_H

#include "message/format.h"
#include "tu.h"

/* A PVR by the book, RFC 8995 5.2: proximity to this registrar. Slices are borrowed. */
struct brski_voucher tu_pvr(const char *serial, const char *nonce_text,
    const struct tu_id *registrar);
/* An RVR by the book, RFC 8995 5.5. prior may be absent; nonce_text NULL: nonceless. */
struct brski_voucher tu_rvr(const char *serial, const char *nonce_text, struct brski_slice prior);
/* Sign with everything in by->chain, or with the first n certificates of it. */
void tu_seal(const struct brski_voucher *v, const struct tu_id *by, struct brski_buf *out);
void tu_seal_n(const struct brski_voucher *v, const struct tu_id *by, size_t n,
    struct brski_buf *out);

/* Give a sealed one the version number of older content: BRSKI_ODD_VERSION. */
void tu_make_odd(struct brski_buf *wire);
/* A sink that keeps the lines about what was tolerated; arg is a struct tu_odd. */
struct tu_odd {
	unsigned n;
	char text[2048];
};
void tu_keep_odd(void *arg, enum brski_level level, const char *line);

/* Two nonces of 16 bytes, in the JSON spelling. */
#define TU_NONCE  "MDEyMzQ1Njc4OWFiY2RlZg=="
#define TU_NONCE2 "ZmVkY2JhOTg3NjU0MzIxMA=="
/* The first as JSON should not spell it. */
#define TU_NONCE_ODD "MDEyMzQ1Njc4OWFiY2RlZg"

#endif
