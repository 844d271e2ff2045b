/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All three roles in one process, without sockets: a registrar and a MASA with real stores in a
 * fresh folder, pledges on libpledge with their items in memory, one fake clock, and a queue of
 * events in place of a loop. What a test wants to go wrong it switches on in the struct. Every
 * exchange goes through the same route tables as on the wire, by HTTP's names and base64 or by
 * CoAP's names and content formats.
 */
#ifndef WORLD_H
#define WORLD_H

#include "masa/front.h"
#include "pledge/pledge.h"
#include "registrar/registrar.h"
#include "tu.h"

#define WORLD_DEVICES 4
#define WORLD_EVENTS  64

struct world;

/* How pledges and registrar talk. */
struct world_over {
	const char *candidate; /* the registrar, as a pledge knows it */
	const char *format;    /* media type of vouchers; NULL: what the binding says */
	bool coap;
};
extern const struct world_over world_https, world_coaps, world_https_cose;

/* A device: its identity and what its port remembers. */
struct world_device {
	struct world *w;
	struct tu_id id;
	char serial[BRSKI_SERIAL_MAX + 1];
	struct brski_certs anchors; /* of its MASA */
	struct brski_buf items[PLEDGE_ITEMS];
	bool has[PLEDGE_ITEMS];
	unsigned saves,
	    die_at_save; /* die_at_save n > 0: the power fails in the n-th save from now on */
	bool dead;
	struct brski_key ldevid_key, next_key;
	struct pledge_fixed fixed;
	struct pledge_source source;
	struct pledge_port port;
	struct pledge_conf conf;
	struct pledge p;
	bool running;
	enum pledge_as as;
	bool connected;
	uint8_t binding[32];
	struct brski_log log;
};

struct world_event {
	int64_t at_ms;
	void (*fn)(void *arg);
	void *arg;
	unsigned id; /* 0: free */
};

struct world {
	const struct world_over *over;
	char dir[64];
	int64_t now;    /* seconds, what clocks say */
	int64_t now_ms; /* ticks of the queue */
	struct world_event events[WORLD_EVENTS];
	unsigned last_id;

	struct tu_id mfr, masa_signer, domain, registrar_id;
	struct masa masa;
	struct registrar *registrar;
	struct brski_store *registrar_store;
	char *conf_text; /* of the registrar */
	struct brski_log log;
	char last_refusal[512]; /* the last line at warn or error of registrar or MASA */

	/* what goes wrong */
	bool masa_down;        /* nothing reaches the MASA */
	bool cut_off;          /* nothing reaches the registrar */
	unsigned masa_slow_ms; /* how long an answer of the MASA takes */
	void (*spoil_voucher)(struct world *w,
	    struct brski_buf *voucher); /* on its way from the MASA; NULL: nothing */
	const struct tu_id *server;     /* whom pledges see as the server; NULL: the registrar */

	/* what was seen */
	unsigned asked_masa, requests;
	int last_status;           /* of the registrar's last answer to a pledge, HTTP's numbers */
	struct brski_buf last_pvr; /* body of the last requestvoucher */
	unsigned same_pvr, other_pvr; /* repeats with the same bytes, with others */
	struct world_device devices[WORLD_DEVICES];
	size_t devices_n;
};

/*
 * A world at TU_NOW, where pledges talk like over says, with one manufacturer ("acme"); extra is
 * more text for registrar.conf ("" for none), maker options for its section.
 */
void world_init(struct world *w, const struct world_over *over, const char *extra,
    const char *maker);
void world_clear(struct world *w);

/* Make a device; known: the MASA's ledger has it. */
struct world_device *world_device(struct world *w, const char *serial, bool known);
/* Start its pledge, fresh or from what it saved. */
void world_power_on(struct world_device *d);
void world_power_off(struct world_device *d);
/*
 * Step until it is enrolled or limit_s of fake time have passed; dies and comes back as the world
 * says. True: enrolled.
 */
bool world_run(struct world_device *d, int64_t limit_s);

/* Step for so long, whatever state it is in. */
void world_live(struct world_device *d, int64_t seconds);

/* The registrar process goes and comes back on the same store. */
void world_registrar_restart(struct world *w);
void world_masa_restart(struct world *w);

/*
 * One request to the registrar by hand; the status of the answer, its body appended to body (may be
 * NULL).
 */
int world_request(struct world *w, const struct brski_certs *client, bool post, const char *path,
    const char *media, const char *accept, struct brski_slice body, struct brski_buf *answer);

/* Count rows: "SELECT COUNT(*) ..." on the registrar's or the MASA's store. */
int64_t world_count(struct brski_store *s, const char *sql);
/* Let time pass: events due run in order. */
void world_wait(struct world *w, int64_t ms);

#endif
