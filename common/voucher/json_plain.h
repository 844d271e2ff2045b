/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nearly every voucher looks like, read in place: one object with one member, whose value is
 * an object of plain strings and booleans. Plain: printable ASCII without escapes. Whatever else
 * may be JSON, and whatever is none, is not for here but for json.h, which also says what is wrong.
 */
#ifndef BRSKI_JSON_PLAIN_H
#define BRSKI_JSON_PLAIN_H

#include "base/buf.h"

#define BRSKI_JSON_PLAIN_MAX 32 /* members; a voucher has 24 leaves */

struct brski_json_member {
	struct brski_slice name;
	struct brski_slice text; /* absent: a boolean */
	bool flag;
};

struct brski_json_plain {
	struct brski_slice name; /* of the one member */
	struct brski_json_member v[BRSKI_JSON_PLAIN_MAX];
	size_t n;
};

/* No name twice, nothing after the object; slices of in. False: not that plain. */
bool brski_json_plain_read(struct brski_slice in, struct brski_json_plain *out);

#endif
