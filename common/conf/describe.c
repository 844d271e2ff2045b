/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "conf/value.h"

#define LINE_MAX_BYTES 78

static const char *const type_names[] = {
	[BRSKI_CONF_STRING] = "text",
	[BRSKI_CONF_PATH] = "path",
	[BRSKI_CONF_PATHS] = "path ...",
	[BRSKI_CONF_WORDS] = "word ...",
	[BRSKI_CONF_INT] = "number",
	[BRSKI_CONF_DURATION] = "duration",
	[BRSKI_CONF_BOOL] = "yes | no",
	[BRSKI_CONF_ENUM] = "word",
	[BRSKI_CONF_SECTION] = "title",
};

/* Where the next line ends: at a space, and after a sentence, as mdoc likes it. */
static size_t
line_length(const char *text)
{
	size_t end = 0;

	for (size_t n = 0;; n++) {
		if (text[n] != ' ' && text[n] != '\0')
			continue;
		if (n > LINE_MAX_BYTES && end > 0)
			return end;
		end = n;
		if (text[n] == '\0' || (n > 0 && text[n - 1] == '.'))
			return end;
	}
}

static enum brski_rc
put_text(struct brski_buf *out, const char *text, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t n;

	for (; *text != '\0' && rc == BRSKI_OK; text += n + (text[n] == ' ')) {
		n = line_length(text);
		rc = brski_buf_printf(out, err, "%.*s\n", (int)n, text);
	}
	return rc;
}

/* Where the type's name does not say it all. */
static enum brski_rc
put_allowed(const struct brski_conf_option *o, struct brski_buf *out, struct brski_err *err)
{
	char allowed[BRSKI_CONF_ALLOWED], sentence[BRSKI_CONF_ALLOWED + 16];

	if (o->type != BRSKI_CONF_INT && o->type != BRSKI_CONF_DURATION &&
	    o->type != BRSKI_CONF_ENUM)
		return BRSKI_OK;
	(void)snprintf(sentence, sizeof(sentence), "Allowed is %s.",
	    brski_conf_allowed(o, allowed));
	return put_text(out, sentence, err);
}

static enum brski_rc
put_default(const struct brski_conf_option *o, struct brski_buf *out, struct brski_err *err)
{
	if (o->def == NULL)
		return brski_buf_append_str(out, "Required.\n", err);
	if (o->def[0] == '\0')
		return BRSKI_OK;
	return brski_buf_printf(out, err, "The default is\n.Ql %s .\n", o->def);
}

static enum brski_rc
describe_option(const struct brski_conf_option *o, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_buf_printf(out, err, ".It Ic %s No = Ar %s\n", o->name,
	         type_names[o->type])) != BRSKI_OK ||
	    (rc = put_text(out, o->help, err)) != BRSKI_OK ||
	    (rc = put_allowed(o, out, err)) != BRSKI_OK)
		return rc;
	return put_default(o, out, err);
}

static enum brski_rc
describe_section(const struct brski_conf_option *o, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc;

	if ((rc = brski_buf_printf(out, err, ".It Ic %s Ar title No { ... }\n", o->name)) !=
	        BRSKI_OK ||
	    (rc = put_text(out, o->help, err)) != BRSKI_OK ||
	    (rc = brski_buf_append_str(out,
	         "It may be given several times, each with another title.\nInside it:\n"
	         ".Bl -tag -width Ds\n",
	         err)) != BRSKI_OK ||
	    (rc = brski_conf_describe(o->sub, out, err)) != BRSKI_OK)
		return rc;
	return brski_buf_append_str(out, ".El\n", err);
}

enum brski_rc
brski_conf_describe(const struct brski_conf_schema *schema, struct brski_buf *out,
    struct brski_err *err)
{
	const struct brski_conf_option *o = schema->options;
	enum brski_rc rc = BRSKI_OK;

	for (; o->name != NULL && rc == BRSKI_OK; o++)
		rc = o->type == BRSKI_CONF_SECTION ? describe_section(o, out, err)
		                                   : describe_option(o, out, err);
	return rc;
}
