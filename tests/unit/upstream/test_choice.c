/* SPDX-License-Identifier: MIT */
/* A query on a connection that is full, silent or about to be closed waits in vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/choice.h"

#define COUNT 3

static struct connection connections[COUNT];
static struct list all;

static int setup(void **state)
{
	(void)state;
	list_init(&all);
	for (size_t i = 0; i < COUNT; i++) {
		connections[i] = (struct connection){
			.state = CONNECTION_READY,
			.capacity = 256,
			.quiet_since_ms = 1000 + i,
			.idle_limit_ms = 10000,
		};
		list_init(&connections[i].link);
		list_push_back(&all, &connections[i].link);
	}
	return 0;
}

static void test_the_oldest_that_is_not_busy(void **state)
{
	(void)state;
	assert_ptr_equal(choice_best(&all), &connections[0]);
	connections[0].in_flight = CHOICE_BUSY - 1;
	assert_ptr_equal(choice_best(&all), &connections[0]);
	connections[0].in_flight = CHOICE_BUSY;
	assert_true(choice_busy(&connections[0]));
	assert_ptr_equal(choice_best(&all), &connections[1]);
	connections[1].doubted = true;
	assert_ptr_equal(choice_best(&all), &connections[2]);
	connections[2].state = CONNECTION_DRAINING;
	assert_ptr_equal(choice_best(&all), &connections[0]); /* better a busy one than none */
	connections[0].state = CONNECTION_OPENING;
	assert_null(choice_best(&all));
}

static void test_any_good(void **state)
{
	(void)state;
	assert_true(choice_any_good(&all));
	connections[0].state = CONNECTION_OPENING;
	connections[1].state = CONNECTION_DRAINING;
	assert_true(choice_any_good(&all));
	connections[2].doubted = true;
	assert_false(choice_any_good(&all));
}

static void test_room_counts_more_than_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		connections[i].in_flight = CHOICE_BUSY + 10 * (unsigned)i;
	assert_ptr_equal(choice_best(&all), &connections[0]);
	connections[0].capacity = CHOICE_BUSY; /* full */
	assert_true(choice_busy(&connections[0]));
	assert_false(choice_has_room(&connections[0]));
	assert_ptr_equal(choice_best(&all), &connections[1]);
	connections[1].capacity = connections[2].capacity = 10;
	assert_ptr_equal(choice_best(&all), &connections[0]);
	assert_int_equal(choice_load(&all), 3 * CHOICE_BUSY + 30);
}

/* A server that takes few queries, or none for now, is busy sooner. */
static void test_small_capacity(void **state)
{
	(void)state;
	connections[0].capacity = 1;
	assert_false(choice_busy(&connections[0]));
	connections[0].in_flight = 1;
	assert_true(choice_busy(&connections[0]));
	connections[0].capacity = 0;
	assert_false(choice_has_room(&connections[0]));
}

static void test_stale(void **state)
{
	(void)state;
	const uint64_t end_ms = connection_idle_end_ms(&connections[0]);
	assert_false(choice_stale(&connections[0], end_ms - 1));
	assert_true(choice_stale(&connections[0], end_ms));
	connections[0].in_flight = 1;
	assert_false(choice_stale(&connections[0], end_ms));
	connections[0].in_flight = 0;
	connections[0].state = CONNECTION_OPENING;
	assert_false(choice_stale(&connections[0], end_ms));
}

static void test_worst(void **state)
{
	(void)state;
	assert_null(choice_worst(&all));
	for (size_t i = 0; i < COUNT; i++)
		connections[i].doubted = true;
	assert_ptr_equal(choice_worst(&all), &connections[0]);
	connections[2].quiet_since_ms = 1;
	assert_ptr_equal(choice_worst(&all), &connections[2]);
	connections[1].doubted = false;
	assert_null(choice_worst(&all));
	connections[1].doubted = true;
	connections[1].state = CONNECTION_OPENING;
	assert_null(choice_worst(&all));
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_oldest_that_is_not_busy),
		T(test_any_good),
		T(test_room_counts_more_than_load),
		T(test_small_capacity),
		T(test_stale),
		T(test_worst),
	};
	return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
