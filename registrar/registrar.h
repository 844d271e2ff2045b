/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar: its operations and what they share. An operation is a handler over an exchange and
 * knows neither HTTP nor sockets: time, timers, the MASA and the store are handed in, so that the
 * daemon, the tests and the in-process benchmark run the same code.
 */
#ifndef REGISTRAR_H
#define REGISTRAR_H

#include "net/exchange.h"
#include "registrar/masa.h"
#include "registrar/site.h"
#include "registrar/store.h"
#include "registrar/web.h"

/* One-shot timers: net/loop.h behind them in the daemon. */
struct registrar_timers {
	void *(*start)(void *arg, uint32_t ms, void (*fn)(void *fn_arg), void *fn_arg);
	void (*cancel)(void *arg, void *timer); /* never after it has fired */
	void *arg;
};

/* Read the configuration and the files it names again, as for SIGHUP: a new site, new TLS. */
struct registrar_load_anew {
	enum brski_rc (*fn)(void *arg, struct brski_err *err); /* NULL: nobody does */
	void *arg;
};

struct registrar_parts {
	struct registrar_site *site; /* taken over, also on failure */
	struct brski_store *store;   /* borrowed */
	struct registrar_masa masa;
	struct registrar_web web;
	struct registrar_timers timers;
	struct brski_clock clock;
	const struct brski_log *log; /* borrowed */
	bool together;               /* operations share commits, batch.h */
	struct registrar_load_anew load_anew;
};

/* An IDevID that was validated a moment ago: one onboarding asks several times. */
#define REGISTRAR_KNOWN_N 256
#define REGISTRAR_KNOWN_S 60
struct registrar_known {
	uint8_t hash[BRSKI_SHA256_SIZE]; /* of the certificate */
	size_t maker;
	int64_t until;
};

/* What a manufacturer's OCSP responder said of an IDevID, idevid_ocsp.c. */
struct registrar_ocsp_verdict {
	uint8_t hash[BRSKI_SHA256_SIZE]; /* of the certificate */
	bool revoked;
	int64_t until;
};

struct registrar_ask; /* ask.h */

/* What waits for the disk, batch.h. */
struct registrar_held;
struct registrar_batch {
	bool together, open;
	void *timer;  /* somebody's changes are in it */
	bool patient; /* that nobody is waiting for */
	struct registrar_held *first, **last;
};

/* What time does next, revoke.h. */
struct registrar_sweeping {
	void *timer;
	int64_t at;
	bool stopped;
};

struct registrar {
	struct registrar_site *site, *retired; /* connections may still use a retired site's key */
	struct brski_store *store;
	struct registrar_masa masa;
	struct registrar_web web;
	struct registrar_timers timers;
	struct brski_clock clock;
	const struct brski_log *log;
	struct registrar_load_anew load_anew;
	struct registrar_ask *asks;
	size_t asks_n;
	struct registrar_known known[REGISTRAR_KNOWN_N];
	struct registrar_ocsp_verdict ocsp[REGISTRAR_KNOWN_N];
	struct registrar_feed *feeds; /* lists by URL, crl_fetch.c */
	struct registrar_batch batch;
	struct registrar_sweeping sweep;
	struct registrar_va *va; /* va.h; NULL: nothing to remember yet */
	int64_t started;
};

enum brski_rc registrar_new(const struct registrar_parts *parts, struct registrar **out,
    struct brski_err *err);
/* Take a new site into use; the old one lives on for its connections. */
void registrar_reload(struct registrar *r, struct registrar_site *site);
/* Our own certificate is recorded among those of the domain CA, when it is one. */
void registrar_remember_own(struct registrar *r);
/* Answer whoever waits with "come back"; nothing is asked any more. */
void registrar_stop(struct registrar *r);
void registrar_free(struct registrar *r); /* stops first */

/* Who is at the other end, as its IDevID says. */
struct registrar_client {
	const struct registrar_manufacturer *maker;
	struct brski_slice serial;       /* borrowed from the peer's chain */
	const struct brski_cert *idevid; /* likewise */
};
/*
 * RFC 8995 5.3: which manufacturer's device? E_UNKNOWN: nobody's that we know; E_EXPIRED,
 * E_CERTIFICATE, E_SIGNATURE: the chain is bad; E_SERIAL: no serial number. On failure *out holds
 * what was found until then.
 */
enum brski_rc registrar_client_identify(struct registrar *r, const struct brski_peer *peer,
    struct registrar_client *out, struct brski_err *err);

/* Whom an audit row or a log line is about; members may be absent. */
struct registrar_about {
	struct brski_slice manufacturer, serial;
};
struct registrar_about registrar_about_client(const struct registrar_client *c);
struct registrar_about registrar_about_device(const struct registrar_device *d);

/* The device is heard from, now and by this connection. */
void registrar_seen(const struct registrar *r, const struct brski_peer *peer,
    struct registrar_device *d);

/*
 * One row in the audit trail, between the caller's registrar_begin() and registrar_commit(). why
 * NULL: detail says what was done; else why's code, clause and detail are written.
 */
enum brski_rc registrar_record(struct registrar *r, const char *actor, const char *event,
    const struct registrar_about *about, const struct brski_err *why, const char *detail,
    struct brski_err *err);
/* A row by itself, on disk when this returns; that it cannot be written is logged. */
void registrar_record_alone(struct registrar *r, const char *actor, const char *event,
    const struct registrar_about *about, const struct brski_err *why);
/* Record a decision against the peer, log it, tell it. x is gone afterwards. */
void registrar_refuse(struct registrar *r, struct brski_exchange *x, const char *event,
    const struct registrar_about *about, const struct brski_err *why);
/*
 * Somebody was turned away at the door, without a certificate or with a body that cannot be read:
 * record it. x is not answered.
 */
void registrar_turned_away(void *app, const struct brski_exchange *x, const struct brski_err *why);

/* The operations. app is the struct registrar. */
void registrar_requestvoucher(void *app, struct brski_exchange *x); /* RFC 8995 5.2 - 5.6 */
void registrar_voucher_status(void *app, struct brski_exchange *x); /* 5.7 */
void registrar_enrollstatus(void *app, struct brski_exchange *x);   /* 5.9.4 */
void registrar_cacerts(void *app, struct brski_exchange *x);        /* RFC 7030 4.1 */
void registrar_csrattrs(void *app, struct brski_exchange *x);       /* 4.5 */
void registrar_simpleenroll(void *app, struct brski_exchange *x);   /* 4.2 */
void registrar_simplereenroll(void *app, struct brski_exchange *x); /* 4.2.2 */

/* Ask for the audit log of the request whose voucher has just come, RFC 8995 5.8. */
void registrar_auditlog_fetch(struct registrar *r, const struct registrar_device *d,
    const struct registrar_request *q);
/* The same, and call again(r, x) once it is judged; x is answered 202 when that takes long. */
void registrar_auditlog_wait(struct registrar *r, const struct registrar_device *d,
    const struct registrar_request *q, struct brski_exchange *x,
    void (*again)(void *app, struct brski_exchange *x));

/* front.c: what is served to pledges, and on the admin socket. */
extern const struct brski_route registrar_routes[];
extern const size_t registrar_routes_n;
extern const struct brski_route registrar_admin_routes[];
extern const size_t registrar_admin_routes_n;

#endif
