/* SPDX-License-Identifier: Apache-2.0 */
/* Media types to envelope and encoding, and whole artifacts: RFC 8366 5.4, RFC 8995 5.2. */
#include "tu.h"

#include <stdlib.h>
#include "message/format.h"

static void
find(void **state)
{
	static const char *const good[] = {
		"application/voucher-cms+json",
		"Application/Voucher-CMS+JSON",
		" application/voucher-cms+json ; charset=utf-8",
		"application/voucher-cms+json;x",
	};
	static const char *const bad[] = {
		"",
		";",
		"application/voucher-cms+jso",
		"application/voucher-cms+json2",
		"application/json",
		"application/voucher-cms+json, application/json",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_ptr_equal(brski_format_find(brski_slice_str(good[i])), &brski_formats[0]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(brski_format_find(brski_slice_str(bad[i])));
	assert_null(brski_format_find(brski_slice(NULL, 0)));
	assert_ptr_equal(brski_format_find(BRSKI_LIT("application/Voucher+COSE")),
	    &brski_formats[1]);
	assert_null(brski_format_find(BRSKI_LIT("application/voucher-cose+cbor")));
	assert_int_equal(brski_formats[1].content_format, 836);
	assert_string_equal(brski_formats[1].suffix, "vch");
	assert_string_equal(brski_formats[1].status_media, "application/cbor");
}

static void
sniff(void **state)
{
	(void)state;
	assert_ptr_equal(brski_format_sniff(BRSKI_LIT("\x30\x82")), &brski_formats[0]);
	assert_null(brski_format_sniff(BRSKI_LIT("{}")));
	assert_ptr_equal(brski_format_sniff(BRSKI_LIT("\xd2\x84")), &brski_formats[1]);
	/* no COSE_Sign1, but whose reader can say so */
	assert_ptr_equal(brski_format_sniff(BRSKI_LIT("\x84")), &brski_formats[1]);
	assert_ptr_equal(brski_format_sniff(BRSKI_LIT("\xd8\x62")), &brski_formats[1]);
	assert_null(brski_format_sniff(BRSKI_LIT("\xa1\x19\x09\x93\xa0")));
	assert_null(brski_format_sniff(BRSKI_LIT("MII")));
	assert_null(brski_format_sniff(BRSKI_LIT("--boundary")));
	assert_null(brski_format_sniff(brski_slice(NULL, 0)));
}

struct world {
	struct tu_id ca, signer;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	tu_ca(&w->ca, "manufacturer");
	tu_idevid(&w->signer, &w->ca, "J1", NULL);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tu_id_clear(&w->ca);
	tu_id_clear(&w->signer);
	free(w);
	return 0;
}

static enum brski_rc
reopen(const struct brski_buf *wire, bool strict, enum brski_voucher_kind kind,
    struct brski_artifact *a, struct brski_err *err)
{
	*err = (struct brski_err){ 0 };
	return brski_artifact_open(&brski_formats[0], brski_buf_slice(wire), NULL, strict, kind, a,
	    err);
}

static void
seal_and_open(void **state)
{
	struct world *w = *state;
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER_REQUEST);
	struct brski_buf wire = { 0 };
	struct brski_artifact a = { 0 };
	struct brski_err err = { 0 };

	v.nonce = BRSKI_LIT("0123456789abcdef");
	v.serial_number = BRSKI_LIT("J1");
	assert_ok(brski_artifact_seal(&brski_formats[0], &v, &w->signer.key, &w->signer.chain,
	              TU_NOW, &wire, &err),
	    &err);
	assert_ok(reopen(&wire, true, BRSKI_VOUCHER_REQUEST, &a, &err), &err);
	assert_ptr_equal(a.format, &brski_formats[0]);
	assert_slice_eq(a.env.signer->der, tu_cert(&w->signer)->der);
	assert_slice_eq(a.v.nonce, v.nonce);
	assert_slice_eq(a.v.serial_number, v.serial_number);
	brski_artifact_clear(&a);
	/* RFC 8995 3: a request is no voucher */
	assert_refused_by(reopen(&wire, false, BRSKI_VOUCHER, &a, &err), BRSKI_E_MALFORMED,
	    "RFC 8995 3", &err);
	assert_null(a.env.signer);
	assert_null(a.format);
	/* the errors of open and of decode come through */
	wire.n--;
	assert_refused_by(reopen(&wire, false, BRSKI_VOUCHER_REQUEST, &a, &err), BRSKI_E_MALFORMED,
	    "RFC 5652 3", &err);
	brski_buf_reset(&wire);
	assert_ok(brski_formats[0].seal(BRSKI_LIT("{}"), &w->signer.key, &w->signer.chain, TU_NOW,
	              &wire, &err),
	    &err);
	assert_refused_by(reopen(&wire, false, BRSKI_VOUCHER_REQUEST, &a, &err), BRSKI_E_MALFORMED,
	    "RFC 7951 4", &err);
	assert_null(a.env.signer);
	brski_buf_clear(&wire);
}

/* A request of 2017: tolerated, but not by the strict. RFC 8366 5.3, date-and-time. */
static void
bare_date(void **state)
{
	struct world *w = *state;
	struct brski_buf wire = { 0 };
	struct brski_artifact a = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_formats[0].seal(BRSKI_LIT("{\"ietf-voucher-request:voucher\":{\"created-"
	                                          "on\":\"2017-09-01\"}}"),
	              &w->signer.key, &w->signer.chain, TU_NOW, &wire, &err),
	    &err);
	assert_ok(reopen(&wire, false, BRSKI_VOUCHER_REQUEST, &a, &err), &err);
	brski_artifact_clear(&a);
	assert_refused_by(reopen(&wire, true, BRSKI_VOUCHER_REQUEST, &a, &err), BRSKI_E_MALFORMED,
	    "RFC 8366 5.3", &err);
	brski_buf_clear(&wire);
}

/* A registrar's COSE keeps what libpledge lives in: the heap comes from the caller. */
static void
cose(void **state)
{
	static max_align_t room[2048];
	struct world *w = *state;
	struct brski_heap *h = brski_heap_init(room, sizeof(room));
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER_REQUEST);
	struct brski_buf wire = { 0 };
	struct brski_artifact a = { .env.certs.heap = h };
	struct brski_err err = { 0 };

	v.nonce = BRSKI_LIT("0123456789abcdef");
	v.serial_number = BRSKI_LIT("J1");
	assert_ok(brski_artifact_seal(&brski_formats[1], &v, &w->signer.key, &w->signer.chain,
	              TU_NOW, &wire, &err),
	    &err);
	assert_ok(brski_artifact_open(&brski_formats[1], brski_buf_slice(&wire), NULL, true,
	              BRSKI_VOUCHER_REQUEST, &a, &err),
	    &err);
	assert_true(brski_heap_used(h) > 0);
	assert_ptr_equal(a.format, &brski_formats[1]);
	assert_slice_eq(a.v.serial_number, v.serial_number);
	brski_artifact_clear(&a);
	assert_refused_by(brski_artifact_open(&brski_formats[1], brski_buf_slice(&wire), NULL, true,
	                      BRSKI_VOUCHER, &a, &err),
	    BRSKI_E_MALFORMED, "RFC 8995 3", &err);
	brski_buf_reset(&wire);
	assert_ok(brski_formats[1].seal(BRSKI_LIT("\xa0"), &w->signer.key, &w->signer.chain, TU_NOW,
	              &wire, &err),
	    &err);
	assert_refused_by(brski_artifact_open(&brski_formats[1], brski_buf_slice(&wire), NULL, true,
	                      BRSKI_VOUCHER, &a, &err),
	    BRSKI_E_MALFORMED, "RFC 9254 4.2", &err);
	brski_buf_clear(&wire);
}

static void
cannot_seal(void **state)
{
	struct world *w = *state;
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_buf wire = { 0 };
	struct brski_err err = { 0 };
	size_t i;

	v.serial_number = BRSKI_LIT("\xff");
	for (i = 0; i < brski_formats_n; i++)
		assert_broken(brski_artifact_seal(&brski_formats[i], &v, &w->signer.key,
		                  &w->signer.chain, TU_NOW, &wire, &err),
		    BRSKI_E_INTERNAL, &err);
	assert_int_equal(wire.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find),
		cmocka_unit_test(sniff),
		cmocka_unit_test(seal_and_open),
		cmocka_unit_test(bare_date),
		cmocka_unit_test(cose),
		cmocka_unit_test(cannot_seal),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
