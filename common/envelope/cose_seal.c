/* SPDX-License-Identifier: Apache-2.0 */
/* Writing COSE_Sign1, RFC 9052 4.2, and what a registrar passes on of one. */
#include "asn1/der.h"
#include "envelope/cose_head.h"
#include "envelope/envelope.h"

#define RAW_MAX 96 /* P-384; nobody here signs with more */

/* Protected headers, { alg: ... }: RFC 9053 2. */
static struct brski_slice
protected_of(enum brski_alg alg)
{
	switch (alg) {
	case BRSKI_ALG_ECDSA_SHA256:
		return BRSKI_LIT("\xa1\x01\x26"); /* ES256, -7 */
	case BRSKI_ALG_ECDSA_SHA384:
		return BRSKI_LIT("\xa1\x01\x38\x22"); /* ES384, -35 */
	case BRSKI_ALG_ED25519:
		return BRSKI_LIT("\xa1\x01\x27"); /* EdDSA, -8 */
	default:
		return brski_slice(NULL, 0);
	}
}

/* An INTEGER's octets at the end of a field of zeros; false: it does not fit. */
static bool
place(struct brski_slice integer, uint8_t *field, size_t n)
{
	while (integer.n > 0 && integer.p[0] == 0)
		integer = brski_slice(integer.p + 1, integer.n - 1);
	if (integer.n > n)
		return false;
	memset(field, 0, n - integer.n);
	memcpy(field + n - integer.n, integer.p, integer.n);
	return true;
}

/* ECDSA-Sig-Value to r and s side by side, RFC 9053 2.1; other signatures stay what they are. */
static bool
to_raw(struct brski_slice sig, size_t half, uint8_t raw[RAW_MAX], size_t *n)
{
	struct brski_slice seq, r, s;

	*n = half > 0 ? 2 * half : sig.n;
	if (*n > RAW_MAX)
		return false;
	if (half == 0) {
		memcpy(raw, sig.p, sig.n);
		return true;
	}
	return brski_der_take(&sig, BRSKI_DER_SEQUENCE, &seq) &&
	    brski_der_take(&seq, BRSKI_DER_INTEGER, &r) &&
	    brski_der_take(&seq, BRSKI_DER_INTEGER, &s) && place(r, raw, half) &&
	    place(s, raw + half, half);
}

/* What is signed stands at the end of out for a moment: no memory of its own. */
static enum brski_rc
sign(struct brski_slice protected, struct brski_slice payload, const struct brski_key *key,
    uint8_t raw[RAW_MAX], size_t *n, struct brski_buf *out, struct brski_err *err)
{
	uint8_t room[BRSKI_SIG_MAX];
	struct brski_buf sig = brski_buf_fixed(room, sizeof(room));
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_cose_tbs(protected, BRSKI_LIT(""), payload, out, err)) == BRSKI_OK)
		rc = brski_key_sign(key, brski_slice(out->p + mark, out->n - mark), &sig, err);
	out->n = mark;
	if (rc == BRSKI_OK && !to_raw(brski_buf_slice(&sig), brski_cose_half(key->type), raw, n))
		rc = brski_broken(err, BRSKI_E_INTERNAL, "the key's signature has no known form");
	return rc;
}

/* Is this its first place in the list? The same one twice goes in once. */
static bool
is_first(const struct brski_certs *certs, size_t i)
{
	return brski_certs_find(certs, certs->v[i].der) == &certs->v[i];
}

/* Unprotected headers: RFC 9360 2, one certificate stands without an array. */
static enum brski_rc
put_bag(const struct brski_certs *certs, struct brski_buf *out, struct brski_err *err)
{
	size_t i, n = 0;
	enum brski_rc rc;

	for (i = 0; certs != NULL && i < certs->n; i++)
		n += is_first(certs, i);
	if ((rc = brski_cbor_put_map(out, n > 0, err)) != BRSKI_OK || n == 0)
		return rc;
	if ((rc = brski_cbor_put_uint(out, BRSKI_COSE_X5BAG, err)) == BRSKI_OK && n > 1)
		rc = brski_cbor_put_array(out, n, err);
	for (i = 0; i < certs->n && rc == BRSKI_OK; i++)
		if (is_first(certs, i))
			rc = brski_cbor_put_bytes(out, certs->v[i].der, err);
	return rc;
}

enum brski_rc
brski_cose_seal(struct brski_slice payload, const struct brski_key *key,
    const struct brski_certs *certs, int64_t signing_time, struct brski_buf *out,
    struct brski_err *err)
{
	struct brski_slice protected = protected_of(brski_key_alg(key));
	size_t mark = out->n, raw_n;
	uint8_t raw[RAW_MAX];
	enum brski_rc rc;

	(void)signing_time; /* COSE has no header for it that a pledge could read */
	if (!brski_slice_present(protected))
		return brski_broken(err, BRSKI_E_INTERNAL, "no key to sign with");
	if ((rc = sign(protected, payload, key, raw, &raw_n, out, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_tag(out, BRSKI_COSE_TAG, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_array(out, 4, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_bytes(out, protected, err)) == BRSKI_OK &&
	    (rc = put_bag(certs, out, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_bytes(out, payload, err)) == BRSKI_OK)
		rc = brski_cbor_put_bytes(out, brski_slice(raw, raw_n), err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}

/* The unprotected headers but for certificates, as they stand. */
static enum brski_rc
put_rest(struct brski_slice map, struct brski_buf *out, struct brski_err *err)
{
	struct brski_cbor r = brski_cbor_reader(map, "RFC 9052 3"), again;
	struct brski_slice label, value;
	size_t pairs, i, keep = 0;
	enum brski_rc rc;

	if ((rc = brski_cbor_map(&r, &pairs, err)) != BRSKI_OK)
		return rc;
	again = r;
	for (i = 0; i < pairs; i++) {
		if ((rc = brski_cbor_skip(&again, &label, err)) != BRSKI_OK ||
		    (rc = brski_cbor_skip(&again, NULL, err)) != BRSKI_OK)
			return rc;
		keep += !brski_cose_holds_certs(label);
	}
	rc = brski_cbor_put_map(out, keep, err);
	for (i = 0; i < pairs && rc == BRSKI_OK; i++)
		if ((rc = brski_cbor_skip(&r, &label, err)) == BRSKI_OK &&
		    (rc = brski_cbor_skip(&r, &value, err)) == BRSKI_OK &&
		    !brski_cose_holds_certs(label) &&
		    (rc = brski_buf_append(out, label, err)) == BRSKI_OK)
			rc = brski_buf_append(out, value, err);
	return rc;
}

enum brski_rc
brski_cose_forward(struct brski_slice wire, struct brski_buf *out, struct brski_err *err)
{
	size_t mark = out->n;
	struct brski_cose c;
	enum brski_rc rc;

	if ((rc = brski_cose_split(wire, &c, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_tag(out, BRSKI_COSE_TAG, err)) == BRSKI_OK &&
	    (rc = brski_cbor_put_array(out, 4, err)) == BRSKI_OK &&
	    (rc = brski_buf_append(out, c.protected_item, err)) == BRSKI_OK &&
	    (rc = put_rest(c.unprotected, out, err)) == BRSKI_OK &&
	    (rc = brski_buf_append(out, c.payload_item, err)) == BRSKI_OK)
		rc = brski_buf_append(out, c.signature_item, err);
	if (rc != BRSKI_OK)
		out->n = mark;
	return rc;
}
