/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoRE Link Format, RFC 6690 2: what /.well-known/core says. A strict reader of borrowed bytes and
 * a writer; nothing is allocated but by the writer's buffer.
 *
 *	while ((rc = brski_link_next(&document, &link, &err)) == BRSKI_OK)
 *		if (brski_link_attribute(&link, "rt", &value) &&
 *		    brski_link_matches(value, BRSKI_LIT("brski*")))
 *			...
 *	E_NOT_FOUND: that was all
 */
#ifndef BRSKI_LINK_FORMAT_H
#define BRSKI_LINK_FORMAT_H

#include "base/buf.h"

#define BRSKI_LINK_TARGET_MAX     256
#define BRSKI_LINK_ATTRIBUTES_MAX 16 /* of one link */
#define BRSKI_LINK_DOCUMENT_MAX   16384

struct brski_link {
	struct brski_slice target; /* between < and >; may be empty */
	struct brski_slice attributes;
};

/*
 * The next link; *document moves behind it. E_NOT_FOUND: there is none (err is not filled).
 * E_MALFORMED: RFC 6690 2; E_TOO_LARGE: one of the limits above. Nothing of a document is to be
 * used after an error.
 */
enum brski_rc brski_link_next(struct brski_slice *document, struct brski_link *out,
    struct brski_err *err);
/* Walk the attributes: *at starts as link->attributes. False: no more. */
bool brski_link_attribute_next(struct brski_slice *at, struct brski_slice *name,
    struct brski_slice *value);
/*
 * The first attribute of that name. value is without quotes, but as it stands there (backslashes
 * are not undone); absent when the attribute has none.
 */
bool brski_link_attribute(const struct brski_link *l, const char *name, struct brski_slice *value);
/*
 * Is pattern one of the words of value, which blanks separate? With '*' at its end it says how the
 * word begins, RFC 6690 4.1.
 */
bool brski_link_matches(struct brski_slice value, struct brski_slice pattern);

/* Append a link, after those that are there, then its attributes. Texts are our own. */
enum brski_rc brski_link_put(struct brski_buf *out, struct brski_slice target,
    struct brski_err *err);
enum brski_rc brski_link_put_attribute(struct brski_buf *out, const char *name,
    struct brski_slice value, bool quoted, struct brski_err *err);

#endif
