/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate revocation lists, reading side. RFC 5280 5 and 6.3. */
#ifndef BRSKI_CRL_H
#define BRSKI_CRL_H

#include "crypto/cert.h"

#define BRSKI_CRL_MAX ((size_t)4 * 1024 * 1024)

struct brski_crl; /* decoded, owns its DER */

/*
 * DER or PEM. E_MALFORMED. Critical extensions we do not know are remembered, not refused, here:
 * the check refuses.
 */
enum brski_rc brski_crl_decode(struct brski_slice in, struct brski_crl **out,
    struct brski_err *err);
void brski_crl_free(struct brski_crl *crl);

/* The next links make lists of CRLs without another type. */
struct brski_crls {
	struct brski_crl **v;
	size_t n, cap;
};
enum brski_rc brski_crls_load(struct brski_crls *list, const char *path, struct brski_err *err);
void brski_crls_clear(struct brski_crls *list);

#endif
