/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's operations up to the voucher: RFC 8995 5.2 to 5.6. */
#include <stdio.h>
#include "base/text.h"
#include "registrar/revoke.h"
#include "tu_registrar.h"
#include "tu_rvr.h"

#define VOUCHER "/.well-known/brski/requestvoucher"
#define MEDIA   (tu_format->media_type)
#define ANY     "admission = any"

/* A site, a device of acme's, its request. */
struct scene {
	struct tu_site s;
	struct tu_id pledge;
	struct brski_buf pvr;
	struct brski_buf voucher, passed_on; /* as the MASA gives it, as the pledge gets it */
	struct tu_exchange e, e2;
};

static void
open_scene(struct scene *c, const char *top, const char *rules)
{
	memset(c, 0, sizeof(*c));
	tu_site_open(&c->s, top, rules);
	tu_idevid(&c->pledge, &c->s.acme, "A-1", TU_MASA_URL);
	tu_make_pvr(&c->s, &c->pledge, "A-1", TU_NONCE, &c->pvr);
}

static void
close_scene(struct scene *c)
{
	tu_site_close(&c->s);
	tu_id_clear(&c->pledge);
	brski_buf_clear(&c->pvr);
	brski_buf_clear(&c->voucher);
	brski_buf_clear(&c->passed_on);
}

static void
ask(struct scene *c, struct tu_exchange *e)
{
	tu_send(&c->s, e, &c->pledge, VOUCHER, MEDIA, brski_buf_slice(&c->pvr));
}

/* Byte for byte, RFC 8995 5.6; in COSE without what only the registrar needs, cBRSKI 9.2. */
static void
pass_on(struct scene *c)
{
	struct brski_err err = { 0 };

	brski_buf_reset(&c->passed_on);
	if (tu_format->forward == NULL) {
		assert_ok(brski_buf_set(&c->passed_on, brski_buf_slice(&c->voucher), &err), &err);
		return;
	}
	assert_ok(tu_format->forward(brski_buf_slice(&c->voucher), &c->passed_on, &err), &err);
	assert_true(c->passed_on.n < c->voucher.n);
}

/* The n-th question is answered with the right voucher. */
static void
grant(struct scene *c, size_t n)
{
	tu_make_voucher(&c->s, tu_call(&c->s, n), &c->voucher);
	pass_on(c);
	tu_answer(tu_call(&c->s, n), BRSKI_OK, MEDIA, brski_buf_slice(&c->voucher));
}

static void
assert_granted(struct scene *c, struct tu_exchange *e)
{
	assert_int_equal(e->done, 1);
	assert_int_equal(e->rc, BRSKI_OK);
	assert_string_equal(e->media, MEDIA);
	assert_slice_eq(brski_buf_slice(&e->reply), brski_buf_slice(&c->passed_on));
	tu_exchange_clear(e);
}

/* Refused now: status, one log line, one audit row that says so, no device. */
static void
assert_turned_away(struct scene *c, struct tu_exchange *e, enum brski_rc rc, const char *clause)
{
	char event[64], code[64], spec[64];
	struct registrar_device d;

	assert_int_equal(e->done, 1);
	assert_int_equal(e->rc, rc);
	tu_exchange_clear(e);
	assert_int_equal(c->s.log_lines, 1);
	assert_non_null(strstr(c->s.last_line, brski_rc_name(rc)));
	assert_int_equal(tu_audit_rows(&c->s), 1);
	tu_audit_last(&c->s, event, code, spec, sizeof(event));
	assert_string_equal(event, "requestvoucher");
	assert_string_equal(code, brski_rc_name(rc));
	if (clause != NULL)
		assert_string_equal(spec, clause);
	assert_int_equal(c->s.calls_n, 0);
	tu_device(&c->s, "acme", "A-1", &d);
	assert_int_equal(d.id, 0);
}

/* So many of ours, RFC 8995 5.5; and all of the pledge's where the PVR has none, cBRSKI 9.2. */
static void
assert_bag(const struct scene *c, const struct brski_artifact *rvr, size_t ours)
{
	const struct brski_certs *bag = &rvr->env.certs, *pledge = &c->pledge.chain;
	size_t i, theirs = tu_format->rvr_with_pledge ? pledge->n : 0;

	assert_int_equal(bag->n, ours + theirs);
	for (i = 0; i < ours; i++)
		assert_non_null(brski_certs_find(bag, c->s.registrar.chain.v[i].der));
	for (i = 0; i < theirs; i++)
		assert_non_null(brski_certs_find(bag, pledge->v[i].der));
}

static void
voucher_passes(void **state)
{
	char event[64], code[64], spec[64];
	struct brski_artifact rvr = { 0 };
	struct brski_err err = { 0 };
	struct registrar_device d;
	struct tu_call *call;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	ask(&c, &c.e);
	assert_int_equal(c.e.done, 0); /* it waits for the MASA */
	call = tu_call(&c.s, 0);
	assert_string_equal(call->path, "/requestvoucher");
	assert_string_equal(call->url, "https://" TU_MASA_URL "/.well-known/brski");
	assert_string_equal(call->media, MEDIA);
	assert_string_equal(call->manufacturer, "acme");

	/* RFC 8995 5.5, rfc8366bis 6.1: what our request says */
	assert_ok(brski_artifact_open(tu_format, brski_buf_slice(&call->body), NULL, true,
	              BRSKI_VOUCHER_REQUEST, &rvr, &err),
	    &err);
	assert_slice_eq(rvr.v.nonce, BRSKI_LIT("0123456789abcdef"));
	if (brski_slice_present(rvr.v.nonce_text))
		assert_slice_eq(rvr.v.nonce_text, BRSKI_LIT(TU_NONCE));
	assert_slice_eq(rvr.v.serial_number, BRSKI_LIT("A-1"));
	assert_slice_eq(rvr.v.prior_signed_voucher_request, brski_buf_slice(&c.pvr));
	assert_int_equal(rvr.v.assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_true(rvr.v.created_on.at == TU_NOW);
	assert_true(rvr.v.idevid_issuer.n == 26);
	assert_null(rvr.v.proximity_registrar_cert.p);
	assert_slice_eq(rvr.env.signer->der, tu_cert(&c.s.registrar)->der);
	assert_bag(&c, &rvr, 2); /* loose: the domain CA too */
	assert_int_equal(rvr.env.odd, 0);
	brski_artifact_clear(&rvr);

	grant(&c, 0);
	assert_granted(&c, &c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_VOUCHERED);
	assert_int_equal(tu_audit_rows(&c.s), 1);
	tu_audit_last(&c.s, event, code, spec, sizeof(event));
	assert_string_equal(code, "OK");
	/* 5.8: the audit log is asked for at once, with the same request */
	assert_string_equal(tu_call(&c.s, 1)->path, "/requestauditlog");
	assert_slice_eq(brski_buf_slice(&c.s.calls[1].body), brski_buf_slice(&c.s.calls[0].body));
	close_scene(&c);
}

/* The inventory tells how a device was last heard from. */
static void
last_contact(void **state)
{
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	ask(&c, &c.e);
	c.s.transport = "coaps";
	ask(&c, &c.e2);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	assert_granted(&c, &c.e2);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_string_equal(d.contact.address, "[::1]:4711");
	assert_string_equal(d.contact.transport, "https"); /* of the one that asked */
	assert_string_equal(d.contact.tls_version, "TLSv1.2");
	tu_send(&c.s, &c.e, &c.pledge, "/.well-known/brski/voucher_status", "application/json",
	    BRSKI_LIT("{\"version\":1,\"status\":true}"));
	tu_exchange_clear(&c.e);
	tu_admin(&c.s, &c.e, BRSKI_GET, "/v1/devices/acme/A-1", NULL, NULL);
	assert_non_null(strstr(brski_buf_cstr(&c.e.reply),
	    "\"transport\":\"coaps\",\"tls_version\":\"DTLSv1.3\""));
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

static void
tight_pin(void **state)
{
	struct brski_artifact rvr = { 0 };
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "pin = tight", ANY);
	ask(&c, &c.e);
	assert_ok(brski_artifact_open(tu_format, brski_buf_slice(&tu_call(&c.s, 0)->body), NULL,
	              true, BRSKI_VOUCHER_REQUEST, &rvr, &err),
	    &err);
	assert_bag(&c, &rvr, 1);
	brski_artifact_clear(&rvr);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
}

static void
same_request_same_answer(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	ask(&c, &c.e);
	ask(&c, &c.e2); /* joins: the MASA is asked once */
	assert_int_equal(c.s.calls_n, 1);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	assert_granted(&c, &c.e2);
	assert_int_equal(c.s.calls_n, 2); /* the audit log */
	ask(&c, &c.e);
	assert_granted(&c, &c.e); /* known */
	assert_int_equal(c.s.calls_n, 2);
	assert_int_equal(tu_audit_rows(&c.s), 1);
	tu_site_restart(&c.s);
	ask(&c, &c.e);
	assert_granted(&c, &c.e);
	assert_int_equal(c.s.calls_n, 2);
	close_scene(&c);
}

static void
two_makers(void **state)
{
	struct tu_id other = { 0 };
	struct registrar_device a, g;
	struct brski_buf pvr = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_idevid(&other, &c.s.globex, "A-1", TU_MASA_URL);
	tu_make_pvr(&c.s, &other, "A-1", TU_NONCE2, &pvr);
	ask(&c, &c.e);
	tu_send(&c.s, &c.e2, &other, VOUCHER, MEDIA, brski_buf_slice(&pvr));
	assert_string_equal(tu_call(&c.s, 1)->manufacturer, "globex");
	tu_answer(tu_call(&c.s, 1), BRSKI_E_OWNED, "text/plain", BRSKI_LIT("sold to another"));
	assert_int_equal(c.e2.rc, BRSKI_E_OWNED);
	assert_slice_eq(brski_buf_slice(&c.e2.reply), BRSKI_LIT("sold to another\n"));
	tu_exchange_clear(&c.e2);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	tu_device(&c.s, "acme", "A-1", &a);
	tu_device(&c.s, "globex", "A-1", &g);
	assert_int_equal(a.state, REGISTRAR_VOUCHERED);
	assert_int_equal(g.id, 0);
	tu_id_clear(&other);
	brski_buf_clear(&pvr);
	close_scene(&c);
}

static void
no_certificate(void **state)
{
	char event[64], code[64], spec[64];
	struct brski_err why = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_send(&c.s, &c.e, NULL, VOUCHER, MEDIA, brski_buf_slice(&c.pvr));
	assert_int_equal(c.e.rc, BRSKI_E_UNAUTHENTICATED);
	assert_non_null(strstr(c.s.last_line, "RFC 8995 5.2"));
	why.rc = c.e.rc;
	why.spec = "RFC 8995 5.2";
	registrar_turned_away(c.s.r, &c.e.x, &why);
	assert_int_equal(tu_audit_rows(&c.s), 1);
	tu_audit_last(&c.s, event, code, spec, sizeof(event));
	assert_string_equal(event, "requestvoucher");
	assert_string_equal(code, "E_UNAUTHENTICATED");
	tu_exchange_clear(&c.e);
	/* a body that the binding could not read: whose, is known */
	ask(&c, &c.e);
	why.rc = BRSKI_E_MALFORMED;
	registrar_turned_away(c.s.r, &c.e.x, &why);
	tu_admin(&c.s, &c.e2, BRSKI_GET, "/v1/audit", NULL, NULL);
	assert_non_null(strstr(brski_buf_cstr(&c.e2.reply), "\"serial\":\"A-1\""));
	tu_exchange_clear(&c.e2);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
}

static void
stranger(void **state)
{
	struct tu_id ca = { 0 }, self = { 0 };
	struct brski_cert_facts f = tu_facts("A-1");
	struct scene c;

	(void)state;
	/* an unknown maker */
	open_scene(&c, "", ANY);
	tu_ca(&ca, "Nobody CA");
	tu_id_clear(&c.pledge);
	tu_idevid(&c.pledge, &ca, "A-1", TU_MASA_URL);
	tu_make_pvr(&c.s, &c.pledge, "A-1", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_UNKNOWN, "RFC 8995 5.3");
	close_scene(&c);
	tu_id_clear(&ca);
	/* self-signed */
	open_scene(&c, "", ANY);
	f.subject = tu_name("device", "A-1");
	tu_issue(&self, NULL, &f);
	tu_send(&c.s, &c.e, &self, VOUCHER, MEDIA, brski_buf_slice(&c.pvr));
	assert_turned_away(&c, &c.e, BRSKI_E_UNKNOWN, "RFC 8995 5.3");
	close_scene(&c);
	tu_id_clear(&self);
}

static void
no_serial_number(void **state)
{
	struct tu_id nameless = { 0 };
	struct brski_cert_facts f = tu_facts("nameless");
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	tu_issue(&nameless, &c.s.acme, &f);
	tu_send(&c.s, &c.e, &nameless, VOUCHER, MEDIA, brski_buf_slice(&c.pvr));
	assert_turned_away(&c, &c.e, BRSKI_E_SERIAL, NULL);
	close_scene(&c);
	tu_id_clear(&nameless);
}

static void
expired_idevid(void **state)
{
	struct brski_cert_facts f = tu_facts("device");
	struct scene c;

	(void)state;
	f.subject = tu_name("device", "A-1");
	f.not_after = TU_NOW - 1;
	f.masa_url = BRSKI_LIT(TU_MASA_URL);
	open_scene(&c, "", ANY);
	tu_id_clear(&c.pledge);
	tu_issue(&c.pledge, &c.s.acme, &f);
	tu_make_pvr(&c.s, &c.pledge, "A-1", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_EXPIRED, NULL);
	/* tolerated by configuration, after a reload */
	tu_site_reload(&c.s, "", ANY "\nidevid-expiry = ignore");
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
}

static void
wrong_pvr(void **state)
{
	struct tu_id twin = { 0 };
	struct brski_voucher v;
	struct scene c;

	(void)state;
	/* signed by another key */
	open_scene(&c, "", ANY);
	tu_idevid(&twin, &c.s.acme, "A-1", TU_MASA_URL);
	tu_make_pvr(&c.s, &twin, "A-1", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_SIGNATURE,
	    tu_format->pvr_without_certs ? "RFC 9052 4.4" : "RFC 8995 5.5");
	close_scene(&c);
	/* and says whose it is: what a header says does not count, cBRSKI 9.2 */
	open_scene(&c, "", ANY);
	v = tu_pvr("A-1", TU_NONCE, &c.s.registrar);
	tu_seal(&v, &twin, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_SIGNATURE,
	    tu_format->pvr_without_certs ? "RFC 8995 5.5" : NULL);
	close_scene(&c);
	tu_id_clear(&twin);
	/* about another device */
	open_scene(&c, "", ANY);
	tu_make_pvr(&c.s, &c.pledge, "A-2", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_SERIAL, "RFC 8995 5.5");
	close_scene(&c);
	/* without a nonce */
	open_scene(&c, "", ANY);
	v = tu_pvr("A-1", NULL, &c.s.registrar);
	brski_buf_reset(&c.pvr);
	tu_seal_pvr(&v, &c.pledge, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_NONCE, "RFC 8995 5.2");
	close_scene(&c);
	/* for another server: somebody is in between, the connection ends */
	open_scene(&c, "", ANY);
	v = tu_pvr("A-1", TU_NONCE, &c.s.domain);
	brski_buf_reset(&c.pvr);
	tu_seal_pvr(&v, &c.pledge, &c.pvr);
	ask(&c, &c.e);
	assert_true(c.e.close);
	assert_turned_away(&c, &c.e, BRSKI_E_PROXIMITY, "RFC 8995 5.5");
	close_scene(&c);
	/* in base64, as EST would have it: RFC 8995 6 */
	open_scene(&c, "", ANY);
	assert_int_equal(brski_base64_encode(brski_buf_slice(&c.pvr), &c.voucher, NULL), BRSKI_OK);
	tu_send(&c.s, &c.e, &c.pledge, VOUCHER, MEDIA, brski_buf_slice(&c.voucher));
	assert_int_equal(brski_rc_http(c.e.rc), 400);
	assert_turned_away(&c, &c.e, BRSKI_E_MALFORMED, NULL);
	close_scene(&c);
	/* rubbish */
	open_scene(&c, "", ANY);
	assert_int_equal(brski_buf_append_byte(&c.pvr, 0, NULL), BRSKI_OK);
	ask(&c, &c.e);
	assert_false(c.e.close);
	assert_turned_away(&c, &c.e, BRSKI_E_MALFORMED, NULL);
	close_scene(&c);
}

/* RFC 8366 5.4: what strict would refuse is in the log, once for each request. */
static void
oddities(void **state)
{
	struct tu_odd odd = { 0 };
	struct brski_voucher v;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	c.s.log.sink = tu_keep_odd;
	c.s.log.arg = &odd;
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	assert_int_equal(odd.n, 0);
	v = tu_pvr("A-1", TU_NONCE, &c.s.registrar);
	v.nonce_text = BRSKI_LIT(TU_NONCE_ODD);
	tu_seal_pvr(&v, &c.pledge, &c.pvr);
	tu_make_odd(&c.pvr);
	ask(&c, &c.e);
	ask(&c, &c.e2);
	assert_int_equal(odd.n, 2);
	assert_non_null(strstr(odd.text, brski_odd_text(BRSKI_ODD_VERSION)));
	assert_non_null(strstr(odd.text, brski_voucher_odd_text(BRSKI_VOUCHER_ODD_NONCE)));
	assert_non_null(strstr(odd.text, "serial=\"A-1\""));
	close_scene(&c);
	tu_exchange_clear(&c.e);
	tu_exchange_clear(&c.e2);
}

static void
strictness(void **state)
{
	struct tu_exchange e;
	struct scene c;

	(void)state;
	open_scene(&c, "strict = yes", ANY);
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	tu_send(&c.s, &e, &c.pledge, VOUCHER, "application/json", brski_buf_slice(&c.pvr));
	assert_int_equal(e.rc, BRSKI_E_MEDIA_TYPE);
	tu_exchange_clear(&e);
	close_scene(&c);
}

/* cBRSKI 7.1: from the pledge to the MASA and back one format, and no answer in another. */
static void
one_format(void **state)
{
	const char *other = brski_formats[tu_format == &brski_formats[0]].media_type;
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	c.s.accept = other;
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_NOT_ACCEPTABLE);
	tu_exchange_clear(&c.e);
	c.s.accept = MEDIA;
	/* bytes of one format under the name of the other */
	tu_send(&c.s, &c.e, &c.pledge, VOUCHER, MEDIA, BRSKI_LIT("\x30\xd2\x84"));
	assert_int_equal(c.e.rc, BRSKI_E_MALFORMED);
	tu_exchange_clear(&c.e);
	ask(&c, &c.e);
	tu_make_voucher(&c.s, tu_call(&c.s, 0), &c.voucher);
	tu_answer(tu_call(&c.s, 0), BRSKI_OK, other, brski_buf_slice(&c.voucher));
	assert_int_equal(c.e.rc, BRSKI_E_UPSTREAM);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* Whom the operator has given up gets no voucher: not now, and not from a question under way. */
static void
given_up(void **state)
{
	char event[64], code[64], spec[64];
	struct registrar_device d;
	struct brski_err err = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", "admission = any");
	ask(&c, &c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	if (d.id == 0)
		assert_ok(registrar_device_put(c.s.store, &d, &err), &err);
	assert_ok(registrar_decommission(c.s.r, "uid:0", &d, NULL, &err), &err);
	grant(&c, 0);
	assert_int_equal(c.e.rc, BRSKI_E_REVOKED);
	tu_exchange_clear(&c.e);
	tu_audit_last(&c.s, event, code, spec, sizeof(event));
	assert_string_equal(code, "E_REVOKED");
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_REVOKED);
	tu_exchange_clear(&c.e);
	assert_int_equal(c.s.calls_n, 1);
	tu_audit_last(&c.s, event, code, spec, sizeof(event));
	assert_string_equal(event, "requestvoucher");
	assert_string_equal(code, "E_REVOKED");
	assert_string_equal(spec, "RFC 8995 5.3");
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.request, 0);
	/* and gets one when that is lifted */
	assert_ok(registrar_reinstate(c.s.r, "uid:0", &d, NULL, &err), &err);
	ask(&c, &c.e);
	grant(&c, 1);
	assert_granted(&c, &c.e);
	close_scene(&c);
}

/* cBRSKI 6.5, RFC 9148 4.1; what Uri-Path-Abbrev calls them. */
static void
names_for_coap(void **state)
{
	static const struct {
		const char *path, *name, *rt;
		unsigned abbrev;
	} t[] = {
		{ VOUCHER, "/.well-known/brski/rv", "brski.rv", 402 },
		{ "/.well-known/brski/voucher_status", "/.well-known/brski/vs", "brski.vs", 403 },
		{ "/.well-known/brski/enrollstatus", "/.well-known/brski/es", "brski.es", 401 },
		{ "/.well-known/est/cacerts", "/.well-known/est/crts", "ace.est.crts", 301 },
		{ "/.well-known/est/csrattrs", "/.well-known/est/att", "ace.est.att", 306 },
		{ "/.well-known/est/simpleenroll", "/.well-known/est/sen", "ace.est.sen", 302 },
		{ "/.well-known/est/simplereenroll", "/.well-known/est/sren", "ace.est.sren", 303 },
	};
	const struct brski_route *r;
	size_t i;

	(void)state;
	assert_int_equal(registrar_routes_n, sizeof(t) / sizeof(t[0]));
	for (i = 0; i < registrar_routes_n; i++) {
		r = &registrar_routes[i];
		assert_string_equal(r->path, t[i].path);
		assert_string_equal(r->coap->path, t[i].name);
		assert_string_equal(r->coap->rt, t[i].rt);
		assert_int_equal(r->coap->abbrev, t[i].abbrev);
	}
}

static void
masa_url(void **state)
{
	struct brski_cert_facts f = tu_facts("device");
	struct scene c;

	(void)state;
	f.subject = tu_name("device", "A-1");
	open_scene(&c, "", ANY);
	tu_id_clear(&c.pledge);
	tu_issue(&c.pledge, &c.s.acme, &f);
	tu_make_pvr(&c.s, &c.pledge, "A-1", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 2.8");
	/* the operator knows one */
	tu_site_reload(&c.s, "", ANY "\nmasa-url = \"https://masa.example.net/v\"");
	ask(&c, &c.e);
	assert_string_equal(tu_call(&c.s, 0)->url, "https://masa.example.net/v");
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
	/* one that is none */
	f = tu_facts("device");
	f.subject = tu_name("device", "A-1");
	f.masa_url = BRSKI_LIT("http://masa.example.com/");
	open_scene(&c, "", ANY);
	tu_id_clear(&c.pledge);
	tu_issue(&c.pledge, &c.s.acme, &f);
	tu_make_pvr(&c.s, &c.pledge, "A-1", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_MALFORMED, "RFC 8995 2.3.2");
	close_scene(&c);
}

static void
admission_listed(void **state)
{
	struct tu_exchange a;
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "", "admission = listed");
	ask(&c, &c.e);
	assert_turned_away(&c, &c.e, BRSKI_E_FORBIDDEN, "RFC 8995 5.3");
	tu_admin(&c.s, &a, BRSKI_POST, "/v1/devices/import", NULL,
	    "manufacturer,serial\nacme,A-1\n");
	assert_int_equal(a.rc, BRSKI_OK);
	tu_exchange_clear(&a);
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	/* denied: as if unknown, cached voucher or not */
	tu_admin(&c.s, &a, BRSKI_POST, "/v1/devices/acme/A-1/deny", NULL, NULL);
	assert_int_equal(a.rc, BRSKI_OK);
	tu_exchange_clear(&a);
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_UNKNOWN);
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.decision, REGISTRAR_DENIED);
	close_scene(&c);
}

static void
admission_approve(void **state)
{
	struct tu_exchange a;
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "retry-after = 7", "admission = approve");
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	assert_int_equal(c.e.retry_after_s, 7);
	tu_exchange_clear(&c.e);
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	assert_int_equal(tu_audit_rows(&c.s), 1); /* recorded once */
	assert_int_equal(c.s.calls_n, 0);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_PENDING);
	tu_admin(&c.s, &a, BRSKI_POST, "/v1/devices/acme/A-1/approve", NULL, NULL);
	tu_exchange_clear(&a);
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
}

/* Denied while the MASA was asked: its voucher comes too late. */
static void
denied_meanwhile(void **state)
{
	struct tu_exchange a;
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "hold = 1", ANY);
	ask(&c, &c.e);
	tu_site_wait(&c.s, 1);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	ask(&c, &c.e);
	tu_admin(&c.s, &a, BRSKI_POST, "/v1/devices/acme/A-1/deny", NULL, NULL);
	tu_exchange_clear(&a);
	grant(&c, 0);
	assert_int_equal(c.e.rc, BRSKI_E_UNKNOWN);
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_REQUESTED);
	assert_int_equal(d.request, 0);
	assert_int_equal(c.s.calls_n, 1);
	close_scene(&c);
}

/* The MASA is slow: 202, and the answer is there when the pledge comes back. */
static void
slow_masa(void **state)
{
	struct registrar_device d;
	struct scene c;

	(void)state;
	open_scene(&c, "hold = 3", ANY);
	ask(&c, &c.e);
	tu_site_wait(&c.s, 2);
	assert_int_equal(c.e.done, 0);
	tu_site_wait(&c.s, 1);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	assert_true(c.e.retry_after_s >= 1 && c.e.retry_after_s <= 60);
	tu_exchange_clear(&c.e);
	tu_device(&c.s, "acme", "A-1", &d);
	assert_int_equal(d.state, REGISTRAR_REQUESTED);
	assert_int_equal(tu_audit_rows(&c.s), 1);
	ask(&c, &c.e); /* joins */
	assert_int_equal(c.s.calls_n, 1);
	tu_site_wait(&c.s, 3);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	assert_int_equal(tu_audit_rows(&c.s), 1);
	grant(&c, 0);
	ask(&c, &c.e);
	assert_granted(&c, &c.e);
	assert_int_equal(tu_audit_rows(&c.s), 2);
	close_scene(&c);
}

/* Unreachable: asked again with back-off; when patience ends the pledge is told why. */
static void
unreachable_masa(void **state)
{
	static const struct {
		enum brski_rc seen, told;
	} t[] = { { BRSKI_E_UNAVAILABLE, BRSKI_E_UNAVAILABLE },
		{ BRSKI_E_TIMEOUT, BRSKI_E_TIMEOUT }, { BRSKI_E_CERTIFICATE, BRSKI_E_UPSTREAM } };
	char event[64], code[64], spec[64];
	struct scene c;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		open_scene(&c, "hold = 1\npatience = 10", ANY);
		ask(&c, &c.e);
		/* attempts at 0, 1, 3, 7 s */
		for (n = 0; n < 4; n++) {
			tu_no_answer(tu_call(&c.s, n), t[i].seen);
			tu_site_wait(&c.s, 1u << n);
		}
		assert_int_equal(c.s.calls_n, 4);
		assert_int_equal(c.e.rc, BRSKI_E_PENDING);
		tu_exchange_clear(&c.e);
		tu_audit_last(&c.s, event, code, spec, sizeof(event));
		assert_string_equal(code, brski_rc_name(t[i].told));
		assert_string_equal(spec, "RFC 8995 5.4");
		/* told in the end, and then it starts anew */
		ask(&c, &c.e);
		assert_int_equal(c.e.rc, t[i].told);
		tu_exchange_clear(&c.e);
		ask(&c, &c.e);
		assert_int_equal(c.s.calls_n, 5);
		grant(&c, 4);
		assert_granted(&c, &c.e);
		close_scene(&c);
	}
}

static void
no_link(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, "hold = 1\npatience = 5", ANY);
	c.s.unreachable = true;
	ask(&c, &c.e);
	tu_site_wait(&c.s, 1);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	tu_site_wait(&c.s, 10);
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_UNAVAILABLE);
	tu_exchange_clear(&c.e);
	/* nobody came to hear of it: forgotten after a while */
	ask(&c, &c.e);
	tu_site_wait(&c.s, 1);
	tu_exchange_clear(&c.e);
	tu_site_wait(&c.s, 400);
	c.s.unreachable = false;
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
}

static void
busy_masa(void **state)
{
	static const enum brski_rc passing[] = { BRSKI_E_PENDING, BRSKI_E_BUSY, BRSKI_E_INTERNAL,
		BRSKI_E_UNAVAILABLE };
	struct scene c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		open_scene(&c, "", ANY);
		ask(&c, &c.e);
		tu_answer(tu_call(&c.s, 0), passing[i], "text/plain", BRSKI_LIT("later"));
		assert_int_equal(c.e.done, 0);
		tu_site_wait(&c.s, 1);
		grant(&c, 1);
		assert_granted(&c, &c.e);
		close_scene(&c);
	}
}

/* The MASA's no is passed on with its words; its 401 is between it and us. */
static void
masa_refuses(void **state)
{
	static const struct {
		enum brski_rc said, told;
	} t[] = { { BRSKI_E_UNKNOWN, BRSKI_E_UNKNOWN }, { BRSKI_E_FORBIDDEN, BRSKI_E_FORBIDDEN },
		{ BRSKI_E_MALFORMED, BRSKI_E_MALFORMED },
		{ BRSKI_E_UNAUTHENTICATED, BRSKI_E_UPSTREAM } };
	struct registrar_device d;
	struct scene c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		open_scene(&c, "", ANY);
		ask(&c, &c.e);
		tu_answer(tu_call(&c.s, 0), t[i].said, "text/plain", BRSKI_LIT("why\x1b not"));
		assert_int_equal(c.e.rc, t[i].told);
		assert_slice_eq(brski_buf_slice(&c.e.reply), BRSKI_LIT("why? not\n"));
		tu_exchange_clear(&c.e);
		assert_int_equal(tu_audit_rows(&c.s), 1);
		tu_device(&c.s, "acme", "A-1", &d);
		assert_int_equal(d.id, 0); /* nothing half-done */
		assert_int_equal(c.s.calls_n, 1);
		close_scene(&c);
	}
}

static void
bad_voucher(struct scene *c, const char *media, struct brski_slice wire)
{
	char event[64], code[64], spec[64];

	ask(c, &c->e);
	tu_answer(tu_call(&c->s, 0), BRSKI_OK, media, wire);
	assert_int_equal(c->e.rc, BRSKI_E_UPSTREAM);
	tu_exchange_clear(&c->e);
	assert_int_equal(tu_audit_rows(&c->s), 1);
	tu_audit_last(&c->s, event, code, spec, sizeof(event));
	assert_string_equal(code, "E_UPSTREAM");
	assert_string_equal(spec, "RFC 8995 5.6");
	assert_int_equal(c->s.calls_n, 1);
}

static void
masa_answers_rubbish(void **state)
{
	struct brski_voucher v;
	struct scene c;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		open_scene(&c, "", ANY);
		v = tu_pvr(i == 1 ? "A-2" : "A-1",
		    i == 0       ? TU_NONCE2
		        : i == 3 ? NULL
		                 : TU_NONCE,
		    &c.s.registrar);
		v.kind = i == 2 ? BRSKI_VOUCHER_REQUEST : BRSKI_VOUCHER;
		tu_seal(&v, &c.s.masa, &c.voucher);
		bad_voucher(&c, MEDIA, brski_buf_slice(&c.voucher));
		close_scene(&c);
	}
	open_scene(&c, "", ANY);
	v = tu_pvr("A-1", TU_NONCE, &c.s.registrar);
	v.kind = BRSKI_VOUCHER;
	tu_seal(&v, &c.s.masa, &c.voucher);
	bad_voucher(&c, "application/json", brski_buf_slice(&c.voucher));
	close_scene(&c);
}

/* cBRSKI 9.2.4: the operator may say who signs vouchers; a MASA may have no more than a key. */
static void
voucher_anchors(void **state)
{
	struct brski_cert_facts f = tu_facts("a key in a wrapping");
	struct tu_id bare = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	bare.key = c.s.masa.key;
	tu_issue(&bare, NULL, &f);
	tu_site_write(&c.s, "signers", &bare);
	brski_certs_clear(&bare.chain);
	tu_site_reload(&c.s, "", ANY "\nvoucher-anchors = {\"signers.pem\"}");
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
	/* by a path */
	open_scene(&c, "", ANY "\nvoucher-anchors = {\"acme.pem\"}");
	ask(&c, &c.e);
	grant(&c, 0);
	assert_granted(&c, &c.e);
	close_scene(&c);
	/* somebody else's */
	open_scene(&c, "", ANY "\nvoucher-anchors = {\"globex.pem\"}");
	ask(&c, &c.e);
	tu_make_voucher(&c.s, tu_call(&c.s, 0), &c.voucher);
	tu_answer(tu_call(&c.s, 0), BRSKI_OK, MEDIA, brski_buf_slice(&c.voucher));
	assert_int_equal(c.e.rc, BRSKI_E_UPSTREAM);
	assert_non_null(strstr(c.s.last_line, "signer"));
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/*
 * It was asked, then the process ended: the pledge's repetition asks again, with the same request.
 */
static void
restart(void **state)
{
	struct brski_buf first = { 0 };
	struct scene c;

	(void)state;
	open_scene(&c, "hold = 1", ANY);
	ask(&c, &c.e);
	tu_site_wait(&c.s, 1);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	assert_int_equal(brski_buf_set(&first, brski_buf_slice(&c.s.calls[0].body), NULL),
	    BRSKI_OK);
	tu_site_restart(&c.s);
	ask(&c, &c.e);
	assert_slice_eq(brski_buf_slice(&tu_call(&c.s, 1)->body), brski_buf_slice(&first));
	grant(&c, 1);
	assert_granted(&c, &c.e);
	brski_buf_clear(&first);
	close_scene(&c);
}

/* The process ends while a pledge waits: it is told to come back. */
static void
stop_while_waiting(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, "", ANY);
	ask(&c, &c.e);
	tu_site_restart(&c.s);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* More who wait for the same than we keep. */
static void
many_waiters(void **state)
{
	struct tu_exchange e[10];
	struct scene c;
	size_t i;

	(void)state;
	open_scene(&c, "", ANY);
	for (i = 0; i < 10; i++)
		ask(&c, &e[i]);
	assert_int_equal(c.s.calls_n, 1);
	assert_int_equal(e[9].rc, BRSKI_E_PENDING);
	grant(&c, 0);
	for (i = 0; i < 10; i++)
		tu_exchange_clear(&e[i]);
	assert_int_equal(e[0].rc, BRSKI_OK);
	close_scene(&c);
}

/* RFC 8995 5.2: a device that asks with ever new nonces does not take everybody's place. */
static void
one_device_asks_too_much(void **state)
{
	static const char *const nonces[] = { "bm9uY2UtMDE=", "bm9uY2UtMDI=", "bm9uY2UtMDM=",
		"bm9uY2UtMDQ=" };
	struct tu_exchange e[4];
	struct scene c;
	size_t i;

	(void)state;
	open_scene(&c, "", ANY);
	for (i = 0; i < 4; i++) {
		brski_buf_reset(&c.pvr);
		tu_make_pvr(&c.s, &c.pledge, "A-1", nonces[i], &c.pvr);
		ask(&c, &e[i]);
		assert_int_equal(e[i].done, 0);
	}
	brski_buf_reset(&c.pvr);
	tu_make_pvr(&c.s, &c.pledge, "A-1", TU_NONCE, &c.pvr);
	ask(&c, &c.e);
	assert_int_equal(c.e.rc, BRSKI_E_BUSY);
	tu_exchange_clear(&c.e);
	assert_int_equal(c.s.calls_n, 4);
	grant(&c, 3); /* there is room again */
	assert_granted(&c, &e[3]);
	ask(&c, &c.e);
	assert_int_equal(c.s.calls_n, 6); /* the audit log of the one granted, and this */
	tu_site_wait(&c.s, 5);            /* come back later */
	for (i = 0; i < 3; i++)
		tu_exchange_clear(&e[i]);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(voucher_passes),
		cmocka_unit_test(last_contact),
		cmocka_unit_test(tight_pin),
		cmocka_unit_test(same_request_same_answer),
		cmocka_unit_test(two_makers),
		cmocka_unit_test(no_certificate),
		cmocka_unit_test(stranger),
		cmocka_unit_test(no_serial_number),
		cmocka_unit_test(expired_idevid),
		cmocka_unit_test(wrong_pvr),
		cmocka_unit_test(strictness),
		cmocka_unit_test(one_format),
		cmocka_unit_test(given_up),
		cmocka_unit_test(names_for_coap),
		cmocka_unit_test(masa_url),
		cmocka_unit_test(admission_listed),
		cmocka_unit_test(admission_approve),
		cmocka_unit_test(denied_meanwhile),
		cmocka_unit_test(slow_masa),
		cmocka_unit_test(unreachable_masa),
		cmocka_unit_test(no_link),
		cmocka_unit_test(busy_masa),
		cmocka_unit_test(masa_refuses),
		cmocka_unit_test(masa_answers_rubbish),
		cmocka_unit_test(voucher_anchors),
		cmocka_unit_test(restart),
		cmocka_unit_test(stop_while_waiting),
		cmocka_unit_test(many_waiters),
		cmocka_unit_test(one_device_asks_too_much),
	};

	const struct CMUnitTest cms[] = {
		cmocka_unit_test(oddities),
	};

	return tu_run_formats(tests, NULL, NULL) + cmocka_run_group_tests(cms, NULL, NULL);
}
