/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says, in words for people: how far times are away, names, rows of members. */
#ifndef REGISTRAR_CTL_WORDS_H
#define REGISTRAR_CTL_WORDS_H

#include "registrar/ctl/ctl.h"

#define CTL_WORDS_MAX 48

/*
 * How far a time of the server's is from ours: "in 12 d", "3 h ago"; "" for what is no time.
 * Returns dst.
 */
const char *ctl_words_when(const char *rfc3339, char dst[CTL_WORDS_MAX]);
/* "2026-06-01T12:00:00Z (in 12 d)"; "-" for no time. Returns dst. */
const char *ctl_words_time(const char *rfc3339, char dst[CTL_WORDS_MAX]);

/* "name            value", one line. */
void ctl_words_row(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "acme A-1", or that it is the registrar's own; of a certificate of the API. Returns dst. */
#define CTL_HOLDER_MAX 256
const char *ctl_words_holder(const json_t *certificate, char dst[CTL_HOLDER_MAX]);
/*
 * What is worth knowing about a certificate besides its status: "expires in 12 d", "ends in 3 h",
 * "keyCompromise, 2 d ago". Returns dst.
 */
#define CTL_REMARK_MAX 96
const char *ctl_words_remark(const json_t *certificate, char dst[CTL_REMARK_MAX]);

#endif
