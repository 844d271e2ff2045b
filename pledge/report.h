/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What brski-pledge tells its caller: one summary on standard output, advice on standard error, an
 * exit code.
 */
#ifndef PLEDGE_REPORT_H
#define PLEDGE_REPORT_H

#include <stdio.h>

#include "pledge/port_posix.h"

/* Documented in brski-pledge(1). */
#define PLEDGE_EXIT_OK      0 /* enrolled; status: whatever it is, it could be read */
#define PLEDGE_EXIT_REFUSED 1 /* somebody's message was refused, or ours was */
#define PLEDGE_EXIT_USAGE   2 /* command line or a file it names */
#define PLEDGE_EXIT_WAITING 3 /* time is up: nobody answered, or the registrar has not decided */
#define PLEDGE_EXIT_STATE   4 /* the state folder cannot be used */

struct pledge_summary {
	enum pledge_state state;
	struct brski_slice serial;   /* absent: not known here */
	const char *registrar;       /* "": none yet */
	const struct brski_err *why; /* the last failure; NULL or rc OK: none */
	uint32_t renewals;
};

/* One line or one JSON object on to. E_IO. */
enum brski_rc pledge_report(const struct pledge_posix *pp, const struct pledge_summary *s,
    bool json, FILE *to, struct brski_err *err);
/* "brski-pledge: [with whom: ]what happened (clause). What to do next." on to. who may be NULL. */
void pledge_complain(const char *who, const struct brski_err *why, FILE *to);
/* The same where nobody was found to talk to. No interfaces: all were listened on. */
void pledge_complain_alone(const char *const *interfaces, size_t n, FILE *to);
/* The exit code that a last failure deserves. */
int pledge_exit_code(const struct brski_err *why);

#endif
