/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin API, doc/admin-api.md: JSON over HTTP on a Unix socket, for brskictl and the dashboard.
 * Who may connect is the socket's mode; who it was is the actor in the audit trail.
 */
#ifndef REGISTRAR_ADMIN_H
#define REGISTRAR_ADMIN_H

#include "net/exchange.h"

#define REGISTRAR_PAGE_MAX 1000 /* rows of one answer */

/* Handlers; app is the struct registrar. */
void registrar_admin_list(void *app, struct brski_exchange *x);
void registrar_admin_show(void *app, struct brski_exchange *x);
void registrar_admin_import(void *app, struct brski_exchange *x);
void registrar_admin_decide(void *app, struct brski_exchange *x);
void registrar_admin_cert_list(void *app, struct brski_exchange *x);
void registrar_admin_cert_show(void *app, struct brski_exchange *x);
void registrar_admin_cert_revoke(void *app, struct brski_exchange *x);
void registrar_admin_audit(void *app, struct brski_exchange *x);
void registrar_admin_verify(void *app, struct brski_exchange *x);
void registrar_admin_ca(void *app, struct brski_exchange *x);
void registrar_admin_rollover(void *app, struct brski_exchange *x);
void registrar_admin_ca(void *app, struct brski_exchange *x);
void registrar_admin_rollover(void *app, struct brski_exchange *x);
void registrar_admin_status(void *app, struct brski_exchange *x);

#endif
