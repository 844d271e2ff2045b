/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path validation, RFC 5280 section 6 without policies and name constraints (both refused when
 * critical), building the path from an unordered bag. Any certificate can be an anchor: an anchor
 * is taken as it is, its dates, extensions and signature are not judged except where said. An
 * anchor that is the end entity itself is a path of length one.
 */
#ifndef BRSKI_PATH_H
#define BRSKI_PATH_H

#include "crypto/cert.h"
#include "crypto/crl.h"

struct brski_path {
	const struct brski_cert *leaf;
	const struct brski_certs *untrusted; /* may hold the leaf and strangers; NULL: none */
	const struct brski_certs *anchors;
	const struct brski_crls *crls; /* NULL: none */
	/* every certificate below the anchor needs a CRL that covers it */
	bool require_crl;
	int64_t at; /* BRSKI_TIME_UNKNOWN: dates are not judged */
	/* tolerate the leaf's notAfter (IDevIDs, per manufacturer) */
	bool ignore_leaf_expiry;
};

struct brski_path_found {
	/* leaf first, anchor last; borrowed from the input */
	const struct brski_cert *v[BRSKI_CHAIN_MAX];
	size_t n;
};

/*
 * found may be NULL.
 * E_UNKNOWN      no path leads to an anchor (nobody we trust signed this)
 * E_EXPIRED      a path leads there, but a certificate on it is out of its time
 * E_CERTIFICATE  a constraint is broken: cA, pathLen, keyUsage, unknown critical extension, version
 * E_SIGNATURE    a signature on the only path by names is wrong
 * E_REVOKED      revoked, or no CRL although one is required
 */
enum brski_rc brski_path_validate(const struct brski_path *in, struct brski_path_found *found,
    struct brski_err *err);

#endif
