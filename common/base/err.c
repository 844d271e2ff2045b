/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include "base/err.h"

struct row {
	const char *name;
	int http, coap;
	const char *text;
};

static const struct row rows[] = {
#define X(code, http, coap, text) { #code, http, coap, text },
	BRSKI_ERR_TABLE(X)
#undef X
};

/*
 * Printable ASCII only: a detail goes to terminals, logs and JSON, and may have been cut inside a
 * character.
 */
static void
clean(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != 0x7f)
			*to++ = c < 0x80 ? (char)c : '?';
	}
	*to = '\0';
}

static void fill(struct brski_err *err, enum brski_rc rc, const char *spec, const char *fmt,
    va_list ap) __attribute__((format(printf, 4, 0)));

static void
fill(struct brski_err *err, enum brski_rc rc, const char *spec, const char *fmt, va_list ap)
{
	if (err == NULL || err->rc != BRSKI_OK)
		return;
	err->rc = rc;
	err->spec = spec;
	(void)vsnprintf(err->detail, sizeof(err->detail), fmt, ap);
	clean(err->detail);
}

enum brski_rc
brski_fail(struct brski_err *err, enum brski_rc rc, const char *spec, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, rc, spec, fmt, ap);
	va_end(ap);
	return rc;
}

enum brski_rc
brski_broken(struct brski_err *err, enum brski_rc rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, rc, NULL, fmt, ap);
	va_end(ap);
	return rc;
}

/* A number that is none of ours can only be a mistake of ours. */
static const struct row *
row_of(enum brski_rc rc)
{
	return &rows[(unsigned)rc < BRSKI_RC_COUNT ? rc : BRSKI_E_INTERNAL];
}

int
brski_rc_http(enum brski_rc rc)
{
	return row_of(rc)->http;
}

int
brski_rc_coap(enum brski_rc rc)
{
	return row_of(rc)->coap;
}

const char *
brski_rc_name(enum brski_rc rc)
{
	return row_of(rc)->name;
}

const char *
brski_rc_text(enum brski_rc rc)
{
	return row_of(rc)->text;
}

enum brski_rc
brski_rc_from_http(int status)
{
	for (unsigned i = 0; i < BRSKI_RC_COUNT; i++)
		if (rows[i].http == status)
			return (enum brski_rc)i;
	return status >= 200 && status < 300 ? BRSKI_OK : BRSKI_E_UPSTREAM;
}
