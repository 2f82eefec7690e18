/* SPDX-License-Identifier: MIT */
/* Sleep and a clock that was set are told from one another, and from nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/clock_watch.h"
#include "support/failmalloc.h"
#include "support/fake_loop.h"

#define NOW_MS INT64_C(1800000000000)

static struct clock_reading reading;
static struct clock_gaps known;

static int set_up(void **state)
{
	(void)state;
	reading = (struct clock_reading){ .wall_ms = NOW_MS, .mono_ms = 50000, .boot_ms = 70000 };
	known = clock_gaps_of(&reading);
	return 0;
}

/* Time goes by, some of it asleep. */
static void pass(int64_t awake_ms, int64_t asleep_ms)
{
	reading.mono_ms += awake_ms;
	reading.boot_ms += awake_ms + asleep_ms;
	reading.wall_ms += awake_ms + asleep_ms;
}

static struct clock_change compare(void)
{
	const struct clock_gaps now = clock_gaps_of(&reading);
	return clock_compare(&known, &now);
}

static void expect(uint64_t slept_ms, int64_t stepped_ms)
{
	const struct clock_change change = compare();
	assert_int_equal(change.slept_ms, slept_ms);
	assert_int_equal(change.stepped_ms, stepped_ms);
}

static void time_goes_by(void **state)
{
	(void)state;
	expect(0, 0);
	pass(INT64_C(86400000) * 400, 0);
	expect(0, 0);
}

static void a_night_asleep(void **state)
{
	(void)state;
	pass(1000, 8 * 3600 * 1000);
	expect(8 * 3600 * 1000, 0);
	expect(0, 0);
	pass(1000, CLOCK_CHANGE_MIN_MS);
	expect(CLOCK_CHANGE_MIN_MS, 0);
}

static void a_clock_that_was_set(void **state)
{
	(void)state;
	reading.wall_ms += 3600 * 1000;
	expect(0, 3600 * 1000);
	expect(0, 0);
	reading.wall_ms -= NOW_MS;
	expect(0, -NOW_MS);
	reading.wall_ms += NOW_MS;
	expect(0, NOW_MS);
}

/* As of a machine whose own clock stood still meanwhile. */
static void both_at_once(void **state)
{
	(void)state;
	pass(0, 60000);
	reading.wall_ms -= 60000;
	expect(60000, -60000);
}

static void little_by_little(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		pass(1000, 300);
		reading.wall_ms -= 300;
		expect(0, 0);
	}
	pass(1000, 300);
	reading.wall_ms -= 300;
	expect(1200, -1200);
	expect(0, 0);
}

static void changed(void *owner, const struct clock_change *change)
{
	(void)change;
	(*(unsigned *)owner)++;
}

/* Nothing happens to this machine's clocks, whichever way they are looked at. */
static void nothing_happens(void **state)
{
	unsigned changes = 0;
	struct loop *loop = loop_new();
	struct clock_watch *watch = clock_watch_new(loop, changed, &changes);
	(void)state;

	assert_non_null(watch);
	fake_loop_advance(loop, 20 * CLOCK_LOOK_MS);
	assert_int_equal(changes, 0);
	clock_watch_free(watch);
	loop_free(loop);
}

static void out_of_memory(void **state)
{
	struct loop *loop = loop_new();
	bool failed = true;
	(void)state;

	for (size_t n = 0; failed; n++) {
		failmalloc_arm(n);
		struct clock_watch *made = clock_watch_new(loop, changed, NULL);
		failed = failmalloc_disarm();
		assert_true(failed == (made == NULL));
		clock_watch_free(made);
	}
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(time_goes_by, set_up),
		cmocka_unit_test_setup(a_night_asleep, set_up),
		cmocka_unit_test_setup(a_clock_that_was_set, set_up),
		cmocka_unit_test_setup(both_at_once, set_up),
		cmocka_unit_test_setup(little_by_little, set_up),
		cmocka_unit_test(nothing_happens),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
