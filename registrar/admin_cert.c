/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates on the admin API, doc/admin-api.md. */
#include <stdio.h>
#include "base/text.h"
#include "registrar/admin.h"
#include "registrar/admin_json.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"

#define NAME_TEXT_MAX 512
#define STAGE         "certificate"

static const char *const validities[] = {
	[REGISTRAR_CERT_VALID] = "valid",
	[REGISTRAR_CERT_EXPIRED] = "expired",
	[REGISTRAR_CERT_REVOKED] = "revoked",
	[REGISTRAR_CERT_SUPERSEDED] = "superseded",
};

/* Each certificate is in one of these, as a list's filter has it. */
static const char *
validity_of(const struct registrar_certificate *c, int64_t now)
{
	if (c->revoked != 0)
		return validities[REGISTRAR_CERT_REVOKED];
	if (c->not_after < now)
		return validities[REGISTRAR_CERT_EXPIRED];
	return validities[c->revoke_at != 0 ? REGISTRAR_CERT_SUPERSEDED : REGISTRAR_CERT_VALID];
}

/* Upper case, as openssl prints it; absent or empty: null. */
static json_t *
hex_json(struct brski_slice bytes)
{
	struct brski_buf hex = { 0 };
	json_t *j = NULL;
	size_t i;

	if (bytes.n == 0)
		return json_null();
	if (brski_hex_encode(bytes, &hex, NULL) == BRSKI_OK) {
		for (i = 0; i < hex.n; i++)
			if (hex.p[i] >= 'a')
				hex.p[i] = (uint8_t)(hex.p[i] - 'a' + 'A');
		j = registrar_admin_text(brski_buf_slice(&hex));
	}
	brski_buf_clear(&hex);
	return j;
}

static json_t *
subject_json(struct brski_slice der)
{
	char text[NAME_TEXT_MAX];
	struct brski_cert c;

	if (brski_cert_decode(der, &c, NULL) != BRSKI_OK)
		return json_null();
	return registrar_admin_text(
	    brski_slice_str(brski_name_text(c.subject, text, sizeof(text))));
}

static json_t *
name_json(const char *name)
{
	return name[0] != '\0' ? json_string(name) : json_null();
}

json_t *
registrar_admin_certificate(const struct registrar_certificate *c, const char *manufacturer,
    const char *serial, int64_t now)
{
	char number[REGISTRAR_NUMBER_TEXT];

	return json_pack("{s:I,s:s,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
	    (json_int_t)c->id, "serial", registrar_number_text(c->serial, number), "manufacturer",
	    name_json(manufacturer), "device_serial", name_json(serial), "status",
	    validity_of(c, now), "issued", registrar_admin_date(c->issued), "not_before",
	    registrar_admin_date(c->not_before), "not_after", registrar_admin_date(c->not_after),
	    "revoke_at", registrar_admin_date(c->revoke_at), "revoked",
	    registrar_admin_date(c->revoked), "reason",
	    c->revoked != 0 ? json_string(brski_reason_name((int)c->reason)) : json_null(),
	    "authority", hex_json(c->authority), "fingerprint", hex_json(c->fingerprint), "ski",
	    hex_json(c->ski), "subject", subject_json(c->der));
}

void
registrar_admin_certificate_pem(json_t *row, const struct registrar_certificate *c)
{
	struct brski_buf pem = { 0 };

	if (brski_pem_encode("CERTIFICATE", c->der, &pem, NULL) == BRSKI_OK)
		json_object_set_new(row, "pem", registrar_admin_text(brski_buf_slice(&pem)));
	brski_buf_clear(&pem);
}

/* What a list request asks for; its texts and bytes live here. */
struct wanted {
	struct registrar_cert_filter f;
	char manufacturer[REGISTRAR_NAME_MAX + 1], serial[BRSKI_SERIAL_MAX + 1];
	uint8_t number[2 + BRSKI_SERIAL_MAX], fingerprint[BRSKI_SHA256_SIZE], ski[64];
};

/* Hex digits into lent storage; absent: not asked for. */
static enum brski_rc
read_hex(const char *name, struct brski_slice text, uint8_t *to, size_t cap,
    struct brski_slice *out, struct brski_err *err)
{
	struct brski_buf b = brski_buf_fixed(to, cap);

	*out = (struct brski_slice){ 0 };
	if (text.p == NULL)
		return BRSKI_OK;
	if (text.n == 0 || brski_hex_decode(text, &b, NULL) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE,
		    "%s is not a hexadecimal number of at most %zu octets", name, cap);
	*out = brski_buf_slice(&b);
	return BRSKI_OK;
}

/* A serial number as INTEGER content octets, however many zeros it is written with. */
static enum brski_rc
read_number(struct brski_slice text, uint8_t to[2 + BRSKI_SERIAL_MAX], struct brski_slice *out,
    struct brski_err *err)
{
	enum brski_rc rc;

	to[0] = 0;
	if ((rc = read_hex("serial", text, to + 1, BRSKI_SERIAL_MAX, out, err)) != BRSKI_OK ||
	    out->p == NULL)
		return rc;
	while (out->n > 1 && out->p[0] == 0)
		*out = brski_slice(out->p + 1, out->n - 1);
	if (out->p[0] >= 0x80) /* the octet before it is 0: to[0], or one that was skipped */
		*out = brski_slice(out->p - 1, out->n + 1);
	return BRSKI_OK;
}

static enum brski_rc
read_date(const struct brski_exchange *x, const char *name, int64_t *out, struct brski_err *err)
{
	char text[64];
	const char *value;
	enum brski_rc rc;

	if ((rc = registrar_admin_text_parameter(x, name, text, sizeof(text), &value, err)) !=
	        BRSKI_OK ||
	    value == NULL)
		return rc;
	if (brski_time_parse_rfc3339(brski_slice_str(value), out, NULL) != BRSKI_OK)
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE,
		    "%s is not a date and time of RFC 3339", name);
	return BRSKI_OK;
}

static enum brski_rc
read_validity(const struct brski_exchange *x, enum registrar_validity *out, struct brski_err *err)
{
	struct brski_slice text = registrar_admin_parameter(x, "status");
	int i = 0;

	*out = REGISTRAR_VALIDITIES;
	if (text.p == NULL)
		return BRSKI_OK;
	while (i < REGISTRAR_VALIDITIES && !brski_slice_eq(text, brski_slice_str(validities[i])))
		i++;
	if (i == REGISTRAR_VALIDITIES)
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE, "no such status");
	*out = (enum registrar_validity)i;
	return BRSKI_OK;
}

static enum brski_rc
read_device(const struct brski_exchange *x, struct wanted *w, struct brski_err *err)
{
	struct registrar_cert_filter *f = &w->f;
	enum brski_rc rc;

	if ((rc = registrar_admin_text_parameter(x, "manufacturer", w->manufacturer,
	         sizeof(w->manufacturer), &f->manufacturer, err)) != BRSKI_OK)
		return rc;
	return registrar_admin_text_parameter(x, "device_serial", w->serial, sizeof(w->serial),
	    &f->device_serial, err);
}

static enum brski_rc
read_filter(const struct brski_exchange *x, struct wanted *w, struct brski_err *err)
{
	struct registrar_cert_filter *f = &w->f;
	enum brski_rc rc;

	if ((rc = registrar_admin_page(x, &f->after, &f->limit, err)) != BRSKI_OK ||
	    (rc = read_device(x, w, err)) != BRSKI_OK ||
	    (rc = read_validity(x, &f->validity, err)) != BRSKI_OK ||
	    (rc = read_date(x, "expires_after", &f->expires_after, err)) != BRSKI_OK ||
	    (rc = read_date(x, "expires_before", &f->expires_before, err)) != BRSKI_OK ||
	    (rc = read_number(registrar_admin_parameter(x, "serial"), w->number, &f->serial,
	         err)) != BRSKI_OK ||
	    (rc = read_hex("fingerprint", registrar_admin_parameter(x, "fingerprint"),
	         w->fingerprint, sizeof(w->fingerprint), &f->fingerprint, err)) != BRSKI_OK)
		return rc;
	return read_hex("ski", registrar_admin_parameter(x, "ski"), w->ski, sizeof(w->ski), &f->ski,
	    err);
}

struct rows {
	struct registrar_rows l;
	int64_t now;
	bool pem;
};

static void
add_row(void *arg, const struct registrar_certificate *c, const char *manufacturer,
    const char *serial)
{
	struct rows *rows = arg;
	json_t *row = registrar_admin_certificate(c, manufacturer, serial, rows->now);

	if (rows->pem)
		registrar_admin_certificate_pem(row, c);
	json_array_append_new(rows->l.rows, row);
	rows->l.last = c->id;
}

void
registrar_admin_cert_list(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct rows rows = { .l.rows = json_array(), .now = brski_clock_now(&r->clock) };
	struct wanted w = { .f.now = rows.now };
	struct brski_err err = { 0 };

	if (read_filter(x, &w, &err) != BRSKI_OK ||
	    registrar_certificate_list(r->store, &w.f, add_row, &rows, &err) != BRSKI_OK) {
		json_decref(rows.l.rows);
		registrar_admin_refuse(x, STAGE, &err);
	} else
		registrar_admin_answer(x, STAGE,
		    registrar_admin_page_json("certificates", &rows.l, w.f.limit));
}

/* SERIALHEX[/verb] of the path, and what there is of it: one row. */
static enum brski_rc
find(struct registrar *r, const struct brski_exchange *x, struct rows *rows, const char *verb,
    struct brski_err *err)
{
	struct registrar_cert_filter f = { .validity = REGISTRAR_VALIDITIES, .limit = 1 };
	char hex[2 * BRSKI_SERIAL_MAX + 1], said[16] = "";
	uint8_t number[2 + BRSKI_SERIAL_MAX];
	struct brski_slice rest = x->rest;
	enum brski_rc rc;

	if (!registrar_admin_segment(&rest, hex, sizeof(hex)) ||
	    (rest.n > 0 && !registrar_admin_segment(&rest, said, sizeof(said))) || rest.n > 0 ||
	    strcmp(said, verb) != 0)
		return brski_fail(err, BRSKI_E_NOT_FOUND, REGISTRAR_ADMIN_CLAUSE, "no such path");
	if ((rc = read_number(brski_slice_str(hex), number, &f.serial, err)) != BRSKI_OK ||
	    (rc = registrar_certificate_list(r->store, &f, add_row, rows, err)) != BRSKI_OK)
		return rc;
	if (rows->l.last == 0)
		return brski_fail(err, BRSKI_E_NOT_FOUND, REGISTRAR_ADMIN_CLAUSE,
		    "no such certificate");
	return BRSKI_OK;
}

static void
answer_one(struct brski_exchange *x, const struct rows *rows)
{
	registrar_admin_answer(x, STAGE,
	    json_pack("{s:i,s:O}", "version", REGISTRAR_ADMIN_VERSION, "certificate",
	        json_array_get(rows->l.rows, 0)));
}

void
registrar_admin_cert_show(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct rows rows = { { json_array(), 0 }, brski_clock_now(&r->clock), true };
	struct brski_err err = { 0 };

	if (find(r, x, &rows, "", &err) != BRSKI_OK)
		registrar_admin_refuse(x, STAGE, &err);
	else
		answer_one(x, &rows);
	json_decref(rows.l.rows);
}

enum brski_rc
registrar_admin_reason(const char *text, enum brski_reason *out, struct brski_err *err)
{
	*out = BRSKI_REASON_UNSPECIFIED;
	if (text != NULL && !brski_reason_from(brski_slice_str(text), out))
		return brski_fail(err, BRSKI_E_MALFORMED, REGISTRAR_ADMIN_CLAUSE,
		    "no reason of RFC 5280 5.3.1");
	return BRSKI_OK;
}

static enum brski_rc
revoke(struct registrar *r, const struct brski_exchange *x, int64_t id, struct brski_err *err)
{
	char who[REGISTRAR_ACTOR_MAX], text[REGISTRAR_COMMENT_MAX + 1];
	struct registrar_certificate c;
	struct brski_buf der = { 0 };
	enum brski_reason reason;
	const char *given;
	enum brski_rc rc;

	registrar_admin_actor(x, who);
	if ((rc = registrar_admin_text_parameter(x, "reason", text, sizeof(text), &given, err)) ==
	        BRSKI_OK &&
	    (rc = registrar_admin_reason(given, &reason, err)) == BRSKI_OK &&
	    (rc = registrar_certificate_get(r->store, id, &c, &der, err)) == BRSKI_OK &&
	    (rc = registrar_revoke_certificate(r, who, &c, reason, err)) == BRSKI_OK)
		rc = registrar_flush(r, err);
	brski_buf_clear(&der);
	return rc;
}

void
registrar_admin_cert_revoke(void *app, struct brski_exchange *x)
{
	struct registrar *r = app;
	struct rows rows = { { json_array(), 0 }, brski_clock_now(&r->clock), false };
	struct brski_err err = { 0 };

	if (find(r, x, &rows, "revoke", &err) != BRSKI_OK ||
	    revoke(r, x, rows.l.last, &err) != BRSKI_OK || json_array_clear(rows.l.rows) != 0 ||
	    find(r, x, &rows, "revoke", &err) != BRSKI_OK)
		registrar_admin_refuse(x, STAGE, &err);
	else
		answer_one(x, &rows);
	json_decref(rows.l.rows);
}
