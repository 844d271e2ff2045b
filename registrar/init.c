/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/init.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "crypto/issue.h"
#include "registrar/va.h"

#define DAY            INT64_C(86400)
#define CA_DAYS        (20 * 365)
#define REGISTRAR_DAYS (5 * 365)
#define CLAUSE         "brski-registrar(8)"

struct party {
	struct brski_key key;
	struct brski_certs certs;
};

static enum brski_rc
subject(const char *org, const char *cn, struct brski_buf *out, struct brski_err *err)
{
	const struct brski_attr attrs[] = { { BRSKI_OID_O, brski_slice_str(org) },
		{ BRSKI_OID_CN, brski_slice_str(cn) } };

	return brski_name_encode(attrs, sizeof(attrs) / sizeof(attrs[0]), out, err);
}

/* A new key and a certificate for it, issued by ca, or by itself. */
static enum brski_rc
make(struct party *me, const struct party *ca, const char *org, const char *cn,
    struct brski_cert_facts *f, struct brski_err *err)
{
	struct brski_buf name = { .max = 1024 }, der = { .max = BRSKI_CERT_MAX };
	enum brski_rc rc;

	if ((rc = brski_key_generate(BRSKI_KEY_P256, &me->key, err)) != BRSKI_OK ||
	    (rc = subject(org, cn, &name, err)) != BRSKI_OK)
		goto out;
	f->subject = brski_buf_slice(&name);
	f->spki = brski_key_spki(&me->key);
	brski_cert_serial_random(f);
	if ((rc = brski_cert_issue(f, ca != NULL ? &ca->certs.v[0] : NULL,
	         ca != NULL ? &ca->key : &me->key, &der, err)) == BRSKI_OK)
		rc = brski_certs_add(&me->certs, brski_buf_slice(&der), err);
out:
	brski_buf_clear(&name);
	brski_buf_clear(&der);
	return rc;
}

/* Where the list and the answers about it will be; text holds what f points to. */
static void
name_va(const struct registrar_init *in, const struct party *ca, char text[2][REGISTRAR_VA_URL_MAX],
    struct brski_cert_facts *f)
{
	const struct registrar_conf c = { .va_url = (char *)(uintptr_t)in->va_url };
	uint8_t id[BRSKI_HASH_MAX];

	(void)brski_digest(BRSKI_SHA1, ca->certs.v[0].key, id);
	if (registrar_va_crl_url(&c, id, text[0]))
		f->crl_url = brski_slice_str(text[0]);
	if (registrar_va_ocsp_url(&c, text[1]))
		f->ocsp_url = brski_slice_str(text[1]);
}

static enum brski_rc
make_all(const struct registrar_init *in, struct party *ca, struct party *registrar,
    struct brski_err *err)
{
	struct brski_cert_facts root = { .not_before = in->at - DAY,
		.not_after = in->at + CA_DAYS * DAY,
		.basic_constraints = true,
		.ca = true,
		.path_len = -1, /* a self-issued CA below it counts for some clients */
		.key_usage = BRSKI_KU_KEY_CERT_SIGN | BRSKI_KU_CRL_SIGN,
		.ski = true };
	/* RFC 8995 5.5.4, 5.8.2; cBRSKI 6.2, 7.4: it serves pledges and is the MASA's client */
	struct brski_cert_facts ra = { .not_before = in->at - DAY,
		.not_after = in->at + REGISTRAR_DAYS * DAY,
		.basic_constraints = true,
		.path_len = -1,
		.key_usage = BRSKI_KU_DIGITAL_SIGNATURE,
		.eku = BRSKI_EKU_CMC_RA | BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH,
		.ski = true,
		.aki = true,
		.dns = in->san };
	char urls[2][REGISTRAR_VA_URL_MAX];
	enum brski_rc rc;

	if ((rc = make(ca, NULL, in->name, "domain CA", &root, err)) != BRSKI_OK)
		return rc;
	name_va(in, ca, urls, &ra);
	return make(registrar, ca, in->name, "registrar", &ra, err);
}

static enum brski_rc
conf_text(const struct registrar_init *in, struct brski_buf *out, struct brski_err *err)
{
	bool coaps = in->listen_coaps != NULL, jpy = in->listen_jpy != NULL;
	bool va = in->listen_va != NULL, url = in->va_url != NULL;

	return brski_buf_printf(out, err,
	    "# brski-registrar, see registrar.conf(5)\n"
	    "listen = \"%s\"\n"
	    "%slisten-coaps = \"%s\"\n"
	    "%slisten-jpy = \"%s\"\n"
	    "%slisten-va = \"%s\"\n"
	    "%sva-url = \"%s\"\n"
	    "admin-socket = \"%s\"\n"
	    "database = \"registrar.db\"\n"
	    "certificate = \"registrar.pem\"\n"
	    "key = \"registrar.key\"\n"
	    "domain-ca = \"domain-ca.pem\"\n"
	    "domain-ca-key = \"domain-ca.key\"\n"
	    "\n"
	    "# Whose devices may come, one section per maker:\n"
	    "# manufacturer acme {\n"
	    "#\tanchors = { \"acme-idevid-ca.pem\" }\n"
	    "#\tmasa-anchors = { \"acme-masa-tls-ca.pem\" }\n"
	    "#\tadmission = listed\n"
	    "# }\n",
	    in->listen, coaps ? "" : "# ", coaps ? in->listen_coaps : "[::]:5684", jpy ? "" : "# ",
	    jpy ? in->listen_jpy : "[::]:5685", va ? "" : "# ", va ? in->listen_va : "[::]:8080",
	    url ? "" : "# ", url ? in->va_url : "http://va.example.com:8080", in->admin);
}

/* One of the files: key, certificate or text. */
struct file {
	const char *name;
	mode_t mode;
	const struct party *key_of, *cert_of;
};

static enum brski_rc
write_file(const struct registrar_init *in, const struct file *f, struct brski_err *err)
{
	struct brski_buf text = { 0 };
	char path[PATH_MAX];
	enum brski_rc rc;

	if (f->key_of != NULL)
		rc = brski_key_encode_pem(&f->key_of->key, &text, err);
	else if (f->cert_of != NULL)
		rc = brski_pem_encode("CERTIFICATE", f->cert_of->certs.v[0].der, &text, err);
	else
		rc = conf_text(in, &text, err);
	snprintf(path, sizeof(path), "%s/%s", in->dir, f->name);
	if (rc == BRSKI_OK)
		rc = brski_file_write(path, brski_buf_slice(&text), f->mode, err);
	brski_buf_wipe(&text);
	return rc;
}

/* A domain's keys are never overwritten. */
static enum brski_rc
check_free(const char *dir, const struct file *files, size_t n, struct brski_err *err)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i].name);
		if (access(path, F_OK) == 0)
			return brski_fail(err, BRSKI_E_CONFLICT, CLAUSE, "%s is there already",
			    path);
	}
	return BRSKI_OK;
}

enum brski_rc
registrar_init(const struct registrar_init *in, struct brski_err *err)
{
	struct party ca = { 0 }, registrar = { 0 };
	const struct file files[] = {
		{ "domain-ca.key", 0600, &ca, NULL },
		{ "domain-ca.pem", 0644, NULL, &ca },
		{ "registrar.key", 0600, &registrar, NULL },
		{ "registrar.pem", 0644, NULL, &registrar },
		{ "registrar.conf", 0644, NULL, NULL },
	};
	size_t i, n = sizeof(files) / sizeof(files[0]);
	enum brski_rc rc;

	if (mkdir(in->dir, 0755) != 0 && errno != EEXIST)
		return brski_broken(err, BRSKI_E_IO, "%s: %s", in->dir, strerror(errno));
	if ((rc = check_free(in->dir, files, n, err)) == BRSKI_OK)
		rc = make_all(in, &ca, &registrar, err);
	for (i = 0; i < n && rc == BRSKI_OK; i++)
		rc = write_file(in, &files[i], err);
	brski_key_clear(&ca.key);
	brski_certs_clear(&ca.certs);
	brski_key_clear(&registrar.key);
	brski_certs_clear(&registrar.certs);
	return rc;
}

static int
usage(void)
{
	fprintf(stderr,
	    "usage: brski-registrar init DIR [--name NAME] [--san HOST|ADDRESS]..."
	    " [--listen ADDRESS:PORT]\n"
	    "           [--listen-coaps ADDRESS:PORT] [--listen-jpy ADDRESS:PORT]\n"
	    "           [--listen-va ADDRESS:PORT] [--va-url URL] [--admin-socket PATH]\n");
	return 2;
}

/* false: usage. */
static bool
read_options(int argc, char **argv, struct registrar_init *in)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "san", required_argument, NULL, 's' },
		{ "dns", required_argument, NULL, 's' },
		{ "listen", required_argument, NULL, 'l' },
		{ "listen-coaps", required_argument, NULL, 'c' },
		{ "listen-jpy", required_argument, NULL, 'j' },
		{ "listen-va", required_argument, NULL, 'v' },
		{ "va-url", required_argument, NULL, 'u' },
		{ "admin-socket", required_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	size_t sans = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			in->name = optarg;
		else if (c == 's' && sans < REGISTRAR_SANS_MAX)
			in->san[sans++] = optarg;
		else if (c == 'l')
			in->listen = optarg;
		else if (c == 'c')
			in->listen_coaps = optarg;
		else if (c == 'j')
			in->listen_jpy = optarg;
		else if (c == 'v')
			in->listen_va = optarg;
		else if (c == 'u')
			in->va_url = optarg;
		else if (c == 'a')
			in->admin = optarg;
		else
			return false;
	}
	in->dir = argv[optind];
	return optind + 1 == argc;
}

int
registrar_init_main(int argc, char **argv)
{
	struct registrar_init in = { .name = "Domain",
		.listen = "[::]:8443",
		.admin = "admin.sock" };
	struct brski_clock clock = brski_clock_system();
	struct brski_err err = { 0 };
	char host[256] = "localhost";

	if (!read_options(argc, argv, &in))
		return usage();
	if (in.san[0] == NULL) {
		(void)gethostname(host, sizeof(host) - 1);
		in.san[0] = host;
	}
	in.at = brski_clock_now(&clock);
	if (registrar_init(&in, &err) != BRSKI_OK) {
		fprintf(stderr, "brski-registrar: %s\n", err.detail);
		return 1;
	}
	printf("%s/registrar.conf\n", in.dir);
	return 0;
}
