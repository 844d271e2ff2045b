/* SPDX-License-Identifier: Apache-2.0 */
/* The back end that holds a key in memory, from a file or fresh. */
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <stdlib.h>
#include "base/text.h"
#include "crypto/spki.h"

#define PKCS8_MAX 512
#define POINT_MAX 97 /* P-384, uncompressed */

struct file_key {
	enum brski_key_type type;
	WC_RNG rng; /* one per key: seeding costs more than a signature */
	ecc_key ec;
	ed25519_key ed;
};

static void
file_free(void *arg)
{
	struct file_key *f = arg;

	wc_ecc_free(&f->ec);
	wc_ed25519_free(&f->ed);
	wc_FreeRng(&f->rng);
	brski_wipe(f, sizeof(*f));
	free(f);
}

static enum brski_rc
file_sign(void *arg, struct brski_slice in, struct brski_buf *sig, struct brski_err *err)
{
	struct file_key *f = arg;
	uint8_t out[ECC_MAX_SIG_SIZE];
	word32 n = sizeof(out);
	int rc;

	if (f->type == BRSKI_KEY_ED25519)
		rc = wc_ed25519_sign_msg(in.p, (word32)in.n, out, &n, &f->ed);
	else
		rc = wc_ecc_sign_hash(in.p, (word32)in.n, out, &n, &f->rng, &f->ec);
	if (rc != 0)
		return brski_broken(err, BRSKI_E_INTERNAL, "signing failed: wolfCrypt %d", rc);
	return brski_buf_append(sig, brski_slice(out, n), err);
}

static const struct brski_key_ops file_ops = { .sign = file_sign, .free = file_free };

static enum brski_rc
file_new(struct file_key **out, struct brski_err *err)
{
	struct file_key *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (f == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for a key");
	if (wc_InitRng(&f->rng) != 0 || wc_ecc_init(&f->ec) != 0 || wc_ed25519_init(&f->ed) != 0) {
		free(f);
		return brski_broken(err, BRSKI_E_INTERNAL, "wolfCrypt does not start");
	}
	*out = f;
	return BRSKI_OK;
}

/* Hand f over to the handle; on failure it is freed. */
static enum brski_rc
file_publish(struct file_key *f, struct brski_key *k, struct brski_err *err)
{
	uint8_t point[POINT_MAX], storage[BRSKI_SPKI_MAX];
	struct brski_buf spki = brski_buf_fixed(storage, sizeof(storage));
	word32 n = sizeof(point);
	enum brski_rc rc;
	int res;

	if (f->type == BRSKI_KEY_ED25519)
		res = wc_ed25519_export_public(&f->ed, point, &n);
	else
		res = wc_ecc_export_x963(&f->ec, point, &n);
	if (res != 0)
		rc = brski_broken(err, BRSKI_E_INTERNAL, "no public key: wolfCrypt %d", res);
	else if ((rc = brski_spki_write(f->type, brski_slice(point, n), &spki, err)) == BRSKI_OK)
		rc = brski_key_init(k, &file_ops, f, brski_buf_slice(&spki), err);
	if (rc != BRSKI_OK)
		file_free(f);
	return rc;
}

/* SEC 1 or PKCS#8. The public half is computed, not believed. */
static bool
decode_ec(struct file_key *f, struct brski_slice der)
{
	word32 at = 0;

	if (wc_EccPrivateKeyDecode(der.p, &at, &f->ec, (word32)der.n) != 0)
		return false;
	switch (wc_ecc_get_curve_id(f->ec.idx)) {
	case ECC_SECP256R1:
		f->type = BRSKI_KEY_P256;
		break;
	case ECC_SECP384R1:
		f->type = BRSKI_KEY_P384;
		break;
	default:
		return false;
	}
	return wc_ecc_make_pub_ex(&f->ec, NULL, &f->rng) == 0;
}

/* RFC 8410 7 */
static bool
decode_ed25519(struct file_key *f, struct brski_slice der)
{
	uint8_t public[ED25519_PUB_KEY_SIZE];
	word32 at = 0;

	f->type = BRSKI_KEY_ED25519;
	return wc_Ed25519PrivateKeyDecode(der.p, &at, &f->ed, (word32)der.n) == 0 &&
	    wc_ed25519_make_public(&f->ed, public, sizeof(public)) == 0 &&
	    wc_ed25519_import_public(public, sizeof(public), &f->ed) == 0;
}

static enum brski_rc
decode_der(struct brski_slice der, struct brski_key *k, struct brski_err *err)
{
	struct file_key *f;
	enum brski_rc rc;

	if ((rc = file_new(&f, err)) != BRSKI_OK)
		return rc;
	if (!decode_ec(f, der) && !decode_ed25519(f, der)) {
		file_free(f);
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 5958 2",
		    "not an unencrypted private key for P-256, P-384 or Ed25519");
	}
	return file_publish(f, k, err);
}

/* The next private key among the blocks: openssl writes EC PARAMETERS before it. */
static enum brski_rc
next_pem(struct brski_slice *text, struct brski_buf *der, struct brski_err *err)
{
	struct brski_slice label;
	enum brski_rc rc;

	while ((rc = brski_pem_next(text, &label, der, err)) == BRSKI_OK) {
		if (brski_slice_eq(label, BRSKI_LIT("PRIVATE KEY")) ||
		    brski_slice_eq(label, BRSKI_LIT("EC PRIVATE KEY")))
			return BRSKI_OK;
		brski_buf_reset(der);
	}
	return rc;
}

static enum brski_rc
decode_next(struct brski_slice *text, struct brski_key *k, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_KEY_FILE_MAX };
	enum brski_rc rc;

	if ((rc = next_pem(text, &der, err)) == BRSKI_OK)
		rc = decode_der(brski_buf_slice(&der), k, err);
	brski_buf_wipe(&der);
	return rc;
}

static enum brski_rc
no_key(struct brski_err *err)
{
	return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7468 10", "no private key in it");
}

enum brski_rc
brski_key_decode(struct brski_slice in, struct brski_key *k, struct brski_err *err)
{
	enum brski_rc rc;

	*k = (struct brski_key){ 0 };
	if (in.n == 0 || in.p[0] == 0x30)
		return decode_der(in, k, err);
	rc = decode_next(&in, k, err);
	return rc == BRSKI_E_NOT_FOUND ? no_key(err) : rc;
}

void
brski_keys_clear(struct brski_keys *keys)
{
	while (keys->n > 0)
		brski_key_clear(&keys->v[--keys->n]);
}

static enum brski_rc
add_key(struct brski_keys *keys, const struct brski_key *k, struct brski_err *err)
{
	if (keys->n == BRSKI_KEYS_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "RFC 7468 10", "more than %d keys",
		    BRSKI_KEYS_MAX);
	keys->v[keys->n++] = *k;
	return BRSKI_OK;
}

enum brski_rc
brski_keys_decode(struct brski_slice in, struct brski_keys *out, struct brski_err *err)
{
	bool pem = in.n > 0 && in.p[0] != 0x30;
	struct brski_key k;
	enum brski_rc rc;

	*out = (struct brski_keys){ 0 };
	if (!pem) {
		if ((rc = decode_der(in, &out->v[0], err)) == BRSKI_OK)
			out->n = 1;
		return rc;
	}
	while ((rc = decode_next(&in, &k, err)) == BRSKI_OK)
		if ((rc = add_key(out, &k, err)) != BRSKI_OK) {
			brski_key_clear(&k);
			break;
		}
	if (rc == BRSKI_E_NOT_FOUND && out->n > 0)
		return BRSKI_OK;
	brski_keys_clear(out);
	return rc == BRSKI_E_NOT_FOUND ? no_key(err) : rc;
}

enum brski_rc
brski_key_generate(enum brski_key_type type, struct brski_key *k, struct brski_err *err)
{
	struct file_key *f;
	enum brski_rc rc;
	int res;

	*k = (struct brski_key){ 0 };
	if ((rc = file_new(&f, err)) != BRSKI_OK)
		return rc;
	f->type = type;
	switch (type) {
	case BRSKI_KEY_P256:
		res = wc_ecc_make_key_ex(&f->rng, 32, &f->ec, ECC_SECP256R1);
		break;
	case BRSKI_KEY_P384:
		res = wc_ecc_make_key_ex(&f->rng, 48, &f->ec, ECC_SECP384R1);
		break;
	case BRSKI_KEY_ED25519:
		res = wc_ed25519_make_key(&f->rng, ED25519_KEY_SIZE, &f->ed);
		break;
	default:
		res = BAD_FUNC_ARG;
	}
	if (res != 0) {
		file_free(f);
		return brski_broken(err, BRSKI_E_INTERNAL, "no key made: wolfCrypt %d", res);
	}
	return file_publish(f, k, err);
}

enum brski_rc
brski_key_encode_pem(const struct brski_key *k, struct brski_buf *out, struct brski_err *err)
{
	struct file_key *f = k->arg;
	uint8_t der[PKCS8_MAX];
	word32 n = sizeof(der);
	enum brski_rc rc;
	int res;

	if (k->ops != &file_ops)
		return brski_broken(err, BRSKI_E_FORBIDDEN, "this key does not leave its back end");
	if (f->type == BRSKI_KEY_ED25519) {
		res = wc_Ed25519PrivateKeyToDer(&f->ed, der, sizeof(der));
		n = res > 0 ? (word32)res : 0;
	} else {
		res = wc_EccKeyToPKCS8(&f->ec, der, &n);
	}
	if (res < 0)
		rc = brski_broken(err, BRSKI_E_INTERNAL, "no PKCS#8: wolfCrypt %d", res);
	else
		rc = brski_pem_encode("PRIVATE KEY", brski_slice(der, n), out, err);
	brski_wipe(der, sizeof(der));
	return rc;
}
