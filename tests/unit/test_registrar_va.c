/* SPDX-License-Identifier: Apache-2.0 */
/* The validation authority: lists and OCSP answers, what they say and for how long. */
#include <stdio.h>
#include <stdlib.h>
#include "base/file.h"
#include "base/text.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"
#include "registrar/va_inner.h"
#include "tu_der.h"
#include "tu_registrar.h"

#define TOP   "crl-lifetime = 1d\nocsp-lifetime = 1h\nva-url = \"http://va.example:8080\""
#define RULES "admission = any"
#define YEAR  (365 * TU_DAY)

static const struct brski_slice malformed = BRSKI_LIT("\x30\x03\x0a\x01\x01");
static const struct brski_slice broken = BRSKI_LIT("\x30\x03\x0a\x01\x02");
static const struct brski_slice unauthorized = BRSKI_LIT("\x30\x03\x0a\x01\x06");

static struct tu_site s;

static int
setup(void **state)
{
	(void)state;
	tu_site_open(&s, TOP, RULES);
	tu_site_wait(&s, 1);
	return 0;
}

static int
teardown(void **state)
{
	tu_site_close(&s);
	return tu_der_clear(state);
}

static int64_t
certify(const char *serial)
{
	return tu_certify(&s, serial, s.now - 60, s.now + YEAR);
}

static void
revoke(int64_t id, enum brski_reason reason)
{
	struct registrar_certificate c = tu_stored(&s, id);
	struct brski_err err = { 0 };

	assert_ok(registrar_revoke_certificate(s.r, "uid:1000", &c, reason, &err), &err);
}

static const struct registrar_authority *
authority(size_t i)
{
	const struct registrar_authority *a;
	size_t n;

	a = registrar_keeper_authorities(s.r->site->keeper, &n);
	assert_true(i < n);
	return &a[i];
}

/* --- lists */

static void
get(struct tu_exchange *e, const char *path)
{
	tu_va(&s, e, path, NULL, BRSKI_LIT(""), TU_NONE);
}

static const char *
list_path(size_t i)
{
	static char path[80];
	char id[2 * REGISTRAR_AUTHORITY_ID + 1];
	struct brski_buf hex = brski_buf_fixed(id, sizeof(id));

	assert_int_equal(brski_hex_encode(brski_slice(authority(i)->id, REGISTRAR_AUTHORITY_ID),
	                     &hex, NULL),
	    BRSKI_OK);
	snprintf(path, sizeof(path), "/crl/%s.crl", brski_buf_cstr(&hex));
	return path;
}

/* The list that is served, which the domain's CA signed; its number is checked. */
static struct brski_crl *
served(int64_t number)
{
	struct registrar_crl last;
	struct brski_crl *crl = NULL;
	struct tu_exchange e;
	struct brski_err err = { 0 };

	get(&e, "/domain.crl");
	assert_int_equal(e.rc, BRSKI_OK);
	assert_string_equal(e.media, "application/pkix-crl");
	assert_ok(brski_crl_decode(brski_buf_slice(&e.reply), &crl, &err), &err);
	assert_slice_eq(crl->issuer, tu_cert(&s.domain)->subject);
	assert_ok(registrar_crl_get(s.store, authority(0)->id, &last, &err), &err);
	assert_slice_eq(brski_buf_slice(&last.der), brski_buf_slice(&e.reply));
	assert_int_equal(last.number, number);
	brski_buf_clear(&last.der);
	tu_exchange_clear(&e);
	return crl;
}

static void
first_list(void **state)
{
	struct brski_crl *crl = served(1);
	struct tu_exchange e, again;
	struct brski_slice etag;

	(void)state;
	assert_int_equal(crl->this_update, TU_NOW);
	assert_int_equal(crl->next_update, TU_NOW + TU_DAY);
	assert_int_equal(crl->entries.n, 0);
	brski_crl_free(crl);
	get(&e, "/domain.crl");
	get(&again, list_path(0));
	assert_int_equal(again.rc, BRSKI_OK);
	assert_slice_eq(brski_buf_slice(&again.reply), brski_buf_slice(&e.reply));
	tu_exchange_clear(&again);
	/* a cache keeps it for as long as there is no other */
	assert_int_equal(e.x.caching.modified, TU_NOW);
	assert_int_equal(e.x.caching.expires, TU_NOW + TU_DAY / 2);
	assert_int_equal(e.x.caching.etag_n, BRSKI_ETAG_MAX);
	etag = brski_slice(e.x.caching.etag, BRSKI_ETAG_MAX);
	tu_va(&s, &again, "/domain.crl", NULL, BRSKI_LIT(""), etag);
	assert_true(again.x.unchanged);
	assert_int_equal(again.reply.n, 0);
	tu_exchange_clear(&again);
	tu_exchange_clear(&e);
}

/* Whoever is slow holds no copy of his own; who asks later sees the next list. */
static void
one_for_all(void **state)
{
	struct tu_exchange first, second, next;
	int64_t id;

	(void)state;
	get(&first, "/domain.crl");
	get(&second, list_path(0));
	assert_ptr_equal(first.shown, second.shown);
	id = certify("R-1");
	revoke(id, BRSKI_REASON_KEY_COMPROMISE);
	get(&next, "/domain.crl");
	assert_ptr_not_equal(next.shown, NULL);
	assert_false(brski_slice_eq(brski_buf_slice(&first.reply), brski_buf_slice(&next.reply)));
	tu_exchange_clear(&first);
	tu_exchange_clear(&second);
	tu_exchange_clear(&next);
}

/* RFC 5280 4.2.1.13: only lists of CAs that are ours. */
static void
no_such_list(void **state)
{
	static const char *const paths[] = { "/crl/0123456789abcdef0123456789abcdef01234567.crl",
		"/crl/", "/crl/domain.crl", "/crl/../domain.crl" };
	struct tu_exchange e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		get(&e, paths[i]);
		assert_int_equal(e.rc, BRSKI_E_NOT_FOUND);
		assert_non_null(strstr(s.last_line, "RFC 5280 4.2.1.13"));
		tu_exchange_clear(&e);
	}
	s.accept = "text/html";
	get(&e, "/domain.crl");
	assert_int_equal(e.rc, BRSKI_E_NOT_ACCEPTABLE);
	tu_exchange_clear(&e);
	/* before the first turn of the loop there is none yet */
	s.accept = NULL;
	tu_site_close(&s);
	tu_site_open(&s, TOP, RULES);
	get(&e, "/domain.crl");
	assert_int_equal(e.rc, BRSKI_E_UNAVAILABLE);
	assert_true(e.retry_after_s > 0);
	tu_exchange_clear(&e);
}

/* RFC 5280 5.2.3, 5.3.1: each revocation a new list; and by time, when half of its life is over. */
static void
list_follows(void **state)
{
	int64_t id = certify("L-1"), next;
	struct brski_crl_entry e;
	struct brski_crl *crl;
	struct tu_exchange x;

	(void)state;
	revoke(id, BRSKI_REASON_KEY_COMPROMISE);
	crl = served(2);
	assert_true(brski_crl_find(crl, tu_stored(&s, id).serial, &e));
	assert_int_equal(e.reason, BRSKI_REASON_KEY_COMPROMISE);
	assert_int_equal(e.revoked, s.now);
	next = crl->this_update + TU_DAY / 2;
	brski_crl_free(crl);
	assert_int_equal(registrar_crl_due(s.r), next);
	tu_site_wait(&s, (unsigned)(next - 1 - s.now));
	brski_crl_free(served(2));
	tu_site_wait(&s, 1);
	crl = served(3);
	assert_int_equal(crl->this_update, next);
	assert_true(brski_crl_find(crl, tu_stored(&s, id).serial, &e));
	brski_crl_free(crl);
	/* one that could not be made anew may be kept until its end */
	registrar_sweep_stop(s.r);
	s.now += TU_DAY * 3 / 4;
	get(&x, "/domain.crl");
	assert_int_equal(x.x.caching.expires, next + TU_DAY);
	tu_exchange_clear(&x);
}

/* RFC 5280 3.3: an entry stays for one list beyond the end of its certificate. */
static void
entries_leave(void **state)
{
	int64_t id = tu_certify(&s, "L-2", s.now - 60, s.now + 3600);
	struct brski_crl_entry e;

	(void)state;
	revoke(id, BRSKI_REASON_KEY_COMPROMISE);
	tu_site_wait(&s, (unsigned)TU_DAY);
	assert_true(tu_on_crl(&s, id, &e));
	tu_site_wait(&s, (unsigned)TU_DAY);
	assert_false(tu_on_crl(&s, id, &e));
}

static enum brski_rc
publish(struct brski_err *err)
{
	enum brski_rc rc;

	assert_int_equal(registrar_begin(s.r, NULL), BRSKI_OK);
	rc = registrar_crl_publish(s.r, authority(0)->id, err);
	assert_int_equal(registrar_commit(s.r, NULL), BRSKI_OK);
	return rc;
}

/* RFC 5280 5.1.2.4: no list of before the last one; it is said once an hour, not with each try. */
static void
clock_set_back(void **state)
{
	struct brski_err err = { 0 };
	unsigned lines = s.log_lines;
	int rows = tu_audit_rows(&s);

	(void)state;
	s.now -= 3600;
	assert_refused_by(publish(&err), BRSKI_E_CONFLICT, "RFC 5280 5.1.2.4", &err);
	assert_int_equal(s.log_lines, lines + 2);
	assert_int_equal(tu_audit_rows(&s), rows + 1);
	assert_refused_by(publish(&err), BRSKI_E_CONFLICT, "RFC 5280 5.1.2.4", &err);
	assert_int_equal(s.log_lines, lines + 2);
	assert_int_equal(tu_audit_rows(&s), rows + 1);
	brski_crl_free(served(1));
	assert_non_null(strstr(registrar_crl_trouble(s.r, authority(0)->id), "before the last"));
	s.now += 3600;
	assert_ok(publish(&err), &err);
	assert_null(registrar_crl_trouble(s.r, authority(0)->id));
	brski_crl_free(served(2));
	/* and of the next list it is said again, every hour */
	s.now -= 7200;
	assert_refused_by(publish(&err), BRSKI_E_CONFLICT, "RFC 5280 5.1.2.4", &err);
	assert_int_equal(s.log_lines, lines + 4);
	assert_int_equal(tu_audit_rows(&s), rows + 2);
	s.now += 3599;
	assert_refused_by(publish(&err), BRSKI_E_CONFLICT, "RFC 5280 5.1.2.4", &err);
	assert_int_equal(s.log_lines, lines + 4);
	s.now++;
	assert_refused_by(publish(&err), BRSKI_E_CONFLICT, "RFC 5280 5.1.2.4", &err);
	assert_int_equal(s.log_lines, lines + 6);
	assert_int_equal(tu_audit_rows(&s), rows + 3);
}

/* A configuration with shorter lives counts for the list that there is. */
static void
shorter_lives(void **state)
{
	(void)state;
	assert_int_equal(registrar_crl_due(s.r), TU_NOW + TU_DAY / 2);
	tu_site_reload(&s, "crl-lifetime = 20s\nocsp-lifetime = 1h", RULES);
	tu_site_wait(&s, 10);
	brski_crl_free(served(2));
}

/* A CA beyond its time signs neither lists nor answers, and nobody waits for them. */
static void
out_of_time(void **state)
{
	struct brski_err err = { 0 };

	(void)state;
	s.now = TU_TO + 1;
	assert_int_equal(registrar_crl_due(s.r), 0);
	assert_broken(publish(&err), BRSKI_E_EXPIRED, &err);
	assert_true(registrar_crl_can_wait(BRSKI_E_EXPIRED));
	assert_false(registrar_crl_can_wait(BRSKI_E_IO));
}

/* --- files */

static void
read_list(const char *name, struct brski_buf *out)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	brski_buf_reset(out);
	assert_int_equal(brski_file_read(path, out, NULL), BRSKI_OK);
}

/* Both files are the list that is served. */
static void
assert_files(void)
{
	struct brski_buf file = { 0 };
	struct tu_exchange e;
	char name[80];

	get(&e, "/domain.crl");
	read_list("lists/domain.crl", &file);
	assert_slice_eq(brski_buf_slice(&file), brski_buf_slice(&e.reply));
	snprintf(name, sizeof(name), "lists%s", strrchr(list_path(0), '/'));
	read_list(name, &file);
	assert_slice_eq(brski_buf_slice(&file), brski_buf_slice(&e.reply));
	brski_buf_clear(&file);
	tu_exchange_clear(&e);
}

static void
files(void **state)
{
	int64_t id;

	(void)state;
	tu_site_reload(&s, TOP "\ncrl-directory = \"lists\"", RULES);
	tu_site_wait(&s, 1);
	assert_files();
	id = certify("F-1");
	revoke(id, BRSKI_REASON_KEY_COMPROMISE);
	tu_site_wait(&s, 0);
	assert_files();
	/* the daemon ends before the next turn of the loop */
	revoke(certify("F-2"), BRSKI_REASON_KEY_COMPROMISE);
	tu_site_restart(&s);
	assert_files();
}

/* Where nothing can be written that is logged, and the list is served all the same. */
static void
files_nowhere(void **state)
{
	unsigned lines;

	(void)state;
	tu_site_reload(&s, TOP "\ncrl-directory = \"registrar.conf/lists\"", RULES);
	lines = s.log_lines;
	tu_site_wait(&s, 1);
	assert_true(s.log_lines > lines);
	brski_crl_free(served(1));
}

/* What is not on disk yet is in no file, and what never gets there neither. */
static void
files_wait_for_commit(void **state)
{
	struct brski_err err = { 0 };

	(void)state;
	tu_site_reload(&s, TOP "\ncrl-directory = \"lists\"", RULES);
	s.together = true;
	tu_site_restart(&s);
	tu_site_wait(&s, 1);
	assert_int_equal(registrar_begin(s.r, &err), BRSKI_OK);
	assert_ok(registrar_crl_publish(s.r, authority(0)->id, &err), &err);
	registrar_rollback(s.r);
	tu_site_wait(&s, 1);
	assert_files();
	brski_crl_free(served(1));
	revoke(certify("F-3"), BRSKI_REASON_KEY_COMPROMISE);
	tu_site_wait(&s, 1);
	assert_files();
	brski_crl_free(served(2));
}

/* --- OCSP */

static struct brski_slice
id_of(enum brski_hash hash, const struct brski_cert *issuer, struct brski_slice serial)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice id;

	assert_ok(brski_ocsp_id_encode(hash, issuer, serial, &der, &err), &err);
	id = tu_copy(brski_buf_slice(&der));
	brski_buf_clear(&der);
	return id;
}

static struct brski_slice
request(const struct brski_slice *ids, size_t n, struct brski_slice nonce)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice out;

	assert_ok(brski_ocsp_request_encode(ids, n, nonce, &der, &err), &err);
	out = tu_copy(brski_buf_slice(&der));
	brski_buf_clear(&der);
	return out;
}

static struct brski_slice
about(int64_t id, struct brski_slice nonce)
{
	struct brski_slice cert_id =
	    id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_stored(&s, id).serial);

	return request(&cert_id, 1, nonce);
}

static void
post(struct tu_exchange *e, struct brski_slice body)
{
	tu_va(&s, e, "/ocsp", "application/ocsp-request", body, TU_NONE);
}

/* The answer to that request. */
static struct brski_slice
answer(struct brski_slice body)
{
	struct brski_slice out;
	struct tu_exchange e;

	post(&e, body);
	assert_int_equal(e.rc, BRSKI_OK);
	assert_string_equal(e.media, "application/ocsp-response");
	out = tu_copy(brski_buf_slice(&e.reply));
	tu_exchange_clear(&e);
	return out;
}

/* What the answer says about a certificate, by its issuer, to a client that sent this nonce. */
static enum brski_rc
judged_by(struct brski_slice response, struct brski_slice der, const struct brski_cert *issuer,
    struct brski_slice nonce)
{
	struct brski_cert c;
	struct brski_ocsp_question q = { .subject = &c,
		.issuer = issuer,
		.nonce = nonce,
		.at = s.now,
		.max_age_s = 0 };
	int64_t next = 0;
	enum brski_rc rc;

	assert_int_equal(brski_cert_decode(der, &c, NULL), BRSKI_OK);
	rc = brski_ocsp_response_judge(response, &q, &next, NULL);
	if (rc == BRSKI_OK)
		assert_in_range(next, s.now + 1, s.now + 3600);
	return rc;
}

static enum brski_rc
judged(struct brski_slice response, int64_t id, struct brski_slice nonce)
{
	return judged_by(response, tu_stored(&s, id).der, tu_cert(&s.domain), nonce);
}

static void
statuses(void **state)
{
	static const enum brski_hash hashes[] = { BRSKI_SHA1, BRSKI_SHA256 };
	int64_t good = certify("O-1"), bad = certify("O-2"), held = certify("O-3");
	struct brski_slice id;
	size_t i;

	(void)state;
	revoke(bad, BRSKI_REASON_KEY_COMPROMISE);
	revoke(held, BRSKI_REASON_HOLD);
	for (i = 0; i < 2; i++) {
		id = id_of(hashes[i], tu_cert(&s.domain), tu_stored(&s, good).serial);
		assert_int_equal(judged(answer(request(&id, 1, TU_NONE)), good, TU_NONE), BRSKI_OK);
		id = id_of(hashes[i], tu_cert(&s.domain), tu_stored(&s, bad).serial);
		assert_int_equal(judged(answer(request(&id, 1, TU_NONE)), bad, TU_NONE),
		    BRSKI_E_REVOKED);
	}
	assert_int_equal(judged(answer(about(held, TU_NONE)), held, TU_NONE), BRSKI_E_REVOKED);
	/* our own is in the table too */
	id = id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_cert(&s.registrar)->serial);
	assert_int_equal(judged_by(answer(request(&id, 1, TU_NONE)), tu_cert(&s.registrar)->der,
	                     tu_cert(&s.domain), TU_NONE),
	    BRSKI_OK);
}

/* When and why: [1] { time, [0] ENUMERATED }, 4.2.1. */
static void
says_when_and_why(void **state)
{
	int64_t id = certify("O-4");
	struct brski_slice want, got;
	size_t i;

	(void)state;
	s.now += 5;
	revoke(id, BRSKI_REASON_PRIVILEGE_WITHDRAWN);
	/* GeneralizedTime also before 2050 */
	want = TU_TLV(TU_CONTEXT(1), tu_tlv(0x18, BRSKI_LIT("20260601120006Z")),
	    BRSKI_LIT("\xa0\x03\x0a\x01\x09"));
	s.now += 100;
	got = answer(about(id, TU_NONE));
	for (i = 0; i + want.n <= got.n; i++)
		if (memcmp(got.p + i, want.p, want.n) == 0)
			return;
	fail_msg("no revocation time and reason in the answer");
}

/* 2.2: what this CA never issued is unknown, and so is what another one did. */
static void
unknown(void **state)
{
	int64_t good = certify("O-5");
	struct tu_id other = { 0 }, theirs = { 0 };
	struct brski_slice id, mixed[3], response;

	(void)state;
	tu_ca(&other, "Domain CA"); /* the same name, another key */
	tu_ldevid(&theirs, &other, "X-1");
	id = id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_cert(&theirs)->serial);
	assert_int_equal(judged_by(answer(request(&id, 1, TU_NONE)), tu_cert(&theirs)->der,
	                     tu_cert(&s.domain), TU_NONE),
	    BRSKI_E_UNKNOWN);
	/* of another CA: it is answered all the same, by ours */
	id = id_of(BRSKI_SHA256, tu_cert(&other), tu_stored(&s, good).serial);
	response = answer(request(&id, 1, TU_NONE));
	assert_true(response.n > 100);
	assert_int_equal(judged(response, good, TU_NONE), BRSKI_E_UNKNOWN);
	/* several at once, each by itself */
	mixed[0] = id;
	mixed[1] = id_of(BRSKI_SHA256, tu_cert(&s.domain), tu_stored(&s, good).serial);
	mixed[2] = id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_cert(&theirs)->serial);
	response = answer(request(mixed, 3, BRSKI_LIT("n")));
	assert_int_equal(judged(response, good, BRSKI_LIT("n")), BRSKI_OK);
	assert_int_equal(judged_by(response, tu_cert(&theirs)->der, tu_cert(&s.domain),
	                     BRSKI_LIT("n")),
	    BRSKI_E_UNKNOWN);
	tu_id_clear(&other);
	tu_id_clear(&theirs);
}

static struct brski_slice
with_nonce(struct brski_slice id, size_t n)
{
	static const uint8_t octets[129] = { 0 };
	struct brski_slice ext = tu_ext(BRSKI_LIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x02"), false,
	    tu_tlv(BRSKI_DER_OCTET_STRING, brski_slice(octets, n)));

	return TU_SEQ(TU_SEQ(TU_SEQ(TU_SEQ(id)), TU_TLV(TU_CONTEXT(2), TU_SEQ(ext))));
}

/* RFC 9654 2.1: 1 to 128 octets come back as they were. */
static void
nonces(void **state)
{
	static const uint8_t octets[128] = { 0 };
	int64_t id = certify("O-6");
	struct brski_slice cert_id =
	    id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_stored(&s, id).serial);
	struct brski_slice nonce;
	struct tu_exchange e;
	size_t n;

	(void)state;
	for (n = 1; n <= 128; n += 127) {
		nonce = brski_slice(octets, n);
		post(&e, with_nonce(cert_id, n));
		assert_int_equal(judged(brski_buf_slice(&e.reply), id, nonce), BRSKI_OK);
		assert_int_equal(judged(brski_buf_slice(&e.reply), id, BRSKI_LIT("x")),
		    BRSKI_E_NONCE);
		/* good for one client only */
		assert_int_equal(e.x.caching.etag_n, 0);
		assert_int_equal(e.x.caching.expires, 0);
		tu_exchange_clear(&e);
	}
	assert_slice_eq(answer(with_nonce(cert_id, 0)), malformed);
	assert_slice_eq(answer(with_nonce(cert_id, 129)), malformed);
}

/* RFC 6960 2.3: what is wrong is said in an answer of OCSP, with HTTP's 200. */
static void
not_requests(void **state)
{
	static uint8_t large[BRSKI_OCSP_REQUEST_MAX + 1];
	unsigned lines = s.log_lines;
	struct tu_exchange e;

	(void)state;
	assert_slice_eq(answer(BRSKI_LIT("")), malformed);
	assert_slice_eq(answer(BRSKI_LIT("GET / HTTP/1.0")), malformed);
	assert_slice_eq(answer(TU_SEQ(TU_SEQ(TU_SEQ(BRSKI_LIT(""))))), malformed);
	assert_slice_eq(answer(brski_slice(large, sizeof(large))), malformed);
	assert_int_equal(s.log_lines, lines + 4);
	tu_va(&s, &e, "/ocsp", "application/octet-stream", malformed, TU_NONE);
	assert_int_equal(e.rc, BRSKI_E_MEDIA_TYPE);
	tu_exchange_clear(&e);
	get(&e, "/ocsp");
	assert_int_equal(e.rc, BRSKI_E_METHOD);
	tu_exchange_clear(&e);
	s.accept = "text/html";
	post(&e, malformed);
	assert_int_equal(e.rc, BRSKI_E_NOT_ACCEPTABLE);
	tu_exchange_clear(&e);
	assert_int_equal(registrar_va_routes[2].max_body, BRSKI_OCSP_REQUEST_MAX);
}

/* Who has kept an answer can judge it as long as it is good: its signer is good for longer. */
static void
signer_outlives(void **state)
{
	int64_t id = certify("O-9"), end = s.now + 5 * 3600, asked;
	struct brski_slice body = about(id, BRSKI_LIT("0123456789abcdef")), response;

	(void)state;
	for (asked = s.now; asked < end; asked += 900) {
		s.now = asked;
		response = answer(body);
		s.now = asked + 3599;
		assert_int_equal(judged(response, id, BRSKI_LIT("0123456789abcdef")), BRSKI_OK);
	}
}

/* Connections may use a retired site's TLS key; the CA's keys are of the one in use alone. */
static void
retired_keys(void **state)
{
	struct registrar_keeper *old = s.r->site->keeper;
	struct brski_crl_facts f = { .number = 1, .this_update = s.now, .next_update = s.now + 60 };
	struct registrar_ldevid_facts ldevid = { .now = s.now, .lifetime_s = 3600 };
	struct registrar_ldevid made;
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	size_t n;

	(void)state;
	tu_site_reload(&s, TOP, RULES);
	assert_ptr_not_equal(s.r->site->keeper, old);
	assert_false(registrar_keeper_authorities(old, &n)->has_key);
	assert_broken(registrar_keeper_sign_crl(old, 0, &f, &der, &err), BRSKI_E_CONFIG, &err);
	assert_broken(registrar_keeper_issue_certificate(old, &ldevid, &made, &err), BRSKI_E_CONFIG,
	    &err);
	assert_int_equal(der.n, 0);
	assert_slice_eq(brski_key_spki(registrar_keeper_tls_key(old)), tu_cert(&s.registrar)->spki);
	assert_true(registrar_keeper_authorities(s.r->site->keeper, &n)->has_key);
}

/* RFC 5019 2.1.2: whoever asks is answered; nobody here could judge the signature. */
static void
signed_request(void **state)
{
	int64_t id = certify("O-7");
	struct brski_slice tbs =
	    TU_SEQ(TU_SEQ(TU_SEQ(id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_stored(&s, id).serial))));
	struct brski_slice signature = TU_SEQ(TU_SEQ(TU_OID("\x2a\x86\x48\xce\x3d\x04\x03\x02")),
	    tu_tlv(BRSKI_DER_BIT_STRING, BRSKI_LIT("\x00\x30\x00")));

	(void)state;
	assert_int_equal(judged(answer(TU_SEQ(tbs)), id, TU_NONE), BRSKI_OK);
	assert_slice_eq(answer(TU_SEQ(tbs, TU_TLV(TU_CONTEXT(0), signature))), unauthorized);
	assert_non_null(strstr(s.last_line, "RFC 5019 2.1.2"));
}

/* Our own trouble. */
static void
trouble(void **state)
{
	int64_t id = certify("O-8");
	struct brski_slice body = about(id, TU_NONE);
	int64_t now = s.now;

	(void)state;
	s.now = TU_TO + 1; /* the CA's time is over */
	assert_slice_eq(answer(body), unauthorized);
	s.now = now;
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "ALTER TABLE certificates RENAME TO gone", ""),
	    BRSKI_OK);
	assert_slice_eq(answer(body), broken);
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "ALTER TABLE gone RENAME TO certificates", ""),
	    BRSKI_OK);
	assert_int_equal(judged(answer(body), id, TU_NONE), BRSKI_OK);
}

/* --- ready-made answers */

/* RFC 5019 2.2.4, 6: the same one for everybody, for half of its life. */
static void
kept(void **state)
{
	int64_t id = certify("K-1");
	struct brski_slice body = about(id, TU_NONE), first = answer(body), second;
	struct tu_exchange e;

	(void)state;
	post(&e, body);
	assert_int_equal(e.x.caching.modified, s.now);
	assert_int_equal(e.x.caching.expires, s.now + 3600);
	assert_int_equal(e.x.caching.etag_n, BRSKI_ETAG_MAX);
	tu_exchange_clear(&e);
	s.now += 1799;
	assert_slice_eq(answer(body), first);
	s.now += 1;
	second = answer(body);
	assert_false(brski_slice_eq(second, first));
	assert_int_equal(judged(second, id, TU_NONE), BRSKI_OK);
	/* one of later is not for now */
	s.now -= 60;
	first = answer(body);
	assert_false(brski_slice_eq(second, first));
	assert_int_equal(judged(first, id, TU_NONE), BRSKI_OK);
	/* what has changed is said at once */
	revoke(id, BRSKI_REASON_HOLD);
	assert_int_equal(judged(answer(body), id, TU_NONE), BRSKI_E_REVOKED);
	second = answer(body);
	assert_slice_eq(answer(body), second);
}

static void
released(void **state)
{
	int64_t id = certify("K-2");
	struct brski_slice body = about(id, TU_NONE);
	struct registrar_device d;
	struct brski_err err = { 0 };

	(void)state;
	tu_device(&s, "acme", "K-2", &d);
	assert_ok(registrar_revoke_device(s.r, "uid:1000", &d, BRSKI_REASON_HOLD, &err), &err);
	assert_int_equal(judged(answer(body), id, TU_NONE), BRSKI_E_REVOKED);
	assert_ok(registrar_reinstate(s.r, "uid:1000", &d, NULL, &err), &err);
	assert_int_equal(judged(answer(body), id, TU_NONE), BRSKI_OK);
}

/* Unknown may be issued tomorrow: nothing is said about keeping it. */
static void
not_kept(void **state)
{
	struct brski_slice id = id_of(BRSKI_SHA1, tu_cert(&s.domain), BRSKI_LIT("\x05")), two[2];
	int64_t good = certify("K-3");
	struct tu_exchange e;

	(void)state;
	post(&e, request(&id, 1, TU_NONE));
	assert_int_equal(e.x.caching.etag_n, 0);
	assert_int_equal(e.x.caching.expires, 0);
	tu_exchange_clear(&e);
	two[0] = two[1] = id_of(BRSKI_SHA1, tu_cert(&s.domain), tu_stored(&s, good).serial);
	post(&e, request(two, 2, TU_NONE));
	assert_int_equal(judged(brski_buf_slice(&e.reply), good, TU_NONE), BRSKI_OK);
	assert_int_equal(e.x.caching.etag_n, 0);
	tu_exchange_clear(&e);
}

/* What is not on disk yet: the answer waits for it, and is not kept. */
static void
durable_before_visible(void **state)
{
	struct brski_slice body;
	struct tu_exchange e;
	int64_t id;

	(void)state;
	s.together = true;
	tu_site_restart(&s);
	tu_site_wait(&s, 1);
	id = certify("K-4");
	body = about(id, TU_NONE);
	post(&e, body);
	assert_int_equal(e.done, 0);
	assert_int_equal(e.x.caching.etag_n, 0);
	tu_site_wait(&s, 0);
	assert_int_equal(judged(brski_buf_slice(&e.reply), id, TU_NONE), BRSKI_OK);
	tu_exchange_clear(&e);
	get(&e, "/domain.crl");
	tu_exchange_clear(&e);
	post(&e, body);
	assert_int_equal(e.x.caching.etag_n, BRSKI_ETAG_MAX);
	tu_exchange_clear(&e);
}

/* --- GET */

static void
get_ocsp(struct tu_exchange *e, const char *text, struct brski_slice known)
{
	char path[1024];

	snprintf(path, sizeof(path), "/ocsp/%s", text);
	tu_va(&s, e, path, NULL, BRSKI_LIT(""), known);
}

static void
by_get(void **state)
{
	int64_t id = certify("G-1");
	struct brski_buf text = { 0 };
	struct tu_exchange e, again;
	struct brski_slice body = about(id, TU_NONE);

	(void)state;
	assert_int_equal(brski_base64_encode(body, &text, NULL), BRSKI_OK);
	get_ocsp(&e, brski_buf_cstr(&text), TU_NONE);
	assert_int_equal(e.rc, BRSKI_OK);
	assert_string_equal(e.media, "application/ocsp-response");
	assert_int_equal(judged(brski_buf_slice(&e.reply), id, TU_NONE), BRSKI_OK);
	assert_slice_eq(answer(body), brski_buf_slice(&e.reply));
	assert_int_equal(e.x.caching.expires, s.now + 3600);
	get_ocsp(&again, brski_buf_cstr(&text), brski_slice(e.x.caching.etag, e.x.caching.etag_n));
	assert_true(again.x.unchanged);
	assert_int_equal(again.reply.n, 0);
	tu_exchange_clear(&again);
	tu_exchange_clear(&e);
	brski_buf_clear(&text);
	get_ocsp(&e, "", TU_NONE);
	assert_slice_eq(brski_buf_slice(&e.reply), malformed);
	tu_exchange_clear(&e);
	get_ocsp(&e, "%zz", TU_NONE);
	assert_int_equal(e.rc, BRSKI_OK);
	assert_string_equal(e.media, "application/ocsp-response");
	assert_slice_eq(brski_buf_slice(&e.reply), malformed);
	tu_exchange_clear(&e);
}

static enum brski_rc
decode(const char *path, struct brski_buf *out, struct brski_err *err)
{
	brski_buf_reset(out);
	return registrar_ocsp_path_decode(brski_slice_str(path), out, err);
}

/* RFC 6960 A.1: url-encoding of base64; what clients make of that. */
static void
paths(void **state)
{
	static const char *const good[] = { "+/+/MA==", "%2B%2F%2b%2fMA%3D%3D",
		"+/%2B/MA%3d=", "-_-_MA", "%2B/%2B/%4D%41" };
	static const char *const bad[] = { "%", "+/+/MA%3", "+/+/MA=%", "%4gAA", "%g4AA" };
	struct brski_buf out = { .max = 16 };
	struct brski_err err = { 0 };
	char large[4 * 16 + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(decode(good[i], &out, &err), &err);
		assert_slice_eq(brski_buf_slice(&out), BRSKI_LIT("\xfb\xff\xbf\x30"));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused_by(decode(bad[i], &out, &err), BRSKI_E_MALFORMED, "RFC 3986 2.1",
		    &err);
	assert_refused_by(decode("+/ /MA==", &out, &err), BRSKI_E_MALFORMED, "RFC 4648 3", &err);
	assert_refused_by(decode("%00AAA", &out, &err), BRSKI_E_MALFORMED, "RFC 4648 3", &err);
	memset(large, 'A', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_not_equal(decode(large, &out, &err), BRSKI_OK);
	brski_buf_clear(&out);
}

/* --- generations of the CA */

static void
rollover(enum registrar_rollover_step step)
{
	char paths_of[4][128];
	struct registrar_keeper_files f = { paths_of[0], paths_of[1], paths_of[2], paths_of[3] };
	static const char *const names[] = { "registrar.pem", "registrar.key", "domain-ca.pem",
		"domain-ca.key" };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < 4; i++)
		snprintf(paths_of[i], sizeof(paths_of[i]), "%s/%s", s.dir, names[i]);
	assert_ok(registrar_keeper_rollover(s.r->site->keeper, &f, step, s.now, &err), &err);
	tu_site_reload(&s, TOP "\ncrl-directory = \"lists\"", RULES);
}

/* On the last list by that generation's key, whose number no other list has? */
static bool
lists_it(size_t i, int64_t id)
{
	static int64_t last;
	struct brski_crl *crl = NULL;
	struct registrar_crl c;
	struct brski_err err = { 0 };
	bool found;

	assert_ok(registrar_crl_get(s.store, authority(i)->id, &c, &err), &err);
	assert_ok(brski_crl_decode(brski_buf_slice(&c.der), &crl, &err), &err);
	found = brski_crl_lists(crl, tu_stored(&s, id).serial) && c.number != last;
	last = c.number;
	brski_crl_free(crl);
	brski_buf_clear(&c.der);
	return found;
}

static void
generations(void **state)
{
	int64_t id = certify("R-1");
	struct brski_slice body = about(id, TU_NONE), before = answer(body), ids[2], response;
	struct tu_exchange e;

	(void)state;
	rollover(REGISTRAR_ROLLOVER_PREPARE);
	/* others sign now: nothing of before is given out */
	assert_false(brski_slice_eq(answer(body), before));
	/* each generation has its list at once */
	tu_site_wait(&s, 1);
	get(&e, list_path(1));
	assert_int_equal(e.rc, BRSKI_OK);
	tu_exchange_clear(&e);
	brski_crl_free(served(1));
	/* both in one request: signed by the first one's */
	ids[0] = id_of(BRSKI_SHA1, authority(1)->cert, BRSKI_LIT("\x05"));
	ids[1] = id_of(BRSKI_SHA1, authority(0)->cert, tu_stored(&s, id).serial);
	response = answer(request(ids, 2, TU_NONE));
	assert_int_not_equal(judged(response, id, TU_NONE), BRSKI_OK);
	ids[0] = ids[1];
	ids[1] = id_of(BRSKI_SHA1, authority(1)->cert, BRSKI_LIT("\x05"));
	response = answer(request(ids, 2, TU_NONE));
	assert_int_equal(judged(response, id, TU_NONE), BRSKI_OK);
	rollover(REGISTRAR_ROLLOVER_ACTIVATE);
	tu_site_wait(&s, 1);
	assert_files(); /* domain.crl is the new CA's */
	/* the former CA answers for its own, and revokes them */
	assert_int_equal(judged(answer(body), id, TU_NONE), BRSKI_OK);
	revoke(id, BRSKI_REASON_KEY_COMPROMISE);
	assert_int_equal(judged(answer(body), id, TU_NONE), BRSKI_E_REVOKED);
	/* whichever list somebody has: they have one issuer by name */
	assert_true(lists_it(0, id) && lists_it(1, id));
	get(&e, list_path(1));
	assert_int_equal(e.rc, BRSKI_OK);
	tu_exchange_clear(&e);
}

/* --- stapling */

static void
staples(void **state)
{
	const struct brski_cert *own = tu_cert(&s.registrar);
	struct brski_buf out = { 0 };
	struct brski_err err = { 0 };
	struct brski_slice first, row;
	struct tu_id other = { 0 };
	int64_t next = 0, id;

	(void)state;
	assert_ok(registrar_ocsp_staple(s.r, own, &out, &next, &err), &err);
	assert_int_equal(next, s.now + 3600);
	assert_int_equal(judged_by(brski_buf_slice(&out), own->der, tu_cert(&s.domain), TU_NONE),
	    BRSKI_OK);
	first = tu_copy(registrar_va_staple(s.r, own));
	assert_slice_eq(first, brski_buf_slice(&out));
	s.now += 1800;
	row = registrar_va_staple(s.r, own);
	assert_false(brski_slice_eq(row, first));
	assert_int_equal(judged_by(row, own->der, tu_cert(&s.domain), TU_NONE), BRSKI_OK);
	/* of another PKI */
	tu_ca(&other, "other");
	assert_refused_by(registrar_ocsp_staple(s.r, tu_cert(&other), &out, &next, &err),
	    BRSKI_E_UNKNOWN, "RFC 6066 8", &err);
	assert_int_equal(registrar_va_staple(s.r, tu_cert(&other)).n, 0);
	tu_id_clear(&other);
	/* a revoked one shows that it is */
	for (id = 1; tu_stored(&s, id).device != 0; id++)
		;
	revoke(id, BRSKI_REASON_KEY_COMPROMISE);
	assert_int_equal(judged_by(registrar_va_staple(s.r, own), own->der, tu_cert(&s.domain),
	                     TU_NONE),
	    BRSKI_E_REVOKED);
	brski_buf_clear(&out);
}

static void
staple_trouble(void **state)
{
	unsigned lines = s.log_lines;

	(void)state;
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "ALTER TABLE certificates RENAME TO gone", ""),
	    BRSKI_OK);
	assert_int_equal(registrar_va_staple(s.r, tu_cert(&s.registrar)).n, 0);
	assert_int_equal(s.log_lines, lines + 1);
	assert_int_equal(brski_store_exec(s.store, NULL, NULL,
	                     "ALTER TABLE gone RENAME TO certificates", ""),
	    BRSKI_OK);
}

/* --- for certificates */

static void
urls(void **state)
{
	char url[REGISTRAR_VA_URL_MAX], want[REGISTRAR_VA_URL_MAX];
	struct registrar_conf none = { 0 };

	(void)state;
	assert_true(registrar_va_crl_url(&s.r->site->conf, authority(0)->id, url));
	snprintf(want, sizeof(want), "http://va.example:8080%s", list_path(0));
	assert_string_equal(url, want);
	assert_true(registrar_va_ocsp_url(&s.r->site->conf, url));
	assert_string_equal(url, "http://va.example:8080/ocsp");
	assert_false(registrar_va_crl_url(&none, authority(0)->id, url));
	assert_false(registrar_va_ocsp_url(&none, url));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_list),
		TEST(one_for_all),
		TEST(no_such_list),
		TEST(list_follows),
		TEST(entries_leave),
		TEST(clock_set_back),
		TEST(shorter_lives),
		TEST(out_of_time),
		TEST(files),
		TEST(files_nowhere),
		TEST(files_wait_for_commit),
		TEST(statuses),
		TEST(says_when_and_why),
		TEST(unknown),
		TEST(nonces),
		TEST(not_requests),
		TEST(signed_request),
		TEST(signer_outlives),
		TEST(retired_keys),
		TEST(trouble),
		TEST(kept),
		TEST(released),
		TEST(not_kept),
		TEST(durable_before_visible),
		TEST(by_get),
		TEST(paths),
		TEST(generations),
		TEST(staples),
		TEST(staple_trouble),
		TEST(urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
