/* SPDX-License-Identifier: MIT */
/* Whoever finds a way around a budget keeps the daemon busy with one query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/budget.h"

static void test_failed_checks(void **state)
{
	struct budget b;
	(void)state;
	budget_init(&b);
	for (unsigned i = 0; i < BUDGET_FAILED_CHECKS; i++) {
		assert_int_equal(budget_spend_check(&b, 1), 0);
		budget_check_failed(&b);
	}
	assert_int_equal(budget_spend_check(&b, 1), ERR_LIMIT);
	assert_int_equal(budget_spend_check(&b, 1), ERR_LIMIT);
	assert_int_equal(b.checks, BUDGET_FAILED_CHECKS);
	assert_true(budget_failed_out(&b));
	/* To find out whose fault it was, until another one fails. */
	budget_find_fault(&b);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(budget_spend_check(&b, 1), 0);
	budget_check_failed(&b);
	assert_int_equal(budget_spend_check(&b, 1), ERR_LIMIT);
	assert_true(budget_failed_out(&b));
	/* Before that it changes nothing. */
	budget_init(&b);
	budget_find_fault(&b);
	for (unsigned i = 0; i < BUDGET_FAILED_CHECKS; i++) {
		assert_int_equal(budget_spend_check(&b, 1), 0);
		budget_check_failed(&b);
	}
	assert_int_equal(budget_spend_check(&b, 1), ERR_LIMIT);
}

/* Even signatures that fit have an end. */
static void test_checks(void **state)
{
	struct budget b;
	(void)state;
	budget_init(&b);
	for (unsigned i = 0; i < BUDGET_COST / 12; i++)
		assert_int_equal(budget_spend_check(&b, 12), 0);
	assert_int_equal(budget_spend_check(&b, 12), ERR_LIMIT);
	assert_int_equal(b.checks, BUDGET_COST / 12);
	assert_false(budget_failed_out(&b));
}

/* A turn ends with the check that reaches its bound; the next one goes on. What is spent stays so.
 */
static void test_turns(void **state)
{
	struct budget b;
	(void)state;
	budget_init(&b);
	for (unsigned turn = 0; turn < 3; turn++) {
		budget_begin_turn(&b, 8);
		assert_int_equal(budget_spend_check(&b, 4), 0);
		assert_int_equal(budget_spend_check(&b, 12), 0);
		assert_int_equal(budget_spend_check(&b, 1), ERR_AGAIN);
	}
	assert_int_equal(b.checks, 6);
	assert_int_equal(b.cost, 48);
	for (unsigned i = 0; i < BUDGET_FAILED_CHECKS; i++)
		budget_check_failed(&b);
	assert_int_equal(budget_spend_check(&b, 1), ERR_LIMIT);
}

static void test_queries_and_hops(void **state)
{
	struct budget b;
	(void)state;
	budget_init(&b);
	for (unsigned i = 0; i < 48; i++)
		assert_int_equal(budget_spend_query(&b), 0);
	assert_int_equal(budget_spend_query(&b), ERR_LIMIT);
	for (unsigned i = 0; i < 11; i++)
		assert_int_equal(budget_spend_hop(&b), 0);
	assert_int_equal(budget_spend_hop(&b), ERR_LIMIT);
}

/* Twelve of the dearest, or as many cheaper ones as cost the same; anew for each proof. */
static void test_hashes(void **state)
{
	struct budget b;
	(void)state;
	budget_init(&b);
	for (unsigned proof = 0; proof < 2; proof++) {
		budget_begin_proof(&b);
		for (unsigned i = 0; i < 12; i++)
			assert_int_equal(budget_spend_hash(&b, 50), 0);
		assert_int_equal(budget_spend_hash(&b, 0), ERR_LIMIT);
	}
	assert_int_equal(b.hashes, 24);
	budget_begin_proof(&b);
	for (unsigned i = 0; i < 12 * 51; i++)
		assert_int_equal(budget_spend_hash(&b, 0), 0);
	assert_int_equal(budget_spend_hash(&b, 0), ERR_LIMIT);
	budget_begin_proof(&b);
	assert_int_equal(budget_spend_hash(&b, UINT16_MAX), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_checks),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_queries_and_hops),
		cmocka_unit_test(test_hashes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
