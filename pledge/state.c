/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/state.h"

#include "base/text.h"
#include "crypto/key.h"

#define HEAD 13 /* magic, version, state, pending, length of the candidate */
#define TAIL 4  /* renewals, where there were any */

static const uint8_t magic[4] = { 'Q', 'S', 'P', 'L' };

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/*
 * The other boxes hold only what a connection holds: they begin again with what came before them.
 */
static bool
is_state(uint8_t s)
{
	return s == PLEDGE_DISCOVER || s == PLEDGE_REQUEST_JOIN || s == PLEDGE_ENROLL ||
	    s == PLEDGE_CONFIRM || s == PLEDGE_ENROLLED || s == PLEDGE_SWITCH;
}

/* The digest covers all before it: a torn or edited item is not half believed. */
static bool
digest_fits(struct brski_slice in)
{
	uint8_t hash[BRSKI_SHA256_SIZE];

	if (in.n < HEAD + sizeof(hash))
		return false;
	brski_sha256(brski_slice(in.p, in.n - sizeof(hash)), hash);
	return memcmp(hash, in.p + in.n - sizeof(hash), sizeof(hash)) == 0;
}

enum brski_rc
pledge_saved_decode(struct brski_slice in, struct pledge_saved *out, struct brski_err *err)
{
	struct pledge_saved s = { 0 };
	struct brski_slice name;
	size_t tail;

	*out = s;
	if (in.n < 6 || memcmp(in.p, magic, sizeof(magic)) != 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "pledge/PROTOCOL 1",
		    "this is not a pledge's state");
	if (in.p[4] != 0 || in.p[5] != PLEDGE_STATE_VERSION)
		return brski_fail(err, BRSKI_E_CONFLICT, "pledge/PROTOCOL 1",
		    "the state has version %d, this program reads %d", in.p[4] << 8 | in.p[5],
		    PLEDGE_STATE_VERSION);
	if (!digest_fits(in))
		return brski_fail(err, BRSKI_E_MALFORMED, "pledge/PROTOCOL 1",
		    "the state is cut short or was changed");
	name = brski_slice(in.p + HEAD, in.p[HEAD - 1]);
	tail = in.n - HEAD - BRSKI_SHA256_SIZE - name.n;
	if (tail == TAIL)
		s.renewals = get_u32(name.p + name.n);
	if (tail != (s.renewals != 0 ? TAIL : 0) || !is_state(in.p[6]) || in.p[7] != 0 ||
	    name.n >= sizeof(s.candidate) || !brski_text_is_clean(name))
		return brski_fail(err, BRSKI_E_MALFORMED, "pledge/PROTOCOL 1",
		    "the state names what does not exist");
	s.state = (enum pledge_state)in.p[6];
	s.pending_s = get_u32(in.p + 8);
	memcpy(s.candidate, name.p, name.n);
	*out = s;
	return BRSKI_OK;
}

static void
put_u32(uint8_t p[4], uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

enum brski_rc
pledge_saved_encode(const struct pledge_saved *s, struct brski_buf *out, struct brski_err *err)
{
	size_t start = out->n, n = strlen(s->candidate);
	uint8_t hash[BRSKI_SHA256_SIZE];
	uint8_t head[HEAD] = { 'Q', 'S', 'P', 'L', 0, PLEDGE_STATE_VERSION, (uint8_t)s->state };
	uint8_t tail[TAIL];
	enum brski_rc rc;

	put_u32(head + 8, s->pending_s);
	put_u32(tail, s->renewals);
	head[HEAD - 1] = (uint8_t)n;
	if ((rc = brski_buf_append(out, brski_slice(head, sizeof(head)), err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, brski_slice(s->candidate, n), err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, brski_slice(tail, s->renewals > 0 ? TAIL : 0), err)) !=
	        BRSKI_OK)
		return rc;
	brski_sha256(brski_slice(out->p + start, out->n - start), hash);
	return brski_buf_append(out, brski_slice(hash, sizeof(hash)), err);
}
