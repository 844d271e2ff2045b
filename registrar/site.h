/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site: everything that comes out of the configuration file and the files it names. SIGHUP
 * loads a new one beside the old and puts it in its place.
 */
#ifndef REGISTRAR_SITE_H
#define REGISTRAR_SITE_H

#include "crypto/crl.h"
#include "registrar/conf.h"
#include "registrar/keeper.h"

struct registrar_manufacturer {
	const struct registrar_conf_manufacturer *conf; /* borrowed from the site */
	struct brski_certs anchors, masa_anchors;
	struct brski_certs voucher_anchors; /* may be empty */
	struct brski_crls crls;             /* of files, then of URLs; likewise */
};

/* A domainID, RFC 8995 5.8.2. */
struct registrar_domain {
	uint8_t id[64];
	size_t n;
};

struct registrar_site {
	struct registrar_conf conf;
	struct registrar_keeper *keeper;
	struct registrar_manufacturer *makers;
	size_t makers_n;
	/*
	 * domainIDs: ours, of every certificate that may have been pinned; expected former owners'
	 */
	struct brski_slice *own, *former; /* point into domains */
	size_t own_n, former_n;
	struct registrar_domain *domains;
	struct registrar_site *next; /* the owner's list of retired ones */
};

/* Read everything. E_CONFIG and what the files' decoders say. */
enum brski_rc registrar_site_load(const char *path, struct registrar_site **out,
    struct brski_err *err);
/* From parts in memory: conf is moved, keeper taken over, also on failure. */
enum brski_rc registrar_site_new(struct registrar_conf *conf, struct registrar_keeper *keeper,
    struct registrar_site **out, struct brski_err *err);
/* The lists of one of its makers, to be changed. */
struct brski_crls *registrar_site_crls(struct registrar_site *s,
    const struct registrar_manufacturer *m);
void registrar_site_free(struct registrar_site *s);
/* NULL: no manufacturer of this name (any more). */
const struct registrar_manufacturer *registrar_site_maker(const struct registrar_site *s,
    const char *name);

#endif
