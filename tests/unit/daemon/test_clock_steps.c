/* SPDX-License-Identifier: MIT */
/* A clock that is set little by little would leave what was judged by another time, or one that is
 * a little wrong would cost the cache now and then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/clock_steps.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS	  (60 * MINUTE_MS)
#define DAY_MS	  (24 * HOUR_MS)

static struct clock_steps steps;
static int64_t boot_ms;

static int set_up(void **state)
{
	(void)state;
	steps = (struct clock_steps){ 0 };
	boot_ms = 90 * DAY_MS;
	return 0;
}

static int64_t step(int64_t stepped_ms)
{
	return clock_steps_add(&steps, stepped_ms, boot_ms);
}

static void at_once(void **state)
{
	(void)state;
	assert_int_equal(step(HOUR_MS - 1000), 0);
	set_up(NULL);
	assert_int_equal(step(HOUR_MS), HOUR_MS);
	assert_int_equal(step(-HOUR_MS), -HOUR_MS);
	assert_int_equal(step(INT64_C(1800000000000)), INT64_C(1800000000000));
}

/* Ten half hours are five hours. */
static void little_by_little(void **state)
{
	int64_t sum_ms = 0;
	(void)state;

	for (int i = 0; i < 10; i++)
		sum_ms += step(30 * MINUTE_MS);
	assert_int_equal(sum_ms, 5 * HOUR_MS);
	for (int i = 0; i < 10; i++)
		sum_ms += step(-30 * MINUTE_MS);
	assert_int_equal(sum_ms, 0);
}

static void there_and_back(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(step(50 * MINUTE_MS), 0);
		assert_int_equal(step(-50 * MINUTE_MS), 0);
	}
}

static void over_some_days(void **state)
{
	int64_t sum_ms = 0;
	(void)state;

	for (int i = 0; i < 3; i++) {
		sum_ms += step(40 * MINUTE_MS);
		boot_ms += DAY_MS;
	}
	assert_in_range(sum_ms, HOUR_MS, 2 * HOUR_MS);
}

/* A clock that loses five minutes a day, and is set right each hour. */
static void a_clock_that_is_a_little_wrong(void **state)
{
	(void)state;
	for (int i = 0; i < 5 * 365 * 24; i++) {
		assert_int_equal(step(5 * MINUTE_MS / 24), 0);
		boot_ms += HOUR_MS;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(at_once, set_up),
		cmocka_unit_test_setup(little_by_little, set_up),
		cmocka_unit_test_setup(there_and_back, set_up),
		cmocka_unit_test_setup(over_some_days, set_up),
		cmocka_unit_test_setup(a_clock_that_is_a_little_wrong, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
