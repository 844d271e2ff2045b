/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/trust.h"

#include "base/text.h"
#include "crypto/path.h"
#include "pledge/imprint.h"

#define NAME_TEXT 96

/* A list of one, borrowed. */
static struct brski_certs
just(const struct brski_cert *c)
{
	return (struct brski_certs){ .v = (struct brski_cert *)(uintptr_t)c, .n = 1 };
}

static bool
leads_to(const struct brski_cert *leaf, const struct brski_certs *bag,
    const struct brski_certs *anchors, int64_t at)
{
	struct brski_path path = { .leaf = leaf, .untrusted = bag, .anchors = anchors, .at = at };

	return brski_path_validate(&path, NULL, NULL) == BRSKI_OK;
}

/* What CA certificates are vouched for by, as they are added to a list. */
struct growth {
	const struct brski_certs *bag;
	const struct brski_certs *have; /* at a renewal: what is trusted so far; else NULL */
	int64_t at;
	struct brski_certs *trust; /* what is added to */
};

static bool
signed_itself(const struct brski_cert *c)
{
	return brski_verify(c->spki, c->sig_alg, c->tbs, c->sig, NULL) == BRSKI_OK;
}

/*
 * Is a CA of this very name and key certified by what is trusted? NewWithOld introduces NewWithNew,
 * RFC 4210 4.4.1. OldWithNew, which anybody can make, introduces nobody.
 */
static bool
is_introduced(const struct growth *g, const struct brski_cert *c, const struct brski_certs *trust)
{
	const struct brski_cert *twin;
	size_t i;

	for (i = 0; i < g->bag->n; i++) {
		twin = &g->bag->v[i];
		/* who has a key certified for something else is not a CA by that */
		if (twin->ca && brski_slice_eq(twin->spki, c->spki) &&
		    brski_name_eq(twin->subject, c->subject) &&
		    leads_to(twin, g->bag, trust, g->at))
			return signed_itself(c);
	}
	return false;
}

static bool
is_below(const struct growth *g, const struct brski_cert *c, const struct brski_certs *trust)
{
	return leads_to(c, g->bag, trust, g->at) || is_introduced(g, c, trust);
}

/* Is there a root in it? Then nothing is above it. */
static bool
has_root(const struct brski_certs *trust)
{
	size_t i;

	for (i = 0; i < trust->n; i++)
		if (trust->v[i].ca && brski_cert_self_issued(&trust->v[i]))
			return true;
	return false;
}

/*
 * Where a sub-CA or a registrar is pinned: the issuer of what we trust already could have signed
 * anything below it.
 */
static bool
is_above(const struct growth *g, const struct brski_cert *c)
{
	struct brski_certs above = just(c);
	size_t i;

	if (has_root(g->trust))
		return false;
	for (i = 0; i < g->trust->n; i++)
		if (leads_to(&g->trust->v[i], g->bag, &above, g->at))
			return true;
	return false;
}

static bool
vouched_for(const struct growth *g, const struct brski_cert *c)
{
	return is_below(g, c, g->trust) ||
	    (g->have != NULL ? is_below(g, c, g->have) : is_above(g, c));
}

/* One round over the bag: add what is vouched for now. Counts what was added; the last one left. */
static enum brski_rc
grow(struct growth *g, size_t *added, const struct brski_cert **left, struct brski_err *err)
{
	const struct brski_cert *c;
	enum brski_rc rc;
	size_t i;

	*added = 0;
	*left = NULL;
	for (i = 0; i < g->bag->n; i++) {
		c = &g->bag->v[i];
		/* an end entity is no anchor of anybody */
		if (!c->ca || brski_certs_find(g->trust, c->der) != NULL)
			continue;
		if (!vouched_for(g, c)) {
			*left = c;
			continue;
		}
		if ((rc = brski_certs_add(g->trust, c->der, err)) != BRSKI_OK)
			return rc;
		++*added;
	}
	return BRSKI_OK;
}

/* trust grows until nothing is left, or nothing more is vouched for. */
static enum brski_rc
extend(struct growth *g, struct brski_err *err)
{
	const struct brski_cert *left;
	char name[NAME_TEXT];
	enum brski_rc rc;
	size_t added;

	do {
		if ((rc = grow(g, &added, &left, err)) != BRSKI_OK)
			return rc;
	} while (added > 0 && left != NULL);
	if (left != NULL)
		return brski_fail(err, BRSKI_E_CERTIFICATE,
		    g->have != NULL ? "RFC 4210 4.4.1" : "RFC 7030 4.1.3",
		    "no CA that we trust vouches for %s",
		    brski_name_text(left->subject, name, sizeof(name)));
	return BRSKI_OK;
}

enum brski_rc
pledge_trust_extend(const struct brski_certs *have, const struct brski_certs *bag, int64_t at,
    struct brski_certs *out, struct brski_err *err)
{
	struct brski_certs trust = { .heap = out->heap };
	struct growth g = { .bag = bag, .at = at, .trust = &trust };
	enum brski_rc rc;

	*out = trust;
	if ((rc = brski_certs_copy(&trust, have, err)) != BRSKI_OK ||
	    (rc = extend(&g, err)) != BRSKI_OK) {
		brski_certs_clear(&trust);
		return rc;
	}
	*out = trust;
	return BRSKI_OK;
}

static enum brski_rc
check_covers(const struct brski_certs *trust, const struct brski_certs *server, int64_t at,
    struct brski_err *err)
{
	if (pledge_trust_server(trust, server, at, NULL) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3",
		    "the domain's certificates of now do not lead to the registrar that sent them");
	return BRSKI_OK;
}

enum brski_rc
pledge_trust_renewed(const struct brski_certs *have, const struct brski_certs *bag,
    const struct brski_certs *server, int64_t at, struct brski_certs *out, struct brski_err *err)
{
	struct growth g = { .bag = bag, .have = have, .at = at, .trust = out };
	enum brski_rc rc;

	if ((rc = extend(&g, err)) != BRSKI_OK ||
	    (rc = check_covers(out, server, at, err)) != BRSKI_OK)
		brski_certs_clear(out);
	return rc;
}

static const struct brski_cert *
find_key(const struct brski_certs *bag, struct brski_slice spki)
{
	size_t i;

	for (i = 0; i < bag->n; i++)
		if (brski_slice_eq(bag->v[i].spki, spki))
			return &bag->v[i];
	return NULL;
}

bool
pledge_trust_suffices(const struct brski_certs *bag, struct brski_slice spki,
    const struct brski_certs *trust, int64_t at)
{
	struct brski_path path = { .leaf = find_key(bag, spki), .anchors = trust, .at = at };
	struct brski_path_found found;

	/* with nothing in between, the second certificate of the path is the anchor */
	return path.leaf != NULL && brski_path_validate(&path, &found, NULL) == BRSKI_OK &&
	    found.n == 2 && brski_cert_self_issued(found.v[1]);
}

enum brski_rc
pledge_trust_issued(const struct brski_certs *bag, struct brski_slice spki,
    struct brski_slice serial, const struct brski_certs *trust, int64_t at,
    const struct brski_cert **out, struct brski_err *err)
{
	struct brski_path path = { .untrusted = bag, .anchors = trust, .at = at };
	const struct brski_cert *c;
	enum brski_rc rc;

	*out = NULL;
	if ((c = find_key(bag, spki)) == NULL)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 7030 4.2.3",
		    "none of the %zu certificates in the answer is for our key", bag->n);
	path.leaf = c;
	if ((rc = brski_path_validate(&path, NULL, err)) != BRSKI_OK)
		return rc;
	/* an empty Name is a SEQUENCE of two octets */
	if (c->subject.n <= 2 ||
	    (c->serial_number.p != NULL && !brski_slice_eq(c->serial_number, serial)))
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 8995 5.9.3",
		    "the certificate issued to us names %s",
		    c->subject.n <= 2 ? "nobody" : "another device");
	*out = c;
	return BRSKI_OK;
}

enum brski_rc
pledge_trust_server(const struct brski_certs *trust, const struct brski_certs *chain, int64_t at,
    struct brski_err *err)
{
	struct brski_voucher pin = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_err why = { 0 };
	enum brski_rc rc = BRSKI_E_PIN;
	size_t i;

	for (i = 0; i < trust->n && rc != BRSKI_OK; i++) {
		why = (struct brski_err){ 0 };
		pin.pinned_domain_cert = trust->v[i].der;
		rc = pledge_pin_check(&pin, chain, at, &why);
	}
	if (rc != BRSKI_OK && err != NULL && err->rc == BRSKI_OK)
		*err = why;
	return rc;
}
