/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include "base/text.h"
#include "masa/factory.h"

#define HEX_MAX (2 * MASA_ISSUER_MAX)

struct listing {
	FILE *out;
	json_t *devices; /* NULL: for people */
	bool failed;
};

static const char *
hex(struct brski_slice in, char text[HEX_MAX + 1])
{
	struct brski_buf b = brski_buf_fixed(text, HEX_MAX);

	if (!brski_slice_present(in) || brski_hex_encode(in, &b, NULL) != BRSKI_OK)
		return NULL;
	text[b.n] = '\0';
	return text;
}

static bool
list_text(void *arg, const struct masa_device *d)
{
	struct listing *l = arg;
	char serial[BRSKI_SERIAL_MAX + 1];

	fprintf(l->out, "%-32s %-6s %-8s %-8s %" PRId64 "\n",
	    brski_text_safe(brski_slice_str(d->serial), serial, sizeof(serial)),
	    masa_policy_names[d->policy], d->blocked ? "blocked" : "-", d->owned ? "owned" : "-",
	    d->entries);
	return true;
}

static bool
list_json(void *arg, const struct masa_device *d)
{
	struct listing *l = arg;
	char issuer[HEX_MAX + 1], owner[HEX_MAX + 1];
	json_t *o;

	o = json_pack("{s:s, s:s?, s:s, s:b, s:s?, s:I}", "serial", d->serial, "idevid-issuer",
	    hex(masa_device_issuer(d), issuer), "policy", masa_policy_names[d->policy], "blocked",
	    d->blocked, "owner", hex(masa_device_owner(d), owner), "vouchers",
	    (json_int_t)d->entries);
	l->failed = o == NULL || json_array_append_new(l->devices, o) == -1;
	return !l->failed;
}

enum brski_rc
masa_factory_list(struct brski_store *s, bool json, FILE *out, struct brski_err *err)
{
	struct listing l = { .out = out };
	json_t *top = NULL;
	enum brski_rc rc;

	if (!json) {
		fprintf(out, "%-32s %-6s %-8s %-8s %s\n", "SERIAL", "POLICY", "BLOCKED", "OWNER",
		    "VOUCHERS");
		return masa_ledger_list(s, list_text, &l, err);
	}
	l.devices = json_array();
	if ((top = json_pack("{s:i, s:o}", "version", 1, "devices", l.devices)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "out of memory");
	rc = masa_ledger_list(s, list_json, &l, err);
	if (rc == BRSKI_OK &&
	    (l.failed || json_dumpf(top, out, JSON_INDENT(2)) == -1 || putc('\n', out) == EOF))
		rc = brski_broken(err, BRSKI_E_IO, "cannot write");
	json_decref(top);
	return rc;
}
