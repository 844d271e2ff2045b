/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/keeper_inner.h"

#include <stdlib.h>

static void
take_key(struct brski_key *from, struct brski_key *to)
{
	*to = *from;
	memset(from, 0, sizeof(*from));
}

static enum brski_rc
check_own(const struct registrar_keeper *k, const struct brski_certs *certs, struct brski_err *err)
{
	if (certs->n == 0 || !brski_slice_eq(brski_key_spki(&k->key), certs->v[0].spki))
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.1",
		    "key is not that of the first certificate in certificate");
	/* a MASA refuses our requests without it */
	if (!(certs->v[0].eku & BRSKI_EKU_CMC_RA))
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.5.4",
		    "the registrar's certificate lacks extended key usage cmcRA");
	return BRSKI_OK;
}

/* All keys of the CA in one list. */
static void
gather(const struct registrar_keeper_parts *parts, struct brski_keys *keys)
{
	size_t i;

	if (parts->ca_key->ops != NULL)
		take_key(parts->ca_key, &keys->v[keys->n++]);
	for (i = 0; parts->more != NULL && i < parts->more->n && keys->n < BRSKI_KEYS_MAX; i++)
		take_key(&parts->more->v[i], &keys->v[keys->n++]);
	if (parts->more != NULL)
		brski_keys_clear(parts->more);
}

enum brski_rc
registrar_keeper_new(const struct registrar_keeper_parts *parts, struct registrar_keeper **out,
    struct brski_err *err)
{
	struct brski_keys keys = { 0 };
	struct registrar_keeper *k;
	enum brski_rc rc;

	*out = NULL;
	gather(parts, &keys);
	if ((k = calloc(1, sizeof(*k))) == NULL) {
		brski_key_clear(parts->key);
		brski_keys_clear(&keys);
		return brski_broken(err, BRSKI_E_NOMEM, "keeper");
	}
	take_key(parts->key, &k->key);
	if ((rc = brski_certs_copy(&k->ca, parts->ca, err)) != BRSKI_OK ||
	    (rc = check_own(k, parts->certs, err)) != BRSKI_OK ||
	    (rc = registrar_keeper_sort(k, &keys, err)) != BRSKI_OK ||
	    (rc = registrar_keeper_order(k, parts->certs, err)) != BRSKI_OK)
		goto out;
	*out = k;
	k = NULL;
out:
	brski_keys_clear(&keys);
	registrar_keeper_free(k);
	return rc;
}

enum brski_rc
registrar_keeper_load(const struct registrar_keeper_files *files, struct registrar_keeper **out,
    struct brski_err *err)
{
	struct brski_key key = { 0 }, none = { 0 };
	struct brski_keys ca_keys = { 0 };
	struct brski_certs certs = { 0 }, ca = { 0 };
	struct registrar_keeper_parts parts = { &key, &certs, &none, &ca, &ca_keys };
	enum brski_rc rc;

	*out = NULL;
	if ((rc = brski_certs_load(&certs, files->certificate, err)) == BRSKI_OK &&
	    (rc = brski_key_load(files->key, &key, err)) == BRSKI_OK &&
	    (rc = brski_certs_load(&ca, files->ca, err)) == BRSKI_OK &&
	    (rc = brski_keys_load(files->ca_key, &ca_keys, err)) == BRSKI_OK)
		rc = registrar_keeper_new(&parts, out, err);
	brski_certs_clear(&certs);
	brski_certs_clear(&ca);
	brski_key_clear(&key);
	brski_keys_clear(&ca_keys);
	return rc;
}

static void
clear_generation(struct registrar_keeper *k, size_t i)
{
	brski_key_clear(&k->ca_keys[i]);
	brski_key_clear(&k->delegates[i].key);
	brski_certs_clear(&k->delegates[i].cert);
}

void
registrar_keeper_retire(struct registrar_keeper *k)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		clear_generation(k, i);
		k->authorities[i].has_key = false;
	}
}

void
registrar_keeper_free(struct registrar_keeper *k)
{
	size_t i;

	if (k == NULL)
		return;
	brski_key_clear(&k->key);
	for (i = 0; i < k->n; i++)
		clear_generation(k, i);
	brski_certs_clear(&k->chain);
	brski_certs_clear(&k->domain);
	brski_certs_clear(&k->leaf);
	brski_certs_clear(&k->ca);
	brski_certs_clear(&k->known);
	brski_certs_clear(&k->anchors);
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
registrar_keeper_domain(const struct registrar_keeper *k)
{
	return &k->domain;
}

const struct brski_certs *
registrar_keeper_ca(const struct registrar_keeper *k)
{
	return &k->known;
}

const struct registrar_authority *
registrar_keeper_authorities(const struct registrar_keeper *k, size_t *n)
{
	*n = k->n;
	return k->authorities;
}

const struct brski_certs *
registrar_keeper_anchors(const struct registrar_keeper *k)
{
	return &k->anchors;
}
