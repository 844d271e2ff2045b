/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <stdint.h>
#ifndef BRSKI_NO_MALLOC
#include <stdlib.h>
#endif
#include <string.h>
#include "base/heap.h"

/* Stands before each piece of memory, lent or free; the pieces fill the heap from end to end. */
struct piece {
	alignas(max_align_t) size_t n; /* without this head; a multiple of UNIT */
	bool used;
};

#define UNIT alignof(max_align_t)

struct brski_heap {
	alignas(max_align_t) uint8_t *end;
	size_t used, peak;
};

#ifdef BRSKI_NO_MALLOC
/* A build without malloc(): who brings no heap gets no memory. */
#define system_alloc(n)      ((void)(n), NULL)
#define system_zalloc(n)     ((void)(n), NULL)
#define system_realloc(p, n) ((void)(p), (void)(n), NULL)
#define system_free(p)       ((void)(p))
#else
/* of 0 bytes each C library makes something else */
#define system_alloc(n)      malloc((n) > 0 ? (n) : 1)
#define system_zalloc(n)     calloc(1, (n) > 0 ? (n) : 1)
#define system_realloc(p, n) realloc((p), (n) > 0 ? (n) : 1)
#define system_free(p)       free(p)
#endif

static struct piece *
first(const struct brski_heap *h)
{
	return (struct piece *)(uintptr_t)(h + 1);
}

/* The piece behind p; NULL: p is the last. */
static struct piece *
after(const struct brski_heap *h, const struct piece *p)
{
	uint8_t *next = (uint8_t *)(uintptr_t)(p + 1) + p->n;

	return next < h->end ? (struct piece *)(void *)next : NULL;
}

static struct piece *
piece_of(void *p)
{
	return (struct piece *)p - 1;
}

struct brski_heap *
brski_heap_init(void *mem, size_t n)
{
	size_t skip = (UNIT - (uintptr_t)mem % UNIT) % UNIT;
	struct brski_heap *h;

	if (mem == NULL || n < skip + sizeof(*h) + sizeof(struct piece) + UNIT)
		return NULL;
	h = (struct brski_heap *)(void *)((uint8_t *)mem + skip);
	n = (n - skip) / UNIT * UNIT;
	h->end = (uint8_t *)h + n;
	h->used = h->peak = sizeof(*h);
	*first(h) = (struct piece){ .n = n - sizeof(*h) - sizeof(struct piece) };
	return h;
}

static void
count(struct brski_heap *h, size_t more)
{
	h->used += more;
	if (h->used > h->peak)
		h->peak = h->used;
}

/* Join what is free behind p to it. */
static void
join(const struct brski_heap *h, struct piece *p)
{
	struct piece *next;

	while ((next = after(h, p)) != NULL && !next->used)
		p->n += sizeof(*next) + next->n;
}

/* Cut p down to n bytes where the rest is worth a piece. */
static void
cut(struct piece *p, size_t n)
{
	struct piece *rest;

	if (p->n - n < sizeof(*rest) + UNIT)
		return;
	rest = (struct piece *)(void *)((uint8_t *)(p + 1) + n);
	*rest = (struct piece){ .n = p->n - n - sizeof(*rest) };
	p->n = n;
}

/* In whole units, at least one; 0: more than there can be. */
static size_t
rounded(size_t n)
{
	return n > SIZE_MAX - UNIT ? 0 : n == 0 ? UNIT : (n + UNIT - 1) / UNIT * UNIT;
}

void *
brski_heap_alloc(struct brski_heap *h, size_t n)
{
	struct piece *p;

	if (h == NULL)
		return system_alloc(n);
	if ((n = rounded(n)) == 0)
		return NULL;
	for (p = first(h); p != NULL; p = after(h, p)) {
		if (p->used)
			continue;
		join(h, p);
		if (p->n < n)
			continue;
		cut(p, n);
		p->used = true;
		count(h, sizeof(*p) + p->n);
		return p + 1;
	}
	return NULL;
}

void *
brski_heap_zalloc(struct brski_heap *h, size_t n)
{
	void *p;

	if (h == NULL)
		return system_zalloc(n);
	if ((p = brski_heap_alloc(h, n)) != NULL)
		memset(p, 0, n);
	return p;
}

/* Where it stands, if what is behind it allows. */
static bool
resize(struct brski_heap *h, struct piece *p, size_t n)
{
	size_t before = p->n;

	join(h, p);
	if (p->n < n) {
		cut(p, before);
		return false;
	}
	cut(p, n);
	h->used -= before;
	count(h, p->n);
	return true;
}

bool
brski_heap_extend(struct brski_heap *h, void *p, size_t n)
{
	size_t want = rounded(n);

	return h != NULL && p != NULL && want >= piece_of(p)->n && resize(h, piece_of(p), want);
}

void *
brski_heap_realloc(struct brski_heap *h, void *p, size_t n)
{
	size_t want = rounded(n);
	void *to;

	if (h == NULL)
		return system_realloc(p, n);
	if (p == NULL)
		return brski_heap_alloc(h, n);
	if (want == 0)
		return NULL;
	if (resize(h, piece_of(p), want))
		return p;
	if ((to = brski_heap_alloc(h, n)) == NULL)
		return NULL;
	memcpy(to, p, piece_of(p)->n); /* it did not fit: so it is smaller */
	brski_heap_free(h, p);
	return to;
}

void
brski_heap_free(struct brski_heap *h, void *p)
{
	if (h == NULL) {
		system_free(p);
		return;
	}
	if (p == NULL)
		return;
	piece_of(p)->used = false;
	h->used -= sizeof(struct piece) + piece_of(p)->n;
	join(h, piece_of(p));
}

size_t
brski_heap_used(const struct brski_heap *h)
{
	return h->used;
}

size_t
brski_heap_peak(const struct brski_heap *h)
{
	return h->peak;
}
