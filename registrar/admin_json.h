/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of the admin API share: the path and query of a request, JSON answers. */
#ifndef REGISTRAR_ADMIN_JSON_H
#define REGISTRAR_ADMIN_JSON_H

#include <jansson.h>
#include "net/exchange.h"
#include "registrar/store.h"

#define REGISTRAR_ADMIN_CLAUSE  "admin API 1"
#define REGISTRAR_ADMIN_VERSION 1
#define REGISTRAR_ACTOR_MAX     24

/* Who asks, for the audit trail: "uid:1000". */
void registrar_admin_actor(const struct brski_exchange *x, char out[REGISTRAR_ACTOR_MAX]);
/* The value of one parameter of the query; absent when it is not there. */
struct brski_slice registrar_admin_parameter(const struct brski_exchange *x, const char *name);
/* The parameters after and limit. E_MALFORMED. */
enum brski_rc registrar_admin_page(const struct brski_exchange *x, int64_t *after, int64_t *limit,
    struct brski_err *err);
/*
 * One path segment, percent-decoded into cap - 1 octets; *rest moves behind its '/'. False: empty,
 * too long, a bad escape.
 */
bool registrar_admin_segment(struct brski_slice *rest, char *out, size_t cap);
/*
 * A parameter that is a clean text, percent-decoded into out; *value NULL: it is not there.
 * E_MALFORMED.
 */
enum brski_rc registrar_admin_text_parameter(const struct brski_exchange *x, const char *name,
    char *out, size_t cap, const char **value, struct brski_err *err);

/* Answer with a JSON value, which is let go; NULL: memory ran out. */
void registrar_admin_answer(struct brski_exchange *x, const char *stage, json_t *value);
/* Refuse; an operator may read the cause. */
void registrar_admin_refuse(struct brski_exchange *x, const char *stage,
    const struct brski_err *err);
json_t *registrar_admin_text(struct brski_slice s); /* absent: null */
json_t *registrar_admin_date(int64_t at);           /* RFC 3339; 0: null */

/* Rows as they are collected, and the id of the last. */
struct registrar_rows {
	json_t *rows;
	int64_t last;
};
/* {"version":1,NAME:[...],"next":ID|null}: ask again after ID while there is one. Takes rows. */
json_t *registrar_admin_page_json(const char *name, struct registrar_rows *l, int64_t limit);

/* A certificate as lists have it, "" for no device; and its text on top. */
json_t *registrar_admin_certificate(const struct registrar_certificate *c, const char *manufacturer,
    const char *serial, int64_t now);
void registrar_admin_certificate_pem(json_t *row, const struct registrar_certificate *c);
/* NULL: unspecified. E_MALFORMED: RFC 5280 has no such name. */
enum brski_rc registrar_admin_reason(const char *text, enum brski_reason *out,
    struct brski_err *err);

#endif
