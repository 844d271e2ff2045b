/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of brski-pledge as facts. */
#ifndef PLEDGE_ARGS_H
#define PLEDGE_ARGS_H

#include "base/log.h"
#include "pledge/pledge.h"

#define PLEDGE_ANCHOR_FILES    16
#define PLEDGE_INTERFACES      8
#define PLEDGE_ARGS_REGISTRARS 8

enum pledge_command {
	PLEDGE_CMD_RUN,
	PLEDGE_CMD_STATUS,
	PLEDGE_CMD_RESET,
	PLEDGE_CMD_HELP,
	PLEDGE_CMD_VERSION
};

/* Strings are argv's, except registrars. */
struct pledge_args {
	enum pledge_command command;
	const char *idevid_cert, *idevid_key, *state;
	const char *anchors[PLEDGE_ANCHOR_FILES];
	size_t anchors_n;
	/* "https://HOST:PORT" or "coaps://HOST:PORT", without a slash at the end */
	const char *registrars[PLEDGE_ARGS_REGISTRARS];
	size_t registrars_n;                       /* 0: they are to be found */
	const char *interfaces[PLEDGE_INTERFACES]; /* on which; none: all */
	size_t interfaces_n;
	char urls[PLEDGE_ARGS_REGISTRARS][PLEDGE_CANDIDATE_MAX];
	const char *hook;                  /* NULL: none */
	unsigned timeout_s;                /* 0: none */
	const struct brski_format *format; /* NULL: each registrar's scheme says */
	bool once, json, factory, accept_nonceless, strict, no_clock, hw_serial, verbose;
	bool dtls12, classical, hybrid, daemon;
	enum brski_log_format log_format;
};

extern const char pledge_usage[];

/* argv as main() got it. E_CONFIG says what is wrong with it. */
enum brski_rc pledge_args_parse(int argc, char *const argv[], struct pledge_args *out,
    struct brski_err *err);

#endif
