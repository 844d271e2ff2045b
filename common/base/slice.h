/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed bytes. A slice never owns what it points to; it travels by value and is valid as long as
 * its owner is. An absent value is { NULL, 0 }; an empty one has p != NULL and n == 0.
 */
#ifndef BRSKI_SLICE_H
#define BRSKI_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct brski_slice {
	const uint8_t *p;
	size_t n;
};

/* A string literal as bytes, without its NUL. */
#define BRSKI_LIT(s) ((struct brski_slice){ (const uint8_t *)(s), sizeof(s) - 1 })

static inline struct brski_slice
brski_slice(const void *p, size_t n)
{
	return (struct brski_slice){ p, n };
}

/* The characters of a C string; NULL gives an absent slice. */
static inline struct brski_slice
brski_slice_str(const char *s)
{
	return (struct brski_slice){ (const uint8_t *)s, s != NULL ? strlen(s) : 0 };
}

static inline bool
brski_slice_present(struct brski_slice s)
{
	return s.p != NULL;
}

/* Equal contents; for public bytes (secrets: brski_secret_eq in text.h). */
static inline bool
brski_slice_eq(struct brski_slice a, struct brski_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
