/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files: bounded reads, atomic writes. Paths are our own or the operator's, never a peer's.
 */
#ifndef BRSKI_FILE_H
#define BRSKI_FILE_H

#include <sys/types.h>
#include "base/buf.h"

/*
 * Append the file's bytes to out; E_NOT_FOUND (no such file), E_TOO_LARGE (beyond out->max), E_IO.
 * "-" is standard input.
 */
enum brski_rc brski_file_read(const char *path, struct brski_buf *out, struct brski_err *err);
/*
 * Write a new file beside path, fsync it, rename it over path, fsync the folder. mode as in
 * open(2). E_IO.
 */
enum brski_rc brski_file_write(const char *path, struct brski_slice in, mode_t mode,
    struct brski_err *err);

#endif
