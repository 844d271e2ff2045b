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

/* Is a CA of this very name and key in the list below what is trusted, or trusted itself? */
static bool
has_twin(const struct brski_cert *c, const struct brski_certs *list, const struct brski_certs *bag,
    const struct brski_certs *trust, int64_t at)
{
	const struct brski_cert *twin;
	size_t i;

	for (i = 0; i < list->n; i++) {
		twin = &list->v[i];
		/* who has a key certified for something else is not a CA by that */
		if (twin->ca && brski_slice_eq(twin->spki, c->spki) &&
		    brski_name_eq(twin->subject, c->subject) && leads_to(twin, bag, trust, at))
			return true;
	}
	return false;
}

/*
 * What is trusted signed it, or a certificate of its name and key: NewWithOld vouches for
 * NewWithNew, RFC 4210 4.4.1. OldWithNew, which anybody can make, vouches for nobody.
 */
static bool
introduced(const struct brski_cert *c, const struct brski_certs *bag,
    const struct brski_certs *trust, int64_t at)
{
	return leads_to(c, bag, trust, at) || has_twin(c, bag, bag, trust, at) ||
	    has_twin(c, trust, bag, trust, at);
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
 * Below what is trusted, or, where a sub-CA or a registrar is pinned, above it: the issuer of what
 * we trust already could have signed anything below it.
 */
static bool
vouched_for(const struct brski_cert *c, const struct brski_certs *bag,
    const struct brski_certs *trust, int64_t at)
{
	struct brski_certs above = just(c);
	size_t i;

	if (introduced(c, bag, trust, at))
		return true;
	for (i = 0; i < trust->n && !has_root(trust); i++)
		if (leads_to(&trust->v[i], bag, &above, at))
			return true;
	return false;
}

/* One round over the bag: add what is vouched for now. Counts what was added and what is left. */
static enum brski_rc
grow(const struct brski_certs *bag, int64_t at, struct brski_certs *trust, size_t *added,
    size_t *left, struct brski_err *err)
{
	enum brski_rc rc;
	size_t i;

	*added = *left = 0;
	for (i = 0; i < bag->n; i++) {
		/* an end entity is no anchor of anybody */
		if (!bag->v[i].ca || brski_certs_find(trust, bag->v[i].der) != NULL)
			continue;
		if (!vouched_for(&bag->v[i], bag, trust, at)) {
			++*left;
			continue;
		}
		if ((rc = brski_certs_add(trust, bag->v[i].der, err)) != BRSKI_OK)
			return rc;
		++*added;
	}
	return BRSKI_OK;
}

/* trust grows until nothing is left, or nothing more is vouched for. */
static enum brski_rc
extend(const struct brski_certs *bag, int64_t at, struct brski_certs *trust, struct brski_err *err)
{
	size_t added, left = 0;
	enum brski_rc rc;

	do {
		if ((rc = grow(bag, at, trust, &added, &left, err)) != BRSKI_OK)
			return rc;
	} while (added > 0 && left > 0);
	if (left > 0)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 7030 4.1.3",
		    "%zu of the %zu CA certificates do not connect to the pinned domain", left,
		    bag->n);
	return BRSKI_OK;
}

enum brski_rc
pledge_trust_extend(const struct brski_certs *have, const struct brski_certs *bag, int64_t at,
    struct brski_certs *out, struct brski_err *err)
{
	struct brski_certs trust = { .heap = out->heap };
	enum brski_rc rc;

	*out = trust;
	if ((rc = brski_certs_copy(&trust, have, err)) != BRSKI_OK ||
	    (rc = extend(bag, at, &trust, err)) != BRSKI_OK) {
		brski_certs_clear(&trust);
		return rc;
	}
	*out = trust;
	return BRSKI_OK;
}

static enum brski_rc
add_cas(const struct brski_certs *bag, struct brski_certs *trust, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < bag->n && rc == BRSKI_OK; i++)
		if (bag->v[i].ca && brski_certs_find(trust, bag->v[i].der) == NULL)
			rc = brski_certs_add(trust, bag->v[i].der, err);
	return rc;
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

static enum brski_rc
check_introduced(const struct brski_certs *fresh, const struct brski_certs *bag,
    const struct brski_certs *have, int64_t at, struct brski_err *err)
{
	char name[NAME_TEXT];
	size_t i;

	for (i = 0; i < fresh->n; i++)
		if (!introduced(&fresh->v[i], bag, have, at))
			return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 4210 4.4.1",
			    "no CA that we trust introduces %s",
			    brski_name_text(fresh->v[i].subject, name, sizeof(name)));
	return BRSKI_OK;
}

enum brski_rc
pledge_trust_renewed(const struct brski_certs *have, const struct brski_certs *bag,
    const struct brski_certs *server, int64_t at, struct brski_certs *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = add_cas(bag, out, err)) != BRSKI_OK ||
	    (rc = check_introduced(out, bag, have, at, err)) != BRSKI_OK ||
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
