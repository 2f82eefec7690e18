/* SPDX-License-Identifier: MIT */
/* A machine that boots in 1970 is told of, and so is the moment when it knows better. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/clock_floor.h"
#include "support/failmalloc.h"
#include "support/fake_loop.h"

#define FLOOR_S FAKE_LOOP_WALL_S
#define DAY_S	86400

static struct loop *loop;
static struct clock_floor *floor_watch;
static unsigned changes;

static void changed(void *owner)
{
	assert_null(owner);
	changes++;
}

static int set_up(void **state)
{
	(void)state;
	loop = loop_new();
	fake_loop_set_floor(loop, FLOOR_S);
	changes = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	clock_floor_free(floor_watch);
	loop_free(loop);
	return 0;
}

static void begin_at(int64_t wall_s)
{
	fake_loop_set_wall(loop, wall_s);
	floor_watch = clock_floor_new(loop, changed, NULL);
	assert_non_null(floor_watch);
}

static void a_clock_that_is_set(void **state)
{
	uint64_t due_ms;
	(void)state;

	begin_at(FLOOR_S);
	assert_false(clock_floor_look(floor_watch));
	assert_false(fake_loop_next(loop, &due_ms)); /* nobody is woken up for it */
	assert_int_equal(changes, 0);
}

static void set_by_somebody(void **state)
{
	uint64_t due_ms;
	(void)state;

	begin_at(12);
	fake_loop_advance(loop, 3600 * 1000);
	assert_false(clock_floor_look(floor_watch));
	assert_int_equal(changes, 0);
	fake_loop_set_wall(loop, FLOOR_S + DAY_S);
	assert_true(clock_floor_look(floor_watch));
	assert_int_equal(changes, 1);
	assert_false(clock_floor_look(floor_watch));
	fake_loop_advance(loop, 3600 * 1000);
	assert_int_equal(changes, 1);
	assert_false(fake_loop_next(loop, &due_ms));
}

static void past_the_floor_by_itself(void **state)
{
	(void)state;
	begin_at(FLOOR_S - 90);
	fake_loop_advance(loop, 80 * 1000);
	assert_int_equal(changes, 0);
	fake_loop_advance(loop, 60 * 1000);
	assert_int_equal(changes, 1);
}

static void not_set_any_more(void **state)
{
	(void)state;
	begin_at(FLOOR_S + DAY_S);
	fake_loop_set_wall(loop, 12);
	assert_true(clock_floor_look(floor_watch));
	assert_int_equal(changes, 1);
	fake_loop_set_wall(loop, FLOOR_S + DAY_S);
	assert_true(clock_floor_look(floor_watch));
	assert_int_equal(changes, 2);
}

static void out_of_memory(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_null(clock_floor_new(loop, changed, NULL));
	assert_true(failmalloc_disarm());
	begin_at(FLOOR_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_clock_that_is_set, set_up, tear_down),
		cmocka_unit_test_setup_teardown(set_by_somebody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(past_the_floor_by_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_set_any_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
