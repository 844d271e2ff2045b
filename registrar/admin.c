/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/admin.h"

#include "base/text.h"
#include "registrar/admin_json.h"
#include "registrar/registrar.h"

static bool
add_audit(void *arg, const struct brski_audit_row *row, struct brski_slice hash)
{
	struct registrar_rows *l = arg;
	struct brski_buf hex = { 0 };

	(void)brski_hex_encode(hash, &hex, NULL);
	json_array_append_new(l->rows,
	    json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "id", (json_int_t)row->id,
	        "time", registrar_admin_date(row->time), "actor", registrar_admin_text(row->actor),
	        "event", registrar_admin_text(row->event), "manufacturer",
	        registrar_admin_text(row->manufacturer), "serial",
	        registrar_admin_text(row->serial), "rc", registrar_admin_text(row->rc), "spec",
	        registrar_admin_text(row->spec), "detail", registrar_admin_text(row->detail),
	        "hash", registrar_admin_text(brski_buf_slice(&hex))));
	brski_buf_clear(&hex);
	l->last = row->id;
	return true;
}

void
registrar_admin_audit(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct registrar_rows l = { .rows = json_array() };
	struct brski_err err = { 0 };
	int64_t after, limit;

	if (registrar_admin_page(x, &after, &limit, &err) != BRSKI_OK ||
	    brski_audit_list(r->store, after, (int)limit, add_audit, &l, &err) != BRSKI_OK) {
		json_decref(l.rows);
		registrar_admin_refuse(x, "audit show", &err);
	} else
		registrar_admin_answer(x, "audit show",
		    registrar_admin_page_json("events", &l, limit));
}

/* A broken chain is a finding, not a failure of the request. */
void
registrar_admin_verify(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct brski_err err = { 0 };
	int64_t rows = 0;
	enum brski_rc rc = brski_audit_verify(r->store, &rows, &err);

	if (rc != BRSKI_OK && rc != BRSKI_E_CONFLICT)
		registrar_admin_refuse(x, "audit verify", &err);
	else
		registrar_admin_answer(x, "audit verify",
		    json_pack("{s:i,s:b,s:I,s:s}", "version", REGISTRAR_ADMIN_VERSION, "intact",
		        rc == BRSKI_OK, "rows", (json_int_t)rows, "detail", err.detail));
}

static json_t *
counts_json(const int64_t *counts, int n, const char *(*name)(int i))
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < n; i++)
		json_object_set_new(o, name(i), json_integer(counts[i]));
	return o;
}

static const char *
state_name(int i)
{
	return registrar_state_name((enum registrar_state)i);
}

static const char *
life_name(int i)
{
	return registrar_life_name((enum registrar_life)i);
}

void
registrar_admin_status(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	int64_t states[REGISTRAR_STATES], lives[REGISTRAR_LIVES];
	struct brski_err err = { 0 };
	json_t *makers = json_array();
	size_t i;

	if (registrar_device_count(r->store, states, &err) != BRSKI_OK ||
	    registrar_life_count(r->store, lives, &err) != BRSKI_OK) {
		json_decref(makers);
		registrar_admin_refuse(x, "status", &err);
		return;
	}
	for (i = 0; i < r->site->makers_n; i++)
		json_array_append_new(makers, json_string(r->site->makers[i].conf->name));
	registrar_admin_answer(x, "status",
	    json_pack("{s:i,s:s,s:o,s:o,s:o,s:I,s:o}", "version", REGISTRAR_ADMIN_VERSION,
	        "program", "brski-registrar", "started", registrar_admin_date(r->started),
	        "devices", counts_json(states, REGISTRAR_STATES, state_name), "lives",
	        counts_json(lives, REGISTRAR_LIVES, life_name), "asking", (json_int_t)r->asks_n,
	        "manufacturers", makers));
}
