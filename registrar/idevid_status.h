/* SPDX-License-Identifier: Apache-2.0 */
/* Is this IDevID in order? What its manufacturer says, by CRLs. */
#ifndef REGISTRAR_IDEVID_STATUS_H
#define REGISTRAR_IDEVID_STATUS_H

#include "registrar/registrar.h"

/* A site has come into use: say which of its lists have run out. They revoke all the same. */
void registrar_idevid_lists(struct registrar *r);
/* Say it if that list has run out. */
void registrar_idevid_old(const struct registrar *r, const char *maker,
    const struct brski_crl *crl);

/* Lists by URL: those of the site in use are fetched, others not any more; crl_fetch.c. */
void registrar_crl_fetch_start(struct registrar *r);
/* None any more, and no call will end. */
void registrar_crl_fetch_stop(struct registrar *r);

#endif
