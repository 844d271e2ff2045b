/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a MASA without making anybody else wait: one ask per (kind, device, request), with the
 * pledges' exchanges that wait for its outcome. A MASA that cannot be reached is asked again with
 * back-off until patience ends; an exchange that waits too long is told to come back.
 */
#ifndef REGISTRAR_ASK_H
#define REGISTRAR_ASK_H

#include "registrar/registrar.h"

#define REGISTRAR_ASKS_MAX    4096
#define REGISTRAR_ASKS_DEVICE 4 /* of one device, which makes a new request with each attempt */
#define REGISTRAR_WAITERS_MAX 8
#define REGISTRAR_LINGER_S    300 /* how long a final failure waits for a pledge to hear of it */

struct registrar_ask;

/* How an ask ended: rc and err, and the MASA's words when it refused. */
struct registrar_outcome {
	struct brski_err err; /* rc OK: the ask's request holds what came */
	struct brski_slice text;
};

struct registrar_ask_kind {
	const char *path, *stage;
	/*
	 * Ask a->request.url; registrar_ask_answered() follows, not from within. NULL: the MASA is
	 * asked by POST to path. whom: who that is, and only the first failure of its is logged.
	 */
	enum brski_rc (*send)(struct registrar_ask *a, struct brski_err *err);
	const char *whom;
	const char *accept; /* NULL: the media type of the request */
	/* Judge and store an answer. Not OK is final. */
	enum brski_rc (*take)(struct registrar_ask *a, const struct registrar_masa_answer *answer,
	    struct brski_err *err);
	/* Record a final failure. */
	void (*refused)(struct registrar_ask *a, const struct registrar_outcome *o);
	/* Record that it takes long; called once. */
	void (*late)(struct registrar_ask *a);
	/* After all who waited were told of a success; may be NULL. */
	void (*then)(struct registrar_ask *a);
};

typedef void (*registrar_told_fn)(struct registrar_ask *a, struct brski_exchange *x,
    const struct registrar_outcome *o);

struct registrar_waiter {
	struct registrar_waiter *next;
	struct registrar_ask *ask;
	struct brski_exchange *x;
	registrar_told_fn told;
	void (*again)(void *app, struct brski_exchange *x); /* for told */
	void *timer;
};

struct registrar_ask {
	struct registrar_ask *next, **prev;
	struct registrar *r;
	const struct registrar_ask_kind *kind;
	char manufacturer[REGISTRAR_NAME_MAX + 1];
	char serial[BRSKI_SERIAL_MAX + 1];
	struct registrar_contact contact; /* of the pledge when it asked */
	struct registrar_request request; /* owned */
	uint8_t nonce[BRSKI_NONCE_MAX];   /* the voucher must repeat it */
	size_t nonce_n;
	struct brski_certs certs; /* what else the kind has to know; owned */

	struct registrar_waiter *waiters;
	size_t waiters_n;
	unsigned attempts;
	int64_t started, next_try;
	void *timer; /* until the next attempt, or of lingering */
	bool late, over;
	struct registrar_outcome failed; /* once it is over */
	struct brski_buf words;
};

/* The ask that is under way or lingers, or NULL. */
struct registrar_ask *registrar_ask_find(struct registrar *r, const struct registrar_ask_kind *kind,
    const struct registrar_device *d, const uint8_t pvr_hash[REGISTRAR_HASH_SIZE]);
/* A new ask, not sent yet; request is moved. E_BUSY: too many, in all or of this device. */
enum brski_rc registrar_ask_new(struct registrar *r, const struct registrar_ask_kind *kind,
    const struct registrar_device *d, struct registrar_request *request, struct registrar_ask **out,
    struct brski_err *err);
/* x waits for a's outcome: told(a, x, outcome) answers it, unless it is 202 by then. */
void registrar_ask_wait(struct registrar_ask *a, struct brski_exchange *x, registrar_told_fn told,
    void (*again)(void *app, struct brski_exchange *x));
/* Send it. a may be gone afterwards. */
void registrar_ask_go(struct registrar_ask *a);
/* What kind->send has asked for. a may be gone afterwards. */
void registrar_ask_answered(struct registrar_ask *a, const struct registrar_masa_answer *answer);
/* Forget it; whoever waits is told to come back. */
void registrar_ask_drop(struct registrar_ask *a);
/* When should a pledge come back that waits for a? */
unsigned registrar_ask_retry_after(const struct registrar_ask *a);
struct registrar_about registrar_about_ask(const struct registrar_ask *a);

#endif
