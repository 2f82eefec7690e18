/* SPDX-License-Identifier: MIT */
/* One dead address of an upstream must not make the upstream dead, nor slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_loop.h"
#include "upstream/reach.h"

struct trial {
	struct loop *loop;
	struct reach reach;
	size_t opened[16], opened_count;
	size_t again[16], again_count;
	unsigned failed;
	size_t impossible; /* an address that cannot be tried; SIZE_MAX: none */
};

static bool open_one(void *owner, size_t address)
{
	struct trial *trial = owner;
	if (trial->impossible == address)
		return false;
	trial->opened[trial->opened_count++] = address;
	return true;
}

static void all_failed(void *owner)
{
	struct trial *trial = owner;
	trial->failed++;
}

static void again(void *owner, size_t address)
{
	struct trial *trial = owner;
	trial->again[trial->again_count++ % 16] = address;
}

static const struct reach_events events = {
	.open = open_one, .again = again, .failed = all_failed
};

static void trial_init(struct trial *trial)
{
	*trial = (struct trial){ .loop = loop_new(), .impossible = SIZE_MAX };
	reach_init(&trial->reach, trial->loop, &events, trial);
}

static void trial_done(struct trial *trial)
{
	reach_stop(&trial->reach);
	loop_free(trial->loop);
}

static void test_next_at_once_when_refused(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 3, 1, 0);
	assert_int_equal(trial.opened_count, 1);
	assert_int_equal(trial.opened[0], 1);
	reach_attempt_failed(&trial.reach);
	assert_int_equal(trial.opened_count, 2);
	assert_int_equal(trial.opened[1], 2);
	reach_attempt_failed(&trial.reach);
	assert_int_equal(trial.opened[2], 0);
	assert_int_equal(trial.failed, 0);
	reach_attempt_failed(&trial.reach);
	assert_int_equal(trial.failed, 1);
	assert_int_equal(trial.reach.state, REACH_REST);
	trial_done(&trial);
}

static void test_next_beside_a_slow_one(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 2, 0, 0);
	fake_loop_advance(trial.loop, 249); /* RFC 8305 section 8: 250 ms */
	assert_int_equal(trial.opened_count, 1);
	fake_loop_advance(trial.loop, 1);
	assert_int_equal(trial.opened_count, 2);
	/* Not over while one of them may still come. */
	reach_attempt_failed(&trial.reach);
	assert_int_equal(trial.failed, 0);
	reach_attempt_failed(&trial.reach);
	assert_int_equal(trial.failed, 1);
	trial_done(&trial);
}

/* An attempt that began without a network waits for the kernel's next try, long after it is back.
 */
static void test_again_while_nobody_answers(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 3, 1, 0);
	fake_loop_advance(trial.loop, 2 * REACH_STAGGER_MS + REACH_AGAIN_MS - 1);
	assert_int_equal(trial.opened_count, 3);
	assert_int_equal(trial.again_count, 0);
	fake_loop_advance(trial.loop, 1 + 4 * REACH_AGAIN_MS);
	assert_int_equal(trial.again_count, 5);
	static const size_t order[] = { 1, 2, 0, 1, 2 };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(trial.again[i], order[i]);
	/* They are not the round's, which ends with its own. */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(trial.failed, 0);
		reach_attempt_failed(&trial.reach);
	}
	assert_int_equal(trial.failed, 1);
	fake_loop_advance(trial.loop, 10 * REACH_AGAIN_MS);
	assert_int_equal(trial.again_count, 5);
	trial_done(&trial);
}

static void test_success_ends_it(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 2, 0, 0);
	reach_stop(&trial.reach);
	fake_loop_advance(trial.loop, 1000);
	assert_int_equal(trial.opened_count, 1);
	assert_int_equal(trial.reach.state, REACH_REST);
	reach_stop(&trial.reach);
	trial_done(&trial);
}

static void test_pause(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 1, 0, loop_now_ms(trial.loop) + 50);
	assert_int_equal(trial.reach.state, REACH_PAUSE);
	fake_loop_advance(trial.loop, 49);
	assert_int_equal(trial.opened_count, 0);
	fake_loop_advance(trial.loop, 1);
	assert_int_equal(trial.opened_count, 1);
	assert_int_equal(trial.reach.state, REACH_TRYING);
	trial_done(&trial);
}

static void test_addresses_that_cannot_be_tried(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	trial.impossible = 0;
	reach_begin(&trial.reach, 2, 0, 0);
	assert_int_equal(trial.opened_count, 1);
	assert_int_equal(trial.opened[0], 1);
	reach_stop(&trial.reach);
	reach_begin(&trial.reach, 1, 0, 0);
	assert_int_equal(trial.failed, 1);
	assert_int_equal(trial.reach.state, REACH_REST);
	trial_done(&trial);
}

/* Addresses that come late are not late for the race. */
static void test_more_addresses(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 3, 1, 0);
	reach_attempt_failed(&trial.reach);
	reach_attempt_failed(&trial.reach);
	/* All are tried or under way; the newcomer waits no longer than it would have had to. */
	fake_loop_advance(trial.loop, 100);
	reach_extend(&trial.reach, 4);
	fake_loop_advance(trial.loop, REACH_STAGGER_MS - 101);
	assert_int_equal(trial.opened_count, 3);
	fake_loop_advance(trial.loop, 1);
	assert_int_equal(trial.opened_count, 4);
	fake_loop_advance(trial.loop, 1000);
	reach_extend(&trial.reach, 5);
	fake_loop_advance(trial.loop, 0);
	assert_int_equal(trial.opened_count, 5);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(trial.failed, 0);
		reach_attempt_failed(&trial.reach);
	}
	assert_int_equal(trial.failed, 1);
	static const size_t order[] = { 1, 2, 0, 3, 4 };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(trial.opened[i], order[i]);
	trial_done(&trial);
}

static void test_more_addresses_ahead(void **state)
{
	struct trial trial;
	(void)state;
	trial_init(&trial);
	reach_begin(&trial.reach, 2, 1, loop_now_ms(trial.loop) + 50);
	reach_extend(&trial.reach, 3);
	assert_int_equal(trial.opened_count, 0);
	fake_loop_advance(trial.loop, 50);
	reach_extend(&trial.reach, 4);
	reach_extend(&trial.reach, 4);
	fake_loop_advance(trial.loop, 3 * REACH_STAGGER_MS);
	assert_int_equal(trial.opened_count, 4);
	static const size_t order[] = { 1, 0, 2, 3 };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(trial.opened[i], order[i]);
	trial_done(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next_at_once_when_refused),
		cmocka_unit_test(test_next_beside_a_slow_one),
		cmocka_unit_test(test_again_while_nobody_answers),
		cmocka_unit_test(test_success_ends_it),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_addresses_that_cannot_be_tried),
		cmocka_unit_test(test_more_addresses),
		cmocka_unit_test(test_more_addresses_ahead),
	};
	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
