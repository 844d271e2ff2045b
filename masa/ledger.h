/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the MASA remembers: devices, the vouchers given for them, decisions. One SQLite file, shared
 * by the daemon and the factory tool.
 */
#ifndef MASA_LEDGER_H
#define MASA_LEDGER_H

#include "masa/policy.h"
#include "message/auditlog.h"
#include "message/format.h"
#include "store/audit.h"

#define MASA_ISSUER_MAX 128 /* bytes of idevid-issuer */

struct masa_device {
	int64_t id;
	char serial[BRSKI_SERIAL_MAX + 1];
	uint8_t issuer[MASA_ISSUER_MAX]; /* idevid-issuer of its vouchers */
	size_t issuer_n;
	enum masa_policy policy;
	bool blocked, owned;
	bool shared; /* another manufacturer's device has the same serial number */
	uint8_t owner[BRSKI_SHA256_SIZE];
	int64_t entries; /* masa_ledger_list() only */
};

/* Errors as brski_store_open(). */
enum brski_rc masa_ledger_open(const char *path, struct brski_store **out, struct brski_err *err);

/*
 * Register a device by its IDevID. E_CONFLICT: there is one with this serial number and issuer.
 * E_SERIAL: the certificate has no serial number. owner: SHA-256 of an SPKI, or absent.
 */
enum brski_rc masa_ledger_add(struct brski_store *s, const struct brski_cert *idevid,
    enum brski_serial_from from, enum masa_policy policy, struct brski_slice owner, int64_t at,
    struct brski_err *err);

/*
 * The device with this serial number and, when idevid_issuer has a readable key identifier, this
 * issuer. E_UNKNOWN: none has that number. E_SERIAL: none by that issuer, or several and no issuer
 * to choose.
 */
enum brski_rc masa_ledger_find(struct brski_store *s, struct brski_slice serial,
    struct brski_slice idevid_issuer, struct masa_device *out, struct brski_err *err);
struct brski_slice masa_device_issuer(const struct masa_device *d);
struct brski_slice masa_device_owner(const struct masa_device *d); /* absent: nobody's */

enum brski_rc masa_ledger_set_blocked(struct brski_store *s, const struct masa_device *d,
    bool blocked, struct brski_err *err);
/* owner absent: nobody's again, policy first; else policy owner. */
enum brski_rc masa_ledger_set_owner(struct brski_store *s, const struct masa_device *d,
    struct brski_slice owner, struct brski_err *err);
/* Every device, in the order of registration; each() may stop by returning false. */
enum brski_rc masa_ledger_list(struct brski_store *s,
    bool (*each)(void *arg, const struct masa_device *d), void *arg, struct brski_err *err);

/* A voucher given. Slices are borrowed. */
struct masa_entry {
	int64_t date;
	const struct brski_cert *pin;
	enum brski_assertion assertion;
	struct brski_slice nonce, nonce_text; /* absent: nonceless */
	int64_t expires_on;                   /* BRSKI_TIME_UNKNOWN: none */
	struct brski_slice registrar;         /* SHA-256 of the RVR signer's SPKI */
	struct brski_slice request;           /* SHA-256 of the RVR */
	struct brski_slice voucher;
	bool claims; /* record the pinned domain as the owner */
};

/*
 * The voucher that was given for the same request: the same RVR, or the same (device, nonce,
 * registrar). Appended to voucher; *found says whether there is one.
 */
enum brski_rc masa_ledger_again(struct brski_store *s, const struct masa_device *d,
    const struct masa_entry *e, struct brski_buf *voucher, bool *found, struct brski_err *err);
/*
 * Write the entry down, in the caller's transaction. Beyond keep entries of a device the log is
 * abridged: duplicates of a domain first, RFC 8995 5.8.1.
 */
enum brski_rc masa_ledger_append(struct brski_store *s, const struct masa_device *d,
    const struct masa_entry *e, int64_t keep, struct brski_err *err);

/*
 * The device for which this very RVR (SHA-256 of it) got a voucher; *found says whether there is
 * one.
 */
enum brski_rc masa_ledger_by_request(struct brski_store *s, struct brski_slice request,
    struct masa_device *out, bool *found, struct brski_err *err);
/* Is this voucher one that we gave for this device, as it was or as registrars pass it on? */
enum brski_rc masa_ledger_gave(struct brski_store *s, const struct masa_device *d,
    const struct brski_format *format, struct brski_slice voucher, bool *yes,
    struct brski_err *err);
/* Was a key of this chain pinned in a voucher of the device? */
enum brski_rc masa_ledger_was_owner(struct brski_store *s, const struct masa_device *d,
    const struct brski_path_found *chain, bool *yes, struct brski_err *err);
/* The device's log, RFC 8995 5.8.1. out is the caller's: brski_auditlog_clear(). */
enum brski_rc masa_ledger_log(struct brski_store *s, const struct masa_device *d,
    struct brski_auditlog *out, struct brski_err *err);

#endif
