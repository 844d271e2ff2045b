/* SPDX-License-Identifier: Apache-2.0 */
#include "tu_der.h"
#include "crypto/spki.h"
#include "crypto/x509.h"

#define ARENA 4096

static struct brski_buf arena[ARENA];
static size_t used;

static struct brski_buf *
next_buf(void)
{
	assert_true(used < ARENA);
	return &arena[used++];
}

int
tu_der_clear(void **state)
{
	(void)state;
	while (used > 0)
		brski_buf_clear(&arena[--used]);
	return 0;
}

struct brski_slice
tu_copy(struct brski_slice in)
{
	struct brski_buf *b = next_buf();
	struct brski_err err = { 0 };

	assert_ok(brski_buf_append(b, in, &err), &err);
	return brski_buf_slice(b);
}

struct brski_slice
tu_cat(const struct brski_slice *parts, size_t n)
{
	struct brski_buf *b = next_buf();
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		if (parts[i].n > 0)
			assert_ok(brski_buf_append(b, parts[i], &err), &err);
	return brski_buf_slice(b);
}

struct brski_slice
tu_tlv(uint8_t tag, struct brski_slice content)
{
	struct brski_buf *b = next_buf();
	struct brski_err err = { 0 };

	assert_ok(brski_der_wrap(tag, content, b, &err), &err);
	return brski_buf_slice(b);
}

struct brski_slice
tu_ext(struct brski_slice oid, bool critical, struct brski_slice value)
{
	return TU_SEQ(tu_tlv(BRSKI_DER_OID, oid), critical ? TU_TRUE : TU_NONE,
	    tu_tlv(BRSKI_DER_OCTET_STRING, value));
}

struct brski_slice
tu_time(int64_t t)
{
	char text[BRSKI_TIME_ASN1];
	bool general = brski_time_format_asn1(t, text);

	return tu_tlv(general ? BRSKI_DER_GENERAL_TIME : BRSKI_DER_UTC_TIME, brski_slice_str(text));
}

struct brski_slice
tu_ca_exts(void)
{
	return TU_CAT(tu_ext(BRSKI_EXT_BASIC, true, TU_SEQ(TU_TRUE)),
	    tu_ext(BRSKI_EXT_KEY_USAGE, true, BRSKI_LIT("\x03\x02\x01\x06")));
}

static struct brski_slice
or_else(struct brski_slice part, struct brski_slice otherwise)
{
	return brski_slice_present(part) ? part : otherwise;
}

static struct brski_slice
signed_der(struct brski_slice tbs, struct brski_slice alg, struct brski_slice sig,
    const struct brski_key *key)
{
	struct brski_buf *b = next_buf();
	struct brski_err err = { 0 };

	if (!brski_slice_present(sig)) {
		assert_ok(brski_buf_append_byte(b, 0, &err), &err);
		assert_ok(brski_key_sign(key, tbs, b, &err), &err);
		sig = tu_tlv(BRSKI_DER_BIT_STRING, brski_buf_slice(b));
	}
	return TU_SEQ(tbs, or_else(alg, brski_alg_der(brski_key_alg(key))), sig);
}

struct brski_slice
tu_parts_der(const struct tu_parts *p, const struct brski_key *key)
{
	struct brski_slice exts = TU_NONE, name = tu_name("parts", NULL);

	if (brski_slice_present(p->exts))
		exts = TU_TLV(TU_CONTEXT(3), TU_SEQ(p->exts));
	return signed_der(TU_SEQ(or_else(p->version, BRSKI_LIT("\xa0\x03\x02\x01\x02")),
	                      or_else(p->serial, TU_INT("\x11")),
	                      or_else(p->inner_alg, brski_alg_der(brski_key_alg(key))),
	                      or_else(p->issuer, name),
	                      or_else(p->validity, TU_SEQ(tu_time(TU_FROM), tu_time(TU_TO))),
	                      or_else(p->subject, name), or_else(p->spki, brski_key_spki(key)),
	                      p->uids, exts),
	    p->outer_alg, p->sig, key);
}

struct brski_slice
tu_crl_entry(struct brski_slice serial, struct brski_slice exts)
{
	return TU_SEQ(tu_tlv(BRSKI_DER_INTEGER, serial), tu_time(TU_NOW - TU_DAY),
	    brski_slice_present(exts) ? TU_SEQ(exts) : TU_NONE);
}

struct brski_slice
tu_crl_der(const struct tu_crl *c, const struct brski_key *key)
{
	int64_t from = c->this_update != 0 ? c->this_update : TU_NOW - TU_DAY;
	int64_t to = c->next_update != 0 ? c->next_update : TU_NOW + TU_DAY;

	return signed_der(TU_SEQ(or_else(c->version, TU_INT("\x01")),
	                      brski_alg_der(brski_key_alg(key)), c->issuer, tu_time(from),
	                      to > 0 ? tu_time(to) : TU_NONE,
	                      brski_slice_present(c->entries) ? TU_SEQ(c->entries) : TU_NONE,
	                      brski_slice_present(c->exts) ? TU_TLV(TU_CONTEXT(0), TU_SEQ(c->exts))
	                                                   : TU_NONE),
	    TU_NONE, TU_NONE, key);
}
