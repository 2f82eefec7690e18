/* SPDX-License-Identifier: MIT */
/* Whoever asks now and then would wait for a handshake each time; whoever asks nothing would keep
 * servers busy for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/warmth.h"

static void test_in_use(void **state)
{
	(void)state;
	assert_true(warmth_in_use(WARMTH_ANSWERS, WARMTH_USE_MS - 1));
	assert_false(warmth_in_use(WARMTH_ANSWERS, WARMTH_USE_MS));
	assert_false(warmth_in_use(WARMTH_ANSWERS - 1, 0));
}

/* However much was asked, one connection that nobody used is the last. */
static void test_paid_for_with_answers(void **state)
{
	struct warmth warmth = { 0 };
	(void)state;
	for (unsigned i = 0; i < WARMTH_ANSWERS; i++) {
		assert_false(warmth_spend(&warmth, 0));
		warmth_add(&warmth);
	}
	assert_false(warmth_spend(&warmth, WARMTH_IDLE_MS));
	assert_true(warmth_spend(&warmth, WARMTH_IDLE_MS - 1));
	assert_false(warmth_spend(&warmth, 0));
	for (unsigned i = 0; i < 100 * WARMTH_ANSWERS; i++)
		warmth_add(&warmth);
	assert_true(warmth_spend(&warmth, 0));
	assert_false(warmth_spend(&warmth, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_paid_for_with_answers),
	};
	return cmocka_run_group_tests_name("warmth", tests, NULL, NULL);
}
