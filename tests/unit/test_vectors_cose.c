/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other people's COSE and CBOR, as the SOURCE.md in each folder of tests/data says what must hold.
 * With QUAYSIDE_VECTORS=DIR files and folders of the same names there come first; tables and
 * folders are read, so that rows may be added without touching this file.
 */
#include "tu.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "asn1/der.h"
#include "base/text.h"
#include "cbor/cbor.h"
#include "crypto/path.h"
#include "crypto/spki.h"
#include "envelope/cose_head.h"
#include "masa/rvr.h"
#include "message/format.h"
#include "pledge/imprint.h"
#include "registrar/pvr.h"

#define D        "cbrski-draft31-cose/"
#define M        "minerva-cose/"
#define OLD      "cbrski-older-drafts/"
#define BAD      "minerva-bad/"
#define WG       "cose-wg-examples/"
#define BIS      "rfc8366bis-2026-08/"
#define JAN_2023 INT64_C(1672531200)
#define COSE     (&brski_formats[1])

/* --- files */

static DIR *
folder(const char *name)
{
	const char *dir = getenv("QUAYSIDE_VECTORS");
	char path[1024];
	DIR *d = NULL;

	if (dir != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
		d = opendir(path);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	if (d == NULL)
		d = opendir(path);
	assert_non_null(d);
	return d;
}

/* The next file whose name ends so, as a path below TEST_DATA; false: no more. */
static bool
next_file(DIR *d, const char *in, const char *end, char path[512])
{
	const struct dirent *e;
	size_t n;

	while ((e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (n > strlen(end) && strcmp(e->d_name + n - strlen(end), end) == 0) {
			(void)snprintf(path, 512, "%s%s", in, e->d_name);
			return true;
		}
	}
	return false;
}

/* Every certificate of a folder. */
static void
add_folder(struct brski_certs *list, const char *in)
{
	static const char *const ends[] = { ".crt.pem", ".crt.der" };
	char path[512];
	size_t i;
	DIR *d;

	for (i = 0; i < 2; i++) {
		d = folder(in);
		while (next_file(d, in, ends[i], path))
			tu_add_file(list, path);
		(void)closedir(d);
	}
}

static void
assert_file_is(struct brski_slice bytes, const char *path)
{
	struct brski_buf in = { 0 };

	tu_read(path, &in);
	assert_slice_eq(bytes, brski_buf_slice(&in));
	brski_buf_clear(&in);
}

struct thing {
	struct brski_buf wire;
	struct brski_certs context;
	struct brski_artifact a;
};

static void
thing_open(struct thing *t, const char *path, const char *context, enum brski_voucher_kind kind)
{
	struct brski_err err = { 0 };

	*t = (struct thing){ 0 };
	tu_read(path, &t->wire);
	if (context != NULL)
		tu_add_file(&t->context, context);
	assert_ptr_equal(brski_format_sniff(brski_buf_slice(&t->wire)), COSE);
	assert_ok(brski_artifact_open(COSE, brski_buf_slice(&t->wire), &t->context, true, kind,
	              &t->a, &err),
	    &err);
}

static void
thing_clear(struct thing *t)
{
	brski_artifact_clear(&t->a);
	brski_certs_clear(&t->context);
	brski_buf_clear(&t->wire);
}

static void
load_key(const char *path, struct brski_key *key)
{
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };

	tu_read(path, &pem);
	assert_ok(brski_key_decode(brski_buf_slice(&pem), key, &err), &err);
	brski_buf_clear(&pem);
}

/* --- cbrski-draft31-cose */

struct draft {
	struct thing pvr, rvr, voucher;
};

static void
draft_open(struct draft *d)
{
	thing_open(&d->pvr, D "pvr.cose", D "pledge.crt.pem", BRSKI_VOUCHER_REQUEST);
	thing_open(&d->rvr, D "rvr.cose", NULL, BRSKI_VOUCHER_REQUEST);
	thing_open(&d->voucher, D "voucher.cose", D "masa_ca.crt.pem", BRSKI_VOUCHER);
}

static void
draft_clear(struct draft *d)
{
	thing_clear(&d->pvr);
	thing_clear(&d->rvr);
	thing_clear(&d->voucher);
}

static void
draft_artifacts(void **state)
{
	struct brski_certs certs = { 0 };
	struct draft d;

	(void)state;
	draft_open(&d);
	assert_file_is(d.pvr.a.env.payload, D "pvr.payload.cbor");
	assert_file_is(d.rvr.a.env.payload, D "rvr.payload.cbor");
	assert_file_is(d.voucher.a.env.payload, D "voucher.payload.cbor");
	assert_int_equal(d.pvr.a.env.odd, BRSKI_ODD_NO_CERT);
	assert_int_equal(d.rvr.a.env.odd, 0);
	assert_int_equal(d.pvr.a.v.odd | d.rvr.a.v.odd | d.voucher.a.v.odd, 0);
	assert_int_equal(d.pvr.a.v.unknown + d.rvr.a.v.unknown + d.voucher.a.v.unknown, 0);

	assert_slice_eq(d.pvr.a.v.serial_number, BRSKI_LIT("JADA123456789"));
	assert_int_equal(d.pvr.a.v.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_null(d.pvr.a.v.created_on.text.p);
	assert_slice_eq(d.rvr.a.v.serial_number, d.pvr.a.v.serial_number);
	assert_true(brski_nonce_eq(&d.pvr.a.v, &d.rvr.a.v));
	assert_false(brski_nonce_eq(&d.pvr.a.v, &d.voucher.a.v));
	assert_slice_eq(d.rvr.a.v.prior_signed_voucher_request, brski_buf_slice(&d.pvr.wire));

	tu_add_file(&certs, D "registrar.crt.pem");
	tu_add_file(&certs, D "pledge.crt.pem");
	assert_slice_eq(d.pvr.a.v.proximity_registrar_pubk, certs.v[0].spki);
	assert_slice_eq(d.rvr.a.env.signer->spki, certs.v[0].spki);
	assert_int_equal(d.rvr.a.v.idevid_issuer.n, 26);
	assert_memory_equal(d.rvr.a.v.idevid_issuer.p, "\x04\x18\x30\x16\x80\x14", 6);
	assert_slice_eq(brski_idevid_issuer_keyid(d.rvr.a.v.idevid_issuer), certs.v[1].aki);
	assert_int_equal(d.rvr.a.env.certs.n, 2);
	assert_file_is(d.rvr.a.env.certs.v[0].der, D "rvr-x5bag-registrar.crt.der");
	assert_file_is(d.rvr.a.env.certs.v[1].der, D "rvr-x5bag-domain_ca.crt.der");
	assert_file_is(d.voucher.a.v.pinned_domain_cert, D "rvr-x5bag-domain_ca.crt.der");
	assert_int_equal(d.voucher.a.v.domain_cert_revocation_checks, BRSKI_FALSE);
	assert_int_equal(d.voucher.a.env.certs.n, 0);
	brski_certs_clear(&certs);
	draft_clear(&d);
}

/* Hex beside the bytes. */
static void
draft_hex(void **state)
{
	static const char *const names[] = { "pvr", "rvr", "voucher" };
	struct brski_buf text = { 0 }, digits = { 0 }, bytes = { 0 };
	struct brski_err err = { 0 };
	char path[64];
	size_t i, k;

	(void)state;
	for (i = 0; i < 3; i++) {
		brski_buf_reset(&text);
		brski_buf_reset(&digits);
		brski_buf_reset(&bytes);
		(void)snprintf(path, sizeof(path), D "%s.hex", names[i]);
		tu_read(path, &text);
		for (k = 0; k < text.n; k++)
			if (text.p[k] > ' ')
				assert_ok(brski_buf_append_byte(&digits, text.p[k], &err), &err);
		assert_ok(brski_hex_decode(brski_buf_slice(&digits), &bytes, &err), &err);
		(void)snprintf(path, sizeof(path), D "%s.cose", names[i]);
		assert_file_is(brski_buf_slice(&bytes), path);
	}
	brski_buf_clear(&text);
	brski_buf_clear(&digits);
	brski_buf_clear(&bytes);
}

static void
draft_chains(void **state)
{
	static const struct {
		const char *leaf, *anchor;
		enum brski_rc rc;
	} rows[] = {
		{ D "pledge.crt.pem", D "masa_ca.crt.pem", BRSKI_OK },
		{ D "registrar.crt.pem", D "domain_ca.crt.pem", BRSKI_OK },
		{ D "masa.crt.pem", D "masa_ca.crt.pem", BRSKI_OK },
		{ D "rvr-x5bag-registrar.crt.der", D "rvr-x5bag-domain_ca.crt.der", BRSKI_OK },
		{ D "pledge.crt.pem", D "domain_ca.crt.pem", BRSKI_E_UNKNOWN },
	};
	struct brski_certs leaf = { 0 }, anchors = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		brski_certs_clear(&leaf);
		brski_certs_clear(&anchors);
		tu_add_file(&leaf, rows[i].leaf);
		tu_add_file(&anchors, rows[i].anchor);
		rc = brski_path_validate(&(struct brski_path){ .leaf = &leaf.v[0],
		                             .anchors = &anchors,
		                             .at = BRSKI_TIME_UNKNOWN },
		    NULL, &err);
		if (rows[i].rc == BRSKI_OK)
			assert_ok(rc, &err);
		else
			assert_refused(rc, rows[i].rc, &err);
	}
	brski_certs_clear(&leaf);
	tu_add_file(&leaf, D "pledge.crt.pem");
	assert_slice_eq(leaf.v[0].serial_number, BRSKI_LIT("JADA123456789"));
	assert_slice_eq(leaf.v[0].masa_url, BRSKI_LIT("masa.stok.nl"));
	assert_non_null(leaf.v[0].aki.p);
	assert_null(leaf.v[0].ski.p);
	brski_certs_clear(&leaf);
	tu_add_file(&leaf, D "registrar.crt.pem");
	assert_int_equal(leaf.v[0].eku,
	    BRSKI_EKU_CMC_RA | BRSKI_EKU_SERVER_AUTH | BRSKI_EKU_CLIENT_AUTH);
	brski_certs_clear(&leaf);
	brski_certs_clear(&anchors);
}

/* By the judges of the three roles. */
static enum brski_rc
as_registrar(const char *path, const char *anchor, const char *client, struct brski_err *err)
{
	struct brski_certs anchors = { 0 }, chain = { 0 };
	struct brski_buf wire = { 0 };
	struct registrar_pvr pvr;
	enum brski_rc rc;

	tu_read(path, &wire);
	tu_add_file(&anchors, anchor);
	if (client != NULL)
		tu_add_file(&chain, client);
	rc = registrar_pvr_judge(&(struct registrar_pvr_in){ .format = COSE,
	                             .wire = brski_buf_slice(&wire),
	                             .client_chain = &chain,
	                             .anchors = &anchors,
	                             .at = BRSKI_TIME_UNKNOWN },
	    &pvr, err);
	registrar_pvr_clear(&pvr);
	brski_certs_clear(&anchors);
	brski_certs_clear(&chain);
	brski_buf_clear(&wire);
	return rc;
}

static enum brski_rc
as_masa(const char *path, const char *anchor, const char *known, bool strict, bool *proximity,
    struct brski_err *err)
{
	struct brski_certs anchors = { 0 };
	struct brski_buf wire = { 0 };
	struct masa_rvr rvr;
	enum brski_rc rc;

	tu_read(path, &wire);
	tu_add_file(&anchors, anchor);
	if (known != NULL)
		tu_add_file(&anchors, known);
	rc = masa_rvr_judge(&(struct masa_rvr_in){ .format = COSE,
	                        .wire = brski_buf_slice(&wire),
	                        .anchors = &anchors,
	                        .at = JAN_2023,
	                        .strict = strict },
	    &rvr, err);
	*proximity = rvr.proximity;
	masa_rvr_clear(&rvr);
	brski_certs_clear(&anchors);
	brski_buf_clear(&wire);
	return rc;
}

static enum brski_rc
as_pledge(struct brski_slice wire, const char *anchor, const struct brski_voucher *request,
    const struct brski_cert *idevid, struct brski_err *err)
{
	struct brski_certs anchors = { 0 };
	struct brski_artifact a = { 0 };
	enum brski_rc rc;

	tu_add_file(&anchors, anchor);
	rc = pledge_voucher_judge(&(struct pledge_voucher_in){ .format = COSE,
	                              .wire = wire,
	                              .anchors = &anchors,
	                              .serial = request->serial_number,
	                              .idevid = idevid,
	                              .request = request,
	                              .at = JAN_2023 },
	    &a, err);
	brski_artifact_clear(&a);
	brski_certs_clear(&anchors);
	return rc;
}

static void
draft_judged(void **state)
{
	struct brski_err err = { 0 };
	struct brski_voucher asked;
	struct draft d;
	bool proximity;

	(void)state;
	draft_open(&d);
	assert_ok(as_registrar(D "pvr.cose", D "masa_ca.crt.pem", D "pledge.crt.pem", &err), &err);
	assert_ok(as_registrar(D "pvr.cose", D "pledge.crt.pem", NULL, &err), &err);
	assert_refused_by(as_registrar(D "pvr.cose", D "masa_ca.crt.pem", NULL, &err),
	    BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	assert_refused(as_registrar(D "pvr.cose", D "masa_ca.crt.pem", D "masa.crt.pem", &err),
	    BRSKI_E_SIGNATURE, &err);
	assert_refused(as_registrar(D "pvr.cose", D "domain_ca.crt.pem", D "pledge.crt.pem", &err),
	    BRSKI_E_UNKNOWN, &err);
	assert_refused_by(as_registrar(D "voucher.cose", D "masa_ca.crt.pem", NULL, &err),
	    BRSKI_E_MALFORMED, "RFC 8995 3", &err);

	/* the pledge's chain is not in the bag: known otherwise, or not at all */
	assert_ok(as_masa(D "rvr.cose", D "masa_ca.crt.pem", D "pledge.crt.pem", false, &proximity,
	              &err),
	    &err);
	assert_true(proximity);
	assert_refused_by(as_masa(D "rvr.cose", D "masa_ca.crt.pem", NULL, false, &proximity, &err),
	    BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	assert_refused_by(as_masa(D "rvr.cose", D "masa_ca.crt.pem", D "pledge.crt.pem", true,
	                      &proximity, &err),
	    BRSKI_E_CERTIFICATE, "cBRSKI 9.2", &err);

	/* the voucher answers another request */
	assert_refused_by(as_pledge(brski_buf_slice(&d.voucher.wire), D "masa_ca.crt.pem",
	                      &d.pvr.a.v, d.pvr.a.env.signer, &err),
	    BRSKI_E_NONCE, "RFC 8995 5.6.1", &err);
	asked = d.pvr.a.v;
	asked.nonce = d.voucher.a.v.nonce;
	assert_ok(as_pledge(brski_buf_slice(&d.voucher.wire), D "masa_ca.crt.pem", &asked,
	              d.pvr.a.env.signer, &err),
	    &err);
	assert_refused(as_pledge(brski_buf_slice(&d.voucher.wire), D "masa.crt.pem", &asked,
	                   d.pvr.a.env.signer, &err),
	    BRSKI_E_SIGNATURE, &err);
	draft_clear(&d);
}

/* Ours with the same leaves are no larger: 201 bytes, 724 bytes. */
static void
draft_sizes(void **state)
{
	struct brski_key pledge, masa;
	struct brski_certs chain = { 0 };
	struct brski_buf out = { 0 }, passed_on = { 0 };
	struct brski_err err = { 0 };
	struct brski_signed s = { 0 };
	struct draft d;

	(void)state;
	draft_open(&d);
	load_key(D "pledge.key.pem", &pledge);
	load_key(D "masa_ca.key.pem", &masa);
	assert_ok(brski_artifact_seal(COSE, &d.pvr.a.v, &pledge, NULL, TU_NOW, &out, &err), &err);
	assert_int_equal(out.n, 201);
	assert_memory_equal(out.p, d.pvr.wire.p, out.n - 64);
	assert_ok(brski_cose_open(brski_buf_slice(&out), &d.pvr.context, true, &s, &err), &err);
	brski_signed_clear(&s);
	brski_buf_reset(&out);
	tu_add_file(&chain, D "masa_ca.crt.pem");
	assert_ok(brski_artifact_seal(COSE, &d.voucher.a.v, &masa, &chain, TU_NOW, &out, &err),
	    &err);
	assert_ok(COSE->forward(brski_buf_slice(&out), &passed_on, &err), &err);
	assert_int_equal(passed_on.n, 724);
	assert_memory_equal(passed_on.p, d.voucher.wire.p, passed_on.n - 64);
	assert_ok(brski_cose_open(brski_buf_slice(&passed_on), &d.voucher.context, true, &s, &err),
	    &err);
	brski_signed_clear(&s);
	brski_key_clear(&pledge);
	brski_key_clear(&masa);
	brski_certs_clear(&chain);
	brski_buf_clear(&out);
	brski_buf_clear(&passed_on);
	draft_clear(&d);
}

/* Every bit of the draft's voucher flipped: refused, or the same. */
static void
every_bit_of_a_voucher(void **state)
{
	struct brski_artifact a = { 0 };
	struct thing good;
	struct brski_buf wire = { 0 };
	size_t bit, i, same = 0;

	(void)state;
	thing_open(&good, D "voucher.cose", D "masa_ca.crt.pem", BRSKI_VOUCHER);
	tu_read(D "voucher.cose", &wire);
	for (bit = 0; bit < wire.n * 8; bit++) {
		wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (brski_artifact_open(COSE, brski_buf_slice(&wire), &good.context, false,
		        BRSKI_VOUCHER, &a, NULL) == BRSKI_OK) {
			for (i = 0; i < brski_leaves_n; i++)
				assert_slice_eq(brski_leaf_slice(&a.v, &brski_leaves[i]),
				    brski_leaf_slice(&good.a.v, &brski_leaves[i]));
			assert_int_equal(a.v.assertion, good.a.v.assertion);
			same++;
		}
		brski_artifact_clear(&a);
		wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	print_message("%zu of %zu bits make no difference\n", same, bit);
	assert_int_equal(same, 0);
	brski_buf_clear(&wire);
	thing_clear(&good);
}

/* --- diagnostic notation, RFC 8949 8: as much of it as the draft's examples use */

static const char *
blank(const char *p)
{
	for (;;) {
		while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
			p++;
		if (*p != '/')
			return p;
		p = strchr(p + 1, '/');
		assert_non_null(p);
		p++;
	}
}

/* h'...', pieces joined by "..." */
static const char *
diag_bytes(const char *p, struct brski_buf *out)
{
	struct brski_buf bytes = { 0 };
	struct brski_err err = { 0 };
	const char *end;

	while (*p == 'h' || *p == '\'') {
		p += *p == 'h' ? 2 : 1;
		end = strchr(p, '\'');
		assert_non_null(end);
		assert_ok(brski_hex_decode(brski_slice(p, (size_t)(end - p)), &bytes, &err), &err);
		p = blank(end + 1);
		if (strncmp(p, "...", 3) == 0)
			p = blank(p + 3);
	}
	assert_ok(brski_cbor_put_bytes(out, brski_buf_slice(&bytes), &err), &err);
	brski_buf_clear(&bytes);
	return p;
}

static const char *
diag_item(const char *p, struct brski_buf *out)
{
	struct brski_buf inside = { 0 };
	struct brski_err err = { 0 };
	size_t pairs = 0;
	char *end;

	p = blank(p);
	if (*p == '"') {
		end = strchr(p + 1, '"');
		assert_non_null(end);
		assert_ok(brski_cbor_put_text_slice(out, brski_slice(p + 1, (size_t)(end - p - 1)),
		              &err),
		    &err);
		return blank(end + 1);
	}
	if (*p == 'h')
		return diag_bytes(p, out);
	if (*p == 't' || *p == 'f') {
		assert_ok(brski_cbor_put_bool(out, *p == 't', &err), &err);
		return blank(p + (*p == 't' ? 4 : 5));
	}
	if (*p != '{') {
		assert_ok(brski_cbor_put_int(out, strtoll(p, &end, 10), &err), &err);
		assert_ptr_not_equal(end, p);
		return blank(end);
	}
	for (p = blank(p + 1); *p != '}'; pairs++) {
		p = diag_item(p, &inside);
		assert_int_equal(*p, ':');
		p = diag_item(p + 1, &inside);
		if (*p == ',')
			p = blank(p + 1);
	}
	assert_ok(brski_cbor_put_map(out, pairs, &err), &err);
	assert_ok(brski_buf_append(out, brski_buf_slice(&inside), &err), &err);
	brski_buf_clear(&inside);
	return blank(p + 1);
}

static void
draft_diagnostic(void **state)
{
	struct brski_buf text = { 0 }, cbor = { 0 };
	struct brski_voucher v;
	struct brski_err err = { 0 };
	char path[512];
	size_t seen = 0;
	DIR *d = folder(D);

	(void)state;
	while (next_file(d, D, ".txt", path)) {
		print_message("%s\n", path);
		brski_buf_reset(&text);
		brski_buf_reset(&cbor);
		tu_read(path, &text);
		assert_int_equal(*diag_item(brski_buf_cstr(&text), &cbor), '\0');
		assert_ok(brski_voucher_decode_cbor(brski_buf_slice(&cbor), &v, &err), &err);
		assert_int_equal(v.unknown, 0);
		assert_int_equal(v.odd, 0);
		assert_slice_eq(v.serial_number, BRSKI_LIT("JADA123456789"));
		assert_int_equal(v.kind,
		    strstr(path, "request") != NULL ? BRSKI_VOUCHER_REQUEST : BRSKI_VOUCHER);
		assert_true((v.nonce.p != NULL) != (v.expires_on.text.p != NULL));
		seen++;
	}
	assert_true(seen >= 4);
	(void)closedir(d);
	brski_buf_clear(&text);
	brski_buf_clear(&cbor);
}

/* --- minerva-cose: the table of its SOURCE.md */

/* Whom it verifies with: a certificate's name, or nobody ("nothing", "only with ..."). */
static void
minerva_row(const char *file, const char *with)
{
	char path[512], ca[512];
	size_t n = strcspn(with, " ;,:(");
	struct brski_certs context = { 0 };
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_voucher v;
	struct brski_err err = { 0 };

	(void)snprintf(path, sizeof(path), M "%s", file);
	(void)snprintf(ca, sizeof(ca), M "%.*s.crt.pem", (int)n, with);
	tu_read(path, &wire);
	if (strncmp(with, "nothing", n) == 0 || strncmp(with, "only", n) == 0) {
		add_folder(&context, M);
		assert_refused(brski_cose_open(brski_buf_slice(&wire), &context, false, &s, &err),
		    BRSKI_E_SIGNATURE, &err);
	} else {
		tu_add_file(&context, ca);
		assert_ok(brski_cose_open(brski_buf_slice(&wire), &context, true, &s, &err), &err);
		assert_slice_eq(s.signer->spki, context.v[0].spki);
		/* the rest of that page: text enumerations, tagged dates, base64 in text */
		assert_refused(brski_voucher_decode_cbor(s.payload, &v, &err), BRSKI_E_MALFORMED,
		    &err);
	}
	brski_signed_clear(&s);
	brski_certs_clear(&context);
	brski_buf_clear(&wire);
}

/* Cell i of a Markdown row, without the blanks around it; NULL: no such cell. */
static char *
cell(const char *line, int i, char out[512])
{
	const char *end;
	size_t n;

	for (; *line == '|' && i > 0; i--)
		if ((line = strchr(line + 1, '|')) == NULL)
			return NULL;
	if (*line != '|' || (end = strchr(line + 1, '|')) == NULL)
		return NULL;
	line += 1 + strspn(line + 1, " ");
	for (n = (size_t)(end - line); n > 0 && line[n - 1] == ' ';)
		n--;
	(void)snprintf(out, 512, "%.*s", (int)n, line);
	return out;
}

static void
minerva_table(void **state)
{
	struct brski_buf text = { 0 };
	char *line, *save, file[512], with[512];
	size_t rows = 0;

	(void)state;
	tu_read(M "SOURCE.md", &text);
	assert_non_null(brski_buf_cstr(&text));
	for (line = strtok_r((char *)text.p, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (cell(line, 0, file) == NULL || strstr(file, ".cose") == NULL ||
		    cell(line, 2, with) == NULL)
			continue;
		print_message("%s by %s\n", file, with);
		minerva_row(file, with);
		rows++;
	}
	assert_true(rows >= 6);
	brski_buf_clear(&text);
}

/* The remarks of the same table. */
static void
minerva_remarks(void **state)
{
	struct brski_certs certs = { 0 };
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_cose c;
	struct brski_err err = { 0 }, verdict;

	(void)state;
	add_folder(&certs, M);
	/* idevid-issuer is a Name, not a key identifier */
	tu_read(M "rvr-vanderstok-alg-47.cose", &wire);
	assert_ok(brski_cose_look(brski_buf_slice(&wire), &certs, &s, &verdict, &err), &err);
	assert_string_equal(verdict.spec, "RFC 9053 2");
	brski_signed_clear(&s);
	brski_buf_reset(&wire);
	/* a key that comes along in a header of its own proves nothing */
	tu_read(M "voucher-jada-pubk-unprot60299.cose", &wire);
	assert_ok(brski_cose_look(brski_buf_slice(&wire), &certs, &s, &verdict, &err), &err);
	assert_string_equal(verdict.spec, "RFC 9052 4.4");
	assert_null(s.signer);
	assert_ok(brski_cose_split(brski_buf_slice(&wire), &c, &err), &err);
	assert_non_null(memmem(c.unprotected.p, c.unprotected.n, "\x19\xeb\x8b", 3));
	brski_signed_clear(&s);
	brski_buf_reset(&wire);
	/* multipart/mixed was an idea that nobody has any more */
	tu_read(M "multipart-voucher-f2-00-02.mvch", &wire);
	assert_refused(brski_cose_open(brski_buf_slice(&wire), &certs, false, &s, &err),
	    BRSKI_E_MALFORMED, &err);
	assert_refused(brski_cms_open(brski_buf_slice(&wire), &certs, false, &s, &err),
	    BRSKI_E_MALFORMED, &err);
	brski_buf_clear(&wire);
	brski_certs_clear(&certs);
}

/* --- cbrski-older-drafts, minerva-bad */

/* Whatever is there in COSE or plain CBOR: refused, whoever is known. */
static void
refused_folders(void **state)
{
	static const struct {
		const char *in, *end;
	} rows[] = {
		{ OLD, ".cose" },
		{ OLD, ".cbor" },
		{ BAD, ".cose" },
		{ BAD, ".mvch" },
	};
	struct brski_certs certs = { 0 };
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	const struct brski_format *f;
	char path[512];
	size_t i, seen;
	DIR *d;

	(void)state;
	add_folder(&certs, OLD);
	add_folder(&certs, M);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		d = folder(rows[i].in);
		for (seen = 0; next_file(d, rows[i].in, rows[i].end, path); seen++) {
			print_message("%s\n", path);
			brski_buf_reset(&wire);
			tu_read(path, &wire);
			f = brski_format_sniff(brski_buf_slice(&wire));
			if (f != NULL)
				assert_true(f->open(brski_buf_slice(&wire), &certs, false, &s,
				                &err) != BRSKI_OK);
			if (strcmp(rows[i].in, BAD) == 0 && f == COSE)
				assert_int_equal(err.rc, BRSKI_E_MALFORMED);
			err = (struct brski_err){ 0 };
		}
		assert_true(seen > 0);
		(void)closedir(d);
	}
	/* unsigned maps are maps */
	brski_buf_reset(&wire);
	tu_read(OLD "voucher-plain-2451.cbor", &wire);
	assert_int_equal(wire.n, 108);
	assert_null(brski_format_sniff(brski_buf_slice(&wire)));
	brski_buf_clear(&wire);
	brski_certs_clear(&certs);
}

/* r and s as DER, by hand. */
static void
to_der(struct brski_slice raw, struct brski_buf *out)
{
	struct brski_err err = { 0 };
	uint8_t n[67];
	size_t half = raw.n / 2, i, skip;

	for (i = 0; i < 2; i++) {
		n[0] = 0;
		memcpy(n + 1, raw.p + i * half, half);
		for (skip = 0; skip < half && n[skip] == 0 && n[skip + 1] < 0x80;)
			skip++;
		assert_ok(brski_der_wrap(BRSKI_DER_INTEGER, brski_slice(n + skip, half + 1 - skip),
		              out, &err),
		    &err);
	}
	assert_ok(brski_der_enclose(BRSKI_DER_SEQUENCE, 0, out, &err), &err);
}

static enum brski_rc
verify_by_hand(const struct brski_cose *c, struct brski_slice protected,
    struct brski_slice external, struct brski_slice spki, enum brski_alg alg)
{
	struct brski_buf tbs = { 0 }, der = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc;

	assert_ok(brski_cose_tbs(protected, external, c->payload, &tbs, &err), &err);
	if (alg == BRSKI_ALG_ED25519)
		assert_ok(brski_buf_append(&der, c->signature, &err), &err);
	else
		to_der(c->signature, &der);
	rc = brski_verify(spki, alg, brski_buf_slice(&tbs), brski_buf_slice(&der), NULL);
	brski_buf_clear(&tbs);
	brski_buf_clear(&der);
	return rc;
}

/* 2019: right only with the empty map as it stood on the wire, and an algorithm that is guessed. */
static void
older_drafts_signed_a0(void **state)
{
	static const char *const rows[][2] = {
		{ OLD "vr_00-D0-E5-F2-00-03.sid1001154.cose",
		    OLD "device_00-D0-E5-F2-00-03.crt.pem" },
		{ OLD "voucher_00-D0-E5-F2-00-03.sid1001100.cose",
		    OLD "masa_00-D0-E5-F2-00-03.crt.pem" },
	};
	struct brski_certs certs = { 0 };
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_voucher v;
	struct brski_cose c;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		brski_buf_reset(&wire);
		brski_certs_clear(&certs);
		tu_read(rows[i][0], &wire);
		tu_add_file(&certs, rows[i][1]);
		assert_refused_by(brski_cose_open(brski_buf_slice(&wire), &certs, false, &s, &err),
		    BRSKI_E_SIGNATURE, "RFC 9053 2", &err);
		assert_ok(brski_cose_split(brski_buf_slice(&wire), &c, &err), &err);
		assert_slice_eq(c.protected, BRSKI_LIT("\xa0"));
		assert_int_equal(verify_by_hand(&c, c.protected, BRSKI_LIT(""), certs.v[0].spki,
		                     BRSKI_ALG_ECDSA_SHA256),
		    BRSKI_OK);
		assert_int_equal(verify_by_hand(&c, BRSKI_LIT(""), BRSKI_LIT(""), certs.v[0].spki,
		                     BRSKI_ALG_ECDSA_SHA256),
		    BRSKI_E_SIGNATURE);
		/* and the numbers of that year are none of ours */
		assert_refused_by(brski_voucher_decode_cbor(c.payload, &v, &err), BRSKI_E_MALFORMED,
		    "RFC 9254 4.2", &err);
	}
	brski_buf_clear(&wire);
	brski_certs_clear(&certs);
}

/* --- cose-wg-examples: what the JSON beside each file says */

static void
add_octets(const json_t *key, const char *name, size_t n, struct brski_buf *out)
{
	struct brski_buf raw = { 0 };
	struct brski_err err = { 0 };
	const char *text;
	char hex_name[16];

	(void)snprintf(hex_name, sizeof(hex_name), "%s_hex", name);
	if ((text = json_string_value(json_object_get(key, hex_name))) != NULL)
		assert_ok(brski_hex_decode(brski_slice_str(text), &raw, &err), &err);
	else
		assert_ok(brski_base64_decode(brski_slice_str(
		                                  json_string_value(json_object_get(key, name))),
		              BRSKI_BASE64_ANY, &raw, &err),
		    &err);
	for (; n > raw.n; n--)
		assert_ok(brski_buf_append_byte(out, 0, &err), &err);
	assert_ok(brski_buf_append(out, brski_buf_slice(&raw), &err), &err);
	brski_buf_clear(&raw);
}

/* A certificate that is nothing but a key; false: a kind of key that we do not have. */
static bool
key_of(const json_t *key, struct brski_buf *spki, struct brski_cert *out)
{
	static const struct {
		const char *crv;
		enum brski_key_type type;
		size_t n;
	} curves[] = {
		{ "P-256", BRSKI_KEY_P256, 32 },
		{ "P-384", BRSKI_KEY_P384, 48 },
		{ "P-521", BRSKI_KEY_P521, 66 },
		{ "Ed25519", BRSKI_KEY_ED25519, 32 },
	};
	const char *crv = json_string_value(json_object_get(key, "crv"));
	struct brski_buf point = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < 4; i++)
		if (crv != NULL && strcmp(curves[i].crv, crv) == 0)
			break;
	if (i == 4)
		return false;
	if (curves[i].type != BRSKI_KEY_ED25519)
		assert_ok(brski_buf_append_byte(&point, 4, &err), &err);
	add_octets(key, "x", curves[i].n, &point);
	if (curves[i].type != BRSKI_KEY_ED25519)
		add_octets(key, "y", curves[i].n, &point);
	assert_ok(brski_spki_write(curves[i].type, brski_buf_slice(&point), spki, &err), &err);
	*out = (struct brski_cert){ .spki = brski_buf_slice(spki), .key_type = curves[i].type };
	out->der = out->spki;
	brski_buf_clear(&point);
	return true;
}

static void
wg_sign1(const json_t *top, const json_t *sign0, struct brski_slice wire)
{
	const char *external = json_string_value(json_object_get(sign0, "external"));
	struct brski_buf spki = { 0 }, aad = { 0 };
	struct brski_cert cert = { 0 };
	struct brski_certs context = { .v = &cert, .n = 1 };
	struct brski_signed s = { 0 };
	struct brski_cose c;
	struct brski_err err = { 0 };
	enum brski_rc rc;
	bool known = key_of(json_object_get(sign0, "key"), &spki, &cert);

	rc = brski_cose_open(wire, &context, false, &s, &err);
	if (json_is_true(json_object_get(top, "fail")) || !known || wire.p[0] != 0xd2) {
		assert_int_not_equal(rc, BRSKI_OK);
		assert_non_null(err.spec);
	} else if (external != NULL && external[0] != '\0') {
		/* a voucher has nothing external: refused here, right with it */
		assert_refused(rc, BRSKI_E_SIGNATURE, &err);
		assert_ok(brski_hex_decode(brski_slice_str(external), &aad, &err), &err);
		assert_ok(brski_cose_split(wire, &c, &err), &err);
		assert_int_equal(verify_by_hand(&c, c.protected, brski_buf_slice(&aad), cert.spki,
		                     cert.key_type == BRSKI_KEY_ED25519 ? BRSKI_ALG_ED25519
		                                                        : BRSKI_ALG_ECDSA_SHA256),
		    BRSKI_OK);
	} else {
		assert_ok(rc, &err);
		assert_slice_eq(s.payload, BRSKI_LIT("This is the content."));
	}
	brski_signed_clear(&s);
	brski_buf_clear(&spki);
	brski_buf_clear(&aad);
}

/*
 * COSE_Sign has signers with headers of their own. It is no voucher; one signer's headers and
 * signature item in a COSE_Sign1 are read all the same.
 */
static void
wg_sign(struct brski_slice wire, size_t *certs)
{
	struct brski_cbor r = brski_cbor_reader(wire, "RFC 9052 4.1");
	struct brski_cbor_item item;
	struct brski_slice protected, unprotected, alice;
	struct brski_buf made = { 0 };
	struct brski_certs list = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 }, verdict;
	size_t i;

	assert_refused_by(brski_cose_open(wire, NULL, false, &s, &err), BRSKI_E_MALFORMED,
	    "RFC 9052 2", &err);
	assert_ok(brski_cbor_expect(&r, BRSKI_CBOR_TAG, &item, &err), &err);
	assert_int_equal(item.number, 98);
	assert_ok(brski_cbor_expect(&r, BRSKI_CBOR_ARRAY, &item, &err), &err);
	for (i = 0; i < 3; i++)
		assert_ok(brski_cbor_skip(&r, NULL, &err), &err);
	assert_ok(brski_cbor_expect(&r, BRSKI_CBOR_ARRAY, &item, &err), &err);
	assert_ok(brski_cbor_expect(&r, BRSKI_CBOR_ARRAY, &item, &err), &err);
	assert_ok(brski_cbor_skip(&r, &protected, &err), &err);
	assert_ok(brski_cbor_skip(&r, &unprotected, &err), &err);
	assert_ok(brski_buf_append(&made, BRSKI_LIT("\xd2\x84"), &err), &err);
	assert_ok(brski_buf_append(&made, protected, &err), &err);
	assert_ok(brski_buf_append(&made, unprotected, &err), &err);
	assert_ok(brski_buf_append(&made, BRSKI_LIT("\x40\x40"), &err), &err);
	assert_ok(brski_cose_look(brski_buf_slice(&made), NULL, &s, &verdict, &err), &err);
	assert_true(s.certs.n >= 1);
	*certs += s.certs.n;
	tu_add_file(&list, WG "x509_alice.crt.pem");
	alice = list.v[0].der;
	assert_non_null(brski_certs_find(&s.certs, alice));
	brski_certs_clear(&list);
	brski_signed_clear(&s);
	brski_buf_clear(&made);
}

static void
cose_wg(void **state)
{
	struct brski_buf text = { 0 }, wire = { 0 };
	char path[512];
	size_t seen = 0, certs = 0;
	DIR *d = folder(WG);
	json_t *top, *sign0;

	(void)state;
	while (next_file(d, WG, ".json", path)) {
		print_message("%s\n", path);
		brski_buf_reset(&text);
		brski_buf_reset(&wire);
		tu_read(path, &text);
		memcpy(path + strlen(path) - 4, "cbor", 4);
		tu_read(path, &wire);
		top = json_loadb((const char *)text.p, text.n, 0, NULL);
		assert_non_null(top);
		sign0 = json_object_get(json_object_get(top, "input"), "sign0");
		if (sign0 != NULL)
			wg_sign1(top, sign0, brski_buf_slice(&wire));
		else
			wg_sign(brski_buf_slice(&wire), &certs);
		json_decref(top);
		seen++;
	}
	assert_true(seen >= 12);
	assert_true(certs >= 3);
	(void)closedir(d);
	brski_buf_clear(&text);
	brski_buf_clear(&wire);
}

/* --- rfc8366bis-2026-08 */

/* Each leaf of a SID file is one of ours, by name and number; *n counts them. */
static void
sid_file(const char *path, const char *container, enum brski_voucher_kind kind, size_t *n)
{
	struct brski_buf text = { 0 };
	const struct brski_leaf *leaf;
	const char *id, *sid;
	json_t *top, *items, *item;
	size_t i;

	tu_read(path, &text);
	top = json_loadb((const char *)text.p, text.n, 0, NULL);
	items = json_object_get(json_object_get(top, "ietf-sid-file:sid-file"), "item");
	assert_true(json_is_array(items));
	json_array_foreach(items, i, item)
	{
		id = json_string_value(json_object_get(item, "identifier"));
		sid = json_string_value(json_object_get(item, "sid"));
		assert_non_null(id);
		assert_non_null(sid);
		if (strncmp(id, container, strlen(container)) != 0)
			continue;
		leaf = brski_leaf_find(brski_slice_str(id + strlen(container)));
		if (leaf == NULL)
			print_message("%s %s\n", id, sid);
		assert_non_null(leaf);
		assert_int_equal(leaf->sid[kind], strtoul(sid, NULL, 10));
		++*n;
	}
	json_decref(top);
	brski_buf_clear(&text);
}

static void
bis_sids(void **state)
{
	size_t i, ours[2] = { 0, 0 }, theirs[2] = { 0, 0 };

	(void)state;
	sid_file(BIS "ietf-voucher@2025-12-18.sid", "/ietf-voucher:voucher/", BRSKI_VOUCHER,
	    &theirs[0]);
	sid_file(BIS "ietf-voucher-request@2025-12-18.sid", "/ietf-voucher-request:voucher/",
	    BRSKI_VOUCHER_REQUEST, &theirs[1]);
	for (i = 0; i < brski_leaves_n; i++) {
		ours[0] += brski_leaves[i].sid[0] != 0;
		ours[1] += brski_leaves[i].sid[1] != 0;
	}
	assert_int_equal(ours[0], theirs[0]);
	assert_int_equal(ours[1], theirs[1]);
}

/* The JSON samples hold words instead of base64; put some there. */
static enum brski_rc
bis_json(const char *path, const char *wrong, const char *right, struct brski_err *err)
{
	static const char words[] = "base64encodedvalue==", base64[] = "MTIzNDU2Nzg5MDEyMw==";
	struct brski_buf text = { 0 };
	struct brski_voucher v;
	enum brski_rc rc;
	char *p;

	tu_read(path, &text);
	while ((p = memmem(text.p, text.n, words, sizeof(words) - 1)) != NULL)
		memcpy(p, base64, sizeof(base64) - 1);
	if (wrong != NULL && (p = memmem(text.p, text.n, wrong, strlen(wrong))) != NULL)
		memcpy(p, right, strlen(right));
	rc = brski_voucher_decode_json(brski_buf_slice(&text), &v, err);
	if (rc == BRSKI_OK)
		assert_slice_eq(v.serial_number, BRSKI_LIT("JADA123456789"));
	brski_voucher_clear(&v);
	brski_buf_clear(&text);
	return rc;
}

static void
bis_samples(void **state)
{
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(bis_json(BIS "voucher-ephemeral.json", NULL, NULL, &err), &err);
	/* RFC 7951 6.5: a boolean is no string */
	assert_refused_by(bis_json(BIS "voucher-long-lived.json", NULL, NULL, &err),
	    BRSKI_E_MALFORMED, "RFC 7951 6", &err);
	assert_ok(bis_json(BIS "voucher-long-lived.json", "\"true\"", " true ", &err), &err);
}

static struct brski_slice
member(const json_t *o, const char *name)
{
	return brski_slice_str(json_string_value(json_object_get(o, name)));
}

/* JWS is no format of ours: not taken for one. What it says holds all the same. */
static void
bis_jws(void **state)
{
	struct brski_buf text = { 0 }, tbs = { 0 }, raw = { 0 }, der = { 0 }, payload = { 0 };
	struct brski_certs masa = { 0 };
	struct brski_voucher v;
	struct brski_err err = { 0 };
	json_t *top, *sig;

	(void)state;
	tu_read(BIS "voucher.jws.json", &text);
	assert_null(brski_format_sniff(brski_buf_slice(&text)));
	top = json_loadb((const char *)text.p, text.n, 0, NULL);
	sig = json_array_get(json_object_get(top, "signatures"), 0);
	assert_ok(brski_buf_append(&tbs, member(sig, "protected"), &err), &err);
	assert_ok(brski_buf_append_byte(&tbs, '.', &err), &err);
	assert_ok(brski_buf_append(&tbs, member(top, "payload"), &err), &err);
	assert_ok(brski_base64_decode(member(sig, "signature"), BRSKI_BASE64_ANY, &raw, &err),
	    &err);
	to_der(brski_buf_slice(&raw), &der);
	tu_add_file(&masa, "rfc8995-appendix-c/masa.crt.pem");
	assert_ok(brski_verify(masa.v[0].spki, BRSKI_ALG_ECDSA_SHA256, brski_buf_slice(&tbs),
	              brski_buf_slice(&der), &err),
	    &err);
	assert_ok(brski_base64_decode(member(top, "payload"), BRSKI_BASE64_ANY, &payload, &err),
	    &err);
	assert_ok(brski_voucher_decode_json(brski_buf_slice(&payload), &v, &err), &err);
	assert_int_equal(v.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_slice_eq(v.nonce_text, BRSKI_LIT("62a2e7693d82fcda2624de58fb6722e5"));
	brski_voucher_clear(&v);
	json_decref(top);
	brski_certs_clear(&masa);
	brski_buf_clear(&text);
	brski_buf_clear(&tbs);
	brski_buf_clear(&raw);
	brski_buf_clear(&der);
	brski_buf_clear(&payload);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draft_artifacts),
		cmocka_unit_test(draft_hex),
		cmocka_unit_test(draft_chains),
		cmocka_unit_test(draft_judged),
		cmocka_unit_test(draft_sizes),
		cmocka_unit_test(every_bit_of_a_voucher),
		cmocka_unit_test(draft_diagnostic),
		cmocka_unit_test(minerva_table),
		cmocka_unit_test(minerva_remarks),
		cmocka_unit_test(refused_folders),
		cmocka_unit_test(older_drafts_signed_a0),
		cmocka_unit_test(cose_wg),
		cmocka_unit_test(bis_sids),
		cmocka_unit_test(bis_samples),
		cmocka_unit_test(bis_jws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
