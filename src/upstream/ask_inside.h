/* SPDX-License-Identifier: MIT */
/* The inside of an ask, shared by ask.c, which asks, and ask_choice.c, which says whom. */
#pragma once

#include "upstream/exchange.h"
#include "upstream/group_inside.h"
#include "upstream/setback.h"
#include "upstream/upstreams.h"

/* Upstreams asked at the same time at most; then the one asked first is given up for the next. */
#define ASK_ATTEMPTS_MAX 4

/* Times that one upstream is asked the same: the second time because its connection broke. */
#define ASK_TIMES_MAX 2

struct attempt {
	struct exchange exchange;
	struct ask *ask;
	size_t member; /* of the group */
	uint64_t began_ms;
	uint64_t patience_ms;
};

struct ask {
	struct group *group; /* held */
	struct upstream_query query;
	struct arena *arena;
	uint64_t barred; /* members that are not to be asked any more, a bit each */
	bool signatures; /* as of its options */
	uint64_t deadline_ms;
	void (*done)(void *owner, const struct ask_result *result);
	void *owner;

	struct timer timer; /* the end of patience, or the deadline */
	struct task fail;   /* when nothing could even be sent: not on group_ask()'s stack */

	/* The last failure: what is told when nobody does better. */
	int err;
	const char *why;
	const struct pool *failed;

	struct setback setback;

	struct attempt attempts[ASK_ATTEMPTS_MAX];
	uint8_t times[]; /* that each member was asked */
};

static inline uint64_t ask_now_ms(const struct ask *ask)
{
	return loop_now_ms(ask->group->upstreams->options.loop);
}

/* Is one of those that are asked still within its time, or slow and known to be alive? */
bool ask_in_time(const struct ask *ask);

/* Is one of those that are asked waited for with reason: not on a connection that is silent? */
bool ask_waits(const struct ask *ask);

/* Is anybody asked? */
bool ask_under_way(const struct ask *ask);

/* Is that member neither down nor only tried? */
bool ask_is_up(const struct ask *ask, size_t member);

/* The members that were asked so many times and can serve. */
uint64_t ask_usable(const struct ask *ask, unsigned times);

/* Whom of these members, or STRATEGY_NOBODY. One that is not up is only tried, whatever its turn:
 * where the order matters, not out of it. */
size_t ask_choose_of(const struct ask *ask, uint64_t members);

/* Who is next, or STRATEGY_NOBODY: anybody once; while none of those asked is in its time, who may
 * be back a second time; while nothing is to be hoped for, somebody. */
size_t ask_choose(const struct ask *ask);
