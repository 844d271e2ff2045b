/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A domain whose CA has rolled over is still that domain, RFC 4210 4.4: its former key signed a
 * certificate for the one that it has now (NewWithOld), and nobody else could have done so.
 */
#ifndef MASA_FORMER_H
#define MASA_FORMER_H

#include "crypto/path.h"

/*
 * The roots in that bag from which the top of a registrar's path descends, the youngest first; none
 * for most. Only what is valid at that time and on none of the CRLs (NULL: none) counts.
 */
void masa_former_find(const struct brski_certs *bag, const struct brski_path_found *chain,
    const struct brski_crls *crls, int64_t at, struct brski_path_found *out);

#endif
