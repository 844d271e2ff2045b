/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoAP messages, RFC 7252 3: a strict decoder of borrowed bytes and a writer into lent storage.
 * Nothing is allocated. Options in a decoded message stay where they are; brski_coap_option_next()
 * walks them, brski_coap_decode() has checked them all.
 */
#ifndef BRSKI_COAP_COAP_H
#define BRSKI_COAP_COAP_H

#include "base/err.h"
#include "base/slice.h"

#define BRSKI_COAP_DATAGRAM_MAX 1152 /* RFC 7252 4.6 */
#define BRSKI_COAP_TOKEN_MAX    8
#define BRSKI_COAP_OPTIONS_MAX  24 /* in one message */

enum brski_coap_type {
	BRSKI_COAP_CON,
	BRSKI_COAP_NON,
	BRSKI_COAP_ACK,
	BRSKI_COAP_RST
};

enum brski_coap_code {
	BRSKI_COAP_EMPTY = 0,
	BRSKI_COAP_GET = 1,
	BRSKI_COAP_POST = 2,
};

enum brski_coap_option { /* RFC 7252 5.10, RFC 7959, uri-path-abbrev */
	BRSKI_COAP_URI_HOST = 3,
	BRSKI_COAP_ETAG = 4,
	BRSKI_COAP_URI_PORT = 7,
	BRSKI_COAP_URI_PATH = 11,
	BRSKI_COAP_CONTENT_FORMAT = 12,
	BRSKI_COAP_URI_PATH_ABBREV = 13, /* proposed number */
	BRSKI_COAP_MAX_AGE = 14,
	BRSKI_COAP_URI_QUERY = 15,
	BRSKI_COAP_ACCEPT = 17,
	BRSKI_COAP_BLOCK2 = 23,
	BRSKI_COAP_BLOCK1 = 27,
	BRSKI_COAP_SIZE2 = 28,
	BRSKI_COAP_PROXY_URI = 35,
	BRSKI_COAP_PROXY_SCHEME = 39,
	BRSKI_COAP_SIZE1 = 60,
};

struct brski_coap_message {
	enum brski_coap_type type;
	uint8_t code; /* class << 5 | detail */
	uint16_t mid;
	struct brski_slice token;
	struct brski_slice options; /* encoded */
	struct brski_slice payload; /* absent: none */
};

/*
 * E_MALFORMED: RFC 7252 3, 3.1 and 4.2 (which codes a type may have); E_TOO_LARGE: more than
 * BRSKI_COAP_OPTIONS_MAX options. *out borrows from datagram.
 */
enum brski_rc brski_coap_decode(struct brski_slice datagram, struct brski_coap_message *out,
    struct brski_err *err);
/* Four bytes: an ACK or RST for that message ID. */
struct brski_slice brski_coap_empty(uint8_t out[4], enum brski_coap_type type, uint16_t mid);
/*
 * What to send for a datagram that does not decode: a RST to a confirmable message, RFC 7252 4.2;
 * absent when nothing, which also goes for another version, RFC 7252 3.
 */
struct brski_slice brski_coap_reject(struct brski_slice datagram, uint8_t out[4]);

struct brski_coap_option_view {
	unsigned number;
	struct brski_slice value;
};
/* Walk the options of a decoded message: *at starts as message->options. False: no more. */
bool brski_coap_option_next(struct brski_slice *at, unsigned *number,
    struct brski_coap_option_view *out);
/*
 * The first option of that number; false: none, or one whose length RFC 7252 5.10 does not allow,
 * which is to be treated as unknown (5.4.3).
 */
bool brski_coap_option_find(const struct brski_coap_message *m, unsigned number,
    struct brski_slice *out);
/*
 * The number of the first critical option that cannot be used, RFC 7252 5.4.1, 5.4.3, 5.4.5: not
 * one of enum brski_coap_option, of a wrong length, or there twice. 0: all is well.
 */
unsigned brski_coap_critical(const struct brski_coap_message *m);
/* As a number, RFC 7252 3.2: leading zeros are fine. False: longer than four bytes. */
bool brski_coap_uint(struct brski_slice value, uint32_t *out);

/* A message under construction in lent storage; options in ascending order. */
struct brski_coap_writer {
	uint8_t *p;
	size_t n, cap;
	unsigned last; /* option number */
	bool full;     /* something did not fit: the message is void */
};
struct brski_coap_writer brski_coap_begin(void *storage, size_t cap, enum brski_coap_type type,
    uint8_t code, uint16_t mid, struct brski_slice token);
void brski_coap_put(struct brski_coap_writer *w, unsigned number, struct brski_slice value);
void brski_coap_put_uint(struct brski_coap_writer *w, unsigned number, uint32_t value);
/* "/a/b" as Uri-Path options. */
void brski_coap_put_path(struct brski_coap_writer *w, const char *path);
void brski_coap_put_payload(struct brski_coap_writer *w, struct brski_slice payload);

/* Block1 and Block2, RFC 7959 2.2. */
struct brski_coap_block {
	uint32_t num;
	bool more;
	unsigned szx; /* 0..6; size is 1u << (szx + 4) */
};
/* False: longer than three bytes, or szx 7. */
bool brski_coap_block_read(struct brski_slice value, struct brski_coap_block *out);
void brski_coap_put_block(struct brski_coap_writer *w, unsigned number, struct brski_coap_block b);

/*
 * Content-Format numbers and media types, one table; parameters and case of a media type are not
 * looked at. -1, NULL: not in it.
 */
int brski_coap_content_format(const char *media_type);
const char *brski_coap_media_type(unsigned content_format);

/*
 * A code as the HTTP status that operations and the pledge go by, and brski_rc_from_http() reads:
 * 2.xx 200, 5.03 with Max-Age 202 (cBRSKI 6.6: "try again later"), 4.04 404.
 */
int brski_coap_status(uint8_t code, bool has_max_age);

#endif
