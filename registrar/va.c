/* SPDX-License-Identifier: Apache-2.0 */
/* What the validation authority serves, on one screen; lists; its memory. */
#include <stdlib.h>
#include "base/text.h"
#include "registrar/batch.h"
#include "registrar/va_inner.h"

static const char *const crl_media[] = { "application/pkix-crl", NULL };
static const char *const ocsp_request[] = { "application/ocsp-request", NULL };
static const char *const ocsp_response[] = { "application/ocsp-response", NULL };

#define CRL_SPEC  "RFC 5280 4.2.1.13"
#define OCSP_SPEC "RFC 6960 A.1"

const struct brski_route registrar_va_routes[] = {
	{ BRSKI_GET, "/domain.crl", NULL, crl_media, 0, BRSKI_WHO_ANYONE, registrar_va_crl,
	    CRL_SPEC, BRSKI_BINARY, NULL },
	{ BRSKI_GET, REGISTRAR_VA_CRL "*", NULL, crl_media, 0, BRSKI_WHO_ANYONE, registrar_va_crl,
	    CRL_SPEC, BRSKI_BINARY, NULL },
	{ BRSKI_POST, REGISTRAR_VA_OCSP, ocsp_request, ocsp_response, BRSKI_OCSP_REQUEST_MAX,
	    BRSKI_WHO_ANYONE, registrar_va_ocsp_post, OCSP_SPEC, BRSKI_BINARY, NULL },
	{ BRSKI_GET, REGISTRAR_VA_OCSP "/*", NULL, ocsp_response, 0, BRSKI_WHO_ANYONE,
	    registrar_va_ocsp_get, OCSP_SPEC, BRSKI_BINARY, NULL },
};
const size_t registrar_va_routes_n = sizeof(registrar_va_routes) / sizeof(registrar_va_routes[0]);

/* --- memory */

static void
forget(struct registrar_va *va)
{
	size_t i;

	for (i = 0; i < REGISTRAR_READY_N; i++)
		brski_buf_clear(&va->ready[i].der);
	memset(va->ready, 0, sizeof(va->ready));
	memset(va->lists, 0, sizeof(va->lists));
}

/* After a reload or a roll-over others sign, and who is current may have changed. */
struct registrar_va *
registrar_va_memory(struct registrar *r)
{
	if (r->va == NULL && (r->va = calloc(1, sizeof(*r->va))) == NULL)
		return NULL;
	if (r->va->site != r->site)
		forget(r->va);
	r->va->site = r->site;
	return r->va;
}

struct registrar_va_list *
registrar_va_list_of(struct registrar *r, const uint8_t authority[REGISTRAR_AUTHORITY_ID])
{
	struct registrar_va *va = registrar_va_memory(r);
	const struct registrar_authority *a;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n && va != NULL; i++)
		if (memcmp(a[i].id, authority, REGISTRAR_AUTHORITY_ID) == 0)
			return &va->lists[i];
	return NULL;
}

void
registrar_va_free(struct registrar *r)
{
	if (r->va == NULL)
		return;
	forget(r->va);
	brski_buf_clear(&r->va->staple);
	free(r->va);
	r->va = NULL;
}

/* --- lists */

/* "KEYID.crl"; the current one without. NULL: nobody of ours. */
static const struct registrar_authority *
find_authority(const struct registrar *r, struct brski_slice name)
{
	const struct registrar_authority *a;
	char text[2 * REGISTRAR_AUTHORITY_ID + sizeof(".crl")];
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	if (!brski_slice_present(name))
		return &a[0];
	for (i = 0; i < n; i++) {
		struct brski_buf b = brski_buf_fixed(text, sizeof(text));

		if (brski_hex_encode(brski_slice(a[i].id, sizeof(a[i].id)), &b, NULL) == BRSKI_OK &&
		    brski_buf_append_str(&b, ".crl", NULL) == BRSKI_OK &&
		    brski_slice_eq(brski_buf_slice(&b), name))
			return &a[i];
	}
	return NULL;
}

/* A cache may keep it until there is another one, which the list itself does not say. */
static void
set_caching(const struct registrar_crl *c, int64_t now, struct brski_caching *out)
{
	int64_t next = c->this_update + (c->next_update - c->this_update) / 2;
	uint8_t hash[BRSKI_SHA256_SIZE];

	brski_sha256(brski_buf_slice(&c->der), hash);
	memcpy(out->etag, hash, BRSKI_ETAG_MAX);
	out->etag_n = BRSKI_ETAG_MAX;
	out->modified = c->this_update;
	out->expires = now < next ? next : c->next_update;
}

static enum brski_rc
get_list(struct registrar *r, struct brski_exchange *x, struct registrar_crl *c,
    struct brski_err *err)
{
	const struct registrar_authority *a = find_authority(r, x->rest);
	enum brski_rc rc;

	if (a == NULL)
		return brski_fail(err, BRSKI_E_NOT_FOUND, CRL_SPEC, "no CA of ours has this key");
	if ((rc = registrar_crl_get(r->store, a->id, c, err)) != BRSKI_OK)
		return rc;
	return c->number != 0
	    ? BRSKI_OK
	    : brski_broken(err, BRSKI_E_UNAVAILABLE, "there is no revocation list yet");
}

void
registrar_va_crl(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_crl c = { 0 };
	struct brski_err err = { 0 };

	if (get_list(r, x, &c, &err) != BRSKI_OK) {
		brski_reply_fail(x, "crl", (struct brski_slice){ 0 }, &err);
		goto out;
	}
	set_caching(&c, brski_clock_now(&r->clock), &x->caching);
	if (brski_reply_unchanged(x))
		goto out;
	brski_buf_clear(&x->reply);
	x->reply = c.der;
	c.der = (struct brski_buf){ 0 };
	x->reply_media = crl_media[0];
	registrar_reply_ok(r, x, "crl");
out:
	brski_buf_clear(&c.der);
}
