/* SPDX-License-Identifier: Apache-2.0 */
/* brski-registrar: arguments, configuration, the loop; nothing else. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf/daemon.h"
#include "net/coap_server.h"
#include "net/http_server.h"
#include "net/tally.h"
#include "registrar/announce.h"
#include "registrar/discovery.h"
#include "registrar/init.h"
#include "registrar/masa_link.h"
#include "registrar/registrar.h"
#include "registrar/va.h"
#include "registrar/web_link.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif
#ifndef QUAYSIDE_SYSCONFDIR
#define QUAYSIDE_SYSCONFDIR "/etc/quayside"
#endif
#define REGISTRAR_CONF_DEFAULT QUAYSIDE_SYSCONFDIR "/registrar.conf"

/* Of TLS and, where constrained devices are served, of DTLS. */
struct contexts {
	struct brski_tls *stream, *datagram;
};

struct daemon {
	struct brski_daemon *base;
	struct registrar_site *site; /* until the registrar takes it over */
	struct registrar *registrar;
	struct registrar_masa_link *link;
	struct registrar_web_link *web;
	struct brski_store *store;
	struct brski_loop *loop;
	struct contexts tls;
	struct brski_http_server *server, *admin;
	struct brski_http_server *va;                    /* NULL: not asked for */
	struct brski_coap_server *constrained, *proxied; /* NULL: not asked for */
	struct brski_mdns *mdns;                         /* NULL: not announced */
	struct registrar_discovery *discovery;           /* the same by CoAP */
	struct brski_tally *tally;
	uint64_t mdns_dropped, discovery_dropped; /* by those before these */
};

static void *
timer_start(void *arg, uint32_t ms, void (*fn)(void *fn_arg), void *fn_arg)
{
	return brski_timer_start(arg, ms, fn, fn_arg);
}

static void
timer_cancel(void *arg, void *timer)
{
	(void)arg;
	brski_timer_cancel(timer);
}

static void
drop_tls(struct contexts *t)
{
	brski_tls_unref(t->stream);
	brski_tls_unref(t->datagram);
	*t = (struct contexts){ NULL, NULL };
}

static enum brski_rc
make_tls(const struct registrar_site *site, struct registrar *r, struct contexts *out,
    struct brski_err *err)
{
	struct brski_tls_conf conf = { .server = true,
		.staple = { registrar_va_staple, r },
		.key = registrar_keeper_tls_key(site->keeper),
		.chain = registrar_keeper_chain(site->keeper),
		.ask_client = true };
	struct contexts made = { NULL, NULL };
	enum brski_rc rc;

	rc = brski_tls_new(&conf, &made.stream, err);
	conf.datagram = true;
	conf.dtls13_only = site->conf.dtls_min == REGISTRAR_DTLS_13;
	if (rc == BRSKI_OK && (site->conf.listen_coaps != NULL || site->conf.listen_jpy != NULL))
		rc = brski_tls_new(&conf, &made.datagram, err);
	if (rc != BRSKI_OK)
		drop_tls(&made);
	*out = made;
	return rc;
}

/* Two texts that may be absent. */
static bool
differ(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0;
}

/* What a reload cannot change is said, not done. */
static void
warn_of_the_rest(struct daemon *d, const struct registrar_conf *old, const struct registrar_conf *c)
{
	if (differ(old->listen, c->listen) || differ(old->listen_coaps, c->listen_coaps) ||
	    differ(old->listen_jpy, c->listen_jpy) || differ(old->listen_va, c->listen_va) ||
	    differ(old->database, c->database) || differ(old->admin, c->admin) ||
	    old->connections != c->connections || old->va_connections != c->va_connections ||
	    old->request_timeout_s != c->request_timeout_s)
		brski_log_warn(&d->base->log, "reload",
		    "listen, listen-coaps, listen-jpy, listen-va, admin-socket, database, "
		    "connections, va-connections, request-timeout: next start");
}

static void
renew_datagram(struct brski_coap_server *s, const struct contexts *tls)
{
	if (s != NULL && tls->datagram != NULL)
		brski_coap_server_set_tls(s, tls->datagram);
}

static unsigned
port_of(const struct brski_coap_server *s)
{
	return s != NULL ? brski_coap_server_port(s) : 0;
}

/* Who told where we are; what they dropped stays on the tally. */
static void
be_quiet(struct daemon *d)
{
	if (d->mdns != NULL)
		d->mdns_dropped += brski_mdns_dropped(d->mdns);
	if (d->discovery != NULL)
		d->discovery_dropped += registrar_discovery_dropped(d->discovery);
	brski_mdns_free(d->mdns);
	registrar_discovery_free(d->discovery);
	d->mdns = NULL;
	d->discovery = NULL;
}

static void
answer_discovery(struct daemon *d)
{
	struct brski_err err = { 0 };

	if (registrar_discovery_new(d->loop, &d->registrar->site->conf, port_of(d->constrained),
	        port_of(d->proxied), &d->base->log, &d->discovery, &err) != BRSKI_OK)
		brski_log_err(&d->base->log, "discovery", &err);
}

/* Not to be found is no reason not to serve. */
static void
announce(struct daemon *d)
{
	const struct registrar_announce_conf conf = { .site = d->registrar->site,
		.https_port = brski_http_server_port(d->server),
		.coaps_port = port_of(d->constrained),
		.log = &d->base->log };
	struct brski_err err = { 0 };

	be_quiet(d);
	if (registrar_announce(d->loop, &conf, &d->mdns, &err) != BRSKI_OK)
		brski_log_err(&d->base->log, "mdns", &err);
	answer_discovery(d);
}

static size_t
read_counters(void *arg, struct brski_count out[BRSKI_TALLY_MAX])
{
	const struct daemon *d = arg;
	const struct brski_coap_counts c = brski_coap_server_counts(d->constrained),
	                               p = brski_coap_server_counts(d->proxied);
	const struct brski_count all[] = {
		{ "coaps-stray", c.dtls.stray },
		{ "coaps-refused", c.dtls.refused },
		{ "coaps-dropped", c.messages },
		{ "jpy-foreign", p.dtls.foreign },
		{ "jpy-stray", p.dtls.stray },
		{ "jpy-refused", p.dtls.refused },
		{ "jpy-dropped", p.messages },
		{ "discovery-dropped",
		    d->discovery_dropped +
		        (d->discovery != NULL ? registrar_discovery_dropped(d->discovery) : 0) },
		{ "mdns-dropped",
		    d->mdns_dropped + (d->mdns != NULL ? brski_mdns_dropped(d->mdns) : 0) },
	};

	memcpy(out, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

/* Connections go on; a configuration that is no good changes nothing. */
static enum brski_rc
load_anew(void *arg, struct brski_err *err)
{
	struct daemon *d = arg;
	struct registrar_site *site = NULL;
	struct contexts tls = { NULL, NULL };
	enum brski_rc rc;
	bool other_name;

	if ((rc = registrar_site_load(d->base->conf_path, &site, err)) != BRSKI_OK ||
	    (rc = make_tls(site, d->registrar, &tls, err)) != BRSKI_OK) {
		registrar_site_free(site);
		return rc;
	}
	warn_of_the_rest(d, &d->registrar->site->conf, &site->conf);
	brski_daemon_set_log(d->base, site->conf.log_level, site->conf.log_format);
	other_name = registrar_announce_differs(d->registrar->site, site);
	registrar_reload(d->registrar, site);
	registrar_masa_link_set_site(d->link, site);
	brski_http_server_set_tls(d->server, tls.stream);
	renew_datagram(d->constrained, &tls);
	renew_datagram(d->proxied, &tls);
	drop_tls(&d->tls);
	d->tls = tls;
	if (other_name)
		announce(d);
	brski_log_info(&d->base->log, "reload", "%s", d->base->conf_path);
	return BRSKI_OK;
}

/* SIGHUP */
static void
reload(void *arg)
{
	struct daemon *d = arg;
	struct brski_err err = { 0 };

	if (load_anew(d, &err) != BRSKI_OK)
		brski_log_err(&d->base->log, "reload", &err);
}

static enum brski_rc
serve_pledges(struct daemon *d, struct brski_err *err)
{
	const struct registrar_conf *c = &d->registrar->site->conf;
	struct brski_http_server_conf conf = { .listen = c->listen,
		.routes = registrar_routes,
		.routes_n = registrar_routes_n,
		.app = d->registrar,
		.limits = { .connections = (unsigned)c->connections,
		    .request_ms = (unsigned)c->request_timeout_s * 1000 },
		.log = &d->base->log,
		.turned_away = registrar_turned_away };

	conf.tls = d->tls.stream;
	return brski_http_server_new(d->loop, &conf, &d->server, err);
}

/* Revocation lists and OCSP, to whoever asks: what they get is signed. */
static enum brski_rc
serve_anyone(struct daemon *d, struct brski_err *err)
{
	const struct registrar_conf *c = &d->registrar->site->conf;
	struct brski_http_server_conf conf = { .listen = c->listen_va,
		.routes = registrar_va_routes,
		.routes_n = registrar_va_routes_n,
		.app = d->registrar,
		.limits = { .connections = (unsigned)c->va_connections,
		    .connections_per_address = (unsigned)c->va_connections / 8,
		    .request_ms = (unsigned)c->request_timeout_s * 1000 },
		.log = &d->base->log };

	if (c->listen_va == NULL)
		return BRSKI_OK;
	return brski_http_server_new(d->loop, &conf, &d->va, err);
}

/* The same operations at other names; listen NULL: not asked for. */
static enum brski_rc
serve_datagrams(struct daemon *d, const char *listen, bool jpy, struct brski_coap_server **out,
    struct brski_err *err)
{
	const struct registrar_conf *c = &d->registrar->site->conf;
	struct brski_coap_server_conf conf = { .listen = listen,
		.tls = d->tls.datagram,
		.jpy = jpy,
		.routes = registrar_routes,
		.routes_n = registrar_routes_n,
		.app = d->registrar,
		.dtls = { .sessions = (unsigned)c->connections },
		.log = &d->base->log,
		.turned_away = registrar_turned_away };

	if (listen == NULL)
		return BRSKI_OK;
	return brski_coap_server_new(d->loop, &conf, out, err);
}

static enum brski_rc
serve_constrained(struct daemon *d, struct brski_err *err)
{
	const struct registrar_conf *c = &d->registrar->site->conf;
	enum brski_rc rc;

	if ((rc = serve_datagrams(d, c->listen_coaps, false, &d->constrained, err)) != BRSKI_OK)
		return rc;
	return serve_datagrams(d, c->listen_jpy, true, &d->proxied, err);
}

static enum brski_rc
serve_operators(struct daemon *d, struct brski_err *err)
{
	const struct registrar_conf *c = &d->registrar->site->conf;
	char listen[256];
	struct brski_http_server_conf conf = { .listen = listen,
		.routes = registrar_admin_routes,
		.routes_n = registrar_admin_routes_n,
		.app = d->registrar,
		.log = &d->base->log };

	if (c->admin == NULL)
		return BRSKI_OK;
	snprintf(listen, sizeof(listen), "unix:%s", c->admin);
	return brski_http_server_new(d->loop, &conf, &d->admin, err);
}

static enum brski_rc
load(void *app, struct brski_err *err)
{
	struct daemon *d = app;
	enum brski_rc rc;

	if ((rc = registrar_site_load(d->base->conf_path, &d->site, err)) == BRSKI_OK)
		brski_daemon_set_log(d->base, d->site->conf.log_level, d->site->conf.log_format);
	return rc;
}

static void
name_listeners(struct daemon *d)
{
	const struct registrar_conf *c = &d->registrar->site->conf;

	const struct {
		const char *name, *at;
	} more[] = { { "coaps", c->listen_coaps }, { "jpy", c->listen_jpy },
		{ "va", c->listen_va } };
	struct brski_buf text = brski_buf_fixed(d->base->serves, sizeof(d->base->serves) - 1);
	size_t i;

	/* cut short, the line is not wrong */
	(void)brski_buf_append_str(&text, c->listen, NULL);
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (more[i].at != NULL)
			(void)brski_buf_printf(&text, NULL, ", %s %s", more[i].name, more[i].at);
	d->base->serves[text.n] = '\0';
}

static enum brski_rc
start(void *app, struct brski_err *err)
{
	struct daemon *d = app;
	struct registrar_parts parts = { .site = d->site,
		.timers = { timer_start, timer_cancel, NULL },
		.clock = brski_clock_system(),
		.log = &d->base->log,
		.together = true,
		.load_anew = { load_anew, d } };
	const struct brski_tally_conf tally = { .read = read_counters,
		.arg = d,
		.log = &d->base->log };
	enum brski_rc rc;

	if ((rc = registrar_store_open(d->site->conf.database, &d->store, err)) != BRSKI_OK ||
	    (rc = brski_loop_new(&d->loop, err)) != BRSKI_OK ||
	    (rc = brski_loop_signals(d->loop, reload, d, err)) != BRSKI_OK ||
	    (rc = registrar_masa_link_new(d->loop, &d->base->log, &d->link, err)) != BRSKI_OK ||
	    (rc = registrar_web_link_new(d->loop, &d->base->log, &d->web, err)) != BRSKI_OK)
		return rc;
	parts.store = d->store;
	parts.masa = registrar_masa_link_ops(d->link);
	parts.web = registrar_web_link_ops(d->web);
	parts.timers.arg = d->loop;
	registrar_masa_link_set_site(d->link, d->site);
	d->site = NULL;
	if ((rc = registrar_new(&parts, &d->registrar, err)) != BRSKI_OK ||
	    (rc = make_tls(d->registrar->site, d->registrar, &d->tls, err)) != BRSKI_OK ||
	    (rc = serve_pledges(d, err)) != BRSKI_OK ||
	    (rc = serve_constrained(d, err)) != BRSKI_OK ||
	    (rc = serve_anyone(d, err)) != BRSKI_OK ||
	    (rc = brski_tally_new(d->loop, &tally, &d->tally, err)) != BRSKI_OK)
		return rc;
	name_listeners(d);
	announce(d);
	return serve_operators(d, err);
}

/* Whoever waits is answered first; then nobody can ask any more; keys go last. */
static void
stop(void *app)
{
	struct daemon *d = app;

	if (d->registrar != NULL)
		registrar_stop(d->registrar);
	brski_tally_free(d->tally);
	be_quiet(d);
	brski_http_server_free(d->admin);
	brski_http_server_free(d->va);
	brski_http_server_free(d->server);
	brski_coap_server_free(d->constrained);
	brski_coap_server_free(d->proxied);
	registrar_masa_link_free(d->link);
	registrar_web_link_free(d->web);
	drop_tls(&d->tls);
	registrar_free(d->registrar);
	registrar_site_free(d->site);
	brski_loop_free(d->loop);
	brski_store_close(d->store);
}

static void
run(void *app)
{
	struct daemon *d = app;

	brski_loop_run(d->loop);
}

int
main(int argc, char **argv)
{
	struct daemon d = { 0 };
	struct brski_daemon base = { .name = "brski-registrar",
		.version = PACKAGE_VERSION,
		.conf_path = REGISTRAR_CONF_DEFAULT,
		.schema = &registrar_conf_schema,
		.command = "init",
		.operands = "DIR ...",
		.run_command = registrar_init_main,
		.load = load,
		.start = start,
		.run = run,
		.stop = stop,
		.app = &d };

	d.base = &base;
	return brski_daemon_main(&base, argc, argv);
}
