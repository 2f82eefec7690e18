/* SPDX-License-Identifier: MIT */
#include "dnssec/budget.h"

void budget_init(struct budget *budget)
{
	*budget = (struct budget){ 0 };
}

/* Once spent, it stays so. */
static int spend(unsigned *used, unsigned cost, unsigned limit)
{
	if (*used > limit || cost > limit - *used)
		return ERR_LIMIT;
	*used += cost;
	return 0;
}

bool budget_failed_out(const struct budget *budget)
{
	return budget->failed_checks >= BUDGET_FAILED_CHECKS;
}

void budget_begin_turn(struct budget *budget, unsigned turn_max)
{
	budget->turn_max = turn_max;
	budget->turn_cost = 0;
}

int budget_spend_check(struct budget *budget, unsigned cost)
{
	if (budget->failed_checks >= BUDGET_FAILED_CHECKS + budget->failed_more)
		return ERR_LIMIT;
	if (budget->turn_max > 0 && budget->turn_cost >= budget->turn_max)
		return ERR_AGAIN;
	if (spend(&budget->cost, cost, BUDGET_COST) != 0)
		return ERR_LIMIT;
	budget->turn_cost += cost;
	budget->checks++;
	return 0;
}

void budget_check_failed(struct budget *budget)
{
	budget->failed_checks++;
}

void budget_find_fault(struct budget *budget)
{
	if (budget_failed_out(budget))
		budget->failed_more = budget->failed_checks + 1 - BUDGET_FAILED_CHECKS;
}

int budget_spend_query(struct budget *budget)
{
	return spend(&budget->queries, 1, BUDGET_QUERIES);
}

int budget_spend_hop(struct budget *budget)
{
	return spend(&budget->hops, 1, BUDGET_HOPS);
}

void budget_begin_proof(struct budget *budget)
{
	budget->hash_blocks = 0;
}

int budget_spend_hash(struct budget *budget, uint16_t iterations)
{
	int err = spend(&budget->hash_blocks, iterations + 1u, BUDGET_HASH_BLOCKS);
	if (!err)
		budget->hashes++;
	return err;
}
