/* SPDX-License-Identifier: Apache-2.0 */
/* A registrar voucher-request before the MASA: RFC 8995 5.5.2 to 5.5.6. */
#include "tu_rvr.h"

#include "base/text.h"
#include "masa/rvr.h"

#define SERIAL "JADA123456789"

/* Who there is; made once. */
static struct world {
	struct tu_id maker, pledge, twin, other_maker, stranger;
	struct tu_id domain, sub, registrar, low_registrar;
	struct tu_id other_domain, other_registrar;
	struct brski_certs roots;
} w;

/* A request in the making: tests change it before judge(). */
static struct brski_voucher pvr, rvr;
static struct masa_rvr_in in;
static struct masa_rvr out;
static const struct tu_id *pvr_by, *rvr_by;
static const struct tu_id *in_bag; /* whose chain goes into the RVR's bag as the pledge's */
static struct brski_buf pvr_wire, rvr_wire;
static struct brski_err err;

static int
make_world(void **state)
{
	(void)state;
	tu_ca(&w.maker, "maker");
	tu_idevid(&w.pledge, &w.maker, SERIAL, TU_MASA_URL);
	tu_idevid(&w.twin, &w.maker, "JADA000000000", TU_MASA_URL);
	tu_ca(&w.other_maker, "other maker");
	tu_idevid(&w.stranger, &w.other_maker, SERIAL, TU_MASA_URL);
	tu_ca(&w.domain, "domain");
	tu_subca(&w.sub, &w.domain, "domain sub");
	tu_registrar(&w.registrar, &w.domain);
	tu_registrar(&w.low_registrar, &w.sub);
	tu_ca(&w.other_domain, "other domain");
	tu_registrar(&w.other_registrar, &w.other_domain);
	tu_add(&w.roots, &w.maker);
	return 0;
}

static int
end_world(void **state)
{
	struct tu_id *all[] = { &w.maker, &w.pledge, &w.twin, &w.other_maker, &w.stranger,
		&w.domain, &w.sub, &w.registrar, &w.low_registrar, &w.other_domain,
		&w.other_registrar };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		tu_id_clear(all[i]);
	brski_certs_clear(&w.roots);
	brski_buf_clear(&pvr_wire);
	brski_buf_clear(&rvr_wire);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	memset(&out, 0, sizeof(out));
	pvr = tu_pvr(SERIAL, TU_NONCE, &w.registrar);
	rvr = tu_rvr(SERIAL, TU_NONCE, brski_slice(NULL, 0));
	pvr_by = &w.pledge;
	rvr_by = &w.registrar;
	in_bag = NULL;
	in = (struct masa_rvr_in){
		.format = tu_format,
		.anchors = &w.roots,
		.at = TU_NOW,
	};
	return 0;
}

static int
end(void **state)
{
	(void)state;
	masa_rvr_clear(&out);
	brski_buf_reset(&pvr_wire);
	return 0;
}

/* Sign the RVR as it stands, judge it. */
static enum brski_rc
judge_rvr(void)
{
	masa_rvr_clear(&out);
	tu_seal_rvr(&rvr, rvr_by, in_bag, &rvr_wire);
	in.wire = brski_buf_slice(&rvr_wire);
	return masa_rvr_judge(&in, &out, &err);
}

/* Sign the PVR, put it into the RVR, sign that, judge it. */
static enum brski_rc
judge(void)
{
	tu_seal_pvr(&pvr, pvr_by, &pvr_wire);
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	in_bag = pvr_by;
	return judge_rvr();
}

static void
good(void **state)
{
	(void)state;
	assert_ok(judge(), &err);
	assert_int_equal(out.prior, MASA_PRIOR_PVR);
	assert_true(out.proximity);
	assert_int_equal(out.chain.n, 2);
	assert_slice_eq(out.chain.v[0]->der, tu_cert(&w.registrar)->der);
	assert_slice_eq(out.chain.v[1]->der, tu_cert(&w.domain)->der);
	assert_slice_eq(out.pvr.v.serial_number, BRSKI_LIT(SERIAL));
}

/* RFC 8995 5.5.5 only says what follows when there is one. */
static void
no_prior_request(void **state)
{
	(void)state;
	assert_ok(judge_rvr(), &err);
	assert_int_equal(out.prior, MASA_PRIOR_NONE);
	assert_false(out.proximity);
}

/* RFC 8995 5.5.2: an end entity alone, or up to any CA of the domain. */
static void
any_length_of_chain(void **state)
{
	static struct tu_id sends;

	(void)state;
	sends = w.low_registrar;
	pvr = tu_pvr(SERIAL, TU_NONCE, &w.low_registrar);
	rvr_by = &sends;
	for (sends.chain.n = 1; sends.chain.n <= w.low_registrar.chain.n; sends.chain.n++) {
		assert_ok(judge(), &err);
		assert_int_equal(out.chain.n, sends.chain.n);
		assert_int_equal(out.tops_n, 1);
		assert_true(out.proximity);
	}
}

/* A chain that was good is not validated anew: the same bag, the same signer, in its time. */
static void
remembered_chain(void **state)
{
	struct masa_chains chains = { 0 };
	const struct brski_cert *ra = tu_cert(&w.registrar);

	(void)state;
	in.chains = &chains;
	assert_ok(judge(), &err);
	assert_int_equal(chains.next, 1);
	assert_ok(judge(), &err);
	assert_int_equal(chains.next, 1);
	assert_int_equal(out.chain.n, 2);
	assert_slice_eq(out.chain.v[0]->der, ra->der);
	assert_slice_eq(out.chain.v[1]->der, tu_cert(&w.domain)->der);
	assert_true(out.proximity);
	in.at = ra->not_after + 1;
	assert_refused_by(judge(), BRSKI_E_EXPIRED, "RFC 8995 5.5.3", &err);
	in.at = ra->not_before - 1;
	assert_refused_by(judge(), BRSKI_E_EXPIRED, "RFC 8995 5.5.3", &err);
	assert_int_equal(chains.next, 1);

	in.at = TU_NOW;
	rvr_by = &w.other_registrar;
	pvr = tu_pvr(SERIAL, TU_NONCE, &w.other_registrar);
	assert_ok(judge(), &err);
	assert_int_equal(chains.next, 2);
	assert_slice_eq(out.chain.v[1]->der, tu_cert(&w.other_domain)->der);
}

/* cBRSKI 9.2: the pledges' certificates in the bag are many; the registrar is one. */
static void
remembered_beside_pledges(void **state)
{
	struct masa_chains chains = { 0 };

	(void)state;
	in.chains = &chains;
	assert_ok(judge(), &err);
	assert_int_equal(chains.next, 1);
	in_bag = &w.stranger;
	rvr.prior_signed_voucher_request = brski_slice(NULL, 0);
	assert_ok(judge_rvr(), &err);
	assert_int_equal(chains.next, 1);
	assert_int_equal(out.chain.n, 2);
	assert_slice_eq(out.chain.v[0]->der, tu_cert(&w.registrar)->der);
	assert_slice_eq(out.chain.v[1]->der, tu_cert(&w.domain)->der);
}

/* RFC 8995 5.5.3: the chain must be consistent in itself. */
static void
inconsistent_chain(void **state)
{
	struct tu_id namesake = { 0 }, mixed = w.registrar;
	struct brski_cert chain[2];

	(void)state;
	tu_ca(&namesake, "domain");
	chain[0] = w.registrar.chain.v[0];
	chain[1] = namesake.chain.v[0];
	mixed.chain = (struct brski_certs){ .v = chain, .n = 2 };
	rvr_by = &mixed;
	assert_int_not_equal(judge(), BRSKI_OK);
	assert_string_equal(err.spec, "RFC 8995 5.5.3");
	assert_int_equal(brski_rc_http(err.rc), 403);
	assert_int_equal(out.chain.n, 0);
	tu_id_clear(&namesake);
}

/*
 * RFC 8995 5.5.3: two CAs that point at each other lead nowhere; that is no "404 unknown device".
 */
static void
chain_without_top(void **state)
{
	struct tu_id a = { 0 }, b = { 0 }, ra = { 0 }, loop;
	struct brski_cert_facts f = tu_facts("loop b");
	struct brski_cert chain[3];

	(void)state;
	tu_ca(&a, "loop a");
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.path_len = -1;
	tu_issue(&b, &a, &f);
	tu_registrar(&ra, &b);
	f = tu_facts("loop a");
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.path_len = -1;
	brski_certs_clear(&a.chain);
	tu_issue(&a, &b, &f);
	chain[0] = ra.chain.v[0];
	chain[1] = b.chain.v[0];
	chain[2] = a.chain.v[0];
	loop = ra;
	loop.chain = (struct brski_certs){ .v = chain, .n = 3 };
	rvr_by = &loop;
	assert_int_not_equal(judge(), BRSKI_OK);
	assert_string_equal(err.spec, "RFC 8995 5.5.3");
	assert_int_equal(brski_rc_http(err.rc), 403);
	tu_id_clear(&ra);
	tu_id_clear(&b);
	tu_id_clear(&a);
}

/*
 * RFC 4210 4.4: what the domain was before its CA got another key; the root that it has now is what
 * can be pinned.
 */
static void
rolled_over(void **state)
{
	struct tu_id new = { 0 }, third = { 0 }, ra = { 0 }, mixed;
	struct brski_cert bag[4];
	struct brski_crls crls = { 0 };

	(void)state;
	tu_ca(&new, "domain");
	tu_successor(&ra, &w.domain, &new);
	rvr_by = &ra;
	pvr = tu_pvr(SERIAL, TU_NONCE, &ra);
	assert_ok(judge(), &err);
	assert_int_equal(out.chain.n, 2);
	assert_slice_eq(out.chain.v[1]->der, tu_cert(&new)->der);
	assert_int_equal(out.former.n, 1);
	assert_slice_eq(out.former.v[0]->der, tu_cert(&w.domain)->der);
	in.crls = &crls;
	assert_ok(judge(), &err);
	assert_int_equal(out.former.n, 1);

	/* a root beside it that signed nothing of it */
	tu_ca(&third, "domain");
	memcpy(bag, ra.chain.v, sizeof(bag));
	bag[3] = *tu_cert(&third);
	mixed = ra;
	mixed.chain = (struct brski_certs){ .v = bag, .n = 4 };
	rvr_by = &mixed;
	assert_ok(judge(), &err);
	assert_int_equal(out.former.n, 0);

	/* nor does a certificate of that name count that is no CA's */
	tu_id_clear(&ra);
	tu_registrar(&ra, &w.domain);
	rvr_by = &ra;
	pvr = tu_pvr(SERIAL, TU_NONCE, &ra);
	assert_ok(judge(), &err);
	assert_int_equal(out.former.n, 0);
	tu_id_clear(&ra);
	tu_id_clear(&new);
	tu_id_clear(&third);
}

/* RFC 8995 5.5.3: normal PKIX; a temporary anchor is not above its own dates. */
static void
expired_registrar(void **state)
{
	struct brski_cert_facts f = tu_facts("registrar");
	struct tu_id late = { 0 };

	(void)state;
	f.eku = BRSKI_EKU_CMC_RA;
	f.not_after = TU_NOW - TU_DAY;
	tu_issue(&late, &w.domain, &f);
	pvr = tu_pvr(SERIAL, TU_NONCE, &late);
	rvr_by = &late;
	assert_refused_by(judge(), BRSKI_E_EXPIRED, "RFC 8995 5.5.3", &err);
	late.chain.n = 1;
	assert_refused_by(judge(), BRSKI_E_EXPIRED, "RFC 8995 5.5.3", &err);
	in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(judge(), &err);
	late.chain.n = 2;
	tu_id_clear(&late);
}

static void
expired_domain_ca(void **state)
{
	struct brski_cert_facts f = tu_facts("old domain");
	struct tu_id old = { 0 }, ra = { 0 };

	(void)state;
	f.basic_constraints = f.ca = true;
	f.key_usage = BRSKI_KU_KEY_CERT_SIGN;
	f.not_after = TU_NOW - TU_DAY;
	tu_issue(&old, NULL, &f);
	tu_registrar(&ra, &old);
	pvr = tu_pvr(SERIAL, TU_NONCE, &ra);
	rvr_by = &ra;
	assert_refused_by(judge(), BRSKI_E_EXPIRED, "RFC 8995 5.5.3", &err);
	in.at = TU_NOW - 2 * TU_DAY;
	assert_ok(judge(), &err);
	in.at = BRSKI_TIME_UNKNOWN;
	assert_ok(judge(), &err);
	tu_id_clear(&ra);
	tu_id_clear(&old);
}

/* RFC 5280 6.1.4: who signs certificates is a CA, temporary anchor or not. */
static void
top_that_is_no_ca(void **state)
{
	struct brski_cert_facts f = tu_facts("sub-registrar");
	struct tu_id fake = { 0 };

	(void)state;
	f.eku = BRSKI_EKU_CMC_RA;
	tu_issue(&fake, &w.other_registrar, &f);
	fake.chain.n = 2;
	pvr = tu_pvr(SERIAL, TU_NONCE, &fake);
	rvr_by = &fake;
	assert_refused_by(judge(), BRSKI_E_CERTIFICATE, "RFC 8995 5.5.3", &err);
	fake.chain.n = 3;
	tu_id_clear(&fake);
}

/* RFC 8995 5.5.4: an LDevID of the domain is no registrar. */
static void
signer_is_no_ra(void **state)
{
	struct tu_id ldevid = { 0 };

	(void)state;
	tu_ldevid(&ldevid, &w.domain, "JADA000000001");
	pvr = tu_pvr(SERIAL, TU_NONCE, &ldevid);
	rvr_by = &ldevid;
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4", &err);
	tu_id_clear(&ldevid);
}

static void
no_serial_number(void **state)
{
	(void)state;
	rvr.serial_number = brski_slice(NULL, 0);
	assert_refused_by(judge(), BRSKI_E_MALFORMED, "RFC 8995 5.5", &err);
}

/* rfc8366bis 6.1 demands idevid-issuer; RFC 8995's own example has none. */
static void
idevid_issuer(void **state)
{
	struct brski_buf leaf = { 0 };
	struct brski_slice keyid;

	(void)state;
	in.strict = true;
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "rfc8366bis 6.1", &err);
	assert_ok(brski_cert_idevid_issuer(tu_cert(&w.pledge), &leaf, &err), &err);
	rvr.idevid_issuer = brski_buf_slice(&leaf);
	assert_ok(judge(), &err);

	/* older readings: the bare key identifier, the issuer's Name */
	in.strict = false;
	keyid = brski_idevid_issuer_keyid(brski_buf_slice(&leaf));
	rvr.idevid_issuer = keyid;
	assert_ok(judge(), &err);
	rvr.idevid_issuer = tu_cert(&w.pledge)->issuer;
	assert_ok(judge(), &err);

	brski_buf_reset(&leaf);
	assert_ok(brski_cert_idevid_issuer(tu_cert(&w.stranger), &leaf, &err), &err);
	rvr.idevid_issuer = brski_buf_slice(&leaf);
	assert_refused_by(judge(), BRSKI_E_SERIAL, "rfc8366bis 6.1", &err);
	rvr.idevid_issuer = tu_cert(&w.stranger)->issuer;
	assert_refused_by(judge(), BRSKI_E_SERIAL, "rfc8366bis 6.1", &err);
	brski_buf_clear(&leaf);
}

/* RFC 8995 5.5.5: the PVR is by a device of ours. 403: it is the request that is wrong. */
static void
pvr_by_a_stranger(void **state)
{
	(void)state;
	pvr_by = &w.stranger;
	assert_refused_by(judge(), BRSKI_E_CERTIFICATE, "RFC 8995 5.5.5", &err);
	pvr_by = &w.registrar;
	assert_refused(judge(),
	    tu_format->pvr_without_certs ? BRSKI_E_SIGNATURE : BRSKI_E_CERTIFICATE, &err);
}

static void
expired_idevid(void **state)
{
	struct brski_cert_facts f = tu_facts("old pledge");
	struct tu_id old = { 0 };

	(void)state;
	f.subject = tu_name("old pledge", SERIAL);
	f.not_after = TU_NOW - TU_DAY;
	tu_issue(&old, &w.maker, &f);
	pvr_by = &old;
	assert_refused_by(judge(), BRSKI_E_EXPIRED, "RFC 8995 5.5.5", &err);
	in.ignore_expiry = true;
	assert_ok(judge(), &err);
	tu_id_clear(&old);
}

/* RFC 8995 5.5.5: the certificate says who the pledge is; neither request may say otherwise. */
static void
another_device(void **state)
{
	(void)state;
	pvr_by = &w.twin;
	assert_refused_by(judge(), BRSKI_E_SERIAL, "RFC 8995 5.5.5", &err);
	pvr.serial_number = BRSKI_LIT("JADA000000000");
	assert_refused_by(judge(), BRSKI_E_SERIAL, "RFC 8995 5.5.5", &err);
	pvr_by = &w.pledge;
	assert_refused_by(judge(), BRSKI_E_SERIAL, "RFC 8995 5.5.5", &err);
	pvr.serial_number = brski_slice(NULL, 0);
	assert_ok(judge(), &err);
}

static void
serial_elsewhere(void **state)
{
	struct brski_cert_facts f = tu_facts("no serial");
	struct tu_id odd = { 0 };

	(void)state;
	f.subject = tu_name("no serial", NULL);
	tu_issue(&odd, &w.maker, &f);
	pvr_by = &odd;
	assert_int_not_equal(judge(), BRSKI_OK);
	assert_int_equal(err.rc, BRSKI_E_SERIAL);
	err = (struct brski_err){ 0 };
	pvr_by = &w.pledge;
	in.serial_from = BRSKI_SERIAL_FROM_HW_MODULE_NAME;
	assert_ok(judge(), &err);
	tu_id_clear(&odd);
}

/* RFC 8995 5.5.6; and no nonce may be dropped on the way. */
static void
another_nonce(void **state)
{
	struct brski_voucher other = tu_rvr(SERIAL, TU_NONCE2, brski_slice(NULL, 0));

	(void)state;
	rvr = other;
	assert_refused_by(judge(), BRSKI_E_NONCE, "RFC 8995 5.5.6", &err);
	rvr = tu_rvr(SERIAL, NULL, brski_slice(NULL, 0));
	assert_refused_by(judge(), BRSKI_E_NONCE, "RFC 8995 5.5.6", &err);
	pvr.nonce = pvr.nonce_text = brski_slice(NULL, 0);
	assert_ok(judge(), &err);
	rvr = tu_rvr(SERIAL, TU_NONCE, brski_slice(NULL, 0));
	assert_refused_by(judge(), BRSKI_E_NONCE, "RFC 8995 5.5.6", &err);
}

/* RFC 8995 5.5.5: a PVR made for another registrar, or for none. */
static void
another_registrar(void **state)
{
	(void)state;
	pvr = tu_pvr(SERIAL, TU_NONCE, &w.other_registrar);
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5", &err);
	pvr.proximity_registrar_cert = brski_slice(NULL, 0);
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5", &err);
	pvr.proximity_registrar_cert = BRSKI_LIT("not a certificate");
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5", &err);
}

/* rfc8366bis 9: the digest first, then the key, then the certificate. */
static void
proximity_by_key(void **state)
{
	uint8_t digest[BRSKI_SHA256_SIZE];

	(void)state;
	pvr.proximity_registrar_cert = tu_cert(&w.other_registrar)->der;
	pvr.proximity_registrar_pubk = tu_cert(&w.registrar)->spki;
	assert_ok(judge(), &err);
	assert_true(out.proximity);
	brski_sha256(tu_cert(&w.other_registrar)->spki, digest);
	pvr.proximity_registrar_pubk_sha256 = brski_slice(digest, sizeof(digest));
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5", &err);
	brski_sha256(tu_cert(&w.registrar)->spki, digest);
	assert_ok(judge(), &err);
}

/*
 * A registrar that signs with another key than it does TLS with puts the TLS certificate in the
 * bag.
 */
static void
tls_certificate_in_the_bag(void **state)
{
	struct tu_id tls = { 0 }, server = { 0 }, both = w.registrar;
	struct brski_cert chain[4];

	(void)state;
	tu_registrar(&tls, &w.sub);
	tu_server(&server, &w.domain, "no RA");
	chain[0] = w.registrar.chain.v[0];
	chain[1] = w.domain.chain.v[0];
	chain[2] = tls.chain.v[0];
	chain[3] = w.sub.chain.v[0];
	both.chain = (struct brski_certs){ .v = chain, .n = 4 };
	rvr_by = &both;
	pvr = tu_pvr(SERIAL, TU_NONCE, &tls);
	assert_ok(judge(), &err);
	assert_true(out.proximity);

	/* not one that is no RA, nor one that the neighbour's CA made */
	pvr = tu_pvr(SERIAL, TU_NONCE, &server);
	chain[2] = server.chain.v[0];
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5", &err);
	pvr = tu_pvr(SERIAL, TU_NONCE, &w.other_registrar);
	chain[2] = w.other_registrar.chain.v[0];
	chain[3] = w.other_domain.chain.v[0];
	assert_refused_by(judge(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.5", &err);
	tu_id_clear(&tls);
	tu_id_clear(&server);
}

/* cBRSKI 9.2: who signed the PVR is in the RVR's bag, or nobody can tell. */
static void
pledge_is_not_in_the_bag(void **state)
{
	struct brski_buf leaf = { 0 };

	(void)state;
	tu_seal_pvr(&pvr, &w.pledge, &pvr_wire);
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	if (tu_format->pvr_without_certs)
		assert_refused_by(judge_rvr(), BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	else
		assert_ok(judge_rvr(), &err);
	/* another's certificate is no help */
	in_bag = &w.twin;
	if (tu_format->pvr_without_certs)
		assert_refused_by(judge_rvr(), BRSKI_E_SIGNATURE, "RFC 9052 4.4", &err);
	/* in the PVR itself, where it should not be; strict wants it in its place */
	in_bag = NULL;
	tu_seal(&pvr, &w.pledge, &pvr_wire);
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	assert_ok(judge_rvr(), &err);
	assert_ok(brski_cert_idevid_issuer(tu_cert(&w.pledge), &leaf, &err), &err);
	rvr.idevid_issuer = brski_buf_slice(&leaf);
	in.strict = true;
	if (tu_format->rvr_with_pledge)
		assert_refused_by(judge_rvr(), BRSKI_E_CERTIFICATE, "cBRSKI 9.2", &err);
	else
		assert_ok(judge_rvr(), &err);
	assert_ok(judge(), &err);
	brski_buf_clear(&leaf);
}

/*
 * A PVR may leave its certificates to the RVR's bag (cBRSKI 9.2): signature and IDevID are right
 * then, but this IDevID has no serial number.
 */
static void
pvr_without_certificates(void **state)
{
	struct brski_certs context = { 0 }, roots = { 0 };
	struct brski_artifact bare = { 0 };
	struct brski_cert chain[3];
	struct tu_id with = w.registrar;

	(void)state;
	tu_read("minerva-cms/pvr-00-D0-E5-03-00-03-nocerts.cms", &pvr_wire);
	tu_add_file(&context, "minerva-cms/device-00-D0-E5-03-00-03.crt.pem");
	tu_add_file(&roots, "minerva-cms/vendor-florean.crt.pem");
	assert_ok(brski_artifact_open(in.format, brski_buf_slice(&pvr_wire), &context, false,
	              BRSKI_VOUCHER_REQUEST, &bare, &err),
	    &err);
	rvr.serial_number = bare.v.serial_number;
	rvr.nonce = bare.v.nonce;
	rvr.nonce_text = bare.v.nonce_text;
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	in.anchors = &roots;
	in.at = BRSKI_TIME_UNKNOWN;
	assert_refused(judge_rvr(), BRSKI_E_SIGNATURE, &err);

	chain[0] = w.registrar.chain.v[0];
	chain[1] = w.domain.chain.v[0];
	chain[2] = context.v[0];
	with.chain = (struct brski_certs){ .v = chain, .n = 3 };
	rvr_by = &with;
	assert_refused_by(judge_rvr(), BRSKI_E_SERIAL, "RFC 8995 2.3.1", &err);
	brski_artifact_clear(&bare);
	brski_certs_clear(&context);
	brski_certs_clear(&roots);
}

/* A prior request must be a signed object itself. */
static void
unsigned_prior_request(void **state)
{
	(void)state;
	rvr.prior_signed_voucher_request =
	    BRSKI_LIT("{\"ietf-voucher-request:voucher\":{\"nonce\":\"" TU_NONCE "\"}}");
	assert_refused(judge_rvr(), BRSKI_E_MALFORMED, &err);
}

/* rfc8366bis 10.1: an old voucher stands there to be renewed. */
static void
old_voucher(void **state)
{
	struct brski_voucher old = brski_voucher_init(BRSKI_VOUCHER);

	(void)state;
	old.assertion = BRSKI_ASSERTION_LOGGED;
	old.serial_number = BRSKI_LIT(SERIAL);
	old.pinned_domain_cert = tu_cert(&w.domain)->der;
	tu_seal(&old, &w.maker, &pvr_wire);
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	assert_ok(judge_rvr(), &err);
	assert_int_equal(out.prior, MASA_PRIOR_VOUCHER);
	assert_false(out.proximity);
	/* as a registrar kept it: we know who we are */
	tu_seal_pvr(&old, &w.maker, &pvr_wire);
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	in.own = tu_cert(&w.maker);
	assert_ok(judge_rvr(), &err);
	assert_int_equal(out.prior, MASA_PRIOR_VOUCHER);
	old.serial_number = BRSKI_LIT("JADA000000000");
	tu_seal(&old, &w.maker, &pvr_wire);
	rvr.prior_signed_voucher_request = brski_buf_slice(&pvr_wire);
	assert_refused_by(judge_rvr(), BRSKI_E_SERIAL, "RFC 8995 5.5.1", &err);
}

static enum brski_rc
judge_file(const char *path, const char *anchor, int64_t at, bool strict)
{
	struct brski_certs roots = { 0 };
	enum brski_rc rc;

	masa_rvr_clear(&out);
	brski_buf_reset(&rvr_wire);
	tu_read(path, &rvr_wire);
	if (anchor != NULL)
		tu_add_file(&roots, anchor);
	in.wire = brski_buf_slice(&rvr_wire);
	in.anchors = &roots;
	in.at = at;
	in.strict = strict;
	rc = masa_rvr_judge(&in, &out, &err);
	brski_certs_clear(&roots);
	return rc;
}

#define APRIL_2021 INT64_C(1618444800)

/* RFC 8995 appendix C: the RVR carries the PVR of C.2.1. */
static void
rfc8995_example(void **state)
{
	const char *root = "rfc8995-appendix-c/manufacturer_ca.crt.pem";

	(void)state;
	assert_ok(judge_file("rfc8995-appendix-c/rvr.cms", root, APRIL_2021, false), &err);
	assert_int_equal(out.prior, MASA_PRIOR_PVR);
	assert_true(out.proximity);
	assert_slice_eq(out.rvr.v.serial_number, BRSKI_LIT("00-D0-E5-F2-00-02"));
	assert_refused(judge_file("rfc8995-appendix-c/rvr.cms",
	                   "minerva-cms/vendor-honeydukes.crt.pem", APRIL_2021, false),
	    BRSKI_E_CERTIFICATE, &err);
	assert_refused(judge_file("rfc8995-appendix-c/rvr.cms", root, TU_NOW, false),
	    BRSKI_E_EXPIRED, &err);
	assert_refused(judge_file("rfc8995-appendix-c/rvr.cms", root, APRIL_2021, true),
	    BRSKI_E_SIGNATURE, &err);
}

static const struct vector {
	const char *file, *anchor;
	enum brski_rc rc;
	const char *spec;
} vectors[] = {
	{ "minerva-cms/rvr-9730-no-assertion.cms", NULL, BRSKI_OK, NULL },
	{ "minerva-cms/rvr-00-d0-e5-02-00-2d.cms", "minerva-cms/vendor-honeydukes.crt.pem",
	    BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4" },
	{ "minerva-cms/rvr-00-D0-E5-F2-00-02-2017.cms", NULL, BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4" },
	/* no cmcRA either, but its secp256k1 key is met first */
	{ "minerva-cms/rvr-00-D0-E5-02-00-20-2017.cms", NULL, BRSKI_E_SIGNATURE, NULL },
	{ "minerva-bad/rvr-serial-mismatch.cms", "minerva-cms/vendor-highway-1.crt.pem",
	    BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4" },
	{ "minerva-bad/rvr-prior-is-json-object.cms", NULL, BRSKI_E_MALFORMED, NULL },
	{ "minerva-bad/rvr-prior-unsigned-json.cms", NULL, BRSKI_E_FORBIDDEN, NULL },
	{ "minerva-bad/empty.cms", NULL, BRSKI_E_MALFORMED, NULL },
};

/* What others made, good and bad; all have expired. */
static void
other_peoples_requests(void **state)
{
	size_t i;
	enum brski_rc rc;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		err = (struct brski_err){ 0 };
		rc = judge_file(vectors[i].file, vectors[i].anchor, BRSKI_TIME_UNKNOWN, false);
		if (rc != vectors[i].rc ||
		    (vectors[i].spec != NULL && strcmp(err.spec, vectors[i].spec) != 0))
			fail_msg("%s: %s, %s: %s", vectors[i].file, brski_rc_name(rc),
			    err.spec != NULL ? err.spec : "", err.detail);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good),
		TEST(no_prior_request),
		TEST(any_length_of_chain),
		TEST(remembered_chain),
		TEST(remembered_beside_pledges),
		TEST(inconsistent_chain),
		TEST(chain_without_top),
		TEST(rolled_over),
		TEST(expired_registrar),
		TEST(expired_domain_ca),
		TEST(top_that_is_no_ca),
		TEST(signer_is_no_ra),
		TEST(no_serial_number),
		TEST(idevid_issuer),
		TEST(pvr_by_a_stranger),
		TEST(expired_idevid),
		TEST(another_device),
		TEST(serial_elsewhere),
		TEST(another_nonce),
		TEST(another_registrar),
		TEST(proximity_by_key),
		TEST(tls_certificate_in_the_bag),
		TEST(pledge_is_not_in_the_bag),
		TEST(unsigned_prior_request),
		TEST(old_voucher),
	};
	const struct CMUnitTest files[] = {
		TEST(pvr_without_certificates),
		TEST(rfc8995_example),
		TEST(other_peoples_requests),
	};

	return tu_run_formats(tests, make_world, end_world) +
	    cmocka_run_group_tests(files, make_world, end_world);
}
