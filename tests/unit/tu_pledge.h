/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port for libpledge with a clock that tests set, storage in memory, and a registrar with its
 * MASA at the other end of the link that does as it is told.
 */
#ifndef TU_PLEDGE_H
#define TU_PLEDGE_H

#include "tu.h"

#include "crypto/csr.h"
#include "message/status.h"
#include "pledge/pledge.h"

#define TU_SERIAL "QS-0815"

enum tu_call {
	TU_RV,
	TU_VS,
	TU_CACERTS,
	TU_ATTRS,
	TU_ENROLL,
	TU_ES,
	TU_REENROLL,
	TU_CALLS
};

/* One operation of the registrar: what it shall do, what it saw. */
struct tu_op {
	int status;        /* answer with this instead of what is right; 0: right */
	const char *media; /* and with this type */
	unsigned pending;  /* answer so many requests with 202 first */
	unsigned retry_after_s;
	unsigned lost;           /* lose so many answers (the request arrived) */
	struct brski_slice body; /* answer with these bytes */
	unsigned n;              /* requests seen */
	enum pledge_as as;       /* of the last one */
	unsigned connection;     /* the last one came over */
	struct brski_buf last;   /* its body */
	bool repeated;           /* every body so far was the same */
};

/* What the registrar at the other end speaks. */
enum tu_speech {
	TU_HTTPS,
	TU_COAPS
};

struct tu_pledge {
	enum tu_speech speech;
	struct tu_id mfr, masa, idevid, domain, registrar, stranger;
	struct brski_certs anchors;
	struct pledge_port port;
	struct pledge_conf conf;
	struct pledge p;
	const char *names[8];
	struct pledge_fixed list;
	struct pledge_source source;

	int64_t now;
	uint64_t ticks;
	uint8_t chance;

	struct brski_buf items[PLEDGE_ITEMS];
	bool has[PLEDGE_ITEMS];
	unsigned saves, fail_saves;   /* fail the next so many */
	unsigned fails[PLEDGE_ITEMS]; /* the next so many of that item */
	unsigned cut_in;              /* n > 0: the power goes in the n-th save from now on */
	bool cut;                     /* it is gone: nothing is saved or sent any more */
	struct brski_key key, next_key;
	unsigned keys; /* made so far */

	/* the link */
	char candidate[PLEDGE_CANDIDATE_MAX];
	bool open;
	enum pledge_as as;
	unsigned connections;
	unsigned interrupt;        /* requests to break off: a signal came */
	unsigned refuse;           /* connects to fail */
	const char *only;          /* connects to anybody else fail, too; NULL: they do not */
	unsigned dials;            /* connects, failed ones too */
	const char *undecided;     /* this candidate answers TU_RV with 202, always */
	struct brski_buf asked[8]; /* TU_RV's body, of each of the names */
	bool asked_anew[8];        /* the name has seen two different ones */
	unsigned drop; /* requests to lose before they arrive; the connection is gone then */

	/* the registrar */
	const struct tu_id *server; /* presents this chain */
	const struct tu_id *issuer; /* issues with this */
	struct brski_certs chain;   /* presents this instead, when not empty */
	bool no_chain;
	struct brski_certs cacerts; /* answers with these */
	uint8_t binding[32];
	struct tu_op ops[TU_CALLS];
	/* changes the voucher before it is signed; may be NULL */
	void (*twist)(struct tu_pledge *t, struct brski_voucher *v);
	const struct tu_id *signer;  /* of vouchers */
	const struct tu_id *for_key; /* issue for this key instead of the CSR's */
	const char *for_serial;      /* name this device instead */
	const char *for_name;        /* name this instead, without a serial number */
	bool no_subject;             /* name nobody */
	int64_t issue_s;           /* certificates live so long, from t->now on; 0: as tu_facts() */
	struct brski_certs issued; /* the last one */
	struct brski_status voucher_status, enrollstatus; /* as told last */
};

/* All that is needed, in heap memory; starts p. */
struct tu_pledge *tu_pledge_new(enum tu_speech speech);
void tu_pledge_free(struct tu_pledge *t);
/* Power off and on again: everything that was not saved is gone. */
void tu_pledge_restart(struct tu_pledge *t);

/*
 * Step until enrolled, or so many steps; the clock goes on as told. The last rc, err in t's hands.
 */
enum brski_rc tu_pledge_run(struct tu_pledge *t, unsigned steps, struct brski_err *err);
/* Step until this state is reached, at most 100 steps; fails the test otherwise. */
void tu_pledge_until(struct tu_pledge *t, enum pledge_state state);
/* Step until something fails; that rc. */
enum brski_rc tu_pledge_until_failure(struct tu_pledge *t, struct brski_err *err);
/* Start anew as one that renews; enrolled with a certificate that lives so long. */
void tu_pledge_renews(struct tu_pledge *t, int64_t issue_s);
/* Let so much time pass, whatever it does; how often it failed, *err the last time. */
unsigned tu_pledge_live(struct tu_pledge *t, int64_t seconds, struct brski_err *err);
/* What an item holds; the caller's. */
struct brski_certs tu_pledge_certs(const struct tu_pledge *t, enum pledge_item item);
/* Key and certificate in use belong together. */
void tu_pledge_assert_pair(const struct tu_pledge *t);
bool tu_pledge_has(const struct tu_pledge *t, enum pledge_item item);

#endif
