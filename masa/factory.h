/* SPDX-License-Identifier: Apache-2.0 */
/* brski-masa factory: the manufacturer's side of the ledger. */
#ifndef MASA_FACTORY_H
#define MASA_FACTORY_H

#include <stdio.h>
#include "masa/conf.h"
#include "masa/ledger.h"

#ifndef QUAYSIDE_SYSCONFDIR
#define QUAYSIDE_SYSCONFDIR "/etc/quayside"
#endif
#define MASA_CONF_DEFAULT QUAYSIDE_SYSCONFDIR "/masa.conf"

/* argv[0] is the subcommand's name, "init" or "device" for one. The program's exit status. */
int masa_factory(int argc, char **argv);

/* Facts of a new factory. */
struct masa_factory_site {
	const char *dir;        /* made when it is not there */
	const char *name;       /* O of the subjects */
	const char *url;        /* for IDevIDs */
	const char *listen;     /* of the daemon */
	const char *const *san; /* of its TLS certificate; ends with NULL */
	int64_t at;
};
/*
 * Make keys and certificates of a manufacturer and its MASA, masa.conf and an empty ledger.
 * E_CONFLICT: there is something in the way; nothing is overwritten.
 */
enum brski_rc masa_factory_init(const struct masa_factory_site *site, struct brski_err *err);

struct masa_factory_device {
	const char *serial;
	const char *csr; /* file with the device's CSR, PEM or DER; NULL: a key is made here */
	const char *dir; /* gets idevid.pem and idevid.key; made when it is not there */
	enum masa_policy policy;
	struct brski_slice actor; /* for the audit trail */
	int64_t at;
};
/*
 * Issue an IDevID and register the device. E_CONFLICT: this serial number is taken. Both are done,
 * or neither. IEEE 802.1AR 8, RFC 8995 2.3.
 */
enum brski_rc masa_factory_device(const struct masa_conf *conf, struct brski_store *s,
    const struct masa_factory_device *d, struct brski_err *err);

/* Helpers of both. */
enum brski_rc masa_factory_mkdir(const char *dir, struct brski_err *err);
enum brski_rc masa_factory_pem(const struct brski_certs *chain, struct brski_buf *out,
    struct brski_err *err);

/* The devices on record, for people or as JSON. */
enum brski_rc masa_factory_list(struct brski_store *s, bool json, FILE *out, struct brski_err *err);

#endif
