/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brskictl: one table of subcommands (main.c), one table of options (args.c). Options stand
 * anywhere after the program's name, each subcommand says which it takes. A command prints its
 * result to standard output, as text or as one JSON value, and why it did not work to standard
 * error, in one line.
 */
#ifndef REGISTRAR_CTL_H
#define REGISTRAR_CTL_H

#include <jansson.h>
#include "base/clock.h"
#include "base/err.h"

/* Exit codes. */
enum {
	CTL_OK = 0,      /* done, accepted */
	CTL_REFUSED = 1, /* judged and refused; or the server said no */
	CTL_USAGE = 2    /* wrong usage, or the input cannot be read or parsed */
};

#define CTL_LIST_MAX 64 /* values of one repeated option; operands */

struct ctl_list {
	const char *v[CTL_LIST_MAX];
	size_t n;
};

/* Everything is borrowed from argv. Options that were not given are NULL, false or empty. */
struct ctl_args {
	const char *group; /* "voucher" */
	const char *verb;  /* "show" */
	struct ctl_list
	    operands; /* what follows; how many is checked against the subcommand's row */

	bool json;
	const char *server; /* the admin socket; CTL_SERVER_DEFAULT when not given */

	/* voucher, path */
	struct ctl_list anchors, untrusted, crls;
	const char *as, *request, *client_cert, *at;
	bool strict, signature_only, require_crl;
	bool force; /* ca rollover */

	/* device, audit, cert */
	const char *manufacturer, *state, *life, *reason;
	const char *device, *status, *serial, *fingerprint, *ski;
	const char *expires_before, *expires_after, *expires_within;
	const char *limit, *after;
	const char *format, *out;
};

#define CTL_SERVER_DEFAULT "/run/brski-registrar/admin.sock"

/* The subcommands; each returns an exit code. */
int ctl_voucher_show(struct ctl_args *a);
int ctl_voucher_verify(struct ctl_args *a);
int ctl_path_verify(struct ctl_args *a);
int ctl_device(struct ctl_args *a); /* what it does to devices: by a->verb */
int ctl_cert_list(struct ctl_args *a);
int ctl_cert_show(struct ctl_args *a);
int ctl_cert_export(struct ctl_args *a);
int ctl_cert_revoke(struct ctl_args *a);
int ctl_ca_show(struct ctl_args *a);
int ctl_ca_rollover(struct ctl_args *a);
int ctl_audit(struct ctl_args *a); /* show, verify */

/* Which options a subcommand takes besides --json and --server. */
#define CTL_OPT_JUDGE  (1u << 0) /* --as --request --client-cert --strict --signature-only */
#define CTL_OPT_AT     (1u << 1) /* --at */
#define CTL_OPT_ANCHOR (1u << 2) /* --anchor */
#define CTL_OPT_PATH   (1u << 3) /* --untrusted --crl --require-crl */
#define CTL_OPT_MAKER  (1u << 4) /* --manufacturer */
#define CTL_OPT_STATE  (1u << 5) /* --state --life */
#define CTL_OPT_REASON (1u << 6) /* --reason */
#define CTL_OPT_PAGE   (1u << 7) /* --limit --after */
#define CTL_OPT_CERT   (1u << 8) /* by what certificates are found */
#define CTL_OPT_FILE   (1u << 9) /* --format --out */
#define CTL_OPT_FORCE  (1u << 10)

struct ctl_command {
	const char *group, *verb;
	int (*run)(struct ctl_args *a);
	unsigned options; /* CTL_OPT_* */
	size_t min, max;  /* operands */
	const char *usage;
};

/*
 * Read argv against the commands. On CTL_OK *command is the row to run. Otherwise, or when --help
 * or --version was asked (*command stays NULL), everything is said already and the return value is
 * the exit code.
 */
int ctl_args_parse(int argc, char **argv, const struct ctl_command *commands, size_t n,
    struct ctl_args *out, const struct ctl_command **command);

/* A usage error of a subcommand's own, in one line; returns CTL_USAGE. */
int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * Say why in one line, clause first; returns CTL_REFUSED, or CTL_USAGE for what could not be read
 * or parsed.
 */
int ctl_fail(const struct brski_err *err);
/*
 * Print a JSON value and let go of it; NULL counts as out of memory. Returns CTL_OK or CTL_USAGE.
 */
int ctl_print_json(json_t *value);

#endif
