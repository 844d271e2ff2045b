/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registrar in one process: real operations, store, keeper; the clock, the timers and the MASA
 * are
 * the test's. Two makers, "acme" and "globex", may make devices with the same serial number.
 */
#ifndef TU_REGISTRAR_H
#define TU_REGISTRAR_H

#include "registrar/registrar.h"
#include "tu.h"

#define TU_TIMERS 32
#define TU_CALLS  16

/* A question to the MASA, or over plain HTTP to a manufacturer, that the test answers. */
struct tu_call {
	bool open;
	char path[32], manufacturer[32], url[128], media[64];
	struct brski_buf body;
	void (*done)(void *arg, const struct registrar_masa_answer *a);
	void *arg;
};

struct tu_site {
	struct tu_id acme, globex, domain, registrar, masa;
	struct registrar *r;
	struct brski_store *store;
	char dir[64], db[96], text[2048];
	int64_t now;
	struct {
		void (*fn)(void *arg);
		void *arg;
		int64_t due_ms;
	} timers[TU_TIMERS];
	struct tu_call calls[TU_CALLS];
	size_t calls_n;               /* since the start */
	struct tu_call web[TU_CALLS]; /* of the makers' servers; path is empty */
	size_t web_n;
	bool unreachable;         /* the link itself fails */
	bool together;            /* operations share commits; set before tu_site_restart() */
	const char *transport;    /* of the pledges; NULL: "https" */
	const char *accept;       /* what they accept; NULL: they do not say */
	struct brski_slice known; /* the tag of what they have; absent: of nothing */
	struct brski_log log;
	unsigned log_lines;
	char last_line[1024];
};

/* top goes before the manufacturers' sections, each of which gets rules. */
void tu_site_open(struct tu_site *s, const char *top, const char *rules);
void tu_site_close(struct tu_site *s);
/* The process ends and starts again: all that is left is the database. */
void tu_site_restart(struct tu_site *s);
/* Another configuration, as after SIGHUP. */
void tu_site_reload(struct tu_site *s, const char *top, const char *rules);
/* NAME.pem (the whole chain) and NAME.key, for the next reload. */
void tu_site_write(const struct tu_site *s, const char *name, const struct tu_id *id);
/* Let time pass; timers fire in order. */
void tu_site_wait(struct tu_site *s, unsigned seconds);

/* One exchange, synthetic: the handler is called at once, the reply is here when done is set. */
struct tu_exchange {
	struct brski_exchange x;
	struct brski_peer peer;
	unsigned done; /* how many times it was answered */
	enum brski_rc rc;
	struct brski_buf body; /* of the request */
	struct brski_buf reply;
	const uint8_t *shown; /* where the bytes of the reply were */
	char media[80];
	unsigned retry_after_s;
	bool close;
};
/* client NULL: no certificate. body is copied. */
void tu_send(struct tu_site *s, struct tu_exchange *e, const struct tu_id *client, const char *path,
    const char *media, struct brski_slice body);
/* On the admin socket, as uid 1000; query may be NULL. */
void tu_admin(struct tu_site *s, struct tu_exchange *e, enum brski_method method, const char *path,
    const char *query, const char *body);
/* By anybody, to listen-va; media NULL: GET. known: an ETag that he has, or absent. */
void tu_va(struct tu_site *s, struct tu_exchange *e, const char *path, const char *media,
    struct brski_slice body, struct brski_slice known);
void tu_exchange_clear(struct tu_exchange *e);
/* The client has gone before it was answered: the transport drops the exchange, and clears it. */
void tu_drop(struct tu_exchange *e);

/* The n-th question since the start, which must be open; answer it. */
struct tu_call *tu_call(struct tu_site *s, size_t n);
struct tu_call *tu_web(struct tu_site *s, size_t n); /* likewise */
void tu_answer(struct tu_call *c, enum brski_rc rc, const char *media, struct brski_slice body);
/* No answer came. */
void tu_no_answer(struct tu_call *c, enum brski_rc rc);

/* A PVR of this pledge about our registrar. */
void tu_make_pvr(struct tu_site *s, const struct tu_id *pledge, const char *serial,
    const char *nonce_text, struct brski_buf *out);
/* The voucher that answers the RVR in this question. */
void tu_make_voucher(struct tu_site *s, const struct tu_call *c, struct brski_buf *out);
/* {"version":1,"events":[...]}: owner is whose entry it is. */
void tu_make_auditlog(const struct tu_id *owner, const char *more, struct brski_buf *out);
/* Rows of the audit trail, and the newest. */
int tu_audit_rows(struct tu_site *s);
void tu_audit_last(struct tu_site *s, char *event, char *rc, char *spec, size_t cap);
void tu_device(struct tu_site *s, const char *manufacturer, const char *serial,
    struct registrar_device *out);
/*
 * acme's device with this serial number (NULL: nobody) has a certificate of the domain CA more,
 * from then to then; its id.
 */
int64_t tu_certify(struct tu_site *s, const char *serial, int64_t from, int64_t to);
/* The certificate of that id; its slices live until the next call. */
struct registrar_certificate tu_stored(struct tu_site *s, int64_t id);
/* What the last revocation list says about it; false: it is not on it. */
bool tu_on_crl(struct tu_site *s, int64_t id, struct brski_crl_entry *out);

#endif
