/* SPDX-License-Identifier: Apache-2.0 */
/* What the validation authority's files share. */
#ifndef REGISTRAR_VA_INNER_H
#define REGISTRAR_VA_INNER_H

#include "registrar/va.h"

/* An answer about one certificate, ready to be given to everybody, RFC 5019 2.2. */
struct registrar_ready {
	uint8_t id[BRSKI_SHA256_SIZE]; /* hash of the CertID, as it was asked */
	enum brski_ocsp_cert_status status;
	int64_t revoked;
	enum brski_reason reason;
	int64_t this_update, next_update;
	uint8_t etag[BRSKI_ETAG_MAX];
	struct brski_buf der;
};
#define REGISTRAR_READY_N 512

/*
 * Of a generation's list: up to which number (and one more) something was done, why there is no
 * next one; and the last one for all who ask, which had reached the disk.
 */
struct registrar_va_list {
	int64_t told, told_at, written;
	char trouble[160]; /* "": none */
	int64_t number, this_update, next_update;
	uint8_t etag[BRSKI_ETAG_MAX];
	struct brski_shared *bytes; /* NULL: nobody asked yet */
};

struct registrar_va {
	const struct registrar_site *site; /* whose keeper made what follows */
	struct registrar_ready ready[REGISTRAR_READY_N];
	struct registrar_va_list lists[REGISTRAR_AUTHORITIES_MAX];
	struct brski_buf staple;
	void *files; /* timer: there are lists to be written */
};
/* Of this site; NULL without memory. */
struct registrar_va *registrar_va_memory(struct registrar *r);
/* NULL without memory. */
struct registrar_va_list *registrar_va_list_of(struct registrar *r,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID]);

/* The path behind "/ocsp/", RFC 6960 A.1. E_MALFORMED, E_TOO_LARGE (beyond out->max). */
enum brski_rc registrar_ocsp_path_decode(struct brski_slice rest, struct brski_buf *out,
    struct brski_err *err);

#endif
