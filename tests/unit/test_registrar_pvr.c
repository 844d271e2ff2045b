/* SPDX-License-Identifier: Apache-2.0 */
/* A registrar's judgement of pledge voucher-requests: RFC 8995 5.2, 5.3, 5.5. */
#include "tu_rvr.h"

#include "registrar/pvr.h"

static struct tu_id maker, other_maker, pledge, twin, domain, registrar;
static struct brski_certs anchors, other_anchors;

static int
setup(void **state)
{
	(void)state;
	tu_ca(&maker, "Maker CA");
	tu_ca(&other_maker, "Other CA");
	tu_idevid(&pledge, &maker, "A-1", TU_MASA_URL);
	tu_idevid(&twin, &maker, "A-2", TU_MASA_URL);
	tu_ca(&domain, "Domain CA");
	tu_registrar(&registrar, &domain);
	tu_add(&anchors, &maker);
	tu_add(&other_anchors, &other_maker);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tu_id_clear(&maker);
	tu_id_clear(&other_maker);
	tu_id_clear(&pledge);
	tu_id_clear(&twin);
	tu_id_clear(&domain);
	tu_id_clear(&registrar);
	brski_certs_clear(&anchors);
	brski_certs_clear(&other_anchors);
	return 0;
}

/* What a pledge asks, and how the registrar looks at it. */
struct scene {
	struct brski_voucher v;
	struct brski_buf wire;
	bool certs; /* inside, whatever the format's way is */
	struct registrar_pvr_in in;
	struct registrar_pvr out;
};

static struct scene
scene(void)
{
	struct scene s = { .v = brski_voucher_init(BRSKI_VOUCHER_REQUEST) };

	s.v.assertion = BRSKI_ASSERTION_PROXIMITY;
	s.v.serial_number = BRSKI_LIT("A-1");
	s.v.nonce = BRSKI_LIT("0123456789abcdef");
	s.v.proximity_registrar_cert = tu_cert(&registrar)->der;
	s.in.format = tu_format;
	s.in.client_chain = &pledge.chain;
	s.in.own_cert = tu_cert(&registrar)->der;
	s.in.anchors = &anchors;
	s.in.at = TU_NOW;
	return s;
}

/* Sign as signer, judge, clear. */
static enum brski_rc
judge(struct scene *s, const struct tu_id *signer, struct brski_err *err)
{
	enum brski_rc rc;

	if (s->in.client_chain != NULL && !s->certs)
		tu_seal_pvr(&s->v, signer, &s->wire);
	else
		tu_seal(&s->v, signer, &s->wire);
	s->in.wire = brski_buf_slice(&s->wire);
	rc = registrar_pvr_judge(&s->in, &s->out, err);
	if (rc == BRSKI_OK) {
		assert_slice_eq(s->out.serial, BRSKI_LIT("A-1"));
		assert_slice_eq(s->out.a.v.nonce, s->v.nonce);
	} else
		assert_null(s->out.client);
	registrar_pvr_clear(&s->out);
	return rc;
}

static void
accepts(void **state)
{
	struct scene s = scene();
	uint8_t hash[BRSKI_SHA256_SIZE];
	struct brski_err err = { 0 };

	(void)state;
	assert_ok(judge(&s, &pledge, &err), &err);
	/* sanity only: may be left out */
	s.v.serial_number = (struct brski_slice){ 0 };
	assert_ok(judge(&s, &pledge, &err), &err);
	s.v.proximity_registrar_cert = (struct brski_slice){ 0 };
	s.v.proximity_registrar_pubk = tu_cert(&registrar)->spki;
	assert_ok(judge(&s, &pledge, &err), &err);
	brski_sha256(tu_cert(&registrar)->spki, hash);
	s.v.proximity_registrar_pubk_sha256 = brski_slice(hash, sizeof(hash));
	assert_ok(judge(&s, &pledge, &err), &err);
	brski_buf_clear(&s.wire);
}

/* cBRSKI 9.2: the client alone may sign without saying so, not who stands above it. */
static void
only_the_client(void **state)
{
	struct scene s = scene();
	struct tu_id sub = { 0 }, low = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	tu_subca(&sub, &maker, "Maker sub");
	tu_idevid(&low, &sub, "A-1", TU_MASA_URL);
	s.in.client_chain = &low.chain;
	assert_ok(judge(&s, &low, &err), &err);
	assert_refused(judge(&s, &sub, &err), BRSKI_E_SIGNATURE, &err);
	tu_id_clear(&low);
	tu_id_clear(&sub);
	brski_buf_clear(&s.wire);
}

static void
client_chain(void **state)
{
	struct scene s = scene();
	struct tu_id self = { 0 };
	struct brski_cert_facts f = tu_facts("A-1");
	struct brski_err err = { 0 };

	(void)state;
	s.in.anchors = &other_anchors;
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_UNKNOWN, &err);
	s.in.chain_judged = true; /* by the caller */
	assert_ok(judge(&s, &pledge, &err), &err);
	s = (brski_buf_clear(&s.wire), scene());
	tu_issue(&self, NULL, &f);
	s.in.client_chain = &self.chain;
	assert_refused(judge(&s, &self, &err), BRSKI_E_UNKNOWN, &err);
	/* without a client the signer stands in, and is judged */
	s.in.client_chain = NULL;
	assert_refused(judge(&s, &self, &err), BRSKI_E_UNKNOWN, &err);
	assert_ok(judge(&s, &pledge, &err), &err);
	tu_id_clear(&self);
	brski_buf_clear(&s.wire);
}

static void
expiry(void **state)
{
	struct scene s = scene();
	struct tu_id old = { 0 };
	struct brski_cert_facts f = tu_facts("device");
	struct brski_err err = { 0 };

	(void)state;
	f.subject = tu_name("device", "A-1");
	f.not_after = TU_NOW - TU_DAY;
	tu_issue(&old, &maker, &f);
	s.in.client_chain = &old.chain;
	assert_refused(judge(&s, &old, &err), BRSKI_E_EXPIRED, &err);
	/* RFC 8995 2.6.2: an IDevID's end may be ignored */
	s.in.ignore_expiry = true;
	assert_ok(judge(&s, &old, &err), &err);
	/* its issuer's may not */
	s.in.at = TU_TO + TU_DAY;
	assert_refused(judge(&s, &old, &err), BRSKI_E_EXPIRED, &err);
	tu_id_clear(&old);
	brski_buf_clear(&s.wire);
}

static void
another_key(void **state)
{
	struct scene s = scene();
	struct brski_err err = { 0 };

	(void)state;
	assert_refused(judge(&s, &twin, &err), BRSKI_E_SIGNATURE, &err);
	s.certs = true;
	assert_refused_by(judge(&s, &twin, &err), BRSKI_E_SIGNATURE, "RFC 8995 5.5", &err);
	brski_buf_clear(&s.wire);
}

static void
nonce(void **state)
{
	struct scene s = scene();
	struct brski_err err = { 0 };

	(void)state;
	s.v.nonce = (struct brski_slice){ 0 };
	assert_refused_by(judge(&s, &pledge, &err), BRSKI_E_NONCE, "RFC 8995 5.2", &err);
	brski_buf_clear(&s.wire);
}

static void
proximity(void **state)
{
	struct scene s = scene();
	uint8_t hash[BRSKI_SHA256_SIZE] = { 0 };
	struct brski_err err = { 0 };

	(void)state;
	s.v.assertion = BRSKI_ASSERTION_NONE;
	assert_refused_by(judge(&s, &pledge, &err), BRSKI_E_PROXIMITY, "RFC 8995 5.2", &err);
	s.v.assertion = BRSKI_ASSERTION_LOGGED;
	assert_refused_by(judge(&s, &pledge, &err), BRSKI_E_PROXIMITY, "RFC 8995 5.2", &err);
	s.v.assertion = BRSKI_ASSERTION_PROXIMITY;
	s.v.proximity_registrar_cert = tu_cert(&domain)->der; /* ours, but not of this connection */
	assert_refused_by(judge(&s, &pledge, &err), BRSKI_E_PROXIMITY, "RFC 8995 5.5", &err);
	s.v.proximity_registrar_cert = (struct brski_slice){ 0 };
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_PROXIMITY, &err);
	s.v.proximity_registrar_pubk = tu_cert(&domain)->spki;
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_PROXIMITY, &err);
	s.v.proximity_registrar_pubk = tu_cert(&registrar)->spki;
	s.v.proximity_registrar_pubk_sha256 = brski_slice(hash, sizeof(hash)); /* comes first */
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_PROXIMITY, &err);
	s.in.own_cert = (struct brski_slice){ 0 }; /* no connection: not judged */
	assert_ok(judge(&s, &pledge, &err), &err);
	brski_buf_clear(&s.wire);
}

static void
serial(void **state)
{
	struct scene s = scene();
	struct tu_id nameless = { 0 };
	struct brski_cert_facts f = tu_facts("no number");
	struct brski_err err = { 0 };

	(void)state;
	s.v.serial_number = BRSKI_LIT("A-2");
	assert_refused_by(judge(&s, &pledge, &err), BRSKI_E_SERIAL, "RFC 8995 5.5", &err);
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_SERIAL, &err);
	s.v.serial_number = BRSKI_LIT("a-1");
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_SERIAL, &err);
	s.v.serial_number = BRSKI_LIT("A-1");
	s.in.serial_from = BRSKI_SERIAL_FROM_HW_MODULE_NAME;
	assert_ok(judge(&s, &pledge, &err), &err);
	tu_issue(&nameless, &maker, &f);
	s.in.client_chain = &nameless.chain;
	assert_refused(judge(&s, &nameless, &err), BRSKI_E_SERIAL, &err);
	tu_id_clear(&nameless);
	brski_buf_clear(&s.wire);
}

/* IEEE 802.1AR 8: who issues is no device, whatever number is in its name */
static void
a_ca_is_no_device(void **state)
{
	struct scene s = scene();
	struct tu_id ca = { 0 };
	struct brski_cert_facts f = tu_facts("device");
	struct brski_err err = { 0 };

	(void)state;
	f.subject = tu_name("device", "A-1");
	tu_issue(&ca, &maker, &f);
	s.in.client_chain = &ca.chain;
	assert_ok(judge(&s, &ca, &err), &err);
	tu_id_clear(&ca);
	f.basic_constraints = f.ca = true;
	tu_issue(&ca, &maker, &f);
	assert_refused_by(judge(&s, &ca, &err), BRSKI_E_CERTIFICATE, "IEEE 802.1AR 8", &err);
	s.in.client_chain = NULL;
	assert_refused_by(judge(&s, &ca, &err), BRSKI_E_CERTIFICATE, "IEEE 802.1AR 8", &err);
	tu_id_clear(&ca);
	brski_buf_clear(&s.wire);
}

static void
not_a_request(void **state)
{
	struct scene s = scene();
	struct brski_err err = { 0 };

	(void)state;
	s.v.kind = BRSKI_VOUCHER;
	assert_refused(judge(&s, &pledge, &err), BRSKI_E_MALFORMED, &err);
	brski_buf_clear(&s.wire);
}

/*
 * RFC 8366 5.4: a signer who is not inside is the TLS client; its signature is right then, but this
 * IDevID has no serial number.
 */
static void
without_certificates(void **state)
{
	struct brski_certs roots = { 0 }, chain = { 0 };
	struct brski_buf wire = { 0 };
	struct registrar_pvr_in in = { .format = &brski_formats[0],
		.anchors = &roots,
		.at = BRSKI_TIME_UNKNOWN };
	struct registrar_pvr out;
	struct brski_err err = { 0 };

	(void)state;
	tu_add_file(&roots, "minerva-cms/vendor-florean.crt.pem");
	tu_add_file(&chain, "minerva-cms/device-00-D0-E5-03-00-03.crt.pem");
	tu_read("minerva-cms/pvr-00-D0-E5-03-00-03-nocerts.cms", &wire);
	in.wire = brski_buf_slice(&wire);
	assert_refused_by(registrar_pvr_judge(&in, &out, &err), BRSKI_E_SIGNATURE, "RFC 5652 5.6",
	    &err);
	in.client_chain = &chain;
	assert_refused_by(registrar_pvr_judge(&in, &out, &err), BRSKI_E_SERIAL, "RFC 8995 2.3.1",
	    &err);
	brski_certs_clear(&roots);
	brski_certs_clear(&chain);
	brski_buf_clear(&wire);
}

/* tests/data/rfc8995-appendix-c: the RFC's own request, in May 2021. */
static void
rfc8995_example(void **state)
{
	struct brski_certs roots = { 0 }, chain = { 0 }, own = { 0 };
	struct brski_buf wire = { 0 };
	struct registrar_pvr_in in = { .format = &brski_formats[0],
		.anchors = &roots,
		.client_chain = &chain,
		.at = INT64_C(1621036800) };
	struct registrar_pvr out;
	struct brski_err err = { 0 };

	(void)state;
	tu_add_file(&roots, "rfc8995-appendix-c/manufacturer_ca.crt.pem");
	tu_add_file(&chain, "rfc8995-appendix-c/pledge.crt.pem");
	tu_add_file(&own, "rfc8995-appendix-c/registrar.crt.pem");
	tu_read("rfc8995-appendix-c/pvr.cms", &wire);
	in.wire = brski_buf_slice(&wire);
	in.own_cert = own.v[0].der;
	assert_ok(registrar_pvr_judge(&in, &out, &err), &err);
	assert_slice_eq(out.serial, BRSKI_LIT("00-D0-E5-F2-00-02"));
	registrar_pvr_clear(&out);
	in.strict = true; /* id-data as content type */
	assert_refused(registrar_pvr_judge(&in, &out, &err), BRSKI_E_SIGNATURE, &err);
	brski_certs_clear(&roots);
	brski_certs_clear(&chain);
	brski_certs_clear(&own);
	brski_buf_clear(&wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(only_the_client),
		cmocka_unit_test(client_chain),
		cmocka_unit_test(expiry),
		cmocka_unit_test(another_key),
		cmocka_unit_test(nonce),
		cmocka_unit_test(proximity),
		cmocka_unit_test(serial),
		cmocka_unit_test(a_ca_is_no_device),
		cmocka_unit_test(not_a_request),
	};
	const struct CMUnitTest files[] = {
		cmocka_unit_test(without_certificates),
		cmocka_unit_test(rfc8995_example),
	};

	return tu_run_formats(tests, setup, teardown) +
	    cmocka_run_group_tests(files, setup, teardown);
}
