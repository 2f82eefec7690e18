/* SPDX-License-Identifier: MIT */
/* What was asked for and what has come, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/supply.h"
#include "sample.h"

static void test_ask_tell_fill(void **state)
{
	struct name_space space;
	struct name name = name_of("example", &space);
	struct message message = { .rcode = RCODE_NOERROR };
	struct validator_want wants[4];
	struct supply *supply;
	struct budget budget;
	struct arena arena;
	(void)state;
	arena_init(&arena, 1u << 20);
	budget_init(&budget);
	struct supplies supplies = { .arena = &arena };
	assert_null(supplies_find(&supplies, name, TYPE_DS));
	assert_int_equal(supplies_ask(&supplies, name, TYPE_DS, &budget, &supply), 0);
	assert_int_equal(supplies_ask(&supplies, name, TYPE_DNSKEY, &budget, &supply), 0);
	assert_int_equal(supplies_ask(&supplies, name, TYPE_DS, &budget, &supply), 0);
	assert_int_equal(budget.queries, 2);
	assert_int_equal(supplies_tell(&supplies, wants, 1), 1);
	assert_int_equal(supplies_tell(&supplies, wants + 1, 4), 1);
	assert_int_equal(supplies_tell(&supplies, wants, 4), 0);
	assert_int_equal(supply->state, SUPPLY_TOLD);

	assert_int_equal(supplies_fill(&supplies, &supply->want, &message), 0);
	assert_int_equal(supply->state, SUPPLY_HAD);
	assert_int_equal(supplies_fill(&supplies, &supply->want, NULL), 0);
	assert_int_equal(supply->state, SUPPLY_HAD); /* the first one counts */
	struct validator_want key = { name, TYPE_DNSKEY };
	message.rcode = RCODE_REFUSED;
	assert_int_equal(supplies_fill(&supplies, &key, &message), 0);
	assert_int_equal(supplies_find(&supplies, name, TYPE_DNSKEY)->state, SUPPLY_FAILED);
	/* Foreseen: there before it is asked for, and then free. */
	struct validator_want early = { name_root(), TYPE_DNSKEY };
	message.rcode = RCODE_NXDOMAIN;
	assert_int_equal(supplies_fill(&supplies, &early, &message), 0);
	assert_int_equal(supplies_ask(&supplies, name_root(), TYPE_DNSKEY, &budget, &supply), 0);
	assert_int_equal(supply->state, SUPPLY_HAD);
	assert_int_equal(budget.queries, 2);
	assert_int_equal(supplies_tell(&supplies, wants, 4), 0);
	budget.queries = BUDGET_QUERIES;
	assert_int_equal(
		supplies_ask(&supplies, name_root(), TYPE_DS, &budget, &supply), ERR_LIMIT);
	arena_done(&arena);
}

static void test_out_of_memory(void **state)
{
	struct supplies supplies;
	struct validator_want want = { name_root(), TYPE_DS };
	struct supply *supply;
	struct budget budget;
	struct arena arena;
	(void)state;
	arena_init(&arena, 0);
	budget_init(&budget);
	supplies = (struct supplies){ .arena = &arena };
	assert_int_equal(
		supplies_ask(&supplies, name_root(), TYPE_DS, &budget, &supply), ERR_NOMEM);
	assert_int_equal(supplies_fill(&supplies, &want, NULL), ERR_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ask_tell_fill),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
