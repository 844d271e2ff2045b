/* SPDX-License-Identifier: Apache-2.0 */
/* The real one behind web.h. */
#ifndef REGISTRAR_WEB_LINK_H
#define REGISTRAR_WEB_LINK_H

#include "net/loop.h"
#include "registrar/web.h"

struct brski_log;
struct registrar_web_link;

enum brski_rc registrar_web_link_new(struct brski_loop *loop, const struct brski_log *log,
    struct registrar_web_link **out, struct brski_err *err);
struct registrar_web registrar_web_link_ops(struct registrar_web_link *l);
void registrar_web_link_free(struct registrar_web_link *l); /* open calls end without done() */

#endif
