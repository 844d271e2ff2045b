/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPY messages between a stateless join proxy and a registrar,
 * draft-ietf-anima-constrained-join-proxy: CBOR [header bstr, content bstr]. The header is the
 * proxy's secret; a registrar gives it back unchanged.
 */
#ifndef BRSKI_JPY_H
#define BRSKI_JPY_H

#include "base/buf.h"

#define BRSKI_JPY_HEADER_MAX 32 /* what we accept and make */
#define BRSKI_JPY_OVERHEAD   38

struct brski_jpy {
	struct brski_slice header, content; /* borrowed */
};
/*
 * Arrays of two or more elements: the first two count. E_MALFORMED: not that, nothing in content,
 * E_TOO_LARGE: a header longer than BRSKI_JPY_HEADER_MAX.
 */
enum brski_rc brski_jpy_decode(struct brski_slice datagram, struct brski_jpy *out,
    struct brski_err *err);
/* Appended to out, which may be fixed storage. */
enum brski_rc brski_jpy_encode(const struct brski_jpy *m, struct brski_buf *out,
    struct brski_err *err);

#endif
