/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/keeper.h"

#include <stdlib.h>
#include "crypto/issue.h"
#include "crypto/path.h"

#define BACKDATE_S 60 /* clocks of devices differ a little */

struct registrar_keeper {
	struct brski_key key, ca_key;
	struct brski_certs chain; /* end entity to root: TLS, and the loose pin */
	struct brski_certs leaf;  /* the end entity alone: the tight pin */
	struct brski_certs ca;
};

static void
take_key(struct brski_key *from, struct brski_key *to)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

/* The registrar's own certificates, put in order: from its end entity to the domain's root. */
static enum brski_rc
order_chain(struct registrar_keeper *k, const struct brski_certs *certs, struct brski_err *err)
{
	struct brski_path path = { .leaf = &certs->v[0],
		.untrusted = certs,
		.anchors = &k->ca,
		.at = BRSKI_TIME_UNKNOWN };
	struct brski_path_found found;
	struct brski_err why = { 0 };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	if (brski_path_validate(&path, &found, &why) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.6.2",
		    "the registrar's certificate does not lead to the domain CA: %s", why.detail);
	for (i = 0; i < found.n && rc == BRSKI_OK; i++)
		rc = brski_certs_add(&k->chain, found.v[i]->der, err);
	/* the path may end below the root when the issuing CA is not the root */
	for (i = 0; i < k->ca.n && rc == BRSKI_OK; i++) {
		if (brski_certs_find(&k->chain, k->ca.v[i].der) == NULL)
			rc = brski_certs_add(&k->chain, k->ca.v[i].der, err);
	}
	if (rc == BRSKI_OK)
		rc = brski_certs_add(&k->leaf, certs->v[0].der, err);
	return rc;
}

static enum brski_rc
check_parts(const struct registrar_keeper *k, const struct brski_certs *certs,
    struct brski_err *err)
{
	if (certs->n == 0 || !brski_slice_eq(brski_key_spki(&k->key), certs->v[0].spki))
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.1",
		    "key is not that of the first certificate in certificate");
	if (k->ca.n == 0 || !brski_slice_eq(brski_key_spki(&k->ca_key), k->ca.v[0].spki))
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 7030 4.2",
		    "domain-ca-key is not that of the first certificate in domain-ca");
	if (!k->ca.v[0].ca)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 5280 4.2.1.9",
		    "the first certificate in domain-ca is not a CA's");
	/* a MASA refuses our requests without it */
	if (!(certs->v[0].eku & BRSKI_EKU_CMC_RA))
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.5.4",
		    "the registrar's certificate lacks extended key usage cmcRA");
	return BRSKI_OK;
}

enum brski_rc
registrar_keeper_new(const struct registrar_keeper_parts *parts, struct registrar_keeper **out,
    struct brski_err *err)
{
	struct registrar_keeper *k;
	enum brski_rc rc;

	*out = NULL;
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		brski_key_clear(parts->key);
		brski_key_clear(parts->ca_key);
		return brski_broken(err, BRSKI_E_NOMEM, "keeper");
	}
	take_key(parts->key, &k->key);
	take_key(parts->ca_key, &k->ca_key);
	if ((rc = brski_certs_copy(&k->ca, parts->ca, err)) != BRSKI_OK ||
	    (rc = check_parts(k, parts->certs, err)) != BRSKI_OK ||
	    (rc = order_chain(k, parts->certs, err)) != BRSKI_OK)
		goto out;
	*out = k;
	k = NULL;
out:
	registrar_keeper_free(k);
	return rc;
}

enum brski_rc
registrar_keeper_load(const struct registrar_keeper_files *files, struct registrar_keeper **out,
    struct brski_err *err)
{
	struct brski_key key = { 0 }, ca_key = { 0 };
	struct brski_certs certs = { 0 }, ca = { 0 };
	struct registrar_keeper_parts parts = { &key, &certs, &ca_key, &ca };
	enum brski_rc rc;

	*out = NULL;
	if ((rc = brski_certs_load(&certs, files->certificate, err)) == BRSKI_OK &&
	    (rc = brski_key_load(files->key, &key, err)) == BRSKI_OK &&
	    (rc = brski_certs_load(&ca, files->ca, err)) == BRSKI_OK &&
	    (rc = brski_key_load(files->ca_key, &ca_key, err)) == BRSKI_OK)
		rc = registrar_keeper_new(&parts, out, err);
	brski_certs_clear(&certs);
	brski_certs_clear(&ca);
	brski_key_clear(&key);
	brski_key_clear(&ca_key);
	return rc;
}

void
registrar_keeper_free(struct registrar_keeper *k)
{
	if (k == NULL)
		return;
	brski_key_clear(&k->key);
	brski_key_clear(&k->ca_key);
	brski_certs_clear(&k->chain);
	brski_certs_clear(&k->leaf);
	brski_certs_clear(&k->ca);
	free(k);
}

const struct brski_key *
registrar_keeper_tls_key(const struct registrar_keeper *k)
{
	return &k->key;
}

const struct brski_certs *
registrar_keeper_chain(const struct registrar_keeper *k)
{
	return &k->chain;
}

const struct brski_certs *
registrar_keeper_ca(const struct registrar_keeper *k)
{
	return &k->ca;
}

enum brski_rc
registrar_keeper_issue_certificate(const struct registrar_keeper *k,
    const struct registrar_ldevid_facts *f, struct registrar_ldevid *out, struct brski_err *err)
{
	const struct brski_cert *issuer = &k->ca.v[0];
	struct brski_cert_facts facts = { .subject = f->subject,
		.spki = f->spki,
		.san = f->san,
		.not_before = f->now - BACKDATE_S,
		.not_after = f->now + f->lifetime_s,
		.key_usage = BRSKI_KU_DIGITAL_SIGNATURE,
		.eku = f->eku,
		.path_len = -1,
		.ski = true,
		.aki = true };
	struct registrar_ldevid made = { .der = { .max = BRSKI_CERT_MAX } };
	enum brski_rc rc;

	if (facts.not_before < issuer->not_before)
		facts.not_before = issuer->not_before;
	if (facts.not_after > issuer->not_after)
		facts.not_after = issuer->not_after;
	brski_cert_serial_random(&facts);
	if ((rc = brski_cert_issue(&facts, issuer, &k->ca_key, &made.der, err)) != BRSKI_OK) {
		brski_buf_clear(&made.der);
		return rc;
	}
	memcpy(made.serial, facts.serial, sizeof(made.serial));
	made.serial_n = facts.serial_n;
	made.not_after = facts.not_after;
	*out = made;
	return BRSKI_OK;
}

/* Ours is what we want pinned, RFC 8995 5.5; the pledge's is what the PVR lacks, cBRSKI 9.2. */
static enum brski_rc
fill_bag(const struct registrar_keeper *k, const struct registrar_rvr_facts *f,
    struct brski_certs *bag, struct brski_err *err)
{
	const struct brski_certs *ours = f->tight ? &k->leaf : &k->chain;
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
