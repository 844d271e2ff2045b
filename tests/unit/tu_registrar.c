/* SPDX-License-Identifier: Apache-2.0 */
#include "tu_registrar.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "registrar/batch.h"
#include "registrar/revoke.h"
#include "registrar/va.h"
#include "tu_rvr.h"

/* --- timers and the clock --------------------------------------------------------------------- */

static void *
start_timer(void *arg, uint32_t ms, void (*fn)(void *fn_arg), void *fn_arg)
{
	struct tu_site *s = arg;
	size_t i;

	for (i = 0; i < TU_TIMERS; i++) {
		if (s->timers[i].fn == NULL) {
			s->timers[i].fn = fn;
			s->timers[i].arg = fn_arg;
			s->timers[i].due_ms = s->now * 1000 + ms;
			return &s->timers[i];
		}
	}
	return NULL;
}

static void
cancel_timer(void *arg, void *timer)
{
	struct tu_site *s = arg;
	size_t i;

	for (i = 0; i < TU_TIMERS; i++) {
		if (&s->timers[i] == timer) {
			assert_non_null(s->timers[i].fn);
			s->timers[i].fn = NULL;
		}
	}
}

/* The timer that is due first, by then at the latest; TU_TIMERS: none. */
static size_t
first_timer(const struct tu_site *s, int64_t until_ms)
{
	size_t i, first = TU_TIMERS;

	for (i = 0; i < TU_TIMERS; i++) {
		if (s->timers[i].fn != NULL && s->timers[i].due_ms <= until_ms &&
		    (first == TU_TIMERS || s->timers[i].due_ms < s->timers[first].due_ms))
			first = i;
	}
	return first;
}

void
tu_site_wait(struct tu_site *s, unsigned seconds)
{
	int64_t until = s->now + seconds;
	void (*fn)(void *arg);
	size_t i;

	while ((i = first_timer(s, until * 1000)) < TU_TIMERS) {
		s->now = s->timers[i].due_ms / 1000;
		fn = s->timers[i].fn;
		s->timers[i].fn = NULL;
		fn(s->timers[i].arg);
	}
	s->now = until;
}

/* --- the MASA --------------------------------------------------------------------------------- */

static enum brski_rc
ask_masa(void *arg, const struct registrar_masa_call *call, struct brski_err *err)
{
	struct tu_site *s = arg;
	struct tu_call *c = &s->calls[s->calls_n];

	if (s->unreachable)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "no link");
	assert_true(s->calls_n < TU_CALLS);
	s->calls_n++;
	c->open = true;
	snprintf(c->path, sizeof(c->path), "%s", call->path);
	snprintf(c->manufacturer, sizeof(c->manufacturer), "%s", call->manufacturer);
	snprintf(c->url, sizeof(c->url), "%s", call->url);
	snprintf(c->media, sizeof(c->media), "%s", call->media);
	assert_int_equal(brski_buf_set(&c->body, call->body, NULL), BRSKI_OK);
	c->done = call->done;
	c->arg = call->arg;
	return BRSKI_OK;
}

static enum brski_rc
ask_web(void *arg, const struct registrar_web_call *call, struct brski_err *err)
{
	struct tu_site *s = arg;
	struct tu_call *c = &s->web[s->web_n];

	if (s->unreachable)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "no link");
	assert_true(s->web_n < TU_CALLS);
	s->web_n++;
	c->open = true;
	snprintf(c->url, sizeof(c->url), "%s", call->url);
	snprintf(c->media, sizeof(c->media), "%s", call->media != NULL ? call->media : "");
	assert_int_equal(brski_buf_set(&c->body, call->body, NULL), BRSKI_OK);
	c->done = call->done;
	c->arg = call->arg;
	return BRSKI_OK;
}

struct tu_call *
tu_web(struct tu_site *s, size_t n)
{
	assert_true(n < s->web_n);
	assert_true(s->web[n].open);
	return &s->web[n];
}

struct tu_call *
tu_call(struct tu_site *s, size_t n)
{
	assert_true(n < s->calls_n);
	assert_true(s->calls[n].open);
	return &s->calls[n];
}

void
tu_answer(struct tu_call *c, enum brski_rc rc, const char *media, struct brski_slice body)
{
	struct registrar_masa_answer a = { .rc = rc,
		.answered = true,
		.media = brski_slice_str(media),
		.body = body };

	assert_true(c->open);
	c->open = false;
	c->done(c->arg, &a);
}

void
tu_no_answer(struct tu_call *c, enum brski_rc rc)
{
	struct registrar_masa_answer a = { .rc = rc };

	assert_true(c->open);
	c->open = false;
	c->done(c->arg, &a);
}

/* --- the site --------------------------------------------------------------------------------- */

static void
sink(void *arg, enum brski_level level, const char *line)
{
	struct tu_site *s = arg;

	(void)level;
	s->log_lines++;
	snprintf(s->last_line, sizeof(s->last_line), "%s", line);
}

static void
write_file(const struct tu_site *s, const char *name, const struct brski_buf *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	assert_int_equal(brski_file_write(path, brski_buf_slice(text), 0600, NULL), BRSKI_OK);
}

void
tu_site_write(const struct tu_site *s, const char *name, const struct tu_id *id)
{
	struct brski_buf text = { 0 };
	char file[64];

	snprintf(file, sizeof(file), "%s.pem", name);
	tu_pem(id, true, &text);
	write_file(s, file, &text);
	brski_buf_reset(&text);
	snprintf(file, sizeof(file), "%s.key", name);
	assert_int_equal(brski_key_encode_pem(&id->key, &text, NULL), BRSKI_OK);
	write_file(s, file, &text);
	brski_buf_clear(&text);
}

/* Each maker runs its MASA under its own root. */
static void
write_conf(struct tu_site *s, const char *top, const char *rules)
{
	static const char *const makers[] = { "acme", "globex" };
	struct brski_buf text = { 0 };
	size_t i;

	assert_int_equal(brski_buf_printf(&text, NULL, "%s\n", top), BRSKI_OK);
	for (i = 0; i < 2; i++)
		assert_int_equal(brski_buf_printf(&text, NULL,
		                     "manufacturer %s {\nanchors = {\"%s.pem\"}\n"
		                     "masa-anchors = {\"%s.pem\"}\n%s\n}\n",
		                     makers[i], makers[i], makers[i], rules),
		    BRSKI_OK);
	write_file(s, "registrar.conf", &text);
	brski_buf_clear(&text);
}

static struct registrar_site *
load_site(const struct tu_site *s)
{
	struct registrar_site *site;
	struct brski_err err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/registrar.conf", s->dir);
	assert_ok(registrar_site_load(path, &site, &err), &err);
	return site;
}

static void
start(struct tu_site *s)
{
	struct registrar_parts parts = { .site = load_site(s),
		.masa = { ask_masa, s },
		.web = { ask_web, s },
		.timers = { start_timer, cancel_timer, s },
		.clock = brski_clock_fixed(&s->now),
		.log = &s->log,
		.together = s->together };
	struct brski_err err = { 0 };

	assert_ok(registrar_store_open(s->db, &s->store, &err), &err);
	parts.store = s->store;
	assert_ok(registrar_new(&parts, &s->r, &err), &err);
}

void
tu_site_open(struct tu_site *s, const char *top, const char *rules)
{
	memset(s, 0, sizeof(*s));
	s->now = TU_NOW;
	s->log = (struct brski_log){ .level = BRSKI_LOG_INFO, .sink = sink, .arg = s };
	/* in memory where there is such a folder: every commit waits for the disk */
	snprintf(s->dir, sizeof(s->dir), "%s/tu_registrar.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->db, sizeof(s->db), "%s/registrar.db", s->dir);
	tu_ca(&s->acme, "Acme CA");
	tu_ca(&s->globex, "Globex CA");
	tu_ca(&s->domain, "Domain CA");
	tu_registrar(&s->registrar, &s->domain);
	tu_masa(&s->masa, &s->acme);
	tu_site_write(s, "acme", &s->acme);
	tu_site_write(s, "globex", &s->globex);
	tu_site_write(s, "domain-ca", &s->domain);
	tu_site_write(s, "registrar", &s->registrar);
	write_conf(s, top, rules);
	start(s);
}

static void
stop(struct tu_site *s)
{
	size_t i;

	registrar_free(s->r);
	brski_store_close(s->store);
	for (i = 0; i < TU_TIMERS; i++)
		assert_null(s->timers[i].fn); /* nothing is left behind */
	for (i = 0; i < TU_CALLS; i++)
		s->calls[i].open = s->web[i].open = false;
}

void
tu_site_restart(struct tu_site *s)
{
	stop(s);
	start(s);
}

void
tu_site_reload(struct tu_site *s, const char *top, const char *rules)
{
	write_conf(s, top, rules);
	registrar_reload(s->r, load_site(s));
}

void
tu_site_close(struct tu_site *s)
{
	char command[128];
	size_t i;

	stop(s);
	for (i = 0; i < TU_CALLS; i++) {
		brski_buf_clear(&s->calls[i].body);
		brski_buf_clear(&s->web[i].body);
	}
	tu_id_clear(&s->acme);
	tu_id_clear(&s->globex);
	tu_id_clear(&s->domain);
	tu_id_clear(&s->registrar);
	tu_id_clear(&s->masa);
	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	assert_int_equal(system(command), 0);
}

/* --- exchanges -------------------------------------------------------------------------------- */

static void
finish(struct brski_exchange *x)
{
	struct tu_exchange *e = x->transport;

	e->done++;
	e->rc = x->rc;
	e->retry_after_s = x->retry_after_s;
	e->close = x->close;
	snprintf(e->media, sizeof(e->media), "%s", x->reply_media != NULL ? x->reply_media : "");
	e->shown = brski_reply_bytes(x).p;
	e->reply.max = BRSKI_CRL_MAX;
	assert_int_equal(brski_buf_set(&e->reply, brski_reply_bytes(x), NULL), BRSKI_OK);
	brski_buf_clear(&x->reply);
	brski_shared_unref(x->shared);
	x->shared = NULL;
}

static void
dispatch(struct tu_exchange *e, const struct brski_route *routes, size_t n,
    enum brski_method method, const char *path, void *app)
{
	struct brski_err err = { 0 };
	enum brski_rc rc;

	rc = brski_route_find(routes, n, method, true, brski_slice_str(path), &e->x, &err);
	if (rc != BRSKI_OK)
		brski_reply_fail(&e->x, "route", (struct brski_slice){ 0 }, &err);
	else
		e->x.route->handler(app, &e->x);
}

static void
init_exchange(struct tu_site *s, struct tu_exchange *e, const char *media, struct brski_slice body)
{
	memset(e, 0, sizeof(*e));
	snprintf(e->peer.address, sizeof(e->peer.address), "[::1]:4711");
	assert_int_equal(brski_buf_set(&e->body, body, NULL), BRSKI_OK);
	e->x.peer = &e->peer;
	e->x.media = brski_slice_str(media);
	e->x.body = brski_buf_slice(&e->body);
	e->x.log = &s->log;
	e->x.finish = finish;
	e->x.transport = e;
}

void
tu_send(struct tu_site *s, struct tu_exchange *e, const struct tu_id *client, const char *path,
    const char *media, struct brski_slice body)
{
	init_exchange(s, e, media, body);
	e->x.accept = brski_slice_str(s->accept);
	e->x.known[0] = s->known;
	e->x.known_n = s->known.n > 0 ? 1 : 0;
	e->peer.transport = s->transport != NULL ? s->transport : "https";
	snprintf(e->peer.tls_version, sizeof(e->peer.tls_version), "%s",
	    s->transport != NULL ? "DTLSv1.3" : "TLSv1.2");
	if (client != NULL)
		assert_int_equal(brski_certs_copy(&e->peer.chain, &client->chain, NULL), BRSKI_OK);
	assert_int_equal(brski_certs_copy(&e->peer.own, &s->registrar.chain, NULL), BRSKI_OK);
	e->peer.has_binding = true;
	memset(e->peer.binding, 7, sizeof(e->peer.binding));
	dispatch(e, registrar_routes, registrar_routes_n, media != NULL ? BRSKI_POST : BRSKI_GET,
	    path, s->r);
}

void
tu_admin(struct tu_site *s, struct tu_exchange *e, enum brski_method method, const char *path,
    const char *query, const char *body)
{
	init_exchange(s, e, body != NULL ? "text/csv" : NULL,
	    body != NULL ? brski_slice_str(body) : BRSKI_LIT(""));
	e->peer.transport = "unix";
	e->peer.has_uid = true;
	e->peer.uid = 1000;
	e->x.query = brski_slice_str(query);
	dispatch(e, registrar_admin_routes, registrar_admin_routes_n, method, path, s->r);
}

void
tu_va(struct tu_site *s, struct tu_exchange *e, const char *path, const char *media,
    struct brski_slice body, struct brski_slice known)
{
	init_exchange(s, e, media, body);
	e->x.accept = brski_slice_str(s->accept);
	e->x.known[0] = known;
	e->x.known_n = brski_slice_present(known);
	e->peer.transport = "http";
	dispatch(e, registrar_va_routes, registrar_va_routes_n,
	    media != NULL ? BRSKI_POST : BRSKI_GET, path, s->r);
}

static void
clear_exchange(struct tu_exchange *e)
{
	brski_peer_clear(&e->peer);
	brski_buf_clear(&e->body);
	brski_buf_clear(&e->reply);
}

void
tu_exchange_clear(struct tu_exchange *e)
{
	assert_int_equal(e->done, 1); /* answered, and once */
	clear_exchange(e);
}

void
tu_drop(struct tu_exchange *e)
{
	void *op = e->x.op;

	assert_int_equal(e->done, 0);
	assert_non_null(op);
	e->x.op = NULL;
	e->x.op_free(op);
	brski_buf_clear(&e->x.reply);
	clear_exchange(e);
}

/* --- messages --------------------------------------------------------------------------------- */

void
tu_make_pvr(struct tu_site *s, const struct tu_id *pledge, const char *serial,
    const char *nonce_text, struct brski_buf *out)
{
	struct brski_voucher v = tu_pvr(serial, nonce_text, &s->registrar);

	tu_seal_pvr(&v, pledge, out);
}

void
tu_make_voucher(struct tu_site *s, const struct tu_call *c, struct brski_buf *out)
{
	struct brski_artifact rvr = { 0 };
	struct brski_voucher v = brski_voucher_init(BRSKI_VOUCHER);
	struct brski_err err = { 0 };

	assert_ok(brski_artifact_open(tu_format, brski_buf_slice(&c->body), NULL, true,
	              BRSKI_VOUCHER_REQUEST, &rvr, &err),
	    &err);
	v.assertion = BRSKI_ASSERTION_PROXIMITY;
	v.created_on = rvr.v.created_on;
	v.serial_number = rvr.v.serial_number;
	v.nonce = rvr.v.nonce;
	v.nonce_text = rvr.v.nonce_text;
	v.pinned_domain_cert = tu_cert(&s->domain)->der;
	brski_buf_reset(out);
	tu_seal(&v, &s->masa, out);
	brski_artifact_clear(&rvr);
}

void
tu_make_auditlog(const struct tu_id *owner, const char *more, struct brski_buf *out)
{
	uint8_t id[64];
	struct brski_buf text = { 0 };

	assert_int_equal(brski_base64_encode(brski_cert_domain_id(tu_cert(owner), id), &text, NULL),
	    BRSKI_OK);
	brski_buf_reset(out);
	assert_int_equal(brski_buf_printf(out, NULL,
	                     "{\"version\":1,\"events\":[{\"date\":\"2026-06-01T12:00:00Z\","
	                     "\"domainID\":\"%s\",\"nonce\":\"" TU_NONCE
	                     "\",\"assertion\":\"proximity\"}]%s}",
	                     brski_buf_cstr(&text), more),
	    BRSKI_OK);
	brski_buf_clear(&text);
}

/* --- what is stored --------------------------------------------------------------------------- */

struct last {
	char *event, *rc, *spec;
	size_t cap;
	int rows;
};

static bool
see_row(void *arg, const struct brski_audit_row *row, struct brski_slice hash)
{
	struct last *l = arg;

	(void)hash;
	l->rows++;
	if (l->event != NULL) {
		brski_text_safe(row->event, l->event, l->cap);
		brski_text_safe(row->rc, l->rc, l->cap);
		brski_text_safe(row->spec, l->spec, l->cap);
	}
	return true;
}

int
tu_audit_rows(struct tu_site *s)
{
	struct last l = { 0 };

	assert_int_equal(brski_audit_list(s->store, 0, 1000, see_row, &l, NULL), BRSKI_OK);
	return l.rows;
}

void
tu_audit_last(struct tu_site *s, char *event, char *rc, char *spec, size_t cap)
{
	struct last l = { event, rc, spec, cap, 0 };

	assert_int_equal(brski_audit_list(s->store, 0, 1000, see_row, &l, NULL), BRSKI_OK);
	assert_true(l.rows > 0);
}

void
tu_device(struct tu_site *s, const char *manufacturer, const char *serial,
    struct registrar_device *out)
{
	assert_int_equal(registrar_device_find(s->store, manufacturer, brski_slice_str(serial), out,
	                     NULL),
	    BRSKI_OK);
}

int64_t
tu_certify(struct tu_site *s, const char *serial, int64_t from, int64_t to)
{
	struct brski_cert_facts f = tu_facts("device");
	struct registrar_certificate c = { 0 };
	struct registrar_device d;
	struct brski_err err = { 0 };
	struct tu_id id = { 0 };
	size_t n;

	f.not_before = from;
	f.not_after = to;
	tu_issue(&id, &s->domain, &f);
	c.serial = tu_cert(&id)->serial;
	c.der = tu_cert(&id)->der;
	c.authority = brski_slice(registrar_keeper_authorities(s->r->site->keeper, &n)->id,
	    REGISTRAR_AUTHORITY_ID);
	c.issued = s->now;
	c.not_before = from;
	c.not_after = to;
	assert_ok(registrar_begin(s->r, &err), &err);
	if (serial != NULL) {
		tu_device(s, "acme", serial, &d);
		if (d.id == 0)
			assert_ok(registrar_device_put(s->store, &d, &err), &err);
		c.device = d.id;
	}
	assert_ok(registrar_certificate_put(s->store, &c, &err), &err);
	if (serial != NULL) {
		assert_ok(registrar_life_update(s->r, &d, "certificate issued", &err), &err);
		assert_ok(registrar_device_put(s->store, &d, &err), &err);
	}
	assert_ok(registrar_commit(s->r, &err), &err);
	tu_id_clear(&id);
	return c.id;
}

struct registrar_certificate
tu_stored(struct tu_site *s, int64_t id)
{
	static uint8_t storage[BRSKI_CERT_MAX + 256];
	struct brski_buf der = brski_buf_fixed(storage, sizeof(storage));
	struct registrar_certificate c;
	struct brski_err err = { 0 };

	assert_ok(registrar_certificate_get(s->store, id, &c, &der, &err), &err);
	assert_int_equal(c.id, id);
	return c;
}

bool
tu_on_crl(struct tu_site *s, int64_t id, struct brski_crl_entry *out)
{
	struct registrar_certificate c = tu_stored(s, id);
	struct registrar_crl last;
	struct brski_crl *crl = NULL;
	struct brski_err err = { 0 };
	bool found = false;

	assert_ok(registrar_crl_get(s->store, c.authority.p, &last, &err), &err);
	if (last.number != 0) {
		assert_ok(brski_crl_decode(brski_buf_slice(&last.der), &crl, &err), &err);
		found = brski_crl_find(crl, c.serial, out);
		out->serial = (struct brski_slice){ 0 };
	}
	brski_crl_free(crl);
	brski_buf_clear(&last.der);
	return found;
}
