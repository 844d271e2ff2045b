/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "net/exchange.h"

#define TEXT_MAX      512 /* bytes of an explanation */
#define RETRY_AFTER_S 10  /* when a 429 or 503 came without */

static const char text_plain[] = "text/plain; charset=utf-8";

/* Does a route's path name this one? Sets what follows a prefix. */
static bool
path_matches(const char *route, struct brski_slice path, struct brski_slice *rest)
{
	struct brski_slice r = brski_slice_str(route);

	*rest = (struct brski_slice){ 0 };
	if (r.n < 2 || r.p[r.n - 1] != '*' || r.p[r.n - 2] != '/')
		return brski_slice_eq(r, path);
	r.n--;
	if (path.n < r.n || !brski_slice_eq(r, brski_slice(path.p, r.n)))
		return false;
	*rest = brski_slice(path.p + r.n, path.n - r.n);
	return true;
}

/* The route of that method; the methods of the path go to x->allow. */
static const struct brski_route *
lookup(const struct brski_route *routes, size_t n, enum brski_method method, bool method_known,
    struct brski_slice path, struct brski_exchange *x)
{
	const struct brski_route *found = NULL;
	struct brski_slice rest;
	size_t i;

	x->allow = 0;
	for (i = 0; i < n; i++) {
		if (!path_matches(routes[i].path, path, &rest))
			continue;
		x->allow |= 1u << routes[i].method;
		if (found == NULL && method_known && routes[i].method == method) {
			found = &routes[i];
			x->rest = rest;
		}
	}
	return found;
}

static bool
any_media(const char *const *list, struct brski_slice header)
{
	for (; *list != NULL; list++)
		if (brski_media_is(header, *list))
			return true;
	return false;
}

/* Does Accept allow what the reply would be? Of the request's type where both lists are one. */
static bool
any_accepted(const struct brski_route *r, const struct brski_exchange *x)
{
	const char *const *type;

	for (type = r->media_out; *type != NULL; type++)
		if ((r->media_in != r->media_out || brski_media_is(x->media, *type)) &&
		    brski_accept_allows(x->accept, *type))
			return true;
	return false;
}

/* Is the exchange one that the route takes? */
static enum brski_rc
route_check(const struct brski_route *r, const struct brski_exchange *x, struct brski_err *err)
{
	char text[64];

	if (r->who == BRSKI_WHO_CERTIFICATE && x->peer->chain.n == 0)
		return brski_fail(err, BRSKI_E_UNAUTHENTICATED, r->spec, "no client certificate");
	if (r->media_in != NULL && !any_media(r->media_in, x->media))
		return brski_fail(err, BRSKI_E_MEDIA_TYPE, r->spec, "Content-Type '%s'",
		    brski_text_safe(x->media, text, sizeof(text)));
	if (r->media_out != NULL && !any_accepted(r, x))
		return brski_fail(err, BRSKI_E_NOT_ACCEPTABLE, r->spec, "Accept '%s'",
		    brski_text_safe(x->accept, text, sizeof(text)));
	return BRSKI_OK;
}

enum brski_rc
brski_route_find(const struct brski_route *routes, size_t n, enum brski_method method,
    bool method_known, struct brski_slice path, struct brski_exchange *x, struct brski_err *err)
{
	const struct brski_route *r = lookup(routes, n, method, method_known, path, x);
	char text[64];

	if (x->allow == 0)
		return brski_fail(err, BRSKI_E_NOT_FOUND, "RFC 9110 15.5.5", "path '%s'",
		    brski_text_safe(path, text, sizeof(text)));
	if (r == NULL)
		return brski_fail(err, BRSKI_E_METHOD, "RFC 9110 15.5.6", "method at '%s'",
		    brski_text_safe(path, text, sizeof(text)));
	x->route = r;
	return route_check(r, x, err);
}

struct brski_shared *
brski_shared_new(struct brski_buf *bytes)
{
	struct brski_shared *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->refs = 1;
	s->bytes = *bytes;
	*bytes = (struct brski_buf){ .max = bytes->max, .heap = bytes->heap };
	return s;
}

struct brski_shared *
brski_shared_ref(struct brski_shared *s)
{
	s->refs++;
	return s;
}

void
brski_shared_unref(struct brski_shared *s)
{
	if (s == NULL || --s->refs > 0)
		return;
	brski_buf_clear(&s->bytes);
	free(s);
}

struct brski_slice
brski_reply_bytes(const struct brski_exchange *x)
{
	return brski_buf_slice(x->shared != NULL ? &x->shared->bytes : &x->reply);
}

/* Hand the reply to the transport; the operation's state goes first, the transport may free x. */
static void
finish(struct brski_exchange *x)
{
	void *op = x->op;

	x->op = NULL;
	if (x->op_free != NULL && op != NULL)
		x->op_free(op);
	x->finish(x);
}

void
brski_reply_ok(struct brski_exchange *x)
{
	x->rc = BRSKI_OK;
	finish(x);
}

/* RFC 9110 13.1.2, RFC 7252 5.9.1.3 */
static bool
peer_has_it(const struct brski_exchange *x)
{
	struct brski_slice etag = brski_slice(x->caching.etag, x->caching.etag_n);
	size_t i;

	for (i = 0; i < x->known_n; i++)
		if (brski_slice_eq(x->known[i], etag))
			return x->route->method == BRSKI_GET && etag.n > 0;
	return false;
}

bool
brski_reply_unchanged(struct brski_exchange *x)
{
	if (!peer_has_it(x))
		return false;
	x->unchanged = true;
	brski_reply_ok(x);
	return true;
}

void
brski_reply_pending(struct brski_exchange *x, unsigned retry_after_s)
{
	x->rc = BRSKI_E_PENDING;
	x->retry_after_s = retry_after_s;
	brski_buf_reset(&x->reply);
	finish(x);
}

static void
log_refusal(const struct brski_exchange *x, const char *stage, struct brski_slice serial,
    const struct brski_err *err)
{
	struct brski_entry e = {
		.level = brski_rc_http(err->rc) >= 500 ? BRSKI_LOG_ERROR : BRSKI_LOG_WARN,
		.stage = stage,
		.peer =
		    x->peer != NULL ? brski_slice_str(x->peer->address) : (struct brski_slice){ 0 },
		.serial = serial,
		.err = err,
	};

	brski_log(x->log, &e);
}

/* RFC 9110 10.2.3: whoever comes too early should know when to come again */
static bool
says_when(enum brski_rc rc)
{
	int status = brski_rc_http(rc);

	return status == 429 || status == 503;
}

void
brski_reply_fail_text(struct brski_exchange *x, const char *stage, struct brski_slice serial,
    const struct brski_err *err, struct brski_slice text)
{
	char clean[TEXT_MAX];

	log_refusal(x, stage, serial, err);
	x->rc = err->rc != BRSKI_OK ? err->rc : BRSKI_E_INTERNAL;
	if (x->retry_after_s == 0 && says_when(x->rc))
		x->retry_after_s = RETRY_AFTER_S;
	brski_buf_reset(&x->reply);
	brski_shared_unref(x->shared);
	x->shared = NULL;
	x->reply_media = text_plain;
	if (text.n > 0)
		brski_text_safe(text, clean, sizeof(clean));
	else
		snprintf(clean, sizeof(clean), "%s", brski_rc_text(x->rc));
	/* without memory the status alone has to do */
	if (brski_buf_append_str(&x->reply, clean, NULL) != BRSKI_OK ||
	    brski_buf_append_byte(&x->reply, '\n', NULL) != BRSKI_OK)
		brski_buf_reset(&x->reply);
	finish(x);
}

void
brski_reply_fail(struct brski_exchange *x, const char *stage, struct brski_slice serial,
    const struct brski_err *err)
{
	brski_reply_fail_text(x, stage, serial, err, (struct brski_slice){ 0 });
}

enum brski_rc
brski_peer_copy(struct brski_peer *to, const struct brski_peer *from, struct brski_err *err)
{
	struct brski_peer copy = *from;
	enum brski_rc rc;

	copy.chain = (struct brski_certs){ .max = from->chain.max };
	copy.own = (struct brski_certs){ .max = from->own.max };
	if ((rc = brski_certs_copy(&copy.chain, &from->chain, err)) != BRSKI_OK ||
	    (rc = brski_certs_copy(&copy.own, &from->own, err)) != BRSKI_OK) {
		brski_peer_clear(&copy);
		return rc;
	}
	*to = copy;
	return BRSKI_OK;
}

void
brski_peer_clear(struct brski_peer *p)
{
	brski_certs_clear(&p->chain);
	brski_certs_clear(&p->own);
	*p = (struct brski_peer){ 0 };
}
