/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The validation authority: revocation lists and OCSP, RFC 5280 5, RFC 6960, RFC 5019, served over
 * plain HTTP to anyone (listen-va); they are signed.
 *
 *	GET  /domain.crl         of the CA that signs now
 *	GET  /crl/KEYID.crl      of the CA with that key id (40 hex digits): what certificates name
 *	POST /ocsp               application/ocsp-request
 *	GET  /ocsp/BASE64        the same in the path, RFC 6960 A.1
 */
#ifndef REGISTRAR_VA_H
#define REGISTRAR_VA_H

#include "registrar/registrar.h"

#define REGISTRAR_VA_CRL  "/crl/"
#define REGISTRAR_VA_OCSP "/ocsp"

extern const struct brski_route registrar_va_routes[];
extern const size_t registrar_va_routes_n;

/* The operations. app is the struct registrar. */
void registrar_va_crl(void *app, struct brski_exchange *x);
void registrar_va_ocsp_post(void *app, struct brski_exchange *x);
void registrar_va_ocsp_get(void *app, struct brski_exchange *x);

/*
 * Make the lists of these generations anew, inside the caller's transaction; NULL: of those whose
 * time has come (half of their life is over). E_CONFLICT: the clock stands before the last list:
 * none is signed, the last one stays (RFC 5280 5.1.2.4); the caller's change is good without.
 */
enum brski_rc registrar_crl_publish(struct registrar *r, const uint8_t *authority,
    struct brski_err *err);
/*
 * Why a list was not made, and it does no harm to go on: the last one stays, the sweep tries again.
 * registrar_crl_publish() has logged and recorded it, and does so every hour.
 */
bool registrar_crl_can_wait(enum brski_rc rc);
/* Why there is no newer list of that generation than the last one; NULL: it says all. */
const char *registrar_crl_trouble(struct registrar *r,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID]);
/*
 * Write what is published into crl-directory in the next turn of the loop, when it is on disk;
 * now: if that is still to be done, before the end.
 */
void registrar_crl_files_later(struct registrar *r);
void registrar_crl_files_now(struct registrar *r);
/* When the next list is due; 0: there is none. */
int64_t registrar_crl_due(struct registrar *r);
/*
 * The signed answer about one certificate of ours, nonce-less, for stapling: appended to out.
 * E_UNKNOWN: no CA of ours issued it.
 */
enum brski_rc registrar_ocsp_staple(struct registrar *r, const struct brski_cert *c,
    struct brski_buf *out, int64_t *next_update, struct brski_err *err);
/*
 * The same for the TLS layer (net/tls.h): app is the struct registrar. Absent: there is no answer.
 * Borrowed until the next call; signed anew when half of its life is over.
 */
struct brski_slice registrar_va_staple(void *app, const struct brski_cert *own);
/* What the VA keeps in memory: r->va. NULL is fine. */
void registrar_va_free(struct registrar *r);
/* "http://HOST:PORT/crl/KEYID.crl", "http://HOST:PORT/ocsp"; false: va-url is not configured. */
#define REGISTRAR_VA_URL_MAX 320
bool registrar_va_crl_url(const struct registrar_conf *c,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID], char out[REGISTRAR_VA_URL_MAX]);
bool registrar_va_ocsp_url(const struct registrar_conf *c, char out[REGISTRAR_VA_URL_MAX]);

#endif
