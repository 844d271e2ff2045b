/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/admin_json.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "registrar/admin.h"

#define PAGE 100

void
registrar_admin_actor(const struct brski_exchange *x, char out[REGISTRAR_ACTOR_MAX])
{
	if (x->peer->has_uid)
		snprintf(out, REGISTRAR_ACTOR_MAX, "uid:%lu", (unsigned long)x->peer->uid);
	else
		snprintf(out, REGISTRAR_ACTOR_MAX, "admin");
}

/* The value of one parameter of the query; absent when it is not there. */
struct brski_slice
registrar_admin_parameter(const struct brski_exchange *x, const char *name)
{
	struct brski_slice q = x->query, part;
	const uint8_t *end;
	size_t n = strlen(name);

	while (q.n > 0) {
		end = memchr(q.p, '&', q.n);
		part = brski_slice(q.p, end != NULL ? (size_t)(end - q.p) : q.n);
		if (part.n > n && memcmp(part.p, name, n) == 0 && part.p[n] == '=')
			return brski_slice(part.p + n + 1, part.n - n - 1);
		q = end != NULL ? brski_slice(end + 1, q.n - part.n - 1)
		                : (struct brski_slice){ 0 };
	}
	return (struct brski_slice){ 0 };
}

/* A number in decimal, 0..most; absent gives def. */
static enum brski_rc
number(const struct brski_exchange *x, const char *name, int64_t def, int64_t most, int64_t *out,
    struct brski_err *err)
{
	struct brski_slice text = registrar_admin_parameter(x, name);
	int64_t v = 0;
	size_t i;

	*out = def;
	if (text.p == NULL)
		return BRSKI_OK;
	for (i = 0; i < text.n && v <= most && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		v = v * 10 + (text.p[i] - '0');
	if (text.n == 0 || i < text.n || v > most)
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE,
		    "%s is not a number up to %lld", name, (long long)most);
	*out = v;
	return BRSKI_OK;
}

enum brski_rc
registrar_admin_page(const struct brski_exchange *x, int64_t *after, int64_t *limit,
    struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = number(x, "after", 0, INT64_MAX / 16, after, err)) == BRSKI_OK)
		rc = number(x, "limit", PAGE, REGISTRAR_PAGE_MAX, limit, err);
	return rc;
}

/* One path segment, percent-decoded into cap - 1 octets; *rest moves behind its '/'. */
bool
registrar_admin_segment(struct brski_slice *rest, char *out, size_t cap)
{
	struct brski_buf text = brski_buf_fixed(out, cap - 1);
	size_t n = 0;

	while (n < rest->n && rest->p[n] != '/')
		n++;
	if (brski_percent_decode(brski_slice(rest->p, n), &text, NULL) != BRSKI_OK ||
	    memchr(out, '\0', text.n) != NULL)
		return false;
	out[text.n] = '\0';
	n += n < rest->n;
	*rest = brski_slice(rest->p + n, rest->n - n);
	return text.n > 0;
}

enum brski_rc
registrar_admin_text_parameter(const struct brski_exchange *x, const char *name, char *out,
    size_t cap, const char **value, struct brski_err *err)
{
	struct brski_slice raw = registrar_admin_parameter(x, name);

	*value = NULL;
	if (raw.p == NULL)
		return BRSKI_OK;
	if (!registrar_admin_segment(&raw, out, cap) || raw.n > 0 ||
	    !brski_text_is_clean(brski_slice_str(out)))
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE,
		    "%s cannot be that", name);
	*value = out;
	return BRSKI_OK;
}

static int
append(const char *p, size_t n, void *arg)
{
	return brski_buf_append(arg, brski_slice(p, n), NULL) == BRSKI_OK ? 0 : -1;
}

/* Answer with a JSON value, which is let go; NULL: memory ran out. */
void
registrar_admin_answer(struct brski_exchange *x, const char *stage, json_t *value)
{
	struct brski_err err = { 0 };

	if (value == NULL || json_dump_callback(value, append, &x->reply, JSON_COMPACT) != 0) {
		(void)brski_broken(&err, BRSKI_E_NOMEM, "answer");
		brski_reply_fail(x, stage, (struct brski_slice){ 0 }, &err);
	} else {
		x->reply_media = "application/json";
		brski_reply_ok(x);
	}
	json_decref(value);
}

/* An operator may read the cause. */
void
registrar_admin_refuse(struct brski_exchange *x, const char *stage, const struct brski_err *err)
{
	brski_reply_fail_text(x, stage, (struct brski_slice){ 0 }, err,
	    brski_slice_str(err->detail));
}

json_t *
registrar_admin_text(struct brski_slice s)
{
	json_t *j = s.p != NULL ? json_stringn((const char *)s.p, s.n) : json_null();

	return j != NULL ? j : json_string(""); /* not UTF-8: cannot be ours */
}

json_t *
registrar_admin_date(int64_t at)
{
	char out[BRSKI_TIME_TEXT];

	if (at == 0)
		return json_null();
	brski_time_format_rfc3339(at, out);
	return json_string(out);
}

/* {"version":1,NAME:[...],"next":ID|null}: ask again after ID while there is one. */
json_t *
registrar_admin_page_json(const char *name, struct registrar_rows *l, int64_t limit)
{
	bool more = l->rows != NULL && (int64_t)json_array_size(l->rows) == limit && limit > 0;

	return json_pack("{s:i,s:o,s:o}", "version", REGISTRAR_ADMIN_VERSION, name, l->rows, "next",
	    more ? json_integer(l->last) : json_null());
}
