/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per decision, the same keys in the same order, nothing secret, peer text quoted here and
 * nowhere else, ASCII only, at most BRSKI_LOG_LINE - 1 bytes (an overlong value is cut short):
 *   level=warn stage=requestvoucher peer="[::1]:4711" serial="JADA123456789" rc=E_NONCE
 *   spec="RFC 8995 5.6.1" detail="nonce differs"		(all on one line)
 * JSON lines have the same members; a byte outside ASCII is written as \u00XX.
 * The log is an object that its owner hands down; libpledge gets one that calls its port.
 */
#ifndef BRSKI_LOG_H
#define BRSKI_LOG_H

#include "base/err.h"
#include "base/slice.h"

#define BRSKI_LOG_LINE 2048

enum brski_level {
	BRSKI_LOG_ERROR,
	BRSKI_LOG_WARN,
	BRSKI_LOG_INFO,
	BRSKI_LOG_DEBUG
};
enum brski_log_format {
	BRSKI_LOG_LOGFMT,
	BRSKI_LOG_JSON
};

/*
 * What a line says; members left empty are left out. Strings may hold a peer's bytes: they are
 * quoted at the exit.
 */
struct brski_entry {
	enum brski_level level;
	const char *stage;         /* our word: "requestvoucher", "imprint", "start" */
	struct brski_slice peer;   /* address */
	struct brski_slice serial; /* device serial number */
	const struct brski_err *err;
	const char *msg; /* for people; used when there is no err, or besides it */
};

struct brski_log {
	enum brski_level level; /* lines above it are dropped */
	enum brski_log_format format;
	/* One finished line without newline; the sink adds what it needs. NULL: dropped. */
	void (*sink)(void *arg, enum brski_level level, const char *line);
	void *arg;
};

/* A log to stderr, with the time in front: time=2026-01-31T12:00:00Z level=... */
struct brski_log brski_log_stderr(enum brski_level level, enum brski_log_format format);
/* log may be NULL: nothing happens. */
void brski_log(const struct brski_log *log, const struct brski_entry *e);
/* Shorthand for a line of our own without a peer. fmt gets no peer bytes. */
void brski_log_info(const struct brski_log *log, const char *stage, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void brski_log_warn(const struct brski_log *log, const char *stage, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A failure with its cause. */
void brski_log_err(const struct brski_log *log, const char *stage, const struct brski_err *err);

#endif
