/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain HTTP towards a manufacturer's servers of lists and of OCSP, whose answers are signed: as a
 * function pointer, like the link to the MASAs.
 */
#ifndef REGISTRAR_WEB_H
#define REGISTRAR_WEB_H

#include "registrar/masa.h"

#define REGISTRAR_WEB_URL_MAX 256 /* with its NUL */

struct registrar_web_call {
	const char *url;
	const char *media;       /* NULL: it is a GET */
	const char *accept;      /* NULL: whatever there is */
	struct brski_slice body; /* with media */
	size_t max_answer;
	void (*done)(void *arg, const struct registrar_masa_answer *a);
	void *arg;
};

struct registrar_web {
	/* Everything in call is borrowed for the call. OK: done() follows later, once. */
	enum brski_rc (
	    *request)(void *arg, const struct registrar_web_call *call, struct brski_err *err);
	void *arg;
};

/* http, a host, and what a request line can hold. */
bool registrar_web_url(const char *url);

#endif
