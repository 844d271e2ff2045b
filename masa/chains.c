/* SPDX-License-Identifier: Apache-2.0 */
#include "masa/chains.h"

/* Which bag, and which of its certificates is the signer. */
static void
digest(const struct brski_certs *bag, struct brski_slice signer, uint8_t out[BRSKI_SHA256_SIZE])
{
	uint8_t all[BRSKI_BAG_MAX + 1][BRSKI_SHA256_SIZE];
	size_t i;

	brski_sha256(signer, all[0]);
	for (i = 0; i < bag->n && i < BRSKI_BAG_MAX; i++)
		brski_sha256(bag->v[i].der, all[i + 1]);
	brski_sha256(brski_slice(all, (i + 1) * BRSKI_SHA256_SIZE), out);
}

bool
masa_chains_find(const struct masa_chains *c, const struct brski_certs *bag,
    const struct brski_cert *signer, int64_t at, struct brski_path_found *out)
{
	uint8_t key[BRSKI_SHA256_SIZE];
	const struct masa_chain *e;
	size_t i;

	if (c == NULL || at == BRSKI_TIME_UNKNOWN)
		return false;
	digest(bag, signer->der, key);
	for (e = c->v; e < c->v + MASA_CHAINS; e++)
		if (e->n > 0 && memcmp(e->bag, key, sizeof(key)) == 0)
			break;
	if (e == c->v + MASA_CHAINS || at < e->from || at > e->until)
		return false;
	for (i = 0; i < e->n; i++)
		out->v[i] = &bag->v[e->index[i]];
	out->n = e->n;
	return true;
}

void
masa_chains_add(struct masa_chains *c, const struct brski_certs *bag,
    const struct brski_path_found *found)
{
	struct masa_chain e = { .from = INT64_MIN, .until = INT64_MAX };
	const struct brski_cert *cert;

	if (c == NULL || bag->n > BRSKI_BAG_MAX)
		return;
	for (; e.n < found->n; e.n++) {
		if ((cert = brski_certs_find(bag, found->v[e.n]->der)) == NULL)
			return;
		e.index[e.n] = (uint8_t)(cert - bag->v);
		if (cert->not_before > e.from)
			e.from = cert->not_before;
		if (cert->not_after < e.until)
			e.until = cert->not_after;
	}
	digest(bag, found->v[0]->der, e.bag);
	c->v[c->next++ % MASA_CHAINS] = e;
}
