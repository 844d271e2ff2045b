/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that requests and responses share: CertIDs and extensions. RFC 6960 4.1.1, 4.4 */
#include "crypto/ocsp_der.h"

/* Parameters are NULL, or left out: RFC 4055 2.1. The first row of a hash is what we write. */
static const struct {
	enum brski_hash hash;
	struct brski_slice alg;
} id_hashes[] = {
	{ BRSKI_SHA1, BRSKI_LIT("\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00") },
	{ BRSKI_SHA256, BRSKI_LIT("\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00") },
	{ BRSKI_SHA1, BRSKI_LIT("\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a") },
	{ BRSKI_SHA256, BRSKI_LIT("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01") },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* v1 is the default; written down that is not DER, but it says nothing else. */
bool
brski_ocsp_version_take(struct brski_slice *in)
{
	struct brski_slice outer;

	return !brski_der_take(in, BRSKI_OCSP_CONTEXT_CONS(0), &outer) ||
	    brski_slice_eq(outer, BRSKI_LIT("\x02\x01\x00"));
}

bool
brski_ocsp_id_take(struct brski_slice *in, struct brski_ocsp_id *out)
{
	struct brski_slice rest, seq, alg;
	size_t i;

	if (!brski_der_take_tlv(in, BRSKI_DER_SEQUENCE, &out->der))
		return false;
	rest = out->der;
	if (!brski_der_take(&rest, BRSKI_DER_SEQUENCE, &seq) ||
	    !brski_der_take_tlv(&seq, BRSKI_DER_SEQUENCE, &alg) ||
	    !brski_der_take(&seq, BRSKI_DER_OCTET_STRING, &out->name) ||
	    !brski_der_take(&seq, BRSKI_DER_OCTET_STRING, &out->key) ||
	    !brski_der_take(&seq, BRSKI_DER_INTEGER, &out->serial))
		return false;
	out->hash = BRSKI_HASH_NONE;
	for (i = 0; i < COUNT(id_hashes); i++)
		if (brski_slice_eq(alg, id_hashes[i].alg))
			out->hash = id_hashes[i].hash;
	return seq.n == 0;
}

bool
brski_ocsp_id_is_of(const struct brski_ocsp_id *id, const struct brski_cert *issuer)
{
	uint8_t digest[BRSKI_HASH_MAX];

	return id->hash != BRSKI_HASH_NONE &&
	    brski_slice_eq(id->key, brski_digest(id->hash, issuer->key, digest)) &&
	    brski_slice_eq(id->name, brski_digest(id->hash, issuer->subject, digest));
}

enum brski_rc
brski_ocsp_id_encode(enum brski_hash hash, const struct brski_cert *issuer,
    struct brski_slice serial, struct brski_buf *out, struct brski_err *err)
{
	uint8_t digest[BRSKI_HASH_MAX];
	size_t mark = out->n, i;
	enum brski_rc rc;

	for (i = 0; i < COUNT(id_hashes) && id_hashes[i].hash != hash;)
		i++;
	if (i == COUNT(id_hashes))
		return brski_broken(err, BRSKI_E_INTERNAL, "no CertID with hash %d", (int)hash);
	if ((rc = brski_buf_append(out, id_hashes[i].alg, err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(BRSKI_DER_OCTET_STRING,
	         brski_digest(hash, issuer->subject, digest), out, err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, brski_digest(hash, issuer->key, digest),
	         out, err)) != BRSKI_OK ||
	    (rc = brski_der_wrap(BRSKI_DER_INTEGER, serial, out, err)) != BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) != BRSKI_OK)
		out->n = mark;
	return rc;
}

/* RFC 9654 2.1: an OCTET STRING of 1 to 128 octets inside extnValue. */
static bool
read_nonce(struct brski_slice value, struct brski_slice *nonce)
{
	return brski_der_take(&value, BRSKI_DER_OCTET_STRING, nonce) && value.n == 0 &&
	    nonce->n > 0 && nonce->n <= BRSKI_OCSP_NONCE_MAX;
}

const char *
brski_ocsp_exts_take(struct brski_slice *in, uint8_t tag, struct brski_slice *nonce)
{
	struct brski_ext e[BRSKI_EXT_MAX];
	struct brski_slice der;
	size_t n, i;

	if (!brski_der_take(in, tag, &der))
		return NULL;
	if (!brski_exts_read(der, e, &n))
		return "RFC 6960 4.1.1";
	for (i = 0; i < n; i++)
		if (nonce != NULL && brski_slice_eq(e[i].oid, BRSKI_OCSP_OID_NONCE)) {
			if (!read_nonce(e[i].value, nonce))
				return "RFC 9654 2.1";
		} else if (e[i].critical) {
			return "RFC 6960 4.1.2";
		}
	return NULL;
}

enum brski_rc
brski_ocsp_nonce_put(struct brski_slice nonce, uint8_t tag, struct brski_buf *out,
    struct brski_err *err)
{
	uint8_t storage[2 + 1 + BRSKI_OCSP_NONCE_MAX];
	struct brski_buf value = brski_buf_fixed(storage, sizeof(storage));
	size_t mark = out->n;
	enum brski_rc rc;

	if (!brski_slice_present(nonce))
		return BRSKI_OK;
	if (nonce.n == 0 || nonce.n > BRSKI_OCSP_NONCE_MAX)
		return brski_broken(err, BRSKI_E_INTERNAL, "a nonce of %zu octets", nonce.n);
	if ((rc = brski_der_wrap(BRSKI_DER_OCTET_STRING, nonce, &value, err)) != BRSKI_OK ||
	    (rc = brski_ext_put(BRSKI_OCSP_OID_NONCE, false, brski_buf_slice(&value), out, err)) !=
	        BRSKI_OK ||
	    (rc = brski_der_enclose(BRSKI_DER_SEQUENCE, mark, out, err)) != BRSKI_OK)
		return rc;
	return brski_der_enclose(tag, mark, out, err);
}
