/* SPDX-License-Identifier: MIT */
/* An upstream that comes and goes would fill the log, or leave a person with what was true a minute
 * ago. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/upstream_log.h"
#include "support/failmalloc.h"
#include "support/fake_loop.h"
#include "told.h"

static struct endpoint one = { .url = (char[]){ "tls://one.example" }, .name = (char[]){ "one" } };
static struct endpoint two = { .url = (char[]){ "tls://two.example" }, .name = (char[]){ "two" } };
static struct loop *loop;
static struct upstream_log *upstream_log;

static int set_up(void **state)
{
	(void)state;
	loop = loop_new();
	upstream_log = upstream_log_new(loop);
	return loop && upstream_log && told_begin() ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	upstream_log_free(upstream_log);
	loop_free(loop);
	told_end();
	return 0;
}

static void down(struct endpoint *endpoint)
{
	upstream_log_change(upstream_log, endpoint, UPSTREAM_DOWN, "it is silent");
}

static void up(struct endpoint *endpoint)
{
	upstream_log_change(upstream_log, endpoint, UPSTREAM_UP, "a handshake is done");
}

static void pass(uint64_t ms)
{
	fake_loop_advance(loop, ms);
}

static void each_by_itself(void **state)
{
	uint64_t due_ms;
	(void)state;

	for (int hour = 0; hour < 3; hour++) {
		down(&one);
		assert_told("warning: upstream one is down: it is silent");
		upstream_log_change(upstream_log, &one, UPSTREAM_STILL_DOWN, "it refuses");
		assert_told("warning: upstream one is still down: it refuses");
		up(&one);
		assert_told("upstream one answers: a handshake is done");
		pass(3600 * 1000);
		assert_told(NULL);
	}
	/* Nobody is woken up for what is over. */
	assert_false(fake_loop_next(loop, &due_ms));
}

/* All of its changes within a minute. */
static void flap(struct endpoint *endpoint, int times)
{
	for (int i = 0; i < times; i++) {
		if (i % 2 == 0)
			down(endpoint);
		else
			up(endpoint);
		pass(100);
	}
}

static void held_back(void **state)
{
	(void)state;
	flap(&one, UPSTREAM_LOG_AT_ONCE);
	assert_told_lines(UPSTREAM_LOG_AT_ONCE);
	flap(&one, 7);
	assert_told(NULL);
	/* Another one is not to be taken for it. */
	down(&two);
	assert_told("upstream two is down");
	pass(UPSTREAM_LOG_WINDOW_MS);
	assert_told("upstream one changed 7 more times within a minute, and now it is down: it is "
		    "silent");
	/* One is told at once, so that its end is soon known. */
	up(&one);
	assert_told("upstream one answers");
	down(&one);
	assert_told(NULL);
	pass(UPSTREAM_LOG_WINDOW_MS);
	assert_told("upstream one changed 1 more time within a minute, and now it is down: it is "
		    "silent");
	up(&one);
	assert_told("upstream one answers");
	pass(UPSTREAM_LOG_WINDOW_MS);
	assert_told(NULL);
	flap(&one, UPSTREAM_LOG_AT_ONCE);
	assert_told_lines(UPSTREAM_LOG_AT_ONCE);
}

static void a_day_of_it(void **state)
{
	(void)state;
	for (int minute = 0; minute < 24 * 60; minute++)
		flap(&one, 600);
	pass(UPSTREAM_LOG_WINDOW_MS);
	assert_told_lines(UPSTREAM_LOG_AT_ONCE + 2 * 24 * 60 - 1);
}

static void where_it_is(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * UPSTREAM_LOG_AT_ONCE; i++) {
		upstream_log_change(
			upstream_log, &one, UPSTREAM_FOUND, "one.example is at 192.0.2.1");
		assert_told("upstream one: one.example is at 192.0.2.1");
	}
}

static void out_of_memory(void **state)
{
	bool failed = true;
	(void)state;

	for (size_t n = 0; failed; n++) {
		failmalloc_arm(n);
		struct upstream_log *made = upstream_log_new(loop);
		if (made)
			upstream_log_change(made, &one, UPSTREAM_DOWN, "it is silent");
		failed = failmalloc_disarm();
		assert_told(made ? "upstream one is down" : NULL);
		upstream_log_free(made);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_by_itself),
		T(held_back),
		T(a_day_of_it),
		T(where_it_is),
		T(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
