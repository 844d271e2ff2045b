/* SPDX-License-Identifier: Apache-2.0 */
/* /.well-known/core: which resources there are. RFC 6690, RFC 7252 7.2, cBRSKI 6.5. */
#include <stdio.h>
#include "coap/link_format.h"
#include "net/coap_session.h"

#define FORMATS_MAX 8 /* of one resource */

/* A resource as the document and the filter see it. */
struct resource {
	struct brski_slice href, rt;
	char ct[FORMATS_MAX * 6]; /* "62 281 287" */
};

/* Content-Formats in ascending order: of the answer where it has one, else of the request. */
static void
list_formats(const struct brski_route *r, char *out, size_t cap)
{
	const char *const *media = r->media_out != NULL ? r->media_out : r->media_in;
	int numbers[FORMATS_MAX], v;
	size_t n = 0, i, at = 0;

	for (; media != NULL && *media != NULL && n < FORMATS_MAX; media++) {
		if ((v = brski_coap_content_format(*media)) < 0)
			continue;
		for (i = n++; i > 0 && numbers[i - 1] > v; i--)
			numbers[i] = numbers[i - 1];
		numbers[i] = v;
	}
	out[0] = '\0';
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(out + at, cap - at, i > 0 ? " %d" : "%d", numbers[i]);
}

/* What stands before the last c. */
static struct brski_slice
before_last(const char *text, char c)
{
	const char *last = strrchr(text, c);

	return brski_slice(text, last != NULL ? (size_t)(last - text) : 0);
}

/* "name=value" of a query against a resource, RFC 6690 4.1; what it lacks matches nothing. */
static bool
passes_one(const struct resource *r, struct brski_slice filter)
{
	const uint8_t *eq = filter.n > 0 ? memchr(filter.p, '=', filter.n) : NULL;
	struct brski_slice name, pattern;

	if (eq == NULL)
		return false;
	name = brski_slice(filter.p, (size_t)(eq - filter.p));
	pattern = brski_slice(eq + 1, filter.n - name.n - 1);
	if (brski_slice_eq(name, BRSKI_LIT("href")))
		return brski_link_matches(r->href, pattern);
	if (brski_slice_eq(name, BRSKI_LIT("rt")))
		return brski_link_matches(r->rt, pattern);
	if (brski_slice_eq(name, BRSKI_LIT("ct")))
		return brski_link_matches(brski_slice_str(r->ct), pattern);
	return false;
}

static bool
passes(const struct resource *r, struct brski_slice query)
{
	size_t n;

	while (query.n > 0) {
		for (n = 0; n < query.n && query.p[n] != '&'; n++)
			;
		if (!passes_one(r, brski_slice(query.p, n)))
			return false;
		n += n < query.n;
		query = brski_slice(query.p + n, query.n - n);
	}
	return true;
}

static enum brski_rc
put(struct brski_exchange *x, const struct resource *r, struct brski_err *err)
{
	struct brski_slice ct = brski_slice_str(r->ct);
	enum brski_rc rc;

	if (!passes(r, x->query))
		return BRSKI_OK;
	if ((rc = brski_link_put(&x->reply, r->href, err)) != BRSKI_OK ||
	    (rc = brski_link_put_attribute(&x->reply, "rt", r->rt, true, err)) != BRSKI_OK)
		return rc;
	if (ct.n == 0)
		return BRSKI_OK;
	return brski_link_put_attribute(&x->reply, "ct", ct, strchr(r->ct, ' ') != NULL, err);
}

/* A route, and before the first one below a base that base: "/.well-known/brski", "brski". */
static enum brski_rc
put_route(struct brski_exchange *x, const struct brski_route *r, struct brski_slice *base,
    struct brski_err *err)
{
	struct resource of = { .href = before_last(r->coap->path, '/'),
		.rt = before_last(r->coap->rt, '.') };
	enum brski_rc rc = BRSKI_OK;

	if (!brski_slice_eq(of.href, *base))
		rc = put(x, &of, err);
	*base = of.href;
	if (rc != BRSKI_OK)
		return rc;
	of.href = brski_slice_str(r->coap->path);
	of.rt = brski_slice_str(r->coap->rt);
	list_formats(r, of.ct, sizeof(of.ct));
	return put(x, &of, err);
}

static void
core(void *app, struct brski_exchange *x)
{
	const struct brski_coap_session *c = x->transport;
	const struct brski_coap_server *s = c->server;
	struct brski_slice base = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	(void)app;
	/* the last row is this one */
	for (i = 0; rc == BRSKI_OK && i + 1 < s->rows_n; i++)
		rc = put_route(x, &s->rows[i], &base, &err);
	if (rc != BRSKI_OK) {
		brski_reply_fail(x, "coap", (struct brski_slice){ 0 }, &err);
		return;
	}
	x->reply_media = "application/link-format";
	brski_reply_ok(x);
}

static const char *const link_format[] = { "application/link-format", NULL };
static const struct brski_coap_name name = { "/.well-known/core", 0, "" };
const struct brski_route coap_core_route = { BRSKI_GET, "/.well-known/core", NULL, link_format, 0,
	BRSKI_WHO_ANYONE, core, "RFC 6690 4", BRSKI_BINARY, &name };
