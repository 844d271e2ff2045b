/* SPDX-License-Identifier: Apache-2.0 */
#include "message/auditlog.h"

#include <limits.h>
#include <stdlib.h>
#include "base/text.h"
#include "voucher/json.h"

#define SPEC "RFC 8995 5.8.1"

/* A number, or the same in a string as the RFC's own example has it. */
static bool
decode_number(const json_t *value, unsigned *out)
{
	struct brski_slice text = brski_json_text(value);
	json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
	size_t i;

	if (text.n > 0 && text.n <= 10)
		for (n = 0, i = 0; i < text.n && n >= 0; i++)
			n = text.p[i] >= '0' && text.p[i] <= '9' ? n * 10 + text.p[i] - '0' : -1;
	*out = n >= 0 && n <= INT_MAX ? (unsigned)n : 0;
	return n >= 0 && n <= INT_MAX;
}

static bool
decode_counter(const json_t *value, unsigned *out)
{
	return value == NULL || decode_number(value, out);
}

static bool
decode_domain_id(const json_t *value, struct brski_auditlog_event *e)
{
	struct brski_buf id = brski_buf_fixed(e->domain_id, sizeof(e->domain_id));
	struct brski_buf all = { .max = 2 * sizeof(e->domain_id) };
	bool ok;

	/* decoding may want more room than the result takes */
	ok = brski_base64_decode(brski_json_text(value), BRSKI_BASE64_STRICT, &all, NULL) ==
	        BRSKI_OK &&
	    all.n > 0 && brski_buf_append(&id, brski_buf_slice(&all), NULL) == BRSKI_OK;
	e->domain_id_n = id.n;
	brski_buf_clear(&all);
	return ok;
}

/* Opaque text as it was in the request; null for a nonceless voucher. */
static bool
decode_nonce(const json_t *value, struct brski_auditlog_event *e)
{
	struct brski_slice text = brski_json_text(value);

	e->nonceless = json_is_null(value);
	if (e->nonceless)
		return true;
	if (text.p == NULL || text.n > BRSKI_NONCE_TEXT_MAX || !brski_text_is_clean(text))
		return false;
	memcpy(e->nonce, text.p, text.n);
	return true;
}

static bool
decode_event(const json_t *value, struct brski_auditlog_event *e)
{
	struct brski_slice date = brski_json_text(json_object_get(value, "date"));

	e->assertion = brski_assertion_from(brski_json_text(json_object_get(value, "assertion")));
	return date.p != NULL && brski_time_parse_rfc3339(date, &e->date, NULL) == BRSKI_OK &&
	    decode_domain_id(json_object_get(value, "domainID"), e) &&
	    decode_nonce(json_object_get(value, "nonce"), e) &&
	    e->assertion != BRSKI_ASSERTION_NONE &&
	    decode_counter(json_object_get(value, "truncated"), &e->truncated);
}

static enum brski_rc
decode_events(const json_t *events, struct brski_auditlog *log, struct brski_err *err)
{
	size_t i, n = json_array_size(events);

	if (n == 0 || n > BRSKI_AUDITLOG_EVENTS)
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC, "%zu events", n);
	if ((log->events = calloc(n, sizeof(log->events[0]))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for %zu events", n);
	for (i = 0; i < n; i++)
		if (!decode_event(json_array_get(events, i), &log->events[i]))
			return brski_fail(err, BRSKI_E_MALFORMED, SPEC,
			    "event %zu: date, domainID, nonce, assertion or truncated", i);
	log->n = n;
	return BRSKI_OK;
}

static enum brski_rc
decode_log(const json_t *top, struct brski_auditlog *log, struct brski_err *err)
{
	const json_t *truncation = json_object_get(top, "truncation");

	if (!decode_number(json_object_get(top, "version"), &log->version) || log->version == 0 ||
	    (truncation != NULL && !json_is_object(truncation)) ||
	    !decode_counter(json_object_get(truncation, "nonced duplicates"),
	        &log->nonced_duplicates) ||
	    !decode_counter(json_object_get(truncation, "nonceless duplicates"),
	        &log->nonceless_duplicates) ||
	    !decode_counter(json_object_get(truncation, "arbitrary"), &log->arbitrary))
		return brski_fail(err, BRSKI_E_MALFORMED, SPEC, "version or truncation");
	return decode_events(json_object_get(top, "events"), log, err);
}

enum brski_rc
brski_auditlog_decode_json(struct brski_slice in, struct brski_auditlog *out, struct brski_err *err)
{
	struct brski_auditlog log = { 0 };
	json_t *top;
	enum brski_rc rc;

	*out = log;
	if ((rc = brski_json_object(in, BRSKI_AUDITLOG_MAX, SPEC, &top, err)) != BRSKI_OK)
		return rc;
	if ((rc = decode_log(top, &log, err)) != BRSKI_OK)
		brski_auditlog_clear(&log);
	json_decref(top);
	*out = log;
	return rc;
}

static bool
put_event(json_t *events, const struct brski_auditlog_event *e)
{
	json_t *event = json_object();
	char date[BRSKI_TIME_TEXT];
	struct brski_buf id = { 0 };
	bool ok;

	brski_time_format_rfc3339(e->date, date);
	ok =
	    brski_base64_encode(brski_slice(e->domain_id, e->domain_id_n), &id, NULL) == BRSKI_OK &&
	    brski_json_put(event, "date", json_string(date)) &&
	    brski_json_put(event, "domainID", json_stringn((const char *)id.p, id.n)) &&
	    brski_json_put(event, "nonce", e->nonceless ? json_null() : json_string(e->nonce)) &&
	    brski_json_put(event, "assertion", json_string(brski_assertion_name(e->assertion))) &&
	    (e->truncated == 0 || brski_json_put(event, "truncated", json_integer(e->truncated)));
	brski_buf_clear(&id);
	if (!ok)
		json_decref(event);
	return ok && json_array_append_new(events, event) == 0;
}

static bool
put_counter(json_t *object, const char *name, unsigned n)
{
	return n == 0 || brski_json_put(object, name, json_integer(n));
}

static bool
put_truncation(json_t *top, const struct brski_auditlog *log)
{
	json_t *t = json_object();
	bool ok;

	ok = put_counter(t, "nonced duplicates", log->nonced_duplicates) &&
	    put_counter(t, "nonceless duplicates", log->nonceless_duplicates) &&
	    put_counter(t, "arbitrary", log->arbitrary) &&
	    (json_object_size(t) == 0 || brski_json_put(top, "truncation", json_incref(t)));
	json_decref(t);
	return ok;
}

enum brski_rc
brski_auditlog_encode_json(const struct brski_auditlog *log, struct brski_buf *out,
    struct brski_err *err)
{
	json_t *top = json_object(), *events = json_array();
	bool ok = brski_json_put(top, "version", json_integer(log->version));
	enum brski_rc rc;
	size_t i;

	for (i = 0; i < log->n && ok; i++)
		ok = put_event(events, &log->events[i]);
	ok = ok && brski_json_put(top, "events", json_incref(events)) && put_truncation(top, log);
	rc = ok ? brski_json_write(top, out, err)
	        : brski_broken(err, BRSKI_E_INTERNAL, "an event is not text, or no memory");
	json_decref(events);
	json_decref(top);
	return rc;
}

void
brski_auditlog_clear(struct brski_auditlog *log)
{
	free(log->events);
	*log = (struct brski_auditlog){ 0 };
}
