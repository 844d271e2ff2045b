/* SPDX-License-Identifier: Apache-2.0 */
/* The state item: where a restarted pledge goes on. Format: pledge/PROTOCOL. */
#ifndef PLEDGE_STATE_H
#define PLEDGE_STATE_H

#include "pledge/pledge.h"

#define PLEDGE_STATE_VERSION 1
#define PLEDGE_STATE_MAX     (13 + PLEDGE_CANDIDATE_MAX + 4 + 32)

struct pledge_saved {
	enum pledge_state state;
	/*
	 * how long 202 has been waited on; enrolled: seconds of the certificate's life that are
	 * over as far as a device without a clock knows
	 */
	uint32_t pending_s;
	char candidate[PLEDGE_CANDIDATE_MAX];
	uint32_t renewals; /* of the certificate */
};

/*
 * E_MALFORMED: not a state item, cut short, changed, or naming what does not exist. E_CONFLICT:
 * written by a newer version.
 */
enum brski_rc pledge_saved_decode(struct brski_slice in, struct pledge_saved *out,
    struct brski_err *err);
/* Appended to out. */
enum brski_rc pledge_saved_encode(const struct pledge_saved *s, struct brski_buf *out,
    struct brski_err *err);

#endif
