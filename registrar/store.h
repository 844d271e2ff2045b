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

/* The certificate issued for this request: appended to der, nothing when there is none. */
enum brski_rc registrar_certificate_find(struct brski_store *s, int64_t device,
    const uint8_t csr_hash[REGISTRAR_HASH_SIZE], struct brski_buf *der, struct brski_err *err);
/* Which device was this very certificate issued to? 0: none. */
enum brski_rc registrar_certificate_owner(struct brski_store *s, const struct brski_cert *c,
    int64_t *device, struct brski_err *err);

struct registrar_certificate {
	int64_t device;
	struct brski_slice csr_hash, serial, der;
	int64_t issued, not_after;
};
/* E_CONFLICT: this serial number, or a certificate for this request, exists. */
enum brski_rc registrar_certificate_put(struct brski_store *s,
    const struct registrar_certificate *c, struct brski_err *err);
/* Of one device, newest last. */
enum brski_rc registrar_certificate_list(struct brski_store *s, int64_t device,
    void (*each)(void *arg, const struct registrar_certificate *c), void *arg,
    struct brski_err *err);

/* How many rows a state has, for /v1/status. counts holds REGISTRAR_STATES numbers. */
enum brski_rc registrar_device_count(struct brski_store *s, int64_t *counts, struct brski_err *err);

#endif
