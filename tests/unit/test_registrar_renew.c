/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that have a certificate ask for the next one: RFC 7030 4.2.2, cBRSKI 6.7.4. */
#include <stdio.h>
#include "base/text.h"
#include "crypto/csr.h"
#include "message/certs_media.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"
#include "tu_registrar.h"

#define ENROLL  "/.well-known/est/simpleenroll"
#define RENEW   "/.well-known/est/simplereenroll"
#define VSTATUS "/.well-known/brski/voucher_status"
#define ESTATUS "/.well-known/brski/enrollstatus"
#define PKCS10  "application/pkcs10"
#define ANY     "admission = any"
#define NOTHING ((struct brski_slice){ 0 })
#define LIFE    (30 * TU_DAY)
#define OVERLAP (2 * TU_DAY)
#define CONF    "ldevid-lifetime = 30d\nrenewal-overlap = 2d"

/* acme's A-1, which is operational since twenty days. */
struct scene {
	struct tu_site s;
	struct tu_id ldevid;
	int64_t id;           /* of its certificate in the store */
	struct brski_key key; /* of the next one */
	struct brski_buf csr;
	struct brski_certs issued; /* the last answer, as its only member */
	struct tu_exchange e;
};

static void
new_csr(struct scene *c, struct brski_slice subject, struct brski_slice challenge)
{
	struct brski_err err = { 0 };

	brski_key_clear(&c->key);
	brski_buf_reset(&c->csr);
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &c->key, &err), &err);
	assert_ok(brski_csr_encode(&c->key, subject, challenge, &c->csr, &err), &err);
}

/* The row of a certificate that was issued a while ago; its id. */
static int64_t
put(struct scene *c, const struct tu_id *id, const char *serial)
{
	const struct brski_cert *x = tu_cert(id);
	struct registrar_certificate row = { .serial = x->serial,
		.der = x->der,
		.authority =
		    brski_slice(registrar_keeper_authorities(c->s.r->site->keeper, &(size_t){ 0 })
		                    ->id,
		        REGISTRAR_AUTHORITY_ID),
		.issued = x->not_before,
		.not_before = x->not_before,
		.not_after = x->not_after };
	struct registrar_device d;
	struct brski_err err = { 0 };

	assert_ok(registrar_begin(c->s.r, &err), &err);
	if (serial != NULL) {
		tu_device(&c->s, "acme", serial, &d);
		d.state = REGISTRAR_OPERATIONAL;
		assert_ok(registrar_device_put(c->s.store, &d, &err), &err);
		row.device = d.id;
	}
	assert_ok(registrar_certificate_put(c->s.store, &row, &err), &err);
	if (serial != NULL) {
		assert_ok(registrar_life_update(c->s.r, &d, "certificate issued", &err), &err);
		assert_ok(registrar_device_put(c->s.store, &d, &err), &err);
	}
	assert_ok(registrar_commit(c->s.r, &err), &err);
	return row.id;
}

static struct brski_cert_facts
ldevid_facts(void)
{
	struct brski_cert_facts f = tu_facts("device");

	f.subject = tu_name("device", "A-1");
	f.not_before = TU_NOW - 20 * TU_DAY;
	f.not_after = f.not_before + LIFE;
	return f;
}

static void
open_scene(struct scene *c, const char *top)
{
	struct brski_cert_facts f = ldevid_facts();

	memset(c, 0, sizeof(*c));
	tu_site_open(&c->s, top, ANY);
	tu_site_wait(&c->s, 1);
	tu_issue(&c->ldevid, &c->s.domain, &f);
	c->id = put(c, &c->ldevid, "A-1");
	new_csr(c, f.subject, NOTHING);
}

static void
close_scene(struct scene *c)
{
	tu_site_close(&c->s);
	tu_id_clear(&c->ldevid);
	brski_key_clear(&c->key);
	brski_buf_clear(&c->csr);
	brski_certs_clear(&c->issued);
}

static void
renew(struct scene *c, const struct tu_id *who)
{
	tu_send(&c->s, &c->e, who, RENEW, PKCS10, brski_buf_slice(&c->csr));
	assert_int_equal(c->e.done, 1);
}

/* It is served: whose certificate comes is in c->issued; its row. */
static struct registrar_certificate
assert_renewed(struct scene *c)
{
	struct registrar_certificate row;
	struct brski_err err = { 0 };

	if (c->e.rc != BRSKI_OK)
		fail_msg("%s: %s", brski_rc_name(c->e.rc), c->s.last_line);
	brski_certs_clear(&c->issued);
	assert_string_equal(c->e.media, "application/pkcs7-mime; smime-type=certs-only");
	assert_ok(brski_certs_only_decode(brski_buf_slice(&c->e.reply), &c->issued, &err), &err);
	assert_int_equal(c->issued.n, 1); /* RFC 7030 4.2.3: only the issued certificate */
	tu_exchange_clear(&c->e);
	assert_ok(registrar_certificate_match(c->s.store, &c->issued.v[0], &row, NULL, &err), &err);
	assert_int_not_equal(row.id, 0);
	return row;
}

static void
assert_refusal(struct scene *c, enum brski_rc rc, const char *spec)
{
	char event[64], code[64], clause[64];

	assert_int_equal(c->e.rc, rc);
	tu_exchange_clear(&c->e);
	tu_audit_last(&c->s, event, code, clause, sizeof(event));
	assert_string_equal(event, "simplereenroll");
	assert_string_equal(code, brski_rc_name(rc));
	assert_string_equal(clause, spec);
}

static struct registrar_device
device(struct scene *c)
{
	struct registrar_device d;

	tu_device(&c->s, "acme", "A-1", &d);
	return d;
}

/* The next certificate is the device's alone for its new key; the old one has its overlap. */
static void
renews(void **state)
{
	struct registrar_certificate row, old;
	const struct brski_cert *x;
	struct scene c;
	int64_t now;

	(void)state;
	open_scene(&c, CONF);
	assert_int_equal(device(&c).life, REGISTRAR_LIFE_RENEWAL_DUE);
	now = c.s.now;
	renew(&c, &c.ldevid);
	row = assert_renewed(&c);
	assert_non_null(strstr(c.s.last_line, "certificate renewed"));
	assert_non_null(strstr(c.s.last_line, "serial=\"A-1\""));
	x = &c.issued.v[0];
	assert_slice_eq(x->spki, brski_key_spki(&c.key));
	assert_slice_eq(x->subject, tu_cert(&c.ldevid)->subject);
	assert_null(x->san.p);
	assert_true(x->not_after == now + LIFE);
	assert_int_equal(row.predecessor, c.id);
	assert_int_equal(row.device, device(&c).id);
	assert_int_equal(row.revoke_at, 0);
	old = tu_stored(&c.s, c.id);
	assert_int_equal(old.revoke_at, now + OVERLAP);
	assert_int_equal(old.revoked, 0); /* never at issue */
	assert_int_equal(device(&c).life, REGISTRAR_LIFE_ACTIVE);
	assert_int_equal(device(&c).state, REGISTRAR_OPERATIONAL);
	assert_string_equal(device(&c).contact.address, "[::1]:4711");
	/* both are good until the overlap is over, then one is superseded, by itself */
	tu_site_wait(&c.s, OVERLAP - 1);
	assert_int_equal(tu_stored(&c.s, c.id).revoked, 0);
	tu_site_wait(&c.s, 2);
	assert_true(tu_stored(&c.s, c.id).revoked >= now + OVERLAP);
	assert_int_equal(tu_stored(&c.s, c.id).reason, BRSKI_REASON_SUPERSEDED);
	assert_int_equal(tu_stored(&c.s, row.id).revoked, 0);
	close_scene(&c);
}

/* The same request with the same certificate has one answer; with the next one it is a new one. */
static void
repeats(void **state)
{
	struct registrar_certificate first, again, next;
	struct scene c;
	struct tu_id id = { 0 };
	int rows;

	(void)state;
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	first = assert_renewed(&c);
	rows = tu_audit_rows(&c.s);
	tu_site_restart(&c.s);
	renew(&c, &c.ldevid);
	again = assert_renewed(&c);
	assert_int_equal(again.id, first.id);
	assert_int_equal(tu_audit_rows(&c.s), rows);
	/* the answer was lost, and the overlap is over */
	tu_site_wait(&c.s, OVERLAP + 1);
	assert_int_equal(tu_stored(&c.s, c.id).reason, BRSKI_REASON_SUPERSEDED);
	renew(&c, &c.ldevid);
	again = assert_renewed(&c);
	assert_int_equal(again.id, first.id);
	/* the certificate that was made of it is another predecessor */
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	renew(&c, &id);
	next = assert_renewed(&c);
	assert_int_not_equal(next.id, first.id);
	assert_int_equal(next.predecessor, first.id);
	assert_slice_eq(c.issued.v[0].spki, id.chain.v[0].spki);
	/* the first answer is superseded now: not even its own question brings it back */
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	tu_id_clear(&id);
	close_scene(&c);
}

/* RFC 7030 4.2.2: whose overlap is over has to use what it got. */
static void
after_the_overlap(void **state)
{
	struct registrar_certificate second, third;
	struct brski_slice subject = tu_name("device", "A-1");
	struct brski_buf lost = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	second = assert_renewed(&c);
	assert_int_equal(brski_buf_set(&lost, brski_buf_slice(&c.csr), NULL), BRSKI_OK);
	/* within it another request is another certificate, and the one before has an end, too */
	new_csr(&c, subject, NOTHING);
	renew(&c, &c.ldevid);
	third = assert_renewed(&c);
	assert_int_not_equal(third.id, second.id);
	assert_int_equal(tu_stored(&c.s, second.id).revoke_at, c.s.now + OVERLAP);
	/* what is superseded is no answer any more */
	assert_int_equal(brski_buf_set(&c.csr, brski_buf_slice(&lost), NULL), BRSKI_OK);
	renew(&c, &c.ldevid);
	assert_int_not_equal(assert_renewed(&c).id, second.id);
	brski_buf_clear(&lost);
	/* over, though no timer has fired yet */
	new_csr(&c, subject, NOTHING);
	c.s.now += OVERLAP;
	assert_int_equal(tu_stored(&c.s, c.id).revoked, 0);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	tu_site_wait(&c.s, 1);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	close_scene(&c);
}

/* Who asks: an LDevID of this domain that is recorded, of a device that is in order. */
static void
strangers(void **state)
{
	struct brski_cert_facts f = ldevid_facts();
	struct tu_id id = { 0 }, ca = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	/* who has an IDevID only has nothing to renew */
	tu_idevid(&id, &c.s.acme, "A-1", TU_MASA_URL);
	renew(&c, &id);
	assert_refusal(&c, BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2");
	assert_non_null(strstr(c.s.last_line, "serial=\"A-1\""));
	tu_id_clear(&id);
	/* another domain's, and one that says that it is ours */
	tu_ca(&ca, "Another CA");
	tu_issue(&id, &ca, &f);
	renew(&c, &id);
	assert_refusal(&c, BRSKI_E_UNKNOWN, "RFC 7030 3.3.2");
	tu_id_clear(&id);
	tu_id_clear(&ca);
	tu_ca(&ca, "Domain CA");
	f = ldevid_facts();
	tu_issue(&id, &ca, &f);
	renew(&c, &id);
	assert_int_equal(c.e.rc, BRSKI_E_SIGNATURE);
	tu_exchange_clear(&c.e);
	tu_id_clear(&id);
	tu_id_clear(&ca);
	/* by our CA, and not in the store; our own */
	f = ldevid_facts();
	tu_issue(&id, &c.s.domain, &f);
	renew(&c, &id);
	assert_refusal(&c, BRSKI_E_UNKNOWN, "RFC 7030 3.3.2");
	tu_id_clear(&id);
	renew(&c, &c.s.registrar);
	assert_refusal(&c, BRSKI_E_UNKNOWN, "RFC 7030 3.3.2");
	/* nobody */
	tu_send(&c.s, &c.e, NULL, RENEW, PKCS10, brski_buf_slice(&c.csr));
	assert_int_equal(c.e.rc, BRSKI_E_UNAUTHENTICATED);
	tu_exchange_clear(&c.e);
	/* and enrolment is for IDevIDs */
	tu_send(&c.s, &c.e, &c.ldevid, ENROLL, PKCS10, brski_buf_slice(&c.csr));
	assert_int_equal(c.e.rc, BRSKI_E_UNKNOWN);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

static void
out_of_time(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	c.s.now = tu_cert(&c.ldevid)->not_after;
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	/* not even the same again */
	c.s.now++;
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_EXPIRED, "RFC 5280 4.1.2.5");
	assert_non_null(strstr(c.s.last_line, "serial=\"A-1\""));
	close_scene(&c);
}

/* The operator's word counts, and counts for the lost answer, too. */
static void
taken_back(void **state)
{
	struct registrar_certificate row;
	struct registrar_device d;
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	row = tu_stored(&c.s, c.id);
	assert_ok(registrar_revoke_certificate(c.s.r, "uid:0", &row,
	              BRSKI_REASON_PRIVILEGE_WITHDRAWN, &err),
	    &err);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	close_scene(&c);
	/* the answer was taken back: nothing comes in its place */
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	row = assert_renewed(&c);
	row = tu_stored(&c.s, row.id);
	assert_ok(registrar_revoke_certificate(c.s.r, "uid:0", &row, BRSKI_REASON_KEY_COMPROMISE,
	              &err),
	    &err);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 8995 5.3");
	close_scene(&c);
	/* the device */
	open_scene(&c, CONF);
	d = device(&c);
	assert_ok(registrar_revoke_device(c.s.r, "uid:0", &d, BRSKI_REASON_HOLD, &err), &err);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 8995 5.3");
	c.s.transport = "coaps";
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 8995 5.3");
	assert_ok(registrar_reinstate(c.s.r, "uid:0", &d, NULL, &err), &err);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	/* refused by the operator */
	tu_admin(&c.s, &c.e, BRSKI_POST, "/v1/devices/acme/A-1/deny", NULL, NULL);
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_UNKNOWN, "RFC 8995 5.3");
	close_scene(&c);
}

/* RFC 7030 4.2.2: subject and subjectAltName are those of the certificate. */
static void
names(void **state)
{
	static const char *const dns[] = { "a", NULL };
	struct brski_cert_facts f;
	struct tu_id id = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	new_csr(&c, tu_name("device", "A-2"), NOTHING);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2");
	assert_non_null(strstr(c.s.last_line, "certificate's"));
	/* RFC 5280 7.1: case is of no matter; what is issued says what it said */
	new_csr(&c, tu_name("DEVICE", "a-1"), NOTHING);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	assert_slice_eq(c.issued.v[0].subject, tu_cert(&c.ldevid)->subject);
	/* one that has names for TLS keeps them */
	f = ldevid_facts();
	f.dns = dns;
	tu_issue(&id, &c.s.domain, &f);
	put(&c, &id, "A-1");
	renew(&c, &id);
	assert_refusal(&c, BRSKI_E_FORBIDDEN, "RFC 7030 4.2.2");
	assert_non_null(strstr(c.s.last_line, "subjectAltName"));
	tu_id_clear(&id);
	close_scene(&c);
}

static void
bad_requests(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	tu_site_reload(&c.s, CONF "\ncsr-key = p384\ncsr-key-required = yes", ANY);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_CERTIFICATE, "RFC 8995 5.9.2");
	tu_site_reload(&c.s, CONF "\nchannel-binding = yes", ANY);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_SIGNATURE, "RFC 7030 3.5");
	tu_site_reload(&c.s, CONF, ANY);
	new_csr(&c, tu_name("device", "A-1"), BRSKI_LIT("another"));
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_SIGNATURE, "RFC 7030 3.5");
	new_csr(&c, tu_name("device", "A-1"), NOTHING);
	c.csr.p[c.csr.n - 1] ^= 1;
	renew(&c, &c.ldevid);
	assert_int_equal(c.e.rc, BRSKI_E_SIGNATURE);
	tu_exchange_clear(&c.e);
	tu_send(&c.s, &c.e, &c.ldevid, RENEW, PKCS10, BRSKI_LIT("0"));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	tu_send(&c.s, &c.e, &c.ldevid, RENEW, "text/plain", BRSKI_LIT("0"));
	assert_int_equal(c.e.rc, BRSKI_E_MEDIA_TYPE);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* No disk, no certificate; nothing has happened. */
static void
store_fails(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	assert_int_equal(brski_store_exec(c.s.store, NULL, NULL,
	                     "CREATE TRIGGER full BEFORE UPDATE OF revoke_at ON certificates"
	                     " BEGIN SELECT RAISE(FAIL, 'disk full'); END",
	                     ""),
	    BRSKI_OK);
	renew(&c, &c.ldevid);
	assert_true(brski_rc_http(c.e.rc) >= 400);
	tu_exchange_clear(&c.e);
	assert_int_equal(tu_stored(&c.s, c.id).revoke_at, 0);
	assert_int_equal(device(&c).life, REGISTRAR_LIFE_RENEWAL_DUE);
	close_scene(&c);
}

/* RFC 5280 4.2.1.13, 4.2.2.1; cBRSKI 6.7.4 over CoAP, one certificate without a wrap. */
static void
says_where_lists_are(void **state)
{
	struct brski_cert x;
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF "\nva-url = \"http://va.example:80\"");
	c.s.transport = "coaps";
	c.s.accept = "application/pkix-cert";
	renew(&c, &c.ldevid);
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_string_equal(c.e.media, "application/pkix-cert");
	assert_ok(brski_cert_decode(brski_buf_slice(&c.e.reply), &x, &err), &err);
	assert_slice_eq(x.ocsp_url, BRSKI_LIT("http://va.example:80/ocsp"));
	assert_int_equal(x.crl_url.n, strlen("http://va.example:80/crl/.crl") + 40);
	assert_memory_equal(x.crl_url.p, "http://va.example:80/crl/", 25);
	tu_exchange_clear(&c.e);
	close_scene(&c);
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	assert_null(c.issued.v[0].ocsp_url.p);
	assert_null(c.issued.v[0].crl_url.p);
	close_scene(&c);
}

/* The device has its voucher. */
static void
put_request(struct scene *c)
{
	struct registrar_device d = device(c);
	struct brski_err err = { 0 };

	d.request = 1;
	assert_int_equal(brski_store_exec(c->s.store, NULL, NULL,
	                     "INSERT INTO requests (id, device, pvr_hash, media, url, created, rvr,"
	                     " status, verdict, detail)"
	                     " VALUES (1, $1, x'00', 'application/voucher-cms+json', '', 0, x'', 0,"
	                     " 0, '')",
	                     "i", d.id),
	    BRSKI_OK);
	assert_ok(registrar_device_put(c->s.store, &d, &err), &err);
}

/* RFC 8995 5.9.4: good news by the certificate that works; a revoked one speaks for nobody. */
static void
reports(void **state)
{
	struct registrar_certificate row;
	struct brski_err err = { 0 };
	struct tu_id id = { 0 };
	char event[64], code[64], clause[64];
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	put_request(&c);
	renew(&c, &c.ldevid);
	row = assert_renewed(&c);
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	tu_send(&c.s, &c.e, &id, ESTATUS, "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	/* superseded, in its overlap */
	tu_send(&c.s, &c.e, &c.ldevid, ESTATUS, "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	row = tu_stored(&c.s, c.id);
	assert_ok(registrar_revoke_certificate(c.s.r, "uid:0", &row, BRSKI_REASON_KEY_COMPROMISE,
	              &err),
	    &err);
	tu_send(&c.s, &c.e, &c.ldevid, ESTATUS, "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	assert_int_equal(c.e.rc, BRSKI_E_REVOKED);
	tu_exchange_clear(&c.e);
	tu_audit_last(&c.s, event, code, clause, sizeof(event));
	assert_string_equal(event, "enrollstatus");
	assert_string_equal(code, "E_REVOKED");
	tu_id_clear(&id);
	close_scene(&c);
}

/* A report that changes nothing, and its refusal is in the trail. */
static void
assert_unheard(struct scene *c, const struct tu_id *who, const char *path, const char *event,
    enum brski_rc rc)
{
	char last[64], code[64], clause[64];

	tu_send(&c->s, &c->e, who, path, "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":false,\"reason\":\"no\"}"));
	assert_int_equal(c->e.rc, rc);
	tu_exchange_clear(&c->e);
	tu_audit_last(&c->s, last, code, clause, sizeof(last));
	assert_string_equal(last, event);
	assert_string_equal(code, brski_rc_name(rc));
	assert_int_equal(device(c).state, REGISTRAR_OPERATIONAL);
	assert_string_equal(device(c).reason, "");
}

/* Whose certificate is over or superseded, and who was given up, has no say any more. */
static void
reports_of_nobody(void **state)
{
	struct registrar_device d;
	struct brski_err err = { 0 };
	struct tu_id id = { 0 }, idevid = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	put_request(&c);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	/* its overlap is over, though no timer has fired yet; and when it has */
	c.s.now += OVERLAP;
	assert_unheard(&c, &c.ldevid, ESTATUS, "enrollstatus", BRSKI_E_REVOKED);
	tu_site_wait(&c.s, 1);
	assert_int_equal(tu_stored(&c.s, c.id).reason, BRSKI_REASON_SUPERSEDED);
	assert_unheard(&c, &c.ldevid, ESTATUS, "enrollstatus", BRSKI_E_REVOKED);
	/* not yet, and not any more */
	c.s.now = id.chain.v[0].not_before - 1;
	assert_unheard(&c, &id, ESTATUS, "enrollstatus", BRSKI_E_EXPIRED);
	c.s.now = id.chain.v[0].not_after + 1;
	assert_unheard(&c, &id, ESTATUS, "enrollstatus", BRSKI_E_EXPIRED);
	c.s.now = id.chain.v[0].not_after;
	/* a device that is out of the domain, also with what its maker gave it */
	tu_idevid(&idevid, &c.s.acme, "A-1", TU_MASA_URL);
	d = device(&c);
	assert_ok(registrar_decommission(c.s.r, "uid:0", &d, NULL, &err), &err);
	assert_unheard(&c, &idevid, ESTATUS, "enrollstatus", BRSKI_E_REVOKED);
	assert_unheard(&c, &idevid, VSTATUS, "voucher_status", BRSKI_E_REVOKED);
	tu_id_clear(&idevid);
	tu_id_clear(&id);
	close_scene(&c);
}

/* The device is in order again, whatever became of its certificates. */
static void
lift(struct scene *c)
{
	struct registrar_device d = device(c);
	struct brski_err err = { 0 };

	d.standing = REGISTRAR_IN_ORDER;
	assert_ok(registrar_device_put(c->s.store, &d, &err), &err);
}

/* What a stolen key has obtained is taken back with it, and it obtains nothing more. */
static void
stolen_key(void **state)
{
	struct registrar_certificate first, second, third, row;
	struct tu_id id = { 0 };
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	first = assert_renewed(&c);
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	/* the one in between is superseded by the time */
	tu_site_wait(&c.s, OVERLAP + 1);
	new_csr(&c, tu_name("device", "A-1"), NOTHING);
	renew(&c, &id);
	second = assert_renewed(&c);
	tu_site_wait(&c.s, OVERLAP + 1);
	assert_int_equal(tu_stored(&c.s, first.id).reason, BRSKI_REASON_SUPERSEDED);
	/* another one that has nothing to do with it */
	third = tu_stored(&c.s, tu_certify(&c.s, "A-1", c.s.now - 60, c.s.now + LIFE));
	row = tu_stored(&c.s, first.id);
	assert_int_equal(row.revoked != 0, 1);
	/* as the operator would have: before it was superseded */
	assert_ok(registrar_certificate_set_revoked(c.s.store, first.id, 0, 0, &err), &err);
	row = tu_stored(&c.s, first.id);
	assert_ok(registrar_revoke_certificate(c.s.r, "uid:0", &row, BRSKI_REASON_CESSATION, &err),
	    &err);
	assert_int_equal(tu_stored(&c.s, second.id).revoked, 0);
	assert_ok(registrar_certificate_set_revoked(c.s.store, first.id, 0, 0, &err), &err);
	row = tu_stored(&c.s, first.id);
	assert_ok(registrar_revoke_certificate(c.s.r, "uid:0", &row, BRSKI_REASON_KEY_COMPROMISE,
	              &err),
	    &err);
	assert_int_equal(tu_stored(&c.s, second.id).reason, BRSKI_REASON_KEY_COMPROMISE);
	assert_int_equal(tu_stored(&c.s, third.id).revoked, 0);
	assert_int_equal(device(&c).standing, REGISTRAR_IN_ORDER);
	tu_id_clear(&id);
	close_scene(&c);

	/* the key of the request was the thief's */
	open_scene(&c, CONF);
	renew(&c, &c.ldevid);
	first = assert_renewed(&c);
	row = tu_stored(&c.s, first.id);
	assert_ok(registrar_revoke_certificate(c.s.r, "uid:0", &row, BRSKI_REASON_KEY_COMPROMISE,
	              &err),
	    &err);
	assert_int_equal(device(&c).standing, REGISTRAR_REVOKED_DEVICE);
	assert_ok(registrar_certificate_set_revoked(c.s.store, c.id, 0, 0, &err), &err);
	lift(&c);
	renew(&c, &c.ldevid);
	assert_refusal(&c, BRSKI_E_REVOKED, "RFC 5280 5.3.1");
	new_csr(&c, tu_name("device", "A-1"), NOTHING);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	close_scene(&c);
}

/* Each certificate is an entry of the list until its time is over: no device has it for itself. */
static void
too_many(void **state)
{
	struct scene c;
	struct tu_id id = { 0 };
	int64_t first_end;
	int rows;

	(void)state;
	open_scene(&c, CONF "\ncertificates-per-device = 3");
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	new_csr(&c, tu_name("device", "A-1"), NOTHING);
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	/* the same request has its answer still, another one has none */
	renew(&c, &c.ldevid);
	assert_renewed(&c);
	new_csr(&c, tu_name("device", "A-1"), NOTHING);
	rows = tu_audit_rows(&c.s);
	renew(&c, &c.ldevid);
	assert_int_equal(c.e.retry_after_s, 3600);
	assert_refusal(&c, BRSKI_E_BUSY, "RFC 6585 4");
	assert_int_equal(tu_audit_rows(&c.s), rows + 1);
	assert_non_null(strstr(c.s.last_line, "3 certificates whose time is not over"));
	/* those that were taken back count: they are on the list */
	tu_site_wait(&c.s, OVERLAP + 1);
	assert_int_equal(tu_stored(&c.s, c.id).reason, BRSKI_REASON_SUPERSEDED);
	tu_id_clear(&id);
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	renew(&c, &id);
	assert_refusal(&c, BRSKI_E_BUSY, "RFC 6585 4");
	/* until the first one's time is over */
	first_end = tu_stored(&c.s, c.id).not_after;
	tu_site_wait(&c.s, first_end - c.s.now);
	renew(&c, &id);
	assert_int_equal(c.e.retry_after_s, 1);
	assert_refusal(&c, BRSKI_E_BUSY, "RFC 6585 4");
	tu_site_wait(&c.s, 1);
	renew(&c, &id);
	assert_renewed(&c);
	tu_id_clear(&id);
	close_scene(&c);
}

/* What a thief had made until the device was reinstated does not keep it out. */
static void
victims(void **state)
{
	struct scene c;
	struct tu_id id = { 0 };
	struct registrar_device d;
	struct registrar_certificate held;
	struct brski_err err = { 0 };

	(void)state;
	open_scene(&c, CONF "\ncertificates-per-device = 2");
	renew(&c, &c.ldevid);
	held = assert_renewed(&c);
	assert_int_equal(brski_certs_copy(&id.chain, &c.issued, NULL), BRSKI_OK);
	tu_site_wait(&c.s, OVERLAP + 1);
	assert_int_equal(tu_stored(&c.s, c.id).reason, BRSKI_REASON_SUPERSEDED);
	new_csr(&c, tu_name("device", "A-1"), NOTHING);
	renew(&c, &id);
	assert_refusal(&c, BRSKI_E_BUSY, "RFC 6585 4");
	d = device(&c);
	assert_ok(registrar_revoke_device(c.s.r, "uid:0", &d, BRSKI_REASON_HOLD, &err), &err);
	assert_ok(registrar_reinstate(c.s.r, "uid:0", &d, NULL, &err), &err);
	assert_int_equal(device(&c).reinstated, c.s.now);
	assert_int_equal(tu_stored(&c.s, held.id).revoked, 0);
	renew(&c, &id);
	assert_renewed(&c);
	tu_id_clear(&id);
	close_scene(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renews),
		cmocka_unit_test(repeats),
		cmocka_unit_test(after_the_overlap),
		cmocka_unit_test(strangers),
		cmocka_unit_test(out_of_time),
		cmocka_unit_test(taken_back),
		cmocka_unit_test(names),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(store_fails),
		cmocka_unit_test(says_where_lists_are),
		cmocka_unit_test(reports),
		cmocka_unit_test(too_many),
		cmocka_unit_test(victims),
		cmocka_unit_test(stolen_key),
		cmocka_unit_test(reports_of_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
