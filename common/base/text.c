/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/text.h"

#define PEM_BEGIN "-----BEGIN "
#define PEM_END   "-----END "
#define PEM_DASH  "-----"
#define PEM_LINE  48 /* bytes in 64 characters, RFC 7468 2 */

static const char base64_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Values of the standard alphabet from character 32 on. */
static const int8_t base64_values[96] = {
	/* clang-format off */
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1, -1, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
	-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1,
	-1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
	/* clang-format on */
};

size_t
brski_base64_encoded_len(size_t n)
{
	return (n + 2) / 3 * 4;
}

static enum brski_rc
base64_encode(struct brski_slice in, const char *alphabet, bool pad, struct brski_buf *out,
    struct brski_err *err)
{
	size_t len = pad ? brski_base64_encoded_len(in.n) : (in.n * 4 + 2) / 3;
	uint8_t *p, *end;
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(out, len, &p, err)) != BRSKI_OK)
		return rc;
	end = p + len;
	for (size_t i = 0; i < in.n; i += 3) {
		uint32_t v = (uint32_t)in.p[i] << 16;

		if (i + 1 < in.n)
			v |= (uint32_t)in.p[i + 1] << 8;
		if (i + 2 < in.n)
			v |= in.p[i + 2];
		*p++ = (uint8_t)alphabet[v >> 18];
		*p++ = (uint8_t)alphabet[v >> 12 & 63];
		if (i + 1 < in.n)
			*p++ = (uint8_t)alphabet[v >> 6 & 63];
		if (i + 2 < in.n)
			*p++ = (uint8_t)alphabet[v & 63];
	}
	while (p < end)
		*p++ = '=';
	brski_buf_commit(out, len);
	return BRSKI_OK;
}

enum brski_rc
brski_base64_encode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	return base64_encode(in, base64_std, true, out, err);
}

enum brski_rc
brski_base64url_encode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	return base64_encode(in, base64_url, false, out, err);
}

static int
base64_value(uint8_t c, enum brski_base64_form form)
{
	if (form == BRSKI_BASE64_ANY && c == '-')
		return 62;
	if (form == BRSKI_BASE64_ANY && c == '_')
		return 63;
	return c >= 32 && c < 128 ? base64_values[c - 32] : -1;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Bytes that the characters can stand for at most, so that a tight buffer suffices. */
static size_t
base64_room(struct brski_slice in, enum brski_base64_form form)
{
	size_t chars = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '=' && !(form == BRSKI_BASE64_LINES && is_space(in.p[i])))
			chars++;
	return chars / 4 * 3 + chars % 4 * 3 / 4;
}

/* RFC 4648 3.2 and 3.5: padding as the form wants it, and no bits that say nothing. */
static bool
base64_ends_well(size_t chars, size_t pads, uint32_t left, enum brski_base64_form form)
{
	static const size_t wanted[] = { 0, 0, 2, 1 };
	static const uint32_t unused[] = { 0, 0, 0xf, 0x3 };
	size_t tail = chars % 4;

	if (tail == 1 || (left & unused[tail]) != 0)
		return false;
	return pads == wanted[tail] || (pads == 0 && form == BRSKI_BASE64_ANY);
}

/* Whole groups of the alphabet that all forms share: nearly all of it. How many characters. */
static size_t
base64_groups(struct brski_slice in, uint8_t *out)
{
	int v[4];
	size_t i;

	for (i = 0; in.n - i >= 4; i += 4) {
		for (size_t j = 0; j < 4; j++)
			v[j] = base64_value(in.p[i + j], BRSKI_BASE64_STRICT);
		if ((v[0] | v[1] | v[2] | v[3]) < 0)
			break;
		*out++ = (uint8_t)(v[0] << 2 | v[1] >> 4);
		*out++ = (uint8_t)(v[1] << 4 | v[2] >> 2);
		*out++ = (uint8_t)(v[2] << 6 | v[3]);
	}
	return i;
}

static bool
base64_read(struct brski_slice in, enum brski_base64_form form, uint8_t *out)
{
	size_t chars = base64_groups(in, out), pads = 0;
	uint32_t acc = 0;
	int v;

	out += chars / 4 * 3;
	for (size_t i = chars; i < in.n; i++) {
		if (form == BRSKI_BASE64_LINES && is_space(in.p[i]))
			continue;
		if (in.p[i] == '=') {
			pads++;
			continue;
		}
		if ((v = base64_value(in.p[i], form)) < 0 || pads > 0)
			return false;
		acc = acc << 6 | (uint32_t)v;
		if (chars % 4 > 0)
			*out++ = (uint8_t)(acc >> (6 - chars % 4 * 2));
		chars++;
	}
	return base64_ends_well(chars, pads, acc, form);
}

enum brski_rc
brski_base64_decode(struct brski_slice in, enum brski_base64_form form, struct brski_buf *out,
    struct brski_err *err)
{
	size_t room = base64_room(in, form);
	uint8_t *p;
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(out, room, &p, err)) != BRSKI_OK)
		return rc;
	if (!base64_read(in, form, p))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 4648 3", "not base64");
	brski_buf_commit(out, room);
	return BRSKI_OK;
}

enum brski_rc
brski_hex_encode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *p;
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(out, in.n * 2, &p, err)) != BRSKI_OK)
		return rc;
	for (size_t i = 0; i < in.n; i++) {
		*p++ = (uint8_t)digits[in.p[i] >> 4];
		*p++ = (uint8_t)digits[in.p[i] & 15];
	}
	brski_buf_commit(out, in.n * 2);
	return BRSKI_OK;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex_read(struct brski_slice in, uint8_t *out)
{
	int high, low;

	for (size_t i = 0; i + 1 < in.n; i += 2) {
		high = hex_value(in.p[i]);
		low = hex_value(in.p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		*out++ = (uint8_t)(high << 4 | low);
	}
	return in.n % 2 == 0;
}

enum brski_rc
brski_hex_decode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	uint8_t *p;
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(out, in.n / 2, &p, err)) != BRSKI_OK)
		return rc;
	if (!hex_read(in, p))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 4648 8", "not hexadecimal");
	brski_buf_commit(out, in.n / 2);
	return BRSKI_OK;
}

enum brski_rc
brski_percent_decode(struct brski_slice in, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	uint8_t octet;
	size_t i;

	for (i = 0; i < in.n && rc == BRSKI_OK; i++) {
		octet = in.p[i];
		if (octet == '%') {
			if (in.n - i < 3 || !hex_read(brski_slice(in.p + i + 1, 2), &octet))
				return brski_fail(err, BRSKI_E_MALFORMED, "RFC 3986 2.1",
				    "a broken escape");
			i += 2;
		}
		rc = brski_buf_append_byte(out, octet, err);
	}
	return rc;
}

/*
 * Split *text at the next occurrence of mark: what stands before it; *text moves behind it. False:
 * none left, *text unchanged.
 */
static bool
split(struct brski_slice *text, struct brski_slice mark, struct brski_slice *before)
{
	const uint8_t *at = text->n == 0 ? NULL : memmem(text->p, text->n, mark.p, mark.n);

	if (at == NULL)
		return false;
	*before = brski_slice(text->p, (size_t)(at - text->p));
	text->n -= before->n + mark.n;
	text->p = at + mark.n;
	return true;
}

/* RFC 7468 2: the label after END is the one after BEGIN. */
static bool
pem_frame(struct brski_slice *text, struct brski_slice *label, struct brski_slice *body)
{
	struct brski_slice end;

	return split(text, BRSKI_LIT(PEM_DASH), label) && split(text, BRSKI_LIT(PEM_END), body) &&
	    split(text, BRSKI_LIT(PEM_DASH), &end) && brski_slice_eq(*label, end);
}

enum brski_rc
brski_pem_next(struct brski_slice *text, struct brski_slice *label, struct brski_buf *out,
    struct brski_err *err)
{
	struct brski_slice body, skipped;

	if (!split(text, BRSKI_LIT(PEM_BEGIN), &skipped))
		return BRSKI_E_NOT_FOUND;
	if (!pem_frame(text, label, &body))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7468 2", "PEM block has no end");
	return brski_base64_decode(body, BRSKI_BASE64_LINES, out, err);
}

static enum brski_rc
pem_body(struct brski_slice der, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	for (size_t at = 0; at < der.n; at += PEM_LINE) {
		size_t n = der.n - at < PEM_LINE ? der.n - at : PEM_LINE;

		if ((rc = brski_base64_encode(brski_slice(der.p + at, n), out, err)) != BRSKI_OK ||
		    (rc = brski_buf_append_byte(out, '\n', err)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}

enum brski_rc
brski_pem_encode(const char *label, struct brski_slice der, struct brski_buf *out,
    struct brski_err *err)
{
	size_t before = out->n;
	enum brski_rc rc;

	if ((rc = brski_buf_printf(out, err, PEM_BEGIN "%s" PEM_DASH "\n", label)) != BRSKI_OK ||
	    (rc = pem_body(der, out, err)) != BRSKI_OK ||
	    (rc = brski_buf_printf(out, err, PEM_END "%s" PEM_DASH "\n", label)) != BRSKI_OK)
		out->n = before;
	return rc;
}

bool
brski_secret_eq(struct brski_slice a, struct brski_slice b)
{
	uint8_t differ = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		differ |= (uint8_t)(a.p[i] ^ b.p[i]);
	return differ == 0;
}

void
brski_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

char *
brski_text_safe(struct brski_slice in, char *dst, size_t cap)
{
	size_t n = in.n < cap - 1 ? in.n : cap - 1;

	for (size_t i = 0; i < n; i++)
		dst[i] = in.p[i] >= 0x20 && in.p[i] < 0x7f ? (char)in.p[i] : '?';
	dst[n] = '\0';
	return dst;
}

/* One character of UTF-8 (RFC 3629 4) at the start of in: its length, 0 when there is none. */
static size_t
utf8_next(struct brski_slice in, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t c = in.p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	uint32_t v = n == 1 ? c : c & (0x7fu >> n);

	if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || n > in.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((in.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (in.p[i] & 0x3f);
	}
	*out = v;
	return v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? 0 : n;
}

bool
brski_text_is_utf8(struct brski_slice in)
{
	uint32_t c;
	size_t n;

	for (; in.n > 0; in.p += n, in.n -= n)
		if ((n = utf8_next(in, &c)) == 0)
			return false;
	return true;
}

bool
brski_text_is_clean(struct brski_slice in)
{
	uint32_t c;
	size_t n;

	for (; in.n > 0; in.p += n, in.n -= n)
		if ((n = utf8_next(in, &c)) == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
	return true;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool
brski_text_eq_nocase(struct brski_slice a, const char *b)
{
	if (a.n != strlen(b))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower((uint8_t)b[i]))
			return false;
	return true;
}

/* "type/subtype" without the parameters and the white space around it. */
static struct brski_slice
media_essence(struct brski_slice media)
{
	size_t n = 0;

	while (media.n > 0 && (*media.p == ' ' || *media.p == '\t'))
		media = brski_slice(media.p + 1, media.n - 1);
	while (n < media.n && media.p[n] != ';')
		n++;
	while (n > 0 && (media.p[n - 1] == ' ' || media.p[n - 1] == '\t'))
		n--;
	return brski_slice(media.p, n);
}

bool
brski_text_media_eq(struct brski_slice a, const char *b)
{
	struct brski_slice x = media_essence(a), y = media_essence(brski_slice_str(b));

	if (x.n != y.n)
		return false;
	for (size_t i = 0; i < x.n; i++)
		if (lower(x.p[i]) != lower(y.p[i]))
			return false;
	return true;
}
