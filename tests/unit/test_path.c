/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5280 6, with NIST's cases and with our own. */
#include <stdio.h>
#include <stdlib.h>
#include "tu_der.h"
#include "base/text.h"
#include "crypto/path.h"
#include "crypto/x509.h"

#define PKITS_NOW INT64_C(1546300800) /* 2019-01-01: the certificates live from 2010 to 2030 */

static void
add_crl_file(struct brski_crls *list, const char *path)
{
	struct brski_buf der = { .max = BRSKI_CRL_MAX };
	struct brski_err err = { 0 };

	tu_read(path, &der);
	assert_ok(brski_crls_add(list, brski_buf_slice(&der), &err), &err);
	brski_buf_clear(&der);
}

/* "a.crt,b.crt" or "-": each file of that folder into the list that is given. */
static void
add_files(const char *folder, char *names, struct brski_certs *certs, struct brski_crls *crls)
{
	char path[256], *name, *rest = NULL;

	for (name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
		if (strcmp(name, "-") == 0)
			continue;
		snprintf(path, sizeof(path), "nist-pkits/%s/%s", folder, name);
		if (certs != NULL)
			tu_add_file(certs, path);
		else
			add_crl_file(crls, path);
	}
}

/* One line of tests.tsv; says whether the outcome is the expected one. */
static bool
run_row(char *line)
{
	struct brski_certs anchors = { 0 }, bag = { 0 }, leaf = { 0 };
	struct brski_crls crls = { 0 };
	struct brski_err err = { 0 };
	char *f[5] = { 0 }, *rest = line;
	bool accepted, good;
	size_t i;

	for (i = 0; i < 5; i++)
		f[i] = strsep(&rest, "\t");
	assert_non_null(f[4]);
	tu_add_file(&anchors, "nist-pkits/certs/TrustAnchorRootCertificate.crt");
	add_crl_file(&crls, "nist-pkits/crls/TrustAnchorRootCRL.crl");
	add_files("certs", f[2], &leaf, NULL);
	add_files("certs", f[3], &bag, NULL);
	add_files("crls", f[4], NULL, &crls);

	struct brski_path in = {
		.leaf = &leaf.v[0],
		.untrusted = &bag,
		.anchors = &anchors,
		.crls = &crls,
		.require_crl = true,
		.at = PKITS_NOW,
	};
	accepted = brski_path_validate(&in, NULL, &err) == BRSKI_OK;
	good = accepted == (strcmp(f[1], "accept") == 0) && (accepted || err.spec != NULL);
	if (!good || getenv("PKITS_VERBOSE") != NULL)
		print_message("%s: want %s, is %s %s: %s\n", f[0], f[1], brski_rc_name(err.rc),
		    err.spec != NULL ? err.spec : "", err.detail);
	brski_certs_clear(&anchors);
	brski_certs_clear(&bag);
	brski_certs_clear(&leaf);
	brski_crls_clear(&crls);
	return good;
}

/* RFC 5280 6.1 and 6.3: every row of tests.tsv, as its SOURCE.md says. */
static void
test_pkits(void **state)
{
	struct brski_buf tsv = { .max = BRSKI_BUF_MAX };
	char *text, *line;
	size_t rows = 0, wrong = 0;

	(void)state;
	tu_read("nist-pkits/tests.tsv", &tsv);
	text = strdup(brski_buf_cstr(&tsv));
	assert_non_null(text);
	for (char *rest = text; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '#' && line[0] != '\0') {
			rows++;
			wrong += !run_row(line);
		}
	assert_true(rows > 0);
	assert_int_equal(wrong, 0);
	free(text);
	brski_buf_clear(&tsv);
}

/* A root, a CA below it, a device below that; made once. */
static struct tu_id root, sub, device;
static struct brski_certs root_anchor, bag;

static int
setup(void **state)
{
	(void)state;
	tu_ca(&root, "Root");
	tu_subca(&sub, &root, "Sub");
	tu_ldevid(&device, &sub, "S-1");
	tu_add(&root_anchor, &root);
	tu_add(&bag, &root); /* in no order */
	tu_add(&bag, &device);
	tu_add(&bag, &sub);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_id_clear(&root);
	tu_id_clear(&sub);
	tu_id_clear(&device);
	brski_certs_clear(&root_anchor);
	brski_certs_clear(&bag);
	return 0;
}

static struct brski_path
path(void)
{
	return (struct brski_path){
		.leaf = tu_cert(&device),
		.untrusted = &bag,
		.anchors = &root_anchor,
		.at = TU_NOW,
	};
}

/* The outcome for a leaf, with nothing but anchors and a bag; the bag may be NULL. */
static enum brski_rc
try(const struct brski_cert *leaf, const struct brski_certs *untrusted,
    const struct brski_certs *anchors, struct brski_err *err)
{
	struct brski_path in = { .leaf = leaf,
		.untrusted = untrusted,
		.anchors = anchors,
		.at = TU_NOW };

	return brski_path_validate(&in, NULL, err);
}

static void
test_found(void **state)
{
	struct brski_path in = path();
	struct brski_path_found found;
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_path_validate(&in, &found, &err), &err);
	assert_int_equal(found.n, 3);
	assert_slice_eq(found.v[0]->der, tu_cert(&device)->der);
	assert_slice_eq(found.v[1]->der, tu_cert(&sub)->der);
	assert_ptr_equal(found.v[2], &root_anchor.v[0]);
}

/* RFC 5280 6.1.1: nobody we trust signed this, or the way there is missing. */
static void
test_unknown(void **state)
{
	struct brski_certs none = { 0 };
	struct tu_id stranger = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	tu_ca(&stranger, "Stranger");
	assert_refused_by(try(tu_cert(&stranger), &bag, &root_anchor, &err), BRSKI_E_UNKNOWN,
	    "RFC 5280 6.1.1", &err);
	assert_refused(try(tu_cert(&device), NULL, &root_anchor, &err), BRSKI_E_UNKNOWN, &err);
	assert_refused(try(tu_cert(&device), &bag, &none, &err), BRSKI_E_UNKNOWN, &err);
	tu_id_clear(&stranger);
}

/* RFC 5280 6.1.3 (a) (1): the right name and the wrong key; two CAs of one name are told apart. */
static void
test_same_name(void **state)
{
	struct brski_certs anchors = { 0 };
	struct tu_id twin = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	tu_ca(&twin, "Sub");
	tu_add(&anchors, &twin);
	assert_refused_by(try(tu_cert(&device), NULL, &anchors, &err), BRSKI_E_SIGNATURE,
	    "RFC 5280 6.1.3", &err);
	tu_add(&anchors, &sub);
	assert_ok(try(tu_cert(&device), NULL, &anchors, &err), &err);
	brski_certs_clear(&anchors);
	tu_id_clear(&twin);
}

/* Any certificate can be an anchor: the CA in the middle, the leaf itself; but not for others. */
static void
test_anchors(void **state)
{
	struct brski_certs anchors = { 0 };
	struct brski_path_found found;
	struct brski_path in = path();
	struct brski_err err = { 0 };

	(void)state;
	in.anchors = &anchors;
	tu_add(&anchors, &device);
	assert_ok(brski_path_validate(&in, &found, &err), &err);
	assert_int_equal(found.n, 1);
	in.require_crl = true; /* nothing is below the anchor */
	assert_ok(brski_path_validate(&in, &found, &err), &err);
	in.require_crl = false;
	in.leaf = tu_cert(&sub);
	assert_refused(brski_path_validate(&in, &found, &err), BRSKI_E_UNKNOWN, &err);
	in.leaf = tu_cert(&device);
	brski_certs_clear(&anchors);
	tu_add(&anchors, &sub);
	assert_ok(brski_path_validate(&in, &found, &err), &err);
	assert_int_equal(found.n, 2);
	brski_certs_clear(&anchors);
}

/* RFC 5280 4.2.1.9: an end entity that is pinned vouches for nobody. */
static void
test_pinned_leaf_is_no_ca(void **state)
{
	struct brski_certs anchors = { 0 };
	struct tu_id below = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	tu_ldevid(&below, &device, "S-2");
	tu_add(&anchors, &device);
	assert_refused_by(try(tu_cert(&below), NULL, &anchors, &err), BRSKI_E_CERTIFICATE,
	    "RFC 5280 4.2.1.9", &err);
	brski_certs_clear(&anchors);
	tu_id_clear(&below);
}

/* A leaf below one CA with these facts below the root, at TU_NOW. */
static enum brski_rc
try_ca(struct brski_cert_facts *f, struct brski_err *err)
{
	struct brski_certs between = { 0 };
	struct tu_id ca = { 0 }, leaf = { 0 };
	enum brski_rc rc;

	tu_issue(&ca, &root, f);
	tu_ldevid(&leaf, &ca, "S-3");
	tu_add(&between, &ca);
	rc = try(tu_cert(&leaf), &between, &root_anchor, err);
	brski_certs_clear(&between);
	tu_id_clear(&ca);
	tu_id_clear(&leaf);
	return rc;
}

/* RFC 5280 6.1.4 (k) to (n) */
static void
test_ca_rules(void **state)
{
	struct brski_cert_facts f = tu_facts("CA");
	struct brski_err err = { 0 };

	(void)state;
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	assert_ok(try_ca(&f, &err), &err);
	f = tu_facts("CA");
	f.basic_constraints = f.ca = true;
	f.key_usage = 0; /* no extension: nothing is forbidden */
	assert_ok(try_ca(&f, &err), &err);
	f = tu_facts("CA");
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_CRL_SIGN;
	assert_refused_by(try_ca(&f, &err), BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.3", &err);
	f = tu_facts("CA");
	f.basic_constraints = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	assert_refused_by(try_ca(&f, &err), BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.9", &err);
	f = tu_facts("CA");
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	assert_refused_by(try_ca(&f, &err), BRSKI_E_CERTIFICATE, "RFC 5280 4.2.1.9", &err);
}

/* RFC 5280 4.2.1.9: also an anchor's pathLen binds. */
static void
test_path_len(void **state)
{
	struct brski_cert_facts f = tu_facts("Root 0");
	struct brski_certs anchors = { 0 }, between = { 0 };
	struct tu_id top = { 0 }, ca = { 0 }, leaf = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.path_len = 0;
	tu_issue(&top, NULL, &f);
	tu_subca(&ca, &top, "CA");
	tu_ldevid(&leaf, &ca, "S-3");
	tu_add(&anchors, &top);
	tu_add(&between, &ca);
	assert_ok(try(tu_cert(&ca), NULL, &anchors, &err), &err);
	assert_refused_by(try(tu_cert(&leaf), &between, &anchors, &err), BRSKI_E_CERTIFICATE,
	    "RFC 5280 4.2.1.9", &err);
	brski_certs_clear(&anchors);
	brski_certs_clear(&between);
	tu_id_clear(&top);
	tu_id_clear(&ca);
	tu_id_clear(&leaf);
}

/* RFC 5280 4.1.2.5: each certificate of the path has its time, the anchor too. */
static void
test_dates(void **state)
{
	struct brski_cert_facts f = tu_facts("CA");
	struct brski_path in = path();
	struct brski_err err = { 0 };

	(void)state;
	in.at = TU_FROM - 1;
	assert_refused_by(brski_path_validate(&in, NULL, &err), BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5",
	    &err);
	in.at = TU_FROM;
	assert_ok(brski_path_validate(&in, NULL, &err), &err);
	in.at = TU_TO;
	assert_ok(brski_path_validate(&in, NULL, &err), &err);
	in.at = TU_TO + 1;
	assert_refused_by(brski_path_validate(&in, NULL, &err), BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5",
	    &err);
	in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(brski_path_validate(&in, NULL, &err), &err);

	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.not_after = TU_NOW - 1;
	assert_refused_by(try_ca(&f, &err), BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5", &err);
	f.not_before = TU_NOW + 1;
	f.not_after = TU_TO;
	assert_refused_by(try_ca(&f, &err), BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5", &err);

	/* only the anchor is out of its time */
	in.leaf = &root_anchor.v[0];
	in.at = TU_TO + 1;
	assert_refused(brski_path_validate(&in, NULL, &err), BRSKI_E_EXPIRED, &err);
}

/* RFC 8995 2.6.2: the leaf's notAfter can be tolerated, its notBefore and its issuers' not. */
static void
test_ignore_leaf_expiry(void **state)
{
	struct brski_cert_facts f = tu_facts("device");
	struct tu_id old = { 0 };
	struct brski_path in = path();
	struct brski_err err = { 0 };

	(void)state;
	f.not_before = TU_NOW - 2 * TU_DAY;
	f.not_after = TU_NOW - TU_DAY;
	tu_issue(&old, &root, &f);
	in.leaf = tu_cert(&old);
	assert_refused(brski_path_validate(&in, NULL, &err), BRSKI_E_EXPIRED, &err);
	in.ignore_leaf_expiry = true;
	assert_ok(brski_path_validate(&in, NULL, &err), &err);
	in.at = TU_NOW - 3 * TU_DAY;
	assert_refused(brski_path_validate(&in, NULL, &err), BRSKI_E_EXPIRED, &err);
	in.at = TU_TO + 1; /* the root is over */
	assert_refused(brski_path_validate(&in, NULL, &err), BRSKI_E_EXPIRED, &err);
	tu_id_clear(&old);
}

/* RFC 5280 4.2: on the leaf and on a CA below the anchor; the anchor is taken as it is. */
static void
test_unknown_critical(void **state)
{
	struct brski_slice strange = tu_ext(BRSKI_LIT("\x2a\x03"), true, BRSKI_LIT("\x05\x00"));
	struct tu_parts p = { .exts = TU_CAT(tu_ca_exts(), strange) };
	struct brski_certs list = { 0 }, anchors = { 0 };
	struct tu_id leaf = { 0 }, odd = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &odd.key, &err), &err);
	p.issuer = tu_cert(&root)->subject;
	p.subject = tu_copy(tu_name("odd", NULL));
	p.spki = brski_key_spki(&odd.key);
	assert_ok(brski_certs_add(&odd.chain, tu_parts_der(&p, &root.key), &err), &err);
	tu_add(&list, &odd);
	tu_ldevid(&leaf, &odd, "S-4");
	assert_refused_by(try(tu_cert(&odd), NULL, &root_anchor, &err), BRSKI_E_CERTIFICATE,
	    "RFC 5280 4.2", &err);
	assert_refused_by(try(tu_cert(&leaf), &list, &root_anchor, &err), BRSKI_E_CERTIFICATE,
	    "RFC 5280 4.2", &err);
	tu_add(&anchors, &odd);
	assert_ok(try(tu_cert(&leaf), NULL, &anchors, &err), &err);
	brski_certs_clear(&list);
	brski_certs_clear(&anchors);
	tu_id_clear(&leaf);
	tu_id_clear(&odd);
}

/* IEEE 802.1AR 9: RSA of 1024 bits and keys nobody knows prove nothing, whoever certified them. */
static void
test_weak_leaf(void **state)
{
	static uint8_t n[129] = { 0, 0x80, [128] = 1 };
	struct brski_err err = { 0 };
	struct brski_slice keys[2];
	struct tu_parts p = { .issuer = tu_cert(&root)->subject };
	struct brski_cert c;
	size_t i;

	(void)state;
	keys[0] =
	    TU_SEQ(TU_SEQ(TU_OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), BRSKI_LIT("\x05\x00")),
	        TU_TLV(BRSKI_DER_BIT_STRING, BRSKI_LIT("\x00"),
	            TU_SEQ(tu_tlv(BRSKI_DER_INTEGER, brski_slice(n, sizeof(n))),
	                TU_INT("\x01\x00\x01"))));
	keys[1] = TU_SEQ(TU_SEQ(TU_OID("\x2a\x03")), BRSKI_LIT("\x03\x02\x00\x01"));
	for (i = 0; i < 2; i++) {
		p.spki = keys[i];
		assert_ok(brski_cert_decode(tu_parts_der(&p, &root.key), &c, &err), &err);
		assert_refused_by(try(&c, NULL, &root_anchor, &err), BRSKI_E_CERTIFICATE,
		    "IEEE 802.1AR 9", &err);
	}
}

/* RFC 4158 2.4.1: CAs that certify each other are a loop, which ends. */
static void
test_loop(void **state)
{
	struct brski_cert_facts fa = tu_facts("A"), fb = tu_facts("B");
	struct tu_id a = { 0 }, b = { 0 }, a_by_b = { 0 }, b_by_a = { 0 }, leaf = { 0 };
	struct brski_certs list = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	tu_ca(&a, "A");
	tu_ca(&b, "B");
	fa.basic_constraints = fa.ca = fb.basic_constraints = fb.ca = true;
	fa.key_usage = fb.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	fa.spki = brski_key_spki(&a.key);
	fb.spki = brski_key_spki(&b.key);
	tu_issue(&a_by_b, &b, &fa);
	tu_issue(&b_by_a, &a, &fb);
	tu_ldevid(&leaf, &a, "S-5");
	tu_add(&list, &a_by_b);
	tu_add(&list, &b_by_a);
	assert_refused(try(tu_cert(&leaf), &list, &root_anchor, &err), BRSKI_E_UNKNOWN, &err);
	tu_add(&root_anchor, &b); /* and where one of them is trusted, it leads there */
	assert_ok(try(tu_cert(&leaf), &list, &root_anchor, &err), &err);
	brski_certs_clear(&root_anchor);
	tu_add(&root_anchor, &root);
	brski_certs_clear(&list);
	tu_id_clear(&a);
	tu_id_clear(&b);
	tu_id_clear(&a_by_b);
	tu_id_clear(&b_by_a);
	tu_id_clear(&leaf);
}

/* RFC 5280 6.1: a bag full of the right name and wrong keys costs a bounded time. */
static void
test_many_signatures(void **state)
{
	struct brski_certs list = { .max = BRSKI_PATH_SIGNATURES_MAX + 1 };
	struct tu_id twin = { 0 };
	struct tu_parts p = { .exts = tu_ca_exts(),
		.issuer = tu_cert(&root)->subject,
		.subject = tu_cert(&sub)->subject };
	struct brski_err err = { 0 };
	uint8_t serial[1];
	int i;

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &twin.key, &err), &err);
	p.spki = brski_key_spki(&twin.key);
	for (i = 0; i < BRSKI_PATH_SIGNATURES_MAX; i++) {
		serial[0] = (uint8_t)(i + 1);
		p.serial = tu_tlv(BRSKI_DER_INTEGER, brski_slice(serial, 1));
		assert_ok(brski_certs_add(&list, tu_parts_der(&p, &root.key), &err), &err);
	}
	/* the right one is the last, and without the hint of a key identifier */
	p.spki = tu_cert(&sub)->spki;
	assert_ok(brski_certs_add(&list, tu_parts_der(&p, &root.key), &err), &err);
	assert_refused_by(try(tu_cert(&device), &list, &root_anchor, &err), BRSKI_E_SIGNATURE,
	    "RFC 5280 6.1", &err);
	/* with it, it is tried first */
	list.v[list.n - 1].ski = tu_cert(&sub)->ski;
	assert_ok(try(tu_cert(&device), &list, &root_anchor, &err), &err);
	brski_certs_clear(&list);
	tu_id_clear(&twin);
}

/* BRSKI_CHAIN_MAX certificates are a path, one more is none. */
static void
test_long_path(void **state)
{
	struct tu_id id[BRSKI_CHAIN_MAX + 1] = { 0 };
	struct brski_certs list = { 0 }, anchors = { 0 };
	struct brski_err err = { 0 };
	char cn[8];
	size_t i;

	(void)state;
	tu_ca(&id[0], "0");
	tu_add(&anchors, &id[0]);
	for (i = 1; i <= BRSKI_CHAIN_MAX; i++) {
		snprintf(cn, sizeof(cn), "%zu", i);
		tu_subca(&id[i], &id[i - 1], cn);
		tu_add(&list, &id[i]);
	}
	assert_ok(try(tu_cert(&id[BRSKI_CHAIN_MAX - 1]), &list, &anchors, &err), &err);
	assert_refused(try(tu_cert(&id[BRSKI_CHAIN_MAX]), &list, &anchors, &err), BRSKI_E_UNKNOWN,
	    &err);
	for (i = 0; i <= BRSKI_CHAIN_MAX; i++)
		tu_id_clear(&id[i]);
	brski_certs_clear(&list);
	brski_certs_clear(&anchors);
}

/* Published chains: tests/data, as the SOURCE.md files say. at: a time when all of it was valid. */
static void
test_published(void **state)
{
	static const struct {
		const char *leaf, *anchor;
		enum brski_rc want;
	} rows[] = {
#define RFC     "rfc8995-appendix-c/"
#define DEVID   "devid-certificates/"
#define MINERVA "minerva-cms/"
		{ RFC "registrar.crt.pem", RFC "registrar_ca.crt.pem", BRSKI_OK },
		{ RFC "masa.crt.pem", RFC "manufacturer_ca.crt.pem", BRSKI_OK },
		{ RFC "masa.crt.pem", RFC "masa.crt.pem", BRSKI_OK },
		{ RFC "pledge.crt.pem", RFC "manufacturer_ca.crt.pem", BRSKI_OK },
		{ RFC "pvr-embedded-signer.crt.pem", RFC "manufacturer_ca.crt.pem", BRSKI_OK },
		{ RFC "pledge.crt.pem", RFC "registrar_ca.crt.pem", BRSKI_E_UNKNOWN },
		{ RFC "pledge.crt.pem", RFC "masa.crt.pem", BRSKI_E_UNKNOWN },
		{ RFC "pledge-stale-wrong-issuer.crt.pem", RFC "manufacturer_ca.crt.pem",
		    BRSKI_E_SIGNATURE },
		{ DEVID "ot-local_pledge_cert.pem", DEVID "ot-local_masa_cert.pem", BRSKI_OK },
		{ DEVID "ot-local_registrar_cert.pem", DEVID "ot-local_domainca_cert.pem",
		    BRSKI_OK },
		{ DEVID "minerva-cn-only-no-serialnumber.crt.pem",
		    DEVID "minerva-cn-only-vendor.crt.pem", BRSKI_OK },
		{ DEVID "minerva-00-D0-E5-F2-00-02.crt.pem", RFC "manufacturer_ca.crt.pem",
		    BRSKI_OK },
		{ DEVID "minerva-00-D0-E5-F2-00-02.crt.pem",
		    DEVID "minerva-00-D0-E5-F2-00-02-wrong-vendor.crt.pem", BRSKI_E_SIGNATURE },
		{ DEVID "minerva-ldevid-acp.crt.der", MINERVA "ownerca-fountain.crt.pem",
		    BRSKI_OK },
		{ MINERVA "device-00-D0-E5-03-00-03.crt.pem", MINERVA "vendor-florean.crt.pem",
		    BRSKI_OK },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct brski_certs leaf = { 0 }, anchors = { 0 };
		struct brski_err err = { 0 };
		struct brski_path in;

		tu_add_file(&leaf, rows[i].leaf);
		tu_add_file(&anchors, rows[i].anchor);
		in = (struct brski_path){ .leaf = &leaf.v[0],
			.anchors = &anchors,
			.at = BRSKI_TIME_UNKNOWN };
		if (rows[i].want == BRSKI_OK)
			assert_ok(brski_path_validate(&in, NULL, &err), &err);
		else
			assert_refused(brski_path_validate(&in, NULL, &err), rows[i].want, &err);
		brski_certs_clear(&leaf);
		brski_certs_clear(&anchors);
	}
}

/* What one CRL by key makes of the device below the sub-CA; more goes into bag. */
static enum brski_rc
try_crl(const struct tu_crl *parts, const struct brski_key *by, bool require, int64_t at,
    struct brski_err *err)
{
	struct brski_certs anchors = { 0 };
	struct brski_crls crls = { 0 };
	struct brski_path in = path();
	enum brski_rc rc;

	tu_add(&anchors, &sub);
	assert_ok(brski_crls_add(&crls, tu_crl_der(parts, by), err), err);
	in.anchors = &anchors;
	in.crls = &crls;
	in.require_crl = require;
	in.at = at;
	rc = brski_path_validate(&in, NULL, err);
	brski_certs_clear(&anchors);
	brski_crls_clear(&crls);
	return rc;
}

/* RFC 5280 6.3: on it, not on it, nothing there. */
static void
test_crl(void **state)
{
	struct tu_crl parts = { .issuer = tu_cert(&sub)->subject };
	struct brski_path in = path();
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(try_crl(&parts, &sub.key, true, TU_NOW, &err), &err);
	parts.entries = tu_crl_entry(tu_cert(&device)->serial, TU_NONE);
	assert_refused_by(try_crl(&parts, &sub.key, false, TU_NOW, &err), BRSKI_E_REVOKED,
	    "RFC 5280 6.3.3", &err);
	in.require_crl = true;
	assert_refused_by(brski_path_validate(&in, NULL, &err), BRSKI_E_REVOKED, "RFC 5280 6.3.3",
	    &err);
	parts = (struct tu_crl){ .issuer = tu_cert(&root)->subject }; /* somebody else's */
	assert_refused(try_crl(&parts, &root.key, true, TU_NOW, &err), BRSKI_E_REVOKED, &err);
	assert_ok(try_crl(&parts, &root.key, false, TU_NOW, &err), &err);
}

/* RFC 5280 6.3.3 (a): a CRL of another time clears nobody, but whom it lists stays revoked. */
static void
test_crl_time(void **state)
{
	struct tu_crl parts = { .issuer = tu_cert(&sub)->subject };
	struct brski_err err = { 0 };

	(void)state;
	assert_refused(try_crl(&parts, &sub.key, true, TU_NOW + 2 * TU_DAY, &err), BRSKI_E_REVOKED,
	    &err);
	assert_ok(try_crl(&parts, &sub.key, false, TU_NOW + 2 * TU_DAY, &err), &err);
	assert_refused(try_crl(&parts, &sub.key, true, TU_NOW - 2 * TU_DAY, &err), BRSKI_E_REVOKED,
	    &err);
	assert_ok(try_crl(&parts, &sub.key, true, BRSKI_TIME_UNKNOWN, &err), &err);
	parts.next_update = -1; /* RFC 5280 5.1.2.5: nextUpdate is a MUST */
	assert_refused(try_crl(&parts, &sub.key, true, TU_NOW, &err), BRSKI_E_REVOKED, &err);
	parts.next_update = 0;
	parts.entries = tu_crl_entry(tu_cert(&device)->serial, TU_NONE);
	assert_refused(try_crl(&parts, &sub.key, false, TU_NOW + 2 * TU_DAY, &err), BRSKI_E_REVOKED,
	    &err);
}

/* RFC 5280 5.2, 5.3 and 6.3.3 (b): CRLs that say nothing, whatever is on them. */
static void
test_crl_unusable(void **state)
{
	const struct brski_slice exts[] = {
		tu_ext(BRSKI_LIT("\x2a\x03"), true, BRSKI_LIT("\x05\x00")),
		tu_ext(BRSKI_LIT("\x55\x1d\x1b"), true, BRSKI_LIT("\x02\x01\x01")),
		tu_ext(BRSKI_EXT_ISSUING_POINT, true, BRSKI_LIT("\x30\x03\x84\x01\xff")),
		tu_ext(BRSKI_EXT_ISSUING_POINT, true, BRSKI_LIT("\x30\x03\x82\x01\xff")),
	};
	struct tu_crl parts = { .issuer = tu_cert(&sub)->subject };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(exts) / sizeof(exts[0]); i++) {
		parts.exts = exts[i];
		assert_refused(try_crl(&parts, &sub.key, true, TU_NOW, &err), BRSKI_E_REVOKED,
		    &err);
		assert_ok(try_crl(&parts, &sub.key, false, TU_NOW, &err), &err);
	}
	/* signed by somebody else: neither clears nor revokes */
	parts = (struct tu_crl){ .issuer = tu_cert(&sub)->subject };
	parts.entries = tu_crl_entry(tu_cert(&device)->serial, TU_NONE);
	assert_ok(try_crl(&parts, &root.key, false, TU_NOW, &err), &err);
	parts.entries = TU_NONE;
	assert_refused(try_crl(&parts, &root.key, true, TU_NOW, &err), BRSKI_E_REVOKED, &err);
}

/* A CA that signs certificates, and a second certificate of its name with f for its CRLs. */
static enum brski_rc
try_crl_signer(struct brski_cert_facts *f, const struct tu_id *signer_issuer, struct brski_err *err)
{
	struct tu_crl for_ca = { 0 }, for_leaf = { 0 };
	struct brski_cert_facts ca_facts = tu_facts("Two keys");
	struct tu_id ca = { 0 }, signer = { 0 }, leaf = { 0 };
	struct brski_certs list = { 0 };
	struct brski_crls crls = { 0 };
	struct brski_path in = path();
	enum brski_rc rc;

	ca_facts.basic_constraints = ca_facts.ca = true;
	ca_facts.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	tu_issue(&ca, &root, &ca_facts);
	f->subject = tu_cert(&ca)->subject;
	tu_issue(&signer, signer_issuer != NULL ? signer_issuer : &root, f);
	tu_ldevid(&leaf, &ca, "S-6");
	tu_add(&list, &ca);
	tu_add(&list, &signer);
	for_ca.issuer = tu_cert(&root)->subject;
	for_leaf.issuer = tu_cert(&ca)->subject;
	assert_ok(brski_crls_add(&crls, tu_crl_der(&for_ca, &root.key), err), err);
	assert_ok(brski_crls_add(&crls, tu_crl_der(&for_leaf, &signer.key), err), err);
	in.leaf = tu_cert(&leaf);
	in.untrusted = &list;
	in.crls = &crls;
	in.require_crl = true;
	rc = brski_path_validate(&in, NULL, err);
	brski_certs_clear(&list);
	brski_crls_clear(&crls);
	tu_id_clear(&ca);
	tu_id_clear(&signer);
	tu_id_clear(&leaf);
	return rc;
}

/* RFC 5280 6.3.3 (f): CRLs by another key of the same CA, if the same anchor stands behind it. */
static void
test_crl_signer(void **state)
{
	struct brski_cert_facts f;
	struct tu_id stranger = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	f = tu_facts("signer");
	f.key_usage = BRSKI_KU_CRL_SIGN;
	assert_ok(try_crl_signer(&f, NULL, &err), &err);
	f = tu_facts("signer"); /* may not sign CRLs */
	assert_refused(try_crl_signer(&f, NULL, &err), BRSKI_E_REVOKED, &err);
	f = tu_facts("signer"); /* out of its time */
	f.key_usage = BRSKI_KU_CRL_SIGN;
	f.not_after = TU_NOW - 1;
	assert_refused(try_crl_signer(&f, NULL, &err), BRSKI_E_REVOKED, &err);
	f = tu_facts("signer"); /* certified by nobody we trust */
	f.key_usage = BRSKI_KU_CRL_SIGN;
	tu_ca(&stranger, "Root");
	assert_refused(try_crl_signer(&f, &stranger, &err), BRSKI_E_REVOKED, &err);
	tu_id_clear(&stranger);
}

/* A self-issued CRL signer whose only CRL is its own: nobody clears himself. */
static void
test_crl_own_witness(void **state)
{
	struct brski_cert_facts f = tu_facts("signer");
	struct tu_crl parts = { .issuer = tu_cert(&sub)->subject };
	struct brski_certs list = { 0 }, anchors = { 0 };
	struct brski_crls crls = { 0 };
	struct brski_path in = path();
	struct tu_id signer = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	f.subject = tu_cert(&sub)->subject;
	f.key_usage = BRSKI_KU_CRL_SIGN;
	tu_issue(&signer, &sub, &f);
	tu_add(&list, &signer);
	tu_add(&anchors, &sub);
	assert_ok(brski_crls_add(&crls, tu_crl_der(&parts, &signer.key), &err), &err);
	in.untrusted = &list;
	in.anchors = &anchors;
	in.crls = &crls;
	in.require_crl = true;
	assert_refused(brski_path_validate(&in, NULL, &err), BRSKI_E_REVOKED, &err);
	/* with a CRL by the CA itself for the signer, the signer's word counts */
	parts.exts = tu_ext(BRSKI_EXT_CRL_NUMBER, false, BRSKI_LIT("\x02\x01\x02"));
	assert_ok(brski_crls_add(&crls, tu_crl_der(&parts, &sub.key), &err), &err);
	assert_ok(brski_path_validate(&in, NULL, &err), &err);
	brski_certs_clear(&list);
	brski_certs_clear(&anchors);
	brski_crls_clear(&crls);
	tu_id_clear(&signer);
}

/* A v1 certificate cannot say that it is a CA, so it issues nothing. RFC 5280 6.1.4 (k) */
static void
test_v1(void **state)
{
	struct tu_parts p = { .version = BRSKI_LIT("") };
	struct brski_certs anchors = { 0 };
	struct tu_id leaf = { 0 }, old = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &old.key, &err), &err);
	assert_ok(brski_certs_add(&old.chain, tu_parts_der(&p, &old.key), &err), &err);
	tu_add(&anchors, &old);
	tu_ldevid(&leaf, &old, "S-7");
	assert_refused_by(try(tu_cert(&leaf), NULL, &anchors, &err), BRSKI_E_CERTIFICATE,
	    "RFC 5280 4.2.1.9", &err);
	assert_ok(try(tu_cert(&old), NULL, &anchors, &err), &err);
	brski_certs_clear(&anchors);
	tu_id_clear(&leaf);
	tu_id_clear(&old);
}

#define TEST(f) cmocka_unit_test_teardown(f, tu_der_clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pkits),
		TEST(test_found),
		TEST(test_unknown),
		TEST(test_same_name),
		TEST(test_anchors),
		TEST(test_pinned_leaf_is_no_ca),
		TEST(test_ca_rules),
		TEST(test_path_len),
		TEST(test_dates),
		TEST(test_ignore_leaf_expiry),
		TEST(test_unknown_critical),
		TEST(test_weak_leaf),
		TEST(test_loop),
		TEST(test_many_signatures),
		TEST(test_long_path),
		TEST(test_published),
		TEST(test_crl),
		TEST(test_crl_time),
		TEST(test_crl_unusable),
		TEST(test_crl_signer),
		TEST(test_crl_own_witness),
		TEST(test_v1),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
