/* SPDX-License-Identifier: Apache-2.0 */
#include "registrar/ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

enum kind {
	FLAG,
	VALUE,
	LIST
};

#define EVERYWHERE 0u
/* columns of --help */
#define HELP_WIDTH  100
#define HELP_INDENT 12

struct option {
	const char *name, *value; /* value: what --help calls it */
	enum kind kind;
	size_t offset; /* in struct ctl_args */
	unsigned of;   /* CTL_OPT_*, or EVERYWHERE */
};

#define AT(member) offsetof(struct ctl_args, member)

/* clang-format off */
static const struct option options[] = {
	{ "json", NULL, FLAG, AT(json), EVERYWHERE },
	{ "server", "SOCKET", VALUE, AT(server), EVERYWHERE },
	{ "as", "ROLE", VALUE, AT(as), CTL_OPT_JUDGE },
	{ "request", "PVR", VALUE, AT(request), CTL_OPT_JUDGE },
	{ "client-cert", "PEM", VALUE, AT(client_cert), CTL_OPT_JUDGE },
	{ "strict", NULL, FLAG, AT(strict), CTL_OPT_JUDGE },
	{ "signature-only", NULL, FLAG, AT(signature_only), CTL_OPT_JUDGE },
	{ "anchor", "PEM", LIST, AT(anchors), CTL_OPT_ANCHOR },
	{ "at", "TIME", VALUE, AT(at), CTL_OPT_AT },
	{ "untrusted", "FILE", LIST, AT(untrusted), CTL_OPT_PATH },
	{ "crl", "FILE", LIST, AT(crls), CTL_OPT_PATH },
	{ "require-crl", NULL, FLAG, AT(require_crl), CTL_OPT_PATH },
	{ "manufacturer", "NAME", VALUE, AT(manufacturer), CTL_OPT_MAKER },
	{ "state", "STATE", VALUE, AT(state), CTL_OPT_STATE },
	{ "life", "LIFE", VALUE, AT(life), CTL_OPT_STATE },
	{ "reason", "REASON", VALUE, AT(reason), CTL_OPT_REASON },
	{ "device", "SERIAL", VALUE, AT(device), CTL_OPT_CERT },
	{ "status", "STATUS", VALUE, AT(status), CTL_OPT_CERT },
	{ "expires-before", "TIME", VALUE, AT(expires_before), CTL_OPT_CERT },
	{ "expires-after", "TIME", VALUE, AT(expires_after), CTL_OPT_CERT },
	{ "expires-within", "DURATION", VALUE, AT(expires_within), CTL_OPT_CERT },
	{ "serial", "HEX", VALUE, AT(serial), CTL_OPT_CERT },
	{ "fingerprint", "HEX", VALUE, AT(fingerprint), CTL_OPT_CERT },
	{ "ski", "HEX", VALUE, AT(ski), CTL_OPT_CERT },
	{ "limit", "N", VALUE, AT(limit), CTL_OPT_PAGE },
	{ "after", "ID", VALUE, AT(after), CTL_OPT_PAGE },
	{ "force", NULL, FLAG, AT(force), CTL_OPT_FORCE },
	{ "format", "pem|der|pkcs7", VALUE, AT(format), CTL_OPT_FILE },
	{ "out", "FILE", VALUE, AT(out), CTL_OPT_FILE },
};
/* clang-format on */
#define OPTIONS_N (sizeof(options) / sizeof(options[0]))
_Static_assert(OPTIONS_N <= 32, "a bit for each");

int
ctl_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("brskictl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("; see brskictl --help\n", stderr);
	return CTL_USAGE;
}

/* Codes that say "this cannot be read or parsed" rather than "this was judged". */
static bool
is_unreadable(enum brski_rc rc)
{
	return rc == BRSKI_E_MALFORMED || rc == BRSKI_E_TOO_LARGE || rc == BRSKI_E_NOT_FOUND ||
	    rc == BRSKI_E_IO || rc == BRSKI_E_NOMEM || rc == BRSKI_E_INTERNAL;
}

int
ctl_fail(const struct brski_err *err)
{
	fprintf(stderr, "brskictl: %s%s%s (%s)\n", err->spec != NULL ? err->spec : "",
	    err->spec != NULL ? ": " : "", err->detail, brski_rc_name(err->rc));
	return is_unreadable(err->rc) ? CTL_USAGE : CTL_REFUSED;
}

int
ctl_print_json(json_t *value)
{
	int rc = CTL_OK;

	if (value == NULL || json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0 ||
	    putchar('\n') == EOF) {
		fputs("brskictl: cannot write the result\n", stderr);
		rc = CTL_USAGE;
	}
	json_decref(value);
	return rc;
}

/* One more word of a command's lines, which are folded. */
static void
put_word(const char *word, size_t *column)
{
	const size_t n = strlen(word);

	if (*column > HELP_INDENT && *column + 1 + n > HELP_WIDTH) {
		printf("\n%*s", HELP_INDENT, "");
		*column = HELP_INDENT;
	}
	printf(" %s", word);
	*column += 1 + n;
}

static void
help_command(const struct ctl_command *c)
{
	char word[64];
	size_t j, column;

	column = (size_t)printf("  %s %s", c->group, c->verb);
	if (*c->usage != '\0')
		put_word(c->usage, &column);
	for (j = 0; j < OPTIONS_N; j++) {
		if ((options[j].of & c->options) == 0)
			continue;
		snprintf(word, sizeof(word), "[--%s%s%s]%s", options[j].name,
		    options[j].value != NULL ? " " : "",
		    options[j].value != NULL ? options[j].value : "",
		    options[j].kind == LIST ? "..." : "");
		put_word(word, &column);
	}
	putchar('\n');
}

/* group NULL, or none of ours: everything. */
static void
help(const struct ctl_command *commands, size_t n, const char *group)
{
	bool known = false;
	size_t i;

	for (i = 0; i < n && group != NULL; i++)
		known |= strcmp(commands[i].group, group) == 0;
	puts("usage: brskictl [--json] [--server SOCKET] COMMAND [OPTION...] [ARGUMENT...]\n");
	for (i = 0; i < n; i++)
		if (!known || strcmp(commands[i].group, group) == 0)
			help_command(&commands[i]);
	puts("\nExit status: 0 accepted or done, 1 refused, 2 cannot be parsed or wrong usage. "
	     "See brskictl(1).");
}

static const struct option *
find_option(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < OPTIONS_N; i++)
		if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

static int
append(struct ctl_list *list, const char *value)
{
	if (list->n == CTL_LIST_MAX)
		return ctl_usage("more than %d values", CTL_LIST_MAX);
	list->v[list->n++] = value;
	return CTL_OK;
}

static int
store(const struct option *o, const char *value, struct ctl_args *out)
{
	char *member = (char *)out + o->offset;

	switch (o->kind) {
	case FLAG:
		*(bool *)(void *)member = true;
		return CTL_OK;
	case VALUE:
		*(const char **)(void *)member = value;
		return CTL_OK;
	case LIST:
		break;
	}
	return append((struct ctl_list *)(void *)member, value);
}

/*
 * argv[*i] is an option: "--name", "--name=value" or "--name value". Which were given goes into
 * *given, a bit each.
 */
static int
take_option(char **argv, int *i, unsigned *given, struct ctl_args *out)
{
	const char *name = argv[*i] + 2, *value = strchr(name, '=');
	size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
	const struct option *o = find_option(name, len);

	if (o == NULL)
		return ctl_usage("unknown option --%.*s", (int)len, name);
	if (o->kind == FLAG && value != NULL)
		return ctl_usage("--%s takes no value", o->name);
	if (o->kind != FLAG)
		value = value != NULL ? value + 1 : argv[++*i];
	if (o->kind != FLAG && value == NULL)
		return ctl_usage("--%s needs a value", o->name);
	*given |= 1u << (o - options);
	return store(o, value, out);
}

static int
take_word(const char *word, struct ctl_args *out)
{
	if (out->group == NULL)
		out->group = word;
	else if (out->verb == NULL)
		out->verb = word;
	else
		return append(&out->operands, word);
	return CTL_OK;
}

static const struct ctl_command *
find_command(const struct ctl_args *a, const struct ctl_command *commands, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a->group != NULL && a->verb != NULL &&
		    strcmp(commands[i].group, a->group) == 0 &&
		    strcmp(commands[i].verb, a->verb) == 0)
			return &commands[i];
	return NULL;
}

/* Does the subcommand take what was given? */
static int
check(const struct ctl_command *c, unsigned given, const struct ctl_args *a)
{
	size_t i;

	if (c == NULL)
		return ctl_usage("%s%s%s", a->group == NULL ? "no command" : "no such command: ",
		    a->group == NULL ? "" : a->group, a->verb == NULL ? "" : " ...");
	for (i = 0; i < OPTIONS_N; i++)
		if ((given & 1u << i) != 0 && options[i].of != EVERYWHERE &&
		    (options[i].of & c->options) == 0)
			return ctl_usage("%s %s does not take --%s", c->group, c->verb,
			    options[i].name);
	if (a->operands.n < c->min || a->operands.n > c->max)
		return ctl_usage("usage: brskictl %s %s %s", c->group, c->verb, c->usage);
	return CTL_OK;
}

int
ctl_args_parse(int argc, char **argv, const struct ctl_command *commands, size_t n,
    struct ctl_args *out, const struct ctl_command **command)
{
	bool options_end = false;
	unsigned given = 0;
	int i, rc = CTL_OK;

	*command = NULL;
	*out = (struct ctl_args){ .server = CTL_SERVER_DEFAULT };
	for (i = 1; i < argc && rc == CTL_OK; i++) {
		if (options_end || strncmp(argv[i], "-", 1) != 0 || strcmp(argv[i], "-") == 0) {
			rc = take_word(argv[i], out);
		} else if (strcmp(argv[i], "--") == 0) {
			options_end = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			help(commands, n, out->group);
			return CTL_OK;
		} else if (strcmp(argv[i], "--version") == 0) {
			puts("brskictl " PACKAGE_VERSION);
			return CTL_OK;
		} else if (strncmp(argv[i], "--", 2) == 0) {
			rc = take_option(argv, &i, &given, out);
		} else {
			rc = ctl_usage("unknown option %s", argv[i]);
		}
	}
	if (rc == CTL_OK)
		rc = check(find_command(out, commands, n), given, out);
	if (rc == CTL_OK)
		*command = find_command(out, commands, n);
	return rc;
}
