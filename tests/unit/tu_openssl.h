/* SPDX-License-Identifier: Apache-2.0 */
/* A second opinion: the openssl command line, in a folder of the test's own. */
#ifndef TU_OPENSSL_H
#define TU_OPENSSL_H

#include "tu.h"

/* Make the folder, and remove it with all that is in it. 0: done. */
int tu_openssl_open(void);
int tu_openssl_close(void);
/* Skips the running test where there is no openssl. */
void tu_openssl_needed(void);

/* Run "openssl ARGS" in the folder; its exit status. What it says goes to out, or nowhere. */
int tu_openssl(struct brski_buf *out, const char *args);
/* The same, and it has to say that and exit with 0. */
void tu_openssl_says(const char *args, const char *text);

/* Files in the folder. */
void tu_openssl_put(const char *name, struct brski_slice bytes);
void tu_openssl_put_pem(const char *name, const char *label, struct brski_slice der);
void tu_openssl_put_key(const char *name, const struct brski_key *key);
void tu_openssl_get(const char *name, struct brski_buf *out);
/* A file's path; static storage, good for the next call. */
const char *tu_openssl_path(const char *name);

#endif
