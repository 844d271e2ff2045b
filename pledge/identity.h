/* SPDX-License-Identifier: Apache-2.0 */
/* Who the device is when it leaves the factory, read from files. */
#ifndef PLEDGE_IDENTITY_H
#define PLEDGE_IDENTITY_H

#include "crypto/cert.h"
#include "crypto/key.h"
#include "pledge/args.h"

/* What the factory put into the device. */
struct pledge_identity {
	struct brski_certs idevid;  /* end entity first */
	struct brski_certs anchors; /* of the manufacturer's MASA */
	struct brski_key key;
};
/*
 * The files that argv names. E_CONFIG: the key is not the certificate's. Errors of reading the
 * files. On failure *out is empty.
 */
enum brski_rc pledge_identity_load(const struct pledge_args *a, struct pledge_identity *out,
    struct brski_err *err);
void pledge_identity_clear(struct pledge_identity *id);

#endif
