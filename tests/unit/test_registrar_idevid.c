/* SPDX-License-Identifier: Apache-2.0 */
/* What a manufacturer says about its IDevIDs after it has made them. RFC 5280 6.3. */
#include <stdio.h>
#include "base/file.h"
#include "base/text.h"
#include "crypto/ocsp.h"
#include "tu_der.h"
#include "tu_registrar.h"
#include "tu_rvr.h"

#define VOUCHER "/.well-known/brski/requestvoucher"
#define MEDIA   (tu_format->media_type)
#define ANY     "admission = any\n"
#define LISTED  ANY "crls = { \"acme.crl\" }\n"

/* Two devices of acme's. */
struct scene {
	struct tu_site s;
	struct tu_id pledge, sister;
	struct tu_exchange e;
};

static void
open_scene(struct scene *c, const char *rules)
{
	memset(c, 0, sizeof(*c));
	tu_site_open(&c->s, "", rules);
	tu_idevid(&c->pledge, &c->s.acme, "A-1", TU_MASA_URL);
	tu_idevid(&c->sister, &c->s.acme, "A-2", TU_MASA_URL);
}

static void
close_scene(struct scene *c)
{
	void *state = NULL;

	tu_site_close(&c->s);
	tu_id_clear(&c->pledge);
	tu_id_clear(&c->sister);
	tu_der_clear(&state);
}

/* acme.crl, from a day before TU_NOW until then; revoked NULL: nobody is on it. */
static void
write_crl(struct scene *c, const struct tu_id *revoked, const struct tu_id *by, int64_t until)
{
	struct tu_crl parts = { .issuer = tu_cert(&c->s.acme)->subject, .next_update = until };
	char path[128];

	if (revoked != NULL)
		parts.entries = tu_crl_entry(tu_cert(revoked)->serial, TU_NONE);
	snprintf(path, sizeof(path), "%s/acme.crl", c->s.dir);
	assert_int_equal(brski_file_write(path, tu_crl_der(&parts, &by->key), 0600, NULL),
	    BRSKI_OK);
}

static void
ask(struct scene *c, const struct tu_id *pledge, const char *serial)
{
	struct brski_buf pvr = { 0 };

	tu_make_pvr(&c->s, pledge, serial, TU_NONCE, &pvr);
	tu_send(&c->s, &c->e, pledge, VOUCHER, MEDIA, brski_buf_slice(&pvr));
	brski_buf_clear(&pvr);
}

/* Refused, and the audit trail says by which clause. */
static void
assert_refused_now(struct scene *c, enum brski_rc rc, const char *clause)
{
	char event[64], code[64], spec[64];

	assert_int_equal(c->e.done, 1);
	assert_int_equal(c->e.rc, rc);
	tu_exchange_clear(&c->e);
	tu_audit_last(&c->s, event, code, spec, sizeof(event));
	assert_string_equal(event, "requestvoucher");
	assert_string_equal(code, brski_rc_name(rc));
	assert_string_equal(spec, clause);
}

/* Its MASA is asked, so it has passed. */
static void
assert_passed(struct scene *c)
{
	assert_int_equal(c->e.done, 0);
	assert_true(c->s.calls_n > 0);
	tu_answer(tu_call(&c->s, c->s.calls_n - 1), BRSKI_E_FORBIDDEN, "text/plain",
	    BRSKI_LIT("no"));
	assert_int_equal(c->e.done, 1);
	tu_exchange_clear(&c->e);
}

/* RFC 5280 6.3.3: on the list, at each of the operations that want an IDevID. */
static void
revoked(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ANY);
	write_crl(&c, &c.pledge, &c.s.acme, 0);
	tu_site_reload(&c.s, "", LISTED);
	ask(&c, &c.pledge, "A-1");
	assert_non_null(strstr(c.s.last_line, "serial=\"A-1\"")); /* it is named */
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	assert_int_equal(c.s.calls_n, 0);
	tu_send(&c.s, &c.e, &c.pledge, "/.well-known/brski/voucher_status", "application/json",
	    BRSKI_LIT("{}"));
	assert_int_equal(c.e.rc, BRSKI_E_REVOKED);
	tu_exchange_clear(&c.e);
	ask(&c, &c.sister, "A-2");
	assert_passed(&c);
	close_scene(&c);
}

/* A device that was known a moment ago, and a list that is new. */
static void
reloaded(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ANY);
	write_crl(&c, NULL, &c.s.acme, 0);
	tu_site_reload(&c.s, "", LISTED);
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	write_crl(&c, &c.pledge, &c.s.acme, 0);
	tu_site_reload(&c.s, "", LISTED);
	ask(&c, &c.pledge, "A-1");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	close_scene(&c);
}

/* Run out, it still revokes; whom it does not name passes, unless a current one is required. */
static void
stale(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ANY);
	write_crl(&c, &c.pledge, &c.s.acme, TU_NOW - 1);
	c.s.log_lines = 0;
	tu_site_reload(&c.s, "", LISTED);
	assert_int_equal(c.s.log_lines, 2); /* of each maker that has it */
	assert_non_null(strstr(c.s.last_line, "a CRL has run out: 2026-06-01T11:59:59Z"));
	ask(&c, &c.pledge, "A-1");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	ask(&c, &c.sister, "A-2");
	assert_passed(&c);
	tu_site_reload(&c.s, "", LISTED "crl-required = yes");
	ask(&c, &c.sister, "A-2");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	write_crl(&c, &c.pledge, &c.s.acme, 0);
	c.s.log_lines = 0;
	tu_site_reload(&c.s, "", LISTED "crl-required = yes");
	assert_int_equal(c.s.log_lines, 0);
	ask(&c, &c.sister, "A-2");
	assert_passed(&c);
	close_scene(&c);
}

/* Somebody else's list says nothing. */
static void
wrong_signer(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ANY);
	write_crl(&c, &c.pledge, &c.s.globex, 0);
	tu_site_reload(&c.s, "", LISTED);
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	tu_site_reload(&c.s, "", LISTED "crl-required = yes");
	ask(&c, &c.sister, "A-2");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	close_scene(&c);
}

/* Disowned by one section, it is not let in by another with the same anchors. */
static void
nobody_elses(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ANY);
	write_crl(&c, &c.pledge, &c.s.acme, 0);
	tu_site_reload(&c.s,
	    "manufacturer first { anchors = {\"acme.pem\"}\n masa-anchors = {\"acme.pem\"}\n"
	    "crls = {\"acme.crl\"} }",
	    ANY);
	ask(&c, &c.pledge, "A-1");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	close_scene(&c);
}

/* A list that cannot be read is no configuration. */
static void
unreadable(void **state)
{
	struct registrar_site *site = NULL;
	struct brski_err err = { 0 };
	struct scene c;
	char path[128];

	(void)state;
	open_scene(&c, ANY);
	write_crl(&c, NULL, &c.s.acme, 0);
	tu_site_reload(&c.s, "", LISTED);
	snprintf(path, sizeof(path), "%s/acme.crl", c.s.dir);
	assert_int_equal(brski_file_write(path, BRSKI_LIT("\x30\x00"), 0600, NULL), BRSKI_OK);
	snprintf(path, sizeof(path), "%s/registrar.conf", c.s.dir);
	assert_refused_by(registrar_site_load(path, &site, &err), BRSKI_E_CONFIG,
	    "registrar.conf(5)", &err);
	close_scene(&c);
}

#define FETCHED ANY "crl-urls = { \"http://acme.example/idevid.crl\" }\n"

/* The n-th fetch brings a list; older: from so many seconds before. */
static void
bring(struct scene *c, size_t n, const struct tu_id *revoked, const struct tu_id *by, int64_t older)
{
	struct tu_crl parts = { .issuer = tu_cert(&c->s.acme)->subject,
		.this_update = c->s.now - 10 - older,
		.next_update = c->s.now + 990 };
	struct tu_call *call = tu_web(&c->s, n);

	assert_string_equal(call->url, "http://acme.example/idevid.crl");
	assert_string_equal(call->media, ""); /* GET */
	if (revoked != NULL)
		parts.entries = tu_crl_entry(tu_cert(revoked)->serial, TU_NONE);
	tu_answer(call, BRSKI_OK, "application/pkix-crl", tu_crl_der(&parts, &by->key));
}

/* A maker whose devices are acme's, with a URL; its list is asked for. */
static void
open_fetched(struct scene *c)
{
	open_scene(c, ANY);
	tu_site_reload(&c->s,
	    "manufacturer first { anchors = {\"acme.pem\"}\n masa-anchors = "
	    "{\"acme.pem\"}\n" FETCHED "}",
	    ANY);
	assert_int_equal(c->s.web_n, 0);
	tu_site_wait(&c->s, 0);
	assert_int_equal(c->s.web_n, 1);
}

/* RFC 5280 4.2.1.13: fetched at the start, and when half of its life is over; swapped at once. */
static void
fetched(void **state)
{
	struct scene c;

	(void)state;
	open_fetched(&c);
	bring(&c, 0, NULL, &c.s.acme, 0);
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	tu_site_wait(&c.s, 489);
	assert_int_equal(c.s.web_n, 1);
	tu_site_wait(&c.s, 1);
	assert_int_equal(c.s.web_n, 2);
	bring(&c, 1, &c.pledge, &c.s.acme, 0);
	ask(&c, &c.pledge, "A-1");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	ask(&c, &c.sister, "A-2");
	assert_passed(&c);
	tu_site_wait(&c.s, 490);
	bring(&c, 2, &c.sister, &c.s.acme, 0);
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	close_scene(&c);
}

/* Whatever comes instead of a better list: the last one stays, and it is said once. */
static void
not_fetched(void **state)
{
	struct scene c;
	size_t i;

	(void)state;
	open_fetched(&c);
	bring(&c, 0, &c.pledge, &c.s.acme, 0);
	tu_site_wait(&c.s, 490);
	c.s.log_lines = 0;
	tu_no_answer(tu_web(&c.s, 1), BRSKI_E_UNAVAILABLE);
	assert_non_null(strstr(c.s.last_line,
	    "no CRL from http://acme.example/idevid.crl: "
	    "E_UNAVAILABLE; the last one stays"));
	tu_site_wait(&c.s, 5);
	tu_answer(tu_web(&c.s, 2), BRSKI_OK, "text/plain", BRSKI_LIT("<html>"));
	tu_site_wait(&c.s, 9);
	assert_int_equal(c.s.web_n, 3);
	tu_site_wait(&c.s, 1);
	bring(&c, 3, NULL, &c.s.globex, 0); /* anybody can answer */
	tu_site_wait(&c.s, 20);
	bring(&c, 4, NULL, &c.s.acme, 1000); /* acme's, of long ago */
	tu_site_wait(&c.s, 40);
	c.s.unreachable = true;
	tu_no_answer(tu_web(&c.s, 5), BRSKI_E_TIMEOUT);
	for (i = 0; i < 10; i++)
		tu_site_wait(&c.s, 3600);
	assert_int_equal(c.s.log_lines, 1);
	ask(&c, &c.pledge, "A-1");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	c.s.unreachable = false;
	tu_site_wait(&c.s, 3600);
	c.s.log_lines = 0;
	bring(&c, 6, NULL, &c.s.acme, 0);
	assert_non_null(strstr(c.s.last_line, "is there"));
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	close_scene(&c);
}

/* What is there stays over SIGHUP, until it is fetched anew; a call of before changes nothing. */
static void
fetched_and_reloaded(void **state)
{
	static const char first[] = "manufacturer first { anchors = {\"acme.pem\"}\n"
	                            "masa-anchors = {\"acme.pem\"}\n" FETCHED "}";
	struct tu_call *late;
	struct scene c;

	(void)state;
	open_fetched(&c);
	bring(&c, 0, &c.pledge, &c.s.acme, 0);
	tu_site_wait(&c.s, 490);
	late = tu_web(&c.s, 1);
	tu_site_reload(&c.s, first, ANY);
	ask(&c, &c.pledge, "A-1");
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 5280 6.3.3");
	tu_site_wait(&c.s, 0);
	assert_int_equal(c.s.web_n, 3);
	tu_no_answer(late, BRSKI_E_TIMEOUT);
	bring(&c, 2, NULL, &c.s.acme, 0);
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	tu_site_reload(&c.s, "", ANY);
	tu_site_wait(&c.s, 3600);
	assert_int_equal(c.s.web_n, 3);
	close_scene(&c);
}

/* Plain HTTP, where the answer is signed; nothing that a request line cannot hold. */
static void
urls(void **state)
{
	static const char *const bad[] = { "crl-urls = { \"https://acme.example/x.crl\" }",
		"crl-urls = { \"http://acme.example/x.crl\", \"file:///x.crl\" }",
		"crl-urls = { \"http:///x.crl\" }", "ocsp-url = \"acme.example\"",
		"ocsp-url = \"http://acme.example/a b\"", "ocsp-url = \"http://:80\"" };
	struct registrar_site *site = NULL;
	struct brski_err err = { 0 };
	struct brski_buf text = { 0 };
	struct scene c;
	char path[128];
	size_t i;

	(void)state;
	open_scene(&c, ANY);
	snprintf(path, sizeof(path), "%s/registrar.conf", c.s.dir);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		brski_buf_reset(&text);
		assert_int_equal(brski_buf_printf(&text, NULL,
		                     "manufacturer a { anchors = {\"acme.pem\"}\n"
		                     "masa-anchors = {\"acme.pem\"}\n%s }",
		                     bad[i]),
		    BRSKI_OK);
		assert_int_equal(brski_file_write(path, brski_buf_slice(&text), 0600, NULL),
		    BRSKI_OK);
		assert_refused_by(registrar_site_load(path, &site, &err), BRSKI_E_CONFIG,
		    "registrar.conf(5)", &err);
	}
	brski_buf_clear(&text);
	close_scene(&c);
}

#define ASKED ANY "ocsp-url = \"http://ocsp.acme.example/x\"\n"

/* An answer to the n-th question, good for an hour; nonce: another one's than asked. */
static void
tell_of(struct scene *c, size_t n, enum brski_ocsp_cert_status status, const struct tu_id *by,
    bool nonce)
{
	struct tu_call *call = tu_web(&c->s, n);
	struct brski_ocsp_single single = { .status = status,
		.revoked = c->s.now - 5,
		.this_update = c->s.now - 1,
		.next_update = c->s.now + 3600 };
	struct brski_ocsp_facts f = { .singles = &single,
		.n = 1,
		.produced = c->s.now,
		.signer = tu_cert(by),
		.signer_is_issuer = true };
	struct brski_ocsp_request q;
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };

	assert_string_equal(call->url, "http://ocsp.acme.example/x");
	assert_string_equal(call->media, "application/ocsp-request");
	assert_ok(brski_ocsp_request_decode(brski_buf_slice(&call->body), &q, &err), &err);
	assert_int_equal(q.n, 1);
	assert_true(brski_ocsp_id_is_of(&q.ids[0], tu_cert(&c->s.acme)));
	assert_int_equal(q.nonce.n, 32); /* RFC 9654 2.1 */
	single.id = q.ids[0].der;
	f.nonce = nonce ? BRSKI_LIT("another one's") : q.nonce;
	assert_ok(brski_ocsp_response_encode(&f, &by->key, &der, &err), &err);
	tu_answer(call, BRSKI_OK, "application/ocsp-response", brski_buf_slice(&der));
	brski_buf_clear(&der);
}

/* Asked once, before its MASA is; kept until the responder's next update. */
static void
ocsp_good(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ASKED);
	ask(&c, &c.pledge, "A-1");
	assert_int_equal(c.s.calls_n, 0);
	assert_int_equal(c.s.web_n, 1);
	tell_of(&c, 0, BRSKI_OCSP_GOOD, &c.s.acme, false);
	assert_passed(&c);
	tu_site_wait(&c.s, 3599);
	ask(&c, &c.pledge, "A-1");
	assert_passed(&c);
	assert_int_equal(c.s.web_n, 1);
	tu_site_wait(&c.s, 1);
	ask(&c, &c.pledge, "A-1");
	assert_int_equal(c.s.web_n, 2);
	tell_of(&c, 1, BRSKI_OCSP_REVOKED, &c.s.acme, false);
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 6960 2.2");
	close_scene(&c);
}

static void
ocsp_revoked(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ASKED);
	ask(&c, &c.pledge, "A-1");
	tell_of(&c, 0, BRSKI_OCSP_REVOKED, &c.s.acme, false);
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 6960 2.2");
	ask(&c, &c.pledge, "A-1"); /* it is known now */
	assert_refused_now(&c, BRSKI_E_REVOKED, "RFC 6960 2.2");
	assert_int_equal(c.s.calls_n, 0);
	assert_int_equal(c.s.web_n, 1);
	/* the operator wants it asked again */
	tu_site_reload(&c.s, "", ASKED);
	ask(&c, &c.pledge, "A-1");
	tell_of(&c, 1, BRSKI_OCSP_GOOD, &c.s.acme, false);
	assert_passed(&c);
	close_scene(&c);
}

/* Nobody, somebody else, a replay: asked again, and the device passes once there is an answer. */
static void
ocsp_again(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ASKED);
	c.s.log_lines = 0;
	ask(&c, &c.pledge, "A-1");
	tu_no_answer(tu_web(&c.s, 0), BRSKI_E_TIMEOUT);
	tu_site_wait(&c.s, 1);
	tell_of(&c, 1, BRSKI_OCSP_GOOD, &c.s.globex, false);
	tu_site_wait(&c.s, 2);
	assert_int_equal(c.e.done, 0);
	assert_int_equal(c.s.log_lines, 1); /* once */
	tu_site_wait(&c.s, 1);              /* hold is over */
	assert_int_equal(c.e.done, 1);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	assert_true(c.e.retry_after_s > 0);
	tu_exchange_clear(&c.e);
	ask(&c, &c.pledge, "A-1"); /* joins what is under way */
	assert_int_equal(c.s.web_n, 3);
	tell_of(&c, 2, BRSKI_OCSP_GOOD, &c.s.acme, true);
	tu_site_wait(&c.s, 3);
	tu_drop(&c.e); /* it has gone */
	tu_site_wait(&c.s, 1);
	tell_of(&c, 3, BRSKI_OCSP_GOOD, &c.s.acme, false);
	assert_int_equal(c.s.calls_n, 0);
	ask(&c, &c.pledge, "A-1");
	assert_int_equal(c.s.web_n, 4);
	assert_passed(&c);
	close_scene(&c);
}

/* The responder does not know it, or is not there, for longer than patience: refused. */
static void
ocsp_never(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ANY);
	tu_site_reload(&c.s, "patience = 2", ASKED);
	ask(&c, &c.pledge, "A-1");
	tell_of(&c, 0, BRSKI_OCSP_UNKNOWN, &c.s.acme, false);
	tu_site_wait(&c.s, 1);
	tell_of(&c, 1, BRSKI_OCSP_UNKNOWN, &c.s.acme, false);
	assert_refused_now(&c, BRSKI_E_UNAVAILABLE, "RFC 8995 5.4");
	c.s.unreachable = true;
	ask(&c, &c.pledge, "A-1"); /* it has been heard of, so it is asked again */
	tu_site_wait(&c.s, 3);
	assert_refused_now(&c, BRSKI_E_UNAVAILABLE, "RFC 8995 5.4");
	assert_int_equal(c.s.calls_n, 0);
	close_scene(&c);
}

/* The registrar ends meanwhile; and with it, who waits is told to come back. */
static void
ocsp_stop(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ASKED);
	ask(&c, &c.pledge, "A-1");
	registrar_stop(c.s.r);
	assert_int_equal(c.e.done, 1);
	assert_int_equal(c.e.rc, BRSKI_E_PENDING);
	tu_exchange_clear(&c.e);
	close_scene(&c);
}

/* A certificate that is pinned itself was issued by nobody that could be asked about. */
static void
ocsp_pinned(void **state)
{
	struct scene c;

	(void)state;
	open_scene(&c, ASKED);
	c.pledge.chain.n = 1;
	tu_site_write(&c.s, "pinned", &c.pledge);
	c.pledge.chain.n = 2;
	tu_site_reload(&c.s,
	    "manufacturer first { anchors = {\"pinned.pem\"}\n masa-anchors = "
	    "{\"acme.pem\"}\n" ASKED "}",
	    ANY);
	ask(&c, &c.pledge, "A-1");
	assert_int_equal(c.s.web_n, 0);
	assert_passed(&c);
	close_scene(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(revoked),
		cmocka_unit_test(reloaded),
		cmocka_unit_test(stale),
		cmocka_unit_test(wrong_signer),
		cmocka_unit_test(nobody_elses),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(fetched),
		cmocka_unit_test(not_fetched),
		cmocka_unit_test(fetched_and_reloaded),
		cmocka_unit_test(urls),
		cmocka_unit_test(ocsp_good),
		cmocka_unit_test(ocsp_revoked),
		cmocka_unit_test(ocsp_again),
		cmocka_unit_test(ocsp_never),
		cmocka_unit_test(ocsp_stop),
		cmocka_unit_test(ocsp_pinned),
	};

	return tu_run_formats(tests, NULL, NULL);
}
