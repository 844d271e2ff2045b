/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include "base/log.h"

#define VALUE_MAX_BYTES 512 /* of one value as written: no peer string pushes the rest out */
#define TAIL_BYTES      3   /* closing quote, closing brace, NUL */

static const char *const level_names[] = { "error", "warn", "info", "debug" };

struct line {
	char s[BRSKI_LOG_LINE];
	size_t n;
	bool json;
};

static void
put(struct line *l, const char *s, size_t n)
{
	memcpy(l->s + l->n, s, n);
	l->n += n;
}

/* One byte as it may stand between quotes: printable ASCII only, whatever a peer sent. */
static size_t
escape(bool json, uint8_t c, char out[8])
{
	size_t n = 0;

	if (c < 0x20 || c >= 0x7f)
		return (size_t)snprintf(out, 8, json ? "\\u%04x" : "\\x%02x", (unsigned)c);
	if (c == '"' || c == '\\')
		out[n++] = '\\';
	out[n++] = (char)c;
	return n;
}

static void
put_quoted(struct line *l, struct brski_slice v)
{
	char unit[8];
	size_t end = l->n + VALUE_MAX_BYTES, n;

	if (end > sizeof(l->s) - TAIL_BYTES)
		end = sizeof(l->s) - TAIL_BYTES;
	put(l, "\"", 1);
	for (size_t i = 0; i < v.n; i++) {
		n = escape(l->json, v.p[i], unit);
		if (l->n + n > end)
			break;
		put(l, unit, n);
	}
	put(l, "\"", 1);
}

/*
 * word: the value is a word of ours, which logfmt leaves bare. An absent value, or no room for the
 * key: nothing.
 */
static void
field(struct line *l, const char *key, struct brski_slice v, bool word)
{
	size_t k = strlen(key);

	if (!brski_slice_present(v) || l->n + k + 8 + (word ? v.n : 0) > sizeof(l->s) - TAIL_BYTES)
		return;
	if (l->n > l->json)
		put(l, l->json ? "," : " ", 1);
	if (l->json)
		put(l, "\"", 1);
	put(l, key, k);
	put(l, l->json ? "\":" : "=", l->json ? 2 : 1);
	if (word && !l->json)
		put(l, (const char *)v.p, v.n);
	else
		put_quoted(l, v);
}

void
brski_log(const struct brski_log *log, const struct brski_entry *e)
{
	struct line l = { .n = 0 };
	const struct brski_err *err = e->err;

	if (log == NULL || log->sink == NULL || e->level > log->level)
		return;
	l.json = log->format == BRSKI_LOG_JSON;
	if (l.json)
		put(&l, "{", 1);
	field(&l, "level", brski_slice_str(level_names[e->level]), true);
	field(&l, "stage", brski_slice_str(e->stage), true);
	field(&l, "peer", e->peer, false);
	field(&l, "serial", e->serial, false);
	if (err != NULL) {
		field(&l, "rc", brski_slice_str(brski_rc_name(err->rc)), true);
		field(&l, "spec", brski_slice_str(err->spec), false);
		if (err->detail[0] != '\0')
			field(&l, "detail", brski_slice_str(err->detail), false);
	}
	field(&l, "msg", brski_slice_str(e->msg), false);
	if (l.json)
		put(&l, "}", 1);
	l.s[l.n] = '\0';
	log->sink(log->arg, e->level, l.s);
}

static void log_text(const struct brski_log *log, enum brski_level level, const char *stage,
    const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static void
log_text(const struct brski_log *log, enum brski_level level, const char *stage, const char *fmt,
    va_list ap)
{
	struct brski_entry e = { .level = level, .stage = stage };
	char msg[VALUE_MAX_BYTES];

	if (log == NULL || level > log->level)
		return;
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	e.msg = msg;
	brski_log(log, &e);
}

void
brski_log_info(const struct brski_log *log, const char *stage, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(log, BRSKI_LOG_INFO, stage, fmt, ap);
	va_end(ap);
}

void
brski_log_warn(const struct brski_log *log, const char *stage, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_text(log, BRSKI_LOG_WARN, stage, fmt, ap);
	va_end(ap);
}

void
brski_log_err(const struct brski_log *log, const char *stage, const struct brski_err *err)
{
	struct brski_entry e = { .level = BRSKI_LOG_ERROR, .stage = stage, .err = err };

	brski_log(log, &e);
}
