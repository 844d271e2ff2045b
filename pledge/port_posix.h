/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Linux port of libpledge: files in one folder, links through common/net, the kernel's clock
 * and generator.
 */
#ifndef PLEDGE_PORT_POSIX_H
#define PLEDGE_PORT_POSIX_H

#include "pledge/identity.h"
#include "pledge/port_link.h"

struct pledge_sleep;
struct pledge_posix {
	struct pledge_port port; /* hand this to pledge_init(); add sources before */
	const char *dir;
	const struct pledge_identity *id;
	bool no_clock;
	bool classical, hybrid, dtls12; /* struct pledge_link_conf */
	bool interrupted;               /* SIGTERM or SIGINT: stop as soon as you can */
	bool hears_hup;                 /* before the start: SIGHUP does not end us */
	bool hup;                       /* it came; cleared by the host */
	int lock;
	struct brski_loop *loop;
	struct pledge_sleep *sleep;     /* while somebody sleeps */
	const struct pledge_link *link; /* of conn */
	void *conn;
	struct brski_key ldevid_key, next_key;
	struct brski_certs ldevid;
};

/*
 * Open a state folder for items only: *pp must stay where it is.
 * E_NOT_FOUND: no such folder. E_BUSY: another process works on it.
 */
#define PLEDGE_DIR_CREATE (1u << 0) /* make it when it is not there */
#define PLEDGE_DIR_LOCK   (1u << 1) /* nobody else may work on it */
enum brski_rc pledge_posix_open(struct pledge_posix *pp, const char *dir, unsigned how,
    struct brski_err *err);
/* The link besides. id and log are borrowed. */
enum brski_rc pledge_posix_start(struct pledge_posix *pp, const struct pledge_identity *id,
    const struct brski_log *log, struct brski_err *err);
void pledge_posix_close(struct pledge_posix *pp);

/* Sleep in the loop; a signal ends it early and sets interrupted. */
void pledge_posix_wait(struct pledge_posix *pp, uint32_t ms);
/* From a callback of the loop: sleep no longer, if anybody sleeps. */
void pledge_posix_wake(struct pledge_posix *pp);
/*
 * "DIR/ldevid.pem"; of voucher and request the file that is there, in whichever format. False when
 * out is too small.
 */
bool pledge_posix_path(const struct pledge_posix *pp, enum pledge_item item, char *out, size_t cap);

#endif
