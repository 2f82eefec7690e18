/* SPDX-License-Identifier: MIT */
/* Query IDs that can be guessed let a stranger answer; a seed that does not repeat makes a replay
 * test worthless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rand.h"

static void test_seeded_repeats(void **state)
{
	struct rand a, b, c;
	uint8_t x[1000], y[1000];
	(void)state;
	rand_init_seeded(&a, 7);
	rand_init_seeded(&b, 7);
	rand_init_seeded(&c, 8);
	rand_fill(&a, x, sizeof(x));
	/* In other pieces, and the same octets. */
	for (size_t at = 0; at < sizeof(y); at += 40)
		rand_fill(&b, y + at, 40);
	assert_memory_equal(x, y, sizeof(x));
	rand_fill(&c, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
}

static void test_system_differs(void **state)
{
	struct rand a, b;
	uint8_t x[64], y[64];
	(void)state;
	rand_init(&a);
	rand_init(&b);
	rand_fill(&a, x, sizeof(x));
	rand_fill(&b, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
	rand_fill(&a, y, sizeof(y));
	assert_memory_not_equal(x, y, sizeof(x));
}

/* What was given out is not to be found in memory afterwards. */
static void test_forgets(void **state)
{
	struct rand rand;
	uint8_t x[48];
	static const uint8_t zeros[48];
	(void)state;
	rand_init(&rand);
	rand_fill(&rand, x, sizeof(x));
	assert_memory_equal(rand.pool, zeros, sizeof(zeros));
}

static void test_below(void **state)
{
	struct rand rand;
	unsigned seen[10] = { 0 };
	(void)state;
	rand_init_seeded(&rand, 1);
	for (int i = 0; i < 10000; i++) {
		uint32_t value = rand_below(&rand, 10);
		assert_in_range(value, 0, 9);
		seen[value]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(seen[i], 800, 1200);
	assert_int_equal(rand_below(&rand, 1), 0);
}

static void test_u16_and_key(void **state)
{
	struct rand rand;
	uint16_t ones = 0, zeros = UINT16_MAX;
	(void)state;
	rand_init(&rand);
	for (int i = 0; i < 1000; i++) {
		uint16_t value = rand_u16(&rand);
		ones |= value;
		zeros &= value;
	}
	/* All 16 bits were set once and clear once. */
	assert_int_equal(ones, UINT16_MAX);
	assert_int_equal(zeros, 0);
	struct hash_key a = rand_hash_key(&rand), b = rand_hash_key(&rand);
	assert_true(a.k0 != b.k0 && a.k1 != b.k1 && a.k0 != a.k1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeded_repeats),
		cmocka_unit_test(test_system_differs),
		cmocka_unit_test(test_forgets),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_u16_and_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
