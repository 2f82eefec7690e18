/* SPDX-License-Identifier: MIT */
/* The inside of group.h, shared by group.c, which holds the upstreams together, ask.c and
 * ask_choice.c, which go from one to the next until one answers, and strategy.c, which says to whom
 * first. */
#pragma once

#include "upstream/group.h"

struct pool;

/* What one question costs that goes to a second upstream though the first is well, in what one
 * question brings: one in twenty may. */
#define GROUP_CREDIT_PRICE 20

/* Questions that may be asked so at once after a time in which few were. */
#define GROUP_CREDIT_MAX (10 * GROUP_CREDIT_PRICE)

struct group {
	struct upstreams *upstreams;
	unsigned holders; /* the owner and each ask; the last to release it frees it */
	enum strategy strategy;
	unsigned credit; /* for asking another upstream while one may still answer, in 1/20 */
	size_t count;
	struct pool *pools[]; /* each held */
};

/* Of these members, a bit each, those to be asked for signatures: who is fit; and as long as one
 * that is, and is not barred, is not down, nobody else, for what others said sooner would be of
 * no use.
 */
uint64_t group_fit(const struct group *group, uint64_t members, uint64_t barred);
