/* SPDX-License-Identifier: MIT */
/* An upstream that is of no use would be asked first for ever, or one that is well be left because
 * of somebody's broken domain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/outdone.h"

#define NOW_MS 1000000

static void test_too_many(void **state)
{
	struct outdone outdone = { 0 };
	(void)state;
	for (uint32_t domain = 1; domain < OUTDONE_MAX; domain++)
		assert_false(outdone_miss(&outdone, domain, NOW_MS));
	assert_false(outdone.down);
	assert_true(outdone_miss(&outdone, OUTDONE_MAX, NOW_MS));
	assert_true(outdone.down);
	/* It stays so, and each further one counts. */
	assert_false(outdone_miss(&outdone, OUTDONE_MAX, NOW_MS));
	assert_true(outdone_miss(&outdone, OUTDONE_MAX + 1, NOW_MS));
}

static void test_a_domain_counts_once_in_some_seconds(void **state)
{
	const uint64_t pause_ms = OUTDONE_PAUSE_S * 1000;
	struct outdone outdone = { 0 };
	(void)state;
	for (uint64_t ms = 0; ms < pause_ms; ms += 10)
		assert_false(outdone_miss(&outdone, 7, NOW_MS + ms));
	assert_int_equal(outdone.count, 1);
	assert_false(outdone_miss(&outdone, 7, NOW_MS + pause_ms));
	assert_int_equal(outdone.count, 2);
}

static void test_answers_make_up(void **state)
{
	struct outdone outdone = { 0 };
	(void)state;
	for (uint32_t domain = 1; domain <= OUTDONE_MAX; domain++)
		(void)outdone_miss(&outdone, domain, NOW_MS);
	for (unsigned left = OUTDONE_MAX - OUTDONE_LESS; left > 0; left -= OUTDONE_LESS) {
		outdone_make_up(&outdone, true);
		assert_int_equal(outdone.count, left);
		assert_true(outdone.down);
	}
	/* A late one in between, and all has to be made up for anew. */
	outdone_make_up(&outdone, false);
	assert_int_equal(outdone.count, OUTDONE_MAX);
	for (unsigned i = 0; i < OUTDONE_MAX / OUTDONE_LESS; i++)
		outdone_make_up(&outdone, true);
	assert_int_equal(outdone.count, 0);
	assert_false(outdone.down);
	/* Of one that is not down a late one changes nothing. */
	(void)outdone_miss(&outdone, 1, NOW_MS);
	outdone_make_up(&outdone, false);
	assert_int_equal(outdone.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_a_domain_counts_once_in_some_seconds),
		cmocka_unit_test(test_answers_make_up),
	};
	return cmocka_run_group_tests_name("outdone", tests, NULL, NULL);
}
