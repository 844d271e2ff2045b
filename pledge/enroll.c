/* SPDX-License-Identifier: Apache-2.0 */
/* EST once the voucher is accepted: RFC 8995 5.9, RFC 7030 4. */
#include "base/text.h"
#include "crypto/csr.h"
#include "message/certs_media.h"
#include "message/csrattrs.h"
#include "pledge/engine.h"
#include "pledge/trust.h"

#define BODY_MAX    PLEDGE_ANSWER_MAX
#define BINDING_B64 48 /* bytes that hold 32 in base64 */

/*
 * Where EST bodies are base64, RFC 8951 3, DER as it is comes from servers that are used to CoAP.
 * *out points into body or der.
 */
static enum brski_rc
decode_body(const struct pledge *p, const struct brski_buf *body, struct brski_buf *der,
    struct brski_slice *out, struct brski_err *err)
{
	struct brski_slice in = brski_buf_slice(body);
	enum brski_rc rc;

	*out = in;
	if (!p->binding->base64 || (in.n > 0 && in.p[0] == 0x30))
		return BRSKI_OK;
	der->max = BODY_MAX;
	rc = brski_base64_decode(in, BRSKI_BASE64_LINES, der, err);
	*out = brski_buf_slice(der);
	return rc;
}

/* In the form that this call is answered in. */
static enum brski_rc
decode_certs(struct pledge *p, enum pledge_call call, const struct brski_buf *body,
    struct brski_certs *bag, struct brski_err *err)
{
	const char *media = p->binding->calls[call].accept;
	const struct brski_certs_form *form = brski_certs_form_find(brski_slice_str(media));
	struct brski_buf storage = pledge_buf(p);
	struct brski_slice in;
	enum brski_rc rc;

	if (form == NULL)
		return brski_broken(err, BRSKI_E_INTERNAL, "no %s in this build", media);
	if ((rc = decode_body(p, body, &storage, &in, err)) == BRSKI_OK)
		rc = form->decode(in, bag, err);
	brski_buf_clear(&storage);
	return rc;
}

/* The key that we can make and that comes closest to what is asked for. */
static enum brski_key_type
key_for(enum brski_key_type asked)
{
	return asked == BRSKI_KEY_P384 || asked == BRSKI_KEY_ED25519 ? asked : BRSKI_KEY_P256;
}

/*
 * RFC 8995 5.9.2: a pledge asks before it enrols; what it does not know it leaves out, RFC 7030
 * 4.5.2.
 */
enum brski_rc
pledge_fetch_csrattrs(struct pledge *p, struct brski_err *err)
{
	static const struct pledge_op op = { .call = PLEDGE_CALL_CSRATTRS,
		.max = BRSKI_CSRATTRS_MAX * 2,
		.may_lack = true };
	struct brski_buf body = pledge_buf(p), storage = pledge_buf(p);
	struct brski_csrattrs attrs = { 0 };
	struct brski_slice der;
	enum brski_rc rc;

	if (p->has_csrattrs || p->binding->calls[op.call].path == NULL)
		return BRSKI_OK;
	if ((rc = pledge_ask(p, &op, &body, err)) != BRSKI_OK ||
	    (rc = decode_body(p, &body, &storage, &der, err)) != BRSKI_OK ||
	    (rc = brski_csrattrs_decode(der, &attrs, err)) != BRSKI_OK)
		goto out;
	p->challenge = attrs.challenge_password;
	p->key_type = key_for(attrs.key_type);
	p->has_csrattrs = true;
out:
	brski_buf_clear(&storage);
	brski_buf_clear(&body);
	return rc;
}

static enum pledge_item
which_key(const struct pledge *p)
{
	return p->state == PLEDGE_RENEW ? PLEDGE_ITEM_NEXT_KEY : PLEDGE_ITEM_KEY;
}

enum brski_rc
pledge_own_key(struct pledge *p, const struct brski_key **key, struct brski_err *err)
{
	const struct pledge_port *port = p->port;
	enum pledge_item which = which_key(p);
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if ((rc = port->ldevid_key(port->arg, which, BRSKI_KEY_NONE, key, &why)) !=
	    BRSKI_E_NOT_FOUND) {
		pledge_blame(err, &why);
		return rc;
	}
	return port->ldevid_key(port->arg, which, p->key_type, key, err);
}

/* The factory's name for us; renewed, the one that we have: RFC 7030 4.2.2. */
static struct brski_slice
own_subject(const struct pledge *p)
{
	return p->state == PLEDGE_RENEW ? p->ldevid.v[0].subject : p->conf.idevid->v[0].subject;
}

/* challengePassword links the request to the connection it travels on: RFC 7030 3.5, RFC 9266. */
static enum brski_rc
make_csr(struct pledge *p, struct brski_slice binding, struct brski_err *err)
{
	uint8_t storage[BINDING_B64];
	struct brski_buf challenge = brski_buf_fixed(storage, sizeof(storage));
	struct brski_slice password = { 0 };
	const struct brski_key *key;
	enum brski_rc rc;

	p->has_bound = p->challenge && binding.n == sizeof(p->bound);
	if (p->has_bound) {
		memcpy(p->bound, binding.p, sizeof(p->bound));
		if ((rc = brski_base64_encode(binding, &challenge, err)) != BRSKI_OK)
			return rc;
		password = brski_buf_slice(&challenge);
	}
	brski_buf_reset(&p->csr);
	if ((rc = pledge_own_key(p, &key, err)) != BRSKI_OK ||
	    (rc = brski_csr_encode(key, own_subject(p), password, &p->csr, err)) != BRSKI_OK)
		return rc;
	return p->port->save(p->port->arg, PLEDGE_ITEM_CSR, brski_buf_slice(&p->csr), err);
}

/*
 * The same request gets the same certificate: made once, saved, sent again after 202, a lost
 * connection, a power cut.
 */
static enum brski_rc
write_csr(struct pledge *p, const void *arg, const struct pledge_peer *peer, struct brski_buf *body,
    struct brski_err *err)
{
	struct brski_slice bound = brski_slice(p->bound, sizeof(p->bound));
	bool fits = !p->challenge || (p->has_bound && brski_slice_eq(bound, peer->binding));
	enum brski_rc rc;

	(void)arg;
	if ((p->csr.n == 0 || !fits) && (rc = make_csr(p, peer->binding, err)) != BRSKI_OK)
		return rc;
	if (!p->binding->base64)
		return brski_buf_append(body, brski_buf_slice(&p->csr), err);
	if ((rc = brski_base64_encode(brski_buf_slice(&p->csr), body, err)) != BRSKI_OK)
		return rc;
	return brski_buf_append_byte(body, '\n', err);
}

enum brski_rc
pledge_ask_certs(struct pledge *p, enum pledge_call call, struct brski_certs *bag,
    struct brski_err *err)
{
	bool domains = call == PLEDGE_CALL_CACERTS;
	struct pledge_op op = { .call = call,
		.max = BODY_MAX,
		.may_lack = domains,
		.write = domains ? NULL : write_csr };
	struct brski_buf body = pledge_buf(p);
	enum brski_rc rc;

	if ((rc = pledge_ask(p, &op, &body, err)) == BRSKI_OK && (body.n > 0 || !domains))
		rc = decode_certs(p, call, &body, bag, err);
	brski_buf_clear(&body);
	return rc;
}

/*
 * The domain's certificates become the explicit trust anchors: 5.9.1, RFC 7030 4.1.3. A domain
 * without them lives by its pin.
 */
static enum brski_rc
fetch_cacerts(struct pledge *p, struct brski_err *err)
{
	struct brski_certs bag = pledge_certs(p), trust = pledge_certs(p);
	enum brski_rc rc;

	if ((rc = pledge_ask_certs(p, PLEDGE_CALL_CACERTS, &bag, err)) != BRSKI_OK ||
	    (bag.n > 0 &&
	        (rc = pledge_trust_extend(&p->trust, &bag, pledge_now(p), &trust, err)) !=
	            BRSKI_OK))
		goto out;
	if (bag.n > 0) {
		brski_certs_clear(&p->trust);
		p->trust = trust;
		trust = pledge_certs(p);
	}
	p->has_cacerts = true;
out:
	brski_certs_clear(&trust);
	brski_certs_clear(&bag);
	return rc;
}

/*
 * What was issued must be for our key, by the domain, in our name; only then it is kept. Where the
 * pin did not issue it itself, the domain's other certificates say how it chains: cBRSKI 6.7.1.
 */
static enum brski_rc
keep_certificate(struct pledge *p, const struct brski_certs *bag, struct brski_err *err)
{
	const struct brski_cert *cert;
	struct brski_certs one = { .n = 1 };
	const struct brski_key *key;
	enum brski_rc rc;

	if ((rc = pledge_own_key(p, &key, err)) != BRSKI_OK)
		return rc;
	if (!p->has_cacerts &&
	    !pledge_trust_suffices(bag, brski_key_spki(key), &p->trust, pledge_now(p)) &&
	    (rc = fetch_cacerts(p, err)) != BRSKI_OK)
		return rc;
	if ((rc = pledge_trust_issued(bag, brski_key_spki(key), p->serial, &p->trust, pledge_now(p),
	         &cert, err)) != BRSKI_OK)
		return rc;
	one.v = (struct brski_cert *)(uintptr_t)cert;
	if ((rc = pledge_save_certs(p, PLEDGE_ITEM_LDEVID, &one, err)) != BRSKI_OK)
		return rc;
	return pledge_save_certs(p, PLEDGE_ITEM_TRUST, &p->trust, err);
}

static enum brski_rc
request_certificate(struct pledge *p, struct brski_err *err)
{
	struct brski_certs bag = pledge_certs(p);
	enum brski_rc rc;

	if ((rc = pledge_ask_certs(p, PLEDGE_CALL_ENROL, &bag, err)) == BRSKI_OK)
		rc = keep_certificate(p, &bag, err);
	brski_certs_clear(&bag);
	return rc;
}

/* What has been answered once is not asked again while we wait for the certificate. */
enum brski_rc
pledge_enroll(struct pledge *p, struct brski_err *err)
{
	enum brski_rc rc;

	if (!p->told && (rc = pledge_tell_voucher(p, NULL, err)) != BRSKI_OK)
		return rc;
	if (p->binding->cacerts_first && !p->has_cacerts &&
	    (rc = fetch_cacerts(p, err)) != BRSKI_OK)
		return rc;
	if ((rc = pledge_fetch_csrattrs(p, err)) != BRSKI_OK)
		return rc;
	return request_certificate(p, err);
}
