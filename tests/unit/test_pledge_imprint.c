/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the voucher ours, and does it pin this registrar? RFC 8995 5.6.1 and 5.6.2, one test per
 * refusal.
 */
#include "tu.h"

#include "pledge/imprint.h"

#define SERIAL "QS-0815"

struct fixture {
	struct tu_id mfr, masa, idevid, domain, registrar, stranger, other_ra;
	struct brski_voucher request, v;
	struct brski_certs anchors, chain;
	struct brski_buf wire;
	struct pledge_voucher_in in;
	struct brski_artifact out;
	struct brski_err err;
};

static struct fixture fx;
static const uint8_t nonce[16] = "0123456789abcde";
static const uint8_t other_nonce[16] = "edcba9876543210";

static int
group_setup(void **state)
{
	struct fixture *f = &fx;

	*state = f;
	tu_ca(&f->mfr, "manufacturer");
	tu_masa(&f->masa, &f->mfr);
	tu_idevid(&f->idevid, &f->mfr, SERIAL, TU_MASA_URL);
	tu_ca(&f->domain, "domain");
	tu_registrar(&f->registrar, &f->domain);
	tu_ca(&f->stranger, "stranger");
	tu_registrar(&f->other_ra, &f->stranger);
	tu_add(&f->anchors, &f->mfr);
	return 0;
}

static int
group_teardown(void **state)
{
	struct fixture *f = *state;

	tu_id_clear(&f->mfr);
	tu_id_clear(&f->masa);
	tu_id_clear(&f->idevid);
	tu_id_clear(&f->domain);
	tu_id_clear(&f->registrar);
	tu_id_clear(&f->stranger);
	tu_id_clear(&f->other_ra);
	brski_certs_clear(&f->anchors);
	return 0;
}

static struct brski_date
date(const char *text)
{
	struct brski_date d = { .text = brski_slice_str(text) };
	struct brski_err err = { 0 };

	assert_ok(brski_time_parse_rfc3339(d.text, &d.at, &err), &err);
	return d;
}

/* A voucher and the request it answers, both as they should be. */
static int
setup(void **state)
{
	struct fixture *f = *state;

	f->request = brski_voucher_init(BRSKI_VOUCHER_REQUEST);
	f->request.nonce = brski_slice(nonce, sizeof(nonce));
	f->request.proximity_registrar_cert = tu_cert(&f->registrar)->der;
	f->v = brski_voucher_init(BRSKI_VOUCHER);
	f->v.nonce = brski_slice(nonce, sizeof(nonce));
	f->v.serial_number = BRSKI_LIT(SERIAL);
	f->v.assertion = BRSKI_ASSERTION_PROXIMITY;
	f->v.created_on = date("2026-06-01T11:59:00Z");
	f->v.pinned_domain_cert = tu_cert(&f->domain)->der;
	f->in = (struct pledge_voucher_in){ .format = &brski_formats[0],
		.anchors = &f->anchors,
		.serial = BRSKI_LIT(SERIAL),
		.idevid = tu_cert(&f->idevid),
		.request = &f->request,
		.at = TU_NOW };
	assert_ok(brski_certs_copy(&f->chain, &f->registrar.chain, &f->err), &f->err);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	brski_artifact_clear(&f->out);
	brski_certs_clear(&f->chain);
	brski_buf_clear(&f->wire);
	return 0;
}

static void
seal_by(struct fixture *f, const struct tu_id *signer)
{
	brski_buf_reset(&f->wire);
	assert_ok(brski_artifact_seal(f->in.format, &f->v, &signer->key, &signer->chain, TU_NOW,
	              &f->wire, &f->err),
	    &f->err);
	f->in.wire = brski_buf_slice(&f->wire);
}

/* Sign what f->v says and let it be judged. */
static enum brski_rc
judge(struct fixture *f)
{
	seal_by(f, &f->masa);
	return pledge_voucher_judge(&f->in, &f->out, &f->err);
}

static enum brski_rc
check_pin(struct fixture *f)
{
	return pledge_pin_check(&f->v, &f->chain, f->in.at, &f->err);
}

static void
test_good(void **state)
{
	struct fixture *f = *state;

	assert_ok(judge(f), &f->err);
	assert_slice_eq(f->out.v.pinned_domain_cert, tu_cert(&f->domain)->der);
	assert_ok(pledge_pin_check(&f->out.v, &f->chain, TU_NOW, &f->err), &f->err);
}

static void
test_parse(void **state)
{
	struct fixture *f = *state;

	f->in.wire = BRSKI_LIT("0\x03\x02\x01\x07");
	assert_refused(pledge_voucher_judge(&f->in, &f->out, &f->err), BRSKI_E_MALFORMED, &f->err);
	assert_null(f->out.format);
}

/* RFC 8995 5.6.1: the signature of the manufacturer, of nobody else. */
static void
test_signer(void **state)
{
	struct fixture *f = *state;

	seal_by(f, &f->other_ra);
	assert_refused(pledge_voucher_judge(&f->in, &f->out, &f->err), BRSKI_E_UNKNOWN, &f->err);
	assert_null(f->out.format);
}

/* The anchor may be the signer itself. */
static void
test_signer_is_anchor(void **state)
{
	struct fixture *f = *state;
	struct brski_certs own = { 0 };

	tu_add(&own, &f->masa);
	f->in.anchors = &own;
	assert_ok(judge(f), &f->err);
	brski_certs_clear(&own);
}

static void
test_serial(void **state)
{
	struct fixture *f = *state;

	f->v.serial_number = BRSKI_LIT("QS-0816");
	assert_refused_by(judge(f), BRSKI_E_SERIAL, "RFC 8995 5.6.1", &f->err);
	f->v.serial_number = BRSKI_LIT("qs-0815");
	assert_refused_by(judge(f), BRSKI_E_SERIAL, "RFC 8995 5.6.1", &f->err);
	f->v.serial_number = (struct brski_slice){ 0 };
	assert_refused_by(judge(f), BRSKI_E_SERIAL, "RFC 8995 5.6.1", &f->err);
}

/*
 * RFC 8366 5.3: idevid-issuer, when there, names the issuer of our IDevID in any of its spellings.
 */
static void
test_issuer(void **state)
{
	struct fixture *f = *state;
	struct brski_buf leaf = { 0 };
	uint8_t keyid[64];

	assert_ok(brski_cert_idevid_issuer(tu_cert(&f->idevid), &leaf, &f->err), &f->err);
	f->v.idevid_issuer = brski_buf_slice(&leaf);
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);
	f->v.idevid_issuer = tu_cert(&f->idevid)->aki;
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);

	memcpy(keyid, f->v.idevid_issuer.p, f->v.idevid_issuer.n);
	keyid[0] ^= 1;
	f->v.idevid_issuer.p = keyid;
	assert_refused_by(judge(f), BRSKI_E_CERTIFICATE, "RFC 8366 5.3", &f->err);
	f->v.idevid_issuer = tu_cert(&f->idevid)->issuer;
	assert_refused_by(judge(f), BRSKI_E_CERTIFICATE, "RFC 8366 5.3", &f->err);
	brski_buf_clear(&leaf);
}

/* Where the AKI has no key identifier, two leaves without one are not yet the same. */
static void
test_issuer_without_keyid(void **state)
{
	struct fixture *f = *state;
	struct brski_cert own = *tu_cert(&f->idevid);

	own.aki_extn = BRSKI_LIT("\x30\x00");
	own.aki = (struct brski_slice){ 0 };
	f->in.idevid = &own;
	f->v.idevid_issuer = BRSKI_LIT("\x04\x02\x30\x00");
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);
	f->v.idevid_issuer = BRSKI_LIT("\x04\x04\x30\x02\x80\x00");
	assert_refused_by(judge(f), BRSKI_E_CERTIFICATE, "RFC 8366 5.3", &f->err);
	f->v.idevid_issuer = own.issuer;
	assert_refused_by(judge(f), BRSKI_E_CERTIFICATE, "RFC 8366 5.3", &f->err);
}

static void
test_nonce(void **state)
{
	struct fixture *f = *state;

	f->v.nonce = brski_slice(other_nonce, sizeof(other_nonce));
	assert_refused_by(judge(f), BRSKI_E_NONCE, "RFC 8995 5.6.1", &f->err);
	/* not even where nonceless is fine */
	f->in.accept_nonceless = true;
	assert_refused_by(judge(f), BRSKI_E_NONCE, "RFC 8995 5.6.1", &f->err);
}

static void
test_nonceless(void **state)
{
	struct fixture *f = *state;

	f->v.nonce = (struct brski_slice){ 0 };
	assert_refused_by(judge(f), BRSKI_E_NONCE, "RFC 8995 5.6.1", &f->err);
	f->v.expires_on = date("2026-07-01T00:00:00Z");
	assert_refused_by(judge(f), BRSKI_E_NONCE, "RFC 8995 5.6.1", &f->err);
	f->in.accept_nonceless = true;
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);
	f->v.expires_on = (struct brski_date){ 0 };
	assert_ok(judge(f), &f->err);
}

static void
test_nonce_and_expires(void **state)
{
	struct fixture *f = *state;

	f->v.expires_on = date("2026-07-01T00:00:00Z");
	assert_refused_by(judge(f), BRSKI_E_MALFORMED, "RFC 8366 5.3", &f->err);
}

static void
test_renewal_without_expires(void **state)
{
	struct fixture *f = *state;

	f->v.last_renewal_date = date("2026-07-01T00:00:00Z");
	assert_refused_by(judge(f), BRSKI_E_MALFORMED, "RFC 8366 5.3", &f->err);
}

static void
test_expired(void **state)
{
	struct fixture *f = *state;

	f->in.accept_nonceless = true;
	f->v.nonce = (struct brski_slice){ 0 };
	f->v.expires_on = date("2026-06-01T11:59:59Z");
	assert_refused_by(judge(f), BRSKI_E_EXPIRED, "RFC 8366 5.3", &f->err);
	f->v.expires_on = date("2026-06-01T12:00:00Z");
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);
	/* without a clock nobody can tell */
	f->v.expires_on = date("2020-01-01T00:00:00Z");
	f->in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(judge(f), &f->err);
}

static void
test_from_the_future(void **state)
{
	struct fixture *f = *state;

	f->v.created_on = date("2026-06-02T12:00:00Z");
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);
	f->v.created_on = date("2026-06-02T12:00:01Z");
	assert_refused_by(judge(f), BRSKI_E_EXPIRED, "RFC 8366 5.3", &f->err);
	f->in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(judge(f), &f->err);
}

static void
test_assertion(void **state)
{
	struct fixture *f = *state;

	f->v.assertion = BRSKI_ASSERTION_NONE;
	assert_refused_by(judge(f), BRSKI_E_ASSERTION, "RFC 8366 5.3", &f->err);
	f->v.assertion = BRSKI_ASSERTION_AGENT_PROXIMITY;
	assert_refused_by(judge(f), BRSKI_E_ASSERTION, "RFC 8366 5.3", &f->err);
	f->v.assertion = BRSKI_ASSERTION_LOGGED;
	assert_ok(judge(f), &f->err);
	brski_artifact_clear(&f->out);
	f->in.accept_assertions = PLEDGE_ACCEPT(BRSKI_ASSERTION_PROXIMITY);
	assert_refused_by(judge(f), BRSKI_E_ASSERTION, "RFC 8366 5.3", &f->err);
}

static void
test_no_pin(void **state)
{
	struct fixture *f = *state;

	f->v.pinned_domain_cert = (struct brski_slice){ 0 };
	assert_refused_by(judge(f), BRSKI_E_PIN, "RFC 8995 5.6.1", &f->err);
}

/*
 * rfc8366bis 8: of several pins the kind that the request used; nonceless: digest, key,
 * certificate.
 */
static void
test_several_pins(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[BRSKI_SHA256_SIZE];

	brski_sha256(tu_cert(&f->registrar)->spki, hash);
	f->v.pinned_domain_pubk = tu_cert(&f->registrar)->spki;
	f->v.pinned_domain_pubk_sha256 = brski_slice(hash, sizeof(hash));
	assert_ok(judge(f), &f->err);
	assert_true(brski_slice_present(f->out.v.pinned_domain_cert));
	assert_false(brski_slice_present(f->out.v.pinned_domain_pubk));
	assert_false(brski_slice_present(f->out.v.pinned_domain_pubk_sha256));
	brski_artifact_clear(&f->out);

	f->request.proximity_registrar_cert = (struct brski_slice){ 0 };
	f->request.proximity_registrar_pubk = f->v.pinned_domain_pubk;
	assert_ok(judge(f), &f->err);
	assert_slice_eq(f->out.v.pinned_domain_pubk, tu_cert(&f->registrar)->spki);
	assert_false(brski_slice_present(f->out.v.pinned_domain_cert));
	brski_artifact_clear(&f->out);

	f->v.nonce = (struct brski_slice){ 0 };
	f->in.accept_nonceless = true;
	assert_ok(judge(f), &f->err);
	assert_slice_eq(f->out.v.pinned_domain_pubk_sha256, brski_slice(hash, sizeof(hash)));
	assert_false(brski_slice_present(f->out.v.pinned_domain_pubk));
}

/* RFC 8995 5.6.2: the pin covers the connection, or nothing more is sent over it. */
static void
test_pin_of_another_domain(void **state)
{
	struct fixture *f = *state;

	f->v.pinned_domain_cert = tu_cert(&f->stranger)->der;
	assert_refused_by(check_pin(f), BRSKI_E_PIN, "RFC 8995 5.6.2", &f->err);
	f->v.pinned_domain_cert = tu_cert(&f->other_ra)->der;
	assert_refused_by(check_pin(f), BRSKI_E_PIN, "RFC 8995 5.6.2", &f->err);
	f->v.pinned_domain_cert = (struct brski_slice){ 0 };
	f->v.pinned_domain_pubk = tu_cert(&f->other_ra)->spki;
	assert_refused_by(check_pin(f), BRSKI_E_PIN, "RFC 8995 5.6.2", &f->err);
}

static void
test_pin_broken(void **state)
{
	struct fixture *f = *state;

	f->v.pinned_domain_cert = BRSKI_LIT("0\x01");
	assert_refused(check_pin(f), BRSKI_E_MALFORMED, &f->err);
}

/* The end entity's key itself may be pinned: by certificate, by key, by digest. */
static void
test_pin_end_entity(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[BRSKI_SHA256_SIZE];

	f->v.pinned_domain_cert = tu_cert(&f->registrar)->der;
	assert_ok(check_pin(f), &f->err);
	f->v.pinned_domain_cert = (struct brski_slice){ 0 };
	f->v.pinned_domain_pubk = tu_cert(&f->registrar)->spki;
	assert_ok(check_pin(f), &f->err);
	f->v.pinned_domain_pubk = (struct brski_slice){ 0 };
	brski_sha256(tu_cert(&f->registrar)->spki, hash);
	f->v.pinned_domain_pubk_sha256 = brski_slice(hash, sizeof(hash));
	assert_ok(check_pin(f), &f->err);
	hash[0] ^= 1;
	assert_refused_by(check_pin(f), BRSKI_E_PIN, "RFC 8995 5.6.2", &f->err);
}

static void
test_pin_expired_server(void **state)
{
	struct fixture *f = *state;

	f->in.at = TU_TO + TU_DAY;
	assert_refused_by(check_pin(f), BRSKI_E_PIN, "RFC 8995 5.6.2", &f->err);
	f->in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(check_pin(f), &f->err);
}

/* RFC 8366 5.3: a MASA must not let a voucher outlive what it pins; with a clock that is seen. */
static void
test_outlives_its_pin(void **state)
{
	struct fixture *f = *state;
	char end[BRSKI_TIME_TEXT], later[BRSKI_TIME_TEXT];

	brski_time_format_rfc3339(TU_TO, end);
	brski_time_format_rfc3339(TU_TO + 1, later);
	f->v.expires_on = date(end);
	assert_ok(check_pin(f), &f->err);
	f->v.expires_on = date(later);
	assert_refused_by(check_pin(f), BRSKI_E_EXPIRED, "RFC 8366 5.3", &f->err);
	f->v.pinned_domain_cert = tu_cert(&f->registrar)->der;
	assert_refused_by(check_pin(f), BRSKI_E_EXPIRED, "RFC 8366 5.3", &f->err);
	f->in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(check_pin(f), &f->err);
	/* a key has no end */
	f->in.at = TU_NOW;
	f->v.pinned_domain_cert = (struct brski_slice){ 0 };
	f->v.pinned_domain_pubk = tu_cert(&f->registrar)->spki;
	assert_ok(check_pin(f), &f->err);
}

/*
 * RFC 7030 3.6.1: below the pin anybody could stand; a registrar says so by cmcRA. A pinned one
 * need not.
 */
static void
test_not_a_registrar(void **state)
{
	struct fixture *f = *state;
	struct tu_id server = { 0 };

	tu_server(&server, &f->domain, "just a web server");
	brski_certs_clear(&f->chain);
	assert_ok(brski_certs_copy(&f->chain, &server.chain, &f->err), &f->err);
	assert_refused_by(check_pin(f), BRSKI_E_CERTIFICATE, "RFC 7030 3.6.1", &f->err);
	f->v.pinned_domain_cert = tu_cert(&server)->der;
	assert_ok(check_pin(f), &f->err);
	tu_id_clear(&server);
}

/* RFC 8366 5.3: a demand that we cannot meet is not ignored. */
static void
test_revocation_demanded(void **state)
{
	struct fixture *f = *state;

	f->v.domain_cert_revocation_checks = BRSKI_TRUE;
	assert_refused_by(check_pin(f), BRSKI_E_REVOKED, "RFC 8366 5.3", &f->err);
	f->v.domain_cert_revocation_checks = BRSKI_FALSE;
	assert_ok(check_pin(f), &f->err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_parse),
		TEST(test_signer),
		TEST(test_signer_is_anchor),
		TEST(test_serial),
		TEST(test_issuer),
		TEST(test_issuer_without_keyid),
		TEST(test_nonce),
		TEST(test_nonceless),
		TEST(test_nonce_and_expires),
		TEST(test_renewal_without_expires),
		TEST(test_expired),
		TEST(test_from_the_future),
		TEST(test_assertion),
		TEST(test_no_pin),
		TEST(test_several_pins),
		TEST(test_pin_of_another_domain),
		TEST(test_pin_broken),
		TEST(test_pin_end_entity),
		TEST(test_pin_expired_server),
		TEST(test_outlives_its_pin),
		TEST(test_not_a_registrar),
		TEST(test_revocation_demanded),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
