/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "coap/coap.h"

#define COAP_VERSION   1
#define HEADER         4
#define PAYLOAD_MARKER 0xff
#define NUMBER_MAX     65535 /* of an option, RFC 7252 3.1 */
#define EXTEND_1       13    /* nibbles: one more byte, two more, none of both */
#define EXTEND_2       14
#define EXTEND_NONE    15
#define FROM_1         13u /* what the more bytes count from */
#define FROM_2         269u

/* --- options */

/* Options that we know: lengths by RFC 7252 5.10, RFC 7959 2.1 and 4. */
static const struct {
	unsigned number;
	size_t min, max;
	bool repeatable;
} known[] = {
	{ BRSKI_COAP_URI_HOST, 1, 255, false },
	{ BRSKI_COAP_ETAG, 1, 8, true },
	{ BRSKI_COAP_URI_PORT, 0, 2, false },
	{ BRSKI_COAP_URI_PATH, 0, 255, true },
	{ BRSKI_COAP_CONTENT_FORMAT, 0, 2, false },
	{ BRSKI_COAP_URI_PATH_ABBREV, 0, 4, false },
	{ BRSKI_COAP_MAX_AGE, 0, 4, false },
	{ BRSKI_COAP_URI_QUERY, 0, 255, true },
	{ BRSKI_COAP_ACCEPT, 0, 2, false },
	{ BRSKI_COAP_BLOCK2, 0, 3, false },
	{ BRSKI_COAP_BLOCK1, 0, 3, false },
	{ BRSKI_COAP_SIZE2, 0, 4, false },
	{ BRSKI_COAP_PROXY_URI, 1, 1034, false },
	{ BRSKI_COAP_PROXY_SCHEME, 1, 255, false },
	{ BRSKI_COAP_SIZE1, 0, 4, false },
};
#define KNOWN_N (sizeof(known) / sizeof(known[0]))

static size_t
known_index(unsigned number)
{
	size_t i;

	for (i = 0; i < KNOWN_N && known[i].number != number; i++)
		;
	return i;
}

/* The delta or the length of an option from its nibble and what extends it. */
static enum brski_rc
read_extended(struct brski_slice *at, unsigned nibble, unsigned *out, struct brski_err *err)
{
	size_t more = nibble >= EXTEND_1 ? nibble - EXTEND_1 + 1 : 0;

	if (nibble == EXTEND_NONE || at->n < more)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 3.1",
		    "an option's nibble %u with %zu bytes behind it", nibble, at->n);
	*out = nibble;
	if (nibble == EXTEND_1)
		*out = FROM_1 + at->p[0];
	if (nibble == EXTEND_2)
		*out = FROM_2 + ((unsigned)at->p[0] << 8 | at->p[1]);
	*at = brski_slice(at->p + more, at->n - more);
	return BRSKI_OK;
}

/* *at is not empty. */
static enum brski_rc
read_option(struct brski_slice *at, unsigned *number, struct brski_coap_option_view *out,
    struct brski_err *err)
{
	struct brski_slice in = brski_slice(at->p + 1, at->n - 1);
	unsigned first = at->p[0], delta = 0, length = 0;
	enum brski_rc rc;

	if ((rc = read_extended(&in, first >> 4, &delta, err)) != BRSKI_OK ||
	    (rc = read_extended(&in, first & 15, &length, err)) != BRSKI_OK)
		return rc;
	if (*number + delta > NUMBER_MAX || length > in.n)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 3.1",
		    "option %u of %u bytes, %zu are there", *number + delta, length, in.n);
	*number += delta;
	out->number = *number;
	out->value = brski_slice(in.p, length);
	*at = brski_slice(in.p + length, in.n - length);
	return BRSKI_OK;
}

bool
brski_coap_option_next(struct brski_slice *at, unsigned *number, struct brski_coap_option_view *out)
{
	return at->n > 0 && read_option(at, number, out, NULL) == BRSKI_OK;
}

static bool
length_fits(size_t i, size_t n)
{
	return n >= known[i].min && n <= known[i].max;
}

bool
brski_coap_option_find(const struct brski_coap_message *m, unsigned number, struct brski_slice *out)
{
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned n = 0;
	size_t i;

	*out = (struct brski_slice){ 0 };
	while (brski_coap_option_next(&at, &n, &o)) {
		if (o.number != number)
			continue;
		i = known_index(number);
		if (i < KNOWN_N && !length_fits(i, o.value.n))
			return false;
		*out = o.value;
		return true;
	}
	return false;
}

unsigned
brski_coap_critical(const struct brski_coap_message *m)
{
	struct brski_slice at = m->options;
	struct brski_coap_option_view o;
	unsigned n = 0, before = 0;
	size_t i;

	for (; brski_coap_option_next(&at, &n, &o); before = o.number) {
		i = known_index(o.number);
		if (o.number % 2 == 1 &&
		    (i == KNOWN_N || !length_fits(i, o.value.n) ||
		        (o.number == before && !known[i].repeatable)))
			return o.number;
	}
	return 0;
}

bool
brski_coap_uint(struct brski_slice value, uint32_t *out)
{
	uint32_t v = 0;
	size_t i;

	if (value.n > sizeof(v))
		return false;
	for (i = 0; i < value.n; i++)
		v = v << 8 | value.p[i];
	*out = v;
	return true;
}

bool
brski_coap_block_read(struct brski_slice value, struct brski_coap_block *out)
{
	uint32_t v;

	if (value.n > 3 || !brski_coap_uint(value, &v) || (v & 7) == 7)
		return false;
	*out = (struct brski_coap_block){ .num = v >> 4, .more = v >> 3 & 1, .szx = v & 7 };
	return true;
}

/* --- messages in */

/* RFC 7252 3 and 4.2, Table 1: which classes of codes each type may have, one bit each. */
#define EMPTY    0x100
#define REQUEST  (1 << 0)
#define RESPONSE (1 << 2 | 1 << 4 | 1 << 5)
static const unsigned classes[] = {
	[BRSKI_COAP_CON] = EMPTY | REQUEST | RESPONSE,
	[BRSKI_COAP_NON] = REQUEST | RESPONSE,
	[BRSKI_COAP_ACK] = EMPTY | RESPONSE,
	[BRSKI_COAP_RST] = EMPTY,
};

static enum brski_rc
read_header(struct brski_slice *in, struct brski_coap_message *out, struct brski_err *err)
{
	unsigned version, token_n;

	if (in->n < HEADER)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 3", "%zu bytes", in->n);
	version = in->p[0] >> 6;
	token_n = in->p[0] & 15;
	out->type = in->p[0] >> 4 & 3;
	out->code = in->p[1];
	out->mid = (uint16_t)(in->p[2] << 8 | in->p[3]);
	*in = brski_slice(in->p + HEADER, in->n - HEADER);
	if (version != COAP_VERSION || token_n > BRSKI_COAP_TOKEN_MAX || token_n > in->n)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 3",
		    "version %u, a token of %u bytes", version, token_n);
	out->token = brski_slice(in->p, token_n);
	if ((classes[out->type] & (out->code == 0 ? EMPTY : 1u << (out->code >> 5))) == 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 4.2", "type %u, code %u.%02u",
		    out->type, out->code >> 5, out->code & 31);
	if (out->code == BRSKI_COAP_EMPTY && in->n > 0)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 4.1",
		    "an empty message with %zu bytes", in->n);
	*in = brski_slice(in->p + token_n, in->n - token_n);
	return BRSKI_OK;
}

static enum brski_rc
read_options(struct brski_slice *in, struct brski_coap_message *out, struct brski_err *err)
{
	const uint8_t *start = in->p;
	struct brski_coap_option_view o;
	unsigned number = 0, count = 0;
	enum brski_rc rc;

	while (in->n > 0 && in->p[0] != PAYLOAD_MARKER) {
		if ((rc = read_option(in, &number, &o, err)) != BRSKI_OK)
			return rc;
		if (++count > BRSKI_COAP_OPTIONS_MAX)
			return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit",
			    "more than %d options", BRSKI_COAP_OPTIONS_MAX);
	}
	out->options = brski_slice(start, (size_t)(in->p - start));
	return BRSKI_OK;
}

enum brski_rc
brski_coap_decode(struct brski_slice datagram, struct brski_coap_message *out,
    struct brski_err *err)
{
	struct brski_coap_message m = { 0 };
	enum brski_rc rc;

	if ((rc = read_header(&datagram, &m, err)) != BRSKI_OK ||
	    (rc = read_options(&datagram, &m, err)) != BRSKI_OK)
		return rc;
	if (datagram.n == 1)
		return brski_fail(err, BRSKI_E_MALFORMED, "RFC 7252 3",
		    "a payload marker without payload");
	if (datagram.n > 1)
		m.payload = brski_slice(datagram.p + 1, datagram.n - 1);
	*out = m;
	return BRSKI_OK;
}

struct brski_slice
brski_coap_empty(uint8_t out[4], enum brski_coap_type type, uint16_t mid)
{
	return brski_slice(out,
	    brski_coap_begin(out, HEADER, type, BRSKI_COAP_EMPTY, mid, (struct brski_slice){ 0 })
	        .n);
}

struct brski_slice
brski_coap_reject(struct brski_slice datagram, uint8_t out[4])
{
	if (datagram.n < HEADER || datagram.p[0] >> 4 != (COAP_VERSION << 2 | BRSKI_COAP_CON))
		return (struct brski_slice){ 0 };
	return brski_coap_empty(out, BRSKI_COAP_RST,
	    (uint16_t)(datagram.p[2] << 8 | datagram.p[3]));
}

/* --- messages out */

static void
put(struct brski_coap_writer *w, const void *p, size_t n)
{
	if (w->full || n > w->cap - w->n) {
		w->full = true;
		return;
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

struct brski_coap_writer
brski_coap_begin(void *storage, size_t cap, enum brski_coap_type type, uint8_t code, uint16_t mid,
    struct brski_slice token)
{
	struct brski_coap_writer w = { .p = storage, .cap = cap };
	const uint8_t header[HEADER] = { (uint8_t)(COAP_VERSION << 6 | type << 4 | token.n), code,
		(uint8_t)(mid >> 8), (uint8_t)mid };

	put(&w, header, sizeof(header));
	put(&w, token.p, token.n);
	return w;
}

/* The nibble of v; what extends it is appended to ext. */
static uint8_t
extend(unsigned v, uint8_t ext[4], size_t *n)
{
	if (v < FROM_1)
		return (uint8_t)v;
	if (v < FROM_2) {
		ext[(*n)++] = (uint8_t)(v - FROM_1);
		return EXTEND_1;
	}
	ext[(*n)++] = (uint8_t)((v - FROM_2) >> 8);
	ext[(*n)++] = (uint8_t)(v - FROM_2);
	return EXTEND_2;
}

void
brski_coap_put(struct brski_coap_writer *w, unsigned number, struct brski_slice value)
{
	uint8_t first, ext[4];
	size_t n = 0;

	if (number < w->last || number > NUMBER_MAX || value.n > w->cap) {
		w->full = true;
		return;
	}
	first = (uint8_t)(extend(number - w->last, ext, &n) << 4);
	first |= extend((unsigned)value.n, ext, &n);
	put(w, &first, 1);
	put(w, ext, n);
	put(w, value.p, value.n);
	w->last = number;
}

void
brski_coap_put_uint(struct brski_coap_writer *w, unsigned number, uint32_t value)
{
	const uint8_t be[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16),
		(uint8_t)(value >> 8), (uint8_t)value };
	size_t skip = 0;

	/* RFC 7252 3.2: as short as it gets */
	while (skip < sizeof(be) && be[skip] == 0)
		skip++;
	brski_coap_put(w, number, brski_slice(be + skip, sizeof(be) - skip));
}

void
brski_coap_put_path(struct brski_coap_writer *w, const char *path)
{
	size_t n;

	/* RFC 7252 6.4: "/" alone is no option, any other path one per segment, empty ones too */
	if (strcmp(path, "/") == 0)
		return;
	while (*path == '/') {
		n = strcspn(++path, "/");
		brski_coap_put(w, BRSKI_COAP_URI_PATH, brski_slice(path, n));
		path += n;
	}
}

void
brski_coap_put_payload(struct brski_coap_writer *w, struct brski_slice payload)
{
	static const uint8_t marker = PAYLOAD_MARKER;

	if (payload.n == 0)
		return;
	put(w, &marker, 1);
	put(w, payload.p, payload.n);
}

void
brski_coap_put_block(struct brski_coap_writer *w, unsigned number, struct brski_coap_block b)
{
	brski_coap_put_uint(w, number, b.num << 4 | (uint32_t)b.more << 3 | b.szx);
}

/* --- registries */

/* IANA "CoAP Content-Formats": what this project speaks. */
static const struct {
	unsigned number;
	const char *media_type;
} formats[] = {
	{ 0, "text/plain;charset=utf-8" },
	{ 40, "application/link-format" },
	{ 50, "application/json" },
	{ 60, "application/cbor" },
	{ 62, "application/multipart-core" },
	{ 257, "application/concise-problem-details+cbor" },
	{ 281, "application/pkcs7-mime; smime-type=certs-only" },
	{ 285, "application/csrattrs" },
	{ 286, "application/pkcs10" },
	{ 287, "application/pkix-cert" },
	{ 836, "application/voucher+cose" },
};
#define FORMATS_N (sizeof(formats) / sizeof(formats[0]))

int
brski_coap_content_format(const char *media_type)
{
	size_t i;

	for (i = 0; i < FORMATS_N; i++)
		if (brski_text_media_eq(brski_slice_str(media_type), formats[i].media_type))
			return (int)formats[i].number;
	return -1;
}

const char *
brski_coap_media_type(unsigned content_format)
{
	size_t i;

	for (i = 0; i < FORMATS_N; i++)
		if (formats[i].number == content_format)
			return formats[i].media_type;
	return NULL;
}

int
brski_coap_status(uint8_t code, bool has_max_age)
{
	if (code >> 5 == 2)
		return 200;
	if (code == BRSKI_COAP(5, 3) && has_max_age)
		return 202;
	return (code >> 5) * 100 + (code & 31);
}
