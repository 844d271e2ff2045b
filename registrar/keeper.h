/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper holds the registrar's and the domain CA's private keys. Its calls are shaped like
 * messages: facts in, a signed model out; it never signs bytes that somebody else made (TLS apart,
 * where a key handle goes to the TLS layer). Today it lives in the registrar's process.
 */
#ifndef REGISTRAR_KEEPER_H
#define REGISTRAR_KEEPER_H

#include "message/format.h"

struct registrar_keeper;

struct registrar_keeper_parts {
	struct brski_key *key; /* the registrar's; taken over, also on failure */
	const struct brski_certs
	    *certs;                   /* its certificate first, what leads to the root after it */
	struct brski_key *ca_key;     /* taken over, also on failure */
	const struct brski_certs *ca; /* who signs LDevIDs first, then its issuers */
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

/* What TLS needs. Borrowed from k. */
const struct brski_key *registrar_keeper_tls_key(const struct registrar_keeper *k);
/* The registrar's end entity first, then up to and with the root. Borrowed from k. */
const struct brski_certs *registrar_keeper_chain(const struct registrar_keeper *k);
/* The domain's CA certificates, for cacerts: who signs LDevIDs first. Borrowed from k. */
const struct brski_certs *registrar_keeper_ca(const struct registrar_keeper *k);

/* What an LDevID says. */
struct registrar_ldevid_facts {
	struct brski_slice subject, spki;
	struct brski_slice san; /* GeneralNames; absent: none */
	int64_t now, lifetime_s;
	unsigned eku;
};
struct registrar_ldevid {
	uint8_t serial[20]; /* random, positive; INTEGER content octets */
	size_t serial_n;
	int64_t not_after;
	struct brski_buf der;
};
/* keyUsage digitalSignature, SKI, AKI; valid from a minute before now. On success *out is owned. */
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

#endif
