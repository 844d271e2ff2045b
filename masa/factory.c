/* SPDX-License-Identifier: Apache-2.0 */
/* brski-masa factory: the command line. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include "masa/factory.h"

#define SAN_MAX 16

enum {
	EXIT_OK,
	EXIT_REFUSED,
	EXIT_USAGE
};

struct args {
	const char *conf, *serial, *out, *csr, *policy, *domain_cert;
	const char *name, *url, *listen;
	const char *san[SAN_MAX + 1];
	size_t san_n;
	bool json;
	const char *word; /* the operand */
};

/* What most commands work on. */
struct desk {
	struct masa_conf conf;
	struct brski_store *store;
	const struct args *args;
	char actor[32];
	int64_t at;
};

/* Which of masa_policy_names; -1: none. */
static int
policy_of(const char *name)
{
	int i;

	for (i = 0; masa_policy_names[i] != NULL; i++)
		if (strcmp(masa_policy_names[i], name) == 0)
			return i;
	return -1;
}

static int
done(enum brski_rc rc, const struct brski_err *err)
{
	if (rc == BRSKI_OK)
		return EXIT_OK;
	fprintf(stderr, "brski-masa: %s%s%s\n", err->spec != NULL ? err->spec : "",
	    err->spec != NULL ? ": " : "", err->detail);
	return EXIT_REFUSED;
}

static enum brski_rc
run_init(struct desk *d, struct brski_err *err)
{
	static const char *const loopback[] = { "localhost", "127.0.0.1", "::1", NULL };
	const struct args *a = d->args;
	const struct masa_factory_site site = {
		.dir = a->word,
		.name = a->name != NULL ? a->name : "Example Manufacturer",
		.url = a->url != NULL ? a->url : "localhost:9443",
		.listen = a->listen != NULL ? a->listen : "[::]:9443",
		.san = a->san_n > 0 ? (const char *const *)a->san : loopback,
		.at = d->at,
	};

	return masa_factory_init(&site, err);
}

static enum brski_rc
run_device(struct desk *d, struct brski_err *err)
{
	struct masa_factory_device device = {
		.serial = d->args->serial,
		.csr = d->args->csr,
		.dir = d->args->out,
		.policy = (enum masa_policy)d->conf.policy,
		.actor = brski_slice_str(d->actor),
		.at = d->at,
	};

	if (d->args->policy != NULL)
		device.policy = (enum masa_policy)policy_of(d->args->policy);
	return masa_factory_device(&d->conf, d->store, &device, err);
}

/* SHA-256 of the SPKI of the first certificate in the file. */
static enum brski_rc
domain_key(const char *path, uint8_t out[BRSKI_SHA256_SIZE], struct brski_err *err)
{
	struct brski_certs certs = { 0 };
	enum brski_rc rc;

	if ((rc = brski_certs_load(&certs, path, err)) == BRSKI_OK)
		brski_sha256(certs.v[0].spki, out);
	brski_certs_clear(&certs);
	return rc;
}

static enum brski_rc
set_owner(struct desk *d, const struct masa_device *device, struct brski_err *err)
{
	uint8_t key[BRSKI_SHA256_SIZE];
	enum brski_rc rc;

	if ((rc = domain_key(d->args->domain_cert, key, err)) != BRSKI_OK)
		return rc;
	return masa_ledger_set_owner(d->store, device, brski_slice(key, sizeof(key)), err);
}

static enum brski_rc
release(struct desk *d, const struct masa_device *device, struct brski_err *err)
{
	return masa_ledger_set_owner(d->store, device, brski_slice(NULL, 0), err);
}

static enum brski_rc
block(struct desk *d, const struct masa_device *device, struct brski_err *err)
{
	return masa_ledger_set_blocked(d->store, device, true, err);
}

static enum brski_rc
unblock(struct desk *d, const struct masa_device *device, struct brski_err *err)
{
	return masa_ledger_set_blocked(d->store, device, false, err);
}

/* Find the device, change it, leave an audit row; all or nothing. */
static enum brski_rc
change(struct desk *d, const char *event,
    enum brski_rc (*how)(struct desk *d, const struct masa_device *device, struct brski_err *err),
    struct brski_err *err)
{
	struct masa_device device;
	struct brski_audit_row row = {
		.time = d->at,
		.actor = brski_slice_str(d->actor),
		.event = brski_slice_str(event),
		.serial = brski_slice_str(d->args->word),
		.rc = BRSKI_LIT("OK"),
	};
	enum brski_rc rc;

	if ((rc = brski_store_begin(d->store, err)) != BRSKI_OK)
		return rc;
	if ((rc = masa_ledger_find(d->store, row.serial, brski_slice(NULL, 0), &device, err)) !=
	        BRSKI_OK ||
	    (rc = how(d, &device, err)) != BRSKI_OK ||
	    (rc = brski_audit_append(d->store, &row, err)) != BRSKI_OK ||
	    (rc = brski_store_commit(d->store, err)) != BRSKI_OK)
		brski_store_rollback(d->store);
	return rc;
}

static enum brski_rc
run_owner(struct desk *d, struct brski_err *err)
{
	return change(d, "owner", set_owner, err);
}

static enum brski_rc
run_release(struct desk *d, struct brski_err *err)
{
	return change(d, "release", release, err);
}

static enum brski_rc
run_block(struct desk *d, struct brski_err *err)
{
	return change(d, "block", block, err);
}

static enum brski_rc
run_unblock(struct desk *d, struct brski_err *err)
{
	return change(d, "unblock", unblock, err);
}

static enum brski_rc
run_list(struct desk *d, struct brski_err *err)
{
	return masa_factory_list(d->store, d->args->json, stdout, err);
}

/* An argument that a command cannot do without. */
enum {
	WORD = 1,
	SERIAL = 2,
	OUT = 4,
	DOMAIN_CERT = 8
};

static const struct command {
	const char *name;
	unsigned needs;
	bool ledger; /* works on the ledger that masa.conf names */
	enum brski_rc (*run)(struct desk *d, struct brski_err *err);
	const char *usage;
} commands[] = {
	{ "init", WORD, false, run_init,
	    "init DIR [--name ORG] [--url HOST:PORT] [--san NAME]... [--listen ADDRESS:PORT]" },
	{ "device", SERIAL | OUT, true, run_device,
	    "device --serial S --out DIR [--csr FILE] [--policy first|owner]" },
	{ "owner", WORD | DOMAIN_CERT, true, run_owner, "owner SERIAL --domain-cert FILE" },
	{ "release", WORD, true, run_release, "release SERIAL" },
	{ "block", WORD, true, run_block, "block SERIAL" },
	{ "unblock", WORD, true, run_unblock, "unblock SERIAL" },
	{ "list", 0, true, run_list, "list [--json]" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int
usage(void)
{
	size_t i;

	fprintf(stderr, "usage:\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(stderr, "\tbrski-masa factory %s%s\n", commands[i].usage,
		    commands[i].ledger ? " [-f FILE]" : "");
	return EXIT_USAGE;
}

static const struct option longopts[] = {
	{ "conf", required_argument, NULL, 'f' },
	{ "serial", required_argument, NULL, 's' },
	{ "out", required_argument, NULL, 'o' },
	{ "csr", required_argument, NULL, 'c' },
	{ "policy", required_argument, NULL, 'p' },
	{ "domain-cert", required_argument, NULL, 'd' },
	{ "name", required_argument, NULL, 'n' },
	{ "url", required_argument, NULL, 'u' },
	{ "listen", required_argument, NULL, 'l' },
	{ "san", required_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

/* Where the value of an option goes. */
static const char **
slot(struct args *a, int c)
{
	switch (c) {
	case 'f':
		return &a->conf;
	case 's':
		return &a->serial;
	case 'o':
		return &a->out;
	case 'c':
		return &a->csr;
	case 'p':
		return &a->policy;
	case 'd':
		return &a->domain_cert;
	case 'n':
		return &a->name;
	case 'u':
		return &a->url;
	case 'l':
		return &a->listen;
	case 'a':
		return a->san_n < SAN_MAX ? &a->san[a->san_n++] : NULL;
	default:
		return NULL;
	}
}

static bool
parse(int argc, char **argv, struct args *a)
{
	const char **value;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "f:", longopts, NULL)) != -1) {
		if (c == 'j') {
			a->json = true;
			continue;
		}
		if ((value = slot(a, c)) == NULL)
			return false;
		*value = optarg;
	}
	if (optind < argc)
		a->word = argv[optind++];
	return optind == argc;
}

static bool
complete(const struct command *c, const struct args *a)
{
	unsigned has = (a->word != NULL ? WORD : 0u) | (a->serial != NULL ? SERIAL : 0u) |
	    (a->out != NULL ? OUT : 0u) | (a->domain_cert != NULL ? DOMAIN_CERT : 0u);

	return (c->needs & ~has) == 0 && (a->word == NULL || (c->needs & WORD) != 0) &&
	    (a->policy == NULL || policy_of(a->policy) != -1);
}

static enum brski_rc
run(const struct command *c, const struct args *a, struct brski_err *err)
{
	struct brski_clock clock = brski_clock_system();
	struct desk d = { .args = a, .at = brski_clock_now(&clock) };
	enum brski_rc rc;

	snprintf(d.actor, sizeof(d.actor), "uid:%" PRIu32, (uint32_t)getuid());
	if (!c->ledger)
		return c->run(&d, err);
	if ((rc = brski_conf_load(a->conf, &masa_conf_schema, &d.conf, err)) != BRSKI_OK)
		return rc;
	if ((rc = masa_ledger_open(d.conf.database, &d.store, err)) == BRSKI_OK)
		rc = c->run(&d, err);
	brski_store_close(d.store);
	brski_conf_clear(&masa_conf_schema, &d.conf);
	return rc;
}

int
masa_factory(int argc, char **argv)
{
	struct args a = { .conf = MASA_CONF_DEFAULT };
	struct brski_err err = { 0 };
	size_t i;

	for (i = 0; i < COMMANDS && argc > 0; i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			break;
	if (argc == 0 || i == COMMANDS || !parse(argc, argv, &a) || !complete(&commands[i], &a))
		return usage();
	return done(run(&commands[i], &a, &err), &err);
}
