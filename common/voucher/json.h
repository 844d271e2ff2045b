/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer's JSON, within limits: size, depth, no duplicate members (RFC 8259 4), UTF-8, nothing
 * after the value. Shared by the decoders of vouchers and of the messages around them.
 */
#ifndef BRSKI_JSON_H
#define BRSKI_JSON_H

#include <jansson.h>
#include "base/buf.h"

#define BRSKI_JSON_DEPTH 16 /* nested arrays and objects */

/*
 * One object. spec is the clause to name. On success *out is the caller's: json_decref().
 * E_TOO_LARGE: more than max bytes. E_MALFORMED: anything else that is wrong.
 */
enum brski_rc brski_json_object(struct brski_slice in, size_t max, const char *spec, json_t **out,
    struct brski_err *err);
/* The characters of a JSON string; absent when v is NULL or something else. Borrowed from v. */
struct brski_slice brski_json_text(const json_t *v);
/* Append compact JSON. v is borrowed; NULL is reported as out of memory. */
enum brski_rc brski_json_write(const json_t *v, struct brski_buf *out, struct brski_err *err);
/* Put a new value into an object and let go of it; value NULL: false. */
bool brski_json_put(json_t *object, const char *name, json_t *value);

#endif
