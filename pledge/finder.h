/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the Linux agent has its candidates from: its command line, or else whoever makes himself
 * heard on the device's links. Hears of changes of links too.
 */
#ifndef PLEDGE_FINDER_H
#define PLEDGE_FINDER_H

#include "net/link_watch.h"
#include "pledge/args.h"
#include "pledge/port_posix.h"
#include "pledge/source_coap.h"
#include "pledge/source_mdns.h"

#define PLEDGE_FINDER_SOURCES 4

struct pledge_finder {
	struct pledge_posix *pp;
	struct pledge_fixed fixed;
	struct pledge_source_mdns mdns;
	struct pledge_source_coap coap;
	struct brski_link_watch *watch;
	struct brski_timer *settling;
	struct pledge_source sources[PLEDGE_FINDER_SOURCES];
	size_t sources_n;
	bool looking;       /* set by the host: news may end its sleep */
	bool links_changed; /* cleared by the host */
};

/*
 * After pledge_posix_start(); sets the port's sources. *f must stay where it is, a is borrowed. On
 * failure it need not be stopped.
 */
enum brski_rc pledge_finder_start(struct pledge_finder *f, struct pledge_posix *pp,
    const struct pledge_args *a, struct brski_err *err);
void pledge_finder_stop(struct pledge_finder *f); /* before pledge_posix_close() */
/* Candidates known now. */
size_t pledge_finder_count(const struct pledge_finder *f);

#endif
