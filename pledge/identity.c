/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/identity.h"

static enum brski_rc
check_pair(const struct pledge_args *a, const struct pledge_identity *id, struct brski_err *err)
{
	if (!brski_slice_eq(id->idevid.v[0].spki, brski_key_spki(&id->key)))
		return brski_fail(err, BRSKI_E_CONFIG, "brski-pledge(1)",
		    "%s is not the key of the first certificate in %s", a->idevid_key,
		    a->idevid_cert);
	return BRSKI_OK;
}

enum brski_rc
pledge_identity_load(const struct pledge_args *a, struct pledge_identity *out,
    struct brski_err *err)
{
	struct pledge_identity id = { 0 };
	enum brski_rc rc;
	size_t i;

	*out = id;
	if ((rc = brski_certs_load(&id.idevid, a->idevid_cert, err)) == BRSKI_OK)
		rc = brski_key_load(a->idevid_key, &id.key, err);
	for (i = 0; i < a->anchors_n && rc == BRSKI_OK; i++)
		rc = brski_certs_load(&id.anchors, a->anchors[i], err);
	if (rc == BRSKI_OK)
		rc = check_pair(a, &id, err);
	if (rc != BRSKI_OK) {
		pledge_identity_clear(&id);
		return rc;
	}
	*out = id;
	return BRSKI_OK;
}

void
pledge_identity_clear(struct pledge_identity *id)
{
	brski_certs_clear(&id->idevid);
	brski_certs_clear(&id->anchors);
	brski_key_clear(&id->key);
}
