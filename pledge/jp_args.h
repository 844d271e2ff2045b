/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of brski-join-proxy as facts. */
#ifndef PLEDGE_JP_ARGS_H
#define PLEDGE_JP_ARGS_H

#include "base/log.h"
#include "pledge/jp_find.h"

#define JP_SIDES     8 /* pledges' interfaces */
#define JP_UPSTREAMS 8

enum jp_command {
	JP_CMD_RUN,
	JP_CMD_HELP,
	JP_CMD_VERSION
};

/* Strings are argv's. */
struct jp_args {
	enum jp_command command;
	const char *interfaces[JP_SIDES];
	size_t interfaces_n;
	const char *upstreams[JP_UPSTREAMS];
	size_t upstreams_n; /* 0: all but the pledges' */
	/* none: they are to be found */
	struct jp_place registrars[JP_PLACES];
	size_t registrars_n;
	bool circuit, stateful, stateless; /* none of them: what is found */
	uint16_t https_port, coaps_port;   /* of the first registrar; 0: any */
	enum brski_level log_level;
	enum brski_log_format log_format;
};

extern const char jp_usage[];

/* argv as main() got it. E_CONFIG says what is wrong with it. */
enum brski_rc jp_args_parse(int argc, char *const argv[], struct jp_args *out,
    struct brski_err *err);

#endif
