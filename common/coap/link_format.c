/* SPDX-License-Identifier: Apache-2.0 */
#include "coap/link_format.h"

static bool
is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(uint8_t c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 3986 2: what may stand in a URI reference */
static bool
is_uri(uint8_t c)
{
	return is_alnum(c) || is_one_of(c, "-._~:/?#[]@!$&'()*+,;=%");
}

/* parmname, RFC 5987 3.2.1 */
static bool
is_name(uint8_t c)
{
	return is_alnum(c) || is_one_of(c, "!#$&+-.^_`|~*");
}

/* ptokenchar, RFC 6690 2 */
static bool
is_token(uint8_t c)
{
	return c > ' ' && c < 0x7f && !is_one_of(c, "\",;\\");
}

static size_t
span(struct brski_slice in, bool (*fits)(uint8_t c))
{
	size_t n;

	for (n = 0; n < in.n && fits(in.p[n]); n++)
		;
	return n;
}

static struct brski_slice
skip(struct brski_slice in, size_t n)
{
	return brski_slice(in.p + n, in.n - n);
}

static bool
starts_with(struct brski_slice in, uint8_t c)
{
	return in.n > 0 && in.p[0] == c;
}

/* The length of a quoted-string with its quotes; 0: it is none. */
static size_t
quoted_string(struct brski_slice in)
{
	size_t i;

	if (!starts_with(in, '"'))
		return 0;
	for (i = 1; i < in.n && in.p[i] != '"'; i++) {
		if (in.p[i] == '\\')
			i++;
		if (i < in.n && (in.p[i] < ' ' || in.p[i] == 0x7f))
			return 0;
	}
	return i < in.n ? i + 1 : 0;
}

/* ";name", ";name=token", ";name="text""; false: none of them */
static bool
read_attribute(struct brski_slice *at, struct brski_slice *name, struct brski_slice *value)
{
	struct brski_slice in;
	size_t n;

	if (!starts_with(*at, ';'))
		return false;
	in = skip(*at, 1);
	if ((n = span(in, is_name)) == 0)
		return false;
	*name = brski_slice(in.p, n);
	*value = (struct brski_slice){ 0 };
	in = skip(in, n);
	if (starts_with(in, '=')) {
		in = skip(in, 1);
		if ((n = quoted_string(in)) > 0)
			*value = brski_slice(in.p + 1, n - 2);
		else if ((n = span(in, is_token)) > 0)
			*value = brski_slice(in.p, n);
		else
			return false;
		in = skip(in, n);
	}
	*at = in;
	return true;
}

static enum brski_rc
read_target(struct brski_slice *in, struct brski_link *out, struct brski_err *err)
{
	size_t n;

	if (!starts_with(*in, '<'))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 6690 2", "a link begins with '<'");
	*in = skip(*in, 1);
	n = span(*in, is_uri);
	out->target = brski_slice(in->p, n);
	*in = skip(*in, n);
	if (!starts_with(*in, '>'))
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 6690 2",
		    "a target does not end after %zu bytes", n);
	if (n > BRSKI_LINK_TARGET_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit", "a target of %zu bytes",
		    n);
	*in = skip(*in, 1);
	return BRSKI_OK;
}

static enum brski_rc
read_attributes(struct brski_slice *in, struct brski_link *out, struct brski_err *err)
{
	const uint8_t *start = in->p;
	struct brski_slice name, value;
	unsigned n = 0;

	while (read_attribute(in, &name, &value))
		if (++n > BRSKI_LINK_ATTRIBUTES_MAX)
			return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit",
			    "more than %d attributes", BRSKI_LINK_ATTRIBUTES_MAX);
	out->attributes = brski_slice(start, (size_t)(in->p - start));
	return BRSKI_OK;
}

/* The comma between two links; behind it stands a link. */
static enum brski_rc
read_end(struct brski_slice *in, struct brski_err *err)
{
	if (in->n == 0)
		return BRSKI_OK;
	if (in->n == 1 || in->p[0] != ',')
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 6690 2",
		    "byte 0x%02x where a link ends", in->p[0]);
	*in = skip(*in, 1);
	return BRSKI_OK;
}

enum brski_rc
brski_link_next(struct brski_slice *document, struct brski_link *out, struct brski_err *err)
{
	struct brski_slice in = *document;
	struct brski_link l = { 0 };
	enum brski_rc rc;

	if (in.n == 0)
		return BRSKI_E_NOT_FOUND;
	if (in.n > BRSKI_LINK_DOCUMENT_MAX)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit", "%zu bytes of links",
		    in.n);
	if ((rc = read_target(&in, &l, err)) != BRSKI_OK ||
	    (rc = read_attributes(&in, &l, err)) != BRSKI_OK ||
	    (rc = read_end(&in, err)) != BRSKI_OK)
		return rc;
	*out = l;
	*document = in;
	return BRSKI_OK;
}

bool
brski_link_attribute_next(struct brski_slice *at, struct brski_slice *name,
    struct brski_slice *value)
{
	return read_attribute(at, name, value);
}

bool
brski_link_attribute(const struct brski_link *l, const char *name, struct brski_slice *value)
{
	struct brski_slice at = l->attributes, found;

	while (read_attribute(&at, &found, value))
		if (brski_slice_eq(found, brski_slice_str(name)))
			return true;
	*value = (struct brski_slice){ 0 };
	return false;
}

static bool
is_word(uint8_t c)
{
	return c != ' ';
}

bool
brski_link_matches(struct brski_slice value, struct brski_slice pattern)
{
	bool prefix = pattern.n > 0 && pattern.p[pattern.n - 1] == '*';
	size_t n;

	if (prefix)
		pattern.n--;
	while (value.n > 0) {
		n = span(value, is_word);
		if (prefix ? n >= pattern.n && memcmp(value.p, pattern.p, pattern.n) == 0
		           : n > 0 && brski_slice_eq(brski_slice(value.p, n), pattern))
			return true;
		value = skip(value, n < value.n ? n + 1 : n);
	}
	return false;
}

enum brski_rc
brski_link_put(struct brski_buf *out, struct brski_slice target, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_buf_append_str(out, out->n > 0 ? ",<" : "<", err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, target, err)) != BRSKI_OK)
		return rc;
	return brski_buf_append_byte(out, '>', err);
}

enum brski_rc
brski_link_put_attribute(struct brski_buf *out, const char *name, struct brski_slice value,
    bool quoted, struct brski_err *err)
{
	const char *quote = quoted ? "\"" : "";
	enum brski_rc rc;

	if ((rc = brski_buf_append_byte(out, ';', err)) != BRSKI_OK ||
	    (rc = brski_buf_append_str(out, name, err)) != BRSKI_OK ||
	    (rc = brski_buf_append_byte(out, '=', err)) != BRSKI_OK ||
	    (rc = brski_buf_append_str(out, quote, err)) != BRSKI_OK ||
	    (rc = brski_buf_append(out, value, err)) != BRSKI_OK)
		return rc;
	return brski_buf_append_str(out, quote, err);
}
