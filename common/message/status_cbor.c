/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry in CBOR: cBRSKI 6.6; the names of RFC 8995's CDDL are the keys. */
#include "message/status.h"

#include <limits.h>
#include "cbor/cbor.h"

#define SPEC "RFC 8995 5.7"

static bool
decode_version(const struct brski_cbor_item *value, unsigned *out)
{
	*out = (unsigned)value->number;
	return value->type == BRSKI_CBOR_UINT && value->number >= 1 && value->number <= INT_MAX;
}

/* A member with its value, whose head is item; false: of a wrong type. */
static bool
decode_member(struct brski_slice name, const struct brski_cbor_item *item, struct brski_status *s,
    bool *has_status)
{
	if (brski_slice_eq(name, BRSKI_LIT("version")))
		return decode_version(item, &s->version);
	if (brski_slice_eq(name, BRSKI_LIT("status"))) {
		s->status = item->number != 0;
		*has_status = true;
		return item->type == BRSKI_CBOR_BOOL;
	}
	if (brski_slice_eq(name, BRSKI_LIT("reason")))
		return item->type == BRSKI_CBOR_TEXT && brski_status_set_reason(s, item->string);
	if (brski_slice_eq(name, BRSKI_LIT("reason-context")))
		return item->type == BRSKI_CBOR_MAP;
	s->unknown++;
	return true;
}

/* One pair. A key that is no text is nobody's name. */
static enum brski_rc
decode_pair(struct brski_cbor *r, struct brski_status *s, bool *has_status, bool *ok,
    struct brski_err *err)
{
	struct brski_slice key, value;
	struct brski_cbor_item name, item;
	struct brski_cbor at;
	enum brski_rc rc;

	if ((rc = brski_cbor_skip(r, &key, err)) != BRSKI_OK ||
	    (rc = brski_cbor_skip(r, &value, err)) != BRSKI_OK)
		return rc;
	at = brski_cbor_reader(key, SPEC);
	if ((rc = brski_cbor_next(&at, &name, err)) != BRSKI_OK)
		return rc;
	at = brski_cbor_reader(value, SPEC);
	if ((rc = brski_cbor_next(&at, &item, err)) != BRSKI_OK)
		return rc;
	if (name.type != BRSKI_CBOR_TEXT)
		name.string = BRSKI_LIT("");
	*ok = decode_member(name.string, &item, s, has_status) && *ok;
	return BRSKI_OK;
}

enum brski_rc
brski_status_decode_cbor(struct brski_slice in, struct brski_status *out, struct brski_err *err)
{
	struct brski_status s = { 0 };
	bool ok = true, has_status = false;
	struct brski_cbor r;
	enum brski_rc rc;
	size_t pairs;

	*out = s;
	if ((rc = brski_cbor_document(in, BRSKI_STATUS_MAX, SPEC, &r, err)) != BRSKI_OK ||
	    (rc = brski_cbor_map(&r, &pairs, err)) != BRSKI_OK)
		return rc;
	while (pairs-- > 0)
		if ((rc = decode_pair(&r, &s, &has_status, &ok, err)) != BRSKI_OK)
			return rc;
	if (!ok || s.version == 0 || !has_status)
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC,
		    "version, status, reason or reason-context missing or of a wrong type");
	*out = s;
	return BRSKI_OK;
}

enum brski_rc
brski_status_encode_cbor(const struct brski_status *s, struct brski_buf *out, struct brski_err *err)
{
	bool reason = s->reason[0] != '\0';
	size_t mark = out->n;
	enum brski_rc rc;

	if ((rc = brski_cbor_put_map(out, reason ? 3 : 2, err)) != BRSKI_OK ||
	    (rc = brski_cbor_put_text(out, "version", err)) != BRSKI_OK ||
	    (rc = brski_cbor_put_uint(out, s->version, err)) != BRSKI_OK ||
	    (rc = brski_cbor_put_text(out, "status", err)) != BRSKI_OK ||
	    (rc = brski_cbor_put_bool(out, s->status, err)) != BRSKI_OK ||
	    (reason &&
	        ((rc = brski_cbor_put_text(out, "reason", err)) != BRSKI_OK ||
	            (rc = brski_cbor_put_text(out, s->reason, err)) != BRSKI_OK)))
		out->n = mark;
	return rc;
}
