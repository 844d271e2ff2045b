/* SPDX-License-Identifier: Apache-2.0 */
/* brski-masa: arguments, configuration, the loop; nothing else. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "masa/factory.h"
#include "masa/load.h"
#include "net/http_server.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE
};

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
	const char *conf_path;
	bool verbose;
	struct generation *current;
	struct masa masa; /* what handlers see: the current generation's */
	struct brski_store *store;
	struct brski_loop *loop;
	struct brski_http_server *server;
	struct brski_log log;
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
load(struct daemon *d, struct brski_err *err)
{
	struct generation *g;
	enum brski_rc rc;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "out of memory");
	g->masa.clock = brski_clock_system();
	g->masa.log = &d->log;
	if ((rc = brski_conf_load(d->conf_path, &masa_conf_schema, &g->conf, err)) != BRSKI_OK ||
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
	d->log.format = (enum brski_log_format)g->conf.log_format;
	d->log.level = d->verbose ? BRSKI_LOG_DEBUG : (enum brski_level)g->conf.log_level;
	return BRSKI_OK;
}

/* SIGHUP: connections go on; a configuration that is no good changes nothing. */
static void
reload(void *arg)
{
	struct daemon *d = arg;
	const struct masa_conf *old = &d->current->conf;
	struct brski_err err = { 0 };

	if (load(d, &err) != BRSKI_OK) {
		brski_log_err(&d->log, "reload", &err);
		return;
	}
	brski_http_server_set_tls(d->server, d->current->tls);
	if (strcmp(old->listen, d->current->conf.listen) != 0 ||
	    strcmp(old->database, d->current->conf.database) != 0 ||
	    old->connections != d->current->conf.connections)
		brski_log_warn(&d->log, "reload",
		    "listen, database and connections take effect at the next start");
	brski_log_info(&d->log, "reload", "%s", d->conf_path);
}

static enum brski_rc
start(struct daemon *d, struct brski_err *err)
{
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
	conf.log = &d->log;
	return brski_http_server_new(d->loop, &conf, &d->server, err);
}

static void
stop(struct daemon *d)
{
	brski_http_server_free(d->server);
	brski_loop_free(d->loop);
	brski_store_close(d->store);
	generation_free(d->current);
}

static int
serve(struct daemon *d, bool check)
{
	struct brski_err err = { 0 };
	enum brski_rc rc;

	d->log = brski_log_stderr(BRSKI_LOG_INFO, BRSKI_LOG_LOGFMT);
	if ((rc = load(d, &err)) == BRSKI_OK && check)
		fprintf(stderr, "%s: configuration OK\n", d->conf_path);
	else if (rc == BRSKI_OK && (rc = start(d, &err)) == BRSKI_OK) {
		brski_log_info(&d->log, "start", "brski-masa %s serves %s", PACKAGE_VERSION,
		    d->current->conf.listen);
		brski_loop_run(d->loop);
		brski_log_info(&d->log, "stop", "brski-masa ends");
	}
	if (rc != BRSKI_OK)
		brski_log_err(&d->log, "start", &err);
	stop(d);
	return rc == BRSKI_OK ? EXIT_OK : EXIT_FAILED;
}

static int
describe(void)
{
	struct brski_buf text = { 0 };
	struct brski_err err = { 0 };
	enum brski_rc rc;

	if ((rc = brski_conf_describe(&masa_conf_schema, &text, &err)) == BRSKI_OK)
		fwrite(text.p, 1, text.n, stdout);
	else
		fprintf(stderr, "brski-masa: %s\n", err.detail);
	brski_buf_clear(&text);
	return rc == BRSKI_OK && fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static void
usage(FILE *to)
{
	fprintf(to,
	    "usage: brski-masa [-dnvV] [-f FILE]\n"
	    "       brski-masa --describe-conf | --help | --version\n"
	    "       brski-masa factory COMMAND ...\n");
}

int
main(int argc, char **argv)
{
	struct daemon d = { .conf_path = MASA_CONF_DEFAULT };
	static const struct option options[] = {
		{ "describe-conf", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	bool check = false;
	int c;

	if (argc > 1 && strcmp(argv[1], "factory") == 0)
		return masa_factory(argc - 2, argv + 2);
	while ((c = getopt_long(argc, argv, "df:hnvV", options, NULL)) != -1)
		switch (c) {
		case 'c':
			return describe();
		case 'd':
			break; /* in the foreground: always */
		case 'f':
			d.conf_path = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		case 'n':
			check = true;
			break;
		case 'v':
			d.verbose = true;
			break;
		case 'V':
			printf("brski-masa %s\n", PACKAGE_VERSION);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	if (optind != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return serve(&d, check);
}
