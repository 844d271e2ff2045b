/* SPDX-License-Identifier: Apache-2.0 */
#include "voucher/json.h"

#include "base/text.h"

/*
 * jansson recurses some thousand levels before it refuses; a peer does not get to choose our stack.
 * Brackets inside strings do not count, so strings are skipped; whether the rest is JSON is
 * jansson's to say.
 */
static bool
too_deep(struct brski_slice in)
{
	bool in_string = false;
	size_t i, depth = 0;

	for (i = 0; i < in.n; i++) {
		if (in_string) {
			if (in.p[i] == '\\')
				i++;
			else if (in.p[i] == '"')
				in_string = false;
		} else if (in.p[i] == '"') {
			in_string = true;
		} else if (in.p[i] == '{' || in.p[i] == '[') {
			if (++depth > BRSKI_JSON_DEPTH)
				return true;
		} else if ((in.p[i] == '}' || in.p[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

enum brski_rc
brski_json_object(struct brski_slice in, size_t max, const char *spec, json_t **out,
    struct brski_err *err)
{
	char text[64];
	json_error_t why;

	*out = NULL;
	if (in.n > max)
		return brski_fail(err, BRSKI_E_TOO_LARGE, spec, "%zu bytes of JSON, limit %zu",
		    in.n, max);
	if (too_deep(in))
		return brski_fail(err, BRSKI_E_MALFORMED, spec, "nested deeper than %d",
		    BRSKI_JSON_DEPTH);
	*out = json_loadb((const char *)in.p, in.n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(*out)) {
		if (*out != NULL)
			(void)snprintf(why.text, sizeof(why.text), "not an object");
		json_decref(*out);
		*out = NULL;
		return brski_fail(err, BRSKI_E_MALFORMED, spec, "JSON: %s",
		    brski_text_safe(brski_slice_str(why.text), text, sizeof(text)));
	}
	return BRSKI_OK;
}

struct brski_slice
brski_json_text(const json_t *v)
{
	return json_is_string(v) ? brski_slice(json_string_value(v), json_string_length(v))
	                         : brski_slice(NULL, 0);
}

static int
append(const char *text, size_t n, void *arg)
{
	return brski_buf_append(arg, brski_slice(text, n), NULL) == BRSKI_OK ? 0 : -1;
}

enum brski_rc
brski_json_write(const json_t *v, struct brski_buf *out, struct brski_err *err)
{
	size_t before = out->n;

	if (v != NULL && json_dump_callback(v, append, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
		return BRSKI_OK;
	out->n = before;
	return brski_broken(err, BRSKI_E_NOMEM, "no memory for JSON");
}

bool
brski_json_put(json_t *object, const char *name, json_t *value)
{
	return value != NULL && json_object_set_new(object, name, value) == 0;
}
