/* SPDX-License-Identifier: MIT */
#include "upstream/group.h"

#include <assert.h>
#include <stdlib.h>

#include "upstream/group_inside.h"
#include "upstream/pool.h"
#include "upstream/strategy.h"
#include "upstream/upstreams.h"

static void group_free(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		pool_release(group->pools[i]);
	free(group);
}

struct group *group_new(struct upstreams *upstreams, struct endpoint *const *endpoints,
	size_t count, enum strategy strategy)
{
	assert(count <= STRATEGY_MEMBERS_MAX);
	struct group *group = calloc(1, sizeof(*group) + count * sizeof(group->pools[0]));
	if (!group)
		return NULL;
	group->upstreams = upstreams;
	group->holders = 1;
	group->strategy = strategy;
	group->credit = GROUP_CREDIT_MAX;
	for (size_t i = 0; i < count; i++) {
		group->pools[i] = upstreams_pool(upstreams, endpoints[i]);
		if (!group->pools[i]) {
			group_release(group);
			return NULL;
		}
		group->count++;
	}
	return group;
}

struct group *group_hold(struct group *group)
{
	group->holders++;
	return group;
}

void group_release(struct group *group)
{
	if (group && group->holders-- == 1)
		group_free(group);
}

void group_judge(struct group *group, const struct endpoint *endpoint, bool unfit)
{
	for (size_t i = 0; i < group->count; i++) {
		if (endpoint_equal(group->pools[i]->endpoint, endpoint))
			group->pools[i]->unfit = unfit;
	}
}

uint64_t group_fit(const struct group *group, uint64_t members, uint64_t barred)
{
	uint64_t fit = 0;
	bool hopeful = false;

	for (size_t i = 0; i < group->count; i++) {
		const struct pool *pool = group->pools[i];
		if (pool->unfit)
			continue;
		fit |= UINT64_C(1) << i;
		hopeful |= !(barred >> i & 1) && !health_is_down(&pool->standing.health);
	}
	return members & fit || hopeful ? members & fit : members;
}

bool group_has(const struct group *group, const struct endpoint *endpoint)
{
	for (size_t i = 0; i < group->count; i++) {
		if (endpoint_equal(group->pools[i]->endpoint, endpoint))
			return true;
	}
	return false;
}

void group_warm(struct group *group)
{
	const uint64_t all = group->count == STRATEGY_MEMBERS_MAX
				     ? UINT64_MAX
				     : (UINT64_C(1) << group->count) - 1;
	const bool several =
		group->strategy == STRATEGY_SPREAD || group->strategy == STRATEGY_PARALLEL;

	for (size_t i = 0; i < group->count; i++) {
		struct pool *pool = group->pools[i];
		if (pace_measured(&pool->standing.pace) &&
			(several || strategy_choose(group, all, name_root()) == i))
			pool_warm(pool);
	}
}

bool group_has_other(const struct group *group, const struct endpoint *endpoint)
{
	for (size_t i = 0; i < group->count; i++) {
		if (!endpoint_equal(group->pools[i]->endpoint, endpoint))
			return true;
	}
	return false;
}

bool group_is_down(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		if (!health_is_down(&group->pools[i]->standing.health))
			return false;
	}
	return true;
}
