/* SPDX-License-Identifier: Apache-2.0 */
/* Telemetry in JSON: RFC 8995 5.7 and 5.9.4. */
#include "message/status.h"

#include <limits.h>
#include "voucher/json.h"

#define SPEC "RFC 8995 5.7"

static bool
decode_version(const json_t *value, unsigned *out)
{
	json_int_t n = json_integer_value(value);

	*out = n >= 1 && n <= INT_MAX ? (unsigned)n : 0;
	return *out != 0;
}

static bool
decode_status(const json_t *value, bool *out)
{
	*out = json_is_true(value);
	return json_is_boolean(value);
}

static bool
decode_reason(const json_t *value, struct brski_status *s)
{
	struct brski_slice text = brski_json_text(value);

	return value == NULL || (text.p != NULL && brski_status_set_reason(s, text));
}

static bool
decode_context(const json_t *value)
{
	return value == NULL || json_is_object(value);
}

static unsigned
count_unknown(const json_t *top)
{
	static const char *const known[] = { "version", "status", "reason", "reason-context" };
	size_t i, n = json_object_size(top);

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		n -= json_object_get(top, known[i]) != NULL;
	return (unsigned)n;
}

enum brski_rc
brski_status_decode_json(struct brski_slice in, struct brski_status *out, struct brski_err *err)
{
	struct brski_status s = { 0 };
	json_t *top;
	enum brski_rc rc;
	bool ok;

	*out = s;
	if ((rc = brski_json_object(in, BRSKI_STATUS_MAX, SPEC, &top, err)) != BRSKI_OK)
		return rc;
	ok = decode_version(json_object_get(top, "version"), &s.version) &&
	    decode_status(json_object_get(top, "status"), &s.status) &&
	    decode_reason(json_object_get(top, "reason"), &s) &&
	    decode_context(json_object_get(top, "reason-context"));
	s.unknown = count_unknown(top);
	json_decref(top);
	if (!ok)
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC,
		    "version, status, reason or reason-context missing or of a wrong type");
	*out = s;
	return BRSKI_OK;
}

enum brski_rc
brski_status_encode_json(const struct brski_status *s, struct brski_buf *out, struct brski_err *err)
{
	json_t *top = json_object();
	enum brski_rc rc;
	bool ok;

	ok = brski_json_put(top, "version", json_integer(s->version)) &&
	    brski_json_put(top, "status", json_boolean(s->status)) &&
	    (s->reason[0] == '\0' || brski_json_put(top, "reason", json_string(s->reason)));
	rc = ok ? brski_json_write(top, out, err)
	        : brski_broken(err, BRSKI_E_INTERNAL, "reason is not UTF-8, or no memory");
	json_decref(top);
	return rc;
}
