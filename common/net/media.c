/* SPDX-License-Identifier: Apache-2.0 */
/* Content-Type and Accept, RFC 9110 8.3 and 12.5.1: all that this project asks of them. */
#include <strings.h>
#include "base/text.h"
#include "net/exchange.h"

static struct brski_slice
trim(struct brski_slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = brski_slice(s.p + 1, s.n - 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* What stands before the next sep outside a quoted string; *in moves behind the sep. */
static struct brski_slice
next(struct brski_slice *in, uint8_t sep)
{
	struct brski_slice item;
	bool quoted = false;
	size_t i;

	for (i = 0; i < in->n && (quoted || in->p[i] != sep); i++) {
		if (quoted && in->p[i] == '\\' && i + 1 < in->n)
			i++;
		else if (in->p[i] == '"')
			quoted = !quoted;
	}
	item = trim(brski_slice(in->p, i));
	i = i < in->n ? i + 1 : i;
	*in = brski_slice(in->p + i, in->n - i);
	return item;
}

static bool
same(struct brski_slice a, struct brski_slice b)
{
	return a.n == b.n && strncasecmp((const char *)a.p, (const char *)b.p, a.n) == 0;
}

/* "type/subtype" of "type/subtype; parameters" */
static struct brski_slice
bare(struct brski_slice s)
{
	return next(&s, ';');
}

bool
brski_media_is(struct brski_slice header, const char *type)
{
	return header.n > 0 && brski_text_media_eq(header, type);
}

/* 3: the type itself, 2: "type/" "*", 1: everything, 0: something else */
static unsigned
specificity(struct brski_slice range, struct brski_slice type)
{
	if (same(range, type))
		return 3;
	if (same(range, BRSKI_LIT("*/*")))
		return 1;
	if (range.n > 2 && range.p[range.n - 1] == '*' && range.p[range.n - 2] == '/' &&
	    type.n >= range.n &&
	    same(brski_slice(range.p, range.n - 1), brski_slice(type.p, range.n - 1)))
		return 2;
	return 0;
}

/* Does a weight say "not acceptable": q=0, q=0.0, q=0.00, q=0.000? */
static bool
is_zero(struct brski_slice params)
{
	while (params.n > 0) {
		struct brski_slice p = next(&params, ';');
		size_t i;

		if (p.n < 3 || !same(brski_slice(p.p, 2), BRSKI_LIT("q=")))
			continue;
		for (i = 2; i < p.n && (p.p[i] == '0' || p.p[i] == '.'); i++)
			;
		return i == p.n;
	}
	return false;
}

bool
brski_accept_allows(struct brski_slice accept, const char *type)
{
	struct brski_slice want = bare(brski_slice_str(type));
	unsigned best = 0;
	bool allowed = false;

	if (trim(accept).n == 0)
		return true;
	while (accept.n > 0) {
		struct brski_slice params = next(&accept, ',');
		struct brski_slice range = next(&params, ';');
		unsigned s = specificity(range, want);

		/* the most specific range decides, RFC 9110 12.5.1 */
		if (s > best) {
			best = s;
			allowed = !is_zero(params);
		}
	}
	return allowed;
}
