/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crl_issue.h"
#include "crypto/spki.h"
#include "crypto/x509.h"

#define CONTEXT_CONS(n) (BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | (n))

/* One revokedCertificates entry. RFC 5280 5.3.1: "unspecified" is said by silence. */
static enum brski_rc
put_entry(const struct brski_crl_entry *e, struct brski_buf *out, struct brski_err *err)
{
	uint8_t code[3] = { BRSKI_DER_ENUMERATED, 1, (uint8_t)e->reason };
	size_t mark = out->n, exts;
	enum brski_rc rc;

	if ((rc = brski_der_wrap(BRSKI_DER_INTEGER, e->serial, out, err)) != BRSKI_OK ||
	    (rc = brski_time_put(e->revoked, out, err)) != BRSKI_OK)
		return rc;
	exts = out->n;
	if (e->reason != BRSKI_REASON_UNSPECIFIED &&
	    ((rc = brski_ext_put(BRSKI_EXT_CRL_REASON, false, brski_slice(code, sizeof(code)), out,
	          err)) != BRSKI_OK ||
	        (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, exts, out, err)) != BRSKI_OK))
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* RFC 5280 5.1.2.6: absent when nobody is revoked. */
static enum brski_rc
put_entries(const struct brski_crl_facts *f, struct brski_buf *out, struct brski_err *err)
{
	struct brski_crl_entry e;
	size_t mark = out->n;
	enum brski_rc rc;

	while (f->next(f->arg, &e)) {
		if (out->n - mark > BRSKI_CRL_MAX)
			return brski_broken(err, BRSKI_E_TOO_LARGE, "a CRL of more than %zu bytes",
			    BRSKI_CRL_MAX);
		if ((rc = put_entry(&e, out, err)) != BRSKI_OK)
			return rc;
	}
	return out->n == mark ? BRSKI_OK : brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

/* RFC 5280 5.2.3: at most 20 octets; ours has eight. */
static enum brski_rc
put_number(int64_t number, struct brski_buf *out, struct brski_err *err)
{
	uint8_t value[2 + 8] = { BRSKI_DER_INTEGER }, *digits = value + 2;
	size_t n = 1, i;

	while (n < 8 && number >> (8 * n - 1) != 0)
		n++;
	value[1] = (uint8_t)n;
	for (i = 0; i < n; i++)
		digits[i] = (uint8_t)(number >> 8 * (n - 1 - i));
	return brski_ext_put(BRSKI_EXT_CRL_NUMBER, false, brski_slice(value, 2 + n), out, err);
}

static enum brski_rc
put_extensions(const struct brski_crl_facts *f, const struct brski_cert *issuer,
    struct brski_buf *out, struct brski_err *err)
{
	struct brski_buf aki = { 0 };
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_aki_put(issuer->ski, issuer->spki, &aki, err)) == BRSKI_OK &&
	    (rc = brski_ext_put(BRSKI_EXT_AUTHORITY_KEY_ID, false, brski_buf_slice(&aki), out,
	         err)) == BRSKI_OK &&
	    (rc = put_number(f->number, out, err)) == BRSKI_OK &&
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) == BRSKI_OK)
		rc = brski_der_enclose(CONTEXT_CONS(0), mark, out, err);
	brski_buf_clear(&aki);
	return rc;
}

/* TBSCertList, RFC 5280 5.1.2 */
static enum brski_rc
put_tbs(const struct brski_crl_facts *f, const struct brski_cert *issuer, struct brski_slice alg,
    struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_buf_append(out, BRSKI_LIT("\x02\x01\x01"), err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, alg, err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, issuer->subject, err)) != BRSKI_OK ||
	    (rc = brski_time_put(f->this_update, out, err)) != BRSKI_OK ||
	    (rc = brski_time_put(f->next_update, out, err)) != BRSKI_OK ||
	    (rc = put_entries(f, out, err)) != BRSKI_OK ||
	    (rc = put_extensions(f, issuer, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err);
}

enum brski_rc
brski_crl_issue(const struct brski_crl_facts *f, const struct brski_cert *issuer,
    const struct brski_key *key, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	enum brski_rc rc;

	if (!brski_slice_eq(issuer->spki, brski_key_spki(key)))
		return brski_broken(err, BRSKI_E_INTERNAL, "the key is not the issuer's");
	if (f->number <= 0 || f->this_update >= f->next_update)
		return brski_broken(err, BRSKI_E_INTERNAL, "CRL number or dates not possible");
	if (issuer->has_key_usage && (issuer->key_usage & BRSKI_KU_CRL_SIGN) == 0)
		return brski_fail(err, BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.3",
		    "keyUsage of the CRL's issuer without cRLSign");
	rc = put_tbs(f, issuer, brski_alg_der(brski_key_alg(key)), out, err);
	if (rc == BRSKI_OK)
		rc = brski_signed_enclose(key, mark, out, err);
	if (rc == BRSKI_OK && out->n - mark > BRSKI_CRL_MAX)
		rc = brski_broken(err, BRSKI_E_TOO_LARGE, "a CRL of %zu bytes", out->n - mark);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}
