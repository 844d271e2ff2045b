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
 * Every page of a list: each member of the answer's array name goes to each(), which may keep a
 * reference. query: "state=failed&", ends with '&' when it is not empty.
 */
int ctl_admin_pages(const struct ctl_args *a, const char *path, const char *query, const char *name,
    void (*each)(void *arg, json_t *member), void *arg);

/* A member's text; "" when it is null or not there. */
const char *ctl_member(const json_t *object, const char *name);

#endif
