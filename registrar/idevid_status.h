/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this IDevID in order? What its manufacturer says: by CRLs, which registrar_client_identify()
 * asks each time, and by OCSP.
 */
#ifndef REGISTRAR_IDEVID_STATUS_H
#define REGISTRAR_IDEVID_STATUS_H

#include "registrar/registrar.h"

/* A site has come into use: say which of its lists have run out. They revoke all the same. */
void registrar_idevid_lists(struct registrar *r);
/* Say it if that list has run out. */
void registrar_idevid_old(const struct registrar *r, const char *maker,
    const struct brski_crl *crl);

/*
 * May c's device, as d, bootstrap? E_REVOKED; E_BUSY: too many questions are open. OK with *waits:
 * x is kept; once the responder has answered, again(r, x) is called, or x is answered here: 202
 * when that takes long, E_UNAVAILABLE when patience has ended.
 */
enum brski_rc registrar_idevid_in_order(struct registrar *r, struct brski_exchange *x,
    const struct registrar_client *c, const struct registrar_device *d,
    void (*again)(void *app, struct brski_exchange *x), bool *waits, struct brski_err *err);

/* Lists by URL: those of the site in use are fetched, others not any more; crl_fetch.c. */
void registrar_crl_fetch_start(struct registrar *r);
/* None any more, and no call will end. */
void registrar_crl_fetch_stop(struct registrar *r);

#endif
