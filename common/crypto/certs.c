/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of certificates: bags, chains, anchors. */
#include "base/text.h"
#include "crypto/cert.h"

static enum brski_rc
grow(struct brski_certs *list, struct brski_err *err)
{
	size_t cap = list->cap > 0 ? list->cap * 2 : 4;
	struct brski_cert *v;

	if (list->n < list->cap)
		return BRSKI_OK;
	if ((v = brski_heap_realloc(list->heap, list->v, cap * sizeof(*v))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for certificates");
	list->v = v;
	list->cap = cap;
	return BRSKI_OK;
}

/* The same view on a copy of the bytes. */
static void
rebase(struct brski_cert *c, const uint8_t *to)
{
	const uint8_t *from = c->der.p;
	struct brski_slice *const at[] = { &c->der, &c->tbs, &c->serial, &c->issuer, &c->subject,
		&c->spki, &c->key, &c->sig, &c->ski, &c->aki, &c->aki_extn, &c->san, &c->masa_url,
		&c->serial_number, &c->hw_serial, &c->crl_url, &c->ocsp_url, &c->crl_points,
		&c->unknown_critical };
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		if (at[i]->p != NULL)
			at[i]->p = to + (at[i]->p - from);
}

static enum brski_rc
add_decoded(struct brski_certs *list, const struct brski_cert *c, struct brski_err *err)
{
	uint8_t *copy;
	enum brski_rc rc;
	size_t max = list->max != 0 ? list->max : BRSKI_BAG_MAX;

	if (list->n >= max)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 5652 5.1",
		    "more than %zu certificates", max);
	if ((rc = grow(list, err)) != BRSKI_OK)
		return rc;
	if ((copy = brski_heap_alloc(list->heap, c->der.n)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a certificate");
	memcpy(copy, c->der.p, c->der.n);
	list->v[list->n] = *c;
	rebase(&list->v[list->n], copy);
	list->n++;
	return BRSKI_OK;
}

enum brski_rc
brski_certs_add(struct brski_certs *list, struct brski_slice der, struct brski_err *err)
{
	struct brski_cert c;
	enum brski_rc rc;

	if ((rc = brski_cert_decode(der, &c, err)) != BRSKI_OK)
		return rc;
	return add_decoded(list, &c, err);
}

enum brski_rc
brski_certs_copy(struct brski_certs *to, const struct brski_certs *from, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < from->n && rc == BRSKI_OK; i++)
		rc = add_decoded(to, &from->v[i], err);
	return rc;
}

static enum brski_rc
add_pem(struct brski_certs *list, struct brski_slice text, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CERT_MAX, .heap = list->heap };
	struct brski_slice label;
	size_t before = list->n;
	enum brski_rc rc;

	while ((rc = brski_pem_next(&text, &label, &der, err)) == BRSKI_OK) {
		if (brski_slice_eq(label, BRSKI_LIT("CERTIFICATE")) &&
		    (rc = brski_certs_add(list, brski_buf_slice(&der), err)) != BRSKI_OK)
			break;
		brski_buf_reset(&der);
	}
	brski_buf_clear(&der);
	if (rc == BRSKI_E_NOT_FOUND && list->n == before)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7468 5", "no certificate in it");
	return rc == BRSKI_E_NOT_FOUND ? BRSKI_OK : rc;
}

static enum brski_rc
add_base64(struct brski_certs *list, struct brski_slice text, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CERT_MAX, .heap = list->heap };
	enum brski_rc rc;

	rc = brski_base64_decode(text, BRSKI_BASE64_LINES, &der, err);
	if (rc == BRSKI_OK)
		rc = brski_certs_add(list, brski_buf_slice(&der), err);
	brski_buf_clear(&der);
	return rc;
}

enum brski_rc
brski_certs_add_any(struct brski_certs *list, struct brski_slice text, struct brski_err *err)
{
	static const char begin[] = "-----BEGIN ";

	if (text.n > 0 && text.p[0] == 0x30)
		return brski_certs_add(list, text, err);
	if (memmem(text.p, text.n, begin, strlen(begin)) != NULL)
		return add_pem(list, text, err);
	return add_base64(list, text, err);
}

const struct brski_cert *
brski_certs_find(const struct brski_certs *list, struct brski_slice der)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (brski_slice_eq(list->v[i].der, der))
			return &list->v[i];
	return NULL;
}

void
brski_certs_clear(struct brski_certs *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		brski_heap_free(list->heap, (void *)(uintptr_t)list->v[i].der.p);
	brski_heap_free(list->heap, list->v);
	*list = (struct brski_certs){ .max = list->max, .heap = list->heap };
}
