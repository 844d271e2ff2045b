/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several registrars may be there, and one that has not decided yet (202, RFC 8995 5.6) may never
 * do so: it is not ours, or has no way to our MASA. So its request is parked and others are asked,
 * until it is its turn again; it gets the same bytes then. RFC 8995 4.1 wants several attempts side
 * by side: this is that, one connection at a time.
 */
#include "pledge/engine.h"

/* A free one; else of the request that has waited least: the least is lost with it. */
static struct pledge_parked *
place(struct pledge *p)
{
	struct pledge_parked *best = &p->parked[0];
	size_t i;

	for (i = 0; i < PLEDGE_PARKED; i++) {
		if (p->parked[i].pvr.n == 0)
			return &p->parked[i];
		if (p->parked[i].pending_s < best->pending_s)
			best = &p->parked[i];
	}
	return best;
}

void
pledge_park(struct pledge *p, uint32_t ms)
{
	struct pledge_parked *slot = place(p);

	brski_buf_clear(&slot->pvr);
	*slot = (struct pledge_parked){ .id = pledge_candidate_id(p),
		.pvr = p->pvr,
		.pending_s = p->pending_s };
	p->pvr = pledge_buf(p);
	pledge_candidate_waits(p, ms);
}

bool
pledge_unpark(struct pledge *p)
{
	uint64_t id = pledge_candidate_id(p);
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < PLEDGE_PARKED; i++) {
		struct pledge_parked *slot = &p->parked[i];

		if (slot->pvr.n == 0 || slot->id != id)
			continue;
		brski_buf_clear(&p->pvr);
		p->pvr = slot->pvr;
		p->pending_s = slot->pending_s;
		*slot = (struct pledge_parked){ 0 };
		p->unparked = pledge_request_open(p, &err) == BRSKI_OK;
		return p->unparked;
	}
	return false;
}

void
pledge_parked_clear(struct pledge *p)
{
	size_t i;

	for (i = 0; i < PLEDGE_PARKED; i++) {
		brski_buf_clear(&p->parked[i].pvr);
		p->parked[i] = (struct pledge_parked){ 0 };
	}
}
