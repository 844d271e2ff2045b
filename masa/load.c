/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "masa/load.h"

static enum brski_rc
load_certs(const struct brski_conf_list *paths, struct brski_certs *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; rc == BRSKI_OK && i < paths->n; i++)
		rc = brski_certs_load(out, paths->v[i], err);
	return rc;
}

static enum brski_rc
load_crls(const struct brski_conf_list *paths, struct brski_crls *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; rc == BRSKI_OK && i < paths->n; i++)
		rc = brski_crls_load(out, paths->v[i], err);
	return rc;
}

static struct masa_rules
rules(const struct masa_conf *conf)
{
	return (struct masa_rules){
		.voucher_life_s = conf->voucher_life_s,
		.request_life_s = conf->request_life_s,
		.require_proximity = conf->require_proximity,
		.nonceless_pin = (enum masa_pin)conf->nonceless_pin,
		.log_events = conf->audit_log_events,
	};
}

enum brski_rc
masa_load(const struct masa_conf *conf, struct masa *m, struct brski_err *err)
{
	const struct masa_keeper_files files = {
		.signer_certificate = conf->signer_certificate,
		.signer_key = conf->signer_key,
		.tls_certificate = conf->tls_certificate,
		.tls_key = conf->tls_key,
	};
	struct masa new = { .store = m->store, .clock = m->clock, .log = m->log };
	enum brski_rc rc;

	if ((rc = masa_keeper_load(&files, &new.keeper, err)) != BRSKI_OK ||
	    (rc = load_certs(&conf->manufacturer_anchors, &new.manufacturer_anchors, err)) !=
	        BRSKI_OK ||
	    (rc = load_certs(&conf->registrar_anchors, &new.registrar_anchors, err)) != BRSKI_OK ||
	    (rc = load_crls(&conf->crls, &new.crls, err)) != BRSKI_OK) {
		masa_unload(&new);
		return rc;
	}
	new.rules = rules(conf);
	new.serial_from = (enum brski_serial_from)conf->serial_number;
	new.ignore_expiry = conf->ignore_idevid_expiry;
	new.strict = conf->strict;
	*m = new;
	return BRSKI_OK;
}

void
masa_unload(struct masa *m)
{
	masa_keeper_clear(&m->keeper);
	brski_certs_clear(&m->manufacturer_anchors);
	brski_certs_clear(&m->registrar_anchors);
	brski_crls_clear(&m->crls);
}
