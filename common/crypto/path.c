/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/path.h"

#define NAME_TEXT 96

/* A CRL's signer has a path with CRLs of its own, and so on; PKITS needs one level. */
#define CRL_DEPTH_MAX 2

/* One search: a path that grows from the leaf upwards, and the best reason to refuse so far. */
struct search {
	const struct brski_path *in;
	const struct brski_cert *only; /* NULL, or the one anchor that counts: RFC 5280 6.3.3 (f) */
	const struct brski_cert *v[BRSKI_CHAIN_MAX];
	size_t n;
	int depth;
	int *signatures; /* how many more may be checked */
	struct brski_err constraint, signature;
};

static char *
subject_text(const struct brski_cert *c, char buf[NAME_TEXT])
{
	return brski_name_text(c->subject, buf, NAME_TEXT);
}

static bool
may_sign(const struct brski_cert *c, unsigned usage)
{
	return !c->has_key_usage || (c->key_usage & usage) != 0;
}

/* Did issuer's key sign that? */
static bool
signed_by(struct search *s, const struct brski_cert *issuer, enum brski_alg alg,
    struct brski_slice tbs, struct brski_slice sig)
{
	if (*s->signatures <= 0) {
		s->signature = (struct brski_err){ 0 }; /* says more than the last wrong one */
		return brski_fail(&s->signature, BRSKI_E_SIGNATURE, "RFC 5280 6.1",
		           "gave up after %d signatures", BRSKI_PATH_SIGNATURES_MAX) == BRSKI_OK;
	}
	(*s->signatures)--;
	return brski_verify(issuer->spki, alg, tbs, sig, &s->signature) == BRSKI_OK;
}

/* RFC 5280 6.1.3 (a) (2) */
static enum brski_rc
check_dates(const struct search *s, size_t i, struct brski_err *err)
{
	const struct brski_cert *c = s->v[i];
	int64_t at = s->in->at;
	char name[NAME_TEXT];

	if (at == BRSKI_TIME_UNKNOWN)
		return BRSKI_OK;
	if (at < c->not_before)
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5", "not valid yet: %s",
		    subject_text(c, name));
	if (at > c->not_after && !(i == 0 && s->in->ignore_leaf_expiry))
		return brski_fail(err, BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5", "expired: %s",
		    subject_text(c, name));
	return BRSKI_OK;
}

/* May the i-th issue what is below it? RFC 5280 6.1.4 (k) to (n) */
static enum brski_rc
check_issuer(const struct search *s, size_t i, struct brski_err *err)
{
	const struct brski_cert *c = s->v[i];
	char name[NAME_TEXT];
	int below = 0;
	size_t k;

	/* Only v3 can say cA; a v1 certificate that the operator trusts still does not. */
	if (!c->ca)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.9", "not a CA: %s",
		    subject_text(c, name));
	if (!may_sign(c, BRSKI_KU_KEY_CERT_SIGN))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.3",
		    "keyUsage without keyCertSign: %s", subject_text(c, name));
	/* Between it and the leaf; self-issued ones do not count. */
	for (k = 1; k < i; k++)
		below += !brski_cert_self_issued(s->v[k]);
	if (c->path_len >= 0 && below > c->path_len)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.9",
		    "%d CAs below, pathLen allows %d: %s", below, c->path_len,
		    subject_text(c, name));
	return BRSKI_OK;
}

static bool extend(struct search *s);

/*
 * Is c, which has the CRL issuer's name and may sign CRLs, certified under the same anchor?
 * RFC 5280 6.3.3 (f)
 */
static bool
signer_is_trusted(const struct search *s, const struct brski_cert *c)
{
	struct brski_path in = *s->in;
	struct search sub = {
		.in = &in,
		.only = s->v[s->n - 1],
		.v = { c },
		.n = 1,
		.depth = s->depth + 1,
		.signatures = s->signatures,
	};

	in.leaf = c;
	in.ignore_leaf_expiry = false;
	return extend(&sub);
}

/* By the key that signed the certificate, or by another of the same CA: RFC 5280 6.3.3 (f), (g) */
static bool
crl_is_signed(struct search *s, const struct brski_crl *crl, size_t i)
{
	const struct brski_certs *bag = s->in->untrusted;
	const struct brski_cert *issuer = s->v[i + 1], *c;
	size_t k;

	if (may_sign(issuer, BRSKI_KU_CRL_SIGN) &&
	    signed_by(s, issuer, crl->sig_alg, crl->tbs, crl->sig))
		return true;
	if (bag == NULL || s->depth >= CRL_DEPTH_MAX)
		return false;
	for (k = 0; k < bag->n; k++) {
		c = &bag->v[k];
		/* Nobody clears himself: the certificate in question is no signer here. */
		if (brski_slice_eq(c->der, s->v[i]->der) || brski_slice_eq(c->der, issuer->der) ||
		    (c->key_usage & BRSKI_KU_CRL_SIGN) == 0 ||
		    !brski_name_eq(c->subject, crl->issuer))
			continue;
		if (signed_by(s, c, crl->sig_alg, crl->tbs, crl->sig) && signer_is_trusted(s, c))
			return true;
	}
	return false;
}

/* RFC 5280 6.3.3 (a): is it the CRL of now? A CRL without nextUpdate is none, 5.1.2.5. */
static bool
crl_is_current(const struct brski_crl *crl, int64_t at)
{
	return at == BRSKI_TIME_UNKNOWN || (crl->this_update <= at && at <= crl->next_update);
}

static const char is_revoked[] = "revoked";

/* What one CRL of the i-th's issuer says: NULL clears it; is_revoked; else why it says nothing. */
static const char *
ask_crl(struct search *s, const struct brski_crl *crl, size_t i)
{
	if (crl->unusable != NULL)
		return crl->unusable;
	if (!brski_crl_covers(crl, s->v[i]))
		return "for other certificates";
	if (!crl_is_signed(s, crl, i))
		return "signature wrong or signer not allowed";
	if (brski_crl_lists(crl, s->v[i]->serial))
		return is_revoked; /* still so when the CRL has run out */
	return crl_is_current(crl, s->in->at) ? NULL : "not of this time";
}

/* By the CRLs of the i-th's issuer: one is enough to revoke it, one to clear it. RFC 5280 6.3 */
static enum brski_rc
check_revocation(struct search *s, size_t i, struct brski_err *err)
{
	const struct brski_crls *crls = s->in->crls;
	const char *says, *why = "none of its issuer";
	char name[NAME_TEXT];
	bool clear = false;
	size_t k;

	for (k = 0; crls != NULL && k < crls->n; k++) {
		if (!brski_name_eq(crls->v[k]->issuer, s->v[i]->issuer))
			continue;
		says = ask_crl(s, crls->v[k], i);
		if (says == is_revoked)
			return brski_fail(err, BRSKI_E_REVOKED, "RFC 5280 6.3.3", "revoked: %s",
			    subject_text(s->v[i], name));
		if (says == NULL)
			clear = true;
		else
			why = says;
	}
	if (!clear && s->in->require_crl)
		return brski_fail(err, BRSKI_E_REVOKED, "RFC 5280 6.3.3", "no CRL (%s) for %s", why,
		    subject_text(s->v[i], name));
	return BRSKI_OK;
}

/* All but the signatures, from the anchor downwards as RFC 5280 6.1 goes. */
static enum brski_rc
check_path(struct search *s, struct brski_err *err)
{
	char name[NAME_TEXT];
	enum brski_rc rc;
	size_t i;

	for (i = s->n; i-- > 0;) {
		if ((rc = check_dates(s, i, err)) != BRSKI_OK ||
		    (i > 0 && (rc = check_issuer(s, i, err)) != BRSKI_OK))
			return rc;
		if (i == s->n - 1)
			continue; /* the anchor: input, not part of what is proven */
		/* Issuers have shown theirs by signing. */
		if (s->v[i]->key_type == BRSKI_KEY_NONE)
			return brski_fail(err, BRSKI_E_CERTIFICATE, "IEEE 802.1AR 9",
			    "key that is unknown or weak: %s", subject_text(s->v[i], name));
		if (brski_slice_present(s->v[i]->unknown_critical))
			return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.2",
			    "unknown critical extension: %s", subject_text(s->v[i], name));
		if ((rc = check_revocation(s, i, err)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}

/* RFC 4158 2.4.1: a path that meets the same name and key again is a loop. */
static bool
is_on_path(const struct search *s, const struct brski_cert *c)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (brski_slice_eq(s->v[i]->spki, c->spki) &&
		    brski_name_eq(s->v[i]->subject, c->subject))
			return true;
	return false;
}

/* Does the child's AKI name this key? A hint for the order, no more: RFC 5280 4.2.1.1. */
static bool
is_hinted(const struct brski_cert *child, const struct brski_cert *c)
{
	return brski_slice_present(child->aki) && brski_slice_eq(child->aki, c->ski);
}

/* Try the certificates of one list as next issuer, those with the right key identifier first. */
static bool
try_issuers(struct search *s, const struct brski_certs *list, bool anchors)
{
	const struct brski_cert *child = s->v[s->n - 1], *c;
	size_t i;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < list->n; i++) {
			c = &list->v[i];
			if (is_hinted(child, c) != (pass == 0) ||
			    !brski_name_eq(c->subject, child->issuer) ||
			    (anchors && s->only != NULL && !brski_slice_eq(c->der, s->only->der)) ||
			    (!anchors && is_on_path(s, c)) ||
			    !signed_by(s, c, child->sig_alg, child->tbs, child->sig))
				continue;
			s->v[s->n++] = c;
			if (anchors ? check_path(s, &s->constraint) == BRSKI_OK : extend(s))
				return true;
			s->n--;
		}
	return false;
}

/* Depth first, anchors before strangers, so that the shortest way out is tried first. */
static bool
extend(struct search *s)
{
	if (s->n == BRSKI_CHAIN_MAX)
		return false;
	return try_issuers(s, s->in->anchors, true) ||
	    (s->in->untrusted != NULL && try_issuers(s, s->in->untrusted, false));
}

/* Why not: the nearest miss counts. */
static enum brski_rc
refuse(const struct search *s, struct brski_err *err)
{
	const struct brski_err *why = &s->constraint;
	char name[NAME_TEXT];

	if (why->rc == BRSKI_OK)
		why = &s->signature;
	if (why->rc == BRSKI_OK)
		return brski_fail(err, BRSKI_E_UNKNOWN, "RFC 5280 6.1.1",
		    "no path to an anchor from %s", subject_text(s->in->leaf, name));
	if (err != NULL && err->rc == BRSKI_OK)
		*err = *why;
	return why->rc;
}

enum brski_rc
brski_path_validate(const struct brski_path *in, struct brski_path_found *found,
    struct brski_err *err)
{
	int signatures = BRSKI_PATH_SIGNATURES_MAX;
	struct search s = { .in = in, .v = { in->leaf }, .n = 1, .signatures = &signatures };
	size_t i;

	if (!(brski_certs_find(in->anchors, in->leaf->der) != NULL &&
	        check_path(&s, &s.constraint) == BRSKI_OK) &&
	    !extend(&s))
		return refuse(&s, err);
	if (found != NULL) {
		*found = (struct brski_path_found){ .n = s.n };
		for (i = 0; i < s.n; i++)
			found->v[i] = s.v[i];
	}
	return BRSKI_OK;
}
