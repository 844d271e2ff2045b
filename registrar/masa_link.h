/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real link to the MASAs: HTTPS with the registrar's certificate, the MASA verified against its
 * manufacturer's anchors and by its name, one session with kept connections per manufacturer.
 */
#ifndef REGISTRAR_MASA_LINK_H
#define REGISTRAR_MASA_LINK_H

#include "net/loop.h"
#include "registrar/masa.h"
#include "registrar/site.h"

struct brski_log;
struct registrar_masa_link;

enum brski_rc registrar_masa_link_new(struct brski_loop *loop, const struct brski_log *log,
    struct registrar_masa_link **out, struct brski_err *err);
/* Whose anchors and certificate new calls use; borrowed until replaced and its calls are over. */
void registrar_masa_link_set_site(struct registrar_masa_link *l, const struct registrar_site *site);
struct registrar_masa registrar_masa_link_ops(struct registrar_masa_link *l);
void registrar_masa_link_free(struct registrar_masa_link *l); /* open calls end without done() */

#endif
