/* SPDX-License-Identifier: Apache-2.0 */
/* brski-masa: arguments, configuration, the loop; nothing else. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf/daemon.h"
#include "masa/factory.h"
#include "masa/load.h"
#include "net/http_server.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/*
 * What one reading of the configuration made. TLS contexts of open connections borrow the key, so a
 * generation stays until the end of the program.
 */
struct generation {
	struct generation *older;
	struct masa_conf conf;
	struct masa masa;
	struct masa_chains chains;
	struct brski_tls *tls;
};

struct daemon {
	struct brski_daemon *base;
	struct generation *current;
	struct masa masa; /* what handlers see: the current generation's */
	struct brski_store *store;
	struct brski_loop *loop;
	struct brski_http_server *server;
};

static void
generation_free(struct generation *g)
{
	if (g == NULL)
		return;
	generation_free(g->older);
	brski_tls_unref(g->tls);
	masa_unload(&g->masa);
	brski_conf_clear(&masa_conf_schema, &g->conf);
	free(g);
}

static enum brski_rc
make_tls(struct generation *g, struct brski_err *err)
{
	const struct brski_tls_conf conf = {
		.server = true,
		.key = &g->masa.keeper.tls_key,
		.chain = &g->masa.keeper.tls_chain,
		.ask_client = true,
	};

	return brski_tls_new(&conf, &g->tls, err);
}

/* Read all that the configuration names; on success it becomes the current generation. */
static enum brski_rc
load(void *app, struct brski_err *err)
{
	struct daemon *d = app;
	struct generation *g;
	enum brski_rc rc;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "out of memory");
	g->masa.clock = brski_clock_system();
	g->masa.log = &d->base->log;
	if ((rc = brski_conf_load(d->base->conf_path, &masa_conf_schema, &g->conf, err)) !=
	        BRSKI_OK ||
	    (rc = masa_load(&g->conf, &g->masa, err)) != BRSKI_OK ||
	    (rc = make_tls(g, err)) != BRSKI_OK) {
		generation_free(g);
		return rc;
	}
	g->older = d->current;
	d->current = g;
	d->masa = g->masa;
	d->masa.store = d->store;
	d->masa.chains = &g->chains;
	brski_daemon_set_log(d->base, g->conf.log_level, g->conf.log_format);
	return BRSKI_OK;
}

/* SIGHUP: connections go on; a configuration that is no good changes nothing. */
static void
reload(void *arg)
{
	struct daemon *d = arg;
	const struct brski_log *log = &d->base->log;
	const struct masa_conf *old = &d->current->conf;
	struct brski_err err = { 0 };

	if (load(d, &err) != BRSKI_OK) {
		brski_log_err(log, "reload", &err);
		return;
	}
	brski_http_server_set_tls(d->server, d->current->tls);
	if (strcmp(old->listen, d->current->conf.listen) != 0 ||
	    strcmp(old->database, d->current->conf.database) != 0 ||
	    old->connections != d->current->conf.connections)
		brski_log_warn(log, "reload",
		    "listen, database and connections take effect at the next start");
	brski_log_info(log, "reload", "%s", d->base->conf_path);
}

static enum brski_rc
start(void *app, struct brski_err *err)
{
	struct daemon *d = app;
	struct brski_http_server_conf conf = { 0 };
	enum brski_rc rc;

	if ((rc = masa_ledger_open(d->current->conf.database, &d->store, err)) != BRSKI_OK ||
	    (rc = brski_loop_new(&d->loop, err)) != BRSKI_OK ||
	    (rc = brski_loop_signals(d->loop, reload, d, err)) != BRSKI_OK)
		return rc;
	d->masa.store = d->store;
	conf.listen = d->current->conf.listen;
	conf.tls = d->current->tls;
	conf.routes = masa_routes;
	conf.routes_n = masa_routes_n;
	conf.app = &d->masa;
	conf.limits.connections = (unsigned)d->current->conf.connections;
	conf.log = &d->base->log;
	snprintf(d->base->serves, sizeof(d->base->serves), "%s", conf.listen);
	return brski_http_server_new(d->loop, &conf, &d->server, err);
}

static void
run(void *app)
{
	struct daemon *d = app;

	brski_loop_run(d->loop);
}

static void
stop(void *app)
{
	struct daemon *d = app;

	brski_http_server_free(d->server);
	brski_loop_free(d->loop);
	brski_store_close(d->store);
	generation_free(d->current);
}

static int
factory(int argc, char **argv)
{
	return masa_factory(argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct daemon d = { 0 };
	struct brski_daemon base = {
		.name = "brski-masa",
		.version = PACKAGE_VERSION,
		.conf_path = MASA_CONF_DEFAULT,
		.schema = &masa_conf_schema,
		.command = "factory",
		.operands = "COMMAND ...",
		.run_command = factory,
		.load = load,
		.start = start,
		.run = run,
		.stop = stop,
		.app = &d,
	};

	d.base = &base;
	return brski_daemon_main(&base, argc, argv);
}
