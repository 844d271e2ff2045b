/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl audit show|verify */
#include <stdio.h>
#include <string.h>
#include "registrar/ctl/admin_client.h"

struct wanted {
	const char *manufacturer, *serial; /* NULL: any */
	json_t *events;
};

static void
collect(void *arg, json_t *event)
{
	struct wanted *w = arg;

	if ((w->serial == NULL || strcmp(ctl_member(event, "serial"), w->serial) == 0) &&
	    (w->manufacturer == NULL ||
	        strcmp(ctl_member(event, "manufacturer"), w->manufacturer) == 0))
		json_array_append(w->events, event);
}

static void
print_event(const json_t *e)
{
	printf("%6" JSON_INTEGER_FORMAT " %s %-9s %-15s %s %s %s %s %s\n",
	    json_integer_value(json_object_get(e, "id")), ctl_member(e, "time"),
	    ctl_member(e, "actor"), ctl_member(e, "event"), ctl_member(e, "manufacturer"),
	    ctl_member(e, "serial"), ctl_member(e, "rc"), ctl_member(e, "spec"),
	    ctl_member(e, "detail"));
}

static int
show(const struct ctl_args *a)
{
	struct wanted w = { .manufacturer = a->manufacturer,
		.serial = a->operands.n > 0 ? a->operands.v[0] : NULL,
		.events = json_array() };
	struct ctl_pages p = { "/v1/audit", "", "events", 0, 0, collect, NULL };
	json_t *e;
	size_t i;
	int code;

	p.arg = &w;
	code = ctl_admin_pages(a, &p, NULL);
	if (code == CTL_OK && a->json)
		return ctl_print_json(json_pack("{s:i,s:o}", "version", 1, "events", w.events));
	if (code == CTL_OK)
		json_array_foreach(w.events, i, e) print_event(e);
	json_decref(w.events);
	return code;
}

static int
verify(const struct ctl_args *a)
{
	json_t *answer;
	bool intact;
	int code;

	if ((code = ctl_admin_get(a, "/v1/audit/verify", &answer)) != CTL_OK)
		return code;
	intact = json_is_true(json_object_get(answer, "intact"));
	if (!a->json)
		printf("%s, %" JSON_INTEGER_FORMAT " rows fit%s%s\n",
		    intact ? "intact" : "NOT INTACT",
		    json_integer_value(json_object_get(answer, "rows")), intact ? "" : ": ",
		    ctl_member(answer, "detail"));
	code = a->json ? ctl_print_json(answer) : CTL_OK;
	if (!a->json)
		json_decref(answer);
	return code != CTL_OK ? code : intact ? CTL_OK : CTL_REFUSED;
}

int
ctl_audit(struct ctl_args *a)
{
	return strcmp(a->verb, "verify") == 0 ? verify(a) : show(a);
}
