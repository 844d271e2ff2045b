/* SPDX-License-Identifier: Apache-2.0 */
/* What a registrar is configured with: registrar.conf, its keeper, init. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "registrar/announce.h"
#include "registrar/init.h"
#include "registrar/site.h"
#include "registrar/va.h"
#include "tu.h"

static char dir[64];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_registrar_site.XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static const char *
path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct registrar_init
domain(void)
{
	return (struct registrar_init){ .dir = dir,
		.name = "Plant 7",
		.listen = "[::1]:0",
		.admin = "admin.sock",
		.san = { "registrar.example.com", "127.0.0.1", NULL },
		.at = TU_NOW };
}

/* What init makes is what the daemon loads. */
static void
init_makes_a_domain(void **state)
{
	struct registrar_init in = domain();
	struct registrar_site *site;
	const struct brski_certs *chain, *ca;
	struct brski_err err = { 0 };
	struct stat st;

	(void)state;
	assert_ok(registrar_init(&in, &err), &err);
	assert_int_equal(stat(path_of("domain-ca.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(path_of("registrar.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_ok(registrar_site_load(path_of("registrar.conf"), &site, &err), &err);
	chain = registrar_keeper_chain(site->keeper);
	ca = registrar_keeper_ca(site->keeper);
	assert_int_equal(chain->n, 2);
	assert_int_equal(ca->n, 1);
	assert_slice_eq(chain->v[1].der, ca->v[0].der);
	assert_int_equal(chain->v[0].eku,
	    BRSKI_EKU_CMC_RA | BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH);
	assert_true(chain->v[0].ski.n == 20);
	assert_true(chain->v[0].san.n > 0);
	assert_true(ca->v[0].ca);
	assert_true(ca->v[0].not_after > chain->v[0].not_after);
	assert_int_equal(site->makers_n, 0);
	assert_null(registrar_site_maker(site, "acme"));
	registrar_site_free(site);
	/* a domain's keys are never overwritten */
	assert_refused(registrar_init(&in, &err), BRSKI_E_CONFLICT, &err);
}

static void
load(const char *text, const char *clause)
{
	struct registrar_site *site = NULL;
	struct brski_err err = { 0 };

	assert_int_equal(brski_file_write(path_of("test.conf"), brski_slice_str(text), 0600, NULL),
	    BRSKI_OK);
	if (clause == NULL)
		assert_ok(registrar_site_load(path_of("test.conf"), &site, &err), &err);
	else
		assert_refused_by(registrar_site_load(path_of("test.conf"), &site, &err),
		    BRSKI_E_CONFIG, clause, &err);
	registrar_site_free(site);
}

#define MAKER(rules)                                          \
	"manufacturer acme { anchors = {\"domain-ca.pem\"}\n" \
	"masa-anchors = {\"domain-ca.pem\"}\n" rules "\n}\n"

/* What goes into certificates is a scheme and a host, perhaps a port. */
static const char *const va_good[] = { "va-url = \"http://va.example\"",
	"va-url = \"http://[::1]:8080\"", "va-url = \"http://127.0.0.1:8080\"" };
static const char *const va_bad[] = { "va-url = \"https://va.example\"", "va-url = \"http://\"",
	"va-url = \"va.example:8080\"", "va-url = \"http://va.example/\"",
	"va-url = \"http://va.example/pki\"", "va-url = \"http://:8080\"",
	"va-url = \"http://va.example?\"", "va-url = \"http://u@va.example\"",
	"va-url = \"http://va example\"",
	"va-url = \"http://0123456789012345678901234567890123456789012345678901234567890123456789"
	"01234567890123456789012345678901234567890123456789012345678901234567890123456789"
	"01234567890123456789012345678901234567890123456789012345678901234567890123456789"
	"012345678901234567890123456789\"" };

static void
configuration(void **state)
{
	size_t i;

	(void)state;
	load(MAKER(""), NULL);
	load(MAKER("masa-url = \"masa.example.com\""), NULL);
	load(MAKER("masa-url = \"http://masa.example.com/\""), "RFC 8995 2.3.2");
	load("manufacturer acme { anchors = {}\nmasa-anchors = {\"domain-ca.pem\"} }",
	    "configuration");
	load("manufacturer acme { anchors = {\"domain-ca.pem\"}\nmasa-anchors = {} }",
	    "configuration");
	load("manufacturer "
	     "a2345678901234567890123456789012345678901234567890123456789012345"
	     " { anchors = {\"domain-ca.pem\"}\nmasa-anchors = {\"domain-ca.pem\"} }",
	    "RFC 8995 5.3");
	load("manufacturer \"\" { anchors = {\"domain-ca.pem\"}\n"
	     "masa-anchors = {\"domain-ca.pem\"} }",
	    "RFC 8995 5.3");
	load(MAKER("admission = everybody"), "configuration");
	load("hold = 61", "configuration");
	load("dtls-min-version = 1.1", "configuration");
	load("listen-coaps = \"registrar.example:5684\"", "registrar.conf(5)");
	load("listen-coaps = \"[::1]\"", "registrar.conf(5)");
	load("listen-jpy = \"[::1]\"", "registrar.conf(5)");
	load("listen-va = \"va.example:8080\"", "registrar.conf(5)");
	for (i = 0; i < sizeof(va_good) / sizeof(va_good[0]); i++)
		load(va_good[i], NULL);
	for (i = 0; i < sizeof(va_bad) / sizeof(va_bad[0]); i++)
		load(va_bad[i], "registrar.conf(5)");
	load("interfaces = { \"abcdefghijklmno\", \"lo\" }", NULL);
	load("interfaces = { \"lo\", \"abcdefghijklmnop\" }", "registrar.conf(5)");
	load("announce = perhaps", "configuration");
	load("former-owner x { domain-id = \"AQID\" }", NULL);
	load("former-owner x { domain-id = \"!!\" }", "RFC 8995 5.8.2");
}

/* RFC 8995 7.2: what lowers the guard is never the default. */
static void
careful_defaults(void **state)
{
	const struct registrar_conf_manufacturer *m;
	struct registrar_site *site = NULL;
	struct brski_err err = { 0 };

	(void)state;
	assert_int_equal(brski_file_write(path_of("test.conf"), brski_slice_str(MAKER("")), 0600,
	                     NULL),
	    BRSKI_OK);
	assert_ok(registrar_site_load(path_of("test.conf"), &site, &err), &err);
	m = site->makers[0].conf;
	assert_int_equal(m->admission, REGISTRAR_ADMIT_LISTED);
	assert_int_equal(m->idevid_expiry, 0);
	assert_int_equal(m->audit_log, 0);
	assert_int_equal(m->unknown_owner, 0);
	assert_int_equal(m->nonceless, 0);
	assert_false(site->conf.ldevid_san);
	assert_true(site->conf.announce);
	assert_int_equal(site->conf.interfaces.n, 0);
	assert_null(site->conf.listen_coaps);
	assert_null(site->conf.listen_jpy);
	assert_null(site->conf.listen_va);
	assert_null(site->conf.va_url);
	assert_int_equal(site->conf.dtls_min, REGISTRAR_DTLS_12); /* cBRSKI 6.2: 1.2 and 1.3 */
	registrar_site_free(site);
}

/* CoAPS: only when asked for, by hand or by init. */
static void
constrained(void **state)
{
	struct registrar_init in = domain();
	struct registrar_site *site;
	struct brski_err err = { 0 };
	char sub[80];

	(void)state;
	snprintf(sub, sizeof(sub), "%s/coaps", dir);
	in.dir = sub;
	in.listen_coaps = "[::1]:5684";
	in.listen_jpy = "[::1]:5685";
	assert_ok(registrar_init(&in, &err), &err);
	assert_ok(registrar_site_load(path_of("coaps/registrar.conf"), &site, &err), &err);
	assert_string_equal(site->conf.listen_coaps, "[::1]:5684");
	assert_string_equal(site->conf.listen_jpy, "[::1]:5685");
	registrar_site_free(site);
	load("listen-coaps = \"127.0.0.1:5684\"\ndtls-min-version = \"1.3\"", NULL);
	load("listen-jpy = \"[::1]:5685\"", NULL);
}

/* CRL and OCSP: only when asked for, by hand or by init. */
static void
validation(void **state)
{
	struct registrar_init in = domain();
	struct registrar_site *site;
	const struct brski_cert *own;
	struct brski_err err = { 0 };
	char sub[80], url[REGISTRAR_VA_URL_MAX];
	size_t n;

	(void)state;
	snprintf(sub, sizeof(sub), "%s/va", dir);
	in.dir = sub;
	in.listen_va = "[::1]:8080";
	in.va_url = "http://[::1]:8080";
	assert_ok(registrar_init(&in, &err), &err);
	assert_ok(registrar_site_load(path_of("va/registrar.conf"), &site, &err), &err);
	assert_string_equal(site->conf.listen_va, in.listen_va);
	assert_string_equal(site->conf.va_url, in.va_url);
	/* the registrar's own certificate says so, too */
	own = &registrar_keeper_chain(site->keeper)->v[0];
	assert_slice_eq(own->ocsp_url, BRSKI_LIT("http://[::1]:8080/ocsp"));
	assert_true(registrar_va_crl_url(&site->conf,
	    registrar_keeper_authorities(site->keeper, &n)->id, url));
	assert_slice_eq(own->crl_url, brski_slice_str(url));
	registrar_site_free(site);
}

/* Is something announced with that configuration? The loop never runs, so nothing leaves. */
static bool
announced(struct registrar_site *site, const char *listen, const char *coaps)
{
	struct registrar_announce_conf conf = { .site = site,
		.https_port = 8443,
		.coaps_port = coaps != NULL ? 5684 : 0 };
	struct brski_loop *loop;
	struct brski_mdns *m = NULL;
	struct brski_err err = { 0 };
	bool some;

	free(site->conf.listen);
	free(site->conf.listen_coaps);
	site->conf.listen = strdup(listen);
	site->conf.listen_coaps = coaps != NULL ? strdup(coaps) : NULL;
	assert_ok(brski_loop_new(&loop, &err), &err);
	assert_ok(registrar_announce(loop, &conf, &m, &err), &err);
	some = m != NULL;
	brski_mdns_free(m);
	brski_loop_free(loop);
	return some;
}

/* RFC 8995 4.3; nobody is sent to an address of loopback. */
static void
announcement(void **state)
{
	char name[BRSKI_MDNS_INSTANCE_MAX];
	struct registrar_site *a, *b;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(registrar_site_load(path_of("registrar.conf"), &a, &err), &err);
	assert_ok(registrar_site_load(path_of("registrar.conf"), &b, &err), &err);
	registrar_announce_name(a, "gate", name);
	assert_string_equal(name, "Plant 7 on gate");
	/* no half of a character */
	registrar_announce_name(a, "0123456789012345678901234567890123456789012345678\xc3\xa9",
	    name);
	assert_string_equal(name,
	    "Plant 7 on 0123456789012345678901234567890123456789012345678\xc3\xa9");
	registrar_announce_name(a,
	    "01234567890123456789012345678901234567890123456789\xc3\xa9x\xc3", name);
	assert_string_equal(name, "Plant 7 on 01234567890123456789012345678901234567890123456789");
	assert_false(registrar_announce_differs(a, b));
	assert_true(announced(a, "[::]:8443", NULL));
	assert_true(announced(a, "192.0.2.1:8443", NULL));
	assert_true(announced(a, "[::1]:8443", "[2001:db8::1]:5684"));
	assert_false(announced(a, "[::1]:8443", NULL));
	assert_false(announced(a, "127.0.0.2:8443", "[::1]:5684"));
	a->conf.announce = false;
	assert_false(announced(a, "[::]:8443", NULL));
	assert_true(registrar_announce_differs(a, b));
	registrar_site_free(a);
	registrar_site_free(b);
}

/* Keys and certificates as the keeper gets them. */
struct parts {
	struct tu_id ca, registrar;
};

static enum brski_rc
keep(struct parts *p, struct brski_err *err)
{
	struct registrar_keeper_parts parts = { &p->registrar.key, &p->registrar.chain, &p->ca.key,
		&p->ca.chain, NULL };
	struct registrar_keeper *k;
	enum brski_rc rc = registrar_keeper_new(&parts, &k, err);

	registrar_keeper_free(k);
	tu_id_clear(&p->ca);
	tu_id_clear(&p->registrar);
	return rc;
}

static struct parts
make_parts(void)
{
	struct parts p = { 0 };

	tu_ca(&p.ca, "Domain CA");
	tu_registrar(&p.registrar, &p.ca);
	return p;
}

static void
keeper(void **state)
{
	struct brski_err err = { 0 };
	struct brski_cert_facts f = tu_facts("registrar");
	struct tu_id other = { 0 };
	struct parts p = make_parts();

	(void)state;
	assert_ok(keep(&p, &err), &err);

	p = make_parts(); /* another key than the certificate's */
	tu_id_clear(&p.registrar);
	tu_registrar(&p.registrar, &p.ca);
	tu_ca(&other, "Other CA");
	brski_key_clear(&p.registrar.key);
	p.registrar.key = other.key;
	other.key = (struct brski_key){ 0 };
	assert_refused_by(keep(&p, &err), BRSKI_E_CONFIG, "RFC 8995 5.1", &err);
	tu_id_clear(&other);

	p = make_parts(); /* the CA's likewise */
	tu_ca(&other, "Other CA");
	brski_key_clear(&p.ca.key);
	p.ca.key = other.key;
	other.key = (struct brski_key){ 0 };
	assert_refused_by(keep(&p, &err), BRSKI_E_CONFIG, "RFC 7030 4.2", &err);
	tu_id_clear(&other);

	p = make_parts(); /* no CA */
	tu_id_clear(&p.ca);
	tu_issue(&p.ca, NULL, &f);
	assert_refused_by(keep(&p, &err), BRSKI_E_CONFIG, "RFC 5280 4.2.1.9", &err);

	p = make_parts(); /* RFC 8995 5.5.4 */
	tu_id_clear(&p.registrar);
	f = tu_facts("registrar");
	tu_issue(&p.registrar, &p.ca, &f);
	assert_refused_by(keep(&p, &err), BRSKI_E_CONFIG, "RFC 8995 5.5.4", &err);

	p = make_parts(); /* of another domain */
	tu_id_clear(&p.registrar);
	tu_ca(&other, "Other CA");
	tu_registrar(&p.registrar, &other);
	assert_refused_by(keep(&p, &err), BRSKI_E_CONFIG, "RFC 8995 5.6.2", &err);
	tu_id_clear(&other);
}

/*
 * A sub-CA signs LDevIDs, the root is pinned: both are in the chain, the registrar is under either.
 */
static void
keeper_with_subca(void **state)
{
	struct tu_id root = { 0 }, sub = { 0 }, registrar = { 0 };
	struct registrar_keeper_parts parts = { &registrar.key, &registrar.chain, &sub.key,
		&sub.chain, NULL };
	struct registrar_keeper *k;
	struct brski_err err = { 0 };

	(void)state;
	tu_ca(&root, "Domain root");
	tu_subca(&sub, &root, "Issuing CA");
	tu_registrar(&registrar, &sub);
	assert_ok(registrar_keeper_new(&parts, &k, &err), &err);
	assert_int_equal(registrar_keeper_chain(k)->n, 3);
	assert_slice_eq(registrar_keeper_chain(k)->v[0].der, tu_cert(&registrar)->der);
	assert_slice_eq(registrar_keeper_chain(k)->v[1].der, tu_cert(&sub)->der);
	assert_slice_eq(registrar_keeper_chain(k)->v[2].der, tu_cert(&root)->der);
	registrar_keeper_free(k);
	tu_id_clear(&root);
	tu_id_clear(&sub);
	tu_id_clear(&registrar);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_makes_a_domain),
		cmocka_unit_test(configuration),
		cmocka_unit_test(careful_defaults),
		cmocka_unit_test(constrained),
		cmocka_unit_test(validation),
		cmocka_unit_test(announcement),
		cmocka_unit_test(keeper),
		cmocka_unit_test(keeper_with_subca),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
