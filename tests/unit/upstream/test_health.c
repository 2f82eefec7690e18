/* SPDX-License-Identifier: MIT */
/* A server that is up must be used, one that is down must not be waited for, and the penalty must
 * end with the outage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/health.h"

#define NOW 1000000

static struct health health;
static struct rand rand;

static int setup(void **state)
{
	(void)state;
	rand_init_seeded(&rand, 1);
	health_init(&health);
	return 0;
}

static void test_changes_are_told_once(void **state)
{
	(void)state;
	assert_true(health_due(&health, 0));
	assert_false(health_good(&health, NOW));
	assert_true(health_failed(&health, NOW, &rand, false));
	assert_false(health_failed(&health, NOW + 500, &rand, false));
	assert_true(health_good(&health, NOW));
	assert_false(health_good(&health, NOW));
	assert_true(health_due(&health, NOW + 500)); /* nothing lingers */
}

static void test_backoff_doubles_to_a_minute(void **state)
{
	uint64_t now_ms = NOW, jittered = 0;
	(void)state;
	for (uint64_t base_ms = 100; base_ms < 10000000; base_ms *= 2) {
		uint64_t most_ms = base_ms > 60000 ? 60000 : base_ms;
		(void)health_failed(&health, now_ms, &rand, false);
		uint64_t wait_ms = health.retry_at_ms - now_ms;
		assert_in_range(wait_ms, most_ms * 3 / 4, most_ms);
		jittered += wait_ms != most_ms;
		/* More failures of the same outage do not add up. */
		(void)health_failed(&health, now_ms + 1, &rand, false);
		assert_int_equal(health.retry_at_ms, now_ms + wait_ms);
		assert_false(health_due(&health, health.retry_at_ms - 1));
		now_ms = health.retry_at_ms;
		assert_true(health_due(&health, now_ms));
	}
	assert_true(jittered > 0);
	assert_true(health_good(&health, NOW));
	(void)health_failed(&health, now_ms, &rand, false);
	assert_in_range(health.retry_at_ms - now_ms, 75, 100); /* begins anew */
}

static void test_one_trial_at_a_time(void **state)
{
	(void)state;
	(void)health_failed(&health, NOW, &rand, false);
	health_tried(&health, NOW + 100, &rand);
	assert_false(health_due(&health, NOW + 101));
	assert_true(health_due(&health, NOW + 200));
	/* The trial's own failure counts, though it happens before the next one is due. */
	(void)health_failed(&health, NOW + 101, &rand, false);
	assert_int_equal(health.failures, 2);
	/* A handshake lets the next query in at once, but is no good response. */
	health_reached(&health, NOW + 102);
	assert_true(health_due(&health, NOW + 102));
	assert_int_equal(health.state, HEALTH_DOWN);
}

/* Left alone for as long as it asks, bounded, and whatever happens meanwhile. */
static void test_rest(void **state)
{
	(void)state;
	assert_true(health_rest(&health, NOW, 30000));
	assert_false(health_rest(&health, NOW, 10000)); /* the longer one counts */
	assert_false(health_good(&health, NOW + 10));
	health_reached(&health, NOW + 20);
	assert_false(health_due(&health, NOW + 29999));
	assert_true(health_due(&health, NOW + 30000));
	assert_int_equal(health.state, HEALTH_DOWN);
	assert_true(health_good(&health, NOW + 30000));
	assert_true(health_rest(&health, NOW, UINT64_MAX / 2));
	assert_false(health_due(&health, NOW + HEALTH_REST_MAX_MS - 1));
	assert_true(health_due(&health, NOW + HEALTH_REST_MAX_MS));
}

static void test_overdue_answers(void **state)
{
	(void)state;
	/* Many at one moment are one hiccup. */
	for (int i = 0; i < 100; i++)
		assert_false(health_overdue(&health, NOW, &rand, false));
	assert_true(health_overdue(&health, NOW + HEALTH_OVERDUE_MS, &rand, false));
	assert_true(health_good(&health, NOW));
	/* Two slow names say nothing. */
	assert_false(health_overdue(&health, NOW, &rand, false));
	assert_false(health_overdue(&health, NOW + 60000, &rand, false));
	/* Nor do three with something good in between. */
	assert_false(health_good(&health, NOW));
	assert_false(health_overdue(&health, NOW + 60001, &rand, false));
	assert_int_equal(health.state, HEALTH_UP);
}

/* Slow names beside those that are answered say nothing, however many; no answers at all do. */
static void test_unanswered_questions(void **state)
{
	uint64_t now_ms = NOW;
	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_false(health_unanswered(&health, NOW, &rand));
		assert_int_equal(health.state, HEALTH_UP);
	}
	for (; now_ms < NOW + HEALTH_UNANSWERED_MS; now_ms += 10) {
		assert_false(health_unanswered(&health, now_ms, &rand));
		/* Soon nobody waits for it alone, signs of life or not. */
		health_alive(&health, now_ms);
		assert_int_equal(health.state,
			now_ms - NOW < HEALTH_OVERDUE_MS ? HEALTH_UP : HEALTH_PROBING);
	}
	assert_false(health_is_down(&health));
	assert_false(health_good(&health, now_ms));
	assert_false(health_unanswered(&health, now_ms, &rand)); /* it begins anew */
	assert_int_equal(health.state, HEALTH_UP);
	now_ms += HEALTH_UNANSWERED_MS;
	for (int i = 1; i < HEALTH_UNANSWERED_MAX - 1; i++)
		assert_false(health_unanswered(&health, now_ms, &rand));
	assert_true(health_unanswered(&health, now_ms, &rand));
	assert_true(health_is_down(&health));
	health_alive(&health, now_ms); /* that it is, and no more */
	assert_false(health_due(&health, now_ms));
}

/* A moment's doubt must not outlast the moment. */
static void test_signs_of_life(void **state)
{
	(void)state;
	health_suspect(&health, NOW);
	health_tried(&health, NOW, &rand);
	health_alive(&health, NOW + 1);
	assert_int_equal(health.state, HEALTH_UP);
	/* Who is down has to answer, but may do so at once. */
	(void)health_failed(&health, NOW, &rand, false);
	health_alive(&health, NOW + 1);
	assert_int_equal(health.state, HEALTH_DOWN);
	assert_true(health_due(&health, NOW + 1));
}

/* Who is suspected is tried less and less, but what comes back is noticed within a second. */
static void test_trials_of_a_suspect(void **state)
{
	uint64_t now_ms = NOW;
	(void)state;
	health_suspect(&health, now_ms);
	for (unsigned i = 0; i < 10; i++) {
		const uint64_t most_ms = i < 2 ? UINT64_C(100) << i : 400;
		health_tried(&health, now_ms, &rand);
		assert_in_range(health.retry_at_ms - now_ms, most_ms * 3 / 4, most_ms);
		now_ms = health.retry_at_ms;
	}
	health_reached(&health, now_ms); /* it may well be back */
	health_tried(&health, now_ms, &rand);
	assert_in_range(health.retry_at_ms - now_ms, 75, 100);
	health_tried(&health, now_ms, &rand);
	(void)health_good(&health, now_ms);
	health_suspect(&health, now_ms);
	health_tried(&health, now_ms, &rand);
	assert_in_range(health.retry_at_ms - now_ms, 75, 100);
}

/* The first one after a night without a link must not wait for the pauses that the night taught. */
static void test_an_outage_is_no_fault_of_the_upstreams(void **state)
{
	uint64_t now_ms = NOW;
	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(health_failed(&health, now_ms, &rand, true), i == 0);
		assert_in_range(health.retry_at_ms - now_ms, 75, HEALTH_OUTAGE_MS);
		now_ms = health.retry_at_ms;
	}
	assert_int_equal(health.failures, 1);
	/* What it had earned before is kept, but not waited for. */
	for (int i = 0; i < 10; i++) {
		(void)health_failed(&health, now_ms, &rand, false);
		now_ms = health.retry_at_ms;
	}
	(void)health_failed(&health, now_ms, &rand, true);
	assert_true(health.retry_at_ms - now_ms <= HEALTH_OUTAGE_MS);
	health_forgive(&health, now_ms);
	assert_true(health_due(&health, now_ms));
	assert_true(health_is_down(&health)); /* it has yet to show it */
	(void)health_failed(&health, now_ms, &rand, false);
	assert_true(health.retry_at_ms - now_ms <= 200);
}

/* Nor do answers that were late on the old network count on the new one. */
static void test_what_was_overdue_is_forgiven(void **state)
{
	(void)state;
	assert_false(health_overdue(&health, NOW, &rand, false));
	assert_false(health_overdue(&health, NOW + 1000, &rand, false));
	health_forgive(&health, NOW + 1000);
	assert_false(health_overdue(&health, NOW + 2000, &rand, false));
	assert_false(health_overdue(&health, NOW + 3000, &rand, false));
	assert_false(health_overdue(&health, NOW + 3999, &rand, false)); /* for less than 2 s */
	assert_true(health_overdue(&health, NOW + 4000, &rand, false));
}

static void test_the_forgiven_rest_all_the_same(void **state)
{
	(void)state;
	assert_true(health_rest(&health, NOW, 30000));
	health_forgive(&health, NOW + 1);
	assert_false(health_due(&health, NOW + 29999));
}

static void test_a_suspect_is_tried_at_once_and_by_one(void **state)
{
	(void)state;
	health_suspect(&health, NOW);
	assert_int_equal(health.state, HEALTH_PROBING);
	assert_false(health_is_down(&health)); /* nothing to be told yet */
	assert_true(health_due(&health, NOW));
	health_tried(&health, NOW, &rand);
	assert_false(health_due(&health, NOW + 1));
	health_suspect(&health, NOW + 1); /* no news */
	assert_false(health_due(&health, NOW + 1));
	assert_false(health_good(&health, NOW + 2));
	assert_int_equal(health.state, HEALTH_UP);
	assert_true(health_due(&health, NOW + 2));
	/* Who fails when tried is down, and that is told. */
	health_suspect(&health, NOW + 3);
	health_tried(&health, NOW + 3, &rand);
	assert_true(health_failed(&health, NOW + 4, &rand, false));
	assert_int_equal(health.state, HEALTH_DOWN);
	health_suspect(&health, NOW + 5);
	assert_int_equal(health.state, HEALTH_DOWN);
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_changes_are_told_once),
		T(test_backoff_doubles_to_a_minute),
		T(test_one_trial_at_a_time),
		T(test_rest),
		T(test_overdue_answers),
		T(test_unanswered_questions),
		T(test_signs_of_life),
		T(test_trials_of_a_suspect),
		T(test_an_outage_is_no_fault_of_the_upstreams),
		T(test_what_was_overdue_is_forgiven),
		T(test_the_forgiven_rest_all_the_same),
		T(test_a_suspect_is_tried_at_once_and_by_one),
	};
	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
