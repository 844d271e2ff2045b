/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in EST answers: RFC 7030 4.1.3, RFC 8710, RFC 9148 4.3. */
#include "tu.h"

#include "base/text.h"
#include "message/certs_media.h"
#include "message/multipart.h"

static struct tu_id root, sub;

static int
setup(void **state)
{
	(void)state;
	tu_ca(&root, "root");
	tu_subca(&sub, &root, "sub");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_id_clear(&root);
	tu_id_clear(&sub);
	return 0;
}

static const struct brski_certs_form *
form(const char *media)
{
	const struct brski_certs_form *f = brski_certs_form_find(brski_slice_str(media));

	assert_non_null(f);
	return f;
}

static void
find(void **state)
{
	(void)state;
	assert_ptr_equal(form("application/pkcs7-mime"), &brski_certs_forms[0]);
	assert_ptr_equal(form("Application/PKCS7-mime ; smime-type=certs-only"),
	    &brski_certs_forms[0]);
	assert_ptr_equal(form(" application/multipart-core"), &brski_certs_forms[1]);
	assert_ptr_equal(form("application/pkix-cert;x"), &brski_certs_forms[2]);
	assert_null(brski_certs_form_find(BRSKI_LIT("application/pkcs10")));
	assert_null(brski_certs_form_find(BRSKI_LIT("")));
	assert_null(brski_certs_form_find(brski_slice(NULL, 0)));
}

static void
round_trips(void **state)
{
	struct brski_buf out = { 0 };
	struct brski_certs got = { 0 };
	struct brski_err err = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < brski_certs_forms_n; i++) {
		const struct brski_certs *in =
		    brski_certs_forms[i].single ? &root.chain : &sub.chain;

		brski_buf_reset(&out);
		assert_ok(brski_certs_forms[i].encode(in, &out, &err), &err);
		assert_ok(brski_certs_forms[i].decode(brski_buf_slice(&out), &got, &err), &err);
		assert_int_equal(got.n, in->n);
		for (k = 0; k < in->n; k++)
			assert_non_null(brski_certs_find(&got, in->v[k].der));
		brski_certs_clear(&got);
		out.n--;
		assert_refused(brski_certs_forms[i].decode(brski_buf_slice(&out), &got, &err),
		    BRSKI_E_MALFORMED, &err);
		assert_null(got.v);
	}
	assert_broken(form("application/pkix-cert")->encode(&sub.chain, &out, &err),
	    BRSKI_E_INTERNAL, &err);
	brski_buf_clear(&out);
}

/* The order is the server's; the caller's limit holds. */
static void
multipart(void **state)
{
	const struct brski_certs_form *f = form("application/multipart-core");
	struct brski_certs got = { 0 };
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(f->encode(&sub.chain, &out, &err), &err);
	assert_memory_equal(out.p, "\x84\x19\x01\x1f\x59", 5);
	assert_ok(f->decode(brski_buf_slice(&out), &got, &err), &err);
	assert_slice_eq(got.v[0].der, tu_cert(&sub)->der);
	brski_certs_clear(&got);
	got.max = 1;
	assert_refused(f->decode(brski_buf_slice(&out), &got, &err), BRSKI_E_TOO_LARGE, &err);
	assert_null(got.v);
	got.max = 0;
	/* other parts are not looked at; without a certificate it is none of these answers */
	brski_buf_reset(&out);
	assert_ok(brski_buf_append(&out, BRSKI_LIT("\x86\x18\x32\x41x\x19\x01\x1f\xf6\x19\x01\x1f"),
	              &err),
	    &err);
	out.n -= 3;
	out.p[0] = 0x84;
	assert_refused_by(f->decode(brski_buf_slice(&out), &got, &err), BRSKI_E_MALFORMED,
	    "cBRSKI 6.6", &err);
	out.p[0] = 0x86;
	assert_ok(brski_buf_append(&out, BRSKI_LIT("\x19\x01\x1f\x59"), &err), &err);
	assert_ok(brski_buf_append_byte(&out, (uint8_t)(tu_cert(&root)->der.n >> 8), &err), &err);
	assert_ok(brski_buf_append_byte(&out, (uint8_t)tu_cert(&root)->der.n, &err), &err);
	assert_ok(brski_buf_append(&out, tu_cert(&root)->der, &err), &err);
	assert_ok(f->decode(brski_buf_slice(&out), &got, &err), &err);
	assert_int_equal(got.n, 1);
	brski_certs_clear(&got);
	brski_buf_clear(&out);
}

static enum brski_rc
parts(struct brski_slice in, size_t *n, struct brski_err *err)
{
	struct brski_multipart m;
	struct brski_slice body;
	enum brski_rc rc;
	unsigned cf;

	rc = brski_multipart_open(in, &m, err);
	for (*n = 0; rc == BRSKI_OK && m.left > 0; ++*n)
		rc = brski_multipart_next(&m, &cf, &body, err);
	return rc;
}

static void
multipart_limits(void **state)
{
	struct brski_buf out = { .max = 2 * BRSKI_MULTIPART_MAX };
	struct brski_multipart m;
	struct brski_slice body;
	struct brski_err err = { 0 };
	unsigned cf;
	size_t i, n;

	(void)state;
	assert_ok(parts(BRSKI_LIT("\x80"), &n, &err), &err);
	assert_int_equal(n, 0);
	assert_refused_by(parts(BRSKI_LIT("\x81\x00"), &n, &err), BRSKI_E_MALFORMED, "RFC 8710 2",
	    &err);
	assert_refused(parts(BRSKI_LIT("\xa1\x00\x40"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x9f\x00\x40\xff"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x82\x00\x40\x00"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x9a\x10\x00\x00\x00"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x82\x40\x40"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x82\x20\x40"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x82\x00\x60"), &n, &err), BRSKI_E_MALFORMED, &err);
	assert_refused(parts(BRSKI_LIT("\x82\x1a\x00\x01\x00\x00\x40"), &n, &err),
	    BRSKI_E_MALFORMED, &err);
	assert_ok(brski_multipart_open(BRSKI_LIT("\x82\x19\xff\xff\xf6"), &m, &err), &err);
	assert_ok(brski_multipart_next(&m, &cf, &body, &err), &err);
	assert_int_equal(cf, 65535);
	assert_null(body.p);
	for (n = BRSKI_MULTIPART_PARTS; n <= BRSKI_MULTIPART_PARTS + 1; n++) {
		size_t got;

		brski_buf_reset(&out);
		assert_ok(brski_cbor_put_array(&out, 2 * n, &err), &err);
		for (i = 0; i < n; i++)
			assert_ok(brski_buf_append(&out, BRSKI_LIT("\x00\x40"), &err), &err);
		if (n == BRSKI_MULTIPART_PARTS)
			assert_ok(parts(brski_buf_slice(&out), &got, &err), &err);
		else
			assert_refused(parts(brski_buf_slice(&out), &got, &err), BRSKI_E_MALFORMED,
			    &err);
	}
	brski_buf_reset(&out);
	while (out.n <= BRSKI_MULTIPART_MAX)
		assert_ok(brski_buf_append_byte(&out, 0x80, &err), &err);
	assert_refused(parts(brski_buf_slice(&out), &n, &err), BRSKI_E_TOO_LARGE, &err);
	brski_buf_clear(&out);
}

/* RFC 9148 4.3: a key and its certificate, in one answer. */
static void
server_side_key(void **state)
{
	struct brski_buf in = { 0 };
	struct brski_multipart m;
	struct brski_slice body;
	struct brski_err err = { 0 };
	unsigned cf;

	(void)state;
	tu_read("rfc9148-appendix-a/skg-62-layout-example.cbor", &in);
	assert_ok(brski_multipart_open(brski_buf_slice(&in), &m, &err), &err);
	assert_int_equal(m.left, 2);
	assert_ok(brski_multipart_next(&m, &cf, &body, &err), &err);
	assert_int_equal(cf, 284);
	assert_slice_eq(body, BRSKI_LIT("\x01\x23\x45\x67\x89\xab\xcd\xef"));
	assert_ok(brski_multipart_next(&m, &cf, &body, &err), &err);
	assert_int_equal(cf, 281);
	assert_slice_eq(body, BRSKI_LIT("\xfe\xdc\xba\x98\x76\x54\x32\x10"));
	assert_int_equal(m.left, 0);
	brski_buf_clear(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(multipart),
		cmocka_unit_test(multipart_limits),
		cmocka_unit_test(server_side_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
