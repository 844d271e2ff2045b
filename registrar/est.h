/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the operations of EST share: how certificates are sent, and how one is made for whoever may
 * have it. A device that enrols and one that renews differ in who they are and what their request
 * is held against; the rest is one path.
 */
#ifndef REGISTRAR_EST_H
#define REGISTRAR_EST_H

#include "crypto/csr.h"
#include "registrar/registrar.h"

/* One certificate on its way. Zeroed, then filled by the operation; cleared by it. */
struct registrar_issue {
	const char *stage; /* for log and audit trail */
	struct registrar_device device;
	/* whose subject, and when it renews whose SAN, the request must have; the peer's */
	const struct brski_cert *model;
	bool renewal;
	int64_t predecessor; /* id of the certificate in whose place it is asked for; 0: of none */
	uint8_t hash[REGISTRAR_HASH_SIZE]; /* of the CSR */
	struct brski_csr csr;
	struct registrar_certificate certificate; /* the answer; id 0: not made yet */
	struct brski_buf der;                     /* what its slices show */
};
void registrar_issue_clear(struct registrar_issue *i);

/*
 * Was this very request of this device answered before, with a certificate that is in force and not
 * superseded? Then that is the answer again. Fills hash.
 */
enum brski_rc registrar_issue_find(struct registrar *r, struct brski_slice csr,
    struct registrar_issue *i, struct brski_err *err);
/*
 * Judge the CSR, RFC 7030 4.2, make the certificate unless it was found, and put it into the reply:
 * all of RFC 7030 4.2.3. Whatever the device had is superseded when the overlap is over.
 * E_BUSY: it has as many certificates as it may have; x->retry_after_s is set.
 */
enum brski_rc registrar_issue_certificate(struct registrar *r, struct brski_exchange *x,
    struct registrar_issue *i, struct brski_err *err);

/* In the first form of the route that the client takes and that holds so many. */
enum brski_rc registrar_set_certs(struct brski_exchange *x, const struct brski_certs *certs,
    struct brski_err *err);
/* What the CSR attributes ask for; NONE: any. */
enum brski_key_type registrar_wanted_key(const struct registrar_conf *c);

#endif
