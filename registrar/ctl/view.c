/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/view.h"

#include <stdio.h>
#include "base/text.h"
#include "voucher/json.h"

#define NAME_TEXT_MAX 256
/* A PVR inside an RVR; no further. */
#define NESTED_MAX 1
/* Longer values are cut in text: certificates and requests in base64. */
#define CUT_ABOVE 256
#define CUT_TO    56

static const char *const key_names[] = {
	[BRSKI_KEY_NONE] = "unknown or too weak",
	[BRSKI_KEY_P256] = "P-256",
	[BRSKI_KEY_P384] = "P-384",
	[BRSKI_KEY_P521] = "P-521",
	[BRSKI_KEY_RSA] = "RSA",
	[BRSKI_KEY_ED25519] = "Ed25519",
};

static json_t *
text(struct brski_slice in)
{
	return json_stringn((const char *)in.p, in.n);
}

/* Bytes that ought to be text, made safe. */
static json_t *
safe_text(struct brski_slice in)
{
	char out[NAME_TEXT_MAX];

	return json_string(brski_text_safe(in, out, sizeof(out)));
}

static json_t *
hex(struct brski_slice in)
{
	struct brski_buf out = { 0 };
	json_t *v = NULL;

	if (brski_hex_encode(in, &out, NULL) == BRSKI_OK)
		v = text(brski_buf_slice(&out));
	brski_buf_clear(&out);
	return v;
}

static json_t *
base64(struct brski_slice in)
{
	struct brski_buf out = { 0 };
	json_t *v = NULL;

	if (brski_base64_encode(in, &out, NULL) == BRSKI_OK)
		v = text(brski_buf_slice(&out));
	brski_buf_clear(&out);
	return v;
}

static json_t *
date(int64_t at)
{
	char out[BRSKI_TIME_TEXT];

	if (at == BRSKI_TIME_UNKNOWN)
		return json_null();
	brski_time_format_rfc3339(at, out);
	return json_string(out);
}

static json_t *
name(struct brski_slice der)
{
	char out[NAME_TEXT_MAX];
	json_t *v = json_string(brski_name_text(der, out, sizeof(out)));

	/* cut inside a character, or never UTF-8 */
	return v != NULL ? v : safe_text(brski_slice_str(out));
}

json_t *
ctl_view_cert(const struct brski_cert *c)
{
	json_t *v = json_object();
	uint8_t hash[BRSKI_SHA256_SIZE];
	bool ok;

	brski_sha256(c->der, hash);
	ok = brski_json_put(v, "subject", name(c->subject)) &&
	    brski_json_put(v, "issuer", name(c->issuer)) &&
	    brski_json_put(v, "serial", hex(c->serial)) &&
	    brski_json_put(v, "not-before", date(c->not_before)) &&
	    brski_json_put(v, "not-after", date(c->not_after)) &&
	    brski_json_put(v, "key", json_string(key_names[c->key_type])) &&
	    brski_json_put(v, "ca", json_boolean(c->ca)) &&
	    brski_json_put(v, "cmc-ra", json_boolean((c->eku & BRSKI_EKU_CMC_RA) != 0)) &&
	    (c->masa_url.p == NULL || brski_json_put(v, "masa-url", safe_text(c->masa_url))) &&
	    brski_json_put(v, "sha256", hex(brski_slice(hash, sizeof(hash))));
	if (!ok) {
		json_decref(v);
		return NULL;
	}
	return v;
}

json_t *
ctl_view_err(const struct brski_err *err)
{
	return json_pack("{s:s, s:s?, s:o}", "code", brski_rc_name(err->rc), "clause", err->spec,
	    "reason", safe_text(brski_slice_str(err->detail)));
}

static json_t *
view_certs(const struct brski_certs *certs)
{
	json_t *v = json_array();
	size_t i;

	for (i = 0; i < certs->n; i++)
		if (json_array_append_new(v, ctl_view_cert(&certs->v[i])) != 0) {
			json_decref(v);
			return NULL;
		}
	return v;
}

static json_t *
view_leaf(const struct brski_voucher *v, const struct brski_leaf *leaf)
{
	struct brski_slice bytes = brski_leaf_slice(v, leaf);

	switch (leaf->type) {
	case BRSKI_LEAF_ENUM:
		return json_string(brski_assertion_name(v->assertion));
	case BRSKI_LEAF_BOOL:
		return json_boolean(v->domain_cert_revocation_checks == BRSKI_TRUE);
	case BRSKI_LEAF_LIST:
		/* JSON's bracket is the head of no CBOR array */
		return bytes.p[0] == '[' ? json_loadb((const char *)bytes.p, bytes.n, 0, NULL)
		                         : ctl_view_cbor(bytes);
	case BRSKI_LEAF_BINARY:
	case BRSKI_LEAF_BINARY_URL:
		return base64(bytes);
	case BRSKI_LEAF_NONCE:
		return v->nonce_text.p != NULL ? text(v->nonce_text) : base64(bytes);
	default:
		return text(bytes);
	}
}

static json_t *
view_leaves(const struct brski_voucher *v)
{
	json_t *leaves = json_object();
	size_t i;

	for (i = 0; i < brski_leaves_n; i++)
		if (brski_leaf_present(v, &brski_leaves[i]) &&
		    !brski_json_put(leaves, brski_leaves[i].name, view_leaf(v, &brski_leaves[i]))) {
			json_decref(leaves);
			return NULL;
		}
	return leaves;
}

/* What the leaves ending in -cert hold, by leaf; one that is no certificate is said to be none. */
static json_t *
view_leaf_certs(const struct brski_voucher *v)
{
	const struct brski_leaf *leaf;
	json_t *certs = json_object();
	struct brski_cert c;
	size_t i, n;

	for (i = 0; i < brski_leaves_n; i++) {
		leaf = &brski_leaves[i];
		n = strlen(leaf->name);
		if (strcmp(leaf->name + n - 5, "-cert") != 0 || !brski_leaf_present(v, leaf))
			continue;
		if (brski_cert_decode(brski_leaf_slice(v, leaf), &c, NULL) == BRSKI_OK)
			(void)brski_json_put(certs, leaf->name, ctl_view_cert(&c));
		else
			(void)brski_json_put(certs, leaf->name, json_null());
	}
	return certs;
}

static json_t *
view_odd(const struct brski_signed *env, const struct brski_voucher *v)
{
	json_t *odd = json_array();
	unsigned bit;

	for (bit = 1; bit != 0; bit <<= 1) {
		if ((env->odd & bit) != 0)
			(void)json_array_append_new(odd, json_string(brski_odd_text(bit)));
		if ((v->odd & bit) != 0)
			(void)json_array_append_new(odd, json_string(brski_voucher_odd_text(bit)));
	}
	if (v->unknown > 0)
		(void)json_array_append_new(odd,
		    json_sprintf("%u members that are not known", v->unknown));
	return odd;
}

/* The numbers that stand for the leaves in CBOR, RFC 9254 4.2.1; NULL for JSON. */
static json_t *
view_sids(const struct brski_voucher *v, const struct brski_format *f)
{
	json_t *sids = json_object();
	size_t i;

	for (i = 0; i < brski_leaves_n; i++)
		if (brski_leaf_present(v, &brski_leaves[i]))
			(void)brski_json_put(sids, brski_leaves[i].name,
			    json_integer(brski_leaves[i].sid[v->kind]));
	if (f->encode == brski_voucher_encode_cbor)
		return sids;
	json_decref(sids);
	return NULL;
}

static json_t *view_object(struct brski_slice wire, const struct brski_certs *context, int nested,
    struct brski_err *payload, struct brski_err *err);

static bool
put_voucher(json_t *o, const struct brski_format *f, const struct brski_voucher *v,
    const struct brski_certs *bag, int nested)
{
	struct brski_slice prior = v->prior_signed_voucher_request;
	struct brski_err payload = { 0 }, err = { 0 };
	json_t *inner, *sids = view_sids(v, f);
	bool ok;

	ok = brski_json_put(o, "kind",
	         json_string(v->kind == BRSKI_VOUCHER ? "voucher" : "voucher-request")) &&
	    brski_json_put(o, "leaves", view_leaves(v)) &&
	    (sids == NULL || brski_json_put(o, "leaf-sids", sids)) &&
	    brski_json_put(o, "leaf-certificates", view_leaf_certs(v));
	if (!ok || prior.p == NULL || nested == NESTED_MAX)
		return ok;
	inner = view_object(prior, bag, nested + 1, &payload, &err);
	return brski_json_put(o, "prior", inner != NULL ? inner : ctl_view_err(&err));
}

static bool
put_envelope(json_t *o, const struct brski_format *f, struct brski_slice wire,
    const struct brski_signed *env, const struct brski_err *verdict)
{
	json_t *headers = ctl_view_cose_headers(wire);

	return brski_json_put(o, "format", json_string(f->media_type)) &&
	    brski_json_put(o, "bytes", json_integer((json_int_t)wire.n)) &&
	    (headers == NULL || brski_json_put(o, "headers", headers)) &&
	    brski_json_put(o, "signature",
	        verdict->rc == BRSKI_OK ? json_string("right") : ctl_view_err(verdict)) &&
	    brski_json_put(o, "signer",
	        env->signer != NULL ? ctl_view_cert(env->signer) : json_null()) &&
	    brski_json_put(o, "signing-time", date(env->signing_time)) &&
	    brski_json_put(o, "certificates", view_certs(&env->certs));
}

static enum brski_rc
look(struct brski_slice wire, const struct brski_certs *context, const struct brski_format **f,
    struct brski_signed *env, struct brski_err *verdict, struct brski_err *err)
{
	*f = brski_format_sniff(wire);
	if (*f == NULL)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 8995 3",
		    "not a signed voucher in a format that we know");
	return (*f)->look(wire, context, env, verdict, err);
}

static json_t *
view_object(struct brski_slice wire, const struct brski_certs *context, int nested,
    struct brski_err *payload, struct brski_err *err)
{
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	const struct brski_format *f;
	struct brski_err verdict = { 0 };
	struct brski_signed env = { 0 };
	json_t *o;
	bool ok;

	if (look(wire, context, &f, &env, &verdict, err) != BRSKI_OK)
		return NULL;
	o = json_object();
	ok = put_envelope(o, f, wire, &env, &verdict);
	if (env.payload.p == NULL)
		*payload = verdict; /* which says what is there instead */
	else if (f->decode(env.payload, &v, payload) == BRSKI_OK)
		ok = ok && put_voucher(o, f, &v, &env.certs, nested);
	if (payload->rc != BRSKI_OK)
		ok = ok && brski_json_put(o, "payload", ctl_view_err(payload));
	ok = ok && brski_json_put(o, "odd", view_odd(&env, &v));
	brski_voucher_clear(&v);
	brski_signed_clear(&env);
	if (!ok) {
		(void)brski_broken(err, BRSKI_E_NOMEM, "no memory");
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
ctl_view_object(struct brski_slice wire, const struct brski_certs *context,
    struct brski_err *payload, struct brski_err *err)
{
	return view_object(wire, context, 0, payload, err);
}

static void print_members(const json_t *v, int indent);

static void
print_scalar(const json_t *v)
{
	struct brski_slice s = brski_json_text(v);
	char safe[CUT_ABOVE + 1];

	if (s.p != NULL && s.n > CUT_ABOVE)
		printf(" %.*s... (%zu characters)\n", CUT_TO, brski_text_safe(s, safe, CUT_TO + 1),
		    s.n);
	else if (s.p != NULL)
		printf(" %s\n",
		    brski_text_is_clean(s) ? (const char *)s.p
		                           : brski_text_safe(s, safe, sizeof(safe)));
	else if (json_is_integer(v))
		printf(" %lld\n", (long long)json_integer_value(v));
	else
		printf(" %s\n", json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "none");
}

static void
print_value(const json_t *v, int indent)
{
	size_t i;

	if (json_is_object(v) && json_object_size(v) > 0) {
		putchar('\n');
		print_members(v, indent + 2);
	} else if (json_is_array(v) && json_array_size(v) > 0) {
		putchar('\n');
		for (i = 0; i < json_array_size(v); i++) {
			printf("%*s-", indent + 2, "");
			print_value(json_array_get(v, i), indent + 2);
		}
	} else {
		print_scalar(v);
	}
}

static void
print_members(const json_t *v, int indent)
{
	const char *key;
	json_t *member;

	/* jansson's iterator takes a writable object, nothing is written */
	json_object_foreach((json_t *)(uintptr_t)v, key, member)
	{
		printf("%*s%s:", indent, "", key);
		print_value(member, indent);
	}
}

int
ctl_view_print(json_t *value, bool json)
{
	if (json || value == NULL)
		return ctl_print_json(value);
	print_members(value, 0);
	json_decref(value);
	return fflush(stdout) == 0 ? CTL_OK : CTL_USAGE;
}

int
ctl_refused(const struct brski_err *err, json_t *result, bool json)
{
	int rc = CTL_REFUSED;

	if (err->spec == NULL) {
		json_decref(result);
		return ctl_fail(err);
	}
	fprintf(stderr, "brskictl: refused: %s: %s (%s)\n", err->spec, err->detail,
	    brski_rc_name(err->rc));
	(void)brski_json_put(result, "accepted", json_false());
	(void)json_object_update_new(result, ctl_view_err(err));
	if (json && ctl_print_json(json_incref(result)) != CTL_OK)
		rc = CTL_USAGE;
	json_decref(result);
	return rc;
}
