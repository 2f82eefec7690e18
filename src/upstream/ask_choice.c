/* SPDX-License-Identifier: MIT */
#include "upstream/ask_inside.h"
#include "upstream/choice.h"
#include "upstream/pool.h"
#include "upstream/strategy.h"
#include "upstream/vigil.h"

/* Is a member's answer still to be expected, so that asking it again would be in vain? */
static bool ask_awaits(const struct ask *ask, size_t member)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct exchange *exchange = &ask->attempts[i].exchange;
		if (exchange->pool && ask->attempts[i].member == member &&
			(!exchange->connection || exchange_hopeful(exchange)))
			return true;
	}
	return false;
}

static bool ask_hopeful(const struct ask *ask)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (ask->attempts[i].exchange.pool && exchange_hopeful(&ask->attempts[i].exchange))
			return true;
	}
	return false;
}

bool ask_in_time(const struct ask *ask)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct exchange *exchange = &ask->attempts[i].exchange;
		if (exchange->pool && exchange_hopeful(exchange) &&
			(!exchange->overdue || exchange_heard(exchange)))
			return true;
	}
	return false;
}

bool ask_waits(const struct ask *ask)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct exchange *exchange = &ask->attempts[i].exchange;
		if (exchange->pool && (!exchange->connection || exchange_hopeful(exchange)))
			return true;
	}
	return false;
}

bool ask_under_way(const struct ask *ask)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (ask->attempts[i].exchange.pool)
			return true;
	}
	return false;
}

bool ask_is_up(const struct ask *ask, size_t member)
{
	return ask->group->pools[member]->standing.health.state == HEALTH_UP;
}

uint64_t ask_usable(const struct ask *ask, unsigned times)
{
	uint64_t members = 0;

	for (size_t i = 0; i < ask->group->count; i++) {
		if (ask->times[i] == times && vigil_usable(ask->group->pools[i]) &&
			!ask_awaits(ask, i))
			members |= UINT64_C(1) << i;
	}
	return ask->signatures ? group_fit(ask->group, members, ask->barred) : members;
}

/* All back off: the one that is due soonest, rather than failing. */
static size_t choose_soonest(const struct ask *ask)
{
	size_t best = STRATEGY_NOBODY;

	for (size_t i = 0; i < ask->group->count; i++) {
		const uint64_t retry_at_ms = ask->group->pools[i]->standing.health.retry_at_ms;
		if (ask->times[i] >= ASK_TIMES_MAX || ask_awaits(ask, i))
			continue;
		if (best == STRATEGY_NOBODY ||
			retry_at_ms < ask->group->pools[best]->standing.health.retry_at_ms)
			best = i;
	}
	return best;
}

size_t ask_choose_of(const struct ask *ask, uint64_t members)
{
	uint64_t trials = 0;

	if (ask->group->strategy == STRATEGY_FASTEST) {
		for (size_t i = 0; i < ask->group->count; i++) {
			if (!ask_is_up(ask, i))
				trials |= members & UINT64_C(1) << i;
		}
	}
	return strategy_choose(
		ask->group, trials != 0 ? trials : members, ask->query.question.name);
}

/* The members that have a connection that works, or are being reached. */
static uint64_t ask_reached(const struct ask *ask)
{
	uint64_t members = 0;

	for (size_t i = 0; i < ask->group->count; i++) {
		const struct pool *pool = ask->group->pools[i];
		if (pool->reach.state != REACH_REST || choice_any_good(&pool->connections))
			members |= UINT64_C(1) << i;
	}
	return members;
}

size_t ask_choose(const struct ask *ask)
{
	const uint64_t again = ask_hopeful(ask) ? ask_reached(ask) : UINT64_MAX;
	size_t member = ask_choose_of(ask, ask_usable(ask, 0));

	if (ask_in_time(ask))
		return member;
	for (unsigned times = 1; times < ASK_TIMES_MAX && member == STRATEGY_NOBODY; times++)
		member = ask_choose_of(ask, ask_usable(ask, times) & again);
	return member == STRATEGY_NOBODY && !ask_hopeful(ask) ? choose_soonest(ask) : member;
}
