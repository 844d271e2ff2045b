/* SPDX-License-Identifier: Apache-2.0 */
#include "tu_pledge.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/issue.h"
#include "envelope/envelope.h"
#include "message/certs_media.h"

/*
 * What each request is called, what is asked for, and the type of the right answer; NULL: the
 * voucher format's.
 */
struct call_row {
	const char *path, *accept, *media;
};
static const struct call_row calls[][TU_CALLS] = {
	[TU_HTTPS] = {
		[TU_RV] = { "/.well-known/brski/requestvoucher", NULL, NULL },
		[TU_VS] = { "/.well-known/brski/voucher_status", "", "" },
		[TU_CACERTS] = { "/.well-known/est/cacerts", "application/pkcs7-mime",
		    "application/pkcs7-mime" },
		[TU_ATTRS] = { "/.well-known/est/csrattrs", "application/csrattrs",
		    "application/csrattrs" },
		[TU_ENROLL] = { "/.well-known/est/simpleenroll", "application/pkcs7-mime",
		    "Application/PKCS7-mime; smime-type=certs-only" },
		[TU_ES] = { "/.well-known/brski/enrollstatus", "", "" },
		[TU_REENROLL] = { "/.well-known/est/simplereenroll", "application/pkcs7-mime",
		    "application/pkcs7-mime; smime-type=certs-only" },
	},
	[TU_COAPS] = {
		[TU_RV] = { "/.well-known/brski/rv", NULL, NULL },
		[TU_VS] = { "/.well-known/brski/vs", "", "" },
		[TU_CACERTS] = { "/.well-known/est/crts", "application/multipart-core",
		    "application/multipart-core" },
		[TU_ATTRS] = { "never asked", "", "" },
		[TU_ENROLL] = { "/.well-known/est/sen", "application/pkix-cert",
		    "application/pkix-cert" },
		[TU_ES] = { "/.well-known/brski/es", "", "" },
		[TU_REENROLL] = { "/.well-known/est/sren", "application/pkix-cert",
		    "application/pkix-cert" },
	},
};

/* the port */

static int64_t
now(void *arg)
{
	return ((struct tu_pledge *)arg)->now;
}

static uint64_t
ticks(void *arg)
{
	return ((struct tu_pledge *)arg)->ticks;
}

/* Never twice the same, and no chance in the back-off: 0, 1, 2... with zeros before. */
static void
chance(void *arg, void *p, size_t n)
{
	struct tu_pledge *t = arg;

	memset(p, 0, n);
	if (n > 2)
		((uint8_t *)p)[n - 1] = ++t->chance;
}

static enum brski_rc
load(void *arg, enum pledge_item item, struct brski_buf *out, struct brski_err *err)
{
	struct tu_pledge *t = arg;

	if (!t->has[item])
		return BRSKI_E_NOT_FOUND;
	return brski_buf_append(out, brski_buf_slice(&t->items[item]), err);
}

/* Is this the write in which the power goes? Then it is not done, and nothing after it. */
static bool
is_cut(struct tu_pledge *t)
{
	if (t->cut_in > 0 && --t->cut_in == 0)
		t->cut = true;
	return t->cut;
}

static struct brski_key *
held_key(struct tu_pledge *t, enum pledge_item item)
{
	return item == PLEDGE_ITEM_KEY ? &t->key : &t->next_key;
}

static enum brski_rc
save(void *arg, enum pledge_item item, struct brski_slice bytes, struct brski_err *err)
{
	struct tu_pledge *t = arg;

	if (t->fail_saves > 0 || t->fails[item] > 0) {
		t->fail_saves -= t->fail_saves > 0;
		t->fails[item] -= t->fails[item] > 0;
		return brski_broken(err, BRSKI_E_IO, "disk full");
	}
	if (is_cut(t))
		return brski_broken(err, BRSKI_E_IO, "no power");
	t->saves++;
	t->has[item] = brski_slice_present(bytes);
	if (item == PLEDGE_ITEM_KEY || item == PLEDGE_ITEM_NEXT_KEY)
		brski_key_clear(held_key(t, item));
	return brski_buf_set(&t->items[item], bytes, err);
}

static enum brski_rc
ldevid_key(void *arg, enum pledge_item which, enum brski_key_type fresh,
    const struct brski_key **out, struct brski_err *err)
{
	struct tu_pledge *t = arg;
	struct brski_key *key = held_key(t, which);

	*out = key;
	if (fresh == BRSKI_KEY_NONE)
		return key->ops != NULL ? BRSKI_OK : brski_broken(err, BRSKI_E_NOT_FOUND, "no key");
	if (is_cut(t))
		return brski_broken(err, BRSKI_E_IO, "no power");
	brski_key_clear(key);
	t->keys++;
	return brski_key_generate(fresh, key, err);
}

static enum brski_rc
adopt_key(void *arg, struct brski_err *err)
{
	struct tu_pledge *t = arg;

	if (is_cut(t))
		return brski_broken(err, BRSKI_E_IO, "no power");
	if (t->next_key.ops == NULL)
		return brski_broken(err, BRSKI_E_NOT_FOUND, "no key");
	brski_key_clear(&t->key);
	t->key = t->next_key;
	t->next_key = (struct brski_key){ 0 };
	return BRSKI_OK;
}

static enum brski_rc
dial(void *arg, const char *candidate, enum pledge_as as, struct brski_err *err)
{
	struct tu_pledge *t = arg;

	assert_false(t->open); /* one at a time */
	t->dials++;
	if (t->cut || t->refuse > 0 || (t->only != NULL && strcmp(candidate, t->only) != 0)) {
		t->refuse -= t->refuse > 0;
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "connection refused");
	}
	memcpy(t->candidate, candidate, strlen(candidate) + 1);
	t->open = true;
	t->as = as;
	t->connections++;
	return BRSKI_OK;
}

static void
hang_up(void *arg)
{
	((struct tu_pledge *)arg)->open = false;
}

/* the registrar */

static void
put_base64(struct brski_buf *der, struct brski_buf *out)
{
	struct brski_err err = { 0 };

	assert_ok(brski_base64_encode(brski_buf_slice(der), out, &err), &err);
	assert_ok(brski_buf_append_byte(out, '\n', &err), &err);
	brski_buf_clear(der);
}

static void
put_certs(struct tu_pledge *t, enum tu_call call, const struct brski_certs *certs,
    struct brski_buf *out)
{
	const char *media = calls[t->speech][call].accept;
	const struct brski_certs_form *form = brski_certs_form_find(brski_slice_str(media));
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };

	assert_non_null(form);
	if (t->speech == TU_COAPS) {
		assert_ok(form->encode(certs, out, &err), &err);
		return;
	}
	assert_ok(form->encode(certs, &der, &err), &err);
	put_base64(&der, out);
}

/* Whom the request is for: all of it, or a digest of the key where space is short. */
static void
check_proximity(const struct tu_pledge *t, const struct brski_voucher *v)
{
	const struct brski_cert *server = tu_cert(t->server);
	uint8_t hash[BRSKI_SHA256_SIZE];
	enum pledge_proximity leaf = t->conf.proximity;

	if (leaf == PLEDGE_PROXIMITY_AUTO)
		leaf = t->p.format->pvr_without_certs ? PLEDGE_PROXIMITY_PUBK_SHA256
		                                      : PLEDGE_PROXIMITY_CERT;
	brski_sha256(server->spki, hash);
	assert_slice_eq(v->proximity_registrar_cert,
	    leaf == PLEDGE_PROXIMITY_CERT ? server->der : (struct brski_slice){ 0 });
	assert_slice_eq(v->proximity_registrar_pubk,
	    leaf == PLEDGE_PROXIMITY_PUBK ? server->spki : (struct brski_slice){ 0 });
	assert_slice_eq(v->proximity_registrar_pubk_sha256,
	    leaf == PLEDGE_PROXIMITY_PUBK_SHA256 ? brski_slice(hash, sizeof(hash))
	                                         : (struct brski_slice){ 0 });
}

/* What registrar and MASA together make of a request. */
static void
answer_voucher(struct tu_pledge *t, struct brski_slice pvr, struct brski_buf *out)
{
	const struct brski_format *f = t->p.format;
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_artifact a = { 0 };
	struct brski_buf sealed = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_artifact_open(t->p.format, pvr,
	              t->p.format->pvr_without_certs ? &t->idevid.chain : NULL, true,
	              BRSKI_VOUCHER_REQUEST, &a, &err),
	    &err);
	assert_int_equal(a.v.assertion, BRSKI_ASSERTION_PROXIMITY);
	check_proximity(t, &a.v);
	v.nonce = a.v.nonce;
	v.serial_number = a.v.serial_number;
	v.assertion = BRSKI_ASSERTION_PROXIMITY;
	v.created_on = (struct brski_date){ BRSKI_LIT("2026-06-01T12:00:00Z"), TU_NOW };
	v.pinned_domain_cert = tu_cert(&t->domain)->der;
	if (t->twist != NULL)
		t->twist(t, &v);
	assert_ok(brski_artifact_seal(f, &v, &t->signer->key, &t->signer->chain, TU_NOW, &sealed,
	              &err),
	    &err);
	assert_ok(f->forward != NULL ? f->forward(brski_buf_slice(&sealed), out, &err)
	                             : brski_buf_append(out, brski_buf_slice(&sealed), &err),
	    &err);
	brski_buf_clear(&sealed);
	brski_artifact_clear(&a);
}

static void
answer_certificate(struct tu_pledge *t, enum tu_call call, struct brski_slice body,
    struct brski_buf *out)
{
	struct brski_buf der = { 0 };
	struct brski_err err = { 0 };
	struct brski_csr csr;
	struct tu_id id = { 0 };
	struct brski_certs only = { 0 };
	struct brski_cert_facts f = tu_facts("ldevid");

	if (t->speech == TU_HTTPS)
		assert_ok(brski_base64_decode(body, BRSKI_BASE64_LINES, &der, &err), &err);
	else
		assert_ok(brski_buf_append(&der, body, &err), &err);
	assert_ok(brski_csr_decode(brski_buf_slice(&der), &csr, &err), &err);
	f.subject = csr.subject;
	if (t->for_serial != NULL)
		f.subject = tu_name("ldevid", t->for_serial);
	if (t->for_name != NULL)
		f.subject = tu_name(t->for_name, NULL);
	if (t->no_subject)
		f.subject = BRSKI_LIT("0\0");
	if (t->issue_s != 0) {
		f.not_before = t->now != BRSKI_TIME_UNKNOWN ? t->now : TU_NOW;
		f.not_after = f.not_before + t->issue_s;
	}
	f.spki = t->for_key != NULL ? brski_key_spki(&t->for_key->key) : csr.spki;
	tu_issue(&id, t->issuer, &f);
	tu_add(&only, &id);
	put_certs(t, call, &only, out);
	brski_certs_clear(&t->issued);
	tu_add(&t->issued, &id);
	brski_certs_clear(&only);
	tu_id_clear(&id);
	brski_buf_clear(&der);
}

static void
hear(const struct tu_pledge *t, struct brski_slice body, struct brski_status *out)
{
	struct brski_err err = { 0 };

	assert_ok(brski_status_form_find(brski_slice_str(t->p.format->status_media))
	              ->decode(body, out, &err),
	    &err);
}

static void
answer(struct tu_pledge *t, enum tu_call call, struct brski_slice body, struct brski_buf *out)
{
	switch (call) {
	case TU_RV:
		answer_voucher(t, body, out);
		break;
	case TU_VS:
		hear(t, body, &t->voucher_status);
		break;
	case TU_ES:
		hear(t, body, &t->enrollstatus);
		break;
	case TU_CACERTS:
		put_certs(t, call, &t->cacerts, out);
		break;
	case TU_ENROLL:
	case TU_REENROLL:
		answer_certificate(t, call, body, out);
		break;
	default:
		break;
	}
}

/* The type of what is posted. */
static const char *
type_of_body(const struct tu_pledge *t, enum tu_call call)
{
	switch (call) {
	case TU_RV:
		return t->p.format->media_type;
	case TU_VS:
	case TU_ES:
		return t->p.format->status_media;
	case TU_ENROLL:
	case TU_REENROLL:
		return "application/pkcs10";
	default:
		return "";
	}
}

static enum tu_call
call_of(const struct tu_pledge *t, const struct pledge_request *r)
{
	const struct call_row *row = calls[t->speech];
	const char *accept;
	int i;

	for (i = 0; i < TU_CALLS && strcmp(r->path, row[i].path) != 0; i++)
		;
	assert_int_not_equal(i, TU_CALLS);
	accept = row[i].accept != NULL ? row[i].accept : t->p.format->media_type;
	assert_int_equal(r->post, i != TU_CACERTS && i != TU_ATTRS);
	assert_string_equal(r->accept != NULL ? r->accept : "", accept);
	assert_string_equal(r->media != NULL ? r->media : "", type_of_body(t, (enum tu_call)i));
	return (enum tu_call)i;
}

static void
note(struct tu_pledge *t, struct tu_op *op, struct brski_slice body)
{
	struct brski_err err = { 0 };

	op->repeated =
	    op->n == 0 || (op->repeated && brski_slice_eq(brski_buf_slice(&op->last), body));
	op->n++;
	op->as = t->as;
	op->connection = t->connections;
	assert_ok(brski_buf_set(&op->last, body, &err), &err);
}

/* Which of the names are we? */
static void
note_request(struct tu_pledge *t, struct brski_slice body)
{
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < t->list.n; i++) {
		if (strcmp(t->names[i], t->candidate) != 0)
			continue;
		if (t->asked[i].n > 0 && !brski_slice_eq(brski_buf_slice(&t->asked[i]), body))
			t->asked_anew[i] = true;
		assert_ok(brski_buf_set(&t->asked[i], body, &err), &err);
	}
}

static enum brski_rc
respond(struct tu_pledge *t, enum tu_call call, struct brski_slice body, struct pledge_answer *a,
    struct brski_err *err)
{
	struct tu_op *op = &t->ops[call];
	const char *media = calls[t->speech][call].media;
	struct brski_buf out = { .max = 1024 * 1024 };
	enum brski_rc rc = BRSKI_OK;

	if (media == NULL)
		media = t->p.format->media_type;

	a->retry_after_s = op->retry_after_s;
	a->status = op->status != 0 ? op->status : 200;
	if (call == TU_RV)
		note_request(t, body);
	if (call == TU_RV && t->undecided != NULL && strcmp(t->undecided, t->candidate) == 0)
		a->status = 202;
	else if (op->pending > 0) {
		op->pending--;
		a->status = 202;
	} else if (call == TU_ATTRS && !brski_slice_present(op->body) && op->status == 0)
		a->status = 404;
	else if (op->status == 0 && !brski_slice_present(op->body))
		answer(t, call, body, &out);
	snprintf(a->media, sizeof(a->media), "%s", op->media != NULL ? op->media : media);
	if (brski_slice_present(op->body))
		assert_ok(brski_buf_set(&out, op->body, err), err);
	if (out.n > a->body->max)
		rc = brski_broken(err, BRSKI_E_TOO_LARGE, "answer of %zu bytes", out.n);
	else
		rc = brski_buf_append(a->body, brski_buf_slice(&out), err);
	brski_buf_clear(&out);
	return rc;
}

static enum brski_rc
request(void *arg, const struct pledge_request *r, struct pledge_answer *a, struct brski_err *err)
{
	struct tu_pledge *t = arg;
	struct brski_certs none = { 0 };
	struct pledge_peer peer = { .chain = t->no_chain ? &none
		    : t->chain.n > 0                     ? &t->chain
		                                         : &t->server->chain,
		.binding = brski_slice(t->binding, sizeof(t->binding)) };
	struct brski_buf body = { .max = 256 * 1024 };
	enum tu_call call = call_of(t, r);
	enum brski_rc rc;

	assert_true(t->open);
	if (t->cut || t->drop > 0) {
		t->drop -= t->drop > 0;
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "connection reset");
	}
	if ((rc = r->compose(r->arg, &peer, &body, err)) == BRSKI_OK) {
		note(t, &t->ops[call], brski_buf_slice(&body));
		if (t->interrupt > 0) {
			t->interrupt--;
			rc = brski_broken(err, BRSKI_E_PENDING, "interrupted");
		} else if (t->ops[call].lost > 0) {
			t->ops[call].lost--;
			rc = brski_broken(err, BRSKI_E_TIMEOUT, "no answer");
		} else
			rc = respond(t, call, brski_buf_slice(&body), a, err);
	}
	brski_buf_clear(&body);
	return rc;
}

/* life */

static void
make_people(struct tu_pledge *t)
{
	tu_ca(&t->mfr, "manufacturer");
	tu_masa(&t->masa, &t->mfr);
	tu_idevid(&t->idevid, &t->mfr, TU_SERIAL, TU_MASA_URL);
	tu_ca(&t->domain, "domain");
	tu_registrar(&t->registrar, &t->domain);
	tu_ca(&t->stranger, "stranger");
	tu_add(&t->anchors, &t->mfr);
	/* a voucher that comes without certificates is signed by an anchor itself, cBRSKI 9.2 */
	if (t->speech == TU_COAPS)
		tu_add(&t->anchors, &t->masa);
	tu_add(&t->cacerts, &t->domain);
	t->server = &t->registrar;
	t->issuer = &t->domain;
	t->signer = &t->masa;
}

struct tu_pledge *
tu_pledge_new(enum tu_speech speech)
{
	static const char *const names[] = { "https://registrar.example.com:8443",
		"coaps://[2001:db8::1]:5684" };
	struct tu_pledge *t = calloc(1, sizeof(*t));
	struct brski_err err = { 0 };

	assert_non_null(t);
	t->speech = speech;
	make_people(t);
	t->now = TU_NOW;
	t->ticks = 1000;
	t->binding[0] = 0xb1;
	t->names[0] = names[speech];
	t->list = (struct pledge_fixed){ t->names, 1 };
	t->source = pledge_source_fixed(&t->list);
	t->port = (struct pledge_port){ .arg = t,
		.now = now,
		.ticks_ms = ticks,
		.random = chance,
		.sources = &t->source,
		.sources_n = 1,
		.connect = dial,
		.request = request,
		.close = hang_up,
		.load = load,
		.save = save,
		.ldevid_key = ldevid_key,
		.adopt_key = adopt_key };
	t->conf = (struct pledge_conf){ .idevid = &t->idevid.chain,
		.idevid_key = &t->idevid.key,
		.anchors = &t->anchors };
	assert_ok(pledge_init(&t->p, &t->port, &t->conf, &err), &err);
	return t;
}

void
tu_pledge_free(struct tu_pledge *t)
{
	int i;

	pledge_clear(&t->p);
	for (i = 0; i < PLEDGE_ITEMS; i++)
		brski_buf_clear(&t->items[i]);
	for (i = 0; i < TU_CALLS; i++)
		brski_buf_clear(&t->ops[i].last);
	for (i = 0; i < (int)(sizeof(t->asked) / sizeof(t->asked[0])); i++)
		brski_buf_clear(&t->asked[i]);
	brski_key_clear(&t->key);
	brski_key_clear(&t->next_key);
	brski_certs_clear(&t->issued);
	tu_id_clear(&t->mfr);
	tu_id_clear(&t->masa);
	tu_id_clear(&t->idevid);
	tu_id_clear(&t->domain);
	tu_id_clear(&t->registrar);
	tu_id_clear(&t->stranger);
	brski_certs_clear(&t->anchors);
	brski_certs_clear(&t->cacerts);
	brski_certs_clear(&t->chain);
	free(t);
}

void
tu_pledge_restart(struct tu_pledge *t)
{
	struct brski_err err = { 0 };

	pledge_clear(&t->p);
	assert_false(t->open);
	t->ticks = 500;
	t->cut = false;
	t->cut_in = 0;
	assert_ok(pledge_init(&t->p, &t->port, &t->conf, &err), &err);
}

static enum brski_rc
step(struct tu_pledge *t, struct brski_err *err)
{
	uint32_t wait_ms = 0;
	enum brski_rc rc;

	*err = (struct brski_err){ 0 };
	rc = pledge_step(&t->p, &wait_ms, err);
	if (t->now != BRSKI_TIME_UNKNOWN)
		t->now += (int64_t)((t->ticks + wait_ms) / 1000 - t->ticks / 1000);
	t->ticks += wait_ms;
	return rc;
}

enum brski_rc
tu_pledge_run(struct tu_pledge *t, unsigned steps, struct brski_err *err)
{
	enum brski_rc rc = BRSKI_OK;

	while (steps-- > 0 && pledge_state(&t->p) != PLEDGE_ENROLLED)
		rc = step(t, err);
	return rc;
}

void
tu_pledge_until(struct tu_pledge *t, enum pledge_state state)
{
	struct brski_err err = { 0 };
	unsigned steps = 100;

	while (steps-- > 0 && pledge_state(&t->p) != state)
		(void)step(t, &err);
	assert_int_equal(pledge_state(&t->p), state);
}

enum brski_rc
tu_pledge_until_failure(struct tu_pledge *t, struct brski_err *err)
{
	enum brski_rc rc;
	unsigned steps = 10000;

	do {
		rc = step(t, err);
	} while (--steps > 0 && (rc == BRSKI_OK || rc == BRSKI_E_PENDING));
	assert_int_not_equal(steps, 0);
	return rc;
}

void
tu_pledge_renews(struct tu_pledge *t, int64_t issue_s)
{
	struct brski_err err = { 0 };

	pledge_clear(&t->p);
	t->conf.renew = true;
	t->issue_s = issue_s;
	assert_ok(pledge_init(&t->p, &t->port, &t->conf, &err), &err);
	tu_pledge_until(t, PLEDGE_ENROLLED);
}

unsigned
tu_pledge_live(struct tu_pledge *t, int64_t seconds, struct brski_err *err)
{
	uint64_t end = t->ticks + (uint64_t)seconds * 1000;
	unsigned failures = 0, steps;
	enum brski_rc rc;

	for (steps = 0; t->ticks < end; steps++) {
		struct brski_err why;

		assert_true(steps < 100000);
		rc = step(t, &why);
		if (rc == BRSKI_OK || rc == BRSKI_E_PENDING)
			continue;
		failures++;
		*err = why;
	}
	return failures;
}

struct brski_certs
tu_pledge_certs(const struct tu_pledge *t, enum pledge_item item)
{
	struct brski_certs list = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_certs_add_any(&list, brski_buf_slice(&t->items[item]), &err), &err);
	return list;
}

void
tu_pledge_assert_pair(const struct tu_pledge *t)
{
	struct brski_certs ldevid = tu_pledge_certs(t, PLEDGE_ITEM_LDEVID);

	assert_int_equal(ldevid.n, 1);
	assert_slice_eq(ldevid.v[0].spki, brski_key_spki(&t->key));
	brski_certs_clear(&ldevid);
}

bool
tu_pledge_has(const struct tu_pledge *t, enum pledge_item item)
{
	return t->has[item];
}
