/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl device list|show|import|approve|deny|decommission|reinstate */
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "registrar/ctl/admin_client.h"
#include "registrar/ctl/find.h"
#include "registrar/ctl/words.h"
#include "registrar/csv.h"

#define ROW "%-16s %-24s %-12s %-17s %-10s %-9s %-8s %-20s %s\n"

/* {"version":1,"devices":[...]}; takes devices. */
static int
print_devices_json(json_t *devices)
{
	return ctl_print_json(json_pack("{s:i,s:o}", "version", 1, "devices", devices));
}

static void
print_head(void)
{
	printf(ROW, "MANUFACTURER", "SERIAL", "STATE", "LIFE", "DECISION", "TRANSPORT", "TLS",
	    "LAST SEEN", "COMMENT");
}

static void
print_row(const json_t *d)
{
	printf(ROW, ctl_member(d, "manufacturer"), ctl_member(d, "serial"), ctl_member(d, "state"),
	    ctl_member(d, "life"), ctl_member(d, "decision"), ctl_member(d, "transport"),
	    ctl_member(d, "tls_version"), ctl_member(d, "last_seen"), ctl_member(d, "comment"));
}

static int
list(const struct ctl_args *a)
{
	static const struct ctl_table table = { print_head, print_row };
	struct ctl_pages p = { .path = "/v1/devices", .name = "devices" };
	struct brski_buf query = { 0 };
	int code;

	if (ctl_admin_parameter("manufacturer", a->manufacturer, &query) == BRSKI_OK &&
	    ctl_admin_parameter("state", a->state, &query) == BRSKI_OK &&
	    ctl_admin_parameter("life", a->life, &query) == BRSKI_OK &&
	    (p.query = brski_buf_cstr(&query)) != NULL)
		code = ctl_admin_print(a, &p, &table);
	else
		code = ctl_usage("out of memory");
	brski_buf_clear(&query);
	return code;
}

static void
print_members(const json_t *object, const char *const *names)
{
	for (; *names != NULL; names++)
		ctl_words_row(*names, "%s", ctl_member(object, *names));
}

static void
print_certificates(const json_t *d)
{
	char remark[CTL_REMARK_MAX];
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(d, "certificates"), i, c)
	    ctl_words_row("certificate", "%s %s, until %s (%s)", ctl_member(c, "serial"),
	        ctl_member(c, "status"), ctl_member(c, "not_after"), ctl_words_remark(c, remark));
}

static void
print_timeline(const json_t *d)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(d, "timeline"), i, m)
	    ctl_words_row(i == 0 ? "timeline" : "", "%s %-17s %s", ctl_member(m, "time"),
	        ctl_member(m, "life"), ctl_member(m, "detail"));
}

static void
print_device(const json_t *d)
{
	static const char *const top[] = { "manufacturer", "serial", "state", "life", "standing",
		"decision", "comment", "address", "transport", "tls_version", "first_seen",
		"last_seen", "reason", NULL };
	static const char *const asked[] = { "created", "masa", "voucher_status", "audit_log",
		"detail", NULL };
	const json_t *request = json_object_get(d, "request");

	print_members(d, top);
	ctl_words_row("listed", "%s", json_is_true(json_object_get(d, "listed")) ? "yes" : "no");
	if (json_is_object(request)) {
		print_members(request, asked);
		ctl_words_row("voucher", "%s",
		    json_is_true(json_object_get(request, "voucher")) ? "yes" : "no");
	}
	print_certificates(d);
	print_timeline(d);
}

static int
show(const struct ctl_args *a)
{
	struct brski_buf path = { 0 };
	json_t *answer = NULL;
	int code;

	if ((code = ctl_find_device(a, a->operands.v[0], &path)) == CTL_OK)
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

	if ((code = ctl_find_device(a, serial, &path)) == CTL_OK &&
	    (brski_buf_printf(&path, NULL, "/%s?", a->verb) != BRSKI_OK ||
	        ctl_admin_parameter("reason", a->reason, &path) != BRSKI_OK ||
	        brski_buf_cstr(&path) == NULL))
		code = ctl_usage("out of memory");
	if (code == CTL_OK)
		code = ctl_admin_post(a, brski_buf_cstr(&path), (struct brski_slice){ 0 }, &answer);
	if (code == CTL_OK)
		json_array_append(done, json_object_get(answer, "device"));
	brski_buf_clear(&path);
	json_decref(answer);
	return code;
}

/* All of them, or up to the first that cannot be; what was done is said in any case. */
static int
decide(const struct ctl_args *a, json_t *done)
{
	int code = CTL_OK;
	size_t i;

	for (i = 0; i < a->operands.n && code == CTL_OK; i++)
		code = decide_one(a, a->operands.v[i], done);
	return code;
}

static void
say_decided(const json_t *done)
{
	const json_t *d;
	size_t i;

	json_array_foreach(done, i, d) printf("%s %s: %s\n", ctl_member(d, "manufacturer"),
	    ctl_member(d, "serial"), ctl_member(d, "decision"));
}

/* What its next owner has to know. */
static int
say_decommissioned(const struct ctl_args *a, const json_t *done)
{
	json_t *ca, *id;
	const json_t *d;
	size_t i;
	int code;

	json_array_foreach(done, i, d)
	    printf("%s %s: decommissioned; its certificates are revoked, "
	           "nothing is given to it until: brskictl device "
	           "reinstate %s\n",
	        ctl_member(d, "manufacturer"), ctl_member(d, "serial"), ctl_member(d, "serial"));
	if (json_array_size(done) == 0)
		return CTL_OK;
	if ((code = ctl_admin_get(a, "/v1/ca", &ca)) != CTL_OK)
		return code;
	puts("\nBefore another domain can commission it:");
	json_array_foreach(done, i, d)
	    printf("  the manufacturer:  brski-masa factory release %s (or: factory owner %s "
	           "--domain-cert NEXT.pem)\n",
	        ctl_member(d, "serial"), ctl_member(d, "serial"));
	puts("  the device:        brski-pledge reset");
	puts("  the next owner:    in its registrar.conf, for audit logs name this domain");
	json_array_foreach(json_object_get(ca, "domain_ids"), i, id)
	    printf("      former-owner NAME%zu { domain-id = \"%s\" }\n", i + 1,
	        json_string_value(id));
	json_decref(ca);
	return CTL_OK;
}

static void
say_reinstated(const json_t *done)
{
	const json_t *d;
	size_t i;

	json_array_foreach(done, i, d)
	{
		printf("%s %s: reinstated, %s\n", ctl_member(d, "manufacturer"),
		    ctl_member(d, "serial"), ctl_member(d, "life"));
		if (strcmp(ctl_member(d, "life"), "VOUCHED") == 0 ||
		    strcmp(ctl_member(d, "life"), "SEEN") == 0 ||
		    strcmp(ctl_member(d, "life"), "EXPIRED") == 0)
			puts("  it has no certificate in force: it has to bootstrap anew "
			     "(brski-pledge reset)");
	}
}

static int
act(const struct ctl_args *a)
{
	json_t *done = json_array();
	int code = decide(a, done), said = CTL_OK;

	if (a->json && code == CTL_OK)
		return print_devices_json(done);
	if (!a->json && strcmp(a->verb, "decommission") == 0)
		said = say_decommissioned(a, done);
	else if (!a->json && strcmp(a->verb, "reinstate") == 0)
		say_reinstated(done);
	else if (!a->json)
		say_decided(done);
	json_decref(done);
	return code != CTL_OK ? code : said;
}

int
ctl_device(struct ctl_args *a)
{
	static const struct {
		const char *verb;
		int (*run)(const struct ctl_args *a);
	} verbs[] = { { "list", list }, { "show", show }, { "import", import }, { "approve", act },
		{ "deny", act }, { "decommission", act }, { "reinstate", act } };
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(a->verb, verbs[i].verb) == 0)
			return verbs[i].run(a);
	}
	return ctl_usage("no device %s", a->verb);
}
