/* SPDX-License-Identifier: Apache-2.0 */
/* What a keeper holds: for the keeper's own files, nobody else. */
#ifndef REGISTRAR_KEEPER_INNER_H
#define REGISTRAR_KEEPER_INNER_H

#include "registrar/keeper.h"

#define REGISTRAR_BACKDATE_S 60 /* clocks of devices differ a little */

/* Who signs OCSP answers for a generation; only in memory. */
struct registrar_delegate {
	struct brski_key key;
	struct brski_certs cert;
	int64_t from, renew; /* good in between */
};

struct registrar_keeper {
	struct brski_key key;
	struct brski_certs chain;   /* for TLS, and the loose pin */
	struct brski_certs domain;  /* for voucher-requests */
	struct brski_certs leaf;    /* the end entity alone: the tight pin */
	struct brski_certs ca;      /* domain-ca as it is */
	struct brski_certs known;   /* the same without a CA that is not activated */
	struct brski_certs anchors; /* one of each generation, and the issuers above */
	struct registrar_authority authorities[REGISTRAR_AUTHORITIES_MAX]; /* of ca */
	struct brski_key ca_keys[REGISTRAR_AUTHORITIES_MAX];
	struct registrar_delegate delegates[REGISTRAR_AUTHORITIES_MAX];
	size_t n;
	const struct registrar_authority *own; /* to which our certificate leads; NULL: to none */
};

/* keeper_ca.c. Find the generations in k->ca, give them their keys of the list, fill anchors. */
enum brski_rc registrar_keeper_sort(struct registrar_keeper *k, struct brski_keys *keys,
    struct brski_err *err);
/* Put the registrar's own certificates in order: chain, domain, leaf. */
enum brski_rc registrar_keeper_order(struct registrar_keeper *k, const struct brski_certs *certs,
    struct brski_err *err);
/*
 * Append from which roots that one descends, in pairs: NewWithOld, OldWithOld; RFC 4210 4.4. Those
 * that have expired at that time are left out.
 */
enum brski_rc registrar_keeper_descent(const struct registrar_keeper *k,
    const struct brski_certs *from, const struct brski_cert *root, int64_t at,
    struct brski_certs *to, struct brski_err *err);
/* Is it one of the domain CA's certificates, of whichever generation? */
bool registrar_keeper_is_ca(const struct registrar_keeper *k, const struct brski_cert *c);
/* Did its own key sign it? */
bool registrar_keeper_is_root(const struct brski_cert *c);

#endif
