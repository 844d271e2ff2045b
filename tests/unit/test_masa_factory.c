/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory: a manufacturer's keys, IDevIDs (IEEE 802.1AR 8, RFC 8995 2.3), the devices on
 * record.
 */
#include "tu.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/text.h"
#include "crypto/csr.h"
#include "crypto/path.h"
#include "masa/factory.h"
#include "masa/load.h"

#define SERIAL "JADA123456789"

static char top[] = "/tmp/test_masa_factory.XXXXXX";
static char site_dir[128], conf_path[160], device_dir[128];
static struct masa_conf conf;
static struct brski_store *store;
static struct brski_err err;

static int
make_site(void **state)
{
	static const char *const san[] = { "localhost", "127.0.0.1", NULL };
	struct masa_factory_site site = {
		.dir = site_dir,
		.name = "Maker",
		.url = TU_MASA_URL,
		.listen = "[::1]:0",
		.san = san,
		.at = TU_NOW,
	};

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(site_dir, sizeof(site_dir), "%s/site", top);
	(void)snprintf(conf_path, sizeof(conf_path), "%s/masa.conf", site_dir);
	(void)snprintf(device_dir, sizeof(device_dir), "%s/device", top);
	assert_ok(masa_factory_init(&site, &err), &err);
	/* nothing is overwritten */
	assert_refused_by(masa_factory_init(&site, &err), BRSKI_E_CONFLICT, "brski-masa(8)", &err);
	return 0;
}

static int
end_site(void **state)
{
	char command[256];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static int
begin(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	assert_ok(brski_conf_load(conf_path, &masa_conf_schema, &conf, &err), &err);
	assert_ok(masa_ledger_open(conf.database, &store, &err), &err);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	brski_store_close(store);
	brski_conf_clear(&masa_conf_schema, &conf);
	return 0;
}

static const char *
in_site(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", site_dir, name);
	return path;
}

static void
load(const char *path, struct brski_certs *out)
{
	memset(out, 0, sizeof(*out));
	assert_ok(brski_certs_load(out, path, &err), &err);
}

static void
assert_chains(const struct brski_certs *chain, const char *root)
{
	struct brski_certs anchors;
	struct brski_path p = { .leaf = &chain->v[0], .untrusted = chain, .at = TU_NOW };

	load(in_site(root), &anchors);
	p.anchors = &anchors;
	assert_ok(brski_path_validate(&p, NULL, &err), &err);
	brski_certs_clear(&anchors);
}

static void
site(void **state)
{
	struct brski_certs certs, root;
	struct brski_path p = { .at = TU_NOW };
	struct stat st;

	(void)state;
	load(in_site("masa-signer.pem"), &certs);
	assert_int_equal(certs.n, 2);
	assert_chains(&certs, "masa-ca.pem");
	/* an IDevID must not be able to sign vouchers: another root */
	load(in_site("manufacturer-ca.pem"), &root);
	p.leaf = &certs.v[0];
	p.untrusted = &certs;
	p.anchors = &root;
	assert_int_not_equal(brski_path_validate(&p, NULL, NULL), BRSKI_OK);
	assert_true(root.v[0].ca && root.v[0].not_after == BRSKI_TIME_FOREVER);
	brski_certs_clear(&root);
	brski_certs_clear(&certs);

	load(in_site("masa-tls.pem"), &certs);
	assert_chains(&certs, "masa-tls-ca.pem");
	assert_int_equal(certs.v[0].eku, BRSKI_EKU_SERVER_AUTH);
	assert_true(certs.v[0].san.n > 0);
	brski_certs_clear(&certs);
	assert_int_equal(stat(in_site("masa-signer.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_string_equal(conf.listen, "[::1]:0");
}

static enum brski_rc
make(const char *serial, const char *csr)
{
	const struct masa_factory_device d = {
		.serial = serial,
		.csr = csr,
		.dir = device_dir,
		.policy = MASA_POLICY_FIRST,
		.actor = BRSKI_LIT("uid:0"),
		.at = TU_NOW,
	};

	return masa_factory_device(&conf, store, &d, &err);
}

static const char *
in_device(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", device_dir, name);
	return path;
}

/* IEEE 802.1AR 8, RFC 8995 2.3, 2.3.2 */
static void
device(void **state)
{
	struct brski_certs chain;
	const struct brski_cert *c;
	struct brski_key key;
	struct masa_device d;

	(void)state;
	assert_ok(make(SERIAL, NULL), &err);
	load(in_device("idevid.pem"), &chain);
	assert_int_equal(chain.n, 2);
	assert_chains(&chain, "manufacturer-ca.pem");
	c = &chain.v[0];
	assert_slice_eq(c->serial_number, BRSKI_LIT(SERIAL));
	assert_slice_eq(c->masa_url, BRSKI_LIT(TU_MASA_URL));
	assert_true(c->not_after == BRSKI_TIME_FOREVER);
	assert_true(c->aki.n > 0);
	assert_false(c->has_key_usage || c->has_eku || c->ca);
	assert_ok(brski_key_load(in_device("idevid.key"), &key, &err), &err);
	assert_slice_eq(brski_key_spki(&key), c->spki);
	brski_key_clear(&key);
	brski_certs_clear(&chain);
	assert_ok(masa_ledger_find(store, BRSKI_LIT(SERIAL), brski_slice(NULL, 0), &d, &err), &err);
	assert_int_equal(d.policy, MASA_POLICY_FIRST);
	/* the same number again: neither a certificate nor a row */
	(void)unlink(in_device("idevid.pem"));
	assert_refused_by(make(SERIAL, NULL), BRSKI_E_CONFLICT, "RFC 8995 2.3.1", &err);
	assert_int_equal(access(in_device("idevid.pem"), F_OK), -1);
}

/* RFC 4108 5, when the manufacturer has an OID for the type. */
static void
hardware_module_name(void **state)
{
	struct brski_certs chain;

	(void)state;
	conf.hardware_type = strdup("1.3.6.1.4.1.32473.1");
	assert_ok(make("HW-1", NULL), &err);
	load(in_device("idevid.pem"), &chain);
	assert_slice_eq(chain.v[0].hw_serial, BRSKI_LIT("HW-1"));
	brski_certs_clear(&chain);
}

static void
device_with_its_own_key(void **state)
{
	struct brski_key key;
	struct brski_buf csr = { 0 }, pem = { 0 };
	struct brski_certs chain;
	char path[256];
	int form;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/device.csr", top);
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &key, &err), &err);
	assert_ok(brski_csr_encode(&key, tu_name("x", NULL), brski_slice(NULL, 0), &csr, &err),
	    &err);
	assert_ok(brski_pem_encode("CERTIFICATE REQUEST", brski_buf_slice(&csr), &pem, &err), &err);
	for (form = 0; form < 2; form++) {
		(void)unlink(in_device("idevid.key"));
		assert_ok(brski_file_write(path, brski_buf_slice(form == 0 ? &csr : &pem), 0644,
		              &err),
		    &err);
		assert_ok(make(form == 0 ? "OWN-1" : "OWN-2", path), &err);
		load(in_device("idevid.pem"), &chain);
		assert_slice_eq(chain.v[0].spki, brski_key_spki(&key));
		assert_int_equal(access(in_device("idevid.key"), F_OK), -1);
		brski_certs_clear(&chain);
	}
	csr.p[csr.n - 1] ^= 1;
	assert_ok(brski_file_write(path, brski_buf_slice(&csr), 0644, &err), &err);
	assert_int_not_equal(make("OWN-3", path), BRSKI_OK);
	assert_non_null(err.spec);
	brski_key_clear(&key);
	brski_buf_clear(&csr);
	brski_buf_clear(&pem);
}

static void
no_factory_here(void **state)
{
	char *kept = conf.manufacturer_key;

	(void)state;
	conf.manufacturer_key = NULL;
	assert_refused_by(make("NO-1", NULL), BRSKI_E_CONFIG, "masa.conf(5)", &err);
	conf.manufacturer_key = strdup(in_site("masa-ca.key"));
	assert_refused_by(make("NO-1", NULL), BRSKI_E_CONFIG, "masa.conf(5)", &err);
	free(conf.manufacturer_key);
	conf.manufacturer_key = kept;
}

static void
bad_serial_number(void **state)
{
	(void)state;
	assert_int_not_equal(make("", NULL), BRSKI_OK);
	err = (struct brski_err){ 0 };
	assert_int_not_equal(make("a\nb", NULL), BRSKI_OK);
}

/* What the daemon reads at start and at SIGHUP. */
static void
load_for_the_daemon(void **state)
{
	struct masa masa = { 0 };
	char *kept = conf.tls_key;

	(void)state;
	assert_ok(masa_load(&conf, &masa, &err), &err);
	assert_int_equal(masa.manufacturer_anchors.n, 1);
	assert_int_equal(masa.registrar_anchors.n, 0);
	assert_int_equal(masa.rules.voucher_life_s, 1200);
	assert_int_equal(masa.rules.log_events, 64);
	/* a key that is another certificate's changes nothing */
	conf.tls_key = strdup(in_site("masa-signer.key"));
	assert_refused_by(masa_load(&conf, &masa, &err), BRSKI_E_CONFIG, "masa.conf(5)", &err);
	assert_int_equal(masa.manufacturer_anchors.n, 1);
	free(conf.tls_key);
	conf.tls_key = kept;
	masa_unload(&masa);
}

static int
factory(const char *a, const char *b, const char *c, const char *d, const char *e)
{
	const char *args[] = { a, b, c, d, e, NULL };
	char *argv[6];
	int argc, rc;

	for (argc = 0; args[argc] != NULL; argc++)
		argv[argc] = strdup(args[argc]);
	argv[argc] = NULL;
	rc = masa_factory(argc, argv);
	while (argc > 0)
		free(argv[--argc]);
	return rc;
}

static struct masa_device
find(const char *serial)
{
	struct masa_device d;

	assert_ok(masa_ledger_find(store, brski_slice_str(serial), brski_slice(NULL, 0), &d, &err),
	    &err);
	return d;
}

/* brski-masa(8): 0 done, 1 refused, 2 usage. */
static void
command_line(void **state)
{
	char f[192], domain[256];

	(void)state;
	(void)snprintf(f, sizeof(f), "-f%s", conf_path);
	(void)snprintf(domain, sizeof(domain), "--domain-cert=%s/manufacturer-ca.pem", site_dir);
	assert_ok(make("CMD-1", NULL), &err);
	assert_int_equal(factory("block", "CMD-1", f, NULL, NULL), 0);
	assert_true(find("CMD-1").blocked);
	assert_int_equal(factory("unblock", f, "CMD-1", NULL, NULL), 0);
	assert_false(find("CMD-1").blocked);
	assert_int_equal(factory("owner", "CMD-1", domain, f, NULL), 0);
	assert_int_equal(find("CMD-1").policy, MASA_POLICY_OWNER);
	assert_true(find("CMD-1").owned);
	assert_int_equal(factory("release", "CMD-1", f, NULL, NULL), 0);
	assert_false(find("CMD-1").owned);

	assert_int_equal(factory("block", "nobody", f, NULL, NULL), 1);
	assert_int_equal(factory("list", "-f/nonexistent", NULL, NULL, NULL), 1);
	assert_int_equal(factory("device", "--serial=X", "--out=/tmp", "--policy=none", f), 2);
	assert_int_equal(factory("block", f, NULL, NULL, NULL), 2);
	assert_int_equal(factory("device", "--serial=CMD-2", f, NULL, NULL), 2);
	assert_int_equal(factory("list", "word", f, NULL, NULL), 2);
	assert_int_equal(factory("owner", "CMD-1", f, NULL, NULL), 2);
	assert_int_equal(factory("burn", "CMD-1", f, NULL, NULL), 2);
	assert_int_equal(masa_factory(0, NULL), 2);
}

static void
list(void **state)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	assert_ok(make("LIST-1", NULL), &err);
	assert_ok(masa_factory_list(store, true, out, &err), &err);
	(void)fclose(out);
	assert_non_null(strstr(text, "\"serial\": \"LIST-1\""));
	assert_non_null(strstr(text, "\"owner\": null"));
	free(text);
	out = open_memstream(&text, &n);
	assert_ok(masa_factory_list(store, false, out, &err), &err);
	(void)fclose(out);
	assert_non_null(strstr(text, "LIST-1"));
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(site),
		TEST(device),
		TEST(hardware_module_name),
		TEST(device_with_its_own_key),
		TEST(no_factory_here),
		TEST(bad_serial_number),
		TEST(load_for_the_daemon),
		TEST(command_line),
		TEST(list),
	};

	return cmocka_run_group_tests(tests, make_site, end_site);
}
