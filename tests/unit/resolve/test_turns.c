/* SPDX-License-Identifier: MIT */
/* Lost if these fail: an answer from the cache waits behind all the names that are being validated,
 * or a name behind one that is made to be dear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resolve/turns.h"
#include "support/fake_loop.h"

#define MANY 20

struct waiting {
	struct turn turn;
	unsigned cost; /* still to be spent */
	unsigned taken;
};

static struct loop *loop;
static struct turns turns;
static struct waiting waiting[MANY];

static void take(void *owner)
{
	struct waiting *one = owner;
	const unsigned left = turns_left(&turns);
	const unsigned cost = one->cost < left ? one->cost : left;

	assert_true(left > 0);
	assert_false(turn_waiting(&one->turn));
	one->taken++;
	one->cost -= cost;
	turns_spend(&turns, cost);
	if (one->cost > 0)
		turn_wait(&one->turn, &turns);
}

static int set_up(void **state)
{
	(void)state;
	loop = loop_new();
	turns_init(&turns, loop);
	for (unsigned i = 0; i < MANY; i++) {
		waiting[i] = (struct waiting){ 0 };
		turn_init(&waiting[i].turn, take, &waiting[i]);
	}
	return loop ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		turn_cancel(&waiting[i].turn);
	turns_done(&turns);
	loop_free(loop);
	return 0;
}

static void wait_for(unsigned i, unsigned cost)
{
	waiting[i].cost = cost;
	turn_wait(&waiting[i].turn, &turns);
}

/* What is spent is spent until the loop has looked for what came. */
static void test_left(void **state)
{
	(void)state;
	const unsigned all = turns_left(&turns);
	assert_true(all > 1);
	turns_spend(&turns, 1);
	assert_int_equal(turns_left(&turns), all - 1);
	turns_spend(&turns, all); /* the last check may go beyond */
	assert_int_equal(turns_left(&turns), 0);
	assert_true(fake_loop_turn(loop));
	assert_int_equal(turns_left(&turns), all);
	assert_false(fake_loop_turn(loop));
}

/* However many wait, a turn of the loop costs no more for it. */
static void test_one_after_the_other(void **state)
{
	(void)state;
	const unsigned all = turns_left(&turns);
	turns_spend(&turns, all);
	for (unsigned i = 0; i < MANY; i++)
		wait_for(i, all);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(waiting[i].taken, 0);
		(void)fake_loop_turn(loop);
		assert_int_equal(waiting[i].taken, 1);
	}
}

/* Who costs little shares a turn. */
static void test_several_at_once(void **state)
{
	(void)state;
	const unsigned all = turns_left(&turns);
	turns_spend(&turns, all);
	for (unsigned i = 0; i < MANY; i++)
		wait_for(i, all / 2);
	for (unsigned i = 0; i < MANY; i += 2) {
		(void)fake_loop_turn(loop);
		assert_int_equal(waiting[i].taken + waiting[i + 1].taken, 2);
		if (i + 2 < MANY)
			assert_int_equal(waiting[i + 2].taken, 0);
	}
}

/* One that is dear holds up those who came later for one turn of his. */
static void test_in_turn(void **state)
{
	(void)state;
	const unsigned all = turns_left(&turns);
	turns_spend(&turns, all);
	wait_for(0, 10 * all);
	wait_for(1, 1);
	wait_for(2, 1);
	(void)fake_loop_turn(loop);
	assert_int_equal(waiting[0].taken, 1);
	(void)fake_loop_turn(loop);
	assert_int_equal(waiting[1].taken, 1);
	assert_int_equal(waiting[2].taken, 1);
	fake_loop_settle(loop);
	assert_int_equal(waiting[0].cost, 0);
}

/* Who leaves the queue is not called, and those behind him are. */
static void test_cancel(void **state)
{
	(void)state;
	turns_spend(&turns, turns_left(&turns));
	for (unsigned i = 0; i < 3; i++)
		wait_for(i, 1);
	wait_for(1, 1); /* waits once, where it was */
	turn_cancel(&waiting[1].turn);
	turn_cancel(&waiting[1].turn);
	fake_loop_settle(loop);
	assert_int_equal(waiting[0].taken, 1);
	assert_int_equal(waiting[1].taken, 0);
	assert_int_equal(waiting[2].taken, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_after_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_several_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_turn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
