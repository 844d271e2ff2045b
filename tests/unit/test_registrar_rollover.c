/* SPDX-License-Identifier: Apache-2.0 */
/* The domain CA goes from one key to the next: RFC 4210 4.4, RFC 7030 4.1.3. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "base/file.h"
#include "crypto/path.h"
#include "registrar/init.h"
#include "registrar/site.h"
#include "registrar/va.h"
#include "tu.h"

#define LATER (TU_NOW + 100 * TU_DAY)

/* A domain in a folder of its own, and its keeper as the daemon has it. */
struct domain {
	char dir[64];
	char paths[4][96];
	struct registrar_keeper_files files;
	struct registrar_keeper *k;
	int64_t now;
};

static void
name_files(struct domain *d)
{
	static const char *const names[] = { "registrar.pem", "registrar.key", "domain-ca.pem",
		"domain-ca.key" };
	size_t i;

	for (i = 0; i < 4; i++)
		snprintf(d->paths[i], sizeof(d->paths[i]), "%s/%s", d->dir, names[i]);
	d->files =
	    (struct registrar_keeper_files){ d->paths[0], d->paths[1], d->paths[2], d->paths[3] };
}

static void
reload(struct domain *d)
{
	struct brski_err err = { 0 };

	registrar_keeper_free(d->k);
	assert_ok(registrar_keeper_load(&d->files, &d->k, &err), &err);
}

static int
setup(void **state)
{
	static struct domain d;
	struct registrar_init in = { .dir = d.dir,
		.name = "Plant 7",
		.listen = "[::1]:0",
		.admin = "admin.sock",
		.va_url = "http://va.example.com",
		.san = { "registrar.example.com", NULL },
		.at = TU_NOW };
	struct brski_err err = { 0 };

	d = (struct domain){ .now = LATER };
	snprintf(d.dir, sizeof(d.dir), "/tmp/test_registrar_rollover.XXXXXX");
	assert_non_null(mkdtemp(d.dir));
	assert_ok(registrar_init(&in, &err), &err);
	name_files(&d);
	reload(&d);
	*state = &d;
	return 0;
}

static int
teardown(void **state)
{
	struct domain *d = *state;
	char command[128];

	registrar_keeper_free(d->k);
	snprintf(command, sizeof(command), "rm -rf '%s'", d->dir);
	return system(command);
}

static enum brski_rc
try_step(struct domain *d, enum registrar_rollover_step step, struct brski_err *err)
{
	return registrar_keeper_rollover(d->k, &d->files, step, d->now, err);
}

static void
do_step(struct domain *d, enum registrar_rollover_step step)
{
	struct brski_err err = { 0 };

	assert_ok(try_step(d, step, &err), &err);
	reload(d);
}

static void
refuse_step(struct domain *d, enum registrar_rollover_step step, enum brski_rc rc)
{
	struct brski_err err = { 0 };

	assert_refused_by(try_step(d, step, &err), rc, "RFC 4210 4.4", &err);
}

static const struct registrar_authority *
authority(const struct domain *d, size_t i)
{
	size_t n;
	const struct registrar_authority *a = registrar_keeper_authorities(d->k, &n);

	assert_true(i < n);
	return &a[i];
}

static void
expect_roles(const struct domain *d, size_t want, enum registrar_role second)
{
	size_t n;
	const struct registrar_authority *a = registrar_keeper_authorities(d->k, &n);

	assert_int_equal(n, want);
	assert_int_equal(a[0].role, REGISTRAR_CA_CURRENT);
	assert_true(a[0].has_key);
	if (n > 1) {
		assert_int_equal(a[1].role, second);
		assert_true(a[1].has_key);
		assert_memory_not_equal(a[0].id, a[1].id, REGISTRAR_AUTHORITY_ID);
	}
}

/* A list that holds one certificate, until the test ends. */
static struct brski_certs
only(const struct brski_cert *c)
{
	struct brski_certs list = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_certs_add(&list, c->der, &err), &err);
	return list;
}

/* Does somebody who trusts just that anchor accept the leaf with what was sent? */
static void
expect_path(const struct brski_cert *leaf, const struct brski_certs *sent,
    struct brski_certs anchors, int64_t at)
{
	struct brski_path path = { .leaf = leaf, .untrusted = sent, .anchors = &anchors, .at = at };
	struct brski_err err = { 0 };

	assert_ok(brski_path_validate(&path, NULL, &err), &err);
	brski_certs_clear(&anchors);
}

static struct brski_certs
issue(const struct domain *d, const char *serial)
{
	struct brski_key key;
	struct registrar_ldevid made = { 0 };
	struct brski_certs list = { 0 };
	struct brski_err err = { 0 };
	struct registrar_ldevid_facts f = { .subject = tu_name("device", serial),
		.now = d->now,
		.lifetime_s = 90 * TU_DAY,
		.crl_url = BRSKI_LIT("http://va.example.com/crl/1.crl"),
		.ocsp_url = BRSKI_LIT("http://va.example.com/ocsp") };

	assert_ok(brski_key_generate(BRSKI_KEY_P256, &key, &err), &err);
	f.spki = brski_key_spki(&key);
	assert_ok(registrar_keeper_issue_certificate(d->k, &f, &made, &err), &err);
	assert_ok(brski_certs_add(&list, brski_buf_slice(&made.der), &err), &err);
	assert_memory_equal(made.authority, authority(d, 0)->id, REGISTRAR_AUTHORITY_ID);
	assert_int_equal(made.not_before, list.v[0].not_before);
	assert_int_equal(made.not_after, list.v[0].not_after);
	assert_slice_eq(list.v[0].crl_url, f.crl_url);
	assert_slice_eq(list.v[0].ocsp_url, f.ocsp_url);
	brski_buf_clear(&made.der);
	brski_key_clear(&key);
	return list;
}

/* A CA that is out of its time makes no certificates that nobody would take. */
static void
expired(void **state)
{
	struct domain *d = *state;
	const struct brski_cert *own = &registrar_keeper_chain(d->k)->v[0];
	struct registrar_ldevid_facts f = { .subject = own->subject,
		.spki = own->spki,
		.now = authority(d, 0)->cert->not_after + 1,
		.lifetime_s = TU_DAY };
	struct registrar_ldevid made = { 0 };
	struct brski_err err = { 0 };

	assert_broken(registrar_keeper_issue_certificate(d->k, &f, &made, &err), BRSKI_E_EXPIRED,
	    &err);
}

/* RFC 8995 5.8.3: entries of an audit log are ours, whichever of our CAs was pinned. */
static void
own_entries(void **state)
{
	struct domain *d = *state;
	struct registrar_site *site;
	struct brski_err err = { 0 };
	struct brski_certs old = only(authority(d, 0)->cert);
	uint8_t room[64];
	char path[128];
	size_t i;

	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	do_step(d, REGISTRAR_ROLLOVER_ACTIVATE);
	do_step(d, REGISTRAR_ROLLOVER_FINISH);
	snprintf(path, sizeof(path), "%s/registrar.conf", d->dir);
	assert_ok(registrar_site_load(path, &site, &err), &err);
	for (i = 0; i < site->own_n; i++)
		if (brski_slice_eq(site->own[i], brski_cert_domain_id(&old.v[0], room)))
			break;
	assert_true(i < site->own_n);
	registrar_site_free(site);
	brski_certs_clear(&old);
}

/* What the next CA says of itself; nobody else says anything of it. */
static void
prepare(void **state)
{
	struct domain *d = *state;
	const struct brski_certs *ca;
	const struct brski_cert *old, *new;
	struct brski_certs file = { 0 };

	expect_roles(d, 1, REGISTRAR_CA_CURRENT);
	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	expect_roles(d, 2, REGISTRAR_CA_NEXT);
	ca = registrar_keeper_ca(d->k);
	old = authority(d, 0)->cert;
	new = authority(d, 1)->cert;
	/* devices do not hear of it, and nothing vouches for it, should its key be lost now */
	assert_int_equal(ca->n, 1);
	assert_slice_eq(ca->v[0].der, old->der);
	assert_int_equal(brski_certs_load(&file, d->files.ca, NULL), BRSKI_OK);
	assert_int_equal(file.n, 2);
	assert_slice_eq(file.v[1].der, new->der);
	assert_slice_eq(new->spki, file.v[1].spki);
	assert_int_equal(brski_verify(new->spki, new->sig_alg, new->tbs, new->sig, NULL), BRSKI_OK);
	brski_certs_clear(&file);
	assert_slice_eq(new->subject, old->subject);
	assert_slice_eq(new->issuer, old->subject);
	assert_int_equal(new->key_usage, BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN);
	assert_int_equal(new->path_len, -1); /* some clients count what is self-issued */
	assert_int_equal(new->not_after - new->not_before, old->not_after - old->not_before);
	/* nothing else has changed */
	assert_int_equal(registrar_keeper_chain(d->k)->n, 2);
	assert_int_equal(registrar_keeper_domain(d->k)->n, 2);
	assert_int_equal(registrar_keeper_anchors(d->k)->n, 2);
	assert_slice_eq(registrar_keeper_chain(d->k)->v[1].der, old->der);
}

/*
 * RFC 4210 4.4.1: what the two say of each other. Whoever knows only one of the CAs finds a path to
 * whatever either of them issued.
 */
static void
activate(void **state)
{
	const struct registrar_conf conf = { .va_url = (char[]){ "http://va.example.com" } };
	struct domain *d = *state;
	char url[REGISTRAR_VA_URL_MAX];
	struct brski_certs before, after;
	const struct brski_certs *chain, *ca;
	const struct brski_cert *old, *new, *ee;

	before = issue(d, "J1");
	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	do_step(d, REGISTRAR_ROLLOVER_ACTIVATE);
	expect_roles(d, 2, REGISTRAR_CA_FORMER);
	after = issue(d, "J2");
	new = authority(d, 0)->cert;
	old = authority(d, 1)->cert;
	chain = registrar_keeper_chain(d->k);
	ca = registrar_keeper_ca(d->k);
	ee = &chain->v[0];
	assert_int_equal(ca->n, 4);
	assert_slice_eq(ca->v[0].der, new->der);
	assert_slice_eq(ca->v[1].spki, new->spki);
	assert_slice_eq(ca->v[1].aki, old->ski);
	assert_int_equal(ca->v[1].not_after, old->not_after);
	assert_slice_eq(ca->v[2].spki, old->spki);
	assert_slice_eq(ca->v[2].aki, new->ski);
	expect_path(&ca->v[1], NULL, only(old), d->now);
	expect_path(&ca->v[2], NULL, only(new), d->now);
	assert_slice_eq(ca->v[3].der, old->der); /* behind OldWithNew */
	assert_int_equal(chain->n, 3);
	assert_slice_eq(chain->v[1].spki, new->spki); /* NewWithOld */
	assert_slice_eq(chain->v[1].aki, old->ski);
	assert_slice_eq(chain->v[2].der, new->der);
	assert_slice_eq(ee->aki, new->ski);
	assert_int_equal(ee->eku, BRSKI_EKU_CMC_RA | BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH);
	assert_true(ee->san.n > 0);
	assert_int_equal(ee->not_before, d->now - 60);
	assert_slice_eq(ee->ocsp_url, BRSKI_LIT("http://va.example.com/ocsp"));
	assert_true(registrar_va_crl_url(&conf, authority(d, 0)->id, url));
	assert_slice_eq(ee->crl_url, brski_slice_str(url)); /* of the CA that signed it */
	expect_path(ee, chain, only(old), d->now);
	expect_path(ee, chain, only(new), d->now);
	expect_path(&before.v[0], ca, only(new), d->now);
	expect_path(&before.v[0], NULL, only(old), d->now);
	expect_path(&after.v[0], ca, only(old), d->now);
	expect_path(&after.v[0], NULL, only(new), d->now);
	brski_certs_clear(&before);
	brski_certs_clear(&after);
}

/* For TLS the former CA is gone; the MASA still sees of whom this domain is the successor. */
static void
finish(void **state)
{
	struct domain *d = *state;
	struct brski_certs old;
	const struct brski_certs *domain;

	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	old = only(authority(d, 0)->cert);
	do_step(d, REGISTRAR_ROLLOVER_ACTIVATE);
	do_step(d, REGISTRAR_ROLLOVER_FINISH);
	expect_roles(d, 1, REGISTRAR_CA_CURRENT);
	assert_int_equal(registrar_keeper_ca(d->k)->n, 1);
	assert_int_equal(registrar_keeper_anchors(d->k)->n, 1);
	assert_int_equal(registrar_keeper_chain(d->k)->n, 2);
	domain = registrar_keeper_domain(d->k);
	assert_int_equal(domain->n, 4);
	assert_slice_eq(domain->v[1].der, authority(d, 0)->cert->der);
	assert_slice_eq(domain->v[2].spki, domain->v[1].spki);
	assert_slice_eq(domain->v[3].der, old.v[0].der);
	expect_path(&domain->v[0], domain, old, d->now);

	/* the next one descends from both */
	d->now += TU_DAY;
	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	do_step(d, REGISTRAR_ROLLOVER_ACTIVATE);
	do_step(d, REGISTRAR_ROLLOVER_FINISH);
	domain = registrar_keeper_domain(d->k);
	assert_int_equal(domain->n, 6);
	expect_path(&domain->v[0], domain, only(&domain->v[5]), d->now);

	/* but not for ever */
	d->now = domain->v[5].not_after + 1;
	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	do_step(d, REGISTRAR_ROLLOVER_ACTIVATE);
	assert_int_equal(registrar_keeper_domain(d->k)->n, 6);
}

static void
cancel(void **state)
{
	struct domain *d = *state;
	struct brski_certs old = only(authority(d, 0)->cert);

	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	do_step(d, REGISTRAR_ROLLOVER_CANCEL);
	expect_roles(d, 1, REGISTRAR_CA_CURRENT);
	assert_int_equal(registrar_keeper_ca(d->k)->n, 1);
	assert_slice_eq(registrar_keeper_ca(d->k)->v[0].der, old.v[0].der);
	brski_certs_clear(&old);
}

static void
order_of_steps(void **state)
{
	struct domain *d = *state;

	refuse_step(d, REGISTRAR_ROLLOVER_ACTIVATE, BRSKI_E_CONFLICT);
	refuse_step(d, REGISTRAR_ROLLOVER_FINISH, BRSKI_E_CONFLICT);
	refuse_step(d, REGISTRAR_ROLLOVER_CANCEL, BRSKI_E_CONFLICT);
	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	refuse_step(d, REGISTRAR_ROLLOVER_PREPARE, BRSKI_E_CONFLICT);
	refuse_step(d, REGISTRAR_ROLLOVER_FINISH, BRSKI_E_CONFLICT);
	do_step(d, REGISTRAR_ROLLOVER_ACTIVATE);
	refuse_step(d, REGISTRAR_ROLLOVER_PREPARE, BRSKI_E_CONFLICT);
	refuse_step(d, REGISTRAR_ROLLOVER_ACTIVATE, BRSKI_E_CONFLICT);
	refuse_step(d, REGISTRAR_ROLLOVER_CANCEL, BRSKI_E_CONFLICT);
	do_step(d, REGISTRAR_ROLLOVER_FINISH);
	d->now = authority(d, 0)->cert->not_after + 1;
	refuse_step(d, REGISTRAR_ROLLOVER_PREPARE, BRSKI_E_EXPIRED);
}

/* A sub-CA's successor is made by its issuer. */
static void
sub_ca(void **state)
{
	struct domain *d = *state;
	struct tu_id root = { 0 }, sub = { 0 }, registrar = { 0 };
	struct registrar_keeper_parts parts = { &registrar.key, &registrar.chain, &sub.key,
		&sub.chain, NULL };
	struct brski_err err = { 0 };

	tu_ca(&root, "Domain root");
	tu_subca(&sub, &root, "Issuing CA");
	tu_registrar(&registrar, &sub);
	registrar_keeper_free(d->k);
	assert_ok(registrar_keeper_new(&parts, &d->k, &err), &err);
	refuse_step(d, REGISTRAR_ROLLOVER_PREPARE, BRSKI_E_CONFIG);
	tu_id_clear(&root);
	tu_id_clear(&sub);
	tu_id_clear(&registrar);
}

/* The files' content, in the order in which a step writes them. */
struct files {
	struct brski_buf text[3];
};

static struct files
read_files(const struct domain *d)
{
	const char *const paths[] = { d->files.ca_key, d->files.certificate, d->files.ca };
	struct files f = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < 3; i++)
		assert_ok(brski_file_read(paths[i], &f.text[i], &err), &err);
	return f;
}

/* As a power cut leaves them: the first cut of them written. */
static void
write_files(const struct domain *d, const struct files *old, const struct files *new, size_t cut)
{
	const char *const paths[] = { d->files.ca_key, d->files.certificate, d->files.ca };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < 3; i++)
		assert_ok(brski_file_write(paths[i],
		              brski_buf_slice(i < cut ? &new->text[i] : &old->text[i]), 0600, &err),
		    &err);
}

static void
clear_files(struct files *f)
{
	size_t i;

	for (i = 0; i < 3; i++)
		brski_buf_wipe(&f->text[i]);
}

/*
 * A step cut short behind each file: what is there loads, serves those who know only the first CA,
 * and the step is done once more, or taken back.
 */
static void
cut_step(struct domain *d, enum registrar_rollover_step step, enum registrar_rollover_step back)
{
	struct files old = read_files(d), new;
	struct brski_certs anchor = only(authority(d, 0)->cert);
	const struct brski_certs *domain;
	size_t cut;

	do_step(d, step);
	new = read_files(d);
	for (cut = 1; cut < 3; cut++) {
		write_files(d, &old, &new, cut);
		reload(d);
		assert_slice_eq(authority(d, 0)->cert->der, anchor.v[0].der);
		domain = registrar_keeper_chain(d->k);
		expect_path(&domain->v[0], domain, only(&anchor.v[0]), d->now);
		if (back != step) {
			do_step(d, back);
			expect_roles(d, 1, REGISTRAR_CA_CURRENT);
			domain = registrar_keeper_chain(d->k);
			expect_path(&domain->v[0], NULL, only(&anchor.v[0]), d->now);
			write_files(d, &old, &new, cut);
			reload(d);
		}
		do_step(d, step);
	}
	clear_files(&old);
	clear_files(&new);
	brski_certs_clear(&anchor);
}

static void
cut_short(void **state)
{
	struct domain *d = *state;

	cut_step(d, REGISTRAR_ROLLOVER_PREPARE, REGISTRAR_ROLLOVER_PREPARE);
	expect_roles(d, 2, REGISTRAR_CA_NEXT);
	cut_step(d, REGISTRAR_ROLLOVER_ACTIVATE, REGISTRAR_ROLLOVER_CANCEL);
	expect_roles(d, 2, REGISTRAR_CA_FORMER);
	cut_step(d, REGISTRAR_ROLLOVER_FINISH, REGISTRAR_ROLLOVER_FINISH);
	expect_roles(d, 1, REGISTRAR_CA_CURRENT);
	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	cut_step(d, REGISTRAR_ROLLOVER_CANCEL, REGISTRAR_ROLLOVER_CANCEL);
	expect_roles(d, 1, REGISTRAR_CA_CURRENT);
}

/* A next CA whose key has gone cannot be activated. */
static void
without_key(void **state)
{
	struct domain *d = *state;
	struct files old = read_files(d), new;

	do_step(d, REGISTRAR_ROLLOVER_PREPARE);
	new = read_files(d);
	brski_buf_wipe(&new.text[0]);
	new.text[0] = old.text[0];
	old.text[0] = (struct brski_buf){ 0 };
	write_files(d, &new, &new, 3);
	reload(d);
	assert_false(authority(d, 1)->has_key);
	refuse_step(d, REGISTRAR_ROLLOVER_ACTIVATE, BRSKI_E_CONFLICT);
	clear_files(&old);
	clear_files(&new);
}

/* More of them than anybody needs. */
static void
too_many(void **state)
{
	struct tu_id ca[REGISTRAR_AUTHORITIES_MAX + 1] = { 0 }, registrar = { 0 };
	struct brski_certs all = { 0 };
	struct registrar_keeper_parts parts = { &registrar.key, &registrar.chain, &ca[0].key, &all,
		NULL };
	struct registrar_keeper *k;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i <= REGISTRAR_AUTHORITIES_MAX; i++) {
		tu_ca(&ca[i], "Domain CA");
		tu_add(&all, &ca[i]);
	}
	tu_registrar(&registrar, &ca[0]);
	assert_refused_by(registrar_keeper_new(&parts, &k, &err), BRSKI_E_CONFIG, "RFC 4210 4.4",
	    &err);
	brski_certs_clear(&all);
	for (i = 0; i <= REGISTRAR_AUTHORITIES_MAX; i++)
		tu_id_clear(&ca[i]);
	tu_id_clear(&registrar);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(expired),
		TEST(own_entries),
		TEST(prepare),
		TEST(activate),
		TEST(finish),
		TEST(cancel),
		TEST(order_of_steps),
		TEST(sub_ca),
		TEST(cut_short),
		TEST(without_key),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
