/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to what the handlers work with. Used at start and again at SIGHUP. */
#ifndef MASA_LOAD_H
#define MASA_LOAD_H

#include "masa/conf.h"
#include "masa/front.h"

/*
 * Read what the configuration names: keys, chains, anchors, CRLs; set the rules. Store, clock and
 * log are left alone. On failure *m is as before. E_CONFIG, E_NOT_FOUND, E_MALFORMED.
 */
enum brski_rc masa_load(const struct masa_conf *conf, struct masa *m, struct brski_err *err);
/* Release what masa_load() read. */
void masa_unload(struct masa *m);

#endif
