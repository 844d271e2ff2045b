/* SPDX-License-Identifier: Apache-2.0 */
#include "masa/former.h"

#define TRIES 16 /* signatures checked for one request at most */

struct search {
	const struct brski_certs *bag;
	const struct brski_crls *crls;
	int64_t at;
	int tries;
	struct brski_path_found *out;
};

/* A CA of the very name of what it certified. */
static bool
is_cross(const struct brski_cert *c, const struct brski_cert *top)
{
	return c->ca && brski_cert_self_issued(c) && brski_slice_eq(c->spki, top->spki) &&
	    brski_name_eq(c->subject, top->subject);
}

static bool
is_known(const struct search *s, const struct brski_cert *top, const struct brski_cert *c)
{
	size_t i;

	for (i = 0; i < s->out->n; i++)
		if (brski_slice_eq(s->out->v[i]->spki, c->spki))
			return true;
	return brski_slice_eq(top->spki, c->spki);
}

static bool
vouches(struct search *s, const struct brski_cert *former, const struct brski_cert *cross)
{
	struct brski_certs anchor = { .v = (struct brski_cert *)former, .n = 1 };
	const struct brski_path path = { .leaf = cross,
		.anchors = &anchor,
		.crls = s->crls,
		.at = s->at };

	return brski_slice_present(former->ski) && brski_slice_eq(former->ski, cross->aki) &&
	    s->tries-- > 0 && brski_path_validate(&path, NULL, NULL) == BRSKI_OK;
}

/* Who introduced that key? NULL: nobody here. */
static const struct brski_cert *
find_former(struct search *s, const struct brski_cert *top)
{
	const struct brski_cert *c, *o, *end = s->bag->v + s->bag->n;

	for (c = s->bag->v; c < end; c++) {
		if (!is_cross(c, top))
			continue;
		for (o = s->bag->v; o < end; o++)
			if (!is_known(s, top, o) && vouches(s, o, c))
				return o;
	}
	return NULL;
}

void
masa_former_find(const struct brski_certs *bag, const struct brski_path_found *chain,
    const struct brski_crls *crls, int64_t at, struct brski_path_found *out)
{
	struct search s = { .bag = bag, .crls = crls, .at = at, .tries = TRIES, .out = out };
	const struct brski_cert *top = chain->v[chain->n - 1];

	out->n = 0;
	while (out->n < BRSKI_CHAIN_MAX && (top = find_former(&s, top)) != NULL)
		out->v[out->n++] = top;
}
