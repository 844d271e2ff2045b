/* SPDX-License-Identifier: Apache-2.0 */
/* One thread, one loop: libevent behind the few calls that the programs need. */
#ifndef BRSKI_LOOP_H
#define BRSKI_LOOP_H

#include <stdint.h>
#include "base/err.h"

struct event_base;
struct brski_loop;

enum brski_rc brski_loop_new(struct brski_loop **out, struct brski_err *err);
void brski_loop_free(struct brski_loop *l);
struct event_base *brski_loop_base(struct brski_loop *l);
void brski_loop_run(struct brski_loop *l);  /* until brski_loop_stop() */
void brski_loop_stop(struct brski_loop *l); /* also from a signal callback of the loop */

/*
 * SIGTERM and SIGINT stop the loop; SIGHUP calls hup(arg) when hup is not NULL; SIGPIPE is ignored.
 */
enum brski_rc brski_loop_signals(struct brski_loop *l, void (*hup)(void *arg), void *arg,
    struct brski_err *err);

struct brski_timer;
/*
 * One-shot; fires fn(arg) once after ms unless cancelled, then frees itself. NULL without memory.
 */
struct brski_timer *brski_timer_start(struct brski_loop *l, uint32_t ms, void (*fn)(void *arg),
    void *arg);
void brski_timer_cancel(struct brski_timer *t); /* NULL is fine; never after it has fired */

#endif
