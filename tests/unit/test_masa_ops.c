/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MASA's operations from the request's bytes to the reply's, in one process. RFC 8995 5.5 to
 * 5.8.
 */
#include "tu_rvr.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "masa/front.h"
#include "message/media.h"
#include "tu_der.h"

#define SERIAL     "JADA123456789"
#define VOUCHER    "/.well-known/brski/requestvoucher"
#define AUDIT_LOG  "/.well-known/brski/requestauditlog"
#define VOUCHER_MT (tu_format->media_type)

static struct world {
	struct tu_id maker, pledge, twin, other_maker, namesake;
	struct tu_id voucher_root, signer;
	struct tu_id domain, sub, registrar, colleague;
	struct tu_id other_domain, other_registrar;
} w;

static char dir[32];
static char path[128], line[2048];
static int64_t now;
static struct masa masa;
static struct masa_chains chains;
static struct brski_log log_;
static struct brski_peer peer;
static struct brski_exchange x;
static unsigned replies;
static struct brski_buf pvr_wire, rvr_wire, voucher_wire;
static struct brski_artifact voucher;
static struct brski_err err;

static const struct brski_slice none;

static void
keep_line(void *arg, enum brski_level level, const char *text)
{
	(void)arg;
	(void)level;
	(void)snprintf(line, sizeof(line), "%s", text);
}

static int
make_world(void **state)
{
	(void)state;
	tu_ca(&w.maker, "maker");
	tu_idevid(&w.pledge, &w.maker, SERIAL, TU_MASA_URL);
	tu_idevid(&w.twin, &w.maker, "JADA000000000", TU_MASA_URL);
	tu_ca(&w.other_maker, "other maker");
	tu_idevid(&w.namesake, &w.other_maker, SERIAL, TU_MASA_URL);
	tu_ca(&w.voucher_root, "voucher root");
	tu_masa(&w.signer, &w.voucher_root);
	tu_ca(&w.domain, "domain");
	tu_subca(&w.sub, &w.domain, "domain sub");
	tu_registrar(&w.registrar, &w.sub);
	tu_registrar(&w.colleague, &w.sub);
	tu_ca(&w.other_domain, "other domain");
	tu_registrar(&w.other_registrar, &w.other_domain);
	(void)snprintf(dir, sizeof(dir), "/tmp/test_masa_ops.XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
end_world(void **state)
{
	struct tu_id *all = (struct tu_id *)&w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(w) / sizeof(*all); i++)
		tu_id_clear(&all[i]);
	brski_buf_clear(&pvr_wire);
	brski_buf_clear(&rvr_wire);
	brski_buf_clear(&voucher_wire);
	return rmdir(dir);
}

static void
add(const struct tu_id *id)
{
	assert_ok(masa_ledger_add(masa.store, tu_cert(id), BRSKI_SERIAL_FROM_SUBJECT,
	              MASA_POLICY_FIRST, none, TU_NOW, &err),
	    &err);
}

static int64_t rows_before; /* of the audit trail, when a refusal was looked for the last time */

static int
begin(void **state)
{
	(void)state;
	rows_before = 0;
	memset(&err, 0, sizeof(err));
	now = TU_NOW;
	(void)snprintf(path, sizeof(path), "%s/masa.db", dir);
	log_ = (struct brski_log){ .level = BRSKI_LOG_DEBUG, .sink = keep_line };
	masa = (struct masa){
		.keeper = { .signer_key = w.signer.key, .signer_chain = w.signer.chain },
		.rules = { .voucher_life_s = 1200, .request_life_s = 5 * TU_DAY, .log_events = 4 },
		.chains = &chains,
		.clock = brski_clock_fixed(&now),
		.log = &log_,
	};
	assert_ok(masa_ledger_open(path, &masa.store, &err), &err);
	tu_add(&masa.manufacturer_anchors, &w.maker);
	peer = (struct brski_peer){ .address = "[::1]:4711", .transport = "https" };
	add(&w.pledge);
	return 0;
}

static int
end(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char file[160];
	size_t i;

	(void)state;
	brski_buf_clear(&x.reply);
	brski_artifact_clear(&voucher);
	brski_certs_clear(&masa.manufacturer_anchors);
	brski_certs_clear(&masa.registrar_anchors);
	brski_crls_clear(&masa.crls);
	brski_store_close(masa.store);
	for (i = 0; i < 3; i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, suffix[i]);
		(void)unlink(file);
	}
	return 0;
}

static void
finish(struct brski_exchange *exchange)
{
	assert_ptr_equal(exchange, &x);
	replies++;
}

/* POST body to a route, as a transport would. */
static enum brski_rc
post(const char *to, struct brski_slice body)
{
	brski_buf_clear(&x.reply);
	x = (struct brski_exchange){
		.peer = &peer,
		.media = brski_slice_str(VOUCHER_MT),
		.body = body,
		.log = &log_,
		.finish = finish,
	};
	replies = 0;
	line[0] = '\0';
	assert_ok(brski_route_find(masa_routes, masa_routes_n, BRSKI_POST, true,
	              brski_slice_str(to), &x, &err),
	    &err);
	x.route->handler(&masa, &x);
	assert_int_equal(replies, 1);
	return x.rc;
}

/* The RVR of a registrar for the PVR of a pledge. */
static void
make_rvr(const struct tu_id *pledge, const struct tu_id *registrar, const char *nonce)
{
	struct brski_voucher pvr = tu_pvr(SERIAL, nonce, registrar);
	struct brski_voucher rvr;

	tu_seal_pvr(&pvr, pledge, &pvr_wire);
	rvr = tu_rvr(SERIAL, nonce, brski_buf_slice(&pvr_wire));
	tu_seal_rvr(&rvr, registrar, pledge, &rvr_wire);
}

static void
make_nonceless(const struct tu_id *registrar)
{
	struct brski_voucher rvr = tu_rvr(SERIAL, NULL, none);

	tu_seal(&rvr, registrar, &rvr_wire);
}

static enum brski_rc
ask(void)
{
	return post(VOUCHER, brski_buf_slice(&rvr_wire));
}

static enum brski_rc
ask_for(const struct tu_id *registrar, const char *nonce)
{
	make_rvr(&w.pledge, registrar, nonce);
	return ask();
}

static int64_t
count(const char *sql)
{
	struct brski_query q;
	int64_t n = -1;
	bool row;

	assert_ok(brski_query_start(masa.store, &q, &err, sql, ""), &err);
	assert_ok(brski_query_next(&q, &row, &err), &err);
	if (row)
		n = brski_query_int(&q, 0);
	brski_query_end(&q);
	return n;
}

static int64_t
vouchers(void)
{
	return count("SELECT COUNT(*) FROM entries");
}

struct last {
	int64_t rows;
	char event[32], serial[128], rc[32], spec[64];
};

static void
take(char *dst, size_t cap, struct brski_slice in)
{
	(void)snprintf(dst, cap, "%.*s", (int)in.n, in.p != NULL ? (const char *)in.p : "");
}

static bool
each_row(void *arg, const struct brski_audit_row *row, struct brski_slice hash)
{
	struct last *l = arg;

	(void)hash;
	l->rows++;
	take(l->event, sizeof(l->event), row->event);
	take(l->serial, sizeof(l->serial), row->serial);
	take(l->rc, sizeof(l->rc), row->rc);
	take(l->spec, sizeof(l->spec), row->spec);
	return true;
}

static struct last
audit(void)
{
	struct last l = { 0 };

	assert_ok(brski_audit_list(masa.store, 0, 1000, each_row, &l, &err), &err);
	return l;
}

/*
 * The last request was refused: the status, one log line and one audit row that name the clause,
 * the fixed text for the peer, and nothing else happened.
 */
#define refused(rc, want, clause) check_refused((rc), (want), (clause), __LINE__)
static void
check_refused(enum brski_rc rc, enum brski_rc want, const char *clause, int at)
{
	struct last l = audit();
	char text[96];

	if (rc != want)
		fail_msg("line %d: %s instead of %s; %s", at, brski_rc_name(rc),
		    brski_rc_name(want), line);
	(void)snprintf(text, sizeof(text), "rc=%s spec=\"%s\"", brski_rc_name(want), clause);
	if (strstr(line, text) == NULL)
		fail_msg("line %d: no %s in %s", at, text, line);
	assert_string_equal(l.rc, brski_rc_name(want));
	assert_string_equal(l.spec, clause);
	assert_true(l.rows > rows_before);
	rows_before = l.rows;
	assert_string_equal(x.reply_media, "text/plain; charset=utf-8");
	assert_memory_equal(x.reply.p, brski_rc_text(want), strlen(brski_rc_text(want)));
}

/* The voucher in the reply, opened, signed by our signer. */
static const struct brski_voucher *
reply_voucher(void)
{
	struct brski_certs anchors = { 0 };
	struct brski_path p = { .anchors = &anchors, .at = TU_NOW };

	assert_int_equal(x.rc, BRSKI_OK);
	assert_string_equal(x.reply_media, VOUCHER_MT);
	brski_artifact_clear(&voucher);
	assert_ok(brski_buf_set(&voucher_wire, brski_buf_slice(&x.reply), &err), &err);
	assert_ok(brski_artifact_open(tu_format, brski_buf_slice(&voucher_wire), NULL, true,
	              BRSKI_VOUCHER, &voucher, &err),
	    &err);
	tu_add(&anchors, &w.voucher_root);
	p.leaf = voucher.env.signer;
	p.untrusted = &voucher.env.certs;
	assert_ok(brski_path_validate(&p, NULL, &err), &err);
	brski_certs_clear(&anchors);
	return &voucher.v;
}

/* RFC 4210 4.4: the CA of the device's domain gets another key; the domain stays the owner. */
static void
rolled_over(void **state)
{
	struct tu_id new = { 0 }, ra = { 0 }, forgetful = { 0 };

	(void)state;
	tu_ca(&new, "other domain");
	tu_successor(&ra, &w.other_domain, &new);
	tu_registrar(&forgetful, &new);
	assert_int_equal(ask_for(&w.other_registrar, TU_NONCE), BRSKI_OK);
	assert_slice_eq(reply_voucher()->pinned_domain_cert, tu_cert(&w.other_domain)->der);
	/* that name alone proves nothing */
	refused(ask_for(&forgetful, TU_NONCE2), BRSKI_E_OWNED, "RFC 8995 5.6");
	/* the log of what was before */
	make_nonceless(&ra);
	assert_int_equal(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_OK);
	make_nonceless(&forgetful);
	rows_before = audit().rows;
	refused(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_E_UNKNOWN, "RFC 8995 5.8");

	assert_int_equal(ask_for(&ra, TU_NONCE2), BRSKI_OK);
	assert_slice_eq(reply_voucher()->pinned_domain_cert, tu_cert(&new)->der);
	/* the owner is known by the new key now, also without the old one's word */
	make_rvr(&w.pledge, &forgetful, "YWJjZGVmZ2hpamtsbW5vcA==");
	assert_int_equal(ask(), BRSKI_OK);
	tu_id_clear(&new);
	tu_id_clear(&ra);
	tu_id_clear(&forgetful);
}

static void
nonced(void **state)
{
	const struct brski_voucher *v;
	struct last l;

	(void)state;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	v = reply_voucher();
	assert_slice_eq(v->serial_number, BRSKI_LIT(SERIAL));
	assert_slice_eq(v->nonce, BRSKI_LIT("0123456789abcdef"));
	if (brski_slice_present(v->nonce_text))
		assert_slice_eq(v->nonce_text, BRSKI_LIT(TU_NONCE));
	assert_int_equal(v->assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_slice_eq(v->pinned_domain_cert, tu_cert(&w.sub)->der);
	assert_slice_eq(v->created_on.text, BRSKI_LIT("2026-06-01T12:00:00Z"));
	assert_false(brski_slice_present(v->expires_on.text));
	assert_false(brski_slice_present(v->idevid_issuer));
	assert_false(brski_slice_present(v->prior_signed_voucher_request));
	assert_int_equal(vouchers(), 1);
	l = audit();
	assert_int_equal(l.rows, 1);
	assert_string_equal(l.event, "requestvoucher");
	assert_string_equal(l.serial, SERIAL);
	assert_string_equal(l.rc, "OK");
	assert_non_null(strstr(line, "serial=\"" SERIAL "\""));
}

/* RFC 8995 5.5.4, 5.6 */
static void
nonceless(void **state)
{
	const struct brski_voucher *v;

	(void)state;
	make_nonceless(&w.registrar);
	refused(ask(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4");
	assert_int_equal(vouchers(), 0);
	tu_add(&masa.registrar_anchors, &w.domain);
	assert_int_equal(ask(), BRSKI_OK);
	v = reply_voucher();
	assert_false(brski_slice_present(v->nonce));
	assert_slice_eq(v->expires_on.text, BRSKI_LIT("2026-06-01T12:20:00Z"));
	assert_slice_eq(v->pinned_domain_cert, tu_cert(&w.domain)->der);
	assert_int_equal(v->assertion, BRSKI_ASSERTION_LOGGED);
	assert_int_equal(ask(), BRSKI_OK);
	assert_int_equal(vouchers(), 1);
}

/* RFC 8995 5.5.4: or known by its TLS client certificate, whoever signed. */
static void
nonceless_known_by_tls(void **state)
{
	(void)state;
	make_nonceless(&w.registrar);
	tu_add(&masa.registrar_anchors, &w.other_domain);
	peer.chain = w.registrar.chain;
	refused(ask(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4");
	peer.chain = w.other_registrar.chain;
	assert_int_equal(ask(), BRSKI_OK);
	now = TU_TO + 1;
	make_nonceless(&w.registrar);
	assert_int_not_equal(ask(), BRSKI_OK);
}

/* RFC 8995 5.5.4: a device of a known domain is no registrar of it, and vouches for nobody. */
static void
nonceless_known_device(void **state)
{
	struct tu_id ldevid = { 0 };

	(void)state;
	tu_ldevid(&ldevid, &w.other_domain, "JADA000000001");
	make_nonceless(&w.registrar);
	tu_add(&masa.registrar_anchors, &w.other_domain);
	peer.chain = ldevid.chain;
	refused(ask(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4");
	assert_int_equal(vouchers(), 0);
	tu_id_clear(&ldevid);
}

/* Same request, same answer: by its bytes, or by device, nonce and registrar. */
static void
same_again(void **state)
{
	struct brski_buf first = { 0 };

	(void)state;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	assert_ok(brski_buf_set(&first, brski_buf_slice(&x.reply), &err), &err);
	now += 60;
	assert_int_equal(ask(), BRSKI_OK);
	assert_slice_eq(brski_buf_slice(&x.reply), brski_buf_slice(&first));
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	assert_slice_eq(brski_buf_slice(&x.reply), brski_buf_slice(&first));
	assert_int_equal(vouchers(), 1);
	assert_int_equal(audit().rows, 1);

	assert_int_equal(ask_for(&w.colleague, TU_NONCE), BRSKI_OK);
	assert_int_equal(ask_for(&w.registrar, TU_NONCE2), BRSKI_OK);
	assert_int_equal(vouchers(), 3);
	brski_buf_clear(&first);
}

/* RFC 8995 5.2: a nonce is for one request; in another format it is another's. */
static void
same_nonce_other_format(void **state)
{
	const struct brski_format *mine = tu_format;

	(void)state;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	tu_format = &brski_formats[mine == &brski_formats[0]];
	refused(ask_for(&w.registrar, TU_NONCE), BRSKI_E_NONCE, "RFC 8995 5.2");
	assert_int_equal(ask_for(&w.registrar, TU_NONCE2), BRSKI_OK);
	assert_int_equal(vouchers(), 2);
	tu_format = mine;
}

static struct masa_device
device(void)
{
	struct masa_device d;

	assert_ok(masa_ledger_find(masa.store, BRSKI_LIT(SERIAL), none, &d, &err), &err);
	return d;
}

/* RFC 8366 5.3, RFC 8995 3.4, 5.5.5: what the MASA decides by itself, a request does not say. */
static void
leaves_of_no_say(void **state)
{
	struct brski_voucher rvr = tu_rvr(SERIAL, TU_NONCE, none);
	const struct brski_voucher *v;

	(void)state;
	rvr.assertion = BRSKI_ASSERTION_VERIFIED;
	rvr.pinned_domain_cert = tu_cert(&w.other_domain)->der;
	rvr.domain_cert_revocation_checks = BRSKI_TRUE;
	rvr.last_renewal_date.text = BRSKI_LIT("2027-06-01T12:00:00Z");
	rvr.expires_on.text = BRSKI_LIT("2027-06-01T12:00:00Z");
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	assert_int_equal(ask(), BRSKI_OK);
	v = reply_voucher();
	assert_int_equal(v->assertion, BRSKI_ASSERTION_LOGGED);
	assert_slice_eq(v->pinned_domain_cert, tu_cert(&w.sub)->der);
	assert_int_equal(v->domain_cert_revocation_checks, BRSKI_ABSENT);
	assert_false(brski_slice_present(v->last_renewal_date.text));
	assert_false(brski_slice_present(v->expires_on.text));
}

/* RFC 8995 5.5: the ledger has the entry, or the voucher does not leave. */
static void
store_fails(void **state)
{
	(void)state;
	assert_ok(brski_store_exec(masa.store, NULL, &err,
	              "CREATE TRIGGER full BEFORE INSERT ON entries"
	              " BEGIN SELECT RAISE(FAIL, 'disk full'); END",
	              ""),
	    &err);
	assert_int_not_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	assert_memory_not_equal(x.reply.p, "\x30", 1);
	assert_int_equal(vouchers(), 0);
	assert_false(device().owned);
}

/* RFC 8995 5.5.3: CRLs of the configuration count for registrars and for IDevIDs. */
static void
revoked(void **state)
{
	struct tu_crl parts = { .issuer = tu_cert(&w.sub)->subject };

	memset(&chains, 0, sizeof(chains)); /* as a reload does */
	parts.entries = tu_crl_entry(tu_cert(&w.registrar)->serial, none);
	assert_ok(brski_crls_add(&masa.crls, tu_crl_der(&parts, &w.sub.key), &err), &err);
	refused(ask_for(&w.registrar, TU_NONCE), BRSKI_E_REVOKED, "RFC 8995 5.5.3");
	assert_int_equal(ask_for(&w.colleague, TU_NONCE), BRSKI_OK);
	parts.issuer = tu_cert(&w.maker)->subject;
	parts.entries = tu_crl_entry(tu_cert(&w.pledge)->serial, none);
	assert_ok(brski_crls_add(&masa.crls, tu_crl_der(&parts, &w.maker.key), &err), &err);
	refused(ask_for(&w.colleague, TU_NONCE2), BRSKI_E_REVOKED, "RFC 8995 5.5.5");
	tu_der_clear(state);
}

/* RFC 8366 5.4: what strict would refuse is in the log, of the request and of the one inside. */
static void
oddities(void **state)
{
	struct brski_voucher pvr = tu_pvr(SERIAL, TU_NONCE, &w.registrar), rvr;
	struct tu_odd odd = { 0 };

	(void)state;
	log_.sink = tu_keep_odd;
	log_.arg = &odd;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE2), BRSKI_OK);
	assert_int_equal(odd.n, 0);
	pvr.nonce_text = BRSKI_LIT(TU_NONCE_ODD);
	tu_seal(&pvr, &w.pledge, &pvr_wire);
	rvr = tu_rvr(SERIAL, TU_NONCE, brski_buf_slice(&pvr_wire));
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	tu_make_odd(&rvr_wire);
	assert_int_equal(ask(), BRSKI_OK);
	assert_int_equal(ask(), BRSKI_OK);
	assert_int_equal(odd.n, 2);
	assert_non_null(strstr(odd.text, "\"RVR tolerated: version"));
	assert_non_null(strstr(odd.text, "\"prior request tolerated: nonce"));
	assert_non_null(strstr(odd.text, "serial=\"" SERIAL "\""));
}

static void
malformed(void **state)
{
	(void)state;
	make_rvr(&w.pledge, &w.registrar, TU_NONCE);
	assert_ok(brski_buf_append_byte(&rvr_wire, 0, &err), &err);
	assert_int_equal(ask(), BRSKI_E_MALFORMED);
	assert_int_equal(audit().rows, 1);
	assert_int_equal(vouchers(), 0);
}

static void
tampered(void **state)
{
	(void)state;
	make_rvr(&w.pledge, &w.registrar, TU_NONCE);
	rvr_wire.p[rvr_wire.n - 1] ^= 1;
	assert_int_equal(brski_rc_http(ask()), 403);
	assert_int_equal(vouchers(), 0);
}

static void
no_cmc_ra(void **state)
{
	struct tu_id ldevid = { 0 };

	(void)state;
	tu_ldevid(&ldevid, &w.domain, "x");
	refused(ask_for(&ldevid, TU_NONCE), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.4");
	assert_string_equal(audit().serial, SERIAL);
	assert_int_equal(vouchers(), 0);
	tu_id_clear(&ldevid);
}

/* RFC 8995 5.6: 404, before anything is said about the PVR. */
static void
unknown_device(void **state)
{
	struct brski_voucher rvr = tu_rvr("JADA000000000", TU_NONCE, BRSKI_LIT("rubbish"));
	static uint8_t serial[12000];

	(void)state;
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	refused(ask(), BRSKI_E_UNKNOWN, "RFC 8995 5.6");

	/* as long as a request may be; the trail keeps what a serial number may be */
	memset(serial, 'S', sizeof(serial));
	rvr.serial_number = brski_slice(serial, sizeof(serial));
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	refused(ask(), BRSKI_E_UNKNOWN, "RFC 8995 5.6");
	assert_int_equal(strlen(audit().serial), BRSKI_SERIAL_MAX);
}

static void
bad_prior_request(void **state)
{
	(void)state;
	make_rvr(&w.twin, &w.registrar, TU_NONCE);
	refused(ask(), BRSKI_E_SERIAL, "RFC 8995 5.5.5");
	make_rvr(&w.namesake, &w.registrar, TU_NONCE);
	refused(ask(), BRSKI_E_CERTIFICATE, "RFC 8995 5.5.5");
	assert_int_equal(vouchers(), 0);
}

/* Another maker's device with the same serial number proves nothing about ours. */
static void
namesake_of_another_maker(void **state)
{
	(void)state;
	tu_add(&masa.manufacturer_anchors, &w.other_maker);
	make_rvr(&w.namesake, &w.registrar, TU_NONCE);
	refused(ask(), BRSKI_E_SERIAL, "RFC 8995 5.5.5");
}

/* rfc8366bis 5.3, cBRSKI 14.1: with two of that number, requests and vouchers say which. */
static void
shared_serial_number(void **state)
{
	struct brski_voucher pvr = tu_pvr(SERIAL, TU_NONCE, &w.registrar), rvr;
	struct brski_buf issuer = { 0 };

	(void)state;
	tu_add(&masa.manufacturer_anchors, &w.other_maker);
	add(&w.namesake);
	refused(ask_for(&w.registrar, TU_NONCE), BRSKI_E_SERIAL, "rfc8366bis 6.1");
	assert_ok(brski_cert_idevid_issuer(tu_cert(&w.namesake), &issuer, &err), &err);
	tu_seal_pvr(&pvr, &w.namesake, &pvr_wire);
	rvr = tu_rvr(SERIAL, TU_NONCE, brski_buf_slice(&pvr_wire));
	rvr.idevid_issuer = brski_buf_slice(&issuer);
	tu_seal_rvr(&rvr, &w.registrar, &w.namesake, &rvr_wire);
	assert_int_equal(ask(), BRSKI_OK);
	assert_slice_eq(reply_voucher()->idevid_issuer, brski_buf_slice(&issuer));
	brski_buf_clear(&issuer);
}

static void
blocked(void **state)
{
	struct masa_device d = device();

	(void)state;
	assert_ok(masa_ledger_set_blocked(masa.store, &d, true, &err), &err);
	refused(ask_for(&w.registrar, TU_NONCE), BRSKI_E_BLOCKED, "RFC 8995 5.6");
	assert_int_equal(vouchers(), 0);
	/* nor does a voucher given before come out again */
	assert_ok(masa_ledger_set_blocked(masa.store, &d, false, &err), &err);
	assert_int_equal(ask(), BRSKI_OK);
	assert_ok(masa_ledger_set_blocked(masa.store, &d, true, &err), &err);
	refused(ask(), BRSKI_E_BLOCKED, "RFC 8995 5.6");
}

/* First come first served: who came first is the owner, RFC 8995 5.6. */
static void
owned_by_another(void **state)
{
	struct masa_device d;

	(void)state;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	refused(ask_for(&w.other_registrar, TU_NONCE2), BRSKI_E_OWNED, "RFC 8995 5.6");
	assert_int_equal(vouchers(), 1);
	assert_int_equal(ask_for(&w.colleague, TU_NONCE2), BRSKI_OK);

	/* sold: the manufacturer lets it go */
	d = device();
	assert_ok(masa_ledger_set_owner(masa.store, &d, none, &err), &err);
	assert_int_equal(ask_for(&w.other_registrar, TU_NONCE2), BRSKI_OK);
	refused(ask_for(&w.registrar, TU_NONCE), BRSKI_E_OWNED, "RFC 8995 5.6");
}

static void
recorded_owner(void **state)
{
	struct masa_device d = device();
	struct brski_voucher rvr = tu_rvr(SERIAL, TU_NONCE, none);
	uint8_t key[BRSKI_SHA256_SIZE];

	(void)state;
	brski_sha256(tu_cert(&w.domain)->spki, key);
	assert_ok(masa_ledger_set_owner(masa.store, &d, brski_slice(key, sizeof(key)), &err), &err);
	refused(ask_for(&w.other_registrar, TU_NONCE), BRSKI_E_OWNED, "RFC 8995 5.6");
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	assert_int_equal(ask(), BRSKI_OK);
	assert_int_equal(reply_voucher()->assertion, BRSKI_ASSERTION_VERIFIED);
}

static void
stale_or_not_proximate(void **state)
{
	struct brski_voucher rvr = tu_rvr(SERIAL, TU_NONCE, none);

	(void)state;
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	masa.rules.require_proximity = true;
	refused(ask(), BRSKI_E_ASSERTION, "RFC 8995 5.5.5");
	masa.rules.require_proximity = false;
	now += 6 * TU_DAY;
	refused(ask(), BRSKI_E_FORBIDDEN, "RFC 8995 5.6");
}

static void
forward(struct brski_buf *wire)
{
	struct brski_buf out = { 0 };

	assert_ok(tu_format->forward(brski_buf_slice(wire), &out, &err), &err);
	assert_true(out.n < wire->n);
	brski_buf_clear(wire);
	*wire = out;
}

/* RFC 8995 5.5.1, rfc8366bis 10.1: an old voucher of ours renews, somebody else's does not. */
static void
renewal(void **state)
{
	struct brski_voucher rvr, fake = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_buf old = { 0 };

	(void)state;
	tu_add(&masa.registrar_anchors, &w.domain);
	make_nonceless(&w.registrar);
	assert_int_equal(ask(), BRSKI_OK);
	assert_ok(brski_buf_set(&old, brski_buf_slice(&x.reply), &err), &err);
	now += TU_DAY;
	rvr = tu_rvr(SERIAL, NULL, brski_buf_slice(&old));
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	assert_int_equal(ask(), BRSKI_OK);
	assert_slice_eq(reply_voucher()->expires_on.text, BRSKI_LIT("2026-06-02T12:20:00Z"));
	assert_int_equal(vouchers(), 2);

	/* as the registrar passed it on, cBRSKI 9.2 */
	if (tu_format->forward != NULL) {
		forward(&old);
		rvr.prior_signed_voucher_request = brski_buf_slice(&old);
		tu_seal(&rvr, &w.registrar, &rvr_wire);
		assert_int_equal(ask(), BRSKI_OK);
		assert_int_equal(vouchers(), 3);
	}

	fake.serial_number = BRSKI_LIT(SERIAL);
	fake.assertion = BRSKI_ASSERTION_LOGGED;
	fake.pinned_domain_cert = tu_cert(&w.domain)->der;
	tu_seal(&fake, &w.maker, &old);
	rvr.prior_signed_voucher_request = brski_buf_slice(&old);
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	refused(ask(), BRSKI_E_FORBIDDEN, "RFC 8995 5.5.1");
	brski_buf_clear(&old);
}

static void
audit_log(void **state)
{
	struct brski_auditlog log;
	uint8_t id[64];

	(void)state;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	assert_int_equal(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_OK);
	assert_string_equal(x.reply_media, "application/json");
	assert_ok(brski_auditlog_decode_json(brski_buf_slice(&x.reply), &log, &err), &err);
	assert_int_equal(log.version, 1);
	assert_int_equal(log.n, 1);
	assert_true(log.events[0].date == TU_NOW);
	assert_string_equal(log.events[0].nonce, TU_NONCE);
	assert_int_equal(log.events[0].assertion, BRSKI_ASSERTION_PROXIMITY);
	assert_slice_eq(brski_slice(log.events[0].domain_id, log.events[0].domain_id_n),
	    brski_cert_domain_id(tu_cert(&w.sub), id));
	brski_auditlog_clear(&log);

	/* another RVR of the same domain will do */
	make_rvr(&w.pledge, &w.colleague, TU_NONCE2);
	assert_int_equal(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_OK);
}

/* RFC 8995 5.8: 404 for a device that is not there, and for who was never an owner. */
static void
audit_log_for_strangers(void **state)
{
	struct brski_voucher rvr = tu_rvr("JADA000000000", TU_NONCE, none);

	(void)state;
	make_rvr(&w.pledge, &w.registrar, TU_NONCE);
	refused(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_E_UNKNOWN, "RFC 8995 5.8");
	assert_int_equal(ask(), BRSKI_OK);
	make_rvr(&w.pledge, &w.other_registrar, TU_NONCE);
	refused(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_E_UNKNOWN, "RFC 8995 5.8");
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	refused(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_E_UNKNOWN, "RFC 8995 5.6");
	assert_string_equal(audit().event, "requestauditlog");
}

/* RFC 8995 5.8: who owned it once may ask, and sees who came after; duplicates are counted. */
static void
audit_log_of_a_long_life(void **state)
{
	struct brski_auditlog log;
	struct brski_voucher rvr;
	struct masa_device d;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		now++;
		rvr = tu_rvr(SERIAL, TU_NONCE, none);
		rvr.nonce = brski_slice(&now, sizeof(now));
		rvr.nonce_text = none;
		tu_seal(&rvr, &w.registrar, &rvr_wire);
		assert_int_equal(ask(), BRSKI_OK);
	}
	d = device();
	assert_ok(masa_ledger_set_owner(masa.store, &d, none, &err), &err);
	assert_int_equal(ask_for(&w.other_registrar, TU_NONCE), BRSKI_OK);
	tu_seal(&rvr, &w.registrar, &rvr_wire);
	assert_int_equal(post(AUDIT_LOG, brski_buf_slice(&rvr_wire)), BRSKI_OK);
	assert_ok(brski_auditlog_decode_json(brski_buf_slice(&x.reply), &log, &err), &err);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.events[0].truncated, 4);
	assert_int_equal(log.nonced_duplicates, 4);
	assert_string_equal(log.events[1].nonce, TU_NONCE);
	brski_auditlog_clear(&log);
}

/* Every decision is in a chain that holds. */
static void
audit_chain(void **state)
{
	int64_t rows;

	(void)state;
	assert_int_equal(ask_for(&w.registrar, TU_NONCE), BRSKI_OK);
	refused(ask_for(&w.other_registrar, TU_NONCE2), BRSKI_E_OWNED, "RFC 8995 5.6");
	assert_ok(brski_audit_verify(masa.store, &rows, &err), &err);
	assert_int_equal(rows, 2);
}

/* A request as each test makes one; the rest is the router's. */
static void
routes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < masa_routes_n; i++) {
		assert_int_equal(masa_routes[i].method, BRSKI_POST);
		assert_ptr_equal(masa_routes[i].media_in, brski_voucher_media);
		assert_true(masa_routes[i].max_body <= BRSKI_ENVELOPE_MAX);
	}
}

/* RFC 8995 5.6: 415 for what is no voucher-request, 406 for an answer in another format. */
static void
at_the_door(void **state)
{
	const char *other = brski_formats[tu_format == &brski_formats[0]].media_type;

	(void)state;
	x = (struct brski_exchange){ .peer = &peer, .media = BRSKI_LIT("application/json") };
	assert_refused_by(brski_route_find(masa_routes, masa_routes_n, BRSKI_POST, true,
	                      BRSKI_LIT(VOUCHER), &x, &err),
	    BRSKI_E_MEDIA_TYPE, "RFC 8995 5.5", &err);
	x.media = brski_slice_str(VOUCHER_MT);
	x.accept = brski_slice_str(other);
	assert_refused_by(brski_route_find(masa_routes, masa_routes_n, BRSKI_POST, true,
	                      BRSKI_LIT(VOUCHER), &x, &err),
	    BRSKI_E_NOT_ACCEPTABLE, "RFC 8995 5.5", &err);
	/* the format says it, and the bytes do not fit */
	make_rvr(&w.pledge, &w.registrar, TU_NONCE);
	x.media = brski_slice_str(other);
	assert_ok(brski_route_find(masa_routes, masa_routes_n, BRSKI_POST, true, BRSKI_LIT(VOUCHER),
	              &x, &err),
	    &err);
	x.body = brski_buf_slice(&rvr_wire);
	x.log = &log_;
	x.finish = finish;
	x.route->handler(&masa, &x);
	assert_int_equal(x.rc, BRSKI_E_MALFORMED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rolled_over),
		TEST(nonced),
		TEST(nonceless),
		TEST(nonceless_known_by_tls),
		TEST(nonceless_known_device),
		TEST(same_again),
		TEST(same_nonce_other_format),
		TEST(leaves_of_no_say),
		TEST(store_fails),
		TEST(revoked),
		TEST(malformed),
		TEST(tampered),
		TEST(no_cmc_ra),
		TEST(unknown_device),
		TEST(bad_prior_request),
		TEST(namesake_of_another_maker),
		TEST(shared_serial_number),
		TEST(blocked),
		TEST(owned_by_another),
		TEST(recorded_owner),
		TEST(stale_or_not_proximate),
		TEST(renewal),
		TEST(audit_log),
		TEST(audit_log_for_strangers),
		TEST(audit_log_of_a_long_life),
		TEST(audit_chain),
		TEST(at_the_door),
		TEST(routes),
	};
	const struct CMUnitTest cms[] = {
		TEST(oddities),
	};

	return tu_run_formats(tests, make_world, end_world) +
	    cmocka_run_group_tests(cms, make_world, end_world);
}
