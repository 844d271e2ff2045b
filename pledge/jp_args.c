/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/jp_args.h"

#include <getopt.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SPEC  "brski-join-proxy(1)"
#define SHOWN 64 /* characters of a wrong value that a message repeats */

const char jp_usage[] =
    "usage: brski-join-proxy --interface NAME [option ...]\n"
    "\n"
    "  --interface NAME          where the pledges are; may repeat\n"
    "  --upstream NAME           where registrars are looked for; may repeat [all others]\n"
    "  --registrar URL           relay to this one, https://ADDRESS[:PORT],\n"
    "                            coaps://ADDRESS[:PORT] or jpy://ADDRESS:PORT; may repeat\n"
    "                            [found by mDNS and CoAP]\n"
    "  --circuit                 relay HTTPS\n"
    "  --stateful                relay CoAPS, each pledge by a port of its own\n"
    "  --stateless               relay CoAPS in JPY messages\n"
    "                            [HTTPS, and CoAPS as the registrars can]\n"
    "  --https-port PORT         for pledges [any]\n"
    "  --coaps-port PORT         for pledges [any]\n"
    "  --log-level LEVEL         error, warn, info or debug [info]\n"
    "  --log-format logfmt|json  of the lines on standard error [logfmt]\n";

enum opt {
	OPT_INTERFACE = 256,
	OPT_UPSTREAM,
	OPT_REGISTRAR,
	OPT_CIRCUIT,
	OPT_STATEFUL,
	OPT_STATELESS,
	OPT_HTTPS_PORT,
	OPT_COAPS_PORT,
	OPT_LOG_LEVEL,
	OPT_LOG_FORMAT,
};

static const struct option options[] = {
	{ "interface", required_argument, NULL, OPT_INTERFACE },
	{ "upstream", required_argument, NULL, OPT_UPSTREAM },
	{ "registrar", required_argument, NULL, OPT_REGISTRAR },
	{ "circuit", no_argument, NULL, OPT_CIRCUIT },
	{ "stateful", no_argument, NULL, OPT_STATEFUL },
	{ "stateless", no_argument, NULL, OPT_STATELESS },
	{ "https-port", required_argument, NULL, OPT_HTTPS_PORT },
	{ "coaps-port", required_argument, NULL, OPT_COAPS_PORT },
	{ "log-level", required_argument, NULL, OPT_LOG_LEVEL },
	{ "log-format", required_argument, NULL, OPT_LOG_FORMAT },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static enum brski_rc
take_interface(const char *name, const char **list, size_t max, size_t *n, struct brski_err *err)
{
	char shown[SHOWN];

	if (*name == '\0' || strlen(name) >= IF_NAMESIZE || *n == max)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC,
		    "'%s' is no interface's name, or one too many",
		    brski_text_safe(brski_slice_str(name), shown, sizeof(shown)));
	list[(*n)++] = name;
	return BRSKI_OK;
}

static enum brski_rc
take_registrar(struct jp_args *a, const char *url, struct brski_err *err)
{
	char shown[SHOWN];

	if (a->registrars_n == JP_PLACES ||
	    !jp_place_parse(brski_slice_str(url), &a->registrars[a->registrars_n]))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC,
		    "'%s' is no registrar: give https://ADDRESS:PORT, coaps://... or jpy://..., "
		    "an address in numbers; or it is one too many",
		    brski_text_safe(brski_slice_str(url), shown, sizeof(shown)));
	a->registrars_n++;
	return BRSKI_OK;
}

static enum brski_rc
take_port(const char *text, uint16_t *out, struct brski_err *err)
{
	unsigned long v = strtoul(text, NULL, 10);
	char shown[SHOWN];

	if (strspn(text, "0123456789") != strlen(text) || v == 0 || v > 65535)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is not a port",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)));
	*out = (uint16_t)v;
	return BRSKI_OK;
}

/* One of some names. */
static enum brski_rc
take_name(const char *text, const char *const *names, int *out, struct brski_err *err)
{
	char shown[SHOWN];
	int i;

	for (i = 0; names[i] != NULL && strcmp(names[i], text) != 0; i++)
		;
	if (names[i] == NULL)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is not one of the choices",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)));
	*out = i;
	return BRSKI_OK;
}

static enum brski_rc
take_log(struct jp_args *a, int opt, const char *text, struct brski_err *err)
{
	static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
	static const char *const formats[] = { "logfmt", "json", NULL };
	enum brski_rc rc;
	int i = 0;

	rc = take_name(text, opt == OPT_LOG_LEVEL ? levels : formats, &i, err);
	if (opt == OPT_LOG_LEVEL)
		a->log_level = (enum brski_level)i;
	else
		a->log_format = (enum brski_log_format)i;
	return rc;
}

static enum brski_rc
take_value(struct jp_args *a, int opt, const char *value, struct brski_err *err)
{
	switch (opt) {
	case OPT_INTERFACE:
		return take_interface(value, a->interfaces, JP_SIDES, &a->interfaces_n, err);
	case OPT_UPSTREAM:
		return take_interface(value, a->upstreams, JP_UPSTREAMS, &a->upstreams_n, err);
	case OPT_REGISTRAR:
		return take_registrar(a, value, err);
	case OPT_HTTPS_PORT:
		return take_port(value, &a->https_port, err);
	case OPT_COAPS_PORT:
		return take_port(value, &a->coaps_port, err);
	default:
		return take_log(a, opt, value, err);
	}
}

static bool *
flag_of(struct jp_args *a, int opt)
{
	switch (opt) {
	case OPT_CIRCUIT:
		return &a->circuit;
	case OPT_STATEFUL:
		return &a->stateful;
	case OPT_STATELESS:
		return &a->stateless;
	default:
		return NULL;
	}
}

/* What is heard on the pledges' side is not believed, and this would be heard there. */
static enum brski_rc
check_sides(const struct jp_args *a, struct brski_err *err)
{
	char shown[SHOWN];
	size_t i, k;

	for (i = 0; i < a->upstreams_n; i++)
		for (k = 0; k < a->interfaces_n; k++)
			if (strcmp(a->upstreams[i], a->interfaces[k]) == 0)
				return brski_fail(err, BRSKI_E_CONFIG, SPEC,
				    "'%s' cannot be both --interface and --upstream",
				    brski_text_safe(brski_slice_str(a->upstreams[i]), shown,
				        sizeof(shown)));
	return BRSKI_OK;
}

enum brski_rc
jp_args_parse(int argc, char *const argv[], struct jp_args *out, struct brski_err *err)
{
	enum brski_rc rc;
	bool *flag;
	int opt;

	*out = (struct jp_args){ .log_level = BRSKI_LOG_INFO };
	optind = 0; /* GNU: from the beginning, whoever parsed before */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:hV", options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return brski_fail(err, BRSKI_E_CONFIG, SPEC, "%s",
			    opt == ':' ? "the last option lacks its value" : "unknown option");
		if (opt == 'h' || opt == 'V')
			out->command = opt == 'h' ? JP_CMD_HELP : JP_CMD_VERSION;
		else if ((flag = flag_of(out, opt)) != NULL)
			*flag = true;
		else if ((rc = take_value(out, opt, optarg, err)) != BRSKI_OK)
			return rc;
	}
	if (optind < argc || (out->command == JP_CMD_RUN && out->interfaces_n == 0))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "%s",
		    optind < argc ? "there is more than options" : "--interface is missing");
	return check_sides(out, err);
}
