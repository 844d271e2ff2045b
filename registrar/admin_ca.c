/* SPDX-License-Identifier: Apache-2.0 */
/* The domain CA as operators see it, and its roll-over. */
#include <stdio.h>
#include "base/text.h"
#include "registrar/admin.h"
#include "registrar/admin_json.h"
#include "registrar/batch.h"
#include "registrar/registrar.h"
#include "registrar/va.h"

#define NAME_TEXT 256
#define CLAUSE    "RFC 4210 4.4"

static json_t *
crl_json(const struct registrar_crl *crl)
{
	if (crl->number == 0)
		return json_null();
	return json_pack("{s:I,s:o,s:o}", "number", (json_int_t)crl->number, "this_update",
	    registrar_admin_date(crl->this_update), "next_update",
	    registrar_admin_date(crl->next_update));
}

static json_t *
hex_json(struct brski_slice in)
{
	struct brski_buf hex = { 0 };
	json_t *text = NULL;

	if (brski_hex_encode(in, &hex, NULL) == BRSKI_OK)
		text = registrar_admin_text(brski_buf_slice(&hex));
	brski_buf_clear(&hex);
	return text;
}

static json_t *
base64_json(struct brski_slice in)
{
	struct brski_buf text = { 0 };
	json_t *j = NULL;

	if (brski_base64_encode(in, &text, NULL) == BRSKI_OK)
		j = registrar_admin_text(brski_buf_slice(&text));
	brski_buf_clear(&text);
	return j;
}

/*
 * How audit logs may name us, RFC 8995 5.8.1, by generations that are over, too; each once. Our own
 * certificate is pinned only where the configuration says so.
 */
static json_t *
domain_ids_json(const struct registrar_site *site)
{
	uint8_t own[64];
	const struct brski_slice leaf =
	    brski_cert_domain_id(&registrar_keeper_chain(site->keeper)->v[0], own);
	json_t *list = json_array();
	size_t i, j;

	for (i = 0; i < site->own_n; i++) {
		for (j = 0; j < i && !brski_slice_eq(site->own[i], site->own[j]); j++)
			;
		if (j == i &&
		    (site->conf.pin == REGISTRAR_PIN_TIGHT || !brski_slice_eq(site->own[i], leaf)))
			json_array_append_new(list, base64_json(site->own[i]));
	}
	return list;
}

static enum brski_rc
add_authority(struct registrar *r, const struct registrar_authority *a, json_t *list,
    struct brski_err *err)
{
	static const char *const roles[] = { "current", "next", "former" };
	char subject[NAME_TEXT];
	uint8_t domain_id[64];
	struct registrar_crl crl = { 0 };
	struct registrar_use use;
	bool stale;
	enum brski_rc rc;

	if ((rc = registrar_authority_use(r->store, a->id, brski_clock_now(&r->clock), &use,
	         err)) != BRSKI_OK ||
	    (rc = registrar_crl_is_stale(r->store, a->id, &stale, err)) != BRSKI_OK ||
	    (rc = registrar_crl_head(r->store, a->id, &crl, err)) != BRSKI_OK)
		return rc;
	json_array_append_new(list,
	    json_pack("{s:o,s:o,s:s,s:s,s:o,s:o,s:b,s:I,s:o,s:I,s:o,s:o,s:b,s:s?}", "id",
	        hex_json(brski_slice(a->id, sizeof(a->id))), "domain_id",
	        base64_json(brski_cert_domain_id(a->cert, domain_id)), "role", roles[a->role],
	        "subject", brski_name_text(a->cert->subject, subject, sizeof(subject)),
	        "not_before", registrar_admin_date(a->cert->not_before), "not_after",
	        registrar_admin_date(a->cert->not_after), "has_key", a->has_key, "in_force",
	        (json_int_t)use.in_force, "last_not_after", registrar_admin_date(use.until),
	        "revoked", (json_int_t)use.revoked, "last_revoked_not_after",
	        registrar_admin_date(use.revoked_until), "crl", crl_json(&crl), "crl_stale",
	        (int)stale, "crl_trouble", registrar_crl_trouble(r, a->id)));
	return BRSKI_OK;
}

/* How far a roll-over is. */
static const char *
progress(const struct registrar_authority *a, size_t n)
{
	const char *is = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if (a[i].role == REGISTRAR_CA_NEXT)
			return "prepared";
		else if (a[i].role == REGISTRAR_CA_FORMER)
			is = "activated";
	return is;
}

static void
answer(struct registrar *r, struct brski_exchange *x, const char *stage)
{
	const struct registrar_authority *a;
	json_t *list = json_array();
	struct brski_err err = { 0 };
	enum brski_rc rc = BRSKI_OK;
	size_t i, n;

	a = registrar_keeper_authorities(r->site->keeper, &n);
	for (i = 0; i < n && rc == BRSKI_OK; i++)
		rc = add_authority(r, &a[i], list, &err);
	if (rc == BRSKI_OK) {
		registrar_admin_answer(x, stage,
		    json_pack("{s:i,s:o,s:s?,s:o}", "version", REGISTRAR_ADMIN_VERSION,
		        "authorities", list, "rollover", progress(a, n), "domain_ids",
		        domain_ids_json(r->site)));
	} else {
		json_decref(list);
		registrar_admin_refuse(x, stage, &err);
	}
}

void
registrar_admin_ca(void *app, struct brski_exchange *x)
{
	answer(app, x, "ca show");
}

/* What of a former CA's is still needed, so that it cannot end yet. */
static enum brski_rc
check_use(const struct registrar_use *use, bool force, struct brski_err *err)
{
	char date[BRSKI_TIME_TEXT];

	brski_time_format_rfc3339(use->in_force > 0 ? use->until : use->revoked_until, date);
	if (use->in_force > 0)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE,
		    "certificates of the former CA in force: %lld, the last one until %s",
		    (long long)use->in_force, date);
	if (use->revoked > 0 && !force)
		return brski_fail(err, BRSKI_E_CONFLICT, "RFC 5280 3.3",
		    "revoked certificates of the former CA that nobody could find revoked any more:"
		    " %lld, the last one until %s, unless forced",
		    (long long)use->revoked, date);
	return BRSKI_OK;
}

/* A former CA's revocation lists and OCSP answers end with it: not while somebody needs them. */
static enum brski_rc
check_unused(struct registrar *r, const struct registrar_keeper *k, bool force,
    struct brski_err *err)
{
	const struct registrar_authority *a;
	struct registrar_use use;
	enum brski_rc rc = BRSKI_OK;
	size_t i, n;

	a = registrar_keeper_authorities(k, &n);
	for (i = 0; i < n && rc == BRSKI_OK; i++)
		if (a[i].role == REGISTRAR_CA_FORMER &&
		    (rc = registrar_authority_use(r->store, a[i].id, brski_clock_now(&r->clock),
		         &use, err)) == BRSKI_OK)
			rc = check_use(&use, force, err);
	return rc;
}

/* By what the files say now, not by what they said when they were loaded. */
static enum brski_rc
run_step(struct registrar *r, enum registrar_rollover_step step, bool force, struct brski_err *err)
{
	const struct registrar_conf *c = &r->site->conf;
	const struct registrar_keeper_files files = { c->certificate, c->key, c->domain_ca,
		c->domain_ca_key };
	struct registrar_keeper *k;
	enum brski_rc rc;

	if ((rc = registrar_keeper_load(&files, &k, err)) != BRSKI_OK)
		return rc;
	if (step != REGISTRAR_ROLLOVER_FINISH || (rc = check_unused(r, k, force, err)) == BRSKI_OK)
		rc = registrar_keeper_rollover(k, &files, step, brski_clock_now(&r->clock), err);
	registrar_keeper_free(k);
	return rc;
}

/* The step and its row in the audit trail; that a step was refused is a row, too. */
static enum brski_rc
take_step(struct registrar *r, const char *actor, enum registrar_rollover_step step,
    const char *name, bool force, struct brski_err *err)
{
	const struct registrar_about about = { { NULL, 0 }, { NULL, 0 } };
	enum brski_rc rc;

	if ((rc = registrar_begin(r, err)) != BRSKI_OK)
		return rc;
	if ((rc = registrar_record(r, actor, "rollover", &about, NULL, name, err)) == BRSKI_OK &&
	    (rc = run_step(r, step, force, err)) == BRSKI_OK &&
	    (rc = registrar_commit(r, err)) == BRSKI_OK)
		return registrar_flush(r, err);
	registrar_rollback(r);
	registrar_record_alone(r, actor, "rollover", &about, err);
	return rc;
}

static enum brski_rc
read_step(const struct brski_exchange *x, enum registrar_rollover_step *step, const char **name,
    struct brski_err *err)
{
	static const char *const names[] = { "prepare", "activate", "finish", "cancel" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (brski_slice_eq(x->rest, brski_slice_str(names[i]))) {
			*step = (enum registrar_rollover_step)i;
			*name = names[i];
			return BRSKI_OK;
		}
	return brski_fail(err, BRSKI_E_NOT_FOUND, REGISTRAR_ADMIN_CLAUSE, "no such step");
}

void
registrar_admin_rollover(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	enum registrar_rollover_step step = REGISTRAR_ROLLOVER_PREPARE;
	char who[REGISTRAR_ACTOR_MAX];
	struct brski_err err = { 0 };
	const char *name = NULL;

	registrar_admin_actor(x, who);
	if (read_step(x, &step, &name, &err) != BRSKI_OK ||
	    take_step(r, who, step, name,
	        brski_slice_eq(registrar_admin_parameter(x, "force"), BRSKI_LIT("yes")),
	        &err) != BRSKI_OK ||
	    (r->load_anew.fn != NULL && r->load_anew.fn(r->load_anew.arg, &err) != BRSKI_OK))
		registrar_admin_refuse(x, "ca rollover", &err);
	else
		answer(r, x, "ca rollover");
}
