/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets a voucher for a device, and what it says. Pure: facts in, decision out. The facts are
 * what rvr.h proved about the request and what the ledger knows about the device.
 */
#ifndef MASA_POLICY_H
#define MASA_POLICY_H

#include "crypto/path.h"
#include "voucher/voucher.h"

/* Per device. A blocked device gets no voucher whatever its policy is. */
enum masa_policy {
	MASA_POLICY_FIRST, /* the first domain that asks becomes the owner */
	MASA_POLICY_OWNER, /* only the owner that the manufacturer recorded */
};
extern const char *const masa_policy_names[]; /* "first", "owner"; ends with NULL */

/* Which CA of a registrar's chain a nonceless voucher pins, cBRSKI 8.2. */
enum masa_pin {
	MASA_PIN_HIGHEST,
	MASA_PIN_LOWEST,
};

struct masa_rules {
	int64_t voucher_life_s; /* of nonceless vouchers, RFC 8995 5.6 (a) */
	int64_t request_life_s; /* an RVR made longer ago is stale */
	bool require_proximity; /* no nonced voucher without it */
	enum masa_pin nonceless_pin;
	int64_t log_events; /* entries kept per device, RFC 8995 5.8.1 */
};

struct masa_facts {
	enum masa_policy policy;
	bool blocked;
	struct brski_slice owner; /* SHA-256 of the owner's SPKI; absent: nobody's yet */
	const struct brski_path_found *chain;  /* the registrar, signer first */
	const struct brski_path_found *former; /* roots that it succeeded, former.h; NULL: none */
	bool nonced;
	bool proximity;                /* proven, RFC 8995 5.5.5 */
	bool authenticated;            /* we know this registrar, RFC 8995 5.5.4 */
	int64_t created_on;            /* of the RVR; BRSKI_TIME_UNKNOWN: not said */
	const struct brski_crls *crls; /* by which the chain was judged; NULL: none */
	int64_t at;
};

struct masa_decision {
	enum brski_assertion assertion;
	const struct brski_cert *pin; /* one of facts->chain */
	int64_t expires_on;           /* BRSKI_TIME_UNKNOWN: the voucher has a nonce instead */
	/*
	 * the pinned domain becomes the owner: the device was there, or we know the registrar; also
	 * when it is the successor of the one on record
	 */
	bool claims;
};

/*
 * E_BLOCKED, E_OWNED, E_FORBIDDEN (nonceless for a stranger, stale), E_ASSERTION (proximity
 * wanted). RFC 8995 5.5.1, 5.5.4, 5.6; cBRSKI 8.2.
 */
enum brski_rc masa_policy_decide(const struct masa_facts *f, const struct masa_rules *r,
    struct masa_decision *out, struct brski_err *err);

/*
 * Is a key among those of the chain? A domain is known by SHA-256 of an SPKI: a domainID will not
 * do, everybody can put somebody else's SubjectKeyIdentifier into a certificate.
 */
bool masa_chain_has_key(const struct brski_path_found *chain, struct brski_slice spki_sha256);

#endif
