/* SPDX-License-Identifier: Apache-2.0 */
/* What one option may say: shared by the reader of files and the writer of the manual's list. */
#ifndef BRSKI_CONF_VALUE_H
#define BRSKI_CONF_VALUE_H

#include "conf/conf.h"

#define BRSKI_CONF_ALLOWED 160

/* Does text suit the option? Then *out is its number (INT, DURATION, BOOL, ENUM). */
bool brski_conf_value(const struct brski_conf_option *o, const char *text, int64_t *out);
/* In words, what suits: "one of any, listed, approve". Returns dst. */
const char *brski_conf_allowed(const struct brski_conf_option *o, char dst[BRSKI_CONF_ALLOWED]);

#endif
