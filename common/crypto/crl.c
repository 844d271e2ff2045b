/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "crypto/crl.h"
#include "crypto/spki.h"
#include "crypto/x509.h"

#define CONTEXT(n)       (BRSKI_DER_CONTEXT | (n))
#define CONTEXT_CONS(n)  (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))

#define ENTRY_INVALIDITY BRSKI_LIT("\x55\x1d\x18")
#define EXT_DELTA        BRSKI_LIT("\x55\x1d\x1b")

/* One revokedCertificates entry; exts is absent where it has none. */
static bool
take_entry(struct brski_slice *in, struct brski_crl_entry *e, struct brski_slice *exts)
{
	struct brski_slice seq;

	if (!brski_der_take(in, BRSKI_DER_SEQUENCE, &seq) ||
	    !brski_der_take(&seq, BRSKI_DER_INTEGER, &e->serial) ||
	    !brski_time_take(&seq, &e->revoked))
		return false;
	*exts = seq.n > 0 ? seq : (struct brski_slice){ NULL, 0 };
	return true;
}

/* RFC 5280 5.3: one entry that we cannot read in full makes the whole CRL unusable. */
static bool
read_entries(struct brski_crl *crl)
{
	struct brski_slice in = crl->entries, exts;
	struct brski_crl_entry entry;
	struct brski_ext e[BRSKI_EXT_MAX];
	size_t n, i;

	while (in.n > 0) {
		if (!take_entry(&in, &entry, &exts))
			return false;
		if (!brski_slice_present(exts))
			continue;
		if (!brski_exts_read(exts, e, &n))
			return false;
		for (i = 0; i < n; i++)
			if (e[i].critical && !brski_slice_eq(e[i].oid, BRSKI_EXT_CRL_REASON) &&
			    !brski_slice_eq(e[i].oid, ENTRY_INVALIDITY))
				crl->unusable = "unknown critical extension in an entry";
	}
	return true;
}

static bool
read_extensions(struct brski_slice der, struct brski_crl *crl)
{
	struct brski_ext e[BRSKI_EXT_MAX];
	struct brski_slice rest;
	size_t n, i;

	if (!brski_exts_read(der, e, &n))
		return false;
	for (i = 0; i < n; i++) {
		if (!brski_der_is_strict(e[i].value))
			return false;
		if (brski_slice_eq(e[i].oid, BRSKI_EXT_ISSUING_POINT)) {
			rest = e[i].value;
			if (!brski_der_take(&rest, BRSKI_DER_SEQUENCE, &crl->point))
				return false;
		} else if (brski_slice_eq(e[i].oid, EXT_DELTA)) {
			crl->unusable = "delta CRL";
		} else if (e[i].critical && !brski_slice_eq(e[i].oid, BRSKI_EXT_CRL_NUMBER) &&
		    !brski_slice_eq(e[i].oid, BRSKI_EXT_AUTHORITY_KEY_ID)) {
			crl->unusable = "unknown critical extension";
		}
	}
	return true;
}

/* TBSCertList, RFC 5280 5.1.2 */
static bool
read_tbs(struct brski_slice in, struct brski_slice outer_alg, struct brski_crl *crl)
{
	struct brski_slice version, part, rest;

	/* v2 says so; v1 says nothing and has no extensions. */
	bool v2 = brski_der_take(&in, BRSKI_DER_INTEGER, &version);

	if (v2 && !brski_slice_eq(version, BRSKI_LIT("\x01")))
		return false;
	/* RFC 5280 5.1.1.2: said twice, once under the signature. */
	rest = in;
	if (!brski_der_take(&in, BRSKI_DER_SEQUENCE, &part) ||
	    !brski_slice_eq(brski_slice(rest.p, rest.n - in.n), outer_alg))
		return false;
	rest = in;
	if (!brski_der_take(&in, BRSKI_DER_SEQUENCE, &part))
		return false;
	crl->issuer = brski_slice(rest.p, rest.n - in.n);
	if (!brski_name_read(crl->issuer, &part) || !brski_time_take(&in, &crl->this_update))
		return false;
	if (!brski_time_take(&in, &crl->next_update))
		crl->next_update = BRSKI_TIME_UNKNOWN;
	if (brski_der_take(&in, BRSKI_DER_SEQUENCE, &crl->entries) && !read_entries(crl))
		return false;
	if (brski_der_take(&in, CONTEXT_CONS(0), &part) && (!v2 || !read_extensions(part, crl)))
		return false;
	return in.n == 0;
}

static enum brski_rc
decode(struct brski_crl *crl, struct brski_err *err)
{
	struct brski_slice tbs, alg, in;

	if (!brski_der_signed(crl->der, &crl->tbs, &alg, &crl->sig))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 5.1",
		    "CRL: not three elements in strict DER and nothing after them");
	crl->sig_alg = brski_alg_read(alg);
	tbs = crl->tbs;
	(void)brski_der_take(&tbs, BRSKI_DER_SEQUENCE, &in);
	if (!read_tbs(in, alg, crl))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5280 5.1.2", "broken CRL");
	return BRSKI_OK;
}

enum brski_rc
brski_crl_decode(struct brski_slice in, struct brski_crl **out, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CRL_MAX };
	struct brski_crl *crl = NULL;
	enum brski_rc rc;

	*out = NULL;
	if ((rc = brski_buf_append(&der, in, err)) != BRSKI_OK)
		goto out;
	if ((crl = brski_heap_zalloc(NULL, sizeof(*crl))) == NULL) {
		rc = brski_broken(err, BRSKI_E_NOMEM, "no memory for a CRL");
		goto out;
	}
	crl->der = brski_buf_slice(&der);
	if ((rc = decode(crl, err)) != BRSKI_OK)
		goto out;
	der = (struct brski_buf){ 0 }; /* the CRL's now */
	*out = crl;
	crl = NULL;
out:
	brski_heap_free(NULL, crl);
	brski_buf_clear(&der);
	return rc;
}

void
brski_crl_free(struct brski_crl *crl)
{
	if (crl == NULL)
		return;
	brski_heap_free(NULL, (void *)(uintptr_t)crl->der.p);
	brski_heap_free(NULL, crl);
}

/* A DEFAULT FALSE flag of the issuing distribution point. */
static bool
take_flag(struct brski_slice *in, uint8_t tag)
{
	struct brski_slice flag;

	return brski_der_take(in, tag, &flag) && flag.n == 1 && flag.p[0] != 0;
}

/* Is the CRL's fullName among the certificate's distribution points? RFC 5280 6.3.3 (b) (2) (i) */
static bool
point_is_ours(struct brski_slice crl_choice, const struct brski_cert *c)
{
	struct brski_slice points = c->crl_points, point, choice, ours, theirs;

	if (!brski_der_take(&crl_choice, CONTEXT_CONS(0), &theirs))
		return false;
	while (brski_der_take(&points, BRSKI_DER_SEQUENCE, &point))
		/* One with reasons or a cRLIssuer asks for another kind of CRL. */
		if (brski_der_take(&point, CONTEXT_CONS(0), &choice) && point.n == 0 &&
		    brski_der_take(&choice, CONTEXT_CONS(0), &ours) &&
		    brski_general_names_meet(ours, theirs))
			return true;
	return false;
}

bool
brski_crl_covers(const struct brski_crl *crl, const struct brski_cert *c)
{
	struct brski_slice in = crl->point, choice = { NULL, 0 }, reasons;
	bool only_users, only_cas, some_reasons, indirect, attributes;

	if (!brski_slice_present(in))
		return true;
	(void)brski_der_take(&in, CONTEXT_CONS(0), &choice);
	only_users = take_flag(&in, CONTEXT(1));
	only_cas = take_flag(&in, CONTEXT(2));
	some_reasons = brski_der_take(&in, CONTEXT(3), &reasons);
	indirect = take_flag(&in, CONTEXT(4));
	attributes = take_flag(&in, CONTEXT(5));
	if (in.n != 0 || some_reasons || indirect || attributes || (only_users && c->ca) ||
	    (only_cas && !c->ca))
		return false;
	return !brski_slice_present(choice) || point_is_ours(choice, c);
}

static const struct {
	enum brski_reason code;
	const char *name;
} reasons[] = {
#define X(number, name, text) { BRSKI_REASON_##name, text },
	BRSKI_REASON_TABLE(X)
#undef X
};

const char *
brski_reason_name(int code)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if ((int)reasons[i].code == code)
			return reasons[i].name;
	return NULL;
}

bool
brski_reason_from(struct brski_slice name, enum brski_reason *out)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (brski_slice_eq(name, brski_slice_str(reasons[i].name))) {
			*out = reasons[i].code;
			return true;
		}
	return false;
}

/* RFC 5280 5.3.1. Whoever is revoked for a reason that we cannot read is revoked. */
static enum brski_reason
entry_reason(struct brski_slice exts)
{
	struct brski_ext e[BRSKI_EXT_MAX];
	struct brski_slice code;
	size_t n, i;

	if (!brski_slice_present(exts) || !brski_exts_read(exts, e, &n))
		return BRSKI_REASON_UNSPECIFIED;
	for (i = 0; i < n; i++)
		if (brski_slice_eq(e[i].oid, BRSKI_EXT_CRL_REASON) &&
		    brski_der_take(&e[i].value, BRSKI_DER_ENUMERATED, &code) && code.n == 1 &&
		    brski_reason_name(code.p[0]) != NULL)
			return code.p[0];
	return BRSKI_REASON_UNSPECIFIED;
}

bool
brski_crl_find(const struct brski_crl *crl, struct brski_slice serial, struct brski_crl_entry *out)
{
	struct brski_slice in = crl->entries, exts;
	struct brski_crl_entry e = { 0 };

	while (in.n > 0 && take_entry(&in, &e, &exts))
		if (brski_slice_eq(e.serial, serial)) {
			e.reason = entry_reason(exts);
			*out = e;
			return true;
		}
	return false;
}

bool
brski_crl_lists(const struct brski_crl *crl, struct brski_slice serial)
{
	struct brski_crl_entry e;

	return brski_crl_find(crl, serial, &e);
}

static enum brski_rc
add_der(struct brski_crls *list, struct brski_slice in, struct brski_err *err)
{
	size_t cap = list->cap > 0 ? list->cap * 2 : 4;
	struct brski_crl **v;
	enum brski_rc rc;

	if (list->n == list->cap) {
		if ((v = brski_heap_realloc(NULL, list->v, cap * sizeof(*v))) == NULL)
			return brski_broken(err, BRSKI_E_NOMEM, "no memory for CRLs");
		list->v = v;
		list->cap = cap;
	}
	if ((rc = brski_crl_decode(in, &list->v[list->n], err)) == BRSKI_OK)
		list->n++;
	return rc;
}

/* Every CRL among PEM blocks: one that is overlooked revokes nobody. */
static enum brski_rc
add_pem(struct brski_crls *list, struct brski_slice text, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CRL_MAX };
	struct brski_slice label;
	size_t before = list->n;
	enum brski_rc rc;

	while ((rc = brski_pem_next(&text, &label, &der, err)) == BRSKI_OK) {
		if (brski_slice_eq(label, BRSKI_LIT("X509 CRL")) &&
		    (rc = add_der(list, brski_buf_slice(&der), err)) != BRSKI_OK)
			break;
		brski_buf_reset(&der);
	}
	brski_buf_clear(&der);
	if (rc == BRSKI_E_NOT_FOUND && list->n == before)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7468 6", "no CRL in it");
	return rc == BRSKI_E_NOT_FOUND ? BRSKI_OK : rc;
}

static enum brski_rc
add_base64(struct brski_crls *list, struct brski_slice text, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CRL_MAX };
	enum brski_rc rc;

	rc = brski_base64_decode(text, BRSKI_BASE64_LINES, &der, err);
	if (rc == BRSKI_OK)
		rc = add_der(list, brski_buf_slice(&der), err);
	brski_buf_clear(&der);
	return rc;
}

enum brski_rc
brski_crls_add(struct brski_crls *list, struct brski_slice in, struct brski_err *err)
{
	static const char begin[] = "-----BEGIN ";

	if (in.n > 0 && in.p[0] == BRSKI_DER_SEQUENCE)
		return add_der(list, in, err);
	if (in.n > 0 && memmem(in.p, in.n, begin, strlen(begin)) != NULL)
		return add_pem(list, in, err);
	return add_base64(list, in, err);
}

void
brski_crls_clear(struct brski_crls *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		brski_crl_free(list->v[i]);
	brski_heap_free(NULL, list->v);
	*list = (struct brski_crls){ 0 };
}
