/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/args.h"

#include <getopt.h>
#include <net/if.h>
#include <stdlib.h>

#include "base/text.h"

#define SPEC        "brski-pledge(1)"
#define TIMEOUT_MAX (365 * 86400)
#define SHOWN       64 /* characters of a wrong value that a message repeats */

const char pledge_usage[] =
    "usage: brski-pledge --idevid-cert FILE --idevid-key FILE --manufacturer-anchors FILE\n"
    "                    --state DIR [option ...]\n"
    "       brski-pledge status --state DIR [--json]\n"
    "       brski-pledge reset --state DIR [--factory]\n"
    "\n"
    "  --idevid-cert FILE           the factory's certificate and its issuers, PEM\n"
    "  --idevid-key FILE            its private key\n"
    "  --manufacturer-anchors FILE  whom to believe a voucher, PEM; may repeat\n"
    "  --registrar URL              a registrar or proxy to ask, https://HOST:PORT or\n"
    "                               coaps://HOST:PORT; may repeat [found by mDNS]\n"
    "  --interface NAME             where to look for them; may repeat [all]\n"
    "  --state DIR                  where state, key and certificates are kept\n"
    "  --daemon                     stay and renew the certificate in time\n"
    "  --hook PROGRAM               run when another certificate is in place; is given DIR\n"
    "  --once                       ask each registrar once, then give up\n"
    "  --timeout SECONDS            give up after so long, if not enrolled [never]\n"
    "  --format cms|cose            of voucher and request [https: cms, coaps: cose]\n"
    "  --dtls 1.2|1.3               the version to offer [1.3]\n"
    "  --classical                  no hybrid key exchange over HTTPS either\n"
    "  --hybrid                     hybrid key exchange over CoAPS too\n"
    "  --accept-nonceless           take a voucher without nonce (air gap)\n"
    "  --strict                     refuse what is odd but tolerated in a voucher\n"
    "  --no-clock                   do not trust the clock: dates are not judged\n"
    "  --hw-serial                  the serial number stands in hardwareModuleName\n"
    "  --log-format logfmt|json     of the lines on standard error [logfmt]\n"
    "  --json                       print the result as JSON\n"
    "  --factory                    reset: also forget voucher anchors that were added\n"
    "  -v                           say more\n";

enum opt {
	OPT_CERT = 256,
	OPT_KEY,
	OPT_ANCHORS,
	OPT_REGISTRAR,
	OPT_INTERFACE,
	OPT_STATE,
	OPT_DAEMON,
	OPT_HOOK,
	OPT_ONCE,
	OPT_TIMEOUT,
	OPT_FORMAT,
	OPT_DTLS,
	OPT_CLASSICAL,
	OPT_HYBRID,
	OPT_NONCELESS,
	OPT_STRICT,
	OPT_NO_CLOCK,
	OPT_HW_SERIAL,
	OPT_LOG_FORMAT,
	OPT_JSON,
	OPT_FACTORY,
};

static const struct option options[] = {
	{ "idevid-cert", required_argument, NULL, OPT_CERT },
	{ "idevid-key", required_argument, NULL, OPT_KEY },
	{ "manufacturer-anchors", required_argument, NULL, OPT_ANCHORS },
	{ "registrar", required_argument, NULL, OPT_REGISTRAR },
	{ "interface", required_argument, NULL, OPT_INTERFACE },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "daemon", no_argument, NULL, OPT_DAEMON },
	{ "hook", required_argument, NULL, OPT_HOOK },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "dtls", required_argument, NULL, OPT_DTLS },
	{ "classical", no_argument, NULL, OPT_CLASSICAL },
	{ "hybrid", no_argument, NULL, OPT_HYBRID },
	{ "accept-nonceless", no_argument, NULL, OPT_NONCELESS },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "no-clock", no_argument, NULL, OPT_NO_CLOCK },
	{ "hw-serial", no_argument, NULL, OPT_HW_SERIAL },
	{ "log-format", required_argument, NULL, OPT_LOG_FORMAT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "factory", no_argument, NULL, OPT_FACTORY },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* "https://HOST[:PORT][/]": we add the paths that the transport's standard fixes. */
static enum brski_rc
take_registrar(struct pledge_args *a, const char *url, struct brski_err *err)
{
	const struct pledge_binding *binding = pledge_binding_find(url);
	struct brski_slice s = brski_slice_str(url);
	size_t i, skip = binding != NULL ? strlen(binding->scheme) : s.n;
	char shown[SHOWN], *to = a->urls[a->registrars_n];
	bool ok = s.n > skip;

	if (ok && url[s.n - 1] == '/')
		s.n--;
	for (i = skip; ok && i < s.n; i++)
		ok = s.p[i] > ' ' && s.p[i] < 0x7f && strchr("/?#@\\\"<>", s.p[i]) == NULL;
	if (!ok || s.n <= skip || s.n >= PLEDGE_CANDIDATE_MAX)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC,
		    "'%s' is not a registrar: give https://HOST:PORT or coaps://HOST:PORT, "
		    "without a path",
		    brski_text_safe(brski_slice_str(url), shown, sizeof(shown)));
	memcpy(to, url, s.n);
	to[s.n] = '\0';
	a->registrars[a->registrars_n++] = to;
	return BRSKI_OK;
}

/* One that is not there may come later. */
static enum brski_rc
take_interface(struct pledge_args *a, const char *name, struct brski_err *err)
{
	char shown[SHOWN];

	if (*name == '\0' || strlen(name) >= IF_NAMESIZE)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is not the name of an interface",
		    brski_text_safe(brski_slice_str(name), shown, sizeof(shown)));
	a->interfaces[a->interfaces_n++] = name;
	return BRSKI_OK;
}

static enum brski_rc
take_timeout(struct pledge_args *a, const char *text, struct brski_err *err)
{
	char *end, shown[SHOWN];
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || v > TIMEOUT_MAX)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC,
		    "'%s' is not a number of seconds from 0 to %d",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)), TIMEOUT_MAX);
	a->timeout_s = (unsigned)v;
	return BRSKI_OK;
}

/* "cms" and "cose" stand for the media types that the bindings name. */
static enum brski_rc
take_format(struct pledge_args *a, const char *text, struct brski_err *err)
{
	bool cms = strcmp(text, "cms") == 0;
	char shown[SHOWN];

	a->format = cms || strcmp(text, "cose") == 0
	    ? brski_format_find(brski_slice_str(cms ? pledge_https.format : pledge_coaps.format))
	    : NULL;
	if (a->format == NULL)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is neither cms nor cose",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)));
	return BRSKI_OK;
}

static enum brski_rc
take_dtls(struct pledge_args *a, const char *text, struct brski_err *err)
{
	char shown[SHOWN];

	if (strcmp(text, "1.2") != 0 && strcmp(text, "1.3") != 0)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is neither 1.2 nor 1.3",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)));
	a->dtls12 = text[2] == '2';
	return BRSKI_OK;
}

static enum brski_rc
take_log_format(struct pledge_args *a, const char *text, struct brski_err *err)
{
	char shown[SHOWN];

	if (strcmp(text, "json") != 0 && strcmp(text, "logfmt") != 0)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is neither logfmt nor json",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)));
	a->log_format = text[0] == 'j' ? BRSKI_LOG_JSON : BRSKI_LOG_LOGFMT;
	return BRSKI_OK;
}

/* Looked for nowhere: whoever runs us may have another idea of where programs are. */
static enum brski_rc
take_hook(struct pledge_args *a, const char *path, struct brski_err *err)
{
	char shown[SHOWN];

	if (*path != '/')
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' does not start with a slash",
		    brski_text_safe(brski_slice_str(path), shown, sizeof(shown)));
	a->hook = path;
	return BRSKI_OK;
}

static enum brski_rc
take_value(struct pledge_args *a, int opt, const char *value, struct brski_err *err)
{
	if ((opt == OPT_ANCHORS && a->anchors_n == PLEDGE_ANCHOR_FILES) ||
	    (opt == OPT_REGISTRAR && a->registrars_n == PLEDGE_ARGS_REGISTRARS) ||
	    (opt == OPT_INTERFACE && a->interfaces_n == PLEDGE_INTERFACES))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "too many of one option");
	switch (opt) {
	case OPT_REGISTRAR:
		return take_registrar(a, value, err);
	case OPT_INTERFACE:
		return take_interface(a, value, err);
	case OPT_TIMEOUT:
		return take_timeout(a, value, err);
	case OPT_FORMAT:
		return take_format(a, value, err);
	case OPT_DTLS:
		return take_dtls(a, value, err);
	case OPT_LOG_FORMAT:
		return take_log_format(a, value, err);
	case OPT_CERT:
		a->idevid_cert = value;
		break;
	case OPT_KEY:
		a->idevid_key = value;
		break;
	case OPT_STATE:
		a->state = value;
		break;
	case OPT_HOOK:
		return take_hook(a, value, err);
	default:
		a->anchors[a->anchors_n++] = value;
	}
	return BRSKI_OK;
}

/* The flag that an option without value sets; NULL: none. */
static bool *
flag_of(struct pledge_args *a, int opt)
{
	switch (opt) {
	case OPT_DAEMON:
		return &a->daemon;
	case OPT_ONCE:
		return &a->once;
	case OPT_CLASSICAL:
		return &a->classical;
	case OPT_HYBRID:
		return &a->hybrid;
	case OPT_NONCELESS:
		return &a->accept_nonceless;
	case OPT_STRICT:
		return &a->strict;
	case OPT_NO_CLOCK:
		return &a->no_clock;
	case OPT_HW_SERIAL:
		return &a->hw_serial;
	case OPT_JSON:
		return &a->json;
	case OPT_FACTORY:
		return &a->factory;
	case 'v':
		return &a->verbose;
	default:
		return NULL;
	}
}

static enum brski_rc
take_options(int argc, char *const argv[], struct pledge_args *a, struct brski_err *err)
{
	enum brski_rc rc;
	int opt;

	optind = 0; /* GNU: from the beginning, whoever parsed before */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:hvV", options, NULL)) != -1) {
		bool *flag = flag_of(a, opt);

		if (opt == '?' || opt == ':')
			return brski_fail(err, BRSKI_E_CONFIG, SPEC, "%s",
			    opt == ':' ? "the last option lacks its value" : "unknown option");
		if (opt == 'h' || opt == 'V')
			a->command = opt == 'h' ? PLEDGE_CMD_HELP : PLEDGE_CMD_VERSION;
		else if (flag != NULL)
			*flag = true;
		else if ((rc = take_value(a, opt, optarg, err)) != BRSKI_OK)
			return rc;
	}
	return BRSKI_OK;
}

/* Can every registrar be asked for vouchers of this format? CoAP wants a number for it. */
static bool
format_fits(const struct pledge_args *a)
{
	size_t i;

	for (i = 0; a->format != NULL && a->format->content_format == 0 && i < a->registrars_n; i++)
		if (pledge_binding_find(a->registrars[i]) == &pledge_coaps)
			return false;
	return true;
}

/* What a command needs must be there. */
static enum brski_rc
check_complete(const struct pledge_args *a, struct brski_err *err)
{
	if (a->command == PLEDGE_CMD_HELP || a->command == PLEDGE_CMD_VERSION)
		return BRSKI_OK;
	if (a->state == NULL)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "--state is missing");
	if (a->command == PLEDGE_CMD_RUN &&
	    (a->idevid_cert == NULL || a->idevid_key == NULL || a->anchors_n == 0))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "--%s is missing",
		    a->idevid_cert == NULL      ? "idevid-cert"
		        : a->idevid_key == NULL ? "idevid-key"
		                                : "manufacturer-anchors");
	if (!format_fits(a))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "%s does not travel over CoAP",
		    a->format->media_type);
	return BRSKI_OK;
}

enum brski_rc
pledge_args_parse(int argc, char *const argv[], struct pledge_args *out, struct brski_err *err)
{
	static const char *const words[] = { "run", "status", "reset" };
	char shown[SHOWN];
	enum brski_rc rc;
	size_t i, n = sizeof(words) / sizeof(words[0]);

	*out = (struct pledge_args){ .command = PLEDGE_CMD_RUN };
	if (argc > 1 && argv[1][0] != '-') {
		for (i = 0; i < n && strcmp(argv[1], words[i]) != 0; i++)
			;
		if (i == n)
			return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is not a command",
			    brski_text_safe(brski_slice_str(argv[1]), shown, sizeof(shown)));
		out->command = (enum pledge_command)i;
		argc--;
		argv++;
	}
	if ((rc = take_options(argc, argv, out, err)) != BRSKI_OK)
		return rc;
	if (optind < argc)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' was not expected",
		    brski_text_safe(brski_slice_str(argv[optind]), shown, sizeof(shown)));
	return check_complete(out, err);
}
