/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator inside memory that somebody lends: what libpledge lives in where there is no
 * malloc(). First fit with neighbours joined, everything aligned for any type, nothing global; not
 * for threads. Every call takes NULL for the heap and then is malloc(), realloc(), free(): owners
 * keep one pointer and need not know. Built with BRSKI_NO_MALLOC, no heap means no memory.
 */
#ifndef BRSKI_HEAP_H
#define BRSKI_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct brski_heap;

/* A heap in mem, which must outlive it; NULL when mem is too small to hold anything. */
struct brski_heap *brski_heap_init(void *mem, size_t n);

/*
 * As malloc(), calloc(), realloc(), free(). NULL: no room, and with realloc() p is as before. Of 0
 * bytes it is memory too. Nothing is wiped.
 */
void *brski_heap_alloc(struct brski_heap *h, size_t n);
void *brski_heap_zalloc(struct brski_heap *h, size_t n);
void *brski_heap_realloc(struct brski_heap *h, void *p, size_t n);
void brski_heap_free(struct brski_heap *h, void *p); /* p NULL is fine */
/*
 * Makes p that large where it stands. False: what is behind it is in use, or h is NULL; p is as
 * before.
 */
bool brski_heap_extend(struct brski_heap *h, void *p, size_t n);

/* Bytes in use now, and at most so far, what the heap itself needs included. h is not NULL. */
size_t brski_heap_used(const struct brski_heap *h);
size_t brski_heap_peak(const struct brski_heap *h);

#endif
