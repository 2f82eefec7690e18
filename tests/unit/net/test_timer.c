/* SPDX-License-Identifier: MIT */
/* A timer that fires late, twice or after it was stopped is a lost or doubled question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rand.h"
#include "net/timer.h"

#define MANY 500

struct probe {
	struct timer timer;
	unsigned fired;
	struct probe *starts, *stops; /* what it does to others when it fires */
	uint64_t delay_ms;
};

static struct timers timers;
static uint64_t now_ms, last_due_ms;
static unsigned fired;

static void fire(void *owner)
{
	struct probe *probe = owner;

	assert_false(timer_running(&probe->timer));
	assert_true(probe->timer.due_ms >= last_due_ms);
	last_due_ms = probe->timer.due_ms;
	probe->fired++;
	fired++;
	if (probe->starts)
		timers_start(&timers, &probe->starts->timer, now_ms + probe->delay_ms);
	if (probe->stops)
		timers_stop(&timers, &probe->stops->timer);
}

static void probe_init(struct probe *probe)
{
	*probe = (struct probe){ 0 };
	timer_init(&probe->timer, fire, probe);
}

static int setup(void **state)
{
	(void)state;
	timers_init(&timers);
	now_ms = last_due_ms = 0;
	fired = 0;
	return 0;
}

static void run_at(uint64_t at_ms)
{
	now_ms = at_ms;
	last_due_ms = 0;
	timers_run(&timers, at_ms);
}

static void fires_in_order_of_due_time(void **state)
{
	static struct probe probes[MANY];
	struct rand rand;
	uint64_t due_ms;
	(void)state;

	rand_init_seeded(&rand, 1);
	for (unsigned i = 0; i < MANY; i++) {
		probe_init(&probes[i]);
		timers_start(&timers, &probes[i].timer, rand_below(&rand, 1000));
	}
	while (timers_next(&timers, &due_ms))
		run_at(due_ms + 10);
	assert_int_equal(fired, MANY);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(probes[i].fired, 1);
}

/* The heap against the plainest thing that can be right: an array that is searched. */
static void random_moves_agree_with_an_array(void **state)
{
	static struct probe probes[64];
	struct rand rand;
	(void)state;

	for (unsigned i = 0; i < 64; i++)
		probe_init(&probes[i]);
	rand_init_seeded(&rand, 7);
	for (unsigned step = 0; step < 20000; step++) {
		struct probe *probe = &probes[rand_below(&rand, 64)];
		uint64_t least = UINT64_MAX, due_ms = 0;
		unsigned running = 0;

		switch (rand_below(&rand, 4)) {
		case 0: timers_stop(&timers, &probe->timer); break;
		case 1:
		case 2:
			timers_start(&timers, &probe->timer, now_ms + rand_below(&rand, 100));
			break;
		case 3: run_at(now_ms + rand_below(&rand, 5)); break;
		}
		for (unsigned i = 0; i < 64; i++) {
			if (!timer_running(&probes[i].timer))
				continue;
			running++;
			if (probes[i].timer.due_ms < least)
				least = probes[i].timer.due_ms;
		}
		assert_int_equal(timers_next(&timers, &due_ms), running > 0);
		if (running > 0)
			assert_int_equal(due_ms, least);
	}
}

static void a_timer_not_due_waits(void **state)
{
	struct probe probe;
	uint64_t due_ms = 0;
	(void)state;

	probe_init(&probe);
	assert_false(timers_next(&timers, &due_ms));
	timers_start(&timers, &probe.timer, 100);
	assert_true(timers_next(&timers, &due_ms));
	assert_int_equal(due_ms, 100);
	run_at(99);
	assert_int_equal(fired, 0);
	assert_true(timer_running(&probe.timer));
	run_at(100);
	assert_int_equal(fired, 1);
	assert_false(timer_running(&probe.timer));
}

static void starting_again_moves(void **state)
{
	struct probe a, b;
	uint64_t due_ms = 0;
	(void)state;

	probe_init(&a);
	probe_init(&b);
	timers_start(&timers, &a.timer, 10);
	timers_start(&timers, &b.timer, 20);
	timers_start(&timers, &a.timer, 30);
	assert_true(timers_next(&timers, &due_ms));
	assert_int_equal(due_ms, 20);
	timers_start(&timers, &a.timer, 5);
	assert_true(timers_next(&timers, &due_ms));
	assert_int_equal(due_ms, 5);
	run_at(100);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 1);
}

static void stopping_is_harmless_at_any_time(void **state)
{
	struct probe a, b, c;
	(void)state;

	probe_init(&a);
	probe_init(&b);
	probe_init(&c);
	timers_stop(&timers, &a.timer);
	timers_start(&timers, &a.timer, 1);
	timers_start(&timers, &b.timer, 2);
	timers_start(&timers, &c.timer, 3);
	timers_stop(&timers, &b.timer);
	timers_stop(&timers, &b.timer);
	a.stops = &c;
	run_at(10);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 0);
	assert_int_equal(c.fired, 0);
}

/* A timer that starts itself with no delay must not keep the loop from its sockets. */
static void started_while_running_waits_for_the_next_run(void **state)
{
	struct probe a, b, c;
	uint64_t due_ms = 0;
	(void)state;

	probe_init(&a);
	probe_init(&b);
	probe_init(&c);
	a.starts = &a;
	b.stops = &c;
	timers_start(&timers, &a.timer, 5);
	timers_start(&timers, &b.timer, 6);
	run_at(10);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 1);
	assert_true(timer_running(&a.timer));
	assert_true(timers_next(&timers, &due_ms));
	assert_int_equal(due_ms, 10);

	/* Started anew and stopped again in one run. */
	a.starts = &c;
	timers_start(&timers, &b.timer, 11);
	run_at(20);
	assert_int_equal(a.fired, 2);
	assert_int_equal(c.fired, 0);
	assert_false(timer_running(&c.timer));
	assert_false(timers_next(&timers, &due_ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fires_in_order_of_due_time, setup),
		cmocka_unit_test_setup(random_moves_agree_with_an_array, setup),
		cmocka_unit_test_setup(a_timer_not_due_waits, setup),
		cmocka_unit_test_setup(starting_again_moves, setup),
		cmocka_unit_test_setup(stopping_is_harmless_at_any_time, setup),
		cmocka_unit_test_setup(started_while_running_waits_for_the_next_run, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
