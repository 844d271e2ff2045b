/* SPDX-License-Identifier: Apache-2.0 */
/* brskictl as a client of the admin API: one request at a time over the registrar's Unix socket. */
#ifndef REGISTRAR_CTL_ADMIN_CLIENT_H
#define REGISTRAR_CTL_ADMIN_CLIENT_H

#include "base/buf.h"
#include "registrar/ctl/ctl.h"

/*
 * GET, or POST with csv when it is present or post is true. CTL_OK: *out is the answer, to be let
 * go by the caller. Otherwise the cause is said on standard error and the exit code returned.
 */
int ctl_admin_get(const struct ctl_args *a, const char *path, json_t **out);
int ctl_admin_post(const struct ctl_args *a, const char *path, struct brski_slice csv,
    json_t **out);

/* Append text percent-encoded, as one path segment or the value of a parameter. */
enum brski_rc ctl_admin_encode(const char *text, struct brski_buf *out);

/*
 * Append "name=value&", the value percent-encoded, as part of a query; value NULL: nothing. Queries
 * that are put together so end with '&' or are empty.
 */
enum brski_rc ctl_admin_parameter(const char *name, const char *value, struct brski_buf *query);

/* A list of the server's, page by page; each member of its array goes to each(). */
struct ctl_pages {
	const char *path, *query;                /* query: "state=failed&" */
	const char *name;                        /* of the array */
	json_int_t after, limit;                 /* from where on, and how many; 0, 0: all */
	void (*each)(void *arg, json_t *member); /* may keep a reference */
	void *arg;
};
/* *next: where to go on, with a limit; 0: that was the end. May be NULL. */
int ctl_admin_pages(const struct ctl_args *a, const struct ctl_pages *p, json_int_t *next);
/*
 * Print a list: as the API has it, or a table of head() and a row() for each member, as they come.
 * Takes --after and --limit; where there is more, standard error says how to go on. p->each and
 * p->arg are not the caller's.
 */
struct ctl_table {
	void (*head)(void);
	void (*row)(const json_t *member);
};
int ctl_admin_print(const struct ctl_args *a, struct ctl_pages *p, const struct ctl_table *table);
/* An each() whose arg is a json_t array that gets a reference. */
void ctl_admin_collect(void *array, json_t *member);

/* A member's text; "" when it is null or not there. */
const char *ctl_member(const json_t *object, const char *name);

#endif
