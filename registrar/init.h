/* SPDX-License-Identifier: Apache-2.0 */
/* brski-registrar init: a domain made from nothing. */
#ifndef REGISTRAR_INIT_H
#define REGISTRAR_INIT_H

#include "base/clock.h"
#include "base/err.h"

#define REGISTRAR_SANS_MAX 16

struct registrar_init {
	const char *dir, *name; /* name: the domain's, O of its certificates */
	const char *listen, *admin;
	const char *listen_coaps;                /* NULL: no CoAPS */
	const char *listen_jpy;                  /* NULL: no join proxies that are stateless */
	const char *listen_va, *va_url;          /* NULL: no CRL and OCSP; not in certificates */
	const char *san[REGISTRAR_SANS_MAX + 1]; /* host names and addresses, NULL-terminated */
	int64_t at;
};

/*
 * Write domain-ca.pem and .key (a root that signs LDevIDs too), registrar.pem and .key (cmcRA,
 * serverAuth, clientAuth), registrar.conf. E_CONFLICT: one of them is there; nothing is written.
 */
enum brski_rc registrar_init(const struct registrar_init *in, struct brski_err *err);
/* The command: argv after "init". Returns the exit code. */
int registrar_init_main(int argc, char **argv);

#endif
