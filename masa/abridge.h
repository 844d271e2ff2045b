/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log of a device as it is told, and how it is kept short. RFC 8995 5.8.1. */
#ifndef MASA_ABRIDGE_H
#define MASA_ABRIDGE_H

#include "store/store.h"

/*
 * Bring a device's log down to keep entries, in the caller's transaction: of the domain and kind
 * (nonced, nonceless) that has the oldest duplicate only the newest entry stays, and says how many
 * went; when no duplicates are left, the oldest entries go.
 */
enum brski_rc masa_abridge(struct brski_store *s, int64_t device, int64_t keep,
    struct brski_err *err);

#endif
