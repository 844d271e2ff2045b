/* SPDX-License-Identifier: Apache-2.0 */
/* EST for whoever asks: CA certificates, CSR attributes. RFC 7030 as RFC 8951 and 9908 correct it.
 */
#include "registrar/est.h"

#include "message/certs_media.h"
#include "message/csrattrs.h"

enum brski_rc
registrar_set_certs(struct brski_exchange *x, const struct brski_certs *certs,
    struct brski_err *err)
{
	const struct brski_certs_form *form = NULL;
	const char *const *type;

	for (type = x->route->media_out; *type != NULL && form == NULL; type++) {
		if (brski_accept_allows(x->accept, *type))
			form = brski_certs_form_find(brski_slice_str(*type));
		if (form != NULL && form->single && certs->n > 1)
			form = NULL;
	}
	if (form == NULL)
		return brski_fail(err, BRSKI_E_NOT_ACCEPTABLE, "cBRSKI 6.6",
		    "%zu certificates do not fit what is accepted", certs->n);
	x->reply_media = form->media_type;
	return form->encode(certs, &x->reply, err);
}

/* cBRSKI 5.3, RFC 7252 5.10.6: what a client has already need not travel again. */
static void
set_etag(struct brski_exchange *x)
{
	uint8_t digest[BRSKI_SHA256_SIZE];

	brski_sha256(brski_buf_slice(&x->reply), digest);
	memcpy(x->caching.etag, digest, sizeof(x->caching.etag));
	x->caching.etag_n = sizeof(x->caching.etag);
}

/* RFC 7030 4.1.3: who signs LDevIDs and its issuers up to the root. */
void
registrar_cacerts(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct brski_err err = { 0 };

	if (registrar_set_certs(x, registrar_keeper_ca(r->site->keeper), &err) != BRSKI_OK) {
		brski_reply_fail(x, "cacerts", (struct brski_slice){ 0 }, &err);
		return;
	}
	set_etag(x);
	if (!brski_reply_unchanged(x))
		brski_reply_ok(x);
}

enum brski_key_type
registrar_wanted_key(const struct registrar_conf *c)
{
	static const enum brski_key_type types[] = { BRSKI_KEY_P256, BRSKI_KEY_P384,
		BRSKI_KEY_NONE };

	return types[c->csr_key];
}

/* RFC 7030 4.5.2 in the form of RFC 9908 3.2; an empty SEQUENCE when nothing is asked. */
void
registrar_csrattrs(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct brski_csrattrs attrs = { .key_type = registrar_wanted_key(&r->site->conf),
		.challenge_password = r->site->conf.channel_binding };
	struct brski_err err = { 0 };

	x->reply_media = "application/csrattrs";
	if (brski_csrattrs_encode(&attrs, &x->reply, &err) == BRSKI_OK)
		brski_reply_ok(x);
	else
		brski_reply_fail(x, "csrattrs", (struct brski_slice){ 0 }, &err);
}
