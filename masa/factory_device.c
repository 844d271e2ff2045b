/* SPDX-License-Identifier: Apache-2.0 */
/* brski-masa factory device, list: IDevIDs (IEEE 802.1AR 8, RFC 8995 2.3) and who has one. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/text.h"
#include "crypto/csr.h"
#include "crypto/issue.h"
#include "masa/factory.h"

#define CSR_FILE_MAX ((size_t)64 * 1024)

enum brski_rc
masa_factory_mkdir(const char *dir, struct brski_err *err)
{
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		return brski_broken(err, BRSKI_E_IO, "mkdir %s: %s", dir, strerror(errno));
	return BRSKI_OK;
}

enum brski_rc
masa_factory_pem(const struct brski_certs *chain, struct brski_buf *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; rc == BRSKI_OK && i < chain->n; i++)
		rc = brski_pem_encode("CERTIFICATE", chain->v[i].der, out, err);
	return rc;
}

/* The work on one device. */
struct product {
	const struct masa_conf *conf;
	const struct masa_factory_device *facts;
	struct brski_certs issuer; /* the CA, then its issuers */
	struct brski_key ca_key;
	struct brski_key key;    /* the device's; empty with a CSR */
	struct brski_buf csr;    /* DER */
	struct brski_slice spki; /* of the device */
	struct brski_certs chain;
};

static void
product_clear(struct product *p)
{
	brski_certs_clear(&p->issuer);
	brski_certs_clear(&p->chain);
	brski_key_clear(&p->ca_key);
	brski_key_clear(&p->key);
	brski_buf_clear(&p->csr);
}

static enum brski_rc
load_issuer(struct product *p, struct brski_err *err)
{
	const struct masa_conf *c = p->conf;
	enum brski_rc rc;

	if (c->manufacturer_certificate == NULL || c->manufacturer_key == NULL)
		return brski_fail(err, BRSKI_E_CONFIG, "masa.conf(5)",
		    "manufacturer-certificate and manufacturer-key are needed");
	if ((rc = brski_certs_load(&p->issuer, c->manufacturer_certificate, err)) != BRSKI_OK ||
	    (rc = brski_key_load(c->manufacturer_key, &p->ca_key, err)) != BRSKI_OK)
		return rc;
	if (!brski_slice_eq(brski_key_spki(&p->ca_key), p->issuer.v[0].spki))
		return brski_fail(err, BRSKI_E_CONFIG, "masa.conf(5)",
		    "manufacturer-key is not the key of manufacturer-certificate");
	return BRSKI_OK;
}

/* A file with a CSR: PEM, or DER as it is. */
static enum brski_rc
load_csr(struct product *p, struct brski_err *err)
{
	struct brski_buf file = { .max = CSR_FILE_MAX };
	struct brski_slice text, label;
	struct brski_csr csr;
	enum brski_rc rc;

	if ((rc = brski_file_read(p->facts->csr, &file, err)) != BRSKI_OK)
		goto out;
	text = brski_buf_slice(&file);
	rc = brski_pem_next(&text, &label, &p->csr, err);
	if (rc == BRSKI_E_NOT_FOUND)
		rc = brski_buf_set(&p->csr, text, err);
	if (rc == BRSKI_OK &&
	    (rc = brski_csr_decode(brski_buf_slice(&p->csr), &csr, err)) == BRSKI_OK)
		p->spki = csr.spki;
out:
	brski_buf_clear(&file);
	return rc;
}

static enum brski_rc
get_key(struct product *p, struct brski_err *err)
{
	enum brski_rc rc;

	if (p->facts->csr != NULL)
		return load_csr(p, err);
	if ((rc = brski_key_generate(BRSKI_KEY_P256, &p->key, err)) == BRSKI_OK)
		p->spki = brski_key_spki(&p->key);
	return rc;
}

/*
 * 802.1AR 8: a subject with the serialNumber attribute, an AKI, no end. RFC 8995 2.3 recommends no
 * keyUsage or extendedKeyUsage at all.
 */
static enum brski_rc
issue(struct product *p, struct brski_err *err)
{
	struct brski_slice serial = brski_slice_str(p->facts->serial);
	const struct brski_attr attrs[] = {
		{ BRSKI_OID_CN, serial },
		{ BRSKI_OID_SERIAL, serial },
	};
	struct brski_cert_facts f = {
		.spki = p->spki,
		.not_before = p->facts->at,
		.not_after = BRSKI_TIME_FOREVER,
		.path_len = -1,
		.aki = true,
		.masa_url = brski_slice_str(p->conf->masa_url),
		.hw_type = p->conf->hardware_type,
	};
	struct brski_buf name = { .max = 1024 }, der = { .max = BRSKI_CERT_MAX };
	size_t i;
	enum brski_rc rc;

	if (f.hw_type != NULL)
		f.hw_serial = serial;
	brski_cert_serial_random(&f);
	if ((rc = brski_name_encode(attrs, sizeof(attrs) / sizeof(attrs[0]), &name, err)) !=
	    BRSKI_OK)
		goto out;
	f.subject = brski_buf_slice(&name);
	if ((rc = brski_cert_issue(&f, &p->issuer.v[0], &p->ca_key, &der, err)) != BRSKI_OK)
		goto out;
	rc = brski_certs_add(&p->chain, brski_buf_slice(&der), err);
	for (i = 0; rc == BRSKI_OK && i < p->issuer.n; i++)
		rc = brski_certs_add(&p->chain, p->issuer.v[i].der, err);
out:
	brski_buf_clear(&name);
	brski_buf_clear(&der);
	return rc;
}

static enum brski_rc
save(const struct product *p, struct brski_err *err)
{
	char path[PATH_MAX];
	struct brski_buf pem = { 0 };
	enum brski_rc rc;

	if ((rc = masa_factory_mkdir(p->facts->dir, err)) != BRSKI_OK)
		return rc;
	if (p->facts->csr == NULL) {
		snprintf(path, sizeof(path), "%s/idevid.key", p->facts->dir);
		if ((rc = brski_key_encode_pem(&p->key, &pem, err)) == BRSKI_OK)
			rc = brski_file_write(path, brski_buf_slice(&pem), 0600, err);
		brski_buf_wipe(&pem);
	}
	snprintf(path, sizeof(path), "%s/idevid.pem", p->facts->dir);
	if (rc == BRSKI_OK && (rc = masa_factory_pem(&p->chain, &pem, err)) == BRSKI_OK)
		rc = brski_file_write(path, brski_buf_slice(&pem), 0644, err);
	brski_buf_clear(&pem);
	return rc;
}

static enum brski_rc
register_device(struct product *p, struct brski_store *s, struct brski_err *err)
{
	const struct masa_factory_device *d = p->facts;
	struct brski_audit_row row = {
		.time = d->at,
		.actor = d->actor,
		.event = BRSKI_LIT("device"),
		.serial = brski_slice_str(d->serial),
		.rc = BRSKI_LIT("OK"),
		.detail = brski_slice_str(masa_policy_names[d->policy]),
	};
	enum brski_rc rc;

	if ((rc = masa_ledger_add(s, &p->chain.v[0], (enum brski_serial_from)p->conf->serial_number,
	         d->policy, brski_slice(NULL, 0), d->at, err)) != BRSKI_OK)
		return rc;
	return brski_audit_append(s, &row, err);
}

enum brski_rc
masa_factory_device(const struct masa_conf *conf, struct brski_store *s,
    const struct masa_factory_device *d, struct brski_err *err)
{
	struct product p = { .conf = conf, .facts = d };
	enum brski_rc rc;

	if ((rc = load_issuer(&p, err)) != BRSKI_OK || (rc = get_key(&p, err)) != BRSKI_OK ||
	    (rc = issue(&p, err)) != BRSKI_OK || (rc = brski_store_begin(s, err)) != BRSKI_OK)
		goto out;
	if ((rc = register_device(&p, s, err)) != BRSKI_OK || (rc = save(&p, err)) != BRSKI_OK ||
	    (rc = brski_store_commit(s, err)) != BRSKI_OK)
		brski_store_rollback(s);
out:
	product_clear(&p);
	return rc;
}
