/* SPDX-License-Identifier: Apache-2.0 */
/* Which generations of the domain CA there are, and how our own certificate leads to them. */
#include "crypto/path.h"
#include "registrar/keeper_inner.h"

bool
registrar_keeper_is_root(const struct brski_cert *c)
{
	return brski_cert_self_issued(c) &&
	    brski_verify(c->spki, c->sig_alg, c->tbs, c->sig, NULL) == BRSKI_OK;
}

bool
registrar_keeper_is_ca(const struct registrar_keeper *k, const struct brski_cert *c)
{
	return c->ca && brski_name_eq(c->subject, k->ca.v[0].subject);
}

static struct registrar_authority *
find_authority(struct registrar_keeper *k, struct brski_slice spki)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (brski_slice_eq(k->authorities[i].cert->spki, spki))
			return &k->authorities[i];
	return NULL;
}

/* The self-signed one speaks for its key; a cross certificate only where there is none. */
static enum brski_rc
add_authority(struct registrar_keeper *k, const struct brski_cert *c, struct brski_err *err)
{
	struct registrar_authority *a = find_authority(k, c->spki);
	uint8_t digest[BRSKI_HASH_MAX];

	if (a != NULL) {
		if (registrar_keeper_is_root(c) && !registrar_keeper_is_root(a->cert))
			a->cert = c;
		return BRSKI_OK;
	}
	if (k->n == REGISTRAR_AUTHORITIES_MAX)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 4210 4.4",
		    "domain-ca holds more than %d generations of the CA",
		    REGISTRAR_AUTHORITIES_MAX);
	a = &k->authorities[k->n++];
	a->cert = c;
	memcpy(a->id, brski_digest(BRSKI_SHA1, c->key, digest).p, sizeof(a->id));
	return BRSKI_OK;
}

/* Keys of no generation are left: a roll-over that was cut short wrote them. */
static void
take_keys(struct registrar_keeper *k, struct brski_keys *keys)
{
	struct registrar_authority *a;
	size_t i;

	for (i = 0; i < keys->n; i++) {
		a = find_authority(k, brski_key_spki(&keys->v[i]));
		if (a == NULL || a->has_key)
			continue;
		k->ca_keys[a - k->authorities] = keys->v[i];
		keys->v[i] = (struct brski_key){ 0 };
		a->has_key = true;
	}
}

static void
set_roles(struct registrar_keeper *k)
{
	struct registrar_authority *a;

	for (a = k->authorities; a < k->authorities + k->n; a++)
		if (a == k->authorities)
			a->role = REGISTRAR_CA_CURRENT;
		else if (a->cert->not_before > k->authorities[0].cert->not_before)
			a->role = REGISTRAR_CA_NEXT;
		else
			a->role = REGISTRAR_CA_FORMER;
}

static enum brski_rc
fill_anchors(struct registrar_keeper *k, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < k->n && rc == BRSKI_OK; i++)
		rc = brski_certs_add(&k->anchors, k->authorities[i].cert->der, err);
	for (i = 0; i < k->ca.n && rc == BRSKI_OK; i++)
		if (!registrar_keeper_is_ca(k, &k->ca.v[i]))
			rc = brski_certs_add(&k->anchors, k->ca.v[i].der, err);
	return rc;
}

/* Whom nobody introduces yet is nobody's to trust, RFC 4210 4.4. */
static enum brski_rc
fill_known(struct registrar_keeper *k, struct brski_err *err)
{
	const struct registrar_authority *a;
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < k->ca.n && rc == BRSKI_OK; i++) {
		a = find_authority(k, k->ca.v[i].spki);
		if (a == NULL || a->role != REGISTRAR_CA_NEXT)
			rc = brski_certs_add(&k->known, k->ca.v[i].der, err);
	}
	return rc;
}

enum brski_rc
registrar_keeper_sort(struct registrar_keeper *k, struct brski_keys *keys, struct brski_err *err)
{
	enum brski_rc rc;
	size_t i;

	if (k->ca.n == 0 || !k->ca.v[0].ca)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 5280 4.2.1.9",
		    "the first certificate in domain-ca is not a CA's");
	for (i = 0; i < k->ca.n; i++)
		if (registrar_keeper_is_ca(k, &k->ca.v[i]) &&
		    (rc = add_authority(k, &k->ca.v[i], err)) != BRSKI_OK)
			return rc;
	take_keys(k, keys);
	if (!k->authorities[0].has_key)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 7030 4.2",
		    "domain-ca-key lacks that of the first certificate in domain-ca");
	set_roles(k);
	if ((rc = fill_known(k, err)) != BRSKI_OK)
		return rc;
	return fill_anchors(k, err);
}

/* Append, once. */
static enum brski_rc
add_once(struct brski_certs *list, const struct brski_cert *c, struct brski_err *err)
{
	if (brski_certs_find(list, c->der) != NULL)
		return BRSKI_OK;
	return brski_certs_add(list, c->der, err);
}

/* Did the domain CA's key of before sign that certificate for a later one? */
static bool
introduces(const struct registrar_keeper *k, const struct brski_cert *older,
    const struct brski_cert *cross, const struct brski_cert *root)
{
	return registrar_keeper_is_ca(k, older) && older->not_before < root->not_before &&
	    brski_verify(older->spki, cross->sig_alg, cross->tbs, cross->sig, NULL) == BRSKI_OK &&
	    registrar_keeper_is_root(older);
}

/* NewWithOld for that root, and its signer, RFC 4210 4.4. */
static bool
find_older(const struct registrar_keeper *k, const struct brski_certs *list,
    const struct brski_cert *root, int64_t at, const struct brski_cert **cross,
    const struct brski_cert **older)
{
	const struct brski_cert *c, *o, *end = list->v + list->n;

	for (c = list->v; c < end; c++) {
		if (!registrar_keeper_is_ca(k, c) || !brski_slice_eq(c->spki, root->spki))
			continue;
		for (o = list->v; o < end; o++)
			if (o->not_after >= at && introduces(k, o, c, root)) {
				*cross = c;
				*older = o;
				return true;
			}
	}
	return false;
}

/* The issuers above a CA that is not its own root, generations apart. */
static enum brski_rc
add_issuers(const struct registrar_keeper *k, struct brski_certs *to, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < k->ca.n && rc == BRSKI_OK; i++)
		if (!registrar_keeper_is_ca(k, &k->ca.v[i]))
			rc = add_once(to, &k->ca.v[i], err);
	return rc;
}

/*
 * For TLS: a peer that knows only the former CA goes over NewWithOld, which has to come before the
 * root of the same name.
 */
static enum brski_rc
fill_chain(struct registrar_keeper *k, const struct brski_path_found *found,
    const struct brski_certs *all, struct brski_err *err)
{
	/* ahead of domain-ca, when a step was cut short: the proof came with our certificate */
	const struct brski_certs *from = k->own != k->authorities ? all : &k->ca;
	const struct brski_cert *top = found->v[found->n - 1], *cross, *older;
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i + 1 < found->n && rc == BRSKI_OK; i++)
		rc = add_once(&k->chain, found->v[i], err);
	if (rc == BRSKI_OK && find_older(k, from, top, INT64_MIN, &cross, &older))
		rc = add_once(&k->chain, cross, err);
	if (rc == BRSKI_OK && (rc = add_once(&k->chain, top, err)) == BRSKI_OK)
		rc = add_issuers(k, &k->chain, err);
	return rc;
}

enum brski_rc
registrar_keeper_descent(const struct registrar_keeper *k, const struct brski_certs *from,
    const struct brski_cert *root, int64_t at, struct brski_certs *to, struct brski_err *err)
{
	const struct brski_cert *cross;
	enum brski_rc rc = BRSKI_OK;

	while (rc == BRSKI_OK && find_older(k, from, root, at, &cross, &root))
		if ((rc = add_once(to, cross, err)) == BRSKI_OK)
			rc = add_once(to, root, err);
	return rc;
}

/* For voucher-requests: what is to be pinned first, then from which roots it descends. */
static enum brski_rc
fill_domain(struct registrar_keeper *k, const struct brski_path_found *found,
    const struct brski_certs *all, struct brski_err *err)
{
	const struct brski_cert *top = found->v[found->n - 1];
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < found->n && rc == BRSKI_OK; i++)
		rc = add_once(&k->domain, found->v[i], err);
	if (rc == BRSKI_OK &&
	    (rc = registrar_keeper_descent(k, all, top, INT64_MIN, &k->domain, err)) == BRSKI_OK)
		rc = add_issuers(k, &k->domain, err);
	return rc;
}

enum brski_rc
registrar_keeper_order(struct registrar_keeper *k, const struct brski_certs *certs,
    struct brski_err *err)
{
	struct brski_path path = { .leaf = &certs->v[0],
		.untrusted = certs,
		.anchors = &k->anchors,
		.at = BRSKI_TIME_UNKNOWN };
	struct brski_certs all = { 0 };
	struct brski_path_found found;
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if (brski_path_validate(&path, &found, &why) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.6.2",
		    "the registrar's certificate does not lead to the domain CA: %s", why.detail);
	k->own = find_authority(k, found.v[found.n - 1]->spki);
	if ((rc = brski_certs_copy(&all, &k->ca, err)) == BRSKI_OK &&
	    (rc = brski_certs_copy(&all, certs, err)) == BRSKI_OK &&
	    (rc = fill_chain(k, &found, &all, err)) == BRSKI_OK &&
	    (rc = fill_domain(k, &found, &all, err)) == BRSKI_OK)
		rc = brski_certs_add(&k->leaf, certs->v[0].der, err);
	brski_certs_clear(&all);
	return rc;
}
