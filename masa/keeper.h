/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MASA's keys, behind message-shaped calls. The keeper takes facts about a request, decides by
 * policy.h, signs, and gives a voucher out only when the ledger has it on disk: whoever talks to it
 * cannot get a signature that is not recorded. It trusts the facts: what was proved about the
 * request is rvr.h's work, on the network's side (doc/decisions.md).
 */
#ifndef MASA_KEEPER_H
#define MASA_KEEPER_H

#include "masa/ledger.h"
#include "message/format.h"

struct masa_keeper {
	struct brski_key signer_key;
	struct brski_certs signer_chain; /* goes into vouchers: signer first, up to the root */
	struct brski_key tls_key;
	struct brski_certs tls_chain;
};

struct masa_keeper_files {
	const char *signer_certificate, *signer_key, *tls_certificate, *tls_key;
};
/*
 * E_CONFIG: a key does not fit its certificate. E_NOT_FOUND, E_MALFORMED: files. On failure *out is
 * empty.
 */
enum brski_rc masa_keeper_load(const struct masa_keeper_files *files, struct masa_keeper *out,
    struct brski_err *err);
void masa_keeper_clear(struct masa_keeper *k);

/* What was proved about a request, by masa_rvr_judge() and at the door. Slices are borrowed. */
struct masa_voucher_facts {
	const struct brski_format *format;
	struct brski_slice serial;             /* of the RVR, compared with the PVR's */
	struct brski_slice idevid_issuer;      /* the PVR's signer's, else what the RVR says */
	const struct brski_path_found *chain;  /* the registrar */
	const struct brski_path_found *former; /* roots that it succeeded; NULL: none */
	const struct brski_crls *crls;         /* by which it was judged; NULL: none */
	struct brski_slice request;            /* the RVR, as received */
	struct brski_slice nonce, nonce_text;  /* absent: nonceless */
	struct brski_slice old_voucher;        /* to be renewed; absent: none */
	int64_t created_on;                    /* of the RVR; BRSKI_TIME_UNKNOWN */
	bool proximity, authenticated;
	struct brski_slice actor; /* for the audit trail: who asked */
	int64_t at;
};

/*
 * Decide, sign, record (ledger entry and audit row in one transaction), and only then append the
 * voucher to *out. The same request again gets the same voucher and no new entry: *again.
 * Refusals: masa_ledger_find(), masa_policy_decide(); E_FORBIDDEN: the old voucher is not ours;
 * E_NONCE: it has a voucher in another format.
 */
enum brski_rc masa_keeper_issue_voucher(const struct masa_keeper *k, struct brski_store *s,
    const struct masa_rules *rules, const struct masa_voucher_facts *f, struct brski_buf *out,
    bool *again, struct brski_err *err);

#endif
