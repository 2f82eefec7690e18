/* SPDX-License-Identifier: MIT */
/* The clocks agree with one another, and a wall clock that is behind its floor is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/clock.h"

static void they_run_alike(void **state)
{
	const uint64_t mono_ms = clock_mono_ms();
	const uint32_t boot_s = clock_boot_s() - CLOCK_BOOT_FIRST_S;
	(void)state;

	const struct clock_reading reading = clock_read();
	assert_in_range(reading.mono_ms, mono_ms, clock_mono_us() / 1000);
	assert_in_range(reading.boot_ms / 1000, boot_s, clock_boot_s() - CLOCK_BOOT_FIRST_S);
	assert_true(reading.boot_ms >= reading.mono_ms);
}

/* Who has compiled this has a clock that is set. */
static void built_in_the_past(void **state)
{
	(void)state;
	assert_true(clock_is_set());
	assert_in_range(clock_floor_s(), 1, time(NULL));
	assert_in_range(clock_wall_s(), time(NULL) - 1, time(NULL));
}

static void behind_the_floor(void **state)
{
	const int64_t future_s = clock_wall_s() + 86400;
	(void)state;

	clock_raise_floor(1);
	assert_true(clock_is_set());
	clock_raise_floor(future_s);
	assert_false(clock_is_set());
	assert_int_equal(clock_wall_s(), future_s);
	assert_int_equal(clock_floor_s(), future_s);
	assert_true(clock_read().wall_ms / 1000 < future_s);
	clock_raise_floor(future_s - 1);
	assert_int_equal(clock_floor_s(), future_s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_run_alike), cmocka_unit_test(built_in_the_past),
		cmocka_unit_test(behind_the_floor), /* the last, as a floor does not sink */
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
