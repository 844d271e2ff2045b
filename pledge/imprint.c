/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/imprint.h"

#include "base/text.h"
#include "crypto/path.h"

/* The largest AKI extnValue that an IDevID is expected to have; 24 bytes is usual. */
#define ISSUER_MAX 512

static bool
has_nonce(const struct brski_voucher *v)
{
	return v->nonce.p != NULL || v->nonce_text.p != NULL;
}

/* b) The signer is the manufacturer's MASA, nobody else's. */
static enum brski_rc
check_signer(const struct pledge_voucher_in *in, const struct brski_signed *env,
    struct brski_err *err)
{
	struct brski_path path = { .leaf = env->signer,
		.untrusted = &env->certs,
		.anchors = in->anchors,
		.at = in->at };

	return brski_path_validate(&path, NULL, err);
}

/* One issuer in any spelling; without a key identifier of our own only in the one that we make. */
static bool
same_issuer(struct brski_slice leaf, struct brski_slice own)
{
	struct brski_slice keyid = brski_idevid_issuer_keyid(own);

	return keyid.n > 0 ? brski_slice_eq(brski_idevid_issuer_keyid(leaf), keyid)
	                   : brski_slice_eq(leaf, own);
}

/* c), d) It is for this device: serial numbers are unique within one issuer only. */
static enum brski_rc
check_device(const struct pledge_voucher_in *in, const struct brski_voucher *v,
    struct brski_err *err)
{
	uint8_t storage[ISSUER_MAX];
	struct brski_buf own = brski_buf_fixed(storage, sizeof(storage));
	char said[BRSKI_SERIAL_MAX + 1];
	enum brski_rc rc;

	if (v->serial_number.p == NULL || !brski_slice_eq(v->serial_number, in->serial))
		return brski_fail(err, BRSKI_E_SERIAL, "RFC 8995 5.6.1",
		    "the voucher is for serial-number '%s'",
		    brski_text_safe(v->serial_number, said, sizeof(said)));
	if (v->idevid_issuer.p == NULL || in->idevid == NULL)
		return BRSKI_OK;
	if ((rc = brski_cert_idevid_issuer(in->idevid, &own, err)) != BRSKI_OK)
		return rc;
	if (!same_issuer(v->idevid_issuer, brski_buf_slice(&own)))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 8366 5.3",
		    "idevid-issuer is not the issuer of our IDevID");
	return BRSKI_OK;
}

/* e) It answers our request, or policy takes one that answers none. */
static enum brski_rc
check_fresh(const struct pledge_voucher_in *in, const struct brski_voucher *v,
    struct brski_err *err)
{
	if (has_nonce(v) && v->expires_on.text.p != NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8366 5.3",
		    "nonce and expires-on exclude each other");
	if (v->last_renewal_date.text.p != NULL && v->expires_on.text.p == NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8366 5.3",
		    "last-renewal-date without expires-on");
	if (has_nonce(v) ? !brski_nonce_eq(v, in->request) : !in->accept_nonceless)
		return brski_fail(err, BRSKI_E_NONCE, "RFC 8995 5.6.1", "nonce %s",
		    has_nonce(v) ? "is not the one we sent" : "missing");
	return BRSKI_OK;
}

/* f) Only a trusted clock can tell. A future created-on is a sign of a wrong clock at one end. */
static enum brski_rc
check_dates(const struct pledge_voucher_in *in, const struct brski_voucher *v,
    struct brski_err *err)
{
	char now[BRSKI_TIME_TEXT], said[BRSKI_TIME_TEXT];

	if (in->at == BRSKI_TIME_UNKNOWN)
		return BRSKI_OK;
	brski_time_format_rfc3339(in->at, now);
	if (v->expires_on.text.p != NULL && v->expires_on.at < in->at) {
		brski_time_format_rfc3339(v->expires_on.at, said);
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 8366 5.3",
		    "the voucher expired on %s, it is %s", said, now);
	}
	if (v->created_on.text.p != NULL && v->created_on.at - PLEDGE_CLOCK_SLACK_S > in->at) {
		brski_time_format_rfc3339(v->created_on.at, said);
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 8366 5.3",
		    "the voucher is of %s, it is only %s", said, now);
	}
	return BRSKI_OK;
}

/* g) How the MASA came to this decision must be good enough for us. */
static enum brski_rc
check_assertion(const struct pledge_voucher_in *in, const struct brski_voucher *v,
    struct brski_err *err)
{
	unsigned ok = in->accept_assertions != 0 ? in->accept_assertions : PLEDGE_ACCEPT_DEFAULT;

	if (v->assertion == BRSKI_ASSERTION_NONE || (ok & PLEDGE_ACCEPT(v->assertion)) == 0)
		return brski_fail(err, BRSKI_E_ASSERTION, "RFC 8366 5.3", "assertion %s",
		    v->assertion == BRSKI_ASSERTION_NONE ? "missing"
		                                         : brski_assertion_name(v->assertion));
	return BRSKI_OK;
}

/*
 * The pin that decides when there are several: the kind the request used, else the first of
 * rfc8366bis 8's order.
 */
static struct brski_slice *
deciding_pin(struct brski_voucher *v, const struct brski_voucher *request)
{
	struct brski_slice *const pins[] = { &v->pinned_domain_pubk_sha256, &v->pinned_domain_pubk,
		&v->pinned_domain_cert };
	const struct brski_slice asked[] = { request->proximity_registrar_pubk_sha256,
		request->proximity_registrar_pubk, request->proximity_registrar_cert };
	struct brski_slice *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		if (pins[i]->p == NULL)
			continue;
		if (has_nonce(v) && asked[i].p != NULL)
			return pins[i];
		if (first == NULL)
			first = pins[i];
	}
	return first;
}

/* h) Without a pin the voucher opens nothing. Leaves exactly one. */
static enum brski_rc
choose_pin(const struct pledge_voucher_in *in, struct brski_voucher *v, struct brski_err *err)
{
	struct brski_slice *pin = deciding_pin(v, in->request);
	struct brski_slice keep;

	if (pin == NULL)
		return brski_fail(err, BRSKI_E_PIN, "RFC 8995 5.6.1",
		    "no pinned-domain certificate or key in the voucher");
	keep = *pin;
	v->pinned_domain_cert = v->pinned_domain_pubk = v->pinned_domain_pubk_sha256 =
	    (struct brski_slice){ 0 };
	*pin = keep;
	return BRSKI_OK;
}

enum brski_rc
pledge_voucher_judge(const struct pledge_voucher_in *in, struct brski_artifact *out,
    struct brski_err *err)
{
	struct brski_artifact a = *out;
	enum brski_rc rc;

	/* A voucher without certificates may be signed by an anchor itself: RFC 8366 5.4. */
	if ((rc = brski_artifact_open(in->format, in->wire, in->anchors, in->strict, BRSKI_VOUCHER,
	         &a, err)) != BRSKI_OK)
		return rc;
	if ((rc = check_signer(in, &a.env, err)) != BRSKI_OK ||
	    (rc = check_device(in, &a.v, err)) != BRSKI_OK ||
	    (rc = check_fresh(in, &a.v, err)) != BRSKI_OK ||
	    (rc = check_dates(in, &a.v, err)) != BRSKI_OK ||
	    (rc = check_assertion(in, &a.v, err)) != BRSKI_OK ||
	    (rc = choose_pin(in, &a.v, err)) != BRSKI_OK) {
		brski_artifact_clear(&a);
		return rc;
	}
	*out = a;
	return BRSKI_OK;
}

/* Is it the end entity's own key that is pinned? By certificate, key or digest of the key. */
static bool
key_is_pinned(const struct brski_voucher *v, const struct brski_cert *pinned,
    const struct brski_cert *server)
{
	uint8_t hash[BRSKI_SHA256_SIZE];

	if (pinned != NULL)
		return brski_slice_eq(pinned->spki, server->spki);
	if (v->pinned_domain_pubk.p != NULL)
		return brski_slice_eq(v->pinned_domain_pubk, server->spki);
	brski_sha256(server->spki, hash);
	return brski_slice_eq(v->pinned_domain_pubk_sha256, brski_slice(hash, sizeof(hash)));
}

/*
 * The pin is not the server itself: it must stand above it, and the server must be a registrar of
 * that domain.
 */
static enum brski_rc
check_below_pin(const struct brski_voucher *v, const struct brski_cert *pinned,
    const struct brski_certs *chain, int64_t at, struct brski_err *err)
{
	struct brski_certs pin = { .v = (struct brski_cert *)(uintptr_t)pinned,
		.n = pinned != NULL };
	struct brski_path path = { .leaf = &chain->v[0],
		.untrusted = chain,
		.anchors = &pin,
		.at = at };
	struct brski_err why = { 0 };

	if (pinned == NULL || brski_path_validate(&path, NULL, &why) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_PIN, "RFC 8995 5.6.2",
		    "the server is not of the pinned domain: %s",
		    pinned == NULL ? "its key is another" : why.detail);
	if (v->domain_cert_revocation_checks == BRSKI_TRUE)
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 8366 5.3",
		    "the voucher demands revocation checks, which this pledge cannot do");
	if ((chain->v[0].eku & BRSKI_EKU_CMC_RA) == 0)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 7030 3.6.1",
		    "the server's certificate lacks id-kp-cmcRA: it is no registrar");
	return BRSKI_OK;
}

enum brski_rc
pledge_pin_check(const struct brski_voucher *v, const struct brski_certs *server_chain, int64_t at,
    struct brski_err *err)
{
	struct brski_cert cert;
	const struct brski_cert *pinned = NULL;
	enum brski_rc rc;

	if (v->pinned_domain_cert.p != NULL) {
		if ((rc = brski_cert_decode(v->pinned_domain_cert, &cert, err)) != BRSKI_OK)
			return rc;
		pinned = &cert;
	}
	/* a voucher is not trusted longer than what it pins */
	if (at != BRSKI_TIME_UNKNOWN && pinned != NULL && v->expires_on.text.p != NULL &&
	    v->expires_on.at > pinned->not_after)
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 8366 5.3",
		    "the voucher expires later than the certificate that it pins");
	if (key_is_pinned(v, pinned, &server_chain->v[0]))
		return BRSKI_OK;
	return check_below_pin(v, pinned, server_chain, at, err);
}
