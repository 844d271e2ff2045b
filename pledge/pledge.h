/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpledge: the pledge of RFC 8995 Figure 2 as a library without I/O, globals or threads. The host
 * lends it a port (clock, random, keys, a link to registrars, storage) and calls pledge_step()
 * until pledge_state() is PLEDGE_ENROLLED:
 *
 *	pledge_init(&p, &port, &conf, &err);
 *	while (pledge_state(&p) != PLEDGE_ENROLLED) {
 *		pledge_step(&p, &wait_ms, &err);
 *		sleep for wait_ms, or less when a link comes up (pledge_link_changed());
 *	}
 *	pledge_clear(&p);
 *
 * With conf.renew the host steps for ever: an enrolled pledge says how long to wait (an hour at
 * most), renews its certificate in time over a connection made with it, with a new key, follows the
 * domain's CA to a new one, and is commissioned anew once the certificate has expired.
 *
 * One step does one box of the figure and blocks as long as the port's link blocks. Whatever must
 * survive a power cut is saved through the port before it becomes visible to the registrar; after a
 * restart pledge_init() goes on where that left off. The engine trusts nothing that the link says
 * about the server: it judges the chain itself, before a byte leaves.
 *
 * Redirects are not followed (RFC 8995 5.6 allows one at most); attempts run one after the other
 * (4.1 allows parallel ones).
 */
#ifndef PLEDGE_PLEDGE_H
#define PLEDGE_PLEDGE_H

#include "base/clock.h"
#include "base/log.h"
#include "crypto/cert.h"
#include "message/format.h"
#include "pledge/binding.h"
#include "pledge/imprint.h"

#define PLEDGE_CANDIDATES    40  /* whose failures are kept in mind; any number is asked */
#define PLEDGE_CANDIDATE_MAX 128 /* bytes of a candidate's name with its NUL */
#define PLEDGE_MEDIA_MAX     96
#define PLEDGE_ANSWER_MAX    ((size_t)96 * 1024) /* bytes of any answer's body */

enum pledge_state {
	PLEDGE_DISCOVER,     /* looking for somebody to ask */
	PLEDGE_IDENTIFY,     /* connecting with the IDevID */
	PLEDGE_REQUEST_JOIN, /* asking for a voucher, again and again on 202 */
	PLEDGE_IMPRINT,      /* judging the voucher */
	PLEDGE_ENROLL,       /* voucher accepted: EST */
	PLEDGE_CONFIRM,  /* LDevID there: telling the registrar over a connection made with it */
	PLEDGE_ENROLLED, /* done; stays until pledge_reset(), or with conf.renew until it is due */
	PLEDGE_RENEW,    /* asking for the next certificate over connections with this one */
	PLEDGE_SWITCH,   /* it is there: key, certificate and anchors go to where they are used */
	PLEDGE_STATES
};

/* What the port keeps: whole items of bytes, replaced atomically. Formats: pledge/PROTOCOL. */
enum pledge_item {
	PLEDGE_ITEM_STATE,
	PLEDGE_ITEM_PVR,     /* the request as sent */
	PLEDGE_ITEM_VOUCHER, /* the voucher as received */
	PLEDGE_ITEM_TRUST,   /* PEM: the pin, then the domain's explicit trust anchors */
	PLEDGE_ITEM_CSR,     /* DER, as sent */
	PLEDGE_ITEM_LDEVID,  /* PEM */
	PLEDGE_ITEM_KEY,     /* the LDevID key: the port's alone; the engine only ever erases it */
	/* PEM: voucher anchors added by an owner (resale, RFC 8995 7.4.3); may be absent */
	PLEDGE_ITEM_ANCHORS,
	/* What a renewal has got, until it is in use; as KEY, LDEVID, TRUST. */
	PLEDGE_ITEM_NEXT_KEY,
	PLEDGE_ITEM_NEXT_LDEVID,
	PLEDGE_ITEM_NEXT_TRUST, /* absent: TRUST stays */
	PLEDGE_ITEMS
};

enum pledge_as {
	PLEDGE_AS_IDEVID,
	PLEDGE_AS_LDEVID
};

/*
 * Who is at the other end of a connection that stands. Proof of possession is done, nothing else is
 * judged.
 */
struct pledge_peer {
	const struct brski_certs *chain; /* as presented, end entity first */
	struct brski_slice
	    binding; /* tls-exporter EXPORTER-Channel-Binding, RFC 9266; absent: none */
};

struct pledge_request {
	bool post;
	const char *path;           /* "/.well-known/brski/requestvoucher" */
	const char *media, *accept; /* NULL: none. CoAP: brski_coap_content_format() */
	/*
	 * Called exactly once, when the connection stands and before a byte of the request leaves:
	 * judges the peer and writes the body. Not OK: nothing is sent, and request() returns that
	 * rc. A port with a real connect() calls it first thing.
	 */
	enum brski_rc (*compose)(void *arg, const struct pledge_peer *peer, struct brski_buf *body,
	    struct brski_err *err);
	void *arg;
};

struct pledge_answer {
	int status; /* HTTP's numbers; CoAP: 2.xx is 200, 5.03 is 202, 4.04 is 404 */
	char media[PLEDGE_MEDIA_MAX]; /* Content-Type; "" when absent */
	unsigned retry_after_s;       /* 0: none. CoAP: Max-Age */
	struct brski_buf *body;       /* the engine's; its max is the limit: E_TOO_LARGE beyond */
};

/* Where candidates come from: fixed addresses here, mDNS, GRASP, CoAP discovery from a port. */
struct pledge_source {
	/* The i-th candidate known now, as the port's connect() wants it; false: no more. */
	bool (*get)(void *arg, size_t i, char name[PLEDGE_CANDIDATE_MAX]);
	void *arg;
};
/* A list of names that never changes; borrowed. */
struct pledge_fixed {
	const char *const *names;
	size_t n;
};
struct pledge_source pledge_source_fixed(const struct pledge_fixed *list);

/*
 * All functions are called from pledge_init(), pledge_step(), pledge_reset() and pledge_clear()
 * only.
 */
struct pledge_port {
	void *arg;
	int64_t (*now)(
	    void *arg); /* base/clock.h; BRSKI_TIME_UNKNOWN while the clock cannot be trusted */
	uint64_t (*ticks_ms)(void *arg);              /* monotonic, any origin */
	void (*random)(void *arg, void *p, size_t n); /* from a good generator; never fails */

	const struct pledge_source *sources;
	size_t sources_n;

	/*
	 * Link, one connection at a time. connect() may put off the real work until request().
	 * Calls stay on one connection: once it is lost, request() returns E_UNAVAILABLE and does
	 * not open another one by itself. E_TIMEOUT: no answer in time. E_PENDING: the host wants
	 * control back; the next step asks the same again.
	 */
	enum brski_rc (
	    *connect)(void *arg, const char *candidate, enum pledge_as as, struct brski_err *err);
	enum brski_rc (*request)(void *arg, const struct pledge_request *r, struct pledge_answer *a,
	    struct brski_err *err);
	void (*close)(void *arg);

	/* Append an item; E_NOT_FOUND (nothing need be put in err): there is none. */
	enum brski_rc (
	    *load)(void *arg, enum pledge_item item, struct brski_buf *out, struct brski_err *err);
	/* Durable when it returns. An absent slice erases; erasing what is not there is fine. */
	enum brski_rc (*save)(void *arg, enum pledge_item item, struct brski_slice bytes,
	    struct brski_err *err);

	/*
	 * The key of the LDevID in use (PLEDGE_ITEM_KEY) or of the one that is asked for meanwhile
	 * (PLEDGE_ITEM_NEXT_KEY). fresh NONE: the one made before, E_NOT_FOUND when there is none;
	 * else make a new one of that type, durable before this returns. *out is the port's, valid
	 * until a key is made anew, adopted or erased.
	 */
	enum brski_rc (*ldevid_key)(void *arg, enum pledge_item which, enum brski_key_type fresh,
	    const struct brski_key **out, struct brski_err *err);
	/*
	 * NEXT_KEY becomes KEY, the one before is gone: atomic, and durable when it returns.
	 * E_NOT_FOUND (nothing need be put in err): there is no NEXT_KEY, KEY is as it was. NULL in
	 * ports that never renew.
	 */
	enum brski_rc (*adopt_key)(void *arg, struct brski_err *err);

	const struct brski_log *log; /* NULL: silent */
};

/*
 * When a certificate is due. From not-before, or from when it came, whichever is later: two thirds
 * of what is left then, or half of what the CAs above it have left then if that is sooner
 * (cBRSKI 6.7.2), less up to a tenth of the lifetime by chance, which is different for each
 * certificate and always the same for one.
 */
struct pledge_life {
	int64_t from, to;
	int64_t due;
};
/* trust: where the path above it ends. since: when it came, BRSKI_TIME_UNKNOWN: any time. */
void pledge_life_of(const struct brski_cert *ldevid, const struct brski_certs *trust, int64_t since,
    struct pledge_life *out);

/* Which leaf of the request says whom we are talking to, RFC 8995 5.2, rfc8366bis 9.2. */
enum pledge_proximity {
	PLEDGE_PROXIMITY_AUTO, /* the digest where signed objects leave certificates out too */
	PLEDGE_PROXIMITY_CERT,
	PLEDGE_PROXIMITY_PUBK,
	PLEDGE_PROXIMITY_PUBK_SHA256
};

/* Zero means the default in brackets. Everything pointed to is borrowed until pledge_clear(). */
struct pledge_conf {
	const struct brski_certs
	    *idevid; /* end entity first, then what the registrar may need of its issuers */
	const struct brski_key *idevid_key;
	enum brski_serial_from serial_from;
	const struct brski_certs *anchors; /* of the manufacturer's MASA */
	const struct brski_format *format; /* [the binding's] */
	/* [the one of the candidate's scheme; pledge_https for names without] */
	const struct pledge_binding *binding;
	enum pledge_proximity proximity;
	/*
	 * Where all lives that the engine keeps; NULL: malloc(). From pledge_init() to ENROLLED
	 * nothing else is allocated with application/voucher+cose over pledge_coaps.
	 */
	struct brski_heap *heap;
	unsigned accept_assertions; /* PLEDGE_ACCEPT() bits [PLEDGE_ACCEPT_DEFAULT] */
	bool accept_nonceless;      /* RFC 8995 7.2: must be possible, need not be allowed */
	bool strict;
	bool renew; /* ENROLLED is not the end: the certificate is renewed while it lives */
	uint32_t spacing_ms;        /* between the starts of two attempts [3000], RFC 8995 4.1 */
	uint32_t backoff_min_ms;    /* per candidate, doubled with each failure [3000] */
	uint32_t backoff_max_ms;    /* [3600000], RFC 8995 4.1 */
	uint32_t retry_after_max_s; /* cap of Retry-After [60], RFC 8995 5.6 */
	uint32_t retry_after_s;     /* where it is missing [10] */
	/*
	 * Of waiting on 202 in one state [345600], RFC 8995 5.6. Meanwhile other candidates are
	 * asked as well: who says "not yet" need not be the right one.
	 */
	uint32_t pending_max_s;
	unsigned tries; /* link failures in a row that ENROLL and CONFIRM stand [10] */
};

/* A candidate that failed: known by a digest of its name, which stays with its source. */
struct pledge_seen {
	uint64_t id;
	uint64_t not_before; /* ticks */
	unsigned failures;
	bool offered; /* by a source, still */
};

/* A request on which a registrar has not decided yet, while others are asked. */
#define PLEDGE_PARKED 4
struct pledge_parked {
	uint64_t id;          /* of the candidate; its pvr is there: the slot is in use */
	struct brski_buf pvr; /* as sent; it is sent again, RFC 8995 5.6 */
	uint32_t pending_s;
};

/* The engine. Public only so that the host can place it; touch nothing inside. */
struct pledge {
	const struct pledge_port *port;
	struct pledge_conf conf;
	struct brski_certs anchors; /* conf's and the added ones */
	struct brski_slice serial;
	enum pledge_state state, saved;
	struct pledge_seen seen[PLEDGE_CANDIDATES];
	size_t seen_n;
	struct pledge_parked parked[PLEDGE_PARKED];
	bool unparked;   /* pvr is not the item that is saved */
	uint64_t salt;   /* of the digests: nobody outside knows their order */
	uint64_t cursor; /* more candidates than can be kept in mind: the last one of this round */
	uint64_t round_at; /* ticks: no candidate of this round before */
	unsigned rounds, fresh_n;
	bool tried; /* an attempt was made: last_try holds */
	uint64_t last_try;
	bool links_changed; /* and nothing was done about it */
	uint64_t links_at;  /* nothing is before then */
	char candidate[PLEDGE_CANDIDATE_MAX];
	const struct pledge_binding *binding; /* how the candidate is spoken to */
	const struct brski_format *format;    /* of this attempt's request and voucher */
	bool connected, used;                 /* a connection is open; it has carried a request */
	enum pledge_as as;
	uint32_t wait_ms, pending_s;
	unsigned tries;
	struct pledge_life life;   /* of ldevid */
	struct brski_certs ldevid; /* loaded while it is waited on or renewed */
	uint64_t mark;             /* ticks at which used_ms was right */
	uint64_t used_ms;          /* of the life */
	int64_t since;             /* when it was issued to this very process; UNKNOWN: before */
	uint32_t renewals;
	bool wanted;                     /* renewal was asked for, due or not */
	char home[PLEDGE_CANDIDATE_MAX]; /* the registrar that is asked first to renew */
	size_t turn;                     /* 0: home; n: the n-th other candidate */
	struct brski_certs
	    server; /* what it presented; RFC 8995 5.6.2 needs it after the voucher */
	struct brski_buf pvr, voucher, csr;
	struct brski_artifact request; /* pvr, opened */
	bool has_request;
	struct brski_certs trust; /* the pin; with cacerts, the domain's anchors */
	bool told, has_cacerts, has_csrattrs, challenge;
	enum brski_key_type key_type;
	uint8_t bound[32]; /* the connection that csr's challengePassword names */
	bool has_bound;
};

/*
 * Start, or go on where the saved state left off. Complete conf and port; both must outlive p. On
 * failure p is cleared.
 * E_SERIAL     the IDevID names no serial number
 * E_MALFORMED  the state item is broken; E_CONFLICT: it is of a newer version. pledge_reset()
 *              helps.
 */
enum brski_rc pledge_init(struct pledge *p, const struct pledge_port *port,
    const struct pledge_conf *conf, struct brski_err *err);
void pledge_clear(struct pledge *p); /* closes the link, keeps what is saved */

/*
 * Do the box we are in. *wait_ms: how long to wait before the next step; UINT32_MAX: for ever
 * (enrolled, without conf.renew); an enrolled pledge that renews waits an hour at most, so that a
 * clock that is set and a device that slept do no harm. OK: went on. E_PENDING: waits for the
 * registrar or for the next attempt. Anything else: the attempt failed, err says why, the next step
 * tries again; E_IO and E_NOMEM are the port's own trouble.
 */
enum brski_rc pledge_step(struct pledge *p, uint32_t *wait_ms, struct brski_err *err);

enum pledge_state pledge_state(const struct pledge *p);
const char *pledge_state_name(enum pledge_state s); /* "request-join" */
/* The link came up anew: forget the back-off of all candidates, RFC 8995 4.1. */
void pledge_link_changed(struct pledge *p);

/* Begin to renew with the next step, due or not: in ENROLLED, with conf.renew. */
void pledge_renew_now(struct pledge *p);
uint32_t pledge_renewals(const struct pledge *p); /* since it was commissioned */

enum pledge_reset_level {
	PLEDGE_RESET_CONFIG,  /* the domain's configuration; anchors added by an owner stay */
	PLEDGE_RESET_FACTORY, /* those go as well */
};
/*
 * Forget the domain, RFC 8995 7.4.3. Works on a port alone, so that it can also repair a broken
 * state; a running pledge must be cleared before.
 */
enum brski_rc pledge_reset(const struct pledge_port *port, enum pledge_reset_level level,
    struct brski_err *err);

#endif
