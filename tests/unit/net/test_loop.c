/* SPDX-License-Identifier: MIT */
/* Everything else stands on it: a lost event is a question without an answer, an event after a
 * free is a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/loop.h"
#include "support/failmalloc.h"

static struct loop *loop;
static struct timer guard; /* a test that hangs fails */

static void too_long(void *owner)
{
	(void)owner;
	fail_msg("nothing happened for 20 s");
}

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	if (!loop)
		return -1;
	timer_init(&guard, too_long, NULL);
	loop_start_timer(loop, &guard, 20000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_stop_timer(loop, &guard);
	loop_free(loop);
	return 0;
}

struct counter {
	struct task task;
	struct timer timer;
	unsigned ran, until;
	uint64_t at_ms;
};

static void count_and_post(void *owner)
{
	struct counter *counter = owner;
	if (++counter->ran == counter->until)
		loop_stop(loop);
	else
		loop_post(loop, &counter->task);
}

static void count_once(void *owner)
{
	struct counter *counter = owner;
	counter->ran++;
	counter->at_ms = loop_now_ms(loop);
	if (counter->ran == counter->until)
		loop_stop(loop);
}

static void tasks_run_once_and_never_on_the_callers_stack(void **state)
{
	struct counter a = { .until = 1 }, b = { .until = 9 }, cancelled = { .until = 9 };
	(void)state;

	task_init(&a.task, count_once, &a);
	task_init(&b.task, count_once, &b);
	task_init(&cancelled.task, count_once, &cancelled);
	task_cancel(&cancelled.task);
	loop_post(loop, &cancelled.task);
	loop_post(loop, &b.task);
	loop_post(loop, &b.task);
	loop_post(loop, &a.task);
	assert_true(task_waiting(&b.task));
	task_cancel(&cancelled.task);
	assert_int_equal(a.ran + b.ran, 0);
	loop_run(loop);
	assert_int_equal(a.ran, 1);
	assert_int_equal(b.ran, 1);
	assert_int_equal(cancelled.ran, 0);
	assert_false(task_waiting(&b.task));
}

struct pipe_end {
	struct watch *watch;
	int fds[2];
	unsigned ready;
	int events;
};

static void stop_on_ready(void *owner, int events)
{
	struct pipe_end *end = owner;
	end->ready++;
	end->events = events;
	loop_stop(loop);
}

static void pair_open(struct pipe_end *end, void (*ready)(void *owner, int events))
{
	*end = (struct pipe_end){ 0 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, end->fds), 0);
	end->watch = watch_new(loop, end->fds[0], ready, end);
	assert_non_null(end->watch);
}

static void pair_close(struct pipe_end *end)
{
	watch_free(end->watch);
	close(end->fds[0]);
	close(end->fds[1]);
}

/* Else one busy query starves all sockets. */
static void a_task_that_posts_itself_leaves_the_others_their_turn(void **state)
{
	struct counter busy = { .until = 1000000 };
	struct pipe_end end;
	(void)state;

	pair_open(&end, stop_on_ready);
	watch_set(end.watch, WATCH_READ);
	assert_int_equal(write(end.fds[1], "x", 1), 1);
	task_init(&busy.task, count_and_post, &busy);
	loop_post(loop, &busy.task);
	loop_run(loop);
	assert_int_equal(end.ready, 1);
	assert_true(busy.ran < 10);
	task_cancel(&busy.task);
	pair_close(&end);
}

static void tasks_of_tasks_run_without_anything_else_happening(void **state)
{
	struct counter chain = { .until = 1000 };
	(void)state;

	task_init(&chain.task, count_and_post, &chain);
	loop_post(loop, &chain.task);
	loop_run(loop);
	assert_int_equal(chain.ran, 1000);
}

static void a_task_that_still_waits_is_let_go_with_the_loop(void **state)
{
	struct counter waiting = { 0 };
	struct loop *other = loop_new();
	(void)state;

	assert_non_null(other);
	task_init(&waiting.task, count_once, &waiting);
	loop_post(other, &waiting.task);
	loop_free(other);
	assert_false(task_waiting(&waiting.task));
	assert_int_equal(waiting.ran, 0);
	loop_free(NULL);
}

static void timers_fire_in_order_and_not_before_time(void **state)
{
	struct counter a = { .until = 9 }, b = { .until = 1 }, stopped = { .until = 9 };
	uint64_t start_ms = loop_now_ms(loop);
	(void)state;

	timer_init(&a.timer, count_once, &a);
	timer_init(&b.timer, count_once, &b);
	timer_init(&stopped.timer, count_once, &stopped);
	loop_start_timer(loop, &b.timer, 30);
	loop_start_timer(loop, &a.timer, 10);
	loop_start_timer(loop, &stopped.timer, 5);
	loop_stop_timer(loop, &stopped.timer);
	loop_run(loop);
	assert_int_equal(a.ran, 1);
	assert_int_equal(b.ran, 1);
	assert_int_equal(stopped.ran, 0);
	assert_true(a.at_ms >= start_ms + 10);
	assert_true(b.at_ms >= start_ms + 30);
	assert_true(b.at_ms >= a.at_ms);
}

static void a_delay_without_end_never_fires(void **state)
{
	struct counter never = { 0 }, soon = { .until = 1 };
	(void)state;

	timer_init(&never.timer, count_once, &never);
	timer_init(&soon.timer, count_once, &soon);
	loop_start_timer(loop, &never.timer, UINT64_MAX);
	loop_start_timer(loop, &soon.timer, 1);
	loop_run(loop);
	assert_int_equal(never.ran, 0);
	loop_stop_timer(loop, &never.timer);
}

static void readiness_is_told_as_long_as_it_lasts(void **state)
{
	struct pipe_end end;
	char octet;
	(void)state;

	pair_open(&end, stop_on_ready);
	watch_set(end.watch, WATCH_WRITE);
	loop_run(loop);
	assert_int_equal(end.events, WATCH_WRITE);
	watch_set(end.watch, WATCH_READ);
	assert_int_equal(write(end.fds[1], "x", 1), 1);
	loop_run(loop);
	assert_int_equal(end.events, WATCH_READ);
	loop_run(loop);
	assert_int_equal(end.ready, 3);
	watch_set(end.watch, WATCH_READ | WATCH_WRITE);
	loop_run(loop);
	assert_int_equal(end.events, WATCH_READ | WATCH_WRITE);

	struct counter pause = { .until = 1 };
	timer_init(&pause.timer, count_once, &pause);
	loop_start_timer(loop, &pause.timer, 5);
	watch_set(end.watch, 0);
	loop_run(loop);
	assert_int_equal(end.ready, 4);
	assert_int_equal(read(end.fds[0], &octet, 1), 1);
	pair_close(&end);
}

static struct pipe_end freed_pairs[2];

static void free_both(void *owner, int events)
{
	struct pipe_end *end = owner;
	(void)events;
	end->ready++;
	for (int i = 0; i < 2; i++) {
		watch_free(freed_pairs[i].watch);
		freed_pairs[i].watch = NULL;
		close(freed_pairs[i].fds[0]);
	}
	loop_stop(loop);
}

/* Both are ready in one turn; whichever comes first frees both. */
static void no_event_comes_after_a_watch_is_freed(void **state)
{
	(void)state;

	for (int i = 0; i < 2; i++) {
		pair_open(&freed_pairs[i], free_both);
		watch_set(freed_pairs[i].watch, WATCH_READ);
		assert_int_equal(write(freed_pairs[i].fds[1], "x", 1), 1);
	}
	loop_run(loop);
	assert_int_equal(freed_pairs[0].ready + freed_pairs[1].ready, 1);
	close(freed_pairs[0].fds[1]);
	close(freed_pairs[1].fds[1]);
	watch_free(NULL);
}

/* libuv stops polling a descriptor with an error; a UDP socket must survive an ICMP error. */
static void polling_goes_on_after_an_error(void **state)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET };
	struct pipe_end end = { 0 };
	char octet;
	(void)state;

	/* A port that was just ours and is closed: sending there brings ECONNREFUSED. */
	socklen_t len = sizeof(nobody);
	int gone = socket(AF_INET, SOCK_DGRAM, 0);
	nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(gone, (struct sockaddr *)&nobody, len), 0);
	assert_int_equal(getsockname(gone, (struct sockaddr *)&nobody, &len), 0);
	close(gone);
	end.fds[0] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(end.fds[0], (struct sockaddr *)&nobody, len), 0);
	end.watch = watch_new(loop, end.fds[0], stop_on_ready, &end);
	assert_non_null(end.watch);
	watch_set(end.watch, WATCH_READ);
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(send(end.fds[0], "x", 1, 0), 1);
		loop_run(loop);
		assert_int_equal(end.ready, i);
		assert_int_equal(end.events, WATCH_READ);
		assert_int_equal(recv(end.fds[0], &octet, 1, 0), -1);
	}
	watch_free(end.watch);
	close(end.fds[0]);
}

static void a_file_cannot_be_watched(void **state)
{
	(void)state;
	assert_null(watch_new(loop, -1, stop_on_ready, NULL));
}

static void *wake_from_thread(void *wake)
{
	for (int i = 0; i < 100; i++)
		wake_up(wake);
	return NULL;
}

static void another_thread_wakes_it(void **state)
{
	struct counter woken = { .until = 1 };
	struct wake *wake = wake_new(loop, count_once, &woken);
	pthread_t thread;
	(void)state;

	assert_non_null(wake);
	assert_int_equal(pthread_create(&thread, NULL, wake_from_thread, wake), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	assert_true(woken.ran >= 1);
	wake_free(wake);
	wake_free(NULL);
}

static void a_signal_comes_through(void **state)
{
	struct counter raised = { .until = 1 };
	struct signal_watch *watch = signal_watch_new(loop, SIGUSR1, count_once, &raised);
	(void)state;

	assert_non_null(watch);
	assert_null(signal_watch_new(loop, -1, count_once, &raised));
	kill(getpid(), SIGUSR1);
	loop_run(loop);
	assert_int_equal(raised.ran, 1);
	signal_watch_free(watch);
	signal_watch_free(NULL);
}

static void out_of_memory_is_told(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_null(loop_new());
	failmalloc_arm(0);
	assert_null(watch_new(loop, 0, stop_on_ready, NULL));
	failmalloc_arm(0);
	assert_null(wake_new(loop, count_once, NULL));
	failmalloc_arm(0);
	assert_null(signal_watch_new(loop, SIGUSR1, count_once, NULL));
	assert_true(failmalloc_disarm());
}

static void posting_and_timing_allocate_nothing(void **state)
{
	struct counter a = { .until = 1 };
	(void)state;

	task_init(&a.task, count_once, &a);
	timer_init(&a.timer, count_once, &a);
	size_t before = failmalloc_count();
	loop_post(loop, &a.task);
	loop_start_timer(loop, &a.timer, 1);
	loop_run(loop);
	assert_int_equal(failmalloc_count(), before);
	loop_stop_timer(loop, &a.timer);
	assert_true(loop_library_version()[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			tasks_run_once_and_never_on_the_callers_stack, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_task_that_posts_itself_leaves_the_others_their_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(
			tasks_of_tasks_run_without_anything_else_happening, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_task_that_still_waits_is_let_go_with_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(
			timers_fire_in_order_and_not_before_time, setup, teardown),
		cmocka_unit_test_setup_teardown(a_delay_without_end_never_fires, setup, teardown),
		cmocka_unit_test_setup_teardown(
			readiness_is_told_as_long_as_it_lasts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			no_event_comes_after_a_watch_is_freed, setup, teardown),
		cmocka_unit_test_setup_teardown(polling_goes_on_after_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_cannot_be_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(another_thread_wakes_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_signal_comes_through, setup, teardown),
		cmocka_unit_test_setup_teardown(out_of_memory_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
			posting_and_timing_allocate_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
