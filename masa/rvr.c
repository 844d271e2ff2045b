/* SPDX-License-Identifier: Apache-2.0 */
/* A registrar voucher-request, judged in the order of RFC 8995 5.5.2 to 5.5.6. */
#include <stdlib.h>
#include <string.h>
#include "masa/former.h"
#include "masa/rvr.h"

/* "Nobody we know vouches for it" is a 404 elsewhere; here it is the request that is wrong. */
static enum brski_rc
chain_rc(enum brski_rc rc)
{
	return rc == BRSKI_E_UNKNOWN ? BRSKI_E_CERTIFICATE : rc;
}

static void
swap(struct brski_cert *a, struct brski_cert *b)
{
	struct brski_cert c = *a;

	*a = *b;
	*b = c;
}

/* Put what can be above the signer behind it; how many that are, with it. */
static size_t
climb(struct brski_cert *v, size_t n)
{
	size_t i, j, above = 1;

	for (i = 0; i < above; i++)
		for (j = above; j < n; j++)
			if (brski_name_eq(v[j].subject, v[i].issuer))
				swap(&v[j], &v[above++]);
	return above;
}

/* cBRSKI 9.2: the bag holds the registrar's chain and the pledge's; which is whose? */
static enum brski_rc
sort_bag(const struct masa_rvr_in *in, struct masa_rvr *r, struct brski_err *err)
{
	const struct brski_certs *bag = &r->rvr.env.certs;
	struct brski_cert *v;
	size_t n;

	if ((v = calloc(bag->n + 1, sizeof(*v))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "out of memory");
	memcpy(v, bag->v, bag->n * sizeof(*v));
	swap(&v[0], &v[r->rvr.env.signer - bag->v]);
	n = climb(v, bag->n);
	r->domain = (struct brski_certs){ .v = v, .n = n };
	r->rest = (struct brski_certs){ .v = v + n, .n = bag->n - n };
	if (in->own != NULL)
		r->rest.v[r->rest.n++] = *in->own;
	return BRSKI_OK;
}

static bool
is_top(const struct brski_certs *domain, const struct brski_cert *c)
{
	size_t i;

	if (brski_cert_self_issued(c))
		return true;
	for (i = 0; i < domain->n; i++)
		if (brski_name_eq(domain->v[i].subject, c->issuer))
			return false;
	return true;
}

/* By another key of its issuer's name: NewWithOld, RFC 4210 4.4. */
static bool
is_introduced(const struct brski_cert *c)
{
	return brski_slice_present(c->aki) && !brski_slice_eq(c->aki, c->ski);
}

/* Where a path can end: certificates that issued themselves, or whose issuer is not there. */
static enum brski_rc
find_tops(struct masa_rvr *r, struct brski_err *err)
{
	const struct brski_certs *domain = &r->domain;
	const struct brski_cert *c;
	size_t i;

	if (r->tops != NULL)
		return BRSKI_OK;
	if ((r->tops = calloc(domain->n, sizeof(*r->tops))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "out of memory");
	/* roots before certificates of the same key by another: what a path ends at is pinned */
	for (i = 0; i < 2 * domain->n; i++) {
		c = &domain->v[i % domain->n];
		if (is_top(domain, c) && is_introduced(c) == (i >= domain->n))
			r->tops[r->tops_n++] = *c;
	}
	return BRSKI_OK;
}

/* The path of a certificate of the bag up to a temporary anchor. */
static enum brski_rc
bag_path(const struct masa_rvr_in *in, struct masa_rvr *r, const struct brski_cert *leaf,
    struct brski_path_found *found, struct brski_err *err)
{
	struct brski_certs tops = { 0 };
	struct brski_path path = {
		.leaf = leaf,
		.untrusted = &r->rvr.env.certs,
		.anchors = &tops,
		.crls = in->crls,
		.at = in->at,
	};
	enum brski_rc rc;

	if ((rc = find_tops(r, err)) != BRSKI_OK)
		return rc;
	tops.v = r->tops;
	tops.n = r->tops_n;
	return brski_path_validate(&path, found, err);
}

/*
 * RFC 8995 5.5.2, 5.5.3: the domain's PKI, as far as the request shows it, must be consistent.
 * Path validation judges a temporary anchor too: its dates, and that it is a CA if it issued.
 */
static enum brski_rc
check_chain(const struct masa_rvr_in *in, struct masa_rvr *r, struct brski_err *err)
{
	const struct brski_certs *domain = &r->domain;
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if (masa_chains_find(in->chains, domain, &domain->v[0], in->at, &r->chain))
		return BRSKI_OK;
	if ((rc = bag_path(in, r, &domain->v[0], &r->chain, &why)) != BRSKI_OK)
		return brski_fail(err, chain_rc(rc), "RFC 8995 5.5.3", "registrar's chain: %s",
		    why.detail);
	masa_chains_add(in->chains, domain, &r->chain);
	return BRSKI_OK;
}

static enum brski_rc
check_request(const struct masa_rvr_in *in, struct masa_rvr *r, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = sort_bag(in, r, err)) != BRSKI_OK || (rc = check_chain(in, r, err)) != BRSKI_OK)
		return rc;
	masa_former_find(&r->domain, &r->chain, in->crls, in->at, &r->former);

	/* Not whoever has a certificate of that domain, a pledge with its LDevID for one. */
	if (!(r->chain.v[0]->eku & BRSKI_EKU_CMC_RA))
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4",
		    "signer has no id-kp-cmcRA");
	if (r->rvr.v.serial_number.n == 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 5.5", "no serial-number");
	if (in->strict && !brski_slice_present(r->rvr.v.idevid_issuer))
		return brski_fail(err, BRSKI_E_FORBIDDEN, "rfc8366bis 6.1", "no idevid-issuer");
	return BRSKI_OK;
}

enum brski_rc
masa_rvr_open(const struct masa_rvr_in *in, struct masa_rvr *out, struct brski_err *err)
{
	enum brski_rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = brski_artifact_open(in->format, in->wire, NULL, in->strict, BRSKI_VOUCHER_REQUEST,
	         &out->rvr, err)) != BRSKI_OK)
		return rc;
	return check_request(in, out, err);
}

/* A key that we trust may have signed what nobody in the bag has: cBRSKI's own sample is such. */
static enum brski_rc
open_prior_with(const struct masa_rvr_in *in, const struct brski_certs *bag, struct masa_rvr *r,
    struct brski_err *err)
{
	struct brski_slice prior = r->rvr.v.prior_signed_voucher_request;
	struct brski_signed *env = &r->pvr.env;
	enum brski_rc rc = in->format->open(prior, bag, in->strict, env, err);

	if (rc != BRSKI_E_SIGNATURE ||
	    in->format->open(prior, in->anchors, in->strict, env, NULL) != BRSKI_OK)
		return rc;
	if (err != NULL)
		*err = (struct brski_err){ 0 };
	return BRSKI_OK;
}

/*
 * Open the prior object, whichever it is. It is in the RVR's own format (cBRSKI 7.1). A PVR may
 * lack its certificates; in COSE they are in the RVR's x5bag, so what is there beside the
 * registrar's own is its context.
 */
static enum brski_rc
open_prior(const struct masa_rvr_in *in, struct masa_rvr *r, struct brski_err *err)
{
	struct brski_artifact *a = &r->pvr;
	enum brski_rc rc;

	a->format = in->format;
	if ((rc = open_prior_with(in, &r->rest, r, err)) != BRSKI_OK ||
	    (rc = a->format->decode(a->env.payload, &a->v, err)) != BRSKI_OK)
		return rc;
	r->prior = a->v.kind == BRSKI_VOUCHER ? MASA_PRIOR_VOUCHER : MASA_PRIOR_PVR;
	return BRSKI_OK;
}

/* The PVR's signer is a device of ours. */
static enum brski_rc
check_idevid(const struct masa_rvr_in *in, const struct masa_rvr *r, struct brski_err *err)
{
	const struct brski_cert *signer = r->pvr.env.signer;
	bool sent = brski_certs_find(&r->rvr.env.certs, signer->der) != NULL;
	struct brski_path path = {
		.leaf = signer,
		.untrusted = sent ? &r->rvr.env.certs : &r->pvr.env.certs,
		.anchors = in->anchors,
		.crls = in->crls,
		.at = in->at,
		.ignore_leaf_expiry = in->ignore_expiry,
	};
	struct brski_err why = { 0 };
	enum brski_rc rc;

	if (in->strict && in->format->rvr_with_pledge && !sent)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "cBRSKI 9.2",
		    "strict: the pledge's IDevID is not in the RVR's x5bag");
	if ((rc = brski_path_validate(&path, NULL, &why)) != BRSKI_OK)
		return brski_fail(err, chain_rc(rc), "RFC 8995 5.5.5", "pledge's IDevID: %s",
		    why.detail);
	return BRSKI_OK;
}

/*
 * Does the leaf name this IDevID's issuer? rfc8366bis 6.1 says how it is made; without readable key
 * identifier it may be the issuer's Name, which old registrars put there.
 */
static bool
issuer_matches(struct brski_slice leaf, const struct brski_cert *idevid)
{
	uint8_t room[256];
	struct brski_buf own = brski_buf_fixed(room, sizeof(room));
	struct brski_slice keyid = brski_idevid_issuer_keyid(leaf);

	if (!brski_slice_present(keyid))
		return brski_name_eq(leaf, idevid->issuer);
	return brski_cert_idevid_issuer(idevid, &own, NULL) == BRSKI_OK &&
	    brski_slice_eq(keyid, brski_idevid_issuer_keyid(brski_buf_slice(&own)));
}

/* RVR and PVR must speak of one device: what its certificate says, what each request says. */
static enum brski_rc
check_device(const struct masa_rvr_in *in, const struct masa_rvr *r, struct brski_err *err)
{
	const struct brski_voucher *rvr = &r->rvr.v, *pvr = &r->pvr.v;
	struct brski_slice serial;
	enum brski_rc rc;

	if ((rc = brski_cert_device_serial(r->pvr.env.signer, in->serial_from, &serial, err)) !=
	    BRSKI_OK)
		return rc;
	if (!brski_slice_eq(serial, rvr->serial_number) ||
	    (brski_slice_present(pvr->serial_number) &&
	        !brski_slice_eq(serial, pvr->serial_number)))
		return brski_fail(err, BRSKI_E_SERIAL, "RFC 8995 5.5.5",
		    "serial-number is not the one of the pledge that signed");
	if (brski_slice_present(rvr->idevid_issuer) &&
	    !issuer_matches(rvr->idevid_issuer, r->pvr.env.signer))
		return brski_fail(err, BRSKI_E_SERIAL, "rfc8366bis 6.1",
		    "idevid-issuer is not the one of the pledge that signed");
	return BRSKI_OK;
}

/* Is this the certificate, or its key, that the pledge saw? */
static bool
is_seen(const struct brski_cert *c, const struct brski_voucher *pvr)
{
	uint8_t digest[BRSKI_SHA256_SIZE];
	struct brski_cert seen;

	/* Of several, this order: rfc8366bis 9. */
	if (brski_slice_present(pvr->proximity_registrar_pubk_sha256)) {
		brski_sha256(c->spki, digest);
		return brski_slice_eq(brski_slice(digest, sizeof(digest)),
		    pvr->proximity_registrar_pubk_sha256);
	}
	if (brski_slice_present(pvr->proximity_registrar_pubk))
		return brski_slice_eq(c->spki, pvr->proximity_registrar_pubk);
	if (!brski_slice_present(pvr->proximity_registrar_cert))
		return false;
	return brski_slice_eq(c->der, pvr->proximity_registrar_cert) ||
	    (brski_cert_decode(pvr->proximity_registrar_cert, &seen, NULL) == BRSKI_OK &&
	        brski_slice_eq(c->spki, seen.spki));
}

/*
 * RFC 8995 5.5.5: the key that the pledge saw is in the signer's chain. A registrar that does TLS
 * with another key than it signs with puts that certificate in the bag: it must be an RA below the
 * same temporary anchor, or any registrar could borrow its neighbour's.
 */
static bool
is_proximate(const struct masa_rvr_in *in, struct masa_rvr *r)
{
	const struct brski_certs *bag = &r->rvr.env.certs;
	struct brski_path_found found;
	size_t i;

	for (i = 0; i < r->chain.n; i++)
		if (is_seen(r->chain.v[i], &r->pvr.v))
			return true;
	for (i = 0; i < bag->n; i++)
		if ((bag->v[i].eku & BRSKI_EKU_CMC_RA) && is_seen(&bag->v[i], &r->pvr.v) &&
		    bag_path(in, r, &bag->v[i], &found, NULL) == BRSKI_OK &&
		    brski_slice_eq(found.v[found.n - 1]->der, r->chain.v[r->chain.n - 1]->der))
			return true;
	return false;
}

static enum brski_rc
check_pvr(const struct masa_rvr_in *in, struct masa_rvr *r, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = check_idevid(in, r, err)) != BRSKI_OK ||
	    (rc = check_device(in, r, err)) != BRSKI_OK)
		return rc;
	/*
	 * Also when one of them has none: a registrar must not drop a nonce to get a longer
	 * voucher.
	 */
	if (!brski_nonce_eq(&r->rvr.v, &r->pvr.v))
		return brski_fail(err, BRSKI_E_NONCE, "RFC 8995 5.5.6",
		    "nonce is not the pledge's");
	if (!is_proximate(in, r))
		return brski_fail(err, BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5",
		    "the pledge's registrar is not in the signer's chain");
	r->proximity = true;
	return BRSKI_OK;
}

enum brski_rc
masa_rvr_prior(const struct masa_rvr_in *in, struct masa_rvr *r, struct brski_err *err)
{
	enum brski_rc rc;

	if (!brski_slice_present(r->rvr.v.prior_signed_voucher_request))
		return BRSKI_OK;
	if ((rc = open_prior(in, r, err)) != BRSKI_OK)
		return rc;
	if (r->prior == MASA_PRIOR_PVR)
		return check_pvr(in, r, err);
	if (!brski_slice_eq(r->pvr.v.serial_number, r->rvr.v.serial_number))
		return brski_fail(err, BRSKI_E_SERIAL, "RFC 8995 5.5.1",
		    "the old voucher is another device's");
	return BRSKI_OK;
}

enum brski_rc
masa_rvr_judge(const struct masa_rvr_in *in, struct masa_rvr *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = masa_rvr_open(in, out, err)) != BRSKI_OK ||
	    (rc = masa_rvr_prior(in, out, err)) != BRSKI_OK)
		masa_rvr_clear(out);
	return rc;
}

void
masa_rvr_clear(struct masa_rvr *r)
{
	brski_artifact_clear(&r->rvr);
	brski_artifact_clear(&r->pvr);
	free(r->domain.v);
	free(r->tops);
	memset(r, 0, sizeof(*r));
}
