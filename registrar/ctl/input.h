/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator hands to brskictl: files in any wrapping, times. */
#ifndef REGISTRAR_CTL_INPUT_H
#define REGISTRAR_CTL_INPUT_H

#include "base/buf.h"
#include "crypto/crl.h"
#include "registrar/ctl/ctl.h"

/*
 * The object in a file, "-" for standard input, without its wrapping: the first PEM block, hex,
 * base64, or the bytes as they are. Appended to out. E_NOT_FOUND, E_IO, E_TOO_LARGE; E_MALFORMED:
 * broken PEM.
 */
enum brski_rc ctl_read(const char *path, struct brski_buf *out, struct brski_err *err);

/* Every certificate of every file: PEM, DER or base64. Errors of brski_certs_load(). */
enum brski_rc ctl_certs(const struct ctl_list *files, struct brski_certs *out,
    struct brski_err *err);
enum brski_rc ctl_crls(const struct ctl_list *files, struct brski_crls *out, struct brski_err *err);

/* --at: RFC 3339, "never" (BRSKI_TIME_UNKNOWN), or NULL for now. E_MALFORMED. */
enum brski_rc ctl_time(const char *at, int64_t *out, struct brski_err *err);

#endif
