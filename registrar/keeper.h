/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper holds the registrar's and the domain CA's private keys. Its calls are shaped like
 * messages: facts in, a signed model out; it never signs bytes that somebody else made (TLS apart,
 * where a key handle goes to the TLS layer). Today it lives in the registrar's process.
 */
#ifndef REGISTRAR_KEEPER_H
#define REGISTRAR_KEEPER_H

#include "crypto/crl_issue.h"
#include "crypto/ocsp.h"
#include "message/format.h"

struct registrar_keeper;

struct registrar_keeper_parts {
	struct brski_key *key; /* the registrar's; taken over, also on failure */
	const struct brski_certs
	    *certs;                   /* its certificate first, what leads to the root after it */
	struct brski_key *ca_key;     /* taken over, also on failure */
	const struct brski_certs *ca; /* who signs LDevIDs first, then its issuers */
	/* the keys of the CA's other generations, NULL: none; taken over, also on failure */
	struct brski_keys *more;
};

/*
 * E_CONFIG: a key and its certificate do not fit, the registrar's certificate does not lead to the
 * domain's root, lacks cmcRA (RFC 8995 5.5.4), or the CA's is no CA.
 */
enum brski_rc registrar_keeper_new(const struct registrar_keeper_parts *parts,
    struct registrar_keeper **out, struct brski_err *err);

struct registrar_keeper_files {
	const char *certificate, *key, *ca, *ca_key;
};
enum brski_rc registrar_keeper_load(const struct registrar_keeper_files *files,
    struct registrar_keeper **out, struct brski_err *err);
void registrar_keeper_free(struct registrar_keeper *k);
/*
 * Another keeper took over: the CA's keys and those of OCSP signers are wiped, and it signs nothing
 * for devices any more. What TLS connections still use lives on until registrar_keeper_free().
 */
void registrar_keeper_retire(struct registrar_keeper *k);

/* What TLS needs. Borrowed from k. */
const struct brski_key *registrar_keeper_tls_key(const struct registrar_keeper *k);
/*
 * The registrar's end entity first, then up to and with the root. While a former CA is known, what
 * leads to it (NewWithOld) stands before the root: OpenSSL takes the first issuer that fits.
 * Borrowed from k.
 */
const struct brski_certs *registrar_keeper_chain(const struct registrar_keeper *k);
/*
 * What a voucher-request shows of the domain: the end entity, up to the root, which is to be
 * pinned; then the proof from which roots it descends (NewWithOld, OldWithOld), by which a MASA
 * knows the owner again. Borrowed from k.
 */
const struct brski_certs *registrar_keeper_domain(const struct registrar_keeper *k);
/*
 * The domain's CA certificates, for cacerts: who signs LDevIDs first, then its issuers; during a
 * roll-over the certificates of RFC 7030 4.1.3 too (OldWithOld, NewWithNew, OldWithNew,
 * NewWithOld), from the activation on. Borrowed from k.
 */
const struct brski_certs *registrar_keeper_ca(const struct registrar_keeper *k);

/*
 * Generations of the domain CA. All have one name and differ in their key; domain-ca and
 * domain-ca-key hold the certificates and keys of all of them, the current one's first. The last
 * rename() of domain-ca is what makes a step of a roll-over happen.
 */
enum registrar_role {
	REGISTRAR_CA_CURRENT, /* signs LDevIDs */
	REGISTRAR_CA_NEXT,    /* for operators to hand over, signs only CRLs and OCSP yet */
	REGISTRAR_CA_FORMER   /* its LDevIDs live on, it signs CRLs and OCSP for them */
};
struct registrar_authority {
	enum registrar_role role;
	const struct brski_cert
	    *cert; /* the one that says it best: self-signed where there is one */
	bool has_key;
	uint8_t id[20]; /* SHA-1 of the key bits: its name in paths and in the store */
};
#define REGISTRAR_AUTHORITIES_MAX 4
#define REGISTRAR_AUTHORITY_ID    20
/* The current one first. Borrowed from k. */
const struct registrar_authority *registrar_keeper_authorities(const struct registrar_keeper *k,
    size_t *n);
/* To what LDevIDs and our own certificates chain: every generation, and its issuers. Borrowed. */
const struct brski_certs *registrar_keeper_anchors(const struct registrar_keeper *k);

/* What an LDevID says. */
struct registrar_ldevid_facts {
	struct brski_slice subject, spki;
	struct brski_slice san; /* GeneralNames; absent: none */
	int64_t now, lifetime_s;
	unsigned eku;
	struct brski_slice crl_url, ocsp_url; /* absent: left out */
};
struct registrar_ldevid {
	uint8_t serial[20]; /* random, positive; INTEGER content octets */
	size_t serial_n;
	int64_t not_before, not_after;
	uint8_t authority[REGISTRAR_AUTHORITY_ID];
	struct brski_buf der;
};
/*
 * keyUsage digitalSignature, SKI, AKI; valid from a minute before now, or from a tenth of its
 * lifetime if that is less. On success *out is owned.
 * E_EXPIRED: the CA is out of its time.
 */
enum brski_rc registrar_keeper_issue_certificate(const struct registrar_keeper *k,
    const struct registrar_ldevid_facts *f, struct registrar_ldevid *out, struct brski_err *err);

/* What a registrar voucher-request says, RFC 8995 5.5 and rfc8366bis 6.1. */
struct registrar_rvr_facts {
	const struct brski_format *format;
	const struct brski_voucher *pvr; /* nonce and assertion are carried forward */
	struct brski_slice pvr_wire;     /* prior-signed-voucher-request */
	const struct brski_certs
	    *pledge; /* its chain: idevid-issuer; formats may want all in the bag */
	struct brski_slice serial;
	int64_t now;
	bool tight; /* the bag holds the end entity only: pin it, not the CA */
};
/* Appended to out. */
enum brski_rc registrar_keeper_sign_request(const struct registrar_keeper *k,
    const struct registrar_rvr_facts *f, struct brski_buf *out, struct brski_err *err);

/*
 * The revocation list of one generation, by its key. E_CONFIG: it has none.  E_EXPIRED: the CA is
 * out of its time.
 */
enum brski_rc registrar_keeper_sign_crl(const struct registrar_keeper *k, size_t authority,
    const struct brski_crl_facts *f, struct brski_buf *out, struct brski_err *err);

/*
 * OCSP answers are signed by a delegated certificate, RFC 6960 4.2.2.2: its key is made here and
 * never leaves memory; it lives for lifetime_s, with id-pkix-ocsp-nocheck, and is made anew when
 * less than half of that is left. signer, signer_is_issuer in *f are filled here.
 */
enum brski_rc registrar_keeper_sign_ocsp(struct registrar_keeper *k, size_t authority, int64_t now,
    int64_t lifetime_s, struct brski_ocsp_facts *f, struct brski_buf *out, struct brski_err *err);

/*
 * A roll-over, RFC 4210 4.4, RFC 7030 4.1.3, in three steps; each rewrites the files (durable,
 * atomic) and the caller loads them anew. Cut short at any byte it has happened or it has not.
 * E_CONFLICT: not the step that is due.  E_CONFIG: the CA is not its own root, so its issuer has
 * to make the next one.  E_EXPIRED: it cannot introduce another one any more.
 */
enum registrar_rollover_step {
	REGISTRAR_ROLLOVER_PREPARE, /* the next CA is made; nobody vouches for it yet */
	/* it becomes current, OldWithNew and NewWithOld, the registrar's own certificate by it */
	REGISTRAR_ROLLOVER_ACTIVATE,
	REGISTRAR_ROLLOVER_FINISH, /* the former one is forgotten */
	REGISTRAR_ROLLOVER_CANCEL  /* the next one is forgotten, before it was activated */
};
enum brski_rc registrar_keeper_rollover(const struct registrar_keeper *k,
    const struct registrar_keeper_files *files, enum registrar_rollover_step step, int64_t now,
    struct brski_err *err);

#endif
