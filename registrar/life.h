/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a device stands in its life, as operators see it. Pure: facts in, state out. What a device
 * may do is decided on the facts (policy.h), never on this name.
 */
#ifndef REGISTRAR_LIFE_H
#define REGISTRAR_LIFE_H

#include "base/clock.h"
#include "base/slice.h"

#define REGISTRAR_LIFE_TABLE(X)                                                 \
	X(LISTED)            /* imported, not seen */                           \
	X(SEEN)              /* it came, and has no voucher yet */              \
	X(AWAITING_APPROVAL) /* an operator has to decide */                    \
	X(REFUSED)           /* by the operator, or for its history */          \
	X(VOUCHED)           /* its voucher is here, no certificate yet */      \
	X(ACTIVE)            /* it has a valid certificate */                   \
	X(RENEWAL_DUE)       /* two thirds of its lifetime are over */          \
	X(EXPIRING)          /* nine tenths are */                              \
	X(EXPIRED)           /* and now it is out of its time */                \
	X(REVOKED)           /* by the operator; lifted by the operator only */ \
	X(DECOMMISSIONED)    /* it has left the plant */
enum registrar_life {
#define X(name) REGISTRAR_LIFE_##name,
	REGISTRAR_LIFE_TABLE(X)
#undef X
	REGISTRAR_LIVES
};
/* "RENEWAL_DUE" */
const char *registrar_life_name(enum registrar_life l);
bool registrar_life_from(struct brski_slice name, enum registrar_life *out); /* any case */

/* The operator's word about a device that was commissioned. */
enum registrar_standing {
	REGISTRAR_IN_ORDER,
	REGISTRAR_REVOKED_DEVICE, /* nothing is given to it, on no transport, by no certificate */
	REGISTRAR_DECOMMISSIONED_DEVICE /* the same, and it is not expected back */
};

struct registrar_life_facts {
	bool seen, pending, refused, vouchered;
	enum registrar_standing standing;
	int64_t not_before, not_after; /* of its newest that is not revoked; 0: it has none */
	int64_t now;
};
/* *until: when time alone changes it; 0: never. */
enum registrar_life registrar_life_of(const struct registrar_life_facts *f, int64_t *until);
/* When a certificate is due for renewal: two thirds of its lifetime. */
int64_t registrar_renewal_due(int64_t not_before, int64_t not_after);

#endif
