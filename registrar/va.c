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
	for (i = 0; i < REGISTRAR_AUTHORITIES_MAX; i++)
		brski_shared_unref(va->lists[i].bytes);
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

/* Read it, once for all who will ask. What others see has reached the disk. */
static enum brski_rc
read_list(struct registrar *r, const struct registrar_authority *a, struct registrar_va_list *l,
    struct brski_err *err)
{
	uint8_t hash[BRSKI_SHA256_SIZE];
	struct brski_shared *bytes;
	struct registrar_crl c;
	enum brski_rc rc;

	if ((rc = registrar_flush(r, err)) != BRSKI_OK ||
	    (rc = registrar_crl_get(r->store, a->id, &c, err)) != BRSKI_OK)
		return rc;
	brski_sha256(brski_buf_slice(&c.der), hash);
	if ((bytes = brski_shared_new(&c.der)) == NULL) {
		brski_buf_clear(&c.der);
		return brski_broken(err, BRSKI_E_NOMEM, "revocation list");
	}
	brski_shared_unref(l->bytes);
	l->bytes = bytes;
	l->number = c.number;
	l->this_update = c.this_update;
	l->next_update = c.next_update;
	memcpy(l->etag, hash, sizeof(l->etag));
	return BRSKI_OK;
}

static enum brski_rc
get_list(struct registrar *r, struct brski_exchange *x, struct registrar_va_list **out,
    struct brski_err *err)
{
	const struct registrar_authority *a = find_authority(r, x->rest);
	struct registrar_va_list *l;
	struct registrar_crl head;
	enum brski_rc rc;

	if (a == NULL)
		return brski_fail(err, BRSKI_E_NOT_FOUND, CRL_SPEC, "no CA of ours has this key");
	if ((*out = l = registrar_va_list_of(r, a->id)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "revocation list");
	if ((rc = registrar_crl_head(r->store, a->id, &head, err)) != BRSKI_OK ||
	    ((l->bytes == NULL || l->number != head.number) &&
	        (rc = read_list(r, a, l, err)) != BRSKI_OK))
		return rc;
	return l->number != 0
	    ? BRSKI_OK
	    : brski_broken(err, BRSKI_E_UNAVAILABLE, "there is no revocation list yet");
}

/* A cache may keep it until there is another one, which the list itself does not say. */
static void
set_caching(const struct registrar_va_list *l, int64_t now, struct brski_caching *out)
{
	int64_t next = l->this_update + (l->next_update - l->this_update) / 2;

	memcpy(out->etag, l->etag, BRSKI_ETAG_MAX);
	out->etag_n = BRSKI_ETAG_MAX;
	out->modified = l->this_update;
	out->expires = now < next ? next : l->next_update;
}

void
registrar_va_crl(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_va_list *l = NULL;
	struct brski_err err = { 0 };

	if (get_list(r, x, &l, &err) != BRSKI_OK) {
		brski_reply_fail(x, "crl", (struct brski_slice){ 0 }, &err);
		return;
	}
	set_caching(l, brski_clock_now(&r->clock), &x->caching);
	if (brski_reply_unchanged(x))
		return;
	x->shared = brski_shared_ref(l->bytes);
	x->reply_media = crl_media[0];
	registrar_reply_ok(r, x, "crl");
}
