/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registrars' chains that were found good before. The same few registrars ask again and again, each
 * time with the same certificates: their signatures need not be checked anew. What is remembered is
 * the exact bag and signer and the time for which the verdict holds; refusals are not remembered.
 */
#ifndef MASA_CHAINS_H
#define MASA_CHAINS_H

#include "crypto/path.h"

#define MASA_CHAINS 32 /* registrars remembered */

/* Zero-initialised is empty. To be emptied when CRLs change. */
struct masa_chains {
	struct masa_chain {
		uint8_t bag[BRSKI_SHA256_SIZE];
		int64_t from, until;
		uint8_t index[BRSKI_CHAIN_MAX]; /* of the path's certificates in the bag */
		size_t n;                       /* 0: free */
	} v[MASA_CHAINS];
	size_t next; /* to be overwritten */
};

/* The path of signer, a member of bag, if it is known and holds at that time. c may be NULL. */
bool masa_chains_find(const struct masa_chains *c, const struct brski_certs *bag,
    const struct brski_cert *signer, int64_t at, struct brski_path_found *out);
/* Remember a path that was found in bag. c may be NULL. */
void masa_chains_add(struct masa_chains *c, const struct brski_certs *bag,
    const struct brski_path_found *found);

#endif
