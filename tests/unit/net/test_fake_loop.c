/* SPDX-License-Identifier: MIT */
/* A replay is worth something only if its time is exact and its order always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "support/fake_loop.h"

static struct loop *loop;
static char order[32];
static unsigned written;

struct step {
	struct task task;
	struct timer timer;
	char name;
	struct step *posts;
	uint64_t at_ms;
	unsigned ran;
};

static void step(void *owner)
{
	struct step *self = owner;
	order[written++] = self->name;
	order[written] = '\0';
	self->at_ms = loop_now_ms(loop);
	self->ran++;
	if (self->posts)
		loop_post(loop, &self->posts->task);
}

static void step_init(struct step *self, char name)
{
	*self = (struct step){ .name = name };
	task_init(&self->task, step, self);
	timer_init(&self->timer, step, self);
}

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	written = 0;
	order[0] = '\0';
	return loop ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void time_moves_only_by_advance(void **state)
{
	struct step a, b, c;
	uint64_t due_ms = 0;
	(void)state;

	step_init(&a, 'a');
	step_init(&b, 'b');
	step_init(&c, 'c');
	assert_int_equal(loop_now_ms(loop), FAKE_LOOP_START_MS);
	loop_start_timer(loop, &b.timer, 20);
	loop_start_timer(loop, &a.timer, 10);
	a.posts = &c;
	assert_true(fake_loop_next(loop, &due_ms));
	assert_int_equal(due_ms, FAKE_LOOP_START_MS + 10);
	assert_false(fake_loop_turn(loop));
	fake_loop_advance(loop, 9);
	assert_string_equal(order, "");
	fake_loop_advance(loop, 100);
	assert_string_equal(order, "acb");
	assert_int_equal(a.at_ms, FAKE_LOOP_START_MS + 10);
	assert_int_equal(c.at_ms, FAKE_LOOP_START_MS + 10);
	assert_int_equal(b.at_ms, FAKE_LOOP_START_MS + 20);
	assert_int_equal(loop_now_ms(loop), FAKE_LOOP_START_MS + 109);
	assert_false(fake_loop_next(loop, &due_ms));
}

static void a_task_of_a_task_runs_in_the_next_turn(void **state)
{
	struct step a, b;
	(void)state;

	step_init(&a, 'a');
	step_init(&b, 'b');
	a.posts = &b;
	loop_post(loop, &a.task);
	loop_post(loop, &a.task);
	assert_true(fake_loop_turn(loop));
	assert_string_equal(order, "a");
	assert_true(fake_loop_turn(loop));
	assert_string_equal(order, "ab");
	assert_false(fake_loop_turn(loop));
	loop_post(loop, &b.task);
	task_cancel(&b.task);
	fake_loop_settle(loop);
	assert_string_equal(order, "ab");
}

static int ready_events;

static void ready(void *owner, int events)
{
	(void)owner;
	ready_events = events;
}

static void a_watch_is_ready_when_the_test_says_so(void **state)
{
	struct watch *watch = watch_new(loop, 7, ready, NULL);
	(void)state;

	assert_false(fake_loop_ready(loop, 7, WATCH_READ));
	watch_set(watch, WATCH_READ);
	assert_int_equal(fake_loop_watched(loop, 7), WATCH_READ);
	assert_false(fake_loop_ready(loop, 7, WATCH_WRITE));
	assert_false(fake_loop_ready(loop, 8, WATCH_READ));
	assert_true(fake_loop_ready(loop, 7, WATCH_READ | WATCH_WRITE));
	assert_int_equal(ready_events, WATCH_READ);
	watch_free(watch);
	assert_int_equal(fake_loop_watched(loop, 7), 0);
}

static void wakes_and_signals_come(void **state)
{
	struct step a, b;
	(void)state;

	step_init(&a, 'w');
	step_init(&b, 's');
	struct wake *wake = wake_new(loop, step, &a);
	struct signal_watch *watch = signal_watch_new(loop, SIGHUP, step, &b);
	wake_up(wake);
	wake_up(wake);
	assert_string_equal(order, "");
	fake_loop_settle(loop);
	fake_loop_raise(loop, SIGTERM);
	fake_loop_raise(loop, SIGHUP);
	assert_string_equal(order, "ws");
	wake_free(wake);
	signal_watch_free(watch);
}

static void stop_now(void *owner)
{
	step(owner);
	loop_stop(loop);
}

static void run_goes_through_time_until_stopped(void **state)
{
	struct step a, b;
	(void)state;

	step_init(&a, 'a');
	step_init(&b, 'b');
	a.timer.fire = stop_now;
	loop_start_timer(loop, &a.timer, 3600000);
	loop_start_timer(loop, &b.timer, 3600001);
	loop_run(loop);
	assert_string_equal(order, "a");
	loop_run(loop);
	assert_string_equal(order, "ab");
	assert_string_equal(loop_library_version(), "fake");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(time_moves_only_by_advance, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_task_of_a_task_runs_in_the_next_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_watch_is_ready_when_the_test_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(wakes_and_signals_come, setup, teardown),
		cmocka_unit_test_setup_teardown(
			run_goes_through_time_until_stopped, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
