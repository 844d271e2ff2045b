/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <string.h>
#include "base/heap.h"
#include "tu.h"

#define ARENA 4096

static alignas(max_align_t) uint8_t arena[ARENA];

static bool
is_aligned(const void *p)
{
	return (uintptr_t)p % alignof(max_align_t) == 0;
}

static void
test_too_small(void **state)
{
	size_t n;

	(void)state;
	assert_null(brski_heap_init(NULL, ARENA));
	assert_null(brski_heap_init(arena, 0));
	for (n = 1; brski_heap_init(arena, n) == NULL; n++)
		assert_true(n < 256);
	/* what is just large enough holds something */
	assert_non_null(brski_heap_alloc(brski_heap_init(arena, n), 1));
}

/* Wherever the arena starts and ends, what is lent lies inside it and is aligned. */
static void
test_any_arena(void **state)
{
	struct brski_heap *h;
	uint8_t *p;
	size_t skip, n;

	(void)state;
	for (skip = 0; skip < 40; skip++) {
		n = 1000 - 2 * skip;
		memset(arena, 0xa5, ARENA);
		h = brski_heap_init(arena + skip, n);
		assert_non_null(h);
		while ((p = brski_heap_alloc(h, 5)) != NULL) {
			assert_true(is_aligned(p) && p > arena + skip && p + 5 <= arena + skip + n);
			memset(p, 0, 5);
		}
		assert_int_equal(arena[skip + n], 0xa5);
		assert_true(brski_heap_used(h) <= n);
		assert_true(brski_heap_used(h) + 64 > n);
	}
}

static void
test_count(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	size_t empty = brski_heap_used(h), peak;
	void *a, *b;

	(void)state;
	assert_int_equal(brski_heap_peak(h), empty);
	a = brski_heap_alloc(h, 100);
	b = brski_heap_alloc(h, 200);
	assert_true(brski_heap_used(h) >= empty + 300);
	peak = brski_heap_used(h);
	brski_heap_free(h, a);
	assert_true(brski_heap_used(h) < peak);
	assert_int_equal(brski_heap_peak(h), peak);
	b = brski_heap_realloc(h, b, 20);
	assert_int_equal(brski_heap_peak(h), peak);
	brski_heap_free(h, b);
	assert_int_equal(brski_heap_used(h), empty);
	assert_int_equal(brski_heap_peak(h), peak);
}

/* Freed in any order, the heap is one piece again. */
static void
test_joined(void **state)
{
	static const size_t orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 3, 0, 2 },
		{ 2, 0, 3, 1 }, { 0, 2, 1, 3 } };
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	size_t most = ARENA, i, k;
	void *v[4], *all;

	(void)state;
	while ((all = brski_heap_alloc(h, most)) == NULL)
		most--;
	brski_heap_free(h, all);
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		for (k = 0; k < 4; k++)
			assert_non_null(v[k] = brski_heap_alloc(h, 300));
		assert_null(brski_heap_alloc(h, most));
		for (k = 0; k < 4; k++)
			brski_heap_free(h, v[orders[i][k]]);
		assert_non_null(all = brski_heap_alloc(h, most));
		brski_heap_free(h, all);
	}
}

/* The first hole that is large enough is taken. */
static void
test_first_fit(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	void *a = brski_heap_alloc(h, 64), *b = brski_heap_alloc(h, 16),
	     *c = brski_heap_alloc(h, 512), *d = brski_heap_alloc(h, 16);

	(void)state;
	brski_heap_free(h, a);
	brski_heap_free(h, c);
	assert_ptr_equal(brski_heap_alloc(h, 256), c);
	assert_ptr_equal(brski_heap_alloc(h, 64), a);
	brski_heap_free(h, b);
	brski_heap_free(h, d);
}

static void
test_resize(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	uint8_t *a = brski_heap_realloc(h, NULL, 100), *b, *c;
	size_t before, i;

	(void)state;
	for (i = 0; i < 100; i++)
		a[i] = (uint8_t)i;
	assert_ptr_equal(brski_heap_realloc(h, a, 1000), a); /* nothing behind it */
	b = brski_heap_alloc(h, 16);
	before = brski_heap_used(h);
	assert_null(brski_heap_realloc(h, a, ARENA)); /* as it was */
	assert_int_equal(brski_heap_used(h), before);
	assert_ptr_equal(brski_heap_realloc(h, a, 100), a);
	c = brski_heap_realloc(h, a, 1500); /* b is in the way */
	assert_true(c > b);
	for (i = 0; i < 100; i++)
		assert_int_equal(c[i], i);
	assert_ptr_equal(brski_heap_alloc(h, 1000), a); /* where it was */
	assert_true(is_aligned(c));
}

static void
test_extend(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	void *a = brski_heap_alloc(h, 100), *b = brski_heap_alloc(h, 100);
	size_t before = brski_heap_used(h);

	(void)state;
	assert_false(brski_heap_extend(NULL, a, 200));
	assert_false(brski_heap_extend(h, NULL, 200));
	assert_false(brski_heap_extend(h, a, 200)); /* b is in the way */
	assert_false(brski_heap_extend(h, b, ARENA));
	assert_false(brski_heap_extend(h, b, SIZE_MAX));
	assert_int_equal(brski_heap_used(h), before);
	assert_true(brski_heap_extend(h, b, 200));
	assert_true(brski_heap_used(h) >= before + 90);
	brski_heap_free(h, b);
	assert_true(brski_heap_extend(h, a, 200));
	brski_heap_free(h, a);
}

static void
test_numbers_that_wrap(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	void *p = brski_heap_alloc(h, 1);
	size_t i, before = brski_heap_used(h);

	(void)state;
	for (i = 0; i < 64; i++) {
		assert_null(brski_heap_alloc(h, SIZE_MAX - i));
		assert_null(brski_heap_zalloc(h, SIZE_MAX - i));
		assert_null(brski_heap_realloc(h, p, SIZE_MAX - i));
		assert_null(brski_heap_realloc(h, NULL, SIZE_MAX / 2 + i));
	}
	assert_int_equal(brski_heap_used(h), before);
}

static void
test_nothing(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	void *a = brski_heap_alloc(h, 0), *b = brski_heap_zalloc(h, 0);

	(void)state;
	assert_true(a != NULL && b != NULL && a != b);
	assert_non_null(a = brski_heap_realloc(h, a, 0));
	brski_heap_free(h, a);
	brski_heap_free(h, b);
	brski_heap_free(h, NULL);
	brski_heap_free(NULL, NULL);
	assert_non_null(a = brski_heap_alloc(NULL, 0));
	assert_non_null(a = brski_heap_realloc(NULL, a, 0));
	brski_heap_free(NULL, a);
	assert_non_null(a = brski_heap_zalloc(NULL, 0));
	brski_heap_free(NULL, a);
}

static void
test_zeroed(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	uint8_t *p = brski_heap_alloc(h, 100);
	size_t i;

	(void)state;
	memset(p, 0xff, 100);
	brski_heap_free(h, p);
	p = brski_heap_zalloc(h, 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
}

static uint32_t
random_next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* Many pieces that come, grow and go: none ever reaches into another. */
static void
test_churn(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	size_t empty = brski_heap_used(h), n[16] = { 0 }, i, k, round;
	uint8_t *v[16] = { NULL }, *p;
	uint32_t x = 1;

	(void)state;
	for (round = 0; round < 20000; round++) {
		i = random_next(&x) % 16;
		for (k = 0; k < n[i]; k++)
			assert_int_equal(v[i][k], i);
		if (random_next(&x) % 3 == 0) {
			brski_heap_free(h, v[i]);
			v[i] = NULL;
			n[i] = 0;
			continue;
		}
		k = random_next(&x) % 500;
		if ((p = brski_heap_realloc(h, v[i], k)) == NULL)
			continue;
		v[i] = p;
		n[i] = k;
		memset(p, (int)i, k);
	}
	for (i = 0; i < 16; i++)
		brski_heap_free(h, v[i]);
	assert_int_equal(brski_heap_used(h), empty);
}

/* A buffer and a list stay in their heap, also after they were cleared. */
static void
test_owners(void **state)
{
	struct brski_heap *h = brski_heap_init(arena, ARENA);
	struct brski_buf b = { .max = 2000, .heap = h };
	struct brski_certs list = { .heap = h }, from = { 0 };
	struct brski_err err = { 0 };
	size_t empty = brski_heap_used(h);
	int turn;

	(void)state;
	tu_add_file(&from, "devid-certificates/ot-local_pledge_cert.pem");
	for (turn = 0; turn < 2; turn++) {
		assert_ok(brski_buf_append(&b, from.v[0].der, &err), &err);
		assert_true(b.p > arena && b.p < arena + ARENA);
		brski_buf_clear(&b);
		assert_int_equal(brski_heap_used(h), empty);
		assert_ok(brski_certs_copy(&list, &from, &err), &err);
		assert_true(list.v[0].der.p > arena && list.v[0].der.p < arena + ARENA);
		assert_true((uint8_t *)list.v > arena && (uint8_t *)list.v < arena + ARENA);
		brski_certs_clear(&list);
		assert_int_equal(brski_heap_used(h), empty);
	}
	b.max = 2 * ARENA;
	assert_broken(brski_buf_reserve(&b, ARENA, &(uint8_t *){ NULL }, &err), BRSKI_E_NOMEM,
	    &err);
	while ((err.rc = brski_certs_copy(&list, &from, NULL)) == BRSKI_OK)
		continue;
	assert_int_equal(err.rc, BRSKI_E_NOMEM);
	brski_certs_clear(&list);
	assert_int_equal(brski_heap_used(h), empty);
	brski_certs_clear(&from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_any_arena),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_numbers_that_wrap),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
