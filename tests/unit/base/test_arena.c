/* SPDX-License-Identifier: MIT */
/* What one query may hold: bounded, aligned, zeroed, and all of it given back. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "support/failmalloc.h"

static void test_aligned_and_zeroed(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, 1 << 20);
	for (size_t len = 0; len < 300; len++) {
		uint8_t *at = arena_alloc(&arena, len);
		assert_non_null(at);
		assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xff, len);
	}
	arena_done(&arena);
	assert_int_equal(arena.total, 0);
}

/* Pieces that overlapped would make one record's owner another's. */
static void test_pieces_are_apart(void **state)
{
	struct arena arena;
	uint8_t *piece[200];
	(void)state;
	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; i < 200; i++) {
		piece[i] = arena_alloc(&arena, i * 7 + 1);
		assert_non_null(piece[i]);
		memset(piece[i], (int)i, i * 7 + 1);
	}
	for (unsigned i = 0; i < 200; i++) {
		for (unsigned k = 0; k < i * 7 + 1; k++)
			assert_int_equal(piece[i][k], i);
	}
	arena_done(&arena);
}

/* A hostile message must not make one query hold more than it may. */
static void test_limit(void **state)
{
	struct arena arena;
	size_t count = 0;
	(void)state;
	arena_init(&arena, 64 << 10);
	while (arena_alloc(&arena, 100))
		count++;
	assert_in_range(count, 400, (64 << 10) / 100);
	assert_true(arena.total <= arena.limit);
	assert_null(arena_alloc(&arena, 64 << 10));
	arena_done(&arena);
	/* And it can be used again. */
	assert_non_null(arena_alloc(&arena, 100));
	arena_done(&arena);
}

static void test_absurd_lengths(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, SIZE_MAX);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX / 2 + 1));
	assert_null(arena_array(&arena, SIZE_MAX / 8, 16));
	assert_null(arena_array(&arena, SIZE_MAX, SIZE_MAX));
	assert_non_null(arena_array(&arena, 0, SIZE_MAX));
	arena_done(&arena);
}

static void test_copy(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, 1 << 20);
	assert_string_equal(arena_copy(&arena, "stub", 5), "stub");
	assert_non_null(arena_copy(&arena, NULL, 0));
	char big[10000];
	memset(big, 'x', sizeof(big));
	assert_memory_equal(arena_copy(&arena, big, sizeof(big)), big, sizeof(big));
	arena_done(&arena);
}

/* Out of memory is an ordinary error, and what was there before stays. */
static void test_malloc_fails(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, 1 << 20);
	char *kept = arena_copy(&arena, "kept", 5);
	failmalloc_arm(0);
	assert_null(arena_alloc(&arena, 8192));
	assert_true(failmalloc_disarm());
	assert_string_equal(kept, "kept");
	assert_non_null(arena_alloc(&arena, 8192));
	arena_done(&arena);
}

/* What one upstream's useless response took must be there for the next one's. */
static void test_rewind(void **state)
{
	struct arena arena;
	(void)state;

	arena_init(&arena, 64 * 1024);
	char *kept = arena_copy(&arena, "kept", 5);
	struct arena_mark mark = arena_mark(&arena);
	size_t total = arena.total;
	for (int i = 0; i < 10; i++) {
		assert_non_null(arena_alloc(&arena, 50 * 1024));
		assert_null(arena_alloc(&arena, 50 * 1024));
		arena_rewind(&arena, mark);
		assert_int_equal(arena.total, total);
		assert_string_equal(kept, "kept");
	}
	arena_done(&arena);
	arena_init(&arena, 64 * 1024);
	mark = arena_mark(&arena);
	assert_non_null(arena_alloc(&arena, 1));
	arena_rewind(&arena, mark);
	assert_null(arena.blocks);
	assert_int_equal(arena.total, 0);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_aligned_and_zeroed),
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_absurd_lengths),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_malloc_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
