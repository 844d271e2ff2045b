/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/pvr.h"

#include "base/text.h"

/* Step 1: whose pledge is it? Dates of the IDevID itself may be tolerated, RFC 8995 2.6.2. */
static enum brski_rc
check_chain(const struct registrar_pvr_in *in, const struct brski_cert *leaf,
    const struct brski_certs *untrusted, struct brski_err *err)
{
	struct brski_path path = { .leaf = leaf,
		.untrusted = untrusted,
		.anchors = in->anchors,
		.at = in->at,
		.ignore_leaf_expiry = in->ignore_expiry };

	return brski_path_validate(&path, NULL, err);
}

/* Does the first proximity leaf that is there name our end entity? The order is rfc8366bis 9's. */
static enum brski_rc
names_us(const struct brski_voucher *v, struct brski_slice own_cert, bool *yes,
    struct brski_err *err)
{
	uint8_t hash[BRSKI_SHA256_SIZE];
	struct brski_cert own;
	enum brski_rc rc;

	if (v->proximity_registrar_pubk_sha256.p == NULL && v->proximity_registrar_pubk.p == NULL) {
		*yes = brski_slice_eq(v->proximity_registrar_cert, own_cert);
		return BRSKI_OK;
	}
	if ((rc = brski_cert_decode(own_cert, &own, err)) != BRSKI_OK)
		return rc;
	brski_sha256(own.spki, hash);
	*yes = v->proximity_registrar_pubk_sha256.p != NULL
	    ? brski_slice_eq(v->proximity_registrar_pubk_sha256, brski_slice(hash, sizeof(hash)))
	    : brski_slice_eq(v->proximity_registrar_pubk, own.spki);
	return BRSKI_OK;
}

/*
 * Step 4: is nobody in between? A pledge that saw another certificate than ours talks to us through
 * an attacker.
 */
static enum brski_rc
check_proximity(const struct registrar_pvr_in *in, const struct brski_voucher *v,
    struct brski_err *err)
{
	bool yes = false;
	enum brski_rc rc;

	if (in->own_cert.p == NULL)
		return BRSKI_OK;
	if (v->assertion != BRSKI_ASSERTION_PROXIMITY)
		return brski_fail(err, BRSKI_E_PROXIMITY, "RFC 8995 5.2", "assertion is %s",
		    v->assertion == BRSKI_ASSERTION_NONE ? "missing"
		                                         : brski_assertion_name(v->assertion));
	if ((rc = names_us(v, in->own_cert, &yes, err)) != BRSKI_OK)
		return rc;
	if (!yes)
		return brski_fail(err, BRSKI_E_PROXIMITY, "RFC 8995 5.5",
		    "proximity-registrar leaf missing or not our certificate");
	return BRSKI_OK;
}

/*
 * Step 5: the certificate says the serial number; what the PVR says is a claim that must agree. RFC
 * 8995 2.3.1.
 */
static enum brski_rc
check_serial(const struct registrar_pvr_in *in, struct registrar_pvr *out, struct brski_err *err)
{
	const struct brski_voucher *v = &out->a.v;
	char said[BRSKI_SERIAL_MAX + 1];
	enum brski_rc rc;

	if ((rc = brski_cert_device_serial(out->client, in->serial_from, &out->serial, err)) !=
	    BRSKI_OK)
		return rc;
	if (v->serial_number.p != NULL && !brski_slice_eq(v->serial_number, out->serial))
		return brski_fail(err, BRSKI_E_SERIAL, "RFC 8995 5.5",
		    "the request says serial-number %s, the IDevID another",
		    brski_text_safe(v->serial_number, said, sizeof(said)));
	return BRSKI_OK;
}

static enum brski_rc
judge(const struct registrar_pvr_in *in, bool have_client, struct registrar_pvr *out,
    struct brski_err *err)
{
	const struct brski_signed *env = &out->a.env;
	enum brski_rc rc;

	if (out->client->ca)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "IEEE 802.1AR 8",
		    "the IDevID is a CA's certificate, no device's");
	/*
	 * RFC 8995 5.5: the request is the TLS client's own; the key decides, IDevIDs may be
	 * reissued.
	 */
	if (have_client && !brski_slice_eq(env->signer->spki, out->client->spki))
		return brski_fail(err, BRSKI_E_SIGNATURE, "RFC 8995 5.5",
		    "signed by another key than the TLS client's");
	if (!have_client && (rc = check_chain(in, env->signer, &env->certs, err)) != BRSKI_OK)
		return rc;
	if (out->a.v.nonce.p == NULL)
		return brski_fail(err, BRSKI_E_NONCE, "RFC 8995 5.2", "no nonce in the request");
	if ((rc = check_proximity(in, &out->a.v, err)) != BRSKI_OK)
		return rc;
	return check_serial(in, out, err);
}

enum brski_rc
registrar_pvr_judge(const struct registrar_pvr_in *in, struct registrar_pvr *out,
    struct brski_err *err)
{
	struct registrar_pvr p = { 0 };
	bool have_client = in->client_chain != NULL && in->client_chain->n > 0;
	struct brski_certs client = *in->anchors; /* without a client, keys that are trusted */
	enum brski_rc rc;

	*out = p;
	if (have_client && !in->chain_judged &&
	    (rc = check_chain(in, &in->client_chain->v[0], in->client_chain, err)) != BRSKI_OK)
		return rc;
	/* RFC 8366 5.4, cBRSKI 9.2: who may have signed without saying so is the client alone */
	if (have_client)
		client = (struct brski_certs){ .v = in->client_chain->v, .n = 1 };
	if ((rc = brski_artifact_open(in->format, in->wire, &client, in->strict,
	         BRSKI_VOUCHER_REQUEST, &p.a, err)) != BRSKI_OK)
		return rc;
	p.client = have_client ? &in->client_chain->v[0] : p.a.env.signer;
	if ((rc = judge(in, have_client, &p, err)) != BRSKI_OK)
		registrar_pvr_clear(&p);
	*out = p;
	return rc;
}

void
registrar_pvr_clear(struct registrar_pvr *p)
{
	brski_artifact_clear(&p->a);
	*p = (struct registrar_pvr){ 0 };
}
