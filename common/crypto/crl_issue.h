/* SPDX-License-Identifier: Apache-2.0 */
/* Making CRLs: facts in, signed DER out. Used by keepers, nowhere else. RFC 5280 5. */
#ifndef BRSKI_CRL_ISSUE_H
#define BRSKI_CRL_ISSUE_H

#include "crypto/crl.h"

/* v2 with AKI and cRLNumber, RFC 5280 5.2.1 and 5.2.3. */
struct brski_crl_facts {
	int64_t number; /* > 0, 5.2.3: each higher than the one before */
	int64_t this_update, next_update;
	/* The entries one by one, in any order; false: no more. Slices live until the next call. */
	bool (*next)(void *arg, struct brski_crl_entry *out);
	void *arg;
};

/*
 * Append the CRL. key is issuer's, whose keyUsage allows cRLSign where it has one (E_CERTIFICATE).
 * E_TOO_LARGE: beyond BRSKI_CRL_MAX.
 */
enum brski_rc brski_crl_issue(const struct brski_crl_facts *f, const struct brski_cert *issuer,
    const struct brski_key *key, struct brski_buf *out, struct brski_err *err);

#endif
