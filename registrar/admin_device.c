/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/text.h"
#include "registrar/admin.h"
#include "registrar/admin_json.h"
#include "registrar/batch.h"
#include "registrar/csv.h"
#include "registrar/revoke.h"

/* MANUFACTURER/SERIAL[/verb], and the device that they name. */
static enum brski_rc
find_device(struct registrar *r, const struct brski_exchange *x, struct registrar_device *d,
    char *verb, size_t verb_cap, struct brski_err *err)
{
	char manufacturer[REGISTRAR_NAME_MAX + 1], serial[BRSKI_SERIAL_MAX + 1];
	struct brski_slice rest = x->rest;
	enum brski_rc rc;

	verb[0] = '\0';
	if (!registrar_admin_segment(&rest, manufacturer, sizeof(manufacturer)) ||
	    !registrar_admin_segment(&rest, serial, sizeof(serial)) ||
	    (rest.n > 0 && !registrar_admin_segment(&rest, verb, verb_cap)) || rest.n > 0)
		return brski_fail(err, BRSKI_E_NOT_FOUND, REGISTRAR_ADMIN_CLAUSE, "no such path");
	if ((rc = registrar_device_find(r->store, manufacturer, brski_slice_str(serial), d, err)) !=
	    BRSKI_OK)
		return rc;
	if (d->id == 0)
		return brski_fail(err, BRSKI_E_UNKNOWN, REGISTRAR_ADMIN_CLAUSE, "no such device");
	return BRSKI_OK;
}

static json_t *
device_json(const struct registrar_device *d)
{
	static const char *const decisions[] = { "undecided", "approved", "denied" };
	static const char *const standings[] = { "in order", "revoked", "decommissioned" };

	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s,s:s}", "id",
	    (json_int_t)d->id, "manufacturer", d->manufacturer, "serial", d->serial, "state",
	    registrar_state_name(d->state), "decision", decisions[d->decision], "listed", d->listed,
	    "comment", d->comment, "address", d->contact.address, "transport", d->contact.transport,
	    "tls_version", d->contact.tls_version, "first_seen",
	    registrar_admin_date(d->first_seen), "last_seen", registrar_admin_date(d->last_seen),
	    "reason", d->reason, "life", registrar_life_name(d->life), "standing",
	    standings[d->standing]);
}

static void
add_device(void *arg, const struct registrar_device *d)
{
	struct registrar_rows *l = arg;

	json_array_append_new(l->rows, device_json(d));
	l->last = d->id;
}

/* What a list request asks for; its texts live in the caller's buffers. */
struct wanted {
	struct registrar_filter f;
	char manufacturer[REGISTRAR_NAME_MAX + 1], serial[BRSKI_SERIAL_MAX + 1];
};

static enum brski_rc
read_filter(const struct brski_exchange *x, struct wanted *w, struct brski_err *err)
{
	struct brski_slice state = registrar_admin_parameter(x, "state");
	struct brski_slice life = registrar_admin_parameter(x, "life");
	enum brski_rc rc;

	w->f.state = REGISTRAR_STATES;
	w->f.life = REGISTRAR_LIVES;
	if ((rc = registrar_admin_page(x, &w->f.after, &w->f.limit, err)) != BRSKI_OK ||
	    (rc = registrar_admin_text_parameter(x, "manufacturer", w->manufacturer,
	         sizeof(w->manufacturer), &w->f.manufacturer, err)) != BRSKI_OK ||
	    (rc = registrar_admin_text_parameter(x, "serial", w->serial, sizeof(w->serial),
	         &w->f.serial, err)) != BRSKI_OK)
		return rc;
	if (state.p != NULL && !registrar_state_from(state, &w->f.state))
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE, "no such state");
	if (life.p != NULL && !registrar_life_from(life, &w->f.life))
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE, "no such life");
	return BRSKI_OK;
}

void
registrar_admin_list(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_rows l = { .rows = json_array() };
	struct wanted w = { 0 };
	struct brski_err err = { 0 };

	if (read_filter(x, &w, &err) != BRSKI_OK ||
	    registrar_device_list(r->store, &w.f, add_device, &l, &err) != BRSKI_OK) {
		json_decref(l.rows);
		registrar_admin_refuse(x, "device list", &err);
	} else
		registrar_admin_answer(x, "device list",
		    registrar_admin_page_json("devices", &l, w.f.limit));
}

#define NEWEST 50 /* certificates, with what they are in PEM */

struct rows {
	json_t *rows;
	int64_t now;
};

static void
add_certificate(void *arg, const struct registrar_certificate *c, const char *manufacturer,
    const char *serial)
{
	struct rows *l = arg;
	json_t *row = registrar_admin_certificate(c, manufacturer, serial, l->now);

	registrar_admin_certificate_pem(row, c);
	json_array_append_new(l->rows, row);
}

static void
add_moment(void *arg, const struct registrar_moment *m)
{
	json_array_append_new(arg,
	    json_pack("{s:o,s:s,s:o}", "time", registrar_admin_date(m->time), "life",
	        registrar_life_name(m->life), "detail",
	        registrar_admin_text(brski_slice_str(m->detail))));
}

static json_t *
request_json(const struct registrar_request *q)
{
	static const char *const verdicts[] = { "pending", "accepted", "refused" };
	static const char *const statuses[] = { "none", "failed", "taken" };

	if (q->id == 0)
		return json_null();
	return json_pack("{s:o,s:s,s:b,s:s,s:s,s:s}", "created", registrar_admin_date(q->created),
	    "masa", q->url, "voucher", q->voucher.n > 0, "voucher_status", statuses[q->status],
	    "audit_log", verdicts[q->verdict], "detail", q->detail);
}

/* What is known of it, into *out, which is an object. */
static enum brski_rc
describe(struct registrar *r, const struct registrar_device *d, json_t *out, struct brski_err *err)
{
	struct registrar_cert_filter f = { .device = d->id,
		.validity = REGISTRAR_VALIDITIES,
		.limit = NEWEST };
	struct rows certificates = { json_array(), brski_clock_now(&r->clock) };
	json_t *timeline = json_array();
	struct registrar_request q = { 0 };
	enum brski_rc rc;

	if ((rc = registrar_certificate_before(r->store, d->id, NEWEST, &f.after, err)) ==
	        BRSKI_OK &&
	    (rc = registrar_request_get(r->store, d->request, &q, err)) == BRSKI_OK &&
	    (rc = registrar_certificate_list(r->store, &f, add_certificate, &certificates, err)) ==
	        BRSKI_OK)
		rc = registrar_timeline_list(r->store, d->id, add_moment, timeline, err);
	json_object_set_new(out, "request", request_json(&q));
	json_object_set_new(out, "certificates", certificates.rows);
	json_object_set_new(out, "timeline", timeline);
	registrar_request_clear(&q);
	return rc;
}

void
registrar_admin_show(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_device d;
	json_t *device = NULL;
	struct brski_err err = { 0 };
	char verb[2];

	if (find_device(r, x, &d, verb, sizeof(verb), &err) == BRSKI_OK &&
	    describe(r, &d, device = device_json(&d), &err) == BRSKI_OK)
		registrar_admin_answer(x, "device show",
		    json_pack("{s:i,s:O}", "version", REGISTRAR_ADMIN_VERSION, "device", device));
	else
		registrar_admin_refuse(x, "device show", &err);
	json_decref(device);
}

/* One row of the file: the device is listed from now on. */
static enum brski_rc
import_row(struct registrar *r, const char *who, const struct registrar_csv_row *row, bool *fresh,
    struct brski_err *err)
{
	char name[REGISTRAR_NAME_MAX + 1];
	struct registrar_about about = { row->manufacturer, row->serial };
	struct registrar_device d;
	enum brski_rc rc;

	snprintf(name, sizeof(name), "%.*s", (int)row->manufacturer.n,
	    (const char *)row->manufacturer.p);
	if (registrar_site_maker(r->site, name) == NULL)
		return brski_fail(err, BRSKI_E_UNKNOWN, REGISTRAR_ADMIN_CLAUSE,
		    "line %u: this manufacturer is not configured", row->line);
	if ((rc = registrar_device_find(r->store, name, row->serial, &d, err)) != BRSKI_OK)
		return rc;
	*fresh = d.id == 0;
	d.listed = true;
	if (row->comment.p != NULL)
		snprintf(d.comment, sizeof(d.comment), "%.*s", (int)row->comment.n,
		    (const char *)row->comment.p);
	if ((rc = registrar_life_update(r, &d, "imported", err)) == BRSKI_OK &&
	    (rc = registrar_device_put(r->store, &d, err)) == BRSKI_OK)
		rc = registrar_record(r, who, "import", &about, NULL, d.comment, err);
	return rc;
}

/* All rows or none. */
static enum brski_rc
import(struct registrar *r, const char *who, const struct registrar_csv *csv, size_t *fresh_n,
    struct brski_err *err)
{
	enum brski_rc rc;
	bool fresh = false;
	size_t i;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	for (i = 0; i < csv->n && rc == BRSKI_OK; i++) {
		rc = import_row(r, who, &csv->rows[i], &fresh, err);
		*fresh_n += fresh;
	}
	if (rc != BRSKI_OK || (rc = registrar_commit(r, err)) != BRSKI_OK)
		registrar_rollback(r);
	return rc;
}

void
registrar_admin_import(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_csv csv = { 0 };
	struct brski_err err = { 0 };
	char who[REGISTRAR_ACTOR_MAX];
	size_t fresh = 0;

	registrar_admin_actor(x, who);
	if (registrar_csv_decode(x->body, &csv, &err) != BRSKI_OK ||
	    import(r, who, &csv, &fresh, &err) != BRSKI_OK || registrar_flush(r, &err) != BRSKI_OK)
		registrar_admin_refuse(x, "device import", &err);
	else
		registrar_admin_answer(x, "device import",
		    json_pack("{s:i,s:I,s:I}", "version", REGISTRAR_ADMIN_VERSION, "devices",
		        (json_int_t)csv.n, "new", (json_int_t)fresh));
	registrar_csv_clear(&csv);
}

/*
 * The operator's word. An approval also settles an audit log that the policy refused: RFC 8995
 * 5.8.3 leaves it to a human.
 */
static enum brski_rc
decide(struct registrar *r, const char *who, struct registrar_device *d, bool approve,
    const char *reason, struct brski_err *err)
{
	struct registrar_about about = registrar_about_device(d);
	struct registrar_request q = { 0 };
	const char *event = approve ? "approve" : "deny", *detail = reason;
	enum brski_rc rc;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	d->decision = approve ? REGISTRAR_APPROVED : REGISTRAR_DENIED;
	if ((rc = registrar_request_get(r->store, d->request, &q, err)) == BRSKI_OK && approve &&
	    q.verdict == REGISTRAR_REFUSED) {
		q.verdict = REGISTRAR_ACCEPTED;
		detail = reason != NULL ? reason : "the refused audit log is accepted";
		rc = registrar_request_put(r->store, &q, err);
	}
	if (rc != BRSKI_OK ||
	    (rc = registrar_life_update(r, d, detail != NULL ? detail : event, err)) != BRSKI_OK ||
	    (rc = registrar_device_put(r->store, d, err)) != BRSKI_OK ||
	    (rc = registrar_record(r, who, event, &about, NULL, detail, err)) != BRSKI_OK ||
	    (rc = registrar_commit(r, err)) != BRSKI_OK)
		registrar_rollback(r);
	registrar_request_clear(&q);
	return rc;
}

static enum brski_rc
approve(struct registrar *r, const char *who, struct registrar_device *d, const char *reason,
    struct brski_err *err)
{
	return decide(r, who, d, true, reason, err);
}

static enum brski_rc
deny(struct registrar *r, const char *who, struct registrar_device *d, const char *reason,
    struct brski_err *err)
{
	return decide(r, who, d, false, reason, err);
}

static enum brski_rc
revoke(struct registrar *r, const char *who, struct registrar_device *d, const char *reason,
    struct brski_err *err)
{
	enum brski_reason code;
	enum brski_rc rc;

	if ((rc = registrar_admin_reason(reason, &code, err)) != BRSKI_OK)
		return rc;
	return registrar_revoke_device(r, who, d, code, err);
}

/* What an operator can do to a device. */
static const struct verb {
	const char *name;
	enum brski_rc (*act)(struct registrar *r, const char *who, struct registrar_device *d,
	    const char *reason, struct brski_err *err);
} verbs[] = {
	{ "approve", approve },
	{ "deny", deny },
	{ "revoke", revoke },
	{ "decommission", registrar_decommission },
	{ "reinstate", registrar_reinstate },
};

static enum brski_rc
find_verb(const char *name, const struct verb **out, struct brski_err *err)
{
	size_t i;

	*out = NULL;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(name, verbs[i].name) == 0)
			*out = &verbs[i];
	if (*out == NULL)
		return brski_fail(err, BRSKI_E_NOT_FOUND, REGISTRAR_ADMIN_CLAUSE,
		    "that cannot be done to a device");
	return BRSKI_OK;
}

void
registrar_admin_decide(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_device d;
	struct brski_err err = { 0 };
	char name[16], who[REGISTRAR_ACTOR_MAX], text[REGISTRAR_COMMENT_MAX + 1];
	const struct verb *verb = NULL;
	const char *reason;

	registrar_admin_actor(x, who);
	if (find_device(r, x, &d, name, sizeof(name), &err) != BRSKI_OK ||
	    find_verb(name, &verb, &err) != BRSKI_OK ||
	    registrar_admin_text_parameter(x, "reason", text, sizeof(text), &reason, &err) !=
	        BRSKI_OK ||
	    verb->act(r, who, &d, reason, &err) != BRSKI_OK || registrar_flush(r, &err) != BRSKI_OK)
		registrar_admin_refuse(x, "device decide", &err);
	else
		registrar_admin_answer(x, "device decide",
		    json_pack("{s:i,s:o}", "version", REGISTRAR_ADMIN_VERSION, "device",
		        device_json(&d)));
}
