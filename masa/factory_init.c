/* SPDX-License-Identifier: Apache-2.0 */
/* brski-masa factory init: the keys and certificates of a manufacturer and its MASA. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/issue.h"
#include "masa/factory.h"

#define DAY INT64_C(86400)

/*
 * Who there is. IDevIDs and vouchers have roots of their own: a pledge trusts whatever chains to
 * the voucher root to sign vouchers, and an IDevID carries no usage that would keep it from doing
 * so.
 */
enum role {
	MANUFACTURER_CA,
	MASA_CA,
	MASA_SIGNER,
	TLS_CA,
	TLS,
	ROLES
};

static const struct {
	const char *file, *cn;
	enum role issuer; /* itself: a root */
	int64_t days;     /* 0: for ever */
	unsigned eku;
	bool with_issuer; /* the file holds the issuer too */
} roles[ROLES] = {
	[MANUFACTURER_CA] = { "manufacturer-ca", "manufacturer CA", MANUFACTURER_CA, 0, 0, false },
	[MASA_CA] = { "masa-ca", "MASA CA", MASA_CA, 0, 0, false },
	[MASA_SIGNER] = { "masa-signer", "MASA", MASA_CA, 3652, 0, true },
	[TLS_CA] = { "masa-tls-ca", "MASA TLS CA", TLS_CA, 3652, 0, false },
	[TLS] = { "masa-tls", "MASA server", TLS_CA, 1826, BRSKI_EKU_SERVER_AUTH, false },
};

struct party {
	struct brski_key key;
	struct brski_certs chain;
};

static enum brski_rc
subject(const char *org, const char *cn, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_attr attrs[] = {
		{ BRSKI_OID_O, brski_slice_str(org) },
		{ BRSKI_OID_CN, brski_slice_str(cn) },
	};

	return brski_name_encode(attrs, sizeof(attrs) / sizeof(attrs[0]), out, err);
}

static struct brski_cert_facts
facts_of(enum role r, const struct masa_factory_site *site)
{
	bool root = roles[r].issuer == r;
	struct brski_cert_facts f = {
		.not_before = site->at - DAY, /* clocks differ */
		.not_after =
		    roles[r].days == 0 ? BRSKI_TIME_FOREVER : site->at + roles[r].days * DAY,
		.basic_constraints = true,
		.ca = root,
		.path_len = root ? 0 : -1,
		.key_usage =
		    root ? BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN : BRSKI_KU_DIGITAL_SIGNATURE,
		.eku = roles[r].eku,
		.ski = true,
		.aki = !root,
		.dns = r == TLS ? site->san : NULL,
	};

	brski_cert_serial_random(&f);
	return f;
}

static enum brski_rc
make(enum role r, const struct masa_factory_site *site, struct party all[ROLES],
    struct brski_err *err)
{
	struct party *me = &all[r], *issuer = &all[roles[r].issuer];
	struct brski_cert_facts f = facts_of(r, site);
	struct brski_buf name = { .max = 1024 }, der = { .max = BRSKI_CERT_MAX };
	enum brski_rc rc;

	if ((rc = brski_key_generate(BRSKI_KEY_P256, &me->key, err)) != BRSKI_OK ||
	    (rc = subject(site->name, roles[r].cn, &name, err)) != BRSKI_OK)
		goto out;
	f.subject = brski_buf_slice(&name);
	f.spki = brski_key_spki(&me->key);
	if ((rc = brski_cert_issue(&f, me == issuer ? NULL : &issuer->chain.v[0], &issuer->key,
	         &der, err)) != BRSKI_OK ||
	    (rc = brski_certs_add(&me->chain, brski_buf_slice(&der), err)) != BRSKI_OK)
		goto out;
	if (roles[r].with_issuer)
		rc = brski_certs_add(&me->chain, issuer->chain.v[0].der, err);
out:
	brski_buf_clear(&name);
	brski_buf_clear(&der);
	return rc;
}

/* Write one new file; nothing is overwritten. */
static enum brski_rc
save(const char *dir, const char *name, const char *suffix, struct brski_buf *text, mode_t mode,
    struct brski_err *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	if (access(path, F_OK) == 0)
		return brski_fail(err, BRSKI_E_CONFLICT, "brski-masa(8)", "%s is there already",
		    path);
	return brski_file_write(path, brski_buf_slice(text), mode, err);
}

static enum brski_rc
save_party(enum role r, const char *dir, const struct party *p, struct brski_err *err)
{
	struct brski_buf pem = { 0 };
	enum brski_rc rc;

	if ((rc = brski_key_encode_pem(&p->key, &pem, err)) == BRSKI_OK)
		rc = save(dir, roles[r].file, ".key", &pem, 0600, err);
	brski_buf_wipe(&pem);
	if (rc == BRSKI_OK && (rc = masa_factory_pem(&p->chain, &pem, err)) == BRSKI_OK)
		rc = save(dir, roles[r].file, ".pem", &pem, 0644, err);
	brski_buf_clear(&pem);
	return rc;
}

static enum brski_rc
save_conf(const struct masa_factory_site *site, struct brski_err *err)
{
	struct brski_buf text = { 0 };
	enum brski_rc rc;

	rc = brski_buf_printf(&text, err,
	    "# Made by brski-masa factory init; see masa.conf(5).\n"
	    "listen = \"%s\"\n"
	    "database = \"masa.db\"\n"
	    "tls-certificate = \"masa-tls.pem\"\n"
	    "tls-key = \"masa-tls.key\"\n"
	    "signer-certificate = \"masa-signer.pem\"\n"
	    "signer-key = \"masa-signer.key\"\n"
	    "manufacturer-anchors = { \"manufacturer-ca.pem\" }\n"
	    "\n"
	    "# For the factory alone: leave these out where the MASA runs.\n"
	    "masa-url = \"%s\"\n"
	    "manufacturer-certificate = \"manufacturer-ca.pem\"\n"
	    "manufacturer-key = \"manufacturer-ca.key\"\n",
	    site->listen, site->url);
	if (rc == BRSKI_OK)
		rc = save(site->dir, "masa", ".conf", &text, 0644, err);
	brski_buf_clear(&text);
	return rc;
}

static enum brski_rc
make_ledger(const char *dir, struct brski_err *err)
{
	char path[PATH_MAX];
	struct brski_store *s;
	enum brski_rc rc;

	snprintf(path, sizeof(path), "%s/masa.db", dir);
	if ((rc = masa_ledger_open(path, &s, err)) == BRSKI_OK)
		brski_store_close(s);
	return rc;
}

enum brski_rc
masa_factory_init(const struct masa_factory_site *site, struct brski_err *err)
{
	struct party all[ROLES] = { 0 };
	enum brski_rc rc;
	int r;

	if ((rc = masa_factory_mkdir(site->dir, err)) != BRSKI_OK)
		return rc;
	/* First what is likely to fail, so that nothing is left half-done. */
	rc = save_conf(site, err);
	for (r = 0; rc == BRSKI_OK && r < ROLES; r++)
		if ((rc = make((enum role)r, site, all, err)) == BRSKI_OK)
			rc = save_party((enum role)r, site->dir, &all[r], err);
	if (rc == BRSKI_OK)
		rc = make_ledger(site->dir, err);
	for (r = 0; r < ROLES; r++) {
		brski_key_clear(&all[r].key);
		brski_certs_clear(&all[r].chain);
	}
	return rc;
}
