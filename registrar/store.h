/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registrar remembers: devices, the requests it passed on with their vouchers, the
 * certificates it issued. Reading needs no transaction; whoever writes opens one and puts the audit
 * row into it (store/audit.h).
 */
#ifndef REGISTRAR_STORE_H
#define REGISTRAR_STORE_H

#include "crypto/cert.h"
#include "message/format.h"
#include "crypto/crl.h"
#include "registrar/keeper.h"
#include "registrar/life.h"
#include "registrar/policy.h"
#include "store/audit.h"

#define REGISTRAR_NAME_MAX    64  /* octets of a manufacturer's name */
#define REGISTRAR_COMMENT_MAX 128 /* octets of an operator's comment */
#define REGISTRAR_HASH_SIZE   BRSKI_SHA256_SIZE

/* How far a device has come; for people and for the list's filter. Decisions are made on facts. */
#define REGISTRAR_STATE_TABLE(X)                                                     \
	X(LISTED, "listed")           /* imported, not seen */                       \
	X(PENDING, "pending")         /* waits for the operator */                   \
	X(REQUESTED, "requested")     /* the MASA was asked */                       \
	X(VOUCHERED, "vouchered")     /* its voucher is here */                      \
	X(IMPRINTED, "imprinted")     /* it reported that it took the voucher */     \
	X(ENROLLED, "enrolled")       /* its certificate was issued */               \
	X(OPERATIONAL, "operational") /* it reported that it took the certificate */ \
	X(FAILED, "failed")           /* it reported a failure, see reason */
enum registrar_state {
#define X(name, text) REGISTRAR_##name,
	REGISTRAR_STATE_TABLE(X)
#undef X
	REGISTRAR_STATES
};
const char *registrar_state_name(enum registrar_state s); /* "pending" */
bool registrar_state_from(struct brski_slice name, enum registrar_state *out);

/* How a device was last heard from. */
struct registrar_contact {
	char address[64];
	char transport[8];    /* "https", "coaps" */
	char tls_version[16]; /* "TLSv1.3", "DTLSv1.2" */
};

struct registrar_device {
	int64_t id; /* 0: not stored yet */
	char manufacturer[REGISTRAR_NAME_MAX + 1];
	char serial[BRSKI_SERIAL_MAX + 1];
	enum registrar_state state;
	enum registrar_decision decision;
	bool listed;
	int64_t request; /* the one whose voucher counts; 0: none */
	int64_t first_seen, last_seen;
	struct registrar_contact contact;
	char comment[REGISTRAR_COMMENT_MAX + 1];
	char reason[REGISTRAR_COMMENT_MAX + 1]; /* of the last failure; clean text */
	enum registrar_standing standing;
	enum registrar_life life;
	int64_t life_until; /* when time alone changes life; 0: never */
	int64_t reinstated; /* when that was done last; 0: never */
};

/* The program's database, migrated. */
enum brski_rc registrar_store_open(const char *path, struct brski_store **out,
    struct brski_err *err);

/* Fill *out, with id 0 and only the key and state LISTED when the device is not there. */
enum brski_rc registrar_device_find(struct brski_store *s, const char *manufacturer,
    struct brski_slice serial, struct registrar_device *out, struct brski_err *err);
enum brski_rc registrar_device_get(struct brski_store *s, int64_t id, struct registrar_device *out,
    struct brski_err *err); /* E_NOT_FOUND */
/* Insert (and set id) or update. */
enum brski_rc registrar_device_put(struct brski_store *s, struct registrar_device *d,
    struct brski_err *err);
/* Which devices; members left out (REGISTRAR_STATES, NULL) let all pass. */
struct registrar_filter {
	enum registrar_state state;
	enum registrar_life life; /* REGISTRAR_LIVES: all */
	const char *manufacturer, *serial;
	int64_t after; /* id */
	int64_t limit;
};
/* Oldest first. */
enum brski_rc registrar_device_list(struct brski_store *s, const struct registrar_filter *f,
    void (*each)(void *arg, const struct registrar_device *d), void *arg, struct brski_err *err);

struct registrar_request {
	int64_t id; /* 0: not stored yet */
	int64_t device;
	uint8_t pvr_hash[REGISTRAR_HASH_SIZE];
	const struct brski_format *format;
	char url[320]; /* the MASA's base */
	int64_t created;
	struct brski_buf rvr, voucher;  /* voucher.n == 0: not there yet */
	enum brski_tri status;          /* what the device reported about the voucher */
	enum registrar_verdict verdict; /* about the audit log */
	char detail[192];               /* why it was refused */
};
void registrar_request_clear(struct registrar_request *q);
/* id 0 in *out when there is none. On success *out is owned. */
enum brski_rc registrar_request_find(struct brski_store *s, int64_t device,
    const uint8_t pvr_hash[REGISTRAR_HASH_SIZE], struct registrar_request *out,
    struct brski_err *err);
enum brski_rc registrar_request_get(struct brski_store *s, int64_t id,
    struct registrar_request *out, struct brski_err *err);
/* Insert (and set id) or update what changes: voucher, status, verdict, detail. */
enum brski_rc registrar_request_put(struct brski_store *s, struct registrar_request *q,
    struct brski_err *err);

/*
 * Every certificate that the domain CA issued: to devices, and our own (device 0). Slices are the
 * caller's going in; coming out they live until each() returns, or are owned by *der.
 */
struct registrar_certificate {
	int64_t id, device;
	int64_t predecessor; /* with which it was asked for; 0: with the IDevID */
	struct brski_slice csr_hash, serial, der;
	struct brski_slice authority; /* whose key signed it, REGISTRAR_AUTHORITY_ID octets */
	struct brski_slice fingerprint, ski; /* SHA-256 of der; ski may be absent. Read only */
	int64_t issued, not_before, not_after;
	int64_t revoke_at; /* it is superseded: when that takes effect; 0: it is not */
	int64_t revoked;   /* 0: it is not */
	enum brski_reason reason;
};
/* id 0 in *out when there is none; der, appended to, holds what out's slices point to. */
enum brski_rc registrar_certificate_get(struct brski_store *s, int64_t id,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err);
/* The newest one issued for this request, asked for with that predecessor. */
enum brski_rc registrar_certificate_find(struct brski_store *s, int64_t device, int64_t predecessor,
    const uint8_t csr_hash[REGISTRAR_HASH_SIZE], struct registrar_certificate *out,
    struct brski_buf *der, struct brski_err *err);
/* This very certificate; by its fingerprint. */
enum brski_rc registrar_certificate_match(struct brski_store *s, const struct brski_cert *c,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err);
/* By whose key signed it and its number (RFC 6960 asks that way). der may be NULL. */
enum brski_rc registrar_certificate_by_serial(struct brski_store *s, struct brski_slice authority,
    struct brski_slice serial, struct registrar_certificate *out, struct brski_buf *der,
    struct brski_err *err);
/* Insert, and set id. E_CONFLICT: this serial number exists. */
enum brski_rc registrar_certificate_put(struct brski_store *s, struct registrar_certificate *c,
    struct brski_err *err);
/*
 * All of the device's that are in force at revoke_at, but this one: superseded then, unless sooner.
 */
enum brski_rc registrar_certificate_supersede(struct brski_store *s, int64_t device, int64_t except,
    int64_t revoke_at, struct brski_err *err);
/* at 0: no longer revoked (of a certificateHold only, the caller has seen to that). */
enum brski_rc registrar_certificate_set_revoked(struct brski_store *s, int64_t id, int64_t at,
    enum brski_reason reason, struct brski_err *err);

/* The newest of a device's that is neither revoked nor expired; id 0: none. */
enum brski_rc registrar_certificate_in_force(struct brski_store *s, int64_t device, int64_t now,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err);
/*
 * How many of a device's have not come to their notAfter, revoked or not: each is on the list, or
 * can come there. What was revoked until since does not count. When the first of them will end; 0:
 * there is none.
 */
enum brski_rc registrar_certificate_count(struct brski_store *s, int64_t device, int64_t since,
    int64_t now, int64_t *n, int64_t *first_end, struct brski_err *err);

/* Which of a device's certificates an operator's word is about. */
enum registrar_lot {
	REGISTRAR_LOT_IN_FORCE,
	REGISTRAR_LOT_ON_HOLD, /* RFC 5280 5.3.1 */
	/*
	 * the one named root, those of its key, and what was got by one of them, however many
	 * renewals ago; not those that are revoked for good already
	 */
	REGISTRAR_LOT_FALLEN,
	REGISTRAR_LOTS
};
struct registrar_change {
	enum registrar_lot lot;
	int64_t device, root; /* root is 0 for the others */
	int64_t now;
	int64_t at; /* revoked then, unless they were before; 0: no longer revoked */
	enum brski_reason reason;
};
/* The serial numbers of the newest of them, at most limit. */
enum brski_rc registrar_certificate_lot(struct brski_store *s, const struct registrar_change *c,
    int64_t limit, void (*each)(void *arg, struct brski_slice serial), void *arg,
    struct brski_err *err);
/* All of them, in one statement; how many they were. */
enum brski_rc registrar_certificate_change(struct brski_store *s, const struct registrar_change *c,
    int64_t *n, struct brski_err *err);
/* Was a certificate of this key (SHA-1 of its bits) revoked because others have it? */
enum brski_rc registrar_key_compromised(struct brski_store *s, struct brski_slice ski, bool *yes,
    struct brski_err *err);
/* For lists that begin after it: the id before the newest n of a device's; 0: they are fewer. */
enum brski_rc registrar_certificate_before(struct brski_store *s, int64_t device, int64_t n,
    int64_t *id, struct brski_err *err);
/* A serial number as OpenSSL prints it: upper case, without the octet that only says positive. */
#define REGISTRAR_NUMBER_TEXT (2 * BRSKI_SERIAL_MAX + 3)
const char *registrar_number_text(struct brski_slice serial, char text[REGISTRAR_NUMBER_TEXT]);
/* One of a device's that is on hold, RFC 5280 5.3.1; id 0: none. */
enum brski_rc registrar_certificate_on_hold(struct brski_store *s, int64_t device,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err);
/* One whose overlap is over, and is not revoked yet; id 0: none. When the next will be; 0: none. */
enum brski_rc registrar_certificate_due(struct brski_store *s, int64_t now,
    struct registrar_certificate *out, struct brski_buf *der, struct brski_err *err);
enum brski_rc registrar_certificate_next_due(struct brski_store *s, int64_t *at,
    struct brski_err *err);

enum registrar_validity { /* what a list can ask for */
	REGISTRAR_CERT_VALID,
	REGISTRAR_CERT_EXPIRED,
	REGISTRAR_CERT_REVOKED,
	REGISTRAR_CERT_SUPERSEDED, /* valid, for as long as the overlap lasts */
	REGISTRAR_VALIDITIES
};
/* Zeroed members let all pass, but validity: REGISTRAR_VALIDITIES. */
struct registrar_cert_filter {
	int64_t device;
	const char *manufacturer, *device_serial;
	struct brski_slice serial, fingerprint, ski;
	enum registrar_validity validity;
	int64_t now;                           /* what validity is judged by */
	int64_t expires_after, expires_before; /* notAfter: from that second on; until before it */
	int64_t after;                         /* id */
	int64_t limit;
};
/* Oldest first. manufacturer and serial are of the device; "" for our own. */
enum brski_rc registrar_certificate_list(struct brski_store *s,
    const struct registrar_cert_filter *f,
    void (*each)(void *arg, const struct registrar_certificate *c, const char *manufacturer,
        const char *serial),
    void *arg, struct brski_err *err);

/* The revocation list of a generation as it was published last; number 0: none yet. */
struct registrar_crl {
	uint8_t authority[REGISTRAR_AUTHORITY_ID];
	int64_t number, this_update, next_update;
	struct brski_buf der; /* owned */
};
enum brski_rc registrar_crl_get(struct brski_store *s,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID], struct registrar_crl *out,
    struct brski_err *err);
/* The same without der. */
enum brski_rc registrar_crl_head(struct brski_store *s,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID], struct registrar_crl *out,
    struct brski_err *err);
/*
 * E_CONFLICT: the number is not beyond that of the one before, or this_update lies before its,
 * RFC 5280 5.2.3. Two may be of the same second.
 */
enum brski_rc registrar_crl_put(struct brski_store *s, const struct registrar_crl *c,
    struct brski_err *err);
/*
 * What goes onto a list, by whichever generation's key: revoked, and not beyond notAfter before
 * since (one list past its end, RFC 5280 3.3).
 */
enum brski_rc registrar_crl_entries(struct brski_store *s, int64_t since, struct brski_query *out,
    struct brski_err *err);
/* One after the other; false: that was all, or err says that they could not be read. */
bool registrar_crl_entry(struct brski_query *q, struct brski_crl_entry *out, struct brski_err *err);
/* One sequence for all generations: they have one name, RFC 5280 5.2.3. 0: none yet. */
enum brski_rc registrar_crl_last_number(struct brski_store *s, int64_t *number,
    struct brski_err *err);
/*
 * Something was revoked that no list tells yet: all are to be made anew, also after a restart.
 * authority: whose certificate it was. registrar_crl_put() settles it for one.
 */
enum brski_rc registrar_crl_mark_stale(struct brski_store *s, struct brski_slice authority,
    struct brski_err *err);
enum brski_rc registrar_crl_is_stale(struct brski_store *s,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID], bool *stale, struct brski_err *err);

/*
 * Certificates of devices that this generation's key signed, whose time is not over: those in
 * force, and those revoked, about which somebody may ask still. When the last ends; 0: none.
 */
struct registrar_use {
	int64_t in_force, until;
	int64_t revoked, revoked_until;
};
enum brski_rc registrar_authority_use(struct brski_store *s,
    const uint8_t authority[REGISTRAR_AUTHORITY_ID], int64_t now, struct registrar_use *out,
    struct brski_err *err);

/* What became of a device, oldest first. */
struct registrar_moment {
	int64_t time;
	enum registrar_life life;
	char detail[REGISTRAR_COMMENT_MAX + 1];
};
enum brski_rc registrar_timeline_add(struct brski_store *s, int64_t device,
    const struct registrar_moment *m, struct brski_err *err);
/* The newest ones, oldest first. */
#define REGISTRAR_MOMENTS_MAX 200
enum brski_rc registrar_timeline_list(struct brski_store *s, int64_t device,
    void (*each)(void *arg, const struct registrar_moment *m), void *arg, struct brski_err *err);

/* How many rows a state has, for /v1/status. counts holds REGISTRAR_STATES numbers. */
enum brski_rc registrar_device_count(struct brski_store *s, int64_t *counts, struct brski_err *err);
/* The same for lives: REGISTRAR_LIVES numbers. */
enum brski_rc registrar_life_count(struct brski_store *s, int64_t *counts, struct brski_err *err);

/* A device whose life_until is over; id 0: none. When the next one's will be; 0: none. */
enum brski_rc registrar_device_due(struct brski_store *s, int64_t now, struct registrar_device *out,
    struct brski_err *err);
enum brski_rc registrar_device_next_due(struct brski_store *s, int64_t *at, struct brski_err *err);
/* What registrar_life_of() wants to know, but now. *d need not be stored as it is. */
enum brski_rc registrar_device_facts(struct brski_store *s, const struct registrar_device *d,
    bool audit_required, struct registrar_life_facts *out, struct brski_err *err);

#endif
