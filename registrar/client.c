/* SPDX-License-Identifier: Apache-2.0 */
/* Whose device is this? The client's chain against each manufacturer's anchors. */
#include "crypto/path.h"
#include "registrar/registrar.h"

/* Keep the verdict that says more: that nobody knows the issuer is the least. */
static void
keep(struct brski_err *best, const struct brski_err *why)
{
	if (best->rc == BRSKI_OK || why->rc == BRSKI_E_REVOKED ||
	    (best->rc == BRSKI_E_UNKNOWN && why->rc != BRSKI_E_UNKNOWN))
		*best = *why;
}

/* RFC 8995 5.3: the first manufacturer that vouches for the chain. */
static enum brski_rc
find_maker(const struct registrar_site *site, const struct brski_peer *peer, int64_t now,
    size_t *maker, struct brski_err *err)
{
	struct brski_path path = { .leaf = &peer->chain.v[0],
		.untrusted = &peer->chain,
		.at = now };
	struct brski_err best = { 0 }, why;
	size_t i;

	for (i = 0; i < site->makers_n; i++) {
		why = (struct brski_err){ 0 };
		path.anchors = &site->makers[i].anchors;
		path.ignore_leaf_expiry = site->makers[i].conf->idevid_expiry != 0;
		path.crls = &site->makers[i].crls;
		path.require_crl = site->makers[i].conf->crl_required;
		if (brski_path_validate(&path, NULL, &why) == BRSKI_OK) {
			*maker = i;
			return BRSKI_OK;
		}
		keep(&best, &why);
		if (why.rc == BRSKI_E_REVOKED) { /* whom its maker disowns is nobody else's */
			*maker = i;
			break;
		}
	}
	return brski_fail(err, best.rc != BRSKI_OK ? best.rc : BRSKI_E_UNKNOWN,
	    best.spec != NULL && best.rc != BRSKI_E_UNKNOWN ? best.spec : "RFC 8995 5.3",
	    "no manufacturer vouches for the client: %s", best.detail);
}

/* Validated a moment ago? The certificate is the same to the last bit, so is the verdict. */
static struct registrar_known *
slot(struct registrar *r, const uint8_t hash[BRSKI_SHA256_SIZE])
{
	return &r->known[hash[0] % REGISTRAR_KNOWN_N];
}

/* Who it was, for the audit trail. */
static void
name_revoked(const struct registrar_manufacturer *m, struct registrar_client *out)
{
	out->maker = m;
	(void)brski_cert_device_serial(out->idevid, (enum brski_serial_from)m->conf->serial_from,
	    &out->serial, NULL);
}

enum brski_rc
registrar_client_identify(struct registrar *r, const struct brski_peer *peer,
    struct registrar_client *out, struct brski_err *err)
{
	int64_t now = brski_clock_now(&r->clock);
	uint8_t hash[BRSKI_SHA256_SIZE];
	struct registrar_known *known;
	size_t maker = 0;
	enum brski_rc rc;

	*out = (struct registrar_client){ .idevid = &peer->chain.v[0] };
	brski_sha256(out->idevid->der, hash);
	known = slot(r, hash);
	if (known->until > now && memcmp(known->hash, hash, sizeof(hash)) == 0)
		maker = known->maker;
	else if ((rc = find_maker(r->site, peer, now, &maker, err)) != BRSKI_OK) {
		if (rc == BRSKI_E_REVOKED)
			name_revoked(&r->site->makers[maker], out);
		return rc;
	}
	out->maker = &r->site->makers[maker];
	memcpy(known->hash, hash, sizeof(hash));
	known->maker = maker;
	if (known->until <= now)
		known->until = now + REGISTRAR_KNOWN_S;
	return brski_cert_device_serial(out->idevid,
	    (enum brski_serial_from)out->maker->conf->serial_from, &out->serial, err);
}
