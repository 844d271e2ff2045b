/* SPDX-License-Identifier: Apache-2.0 */
/* brski-registrar: arguments, configuration, the loop; nothing else. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "net/http_server.h"
#include "registrar/init.h"
#include "registrar/masa_link.h"
#include "registrar/registrar.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif
#ifndef QUAYSIDE_SYSCONFDIR
#define QUAYSIDE_SYSCONFDIR "/etc/quayside"
#endif
#define REGISTRAR_CONF_DEFAULT QUAYSIDE_SYSCONFDIR "/registrar.conf"

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE
};

struct daemon {
	const char *conf_path;
	bool verbose;
	struct registrar *registrar;
	struct registrar_masa_link *link;
	struct brski_store *store;
	struct brski_loop *loop;
	struct brski_tls *tls;
	struct brski_http_server *server, *admin;
	struct brski_log log;
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
set_log(struct daemon *d, const struct registrar_conf *c)
{
	d->log.format = (enum brski_log_format)c->log_format;
	d->log.level = d->verbose ? BRSKI_LOG_DEBUG : (enum brski_level)c->log_level;
}

static enum brski_rc
make_tls(const struct registrar_site *site, struct brski_tls **out, struct brski_err *err)
{
	const struct brski_tls_conf conf = { .server = true,
		.key = registrar_keeper_tls_key(site->keeper),
		.chain = registrar_keeper_chain(site->keeper),
		.ask_client = true };

	return brski_tls_new(&conf, out, err);
}

/* What a reload cannot change is said, not done. */
static void
warn_of_the_rest(struct daemon *d, const struct registrar_conf *old, const struct registrar_conf *c)
{
	if (strcmp(old->listen, c->listen) != 0 || strcmp(old->database, c->database) != 0 ||
	    old->connections != c->connections || old->request_timeout_s != c->request_timeout_s ||
	    strcmp(old->admin != NULL ? old->admin : "", c->admin != NULL ? c->admin : "") != 0)
		brski_log_warn(&d->log, "reload",
		    "listen, admin-socket, database, connections, request-timeout: next start");
}

/* SIGHUP: connections go on; a configuration that is no good changes nothing. */
static void
reload(void *arg)
{
	struct daemon *d = arg;
	struct registrar_site *site = NULL;
	struct brski_tls *tls = NULL;
	struct brski_err err = { 0 };

	if (registrar_site_load(d->conf_path, &site, &err) != BRSKI_OK ||
	    make_tls(site, &tls, &err) != BRSKI_OK) {
		brski_log_err(&d->log, "reload", &err);
		registrar_site_free(site);
		return;
	}
	warn_of_the_rest(d, &d->registrar->site->conf, &site->conf);
	set_log(d, &site->conf);
	registrar_reload(d->registrar, site);
	registrar_masa_link_set_site(d->link, site);
	brski_http_server_set_tls(d->server, tls);
	brski_tls_unref(d->tls);
	d->tls = tls;
	brski_log_info(&d->log, "reload", "%s", d->conf_path);
}

static enum brski_rc
serve_pledges(struct daemon *d, struct brski_err *err)
{
	const struct registrar_site *site = d->registrar->site;
	struct brski_http_server_conf conf = { .listen = site->conf.listen,
		.routes = registrar_routes,
		.routes_n = registrar_routes_n,
		.app = d->registrar,
		.limits = { .connections = (unsigned)site->conf.connections,
		    .request_ms = (unsigned)site->conf.request_timeout_s * 1000 },
		.log = &d->log,
		.unauthenticated = registrar_unauthenticated };
	enum brski_rc rc;

	if ((rc = make_tls(site, &d->tls, err)) != BRSKI_OK)
		return rc;
	conf.tls = d->tls;
	return brski_http_server_new(d->loop, &conf, &d->server, err);
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
		.log = &d->log };

	if (c->admin == NULL)
		return BRSKI_OK;
	snprintf(listen, sizeof(listen), "unix:%s", c->admin);
	return brski_http_server_new(d->loop, &conf, &d->admin, err);
}

/* site is taken over. */
static enum brski_rc
start(struct daemon *d, struct registrar_site *site, struct brski_err *err)
{
	struct registrar_parts parts = { .site = site,
		.timers = { timer_start, timer_cancel, NULL },
		.clock = brski_clock_system(),
		.log = &d->log,
		.together = true };
	enum brski_rc rc;

	if ((rc = registrar_store_open(site->conf.database, &d->store, err)) != BRSKI_OK ||
	    (rc = brski_loop_new(&d->loop, err)) != BRSKI_OK ||
	    (rc = brski_loop_signals(d->loop, reload, d, err)) != BRSKI_OK ||
	    (rc = registrar_masa_link_new(d->loop, &d->log, &d->link, err)) != BRSKI_OK) {
		registrar_site_free(site);
		return rc;
	}
	parts.store = d->store;
	parts.masa = registrar_masa_link_ops(d->link);
	parts.timers.arg = d->loop;
	registrar_masa_link_set_site(d->link, site);
	if ((rc = registrar_new(&parts, &d->registrar, err)) != BRSKI_OK ||
	    (rc = serve_pledges(d, err)) != BRSKI_OK)
		return rc;
	return serve_operators(d, err);
}

/* Whoever waits is answered first; then nobody can ask any more; keys go last. */
static void
stop(struct daemon *d)
{
	if (d->registrar != NULL)
		registrar_stop(d->registrar);
	brski_http_server_free(d->admin);
	brski_http_server_free(d->server);
	registrar_masa_link_free(d->link);
	brski_tls_unref(d->tls);
	registrar_free(d->registrar);
	brski_loop_free(d->loop);
	brski_store_close(d->store);
}

static int
serve(struct daemon *d, bool check)
{
	struct registrar_site *site = NULL;
	struct brski_err err = { 0 };
	enum brski_rc rc;

	d->log = brski_log_stderr(BRSKI_LOG_INFO, BRSKI_LOG_LOGFMT);
	rc = registrar_site_load(d->conf_path, &site, &err);
	if (rc == BRSKI_OK && check) {
		fprintf(stderr, "%s: configuration OK\n", d->conf_path);
		registrar_site_free(site);
	} else if (rc == BRSKI_OK) {
		set_log(d, &site->conf);
		if ((rc = start(d, site, &err)) == BRSKI_OK) {
			brski_log_info(&d->log, "start", "brski-registrar %s serves %s",
			    PACKAGE_VERSION, d->registrar->site->conf.listen);
			brski_loop_run(d->loop);
			brski_log_info(&d->log, "stop", "brski-registrar ends");
		}
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

	if ((rc = brski_conf_describe(&registrar_conf_schema, &text, &err)) == BRSKI_OK)
		fwrite(text.p, 1, text.n, stdout);
	else
		fprintf(stderr, "brski-registrar: %s\n", err.detail);
	brski_buf_clear(&text);
	return rc == BRSKI_OK && fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static void
usage(FILE *to)
{
	fprintf(to,
	    "usage: brski-registrar [-dnvV] [-f FILE]\n"
	    "       brski-registrar --describe-conf | --help | --version\n"
	    "       brski-registrar init DIR ...\n");
}

int
main(int argc, char **argv)
{
	struct daemon d = { .conf_path = REGISTRAR_CONF_DEFAULT };
	static const struct option options[] = {
		{ "describe-conf", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	bool check = false;
	int c;

	if (argc > 1 && strcmp(argv[1], "init") == 0)
		return registrar_init_main(argc - 1, argv + 1);
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
			printf("brski-registrar %s\n", PACKAGE_VERSION);
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
