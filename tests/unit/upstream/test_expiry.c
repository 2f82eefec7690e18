/* SPDX-License-Identifier: MIT */
/* A certificate that nobody renews ends in no answers at all, with a warning in time or a log full
 * of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "upstream/expiry.h"

#define DAY_MS UINT64_C(86400000)

static void test_once_a_certificate(void **state)
{
	struct expiry expiry = { 0 };
	char what[EXPIRY_WHAT_LEN];
	(void)state;
	assert_false(expiry_news(&expiry, 5 * DAY_MS, EXPIRY_WARNING_DAYS, what));
	assert_true(expiry_news(&expiry, 5 * DAY_MS, EXPIRY_WARNING_DAYS - 1, what));
	assert_non_null(strstr(what, "expires in 13 days;"));
	for (int day = 1; day < EXPIRY_WARNING_DAYS; day++)
		assert_false(expiry_news(&expiry, (uint64_t)(5 + day) * DAY_MS,
			EXPIRY_WARNING_DAYS - 1 - day, what));
	/* Its successor, as short as that. */
	assert_true(expiry_news(&expiry, 19 * DAY_MS, 1, what));
	assert_non_null(strstr(what, "expires in 1 day;"));
}

/* Its day is counted from two clocks, which do not turn the day together. */
static void test_the_same_at_another_hour(void **state)
{
	struct expiry expiry = { 0 };
	char what[EXPIRY_WHAT_LEN];
	(void)state;
	assert_true(expiry_news(&expiry, 6 * DAY_MS - 1, 10, what));
	assert_false(expiry_news(&expiry, 6 * DAY_MS + 1, 10, what));
	assert_false(expiry_news(&expiry, 6 * DAY_MS - 1, 9, what));
	assert_true(expiry_news(&expiry, 6 * DAY_MS - 1, 12, what));
}

static void test_already_over(void **state)
{
	struct expiry expiry = { 0 };
	char what[EXPIRY_WHAT_LEN];
	(void)state;
	assert_true(expiry_news(&expiry, 0, -1, what));
	assert_false(expiry_news(&expiry, 0, -1, what));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_a_certificate),
		cmocka_unit_test(test_the_same_at_another_hour),
		cmocka_unit_test(test_already_over),
	};
	return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
