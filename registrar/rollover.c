/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one CA key to the next, RFC 4210 4.4 and RFC 7030 4.1.3. A step first makes everything in
 * memory, then writes the keys, our own certificate, and last the CA's certificates: their rename()
 * is what counts, and each file is read as well with the others' old content. In it, certificates
 * of one CA by the other stand before the root of the same name: OpenSSL takes the first that fits.
 */
#include "base/file.h"
#include "base/text.h"
#include "crypto/issue.h"
#include "registrar/keeper_inner.h"
#include "registrar/va.h"

#define CLAUSE "RFC 4210 4.4"

/* What the files will hold. */
struct plan {
	const struct registrar_keeper *k;
	int64_t now;
	const struct registrar_authority *current, *next, *former; /* NULL: there is none */
	struct brski_key made;                                     /* the next one's */
	const struct brski_key *keys[REGISTRAR_AUTHORITIES_MAX + 1];
	size_t keys_n;
	struct brski_certs ca;
	struct brski_certs own; /* empty: stays as it is */
};

static const struct registrar_authority *
find_role(const struct registrar_keeper *k, enum registrar_role role)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->authorities[i].role == role)
			return &k->authorities[i];
	return NULL;
}

static const struct brski_key *
key_of(const struct registrar_keeper *k, const struct registrar_authority *a)
{
	return &k->ca_keys[a - k->authorities];
}

static int64_t
lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Issue and put at the list's end. issuer NULL: by itself. */
static enum brski_rc
make(struct brski_cert_facts *f, const struct brski_cert *issuer, const struct brski_key *key,
    struct brski_certs *out, struct brski_err *err)
{
	struct brski_buf der = { .max = BRSKI_CERT_MAX };
	enum brski_rc rc;

	brski_cert_serial_random(f);
	if ((rc = brski_cert_issue(f, issuer, key, &der, err)) == BRSKI_OK)
		rc = brski_certs_add(out, brski_buf_slice(&der), err);
	brski_buf_clear(&der);
	return rc;
}

static enum brski_rc
add_certs(struct plan *p, bool (*wanted)(const struct plan *p, const struct brski_cert *c),
    struct brski_err *err)
{
	const struct brski_certs *ca = &p->k->ca;
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < ca->n && rc == BRSKI_OK; i++)
		if (brski_certs_find(&p->ca, ca->v[i].der) == NULL && wanted(p, &ca->v[i]))
			rc = brski_certs_add(&p->ca, ca->v[i].der, err);
	return rc;
}

static bool
is_any(const struct plan *p, const struct brski_cert *c)
{
	(void)p;
	(void)c;
	return true;
}

/* The current root, and certificates that have nothing to do with the domain CA. */
static bool
is_lasting(const struct plan *p, const struct brski_cert *c)
{
	return !registrar_keeper_is_ca(p->k, c) || brski_slice_eq(c->der, p->current->cert->der);
}

/* All keys that there are, but that one. */
static void
add_keys(struct plan *p, const struct registrar_authority *but)
{
	const struct registrar_authority *a;

	for (a = p->k->authorities; a < p->k->authorities + p->k->n; a++)
		if (a->has_key && a != but)
			p->keys[p->keys_n++] = key_of(p->k, a);
}

/* Where c says its issuer's list is, but by another CA; absent: it names none of ours. */
static struct brski_slice
list_url(const struct brski_cert *c, const struct registrar_authority *by,
    char text[REGISTRAR_VA_URL_MAX])
{
	const size_t tail = sizeof(REGISTRAR_VA_CRL) - 1 + 2 * REGISTRAR_AUTHORITY_ID + 4;
	struct brski_buf url = brski_buf_fixed(text, REGISTRAR_VA_URL_MAX - 1);
	struct brski_slice base = brski_slice(c->crl_url.p, c->crl_url.n - tail);

	if (c->crl_url.n <= tail ||
	    memcmp(base.p + base.n, REGISTRAR_VA_CRL, sizeof(REGISTRAR_VA_CRL) - 1) != 0 ||
	    brski_buf_append(&url, base, NULL) != BRSKI_OK ||
	    brski_buf_append_str(&url, REGISTRAR_VA_CRL, NULL) != BRSKI_OK ||
	    brski_hex_encode(brski_slice(by->id, sizeof(by->id)), &url, NULL) != BRSKI_OK ||
	    brski_buf_append_str(&url, ".crl", NULL) != BRSKI_OK)
		return (struct brski_slice){ 0 };
	return brski_buf_slice(&url);
}

/* The same registrar, by that CA; with it goes whence the CA comes: NewWithOld and OldWithOld. */
static enum brski_rc
reissue(struct plan *p, const struct registrar_authority *by, struct brski_err *err)
{
	const struct brski_cert *c = &p->k->leaf.v[0], *ca = by->cert;
	char url[REGISTRAR_VA_URL_MAX];
	struct brski_cert_facts f = { .subject = c->subject,
		.spki = c->spki,
		.san = c->san,
		.crl_url = list_url(c, by, url),
		.ocsp_url = c->ocsp_url,
		.not_before = p->now - REGISTRAR_BACKDATE_S,
		.not_after = lower(p->now + (c->not_after - c->not_before), ca->not_after),
		.basic_constraints = c->has_basic_constraints,
		.path_len = -1,
		.key_usage = c->key_usage,
		.eku = c->eku & ~(BRSKI_EKU_ANY | BRSKI_EKU_OTHER),
		.ski = true,
		.aki = true };
	struct brski_certs all = { 0 };
	enum brski_rc rc;

	if ((rc = make(&f, ca, key_of(p->k, by), &p->own, err)) == BRSKI_OK &&
	    (rc = brski_certs_copy(&all, &p->ca, err)) == BRSKI_OK &&
	    (rc = brski_certs_copy(&all, &p->k->domain, err)) == BRSKI_OK)
		rc = registrar_keeper_descent(p->k, &all, ca, p->now, &p->own, err);
	brski_certs_clear(&all);
	return rc;
}

/* A CA certificate of our name for one key by another. */
static enum brski_rc
make_ca(const struct plan *p, struct brski_slice spki, int64_t from, int64_t to,
    const struct brski_cert *issuer, const struct brski_key *key, struct brski_certs *out,
    struct brski_err *err)
{
	const struct brski_cert *old = p->current->cert;
	struct brski_cert_facts f = { .subject = old->subject,
		.spki = spki,
		.not_before = from,
		.not_after = to,
		.basic_constraints = true,
		.ca = true,
		/* none: what is self-issued does not count, RFC 5280 6.1.4, but some count it */
		.path_len = -1,
		.key_usage = old->key_usage | BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN,
		.ski = true,
		.aki = issuer != NULL };

	return make(&f, issuer, key, out, err);
}

/*
 * NewWithNew; it lives as long as this one. Nobody vouches for it until it is activated: were its
 * key lost before, and it is cancelled, there is nothing by which it could pass for our successor.
 */
static enum brski_rc
add_next(struct plan *p, struct brski_err *err)
{
	const struct brski_cert *old = p->current->cert;
	int64_t from = p->now - REGISTRAR_BACKDATE_S;

	if (from <= old->not_before)
		from = old->not_before + 1; /* by this they are told apart */
	return make_ca(p, brski_key_spki(&p->made), from, from + (old->not_after - old->not_before),
	    NULL, &p->made, &p->ca, err);
}

/* NewWithOld, OldWithNew: who knows one of them trusts both. */
static enum brski_rc
add_cross(struct plan *p, struct brski_err *err)
{
	const struct brski_cert *old = p->current->cert, *new = p->next->cert;
	enum brski_rc rc;

	if ((rc = make_ca(p, new->spki, new->not_before, lower(new->not_after, old->not_after), old,
	         key_of(p->k, p->current), &p->ca, err)) != BRSKI_OK)
		return rc;
	return make_ca(p, old->spki, old->not_before, old->not_after, new, key_of(p->k, p->next),
	    &p->ca, err);
}

static enum brski_rc
prepare(struct plan *p, struct brski_err *err)
{
	const struct brski_cert *old = p->current->cert;
	enum brski_rc rc;

	if (p->next != NULL || p->former != NULL)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE, "a roll-over is under way");
	if (!registrar_keeper_is_root(old))
		return brski_fail(err, BRSKI_E_CONFIG, CLAUSE,
		    "the domain CA is not its own root: its issuer has to make the next one");
	if (p->now > old->not_after)
		return brski_fail(err, BRSKI_E_EXPIRED, CLAUSE,
		    "the domain CA has expired: it cannot introduce another");
	if ((rc = brski_key_generate(brski_spki_type(old->spki), &p->made, err)) != BRSKI_OK ||
	    (rc = brski_certs_add(&p->ca, old->der, err)) != BRSKI_OK ||
	    (rc = add_next(p, err)) != BRSKI_OK)
		return rc;
	add_keys(p, NULL);
	p->keys[p->keys_n++] = &p->made;
	return add_certs(p, is_any, err);
}

static enum brski_rc
activate(struct plan *p, struct brski_err *err)
{
	enum brski_rc rc;

	if (p->next == NULL || !p->next->has_key)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE, "no next CA is prepared");
	p->keys[p->keys_n++] = key_of(p->k, p->next);
	add_keys(p, p->next);
	if ((rc = brski_certs_add(&p->ca, p->next->cert->der, err)) != BRSKI_OK ||
	    (rc = add_cross(p, err)) != BRSKI_OK || (rc = add_certs(p, is_any, err)) != BRSKI_OK)
		return rc;
	return reissue(p, p->next, err);
}

/* Only the current one stays; our certificate may be by another when a step was cut short. */
static enum brski_rc
keep_current(struct plan *p, struct brski_err *err)
{
	enum brski_rc rc;

	p->keys[p->keys_n++] = key_of(p->k, p->current);
	if ((rc = brski_certs_add(&p->ca, p->current->cert->der, err)) != BRSKI_OK ||
	    (rc = add_certs(p, is_lasting, err)) != BRSKI_OK)
		return rc;
	return p->k->own == p->current ? BRSKI_OK : reissue(p, p->current, err);
}

static enum brski_rc
finish(struct plan *p, struct brski_err *err)
{
	if (p->former == NULL)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE, "there is no former CA");
	return keep_current(p, err);
}

static enum brski_rc
cancel(struct plan *p, struct brski_err *err)
{
	if (p->next == NULL)
		return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE, "no next CA is prepared");
	return keep_current(p, err);
}

static enum brski_rc
write_keys(const struct plan *p, const char *path, struct brski_err *err)
{
	struct brski_buf text = { .max = BRSKI_KEY_FILE_MAX };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < p->keys_n && rc == BRSKI_OK; i++)
		rc = brski_key_encode_pem(p->keys[i], &text, err);
	if (rc == BRSKI_OK)
		rc = brski_file_write(path, brski_buf_slice(&text), 0600, err);
	brski_buf_wipe(&text);
	return rc;
}

static enum brski_rc
write_certs(const struct brski_certs *certs, const char *path, struct brski_err *err)
{
	struct brski_buf text = { 0 };
	enum brski_rc rc = BRSKI_OK;
	size_t i;

	for (i = 0; i < certs->n && rc == BRSKI_OK; i++)
		rc = brski_pem_encode("CERTIFICATE", certs->v[i].der, &text, err);
	if (rc == BRSKI_OK)
		rc = brski_file_write(path, brski_buf_slice(&text), 0644, err);
	brski_buf_clear(&text);
	return rc;
}

enum brski_rc
registrar_keeper_rollover(const struct registrar_keeper *k,
    const struct registrar_keeper_files *files, enum registrar_rollover_step step, int64_t now,
    struct brski_err *err)
{
	static enum brski_rc (*const steps[])(struct plan *, struct brski_err *) = { prepare,
		activate, finish, cancel };
	struct plan p = { .k = k,
		.now = now,
		.current = find_role(k, REGISTRAR_CA_CURRENT),
		.next = find_role(k, REGISTRAR_CA_NEXT),
		.former = find_role(k, REGISTRAR_CA_FORMER) };
	enum brski_rc rc;

	if ((rc = steps[step](&p, err)) == BRSKI_OK &&
	    (rc = write_keys(&p, files->ca_key, err)) == BRSKI_OK &&
	    (p.own.n == 0 || (rc = write_certs(&p.own, files->certificate, err)) == BRSKI_OK))
		rc = write_certs(&p.ca, files->ca, err);
	brski_key_clear(&p.made);
	brski_certs_clear(&p.ca);
	brski_certs_clear(&p.own);
	return rc;
}
