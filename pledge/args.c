/* SPDX-License-Identifier: Apache-2.0 */
#include "pledge/args.h"

#include <getopt.h>
#include <stdlib.h>

#include "base/text.h"

#define SPEC        "brski-pledge(1)"
#define TIMEOUT_MAX (365 * 86400)
#define SHOWN       64 /* characters of a wrong value that a message repeats */

const char pledge_usage[] =
    "usage: brski-pledge --idevid-cert FILE --idevid-key FILE --manufacturer-anchors FILE\n"
    "                    --registrar https://HOST:PORT --state DIR [option ...]\n"
    "       brski-pledge status --state DIR [--json]\n"
    "       brski-pledge reset --state DIR [--factory]\n"
    "\n"
    "  --idevid-cert FILE           the factory's certificate and its issuers, PEM\n"
    "  --idevid-key FILE            its private key\n"
    "  --manufacturer-anchors FILE  whom to believe a voucher, PEM; may repeat\n"
    "  --registrar URL              a registrar or proxy to ask; may repeat\n"
    "  --state DIR                  where state, key and certificates are kept\n"
    "  --once                       ask each registrar once, then give up\n"
    "  --timeout SECONDS            give up after so long [never]\n"
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
	OPT_STATE,
	OPT_ONCE,
	OPT_TIMEOUT,
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
	{ "state", required_argument, NULL, OPT_STATE },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
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

/* "https://HOST[:PORT][/]": we add the paths that RFC 8995 fixes. */
static enum brski_rc
take_registrar(struct pledge_args *a, const char *url, struct brski_err *err)
{
	static const char scheme[] = "https://";
	struct brski_slice s = brski_slice_str(url);
	size_t i, skip = sizeof(scheme) - 1;
	char shown[SHOWN], *to = a->urls[a->registrars_n];
	bool ok = s.n > skip && strncmp(url, scheme, skip) == 0;

	if (ok && url[s.n - 1] == '/')
		s.n--;
	for (i = skip; ok && i < s.n; i++)
		ok = s.p[i] > ' ' && s.p[i] < 0x7f && strchr("/?#@\\\"<>", s.p[i]) == NULL;
	if (!ok || s.n <= skip || s.n >= PLEDGE_CANDIDATE_MAX)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC,
		    "'%s' is not a registrar: give https://HOST:PORT without a path",
		    brski_text_safe(brski_slice_str(url), shown, sizeof(shown)));
	memcpy(to, url, s.n);
	to[s.n] = '\0';
	a->registrars[a->registrars_n++] = to;
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

static enum brski_rc
take_format(struct pledge_args *a, const char *text, struct brski_err *err)
{
	char shown[SHOWN];

	if (strcmp(text, "json") != 0 && strcmp(text, "logfmt") != 0)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "'%s' is neither logfmt nor json",
		    brski_text_safe(brski_slice_str(text), shown, sizeof(shown)));
	a->log_format = text[0] == 'j' ? BRSKI_LOG_JSON : BRSKI_LOG_LOGFMT;
	return BRSKI_OK;
}

static enum brski_rc
take_value(struct pledge_args *a, int opt, const char *value, struct brski_err *err)
{
	if ((opt == OPT_ANCHORS && a->anchors_n == PLEDGE_ANCHOR_FILES) ||
	    (opt == OPT_REGISTRAR && a->registrars_n == PLEDGE_CANDIDATES))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "too many of one option");
	switch (opt) {
	case OPT_REGISTRAR:
		return take_registrar(a, value, err);
	case OPT_TIMEOUT:
		return take_timeout(a, value, err);
	case OPT_LOG_FORMAT:
		return take_format(a, value, err);
	case OPT_CERT:
		a->idevid_cert = value;
		break;
	case OPT_KEY:
		a->idevid_key = value;
		break;
	case OPT_STATE:
		a->state = value;
		break;
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
	case OPT_ONCE:
		return &a->once;
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

/* What a command needs must be there. */
static enum brski_rc
check_complete(const struct pledge_args *a, struct brski_err *err)
{
	if (a->command == PLEDGE_CMD_HELP || a->command == PLEDGE_CMD_VERSION)
		return BRSKI_OK;
	if (a->state == NULL)
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "--state is missing");
	if (a->command == PLEDGE_CMD_RUN &&
	    (a->idevid_cert == NULL || a->idevid_key == NULL || a->anchors_n == 0 ||
	        a->registrars_n == 0))
		return brski_fail(err, BRSKI_E_CONFIG, SPEC, "--%s is missing",
		    a->idevid_cert == NULL      ? "idevid-cert"
		        : a->idevid_key == NULL ? "idevid-key"
		        : a->anchors_n == 0     ? "manufacturer-anchors"
		                                : "registrar");
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
