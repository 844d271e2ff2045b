/* SPDX-License-Identifier: Apache-2.0 */
#include "asn1/der.h"
#include "crypto/spki.h"

#define RSA_MIN_BYTES 256
#define RSA_MAX_BYTES 512

/* Everything before the key itself, and the length of that. */
static const struct {
	enum brski_key_type type;
	struct brski_slice head;
	size_t key_n;
} fixed[] = {
	{ BRSKI_KEY_P256,
	    BRSKI_LIT("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a"
	              "\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"),
	    65 },
	{ BRSKI_KEY_P384,
	    BRSKI_LIT("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b"
	              "\x81\x04\x00\x22\x03\x62\x00"),
	    97 },
	{ BRSKI_KEY_P521,
	    BRSKI_LIT("\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05"
	              "\x2b\x81\x04\x00\x23\x03\x81\x86\x00"),
	    133 },
	{ BRSKI_KEY_ED25519, BRSKI_LIT("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), 32 },
};

#define OID_RSA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define OID_EC  "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"

/*
 * RFC 5758 3.2: no parameters with ECDSA. RFC 4055 5: NULL with RSA, to be taken without as well;
 * the first row of an algorithm is what we write. RFC 8410 3: none with Ed25519.
 */
static const struct {
	enum brski_alg alg;
	struct brski_slice der;
} algs[] = {
	{ BRSKI_ALG_ECDSA_SHA256, BRSKI_LIT("\x30\x0a" OID_EC "\x02") },
	{ BRSKI_ALG_ECDSA_SHA384, BRSKI_LIT("\x30\x0a" OID_EC "\x03") },
	{ BRSKI_ALG_ECDSA_SHA512, BRSKI_LIT("\x30\x0a" OID_EC "\x04") },
	{ BRSKI_ALG_RSA_SHA256, BRSKI_LIT("\x30\x0d" OID_RSA "\x0b\x05\x00") },
	{ BRSKI_ALG_RSA_SHA384, BRSKI_LIT("\x30\x0d" OID_RSA "\x0c\x05\x00") },
	{ BRSKI_ALG_RSA_SHA512, BRSKI_LIT("\x30\x0d" OID_RSA "\x0d\x05\x00") },
	{ BRSKI_ALG_RSA_SHA256, BRSKI_LIT("\x30\x0b" OID_RSA "\x0b") },
	{ BRSKI_ALG_RSA_SHA384, BRSKI_LIT("\x30\x0b" OID_RSA "\x0c") },
	{ BRSKI_ALG_RSA_SHA512, BRSKI_LIT("\x30\x0b" OID_RSA "\x0d") },
	{ BRSKI_ALG_ED25519, BRSKI_LIT("\x30\x05\x06\x03\x2b\x65\x70") },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct brski_slice
brski_spki_bits(struct brski_slice spki)
{
	struct brski_slice in, alg, bits;

	if (!brski_der_take(&spki, BRSKI_DER_SEQUENCE, &in) || spki.n != 0 ||
	    !brski_der_take(&in, BRSKI_DER_SEQUENCE, &alg) ||
	    !brski_der_take(&in, BRSKI_DER_BIT_STRING, &bits) || in.n != 0 || bits.n < 1 ||
	    bits.p[0] != 0)
		return (struct brski_slice){ NULL, 0 };
	return brski_slice(bits.p + 1, bits.n - 1);
}

/* A positive INTEGER without its sign octet. */
static bool
take_unsigned(struct brski_slice *in, struct brski_slice *out)
{
	if (!brski_der_take(in, BRSKI_DER_INTEGER, out) || out->n == 0 || out->p[0] >= 0x80)
		return false;
	if (out->p[0] == 0)
		*out = brski_slice(out->p + 1, out->n - 1);
	return out->n > 0;
}

static bool
read_rsa(struct brski_slice spki, struct brski_spki *out)
{
	static const struct brski_slice rsa = BRSKI_LIT("\x30\x0d" OID_RSA "\x01\x05\x00");
	struct brski_slice in, key, seq;

	key = brski_spki_bits(spki);
	if (!brski_slice_present(key) || !brski_der_take(&spki, BRSKI_DER_SEQUENCE, &in) ||
	    in.n < rsa.n || memcmp(in.p, rsa.p, rsa.n) != 0)
		return false;
	out->type = BRSKI_KEY_RSA;
	out->key = key;
	if (!brski_der_is_strict(key) || !brski_der_take(&key, BRSKI_DER_SEQUENCE, &seq) ||
	    !take_unsigned(&seq, &out->n) || !take_unsigned(&seq, &out->e) || seq.n != 0)
		return false;
	return (out->n.n > RSA_MIN_BYTES || (out->n.n == RSA_MIN_BYTES && out->n.p[0] >= 0x80)) &&
	    out->n.n <= RSA_MAX_BYTES && (out->e.p[out->e.n - 1] & 1) == 1 &&
	    !(out->e.n == 1 && out->e.p[0] == 1);
}

bool
brski_spki_read(struct brski_slice spki, struct brski_spki *out)
{
	size_t i, head;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < COUNT(fixed); i++) {
		head = fixed[i].head.n;
		if (spki.n != head + fixed[i].key_n || memcmp(spki.p, fixed[i].head.p, head) != 0)
			continue;
		out->type = fixed[i].type;
		out->key = brski_slice(spki.p + head, fixed[i].key_n);
		/* RFC 5480 2.2: we take the uncompressed form, 04. */
		return out->type == BRSKI_KEY_ED25519 || out->key.p[0] == 4;
	}
	return read_rsa(spki, out);
}

enum brski_key_type
brski_spki_type(struct brski_slice spki)
{
	struct brski_spki k;

	return brski_spki_read(spki, &k) ? k.type : BRSKI_KEY_NONE;
}

enum brski_rc
brski_spki_write(enum brski_key_type type, struct brski_slice key, struct brski_buf *out,
    struct brski_err *err)
{
	enum brski_rc rc;
	size_t i;

	for (i = 0; i < COUNT(fixed); i++)
		if (fixed[i].type == type && fixed[i].key_n == key.n) {
			if ((rc = brski_buf_append(out, fixed[i].head, err)) != BRSKI_OK)
				return rc;
			return brski_buf_append(out, key, err);
		}
	return brski_broken(err, BRSKI_E_INTERNAL, "no SPKI for key type %d", (int)type);
}

enum brski_alg
brski_alg_read(struct brski_slice der)
{
	size_t i;

	for (i = 0; i < COUNT(algs); i++)
		if (brski_slice_eq(der, algs[i].der))
			return algs[i].alg;
	return BRSKI_ALG_NONE;
}

struct brski_slice
brski_alg_der(enum brski_alg alg)
{
	size_t i;

	for (i = 0; i < COUNT(algs); i++)
		if (algs[i].alg == alg)
			return algs[i].der;
	return (struct brski_slice){ NULL, 0 };
}
