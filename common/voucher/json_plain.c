/* SPDX-License-Identifier: Apache-2.0 */
#include "voucher/json_plain.h"

/* RFC 8259 2 */
static void
skip_space(struct brski_slice *in)
{
	while (in->n > 0 && memchr(" \t\n\r", in->p[0], 4) != NULL)
		*in = brski_slice(in->p + 1, in->n - 1);
}

static bool
take(struct brski_slice *in, struct brski_slice word)
{
	skip_space(in);
	if (in->n < word.n || memcmp(in->p, word.p, word.n) != 0)
		return false;
	*in = brski_slice(in->p + word.n, in->n - word.n);
	return true;
}

static bool
take_string(struct brski_slice *in, struct brski_slice *out)
{
	size_t n = 0;

	if (!take(in, BRSKI_LIT("\"")))
		return false;
	while (n < in->n && in->p[n] >= 0x20 && in->p[n] <= 0x7e && in->p[n] != '"' &&
	    in->p[n] != '\\')
		n++;
	*out = brski_slice(in->p, n);
	*in = brski_slice(in->p + n, in->n - n);
	return in->n > 0 && in->p[0] == '"' && take(in, BRSKI_LIT("\""));
}

static bool
take_value(struct brski_slice *in, struct brski_json_member *m)
{
	m->flag = false;
	if (take_string(in, &m->text))
		return true;
	m->text = (struct brski_slice){ 0 };
	m->flag = take(in, BRSKI_LIT("true"));
	return m->flag || take(in, BRSKI_LIT("false"));
}

static bool
is_new(const struct brski_json_plain *p, struct brski_slice name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (brski_slice_eq(p->v[i].name, name))
			return false;
	return true;
}

static bool
take_members(struct brski_slice *in, struct brski_json_plain *out)
{
	struct brski_json_member m;

	do {
		if (out->n == BRSKI_JSON_PLAIN_MAX || !take_string(in, &m.name) ||
		    !is_new(out, m.name) || !take(in, BRSKI_LIT(":")) || !take_value(in, &m))
			return false;
		out->v[out->n++] = m;
	} while (take(in, BRSKI_LIT(",")));
	return true;
}

bool
brski_json_plain_read(struct brski_slice in, struct brski_json_plain *out)
{
	out->n = 0;
	if (!take(&in, BRSKI_LIT("{")) || !take_string(&in, &out->name) ||
	    !take(&in, BRSKI_LIT(":")) || !take(&in, BRSKI_LIT("{")) || !take_members(&in, out) ||
	    !take(&in, BRSKI_LIT("}")) || !take(&in, BRSKI_LIT("}")))
		return false;
	skip_space(&in);
	return in.n == 0;
}
