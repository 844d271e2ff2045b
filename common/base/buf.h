/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owned, growing bytes with a hard maximum. A buffer lives inside its owner: { .max = N } is an
 * empty buffer that may grow to N bytes, { .max = 0 } means BRSKI_BUF_MAX. With brski_buf_fixed()
 * it lives in storage the caller lends and never allocates.
 */
#ifndef BRSKI_BUF_H
#define BRSKI_BUF_H

#include "base/err.h"
#include "base/heap.h"
#include "base/slice.h"

#define BRSKI_BUF_MAX ((size_t)1024 * 1024)

struct brski_buf {
	uint8_t *p;
	size_t n, cap, max;
	bool fixed;              /* storage is lent: never reallocated, never freed */
	struct brski_heap *heap; /* where its bytes live; NULL: malloc() */
};

/* An empty buffer in lent storage of cap bytes, which must outlive it. */
struct brski_buf brski_buf_fixed(void *storage, size_t cap);

/*
 * Append; E_TOO_LARGE beyond max, E_NOMEM without memory. On failure the contents are as before. in
 * may not point into b.
 */
enum brski_rc brski_buf_append(struct brski_buf *b, struct brski_slice in, struct brski_err *err);
enum brski_rc brski_buf_append_str(struct brski_buf *b, const char *s, struct brski_err *err);
enum brski_rc brski_buf_append_byte(struct brski_buf *b, uint8_t c, struct brski_err *err);
/* Lent storage needs one byte more than the text. */
enum brski_rc brski_buf_printf(struct brski_buf *b, struct brski_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Make room for n more bytes and lend them: *out is valid until the next call; brski_buf_commit()
 * then counts what was used.
 */
enum brski_rc brski_buf_reserve(struct brski_buf *b, size_t n, uint8_t **out,
    struct brski_err *err);
void brski_buf_commit(struct brski_buf *b, size_t used);

/* Replace the contents. */
enum brski_rc brski_buf_set(struct brski_buf *b, struct brski_slice in, struct brski_err *err);

/*
 * The contents as text: NUL-terminated, the NUL is not counted. NULL without memory. Valid until
 * the next modifying call. Lent storage needs one byte more than the text; without it NULL.
 */
const char *brski_buf_cstr(struct brski_buf *b);

/* Borrow the contents; present (p != NULL) also when empty. */
struct brski_slice brski_buf_slice(const struct brski_buf *b);

/*
 * Empty again, memory kept; free memory; wipe, then free. A cleared buffer can be used again, and
 * still lives in its heap.
 */
void brski_buf_reset(struct brski_buf *b);
void brski_buf_clear(struct brski_buf *b);
void brski_buf_wipe(struct brski_buf *b);

#endif
