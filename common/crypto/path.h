/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path validation, RFC 5280 section 6 without policies and name constraints (both refused when
 * critical), building the path from an unordered bag: issuers are found by name and by whether
 * their key made the signature, so that two CAs of one name do no harm.
 *
 * Any certificate can be an anchor, a leaf's own too: then the path has length one. An anchor's
 * signature and its unknown extensions are not judged. What an anchor says about itself binds, as
 * RFC 5937 3 has it: it issues only with cA, keyCertSign and within its pathLen (a pinned end
 * entity vouches for nobody else), and outside its validity it is refused like any other.
 */
#ifndef BRSKI_PATH_H
#define BRSKI_PATH_H

#include "crypto/cert.h"
#include "crypto/crl.h"

/* Signatures that one validation checks at most; a bag that needs more is somebody's trap. */
#define BRSKI_PATH_SIGNATURES_MAX 64

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
 * E_SIGNATURE    no path leads to an anchor, and on one that would by names a signature is wrong
 * E_REVOKED      on a CRL (also on one that has run out), or no CRL although one is required
 */
enum brski_rc brski_path_validate(const struct brski_path *in, struct brski_path_found *found,
    struct brski_err *err);

#endif
