/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include "base/buf.h"
#include "base/text.h"

#define FIRST_CAP 128

struct brski_buf
brski_buf_fixed(void *storage, size_t cap)
{
	return (struct brski_buf){ .p = storage, .cap = cap, .max = cap, .fixed = true };
}

static size_t
max_of(const struct brski_buf *b)
{
	return b->max != 0 || b->fixed ? b->max : BRSKI_BUF_MAX;
}

/*
 * Heap storage has one byte more than cap, so that a terminating NUL always fits. Memory given back
 * is wiped: it may have held a key.
 */
static enum brski_rc
grow(struct brski_buf *b, size_t need, struct brski_err *err)
{
	size_t cap = b->cap != 0 ? b->cap : FIRST_CAP, max = max_of(b);
	uint8_t *p;

	while (cap < need)
		cap *= 2;
	if (cap > max)
		cap = max;
	if (brski_heap_extend(b->heap, b->p, cap + 1)) {
		b->cap = cap;
		return BRSKI_OK;
	}
	if ((p = brski_heap_alloc(b->heap, cap + 1)) == NULL)
		return brski_broken(err, BRSKI_E_NOMEM, "no memory for %zu bytes", cap);
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	if (b->p != NULL)
		brski_wipe(b->p, b->n);
	brski_heap_free(b->heap, b->p);
	b->p = p;
	b->cap = cap;
	return BRSKI_OK;
}

enum brski_rc
brski_buf_reserve(struct brski_buf *b, size_t n, uint8_t **out, struct brski_err *err)
{
	enum brski_rc rc;

	if (n > max_of(b) - b->n)
		return brski_fail(err, BRSKI_E_TOO_LARGE, "local limit",
		    "%zu bytes do not fit where %zu may stand", n, max_of(b));
	if ((b->p == NULL || b->cap - b->n < n) && (rc = grow(b, b->n + n, err)) != BRSKI_OK)
		return rc;
	*out = b->p + b->n;
	return BRSKI_OK;
}

void
brski_buf_commit(struct brski_buf *b, size_t used)
{
	b->n += used;
}

enum brski_rc
brski_buf_append(struct brski_buf *b, struct brski_slice in, struct brski_err *err)
{
	uint8_t *p;
	enum brski_rc rc;

	if ((rc = brski_buf_reserve(b, in.n, &p, err)) != BRSKI_OK)
		return rc;
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	b->n += in.n;
	return BRSKI_OK;
}

enum brski_rc
brski_buf_append_str(struct brski_buf *b, const char *s, struct brski_err *err)
{
	return brski_buf_append(b, brski_slice_str(s), err);
}

enum brski_rc
brski_buf_append_byte(struct brski_buf *b, uint8_t c, struct brski_err *err)
{
	return brski_buf_append(b, brski_slice(&c, 1), err);
}

enum brski_rc
brski_buf_printf(struct brski_buf *b, struct brski_err *err, const char *fmt, ...)
{
	uint8_t *p;
	va_list ap, again;
	enum brski_rc rc;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		rc = brski_broken(err, BRSKI_E_INTERNAL, "cannot format text");
	else
		rc = brski_buf_reserve(b, (size_t)n + b->fixed, &p, err);
	if (rc == BRSKI_OK) {
		(void)vsnprintf((char *)p, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
	return rc;
}

enum brski_rc
brski_buf_set(struct brski_buf *b, struct brski_slice in, struct brski_err *err)
{
	size_t before = b->n;
	enum brski_rc rc;

	b->n = 0;
	if ((rc = brski_buf_append(b, in, err)) != BRSKI_OK)
		b->n = before;
	return rc;
}

const char *
brski_buf_cstr(struct brski_buf *b)
{
	if (b->fixed ? b->n == b->cap : b->p == NULL && grow(b, 0, NULL) != BRSKI_OK)
		return NULL;
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

struct brski_slice
brski_buf_slice(const struct brski_buf *b)
{
	return b->p != NULL ? brski_slice(b->p, b->n) : BRSKI_LIT("");
}

void
brski_buf_reset(struct brski_buf *b)
{
	b->n = 0;
}

void
brski_buf_clear(struct brski_buf *b)
{
	b->n = 0;
	if (b->fixed)
		return;
	brski_heap_free(b->heap, b->p);
	b->p = NULL;
	b->cap = 0;
}

void
brski_buf_wipe(struct brski_buf *b)
{
	if (b->p != NULL)
		brski_wipe(b->p, b->cap);
	brski_buf_clear(b);
}
