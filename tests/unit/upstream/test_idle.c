/* SPDX-License-Identifier: MIT */
/* A query on a connection that the server is about to close is a query lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/idle.h"

static void test_the_last_close_counts(void **state)
{
	struct idle idle = { 0 };
	(void)state;
	idle_closed(&idle, 10000);
	assert_int_equal(idle.limit_ms, 10000);
	idle_closed(&idle, 2000);
	assert_int_equal(idle.limit_ms, 2000);
	idle_closed(&idle, 5000);
	assert_int_equal(idle.limit_ms, 5000);
	idle_closed(&idle, UINT64_MAX);
	assert_int_equal(idle.limit_ms, UINT32_MAX);
}

/* One that closes after each answer has no patience to be learnt. */
static void test_closing_at_once_says_nothing(void **state)
{
	struct idle idle = { 0 };
	(void)state;
	idle_closed(&idle, IDLE_SHORTEST_MS - 1);
	assert_int_equal(idle.limit_ms, 0);
}

static void test_what_outlives_it_lengthens_it(void **state)
{
	struct idle idle = { 0 };
	(void)state;
	idle_outlived(&idle, 5000);
	assert_int_equal(idle.limit_ms, 0); /* no limit is known */
	idle_closed(&idle, 2000);
	for (int i = 0; i < 1000; i++)
		idle_outlived(&idle, 900); /* far from it */
	assert_int_equal(idle.limit_ms, 2000);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(idle.limit_ms, 2000);
		idle_outlived(&idle, 1500);
	}
	assert_int_equal(idle.limit_ms, 2500);
	idle_outlived(&idle, 4000);
	assert_int_equal(idle.limit_ms, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_close_counts),
		cmocka_unit_test(test_closing_at_once_says_nothing),
		cmocka_unit_test(test_what_outlives_it_lengthens_it),
	};
	return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
