/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registrar decides, as pure functions: facts in, decision out. No I/O, clock or globals;
 * nothing is allocated. A decision
 * against a peer comes as a refusal with its clause; E_PENDING means: not decided yet, no err is
 * filled.
 */
#ifndef REGISTRAR_POLICY_H
#define REGISTRAR_POLICY_H

#include "crypto/csr.h"
#include "crypto/crl.h"
#include "message/auditlog.h"
#include "registrar/life.h"

enum registrar_admission {
	REGISTRAR_ADMIT_ANY,
	REGISTRAR_ADMIT_LISTED,
	REGISTRAR_ADMIT_APPROVED
};
/* the operator's word about one device */
enum registrar_decision {
	REGISTRAR_UNDECIDED,
	REGISTRAR_APPROVED,
	REGISTRAR_DENIED
};

/* E_REVOKED: the device was revoked or decommissioned, which only an operator lifts. */
enum brski_rc registrar_policy_standing(enum registrar_standing standing, struct brski_err *err);

/*
 * May this device join? RFC 8995 5.3.
 * E_UNKNOWN: the operator said no.  E_FORBIDDEN: not listed, an operator can mend that.  E_PENDING:
 * the operator has to decide.
 */
enum brski_rc registrar_policy_admit(enum registrar_admission rule, bool listed,
    enum registrar_decision decision, struct brski_err *err);

/* How much an assertion is worth, weakest first. */
enum registrar_strength {
	REGISTRAR_LOGGED,
	REGISTRAR_PROXIMITY,
	REGISTRAR_VERIFIED
};

struct registrar_audit_facts {
	const struct brski_auditlog *log;
	const struct brski_slice
	    *own; /* domainIDs of our chain: any of them may have been pinned */
	size_t own_n;
	const struct brski_slice *former; /* domainIDs of former owners that are expected */
	size_t former_n;
	bool accept_unknown_owner, accept_nonceless;
	enum registrar_strength least;
};
/*
 * Is the device's history good enough to give it a certificate? RFC 8995 5.8.3.
 * E_OWNED: another domain's entry, or entries were dropped from the log.  E_NONCE: another's
 * nonceless voucher can retake the
 * device.  E_FORBIDDEN: our own voucher is not in the log.  E_ASSERTION: it is, but too weak.
 */
enum brski_rc registrar_policy_auditlog(const struct registrar_audit_facts *f,
    struct brski_err *err);

enum registrar_verdict {
	REGISTRAR_NOT_JUDGED,
	REGISTRAR_ACCEPTED,
	REGISTRAR_REFUSED
};

struct registrar_enrol_facts {
	enum registrar_decision decision;
	enum registrar_standing standing; /* revoked and decommissioned: E_REVOKED */
	bool vouchered;                   /* a voucher was given to this device */
	bool status_failed;               /* and the device said that it did not take it */
	bool audit_required;
	enum registrar_verdict audit;
};
/*
 * May this device enrol now? RFC 8995 5.8.3, 5.9.  E_UNKNOWN, E_FORBIDDEN, E_PENDING: the audit log
 * is not judged yet.
 */
enum brski_rc registrar_policy_enrol(const struct registrar_enrol_facts *f, struct brski_err *err);

/* What a device presents to renew its certificate, RFC 7030 4.2.2. */
struct registrar_renew_facts {
	bool is_ldevid;  /* issued by the domain CA, whichever generation */
	bool is_idevid;  /* of a manufacturer: a device that has no LDevID has nothing to renew */
	bool recorded;   /* and it is in the store */
	bool is_revoked; /* itself */
	enum brski_reason reason;
	bool repeated; /* the very request that was answered before it was superseded */
	enum registrar_decision decision;
	enum registrar_standing standing;
};
/*
 * May it renew? Dates and signature are judged before (path.h). E_UNKNOWN: nobody's that we know.
 * E_FORBIDDEN: an IDevID.  E_REVOKED: the certificate, or the device.
 */
enum brski_rc registrar_policy_renew(const struct registrar_renew_facts *f, struct brski_err *err);

struct registrar_csr_facts {
	const struct brski_csr *csr;
	struct brski_slice subject; /* of the IDevID, or of the LDevID to renew */
	bool allow_san;
	bool renewal;                 /* SAN must be that of the certificate, RFC 7030 4.2.2 */
	struct brski_slice san;       /* of the LDevID to renew; absent: it has none */
	enum brski_key_type key_type; /* NONE: any */
	struct brski_slice binding;   /* of this connection; absent: it has none */
	bool require_binding;
	bool compromised; /* a certificate of this key was revoked because others have it */
};
/*
 * Is this what the device may have certified? RFC 7030 4.2, RFC 8995 5.9.2.
 * E_REVOKED: others have its key.
 * E_FORBIDDEN: foreign subject, SAN.  E_CERTIFICATE: key type.  E_SIGNATURE: challengePassword
 * missing or not this connection's.
 */
enum brski_rc registrar_policy_csr(const struct registrar_csr_facts *f, struct brski_err *err);

#endif
