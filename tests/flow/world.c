/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "coap/coap.h"
#include "net/transfer.h"

#define LINK_TIMEOUT_MS 30000

extern const char *const registrar_migrations[];
extern const size_t registrar_migrations_n;

const struct world_over world_https = { "https://registrar", NULL, false };
const struct world_over world_coaps = { "coaps://registrar", NULL, true };
const struct world_over world_https_cose = { "https://registrar", "application/voucher+cose",
	false };

/* --- time ------------------------------------------------------------------------------------ */

static void *
later(void *arg, uint32_t ms, void (*fn)(void *fn_arg), void *fn_arg)
{
	struct world *w = arg;

	for (size_t i = 0; i < WORLD_EVENTS; i++)
		if (w->events[i].id == 0) {
			w->events[i] =
			    (struct world_event){ w->now_ms + ms, fn, fn_arg, ++w->last_id };
			return &w->events[i];
		}
	fail_msg("too many events");
	return NULL;
}

static void
never(void *arg, void *timer)
{
	(void)arg;
	if (timer != NULL)
		((struct world_event *)timer)->id = 0;
}

static struct world_event *
next_event(struct world *w)
{
	struct world_event *e = NULL;

	for (size_t i = 0; i < WORLD_EVENTS; i++)
		if (w->events[i].id != 0 &&
		    (e == NULL || w->events[i].at_ms < e->at_ms ||
		        (w->events[i].at_ms == e->at_ms && w->events[i].id < e->id)))
			e = &w->events[i];
	return e;
}

static void
set_time(struct world *w, int64_t ms)
{
	w->now += ms / 1000 - w->now_ms / 1000;
	w->now_ms = ms;
}

/* Run what is due until then, or until *stop. */
static void
run_until(struct world *w, int64_t ms, const bool *stop)
{
	struct world_event *e, due;

	while ((stop == NULL || !*stop) && (e = next_event(w)) != NULL && e->at_ms <= ms) {
		due = *e;
		e->id = 0;
		if (due.at_ms > w->now_ms)
			set_time(w, due.at_ms);
		due.fn(due.arg);
	}
	if ((stop == NULL || !*stop) && ms > w->now_ms)
		set_time(w, ms);
}

void
world_wait(struct world *w, int64_t ms)
{
	run_until(w, w->now_ms + ms, NULL);
}

/* --- exchanges ------------------------------------------------------------------------------- */

struct trip {
	struct brski_exchange x;
	struct brski_peer peer;
	bool coap;
	bool done;
	int status;
	unsigned retry_after_s;
	const char *media;
	struct brski_buf in, body;
};

static void
finished(struct brski_exchange *x)
{
	struct trip *t = x->transport;

	if (x->rc == BRSKI_OK && !t->coap)
		assert_int_equal(brski_transfer_encode(x->route, &x->reply, NULL), BRSKI_OK);
	t->done = true;
	t->status = brski_rc_http(x->rc);
	t->retry_after_s = x->retry_after_s;
	t->media = x->reply_media != NULL ? x->reply_media : "";
	/* what has no number does not travel over CoAP */
	if (t->coap && t->media[0] != '\0')
		assert_int_not_equal(brski_coap_content_format(t->media), -1);
	assert_int_equal(brski_buf_set(&t->body, brski_buf_slice(&x->reply), NULL), BRSKI_OK);
	brski_buf_clear(&x->reply);
}

/* What the route is called in HTTP; itself when CoAP has no such name. */
static const char *
long_name(const struct brski_route *routes, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (routes[i].coap != NULL && strcmp(routes[i].coap->path, path) == 0)
			return routes[i].path;
	return path;
}

/* The body as the handler sees it: borrowed from in, which becomes it. */
static enum brski_rc
take_body(struct trip *t, struct brski_buf *in, struct brski_err *err)
{
	enum brski_rc rc;

	if (!t->coap && (rc = brski_transfer_decode(t->x.route, in, err)) != BRSKI_OK)
		return rc;
	t->x.body = brski_buf_slice(in);
	if (in->n > t->x.route->max_body)
		return brski_broken(err, BRSKI_E_TOO_LARGE, "body");
	return BRSKI_OK;
}

static void
dispatch(struct trip *t, const struct brski_route *routes, size_t n, void *app, bool post,
    const char *path)
{
	struct brski_err err = { 0 };
	enum brski_rc rc;

	if (t->coap)
		path = long_name(routes, n, path);
	assert_ok(brski_buf_append(&t->in, t->x.body, &err), &err);

	t->x.peer = &t->peer;
	t->x.finish = finished;
	t->x.transport = t;
	t->peer.transport = t->coap ? "coaps" : "https";
	(void)snprintf(t->peer.address, sizeof(t->peer.address), "[::1]:1");
	rc = brski_route_find(routes, n, post ? BRSKI_POST : BRSKI_GET, true, brski_slice_str(path),
	    &t->x, &err);
	if (rc == BRSKI_OK)
		rc = take_body(t, &t->in, &err);
	if (rc != BRSKI_OK)
		brski_reply_fail(&t->x, "route", (struct brski_slice){ 0 }, &err);
	else
		t->x.route->handler(app, &t->x);
}

static void
trip_clear(struct trip *t)
{
	brski_peer_clear(&t->peer);
	brski_buf_clear(&t->in);
	brski_buf_clear(&t->body);
}

/* --- registrar to MASA ----------------------------------------------------------------------- */

struct masa_trip {
	struct world *w;
	struct trip t;
	struct brski_buf body;
	char media[64], accept[64], path[128];
	void (*done)(void *arg, const struct registrar_masa_answer *a);
	void *arg;
	bool down;
};

static void
masa_answers(void *arg)
{
	struct masa_trip *m = arg;
	struct world *w = m->w;
	struct registrar_masa_answer a = { .rc = BRSKI_E_UNAVAILABLE,
		.detail = "connection refused" };

	if (!m->down) {
		dispatch(&m->t, masa_routes, masa_routes_n, &w->masa, true, m->path);
		assert_true(m->t.done); /* a MASA answers at once */
		if (w->spoil_voucher != NULL && strstr(m->path, "requestvoucher") != NULL)
			w->spoil_voucher(w, &m->t.body);
		a.answered = true;
		a.rc = brski_rc_from_http(m->t.status);
		a.media = brski_slice_str(m->t.media);
		a.body = brski_buf_slice(&m->t.body);
		a.retry_after_s = m->t.retry_after_s;
		a.detail = NULL;
	}
	m->done(m->arg, &a);
	trip_clear(&m->t);
	brski_buf_clear(&m->body);
	free(m);
}

static enum brski_rc
ask_masa(void *arg, const struct registrar_masa_call *call, struct brski_err *err)
{
	struct world *w = arg;
	struct masa_trip *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	w->asked_masa++;
	m->w = w;
	m->done = call->done;
	m->arg = call->arg;
	m->down = w->masa_down;
	(void)snprintf(m->media, sizeof(m->media), "%s", call->media);
	(void)snprintf(m->accept, sizeof(m->accept), "%s", call->accept);
	(void)snprintf(m->path, sizeof(m->path), "/.well-known/brski%s", call->path);
	assert_ok(brski_buf_set(&m->body, call->body, err), err);
	m->t.x.media = brski_slice_str(m->media);
	m->t.x.accept = brski_slice_str(m->accept);
	m->t.x.body = brski_buf_slice(&m->body);
	m->t.x.log = &w->log;
	assert_ok(brski_certs_copy(&m->t.peer.chain, &w->registrar_id.chain, err), err);
	(void)later(w, w->masa_slow_ms, masa_answers, m);
	return BRSKI_OK;
}

/* --- pledge to registrar --------------------------------------------------------------------- */

static const struct tu_id *
server_of(const struct world *w)
{
	return w->server != NULL ? w->server : &w->registrar_id;
}

static int
serve(struct world *w, struct trip *t, bool post, const char *path)
{
	struct brski_err err = { 0 };

	w->requests++;
	t->x.log = &w->log;
	assert_ok(brski_certs_copy(&t->peer.own, &w->registrar_id.chain, &err), &err);
	dispatch(t, registrar_routes, registrar_routes_n, w->registrar, post, path);
	run_until(w, w->now_ms + LINK_TIMEOUT_MS, &t->done);
	assert_true(t->done);
	w->last_status = t->status;
	return t->status;
}

int
world_request(struct world *w, const struct brski_certs *client, bool post, const char *path,
    const char *media, const char *accept, struct brski_slice body, struct brski_buf *answer)
{
	struct trip t = { 0 };
	struct brski_err err = { 0 };
	int status;

	if (client != NULL)
		assert_ok(brski_certs_copy(&t.peer.chain, client, &err), &err);
	t.x.media = brski_slice_str(media);
	t.x.accept = brski_slice_str(accept);
	t.x.body = body;
	status = serve(w, &t, post, path);
	if (answer != NULL)
		assert_ok(brski_buf_append(answer, brski_buf_slice(&t.body), &err), &err);
	trip_clear(&t);
	return status;
}

static enum brski_rc
link_connect(void *arg, const char *candidate, enum pledge_as as, struct brski_err *err)
{
	struct world_device *d = arg;

	assert_string_equal(candidate, d->w->over->candidate);
	if (d->dead)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "dead");
	d->as = as;
	d->connected = true;
	brski_random(d->binding, sizeof(d->binding));
	return BRSKI_OK;
}

static void
link_close(void *arg)
{
	((struct world_device *)arg)->connected = false;
}

/* The chain that a client presents: its IDevID, or the certificate it was given. */
static void
client_chain(struct world_device *d, struct brski_certs *out)
{
	struct brski_err err = { 0 };

	if (d->as == PLEDGE_AS_IDEVID)
		assert_ok(brski_certs_copy(out, &d->id.chain, &err), &err);
	else
		assert_ok(brski_certs_add_any(out, brski_buf_slice(&d->items[PLEDGE_ITEM_LDEVID]),
		              &err),
		    &err);
}

static void
note_pvr(struct world *w, struct brski_slice body)
{
	if (w->last_pvr.n > 0) {
		if (brski_slice_eq(brski_buf_slice(&w->last_pvr), body))
			w->same_pvr++;
		else
			w->other_pvr++;
	}
	assert_int_equal(brski_buf_set(&w->last_pvr, body, NULL), BRSKI_OK);
}

static struct brski_slice
through_coap(const char *media)
{
	int number = brski_coap_content_format(media);

	assert_true(number >= 0);
	return brski_slice_str(brski_coap_media_type((unsigned)number));
}

static enum brski_rc
link_request(void *arg, const struct pledge_request *r, struct pledge_answer *a,
    struct brski_err *err)
{
	struct world_device *d = arg;
	struct trip t = { 0 };
	struct brski_buf body = { 0 };
	struct pledge_peer peer = { &server_of(d->w)->chain,
		brski_slice(d->binding, sizeof(d->binding)) };
	enum brski_rc rc;

	if (!d->connected || d->dead || d->w->registrar == NULL || d->w->cut_off)
		return brski_broken(err, BRSKI_E_UNAVAILABLE, "no connection");
	if ((rc = r->compose(r->arg, &peer, &body, err)) != BRSKI_OK)
		goto out;
	client_chain(d, &t.peer.chain);
	memcpy(t.peer.binding, d->binding, sizeof(d->binding));
	t.peer.has_binding = true;
	t.x.media = brski_slice_str(r->media);
	t.x.accept = brski_slice_str(r->accept);
	t.x.body = brski_buf_slice(&body);
	if (strcmp(r->path, d->p.binding->calls[PLEDGE_CALL_VOUCHER].path) == 0)
		note_pvr(d->w, t.x.body);
	t.coap = d->w->over->coap;
	/* numbers, not names, are on the wire */
	if (t.coap && r->media != NULL)
		t.x.media = through_coap(r->media);
	if (t.coap && r->accept != NULL)
		t.x.accept = through_coap(r->accept);
	a->status = serve(d->w, &t, r->post, r->path);
	a->retry_after_s = t.retry_after_s;
	(void)snprintf(a->media, sizeof(a->media), "%s", t.media);
	rc = brski_buf_append(a->body, brski_buf_slice(&t.body), err);
out:
	trip_clear(&t);
	brski_buf_clear(&body);
	return rc;
}

/* --- a device's port ------------------------------------------------------------------------- */

static int64_t
port_now(void *arg)
{
	return ((struct world_device *)arg)->w->now;
}

static uint64_t
port_ticks(void *arg)
{
	return (uint64_t)((struct world_device *)arg)->w->now_ms;
}

static void
port_random(void *arg, void *p, size_t n)
{
	(void)arg;
	brski_random(p, n);
}

static enum brski_rc
port_load(void *arg, enum pledge_item item, struct brski_buf *out, struct brski_err *err)
{
	struct world_device *d = arg;

	if (!d->has[item])
		return BRSKI_E_NOT_FOUND;
	return brski_buf_append(out, brski_buf_slice(&d->items[item]), err);
}

/* A power cut is before or after a save, never within: what the contract asks of a port. */
static bool
dies(struct world_device *d)
{
	if (d->die_at_save != 0 && !d->dead && ++d->saves == d->die_at_save)
		d->dead = true;
	return d->dead;
}

static struct brski_key *
held_key(struct world_device *d, enum pledge_item item)
{
	return item == PLEDGE_ITEM_KEY ? &d->ldevid_key : &d->next_key;
}

static enum brski_rc
port_save(void *arg, enum pledge_item item, struct brski_slice bytes, struct brski_err *err)
{
	struct world_device *d = arg;

	if (dies(d))
		return brski_broken(err, BRSKI_E_IO, "power cut");
	d->has[item] = brski_slice_present(bytes);
	if (item == PLEDGE_ITEM_KEY || item == PLEDGE_ITEM_NEXT_KEY)
		brski_key_clear(held_key(d, item));
	return brski_buf_set(&d->items[item], bytes, err);
}

static enum brski_rc
port_key(void *arg, enum pledge_item which, enum brski_key_type fresh, const struct brski_key **out,
    struct brski_err *err)
{
	struct world_device *d = arg;
	struct brski_key *key = held_key(d, which);
	enum brski_rc rc;

	*out = key;
	if (fresh == BRSKI_KEY_NONE && !d->dead)
		return key->ops != NULL ? BRSKI_OK : BRSKI_E_NOT_FOUND;
	if (dies(d))
		return brski_broken(err, BRSKI_E_IO, "power cut");
	brski_key_clear(key);
	rc = brski_key_generate(fresh, key, err);
	d->has[which] = rc == BRSKI_OK;
	return rc;
}

static enum brski_rc
port_adopt_key(void *arg, struct brski_err *err)
{
	struct world_device *d = arg;

	if (dies(d))
		return brski_broken(err, BRSKI_E_IO, "power cut");
	if (d->next_key.ops == NULL)
		return BRSKI_E_NOT_FOUND;
	brski_key_clear(&d->ldevid_key);
	d->ldevid_key = d->next_key;
	d->next_key = (struct brski_key){ 0 };
	d->has[PLEDGE_ITEM_NEXT_KEY] = false;
	return BRSKI_OK;
}

struct world_device *
world_device(struct world *w, const char *serial, bool known)
{
	struct world_device *d = &w->devices[w->devices_n++];
	struct brski_err err = { 0 };

	assert_true(w->devices_n <= WORLD_DEVICES);
	d->w = w;
	(void)snprintf(d->serial, sizeof(d->serial), "%s", serial);
	tu_idevid(&d->id, &w->mfr, serial, TU_MASA_URL);
	tu_add(&d->anchors, &w->mfr);
	/* a voucher that comes without certificates is signed by an anchor itself, cBRSKI 9.2 */
	if (w->over != &world_https)
		tu_add(&d->anchors, &w->masa_signer);
	if (known)
		assert_ok(masa_ledger_add(w->masa.store, tu_cert(&d->id), BRSKI_SERIAL_FROM_SUBJECT,
		              MASA_POLICY_FIRST, (struct brski_slice){ 0 }, w->now, &err),
		    &err);
	d->fixed = (struct pledge_fixed){ &w->over->candidate, 1 };
	d->source = pledge_source_fixed(&d->fixed);
	d->port = (struct pledge_port){ .arg = d,
		.now = port_now,
		.ticks_ms = port_ticks,
		.random = port_random,
		.sources = &d->source,
		.sources_n = 1,
		.connect = link_connect,
		.request = link_request,
		.close = link_close,
		.load = port_load,
		.save = port_save,
		.ldevid_key = port_key,
		.adopt_key = port_adopt_key };
	d->conf = (struct pledge_conf){ .idevid = &d->id.chain,
		.idevid_key = &d->id.key,
		.anchors = &d->anchors };
	if (w->over->format != NULL)
		d->conf.format = brski_format_find(brski_slice_str(w->over->format));
	return d;
}

void
world_power_on(struct world_device *d)
{
	struct brski_err err = { 0 };

	d->dead = false;
	d->saves = 0;
	assert_ok(pledge_init(&d->p, &d->port, &d->conf, &err), &err);
	d->running = true;
}

void
world_power_off(struct world_device *d)
{
	if (d->running)
		pledge_clear(&d->p);
	d->running = false;
	d->connected = false;
}

/* One step, and the time it wants to pass; a device whose power failed comes back. */
static void
step(struct world_device *d, int64_t until)
{
	struct brski_err err = { 0 };
	uint32_t wait_ms = 0;

	if (pledge_step(&d->p, &wait_ms, &err) != BRSKI_OK && d->dead) {
		d->die_at_save = 0;
		world_power_off(d);
		world_power_on(d);
	} else if (d->w->now_ms + wait_ms <= until)
		world_wait(d->w, wait_ms);
	else
		world_wait(d->w, until - d->w->now_ms);
}

bool
world_run(struct world_device *d, int64_t limit_s)
{
	int64_t until = d->w->now_ms + limit_s * 1000;

	if (!d->running)
		world_power_on(d);
	while (pledge_state(&d->p) != PLEDGE_ENROLLED && d->w->now_ms < until)
		step(d, INT64_MAX);
	return pledge_state(&d->p) == PLEDGE_ENROLLED;
}

void
world_live(struct world_device *d, int64_t seconds)
{
	int64_t until = d->w->now_ms + seconds * 1000;

	while (d->w->now_ms < until)
		step(d, until);
}

/* --- the world ------------------------------------------------------------------------------- */

static void
note_line(void *arg, enum brski_level level, const char *line)
{
	struct world *w = arg;

	if (level <= BRSKI_LOG_WARN)
		(void)snprintf(w->last_refusal, sizeof(w->last_refusal), "%s", line);
	if (getenv("FLOW_LOG") != NULL)
		(void)fprintf(stderr, "%lld %s\n", (long long)w->now_ms, line);
}

static const char *
path_in(const struct world *w, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	return path;
}

static void
write_pem(const struct world *w, const char *name, const struct tu_id *id)
{
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };

	tu_pem(id, false, &pem);
	assert_ok(brski_file_write(path_in(w, name), brski_buf_slice(&pem), 0600, &err), &err);
	brski_buf_clear(&pem);
}

static void
copy_key(const struct brski_key *from, struct brski_key *to)
{
	struct brski_buf pem = { 0 };
	struct brski_err err = { 0 };

	assert_ok(brski_key_encode_pem(from, &pem, &err), &err);
	assert_ok(brski_key_decode(brski_buf_slice(&pem), to, &err), &err);
	brski_buf_wipe(&pem);
}

static struct registrar_keeper *
make_keeper(struct world *w)
{
	struct brski_key key = { 0 }, ca_key = { 0 };
	struct registrar_keeper_parts parts = { &key, &w->registrar_id.chain, &ca_key,
		&w->domain.chain, NULL };
	struct registrar_keeper *k;
	struct brski_err err = { 0 };

	copy_key(&w->registrar_id.key, &key);
	copy_key(&w->domain.key, &ca_key);
	assert_ok(registrar_keeper_new(&parts, &k, &err), &err);
	return k;
}

static void
registrar_up(struct world *w)
{
	struct brski_migrations m = { registrar_migrations, registrar_migrations_n };
	struct registrar_parts parts = { .masa = { ask_masa, w },
		.timers = { later, never, w },
		.clock = brski_clock_fixed(&w->now),
		.log = &w->log };
	struct registrar_conf conf;
	struct brski_err err = { 0 };

	assert_ok(brski_store_open(path_in(w, "registrar.db"), "brski-registrar", &m,
	              &w->registrar_store, &err),
	    &err);
	assert_ok(brski_conf_parse("registrar.conf", w->conf_text, &registrar_conf_schema, &conf,
	              &err),
	    &err);
	assert_ok(registrar_site_new(&conf, make_keeper(w), &parts.site, &err), &err);
	parts.store = w->registrar_store;
	assert_ok(registrar_new(&parts, &w->registrar, &err), &err);
}

/* As the real link does when its process goes: calls under way end without an answer. */
static void
drop_masa_trips(struct world *w)
{
	for (size_t i = 0; i < WORLD_EVENTS; i++)
		if (w->events[i].id != 0 && w->events[i].fn == masa_answers) {
			struct masa_trip *m = w->events[i].arg;

			brski_peer_clear(&m->t.peer);
			brski_buf_clear(&m->body);
			free(m);
			w->events[i].id = 0;
		}
}

static void
registrar_down(struct world *w)
{
	drop_masa_trips(w);
	registrar_free(w->registrar);
	w->registrar = NULL;
	brski_store_close(w->registrar_store);
	w->registrar_store = NULL;
}

void
world_registrar_restart(struct world *w)
{
	registrar_down(w);
	registrar_up(w);
}

static void
masa_up(struct world *w)
{
	struct brski_err err = { 0 };

	assert_ok(masa_ledger_open(path_in(w, "masa.db"), &w->masa.store, &err), &err);
}

void
world_masa_restart(struct world *w)
{
	brski_store_close(w->masa.store);
	masa_up(w);
}

static void
make_masa(struct world *w)
{
	struct brski_err err = { 0 };

	masa_up(w);
	copy_key(&w->masa_signer.key, &w->masa.keeper.signer_key);
	assert_ok(brski_certs_copy(&w->masa.keeper.signer_chain, &w->masa_signer.chain, &err),
	    &err);
	tu_add(&w->masa.manufacturer_anchors, &w->mfr);
	w->masa.rules = (struct masa_rules){ .voucher_life_s = TU_DAY,
		.request_life_s = TU_DAY,
		.log_events = 64 };
	w->masa.clock = brski_clock_fixed(&w->now);
	w->masa.log = &w->log;
}

void
world_init(struct world *w, const struct world_over *over, const char *extra, const char *maker)
{
	static const char text[] = "%s\nmanufacturer acme {\n anchors = { \"%s/mfr.pem\" }\n "
	                           "masa-anchors = { \"%s/mfr.pem\" }\n"
	                           " %s\n}\n";
	size_t n;

	memset(w, 0, sizeof(*w));
	w->over = over;
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/quayside-flow-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->now = TU_NOW;
	w->log = (struct brski_log){ BRSKI_LOG_DEBUG, BRSKI_LOG_LOGFMT, note_line, w };
	tu_ca(&w->mfr, "Acme root");
	tu_masa(&w->masa_signer, &w->mfr);
	tu_ca(&w->domain, "Plant root");
	tu_registrar(&w->registrar_id, &w->domain);
	write_pem(w, "mfr.pem", &w->mfr);
	n = sizeof(text) + strlen(extra) + strlen(maker) + 2 * sizeof(w->dir);
	w->conf_text = malloc(n);
	assert_non_null(w->conf_text);
	(void)snprintf(w->conf_text, n, text, extra, w->dir, w->dir, maker);
	make_masa(w);
	registrar_up(w);
}

static void
device_clear(struct world_device *d)
{
	world_power_off(d);
	tu_id_clear(&d->id);
	brski_certs_clear(&d->anchors);
	brski_key_clear(&d->ldevid_key);
	brski_key_clear(&d->next_key);
	for (size_t i = 0; i < PLEDGE_ITEMS; i++)
		brski_buf_clear(&d->items[i]);
}

void
world_clear(struct world *w)
{
	static const char *const files[] = { "registrar.db", "registrar.db-wal", "registrar.db-shm",
		"masa.db", "masa.db-wal", "masa.db-shm", "mfr.pem" };

	for (size_t i = 0; i < w->devices_n; i++)
		device_clear(&w->devices[i]);
	if (w->registrar != NULL)
		registrar_down(w);
	brski_store_close(w->masa.store);
	masa_keeper_clear(&w->masa.keeper);
	brski_certs_clear(&w->masa.manufacturer_anchors);
	tu_id_clear(&w->mfr);
	tu_id_clear(&w->masa_signer);
	tu_id_clear(&w->domain);
	tu_id_clear(&w->registrar_id);
	brski_buf_clear(&w->last_pvr);
	free(w->conf_text);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlink(path_in(w, files[i]));
	assert_int_equal(rmdir(w->dir), 0);
}

int64_t
world_count(struct brski_store *s, const char *sql)
{
	struct brski_query q;
	struct brski_err err = { 0 };
	int64_t n;
	bool row;

	assert_ok(brski_query_start(s, &q, &err, sql, ""), &err);
	assert_ok(brski_query_next(&q, &row, &err), &err);
	assert_true(row);
	n = brski_query_int(&q, 0);
	brski_query_end(&q);
	return n;
}
