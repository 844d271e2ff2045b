/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl device list|show|import|approve|deny */
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "registrar/ctl/admin_client.h"
#include "registrar/csv.h"

#define QUERY_MAX 400
#define ROW       "%-16s %-24s %-12s %-10s %-9s %-8s %-20s %s\n"

/* manufacturer=...&serial=...&state=...& as far as given. */
static int
make_query(const struct ctl_args *a, const char *serial, char out[QUERY_MAX])
{
	const struct {
		const char *name, *value;
	} parts[] = { { "manufacturer", a->manufacturer }, { "serial", serial },
		{ "state", a->state } };
	struct brski_buf b = brski_buf_fixed(out, QUERY_MAX);
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].value == NULL)
			continue;
		if (brski_buf_printf(&b, NULL, "%s=", parts[i].name) != BRSKI_OK ||
		    ctl_admin_encode(parts[i].value, &b) != BRSKI_OK ||
		    brski_buf_append_byte(&b, '&', NULL) != BRSKI_OK)
			return ctl_usage("these options are too long");
	}
	if (brski_buf_append_byte(&b, '\0', NULL) != BRSKI_OK)
		return ctl_usage("these options are too long");
	return CTL_OK;
}

static void
collect(void *arg, json_t *member)
{
	json_array_append(arg, member);
}

/* {"version":1,"devices":[...]}; takes devices. */
static int
print_devices_json(json_t *devices)
{
	return ctl_print_json(json_pack("{s:i,s:o}", "version", 1, "devices", devices));
}

static void
print_row(const json_t *d)
{
	printf(ROW, ctl_member(d, "manufacturer"), ctl_member(d, "serial"), ctl_member(d, "state"),
	    ctl_member(d, "decision"), ctl_member(d, "transport"), ctl_member(d, "tls_version"),
	    ctl_member(d, "last_seen"), ctl_member(d, "comment"));
}

static int
list(const struct ctl_args *a)
{
	json_t *devices = json_array(), *d;
	char query[QUERY_MAX];
	size_t i;
	int code;

	if ((code = make_query(a, NULL, query)) == CTL_OK)
		code = ctl_admin_pages(a, "/v1/devices", query, "devices", collect, devices);
	if (code == CTL_OK && a->json)
		return print_devices_json(devices);
	if (code == CTL_OK) {
		printf(ROW, "MANUFACTURER", "SERIAL", "STATE", "DECISION", "TRANSPORT", "TLS",
		    "LAST SEEN", "COMMENT");
		json_array_foreach(devices, i, d) print_row(d);
	}
	json_decref(devices);
	return code;
}

/* "/v1/devices/MANUFACTURER/SERIAL" of the one device with this serial number. */
static int
find(const struct ctl_args *a, const char *serial, struct brski_buf *path)
{
	json_t *devices = json_array();
	const char *maker;
	char query[QUERY_MAX];
	int code;

	if ((code = make_query(a, serial, query)) == CTL_OK)
		code = ctl_admin_pages(a, "/v1/devices", query, "devices", collect, devices);
	if (code == CTL_OK && json_array_size(devices) == 0) {
		fprintf(stderr, "brskictl: no device %s\n", serial);
		code = CTL_REFUSED;
	} else if (code == CTL_OK && json_array_size(devices) > 1)
		code = ctl_usage("several makers have a %s: name one with --manufacturer", serial);
	if (code == CTL_OK) {
		maker = ctl_member(json_array_get(devices, 0), "manufacturer");
		brski_buf_reset(path);
		if (brski_buf_append_str(path, "/v1/devices/", NULL) != BRSKI_OK ||
		    ctl_admin_encode(maker, path) != BRSKI_OK ||
		    brski_buf_append_byte(path, '/', NULL) != BRSKI_OK ||
		    ctl_admin_encode(serial, path) != BRSKI_OK)
			code = ctl_usage("out of memory");
	}
	json_decref(devices);
	return code;
}

static void
print_members(const json_t *object, const char *const *names)
{
	for (; *names != NULL; names++)
		printf("%-15s %s\n", *names, ctl_member(object, *names));
}

static void
print_device(const json_t *d)
{
	static const char *const top[] = { "manufacturer", "serial", "state", "decision", "comment",
		"address", "transport", "tls_version", "first_seen", "last_seen", "reason", NULL };
	static const char *const asked[] = { "created", "masa", "voucher_status", "audit_log",
		"detail", NULL };
	const json_t *request = json_object_get(d, "request"), *c;
	size_t i;

	print_members(d, top);
	printf("%-15s %s\n", "listed", json_is_true(json_object_get(d, "listed")) ? "yes" : "no");
	if (json_is_object(request)) {
		print_members(request, asked);
		printf("%-15s %s\n", "voucher",
		    json_is_true(json_object_get(request, "voucher")) ? "yes" : "no");
	}
	json_array_foreach(json_object_get(d, "certificates"), i, c) printf("%-15s %s until %s\n",
	    "certificate", ctl_member(c, "serial"), ctl_member(c, "not_after"));
}

static int
show(const struct ctl_args *a)
{
	struct brski_buf path = { 0 };
	json_t *answer = NULL;
	int code;

	if ((code = find(a, a->operands.v[0], &path)) == CTL_OK)
		code = ctl_admin_get(a, brski_buf_cstr(&path), &answer);
	brski_buf_clear(&path);
	if (code == CTL_OK && a->json)
		return ctl_print_json(answer);
	if (code == CTL_OK)
		print_device(json_object_get(answer, "device"));
	json_decref(answer);
	return code;
}

static int
import(const struct ctl_args *a)
{
	struct brski_buf csv = { .max = REGISTRAR_CSV_MAX };
	struct brski_err err = { 0 };
	json_t *answer = NULL;
	int code;

	if (brski_file_read(a->operands.v[0], &csv, &err) != BRSKI_OK) {
		brski_buf_clear(&csv);
		return ctl_usage("%s", err.detail);
	}
	code = ctl_admin_post(a, "/v1/devices/import", brski_buf_slice(&csv), &answer);
	brski_buf_clear(&csv);
	if (code == CTL_OK && a->json)
		return ctl_print_json(answer);
	if (code == CTL_OK)
		printf("%" JSON_INTEGER_FORMAT " devices listed, %" JSON_INTEGER_FORMAT " new\n",
		    json_integer_value(json_object_get(answer, "devices")),
		    json_integer_value(json_object_get(answer, "new")));
	json_decref(answer);
	return code;
}

/* One device; its new state goes to done. */
static int
decide_one(const struct ctl_args *a, const char *serial, json_t *done)
{
	struct brski_buf path = { 0 };
	json_t *answer = NULL;
	int code;

	if ((code = find(a, serial, &path)) == CTL_OK &&
	    (brski_buf_printf(&path, NULL, "/%s", a->verb) != BRSKI_OK ||
	        (a->reason != NULL &&
	            (brski_buf_append_str(&path, "?reason=", NULL) != BRSKI_OK ||
	                ctl_admin_encode(a->reason, &path) != BRSKI_OK))))
		code = ctl_usage("out of memory");
	if (code == CTL_OK)
		code = ctl_admin_post(a, brski_buf_cstr(&path), (struct brski_slice){ 0 }, &answer);
	if (code == CTL_OK)
		json_array_append(done, json_object_get(answer, "device"));
	brski_buf_clear(&path);
	json_decref(answer);
	return code;
}

static int
decide(const struct ctl_args *a)
{
	json_t *done = json_array(), *d;
	int code = CTL_OK;
	size_t i;

	for (i = 0; i < a->operands.n && code == CTL_OK; i++)
		code = decide_one(a, a->operands.v[i], done);
	if (code == CTL_OK && a->json)
		return print_devices_json(done);
	json_array_foreach(done, i, d) printf("%s %s: %s\n", ctl_member(d, "manufacturer"),
	    ctl_member(d, "serial"), ctl_member(d, "decision"));
	json_decref(done);
	return code;
}

int
ctl_device(struct ctl_args *a)
{
	static const struct {
		const char *verb;
		int (*run)(const struct ctl_args *a);
	} verbs[] = { { "list", list }, { "show", show }, { "import", import },
		{ "approve", decide }, { "deny", decide } };
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(a->verb, verbs[i].verb) == 0)
			return verbs[i].run(a);
	}
	return ctl_usage("no device %s", a->verb);
}
