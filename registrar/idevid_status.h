/* SPDX-License-Identifier: Apache-2.0 */
/* Is this IDevID in order? What its manufacturer says, by CRLs. */
#ifndef REGISTRAR_IDEVID_STATUS_H
#define REGISTRAR_IDEVID_STATUS_H

#include "registrar/registrar.h"

/* A site has come into use: say which of its lists have run out. They revoke all the same. */
void registrar_idevid_lists(struct registrar *r);

#endif
