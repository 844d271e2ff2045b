/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other people's artifacts, as the SOURCE.md in each folder of tests/data says what must hold. With
 * QUAYSIDE_VECTORS=DIR files of the same names there come first, and so does the table of
 * minerva-cms/SOURCE.md, so that rows may be added without touching this file.
 */
#include "tu.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "crypto/csr.h"
#include "crypto/path.h"
#include "masa/rvr.h"
#include "message/csrattrs.h"
#include "message/format.h"
#include "pledge/imprint.h"
#include "registrar/pvr.h"

#define APRIL_2021 INT64_C(1618444800)
#define C          "rfc8995-appendix-c/"
#define M          "minerva-cms/"
#define BAD        "minerva-bad/"

/* A file, opened with certificates for context; the wire bytes go with it. */
struct thing {
	struct brski_buf wire;
	struct brski_certs context;
	struct brski_artifact a;
};

static void
thing_clear(struct thing *t)
{
	brski_artifact_clear(&t->a);
	brski_certs_clear(&t->context);
	brski_buf_clear(&t->wire);
}

static void
thing_open(struct thing *t, const char *path, const char *context, enum brski_voucher_kind kind)
{
	struct brski_err err = { 0 };

	*t = (struct thing){ 0 };
	tu_read(path, &t->wire);
	if (context != NULL)
		tu_add_file(&t->context, context);
	assert_ok(brski_artifact_open(&brski_formats[0], brski_buf_slice(&t->wire), &t->context,
	              false, kind, &t->a, &err),
	    &err);
}

static enum brski_rc
chain(const struct brski_signed *env, const char *anchor, int64_t at, struct brski_err *err)
{
	struct brski_certs anchors = { 0 };
	enum brski_rc rc;

	tu_add_file(&anchors, anchor);
	rc = brski_path_validate(&(struct brski_path){ .leaf = env->signer,
	                             .untrusted = &env->certs,
	                             .anchors = &anchors,
	                             .at = at },
	    NULL, err);
	brski_certs_clear(&anchors);
	return rc;
}

static void
assert_payload(const struct thing *t, const char *path)
{
	struct brski_buf text = { 0 };

	tu_read(path, &text);
	assert_slice_eq(t->a.env.payload, brski_buf_slice(&text));
	brski_buf_clear(&text);
}

static void
assert_is_file(struct brski_slice der, const char *path)
{
	struct brski_certs certs = { 0 };

	tu_add_file(&certs, path);
	assert_slice_eq(der, certs.v[0].der);
	brski_certs_clear(&certs);
}

/* RFC 8995 Appendix C.2: three artifacts of one onboarding. */
static void
rfc8995_artifacts(void **state)
{
	struct thing pvr, rvr, voucher;
	struct brski_err err = { 0 };

	(void)state;
	thing_open(&pvr, C "pvr.cms", NULL, BRSKI_VOUCHER_REQUEST);
	thing_open(&rvr, C "rvr.cms", NULL, BRSKI_VOUCHER_REQUEST);
	thing_open(&voucher, C "voucher.cms", NULL, BRSKI_VOUCHER);
	assert_payload(&pvr, C "pvr.payload.json");
	assert_payload(&rvr, C "rvr.payload.json");
	assert_payload(&voucher, C "voucher.payload.json");
	assert_int_equal(pvr.a.env.odd, BRSKI_ODD_ID_DATA);
	assert_int_equal(rvr.a.env.odd, BRSKI_ODD_ID_DATA);
	assert_int_equal(voucher.a.env.odd, BRSKI_ODD_ID_DATA);
	assert_int_equal(pvr.a.v.odd, BRSKI_VOUCHER_ODD_NONCE);

	assert_ok(chain(&pvr.a.env, C "manufacturer_ca.crt.pem", APRIL_2021, &err), &err);
	assert_ok(chain(&rvr.a.env, C "registrar_ca.crt.pem", APRIL_2021, &err), &err);
	assert_ok(chain(&voucher.a.env, C "manufacturer_ca.crt.pem", APRIL_2021, &err), &err);
	assert_ok(chain(&voucher.a.env, C "masa.crt.pem", APRIL_2021, &err), &err);
	/* all have run out by now */
	assert_refused(chain(&rvr.a.env, C "registrar_ca.crt.pem", TU_NOW, &err), BRSKI_E_EXPIRED,
	    &err);
	assert_refused(chain(&voucher.a.env, C "manufacturer_ca.crt.pem", TU_NOW, &err),
	    BRSKI_E_EXPIRED, &err);
	assert_refused(chain(&pvr.a.env, C "registrar_ca.crt.pem", APRIL_2021, &err),
	    BRSKI_E_UNKNOWN, &err);

	assert_is_file(pvr.a.env.signer->der, C "pvr-embedded-signer.crt.pem");
	assert_is_file(pvr.a.v.proximity_registrar_cert, C "registrar.crt.pem");
	assert_is_file(voucher.a.v.pinned_domain_cert, C "registrar.crt.pem");
	assert_slice_eq(rvr.a.v.prior_signed_voucher_request, brski_buf_slice(&pvr.wire));
	assert_true(brski_nonce_eq(&pvr.a.v, &rvr.a.v));
	assert_true(brski_nonce_eq(&pvr.a.v, &voucher.a.v));
	assert_slice_eq(voucher.a.v.nonce_text, BRSKI_LIT("-_XE9zK9q8Ll1qylMtLKeg"));
	assert_slice_eq(voucher.a.v.serial_number, BRSKI_LIT("00-D0-E5-F2-00-02"));
	assert_int_equal(voucher.a.v.assertion, BRSKI_ASSERTION_LOGGED);
	assert_null(rvr.a.v.idevid_issuer.p);
	assert_int_equal(pvr.a.v.created_on.at, rvr.a.v.created_on.at);
	thing_clear(&pvr);
	thing_clear(&rvr);
	thing_clear(&voucher);
}

/* strict-cms refuses what every public sample does: RFC 8366 5.4 has its own content type. */
static void
rfc8995_strict(void **state)
{
	static const char *const files[] = { C "pvr.cms", C "rvr.cms", C "voucher.cms" };
	struct brski_buf wire = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		brski_buf_reset(&wire);
		tu_read(files[i], &wire);
		assert_refused_by(brski_cms_open(brski_buf_slice(&wire), NULL, true, &s, &err),
		    BRSKI_E_SIGNATURE, "RFC 8366 5.4", &err);
	}
	brski_buf_clear(&wire);
}

struct judge {
	const char *path, *anchor, *request;
	int64_t at;
};

static enum brski_rc
as_pledge(const struct judge *j, struct brski_err *err)
{
	struct brski_buf wire = { 0 };
	struct brski_certs anchors = { 0 };
	struct brski_artifact a = { 0 };
	struct thing request;
	enum brski_rc rc;

	thing_open(&request, j->request,
	    strstr(j->request, "nocerts") != NULL ? M "device-00-D0-E5-03-00-03.crt.pem" : NULL,
	    BRSKI_VOUCHER_REQUEST);
	tu_read(j->path, &wire);
	tu_add_file(&anchors, j->anchor);
	rc = pledge_voucher_judge(&(struct pledge_voucher_in){ .format = &brski_formats[0],
	                              .wire = brski_buf_slice(&wire),
	                              .anchors = &anchors,
	                              .serial = request.a.v.serial_number,
	                              .idevid = request.a.env.signer,
	                              .request = &request.a.v,
	                              .at = j->at },
	    &a, err);
	brski_artifact_clear(&a);
	thing_clear(&request);
	brski_certs_clear(&anchors);
	brski_buf_clear(&wire);
	return rc;
}

static enum brski_rc
as_masa(const struct judge *j, bool *proximity, struct brski_err *err)
{
	struct brski_buf wire = { 0 };
	struct brski_certs anchors = { 0 };
	struct masa_rvr rvr;
	enum brski_rc rc;

	tu_read(j->path, &wire);
	tu_add_file(&anchors, j->anchor);
	rc = masa_rvr_judge(&(struct masa_rvr_in){ .format = &brski_formats[0],
	                        .wire = brski_buf_slice(&wire),
	                        .anchors = &anchors,
	                        .at = j->at },
	    &rvr, err);
	*proximity = rvr.proximity;
	masa_rvr_clear(&rvr);
	brski_certs_clear(&anchors);
	brski_buf_clear(&wire);
	return rc;
}

static enum brski_rc
as_registrar(const struct judge *j, struct brski_err *err)
{
	struct brski_buf wire = { 0 };
	struct brski_certs anchors = { 0 };
	struct registrar_pvr pvr;
	enum brski_rc rc;

	tu_read(j->path, &wire);
	tu_add_file(&anchors, j->anchor);
	rc = registrar_pvr_judge(&(struct registrar_pvr_in){ .format = &brski_formats[0],
	                             .wire = brski_buf_slice(&wire),
	                             .anchors = &anchors,
	                             .at = j->at },
	    &pvr, err);
	registrar_pvr_clear(&pvr);
	brski_certs_clear(&anchors);
	brski_buf_clear(&wire);
	return rc;
}

static void
rfc8995_judged(void **state)
{
	struct judge v = { C "voucher.cms", C "manufacturer_ca.crt.pem", C "pvr.cms", APRIL_2021 };
	struct judge r = { C "rvr.cms", C "manufacturer_ca.crt.pem", NULL, APRIL_2021 };
	struct judge p = { C "pvr.cms", C "manufacturer_ca.crt.pem", NULL, APRIL_2021 };
	struct brski_err err = { 0 };
	bool proximity;

	(void)state;
	assert_ok(as_pledge(&v, &err), &err);
	assert_ok(as_masa(&r, &proximity, &err), &err);
	assert_true(proximity);
	assert_ok(as_registrar(&p, &err), &err);
	v.at = r.at = TU_NOW;
	assert_refused(as_pledge(&v, &err), BRSKI_E_EXPIRED, &err);
	assert_refused(as_masa(&r, &proximity, &err), BRSKI_E_EXPIRED, &err);
	p.anchor = C "registrar_ca.crt.pem";
	assert_refused(as_registrar(&p, &err), BRSKI_E_UNKNOWN, &err);
}

/* Appendix C.1: certificates, and one whose issuer has the right name and the wrong key. */
static void
rfc8995_certificates(void **state)
{
	static const char *const rows[][2] = {
		{ C "masa.crt.pem", C "manufacturer_ca.crt.pem" },
		{ C "pledge.crt.pem", C "manufacturer_ca.crt.pem" },
		{ C "registrar.crt.pem", C "registrar_ca.crt.pem" },
	};
	struct brski_certs leaf = { 0 }, anchors = { 0 };
	/* pledge.crt.pem is of 27 April */
	struct brski_path path = { .anchors = &anchors, .at = APRIL_2021 + 30 * TU_DAY };
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		brski_certs_clear(&leaf);
		brski_certs_clear(&anchors);
		tu_add_file(&leaf, rows[i][0]);
		tu_add_file(&anchors, rows[i][1]);
		path.leaf = &leaf.v[0];
		assert_ok(brski_path_validate(&path, NULL, &err), &err);
	}
	brski_certs_clear(&leaf);
	brski_certs_clear(&anchors);
	tu_add_file(&leaf, C "pledge-stale-wrong-issuer.crt.pem");
	tu_add_file(&anchors, C "manufacturer_ca.crt.pem");
	path.leaf = &leaf.v[0];
	assert_refused(brski_path_validate(&path, NULL, &err), BRSKI_E_SIGNATURE, &err);
	brski_certs_clear(&leaf);
	tu_add_file(&leaf, C "pledge.crt.pem");
	assert_slice_eq(leaf.v[0].masa_url, BRSKI_LIT("highway-test.example.com:9443"));
	assert_slice_eq(leaf.v[0].serial_number, BRSKI_LIT("00-D0-E5-F2-00-02"));
	brski_certs_clear(&leaf);
	brski_certs_clear(&anchors);
}

/* The next cell of a Markdown row "| a | b |"; false at its end. */
static bool
next_cell(char **row, char **cell)
{
	char *end;

	while (**row == '|' || **row == ' ')
		++*row;
	if (**row == '\0' || (end = strchr(*row, '|')) == NULL)
		return false;
	*cell = *row;
	*row = end;
	while (end > *cell && end[-1] == ' ')
		end--;
	if (end < *row)
		*end = '\0';
	return true;
}

static bool
has_unsupported_key(const struct thing *t)
{
	struct brski_signed env = { 0 };
	struct brski_err verdict, err = { 0 };
	bool yes;

	assert_ok(brski_cms_look(brski_buf_slice(&t->wire), NULL, &env, &verdict, &err), &err);
	yes = env.certs.n == 1 && env.certs.v[0].key_type == BRSKI_KEY_NONE;
	brski_signed_clear(&env);
	return yes;
}

/*
 * "name.cms" of the table verifies with anchor "ca", which is a file's name or says that there is
 * none.
 */
static void
minerva_row(const char *file, const char *anchor)
{
	char path[256], ca[256];
	const char *context =
	    strstr(file, "nocerts") != NULL ? M "device-00-D0-E5-03-00-03.crt.pem" : NULL;
	struct thing t = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc;

	(void)snprintf(path, sizeof(path), M "%s", file);
	(void)snprintf(ca, sizeof(ca), M "%s.crt.pem", anchor);
	tu_read(path, &t.wire);
	if (context != NULL)
		tu_add_file(&t.context, context);
	rc = brski_cms_open(brski_buf_slice(&t.wire), &t.context, false, &t.a.env, &err);
	/* one registrar had a secp256k1 key, which no profile asks for (and no EKU either) */
	if (rc != BRSKI_OK && has_unsupported_key(&t)) {
		assert_refused(rc, BRSKI_E_SIGNATURE, &err);
		thing_clear(&t);
		return;
	}
	assert_ok(rc, &err);
	assert_true((t.a.env.odd & BRSKI_ODD_ID_DATA) != 0);
	if (strncmp(anchor, "none", 4) != 0)
		assert_ok(chain(&t.a.env, ca, BRSKI_TIME_UNKNOWN, &err), &err);
	assert_ok(brski_voucher_decode_json(t.a.env.payload, &t.a.v, &err), &err);
	thing_clear(&t);
}

static void
minerva_table(void **state)
{
	struct brski_buf text = { 0 };
	char *line, *row, *cell[3], *file, *save, *save_file;
	size_t rows = 0;
	int i;

	(void)state;
	tu_read(M "SOURCE.md", &text);
	assert_non_null(brski_buf_cstr(&text));
	for (line = strtok_r((char *)text.p, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		row = line;
		for (i = 0; line[0] == '|' && i < 3 && next_cell(&row, &cell[i]); i++)
			*row++ = '\0';
		if (i < 3 || strstr(cell[0], ".cms") == NULL)
			continue;
		for (file = strtok_r(cell[0], ", ", &save_file); file != NULL;
		     file = strtok_r(NULL, ", ", &save_file)) {
			print_message("%s by %s\n", file, cell[2]);
			minerva_row(file, cell[2]);
			rows++;
		}
	}
	assert_true(rows >= 16);
	brski_buf_clear(&text);
}

/* The remarks of the same table. */
static void
minerva_remarks(void **state)
{
	struct thing t;

	(void)state;
	thing_open(&t, M "pvr-081196FFFE0181E0-smimecap.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_int_equal(t.a.env.odd, BRSKI_ODD_ID_DATA | BRSKI_ODD_SIGNED_ATTR);
	assert_true((t.a.v.odd & BRSKI_VOUCHER_ODD_DATE) != 0);
	assert_int_equal(t.a.v.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_null(t.a.v.proximity_registrar_cert.p);
	thing_clear(&t);
	thing_open(&t, M "pvr-bt01-no-serial.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_null(t.a.v.serial_number.p);
	assert_int_equal(t.a.v.assertion, BRSKI_ASSERTION_NONE);
	assert_slice_eq(t.a.v.nonce_text, BRSKI_LIT("1455611711059475"));
	thing_clear(&t);
	thing_open(&t, M "pvr-nist-mranga.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_int_equal(t.a.env.odd, BRSKI_ODD_ID_DATA | BRSKI_ODD_SIG_ALG);
	thing_clear(&t);
	thing_open(&t, M "rvr-00-d0-e5-02-00-2d.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_int_equal(t.a.env.certs.n, 2);
	thing_clear(&t);
	thing_open(&t, M "rvr-9730-no-assertion.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_null(t.a.v.prior_signed_voucher_request.p);
	assert_true((t.a.env.signer->eku & BRSKI_EKU_CMC_RA) != 0);
	thing_clear(&t);
}

static void
minerva_judged(void **state)
{
	static const struct {
		struct judge j;
		enum brski_rc rc;
	} rows[] = {
		{ { M "voucher-00-D0-E5-F2-00-03.cms", M "vendor-highway-1.crt.pem",
		      M "pvr-00-D0-E5-F2-00-03.cms", BRSKI_TIME_UNKNOWN },
		    BRSKI_OK },
		{ { M "voucher-00-D0-E5-F2-00-03.cms", M "vendor-highway-unstrung.crt.pem",
		      M "pvr-00-D0-E5-F2-00-03.cms", BRSKI_TIME_UNKNOWN },
		    BRSKI_E_UNKNOWN },
		{ { M "voucher-00-D0-E5-F2-00-02-2019.cms", M "vendor-highway-1.crt.pem",
		      M "pvr-081196FFFE0181E0-smimecap.cms", BRSKI_TIME_UNKNOWN },
		    BRSKI_E_SERIAL },
		{ { M "voucher-00-d0-e5-02-00-2d-other-nonce.cms", M "vendor-honeydukes.crt.pem",
		      M "pvr-00-d0-e5-02-00-2d.cms", BRSKI_TIME_UNKNOWN },
		    BRSKI_E_NONCE },
		{ { M "voucher-081196FFFE0181E0.cms", M "vendor-highway-unstrung.crt.pem",
		      M "pvr-081196FFFE0181E0-smimecap.cms", BRSKI_TIME_UNKNOWN },
		    BRSKI_OK },
		{ { M "voucher-00-D0-E5-03-00-03.cms", M "vendor-florean.crt.pem",
		      M "pvr-00-D0-E5-03-00-03-nocerts.cms", BRSKI_TIME_UNKNOWN },
		    BRSKI_E_NONCE },
	};
	struct judge r = { M "rvr-00-D0-E5-F2-00-02-2017.cms", M "vendor-highway-unstrung.crt.pem",
		NULL, BRSKI_TIME_UNKNOWN };
	struct brski_err err = { 0 };
	bool proximity;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].rc == BRSKI_OK)
			assert_ok(as_pledge(&rows[i].j, &err), &err);
		else
			assert_refused(as_pledge(&rows[i].j, &err), rows[i].rc, &err);
	}
	/* RFC 8995 5.5.4 */
	assert_refused_by(as_masa(&r, &proximity, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4", &err);
	r.path = M "rvr-00-d0-e5-02-00-2d.cms";
	assert_refused_by(as_masa(&r, &proximity, &err), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4", &err);
	r.path = M "rvr-9730-no-assertion.cms";
	assert_ok(as_masa(&r, &proximity, &err), &err);
	assert_false(proximity);
}

/* Must be refused: RFC 8995 5.5. */
static void
minerva_bad(void **state)
{
	struct judge r = { BAD "rvr-serial-mismatch.cms", M "vendor-highway-1.crt.pem", NULL,
		BRSKI_TIME_UNKNOWN };
	struct brski_buf text = { 0 }, der = { 0 };
	struct brski_signed s = { 0 };
	struct brski_err err = { 0 };
	struct thing t;
	bool proximity;
	enum brski_rc rc;

	(void)state;
	rc = as_masa(&r, &proximity, &err);
	assert_refused(rc, BRSKI_E_FORBIDDEN, &err);
	r.path = BAD "rvr-prior-is-json-object.cms";
	assert_refused_by(as_masa(&r, &proximity, &err), BRSKI_E_MALFORMED, "RFC 7951 6", &err);
	r.path = BAD "rvr-prior-unsigned-json.cms";
	rc = as_masa(&r, &proximity, &err);
	assert_refused(rc, BRSKI_E_FORBIDDEN, &err);
	r.path = BAD "empty.cms";
	assert_refused_by(as_masa(&r, &proximity, &err), BRSKI_E_MALFORMED, "RFC 5652 3", &err);

	/* the signature is right, what it signs is not: two devices, a prior that is not signed */
	thing_open(&t, BAD "rvr-serial-mismatch.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_slice_eq(t.a.v.serial_number, BRSKI_LIT("JADA_f2-00-01"));
	thing_clear(&t);
	thing_open(&t, BAD "rvr-prior-unsigned-json.cms", NULL, BRSKI_VOUCHER_REQUEST);
	assert_refused_by(brski_cms_open(t.a.v.prior_signed_voucher_request, NULL, false, &s, &err),
	    BRSKI_E_MALFORMED, "RFC 5652 3", &err);
	thing_clear(&t);

	tu_read(BAD "rvr-broken-base64.b64", &text);
	assert_ok(brski_base64_decode(brski_buf_slice(&text), BRSKI_BASE64_LINES, &der, &err),
	    &err);
	assert_int_equal(der.n, 3563);
	assert_refused_by(brski_cms_open(brski_buf_slice(&der), NULL, false, &s, &err),
	    BRSKI_E_MALFORMED, "RFC 5652 3", &err);
	brski_buf_reset(&text);
	tu_read("cbrski-older-drafts/cms-detached-no-content.p7", &text);
	assert_refused_by(brski_cms_open(brski_buf_slice(&text), NULL, false, &s, &err),
	    BRSKI_E_MALFORMED, "RFC 8366 5.4", &err);
	brski_buf_clear(&text);
	brski_buf_clear(&der);
}

static void
decode_certs(const char *path, bool base64, struct brski_certs *certs)
{
	struct brski_buf text = { 0 }, der = { 0 };
	struct brski_err err = { 0 };

	*certs = (struct brski_certs){ 0 };
	tu_read(path, &text);
	if (base64)
		assert_ok(brski_base64_decode(brski_buf_slice(&text), BRSKI_BASE64_LINES, &der,
		              &err),
		    &err);
	assert_ok(brski_certs_only_decode(brski_buf_slice(base64 ? &der : &text), certs, &err),
	    &err);
	brski_buf_clear(&text);
	brski_buf_clear(&der);
}

/* RFC 7030 Appendix A.1 and A.3: a root rollover; keys and hashes too old to verify. */
static void
rfc7030(void **state)
{
	struct brski_certs four, again, one;
	struct brski_buf csr = { 0 };
	size_t i;

	(void)state;
	decode_certs("rfc7030-appendix-a/cacerts.p7", false, &four);
	decode_certs("rfc7030-appendix-a/cacerts.p7.b64", true, &again);
	assert_int_equal(four.n, 4);
	for (i = 0; i < 4; i++)
		assert_non_null(brski_certs_find(&again, four.v[i].der));
	brski_certs_clear(&again);
	brski_certs_clear(&four);
	decode_certs("rfc7030-appendix-a/enroll.p7", false, &one);
	assert_int_equal(one.n, 1);
	tu_read("rfc7030-appendix-a/enroll.csr.der", &csr);
	assert_non_null(memmem(csr.p, csr.n, one.v[0].spki.p, one.v[0].spki.n));
	brski_buf_clear(&csr);
	brski_certs_clear(&one);
}

/* RFC 9148 Appendix A */
static void
rfc9148(void **state)
{
	struct brski_certs root, device;
	struct brski_buf der = { 0 };
	struct brski_csr csr;
	struct brski_err err = { 0 };

	(void)state;
	decode_certs("rfc9148-appendix-a/crts-281.p7", false, &root);
	assert_int_equal(root.n, 1);
	assert_ok(brski_verify(root.v[0].spki, root.v[0].sig_alg, root.v[0].tbs, root.v[0].sig,
	              &err),
	    &err);
	brski_certs_clear(&root);
	decode_certs("rfc9148-appendix-a/sen-281.p7", false, &device);
	assert_int_equal(device.n, 1);
	assert_int_equal(device.v[0].not_after, BRSKI_TIME_FOREVER);
	tu_read("rfc9148-appendix-a/sen-286.csr.der", &der);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &csr, &err), &err);
	assert_slice_eq(csr.spki, device.v[0].spki);
	assert_true(brski_slice_present(csr.challenge_password));
	assert_true(brski_slice_present(csr.san));
	brski_certs_clear(&device);
	brski_buf_reset(&der);
	tu_read("rfc9148-appendix-a/skg-286.csr.der", &der);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &csr, &err), &err);
	brski_buf_clear(&der);
}

struct csrattrs_row {
	const char *path;
	bool base64, challenge, old_form, extensions;
	enum brski_key_type key;
	unsigned bits, unknown;
};

static void
check_csrattrs(const struct csrattrs_row *row)
{
	struct brski_buf text = { 0 }, der = { 0 };
	struct brski_csrattrs a;
	struct brski_err err = { 0 };

	tu_read(row->path, &text);
	if (row->base64)
		assert_ok(brski_base64_decode(brski_buf_slice(&text), BRSKI_BASE64_LINES, &der,
		              &err),
		    &err);
	assert_ok(brski_csrattrs_decode(brski_buf_slice(row->base64 ? &der : &text), &a, &err),
	    &err);
	assert_int_equal(a.challenge_password, row->challenge);
	assert_int_equal(a.old_extension_form, row->old_form);
	assert_int_equal(brski_slice_present(a.extensions), row->extensions);
	assert_int_equal(a.key_type, row->key);
	assert_int_equal(a.rsa_bits, row->bits);
	assert_int_equal(a.unknown, row->unknown);
	brski_buf_clear(&text);
	brski_buf_clear(&der);
}

/* RFC 7030 4.5.2 with its errors, RFC 9908 without them */
static void
csrattrs(void **state)
{
#define N "csrattrs-rfc8951-rfc9908/"
	static const struct csrattrs_row rows[] = {
		{ N "rfc7030-4.5.2-original.der", .challenge = true, .old_form = true,
		    .key = BRSKI_KEY_P384, .unknown = 1 },
		{ N "rfc9908-5.1-acp-san.der", .extensions = true },
		{ N "rfc9908-5.2-revised.der", .challenge = true, .key = BRSKI_KEY_P384,
		    .unknown = 2 },
		{ N "rfc9908-5.4-rsa4096.der", .challenge = true, .key = BRSKI_KEY_RSA,
		    .bits = 4096, .unknown = 1 },
		{ N "bulb1-extreq-missing-sequence.der", .old_form = true },
		{ N "old-extreq-missing-sequence.csrattr.b64", .base64 = true, .old_form = true },
		{ "rfc7030-appendix-a/csrattrs.der", .challenge = true, .unknown = 5 },
		{ "rfc7030-appendix-a/csrattrs.der.b64", .base64 = true, .challenge = true,
		    .unknown = 5 },
		{ "rfc9148-appendix-a/att-285.der", .challenge = true, .unknown = 5 },
	};
	struct brski_buf der = { 0 };
	struct brski_csr csr;
	struct brski_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].path);
		check_csrattrs(&rows[i]);
	}
	/* a CSR that ignores what was asked */
	tu_read(N "bulb1.csr.der", &der);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &csr, &err), &err);
	assert_false(brski_slice_present(csr.extensions));
	brski_buf_clear(&der);
}

/*
 * Every bit of one voucher flipped: refused, by the signature, by the chain or before, or decoded
 * to
 * the same.
 */
static void
every_bit_of_a_voucher(void **state)
{
	struct brski_buf wire = { 0 };
	struct brski_artifact a = { 0 };
	struct thing good;
	size_t bit, i, same = 0;

	(void)state;
	thing_open(&good, C "voucher.cms", NULL, BRSKI_VOUCHER);
	tu_read(C "voucher.cms", &wire);
	for (bit = 0; bit < wire.n * 8; bit++) {
		wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (brski_artifact_open(&brski_formats[0], brski_buf_slice(&wire), NULL, false,
		        BRSKI_VOUCHER, &a, NULL) == BRSKI_OK) {
			for (i = 0; i < brski_leaves_n; i++)
				assert_slice_eq(brski_leaf_slice(&a.v, &brski_leaves[i]),
				    brski_leaf_slice(&good.a.v, &brski_leaves[i]));
			assert_int_equal(a.v.assertion, good.a.v.assertion);
			assert_slice_eq(a.env.signer->spki, good.a.env.signer->spki);
			same++;
		}
		brski_artifact_clear(&a);
		wire.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	print_message("%zu of %zu bits make no difference\n", same, bit);
	/* the certificate inside has its own signature, which is the path's to judge */
	assert_true(same < good.a.env.signer->der.n * 8 + 256);
	brski_buf_clear(&wire);
	thing_clear(&good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc8995_artifacts),
		cmocka_unit_test(rfc8995_strict),
		cmocka_unit_test(rfc8995_judged),
		cmocka_unit_test(rfc8995_certificates),
		cmocka_unit_test(minerva_table),
		cmocka_unit_test(minerva_remarks),
		cmocka_unit_test(minerva_judged),
		cmocka_unit_test(minerva_bad),
		cmocka_unit_test(rfc7030),
		cmocka_unit_test(rfc9148),
		cmocka_unit_test(csrattrs),
		cmocka_unit_test(every_bit_of_a_voucher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
