/* SPDX-License-Identifier: MIT */
/* Asked too early the load doubles; too late, and people notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rand.h"
#include "upstream/pace.h"

static void test_nothing_is_known_at_first(void **state)
{
	struct pace pace = { 0 };
	(void)state;
	assert_false(pace_measured(&pace));
	assert_int_equal(pace_rtt_ms(&pace), 0);
	pace_measure(&pace, 0);
	assert_true(pace_measured(&pace));
}

static void test_mean_and_deviation(void **state)
{
	struct pace pace = { 0 };
	(void)state;
	for (int i = 0; i < 100; i++)
		pace_measure(&pace, i % 2 ? 200 : 400);
	assert_in_range(pace_rtt_ms(&pace), 270, 330);
	assert_in_range(pace.rttvar_4ms / 4, 80, 120);
	for (int i = 0; i < 200; i++)
		pace_measure(&pace, UINT64_MAX);
	assert_in_range(pace_rtt_ms(&pace), PACE_LONGEST_MS - 20, PACE_LONGEST_MS);
	assert_in_range(pace_late_ms(&pace), PACE_LONGEST_MS - 100, PACE_LONGEST_MS);
}

/* By an eighth of what is new, and a quarter of how far off it is (RFC 6298 section 2.3). */
static void test_weights(void **state)
{
	struct pace pace = { 0 };
	(void)state;
	pace_measure(&pace, 80);
	assert_int_equal(pace.srtt_8ms, 80 * 8);
	assert_int_equal(pace.rttvar_4ms, 40 * 4);
	pace_measure(&pace, 160);
	assert_int_equal(pace.srtt_8ms, 90 * 8);
	assert_int_equal(pace.rttvar_4ms, 50 * 4);
	pace_measure(&pace, 90);
	assert_int_equal(pace.srtt_8ms, 90 * 8);
	assert_int_equal(pace.rttvar_4ms, 150); /* 37.5 ms */
}

/* Of answers of many kinds one in twenty is late, whatever their spread. */
static void test_one_in_twenty_is_late(void **state)
{
	struct pace pace = { 0 };
	struct rand rand;
	unsigned late = 0;
	(void)state;
	rand_init_seeded(&rand, 7);
	for (int i = 0; i < 20000; i++) {
		const uint64_t rtt_ms = rand_below(&rand, 5) == 0 ? 100 + rand_below(&rand, 400)
								  : 18 + rand_below(&rand, 8);
		if (i >= 2000)
			late += rtt_ms > pace_late_ms(&pace);
		pace_measure(&pace, rtt_ms);
	}
	assert_in_range(late, 18000 * 3 / 100, 18000 * 6 / 100);
}

/* A bad hour is forgotten. */
static void test_it_comes_back(void **state)
{
	struct pace pace = { 0 };
	(void)state;
	pace_measure(&pace, 20);
	for (int i = 0; i < 100; i++)
		pace_measure(&pace, 2000);
	assert_true(pace_late_ms(&pace) > 1000);
	for (int i = 0; i < 1000; i++)
		pace_measure(&pace, 20);
	assert_in_range(pace_late_ms(&pace), 18, 30);
}

/* What is longer than anybody waits counts as that, the first time, too: it is kept as it is, and
 * what is more would be refused when it is read. */
static void test_nothing_is_longer_than_the_longest(void **state)
{
	struct pace pace = { 0 };
	(void)state;
	pace_measure(&pace, PACE_LONGEST_MS);
	assert_int_equal(pace_late_ms(&pace), PACE_LONGEST_MS);
	pace_measure(&pace, PACE_LONGEST_MS);
	assert_true(pace_late_ms(&pace) <= PACE_LONGEST_MS);
}

static void test_a_great_deviation_takes_nothing_below_zero(void **state)
{
	struct pace pace = { .rttvar_4ms = 4 * PACE_LONGEST_MS, .late_64ms = 64 };
	(void)state;
	for (int i = 0; i < 10; i++) {
		pace_measure(&pace, 0);
		assert_int_equal(pace_late_ms(&pace), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_known_at_first),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_mean_and_deviation),
		cmocka_unit_test(test_one_in_twenty_is_late),
		cmocka_unit_test(test_it_comes_back),
		cmocka_unit_test(test_nothing_is_longer_than_the_longest),
		cmocka_unit_test(test_a_great_deviation_takes_nothing_below_zero),
	};
	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
