/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper signs: LDevIDs, voucher-requests, revocation lists, OCSP answers. */
#include <stdlib.h>
#include "crypto/issue.h"
#include "registrar/keeper_inner.h"

#define DELEGATE_NAME "OCSP signer"

/* May that generation's key sign anything now? */
static enum brski_rc
check_authority(const struct registrar_keeper *k, size_t i, int64_t now, struct brski_err *err)
{
	const struct brski_cert *c;

	if (i >= k->n || !k->authorities[i].has_key)
		return brski_broken(err, BRSKI_E_CONFIG, "no key of that generation of the CA");
	c = k->authorities[i].cert;
	if (now < c->not_before || now > c->not_after)
		return brski_broken(err, BRSKI_E_EXPIRED, "the CA is out of its time");
	return BRSKI_OK;
}

/* Clocks differ a little; a certificate for seconds must not be old when it is made. */
static int64_t
backdate(int64_t lifetime_s)
{
	return lifetime_s / 10 < REGISTRAR_BACKDATE_S ? lifetime_s / 10 : REGISTRAR_BACKDATE_S;
}

enum brski_rc
registrar_keeper_issue_certificate(const struct registrar_keeper *k,
    const struct registrar_ldevid_facts *f, struct registrar_ldevid *out, struct brski_err *err)
{
	const struct brski_cert *issuer = &k->ca.v[0];
	struct brski_cert_facts facts = { .subject = f->subject,
		.spki = f->spki,
		.san = f->san,
		.not_before = f->now - backdate(f->lifetime_s),
		.not_after = f->now + f->lifetime_s,
		.key_usage = BRSKI_KU_DIGITAL_SIGNATURE,
		.eku = f->eku,
		.crl_url = f->crl_url,
		.ocsp_url = f->ocsp_url,
		.path_len = -1,
		.ski = true,
		.aki = true };
	struct registrar_ldevid made = { .der = { .max = BRSKI_CERT_MAX } };
	enum brski_rc rc;

	if ((rc = check_authority(k, 0, f->now, err)) != BRSKI_OK)
		return rc;
	if (facts.not_before < issuer->not_before)
		facts.not_before = issuer->not_before;
	if (facts.not_after > issuer->not_after)
		facts.not_after = issuer->not_after;
	brski_cert_serial_random(&facts);
	if ((rc = brski_cert_issue(&facts, issuer, &k->ca_keys[0], &made.der, err)) != BRSKI_OK) {
		brski_buf_clear(&made.der);
		return rc;
	}
	memcpy(made.serial, facts.serial, sizeof(made.serial));
	made.serial_n = facts.serial_n;
	memcpy(made.authority, k->authorities[0].id, sizeof(made.authority));
	made.not_before = facts.not_before;
	made.not_after = facts.not_after;
	*out = made;
	return BRSKI_OK;
}

/* Ours is what we want pinned, RFC 8995 5.5; the pledge's is what the PVR lacks, cBRSKI 9.2. */
static enum brski_rc
fill_bag(const struct registrar_keeper *k, const struct registrar_rvr_facts *f,
    struct brski_certs *bag, struct brski_err *err)
{
	const struct brski_certs *ours = f->tight ? &k->leaf : &k->domain;
	size_t i, n = f->format->rvr_with_pledge ? f->pledge->n : 0;

	if ((bag->v = calloc(ours->n + n, sizeof(*bag->v))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "certificates");
	memcpy(bag->v, ours->v, ours->n * sizeof(*bag->v));
	bag->n = ours->n;
	for (i = 0; i < n; i++)
		if (brski_certs_find(bag, f->pledge->v[i].der) == NULL)
			bag->v[bag->n++] = f->pledge->v[i];
	return BRSKI_OK;
}

enum brski_rc
registrar_keeper_sign_request(const struct registrar_keeper *k, const struct registrar_rvr_facts *f,
    struct brski_buf *out, struct brski_err *err)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER_REQUEST);
	struct brski_certs bag = { 0 }; /* views */
	struct brski_buf issuer = { 0 };
	char created[BRSKI_TIME_TEXT];
	enum brski_rc rc;

	brski_time_format_rfc3339(f->now, created);
	v.created_on.text = brski_slice_str(created);
	v.created_on.at = f->now;
	v.assertion = f->pvr->assertion; /* cBRSKI 7.2; the MASA decides by itself, RFC 8995 5.5 */
	v.nonce = f->pvr->nonce;
	v.nonce_text = f->pvr->nonce_text; /* the very text: some write base64url */
	v.serial_number = f->serial;
	v.prior_signed_voucher_request = f->pvr_wire;
	/* never proximity-registrar-*: MUST NOT, RFC 8995 5.5 */
	if ((rc = brski_cert_idevid_issuer(&f->pledge->v[0], &issuer, err)) == BRSKI_OK &&
	    (rc = fill_bag(k, f, &bag, err)) == BRSKI_OK) {
		v.idevid_issuer = brski_buf_slice(&issuer);
		rc = brski_artifact_seal(f->format, &v, &k->key, &bag, f->now, out, err);
	}
	free(bag.v);
	brski_buf_clear(&issuer);
	return rc;
}

enum brski_rc
registrar_keeper_sign_crl(const struct registrar_keeper *k, size_t authority,
    const struct brski_crl_facts *f, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = check_authority(k, authority, f->this_update, err)) != BRSKI_OK)
		return rc;
	return brski_crl_issue(f, k->authorities[authority].cert, &k->ca_keys[authority], out, err);
}

/* RFC 6960 4.2.2.2: issued by the CA itself; nobody needs to ask whether it is revoked. */
static enum brski_rc
issue_delegate(const struct registrar_keeper *k, size_t authority, int64_t from, int64_t to,
    struct registrar_delegate *d, struct brski_err *err)
{
	const struct brski_attr cn = { BRSKI_OID_CN, BRSKI_LIT(DELEGATE_NAME) };
	struct brski_buf name = { 0 }, der = { .max = BRSKI_CERT_MAX };
	struct brski_cert_facts f = { .not_before = from,
		.not_after = to,
		.spki = brski_key_spki(&d->key),
		.key_usage = BRSKI_KU_DIGITAL_SIGNATURE,
		.eku = BRSKI_EKU_OCSP_SIGNING,
		.path_len = -1,
		.ski = true,
		.aki = true,
		.ocsp_nocheck = true };
	enum brski_rc rc;

	brski_cert_serial_random(&f);
	if ((rc = brski_name_encode(&cn, 1, &name, err)) != BRSKI_OK)
		return rc;
	f.subject = brski_buf_slice(&name);
	if ((rc = brski_cert_issue(&f, k->authorities[authority].cert, &k->ca_keys[authority], &der,
	         err)) == BRSKI_OK)
		rc = brski_certs_add(&d->cert, brski_buf_slice(&der), err);
	brski_buf_clear(&name);
	brski_buf_clear(&der);
	return rc;
}

static int64_t
lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
higher(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum brski_rc
make_delegate(struct registrar_keeper *k, size_t authority, int64_t now, int64_t lifetime_s,
    struct brski_err *err)
{
	const struct brski_cert *ca = k->authorities[authority].cert;
	struct registrar_delegate made = { 0 }, *d = &k->delegates[authority];
	int64_t to = lower(now + lifetime_s, ca->not_after);
	enum brski_rc rc;

	made.from = higher(now - REGISTRAR_BACKDATE_S, ca->not_before);
	made.renew = to == ca->not_after ? to : now + lifetime_s / 2;
	if ((rc = brski_key_generate(BRSKI_KEY_P256, &made.key, err)) != BRSKI_OK ||
	    (rc = issue_delegate(k, authority, made.from, to, &made, err)) != BRSKI_OK) {
		brski_key_clear(&made.key);
		brski_certs_clear(&made.cert);
		return rc;
	}
	brski_key_clear(&d->key);
	brski_certs_clear(&d->cert);
	*d = made;
	return BRSKI_OK;
}

enum brski_rc
registrar_keeper_sign_ocsp(struct registrar_keeper *k, size_t authority, int64_t now,
    int64_t lifetime_s, struct brski_ocsp_facts *f, struct brski_buf *out, struct brski_err *err)
{
	struct registrar_delegate *d;
	enum brski_rc rc;

	if ((rc = check_authority(k, authority, now, err)) != BRSKI_OK)
		return rc;
	d = &k->delegates[authority];
	if ((d->cert.n == 0 || now < d->from || now > d->renew) &&
	    (rc = make_delegate(k, authority, now, lifetime_s, err)) != BRSKI_OK)
		return rc;
	f->signer = &d->cert.v[0];
	f->signer_is_issuer = false;
	return brski_ocsp_response_encode(f, &d->key, out, err);
}
