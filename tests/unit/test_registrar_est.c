/* SPDX-License-Identifier: Apache-2.0 */
/* After the voucher: audit log, telemetry, enrolment. RFC 8995 5.7 to 5.9, RFC 7030 4. */
#include <stdio.h>
#include "base/text.h"
#include "crypto/csr.h"
#include "message/certs_media.h"
#include "message/csrattrs.h"
#include "registrar/revoke.h"
#include "tu_registrar.h"
#include "tu_rvr.h"

#define VOUCHER "/.well-known/brski/requestvoucher"
#define VSTATUS "/.well-known/brski/voucher_status"
#define ESTATUS "/.well-known/brski/enrollstatus"
#define CACERTS "/.well-known/est/cacerts"
#define ENROLL  "/.well-known/est/simpleenroll"
#define MEDIA   (tu_format->media_type)
#define JSON    "application/json"
#define PKCS10  "application/pkcs10"
#define ANY     "admission = any"

struct scene {
	struct tu_site s;
	struct tu_id pledge;
	struct brski_key key; /* the LDevID's */
	struct brski_buf csr;
	struct tu_exchange e, e2;
};

/* A device that has its voucher; the audit log is asked for (call 1) and not answered. */
static void
open_scene(struct scene *c, const char *top, const char *rules)
{
	struct brski_buf wire = { 0 };
	struct brski_err err = { 0 };

	memset(c, 0, sizeof(*c));
	tu_site_open(&c->s, top, rules);
	tu_idevid(&c->pledge, &c->s.acme, "A-1", TU_MASA_URL);
	tu_make_pvr(&c->s, &c->pledge, "A-1", TU_NONCE, &wire);
	tu_send(&c->s, &c->e, &c->pledge, VOUCHER, MEDIA, brski_buf_slice(&wire));
	tu_make_voucher(&c->s, tu_call(&c->s, 0), &wire);
	tu_answer(tu_call(&c->s, 0), BRSKI_OK, MEDIA, brski_buf_slice(&wire));
	assert_int_equal(c->e.rc, BRSKI_OK);
	tu_exchange_clear(&c->e);
	brski_buf_clear(&wire);
	assert_ok(brski_key_generate(BRSKI_KEY_P256, &c->key, &err), &err);
	assert_ok(brski_csr_encode(&c->key, tu_cert(&c->pledge)->subject, (struct brski_slice){ 0 },
	              &c->csr, &err),
	    &err);
	c->s.log_lines = 0;
}

static void
close_scene(struct scene *c)
{
	tu_site_close(&c->s);
	tu_id_clear(&c->pledge);
	brski_key_clear(&c->key);
	brski_buf_clear(&c->csr);
}

/* The n-th question, for the audit log, is answered. */
static void
answer_auditlog(struct scene *c, size_t n, const struct tu_id *owner, const char *more)
{
	struct brski_buf log = { 0 };

	assert_string_equal(tu_call(&c->s, n)->path, "/requestauditlog");
	tu_make_auditlog(owner, more, &log);
	tu_answer(tu_call(&c->s, n), BRSKI_OK, JSON, brski_buf_slice(&log));
	brski_buf_clear(&log);
}

static void
enroll(struct scene *c, struct tu_exchange *e)
{
	tu_send(&c->s, e, &c->pledge, ENROLL, PKCS10, brski_buf_slice(&c->csr));
}

/* The certificate of an answer, as the only member of *out. */
static void
assert_certificate(struct scene *c, struct tu_exchange *e, struct brski_certs *out)
{
	struct brski_err err = { 0 };

	assert_int_equal(e->done, 1);
	assert_int_equal(e->rc, BRSKI_OK);
	assert_string_equal(e->media, "application/pkcs7-mime; smime-type=certs-only");
	assert_ok(brski_certs_only_decode(brski_buf_slice(&e->reply), out, &err), &err);
	assert_int_equal(out->n, 1); /* RFC 7030 4.2.3: only the issued certificate */
	assert_slice_eq(out->v[0].spki, brski_key_spki(&c->key));
	tu_exchange_clear(e);
}

static void
assert_last_audit(struct scene *c, const char *event, const char *rc, const char *spec)
{
	char e[64], code[64], clause[64];

	tu_audit_last(&c->s, e, code, clause, sizeof(e));
	assert_string_equal(e, event);
	assert_string_equal(code, rc);
	assert_string_equal(clause, spec);
}

static void
assert_refusal(struct scene *c, struct tu_exchange *e, enum brski_rc rc, const char *spec)
{
	assert_int_equal(e->rc, rc);
	assert_last_audit(c, "simpleenroll", brski_rc_name(rc), spec);
	tu_exchange_clear(e);
}

static void
ldevid(void **state)
{
	struct brski_certs issued = { 0 }, again = { 0 };
	struct registrar_device d;
	const struct brski_cert *l;
	struct scene c;

	(void)state;
	open_scene(&c, "ldevid-lifetime = 10d", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	assert_last_audit(&c, "auditlog", "OK", "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	assert_int_equal(tu_audit_rows(&c.s), 3);
	l = &issued.v[0];
	assert_slice_eq(l->subject, tu_cert(&c.pledge)->subject);
	assert_slice_eq(l->issuer, tu_cert(&c.s.domain)->subject);
	assert_slice_eq(l->aki, tu_cert(&c.s.domain)->ski);
	assert_true(l->ski.n == 20);
	assert_int_equal(l->key_usage, BRSKI_KU_DIGITAL_SIGNATURE);
	assert_int_equal(l->eku, BRSKI_EKU_CLIENT_AUTH);
	assert_null(l->san.p);
	assert_false(l->ca);
	assert_true(l->serial.n >= 15 && l->serial.n <= 20);
	assert_true(l->not_after == TU_NOW + 10 * TU_DAY);
	assert_true(l->not_before == TU_NOW - 60);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_ENROLLED);
	/* the same again: the same certificate, no new audit row, over a restart */
	tu_site_restart(&c.s);
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &again);
	assert_slice_eq(again.v[0].der, issued.v[0].der);
	assert_int_equal(tu_audit_rows(&c.s), 3);
	brski_certs_clear(&again);
	/* another key is another certificate */
	brski_key_clear(&c.key);
	brski_buf_reset(&c.csr);
	assert_int_equal(brski_key_generate(BRSKI_KEY_P384, &c.key, NULL), BRSKI_OK);
	assert_int_equal(brski_csr_encode(&c.key, tu_cert(&c.pledge)->subject,
	                     (struct brski_slice){ 0 }, &c.csr, NULL),
	    BRSKI_OK);
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &again);
	assert_false(brski_slice_eq(again.v[0].serial, issued.v[0].serial));
	brski_certs_clear(&again);
	brski_certs_clear(&issued);
	close_scene(&c);
}

/* The lifetime ends with the CA's; usages are the operator's. */
static void
profile(void **state)
{
	struct brski_certs issued = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "ldevid-lifetime = 90y\nldevid-client-auth = no\nldevid-server-auth = yes",
	    ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	assert_true(issued.v[0].not_after == TU_TO);
	assert_int_equal(issued.v[0].eku, BRSKI_EKU_SERVER_AUTH);
	brski_certs_clear(&issued);
	close_scene(&c);
}

/* A certificate for seconds is as good as new when it is issued. */
static void
short_lived(void **state)
{
	struct brski_certs issued = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "ldevid-lifetime = 20\nrenewal-overlap = 3", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	assert_true(issued.v[0].not_before == TU_NOW - 2);
	assert_true(issued.v[0].not_after == TU_NOW + 20);
	brski_certs_clear(&issued);
	close_scene(&c);
}

static void
before_the_voucher(void **state)
{
	struct tu_id fresh = { 0 }, ca = { 0 };
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_idevid(&fresh, &c.s.acme, "A-9", TU_MASA_URL);
	tu_send(&c.s, &c.e, &fresh, ENROLL, PKCS10, brski_buf_slice(&c.csr));
	assert_refusal(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.9");
	tu_device(&c.s, "acme", "A-9", &d);
	assert_int_equal(d.id, 0);
	tu_id_clear(&fresh);
	tu_ca(&ca, "Nobody CA");
	tu_idevid(&fresh, &ca, "A-1", TU_MASA_URL);
	tu_send(&c.s, &c.e, &fresh, ENROLL, PKCS10, brski_buf_slice(&c.csr));
	assert_refusal(&c, &c.e, BRSKI_E_UNKNOWN, "RFC 8995 5.3");
	tu_id_clear(&fresh);
	tu_id_clear(&ca);
	close_scene(&c);
}

/*
 * EST waits for the audit log a while, then it is 202; the verdict comes before anything is issued.
 */
static void
waits_for_the_auditlog(void **state)
{
	struct brski_certs issued = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "hold = 2", ANY);
	enroll(&c, &c.e);
	assert_int_equal(c.e.done, 0);
	tu_site_wait(&c.s, 2);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	enroll(&c, &c.e);
	enroll(&c, &c.e2);
	answer_auditlog(&c, 1, &c.s.domain, "");
	assert_certificate(&c, &c.e, &issued);
	brski_certs_clear(&issued);
	assert_certificate(&c, &c.e2, &issued);
	brski_certs_clear(&issued);
	assert_int_equal(tu_audit_rows(&c.s), 3);
	close_scene(&c);
}

/* Nobody asked any more (restart): EST asks itself. */
static void
asks_for_the_auditlog(void **state)
{
	struct brski_certs issued = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "patience = 2\nhold = 1", ANY);
	tu_site_restart(&c.s);
	enroll(&c, &c.e);
	assert_slice_eq(brski_buf_slice(&tu_call(&c.s, 2)->body),
	    brski_buf_slice(&c.s.calls[0].body));
	answer_auditlog(&c, 2, &c.s.domain, "");
	assert_certificate(&c, &c.e, &issued);
	brski_certs_clear(&issued);
	close_scene(&c);
	/* the MASA is gone */
	open_scene(&c, "patience = 2\nhold = 60", ANY);
	enroll(&c, &c.e);
	tu_no_answer(tu_call(&c.s, 1), BRSKI_E_UNAVAILABLE);
	tu_site_wait(&c.s, 1);
	tu_no_answer(tu_call(&c.s, 2), BRSKI_E_UNAVAILABLE);
	assert_int_equal(c.e.rc, BRSKI_E_UNAVAILABLE);
	tu_exchange_clear(&c.e);
	enroll(&c, &c.e);
	answer_auditlog(&c, 3, &c.s.domain, "");
	assert_certificate(&c, &c.e, &issued);
	brski_certs_clear(&issued);
	close_scene(&c);
}

static void
unknown_owner(void **state)
{
	struct brski_certs issued = { 0 };
	struct tu_exchange a;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.globex, "");
	assert_last_audit(&c, "auditlog", "E_OWNED", "RFC 8995 5.8.3");
	assert_non_null(strstr(c.s.last_line, "E_OWNED"));
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.8.3");
	/* a human may know better, RFC 8995 5.8.3 */
	tu_admin(&c.s, &a, BRSKI_POST, "/v1/devices/acme/A-1/approve", NULL, NULL);
	tu_exchange_clear(&a);
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	brski_certs_clear(&issued);
	close_scene(&c);
}

static void
auditlog_rules(void **state)
{
	struct brski_certs issued = { 0 };
	struct brski_buf id = { 0 };
	uint8_t raw[64];
	char top[160];
	struct scene c;

	(void)state;
	/* only recorded */
	open_scene(&c, "", ANY "\naudit-log = record");
	answer_auditlog(&c, 1, &c.s.globex, "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	brski_certs_clear(&issued);
	close_scene(&c);
	/* our own voucher has to be in it: even when strangers are accepted */
	open_scene(&c, "", ANY "\nunknown-owner = accept");
	answer_auditlog(&c, 1, &c.s.globex, "");
	assert_last_audit(&c, "auditlog", "E_FORBIDDEN", "RFC 8995 5.8.3");
	close_scene(&c);
	/* assertion strength */
	open_scene(&c, "", ANY "\nassertion = verified");
	answer_auditlog(&c, 1, &c.s.domain, "");
	assert_last_audit(&c, "auditlog", "E_ASSERTION", "RFC 8995 5.8.3");
	close_scene(&c);
	/* entries were dropped */
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.domain, ",\"truncation\":{\"arbitrary\":3}");
	assert_last_audit(&c, "auditlog", "E_OWNED", "RFC 8995 5.8.1");
	close_scene(&c);
	/* an expected former owner; our EE counts as ours */
	open_scene(&c, "", ANY);
	assert_int_equal(brski_base64_encode(brski_cert_domain_id(tu_cert(&c.s.globex), raw), &id,
	                     NULL),
	    BRSKI_OK);
	snprintf(top, sizeof(top), "former-owner integrator { domain-id = \"%s\" }",
	    brski_buf_cstr(&id));
	tu_site_reload(&c.s, top, ANY);
	answer_auditlog(&c, 1, &c.s.globex, "");
	assert_last_audit(&c, "auditlog", "E_FORBIDDEN", "RFC 8995 5.8.3"); /* ours is missing */
	close_scene(&c);
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.registrar, "");
	assert_last_audit(&c, "auditlog", "OK", "");
	close_scene(&c);
	brski_buf_clear(&id);
}

static void
auditlog_is_rubbish(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	enroll(&c, &c.e);
	tu_answer(tu_call(&c.s, 1), BRSKI_OK, JSON, BRSKI_LIT("{\"version\":1}"));
	assert_last_audit(&c, "simpleenroll", "E_UPSTREAM", "RFC 8995 5.8.1");
	assert_int_equal(c.e.rc, BRSKI_E_UPSTREAM);
	tu_exchange_clear(&c.e);
	enroll(&c, &c.e); /* asked anew */
	tu_answer(tu_call(&c.s, 2), BRSKI_OK, "text/html", BRSKI_LIT("<html>"));
	assert_int_equal(c.e.rc, BRSKI_E_UPSTREAM);
	tu_exchange_clear(&c.e);
	close_scene(&c);
	/* 404: no owner that the MASA knows. That is a verdict. */
	open_scene(&c, "", ANY);
	tu_answer(tu_call(&c.s, 1), BRSKI_E_UNKNOWN, "text/plain", BRSKI_LIT("who?"));
	assert_last_audit(&c, "auditlog", "E_UNKNOWN", "RFC 8995 5.6");
	tu_site_restart(&c.s);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.8.3");
	assert_int_equal(c.s.calls_n, 2);
	close_scene(&c);
	/* 401: between the MASA and us. None. */
	open_scene(&c, "", ANY);
	tu_answer(tu_call(&c.s, 1), BRSKI_E_UNAUTHENTICATED, "text/plain", BRSKI_LIT("login"));
	assert_last_audit(&c, "auditlog", "E_UPSTREAM", "RFC 8995 5.6");
	tu_site_restart(&c.s);
	enroll(&c, &c.e);
	assert_int_equal(c.s.calls_n, 3);
	close_scene(&c);
	tu_exchange_clear(&c.e);
}

static void
bad_requests(void **state)
{
	struct tu_id self = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	/* foreign subject */
	brski_buf_reset(&c.csr);
	assert_int_equal(brski_csr_encode(&c.key, tu_name("device", "A-2"),
	                     (struct brski_slice){ 0 }, &c.csr, NULL),
	    BRSKI_OK);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.9.2");
	/* challengePassword of another connection */
	brski_buf_reset(&c.csr);
	assert_int_equal(brski_csr_encode(&c.key, tu_cert(&c.pledge)->subject,
	                     BRSKI_LIT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &c.csr,
	                     NULL),
	    BRSKI_OK);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_SIGNATURE, "RFC 7030 3.5");
	/* proof of possession */
	c.csr.p[c.csr.n - 1] ^= 1;
	enroll(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_SIGNATURE);
	tu_exchange_clear(&c.e);
	/* rubbish */
	tu_send(&c.s, &c.e, &c.pledge, ENROLL, PKCS10, BRSKI_LIT("****"));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	tu_send(&c.s, &c.e, &c.pledge, ENROLL, PKCS10, BRSKI_LIT("0"));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	tu_send(&c.s, &c.e, &c.pledge, ENROLL, PKCS10, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	tu_id_clear(&self);
	close_scene(&c);
}

/* RFC 7030 3.5: who wants the link to the connection says so in the CSR attributes. */
static void
assert_asks_for_binding(struct scene *c)
{
	struct brski_csrattrs attrs;
	struct brski_err err = { 0 };

	tu_send(&c->s, &c->e, NULL, "/.well-known/est/csrattrs", NULL, BRSKI_LIT(""));
	assert_ok(brski_csrattrs_decode(brski_buf_slice(&c->e.reply), &attrs, &err), &err);
	assert_true(attrs.challenge_password);
	tu_exchange_clear(&c->e);
}

static void
channel_binding(void **state)
{
	struct brski_certs issued = { 0 };
	struct brski_buf said = { 0 };
	uint8_t binding[32];
	struct scene c;

	(void)state;
	open_scene(&c, "channel-binding = yes\ncsr-key-required = yes", ANY);
	assert_asks_for_binding(&c);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_SIGNATURE, "RFC 7030 3.5");
	memset(binding, 7, sizeof(binding));
	assert_int_equal(brski_base64_encode(brski_slice(binding, sizeof(binding)), &said, NULL),
	    BRSKI_OK);
	brski_buf_reset(&c.csr);
	assert_int_equal(brski_csr_encode(&c.key, tu_cert(&c.pledge)->subject,
	                     brski_buf_slice(&said), &c.csr, NULL),
	    BRSKI_OK);
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	brski_certs_clear(&issued);
	/* and the key type that was asked for */
	tu_site_reload(&c.s, "csr-key = p384\ncsr-key-required = yes", ANY);
	brski_key_clear(&c.key);
	brski_buf_reset(&c.csr);
	assert_int_equal(brski_key_generate(BRSKI_KEY_P256, &c.key, NULL), BRSKI_OK);
	assert_int_equal(brski_csr_encode(&c.key, tu_cert(&c.pledge)->subject,
	                     (struct brski_slice){ 0 }, &c.csr, NULL),
	    BRSKI_OK);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_CERTIFICATE, "RFC 8995 5.9.2");
	brski_buf_clear(&said);
	close_scene(&c);
}

/* The certificate must be stored before it leaves: no disk, no certificate. */
static void
store_fails(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	assert_int_equal(brski_store_exec(c.s.store, NULL, NULL,
	                     "CREATE TRIGGER full BEFORE INSERT ON certificates"
	                     " BEGIN SELECT RAISE(FAIL, 'disk full'); END",
	                     ""),
	    BRSKI_OK);
	enroll(&c, &c.e);
	assert_true(brski_rc_http(c.e.rc) >= 400);
	assert_int_equal(tu_audit_rows(&c.s), 3); /* the refusal */
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

static void
new_csr(struct scene *c)
{
	brski_key_clear(&c->key);
	brski_buf_reset(&c->csr);
	assert_int_equal(brski_key_generate(BRSKI_KEY_P256, &c->key, NULL), BRSKI_OK);
	assert_int_equal(brski_csr_encode(&c->key, tu_cert(&c->pledge)->subject,
	                     (struct brski_slice){ 0 }, &c->csr, NULL),
	    BRSKI_OK);
}

static struct registrar_certificate
row_of(struct scene *c, const struct brski_cert *x)
{
	struct registrar_certificate row;

	assert_int_equal(registrar_certificate_match(c->s.store, x, &row, NULL, NULL), BRSKI_OK);
	assert_int_not_equal(row.id, 0);
	return row;
}

/* Enrolled anew, what the device had before ends later, and is no answer any more. */
static void
enrols_anew(void **state)
{
	struct brski_certs first = { 0 }, second = { 0 }, third = { 0 };
	struct brski_buf csr = { 0 };
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "ldevid-lifetime = 10d\nrenewal-overlap = 1d", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &first);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.life, REGISTRAR_LIFE_ACTIVE);
	assert_int_equal(row_of(&c, &first.v[0]).revoke_at, 0);
	assert_int_equal(row_of(&c, &first.v[0]).predecessor, 0);
	assert_int_equal(brski_buf_set(&csr, brski_buf_slice(&c.csr), NULL), BRSKI_OK);
	new_csr(&c);
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &second);
	assert_int_equal(row_of(&c, &first.v[0]).revoke_at, c.s.now + TU_DAY);
	assert_int_equal(row_of(&c, &first.v[0]).revoked, 0);
	/* the first request again */
	tu_send(&c.s, &c.e, &c.pledge, ENROLL, PKCS10, brski_buf_slice(&csr));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_int_equal(brski_certs_only_decode(brski_buf_slice(&c.e.reply), &third, NULL),
	    BRSKI_OK);
	tu_exchange_clear(&c.e);
	assert_slice_eq(third.v[0].spki, first.v[0].spki);
	assert_false(brski_slice_eq(third.v[0].der, first.v[0].der));
	tu_site_wait(&c.s, TU_DAY + 1);
	assert_int_equal(row_of(&c, &first.v[0]).reason, BRSKI_REASON_SUPERSEDED);
	assert_int_equal(row_of(&c, &third.v[0]).revoked, 0);
	/* one that has run out is none, either */
	tu_site_wait(&c.s, 10 * TU_DAY);
	brski_certs_clear(&second);
	tu_send(&c.s, &c.e, &c.pledge, ENROLL, PKCS10, brski_buf_slice(&csr));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_int_equal(brski_certs_only_decode(brski_buf_slice(&c.e.reply), &second, NULL),
	    BRSKI_OK);
	tu_exchange_clear(&c.e);
	assert_false(brski_slice_eq(second.v[0].der, third.v[0].der));
	brski_certs_clear(&first);
	brski_certs_clear(&second);
	brski_certs_clear(&third);
	brski_buf_clear(&csr);
	close_scene(&c);
}

/* Whom the operator has given up does not come back by itself, with whatever it has. */
static void
given_up(void **state)
{
	struct brski_certs issued = { 0 }, again = { 0 };
	int64_t request;
	struct registrar_device d;
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	tu_device(&c.s, "acme", "A-1", &d);
	request = d.request;
	assert_ok(registrar_revoke_device(c.s.r, "uid:0", &d, BRSKI_REASON_PRIVILEGE_WITHDRAWN,
	              &err),
	    &err);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_REVOKED, "RFC 8995 5.3");
	/* readmitted, it comes as a new one: an old voucher is no way in */
	assert_ok(registrar_reinstate(c.s.r, "uid:0", &d, NULL, &err), &err);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.9");
	/* with a voucher, not even the very same request brings back what was revoked */
	tu_device(&c.s, "acme", "A-1", &d);
	d.request = request;
	assert_ok(registrar_device_put(c.s.store, &d, &err), &err);
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &again);
	assert_false(brski_slice_eq(again.v[0].der, issued.v[0].der));
	brski_certs_clear(&again);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_ok(registrar_decommission(c.s.r, "uid:0", &d, NULL, &err), &err);
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_REVOKED, "RFC 8995 5.3");
	brski_certs_clear(&issued);
	close_scene(&c);
}

/* cBRSKI 5.3, RFC 7252 5.10.6: each representation has a tag, as long as it is the same. */
static void
cacerts_have_a_tag(void **state)
{
	struct brski_caching first, other;
	struct tu_id ca = { 0 }, registrar = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	first = c.e.x.caching;
	assert_int_equal(first.etag_n, BRSKI_ETAG_MAX);
	assert_int_equal(first.expires, 0);
	tu_exchange_clear(&c.e);
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_memory_equal(c.e.x.caching.etag, first.etag, BRSKI_ETAG_MAX);
	assert_false(c.e.x.unchanged);
	tu_exchange_clear(&c.e);
	c.s.known = brski_slice(first.etag, first.etag_n);
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_true(c.e.x.unchanged);
	tu_exchange_clear(&c.e);
	c.s.accept = "application/multipart-core";
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_false(c.e.x.unchanged);
	other = c.e.x.caching;
	assert_memory_not_equal(other.etag, first.etag, BRSKI_ETAG_MAX);
	tu_exchange_clear(&c.e);
	/* another CA */
	c.s.accept = NULL;
	tu_ca(&ca, "Another CA");
	tu_registrar(&registrar, &ca);
	tu_site_write(&c.s, "domain-ca", &ca);
	tu_site_write(&c.s, "registrar", &registrar);
	tu_site_reload(&c.s, "", ANY);
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_false(c.e.x.unchanged);
	tu_exchange_clear(&c.e);
	tu_id_clear(&ca);
	tu_id_clear(&registrar);
	close_scene(&c);
}

static void
served_to_anyone(void **state)
{
	struct brski_certs ca = { 0 };
	struct brski_csrattrs attrs;
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_send(&c.s, &c.e, NULL, "/.well-known/est/cacerts", NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_ok(brski_certs_only_decode(brski_buf_slice(&c.e.reply), &ca, &err), &err);
	assert_int_equal(ca.n, 1);
	assert_slice_eq(ca.v[0].der, tu_cert(&c.s.domain)->der);
	brski_certs_clear(&ca);
	tu_exchange_clear(&c.e);

	tu_send(&c.s, &c.e, NULL, "/.well-known/est/csrattrs", NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_string_equal(c.e.media, "application/csrattrs");
	assert_ok(brski_csrattrs_decode(brski_buf_slice(&c.e.reply), &attrs, &err), &err);
	assert_int_equal(attrs.key_type, BRSKI_KEY_P256);
	assert_false(attrs.challenge_password);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* RFC 7030 4.1.3, RFC 9148 4.3, cBRSKI 6.6: one answer, in the form that is asked for. */
static void
cacerts_by_form(void **state)
{
	static const struct {
		const char *accept, *media;
	} t[] = {
		{ NULL, "application/pkcs7-mime; smime-type=certs-only" },
		{ "*/*", "application/pkcs7-mime; smime-type=certs-only" },
		{ "application/pkcs7-mime", "application/pkcs7-mime; smime-type=certs-only" },
		{ "application/multipart-core", "application/multipart-core" },
		{ "application/pkix-cert", "application/pkix-cert" },
	};
	struct brski_certs ca = { 0 };
	struct brski_err err = { 0 };
	struct scene c;
	size_t i;

	(void)state;
	open_scene(&c, "", ANY);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c.s.accept = t[i].accept;
		tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
		assert_int_equal(c.e.rc, BRSKI_OK);
		assert_string_equal(c.e.media, t[i].media);
		assert_ok(brski_certs_form_find(brski_slice_str(c.e.media))
		              ->decode(brski_buf_slice(&c.e.reply), &ca, &err),
		    &err);
		assert_int_equal(ca.n, 1);
		assert_slice_eq(ca.v[0].der, tu_cert(&c.s.domain)->der);
		brski_certs_clear(&ca);
		tu_exchange_clear(&c.e);
	}
	c.s.accept = "application/json";
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_E_NOT_ACCEPTABLE);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* RFC 9148 4.2: one certificate does not say all when the domain has a root above its CA. */
static void
cacerts_of_a_subca(void **state)
{
	struct tu_id sub = { 0 }, registrar = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_subca(&sub, &c.s.domain, "Issuing CA");
	tu_registrar(&registrar, &sub);
	tu_site_write(&c.s, "domain-ca", &sub);
	tu_site_write(&c.s, "registrar", &registrar);
	tu_site_reload(&c.s, "", ANY);
	tu_id_clear(&sub);
	tu_id_clear(&registrar);
	c.s.accept = "application/pkix-cert";
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_E_NOT_ACCEPTABLE);
	assert_non_null(strstr(c.s.last_line, "cBRSKI 6.6"));
	tu_exchange_clear(&c.e);
	c.s.accept = "application/pkix-cert, application/multipart-core";
	tu_send(&c.s, &c.e, NULL, CACERTS, NULL, BRSKI_LIT(""));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_string_equal(c.e.media, "application/multipart-core");
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

static void
enrolled_by_form(void **state)
{
	static const char *const media[] = { "application/pkcs7-mime", "application/pkix-cert" };
	struct brski_certs issued = { 0 };
	struct brski_err err = { 0 };
	struct scene c;
	size_t i;

	(void)state;
	open_scene(&c, "", ANY);
	answer_auditlog(&c, 1, &c.s.domain, "");
	for (i = 0; i < 2; i++) {
		c.s.accept = media[i];
		enroll(&c, &c.e);
		assert_int_equal(c.e.rc, BRSKI_OK);
		assert_ok(brski_certs_form_find(brski_slice_str(c.e.media))
		              ->decode(brski_buf_slice(&c.e.reply), &issued, &err),
		    &err);
		assert_non_null(strstr(c.e.media, media[i]));
		assert_slice_eq(issued.v[i].spki, brski_key_spki(&c.key));
		tu_exchange_clear(&c.e);
	}
	assert_int_equal(issued.n, 2);
	assert_slice_eq(issued.v[0].der, issued.v[1].der);
	c.s.accept = "application/multipart-core";
	enroll(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_NOT_ACCEPTABLE);
	tu_exchange_clear(&c.e);
	brski_certs_clear(&issued);
	close_scene(&c);
}

static void
report(struct scene *c, const struct tu_id *who, const char *path, const char *json)
{
	tu_send(&c->s, &c->e, who, path, JSON, brski_slice_str(json));
}

static void
telemetry(void **state)
{
	struct brski_certs issued = { 0 };
	struct tu_id ldevid = { 0 };
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	report(&c, &c.pledge, VSTATUS, "{\"version\":1,\"status\":true}");
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_int_equal(c.e.reply.n, 0);
	tu_exchange_clear(&c.e);
	assert_last_audit(&c, "voucher_status", "OK", "");
	/* RFC 8995 5.7: what kind of certificate the connection had is in the log */
	assert_non_null(strstr(c.s.last_line, "client certificate IDevID"));
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_IMPRINTED);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_certificate(&c, &c.e, &issued);
	/* once more: it does not go back */
	report(&c, &c.pledge, VSTATUS, "{\"version\":1,\"status\":true}");
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_ENROLLED);
	/* 5.9.4: success comes over the LDevID */
	assert_int_equal(brski_certs_copy(&ldevid.chain, &issued, NULL), BRSKI_OK);
	report(&c, &ldevid, ESTATUS, "{\"version\":1,\"status\":true}");
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	assert_non_null(strstr(c.s.last_line, "client certificate LDevID"));
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_OPERATIONAL);
	/* an LDevID says nothing about vouchers */
	report(&c, &ldevid, VSTATUS, "{\"version\":1,\"status\":true}");
	assert_int_equal(c.e.rc, BRSKI_E_UNKNOWN);
	tu_exchange_clear(&c.e);
	/* a higher version is told to the operator */
	report(&c, &c.pledge, ESTATUS, "{\"version\":2,\"status\":true,\"new\":1}");
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	assert_non_null(strstr(c.s.last_line, "version 2"));
	assert_non_null(strstr(c.s.last_line, "level=warn"));
	/* RFC 8995 5.7: what is not known is ignored, and that is in the log */
	assert_non_null(strstr(c.s.last_line, "unknown members ignored: 1"));
	report(&c, &c.pledge, ESTATUS, "{\"version\":1,\"status\":true}");
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	assert_null(strstr(c.s.last_line, "unknown members"));
	brski_certs_clear(&issued);
	tu_id_clear(&ldevid);
	close_scene(&c);
}

/* cBRSKI 6.6: the same report in CBOR, {"version": 1, "status": true}. */
static void
telemetry_in_cbor(void **state)
{
	static const char good[] = "\xa2\x67version\x01\x66status\xf5";
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	c.s.transport = "coaps";
	tu_send(&c.s, &c.e, &c.pledge, VSTATUS, "application/cbor", BRSKI_LIT(good));
	assert_int_equal(c.e.rc, BRSKI_OK);
	assert_int_equal(c.e.reply.n, 0);
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_IMPRINTED);
	/* each encoding is read as what it says it is */
	tu_send(&c.s, &c.e, &c.pledge, VSTATUS, JSON, BRSKI_LIT(good));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	assert_last_audit(&c, "voucher_status", "E_MALFORMED", "RFC 8995 5.7");
	tu_send(&c.s, &c.e, &c.pledge, ESTATUS, "application/cbor",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	tu_send(&c.s, &c.e, &c.pledge, ESTATUS, "text/plain", BRSKI_LIT(good));
	assert_int_equal(c.e.rc, BRSKI_E_MEDIA_TYPE);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* "x" and 80 letters of two octets each */
#define TEN "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define LONG_REASON \
	"{\"version\":1,\"status\":false,\"reason\":\"x" TEN TEN TEN TEN TEN TEN TEN TEN "\"}"

static void
failure_reports(void **state)
{
	struct tu_id fresh = { 0 };
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	report(&c, &c.pledge, VSTATUS,
	    "{\"version\":1,\"status\":false,\"reason\":\"pin\\nmissing\"}");
	assert_int_equal(c.e.rc, BRSKI_OK);
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_FAILED);
	assert_null(strchr(d.reason, '\n'));
	assert_non_null(strstr(d.reason, "missing"));
	/* a long one is cut between characters, or no JSON could show the device any more */
	report(&c, &c.pledge, VSTATUS, LONG_REASON);
	tu_exchange_clear(&c.e);
	tu_admin(&c.s, &c.e, BRSKI_GET, "/v1/devices", NULL, NULL);
	assert_non_null(strstr(brski_buf_cstr(&c.e.reply), "A-1"));
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(strlen(d.reason), REGISTRAR_COMMENT_MAX - 1);
	answer_auditlog(&c, 1, &c.s.domain, "");
	enroll(&c, &c.e);
	assert_refusal(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.7");
	/* a later good report mends it */
	report(&c, &c.pledge, VSTATUS, "{\"version\":1,\"status\":true}");
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_IMPRINTED);
	assert_string_equal(d.reason, "");
	report(&c, &c.pledge, ESTATUS, "{\"version\":1,\"status\":false}");
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_FAILED);
	/* about nothing, and rubbish */
	tu_idevid(&fresh, &c.s.acme, "A-9", TU_MASA_URL);
	report(&c, &fresh, VSTATUS, "{\"version\":1,\"status\":true}");
	assert_int_equal(c.e.rc, BRSKI_E_UNKNOWN);
	tu_exchange_clear(&c.e);
	assert_last_audit(&c, "voucher_status", "E_UNKNOWN", "RFC 8995 5.7");
	report(&c, &c.pledge, VSTATUS, "{\"version\":1}");
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	tu_id_clear(&fresh);
	close_scene(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ldevid),
		cmocka_unit_test(profile),
		cmocka_unit_test(short_lived),
		cmocka_unit_test(before_the_voucher),
		cmocka_unit_test(waits_for_the_auditlog),
		cmocka_unit_test(asks_for_the_auditlog),
		cmocka_unit_test(unknown_owner),
		cmocka_unit_test(auditlog_rules),
		cmocka_unit_test(auditlog_is_rubbish),
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(channel_binding),
		cmocka_unit_test(store_fails),
		cmocka_unit_test(enrols_anew),
		cmocka_unit_test(given_up),
		cmocka_unit_test(cacerts_have_a_tag),
		cmocka_unit_test(served_to_anyone),
		cmocka_unit_test(cacerts_by_form),
		cmocka_unit_test(cacerts_of_a_subca),
		cmocka_unit_test(enrolled_by_form),
		cmocka_unit_test(telemetry),
		cmocka_unit_test(telemetry_in_cbor),
		cmocka_unit_test(failure_reports),
	};

	return tu_run_formats(tests, NULL, NULL);
}
