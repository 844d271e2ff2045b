/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/life.h"

#include "base/text.h"

static const char *const names[] = {
#define X(name) #name,
	REGISTRAR_LIFE_TABLE(X)
#undef X
};

const char *
registrar_life_name(enum registrar_life l)
{
	return names[l];
}

bool
registrar_life_from(struct brski_slice name, enum registrar_life *out)
{
	int i;

	for (i = 0; i < REGISTRAR_LIVES; i++) {
		if (brski_text_eq_nocase(name, names[i])) {
			*out = (enum registrar_life)i;
			return true;
		}
	}
	return false;
}

/* So many tenths or thirds of a lifetime; no product can overflow. */
static int64_t
part(int64_t not_before, int64_t not_after, int64_t num, int64_t den)
{
	int64_t whole = not_after - not_before;

	return not_before + whole / den * num + whole % den * num / den;
}

int64_t
registrar_renewal_due(int64_t not_before, int64_t not_after)
{
	return part(not_before, not_after, 2, 3);
}

/* It has a certificate: how much of its time is left? It is valid up to and with notAfter. */
static enum registrar_life
by_date(const struct registrar_life_facts *f, int64_t *until)
{
	const struct {
		int64_t end;
		enum registrar_life life;
	} spans[] = {
		{ registrar_renewal_due(f->not_before, f->not_after), REGISTRAR_LIFE_ACTIVE },
		{ part(f->not_before, f->not_after, 9, 10), REGISTRAR_LIFE_RENEWAL_DUE },
		{ f->not_after + 1, REGISTRAR_LIFE_EXPIRING },
	};
	size_t i;

	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		if (f->now < spans[i].end) {
			*until = spans[i].end;
			return spans[i].life;
		}
	}
	return REGISTRAR_LIFE_EXPIRED;
}

enum registrar_life
registrar_life_of(const struct registrar_life_facts *f, int64_t *until)
{
	*until = 0;
	if (f->standing != REGISTRAR_IN_ORDER)
		return f->standing == REGISTRAR_REVOKED_DEVICE ? REGISTRAR_LIFE_REVOKED
		                                               : REGISTRAR_LIFE_DECOMMISSIONED;
	if (f->refused)
		return REGISTRAR_LIFE_REFUSED;
	if (f->pending)
		return REGISTRAR_LIFE_AWAITING_APPROVAL;
	if (f->not_after != 0)
		return by_date(f, until);
	if (f->vouchered)
		return REGISTRAR_LIFE_VOUCHED;
	return f->seen ? REGISTRAR_LIFE_SEEN : REGISTRAR_LIFE_LISTED;
}
