/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/site.h"

#include <stdlib.h>
#include "base/text.h"
#include "registrar/store.h"

static enum brski_rc
load_all(const struct brski_conf_list *paths, struct brski_certs *out, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < paths->n && rc == BRSKI_OK; i++)
		rc = brski_certs_load(out, paths->v[i], err);
	return rc;
}

static enum brski_rc
load_crls(const struct registrar_conf_manufacturer *c, struct brski_crls *out,
    struct brski_err *err)
{
	struct brski_err why = { 0 };
	size_t i;

	for (i = 0; i < c->crls.n; i++)
		if (brski_crls_load(out, c->crls.v[i], &why) != BRSKI_OK)
			return brski_fail(err, BRSKI_E_CONFIG, "registrar.conf(5)",
			    "manufacturer \"%s\": crls: %s: %s", c->name, c->crls.v[i], why.detail);
	return BRSKI_OK;
}

static enum brski_rc
load_makers(struct registrar_site *s, struct brski_err *err)
{
	const struct registrar_conf_manufacturer *c = s->conf.manufacturers.v;
	struct registrar_manufacturer *m;
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	s->makers = calloc(s->conf.manufacturers.n + 1, sizeof(*s->makers));
	if (s->makers == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "manufacturers");
	for (i = 0; i < s->conf.manufacturers.n && rc == BRSKI_OK; i++) {
		m = &s->makers[s->makers_n++];
		m->conf = &c[i];
		if ((rc = load_all(&c[i].anchors, &m->anchors, err)) == BRSKI_OK &&
		    (rc = load_all(&c[i].masa_anchors, &m->masa_anchors, err)) == BRSKI_OK &&
		    (rc = load_all(&c[i].voucher_anchors, &m->voucher_anchors, err)) == BRSKI_OK)
			rc = load_crls(&c[i], &m->crls, err);
	}
	return rc;
}

static enum brski_rc
read_former(const struct registrar_conf_owner *o, struct registrar_domain *d, struct brski_err *err)
{
	struct brski_buf b = brski_buf_fixed(d->id, sizeof(d->id));

	if (brski_base64_decode(brski_slice_str(o->domain_id), BRSKI_BASE64_STRICT, &b, NULL) !=
	    BRSKI_OK)
		return brski_fail(err, BRSKI_E_CONFIG, "RFC 8995 5.8.2",
		    "former-owner \"%s\": domain-id is not base64 of a domainID", o->name);
	d->n = b.n;
	return BRSKI_OK;
}

static void
add_own(struct registrar_site *s, const struct brski_certs *list)
{
	size_t i;

	for (i = 0; i < list->n; i++, s->own_n++)
		s->own[s->own_n] = brski_cert_domain_id(&list->v[i], s->domains[s->own_n].id);
}

/*
 * Which entries of an audit log are ours or expected? Whatever generation of our CA was pinned:
 * also one that has yet to come, should this be read while another registrar is ahead.
 */
static enum brski_rc
load_domains(struct registrar_site *s, struct brski_err *err)
{
	const struct brski_certs *domain = registrar_keeper_domain(s->keeper);
	const struct brski_certs *anchors = registrar_keeper_anchors(s->keeper);
	const struct registrar_conf_owner *o = s->conf.owners.v;
	size_t i, n = domain->n + anchors->n + s->conf.owners.n;
	struct registrar_domain *d;
	enum brski_rc rc;

	s->domains = calloc(n + 1, sizeof(*s->domains));
	s->own = calloc(n + 1, sizeof(*s->own));
	if (s->domains == NULL || s->own == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "domainIDs");
	add_own(s, domain);
	add_own(s, anchors);
	s->former = s->own + s->own_n;
	for (i = 0; i < s->conf.owners.n; i++) {
		d = &s->domains[s->own_n + i];
		if ((rc = read_former(&o[i], d, err)) != BRSKI_OK)
			return rc;
		s->former[s->former_n++] = brski_slice(d->id, d->n);
	}
	return BRSKI_OK;
}

enum brski_rc
registrar_site_new(struct registrar_conf *conf, struct registrar_keeper *keeper,
    struct registrar_site **out, struct brski_err *err)
{
	struct registrar_site *s;
	enum brski_rc rc;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		registrar_conf_clear(conf);
		registrar_keeper_free(keeper);
		return brski_broken(err, BRSKI_E_NOMEM, "site");
	}
	s->conf = *conf;
	memset(conf, 0, sizeof(*conf));
	s->keeper = keeper;
	if ((rc = load_makers(s, err)) != BRSKI_OK || (rc = load_domains(s, err)) != BRSKI_OK) {
		registrar_site_free(s);
		return rc;
	}
	*out = s;
	return BRSKI_OK;
}

enum brski_rc
registrar_site_load(const char *path, struct registrar_site **out, struct brski_err *err)
{
	struct registrar_conf conf = { 0 };
	struct registrar_keeper_files files;
	struct registrar_keeper *keeper = NULL;
	enum brski_rc rc;

	*out = NULL;
	if ((rc = registrar_conf_load(path, &conf, err)) != BRSKI_OK)
		return rc;
	files = (struct registrar_keeper_files){ conf.certificate, conf.key, conf.domain_ca,
		conf.domain_ca_key };
	if ((rc = registrar_keeper_load(&files, &keeper, err)) == BRSKI_OK)
		rc = registrar_site_new(&conf, keeper, out, err);
	registrar_conf_clear(&conf);
	return rc;
}

void
registrar_site_free(struct registrar_site *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->makers_n; i++) {
		brski_certs_clear(&s->makers[i].anchors);
		brski_certs_clear(&s->makers[i].masa_anchors);
		brski_certs_clear(&s->makers[i].voucher_anchors);
		brski_crls_clear(&s->makers[i].crls);
	}
	free(s->makers);
	free(s->own);
	free(s->domains);
	registrar_keeper_free(s->keeper);
	registrar_conf_clear(&s->conf);
	free(s);
}

struct brski_crls *
registrar_site_crls(struct registrar_site *s, const struct registrar_manufacturer *m)
{
	return &s->makers[m - s->makers].crls;
}

const struct registrar_manufacturer *
registrar_site_maker(const struct registrar_site *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->makers_n; i++) {
		if (strcmp(s->makers[i].conf->name, name) == 0)
			return &s->makers[i];
	}
	return NULL;
}
