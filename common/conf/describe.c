/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/value.h"

static const char *const type_names[] = {
	[BRSKI_CONF_STRING] = "text",
	[BRSKI_CONF_PATH] = "path",
	[BRSKI_CONF_PATHS] = "path ...",
	[BRSKI_CONF_INT] = "number",
	[BRSKI_CONF_DURATION] = "duration",
	[BRSKI_CONF_BOOL] = "yes | no",
	[BRSKI_CONF_ENUM] = "word",
	[BRSKI_CONF_SECTION] = "title",
};

static enum brski_rc
describe_option(const struct brski_conf_option *o, struct brski_buf *out, struct brski_err *err)
{
	bool textual = o->type <= BRSKI_CONF_PATHS || o->type == BRSKI_CONF_BOOL;
	char allowed[BRSKI_CONF_ALLOWED];
	enum brski_rc rc;

	if ((rc = brski_buf_printf(out, err, ".It Ic %s No = Ar %s\n%s\n", o->name,
	         type_names[o->type], o->help)) != BRSKI_OK)
		return rc;
	if (!textual &&
	    (rc = brski_buf_printf(out, err, "Allowed is %s.\n", brski_conf_allowed(o, allowed))) !=
	        BRSKI_OK)
		return rc;
	if (o->def == NULL)
		return brski_buf_append_str(out, "Required.\n", err);
	if (o->def[0] == '\0')
		return BRSKI_OK;
	return brski_buf_printf(out, err, "The default is\n.Ql %s .\n", o->def);
}

enum brski_rc
brski_conf_describe(const struct brski_conf_schema *schema, struct brski_buf *out,
    struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;

	for (const struct brski_conf_option *o = schema->options; o->name != NULL; o++) {
		if (o->type != BRSKI_CONF_SECTION)
			rc = describe_option(o, out, err);
		else if ((rc = brski_buf_printf(out, err,
		              ".It Ic %s Ar title No { ... }\n%s\nIt may be given several times,"
		              " each with another title.\nInside it:\n.Bl -tag -width Ds\n",
		              o->name, o->help)) == BRSKI_OK &&
		    (rc = brski_conf_describe(o->sub, out, err)) == BRSKI_OK)
			rc = brski_buf_append_str(out, ".El\n", err);
		if (rc != BRSKI_OK)
			return rc;
	}
	return rc;
}
