/* SPDX-License-Identifier: Apache-2.0 */
#include "asn1/der.h"

/* Deeper than any certificate or CMS object in use: RFC 5652 around RFC 5280 needs 12. */
#define DEPTH_MAX 24

#define TAG_CLASS 0xc0

/* X.690 10.1: a definite length in the fewest octets. PKIX uses no tag number above 30. */
static bool
der_split(struct brski_slice *in, uint8_t *tag, struct brski_slice *content)
{
	size_t len, head = 2, octets;

	if (in->n < 2 || (in->p[0] & 0x1f) == 0x1f)
		return false;
	len = in->p[1];
	if (len >= 0x80) {
		octets = len & 0x7f;
		if (octets == 0 || octets > 4 || in->n < 2 + octets || in->p[2] == 0)
			return false;
		for (len = 0; head < 2 + octets; head++)
			len = len << 8 | in->p[head];
		if (len < 0x80)
			return false;
	}
	if (len > in->n - head)
		return false;
	*tag = in->p[0];
	*content = brski_slice(in->p + head, len);
	*in = brski_slice(in->p + head + len, in->n - head - len);
	return true;
}

/* X.690 8.19.2: each subidentifier is minimal, the last one ends. */
static bool
oid_is_strict(struct brski_slice c)
{
	size_t i;

	for (i = 0; i < c.n; i++)
		if (c.p[i] == 0x80 && (i == 0 || (c.p[i - 1] & 0x80) == 0))
			return false;
	return c.n > 0 && (c.p[c.n - 1] & 0x80) == 0;
}

/* X.690 11.2.1: unused bits are zero. */
static bool
bits_are_strict(struct brski_slice c)
{
	return c.n > 0 && c.p[0] <= 7 && (c.n > 1 || c.p[0] == 0) &&
	    (c.n == 1 || (c.p[c.n - 1] & ((1u << c.p[0]) - 1)) == 0);
}

/* X.690 8.3.2 */
static bool
integer_is_strict(struct brski_slice c)
{
	return c.n == 1 ||
	    (c.n > 1 && !(c.p[0] == 0 && c.p[1] < 0x80) && !(c.p[0] == 0xff && c.p[1] >= 0x80));
}

static bool
primitive_is_strict(uint8_t tag, struct brski_slice c)
{
	switch (tag) {
	case BRSKI_DER_BOOLEAN: /* X.690 11.1 */
		return c.n == 1 && (c.p[0] == 0 || c.p[0] == 0xff);
	case BRSKI_DER_INTEGER:
	case BRSKI_DER_ENUMERATED:
		return integer_is_strict(c);
	case BRSKI_DER_BIT_STRING:
		return bits_are_strict(c);
	case BRSKI_DER_NULL:
		return c.n == 0;
	case BRSKI_DER_OID:
		return oid_is_strict(c);
	case 0: /* end of contents: only with indefinite lengths */
	case BRSKI_DER_SEQUENCE & ~BRSKI_DER_CONSTRUCTED:
	case BRSKI_DER_SET & ~BRSKI_DER_CONSTRUCTED:
		return false;
	default:
		return true;
	}
}

/* The elements of in and all inside them. X.690 10.2: no constructed strings. */
static bool
all_strict(struct brski_slice in, int depth)
{
	struct brski_slice content;
	uint8_t tag;

	if (depth > DEPTH_MAX)
		return false;
	while (in.n > 0) {
		if (!der_split(&in, &tag, &content))
			return false;
		if ((tag & BRSKI_DER_CONSTRUCTED) == 0) {
			if (!primitive_is_strict(tag, content))
				return false;
		} else if (((tag & TAG_CLASS) == 0 && tag != BRSKI_DER_SEQUENCE &&
		               tag != BRSKI_DER_SET) ||
		    !all_strict(content, depth + 1)) {
			return false;
		}
	}
	return true;
}

bool
brski_der_is_strict(struct brski_slice in)
{
	struct brski_slice rest = in, content;
	uint8_t tag;

	return der_split(&rest, &tag, &content) && rest.n == 0 && all_strict(in, 0);
}

enum brski_rc
brski_der_next(struct brski_slice *in, uint8_t *tag, struct brski_slice *content,
    struct brski_err *err)
{
	if (!der_split(in, tag, content))
		return brski_fail(err, BRSKI_E_MALFORMED, "X.690 10.1",
		    "DER element broken or missing");
	return BRSKI_OK;
}

bool
brski_der_take(struct brski_slice *in, uint8_t tag, struct brski_slice *content)
{
	struct brski_slice rest = *in, found;
	uint8_t seen;

	if (!der_split(&rest, &seen, &found) || seen != tag)
		return false;
	*in = rest;
	*content = found;
	return true;
}

bool
brski_der_take_tlv(struct brski_slice *in, uint8_t tag, struct brski_slice *tlv)
{
	struct brski_slice before = *in, content;

	if (!brski_der_take(in, tag, &content))
		return false;
	*tlv = brski_slice(before.p, before.n - in->n);
	return true;
}

struct brski_slice
brski_der_octets(struct brski_slice bits)
{
	if (bits.n == 0 || bits.p[0] != 0)
		return (struct brski_slice){ NULL, 0 };
	return brski_slice(bits.p + 1, bits.n - 1);
}

bool
brski_der_signed(struct brski_slice der, struct brski_slice *tbs, struct brski_slice *alg,
    struct brski_slice *sig)
{
	struct brski_slice in;

	if (!brski_der_is_strict(der) || !brski_der_take(&der, BRSKI_DER_SEQUENCE, &in) ||
	    !brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, tbs) ||
	    !brski_der_take_tlv(&in, BRSKI_DER_SEQUENCE, alg) ||
	    !brski_der_take(&in, BRSKI_DER_BIT_STRING, sig) || in.n != 0)
		return false;
	*sig = brski_der_octets(*sig);
	return true;
}

/* Tag and length of n content octets; says how many octets that took. */
static size_t
make_head(uint8_t tag, size_t n, uint8_t head[6])
{
	size_t len = 2, octets;

	head[0] = tag;
	head[1] = (uint8_t)n;
	if (n < 0x80)
		return len;
	for (octets = 1; octets < 4 && n >> 8 * octets != 0;)
		octets++;
	head[1] = (uint8_t)(0x80 | octets);
	while (octets-- > 0)
		head[len++] = (uint8_t)(n >> 8 * octets);
	return len;
}

enum brski_rc
brski_der_wrap(uint8_t tag, struct brski_slice content, struct brski_buf *out,
    struct brski_err *err)
{
	uint8_t head[6];
	size_t before = out->n;
	enum brski_rc rc;

	rc = brski_buf_append(out, brski_slice(head, make_head(tag, content.n, head)), err);
	if (rc == BRSKI_OK && (rc = brski_buf_append(out, content, err)) != BRSKI_OK)
		out->n = before;
	return rc;
}

enum brski_rc
brski_der_enclose(uint8_t tag, size_t mark, struct brski_buf *out, struct brski_err *err)
{
	uint8_t head[6], *room;
	size_t n = out->n - mark, head_n = make_head(tag, n, head);
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(out, head_n, &room, err)) != BRSKI_OK)
		return rc;
	memmove(out->p + mark + head_n, out->p + mark, n);
	memcpy(out->p + mark, head, head_n);
	brski_buf_commit(out, head_n);
	return BRSKI_OK;
}

bool
brski_der_before(struct brski_slice a, struct brski_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order < 0 : a.n < b.n;
}
