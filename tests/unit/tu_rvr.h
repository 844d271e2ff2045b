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
/* The format in which these are sealed; the first one unless somebody says otherwise. */
extern const struct brski_format *tu_format;
/* The same tests for each format; what main() returns. */
#define tu_run_formats(tests, setup, teardown) \
	tu_run_each_format((tests), sizeof(tests) / sizeof((tests)[0]), (setup), (teardown))
int tu_run_each_format(const struct CMUnitTest *tests, size_t n, CMFixtureFunction setup,
    CMFixtureFunction teardown);

/* Sign with everything in by->chain. */
void tu_seal(const struct brski_voucher *v, const struct tu_id *by, struct brski_buf *out);
/* As a pledge: without certificates where that is the format's way, cBRSKI 9.2. */
void tu_seal_pvr(const struct brski_voucher *v, const struct tu_id *by, struct brski_buf *out);
/* As a registrar: with the chain of this pledge (NULL: of none) where the format wants it. */
void tu_seal_rvr(const struct brski_voucher *v, const struct tu_id *by, const struct tu_id *pledge,
    struct brski_buf *out);

/* Give a sealed CMS the version number of older content: BRSKI_ODD_VERSION. */
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
