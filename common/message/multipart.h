/* SPDX-License-Identifier: Apache-2.0 */
/*
 * application/multipart-core, RFC 8710: a CBOR array of content formats, each followed by a body.
 */
#ifndef BRSKI_MULTIPART_H
#define BRSKI_MULTIPART_H

#include "cbor/cbor.h"

#define BRSKI_MULTIPART_MAX   ((size_t)64 * 1024)
#define BRSKI_MULTIPART_PARTS 32

struct brski_multipart {
	struct brski_cbor r;
	size_t left; /* parts that have not been read */
};

/*
 * in is borrowed as long as *out is used. E_TOO_LARGE; E_MALFORMED: not strict CBOR, not an array
 * of pairs, more than BRSKI_MULTIPART_PARTS of them.
 */
enum brski_rc brski_multipart_open(struct brski_slice in, struct brski_multipart *out,
    struct brski_err *err);
/*
 * The next part, while left > 0; *body is absent for a part that is null. E_MALFORMED: no content
 * format, or no body.
 */
enum brski_rc brski_multipart_next(struct brski_multipart *m, unsigned *content_format,
    struct brski_slice *body, struct brski_err *err);

#endif
