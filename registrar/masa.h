/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar's link to the MASAs, as function pointers: the real one is masa_link.c; a test or
 * an in-process benchmark puts its own behind it.
 */
#ifndef REGISTRAR_MASA_H
#define REGISTRAR_MASA_H

#include "base/err.h"
#include "base/slice.h"

struct registrar_masa_answer {
	/*
	 * OK: body is the answer. E_PENDING: ask again later. With answered, any other code is the
	 * class of the MASA's refusal, body its words. Without: E_UNAVAILABLE, E_TIMEOUT,
	 * E_CERTIFICATE (it is not who it should be), E_TOO_LARGE.
	 */
	enum brski_rc rc;
	bool answered;
	struct brski_slice media, body; /* borrowed for the callback */
	unsigned retry_after_s;         /* 0: not said */
	const char *detail;             /* for the log when it did not answer; may be NULL */
};

struct registrar_masa_call {
	const char *manufacturer; /* whose anchors judge the MASA */
	const char *url;          /* base, registrar_masa_url() */
	const char *path;         /* "/requestvoucher" */
	const char *media, *accept;
	struct brski_slice body;
	void (*done)(void *arg, const struct registrar_masa_answer *a);
	void *arg;
};

struct registrar_masa {
	/* Everything in call is borrowed for the call. OK: done() follows, now or later, once. */
	enum brski_rc (
	    *request)(void *arg, const struct registrar_masa_call *call, struct brski_err *err);
	void *arg;
};

#endif
