/* SPDX-License-Identifier: Apache-2.0 */
/* Names, RFC 5280 4.1.2.4 and 7.1. */
#include <stdio.h>
#include "crypto/x509.h"

#define TAG_TELETEX   0x14
#define TAG_VISIBLE   0x1a
#define TAG_UNIVERSAL 0x1c
#define TAG_BMP       0x1e

#define CHAR_END      UINT32_MAX
#define CHAR_BAD      (UINT32_MAX - 1)

/* The characters of a string as RFC 4518 prepares them: case folded, white space made one space. */
struct chars {
	struct brski_slice in;
	uint8_t tag;
	bool started;
	uint32_t held; /* a character seen behind white space; 0: none */
};

static bool
is_text(uint8_t tag)
{
	return tag == BRSKI_DER_UTF8 || tag == BRSKI_DER_PRINTABLE || tag == BRSKI_DER_IA5 ||
	    tag == TAG_TELETEX || tag == TAG_VISIBLE || tag == TAG_UNIVERSAL || tag == TAG_BMP;
}

/* n octets, most significant first. */
static uint32_t
take_octets(struct brski_slice *in, size_t n)
{
	uint32_t c = 0;
	size_t i;

	if (in->n < n)
		return CHAR_BAD;
	for (i = 0; i < n; i++)
		c = c << 8 | in->p[i];
	*in = brski_slice(in->p + n, in->n - n);
	return c;
}

static uint32_t
take_utf8(struct brski_slice *in)
{
	uint32_t c = take_octets(in, 1), next;
	int more = c < 0x80 ? 0 : (c & 0xe0) == 0xc0 ? 1 : (c & 0xf0) == 0xe0 ? 2 : 3;

	if (more > 0) {
		if (c < 0xc2 || c > 0xf4)
			return CHAR_BAD;
		c &= 0x3fu >> more;
	}
	for (; more > 0; more--) {
		next = take_octets(in, 1);
		if ((next & 0xffffffc0) != 0x80)
			return CHAR_BAD;
		c = c << 6 | (next & 0x3f);
	}
	return c;
}

static uint32_t
take_char(struct brski_slice *in, uint8_t tag)
{
	if (in->n == 0)
		return CHAR_END;
	switch (tag) {
	case BRSKI_DER_UTF8:
		return take_utf8(in);
	case TAG_BMP:
		return take_octets(in, 2);
	case TAG_UNIVERSAL:
		return take_octets(in, 4);
	default: /* one octet each; TeletexString is taken for Latin-1, as everybody writes it */
		return take_octets(in, 1);
	}
}

/*
 * RFC 4518 2.2, without its rarer scripts: a Name that differs in the case of one of those does not
 * match, which refuses more than it should and never less.
 */
static uint32_t
fold(uint32_t c)
{
	static const struct {
		uint32_t from, to, add;
	} upper[] = {
		{ 'A', 'Z', 0x20 },
		{ 0xc0, 0xd6, 0x20 }, /* Latin-1 */
		{ 0xd8, 0xde, 0x20 },
		{ 0x391, 0x3a9, 0x20 }, /* Greek */
		{ 0x400, 0x40f, 0x50 }, /* Cyrillic */
		{ 0x410, 0x42f, 0x20 },
	};
	size_t i;

	for (i = 0; i < sizeof(upper) / sizeof(upper[0]); i++)
		if (c >= upper[i].from && c <= upper[i].to)
			return c + upper[i].add;
	return c;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0;
}

static uint32_t
next_prepared(struct chars *s)
{
	bool space = false;
	uint32_t c = s->held;

	s->held = 0;
	if (c != 0)
		return c;
	while (is_space(c = take_char(&s->in, s->tag)))
		space = true;
	if (c == CHAR_END || c == CHAR_BAD)
		return c;
	c = fold(c);
	if (space && s->started) {
		s->held = c;
		c = ' ';
	}
	s->started = true;
	return c;
}

static bool
value_eq(uint8_t tag_a, struct brski_slice a, uint8_t tag_b, struct brski_slice b)
{
	struct chars sa = { .in = a, .tag = tag_a }, sb = { .in = b, .tag = tag_b };
	uint32_t c;

	if (!is_text(tag_a) || !is_text(tag_b))
		return tag_a == tag_b && brski_slice_eq(a, b);
	do {
		c = next_prepared(&sa);
		if (c == CHAR_BAD || c != next_prepared(&sb))
			return false;
	} while (c != CHAR_END);
	return true;
}

struct attribute {
	struct brski_slice oid, value;
	uint8_t tag;
};

static bool
take_attribute(struct brski_slice *set, struct attribute *out)
{
	struct brski_slice seq;

	return brski_der_take(set, BRSKI_DER_SEQUENCE, &seq) &&
	    brski_der_take(&seq, BRSKI_DER_OID, &out->oid) &&
	    brski_der_next(&seq, &out->tag, &out->value, NULL) == BRSKI_OK && seq.n == 0;
}

/* Is the attribute in the set? */
static bool
set_has(struct brski_slice set, const struct attribute *a)
{
	struct attribute b;

	while (take_attribute(&set, &b))
		if (brski_slice_eq(a->oid, b.oid) && value_eq(a->tag, a->value, b.tag, b.value))
			return true;
	return false;
}

static bool
set_within(struct brski_slice a, struct brski_slice b)
{
	struct attribute at;

	while (a.n > 0)
		if (!take_attribute(&a, &at) || !set_has(b, &at))
			return false;
	return true;
}

bool
brski_name_eq(struct brski_slice a, struct brski_slice b)
{
	struct brski_slice sa, sb, set_a, set_b;

	if (brski_slice_eq(a, b))
		return true;
	if (!brski_der_take(&a, BRSKI_DER_SEQUENCE, &sa) ||
	    !brski_der_take(&b, BRSKI_DER_SEQUENCE, &sb))
		return false;
	while (sa.n > 0 && sb.n > 0)
		if (!brski_der_take(&sa, BRSKI_DER_SET, &set_a) ||
		    !brski_der_take(&sb, BRSKI_DER_SET, &set_b) || !set_within(set_a, set_b) ||
		    !set_within(set_b, set_a))
			return false;
	return sa.n == 0 && sb.n == 0;
}

bool
brski_name_read(struct brski_slice der, struct brski_slice *serial)
{
	struct brski_slice rdns, set;
	struct attribute a;
	int serials = 0;

	*serial = (struct brski_slice){ NULL, 0 };
	if (!brski_der_take(&der, BRSKI_DER_SEQUENCE, &rdns) || der.n != 0)
		return false;
	while (rdns.n > 0) {
		if (!brski_der_take(&rdns, BRSKI_DER_SET, &set) || set.n == 0)
			return false;
		while (set.n > 0) {
			if (!take_attribute(&set, &a))
				return false;
			if (!brski_slice_eq(a.oid, BRSKI_LIT("\x55\x04\x05")))
				continue;
			serials++;
			if (a.tag == BRSKI_DER_PRINTABLE || a.tag == BRSKI_DER_UTF8)
				*serial = a.value;
		}
	}
	/* Which of two would be the device's? Neither: RFC 8995 2.3.1 knows one. */
	if (serials != 1)
		*serial = (struct brski_slice){ NULL, 0 };
	return true;
}

/* A bounded text under construction. */
struct text {
	char *p;
	size_t n, cap;
};

static void
put(struct text *t, const char *s)
{
	for (; *s != '\0' && t->n + 1 < t->cap; s++)
		t->p[t->n++] = *s;
	t->p[t->n] = '\0';
}

static void
put_value(struct text *t, uint8_t tag, struct brski_slice value)
{
	uint32_t c;

	if (!is_text(tag)) {
		put(t, "?");
		return;
	}
	while ((c = take_char(&value, tag)) != CHAR_END) {
		put(t, (char[2]){ c >= ' ' && c <= '~' ? (char)c : '?', '\0' });
		if (c == CHAR_BAD)
			return;
	}
}

/* X.690 8.19: base 128, the first subidentifier holds two arcs. */
static void
put_oid(struct text *t, struct brski_slice oid)
{
	char arc[32];
	uint64_t v = 0;
	size_t i;
	bool first = true;

	for (i = 0; i < oid.n; i++) {
		v = v << 7 | (oid.p[i] & 0x7f);
		if ((oid.p[i] & 0x80) != 0)
			continue;
		if (first)
			snprintf(arc, sizeof(arc), "%d.%llu", v < 80 ? (int)(v / 40) : 2,
			    (unsigned long long)(v < 80 ? v % 40 : v - 80));
		else
			snprintf(arc, sizeof(arc), ".%llu", (unsigned long long)v);
		put(t, arc);
		first = false;
		v = 0;
	}
}

static void
put_type(struct text *t, struct brski_slice oid)
{
	static const struct {
		struct brski_slice oid;
		const char *name;
	} types[] = {
		{ BRSKI_LIT("\x55\x04\x03"), "CN" },
		{ BRSKI_LIT("\x55\x04\x05"), "serialNumber" },
		{ BRSKI_LIT("\x55\x04\x06"), "C" },
		{ BRSKI_LIT("\x55\x04\x07"), "L" },
		{ BRSKI_LIT("\x55\x04\x08"), "ST" },
		{ BRSKI_LIT("\x55\x04\x0a"), "O" },
		{ BRSKI_LIT("\x55\x04\x0b"), "OU" },
		{ BRSKI_LIT("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"), "DC" },
		{ BRSKI_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"), "emailAddress" },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (brski_slice_eq(oid, types[i].oid)) {
			put(t, types[i].name);
			return;
		}
	put_oid(t, oid);
}

char *
brski_name_text(struct brski_slice name, char *dst, size_t cap)
{
	struct text t = { .p = dst, .cap = cap };
	struct brski_slice rdns, set;
	struct attribute a;

	dst[0] = '\0';
	if (!brski_der_take(&name, BRSKI_DER_SEQUENCE, &rdns))
		return dst;
	while (brski_der_take(&rdns, BRSKI_DER_SET, &set))
		while (take_attribute(&set, &a)) {
			put(&t, t.n > 0 ? ", " : "");
			put_type(&t, a.oid);
			put(&t, "=");
			put_value(&t, a.tag, a.value);
		}
	return dst;
}

/* RFC 5280 6.3.3 (b) (2) (i) compares names; only directoryNames have more than one spelling. */
bool
brski_general_names_meet(struct brski_slice a, struct brski_slice b)
{
	const uint8_t directory = BRSKI_DER_CONTEXT | BRSKI_DER_CONSTRUCTED | 4;
	struct brski_slice name_a, name_b, in;
	uint8_t tag_a, tag_b;

	while (brski_der_next(&a, &tag_a, &name_a, NULL) == BRSKI_OK)
		for (in = b; brski_der_next(&in, &tag_b, &name_b, NULL) == BRSKI_OK;)
			if (tag_a == tag_b &&
			    (tag_a == directory ? brski_name_eq(name_a, name_b)
			                        : brski_slice_eq(name_a, name_b)))
				return true;
	return false;
}
