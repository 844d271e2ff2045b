/* SPDX-License-Identifier: Apache-2.0 */
#include "voucher/voucher.h"

#define AT(member) offsetof(struct brski_voucher, member)

/* clang-format off */
/* RFC 8366 5.3, RFC 8995 3.4; the SIDs are the tables of rfc8366bis 8.5 and 9.3. */
const struct brski_leaf brski_leaves[] = {
	{ "assertion", BRSKI_LEAF_ENUM, AT(assertion), { 2452, 2502 } },
	{ "created-on", BRSKI_LEAF_DATE, AT(created_on), { 2453, 2503 } },
	{ "domain-cert-revocation-checks", BRSKI_LEAF_BOOL, AT(domain_cert_revocation_checks),
	  { 2454, 2504 } },
	{ "expires-on", BRSKI_LEAF_DATE, AT(expires_on), { 2455, 2505 } },
	{ "idevid-issuer", BRSKI_LEAF_BINARY, AT(idevid_issuer), { 2456, 2506 } },
	{ "last-renewal-date", BRSKI_LEAF_DATE, AT(last_renewal_date), { 2457, 2507 } },
	{ "nonce", BRSKI_LEAF_NONCE, AT(nonce), { 2458, 2508 } },
	{ "pinned-domain-cert", BRSKI_LEAF_BINARY, AT(pinned_domain_cert), { 2459, 2509 } },
	{ "pinned-domain-pubk", BRSKI_LEAF_BINARY, AT(pinned_domain_pubk), { 2460, 2518 } },
	{ "pinned-domain-pubk-sha256", BRSKI_LEAF_BINARY, AT(pinned_domain_pubk_sha256),
	  { 2461, 2519 } },
	{ "serial-number", BRSKI_LEAF_STRING, AT(serial_number), { 2462, 2514 } },
	{ "additional-configuration-url", BRSKI_LEAF_STRING, AT(additional_configuration_url),
	  { 2463, 2520 } },
	{ "est-domain", BRSKI_LEAF_STRING, AT(est_domain), { 2464, 2521 } },
	{ "manufacturer-proprietary", BRSKI_LEAF_BINARY_URL, AT(manufacturer_proprietary),
	  { 2465, 2523 } },
	{ "extensions", BRSKI_LEAF_LIST, AT(extensions), { 2466, 2522 } },
	{ "prior-signed-voucher-request", BRSKI_LEAF_BINARY, AT(prior_signed_voucher_request),
	  { 0, 2510 } },
	{ "proximity-registrar-cert", BRSKI_LEAF_BINARY, AT(proximity_registrar_cert),
	  { 0, 2511 } },
	{ "proximity-registrar-pubk-sha256", BRSKI_LEAF_BINARY,
	  AT(proximity_registrar_pubk_sha256), { 0, 2512 } },
	{ "proximity-registrar-pubk", BRSKI_LEAF_BINARY, AT(proximity_registrar_pubk),
	  { 0, 2513 } },
	{ "agent-provided-proximity-registrar-cert", BRSKI_LEAF_BINARY,
	  AT(agent_provided_proximity_registrar_cert), { 0, 2515 } },
	{ "agent-sign-cert", BRSKI_LEAF_BINARY, AT(agent_sign_cert), { 0, 2516 } },
	{ "agent-signed-data", BRSKI_LEAF_BINARY, AT(agent_signed_data), { 0, 2517 } },
};
/* clang-format on */
const size_t brski_leaves_n = sizeof(brski_leaves) / sizeof(brski_leaves[0]);

static const char *const assertion_names[] = {
	[BRSKI_ASSERTION_VERIFIED] = "verified",
	[BRSKI_ASSERTION_LOGGED] = "logged",
	[BRSKI_ASSERTION_PROXIMITY] = "proximity",
	[BRSKI_ASSERTION_AGENT_PROXIMITY] = "agent-proximity",
};
#define ASSERTIONS_N ((int)(sizeof(assertion_names) / sizeof(assertion_names[0])))

const char *
brski_assertion_name(enum brski_assertion a)
{
	int i = (int)a;

	return i >= 0 && i < ASSERTIONS_N ? assertion_names[i] : NULL;
}

enum brski_assertion
brski_assertion_from(struct brski_slice name)
{
	int i;

	for (i = 0; i < ASSERTIONS_N; i++)
		if (brski_slice_eq(name, brski_slice_str(assertion_names[i])))
			return (enum brski_assertion)i;
	return BRSKI_ASSERTION_NONE;
}

const char *
brski_voucher_kind_name(enum brski_voucher_kind kind)
{
	return kind == BRSKI_VOUCHER ? "ietf-voucher:voucher" : "ietf-voucher-request:voucher";
}

const char *
brski_voucher_odd_text(unsigned bit)
{
	switch (bit) {
	case BRSKI_VOUCHER_ODD_NONCE:
		return "nonce is not padded standard base64";
	case BRSKI_VOUCHER_ODD_DATE:
		return "created-on is a date without a time";
	case BRSKI_VOUCHER_ODD_MISPLACED:
		return "a leaf of the other kind of voucher";
	default:
		return NULL;
	}
}

struct brski_voucher
brski_voucher_init(enum brski_voucher_kind kind)
{
	return (struct brski_voucher){ .kind = kind, .assertion = BRSKI_ASSERTION_NONE };
}

void
brski_voucher_clear(struct brski_voucher *v)
{
	brski_buf_clear(&v->store);
	*v = brski_voucher_init(v->kind);
}

const struct brski_leaf *
brski_leaf_find(struct brski_slice name)
{
	size_t i;

	for (i = 0; i < brski_leaves_n; i++)
		if (brski_slice_eq(name, brski_slice_str(brski_leaves[i].name)))
			return &brski_leaves[i];
	return NULL;
}

struct brski_slice
brski_leaf_slice(const struct brski_voucher *v, const struct brski_leaf *leaf)
{
	const char *member = (const char *)v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
	case BRSKI_LEAF_BOOL:
		return brski_slice(NULL, 0);
	case BRSKI_LEAF_DATE:
		return ((const struct brski_date *)(const void *)member)->text;
	default:
		return *(const struct brski_slice *)(const void *)member;
	}
}

bool
brski_leaf_present(const struct brski_voucher *v, const struct brski_leaf *leaf)
{
	const char *member = (const char *)v + leaf->offset;

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		return *(const enum brski_assertion *)(const void *)member != BRSKI_ASSERTION_NONE;
	case BRSKI_LEAF_BOOL:
		return *(const enum brski_tri *)(const void *)member != BRSKI_ABSENT;
	case BRSKI_LEAF_NONCE:
		return v->nonce.p != NULL || v->nonce_text.p != NULL;
	default:
		return brski_leaf_slice(v, leaf).p != NULL;
	}
}

bool
brski_nonce_eq(const struct brski_voucher *a, const struct brski_voucher *b)
{
	if (a->nonce.p != NULL && b->nonce.p != NULL)
		return brski_slice_eq(a->nonce, b->nonce);
	return (a->nonce_text.p != NULL) == (b->nonce_text.p != NULL) &&
	    (a->nonce.p != NULL) == (b->nonce.p != NULL) &&
	    brski_slice_eq(a->nonce_text, b->nonce_text);
}

/* A full-date, RFC 3339 5.6: what a pledge of 2017 writes into created-on. Midnight UTC. */
static bool
bare_date(struct brski_slice text, int64_t *at)
{
	char full[BRSKI_TIME_TEXT];

	if (text.n != 10)
		return false;
	memcpy(full, text.p, 10);
	memcpy(full + 10, "T00:00:00Z", sizeof("T00:00:00Z"));
	return brski_time_parse_rfc3339(brski_slice_str(full), at, NULL) == BRSKI_OK;
}

bool
brski_voucher_date(struct brski_slice text, bool bare, struct brski_voucher *v,
    struct brski_date *date)
{
	int64_t at;

	if (brski_time_parse_rfc3339(text, &at, NULL) != BRSKI_OK) {
		if (!bare || !bare_date(text, &at))
			return false;
		v->odd |= BRSKI_VOUCHER_ODD_DATE;
	}
	*date = (struct brski_date){ .text = text, .at = at };
	return true;
}
