/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/report.h"

#include <jansson.h>
#include <limits.h>
#include <sys/stat.h>

static const struct {
	enum brski_rc rc;
	const char *todo;
} advice[] = {
	{ BRSKI_E_UNAVAILABLE, "Is the registrar running, and is the address right?" },
	{ BRSKI_E_TIMEOUT, "Is the registrar overloaded, or the network lossy?" },
	{ BRSKI_E_PENDING,
	    "Starting again goes on from here; the operator may have to admit this device: "
	    "brskictl device approve." },
	{ BRSKI_E_SLOW, "The operator may have to admit this device: brskictl device approve." },
	{ BRSKI_E_FORBIDDEN,
	    "The registrar's log says why; the operator may have to admit this device." },
	{ BRSKI_E_UNAUTHENTICATED, "The registrar's log says why: it did not take our request." },
	{ BRSKI_E_UNKNOWN,
	    "The registrar or its MASA does not know this device, or nobody we trust signed: "
	    "compare "
	    "--manufacturer-anchors and the registrar's manufacturers." },
	{ BRSKI_E_SIGNATURE,
	    "Damaged, or by nobody we know: for COSE the signer's own certificate has to be in "
	    "--manufacturer-anchors." },
	{ BRSKI_E_PIN,
	    "The voucher is for another domain than the server's: is a proxy in between?" },
	{ BRSKI_E_PROXIMITY,
	    "The registrar changed its certificate meanwhile; trying again may help." },
	{ BRSKI_E_NONCE,
	    "An old voucher: the registrar must ask the MASA anew, or --accept-nonceless." },
	{ BRSKI_E_EXPIRED, "Compare this device's clock with the dates; --no-clock does without." },
	{ BRSKI_E_SERIAL, "The registrar asked for another device's voucher." },
	{ BRSKI_E_CONFLICT, "Use the newer program, or brski-pledge reset --state DIR." },
	{ BRSKI_E_BUSY, "Wait for the other one to finish." },
	{ BRSKI_E_CONFIG, "See brski-pledge --help." },
	{ BRSKI_E_NOT_FOUND, "Check the names of files and folders." },
	{ BRSKI_E_IO, "Check the folder's permissions and space." },
	{ BRSKI_E_MALFORMED, "Check the file named, or the registrar's log." },
};

static const char *
todo(enum brski_rc rc)
{
	size_t i;

	for (i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (advice[i].rc == rc)
			return advice[i].todo;
	return "The log lines before this say at which step; the registrar's log has its side.";
}

void
pledge_complain(const char *who, const struct brski_err *why, FILE *to)
{
	fprintf(to, "brski-pledge: %s%s%s%s%s%s. %s\n", who != NULL ? who : "",
	    who != NULL ? ": " : "", why->detail[0] != '\0' ? why->detail : brski_rc_text(why->rc),
	    why->spec != NULL ? " (" : "", why->spec != NULL ? why->spec : "",
	    why->spec != NULL ? ")" : "", todo(why->rc));
}

void
pledge_complain_alone(const char *const *interfaces, size_t n, FILE *to)
{
	size_t i;

	fprintf(to, "brski-pledge: no registrar or join proxy has answered yet on %s",
	    n == 0 ? "any interface" : interfaces[0]);
	for (i = 1; i < n; i++)
		fprintf(to, ", %s", interfaces[i]);
	fprintf(to,
	    ". Is the link up, and is there one that announces itself (avahi-browse -rt "
	    "_brski-registrar._tcp)? --registrar URL does without.\n");
}

int
pledge_exit_code(const struct brski_err *why)
{
	switch (why->rc) {
	case BRSKI_OK:
		return PLEDGE_EXIT_OK;
	case BRSKI_E_PENDING:
	case BRSKI_E_UNAVAILABLE:
	case BRSKI_E_TIMEOUT:
	case BRSKI_E_SLOW:
	case BRSKI_E_BUSY:
		return PLEDGE_EXIT_WAITING;
	case BRSKI_E_IO:
	case BRSKI_E_NOMEM:
		return PLEDGE_EXIT_STATE;
	default:
		return PLEDGE_EXIT_REFUSED;
	}
}

static const struct {
	const char *key;
	enum pledge_item item;
} outputs[] = {
	{ "ldevid", PLEDGE_ITEM_LDEVID },
	{ "key", PLEDGE_ITEM_KEY },
	{ "trust", PLEDGE_ITEM_TRUST },
	{ "voucher", PLEDGE_ITEM_VOUCHER },
	{ "request", PLEDGE_ITEM_PVR },
};

static bool
has_ldevid(enum pledge_state s)
{
	return s >= PLEDGE_CONFIRM;
}

static void
add(json_t *o, const char *key, struct brski_slice text)
{
	if (text.n > 0)
		json_object_set_new(o, key, json_stringn((const char *)text.p, text.n));
}

/* How the registrar is spoken to; "" when there is none yet. */
static const char *
transport(const struct pledge_summary *s)
{
	const struct pledge_binding *binding = pledge_binding_find(s->registrar);

	return binding != NULL ? binding->name : "";
}

static bool
load_certs(const struct pledge_posix *pp, enum pledge_item item, struct brski_certs *certs)
{
	char path[PATH_MAX];

	return pledge_posix_path(pp, item, path, sizeof(path)) &&
	    brski_certs_load(certs, path, NULL) == BRSKI_OK;
}

/* When the certificate came: dates in it may begin earlier. */
static int64_t
came_at(const struct pledge_posix *pp)
{
	char path[PATH_MAX];
	struct stat st;

	if (!pledge_posix_path(pp, PLEDGE_ITEM_LDEVID, path, sizeof(path)) || stat(path, &st) == -1)
		return BRSKI_TIME_UNKNOWN;
	return (int64_t)st.st_mtime;
}

/* How long the certificate lives, and when a daemon renews it. */
static bool
life_of(const struct pledge_posix *pp, const struct pledge_summary *s, struct pledge_life *life)
{
	struct brski_certs ldevid = { 0 }, trust = { 0 };
	bool ok = has_ldevid(s->state) && load_certs(pp, PLEDGE_ITEM_LDEVID, &ldevid) &&
	    load_certs(pp, PLEDGE_ITEM_TRUST, &trust);

	if (ok)
		pledge_life_of(&ldevid.v[0], &trust, came_at(pp), life);
	brski_certs_clear(&ldevid);
	brski_certs_clear(&trust);
	return ok;
}

static void
add_time(json_t *o, const char *key, int64_t at)
{
	char text[BRSKI_TIME_TEXT];

	brski_time_format_rfc3339(at, text);
	json_object_set_new(o, key, json_string(text));
}

static void
add_life(json_t *o, const struct pledge_posix *pp, const struct pledge_summary *s)
{
	struct pledge_life life;

	if (!life_of(pp, s, &life))
		return;
	add_time(o, "not_after", life.to);
	add_time(o, "renewal_due", life.due);
	json_object_set_new(o, "renewals", json_integer(s->renewals));
}

static json_t *
summary_json(const struct pledge_posix *pp, const struct pledge_summary *s)
{
	json_t *o = json_object(), *why;
	char path[PATH_MAX];
	size_t i;

	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "state", json_string(pledge_state_name(s->state)));
	json_object_set_new(o, "enrolled", json_boolean(has_ldevid(s->state)));
	add(o, "serial", s->serial);
	add(o, "registrar", brski_slice_str(s->registrar));
	add(o, "transport", brski_slice_str(transport(s)));
	for (i = 0; has_ldevid(s->state) && i < sizeof(outputs) / sizeof(outputs[0]); i++)
		if (pledge_posix_path(pp, outputs[i].item, path, sizeof(path)))
			add(o, outputs[i].key, brski_slice_str(path));
	add_life(o, pp, s);
	if (s->why == NULL || s->why->rc == BRSKI_OK)
		return o;
	why = json_object();
	add(why, "rc", brski_slice_str(brski_rc_name(s->why->rc)));
	add(why, "spec", brski_slice_str(s->why->spec));
	add(why, "detail", brski_slice_str(s->why->detail));
	json_object_set_new(o, "reason", why);
	return o;
}

static bool
print_json(const struct pledge_posix *pp, const struct pledge_summary *s, FILE *to)
{
	json_t *o = summary_json(pp, s);
	bool ok = o != NULL && json_dumpf(o, to, JSON_COMPACT) == 0 && fputc('\n', to) != EOF;

	json_decref(o);
	return ok;
}

static bool
print_text(const struct pledge_posix *pp, const struct pledge_summary *s, FILE *to)
{
	char path[PATH_MAX] = "", not_after[BRSKI_TIME_TEXT];
	struct pledge_life life;

	if (fprintf(to, "%s", pledge_state_name(s->state)) < 0)
		return false;
	if (s->serial.n > 0)
		fprintf(to, " serial=%.*s", (int)s->serial.n, (const char *)s->serial.p);
	if (s->registrar[0] != '\0')
		fprintf(to, " registrar=%s transport=%s", s->registrar, transport(s));
	if (has_ldevid(s->state) && pledge_posix_path(pp, PLEDGE_ITEM_LDEVID, path, sizeof(path)))
		fprintf(to, " ldevid=%s", path);
	if (life_of(pp, s, &life)) {
		brski_time_format_rfc3339(life.to, not_after);
		fprintf(to, " not_after=%s renewals=%u", not_after, (unsigned)s->renewals);
	}
	return fputc('\n', to) != EOF;
}

enum brski_rc
pledge_report(const struct pledge_posix *pp, const struct pledge_summary *s, bool json, FILE *to,
    struct brski_err *err)
{
	bool ok = json ? print_json(pp, s, to) : print_text(pp, s, to);

	if (!ok || fflush(to) != 0)
		return brski_broken(err, BRSKI_E_IO, "cannot write the result");
	return BRSKI_OK;
}
